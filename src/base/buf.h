/* base/buf.h - a reference-counted block of bytes: every payload above 4 KiB lives in one and is never copied on its way.
 *
 * Either the library's own memory, or the host's with a release function (see xybrid_release_fn). Any thread. */
#ifndef XB_BUF_H
#define XB_BUF_H

#include "base/mem.h"

typedef struct xb_buf {
    xb_atomic32       refs;
    xb_mem           *mem;
    void             *data; /* aligned to 64 when the library owns it */
    int64_t           size_bytes;
    int64_t           capacity_bytes;
    xybrid_release_fn release; /* called once by the last xb_buf_drop; NULL = library memory inside this block */
    void             *release_ctx;
} xb_buf;

/* Library memory, uninitialised. */
xybrid_status xb_buf_new(xb_mem *mem, int64_t size_bytes, xb_buf **out, xybrid_error *err);

/* The API's rule: release NULL = copy `data` now; xybrid_release_none = borrow; another = borrow and release at the end.
 * If it fails, release is not called. */
xybrid_status xb_buf_from(xb_mem *mem, const void *data, int64_t size_bytes, xybrid_release_fn release, void *release_ctx,
                          xb_buf **out, xybrid_error *err);

xb_buf *xb_buf_keep(xb_buf *b); /* one more reference; NULL is fine */
void    xb_buf_drop(xb_buf *b); /* NULL is fine */

#endif
