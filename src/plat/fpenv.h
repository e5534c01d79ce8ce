/* plat/fpenv.h - floating-point modes of the calling thread.
 *
 *     xb_fp_modes host = xb_fp_enter();     // at the door and at the start of a worker
 *     ... kernels ...
 *     xb_fp_leave(host);                    // before every return, and around callbacks into the host
 *
 * Inside: round to nearest, denormals are zero (a denormal costs x86 about 150 cycles), no trap. Elsewhere (wasm, x86 without
 * SSE, 32-bit ARM) there is nothing to set. */
#ifndef XB_FPENV_H
#define XB_FPENV_H

#include <stdint.h>

typedef struct xb_fp_modes {
    uint64_t control;
} xb_fp_modes;

#if defined(__SSE__) || defined(_M_X64)
#  include <xmmintrin.h>
/* MXCSR (Intel SDM vol. 1, 10.2.3): bit 6 denormals are zero, 7-12 exception masks, 13-14 rounding, 15 flush to zero. */
#  define XB_FP_KERNEL UINT64_C(0x9FC0)
#  define XB_FP_USUAL  UINT64_C(0x1F80)
static inline uint64_t xb_fp_get(void) { return _mm_getcsr(); }
static inline void     xb_fp_set(uint64_t control) { _mm_setcsr((unsigned)control); }
#elif defined(__aarch64__)
/* FPCR (Arm ARM, D17.2): bits 8-12 and 15 traps, 19 flush half-precision, 22-23 rounding, 24 flush to zero. */
#  define XB_FP_KERNEL (UINT64_C(1) << 24 | UINT64_C(1) << 19)
#  define XB_FP_USUAL  UINT64_C(0)
static inline uint64_t xb_fp_get(void) {
    uint64_t control;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(control));
    return control;
}
static inline void xb_fp_set(uint64_t control) { __asm__ __volatile__("msr fpcr, %0" : : "r"(control)); }
#else
#  define XB_FP_KERNEL UINT64_C(0)
#  define XB_FP_USUAL  UINT64_C(0)
static inline uint64_t xb_fp_get(void) { return 0; }
static inline void     xb_fp_set(uint64_t control) { (void)control; }
#endif

/* Sets the library's modes; returns what was. */
static inline xb_fp_modes xb_fp_enter(void) {
    xb_fp_modes was = { xb_fp_get() };
    xb_fp_set(XB_FP_KERNEL);
    return was;
}

/* Sets what every C program starts with, for a callback made where the host's own modes are not at hand. */
static inline xb_fp_modes xb_fp_usual(void) {
    xb_fp_modes was = { xb_fp_get() };
    xb_fp_set(XB_FP_USUAL);
    return was;
}

static inline void xb_fp_leave(xb_fp_modes was) { xb_fp_set(was.control); }

#endif
