/* kernel/isa_scalar.c - the hot kernels one element at a time: the reference of the others, and what runs anywhere. */
#define XB_VEC_SCALAR
#include "kernel/hot.h"
