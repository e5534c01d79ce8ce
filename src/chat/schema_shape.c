/* schema_shape.c - the facts of schemas that hold together: types joined, bounds tightened, values that all of them allow. */
#include <string.h>

#include "chat/schema_int.h"

unsigned xb_shape_type(const xb_json *v) {
    int     truth = 0;
    int64_t whole = 0;
    switch (xb_json_type_of(v)) {
    case XB_JSON_NULL: return XB_T_NULL;
    case XB_JSON_BOOL: (void)xb_json_bool(v, &truth); return truth ? XB_T_TRUE : XB_T_FALSE;
    case XB_JSON_NUMBER: return xb_json_int(v, &whole) ? XB_T_INTEGER : XB_T_FRACTION;
    case XB_JSON_STRING: return XB_T_STRING;
    case XB_JSON_ARRAY: return XB_T_ARRAY;
    default: return XB_T_OBJECT;
    }
}

int xb_json_same(const xb_json *a, const xb_json *b, int depth) {
    const char *x = "", *y = "";
    size_t      n = 0, m = 0;
    double      p = 0, q = 0;
    if (xb_shape_type(a) != xb_shape_type(b) || xb_json_count(a) != xb_json_count(b) || depth > XB_MAX_JSON_DEPTH) return 0;
    if (xb_json_double(a, &p) && xb_json_double(b, &q)) return p >= q && p <= q;
    if (xb_json_string(a, &x, &n) && xb_json_string(b, &y, &m)) return n == m && memcmp(x, y, n) == 0;
    xb_json_iter k = xb_json_items(b);
    for (xb_json_iter i = xb_json_items(a); xb_json_next(&i);) {
        if (i.key ? !xb_json_same(i.value, xb_json_get(b, i.key), depth + 1)
                  : !xb_json_next(&k) || !xb_json_same(i.value, k.value, depth + 1))
            return 0;
    }
    return 1;
}

/* ---- types ---- */

static unsigned type_named(const xb_json *v) {
    static const struct {
        const char *name;
        unsigned    types;
    } names[] = { { "null", XB_T_NULL },       { "boolean", XB_T_FALSE | XB_T_TRUE },
                  { "integer", XB_T_INTEGER }, { "number", XB_T_NUMBER },
                  { "string", XB_T_STRING },   { "array", XB_T_ARRAY },
                  { "object", XB_T_OBJECT } };
    const char *text = "";
    size_t      size = 0;
    if (xb_json_string(v, &text, &size))
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (xb_streq(text, names[i].name)) return names[i].types;
    return 0;
}

static xybrid_status read_types(const xb_json *v, const char *path, unsigned *out, xybrid_error *err) {
    *out = type_named(v);
    for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
        const unsigned one = it.key ? 0 : type_named(it.value);
        if (!one) return xb_schema_malformed(path, "names of types", err);
        *out |= one;
    }
    return *out ? XYBRID_OK
                : xb_schema_malformed(path, "null, boolean, integer, number, string, array, object, or a list of them", err);
}

/* ---- numbers ---- */

static xybrid_status read_number(const xb_json *v, const char *path, double *out, xybrid_error *err) {
    return xb_json_double(v, out) ? XYBRID_OK : xb_schema_malformed(path, "a number", err);
}

static void tighten(xb_sbound *b, double value, int excludes, int is_low) {
    const int is_tighter = !b->is_there || (is_low ? value > b->value : value < b->value);
    if (is_tighter) *b = (xb_sbound){ value, 1, excludes };
    else if (b->value <= value && b->value >= value) b->excludes |= excludes;
}

static xybrid_status read_bound(xb_shape *h, const xb_json *node, const xb_json *v, const char *key, const char *path,
                                xybrid_error *err) {
    const int is_low = strstr(key, "inimum") != NULL;
    int       excludes = *key == 'e', truth = 0;
    double    value = 0;
    if (excludes && xb_json_bool(v, &truth)) return XYBRID_OK; /* of draft 4: read beside the bound */
    XB_TRY(read_number(v, path, &value, err));
    if (!excludes && xb_json_bool(xb_json_get(node, is_low ? "exclusiveMinimum" : "exclusiveMaximum"), &truth))
        excludes = truth;
    tighten(is_low ? &h->low : &h->high, value, excludes, is_low);
    return XYBRID_OK;
}

static double whole_multiple(double a, double b) { /* the least common one; 0: not of whole numbers */
    double x = a, y = b;
    if (a > 1e9 || b > 1e9 || a != (double)(int64_t)a || b != (double)(int64_t)b) return 0;
    while (y > 0) {
        const double rest = x - y * (double)(int64_t)(x / y);
        x = y, y = rest;
    }
    return a / x * b;
}

static xybrid_status read_multiple(xb_shape *h, const xb_json *v, const char *path, xybrid_error *err) {
    double value = 0;
    XB_TRY(read_number(v, path, &value, err));
    if (!(value > 0)) return xb_schema_malformed(path, "a number above 0", err);
    if (h->multiple > 0 && (h->multiple < value || h->multiple > value)) {
        value = whole_multiple(h->multiple, value);
        if (!(value > 0)) return xb_schema_unsupported(path, "two different ones that are not small whole numbers", err);
    }
    h->multiple = value;
    return XYBRID_OK;
}

static xybrid_status read_count(const xb_json *v, int is_max, const char *path, int64_t *out, xybrid_error *err) {
    int64_t n = 0;
    if (!xb_json_int(v, &n) || n < 0) return xb_schema_malformed(path, "a whole number from 0", err);
    if (is_max ? *out < 0 || n < *out : n > *out) *out = n;
    return XYBRID_OK;
}

/* ---- values ---- */

static xybrid_status read_values(xb_schema *s, xb_shape *h, const xb_json *v, int is_const, const char *path,
                                 xybrid_error *err) {
    const xb_json **list = xb_arena_array(&s->arena, (size_t)xb_json_count(v) + 1, sizeof(void *), err);
    size_t          count = 0;
    if (!list) return err->code;
    if (is_const) list[count++] = v;
    else if (!xb_json_is(v, XB_JSON_ARRAY)) return xb_schema_malformed(path, "a list", err);
    else
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) list[count++] = it.value;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int is_in = h->values == NULL;
        for (size_t k = 0; k < h->value_count && !is_in; k++) is_in = xb_json_same(list[i], h->values[k], 0);
        if (is_in) list[kept++] = list[i];
    }
    h->values = list, h->value_count = kept;
    return XYBRID_OK;
}

/* ---- keywords ---- */

enum kind {
    K_TYPE,
    K_NULLABLE,
    K_ENUM,
    K_CONST,
    K_BOUND,
    K_MULTIPLE,
    K_MIN,
    K_MAX,
    K_PATTERN,
    K_FORMAT,
    K_NOT,
    K_NO_VALUE,
    K_NO_ARRAY,
    K_NO_OBJECT,
    K_IF,
    K_UNIQUE,
    K_CONTAINS
};
static const struct {
    char    name[18];
    uint8_t kind, field;
} keywords[] = { { "type", K_TYPE, 0 },
                 { "nullable", K_NULLABLE, 0 },
                 { "enum", K_ENUM, 0 },
                 { "const", K_CONST, 0 },
                 { "minimum", K_BOUND, 0 },
                 { "maximum", K_BOUND, 0 },
                 { "exclusiveMinimum", K_BOUND, 0 },
                 { "exclusiveMaximum", K_BOUND, 0 },
                 { "multipleOf", K_MULTIPLE, 0 },
                 { "minLength", K_MIN, 0 },
                 { "maxLength", K_MAX, 0 },
                 { "minItems", K_MIN, 1 },
                 { "maxItems", K_MAX, 1 },
                 { "minProperties", K_MIN, 2 },
                 { "maxProperties", K_MAX, 2 },
                 { "pattern", K_PATTERN, 0 },
                 { "format", K_FORMAT, 0 },
                 { "not", K_NOT, 0 },
                 { "if", K_IF, 0 },
                 { "uniqueItems", K_UNIQUE, 0 },
                 { "contains", K_CONTAINS, 0 },
                 { "dependencies", K_NO_OBJECT, 0 },
                 { "dependentRequired", K_NO_OBJECT, 0 },
                 { "dependentSchemas", K_NO_OBJECT, 0 },
                 { "extends", K_NO_VALUE, 0 },
                 { "disallow", K_NO_VALUE, 0 } };

static xybrid_status read_not(xb_shape *h, const xb_json *v, const char *path, xybrid_error *err) {
    int      truth = 0;
    unsigned types = 0;
    if (xb_json_bool(v, &truth)) h->types &= truth ? 0 : XB_T_ALL;
    else if (xb_json_is(v, XB_JSON_OBJECT) && !xb_json_count(v)) h->types = 0;
    else if (xb_json_count(v) == 1 && xb_json_get(v, "type")) {
        XB_TRY(read_types(xb_json_get(v, "type"), path, &types, err));
        h->types &= ~types;
    } else h->no_value = path;
    return XYBRID_OK;
}

static xybrid_status read_text(xb_shape *h, const xb_json *v, int is_format, const char *path, xybrid_error *err) {
    const char *text = "";
    size_t      size = 0;
    if (!xb_json_string(v, &text, &size)) return xb_schema_malformed(path, "a text", err);
    if (is_format) h->format = text;
    else if (h->pattern && !xb_json_same(h->pattern, v, 0)) h->no_string = path;
    else h->pattern = v, h->pattern_path = path;
    return XYBRID_OK;
}

static xybrid_status read_keyword(xb_schema *s, xb_shape *h, const xb_json *node, size_t k, const xb_json *v, const char *path,
                                  xybrid_error *err) {
    int64_t *const counts[3][2] = { { &h->min_length, &h->max_length },
                                    { &h->min_items, &h->max_items },
                                    { &h->min_members, &h->max_members } };
    int            truth = 0;
    unsigned       types = 0;
    int64_t        n = 1;
    switch (keywords[k].kind) {
    case K_TYPE:
        XB_TRY(read_types(v, path, &types, err));
        if (xb_json_bool(xb_json_get(node, "nullable"), &truth) && truth) types |= XB_T_NULL;
        h->types &= types;
        return XYBRID_OK;
    case K_ENUM:
    case K_CONST: return read_values(s, h, v, keywords[k].kind == K_CONST, path, err);
    case K_BOUND: return read_bound(h, node, v, keywords[k].name, path, err);
    case K_MULTIPLE: return read_multiple(h, v, path, err);
    case K_MIN:
    case K_MAX:
        return read_count(v, keywords[k].kind == K_MAX, path, counts[keywords[k].field][keywords[k].kind == K_MAX], err);
    case K_PATTERN:
    case K_FORMAT: return read_text(h, v, keywords[k].kind == K_FORMAT, path, err);
    case K_NOT: return read_not(h, v, path, err);
    case K_IF:
        if (xb_json_get(node, "then") || xb_json_get(node, "else")) h->no_value = path;
        return XYBRID_OK;
    case K_UNIQUE:
        if (xb_json_bool(v, &truth) && truth) h->no_array = path;
        return XYBRID_OK;
    case K_CONTAINS:
        if (!xb_json_int(xb_json_get(node, "minContains"), &n) || n || xb_json_get(node, "maxContains")) h->no_array = path;
        return XYBRID_OK;
    case K_NO_OBJECT: h->no_object = path; return XYBRID_OK;
    case K_NO_VALUE: h->no_value = path; return XYBRID_OK;
    default: return XYBRID_OK;
    }
}

xybrid_status xb_shape_of(xb_schema *s, const xb_spart *parts, size_t count, xb_shape *out, xybrid_error *err) {
    xb_shape h = {
        .parts = parts, .part_count = count, .types = XB_T_ALL, .max_length = -1, .max_items = -1, .max_members = -1
    };
    for (size_t i = 0; i < count; i++) {
        const xb_json *node = parts[i].node;
        int            truth = 1;
        if (xb_json_bool(node, &truth) && !truth) h.types = 0;
        for (size_t k = 0; k < sizeof keywords / sizeof keywords[0]; k++) {
            const xb_json *v = xb_json_get(node, keywords[k].name);
            if (!v) continue;
            const char *path = xb_schema_path(s, parts[i].path, keywords[k].name, err);
            if (!path) return err->code;
            XB_TRY(read_keyword(s, &h, node, k, v, path, err));
        }
    }
    *out = h;
    return XYBRID_OK;
}

int xb_schema_has_any(const xb_json *node, const char *keys) {
    for (; *keys; keys += strlen(keys) + 1)
        if (xb_json_get(node, keys)) return 1;
    return 0;
}

int xb_shape_has_cousins(const xb_shape *h, size_t i, const char *keys) {
    for (size_t k = 0; k < h->part_count; k++) {
        int32_t up = (int32_t)k;
        while (up >= 0 && up != (int32_t)i) up = h->parts[up].from;
        if (up < 0 && xb_schema_has_any(h->parts[k].node, keys)) return 1;
    }
    return 0;
}
