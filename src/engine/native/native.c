/* engine/native/native.c - the engine's table: opening, ports, sessions, runs. */
#include "engine/native/native.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/json.h"
#include "engine/native/carry.h"
#include "engine/native/estimate.h"
#include "engine/native/op.h"
#include "engine/native/ports.h"
#include "engine/native/rewrite.h"
#include "engine/native/run.h"
#include "plat/cpu.h"
#include "plat/fpenv.h"
#include "tensor/tensor.h"

typedef struct engine {
    const xybrid_host *host;
    xb_mem             mem;
    const xb_isa      *isa;
    const xb_qisa     *qisa;
    char               about[128];
} engine;

typedef struct model {
    engine          *engine;
    xb_native_model *graph;
    char             describe[256];
} model;

typedef struct spare { /* memory of an output that the caller does not want */
    void   *memory;
    int64_t capacity;
} spare;

typedef struct session {
    model               *model;
    xb_exec             *exec;
    xb_onnx_value       *inputs; /* [input_count] as bound */
    xb_carries           carries;
    spare               *spares; /* [output_count] */
    const xybrid_call   *call;   /* of the run under way */
    const xybrid_cancel *cancel; /* of the run, or of what prepares for one */
    xb_str               profile;
} session;

/* ---- memory through the host ---- */

static void *bridge_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    const xybrid_host *host = ctx;
    return host->alloc(host->ctx, size_bytes, align);
}

static void bridge_free(void *ctx, void *memory, int64_t size_bytes, int64_t align) {
    (void)size_bytes, (void)align;
    const xybrid_host *host = ctx;
    host->free(host->ctx, memory);
}

/* The host's budget answers when it is asked for as much. */
static xybrid_status bridge_explain(void *ctx, int64_t size_bytes, xybrid_error *err) {
    const xybrid_host *host = ctx;
    XB_TRY(host->charge(host->ctx, size_bytes, err));
    host->charge(host->ctx, -size_bytes, err);
    return xb_fail_memory(err, size_bytes);
}

static void host_parallel(void *ctx, int32_t chunks, xb_pool_fn fn, void *arg) {
    const xybrid_host *host = ctx;
    host->parallel(host->ctx, chunks, fn, arg);
}

/* ---- the engine ---- */

static void native_shutdown(void *handle) {
    engine            *e = handle;
    const xybrid_host *host = e->host;
    host->free(host->ctx, e);
}

static xybrid_status native_init(const xybrid_host *host, const char *config, void **out, xybrid_error *err) {
    (void)config;
    engine *e = host->alloc(host->ctx, sizeof *e, 16);
    if (!e) return xb_fail_memory(err, sizeof *e);
    memset(e, 0, sizeof *e);
    e->host = host;
    uint32_t features = xb_cpu_features();
    e->isa = xb_isa_best(features);
    e->qisa = xb_qisa_best(features);
    xb_mem_init(&e->mem, bridge_alloc, bridge_free, (void *)(uintptr_t)host, XYBRID_AUTO);
    e->mem.explain = bridge_explain;
    xb_format(e->about, sizeof e->about, "{\"instructions\":\"%s\",\"opset\":[%d,%d],\"threads\":%d}", xb_isa_name(e->isa),
              XB_OPSET_OLDEST, XB_OPSET_NEWEST, host->threads);
    *out = e;
    return XYBRID_OK;
}

static const char *native_about(void *handle) { return ((engine *)handle)->about; }

/* Operators of the header that no row knows, comma between; the length. */
static size_t list_missing(const xb_onnx *h, char *out, size_t capacity) {
    size_t used = 0;
    out[0] = 0;
    for (int32_t i = 0; i < h->operator_count; i++) {
        const xb_onnx_operator *op = &h->operators[i];
        char                    domain[XB_MAX_NAME] = "";
        const char             *colon = strchr(op->name, ':'), *name = colon ? colon + 1 : op->name;
        if (colon) xb_format(domain, sizeof domain, "%.*s", (int)(colon - op->name), op->name);
        int64_t opset = xb_onnx_opset_version(h, domain);
        if (op->function || strcmp(op->name, "Constant") == 0 || xb_op_find(domain, name, opset ? opset : 1)) continue;
        used += xb_format(out + used, capacity - used, "%s%s", used ? ", " : "", op->name);
        if (used + 1 >= capacity) return capacity - 1;
    }
    return used;
}

/* The most that an open model takes where its plan cannot be known: its graph, and the weights that kernels want packed, which are
 * about as large as those of the file. */
static int64_t private_bound(const xb_onnx *h) {
    return xb_min64(h->weight_bytes, XB_MAX_FILE_BYTES) + xb_min64(h->node_count, XB_MAX_GRAPH_NODES) * 1024;
}

static xybrid_status read_header(engine *e, const xybrid_source *source, char *missing, size_t capacity, int64_t *private_bytes,
                                 xybrid_error *err) {
    xb_arena arena;
    xb_onnx  h;
    xb_arena_init(&arena, &e->mem, 0);
    xybrid_status st = xb_onnx_read(source->bytes, (size_t)source->size_bytes, &arena, &h, err);
    if (st == XYBRID_OK) {
        list_missing(&h, missing, capacity);
        *private_bytes = private_bound(&h);
    }
    xb_arena_free(&arena);
    return st;
}

static int32_t native_probe(void *handle, const xybrid_source *source, xybrid_error *why) {
    engine *e = handle;
    char    missing[256];
    if (!xb_streq(source->format, "onnx")) {
        xb_fail(why, XYBRID_UNSUPPORTED_FORMAT, "", "reads ONNX models, not \"%.32s\"", source->format ? source->format : "");
        return 0;
    }
    int64_t ignored;
    if (read_header(e, source, missing, sizeof missing, &ignored, why) != XYBRID_OK) return 0;
    if (!missing[0]) return 60;
    xb_fail(why, XYBRID_UNSUPPORTED_OPERATOR, missing, "lacks the operators %s", missing);
    return 0;
}

/* ---- models ---- */

static xybrid_status read_sibling(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **data,
                                  xybrid_error *err) {
    const xybrid_source *source = ctx;
    const void          *bytes;
    int64_t              size;
    const char          *path;
    XB_TRY(source->sibling(source->ctx, location, &bytes, &size, &path, err));
    if (offset < 0 || size_bytes < 0 || offset > size || size_bytes > size - offset)
        return xb_fail(err, XYBRID_MALFORMED, location, "\"%.200s\" has %lld bytes, a weight lies at %lld and has %lld",
                       location, (long long)size, (long long)offset, (long long)size_bytes);
    *data = (const char *)bytes + offset;
    return XYBRID_OK;
}

/* The door carries tensors of the types that xybrid_dtype names. */
static xybrid_status check_ports(const xb_onnx_port *ports, int32_t count, const char *way, xybrid_error *err) {
    for (int32_t i = 0; i < count; i++) {
        if (ports[i].kind == XB_ONNX_TENSOR && xb_dtype_size(ports[i].dtype) > 0) continue;
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, ports[i].name, "%s \"%.200s\" is %s; tensors of numbers are supported",
                       way, ports[i].name,
                       ports[i].kind == XB_ONNX_TENSOR    ? xb_onnx_dtype_name(ports[i].dtype)
                       : ports[i].kind == XB_ONNX_NO_TYPE ? "without a type"
                                                          : "no tensor");
    }
    return XYBRID_OK;
}

static void native_close(void *handle) {
    model *m = handle;
    xb_native_model_close(m->graph);
    xb_free(&m->engine->mem, m);
}

/* A model's own settings: {"instructions": "avx2", "without": ["epilogue"]}, for tests and for people who look for the
 * cause of a difference. */
static xybrid_status read_settings(const xb_json *root, xb_native_services *s, xybrid_error *err) {
    const char    *name = NULL;
    const xb_json *without = NULL;
    XB_TRY(xb_json_opt_string(root, "", "instructions", NULL, &name, err));
    if (name) {
        s->isa = xb_isa_named(name);
        if (!s->isa || xb_isa_needs(s->isa) & ~xb_cpu_features())
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "instructions",
                           "\"%.32s\" is not in this build, or not in this processor", name);
        s->qisa = xb_qisa_best(xb_isa_needs(s->isa)); /* the same results from any */
    }
    XB_TRY(xb_json_opt_node(root, "", "without", XB_JSON_ARRAY, &without, err));
    for (xb_json_iter it = xb_json_items(without); without && xb_json_next(&it);) {
        size_t  size;
        int32_t r = 0;
        if (!xb_json_string(it.value, &name, &size)) return xb_json_fail(it.value, "without", "", "names of rewrites", err);
        while (r < xb_rewrite_count && strcmp(xb_rewrites[r].name, name) != 0) r++;
        if (r == xb_rewrite_count)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "without", "no rewrite is called \"%.32s\"", name);
        s->rewrites_off |= 1u << r;
    }
    return XYBRID_OK;
}

static xybrid_status parse_settings(xb_mem *mem, const char *config, xb_native_services *s, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    if (!config) return XYBRID_OK;
    XB_TRY(xb_json_parse(mem, config, (int64_t)strlen(config), XB_MAX_PACK_JSON_BYTES, &doc, err));
    xybrid_status st = read_settings(xb_json_root(doc), s, err);
    xb_json_free(doc);
    return st;
}

static xb_native_services services_of(const engine *e, const xybrid_engine_options *options) {
    xb_native_services services = { .mem = (xb_mem *)(uintptr_t)&e->mem,
                                    .isa = e->isa,
                                    .qisa = e->qisa,
                                    .threads = e->host->threads,
                                    .host = e->host,
                                    .parallel = host_parallel,
                                    .ctx = (void *)(uintptr_t)e->host };
    if (options->threads > 0 && options->threads < services.threads) services.threads = options->threads;
    return services;
}

/* ---- what it would cost ---- */

static xybrid_status native_estimate(void *handle, const xybrid_source *source, const xybrid_engine_options *options,
                                     xybrid_cost *out, xybrid_error *err) {
    engine            *e = handle;
    xb_native_services services = services_of(e, options);
    xb_graph_files     files = { .ctx = (void *)(uintptr_t)source, .read = read_sibling };
    xb_native_cost     cost;
    xb_mem             mem; /* its counter says what is taken */
    int32_t            found = 0;
    xybrid_error       why;
    XB_TRY(read_header(e, source, out->missing, sizeof out->missing, &out->private_bytes, err));
    out->mapped_bytes = source->is_mapped ? source->size_bytes : 0;
    if (out->missing[0]) return XYBRID_OK;
    xb_mem_init(&mem, bridge_alloc, bridge_free, (void *)(uintptr_t)e->host, XYBRID_AUTO);
    XB_TRY(parse_settings(&e->mem, options->config, &services, err));
    services.mem = &mem;
    if (xb_native_estimate(&services, source->bytes, (size_t)source->size_bytes, &files, &cost, &found, &why) != XYBRID_OK ||
        !found)
        return XYBRID_OK; /* the bound of before; what is wrong with the file, open tells */
    out->private_bytes = cost.model_bytes;
    out->session_bytes = cost.session_bytes;
    return XYBRID_OK;
}

static xybrid_status native_open(void *handle, const xybrid_source *source, const xybrid_engine_options *options,
                                 const xybrid_cancel *cancel, void **out, xybrid_error *err) {
    engine            *e = handle;
    xb_native_services services = services_of(e, options);
    xb_graph_files     files = { .ctx = (void *)(uintptr_t)source, .read = read_sibling };
    (void)cancel; /* reading the largest graph takes milliseconds */
    XB_TRY(parse_settings(&e->mem, options->config, &services, err));
    model *m = xb_calloc(&e->mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->engine = e;
    xybrid_status st = xb_native_model_open(&services, source->bytes, (size_t)source->size_bytes, &files, source->identity,
                                            &m->graph, err);
    if (st == XYBRID_OK) st = xb_infer_ports(m->graph, err);
    if (st == XYBRID_OK) st = check_ports(m->graph->graph.header.inputs, m->graph->graph.header.input_count, "input", err);
    if (st == XYBRID_OK) st = check_ports(m->graph->graph.header.outputs, m->graph->graph.header.output_count, "output", err);
    if (st != XYBRID_OK) {
        native_close(m);
        return st;
    }
    xb_format(m->describe, sizeof m->describe, "{\"nodes\":%d,\"weight_bytes\":%lld}", m->graph->graph.main->node_count,
              (long long)m->graph->graph.header.weight_bytes);
    *out = m;
    return XYBRID_OK;
}

static xybrid_status native_port(void *handle, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    const xb_onnx      *h = &((model *)handle)->graph->graph.header;
    int32_t             count = way == XYBRID_INPUT ? h->input_count : h->output_count;
    const xb_onnx_port *p = way == XYBRID_INPUT ? h->inputs : h->outputs;
    if (index < 0 || index >= count) return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "port %d of %d", index, count);
    p += index;
    *out = (xybrid_port){ .struct_size = sizeof *out,
                          .dtype = p->dtype,
                          .name = p->name,
                          .shape = p->shape,
                          .symbols = p->symbols,
                          .rank = p->rank };
    return XYBRID_OK;
}

static const char *native_describe(void *handle) { return ((model *)handle)->describe; }

/* ---- sessions ---- */

static int32_t output_count(const session *s) { return s->model->graph->graph.main->output_count; }

static void native_session_close(void *handle) {
    session *s = handle;
    xb_mem  *mem = &s->model->engine->mem;
    for (int32_t i = 0; s->spares && i < output_count(s); i++) xb_free(mem, s->spares[i].memory);
    xb_str_free(&s->profile);
    xb_exec_free(s->exec);
    xb_carries_free(&s->carries);
    xb_free(mem, s->spares);
    xb_free(mem, s->inputs);
    xb_free(mem, s);
}

static xybrid_status native_session_open(void *handle, const xybrid_engine_options *options, void **out, xybrid_error *err) {
    (void)options;
    model          *m = handle;
    xb_mem         *mem = &m->engine->mem;
    const xb_graph *graph = m->graph->graph.main;
    session        *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->model = m;
    s->carries.mem = mem;
    xb_str_init(&s->profile, mem, XB_MAX_JSON_BYTES);
    s->inputs = xb_calloc(mem, (size_t)graph->input_count + 1, sizeof *s->inputs, err);
    s->spares = s->inputs ? xb_calloc(mem, (size_t)graph->output_count + 1, sizeof *s->spares, err) : NULL;
    xybrid_status st = s->spares ? xb_exec_new(m->graph, graph, NULL, 0, 1, NULL, &s->exec, err) : err->code;
    if (st != XYBRID_OK) {
        native_session_close(s);
        return st;
    }
    xb_exec_set_carries(s->exec, &s->carries);
    *out = s;
    return XYBRID_OK;
}

static int64_t native_session_trim(void *handle, int32_t pressure) {
    (void)pressure;
    session *s = handle;
    int64_t  freed = xb_exec_trim(s->exec);
    for (int32_t i = 0; i < output_count(s); i++) {
        freed += s->spares[i].capacity;
        xb_free(&s->model->engine->mem, s->spares[i].memory);
        s->spares[i] = (spare){ NULL, 0 };
    }
    return freed;
}

static xybrid_status native_bind(void *handle, int32_t index, const xybrid_tensor *t, xybrid_error *err) {
    session       *s = handle;
    const xb_onnx *h = &s->model->graph->graph.header;
    if (index < 0 || index >= h->input_count || t->rank < 0 || t->rank > XB_MAX_RANK || t->dtype != h->inputs[index].dtype)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "input %d of %d does not take %s with %d dimensions", index,
                       h->input_count, xb_dtype_name(t->dtype), t->rank);
    xb_onnx_value *v = &s->inputs[index];
    xb_carry      *k = xb_carry_of_input(&s->carries, index);
    if (k) xb_carry_forget(k);
    *v = (xb_onnx_value){
        .kind = XB_ONNX_TENSOR, .dtype = t->dtype, .rank = t->rank, .count = 1, .data = t->data, .size_bytes = t->size_bytes
    };
    for (int32_t i = 0; i < t->rank; i++) {
        v->dims[i] = t->shape[i];
        v->count *= t->shape[i];
    }
    return XYBRID_OK;
}

static xybrid_status give_output(void *ctx, int32_t index, const xb_val *v, void **data, xybrid_error *err) {
    session           *s = ctx;
    const xybrid_call *call = s->call;
    xybrid_tensor      t = {
        .struct_size = sizeof t, .dtype = v->dtype, .size_bytes = v->size_bytes, .shape = v->dims, .rank = v->rank
    };
    xb_carry *k = xb_carry_of_output(&s->carries, index);
    if (k) {
        k->next = (xb_onnx_value){ .kind = XB_ONNX_TENSOR, .dtype = v->dtype, .rank = v->rank, .count = v->count };
        k->next.size_bytes = v->size_bytes;
        memcpy(k->next.dims, v->dims, sizeof v->dims);
        return xb_carry_need_room(&s->carries, k, data, err);
    }
    if (!call->wanted || call->wanted[index]) return call->out_alloc(call->ctx, index, &t, data, err);
    spare *own = &s->spares[index];
    if (!own->memory || own->capacity < v->size_bytes) {
        int64_t capacity = v->size_bytes + (own->memory ? v->size_bytes / 4 : 0); /* what has grown once may go on */
        void   *memory = xb_malloc_aligned(&s->model->engine->mem, (size_t)capacity, 64, err);
        if (!memory) return err->code;
        xb_free(&s->model->engine->mem, own->memory);
        *own = (spare){ memory, capacity };
    }
    *data = own->memory;
    return XYBRID_OK;
}

static xybrid_status poll_cancel(void *ctx) {
    const session     *s = ctx;
    const xybrid_host *host = s->model->engine->host;
    return host->cancelled(host->ctx, s->cancel);
}

static xybrid_status native_prepare(void *handle, const xybrid_cancel *cancel, xybrid_error *err) {
    session    *s = handle;
    xb_run_call call = { .inputs = s->inputs, .ctx = s, .cancelled = cancel ? poll_cancel : NULL };
    s->cancel = cancel;
    xb_fp_modes   was = xb_fp_enter();
    xybrid_status st = xb_exec_prepare(s->exec, &call, err);
    xb_fp_leave(was);
    return st;
}

/* ---- carrying ---- */

static xybrid_status native_carry(void *handle, int32_t output, int32_t input, int32_t axis, xybrid_error *err) {
    session *s = handle;
    (void)axis;            /* the plan sees which one grows */
    xb_exec_trim(s->exec); /* plans that do not know of it */
    return xb_carries_add(&s->carries, output, input, &s->inputs[input], err);
}

static void native_reset(void *handle) {
    session *s = handle;
    for (size_t i = 0; i < s->carries.count; i++) xb_carry_forget(&s->carries.items[i]);
}

/* The run has succeeded: carried outputs are delivered where they are wanted, and become inputs. */
static xybrid_status carry_on(session *s, const xybrid_call *call, xybrid_error *err) {
    for (size_t i = 0; i < s->carries.count; i++) {
        const xb_carry *k = &s->carries.items[i];
        xybrid_tensor   t = { .struct_size = sizeof t, .dtype = k->next.dtype, .size_bytes = k->next.size_bytes };
        void           *data = NULL;
        if (!k->is_appended && !k->is_written)
            return xb_fail(err, XYBRID_INTERNAL, NULL, "output %d was not computed", k->output);
        if (call->wanted && !call->wanted[k->output]) continue;
        t.shape = k->next.dims;
        t.rank = k->next.rank;
        XB_TRY(call->out_alloc(call->ctx, k->output, &t, &data, err));
        xb_carry_copy(k, data);
    }
    xb_carry_on(&s->carries);
    return XYBRID_OK;
}

static xybrid_status native_run(void *handle, const xybrid_call *call, xybrid_error *err) {
    session    *s = handle;
    xb_run_call own = {
        .inputs = s->inputs, .ctx = s, .out_alloc = give_output, .cancelled = call->cancel ? poll_cancel : NULL
    };
    uint64_t draws = 0;
    own.is_traced = call->is_traced;
    if (call->struct_size >= sizeof *call && call->seed) {
        own.seed = call->seed;
        own.draws = &draws;
    }
    s->call = call;
    s->cancel = call->cancel;
    for (size_t i = 0; i < s->carries.count; i++) s->carries.items[i].is_appended = s->carries.items[i].is_written = 0;
    xb_fp_modes   was = xb_fp_enter();
    xybrid_status st = xb_exec_run(s->exec, &own, err);
    xb_fp_leave(was);
    if (st == XYBRID_OK) st = carry_on(s, call, err);
    return st;
}

static const char *native_profile(void *handle) {
    session     *s = handle;
    xybrid_error ignored;
    xb_str_clear(&s->profile);
    return xb_exec_profile(s->exec, &s->profile, &ignored) == XYBRID_OK ? s->profile.data : NULL;
}

const xybrid_engine xb_engine_native = {
    .struct_size = sizeof xb_engine_native,
    .abi = XYBRID_ENGINE_ABI,
    .name = "native",
    .version = "1.0",
    .init = native_init,
    .shutdown = native_shutdown,
    .about = native_about,
    .probe = native_probe,
    .estimate = native_estimate,
    .open = native_open,
    .close = native_close,
    .port = native_port,
    .describe = native_describe,
    .session_open = native_session_open,
    .session_close = native_session_close,
    .session_trim = native_session_trim,
    .bind = native_bind,
    .carry = native_carry,
    .reset = native_reset,
    .prepare = native_prepare,
    .run = native_run,
    .profile = native_profile,
};
