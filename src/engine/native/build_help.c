/* engine/native/build_help.c - what the functions of an operator use: attributes, types and shapes, contents, steps. */
#include <stdarg.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/op_list.h"
#include "engine/native/build_int.h"
#include "engine/native/pack_cache.h"
#include "tensor/tensor.h"

/* ---- failures ---- */

static xybrid_status fail(const xb_op *op, const xb_graph_node *g, xybrid_status code, xybrid_error *err, const char *fmt,
                          va_list args) {
    char text[400];
    xb_vformat(text, sizeof text, fmt, args);
    if (!g || g->name.size == 0) return xb_fail(err, code, xb_op_name(op), "%s: %s", xb_op_name(op), text);
    return xb_fail(err, code, xb_op_name(op), "%s \"%.*s\": %s", xb_op_name(op), xb_slice_len(g->name), g->name.data, text);
}

xybrid_status xb_fail_node(const xb_node *n, xybrid_status code, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(n->op, n->graph, code, n->b->err, fmt, args);
    va_end(args);
    return code;
}

xybrid_status xb_refuse(const xb_node *n, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(n->op, n->graph, XYBRID_INVALID_ARGUMENT, n->b->err, fmt, args);
    va_end(args);
    return XYBRID_INVALID_ARGUMENT;
}

xybrid_status xb_fail_step(const xb_step *step, xybrid_status code, xybrid_error *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(step->node->op, step->node, code, err, fmt, args);
    va_end(args);
    return code;
}

/* ---- attributes ---- */

const xb_attr *xb_attr_find(const xb_graph_node *n, const char *name) {
    size_t size = strlen(name);
    for (int32_t i = 0; i < n->attr_count; i++)
        if (n->attrs[i].name.size == size && memcmp(n->attrs[i].name.data, name, size) == 0) return &n->attrs[i];
    return NULL;
}

static const xb_attr *typed(const xb_node *n, const char *name, xb_attr_type type) {
    const xb_attr *a = n->graph ? xb_attr_find(n->graph, name) : NULL;
    return a && a->type == type ? a : NULL;
}

int64_t xb_attr_int(const xb_node *n, const char *name, int64_t otherwise) {
    const xb_attr *a = typed(n, name, XB_ATTR_INT);
    return a ? a->v.i : otherwise;
}

float xb_attr_float(const xb_node *n, const char *name, float otherwise) {
    const xb_attr *a = typed(n, name, XB_ATTR_FLOAT);
    return a ? a->v.f : otherwise;
}

xb_slice xb_attr_string(const xb_node *n, const char *name, const char *otherwise) {
    const xb_attr *a = typed(n, name, XB_ATTR_STRING);
    return a ? a->v.s : xb_slice_of(otherwise);
}

int xb_attr_is(const xb_node *n, const char *name, const char *otherwise, const char *text) {
    return xb_slice_is(xb_attr_string(n, name, otherwise), text);
}

xybrid_status xb_attr_choice(const xb_node *n, const char *name, const char *names, int32_t *out) {
    xb_slice text = xb_attr_string(n, name, names);
    int32_t  i = 0;
    for (; *names; names += strlen(names) + 1, i++) {
        if (!xb_slice_is(text, names)) continue;
        *out = i;
        return XYBRID_OK;
    }
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%s \"%.*s\" is not known", name, xb_slice_len(text), text.data);
}

int32_t xb_attr_ints(const xb_node *n, const char *name, const int64_t **out) {
    const xb_attr *a = typed(n, name, XB_ATTR_INTS);
    *out = a ? a->v.ints : NULL;
    return a ? a->count : -1;
}

int32_t xb_attr_floats(const xb_node *n, const char *name, const float **out) {
    const xb_attr *a = typed(n, name, XB_ATTR_FLOATS);
    *out = a ? a->v.floats : NULL;
    return a ? a->count : -1;
}

int32_t xb_attr_strings(const xb_node *n, const char *name, const xb_slice **out) {
    const xb_attr *a = typed(n, name, XB_ATTR_STRINGS);
    *out = a ? a->v.strings : NULL;
    return a ? a->count : -1;
}

const xb_graph *xb_attr_graph(const xb_node *n, const char *name) {
    const xb_attr *a = typed(n, name, XB_ATTR_GRAPH);
    return a ? a->v.graph : NULL;
}

const xb_onnx_value *xb_attr_tensor(const xb_node *n, const char *name) {
    const xb_attr *a = typed(n, name, XB_ATTR_TENSOR);
    return a ? a->v.tensor : NULL;
}

/* ---- types and shapes ---- */

int32_t xb_element_bytes(int32_t dtype) {
    int32_t bits = xb_onnx_dtype_bits(dtype);
    return bits == 0 ? 0 : bits < 8 ? 1 : bits / 8;
}

/* Fills type, shape and size of a value. */
static xybrid_status set_shape(const xb_node *n, xb_val *v, int32_t dtype, int32_t rank, const int64_t *dims) {
    int64_t count, size;
    if (rank < 0 || rank > XB_MAX_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a tensor of %d dimensions; at most %d", rank, XB_MAX_RANK);
    if (!xb_plan_count(rank, dims, &count)) {
        char shape[XB_SHAPE_TEXT_BYTES];
        xb_shape_format(rank, dims, shape, sizeof shape);
        return xb_refuse(n, "a tensor of shape %s; at most %lld elements are possible", shape, (long long)XB_MAX_PLAN_ELEMENTS);
    }
    int64_t element = dtype == XB_ONNX_STRING ? (int64_t)sizeof(xb_slice) : xb_element_bytes(dtype);
    if (element == 0) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "element type %d is not known", dtype);
    if (xb_mul_overflows(count, element, &size) || xb_size(size) == SIZE_MAX)
        return xb_refuse(n, "a tensor of %lld elements is too large", (long long)count);
    v->dtype = dtype;
    v->rank = rank;
    memset(v->dims, 0, sizeof v->dims);
    if (rank) memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    v->count = count;
    v->size_bytes = size;
    return XYBRID_OK;
}

xybrid_status xb_out_set(xb_node *n, int32_t o, int32_t dtype, int32_t rank, const int64_t *dims) {
    xb_val *v = xb_out(n, o);
    return v ? set_shape(n, v, dtype, rank, dims) : XYBRID_OK;
}

xybrid_status xb_out_like(xb_node *n, int32_t o, const xb_val *like) {
    return xb_out_set(n, o, like->dtype, like->rank, like->dims);
}

xybrid_status xb_out_content(xb_node *n, int32_t o, const void *data) {
    xb_val *v = xb_out(n, o);
    if (!v) return XYBRID_OK;
    if (!data) data = xb_arena_alloc(n->b->arena, (size_t)v->size_bytes, n->b->err);
    if (!data) return n->b->err->code;
    v->data = data;
    v->place = XB_PLACE_CONTENT;
    return XYBRID_OK;
}

void xb_out_alias(xb_node *n, int32_t o, xb_val *v) {
    if (xb_out(n, o)) n->out[o] = v;
}

xybrid_status xb_out_list(xb_node *n, int32_t o, xb_onnx_kind kind, xb_val *const *items, int32_t count) {
    xb_val *v = xb_out(n, o);
    if (!v) return XYBRID_OK;
    if (count > XB_MAX_SEQUENCE) return xb_refuse(n, "a sequence of %d tensors; at most %d", count, XB_MAX_SEQUENCE);
    v->items = xb_arena_array(n->b->arena, (size_t)count, sizeof(xb_val *), n->b->err);
    if (!v->items) return n->b->err->code;
    if (count) memcpy(v->items, items, (size_t)count * sizeof *items);
    v->item_count = count;
    v->kind = kind;
    return XYBRID_OK;
}

void xb_make_pending(xb_build *b, xb_val *v, int32_t dtype) {
    v->dtype = dtype;
    v->is_pending = 1;
    v->place = XB_PLACE_DYNAMIC;
    v->index = b->segment->dynamic_base + b->dynamic_count++;
}

xybrid_status xb_out_pending(xb_node *n, int32_t o, int32_t dtype) {
    if (xb_out(n, o)) xb_make_pending(n->b, n->out[o], dtype);
    return XYBRID_OK;
}

xybrid_status xb_axis(const xb_node *n, int64_t axis, int32_t rank, int32_t *out) {
    int64_t from_start = axis < 0 ? axis + rank : axis;
    if (from_start < 0 || from_start >= rank)
        return xb_refuse(n, "axis %lld of a tensor with %d dimensions", (long long)axis, rank);
    *out = (int32_t)from_start;
    return XYBRID_OK;
}

xybrid_status xb_broadcast(const xb_node *n, int32_t rank_a, const int64_t *a, int32_t rank_b, const int64_t *b_dims,
                           int32_t *rank, int64_t *dims) {
    int64_t result[XB_MAX_RANK];
    int32_t r = rank_a > rank_b ? rank_a : rank_b;
    for (int32_t i = 0; i < r; i++) {
        int64_t x = i < r - rank_a ? 1 : a[i - (r - rank_a)], y = i < r - rank_b ? 1 : b_dims[i - (r - rank_b)];
        if (x != y && x != 1 && y != 1) {
            char shape_a[XB_SHAPE_TEXT_BYTES], shape_b[XB_SHAPE_TEXT_BYTES];
            xb_shape_format(rank_a, a, shape_a, sizeof shape_a);
            xb_shape_format(rank_b, b_dims, shape_b, sizeof shape_b);
            return xb_refuse(n, "shapes %s and %s do not broadcast", shape_a, shape_b);
        }
        result[i] = x == 1 ? y : x;
    }
    *rank = r;
    memcpy(dims, result, (size_t)r * sizeof *dims);
    return XYBRID_OK;
}

/* ---- contents ---- */

static int64_t int_at(const void *data, int32_t dtype, int64_t i) {
    switch (dtype) {
    case XYBRID_INT64: return ((const int64_t *)data)[i];
    case XYBRID_INT32: return ((const int32_t *)data)[i];
    case XYBRID_UINT32: return ((const uint32_t *)data)[i];
    case XYBRID_INT16: return ((const int16_t *)data)[i];
    case XYBRID_UINT16: return ((const uint16_t *)data)[i];
    case XYBRID_INT8: return ((const int8_t *)data)[i];
    case XYBRID_UINT64: return (int64_t)((const uint64_t *)data)[i];
    default: return ((const uint8_t *)data)[i]; /* uint8, bool */
    }
}

static int is_integer(int32_t dtype) {
    return (dtype >= XYBRID_UINT8 && dtype <= XYBRID_INT64) || dtype == XYBRID_BOOL || dtype == XYBRID_UINT32 ||
           dtype == XYBRID_UINT64;
}

xybrid_status xb_ints(xb_node *n, int32_t i, const int64_t **out, int64_t *count) {
    xb_val     *v = xb_in(n, i);
    const void *data;
    if (!v) return xb_refuse(n, "input %d is missing", i);
    if (!is_integer(v->dtype)) return xb_refuse(n, "input %d is %s, wanted integers", i, xb_onnx_dtype_name(v->dtype));
    XB_TRY(xb_content(n, v, &data));
    int64_t *numbers = xb_build_alloc(n, (size_t)v->count, sizeof *numbers);
    if (!numbers) return n->b->err->code;
    if (v->dtype == XYBRID_INT64) memcpy(numbers, data, (size_t)v->count * sizeof *numbers);
    else
        for (int64_t k = 0; k < v->count; k++) numbers[k] = int_at(data, v->dtype, k);
    *out = numbers;
    *count = v->count;
    return XYBRID_OK;
}

static xybrid_status only_one(const xb_node *n, const xb_val *v, int32_t i) {
    if (v->count == 1) return XYBRID_OK;
    return xb_refuse(n, "input %d has %lld elements, wanted 1", i, (long long)v->count);
}

xybrid_status xb_int(xb_node *n, int32_t i, int64_t *out) {
    const int64_t *numbers;
    int64_t        count;
    XB_TRY(xb_ints(n, i, &numbers, &count));
    XB_TRY(only_one(n, n->in[i], i));
    *out = numbers[0];
    return XYBRID_OK;
}

xybrid_status xb_float(xb_node *n, int32_t i, float *out) {
    xb_val     *v = xb_in(n, i);
    const void *data;
    if (!v) return xb_refuse(n, "input %d is missing", i);
    if (!xb_dtype_size(v->dtype)) return xb_refuse(n, "input %d is %s, wanted a number", i, xb_onnx_dtype_name(v->dtype));
    XB_TRY(xb_content(n, v, &data));
    XB_TRY(only_one(n, v, i));
    xb_convert(out, XYBRID_FLOAT32, data, v->dtype, 1);
    return XYBRID_OK;
}

xb_val *xb_in(const xb_node *n, int32_t i) { return i < n->in_count ? n->in[i] : NULL; }
xb_val *xb_out(const xb_node *n, int32_t i) { return i < n->out_count ? n->out[i] : NULL; }

/* ---- memory ---- */

void *xb_build_alloc(const xb_node *n, size_t count, size_t size) {
    return xb_arena_array(n->b->arena, count, size, n->b->err);
}

xb_val *xb_temp(const xb_node *n, int32_t dtype, int32_t rank, const int64_t *dims) {
    xb_build *b = n->b;
    xb_val   *v = xb_val_new(b, XB_NO_VALUE);
    if (!v || set_shape(&n->b->none, v, dtype, rank, dims) != XYBRID_OK) return NULL;
    v->is_needed = 1;
    if (!b->is_folding) return v;
    v->data = xb_arena_alloc(b->arena, (size_t)v->size_bytes, b->err);
    v->place = XB_PLACE_CONTENT;
    return v->data ? v : NULL;
}

xb_val *xb_temp_content(const xb_node *n, int32_t dtype, int32_t rank, const int64_t *dims, void **data) {
    xb_build *b = n->b;
    xb_val   *v = xb_val_new(b, XB_NO_VALUE);
    if (!v || set_shape(&n->b->none, v, dtype, rank, dims) != XYBRID_OK) return NULL;
    *data = xb_arena_alloc(b->arena, (size_t)v->size_bytes, b->err);
    v->data = *data;
    v->place = XB_PLACE_CONTENT;
    return v->data ? v : NULL;
}

/* ---- steps ---- */

void *xb_step_new(const xb_node *n, size_t args_size, const char *what) {
    xb_build *b = n->b;
    void     *steps = b->steps;
    if (xb_grow(b->mem, &steps, &b->step_capacity, b->step_count, sizeof *b->steps, XB_MAX_PLAN_STEPS, "steps of a plan",
                b->err))
        return NULL;
    b->steps = steps;
    void *args = xb_arena_alloc(b->arena, args_size, b->err);
    if (!args) return NULL;
    b->steps[b->step_count++] = (xb_step){ .args = args, .node = n->graph, .what = what };
    return args;
}

xybrid_status xb_align_content(xb_build *b, xb_val *v) {
    uintptr_t element = (uintptr_t)xb_element_bytes(v->dtype);
    if (element < 2 || (uintptr_t)v->data % (element > 8 ? 8 : element) == 0) return XYBRID_OK;
    if (v->is_static && v->number != XB_NO_VALUE) return xb_packed_aligned(b, v);
    void *copy = xb_arena_alloc(b->arena, (size_t)v->size_bytes, b->err);
    if (!copy) return b->err->code;
    memcpy(copy, v->data, (size_t)v->size_bytes);
    v->data = copy;
    return XYBRID_OK;
}

static xybrid_status refer(xb_build *b, const void *field, const xb_val *v, int64_t offset, int is_write) {
    const void **at = (const void **)(uintptr_t)field;
    if (!v) return XYBRID_OK;
    if (v->data) {
        XB_TRY(xb_align_content(b, (xb_val *)(uintptr_t)v));
        *at = (const char *)v->data + offset;
        return XYBRID_OK;
    }
    if (b->is_folding && v->kind == XB_ONNX_TENSOR && v->count == 0) { /* content without bytes */
        static const double nothing = 0;
        *at = &nothing;
        return XYBRID_OK;
    }
    xb_val *root = v->root ? v->root : (xb_val *)(uintptr_t)v;
    int32_t now = (int32_t)b->step_count - 1;
    if (is_write && !b->steps[now].out) b->steps[now].out = (xb_val *)(uintptr_t)v;
    if (is_write && root->first < 0) root->first = now;
    if (root->last < now) root->last = now;
    void *refs = b->refs;
    XB_TRY(xb_grow(b->mem, &refs, &b->ref_capacity, b->ref_count, sizeof *b->refs, 16 * (size_t)XB_MAX_PLAN_STEPS,
                   "pointers of a plan", b->err));
    b->refs = refs;
    b->refs[b->ref_count++] = (xb_ref){ .field = at, .root = root, .offset = v->root_offset + offset };
    return XYBRID_OK;
}

static void put(xb_build *b, const void *field, const xb_val *v, int64_t offset, int is_write) {
    xybrid_status st = refer(b, field, v, offset, is_write);
    if (b->failed == XYBRID_OK) b->failed = st;
}

void xb_step_in_at(const xb_node *n, const void *field, const xb_val *v, int64_t offset) { put(n->b, field, v, offset, 0); }
void xb_step_out_at(const xb_node *n, const void *field, xb_val *v, int64_t offset) { put(n->b, field, v, offset, 1); }
void xb_step_in(const xb_node *n, const void *field, const xb_val *v) { put(n->b, field, v, 0, 0); }
void xb_step_out(const xb_node *n, const void *field, xb_val *v) { put(n->b, field, v, 0, 1); }
void xb_step_in_bytes(const xb_node *n, const void *field, const xb_val *v, int64_t offset) {
    if (!v || !v->data) put(n->b, field, v, offset, 0);
    else *(const void **)(uintptr_t)field = (const char *)v->data + offset;
}

static xybrid_status last_step(xb_build *b, xb_step **out) {
    xybrid_error *err = b->err;
    XB_CHECK(b->step_count > 0);
    *out = &b->steps[b->step_count - 1];
    return b->failed;
}

xybrid_status xb_step_end(const xb_node *n, const xb_work *work) {
    xb_step *step;
    XB_TRY(last_step(n->b, &step));
    step->work = *work;
    return XYBRID_OK;
}

xybrid_status xb_step_call(const xb_node *n, xb_step_fn call) {
    xb_step *step;
    XB_TRY(last_step(n->b, &step));
    step->call = call;
    return XYBRID_OK;
}

void xb_view(xb_val *v, xb_val *of, int64_t offset) {
    if (of->data) {
        v->data = (const char *)of->data + offset;
        v->place = XB_PLACE_CONTENT;
        return;
    }
    v->root = of->root ? of->root : of;
    v->root_offset = of->root_offset + offset;
    if (v->last == INT32_MAX) v->root->last = INT32_MAX;
}

int xb_place_inside(xb_build *b, xb_val *v, xb_val *of, int64_t offset) {
    if (v->data || of->data || v->root || of->root || v->place != XB_PLACE_NONE || of->place != XB_PLACE_NONE) return 0;
    if (v->first < 0 || v->is_pending || v->layout != of->layout || v == of) return 0;
    for (size_t i = 0; i < b->ref_count; i++)
        if (b->refs[i].root == v) {
            b->refs[i].root = of;
            b->refs[i].offset += offset;
        }
    for (size_t i = 0; i < b->val_count; i++)
        if (b->vals[i]->root == v) {
            b->vals[i]->root = of;
            b->vals[i]->root_offset += offset;
        }
    v->root = of;
    v->root_offset = offset;
    if (of->first < 0 || v->first < of->first) of->first = v->first;
    if (v->last > of->last) of->last = v->last;
    return 1;
}

xybrid_status xb_emit_view(xb_node *n) {
    if (n->out[0]) xb_view(n->out[0], n->in[0], 0);
    return XYBRID_OK;
}
