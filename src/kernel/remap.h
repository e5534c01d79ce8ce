/* kernel/remap.h - a tensor whose every dimension is looked up in a table: Pad, Tile, crops, and nearest-neighbour Resize.
 *
 *     y[i0, i1, ...] = x[table0[i0], table1[i1], ...]; where a table says -1: the value
 *
 * Elements are blocks of block_bytes: the trailing dimensions that no table changes belong to the block. */
#ifndef XB_REMAP_H
#define XB_REMAP_H

#include "base/limits.h"
#include "kernel/kernel.h"

/* Elements [at, at + count) of a row come from `from` on, or are the value (-1). */
typedef struct xb_remap_run {
    int64_t at, count, from;
} xb_remap_run;

typedef struct xb_remap_args {
    const void         *x;
    void               *y;
    const void         *value; /* one element of value_bytes, of which a block has many; NULL = zero bytes */
    int32_t             rank, value_bytes;
    int64_t             block_bytes;
    int64_t             dims[XB_MAX_RANK], strides[XB_MAX_RANK]; /* of y; of x in blocks */
    const int64_t      *tables[XB_MAX_RANK];                     /* [dims[i]] */
    const xb_remap_run *runs; /* the last table; NULL: it says -1 nowhere, and few elements lie together */
    int64_t             run_count;
    int64_t             rows, rows_per_chunk; /* xb_remap_work's own */
} xb_remap_args;

/* A table as runs, their number; out NULL: only the number. */
int64_t xb_remap_runs(const int64_t *table, int64_t n, xb_remap_run *out);

/* dims, strides and tables are those of the whole tensors, with block_bytes = value_bytes: trailing dimensions that map to
 * themselves (`same` bit i is 1) are made part of the block here. The runs are those of the last dimension that is left. */
xb_work xb_remap_work(xb_remap_args *a, uint32_t same);

#endif
