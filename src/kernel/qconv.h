/* kernel/qconv.h - convolution of 8-bit integers in one, two or three dimensions: exact sums, then int32, float32 with an
 * epilogue, or 8 bits again. Contract: kernel/kernel.h; outputs and roundings: kernel/qgemm.h.
 *
 *     sum[o, p] = sum over c, t of (w[o, c, t] - w_zero[o]) (x[c, p stride + t dilation - pad] - x_zero)  +  bias[o]
 *
 *     xb_qconv_args a = { .q = q, .batch = 1, .groups = 1, .channels_in = 128, .channels_out = 128, .in = { 1, 1, 4000 }, ... };
 *     xb_qconv_pack(&a, w, packed);                       // xb_qconv_pack_bytes(&a), aligned to 64
 *     xb_qimage_args i = { .conv = &a, .x = x, .image = image };        // xb_qimage_bytes(&a), aligned to 64
 *     a.packed = packed, a.image = image, a.y = y, ...;
 *     xb_work first = xb_qimage_work(&i), then = xb_qconv_work(&a);     // one after the other
 *
 * x is [batch, channels_in, in], w [channels_out, channels_in / groups, kernel], y [batch, channels_out, out], all dense.
 *
 * The weights are the lines and the pixels the columns of a product (kernel/qgemm_kernels.h). The image is x with its border, the
 * channels of a group of the table beside each other: [batch, groups, channels, padded pixels, group]. So a tap's columns lie
 * in it as a panel's do, and tiles read them where they are; each element of it is read for all taps while it is in the
 * first-level cache. Where columns do not lie beside each other (strides, short lines) they are gathered, by groups. */
#ifndef XB_QCONV_H
#define XB_QCONV_H

#include "kernel/qgemm.h"

typedef struct xb_qconv_args {
    const xb_qisa     *q;
    int64_t            batch, groups, channels_in, channels_out;
    int64_t            in[3], out[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3]; /* of less than 2^31 elements */
    int32_t            x_signed, w_signed;
    const void        *image, *packed;
    const void        *x_zero, *w_zero; /* of their types; NULL: 0 */
    int64_t            w_zero_step;     /* 1: for each output channel; 0: one */
    const int32_t     *bias;            /* [channels_out] or NULL */
    xb_qgemm_output    output;
    void              *y;
    const float       *x_scale, *w_scale; /* not for I32; x_scale NULL: 1 */
    int64_t            w_scale_step;
    const float       *y_scale;  /* 8 bits only */
    const void        *y_zero;   /* of y's type; NULL: 0 */
    const xb_epilogue *epilogue; /* F32 only: rows are batch and channel, columns pixels; NULL: none */

    struct xb_qconv_plan { /* xb_qconv_work's own */
        int64_t panels, rows, panels_each, row_chunks, panel_chunks;
        int32_t is_gathered;
    } plan;
} xb_qconv_args;

/* Lines of the weights, tap by tap, and their sums. Wants sizes, w_signed and q. */
int64_t xb_qconv_pack_bytes(const xb_qconv_args *a);
void    xb_qconv_pack(const xb_qconv_args *a, const void *w, void *packed);

typedef struct xb_qimage_args {
    const xb_qconv_args *conv;     /* sizes, x_signed and q; they stay */
    const uint8_t       *x, *zero; /* NULL: 0 */
    int8_t              *image;
    int64_t              rows, per_chunk; /* xb_qimage_work's own */
} xb_qimage_args;

int64_t xb_qimage_bytes(const xb_qconv_args *a);
xb_work xb_qimage_work(xb_qimage_args *i);

xb_work xb_qconv_work(xb_qconv_args *a);

#endif
