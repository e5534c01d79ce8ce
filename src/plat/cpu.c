/* plat/cpu.c - feature flags: by cpuid on x86, by the operating system on ARM. */
#define _GNU_SOURCE      1
#define _DARWIN_C_SOURCE 1
#include "plat/cpu.h"

#include "base/format.h"

#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)

#  if defined(_MSC_VER) && !defined(__clang__)
#    include <intrin.h>
static void ask_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) {
    int words[4];
    __cpuidex(words, (int)leaf, (int)subleaf);
    for (int i = 0; i < 4; i++) r[i] = (uint32_t)words[i];
}
static uint64_t read_xcr0(void) { return _xgetbv(0); }
#  else
#    include <cpuid.h>
static void ask_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4]) {
    uint32_t a, b, c, d;
    __cpuid_count(leaf, subleaf, a, b, c, d);
    r[0] = a, r[1] = b, r[2] = c, r[3] = d;
}
static uint64_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}
#  endif

/* Intel SDM vol. 2, CPUID: leaf 1 (ecx), leaf 7 (ebx, ecx); vol. 1, 13.3: XCR0. */
uint32_t xb_cpu_features(void) {
    enum { EAX, EBX, ECX, EDX };
    static const uint64_t avx_state = 0x06, avx512_state = 0xE6; /* XMM and YMM; with opmask and both halves of ZMM */
    uint32_t              r[4], found = 0;
    ask_cpuid(0, 0, r);
    uint32_t last = r[EAX];
    if (last < 1) return 0;
    ask_cpuid(1, 0, r);
    uint32_t one = r[ECX];
    if (one >> 20 & 1) found |= XB_CPU_SSE42;
    uint64_t saved = one >> 27 & 1 ? read_xcr0() : 0;
    if ((saved & avx_state) != avx_state || !(one >> 28 & 1)) return found;
    found |= XB_CPU_AVX;
    if (one >> 29 & 1) found |= XB_CPU_F16C;
    if (one >> 12 & 1) found |= XB_CPU_FMA;
    if (last < 7) return found;
    ask_cpuid(7, 0, r);
    if (r[EBX] >> 5 & 1) found |= XB_CPU_AVX2;
    if ((saved & avx512_state) != avx512_state || !(r[EBX] >> 16 & 1)) return found;
    found |= XB_CPU_AVX512F;
    if (r[EBX] >> 17 & 1) found |= XB_CPU_AVX512DQ;
    if (r[EBX] >> 30 & 1) found |= XB_CPU_AVX512BW;
    if (r[EBX] >> 31 & 1) found |= XB_CPU_AVX512VL;
    if (r[ECX] >> 11 & 1) found |= XB_CPU_AVX512VNNI;
    return found;
}

#elif defined(__aarch64__) && defined(__linux__)

#  include <sys/auxv.h>

/* Bits of Linux's arch/arm64/include/uapi/asm/hwcap.h. */
uint32_t xb_cpu_features(void) {
    unsigned long one = getauxval(AT_HWCAP), two = getauxval(AT_HWCAP2);
    uint32_t      found = XB_CPU_NEON;
    if (one >> 20 & 1) found |= XB_CPU_DOTPROD;
    if ((one >> 9 & 1) && (one >> 10 & 1)) found |= XB_CPU_FP16;
    if (two >> 13 & 1) found |= XB_CPU_I8MM;
    if (two >> 14 & 1) found |= XB_CPU_BF16;
    return found;
}

#elif defined(__aarch64__) && defined(__APPLE__)

#  include <sys/sysctl.h>

static int has(const char *name) {
    int    value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

uint32_t xb_cpu_features(void) {
    uint32_t found = XB_CPU_NEON;
    if (has("hw.optional.arm.FEAT_DotProd")) found |= XB_CPU_DOTPROD;
    if (has("hw.optional.arm.FEAT_FP16") || has("hw.optional.neon_fp16")) found |= XB_CPU_FP16;
    if (has("hw.optional.arm.FEAT_I8MM")) found |= XB_CPU_I8MM;
    if (has("hw.optional.arm.FEAT_BF16")) found |= XB_CPU_BF16;
    return found;
}

#elif (defined(__aarch64__) || defined(_M_ARM64)) && defined(_WIN32)

#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

/* Numbers of PF_ARM_* in winnt.h; older headers lack the names, older systems answer no. */
uint32_t xb_cpu_features(void) {
    uint32_t found = XB_CPU_NEON;
    if (IsProcessorFeaturePresent(43)) found |= XB_CPU_DOTPROD; /* PF_ARM_V82_DP_INSTRUCTIONS_AVAILABLE */
    if (IsProcessorFeaturePresent(67)) found |= XB_CPU_FP16;    /* PF_ARM_V82_FP16_INSTRUCTIONS_AVAILABLE */
    if (IsProcessorFeaturePresent(66)) found |= XB_CPU_I8MM;    /* PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE */
    if (IsProcessorFeaturePresent(68)) found |= XB_CPU_BF16;    /* PF_ARM_V86_BF16_INSTRUCTIONS_AVAILABLE */
    return found;
}

#else

uint32_t xb_cpu_features(void) { return 0; }

#endif

size_t xb_cpu_text(uint32_t features, char *out, size_t capacity) {
    static const struct {
        uint32_t    flag;
        const char *name;
    } names[] = {
        { XB_CPU_SSE42, "sse4.2" },      { XB_CPU_AVX, "avx" },           { XB_CPU_F16C, "f16c" },
        { XB_CPU_FMA, "fma" },           { XB_CPU_AVX2, "avx2" },         { XB_CPU_AVX512F, "avx512f" },
        { XB_CPU_AVX512BW, "avx512bw" }, { XB_CPU_AVX512VL, "avx512vl" }, { XB_CPU_AVX512VNNI, "avx512vnni" },
        { XB_CPU_AVX512DQ, "avx512dq" }, { XB_CPU_NEON, "neon" },         { XB_CPU_DOTPROD, "dotprod" },
        { XB_CPU_FP16, "fp16" },         { XB_CPU_I8MM, "i8mm" },         { XB_CPU_BF16, "bf16" },
    };
    size_t size = 0;
    if (capacity > 0) out[0] = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (features & names[i].flag) size += xb_format(out + size, capacity - size, size ? " %s" : "%s", names[i].name);
    return size;
}
