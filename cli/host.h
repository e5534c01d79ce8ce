/* cli/host.h - the library's host: makes the runtime from options and environment, tells its failures. */
#ifndef HOST_H
#define HOST_H

#include "cli.h"

typedef struct host_options {
    const char *engine_dir; /* as typed; NULL = find_engines_folder */
    const char *cache_dir;  /* as typed; NULL = nothing is kept */
    int64_t     threads;    /* XYBRID_AUTO */
    int64_t     memory_mb;  /* XYBRID_AUTO = no limit */
} host_options;

/* CLI_OK, or CLI_FAILED after the failure was told. */
int host_runtime(cli *c, const host_options *options, xybrid_runtime **out);

/* The library's failure on standard error, with the next step where there is one. `model` is what was typed, NULL if no
 * model was. Returns CLI_FAILED. */
int host_fail(cli *c, const xybrid_error *err, const char *model);

/* The text of a Text envelope, NULL for NULL. */
const char *host_text(const xybrid_envelope *e, size_t *size);

#endif
