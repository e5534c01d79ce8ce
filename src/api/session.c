/* api/session.c - include/xybrid/session.h. */
#include "api/api.h"
#include "base/error.h"

static const xybrid_session_options defaults = { .struct_size = sizeof defaults,
                                                 .context_tokens = XYBRID_AUTO,
                                                 .max_turns = XYBRID_AUTO };

void xybrid_session_options_init(xybrid_session_options *options, uint32_t struct_size) {
    xb_options_init(options, struct_size, &defaults, sizeof defaults);
}

xybrid_status xybrid_session_open(xybrid_model *model, const xybrid_session_options *options, xybrid_session **out,
                                  xybrid_error *err) {
    xybrid_error           own;
    xybrid_session_options o = defaults;
    err = err ? err : &own;
    XB_TRY(xb_check_model(model, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xb_options_take(&o, sizeof o, options, offsetof(xybrid_session_options, system), "session_options", err));
    if (o.flags)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags", "options.flags is 0x%x; none are known", o.flags);
    return xb_session_new(model, &o, out, err);
}

xybrid_status xybrid_session_start(xybrid_session *session, xybrid_envelope *in, const xybrid_run_options *options,
                                   xybrid_stream **out, xybrid_error *err) {
    xybrid_error       own;
    xybrid_run_options o;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    if (in) XB_TRY(xb_check_envelope(in, "in", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xb_run_options_take(&o, options, err));
    return xb_stream_start(session, in, &o, 0, out, err);
}

xybrid_status xybrid_session_run(xybrid_session *session, xybrid_envelope *in, const xybrid_run_options *options,
                                 xybrid_envelope **out, xybrid_error *err) {
    xybrid_error   own;
    xybrid_stream *stream;
    err = err ? err : &own;
    XB_TRY(xb_check_envelope(in, "in", err));
    if (!out && !(options && options->into)) XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xybrid_session_start(session, in, options, &stream, err));
    xybrid_status st = xb_stream_drain(stream, NULL, NULL, out, err);
    xb_stream_close(stream);
    return st;
}

/* ---- conversations ---- */

xybrid_status xybrid_session_append(xybrid_session *session, xybrid_envelope *turn, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    XB_TRY(xb_check_envelope(turn, "turn", err));
    return xb_session_append(session, turn, err);
}

xybrid_status xybrid_session_history(xybrid_session *session, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    return xb_session_history(session, out, err);
}

xybrid_status xybrid_session_rewind(xybrid_session *session, int32_t turns, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    return xb_session_rewind(session, turns, err);
}

xybrid_status xybrid_session_fork(xybrid_session *session, xybrid_session **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    return xb_session_fork(session, out, err);
}

xybrid_status xybrid_session_save(xybrid_session *session, const char *path, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    XB_TRY(xb_check_pointer(path, "path", err));
    return xb_session_save(session, path, err);
}

xybrid_status xybrid_session_restore(xybrid_session *session, const char *path, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_session(session, err));
    XB_TRY(xb_check_pointer(path, "path", err));
    return xb_session_restore(session, path, err);
}

void xybrid_session_free(xybrid_session *session) {
    xybrid_error why;
    if (xb_check_session(session, &why) == XYBRID_OK) xb_session_close(session);
}
