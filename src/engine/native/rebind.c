/* engine/native/rebind.c - see rebind.h. */
#include "engine/native/rebind.h"

#include <string.h>

#include "base/checked.h"
#include "engine/native/model.h"

xybrid_status xb_front_new(xb_mem *mem, xb_front **out, xybrid_error *err) {
    xb_front *f = xb_calloc(mem, 1, sizeof *f, err);
    if (!f) return err->code;
    f->b.mem = mem;
    xb_arena_init(&f->back, mem, 0);
    xb_arena_init(&f->scratch, mem, 0);
    *out = f;
    return XYBRID_OK;
}

void xb_front_free(xb_front *f) {
    if (!f) return;
    xb_mem *mem = f->b.mem;
    xb_build_free(&f->b);
    xb_free(mem, f->records);
    xb_free(mem, f->slots);
    xb_arena_free(&f->back);
    xb_arena_free(&f->scratch);
    xb_free(mem, f);
}

int64_t xb_front_bytes(const xb_front *f) {
    const xb_build *b = &f->b;
    return (int64_t)(sizeof *f + f->back.used_bytes + f->scratch.used_bytes + f->record_capacity * sizeof *f->records +
                     f->slot_capacity * sizeof *f->slots + b->step_capacity * sizeof *b->steps +
                     b->ref_capacity * sizeof *b->refs + (b->val_capacity + b->node_capacity) * sizeof(void *));
}

/* ---- keeping ---- */

xybrid_status xb_front_record(const xb_graph_node *g, xb_node *n, xb_settled how) {
    xb_build *b = n->b;
    xb_front *f = b->front;
    void     *records = f->records;
    XB_TRY(xb_grow(b->mem, &records, &f->record_capacity, f->record_count, sizeof *f->records, XB_MAX_GRAPH_NODES,
                   "nodes of a plan", b->err));
    f->records = records;
    f->records[f->record_count++] = (xb_record){ .graph = g, .n = n, .how = how, .is_composite = b->is_composite };
    return XYBRID_OK;
}

static void keep_val(xb_front *f, xb_val *v) {
    f->vals[f->val_count++] = (xb_kept_val){ .v = v,
                                             .root = v->root,
                                             .offset = v->offset,
                                             .root_offset = v->root_offset,
                                             .size_bytes = v->size_bytes,
                                             .index = v->index,
                                             .first = v->first,
                                             .last = v->last,
                                             .place = v->place,
                                             .layout = v->layout };
}

/* The segment's own values without content. Those of other segments are theirs. */
static xybrid_status keep_vals(xb_front *f, xybrid_error *err) {
    xb_build *b = &f->b;
    f->vals = xb_arena_array(b->arena, b->val_count, sizeof *f->vals, err);
    if (!f->vals) return err->code;
    for (size_t i = 0; i < b->val_count; i++)
        if (!b->vals[i]->data) keep_val(f, b->vals[i]);
    return XYBRID_OK;
}

xybrid_status xb_front_keep(xb_front *f, xybrid_error *err) {
    xb_build *b = &f->b;
    f->node_count = b->node_count;
    f->own_vals = b->val_count;
    f->dynamic_count = b->dynamic_count;
    f->nodes = xb_arena_array(b->arena, f->node_count, sizeof *f->nodes, err);
    if (!f->nodes) return err->code;
    for (size_t i = 0; i < f->node_count; i++) {
        xb_node *n = b->nodes[i];
        f->nodes[i] = (xb_kept_node){ .was = *n, .n = n };
        xb_val **ends = xb_arena_array(b->arena, (size_t)(n->in_count + n->out_count), sizeof *ends, err);
        if (!ends) return err->code;
        if (n->in_count) memcpy(ends, n->in, (size_t)n->in_count * sizeof *ends);
        if (n->out_count) memcpy(ends + n->in_count, n->out, (size_t)n->out_count * sizeof *ends);
        f->nodes[i].ends = ends;
    }
    XB_TRY(keep_vals(f, err));
    b->arena = &f->back;
    return XYBRID_OK;
}

/* Everything as infer left it. */
static void restore(xb_front *f) {
    xb_build *b = &f->b;
    for (size_t i = 0; i < f->node_count; i++) {
        const xb_kept_node *k = &f->nodes[i];
        *k->n = k->was;
        if (k->was.in_count) memcpy(k->was.in, k->ends, (size_t)k->was.in_count * sizeof *k->ends);
        if (k->was.out_count) memcpy(k->was.out, k->ends + k->was.in_count, (size_t)k->was.out_count * sizeof *k->ends);
        for (int32_t e = 0; e < k->was.in_count + k->was.out_count; e++)
            if (k->ends[e]) k->ends[e]->twin = NULL;
        b->nodes[i] = k->n;
    }
    for (size_t i = 0; i < f->val_count; i++) {
        const xb_kept_val *k = &f->vals[i];
        xb_val            *v = k->v;
        v->root = k->root;
        v->offset = k->offset;
        v->root_offset = k->root_offset;
        v->size_bytes = k->size_bytes;
        v->index = k->index;
        v->first = k->first;
        v->last = k->last;
        v->place = k->place;
        v->layout = k->layout;
        v->data = NULL;
    }
    b->node_count = f->node_count;
    b->val_count = f->own_vals;
    b->dynamic_count = f->dynamic_count;
    b->step_count = b->ref_count = 0;
    b->is_folding = 0;
}

/* ---- inferring again ---- */

/* The memory at v->data becomes its own, of at least that size. */
static xybrid_status own_content(xb_build *b, xb_val *v, const xb_val *from) {
    if (v->own_bytes < from->size_bytes) {
        int64_t size = v->own_bytes ? from->size_bytes * 2 : from->size_bytes;
        void   *own = xb_arena_alloc(&b->segment->arena, xb_size(size), b->err);
        if (!own) return b->err->code;
        v->own_bytes = size;
        v->data = own;
    }
    if (from->size_bytes) memcpy((void *)(uintptr_t)v->data, from->data, (size_t)from->size_bytes);
    return XYBRID_OK;
}

/* v becomes what infer says now. */
static xybrid_status update(xb_build *b, xb_val *v, const xb_val *from, uint64_t now) {
    int is_content = from->data != NULL;
    if (v->kind != XB_ONNX_TENSOR || from->kind != XB_ONNX_TENSOR || v->is_pending || from->is_pending ||
        v->dtype == XB_ONNX_STRING || v->dtype != from->dtype || v->rank != from->rank || is_content != (v->data != NULL))
        return XB_WANTS_FACT;
    v->count = from->count; /* after a binding that failed they may be older than dims */
    v->size_bytes = from->size_bytes;
    if (memcmp(v->dims, from->dims, sizeof v->dims) == 0 &&
        (!is_content || memcmp(v->data, from->data, (size_t)from->size_bytes) == 0))
        return XYBRID_OK;
    if (is_content) XB_TRY(own_content(b, v, from));
    memcpy(v->dims, from->dims, sizeof v->dims);
    v->is_static = 0;
    v->changed = now;
    return XYBRID_OK;
}

static int is_affected(const xb_front *f, const xb_record *r) {
    const xb_segment *s = f->b.segment;
    if (r->is_volatile) return 1;
    for (int32_t i = 0; i < r->graph->input_count; i++)
        if (r->graph->inputs[i] != XB_NO_VALUE && s->values[r->graph->inputs[i]] &&
            s->values[r->graph->inputs[i]]->changed > s->bound)
            return 1;
    for (int32_t i = 0; i < r->graph->capture_count && r->how != XB_SETTLED_INLINED; i++)
        if (s->values[r->graph->captures[i]] && s->values[r->graph->captures[i]]->changed > s->bound) return 1;
    return 0;
}

static xybrid_status infer_again(xb_build *b, xb_record *r, uint64_t now) {
    if (r->how == XB_SETTLED_INLINED || r->is_composite) return XB_WANTS_FACT;
    xb_node n = *r->n;
    size_t  facts = b->fact_count, vals = b->val_count;
    n.op = r->graph->op;
    n.state = NULL;
    n.out = xb_arena_array(b->arena, (size_t)n.out_count, sizeof *n.out, b->err);
    if (!n.out) return b->err->code;
    for (int32_t o = 0; o < n.out_count; o++) {
        if (r->graph->outputs[o] == XB_NO_VALUE) continue;
        n.out[o] = xb_val_new(b, r->graph->outputs[o]);
        if (!n.out[o]) return b->err->code;
    }
    b->is_composite = 0;
    XB_TRY(xb_op_infer(&n));
    if (n.is_dead || b->is_composite || xb_node_settles(&n) != r->how) return XB_WANTS_FACT;
    if (r->how == XB_SETTLED_FOLDED) XB_TRY(xb_fold_node(&n));
    if (b->fact_count != facts) return XB_WANTS_FACT;
    for (int32_t o = 0; o < n.out_count; o++) {
        xb_val *v = r->n->out[o];
        if (n.out[o] == v) continue; /* an input, or left out */
        if (!n.out[o] || !v || n.out[o]->number != r->graph->outputs[o]) return XB_WANTS_FACT;
        XB_TRY(update(b, v, n.out[o], now));
    }
    b->val_count = vals;
    r->n->state = n.state;
    r->is_volatile = n.state != NULL;
    return XYBRID_OK;
}

static xybrid_status infer_affected(xb_front *f, uint64_t now) {
    xb_build *b = &f->b;
    size_t    facts = b->fact_count;
    xb_arena_clear(&f->scratch);
    b->arena = &f->scratch;
    xybrid_status st = XYBRID_OK;
    for (size_t i = 0; i < f->record_count && st == XYBRID_OK; i++)
        if (is_affected(f, &f->records[i])) st = infer_again(b, &f->records[i], now);
    b->fact_count = facts;
    xb_arena_clear(&f->back);
    b->arena = &f->back;
    return st;
}

xybrid_status xb_rebind(xb_front *f, uint64_t now, xybrid_error *err) {
    xb_segment *s = f->b.segment;
    f->b.err = err;
    f->b.failed = XYBRID_OK;
    restore(f);
    XB_TRY(infer_affected(f, now));
    for (size_t i = 0; i < f->node_count; i++) f->nodes[i].was.state = f->nodes[i].n->state;
    for (size_t i = 0; i < f->val_count; i++) f->vals[i].size_bytes = f->vals[i].v->size_bytes;
    s->ref_count = s->block_ref_count = 0;
    s->block_epoch = 0;
    s->scratch_bytes = 0;
    XB_TRY(xb_build_back(&f->b));
    s->bound = now;
    return XYBRID_OK;
}
