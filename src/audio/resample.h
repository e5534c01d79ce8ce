/* audio/resample.h - another sample rate, any ratio of whole numbers.
 *
 * A windowed sinc (J. Smith, Digital Audio Resampling Home Page; window: J. Kaiser and R. Schafer, 1980, On the use of the
 * I0-sinh window, beta = 0.1102 (A - 8.7) for A dB) evaluated at each result sample's exact place n * in / out in the
 * source: one row of coefficients for each phase. Stop band 100 dB; the pass band ends at 0.9 of the lower Nyquist
 * frequency, where it is flat within 0.001 dB. The filter is symmetric: nothing is shifted, sample 0 stays sample 0.
 * Outside the recording there is silence.
 *
 * The frame count is ceil(frames * out / in). Samples that are not finite spread over the filter's length. */
#ifndef XB_RESAMPLE_H
#define XB_RESAMPLE_H

#include "tensor/tensor.h"

/* float32 [frames] or [frames, channels] from one rate to another (Hz, 1..XB_MAX_AUDIO_RATE); equal rates give a view.
 * INVALID_ARGUMENT for other types, shapes or rates, a ratio of 1024 or more (which bounds the filter), or more than
 * XB_MAX_AUDIO_FRAMES frames in the result. */
xybrid_status xb_audio_resample(xb_mem *mem, const xb_tensor *samples, int32_t from_hz, int32_t to_hz, xb_tensor *out,
                                xybrid_error *err);

#endif
