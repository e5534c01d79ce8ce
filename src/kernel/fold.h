/* kernel/fold.h - a tensor of any type folded along any of its dimensions, and running sums and products. What is fast is the
 * form of float32 along one axis: kernel/rows.h.
 *
 *     xb_fold_args a = { .x = x, .y = y, .dtype = XYBRID_FLOAT32, .y_dtype = XYBRID_FLOAT32, .way = XB_REDUCE_MEAN };
 *     xb_work work = xb_fold_work(&a, 3, (int64_t[]){ 8, 128, 384 }, 1u << 2);       // along the last dimension
 *
 * Real numbers are summed in double, integers in int64, wrapping around in their own type; a mean of integers is cut
 * towards zero. LogSumExp takes the largest out first, so that nothing overflows. NaN spreads, through the largest and the
 * smallest too. Nothing to fold gives 0 for sums, 1 for the product, the lowest value for the largest, the highest for the
 * smallest, and a mean of NaN (integers: 0). */
#ifndef XB_FOLD_H
#define XB_FOLD_H

#include "base/limits.h"
#include "kernel/rows.h"

typedef struct xb_fold_args {
    const void *x;
    void       *y;
    int32_t     dtype, y_dtype; /* y_dtype is dtype, or a real type for the real result of integers */
    int32_t     way;            /* xb_reduce_op */
    /* xb_fold_work's own: dense dimensions, alternately kept and folded, the innermost one apart */
    int32_t kept_rank, folded_rank;
    int64_t kept_dims[XB_MAX_RANK], kept_strides[XB_MAX_RANK], folded_dims[XB_MAX_RANK], folded_strides[XB_MAX_RANK];
    int64_t width; /* the innermost dimension is kept, and has this many elements; 0: it is folded */
    int64_t run;   /* elements of the innermost dimension, if folded */
    int64_t folds; /* outer folded positions */
    int64_t tiles, units, per_chunk;
} xb_fold_args;

/* Bit i of `axes`: dimension i is folded. */
xb_work xb_fold_work(xb_fold_args *a, int32_t rank, const int64_t *dims, uint32_t axes);

/* y[outer, i, inner] = sum or product of x[outer, 0..i, inner]; exclusive: of 0..i-1; reverse: from the end. */
typedef struct xb_cumulate_args {
    const void *x;
    void       *y;
    int32_t     dtype, is_product, exclusive, reverse;
    int64_t     outer, n, inner, tiles, per_chunk;
} xb_cumulate_args;
xb_work xb_cumulate_work(xb_cumulate_args *a);

#endif
