/* kernel/reduce.h - a tensor folded along some of its dimensions, and running sums and products.
 *
 *     xb_reduce_args a = { .x = x, .y = y, .dtype = XYBRID_FLOAT32, .y_dtype = XYBRID_FLOAT32, .way = XB_REDUCE_MEAN };
 *     xb_work work = xb_reduce_work(&a, 3, (int64_t[]){ 8, 128, 384 }, 1u << 2);       // along the last dimension
 *
 * Real numbers are summed in double (float32 in blocks of float32 lanes, whose sums are added in double), integers in int64, wrapping
 * around in their own type. NaN spreads, through the largest and the smallest too. Nothing to fold gives 0 for sums, 1 for
 * the product, the lowest value for the largest, the highest for the smallest, and a mean of NaN (integers: 0). */
#ifndef XB_REDUCE_H
#define XB_REDUCE_H

#include "base/limits.h"
#include "kernel/kernel.h"

typedef enum xb_reduce {
    XB_REDUCE_SUM,
    XB_REDUCE_MEAN, /* integers: towards zero */
    XB_REDUCE_MAX,
    XB_REDUCE_MIN,
    XB_REDUCE_PROD,
    XB_REDUCE_L1,         /* sum of |x| */
    XB_REDUCE_L2,         /* root of the sum of squares */
    XB_REDUCE_SUM_SQUARE,
    XB_REDUCE_LOG_SUM,
    XB_REDUCE_LOG_SUM_EXP /* the largest is taken out first, so that nothing overflows */
} xb_reduce;

typedef struct xb_reduce_args {
    const void *x;
    void       *y;
    int32_t     dtype, y_dtype; /* y_dtype is dtype, or a real type for the real result of integers */
    int32_t     way;            /* xb_reduce */
    /* xb_reduce_work's own: dense dimensions, alternately kept and folded, the innermost one apart */
    int32_t kept_rank, folded_rank;
    int64_t kept_dims[XB_MAX_RANK], kept_strides[XB_MAX_RANK], folded_dims[XB_MAX_RANK], folded_strides[XB_MAX_RANK];
    int64_t width; /* the innermost dimension is kept, and has this many elements; 0: it is folded */
    int64_t run;   /* elements of the innermost dimension, if folded */
    int64_t folds; /* outer folded positions */
    int64_t tiles, units, per_chunk;
} xb_reduce_args;

/* Bit i of `axes`: dimension i is folded. */
xb_work xb_reduce_work(xb_reduce_args *a, int32_t rank, const int64_t *dims, uint32_t axes);

/* y[outer, i, inner] = sum or product of x[outer, 0..i, inner]; exclusive: of 0..i-1; reverse: from the end. */
typedef struct xb_cumulate_args {
    const void *x;
    void       *y;
    int32_t     dtype, is_product, exclusive, reverse;
    int64_t     outer, n, inner, tiles, per_chunk;
} xb_cumulate_args;
xb_work xb_cumulate_work(xb_cumulate_args *a);

#endif
