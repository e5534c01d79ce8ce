/* kernel/element.h - elements of any type as numbers of four classes, a block at a time: what lets one routine serve all types.
 *
 *     const float *x = xb_block_load(isa, &room, XB_CLASS_F32, src, dtype, n); // src itself when it is float32
 *     ... other n floats come of it ...
 *     xb_block_store(isa, dst, dtype, y, XB_CLASS_F32, n, NULL);               // rounded once
 *
 * Types have the numbers of ONNX's TensorProto.DataType. An element below a byte takes a byte: int4 and int2 with their sign
 * extended, the others their bits. bool is 0 or 1; when read, anything but 0 is true.
 *
 * CONVERSIONS between classes, as the operator Cast has them: float to narrower float rounds to nearest, ties to even, once; float
 * to integer drops the fraction; integer to integer keeps the low bits; anything to bool is "not 0". Where ONNX leaves the
 * result open: NaN becomes 0 in integers; a float beyond int32, int64 or uint64 becomes the nearest of these, and narrower
 * integers are the low bits of that int64. */
#ifndef XB_ELEMENT_H
#define XB_ELEMENT_H

#include <xybrid/base.h>

#include "base/limits.h"
#include "kernel/isa.h"

/* Before a function that models hardly need, among others that are hot: it is built for size. */
#if defined(__GNUC__)
#  define XB_RARE __attribute__((noinline, cold))
#else
#  define XB_RARE
#endif

/* Types beyond those of xybrid_dtype. */
enum {
    XB_COMPLEX64 = 14,
    XB_COMPLEX128 = 15,
    XB_FLOAT8E4M3FN = 17,
    XB_FLOAT8E4M3FNUZ = 18,
    XB_FLOAT8E5M2 = 19,
    XB_FLOAT8E5M2FNUZ = 20,
    XB_UINT4 = 21,
    XB_INT4 = 22,
    XB_FLOAT4E2M1 = 23,
    XB_FLOAT8E8M0 = 24,
    XB_UINT2 = 25,
    XB_INT2 = 26,
    XB_FLOAT6E2M3 = 27,
    XB_FLOAT6E3M2 = 28
};

typedef enum xb_class {
    XB_CLASS_NONE, /* text, complex numbers */
    XB_CLASS_F32,  /* float32 and narrower floats */
    XB_CLASS_F64,
    XB_CLASS_I64, /* integers but uint64, and bool */
    XB_CLASS_U64
} xb_class;

enum { XB_BLOCK = 256 }; /* numbers in a block */

typedef union xb_block {
    float    f32[XB_BLOCK];
    double   f64[XB_BLOCK];
    int64_t  i64[XB_BLOCK];
    uint64_t u64[XB_BLOCK];
    uint8_t  bytes[XB_BLOCK * 16]; /* any element */
} xb_block;

xb_class xb_class_of(int32_t dtype);
int32_t  xb_bytes_of(int32_t dtype);          /* of an element in memory; 0 for text and unknown types */
int32_t  xb_bits_of_integer(int32_t dtype);   /* 2, 4, 8, 16, 32, 64; bool: 1; 0 for all else */
int      xb_is_signed_integer(int32_t dtype); /* int2 to int64 */
/* Least and greatest value of an integer type of at most 32 bits. */
void xb_integer_range(int32_t dtype, int64_t *low, int64_t *high);

/* n <= XB_BLOCK elements at `src` as numbers of `c`: in `room`, or at `src` when they are that already. */
const void *xb_block_load(const xb_isa *isa, xb_block *room, xb_class c, const void *src, int32_t dtype, int64_t n);

/* How Cast stores floats of 8 bits (its attributes); NULL where they are asked for: saturated, up. */
typedef struct xb_store_rule {
    uint8_t is_strict; /* beyond the range is infinity or NaN; else the largest number */
    uint8_t round;     /* float8e8m0: xb_round */
} xb_store_rule;
enum { XB_ROUND_UP, XB_ROUND_DOWN, XB_ROUND_NEAREST };

/* n numbers of class c as elements at `dst`, which is not `numbers`. */
void xb_block_store(const xb_isa *isa, void *dst, int32_t dtype, const void *numbers, xb_class c, int64_t n,
                    const xb_store_rule *rule);

/* ---- operands that are repeated (numpy's broadcasting) ---- */

typedef struct xb_operand {
    const void *data;
    int32_t     dtype;
    int16_t     op;                   /* kernel/nary.h: what is done with it */
    int16_t     is_dense;             /* its elements lie as the result's */
    int64_t     strides[XB_MAX_RANK]; /* elements; 0 repeats */
} xb_operand;

/* Strides of a dense tensor `from` against the result's shape `dims`, to which it broadcasts. */
void xb_operand_set(xb_operand *o, int32_t dtype, int32_t from_rank, const int64_t *from, int32_t rank, const int64_t *dims);

/* Leaves out dimensions of 1 and joins those that all operands walk in one stride; fills is_dense. Returns the new rank, >= 1. */
int32_t xb_operands_collapse(int32_t rank, int64_t *dims, xb_operand *operands, int32_t count);

/* Where element `index` of the result comes from. */
int64_t xb_operand_at(const xb_operand *o, int32_t rank, const int64_t *dims, int64_t index);

/* Elements [first, first + n), n <= XB_BLOCK, in the result's order: where they lie, or copied to `room`. */
const void *xb_operand_gather(const xb_operand *o, int32_t rank, const int64_t *dims, int64_t first, int64_t n, xb_block *room);

#endif
