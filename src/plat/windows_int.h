/* plat/windows_int.h - UTF-8 paths and names in Windows's form. Included after <windows.h>. */
#ifndef XB_WINDOWS_INT_H
#define XB_WINDOWS_INT_H

#include "base/mem.h"

/* Numbers of winerror.h that older kits lack. */
#ifndef ERROR_DIRECTORY_NOT_SUPPORTED
#  define ERROR_DIRECTORY_NOT_SUPPORTED 336
#endif
#ifndef ERROR_DISK_QUOTA_EXCEEDED
#  define ERROR_DISK_QUOTA_EXCEEDED 1295
#endif

/* The full path in UTF-16, with "\\?\" in front where it would be longer than Windows takes without. Freed with xb_free.
 * Errors: INVALID_ARGUMENT (not UTF-8, too long), OUT_OF_MEMORY. */
xybrid_status xb_windows_path(xb_mem *mem, const char *path, wchar_t **out, xybrid_error *err);

/* Freed with xb_free; *out = NULL if it holds half a surrogate pair. */
xybrid_status xb_windows_utf8(xb_mem *mem, const wchar_t *text, char **out, xybrid_error *err);

#endif
