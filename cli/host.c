/* cli/host.c - the runtime of this program. */
#include "host.h"

#include <string.h>

#include "find.h"
#include "system.h"

static void print_log(void *ctx, xybrid_log_level level, const char *room, const char *line) {
    static const char *const names[] = { "", "error", "warning", "info", "debug" };
    (void)ctx;
    fprintf(stderr, "%s%s %s: %s%s\n", cli_style_of(stderr, level <= XYBRID_LOG_WARN ? CLI_YELLOW : CLI_DIM),
            names[level >= 1 && level <= 4 ? level : 0], room, line, cli_style_of(stderr, CLI_PLAIN));
}

static xybrid_log_level log_level(cli *c) {
    static const char *const names[] = { "off", "error", "warn", "info", "debug" };
    const char              *wanted = system_env(&c->arena, "XYBRID_LOG");
    if (!wanted) return XYBRID_LOG_WARN;
    for (int level = XYBRID_LOG_OFF; level <= XYBRID_LOG_DEBUG; level++) {
        if (strcmp(wanted, names[level]) == 0) return level;
    }
    cli_note("XYBRID_LOG is \"%s\", wanted off, error, warn, info or debug", wanted);
    return XYBRID_LOG_WARN;
}

static int is_folder(const char *path, const char *option) {
    if (!path || system_kind_of(path) == SYSTEM_FOLDER) return 1;
    cli_fail("no such folder: %s (%s)", path, option);
    return 0;
}

int host_runtime(cli *c, const host_options *options, xybrid_runtime **out) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    if (!is_folder(options->engine_dir, "--engine-dir") || !is_folder(options->cache_dir, "--cache-dir")) return CLI_FAILED;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.flags = XYBRID_RUNTIME_TELEMETRY_IS_OFF; /* main did it */
    opt.log = print_log;
    opt.log_level = log_level(c);
    opt.engine_dir = find_engines_folder(c, options->engine_dir);
    if (options->cache_dir) opt.cache_dir = system_absolute(&c->arena, options->cache_dir);
    if (options->threads != XYBRID_AUTO) opt.threads = (int32_t)options->threads;
    if (options->memory_mb != XYBRID_AUTO) opt.memory_budget_bytes = options->memory_mb << 20;
    return xybrid_runtime_create(&opt, out, &err) ? host_fail(c, &err, NULL) : CLI_OK;
}

int host_fail(cli *c, const xybrid_error *err, const char *model) {
    cli_fail("%s", err->message);
    if (err->code == XYBRID_ENGINE_MISSING) {
        cli_hint("what is there and what is missing: xybrid doctor");
    } else if (err->code == XYBRID_MODEL_NOT_FOUND && model) {
        find_hint_models(c, model);
    } else if (err->code == XYBRID_INVALID_ARGUMENT && model) {
        cli_hint("what this model takes: xybrid info %s", model);
    }
    return CLI_FAILED;
}

const char *host_text(const xybrid_envelope *e, size_t *size) {
    const xybrid_view *v = xybrid_envelope_view(e);
    *size = v ? (size_t)v->size_bytes : 0;
    return v ? v->data : NULL;
}
