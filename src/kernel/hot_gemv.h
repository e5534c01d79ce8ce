/* kernel/hot_gemv.h - products of few rows, which read each weight once: strips of columns that lie side by side, and scalar
 * products with columns that lie along k. Weights of any plain type become float32 in registers. */
#ifndef XB_HOT_GEMV_H
#define XB_HOT_GEMV_H

#include "kernel/hot_gemm_fill.h"

#define XB_STRIP_1 (8 * XB_VW)
#if XB_VREGS == 32
#  define XB_STRIP_4     (4 * XB_VW)
#  define XB_STRIP_4_ALL 1
#  define XB_DOT_ROWS    4
#else
#  define XB_STRIP_4     (2 * XB_VW)
#  define XB_STRIP_4_ALL 0
#  define XB_DOT_ROWS    2
#endif

/* ---- strips ---- */

XB_ALWAYS_INLINE int gemm_is_quantised(const int32_t type) { return type == XB_GEMM_S8 || type == XB_GEMM_U8; }

/* Vector j of the current row of B. */
XB_ALWAYS_INLINE xb_vf gemv_weights(const int32_t type, const char *b, const float *zero, const int j) {
    xb_vf w = gemm_load(type, b + j * XB_VW * gemm_type_bytes(type));
    return gemm_is_quantised(type) ? xb_vf_sub(w, xb_vf_load(zero + j * XB_VW)) : w;
}

#define XB_STRIP_8(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#define XB_STRIP_1_BEGIN(j) xb_vf x##j = xb_vf_zero();
#define XB_STRIP_1_ADD(j)   x##j = xb_vf_fma(a, gemv_weights(type, b, s->zero, j), x##j);
#define XB_STRIP_1_STORE(j) xb_vf_store(s->c[0] + j * XB_VW, xb_vf_mul(x##j, alpha));

XB_ALWAYS_INLINE void gemv_strip_1(const int32_t type, const xb_gemv_strip *s) {
    const char   *b = s->b;
    const int64_t step = s->ldb * gemm_type_bytes(type);
    xb_vf         alpha = xb_vf_set(s->alpha);
    XB_STRIP_8(XB_STRIP_1_BEGIN)
    for (int64_t k = 0; k < s->k; k++, b += step) {
        xb_vf a = xb_vf_dup(s->a[0] + k);
        XB_STRIP_8(XB_STRIP_1_ADD)
    }
    XB_STRIP_8(XB_STRIP_1_STORE)
}

#if XB_STRIP_4_ALL
#  define XB_STRIP_VECTORS(F, i) F(i, 0) F(i, 1) F(i, 2) F(i, 3)
#else
#  define XB_STRIP_VECTORS(F, i) F(i, 0) F(i, 1)
#endif
#define XB_STRIP_ROWS(F)       XB_STRIP_VECTORS(F, 0) XB_STRIP_VECTORS(F, 1) XB_STRIP_VECTORS(F, 2) XB_STRIP_VECTORS(F, 3)
#define XB_STRIP_4_BEGIN(i, j) xb_vf x##i##j = xb_vf_zero();
#define XB_STRIP_4_READ(i, j)  xb_vf w##j = gemv_weights(type, b, s->zero, j);
#define XB_STRIP_4_ADD(i, j)   x##i##j = xb_vf_fma(a##i, w##j, x##i##j);
#define XB_STRIP_4_STORE(i, j) xb_vf_store(s->c[i] + j * XB_VW, xb_vf_mul(x##i##j, alpha));

XB_ALWAYS_INLINE void gemv_strip_4(const int32_t type, const xb_gemv_strip *s) {
    const char   *b = s->b;
    const int64_t step = s->ldb * gemm_type_bytes(type);
    xb_vf         alpha = xb_vf_set(s->alpha);
    XB_STRIP_ROWS(XB_STRIP_4_BEGIN)
    for (int64_t k = 0; k < s->k; k++, b += step) {
        xb_vf a0 = xb_vf_dup(s->a[0] + k), a1 = xb_vf_dup(s->a[1] + k), a2 = xb_vf_dup(s->a[2] + k), a3 = xb_vf_dup(s->a[3] + k);
        XB_STRIP_VECTORS(XB_STRIP_4_READ, 0)
        XB_STRIP_ROWS(XB_STRIP_4_ADD)
    }
    XB_STRIP_ROWS(XB_STRIP_4_STORE)
}

static void gemv_strip(int32_t rows, const xb_gemv_strip *s) {
#define XB_STRIP_CASE(type) \
    case type:              \
        if (rows == 1) gemv_strip_1(type, s); \
        else gemv_strip_4(type, s); \
        break;
    switch (s->type) {
        XB_STRIP_CASE(XB_GEMM_F32)
        XB_STRIP_CASE(XB_GEMM_F16)
        XB_STRIP_CASE(XB_GEMM_BF16)
        XB_STRIP_CASE(XB_GEMM_S8)
        XB_STRIP_CASE(XB_GEMM_U8)
    }
}

/* ---- scalar products ---- */

#define XB_DOT_COLUMNS(F, i) F(i, 0) F(i, 1) F(i, 2) F(i, 3)
#define XB_DOT_GRID_2(F)     XB_DOT_COLUMNS(F, 0) XB_DOT_COLUMNS(F, 1)
#if XB_DOT_ROWS == 4
#  define XB_DOT_GRID(F) XB_DOT_GRID_2(F) XB_DOT_COLUMNS(F, 2) XB_DOT_COLUMNS(F, 3)
#else
#  define XB_DOT_GRID(F) XB_DOT_GRID_2(F)
#endif
#define XB_DOT_LANES(i, j) (d->lanes + (i * XB_DOT_COLS + j) * XB_VW)
#define XB_DOT_BEGIN(i, j) xb_vf x##i##j = xb_vf_zero();
#define XB_DOT_GO_ON(i, j) if (rows > i) x##i##j = xb_vf_load(XB_DOT_LANES(i, j));
#define XB_DOT_STORE(i, j) if (rows > i) xb_vf_store(XB_DOT_LANES(i, j), x##i##j);
#define XB_DOT_ZERO(i, j)  xb_vf z##j = xb_vf_set(gemm_is_quantised(type) ? d->zero[j] : 0.0f);
#define XB_DOT_READ(i, j)                                                            \
    xb_vf w##j = gemm_load(type, (const char *)d->b[j] + k * gemm_type_bytes(type)); \
    if (gemm_is_quantised(type)) w##j = xb_vf_sub(w##j, z##j);
#define XB_DOT_ADD(i, j) if (rows > i) x##i##j = xb_vf_fma(a##i, w##j, x##i##j);
#define XB_DOT_A(i)      xb_vf a##i = xb_vf_load(d->a[rows > i ? i : 0] + k);

XB_ALWAYS_INLINE void gemm_dot_as(const int32_t type, const int rows, xb_gemm_dot *d) {
    XB_DOT_GRID(XB_DOT_BEGIN)
    XB_DOT_COLUMNS(XB_DOT_ZERO, 0)
    if (d->keep) { XB_DOT_GRID(XB_DOT_GO_ON) }
    for (int64_t k = 0; k < d->k; k += XB_VW) {
        XB_DOT_A(0) XB_DOT_A(1)
#if XB_DOT_ROWS == 4
        XB_DOT_A(2) XB_DOT_A(3)
#endif
        XB_DOT_COLUMNS(XB_DOT_READ, 0)
        XB_DOT_GRID(XB_DOT_ADD)
    }
    XB_DOT_GRID(XB_DOT_STORE)
}

static void gemm_dot(int32_t rows, xb_gemm_dot *d) {
#define XB_DOT_CASE(type)                       \
    case type:                                  \
        if (rows == 1) gemm_dot_as(type, 1, d); \
        else gemm_dot_as(type, XB_DOT_ROWS, d); \
        break;
    switch (d->type) {
        XB_DOT_CASE(XB_GEMM_F32)
        XB_DOT_CASE(XB_GEMM_F16)
        XB_DOT_CASE(XB_GEMM_BF16)
        XB_DOT_CASE(XB_GEMM_S8)
        XB_DOT_CASE(XB_GEMM_U8)
    }
}

static void gemm_dot_sums(int32_t rows, const xb_gemm_dot *d, float *sums) {
    for (int32_t i = 0; i < rows * XB_DOT_COLS; i++) sums[i] = xb_vf_hsum(xb_vf_load(d->lanes + i * XB_VW));
}

#endif
