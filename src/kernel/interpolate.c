/* kernel/interpolate.c - see interpolate.h. */
#include "kernel/interpolate.h"

#include "base/checked.h"
#include "kernel/chunks.h"

enum { LANES = 16 };

/* The forms for float and double, from one text. Row o of y; then a row of y that is the whole dimension. */
#define INTERPOLATE(name, type)                                                                    \
    static void sum_rows_##name(const xb_interpolate_args *a, int64_t outer, int64_t o) {          \
        const int64_t *places = a->places + o * a->taps;                                           \
        const type    *weights = (const type *)a->weights + o * a->taps;                           \
        int64_t        n = a->inner;                                                               \
        type *restrict y = (type *)a->y + (outer * a->out + o) * a->inner;                         \
        if (places[0] >= 0 && a->taps == 2) {                                                      \
            const type *restrict x0 = (const type *)a->x + (outer * a->in + places[0]) * a->inner; \
            const type *restrict x1 = (const type *)a->x + (outer * a->in + places[1]) * a->inner; \
            type    w0 = weights[0], w1 = weights[1];                                              \
            int64_t j = 0;                                                                         \
            for (; j + LANES <= n; j += LANES)                                                     \
                for (int k = 0; k < LANES; k++) y[j + k] = w0 * x0[j + k] + w1 * x1[j + k];        \
            for (; j < n; j++) y[j] = w0 * x0[j] + w1 * x1[j];                                     \
            return;                                                                                \
        }                                                                                          \
        for (int64_t j = 0; places[0] < 0 && j < n; j++) y[j] = (type)a->outside;                  \
        for (int32_t t = 0; places[0] >= 0 && t < a->taps; t++) {                                  \
            const type *restrict x = (const type *)a->x + (outer * a->in + places[t]) * a->inner;  \
            type    w = weights[t];                                                                \
            int64_t j = 0;                                                                         \
            if (t == 0) {                                                                          \
                for (; j + LANES <= n; j += LANES)                                                 \
                    for (int k = 0; k < LANES; k++) y[j + k] = w * x[j + k];                       \
                for (; j < n; j++) y[j] = w * x[j];                                                \
            } else {                                                                               \
                for (; j + LANES <= n; j += LANES)                                                 \
                    for (int k = 0; k < LANES; k++) y[j + k] += w * x[j + k];                      \
                for (; j < n; j++) y[j] += w * x[j];                                               \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    static void sum_along_##name(const xb_interpolate_args *a, int64_t outer) {                    \
        const int64_t *places = a->places;                                                         \
        const type    *weights = a->weights, *x = (const type *)a->x + outer * a->in;              \
        type          *y = (type *)a->y + outer * a->out;                                          \
        for (int64_t o = 0; o < a->out; o++, places += a->taps, weights += a->taps) {              \
            type sum = 0;                                                                          \
            if (places[0] < 0) sum = (type)a->outside;                                             \
            else if (a->taps == 2) sum = weights[0] * x[places[0]] + weights[1] * x[places[1]];    \
            else                                                                                   \
                for (int32_t t = 0; t < a->taps; t++) sum += weights[t] * x[places[t]];            \
            y[o] = sum;                                                                            \
        }                                                                                          \
    }
INTERPOLATE(floats, float)
INTERPOLATE(doubles, double)

/* A chunk is some rows of y; where the dimension is the innermost, a row is all of it. */
static void interpolate_run(const void *args, int32_t chunk, void *scratch) {
    const xb_interpolate_args *a = args;
    int64_t                    rows = a->inner == 1 ? a->outer : a->outer * a->out;
    int64_t                    begin = chunk * a->rows_per_chunk, end = xb_chunk_end(begin, a->rows_per_chunk, rows);
    (void)scratch;
    for (int64_t row = begin; row < end; row++) {
        if (a->inner == 1) {
            if (a->is_double) sum_along_doubles(a, row);
            else sum_along_floats(a, row);
            continue;
        }
        if (a->is_double) sum_rows_doubles(a, row / a->out, row % a->out);
        else sum_rows_floats(a, row / a->out, row % a->out);
    }
}

xb_work xb_interpolate_work(xb_interpolate_args *a) {
    int64_t rows = a->inner == 1 ? a->outer : a->outer * a->out, row = a->inner == 1 ? a->out : a->inner;
    a->rows_per_chunk = xb_units_per_chunk(rows, row * a->taps);
    return (xb_work){ .run = interpolate_run, .chunks = row ? xb_chunk_count(rows, a->rows_per_chunk) : 0 };
}
