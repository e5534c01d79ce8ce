/* kernel/vec_sse4.h - the vectors of kernel/vec.h in SSE4.2 (x86-64-v2). */
#ifndef XB_VEC_SSE4_H
#define XB_VEC_SSE4_H

#include <nmmintrin.h>

#define XB_VW        4
#define XB_VREGS     16
#define XB_VFMA      0
#define XB_VEC_F16   0
#define XB_ISA_NAME  "sse4"
#define XB_ISA_NEEDS XB_CPU_SSE42
#define XB_ISA_TABLE xb_isa_table_sse4

typedef __m128  xb_vf;
typedef __m128i xb_vi;
typedef __m128  xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) { return _mm_castps_si128(f); }
XB_INLINE xb_vf xb_vf_of(xb_vi i) { return _mm_castsi128_ps(i); }

XB_INLINE xb_vf  xb_vf_load(const float *p) { return _mm_loadu_ps(p); }
XB_INLINE void   xb_vf_store(float *p, xb_vf v) { _mm_storeu_ps(p, v); }
XB_INLINE xb_vf  xb_vf_zero(void) { return _mm_setzero_ps(); }
XB_OUTLINE xb_vf xb_vf_load_n(const float *p, int64_t n) {
    if (n >= 4) return _mm_loadu_ps(p);
    if (n <= 0) return _mm_setzero_ps();
    if (n == 1) return _mm_load_ss(p);
    __m128 low = _mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)p));
    return n == 2 ? low : _mm_movelh_ps(low, _mm_load_ss(p + 2));
}
XB_OUTLINE void xb_vf_store_n(float *p, xb_vf v, int64_t n) {
    if (n >= 4) {
        _mm_storeu_ps(p, v);
    } else if (n >= 2) {
        _mm_storel_epi64((__m128i *)(void *)p, _mm_castps_si128(v));
        if (n == 3) _mm_store_ss(p + 2, _mm_movehl_ps(v, v));
    } else if (n == 1) {
        _mm_store_ss(p, v);
    }
}
XB_INLINE xb_vf xb_vf_set(float x) { return _mm_set1_ps(x); }

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return _mm_add_ps(a, b); }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return _mm_sub_ps(a, b); }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return _mm_mul_ps(a, b); }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return _mm_div_ps(a, b); }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return _mm_sqrt_ps(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return _mm_sub_ps(c, _mm_mul_ps(a, b)); }
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return _mm_min_ps(a, b); }
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return _mm_max_ps(a, b); }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return _mm_and_ps(a, b); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return _mm_or_ps(a, b); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return _mm_xor_ps(a, b); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return _mm_xor_ps(_mm_set1_ps(-0.0f), a); }
XB_INLINE xb_vf xb_vf_round(xb_vf a) { return _mm_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_floor(xb_vf a) { return _mm_round_ps(a, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) { return _mm_round_ps(a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC); }
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return _mm_round_ps(a, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return _mm_cmplt_ps(a, b); }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return _mm_cmple_ps(a, b); }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return _mm_cmplt_ps(b, a); }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return _mm_cmple_ps(b, a); }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return _mm_cmpeq_ps(a, b); }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return _mm_cmpneq_ps(a, b); }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return _mm_and_ps(a, b); }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return _mm_or_ps(a, b); }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return _mm_xor_ps(a, _mm_castsi128_ps(_mm_set1_epi32(-1))); }
XB_INLINE int   xb_vm_any(xb_vm a) { return _mm_movemask_ps(a) != 0; }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return _mm_blendv_ps(b, a, m); }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) {
    return _mm_castps_si128(_mm_blendv_ps(_mm_castsi128_ps(b), _mm_castsi128_ps(a), m));
}

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { _mm_storeu_si128((__m128i *)(void *)p, v); }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) { xb_vf_store_n((float *)(void *)p, _mm_castsi128_ps(v), n); }
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) {
    return _mm_cvtepu16_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
XB_INLINE void  xb_vi_store_u16(uint16_t *p, xb_vi v) { _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi32(v, v)); }
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm_cvtepi8_epi32(_mm_cvtsi32_si128(four));
}
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
}
XB_INLINE xb_vi xb_vi_set(int32_t x) { return _mm_set1_epi32(x); }
XB_INLINE xb_vi xb_vi_iota(void) { return _mm_setr_epi32(0, 1, 2, 3); }
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return _mm_add_epi32(a, b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return _mm_sub_epi32(a, b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return _mm_and_si128(a, b); }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return _mm_or_si128(a, b); }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return _mm_xor_si128(a, b); }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return _mm_castsi128_ps(_mm_cmpeq_epi32(a, b)); }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return _mm_castsi128_ps(_mm_cmpgt_epi32(a, b)); }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return xb_vi_gt(_mm_set1_epi32((int32_t)n), xb_vi_iota()); }
#define xb_vi_shl(v, n) _mm_slli_epi32((v), (n))
#define xb_vi_shr(v, n) _mm_srli_epi32((v), (n))
#define xb_vi_sar(v, n) _mm_srai_epi32((v), (n))

XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return _mm_cvtps_epi32(a); }
XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return _mm_cvttps_epi32(a); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return _mm_cvtepi32_ps(a); }

XB_INLINE float xb_vf_hsum(xb_vf a) {
    a = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmax(xb_vf a) {
    a = _mm_max_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_max_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE float xb_vf_hmin(xb_vf a) {
    a = _mm_min_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_min_ss(a, _mm_shuffle_ps(a, a, 1)));
}
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) {
    int32_t at[4];
    xb_vi_store(at, index);
    return _mm_setr_ps(p[at[0]], p[at[1]], p[at[2]], p[at[3]]);
}

XB_INLINE __m128d xb_reduce_two(__m128d x, __m128d h, double high, double low) {
    x = _mm_sub_pd(x, _mm_mul_pd(h, _mm_set1_pd(high)));
    return _mm_sub_pd(x, _mm_mul_pd(h, _mm_set1_pd(low)));
}
XB_INLINE xb_vf xb_vf_reduce64(xb_vf x, xb_vf h, double high, double low) {
    __m128d a = xb_reduce_two(_mm_cvtps_pd(x), _mm_cvtps_pd(h), high, low);
    __m128d b = xb_reduce_two(_mm_cvtps_pd(_mm_movehl_ps(x, x)), _mm_cvtps_pd(_mm_movehl_ps(h, h)), high, low);
    return _mm_movelh_ps(_mm_cvtpd_ps(a), _mm_cvtpd_ps(b));
}

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) {
    __m128i words = _mm_packs_epi32(_mm_castps_si128(m), _mm_castps_si128(m));
    int32_t four = _mm_cvtsi128_si32(_mm_and_si128(_mm_packs_epi16(words, words), _mm_set1_epi8(1)));
    memcpy(p, &four, sizeof four);
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
