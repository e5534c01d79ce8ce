/* kernel/hot_pool.h - pooling and reordering (kernel/conv_hot.h) in the vectors of kernel/vec.h. */
#ifndef XB_HOT_POOL_H
#define XB_HOT_POOL_H

#include <math.h>

#include "kernel/hot_conv.h"
#include "kernel/pool.h"

/* ---- pooling ---- */

XB_CONV_INLINE xb_vf xb_hot_pool_add(xb_vf sum, xb_vf x, const int kind) {
    if (kind == XB_POOL_MAX) return xb_vf_max_nan(x, sum);
    if (kind == XB_POOL_L1) x = xb_vf_abs(x);
    return kind == XB_POOL_L2 ? xb_vf_fma(x, x, sum) : xb_vf_add(x, sum);
}

/* Four sums, of the columns 0, 4, ..., 1, 5, ... and so on. */
XB_CONV_INLINE void xb_hot_pool_row(const xb_pool_taps *t, const float *x, float *y, int64_t count, const int kind,
                                    const int masked) {
#define XB_POOL_TAP(I)                                                                                                         \
    sum##I = xb_hot_pool_add(sum##I, masked ? xb_vf_load_n(at + I * t->x_column, t->lanes) : xb_vf_load(at + I * t->x_column), \
                             kind)
    xb_vf first = xb_vf_set(kind == XB_POOL_MAX ? -INFINITY : 0.0f), divisor = xb_vf_set(t->divisor);
    for (; count > 0; count--, x += t->x_point, y += t->y_point) {
        xb_vf sum0 = first, sum1 = first, sum2 = first, sum3 = first;
        for (int64_t r = 0; r < t->rows; r++) {
            const float *at = x + r * t->x_row;
            int64_t      left = t->columns;
            for (; left >= 4; left -= 4, at += 4 * t->x_column) {
                XB_POOL_TAP(0);
                XB_POOL_TAP(1);
                XB_POOL_TAP(2);
                XB_POOL_TAP(3);
            }
            if (left > 0) XB_POOL_TAP(0);
            if (left > 1) XB_POOL_TAP(1);
            if (left > 2) XB_POOL_TAP(2);
        }
        const int join = kind == XB_POOL_MAX ? XB_POOL_MAX : XB_POOL_AVERAGE;
        xb_vf     all = xb_hot_pool_add(xb_hot_pool_add(sum0, sum1, join), xb_hot_pool_add(sum2, sum3, join), join);
        if (kind == XB_POOL_AVERAGE) all = xb_vf_div(all, divisor);
        if (kind == XB_POOL_L2) all = xb_vf_sqrt(all);
        if (masked) xb_vf_store_n(y, all, t->lanes);
        else xb_vf_store(y, all);
    }
#undef XB_POOL_TAP
}

XB_PLAIN static void xb_hot_pool(const xb_pool_taps *t, const float *x, float *y, int64_t count) {
    int masked = t->lanes < XB_VW;
    if (t->kind == XB_POOL_MAX && !masked) xb_hot_pool_row(t, x, y, count, XB_POOL_MAX, 0);
    else if (t->kind == XB_POOL_MAX) xb_hot_pool_row(t, x, y, count, XB_POOL_MAX, 1);
    else if (t->kind == XB_POOL_AVERAGE && !masked) xb_hot_pool_row(t, x, y, count, XB_POOL_AVERAGE, 0);
    else xb_hot_pool_row(t, x, y, count, t->kind, 1);
}

/* ---- four channels by four points ---- */

#if XB_VW == 1
#  define XB_QUADS 0
#elif defined(XB_VEC_NEON)
#  define XB_QUADS 1
XB_INLINE void xb_hot_quads(float *dst, int64_t dst_line, const float *src, int64_t src_line) {
    float32x4x2_t a = vtrnq_f32(vld1q_f32(src), vld1q_f32(src + src_line));
    float32x4x2_t b = vtrnq_f32(vld1q_f32(src + 2 * src_line), vld1q_f32(src + 3 * src_line));
    vst1q_f32(dst, vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0])));
    vst1q_f32(dst + dst_line, vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1])));
    vst1q_f32(dst + 2 * dst_line, vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0])));
    vst1q_f32(dst + 3 * dst_line, vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1])));
}
#elif defined(XB_VEC_WASM)
#  define XB_QUADS 1
XB_INLINE void xb_hot_quads(float *dst, int64_t dst_line, const float *src, int64_t src_line) {
    v128_t a = wasm_v128_load(src), b = wasm_v128_load(src + src_line), c = wasm_v128_load(src + 2 * src_line),
           d = wasm_v128_load(src + 3 * src_line);
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    wasm_v128_store(dst, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(dst + dst_line, wasm_i64x2_shuffle(ab, cd, 1, 3));
    ab = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    wasm_v128_store(dst + 2 * dst_line, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(dst + 3 * dst_line, wasm_i64x2_shuffle(ab, cd, 1, 3));
}
#else
#  define XB_QUADS 1
XB_INLINE void xb_hot_quads(float *dst, int64_t dst_line, const float *src, int64_t src_line) {
    __m128 a = _mm_loadu_ps(src), b = _mm_loadu_ps(src + src_line), c = _mm_loadu_ps(src + 2 * src_line),
           d = _mm_loadu_ps(src + 3 * src_line);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(dst, a);
    _mm_storeu_ps(dst + dst_line, b);
    _mm_storeu_ps(dst + 2 * dst_line, c);
    _mm_storeu_ps(dst + 3 * dst_line, d);
}
#endif

/* dst[j][i] = src[i][j] for i < rows, j < columns */
XB_PLAIN static void xb_hot_transpose(float *dst, int64_t dst_line, const float *src, int64_t src_line, int64_t rows,
                                      int64_t columns) {
    int64_t i = 0;
#if XB_QUADS
    for (; i + 4 <= rows; i += 4) {
        int64_t j = 0;
        for (; j + 4 <= columns; j += 4) xb_hot_quads(dst + j * dst_line + i, dst_line, src + i * src_line + j, src_line);
        for (; j < columns; j++)
            for (int k = 0; k < 4; k++) dst[j * dst_line + i + k] = src[(i + k) * src_line + j];
    }
#endif
    for (; i < rows; i++)
        for (int64_t j = 0; j < columns; j++) dst[j * dst_line + i] = src[i * src_line + j];
}

enum { XB_HOT_SPREAD_POINTS = 64 }; /* whose blocks stay in the first-level cache */

XB_PLAIN static void xb_hot_spread(float *dst, int64_t dst_point, const float *src, int64_t src_channel, int64_t count,
                                   int64_t lanes, int64_t width) {
    for (int64_t i = 0; i < count; i += XB_HOT_SPREAD_POINTS) {
        int64_t n = count - i < XB_HOT_SPREAD_POINTS ? count - i : XB_HOT_SPREAD_POINTS;
        float  *to = dst + i * dst_point;
        xb_hot_transpose(to, dst_point, src + i, src_channel, lanes, n);
        for (int64_t j = 0; j < n && lanes < width; j++)
            for (int64_t l = lanes; l < width; l++) to[j * dst_point + l] = 0;
    }
}

XB_PLAIN static void xb_hot_collect(float *dst, int64_t dst_channel, const float *src, int64_t src_point, int64_t count,
                                    int64_t lanes) {
    for (int64_t i = 0; i < count; i += XB_HOT_SPREAD_POINTS) {
        int64_t n = count - i < XB_HOT_SPREAD_POINTS ? count - i : XB_HOT_SPREAD_POINTS;
        xb_hot_transpose(dst + i, dst_channel, src + i * src_point, src_point, n, lanes);
    }
}

#endif
