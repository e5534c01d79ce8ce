/* kernel/hot_gemm_tile.h - the tile of matrix products (kernel/gemm_kernels.h), for each instruction set from one text.
 *
 * A tile keeps rows x (XB_TILE_NV vectors) sums in registers; each step of k loads one row of B and broadcasts one element of
 * each row of A (the outer product form of K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication",
 * ACM TOMS 34(3), 2008). Every height has a loop of its own, so that an edge costs no more than its rows; what follows the
 * loop is there once, from the last row down to the first, and entered where the height wants it. The sums are single
 * variables, not an array: compilers differ in when they take an array apart. */
#ifndef XB_HOT_GEMM_TILE_H
#define XB_HOT_GEMM_TILE_H

#include "kernel/gemm_kernels.h"
#include "kernel/hot_tile.h"

/* Element u of row i: a pointer for three rows needs fewer registers than one for each. */
#define XB_TILE_A(i, u) (((i) < 3 ? a0 : (i) < 6 ? a3 : (i) < 9 ? a6 : (i) < 12 ? a9 : a12) + (i) % 3 * lda + (u))

#define XB_TILE_SUMS(i)       \
    xb_vf c##i##_0, c##i##_1; \
    XB_TILE_WIDE(xb_vf c##i##_2; xb_vf c##i##_3;)
#define XB_TILE_BEGIN(i)                                  \
    if (rows > i) {                                       \
        c##i##_0 = c##i##_1 = xb_vf_zero();               \
        XB_TILE_WIDE(c##i##_2 = c##i##_3 = xb_vf_zero();) \
    }
#define XB_TILE_ADD(i)                                                                              \
    if (rows > i) {                                                                                 \
        xb_vf a = xb_vf_dup(XB_TILE_A(i, u));                                                       \
        c##i##_0 = xb_vf_fma(a, b0, c##i##_0);                                                      \
        c##i##_1 = xb_vf_fma(a, b1, c##i##_1);                                                      \
        XB_TILE_WIDE(c##i##_2 = xb_vf_fma(a, b2, c##i##_2); c##i##_3 = xb_vf_fma(a, b3, c##i##_3);) \
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
#if XB_TILE_MR * XB_TILE_NV < 24 /* larger ones have work enough for a step, and code enough */
#  define XB_TILE_PAIRS        \
      for (; k >= 2; k -= 2) { \
          XB_TILE_STEP(0)      \
          XB_TILE_STEP(1)      \
          XB_TILE_NEXT(2);     \
      }
#else
#  define XB_TILE_PAIRS
#endif
#define XB_TILE_CASE(i)          \
case i + 1: {                    \
    enum { rows = i + 1 };       \
    XB_TILE_ROWS(XB_TILE_BEGIN)  \
    XB_TILE_PAIRS                \
    for (; k > 0; k--) {         \
        XB_TILE_STEP(0)          \
        XB_TILE_NEXT(1);         \
    }                            \
    alpha = xb_vf_set(t->alpha); \
    if (t->keep) goto keep##i;   \
    goto store##i;               \
}
#define XB_TILE_STORE(i)                                                      \
    store##i : {                                                              \
        float *c = t->c + i * t->ldc;                                         \
        xb_vf_store(c, xb_vf_mul(c##i##_0, alpha));                           \
        xb_vf_store(c + XB_VW, xb_vf_mul(c##i##_1, alpha));                   \
        XB_TILE_WIDE(xb_vf_store(c + 2 * XB_VW, xb_vf_mul(c##i##_2, alpha));  \
                     xb_vf_store(c + 3 * XB_VW, xb_vf_mul(c##i##_3, alpha));) \
    }
#define XB_TILE_KEEP_AT(sum, p) xb_vf_store(p, xb_vf_fma(sum, alpha, xb_vf_load(p)))
#define XB_TILE_KEEP(i)                                                                                   \
    keep##i : {                                                                                           \
        float *c = t->c + i * t->ldc;                                                                     \
        XB_TILE_KEEP_AT(c##i##_0, c);                                                                     \
        XB_TILE_KEEP_AT(c##i##_1, c + XB_VW);                                                             \
        XB_TILE_WIDE(XB_TILE_KEEP_AT(c##i##_2, c + 2 * XB_VW); XB_TILE_KEEP_AT(c##i##_3, c + 3 * XB_VW);) \
    }

static void gemm_tile(int32_t height, const xb_gemm_tile *t) {
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
    int64_t k = t->k;
    xb_vf   alpha;
    XB_TILE_ROWS(XB_TILE_SUMS)
    switch (height) {
        XB_TILE_DOWN(XB_TILE_CASE)
    default: return;
    }
    XB_TILE_DOWN(XB_TILE_STORE)
    return;
    XB_TILE_DOWN(XB_TILE_KEEP)
}

#endif
