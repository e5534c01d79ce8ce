/* plat/posix_map.c - mapping files on POSIX systems. */
#if !defined(_WIN32) && !defined(__wasi__)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  define _FILE_OFFSET_BITS 64
#  include <errno.h>
#  include <sys/mman.h>
#  include <unistd.h>

#  include "base/error.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"

xybrid_status xb_sys_map(const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v, xybrid_error *err) {
    int64_t lead = offset % sysconf(_SC_PAGESIZE);
    void   *base = mmap(NULL, (size_t)(lead + size_bytes), PROT_READ, MAP_SHARED, (int)f->handle, offset - lead);
    if (base == MAP_FAILED) {
        int32_t code = errno;
        char    room[XB_OS_TEXT_BYTES];
        return xb_fail_os(err, XYBRID_IO_MAP, code, f->path, "cannot map %.400s: %s; load.mode READ needs no mapping", f->path,
                          xb_os_text(code, room));
    }
    v->base = base;
    v->base_bytes = lead + size_bytes;
    v->bytes = (const char *)base + lead;
    return XYBRID_OK;
}

void xb_sys_unmap(void *base, int64_t base_bytes) { munmap(base, (size_t)base_bytes); }

#else
typedef int xb_posix_map_is_elsewhere;
#endif
