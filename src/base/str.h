/* base/str.h - bytes that grow up to a stated maximum.
 *
 *     xb_str s;
 *     xb_str_init(&s, mem, XB_MAX_JSON_BYTES);
 *     xb_str_add(&s, "hello ");
 *     xb_str_addf(&s, "%d", n);
 *     XB_TRY(xb_str_status(&s, err));       // one look at the end: the first failure sticks, later calls do nothing
 *     ... s.data (NUL-terminated), s.size
 *     xb_str_free(&s);                      // also after a failure
 */
#ifndef XB_STR_H
#define XB_STR_H

#include "base/format.h"
#include "base/mem.h"

typedef struct xb_str {
    xb_mem       *mem;
    char         *data; /* never NULL; "" at the start */
    size_t        size; /* without the NUL */
    size_t        capacity, max;
    xybrid_status failed; /* first failure, XYBRID_OK if none */
} xb_str;

void          xb_str_init(xb_str *s, xb_mem *mem, size_t max);
void          xb_str_add(xb_str *s, const char *text);
void          xb_str_addn(xb_str *s, const void *bytes, size_t size);
void          xb_str_addc(xb_str *s, char c);
void          xb_str_addf(xb_str *s, const char *fmt, ...) XB_PRINTF(2, 3); /* at most 1,023 bytes a call */
char         *xb_str_room(xb_str *s, size_t more);                          /* behind the text; NULL = there is none */
void          xb_str_clear(xb_str *s);                                      /* keeps the room, forgets a failure */
xybrid_status xb_str_status(const xb_str *s, xybrid_error *err);
void          xb_str_free(xb_str *s);

/* Hands the text over: *out is NUL-terminated and freed with xb_free; the builder is empty again. */
xybrid_status xb_str_take(xb_str *s, char **out, size_t *size, xybrid_error *err);

/* ---- small helpers on C strings ---- */
int xb_streq(const char *a, const char *b); /* NULL equals only NULL */
int xb_starts_with(const char *text, const char *prefix);
int xb_ends_with(const char *text, const char *suffix); /* ASCII case is ignored */

#endif
