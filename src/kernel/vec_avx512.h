/* kernel/vec_avx512.h - the vectors of kernel/vec.h in AVX-512 F, BW, DQ, VL: what every processor since Skylake-SP has. */
#ifndef XB_VEC_AVX512_H
#define XB_VEC_AVX512_H

#include <immintrin.h>

#define XB_VW       16
#define XB_VREGS    32
#define XB_VFMA     1
#define XB_VEC_F16  1
#define XB_ISA_NAME "avx512"
#define XB_ISA_NEEDS                                                                                                           \
    (XB_CPU_SSE42 | XB_CPU_AVX | XB_CPU_F16C | XB_CPU_FMA | XB_CPU_AVX2 | XB_CPU_AVX512F | XB_CPU_AVX512BW | XB_CPU_AVX512DQ | \
     XB_CPU_AVX512VL)
#define XB_ISA_TABLE xb_isa_table_avx512

typedef __m512    xb_vf;
typedef __m512i   xb_vi;
typedef __mmask16 xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) { return _mm512_castps_si512(f); }
XB_INLINE xb_vf xb_vf_of(xb_vi i) { return _mm512_castsi512_ps(i); }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return (__mmask16)((1u << n) - 1u); }

XB_INLINE xb_vf xb_vf_load(const float *p) { return _mm512_loadu_ps(p); }
XB_INLINE void  xb_vf_store(float *p, xb_vf v) { _mm512_storeu_ps(p, v); }
XB_INLINE xb_vf xb_vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(xb_vm_first(n), p); }
XB_INLINE void  xb_vf_store_n(float *p, xb_vf v, int64_t n) { _mm512_mask_storeu_ps(p, xb_vm_first(n), v); }
XB_INLINE xb_vf xb_vf_set(float x) { return _mm512_set1_ps(x); }
XB_INLINE xb_vf xb_vf_zero(void) { return _mm512_setzero_ps(); }

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return _mm512_add_ps(a, b); }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return _mm512_sub_ps(a, b); }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return _mm512_mul_ps(a, b); }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return _mm512_div_ps(a, b); }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return _mm512_sqrt_ps(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return _mm512_fmadd_ps(a, b, c); }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return _mm512_fnmadd_ps(a, b, c); }
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return _mm512_min_ps(a, b); }
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return _mm512_max_ps(a, b); }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return _mm512_and_ps(a, b); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return _mm512_or_ps(a, b); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return _mm512_xor_ps(a, b); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return _mm512_xor_ps(_mm512_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_round(xb_vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_floor(xb_vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_NEQ_UQ); }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return (xb_vm)(a & b); }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return (xb_vm)(a | b); }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return (xb_vm)~a; }
XB_INLINE int   xb_vm_any(xb_vm a) { return a != 0; }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return _mm512_mask_blend_ps(m, b, a); }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) { return _mm512_mask_blend_epi32(m, b, a); }

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return _mm512_loadu_si512(p); }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { _mm512_storeu_si512(p, v); }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) { _mm512_mask_storeu_epi32(p, xb_vm_first(n), v); }
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) {
    return _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
XB_INLINE void  xb_vi_store_u16(uint16_t *p, xb_vi v) { _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(v)); }
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
XB_INLINE xb_vi xb_vi_set(int32_t x) { return _mm512_set1_epi32(x); }
XB_INLINE xb_vi xb_vi_iota(void) { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return _mm512_add_epi32(a, b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return _mm512_sub_epi32(a, b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return _mm512_and_si512(a, b); }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return _mm512_or_si512(a, b); }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return _mm512_xor_si512(a, b); }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return _mm512_cmpeq_epi32_mask(a, b); }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return _mm512_cmpgt_epi32_mask(a, b); }
#define xb_vi_shl(v, n) _mm512_slli_epi32((v), (n))
#define xb_vi_shr(v, n) _mm512_srli_epi32((v), (n))
#define xb_vi_sar(v, n) _mm512_srai_epi32((v), (n))

XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return _mm512_cvtps_epi32(a); }
XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return _mm512_cvttps_epi32(a); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return _mm512_cvtepi32_ps(a); }

XB_INLINE __m256 xb_vf_upper(xb_vf v) { return _mm512_extractf32x8_ps(v, 1); }
XB_INLINE float  xb_vf_hsum(xb_vf v) {
    __m256 h = _mm256_add_ps(_mm512_castps512_ps256(v), xb_vf_upper(v));
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmax(xb_vf v) {
    __m256 h = _mm256_max_ps(_mm512_castps512_ps256(v), xb_vf_upper(v));
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmin(xb_vf v) {
    __m256 h = _mm256_min_ps(_mm512_castps512_ps256(v), xb_vf_upper(v));
    __m128 a = _mm_min_ps(_mm256_castps256_ps128(h), _mm256_extractf128_ps(h, 1));
    a = _mm_min_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_min_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) { return _mm512_i32gather_ps(index, p, 4); }

XB_INLINE xb_vf xb_vf_load_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
XB_INLINE void xb_vf_store_f16(uint16_t *p, xb_vf v) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) { _mm_storeu_si128((__m128i *)(void *)p, _mm_maskz_set1_epi8(m, 1)); }

XB_INLINE void xb_transpose_4x4(float *to, int64_t ld_to, const float *from, int64_t ld_from) {
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + ld_from);
    __m128 c = _mm_loadu_ps(from + 2 * ld_from), d = _mm_loadu_ps(from + 3 * ld_from);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + ld_to, b);
    _mm_storeu_ps(to + 2 * ld_to, c);
    _mm_storeu_ps(to + 3 * ld_to, d);
}

#endif
