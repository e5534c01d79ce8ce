/* engine/native/estimate.c - see estimate.h. */
#include "engine/native/estimate.h"

#include "base/error.h"
#include "engine/native/ports.h"
#include "engine/native/run.h"
#include "plat/fpenv.h"

static int64_t used_bytes(const xb_native_model *m) { return xb_atomic_get(&m->services.mem->used_bytes); }

/* The plan for some shapes, with an exec of its own. */
static xybrid_status measure(xb_native_model *m, const xb_onnx_value *inputs, xb_native_cost *out, int32_t *found,
                             xybrid_error *err) {
    int64_t     before = used_bytes(m), bytes;
    xb_run_call call = { .inputs = inputs };
    xb_exec    *exec;
    XB_TRY(xb_exec_new(m, m->graph.main, NULL, 0, 1, NULL, &exec, err));
    xb_fp_modes   was = xb_fp_enter();
    xybrid_status st = xb_exec_measure(exec, &call, &bytes, found, err);
    xb_fp_leave(was);
    if (st == XYBRID_OK) {
        out->model_bytes = before + xb_pack_cache_bytes(&m->packs);
        out->session_bytes = used_bytes(m) - before + bytes;
    }
    xb_exec_free(exec);
    return st;
}

static xybrid_status measure_usual(xb_native_model *m, xb_native_cost *out, int32_t *found, xybrid_error *err) {
    xb_arena       arena;
    xb_onnx_value *inputs;
    xybrid_status  st = XYBRID_OK;
    xb_arena_init(&arena, m->services.mem, 0);
    inputs = xb_arena_array(&arena, (size_t)m->graph.main->input_count, sizeof *inputs, err);
    if (!inputs) st = err->code;
    for (int32_t k = 0; k < XB_USUAL_SHAPES && st == XYBRID_OK && !*found; k++) {
        if (!xb_usual_inputs(m, k, inputs)) continue;
        xybrid_error why;
        if ((measure(m, inputs, out, found, &why) & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY) {
            *err = why;
            st = why.code;
        }
    }
    xb_arena_free(&arena);
    return st;
}

xybrid_status xb_native_estimate(const xb_native_services *services, const void *bytes, size_t size,
                                 const xb_graph_files *files, xb_native_cost *out, int32_t *found, xybrid_error *err) {
    xb_native_services own = *services;
    xb_native_model   *m;
    own.is_dry = 1;
    own.host = NULL;
    *found = 0;
    XB_TRY(xb_native_model_open(&own, bytes, size, files, NULL, &m, err));
    xybrid_status st = measure_usual(m, out, found, err);
    xb_native_model_close(m);
    return st;
}
