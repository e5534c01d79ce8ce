/* plat/windows_dynlib.c - shared libraries by LoadLibraryExW. */
#if defined(_WIN32)
#  define WIN32_LEAN_AND_MEAN
#  include <windows.h>

#  include <string.h>

#  include "base/error.h"
#  include "plat/dynlib.h"
#  include "plat/oserror.h"
#  include "plat/path.h"
#  include "plat/windows_int.h"

/* A name without a folder stays one, for the system's own search. */
static HMODULE load(xb_mem *mem, const char *path, xybrid_error *err) {
    wchar_t *wide = NULL, *name;
    DWORD    old_mode = 0;
    if (xb_windows_path(mem, path, &wide, err)) return NULL;
    int has_folder = xb_path_base(path) != path;
    name = wide;
    if (!has_folder)
        for (wchar_t *p = wide; *p; p++)
            if (*p == L'\\') name = p + 1;
    SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &old_mode); /* no dialog */
    HMODULE module = LoadLibraryExW(name, NULL, has_folder ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    int32_t code = xb_os_last();
    SetThreadErrorMode(old_mode, NULL);
    xb_free(mem, wide);
    if (!module) {
        char room[XB_OS_TEXT_BYTES];
        (void)!xb_fail_os(err, XYBRID_ENGINE_MISSING, code, path, "cannot load %.300s: %s", path, xb_os_text(code, room));
    }
    return module;
}

xybrid_status xb_dynlib_open(xb_mem *mem, const char *path, xb_dynlib *out, xybrid_error *err) {
    HMODULE module = load(mem, path, err);
    if (!module) return err->code;
    out->handle = (void *)module;
    return XYBRID_OK;
}

xb_dynlib_fn xb_dynlib_symbol(const xb_dynlib *lib, const char *name) {
    xb_dynlib_fn fn;
    FARPROC      found = GetProcAddress((HMODULE)lib->handle, name);
    memcpy(&fn, &found, sizeof fn);
    return fn;
}

void xb_dynlib_close(xb_dynlib *lib) {
    if (!lib || !lib->handle) return;
    FreeLibrary((HMODULE)lib->handle);
    lib->handle = NULL;
}

#else
typedef int xb_windows_dynlib_is_elsewhere;
#endif
