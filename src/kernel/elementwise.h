/* kernel/elementwise.h - element by element on whole tensors: programmes, two operands with broadcasting, choice. Contract:
 * kernel/kernel.h.
 *
 *     xb_binary_args args = { .op = XB_BINARY_ADD, .rank = 3, .shape = { 2, 128, 384 },
 *                             .a = x, .stride_a = { 49152, 384, 1 }, .b = bias, .stride_b = { 0, 0, 1 },
 *                             .out = y, .stride_out = { 49152, 384, 1 } };
 *     xb_work work = xb_binary_work(isa, &args);           // puts the arguments into their simplest form
 *
 * out may be an operand, if they have the same strides. The functions that give a work are pure but for that simplification:
 * any thread. Sizes have been checked by the caller: products fit int64_t. */
#ifndef XB_ELEMENTWISE_H
#define XB_ELEMENTWISE_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"
#include "kernel/strides.h"

/* ---- out = programme(in), [rows, cols] ---- */

typedef struct xb_chain_args {
    xb_epilogue  e; /* no steps: a copy */
    const float *in;
    float       *out;
    int64_t      rows, cols, ld_in, ld_out; /* ld: elements from row to row */
} xb_chain_args;

xb_work xb_chain_work(const xb_isa *isa, const xb_chain_args *args);
xb_grid xb_chain_grid(const xb_chain_args *args); /* for the kernel itself */

/* ---- out = a op b ---- */

typedef enum xb_binary_op {
    XB_BINARY_ADD,
    XB_BINARY_SUB,
    XB_BINARY_MUL,
    XB_BINARY_DIV,
    XB_BINARY_MIN, /* NaN if either is NaN */
    XB_BINARY_MAX,
    XB_BINARY_POW,   /* C's powf */
    XB_BINARY_FMOD,  /* C's fmodf: ONNX Mod with fmod = 1 */
    XB_BINARY_PRELU, /* a < 0 ? a * b : a */
    /* to bytes, 0 or 1 */
    XB_BINARY_EQUAL,
    XB_BINARY_LESS,
    XB_BINARY_LESS_EQUAL,
    XB_BINARY_GREATER,
    XB_BINARY_GREATER_EQUAL,
    XB_BINARY_COUNT
} xb_binary_op;

typedef struct xb_binary_args {
    const float *a, *b;
    void        *out; /* float, or uint8_t for a comparison */
    int32_t      op;  /* xb_binary_op */
    int32_t      rank;
    int64_t      shape[XB_STRIDES_RANK], stride_a[XB_STRIDES_RANK], stride_b[XB_STRIDES_RANK], stride_out[XB_STRIDES_RANK];
} xb_binary_args;

xb_work xb_binary_work(const xb_isa *isa, xb_binary_args *args);
xb_grid xb_binary_grid(const xb_binary_args *args);

/* ---- out = condition ? a : b ---- */

typedef struct xb_where_args {
    const uint8_t *condition; /* not 0: a */
    const float   *a, *b;     /* any 4-byte elements */
    float         *out;
    int32_t        rank;
    int64_t        shape[XB_STRIDES_RANK];
    int64_t        stride_condition[XB_STRIDES_RANK], stride_a[XB_STRIDES_RANK], stride_b[XB_STRIDES_RANK],
        stride_out[XB_STRIDES_RANK];
} xb_where_args;

xb_work xb_where_work(const xb_isa *isa, xb_where_args *args);
xb_grid xb_where_grid(const xb_where_args *args);

#endif
