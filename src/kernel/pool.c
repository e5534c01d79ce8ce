/* kernel/pool.c - pooling, see kernel/pool.h. */
#include "kernel/pool.h"

#include <math.h>

#include "kernel/conv_int.h"

enum { POOL_CHUNK_READS = 1 << 15 }; /* dense ones; vectors count as one */

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

/* A place of an item's channel, counted with the last dimension slowest. */
static int64_t turned(const xb_pool_args *a, int64_t place) {
    int64_t k = place % a->in[2], j = place / a->in[2] % a->in[1], i = place / a->in[2] / a->in[1];
    return (k * a->in[1] + j) * a->in[0] + i;
}

#define REAL float
#define RUN  run_f32
#include "kernel/pool_plain.h"
#undef REAL
#undef RUN
#define REAL double
#define RUN  run_f64
#include "kernel/pool_plain.h"

/* ---- vectors of channels ---- */

static void run_vectors(const void *args, int32_t chunk, void *scratch) {
    const xb_pool_args *a = args;
    int64_t             c = a->isa->vector_width, blocks = xb_ceil_div(a->channels, c), in = a->in[1] * a->in[2], out = a->out[1] * a->out[2];
    int64_t             line = chunk % a->pieces * a->piece, end = xb_min64(line + a->piece, a->out[1]);
    int64_t             block = chunk / a->pieces % blocks, item = chunk / a->pieces / blocks;
    int                 is_last = a->layout == XB_LAYOUT_LAST;
    int64_t             point = is_last ? a->channels : c;
    const float        *x = (const float *)a->x + (is_last ? item * in * point + block * c : (item * blocks + block) * in * c);
    float              *y = (float *)a->y + (is_last ? item * out * point + block * c : (item * blocks + block) * out * c);
    xb_pool_taps        t = { .x_row = a->dilation[1] * a->in[2] * point, .x_column = a->dilation[2] * point,
                              .x_point = a->stride[2] * point, .y_point = point, .kind = a->kind,
                              .lanes = is_last ? xb_min64(c, a->channels - block * c) : c };
    (void)scratch;
    for (; line < end; line++)
        for (int64_t q = 0, count; q < a->out[2]; q += count) {
            int64_t at[3] = { 0, line, q }, from[3], to[3], begin = q * a->stride[2] - a->pad[2];
            double  divisor = window_of(a, at, from, to);
            int64_t reach = (a->kernel[2] - 1) * a->dilation[2];
            t.rows = xb_ceil_div(to[1] - from[1], a->dilation[1]);
            t.columns = xb_ceil_div(to[2] - from[2], a->dilation[2]);
            t.divisor = divisor > 0 ? (float)divisor : 1;
            count = 1; /* windows that are the same but for their place */
            if (begin >= 0 && begin + reach < a->in[2]) count = xb_min64(a->out[2] - q, (a->in[2] - 1 - reach - begin) / a->stride[2] + 1);
            a->isa->conv.pool(&t, t.rows > 0 && t.columns > 0 ? x + (from[1] * a->in[2] + from[2]) * point : x,
                              y + (line * a->out[2] + q) * point, count);
        }
    if (!is_last && a->channels - block * c < c) /* an empty window's -infinity */
        a->isa->conv.move(y + (chunk % a->pieces * a->piece) * a->out[2] * c, c, y + (chunk % a->pieces * a->piece) * a->out[2] * c, c,
                          (end - chunk % a->pieces * a->piece) * a->out[2], a->channels - block * c);
}

/* ---- work ---- */

int xb_pool_fits(xb_layout layout, const xb_pool_args *a) {
    if (layout == XB_LAYOUT_DENSE) return 1;
    return a->in[0] == 1 && a->out[0] == 1 && a->kernel[0] == 1 && a->pad[0] == 0 && a->kind != XB_POOL_LP && !a->indices;
}

static xb_work work_of(xb_pool_args *a, xb_kernel_fn run, int64_t planes, int64_t lines) {
    if (planes * lines * a->out[2] == 0) return (xb_work){ 0 };
    int64_t reads = xb_max64(1, a->out[2] * xb_conv_volume(a->kernel)); /* of a line */
    a->piece = xb_min64(lines, xb_max64(1, POOL_CHUNK_READS / reads));
    a->pieces = xb_ceil_div(lines, a->piece);
    return (xb_work){ run, (int32_t)(planes * a->pieces), 0 };
}

xb_work xb_pool_work(const xb_isa *isa, xb_layout layout, xb_pool_args *a) {
    a->isa = isa;
    a->layout = (int32_t)layout;
    if (layout == XB_LAYOUT_DENSE) return work_of(a, run_f32, a->batch * a->channels, a->out[0] * a->out[1]);
    return work_of(a, run_vectors, a->batch * xb_ceil_div(a->channels, isa->vector_width), a->out[1]);
}

xb_work xb_pool_work_f64(xb_pool_args *a) { return work_of(a, run_f64, a->batch * a->channels, a->out[0] * a->out[1]); }
