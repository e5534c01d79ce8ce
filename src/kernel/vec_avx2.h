/* kernel/vec_avx2.h - the vectors of kernel/vec.h in AVX2 with FMA and F16C. */
#ifndef XB_VEC_AVX2_H
#define XB_VEC_AVX2_H

#include <immintrin.h>

#define XB_VW        8
#define XB_VREGS     16
#define XB_VFMA      1
#define XB_VEC_F16   1
#define XB_ISA_NAME  "avx2"
#define XB_ISA_NEEDS (XB_CPU_SSE42 | XB_CPU_AVX | XB_CPU_F16C | XB_CPU_FMA | XB_CPU_AVX2)
#define XB_ISA_TABLE xb_isa_table_avx2

typedef __m256  xb_vf;
typedef __m256i xb_vi;
typedef __m256  xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) { return _mm256_castps_si256(f); }
XB_INLINE xb_vf xb_vf_of(xb_vi i) { return _mm256_castsi256_ps(i); }
XB_INLINE xb_vi xb_vi_set(int32_t x) { return _mm256_set1_epi32(x); }
XB_INLINE xb_vi xb_vi_iota(void) { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }
XB_INLINE xb_vi xb_first_lanes(int64_t n) { return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)n), xb_vi_iota()); }

XB_INLINE xb_vf xb_vf_load(const float *p) { return _mm256_loadu_ps(p); }
XB_INLINE void  xb_vf_store(float *p, xb_vf v) { _mm256_storeu_ps(p, v); }
XB_INLINE xb_vf xb_vf_load_n(const float *p, int64_t n) { return _mm256_maskload_ps(p, xb_first_lanes(n)); }
XB_INLINE void  xb_vf_store_n(float *p, xb_vf v, int64_t n) { _mm256_maskstore_ps(p, xb_first_lanes(n), v); }
XB_INLINE xb_vf xb_vf_set(float x) { return _mm256_set1_ps(x); }
XB_INLINE xb_vf xb_vf_zero(void) { return _mm256_setzero_ps(); }

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return _mm256_add_ps(a, b); }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return _mm256_sub_ps(a, b); }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return _mm256_mul_ps(a, b); }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return _mm256_div_ps(a, b); }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return _mm256_sqrt_ps(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return _mm256_fmadd_ps(a, b, c); }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return _mm256_fnmadd_ps(a, b, c); }
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return _mm256_min_ps(a, b); }
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return _mm256_max_ps(a, b); }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return _mm256_and_ps(a, b); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return _mm256_or_ps(a, b); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return _mm256_xor_ps(a, b); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return _mm256_xor_ps(_mm256_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_round(xb_vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_floor(xb_vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_GE_OQ); }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return _mm256_cmp_ps(a, b, _CMP_NEQ_UQ); }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return _mm256_and_ps(a, b); }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return _mm256_or_ps(a, b); }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return _mm256_xor_ps(a, _mm256_castsi256_ps(_mm256_set1_epi32(-1))); }
XB_INLINE int   xb_vm_any(xb_vm a) { return _mm256_movemask_ps(a) != 0; }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return _mm256_castsi256_ps(xb_first_lanes(n)); }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return _mm256_blendv_ps(b, a, m); }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) {
    return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(b), _mm256_castsi256_ps(a), m));
}

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)(const void *)p); }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { _mm256_storeu_si256((__m256i *)(void *)p, v); }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) { _mm256_maskstore_epi32(p, xb_first_lanes(n), v); }
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) {
    return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
XB_INLINE void xb_vi_store_u16(uint16_t *p, xb_vi v) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm_packus_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
}
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) {
    return _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) {
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return _mm256_add_epi32(a, b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return _mm256_sub_epi32(a, b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return _mm256_and_si256(a, b); }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return _mm256_or_si256(a, b); }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return _mm256_xor_si256(a, b); }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)); }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return _mm256_castsi256_ps(_mm256_cmpgt_epi32(a, b)); }
#define xb_vi_shl(v, n) _mm256_slli_epi32((v), (n))
#define xb_vi_shr(v, n) _mm256_srli_epi32((v), (n))
#define xb_vi_sar(v, n) _mm256_srai_epi32((v), (n))

XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return _mm256_cvtps_epi32(a); }
XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return _mm256_cvttps_epi32(a); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return _mm256_cvtepi32_ps(a); }

XB_INLINE float xb_vf_hsum(xb_vf v) {
    __m128 a = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmax(xb_vf v) {
    __m128 a = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmin(xb_vf v) {
    __m128 a = _mm_min_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    a = _mm_min_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_min_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) { return _mm256_i32gather_ps(p, index, 4); }

XB_INLINE xb_vf xb_vf_load_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p)); }
XB_INLINE void  xb_vf_store_f16(uint16_t *p, xb_vf v) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) {
    __m128i words = _mm_packs_epi32(_mm_castps_si128(_mm256_castps256_ps128(m)), _mm_castps_si128(_mm256_extractf128_ps(m, 1)));
    _mm_storel_epi64((__m128i *)(void *)p, _mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1)));
}

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
