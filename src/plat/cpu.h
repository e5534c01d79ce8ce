/* plat/cpu.h - which instructions the processor, and the operating system beneath us, allow. */
#ifndef XB_CPU_H
#define XB_CPU_H

#include <stddef.h>
#include <stdint.h>

enum { /* xb_cpu_features */
       XB_CPU_SSE42 = 1 << 0,
       XB_CPU_AVX = 1 << 1, /* the AVX flags are set only if the system saves the wide registers (XCR0) */
       XB_CPU_F16C = 1 << 2,
       XB_CPU_FMA = 1 << 3,
       XB_CPU_AVX2 = 1 << 4,
       XB_CPU_AVX512F = 1 << 5,
       XB_CPU_AVX512BW = 1 << 6,
       XB_CPU_AVX512VL = 1 << 7,
       XB_CPU_AVX512VNNI = 1 << 8,
       XB_CPU_AVX512DQ = 1 << 9,
       XB_CPU_NEON = 1 << 16, /* Advanced SIMD; always there on arm64 */
       XB_CPU_DOTPROD = 1 << 17,
       XB_CPU_FP16 = 1 << 18, /* half-precision arithmetic, scalar and vector */
       XB_CPU_I8MM = 1 << 19,
       XB_CPU_BF16 = 1 << 20
};

/* Asks the processor each time (cpuid is slow under a hypervisor): keep the answer. Any thread. */
uint32_t xb_cpu_features(void);

/* "sse4.2 avx avx2 fma", in the order of the flags; "" for none. Returns the length; cut at `capacity`. Pure. */
size_t xb_cpu_text(uint32_t features, char *out, size_t capacity);

#endif
