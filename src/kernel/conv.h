/* kernel/conv.h - convolution and transposed convolution of float32: 1, 2 or 3 spatial dimensions, strides, dilations,
 * padding, groups. What is computed is the correlation that ONNX calls Conv and ConvTranspose:
 *
 *     conv:        y[n, o, q] = bias[o] + sum over i, k of x[n, i, q stride - pad + k dilation] w[o, i, k]
 *     transposed:  y[n, o, q] = bias[o] + sum over i, k, j with j stride - pad + k dilation = q of x[n, i, j] w[i, o, k]
 *
 * FORMS. One computation has several forms; they differ in the layouts of x and y and in how the weights are packed:
 *
 *     form            x                 y                 what for
 *     DENSE           [N, C, D, H, W]   [N, C, D, H, W]   everything (im2col and a matrix product)
 *     BLOCKED         NCHWc             NCHWc             2-D
 *     FIRST           [N, C, 1, H, W]   NCHWc             2-D with few channels (a picture)
 *     DEPTHWISE       NCHWc             NCHWc             2-D, each channel by itself
 *     WINOGRAD        NCHWc             NCHWc             2-D, 3 x 3, stride 1; 1-D as NWC_WINOGRAD
 *     NWC             [N, W, C]         [N, W, C]         1-D
 *     NWC_DEPTHWISE   [N, W, C]         [N, W, C]         1-D, each channel by itself
 *     NWC_WINOGRAD    [N, W, C]         [N, W, C]         1-D, 3 taps or more, stride 1
 *
 * NCHWc is [N, ceil(C / c), H, W, c] with c = xb_conv_block(isa); the channels behind the last one are 0 in every tensor
 * that a kernel reads, and every kernel here writes them as 0.
 *
 *     xb_conv_args a = { .batch = 1, .channels_in = 3, .channels_out = 32, .groups = 1, .in = { 1, 640, 640 }, ... };
 *     if (!xb_conv_fits(isa, XB_CONV_FIRST, &a)) ...
 *     xb_conv_pack(isa, XB_CONV_FIRST, &a, weights, packed);         // once: xb_conv_pack_size(...) bytes
 *     a.x = x, a.w = packed, a.bias = bias, a.y = y, a.epilogue = &e;
 *     xb_work work = xb_conv_work(isa, XB_CONV_FIRST, &a);           // may be kept: only the pointers may change after it
 *     for (int32_t i = 0; i < work.chunks; i++) work.run(&a, i, scratch);
 *
 * EPILOGUE. The bias is added first, then the steps are applied to what kernel/epilogue.h calls rows and columns:
 *
 *     DENSE           row n C + channel, column the point: ROW operands have stride C, FULL ones the number of points
 *     NCHWc           COL operands are per channel, padded to whole blocks; FULL operands are NCHWc tensors with stride c
 *     NWC             row n W + w, column the channel
 *
 * Rounding: sums run over channels, then taps in the order of the form, in float32 with fused multiply-add where the set has
 * it, so two forms differ by rounding. Winograd's forms err about twice as much (kernel/conv_winograd.c), and a value that is
 * not finite spoils all results of its tile. A zero of the padding is not multiplied in DEPTHWISE forms and is in the others:
 * an infinite weight there is NaN. */
#ifndef XB_CONV_H
#define XB_CONV_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"

typedef enum xb_conv_form {
    XB_CONV_DENSE,
    XB_CONV_BLOCKED,
    XB_CONV_FIRST,
    XB_CONV_DEPTHWISE,
    XB_CONV_WINOGRAD,
    XB_CONV_NWC,
    XB_CONV_NWC_DEPTHWISE,
    XB_CONV_NWC_WINOGRAD,
    XB_CONV_FORMS
} xb_conv_form;

typedef struct xb_conv_args {
    const float       *x, *w, *bias; /* w: packed; bias: [channels_out] or NULL */
    float             *y;
    const xb_epilogue *epilogue; /* or NULL */
    int64_t            batch, channels_in, channels_out, groups;
    /* Depth, height, width. Fewer dimensions stand at the end: a missing one has sizes, stride and dilation 1, padding 0. */
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3];
    int64_t pad[3]; /* before the first point; what is behind the last one follows from `out` */
    int32_t transposed;

    /* Set by xb_conv_work. */
    const xb_isa *isa;
    int64_t       piece[3], pieces[3]; /* rows (or tiles), columns and channels of a chunk, and how many of each */
    int32_t       form;
} xb_conv_args;

/* c of NCHWc. */
int64_t xb_conv_block(const xb_isa *isa);

/* Can this form compute it? Needs everything but pointers. DENSE can whatever is valid: sizes at least 0, groups that divide
 * both numbers of channels, kernel, stride and dilation at least 1, fewer than 2^31 elements in each tensor. */
int xb_conv_fits(const xb_isa *isa, xb_conv_form form, const xb_conv_args *args);

/* Is Winograd's form worth it, beside BLOCKED (NWC)? By counting operations; xb_conv_fits holds. */
int xb_conv_prefers_winograd(const xb_isa *isa, const xb_conv_args *args);

/* Bytes of the packed weights, 0 if there are none. */
int64_t xb_conv_pack_size(const xb_isa *isa, xb_conv_form form, const xb_conv_args *args);

/* w as ONNX has it: [channels_out, channels_in / groups, kernel] or, transposed, [channels_in, channels_out / groups, kernel].
 * Winograd's weights are transformed here, in float64, and rounded once. */
void xb_conv_pack(const xb_isa *isa, xb_conv_form form, const xb_conv_args *args, const float *w, float *packed);

xb_work xb_conv_work(const xb_isa *isa, xb_conv_form form, xb_conv_args *args);

/* The plain loops, for float64 and as a reference: tensors dense, weights as ONNX has them, no epilogue. A chunk is one
 * channel of one item. */
xb_work xb_conv_plain_work_f32(xb_conv_args *args);
xb_work xb_conv_plain_work_f64(xb_conv_args *args); /* x, w, bias, y are double, cast */

#endif
