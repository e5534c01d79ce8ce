/* speech/speech_encode.h - what a speech model gave, made fit to be heard: the step TTSAudioEncode, piece by piece.
 *
 *     a piece's samples -> high-pass 80 Hz -> silence off its edges -> one loudness -> soft clip -> joined to the piece before
 *
 *     xb_speech_encoder e;
 *     xb_speech_encoder_init(&e, mem, &(xb_speech_encoding){ .rate_hz = 24000, .is_polished = 1 });
 *     XB_TRY_OUT(xb_speech_encode(&e, samples, count, pause_ms, is_last, &piece, err));   // float32 [n], -1..1
 *     xb_speech_encoder_free(&e);
 *
 * The numbers are the original's: one pole at 80 Hz, y[n] = a (y[n-1] + x[n] - x[n-1]), a = rc / (rc + dt); below 0.01 (-40 dBFS) is silence, 12.5 ms of it are kept; root mean square 0.1; pieces cross-fade over 20 ms (480 samples at
 * 24 kHz), linearly, if no pause lies between them. Ours: the filter goes on from piece to piece; a piece may be at most 1.5
 * times louder or softer than the one before was made, so that "No." is not shouted; where a pause lies between two pieces
 * their ends are faded over the kept 12.5 ms. With is_polished 0 the samples go through as they are.
 *
 * All pieces joined are the whole: streaming and batch are one path. One thread at a time. NaN and infinities become 0. */
#ifndef XB_SPEECH_ENCODE_H
#define XB_SPEECH_ENCODE_H

#include "tensor/tensor.h"

typedef struct xb_speech_encoding {
    int32_t rate_hz;
    int32_t is_polished;   /* apply_postprocessing */
    int32_t trims_silence; /* trim_trailing_silence: the last piece ends 10 ms after its sound, if 50 ms or more follow */
    int64_t cut_samples;   /* trim_trailing_samples: off the end of each piece, before all else */
} xb_speech_encoding;

typedef struct xb_speech_encoder {
    xb_speech_encoding options;
    xb_mem            *mem;
    float              last_in, last_out; /* of the high-pass */
    float              gain;              /* of the piece before; 0 = none yet */
    float             *tail;              /* the end of the piece before, which the next fades into */
    int64_t            tail_count, fade;  /* samples */
} xb_speech_encoder;

void xb_speech_encoder_init(xb_speech_encoder *e, xb_mem *mem, const xb_speech_encoding *options);
void xb_speech_encoder_free(xb_speech_encoder *e); /* zeros are fine */

/* `samples` [count] are worked on in place. What may be heard now becomes *out, float32 [n], new memory; n may be 0. `pause_ms`
 * of silence lie behind the piece; 0: the next one fades in, and the end of this one is held back for that unless `is_last`. A
 * piece without samples is a pause. Errors: OUT_OF_MEMORY. */
xybrid_status xb_speech_encode(xb_speech_encoder *e, float *samples, int64_t count, int32_t pause_ms, int is_last,
                               xb_tensor *out, xybrid_error *err);

/* ---- its parts ---- */

/* In place. `last_in` and `last_out` are 0 at the start and carry on. */
void xb_high_pass(float *x, int64_t count, int32_t rate_hz, double cutoff_hz, float *last_in, float *last_out);

/* The stretch from the first to the last sample of at least `threshold`, `keep` samples more at both ends; *from = *to = 0
 * without any. */
void xb_find_sound(const float *x, int64_t count, float threshold, int64_t keep, int64_t *from, int64_t *to);

/* |x| beyond `knee` approaches 1: knee + (1 - knee) tanh((|x| - knee) / (1 - knee)). Smooth; below the knee nothing changes. */
float xb_soft_clip(float x, float knee);

#endif
