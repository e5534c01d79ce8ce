/* kernel/qconv.h - convolution of 8-bit integers in one, two or three dimensions: exact sums, then int32, float32 with an
 * epilogue, or 8 bits again. Contract: kernel/kernel.h; outputs and roundings: kernel/qgemm.h.
 *
 *     sum[o, p] = sum over c, t of (w[o, c, t] - w_zero[o]) (x[c, p stride + t dilation - pad] - x_zero)  +  bias[o]
 *
 *     xb_qconv_args a = { .q = q, .batch = 1, .groups = 1, .channels_in = 128, .channels_out = 128, .in = { 1, 1, 4000 }, ... };
 *     xb_qconv_pack(&a, w, packed);                                     // xb_qconv_pack_bytes(&a), aligned to 64
 *     a.w = w, a.packed = packed, a.x = x, a.y = y, ...;
 *     xb_work work = xb_qconv_work(&a);
 *
 * x is [batch, channels_in, in], w [channels_out, channels_in / groups, kernel], y [batch, channels_out, out], all dense. The
 * weights are the lines and the pixels the columns of a product (kernel/qgemm_kernels.h), whose panels are filled from the
 * image where it lies: 4 elements of x for each output and each 4 weights, no matrix of columns in memory.
 *
 * PADDING is not part of it: x holds it. xb_qpad makes an image whose border is the zero point. */
#ifndef XB_QCONV_H
#define XB_QCONV_H

#include "kernel/qgemm.h"

typedef struct xb_qconv_args {
    const xb_qisa     *q;
    int64_t            batch, groups, channels_in, channels_out;
    int64_t            in[3], out[3], kernel[3], stride[3], dilation[3]; /* in: padding included; at most 2^31 elements */
    const void        *x, *w, *packed;
    int32_t            x_signed, w_signed;
    const void        *x_zero, *w_zero;      /* of their types; NULL: 0 */
    int64_t            w_zero_step;          /* 1: for each output channel; 0: one */
    const int32_t     *bias;                 /* [channels_out] or NULL */
    xb_qgemm_output    output;
    void              *y;
    const float       *x_scale, *w_scale;    /* not for I32; x_scale NULL: 1 */
    int64_t            w_scale_step;
    const float       *y_scale;              /* 8 bits only */
    const void        *y_zero;               /* of y's type; NULL: 0 */
    const xb_epilogue *epilogue;             /* F32 only: rows are batch and channel, columns pixels; NULL: none */

    struct xb_qconv_plan { /* xb_qconv_work's own */
        int64_t taps, k, pixels, per_group, rows, cols, row_chunks, col_chunks;
    } plan;
} xb_qconv_args;

/* Sums of the weights and, where a table cannot read them where they are, lines. Wants sizes, w_signed and q. */
int64_t xb_qconv_pack_bytes(const xb_qconv_args *a);
void    xb_qconv_pack(const xb_qconv_args *a, const void *w, void *packed);

xb_work xb_qconv_work(xb_qconv_args *a);

/* y [planes, in + pad + pad_end] = x [planes, in] with *zero around it (NULL: 0). */
typedef struct xb_qpad_args {
    const uint8_t *x, *zero;
    uint8_t       *y;
    int64_t        planes, in[3], pad[3], padded[3];
    int64_t        per_chunk; /* xb_qpad_work's own */
} xb_qpad_args;

xb_work xb_qpad_work(xb_qpad_args *a);

#endif
