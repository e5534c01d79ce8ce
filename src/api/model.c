/* api/model.c - include/xybrid/model.h. */
#include "api/api.h"
#include "base/error.h"

static const xybrid_load_options defaults = { .struct_size = sizeof defaults,
                                              .threads = XYBRID_AUTO,
                                              .fd = -1,
                                              .max_sessions = XYBRID_AUTO,
                                              .fd_bytes = XYBRID_AUTO,
                                              .wait_ms = XYBRID_AUTO };

void xybrid_load_options_init(xybrid_load_options *options, uint32_t struct_size) {
    xb_options_init(options, struct_size, &defaults, sizeof defaults);
}

static xybrid_status fail_range(const char *name, int64_t found, const char *wanted, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s is %lld, wanted %s", name, (long long)found, wanted);
}

static xybrid_status take_options(xybrid_load_options *o, const xybrid_load_options *given, xybrid_error *err) {
    *o = defaults;
    XB_TRY(xb_options_take(o, sizeof *o, given, sizeof defaults, "load_options", err));
    XB_TRY(xb_check_cancel(o->cancel, err));
    if (o->flags & ~(uint32_t)XYBRID_LOAD_WARM) return fail_range("options.flags", o->flags, "0 or XYBRID_LOAD_WARM", err);
    if (o->threads != XYBRID_AUTO && (o->threads < 1 || o->threads > XB_MAX_THREADS))
        return fail_range("options.threads", o->threads, "XYBRID_AUTO or 1 to 64", err);
    if (o->mode < XYBRID_LOAD_AUTO || o->mode > XYBRID_LOAD_READ)
        return fail_range("options.mode", o->mode, "XYBRID_LOAD_AUTO, _MAP or _READ", err);
    if (o->max_sessions != XYBRID_AUTO && (o->max_sessions < 1 || o->max_sessions > XB_MAX_POOL_SESSIONS))
        return fail_range("options.max_sessions", o->max_sessions, "XYBRID_AUTO or 1 to 64", err);
    if (o->wait_ms < XYBRID_AUTO) return fail_range("options.wait_ms", o->wait_ms, "XYBRID_AUTO or 0 and more", err);
    int sources = (o->data != NULL) + (o->read != NULL) + (o->fd >= 0);
    if (sources > 1) return fail_range("options.data, read, fd", sources, "at most one of the three", err);
    if (o->data && o->data_bytes < 0) return fail_range("options.data_bytes", o->data_bytes, "0 or more", err);
    if (o->read && o->read_bytes < 0) return fail_range("options.read_bytes", o->read_bytes, "0 or more", err);
    if (o->fd >= 0 && (o->fd_offset < 0 || o->fd_bytes < XYBRID_AUTO))
        return fail_range("options.fd_offset", o->fd_offset, "0 or more, and fd_bytes XYBRID_AUTO or more", err);
    return XYBRID_OK;
}

xybrid_status xybrid_model_estimate(xybrid_runtime *rt, const char *ref, const xybrid_load_options *options,
                                    xybrid_estimate *out, xybrid_error *err) {
    xybrid_error        own;
    xybrid_load_options o;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(ref, "ref", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(take_options(&o, options, err));
    return xb_model_estimate(&rt->env, ref, &o, out, err);
}

xybrid_status xybrid_model_load(xybrid_runtime *rt, const char *ref, const xybrid_load_options *options, xybrid_model **out,
                                xybrid_error *err) {
    xybrid_error        own;
    xybrid_load_options o;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(ref, "ref", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(take_options(&o, options, err));
    return xb_model_load(&rt->env, ref, &o, out, err);
}

xybrid_status xybrid_model_start(xybrid_model *model, xybrid_envelope *in, const xybrid_run_options *options,
                                 xybrid_stream **out, xybrid_error *err) {
    xybrid_error       own;
    xybrid_run_options o;
    xybrid_session    *s;
    err = err ? err : &own;
    XB_TRY(xb_check_model(model, err));
    if (in) XB_TRY(xb_check_envelope(in, "in", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xb_run_options_take(&o, options, err));
    XB_TRY(xb_model_borrow(model, o.cancel, &s, err));
    xybrid_status st = xb_stream_start(s, in, &o, 1, out, err);
    if (st) xb_model_give_back(s);
    return st;
}

xybrid_status xybrid_model_run(xybrid_model *model, xybrid_envelope *in, const xybrid_run_options *options,
                               xybrid_envelope **out, xybrid_error *err) {
    xybrid_error   own;
    xybrid_stream *stream;
    err = err ? err : &own;
    XB_TRY(xb_check_model(model, err));
    XB_TRY(xb_check_envelope(in, "in", err));
    if (!out && !(options && options->into)) XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xybrid_model_start(model, in, options, &stream, err));
    xybrid_status st = xb_stream_drain(stream, NULL, NULL, out, err);
    xb_stream_close(stream);
    return st;
}

const char *xybrid_model_describe(const xybrid_model *model) {
    xybrid_error why;
    return xb_check_model(model, &why) ? NULL : xb_model_description(model);
}

xybrid_model *xybrid_model_retain(xybrid_model *model) {
    xybrid_error why;
    return xb_check_model(model, &why) ? model : xb_model_keep(model);
}

void xybrid_model_free(xybrid_model *model) {
    xybrid_error why;
    if (xb_check_model(model, &why) == XYBRID_OK) xb_model_drop(model);
}
