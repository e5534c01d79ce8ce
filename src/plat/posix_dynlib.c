/* plat/posix_dynlib.c - shared libraries by dlopen. */
#if !defined(_WIN32) && !defined(__wasi__)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  include <dlfcn.h>
#  include <string.h>

#  include "base/error.h"
#  include "plat/dynlib.h"

_Static_assert(sizeof(void *) == sizeof(xb_dynlib_fn), "POSIX: a function's address fits into void *");

xybrid_status xb_dynlib_open(xb_mem *mem, const char *path, xb_dynlib *out, xybrid_error *err) {
    (void)mem;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *why = dlerror();
        return xb_fail(err, XYBRID_ENGINE_MISSING, path, "cannot load %.300s: %.250s", path, why ? why : "no reason given");
    }
    out->handle = handle;
    return XYBRID_OK;
}

xb_dynlib_fn xb_dynlib_symbol(const xb_dynlib *lib, const char *name) {
    xb_dynlib_fn fn;
    void        *address = dlsym(lib->handle, name);
    memcpy(&fn, &address, sizeof fn);
    return fn;
}

void xb_dynlib_close(xb_dynlib *lib) {
    if (!lib || !lib->handle) return;
    dlclose(lib->handle);
    lib->handle = NULL;
}

#else
typedef int xb_posix_dynlib_is_elsewhere;
#endif
