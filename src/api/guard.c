/* api/guard.c - is a file sound enough for an engine whose library aborts on bad ones (XYBRID_ENGINE_NEEDS_GUARD)? */
#include "api/api.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "codec/gguf_model.h"

xybrid_status xb_guard_file(void *ctx, const xybrid_source *source, xybrid_error *err) {
    if (!xb_streq(source->format, "gguf"))
        return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, source->path, "files of format \"%.32s\" cannot be checked beforehand",
                       source->format ? source->format : "");
    xb_arena      arena;
    xb_gguf       g;
    xb_gguf_model model;
    xb_arena_init(&arena, ctx, 0);
    xybrid_status st = xb_gguf_read(source->bytes, (size_t)source->size_bytes, &arena, &g, err);
    if (st == XYBRID_OK) st = xb_gguf_check_model(&g, &arena, &model, err);
    xb_arena_free(&arena);
    return st;
}
