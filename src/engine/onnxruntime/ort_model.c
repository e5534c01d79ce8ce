/* engine/onnxruntime/ort_model.c - opens a model: one OrtSession, shared by all our sessions on it.
 *
 *     header (codec/onnx.h) -> memory estimate -> charge -> session options, providers -> CreateSession(path) -> ports */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/onnx.h"
#include "engine/onnxruntime/ort_int.h"

enum { MAX_METADATA_VALUE_BYTES = 1024 };

/* ---- what it will cost ---- */

/* Private memory of an open model. Each weight is copied out of the file, about half of them once more in the layout of the
 * kernels; 8-bit weights are expanded to float32; a node costs some KiB of tables. Against what seven models (25 KB to 22 MB,
 * 1.28.2) held after their load, once freed blocks were given back to the system: 0.75 to 1.46 times. */
static int64_t estimate_bytes(int64_t weight_bytes, int64_t byte_weights, int64_t node_count) {
    const int64_t most = XB_MAX_FILE_BYTES;
    int64_t       wide = xb_min64(weight_bytes, most), bytes = xb_min64(byte_weights, wide);
    return (wide - bytes) / 2 * 3 + bytes * 4 + (INT64_C(1) << 20) + xb_min64(node_count, XB_MAX_GRAPH_NODES) * 8192;
}

/* Reads the header into `arena`. A file that is no ONNX protobuf (.ort) leaves *h zero. */
static xybrid_status read_header(const xybrid_source *source, xb_arena *arena, xb_onnx *h, int64_t *bytes, xybrid_error *err) {
    memset(h, 0, sizeof *h);
    *bytes = estimate_bytes(source->size_bytes, 0, 0);
    if (xb_streq(source->format, "ort")) return XYBRID_OK;
    xybrid_status st = xb_onnx_read(source->bytes, (size_t)source->size_bytes, arena, h, err);
    if (st == XYBRID_UNSUPPORTED_MODEL) {
        memset(h, 0, sizeof *h);
        return XYBRID_OK; /* the library may know it */
    }
    if (st != XYBRID_OK) return st;
    int64_t byte_weights = 0;
    for (int32_t i = 0; i < h->tensor_count; i++)
        if (xb_onnx_dtype_bits(h->tensors[i].dtype) == 8) byte_weights += xb_min64(h->tensors[i].size_bytes, XB_MAX_FILE_BYTES);
    *bytes = estimate_bytes(h->weight_bytes, byte_weights, h->node_count);
    return XYBRID_OK;
}

xybrid_status xb_ort_estimate(void *engine, const xybrid_source *source, const xybrid_engine_options *options, xybrid_cost *out,
                              xybrid_error *err) {
    (void)options;
    ort_engine *e = engine;
    xb_arena    arena;
    xb_onnx     h;
    int64_t     bytes = 0;
    xb_arena_init(&arena, &e->mem, 0);
    xybrid_status st = read_header(source, &arena, &h, &bytes, err);
    xb_arena_free(&arena);
    if (st != XYBRID_OK) return st;
    out->context_tokens = -1;
    out->mapped_bytes = 0;
    out->private_bytes = bytes;
    out->session_bytes = out->bytes_per_token = -1;
    out->missing[0] = 0;
    return XYBRID_OK;
}

/* ---- execution providers ---- */

static int same_letters(const char *a, const char *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char x = a[i], y = b[i];
        if (x >= 'A' && x <= 'Z') x = (char)(x + 32);
        if (y >= 'A' && y <= 'Z') y = (char)(y + 32);
        if (x != y || !x) return x == y;
    }
    return 1;
}

/* "coreml", "CoreML" and "CoreMLExecutionProvider" are the same. */
static int is_provider(const char *full, const char *wanted) {
    static const char suffix[] = "ExecutionProvider";
    if (strcmp(wanted, "directml") == 0) wanted = "dml";
    size_t length = strlen(full), short_length = length;
    if (xb_ends_with(full, suffix)) short_length -= sizeof suffix - 1;
    size_t wanted_length = strlen(wanted);
    return (wanted_length == length || wanted_length == short_length) && same_letters(full, wanted, wanted_length);
}

static int is_cpu(const char *name) { return is_provider("CPUExecutionProvider", name); }

/* Adds it to the options; NULL = done, else the library's reason. `full` as the library spells it. */
static OrtStatus *append_provider(const ort_api *api, OrtSessionOptions *options, const char *full) {
    if (is_provider(full, "cuda")) {
        OrtCUDAProviderOptionsV2 *cuda = NULL;
        OrtStatus                *s = api->CreateCUDAProviderOptions(&cuda);
        if (!s) s = api->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
        if (cuda) api->ReleaseCUDAProviderOptions(cuda);
        return s;
    }
    char   name[64];
    size_t length = strlen(full);
    if (xb_ends_with(full, "ExecutionProvider")) length -= strlen("ExecutionProvider");
    xb_format(name, sizeof name, "%.*s", (int)length, full);
    return api->SessionOptionsAppendExecutionProvider(options, name, NULL, NULL, 0);
}

static void try_provider(ort_model *m, OrtSessionOptions *options, const char *wanted, char *const *offered,
                         int offered_count) {
    if (is_cpu(wanted) || m->provider_count == ORT_MAX_PROVIDERS) return;
    const ort_api *api = &m->engine->library.api;
    ort_provider  *p = &m->providers[m->provider_count++];
    xb_format(p->name, sizeof p->name, "%s", wanted);
    for (int i = 0; i < offered_count; i++) {
        if (!is_provider(offered[i], wanted)) continue;
        xb_format(p->name, sizeof p->name, "%s", offered[i]);
        OrtStatus *s = append_provider(api, options, offered[i]);
        p->is_used = !s;
        if (!s) return;
        xybrid_error why;
        (void)xb_ort_fail(api, s, XYBRID_ENGINE_MISSING, "", "", &why);
        xb_format(p->reason, sizeof p->reason, "%s", why.message);
        return;
    }
    size_t used = xb_format(p->reason, sizeof p->reason, "not in this library; it has ");
    for (int i = 0; i < offered_count; i++)
        used += xb_format(p->reason + used, sizeof p->reason - used, "%s%s", i ? ", " : "", offered[i]);
}

/* The model's own list, else its device, else the engine's list. */
static void add_providers(ort_model *m, OrtSessionOptions *options, const xb_json *own, const char *device) {
    const ort_api *api = &m->engine->library.api;
    char         **offered = NULL;
    int            count = 0;
    const xb_json *list = own;
    if (!list && is_cpu(device)) list = m->engine->config.providers;
    if (!list && is_cpu(device)) return;
    if (xb_ort_failed(api, api->GetAvailableProviders(&offered, &count))) return;
    if (list) {
        for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) {
            const char *name = NULL;
            size_t      size = 0;
            if (xb_json_string(it.value, &name, &size)) try_provider(m, options, name, offered, count);
        }
    } else {
        try_provider(m, options, device, offered, count);
    }
    (void)xb_ort_failed(api, api->ReleaseAvailableProviders(offered, count));
}

/* ---- session options ---- */

static xybrid_status add_settings(ort_model *m, OrtSessionOptions *options, const xb_json *session, xybrid_error *err) {
    const ort_api *api = &m->engine->library.api;
    for (xb_json_iter it = xb_json_items(session); xb_json_next(&it);) {
        const char *value = NULL;
        size_t      size = 0;
        if (!xb_json_string(it.value, &value, &size)) return xb_json_fail(it.value, "session", it.key, "a string", err);
        OrtStatus *s = api->AddSessionConfigEntry(options, it.key, value);
        if (s) return xb_ort_fail(api, s, XYBRID_INVALID_ARGUMENT, it.key, "session setting: ", err);
    }
    return XYBRID_OK;
}

/* One thread: no pool at all. More: the pool of the environment, whose size is the runtime's budget. */
static OrtStatus *set_options(const ort_api *api, OrtSessionOptions *options, int32_t threads, int32_t own_pool) {
    OrtStatus *s = api->DisableMemPattern(options); /* it keeps the peak of every shape: 168 instead of 112 MB (detector) */
    if (!s) s = api->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL);
    if (!s && threads > 1 && !own_pool) return api->DisablePerSessionThreads(options);
    if (!s) s = api->SetIntraOpNumThreads(options, threads);
    if (!s) s = api->SetInterOpNumThreads(options, 1);
    if (!s && threads > 1) s = api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0");
    return s;
}

static xybrid_status make_options(ort_model *m, const xybrid_engine_options *wish, const xb_json *config, int32_t own_pool,
                                  OrtSessionOptions **out, xybrid_error *err) {
    const ort_api     *api = &m->engine->library.api;
    OrtSessionOptions *options = NULL;
    OrtStatus         *s = api->CreateSessionOptions(&options);
    if (!s) s = set_options(api, options, wish->threads, own_pool);
    xybrid_status  st = s ? xb_ort_fail(api, s, XYBRID_INTERNAL, "", "ONNX Runtime's session options: ", err) : XYBRID_OK;
    const xb_json *providers = NULL, *session = NULL;
    if (st == XYBRID_OK) st = xb_json_opt_node(config, "", "providers", XB_JSON_ARRAY, &providers, err);
    if (st == XYBRID_OK) st = xb_json_opt_node(config, "", "session", XB_JSON_OBJECT, &session, err);
    if (st == XYBRID_OK) st = add_settings(m, options, session, err);
    if (st != XYBRID_OK) {
        if (options) api->ReleaseSessionOptions(options);
        return st;
    }
    m->provider_count = 0;
    add_providers(m, options, providers, wish->device);
    *out = options;
    return XYBRID_OK;
}

/* ---- the session object ---- */

typedef struct load_cancel {
    const ort_api     *api;
    OrtSessionOptions *options;
} load_cancel;

static void cancel_load(void *arg) {
    load_cancel *c = arg;
    (void)xb_ort_failed(c->api, c->api->SessionOptionsSetLoadCancellationFlag(c->options, true));
}

/* A model in memory finds its external files there, too. */
static xybrid_status add_external(ort_model *m, OrtSessionOptions *options, const xybrid_source *source, const xb_onnx *h,
                                  xybrid_error *err) {
    const ort_api *api = &m->engine->library.api;
    xb_mem        *mem = &m->engine->mem;
    if (h->external_file_count == 0) return XYBRID_OK;
    size_t        count = (size_t)h->external_file_count, done = 0;
    xybrid_status st = XYBRID_OK;
    ort_char    **names = xb_calloc(mem, count, sizeof *names, err);
    char        **bytes = xb_calloc(mem, count, sizeof *bytes, err);
    size_t       *sizes = xb_calloc(mem, count, sizeof *sizes, err);
    if (!names || !bytes || !sizes) st = err->code;
    for (; st == XYBRID_OK && done < count; done++) {
        const void *at = NULL;
        int64_t     size = 0;
        st = source->sibling(source->ctx, h->external_files[done].location, &at, &size, NULL, err);
        if (st == XYBRID_OK) st = xb_ort_path(mem, h->external_files[done].location, &names[done], err);
        bytes[done] = (char *)at;
        sizes[done] = (size_t)size;
    }
    if (st == XYBRID_OK) {
        OrtStatus *s = api->AddExternalInitializersFromFilesInMemory(options, (const ort_char *const *)names, bytes, sizes,
                                                                     count);
        if (s) st = xb_ort_fail(api, s, XYBRID_MALFORMED, "", "weights in other files: ", err);
    }
    for (size_t i = 0; names && i < count; i++) xb_free(mem, names[i]);
    xb_free(mem, names);
    xb_free(mem, bytes);
    xb_free(mem, sizes);
    return st;
}

/* Which of our codes the library's refusal means. */
static xybrid_status refusal_code(const ort_api *api, const OrtStatus *s) {
    const char *text = api->GetErrorMessage(s);
    switch (api->GetErrorCode(s)) {
    case ORT_NO_SUCHFILE: return XYBRID_IO_OPEN;
    case ORT_INVALID_PROTOBUF: return XYBRID_MALFORMED;
    case ORT_NOT_IMPLEMENTED: return XYBRID_UNSUPPORTED_OPERATOR;
    default: break;
    }
    if (text && (strstr(text, "is not a registered function/op") || strstr(text, "No Op registered")))
        return XYBRID_UNSUPPORTED_OPERATOR;
    return api->GetErrorCode(s) == ORT_INVALID_GRAPH ? XYBRID_MALFORMED : XYBRID_UNSUPPORTED_MODEL;
}

static OrtStatus *create(ort_model *m, OrtSessionOptions *options, const ort_char *path, const xybrid_source *source,
                         const xybrid_cancel *cancel) {
    ort_engine        *e = m->engine;
    const ort_api     *api = &e->library.api;
    load_cancel        ctx = { api, options };
    xybrid_cancel_hook hook = { { 0 } };
    int                listens = cancel && api->SessionOptionsSetLoadCancellationFlag;
    if (listens) e->host->on_cancel(e->host->ctx, cancel, cancel_load, &ctx, &hook);
    OrtStatus *s = path ? api->CreateSession(e->env, path, options, &m->session)
                        : api->CreateSessionFromArray(e->env, source->bytes, (size_t)source->size_bytes, options, &m->session);
    if (listens) e->host->off_cancel(e->host->ctx, cancel, &hook);
    return s;
}

static xybrid_status create_session(ort_model *m, const xybrid_source *source, const xybrid_engine_options *wish,
                                    const xb_json *config, const xb_onnx *h, const xybrid_cancel *cancel, xybrid_error *err) {
    ort_engine    *e = m->engine;
    const ort_api *api = &e->library.api;
    ort_char      *path = NULL;
    if (source->path) XB_TRY(xb_ort_path(&e->mem, source->path, &path, err));
    xybrid_status st = XYBRID_OK;
    /* a linked library's environment may be the application's, made without a pool for all: then a pool of its own */
    for (int32_t own_pool = 0; own_pool <= e->library.is_linked; own_pool++) {
        OrtSessionOptions *options = NULL;
        st = make_options(m, wish, config, own_pool, &options, err);
        if (st != XYBRID_OK) break;
        if (!path) st = add_external(m, options, source, h, err);
        if (st == XYBRID_OK) {
            OrtStatus *s = create(m, options, path, source, cancel);
            if (s) st = xb_ort_fail(api, s, refusal_code(api, s), "", "ONNX Runtime refuses it: ", err);
        }
        api->ReleaseSessionOptions(options);
        if (st == XYBRID_OK) break;
    }
    xb_free(&e->mem, path);
    xybrid_status cancelled = e->host->cancelled(e->host->ctx, cancel);
    if (st != XYBRID_OK && cancelled != XYBRID_OK)
        return xb_fail(err, cancelled, "", "cancelled while ONNX Runtime loaded the model");
    return st;
}

/* ---- ports ---- */

static xybrid_status read_shape(ort_model *m, const OrtTensorTypeAndShapeInfo *info, xybrid_port *p, xybrid_error *err) {
    const ort_api            *api = &m->engine->library.api;
    ONNXTensorElementDataType type = 0;
    size_t                    rank = 0;
    if (xb_ort_failed(api, api->GetTensorElementType(info, &type)) ||
        xb_ort_failed(api, api->GetDimensionsCount(info, &rank)) || rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "\"%.64s\" has %zu dimensions; at most %d are supported",
                       p->name, rank, XB_MAX_RANK);
    p->dtype = type;
    p->rank = (int32_t)rank;
    if (rank == 0) return XYBRID_OK;
    int64_t     *shape = xb_arena_array(&m->arena, rank, sizeof *shape, err);
    const char **symbols = shape ? xb_arena_array(&m->arena, rank, sizeof *symbols, err) : NULL;
    if (!symbols) return err->code;
    const char *names[XB_MAX_RANK] = { 0 };
    if (xb_ort_failed(api, api->GetDimensions(info, shape, rank)) ||
        xb_ort_failed(api, api->GetSymbolicDimensions(info, names, rank)))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "the shape of \"%.64s\" cannot be read", p->name);
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] < 0) shape[i] = -1;
        if (shape[i] >= 0 || !names[i] || !names[i][0]) continue;
        symbols[i] = xb_arena_strndup(&m->arena, names[i], strlen(names[i]), err);
        if (!symbols[i]) return err->code;
    }
    p->shape = shape;
    p->symbols = symbols;
    return XYBRID_OK;
}

static const char *kind_name(ONNXType kind) {
    static const char names[][16] = { "of unknown type", "a tensor",        "a sequence", "a map",
                                      "opaque",          "a sparse tensor", "optional" };
    return kind >= 0 && kind < (int)(sizeof names / sizeof names[0]) ? names[kind] : names[0];
}

static xybrid_status read_type(ort_model *m, const OrtTypeInfo *type, int32_t way, xybrid_port *p, xybrid_error *err) {
    const ort_api                   *api = &m->engine->library.api;
    const char                      *what = way == XYBRID_INPUT ? "input" : "output";
    ONNXType                         kind = 0;
    const OrtTensorTypeAndShapeInfo *info = NULL;
    if (xb_ort_failed(api, api->GetOnnxTypeFromTypeInfo(type, &kind)) || kind != ONNX_TYPE_TENSOR ||
        xb_ort_failed(api, api->CastTypeInfoToTensorInfo(type, &info)) || !info)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "%s \"%.64s\" is %s; only dense tensors are supported", what,
                       p->name, kind_name(kind));
    XB_TRY(read_shape(m, info, p, err));
    if (p->dtype == XB_ONNX_STRING)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, p->name, "%s \"%.64s\" holds strings; only numbers are supported", what,
                       p->name);
    return XYBRID_OK;
}

static xybrid_status read_port(ort_model *m, int32_t way, size_t index, xybrid_port *p, xybrid_error *err) {
    ort_engine    *e = m->engine;
    const ort_api *api = &e->library.api;
    char          *name = NULL;
    OrtTypeInfo   *type = NULL;
    OrtStatus     *s = way == XYBRID_INPUT ? api->SessionGetInputName(m->session, index, e->allocator, &name)
                                           : api->SessionGetOutputName(m->session, index, e->allocator, &name);
    if (s) return xb_ort_fail(api, s, XYBRID_UNSUPPORTED_MODEL, "", "name of a port: ", err);
    p->name = xb_arena_strndup(&m->arena, name, strlen(name), err);
    (void)xb_ort_failed(api, api->AllocatorFree(e->allocator, name));
    if (!p->name) return err->code;
    s = way == XYBRID_INPUT ? api->SessionGetInputTypeInfo(m->session, index, &type)
                            : api->SessionGetOutputTypeInfo(m->session, index, &type);
    if (s) return xb_ort_fail(api, s, XYBRID_UNSUPPORTED_MODEL, p->name, "type of a port: ", err);
    xybrid_status st = read_type(m, type, way, p, err);
    api->ReleaseTypeInfo(type);
    return st;
}

static xybrid_status read_ports(ort_model *m, int32_t way, xybrid_port **out, int32_t *count, xybrid_error *err) {
    const ort_api *api = &m->engine->library.api;
    size_t         n = 0;
    OrtStatus *s = way == XYBRID_INPUT ? api->SessionGetInputCount(m->session, &n) : api->SessionGetOutputCount(m->session, &n);
    if (s) return xb_ort_fail(api, s, XYBRID_UNSUPPORTED_MODEL, "", "number of ports: ", err);
    if (n > XB_MAX_PORTS)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "", "%zu inputs or outputs; at most %d", n, XB_MAX_PORTS);
    xybrid_port *ports = xb_arena_array(&m->arena, n ? n : 1, sizeof *ports, err);
    if (!ports) return err->code;
    for (size_t i = 0; i < n; i++) XB_TRY(read_port(m, way, i, &ports[i], err));
    *out = ports;
    *count = (int32_t)n;
    return XYBRID_OK;
}

xybrid_status xb_ort_port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    ort_model *m = model;
    int32_t    count = way == XYBRID_INPUT ? m->input_count : m->output_count;
    if (index < 0 || index >= count)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "there is no port %d, there are %d", index, count);
    uint32_t struct_size = out->struct_size;
    *out = way == XYBRID_INPUT ? m->inputs[index] : m->outputs[index];
    out->struct_size = struct_size;
    return XYBRID_OK;
}

/* ---- describing ---- */

static void put_slice(xb_json_writer *w, const char *key, size_t key_size, xb_slice value) {
    xb_json_keyn(w, key, key_size);
    xb_json_put_stringn(w, value.data, value.size);
}

static void put_header(xb_json_writer *w, const xb_onnx *h) {
    xb_json_key(w, "ir_version"), xb_json_put_int(w, h->ir_version);
    xb_json_key(w, "producer"), xb_json_put_string(w, h->producer_name);
    xb_json_key(w, "opsets"), xb_json_begin_object(w);
    for (int32_t i = 0; i < h->opset_count; i++) {
        xb_json_key(w, h->opsets[i].domain[0] ? h->opsets[i].domain : "ai.onnx");
        xb_json_put_int(w, h->opsets[i].version);
    }
    xb_json_end(w);
    xb_json_key(w, "metadata"), xb_json_begin_object(w);
    for (int32_t i = 0; i < h->property_count; i++) {
        const xb_onnx_property *p = &h->properties[i];
        if (p->value.size <= MAX_METADATA_VALUE_BYTES) put_slice(w, p->key.data, p->key.size, p->value);
    }
    xb_json_end(w);
}

static xybrid_status write_description(ort_model *m, const xb_onnx *h, xybrid_error *err) {
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, &m->engine->mem, XB_MAX_PACK_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "engine"), xb_json_put_string(&w, "onnxruntime");
    xb_json_key(&w, "version"), xb_json_put_string(&w, m->engine->library.version);
    xb_json_key(&w, "providers"), xb_json_begin_array(&w);
    for (int32_t i = 0; i < m->provider_count; i++) {
        const ort_provider *p = &m->providers[i];
        xb_json_begin_object(&w);
        xb_json_key(&w, "name"), xb_json_put_string(&w, p->name);
        xb_json_key(&w, "used"), xb_json_put_bool(&w, p->is_used);
        if (!p->is_used) xb_json_key(&w, "reason"), xb_json_put_string(&w, p->reason);
        xb_json_end(&w);
    }
    xb_json_begin_object(&w); /* always there, for what the others do not take */
    xb_json_key(&w, "name"), xb_json_put_string(&w, "CPUExecutionProvider");
    xb_json_key(&w, "used"), xb_json_put_bool(&w, 1);
    xb_json_end(&w), xb_json_end(&w);
    if (h->graph.size > 0) put_header(&w, h);
    xb_json_end(&w);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_str_take(&text, &m->description, NULL, err);
    xb_str_free(&text);
    return st;
}

const char *xb_ort_describe(void *model) { return ((ort_model *)model)->description; }

/* ---- opening and closing ---- */

void xb_ort_close(void *model) {
    ort_model  *m = model;
    ort_engine *e = m->engine;
    if (m->session) e->library.api.ReleaseSession(m->session);
    xb_arena_free(&m->arena);
    xb_free(&e->mem, m->description);
    if (m->charged_bytes) {
        xybrid_error ignored;
        (void)e->host->charge(e->host->ctx, -m->charged_bytes, &ignored);
    }
    xb_free(&e->mem, m);
}

xybrid_status xb_ort_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                          const xybrid_cancel *cancel, void **model, xybrid_error *err) {
    ort_engine *e = engine;
    ort_model  *m = xb_calloc(&e->mem, 1, sizeof *m, err);
    if (!m) return err->code;
    m->engine = e;
    xb_arena_init(&m->arena, &e->mem, 0);
    xb_arena header;
    xb_arena_init(&header, &e->mem, 0);
    xb_onnx       h = { 0 };
    xb_json_doc  *config = NULL;
    int64_t       bytes = 0;
    xybrid_status st;
    if (options->config)
        XB_TRY_OUT(
            xb_json_parse(&e->mem, options->config, (int64_t)strlen(options->config), XB_MAX_PACK_JSON_BYTES, &config, err));
    XB_TRY_OUT(read_header(source, &header, &h, &bytes, err));
    XB_TRY_OUT(e->host->charge(e->host->ctx, bytes, err));
    m->charged_bytes = bytes;
    XB_TRY_OUT(create_session(m, source, options, config ? xb_json_root(config) : NULL, &h, cancel, err));
    XB_TRY_OUT(read_ports(m, XYBRID_INPUT, &m->inputs, &m->input_count, err));
    XB_TRY_OUT(read_ports(m, XYBRID_OUTPUT, &m->outputs, &m->output_count, err));
    XB_TRY_OUT(write_description(m, &h, err));
    *model = m;
    m = NULL;
out:
    xb_json_free(config);
    xb_arena_free(&header);
    if (m) xb_ort_close(m);
    return st;
}
