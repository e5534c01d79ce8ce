/* A model and the shapes and small contents of its inputs (native_case.h), planned by the native engine: with all rewrites,
 * with those that the options name, for other shapes, and again after a trim. Nothing runs but what is folded. */
#include "native_case.h"
#include "onnx_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void plan(case_run *r) {
    xybrid_error err;
    xb_run_call  call = { .inputs = r->in, .ctx = r, .cancelled = case_poll };
    case_start(r);
    xybrid_status st = xb_exec_prepare(r->exec, &call, &err);
    case_check_error(st, &err);
}

/* Every input one longer in its last dimension, or without elements. */
static void change_shapes(const native_case *c, case_run *r, int is_empty) {
    static int64_t zeros[1 << 13];
    for (int32_t i = 0; i < r->model->graph.main->input_count; i++) {
        xb_onnx_value *v = &r->in[i];
        if (v->kind != XB_ONNX_TENSOR || v->rank == 0 || v->dtype == XB_ONNX_STRING) continue;
        int64_t *last = &v->dims[v->rank - 1], rows = *last ? v->count / *last : 0;
        int64_t  element = *last && rows ? v->size_bytes / v->count : 0, more = element ? (*last + 1) * rows * element : 0;
        if (is_empty) *last = 0, v->count = 0, v->size_bytes = 0;
        else if (element && more <= (int64_t)sizeof zeros) *last += 1, v->count += rows, v->size_bytes = more, v->data = zeros;
    }
    (void)c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    native_case  c;
    case_run     r;
    xybrid_error err;
    if (case_load(&c, data, size)) {
        xb_fp_modes   was = xb_fp_enter();
        xybrid_status st = case_open(&c, &r, 0, 2, (int32_t)(c.options >> 6 & 1), &err);
        if (st == XYBRID_OK) {
            plan(&r);
            r.model->services.rewrites_off = ~r.model->services.rewrites_off;
            (void)xb_exec_trim(r.exec);
            plan(&r);
            change_shapes(&c, &r, 0);
            plan(&r);
            change_shapes(&c, &r, 1);
            plan(&r);
        }
        case_close(&r);
        xb_fp_leave(was);
    }
    case_unload(&c);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed) {
    return onnx_mutate(&onnx_case_schema, data, size, capacity, seed, 16);
}
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t capacity, unsigned int seed) {
    return onnx_cross(&onnx_case_schema, data1, size1, data2, size2, out, capacity, seed);
}
