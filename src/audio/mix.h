/* audio/mix.h - channels. Samples are float32, interleaved: [frames, channels], or [frames] for one channel. */
#ifndef XB_MIX_H
#define XB_MIX_H

#include "tensor/tensor.h"

/* [frames, channels] -> mean over the channels, [frames]. One channel or [frames] gives a view of the same samples. */
xybrid_status xb_audio_to_mono(xb_mem *mem, const xb_tensor *samples, xb_tensor *out, xybrid_error *err);

/* The same of samples that lie in memory; out has room for `frames`. */
void xb_audio_mean(const float *samples, int64_t frames, int32_t channels, float *out);

/* The same samples, with 0 for those that are NaN or infinite: a view where there are none. */
xybrid_status xb_audio_finite(xb_mem *mem, const xb_tensor *samples, xb_tensor *out, xybrid_error *err);

/* [frames] or [frames, 1] -> the sample in each of `channels` channels (1..XB_MAX_AUDIO_CHANNELS), [frames, channels].
 * As many channels as there are gives a view; other numbers are INVALID_ARGUMENT: mix to mono first. */
xybrid_status xb_audio_spread(xb_mem *mem, const xb_tensor *samples, int32_t channels, xb_tensor *out, xybrid_error *err);

#endif
