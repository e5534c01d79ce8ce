/* codec/json.h - JSON (RFC 8259) in both directions: bytes to a tree that is read through opaque values, and a writer.
 *
 *     xb_json_doc *doc = NULL;
 *     XB_TRY(xb_json_parse(mem, bytes, size, XB_MAX_PACK_JSON_BYTES, &doc, err));
 *     const xb_json *root = xb_json_root(doc);
 *     XB_TRY_OUT(xb_json_get_int(root, "preprocessing[2]", "width", 1, 32768, &width, err));
 *         // preprocessing[2].width is "12", wanted an integer 1..32768
 *     for (xb_json_iter it = xb_json_items(root); xb_json_next(&it);) use(it.key, it.value);
 *     xb_json_free(doc);
 *
 * A document and its values never change after parsing: any thread, several at once. Values and strings live as long as
 * their document. NULL is a legal value everywhere: it has the type XB_JSON_MISSING, no items and no members, so look-ups
 * may be chained. Keys that occur twice: look-up takes the last (as JavaScript and Python do), iteration gives both. */
#ifndef XB_JSON_H
#define XB_JSON_H

#include "base/limits.h"
#include "base/str.h"

/* ---- reading ---- */

typedef struct xb_json_doc xb_json_doc;
typedef struct xb_json     xb_json; /* one value of a document */

typedef enum xb_json_type {
    XB_JSON_MISSING, /* no value (NULL) */
    XB_JSON_NULL,
    XB_JSON_BOOL,
    XB_JSON_NUMBER,
    XB_JSON_STRING,
    XB_JSON_ARRAY,
    XB_JSON_OBJECT
} xb_json_type;

/* Parses all of `bytes` (UTF-8, a byte order mark is skipped), which may be freed afterwards. At most `max_bytes`
 * (XB_MAX_JSON_BYTES if it is larger) and XB_MAX_JSON_DEPTH levels. Takes about 3 times `size` of memory.
 * MALFORMED: err->position is the byte, err->line and err->column (in characters) count from 1, and the message says so:
 * "JSON: unexpected character at line 3, column 7". */
xybrid_status xb_json_parse(xb_mem *mem, const void *bytes, int64_t size, int64_t max_bytes, xb_json_doc **out,
                            xybrid_error *err);

void           xb_json_free(xb_json_doc *doc); /* NULL is fine */
const xb_json *xb_json_root(const xb_json_doc *doc);

xb_json_type xb_json_type_of(const xb_json *v);
int          xb_json_is(const xb_json *v, xb_json_type type);

/* Each is 1 and writes *out if the value is of this kind, else 0 and leaves *out alone. An integer is a number without loss
 * in int64_t: 12, but also 12.0 and 1e3. A string is NUL-terminated, may hold further NULs, and is valid UTF-8. */
int xb_json_int(const xb_json *v, int64_t *out);
int xb_json_double(const xb_json *v, double *out);
int xb_json_is_real(const xb_json *v); /* a number that was written with a point or an exponent, or has more than 64 bits */
int xb_json_bool(const xb_json *v, int *out);
int xb_json_string(const xb_json *v, const char **out, size_t *size);

/* The number that a whole text is, as "0.5": 1 and *out, or 0. */
int xb_json_text_double(xb_mem *mem, const char *text, double *out);

int64_t        xb_json_count(const xb_json *v);                  /* items or members; 0 for anything else */
const xb_json *xb_json_get(const xb_json *obj, const char *key); /* NULL if it is no object or lacks it; looks at all keys */
const xb_json *xb_json_at(const xb_json *array, int64_t index);  /* NULL if it is no array or too short; O(index) */

/* Items of an array or members of an object, in file order. `key` is NULL in an array. */
typedef struct xb_json_iter {
    const char    *key;
    size_t         key_size;
    const xb_json *value;
    int64_t        index;
    const xb_json *next_; /* private */
    int64_t        left_;
    int            is_object_;
} xb_json_iter;
xb_json_iter xb_json_items(const xb_json *v);
int          xb_json_next(xb_json_iter *it);

/* ---- members with a wanted type ----
 * `where` is the path of `obj` for messages, "" at the root. xb_json_get_X: the member must be there. xb_json_opt_X: a member
 * that is missing or null gives `fallback`. Failures are MALFORMED, name the path, what was found and what was wanted, and
 * have the path as subject. The fallback is not checked. */

xybrid_status xb_json_get_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max, int64_t *out,
                              xybrid_error *err);
xybrid_status xb_json_opt_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                              int64_t fallback, int64_t *out, xybrid_error *err);

xybrid_status xb_json_get_double(const xb_json *obj, const char *where, const char *key, double min, double max, double *out,
                                 xybrid_error *err);
xybrid_status xb_json_opt_double(const xb_json *obj, const char *where, const char *key, double min, double max,
                                 double fallback, double *out, xybrid_error *err);

/* A string with a NUL inside is refused, so that the length need not be carried. */
xybrid_status xb_json_get_string(const xb_json *obj, const char *where, const char *key, const char **out, xybrid_error *err);
xybrid_status xb_json_opt_string(const xb_json *obj, const char *where, const char *key, const char *fallback, const char **out,
                                 xybrid_error *err);

xybrid_status xb_json_get_bool(const xb_json *obj, const char *where, const char *key, int *out, xybrid_error *err);
xybrid_status xb_json_opt_bool(const xb_json *obj, const char *where, const char *key, int fallback, int *out,
                               xybrid_error *err);

/* ARRAY or OBJECT. The optional form gives NULL. */
xybrid_status xb_json_get_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err);
xybrid_status xb_json_opt_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err);

/* Arrays of min_count..max_count numbers into out[max_count]. With min_count 0 the member may be missing or null: count 0. */
xybrid_status xb_json_get_ints(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                               int64_t min_count, int64_t max_count, int64_t *out, int64_t *count, xybrid_error *err);
xybrid_status xb_json_get_doubles(const xb_json *obj, const char *where, const char *key, double min, double max,
                                  int64_t min_count, int64_t max_count, double *out, int64_t *count, xybrid_error *err);

/* MALFORMED for a value that the caller judged itself: `preprocessing[2].mode is "fast", wanted <wanted>`. `v` NULL reads
 * "is missing". */
xybrid_status xb_json_fail(const xb_json *v, const char *where, const char *key, const char *wanted, xybrid_error *err);

/* ---- writing ----
 *     xb_json_writer w;
 *     xb_json_writer_init(&w, &str, XB_JSON_PRETTY);
 *     xb_json_begin_object(&w);
 *     xb_json_key(&w, "shape"), xb_json_put_ints(&w, shape, rank);
 *     xb_json_end(&w);
 *     XB_TRY(xb_json_writer_status(&w, err));   // the first failure sticks, as in xb_str
 * Calls that cannot make JSON (a value without its key, one `end` too many, deeper than XB_MAX_JSON_DEPTH) make the status
 * INTERNAL. One thread at a time. */

enum { XB_JSON_COMPACT = 0, XB_JSON_PRETTY = 1 /* a member or item a line, 2 spaces a level; arrays of numbers on one line */ };

typedef struct xb_json_writer {
    xb_str  *out;
    uint64_t objects;  /* bit n: level n + 1 is an object */
    uint64_t nonempty; /* bit n: level n + 1 has an item */
    int      depth, pretty, has_key, misused, done;
} xb_json_writer;

void xb_json_writer_init(xb_json_writer *w, xb_str *out, int pretty);
void xb_json_begin_object(xb_json_writer *w);
void xb_json_begin_array(xb_json_writer *w);
void xb_json_end(xb_json_writer *w); /* of the innermost */
void xb_json_key(xb_json_writer *w, const char *key);
void xb_json_keyn(xb_json_writer *w, const char *key, size_t size);
void xb_json_put_string(xb_json_writer *w, const char *text);               /* NULL writes null */
void xb_json_put_stringn(xb_json_writer *w, const char *text, size_t size); /* invalid UTF-8 becomes U+FFFD, a byte each */
void xb_json_put_int(xb_json_writer *w, int64_t value);
void xb_json_put_bool(xb_json_writer *w, int value);
void xb_json_put_null(xb_json_writer *w);
void xb_json_put_raw(xb_json_writer *w, const char *json, size_t size); /* a whole value, taken as it is */

/* The shortest digits that read back as the same number, in double and in float32; NaN and infinities become null. A whole
 * number keeps ".0", so that it reads back as what it was. */
void xb_json_put_double(xb_json_writer *w, double value);
void xb_json_put_float(xb_json_writer *w, float value);

void xb_json_put_ints(xb_json_writer *w, const int64_t *values, int64_t count);
void xb_json_put_floats(xb_json_writer *w, const float *values, int64_t count);

/* A parsed value with all that is in it; a missing one as null. Recursion is as deep as its document, which the parser bounds. */
void xb_json_put_value(xb_json_writer *w, const xb_json *value);

/* The same from text: pretty becomes compact, or the other way round; what is no JSON becomes null. */
void xb_json_put_text(xb_json_writer *w, xb_mem *mem, const char *json, size_t size);

/* OK when one whole value was written and the text has room; the text ends without a newline. */
xybrid_status xb_json_writer_status(const xb_json_writer *w, xybrid_error *err);

/* The digits alone: writes at most 40 bytes with the NUL, returns the length. "nan" and "inf" as null. */
size_t xb_json_format_double(char out[40], double value);
size_t xb_json_format_float(char out[40], float value);

#endif
