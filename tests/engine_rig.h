/* engine_rig.h - what the tests of the engines share: a host, models from text or file, and a catcher of outputs. */
#ifndef ENGINE_RIG_H
#define ENGINE_RIG_H

#include "base/error.h"
#include "engine/engine.h"
#include "engine/model.h"
#include "support.h"

/* The plug-in for language models, where scripts/build-llama leaves it. */
#if defined(_WIN32)
#  define RIG_LLAMA XB_TEST_ENGINES "/xybrid-llama.dll"
#elif defined(__APPLE__)
#  define RIG_LLAMA XB_TEST_ENGINES "/libxybrid-llama.dylib"
#else
#  define RIG_LLAMA XB_TEST_ENGINES "/libxybrid-llama.so"
#endif

typedef struct rig {
    xb_mem     *mem;
    xb_pool    *pool;
    xb_engines *engines;
    int         guarded, guard_refuses;
} rig;

/* Passes every file, unless a test says otherwise. */
static inline xybrid_status rig_guard(void *ctx, const xybrid_source *source, xybrid_error *err) {
    rig *r = ctx;
    r->guarded++;
    return r->guard_refuses ? xb_fail(err, XYBRID_MALFORMED, source->path, "not sound") : XYBRID_OK;
}

/* `pool` threads; 1 makes no worker. */
static inline xybrid_status rig_open(rig *r, xb_mem *mem, const xybrid_engine *const *tables, int32_t count, int32_t threads,
                                     xybrid_error *err) {
    memset(r, 0, sizeof *r);
    r->mem = mem;
    xybrid_status st = xb_pool_new(mem, threads, &r->pool, err);
    if (st != XYBRID_OK) return st;
    xb_engine_services services = { .mem = mem, .pool = r->pool, .threads = threads, .guard = rig_guard, .guard_ctx = r };
    return xb_engines_new(&services, tables, count, &r->engines, err);
}

static inline void rig_close(rig *r) {
    xb_engines_free(r->engines);
    xb_pool_free(r->pool);
}

/* A source over the test's own bytes, which outlive it. */
static inline xybrid_status rig_source(rig *r, const void *bytes, size_t size, const char *path, const char *name,
                                       const char *format, xb_engine_source **out, xybrid_error *err) {
    xb_engine_source_spec spec = { .view = { .bytes = bytes, .size_bytes = (int64_t)size },
                                   .release = xybrid_release_none,
                                   .path = path,
                                   .name = name,
                                   .format = format };
    return xb_engine_source_new(r->mem, &spec, out, err);
}

/* Opens a model with the engine that likes it best, or `engine`. */
static inline xybrid_status rig_model(rig *r, const void *bytes, size_t size, const char *path, const char *name,
                                      const char *format, const char *engine, const char *config, const xybrid_cancel *cancel,
                                      xb_engine_model **out, xybrid_error *err) {
    xb_engine_source     *source = NULL;
    xb_engine            *chosen = NULL;
    xybrid_engine_options options;
    xb_engine_options_init(&options);
    options.config = config;
    xybrid_status st = rig_source(r, bytes, size, path, name, format, &source, err);
    if (st == XYBRID_OK) st = xb_engines_select(r->engines, xb_engine_source_view(source), engine, &chosen, err);
    if (st == XYBRID_OK) st = xb_engine_model_open(chosen, source, &options, cancel, out, err);
    xb_engine_source_drop(source);
    return st;
}

static inline xybrid_status rig_text_model(rig *r, const char *text, xb_engine_model **out, xybrid_error *err) {
    return rig_model(r, text, strlen(text), NULL, "test.echo", "", NULL, NULL, NULL, out, err);
}

static inline xybrid_status rig_session(xb_engine_model *m, xb_engine_session **out, xybrid_error *err) {
    xybrid_engine_options options;
    xb_engine_options_init(&options);
    return xb_engine_session_open(m, &options, out, err);
}

/* Catches outputs as flow does: a later delivery of the same output replaces the earlier. */
enum { CATCH_MAX = 16 };
typedef struct catcher {
    xb_mem   *mem;
    xb_tensor outputs[CATCH_MAX];
    int       allocs, gives;
    int       is_reusing; /* keeps a buffer of the right shape for the next run */
} catcher;

static inline xybrid_status catch_alloc(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    catcher   *c = ctx;
    xb_tensor *old = &c->outputs[index];
    c->allocs++;
    if (!c->is_reusing || !old->buf || old->dtype != shape->dtype ||
        !xb_shape_equal(old->rank, old->shape, shape->rank, shape->shape)) {
        xb_tensor     t;
        xybrid_status st = xb_tensor_new(c->mem, shape->dtype, shape->rank, shape->shape, &t, err);
        if (st != XYBRID_OK) return st;
        xb_tensor_drop(old);
        *old = t;
    }
    *data = old->data;
    return XYBRID_OK;
}

static inline xybrid_status catch_give(void *ctx, int32_t index, const xybrid_tensor *tensor, xybrid_release_fn release,
                                       void *release_ctx, xybrid_error *err) {
    catcher  *c = ctx;
    xb_buf   *buf = NULL;
    xb_tensor t;
    c->gives++;
    xybrid_status st = xb_buf_from(c->mem, tensor->data, tensor->size_bytes, release, release_ctx, &buf, err);
    if (st != XYBRID_OK) return st;
    st = xb_tensor_from_buf(buf, 0, tensor->dtype, tensor->rank, tensor->shape, &t, err);
    if (st != XYBRID_OK) buf->release = xybrid_release_none; /* still the engine's */
    xb_buf_drop(buf);
    if (st != XYBRID_OK) return st;
    xb_tensor_drop(&c->outputs[index]);
    c->outputs[index] = t;
    return XYBRID_OK;
}

static inline void catch_drop(catcher *c) {
    for (int i = 0; i < CATCH_MAX; i++) xb_tensor_drop(&c->outputs[i]);
}

static inline xybrid_status rig_run(xb_engine_session *s, catcher *c, const uint8_t *wanted, const xybrid_cancel *cancel,
                                    xybrid_error *err) {
    xybrid_call call = { .struct_size = sizeof call,
                         .ctx = c,
                         .cancel = cancel,
                         .wanted = wanted,
                         .out_alloc = catch_alloc,
                         .out_give = catch_give };
    return xb_engine_session_run(s, &call, err);
}

static inline xb_tensor rig_tensor(const void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape) {
    xb_tensor t = { .dtype = dtype, .rank = rank, .data = (void *)data };
    if (rank > 0) memcpy(t.shape, shape, (size_t)rank * sizeof *shape);
    return t;
}

#endif
