/* onnx_model.h - small ONNX models made in a test, and runs of them on the native engine.
 *
 *     onnx_model m;
 *     onnx_model_begin(&m, 21);                                    // opset of ONNX's own domain; com.microsoft is 1
 *     onnx_model_input(&m, "x", XYBRID_FLOAT32);
 *     onnx_model_node(&m, "", "Clip", "x - high", "y");            // "-" is an input or output that is left out
 *     onnx_model_int(&m, "axis", 1);                               // an attribute of the last node
 *     onnx_model_output(&m, "y");
 *     xb_onnx_value in = onnx_tensor(XYBRID_FLOAT32, data, 2, (int64_t[]){ 2, 3 });
 *     CHECK(onnx_model_run(&m, &in, 1) == XYBRID_OK);
 *     ... m.outputs[0].data ...; m.err.message
 *     onnx_model_end(&m);
 *
 * Numbers of fields: onnx.proto. */
#ifndef ONNX_MODEL_H
#define ONNX_MODEL_H

#include "check.h"
#include "engine/native/evaluate.h"

enum { ONNX_MODEL_BYTES = 1 << 16 };

typedef struct onnx_bytes {
    size_t size;
    char   data[ONNX_MODEL_BYTES];
} onnx_bytes;

typedef struct onnx_model {
    onnx_bytes            graph, node; /* node: the last one, which attributes still join */
    int64_t               opset;
    xb_mem                mem;
    xb_native_evaluation *evaluation;
    const xb_onnx_value  *outputs;
    int32_t               output_count;
    xybrid_error          err;
} onnx_model;

/* ---- protobuf ---- */

static inline void onnx_put_varint(onnx_bytes *b, uint64_t v) {
    for (; v > 127; v >>= 7) b->data[b->size++] = (char)(v | 128);
    b->data[b->size++] = (char)v;
}
static inline void onnx_put_int(onnx_bytes *b, int field, int64_t v) {
    onnx_put_varint(b, (uint64_t)field << 3);
    onnx_put_varint(b, (uint64_t)v);
}
static inline void onnx_put_bytes(onnx_bytes *b, int field, const void *data, size_t size) {
    onnx_put_varint(b, (uint64_t)field << 3 | 2);
    onnx_put_varint(b, size);
    if (size > ONNX_MODEL_BYTES - b->size) {
        printf("onnx_model.h: the model is too large\n");
        exit(1);
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}
static inline void onnx_put_text(onnx_bytes *b, int field, const char *text) { onnx_put_bytes(b, field, text, strlen(text)); }

/* ---- the model ---- */

static inline void onnx_flush_node(onnx_model *m) {
    if (m->node.size) onnx_put_bytes(&m->graph, 1, m->node.data, m->node.size);
    m->node.size = 0;
}

static inline void onnx_model_begin(onnx_model *m, int64_t opset) {
    memset(m, 0, sizeof *m);
    m->opset = opset;
    xb_mem_init(&m->mem, NULL, NULL, NULL, XYBRID_AUTO);
}

/* A port without a shape. dtype 0: not said. */
static inline void onnx_put_port(onnx_model *m, int field, const char *name, int32_t dtype) {
    onnx_bytes tensor = { 0 }, type = { 0 }, port = { 0 };
    if (dtype) onnx_put_int(&tensor, 1, dtype);
    onnx_put_bytes(&type, 1, tensor.data, tensor.size);
    onnx_put_text(&port, 1, name);
    onnx_put_bytes(&port, 2, type.data, type.size);
    onnx_put_bytes(&m->graph, field, port.data, port.size);
}
/* The same with a shape: words, each a length, a name, or "?". field 11: an input, 12: an output. */
static inline void onnx_model_port(onnx_model *m, int field, const char *name, int32_t dtype, const char *shape) {
    onnx_bytes dims = { 0 }, tensor = { 0 }, type = { 0 }, port = { 0 };
    while (*shape) {
        onnx_bytes dim = { 0 };
        size_t     size = strcspn(shape, " ");
        if (*shape >= '0' && *shape <= '9') onnx_put_int(&dim, 1, strtol(shape, NULL, 10));
        else if (*shape != '?') onnx_put_bytes(&dim, 2, shape, size);
        onnx_put_bytes(&dims, 1, dim.data, dim.size);
        shape += size + (shape[size] == ' ');
    }
    onnx_put_int(&tensor, 1, dtype);
    onnx_put_bytes(&tensor, 2, dims.data, dims.size);
    onnx_put_bytes(&type, 1, tensor.data, tensor.size);
    onnx_put_text(&port, 1, name);
    onnx_put_bytes(&port, 2, type.data, type.size);
    onnx_put_bytes(&m->graph, field, port.data, port.size);
}
static inline void onnx_model_input(onnx_model *m, const char *name, int32_t dtype) { onnx_put_port(m, 11, name, dtype); }
static inline void onnx_model_output(onnx_model *m, const char *name) { onnx_put_port(m, 12, name, 0); }

/* A constant; elements as raw_data has them. */
static inline void onnx_model_constant(onnx_model *m, const char *name, int32_t dtype, int32_t rank, const int64_t *dims,
                                       const void *data, size_t size) {
    onnx_bytes t = { 0 };
    for (int32_t i = 0; i < rank; i++) onnx_put_int(&t, 1, dims[i]);
    onnx_put_int(&t, 2, dtype);
    onnx_put_text(&t, 8, name);
    onnx_put_bytes(&t, 9, data, size);
    onnx_put_bytes(&m->graph, 5, t.data, t.size);
}

static inline void onnx_put_names(onnx_bytes *node, int field, const char *names) {
    while (*names) {
        size_t size = 0;
        while (names[size] && names[size] != ' ') size++;
        onnx_put_bytes(node, field, names, size == 1 && *names == '-' ? 0 : size);
        names += size;
        if (*names) names++;
    }
}
static inline void onnx_model_node(onnx_model *m, const char *domain, const char *op, const char *inputs, const char *outputs) {
    onnx_flush_node(m);
    onnx_put_names(&m->node, 1, inputs);
    onnx_put_names(&m->node, 2, outputs);
    onnx_put_text(&m->node, 4, op);
    onnx_put_text(&m->node, 7, domain);
}

static inline void onnx_model_int(onnx_model *m, const char *name, int64_t value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_int(&a, 3, value);
    onnx_put_int(&a, 20, 2);
    onnx_put_bytes(&m->node, 5, a.data, a.size);
}
static inline void onnx_model_float(onnx_model *m, const char *name, float value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_varint(&a, 2 << 3 | 5);
    memcpy(a.data + a.size, &value, sizeof value);
    a.size += sizeof value;
    onnx_put_int(&a, 20, 1);
    onnx_put_bytes(&m->node, 5, a.data, a.size);
}
static inline void onnx_model_ints(onnx_model *m, const char *name, int32_t count, const int64_t *values) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    for (int32_t i = 0; i < count; i++) onnx_put_int(&a, 8, values[i]);
    onnx_put_int(&a, 20, 7);
    onnx_put_bytes(&m->node, 5, a.data, a.size);
}
static inline void onnx_model_text(onnx_model *m, const char *name, const char *value) {
    onnx_bytes a = { 0 };
    onnx_put_text(&a, 1, name);
    onnx_put_text(&a, 4, value);
    onnx_put_int(&a, 20, 3);
    onnx_put_bytes(&m->node, 5, a.data, a.size);
}

/* ---- running ---- */

static inline xb_onnx_value onnx_tensor(int32_t dtype, const void *data, int32_t rank, const int64_t *dims) {
    xb_onnx_value v = { .kind = XB_ONNX_TENSOR, .dtype = dtype, .rank = rank, .count = 1, .data = (void *)(uintptr_t)data };
    for (int32_t i = 0; i < rank; i++) v.count *= v.dims[i] = dims[i];
    int32_t bits = dtype == XB_ONNX_STRING ? 8 * (int32_t)sizeof(xb_slice) : xb_onnx_dtype_bits(dtype);
    v.size_bytes = (v.count * bits + 7) / 8;
    return v;
}

/* The model as a file's bytes. One buffer, one test at a time. */
static inline const onnx_bytes *onnx_model_file(onnx_model *m) {
    static onnx_bytes file;
    onnx_bytes        own = { 0 }, microsoft = { 0 };
    onnx_flush_node(m);
    onnx_put_int(&own, 2, m->opset);
    onnx_put_text(&microsoft, 1, "com.microsoft");
    onnx_put_int(&microsoft, 2, 1);
    file.size = 0;
    onnx_put_int(&file, 1, 8);
    onnx_put_bytes(&file, 7, m->graph.data, m->graph.size);
    onnx_put_bytes(&file, 8, own.data, own.size);
    onnx_put_bytes(&file, 8, microsoft.data, microsoft.size);
    return &file;
}

/* Opens the model at the first call, then runs it on these inputs. outputs are valid until the next run. */
static inline xybrid_status onnx_model_run(onnx_model *m, const xb_onnx_value *inputs, int32_t count) {
    if (!m->evaluation) {
        const onnx_bytes *file = onnx_model_file(m); /* read by the evaluation until onnx_model_end */
        xybrid_status     st = xb_native_evaluate_open(&m->mem, NULL, file->data, file->size, &m->evaluation, &m->err);
        if (st != XYBRID_OK) return st;
    }
    return xb_native_evaluate_run(m->evaluation, inputs, count, &m->outputs, &m->output_count, &m->err);
}

/* Everything is given back. */
static inline void onnx_model_end(onnx_model *m) {
    xb_native_evaluate_close(m->evaluation);
    m->evaluation = NULL;
    CHECK_INT(m->mem.used_bytes, 0);
}

#endif
