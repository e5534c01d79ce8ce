/* flow/producer.h - how a kind of model turns a request into events.
 *
 *     open -> feed (once, or often when live) -> finish;   next, next, ... -> DONE;   close
 *
 * A model has one producer, found at load: the first row of flow/producers.c that fits it. The stream (flow/stream.c) owns what is
 * common to all (input waiting, cancel, deadline, the stop button) and calls a producer on the caller's thread alone:
 *
 *     next says that it wants input:  the stream takes the next item  -> feed
 *                                     none will come                  -> finish
 *                                     none came in time               -> the caller sees NEED_INPUT
 *
 * So a single request and a live one go the same way: one is fed once, the other often. */
#ifndef XB_PRODUCER_H
#define XB_PRODUCER_H

#include <xybrid/session.h>

#include "base/str.h"
#include "codec/json.h"

struct xybrid_model;
struct xybrid_session;

typedef struct xb_produced {
    xybrid_event_kind kind;             /* 0: wants input */
    xybrid_envelope  *data;             /* goes to the stream; NULL = none */
    int64_t           start_ms, end_ms; /* -1 = none; set by the stream before each call */
    const char       *name, *id;        /* TOOL_CALL: until the next call; "" before each call */
    xybrid_finish     finish;           /* DONE: 0 = STOP */
} xb_produced;

/* What run options beyond cancel, deadline and trace a producer takes. Others are refused by name. */
enum {
    XB_TAKES_RAW = 1, /* XYBRID_RUN_RAW, into */
    XB_TAKES_SPEED = 2,
    XB_TAKES_VOICE = 4,
    XB_TAKES_LANGUAGE = 8,
    XB_TAKES_PARAMS = 16,
    XB_TAKES_PARTIALS = 32, /* XYBRID_RUN_NO_PARTIALS */
    XB_TAKES_WORDS = 64,
    XB_TAKES_SAMPLES = 128, /* xybrid_stream_feed_audio */
    XB_TAKES_STOP = 256,    /* a single request can end half way with what there is */
    XB_TAKES_LANGUAGE_MODEL = 1024, /* max_tokens to tools */
    XB_LIVE_ONLY = 512      /* single requests go the plain way */
};

typedef struct xb_producer_row {
    const char *name;  /* "transcript": in describe */
    uint32_t    takes; /* XB_TAKES_... */

    /* Is it for this model? Asked when its metadata is read, and again when its stages are open. NULL = for all. */
    int (*fits)(const struct xybrid_model *m);

    /* Once for each model, when its stages and steps are open: what all requests share (vocabularies, rules, voices). Freed by
     * dismiss, which is called only after prepare succeeded. Both NULL = nothing. */
    xybrid_status (*prepare)(struct xybrid_model *m, void **shared, xybrid_error *err);
    void (*dismiss)(struct xybrid_model *m, void *shared);

    /* Members of the model's description. NULL = none. */
    void (*describe)(const struct xybrid_model *m, xb_json_writer *w);

    /* What a session keeps from one request to the next. `options` NULL: a session of the model's own, which serves requests that
     * have nothing to do with each other. Both NULL = nothing, and options that ask for it are refused. */
    xybrid_status (*remember)(struct xybrid_session *s, const xybrid_session_options *options, void **memory, xybrid_error *err);
    void (*forget)(void *memory);
    /* XYBRID_LOAD_WARM, for a producer that opens the engine's session itself. NULL: the stages' sessions are opened. */
    xybrid_status (*warm)(struct xybrid_session *s, xybrid_error *err);

    /* One request. What `options` point to is copied. Nothing is computed yet. *out goes to close. */
    xybrid_status (*open)(struct xybrid_session *s, const xybrid_run_options *options, int is_live, void **out,
                          xybrid_error *err);

    xybrid_status (*feed)(void *p, xybrid_envelope *in, xybrid_error *err); /* `in` stays the stream's */
    xybrid_status (*finish)(void *p, xybrid_error *err);                    /* once; NULL = nothing to do */

    /* The next event, or "wants input" (never after finish). DONE once, last; its data is the whole result. */
    xybrid_status (*next)(void *p, xb_produced *out, xybrid_error *err);

    /* The stop button, once, before the next `next` and perhaps after finish: come to DONE with what there is. NULL = as finish. */
    xybrid_status (*stop)(void *p, xybrid_error *err);

    void (*close)(void *p); /* at any time */
} xb_producer_row;

/* The row for a model; never NULL. */
const xb_producer_row *xb_producer_find(const struct xybrid_model *m);

/* INVALID_ARGUMENT naming the first option that the row does not take. */
xybrid_status xb_producer_check(const xb_producer_row *row, const xybrid_run_options *options, xybrid_error *err);

extern const xb_producer_row xb_producer_plain;      /* produce_plain.c: each input gives one result */
extern const xb_producer_row xb_producer_chat;       /* produce_chat.c: a language model */
extern const xb_producer_row xb_producer_segments;   /* produce_segments.c: voice activity, live */
extern const xb_producer_row xb_producer_speech;     /* produce_speech.c: text to Audio */
extern const xb_producer_row xb_producer_transcript; /* produce_transcript.c: speech recognition with a decoder */

#endif
