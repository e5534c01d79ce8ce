/* engine/native/op.h - what an operator of ONNX is to this engine: one row of a table (ops.def), and two functions.
 *
 *     XB_OP(ONNX, Relu, 1, 1, 1, 1, 1, 0, FLOATS, like, relu)                                                        // in ops.def
 *     xybrid_status xb_infer_like(xb_node *n) { return xb_out_like(n, 0, n->in[0]); }
 *     xybrid_status xb_emit_relu(xb_node *n) { ... a step that calls a kernel ... }
 *
 * infer is called once the shapes of all inputs are known: it checks, and says type and shape of each output - or its content,
 * when that is known already (Shape, or anything small). emit is called for the nodes that are left: it appends the steps that
 * compute the outputs. A node whose inputs are all known content is computed at once, by its own steps ("folded"), unless its
 * row says NO_FOLD. Helpers for both are in build.h. docs/operators.md is made from this table. */
#ifndef XB_NATIVE_OP_H
#define XB_NATIVE_OP_H

#include <xybrid/base.h>

typedef struct xb_node xb_node; /* engine/native/build.h */

enum { XB_ANY_NUMBER = -1 }; /* of inputs or outputs */

enum {                          /* xb_op.flags */
       XB_OP_NO_FOLD = 1,       /* random numbers, and what is not worth it */
       XB_OP_TAKES_PENDING = 2, /* infer is called although the shape of an input is not known yet (control flow) */
       /* emit hands n->fused to its float32 kernel: output 0 as a matrix whose columns are the last dimension (a matrix
        * product), or all dimensions from the third on (a convolution). */
       XB_OP_EPILOGUE_LAST = 4,
       XB_OP_EPILOGUE_SPATIAL = 8,
       XB_OP_LAYOUTS = 16,  /* emit looks at the layouts of its inputs (layout.h); all others get them dense */
       XB_OP_FOLD_LATE = 32 /* a large constant is computed only if no rewrite has done without it */
};

enum { XB_DOMAIN_ONNX, XB_DOMAIN_MS, XB_DOMAIN_PREVIEW, XB_DOMAIN_OWN }; /* own: made by rewrites, in no table */

/* Element types of an operator's first input, as docs/operators.md has them. */
#define XB_OP_TYPES(X)                                                                                       \
    X(ALL, "all")                                                                                            \
    X(ALL_BUT_COMPLEX, "all but complex")                                                                    \
    X(ALL_BUT_TEXT, "all but text")                                                                          \
    X(ALL_OR_LINEAR, "all; linear: numbers")                                                                 \
    X(ALL_OR_CUBIC, "all; linear and cubic: numbers")                                                        \
    X(ALL_NUMBERS, "all numbers")                                                                            \
    X(ALL_NUMBERS_BOOL_TEXT, "all numbers, bool, text")                                                      \
    X(NUMBERS, "numbers")                                                                                    \
    X(NUMBERS_BOOL, "numbers bool")                                                                          \
    X(NUMBERS_BOOL_TEXT, "numbers bool text")                                                                \
    X(INTEGERS, "integers")                                                                                  \
    X(ALL_FLOATS, "all floats")                                                                              \
    X(FLOATS, "bfloat16 float16 float32 float64")                                                            \
    X(FLOATS_TO_32, "bfloat16 float16 float32")                                                              \
    X(FLOATS_OF_IEEE, "float16 float32 float64")                                                             \
    X(FLOATS_32_64, "float32 float64")                                                                       \
    X(FLOAT32, "float32")                                                                                    \
    X(FLOATS_BYTES, "bfloat16 float16 float32 float64 int8 uint8")                                           \
    X(FLOATS_INT32, "float16 bfloat16 float32 int32")                                                        \
    X(FLOATS_WORDS, "bfloat16 float16 float32 float64 int32 int64 uint32 uint64")                            \
    X(FLOATS_INTEGERS, "bfloat16 float16 float32 float64 int16 int32 int64 int8 uint16 uint32 uint64 uint8") \
    X(BOOL, "bool")                                                                                          \
    X(BYTES, "int8 uint8")                                                                                   \
    X(BYTES_4_BITS, "int4 uint4 uint8")                                                                      \
    X(QUANTIZED, "uint2 int2 uint4 int4 uint8 int8 uint16 int16 float8 float4e2m1 float6 int32")             \
    X(INT32, "int32")                                                                                        \
    X(INT64, "int64")                                                                                        \
    X(INT32_INT64, "int32 int64")                                                                            \
    X(INT32_INT64_STRING, "int32 int64 string")                                                              \
    X(STRING, "string")
#define XB_OP_TYPE(name, text) XB_TYPES_##name,
enum { XB_OP_TYPES(XB_OP_TYPE) XB_TYPES_COUNT };
#undef XB_OP_TYPE

/* A row of ops.def. Without pointers: each would cost 32 bytes of the library, with its relocation. */
typedef struct xb_op {
    uint16_t name;    /* where it stands among the names: xb_op_name */
    uint8_t  domain;  /* XB_DOMAIN_ */
    int8_t   since;   /* the oldest version of the domain whose meaning infer and emit know (they read n->opset) */
    int8_t   min_in;  /* inputs; trailing optional ones may be left out */
    int8_t   max_in;  /* XB_ANY_NUMBER */
    int8_t   min_out; /* outputs that must be there */
    int8_t   max_out;
    uint8_t  flags;
    uint8_t  types; /* XB_TYPES_ */
} xb_op;

#define XB_OP(domain, name, since, min_in, max_in, min_out, max_out, flags, types, infer, emit) XB_OP_##domain##_##name,
enum { /* numbers of the rows: XB_OP_ONNX_Relu */
#include "engine/native/ops.def"
       XB_OP_COUNT
};
#undef XB_OP

extern const xb_op xb_ops[XB_OP_COUNT];

const char *xb_op_name(const xb_op *op);
const char *xb_op_domain(const xb_op *op); /* "" = ONNX's own */

/* What the row says. */
xybrid_status xb_op_infer(xb_node *n);
xybrid_status xb_op_emit(xb_node *n);

/* NULL if the engine lacks it at that version of its domain. */
const xb_op *xb_op_find(const char *domain, const char *name, int64_t opset);

/* Row `index` of those that a model may name; NULL past the end. */
const xb_op *xb_op_at(int32_t index);

/* Versions of ONNX's own domain. Which of them an operator knows, its rows say (since); models of a newer one are refused. */
enum { XB_OPSET_OLDEST = 1, XB_OPSET_NEWEST = 28 };

#endif
