/* kernel/nary.h - operators on two or more tensors, element by element, each repeated to the shape of the result.
 *
 *     xb_nary_args *a = zeroed, sizeof *a + 2 * sizeof a->in[0] bytes;
 *     a->count = 2, a->c = XB_CLASS_I64, a->dtype = XYBRID_INT64, a->rank, a->dims = the result's;
 *     xb_operand_set(&a->in[0], ...), xb_operand_set(&a->in[1], ...), a->in[1].op = XB_EP_ADD;
 *     xb_work work = xb_nary_work(isa, a);
 *
 *     y = in[0]; y = in[1].op(y, in[1]); y = in[2].op(y, in[2]); ...; y = last(y)
 *
 * Numbers of any type become numbers of class c, and these an element of the result once, at the end. Integers wrap around;
 * a division by 0 gives 0, the lowest number by -1 itself. Floats follow IEEE 754. */
#ifndef XB_NARY_H
#define XB_NARY_H

#include "kernel/unary.h"

enum { /* xb_operand.op, after those of xb_ep_op that take an operand (but RSUB, RDIV, SNAKE); y is the number so far, x the operand */
       XB_NA_MOD = XB_UN_CAST + 1, /* the remainder with the sign of x, as Python's; XB_EP_FMOD: that of y, as C's */
       XB_NA_EQUAL,                /* 1 or 0 */
       XB_NA_LESS,                 /* y < x */
       XB_NA_LESS_OR_EQUAL,
       XB_NA_AND, /* of the bits, as the next two; of truths, which are 0 or 1, the same */
       XB_NA_OR,
       XB_NA_XOR,
       XB_NA_SHIFT_LEFT,  /* by x < 0 or x >= the bits of the type: 0 */
       XB_NA_SHIFT_RIGHT, /* keeps the sign; by too much: 0 or -1 */
       XB_NA_AT_LEAST,    /* y < x ? x : y */
       XB_NA_AT_MOST      /* x < y ? x : y */
};

typedef struct xb_nary_args {
    void         *y;
    int32_t       dtype; /* of y */
    int32_t       c;     /* xb_class of the computation */
    int32_t       bits;  /* of the type, for shifts */
    int32_t       last;  /* operator of one number (kernel/unary.h), XB_UN_CAST: none */
    float         last_a, last_b;
    int32_t       rank, count;                      /* count: operands */
    int64_t       dims[XB_MAX_RANK], elements, per; /* elements, per (chunk): filled by xb_nary_work */
    const xb_isa *isa;
    xb_operand    in[];
} xb_nary_args;

/* 0 if the operator is not one for numbers of this class. */
int xb_nary_has(int32_t op, xb_class c);

/* Simplifies dims and strides. */
xb_work xb_nary_work(const xb_isa *isa, xb_nary_args *a);

#endif
