/* adapter_onnxruntime.c - ONNX Runtime through the host's side of the engine contract, for the rival's own figure. That
 * contract carries tensors of the public element types only. */
#include "engine_adapter.h"

#if defined(XB_TEST_NO_ONNXRUNTIME)
const engine_adapter *adapter_onnxruntime(void) { return NULL; }
#else
#  include "engine/onnxruntime/onnxruntime.h"
#  include "engine_rig.h"

typedef struct ort_model {
    xb_mem            *mem;
    xb_engine_model   *model;
    xb_engine_session *session;
    catcher            got;
    xb_tensor         *inputs; /* [model->input_count] copies, aligned */
    xb_onnx_value      outputs[CATCH_MAX];
} ort_model;

static xybrid_status start(xb_mem *mem, xb_pool *pool, void **engine, xybrid_error *err) {
    static const xybrid_engine *const tables[] = { &xb_engine_onnxruntime };
    char                              config[1200];
    rig                              *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    snprintf(config, sizeof config, "{\"dir\":\"%s\",\"allow_telemetry_switch\":true}", XB_TEST_ENGINES);
    r->mem = mem;
    xb_engine_services services = { .mem = mem, .pool = pool, .threads = xb_pool_threads(pool) };
    xb_engine_info     info = { .status = XYBRID_OK };
    xybrid_status      st = xb_engines_new(&services, tables, 1, &r->engines, err);
    if (st == XYBRID_OK) st = xb_engines_configure(r->engines, "onnxruntime", config, err);
    if (st == XYBRID_OK) xb_engines_info(r->engines, 0, 1, &info); /* starts it, so that no case pays for that */
    if (info.status != XYBRID_OK) st = xb_fail(err, info.status, "onnxruntime", "%s", info.reason);
    if (st != XYBRID_OK) {
        xb_engines_free(r->engines);
        xb_free(mem, r);
        return st;
    }
    *engine = r;
    return XYBRID_OK;
}

static void stop(void *engine) {
    rig *r = engine;
    xb_engines_free(r->engines);
    xb_free(r->mem, r);
}

static const char *cannot_carry(const xb_onnx_port *port) {
    if (port->kind == XB_ONNX_SEQUENCE) return "the engine contract carries no sequences";
    if (port->kind == XB_ONNX_OPTIONAL) return "the engine contract carries no optionals";
    if (port->kind == XB_ONNX_TENSOR && port->dtype == XB_ONNX_STRING) return "the engine contract carries no strings";
    if (port->kind == XB_ONNX_TENSOR && xb_dtype_size(port->dtype) == 0)
        return "the engine contract carries no elements of this type";
    return NULL;
}

static void close_model(void *model) {
    ort_model *m = model;
    xb_engine_session_close(m->session);
    for (int32_t i = 0; m->inputs && i < m->model->input_count; i++) xb_tensor_drop(&m->inputs[i]);
    xb_engine_model_drop(m->model);
    catch_drop(&m->got);
    xb_free(m->mem, m->inputs);
    xb_free(m->mem, m);
}

static xybrid_status open_parts(rig *r, ort_model *m, const void *bytes, size_t size, xybrid_error *err) {
    XB_TRY(rig_model(r, bytes, size, NULL, "model.onnx", "onnx", "onnxruntime", NULL, NULL, &m->model, err));
    if (m->model->output_count > CATCH_MAX)
        return xb_fail(err, XYBRID_INTERNAL, "", "%d outputs; the test takes %d", m->model->output_count, CATCH_MAX);
    XB_TRY(rig_session(m->model, &m->session, err));
    m->inputs = xb_calloc(m->mem, (size_t)m->model->input_count, sizeof *m->inputs, err);
    return m->inputs ? XYBRID_OK : err->code;
}

static xybrid_status open_model(void *engine, const void *model, size_t size, void **out, xybrid_error *err) {
    rig       *r = engine;
    ort_model *m = xb_calloc(r->mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->mem = m->got.mem = r->mem;
    xybrid_status st = open_parts(r, m, model, size, err);
    if (st == XYBRID_OK) *out = m;
    else close_model(m);
    return st;
}

/* From the second run on the same memory is bound, as an application would do it. */
static xybrid_status bind(ort_model *m, int32_t i, const xb_onnx_value *v, xybrid_error *err) {
    xb_tensor *t = &m->inputs[i];
    if (!t->buf || t->dtype != v->dtype || !xb_shape_equal(t->rank, t->shape, v->rank, v->dims)) {
        xb_tensor_drop(t);
        XB_TRY(xb_tensor_new(m->mem, v->dtype, v->rank, v->dims, t, err));
    }
    memcpy(t->data, v->data, (size_t)v->size_bytes);
    return xb_engine_session_bind(m->session, i, t, err);
}

static xybrid_status run(void *model, const xb_onnx_value *inputs, int32_t input_count, const xb_onnx_value **outputs,
                         int32_t *output_count, xybrid_error *err) {
    ort_model *m = model;
    if (input_count != m->model->input_count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "%d inputs, the engine wants %d", input_count, m->model->input_count);
    for (int32_t i = 0; i < input_count; i++) XB_TRY(bind(m, i, &inputs[i], err));
    XB_TRY(rig_run(m->session, &m->got, NULL, NULL, err));
    for (int32_t i = 0; i < m->model->output_count; i++) {
        const xb_tensor *t = &m->got.outputs[i];
        if (t->dtype == 0) return xb_fail(err, XYBRID_INTERNAL, "", "output %d was not delivered", i);
        m->outputs[i] = (xb_onnx_value){ .kind = XB_ONNX_TENSOR,
                                         .dtype = t->dtype,
                                         .rank = t->rank,
                                         .count = xb_tensor_count(t),
                                         .data = t->data,
                                         .size_bytes = xb_tensor_size_bytes(t) };
        memcpy(m->outputs[i].dims, t->shape, sizeof t->shape);
    }
    *outputs = m->outputs;
    *output_count = m->model->output_count;
    return XYBRID_OK;
}

const engine_adapter *adapter_onnxruntime(void) {
    static const engine_adapter adapter = { "onnxruntime", 1, start, stop, cannot_carry, open_model, run, close_model };
    return &adapter;
}
#endif
