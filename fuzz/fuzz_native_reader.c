/* Any bytes as an ONNX file for the native engine: an error that says why, or a graph whose every part can be read. */
#include "base/error.h"
#include "base/limits.h"
#include "engine/native/graph.h"
#include "onnx_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20 };

static volatile uint64_t sink;

static void touch(const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) sink += ((const uint8_t *)bytes)[i];
}
static void touch_slice(xb_slice s) { touch(s.data, s.size); }

static void touch_value(const xb_onnx_value *v) {
    if (v->kind != XB_ONNX_TENSOR || v->rank < 0 || v->rank > XB_MAX_RANK || !v->data) __builtin_trap();
    touch(v->data, (size_t)v->size_bytes);
    for (int64_t i = 0; v->dtype == XB_ONNX_STRING && i < v->count; i++) touch_slice(((const xb_slice *)v->data)[i]);
}

static void touch_numbers(const int32_t *numbers, int32_t count, const xb_model_graph *m, int is_optional) {
    for (int32_t i = 0; i < count; i++)
        if (numbers[i] >= m->value_count || numbers[i] < (is_optional ? XB_NO_VALUE : 0)) __builtin_trap();
}

static void touch_graph(const xb_graph *g, const xb_model_graph *m, int32_t depth);

static void touch_attr(const xb_attr *a, const xb_model_graph *m, int32_t depth) {
    touch_slice(a->name);
    if (a->type == XB_ATTR_STRING) touch_slice(a->v.s);
    if (a->type == XB_ATTR_TENSOR && a->v.tensor) touch_value(a->v.tensor);
    if (a->type == XB_ATTR_GRAPH && a->v.graph) touch_graph(a->v.graph, m, depth + 1);
    if (a->type == XB_ATTR_FLOATS) touch(a->v.floats, (size_t)a->count * sizeof *a->v.floats);
    if (a->type == XB_ATTR_INTS) touch(a->v.ints, (size_t)a->count * sizeof *a->v.ints);
    for (int32_t i = 0; a->type == XB_ATTR_STRINGS && i < a->count; i++) touch_slice(a->v.strings[i]);
}

static void touch_graph(const xb_graph *g, const xb_model_graph *m, int32_t depth) {
    if (depth > XB_MAX_GRAPH_DEPTH) __builtin_trap();
    touch_numbers(g->inputs, g->input_count, m, 0);
    touch_numbers(g->outputs, g->output_count, m, 0);
    for (int32_t i = 0; i < g->node_count; i++) {
        const xb_graph_node *n = &g->nodes[i];
        if (!n->op) __builtin_trap();
        touch_slice(n->name);
        touch_numbers(n->inputs, n->input_count, m, 1);
        touch_numbers(n->outputs, n->output_count, m, 1);
        touch_numbers(n->captures, n->capture_count, m, 0);
        for (int32_t a = 0; a < n->attr_count; a++) touch_attr(&n->attrs[a], m, depth);
    }
}

/* External data: the start of the file itself, as long as was asked for. */
typedef struct input {
    const uint8_t *data;
    size_t         size;
} input;
static xybrid_status find(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **out,
                          xybrid_error *err) {
    const input *in = ctx;
    if (!xb_slice_stays_inside(xb_slice_of(location)) || offset < 0 || size_bytes < 0) __builtin_trap();
    if (offset > (int64_t)in->size || size_bytes > (int64_t)in->size - offset)
        return xb_fail(err, XYBRID_IO_READ, location, "too short");
    *out = in->data + offset;
    return XYBRID_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem         mem;
    xb_arena       arena;
    xb_model_graph m;
    xybrid_error   err;
    input          in = { data, size };
    xb_graph_files files = { &in, find };
    xb_mem_init(&mem, NULL, NULL, NULL, BUDGET);
    xb_arena_init(&arena, &mem, 0);
    xybrid_status st = xb_graph_read(data, size, &files, &mem, &arena, &m, &err);
    if (st == XYBRID_OK) {
        for (int32_t i = 0; i < m.value_count; i++) {
            touch_slice(m.values[i].name);
            if (m.values[i].constant) touch_value(m.values[i].constant);
        }
        touch_graph(m.main, &m, 0);
    } else if (st != err.code || !err.message[0] || st == XYBRID_INTERNAL) {
        __builtin_trap();
    }
    xb_arena_free(&arena);
    if (mem.used_bytes != 0) __builtin_trap();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed) {
    return onnx_mutate(&xb_onnx_model_schema, data, size, capacity, seed, 2);
}
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t capacity, unsigned int seed) {
    return onnx_cross(&xb_onnx_model_schema, data1, size1, data2, size2, out, capacity, seed);
}
