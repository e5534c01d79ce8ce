/* base/buf.c - see buf.h. Own memory lies behind the head, in one block. */
#include "base/buf.h"

#include <string.h>

#include "base/error.h"

enum { DATA_ALIGN = 64, HEAD = (sizeof(xb_buf) + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN };

xybrid_status xb_buf_new(xb_mem *mem, int64_t size_bytes, xb_buf **out, xybrid_error *err) {
    if (size_bytes < 0 || (uint64_t)size_bytes > SIZE_MAX - HEAD) return xb_fail_memory(err, size_bytes);
    xb_buf *b = xb_malloc_aligned(mem, HEAD + (size_t)size_bytes, DATA_ALIGN, err);
    if (!b) return err->code;
    *b = (xb_buf){ .refs = 1, .mem = mem, .data = (char *)b + HEAD, .size_bytes = size_bytes, .capacity_bytes = size_bytes };
    *out = b;
    return XYBRID_OK;
}

xybrid_status xb_buf_from(xb_mem *mem, const void *data, int64_t size_bytes, xybrid_release_fn release, void *release_ctx,
                          xb_buf **out, xybrid_error *err) {
    if (!release) {
        xb_buf *copy;
        XB_TRY(xb_buf_new(mem, size_bytes, &copy, err));
        if (size_bytes) memcpy(copy->data, data, (size_t)size_bytes);
        *out = copy;
        return XYBRID_OK;
    }
    xb_buf *b = xb_malloc(mem, sizeof *b, err);
    if (!b) return err->code;
    *b = (xb_buf){ .refs = 1,
                   .mem = mem,
                   .data = (void *)(uintptr_t)data,
                   .size_bytes = size_bytes,
                   .capacity_bytes = size_bytes,
                   .release = release,
                   .release_ctx = release_ctx };
    *out = b;
    return XYBRID_OK;
}

xb_buf *xb_buf_keep(xb_buf *b) {
    if (b) xb_ref_take(&b->refs);
    return b;
}

void xb_buf_drop(xb_buf *b) {
    if (!b || !xb_ref_drop(&b->refs)) return;
    if (b->release) b->release(b->release_ctx, b->data);
    xb_free(b->mem, b);
}
