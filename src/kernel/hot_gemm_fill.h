/* kernel/hot_gemm_fill.h - parts of B, of any type and strides, as float32: lines, and the panels that tiles read. */
#ifndef XB_HOT_GEMM_FILL_H
#define XB_HOT_GEMM_FILL_H

#include "kernel/gemm.h"
#include "kernel/hot_gemm_tile.h"

enum { GEMM_FILL_K = 64 }; /* k turned at a time: a piece of every column stays in the first-level cache */

XB_ALWAYS_INLINE int64_t gemm_type_bytes(const int32_t type) {
    return type == XB_GEMM_F32 ? 4 : type == XB_GEMM_F16 || type == XB_GEMM_BF16 ? 2 : 1;
}

#if XB_VEC_F16
#  define gemm_load_f16 xb_vf_load_f16
#else /* some 30 instructions */
XB_NEVER_INLINE xb_vf gemm_load_f16(const void *p) { return xb_vf_load_f16(p); }
#endif

XB_ALWAYS_INLINE xb_vf gemm_load(const int32_t type, const void *p) {
    switch (type) {
    case XB_GEMM_F16: return gemm_load_f16(p);
    case XB_GEMM_BF16: return xb_vf_load_bf16(p);
    case XB_GEMM_S8: return xb_vf_load_i8(p);
    case XB_GEMM_U8: return xb_vf_load_u8(p);
    default: return xb_vf_load(p);
    }
}

XB_ALWAYS_INLINE void gemm_convert_as(const int32_t type, const char *p, int64_t count, float *dst) {
    const int64_t size = gemm_type_bytes(type);
    int64_t       i = 0;
    for (; i + XB_VW <= count; i += XB_VW) xb_vf_store(dst + i, gemm_load(type, p + i * size));
    if (i < count) {
        float last[XB_VW], room[XB_VW] = { 0 };
        memcpy(room, p + i * size, (size_t)((count - i) * size));
        xb_vf_store(last, gemm_load(type, room));
        memcpy(dst + i, last, (size_t)(count - i) * sizeof *dst);
    }
}

/* `count` elements that lie side by side. */
XB_PLAIN static void gemm_convert(int32_t type, const void *src, int64_t count, float *dst) {
    switch (type) {
    case XB_GEMM_F16: gemm_convert_as(XB_GEMM_F16, src, count, dst); break;
    case XB_GEMM_BF16: gemm_convert_as(XB_GEMM_BF16, src, count, dst); break;
    case XB_GEMM_S8: gemm_convert_as(XB_GEMM_S8, src, count, dst); break;
    case XB_GEMM_U8: gemm_convert_as(XB_GEMM_U8, src, count, dst); break;
    default: memcpy(dst, src, (size_t)count * sizeof *dst); break;
    }
}

XB_PLAIN static float gemm_zero(const xb_gemm_b *b, int64_t at) {
    if (!b->zero) return 0;
    return b->type == XB_GEMM_S8 ? (float)((const int8_t *)b->zero)[at] : (float)((const uint8_t *)b->zero)[at];
}

/* dst = (dst - zero) * scale */
XB_PLAIN static void gemm_shift_scale(float *dst, int64_t count, float zero, float scale) {
    xb_vf   z = xb_vf_set(zero), s = xb_vf_set(scale);
    int64_t i = 0;
    for (; i + XB_VW <= count; i += XB_VW) xb_vf_store(dst + i, xb_vf_mul(xb_vf_sub(xb_vf_load(dst + i), z), s));
    for (; i < count; i++) dst[i] = (dst[i] - zero) * scale;
}

static uint32_t gemm_bits_at(const uint8_t *p, int64_t i, int32_t bits) {
    return (uint32_t)(p[i * bits / 8] >> i * bits % 8) & ((1u << bits) - 1u);
}

/* 8 values of 2 or 4 bits, which lie in 2 or 4 bytes, as bytes. Little-endian. */
XB_INLINE uint64_t gemm_spread_8(const uint8_t *p, int32_t bits) {
    uint64_t x = 0;
    if (bits == 4) {
        memcpy(&x, p, 4);
        x = (x | x << 16) & UINT64_C(0x0000ffff0000ffff);
        x = (x | x << 8) & UINT64_C(0x00ff00ff00ff00ff);
        return (x | x << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    }
    memcpy(&x, p, 2);
    x = (x | x << 24) & UINT64_C(0x000000ff000000ff);
    x = (x | x << 12) & UINT64_C(0x000f000f000f000f);
    return (x | x << 6) & UINT64_C(0x0303030303030303);
}

/* 16 values. One store where it can be: a vector load would wait for two. */
XB_INLINE void gemm_spread(const uint8_t *p, int32_t bits, uint8_t out[16]) {
    const uint64_t low = gemm_spread_8(p, bits), high = gemm_spread_8(p + bits, bits);
#if defined(XB_VEC_SSE4) || defined(XB_VEC_AVX2) || defined(XB_VEC_AVX512)
    _mm_storeu_si128((__m128i *)(void *)out, _mm_set_epi64x((int64_t)high, (int64_t)low));
#else
    memcpy(out, &low, 8), memcpy(out + 8, &high, 8);
#endif
}

XB_INLINE float gemm_bits_zero(const xb_gemm_b *b, int64_t n, int64_t block) {
    if (!b->zero) return (float)(1 << (b->bits - 1));
    if (b->zero_is_float) return ((const float *)b->zero)[n * b->zero_col + block];
    return (float)gemm_bits_at((const uint8_t *)b->zero + n * b->zero_col, block, b->bits);
}

/* k of one column of BITS: pieces that do not cross blocks. */
XB_PLAIN static void gemm_bits_line(const xb_gemm_b *b, int64_t n, int64_t k0, int64_t count, float *dst) {
    enum { PIECE = 64 };
    const int32_t  bits = b->bits;
    const uint8_t *line = (const uint8_t *)b->data + n * b->col;
    uint8_t        bytes[PIECE];
    for (int64_t done = 0, piece; done < count; done += piece) {
        const int64_t  k = k0 + done, block = k / b->block, in = k % b->block;
        const uint8_t *q = line + block * (b->block * bits / 8);
        piece = b->block - in < count - done ? b->block - in : count - done;
        piece = piece < PIECE ? piece : PIECE;
        const float    zero = gemm_bits_zero(b, n, block), scale = b->scale[n * b->scale_col + block];
        const xb_vf    z = xb_vf_set(zero), s = xb_vf_set(scale);
        const uint8_t *from = bits == 8 ? q + in : bytes;
        int64_t        i = 0;
        if (bits < 8) {
            for (; in % 16 == 0 && i + 16 <= piece; i += 16) gemm_spread(q + (in + i) * bits / 8, bits, bytes + i);
            for (; i < piece; i++) bytes[i] = (uint8_t)gemm_bits_at(q, in + i, bits);
        }
        for (i = 0; i + XB_VW <= piece; i += XB_VW)
            xb_vf_store(dst + done + i, xb_vf_mul(xb_vf_sub(xb_vf_load_u8(from + i), z), s));
        for (; i < piece; i++) dst[done + i] = ((float)from[i] - zero) * scale;
    }
}

/* B[k0 .. k0 + count, n] */
XB_PLAIN static void gemm_line(const xb_gemm_b *b, int64_t n, int64_t k0, int64_t count, float *dst) {
    if (b->type == XB_GEMM_BITS) {
        gemm_bits_line(b, n, k0, count, dst);
        return;
    }
    const int64_t size = gemm_type_bytes((int32_t)b->type);
    const char   *p = (const char *)b->data + (k0 * b->row + n * b->col) * size;
    if (b->row == 1) gemm_convert((int32_t)b->type, p, count, dst);
    else
        for (int64_t i = 0; i < count; i++) gemm_convert((int32_t)b->type, p + i * b->row * size, 1, dst + i);
    if (b->type != XB_GEMM_S8 && b->type != XB_GEMM_U8) return;
    for (int64_t done = 0; done < count;) { /* blocks */
        int64_t at_k = k0 + done, piece = count - done, at = n * b->scale_col;
        float   scale = 1;
        if (b->block > 0) {
            int64_t left = b->block - at_k % b->block;
            piece = left < piece ? left : piece;
            at += at_k / b->block * b->scale_row;
            scale = b->scale[at];
        }
        gemm_shift_scale(dst + done, piece, gemm_zero(b, at), scale);
        done += piece;
    }
}

/* dst[j * ld + i] = line[i][k + j]: 4 k of XB_TURN lines */
#if defined(XB_VEC_AVX2) || defined(XB_VEC_AVX512)
#  define XB_TURN 8
XB_INLINE __m256 gemm_load_pair(const float *low, const float *high) {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(low)), _mm_loadu_ps(high), 1);
}
XB_INLINE void gemm_turn(const float *const *line, int64_t k, float *dst, int64_t ld) {
    __m256 a = gemm_load_pair(line[0] + k, line[4] + k), b = gemm_load_pair(line[1] + k, line[5] + k);
    __m256 c = gemm_load_pair(line[2] + k, line[6] + k), d = gemm_load_pair(line[3] + k, line[7] + k);
    __m256 ab = _mm256_unpacklo_ps(a, b), cd = _mm256_unpacklo_ps(c, d);
    __m256 ab_high = _mm256_unpackhi_ps(a, b), cd_high = _mm256_unpackhi_ps(c, d);
    _mm256_storeu_ps(dst, _mm256_shuffle_ps(ab, cd, 0x44));
    _mm256_storeu_ps(dst + ld, _mm256_shuffle_ps(ab, cd, 0xee));
    _mm256_storeu_ps(dst + 2 * ld, _mm256_shuffle_ps(ab_high, cd_high, 0x44));
    _mm256_storeu_ps(dst + 3 * ld, _mm256_shuffle_ps(ab_high, cd_high, 0xee));
}
#else
#  define XB_TURN 4
XB_INLINE void gemm_turn(const float *const *line, int64_t k, float *dst, int64_t ld) {
#  if defined(XB_VEC_SSE4)
    __m128 a = _mm_loadu_ps(line[0] + k), b = _mm_loadu_ps(line[1] + k);
    __m128 c = _mm_loadu_ps(line[2] + k), d = _mm_loadu_ps(line[3] + k);
    __m128 ab = _mm_unpacklo_ps(a, b), cd = _mm_unpacklo_ps(c, d), ab_high = _mm_unpackhi_ps(a, b),
           cd_high = _mm_unpackhi_ps(c, d);
    _mm_storeu_ps(dst, _mm_movelh_ps(ab, cd));
    _mm_storeu_ps(dst + ld, _mm_movehl_ps(cd, ab));
    _mm_storeu_ps(dst + 2 * ld, _mm_movelh_ps(ab_high, cd_high));
    _mm_storeu_ps(dst + 3 * ld, _mm_movehl_ps(cd_high, ab_high));
#  elif defined(XB_VEC_NEON)
    float32x4x2_t ab = vzipq_f32(vld1q_f32(line[0] + k), vld1q_f32(line[1] + k));
    float32x4x2_t cd = vzipq_f32(vld1q_f32(line[2] + k), vld1q_f32(line[3] + k));
    vst1q_f32(dst, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
    vst1q_f32(dst + ld, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
    vst1q_f32(dst + 2 * ld, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
    vst1q_f32(dst + 3 * ld, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
#  elif defined(XB_VEC_WASM)
    v128_t a = wasm_v128_load(line[0] + k), b = wasm_v128_load(line[1] + k);
    v128_t c = wasm_v128_load(line[2] + k), d = wasm_v128_load(line[3] + k);
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    v128_t ab_high = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd_high = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    wasm_v128_store(dst, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(dst + ld, wasm_i64x2_shuffle(ab, cd, 1, 3));
    wasm_v128_store(dst + 2 * ld, wasm_i64x2_shuffle(ab_high, cd_high, 0, 2));
    wasm_v128_store(dst + 3 * ld, wasm_i64x2_shuffle(ab_high, cd_high, 1, 3));
#  else
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) dst[j * ld + i] = line[i][k + j];
#  endif
}
#endif

/* Columns lie along k, or in no order: each becomes a line, and the lines are turned. */
XB_PLAIN static void gemm_fill_turned(const xb_gemm_b *b, int64_t n0, int32_t cols, int64_t k0, int64_t count_k, float *panel,
                                      float *scratch) {
    const int    in_place = b->type == XB_GEMM_F32 && b->row == 1;
    const float *line[XB_TILE_NR];
    for (int64_t done = 0; done < count_k; done += GEMM_FILL_K) {
        int64_t count = count_k - done < GEMM_FILL_K ? count_k - done : GEMM_FILL_K;
        for (int32_t j = 0; j < XB_TILE_NR; j++) {
            float *own = scratch + j * GEMM_FILL_K;
            line[j] = own;
            if (j >= cols) memset(own, 0, sizeof(float) * GEMM_FILL_K);
            else if (in_place) line[j] = (const float *)b->data + (n0 + j) * b->col + k0 + done;
            else gemm_line(b, n0 + j, k0 + done, count, own);
        }
        int64_t k = 0;
        for (; k + 4 <= count; k += 4)
            for (int32_t j = 0; j < XB_TILE_NR; j += XB_TURN)
                gemm_turn(line + j, k, panel + (done + k) * XB_TILE_NR + j, XB_TILE_NR);
        for (; k < count; k++)
            for (int32_t j = 0; j < XB_TILE_NR; j++) panel[(done + k) * XB_TILE_NR + j] = line[j][k];
    }
}

/* A row of B that lies side by side, quantised: every column has a zero point, and for blocks a scale. */
XB_PLAIN static void gemm_fill_dequantise(const xb_gemm_b *b, int64_t n0, int32_t cols, int64_t k0, int64_t count_k,
                                          float *panel) {
    float   zero[XB_TILE_NR] = { 0 }, scale[XB_TILE_NR] = { 0 };
    int64_t until = k0;
    for (int64_t k = k0; k < k0 + count_k; k++, panel += XB_TILE_NR) {
        if (k >= until) { /* the next block; there is one when block is 0 */
            int64_t at = b->block > 0 ? k / b->block : 0;
            until = b->block > 0 ? (at + 1) * b->block : INT64_MAX;
            for (int32_t j = 0; j < cols; j++) {
                zero[j] = gemm_zero(b, at * b->scale_row + (n0 + j) * b->scale_col);
                scale[j] = b->block > 0 ? b->scale[at * b->scale_row + (n0 + j) * b->scale_col] : 1.0f;
            }
        }
        for (int32_t j = 0; j < XB_TILE_NR; j += XB_VW) {
            xb_vf v = xb_vf_sub(xb_vf_load(panel + j), xb_vf_load(zero + j));
            xb_vf_store(panel + j, xb_vf_mul(v, xb_vf_load(scale + j)));
        }
    }
}

XB_ALWAYS_INLINE void gemm_fill_as(const int32_t type, const char *from, int64_t row, int64_t count_k, float *panel) {
    const int64_t size = gemm_type_bytes(type);
    for (int64_t k = 0; k < count_k; k++, from += row * size, panel += XB_TILE_NR)
        for (int32_t j = 0; j < XB_TILE_NR; j += XB_VW) xb_vf_store(panel + j, gemm_load(type, from + j * size));
}

/* float32, fewer columns than the panel has. */
XB_PLAIN static void gemm_fill_some(const float *from, int64_t row, int32_t cols, int64_t count_k, float *panel) {
    for (int64_t k = 0; k < count_k; k++, from += row, panel += XB_TILE_NR)
        for (int32_t j = 0; j < XB_TILE_NR; j += XB_VW) {
            const int32_t left = cols - j;
            xb_vf_store(panel + j, left >= XB_VW ? xb_vf_load(from + j)
                                   : left > 0    ? xb_vf_load_n(from + j, left)
                                                 : xb_vf_zero());
        }
}

XB_PLAIN static void gemm_fill(const xb_gemm_b *b, int64_t n0, int32_t cols, int64_t k0, int64_t count_k, float *panel,
                               float *scratch) {
    if (b->type == XB_GEMM_BITS || b->col != 1) {
        gemm_fill_turned(b, n0, cols, k0, count_k, panel, scratch);
        return;
    }
    const int64_t size = gemm_type_bytes((int32_t)b->type);
    const char   *p = (const char *)b->data + (k0 * b->row + n0) * size;
    if (cols == XB_TILE_NR) {
        switch (b->type) {
        case XB_GEMM_F16: gemm_fill_as(XB_GEMM_F16, p, b->row, count_k, panel); break;
        case XB_GEMM_BF16: gemm_fill_as(XB_GEMM_BF16, p, b->row, count_k, panel); break;
        case XB_GEMM_S8: gemm_fill_as(XB_GEMM_S8, p, b->row, count_k, panel); break;
        case XB_GEMM_U8: gemm_fill_as(XB_GEMM_U8, p, b->row, count_k, panel); break;
        default: gemm_fill_as(XB_GEMM_F32, p, b->row, count_k, panel); break;
        }
    } else if (b->type == XB_GEMM_F32) {
        gemm_fill_some((const float *)p, b->row, cols, count_k, panel);
    } else {
        memset(panel, 0, (size_t)count_k * XB_TILE_NR * sizeof *panel);
        for (int64_t k = 0; k < count_k; k++)
            gemm_convert((int32_t)b->type, p + k * b->row * size, cols, panel + k * XB_TILE_NR);
    }
    if ((b->type == XB_GEMM_S8 || b->type == XB_GEMM_U8) && (b->zero || b->block > 0))
        gemm_fill_dequantise(b, n0, cols, k0, count_k, panel);
}

#endif
