/* base/error.h - how a failure is told inside the library.
 *
 *     if (rate > XB_MAX_AUDIO_RATE)
 *         return xb_fail_at(err, XYBRID_MALFORMED, 24, "", "WAV sample rate %d Hz; at most %d Hz", rate, XB_MAX_AUDIO_RATE);
 *     XB_TRY(xb_wav_read(...));                                     // passes the failure on
 *     return xb_wrap(err, XYBRID_PREPROCESSING_FAILED, step, "AudioDecode", "preprocessing failed at \"AudioDecode\": ");
 *
 * Inside the library `err` is never NULL (the door puts one of its own there), so a function whose helper returned NULL can
 * `return err->code`. Messages are one line: what was found, what was wanted, the unit, the way out. The format letters are
 * those of base/format.h, and never depend on the locale. */
#ifndef XB_ERROR_H
#define XB_ERROR_H

#include <xybrid/base.h>

#include "base/format.h"

/* Writes all of *err and returns `code`. `subject` (NULL = "") is the path, tensor, step or model it is about. */
xybrid_status xb_fail(xybrid_error *err, xybrid_status code, const char *subject, const char *fmt, ...) XB_PRINTF(4, 5);

/* The same with the byte in the file, or the character in the text, that is wrong. */
xybrid_status xb_fail_at(xybrid_error *err, xybrid_status code, int64_t position, const char *subject, const char *fmt, ...)
    XB_PRINTF(5, 6);

/* The same with errno or GetLastError. */
xybrid_status xb_fail_os(xybrid_error *err, xybrid_status code, int32_t os_code, const char *subject, const char *fmt, ...)
    XB_PRINTF(5, 6);

/* *err holds a failure; makes `code` of it: the old code becomes the first cause, the message gets the prefix that `fmt`
 * makes, the subject is replaced unless NULL, positions stay. Failures that are not the step's own (INVALID_ARGUMENT,
 * OUT_OF_MEMORY, BUSY, CANCELLED) pass through unchanged. Returns what *err now says. */
xybrid_status xb_wrap(xybrid_error *err, xybrid_status code, int32_t step, const char *subject, const char *fmt, ...)
    XB_PRINTF(5, 6);

/* The same for a failure whose INVALID_ARGUMENT is the stage's own matter (a shape made inside, not the caller's): that is
 * wrapped, too. */
xybrid_status xb_wrap_argument(xybrid_error *err, xybrid_status code, int32_t step, const char *subject, const char *fmt, ...)
    XB_PRINTF(5, 6);

/* Does this failure pass through stages unwrapped? */
int xb_passes_unwrapped(xybrid_status code);

/* OUT_OF_MEMORY_HOST for `size` bytes. */
xybrid_status xb_fail_memory(xybrid_error *err, int64_t size);

/* "IO_NO_SPACE"; "UNKNOWN" for a number that is not in the list. */
const char *xb_status_name(xybrid_status status);

/* What the code means, one line. */
const char *xb_status_text(xybrid_status status);

/* The three macros that hide a jump; there are no others. */
#define XB_TRY(expr)                            \
    do {                                        \
        xybrid_status xb_st_ = (expr);          \
        if (xb_st_ != XYBRID_OK) return xb_st_; \
    } while (0)

/* In a function with `xybrid_status st` and one label `out` at its end. */
#define XB_TRY_OUT(expr)               \
    do {                               \
        st = (expr);                   \
        if (st != XYBRID_OK) goto out; \
    } while (0)

/* What must hold, or the library is wrong; guards memory in release builds too. */
#define XB_CHECK(cond)                                                                                                    \
    do {                                                                                                                  \
        if (!(cond)) return xb_fail(err, XYBRID_INTERNAL, __func__, "internal: %s does not hold in %s", #cond, __func__); \
    } while (0)

#endif
