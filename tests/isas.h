/* isas.h - for tests of kernels: every table of hot functions that this machine can run, and numbers to try them on.
 *
 *     ISAS_EACH(isa) { isa->epilogue(...); CHECK(...); }
 *
 * Denormals are zero inside, as the contract of kernel/kernel.h says. */
#ifndef ISAS_H
#define ISAS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "check.h"
#include "kernel/isa.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"

enum { ISAS_NAMES = 6 };
static const char *isas_current; /* for messages */

/* The i-th table, NULL if the build or the machine lacks it. */
static inline const xb_isa *isas_at(int i) {
    static const char *const names[ISAS_NAMES] = { "scalar", "sse4", "avx2", "avx512", "neon", "wasm" };
    const xb_isa            *isa = xb_isa_named(names[i]);
    if (!isa || (isa->needs & ~xb_cpu_features())) return NULL;
    isas_current = isa->name;
    return isa;
}

#define ISAS_EACH(isa)                                     \
    for (int isa##_i = 0; isa##_i < ISAS_NAMES; isa##_i++) \
        for (const xb_isa *isa = isas_at(isa##_i); isa; isa = NULL)

static inline uint32_t isas_bits(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}
static inline float isas_float(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* Denormals made zeros of the same sign; and what a kernel sees, which is that where the processor can (not in wasm). */
static inline float isas_zeroed(float f) {
    return (isas_bits(f) & 0x7f800000) == 0 ? isas_float(isas_bits(f) & 0x80000000) : f;
}
static inline float isas_flush(float f) { return XB_FP_KERNEL ? isas_zeroed(f) : f; }

static inline int isas_same(float a, float b) { /* the same bits, or both NaN */
    return isas_bits(a) == isas_bits(b) ||
           ((isas_bits(a) & 0x7fffffff) > 0x7f800000 && (isas_bits(b) & 0x7fffffff) > 0x7f800000);
}

/* Distance of `found` from the exact `wanted` in units of the last place of wanted's float32; 1e9 for a wrong kind. Results
 * below the smallest normal number may be zero. */
static inline double isas_ulp(float found, double wanted) {
    if (isnan(wanted)) return isnan(found) ? 0 : 1e9;
    if (isnan(found)) return 1e9;
    if (fabs((double)found - wanted) <= 0x1p-126) return 0; /* a denormal on the way was made zero */
    if (fabs(wanted) >= 0x1.ffffffp127)
        return isinf(found) && (found > 0) == (wanted > 0) ? 0 : (double)(fabsf(found) < 0x1.fffffcp127f ? 1e9 : 1);
    if (isinf(found)) return 1e9;
    int exponent;
    (void)frexp(wanted, &exponent);
    return fabs((double)found - wanted) / ldexp(1.0, exponent - 24);
}

/* A small generator (G. Marsaglia, "Xorshift RNGs", 2003): the same numbers everywhere. */
static inline uint32_t isas_random(uint32_t *state) {
    uint32_t x = *state ? *state : 1;
    x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    return *state = x;
}
static inline float isas_uniform(uint32_t *state, float low, float high) {
    return low + (high - low) * (float)(isas_random(state) >> 8) * 0x1p-24f;
}

static const float isas_specials[] = { 0.0f,
                                       -0.0f,
                                       1.0f,
                                       -1.0f,
                                       INFINITY,
                                       -INFINITY,
                                       NAN,
                                       0x1p-126f,
                                       -0x1p-126f,
                                       0x1p-140f,
                                       -0x1p-140f,
                                       0x1.fffffep127f,
                                       -0x1.fffffep127f,
                                       0x1p-149f,
                                       88.7f,
                                       -87.4f,
                                       1e5f,
                                       -1e5f,
                                       3e6f,
                                       0.5f,
                                       1.5f,
                                       2.5f,
                                       -0.5f };
enum { ISAS_SPECIALS = sizeof isas_specials / sizeof isas_specials[0] };

#endif
