/* engine/engine.h - the engines of one runtime: who they are, which one runs a file, and what the host lends them.
 *
 *     built-in tables (api) --+
 *     registered tables ------+--> xb_engines --probe--> xb_engine --open--> xb_engine_model (engine/model.h)
 *     plug-ins by path -------+        |
 *     awaited plug-ins -------+        |
 *                                      +-- xybrid_host for each: memory, pool, log, cancel, blobs of the runtime
 *
 * An engine is initialised at the first file it is asked about, and never before. One that fails stays in the list with its
 * reason: automatic choice passes it by, asking for it by name or by xb_engines_info tries again. Any thread, several at
 * once, unless stated. */
#ifndef XB_ENGINE_H
#define XB_ENGINE_H

#include <xybrid/engine.h>

#include "base/mem.h"
#include "plat/log.h"
#include "plat/pool.h"

typedef struct xb_engines xb_engines;
typedef struct xb_engine  xb_engine; /* one entry of the list; lives as long as the list */

/* Where engines keep derived data; slots as in xybrid_host. `key` already holds the engine's name and version and the
 * processor's features. */
typedef struct xb_engine_blobs {
    void *ctx;
    xybrid_status (*get)(void *ctx, const char *key, const void **bytes, int64_t *size_bytes, void **handle, xybrid_error *err);
    void (*drop)(void *ctx, void *handle);
    xybrid_status (*put)(void *ctx, const char *key, const void *bytes, int64_t size_bytes, xybrid_error *err);
} xb_engine_blobs;

/* Checks a whole file for engines whose library may abort on a bad one (XYBRID_ENGINE_NEEDS_GUARD). XYBRID_OK: whatever the bytes
 * hold, such a library bears it. Any thread. */
typedef xybrid_status (*xb_engine_guard_fn)(void *ctx, const xybrid_source *source, xybrid_error *err);

/* What the runtime has; all outlives the list. */
typedef struct xb_engine_services {
    xb_mem                *mem;
    xb_pool               *pool;    /* NULL = loops run on the caller alone */
    xb_log                *log;     /* NULL = no log */
    int32_t                threads; /* >= 1 */
    const xb_engine_blobs *blobs;   /* NULL = no place to keep any; copied */
    xb_engine_guard_fn     guard;   /* NULL = engines that need one open nothing */
    void                  *guard_ctx;
} xb_engine_services;

/* `builtin` holds `count` tables, in the order in which equal scores are preferred. Errors: OUT_OF_MEMORY, INVALID_ARGUMENT
 * (as xb_engines_register). */
xybrid_status xb_engines_new(const xb_engine_services *services, const xybrid_engine *const *builtin, int32_t count,
                             xb_engines **out, xybrid_error *err);

/* Is there a place for derived data? Else nobody need know what identifies a file. */
int xb_engines_keep_blobs(const xb_engines *engines);

/* Shuts the engines down in reverse order of their start and unloads the plug-ins. No model of theirs is open. NULL is fine. */
void xb_engines_free(xb_engines *engines);

/* Adds a linked-in engine: see xybrid_engine_register. */
xybrid_status xb_engines_register(xb_engines *engines, const xybrid_engine *table, xybrid_error *err);

/* Adds a plug-in: see xybrid_engine_load. */
xybrid_status xb_engines_load(xb_engines *engines, const char *path, xybrid_error *err);

/* Names a plug-in that is loaded when the first file of `format` comes which no engine here runs without a costly start, or when
 * it is asked for by name: <folder>/libxybrid-<name>.so (.dylib, xybrid-<name>.dll). `folder` NULL: it is missing, and says what
 * would bring it. An engine of that name that is registered or loaded before takes its place. `name` and `format` are not copied.
 * Errors: those of register. */
xybrid_status xb_engines_await(xb_engines *engines, const char *name, const char *format, const char *folder,
                               xybrid_error *err);

/* The JSON object that the engine `name` gets at init; copied; NULL = none. Errors: INVALID_ARGUMENT (no such engine), BUSY
 * (it runs already), OUT_OF_MEMORY. */
xybrid_status xb_engines_configure(xb_engines *engines, const char *name, const char *config, xybrid_error *err);

/* The engine for a file. `name` NULL = the best probe score (100 ends the search), the earlier of equals; else that engine,
 * if its score is above 0. From the first call on the list is closed for register and load. Errors: UNSUPPORTED_MODEL naming
 * each engine with its reason; ENGINE_MISSING when the lack of a library is the only reason; INVALID_ARGUMENT for an unknown
 * name; what init of a named engine said. */
xybrid_status xb_engines_select(xb_engines *engines, const xybrid_source *source, const char *name, xb_engine **out,
                                xybrid_error *err);

/* For describe and doctor. */
typedef struct xb_engine_info {
    const char   *name, *version;
    const char   *origin; /* "built in", "registered", or the path of the plug-in */
    const char   *about;  /* the engine's JSON; NULL = none, or not started. Valid as long as the list */
    int32_t       is_ready;
    xybrid_status status;      /* of the last start; XYBRID_OK if none was tried */
    char          reason[576]; /* why it is not available; "" */
} xb_engine_info;

int32_t xb_engines_count(xb_engines *engines);

/* Entry `index` (0..count-1). is_start: starts it now, and again if it failed before. */
void xb_engines_info(xb_engines *engines, int32_t index, int32_t is_start, xb_engine_info *out);

const char *xb_engine_name(const xb_engine *e);

/* ---- the two engines of this room ---- */

/* Any file that begins with "xybrid-null": no inputs, no outputs, run does nothing. Measures what we cost ourselves. */
extern const xybrid_engine xb_engine_null;

/* Copies inputs to outputs, and fails, waits, sleeps and allocates as its file says; see engine/echo.c. */
extern const xybrid_engine xb_engine_echo;

#endif
