/* kernel/pooling.c - see pooling.h. */
#include "kernel/pooling.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"

/* The taps [first, last) of a window along one axis that lie in the input, and where tap 0 would be. */
typedef struct reach {
    int64_t first, last, start, counted; /* counted: for MEAN */
} reach;

static reach reach_of(const xb_pooling_args *a, int axis, int64_t q) {
    int64_t d = a->dilation[axis], start = q * a->stride[axis] - a->pad[axis];
    reach   r = { .start = start };
    r.first = start < 0 ? (-start + d - 1) / d : 0;
    r.last = start < a->in[axis] ? xb_min64(a->kernel[axis], (a->in[axis] - start + d - 1) / d) : 0;
    if (r.last < r.first) r.last = r.first;
    int64_t end = a->in[axis] + a->pad_end[axis];
    r.counted = r.last - r.first;
    if (a->counts_padding) r.counted = start < end ? xb_min64(a->kernel[axis], (end - start + d - 1) / d) : 0;
    return r;
}

static int64_t index_of(const xb_pooling_args *a, int64_t plane, int64_t at) {
    int64_t size = a->in[0] * a->in[1] * a->in[2];
    if (at < 0) return -1;
    if (a->column_major) {
        int64_t i2 = at % a->in[2], i1 = at / a->in[2] % a->in[1], i0 = at / a->in[2] / a->in[1];
        at = i0 + a->in[0] * (i1 + a->in[1] * i2);
    }
    return plane * size + at;
}

/* ---- a line of the result at a time: each tap meets its points with the same step ---- */

/* Points [*from, *to) of a line of the result that tap k of the last axis meets in the input. */
static void points_of(const xb_pooling_args *a, int64_t k, int64_t *from, int64_t *to) {
    int64_t at = k * a->dilation[2] - a->pad[2], stride = a->stride[2];
    *from = at < 0 ? (-at + stride - 1) / stride : 0;
    *to = at < a->in[2] ? xb_min64(a->out[2], (a->in[2] - at + stride - 1) / stride) : 0;
}

/* POINT(y[q], v) for every point that a line's windows meet: y begins as FIRST. Windows longer than the input are taken one by
 * one: most of their taps meet nothing. */
#define POOL_LINE(TYPE, FIRST, POINT)                                                                                         \
    for (int64_t q = 0; q < a->out[2]; q++) y[q] = FIRST;                                                                     \
    for (int64_t k0 = r0.first; k0 < r0.last; k0++)                                                                           \
        for (int64_t k1 = r1.first; k1 < r1.last; k1++) {                                                                     \
            const TYPE *line = x + ((r0.start + k0 * a->dilation[0]) * a->in[1] + r1.start + k1 * a->dilation[1]) * a->in[2]; \
            for (int64_t q = 0; a->kernel[2] > a->in[2] && q < a->out[2]; q++) {                                              \
                reach r2 = reach_of(a, 2, q);                                                                                 \
                for (int64_t k2 = r2.first; k2 < r2.last; k2++) {                                                             \
                    const TYPE *v = line + r2.start + k2 * a->dilation[2];                                                    \
                    POINT;                                                                                                    \
                }                                                                                                             \
            }                                                                                                                 \
            for (int64_t k2 = 0; a->kernel[2] <= a->in[2] && k2 < a->kernel[2]; k2++) {                                       \
                int64_t from, to, stride = a->stride[2];                                                                      \
                points_of(a, k2, &from, &to);                                                                                 \
                if (from >= to) continue;                                                                                     \
                const TYPE *v = line + from * stride + k2 * a->dilation[2] - a->pad[2];                                       \
                if (stride == 1)                                                                                              \
                    for (int64_t q = from; q < to; q++, v++) POINT;                                                           \
                else                                                                                                          \
                    for (int64_t q = from; q < to; q++, v += stride) POINT;                                                   \
            }                                                                                                                 \
        }

#define POOL_PLANE(NAME, TYPE, LINE)                                                   \
    static void NAME(const xb_pooling_args *a, int64_t plane) {                        \
        const TYPE *x = (const TYPE *)a->x + plane * (a->in[0] * a->in[1] * a->in[2]); \
        TYPE       *y = (TYPE *)a->y + plane * a->points + a->offset;                  \
        for (int64_t q0 = 0; q0 < a->out[0]; q0++)                                     \
            for (int64_t q1 = 0; q1 < a->out[1]; q1++, y += a->out[2]) {               \
                reach r0 = reach_of(a, 0, q0), r1 = reach_of(a, 1, q1);                \
                LINE                                                                   \
            }                                                                          \
    }

/* In two choices: the first is one instruction, the second is always the same but for NaN. */
#define LARGER(NAME, TYPE)                    \
    static inline TYPE NAME(TYPE y, TYPE v) { \
        TYPE most = v > y ? v : y;            \
        return v == v ? most : v;             \
    }
LARGER(larger_f32, float)
LARGER(larger_f64, double)
LARGER(larger_i8, int8_t)
LARGER(larger_u8, uint8_t)

#define MAX_LINE(TYPE, LOWEST, LARGEST) POOL_LINE(TYPE, LOWEST, y[q] = LARGEST(y[q], *v))

#define MEAN_LINE(TYPE)                                                      \
    POOL_LINE(TYPE, 0, y[q] += *v)                                           \
    for (int64_t q = 0; q < a->out[2]; q++) {                                \
        int64_t count = r0.counted * r1.counted * reach_of(a, 2, q).counted; \
        y[q] = count ? y[q] / (TYPE)count : 0;                               \
    }

#define NORM_LINE(TYPE, ABS, SQRT, POW)             \
    TYPE p = (TYPE)a->p;                            \
    if (a->p == 1) {                                \
        POOL_LINE(TYPE, 0, y[q] += ABS(*v))         \
    } else if (a->p == 2) {                         \
        POOL_LINE(TYPE, 0, y[q] += *v * *v)         \
    } else {                                        \
        POOL_LINE(TYPE, 0, y[q] += POW(ABS(*v), p)) \
    }                                               \
    for (int64_t q = 0; a->p != 1 && q < a->out[2]; q++) y[q] = a->p == 2 ? SQRT(y[q]) : POW(y[q], 1 / p);

POOL_PLANE(max_f32, float, MAX_LINE(float, -INFINITY, larger_f32))
POOL_PLANE(max_f64, double, MAX_LINE(double, -(double)INFINITY, larger_f64))
POOL_PLANE(max_i8, int8_t, MAX_LINE(int8_t, INT8_MIN, larger_i8))
POOL_PLANE(max_u8, uint8_t, MAX_LINE(uint8_t, 0, larger_u8))
POOL_PLANE(mean_f32, float, MEAN_LINE(float))
POOL_PLANE(mean_f64, double, MEAN_LINE(double))
POOL_PLANE(norm_f32, float, NORM_LINE(float, fabsf, sqrtf, powf))
POOL_PLANE(norm_f64, double, NORM_LINE(double, fabs, sqrt, pow))

/* ---- a window at a time, for the place of the largest ---- */

static double number_at(const xb_pooling_args *a, int64_t i) {
    switch (a->type) {
    case XB_POOLING_F32: return (double)((const float *)a->x)[i];
    case XB_POOLING_F64: return ((const double *)a->x)[i];
    case XB_POOLING_I8: return ((const int8_t *)a->x)[i];
    default: return ((const uint8_t *)a->x)[i];
    }
}

static void index_plane(const xb_pooling_args *a, int64_t plane) {
    int64_t  size = a->in[0] * a->in[1] * a->in[2], points = a->out[0] * a->out[1] * a->out[2];
    int64_t *index = a->index + plane * a->points + a->offset;
    for (int64_t q = 0; q < points; q++) {
        reach   r0 = reach_of(a, 0, q / a->out[2] / a->out[1]), r1 = reach_of(a, 1, q / a->out[2] % a->out[1]);
        reach   r2 = reach_of(a, 2, q % a->out[2]);
        int64_t best = -1;
        double  most = 0;
        for (int64_t k0 = r0.first; k0 < r0.last; k0++)
            for (int64_t k1 = r1.first; k1 < r1.last; k1++)
                for (int64_t k2 = r2.first; k2 < r2.last; k2++) {
                    int64_t line = (r0.start + k0 * a->dilation[0]) * a->in[1] + r1.start + k1 * a->dilation[1];
                    int64_t at = line * a->in[2] + r2.start + k2 * a->dilation[2];
                    double  v = number_at(a, plane * size + at);
                    if (best >= 0 && !(v > most) && v == v) continue;
                    best = at;
                    most = v;
                }
        index[q] = index_of(a, plane, best);
    }
}

static void run_plane(const xb_pooling_args *a, int64_t plane) {
    static void (*const planes[3][4])(const xb_pooling_args *, int64_t) = { { max_f32, max_f64, max_i8, max_u8 },
                                                                            { mean_f32, mean_f64, NULL, NULL },
                                                                            { norm_f32, norm_f64, NULL, NULL } };
    planes[a->op][a->type](a, plane);
    if (a->index) index_plane(a, plane);
}

/* A part of one line: the same with a result of that size, whose windows start where the part's do. */
static void run_part(const xb_pooling_args *all, int64_t unit) {
    int64_t         parts = (all->out[2] + all->part - 1) / all->part, from = unit % parts * all->part, line = unit / parts;
    int64_t         lines = all->out[0] * all->out[1], q0 = line % lines / all->out[1], q1 = line % all->out[1];
    xb_pooling_args a = *all;
    a.pad[0] -= q0 * a.stride[0];
    a.pad[1] -= q1 * a.stride[1];
    a.pad[2] -= from * a.stride[2];
    a.out[0] = a.out[1] = 1;
    a.out[2] = xb_min64(all->part, all->out[2] - from);
    a.offset = line % lines * all->out[2] + from;
    run_plane(&a, line / lines);
}

static void pooling_run(const void *args, int32_t chunk, void *scratch) {
    const xb_pooling_args *a = args;
    int64_t                unit = chunk * a->per_chunk, end = xb_chunk_end(unit, a->per_chunk, a->units);
    (void)scratch;
    for (; unit < end; unit++)
        if (a->part) run_part(a, unit);
        else run_plane(a, unit);
}

enum { LARGEST_PLANE = 1 << 24 }; /* operations; a larger one is cut, so that others can help, and a cancel is seen */

xb_work xb_pooling_work(xb_pooling_args *a) {
    a->points = a->out[0] * a->out[1] * a->out[2];
    a->offset = a->part = 0;
    a->units = a->planes;
    double taps = (double)xb_min64(a->kernel[0], a->in[0]) * (double)xb_min64(a->kernel[1], a->in[1]) *
                  (double)xb_min64(a->kernel[2], a->in[2]) * (a->op == XB_POOLING_NORM && a->p > 2 ? 16 : 2);
    const double chunk = (double)XB_CHUNK_OPERATIONS;
    double       each = 8 + taps, operations = (double)a->points * each;
    if (operations > (double)LARGEST_PLANE) {
        a->part = each < chunk ? xb_min64(a->out[2], XB_CHUNK_OPERATIONS / (int64_t)each) : 1;
        a->units = a->planes * a->out[0] * a->out[1] * ((a->out[2] + a->part - 1) / a->part);
        operations = (double)a->part * each;
    }
    a->per_chunk = xb_units_per_chunk(a->units, operations < chunk ? (int64_t)operations : XB_CHUNK_OPERATIONS);
    return (xb_work){ .run = pooling_run, .chunks = xb_chunk_count(a->units, a->per_chunk) };
}

/* ---- back from the largest ---- */

static void unpool_run(const void *args, int32_t chunk, void *scratch) {
    const xb_unpool_args *a = args;
    int64_t               stride[8], out = 1, in = 1;
    (void)chunk, (void)scratch;
    for (int32_t d = a->rank - 1; d >= 0; d--) {
        stride[d] = out;
        out *= a->out_dims[d];
        in *= a->in_dims[d];
    }
    memset(a->y, 0, (size_t)(out * a->element_bytes));
    for (int64_t i = 0; i < a->count; i++) {
        int64_t at = a->index[i], to = 0, is_inside = at >= 0 && at < in;
        for (int32_t d = a->rank - 1; is_inside && d >= 0; d--) {
            int64_t k = at % a->in_dims[d];
            at /= a->in_dims[d];
            is_inside = k < a->out_dims[d];
            to += k * stride[d];
        }
        if (is_inside)
            memcpy((char *)a->y + to * a->element_bytes, (const char *)a->x + i * a->element_bytes, (size_t)a->element_bytes);
    }
}

xb_work xb_unpool_work(xb_unpool_args *a) {
    (void)a;
    return (xb_work){ .run = unpool_run, .chunks = 1 };
}
