/* onnx_model.h - small ONNX models made in a test (onnx_writer.h), and runs of them on the native engine.
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
 */
#ifndef ONNX_MODEL_H
#define ONNX_MODEL_H

#include "check.h"
#include "engine/native/evaluate.h"
#include "onnx_writer.h"

typedef struct onnx_model {
    onnx_writer           writer;
    onnx_bytes            file; /* read by the evaluation */
    xb_mem                mem;
    xb_native_evaluation *evaluation;
    const xb_onnx_value  *outputs;
    int32_t               output_count;
    xybrid_error          err;
} onnx_model;

static inline void onnx_model_begin(onnx_model *m, int64_t opset) {
    memset(m, 0, sizeof *m);
    onnx_write_begin(&m->writer, opset);
    xb_mem_init(&m->mem, NULL, NULL, NULL, XYBRID_AUTO);
}

/* what onnx_writer.h says of onnx_write_... */
#define onnx_model_input(m, name, dtype)                onnx_write_input(&(m)->writer, name, dtype)
#define onnx_model_output(m, name)                      onnx_write_output(&(m)->writer, name)
#define onnx_model_constant(m, ...)                     onnx_write_constant(&(m)->writer, __VA_ARGS__)
#define onnx_model_node(m, domain, op, inputs, outputs) onnx_write_node(&(m)->writer, domain, op, inputs, outputs)
#define onnx_model_int(m, name, value)                  onnx_write_int(&(m)->writer, name, value)
#define onnx_model_float(m, name, value)                onnx_write_float(&(m)->writer, name, value)
#define onnx_model_ints(m, ...)                         onnx_write_ints(&(m)->writer, __VA_ARGS__)
#define onnx_model_text(m, name, value)                 onnx_write_text(&(m)->writer, name, value)

static inline xb_onnx_value onnx_tensor(int32_t dtype, const void *data, int32_t rank, const int64_t *dims) {
    xb_onnx_value v = { .kind = XB_ONNX_TENSOR, .dtype = dtype, .rank = rank, .count = 1, .data = (void *)(uintptr_t)data };
    for (int32_t i = 0; i < rank; i++) v.count *= v.dims[i] = dims[i];
    int32_t bits = dtype == XB_ONNX_STRING ? 8 * (int32_t)sizeof(xb_slice) : xb_onnx_dtype_bits(dtype);
    v.size_bytes = (v.count * bits + 7) / 8;
    return v;
}

/* The model as a file's bytes, until onnx_model_end. */
static inline const onnx_bytes *onnx_model_file(onnx_model *m) {
    if (!m->file.data) m->file = onnx_write_end(&m->writer);
    return &m->file;
}

/* Opens the model at the first call, then runs it on these inputs. outputs are valid until the next run. */
static inline xybrid_status onnx_model_run(onnx_model *m, const xb_onnx_value *inputs, int32_t count) {
    if (!m->evaluation) {
        const onnx_bytes *file = onnx_model_file(m);
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
    if (!m->file.data) m->file = onnx_write_end(&m->writer);
    onnx_bytes_free(&m->file);
}

#endif
