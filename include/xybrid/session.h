/* xybrid/session.h - a timeline: conversation, recurrent state, caches, reused buffers.
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
 * A session of a language model is a conversation. It remembers the turns, and the engine's cache of them, so that a turn costs only
 * what is new; a system prompt stays when old turns have to go.
 *
 *     xybrid_session_options so;
 *     xybrid_session_options_init(&so, sizeof so);
 *     so.system = "Answer in one sentence.";
 *     if (xybrid_session_open(llm, &so, &chat, &err)) return fail(err.message);
 *     xybrid_session_run(chat, question, NULL, &answer, &err);        // remembers both turns
 *     xybrid_session_run(chat, another, NULL, &answer, &err);         // starts where the first ended
 *     xybrid_session_save(chat, "talk.session", &err);
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
    uint32_t flags;              /* 0 */
    /* conversations */
    const char *system;          /* the system prompt, kept when old turns go; copied; NULL = the model's own, if it has one */
    int32_t  context_tokens;     /* XYBRID_AUTO = the pack's, at most 4096; more than the model was made for is refused */
    int32_t  max_turns;          /* of the user's, beyond which the oldest go; XYBRID_AUTO = as many as the context holds */
} xybrid_session_options;

/* Writes the size and the defaults. Any thread. */
XYBRID_API void xybrid_session_options_init(xybrid_session_options *options, uint32_t struct_size);

/* Opens a session. `options` may be NULL. *out is freed with xybrid_session_free. Any thread. Errors: OUT_OF_MEMORY,
 * INFERENCE_FAILED (the engine refuses), INVALID_ARGUMENT (options of a conversation for a model that has none). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_open(xybrid_model *model, const xybrid_session_options *options,
                                                              xybrid_session **out, xybrid_error *err);

/* One request, as xybrid_model_run. A turn that fails or is cancelled leaves the conversation as it was before. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_run(xybrid_session *session, xybrid_envelope *in,
                                                             const xybrid_run_options *options, xybrid_envelope **out,
                                                             xybrid_error *err);

/* One request as a stream, as xybrid_model_start. The session is busy until the stream is closed. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_start(xybrid_session *session, xybrid_envelope *in,
                                                               const xybrid_run_options *options, xybrid_stream **out,
                                                               xybrid_error *err);

/* ---- conversations ----
 * All: INVALID_ARGUMENT for a model without one, BUSY while a request is in flight. */

/* Adds a turn without answering: a Text whose metadata "xybrid.role" is "user" (the default), "assistant" or "tool", or a List of
 * such. For conversations that were kept elsewhere. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_append(xybrid_session *session, xybrid_envelope *turn,
                                                                xybrid_error *err);

/* The turns that are remembered, as a List of Texts with "xybrid.role" (of an assistant that called tools also "tool_calls"), without
 * the system prompt. *out is freed with xybrid_envelope_free. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_history(xybrid_session *session, xybrid_envelope **out,
                                                                 xybrid_error *err);

/* Keeps the first `turns` turns and forgets the rest; 0 begins anew, with the system prompt and its cache. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_rewind(xybrid_session *session, int32_t turns, xybrid_error *err);

/* A second session with the same past, whose cache is copied and not computed again. *out is freed with xybrid_session_free. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_fork(xybrid_session *session, xybrid_session **out, xybrid_error *err);

/* Writes turns and cache to a file, under another name first and then renamed. Errors: IO. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_save(xybrid_session *session, const char *path, xybrid_error *err);

/* Replaces the conversation by a saved one. The cache of another model, engine or version is passed by, and computed again from
 * the turns when it is needed. On failure the session is as before. Errors: IO, UNSUPPORTED_FORMAT (no such file, or damaged),
 * CHECKSUM. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_session_restore(xybrid_session *session, const char *path, xybrid_error *err);

/* Drops the caller's reference; an open stream keeps the session until it is closed. Any thread. */
XYBRID_API void xybrid_session_free(xybrid_session *session);

#ifdef __cplusplus
}
#endif
#endif
