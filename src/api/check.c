/* api/check.c - arguments: handles, pointers, options structs. */
#include <string.h>

#include "api/api.h"
#include "base/error.h"

static xybrid_status fail_handle(const char *name, int is_null, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name,
                   is_null ? "%s is NULL" : "%s is not alive: it was freed, or is something else", name);
}

static xybrid_status check_process(const xb_env *env, xybrid_error *err) {
    if (!xb_is_foreign(env)) return XYBRID_OK;
    return xb_fail(err, XYBRID_BUSY, "process",
                   "this process was forked from the one that made the runtime; make one after the fork, or use exec");
}

int xb_is_foreign(const xb_env *env) { return xb_fork_is_child(&env->fork); }
int xb_is_foreign_root(const xb_root *root) { return xb_is_foreign(&((const xybrid_runtime *)root)->env); }

xybrid_status xb_check_runtime(const xybrid_runtime *rt, xybrid_error *err) {
    if (!rt || rt->mark != XB_RUNTIME_MARK) return fail_handle("runtime", !rt, err);
    return check_process(&rt->env, err);
}

xybrid_status xb_check_model(const xybrid_model *m, xybrid_error *err) {
    if (!m || xb_model_mark(m) != XB_MODEL_MARK) return fail_handle("model", !m, err);
    return check_process(xb_model_env(m), err);
}

xybrid_status xb_check_session(const xybrid_session *s, xybrid_error *err) {
    if (!s || xb_session_mark(s) != XB_SESSION_MARK) return fail_handle("session", !s, err);
    return check_process(xb_session_env(s), err);
}

xybrid_status xb_check_stream(const xybrid_stream *s, xybrid_error *err) {
    if (!s || xb_stream_mark(s) != XB_STREAM_MARK) return fail_handle("stream", !s, err);
    return check_process(xb_stream_env(s), err);
}

xybrid_status xb_check_envelope(const xybrid_envelope *e, const char *name, xybrid_error *err) {
    if (!e || e->mark != XB_ENVELOPE_MARK) return fail_handle(name, !e, err);
    return check_process(&((const xybrid_runtime *)e->root)->env, err);
}

xybrid_status xb_check_cancel(const xybrid_cancel *token, xybrid_error *err) {
    return !token || token->mark == XB_CANCEL_MARK ? XYBRID_OK : fail_handle("options.cancel", 0, err);
}

xybrid_status xb_check_pointer(const void *p, const char *name, xybrid_error *err) {
    return p ? XYBRID_OK : fail_handle(name, 1, err);
}

xybrid_status xb_options_take(void *out, size_t size, const void *given, size_t least, const char *name, xybrid_error *err) {
    uint32_t given_size;
    if (!given) return XYBRID_OK;
    memcpy(&given_size, given, sizeof given_size);
    if (given_size < least || given_size > 65536)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s.struct_size is %u: call xybrid_%s_init first", name, given_size,
                       name);
    memcpy(out, given, given_size < size ? given_size : size);
    return XYBRID_OK;
}

void xb_options_init(void *options, uint32_t struct_size, const void *defaults, size_t size) {
    if (!options) return;
    size_t n = struct_size < size ? struct_size : size;
    memset(options, 0, struct_size);
    memcpy(options, defaults, n);
    if (struct_size >= sizeof struct_size) memcpy(options, &struct_size, sizeof struct_size);
}
