/* kernel/gather_int.h - what gather.c and scatter.c share. */
#ifndef XB_GATHER_INT_H
#define XB_GATHER_INT_H

#include "kernel/gather.h"

/* Index i in a dimension: negative ones from the end, one outside is 0. */
static inline int64_t xb_index_in(const void *indices, int32_t index_bytes, int64_t i, int64_t dim) {
    int64_t index = index_bytes == 8 ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
    if (index < 0) index += dim;
    return (uint64_t)index < (uint64_t)dim ? index : 0;
}

/* Where an index tuple leads, in blocks. */
int64_t xb_index_tuple(const void *tuples, int32_t index_bytes, int64_t tuple, int32_t depth, const int64_t *dims,
                       const int64_t *strides);

/* Where row `row` (all dimensions but the last) begins, without the part of the axis. */
int64_t xb_row_offset(int64_t row, int32_t rank, int32_t axis, const int64_t *dims, const int64_t *strides);

#endif
