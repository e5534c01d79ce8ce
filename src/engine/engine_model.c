/* engine/engine_model.c - a file opened by an engine, with its ports read once. */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "engine/engine_int.h"
#include "engine/model_int.h"
#include "plat/cancel.h"

void xb_engine_options_init(xybrid_engine_options *options) {
    *options = (xybrid_engine_options){
        .struct_size = sizeof *options,
        .threads = XYBRID_AUTO,
        .device = "cpu",
        .context_tokens = XYBRID_AUTO,
        .sequences = 1,
        .config = NULL,
    };
}

/* The engine gets a whole number of threads within the budget. */
static xybrid_engine_options settle(const xb_engine *e, const xybrid_engine_options *options) {
    xybrid_engine_options o = *options;
    o.struct_size = sizeof o;
    if (o.threads < 1 || o.threads > e->host.threads) o.threads = e->host.threads;
    if (!o.device) o.device = "cpu";
    return o;
}

/* ---- ports ---- */

static const char *way_name(int32_t way) { return way == XYBRID_INPUT ? "input" : "output"; }

static xybrid_status check_port(const xybrid_port *p, int32_t way, int32_t index, xybrid_error *err) {
    if (!p->name || !*p->name || strlen(p->name) > XB_MAX_NAME)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "", "name of %s %d is missing or longer than %d bytes", way_name(way),
                       index, XB_MAX_NAME);
    if (xb_dtype_size(p->dtype) == 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "%s \"%.64s\" has element type %d, which is not supported",
                       way_name(way), p->name, p->dtype);
    if (p->rank < -1 || p->rank > XB_MAX_RANK || (p->rank > 0 && !p->shape))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "%s \"%.64s\" has %d dimensions; at most %d are supported",
                       way_name(way), p->name, p->rank, XB_MAX_RANK);
    for (int32_t i = 0; i < p->rank; i++)
        if (p->shape[i] < -1)
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "dimension %d of %s \"%.64s\" is %lld", i, way_name(way),
                           p->name, (long long)p->shape[i]);
    return XYBRID_OK;
}

static xybrid_status read_ports(xb_engine_model *m, int32_t way, xybrid_port **out, int32_t *count, xybrid_error *err) {
    void         *items = NULL;
    size_t        capacity = 0, n = 0;
    xybrid_status st;
    for (;; n++) {
        xybrid_port port = { .struct_size = sizeof port };
        st = m->table->port(m->handle, way, (int32_t)n, &port, err);
        if (st == XYBRID_INVALID_ARGUMENT) break; /* past the end */
        if (st != XYBRID_OK) goto out;
        if (n >= XB_MAX_PORTS) {
            st = xb_fail(err, XYBRID_UNSUPPORTED_MODEL, m->name, "more than %d %ss", XB_MAX_PORTS, way_name(way));
            goto out;
        }
        XB_TRY_OUT(check_port(&port, way, (int32_t)n, err));
        XB_TRY_OUT(xb_grow(m->mem, &items, &capacity, n, sizeof port, XB_MAX_PORTS, "ports", err));
        ((xybrid_port *)items)[n] = port;
    }
    *out = items;
    *count = (int32_t)n;
    return XYBRID_OK;
out:
    xb_free(m->mem, items);
    return st;
}

/* ---- opening ---- */

/* What an engine cannot do for itself: see to it that the file is sound, or that it is a file. */
static xybrid_status check_source(const xb_engine *e, const xybrid_source *source, xybrid_error *err) {
    if ((e->table.flags & XYBRID_ENGINE_NEEDS_PATH) && !source->path)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, e->table.name,
                       "engine \"%s\" opens files, and this model is only in memory", e->table.name);
    if (!(e->table.flags & XYBRID_ENGINE_NEEDS_GUARD)) return XYBRID_OK;
    const xb_engine_services *services = &e->list->services;
    if (!services->guard)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, e->table.name,
                       "engine \"%s\" wants its files checked, and nothing here checks", e->table.name);
    return services->guard(services->guard_ctx, source, err);
}

xybrid_status xb_engine_model_open(xb_engine *engine, xb_engine_source *source, const xybrid_engine_options *options,
                                   const xybrid_cancel *cancel, xb_engine_model **out, xybrid_error *err) {
    XB_TRY(xb_cancel_check(cancel, err));
    xb_mem          *mem = engine->list->services.mem;
    xb_engine_model *m = xb_calloc(mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->refs = 1;
    m->mem = mem;
    m->engine = engine;
    m->table = &engine->table;
    m->source = xb_engine_source_keep(source);
    m->name = xb_engine_source_name(source);

    xybrid_engine_options settled = settle(engine, options);
    void                 *handle = NULL;
    xybrid_status         st = check_source(engine, xb_engine_source_view(source), err);
    if (st == XYBRID_OK) st = xb_cancel_check(cancel, err);
    if (st == XYBRID_OK) st = m->table->open(engine->handle, xb_engine_source_view(source), &settled, cancel, &handle, err);
    if (st == XYBRID_OK) {
        m->handle = handle;
        st = read_ports(m, XYBRID_INPUT, &m->inputs, &m->input_count, err);
        if (st == XYBRID_OK) st = read_ports(m, XYBRID_OUTPUT, &m->outputs, &m->output_count, err);
    }
    if (st == XYBRID_OK) {
        *out = m;
        return XYBRID_OK;
    }
    st = xb_engine_wrap(err, err->code, m->name, "%.96s: ", m->name);
    xb_engine_model_drop(m);
    return st;
}

xb_engine_model *xb_engine_model_keep(xb_engine_model *model) {
    if (model) xb_ref_take(&model->refs);
    return model;
}

void xb_engine_model_drop(xb_engine_model *model) {
    if (!model || !xb_ref_drop(&model->refs)) return;
    if (model->handle) model->table->close(model->handle);
    xb_free(model->mem, model->inputs);
    xb_free(model->mem, model->outputs);
    xb_engine_source_drop(model->source);
    xb_free(model->mem, model);
}

int32_t xb_engine_model_find(const xb_engine_model *model, int32_t way, const char *name) {
    const xybrid_port *ports = way == XYBRID_INPUT ? model->inputs : model->outputs;
    int32_t            count = way == XYBRID_INPUT ? model->input_count : model->output_count;
    for (int32_t i = 0; i < count; i++)
        if (xb_streq(ports[i].name, name)) return i;
    return -1;
}

const char *xb_engine_model_describe(const xb_engine_model *model) {
    return model->table->describe ? model->table->describe(model->handle) : NULL;
}

/* ---- for sessions ---- */

xybrid_status xb_engine_session_handle(xb_engine_model *model, const xybrid_engine_options *options, void **out,
                                       xybrid_error *err) {
    xybrid_engine_options settled = settle(model->engine, options);
    return model->table->session_open(model->handle, &settled, out, err);
}
