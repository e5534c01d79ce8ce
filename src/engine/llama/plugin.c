/* engine/llama/plugin.c - the engine: its table, its start, and what it thinks of a file. */
#include "engine/llama/plugin.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

xybrid_status ll_fail(const xybrid_host *host, xybrid_error *err, xybrid_status code, const char *subject, const char *format,
                      ...) {
    char    reason[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return host->error_set(err, code, subject, reason);
}

xybrid_status ll_status(const xybrid_host *host, xybrid_error *err, int32_t status, const xl_call *call, const char *what) {
    const char *said = call->said[0] ? call->said : "no reason given";
    switch (status) {
    case XL_OK: return XYBRID_OK;
    case XL_MEMORY: return ll_fail(host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "%s: no memory", what);
    case XL_BROKEN: return ll_fail(host, err, XYBRID_INTERNAL, "", "%s: ggml gave up: %s", what, said);
    default: return ll_fail(host, err, XYBRID_INFERENCE_FAILED, "", "%s: %s", what, said);
    }
}

/* ---- start and end ---- */

static xybrid_status init(const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    (void)config; /* every setting is a model's */
    if (host->struct_size < sizeof *host)
        return ll_fail(host, err, XYBRID_ENGINE_MISSING, "llama", "the host is older than this plug-in");
    if (!xl_cpu_can())
        return ll_fail(host, err, XYBRID_ENGINE_MISSING, "llama", "llama.cpp needs a processor with SSE4.2; this one has none");
    ll_engine *e = host->alloc(host->ctx, sizeof *e, LL_SMALL_ALIGN);
    if (!e) return ll_fail(host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for the engine");
    memset(e, 0, sizeof *e);
    e->host = host;
    xl_call call = { .host = host };
    int32_t status = xl_start(&call);
    if (status != XL_OK) {
        host->free(host->ctx, e);
        return ll_status(host, err, status, &call, "llama.cpp does not start");
    }
    (void)snprintf(e->about, sizeof e->about, "{\"library\":\"llama.cpp\",\"version\":\"%s\",\"cpu\":\"%s\"}", xl_version(),
                   xl_cpu_level());
    *engine = e;
    return XYBRID_OK;
}

static void shutdown_engine(void *engine) {
    ll_engine *e = engine;
    xl_call    call = { .host = e->host };
    xl_pool_free(&call, e->pool);
    e->host->free(e->host->ctx, e);
}

static const char *about(void *engine) { return ((ll_engine *)engine)->about; }

/* ---- what it thinks of a file ---- */

static int32_t probe(void *engine, const xybrid_source *source, xybrid_error *why) {
    ll_engine *e = engine;
    ll_header  h;
    if (!source->format || strcmp(source->format, "gguf") != 0) {
        ll_fail(e->host, why, XYBRID_UNSUPPORTED_FORMAT, "", "no GGUF file");
        return 0;
    }
    if (!ll_header_read(source->bytes, source->size_bytes, &h)) {
        ll_fail(e->host, why, XYBRID_MALFORMED, "", "the GGUF header is broken or of an unknown version");
        return 0;
    }
    xl_call call = { .host = e->host };
    if (!xl_knows(&call, h.architecture)) {
        ll_fail(e->host, why, XYBRID_UNSUPPORTED_MODEL, h.architecture, "llama.cpp %s does not know the architecture \"%s\"",
                xl_version(), h.architecture);
        return 0;
    }
    if (h.parts != 1) {
        ll_fail(e->host, why, XYBRID_UNSUPPORTED_MODEL, "", "the model is split into %lld files; join them",
                (long long)h.parts);
        return 0;
    }
    return 90;
}

static xybrid_status estimate(void *engine, const xybrid_source *source, const xybrid_engine_options *options, xybrid_cost *out,
                              xybrid_error *err) {
    ll_engine *e = engine;
    ll_header  h;
    if (!ll_header_read(source->bytes, source->size_bytes, &h))
        return ll_fail(e->host, err, XYBRID_MALFORMED, "", "the GGUF header is broken or of an unknown version");
    int64_t context = h.context_tokens > 0 && h.context_tokens < LL_DEFAULT_CONTEXT ? h.context_tokens : LL_DEFAULT_CONTEXT;
    if (options->context_tokens > 0 && options->context_tokens < LL_MAX_CONTEXT) context = options->context_tokens;
    int64_t each = ll_header_bytes_per_token(&h);
    int64_t sequences = options->sequences > 1 && options->sequences <= LL_MAX_SEQUENCES ? options->sequences : 1;
    out->context_tokens = (int32_t)context;
    out->mapped_bytes = h.weight_bytes;
    out->private_bytes = h.vocabulary * LL_VOCABULARY_BYTES;
    out->bytes_per_token = each > 0 ? each : -1;
    out->session_bytes = each > 0 ? each * context * sequences : -1;
    return XYBRID_OK;
}

/* ---- the table ---- */

static const xybrid_engine_tokens tokens = {
    .struct_size = sizeof tokens,
    .info = ll_info,
    .tokenize = ll_tokenize,
    .piece = ll_piece,
    .decode = ll_decode,
    .logits = ll_logits,
    .argmax = ll_argmax,
    .embedding = ll_embedding,
    .cache_copy = ll_cache_copy,
    .cache_trim = ll_cache_trim,
    .cache_shift = ll_cache_shift,
    .cache_size = ll_cache_size,
    .cache_save = ll_cache_save,
    .cache_restore = ll_cache_restore,
};

static const xybrid_engine llama_engine = {
    .struct_size = sizeof llama_engine,
    .abi = XYBRID_ENGINE_ABI,
    .name = "llama",
    .version = "0.1",
    .flags = XYBRID_ENGINE_NEEDS_GUARD | XYBRID_ENGINE_NEEDS_PATH | XYBRID_ENGINE_OWN_THREADS,
    .init = init,
    .shutdown = shutdown_engine,
    .about = about,
    .probe = probe,
    .estimate = estimate,
    .open = ll_model_open,
    .close = ll_model_close,
    .port = ll_model_port,
    .describe = ll_model_describe,
    .session_open = ll_session_open,
    .session_close = ll_session_close,
    .tokens = &tokens,
};

XYBRID_ENGINE_EXPORT const xybrid_engine *xybrid_engine_entry(uint32_t host_abi);
XYBRID_ENGINE_EXPORT const xybrid_engine *xybrid_engine_entry(uint32_t host_abi) {
    return host_abi >= XYBRID_ENGINE_ABI ? &llama_engine : NULL;
}
