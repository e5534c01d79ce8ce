/* kernel/vec.h - one vocabulary of float32 and int32 vectors, so that a hot kernel is written once and compiled for each
 * instruction set.
 *
 *     // in kernel/isa_avx2.c: #define XB_VEC_AVX2, then #include the texts, which say
 *     for (i = 0; i + XB_VW <= n; i += XB_VW) xb_vf_store(y + i, xb_vf_fma(xb_vf_load(x + i), a, b));
 *     if (i < n) xb_vf_store_n(y + i, xb_vf_fma(xb_vf_load_n(x + i, n - i), a, b), n - i);
 *
 * The including file defines one of XB_VEC_SSE4 (SSE4.2), XB_VEC_AVX2 (with FMA, F16C), XB_VEC_AVX512 (F, BW, DQ, VL),
 * XB_VEC_NEON (arm64), XB_VEC_WASM (simd128) or XB_VEC_SCALAR (also when none is), and is compiled with the flags of that set
 * (src/CMakeLists.txt). All functions are static inline.
 *
 *     XB_VW             floats in a vector: 1, 4, 8, 16
 *     XB_VREGS          vector registers, for the choice of tiles: 16 or 32
 *     XB_VFMA           1 where xb_vf_fma rounds once, 0 where it is a product and a sum
 *     XB_ISA_NAME, XB_ISA_NEEDS, XB_ISA_TABLE    for kernel/hot.h
 *     xb_vf, xb_vi      float32 and int32 lanes
 *     xb_vm             a truth for each lane (bits of a vector, or a mask register)
 *
 *     load, store       any alignment; load_n, store_n: the first n lanes, 0 <= n <= XB_VW: nothing beyond is touched, the
 *                       other lanes are 0
 *     set, zero, dup(p) one value in all lanes, from memory for dup
 *     add sub mul div sqrt; fma(a, b, c) = a b + c; fnma(a, b, c) = c - a b
 *     min(a, b), max    a < b ? a : b, a > b ? a : b: the SECOND operand if one is NaN or both are 0: min(limit, x) keeps a
 *                       NaN x; min_nan, max_nan: NaN if either is
 *     abs neg and or xor (bits), round (half to even), floor, ceil, trunc (bits of integers beyond 2^23 stay)
 *     lt le gt ge eq ne -> xb_vm; unordered: only ne is true. xb_vm_and, or, not, any, first(n); select(m, a, b) = m ? a : b
 *     xb_vi_from_vf     half to even; xb_vi_trunc: towards zero; outside int32 and NaN: unspecified. xb_vf_from_vi
 *     xb_vi_of(f), xb_vf_of(i)    the same bits
 *     shl, shr, sar     by a constant number of bits; macros
 *     reduce64(x, h, high, low)    x - h high - h low in float64, where fma does not round once (XB_VFMA 0)
 *     hsum hmax hmin    across lanes: halves folded onto each other until one is left; hmax, hmin: NaN is undefined
 *     load_f16, load_bf16, load_i8, load_u8, store_f16    XB_VW elements converted; f16 rounds half to even
 *     gather(p, index)  p[index[lane]]
 *     xb_vm_store, xb_vm_load    a truth as a byte, 0 or 1; not 0 is true
 *     xb_transpose_4x4  of any 4-byte elements
 *     XB_PREFETCH(p)    asks for the line of the cache that p is in */
#ifndef XB_VEC_H
#define XB_VEC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plat/cpu.h"

#if defined(__GNUC__)
#  define XB_INLINE      static inline __attribute__((always_inline)) /* also where code is built for size */
#  define XB_OUTLINE     static __attribute__((noinline, unused))
#  define XB_COLD        static __attribute__((noinline, unused, cold)) /* built for size */
#  define XB_PREFETCH(p) __builtin_prefetch(p)
#else
#  define XB_PREFETCH(p) ((void)0)
#  define XB_INLINE      static inline
#  define XB_OUTLINE     static
#  define XB_COLD        static
#endif

/* Before what is no inner loop of a product: built for size in the set of processors without AVX2, which are older than 2013. */
#if defined(XB_VEC_SSE4) && defined(__GNUC__)
#  define XB_PLAIN __attribute__((cold))
#else
#  define XB_PLAIN
#endif

#if defined(XB_VEC_AVX512)
#  include "kernel/vec_avx512.h"
#elif defined(XB_VEC_AVX2)
#  include "kernel/vec_avx2.h"
#elif defined(XB_VEC_SSE4)
#  include "kernel/vec_sse4.h"
#elif defined(XB_VEC_NEON)
#  include "kernel/vec_neon.h"
#elif defined(XB_VEC_WASM)
#  include "kernel/vec_wasm.h"
#else
#  include "kernel/vec_scalar.h"
#endif

/* ---- the same for every set ---- */

XB_INLINE xb_vm xb_vf_isnan(xb_vf a) { return xb_vf_ne(a, a); }
XB_INLINE xb_vf xb_vf_min_nan(xb_vf a, xb_vf b) { return xb_vf_select(xb_vf_isnan(a), a, xb_vf_min(a, b)); }
XB_INLINE xb_vf xb_vf_max_nan(xb_vf a, xb_vf b) { return xb_vf_select(xb_vf_isnan(a), a, xb_vf_max(a, b)); }
XB_INLINE xb_vm xb_vm_load(const uint8_t *p) { return xb_vm_not(xb_vi_eq(xb_vi_load_u8(p), xb_vi_set(0))); }
XB_INLINE xb_vf xb_vf_signbit(xb_vf a) { return xb_vf_and(a, xb_vf_set(-0.0f)); }
XB_INLINE xb_vf xb_vf_dup(const float *p) { return xb_vf_set(*p); } /* compilers make it one broadcast load */

/* 2^n for -126 <= n <= 127 */
XB_INLINE xb_vf xb_vf_pow2(xb_vi n) { return xb_vf_of(xb_vi_shl(xb_vi_add(n, xb_vi_set(127)), 23)); }

#if !XB_VEC_F16 /* in integers, because denormals are zero (plat/fpenv.h) */
/* h: half precision in the low 16 bits of each lane. IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
XB_INLINE xb_vf xb_vf_from_half_bits(xb_vi h) {
    xb_vi magnitude = xb_vi_and(h, xb_vi_set(0x7fff));
    xb_vi sign = xb_vi_shl(xb_vi_and(h, xb_vi_set(0x8000)), 16);
    xb_vi normal = xb_vi_add(xb_vi_shl(magnitude, 13), xb_vi_set(112 << 23)); /* exponent bias 127 for 15 */
    xb_vi large = xb_vi_or(xb_vi_shl(magnitude, 13), xb_vi_set(0x7f800000));
    xb_vi small = xb_vi_of(xb_vf_mul(xb_vf_from_vi(magnitude), xb_vf_set(0x1p-24f)));
    xb_vi r = xb_vi_select(xb_vi_gt(magnitude, xb_vi_set(0x7bff)), large, normal);
    r = xb_vi_select(xb_vi_gt(xb_vi_set(0x0400), magnitude), small, r);
    return xb_vf_of(xb_vi_or(r, sign));
}
XB_INLINE xb_vi xb_half_bits_from_vf(xb_vf v) {
    xb_vi bits = xb_vi_of(v);
    xb_vi magnitude = xb_vi_and(bits, xb_vi_set(0x7fffffff));
    xb_vi sign = xb_vi_and(xb_vi_shr(bits, 16), xb_vi_set(0x8000));
    xb_vi odd = xb_vi_and(xb_vi_shr(magnitude, 13), xb_vi_set(1));
    xb_vi normal = xb_vi_shr(xb_vi_add(xb_vi_add(magnitude, odd), xb_vi_set(0xfff - (112 << 23))), 13);
    /* below 2^-14: 0.5 has its last bit at 2^-24, where half precision has it */
    xb_vi small = xb_vi_sub(xb_vi_of(xb_vf_add(xb_vf_of(magnitude), xb_vf_set(0.5f))), xb_vi_set(0x3f000000));
    xb_vi nan = xb_vi_or(xb_vi_and(xb_vi_shr(magnitude, 13), xb_vi_set(0x3ff)), xb_vi_set(0x7e00));
    xb_vi r = xb_vi_select(xb_vi_gt(xb_vi_set(0x38800000), magnitude), small, normal);
    r = xb_vi_select(xb_vi_gt(magnitude, xb_vi_set(0x477fffff)), xb_vi_set(0x7c00), r);
    r = xb_vi_select(xb_vi_gt(magnitude, xb_vi_set(0x7f800000)), nan, r);
    return xb_vi_or(r, sign);
}
XB_INLINE xb_vf xb_vf_load_f16(const uint16_t *p) { return xb_vf_from_half_bits(xb_vi_load_u16(p)); }
XB_INLINE void  xb_vf_store_f16(uint16_t *p, xb_vf v) { xb_vi_store_u16(p, xb_half_bits_from_vf(v)); }
#endif

XB_INLINE xb_vf xb_vf_load_bf16(const uint16_t *p) { return xb_vf_of(xb_vi_shl(xb_vi_load_u16(p), 16)); }
XB_INLINE xb_vf xb_vf_load_i8(const int8_t *p) { return xb_vf_from_vi(xb_vi_load_i8(p)); }
XB_INLINE xb_vf xb_vf_load_u8(const uint8_t *p) { return xb_vf_from_vi(xb_vi_load_u8(p)); }

#endif
