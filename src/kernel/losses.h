/* kernel/losses.h - the negative log likelihood of given classes, for training losses. float32 and float64.
 *
 *     xb_nll_args a = { .x = log_probabilities, .target = classes, .y = y, .outer = n, .classes = c, .inner = d };
 *     xb_work work = xb_nll_work(&a);
 *
 * y[o, i] = -weight[t] x[o, t, i], t = target[o, i]; 0 for a target that is ignored or no class. Reduced: the sum of all, or
 * that by the sum of the weights (1 without `weight`) of what was not ignored. One chunk. */
#ifndef XB_LOSSES_H
#define XB_LOSSES_H

#include "kernel/kernel.h"

typedef enum xb_nll_reduction { XB_NLL_NONE, XB_NLL_SUM, XB_NLL_MEAN } xb_nll_reduction;

typedef struct xb_nll_args {
    const void      *x;      /* [outer, classes, inner] */
    const void      *weight; /* [classes] or NULL */
    const void      *target; /* [outer, inner]: int32, or int64 with is_target_64 */
    void            *y;      /* [outer, inner], or one number */
    int64_t          outer, classes, inner;
    xb_nll_reduction reduction;
    int32_t          is_double, is_target_64, has_ignored;
    int64_t          ignored;
} xb_nll_args;
xb_work xb_nll_work(xb_nll_args *a);

#endif
