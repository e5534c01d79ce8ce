/* cli/outline.c - JSON for people. */
#include "outline.h"

#include <string.h>

enum { INDENT = 2, DEEPEST = 40 /* columns: what lies deeper is left out */, KEY_MAX = 24 };

static int is_plain(const xb_json *v) {
    xb_json_type type = xb_json_type_of(v);
    return type == XB_JSON_STRING || type == XB_JSON_NUMBER || type == XB_JSON_BOOL;
}

/* Numbers, texts, or a list of these: fits on a line. */
static int is_line(const xb_json *v) {
    if (is_plain(v)) return 1;
    if (!xb_json_is(v, XB_JSON_ARRAY)) return 0;
    for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
        if (!is_plain(it.value) && !xb_json_is(it.value, XB_JSON_NULL)) return 0;
    }
    return 1;
}

static int is_empty(const xb_json *v) {
    const char *text;
    size_t      size;
    if (xb_json_string(v, &text, &size)) return size == 0;
    return is_plain(v) ? 0 : xb_json_count(v) == 0;
}

/* What a terminal takes for commands has no place in a name. */
static void add_text(xb_str *s, const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) xb_str_addc(s, (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? '?' : text[i]);
}

static void add_plain(xb_str *s, const xb_json *v) {
    const char *text;
    size_t      size;
    int64_t     whole;
    double      number;
    int         yes;
    if (xb_json_string(v, &text, &size)) add_text(s, text, size);
    else if (xb_json_int(v, &whole)) xb_str_addf(s, "%lld", (long long)whole);
    else if (xb_json_double(v, &number)) xb_str_addf(s, "%.6g", number);
    else if (xb_json_bool(v, &yes)) xb_str_add(s, yes ? "yes" : "no");
    else xb_str_add(s, "?");
}

void outline_bytes(char out[32], int64_t bytes) {
    if (bytes < 1000) xb_format(out, 32, "%lld bytes", (long long)bytes);
    else if (bytes < 1000000) xb_format(out, 32, "%.1f kB", (double)bytes / 1e3);
    else if (bytes < 1000000000) xb_format(out, 32, "%.1f MB", (double)bytes / 1e6);
    else xb_format(out, 32, "%.2f GB", (double)bytes / 1e9);
}

/* Numbers, or what is called a shape, look like "[1,3,?,width]"; texts are enumerated. */
static void add_list(xb_str *s, const char *key, const xb_json *list) {
    int is_shape = xb_streq(key, "shape");
    for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) is_shape |= xb_json_is(it.value, XB_JSON_NUMBER);
    const char *between = "";
    if (is_shape) xb_str_addc(s, '[');
    for (xb_json_iter it = xb_json_items(list); xb_json_next(&it); between = is_shape ? "," : ", ") {
        xb_str_add(s, between);
        add_plain(s, it.value);
    }
    if (is_shape) xb_str_addc(s, ']');
}

/* What is_line; `key` is its name. */
static void add_line(xb_str *s, const char *key, const xb_json *v) {
    int64_t bytes;
    if (!is_plain(v)) {
        add_list(s, key, v);
    } else if (key && (xb_streq(key, "bytes") || xb_ends_with(key, "_bytes")) && xb_json_int(v, &bytes) && bytes >= 0) {
        char text[32];
        outline_bytes(text, bytes);
        xb_str_add(s, text);
    } else {
        add_plain(s, v);
    }
}

void outline_line(xb_str *s, const char *key, const char *text, int indent, size_t key_width) {
    cli_pad(s, "", (size_t)indent);
    cli_pad(s, key, key_width);
    xb_str_addf(s, "  %s\n", text);
}

void outline_member(xb_str *s, const char *key, const xb_json *value, int indent, size_t key_width) {
    if (is_empty(value) || indent > DEEPEST) return;
    cli_pad(s, "", (size_t)indent);
    if (is_line(value)) {
        cli_pad(s, key, key_width);
        xb_str_add(s, "  ");
        add_line(s, key, value);
        xb_str_addc(s, '\n');
    } else {
        xb_str_addf(s, "%s\n", key);
        outline_add(s, value, indent + INDENT);
    }
}

/* "x  float32  [1,784]", flags by their name when they are set. */
static void add_object_line(xb_str *s, const xb_json *object, int indent) {
    const char *between = "";
    cli_pad(s, "", (size_t)indent);
    for (xb_json_iter it = xb_json_items(object); xb_json_next(&it);) {
        int yes = 1, is_flag = xb_json_bool(it.value, &yes);
        if (!yes || is_empty(it.value)) continue;
        xb_str_add(s, between);
        if (is_flag) xb_str_add(s, it.key);
        else add_line(s, it.key, it.value);
        between = "  ";
    }
    xb_str_addc(s, '\n');
}

/* Width of the longest key of those members, from the `first` one on, that are a line. */
static size_t key_width(const xb_json *object, int64_t first) {
    size_t width = 0;
    for (xb_json_iter it = xb_json_items(object); xb_json_next(&it);) {
        if (it.index < first || !is_line(it.value) || is_empty(it.value)) continue;
        if (it.key_size > width && it.key_size <= KEY_MAX) width = it.key_size;
    }
    return width;
}

/* Objects of an array: each on a line, or headed by its first member if that is plain. */
static void add_object_in_array(xb_str *s, const xb_json *object, int indent) {
    int fits = 1, is_headed = 0;
    for (xb_json_iter it = xb_json_items(object); xb_json_next(&it);) {
        fits &= is_line(it.value) || is_empty(it.value);
        if (it.index == 0) is_headed = is_plain(it.value);
    }
    if (fits) {
        add_object_line(s, object, indent);
        return;
    }
    size_t width = key_width(object, is_headed);
    for (xb_json_iter it = xb_json_items(object); xb_json_next(&it);) {
        if (it.index == 0 && is_headed) {
            cli_pad(s, "", (size_t)indent);
            add_plain(s, it.value);
            xb_str_addc(s, '\n');
        } else {
            outline_member(s, it.key, it.value, indent + INDENT * is_headed, width);
        }
    }
}

void outline_add(xb_str *s, const xb_json *value, int indent) {
    if (indent > DEEPEST) return;
    if (xb_json_is(value, XB_JSON_OBJECT)) {
        size_t width = key_width(value, 0);
        for (xb_json_iter it = xb_json_items(value); xb_json_next(&it);) outline_member(s, it.key, it.value, indent, width);
    } else if (xb_json_is(value, XB_JSON_ARRAY)) {
        for (xb_json_iter it = xb_json_items(value); xb_json_next(&it);) {
            if (xb_json_is(it.value, XB_JSON_OBJECT)) add_object_in_array(s, it.value, indent);
            else outline_member(s, "-", it.value, indent, 1);
        }
    } else if (!is_empty(value)) {
        cli_pad(s, "", (size_t)indent);
        add_line(s, NULL, value);
        xb_str_addc(s, '\n');
    }
}
