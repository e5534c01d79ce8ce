/* kernel/vec_neon.h - the vectors of kernel/vec.h in Advanced SIMD of arm64 (Armv8.0). */
#ifndef XB_VEC_NEON_H
#define XB_VEC_NEON_H

#include <arm_neon.h>

#define XB_VW        4
#define XB_VREGS     32
#define XB_VFMA      1
#define XB_VEC_F16   1
#define XB_ISA_NAME  "neon"
#define XB_ISA_NEEDS XB_CPU_NEON
#define XB_ISA_TABLE xb_isa_table_neon

typedef float32x4_t xb_vf;
typedef int32x4_t   xb_vi;
typedef uint32x4_t  xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) { return vreinterpretq_s32_f32(f); }
XB_INLINE xb_vf xb_vf_of(xb_vi i) { return vreinterpretq_f32_s32(i); }

XB_INLINE xb_vf xb_vf_load(const float *p) { return vld1q_f32(p); }
XB_INLINE void  xb_vf_store(float *p, xb_vf v) { vst1q_f32(p, v); }
XB_INLINE xb_vf xb_vf_set(float x) { return vdupq_n_f32(x); }
XB_INLINE xb_vf xb_vf_zero(void) { return vdupq_n_f32(0.0f); }
XB_INLINE xb_vf xb_vf_load_n(const float *p, int64_t n) {
    if (n >= 4) return vld1q_f32(p);
    xb_vf v = vdupq_n_f32(0.0f);
    if (n > 0) v = vld1q_lane_f32(p, v, 0);
    if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
}
XB_INLINE void xb_vf_store_n(float *p, xb_vf v, int64_t n) {
    if (n >= 4) {
        vst1q_f32(p, v);
        return;
    }
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return vaddq_f32(a, b); }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return vsubq_f32(a, b); }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return vmulq_f32(a, b); }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return vdivq_f32(a, b); }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return vsqrtq_f32(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return vfmaq_f32(c, a, b); }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return vfmsq_f32(c, a, b); }
/* not vminq: that gives NaN whichever operand it is, and -0 for (0, -0) */
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return xb_vf_of(vandq_s32(xb_vi_of(a), xb_vi_of(b))); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return xb_vf_of(vorrq_s32(xb_vi_of(a), xb_vi_of(b))); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return xb_vf_of(veorq_s32(xb_vi_of(a), xb_vi_of(b))); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return vabsq_f32(a); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return vnegq_f32(a); }
XB_INLINE xb_vf xb_vf_round(xb_vf a) { return vrndnq_f32(a); }
XB_INLINE xb_vf xb_vf_floor(xb_vf a) { return vrndmq_f32(a); }
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) { return vrndpq_f32(a); }
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return vrndq_f32(a); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return vcltq_f32(a, b); }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return vcleq_f32(a, b); }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return vcgtq_f32(a, b); }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return vcgeq_f32(a, b); }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return vceqq_f32(a, b); }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return vmvnq_u32(vceqq_f32(a, b)); }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return vandq_u32(a, b); }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return vorrq_u32(a, b); }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return vmvnq_u32(a); }
XB_INLINE int   xb_vm_any(xb_vm a) { return vmaxvq_u32(a) != 0; }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return vbslq_f32(m, a, b); }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) { return vbslq_s32(m, a, b); }

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return vld1q_s32(p); }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { vst1q_s32(p, v); }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) { xb_vf_store_n((float *)(void *)p, xb_vf_of(v), n); }
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) { return vreinterpretq_s32_u32(vmovl_u16(vld1_u16(p))); }
XB_INLINE void  xb_vi_store_u16(uint16_t *p, xb_vi v) { vst1_u16(p, vmovn_u32(vreinterpretq_u32_s32(v))); }
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four)))));
}
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) {
    uint32_t four;
    memcpy(&four, p, sizeof four);
    return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four))))));
}
XB_INLINE xb_vi xb_vi_set(int32_t x) { return vdupq_n_s32(x); }
XB_INLINE xb_vi xb_vi_iota(void) {
    static const int32_t lanes[4] = { 0, 1, 2, 3 };
    return vld1q_s32(lanes);
}
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return vaddq_s32(a, b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return vsubq_s32(a, b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return vandq_s32(a, b); }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return vorrq_s32(a, b); }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return veorq_s32(a, b); }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return vceqq_s32(a, b); }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return vcgtq_s32(a, b); }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return vcgtq_s32(vdupq_n_s32((int32_t)n), xb_vi_iota()); }
#define xb_vi_shl(v, n) vshlq_n_s32((v), (n))
#define xb_vi_shr(v, n) vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(v), (n)))
#define xb_vi_sar(v, n) vshrq_n_s32((v), (n))

XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return vcvtnq_s32_f32(a); }
XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return vcvtq_s32_f32(a); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return vcvtq_f32_s32(a); }

XB_INLINE float xb_vf_hsum(xb_vf a) {
    float32x2_t two = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
XB_INLINE float xb_vf_hmax(xb_vf a) { return vmaxvq_f32(a); }
XB_INLINE float xb_vf_hmin(xb_vf a) { return vminvq_f32(a); }
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) {
    xb_vf v = vdupq_n_f32(p[vgetq_lane_s32(index, 0)]);
    v = vld1q_lane_f32(p + vgetq_lane_s32(index, 1), v, 1);
    v = vld1q_lane_f32(p + vgetq_lane_s32(index, 2), v, 2);
    return vld1q_lane_f32(p + vgetq_lane_s32(index, 3), v, 3);
}

XB_INLINE xb_vf xb_vf_load_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
XB_INLINE void  xb_vf_store_f16(uint16_t *p, xb_vf v) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v))); }

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) {
    uint16x4_t words = vmovn_u32(m);
    uint8x8_t  bytes = vand_u8(vmovn_u16(vcombine_u16(words, words)), vdup_n_u8(1));
    uint32_t   four = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
    memcpy(p, &four, sizeof four);
}

XB_INLINE void xb_transpose_4x4(float *to, int64_t ld_to, const float *from, int64_t ld_from) {
    float32x4x2_t ab = vtrnq_f32(vld1q_f32(from), vld1q_f32(from + ld_from));
    float32x4x2_t cd = vtrnq_f32(vld1q_f32(from + 2 * ld_from), vld1q_f32(from + 3 * ld_from));
    vst1q_f32(to, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
    vst1q_f32(to + ld_to, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
    vst1q_f32(to + 2 * ld_to, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
    vst1q_f32(to + 3 * ld_to, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
}

#endif
