/* codec/json_writer.c - writes JSON. Built for size; the digits of numbers come from json.c. */
#include "codec/json.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

void xb_json_writer_init(xb_json_writer *w, xb_str *out, int pretty) {
    memset(w, 0, sizeof *w);
    w->out = out;
    w->pretty = pretty;
}

static uint64_t level_bit(const xb_json_writer *w) { return UINT64_C(1) << ((w->depth - 1) & 63); }
static int      in_object(const xb_json_writer *w) { return w->depth > 0 && (w->objects & level_bit(w)) != 0; }

static void new_line(xb_json_writer *w) {
    if (!w->pretty) return;
    xb_str_addc(w->out, '\n');
    for (int i = 0; i < w->depth; i++) xb_str_add(w->out, "  ");
}

/* The comma and the line before an item of the innermost level. */
static void separate(xb_json_writer *w) {
    if (w->depth == 0) return;
    if (w->nonempty & level_bit(w)) xb_str_addc(w->out, ',');
    w->nonempty |= level_bit(w);
    new_line(w);
}

/* Every value passes here; 0 when a value may not stand here. */
static int begin_value(xb_json_writer *w) {
    if (w->depth == 0 ? w->done : in_object(w) && !w->has_key) w->misused = 1;
    if (w->misused) return 0;
    if (w->depth == 0) w->done = 1;
    else if (!in_object(w)) separate(w);
    w->has_key = 0;
    return 1;
}

static void begin_level(xb_json_writer *w, char open, int is_object) {
    if (w->depth == XB_MAX_JSON_DEPTH) w->misused = 1;
    if (!begin_value(w)) return;
    xb_str_addc(w->out, open);
    w->depth++;
    w->nonempty &= ~level_bit(w);
    w->objects = is_object ? w->objects | level_bit(w) : w->objects & ~level_bit(w);
}

void xb_json_begin_object(xb_json_writer *w) { begin_level(w, '{', 1); }
void xb_json_begin_array(xb_json_writer *w) { begin_level(w, '[', 0); }

void xb_json_end(xb_json_writer *w) {
    if (w->depth <= 0 || w->has_key) w->misused = 1;
    if (w->misused) return;
    char close = in_object(w) ? '}' : ']';
    int  had_items = (w->nonempty & level_bit(w)) != 0;
    w->depth--;
    if (had_items) new_line(w);
    xb_str_addc(w->out, close);
}

static void add_escape(xb_str *out, unsigned char c) {
    switch (c) {
    case '"': xb_str_add(out, "\\\""); break;
    case '\\': xb_str_add(out, "\\\\"); break;
    case '\b': xb_str_add(out, "\\b"); break;
    case '\f': xb_str_add(out, "\\f"); break;
    case '\n': xb_str_add(out, "\\n"); break;
    case '\r': xb_str_add(out, "\\r"); break;
    case '\t': xb_str_add(out, "\\t"); break;
    default: xb_str_addf(out, "\\u%04x", (unsigned)c); break;
    }
}

static int is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != 0x7f; }

static void add_quoted(xb_str *out, const char *text, size_t size) {
    const char *p = text, *end = text + size;
    xb_str_addc(out, '"');
    while (p < end) {
        const char *run = p;
        while (p < end && is_plain((unsigned char)*p)) p++;
        xb_str_addn(out, run, (size_t)(p - run));
        if (p == end) break;
        uint32_t code = 0;
        int      length = xb_utf8_read(p, end, &code);
        if (length == 0) xb_str_add(out, "\xEF\xBF\xBD");
        else if (length == 1) add_escape(out, (unsigned char)*p);
        else xb_str_addn(out, p, (size_t)length);
        p += length ? length : 1;
    }
    xb_str_addc(out, '"');
}

void xb_json_keyn(xb_json_writer *w, const char *key, size_t size) {
    if (!in_object(w) || w->has_key) w->misused = 1;
    if (w->misused) return;
    separate(w);
    add_quoted(w->out, key, size);
    xb_str_add(w->out, w->pretty ? ": " : ":");
    w->has_key = 1;
}

void xb_json_key(xb_json_writer *w, const char *key) { xb_json_keyn(w, key, strlen(key)); }

void xb_json_put_stringn(xb_json_writer *w, const char *text, size_t size) {
    if (begin_value(w)) add_quoted(w->out, text, size);
}

void xb_json_put_string(xb_json_writer *w, const char *text) {
    if (text) xb_json_put_stringn(w, text, strlen(text));
    else xb_json_put_null(w);
}

void xb_json_put_raw(xb_json_writer *w, const char *json_text, size_t size) {
    if (begin_value(w)) xb_str_addn(w->out, json_text, size);
}

void xb_json_put_null(xb_json_writer *w) { xb_json_put_raw(w, "null", 4); }
void xb_json_put_bool(xb_json_writer *w, int value) { xb_json_put_raw(w, value ? "true" : "false", value ? 4 : 5); }

void xb_json_put_int(xb_json_writer *w, int64_t value) {
    if (begin_value(w)) xb_str_addf(w->out, "%lld", (long long)value);
}

void xb_json_put_double(xb_json_writer *w, double value) {
    char   digits[40];
    size_t n = xb_json_format_double(digits, value);
    xb_json_put_raw(w, digits, n);
}

void xb_json_put_float(xb_json_writer *w, float value) {
    char   digits[40];
    size_t n = xb_json_format_float(digits, value);
    xb_json_put_raw(w, digits, n);
}

void xb_json_put_ints(xb_json_writer *w, const int64_t *values, int64_t count) {
    if (!begin_value(w)) return;
    xb_str_addc(w->out, '[');
    for (int64_t i = 0; i < count; i++) xb_str_addf(w->out, "%s%lld", i ? (w->pretty ? ", " : ",") : "", (long long)values[i]);
    xb_str_addc(w->out, ']');
}

void xb_json_put_floats(xb_json_writer *w, const float *values, int64_t count) {
    char digits[40];
    if (!begin_value(w)) return;
    xb_str_addc(w->out, '[');
    for (int64_t i = 0; i < count; i++) {
        if (i) xb_str_add(w->out, w->pretty ? ", " : ",");
        size_t n = xb_json_format_float(digits, values[i]);
        xb_str_addn(w->out, digits, n);
    }
    xb_str_addc(w->out, ']');
}

void xb_json_put_value(xb_json_writer *w, const xb_json *v) {
    const char *text;
    size_t      size;
    int64_t     integer;
    double      real;
    int         truth;
    switch (xb_json_type_of(v)) {
    case XB_JSON_MISSING:
    case XB_JSON_NULL: xb_json_put_null(w); break;
    case XB_JSON_BOOL:
        if (xb_json_bool(v, &truth)) xb_json_put_bool(w, truth);
        break;
    case XB_JSON_NUMBER:
        if (xb_json_int(v, &integer)) xb_json_put_int(w, integer);
        else if (xb_json_double(v, &real)) xb_json_put_double(w, real);
        break;
    case XB_JSON_STRING:
        if (xb_json_string(v, &text, &size)) xb_json_put_stringn(w, text, size);
        break;
    case XB_JSON_ARRAY:
    case XB_JSON_OBJECT:
        if (xb_json_is(v, XB_JSON_ARRAY)) xb_json_begin_array(w);
        else xb_json_begin_object(w);
        for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
            if (it.key) xb_json_keyn(w, it.key, it.key_size);
            xb_json_put_value(w, it.value);
        }
        xb_json_end(w);
        break;
    }
}

xybrid_status xb_json_writer_status(const xb_json_writer *w, xybrid_error *err) {
    XB_TRY(xb_str_status(w->out, err));
    XB_CHECK(!w->misused && w->depth == 0 && w->done);
    return XYBRID_OK;
}

void xb_json_put_text(xb_json_writer *w, xb_mem *mem, const char *json, size_t size) {
    xybrid_error unused;
    xb_json_doc *doc = NULL;
    if (json && xb_json_parse(mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &unused) == XYBRID_OK)
        xb_json_put_value(w, xb_json_root(doc));
    else xb_json_put_null(w);
    xb_json_free(doc);
}
