/* engine/native/run.h - running a graph: its plans, its memory, one run.
 *
 *     xb_exec  one graph (the model's, or the body of a Loop) in one session: tree of segments, blocks, child graphs
 *     xb_run   one run of it
 *
 * Nothing is allocated by a run whose plan exists and whose dynamic results are no larger than before. One thread at a time. */
#ifndef XB_NATIVE_RUN_H
#define XB_NATIVE_RUN_H

#include "base/str.h"
#include "engine/native/model.h"
#include "engine/native/plan.h"

typedef struct xb_exec     xb_exec;
typedef struct xb_run_call xb_run_call;
typedef struct xb_carries  xb_carries; /* engine/native/carry.h */

/* What a caller gives to a run. Values are described as in codec/onnx_value.h, elements below a byte unpacked. */
struct xb_run_call {
    const xb_onnx_value *inputs; /* graph's inputs, then the captures */
    void                *ctx;
    /* Memory for output `index`, a tensor; NULL: outputs stay in the exec's memory, see xb_exec_output. */
    xybrid_status (*out_alloc)(void *ctx, int32_t index, const xb_val *v, void **data, xybrid_error *err);
    int32_t is_traced; /* times of the steps are kept for xb_exec_profile */
    /* 0 or the status of the cancel; polled for each segment, chunk and step, and for each node while a plan is made, by any
     * thread. NULL = cannot be cancelled. */
    xybrid_status (*cancelled)(void *ctx);
    uint64_t  seed;  /* of the operators that draw, with `draws`: how many have drawn in this run, subgraphs included */
    uint64_t *draws; /* NULL: they go on from the run before */
};

typedef struct xb_dynamic { /* a result of unknown size; sequences with their items in the same memory */
    xb_onnx_value value;
    void   *memory, *spare; /* kept between runs; a new value is written to the spare one, so that it may be made of the old */
    int64_t capacity, spare_capacity;
} xb_dynamic;

/* Since the exec was made. */
typedef struct xb_plan_counts {
    int64_t made, bound; /* segments made; bound to other shapes (rebind.h) */
} xb_plan_counts;

struct xb_run {
    xb_exec           *exec;
    const xb_run_call *call;
    xb_arena          *items; /* lists of the values that xb_run_value describes; the exec's own */
};

/* `captures` are values of outer graphs that come after the inputs; NULL for a model's own graph. */
xybrid_status xb_exec_new(xb_native_model *model, const xb_graph *graph, const int32_t *captures, int32_t capture_count,
                          int32_t places_outputs, xb_exec *parent, xb_exec **out, xybrid_error *err);
void          xb_exec_free(xb_exec *x); /* NULL is fine */

/* Makes the plan's first segment for these inputs, and the blocks, without running. */
xybrid_status xb_exec_prepare(xb_exec *x, const xb_run_call *call, xybrid_error *err);
xybrid_status xb_exec_run(xb_exec *x, const xb_run_call *call, xybrid_error *err);

/* Types and shapes of the outputs for inputs of these shapes, whose data is not read. dtype 0: not known before the run. */
xybrid_status xb_exec_infer(xb_exec *x, const xb_run_call *call, xb_onnx_value *outputs, xybrid_error *err);

/* Bytes of block and scratch of a run with inputs of these shapes, whose data is not read; its plan is made. *is_whole 0: there is
 * more, which depends on what is computed. */
xybrid_status xb_exec_measure(xb_exec *x, const xb_run_call *call, int64_t *bytes, int32_t *is_whole, xybrid_error *err);

/* Output `index` of the last run, which `call` was; in the exec's memory, valid until the next run. */
xybrid_status xb_exec_output(xb_exec *x, const xb_run_call *call, int32_t index, xb_onnx_value *out, xybrid_error *err);

/* The steps of the last run that was traced, as JSON: see xybrid_engine.profile. */
xybrid_status xb_exec_profile(const xb_exec *x, xb_str *out, xybrid_error *err);

/* The exec of a subgraph of `node`, made at the first call. */
xybrid_status xb_exec_child(xb_exec *x, const xb_graph_node *node, const xb_graph *graph, xb_exec **out, xybrid_error *err);

/* Gives back plans and blocks; the bytes. */
int64_t xb_exec_trim(xb_exec *x);

xb_plan_counts xb_exec_counts(const xb_exec *x);

/* Outputs that become inputs; outlives the exec. They are appended to where they can: outputs of theirs that a plan appends to are
 * not asked of out_alloc. Before the first run. */
void              xb_exec_set_carries(xb_exec *x, const xb_carries *carries);
const xb_carries *xb_exec_carries(const xb_exec *x); /* NULL: none */

xb_mem     *xb_exec_mem(const xb_exec *x);
xb_dynamic *xb_exec_dynamic(xb_exec *x, int32_t index);

/* CANCELLED_... once the call's cancel was fired. */
xybrid_status xb_run_poll(const xb_run_call *call, xybrid_error *err);

/* ---- for steps that are functions; run_dynamic.c ---- */

/* Room for the result `v` (pending) of that type and shape. */
xybrid_status xb_run_dynamic(xb_run *run, const xb_val *v, int32_t dtype, int32_t rank, const int64_t *dims, void **data,
                             xybrid_error *err);
/* The result `v` becomes a copy of `from`, lists and text included; `from` may be the result's present value. */
xybrid_status xb_run_dynamic_copy(xb_run *run, const xb_val *v, const xb_onnx_value *from, xybrid_error *err);
/* A copy of any value in an arena. */
xybrid_status xb_value_copy(xb_arena *arena, const xb_onnx_value *from, xb_onnx_value *out, xybrid_error *err);
/* Grows the result `v` (a tensor) along its first dimension by one, which is a copy of `from`. `at` 0 starts anew. Errors:
 * INVALID_ARGUMENT for another shape or type than before. */
xybrid_status xb_run_dynamic_append(xb_run *run, const xb_val *v, int64_t at, const xb_onnx_value *from, xybrid_error *err);
/* Where v is, and its shape, now. */
xybrid_status xb_run_value(xb_run *run, const xb_val *v, xb_onnx_value *out, xybrid_error *err);

#endif
