/* speech/recognizer.h - speech to text: samples go in, in portions of any size, and segments of text come out.
 *
 *     XB_TRY(xb_hearing_model_make(mem, &setup, &model, err));                 // at load, shared
 *     XB_TRY(xb_recognizer_open(model, mem, &encoder, &decoder, &options, &r, err));
 *     for (;;) {
 *         XB_TRY_OUT(xb_recognizer_next(r, &e, err));
 *         if (e.kind == XB_HEARD_NOTHING) take += xb_recognizer_feed(r, samples + take, count - take), or _finish(r);
 *         else if (e.kind == XB_HEARD_END) break;
 *         else use(e.text, e.start_ms, e.end_ms);
 *     }
 *     xb_recognizer_close(r);
 *
 * A recording is cut into pieces at pauses (speech/pauses.h), and each piece is heard as a whole:
 *
 *     samples ->  | silence | speech  . speech . | pause | speech ...
 *                     gone   [ pad + piece + pad ]
 *
 * A pause ends a piece when it is longer than model->end_ms; the longer the piece, the shorter the pause that does. A piece
 * that reaches model->longest_ms is cut at its quietest place, and the rest begins the next: no sample is heard twice, none
 * between two words is left out. Silence is not heard at all, so nothing is made up there. How the samples were portioned
 * changes nothing: a file and the same sound live give the same segments. Memory: one piece and its features, however long the
 * recording is.
 *
 * Samples are float32, mono, 16 kHz; NaN and infinities become the sample before them. One thread at a time. */
#ifndef XB_RECOGNIZER_H
#define XB_RECOGNIZER_H

#include "speech/hear.h"

/* ---- the model ---- */

typedef struct xb_hearing_setup {
    const xb_engine_model   *encoder, *decoder;
    const xb_tokenizer      *tokenizer;
    const xb_pack_execution *execution; /* of the decoder's stage: AUTOREGRESSIVE or WHISPER_DECODER */
    const xb_json           *config;    /* of the same; docs/add-a-model.md has its members; NULL = none */
    const char              *where;     /* its JSON path, for messages */
} xb_hearing_setup;

/* What `setup` points to outlives it. Freed with xb_hearing_model_free. Errors: UNSUPPORTED_PACK, MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_hearing_model_make(xb_mem *mem, const xb_hearing_setup *setup, xb_hearing_model **out, xybrid_error *err);
void          xb_hearing_model_free(xb_hearing_model *m); /* NULL is fine */

/* ---- a request ---- */

typedef struct xb_recognizer xb_recognizer;

typedef struct xb_recognizer_options {
    const char *language; /* "en", "auto"; NULL = the pack's. Read by xb_recognizer_open only */
    int         is_translating;
    int         has_partials;
    int         has_words;
    int         has_timestamps; /* Whisper writes its own; a full window then ends where the last one was closed */
    int         is_conditioned; /* Whisper is told what was said before */
    int32_t     end_ms;         /* XYBRID_AUTO = the model's */
} xb_recognizer_options;

void xb_recognizer_options_init(xb_recognizer_options *o);

typedef enum xb_heard_kind { XB_HEARD_NOTHING, XB_HEARD_PARTIAL, XB_HEARD_SEGMENT, XB_HEARD_WORD, XB_HEARD_END } xb_heard_kind;

/* Text and language are valid until the next call. With has_words each word comes as WORD after its SEGMENT. */
typedef struct xb_heard_event {
    xb_heard_kind kind;
    const char   *text;
    size_t        size;
    int64_t       start_ms, end_ms;
    float         score;    /* exp of the mean log probability; -1 = none */
    const char   *language; /* "" = not known */
} xb_heard_event;

/* `mem` is the session's; both nets are borrowed. Errors: INVALID_ARGUMENT (a language that the model does not know),
 * OUT_OF_MEMORY. */
xybrid_status xb_recognizer_open(const xb_hearing_model *model, xb_mem *mem, const xb_net *encoder, const xb_net *decoder,
                                 const xb_recognizer_options *options, xb_recognizer **out, xybrid_error *err);
void          xb_recognizer_close(xb_recognizer *r); /* NULL is fine */

/* Takes what there is room for and returns how many that were: all of a second, if NOTHING came last. */
int64_t xb_recognizer_feed(xb_recognizer *r, const float *samples, int64_t count);

/* No more comes: what is there is heard to its end. */
void xb_recognizer_finish(xb_recognizer *r);

/* The next event; NOTHING wants more samples, END comes once all is told, again and again. Errors: xb_hear's; the piece that
 * failed is lost, the next call goes on behind it. */
xybrid_status xb_recognizer_next(xb_recognizer *r, xb_heard_event *out, xybrid_error *err);

#endif
