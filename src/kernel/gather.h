/* kernel/gather.h - elements picked by indices, and put where indices say.
 *
 *     xb_gather_args a = { .x = table, .y = y, .indices = ids, .index_bytes = 8, .outer = 1, .axis = 30522, .count = 128, ... };
 *     xb_work work = xb_gather_work(&a);
 *
 * Indices are int32 or int64 (index_bytes 4 or 8); negative ones count from the end. The caller checks them (an index comes
 * from the model or its input) and says where one is wrong; a kernel takes one that is not in its dimension for 0, so that
 * memory is safe even if the indices change between the check and the run. Blocks are runs of bytes at any alignment. */
#ifndef XB_GATHER_H
#define XB_GATHER_H

#include "base/limits.h"
#include "kernel/kernel.h"

int64_t xb_index_at(const void *indices, int32_t index_bytes, int64_t i); /* as it is */

/* The first of `count` indices that is not in -bounds[i % depth] .. bounds[i % depth] - 1; -1: all are. */
int64_t xb_index_find_wrong(const void *indices, int32_t index_bytes, int64_t count, int32_t depth, const int64_t *bounds);

/* y[outer, count] = x[outer, index], blocks of block_bytes. */
typedef struct xb_gather_args {
    const void *x, *indices;
    void       *y;
    int32_t     index_bytes;
    int64_t     outer, axis, count, block_bytes, per_chunk;
} xb_gather_args;
xb_work xb_gather_work(xb_gather_args *a);

/* y[outer, count] = x[outer, index tuple], tuples[outer, count, depth]; dims and strides (in blocks) are those of the tuple. */
typedef struct xb_gather_nd_args {
    const void *x, *tuples;
    void       *y;
    int32_t     index_bytes, depth;
    int64_t     dims[XB_MAX_RANK], strides[XB_MAX_RANK];
    int64_t     outer, outer_blocks, count, block_bytes, per_chunk; /* outer_blocks: of x in one outer */
} xb_gather_nd_args;
xb_work xb_gather_nd_work(xb_gather_nd_args *a);

/* y[i0, i1, ...] = x[i0, .., index, .., in]: one index for each element. dims are y's, strides (in elements) x's. */
typedef struct xb_gather_elements_args {
    const void *x, *indices;
    void       *y;
    int32_t     index_bytes, element_bytes, rank, axis;
    int64_t     axis_dim, dims[XB_MAX_RANK], strides[XB_MAX_RANK];
    int64_t     rows, per_chunk;
} xb_gather_elements_args;
xb_work xb_gather_elements_work(xb_gather_elements_args *a);

typedef enum xb_scatter { XB_SCATTER_SET, XB_SCATTER_ADD, XB_SCATTER_MUL, XB_SCATTER_MAX, XB_SCATTER_MIN } xb_scatter;

/* y[i0, .., index, .., in] = updates[i0, i1, ...], or that combined with what is there, in the order of the updates. y
 * holds the data already. dims are the updates', strides y's. Elements are numbers unless the way is SET. */
typedef struct xb_scatter_elements_args {
    const void *updates, *indices;
    void       *y;
    int32_t     dtype, index_bytes, element_bytes, rank, axis, way;
    int64_t     axis_dim, dims[XB_MAX_RANK], strides[XB_MAX_RANK];
    int64_t     rows, rows_per_outer, per_chunk;
} xb_scatter_elements_args;
xb_work xb_scatter_elements_work(xb_scatter_elements_args *a);

/* y[index tuple] = updates[count], blocks of block_elements; tuples[count, depth]. Otherwise like scatter_elements. */
typedef struct xb_scatter_nd_args {
    const void *updates, *tuples;
    void       *y;
    int32_t     dtype, index_bytes, element_bytes, depth, way;
    int64_t     dims[XB_MAX_RANK], strides[XB_MAX_RANK]; /* of the tuple, strides in blocks */
    int64_t     count, block_elements, per_chunk;
} xb_scatter_nd_args;
xb_work xb_scatter_nd_work(xb_scatter_nd_args *a);

/* y[batch, prefix, start[batch] + s] = updates[batch, prefix, s], blocks of block_bytes; modulo `axis`. y holds the rest. */
typedef struct xb_insert_args {
    const void    *updates;
    const int64_t *starts; /* [batches]; NULL = zeros. A start that would lead beyond `axis` wraps around. */
    void          *y;
    int64_t        batches, prefixes, axis, count, block_bytes, per_chunk;
} xb_insert_args;
xb_work xb_insert_work(xb_insert_args *a);

/* y[t, b] = x[lengths[b] - 1 - t, b] for t < lengths[b], else x[t, b]; [b, t] if time_inner. Lengths outside 0..times are
 * taken for the nearest. */
typedef struct xb_reverse_args {
    const void    *x;
    const int64_t *lengths; /* [batches] */
    void          *y;
    int32_t        time_inner;
    int64_t        batches, times, block_bytes, per_chunk;
} xb_reverse_args;
xb_work xb_reverse_work(xb_reverse_args *a);

/* ---- what is of unknown size: plain functions ---- */

/* Elements that are not 0 (NaN is not). */
int64_t xb_nonzero_count(int32_t dtype, const void *x, int64_t count);
/* Their positions, out[rank, found], in row-major order; no more than `found`. */
typedef struct xb_nonzero_args {
    const void *x;
    int64_t    *out;
    int32_t     dtype, rank;
    int64_t     dims[XB_MAX_RANK], count, found;
} xb_nonzero_args;
xb_work xb_nonzero_work(xb_nonzero_args *a); /* one chunk */

/* y[outer, found] = x[outer, i] for i where condition[i] is true, blocks of block_bytes; i < length <= axis. */
typedef struct xb_compress_args {
    const void    *x;
    const uint8_t *condition;
    void          *y;
    int64_t        outer, axis, length, block_bytes, found;
} xb_compress_args;
xb_work xb_compress_work(xb_compress_args *a); /* one chunk */

#endif
