/* kernel/matmul.h - matrix products of any number type, with any strides and any batch: what kernel/gemm.h does not do (float64,
 * integers, batches of more than two dimensions), and its reference.
 *
 *     c[batch][i, j] = alpha sum over k of a[batch][i, k] b[batch][k, j]  +  beta add[batch][i, j]
 *
 *     xb_matmul_args p = { .type = XB_MATMUL_F64, .m = m, .n = n, .k = k, .a = a, .a_row = k, .a_col = 1, .b = b, .b_row = n,
 *                          .b_col = 1, .c = c, .c_row = n, .c_col = 1, .alpha = 1 };
 *     xb_work work = xb_matmul_work(&p);
 *
 * Strides are in elements. Sums run in rising k; of integers modulo 2^32 or 2^64, so that signed ones are right, too. alpha and
 * beta are for the float types; `add` may be NULL. A chunk is some rows of some items. */
#ifndef XB_MATMUL_H
#define XB_MATMUL_H

#include "base/limits.h"
#include "kernel/kernel.h"

typedef enum xb_matmul_type { XB_MATMUL_F32, XB_MATMUL_F64, XB_MATMUL_I32, XB_MATMUL_I64 } xb_matmul_type;

typedef struct xb_matmul_args {
    xb_matmul_type type;
    int64_t        m, n, k;
    const void    *a, *b;
    void          *c;
    int64_t        a_row, a_col, b_row, b_col, c_row, c_col;
    double         alpha, beta;
    const void    *add;
    int64_t        add_row, add_col;
    int32_t        batch_rank; /* 0: one product */
    int64_t        batch[XB_MAX_RANK], a_batch[XB_MAX_RANK], b_batch[XB_MAX_RANK], c_batch[XB_MAX_RANK], add_batch[XB_MAX_RANK];
    int64_t        lines, per_chunk; /* xb_matmul_work's own */
} xb_matmul_args;

xb_work xb_matmul_work(xb_matmul_args *a);

#endif
