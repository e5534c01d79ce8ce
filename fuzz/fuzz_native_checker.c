/* A model through the whole of the native engine's door up to a session: probe, estimate, open, ports, session. What is opened
 * keeps the promises of engine/native/graph.h: every value is made once, before it is read; nothing makes a constant; numbers of
 * inputs and outputs are what the operators take; ports are those of the graph. */
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "engine/native/model.h"
#include "engine/native/native.h"
#include "onnx_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20 };

static volatile uint64_t sink;

/* ---- a host ---- */

static void *host_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    xybrid_error ignored;
    return xb_malloc_aligned(ctx, (size_t)size_bytes, (size_t)align, &ignored);
}
static void host_free(void *ctx, void *memory) { xb_free(ctx, memory); }
static void host_parallel(void *ctx, int32_t chunks, xybrid_chunk_fn fn, void *arg) {
    (void)ctx;
    for (int32_t i = 0; i < chunks; i++) fn(arg, i, 0);
}
static xybrid_status no_sibling(void *ctx, const char *path, const void **bytes, int64_t *size_bytes, const char **full,
                                xybrid_error *err) {
    (void)ctx, (void)bytes, (void)size_bytes, (void)full;
    if (!xb_slice_stays_inside(xb_slice_of(path))) __builtin_trap();
    return xb_fail(err, XYBRID_IO_OPEN, path, "no such file");
}

/* ---- what a graph promises ---- */

typedef struct check {
    const xb_model_graph *m;
    uint8_t              *is_made; /* [value_count] */
} check;

static void must_be_made(const check *c, int32_t number) {
    if (number == XB_NO_VALUE) return;
    if (number < 0 || number >= c->m->value_count) __builtin_trap();
    if (!c->is_made[number] && !c->m->values[number].constant) __builtin_trap();
}
static void make(const check *c, int32_t number) {
    if (number == XB_NO_VALUE) return;
    if (number < 0 || number >= c->m->value_count || c->is_made[number] || c->m->values[number].constant) __builtin_trap();
    c->is_made[number] = 1;
}

static void check_graph(const check *c, const xb_graph *g) {
    for (int32_t i = 0; i < g->input_count; i++) make(c, g->inputs[i]);
    for (int32_t i = 0; i < g->node_count; i++) {
        const xb_graph_node *n = &g->nodes[i];
        if (n->input_count < n->op->min_in || (n->op->max_in >= 0 && n->input_count > n->op->max_in)) __builtin_trap();
        if (n->output_count < n->op->min_out || (n->op->max_out >= 0 && n->output_count > n->op->max_out)) __builtin_trap();
        for (int32_t k = 0; k < n->input_count; k++) must_be_made(c, n->inputs[k]);
        for (int32_t k = 0; k < n->op->min_in; k++)
            if (n->inputs[k] == XB_NO_VALUE) __builtin_trap();
        for (int32_t k = 0; k < n->capture_count; k++) must_be_made(c, n->captures[k]);
        for (int32_t k = 0; k < n->attr_count; k++)
            if (n->attrs[k].type == XB_ATTR_GRAPH && n->attrs[k].v.graph) check_graph(c, n->attrs[k].v.graph);
        for (int32_t k = 0; k < n->output_count; k++) make(c, n->outputs[k]);
    }
    for (int32_t i = 0; i < g->output_count; i++) must_be_made(c, g->outputs[i]);
}

static void check_model(const uint8_t *data, size_t size, xb_mem *mem) {
    xb_native_services services = { .mem = mem, .threads = 1 };
    xb_native_model   *model;
    xybrid_error       err;
    if (xb_native_model_open(&services, data, size, NULL, NULL, &model, &err) != XYBRID_OK) return;
    check c = { &model->graph, calloc((size_t)model->graph.value_count + 1, 1) };
    if (!c.is_made) exit(1);
    check_graph(&c, c.m->main);
    if (c.m->header.input_count != c.m->main->input_count || c.m->header.output_count != c.m->main->output_count)
        __builtin_trap();
    for (int32_t i = 0; i < c.m->header.input_count; i++)
        if (!xb_slice_is(c.m->values[c.m->main->inputs[i]].name, c.m->header.inputs[i].name)) __builtin_trap();
    free(c.is_made);
    xb_native_model_close(model);
}

/* ---- the door ---- */

static void check_text(xybrid_status st, const xybrid_error *err) {
    if (st != XYBRID_OK && (st != err->code || !err->message[0] || st == XYBRID_INTERNAL)) __builtin_trap();
}

static void use_model(const xybrid_engine *e, void *model, const xybrid_engine_options *options) {
    xybrid_error err;
    for (int32_t way = 0; way < 2; way++)
        for (int32_t i = 0;; i++) {
            xybrid_port port;
            if (e->port(model, way ? XYBRID_OUTPUT : XYBRID_INPUT, i, &port, &err) != XYBRID_OK) break;
            sink += strlen(port.name);
            for (int32_t d = 0; d < port.rank; d++)
                if (port.shape[d] < -1) __builtin_trap();
        }
    sink += strlen(e->describe(model));
    void         *session;
    xybrid_status st = e->session_open(model, options, &session, &err);
    check_text(st, &err);
    if (st == XYBRID_OK) e->session_close(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void          *engine; /* started once: it asks the processor, which is slow to tell */
    static xb_mem         mem;
    static xybrid_host    host = { .struct_size = sizeof host,
                                   .abi = XYBRID_ENGINE_ABI,
                                   .ctx = &mem,
                                   .threads = 1,
                                   .alloc = host_alloc,
                                   .free = host_free,
                                   .parallel = host_parallel };
    const xybrid_engine  *e = &xb_engine_native;
    xybrid_error          err;
    void                 *model;
    xybrid_cost           cost = { .struct_size = sizeof cost };
    xybrid_engine_options options = { .struct_size = sizeof options };
    xybrid_source         source = {
        .struct_size = sizeof source, .format = "onnx", .bytes = data, .size_bytes = (int64_t)size, .sibling = no_sibling
    };
    if (!engine) {
        xb_mem_init(&mem, NULL, NULL, NULL, BUDGET);
        if (e->init(&host, NULL, &engine, &err) != XYBRID_OK) exit(1);
    }
    int64_t       before = mem.used_bytes;
    int32_t       likes = e->probe(engine, &source, &err);
    xybrid_status st = e->estimate(engine, &source, &options, &cost, &err);
    if (st == XYBRID_OK && cost.private_bytes < 0) __builtin_trap();
    check_text(st, &err);
    st = e->open(engine, &source, &options, NULL, &model, &err);
    check_text(st, &err);
    if (st == XYBRID_OK && likes <= 0) __builtin_trap();
    if (st == XYBRID_OK) {
        use_model(e, model, &options);
        e->close(model);
    }
    check_model(data, size, &mem);
    if (mem.used_bytes != before) __builtin_trap();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed) {
    return onnx_mutate(&xb_onnx_model_schema, data, size, capacity, seed, 16);
}
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t capacity, unsigned int seed) {
    return onnx_cross(&xb_onnx_model_schema, data1, size1, data2, size2, out, capacity, seed);
}
