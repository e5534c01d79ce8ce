/* kernel/batch.h - how matrix products of any element type cut their work. */
#ifndef XB_BATCH_H
#define XB_BATCH_H

#include <stdint.h>

#include "base/checked.h"

static inline int64_t xb_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t xb_round_up(int64_t a, int64_t unit) { return xb_ceil_div(a, unit) * unit; }

static inline int64_t xb_clamp_count(double x, int64_t low, int64_t high) {
    if (x < (double)low) return low;
    return x > (double)high ? high : (int64_t)x;
}

/* About `each` of n in a chunk: a multiple of `unit`, and all chunks as equal as can be. */
static inline int64_t xb_even_step(int64_t n, int64_t each, int64_t unit) {
    int64_t units = xb_ceil_div(n, unit);
    return xb_ceil_div(units, xb_ceil_div(units, xb_max64(1, each / unit))) * unit;
}

/* A batch of outer x inner products of m rows. */
typedef struct xb_batch {
    int64_t m, outer, inner, a_row, ldc;
} xb_batch;

/* Items that share B and follow each other in A and C are rows of one product. */
static inline void xb_batch_merge(xb_batch *b, int64_t a_outer, int64_t a_inner, int64_t b_outer, int64_t b_inner,
                                  int64_t c_outer, int64_t c_inner) {
    if (b->inner > 1 && b_inner == 0 && (b->m == 1 || (a_inner == b->m * b->a_row && c_inner == b->m * b->ldc))) {
        if (b->m == 1) b->a_row = a_inner, b->ldc = c_inner;
        b->m *= b->inner, b->inner = 1;
    }
    if (b->outer > 1 && b->inner == 1 && b_outer == 0 &&
        (b->m == 1 || (a_outer == b->m * b->a_row && c_outer == b->m * b->ldc))) {
        if (b->m == 1) b->a_row = a_outer, b->ldc = c_outer;
        b->m *= b->outer, b->outer = 1;
    }
}

#endif
