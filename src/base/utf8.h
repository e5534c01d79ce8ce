/* base/utf8.h - UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef XB_UTF8_H
#define XB_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads one character at p (p < end) into *code; returns its length 1..4, or 0 if the bytes are not UTF-8. */
int xb_utf8_read(const char *p, const char *end, uint32_t *code);

/* Writes `code` (a valid scalar value) to out[4]; returns 1..4. */
int xb_utf8_write(uint32_t code, char *out);

/* Length of the longest valid prefix: equals `size` when all of it is UTF-8. */
size_t xb_utf8_valid(const char *text, size_t size);

/* The largest length <= `size` that does not cut a character of valid text in two. */
size_t xb_utf8_cut(const char *text, size_t size);

#endif
