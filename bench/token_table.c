/* bench/token_table.c - see token_table.h. */
#include "token_table.h"

#include "bench.h"
#include "engine/model_int.h"
#include "plat/file.h"

static xybrid_error err;

static xybrid_status pass(void *ctx, const xybrid_source *source, xybrid_error *e) {
    (void)ctx, (void)source, (void)e;
    return XYBRID_OK;
}

void token_table_open(token_table *table, const char *plugin, const char *path, int32_t threads, int32_t context_tokens) {
    xb_engine            *engine;
    xb_engine_source_spec spec = { .path = path, .format = "gguf" };
    xb_engine_services    services = { .mem = &table->mem, .threads = threads, .guard = pass };
    xb_mem_init(&table->mem, NULL, NULL, NULL, XYBRID_AUTO);
    bench_check(xb_engines_new(&services, NULL, 0, &table->engines, &err), &err, "engines");
    bench_check(xb_engines_load(table->engines, plugin, &err), &err, plugin);
    bench_check(xb_file_view_open(&table->mem, path, XB_VIEW_AUTO, &spec.view, &err), &err, path);
    bench_check(xb_engine_source_new(&table->mem, &spec, &table->source, &err), &err, path);
    bench_check(xb_engines_select(table->engines, xb_engine_source_view(table->source), NULL, &engine, &err), &err, path);
    xb_engine_options_init(&table->options);
    table->options.context_tokens = context_tokens;
    bench_check(xb_engine_model_open(engine, table->source, &table->options, NULL, &table->model, &err), &err, path);
    table->t = table->model->table->tokens;
}

void token_table_close(token_table *table) {
    xb_engine_model_drop(table->model);
    xb_engine_source_drop(table->source);
    xb_engines_free(table->engines);
}

void token_table_begin(token_table *table) {
    bench_check(xb_engine_session_handle(table->model, &table->options, &table->session, &err), &err, "session");
}

void token_table_end(token_table *table) { table->model->table->session_close(table->session); }
