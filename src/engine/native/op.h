/* engine/native/op.h - what an operator of ONNX is to this engine: one row of a table.
 *
 *     static xybrid_status relu_infer(xb_build *b, xb_node *n, xybrid_error *err) { return xb_out_like(b, n, 0, n->in[0], err); }
 *     static xybrid_status relu_emit(xb_build *b, xb_node *n, xybrid_error *err) { ... a step that calls a kernel ... }
 *     const xb_op xb_ops_activation[] = { { "", "Relu", 6, 1, 1, 1, 1, 0, relu_infer, relu_emit, "float16 float32 float64" }, ... };
 *
 * infer is called once the shapes of all inputs are known: it checks, and says type and shape of each output - or its content,
 * when that is known already (Shape, or anything small). emit is called for the nodes that are left: it appends the steps that
 * compute the outputs. A node whose inputs are all known content is computed at once, by its own steps ("folded"), unless its
 * row says NO_FOLD. Helpers for both are in build.h. docs/operators.md is made from this table. */
#ifndef XB_NATIVE_OP_H
#define XB_NATIVE_OP_H

#include <xybrid/base.h>

typedef struct xb_build xb_build; /* engine/native/build.h */
typedef struct xb_node  xb_node;  /* the same */

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

typedef struct xb_op {
    const char *domain; /* "" = ONNX's own */
    const char *name;
    int16_t     since;   /* the oldest version of the domain whose meaning infer and emit know (they read n->opset) */
    int8_t      min_in;  /* inputs; trailing optional ones may be left out */
    int8_t      max_in;  /* XB_ANY_NUMBER */
    int8_t      min_out; /* outputs that must be there */
    int8_t      max_out;
    uint32_t    flags;
    xybrid_status (*infer)(xb_build *b, xb_node *n, xybrid_error *err);
    xybrid_status (*emit)(xb_build *b, xb_node *n, xybrid_error *err);
    const char *types; /* element types of the first input, for docs/operators.md */
} xb_op;

typedef struct xb_op_family {
    const xb_op *rows;
    int32_t      count;
} xb_op_family;

/* NULL if the engine lacks it at that version of its domain. */
const xb_op *xb_op_find(const char *domain, const char *name, int64_t opset);

/* Row `index` of all families together; NULL past the end. */
const xb_op *xb_op_at(int32_t index);

/* Versions of ONNX's own domain. Which of them an operator knows, its rows say (since); models of a newer one are refused. */
enum { XB_OPSET_OLDEST = 1, XB_OPSET_NEWEST = 28 };

#endif
