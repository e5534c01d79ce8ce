/* kernel/gemm_kernels.h - the part of xb_isa that matrix products are made of: what kernel/hot_gemm*.h define once for each
 * instruction set and kernel/gemm.c drives. Convolutions use the tile as well.
 *
 *     xb_gemm_tile t = { .a = a, .lda = k, .b = panel, .ldb = isa->gemm.nr, .c = c, .ldc = n, .k = k, .alpha = 1 };
 *     isa->gemm.tile(rows, &t);                    // c [rows, nr] = a [rows, k] b [k, nr],  1 <= rows <= isa->gemm.mr
 *
 * Sizes and strides are in elements. Nothing here is masked: a tile is always nr columns wide, its caller gives it memory of
 * that width (edges go through scratch). */
#ifndef XB_GEMM_KERNELS_H
#define XB_GEMM_KERNELS_H

#include <stdint.h>

struct xb_gemm_b; /* kernel/gemm.h */

/* c[i, j] = (keep ? c[i, j] : 0) + alpha (sum over k, upwards, of a[i, k] b[k, j]). The sum is one chain of fused
 * multiply-adds (products and sums where there are none), so it has the same bits at any i, j and any number of rows. */
typedef struct xb_gemm_tile {
    const float *a; /* row i at a + i * lda, its k contiguous */
    int64_t      lda;
    const float *b; /* row k at b + k * ldb: nr contiguous */
    int64_t      ldb;
    float       *c;
    int64_t      ldc;
    int64_t      k;
    float        alpha;
    int32_t      keep;
} xb_gemm_tile;

/* A strip of one row's product with a B whose columns lie side by side, in any of the five plain types: the same sums, bit for
 * bit, as the tile's. */
typedef struct xb_gemv_strip {
    const float *a;
    float       *c; /* strip_cols of them */
    const void  *b; /* row k from element k * ldb */
    int64_t      ldb;
    int64_t      k;
    const float *zero; /* for each column, subtracted from the weights; int8 and uint8 only */
    float        alpha;
    int32_t      keep;
    int32_t      type; /* xb_gemm_type */
} xb_gemv_strip;

enum { XB_DOT_ROWS_MAX = 4 };

/* c[i, j] = alpha (row i of A) (column j of B), whose k lie side by side: lane l sums the k with k % vw == l, then halves of
 * the lanes are added until one is left. */
typedef struct xb_gemm_dot {
    const float *a[XB_DOT_ROWS_MAX];
    float       *c[XB_DOT_ROWS_MAX];
    const void  *b; /* column j from element j * ldb */
    int64_t      ldb;
    int64_t      cols, k;
    const float *zero; /* for each of the columns, subtracted from the weights; int8 and uint8 only */
    float        alpha;
    int32_t      type; /* xb_gemm_type; float32 if rows > 1 */
} xb_gemm_dot;

typedef struct xb_gemm_kernels {
    int32_t mr, nr; /* the tile's greatest height; its width */
    int32_t strip_cols;
    int32_t dot_rows; /* of xb_gemm_dot beyond 1 */
    void (*tile)(int32_t rows, const xb_gemm_tile *t);

    /* panel [count_k, nr] = B[k0 + i, n0 + j] as float32, 0 from `cols` on. int8, uint8: minus the zero point; scaled only if
     * scales belong to blocks. scratch: fill_floats. */
    void (*fill)(const struct xb_gemm_b *b, int64_t n0, int32_t cols, int64_t k0, int64_t count_k, float *panel,
                 float *scratch);
    int32_t fill_floats;
    void (*line)(const struct xb_gemm_b *b, int64_t n, int64_t k0, int64_t count, float *out); /* a part of one column */
    void (*strip)(const xb_gemv_strip *s);
    void (*dot)(int32_t rows, const xb_gemm_dot *d); /* rows 1, or dot_rows */
    /* out[j] = alpha (one row of A) (column first + j of BITS): 4 or 8 bits, whole blocks of vw bytes or a multiple. `planes`:
     * for each vw bytes of a column, the k of their lowest values, then of the next ones, as floats of A. */
    void (*bits)(const struct xb_gemm_b *b, const float *planes, int64_t k, int64_t first, int64_t cols, float alpha,
                 float *out);
} xb_gemm_kernels;

#endif
