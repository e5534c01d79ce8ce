/* native_case.h - a case (onnx_tree.h) on the native engine: what the fuzzers of the planner and of the executor share.
 *
 *     case_load(&c, data, size)        copies of model and inputs in blocks of just their size, so that a sanitizer sees a
 *                                      read beyond their end
 *     case_open(&c, ...)               a model and an exec, with the instructions and the rewrites that the options name
 *     case_close(&c)                   traps if anything was kept
 *
 * The engine's memory comes with a budget, filled with a byte of the caller's choice: what depends on memory that nobody
 * wrote differs between two fillings. */
#ifndef NATIVE_CASE_H
#define NATIVE_CASE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "codec/onnx_value.h"
#include "engine/native/rewrite.h"
#include "engine/native/run.h"
#include "onnx_tree.h"
#include "plat/clock.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"

enum { CASE_BUDGET = 32 << 20, CASE_INPUTS = 32, CASE_POLLS = 50000 };
#define CASE_LONGEST_NS INT64_C(4000000000) /* of a run, before it is cancelled */

typedef struct native_case {
    uint64_t      options; /* bits 0..: instructions (3), where the model starts (3), outputs (1), rewrites off (the rest) */
    void         *block;   /* holds the model */
    const void   *model;
    size_t        model_size;
    xb_mem        own; /* of what is here */
    xb_arena      arena;
    xb_onnx_value inputs[CASE_INPUTS]; /* as given */
    int32_t       given;
    void        **blocks; /* contents of inputs */
    size_t        block_count;
} native_case;

typedef struct case_run {
    xb_mem             mem, plain; /* plain: the C library's */
    int                filling;
    xb_native_services services;
    xb_native_model   *model;
    xb_exec           *exec;
    xb_onnx_value     *in;  /* [graph inputs], unpacked */
    void             **out; /* [graph outputs] */
    int64_t           *out_bytes;
    int32_t            polls;
    int64_t            started_ns;
} case_run;

static inline void *case_block(const void *bytes, size_t size, size_t at) {
    char *copy = malloc(size + at ? size + at : 1);
    if (!copy) exit(1);
    if (size) memcpy(copy + at, bytes, size);
    return copy;
}

/* ---- loading ---- */

/* Every tensor of a value moves to a block of its own. */
static inline int case_own(native_case *c, xb_onnx_value *v) {
    for (int32_t i = 0; i < v->item_count; i++)
        if (!case_own(c, &v->items[i])) return 0;
    int32_t bits = xb_onnx_dtype_bits(v->dtype);
    if (v->kind != XB_ONNX_TENSOR || bits == 0) return 1;
    if (c->block_count == 1024) return 0;
    size_t size = bits < 8 ? (size_t)v->count : (size_t)v->size_bytes;
    void  *block = case_block(bits < 8 ? NULL : v->data, bits < 8 ? 0 : size, bits < 8 ? size : 0);
    if (bits < 8) xb_onnx_unpack(v->dtype, v->data, 0, v->count, block);
    v->data = c->blocks[c->block_count++] = block;
    v->size_bytes = (int64_t)size;
    return 1;
}

static inline int case_load(native_case *c, const uint8_t *data, size_t size) {
    const uint8_t *at = data, *end = data + size;
    xybrid_error   err;
    memset(c, 0, sizeof *c);
    xb_mem_init(&c->own, NULL, NULL, NULL, CASE_BUDGET);
    xb_arena_init(&c->arena, &c->own, 0);
    c->blocks = calloc(1024, sizeof *c->blocks);
    if (!c->blocks) exit(1);
    xb_onnx_source from = { .arena = &c->arena };
    xb_slice       model = { "", 0 };
    while (at < end) {
        uint64_t tag, value;
        if (!tree_varint(&at, end, &tag) || !tree_varint(&at, end, &value)) return 0;
        if (tag == (CASE_OPTIONS << 3)) {
            c->options = value;
            continue;
        }
        if ((tag & 7) != 2 || value > (uint64_t)(end - at)) return 0;
        xb_slice message = { (const char *)at, (size_t)value };
        at += value;
        if (tag >> 3 == CASE_MODEL) model = message;
        if (tag >> 3 < CASE_TENSOR || tag >> 3 > CASE_OPTIONAL || c->given == CASE_INPUTS) continue;
        xb_onnx_kind   kind = tag >> 3 == CASE_TENSOR     ? XB_ONNX_TENSOR
                              : tag >> 3 == CASE_SEQUENCE ? XB_ONNX_SEQUENCE
                                                          : XB_ONNX_OPTIONAL;
        xb_onnx_value *v = &c->inputs[c->given];
        if (xb_onnx_value_read(&from, kind, message, v, &err) != XYBRID_OK || !case_own(c, v)) return 0;
        c->given++;
    }
    size_t start = c->options >> 3 & 7;
    c->block = case_block(model.data, model.size, start);
    c->model = (const char *)c->block + start;
    c->model_size = model.size;
    return 1;
}

static inline void case_unload(native_case *c) {
    for (size_t i = 0; i < c->block_count; i++) free(c->blocks[i]);
    free(c->blocks);
    free(c->block);
    xb_arena_free(&c->arena);
}

/* ---- opening ---- */

static inline void *case_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    case_run *r = ctx;
    void     *p = r->plain.alloc(r->plain.ctx, size_bytes, align);
    return p ? memset(p, r->filling, (size_t)size_bytes) : NULL;
}
static inline void case_free(void *ctx, void *memory, int64_t size_bytes, int64_t align) {
    const case_run *r = ctx;
    r->plain.free(r->plain.ctx, memory, size_bytes, align);
}

/* Chunks from the last to the first, each by another worker. */
static inline void case_parallel(void *ctx, int32_t chunks, xb_pool_fn fn, void *arg) {
    const case_run *r = ctx;
    for (int32_t i = chunks - 1; i >= 0; i--) fn(arg, i, i % r->services.threads);
}

/* The time that case_poll allows begins. */
static inline void case_start(case_run *r) {
    r->polls = 0;
    r->started_ns = xb_clock_ns();
}

static inline xybrid_status case_poll(void *ctx) {
    case_run *r = ctx;
    if (++r->polls > CASE_POLLS || xb_clock_ns() - r->started_ns > CASE_LONGEST_NS) return XYBRID_CANCELLED_TOKEN;
    return XYBRID_OK;
}

static inline void case_services(const native_case *c, case_run *r, int32_t threads) {
    static const char *const names[] = { NULL, NULL, "scalar", "sse4", "avx2", "avx512", "neon", NULL };
    static uint32_t          features; /* the processor is slow to tell */
    if (!features) features = xb_cpu_features();
    const char   *name = names[c->options & 7];
    const xb_isa *isa = name ? xb_isa_named(name) : NULL;
    if (!isa || xb_isa_needs(isa) & ~features) isa = xb_isa_best(features);
    r->services = (xb_native_services){ .mem = &r->mem,
                                        .isa = isa,
                                        .qisa = xb_qisa_best(xb_isa_needs(isa)),
                                        .threads = threads,
                                        .parallel = case_parallel,
                                        .ctx = r };
    r->services.rewrites_off = (uint32_t)(c->options >> 7);
}

/* A value for an input that the case does not give, of the port's type and shape. */
static inline xybrid_status case_make_input(native_case *c, const xb_onnx_port *port, xb_onnx_value *v, xybrid_error *err) {
    int32_t bits = xb_onnx_dtype_bits(port->dtype);
    *v = (xb_onnx_value){ .kind = XB_ONNX_TENSOR, .dtype = port->dtype, .count = 1 };
    if (port->kind != XB_ONNX_TENSOR || bits == 0) {
        v->kind = XB_ONNX_SEQUENCE;
        v->dtype = 0;
        v->count = 0;
        return XYBRID_OK;
    }
    for (; v->rank < port->rank && v->rank < XB_MAX_RANK; v->rank++) {
        int64_t d = port->shape[v->rank];
        v->dims[v->rank] = d < 0 ? 2 : d > 64 ? 64 : d;
        v->count *= v->dims[v->rank];
        if (v->count > 1 << 16) return XYBRID_OUT_OF_MEMORY;
    }
    v->size_bytes = bits < 8 ? v->count : v->count * bits / 8;
    uint8_t *data = xb_arena_alloc(&c->arena, (size_t)v->size_bytes, err);
    if (!data) return err->code;
    for (int64_t i = 0; port->dtype == XYBRID_FLOAT32 && i < v->count; i++) ((float *)(void *)data)[i] = (float)(i % 7) - 3;
    for (int64_t i = 0; port->dtype != XYBRID_FLOAT32 && i < v->size_bytes; i += bits < 8 ? 1 : bits / 8)
        data[i] = (uint8_t)(i % 3);
    v->data = data;
    return case_own(c, v) ? XYBRID_OK : XYBRID_OUT_OF_MEMORY;
}

static inline xybrid_status case_open(native_case *c, case_run *r, int filling, int32_t threads, int32_t places_outputs,
                                      xybrid_error *err) {
    memset(r, 0, sizeof *r);
    r->filling = filling;
    xb_mem_init(&r->plain, NULL, NULL, NULL, XYBRID_AUTO);
    xb_mem_init(&r->mem, case_alloc, case_free, r, CASE_BUDGET);
    case_services(c, r, threads);
    XB_TRY(xb_native_model_open(&r->services, c->model, c->model_size, NULL, NULL, &r->model, err));
    const xb_graph *g = r->model->graph.main;
    const xb_onnx  *h = &r->model->graph.header;
    if (h->input_count != g->input_count || h->output_count != g->output_count) __builtin_trap();
    for (int32_t i = 0; i < h->output_count; i++) /* the door carries nothing else */
        if (h->outputs[i].kind != XB_ONNX_TENSOR || h->outputs[i].dtype == XB_ONNX_STRING) places_outputs = 0;
    r->in = calloc((size_t)g->input_count + 1, sizeof *r->in);
    r->out = calloc((size_t)g->output_count + 1, sizeof *r->out);
    r->out_bytes = calloc((size_t)g->output_count + 1, sizeof *r->out_bytes);
    if (!r->in || !r->out || !r->out_bytes) exit(1);
    for (int32_t i = 0; i < g->input_count; i++) {
        if (i < c->given) r->in[i] = c->inputs[i];
        else XB_TRY(case_make_input(c, &h->inputs[i], &r->in[i], err));
    }
    return xb_exec_new(r->model, g, NULL, 0, places_outputs, NULL, &r->exec, err);
}

/* All that the engine took is given back. */
static inline void case_close(case_run *r) {
    for (int32_t i = 0; r->out && i < r->model->graph.main->output_count; i++) free(r->out[i]);
    free(r->in);
    free(r->out);
    free(r->out_bytes);
    xb_exec_free(r->exec);
    xb_native_model_close(r->model);
    if (r->mem.used_bytes != 0) __builtin_trap();
}

/* An error says what it is about. */
static inline void case_check_error(xybrid_status st, const xybrid_error *err) {
    if (st == XYBRID_OK || (st == err->code && err->message[0] && st != XYBRID_INTERNAL)) return;
    fprintf(stderr, "status %d: error %d: %s\n", st, err->code, err->message);
    __builtin_trap();
}

#endif
