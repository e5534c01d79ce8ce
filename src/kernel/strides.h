/* kernel/strides.h - dimensions with several operands' strides, brought to the fewest; and work cut into chunks.
 *
 *     int64_t *strides[2] = { args->stride_a, args->stride_b };
 *     args->rank = xb_strides_collapse(args->rank, args->shape, strides, 2);      // [2,3,1,4] dense becomes [24]
 *
 * Pure; nothing fails. Strides are in elements, 0 repeats, negative ones go backwards. */
#ifndef XB_STRIDES_H
#define XB_STRIDES_H

#include <stdint.h>

#include "base/checked.h"

enum { XB_STRIDES_RANK = 8, XB_STRIDES_OPERANDS = 4 };

/* Leaves out dimensions of 1 and joins neighbours that every operand walks in one stride. Returns the rank that is left, at
 * least 1: [1] with strides of 1 for a single element. */
int32_t xb_strides_collapse(int32_t rank, int64_t *shape, int64_t *const *strides, int32_t operands);

/* Strides of a dense tensor. */
void xb_strides_dense(int32_t rank, const int64_t *shape, int64_t *strides);

/* The product of the shape; 0 if a dimension is 0. */
static inline int64_t xb_strides_count(int32_t rank, const int64_t *shape) {
    int64_t count = 1;
    for (int32_t i = 0; i < rank; i++) count *= shape[i];
    return count;
}

/* Rows are all dimensions but the last, counted together: the offset of one of them. */
int64_t xb_strides_row(int32_t rank, const int64_t *shape, const int64_t *stride, int64_t row);

/* Rows from `row` on, at most `rows`, that lie in one run of the dimension before the last. */
static inline int64_t xb_strides_run(int32_t rank, const int64_t *shape, int64_t row, int64_t rows) {
    return rank < 2 ? rows : xb_min64(rows, shape[rank - 2] - row % shape[rank - 2]);
}

/* ---- chunks: the same arithmetic where they are counted and where one is run ---- */

/* A grid of [rows, cols] in chunks of [height, width]. */
typedef struct xb_grid {
    int64_t height, width; /* of a chunk */
    int64_t across;        /* chunks beside each other */
    int32_t chunks;        /* 0 for an empty grid */
} xb_grid;

/* About `per` elements to a chunk: whole rows as long as one is not longer than that, else parts of one, a multiple of 64 wide.
 * At most 65,536 chunks. */
static inline xb_grid xb_grid_of(int64_t rows, int64_t cols, int64_t per) {
    xb_grid g = { 1, 1, 1, 0 };
    if (rows <= 0 || cols <= 0) return g;
    for (;; per *= 2) {
        g.height = cols <= per ? xb_min64(rows, per / cols) : 1;
        g.width = cols <= per ? cols : (per + 63) / 64 * 64;
        g.across = (cols - 1) / g.width + 1;
        int64_t down = (rows - 1) / g.height + 1;
        if (down > 65536 / g.across) continue;
        g.chunks = (int32_t)(down * g.across);
        return g;
    }
}

typedef struct xb_part {
    int64_t row, col, rows, cols;
} xb_part;

static inline xb_part xb_grid_part(const xb_grid *g, int64_t rows, int64_t cols, int32_t chunk) {
    xb_part p = { chunk / g->across * g->height, chunk % g->across * g->width, 0, 0 };
    p.rows = xb_min64(g->height, rows - p.row);
    p.cols = xb_min64(g->width, cols - p.col);
    return p;
}

#endif
