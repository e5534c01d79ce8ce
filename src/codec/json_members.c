/* codec/json_members.c - members of a JSON object that must have a type and a range, and the messages where they do not. Built
 * for size; what reads the text is json.c. */
#include "codec/json.h"

#include <float.h>
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

enum { PATH_SIZE = 192, FOUND_SIZE = 80, FOUND_TEXT_BYTES = 40 };

static void make_path(char path[PATH_SIZE], const char *where, const char *key, int64_t index) {
    if (!where) where = "";
    if (!key) key = "";
    size_t n = xb_format(path, PATH_SIZE, "%s%s%s", where, *where && *key ? "." : "", key);
    if (index >= 0) n += xb_format(path + n, PATH_SIZE - n, "[%lld]", (long long)index);
    if (n == 0) xb_format(path, PATH_SIZE, "the document");
}

/* `"12"`, `an array of 3`, `missing`: what the message says after "is". */
static void describe(char found[FOUND_SIZE], const xb_json *v) {
    const char *text = NULL;
    size_t      size = 0;
    int64_t     i = 0;
    double      d = 0;
    int         truth = 0;
    switch (xb_json_type_of(v)) {
    case XB_JSON_MISSING: xb_format(found, FOUND_SIZE, "missing"); break;
    case XB_JSON_NULL: xb_format(found, FOUND_SIZE, "null"); break;
    case XB_JSON_BOOL: xb_format(found, FOUND_SIZE, xb_json_bool(v, &truth) && truth ? "true" : "false"); break;
    case XB_JSON_ARRAY: xb_format(found, FOUND_SIZE, "an array of %lld", (long long)xb_json_count(v)); break;
    case XB_JSON_OBJECT: xb_format(found, FOUND_SIZE, "an object"); break;
    case XB_JSON_NUMBER:
        if (xb_json_int(v, &i)) xb_format(found, FOUND_SIZE, "%lld", (long long)i);
        else if (xb_json_double(v, &d)) (void)xb_json_format_double(found, d);
        break;
    case XB_JSON_STRING: {
        (void)xb_json_string(v, &text, &size);
        size_t shown = size > FOUND_TEXT_BYTES ? xb_utf8_cut(text, FOUND_TEXT_BYTES) : size;
        size_t n = xb_format(found, FOUND_SIZE, "\"");
        for (size_t c = 0; c < shown; c++) found[n++] = (unsigned char)text[c] < 0x20 ? ' ' : text[c];
        xb_format(found + n, FOUND_SIZE - n, "%s", shown < size ? "...\"" : "\"");
        break;
    }
    }
}

static xybrid_status fail_item(const xb_json *v, const char *where, const char *key, int64_t index, const char *wanted,
                               xybrid_error *err) {
    char path[PATH_SIZE], found[FOUND_SIZE];
    make_path(path, where, key, index);
    describe(found, v);
    return xb_fail(err, XYBRID_MALFORMED, path, "%s is %s, wanted %s", path, found, wanted);
}

xybrid_status xb_json_fail(const xb_json *v, const char *where, const char *key, const char *wanted, xybrid_error *err) {
    return fail_item(v, where, key, -1, wanted, err);
}

static int is_absent(const xb_json *v) { return !v || xb_json_is(v, XB_JSON_NULL); }

static xybrid_status item_int(const xb_json *v, const char *where, const char *key, int64_t index, int64_t min, int64_t max,
                              int64_t *out, xybrid_error *err) {
    int64_t n = 0;
    if (xb_json_int(v, &n) && n >= min && n <= max) {
        *out = n;
        return XYBRID_OK;
    }
    char   wanted[80];
    size_t used = xb_format(wanted, sizeof wanted, "an integer");
    if (min > INT64_MIN && max < INT64_MAX)
        xb_format(wanted + used, sizeof wanted - used, " %lld..%lld", (long long)min, (long long)max);
    else if (min > INT64_MIN) xb_format(wanted + used, sizeof wanted - used, " of at least %lld", (long long)min);
    else if (max < INT64_MAX) xb_format(wanted + used, sizeof wanted - used, " of at most %lld", (long long)max);
    return fail_item(v, where, key, index, wanted, err);
}

static xybrid_status item_double(const xb_json *v, const char *where, const char *key, int64_t index, double min, double max,
                                 double *out, xybrid_error *err) {
    double n = 0;
    if (xb_json_double(v, &n) && n >= min && n <= max) {
        *out = n;
        return XYBRID_OK;
    }
    char wanted[80], low[40], high[40];
    (void)xb_json_format_double(low, min);
    (void)xb_json_format_double(high, max);
    if (min >= -DBL_MAX && max <= DBL_MAX) xb_format(wanted, sizeof wanted, "a number %s..%s", low, high);
    else if (min >= -DBL_MAX) xb_format(wanted, sizeof wanted, "a number of at least %s", low);
    else if (max <= DBL_MAX) xb_format(wanted, sizeof wanted, "a number of at most %s", high);
    else xb_format(wanted, sizeof wanted, "a number");
    return fail_item(v, where, key, index, wanted, err);
}

xybrid_status xb_json_get_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max, int64_t *out,
                              xybrid_error *err) {
    return item_int(xb_json_get(obj, key), where, key, -1, min, max, out, err);
}

xybrid_status xb_json_opt_int(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                              int64_t fallback, int64_t *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!is_absent(v)) return item_int(v, where, key, -1, min, max, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_double(const xb_json *obj, const char *where, const char *key, double min, double max, double *out,
                                 xybrid_error *err) {
    return item_double(xb_json_get(obj, key), where, key, -1, min, max, out, err);
}

xybrid_status xb_json_opt_double(const xb_json *obj, const char *where, const char *key, double min, double max,
                                 double fallback, double *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!is_absent(v)) return item_double(v, where, key, -1, min, max, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_string(const xb_json *obj, const char *where, const char *key, const char **out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    const char    *text = NULL;
    size_t         size = 0;
    if (!xb_json_string(v, &text, &size)) return xb_json_fail(v, where, key, "a string", err);
    if (strlen(text) != size) return xb_json_fail(v, where, key, "a string without NUL characters", err);
    *out = text;
    return XYBRID_OK;
}

xybrid_status xb_json_opt_string(const xb_json *obj, const char *where, const char *key, const char *fallback, const char **out,
                                 xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_string(obj, where, key, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_bool(const xb_json *obj, const char *where, const char *key, int *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    return xb_json_bool(v, out) ? XYBRID_OK : xb_json_fail(v, where, key, "true or false", err);
}

xybrid_status xb_json_opt_bool(const xb_json *obj, const char *where, const char *key, int fallback, int *out,
                               xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_bool(obj, where, key, out, err);
    *out = fallback;
    return XYBRID_OK;
}

xybrid_status xb_json_get_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    if (!xb_json_is(v, type)) return xb_json_fail(v, where, key, type == XB_JSON_ARRAY ? "an array" : "an object", err);
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_json_opt_node(const xb_json *obj, const char *where, const char *key, xb_json_type type, const xb_json **out,
                               xybrid_error *err) {
    if (!is_absent(xb_json_get(obj, key))) return xb_json_get_node(obj, where, key, type, out, err);
    *out = NULL;
    return XYBRID_OK;
}

/* The array, checked for its length; NULL when it is absent and may be. */
static xybrid_status get_numbers(const xb_json *obj, const char *where, const char *key, const char *kind, int64_t min_count,
                                 int64_t max_count, const xb_json **out, xybrid_error *err) {
    const xb_json *v = xb_json_get(obj, key);
    int64_t        n = xb_json_count(v);
    if (is_absent(v) && min_count == 0) {
        *out = NULL;
        return XYBRID_OK;
    }
    if (!xb_json_is(v, XB_JSON_ARRAY) || n < min_count || n > max_count) {
        char wanted[96];
        if (min_count == max_count) xb_format(wanted, sizeof wanted, "an array of %lld %s", (long long)min_count, kind);
        else xb_format(wanted, sizeof wanted, "an array of %lld..%lld %s", (long long)min_count, (long long)max_count, kind);
        return xb_json_fail(v, where, key, wanted, err);
    }
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_json_get_ints(const xb_json *obj, const char *where, const char *key, int64_t min, int64_t max,
                               int64_t min_count, int64_t max_count, int64_t *out, int64_t *count, xybrid_error *err) {
    const xb_json *array = NULL;
    int64_t        checked = 0;
    XB_TRY(get_numbers(obj, where, key, "integers", min_count, max_count, &array, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);)
        XB_TRY(item_int(it.value, where, key, it.index, min, max, &checked, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) (void)xb_json_int(it.value, &out[it.index]);
    *count = xb_json_count(array);
    return XYBRID_OK;
}

xybrid_status xb_json_get_doubles(const xb_json *obj, const char *where, const char *key, double min, double max,
                                  int64_t min_count, int64_t max_count, double *out, int64_t *count, xybrid_error *err) {
    const xb_json *array = NULL;
    double         checked = 0;
    XB_TRY(get_numbers(obj, where, key, "numbers", min_count, max_count, &array, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);)
        XB_TRY(item_double(it.value, where, key, it.index, min, max, &checked, err));
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) (void)xb_json_double(it.value, &out[it.index]);
    *count = xb_json_count(array);
    return XYBRID_OK;
}
