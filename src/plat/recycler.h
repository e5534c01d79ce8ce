/* plat/recycler.h - a session's memory: an xb_mem that keeps freed blocks for the next run.
 *
 *     xb_recycler *r;
 *     XB_TRY(xb_recycler_new(root, &r, err));
 *     ... xb_tensor_new(xb_recycler_mem(r), ...)      // the second run with the same sizes reaches no allocator
 *     xb_recycler_close(r);                           // blocks still in use (results that the caller holds) stay valid
 *
 * Freed blocks wait in bins of like size (four to each power of two); from 64 KiB on they serve any request down to half
 * their size. Together they are at most three times as much as was ever in use at once, the rest goes back to the runtime. The
 * object ends with the last block after close. Any thread. */
#ifndef XB_RECYCLER_H
#define XB_RECYCLER_H

#include "base/root.h"

typedef struct xb_recycler xb_recycler;

/* Keeps the root. Errors: OUT_OF_MEMORY. */
xybrid_status xb_recycler_new(xb_root *root, xb_recycler **out, xybrid_error *err);

/* Valid until the last block after xb_recycler_close is freed. */
xb_mem *xb_recycler_mem(xb_recycler *r);

/* Gives the waiting blocks back to the runtime; returns their bytes. */
int64_t xb_recycler_trim(xb_recycler *r);

void xb_recycler_close(xb_recycler *r); /* NULL is fine */

#endif
