/* engine/null.c - the engine that does nothing: what a call costs when the engine costs nothing. */
#include <string.h>

#include "engine/engine.h"

static xybrid_status null_init(const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    (void)config, (void)err;
    *engine = (void *)host;
    return XYBRID_OK;
}

static void null_shutdown(void *engine) { (void)engine; }

static int32_t null_probe(void *engine, const xybrid_source *source, xybrid_error *why) {
    static const char  magic[] = "xybrid-null";
    const xybrid_host *host = engine;
    if (source->size_bytes >= (int64_t)sizeof magic - 1 && memcmp(source->bytes, magic, sizeof magic - 1) == 0) return 100;
    host->error_set(why, XYBRID_UNSUPPORTED_FORMAT, "", "not a file for the null engine");
    return 0;
}

/* Model and session are the host's table: there is nothing to remember but how to tell errors. */
static xybrid_status null_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                               const xybrid_cancel *cancel, void **model, xybrid_error *err) {
    (void)source, (void)options, (void)cancel, (void)err;
    *model = engine;
    return XYBRID_OK;
}

static void null_close(void *model) { (void)model; }

static xybrid_status null_port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    (void)way, (void)index, (void)out;
    const xybrid_host *host = model;
    return host->error_set(err, XYBRID_INVALID_ARGUMENT, "", "the null engine has no inputs and no outputs");
}

static xybrid_status null_session_open(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err) {
    (void)options, (void)err;
    *session = model;
    return XYBRID_OK;
}

static void null_session_close(void *session) { (void)session; }

static xybrid_status null_bind(void *session, int32_t index, const xybrid_tensor *tensor, xybrid_error *err) {
    (void)tensor;
    return null_port(session, XYBRID_INPUT, index, NULL, err);
}

static xybrid_status null_run(void *session, const xybrid_call *call, xybrid_error *err) {
    (void)session, (void)call, (void)err;
    return XYBRID_OK;
}

const xybrid_engine xb_engine_null = {
    .struct_size = sizeof xb_engine_null,
    .abi = XYBRID_ENGINE_ABI,
    .name = "null",
    .version = "1.0",
    .init = null_init,
    .shutdown = null_shutdown,
    .probe = null_probe,
    .open = null_open,
    .close = null_close,
    .port = null_port,
    .session_open = null_session_open,
    .session_close = null_session_close,
    .bind = null_bind,
    .run = null_run,
};
