/* engine/onnxruntime/onnxruntime.c - the engine: configuration, the environment with its thread pool, the table. */
#include "engine/onnxruntime/onnxruntime.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "engine/onnxruntime/ort_int.h"

/* Private memory of the library once its environment stands, without a model: measured, 1.28.2 on x86-64 Linux. */
#define ENV_BYTES (INT64_C(6) << 20)

/* ---- helpers of all files ---- */

/* Length of the first line of the library's text, `max` at most. */
static size_t first_line(const char *text, size_t max) {
    size_t size = strcspn(text, "\r\n");
    return size < max ? size : xb_utf8_cut(text, max);
}

xybrid_status xb_ort_fail(const ort_api *api, OrtStatus *status, xybrid_status code, const char *subject, const char *what,
                          xybrid_error *err) {
    const char *text = api->GetErrorMessage(status);
    if (!text) text = "";
    xb_fail(err, code, subject, "%s%.*s", what, (int)first_line(text, 400), text);
    err->engine_code = api->GetErrorCode(status);
    api->ReleaseStatus(status);
    return code;
}

int xb_ort_failed(const ort_api *api, OrtStatus *status) {
    if (!status) return 0;
    api->ReleaseStatus(status);
    return 1;
}

xybrid_status xb_ort_path(xb_mem *mem, const char *path, ort_char **out, xybrid_error *err) {
    size_t size = strlen(path);
#if defined(_WIN32)
    ort_char *wide = xb_calloc(mem, size + 1, sizeof *wide, err);
    if (!wide) return err->code;
    const char *end = path + size;
    for (ort_char *w = wide; path < end;) {
        uint32_t code = '?';
        int      length = xb_utf8_read(path, end, &code);
        path += length > 0 ? length : 1;
        if (code >= 0x10000) {
            *w++ = (ort_char)(0xD800 + ((code - 0x10000) >> 10));
            *w++ = (ort_char)(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            *w++ = (ort_char)code;
        }
    }
    *out = wide;
#else
    char *copy = xb_strndup(mem, path, size, err);
    if (!copy) return err->code;
    *out = copy;
#endif
    return XYBRID_OK;
}

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

/* ---- configuration ---- */

static xybrid_status read_config(ort_engine *e, const char *text, xybrid_error *err) {
    if (!text) return XYBRID_OK;
    XB_TRY(xb_json_parse(&e->mem, text, (int64_t)strlen(text), XB_MAX_PACK_JSON_BYTES, &e->config_doc, err));
    const xb_json *root = xb_json_root(e->config_doc);
    ort_config    *c = &e->config;
    XB_TRY(xb_json_opt_string(root, "", "library", NULL, &c->library, err));
    XB_TRY(xb_json_opt_string(root, "", "dir", NULL, &c->dir, err));
    XB_TRY(xb_json_opt_int(root, "", "api_base", INT64_MIN, INT64_MAX, 0, &c->api_base, err));
    XB_TRY(xb_json_opt_bool(root, "", "telemetry_switch_set", 0, &c->telemetry_switch_set, err));
    XB_TRY(xb_json_opt_bool(root, "", "allow_telemetry_switch", 0, &c->allow_telemetry_switch, err));
    return xb_json_opt_node(root, "", "providers", XB_JSON_ARRAY, &c->providers, err);
}

/* ---- environment ---- */

/* One environment serves all runtimes of the process and may outlive this one, so the logger keeps no pointer. */
static void ORT_CALL drop_line(void *param, OrtLoggingLevel severity, const char *category, const char *logid,
                               const char *code_location, const char *message) {
    (void)param, (void)severity, (void)category, (void)logid, (void)code_location, (void)message;
}

static xybrid_status make_env(ort_engine *e, xybrid_error *err) {
    const ort_api       *api = &e->library.api;
    OrtThreadingOptions *pool = NULL;
    OrtStatus           *s = api->CreateThreadingOptions(&pool);
    if (!s) s = api->SetGlobalIntraOpNumThreads(pool, e->host->threads);
    if (!s) s = api->SetGlobalInterOpNumThreads(pool, 1);
    if (!s) s = api->SetGlobalSpinControl(pool, 0);
    if (!s) s = api->SetGlobalDenormalAsZero(pool);
    if (!s)
        s = api->CreateEnvWithCustomLoggerAndGlobalThreadPools(drop_line, NULL, ORT_LOGGING_LEVEL_ERROR, "xybrid", pool,
                                                               &e->env);
    if (pool) api->ReleaseThreadingOptions(pool);
    if (!s) (void)xb_ort_failed(api, api->DisableTelemetryEvents(e->env));
    if (!s) s = api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &e->cpu);
    if (!s) s = api->GetAllocatorWithDefaultOptions(&e->allocator);
    return s ? xb_ort_fail(api, s, XYBRID_ENGINE_MISSING, e->library.path, "ONNX Runtime does not start: ", err) : XYBRID_OK;
}

static xybrid_status write_about(ort_engine *e, xybrid_error *err) {
    const ort_api *api = &e->library.api;
    char         **names = NULL;
    int            count = 0;
    if (xb_ort_failed(api, api->GetAvailableProviders(&names, &count))) count = 0;
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, &e->mem, XB_MAX_PACK_JSON_BYTES);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "library"), xb_json_put_string(&w, e->library.path);
    xb_json_key(&w, "version"), xb_json_put_string(&w, e->library.version);
    xb_json_key(&w, "api"), xb_json_put_int(&w, e->library.api_version);
    xb_json_key(&w, "telemetry");
    xb_json_put_string(&w, e->library.minor < 29 ? "none in this version" : "switched off");
    xb_json_key(&w, "devices"), xb_json_begin_array(&w);
    for (int i = 0; i < count; i++) xb_json_put_string(&w, names[i]);
    xb_json_end(&w), xb_json_end(&w);
    if (names) (void)xb_ort_failed(api, api->ReleaseAvailableProviders(names, count));
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_str_take(&text, &e->about, NULL, err);
    xb_str_free(&text);
    return st;
}

/* ---- the table ---- */

static void ort_shutdown(void *engine) {
    ort_engine    *e = engine;
    const ort_api *api = &e->library.api;
    if (e->cpu) api->ReleaseMemoryInfo(e->cpu);
    if (e->env) api->ReleaseEnv(e->env);
    while (e->gifts) {
        ort_gift *next = e->gifts->next;
        xb_free(&e->mem, e->gifts);
        e->gifts = next;
    }
    xb_mutex_free(&e->gift_mutex);
    xb_ort_library_close(&e->mem, &e->library);
    xb_free(&e->mem, e->about);
    xb_json_free(e->config_doc);
    if (e->charged_bytes) {
        xybrid_error ignored;
        (void)e->host->charge(e->host->ctx, -e->charged_bytes, &ignored);
    }
    e->host->free(e->host->ctx, e);
}

static xybrid_status ort_init(const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    ort_engine *e = host->alloc(host->ctx, sizeof *e, 16);
    if (!e) return xb_fail_memory(err, sizeof *e);
    memset(e, 0, sizeof *e);
    e->host = host;
    xb_mem_init(&e->mem, bridge_alloc, bridge_free, (void *)host, XYBRID_AUTO);
    xb_mutex_init(&e->gift_mutex);
    xybrid_status st;
    XB_TRY_OUT(read_config(e, config, err));
    XB_TRY_OUT(xb_ort_library_open(&e->mem, &e->config, &e->library, err));
    XB_TRY_OUT(host->charge(host->ctx, ENV_BYTES, err));
    e->charged_bytes = ENV_BYTES;
    XB_TRY_OUT(make_env(e, err));
    XB_TRY_OUT(write_about(e, err));
    *engine = e;
    return XYBRID_OK;
out:
    ort_shutdown(e);
    return st;
}

static const char *ort_about(void *engine) { return ((ort_engine *)engine)->about; }

static int32_t ort_probe(void *engine, const xybrid_source *source, xybrid_error *why) {
    (void)engine;
    const char *format = source->format ? source->format : "";
    if (xb_streq(format, "onnx") || xb_streq(format, "ort")) return 50;
    xb_fail(why, XYBRID_UNSUPPORTED_FORMAT, "", "reads ONNX models, not \"%.32s\"", format);
    return 0;
}

const xybrid_engine xb_engine_onnxruntime = {
    .struct_size = sizeof xb_engine_onnxruntime,
    .abi = XYBRID_ENGINE_ABI,
    .name = "onnxruntime",
    .version = "1.0",
    .flags = XYBRID_ENGINE_OWN_THREADS | XYBRID_ENGINE_COSTLY_START,
    .init = ort_init,
    .shutdown = ort_shutdown,
    .about = ort_about,
    .probe = ort_probe,
    .estimate = xb_ort_estimate,
    .open = xb_ort_open,
    .close = xb_ort_close,
    .port = xb_ort_port,
    .describe = xb_ort_describe,
    .session_open = xb_ort_session_open,
    .session_close = xb_ort_session_close,
    .session_trim = xb_ort_session_trim,
    .bind = xb_ort_bind,
    .carry = xb_ort_carry,
    .reset = xb_ort_reset,
    .run = xb_ort_run,
};
