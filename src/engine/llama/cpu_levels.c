/* engine/llama/cpu_levels.c - which instruction level of ggml's processor back end runs here.
 *
 *     ggml_backend_reg_t reg = ggml_backend_cpu_reg();    // ggml's own name: what lists the back ends finds the level's
 *     const char *level = xb_llama_cpu_level();           // "avx512vnni"
 *
 * Each level is an object of its own whose other symbols are local (CMakeLists.txt); this file is compiled for the oldest
 * processor. Any thread; the answer is always the same. x86-64: cpuid, and what the system saves of the registers (Intel's manual,
 * volume 2, CPUID and XGETBV); the compilers' __builtin_cpu_supports answers "nothing" where zig makes a DLL. arm64 Linux: the auxiliary vector (Linux, Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "engine/llama/cpu_levels.h"

#include "ggml-backend.h"

#if defined(__aarch64__) && defined(__linux__)
#  include <sys/auxv.h>
#elif defined(__x86_64__)
#  include <cpuid.h>
#endif

enum { ARM_DOTPROD = 1 << 20, ARM_HALF = 1 << 10 | 1 << 9 /* AT_HWCAP */, ARM_I8MM = 1 << 13 /* AT_HWCAP2 */ };

#ifdef __x86_64__

enum {
    LEAF1_SSE42 = 1 << 20 | 1 << 23 /* popcnt */,
    LEAF1_AVX = 1 << 12 | 1 << 28 | 1 << 29 /* fma, avx, f16c */,
    OSXSAVE = 1 << 27
};
enum { LEAF7_AVX2 = 1 << 5 | 1 << 8 /* bmi2 */, LEAF7_VNNI = 1 << 11 /* in ecx */, SAVED_AVX = 0x6, SAVED_AVX512 = 0xE6 };
static const unsigned leaf7_avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31; /* f, dq, cd, bw, vl */

typedef struct {
    unsigned ecx1, ebx7, ecx7, saved;
} x86;

static x86 look(void) {
    x86      found = { 0, 0, 0, 0 };
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &found.ecx1, &edx)) return found;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) found.ebx7 = ebx, found.ecx7 = ecx;
    if (found.ecx1 & OSXSAVE) __asm__ volatile("xgetbv" : "=a"(found.saved), "=d"(edx) : "c"(0));
    return found;
}

static int has(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }

#endif

#ifdef XB_LLAMA_AVX512VNNI
ggml_backend_reg_t xb_llama_cpu_avx512vnni(void);
ggml_backend_reg_t xb_llama_cpu_avx2(void);
#endif
#ifdef XB_LLAMA_I8MM
ggml_backend_reg_t xb_llama_cpu_i8mm(void);
ggml_backend_reg_t xb_llama_cpu_dotprod(void);
#endif
#ifdef XB_LLAMA_BASELINE
ggml_backend_reg_t xb_llama_cpu_baseline(void);
#endif

typedef struct {
    const char *name;
    ggml_backend_reg_t (*reg)(void);
} cpu_level;

#ifdef XB_LLAMA_BASELINE

static cpu_level choose(void) {
#  ifdef XB_LLAMA_AVX512VNNI
    const x86 cpu = look();
    if (has(cpu.ecx1, LEAF1_AVX) && has(cpu.ebx7, LEAF7_AVX2) && has(cpu.saved, SAVED_AVX)) {
        if (has(cpu.ebx7, leaf7_avx512) && has(cpu.ecx7, LEAF7_VNNI) && has(cpu.saved, SAVED_AVX512))
            return (cpu_level){ "avx512vnni", xb_llama_cpu_avx512vnni };
        return (cpu_level){ "avx2", xb_llama_cpu_avx2 };
    }
    return (cpu_level){ "sse4.2", xb_llama_cpu_baseline };
#  elif defined XB_LLAMA_I8MM
#    ifdef __linux__
    unsigned long has = getauxval(AT_HWCAP);
    if ((has & ARM_DOTPROD) && (has & ARM_HALF) == ARM_HALF) {
        return getauxval(AT_HWCAP2) & ARM_I8MM ? (cpu_level){ "i8mm", xb_llama_cpu_i8mm }
                                               : (cpu_level){ "dotprod", xb_llama_cpu_dotprod };
    }
#    endif
    return (cpu_level){ "neon", xb_llama_cpu_baseline };
#  else
    return (cpu_level){ "baseline", xb_llama_cpu_baseline };
#  endif
}

/* The name under which ggml looks for it. */
ggml_backend_reg_t ggml_backend_cpu_reg(void);
ggml_backend_reg_t ggml_backend_cpu_reg(void) { return choose().reg(); }

const char *xb_llama_cpu_level(void) { return choose().name; }

#else /* one level, whose object has ggml_backend_cpu_reg itself */

const char *xb_llama_cpu_level(void) { return "as compiled"; }

#endif

int xb_llama_cpu_can(void) {
#ifdef __x86_64__
    return has(look().ecx1, LEAF1_SSE42);
#else
    return 1;
#endif
}
