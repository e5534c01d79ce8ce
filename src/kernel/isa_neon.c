/* kernel/isa_neon.c - the hot kernels in Advanced SIMD of arm64. */
#include "kernel/isa.h"

#if defined(__aarch64__) || defined(_M_ARM64)
#  define XB_VEC_NEON
#  include "kernel/hot.h"
#endif
