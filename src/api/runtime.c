/* api/runtime.c - include/xybrid/runtime.h, and adding engines and steps to a runtime. */
#include <string.h>

#include "api/api.h"
#include "base/error.h"
#include "base/handle.h"
#include "codec/json.h"
#include "kernel/kernel.h"
#include "plat/cpu.h"
#include "plat/path.h"

static const xybrid_runtime_options defaults = {
    .struct_size = sizeof defaults, .log_level = XYBRID_LOG_WARN, .threads = XYBRID_AUTO, .memory_budget_bytes = XYBRID_AUTO
};

void xybrid_runtime_options_init(xybrid_runtime_options *options, uint32_t struct_size) {
    xb_options_init(options, struct_size, &defaults, sizeof defaults);
}

/* ---- create ---- */

static xybrid_status check_options(const xybrid_runtime_options *o, xybrid_error *err) {
    if (o->flags & ~(uint32_t)(XYBRID_RUNTIME_TELEMETRY_IS_OFF | XYBRID_RUNTIME_MAY_SET_ENV))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags",
                       "options.flags is 0x%x; known are TELEMETRY_IS_OFF and MAY_SET_ENV", o->flags);
    if (o->threads != XYBRID_AUTO && (o->threads < 1 || o->threads > XB_MAX_THREADS))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.threads", "options.threads is %d, wanted XYBRID_AUTO or 1 to %d",
                       o->threads, XB_MAX_THREADS);
    if (o->memory_budget_bytes < XYBRID_AUTO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.memory_budget_bytes",
                       "options.memory_budget_bytes is %lld, wanted XYBRID_AUTO or 0 and more",
                       (long long)o->memory_budget_bytes);
    if (o->log_level < XYBRID_LOG_OFF || o->log_level > XYBRID_LOG_DEBUG)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.log_level",
                       "options.log_level is %d, wanted 0 (off) to 4 (debug)", o->log_level);
    if (o->engine_dir && !xb_path_is_absolute(o->engine_dir))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.engine_dir",
                       "options.engine_dir is \"%.200s\", wanted an absolute path", o->engine_dir);
    if (o->cache_dir && !xb_path_is_absolute(o->cache_dir))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.cache_dir",
                       "options.cache_dir is \"%.200s\", wanted an absolute path", o->cache_dir);
    const xybrid_allocator *a = o->allocator;
    if (a && (a->struct_size < sizeof *a || !a->alloc || !a->free))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.allocator",
                       "options.allocator needs struct_size, alloc and free");
    return XYBRID_OK;
}

/* What the onnxruntime engine gets: the host's own settings for it, and below them what the runtime options say. */
static xybrid_status configure_onnxruntime(xybrid_runtime *rt, const xybrid_runtime_options *o, const xb_json *own,
                                           xybrid_error *err) {
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, &rt->root.mem, XB_MAX_PACK_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    if (o->engine_dir) xb_json_key(&w, "dir"), xb_json_put_string(&w, o->engine_dir);
    xb_json_key(&w, "telemetry_switch_set"), xb_json_put_bool(&w, (o->flags & XYBRID_RUNTIME_TELEMETRY_IS_OFF) != 0);
    xb_json_key(&w, "allow_telemetry_switch"), xb_json_put_bool(&w, (o->flags & XYBRID_RUNTIME_MAY_SET_ENV) != 0);
    if (o->onnxruntime_api) xb_json_key(&w, "api_base"), xb_json_put_int(&w, (int64_t)(intptr_t)o->onnxruntime_api);
    xb_json_end(&w);
    xybrid_status st = xb_json_writer_status(&w, err);
    xb_json_doc  *doc = NULL;
    xb_str        merged;
    xb_str_init(&merged, &rt->root.mem, XB_MAX_PACK_JSON_BYTES);
    if (st == XYBRID_OK) st = xb_json_parse(&rt->root.mem, text.data, (int64_t)text.size, XB_MAX_PACK_JSON_BYTES, &doc, err);
    if (st == XYBRID_OK)
        st = own ? xb_pack_merge(xb_json_root(doc), own, &merged, err) : xb_pack_merge(NULL, xb_json_root(doc), &merged, err);
    if (st == XYBRID_OK) st = xb_engines_configure(rt->env.engines, "onnxruntime", merged.data, err);
    xb_json_free(doc);
    xb_str_free(&merged);
    xb_str_free(&text);
    return st;
}

/* options.engine_config: an object with an object for each engine. */
static xybrid_status configure_engines(xybrid_runtime *rt, const xybrid_runtime_options *o, xybrid_error *err) {
    xb_mem       *mem = &rt->root.mem;
    xb_json_doc  *doc = NULL;
    xybrid_status st = XYBRID_OK;
    if (o->engine_config) {
        st = xb_json_parse(mem, o->engine_config, (int64_t)strlen(o->engine_config), XB_MAX_PACK_JSON_BYTES, &doc, err);
        if (st == XYBRID_MALFORMED || (st == XYBRID_OK && !xb_json_is(xb_json_root(doc), XB_JSON_OBJECT))) {
            if (st == XYBRID_OK) xb_fail(err, XYBRID_MALFORMED, "", "not an object");
            st = xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.engine_config", "options.engine_config is not a JSON object");
        }
    }
    for (xb_json_iter it = xb_json_items(doc ? xb_json_root(doc) : NULL); st == XYBRID_OK && xb_json_next(&it);) {
        xb_str text;
        if (strcmp(it.key, "onnxruntime") == 0) continue;
        xb_str_init(&text, mem, XB_MAX_PACK_JSON_BYTES);
        st = xb_pack_merge(NULL, it.value, &text, err);
        if (st == XYBRID_OK) st = xb_engines_configure(rt->env.engines, it.key, text.data, err);
        xb_str_free(&text);
    }
#ifdef XYBRID_WITH_ONNXRUNTIME
    if (st == XYBRID_OK) st = configure_onnxruntime(rt, o, xb_json_get(doc ? xb_json_root(doc) : NULL, "onnxruntime"), err);
#else
    (void)configure_onnxruntime;
#endif
    xb_json_free(doc);
    return st;
}

/* Ends the runtime: the last handle is gone. */
static void end(xb_root *root) {
    xybrid_runtime *rt = (xybrid_runtime *)root;
    rt->mark = 0;
    xb_env_free(&rt->env);
    xb_blobs_free(&rt->blobs);
    xb_handles_end(root);
    xb_mem mem = rt->root.mem; /* frees the struct that it lies in */
    xb_free(&mem, rt);
}

/* Models, sound and speech all need the hot kernels. */
static xybrid_status check_processor(xybrid_error *err) {
    char     features[XB_MAX_NAME];
    uint32_t found = xb_cpu_features();
    if (xb_isa_best(found)) return XYBRID_OK;
    xb_cpu_text(found, features, sizeof features);
    return xb_fail(err, XYBRID_ENGINE_MISSING, "processor", "the processor has %s; SSE4.2 is wanted (x86-64-v2)",
                   features[0] ? features : "no vectors of its later kinds");
}

static xybrid_status build(xybrid_runtime *rt, const xybrid_runtime_options *o, xybrid_error *err) {
    xb_mem *mem = &rt->root.mem;
    int32_t threads = o->threads == XYBRID_AUTO ? xb_thread_budget() : o->threads;
    xb_env_init(&rt->env, &rt->root, o->log, o->log_ctx, o->log_level, NULL, NULL, threads);
    XB_TRY(xb_pool_new(mem, threads, &rt->env.pool, err));
    if (o->cache_dir) XB_TRY(xb_blobs_init(&rt->blobs, mem, o->cache_dir, err));
    xb_engine_services services = { .mem = mem,
                                    .pool = rt->env.pool,
                                    .log = &rt->env.log,
                                    .threads = threads,
                                    .blobs = o->cache_dir ? &rt->blobs.services : NULL,
                                    .guard = xb_guard_file,
                                    .guard_ctx = mem };
    XB_TRY(xb_engines_new(&services, xb_engines_builtin, xb_engines_builtin_count, &rt->env.engines, err));
    for (int32_t i = 0; i < xb_engines_awaited_count; i++)
        XB_TRY(xb_engines_await(rt->env.engines, xb_engines_awaited[i].name, xb_engines_awaited[i].format, o->engine_dir, err));
    return configure_engines(rt, o, err);
}

xybrid_status xybrid_runtime_create(const xybrid_runtime_options *options, xybrid_runtime **out, xybrid_error *err) {
    xybrid_error           own;
    xybrid_runtime_options o = defaults;
    err = err ? err : &own;
    XB_TRY(xb_check_pointer(out, "out", err));
    XB_TRY(xb_options_take(&o, sizeof o, options, offsetof(xybrid_runtime_options, engine_dir), "runtime_options", err));
    XB_TRY(check_options(&o, err));
    XB_TRY(check_processor(err));
    xb_mem                  mem; /* for the struct alone: then its own takes over */
    xybrid_runtime         *rt;
    const xybrid_allocator *a = o.allocator;
    xb_mem_init(&mem, a ? a->alloc : NULL, a ? a->free : NULL, a ? a->ctx : NULL, o.memory_budget_bytes);
    rt = xb_calloc(&mem, 1, sizeof *rt, err);
    if (!rt) return err->code;
    memcpy(&rt->root.mem, &mem, sizeof mem);
    rt->root.refs = 1;
    rt->root.end = end;
    rt->mark = XB_RUNTIME_MARK;
    xybrid_status st = build(rt, &o, err);
    if (st) xb_root_drop(&rt->root);
    else *out = rt;
    return st;
}

void xybrid_runtime_free(xybrid_runtime *rt) {
    if (!rt || rt->mark != XB_RUNTIME_MARK || xb_is_foreign(&rt->env)) return;
    rt->mark = 0;
    xb_root_drop(&rt->root);
}

/* ---- describe, stats, trim ---- */

static void put_engines(xybrid_runtime *rt, xb_json_writer *w) {
    int32_t count = xb_engines_count(rt->env.engines);
    xb_json_begin_array(w);
    for (int32_t i = 0; i < count; i++) {
        xb_engine_info info;
        xb_engines_info(rt->env.engines, i, 1, &info);
        xb_json_begin_object(w);
        xb_json_key(w, "name"), xb_json_put_string(w, info.name);
        xb_json_key(w, "version"), xb_json_put_string(w, info.version);
        xb_json_key(w, "origin"), xb_json_put_string(w, info.origin);
        xb_json_key(w, "available"), xb_json_put_bool(w, info.is_ready);
        if (info.about) xb_json_key(w, "about"), xb_json_put_raw(w, info.about, strlen(info.about));
        if (info.reason[0]) xb_json_key(w, "reason"), xb_json_put_string(w, info.reason);
        xb_json_end(w);
    }
    xb_json_end(w);
}

static void put_steps(xybrid_runtime *rt, xb_json_writer *w) {
    xb_json_begin_array(w);
    const xb_step_row *row;
    for (int32_t i = 0; (row = xb_step_at(i)); i++)
        if (row->run) xb_json_put_string(w, row->name);
    xb_mutex_lock(&rt->env.mutex);
    for (const xb_custom_step *s = rt->env.steps; s; s = s->next) xb_json_put_string(w, s->table.name);
    xb_mutex_unlock(&rt->env.mutex);
    xb_json_end(w);
}

xybrid_status xybrid_runtime_describe(xybrid_runtime *rt, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    xb_str         text;
    xb_json_writer w;
    char           features[256];
    xb_cpu_text(xb_cpu_features(), features, sizeof features);
    xb_str_init(&text, &rt->root.mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_PRETTY);
    xb_json_begin_object(&w);
    xb_json_key(&w, "version"), xb_json_put_string(&w, xybrid_version());
    xb_json_key(&w, "cpu_features"), xb_json_put_string(&w, features);
    xb_json_key(&w, "cpus"), xb_json_put_int(&w, xb_cpu_count());
    xb_json_key(&w, "threads"), xb_json_put_int(&w, rt->env.threads);
    xb_json_key(&w, "engines"), put_engines(rt, &w);
    xb_json_key(&w, "steps"), put_steps(rt, &w);
    xb_json_end(&w);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_envelope_new_text(&rt->root, &rt->root.mem, text.data, (int64_t)text.size, out, err);
    xb_str_free(&text);
    return st;
}

void xybrid_runtime_stats(const xybrid_runtime *rt, xybrid_stats *out) {
    if (!out) return;
    memset(out, 0, sizeof *out);
    if (!rt || rt->mark != XB_RUNTIME_MARK) return;
    const xb_mem *mem = &rt->root.mem;
    const xb_env *env = &rt->env;
    out->private_bytes = xb_atomic_get(&mem->used_bytes);
    out->private_peak_bytes = xb_atomic_get(&mem->peak_bytes);
    out->mapped_bytes = xb_atomic_get(&env->mapped_bytes);
    out->allocations = xb_atomic_get(&mem->allocations);
    out->runs = xb_atomic_get(&env->run_count);
    out->models = xb_atomic_get(&env->model_count);
    out->sessions = xb_atomic_get(&env->session_count);
    out->streams = xb_atomic_get(&env->stream_count);
    out->threads = env->threads;
}

int64_t xybrid_runtime_trim(xybrid_runtime *rt, xybrid_pressure pressure) {
    xybrid_error why;
    if (xb_check_runtime(rt, &why)) return 0;
    return xb_env_trim(&rt->env, pressure >= XYBRID_PRESSURE_WARN);
}

/* ---- engines and steps ---- */

xybrid_status xybrid_engine_register(xybrid_runtime *rt, const xybrid_engine *engine, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(engine, "engine", err));
    return xb_engines_register(rt->env.engines, engine, err);
}

xybrid_status xybrid_engine_load(xybrid_runtime *rt, const char *path, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(path, "path", err));
    return xb_engines_load(rt->env.engines, path, err);
}

xybrid_status xybrid_step_register(xybrid_runtime *rt, const xybrid_step *step, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(step, "step", err));
    xb_mutex_lock(&rt->env.mutex);
    xybrid_status st = rt->env.is_closed ? xb_fail(err, XYBRID_BUSY, "step",
                                                   "a model was loaded already; register steps before the first load")
                                         : xb_custom_step_add(&rt->root.mem, &rt->env.steps, step, err);
    xb_mutex_unlock(&rt->env.mutex);
    return st;
}
