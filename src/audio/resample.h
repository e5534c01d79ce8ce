/* audio/resample.h - another sample rate, any ratio of whole numbers, at once or as the samples come.
 *
 *     xb_resampler *r;
 *     XB_TRY(xb_resampler_new(mem, isa, 44100, 16000, 1, &r, err));
 *     while (have samples) {
 *         XB_TRY(xb_resampler_push(r, samples, frames, err));           // any number of frames
 *         int64_t got = xb_resampler_pull(r, out, room);                // what is ready
 *     }
 *     XB_TRY(xb_resampler_finish(r, err));                              // what is still inside becomes ready
 *     ... pull until it gives 0; then xb_resampler_reset(r) begins anew, or xb_resampler_free(r)
 *
 * A windowed sinc (J. Smith, Digital Audio Resampling Home Page; window: J. Kaiser and R. Schafer, 1980, On the use of the
 * I0-sinh window, beta = 0.1102 (A - 8.7) for A dB) evaluated at each result sample's exact place n * from / to in the
 * source. The filter is symmetric: nothing is shifted, sample 0 stays sample 0. Outside the recording there is silence. The
 * frame count is ceil(frames * to / from). A result does not depend on how the source was cut into pieces: the same bits,
 * piece by piece or at once. Samples that are not finite count as silence, so they never spread.
 *
 * Made to soxr's HQ: stop band 126 dB from the lower Nyquist frequency on, pass band up to 0.9133 of it.
 * Measured (tests/unit/audio_resample.c, the same in soxr 1.1.0; bench/resample beside libsoxr 0.1.3, one thread of an AVX-512
 * Xeon under a load of 9, processor time for a second of mono sound, median; ours / soxr with quartiles):
 *
 *                    pass band, soxr's    stop band, soxr's    made and used at once       in pieces of 100 ms
 *     44100 -> 16000  0.00001, 0.009 dB    -128, -136 dB    0.33 ms 1.72 (1.71-1.76)   0.25 ms 1.22 (1.21-1.24)
 *     48000 -> 16000  0.00001, 0.00001     -128, -131       0.22    1.34 (1.32-1.37)   0.23    1.36 (1.31-1.40)
 *     16000 -> 24000  0.00001, 0.00001                      0.12    0.97 (0.94-0.99)   0.12    0.88 (0.86-0.95)
 *     48000 -> 44100  0.00001, 0.008       -127, -131       0.33    0.62 (0.60-0.63)   0.31    0.79 (0.78-0.80)
 *     44101 -> 16000  0.00001, 0.009       -128, -138       4.3    17.9  (17.8-18.2)   4.3    18.9  (18.9-19.1)
 *
 * One thread at a time for each resampler. Memory: the bank of filters (at most 4 MiB), some 32,768 frames of each channel, and
 * what was not pulled. */
#ifndef XB_RESAMPLE_H
#define XB_RESAMPLE_H

#include "kernel/kernel.h"
#include "tensor/tensor.h"

typedef struct xb_resampler xb_resampler;

/* Rates in Hz, 1..XB_MAX_AUDIO_RATE, equal ones too; INVALID_ARGUMENT for others, or a ratio of 1024 or more (which bounds the
 * filter). `isa` is kept: xb_isa_best(xb_cpu_features()). */
xybrid_status xb_resampler_new(xb_mem *mem, const xb_isa *isa, int32_t from_hz, int32_t to_hz, int32_t channels,
                               xb_resampler **out, xybrid_error *err);

/* Takes samples [frames, channels]. INVALID_ARGUMENT after the finish, or when more than XB_MAX_AUDIO_FRAMES wait. */
xybrid_status xb_resampler_push(xb_resampler *r, const float *samples, int64_t frames, xybrid_error *err);

/* Nothing more comes. May be called again. */
xybrid_status xb_resampler_finish(xb_resampler *r, xybrid_error *err);

int64_t xb_resampler_ready(const xb_resampler *r);                      /* frames that pull has */
int64_t xb_resampler_pull(xb_resampler *r, float *out, int64_t frames); /* at most `frames`; the number it gave */
void    xb_resampler_reset(xb_resampler *r);                            /* as new */
void    xb_resampler_free(xb_resampler *r);                             /* NULL is fine */

/* All at once: float32 [frames] or [frames, channels]; equal rates give a view, whose samples are left as they are.
 * INVALID_ARGUMENT for other types, shapes or rates, or more than XB_MAX_AUDIO_FRAMES frames in the result. */
xybrid_status xb_audio_resample(xb_mem *mem, const xb_isa *isa, const xb_tensor *samples, int32_t from_hz, int32_t to_hz,
                                xb_tensor *out, xybrid_error *err);

#endif
