/* engine/native/build.c - see build.h: from nodes to steps. Places in memory are build_memory.c's; the helpers of the operators
 * are in build_help.c. */
#include "engine/native/build.h"

#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "engine/native/layout.h"
#include "engine/native/model.h"
#include "engine/native/rebind.h"
#include "engine/native/rewrite.h"
#include "engine/native/run.h"

/* ---- values ---- */

xb_val *xb_val_new(xb_build *b, int32_t number, xybrid_error *err) {
    xb_val *v = xb_arena_alloc(b->arena, sizeof *v, err);
    if (!v) return NULL;
    void *vals = b->vals;
    if (xb_grow(b->mem, &vals, &b->val_capacity, b->val_count, sizeof *b->vals, XB_MAX_PLAN_VALUES, "values of a plan", err))
        return NULL;
    b->vals = vals;
    b->vals[b->val_count++] = v;
    v->number = number;
    v->kind = XB_ONNX_TENSOR;
    v->first = -1;
    v->last = -1;
    return v;
}

/* A value of the model's file. */
static xybrid_status constant_value(xb_build *b, int32_t number, const xb_onnx_value *c, xb_val **out, xybrid_error *err) {
    xb_val *v = xb_val_new(b, number, err);
    if (!v) return err->code;
    v->dtype = c->dtype;
    v->rank = c->rank;
    memcpy(v->dims, c->dims, sizeof v->dims);
    v->count = c->count;
    v->size_bytes = c->size_bytes;
    v->data = c->data;
    v->place = XB_PLACE_CONTENT;
    v->is_static = 1;
    *out = v;
    return XYBRID_OK;
}

/* The value with that number as it is known now; *out NULL if it is not. */
static xybrid_status known_value(xb_build *b, int32_t number, xb_val **out, xybrid_error *err) {
    xb_val *v = b->segment->values[number];
    if (!v && b->model->graph.values[number].constant) {
        XB_TRY(constant_value(b, number, b->model->graph.values[number].constant, &v, err));
        b->segment->values[number] = v;
    }
    *out = v;
    return XYBRID_OK;
}

/* ---- facts ---- */

static xybrid_status want_fact(xb_build *b, xb_fact_kind kind, xb_val *v, xybrid_error *err) {
    for (size_t i = 0; i < b->fact_count; i++) {
        if (b->facts[i].val != v) continue;
        if (kind == XB_FACT_CONTENT) b->facts[i].kind = kind;
        return XYBRID_OK;
    }
    void *facts = b->facts;
    XB_TRY(xb_grow(b->mem, &facts, &b->fact_capacity, b->fact_count, sizeof *b->facts, XB_MAX_PLAN_FACTS,
                   "values that the plan depends on", err));
    b->facts = facts;
    b->facts[b->fact_count++] = (xb_fact){ .kind = kind, .number = v->number, .val = v };
    return XYBRID_OK;
}

xybrid_status xb_content(xb_build *b, xb_val *v, const void **data, xybrid_error *err) {
    if (v->data) XB_TRY(xb_align_content(b, v, err));
    if (v->data || (!v->is_pending && v->count == 0 && v->kind == XB_ONNX_TENSOR)) {
        *data = v->data ? v->data : "";
        return XYBRID_OK;
    }
    XB_TRY(want_fact(b, XB_FACT_CONTENT, v, err));
    return XB_WANTS_FACT;
}

/* ---- nodes ---- */

static xybrid_status resolve_inputs(xb_build *b, const xb_graph_node *g, xb_node *n, int *is_ready, xybrid_error *err) {
    *is_ready = 1;
    for (int32_t i = 0; i < g->input_count; i++) {
        if (g->inputs[i] == XB_NO_VALUE) continue;
        XB_TRY(known_value(b, g->inputs[i], &n->in[i], err));
        if (!n->in[i]) {
            *is_ready = 0;
        } else if (n->in[i]->is_pending && !(g->op->flags & XB_OP_TAKES_PENDING)) {
            XB_TRY(want_fact(b, XB_FACT_SHAPE, n->in[i], err));
            *is_ready = 0;
        }
    }
    for (int32_t i = 0; *is_ready && i < g->capture_count; i++) {
        xb_val *v;
        XB_TRY(known_value(b, g->captures[i], &v, err));
        if (!v) {
            *is_ready = 0;
        } else if (v->is_pending && !(g->op->flags & XB_OP_TAKES_PENDING)) {
            XB_TRY(want_fact(b, XB_FACT_SHAPE, v, err));
            *is_ready = 0;
        }
    }
    return XYBRID_OK;
}

static xybrid_status new_node(xb_build *b, const xb_graph_node *g, xb_node **out, xybrid_error *err) {
    xb_node *n = xb_arena_alloc(b->arena, sizeof *n, err);
    if (!n) return err->code;
    n->op = g->op;
    n->graph = g;
    n->opset = g->opset;
    n->in_count = g->input_count;
    n->out_count = g->output_count;
    n->in = xb_arena_array(b->arena, (size_t)(n->in_count + n->out_count), sizeof *n->in, err);
    if (!n->in) return err->code;
    n->out = n->in + n->in_count;
    *out = n;
    return XYBRID_OK;
}

static int has_content(const xb_val *v) {
    if (v->kind == XB_ONNX_TENSOR) return !v->is_pending && (v->data || v->count == 0);
    for (int32_t i = 0; i < v->item_count; i++)
        if (!has_content(v->items[i])) return 0;
    return 1;
}

static int all_content(const xb_node *n) {
    for (int32_t i = 0; i < n->in_count; i++)
        if (n->in[i] && !has_content(n->in[i])) return 0;
    return 1;
}

static int all_static(const xb_node *n) {
    for (int32_t i = 0; i < n->in_count; i++)
        if (n->in[i] && !n->in[i]->is_static) return 0;
    return 1;
}

/* Is it computed now, once? A constant that would grow is not (a stored int8 weight stays int8); text always is. */
static int is_worth_folding(const xb_node *n) {
    if (n->op->flags & XB_OP_NO_FOLD || n->graph->capture_count || !all_content(n)) return 0;
    int64_t in_bytes = 0, out_bytes = 0;
    int     is_text = 0;
    for (int32_t i = 0; i < n->in_count; i++)
        if (n->in[i]) in_bytes += n->in[i]->size_bytes;
    for (int32_t i = 0; i < n->out_count; i++) {
        if (!n->out[i]) continue;
        if (n->out[i]->is_pending || n->out[i]->kind != XB_ONNX_TENSOR) return 0;
        out_bytes += n->out[i]->size_bytes;
        is_text |= n->out[i]->dtype == XB_ONNX_STRING;
    }
    return is_text || out_bytes <= XB_FOLD_BYTES || out_bytes <= in_bytes;
}

/* Is it computed when it is emitted? */
static int is_folded_late(const xb_node *n) {
    return n->op->flags & XB_OP_FOLD_LATE && n->out[0] && n->out[0]->dtype != XB_ONNX_STRING &&
           n->out[0]->size_bytes > XB_FOLD_BYTES;
}

static int has_all_outputs(const xb_node *n) {
    for (int32_t i = 0; i < n->out_count; i++)
        if (n->out[i] && !has_content(n->out[i])) return 0;
    return 1;
}

xybrid_status xb_fold_node(xb_build *b, xb_node *n, xybrid_error *err) {
    size_t steps = b->step_count, refs = b->ref_count;
    int    is_static = all_static(n);
    for (int32_t i = 0; i < n->out_count; i++) {
        xb_val *v = n->out[i];
        if (!v || v->data) continue;
        if (v->dtype == XB_ONNX_STRING && v->size_bytes > XB_MAX_SPARSE_BYTES)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, err, "%lld texts; at most %d", (long long)v->count,
                                XB_MAX_SPARSE_BYTES / (int)sizeof(xb_slice));
        void *data = xb_arena_alloc(b->arena, (size_t)v->size_bytes, err);
        if (!data) return err->code;
        v->data = data;
        v->place = XB_PLACE_CONTENT;
    }
    b->is_folding = 1;
    xybrid_status st = xb_op_emit(b, n, err);
    b->is_folding = 0;
    if (st == XYBRID_OK) st = xb_fold_run(b, steps, refs, err);
    b->step_count = steps;
    b->ref_count = refs;
    for (int32_t i = 0; i < n->out_count; i++)
        if (n->out[i]) n->out[i]->is_static = (uint8_t)is_static;
    return st;
}

static xybrid_status keep_node(xb_build *b, xb_node *n, xybrid_error *err) {
    void *nodes = b->nodes;
    XB_TRY(xb_grow(b->mem, &nodes, &b->node_capacity, b->node_count, sizeof *b->nodes, XB_MAX_GRAPH_NODES, "nodes of a plan",
                   err));
    b->nodes = nodes;
    b->nodes[b->node_count++] = n;
    return XYBRID_OK;
}

static xybrid_status wait_for_fact(xb_build *b, const xb_graph_node *g, xybrid_error *err) {
    void *waiting = b->waiting;
    XB_TRY(xb_grow(b->mem, &waiting, &b->waiting_capacity, b->waiting_count, sizeof *b->waiting, XB_MAX_GRAPH_NODES,
                   "nodes of a plan", err));
    b->waiting = waiting;
    b->waiting[b->waiting_count++] = g;
    return XYBRID_OK;
}

/* Takes over what infer said about the outputs. */
static xybrid_status note_outputs(xb_build *b, const xb_graph_node *g, xb_node *n, xybrid_error *err) {
    for (int32_t i = 0; i < n->out_count; i++) {
        xb_val *v = n->out[i];
        if (!v) continue;
        if (v->kind == XB_ONNX_TENSOR && v->dtype == 0 && !v->is_pending)
            return xb_fail_node(n, XYBRID_INTERNAL, err, "output %d has no type", i);
        b->segment->values[g->outputs[i]] = v;
    }
    return XYBRID_OK;
}

/* Are all outputs inputs (Identity)? Then nothing is to be computed, and nobody shall take the node for a reader. */
static int only_passes_on(const xb_node *n) {
    for (int32_t o = 0; o < n->out_count; o++) {
        int32_t i = 0;
        if (!n->out[o]) continue;
        while (i < n->in_count && n->in[i] != n->out[o]) i++;
        if (i == n->in_count) return 0;
    }
    return 1;
}

xb_settled xb_node_settles(const xb_node *n) {
    if (n->is_dead) return XB_SETTLED_INLINED;
    if (has_all_outputs(n)) return XB_SETTLED_CONTENT;
    if (is_worth_folding(n) && !is_folded_late(n)) return XB_SETTLED_FOLDED;
    return only_passes_on(n) ? XB_SETTLED_PASSED : XB_SETTLED_KEPT;
}

/* A node whose outputs are known in shape. */
static xybrid_status settle(xb_build *b, xb_node *n, xb_settled how, xybrid_error *err) {
    if (how == XB_SETTLED_FOLDED) return xb_fold_node(b, n, err);
    if (how == XB_SETTLED_KEPT) return keep_node(b, n, err);
    for (int32_t i = 0; how == XB_SETTLED_CONTENT && i < n->out_count && all_static(n); i++)
        if (n->out[i] && n->out[i]->data) n->out[i]->is_static = 1;
    return XYBRID_OK;
}

static xybrid_status infer_node(xb_build *b, const xb_graph_node *g, xybrid_error *err) {
    xb_node *n;
    int      is_ready;
    XB_TRY(xb_run_poll(b->call, err));
    XB_TRY(new_node(b, g, &n, err));
    XB_TRY(resolve_inputs(b, g, n, &is_ready, err));
    if (!is_ready) return wait_for_fact(b, g, err);
    for (int32_t i = 0; i < g->output_count; i++) {
        if (g->outputs[i] == XB_NO_VALUE) continue;
        n->out[i] = xb_val_new(b, g->outputs[i], err);
        if (!n->out[i]) return err->code;
    }
    b->is_composite = 0;
    xybrid_status st = xb_op_infer(b, n, err);
    if (st == XB_WANTS_FACT) return wait_for_fact(b, g, err);
    if (st != XYBRID_OK) return st;
    xb_settled how = xb_node_settles(n);
    if (b->front) XB_TRY(xb_front_record(b, g, n, how, err));
    if (n->is_dead) return XYBRID_OK;
    XB_TRY(settle(b, n, how, err));
    return note_outputs(b, g, n, err);
}

/* ---- operators that are several ---- */

static xybrid_status set_operator(xb_build *b, xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count,
                                  xb_val *const *in, int32_t in_count, xybrid_error *err) {
    xb_val **list = xb_arena_array(b->arena, (size_t)in_count, sizeof *list, err);
    if (!list) return err->code;
    b->is_composite = 1;
    for (int32_t i = 0; i < in_count; i++) list[i] = in[i];
    if (attrs) {
        xb_graph_node *g = xb_arena_alloc(b->arena, sizeof *g, err);
        xb_attr       *copy = xb_arena_array(b->arena, (size_t)attr_count, sizeof *copy, err);
        if (!g || !copy) return err->code;
        for (int32_t i = 0; i < attr_count; i++) copy[i] = attrs[i];
        *g = (xb_graph_node){ .op = n->graph->op, .name = n->graph->name, .attrs = copy, .attr_count = attr_count };
        n->graph = g;
    }
    n->op = &xb_ops[op];
    n->opset = XB_OPSET_NEWEST;
    n->in = list;
    n->in_count = in_count;
    return XYBRID_OK;
}

xybrid_status xb_node_before(xb_build *b, const xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count,
                             xb_val *const *in, int32_t in_count, xb_val **out, xybrid_error *err) {
    xb_node *node = xb_arena_alloc(b->arena, sizeof *node, err);
    xb_val **list = xb_arena_array(b->arena, 1, sizeof *list, err);
    if (!node || !list) return err->code;
    *node = (xb_node){ .op = n->op, .graph = n->graph, .out = list, .out_count = 1 };
    XB_TRY(set_operator(b, node, op, attrs, attr_count, in, in_count, err));
    list[0] = xb_val_new(b, XB_NO_VALUE, err);
    if (!list[0]) return err->code;
    XB_TRY(xb_op_infer(b, node, err));
    XB_TRY(settle(b, node, xb_node_settles(node), err));
    b->is_composite = 1;
    *out = node->out[0];
    return XYBRID_OK;
}

xybrid_status xb_node_become(xb_build *b, xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                             int32_t in_count, xybrid_error *err) {
    XB_TRY(set_operator(b, n, op, attrs, attr_count, in, in_count, err));
    return xb_op_infer(b, n, err);
}

xybrid_status xb_build_inline(xb_build *b, xb_node *n, const xb_graph *branch, xybrid_error *err) {
    const xb_graph_node *g = n->graph;
    for (int32_t i = 0; i < branch->node_count; i++) XB_TRY(infer_node(b, &branch->nodes[i], err));
    for (int32_t i = 0; i < g->output_count; i++) {
        if (g->outputs[i] == XB_NO_VALUE) continue;
        xb_graph_node *same = xb_arena_alloc(b->arena, sizeof *same, err);
        int32_t       *ends = xb_arena_array(b->arena, 2, sizeof *ends, err);
        if (!same || !ends) return err->code;
        ends[0] = branch->outputs[i];
        ends[1] = g->outputs[i];
        *same = (xb_graph_node){ .op = &xb_ops[XB_OP_ONNX_Identity], .name = g->name, .opset = XB_OPSET_NEWEST };
        same->input_count = same->output_count = 1;
        same->inputs = &ends[0];
        same->outputs = &ends[1];
        XB_TRY(infer_node(b, same, err));
    }
    n->is_dead = 1;
    return XYBRID_OK;
}

/* ---- what is needed ---- */

static void need(xb_val *v) {
    if (!v) return;
    v->is_needed = 1;
    for (int32_t i = 0; i < v->item_count; i++) need(v->items[i]);
}

static void need_number(xb_build *b, int32_t number) {
    if (number == XB_NO_VALUE) return;
    xb_val *v = b->segment->values[number];
    if (!v) return;
    need(v);
    xb_val_keep(v);
}

static int is_needed(const xb_val *v) {
    if (v->is_needed) return 1;
    for (int32_t i = 0; i < v->item_count; i++)
        if (is_needed(v->items[i])) return 1;
    return 0;
}

/* Drops the nodes whose results nobody asks for. */
static void drop_dead_nodes(xb_build *b) {
    for (int32_t i = 0; i < b->graph->output_count; i++) need_number(b, b->graph->outputs[i]);
    for (size_t i = 0; i < b->fact_count; i++) {
        need(b->facts[i].val);
        xb_val_keep(b->facts[i].val);
    }
    for (size_t i = 0; i < b->waiting_count; i++) {
        for (int32_t k = 0; k < b->waiting[i]->input_count; k++) need_number(b, b->waiting[i]->inputs[k]);
        for (int32_t k = 0; k < b->waiting[i]->capture_count; k++) need_number(b, b->waiting[i]->captures[k]);
    }
    for (size_t i = b->node_count; i-- > 0;) {
        xb_node *n = b->nodes[i];
        n->is_dead = 1;
        for (int32_t o = 0; o < n->out_count; o++)
            if (n->out[o] && is_needed(n->out[o])) n->is_dead = 0;
        if (n->is_dead) continue;
        for (int32_t k = 0; k < n->in_count; k++) need(n->in[k]);
        for (int32_t k = 0; k < n->graph->capture_count; k++) need(b->segment->values[n->graph->captures[k]]);
    }
    size_t living = 0;
    for (size_t i = 0; i < b->node_count; i++)
        if (!b->nodes[i]->is_dead) b->nodes[living++] = b->nodes[i];
    b->node_count = living;
}

/* ---- graph outputs ---- */

/* What the file says of a model's output must be its type; a shape that it says is only told (ports.h). */
static xybrid_status check_output(const xb_build *b, int32_t o, const xb_val *v, xybrid_error *err) {
    const xb_onnx_port *p = &b->model->graph.header.outputs[o];
    if (p->kind != XB_ONNX_TENSOR || p->dtype == v->dtype || v->kind != XB_ONNX_TENSOR) return XYBRID_OK;
    return xb_fail(err, XYBRID_MALFORMED, p->name, "output \"%.200s\" is %s, the file says %s", p->name,
                   xb_onnx_dtype_name(v->dtype), xb_onnx_dtype_name(p->dtype));
}

static int is_appended(const xb_segment *s, int32_t o) {
    for (int32_t i = 0; i < s->append_count; i++)
        if (s->appends[i].output == o) return 1;
    return 0;
}

/* Where the host's memory for output o is written: the value itself, if its bytes are its own, else a copy. */
static xybrid_status place_output(xb_build *b, int32_t o, xybrid_error *err) {
    xb_val *v;
    XB_TRY(known_value(b, b->graph->outputs[o], &v, err));
    if (!v || v->is_pending || b->segment->outputs[o] || is_appended(b->segment, o)) return XYBRID_OK;
    if (b->places_outputs) XB_TRY(check_output(b, o, v, err));
    if (v->kind != XB_ONNX_TENSOR || v->dtype == XB_ONNX_STRING || !b->places_outputs) {
        b->segment->outputs[o] = v;
        return XYBRID_OK;
    }
    xb_val *root = v->root ? v->root : v;
    if (root->place == XB_PLACE_NONE && v->root_offset == 0 && root->size_bytes == v->size_bytes && !root->data) {
        root->place = XB_PLACE_OUTPUT;
        root->index = o;
        b->segment->outputs[o] = v;
        return XYBRID_OK;
    }
    xb_val *copy = xb_val_new(b, XB_NO_VALUE, err);
    if (!copy) return err->code;
    copy->dtype = v->dtype;
    copy->rank = v->rank;
    memcpy(copy->dims, v->dims, sizeof copy->dims);
    copy->count = v->count;
    copy->size_bytes = v->size_bytes;
    copy->place = XB_PLACE_OUTPUT;
    copy->index = o;
    b->segment->outputs[o] = copy;
    return xb_copy_emit(b, v, copy, err);
}

/* ---- the whole ---- */

static xybrid_status emit_nodes(xb_build *b, xybrid_error *err) {
    for (size_t i = 0; i < b->node_count; i++) {
        xb_node *n = b->nodes[i];
        if (n->is_dead) continue;
        XB_TRY(xb_run_poll(b->call, err));
        if (!(n->op->flags & XB_OP_LAYOUTS)) XB_TRY(xb_dense_inputs(b, n, err));
        if (is_folded_late(n) && is_worth_folding(n)) XB_TRY(xb_fold_node(b, n, err));
        else XB_TRY(xb_op_emit(b, n, err));
    }
    return XYBRID_OK;
}

static xybrid_status keep_outputs(xb_build *b, xybrid_error *err) {
    xb_segment *s = b->segment;
    s->output_count = b->graph->output_count;
    s->outputs = xb_arena_array(b->arena, (size_t)s->output_count, sizeof *s->outputs, err);
    if (!s->outputs) return err->code;
    if (s->parent && s->parent->outputs) memcpy(s->outputs, s->parent->outputs, (size_t)s->output_count * sizeof *s->outputs);
    for (int32_t o = 0; o < s->output_count; o++) XB_TRY(place_output(b, o, err));
    return XYBRID_OK;
}

static void *keep_array(xb_build *b, const void *items, size_t count, size_t size, xybrid_error *err) {
    void *copy = xb_arena_array(b->arena, count, size, err);
    if (copy && count) memcpy(copy, items, count * size);
    return copy;
}

static xybrid_status keep_lists(xb_build *b, xybrid_error *err) {
    xb_segment *s = b->segment;
    s->step_count = (int32_t)b->step_count;
    s->fact_count = (int32_t)b->fact_count;
    s->remaining_count = (int32_t)b->waiting_count;
    s->dynamic_count = b->dynamic_count;
    s->steps = keep_array(b, b->steps, b->step_count, sizeof *b->steps, err);
    if (!s->steps) return err->code;
    s->facts = keep_array(b, b->facts, b->fact_count, sizeof *b->facts, err);
    if (!s->facts) return err->code;
    s->remaining = keep_array(b, (const void *)b->waiting, b->waiting_count, sizeof *b->waiting, err);
    return s->remaining ? XYBRID_OK : err->code;
}

/* Constants that wait to be computed, wanted by none but nodes that wait: these may do without (a tied embedding, turned around,
 * whose product stands in the branch of an If). They wait, too. */
static xybrid_status put_off_constants(xb_build *b, xybrid_error *err) {
    size_t kept = 0;
    if (b->waiting_count == 0) return XYBRID_OK;
    xb_rewrite_tables(b);
    for (int32_t o = 0; o < b->graph->output_count; o++) {
        xb_val *v = b->segment->values[b->graph->outputs[o]];
        if (v) v->uses++;
    }
    for (size_t i = 0; i < b->fact_count; i++) b->facts[i].val->uses++;
    for (size_t i = 0; i < b->node_count; i++) {
        xb_node *n = b->nodes[i];
        int      waits = n->op == n->graph->op && is_folded_late(n) && is_worth_folding(n) && n->out[0]->uses == 0;
        b->nodes[kept++] = n;
        if (!waits) continue;
        XB_TRY(wait_for_fact(b, n->graph, err));
        memmove((void *)(b->waiting + 1), (void *)b->waiting, (b->waiting_count - 1) * sizeof *b->waiting);
        b->waiting[0] = n->graph;
        b->segment->values[n->graph->outputs[0]] = NULL;
        kept--;
    }
    b->node_count = kept;
    return XYBRID_OK;
}

/* What is computed, and of which shapes. */
static xybrid_status build_front(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err) {
    for (int32_t i = 0; i < node_count; i++) XB_TRY(infer_node(b, nodes[i], err));
    for (int32_t o = 0; o < b->graph->output_count; o++) {
        xb_val *v = b->segment->values[b->graph->outputs[o]];
        if (v && v->is_pending) XB_TRY(want_fact(b, XB_FACT_SHAPE, v, err));
    }
    if (b->waiting_count && !b->fact_count)
        return xb_fail(err, XYBRID_INTERNAL, NULL, "a plan waits for %d nodes, and no fact would help", (int)b->waiting_count);
    XB_TRY(put_off_constants(b, err));
    drop_dead_nodes(b);
    return XYBRID_OK;
}

xybrid_status xb_build_back(xb_build *b, xybrid_error *err) {
    XB_TRY(xb_rewrite_all(b, err));
    XB_TRY(emit_nodes(b, err));
    XB_TRY(keep_outputs(b, err));
    XB_TRY(xb_build_places(b, err));
    return keep_lists(b, err);
}

void xb_build_free(xb_build *b) {
    xb_free(b->mem, b->nodes);
    xb_free(b->mem, b->vals);
    xb_free(b->mem, b->steps);
    xb_free(b->mem, b->refs);
    xb_free(b->mem, b->facts);
    xb_free(b->mem, (void *)b->waiting);
    xb_free(b->mem, b->fold_scratch);
}

xybrid_status xb_build_segment(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err) {
    xybrid_status st = build_front(b, nodes, node_count, err);
    if (st == XYBRID_OK && b->front) st = xb_front_keep(b->front, err);
    if (st == XYBRID_OK) st = xb_build_back(b, err);
    if (!b->front) xb_build_free(b);
    return st;
}

xybrid_status xb_build_shapes(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err) {
    xybrid_status st = build_front(b, nodes, node_count, err);
    xb_build_free(b);
    return st;
}
