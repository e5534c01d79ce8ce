/* speech/hear.h - one piece of a recording to token ids, by the kind of model.
 *
 *     samples of a piece -> features -> encoder -> decoder, step by step -> ids, how sure, when
 *
 * Models that hear samples as they are and know one way of writing (Moonshine: N. Jeffries et al., "Moonshine: Speech
 * Recognition for Live Transcription and Voice Commands", 2024): hear_samples.c. Whisper (A. Radford et al., "Robust Speech
 * Recognition via Large-Scale Weak Supervision", 2022; its reference implementation, decoding.py and transcribe.py):
 * hear_whisper.c. */
#ifndef XB_HEAR_H
#define XB_HEAR_H

#include "audio/features.h"
#include "codec/json.h"
#include "pack/pack.h"
#include "speech/seq2seq.h"
#include "text/tokenizer.h"

enum { XB_MAX_HEARD = 448, XB_LANGUAGE_BYTES = 16 };

/* What is known of Whisper's vocabulary; ids, -1 = it has none. */
typedef struct xb_whisper_ids {
    int64_t vocabulary, end, start, previous, no_speech, no_timestamps, timestamps; /* timestamps: id of 0.00 s */
    int64_t language, transcribe,
        translate;             /* what the prompt takes unless told; transcribe and language -1: one language only */
    const uint8_t *suppressed; /* [vocabulary]: 1 always, 2 at the first step */
} xb_whisper_ids;

/* A model as its pack describes it. Immutable: any thread. */
typedef struct xb_hearing_model {
    xb_arena            arena;
    xb_seq2seq_plan     plan;
    const xb_tokenizer *tokenizer;
    int                 is_whisper;
    int64_t             start, end;
    int32_t             max_tokens;
    double              tokens_a_second; /* 0 = max_tokens alone */
    double              repetition_penalty;
    int32_t             longest_ms;   /* of a piece */
    int32_t             end_ms;       /* of silence, that ends a short piece */
    int32_t             is_detecting; /* the language, unless it is told */
    const char         *language;     /* of a model with one language; NULL = not said */
    xb_whisper_ids      whisper;
    xb_features        *mel; /* Whisper's */
} xb_hearing_model;

/* How this request wants it. */
typedef struct xb_hearing {
    const xb_hearing_model *model;
    xb_seq2seq             *net;
    xb_mem                 *mem;
    int64_t                 language;                 /* Whisper: id of the language's token, -1 = detect */
    int                     is_translating, is_timed; /* is_timed: Whisper writes timestamps */
    int                     wants_alignment;
    /* of Whisper: what was heard before, for the next piece's prompt */
    int64_t previous[XB_MAX_HEARD / 2];
    int32_t previous_count;
    int     is_conditioned;
} xb_hearing;

typedef struct xb_heard {
    int64_t ids[XB_MAX_HEARD]; /* without prompt and end; Whisper's timestamps are among them if is_timed */
    int32_t count;
    double  log_probability; /* mean of the ids and the end */
    double  no_speech;       /* probability that nobody speaks; 0 if the model does not say */
    double  temperature;
    char    language[XB_LANGUAGE_BYTES]; /* "" = not known */
    int32_t times[XB_MAX_HEARD];         /* start of each id in ms of the piece, if has_times */
    int     has_times;
} xb_heard;

/* samples[count] at 16 kHz. is_draft: for a partial result; one attempt. Errors: those of the engine, CANCELLED,
 * OUT_OF_MEMORY. */
xybrid_status xb_hear(xb_hearing *h, const float *samples, int64_t count, int is_draft, xb_heard *out, xybrid_error *err);

xybrid_status xb_hear_samples(xb_hearing *h, const float *samples, int64_t count, xb_heard *out, xybrid_error *err);
xybrid_status xb_hear_whisper(xb_hearing *h, const float *samples, int64_t count, int is_draft, xb_heard *out,
                              xybrid_error *err);

#endif
