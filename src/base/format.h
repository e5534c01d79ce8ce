/* base/format.h - printf without the locale, the same on every system.
 *
 * Letters: %s %.*s %.Ns %c %d %i %u %x %X %ld %lu %lld %llu %llx %zu %zd %% %p, with 0, '-' and width for numbers and strings; %g and %f with
 * a precision (decimal point always '.'; %g gives at most 9 digits; for exact round trips see codec/json.h). Text is cut
 * at a whole UTF-8 character. */
#ifndef XB_FORMAT_H
#define XB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(_WIN32)
#  define XB_PRINTF(f, a) __attribute__((format(gnu_printf, f, a)))
#elif defined(__GNUC__)
#  define XB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#  define XB_PRINTF(f, a)
#endif

/* Writes at most `capacity` bytes with the NUL; returns the length written (without NUL). capacity 0 writes nothing. */
size_t xb_format(char *out, size_t capacity, const char *fmt, ...) XB_PRINTF(3, 4);
size_t xb_vformat(char *out, size_t capacity, const char *fmt, va_list args) XB_PRINTF(3, 0);

#endif
