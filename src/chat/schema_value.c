/* schema_value.c - one choice of a value as an expression: listed values, or each of its types; arrays; texts and their formats. */
#include <string.h>

#include "base/utf8.h"
#include "base/checked.h"
#include "chat/schema_int.h"

/* ---- listed values ---- */

static int64_t characters(const char *text, size_t size) {
    int64_t n = 0;
    for (size_t i = 0; i < size; i++) n += ((uint8_t)text[i] & 0xC0) != 0x80;
    return n;
}

static int in_bounds(const xb_shape *h, double x) {
    if (h->low.is_there && (x < h->low.value || (h->low.excludes && x <= h->low.value))) return 0;
    return !h->high.is_there || x < h->high.value || (!h->high.excludes && x <= h->high.value);
}

/* Does the rest of the shape allow a listed value? */
static xybrid_status fits(xb_schema *s, const xb_shape *h, const xb_json *v, int *out, xybrid_error *err) {
    const char *text = "", *pattern = "";
    size_t      size = 0, pattern_size = 0;
    double      x = 0;
    *out = (xb_shape_type(v) & h->types) != 0;
    if (*out && xb_json_double(v, &x)) {
        *out = in_bounds(h, x);
        if (h->multiple > 0) return xb_schema_unsupported(h->parts[0].path, "multipleOf beside enum or const", err);
    }
    if (*out && xb_json_string(v, &text, &size)) {
        const int64_t n = characters(text, size);
        *out = n >= h->min_length && (h->max_length < 0 || n <= h->max_length);
        if (*out && xb_json_string(h->pattern, &pattern, &pattern_size)) {
            if (strlen(text) != size) return xb_schema_unsupported(h->pattern_path, "a NUL in a text that it is tried on", err);
            return xb_schema_matches(s, pattern, pattern_size, text, h->pattern_path, out, err);
        }
    }
    if (*out && (xb_json_is(v, XB_JSON_ARRAY) || xb_json_is(v, XB_JSON_OBJECT)))
        for (size_t i = 0; i < h->part_count; i++) {
            if (xb_schema_has_any(h->parts[i].node, "properties\0required\0additionalProperties\0items\0prefixItems\0minItems\0"
                                                    "maxItems\0uniqueItems\0minProperties\0"))
                return xb_schema_unsupported(h->parts[i].path, "an enum or const of lists or objects beside other keywords",
                                             err);
        }
    return XYBRID_OK;
}

static xybrid_status write_values(xb_schema *s, const xb_shape *h, xybrid_error *err) {
    const char *part = "";
    for (size_t i = 0; i < h->value_count; i++) {
        int fit = 0;
        XB_TRY(fits(s, h, h->values[i], &fit, err));
        if (!fit) continue;
        xb_str_add(&s->out, part), part = " | ";
        XB_TRY(xb_schema_json_literal(s, h->values[i], err));
    }
    if (!*part) xb_schema_never(s, h->parts[0].path, "none of the listed values fits the rest of the schema");
    return XYBRID_OK;
}

/* ---- texts ---- */

/* A format as an expression, and the shortest and longest text of it. Others are no constraint, as the specification allows. */
static const struct {
    const char *name, *text;
    uint32_t    basics;
    uint16_t    min, max;
} formats[] = {
    { "date", "date", 1u << XB_B_DATE, 10, 10 },
    { "time", "time", 1u << XB_B_TIME, 9, 21 },
    { "date-time", "date \"T\" time", 1u << XB_B_DATE | 1u << XB_B_TIME, 20, 32 },
    { "duration", "\"P\" ([0-9]{1,4} [DWMY] | \"T\" [0-9]{1,4} [HMS])", 0, 3, 7 },
    { "uuid", "hex{8} \"-\" hex{4} \"-\" hex{4} \"-\" hex{4} \"-\" hex{12}", 1u << XB_B_HEX, 36, 36 },
    { "email", "[0-9A-Za-z_+-]{1,32} (\".\" [0-9A-Za-z_+-]{1,32})? \"@\" host", 1u << XB_B_HOST, 3, 226 },
    { "hostname", "host", 1u << XB_B_HOST, 1, 164 },
    { "ipv4", "ipv4", 1u << XB_B_IPV4, 7, 15 },
    { "ipv6", "ipv6", 1u << XB_B_IPV6, 2, 39 },
    { "uri", "(\"http\" \"s\"? | \"ftp\") \"://\" host (\":\" [1-9] [0-9]{0,3})? (\"/\" [0-9A-Za-z._~%-]{0,64}){0,8}",
      1u << XB_B_HOST, 7, 698 },
};

static xybrid_status write_format(xb_schema *s, const xb_shape *h, int *is_done, xybrid_error *err) {
    *is_done = 0;
    for (size_t i = 0; h->format && i < sizeof formats / sizeof formats[0]; i++) {
        if (!xb_streq(formats[i].name, h->format)) continue;
        if (h->pattern) return XYBRID_OK; /* the pattern says more, a format is a remark */
        if (h->min_length > formats[i].min || (h->max_length >= 0 && h->max_length < formats[i].max))
            return xb_schema_unsupported(h->parts[0].path, "minLength or maxLength that cuts the texts of its format", err);
        s->basics |= formats[i].basics;
        xb_str_add(&s->out, formats[i].text);
        *is_done = 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_schema_write_string(xb_schema *s, const xb_shape *h, xybrid_error *err) {
    const char *pattern = "";
    size_t      size = 0;
    int         is_done = 0;
    if (h->max_length >= 0 && h->max_length < h->min_length)
        return xb_schema_never(s, h->parts[0].path, "maxLength is below minLength"), XYBRID_OK;
    if (h->no_string) return xb_schema_unsupported(h->no_string, "two different patterns for one text", err);
    if (!h->pattern && !h->format && !h->min_length && h->max_length < 0)
        return xb_str_add(&s->out, xb_schema_basic(s, XB_B_STRING)), XYBRID_OK;
    xb_str_add(&s->out, "\"\\\"\" (");
    XB_TRY(write_format(s, h, &is_done, err));
    if (is_done) return xb_str_add(&s->out, ") \"\\\"\""), XYBRID_OK;
    if (xb_json_string(h->pattern, &pattern, &size))
        XB_TRY(xb_schema_write_pattern(s, pattern, size, h->min_length, h->max_length, h->pattern_path, err));
    else {
        if (h->min_length > XB_MAX_GRAMMAR_REPEAT || h->max_length > XB_MAX_GRAMMAR_REPEAT)
            return xb_schema_unsupported(h->parts[0].path, "minLength or maxLength above 65,536", err);
        xb_str_addf(&s->out, "%s{%lld,", xb_schema_basic(s, XB_B_CHAR), (long long)h->min_length);
        if (h->max_length >= 0) xb_str_addf(&s->out, "%lld", (long long)h->max_length);
        xb_str_addc(&s->out, '}');
    }
    xb_str_add(&s->out, ") \"\\\"\"");
    return XYBRID_OK;
}

/* ---- arrays ---- */

static const xb_json *prefix_of(const xb_json *node) {
    const xb_json *list = xb_json_get(node, "prefixItems");
    if (list) return list;
    list = xb_json_get(node, "items");
    return xb_json_is(list, XB_JSON_ARRAY) ? list : NULL;
}

/* What items behind the prefix must be. */
static const xb_json *rest_of(const xb_json *node, const char **key) {
    *key = xb_json_is(xb_json_get(node, "items"), XB_JSON_ARRAY) ? "additionalItems" : "items";
    return xb_json_get(node, *key);
}

static int says(const xb_shape *h, const char *keys) {
    for (size_t i = 0; i < h->part_count; i++)
        if (xb_schema_has_any(h->parts[i].node, keys)) return 1;
    return 0;
}

/* What item `index` must be; *is_none: there is no such item. */
static xybrid_status item_rule(xb_schema *s, const xb_shape *h, int64_t index, uint32_t *rule, int *is_none,
                               xybrid_error *err) {
    xb_sparts parts = { NULL, 0 };
    *is_none = 0;
    for (size_t i = 0; i < h->part_count; i++) {
        const xb_json *node = h->parts[i].node, *prefix = prefix_of(node), *v = xb_json_at(prefix, index);
        const char    *key = "items";
        char           place[40];
        int            truth = 1, is_told = 0;
        if (v) (void)xb_format(place, sizeof place, "prefixItems %lld", (long long)index), key = place;
        else {
            v = rest_of(node, &key);
            for (size_t k = 0; k < h->part_count && !v; k++) is_told |= rest_of(h->parts[k].node, &key) != NULL;
            if (!v && index == INT64_MAX && !is_told) v = xb_json_get(node, key = "unevaluatedItems");
        }
        if (v && xb_json_bool(v, &truth)) *is_none |= !truth;
        else if (v && *key == 'u') return xb_schema_unsupported(h->parts[i].path, "unevaluatedItems that is not a truth", err);
        else if (v) XB_TRY(xb_schema_add_part(s, &parts, v, h->parts[i].path, key, err));
    }
    return *is_none ? XYBRID_OK : xb_schema_rule(s, parts, 0, rule, err);
}

/* `rule` min..max times (max -1: any number), with a comma before each, or between them when they come first. */
static void write_items(xb_schema *s, uint32_t rule, int64_t min, int64_t max, int is_first) {
    const char *comma = xb_schema_basic(s, XB_B_COMMA);
    if (max == 0) return;
    if (is_first) {
        xb_str_addf(&s->out, min ? " r%u" : " (r%u", (unsigned)rule);
        write_items(s, rule, min ? min - 1 : 0, max < 0 ? -1 : max - 1, 0);
        if (!min) xb_str_add(&s->out, ")?");
        return;
    }
    xb_str_addf(&s->out, " (%s r%u){%lld,", comma, (unsigned)rule, (long long)min);
    if (max > 0) xb_str_addf(&s->out, "%lld", (long long)max);
    xb_str_addc(&s->out, '}');
}

xybrid_status xb_schema_write_array(xb_schema *s, const xb_shape *h, xybrid_error *err) {
    static const char listed[] = "items\0prefixItems\0contains\0";
    int64_t           prefix = 0, open = 0;
    int64_t           max = h->max_items, min = h->min_items;
    uint32_t          rule = 0;
    int               is_none = 0;
    for (size_t i = 0; i < h->part_count; i++)
        if (xb_json_get(h->parts[i].node, "unevaluatedItems") && xb_shape_has_cousins(h, i, listed))
            return xb_schema_unsupported(h->parts[i].path, "unevaluatedItems beside items of other schemas", err);
    if (h->no_array && max != 0 && max != 1)
        return xb_schema_unsupported(h->no_array, "no grammar compares the items of a list", err);
    for (size_t i = 0; i < h->part_count; i++) {
        const xb_json *list = prefix_of(h->parts[i].node);
        if (list && !xb_json_is(list, XB_JSON_ARRAY))
            return xb_schema_malformed(h->parts[i].path, "a list behind prefixItems", err);
        prefix = xb_max64(prefix, xb_json_count(list));
    }
    if (max >= 0 && prefix > max) prefix = max;
    XB_TRY(item_rule(s, h, INT64_MAX, &rule, &is_none, err)); /* of all behind the prefix */
    if (is_none && (max < 0 || max > prefix)) max = prefix;
    if (max >= 0 && max < min) return xb_schema_never(s, h->parts[0].path, "fewer items than minItems"), XYBRID_OK;
    if (prefix > XB_MAX_SCHEMA_DEPTH || min > XB_MAX_GRAMMAR_REPEAT || max > XB_MAX_GRAMMAR_REPEAT)
        return xb_schema_unsupported(h->parts[0].path, "more than 48 prefixItems, or more than 65,536 items", err);
    xb_str_add(&s->out, "\"[\"");
    for (int64_t i = 0; i < prefix; i++) {
        uint32_t one = 0;
        XB_TRY(item_rule(s, h, i, &one, &is_none, err));
        if (is_none && i < min) return xb_schema_never(s, h->parts[0].path, "an item that must be there cannot"), XYBRID_OK;
        if (is_none) {
            max = prefix = i;
            break;
        }
        if (i >= min) xb_str_add(&s->out, " ("), open++;
        if (i) xb_str_addf(&s->out, " %s", xb_schema_basic(s, XB_B_COMMA));
        xb_str_addf(&s->out, " r%u", (unsigned)one);
    }
    write_items(s, rule, xb_max64(min - prefix, 0), max < 0 ? -1 : max - prefix, prefix == 0);
    while (open--) xb_str_add(&s->out, ")?");
    xb_str_add(&s->out, " \"]\"");
    return XYBRID_OK;
}

/* ---- all types ---- */

static xybrid_status write_containers(xb_schema *s, const xb_shape *h, const char **part, xybrid_error *err) {
    static const char of_arrays[] = "items\0prefixItems\0minItems\0maxItems\0uniqueItems\0contains\0unevaluatedItems\0";
    static const char of_objects[] = "properties\0required\0additionalProperties\0patternProperties\0propertyNames\0"
                                     "minProperties\0maxProperties\0dependencies\0dependentRequired\0dependentSchemas\0"
                                     "unevaluatedProperties\0";
    if (h->types & XB_T_ARRAY) {
        xb_str_add(&s->out, *part), *part = " | ";
        if (!says(h, of_arrays)) xb_str_add(&s->out, xb_schema_basic(s, XB_B_ARRAY));
        else XB_TRY(xb_schema_write_array(s, h, err));
    }
    if (h->types & XB_T_OBJECT) {
        xb_str_add(&s->out, *part), *part = " | ";
        if (!says(h, of_objects)) xb_str_add(&s->out, xb_schema_basic(s, XB_B_OBJECT));
        else XB_TRY(xb_schema_write_object(s, h, err));
    }
    return XYBRID_OK;
}

xybrid_status xb_schema_write_shape(xb_schema *s, const xb_shape *whole, int is_key, xybrid_error *err) {
    static const struct {
        unsigned    type;
        const char *text;
    } words[] = { { XB_T_NULL, "null" }, { XB_T_FALSE, "false" }, { XB_T_TRUE, "true" } };
    xb_shape    h = *whole;
    const char *part = "";
    if (is_key) h.types &= XB_T_STRING;
    if (h.types == 0) return xb_schema_never(s, h.parts[0].path, "no type is left that it may have"), XYBRID_OK;
    if (h.no_value) return xb_schema_unsupported(h.no_value, "what a value is not, or what follows from what it is", err);
    if (h.values) return write_values(s, &h, err);
    for (size_t i = 0; i < 3; i++)
        if (h.types & words[i].type) xb_str_addf(&s->out, "%s\"%s\"", part, words[i].text), part = " | ";
    if (h.types & XB_T_NUMBER) {
        if ((h.types & XB_T_NUMBER) == XB_T_FRACTION)
            return xb_schema_unsupported(h.parts[0].path, "numbers but no integers", err);
        xb_str_add(&s->out, part), part = " | ";
        XB_TRY(xb_schema_write_number(s, &h, err));
    }
    if (h.types & XB_T_STRING) {
        xb_str_add(&s->out, part), part = " | ";
        XB_TRY(xb_schema_write_string(s, &h, err));
    }
    return write_containers(s, &h, &part, err);
}
