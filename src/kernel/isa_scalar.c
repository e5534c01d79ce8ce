/* kernel/isa_scalar.c - the hot kernels one element at a time: the reference of the others, and what runs where no vectors are
 * sure to be there. */
#include "kernel/isa.h"

#if defined(XB_WITH_SCALAR)
#  define XB_VEC_SCALAR
#  include "kernel/hot.h"
#endif
