/* plat/oserror.h - the system's error numbers (errno; on Windows GetLastError) in our words. strerror is neither safe
 * between threads nor the same on two systems. Any thread. */
#ifndef XB_OSERROR_H
#define XB_OSERROR_H

#include <stddef.h>
#include <xybrid/base.h>

/* The last failure of the calling thread. */
int32_t xb_os_last(void);

/* "no such file"; "error 13" for a number without a text, which is written to `room`. */
enum { XB_OS_TEXT_BYTES = 24 };
const char *xb_os_text(int32_t os_code, char room[XB_OS_TEXT_BYTES]);

/* Does it mean that there is no file or folder of that name? Then the caller says MODEL_NOT_FOUND. */
int xb_os_is_missing(int32_t os_code);

/* The same of a failure that plat made: IO_OPEN with such a number. */
int xb_error_is_missing(const xybrid_error *err);

/* IO_PERMISSION, IO_NO_SPACE, OUT_OF_MEMORY_HOST where the number says so, else `otherwise`. */
xybrid_status xb_os_status(int32_t os_code, xybrid_status otherwise);

/* "<verb> <path>: <text>" with the status above, os_code and subject; e.g. "cannot open /x/y: no such file". */
xybrid_status xb_fail_file(xybrid_error *err, xybrid_status otherwise, int32_t os_code, const char *verb, const char *path);

#endif
