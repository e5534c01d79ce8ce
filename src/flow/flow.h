/* flow/flow.h - loaded models, sessions and streams: what stands behind the door's handles.
 *
 *     pack -> model: engines opened, steps made -> session: bound memory, carried state -> stream: one request
 *
 * Arguments were checked by api. */
#ifndef XB_FLOW_H
#define XB_FLOW_H

#include <xybrid/session.h>

#include "flow/env.h"

enum { XB_MODEL_MARK = 0x4c444d58, XB_SESSION_MARK = 0x4e535358, XB_STREAM_MARK = 0x4d525358 };

/* ---- model.c ---- */

/* Options are complete (no NULL). *out has one reference. */
xybrid_status xb_model_load(xb_env *env, const char *ref, const xybrid_load_options *options, xybrid_model **out,
                            xybrid_error *err);
xybrid_model *xb_model_keep(xybrid_model *m);
void          xb_model_drop(xybrid_model *m); /* NULL is fine */
const char   *xb_model_description(const xybrid_model *m);
uint32_t      xb_model_mark(const xybrid_model *m);
xb_env       *xb_model_env(const xybrid_model *m);

/* A session for one run: an idle one of the model's own, a new one, or the next to be given back; waits as the load options
 * say, then BUSY; a fired `cancel` (NULL allowed) ends the wait. Keeps the model until it is given back. */
xybrid_status xb_model_borrow(xybrid_model *m, xybrid_cancel *cancel, xybrid_session **out, xybrid_error *err);
void          xb_model_give_back(xybrid_session *s);

/* Work space of idle sessions; with `all` the idle sessions, too. Returns the bytes. */
int64_t xb_env_trim(xb_env *env, int all);

/* ---- estimate.c ---- */

xybrid_status xb_model_estimate(xb_env *env, const char *ref, const xybrid_load_options *options, xybrid_estimate *out,
                                xybrid_error *err);

/* ---- session.c ---- */

/* `options` NULL: it is the model's own, and does not keep it. */
xybrid_status   xb_session_new(xybrid_model *m, const xybrid_session_options *options, xybrid_session **out, xybrid_error *err);
xybrid_session *xb_session_keep(xybrid_session *s);
void            xb_session_drop(xybrid_session *s);  /* NULL is fine */
void            xb_session_close(xybrid_session *s); /* the caller's handle is dead, an open stream goes on */
uint32_t        xb_session_mark(const xybrid_session *s);
xb_env         *xb_session_env(const xybrid_session *s);

/* ---- conversation.c: see <xybrid/session.h> ---- */

xybrid_status xb_session_append(xybrid_session *s, const xybrid_envelope *turn, xybrid_error *err);
xybrid_status xb_session_history(xybrid_session *s, xybrid_envelope **out, xybrid_error *err);
xybrid_status xb_session_rewind(xybrid_session *s, int32_t turns, xybrid_error *err);
xybrid_status xb_session_fork(xybrid_session *s, xybrid_session **out, xybrid_error *err);
xybrid_status xb_session_save(xybrid_session *s, const char *path, xybrid_error *err);
xybrid_status xb_session_restore(xybrid_session *s, const char *path, xybrid_error *err);

/* ---- stream.c ---- */

/* Starts a request on `s`; `in` NULL = live. Errors: BUSY (one is open), INVALID_ARGUMENT. *out is closed with
 * xb_stream_close. If `s` is borrowed from the model's pool, close gives it back. */
xybrid_status xb_stream_start(xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options, int is_borrowed,
                              xybrid_stream **out, xybrid_error *err);
xybrid_status xb_stream_feed(xybrid_stream *st, xybrid_envelope *item, xybrid_error *err);
xybrid_status xb_stream_feed_audio(xybrid_stream *st, const float *samples, int64_t frames, int32_t rate_hz, int32_t channels,
                                   xybrid_error *err);
xybrid_status xb_stream_finish(xybrid_stream *st, xybrid_error *err);
xybrid_status xb_stream_next(xybrid_stream *st, int32_t wait_ms, const xybrid_event **out, xybrid_error *err);
xybrid_status xb_stream_drain(xybrid_stream *st, xybrid_event_fn fn, void *ctx, xybrid_envelope **out, xybrid_error *err);
void          xb_stream_interrupt(xybrid_stream *st);
void          xb_stream_close(xybrid_stream *st); /* NULL is fine */
uint32_t      xb_stream_mark(const xybrid_stream *st);
xb_env       *xb_stream_env(const xybrid_stream *st);

#endif
