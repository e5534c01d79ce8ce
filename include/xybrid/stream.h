/* xybrid/stream.h - one request in flight: pull events until it is done.
 *
 *     xybrid_stream *s = NULL;
 *     const xybrid_event *ev = NULL;
 *     if (xybrid_model_start(model, in, NULL, &s, &err)) return fail(err.message);
 *     while ((st = xybrid_stream_next(s, XYBRID_AUTO, &ev, &err)) == XYBRID_OK && ev->kind != XYBRID_EVENT_DONE)
 *         show(ev);
 *     xybrid_stream_close(s);                         // at any time, also half way: that cancels
 *
 * Live input is the same with a NULL input: feed, then take what is there; each item gives one OUTPUT:
 *
 *     if (xybrid_stream_feed(s, picture, &err)) return fail(err.message);
 *     while (!(st = xybrid_stream_next(s, 0, &ev, &err)) && ev->kind != XYBRID_EVENT_NEED_INPUT) show(ev);
 *
 * and samples go in from anywhere, an audio callback included, with xybrid_stream_feed_audio.
 *
 * A request ends exactly once: `next` gives DONE, or `next` returns the failure. Every later `next` repeats that answer.
 * Threads: `next` and `drain` on one thread at a time (else BUSY), `feed` and `finish` on one thread at a time, which may
 * be another; `interrupt` on any. The work is done inside `next` on the caller's thread, helped by the runtime's pool.
 */
#ifndef XYBRID_STREAM_H
#define XYBRID_STREAM_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* xybrid_run_options.flags */
    XYBRID_RUN_TRACE = 1,        /* the result's metadata "xybrid.trace" holds a Chrome trace of steps and engine runs */
    XYBRID_RUN_NO_PARTIALS = 2,  /* recognition: no PARTIAL events */
    XYBRID_RUN_WORDS = 4,        /* recognition: one item for each word, with times */
    XYBRID_RUN_RAW = 8           /* skip the pack's pre- and postprocessing: tensors in, tensors out; single-stage models */
};

/* Everything one request may ask for. NULL and XYBRID_AUTO mean: what the input's metadata says ("speed", "voice_id",
 * "language"), else the pack. Borrowed during the call that takes it; `cancel` and `into` are retained. What a model has no use
 * for is an error, not silence. */
typedef struct xybrid_run_options {
    uint32_t           struct_size;
    uint32_t           flags;              /* 0 */
    xybrid_cancel     *cancel;             /* NULL */
    int64_t            deadline_ms;        /* from the start; XYBRID_AUTO = none */
    xybrid_envelope   *into;               /* Tensor or List of named Tensors whose memory receives the outputs (made with
                                            * a release function, not NULL); only with XYBRID_RUN_RAW; NULL */
    float              speed;              /* speaking: XYBRID_AUTO; 1 = as recorded, 2 = twice as fast */
    int32_t            reserved;           /* 0 */
    const char        *voice;              /* speaking: an id of the model's voices, see its description; NULL */
    const char        *language;           /* "en", "de"; NULL */
    const char        *params;             /* JSON object of what this model also knows, see docs/speech.md and language.md; NULL */
    /* language models */
    int32_t            max_tokens;         /* of the answer; XYBRID_AUTO */
    int32_t            top_k;              /* XYBRID_AUTO; 0 = off */
    float              temperature;        /* XYBRID_AUTO; 0 = greedy: always the likeliest */
    float              top_p, min_p;       /* XYBRID_AUTO; off: 1 and 0 */
    float              repeat_penalty;     /* XYBRID_AUTO; 1 = off */
    int64_t            seed;               /* the same seed gives the same answer; XYBRID_AUTO = a new one each time, which the
                                            * result's metadata "seed" tells */
    const char *const *stop;               /* the answer ends before the first of these strings; NULL */
    const char        *schema;             /* JSON Schema that the answer is bound to fit; NULL */
    const char        *grammar;            /* GBNF, in place of a schema; NULL */
    const char        *tools;              /* JSON array of tools that it may call, in OpenAI's form; NULL */
    int32_t            stop_count;         /* 0 */
    int32_t            reserved2;          /* 0 */
} xybrid_run_options;

typedef int32_t xybrid_event_kind;
enum {
    XYBRID_EVENT_DONE = 1,        /* terminal: data = the whole result; of a live stream NULL, as its events told all */
    XYBRID_EVENT_NEED_INPUT = 2,  /* nothing to do until feed or finish, or wait_ms is over */
    XYBRID_EVENT_TEXT = 3,        /* language: text that follows what came before, always whole characters */
    XYBRID_EVENT_REASONING = 4,   /* the same, of what the model thinks before it answers */
    XYBRID_EVENT_TOOL_CALL = 5,   /* a complete call: name, id, text = arguments as a JSON object */
    XYBRID_EVENT_PARTIAL = 6,     /* recognition: text that replaces the last PARTIAL */
    XYBRID_EVENT_SEGMENT = 7,     /* a stretch of the recording that is final, from start_ms to end_ms: text (recognition; ends
                                   * the last PARTIAL), or "speech" (voice activity) */
    XYBRID_EVENT_AUDIO = 8,       /* speaking: data = Audio that follows what came before */
    XYBRID_EVENT_OUTPUT = 9       /* data = result of one item of a live feed; number = which, from 0 */
};                                /* unknown kinds may come from a newer library: skip them */

typedef int32_t xybrid_finish;
enum {
    XYBRID_FINISH_STOP = 1,        /* it came to its end */
    XYBRID_FINISH_LENGTH = 2,      /* max_tokens, or the context is full */
    XYBRID_FINISH_TOOL_CALLS = 3,  /* it waits for the results of the tools that it called */
    XYBRID_FINISH_INTERRUPTED = 4
};

/* A view: owned by the stream, valid (with all it points to) until the next `next`, `drain` or `close` of that stream. */
typedef struct xybrid_event {
    uint32_t               struct_size;
    xybrid_event_kind      kind;
    const xybrid_envelope *data;          /* NULL if none; xybrid_envelope_retain to keep it */
    int64_t                number;
    xybrid_finish          finish;        /* DONE */
    int32_t                reserved;
    const char            *text;          /* of every event but DONE and OUTPUT whose data is a Text; else "" */
    int64_t                text_bytes;
    int64_t                start_ms, end_ms; /* SEGMENT, PARTIAL: place in the recording or the stream; else -1 */
    const char            *name, *id;     /* TOOL_CALL; else "" */
} xybrid_event;

/* On the caller's thread inside xybrid_stream_drain. Non-zero stops: the request ends with CANCELLED_CALLBACK. */
typedef int32_t (*xybrid_event_fn)(void *ctx, const xybrid_event *event);

/* Writes the size and the defaults. Any thread. */
XYBRID_API void xybrid_run_options_init(xybrid_run_options *options, uint32_t struct_size);

/* Adds input to a live stream: any envelope the model takes. Retained, not copied; returns at once. Errors: BUSY (64 items
 * wait already; retryable), INVALID_ARGUMENT (not live, or finished). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_stream_feed(xybrid_stream *stream, xybrid_envelope *item, xybrid_error *err);

/* Adds interleaved float32 samples to a live stream that listens (recognition, voice activity): any number of them, `sample_rate`
 * in Hz, `channels` 1..8; both may change from call to call. Copied into the stream's ring (a million numbers: 65 s of one channel
 * at 16 kHz); allocates nothing and waits for nothing, so an audio callback may call it. Errors: BUSY (the ring is full, nothing
 * was taken; retryable), INVALID_ARGUMENT (not live, finished, or a model that does not listen). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_stream_feed_audio(xybrid_stream *stream, const float *samples, int64_t frames,
                                                                   int32_t sample_rate, int32_t channels, xybrid_error *err);

/* Says that no more input comes; the rest is then worked off up to DONE. Twice is the same as once. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_stream_finish(xybrid_stream *stream, xybrid_error *err);

/* Works until there is an event. `wait_ms` is how long it may sleep when there is nothing to work on (input is awaited): 0 =
 * not at all, XYBRID_AUTO = as long as it takes; when it is over the event is NEED_INPUT. It limits sleep, not computing; the
 * deadline does that. A fired token wakes it. Errors: the request's own failure (terminal); BUSY and INVALID_ARGUMENT for a
 * wrong call, which end nothing. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_stream_next(xybrid_stream *stream, int32_t wait_ms, const xybrid_event **out,
                                                             xybrid_error *err);

/* Loops over `next` to the end: calls `fn` (may be NULL) for each event but NEED_INPUT, and gives the result. *out (may be
 * NULL; NULL for a live stream) is freed with xybrid_envelope_free. The stream is still to be closed. Live streams: returns
 * after `finish`. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_stream_drain(xybrid_stream *stream, xybrid_event_fn fn, void *ctx,
                                                              xybrid_envelope **out, xybrid_error *err);

/* The stop button: keeps what there is and comes to DONE with XYBRID_FINISH_INTERRUPTED. A live stream takes no more input and drops
 * what waits; the item in work is finished first. A single request that speaks or recognises ends after the piece in work; one
 * that has a single result is not changed (to stop that, fire its token). Returns at once. Any thread. */
XYBRID_API void xybrid_stream_interrupt(xybrid_stream *stream);

/* Frees the stream; a request that has not ended is cancelled first (waits at most for one engine step, runs no callback).
 * Not while another thread is inside a function of this stream. */
XYBRID_API void xybrid_stream_close(xybrid_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
