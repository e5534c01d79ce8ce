/* plat/oserror.c - messages made of the system's numbers; the tables are in posix_oserror.c and windows_oserror.c. */
#include "plat/oserror.h"

#include "base/error.h"

int xb_error_is_missing(const xybrid_error *err) {
    return (err->code & XYBRID_PRIMARY_MASK) == XYBRID_IO && xb_os_is_missing(err->os_code);
}

xybrid_status xb_fail_file(xybrid_error *err, xybrid_status otherwise, int32_t os_code, const char *verb, const char *path) {
    char room[XB_OS_TEXT_BYTES];
    return xb_fail_os(err, xb_os_status(os_code, otherwise), os_code, path, "cannot %s %.400s: %s", verb, path,
                      xb_os_text(os_code, room));
}
