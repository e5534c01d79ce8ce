/* kernel/isa_wasm.c - the hot kernels in WebAssembly's simd128; compiled with its flag (src/CMakeLists.txt). */
#include "kernel/isa.h"

#if defined(XB_WASM_SIMD)
#  define XB_VEC_WASM
#  include "kernel/hot.h"
#endif
