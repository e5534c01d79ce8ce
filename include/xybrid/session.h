/* xybrid/session.h - a timeline: recurrent state, reused buffers.
 *
 *     xybrid_session *s = NULL;
 *     if (xybrid_session_open(model, NULL, &s, &err)) return fail(err.message);
 *     while (next_input(&in)) {
 *         if (xybrid_session_run(s, in, NULL, &out, &err)) break;  // from the third run on: no allocation
 *         use(out);
 *         xybrid_envelope_free(out);                               // its memory goes back to the session
 *     }
 *     xybrid_session_free(s);
 *
 * One thread at a time and one request at a time, else BUSY; different sessions of one model run at once. A session keeps the
 * work space and the output buffers of its runs: repeated runs with the same shapes allocate nothing.
 */
#ifndef XYBRID_SESSION_H
#define XYBRID_SESSION_H

#include "model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xybrid_session_options {
    uint32_t struct_size;
    uint32_t flags;          /* 0 */
} xybrid_session_options;

/* Writes the size and the defaults. Any thread. */
XYBRID_API void xybrid_session_options_init(xybrid_session_options *options, uint32_t struct_size);

/* Opens a session. `options` may be NULL. *out is freed with xybrid_session_free. Any thread. Errors: OUT_OF_MEMORY,
 * INFERENCE_FAILED (the engine refuses). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_open(xybrid_model *model, const xybrid_session_options *options,
                                                              xybrid_session **out, xybrid_error *err);

/* One request, as xybrid_model_run. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_run(xybrid_session *session, xybrid_envelope *in,
                                                             const xybrid_run_options *options, xybrid_envelope **out,
                                                             xybrid_error *err);

/* One request as a stream, as xybrid_model_start. The session is busy until the stream is closed. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_start(xybrid_session *session, xybrid_envelope *in,
                                                               const xybrid_run_options *options, xybrid_stream **out,
                                                               xybrid_error *err);

/* Drops the caller's reference; an open stream keeps the session until it is closed. Any thread. */
XYBRID_API void xybrid_session_free(xybrid_session *session);

#ifdef __cplusplus
}
#endif
#endif
