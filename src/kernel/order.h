/* kernel/order.h - what depends on the order of elements of any type: the place of the largest, the k largest, unique
 * elements. (float32 has a fast form of the first in kernel/rows.h.)
 *
 *     xb_arg_args a = { .x = logits, .y = best, .dtype = XYBRID_FLOAT32, .outer = 1, .n = vocabulary, .inner = 1 };
 *     xb_work work = xb_arg_work(&a);
 *
 * NaN is above all numbers, and one NaN is as good as another; -0 is 0. Only to xb_arg a NaN is the smallest, too, so that
 * a broken result is seen. Tensors are seen as [outer, n, inner]; n is what is looked along. */
#ifndef XB_ORDER_H
#define XB_ORDER_H

#include "kernel/kernel.h"

/* y[outer, inner] = place of the largest or smallest; of equals the first, or the last. n >= 1. */
typedef struct xb_arg_args {
    const void *x;
    void       *y; /* int64; one_hot: x's type, [outer, n, inner], 1 at the place and 0 elsewhere */
    int32_t     dtype, smallest, last, one_hot;
    int64_t     outer, n, inner, tiles, per_chunk;
} xb_arg_args;
xb_work xb_arg_work(xb_arg_args *a);

/* values, indices [outer, k, inner]: the k largest or smallest in falling or rising order, equals by their index. Either result
 * may be NULL. 0 <= k <= n. */
typedef struct xb_top_k_args {
    const void *x;
    void       *values;
    int64_t    *indices;
    int32_t     dtype, smallest;
    int64_t     outer, n, inner, k, per_chunk;
} xb_top_k_args;
xb_work xb_top_k_work(xb_top_k_args *a);

/* Which of n slices [outer, inner] are the same. A plain function, for what is of unknown size. */
typedef struct xb_unique_args {
    const void *x;
    int32_t     dtype, in_order; /* in_order: by first occurrence, instead of sorted */
    int64_t     outer, n, inner;
    /* Compares elements i and k (<, ==, > 0) of a type that is not a number; NULL otherwise. */
    int (*compare)(const void *x, int64_t i, int64_t k);
    int64_t  *work;    /* [2 n] */
    uint64_t *keys;    /* [n], for slices of one number; else NULL */
    int64_t  *first;   /* [n]: of each unique slice, the first that is like it */
    int64_t  *inverse; /* [n]: of each slice, its number among the unique ones */
    int64_t  *counts;  /* [n]: of each unique slice, how many are like it */
} xb_unique_args;
int64_t xb_unique(const xb_unique_args *a); /* the number of unique slices */

#endif
