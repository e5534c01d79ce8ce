/* kernel/isa_neondot.c - 8-bit products by the dot products of Armv8.2; compiled with their flags (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(__aarch64__) || defined(_M_ARM64)
#  define XB_VEC_NEON
#  define XB_QGEMM_NEONDOT
#  include "kernel/vec.h"
#  include "kernel/hot_qgemm.h"
#endif
