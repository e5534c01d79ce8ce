/* plat/windows_file.c - the system's calls beneath file.c on Windows. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include <io.h> /* _get_osfhandle */
#  include <string.h>

#  include "base/error.h"
#  include "base/limits.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"
#  include "plat/path.h"
#  include "plat/windows_int.h"

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static HANDLE handle_of(const xb_file *f) { return (HANDLE)f->handle; }

xybrid_status xb_sys_open(xb_mem *mem, const char *path, int32_t mode, xb_file *out, xybrid_error *err) {
    static const DWORD access[] = { GENERIC_READ, GENERIC_READ | GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE | DELETE };
    static const DWORD create[] = { OPEN_EXISTING, OPEN_ALWAYS, CREATE_NEW };
    wchar_t           *wide = NULL;
    int32_t            code = 0;
    XB_TRY(xb_windows_path(mem, path, &wide, err));
    HANDLE h = CreateFileW(wide, access[mode], SHARE_ALL, NULL, create[mode], FILE_ATTRIBUTE_NORMAL, NULL);
    if (h == INVALID_HANDLE_VALUE) {
        code = xb_os_last();
        DWORD kind = code == ERROR_ACCESS_DENIED ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
        if (kind != INVALID_FILE_ATTRIBUTES && (kind & FILE_ATTRIBUTE_DIRECTORY)) code = ERROR_DIRECTORY_NOT_SUPPORTED;
    } else if (GetFileType(h) != FILE_TYPE_DISK) {
        CloseHandle(h);
        code = ERROR_BAD_DEVICE;
    }
    xb_free(mem, wide);
    if (code) return xb_fail_file(err, XYBRID_IO_OPEN, code, "open", path);
    out->handle = (intptr_t)h;
    out->path = path;
    return XYBRID_OK;
}

void xb_sys_close(xb_file *f) { CloseHandle(handle_of(f)); }

xybrid_status xb_sys_from_fd(int fd, xb_file *out, xybrid_error *err) {
    intptr_t h = fd < 0 ? -1 : _get_osfhandle(fd);
    int32_t  code = h == -1 || h == -2 ? ERROR_INVALID_HANDLE : GetFileType((HANDLE)h) != FILE_TYPE_DISK ? ERROR_BAD_DEVICE : 0;
    if (code) return xb_fail_file(err, XYBRID_IO_OPEN, code, "open", "descriptor");
    out->handle = h;
    out->path = "descriptor";
    return XYBRID_OK;
}

static OVERLAPPED at(int64_t offset) {
    OVERLAPPED o;
    memset(&o, 0, sizeof o);
    o.Offset = (DWORD)((uint64_t)offset & 0xFFFFFFFFu);
    o.OffsetHigh = (DWORD)((uint64_t)offset >> 32);
    return o;
}

xybrid_status xb_sys_read(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, int64_t *got, xybrid_error *err) {
    OVERLAPPED where = at(offset);
    DWORD      n = 0;
    if (!ReadFile(handle_of(f), buffer, (DWORD)size_bytes, &n, &where)) {
        if (GetLastError() != ERROR_HANDLE_EOF) return xb_fail_file(err, XYBRID_IO_READ, xb_os_last(), "read", f->path);
        n = 0;
    }
    *got = n;
    return XYBRID_OK;
}

xybrid_status xb_sys_write(const xb_file *f, int64_t offset, const void *bytes, int64_t size_bytes, int64_t *done,
                           xybrid_error *err) {
    OVERLAPPED where = at(offset);
    DWORD      n = 0;
    if (!WriteFile(handle_of(f), bytes, (DWORD)size_bytes, &n, &where))
        return xb_fail_file(err, XYBRID_IO_WRITE, xb_os_last(), "write", f->path);
    *done = n;
    return XYBRID_OK;
}

xybrid_status xb_sys_sync(const xb_file *f, xybrid_error *err) {
    if (FlushFileBuffers(handle_of(f))) return XYBRID_OK;
    return xb_fail_file(err, XYBRID_IO_WRITE, xb_os_last(), "write", f->path);
}

static uint64_t join_words(DWORD high, DWORD low) { return (uint64_t)high << 32 | low; }

xybrid_status xb_sys_identify(const xb_file *f, xb_file_id *out, xybrid_error *err) {
    static const int64_t       from_1601_to_1970 = INT64_C(116444736000000000); /* in units of 100 ns */
    BY_HANDLE_FILE_INFORMATION info;
    if (!GetFileInformationByHandle(handle_of(f), &info))
        return xb_fail_file(err, XYBRID_IO_READ, xb_os_last(), "look at", f->path);
    out->device = info.dwVolumeSerialNumber;
    out->inode = join_words(info.nFileIndexHigh, info.nFileIndexLow);
    out->size_bytes = (int64_t)join_words(info.nFileSizeHigh, info.nFileSizeLow);
    int64_t ticks = (int64_t)join_words(info.ftLastWriteTime.dwHighDateTime, info.ftLastWriteTime.dwLowDateTime);
    out->mtime_ns = (ticks - from_1601_to_1970) * 100;
    return XYBRID_OK;
}

void xb_sys_discard(const xb_file *f) {
    FILE_DISPOSITION_INFO gone = { TRUE };
    SetFileInformationByHandle(handle_of(f), FileDispositionInfo, &gone, sizeof gone);
}

xybrid_status xb_sys_rename(xb_mem *mem, const char *from, const char *to, xybrid_error *err) {
    wchar_t      *wide_from = NULL, *wide_to = NULL;
    xybrid_status st;
    XB_TRY_OUT(xb_windows_path(mem, from, &wide_from, err));
    XB_TRY_OUT(xb_windows_path(mem, to, &wide_to, err));
    if (!MoveFileExW(wide_from, wide_to, MOVEFILE_REPLACE_EXISTING))
        st = xb_fail_file(err, XYBRID_IO_WRITE, xb_os_last(), "replace", to);
out:
    xb_free(mem, wide_from);
    xb_free(mem, wide_to);
    return st;
}

xybrid_status xb_sys_remove(xb_mem *mem, const char *path, xybrid_error *err) {
    wchar_t *wide = NULL;
    XB_TRY(xb_windows_path(mem, path, &wide, err));
    int32_t code = DeleteFileW(wide) ? 0 : xb_os_last();
    xb_free(mem, wide);
    if (!code) return XYBRID_OK;
    return xb_fail_file(err, xb_os_is_missing(code) ? XYBRID_IO_OPEN : XYBRID_IO_WRITE, code, "remove", path);
}

static xybrid_status add_name(xb_mem *mem, const wchar_t *wide, xb_sys_add_fn add, void *ctx, xybrid_error *err) {
    char *name = NULL;
    XB_TRY(xb_windows_utf8(mem, wide, &name, err));
    xybrid_status st = name ? add(ctx, name, err) : XYBRID_OK;
    xb_free(mem, name);
    return st;
}

xybrid_status xb_sys_list(xb_mem *mem, const char *path, xb_sys_add_fn add, void *ctx, xybrid_error *err) {
    WIN32_FIND_DATAW entry;
    char            *pattern = NULL;
    wchar_t         *wide = NULL;
    XB_TRY(xb_path_join(mem, path, "*", &pattern, err));
    xybrid_status st = xb_windows_path(mem, pattern, &wide, err);
    xb_free(mem, pattern);
    XB_TRY(st);
    HANDLE  h = FindFirstFileW(wide, &entry);
    int32_t code = h == INVALID_HANDLE_VALUE ? xb_os_last() : 0;
    xb_free(mem, wide);
    if (code) return xb_fail_file(err, XYBRID_IO_OPEN, code, "open", path);
    do st = add_name(mem, entry.cFileName, add, ctx, err);
    while (!st && FindNextFileW(h, &entry));
    if (!st && GetLastError() != ERROR_NO_MORE_FILES) st = xb_fail_file(err, XYBRID_IO_READ, xb_os_last(), "read", path);
    FindClose(h);
    return st;
}

xybrid_status xb_path_kind(xb_mem *mem, const char *path, int32_t *out, xybrid_error *err) {
    wchar_t *wide = NULL;
    XB_TRY(xb_windows_path(mem, path, &wide, err));
    DWORD   kind = GetFileAttributesW(wide);
    int32_t code = kind == INVALID_FILE_ATTRIBUTES ? xb_os_last() : 0;
    xb_free(mem, wide);
    if (code && !xb_os_is_missing(code)) return xb_fail_file(err, XYBRID_IO_OPEN, code, "look at", path);
    *out = code                                ? XB_PATH_NONE
           : (kind & FILE_ATTRIBUTE_DIRECTORY) ? XB_PATH_FOLDER
           : (kind & FILE_ATTRIBUTE_DEVICE)    ? XB_PATH_OTHER
                                               : XB_PATH_FILE;
    return XYBRID_OK;
}

/* The final path of an open file or folder; NULL if the system cannot tell. */
static xybrid_status final_path(xb_mem *mem, HANDLE h, char **out, xybrid_error *err) {
    DWORD room = GetFinalPathNameByHandleW(h, NULL, 0, FILE_NAME_NORMALIZED);
    if (room == 0) {
        *out = NULL;
        return XYBRID_OK;
    }
    wchar_t *wide = xb_calloc(mem, (size_t)room + 1, sizeof(wchar_t), err);
    if (!wide) return err->code;
    DWORD         size = GetFinalPathNameByHandleW(h, wide, room + 1, FILE_NAME_NORMALIZED);
    xybrid_status st = XYBRID_OK;
    if (size == 0 || size > room) *out = NULL;
    else st = xb_windows_utf8(mem, wide, out, err);
    xb_free(mem, wide);
    return st;
}

xybrid_status xb_path_real(xb_mem *mem, const char *path, char **out, xybrid_error *err) {
    wchar_t *wide = NULL;
    XB_TRY(xb_windows_path(mem, path, &wide, err));
    HANDLE  h = CreateFileW(wide, 0, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    int32_t code = h == INVALID_HANDLE_VALUE ? xb_os_last() : 0;
    xb_free(mem, wide);
    if (code) {
        if (!xb_os_is_missing(code)) return xb_fail_file(err, XYBRID_IO_OPEN, code, "look at", path);
        *out = NULL;
        return XYBRID_OK;
    }
    xybrid_status st = final_path(mem, h, out, err);
    CloseHandle(h);
    return st;
}

#else
typedef int xb_windows_file_is_elsewhere;
#endif
