/* kernel/hot_qgemm.h - products of 8-bit integers for one instruction set, and its table (kernel/qgemm_kernels.h). Included
 * after kernel/vec.h, by kernel/hot.h and by the files of sets that have integer dot products (kernel/isa_avx512vnni.c,
 * isa_neondot.c), which define XB_QGEMM_VNNI or XB_QGEMM_NEONDOT.
 *
 * Every multiplication here is exact, and sums wrap at 32 bits:
 *   vpdpbusd        four products uint8 x int8, added to int32 without saturation         (Intel SDM vol. 2; AVX512_VNNI)
 *   sdot            four products int8 x int8                                             (Arm ARM, FEAT_DotProd)
 *   pmaddwd         two products int16 x int16 of widened bytes; vpmaddubsw would saturate at 16 bits
 *   smull, sadalp   products int8 x int8 to int16, pairs of which are added to int32      (Armv8.0) */
#ifndef XB_HOT_QGEMM_H
#define XB_HOT_QGEMM_H

#include "kernel/hot_quantize.h"
#include "kernel/hot_tile.h"
#include "kernel/qgemm.h"
#include "kernel/qgemm_kernels.h"

/* q_a: a group of A in every lane. q_step: sum += group of A times group of each column. */
#if defined(XB_QGEMM_VNNI)
#  define XB_Q_NAME  "avx512vnni"
#  define XB_Q_TABLE xb_qisa_table_avx512vnni
#  define XB_Q_NEEDS (XB_ISA_NEEDS | XB_CPU_AVX512VNNI)
#  define XB_Q_GROUP 4
#  define XB_Q_LINE  XB_QLINE_U8
typedef __m512i q_a, q_b;
XB_INLINE q_b   q_load(const int8_t *p) { return _mm512_loadu_si512(p); }
XB_INLINE xb_vi q_step(xb_vi sum, q_a a, q_b b) {
#  if defined(__GNUC__) && !defined(__clang__) /* the intrinsic of gcc 12 keeps sums in memory, four times slower */
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
#  else
    return _mm512_dpbusd_epi32(sum, a, b);
#  endif
}
#elif defined(XB_QGEMM_NEONDOT)
#  define XB_Q_NAME  "neondot"
#  define XB_Q_TABLE xb_qisa_table_neondot
#  define XB_Q_NEEDS (XB_ISA_NEEDS | XB_CPU_DOTPROD)
#  define XB_Q_GROUP 4
#  define XB_Q_LINE  XB_QLINE_S8
typedef int8x16_t q_a, q_b;
XB_INLINE q_b     q_load(const int8_t *p) { return vld1q_s8(p); }
XB_INLINE xb_vi   q_step(xb_vi sum, q_a a, q_b b) { return vdotq_s32(sum, a, b); }
#elif defined(XB_VEC_AVX2)
#  define XB_Q_TABLE xb_qisa_table_avx2
#  define XB_Q_LINE  XB_QLINE_S16
typedef __m256i q_a, q_b;
XB_INLINE q_b   q_load(const int8_t *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p)); }
XB_INLINE xb_vi q_step(xb_vi sum, q_a a, q_b b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
#  define XB_Q_WIDE  16 /* elements that q_widen makes int16 */
XB_INLINE q_a   q_widen(const uint8_t *p, int is_signed) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    return is_signed ? _mm256_cvtepi8_epi16(v) : _mm256_cvtepu8_epi16(v);
}
XB_INLINE void q_store(void *p, q_a v) { _mm256_storeu_si256(p, v); }
XB_INLINE q_a  q_ones(void) { return _mm256_set1_epi16(1); }
#elif defined(XB_VEC_SSE4)
#  define XB_Q_TABLE xb_qisa_table_sse4
#  define XB_Q_LINE  XB_QLINE_S16
typedef __m128i q_a, q_b;
XB_INLINE q_b   q_load(const int8_t *p) { return _mm_cvtepi8_epi16(_mm_loadl_epi64((const __m128i *)(const void *)p)); }
XB_INLINE xb_vi q_step(xb_vi sum, q_a a, q_b b) { return _mm_add_epi32(sum, _mm_madd_epi16(a, b)); }
#  define XB_Q_WIDE  8
XB_INLINE q_a   q_widen(const uint8_t *p, int is_signed) {
    __m128i v = _mm_loadl_epi64((const __m128i *)(const void *)p);
    return is_signed ? _mm_cvtepi8_epi16(v) : _mm_cvtepu8_epi16(v);
}
XB_INLINE void q_store(void *p, q_a v) { _mm_storeu_si128(p, v); }
XB_INLINE q_a  q_ones(void) { return _mm_set1_epi16(1); }
#elif defined(XB_VEC_NEON)
#  define XB_Q_TABLE xb_qisa_table_neon
#  define XB_Q_LINE  XB_QLINE_S8
typedef int8x8_t q_a, q_b;
XB_INLINE q_b    q_load(const int8_t *p) { return vld1_s8(p); }
XB_INLINE xb_vi  q_step(xb_vi sum, q_a a, q_b b) { return vpadalq_s16(sum, vmull_s8(a, b)); }
#elif defined(XB_VEC_WASM)
#  define XB_Q_TABLE xb_qisa_table_wasm
#  define XB_Q_LINE  XB_QLINE_S16
typedef v128_t  q_a, q_b;
XB_INLINE q_b   q_load(const int8_t *p) { return wasm_i16x8_load8x8(p); }
XB_INLINE xb_vi q_step(xb_vi sum, q_a a, q_b b) { return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, b)); }
#  define XB_Q_WIDE  8
XB_INLINE q_a   q_widen(const uint8_t *p, int is_signed) { return is_signed ? wasm_i16x8_load8x8(p) : wasm_u16x8_load8x8(p); }
XB_INLINE void  q_store(void *p, q_a v) { wasm_v128_store(p, v); }
XB_INLINE q_a   q_ones(void) { return wasm_i16x8_splat(1); }
#else
#  define XB_Q_TABLE xb_qisa_table_scalar
#  define XB_Q_LINE  XB_QLINE_S16
typedef struct q_pair {
    int32_t low, high;
} q_a, q_b;
XB_INLINE q_b   q_load(const int8_t *p) { return (q_b){ p[0], p[1] }; }
XB_INLINE xb_vi q_step(xb_vi sum, q_a a, q_b b) { return xb_vi_add(xb_vi_add(sum, a.low * b.low), a.high * b.high); }
#  define XB_Q_WIDE  2
XB_INLINE q_a   q_widen(const uint8_t *p, int is_signed) {
    return is_signed ? (q_a){ (int8_t)p[0], (int8_t)p[1] } : (q_a){ p[0], p[1] };
}
XB_INLINE void q_store(void *p, q_a v) { memcpy(p, &(const int16_t[2]){ (int16_t)v.low, (int16_t)v.high }, 4); }
XB_INLINE q_a  q_ones(void) { return (q_a){ 1, 1 }; }
#endif
#if !defined(XB_Q_GROUP)
#  define XB_Q_NAME  XB_ISA_NAME
#  define XB_Q_NEEDS XB_ISA_NEEDS
#  define XB_Q_GROUP 2
#endif

/* Bytes of a group in a line of A, and of a vector's columns in a panel. */
#define XB_Q_LINE_BYTES (XB_Q_GROUP * (XB_Q_LINE == XB_QLINE_S16 ? 2 : 1))
#define XB_Q_STEP_BYTES (XB_VW * XB_Q_GROUP)

XB_INLINE q_a q_dup(const char *p) {
#if XB_VW == 1
    int16_t pair[2];
    memcpy(pair, p, sizeof pair);
    return (q_a){ pair[0], pair[1] };
#elif defined(XB_VEC_NEON) && !defined(XB_QGEMM_NEONDOT)
    int16_t pair;
    memcpy(&pair, p, sizeof pair);
    return vreinterpret_s8_s16(vdup_n_s16(pair));
#else
    int32_t four;
    memcpy(&four, p, sizeof four);
#  if defined(XB_VEC_NEON)
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
#  else
    return xb_vi_set(four);
#  endif
#endif
}

/* ---- the tile ---- */

#define XB_Q_A(i) (((i) < 3 ? a0 : (i) < 6 ? a3 : (i) < 9 ? a6 : (i) < 12 ? a9 : a12) + (i) % 3 * lda)
#define XB_Q_SUMS(i)          \
    xb_vi c##i##_0, c##i##_1; \
    XB_TILE_WIDE(xb_vi c##i##_2; xb_vi c##i##_3;)
#define XB_Q_BEGIN(i)                                     \
    if (rows > i) {                                       \
        c##i##_0 = c##i##_1 = xb_vi_set(0);               \
        XB_TILE_WIDE(c##i##_2 = c##i##_3 = xb_vi_set(0);) \
    }
#define XB_Q_ADD(i)                                                                           \
    if (rows > i) {                                                                           \
        q_a a = q_dup(XB_Q_A(i));                                                             \
        c##i##_0 = q_step(c##i##_0, a, b0);                                                   \
        c##i##_1 = q_step(c##i##_1, a, b1);                                                   \
        XB_TILE_WIDE(c##i##_2 = q_step(c##i##_2, a, b2); c##i##_3 = q_step(c##i##_3, a, b3);) \
    }
/* One row has too few sums to keep the multipliers busy: even and odd groups have their own. */
#if XB_TILE_NV == 4
#  define XB_Q_VECTORS(F) F(0) F(1) F(2) F(3)
#else
#  define XB_Q_VECTORS(F) F(0) F(1)
#endif
#define XB_Q_ONE_BEGIN(j) xb_vi even##j = xb_vi_set(0), odd##j = xb_vi_set(0);
#define XB_Q_ONE_ADD(j)                                             \
    even##j = q_step(even##j, a0, q_load(b + j * XB_Q_STEP_BYTES)); \
    odd##j = q_step(odd##j, a1, q_load(b + step + j * XB_Q_STEP_BYTES));
#define XB_Q_ONE_LAST(j)  even##j = q_step(even##j, a0, q_load(b + j * XB_Q_STEP_BYTES));
#define XB_Q_ONE_STORE(j) xb_vi_store(t->sums + j * XB_VW, xb_vi_add(even##j, odd##j));

static void q_tile_one(const xb_qgemm_tile *t) {
    const char   *a = t->a;
    const int64_t step = t->step ? t->step : XB_TILE_NV * XB_Q_STEP_BYTES;
    XB_Q_VECTORS(XB_Q_ONE_BEGIN)
    for (int64_t run = 0; run < t->runs || run == 0; run++) {
        const int8_t *b = t->b + (t->offsets ? t->offsets[run] : 0);
        int64_t       g = t->groups;
        for (; g >= 2; g -= 2, a += 2 * XB_Q_LINE_BYTES, b += 2 * step) {
            q_a a0 = q_dup(a), a1 = q_dup(a + XB_Q_LINE_BYTES);
            for (int i = 0; i < 2 * XB_TILE_NV * XB_Q_STEP_BYTES; i += 64) XB_PREFETCH(b + 2048 + i);
            XB_Q_VECTORS(XB_Q_ONE_ADD)
        }
        if (g > 0) {
            q_a a0 = q_dup(a);
            a += XB_Q_LINE_BYTES;
            XB_Q_VECTORS(XB_Q_ONE_LAST)
        }
    }
    XB_Q_VECTORS(XB_Q_ONE_STORE)
}

#if XB_TILE_NV * XB_Q_STEP_BYTES > 64
#  define XB_Q_FETCH(b) (XB_PREFETCH(b), XB_PREFETCH((b) + 64))
#else
#  define XB_Q_FETCH(b) XB_PREFETCH(b)
#endif
#if XB_TILE_MR > 6
#  define XB_Q_NEXT(n) (a0 += n, a3 += n, a6 += n, a9 += n, a12 += n)
#else
#  define XB_Q_NEXT(n) (a0 += n, a3 += n)
#endif
#define XB_Q_CASE(i)                                                                                          \
case i + 1: {                                                                                                 \
    enum { rows = i + 1 };                                                                                    \
    if (rows == 1) {                                                                                          \
        q_tile_one(t);                                                                                        \
        return;                                                                                               \
    }                                                                                                         \
    XB_TILE_ROWS(XB_Q_BEGIN)                                                                                  \
    for (int64_t run = 0; run < t->runs || run == 0; run++) {                                                 \
        const int8_t *b = t->b + (t->offsets ? t->offsets[run] : 0);                                          \
        for (int64_t g = t->groups; g > 0; g--) {                                                             \
            q_b b0 = q_load(b), b1 = q_load(b + XB_Q_STEP_BYTES);                                             \
            XB_TILE_WIDE(q_b b2 = q_load(b + 2 * XB_Q_STEP_BYTES); q_b b3 = q_load(b + 3 * XB_Q_STEP_BYTES);) \
            XB_Q_FETCH(b + XB_TILE_AHEAD * XB_TILE_NV * XB_Q_STEP_BYTES);                                     \
            b += step;                                                                                        \
            XB_TILE_ROWS(XB_Q_ADD)                                                                            \
            XB_Q_NEXT(XB_Q_LINE_BYTES);                                                                       \
        }                                                                                                     \
    }                                                                                                         \
    goto store##i;                                                                                            \
}
#define XB_Q_STORE(i)                                                              \
    store##i : {                                                                   \
        xb_vi_store(t->sums + i * XB_TILE_NR, c##i##_0);                           \
        xb_vi_store(t->sums + i * XB_TILE_NR + XB_VW, c##i##_1);                   \
        XB_TILE_WIDE(xb_vi_store(t->sums + i * XB_TILE_NR + 2 * XB_VW, c##i##_2);  \
                     xb_vi_store(t->sums + i * XB_TILE_NR + 3 * XB_VW, c##i##_3);) \
    }

/* A loop for each height, the stores once (kernel/hot_gemm_tile.h). */
static void q_tile(int32_t height, const xb_qgemm_tile *t) {
    const int64_t lda = t->lda;
    const char   *a0 = t->a, *a3 = a0 + 3 * lda;
#if XB_TILE_MR > 6
    const char *a6 = a3 + 3 * lda, *a9 = a6 + 3 * lda, *a12 = a9 + 3 * lda;
#else
    const char *a6 = a0, *a9 = a0, *a12 = a0; /* of no row */
    (void)a6, (void)a9, (void)a12;
#endif
    const int64_t step = t->step ? t->step : XB_TILE_NV * XB_Q_STEP_BYTES;
    XB_TILE_ROWS(XB_Q_SUMS)
    switch (height) {
        XB_TILE_DOWN(XB_Q_CASE)
    default: return;
    }
    XB_TILE_DOWN(XB_Q_STORE)
}

/* ---- lines of A ---- */

XB_INLINE int32_t q_sum_lanes(xb_vi v) {
    int32_t lane[XB_VW], sum = 0;
    xb_vi_store(lane, v);
    for (int i = 0; i < XB_VW; i++) sum += lane[i];
    return sum;
}

/* The lines of int16 are widened; those of bytes have the highest bit turned, or not: 128 more and 128 less are the same. */
static int32_t q_make_line(const uint8_t *a, int is_signed, int64_t count, void *line) {
    xb_vi   sums = xb_vi_set(0);
    int64_t i = 0;
#if defined(XB_Q_WIDE)
    for (; i + XB_Q_WIDE <= count; i += XB_Q_WIDE) {
        q_a v = q_widen(a + i, is_signed);
        sums = q_step(sums, v, q_ones());
        q_store((int16_t *)line + i, v);
    }
    int32_t sum = q_sum_lanes(sums);
    for (; i < count; i++) {
        int16_t v = is_signed ? (int8_t)a[i] : a[i];
        memcpy((int16_t *)line + i, &v, sizeof v);
        sum += v;
    }
#else
    const int32_t  shift = XB_Q_LINE == XB_QLINE_U8 ? (is_signed ? 128 : 0) : is_signed ? 0 : -128;
    const uint64_t flip = shift ? UINT64_C(0x8080808080808080) : 0;
    uint8_t       *to = line;
    for (; i + XB_VW <= count; i += XB_VW)
        sums = xb_vi_add(sums, is_signed ? xb_vi_load_i8((const int8_t *)(const void *)(a + i)) : xb_vi_load_u8(a + i));
    int32_t sum = q_sum_lanes(sums) + (int32_t)((uint32_t)shift * (uint32_t)count);
    for (; i < count; i++) sum += is_signed ? (int8_t)a[i] : a[i];
    for (i = 0; to && i + 8 <= count; i += 8) {
        uint64_t eight;
        memcpy(&eight, a + i, sizeof eight);
        eight ^= flip;
        memcpy(to + i, &eight, sizeof eight);
    }
    for (; to && i < count; i++) to[i] = a[i] ^ (uint8_t)flip;
#endif
    return sum;
}

/* ---- from sums to results ---- */

XB_INLINE xb_vi q_times(xb_vi a, int32_t b) {
#if defined(XB_VEC_AVX512)
    return _mm512_mullo_epi32(a, _mm512_set1_epi32(b));
#elif defined(XB_VEC_AVX2)
    return _mm256_mullo_epi32(a, _mm256_set1_epi32(b));
#elif defined(XB_VEC_SSE4)
    return _mm_mullo_epi32(a, _mm_set1_epi32(b));
#elif defined(XB_VEC_NEON)
    return vmulq_n_s32(a, b);
#elif defined(XB_VEC_WASM)
    return wasm_i32x4_mul(a, wasm_i32x4_splat(b));
#else
    return (xb_vi)((uint32_t)a * (uint32_t)b);
#endif
}

/* `count` columns from j on, of all rows. */
XB_ALWAYS_INLINE void q_finish_as(const int32_t output, const xb_qgemm_finish *f, int32_t j, int64_t count) {
    const xb_vi column_sums = xb_vi_load(f->column_sums + j), b_zero = f->b_zero ? xb_vi_load(f->b_zero + j) : column_sums;
    const xb_vf b_scale = xb_vf_load(f->b_scale + j), c_scale = xb_vf_set(f->c_scale);
    const quantize_to to = quantize_for(1.0f, f->c_zero, f->low, f->high);
    for (int32_t r = 0; r < f->rows; r++) {
        const int64_t at = r * f->ldc + j;
        xb_vi         v = xb_vi_sub(xb_vi_load(f->sums + r * XB_TILE_NR + j), q_times(column_sums, f->a_zero[r]));
        if (f->b_zero) v = xb_vi_sub(v, q_times(b_zero, f->row_term[r]));
        if (f->row_add) v = xb_vi_add(v, xb_vi_set(f->row_add[r]));
        if (output == XB_QGEMM_I32) {
            xb_vi_store_n((int32_t *)f->c + at, v, count);
            continue;
        }
        xb_vf scale = xb_vf_mul(xb_vf_set(f->a_scale[r]), b_scale), x = xb_vf_from_vi(v);
        if (output == XB_QGEMM_F32) {
            xb_vf_store_n((float *)f->c + at, xb_vf_mul(x, scale), count);
            continue;
        }
        uint8_t bytes[XB_VW];
        quantize_store(bytes, quantize_vector(&to, xb_vf_mul(x, xb_vf_div(scale, c_scale))));
        memcpy((uint8_t *)f->c + at, bytes, (size_t)count);
    }
}

static void q_finish(const xb_qgemm_finish *f) {
    for (int32_t j = 0; j < f->cols; j += XB_VW) {
        const int64_t count = f->cols - j < XB_VW ? f->cols - j : XB_VW;
        switch (f->output) {
        case XB_QGEMM_I32: q_finish_as(XB_QGEMM_I32, f, j, count); break;
        case XB_QGEMM_F32: q_finish_as(XB_QGEMM_F32, f, j, count); break;
        default: q_finish_as(XB_QGEMM_U8, f, j, count); break;
        }
    }
}

const xb_qisa XB_Q_TABLE = {
    .name = XB_Q_NAME,
    .needs = XB_Q_NEEDS,
    .isa = &XB_ISA_TABLE,
    .mr = XB_TILE_MR,
    .nr = XB_TILE_NR,
    .group = XB_Q_GROUP,
    .line = XB_Q_LINE,
    .tile = q_tile,
    .finish = q_finish,
    .make_line = q_make_line,
};

#endif
