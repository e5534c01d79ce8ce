/* engine/native/build.h - making one segment of a plan, and what the functions of an operator (op.h) may use for it.
 *
 *     known values --infer--> types, shapes, contents --rewrites--> fewer nodes --emit--> steps --> places in memory
 *
 * xb_build_segment does it all; it stops at nodes whose shapes depend on facts that are not known yet, and lists these facts.
 *
 * IN infer:
 *     XB_TRY(xb_ints(n, 1, &axes, &count));              // needs the content of input 1
 *     return xb_out_set(n, 0, n->in[0]->dtype, rank, dims);
 * IN emit:
 *     softmax_args *a = xb_step_new(n, sizeof *a, "softmax");
 *     if (!a) return n->b->err->code;
 *     a->n = ...;
 *     xb_step_in(n, &a->x, n->in[0]);             // the pointer is filled in before each run
 *     xb_step_out(n, &a->y, n->out[0]);           // a failure is told by the call that ends the step
 *     return xb_step_work(n, xb_softmax_work(n->b->isa, a));
 *
 * A node knows its xb_build (n->b), and that where a failure is told (b->err): what takes a node takes neither again. Where there is no
 * node, &b->none stands for it.
 * Nodes and values live in the segment's arena. One thread at a time. */
#ifndef XB_NATIVE_BUILD_H
#define XB_NATIVE_BUILD_H

#include "base/error.h"
#include "engine/native/op.h"
#include "engine/native/plan.h"
#include "kernel/epilogue.h"

typedef struct xb_build        xb_build;
typedef struct xb_exec         xb_exec;         /* engine/native/run.h */
typedef struct xb_run_call     xb_run_call;     /* the same */
typedef struct xb_native_model xb_native_model; /* engine/native/model.h */

/* infer: "ask again when the fact is known". Never leaves this folder. */
enum { XB_WANTS_FACT = -1 };

/* Element-wise nodes that became part of the node before them: its output 0 is what they leave. */
typedef struct xb_fused_step {
    xb_ep_op op;
    float    a, b;
    xb_val  *operand; /* NULL: none, or a */
    int32_t  is_imm;
} xb_fused_step;

enum { XB_FUSED_STEPS = XB_EP_STEPS - 1 }; /* an operator may put one of its own before them */

typedef struct xb_fused {
    int32_t       count;
    uint32_t      splits; /* bit s: the output may be seen as [dims before s, dims from s on] */
    xb_fused_step steps[XB_FUSED_STEPS];
} xb_fused;

struct xb_node {
    xb_build            *b; /* that it is part of */
    const xb_op         *op;
    const xb_graph_node *graph; /* attributes; what a rewrite made keeps the node it made it from */
    int32_t              opset;
    int32_t              in_count, out_count;
    xb_val             **in;      /* NULL where left out */
    xb_val             **out;     /* NULL where left out */
    void                *state;   /* from infer to emit, the operator's own */
    xb_fused            *fused;   /* NULL: none */
    int32_t              is_dead; /* set by infer: others have taken its place */
};

struct xb_build {
    xybrid_error             *err;    /* of the call that waits */
    xybrid_status             failed; /* of the steps' pointers: xb_step_work returns it */
    xb_native_model          *model;
    const xb_graph           *graph;
    const xb_isa             *isa;
    xb_exec                  *exec; /* for control flow */
    const struct xb_run_call *call; /* of the run that waits for the plan: its cancel is polled at each node */
    xb_segment               *segment;
    xb_arena                 *arena; /* the segment's */
    xb_mem                   *mem;
    int32_t                   threads;
    uint32_t                  rewrites_off;   /* bits of rewrite.h */
    int32_t                   places_outputs; /* graph outputs are written into the host's memory */

    xb_node             **nodes;
    size_t                node_count, node_capacity;
    xb_val              **vals; /* made in this segment */
    size_t                val_count, val_capacity;
    xb_step              *steps;
    size_t                step_count, step_capacity;
    xb_ref               *refs;
    size_t                ref_count, ref_capacity;
    xb_fact              *facts;
    size_t                fact_count, fact_capacity;
    const xb_graph_node **waiting; /* the segment's remaining nodes to be */
    size_t                waiting_count, waiting_capacity;
    int32_t               dynamic_count;
    int32_t               is_folding;
    void                 *fold_scratch;
    int64_t               fold_scratch_bytes;
    int32_t               is_composite; /* the node being inferred is others in a row */
    xb_front             *front;        /* NULL: nothing is kept for a binding */
    xb_node               none;         /* stands for the node where there is none */
};

/* Lists of b are freed, unless it has a front. Compiles into b->segment, which is zeroed but for parent, depth, arena, key and values (known so far; facts among them now
 * known), all that does not wait for a fact. Errors: INVALID_ARGUMENT (shapes that do not fit, with node and operator),
 * UNSUPPORTED_OPERATOR, OUT_OF_MEMORY, MALFORMED. */
xybrid_status xb_build_segment(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err);

/* As far as shapes: b->segment->values are known then, nothing else. */
xybrid_status xb_build_shapes(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err);

/* ---- failures ---- */

/* "Conv \"/conv1\": ..." */
xybrid_status xb_fail_node(const xb_node *n, xybrid_status code, const char *fmt, ...) XB_PRINTF(3, 4);

/* The same with INVALID_ARGUMENT, which is what most inputs can do wrong. */
xybrid_status xb_refuse(const xb_node *n, const char *fmt, ...) XB_PRINTF(2, 3);
/* For a step's function: its node. */
xybrid_status xb_fail_step(const xb_step *step, xybrid_status code, xybrid_error *err, const char *fmt, ...) XB_PRINTF(4, 5);

/* ---- attributes ---- */

int64_t  xb_attr_int(const xb_node *n, const char *name, int64_t otherwise);
float    xb_attr_float(const xb_node *n, const char *name, float otherwise);
xb_slice xb_attr_string(const xb_node *n, const char *name, const char *otherwise);
/* Is the attribute's text, or `otherwise` if the node lacks it, this one? */
int xb_attr_is(const xb_node *n, const char *name, const char *otherwise, const char *text);
/* Number of the attribute's text in names, "first\0second\0..."; the first if the node lacks it. UNSUPPORTED_MODEL: in none. */
xybrid_status xb_attr_choice(const xb_node *n, const char *name, const char *names, int32_t *out);
/* Number of entries, -1 and *out NULL if the node lacks it. */
int32_t              xb_attr_ints(const xb_node *n, const char *name, const int64_t **out);
int32_t              xb_attr_floats(const xb_node *n, const char *name, const float **out);
int32_t              xb_attr_strings(const xb_node *n, const char *name, const xb_slice **out);
const xb_graph      *xb_attr_graph(const xb_node *n, const char *name);  /* NULL if it lacks it */
const xb_onnx_value *xb_attr_tensor(const xb_node *n, const char *name); /* NULL if it lacks it */

/* ---- for infer ---- */

/* Input i, NULL if it is left out. */
xb_val *xb_in(const xb_node *n, int32_t i);
/* Output i, NULL if nobody asks for it. */
xb_val *xb_out(const xb_node *n, int32_t i);

/* Bytes of one element in memory (below a byte: 1); 0 for text and unknown types. */
int32_t xb_element_bytes(int32_t dtype);

/* Type and shape of an output; nothing if it is left out. Dimensions are copied and checked against limits.h. */
xybrid_status xb_out_set(xb_node *n, int32_t o, int32_t dtype, int32_t rank, const int64_t *dims);
xybrid_status xb_out_like(xb_node *n, int32_t o, const xb_val *like);
/* Its content, too: `data` (NULL: room for it is made, and returned by xb_out_data) stays where it is. */
xybrid_status xb_out_content(xb_node *n, int32_t o, const void *data);
/* Output o is the very value v (a sequence, an optional, an unchanged tensor). */
void xb_out_alias(xb_node *n, int32_t o, xb_val *v);
/* Output o is a list of values; items are copied. kind: XB_ONNX_SEQUENCE or XB_ONNX_OPTIONAL. */
xybrid_status xb_out_list(xb_node *n, int32_t o, xb_onnx_kind kind, xb_val *const *items, int32_t count);
/* Output o becomes known when the steps have run (xb_run_dynamic): whatever needs it waits for the next segment. */
xybrid_status xb_out_pending(xb_node *n, int32_t o, int32_t dtype);

/* The same for a value of the plan's own. */
void xb_make_pending(xb_build *b, xb_val *v, int32_t dtype);

/* The content of a value that must be known now; XB_WANTS_FACT while it is not. */
xybrid_status xb_content(const xb_node *n, xb_val *v, const void **data);
/* The same as int64 numbers (from any integer type), *count of them. */
xybrid_status xb_ints(xb_node *n, int32_t i, const int64_t **out, int64_t *count);
/* The only element of input i. */
xybrid_status xb_int(xb_node *n, int32_t i, int64_t *out);
xybrid_status xb_float(xb_node *n, int32_t i, float *out);

/* Negative axes count from the end. INVALID_ARGUMENT beyond -rank..rank-1. */
xybrid_status xb_axis(const xb_node *n, int64_t axis, int32_t rank, int32_t *out);
/* Shape of two broadcast against each other (numpy's rule); out may be a. */
xybrid_status xb_broadcast(const xb_node *n, int32_t rank_a, const int64_t *a, int32_t rank_b, const int64_t *b_dims,
                           int32_t *rank, int64_t *dims);

/* Zeroed, as long-lived as the segment. */
void *xb_build_alloc(const xb_node *n, size_t count, size_t size);

/* A tensor that the file does not have: of the plan, in its block. */
xb_val *xb_temp(const xb_node *n, int32_t dtype, int32_t rank, const int64_t *dims);
/* The same with content of `size_bytes` to be written by the caller. */
xb_val *xb_temp_content(const xb_node *n, int32_t dtype, int32_t rank, const int64_t *dims, void **data);

/* In infer, of an operator that is others in a row: a node in front of n, whose output 0 is *out. attrs NULL: those of n.
 * Then n itself becomes the last one, with its own inputs. Lists are copied. XB_WANTS_FACT as in infer. */
xybrid_status xb_node_before(const xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                             int32_t in_count, xb_val **out);
xybrid_status xb_node_become(xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                             int32_t in_count);

/* An If whose condition is known: the nodes of its branch take its place. */
xybrid_status xb_build_inline(xb_node *n, const xb_graph *branch);

/* ---- for emit ---- */

/* Begins a step; the result are its zeroed arguments. `what` is static. */
void *xb_step_new(const xb_node *n, size_t args_size, const char *what);
/* args->field = where v is, `offset` bytes on. Reads, or writes. v NULL leaves it NULL. */
void xb_step_in(const xb_node *n, const void *field, const xb_val *v);
void xb_step_out(const xb_node *n, const void *field, xb_val *v);
/* The same for a kernel that reads at any alignment (movers, packing, vector loads): a weight stays where it is in the
 * file. The others get an aligned copy of a weight that is not. */
void xb_step_in_bytes(const xb_node *n, const void *field, const xb_val *v, int64_t offset);
void xb_step_in_at(const xb_node *n, const void *field, const xb_val *v, int64_t offset);
void xb_step_out_at(const xb_node *n, const void *field, xb_val *v, int64_t offset);
/* Ends it: a kernel, or a function of this folder. */
#define xb_step_work(n, work) xb_step_end(n, (xb_work[]){ work })
xybrid_status xb_step_end(const xb_node *n, const xb_work *work);
xybrid_status xb_step_call(const xb_node *n, xb_step_fn call);

/* Adds the steps of n->fused to *e, for a result seen as [dims before split, dims from split on], pointers included. */
xybrid_status xb_epilogue_fill(const xb_node *n, int32_t split, xb_epilogue *e);

/* v is bytes [offset, ...) of `of`: no step at all. */
void xb_view(xb_val *v, xb_val *of, int64_t offset);
/* The steps so far that write v write it as bytes [offset, ...) of `of` instead: 1. 0: it is not v's to choose (a constant,
 * an input, a view), and v must be copied. `of` is an output of the node being emitted. */
int xb_place_inside(xb_build *b, xb_val *v, xb_val *of, int64_t offset);
/* xb_emit_view (op_list.h): the same bytes, of Reshape, Squeeze, Flatten, ...; dense in, dense out. */

#endif
