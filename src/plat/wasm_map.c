/* plat/wasm_map.c - WASI cannot map files: load mode AUTO reads, MAP fails. */
#if defined(__wasi__)
#  include "base/error.h"
#  include "plat/file_int.h"

xybrid_status xb_sys_map(const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v, xybrid_error *err) {
    (void)offset, (void)size_bytes, (void)v;
    return xb_fail(err, XYBRID_IO_MAP, f->path, "cannot map %.400s: WebAssembly has no mapping; load.mode READ needs none",
                   f->path);
}

void xb_sys_unmap(void *base, int64_t base_bytes) { (void)base, (void)base_bytes; }

#else
typedef int xb_wasm_map_is_elsewhere;
#endif
