/* engine/native/evaluate.c - see evaluate.h. */
#include "engine/native/evaluate.h"

#include <string.h>

#include "base/error.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"

struct xb_native_evaluation {
    xb_native_model *model;
    xb_exec         *exec;
    xb_arena         arena; /* of the last run */
};

static void pool_parallel(void *ctx, int32_t chunks, xb_pool_fn fn, void *arg) { xb_pool_parallel(ctx, chunks, fn, arg); }

xybrid_status xb_native_evaluate_open(xb_mem *mem, xb_pool *pool, const void *bytes, size_t size, xb_native_evaluation **out,
                                      xybrid_error *err) {
    xb_native_services    services = { .mem = mem,
                                       .isa = xb_isa_best(xb_cpu_features()),
                                       .qisa = xb_qisa_best(xb_cpu_features()),
                                       .threads = xb_pool_threads(pool),
                                       .parallel = pool_parallel,
                                       .ctx = pool };
    xb_native_evaluation *e = xb_calloc(mem, 1, sizeof *e, err);
    if (!e) return err->code;
    xb_arena_init(&e->arena, mem, 0);
    xybrid_status st = xb_native_model_open(&services, bytes, size, NULL, NULL, &e->model, err);
    if (st == XYBRID_OK) st = xb_exec_new(e->model, e->model->graph.main, NULL, 0, 0, NULL, &e->exec, err);
    if (st != XYBRID_OK) {
        xb_mem *m = mem;
        xb_native_model_close(e->model);
        xb_free(m, e);
        return st;
    }
    *out = e;
    return XYBRID_OK;
}

/* A copy whose elements take a byte each, or lie where kernels may read them. */
static xybrid_status unpacked(xb_arena *arena, const xb_onnx_value *v, xb_onnx_value *out, xybrid_error *err) {
    *out = *v;
    if (v->kind != XB_ONNX_TENSOR) {
        out->items = xb_arena_array(arena, (size_t)v->item_count, sizeof *out->items, err);
        if (!out->items) return err->code;
        for (int32_t i = 0; i < v->item_count; i++) XB_TRY(unpacked(arena, &v->items[i], &out->items[i], err));
        return XYBRID_OK;
    }
    int32_t bits = xb_onnx_dtype_bits(v->dtype);
    if (bits >= 16 && (uintptr_t)v->data % (uintptr_t)(bits < 64 ? bits / 8 : 8)) { /* in a file, at any address */
        out->data = xb_arena_alloc(arena, (size_t)v->size_bytes, err);
        if (!out->data) return err->code;
        memcpy(out->data, v->data, (size_t)v->size_bytes);
    }
    if (bits == 0 || bits >= 8) return XYBRID_OK;
    out->data = xb_arena_alloc(arena, (size_t)v->count, err);
    if (!out->data) return err->code;
    out->size_bytes = v->count;
    xb_onnx_unpack(v->dtype, v->data, 0, v->count, out->data);
    return XYBRID_OK;
}

static xybrid_status packed(xb_arena *arena, xb_onnx_value *v, xybrid_error *err) {
    if (v->kind != XB_ONNX_TENSOR) {
        for (int32_t i = 0; i < v->item_count; i++) XB_TRY(packed(arena, &v->items[i], err));
        return XYBRID_OK;
    }
    int32_t bits = xb_onnx_dtype_bits(v->dtype);
    if (bits == 0 || bits >= 8) return XYBRID_OK;
    const uint8_t *from = v->data;
    int64_t        size = (v->count * bits + 7) / 8;
    uint8_t       *to = xb_arena_alloc(arena, (size_t)size, err);
    if (!to) return err->code;
    for (int64_t i = 0; i < v->count; i++) {
        uint32_t value = (uint32_t)(from[i] & ((1 << bits) - 1)) << (i * bits % 8);
        to[i * bits / 8] |= (uint8_t)value;
        if (value > 0xff) to[i * bits / 8 + 1] |= (uint8_t)(value >> 8); /* 6 bits may lie across two bytes */
    }
    v->data = to;
    v->size_bytes = size;
    return XYBRID_OK;
}

xybrid_status xb_native_evaluate_run(xb_native_evaluation *e, const xb_onnx_value *inputs, int32_t input_count,
                                     const xb_onnx_value **outputs, int32_t *output_count, xybrid_error *err) {
    const xb_graph *graph = e->model->graph.main;
    if (input_count != graph->input_count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "%d inputs given, the graph has %d", input_count,
                       graph->input_count);
    xb_arena_free(&e->arena);
    xb_onnx_value *in = xb_arena_array(&e->arena, (size_t)input_count, sizeof *in, err);
    xb_onnx_value *out = in ? xb_arena_array(&e->arena, (size_t)graph->output_count, sizeof *out, err) : NULL;
    if (!out) return err->code;
    for (int32_t i = 0; i < input_count; i++) XB_TRY(unpacked(&e->arena, &inputs[i], &in[i], err));
    xb_run_call   call = { .inputs = in };
    xb_fp_modes   was = xb_fp_enter();
    xybrid_status st = xb_exec_run(e->exec, &call, err);
    xb_fp_leave(was);
    XB_TRY(st);
    for (int32_t i = 0; i < graph->output_count; i++) {
        XB_TRY(xb_exec_output(e->exec, &call, i, &out[i], err));
        XB_TRY(packed(&e->arena, &out[i], err));
    }
    *outputs = out;
    *output_count = graph->output_count;
    return XYBRID_OK;
}

xb_plan_counts xb_native_evaluate_counts(const xb_native_evaluation *e) { return xb_exec_counts(e->exec); }

void xb_native_evaluate_close(xb_native_evaluation *e) {
    if (!e) return;
    xb_mem *mem = e->model->services.mem;
    xb_arena_free(&e->arena);
    xb_exec_free(e->exec);
    xb_native_model_close(e->model);
    xb_free(mem, e);
}
