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

/* EACH(v, at) for every point of the window. */
#define WINDOW(EACH)                                                                                     \
    for (int64_t k0 = r0.first; k0 < r0.last; k0++)                                                      \
        for (int64_t k1 = r1.first; k1 < r1.last; k1++) {                                                \
            int64_t line = ((r0.start + k0 * a->dilation[0]) * a->in[1] + r1.start + k1 * a->dilation[1]) * a->in[2]; \
            for (int64_t k2 = r2.first, at = line + r2.start + k2 * a->dilation[2]; k2 < r2.last;        \
                 k2++, at += a->dilation[2]) {                                                           \
                EACH                                                                                     \
            }                                                                                            \
        }

#define POINTS(BODY)                                          \
    for (int64_t q0 = 0; q0 < a->out[0]; q0++) {              \
        reach r0 = reach_of(a, 0, q0);                        \
        for (int64_t q1 = 0; q1 < a->out[1]; q1++) {          \
            reach r1 = reach_of(a, 1, q1);                    \
            for (int64_t q2 = 0; q2 < a->out[2]; q2++, y++) { \
                reach r2 = reach_of(a, 2, q2);                \
                BODY                                          \
            }                                                 \
        }                                                     \
    }

#define MAX_PLANE(NAME, TYPE, LOWEST)                                                              \
    static void NAME(const xb_pooling_args *a, int64_t plane) {                                    \
        const TYPE *x = (const TYPE *)a->x + plane * (a->in[0] * a->in[1] * a->in[2]);             \
        int64_t     out = plane * (a->out[0] * a->out[1] * a->out[2]);                             \
        TYPE       *y = (TYPE *)a->y + out;                                                        \
        int64_t    *index = a->index ? a->index + out : NULL;                                      \
        POINTS({                                                                                   \
            TYPE    most = LOWEST;                                                                 \
            int64_t best = -1;                                                                     \
            WINDOW({                                                                               \
                TYPE v = x[at];                                                                    \
                if (v > most || (best < 0 && v == most) || v != v) {                               \
                    most = v;                                                                      \
                    best = at;                                                                     \
                }                                                                                  \
            })                                                                                     \
            *y = most;                                                                             \
            if (index) *index++ = index_of(a, plane, best);                                        \
        })                                                                                         \
    }

#define MEAN_PLANE(NAME, TYPE)                                                                     \
    static void NAME(const xb_pooling_args *a, int64_t plane) {                                    \
        const TYPE *x = (const TYPE *)a->x + plane * (a->in[0] * a->in[1] * a->in[2]);             \
        TYPE       *y = (TYPE *)a->y + plane * (a->out[0] * a->out[1] * a->out[2]);                \
        POINTS({                                                                                   \
            TYPE    sum = 0;                                                                       \
            int64_t count = r0.counted * r1.counted * r2.counted;                                  \
            WINDOW({ sum += x[at]; })                                                              \
            *y = count ? sum / (TYPE)count : 0;                                                    \
        })                                                                                         \
    }

#define NORM_PLANE(NAME, TYPE, ABS, SQRT, POW)                                                     \
    static void NAME(const xb_pooling_args *a, int64_t plane) {                                    \
        const TYPE *x = (const TYPE *)a->x + plane * (a->in[0] * a->in[1] * a->in[2]);             \
        TYPE       *y = (TYPE *)a->y + plane * (a->out[0] * a->out[1] * a->out[2]);                \
        TYPE        p = (TYPE)a->p;                                                                \
        POINTS({                                                                                   \
            TYPE sum = 0;                                                                          \
            if (a->p == 1) WINDOW({ sum += ABS(x[at]); })                                          \
            else if (a->p == 2) WINDOW({ sum += x[at] * x[at]; })                                  \
            else WINDOW({ sum += POW(ABS(x[at]), p); })                                            \
            *y = a->p == 1 ? sum : a->p == 2 ? SQRT(sum) : POW(sum, 1 / p);                        \
        })                                                                                         \
    }

MAX_PLANE(max_f32, float, -INFINITY)
MAX_PLANE(max_f64, double, -(double)INFINITY)
MAX_PLANE(max_i8, int8_t, INT8_MIN)
MAX_PLANE(max_u8, uint8_t, 0)
MEAN_PLANE(mean_f32, float)
MEAN_PLANE(mean_f64, double)
NORM_PLANE(norm_f32, float, fabsf, sqrtf, powf)
NORM_PLANE(norm_f64, double, fabs, sqrt, pow)

static void pooling_run(const void *args, int32_t chunk, void *scratch) {
    static void (*const planes[3][4])(const xb_pooling_args *, int64_t) = { { max_f32, max_f64, max_i8, max_u8 },
                                                                           { mean_f32, mean_f64, NULL, NULL },
                                                                           { norm_f32, norm_f64, NULL, NULL } };
    const xb_pooling_args *a = args;
    int64_t                plane = chunk * a->per_chunk, end = xb_chunk_end(plane, a->per_chunk, a->planes);
    (void)scratch;
    for (; plane < end; plane++) planes[a->op][a->type](a, plane);
}

xb_work xb_pooling_work(xb_pooling_args *a) {
    double windows = (double)(a->out[0] * a->out[1] * a->out[2]), each = 8;
    double taps = (double)xb_min64(a->kernel[0], a->in[0]) * (double)xb_min64(a->kernel[1], a->in[1]) *
                  (double)xb_min64(a->kernel[2], a->in[2]) * (a->op == XB_POOLING_NORM && a->p > 2 ? 16 : 2);
    double operations = windows * (each + taps);
    a->per_chunk = xb_units_per_chunk(a->planes, operations < XB_CHUNK_OPERATIONS ? (int64_t)operations : XB_CHUNK_OPERATIONS);
    return (xb_work){ .run = pooling_run, .chunks = xb_chunk_count(a->planes, a->per_chunk) };
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
