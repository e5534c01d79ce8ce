/* base/str.c - see str.h. */
#include "base/str.h"

#include <stdint.h>

#include <string.h>

#include "base/error.h"

static const char empty_text[1] = ""; /* what `data` points to before the first byte; capacity is 0, so nobody writes there */

void xb_str_init(xb_str *s, xb_mem *mem, size_t max) {
    *s = (xb_str){ .mem = mem, .data = (char *)(uintptr_t)empty_text, .max = max };
}

/* Makes room for `more` bytes and the NUL; 0 when there is none, and `failed` says why. */
static int make_room(xb_str *s, size_t more) {
    if (s->failed) return 0;
    if (more > s->max - s->size) {
        s->failed = XYBRID_INVALID_ARGUMENT;
        return 0;
    }
    size_t need = s->size + more + 1;
    if (need <= s->capacity) return 1;
    size_t capacity = s->capacity + s->capacity / 2 + 64;
    if (capacity < need) capacity = need;
    xybrid_error why;
    char        *data = xb_realloc(s->mem, s->capacity ? s->data : NULL, capacity, &why);
    if (!data) {
        s->failed = why.code;
        return 0;
    }
    if (s->capacity == 0) data[0] = 0;
    s->data = data;
    s->capacity = capacity;
    return 1;
}

char *xb_str_room(xb_str *s, size_t more) { return make_room(s, more) ? s->data + s->size : NULL; }

void xb_str_addn(xb_str *s, const void *bytes, size_t size) {
    if (size == 0 || !make_room(s, size)) return;
    memcpy(s->data + s->size, bytes, size);
    s->size += size;
    s->data[s->size] = 0;
}

void xb_str_add(xb_str *s, const char *text) { xb_str_addn(s, text, strlen(text)); }

void xb_str_addc(xb_str *s, char c) { xb_str_addn(s, &c, 1); }

void xb_str_addf(xb_str *s, const char *fmt, ...) {
    char    line[1024];
    va_list args;
    va_start(args, fmt);
    xb_str_addn(s, line, xb_vformat(line, sizeof line, fmt, args));
    va_end(args);
}

void xb_str_clear(xb_str *s) {
    s->size = 0;
    s->failed = XYBRID_OK;
    if (s->capacity) s->data[0] = 0;
}

xybrid_status xb_str_status(const xb_str *s, xybrid_error *err) {
    if (s->failed == XYBRID_OK) return XYBRID_OK;
    if (s->failed == XYBRID_INVALID_ARGUMENT)
        return xb_fail(err, s->failed, "", "text would be longer than its limit of %zu bytes", s->max);
    return xb_fail(err, s->failed, "", "out of memory: no room for a text of %zu bytes", s->size + 1);
}

void xb_str_free(xb_str *s) {
    if (s->capacity) xb_free(s->mem, s->data);
    xb_str_init(s, s->mem, s->max);
}

xybrid_status xb_str_take(xb_str *s, char **out, size_t *size, xybrid_error *err) {
    if (!make_room(s, 0)) return xb_str_status(s, err);
    *out = s->data;
    if (size) *size = s->size;
    xb_str_init(s, s->mem, s->max);
    return XYBRID_OK;
}

int xb_streq(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

int xb_starts_with(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

int xb_ends_with(const char *text, const char *suffix) {
    size_t n = strlen(text), m = strlen(suffix);
    if (m > n) return 0;
    for (size_t i = 0; i < m; i++)
        if (lower(text[n - m + i]) != lower(suffix[i])) return 0;
    return 1;
}
