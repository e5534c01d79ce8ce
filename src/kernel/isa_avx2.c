/* kernel/isa_avx2.c - the hot kernels in AVX2, FMA and F16C; compiled with their flags (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(__x86_64__) || defined(_M_X64)
#  define XB_VEC_AVX2
#  include "kernel/hot.h"
#endif
