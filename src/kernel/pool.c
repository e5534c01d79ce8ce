/* kernel/pool.c - pooling, see kernel/pool.h. */
#include "kernel/pool.h"

#include "kernel/conv_int.h"

enum { POOL_CHUNK_READS = 1 << 15 }; /* of vectors */

/* The window of output `at`: the inputs [from, to) along each axis. Returns the number of points that an average divides by. */
static double window_of(const xb_pool_args *a, const int64_t at[3], int64_t from[3], int64_t to[3]) {
    double divisor = 1;
    for (int i = 0; i < 3; i++) {
        int64_t begin = at[i] * a->stride[i] - a->pad[i], first, end;
        xb_conv_clip(begin, a->dilation[i], a->kernel[i], a->in[i], &first, &end);
        from[i] = begin + first * a->dilation[i];
        to[i] = first < end ? begin + (end - 1) * a->dilation[i] + 1 : from[i];
        int64_t counted = end - first;
        if (a->count_padding) { /* from pad on, up to pad_end */
            xb_conv_clip(begin + a->pad[i], a->dilation[i], a->kernel[i], a->pad[i] + a->in[i] + a->pad_end[i], &first, &end);
            counted = end - first;
        }
        divisor *= (double)counted;
    }
    return divisor;
}

static void run_pool(const void *args, int32_t chunk, void *scratch) {
    const xb_pool_args *a = args;
    int64_t             c = a->isa->vector_width, blocks = xb_ceil_div(a->channels, c), in = a->in[1] * a->in[2],
                        out = a->out[1] * a->out[2];
    int64_t             first = chunk % a->pieces * a->piece, end = xb_min64(first + a->piece, a->out[1]);
    int64_t             block = chunk / a->pieces % blocks, item = chunk / a->pieces / blocks;
    int                 is_last = a->layout == XB_LAYOUT_LAST;
    int64_t             point = is_last ? a->channels : c;
    const float        *x = a->x + (is_last ? item * in * point + block * c : (item * blocks + block) * in * c);
    float              *y = a->y + (is_last ? item * out * point + block * c : (item * blocks + block) * out * c);
    xb_pool_taps        t = { .x_row = a->dilation[1] * a->in[2] * point,
                              .x_column = a->dilation[2] * point,
                              .x_point = a->stride[2] * point,
                              .y_point = point,
                              .kind = a->kind,
                              .lanes = is_last ? xb_min64(c, a->channels - block * c) : c };
    (void)scratch;
    for (int64_t line = first; line < end; line++)
        for (int64_t q = 0, count; q < a->out[2]; q += count) {
            int64_t at[3] = { 0, line, q }, from[3], to[3], begin = q * a->stride[2] - a->pad[2];
            double  divisor = window_of(a, at, from, to);
            int64_t reach = (a->kernel[2] - 1) * a->dilation[2];
            t.rows = xb_ceil_div(to[1] - from[1], a->dilation[1]);
            t.columns = xb_ceil_div(to[2] - from[2], a->dilation[2]);
            t.divisor = divisor > 0 ? (float)divisor : 1;
            count = 1; /* windows that are the same but for their place */
            if (begin >= 0 && begin + reach < a->in[2])
                count = xb_min64(a->out[2] - q, (a->in[2] - 1 - reach - begin) / a->stride[2] + 1);
            a->isa->conv.pool(&t, t.rows > 0 && t.columns > 0 ? x + (from[1] * a->in[2] + from[2]) * point : x,
                              y + (line * a->out[2] + q) * point, count);
        }
    if (t.lanes == c && a->channels - block * c < c) { /* an empty window's -infinity */
        y += first * a->out[2] * c;
        a->isa->conv.move(y, c, y, c, (end - first) * a->out[2], a->channels - block * c);
    }
}

int xb_pool_fits(xb_layout layout, const xb_pool_args *a) {
    return layout != XB_LAYOUT_DENSE && a->in[0] == 1 && a->out[0] == 1 && a->kernel[0] == 1 && a->pad[0] == 0;
}

xb_work xb_pool_work(const xb_isa *isa, xb_layout layout, xb_pool_args *a) {
    int64_t planes = a->batch * xb_ceil_div(a->channels, isa->vector_width), lines = a->out[1];
    a->isa = isa;
    a->layout = (int32_t)layout;
    if (planes * lines * a->out[2] == 0) return (xb_work){ 0 };
    int64_t reads = a->out[2] * xb_conv_volume(a->kernel); /* of a line */
    a->piece = xb_min64(lines, xb_max64(1, POOL_CHUNK_READS / reads));
    a->pieces = xb_ceil_div(lines, a->piece);
    return (xb_work){ run_pool, (int32_t)(planes * a->pieces), 0 };
}
