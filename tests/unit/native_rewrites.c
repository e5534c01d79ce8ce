/* Every rewrite (engine/native/rewrite.c), with it and without it: a small model to which it applies, seen by the steps that
 * the run has, and the same results. Then every rewrite on models of each kind and on the real models that are here. */
#include <math.h>

#include "api/native_real.h"
#include "engine/native/rewrite.h"

/* ---- runs ---- */

typedef struct outcome {
    xybrid_envelope *out;
    int              steps; /* of the engine, in its trace */
} outcome;

static int count_steps(const xybrid_envelope *e) {
    const char *at = xybrid_envelope_get(e, "xybrid.trace");
    int         count = 0;
    for (; at && (at = strstr(at, "\"kernel\"")) != NULL; at++) count++;
    return count;
}

/* One run of the model, loaded from the file or from the path, without these rewrites. */
static xybrid_status run_without(xybrid_runtime *rt, const native_model *of, const onnx_bytes *file, const char *path,
                                 const char *config, outcome *o, xybrid_error *err) {
    xybrid_model      *m = NULL;
    xybrid_envelope   *in = NULL;
    xybrid_run_options options;
    xybrid_run_options_init(&options, sizeof options);
    options.flags = XYBRID_RUN_RAW | XYBRID_RUN_TRACE;
    xybrid_status st = path ? native_real_load(rt, path, 0, config, &m, err) : native_load(rt, file, config, &m, err);
    if (!st) st = native_input(rt, of, 0, &in, err);
    if (!st) st = xybrid_model_run(m, in, &options, &o->out, err);
    if (!st) o->steps = count_steps(o->out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    return st;
}

/* The largest difference of two results, by the largest value of the output it is in; INFINITY where they do not fit. */
static double difference(const xybrid_envelope *a, const xybrid_envelope *b) {
    double worst = 0;
    if (xybrid_envelope_count(a) != xybrid_envelope_count(b)) return INFINITY;
    for (int32_t i = 0; i < xybrid_envelope_count(a); i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(a, i));
        const xybrid_view *u = xybrid_envelope_view(xybrid_envelope_at(b, i));
        double             largest = 0, off = 0;
        if (v->dtype != u->dtype || v->size_bytes != u->size_bytes) return INFINITY;
        if (memcmp(v->data, u->data, (size_t)v->size_bytes) == 0) continue;
        if (v->dtype != XYBRID_FLOAT32) return INFINITY;
        for (int64_t k = 0; k < v->count; k++) {
            float x = ((const float *)v->data)[k], y = ((const float *)u->data)[k];
            largest = fmax(largest, fabs((double)x));
            if (isnan(x) != isnan(y)) return INFINITY;
            if (x != y && !isnan(x)) off = check_worse(off, fabs((double)x - (double)y));
        }
        worst = check_worse(worst, off / largest);
    }
    return worst;
}

/* ---- a model for each ---- */

enum { COLUMNS = 1200, TABLE_ROWS = 2000 }; /* too large to be converted while the plan is made */

/* Half weights read by a product, and 8-bit ones by a Gather. */
static void write_stored(onnx_writer *w) {
    static uint16_t half[16 * COLUMNS];
    static int8_t   rows[TABLE_ROWS * 16];
    for (int i = 0; i < 16 * COLUMNS; i++) half[i] = (uint16_t)(0x2c00 + i * 37 % 1024 + (i & 1 ? 0x8000 : 0));
    for (int i = 0; i < TABLE_ROWS * 16; i++) rows[i] = (int8_t)(i * 37 % 251 - 125);
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_input(w, "row", XYBRID_INT64);
    onnx_write_constant(w, "half", XYBRID_FLOAT16, 2, (int64_t[]){ 16, COLUMNS }, half, sizeof half);
    onnx_write_constant(w, "rows", XYBRID_INT8, 2, (int64_t[]){ TABLE_ROWS, 16 }, rows, sizeof rows);
    native_number(w, "scale", 0.01f);
    onnx_write_node(w, "", "DequantizeLinear", "rows scale", "table");
    onnx_write_node(w, "", "Gather", "table row", "taken");
    onnx_write_node(w, "", "Add", "x taken", "sum");
    onnx_write_node(w, "", "Cast", "half", "wide");
    onnx_write_int(w, "to", XYBRID_FLOAT32);
    onnx_write_node(w, "", "MatMul", "sum wide", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_turned(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_number(w, "factor", 0.3f);
    onnx_write_node(w, "", "Transpose", "x", "q");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "Transpose", "x", "k");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 3, 1 });
    onnx_write_node(w, "", "Mul", "k factor", "ks");
    onnx_write_node(w, "", "MatMul", "q ks", "p");
    onnx_write_node(w, "", "Transpose", "p", "y");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* As exporters write keys: the heads become rows of one batch in between. */
static void write_turned_keys(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32); /* [2, 5, 3, 8] */
    native_ints(w, "heads", 3, (int64_t[]){ 6, 5, 8 });
    native_ints(w, "batch", 4, (int64_t[]){ 2, 3, 8, 5 });
    onnx_write_node(w, "", "Transpose", "x", "q");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "Transpose", "x", "k0");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "Reshape", "k0 heads", "k1"); /* batch and heads do not lie as one: the last dimensions do */
    onnx_write_node(w, "", "Transpose", "k1", "k2");
    onnx_write_ints(w, "perm", 3, (int64_t[]){ 0, 2, 1 });
    onnx_write_node(w, "", "Reshape", "k2 batch", "k");
    onnx_write_node(w, "", "MatMul", "q k", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

enum { ATTENDED = 5 };

static void write_mask(onnx_writer *w) { /* row 2 sees nothing, row 3 the keys from 2 on */
    static float mask[ATTENDED * ATTENDED];
    for (int i = 0; i < ATTENDED * ATTENDED; i++)
        mask[i] = i / ATTENDED == 2 || (i / ATTENDED == 3 && i % ATTENDED < 2) ? -INFINITY : 0.1f * (float)(i % 7);
    onnx_write_constant(w, "mask", XYBRID_FLOAT32, 2, (int64_t[]){ ATTENDED, ATTENDED }, mask, sizeof mask);
}

/* The row that sees nothing is NaN. */
static void write_attention(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32); /* [2, 3, 5, 8] */
    write_mask(w);
    native_number(w, "factor", 0.3f);
    onnx_write_node(w, "", "Transpose", "x", "k");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 1, 3, 2 });
    onnx_write_node(w, "", "MatMul", "x k", "p");
    onnx_write_node(w, "", "Mul", "factor p", "s");
    onnx_write_node(w, "", "Add", "mask s", "b");
    onnx_write_node(w, "", "Softmax", "b", "a");
    onnx_write_node(w, "", "MatMul", "a x", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* It is 0. */
static void write_attention_without_nans(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32); /* [3, 5, 8] */
    write_mask(w);
    native_number(w, "zero", 0);
    onnx_write_node(w, "", "Transpose", "x", "k");
    onnx_write_ints(w, "perm", 3, (int64_t[]){ 0, 2, 1 });
    onnx_write_node(w, "", "MatMul", "x k", "p");
    onnx_write_node(w, "", "Add", "p mask", "b");
    onnx_write_node(w, "", "Softmax", "b", "a");
    onnx_write_node(w, "", "IsNaN", "a", "n");
    onnx_write_node(w, "", "Where", "n zero a", "c");
    onnx_write_node(w, "", "MatMul", "c x", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* Queries and keys of their own lengths, [1, rows, heads, size]. */
static void write_heads(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_input(w, "memory", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Transpose", "x", "q");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "Transpose", "memory", "k");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 3, 1 });
    onnx_write_node(w, "", "Transpose", "memory", "v");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "MatMul", "q k", "p");
    onnx_write_node(w, "", "Softmax", "p", "a");
    onnx_write_node(w, "", "MatMul", "a v", "o");
    onnx_write_node(w, "", "Transpose", "o", "y");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_silu(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Sigmoid", "x", "s");
    onnx_write_node(w, "", "Mul", "x s", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_hard_swish(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_number(w, "three", 3);
    native_number(w, "zero", 0);
    native_number(w, "six", 6);
    onnx_write_node(w, "", "Add", "x three", "a");
    onnx_write_node(w, "", "Clip", "a zero six", "c");
    onnx_write_node(w, "", "Mul", "x c", "m");
    onnx_write_node(w, "", "Div", "m six", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* 1 + erf(x / root 2) as "a", of "x root2". */
static void write_erf_part(onnx_writer *w, const char *inputs) {
    native_number(w, "root2", 1.41421356f);
    native_number(w, "one", 1);
    native_number(w, "half", 0.5f);
    onnx_write_node(w, "", "Div", inputs, "d");
    onnx_write_node(w, "", "Erf", "d", "e");
    onnx_write_node(w, "", "Add", "e one", "a");
}

static void write_gelu(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    write_erf_part(w, "x root2");
    onnx_write_node(w, "", "Mul", "x a", "m");
    onnx_write_node(w, "", "Mul", "m half", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_gelu_of_half(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    write_erf_part(w, "x root2");
    onnx_write_node(w, "", "Mul", "x half", "h");
    onnx_write_node(w, "", "Mul", "h a", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_gelu_by_half(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    write_erf_part(w, "x root2");
    onnx_write_node(w, "", "Mul", "half a", "h");
    onnx_write_node(w, "", "Mul", "x h", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* A product, its gelu, and a product that could take the half of it. */
static void write_feed_forward(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "up", 2, (int64_t[]){ 16, 24 }, 5);
    native_weight(w, "down", 2, (int64_t[]){ 24, 16 }, 6);
    onnx_write_node(w, "", "MatMul", "x up", "p");
    write_erf_part(w, "p root2");
    onnx_write_node(w, "", "Mul", "p a", "m");
    onnx_write_node(w, "", "Mul", "m half", "g");
    onnx_write_node(w, "", "MatMul", "g down", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* A convolution and x sigmoid(x). */
static void write_conv_silu(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "w", 4, (int64_t[]){ 16, 3, 3, 3 }, 5);
    onnx_write_node(w, "", "Conv", "x w", "c");
    onnx_write_node(w, "", "Sigmoid", "c", "s");
    onnx_write_node(w, "", "Mul", "c s", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_layer_norm(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_ints(w, "last", 1, (int64_t[]){ -1 });
    native_number(w, "two", 2);
    native_number(w, "tiny", 1e-5f);
    native_weight(w, "g", 1, (int64_t[]){ 16 }, 3);
    native_weight(w, "b", 1, (int64_t[]){ 16 }, 4);
    onnx_write_node(w, "", "ReduceMean", "x last", "m");
    onnx_write_node(w, "", "Sub", "x m", "d");
    onnx_write_node(w, "", "Pow", "d two", "q");
    onnx_write_node(w, "", "ReduceMean", "q last", "v");
    onnx_write_node(w, "", "Add", "v tiny", "t");
    onnx_write_node(w, "", "Sqrt", "t", "s");
    onnx_write_node(w, "", "Div", "d s", "n");
    onnx_write_node(w, "", "Mul", "n g", "ng");
    onnx_write_node(w, "", "Add", "ng b", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_integer(onnx_writer *w) {
    static int8_t weights[16 * 24];
    for (int i = 0; i < 16 * 24; i++) weights[i] = (int8_t)(i * 37 % 251 - 125);
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "q", XYBRID_INT8, 2, (int64_t[]){ 16, 24 }, weights, sizeof weights);
    native_number(w, "scale", 0.01f);
    onnx_write_node(w, "", "DynamicQuantizeLinear", "x", "xq xs xz");
    onnx_write_node(w, "", "MatMulInteger", "xq q xz", "p");
    onnx_write_node(w, "", "Cast", "p", "f");
    onnx_write_int(w, "to", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Mul", "xs scale", "s");
    onnx_write_node(w, "", "Mul", "f s", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void write_epilogue(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "m", 2, (int64_t[]){ 16, 24 }, 5);
    native_weight(w, "b", 1, (int64_t[]){ 24 }, 6);
    native_weight(w, "c", 2, (int64_t[]){ 5, 24 }, 7);
    onnx_write_node(w, "", "MatMul", "x m", "p");
    onnx_write_node(w, "", "Add", "p b", "a");
    onnx_write_node(w, "", "Relu", "a", "r");
    onnx_write_node(w, "", "Mul", "r c", "n");
    onnx_write_node(w, "", "Sub", "n c", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* Where y is 0 for no x below 0; what changes there is in tests/unit/native_angle.c. */
static void write_angle(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_number(w, "zero", 0);
    native_number(w, "pi", 3.14159274f);
    onnx_write_node(w, "", "Abs", "x", "y0");
    onnx_write_node(w, "", "Sub", "y0 x", "y");
    onnx_write_node(w, "", "Div", "y x", "slope");
    onnx_write_node(w, "", "Atan", "slope", "a");
    onnx_write_node(w, "", "Greater", "y zero", "above");
    onnx_write_node(w, "", "Add", "a pi", "more");
    onnx_write_node(w, "", "Sub", "a pi", "less");
    onnx_write_node(w, "", "Where", "above more less", "left");
    onnx_write_node(w, "", "Less", "x zero", "is_left");
    onnx_write_node(w, "", "Where", "is_left left a", "angle");
    onnx_write_typed_output(w, "angle", XYBRID_FLOAT32);
}

typedef struct example {
    const char  *rewrite;
    int          is_fewer; /* steps; 0: one becomes another */
    double       bound;    /* of the largest difference, by the largest value; 0: the same bits */
    native_model model;
} example;

#define ROWS { "x", XYBRID_FLOAT32, 3, { 2, 5, 16 }, 0 }
static const example examples[] = {
    { "stored", 1, 1e-6, { "half and 8-bit weights", write_stored, { ROWS, { "row", XYBRID_INT64, 0, { 0 }, 7 } } } },
    { "turned", 1, 1e-6, { "scores of attention", write_turned, { { "x", XYBRID_FLOAT32, 4, { 2, 5, 3, 8 }, 0 } } } },
    { "turned", 1, 0, { "keys through other shapes", write_turned_keys, { { "x", XYBRID_FLOAT32, 4, { 2, 5, 3, 8 }, 0 } } } },
    { "attention", 1, 1e-6, { "attention", write_attention, { { "x", XYBRID_FLOAT32, 4, { 2, 3, 5, 8 }, 0 } } } },
    { "attention",
      1,
      0,
      { "attention without NaN", write_attention_without_nans, { { "x", XYBRID_FLOAT32, 3, { 3, 5, 8 }, 0 } } } },
    { "activation", 1, 1e-6, { "x sigmoid(x)", write_silu, { ROWS } } },
    { "activation", 1, 1e-6, { "hard-swish", write_hard_swish, { ROWS } } },
    { "angle", 0, 0, { "the angle of (x, y)", write_angle, { ROWS } } },
    { "gelu", 1, 1e-6, { "gelu", write_gelu, { ROWS } } },
    { "gelu", 1, 1e-6, { "gelu of a half", write_gelu_of_half, { ROWS } } },
    { "gelu", 1, 1e-6, { "gelu by a half", write_gelu_by_half, { ROWS } } },
    { "layer-norm", 1, 1e-6, { "layer normalization", write_layer_norm, { ROWS } } },
    { "integer", 1, 0, { "a dynamic product", write_integer, { { "x", XYBRID_FLOAT32, 2, { 5, 16 }, 0 } } } },
    { "epilogue", 1, 0, { "a product with what follows", write_epilogue, { ROWS } } },
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

/* All rewrites but one as a setting; one NULL: all. */
static void all_but(const char *one, char *config, size_t room) {
    size_t size = (size_t)snprintf(config, room, "{\"without\":[");
    for (int32_t r = 0; r < xb_rewrite_count; r++)
        if (!one || strcmp(xb_rewrites[r].name, one) != 0)
            size += (size_t)snprintf(config + size, room - size, "%s\"%s\"", config[size - 1] == '[' ? "" : ",",
                                     xb_rewrites[r].name);
    snprintf(config + size, room - size, "]}");
}

typedef struct compared {
    outcome with, without;
    double  off;
} compared;

/* The model under two settings. */
static void compare(xybrid_runtime *rt, const native_model *m, const char *with, const char *without, compared *c) {
    xybrid_error err;
    onnx_bytes   file = native_file(m);
    *c = (compared){ .off = INFINITY };
    DOOR_OK(run_without(rt, m, &file, NULL, with, &c->with, &err));
    DOOR_OK(run_without(rt, m, &file, NULL, without, &c->without, &err));
    c->off = difference(c->without.out, c->with.out);
    onnx_bytes_free(&file);
}

static void compared_free(compared *c) {
    xybrid_envelope_free(c->with.out);
    xybrid_envelope_free(c->without.out);
}

/* Alone, because the epilogue takes some of what the others would leave. */
static void each_applies_and_keeps_the_numbers(void) {
    xybrid_runtime *rt = door_runtime();
    int             seen[32] = { 0 };
    for (int i = 0; i < EXAMPLES; i++) {
        const example *e = &examples[i];
        char           alone[256], none[256];
        all_but(e->rewrite, alone, sizeof alone);
        all_but(NULL, none, sizeof none);
        compared c;
        compare(rt, &e->model, alone, none, &c);
        int with = c.with.steps, without = c.without.steps;
        printf("%s, %s: %d steps instead of %d, difference %.2g\n", e->rewrite, e->model.name, with, without, c.off);
        CHECK(with > 0 && (e->is_fewer ? with < without : with == without));
        CHECK(c.off <= e->bound);
        for (int32_t r = 0; r < xb_rewrite_count; r++) seen[r] |= strcmp(xb_rewrites[r].name, e->rewrite) == 0;
        compared_free(&c);
    }
    for (int32_t r = 0; r < xb_rewrite_count; r++) {
        if (!seen[r]) printf("%s has no example\n", xb_rewrites[r].name);
        CHECK(seen[r]);
    }
    xybrid_runtime_free(rt);
}

/* Two rewrites, one after the other: an activation of several nodes is a part of what makes its input. */
static void activations_join_what_is_before(void) {
    static const struct {
        native_model model;
        int          steps; /* besides reorders */
    } cases[] = { { { "feed forward", write_feed_forward, { ROWS } }, 2 },
                  { { "convolution and silu", write_conv_silu, { { "x", XYBRID_FLOAT32, 4, { 1, 3, 20, 20 }, 0 } } }, 1 } };
    xybrid_runtime *rt = door_runtime();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char none[256];
        all_but(NULL, none, sizeof none);
        compared c;
        compare(rt, &cases[i].model, NULL, none, &c);
        const char *trace = xybrid_envelope_get(c.with.out, "xybrid.trace");
        CHECK(trace && !strstr(trace, "chain"));
        CHECK(c.with.steps >= cases[i].steps && c.with.steps <= cases[i].steps + 1);
        CHECK(c.off <= 1e-6);
        compared_free(&c);
    }
    xybrid_runtime_free(rt);
}

/* Up to 1,024 keys (kernel/sdpa.c): nets that quantise as they run make much of the last bit. */
static void attention_has_the_bits_of_its_nodes(void) {
#define HEADS(queries, keys, heads, size)                                   \
    { { "heads",                                                            \
        write_heads,                                                        \
        { { "x", XYBRID_FLOAT32, 4, { 1, queries, heads, size }, 0 },       \
          { "memory", XYBRID_FLOAT32, 4, { 1, keys, heads, size }, 0 } } }, \
      keys <= 1024 }
    static const struct {
        native_model model;
        int          is_equal;
    } cases[] = { HEADS(1, 1, 1, 8),    HEADS(1, 457, 8, 36),   HEADS(3, 700, 2, 64),  HEADS(40, 40, 12, 32),
                  HEADS(5, 1024, 3, 7), HEADS(130, 300, 2, 20), HEADS(9, 1500, 2, 64), HEADS(300, 2500, 1, 16) };
#undef HEADS
    xybrid_runtime *rt = door_runtime();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        compared c;
        compare(rt, &cases[i].model, NULL, "{\"without\":[\"attention\"]}", &c);
        double bound = cases[i].is_equal ? 0 : 1e-6;
        CHECK_INT(c.with.steps, 1);
        CHECK_INT(c.without.steps, 3);
        if (!(c.off <= bound)) printf("case %zu: difference %.2g\n", i, c.off);
        CHECK(c.off <= bound);
        compared_free(&c);
    }
    xybrid_runtime_free(rt);
}

/* ---- on whole models ---- */

/* Each rewrite left out, then all of them, against none left out. */
static void compare_all(xybrid_runtime *rt, const native_model *of, const onnx_bytes *file, const char *path, double bound) {
    xybrid_error err;
    outcome      with = { NULL, 0 };
    char         config[256];
    DOOR_OK(run_without(rt, of, file, path, NULL, &with, &err));
    for (int32_t r = 0; r <= xb_rewrite_count; r++) {
        outcome without = { NULL, 0 };
        if (r == xb_rewrite_count) all_but(NULL, config, sizeof config);
        else snprintf(config, sizeof config, "{\"without\":[\"%s\"]}", xb_rewrites[r].name);
        DOOR_OK(run_without(rt, of, file, path, config, &without, &err));
        double off = difference(without.out, with.out);
        if (!(off <= bound) || r == xb_rewrite_count)
            printf("%s: %d steps, %d with %s; difference %.2g\n", of->name, with.steps, without.steps,
                   r < xb_rewrite_count ? config : "no rewrite", off);
        CHECK(off <= bound);
        CHECK(without.steps >= with.steps);
        xybrid_envelope_free(without.out);
    }
    xybrid_envelope_free(with.out);
}

static void small_models_without_each(void) {
    xybrid_runtime *rt = door_runtime();
    for (int i = 0; i < NATIVE_MODELS; i++) {
        onnx_bytes file = native_file(&native_models[i]);
        compare_all(rt, &native_models[i], &file, NULL, 1e-5);
        onnx_bytes_free(&file);
    }
    xybrid_runtime_free(rt);
}

/* The bounds are those of two engines on these models (tests/zoo/zoo.h): where a net quantises as it runs, one rounding more
 * moves everything. */
static double bound_of(const native_model *m) { return strstr(m->name, "moonshine") ? 0.1 : 1e-4; }

static void real_models_without_each(void) {
    xybrid_runtime *rt = door_runtime();
    int             found = 0;
    for (int i = 0; i < NATIVE_REAL; i++) {
        char        path[1024];
        const char *at = native_real_path(&native_real[i]);
        if (!at) continue;
        snprintf(path, sizeof path, "%s", at);
        compare_all(rt, &native_real[i], NULL, path, bound_of(&native_real[i]));
        found++;
    }
    xybrid_runtime_free(rt);
    if (!found) CHECK_SKIP("no real model is here: scripts/setup core brings some");
}

CHECK_MAIN(RUN(each_applies_and_keeps_the_numbers), RUN(activations_join_what_is_before),
           RUN(attention_has_the_bits_of_its_nodes), RUN(small_models_without_each), RUN(real_models_without_each))
