/* kernel/rescale.h - sums of products of 8-bit integers, with integers added, to float32 or 8 bits. Contract: kernel/kernel.h.
 *
 *     y[i, j] = alpha a_scale b_scale[j] (sums[i, j] + add[i, j])             float32
 *     y[i, j] = saturate(round(the same / y_scale) + y_zero)                  int8, uint8; half to even */
#ifndef XB_RESCALE_H
#define XB_RESCALE_H

#include "kernel/kernel.h"

typedef struct xb_rescale_args {
    const int32_t *sums; /* [m, n], dense */
    const int32_t *add;  /* or NULL */
    int64_t        add_row, add_col;
    int64_t        m, n, b_scale_step;
    const float   *a_scale, *b_scale, *y_scale; /* y_scale NULL: y is float32 */
    const void    *y_zero;                      /* of y's type; NULL: 0 */
    int32_t        is_signed;
    float          alpha;
    void          *y;
    int64_t        per_chunk; /* xb_rescale_work's own */
} xb_rescale_args;

xb_work xb_rescale_work(xb_rescale_args *args);

#endif
