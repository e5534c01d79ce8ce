/* kernel/move.h - elements from one strided array to another, unchanged: the whole of Transpose, Slice, Split, Concat, Expand,
 * Pad's middle, and copies.
 *
 *     dst[i0 dst_strides[0] + i1 dst_strides[1] + ...] = src[i0 src_strides[0] + ...]     for all i < dims
 *
 * Strides count elements and may be negative, or 0 in the source (a dimension that is repeated). Element sizes: 1, 2, 4, 8, 16
 * bytes. Source and destination do not overlap; neither need be aligned. */
#ifndef XB_MOVE_H
#define XB_MOVE_H

#include "base/limits.h"
#include "kernel/kernel.h"

typedef struct xb_move_args {
    const void *src;
    void       *dst;
    int32_t     rank, element_bytes;
    int64_t     dims[XB_MAX_RANK], src_strides[XB_MAX_RANK], dst_strides[XB_MAX_RANK];
    int64_t     rows, rows_per_chunk; /* filled by xb_move_work */
} xb_move_args;

/* Rank 0 is one element. Simplifies `a`: joins dimensions that lie together, drops those of 1. */
xb_work xb_move_work(xb_move_args *a);

/* The same number of bytes, one run. */
typedef struct xb_bytes_args {
    const void *src;
    void       *dst;
    int64_t     size_bytes;
} xb_bytes_args;
xb_work xb_bytes_work(xb_bytes_args *a);

#endif
