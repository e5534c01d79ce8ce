/* native_models.h - small models of every kind for the tests of the native engine through the public door: made in memory, with
 * inputs and with a way to see results as bytes.
 *
 *     onnx_bytes       file = native_file(&native_models[i]);        // onnx_bytes_free(&file) after the model
 *     xybrid_model    *m = NULL;
 *     xybrid_envelope *in = NULL;
 *     DOOR_OK(native_load(rt, &file, NULL, &m, &err));
 *     DOOR_OK(native_input(rt, &native_models[i], 0, &in, &err));    // numbers depend on the last but one argument
 *     onnx_bytes found = native_run(m, NULL, in, NULL, &err);        // .size 0: it failed */
#ifndef NATIVE_MODELS_H
#define NATIVE_MODELS_H

#include "../onnx_writer.h"
#include "door.h"

typedef struct native_port {
    const char *name;
    int32_t     dtype, rank;
    int64_t     dims[4];
    int64_t     number; /* of an integer or bool: its value; a float is made up */
} native_port;

typedef struct native_model {
    const char *name;
    void (*write)(onnx_writer *w);
    native_port inputs[3];
} native_model;

/* ---- weights ---- */

/* Numbers between -1 and 1, the same at each call. */
static inline const float *native_numbers(int32_t count, int32_t seed) {
    static float numbers[1 << 19];
    uint32_t     state = (uint32_t)seed * 2654435761u + 12345;
    for (int32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        numbers[i] = (float)(int32_t)(state >> 16 & 0xffff) / 32768 - 1;
    }
    return numbers;
}
static inline void native_weight(onnx_writer *w, const char *name, int32_t rank, const int64_t *dims, int32_t seed) {
    int32_t count = 1;
    for (int32_t i = 0; i < rank; i++) count *= (int32_t)dims[i];
    onnx_write_constant(w, name, XYBRID_FLOAT32, rank, dims, native_numbers(count, seed), (size_t)count * sizeof(float));
}
static inline void native_number(onnx_writer *w, const char *name, float value) {
    onnx_write_constant(w, name, XYBRID_FLOAT32, 0, NULL, &value, sizeof value);
}
static inline void native_ints(onnx_writer *w, const char *name, int32_t count, const int64_t *values) {
    int64_t dim = count;
    onnx_write_constant(w, name, XYBRID_INT64, 1, &dim, values, (size_t)count * sizeof *values);
}

/* ---- models ---- */

/* Packed, transformed and depthwise weights; everything that an epilogue takes. */
static inline void native_write_convolution(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "w1", 4, (int64_t[]){ 16, 3, 3, 3 }, 1);
    native_weight(w, "w2", 4, (int64_t[]){ 16, 16, 3, 3 }, 2);
    native_weight(w, "w3", 4, (int64_t[]){ 16, 1, 3, 3 }, 3);
    native_weight(w, "w4", 4, (int64_t[]){ 10, 16, 1, 1 }, 4);
    native_weight(w, "b", 1, (int64_t[]){ 16 }, 5);
    native_weight(w, "mean", 1, (int64_t[]){ 16 }, 6);
    onnx_write_constant(w, "var", XYBRID_FLOAT32, 1, (int64_t[]){ 16 },
                        (float[16]){ 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2 }, 16 * sizeof(float));
    onnx_write_node(w, "", "Conv", "x w1 b", "c1");
    onnx_write_ints(w, "pads", 4, (int64_t[]){ 1, 1, 1, 1 });
    onnx_write_node(w, "", "BatchNormalization", "c1 b b mean var", "n1");
    onnx_write_node(w, "", "Relu", "n1", "r1");
    onnx_write_node(w, "", "Conv", "r1 w2 b", "c2");
    onnx_write_ints(w, "pads", 4, (int64_t[]){ 1, 1, 1, 1 });
    onnx_write_node(w, "", "Add", "c2 r1", "a2");
    onnx_write_node(w, "", "Sigmoid", "a2", "s2");
    onnx_write_node(w, "", "Mul", "a2 s2", "m2");
    onnx_write_node(w, "", "Conv", "m2 w3", "c3");
    onnx_write_int(w, "group", 16);
    onnx_write_node(w, "", "MaxPool", "c3", "p3");
    onnx_write_ints(w, "kernel_shape", 2, (int64_t[]){ 2, 2 });
    onnx_write_node(w, "", "Conv", "p3 w4", "c4");
    onnx_write_node(w, "", "GlobalAveragePool", "c4", "g");
    onnx_write_node(w, "", "Flatten", "g", "f");
    onnx_write_node(w, "", "Softmax", "f", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "c3", XYBRID_FLOAT32);
}

/* A block of a transformer: stored half weights, gelu and normalization written out, turned products. */
static inline void native_write_matmul(onnx_writer *w) {
    static uint16_t half[16 * 24];
    for (int i = 0; i < 16 * 24; i++) half[i] = (uint16_t)(0x2c00 + i % 1024 + (i & 1 ? 0x8000 : 0)); /* 1/16 to 1/8 */
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "half", XYBRID_FLOAT16, 2, (int64_t[]){ 16, 24 }, half, sizeof half);
    native_weight(w, "v", 2, (int64_t[]){ 24, 16 }, 7);
    native_weight(w, "g", 1, (int64_t[]){ 16 }, 8);
    native_number(w, "root2", 1.41421356f);
    native_number(w, "one", 1);
    native_number(w, "point5", 0.5f);
    native_number(w, "two", 2);
    native_number(w, "tiny", 1e-5f);
    native_ints(w, "last", 1, (int64_t[]){ -1 });
    native_ints(w, "heads", 4, (int64_t[]){ 0, -1, 2, 8 });
    native_ints(w, "flat", 3, (int64_t[]){ 0, -1, 16 });
    onnx_write_node(w, "", "Cast", "half", "wide");
    onnx_write_int(w, "to", XYBRID_FLOAT32);
    onnx_write_node(w, "", "MatMul", "x wide", "h");
    onnx_write_node(w, "", "Div", "h root2", "h1");
    onnx_write_node(w, "", "Erf", "h1", "h2");
    onnx_write_node(w, "", "Add", "h2 one", "h3");
    onnx_write_node(w, "", "Mul", "h h3", "h4");
    onnx_write_node(w, "", "Mul", "h4 point5", "h5");
    onnx_write_node(w, "", "MatMul", "h5 v", "o");
    onnx_write_node(w, "", "Add", "o x", "r");
    onnx_write_node(w, "", "ReduceMean", "r last", "m");
    onnx_write_node(w, "", "Sub", "r m", "d");
    onnx_write_node(w, "", "Pow", "d two", "q");
    onnx_write_node(w, "", "ReduceMean", "q last", "s");
    onnx_write_node(w, "", "Add", "s tiny", "s1");
    onnx_write_node(w, "", "Sqrt", "s1", "s2");
    onnx_write_node(w, "", "Div", "d s2", "n");
    onnx_write_node(w, "", "Mul", "n g", "n1");
    onnx_write_node(w, "", "Add", "n1 g", "n2");
    onnx_write_node(w, "", "Reshape", "n2 heads", "k");
    onnx_write_node(w, "", "Transpose", "k", "kt");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 3, 1 });
    onnx_write_node(w, "", "Transpose", "k", "kh");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "MatMul", "kh kt", "qk");
    onnx_write_node(w, "", "Softmax", "qk", "p");
    onnx_write_node(w, "", "MatMul", "p kh", "av");
    onnx_write_node(w, "", "Transpose", "av", "at");
    onnx_write_ints(w, "perm", 4, (int64_t[]){ 0, 2, 1, 3 });
    onnx_write_node(w, "", "Reshape", "at flat", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static inline void native_write_recurrent(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_weight(w, "W", 3, (int64_t[]){ 2, 32, 6 }, 9);
    native_weight(w, "R", 3, (int64_t[]){ 2, 32, 8 }, 10);
    native_weight(w, "B", 2, (int64_t[]){ 2, 64 }, 11);
    native_weight(w, "W2", 3, (int64_t[]){ 1, 12, 8 }, 12);
    native_weight(w, "R2", 3, (int64_t[]){ 1, 12, 4 }, 13);
    onnx_write_node(w, "", "LSTM", "x W R B", "y h c");
    onnx_write_text(w, "direction", "bidirectional");
    onnx_write_int(w, "hidden_size", 8);
    onnx_write_node(w, "", "GRU", "h W2 R2", "- g");
    onnx_write_int(w, "hidden_size", 4);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "c", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "g", XYBRID_FLOAT32);
}

/* The branches differ in shape, and use what lies around them. */
static inline void native_write_if(onnx_writer *w) {
    onnx_writer yes, no;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_input(w, "which", XYBRID_BOOL);
    native_weight(w, "a", 2, (int64_t[]){ 4, 6 }, 14);
    native_weight(w, "b", 2, (int64_t[]){ 4, 5 }, 15);
    onnx_write_node(w, "", "Abs", "x", "z");
    onnx_write_begin(&yes, 0);
    onnx_write_node(&yes, "", "MatMul", "z a", "t");
    onnx_write_output(&yes, "t");
    onnx_write_begin(&no, 0);
    onnx_write_node(&no, "", "MatMul", "z b", "f1");
    onnx_write_node(&no, "", "Exp", "f1", "f");
    onnx_write_output(&no, "f");
    onnx_write_node(w, "", "If", "which", "i");
    onnx_write_graph(w, "then_branch", &yes);
    onnx_write_graph(w, "else_branch", &no);
    onnx_write_node(w, "", "ReduceSum", "z", "sum");
    onnx_write_int(w, "keepdims", 0);
    native_number(w, "most", 3);
    onnx_write_node(w, "", "Less", "sum most", "small"); /* known when it has run */
    onnx_write_begin(&yes, 0);
    onnx_write_node(&yes, "", "Neg", "i", "t2");
    onnx_write_output(&yes, "t2");
    onnx_write_begin(&no, 0);
    onnx_write_node(&no, "", "Tanh", "i", "f2");
    onnx_write_output(&no, "f2");
    onnx_write_node(w, "", "If", "small", "y");
    onnx_write_graph(w, "then_branch", &yes);
    onnx_write_graph(w, "else_branch", &no);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

/* A Loop with a state, rows and a condition; a Scan over its rows. */
static inline void native_write_loop(onnx_writer *w) {
    onnx_writer body;
    int64_t     seven = 7;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "count", XYBRID_INT64, 0, NULL, &seven, sizeof seven);
    onnx_write_constant(w, "true", XYBRID_BOOL, 0, NULL, "\1", 1);
    native_weight(w, "m", 2, (int64_t[]){ 4, 4 }, 16);
    native_number(w, "most", 50);
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "i", XYBRID_INT64);
    onnx_write_input(&body, "go", XYBRID_BOOL);
    onnx_write_input(&body, "s", XYBRID_FLOAT32);
    onnx_write_node(&body, "", "MatMul", "s m", "s1");
    onnx_write_node(&body, "", "Cast", "i", "fi");
    onnx_write_int(&body, "to", XYBRID_FLOAT32);
    onnx_write_node(&body, "", "Add", "s1 fi", "s2");
    onnx_write_node(&body, "", "ReduceMax", "s2", "r");
    onnx_write_int(&body, "keepdims", 0);
    onnx_write_node(&body, "", "Less", "r most", "more");
    onnx_write_output(&body, "more");
    onnx_write_output(&body, "s2");
    onnx_write_output(&body, "s1");
    onnx_write_node(w, "", "Loop", "count true x", "end rows");
    onnx_write_graph(w, "body", &body);
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "t", XYBRID_FLOAT32);
    onnx_write_input(&body, "row", XYBRID_FLOAT32);
    onnx_write_node(&body, "", "Add", "t row", "t1");
    onnx_write_node(&body, "", "Relu", "t1", "u");
    onnx_write_output(&body, "t1");
    onnx_write_output(&body, "u");
    onnx_write_node(w, "", "Scan", "x rows", "total y");
    onnx_write_graph(w, "body", &body);
    onnx_write_int(w, "num_scan_inputs", 1);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "total", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "end", XYBRID_FLOAT32);
}

/* Integers with their scales: fused, dynamic, and a convolution. */
static inline void native_write_quantized(onnx_writer *w) {
    static int8_t weights[32 * 16 + 8 * 4 * 9];
    for (int i = 0; i < (int)sizeof weights; i++) weights[i] = (int8_t)(i * 37 % 251 - 125);
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "q", XYBRID_INT8, 2, (int64_t[]){ 32, 16 }, weights, 32 * 16);
    onnx_write_constant(w, "k", XYBRID_INT8, 4, (int64_t[]){ 8, 4, 3, 3 }, weights + 32 * 16, 8 * 4 * 9);
    onnx_write_constant(w, "zero", XYBRID_INT8, 0, NULL, "\0", 1);
    onnx_write_constant(w, "zero8", XYBRID_UINT8, 0, NULL, "\200", 1);
    native_number(w, "scale", 0.01f);
    native_number(w, "scale2", 0.07f);
    native_ints(w, "picture", 4, (int64_t[]){ 1, 4, 4, 4 });
    native_ints(w, "rows", 2, (int64_t[]){ -1, 16 });
    onnx_write_node(w, "", "DynamicQuantizeLinear", "x", "xq xs xz");
    onnx_write_node(w, "", "MatMulInteger", "xq q xz", "p");
    onnx_write_node(w, "", "Cast", "p", "pf");
    onnx_write_int(w, "to", XYBRID_FLOAT32);
    onnx_write_node(w, "", "Mul", "xs scale", "xw");
    onnx_write_node(w, "", "Mul", "pf xw", "ps");
    onnx_write_node(w, "", "QuantizeLinear", "ps scale2 zero8", "pq");
    onnx_write_node(w, "", "Reshape", "pq picture", "pi");
    onnx_write_node(w, "", "QLinearConv", "pi scale2 zero8 k scale zero scale2 zero8", "c");
    onnx_write_ints(w, "pads", 4, (int64_t[]){ 1, 1, 1, 1 });
    onnx_write_node(w, "", "DequantizeLinear", "c scale2 zero8", "y");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "ps", XYBRID_FLOAT32);
}

static inline void native_write_sequence(onnx_writer *w) {
    onnx_writer body;
    int64_t     two = 2;
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_constant(w, "two", XYBRID_INT64, 0, NULL, &two, sizeof two);
    onnx_write_constant(w, "true", XYBRID_BOOL, 0, NULL, "\1", 1);
    onnx_write_node(w, "", "SplitToSequence", "x two", "parts");
    onnx_write_int(w, "axis", 0);
    onnx_write_node(w, "", "SequenceAt", "parts two", "third");
    onnx_write_begin(&body, 0);
    onnx_write_input(&body, "i", XYBRID_INT64);
    onnx_write_input(&body, "go", XYBRID_BOOL);
    onnx_write_input(&body, "s", 0);
    onnx_write_node(&body, "", "SequenceAt", "s i", "one");
    onnx_write_node(&body, "", "Neg", "one", "minus");
    onnx_write_node(&body, "", "SequenceInsert", "s minus", "longer");
    onnx_write_node(&body, "", "Identity", "go", "on");
    onnx_write_output(&body, "on");
    onnx_write_output(&body, "longer");
    onnx_write_node(w, "", "Loop", "two true parts", "all");
    onnx_write_graph(w, "body", &body);
    onnx_write_node(w, "", "ConcatFromSequence", "all", "y");
    onnx_write_int(w, "axis", 0);
    onnx_write_node(w, "", "SequenceLength", "all", "n");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "third", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "n", XYBRID_INT64);
}

/* What is positive, wherever it is: the size of the result is computed. */
static inline void native_write_dynamic(onnx_writer *w) {
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    native_number(w, "zero", 0);
    native_ints(w, "flat", 1, (int64_t[]){ -1 });
    onnx_write_node(w, "", "Greater", "x zero", "above");
    onnx_write_node(w, "", "NonZero", "above", "where");
    onnx_write_node(w, "", "Transpose", "where", "rows");
    onnx_write_node(w, "", "GatherND", "x rows", "values");
    onnx_write_node(w, "", "Sqrt", "values", "y");
    onnx_write_node(w, "", "Reshape", "x flat", "all");
    onnx_write_node(w, "", "Unique", "all", "u");
    onnx_write_node(w, "", "Exp", "u", "e");
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "where", XYBRID_INT64);
    onnx_write_typed_output(w, "e", XYBRID_FLOAT32);
}

enum { NATIVE_MODELS = 8 };
static const native_model native_models[NATIVE_MODELS] = {
    { "convolution", native_write_convolution, { { "x", XYBRID_FLOAT32, 4, { 1, 3, 12, 10 }, 0 } } },
    { "matmul", native_write_matmul, { { "x", XYBRID_FLOAT32, 3, { 1, 5, 16 }, 0 } } },
    { "recurrent", native_write_recurrent, { { "x", XYBRID_FLOAT32, 3, { 7, 2, 6 }, 0 } } },
    { "if", native_write_if, { { "x", XYBRID_FLOAT32, 2, { 3, 4 }, 0 }, { "which", XYBRID_BOOL, 0, { 0 }, 1 } } },
    { "loop", native_write_loop, { { "x", XYBRID_FLOAT32, 2, { 3, 4 }, 0 } } },
    { "quantized", native_write_quantized, { { "x", XYBRID_FLOAT32, 2, { 4, 32 }, 0 } } },
    { "sequence", native_write_sequence, { { "x", XYBRID_FLOAT32, 2, { 6, 5 }, 0 } } },
    { "dynamic", native_write_dynamic, { { "x", XYBRID_FLOAT32, 2, { 6, 5 }, 0 } } },
};

static inline onnx_bytes native_file(const native_model *m) {
    onnx_writer w;
    onnx_write_begin(&w, 18);
    m->write(&w);
    return onnx_write_end(&w);
}

/* ---- through the door ---- */

/* `file` outlives the model. `config` is the engine's, for this model; NULL. */
static inline xybrid_status native_load(xybrid_runtime *rt, const onnx_bytes *file, const char *config, xybrid_model **out,
                                        xybrid_error *err) {
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.engine = "native";
    o.engine_config = config;
    o.data = file->data;
    o.data_bytes = (int64_t)file->size;
    o.release = xybrid_release_none;
    return xybrid_model_load(rt, "made.onnx", &o, out, err);
}

static inline xybrid_status native_tensor(xybrid_runtime *rt, const native_port *p, int32_t seed, xybrid_envelope **out,
                                          xybrid_error *err) {
    char        integers[4096];
    int64_t     count = 1, size = p->dtype == XYBRID_BOOL ? 1 : p->dtype == XYBRID_INT64 ? 8 : 4;
    const void *data = integers;
    for (int32_t i = 0; i < p->rank; i++) count *= p->dims[i];
    for (int64_t i = 0; i < count && size != 4; i++) memcpy(integers + i * size, &p->number, (size_t)size);
    if (size == 4) data = native_numbers((int32_t)count, 100 + seed);
    return xybrid_envelope_new_tensor(rt, p->name, p->dtype, p->dims, p->rank, data, count * size, NULL, NULL, out, err);
}

/* All inputs as a List. */
static inline xybrid_status native_input(xybrid_runtime *rt, const native_model *m, int32_t seed, xybrid_envelope **out,
                                         xybrid_error *err) {
    xybrid_envelope *t[3] = { NULL, NULL, NULL };
    xybrid_status    st = XYBRID_OK;
    int32_t          count = 0;
    while (count < 3 && m->inputs[count].name && st == XYBRID_OK) {
        st = native_tensor(rt, &m->inputs[count], seed + count, &t[count], err);
        count++;
    }
    if (st == XYBRID_OK) st = xybrid_envelope_new_list(rt, t, count, out, err);
    for (int32_t i = 0; i < 3; i++) xybrid_envelope_free(t[i]);
    return st;
}

/* Name, type, shape and elements of all that an envelope holds. */
static inline onnx_bytes native_bytes(const xybrid_envelope *e) {
    onnx_bytes b = { 0 };
    for (int32_t i = 0; i < xybrid_envelope_count(e); i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(e, i));
        onnx_bytes_add(&b, v->name, strlen(v->name) + 1);
        onnx_bytes_add(&b, &v->dtype, sizeof v->dtype);
        onnx_bytes_add(&b, v->shape, (size_t)v->rank * sizeof *v->shape);
        onnx_bytes_add(&b, v->data, (size_t)v->size_bytes);
    }
    return b;
}

static inline int native_same(const onnx_bytes *a, const onnx_bytes *b) {
    return a->size == b->size && a->size > 0 && memcmp(a->data, b->data, a->size) == 0;
}

/* One run, of the session if there is one; the status is err->code. options NULL: raw. */
static inline onnx_bytes native_run(xybrid_model *m, xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options,
                                    xybrid_error *err) {
    xybrid_run_options o;
    xybrid_envelope   *out = NULL;
    onnx_bytes         none = { 0 };
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    if (!options) options = &o;
    xybrid_status st = s ? xybrid_session_run(s, in, options, &out, err) : xybrid_model_run(m, in, options, &out, err);
    if (st != XYBRID_OK) return none;
    onnx_bytes b = native_bytes(out);
    xybrid_envelope_free(out);
    err->code = XYBRID_OK;
    return b;
}

#endif
