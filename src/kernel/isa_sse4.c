/* kernel/isa_sse4.c - the hot kernels in SSE4.2; compiled with its flags (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(__x86_64__) || defined(_M_X64)
#  define XB_VEC_SSE4
#  include "kernel/hot.h"
#endif
