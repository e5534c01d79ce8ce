/* kernel/unary.h - functions of one number on every element, any type in, any type out.
 *
 *     a->op = XB_EP_TANH, a->src_dtype = a->dst_dtype = XYBRID_FLOAT16, a->count = n;
 *     xb_work work = xb_unary_work(isa, a);
 *
 * Operators are those of kernel/epilogue.h that take no operand, and the ones below. float32, float16 and bfloat16 are computed
 * in float32 and rounded once: by the hot kernels where these have the operator, else by way of float64. float64 is computed in
 * float64 with the C library's functions, integers as int64 or uint64 that wrap around. (float32 alone, and an operator of
 * epilogue.h: kernel/elementwise.h does that without blocks.) */
#ifndef XB_UNARY_H
#define XB_UNARY_H

#include "kernel/element.h"

enum { /* xb_unary_args.op, after xb_ep_op */
       XB_UN_TAN = XB_EP_OP_COUNT,
       XB_UN_ASIN,
       XB_UN_ACOS,
       XB_UN_ATAN,
       XB_UN_SINH,
       XB_UN_COSH,
       XB_UN_ASINH,
       XB_UN_ACOSH,
       XB_UN_ATANH,
       XB_UN_CELU,   /* x < 0 ? a (exp(x / a) - 1) : x */
       XB_UN_SHRINK, /* x < -a ? x + b : x > a ? x - b : 0 */
       XB_UN_IS_NAN,
       XB_UN_IS_INF, /* a, b: 1 if -infinity, infinity counts */
       XB_UN_NOT,    /* 1 for 0, else 0 */
       XB_UN_BIT_NOT,
       XB_UN_CAST /* nothing but the type */
};

typedef struct xb_unary_args {
    const void   *x;
    void         *y;
    int64_t       count;
    int32_t       src_dtype, dst_dtype, op;
    float         a, b;
    xb_store_rule rule; /* XB_UN_CAST */
    int32_t       c;    /* xb_class of the computation, filled by xb_unary_work */
    int64_t       per;  /* elements of a chunk, filled by it */
    const xb_isa *isa;
} xb_unary_args;

/* 0 if there is no such function for the type (a sine of integers). */
int xb_unary_has(int32_t op, int32_t src_dtype);

xb_work xb_unary_work(const xb_isa *isa, xb_unary_args *a);

/* The function in place, for n <= XB_BLOCK numbers of a class. */
void xb_unary_block(const xb_isa *isa, int32_t op, xb_class c, void *numbers, int64_t n, float a, float b);

#endif
