/* plat/windows_path.c - UTF-8 to UTF-16 and back, long paths. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include <string.h>

#  include "base/error.h"
#  include "base/limits.h"
#  include "plat/oserror.h"
#  include "plat/windows_int.h"

enum { SHORT_PATH = 240 }; /* MAX_PATH less room for a name that is appended */

static xybrid_status bad_path(const char *path, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, path, "not a path: it must be UTF-8 of at most %d bytes", XB_MAX_PATH);
}

/* As written, with backslashes. */
static xybrid_status widen(xb_mem *mem, const char *path, wchar_t **out, xybrid_error *err) {
    if (strlen(path) > XB_MAX_PATH) return bad_path(path, err);
    int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    if (count <= 0) return bad_path("", err);
    wchar_t *wide = xb_calloc(mem, (size_t)count, sizeof(wchar_t), err);
    if (!wide) return err->code;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, count);
    for (wchar_t *p = wide; *p; p++)
        if (*p == L'/') *p = L'\\';
    *out = wide;
    return XYBRID_OK;
}

xybrid_status xb_windows_path(xb_mem *mem, const char *path, wchar_t **out, xybrid_error *err) {
    static const wchar_t plain[] = L"\\\\?\\", share[] = L"\\\\?\\UNC\\";
    enum { ROOM = 8 };
    wchar_t *wide = NULL;
    XB_TRY(widen(mem, path, &wide, err));
    if (wide[0] == L'\\' && wide[1] == L'\\' && (wide[2] == L'?' || wide[2] == L'.')) {
        *out = wide;
        return XYBRID_OK;
    }
    DWORD    room = GetFullPathNameW(wide, 0, NULL, NULL);
    wchar_t *full = room ? xb_calloc(mem, (size_t)room + ROOM, sizeof(wchar_t), err) : NULL;
    DWORD    size = full ? GetFullPathNameW(wide, room, full + ROOM, NULL) : 0;
    xb_free(mem, wide);
    if (!room) return xb_fail_file(err, XYBRID_IO_OPEN, xb_os_last(), "open", path);
    if (!full) return err->code;
    if (size == 0 || size >= room) { /* the current folder changed in between */
        xb_free(mem, full);
        return bad_path(path, err);
    }
    int is_share = full[ROOM] == L'\\' && full[ROOM + 1] == L'\\';
    int is_device = is_share && (full[ROOM + 2] == L'.' || full[ROOM + 2] == L'?');
    if (size < SHORT_PATH || is_device) {
        memmove(full, full + ROOM, ((size_t)size + 1) * sizeof(wchar_t));
    } else {
        const wchar_t *prefix = is_share ? share : plain;
        size_t         lead = wcslen(prefix), skip = is_share ? 2 : 0;
        memmove(full + lead, full + ROOM + skip, ((size_t)size + 1 - skip) * sizeof(wchar_t));
        memcpy(full, prefix, lead * sizeof(wchar_t));
    }
    *out = full;
    return XYBRID_OK;
}

xybrid_status xb_windows_utf8(xb_mem *mem, const wchar_t *text, char **out, xybrid_error *err) {
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    if (size <= 0) {
        *out = NULL;
        return XYBRID_OK;
    }
    char *utf8 = xb_malloc(mem, (size_t)size, err);
    if (!utf8) return err->code;
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, utf8, size, NULL, NULL);
    *out = utf8;
    return XYBRID_OK;
}

#else
typedef int xb_windows_path_is_elsewhere;
#endif
