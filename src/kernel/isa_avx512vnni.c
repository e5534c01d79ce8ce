/* kernel/isa_avx512vnni.c - 8-bit products by AVX512_VNNI; compiled with its flags (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(__x86_64__) || defined(_M_X64)
#  define XB_VEC_AVX512
#  define XB_QGEMM_VNNI
#  include "kernel/vec.h"
#  include "kernel/hot_qgemm.h"
#endif
