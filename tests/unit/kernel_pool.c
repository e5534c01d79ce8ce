/* Pooling with vectors of channels in every instruction set against the definition in float64, and reordering, on small random
 * shapes. Tolerance: a sum of n terms errs by at most n u sum |x| (u = 2^-24), and a few roundings more; the largest is
 * exact. */
#include "isas.h"
#include "kernel/conv.h"
#include "kernel/pool.h"

static uint32_t seed = 1;
static int64_t  pick(int64_t low, int64_t high) { return low + (int64_t)(isas_random(&seed) % (uint32_t)(high - low + 1)); }
static int64_t  volume(const int64_t s[3]) { return s[0] * s[1] * s[2]; }

static void *exactly(int64_t count, size_t size) { /* so that the address sanitizer sees the end */
    void *p = calloc((size_t)count + (count == 0), size);
    if (!p) exit(2);
    return p;
}
static float *random_numbers(int64_t count) {
    float *p = exactly(count, sizeof *p);
    for (int64_t i = 0; i < count; i++) p[i] = isas_uniform(&seed, -1, 1);
    return p;
}

static int64_t place(xb_layout layout, int64_t c, int64_t channels, int64_t points, int64_t n, int64_t ch, int64_t q) {
    if (layout == XB_LAYOUT_LAST) return (n * points + q) * channels + ch;
    if (layout == XB_LAYOUT_DENSE) return (n * channels + ch) * points + q;
    return ((n * ((channels + c - 1) / c) + ch / c) * points + q) * c + ch % c;
}

/* ONNX's sizes, with its rule for windows that would begin in the padding at the end. */
static void set_out(xb_pool_args *a, int axis, int ceil_mode) {
    int64_t reach = (a->kernel[axis] - 1) * a->dilation[axis] + 1, room = a->in[axis] + a->pad[axis] + a->pad_end[axis] - reach;
    if (room < 0) {
        a->out[axis] = 0;
        return;
    }
    a->out[axis] = (room + (ceil_mode ? a->stride[axis] - 1 : 0)) / a->stride[axis] + 1;
    if (ceil_mode && (a->out[axis] - 1) * a->stride[axis] >= a->in[axis] + a->pad[axis]) a->out[axis]--;
}

static xb_pool_args make_problem(xb_layout layout) {
    for (;;) {
        xb_pool_args a = { .batch = pick(1, 2), .channels = pick(1, 40), .count_padding = (int32_t)pick(0, 1) };
        int          dims = (int)pick(1, 2), global = pick(0, 5) == 0;
        a.kind = (int32_t)pick(XB_POOL_MAX, XB_POOL_L2);
        for (int i = 0; i < 3; i++) {
            a.in[i] = a.out[i] = a.kernel[i] = a.stride[i] = a.dilation[i] = 1;
            if (i < 3 - dims) continue;
            a.in[i] = pick(1, 14);
            a.kernel[i] = global ? a.in[i] : pick(1, 6);
            a.stride[i] = pick(1, 3);
            a.dilation[i] = pick(0, 2) && !global ? 1 : pick(1, 2);
            if (!global) a.pad[i] = pick(0, 3), a.pad_end[i] = pick(0, 3);
            set_out(&a, i, (int)pick(0, 1));
        }
        if (xb_pool_fits(layout, &a)) return a;
    }
}

/* One output by the definition. */
static double define(const xb_pool_args *a, const float *x, int64_t channel, int64_t q, double *tolerance) {
    int64_t at[3] = { q / a->out[2] / a->out[1], q / a->out[2] % a->out[1], q % a->out[2] }, inputs = 0, counted = 0;
    double  sum = 0, absolute = 0, largest = -INFINITY;
    for (int64_t k = 0; k < volume(a->kernel); k++) {
        int64_t tap[3] = { k / a->kernel[2] / a->kernel[1], k / a->kernel[2] % a->kernel[1], k % a->kernel[2] }, in[3];
        int     is_input = 1, is_counted = 1;
        for (int d = 0; d < 3; d++) {
            in[d] = at[d] * a->stride[d] - a->pad[d] + tap[d] * a->dilation[d];
            is_input &= in[d] >= 0 && in[d] < a->in[d];
            is_counted &= in[d] < a->in[d] + a->pad_end[d];
        }
        counted += is_counted;
        if (!is_input) continue;
        inputs++;
        double v = (double)x[channel * volume(a->in) + (in[0] * a->in[1] + in[1]) * a->in[2] + in[2]];
        if (v > largest || isnan(v)) largest = v;
        absolute += fabs(v);
        sum += a->kind == XB_POOL_AVERAGE ? v : a->kind == XB_POOL_L1 ? fabs(v) : v * v;
    }
    *tolerance = (double)(inputs + 4) * 0x1p-24 * absolute + 1e-30;
    if (a->kind == XB_POOL_MAX) return *tolerance = 0, largest;
    if (a->kind == XB_POOL_AVERAGE) {
        int64_t n = a->count_padding ? counted : inputs;
        return n > 0 ? sum / (double)n : 0;
    }
    return a->kind == XB_POOL_L2 ? sqrt(sum) : sum;
}

static int agrees(double found, double wanted, double tolerance) {
    if (isnan(wanted)) return isnan(found);
    return isinf(wanted) ? found == wanted : fabs(found - wanted) <= tolerance;
}

static void run_chunks(const xb_work *work, const xb_pool_args *a, int backwards) {
    for (int32_t i = 0; i < work->chunks; i++) work->run(a, backwards ? work->chunks - 1 - i : i, NULL);
}

static void try_problem(const xb_isa *isa, xb_layout layout, xb_pool_args a, int with_nan) {
    int64_t c = xb_conv_block(isa), in = volume(a.in), out = volume(a.out), planes = a.batch * a.channels;
    int64_t x_count = xb_layout_count(isa, layout, a.batch, a.channels, in),
            y_count = xb_layout_count(isa, layout, a.batch, a.channels, out);
    float  *dense = random_numbers(planes * in), *x = exactly(x_count, 4), *y = exactly(y_count, 4),
          *again = exactly(y_count, 4);
    int failures = check_failures;
    if (with_nan && planes * in > 0) dense[pick(0, planes * in - 1)] = NAN, dense[pick(0, planes * in - 1)] = -INFINITY;
    memset(x, 0, (size_t)x_count * 4);
    for (int64_t i = 0; i < planes * in; i++)
        x[place(layout, c, a.channels, in, i / in / a.channels, i / in % a.channels, i % in)] = dense[i];
    a.x = x, a.y = again;
    xb_work work = xb_pool_work(isa, layout, &a);
    memset(y, 0xff, (size_t)y_count * 4);
    memset(again, 0xff, (size_t)y_count * 4);
    run_chunks(&work, &a, 1);
    a.y = y;
    run_chunks(&work, &a, 0);
    CHECK(memcmp(y, again, (size_t)y_count * 4) == 0);
    for (int64_t i = 0; i < planes * out && check_failures == failures; i++) {
        double tolerance;
        double wanted = define(&a, dense, i / out, i % out, &tolerance);
        CHECK(agrees((double)y[place(layout, c, a.channels, out, i / out / a.channels, i / out % a.channels, i % out)], wanted,
                     tolerance));
    }
    for (int64_t i = 0; layout == XB_LAYOUT_BLOCKED && i < y_count && check_failures == failures; i++)
        if (i / c / out % ((a.channels + c - 1) / c) * c + i % c >= a.channels) CHECK(y[i] == 0);
    if (check_failures > failures)
        printf("  %s layout %d kind %d n %d c %d: in %d %d %d out %d %d %d k %d %d %d s %d %d %d d %d %d %d p %d %d %d e %d %d "
               "%d count %d\n",
               isa->name, (int)layout, (int)a.kind, (int)a.batch, (int)a.channels, (int)a.in[0], (int)a.in[1], (int)a.in[2],
               (int)a.out[0], (int)a.out[1], (int)a.out[2], (int)a.kernel[0], (int)a.kernel[1], (int)a.kernel[2],
               (int)a.stride[0], (int)a.stride[1], (int)a.stride[2], (int)a.dilation[0], (int)a.dilation[1], (int)a.dilation[2],
               (int)a.pad[0], (int)a.pad[1], (int)a.pad[2], (int)a.pad_end[0], (int)a.pad_end[1], (int)a.pad_end[2],
               (int)a.count_padding);
    free(dense), free(x), free(y), free(again);
}

static void every_layout_agrees(void) {
    for (int layout = XB_LAYOUT_BLOCKED; layout <= XB_LAYOUT_LAST; layout++) ISAS_EACH(isa) {
            seed = 5 + (uint32_t)layout;
            for (int i = 0; i < 200; i++) try_problem(isa, (xb_layout)layout, make_problem((xb_layout)layout), i % 4 == 0);
        }
}

static void sizes_of_nothing(void) {
    for (int layout = XB_LAYOUT_BLOCKED; layout <= XB_LAYOUT_LAST; layout++) ISAS_EACH(isa) {
            for (int kind = XB_POOL_MAX; kind <= XB_POOL_L2; kind++) {
                xb_pool_args a = { .batch = 1,
                                   .channels = 3,
                                   .in = { 1, 4, 0 },
                                   .out = { 1, 2, 1 },
                                   .kernel = { 1, 2, 3 },
                                   .stride = { 1, 2, 1 },
                                   .dilation = { 1, 1, 1 },
                                   .pad = { 0, 0, 2 },
                                   .pad_end = { 0, 0, 2 },
                                   .kind = kind };
                try_problem(isa, (xb_layout)layout, a, 0); /* all padding */
                a.out[2] = 0;
                try_problem(isa, (xb_layout)layout, a, 0);
                a.batch = 0;
                try_problem(isa, (xb_layout)layout, a, 0);
            }
        }
}

/* There and back, every pair of layouts. */
static void reordering(void) {
    static const int64_t shapes[][3] = { { 1, 1, 1 },   { 2, 3, 5 },     { 1, 16, 64 }, { 2, 33, 7 },
                                         { 1, 7, 130 }, { 1, 20, 5000 }, { 1, 0, 4 },   { 1, 4, 0 } };
    ISAS_EACH(isa) {
        int64_t c = xb_conv_block(isa);
        for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++)
            for (int pair = 0; pair < 9; pair++) {
                xb_reorder_args a = { .batch = shapes[s][0],
                                      .channels = shapes[s][1],
                                      .points = shapes[s][2],
                                      .from = (xb_layout)(pair / 3),
                                      .to = (xb_layout)(pair % 3) };
                int64_t x_count = xb_layout_count(isa, a.from, a.batch, a.channels, a.points), n = a.batch, ch = a.channels,
                        q = a.points;
                int64_t y_count = xb_layout_count(isa, a.to, a.batch, a.channels, a.points), failures = check_failures;
                float  *x = exactly(x_count, 4), *y = exactly(y_count, 4);
                memset(x, 0, (size_t)x_count * 4);
                for (int64_t i = 0; i < n * ch * q; i++)
                    x[place(a.from, c, ch, q, i / q / ch, i / q % ch, i % q)] = (float)(i + 1);
                memset(y, 0xff, (size_t)y_count * 4);
                a.x = x, a.y = y;
                xb_work work = xb_reorder_work(isa, &a);
                for (int32_t i = 0; i < work.chunks; i++) work.run(&a, i, NULL);
                for (int64_t i = 0; i < n * ch * q && check_failures == failures; i++)
                    CHECK(y[place(a.to, c, ch, q, i / q / ch, i / q % ch, i % q)] == (float)(i + 1));
                for (int64_t i = 0; a.to == XB_LAYOUT_BLOCKED && i < y_count && check_failures == failures; i++)
                    if (i / c / q % ((ch + c - 1) / c) * c + i % c >= ch) CHECK(y[i] == 0);
                if (check_failures > failures) printf("  %s shape %d pair %d\n", isa->name, (int)s, pair);
                free(x), free(y);
            }
    }
}

CHECK_MAIN(RUN(every_layout_agrees), RUN(sizes_of_nothing), RUN(reordering))
