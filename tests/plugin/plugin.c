/* A plug-in engine in a shared object of its own, as tests/unit/engine_registry.c awaits one: reads files of the format "x". */
#include <xybrid/engine.h>

static const xybrid_host *host_;

static xybrid_status init(const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    (void)config, (void)err;
    host_ = host;
    *engine = &host_;
    return XYBRID_OK;
}
static void    shut(void *engine) { (void)engine; }
static int32_t probe(void *engine, const xybrid_source *source, xybrid_error *why) {
    (void)engine;
    if (source->format[0] == 'x') return 90;
    host_->error_set(why, XYBRID_UNSUPPORTED_FORMAT, "", "another format");
    return 0;
}
static xybrid_status open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                          const xybrid_cancel *cancel, void **model, xybrid_error *err) {
    (void)source, (void)options, (void)cancel, (void)err;
    *model = engine;
    return XYBRID_OK;
}
static xybrid_status port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    (void)model, (void)way, (void)index, (void)out;
    return host_->error_set(err, XYBRID_INVALID_ARGUMENT, "", "no such port");
}
static xybrid_status session_open(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err) {
    (void)options, (void)err;
    *session = model;
    return XYBRID_OK;
}
static xybrid_status bind(void *session, int32_t index, const xybrid_tensor *tensor, xybrid_error *err) {
    (void)session, (void)index, (void)tensor;
    return host_->error_set(err, XYBRID_INVALID_ARGUMENT, "", "no such input");
}
static xybrid_status run(void *session, const xybrid_call *call, xybrid_error *err) {
    (void)session, (void)call, (void)err;
    return XYBRID_OK;
}

static const xybrid_engine table = { .struct_size = sizeof table,
                                     .abi = XYBRID_ENGINE_ABI,
                                     .name = "test",
                                     .version = "7",
                                     .init = init,
                                     .shutdown = shut,
                                     .probe = probe,
                                     .open = open,
                                     .close = shut,
                                     .port = port,
                                     .session_open = session_open,
                                     .session_close = shut,
                                     .bind = bind,
                                     .run = run };

XYBRID_ENGINE_EXPORT const xybrid_engine *xybrid_engine_entry(uint32_t host_abi);
XYBRID_ENGINE_EXPORT const xybrid_engine *xybrid_engine_entry(uint32_t host_abi) {
    return host_abi >= XYBRID_ENGINE_ABI ? &table : NULL;
}
