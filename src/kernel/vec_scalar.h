/* kernel/vec_scalar.h - the vectors of kernel/vec.h, one lane, in plain C: the reference, and what runs anywhere. */
#ifndef XB_VEC_SCALAR_H
#define XB_VEC_SCALAR_H

#include <math.h>
#include <string.h>

#define XB_VW        1
#define XB_VREGS     16
#define XB_VFMA      0
#define XB_VEC_F16   0
#define XB_ISA_NAME  "scalar"
#define XB_ISA_NEEDS 0
#define XB_ISA_TABLE xb_isa_table_scalar

typedef float   xb_vf;
typedef int32_t xb_vi;
typedef int     xb_vm;

XB_INLINE xb_vi xb_vi_of(xb_vf f) {
    xb_vi i;
    memcpy(&i, &f, sizeof i);
    return i;
}
XB_INLINE xb_vf xb_vf_of(xb_vi i) {
    xb_vf f;
    memcpy(&f, &i, sizeof f);
    return f;
}

XB_INLINE xb_vf xb_vf_load(const float *p) { return *p; }
XB_INLINE void  xb_vf_store(float *p, xb_vf v) { *p = v; }
XB_INLINE xb_vf xb_vf_load_n(const float *p, int64_t n) { return n > 0 ? *p : 0.0f; }
XB_INLINE void  xb_vf_store_n(float *p, xb_vf v, int64_t n) {
    if (n > 0) *p = v;
}
XB_INLINE xb_vf xb_vf_set(float x) { return x; }
XB_INLINE xb_vf xb_vf_zero(void) { return 0.0f; }

XB_INLINE xb_vf xb_vf_add(xb_vf a, xb_vf b) { return a + b; }
XB_INLINE xb_vf xb_vf_sub(xb_vf a, xb_vf b) { return a - b; }
XB_INLINE xb_vf xb_vf_mul(xb_vf a, xb_vf b) { return a * b; }
XB_INLINE xb_vf xb_vf_div(xb_vf a, xb_vf b) { return a / b; }
XB_INLINE xb_vf xb_vf_sqrt(xb_vf a) { return sqrtf(a); }
XB_INLINE xb_vf xb_vf_fma(xb_vf a, xb_vf b, xb_vf c) { return a * b + c; }
XB_INLINE xb_vf xb_vf_fnma(xb_vf a, xb_vf b, xb_vf c) { return c - a * b; }
XB_INLINE xb_vf xb_vf_min(xb_vf a, xb_vf b) { return a < b ? a : b; }
XB_INLINE xb_vf xb_vf_max(xb_vf a, xb_vf b) { return a > b ? a : b; }
XB_INLINE xb_vf xb_vf_and(xb_vf a, xb_vf b) { return xb_vf_of(xb_vi_of(a) & xb_vi_of(b)); }
XB_INLINE xb_vf xb_vf_or(xb_vf a, xb_vf b) { return xb_vf_of(xb_vi_of(a) | xb_vi_of(b)); }
XB_INLINE xb_vf xb_vf_xor(xb_vf a, xb_vf b) { return xb_vf_of(xb_vi_of(a) ^ xb_vi_of(b)); }
XB_INLINE xb_vf xb_vf_abs(xb_vf a) { return xb_vf_of(xb_vi_of(a) & 0x7fffffff); }
XB_INLINE xb_vf xb_vf_neg(xb_vf a) { return -a; }

/* Not the C library's roundings: some look at the bits, and would see a denormal. Beside 2^23 a float32 has no room for a
 * fraction; the sign, also of a zero, is put back. */
XB_INLINE xb_vf xb_with_sign(xb_vf magnitude, xb_vf sign) {
    return xb_vf_of(xb_vi_of(magnitude) | (xb_vi_of(sign) & INT32_MIN));
}
XB_INLINE xb_vf xb_vf_round(xb_vf a) {
    float shifted = xb_vf_abs(a) + 0x1p23f;
    return xb_vf_abs(a) < 0x1p23f ? xb_with_sign(shifted - 0x1p23f, a) : a;
}
XB_INLINE xb_vf xb_vf_floor(xb_vf a) {
    float r = xb_vf_round(a);
    return xb_with_sign(r > a ? r - 1.0f : r, a);
}
XB_INLINE xb_vf xb_vf_ceil(xb_vf a) {
    float r = xb_vf_round(a);
    return xb_with_sign(r < a ? r + 1.0f : r, a);
}
XB_INLINE xb_vf xb_vf_trunc(xb_vf a) { return xb_with_sign(xb_vf_floor(xb_vf_abs(a)), a); }

XB_INLINE xb_vm xb_vf_lt(xb_vf a, xb_vf b) { return a < b; }
XB_INLINE xb_vm xb_vf_le(xb_vf a, xb_vf b) { return a <= b; }
XB_INLINE xb_vm xb_vf_gt(xb_vf a, xb_vf b) { return a > b; }
XB_INLINE xb_vm xb_vf_ge(xb_vf a, xb_vf b) { return a >= b; }
XB_INLINE xb_vm xb_vf_eq(xb_vf a, xb_vf b) { return a == b; }
XB_INLINE xb_vm xb_vf_ne(xb_vf a, xb_vf b) { return a != b; }
XB_INLINE xb_vm xb_vm_and(xb_vm a, xb_vm b) { return a & b; }
XB_INLINE xb_vm xb_vm_or(xb_vm a, xb_vm b) { return a | b; }
XB_INLINE xb_vm xb_vm_not(xb_vm a) { return !a; }
XB_INLINE int   xb_vm_any(xb_vm a) { return a; }
XB_INLINE xb_vm xb_vm_first(int64_t n) { return n > 0; }
XB_INLINE xb_vf xb_vf_select(xb_vm m, xb_vf a, xb_vf b) { return m ? a : b; }
XB_INLINE xb_vi xb_vi_select(xb_vm m, xb_vi a, xb_vi b) { return m ? a : b; }

XB_INLINE xb_vi xb_vi_load(const int32_t *p) { return *p; }
XB_INLINE void  xb_vi_store(int32_t *p, xb_vi v) { *p = v; }
XB_INLINE void  xb_vi_store_n(int32_t *p, xb_vi v, int64_t n) {
    if (n > 0) *p = v;
}
XB_INLINE xb_vi xb_vi_load_u16(const uint16_t *p) { /* at any address */
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}
XB_INLINE void  xb_vi_store_u16(uint16_t *p, xb_vi v) { *p = (uint16_t)v; }
XB_INLINE xb_vi xb_vi_load_i8(const int8_t *p) { return *p; }
XB_INLINE xb_vi xb_vi_load_u8(const uint8_t *p) { return *p; }
XB_INLINE xb_vi xb_vi_set(int32_t x) { return x; }
XB_INLINE xb_vi xb_vi_iota(void) { return 0; }
XB_INLINE xb_vi xb_vi_add(xb_vi a, xb_vi b) { return (xb_vi)((uint32_t)a + (uint32_t)b); }
XB_INLINE xb_vi xb_vi_sub(xb_vi a, xb_vi b) { return (xb_vi)((uint32_t)a - (uint32_t)b); }
XB_INLINE xb_vi xb_vi_and(xb_vi a, xb_vi b) { return a & b; }
XB_INLINE xb_vi xb_vi_or(xb_vi a, xb_vi b) { return a | b; }
XB_INLINE xb_vi xb_vi_xor(xb_vi a, xb_vi b) { return a ^ b; }
XB_INLINE xb_vm xb_vi_eq(xb_vi a, xb_vi b) { return a == b; }
XB_INLINE xb_vm xb_vi_gt(xb_vi a, xb_vi b) { return a > b; }
#define xb_vi_shl(v, n) ((xb_vi)((uint32_t)(v) << (n)))
#define xb_vi_shr(v, n) ((xb_vi)((uint32_t)(v) >> (n)))
#define xb_vi_sar(v, n) ((v) >> (n))

/* Out of range is undefined in C, unspecified here. */
XB_INLINE xb_vi xb_vi_trunc(xb_vf a) { return xb_vf_abs(a) < 0x1p31f ? (int32_t)a : INT32_MIN; }
XB_INLINE xb_vi xb_vi_from_vf(xb_vf a) { return xb_vi_trunc(xb_vf_round(a)); }
XB_INLINE xb_vf xb_vf_from_vi(xb_vi a) { return (float)a; }

XB_INLINE float xb_vf_hsum(xb_vf a) { return a; }
XB_INLINE float xb_vf_hmax(xb_vf a) { return a; }
XB_INLINE float xb_vf_hmin(xb_vf a) { return a; }
XB_INLINE xb_vf xb_vf_gather(const float *p, xb_vi index) { return p[index]; }

XB_INLINE xb_vf xb_vf_reduce64(xb_vf x, xb_vf h, double high, double low) {
    return (float)(((double)x - (double)h * high) - (double)h * low);
}

XB_INLINE void xb_vm_store(uint8_t *p, xb_vm m) { *p = (uint8_t)m; }

XB_INLINE void xb_transpose_4x4(float *to, int64_t ld_to, const float *from, int64_t ld_from) {
    for (int64_t r = 0; r < 4; r++)
        for (int64_t c = 0; c < 4; c++) memcpy(to + c * ld_to + r, from + r * ld_from + c, sizeof *to); /* any bits */
}

#endif
