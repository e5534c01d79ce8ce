/* plat/dynlib.h - shared libraries at run time. */
#ifndef XB_DYNLIB_H
#define XB_DYNLIB_H

#include "base/mem.h"

typedef struct xb_dynlib {
    void *handle;
} xb_dynlib;                        /* zero = none */
typedef void (*xb_dynlib_fn)(void); /* cast to the real type before the call */

/* Loads `path`, resolving all symbols now and showing none to others; on Windows its dependencies are looked for beside it.
 * A path without a folder goes through the system's search. Runs the library's constructors: only for files one trusts.
 * Errors: ENGINE_MISSING with the loader's own words (subject = path); OUT_OF_MEMORY; WASI: UNSUPPORTED_FORMAT. */
xybrid_status xb_dynlib_open(xb_mem *mem, const char *path, xb_dynlib *out, xybrid_error *err);

/* NULL if it has no such function. */
xb_dynlib_fn xb_dynlib_symbol(const xb_dynlib *lib, const char *name);

/* Zero or NULL is fine. No function of the library may be running or called later. */
void xb_dynlib_close(xb_dynlib *lib);

#endif
