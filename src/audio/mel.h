/* audio/mel.h - mel spectrograms in the forms that models want: Whisper's, librosa's (Slaney or HTK), any of its parameters.
 *
 *     xb_mel_spec spec;
 *     xb_mel_preset("whisper", &spec);                                          // 80 mels, 30 s; "whisper-large": 128 mels
 *     XB_TRY(xb_mel_new(mem, &spec, &mel, err));                                // once for each model
 *     XB_TRY(xb_mel_run(mel, mem, samples, count, &out, err));                  // float32 [1, 80, 3000]
 *
 * WHISPER (OpenAI, whisper/audio.py): the recording is cut, or filled up with zeros, to max_frames hops BEFORE the transform;
 * centred frames, the edges mirrored; periodic Hann; power; Slaney's triangles with area 1; the frame behind the last hop
 * dropped; log10(max(x, 1e-10)); max(x, largest - 8); (x + 4) / 4, the largest being that of all frames. It is the last step:
 * rows of audio/features.h and of its stream are log10 alone, and xb_mel_window makes a window of them:
 *
 *     XB_TRY(xb_feature_stream_push(s, samples, count, 0, rows, err));          // [made, 80]: log10(max(x, 1e-10))
 *     xb_mel_window(mel, rows, made, 3000, window);              // [80, 3000]: silence behind them, clamped, scaled
 *
 * With max_frames 0 a recording may have any length, and has floor(count / hop) frames.
 *
 * float32 throughout, tables made in float64; tests/unit/audio_mel.c states how far librosa and Whisper's own numbers are away.
 * INVALID_ARGUMENT for a spec that makes no sense, and for samples that are no numbers. */
#ifndef XB_MEL_H
#define XB_MEL_H

#include "audio/bands.h"
#include "audio/features.h"

typedef enum xb_mel_log {
    XB_LOG_WHISPER, /* log10, clamped to 8 below the largest, (x + 4) / 4 */
    XB_LOG_NATURAL, /* ln */
    XB_LOG_DB,      /* 10 log10 of a power, 20 log10 of a magnitude */
    XB_LOG_NONE
} xb_mel_log;

typedef struct xb_mel_spec {
    int32_t      rate_hz;
    int32_t      n_fft, window_samples, hop_samples; /* a window below n_fft stands in the middle of it */
    xb_window    window;
    int32_t      is_periodic;
    int32_t      is_centered; /* frame f lies around sample f hop, the edges mirrored; else it begins there */
    int32_t      drops_last;  /* the last frame goes, as Whisper's does */
    int32_t      power;       /* 1: magnitude, 2 */
    xb_mel_scale scale;
    int32_t      is_normalised;   /* triangles of area 1 */
    double       low_hz, high_hz; /* high 0: half the rate */
    int32_t      n_mels;
    xb_mel_log   log;
    float        floor;      /* what the logarithm is taken of at least */
    int64_t      max_frames; /* the recording is cut, or filled with zeros, to what these take; 0 = as long as it is */
} xb_mel_spec;

/* Whisper's, 80 mels. */
void xb_mel_spec_init(xb_mel_spec *spec);

/* "whisper", "whisper-tiny", "-base", "-small", "-medium" (with or without ".en"): 80 mels. "whisper-large", with anything
 * behind it: 128, as the original's preset; OpenAI's large models before v3 have 80, and want n_mels said. 0: there is no
 * such preset. */
int xb_mel_preset(const char *name, xb_mel_spec *spec);

/* Freed with xb_features_free. */
xybrid_status xb_mel_new(xb_mem *mem, const xb_mel_spec *spec, xb_features **out, xybrid_error *err);

/* float32 [1, n_mels, frames], the last step included. */
xybrid_status xb_mel_run(const xb_features *mel, xb_mem *mem, const float *samples, int64_t count, xb_tensor *out,
                         xybrid_error *err);

/* Rows [rows, n_mels] of xb_features_rows or a stream, the first `frames` of them -> out [n_mels, frames], with the row of
 * silence for those that are missing, and the last step over all of it. */
void xb_mel_window(const xb_features *mel, const float *rows, int64_t row_count, int64_t frames, float *out);

/* The last step by itself, in place: `largest` is what the clamp goes by (xb_largest of kernel/spectrum.h gives it). Nothing
 * for logarithms other than Whisper's. */
void xb_mel_finish(const xb_features *mel, float *values, int64_t count, float largest);

#endif
