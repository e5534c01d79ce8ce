/* codec/slice.h - a borrowed run of bytes inside a file that is in memory. Not NUL-terminated, nothing is copied. */
#ifndef XB_SLICE_H
#define XB_SLICE_H

#include <stdint.h>
#include <string.h>

typedef struct xb_slice {
    const char *data; /* never NULL once filled; "" when empty */
    size_t      size;
} xb_slice;

static inline xb_slice xb_slice_of(const char *text) {
    xb_slice s = { text, strlen(text) };
    return s;
}
static inline int xb_slice_eq(xb_slice a, xb_slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}
static inline int xb_slice_is(xb_slice a, const char *text) { return xb_slice_eq(a, xb_slice_of(text)); }

/* For messages: "%.*s" takes an int; text from a file is cut to what a message can hold. */
static inline int xb_slice_len(xb_slice s) { return s.size > 128 ? 128 : (int)s.size; }

/* Is it a path that stays below where it starts? Relative, no "..", no drive letter, no control characters, UTF-8, 1 to
 * XB_MAX_NAME - 1 bytes; '/' and '\\' both part names. Lexical: links are plat's affair. */
int xb_slice_stays_inside(xb_slice path);

#endif
