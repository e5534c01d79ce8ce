/* kernel/conv_depthwise.c - each channel by itself, a vector of channels at a time: the forms DEPTHWISE and NWC_DEPTHWISE.
 *
 * Nothing is copied: a line of the result is cut where the taps that meet the input change, at its two ends.
 * Weights: [block of c channels][tap][c]. */
#include <string.h>

#include "kernel/conv_int.h"

enum { DEPTHWISE_CHUNK_VECTORS = 1 << 16 }; /* products of vectors */

int64_t xb_conv_depthwise_pack_size(const xb_isa *isa, const xb_conv_args *a) {
    int64_t c = isa->vector_width;
    return xb_ceil_div(a->channels_out, c) * c * xb_conv_volume(a->kernel) * (int64_t)sizeof(float);
}

void xb_conv_depthwise_pack(const xb_isa *isa, const xb_conv_args *a, const float *w, float *packed) {
    int64_t c = isa->vector_width, taps = xb_conv_volume(a->kernel);
    for (int64_t block = 0; block < xb_ceil_div(a->channels_out, c); block++)
        for (int64_t t = 0; t < taps; t++)
            for (int64_t i = 0; i < c; i++) {
                int64_t channel = block * c + i;
                *packed++ = channel < a->channels_out ? w[channel * taps + t] : 0;
            }
}

/* The taps [*from, *to) that meet the input from the output q on, and how many outputs, up to `end`, meet the same. */
static int64_t meet(const xb_conv_args *a, int axis, int64_t q, int64_t end, int64_t *from, int64_t *to) {
    int64_t size = a->in[axis], kernel = a->kernel[axis], stride = a->stride[axis], dilation = a->dilation[axis];
    int64_t at = q * stride - a->pad[axis];
    *from = at < 0 ? xb_min64(kernel, xb_ceil_div(-at, dilation)) : 0;
    *to = at >= size ? *from : xb_max64(*from, xb_min64(kernel, (size - 1 - at) / dilation + 1));
    int64_t reach = (kernel - 1) * dilation;
    if (at < 0 || at + reach >= size) return 1;
    return xb_min64(end - q, (size - 1 - reach - at) / stride + 1);
}

static void run_depthwise(const void *args, int32_t number, void *scratch) {
    const xb_conv_args *a = args;
    const xb_conv_hot  *hot = &a->isa->conv;
    int                 is_nwc = a->form == XB_CONV_NWC_DEPTHWISE;
    int64_t             c = a->isa->vector_width, chunk = number, blocks = xb_ceil_div(a->channels_out, c);
    int64_t             column = xb_conv_digit(&chunk, a->pieces[1]) * a->piece[1], column_end = xb_min64(column + a->piece[1], a->out[2]);
    int64_t             line = xb_conv_digit(&chunk, a->pieces[0]) * a->piece[0], line_end = xb_min64(line + a->piece[0], a->out[1]);
    int64_t             block = xb_conv_digit(&chunk, blocks), item = chunk, lanes = xb_min64(c, a->channels_out - block * c);
    int64_t             point = is_nwc ? a->channels_in : c, in = a->in[1] * a->in[2], out = a->out[1] * a->out[2];
    const float        *x = a->x + (is_nwc ? item * in * point + block * c : (item * blocks + block) * in * c);
    float              *y = a->y + (is_nwc ? item * out * point + block * c : (item * blocks + block) * out * c), *init = scratch;
    const float        *w = a->w + block * c * a->kernel[1] * a->kernel[2];
    xb_conv_taps        t = { .x_row = a->dilation[1] * a->in[2] * point, .x_column = a->dilation[2] * point,
                              .w_row = a->kernel[2] * c, .w_column = c,
                              .x_point = a->stride[2] * point, .y_point = point, .lanes = is_nwc ? lanes : c };
    xb_conv_init(init, a->bias, block * c, block * c + lanes, c);
    for (int64_t l = line; l < line_end; l++) {
        int64_t row, row_end, first, end, count;
        meet(a, 1, l, l + 1, &row, &row_end);
        t.rows = row_end - row;
        for (int64_t q = column; q < column_end; q += count) {
            count = meet(a, 2, q, column_end, &first, &end);
            t.columns = end - first;
            int64_t at = 0; /* of the first tap, in the input; none when no tap meets it */
            if (t.rows > 0 && t.columns > 0)
                at = (l * a->stride[1] - a->pad[1] + row * a->dilation[1]) * a->in[2] + q * a->stride[2] - a->pad[2] +
                     first * a->dilation[2];
            hot->depthwise(&t, x + at * point, w + (row * a->kernel[2] + first) * c, init, y + (l * a->out[2] + q) * point, count);
        }
        if (!is_nwc) xb_conv_finish_block(a, y + (l * a->out[2] + column) * c, item, block, l * a->out[2] + column, column_end - column);
    }
    if (is_nwc && a->epilogue && a->epilogue->count > 0)
        a->isa->epilogue(a->epilogue, y + column * point, point, item * out + column, block * c, column_end - column, lanes);
}

xb_work xb_conv_depthwise_work(const xb_isa *isa, xb_conv_args *a) {
    int64_t c = isa->vector_width, blocks = xb_ceil_div(a->channels_out, c);
    int64_t points = xb_max64(16, DEPTHWISE_CHUNK_VECTORS / (xb_conv_volume(a->kernel) + 4));
    a->pieces[1] = xb_ceil_div(a->out[2], points);
    a->piece[1] = xb_ceil_div(a->out[2], a->pieces[1]);
    a->piece[0] = a->pieces[1] > 1 ? 1 : xb_min64(a->out[1], points / a->out[2]);
    a->pieces[0] = xb_ceil_div(a->out[1], a->piece[0]);
    a->piece[0] = xb_ceil_div(a->out[1], a->pieces[0]);
    return (xb_work){ run_depthwise, (int32_t)(a->batch * blocks * a->pieces[0] * a->pieces[1]), c * (int64_t)sizeof(float) };
}
