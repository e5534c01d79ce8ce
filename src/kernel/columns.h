/* kernel/columns.h - plain kernels around convolution: deformable windows, windows back to an image, the causal convolution of
 * state-space models. float32 and float64.
 *
 *     xb_col2im_args a = { .planes = n * c, .image = { 1, h, w }, .kernel = { 1, 3, 3 }, ..., .columns = x, .y = y };
 *     xb_work work = xb_col2im_work(&a);
 *
 * Three spatial dimensions; fewer stand at the end, a missing one is 1. A chunk is some planes. */
#ifndef XB_COLUMNS_H
#define XB_COLUMNS_H

#include "kernel/kernel.h"

/* columns[n, c, tap, point] = mask[n, g, tap, point] * x[n, c, at], at = point * stride - pad + tap * dilation +
 * offset[n, g, tap, {y, x}, point], bilinear, 0 outside; g the offset group of channel c. J. Dai et al., "Deformable
 * Convolutional Networks" (2017); X. Zhu et al., "Deformable ConvNets v2" (2018) for the mask. */
typedef struct xb_deform_args {
    const void *x, *offset, *mask; /* mask: NULL for 1 */
    void       *columns;
    int64_t     batch, channels, offset_groups;
    int64_t     in[2], out[2], kernel[2], stride[2], dilation[2], pad[2];
    int32_t     is_double;
    int64_t     per_chunk; /* xb_deform_work's own */
} xb_deform_args;
xb_work xb_deform_work(xb_deform_args *a);

/* y[plane][at] = sum of columns[plane, tap, point] with point * stride - pad + tap * dilation = at. */
typedef struct xb_col2im_args {
    const void *columns; /* [planes, taps, points] */
    void       *y;       /* [planes, image] */
    int64_t     planes;
    int64_t     image[3], points[3], kernel[3], stride[3], dilation[3], pad[3];
    int32_t     is_double;
    int64_t     per_chunk; /* xb_col2im_work's own */
} xb_col2im_args;
xb_work xb_col2im_work(xb_col2im_args *a);

/* s = past (0 if NULL) followed by x, along the last dimension of [batch, channels, ...]; y[t] = bias + sum of w[c, j] s[t + j]
 * over j < kernel, then y sigmoid(y) with is_silu; state = the last kernel - 1 of s. y and state may be NULL. */
typedef struct xb_causal_args {
    const void *x, *w, *bias, *past;
    void       *y, *state;
    int64_t     batch, channels, length, kernel;
    int32_t     is_double, is_silu;
    int64_t     per_chunk; /* xb_causal_work's own */
} xb_causal_args;
xb_work xb_causal_work(xb_causal_args *a);

#endif
