/* plat/windows_map.c - mapping files on Windows. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include "base/error.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"

xybrid_status xb_sys_map(const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v, xybrid_error *err) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    int64_t  lead = offset % (int64_t)info.dwAllocationGranularity;
    uint64_t start = (uint64_t)(offset - lead);
    HANDLE   section = CreateFileMappingW((HANDLE)f->handle, NULL, PAGE_READONLY, 0, 0, NULL);
    void    *base = section ? MapViewOfFile(section, FILE_MAP_READ, (DWORD)(start >> 32), (DWORD)(start & 0xFFFFFFFFu),
                                            (SIZE_T)(lead + size_bytes))
                            : NULL;
    int32_t  code = xb_os_last();
    if (section) CloseHandle(section); /* the view keeps it alive */
    if (!base) {
        char room[XB_OS_TEXT_BYTES];
        return xb_fail_os(err, XYBRID_IO_MAP, code, f->path, "cannot map %.400s: %s; load.mode READ needs no mapping", f->path,
                          xb_os_text(code, room));
    }
    v->base = base;
    v->base_bytes = lead + size_bytes;
    v->bytes = (const char *)base + lead;
    return XYBRID_OK;
}

void xb_sys_unmap(void *base, int64_t base_bytes) {
    (void)base_bytes;
    UnmapViewOfFile(base);
}

#else
typedef int xb_windows_map_is_elsewhere;
#endif
