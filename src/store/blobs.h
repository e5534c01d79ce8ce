/* store/blobs.h - a folder of data that engines derive from models (packed weights), each in a file of its own.
 *
 *     xb_blobs blobs;
 *     XB_TRY(xb_blobs_init(&blobs, mem, "/var/cache/app/xybrid", err));
 *     xb_engine_services services = { ..., .blobs = &blobs.services };
 *     ...
 *     xb_blobs_free(&blobs);                          // after the last xb_engines that knows it
 *
 * The folder is the host's and must exist. A file's name is the key: letters, digits, '-', '_' and '.', not first a '.'. Files
 * are only ever replaced by rename, so that a reader sees one version whole, whatever other threads and processes do; they are
 * not forced to the disk: after a power failure a file may hold anything, which is why its reader checks it. Nothing is ever
 * needed: the folder may be emptied at any time.
 *
 * Any thread, several at once. Errors of get: MODEL_NOT_FOUND (none of that key), those of plat/file.h. */
#ifndef XB_BLOBS_H
#define XB_BLOBS_H

#include "engine/engine.h"

typedef struct xb_blobs {
    xb_engine_blobs services;
    xb_mem         *mem;
    char           *folder;
} xb_blobs;

/* `folder` is absolute; copied. Errors: OUT_OF_MEMORY. */
xybrid_status xb_blobs_init(xb_blobs *b, xb_mem *mem, const char *folder, xybrid_error *err);
void          xb_blobs_free(xb_blobs *b); /* zero is fine */

#endif
