/* kernel/rotary.h - rotary position embedding: pairs of elements turned by an angle that grows with the position. Contract:
 * kernel/kernel.h.
 *
 *     y[i] = x[i] cos - x[j] sin,  y[j] = x[j] cos + x[i] sin,  (i, j) = (i, i + turned / 2), interleaved (2 i, 2 i + 1)
 *
 *     xb_rope_args a = { .batch = 1, .rows = 16, .heads = 8, .size = 64, .turned = 64, .x = x, .x_at = { 8192, 64, 512 }, ...,
 *                          .cos = cos, .sin = sin, .table_row = 32, .table_rows = 2048, .position = ids, .position_batch = 16,
 *                          .position_row = 1 };
 *     xb_work work = xb_rope_work(&a);
 *
 * J. Su et al., "RoFormer" (2021). cos and sin are tables [table_rows, turned / 2] that positions look up, or, with table_batch,
 * one for each batch. The position of row r is position[b position_batch + r position_row] + add + r row_step (position NULL: 0),
 * brought into 0..table_rows - 1. Elements from `turned` on are copied. y may be x. Strides are in elements. */
#ifndef XB_ROTARY_H
#define XB_ROTARY_H

#include "kernel/sdpa.h"

typedef struct xb_rope_args {
    int64_t         batch, rows, heads, size, turned; /* turned: even, at most size */
    const float    *x;
    float          *y;
    xb_sdpa_at x_at, y_at;
    const float    *cos, *sin;
    int64_t         table_batch, table_row, table_rows;
    const int64_t  *position;
    int64_t         position_batch, position_row, add, row_step;
    int32_t         is_interleaved;
    int64_t         per_chunk; /* xb_rope_work's own */
} xb_rope_args;

xb_work xb_rope_work(xb_rope_args *args);

#endif
