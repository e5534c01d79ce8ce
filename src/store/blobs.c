/* store/blobs.c - see blobs.h. */
#include "store/blobs.h"

#include <string.h>

#include "base/error.h"
#include "plat/file.h"
#include "plat/oserror.h"
#include "plat/path.h"

static int key_ok(const char *key) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return key[0] != 0 && key[0] != '.' && key[strspn(key, allowed)] == 0;
}

static xybrid_status path_of(const xb_blobs *b, const char *key, char **out, xybrid_error *err) {
    if (!key_ok(key)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, key, "\"%.100s\" is no key of derived data", key);
    return xb_path_join(b->mem, b->folder, key, out, err);
}

static xybrid_status get(void *ctx, const char *key, const void **bytes, int64_t *size_bytes, void **handle,
                         xybrid_error *err) {
    xb_blobs *b = ctx;
    char     *path;
    XB_TRY(path_of(b, key, &path, err));
    xb_file_view *view = xb_calloc(b->mem, 1, sizeof *view, err);
    xybrid_status st = view ? xb_file_view_open(b->mem, path, XB_VIEW_AUTO, view, err) : err->code;
    xb_free(b->mem, path);
    if (st != XYBRID_OK) {
        xb_free(b->mem, view);
        return xb_error_is_missing(err) ? xb_fail(err, XYBRID_MODEL_NOT_FOUND, key, "nothing is kept under this key") : st;
    }
    *bytes = view->bytes;
    *size_bytes = view->size_bytes;
    *handle = view;
    return XYBRID_OK;
}

static void drop(void *ctx, void *handle) {
    xb_blobs *b = ctx;
    xb_file_view_close(handle);
    xb_free(b->mem, handle);
}

static xybrid_status put(void *ctx, const char *key, const void *bytes, int64_t size_bytes, xybrid_error *err) {
    xb_blobs *b = ctx;
    char     *path;
    XB_TRY(path_of(b, key, &path, err));
    xybrid_status st = xb_file_replace(b->mem, path, bytes, size_bytes, 0, err);
    xb_free(b->mem, path);
    return st;
}

xybrid_status xb_blobs_init(xb_blobs *b, xb_mem *mem, const char *folder, xybrid_error *err) {
    *b = (xb_blobs){ .mem = mem };
    b->folder = xb_strdup(mem, folder, err);
    if (!b->folder) return err->code;
    b->services = (xb_engine_blobs){ .ctx = b, .get = get, .drop = drop, .put = put };
    return XYBRID_OK;
}

void xb_blobs_free(xb_blobs *b) {
    if (b->folder) xb_free(b->mem, b->folder);
    *b = (xb_blobs){ 0 };
}
