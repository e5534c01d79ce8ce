/* kernel/hot_gemm_tile.h - the tile of matrix products (kernel/gemm_kernels.h), for each instruction set from one text.
 *
 * A tile keeps rows x (XB_TILE_NV vectors) sums in registers; each step of k loads one row of B and broadcasts one element of
 * each row of A (the outer product form of K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication",
 * ACM TOMS 34(3), 2008). Every height has code of its own, so that an edge costs no more than its rows. The sums are single
 * variables, not an array: compilers differ in when they take an array apart. */
#ifndef XB_HOT_GEMM_TILE_H
#define XB_HOT_GEMM_TILE_H

#include "kernel/gemm_kernels.h"
#include "kernel/hot_tile.h"

/* Element u of row i: a pointer for three rows needs fewer registers than one for each. */
#define XB_TILE_A(i, u) (((i) < 3 ? a0 : (i) < 6 ? a3 : (i) < 9 ? a6 : (i) < 12 ? a9 : a12) + (i) % 3 * lda + (u))

#define XB_TILE_BEGIN(i)                                    \
    xb_vf c##i##_0 = xb_vf_zero(), c##i##_1 = xb_vf_zero(); \
    XB_TILE_WIDE(xb_vf c##i##_2 = xb_vf_zero(); xb_vf c##i##_3 = xb_vf_zero();)
#define XB_TILE_ADD(i)                                                                              \
    if (rows > i) {                                                                                 \
        xb_vf a = xb_vf_dup(XB_TILE_A(i, u));                                                       \
        c##i##_0 = xb_vf_fma(a, b0, c##i##_0);                                                      \
        c##i##_1 = xb_vf_fma(a, b1, c##i##_1);                                                      \
        XB_TILE_WIDE(c##i##_2 = xb_vf_fma(a, b2, c##i##_2); c##i##_3 = xb_vf_fma(a, b3, c##i##_3);) \
    }
#define XB_TILE_STORE(i)                                                                      \
    if (rows > i) {                                                                           \
        xb_vf_store(t->c + i * t->ldc, xb_vf_mul(c##i##_0, alpha));                           \
        xb_vf_store(t->c + i * t->ldc + XB_VW, xb_vf_mul(c##i##_1, alpha));                   \
        XB_TILE_WIDE(xb_vf_store(t->c + i * t->ldc + 2 * XB_VW, xb_vf_mul(c##i##_2, alpha));  \
                     xb_vf_store(t->c + i * t->ldc + 3 * XB_VW, xb_vf_mul(c##i##_3, alpha));) \
    }
#define XB_TILE_KEEP_AT(sum, p) xb_vf_store(p, xb_vf_fma(sum, alpha, xb_vf_load(p)))
#define XB_TILE_KEEP(i)                                                         \
    if (rows > i) {                                                             \
        XB_TILE_KEEP_AT(c##i##_0, t->c + i * t->ldc);                           \
        XB_TILE_KEEP_AT(c##i##_1, t->c + i * t->ldc + XB_VW);                   \
        XB_TILE_WIDE(XB_TILE_KEEP_AT(c##i##_2, t->c + i * t->ldc + 2 * XB_VW);  \
                     XB_TILE_KEEP_AT(c##i##_3, t->c + i * t->ldc + 3 * XB_VW);) \
    }
#define XB_TILE_STEP(number)                                                                      \
    {                                                                                             \
        enum { u = number };                                                                      \
        xb_vf b0 = xb_vf_load(b), b1 = xb_vf_load(b + XB_VW);                                     \
        XB_TILE_WIDE(xb_vf b2 = xb_vf_load(b + 2 * XB_VW); xb_vf b3 = xb_vf_load(b + 3 * XB_VW);) \
        XB_TILE_FETCH(b + XB_TILE_AHEAD * ldb);                                                   \
        b += ldb;                                                                                 \
        XB_TILE_ROWS(XB_TILE_ADD)                                                                 \
    }

XB_ALWAYS_INLINE void gemm_tile_rows(const int rows, const xb_gemm_tile *t) {
    const int64_t lda = t->lda, ldb = t->ldb;
    const float  *b = t->b, *a0 = t->a, *a3 = a0 + 3 * lda;
#if XB_TILE_MR > 6
    const float *a6 = a3 + 3 * lda, *a9 = a6 + 3 * lda, *a12 = a9 + 3 * lda;
#  define XB_TILE_NEXT(n) (a0 += n, a3 += n, a6 += n, a9 += n, a12 += n)
#else
    const float *a6 = a0, *a9 = a0, *a12 = a0; /* of no row */
    (void)a6, (void)a9, (void)a12;
#  define XB_TILE_NEXT(n) (a0 += n, a3 += n)
#endif
    XB_TILE_ROWS(XB_TILE_BEGIN)
    int64_t k = t->k;
#if XB_TILE_MR * XB_TILE_NV < 24 /* larger ones have work enough for a step, and code enough */
    for (; k >= 2; k -= 2) {
        XB_TILE_STEP(0)
        XB_TILE_STEP(1)
        XB_TILE_NEXT(2);
    }
#endif
    for (; k > 0; k--) {
        XB_TILE_STEP(0)
        XB_TILE_NEXT(1);
    }
    xb_vf alpha = xb_vf_set(t->alpha);
    if (t->keep) {
        XB_TILE_ROWS(XB_TILE_KEEP)
    } else {
        XB_TILE_ROWS(XB_TILE_STORE)
    }
}

static void gemm_tile(int32_t rows, const xb_gemm_tile *t) {
#define XB_TILE_CASE(i) \
case i + 1: gemm_tile_rows(i + 1, t); break;
    switch (rows) {
        XB_TILE_ROWS(XB_TILE_CASE)
    default: break;
    }
}

#endif
