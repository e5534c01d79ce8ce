/* engine/native/rewrite_carried.c - a cache that grows where it is (carry.h):
 *
 *     present = Concat(past, new)      =>      slab = Append(new);  present = SlabView(slab)
 *
 * where `past` is an input that the output `present` becomes, nobody else reads it, and no later segment reads present. Products
 * read the slab itself (rewrite_turned.c); for any other user the view is a copy. */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/build_int.h"
#include "engine/native/carry.h"
#include "engine/native/nn.h"
#include "engine/native/op_moves.h"
#include "engine/native/rewrite.h"
#include "engine/native/run.h"
#include "kernel/move.h"

/* Some of a slab to or from a dense tensor of `dims`, from element `offset` of the slab on. */
static xybrid_status move_step(const xb_node *n, const xb_val *slab, int64_t offset, const xb_val *x, xb_val *y,
                               const char *what) {
    const xb_val *dense = x == slab ? y : x;
    xb_move_args *a = xb_step_new(n, sizeof *a, what);
    if (!a) return n->b->err->code;
    a->rank = dense->rank;
    a->element_bytes = xb_move_bytes(dense->dtype);
    memcpy(a->dims, dense->dims, sizeof a->dims);
    xb_dense_strides(dense->rank, dense->dims, dense == x ? a->src_strides : a->dst_strides);
    xb_dense_strides(slab->rank, slab->dims, dense == x ? a->dst_strides : a->src_strides);
    xb_step_in_bytes(n, &a->src, x, x == slab ? offset * a->element_bytes : 0);
    xb_step_out_at(n, &a->dst, y, y == slab ? offset * a->element_bytes : 0);
    return xb_step_work(n, xb_move_work(a));
}

xybrid_status xb_emit_append(xb_node *n) {
    return move_step(n, n->out[0], *(const int64_t *)n->state, n->in[0], n->out[0], "append");
}

xybrid_status xb_emit_slab_view(xb_node *n) {
    return n->out[0]->count ? move_step(n, n->in[0], 0, n->in[0], n->out[0], "slab view") : XYBRID_OK;
}

static size_t index_of(const xb_node *n) {
    size_t at = 0;
    while (at < n->b->node_count && n->b->nodes[at] != n) at++;
    return at;
}

static int is_output_twice(const xb_build *b, const xb_val *v) {
    int count = 0;
    for (int32_t o = 0; o < b->graph->output_count; o++) count += b->segment->values[b->graph->outputs[o]] == v;
    return count > 1;
}

/* Concat(past, new) along *axis, of an input that is carried and nobody else reads. */
static int is_append(const xb_node *n, const xb_val *y, const xb_carry *k, int32_t *axis) {
    const xb_val *past = n->in[0];
    int64_t       at = xb_attr_int(n, "axis", 1);
    if (!xb_node_is(n, XB_OP_ONNX_Concat) || n->in_count != 2 || past == n->in[1] || past->uses != 1) return 0;
    if (past->place != XB_PLACE_INPUT || past->index != k->input || past->root || past->data || y->rank < 1) return 0;
    *axis = (int32_t)(at < 0 ? at + y->rank : at);
    return n->in[1]->count > 0 && !is_output_twice(n->b, y);
}

/* Node `n` goes before number `at`. */
static xybrid_status insert(size_t at, xb_node *n) {
    xb_build *b = n->b;
    void     *nodes = b->nodes;
    XB_TRY(xb_grow(b->mem, &nodes, &b->node_capacity, b->node_count, sizeof *b->nodes, XB_MAX_GRAPH_NODES, "nodes of a plan",
                   b->err));
    b->nodes = nodes;
    memmove((void *)(b->nodes + at + 1), (void *)(b->nodes + at), (b->node_count - at) * sizeof *b->nodes);
    b->nodes[at] = n;
    b->node_count++;
    return XYBRID_OK;
}

/* n, the Concat, becomes the view. */
static xybrid_status append(xb_build *b, xb_carry *k, size_t at, int32_t axis) {
    xb_node *n = b->nodes[at], *node = xb_build_alloc(&b->none, 1, sizeof *node);
    xb_val **ends = node ? xb_build_alloc(&b->none, 2, sizeof *ends) : NULL, *y = n->out[0];
    int64_t *state = ends ? xb_build_alloc(&b->none, 1, sizeof *state) : NULL, dims[XB_MAX_RANK];
    if (!state) return b->err->code;
    memcpy(dims, y->dims, sizeof dims);
    dims[axis] = xb_carry_rows(k, y->dims[axis]);
    xb_val *slab = xb_temp(&b->none, y->dtype, y->rank, dims);
    if (!slab) return b->err->code;
    slab->place = XB_PLACE_SLAB;
    slab->index = k->output;
    slab->last = INT32_MAX;
    *state = n->in[0]->dims[axis];
    for (int32_t d = axis + 1; d < y->rank; d++) *state *= y->dims[d];
    ends[0] = n->in[1];
    ends[1] = slab;
    *node = (xb_node){
        .b = b, .op = &xb_ops[XB_OP_OWN_Append], .graph = n->graph, .in = ends, .out = ends + 1, .in_count = 1, .out_count = 1
    };
    node->state = state;
    n->op = &xb_ops[XB_OP_OWN_SlabView];
    n->in[0] = slab;
    n->in_count = 1;
    XB_TRY(insert(at, node));
    xb_moved(node->in[0], 0, node);
    xb_moved(slab, -1, n);
    slab->maker = node;
    y->last = -1; /* not needed afterwards any more */
    xb_segment *s = b->segment;
    s->appends[s->append_count++] = (xb_append){ .output = k->output, .axis = axis, .slab = slab, .present = y };
    return XYBRID_OK;
}

xybrid_status xb_rewrite_carried(xb_build *b) {
    const xb_carries *c = xb_exec_carries(b->exec);
    b->segment->append_count = 0;
    if (!c || c->count == 0 || b->waiting_count || b->fact_count) return XYBRID_OK;
    b->segment->appends = xb_build_alloc(&b->none, c->count, sizeof *b->segment->appends);
    if (!b->segment->appends) return b->err->code;
    for (size_t i = 0; i < c->count; i++) {
        const xb_val *y = b->segment->values[b->graph->outputs[c->items[i].output]];
        int32_t       axis;
        size_t        at = y && !y->is_pending && y->maker ? index_of(y->maker) : b->node_count;
        if (at < b->node_count && is_append(b->nodes[at], y, &c->items[i], &axis)) XB_TRY(append(b, &c->items[i], at, axis));
    }
    return XYBRID_OK;
}
