/* kernel/hot_quantize.h - the ends of a row of float32, and the row as 8 bits. */
#ifndef XB_HOT_QUANTIZE_H
#define XB_HOT_QUANTIZE_H

#include "kernel/vec.h"

/* The low 8 bits of each lane. */
XB_INLINE void quantize_store(uint8_t *p, xb_vi v) {
#if defined(XB_VEC_AVX512)
    _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(v));
#elif defined(XB_VEC_AVX2)
    v = _mm256_and_si256(v, _mm256_set1_epi32(255));
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi16(words, words));
#else
    int32_t lane[XB_VW];
    xb_vi_store(lane, v);
    for (int i = 0; i < XB_VW; i++) p[i] = (uint8_t)lane[i];
#endif
}

/* Of x and 0. */
XB_INLINE void quantize_range(const float *x, int64_t count, float range[2]) {
    xb_vf   low = xb_vf_zero(), high = xb_vf_zero();
    int64_t i = 0;
    for (; i + XB_VW <= count; i += XB_VW) {
        xb_vf v = xb_vf_load(x + i);
        low = xb_vf_min(v, low), high = xb_vf_max(v, high); /* a NaN is passed over */
    }
    xb_vf last = xb_vf_load_n(x + i, count - i); /* and zeros */
    range[0] = xb_vf_hmin(xb_vf_min(last, low));
    range[1] = xb_vf_hmax(xb_vf_max(last, high));
}

typedef struct quantize_to {
    xb_vf scale, low, high;
    xb_vi zero;
} quantize_to;

XB_INLINE quantize_to quantize_for(float scale, int32_t zero, int32_t low, int32_t high) {
    return (quantize_to){ xb_vf_set(scale), xb_vf_set((float)(low - zero)), xb_vf_set((float)(high - zero)), xb_vi_set(zero) };
}
XB_INLINE xb_vi quantize_vector(const quantize_to *q, xb_vf x) {
    return xb_vi_add(xb_vi_from_vf(xb_vf_min(xb_vf_max(x, q->low), q->high)), q->zero);
}

XB_INLINE void quantize_row(const float *x, int64_t count, float scale, int32_t zero, int is_signed, uint8_t *y) {
    const quantize_to q = quantize_for(scale, zero, is_signed ? -128 : 0, is_signed ? 127 : 255);
    int64_t           i = 0;
    for (; i + XB_VW <= count; i += XB_VW) quantize_store(y + i, quantize_vector(&q, xb_vf_div(xb_vf_load(x + i), q.scale)));
    if (i < count) {
        uint8_t last[XB_VW];
        quantize_store(last, quantize_vector(&q, xb_vf_div(xb_vf_load_n(x + i, count - i), q.scale)));
        memcpy(y + i, last, (size_t)(count - i));
    }
}

#endif
