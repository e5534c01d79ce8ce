/* Operators that move, pick, put, make and fold elements: what a file or a caller may do wrong, and what the golden cases
 * (tests/ops) do not cover: indices that are computed, tensors without elements, results of unknown size, text, parts that
 * are computed in the place where a Concat wants them. */
#include "onnx_model.h"

static const int64_t two_by_three[] = { 2, 3 }, three[] = { 3 }, two[] = { 2 }, one[] = { 1 };
static const float   numbers[] = { 1, 2, 3, 4, 5, 6 };

static int run_ok(onnx_model *m, const xb_onnx_value *in, int32_t count) {
    xybrid_status st = onnx_model_run(m, in, count);
    if (st != XYBRID_OK) printf("%s\n", m->err.message);
    CHECK_INT(st, XYBRID_OK);
    return st == XYBRID_OK;
}

static int same_floats(const xb_onnx_value *v, int64_t count, const float *wanted) {
    return v->dtype == XYBRID_FLOAT32 && v->count == count && memcmp(v->data, wanted, (size_t)count * sizeof *wanted) == 0;
}
static int same_ints(const xb_onnx_value *v, int64_t count, const int64_t *wanted) {
    return v->dtype == XYBRID_INT64 && v->count == count && memcmp(v->data, wanted, (size_t)count * sizeof *wanted) == 0;
}

/* ---- indices ---- */

typedef struct index_case {
    const char *op, *inputs; /* x: [2, 3] floats, i: the indices, u: floats of their shape */
    int32_t     rank;
    int64_t     dims[2], indices[4];
    const char *wanted; /* a part of the message */
} index_case;

static const index_case wrong_indices[] = {
    { "Gather", "x i", 1, { 2 }, { 1, 2 }, "index 2, number 1 of the indices, is outside -2..1" },
    { "Gather", "x i", 1, { 2 }, { -3, 0 }, "index -3, number 0" },
    { "Gather", "x i", 0, { 0 }, { INT64_MIN }, "index -9223372036854775808, number 0" },
    { "Gather", "x i", 0, { 0 }, { INT64_MAX }, "index 9223372036854775807, number 0" },
    { "GatherElements", "x i", 2, { 1, 2 }, { 0, 2 }, "index 2, number 1" },
    { "GatherND", "x i", 2, { 1, 2 }, { 1, 3 }, "index 3, number 1 of the indices, is outside -3..2" },
    { "GatherND", "x i", 2, { 2, 2 }, { 1, 2, -3, 0 }, "index -3, number 2 of the indices, is outside -2..1" },
    { "ScatterElements", "x i u", 2, { 1, 2 }, { -2, -3 }, "index -3, number 1" },
    { "ScatterND", "x i u", 2, { 2, 2 }, { 0, 0, 2, 0 }, "index 2, number 2" },
};

/* The same index given as an input, which a step checks, and in the file, which the plan checks. */
static void wrong_indices_are_named(void) {
    for (size_t i = 0; i < sizeof wrong_indices / sizeof wrong_indices[0]; i++)
        for (int is_constant = 0; is_constant < 2; is_constant++) {
            const index_case *c = &wrong_indices[i];
            onnx_model        m;
            xb_onnx_value     in[3] = { onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three),
                                        onnx_tensor(XYBRID_FLOAT32, numbers, strcmp(c->op, "ScatterND") == 0 ? 1 : c->rank,
                                                    c->dims),
                                        onnx_tensor(XYBRID_INT64, c->indices, c->rank, c->dims) };
            onnx_model_begin(&m, 18);
            onnx_model_input(&m, "x", XYBRID_FLOAT32);
            onnx_model_input(&m, "u", XYBRID_FLOAT32);
            if (is_constant) onnx_model_constant(&m, "i", XYBRID_INT64, c->rank, c->dims, c->indices, (size_t)in[2].size_bytes);
            else onnx_model_input(&m, "i", XYBRID_INT64);
            onnx_model_node(&m, "", c->op, c->inputs, "y");
            onnx_model_output(&m, "y");
            CHECK_INT(onnx_model_run(&m, in, is_constant ? 2 : 3), XYBRID_INVALID_ARGUMENT);
            CHECK(strstr(m.err.message, c->op) && strstr(m.err.message, c->wanted));
            onnx_model_end(&m);
        }
}

/* A run that failed leaves nothing behind: the next one, with right indices, is right. */
static void right_after_wrong(void) {
    static const int64_t bad[] = { 5 }, good[] = { -1 };
    onnx_model           m;
    onnx_model_begin(&m, 18);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "i", XYBRID_INT64);
    onnx_model_node(&m, "", "Gather", "x i", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three), onnx_tensor(XYBRID_INT64, bad, 1, one) };
    CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_INVALID_ARGUMENT);
    in[1] = onnx_tensor(XYBRID_INT64, good, 1, one);
    if (run_ok(&m, in, 2)) CHECK(same_floats(&m.outputs[0], 3, numbers + 3));
    onnx_model_end(&m);
}

static void wrong_lengths_are_named(void) {
    static const int64_t lengths[][2] = { { 2, 4 }, { -1, 0 }, { INT64_MIN, 0 } };
    for (int i = 0; i < 6; i++) {
        onnx_model    m;
        xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three),
                                onnx_tensor(XYBRID_INT64, lengths[i % 3], 1, two) };
        onnx_model_begin(&m, 24);
        onnx_model_input(&m, "x", XYBRID_FLOAT32);
        onnx_model_input(&m, "n", XYBRID_INT64);
        if (i < 3) {
            onnx_model_node(&m, "", "ReverseSequence", "x n", "y");
            onnx_model_int(&m, "batch_axis", 0);
            onnx_model_int(&m, "time_axis", 1);
        } else {
            onnx_model_node(&m, "", "TensorScatter", "x x n", "y"); /* as long as the cache: only 0 is possible */
            onnx_model_int(&m, "axis", 1);
        }
        onnx_model_output(&m, "y");
        CHECK_INT(onnx_model_run(&m, in, 2), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(m.err.message, "must be in 0..") != NULL);
        onnx_model_end(&m);
    }
}

/* ---- files that mean harm ---- */

/* Among them the floats whose bytes are nothing, or a few, in 32 bits. */
static const int64_t hostile[] = {
    INT64_MIN,     INT64_MIN + 1,    -(INT64_C(1) << 33), -7,       -2, -1, 0, 1, 2, 3, 7, 1 << 20, 1 << 30,
    (1 << 30) + 1, INT64_C(1) << 33, INT64_C(1) << 62,    INT64_MAX
};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static int is_refusal(xybrid_status st) {
    int32_t primary = st & XYBRID_PRIMARY_MASK;
    return st == XYBRID_INVALID_ARGUMENT || st == XYBRID_UNSUPPORTED_MODEL || primary == XYBRID_OUT_OF_MEMORY ||
           primary == (XYBRID_UNSUPPORTED_MODEL & XYBRID_PRIMARY_MASK);
}

/* Memory enough for any honest run of these models, and no more. */
static void begin_small(onnx_model *m, int64_t opset) {
    onnx_model_begin(m, opset);
    xb_mem_init(&m->mem, NULL, NULL, NULL, 16 << 20);
}

typedef struct attribute_case {
    const char *op, *inputs,
        *attribute; /* x, u: floats [2, 3]; i: int64 [2, 3] of zeros; q: one int64; b: two bools; n: int64[2] */
    int64_t opset;
} attribute_case;

static const attribute_case attribute_cases[] = {
    { "ArgMax", "x", "axis", 13 },
    { "ArgMin", "x", "select_last_index", 13 },
    { "Compress", "x b", "axis", 11 },
    { "Concat", "x u", "axis", 13 },
    { "CumSum", "x q", "exclusive", 14 },
    { "DepthToSpace", "s", "blocksize", 13 },
    { "EyeLike", "x", "k", 9 },
    { "EyeLike", "x", "dtype", 9 },
    { "Gather", "x i", "axis", 13 },
    { "GatherElements", "x i", "axis", 13 },
    { "GatherND", "x i", "batch_dims", 13 },
    { "Hardmax", "x", "axis", 7 },
    { "Hardmax", "x", "axis", 13 },
    { "OneHot", "i q w", "axis", 11 },
    { "ReduceSum", "x", "keepdims", 13 },
    { "ReverseSequence", "x n", "batch_axis", 10 },
    { "ScatterElements", "x i u", "axis", 18 },
    { "SpaceToDepth", "s", "blocksize", 13 },
    { "Split", "x", "axis", 18 },
    { "Split", "x", "num_outputs", 18 },
    { "TensorScatter", "x u", "axis", 24 },
    { "TopK", "x q", "axis", 11 },
    { "TopK", "x", "k", 7 },
    { "Trilu", "x q", "upper", 14 },
    { "Unique", "x", "axis", 11 },
};

static const float         floats[24] = { 0 };
static const int64_t       zeros[6] = { 0 }, ones[6] = { 1, 1, 1, 1, 1, 1 };
static const uint8_t       truths[2] = { 1, 1 };
static const int64_t       space[] = { 1, 4, 2, 2 };
static const xb_onnx_value no_value;

static xb_onnx_value named_input(char name) {
    switch (name) {
    case 'x':
    case 'u': return onnx_tensor(XYBRID_FLOAT32, floats, 2, two_by_three);
    case 's': return onnx_tensor(XYBRID_FLOAT32, floats, 4, space);
    case 'w': return onnx_tensor(XYBRID_FLOAT32, floats, 1, two);
    case 'i': return onnx_tensor(XYBRID_INT64, zeros, 2, two_by_three);
    case 'q': return onnx_tensor(XYBRID_INT64, ones, 1, one);
    case 'n': return onnx_tensor(XYBRID_INT64, ones, 1, two);
    case 'b': return onnx_tensor(XYBRID_BOOL, truths, 1, two);
    default: return no_value;
    }
}

static void hostile_attributes(void) {
    int32_t fine = 0;
    for (size_t i = 0; i < sizeof attribute_cases / sizeof attribute_cases[0]; i++)
        for (int h = 0; h < HOSTILE; h++) {
            const attribute_case *c = &attribute_cases[i];
            xb_onnx_value         in[4];
            int32_t               count = 0;
            onnx_model            m;
            begin_small(&m, c->opset);
            for (const char *p = c->inputs; *p; p++) {
                char name[2] = { *p, 0 };
                if (*p == ' ') continue;
                in[count] = named_input(*p);
                onnx_model_input(&m, name, in[count++].dtype);
            }
            onnx_model_node(&m, "", c->op, c->inputs, strcmp(c->op, "TopK") == 0 ? "y z" : "y");
            onnx_model_int(&m, c->attribute, hostile[h]);
            onnx_model_output(&m, "y");
            xybrid_status st = onnx_model_run(&m, in, count);
            if (st != XYBRID_OK && !is_refusal(st)) printf("%s %s: %s\n", c->op, c->attribute, m.err.message);
            CHECK(st == XYBRID_OK || is_refusal(st));
            fine += st == XYBRID_OK;
            onnx_model_end(&m);
        }
    CHECK(fine > 50); /* it is the values that are refused, not the cases */
}

/* Contents that decide shapes: two numbers each, all pairs of the hostile ones. */
typedef struct content_case {
    const char *op, *inputs; /* x: floats [2, 3]; p, q: two hostile numbers each, r: p and q */
    int64_t     opset;
} content_case;

static const content_case content_cases[] = {
    { "CenterCropPad", "x p", 18 }, { "ConstantOfShape", "p", 9 }, { "Expand", "x p", 13 },      { "Pad", "x r", 19 },
    { "Resize", "x - - p", 19 },    { "ReduceSum", "x p", 13 },    { "Slice", "x p q", 13 },     { "Slice", "x a q p p", 13 },
    { "Split", "x p", 18 },         { "Tile", "x p", 13 },         { "Slice", "x p q a p", 13 }, { "GatherND", "x p", 13 },
    { "Gather", "x p", 13 },        { "Reshape", "x p", 14 },      { "ReduceMax", "x p", 20 },
};

static void hostile_contents(void) {
    static const int64_t axes[] = { 0, 1 }, four[] = { 4 };
    int32_t              fine = 0;
    for (size_t i = 0; i < sizeof content_cases / sizeof content_cases[0]; i++)
        for (int h = 0; h < HOSTILE * HOSTILE; h++) {
            const content_case *c = &content_cases[i];
            int64_t       p[] = { hostile[h % HOSTILE], hostile[h / HOSTILE] }, q[] = { p[1], hostile[(h * 7 + 3) % HOSTILE] };
            int64_t       r[] = { p[0], q[1], p[1], q[0] };
            xb_onnx_value in[5] = { onnx_tensor(XYBRID_FLOAT32, floats, 2, two_by_three), onnx_tensor(XYBRID_INT64, p, 1, two),
                                    onnx_tensor(XYBRID_INT64, q, 1, two), onnx_tensor(XYBRID_INT64, r, 1, four),
                                    onnx_tensor(XYBRID_INT64, axes, 1, two) };
            onnx_model    m;
            begin_small(&m, c->opset);
            onnx_model_input(&m, "x", XYBRID_FLOAT32);
            onnx_model_input(&m, "p", XYBRID_INT64);
            onnx_model_input(&m, "q", XYBRID_INT64);
            onnx_model_input(&m, "r", XYBRID_INT64);
            onnx_model_input(&m, "a", XYBRID_INT64);
            onnx_model_node(&m, "", c->op, c->inputs, strcmp(c->op, "Split") == 0 ? "y z" : "y");
            onnx_model_output(&m, "y");
            xybrid_status st = onnx_model_run(&m, in, 5);
            if (st != XYBRID_OK && !is_refusal(st)) printf("%s: %s\n", c->op, m.err.message);
            CHECK(st == XYBRID_OK || is_refusal(st));
            fine += st == XYBRID_OK;
            onnx_model_end(&m);
        }
    CHECK(fine > 100);
}

/* One number each: int64, and as float where the operator takes one. */
static void hostile_numbers(void) {
    static const char *const nodes[][2] = { { "CumSum", "x i" },   { "OneHot", "i i x2" }, { "Range", "i j k" },
                                            { "Range", "f g h" },  { "TopK", "x i1" },     { "Trilu", "x i" },
                                            { "Resize", "x - f2" } };
    static const float       hostile_floats[] = {
        NAN, -INFINITY, -1e30f, -1, -0.0f, 0, 1e-30f, 0.3f, 1, 2.5f, 1e9f, 1e30f, INFINITY
    };
    enum { FLOATS = sizeof hostile_floats / sizeof hostile_floats[0], ROUNDS = 500 };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        for (int round = 0; round < ROUNDS; round++) {
            int64_t       n[3] = { hostile[round % HOSTILE], hostile[round / HOSTILE % HOSTILE], hostile[round * 5 % HOSTILE] };
            float         f[3] = { hostile_floats[round % FLOATS], hostile_floats[round / FLOATS % FLOATS],
                                   hostile_floats[round * 5 % FLOATS] };
            xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, floats, 2, two_by_three),
                                   onnx_tensor(XYBRID_INT64, &n[0], 0, NULL),
                                   onnx_tensor(XYBRID_INT64, &n[1], 0, NULL),
                                   onnx_tensor(XYBRID_INT64, &n[2], 0, NULL),
                                   onnx_tensor(XYBRID_FLOAT32, &f[0], 0, NULL),
                                   onnx_tensor(XYBRID_FLOAT32, &f[1], 0, NULL),
                                   onnx_tensor(XYBRID_FLOAT32, &f[2], 0, NULL),
                                   onnx_tensor(XYBRID_FLOAT32, f, 1, two),
                                   onnx_tensor(XYBRID_FLOAT32, floats, 1, two),
                                   onnx_tensor(XYBRID_INT64, &n[0], 1, one) };
            static const char *const names[] = { "x", "i", "j", "k", "f", "g", "h", "f2", "x2", "i1" };
            onnx_model               m;
            begin_small(&m, 19);
            for (int k = 0; k < 10; k++) onnx_model_input(&m, names[k], in[k].dtype);
            onnx_model_node(&m, "", nodes[i][0], nodes[i][1], strcmp(nodes[i][0], "TopK") == 0 ? "y z" : "y");
            if (round % 2 && strcmp(nodes[i][0], "Resize") == 0)
                onnx_model_text(&m, "mode", round % 4 == 1 ? "linear" : "cubic");
            if (round % 3 == 0 && strcmp(nodes[i][0], "Resize") == 0 && round % 2) onnx_model_int(&m, "antialias", 1);
            onnx_model_output(&m, "y");
            xybrid_status st = onnx_model_run(&m, in, 10);
            if (st != XYBRID_OK && !is_refusal(st)) printf("%s: %s\n", nodes[i][0], m.err.message);
            CHECK(st == XYBRID_OK || is_refusal(st));
            onnx_model_end(&m);
        }
}

static void lists_that_do_not_fit(void) {
    static const struct {
        const char *op, *attribute;
        int64_t     opset;
        int32_t     count;
        int64_t     values[5];
    } cases[] = {
        { "Transpose", "perm", 13, 2, { 0, 0 } },    { "Transpose", "perm", 13, 1, { 0 } },
        { "Transpose", "perm", 13, 3, { 0, 1, 2 } }, { "Transpose", "perm", 13, 2, { 0, 2 } },
        { "Pad", "pads", 7, 3, { 0, 0, 0 } },        { "Pad", "pads", 7, 4, { -3, 0, 0, 0 } },
        { "Split", "split", 7, 1, { 3 } },           { "Split", "split", 7, 1, { -2 } },
        { "Split", "split", 7, 2, { 1, 1 } },        { "Slice", "starts", 7, 2, { 0, 0 } },
        { "ReduceMax", "axes", 11, 1, { 2 } },       { "ReduceMax", "axes", 11, 1, { -3 } },
        { "Unsqueeze", "axes", 11, 1, { 9 } },       { "ReduceL1", "axes", 11, 2, { 0, INT64_MIN } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        onnx_model    m;
        xb_onnx_value x = onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three);
        onnx_model_begin(&m, cases[i].opset);
        onnx_model_input(&m, "x", XYBRID_FLOAT32);
        onnx_model_node(&m, "", cases[i].op, "x", "y");
        onnx_model_ints(&m, cases[i].attribute, cases[i].count, cases[i].values);
        onnx_model_output(&m, "y");
        CHECK_INT(onnx_model_run(&m, &x, 1), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(m.err.message, cases[i].op) != NULL);
        onnx_model_end(&m);
    }
}

/* ---- nothing to do ---- */

static void no_elements(void) {
    static const char *const nodes[][2] = {
        { "ArgMax", "x" },
        { "Concat", "x x" },
        { "CumSum", "x a" },
        { "Compress", "x b" },
        { "EyeLike", "x2" },
        { "Gather", "x e" },
        { "GatherElements", "x z" },
        { "GatherND", "x t" },
        { "Hardmax", "x" },
        { "NonZero", "x" },
        { "OneHot", "z d w" },
        { "Pad", "x p" },
        { "ReduceL2", "x" },
        { "ReduceMax", "x a1" },
        { "ReduceSum", "x a1" },
        { "ScatterElements", "x z x" },
        { "ScatterND", "x t x0" },
        { "Slice", "x a1 a1" },
        { "Split", "x" },
        { "Tile", "x r" },
        { "TopK", "x a1" },
        { "Transpose", "x" },
        { "Trilu", "x" },
        { "Unique", "x" },
        { "ReverseSequence", "y0 e" },
        { "CenterCropPad", "x r" },
        { "Expand", "x s3" },
        { "Resize", "x - f3" },
        { "ConstantOfShape", "s3" },
    };
    static const int64_t     d3[] = { 2, 0, 3 }, d2[] = { 0, 3 }, d1[] = { 0 }, dt[] = { 0, 3 }, d6[] = { 6 }, dy[] = { 3, 0 },
                             dx0[] = { 0 };
    static const int64_t     r[] = { 2, 0, 3 };
    static const float       scales[] = { 1, 2, 1 };
    static const char *const names[] = { "x", "x2", "e", "z", "t", "p", "a", "a1", "d", "w", "r", "s3", "f3", "b", "x0", "y0" };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        xb_onnx_value in[] = { onnx_tensor(XYBRID_FLOAT32, "", 3, d3),        onnx_tensor(XYBRID_FLOAT32, "", 2, d2),
                               onnx_tensor(XYBRID_INT64, "", 1, d1),          onnx_tensor(XYBRID_INT64, "", 3, d3),
                               onnx_tensor(XYBRID_INT64, "", 2, dt),          onnx_tensor(XYBRID_INT64, zeros, 1, d6),
                               onnx_tensor(XYBRID_INT64, zeros, 0, NULL),     onnx_tensor(XYBRID_INT64, zeros, 1, one),
                               onnx_tensor(XYBRID_INT64, ones, 0, NULL),      onnx_tensor(XYBRID_FLOAT32, floats, 1, two),
                               onnx_tensor(XYBRID_INT64, r, 1, three),        onnx_tensor(XYBRID_INT64, r, 1, three),
                               onnx_tensor(XYBRID_FLOAT32, scales, 1, three), onnx_tensor(XYBRID_BOOL, "", 1, d1),
                               onnx_tensor(XYBRID_FLOAT32, "", 1, dx0),       onnx_tensor(XYBRID_FLOAT32, "", 2, dy) };
        onnx_model    m;
        onnx_model_begin(&m, strcmp(nodes[i][0], "Split") == 0 ? 13 : 20);
        for (int k = 0; k < 16; k++) onnx_model_input(&m, names[k], in[k].dtype);
        onnx_model_node(&m, "", nodes[i][0], nodes[i][1], strcmp(nodes[i][0], "TopK") == 0 ? "y z0" : "y");
        if (strcmp(nodes[i][0], "ArgMax") == 0) onnx_model_int(&m, "axis", 2);
        onnx_model_output(&m, "y");
        xybrid_status st = onnx_model_run(&m, in, 16);
        if (st != XYBRID_OK) printf("%s: %s\n", nodes[i][0], m.err.message);
        CHECK_INT(st, XYBRID_OK);
        onnx_model_end(&m);
    }
}

/* ---- Concat in place ---- */

/* a = x + x and b = x * x are computed where y wants them; b is an output, too, c is there twice, and y is a part of z. */
static void parts_in_their_places(void) {
    onnx_model    m;
    xb_onnx_value x = onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three);
    float         wanted[36], *w = wanted;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Add", "x x", "a");
    onnx_model_node(&m, "", "Mul", "x x", "b");
    onnx_model_node(&m, "", "Neg", "x", "c");
    onnx_model_node(&m, "", "Concat", "a b", "y");
    onnx_model_int(&m, "axis", 0);
    onnx_model_node(&m, "", "Transpose", "a", "t");
    onnx_model_node(&m, "", "Concat", "c y x c y0", "z");
    onnx_model_int(&m, "axis", 0);
    onnx_model_node(&m, "", "Reshape", "b s", "y0");
    onnx_model_constant(&m, "s", XYBRID_INT64, 1, two, two_by_three, sizeof two_by_three);
    onnx_model_node(&m, "", "Sub", "a b", "d");
    onnx_model_output(&m, "z");
    onnx_model_output(&m, "b");
    onnx_model_output(&m, "t");
    onnx_model_output(&m, "d");
    for (int i = 0; i < 6; i++) *w++ = -numbers[i];
    for (int i = 0; i < 6; i++) *w++ = 2 * numbers[i];
    for (int i = 0; i < 6; i++) *w++ = numbers[i] * numbers[i];
    for (int i = 0; i < 6; i++) *w++ = numbers[i];
    for (int i = 0; i < 6; i++) *w++ = -numbers[i];
    for (int i = 0; i < 6; i++) *w++ = numbers[i] * numbers[i];
    static const float turned[] = { 2, 8, 4, 10, 6, 12 }, difference[] = { 1, 0, -3, -8, -15, -24 };
    for (int round = 0; round < 2 && run_ok(&m, &x, 1); round++) {
        CHECK(same_floats(&m.outputs[0], 36, wanted));
        CHECK(same_floats(&m.outputs[1], 6, wanted + 12));
        CHECK(same_floats(&m.outputs[2], 6, turned));
        CHECK(same_floats(&m.outputs[3], 6, difference));
    }
    onnx_model_end(&m);
}

/* Views of an input, of a constant and of what was computed, joined again: the bytes come out as they were. */
static void split_and_joined(void) {
    onnx_model    m;
    xb_onnx_value x = onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three);
    float         wanted[18];
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_constant(&m, "k", XYBRID_FLOAT32, 2, two_by_three, numbers, sizeof numbers);
    onnx_model_node(&m, "", "Add", "x x", "c");
    onnx_model_node(&m, "", "Split", "x", "x0 x1");
    onnx_model_node(&m, "", "Split", "c", "c0 c1");
    onnx_model_node(&m, "", "Split", "k", "k0 k1");
    onnx_model_node(&m, "", "Concat", "x1 x0 c1 c0 k1 k0", "y");
    onnx_model_int(&m, "axis", 0);
    onnx_model_output(&m, "y");
    for (int i = 0; i < 6; i++) {
        wanted[i] = wanted[12 + i] = numbers[(i + 3) % 6];
        wanted[6 + i] = 2 * numbers[(i + 3) % 6];
    }
    for (int round = 0; round < 2 && run_ok(&m, &x, 1); round++) CHECK(same_floats(&m.outputs[0], 18, wanted));
    onnx_model_end(&m);
}

/* ---- results of unknown size ---- */

/* What is not 0 in x, whatever x is: positions, their number, and the elements. */
static void as_many_as_there_are(void) {
    static const float inputs[][6] = {
        { 0, 2, 0, 4, 5, 0 }, { 0, 0, 0, 0, 0, 0 }, { 1, 2, 3, 4, 5, 6 }, { 0, 0, -0.0f, NAN, 0, 0 }
    };
    static const int64_t found[] = { 3, 0, 6, 1 };
    onnx_model           m;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "NonZero", "x", "at");
    onnx_model_node(&m, "", "Shape", "at", "shape");
    onnx_model_node(&m, "", "Transpose", "at", "tuples");
    onnx_model_node(&m, "", "GatherND", "x tuples", "elements");
    onnx_model_node(&m, "", "Cast", "x", "truth");
    onnx_model_int(&m, "to", XYBRID_BOOL);
    onnx_model_node(&m, "", "Reshape", "truth minus", "flat");
    int64_t minus = -1;
    onnx_model_constant(&m, "minus", XYBRID_INT64, 1, one, &minus, sizeof minus);
    onnx_model_node(&m, "", "Compress", "x flat", "same");
    onnx_model_output(&m, "at");
    onnx_model_output(&m, "shape");
    onnx_model_output(&m, "elements");
    onnx_model_output(&m, "same");
    for (int i = 0; i < 8; i++) {
        xb_onnx_value x = onnx_tensor(XYBRID_FLOAT32, inputs[i % 4], 2, two_by_three);
        float         wanted[6];
        int64_t       n = 0, shape[] = { 2, found[i % 4] };
        for (int k = 0; k < 6; k++)
            if (inputs[i % 4][k] != 0) wanted[n++] = inputs[i % 4][k];
        if (!run_ok(&m, &x, 1)) break;
        CHECK_INT(n, found[i % 4]);
        CHECK_INT(m.outputs[0].count, 2 * n);
        CHECK(same_ints(&m.outputs[1], 2, shape));
        CHECK(same_floats(&m.outputs[2], n, wanted));
        CHECK(same_floats(&m.outputs[3], n, wanted));
    }
    onnx_model_end(&m);
}

static void unique_of_what_is_computed(void) {
    static const float   x[] = { 2, NAN, -1, 2, NAN, -0.0f }, wanted[] = { -2, 0, 4 };
    static const int64_t first[] = { 2, 5, 0, 1 }, inverse[] = { 2, 3, 0, 2, 3, 1 }, counts[] = { 1, 1, 2, 2 };
    static const int64_t first_seen[] = { 0, 1, 2, 5 };
    onnx_model           m;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Add", "x x", "c");
    onnx_model_node(&m, "", "Unique", "c", "y first inverse counts");
    onnx_model_node(&m, "", "Unique", "c", "- seen");
    onnx_model_int(&m, "sorted", 0);
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "first");
    onnx_model_output(&m, "inverse");
    onnx_model_output(&m, "counts");
    onnx_model_output(&m, "seen");
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, x, 2, two_by_three);
    for (int round = 0; round < 2 && run_ok(&m, &in, 1); round++) {
        const float *y = m.outputs[0].data;
        CHECK_INT(m.outputs[0].count, 4);
        CHECK(y[0] == wanted[0] && y[1] == wanted[1] && y[2] == wanted[2] && isnan(y[3]));
        CHECK(same_ints(&m.outputs[1], 4, first) && same_ints(&m.outputs[2], 6, inverse) &&
              same_ints(&m.outputs[3], 4, counts));
        CHECK(same_ints(&m.outputs[4], 4, first_seen));
    }
    onnx_model_end(&m);
}

/* ---- order ---- */

static void nan_is_above_all(void) {
    static const float   x[] = { 3, NAN, -INFINITY, INFINITY, 3, -0.0f };
    static const int64_t six[] = { 6 }, largest[] = { 1, 3, 0, 4, 5, 2 }, smallest[] = { 2, 5, 0, 4, 3, 1 }, place = 1, k = 6;
    onnx_model           m;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_constant(&m, "k", XYBRID_INT64, 1, one, &k, sizeof k);
    onnx_model_node(&m, "", "TopK", "x k", "- largest");
    onnx_model_node(&m, "", "TopK", "x k", "- smallest");
    onnx_model_int(&m, "largest", 0);
    onnx_model_node(&m, "", "ArgMax", "x", "max");
    onnx_model_node(&m, "", "ArgMin", "x", "min");
    onnx_model_node(&m, "", "Cast", "x", "d");
    onnx_model_int(&m, "to", XYBRID_FLOAT64);
    onnx_model_node(&m, "", "ArgMin", "d", "min64"); /* the form of all types agrees with that of float32 */
    onnx_model_output(&m, "largest");
    onnx_model_output(&m, "smallest");
    onnx_model_output(&m, "max");
    onnx_model_output(&m, "min");
    onnx_model_output(&m, "min64");
    xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, x, 1, six);
    if (run_ok(&m, &in, 1)) {
        CHECK(same_ints(&m.outputs[0], 6, largest) && same_ints(&m.outputs[1], 6, smallest));
        CHECK(same_ints(&m.outputs[2], 1, &place) && same_ints(&m.outputs[3], 1, &place) &&
              same_ints(&m.outputs[4], 1, &place));
    }
    onnx_model_end(&m);
}

/* The number of results is an input, and changes from run to run. */
static void another_k_for_each_run(void) {
    onnx_model m;
    onnx_model_begin(&m, 13);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_input(&m, "k", XYBRID_INT64);
    onnx_model_node(&m, "", "TopK", "x k", "y i");
    onnx_model_output(&m, "y");
    for (int64_t k = 0; k <= 4; k++) {
        xb_onnx_value in[2] = { onnx_tensor(XYBRID_FLOAT32, numbers, 2, two_by_three), onnx_tensor(XYBRID_INT64, &k, 1, one) };
        CHECK_INT(onnx_model_run(&m, in, 2), k <= 3 ? XYBRID_OK : XYBRID_INVALID_ARGUMENT);
        if (k <= 3) CHECK_INT(m.outputs[0].count, 2 * k);
    }
    onnx_model_end(&m);
}

/* ---- text ---- */

static void text_is_moved(void) {
    static const xb_slice words[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
    static const float    x[] = { 2 };
    static const int64_t  pads[] = { 1, 0 }, repeats[] = { 2 };
    onnx_model            m;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "t", XB_ONNX_STRING);
    onnx_model_input(&m, "x", XYBRID_FLOAT32);
    onnx_model_node(&m, "", "Cast", "x", "i");
    onnx_model_int(&m, "to", XYBRID_INT64);
    onnx_model_node(&m, "", "Gather", "t i", "g");
    onnx_model_node(&m, "", "Concat", "g t", "c");
    onnx_model_int(&m, "axis", 0);
    onnx_model_constant(&m, "pads", XYBRID_INT64, 1, two, pads, sizeof pads);
    onnx_model_constant(&m, "twice", XYBRID_INT64, 1, one, repeats, sizeof repeats);
    onnx_model_node(&m, "", "Pad", "c pads", "p");
    onnx_model_node(&m, "", "Tile", "p twice", "y");
    onnx_model_node(&m, "", "Unique", "y", "u");
    onnx_model_output(&m, "y");
    onnx_model_output(&m, "u");
    xb_onnx_value in[2] = { onnx_tensor(XB_ONNX_STRING, words, 1, three), onnx_tensor(XYBRID_FLOAT32, x, 1, one) };
    if (run_ok(&m, in, 2)) {
        static const char *const wanted[] = { "", "c", "a", "b", "c", "", "c", "a", "b", "c" };
        const xb_slice          *y = m.outputs[0].data, *u = m.outputs[1].data;
        CHECK_INT(m.outputs[0].count, 10);
        for (int i = 0; i < 10 && m.outputs[0].count == 10; i++) CHECK(xb_slice_is(y[i], wanted[i]));
        CHECK_INT(m.outputs[1].count, 4);
        CHECK(xb_slice_is(u[0], "") && xb_slice_is(u[1], "a") && xb_slice_is(u[3], "c"));
    }
    onnx_model_end(&m);
}

/* A few bytes of file that ask for more text than there may be. */
static void too_much_text(void) {
    static const xb_slice words[] = { { "a", 1 }, { "b", 1 }, { "c", 1 } };
    static const int64_t  repeats[] = { 1 << 24 };
    onnx_model            m;
    onnx_model_begin(&m, 21);
    onnx_model_input(&m, "t", XB_ONNX_STRING);
    onnx_model_constant(&m, "r", XYBRID_INT64, 1, one, repeats, sizeof repeats);
    onnx_model_node(&m, "", "Tile", "t r", "y");
    onnx_model_output(&m, "y");
    xb_onnx_value in = onnx_tensor(XB_ONNX_STRING, words, 1, three);
    CHECK_INT(onnx_model_run(&m, &in, 1), XYBRID_UNSUPPORTED_MODEL);
    onnx_model_end(&m);
}

CHECK_MAIN(RUN(wrong_indices_are_named), RUN(right_after_wrong), RUN(wrong_lengths_are_named), RUN(hostile_attributes),
           RUN(hostile_contents), RUN(hostile_numbers), RUN(lists_that_do_not_fit), RUN(no_elements),
           RUN(parts_in_their_places), RUN(split_and_joined), RUN(as_many_as_there_are), RUN(unique_of_what_is_computed),
           RUN(nan_is_above_all), RUN(another_k_for_each_run), RUN(text_is_moved), RUN(too_much_text))
