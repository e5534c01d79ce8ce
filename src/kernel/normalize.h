/* kernel/normalize.h - shifting, scaling and averaging: by channel, by token, by length. New memory unless said
 * otherwise; results are float32; other element types are converted first. Any thread. */
#ifndef XB_NORMALIZE_H
#define XB_NORMALIZE_H

#include "tensor/tensor.h"

/* (x * scale - mean[c]) / std[c], where c is the index along `axis` (1 for NCHW, -1 for HWC, 0 for CHW). `count` is the
 * number of means and deviations: the extent of the axis, or 1 for all channels the same. INVALID_ARGUMENT for another
 * count, a deviation of 0, or a number that is not finite. */
xybrid_status xb_normalize_channels(xb_mem *mem, const xb_tensor *t, int32_t axis, float scale, const float *mean,
                                    const float *std, int32_t count, xb_tensor *out, xybrid_error *err);

/* [batch, tokens, width] and a mask [batch, tokens] (any type, not 0 = count this token; NULL = all) to the mean over the
 * counted tokens, [batch, width]. No counted token gives zeros. */
xybrid_status xb_mean_pool(xb_mem *mem, const xb_tensor *t, const xb_tensor *mask, xb_tensor *out, xybrid_error *err);

/* x / max(|x|, 1e-12) along the last dimension (Euclidean length); zeros stay zeros. */
xybrid_status xb_l2_normalize(xb_mem *mem, const xb_tensor *t, xb_tensor *out, xybrid_error *err);

/* x * gain[c] + offset[c] on [outer, channels, inner]; dst may be src. */
void xb_scale_channels_f32(float *dst, const float *src, int64_t outer, int64_t channels, int64_t inner, const float *gain,
                           const float *offset);

/* dst may be src. */
void xb_l2_normalize_f32(float *dst, const float *src, int64_t rows, int64_t width);

#endif
