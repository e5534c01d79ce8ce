/* kernel/hot_conv.h - the hot functions of kernel/conv_hot.h in the vectors of kernel/vec.h. */
#ifndef XB_HOT_CONV_H
#define XB_HOT_CONV_H

#include "kernel/conv_hot.h"

#if defined(__GNUC__)
#  define XB_CONV_INLINE static inline __attribute__((always_inline))
#else
#  define XB_CONV_INLINE static inline
#endif
/* Loops that have to be unrolled are written out, because clang keeps the arrays of a loop in memory: M(0), M(1), ... */
#define XB_DO_4(M)  M(0) M(1) M(2) M(3)
#define XB_DO_6(M)  XB_DO_4(M) M(4) M(5)
#define XB_DO_8(M)  XB_DO_6(M) M(6) M(7)
#define XB_DO_14(M) XB_DO_8(M) M(8) M(9) M(10) M(11) M(12) M(13)

/* The largest tile: its sums, a vector of weights for each column and the value in work fit the registers. */
#if XB_VREGS == 32 && XB_VW == 16
#  define XB_CONV_P 14
#  define XB_CONV_V 2
#elif XB_VREGS == 32
#  define XB_CONV_P 6
#  define XB_CONV_V 4
#else
#  define XB_CONV_P 6
#  define XB_CONV_V 2
#endif

XB_CONV_INLINE void xb_hot_tile(const xb_conv_tile *t, const float *x, const float *w, const float *init, float *y,
                                const int points, const int vectors, const int pitch, const int64_t step) {
    const xb_vf none = xb_vf_zero();
    const xb_vf i0 = xb_vf_load(init), i1 = vectors > 1 ? xb_vf_load(init + XB_VW) : none,
                i2 = vectors > 2 ? xb_vf_load(init + 2 * XB_VW) : none, i3 = vectors > 3 ? xb_vf_load(init + 3 * XB_VW) : none;
#define XB_CONV_TILE_SUMS(P) xb_vf s##P##0 = i0, s##P##1 = i1, s##P##2 = i2, s##P##3 = i3;
    XB_DO_14(XB_CONV_TILE_SUMS)
    for (int64_t s = 0; s < t->segment_count; s++) {
        const float *xs = x + t->segments[s].offset;
        for (int64_t i = t->segments[s].count; i > 0; i--, xs += step, w += vectors * XB_VW) {
            const xb_vf w0 = xb_vf_load(w), w1 = vectors > 1 ? xb_vf_load(w + XB_VW) : none,
                        w2 = vectors > 2 ? xb_vf_load(w + 2 * XB_VW) : none,
                        w3 = vectors > 3 ? xb_vf_load(w + 3 * XB_VW) : none;
#define XB_CONV_TILE_ADD(P)                                       \
    if (P < points) {                                             \
        xb_vf value = xb_vf_dup(xs + P * pitch);                  \
        s##P##0 = xb_vf_fma(value, w0, s##P##0);                  \
        if (vectors > 1) s##P##1 = xb_vf_fma(value, w1, s##P##1); \
        if (vectors > 2) s##P##2 = xb_vf_fma(value, w2, s##P##2); \
        if (vectors > 3) s##P##3 = xb_vf_fma(value, w3, s##P##3); \
    }
            XB_DO_14(XB_CONV_TILE_ADD)
        }
    }
#define XB_CONV_TILE_STORE(P)                                        \
    if (P < points) {                                                \
        float *to = y + P * t->y_point;                              \
        xb_vf_store(to, s##P##0);                                    \
        if (vectors > 1) xb_vf_store(to + t->y_vector, s##P##1);     \
        if (vectors > 2) xb_vf_store(to + 2 * t->y_vector, s##P##2); \
        if (vectors > 3) xb_vf_store(to + 3 * t->y_vector, s##P##3); \
    }
    XB_DO_14(XB_CONV_TILE_STORE)
}

#define XB_CONV_TILE(P, V)                                                                                                     \
    static void xb_hot_blocked_##V##_##P(const xb_conv_tile *t, const float *x, const float *w, const float *init, float *y) { \
        xb_hot_tile(t, x, w, init, y, P, V, XB_VW, 1);                                                                         \
    }                                                                                                                          \
    static void xb_hot_planar_##V##_##P(const xb_conv_tile *t, const float *x, const float *w, const float *init, float *y) {  \
        xb_hot_tile(t, x, w, init, y, P, V, 1, t->x_step);                                                                     \
    }
#if XB_CONV_P == 14
#  define XB_CONV_EACH_P(F, V) F(1, V) F(2, V) F(4, V) F(6, V) F(8, V) F(10, V) F(12, V) F(14, V)
#else
#  define XB_CONV_EACH_P(F, V) F(1, V) F(2, V) F(4, V) F(6, V)
#endif
XB_CONV_EACH_P(XB_CONV_TILE, 1)
XB_CONV_EACH_P(XB_CONV_TILE, 2)
#if XB_CONV_V == 4
XB_CONV_EACH_P(XB_CONV_TILE, 3)
XB_CONV_EACH_P(XB_CONV_TILE, 4)
#endif

/* ---- few channels ---- */

#define XB_CONV_FEW_V (XB_VREGS == 32 ? 4 : 2)

XB_CONV_INLINE void xb_hot_few(const xb_conv_tile *t, const float *x, const float *w, float *y, const int channels) {
    const xb_vf none = xb_vf_zero();
    const int   vectors = XB_CONV_FEW_V;
#define XB_FEW_SUMS(C) xb_vf s##C##0 = none, s##C##1 = none, s##C##2 = none, s##C##3 = none;
    XB_DO_4(XB_FEW_SUMS)
    for (int64_t s = 0; s < t->segment_count; s++) {
        const float *xs = x + t->segments[s].offset;
        for (int64_t i = t->segments[s].count; i > 0; i--, xs += t->x_step, w += channels) {
            const xb_vf x0 = xb_vf_load(xs), x1 = xb_vf_load(xs + XB_VW), x2 = vectors > 2 ? xb_vf_load(xs + 2 * XB_VW) : none,
                        x3 = vectors > 2 ? xb_vf_load(xs + 3 * XB_VW) : none;
#define XB_FEW_ADD(C)                                              \
    if (C < channels) {                                            \
        xb_vf weight = xb_vf_dup(w + C);                           \
        s##C##0 = xb_vf_fma(x0, weight, s##C##0);                  \
        s##C##1 = xb_vf_fma(x1, weight, s##C##1);                  \
        if (vectors > 2) s##C##2 = xb_vf_fma(x2, weight, s##C##2); \
        if (vectors > 2) s##C##3 = xb_vf_fma(x3, weight, s##C##3); \
    }
            XB_DO_4(XB_FEW_ADD)
        }
    }
#define XB_FEW_STORE(C)                                        \
    if (C < channels) {                                        \
        float *to = y + C * t->y_point;                        \
        xb_vf_store(to, s##C##0);                              \
        xb_vf_store(to + XB_VW, s##C##1);                      \
        if (vectors > 2) xb_vf_store(to + 2 * XB_VW, s##C##2); \
        if (vectors > 2) xb_vf_store(to + 3 * XB_VW, s##C##3); \
    }
    XB_DO_4(XB_FEW_STORE)
}

#define XB_CONV_FEW_TILE(C)                                                                                          \
    static void xb_hot_few_##C(const xb_conv_tile *t, const float *x, const float *w, const float *init, float *y) { \
        (void)init;                                                                                                  \
        xb_hot_few(t, x, w, y, C);                                                                                   \
    }
XB_CONV_FEW_TILE(1)
XB_CONV_FEW_TILE(2)
XB_CONV_FEW_TILE(4)

/* ---- copies ---- */

/* The elements of even numbers in a, then b. */
#if defined(XB_VEC_AVX512)
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) {
    return _mm512_permutex2var_ps(a, _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), b);
}
#elif defined(XB_VEC_AVX2)
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) {
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88)), 0xd8));
}
#elif defined(XB_VEC_SSE4)
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) { return _mm_shuffle_ps(a, b, 0x88); }
#elif defined(XB_VEC_NEON)
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) { return vuzp1q_f32(a, b); }
#elif defined(XB_VEC_WASM)
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) { return wasm_i32x4_shuffle(a, b, 0, 2, 4, 6); }
#else
XB_INLINE xb_vf xb_conv_even(xb_vf a, xb_vf b) {
    (void)b;
    return a;
}
#endif

static void xb_hot_conv_take(float *dst, int64_t dst_line, const float *src, int64_t src_line, int64_t step, int64_t lines,
                             int64_t count) {
    for (int64_t l = 0; l < lines; l++, dst += dst_line, src += src_line) {
        int64_t i = 0;
        if (step == 1) {
            for (; i + XB_VW <= count; i += XB_VW) xb_vf_store(dst + i, xb_vf_load(src + i));
            if (i < count) xb_vf_store_n(dst + i, xb_vf_load_n(src + i, count - i), count - i);
        } else if (step == 2) { /* the element behind the last one may not be there */
            for (; i + XB_VW < count; i += XB_VW)
                xb_vf_store(dst + i, xb_conv_even(xb_vf_load(src + 2 * i), xb_vf_load(src + 2 * i + XB_VW)));
            for (; i < count; i++) dst[i] = src[2 * i];
        } else {
            for (; i < count; i++) dst[i] = src[i * step];
        }
    }
}

static void xb_hot_conv_move(float *dst, int64_t dst_stride, const float *src, int64_t src_stride, int64_t count,
                             int64_t lanes) {
    if (lanes == XB_VW)
        for (int64_t i = 0; i < count; i++) xb_vf_store(dst + i * dst_stride, xb_vf_load(src + i * src_stride));
    else
        for (int64_t i = 0; i < count; i++) xb_vf_store(dst + i * dst_stride, xb_vf_load_n(src + i * src_stride, lanes));
}

static void xb_hot_conv_move_out(float *dst, int64_t dst_stride, const float *src, int64_t src_stride, int64_t count,
                                 int64_t lanes) {
    for (int64_t i = 0; i < count; i++) xb_vf_store_n(dst + i * dst_stride, xb_vf_load(src + i * src_stride), lanes);
}

/* ---- depthwise ---- */

XB_CONV_INLINE void xb_hot_depthwise_tile(const xb_conv_taps *t, const float *x, const float *w, const float *init, float *y,
                                          const int points, int64_t x_point, int64_t y_point, const int masked) {
    const xb_vf first = xb_vf_load(init);
#define XB_DEPTHWISE_SUM(P) xb_vf s##P = first;
    XB_DO_8(XB_DEPTHWISE_SUM)
    for (int64_t r = 0; r < t->rows; r++) {
        const float *xr = x + r * t->x_row, *wr = w + r * t->w_row;
        for (int64_t k = t->columns; k > 0; k--, xr += t->x_column, wr += t->w_column) {
            const xb_vf weight = xb_vf_load(wr);
#define XB_DEPTHWISE_ADD(P) \
    if (P < points)         \
        s##P = xb_vf_fma(masked ? xb_vf_load_n(xr + P * x_point, t->lanes) : xb_vf_load(xr + P * x_point), weight, s##P);
            XB_DO_8(XB_DEPTHWISE_ADD)
        }
    }
#define XB_DEPTHWISE_STORE(P)                                                 \
    if (P < points && masked) xb_vf_store_n(y + P * y_point, s##P, t->lanes); \
    else if (P < points) xb_vf_store(y + P * y_point, s##P);
    XB_DO_8(XB_DEPTHWISE_STORE)
}

/* The strides are constants where it pays. The last tile repeats points of the one before. */
XB_CONV_INLINE void xb_hot_depthwise_row(const xb_conv_taps *t, const float *x, const float *w, const float *init, float *y,
                                         int64_t count, int64_t x_point, int64_t y_point) {
    int64_t i = 0, size = count >= 8 ? 8 : count >= 4 ? 4 : 1;
    for (; i < count; i += size) {
        if (i + size > count) i = count - size;
        const float *from = x + i * x_point;
        float       *to = y + i * y_point;
        if (size == 8) xb_hot_depthwise_tile(t, from, w, init, to, 8, x_point, y_point, 0);
        else if (size == 4) xb_hot_depthwise_tile(t, from, w, init, to, 4, x_point, y_point, 0);
        else xb_hot_depthwise_tile(t, from, w, init, to, 1, x_point, y_point, 0);
    }
}

static void xb_hot_conv_depthwise(const xb_conv_taps *t, const float *x, const float *w, const float *init, float *y,
                                  int64_t count) {
    if (t->lanes != XB_VW) {
        for (int64_t i = 0; i < count; i++)
            xb_hot_depthwise_tile(t, x + i * t->x_point, w, init, y + i * t->y_point, 1, t->x_point, t->y_point, 1);
    } else if (t->y_point == XB_VW && t->x_point == XB_VW) {
        xb_hot_depthwise_row(t, x, w, init, y, count, XB_VW, XB_VW);
    } else if (t->y_point == XB_VW && t->x_point == 2 * XB_VW) {
        xb_hot_depthwise_row(t, x, w, init, y, count, 2 * XB_VW, XB_VW);
    } else {
        xb_hot_depthwise_row(t, x, w, init, y, count, t->x_point, t->y_point);
    }
}

/* ---- Winograd ---- the points 0, +-a, +-b, infinity with a^2 = 1/2, b^2 = 2: see kernel/conv_winograd.c */

#define XB_WINOGRAD_A 0.70710678118654752f
#define XB_WINOGRAD_B 1.41421356237309505f

/* v = B^T d */
XB_CONV_INLINE void xb_hot_winograd_in(xb_vf v[6], const xb_vf d[6]) {
    xb_vf a = xb_vf_set(XB_WINOGRAD_A), b = xb_vf_set(XB_WINOGRAD_B), half = xb_vf_set(0.5f), two = xb_vf_set(2.0f),
          both = xb_vf_set(2.5f); /* a^2 + b^2; a^2 b^2 = 1 */
    xb_vf even_a = xb_vf_fnma(two, d[2], d[4]), odd_a = xb_vf_fnma(two, d[1], d[3]);
    xb_vf even_b = xb_vf_fnma(half, d[2], d[4]), odd_b = xb_vf_fnma(half, d[1], d[3]);
    v[0] = xb_vf_fnma(both, d[2], xb_vf_add(d[0], d[4]));
    v[1] = xb_vf_fma(a, odd_a, even_a);
    v[2] = xb_vf_fnma(a, odd_a, even_a);
    v[3] = xb_vf_fma(b, odd_b, even_b);
    v[4] = xb_vf_fnma(b, odd_b, even_b);
    v[5] = xb_vf_fnma(both, d[3], xb_vf_add(d[1], d[5]));
}

/* y = A^T m */
XB_CONV_INLINE void xb_hot_winograd_out(xb_vf y[4], const xb_vf m[6]) {
    xb_vf a = xb_vf_set(XB_WINOGRAD_A), b = xb_vf_set(XB_WINOGRAD_B), half = xb_vf_set(0.5f), two = xb_vf_set(2.0f);
    xb_vf sum_a = xb_vf_add(m[1], m[2]), difference_a = xb_vf_mul(a, xb_vf_sub(m[1], m[2]));
    xb_vf sum_b = xb_vf_add(m[3], m[4]), difference_b = xb_vf_mul(b, xb_vf_sub(m[3], m[4]));
    y[0] = xb_vf_add(m[0], xb_vf_add(sum_a, sum_b));
    y[1] = xb_vf_add(difference_a, difference_b);
    y[2] = xb_vf_fma(half, sum_a, xb_vf_mul(two, sum_b));
    y[3] = xb_vf_fma(half, difference_a, xb_vf_fma(two, difference_b, m[5]));
}

static void xb_hot_winograd_in2(const float *x, int64_t x_row, int64_t x_tile, int64_t count, float *v, int64_t v_plane) {
    for (int64_t t = 0; t < count; t++, x += x_tile, v += XB_VW) {
        xb_vf half[6][6], d[6], r[6]; /* half[k][column] */
        for (int c = 0; c < 6; c++) {
#define XB_WINOGRAD_READ(K) d[K] = xb_vf_load(x + K * x_row + c * XB_VW);
            XB_DO_6(XB_WINOGRAD_READ)
            xb_hot_winograd_in(r, d);
#define XB_WINOGRAD_KEEP(K) half[K][c] = r[K];
            XB_DO_6(XB_WINOGRAD_KEEP)
        }
        for (int k = 0; k < 6; k++) {
            xb_hot_winograd_in(r, half[k]);
#define XB_WINOGRAD_WRITE(C) xb_vf_store(v + (k * 6 + C) * v_plane, r[C]);
            XB_DO_6(XB_WINOGRAD_WRITE)
        }
    }
}

static void xb_hot_winograd_out2(const float *m, int64_t m_plane, int64_t count, const float *init, float *y, int64_t y_row,
                                 int64_t rows, int64_t columns) {
    xb_vf bias = xb_vf_load(init);
    for (int64_t t = 0; t < count; t++, m += XB_VW, y += 4 * XB_VW) {
        xb_vf half[4][6], d[6], r[4];
        for (int c = 0; c < 6; c++) {
#define XB_WINOGRAD_PLANE(K) d[K] = xb_vf_load(m + (K * 6 + c) * m_plane);
            XB_DO_6(XB_WINOGRAD_PLANE)
            xb_hot_winograd_out(r, d);
            XB_DO_4(XB_WINOGRAD_KEEP)
        }
        for (int k = 0; k < rows; k++) {
            xb_hot_winograd_out(r, half[k]);
#define XB_WINOGRAD_RESULT(C) \
    if (C < columns) xb_vf_store(y + k * y_row + C * XB_VW, xb_vf_add(r[C], bias));
            XB_DO_4(XB_WINOGRAD_RESULT)
        }
    }
}

static void xb_hot_winograd_in1(const float *x, int64_t x_step, int64_t x_tile, int64_t count, float *v, int64_t v_plane) {
    for (int64_t t = 0; t < count; t++, x += x_tile, v += XB_VW) {
        xb_vf d[6], r[6];
#define XB_WINOGRAD_READ_1(K) d[K] = xb_vf_load(x + K * x_step);
        XB_DO_6(XB_WINOGRAD_READ_1)
        xb_hot_winograd_in(r, d);
#define XB_WINOGRAD_WRITE_1(K) xb_vf_store(v + K * v_plane, r[K]);
        XB_DO_6(XB_WINOGRAD_WRITE_1)
    }
}

static void xb_hot_winograd_out1(const float *m, int64_t m_plane, int64_t count, const float *init, float *y, int64_t y_step,
                                 int64_t y_tile, int64_t points, int64_t lanes) {
    xb_vf bias = xb_vf_load(init);
    for (int64_t t = 0; t < count; t++, m += XB_VW, y += y_tile) {
        xb_vf d[6], r[4];
#define XB_WINOGRAD_PLANE_1(K) d[K] = xb_vf_load(m + K * m_plane);
        XB_DO_6(XB_WINOGRAD_PLANE_1)
        xb_hot_winograd_out(r, d);
#define XB_WINOGRAD_RESULT_1(K) \
    if (K < points) xb_vf_store_n(y + K * y_step, xb_vf_add(r[K], bias), lanes);
        XB_DO_4(XB_WINOGRAD_RESULT_1)
    }
}

#define XB_CONV_BLOCKED_NAME(P, V) xb_hot_blocked_##V##_##P,
#define XB_CONV_PLANAR_NAME(P, V)  xb_hot_planar_##V##_##P,
#if XB_CONV_V == 4
#  define XB_CONV_EACH_TILE(NAME)                                                                                            \
      {                                                                                                                      \
          { XB_CONV_EACH_P(NAME, 1) }, { XB_CONV_EACH_P(NAME, 2) }, { XB_CONV_EACH_P(NAME, 3) }, { XB_CONV_EACH_P(NAME, 4) } \
      }
#else
#  define XB_CONV_EACH_TILE(NAME) { { XB_CONV_EACH_P(NAME, 1) }, { XB_CONV_EACH_P(NAME, 2) }, { 0 }, { 0 } }
#endif
#define XB_CONV_HOT_TABLE                                                                          \
    { .points = XB_CONV_P,                                                                         \
      .vectors = XB_CONV_V,                                                                        \
      .tile = { XB_CONV_EACH_TILE(XB_CONV_BLOCKED_NAME), XB_CONV_EACH_TILE(XB_CONV_PLANAR_NAME) }, \
      .few_vectors = XB_CONV_FEW_V,                                                                \
      .few = { xb_hot_few_1, xb_hot_few_2, xb_hot_few_4 },                                         \
      .pool = xb_hot_pool,                                                                         \
      .spread = xb_hot_spread,                                                                     \
      .collect = xb_hot_collect,                                                                   \
      .take = xb_hot_conv_take,                                                                    \
      .move = xb_hot_conv_move,                                                                    \
      .move_out = xb_hot_conv_move_out,                                                            \
      .depthwise = xb_hot_conv_depthwise,                                                          \
      .winograd_in2 = xb_hot_winograd_in2,                                                         \
      .winograd_out2 = xb_hot_winograd_out2,                                                       \
      .winograd_in1 = xb_hot_winograd_in1,                                                         \
      .winograd_out1 = xb_hot_winograd_out1 }

#endif
