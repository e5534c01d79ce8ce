/* engine/native/run.c - see run.h.
 *
 *     segment = root
 *     while it has facts: read them -> key -> child of that key, made if there is none -> memory, pointers -> its steps */
#include "engine/native/run.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/json.h"
#include "engine/native/build_int.h"
#include "engine/native/carry.h"
#include "engine/native/op.h"
#include "engine/native/rebind.h"
#include "plat/clock.h"
#include "tensor/tensor.h"

typedef struct block {
    void   *memory;
    int64_t capacity;
} block;

typedef struct child_exec {
    struct child_exec   *next;
    const xb_graph_node *node;
    const xb_graph      *graph;
    xb_exec             *exec;
} child_exec;

typedef struct xb_trace_entry {
    const xb_segment *segment;
    int32_t           step;
    int64_t           start_ns, end_ns;
} xb_trace_entry;

struct xb_exec {
    xb_native_model  *model;
    xb_mem           *mem;
    const xb_graph   *graph;
    xb_exec          *parent; /* whose run this is a part of; NULL: the session's own */
    child_exec       *children;
    int32_t           input_count; /* captures included */
    int32_t           places_outputs;
    const xb_carries *carries;
    xb_segment        root;
    xb_segment       *last;              /* of the last run that succeeded; NULL: none */
    uint64_t          clock, bind_clock; /* of runs; of makings and bindings of segments */
    int32_t           segment_count;
    xb_plan_counts    counts;

    block   *blocks; /* [block_count], one for each depth */
    size_t   block_count, block_capacity;
    uint64_t block_epoch; /* changes when one moves */

    xb_dynamic *dynamics;
    size_t      dynamic_count, dynamic_capacity;

    void   **outputs; /* [graph->output_count] */
    uint8_t *key;     /* facts being compared */
    size_t   key_size, key_capacity;
    xb_arena items;  /* lists of values, until the next run */
    int64_t  rounds; /* of the topmost exec: of all loops in this run */

    xb_trace_entry *trace; /* of the last run that was traced */
    size_t          trace_count, trace_capacity;
    int64_t         trace_start_ns;

    void   *scratch; /* of the topmost exec: [threads][scratch_bytes] */
    int64_t scratch_bytes;
};

/* ---- making and freeing ---- */

static xybrid_status root_values(xb_exec *x, const int32_t *captures, int32_t capture_count, xybrid_error *err) {
    xb_segment *root = &x->root;
    int32_t     own = x->graph->input_count;
    root->values = xb_arena_array(&root->arena, (size_t)x->model->graph.value_count, sizeof *root->values, err);
    if (!root->values) return err->code;
    root->facts = xb_arena_array(&root->arena, (size_t)x->input_count, sizeof *root->facts, err);
    if (!root->facts) return err->code;
    for (int32_t i = 0; i < own + capture_count; i++) {
        int32_t number = i < own ? x->graph->inputs[i] : captures[i - own];
        xb_val *v = xb_arena_alloc(&root->arena, sizeof *v, err);
        if (!v) return err->code;
        *v = (xb_val){ .number = number, .is_pending = 1, .place = XB_PLACE_INPUT, .index = i, .last = INT32_MAX };
        root->values[number] = v;
        root->facts[i] = (xb_fact){ .kind = XB_FACT_SHAPE, .number = number, .val = v };
    }
    root->fact_count = x->input_count;
    root->remaining_count = x->graph->node_count;
    root->remaining = xb_arena_array(&root->arena, (size_t)x->graph->node_count, sizeof *root->remaining, err);
    if (!root->remaining) return err->code;
    for (int32_t i = 0; i < x->graph->node_count; i++) root->remaining[i] = &x->graph->nodes[i];
    return XYBRID_OK;
}

xybrid_status xb_exec_new(xb_native_model *model, const xb_graph *graph, const int32_t *captures, int32_t capture_count,
                          int32_t places_outputs, xb_exec *parent, xb_exec **out, xybrid_error *err) {
    xb_mem  *mem = model->services.mem;
    xb_exec *x = xb_calloc(mem, 1, sizeof *x, err);
    if (!x) return err->code;
    x->model = model;
    x->mem = mem;
    x->graph = graph;
    x->parent = parent;
    x->input_count = graph->input_count + capture_count;
    x->places_outputs = places_outputs;
    x->block_epoch = 1;
    x->root.depth = -1;
    xb_arena_init(&x->root.arena, mem, 0);
    xb_arena_init(&x->items, mem, 0);
    xybrid_status st = root_values(x, captures, capture_count, err);
    if (st == XYBRID_OK) {
        x->outputs = xb_calloc(mem, (size_t)graph->output_count + 1, sizeof *x->outputs, err);
        if (!x->outputs) st = err->code;
    }
    if (st != XYBRID_OK) {
        xb_exec_free(x);
        return st;
    }
    *out = x;
    return XYBRID_OK;
}

/* Frees a segment and what follows it. */
static void free_segment(xb_exec *x, xb_segment *s) {
    for (xb_segment *c = s->children, *next; c; c = next) {
        next = c->sibling;
        free_segment(x, c);
    }
    if (x->last == s) x->last = NULL;
    x->trace_count = 0; /* its entries point to segments */
    xb_front_free(s->front);
    xb_arena arena = s->arena; /* the segment itself lies in it */
    x->segment_count--;
    xb_arena_free(&arena);
}

static void free_plans(xb_exec *x) {
    for (xb_segment *c = x->root.children, *next; c; c = next) {
        next = c->sibling;
        free_segment(x, c);
    }
    x->root.children = NULL;
    x->last = NULL;
    x->trace_count = 0;
}

static int64_t free_blocks(xb_exec *x) {
    int64_t freed = x->scratch_bytes * x->model->services.threads;
    for (size_t i = 0; i < x->block_count; i++) {
        freed += x->blocks[i].capacity;
        xb_free(x->mem, x->blocks[i].memory);
        x->blocks[i] = (block){ NULL, 0 };
    }
    for (size_t i = 0; i < x->dynamic_count; i++) {
        freed += x->dynamics[i].capacity + x->dynamics[i].spare_capacity;
        xb_free(x->mem, x->dynamics[i].memory);
        xb_free(x->mem, x->dynamics[i].spare);
        x->dynamics[i] = (xb_dynamic){ .memory = NULL };
    }
    xb_free(x->mem, x->scratch);
    x->scratch = NULL;
    x->scratch_bytes = 0;
    xb_arena_free(&x->items);
    x->block_epoch++;
    return freed;
}

int64_t xb_exec_trim(xb_exec *x) {
    int64_t freed = 0;
    for (child_exec *c = x->children; c; c = c->next) freed += xb_exec_trim(c->exec);
    free_plans(x);
    return freed + free_blocks(x);
}

void xb_exec_free(xb_exec *x) {
    if (!x) return;
    for (child_exec *c = x->children, *next; c; c = next) {
        next = c->next;
        xb_exec_free(c->exec);
        xb_free(x->mem, c);
    }
    free_plans(x);
    free_blocks(x);
    xb_free(x->mem, x->blocks);
    xb_free(x->mem, x->dynamics);
    xb_free(x->mem, x->outputs);
    xb_free(x->mem, x->key);
    xb_free(x->mem, x->trace);
    xb_arena_free(&x->items);
    xb_arena_free(&x->root.arena);
    xb_free(x->mem, x);
}

xybrid_status xb_exec_child(xb_exec *x, const xb_graph_node *node, const xb_graph *graph, xb_exec **out, xybrid_error *err) {
    for (child_exec *c = x->children; c; c = c->next)
        if (c->node == node && c->graph == graph) {
            *out = c->exec;
            return XYBRID_OK;
        }
    child_exec *c = xb_calloc(x->mem, 1, sizeof *c, err);
    if (!c) return err->code;
    xybrid_status st = xb_exec_new(x->model, graph, node->captures, node->capture_count, 0, x, &c->exec, err);
    if (st != XYBRID_OK) {
        xb_free(x->mem, c);
        return st;
    }
    c->node = node;
    c->graph = graph;
    c->next = x->children;
    x->children = c;
    *out = c->exec;
    return XYBRID_OK;
}

xb_dynamic *xb_exec_dynamic(xb_exec *x, int32_t index) { return &x->dynamics[index]; }
xb_mem     *xb_exec_mem(const xb_exec *x) { return x->mem; }

void              xb_exec_set_carries(xb_exec *x, const xb_carries *carries) { x->carries = carries; }
const xb_carries *xb_exec_carries(const xb_exec *x) { return x->carries; }

xb_plan_counts xb_exec_counts(const xb_exec *x) { return x->counts; }

/* ---- where values are ---- */

/* Tensor number *ordinal of a value, depth first; NULL and *ordinal less what was passed if it has fewer. */
static const xb_onnx_value *leaf(const xb_onnx_value *v, int64_t *ordinal) {
    if (v->kind == XB_ONNX_TENSOR) return (*ordinal)-- == 0 ? v : NULL;
    for (int32_t i = 0; i < v->item_count; i++) {
        const xb_onnx_value *found = leaf(&v->items[i], ordinal);
        if (found) return found;
    }
    return NULL;
}

static const void *base_of(const xb_run *run, const xb_val *root) {
    const xb_exec *x = run->exec;
    int64_t        ordinal = root->offset;
    switch ((xb_place)root->place) {
    case XB_PLACE_CONTENT: return root->data;
    case XB_PLACE_BLOCK: return (const char *)x->blocks[root->index].memory + root->offset;
    case XB_PLACE_INPUT: {
        const xb_onnx_value *v = leaf(&run->call->inputs[root->index], &ordinal);
        return v ? v->data : NULL;
    }
    case XB_PLACE_OUTPUT: return x->outputs[root->index];
    case XB_PLACE_DYNAMIC: {
        const xb_onnx_value *v = leaf(&x->dynamics[root->index].value, &ordinal);
        return v ? v->data : NULL;
    }
    case XB_PLACE_SLAB: return xb_carry_of_output(x->carries, root->index)->slab.memory;
    default: return NULL;
    }
}

static const void *address_of(const xb_run *run, const xb_val *v) {
    if (v->data) return v->data;
    const xb_val *root = v->root ? v->root : v;
    const char   *base = base_of(run, root);
    return base ? base + v->root_offset : NULL;
}

xybrid_status xb_run_value(xb_run *run, const xb_val *v, xb_onnx_value *out, xybrid_error *err) {
    if (v->is_pending && v->place == XB_PLACE_INPUT) *out = run->call->inputs[v->index];
    else if (v->is_pending) *out = run->exec->dynamics[v->index].value;
    else {
        *out = (xb_onnx_value){ .kind = (int32_t)v->kind, .dtype = v->dtype, .rank = v->rank, .count = v->count };
        memcpy(out->dims, v->dims, sizeof out->dims);
        out->size_bytes = v->size_bytes;
        out->item_count = v->item_count;
        if (v->kind == XB_ONNX_TENSOR) out->data = (void *)(uintptr_t)address_of(run, v);
        if (v->item_count == 0) return XYBRID_OK;
        out->items = xb_arena_array(run->items, (size_t)v->item_count, sizeof *out->items, err);
        if (!out->items) return err->code;
        for (int32_t i = 0; i < v->item_count; i++) XB_TRY(xb_run_value(run, v->items[i], &out->items[i], err));
    }
    return XYBRID_OK;
}

/* ---- facts and their key ---- */

static xybrid_status add_key(xb_exec *x, const void *bytes, size_t size, xybrid_error *err) {
    if (x->key_size + size > XB_MAX_PLAN_KEY_BYTES)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "the plan depends on more than %d bytes of computed values",
                       XB_MAX_PLAN_KEY_BYTES);
    if (x->key_size + size > x->key_capacity) {
        size_t   capacity = (x->key_size + size) * 2;
        uint8_t *key = xb_realloc(x->mem, x->key, capacity, err);
        if (!key) return err->code;
        x->key = key;
        x->key_capacity = capacity;
    }
    if (size) memcpy(x->key + x->key_size, bytes, size);
    x->key_size += size;
    return XYBRID_OK;
}

static xybrid_status add_text_key(xb_exec *x, const xb_onnx_value *v, xybrid_error *err) {
    const xb_slice *text = v->data;
    for (int64_t i = 0; i < v->count; i++) {
        XB_TRY(add_key(x, &text[i].size, sizeof text[i].size, err));
        XB_TRY(add_key(x, text[i].data, text[i].size, err));
    }
    return XYBRID_OK;
}

static xybrid_status add_value_key(xb_exec *x, const xb_onnx_value *v, xb_fact_kind kind, xybrid_error *err) {
    int32_t head[4] = { v->kind, v->dtype, v->rank, v->item_count };
    XB_TRY(add_key(x, head, sizeof head, err));
    if (v->kind != XB_ONNX_TENSOR) {
        for (int32_t i = 0; i < v->item_count; i++) XB_TRY(add_value_key(x, &v->items[i], kind, err));
        return XYBRID_OK;
    }
    XB_TRY(add_key(x, v->dims, (size_t)v->rank * sizeof v->dims[0], err));
    if (v->dtype == XB_ONNX_STRING) return add_text_key(x, v, err);
    return kind == XB_FACT_CONTENT ? add_key(x, v->data, (size_t)v->size_bytes, err) : XYBRID_OK;
}

/* A carried input that is read may lie in its slab. */
static xybrid_status need_input(xb_exec *x, const xb_val *v, xybrid_error *err) {
    const xb_val *root = v->root ? v->root : v;
    xb_carry     *k = x->carries && root->place == XB_PLACE_INPUT ? xb_carry_of_input(x->carries, root->index) : NULL;
    return k ? xb_carry_need_dense(x->carries, k, err) : XYBRID_OK;
}

static xybrid_status read_facts(xb_run *run, const xb_segment *s, xybrid_error *err) {
    run->exec->key_size = 0;
    for (int32_t i = 0; i < s->fact_count; i++) {
        xb_onnx_value v;
        if (s->facts[i].kind == XB_FACT_CONTENT) XB_TRY(need_input(run->exec, s->facts[i].val, err));
        XB_TRY(xb_run_value(run, s->facts[i].val, &v, err));
        XB_TRY(add_value_key(run->exec, &v, s->facts[i].kind, err));
    }
    return XYBRID_OK;
}

/* ---- the next segment ---- */

static xybrid_status copy_content(xb_segment *s, const xb_onnx_value *v, xb_val *out, xybrid_error *err) {
    if (v->dtype != XB_ONNX_STRING) {
        void *copy = xb_arena_alloc(&s->arena, (size_t)v->size_bytes, err);
        if (!copy) return err->code;
        if (v->size_bytes) memcpy(copy, v->data, (size_t)v->size_bytes);
        out->data = copy;
        out->place = XB_PLACE_CONTENT;
        return XYBRID_OK;
    }
    const xb_slice *from = v->data;
    xb_slice       *text = xb_arena_array(&s->arena, (size_t)v->count, sizeof *text, err);
    if (!text) return err->code;
    for (int64_t i = 0; i < v->count; i++) {
        text[i] = (xb_slice){ xb_arena_strndup(&s->arena, from[i].data, from[i].size, err), from[i].size };
        if (!text[i].data) return err->code;
    }
    out->data = text;
    out->place = XB_PLACE_CONTENT;
    return XYBRID_OK;
}

/* A value as a fact shows it. `where` is the value of the parent; *ordinal counts tensors inside it. */
static xybrid_status known_val(xb_segment *s, const xb_onnx_value *v, const xb_val *where, xb_fact_kind kind, int64_t *ordinal,
                               xb_val **result, xybrid_error *err) {
    xb_val *out = xb_arena_alloc(&s->arena, sizeof *out, err);
    if (!out) return err->code;
    *out = *where;
    out->is_pending = 0;
    out->kind = (xb_onnx_kind)v->kind;
    out->last = INT32_MAX;
    *result = out;
    if (v->kind == XB_ONNX_TENSOR) {
        int64_t ignored;
        if (!xb_plan_count(v->rank, v->dims, &ignored))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "an input or a computed tensor of a shape beyond %lld elements",
                           (long long)XB_MAX_PLAN_ELEMENTS);
        out->dtype = v->dtype;
        out->rank = v->rank;
        memcpy(out->dims, v->dims, sizeof out->dims);
        out->count = v->count;
        out->size_bytes = v->size_bytes;
        if (where->is_pending) out->offset = (*ordinal)++;
        if (kind == XB_FACT_CONTENT || v->dtype == XB_ONNX_STRING) return copy_content(s, v, out, err);
        return XYBRID_OK;
    }
    out->item_count = v->item_count;
    out->items = xb_arena_array(&s->arena, (size_t)v->item_count, sizeof *out->items, err);
    if (!out->items) return err->code;
    for (int32_t i = 0; i < v->item_count; i++) XB_TRY(known_val(s, &v->items[i], where, kind, ordinal, &out->items[i], err));
    return XYBRID_OK;
}

/* The parent's values, with the facts now known. What a segment has reordered lies in its own memory. */
static xybrid_status take_facts(xb_run *run, xb_segment *parent, xb_segment *s, xybrid_error *err) {
    size_t count = (size_t)run->exec->model->graph.value_count;
    s->values = xb_arena_array(&s->arena, count, sizeof *s->values, err);
    s->known = s->values ? xb_arena_array(&s->arena, (size_t)parent->fact_count, sizeof *s->known, err) : NULL;
    if (!s->known) return err->code;
    memcpy(s->values, parent->values, count * sizeof *s->values);
    for (size_t k = 0; k < count; k++)
        if (s->values[k]) s->values[k]->twin = NULL;
    for (int32_t i = 0; i < parent->fact_count; i++) {
        const xb_fact *f = &parent->facts[i];
        xb_onnx_value  v;
        int64_t        ordinal = 0;
        XB_TRY(xb_run_value(run, f->val, &v, err));
        XB_TRY(known_val(s, &v, f->val, f->kind, &ordinal, &s->known[i], err));
        f->val->twin = s->known[i];
    }
    for (size_t k = 0; k < count; k++)
        if (s->values[k] && s->values[k]->twin) s->values[k] = s->values[k]->twin;
    for (int32_t i = 0; i < parent->fact_count; i++) parent->facts[i].val->twin = NULL;
    return XYBRID_OK;
}

static xybrid_status new_segment(xb_exec *x, xb_segment *parent, int wants_front, xb_segment **out, xybrid_error *err) {
    xb_arena arena;
    xb_arena_init(&arena, x->mem, 0);
    xb_segment *s = xb_arena_alloc(&arena, sizeof *s, err);
    void       *key = s ? xb_arena_alloc(&arena, x->key_size, err) : NULL;
    if (!key || (wants_front && xb_front_new(x->mem, &s->front, err) != XYBRID_OK)) {
        xb_arena_free(&arena);
        return err->code;
    }
    if (x->key_size) memcpy(key, x->key, x->key_size);
    s->parent = parent;
    s->depth = parent->depth + 1;
    s->key = key;
    s->key_size = x->key_size;
    s->bound = ++x->bind_clock;
    s->parent_bound = parent->bound;
    s->dynamic_base = parent->dynamic_base + parent->dynamic_count;
    s->arena = arena;
    x->segment_count++;
    *out = s;
    return XYBRID_OK;
}

static xb_build build_of(const xb_run *run, xb_segment *s) {
    xb_exec *x = run->exec;
    return (xb_build){ .model = x->model,
                       .graph = x->graph,
                       .isa = x->model->services.isa,
                       .exec = x,
                       .call = run->call,
                       .segment = s,
                       .arena = &s->arena,
                       .mem = x->mem,
                       .threads = x->model->services.threads,
                       .rewrites_off = x->model->services.rewrites_off,
                       .places_outputs = x->places_outputs,
                       .front = s->front };
}

static xybrid_status compile(xb_run *run, xb_segment *parent, int wants_front, xb_segment **out, xybrid_error *err) {
    xb_exec    *x = run->exec;
    xb_segment *s;
    if (parent->depth + 1 >= XB_MAX_PLAN_DEPTH)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "shapes depend on computed values more than %d times in a row",
                       XB_MAX_PLAN_DEPTH);
    XB_TRY(new_segment(x, parent, wants_front, &s, err));
    xybrid_status st = take_facts(run, parent, s, err);
    if (st == XYBRID_OK) {
        xb_build b = build_of(run, s);
        if (s->front) s->front->b = b;
        st = xb_build_segment(s->front ? &s->front->b : &b, parent->remaining, parent->remaining_count, err);
    }
    if (st != XYBRID_OK) {
        free_segment(x, s);
        return st;
    }
    x->counts.made++;
    *out = s;
    return XYBRID_OK;
}

static xybrid_status infer(xb_run *run, xb_onnx_value *outputs, xybrid_error *err) {
    xb_exec    *x = run->exec;
    xb_segment *s;
    XB_TRY(read_facts(run, &x->root, err));
    XB_TRY(new_segment(x, &x->root, 0, &s, err));
    xybrid_status st = take_facts(run, &x->root, s, err);
    if (st == XYBRID_OK) {
        xb_build b = build_of(run, s);
        st = xb_build_shapes(&b, x->root.remaining, x->root.remaining_count, err);
    }
    for (int32_t o = 0; st == XYBRID_OK && o < x->graph->output_count; o++) {
        const xb_val *v = s->values[x->graph->outputs[o]];
        outputs[o] = (xb_onnx_value){ .kind = XB_ONNX_TENSOR };
        if (!v || v->is_pending || v->kind != XB_ONNX_TENSOR) continue;
        outputs[o].dtype = v->dtype;
        outputs[o].rank = v->rank;
        memcpy(outputs[o].dims, v->dims, sizeof v->dims);
    }
    free_segment(x, s);
    return st;
}

xybrid_status xb_exec_infer(xb_exec *x, const xb_run_call *call, xb_onnx_value *outputs, xybrid_error *err) {
    xb_run run = { .exec = x, .call = call, .items = &x->items };
    xb_arena_clear(&x->items);
    return infer(&run, outputs, err);
}

/* The least recently used segment that is not part of this run, and what follows it, goes. */
static void evict(xb_exec *x, xb_segment *s, xb_segment ***oldest) {
    for (xb_segment **at = &s->children; *at; at = &(*at)->sibling) {
        if ((*at)->used < x->clock && (!*oldest || (*at)->used < (**oldest)->used)) *oldest = at;
        evict(x, *at, oldest);
    }
}

static int64_t bytes_of(const xb_segment *s) {
    return (int64_t)s->arena.used_bytes + (s->front ? xb_front_bytes(s->front) : 0);
}

static int64_t bytes_below(const xb_segment *s) {
    int64_t bytes = 0;
    for (const xb_segment *c = s->children; c; c = c->sibling) bytes += bytes_of(c) + bytes_below(c);
    return bytes;
}

static void make_room(xb_exec *x) {
    while (x->segment_count >= XB_MAX_PLANS || bytes_below(&x->root) > XB_MAX_PLANS_BYTES) {
        xb_segment **oldest = NULL;
        evict(x, &x->root, &oldest);
        if (!oldest) return;
        xb_segment *s = *oldest;
        *oldest = s->sibling;
        free_segment(x, s);
    }
}

/* ---- shapes that grow: rebind.h ---- */

enum { MAX_FAILURES = 8 }; /* after which nobody tries to bind the children of a segment */

/* Differs nothing but dimensions? */
static int is_alike(const xb_onnx_value *v, const xb_val *known, xb_fact_kind kind) {
    if (v->kind != XB_ONNX_TENSOR || known->kind != XB_ONNX_TENSOR || v->dtype == XB_ONNX_STRING || v->dtype != known->dtype ||
        v->rank != known->rank)
        return 0;
    return kind == XB_FACT_SHAPE ||
           (v->size_bytes == known->size_bytes && memcmp(v->data, known->data, (size_t)v->size_bytes) == 0);
}

static int is_near(xb_run *run, const xb_segment *parent, const xb_segment *s) {
    xybrid_error ignored;
    for (int32_t i = 0; i < parent->fact_count; i++) {
        xb_onnx_value v;
        if (xb_run_value(run, parent->facts[i].val, &v, &ignored) != XYBRID_OK ||
            !is_alike(&v, s->known[i], parent->facts[i].kind))
            return 0;
    }
    return 1;
}

/* The segment of these facts, of one of others. XB_WANTS_FACT: not possible. */
static xybrid_status bind(xb_run *run, const xb_segment *parent, xb_segment *s, xybrid_error *err) {
    xb_exec *x = run->exec;
    uint64_t now = ++x->bind_clock;
    for (int32_t i = 0; i < parent->fact_count; i++) {
        xb_onnx_value v;
        xb_val       *known = s->known[i];
        XB_TRY(xb_run_value(run, parent->facts[i].val, &v, err));
        if (memcmp(known->dims, v.dims, sizeof known->dims) == 0) continue;
        memcpy(known->dims, v.dims, sizeof known->dims);
        known->count = v.count;
        known->size_bytes = v.size_bytes;
        known->changed = now;
    }
    s->is_unfit = 1;
    s->front->b.call = run->call;
    XB_TRY(xb_rebind(s->front, now, err));
    s->is_unfit = 0;
    s->parent_bound = parent->bound;
    if (x->key_size) memcpy(s->key, x->key, x->key_size);
    x->counts.bound++;
    return XYBRID_OK;
}

/* The child that ran `ago` runs before this one, with a key of as many numbers. */
static const int64_t *key_before(const xb_exec *x, const xb_segment *parent, uint64_t ago) {
    for (const xb_segment *s = parent->children; s; s = s->sibling)
        if (s->used + ago == x->clock && s->key_size == x->key_size && !s->is_unfit) return (const void *)s->key;
    return NULL;
}

/* Have the last three runs, and this one, come by equal steps? The facts are shapes of the inputs. */
static int is_growing(const xb_exec *x, const xb_segment *parent) {
    const int64_t *k[4] = { (const void *)x->key };
    int            is_moving = 0;
    if (parent != &x->root || parent->failures >= MAX_FAILURES || x->key_size % sizeof **k) return 0;
    for (uint64_t ago = 1; ago < 4; ago++)
        if (!(k[ago] = key_before(x, parent, ago))) return 0;
    for (size_t i = 0; i < x->key_size / sizeof **k; i++) {
        int64_t by = k[0][i] - k[1][i];
        if (by != k[1][i] - k[2][i] || by != k[2][i] - k[3][i]) return 0;
        is_moving |= by != 0;
    }
    return is_moving;
}

static xb_segment *find_child(const xb_exec *x, const xb_segment *parent) {
    for (xb_segment *s = parent->children; s; s = s->sibling)
        if (!s->is_unfit && s->key_size == x->key_size && (!x->key_size || memcmp(s->key, x->key, x->key_size) == 0)) return s;
    return NULL;
}

static void remove_child(xb_exec *x, xb_segment *parent, xb_segment *s) {
    xb_segment **at = &parent->children;
    while (*at != s) at = &(*at)->sibling;
    *at = s->sibling;
    free_segment(x, s);
}

/* A child that can follow its parent, or the facts: the one that was found for them, or one that is near. */
static xb_segment *find_front(xb_run *run, xb_segment *parent, xb_segment *found) {
    if (found && found->front) return found;
    if (found) remove_child(run->exec, parent, found); /* its parent has gone on without it */
    for (xb_segment *s = parent->children; s && parent->failures < MAX_FAILURES; s = s->sibling)
        if (s->front && s->key_size == run->exec->key_size && is_near(run, parent, s)) return s;
    return NULL;
}

static xybrid_status next_segment(xb_run *run, xb_segment *parent, xb_segment **out, xybrid_error *err) {
    xb_exec *x = run->exec;
    XB_TRY(read_facts(run, parent, err));
    xb_segment *s = find_child(x, parent);
    if (!s || s->parent_bound != parent->bound) {
        s = find_front(run, parent, s);
        xybrid_status st = s ? bind(run, parent, s, err) : XB_WANTS_FACT;
        if ((st & XYBRID_PRIMARY_MASK) == XYBRID_CANCELLED) return st;
        if (st != XYBRID_OK) { /* it is made, and what is wrong with these shapes is told then */
            if (s) parent->failures++;
            make_room(x);
            int wants_front = parent->failures < MAX_FAILURES && (parent->front || is_growing(x, parent));
            XB_TRY(compile(run, parent, wants_front, &s, err));
            s->sibling = parent->children;
            parent->children = s;
        }
    }
    s->used = x->clock;
    *out = s;
    return XYBRID_OK;
}

/* ---- memory of a segment ---- */

static xybrid_status need_block(xb_exec *x, const xb_segment *s, xybrid_error *err) {
    while (x->block_count <= (size_t)s->depth) {
        void *blocks = x->blocks;
        XB_TRY(xb_grow(x->mem, &blocks, &x->block_capacity, x->block_count, sizeof *x->blocks, XB_MAX_PLAN_DEPTH, "segments",
                       err));
        x->blocks = blocks;
        x->blocks[x->block_count++] = (block){ NULL, 0 };
    }
    block *b = &x->blocks[s->depth];
    if (b->memory && b->capacity >= s->block_bytes) return XYBRID_OK;
    void *memory = xb_malloc_aligned(x->mem, xb_size(s->block_bytes), XB_BLOCK_ALIGN, err);
    if (!memory) return err->code;
    xb_free(x->mem, b->memory);
    *b = (block){ memory, s->block_bytes };
    x->block_epoch++;
    return XYBRID_OK;
}

static xb_exec *top_of(xb_exec *x) {
    while (x->parent) x = x->parent;
    return x;
}

static xybrid_status need_scratch(xb_exec *x, int64_t bytes, xybrid_error *err) {
    xb_exec *top = top_of(x);
    bytes = (bytes + XB_BLOCK_ALIGN - 1) / XB_BLOCK_ALIGN * XB_BLOCK_ALIGN;
    if (top->scratch_bytes >= bytes) return XYBRID_OK;
    int64_t total;
    if (xb_mul_overflows(bytes, x->model->services.threads, &total)) return xb_fail_memory(err, INT64_MAX);
    void *scratch = xb_malloc_aligned(x->mem, xb_size(total), XB_BLOCK_ALIGN, err);
    if (!scratch) return err->code;
    xb_free(x->mem, top->scratch);
    top->scratch = scratch;
    top->scratch_bytes = bytes;
    return XYBRID_OK;
}

static xybrid_status need_dynamics(xb_exec *x, const xb_segment *s, xybrid_error *err) {
    while (x->dynamic_count < (size_t)(s->dynamic_base + s->dynamic_count)) {
        void *dynamics = x->dynamics;
        XB_TRY(xb_grow(x->mem, &dynamics, &x->dynamic_capacity, x->dynamic_count, sizeof *x->dynamics, XB_MAX_PLAN_VALUES,
                       "computed shapes", err));
        x->dynamics = dynamics;
        x->dynamics[x->dynamic_count++] = (xb_dynamic){ .memory = NULL };
    }
    return XYBRID_OK;
}

static xb_onnx_value value_of(const xb_val *v) {
    xb_onnx_value out = {
        .kind = (int32_t)v->kind, .dtype = v->dtype, .rank = v->rank, .count = v->count, .size_bytes = v->size_bytes
    };
    memcpy(out.dims, v->dims, sizeof out.dims);
    return out;
}

/* Carried inputs and outputs, in the form that the segment wants. */
static xybrid_status need_carried(xb_exec *x, const xb_segment *s, xybrid_error *err) {
    if (!x->carries || !x->carries->count) return XYBRID_OK;
    for (int32_t i = s->block_ref_count; i < s->ref_count; i++) XB_TRY(need_input(x, s->refs[i].root, err));
    for (int32_t i = 0; i < s->append_count; i++) {
        const xb_append *a = &s->appends[i];
        xb_carry        *k = xb_carry_of_output(x->carries, a->output);
        XB_TRY(xb_carry_need_slab(x->carries, k, a->axis, a->slab->dims[a->axis], a->slab->size_bytes, err));
        k->next = value_of(a->present);
        k->is_appended = 1;
    }
    return XYBRID_OK;
}

static xybrid_status need_outputs(xb_run *run, const xb_segment *s, xybrid_error *err) {
    xb_exec *x = run->exec;
    for (int32_t o = 0; x->places_outputs && o < s->output_count; o++) {
        if (!s->outputs[o] || (s->parent->outputs && s->parent->outputs[o])) continue;
        XB_TRY(run->call->out_alloc(run->call->ctx, o, s->outputs[o], &x->outputs[o], err));
    }
    return XYBRID_OK;
}

static void write_pointers(const xb_run *run, xb_segment *s) {
    const xb_exec *x = run->exec;
    int32_t        first = s->block_epoch == x->block_epoch ? s->block_ref_count : 0;
    for (int32_t i = first; i < s->ref_count; i++) {
        const char *base = base_of(run, s->refs[i].root);
        *s->refs[i].field = base ? base + s->refs[i].offset : NULL;
    }
    s->block_epoch = x->block_epoch;
}

/* ---- running ---- */

typedef struct loop {
    const xb_step     *step;
    const xb_run_call *call;
    char              *scratch;
    int64_t            scratch_bytes;
} loop;

static xybrid_status cancel_of(const xb_run_call *call) { return call->cancelled ? call->cancelled(call->ctx) : XYBRID_OK; }

/* Once a run is cancelled its chunks are passed over; the poll behind the step ends it. */
static void run_chunk(void *arg, int32_t chunk, int32_t worker) {
    const loop *l = arg;
    char       *scratch = l->scratch ? l->scratch + worker * l->scratch_bytes : NULL;
    if (!cancel_of(l->call)) l->step->work.run(l->step->args, chunk, scratch);
}

static void run_step(const xb_run *run, const xb_step *step) {
    const xb_exec            *top = top_of(run->exec);
    const xb_native_services *services = &top->model->services;
    loop                      l = { step, run->call, top->scratch, top->scratch_bytes };
    if (step->work.chunks > 1 && services->threads > 1) {
        services->parallel(services->ctx, step->work.chunks, run_chunk, &l);
        return;
    }
    for (int32_t chunk = 0; chunk < step->work.chunks; chunk++) run_chunk(&l, chunk, 0);
}

/* A trace that finds no memory loses an entry, nothing else. */
static void add_trace(xb_exec *x, const xb_segment *s, int32_t step, int64_t start_ns) {
    xybrid_error ignored;
    void        *trace = x->trace;
    if (xb_grow(x->mem, &trace, &x->trace_capacity, x->trace_count, sizeof *x->trace, XB_MAX_PLAN_STEPS, "trace", &ignored))
        return;
    x->trace = trace;
    x->trace[x->trace_count++] = (xb_trace_entry){ s, step, start_ns, xb_clock_ns() };
}

xybrid_status xb_run_poll(const xb_run_call *call, xybrid_error *err) {
    xybrid_status cancelled = cancel_of(call);
    return cancelled ? xb_fail(err, cancelled, NULL, "cancelled") : XYBRID_OK;
}

static xybrid_status run_steps(xb_run *run, const xb_segment *s, xybrid_error *err) {
    const xb_run_call *call = run->call;
    for (int32_t i = 0; i < s->step_count; i++) {
        int64_t start_ns = call->is_traced ? xb_clock_ns() : 0;
        if (s->steps[i].call) XB_TRY(s->steps[i].call(run, &s->steps[i], err));
        else run_step(run, &s->steps[i]);
        XB_TRY(xb_run_poll(call, err));
        if (call->is_traced) add_trace(run->exec, s, i, start_ns);
    }
    return XYBRID_OK;
}

static xybrid_status make_ready(xb_run *run, xb_segment *s, xybrid_error *err) {
    XB_TRY(need_block(run->exec, s, err));
    XB_TRY(need_scratch(run->exec, s->scratch_bytes, err));
    XB_TRY(need_dynamics(run->exec, s, err));
    XB_TRY(need_carried(run->exec, s, err));
    XB_TRY(need_outputs(run, s, err));
    write_pointers(run, s);
    return XYBRID_OK;
}

static xybrid_status run_all(xb_run *run, xybrid_error *err) {
    xb_exec    *x = run->exec;
    xb_segment *s = &x->root;
    x->last = NULL;
    x->clock++;
    x->trace_count = 0;
    x->trace_start_ns = run->call->is_traced ? xb_clock_ns() : 0;
    do {
        XB_TRY(xb_run_poll(run->call, err)); /* the body of a loop may have no step */
        XB_TRY(next_segment(run, s, &s, err));
        XB_TRY(make_ready(run, s, err));
        XB_TRY(run_steps(run, s, err));
    } while (s->fact_count);
    x->last = s;
    return XYBRID_OK;
}

xybrid_status xb_exec_run(xb_exec *x, const xb_run_call *call, xybrid_error *err) {
    xb_run   run = { .exec = x, .call = call, .items = &x->items };
    xb_exec *top = top_of(x);
    if (x == top) top->rounds = 0;
    else if (++top->rounds > XB_MAX_LOOP_COUNT)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "the loops of one run go more than %d rounds", XB_MAX_LOOP_COUNT);
    xb_arena_clear(&x->items);
    return run_all(&run, err);
}

xybrid_status xb_exec_prepare(xb_exec *x, const xb_run_call *call, xybrid_error *err) {
    xb_run      run = { .exec = x, .call = call, .items = &x->items };
    xb_segment *s = NULL;
    x->clock++;
    xb_arena_clear(&x->items);
    xybrid_status st = next_segment(&run, &x->root, &s, err);
    if (st == XYBRID_OK) st = need_block(x, s, err);
    if (st == XYBRID_OK) st = need_scratch(x, s->scratch_bytes, err);
    return st;
}

xybrid_status xb_exec_measure(xb_exec *x, const xb_run_call *call, int64_t *bytes, int32_t *is_whole, xybrid_error *err) {
    xb_run      run = { .exec = x, .call = call, .items = &x->items };
    xb_segment *s = NULL;
    x->clock++;
    xb_arena_clear(&x->items);
    XB_TRY(next_segment(&run, &x->root, &s, err));
    *bytes = s->block_bytes + s->scratch_bytes * x->model->services.threads;
    *is_whole = s->fact_count == 0;
    return XYBRID_OK;
}

xybrid_status xb_exec_output(xb_exec *x, const xb_run_call *call, int32_t index, xb_onnx_value *out, xybrid_error *err) {
    xb_run run = { .exec = x, .call = call, .items = &x->items };
    if (!x->last || !x->last->outputs[index])
        return xb_fail(err, XYBRID_INTERNAL, NULL, "output %d of a graph was not computed", index);
    return xb_run_value(&run, x->last->outputs[index], out, err);
}

/* ---- what ran ---- */

static void put_bytes(xb_json_writer *w, const char *key, int64_t bytes) { xb_json_key(w, key), xb_json_put_int(w, bytes); }

/* Of a segment, with its first step. */
static void put_memory(xb_json_writer *w, const xb_segment *s) {
    put_bytes(w, "segment_live_bytes", s->live_bytes);
    put_bytes(w, "segment_block_bytes", s->block_bytes);
    put_bytes(w, "segment_scratch_bytes", s->scratch_bytes);
    put_bytes(w, "segment_plan_bytes", bytes_of(s));
}

static void put_step(xb_json_writer *w, const xb_exec *x, const xb_trace_entry *t) {
    static const char layouts[][6] = { "dense", "nchwc", "nhwc" };
    const xb_step    *step = &t->segment->steps[t->step];
    char              name[200];
    xb_slice          node = step->node ? step->node->name : (xb_slice){ "", 0 };
    xb_format(name, sizeof name, "%s %.*s", step->node ? xb_op_name(step->node->op) : "plan", xb_slice_len(node), node.data);
    xb_json_begin_object(w);
    xb_json_key(w, "name"), xb_json_put_string(w, name);
    xb_json_key(w, "start_us"), xb_json_put_double(w, (double)(t->start_ns - x->trace_start_ns) / 1000);
    xb_json_key(w, "dur_us"), xb_json_put_double(w, (double)(t->end_ns - t->start_ns) / 1000);
    xb_json_key(w, "kernel"), xb_json_put_string(w, step->what);
    xb_json_key(w, "segment"), xb_json_put_int(w, t->segment->depth);
    xb_json_key(w, "chunks"), xb_json_put_int(w, step->call ? 1 : step->work.chunks);
    const xb_val *v = step->out;
    if (v) {
        char          shape[XB_SHAPE_TEXT_BYTES];
        const xb_val *root = v->root ? v->root : v;
        xb_shape_format(v->rank, v->dims, shape, sizeof shape);
        xb_json_key(w, "type"), xb_json_put_string(w, xb_onnx_dtype_name(v->dtype));
        xb_json_key(w, "shape"), xb_json_put_string(w, shape);
        xb_json_key(w, "layout"), xb_json_put_string(w, layouts[v->layout]);
        xb_json_key(w, "bytes"), xb_json_put_int(w, v->size_bytes);
        if (root->place == XB_PLACE_BLOCK) xb_json_key(w, "offset"), xb_json_put_int(w, root->offset + v->root_offset);
    }
    if (t == x->trace) {
        put_bytes(w, "packed_bytes", xb_pack_cache_bytes(&x->model->packs));
        put_bytes(w, "segments_made", x->counts.made);
        put_bytes(w, "segments_bound", x->counts.bound);
    }
    if (t->step == 0) put_memory(w, t->segment);
    xb_json_end(w);
}

xybrid_status xb_exec_profile(const xb_exec *x, xb_str *out, xybrid_error *err) {
    xb_json_writer w;
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    xb_json_begin_array(&w);
    for (size_t i = 0; i < x->trace_count; i++) put_step(&w, x, &x->trace[i]);
    xb_json_end(&w);
    return xb_json_writer_status(&w, err);
}
