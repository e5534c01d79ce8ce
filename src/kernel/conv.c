/* kernel/conv.c - which form fits, and what the forms share. */
#include "kernel/conv.h"

#include <string.h>

#include "kernel/conv_int.h"

int64_t xb_conv_block(const xb_isa *isa) { return isa->vector_width; }

xb_conv_phase xb_conv_phase_of(const xb_conv_args *a, int axis, int64_t phase) {
    int64_t kernel = a->kernel[axis], stride = a->stride[axis], dilation = a->dilation[axis];
    if (!a->transposed) return (xb_conv_phase){ 0, 1, kernel, 0, dilation };
    int64_t at = phase + a->pad[axis], step = 1;
    while (step * dilation % stride) step += dilation == 1 ? stride - 1 : 1; /* step = stride / gcd(stride, dilation) */
    int64_t first = dilation == 1 ? at % stride : 0;
    while (first < step && (at - first * dilation) % stride) first++;
    if (first == step || first >= kernel) return (xb_conv_phase){ 0, 1, 0, 0, 0 };
    return (xb_conv_phase){ first, step, xb_ceil_div(kernel - first, step), (at - first * dilation) / stride,
                            -(step * dilation / stride) };
}

/* ---- which form ---- */

static int is_flat(const xb_conv_args *a, int axes) { /* the first `axes` are not there */
    for (int i = 0; i < axes; i++)
        if (a->in[i] != 1 || a->out[i] != 1 || a->kernel[i] != 1 || a->stride[i] != 1 || a->dilation[i] != 1 || a->pad[i] != 0)
            return 0;
    return 1;
}

int xb_conv_fits(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a) {
    int64_t c = isa->vector_width, in = a->channels_in, out = a->channels_out, g = a->groups;
    int     depthwise = in == g && out == g;
    switch (form) {
    case XB_CONV_DENSE: return 1;
    case XB_CONV_BLOCKED: return is_flat(a, 1) && (g == 1 || (in / g % c == 0 && out / g % c == 0));
    case XB_CONV_FIRST: return is_flat(a, 1) && (g == 1 || out / g % c == 0);
    case XB_CONV_DEPTHWISE: return is_flat(a, 1) && depthwise;
    case XB_CONV_WINOGRAD:
        if (is_flat(a, 2)) return xb_conv_fits(isa, XB_CONV_NWC_WINOGRAD, a);
        return is_flat(a, 1) && !a->transposed && g == 1 && a->kernel[1] == 3 && a->kernel[2] == 3 && a->stride[1] == 1 &&
               a->stride[2] == 1 && a->dilation[1] == 1 && a->dilation[2] == 1;
    case XB_CONV_NWC: return is_flat(a, 2);
    case XB_CONV_NWC_DEPTHWISE: return is_flat(a, 2) && depthwise;
    case XB_CONV_NWC_WINOGRAD:
        return is_flat(a, 2) && !a->transposed && g == 1 && a->kernel[2] >= 3 && a->stride[2] == 1 && a->dilation[2] <= 16;
    case XB_CONV_FORMS: break;
    }
    return 0;
}

/* Cycles of a matrix product with `weights` vectors of weights, each used for `points` points: two products in a cycle, or
 * what it takes to read the weights, from the second-level cache or from behind it. */
static double product_cycles(double weights, double points, int64_t c) {
    double read = weights * (double)c * 4 > (8 << 20) ? 12 : 2;
    return weights * (points / 2 > read ? points / 2 : read);
}

/* Measured with AVX-512 and AVX2, where the choice is right or costs less than a tenth for all but a few shapes: the cycles
 * for a vector of channels of a window and of a tile, and the time of 6 products for a sum's begin and end. */
int xb_conv_prefers_winograd(const xb_isa *isa, const xb_conv_args *a) {
    int64_t c = isa->vector_width, in = xb_ceil_div(a->channels_in, c), out = xb_ceil_div(a->channels_out, c);
    int     is_2d = a->kernel[1] > 1;
    int64_t groups = xb_ceil_div(a->kernel[2], 3), span = is_2d ? 4 : 4 * a->dilation[2], taps = a->kernel[1] * a->kernel[2];
    int64_t tiles = xb_ceil_div(a->out[2], span) * (is_2d ? xb_ceil_div(a->out[1], 4) : a->dilation[2]);
    if (a->channels_in < 16 || a->channels_out < 16) return 0;
    double transforms = is_2d ? (double)(180 * in + 140 * out) : (double)(16 * (in * groups + out));
    double winograd = (double)tiles * transforms +
                      product_cycles((double)((is_2d ? 36 : 6) * (groups * a->channels_in + 6) * out), (double)tiles, c);
    return winograd < 0.85 * product_cycles((double)((taps * a->channels_in + 6) * out), (double)(a->out[1] * a->out[2]), c);
}

int64_t xb_conv_pack_size(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a) {
    switch (form) {
    case XB_CONV_DENSE: return xb_conv_dense_pack_size(isa, a);
    case XB_CONV_BLOCKED:
    case XB_CONV_FIRST:
    case XB_CONV_NWC: return xb_conv_blocked_pack_size(isa, a);
    case XB_CONV_DEPTHWISE:
    case XB_CONV_NWC_DEPTHWISE: return xb_conv_depthwise_pack_size(isa, a);
    case XB_CONV_WINOGRAD:
    case XB_CONV_NWC_WINOGRAD: return xb_conv_winograd_pack_size(isa, a);
    case XB_CONV_FORMS: break;
    }
    return 0;
}

void xb_conv_pack(const xb_isa *isa, xb_conv_form form, const xb_conv_args *a, const float *w, float *packed) {
    switch (form) {
    case XB_CONV_DENSE: xb_conv_dense_pack(isa, a, w, packed); break;
    case XB_CONV_BLOCKED:
    case XB_CONV_FIRST:
    case XB_CONV_NWC: xb_conv_blocked_pack(isa, form, a, w, packed); break;
    case XB_CONV_DEPTHWISE:
    case XB_CONV_NWC_DEPTHWISE: xb_conv_depthwise_pack(isa, a, w, packed); break;
    case XB_CONV_WINOGRAD:
    case XB_CONV_NWC_WINOGRAD: xb_conv_winograd_pack(isa, a, w, packed); break;
    case XB_CONV_FORMS: break;
    }
}

xb_work xb_conv_work(const xb_isa *isa, xb_conv_form form, xb_conv_args *a) {
    a->isa = isa;
    a->form = (int32_t)form;
    if (a->batch * a->channels_out * xb_conv_volume(a->out) == 0) return (xb_work){ 0 };
    switch (form) {
    case XB_CONV_DENSE: return xb_conv_dense_work(isa, a);
    case XB_CONV_BLOCKED:
    case XB_CONV_FIRST:
    case XB_CONV_NWC: return xb_conv_blocked_work(isa, a);
    case XB_CONV_DEPTHWISE:
    case XB_CONV_NWC_DEPTHWISE: return xb_conv_depthwise_work(isa, a);
    case XB_CONV_WINOGRAD:
    case XB_CONV_NWC_WINOGRAD: return xb_conv_winograd_work(isa, a);
    case XB_CONV_FORMS: break;
    }
    return (xb_work){ 0 };
}

/* ---- shared by the forms ---- */

void xb_conv_run(const xb_conv_hot *hot, int kind, int64_t vectors, const xb_conv_tile *t, int64_t pitch, int64_t points,
                 const float *x, const float *w, const float *init, float *y) {
    /* Tiles have even sizes. An odd number of points is one more, and the last tile repeats a point. */
    int64_t pairs = (points + 1) / 2, parts = xb_parts(2 * pairs, hot->points);
    if (points % 2 && parts == 1 && points > 1) parts = 2;
    for (int64_t i = 0; i < parts; i++) {
        int64_t from = 2 * xb_part_begin(pairs, parts, i), count = 2 * xb_part_begin(pairs, parts, i + 1) - from;
        if (points == 1) count = 1;
        if (from + count > points) from = points - count;
        hot->tile[kind][vectors - 1][count / 2](t, x + from * pitch, w, init, y + from * t->y_point);
    }
}

void xb_conv_init(float *init, const float *bias, int64_t from, int64_t to, int64_t lanes) {
    memset(init, 0, (size_t)lanes * sizeof *init);
    if (bias && to > from) memcpy(init, bias + from, (size_t)(to - from) * sizeof *init);
}

void xb_conv_finish_block(const xb_conv_args *a, float *y, int64_t item, int64_t block, int64_t at, int64_t points) {
    int64_t c = a->isa->vector_width, blocks = xb_ceil_div(a->channels_out, c);
    if (a->epilogue && a->epilogue->count > 0) {
        /* the row for which row * c + column is the place in the tensor, column being the channel */
        int64_t row = (item * blocks + block) * xb_conv_volume(a->out) + at - block, column = block * c;
        a->isa->epilogue(a->epilogue, y, c, row, column, points, c);
    }
    int64_t lanes = a->channels_out - block * c;
    if (lanes < c) a->isa->conv.move(y, c, y, c, points, lanes);
}
