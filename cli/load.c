/* cli/load.c - see load.h. */
#include "load.h"

#include <string.h>

#include "codec/json.h"
#include "find.h"
#include "host.h"
#include "system.h"

typedef struct progress {
    const char *name;
    double      begin_ms, shown_ms;
    int         is_shown;
} progress;

/* Only what takes long is worth a line, and ten lines a second are enough. */
static int32_t show_progress(void *ctx, int64_t done_bytes, int64_t total_bytes) {
    progress *p = ctx;
    double    now_ms = system_now_ms();
    if (now_ms - p->begin_ms < 300 || now_ms - p->shown_ms < 100) return 0;
    p->shown_ms = now_ms;
    p->is_shown = 1;
    if (total_bytes > 0)
        fprintf(stderr, "\rloading %s: %lld of %lld MB ", p->name, (long long)done_bytes >> 20, (long long)total_bytes >> 20);
    else fprintf(stderr, "\rloading %s: %lld MB ", p->name, (long long)done_bytes >> 20);
    fflush(stderr);
    return 0;
}

int load_runtime(cli *c, const load_args *a, xybrid_runtime **out) {
    const host_options host = { a->engine_dir, a->cache_dir, a->threads, a->memory_mb };
    return host_runtime(c, &host, out);
}

int load_model(cli *c, xybrid_runtime *rt, const load_args *a, const char *typed, xybrid_cancel *cancel, xybrid_model **out,
               double *took_ms) {
    xybrid_error        err;
    xybrid_load_options opt;
    progress            p = { find_base_name(typed), system_now_ms(), 0, 0 };
    xybrid_load_options_init(&opt, sizeof opt);
    opt.engine = a->engine;
    opt.device = a->device;
    opt.cancel = cancel;
    if (system_is_terminal(stderr)) {
        opt.progress = show_progress;
        opt.progress_ctx = &p;
    }
    xybrid_status st = xybrid_model_load(rt, find_model(c, typed), &opt, out, &err);
    if (p.is_shown) fputs("\r\033[K", stderr);
    *took_ms = system_now_ms() - p.begin_ms;
    if (st != XYBRID_INVALID_ARGUMENT) return st ? host_fail(c, &err, typed) : CLI_OK;
    cli_fail("%s", err.message);
    cli_hint("engines and what they offer: xybrid doctor");
    return CLI_FAILED;
}

static xb_json_doc *describe(cli *c, const xybrid_model *model) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    const char  *text = xybrid_model_describe(model);
    return xb_json_parse(&c->mem, text, (int64_t)strlen(text), XB_MAX_JSON_BYTES, &doc, &err) ? NULL : doc;
}

const char *load_name(cli *c, const xybrid_model *model, const char *typed) {
    size_t       size;
    const char  *id = find_base_name(typed);
    xb_json_doc *doc = describe(c, model);
    if (doc) xb_json_string(xb_json_get(xb_json_root(doc), "id"), &id, &size);
    const char *name = cli_text(c, "%s", id);
    xb_json_free(doc);
    return name;
}

int64_t load_number(cli *c, const xybrid_model *model, const char *key) {
    int64_t      number = -1;
    xb_json_doc *doc = describe(c, model);
    if (doc) xb_json_int(xb_json_get(xb_json_root(doc), key), &number);
    xb_json_free(doc);
    return number;
}
