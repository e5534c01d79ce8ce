/* adapter_native.c - Xybrid's own engine, which evaluates every kind of value that ONNX has. */
#include "engine_adapter.h"

#if __has_include("engine/native/evaluate.h")
#  include "engine/native/evaluate.h"

typedef struct native {
    xb_mem  *mem;
    xb_pool *pool;
} native;

static xybrid_status start(xb_mem *mem, xb_pool *pool, void **engine, xybrid_error *err) {
    native *n = xb_malloc(mem, sizeof *n, err);
    if (!n) return err->code;
    *n = (native){ mem, pool };
    *engine = n;
    return XYBRID_OK;
}
static void stop(void *engine) { xb_free(((native *)engine)->mem, engine); }

static const char *cannot_carry(const xb_onnx_port *port) {
    (void)port;
    return NULL;
}

static xybrid_status open_model(void *engine, const void *model, size_t size, void **out, xybrid_error *err) {
    native               *n = engine;
    xb_native_evaluation *e = NULL;
    XB_TRY(xb_native_evaluate_open(n->mem, n->pool, model, size, &e, err));
    *out = e;
    return XYBRID_OK;
}
static xybrid_status run(void *model, const xb_onnx_value *inputs, int32_t input_count, const xb_onnx_value **outputs,
                         int32_t *output_count, xybrid_error *err) {
    return xb_native_evaluate_run(model, inputs, input_count, outputs, output_count, err);
}
static void close_model(void *model) { xb_native_evaluate_close(model); }

const engine_adapter *adapter_native(void) {
    static const engine_adapter adapter = { "native", 0, start, stop, cannot_carry, open_model, run, close_model };
    return &adapter;
}
#else
const engine_adapter *adapter_native(void) { return NULL; }
#endif
