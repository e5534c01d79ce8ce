/* kernel/gather_stored.h - rows of a table that is stored in fewer bytes, picked by index and made float32.
 *
 *     y[i, j] = (x[index[i], j] - zero[at]) * scale[at],  at = index[i] scale_row + j scale_col
 *
 *     xb_gather_stored_args a = { .x = table, .dtype = XYBRID_INT8, .axis = 30522, .width = 384, .indices = ids, .index_bytes = 8,
 *                                 .count = 128, .scale = scales, .scale_row = 1, .y = y };
 *     xb_work work = xb_gather_stored_work(&a);
 *
 * Tables of int8, uint8 (zero: the same type, NULL = 0), float16, bfloat16 (scale NULL), at any address. Indices as in
 * kernel/gather.h. */
#ifndef XB_GATHER_STORED_H
#define XB_GATHER_STORED_H

#include "kernel/kernel.h"

typedef struct xb_gather_stored_args {
    const void  *x, *indices, *zero;
    const float *scale;
    float       *y;
    int32_t      dtype, index_bytes;
    int64_t      axis, width, count;
    int64_t      scale_row, scale_col;
    int64_t      per_chunk; /* xb_gather_stored_work's own */
} xb_gather_stored_args;

xb_work xb_gather_stored_work(xb_gather_stored_args *a);

#endif
