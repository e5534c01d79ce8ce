/* kernel/isa_avx512.c - the hot kernels in AVX-512 F, BW, DQ and VL; compiled with their flags (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(__x86_64__) || defined(_M_X64)
#  define XB_VEC_AVX512
#  include "kernel/hot.h"
#endif
