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

xb_val *xb_val_new(xb_build *b, int32_t number) {
    xb_val *v = xb_arena_alloc(b->arena, sizeof *v, b->err);
    if (!v) return NULL;
    void *vals = b->vals;
    if (xb_grow(b->mem, &vals, &b->val_capacity, b->val_count, sizeof *b->vals, XB_MAX_PLAN_VALUES, "values of a plan", b->err))
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
static xybrid_status constant_value(xb_build *b, int32_t number, const xb_onnx_value *c, xb_val **out) {
    xb_val *v = xb_val_new(b, number);
    if (!v) return b->err->code;
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
static xybrid_status known_value(xb_build *b, int32_t number, xb_val **out) {
    xb_val *v = b->segment->values[number];
    if (!v && b->model->graph.values[number].constant) {
        XB_TRY(constant_value(b, number, b->model->graph.values[number].constant, &v));
        b->segment->values[number] = v;
    }
    *out = v;
    return XYBRID_OK;
}

/* ---- facts ---- */

static xybrid_status want_fact(xb_build *b, xb_fact_kind kind, xb_val *v) {
    for (size_t i = 0; i < b->fact_count; i++) {
        if (b->facts[i].val != v) continue;
        if (kind == XB_FACT_CONTENT) b->facts[i].kind = kind;
        return XYBRID_OK;
    }
    void *facts = b->facts;
    XB_TRY(xb_grow(b->mem, &facts, &b->fact_capacity, b->fact_count, sizeof *b->facts, XB_MAX_PLAN_FACTS,
                   "values that the plan depends on", b->err));
    b->facts = facts;
    b->facts[b->fact_count++] = (xb_fact){ .kind = kind, .number = v->number, .val = v };
    return XYBRID_OK;
}

xybrid_status xb_content(const xb_node *n, xb_val *v, const void **data) {
    if (v->data) XB_TRY(xb_align_content(n->b, v));
    if (v->data || (!v->is_pending && v->count == 0 && v->kind == XB_ONNX_TENSOR)) {
        *data = v->data ? v->data : "";
        return XYBRID_OK;
    }
    XB_TRY(want_fact(n->b, XB_FACT_CONTENT, v));
    return XB_WANTS_FACT;
}

/* ---- nodes ---- */

static xybrid_status resolve_inputs(const xb_graph_node *g, xb_node *n, int *is_ready) {
    xb_build *b = n->b;
    *is_ready = 1;
    for (int32_t i = 0; i < g->input_count; i++) {
        if (g->inputs[i] == XB_NO_VALUE) continue;
        XB_TRY(known_value(b, g->inputs[i], &n->in[i]));
        if (!n->in[i]) {
            *is_ready = 0;
        } else if (n->in[i]->is_pending && !(g->op->flags & XB_OP_TAKES_PENDING)) {
            XB_TRY(want_fact(b, XB_FACT_SHAPE, n->in[i]));
            *is_ready = 0;
        }
    }
    for (int32_t i = 0; *is_ready && i < g->capture_count; i++) {
        xb_val *v;
        XB_TRY(known_value(b, g->captures[i], &v));
        if (!v) {
            *is_ready = 0;
        } else if (v->is_pending && !(g->op->flags & XB_OP_TAKES_PENDING)) {
            XB_TRY(want_fact(b, XB_FACT_SHAPE, v));
            *is_ready = 0;
        }
    }
    return XYBRID_OK;
}

static xybrid_status new_node(xb_build *b, const xb_graph_node *g, xb_node **out) {
    xb_node *n = xb_arena_alloc(b->arena, sizeof *n, b->err);
    if (!n) return b->err->code;
    n->b = b;
    n->op = g->op;
    n->graph = g;
    n->opset = g->opset;
    n->in_count = g->input_count;
    n->out_count = g->output_count;
    n->in = xb_arena_array(b->arena, (size_t)(n->in_count + n->out_count), sizeof *n->in, b->err);
    if (!n->in) return b->err->code;
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

xybrid_status xb_fold_node(xb_node *n) {
    xb_build *b = n->b;
    size_t    steps = b->step_count, refs = b->ref_count;
    int       is_static = all_static(n);
    for (int32_t i = 0; i < n->out_count; i++) {
        xb_val *v = n->out[i];
        if (!v || v->data) continue;
        if (v->dtype == XB_ONNX_STRING && v->size_bytes > XB_MAX_SPARSE_BYTES)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%lld texts; at most %d", (long long)v->count,
                                XB_MAX_SPARSE_BYTES / (int)sizeof(xb_slice));
        void *data = xb_arena_alloc(b->arena, (size_t)v->size_bytes, b->err);
        if (!data) return b->err->code;
        v->data = data;
        v->place = XB_PLACE_CONTENT;
    }
    b->is_folding = 1;
    xybrid_status st = xb_op_emit(n);
    b->is_folding = 0;
    if (st == XYBRID_OK) st = xb_fold_run(b, steps, refs);
    b->step_count = steps;
    b->ref_count = refs;
    for (int32_t i = 0; i < n->out_count; i++)
        if (n->out[i]) n->out[i]->is_static = (uint8_t)is_static;
    return st;
}

static xybrid_status keep_node(xb_node *n) {
    xb_build *b = n->b;
    void     *nodes = b->nodes;
    XB_TRY(xb_grow(b->mem, &nodes, &b->node_capacity, b->node_count, sizeof *b->nodes, XB_MAX_GRAPH_NODES, "nodes of a plan",
                   b->err));
    b->nodes = nodes;
    b->nodes[b->node_count++] = n;
    return XYBRID_OK;
}

static xybrid_status wait_for_fact(xb_build *b, const xb_graph_node *g) {
    void *waiting = b->waiting;
    XB_TRY(xb_grow(b->mem, &waiting, &b->waiting_capacity, b->waiting_count, sizeof *b->waiting, XB_MAX_GRAPH_NODES,
                   "nodes of a plan", b->err));
    b->waiting = waiting;
    b->waiting[b->waiting_count++] = g;
    return XYBRID_OK;
}

/* Takes over what infer said about the outputs. */
static xybrid_status note_outputs(const xb_graph_node *g, xb_node *n) {
    for (int32_t i = 0; i < n->out_count; i++) {
        xb_val *v = n->out[i];
        if (!v) continue;
        if (v->kind == XB_ONNX_TENSOR && v->dtype == 0 && !v->is_pending)
            return xb_fail_node(n, XYBRID_INTERNAL, "output %d has no type", i);
        n->b->segment->values[g->outputs[i]] = v;
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
static xybrid_status settle(xb_node *n, xb_settled how) {
    if (how == XB_SETTLED_FOLDED) return xb_fold_node(n);
    if (how == XB_SETTLED_KEPT) return keep_node(n);
    for (int32_t i = 0; how == XB_SETTLED_CONTENT && i < n->out_count && all_static(n); i++)
        if (n->out[i] && n->out[i]->data) n->out[i]->is_static = 1;
    return XYBRID_OK;
}

static xybrid_status infer_node(xb_build *b, const xb_graph_node *g) {
    xb_node *n;
    int      is_ready;
    XB_TRY(xb_run_poll(b->call, b->err));
    XB_TRY(new_node(b, g, &n));
    XB_TRY(resolve_inputs(g, n, &is_ready));
    if (!is_ready) return wait_for_fact(b, g);
    for (int32_t i = 0; i < g->output_count; i++) {
        if (g->outputs[i] == XB_NO_VALUE) continue;
        n->out[i] = xb_val_new(b, g->outputs[i]);
        if (!n->out[i]) return b->err->code;
    }
    b->is_composite = 0;
    xybrid_status st = xb_op_infer(n);
    if (st == XB_WANTS_FACT) return wait_for_fact(b, g);
    if (st != XYBRID_OK) return st;
    xb_settled how = xb_node_settles(n);
    if (b->front) XB_TRY(xb_front_record(g, n, how));
    if (n->is_dead) return XYBRID_OK;
    XB_TRY(settle(n, how));
    return note_outputs(g, n);
}

/* ---- operators that are several ---- */

static xybrid_status set_operator(xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                                  int32_t in_count) {
    xb_build *b = n->b;
    xb_val  **list = xb_arena_array(b->arena, (size_t)in_count, sizeof *list, b->err);
    if (!list) return b->err->code;
    b->is_composite = 1;
    for (int32_t i = 0; i < in_count; i++) list[i] = in[i];
    if (attrs) {
        xb_graph_node *g = xb_arena_alloc(b->arena, sizeof *g, b->err);
        xb_attr       *copy = xb_arena_array(b->arena, (size_t)attr_count, sizeof *copy, b->err);
        if (!g || !copy) return b->err->code;
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

xybrid_status xb_node_before(const xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                             int32_t in_count, xb_val **out) {
    xb_build *b = n->b;
    xb_node  *node = xb_arena_alloc(b->arena, sizeof *node, b->err);
    xb_val  **list = xb_arena_array(b->arena, 1, sizeof *list, b->err);
    if (!node || !list) return b->err->code;
    *node = (xb_node){ .b = b, .op = n->op, .graph = n->graph, .out = list, .out_count = 1 };
    XB_TRY(set_operator(node, op, attrs, attr_count, in, in_count));
    list[0] = xb_val_new(b, XB_NO_VALUE);
    if (!list[0]) return b->err->code;
    XB_TRY(xb_op_infer(node));
    XB_TRY(settle(node, xb_node_settles(node)));
    b->is_composite = 1;
    *out = node->out[0];
    return XYBRID_OK;
}

xybrid_status xb_node_become(xb_node *n, int32_t op, const xb_attr *attrs, int32_t attr_count, xb_val *const *in,
                             int32_t in_count) {
    XB_TRY(set_operator(n, op, attrs, attr_count, in, in_count));
    return xb_op_infer(n);
}

xybrid_status xb_build_inline(xb_node *n, const xb_graph *branch) {
    xb_build            *b = n->b;
    const xb_graph_node *g = n->graph;
    for (int32_t i = 0; i < branch->node_count; i++) XB_TRY(infer_node(b, &branch->nodes[i]));
    for (int32_t i = 0; i < g->output_count; i++) {
        if (g->outputs[i] == XB_NO_VALUE) continue;
        xb_graph_node *same = xb_arena_alloc(b->arena, sizeof *same, b->err);
        int32_t       *ends = xb_arena_array(b->arena, 2, sizeof *ends, b->err);
        if (!same || !ends) return b->err->code;
        ends[0] = branch->outputs[i];
        ends[1] = g->outputs[i];
        *same = (xb_graph_node){ .op = &xb_ops[XB_OP_ONNX_Identity], .name = g->name, .opset = XB_OPSET_NEWEST };
        same->input_count = same->output_count = 1;
        same->inputs = &ends[0];
        same->outputs = &ends[1];
        XB_TRY(infer_node(b, same));
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
static xybrid_status check_output(const xb_build *b, int32_t o, const xb_val *v) {
    const xb_onnx_port *p = &b->model->graph.header.outputs[o];
    if (p->kind != XB_ONNX_TENSOR || p->dtype == v->dtype || v->kind != XB_ONNX_TENSOR) return XYBRID_OK;
    return xb_fail(b->err, XYBRID_MALFORMED, p->name, "output \"%.200s\" is %s, the file says %s", p->name,
                   xb_onnx_dtype_name(v->dtype), xb_onnx_dtype_name(p->dtype));
}

static int is_appended(const xb_segment *s, int32_t o) {
    for (int32_t i = 0; i < s->append_count; i++)
        if (s->appends[i].output == o) return 1;
    return 0;
}

/* Where the host's memory for output o is written: the value itself, if its bytes are its own, else a copy. */
static xybrid_status place_output(xb_build *b, int32_t o) {
    xb_val *v;
    XB_TRY(known_value(b, b->graph->outputs[o], &v));
    if (!v || v->is_pending || b->segment->outputs[o] || is_appended(b->segment, o)) return XYBRID_OK;
    if (b->places_outputs) XB_TRY(check_output(b, o, v));
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
    xb_val *copy = xb_val_new(b, XB_NO_VALUE);
    if (!copy) return b->err->code;
    copy->dtype = v->dtype;
    copy->rank = v->rank;
    memcpy(copy->dims, v->dims, sizeof copy->dims);
    copy->count = v->count;
    copy->size_bytes = v->size_bytes;
    copy->place = XB_PLACE_OUTPUT;
    copy->index = o;
    b->segment->outputs[o] = copy;
    return xb_copy_emit(&b->none, v, copy);
}

/* ---- the whole ---- */

static xybrid_status emit_nodes(xb_build *b) {
    for (size_t i = 0; i < b->node_count; i++) {
        xb_node *n = b->nodes[i];
        if (n->is_dead) continue;
        XB_TRY(xb_run_poll(b->call, b->err));
        if (!(n->op->flags & XB_OP_LAYOUTS)) XB_TRY(xb_dense_inputs(n));
        if (is_folded_late(n) && is_worth_folding(n)) XB_TRY(xb_fold_node(n));
        else XB_TRY(xb_op_emit(n));
    }
    return XYBRID_OK;
}

static xybrid_status keep_outputs(xb_build *b) {
    xb_segment *s = b->segment;
    s->output_count = b->graph->output_count;
    s->outputs = xb_arena_array(b->arena, (size_t)s->output_count, sizeof *s->outputs, b->err);
    if (!s->outputs) return b->err->code;
    if (s->parent && s->parent->outputs) memcpy(s->outputs, s->parent->outputs, (size_t)s->output_count * sizeof *s->outputs);
    for (int32_t o = 0; o < s->output_count; o++) XB_TRY(place_output(b, o));
    return XYBRID_OK;
}

static void *keep_array(xb_build *b, const void *items, size_t count, size_t size) {
    void *copy = xb_arena_array(b->arena, count, size, b->err);
    if (copy && count) memcpy(copy, items, count * size);
    return copy;
}

static xybrid_status keep_lists(xb_build *b) {
    xb_segment *s = b->segment;
    s->step_count = (int32_t)b->step_count;
    s->fact_count = (int32_t)b->fact_count;
    s->remaining_count = (int32_t)b->waiting_count;
    s->dynamic_count = b->dynamic_count;
    s->steps = keep_array(b, b->steps, b->step_count, sizeof *b->steps);
    if (!s->steps) return b->err->code;
    s->facts = keep_array(b, b->facts, b->fact_count, sizeof *b->facts);
    if (!s->facts) return b->err->code;
    s->remaining = keep_array(b, (const void *)b->waiting, b->waiting_count, sizeof *b->waiting);
    return s->remaining ? XYBRID_OK : b->err->code;
}

/* Constants that wait to be computed, wanted by none but nodes that wait: these may do without (a tied embedding, turned around,
 * whose product stands in the branch of an If). They wait, too. */
static xybrid_status put_off_constants(xb_build *b) {
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
        XB_TRY(wait_for_fact(b, n->graph));
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
    b->err = err;
    b->none = (xb_node){ .b = b, .op = &xb_ops[XB_OP_OWN_plan] };
    for (int32_t i = 0; i < node_count; i++) XB_TRY(infer_node(b, nodes[i]));
    for (int32_t o = 0; o < b->graph->output_count; o++) {
        xb_val *v = b->segment->values[b->graph->outputs[o]];
        if (v && v->is_pending) XB_TRY(want_fact(b, XB_FACT_SHAPE, v));
    }
    if (b->waiting_count && !b->fact_count)
        return xb_fail(b->err, XYBRID_INTERNAL, NULL, "a plan waits for %d nodes, and no fact would help",
                       (int)b->waiting_count);
    XB_TRY(put_off_constants(b));
    drop_dead_nodes(b);
    return XYBRID_OK;
}

xybrid_status xb_build_back(xb_build *b) {
    XB_TRY(xb_rewrite_all(b));
    XB_TRY(emit_nodes(b));
    XB_TRY(keep_outputs(b));
    XB_TRY(xb_build_places(b));
    return keep_lists(b);
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
    if (st == XYBRID_OK) st = xb_build_back(b);
    if (!b->front) xb_build_free(b);
    return st;
}

xybrid_status xb_build_shapes(xb_build *b, const xb_graph_node *const *nodes, int32_t node_count, xybrid_error *err) {
    xybrid_status st = build_front(b, nodes, node_count, err);
    xb_build_free(b);
    return st;
}
