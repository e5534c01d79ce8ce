/* cli/load.h - a model that is loaded by a command: its options, the progress on the terminal, what it says about itself.
 *
 *     typedef struct tool_args { common_args common; load_args load; } tool_args;
 *     static const option options[] = { ..., ROWS_LOAD(tool_args, load) };
 *     int code = load_runtime(c, &a->load, &rt);
 *     if (code == CLI_OK) code = load_model(c, rt, &a->load, a->common.operand, cancel, &model, &ms); */
#ifndef LOAD_H
#define LOAD_H

#include "base/limits.h"
#include "cli.h"
#include "options.h"

typedef struct load_args {
    const char *engine, *device, *engine_dir, *cache_dir;
    int64_t     threads, memory_mb;
} load_args;

#define ROWS_LOAD(type, field)                                                                                    \
    ROW_TEXT(type, field.engine, "--engine", NULL, "NAME", "run it by this engine; see xybrid doctor"),           \
        ROW_TEXT(type, field.device, "--device", NULL, "NAME", "cpu, cuda, coreml, ...: what the engine offers"), \
        ROW_INT(type, field.threads, "--threads", 1, XB_MAX_THREADS, "at most N threads in all"),                 \
        ROW_INT(type, field.memory_mb, "--memory-mb", 1, 1 << 30,                                                 \
                "stop when more memory is needed, mapped files not counted"),                                     \
        ROW_TEXT(type, field.engine_dir, "--engine-dir", NULL, "FOLDER", "where engines' libraries lie"),         \
        ROW_TEXT(type, field.cache_dir, "--cache-dir", NULL, "FOLDER",                                            \
                 "keep packed weights there: later runs start faster and need less memory")

/* Both: CLI_OK, or CLI_FAILED after the failure was told. */
int load_runtime(cli *c, const load_args *a, xybrid_runtime **out);
int load_model(cli *c, xybrid_runtime *rt, const load_args *a, const char *typed, xybrid_cancel *cancel, xybrid_model **out,
               double *took_ms);

/* What the model calls itself, else what it was called by. In the program's arena. */
const char *load_name(cli *c, const xybrid_model *model, const char *typed);

/* A number of the model's description, -1 if it has none: "sample_rate" of one that speaks, "context_tokens" of a language
 * model. */
int64_t load_number(cli *c, const xybrid_model *model, const char *key);

#endif
