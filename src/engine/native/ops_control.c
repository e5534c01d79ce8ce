/* engine/native/ops_control.c - If, Loop, Scan.
 *
 * If never runs: its condition becomes a fact of the plan, and the branch takes its place. Loop and Scan are steps that run
 * the plan of their body (an xb_exec of its own) once for each round; what a round hands to the next is copied, so that the
 * body's memory can be used again. */
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "engine/native/run.h"
#include "kernel/move.h"

/* ---- If ---- */

xybrid_status xb_infer_if(xb_node *n) {
    const void *condition;
    if (n->in[0]->count != 1 && !n->in[0]->is_pending)
        return xb_refuse(n, "the condition has %lld elements, wanted 1", (long long)n->in[0]->count);
    XB_TRY(xb_content(n, n->in[0], &condition));
    const xb_graph *branch = xb_attr_graph(n, *(const uint8_t *)condition ? "then_branch" : "else_branch");
    if (!branch || branch->input_count || branch->output_count < n->out_count)
        return xb_fail_node(n, XYBRID_MALFORMED, "a branch is missing, has inputs, or has fewer outputs than the node");
    return xb_build_inline(n, branch);
}

xybrid_status xb_emit_if(xb_node *n) { return xb_fail_node(n, XYBRID_INTERNAL, "it is inlined and has no steps"); }

/* ---- what Loop and Scan share ---- */

typedef struct body_args {
    const xb_graph *body;
    int32_t        in_count, state_count, row_count, capture_count; /* inputs of the node; values handed on; values collected */
    const xb_val **in;                                              /* [in_count + capture_count], NULL where left out */
    xb_val       **out;                                             /* [state_count + row_count], pending */
    const void   **alive;                                           /* keeps the inputs' memory: one pointer each */
    xb_onnx_value *inputs;                                          /* [body inputs + captures] of a round */
    int64_t        state[2]; /* Loop: round number and condition, where the body reads them */
    /* Scan */
    int32_t        scan_count;
    const int32_t *in_axes, *in_is_backward, *out_axes, *out_is_backward;
    void         **slices; /* [scan_count] room for one element of an input whose axis is not 0 */
} body_args;

static void keep_alive(const xb_node *n, const xb_val *v, const void **field) {
    if (!v) return;
    for (int32_t i = 0; i < v->item_count; i++) keep_alive(n, v->items[i], field);
    if (v->kind == XB_ONNX_TENSOR) xb_step_in(n, field, v);
}

/* An output of the node, or a place of the plan's own where nobody asks for it. */
static xybrid_status pending_output(xb_node *n, int32_t o, xb_val **out) {
    *out = xb_out(n, o);
    if (!*out) {
        *out = xb_temp(n, XYBRID_UINT8, 0, NULL);
        if (!*out) return n->b->err->code;
        xb_make_pending(n->b, *out, 0);
    }
    return XYBRID_OK;
}

static xybrid_status body_step(xb_node *n, const char *what, int32_t state_count, int32_t row_count, body_args **out) {
    body_args *a = xb_step_new(n, sizeof *a, what);
    if (!a) return n->b->err->code;
    a->body = xb_attr_graph(n, "body");
    a->in_count = n->in_count;
    a->state_count = state_count;
    a->row_count = row_count;
    a->capture_count = n->graph->capture_count;
    int32_t all = a->in_count + a->capture_count;
    a->in = xb_build_alloc(n, (size_t)all, sizeof *a->in);
    a->out = a->in ? xb_build_alloc(n, (size_t)(state_count + row_count), sizeof *a->out) : NULL;
    a->alive = a->out ? xb_build_alloc(n, (size_t)all, sizeof *a->alive) : NULL;
    a->inputs = a->alive ? xb_build_alloc(n, (size_t)(a->body->input_count + a->capture_count), sizeof *a->inputs) : NULL;
    if (!a->inputs) return n->b->err->code;
    for (int32_t i = 0; i < all; i++) {
        a->in[i] = i < a->in_count ? n->in[i] : n->b->segment->values[n->graph->captures[i - a->in_count]];
        keep_alive(n, a->in[i], &a->alive[i]);
    }
    for (int32_t o = 0; o < state_count + row_count; o++) XB_TRY(pending_output(n, o, &a->out[o]));
    *out = a;
    return XYBRID_OK;
}

/* Values of outer graphs, behind the body's own inputs. */
static xybrid_status give_captures(xb_run *run, const body_args *a, xybrid_error *err) {
    for (int32_t i = 0; i < a->capture_count; i++)
        XB_TRY(xb_run_value(run, a->in[a->in_count + i], &a->inputs[a->body->input_count + i], err));
    return XYBRID_OK;
}

static xybrid_status set_pending(xb_node *n) {
    for (int32_t o = 0; o < n->out_count; o++) XB_TRY(xb_out_pending(n, o, 0));
    return XYBRID_OK;
}

/* ---- Loop ---- */

xybrid_status xb_infer_loop(xb_node *n) {
    const xb_graph *body = xb_attr_graph(n, "body");
    int32_t         states = n->in_count > 2 ? n->in_count - 2 : 0;
    if (!body || body->input_count != states + 2 || body->output_count < states + 1 || n->out_count > body->output_count - 1)
        return xb_fail_node(n, XYBRID_MALFORMED, "the body is missing, or does not fit the node");
    return set_pending(n);
}

/* The scalar input `i`, `otherwise` if it is left out. */
static xybrid_status scalar_now(xb_run *run, const xb_val *v, int64_t otherwise, int64_t *out, xybrid_error *err) {
    xb_onnx_value x;
    *out = otherwise;
    if (!v) return XYBRID_OK;
    XB_TRY(xb_run_value(run, v, &x, err));
    if (x.count != 1)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Loop", "Loop: count or condition has %lld elements", (long long)x.count);
    if (x.dtype == XYBRID_INT64) memcpy(out, x.data, sizeof *out);
    else *out = *(const uint8_t *)x.data != 0;
    return XYBRID_OK;
}

static xb_onnx_value scalar_value(int32_t dtype, void *data) {
    return (xb_onnx_value){
        .kind = XB_ONNX_TENSOR, .dtype = dtype, .count = 1, .data = data, .size_bytes = dtype == XYBRID_INT64 ? 8 : 1
    };
}

static xybrid_status collect(xb_run *run, xb_exec *child, const xb_run_call *call, const body_args *a, int32_t first,
                             int64_t round, xybrid_error *err) {
    xb_onnx_value v;
    for (int32_t i = 0; i < a->state_count; i++) {
        XB_TRY(xb_exec_output(child, call, first + i, &v, err));
        XB_TRY(xb_run_dynamic_copy(run, a->out[i], &v, err));
    }
    for (int32_t i = 0; i < a->row_count; i++) {
        XB_TRY(xb_exec_output(child, call, first + a->state_count + i, &v, err));
        XB_TRY(xb_run_dynamic_append(run, a->out[a->state_count + i], round, &v, err));
    }
    return XYBRID_OK;
}

/* Collected values of a loop without rounds: the shape that the body would give is not known, so [0]. */
static xybrid_status no_rounds(xb_run *run, const body_args *a, xybrid_error *err) {
    for (int32_t i = 0; i < a->row_count; i++) {
        void   *data;
        int64_t none = 0;
        XB_TRY(xb_run_dynamic(run, a->out[a->state_count + i], XYBRID_FLOAT32, 1, &none, &data, err));
    }
    return XYBRID_OK;
}

static xybrid_status loop_run(xb_run *run, const xb_step *step, xybrid_error *err) {
    body_args  *a = step->args;
    xb_exec    *child;
    int64_t     count, go_on;
    xb_run_call call = { .inputs = a->inputs,
                         .ctx = run->call->ctx,
                         .cancelled = run->call->cancelled,
                         .seed = run->call->seed,
                         .draws = run->call->draws };
    XB_TRY(xb_exec_child(run->exec, step->node, a->body, &child, err));
    XB_TRY(scalar_now(run, a->in_count > 0 ? a->in[0] : NULL, INT64_MAX, &count, err));
    XB_TRY(scalar_now(run, a->in_count > 1 ? a->in[1] : NULL, 1, &go_on, err));
    XB_TRY(give_captures(run, a, err));
    for (int32_t i = 0; i < a->state_count; i++) {
        xb_onnx_value v;
        XB_TRY(xb_run_value(run, a->in[2 + i], &v, err));
        XB_TRY(xb_run_dynamic_copy(run, a->out[i], &v, err));
    }
    int64_t round = 0;
    for (; round < count && go_on; round++) {
        uint8_t condition = 1;
        a->inputs[0] = scalar_value(XYBRID_INT64, &a->state[0]);
        a->inputs[1] = scalar_value(XYBRID_BOOL, &a->state[1]);
        a->state[0] = round;
        memcpy(&a->state[1], &condition, 1);
        for (int32_t i = 0; i < a->state_count; i++) a->inputs[2 + i] = xb_exec_dynamic(run->exec, a->out[i]->index)->value;
        XB_TRY(xb_exec_run(child, &call, err));
        xb_onnx_value v;
        XB_TRY(xb_exec_output(child, &call, 0, &v, err));
        go_on = v.count > 0 && *(const uint8_t *)v.data != 0;
        XB_TRY(collect(run, child, &call, a, 1, round, err));
    }
    return round ? XYBRID_OK : no_rounds(run, a, err);
}

xybrid_status xb_emit_loop(xb_node *n) {
    body_args      *a;
    const xb_graph *body = xb_attr_graph(n, "body");
    int32_t         states = n->in_count > 2 ? n->in_count - 2 : 0;
    XB_TRY(body_step(n, "loop", states, body->output_count - 1 - states, &a));
    return xb_step_call(n, loop_run);
}

/* ---- Scan (opset 9 and later) ---- */

typedef struct scan_shape {
    int32_t states, scans, outs;
} scan_shape;

static xybrid_status scan_numbers(const xb_node *n, scan_shape *s) {
    const xb_graph *body = xb_attr_graph(n, "body");
    int64_t         scans = xb_attr_int(n, "num_scan_inputs", 0);
    if (n->opset < 9) return xb_fail_node(n, XYBRID_UNSUPPORTED_OPERATOR, "Scan of opset 8 is not built; 9 and later are");
    if (!body || scans < 1 || scans > n->in_count || body->input_count != n->in_count ||
        body->output_count < n->in_count - scans || n->out_count > body->output_count)
        return xb_fail_node(n, XYBRID_MALFORMED, "the body is missing, or does not fit the node");
    s->scans = (int32_t)scans;
    s->states = n->in_count - s->scans;
    s->outs = body->output_count - s->states;
    return XYBRID_OK;
}

xybrid_status xb_infer_scan(xb_node *n) {
    scan_shape s;
    XB_TRY(scan_numbers(n, &s));
    return set_pending(n);
}

static xybrid_status scan_list(const xb_node *n, const char *name, int32_t count, const int32_t **out) {
    const int64_t *given;
    int32_t        k = xb_attr_ints(n, name, &given);
    int32_t       *list = xb_build_alloc(n, (size_t)count, sizeof *list);
    if (!list) return n->b->err->code;
    for (int32_t i = 0; i < count && i < k; i++) list[i] = (int32_t)given[i];
    *out = list;
    return XYBRID_OK;
}

/* One element of a scan input: a view where the axis is the first, else copied into the room for it. */
static xybrid_status scan_element(xb_run *run, const body_args *a, int32_t i, int64_t round, int64_t rounds,
                                  xybrid_error *err) {
    int32_t       at = a->state_count + i;
    xb_onnx_value x, *out = &a->inputs[at];
    XB_TRY(xb_run_value(run, a->in[at], &x, err));
    int32_t axis = a->in_axes[i] < 0 ? a->in_axes[i] + x.rank : a->in_axes[i];
    if (a->in_is_backward[i]) round = rounds - 1 - round;
    int64_t element = xb_element_bytes(x.dtype), inner = 1;
    *out = x;
    out->rank--;
    for (int32_t d = axis; d < out->rank; d++) out->dims[d] = x.dims[d + 1];
    out->count = x.dims[axis] ? x.count / x.dims[axis] : 0;
    out->size_bytes = out->count * element;
    for (int32_t d = axis + 1; d < x.rank; d++) inner *= x.dims[d];
    if (axis == 0) {
        out->data = (char *)x.data + round * out->size_bytes;
        return XYBRID_OK;
    }
    int64_t outer = inner ? out->count / inner : 0;
    out->data = a->slices[i];
    for (int64_t o = 0; o < outer; o++)
        memcpy((char *)out->data + o * inner * element, (char *)x.data + (o * x.dims[axis] + round) * inner * element,
               (size_t)(inner * element));
    return XYBRID_OK;
}

static xybrid_status scan_rounds(xb_run *run, const body_args *a, int64_t *rounds, xybrid_error *err) {
    *rounds = -1;
    for (int32_t i = 0; i < a->scan_count; i++) {
        xb_onnx_value x;
        XB_TRY(xb_run_value(run, a->in[a->state_count + i], &x, err));
        int32_t axis = a->in_axes[i] < 0 ? a->in_axes[i] + x.rank : a->in_axes[i];
        if (axis < 0 || axis >= x.rank)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Scan", "Scan: axis %d of %d dimensions", a->in_axes[i], x.rank);
        if (*rounds >= 0 && *rounds != x.dims[axis])
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Scan", "Scan: inputs of %lld and %lld rounds", (long long)*rounds,
                           (long long)x.dims[axis]);
        *rounds = x.dims[axis];
    }
    return XYBRID_OK;
}

/* Rows in reverse, or with the rounds on another axis: as asked. */
static xybrid_status scan_finish(xb_run *run, const body_args *a, int32_t i, xybrid_error *err) {
    xb_val       *v = a->out[a->state_count + i];
    xb_onnx_value x = xb_exec_dynamic(run->exec, v->index)->value;
    int32_t       axis = a->out_axes[i] < 0 ? a->out_axes[i] + x.rank : a->out_axes[i];
    if (axis == 0 && !a->out_is_backward[i]) return XYBRID_OK;
    if (axis < 0 || axis >= x.rank)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Scan", "Scan: output axis %d of %d dimensions", a->out_axes[i], x.rank);
    int64_t      dims[XB_MAX_RANK];
    void        *data;
    xb_move_args m = { .src = x.data, .rank = x.rank, .element_bytes = xb_element_bytes(x.dtype) };
    for (int32_t d = 0; d < x.rank; d++) dims[d] = d < axis ? x.dims[d + 1] : d == axis ? x.dims[0] : x.dims[d];
    XB_TRY(xb_run_dynamic(run, v, x.dtype, x.rank, dims, &data, err)); /* x stays in the spare memory */
    int64_t src = 1, dst = 1;
    for (int32_t d = x.rank - 1; d >= 0; d--) {
        m.dims[d] = x.dims[d];
        m.src_strides[d] = src;
        src *= x.dims[d];
    }
    int64_t out_strides[XB_MAX_RANK];
    for (int32_t d = x.rank - 1; d >= 0; d--) {
        out_strides[d] = dst;
        dst *= dims[d];
    }
    for (int32_t d = 0; d < x.rank; d++) m.dst_strides[d] = out_strides[d == 0 ? axis : d <= axis ? d - 1 : d];
    m.dst = data;
    if (a->out_is_backward[i] && x.dims[0] > 0) {
        m.src = (const char *)x.data + (x.dims[0] - 1) * m.src_strides[0] * m.element_bytes;
        m.src_strides[0] = -m.src_strides[0];
    }
    xb_work w = xb_move_work(&m);
    for (int32_t c = 0; c < w.chunks; c++) w.run(&m, c, NULL);
    return XYBRID_OK;
}

static xybrid_status scan_run(xb_run *run, const xb_step *step, xybrid_error *err) {
    body_args  *a = step->args;
    xb_exec    *child;
    int64_t     rounds;
    xb_run_call call = { .inputs = a->inputs,
                         .ctx = run->call->ctx,
                         .cancelled = run->call->cancelled,
                         .seed = run->call->seed,
                         .draws = run->call->draws };
    XB_TRY(xb_exec_child(run->exec, step->node, a->body, &child, err));
    XB_TRY(give_captures(run, a, err));
    XB_TRY(scan_rounds(run, a, &rounds, err));
    for (int32_t i = 0; i < a->state_count; i++) {
        xb_onnx_value v;
        XB_TRY(xb_run_value(run, a->in[i], &v, err));
        XB_TRY(xb_run_dynamic_copy(run, a->out[i], &v, err));
    }
    for (int64_t round = 0; round < rounds; round++) {
        for (int32_t i = 0; i < a->state_count; i++) a->inputs[i] = xb_exec_dynamic(run->exec, a->out[i]->index)->value;
        for (int32_t i = 0; i < a->scan_count; i++) XB_TRY(scan_element(run, a, i, round, rounds, err));
        XB_TRY(xb_exec_run(child, &call, err));
        XB_TRY(collect(run, child, &call, a, 0, round, err));
    }
    if (rounds == 0) return no_rounds(run, a, err);
    for (int32_t i = 0; i < a->row_count; i++) XB_TRY(scan_finish(run, a, i, err));
    return XYBRID_OK;
}

xybrid_status xb_emit_scan(xb_node *n) {
    scan_shape s;
    body_args *a;
    XB_TRY(scan_numbers(n, &s));
    XB_TRY(body_step(n, "scan", s.states, s.outs, &a));
    a->scan_count = s.scans;
    a->slices = xb_build_alloc(n, (size_t)s.scans, sizeof *a->slices);
    if (!a->slices) return n->b->err->code;
    XB_TRY(scan_list(n, "scan_input_axes", s.scans, &a->in_axes));
    XB_TRY(scan_list(n, "scan_input_directions", s.scans, &a->in_is_backward));
    XB_TRY(scan_list(n, "scan_output_axes", s.outs, &a->out_axes));
    XB_TRY(scan_list(n, "scan_output_directions", s.outs, &a->out_is_backward));
    for (int32_t i = 0; i < s.scans; i++) {
        const xb_val *x = n->in[s.states + i];
        int32_t       axis;
        XB_TRY(xb_axis(n, a->in_axes[i], x->rank, &axis));
        if (axis == 0 || x->dims[axis] == 0) continue;
        int64_t size = x->size_bytes / x->dims[axis];
        xb_val *room = xb_temp(n, XYBRID_UINT8, 1, &size);
        if (!room) return n->b->err->code;
        xb_step_out(n, &a->slices[i], room);
    }
    return xb_step_call(n, scan_run);
}
