/* kernel/hot_gemv.h - products of few rows, which read each weight once: strips of columns that lie side by side, and scalar
 * products with columns that lie along k. Weights of any plain type become float32 in registers. */
#ifndef XB_HOT_GEMV_H
#define XB_HOT_GEMV_H

#include "kernel/hot_gemm_fill.h"

#define XB_STRIP (8 * XB_VW)
#if XB_VREGS == 32
#  define XB_DOT_ROWS 4
#else
#  define XB_DOT_ROWS 2
#endif

/* ---- strips ---- */

XB_ALWAYS_INLINE int gemm_is_quantised(const int32_t type) { return type == XB_GEMM_S8 || type == XB_GEMM_U8; }

/* Vector j of the current row of B. */
XB_ALWAYS_INLINE xb_vf gemv_weights(const int32_t type, const char *b, const float *zero, const int j) {
    xb_vf w = gemm_load(type, b + j * XB_VW * gemm_type_bytes(type));
    return gemm_is_quantised(type) ? xb_vf_sub(w, xb_vf_load(zero + j * XB_VW)) : w;
}

#define XB_STRIP_8(F)     F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#define XB_STRIP_BEGIN(j) xb_vf x##j = xb_vf_zero();
#define XB_STRIP_ADD(j)   x##j = xb_vf_fma(a, gemv_weights(type, b, s->zero, j), x##j);
#define XB_STRIP_STORE(j) xb_vf_store(s->c + j * XB_VW, xb_vf_mul(x##j, alpha));
#define XB_STRIP_KEEP(j)  xb_vf_store(s->c + j * XB_VW, xb_vf_fma(x##j, alpha, xb_vf_load(s->c + j * XB_VW)));

XB_ALWAYS_INLINE void gemv_strip_as(const int32_t type, const xb_gemv_strip *s) {
    const char   *b = s->b;
    const int64_t step = s->ldb * gemm_type_bytes(type);
    xb_vf         alpha = xb_vf_set(s->alpha);
    XB_STRIP_8(XB_STRIP_BEGIN)
    for (int64_t k = 0; k < s->k; k++, b += step) {
        xb_vf a = xb_vf_dup(s->a + k);
        XB_STRIP_8(XB_STRIP_ADD)
    }
    if (s->keep) {
        XB_STRIP_8(XB_STRIP_KEEP)
    } else {
        XB_STRIP_8(XB_STRIP_STORE)
    }
}

static void gemv_strip(const xb_gemv_strip *s) {
    switch (s->type) {
    case XB_GEMM_F16: gemv_strip_as(XB_GEMM_F16, s); break;
    case XB_GEMM_BF16: gemv_strip_as(XB_GEMM_BF16, s); break;
    case XB_GEMM_S8: gemv_strip_as(XB_GEMM_S8, s); break;
    case XB_GEMM_U8: gemv_strip_as(XB_GEMM_U8, s); break;
    default: gemv_strip_as(XB_GEMM_F32, s); break;
    }
}

/* ---- scalar products ---- */

/* alpha times the sums of four vectors, or of the first `count`. */
XB_NEVER_INLINE void gemv_store_4(xb_vf a, xb_vf b, xb_vf c, xb_vf d, float alpha, float *out, int64_t count) {
    float sums[4];
#if defined(XB_VEC_SSE4) || defined(XB_VEC_AVX2) || defined(XB_VEC_AVX512)
#  if XB_VW == 16
#    define XB_FOLD_8(v) _mm256_add_ps(_mm512_castps512_ps256(v), xb_vf_upper(v))
#  else
#    define XB_FOLD_8(v) v
#  endif
#  if XB_VW >= 8
#    define XB_FOLD_4(v) _mm_add_ps(_mm256_castps256_ps128(XB_FOLD_8(v)), _mm256_extractf128_ps(XB_FOLD_8(v), 1))
#  else
#    define XB_FOLD_4(v) v
#  endif
    __m128 a4 = XB_FOLD_4(a), b4 = XB_FOLD_4(b), c4 = XB_FOLD_4(c), d4 = XB_FOLD_4(d);
    __m128 ab = _mm_add_ps(_mm_unpacklo_ps(a4, b4), _mm_unpackhi_ps(a4, b4)); /* a0 + a2, b0 + b2, a1 + a3, b1 + b3 */
    __m128 cd = _mm_add_ps(_mm_unpacklo_ps(c4, d4), _mm_unpackhi_ps(c4, d4));
    _mm_storeu_ps(sums, _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)));
#else
    sums[0] = xb_vf_hsum(a), sums[1] = xb_vf_hsum(b), sums[2] = xb_vf_hsum(c), sums[3] = xb_vf_hsum(d);
#endif
    for (int64_t i = 0; i < 4 && i < count; i++) out[i] = sums[i] * alpha;
}

/* Where a vector is read from. */
typedef struct gemv_dot_at {
    const float *a[XB_DOT_ROWS_MAX];
    const char  *b[4];
} gemv_dot_at;

/* The last `count` k, fewer than a vector, with 0 behind them; for quantised weights the zero point does not matter there,
 * because A is 0. */
XB_COLD void gemv_dot_tail(gemv_dot_at *at, int32_t rows, int64_t k, int64_t count, int64_t size, float *room) {
    memset(room, 0, sizeof *room * XB_VW * (XB_DOT_ROWS_MAX + 4));
    for (int32_t i = 0; i < rows; i++, room += XB_VW) at->a[i] = memcpy(room, at->a[i] + k, (size_t)count * sizeof *room);
    for (int32_t j = 0; j < 4; j++, room += XB_VW) at->b[j] = memcpy(room, at->b[j] + k * size, (size_t)(count * size));
}

#define XB_DOT_COLUMNS(F, i) F(i, 0) F(i, 1) F(i, 2) F(i, 3)
#define XB_DOT_EACH(F)       F(0) F(1) F(2) F(3)
#if XB_DOT_ROWS == 4
#  define XB_DOT_ALL(F) F(0) F(1) F(2) F(3)
#else
#  define XB_DOT_ALL(F) F(0) F(1)
#endif
#define XB_DOT_BEGIN(i, j)  xb_vf x##i##j = xb_vf_zero();
#define XB_DOT_BEGIN_ROW(i) XB_DOT_COLUMNS(XB_DOT_BEGIN, i)
#define XB_DOT_COLUMN(j)                                                             \
    const int64_t col##j = col + (j < left ? j : left - 1); /* the last one again */ \
    at.b[j] = (const char *)d->b + col##j * d->ldb * size;                           \
    const xb_vf z##j = xb_vf_set(gemm_is_quantised(type) ? d->zero[col##j] : 0.0f);
#define XB_DOT_READ(j)                                \
    xb_vf w##j = gemm_load(type, at.b[j] + k * size); \
    if (gemm_is_quantised(type)) w##j = xb_vf_sub(w##j, z##j);
#define XB_DOT_ADD(i, j) x##i##j = xb_vf_fma(a, w##j, x##i##j);
#define XB_DOT_ROW(i)                      \
    if (rows > i) {                        \
        xb_vf a = xb_vf_load(at.a[i] + k); \
        XB_DOT_COLUMNS(XB_DOT_ADD, i)      \
    }
#define XB_DOT_STORE(i) \
    if (rows > i) gemv_store_4(x##i##0, x##i##1, x##i##2, x##i##3, d->alpha, d->c[i] + col, left);

XB_ALWAYS_INLINE void gemm_dot_as(const int32_t type, const int rows, const xb_gemm_dot *d) {
    const int64_t size = gemm_type_bytes(type);
    float         room[XB_VW * (XB_DOT_ROWS_MAX + 4)];
    for (int64_t col = 0; col < d->cols; col += 4) {
        const int64_t left = d->cols - col;
        gemv_dot_at   at = { .a = { d->a[0], d->a[1], d->a[2], d->a[3] } };
        XB_DOT_ALL(XB_DOT_BEGIN_ROW)
        XB_DOT_EACH(XB_DOT_COLUMN)
        for (int64_t whole = d->k / XB_VW * XB_VW, tail = d->k - whole;; tail = 0, whole = XB_VW) {
            for (int64_t k = 0; k < whole; k += XB_VW) {
                XB_DOT_EACH(XB_DOT_READ)
                XB_DOT_ALL(XB_DOT_ROW)
            }
            if (tail == 0) break;
            gemv_dot_tail(&at, rows, whole, tail, size, room);
        }
        XB_DOT_ALL(XB_DOT_STORE)
    }
}

static void gemm_dot(int32_t rows, const xb_gemm_dot *d) {
    if (rows > 1) {
        gemm_dot_as(XB_GEMM_F32, XB_DOT_ROWS, d);
        return;
    }
    switch (d->type) {
    case XB_GEMM_F16: gemm_dot_as(XB_GEMM_F16, 1, d); break;
    case XB_GEMM_BF16: gemm_dot_as(XB_GEMM_BF16, 1, d); break;
    case XB_GEMM_S8: gemm_dot_as(XB_GEMM_S8, 1, d); break;
    case XB_GEMM_U8: gemm_dot_as(XB_GEMM_U8, 1, d); break;
    default: gemm_dot_as(XB_GEMM_F32, 1, d); break;
    }
}

/* ---- scalar products with blocks of few bits ---- */

/* A vector of bytes holds 8 / bits vectors of weights, bits 4 or 8: value p of each byte makes plane p. The row of A lies in the
 * same order. */
#define XB_BITS_COLUMN(j)                                                         \
    const int64_t  n##j = n + (j < left ? j : left - 1); /* the last one again */ \
    const uint8_t *q##j = (const uint8_t *)b->data + n##j * b->col;               \
    const float   *scale##j = b->scale + n##j * b->scale_col;                     \
    xb_vf          x##j = xb_vf_zero();
#define XB_BITS_READ(j)               \
    xb_vi v##j = xb_vi_load_u8(q##j); \
    q##j += XB_VW;
#define XB_BITS_BLOCK(j)                                          \
    const xb_vf z##j = xb_vf_set(gemm_bits_zero(b, n##j, block)); \
    const xb_vf s##j = xb_vf_set(scale##j[block]);                \
    XB_BITS_TABLE(j)
#if XB_VW == 16 /* the weights of 4 bits are a table in a register, looked up by the low 4 bits */
#  define XB_BITS_TABLE(j) const xb_vf t##j = xb_vf_mul(xb_vf_sub(xb_vf_from_vi(xb_vi_iota()), z##j), s##j);
#  define XB_BITS_WEIGHT(j) \
      (bits == 4 ? _mm512_permutexvar_ps(v##j, t##j) : xb_vf_mul(xb_vf_sub(xb_vf_from_vi(v##j), z##j), s##j))
#else
#  define XB_BITS_TABLE(j)
#  define XB_BITS_WEIGHT(j) xb_vf_mul(xb_vf_sub(xb_vf_from_vi(bits == 4 ? xb_vi_and(v##j, xb_vi_set(15)) : v##j), z##j), s##j)
#endif
#define XB_BITS_ADD(j)                            \
    x##j = xb_vf_fma(a, XB_BITS_WEIGHT(j), x##j); \
    v##j = xb_vi_shr(v##j, 4); /* the next plane */

XB_ALWAYS_INLINE void gemv_bits_as(const int32_t bits, const xb_gemm_b *b, const float *planes, int64_t k, int64_t first,
                                   int64_t cols, float alpha, float *out) {
    for (int64_t n = first; n < first + cols; n += 4) {
        const int64_t left = first + cols - n;
        const float  *p = planes;
        XB_DOT_EACH(XB_BITS_COLUMN)
        for (int64_t block = 0; block * b->block < k; block++) {
            XB_DOT_EACH(XB_BITS_BLOCK)
            for (int64_t i = 0; i < b->block; i += XB_VW * 8 / bits) {
                XB_DOT_EACH(XB_BITS_READ)
                for (int32_t plane = 0; plane < 8 / bits; plane++, p += XB_VW) {
                    xb_vf a = xb_vf_load(p);
                    XB_DOT_EACH(XB_BITS_ADD)
                }
            }
        }
        gemv_store_4(x0, x1, x2, x3, alpha, out + (n - first), left);
    }
}

static void gemv_bits(const xb_gemm_b *b, const float *planes, int64_t k, int64_t first, int64_t cols, float alpha,
                      float *out) {
    if (b->bits == 4) gemv_bits_as(4, b, planes, k, first, cols, alpha, out);
    else gemv_bits_as(8, b, planes, k, first, cols, alpha, out);
}

#endif
