/* engine/llama/cpu_levels.c - which instruction level of ggml's processor back end runs here.
 *
 *     ggml_backend_reg_t reg = ggml_backend_cpu_reg();    // ggml's own name: what lists the back ends finds the level's
 *     const char *level = xb_llama_cpu_level();           // "avx512vnni"
 *
 * Each level is an object of its own whose other symbols are local (CMakeLists.txt); this file is compiled for the oldest
 * processor. Any thread; the answer is always the same. x86-64: the compiler's look at cpuid and at what the system saves of the
 * registers. arm64 Linux: the auxiliary vector (Linux, Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "engine/llama/cpu_levels.h"

#include "ggml-backend.h"

#if defined(__aarch64__) && defined(__linux__)
#  include <sys/auxv.h>
#endif

enum { ARM_DOTPROD = 1 << 20, ARM_HALF = 1 << 10 | 1 << 9 /* AT_HWCAP */, ARM_I8MM = 1 << 13 /* AT_HWCAP2 */ };

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
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
        __builtin_cpu_supports("bmi2")) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
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
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("popcnt") != 0;
#else
    return 1;
#endif
}
