/* plat/wasm_dynlib.c - WASI loads no libraries. */
#if defined(__wasi__)
#  include "base/error.h"
#  include "plat/dynlib.h"

xybrid_status xb_dynlib_open(xb_mem *mem, const char *path, xb_dynlib *out, xybrid_error *err) {
    (void)mem, (void)out;
    return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, path, "cannot load %.300s: WebAssembly loads no libraries", path);
}

xb_dynlib_fn xb_dynlib_symbol(const xb_dynlib *lib, const char *name) {
    (void)lib, (void)name;
    return NULL;
}

void xb_dynlib_close(xb_dynlib *lib) { (void)lib; }

#else
typedef int xb_wasm_dynlib_is_elsewhere;
#endif
