/* base/checked.h - arithmetic on sizes from files and callers: each returns 1 when the result would not fit, and then
 * leaves *out alone. Sizes are int64_t throughout, never negative. */
#ifndef XB_CHECKED_H
#define XB_CHECKED_H

#include <stddef.h>
#include <stdint.h>

static inline int xb_add_overflows(int64_t a, int64_t b, int64_t *out) {
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b)) return 1;
    *out = a + b;
    return 0;
}

/* Both factors must be >= 0; a negative one counts as overflow. */
static inline int xb_mul_overflows(int64_t a, int64_t b, int64_t *out) {
    if (a < 0 || b < 0 || (b != 0 && a > INT64_MAX / b)) return 1;
    *out = a * b;
    return 0;
}

/* Is [offset, offset + size) inside [0, total)? All from outside, any value. */
static inline int xb_range_ok(int64_t offset, int64_t size, int64_t total) {
    return offset >= 0 && size >= 0 && offset <= total && size <= total - offset;
}

/* A size for xb_malloc: what this machine cannot address is SIZE_MAX, which is never there. */
static inline size_t xb_size(int64_t bytes) { return (uint64_t)bytes > SIZE_MAX / 2 ? SIZE_MAX : (size_t)bytes; }

static inline int64_t xb_min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t xb_max64(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
