/* engine/engine_int.h - what the files of this room share. */
#ifndef XB_ENGINE_INT_H
#define XB_ENGINE_INT_H

#include "base/limits.h"
#include "engine/engine.h"
#include "plat/dynlib.h"
#include "plat/thread.h"

enum { XB_ENGINE_PREFIX_BYTES = 160 };

struct xb_engine {
    xb_engines   *list;
    xybrid_engine table; /* slots beyond the struct_size of the original are NULL */
    xybrid_host   host;  /* its ctx is this entry */
    char         *origin;
    char         *config;     /* NULL = none */
    const char   *format;     /* of the files that a plug-in is loaded for; NULL = the engine was here from the start */
    int           is_awaited; /* such a plug-in is not loaded yet; under list->mutex */
    xb_dynlib     library;
    char          blob_prefix[XB_ENGINE_PREFIX_BYTES]; /* "<name>-<version>-<processor features>-" */

    xb_atomic32  is_ready; /* set once; handle and about are valid from then on */
    void        *handle;
    const char  *about;
    int32_t      is_tried; /* this and failure: under list->mutex */
    xybrid_error failure;
};

struct xb_engines {
    xb_engine_services services;
    xb_engine_blobs    blobs;     /* get NULL = none */
    xb_mutex           mutex;     /* adding, starting */
    xb_atomic32        count;     /* entries never move or go */
    xb_atomic32        is_closed; /* to register and load */
    xb_engine         *entries[XB_MAX_ENGINES];
    int32_t            started_count;
    xb_engine         *started[XB_MAX_ENGINES]; /* in the order of their start */
};

/* Fills e->host from the services of its list. */
void xb_engine_host_init(xb_engine *e);

/* xb_wrap that does not record a code as its own cause. */
xybrid_status xb_engine_wrap(xybrid_error *err, xybrid_status code, const char *subject, const char *fmt, ...) XB_PRINTF(4, 5);

/* Adds formatted text behind the `used` bytes of `out`; returns the new length. */
size_t xb_engine_add_text(char *out, size_t capacity, size_t used, const char *fmt, ...) XB_PRINTF(4, 5);

#endif
