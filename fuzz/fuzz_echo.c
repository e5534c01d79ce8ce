/* fuzz_echo.c - any bytes as a model of the echo engine, opened through the host's side with its checks of ports. Not run: a
 * model may ask for years of sleep. */
#include "base/error.h"
#include "engine/model.h"

static void keep(void *ctx, const void *data) { (void)ctx, (void)data; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const xybrid_engine *const tables[] = { &xb_engine_echo, &xb_engine_null };
    xb_mem                            mem;
    xybrid_error                      err;
    xb_engines                       *engines = NULL;
    xb_engine_source                 *source = NULL;
    xb_engine                        *engine = NULL;
    xb_engine_model                  *model = NULL;
    xb_engine_session                *session = NULL;
    xybrid_engine_options             options;
    xb_engine_options_init(&options);
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(64) << 20);
    xb_engine_services    services = { .mem = &mem, .threads = 1 };
    xb_engine_source_spec spec = { .view = { .bytes = data, .size_bytes = (int64_t)size }, .release = keep };
    xybrid_status         st = xb_engines_new(&services, tables, 2, &engines, &err);
    if (st == XYBRID_OK) st = xb_engine_source_new(&mem, &spec, &source, &err);
    if (st == XYBRID_OK) st = xb_engines_select(engines, xb_engine_source_view(source), NULL, &engine, &err);
    if (st == XYBRID_OK) st = xb_engine_model_open(engine, source, &options, NULL, &model, &err);
    if (st == XYBRID_OK) (void)xb_engine_session_open(model, &options, &session, &err);
    xb_engine_session_close(session);
    xb_engine_model_drop(model);
    xb_engine_source_drop(source);
    xb_engines_free(engines);
    if (mem.used_bytes != 0) __builtin_trap();
    return 0;
}
