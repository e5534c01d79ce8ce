/* kernel/vec_wasm.h - the vectors of kernel/vec.h in WebAssembly's simd128. */
#ifndef XB_VEC_WASM_H
#define XB_VEC_WASM_H

#include <wasm_simd128.h>

#define XB_VW        4
#define XB_VREGS     16
#define XB_VFMA      0
#define XB_VEC_F16   0
#define XB_ISA_NAME  "wasm"
#define XB_ISA_NEEDS 0
#define XB_ISA_TABLE xb_isa_table_wasm

typedef v128_t xb_vf;
typedef v128_t xb_vi;
typedef v128_t xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) { return f; }
XB_INLINE xb_vf xb_vf_of(xb_vi i) { return i; }

XB_INLINE xb_vf xb_vf_load(const float *p) { return wasm_v128_load(p); }
XB_INLINE void  xb_vf_store(float *p, xb_vf v) { wasm_v128_store(p, v); }
XB_INLINE xb_vf xb_vf_set(float x) { return wasm_f32x4_splat(x); }
XB_INLINE xb_vf xb_vf_zero(void) { return wasm_f32x4_splat(0.0f); }
XB_INLINE xb_vf xb_vf_load_n(const float *p, int64_t n) {
    if (n >= 4) return wasm_v128_load(p);
    if (n <= 0) return xb_vf_zero();
    if (n == 1) return wasm_v128_load32_zero(p);
    xb_vf v = wasm_v128_load64_zero(p);
    return n == 2 ? v : wasm_f32x4_replace_lane(v, 2, p[2]);
}
XB_INLINE void xb_vf_store_n(float *p, xb_vf v, int64_t n) {
    if (n >= 4) {
        wasm_v128_store(p, v);
    } else if (n >= 2) {
        wasm_v128_store64_lane(p, v, 0);
        if (n == 3) wasm_v128_store32_lane(p + 2, v, 2);
    } else if (n == 1) {
        wasm_v128_store32_lane(p, v, 0);
    }
}

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return wasm_f32x4_add(a, b); }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return wasm_f32x4_sub(a, b); }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return wasm_f32x4_mul(a, b); }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return wasm_f32x4_div(a, b); }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return wasm_f32x4_sqrt(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return wasm_f32x4_sub(c, wasm_f32x4_mul(a, b)); }
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return wasm_f32x4_pmin(b, a); } /* pmin(x, y) is y < x ? y : x */
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return wasm_f32x4_pmax(b, a); }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return wasm_v128_and(a, b); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return wasm_v128_or(a, b); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return wasm_v128_xor(a, b); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return wasm_f32x4_abs(a); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return wasm_f32x4_neg(a); }
XB_INLINE xb_vf xb_vf_round(xb_vf a) { return wasm_f32x4_nearest(a); }
XB_INLINE xb_vf xb_vf_floor(xb_vf a) { return wasm_f32x4_floor(a); }
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) { return wasm_f32x4_ceil(a); }
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return wasm_f32x4_trunc(a); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return wasm_f32x4_lt(a, b); }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return wasm_f32x4_le(a, b); }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return wasm_f32x4_gt(a, b); }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return wasm_f32x4_ge(a, b); }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return wasm_f32x4_eq(a, b); }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return wasm_f32x4_ne(a, b); }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return wasm_v128_and(a, b); }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return wasm_v128_or(a, b); }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return wasm_v128_not(a); }
XB_INLINE int   xb_vm_any(xb_vm a) { return wasm_v128_any_true(a); }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return wasm_v128_bitselect(a, b, m); }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) { return wasm_v128_bitselect(a, b, m); }

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return wasm_v128_load(p); }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { wasm_v128_store(p, v); }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) { xb_vf_store_n((float *)(void *)p, v, n); }
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) { return wasm_u32x4_load16x4(p); }
XB_INLINE void  xb_vi_store_u16(uint16_t *p, xb_vi v) { wasm_v128_store64_lane(p, wasm_u16x8_narrow_i32x4(v, v), 0); }
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) {
    return wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p)));
}
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) {
    return wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p)));
}
XB_INLINE xb_vi xb_vi_set(int32_t x) { return wasm_i32x4_splat(x); }
XB_INLINE xb_vi xb_vi_iota(void) { return wasm_i32x4_const(0, 1, 2, 3); }
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return wasm_i32x4_add(a, b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return wasm_i32x4_sub(a, b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return wasm_v128_and(a, b); }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return wasm_v128_or(a, b); }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return wasm_v128_xor(a, b); }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return wasm_i32x4_eq(a, b); }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return wasm_i32x4_gt(a, b); }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return wasm_i32x4_gt(wasm_i32x4_splat((int32_t)n), xb_vi_iota()); }
#define xb_vi_shl(v, n) wasm_i32x4_shl((v), (n))
#define xb_vi_shr(v, n) wasm_u32x4_shr((v), (n))
#define xb_vi_sar(v, n) wasm_i32x4_shr((v), (n))

XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return wasm_i32x4_trunc_sat_f32x4(a); }
XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a)); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return wasm_f32x4_convert_i32x4(a); }

XB_INLINE float xb_vf_hsum(xb_vf a) {
    a = wasm_f32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 2, 3));
    return wasm_f32x4_extract_lane(a, 0) + wasm_f32x4_extract_lane(a, 1);
}
XB_INLINE float xb_vf_hmax(xb_vf a) {
    a = xb_vf_max(a, wasm_i32x4_shuffle(a, a, 2, 3, 2, 3));
    return wasm_f32x4_extract_lane(xb_vf_max(a, wasm_i32x4_shuffle(a, a, 1, 1, 1, 1)), 0);
}
XB_INLINE float xb_vf_hmin(xb_vf a) {
    a = xb_vf_min(a, wasm_i32x4_shuffle(a, a, 2, 3, 2, 3));
    return wasm_f32x4_extract_lane(xb_vf_min(a, wasm_i32x4_shuffle(a, a, 1, 1, 1, 1)), 0);
}
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) {
    return wasm_f32x4_make(p[wasm_i32x4_extract_lane(index, 0)], p[wasm_i32x4_extract_lane(index, 1)],
                           p[wasm_i32x4_extract_lane(index, 2)], p[wasm_i32x4_extract_lane(index, 3)]);
}

XB_INLINE v128_t xb_reduce_two(v128_t x, v128_t h, double high, double low) {
    h = wasm_f64x2_promote_low_f32x4(h);
    x = wasm_f64x2_sub(wasm_f64x2_promote_low_f32x4(x), wasm_f64x2_mul(h, wasm_f64x2_splat(high)));
    return wasm_f32x4_demote_f64x2_zero(wasm_f64x2_sub(x, wasm_f64x2_mul(h, wasm_f64x2_splat(low))));
}
XB_INLINE xb_vf xb_vf_reduce64(xb_vf x, xb_vf h, double high, double low) {
    v128_t a = xb_reduce_two(x, h, high, low);
    v128_t b = xb_reduce_two(wasm_i64x2_shuffle(x, x, 1, 1), wasm_i64x2_shuffle(h, h, 1, 1), high, low);
    return wasm_i64x2_shuffle(a, b, 0, 2);
}

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) {
    v128_t words = wasm_i16x8_narrow_i32x4(m, m);
    wasm_v128_store32_lane(p, wasm_v128_and(wasm_i8x16_narrow_i16x8(words, words), wasm_i8x16_splat(1)), 0);
}

XB_INLINE void xb_transpose_4x4(float *to, int64_t ld_to, const float *from, int64_t ld_from) {
    v128_t a = wasm_v128_load(from), b = wasm_v128_load(from + ld_from);
    v128_t c = wasm_v128_load(from + 2 * ld_from), d = wasm_v128_load(from + 3 * ld_from);
    v128_t ab = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), cd = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5);
    wasm_v128_store(to, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(to + ld_to, wasm_i64x2_shuffle(ab, cd, 1, 3));
    ab = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7), cd = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
    wasm_v128_store(to + 2 * ld_to, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(to + 3 * ld_to, wasm_i64x2_shuffle(ab, cd, 1, 3));
}

#endif
