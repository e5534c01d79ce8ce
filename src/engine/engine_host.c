/* engine/engine_host.c - the services of a runtime in the form of the plug-in contract (xybrid_host). */
#include <string.h>

#include "base/error.h"
#include "engine/engine_int.h"
#include "plat/cancel.h"
#include "plat/cpu.h"

_Static_assert(sizeof(xybrid_cancel_hook) >= sizeof(xb_cancel_link), "a registration must fit into the engine's hook");

static xb_engine *entry_of(void *ctx) { return ctx; }

static void *host_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    if (size_bytes < 0 || align < 0 || align > 4096 || (uint64_t)size_bytes > SIZE_MAX) return NULL;
    xybrid_error ignored;
    return xb_malloc_aligned(entry_of(ctx)->list->services.mem, (size_t)size_bytes, align < 16 ? 16 : (size_t)align, &ignored);
}

static void host_free(void *ctx, void *memory) { xb_free(entry_of(ctx)->list->services.mem, memory); }

static xybrid_status host_charge(void *ctx, int64_t delta_bytes, xybrid_error *err) {
    return xb_mem_charge(entry_of(ctx)->list->services.mem, delta_bytes, err);
}

static void host_parallel(void *ctx, int32_t chunks, xybrid_chunk_fn fn, void *arg) {
    xb_pool_parallel(entry_of(ctx)->list->services.pool, chunks, fn, arg);
}

static xybrid_status host_cancelled(void *ctx, const xybrid_cancel *cancel) {
    (void)ctx;
    return xb_cancel_is_fired(cancel) ? xb_cancel_reason(cancel) : XYBRID_OK;
}

/* The token changes when somebody listens; the contract's `const` says that engines cannot fire it. */
static void host_on_cancel(void *ctx, const xybrid_cancel *cancel, xybrid_cancelled_fn fn, void *arg,
                           xybrid_cancel_hook *hook) {
    (void)ctx;
    if (cancel) xb_cancel_link_on((xybrid_cancel *)cancel, (xb_cancel_link *)(void *)hook, fn, arg);
}

static void host_off_cancel(void *ctx, const xybrid_cancel *cancel, xybrid_cancel_hook *hook) {
    (void)ctx;
    if (cancel) xb_cancel_link_off((xybrid_cancel *)cancel, (xb_cancel_link *)(void *)hook);
}

static void host_log(void *ctx, int32_t level, const char *room, const char *line) {
    xb_log *log = entry_of(ctx)->list->services.log;
    if (xb_log_wants(log, level)) xb_log_write(log, level, room, "%s", line);
}

static xybrid_status host_error_set(xybrid_error *err, xybrid_status code, const char *subject, const char *reason) {
    return xb_fail(err, code, subject, "%s", reason ? reason : "");
}

static void host_error_detail(xybrid_error *err, int32_t engine_code, int64_t position) {
    err->engine_code = engine_code;
    err->position = position;
}

/* ---- blobs ---- */

static xybrid_status blob_key(const xb_engine *e, const char *key, char out[XB_MAX_NAME], xybrid_error *err) {
    if (!key || !*key || strlen(e->blob_prefix) + strlen(key) >= XB_MAX_NAME)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, key, "key of derived data has %zu bytes; 1 to %zu are possible",
                       key ? strlen(key) : 0, XB_MAX_NAME - 1 - strlen(e->blob_prefix));
    xb_format(out, XB_MAX_NAME, "%s%s", e->blob_prefix, key);
    return XYBRID_OK;
}

static xybrid_status host_blob_get(void *ctx, const char *key, const void **bytes, int64_t *size_bytes, void **handle,
                                   xybrid_error *err) {
    xb_engine *e = ctx;
    char       full[XB_MAX_NAME];
    XB_TRY(blob_key(e, key, full, err));
    if (!e->list->blobs.get) return xb_fail(err, XYBRID_MODEL_NOT_FOUND, key, "no place to keep derived data in");
    return e->list->blobs.get(e->list->blobs.ctx, full, bytes, size_bytes, handle, err);
}

static void host_blob_drop(void *ctx, void *handle) {
    xb_engine *e = ctx;
    if (e->list->blobs.drop && handle) e->list->blobs.drop(e->list->blobs.ctx, handle);
}

static xybrid_status host_blob_put(void *ctx, const char *key, const void *bytes, int64_t size_bytes, xybrid_error *err) {
    xb_engine *e = ctx;
    char       full[XB_MAX_NAME];
    XB_TRY(blob_key(e, key, full, err));
    if (!e->list->blobs.put) return xb_fail(err, XYBRID_MODEL_NOT_FOUND, key, "no place to keep derived data in");
    return e->list->blobs.put(e->list->blobs.ctx, full, bytes, size_bytes, err);
}

void xb_engine_host_init(xb_engine *e) {
    const xb_engine_services *services = &e->list->services;
    e->host = (xybrid_host){
        .struct_size = sizeof e->host,
        .abi = XYBRID_ENGINE_ABI,
        .ctx = e,
        .threads = services->threads,
        .log_level = services->log && services->log->fn ? services->log->level : XB_LOG_OFF,
        .alloc = host_alloc,
        .free = host_free,
        .charge = host_charge,
        .parallel = host_parallel,
        .cancelled = host_cancelled,
        .on_cancel = host_on_cancel,
        .off_cancel = host_off_cancel,
        .log = host_log,
        .error_set = host_error_set,
        .error_detail = host_error_detail,
        .blob_get = host_blob_get,
        .blob_drop = host_blob_drop,
        .blob_put = host_blob_put,
    };
    xb_format(e->blob_prefix, sizeof e->blob_prefix, "%.64s-%.32s-%x-", e->table.name,
              e->table.version ? e->table.version : "0", (unsigned)xb_cpu_features());
}
