/* chat/tools_parse_loose.c - calls that are not JSON: Python's f(a='x', b=[1, None]), Gemma's call:f{a:<|"|>x<|"|>,b:[1]}, and
 * those in tags, as Qwen's <function=f><parameter=a>x</parameter></function>. They become JSON. Nesting ends at
 * XB_MAX_JSON_DEPTH. */
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "chat/tools_int.h"

typedef struct loose {
    const xb_dialect *d;
    const char       *at, *end;
    xb_json_writer    w;
    xb_str            text, json;
    int               depth, is_wrong;
} loose;

static int  is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
static void skip_blanks(loose *l) {
    while (l->at < l->end && is_blank(*l->at)) l->at++;
}
static int take_char(loose *l, char c) { /* behind blanks */
    skip_blanks(l);
    if (l->at == l->end || *l->at != c) return 0;
    l->at++;
    return 1;
}
static int is_at(const loose *l, const char *text) {
    size_t n = text ? strlen(text) : 0;
    return n > 0 && (size_t)(l->end - l->at) >= n && memcmp(l->at, text, n) == 0;
}

/* ---- texts ---- */

static uint32_t read_hex(loose *l, int digits) {
    uint32_t value = 0;
    for (int i = 0; i < digits; i++) {
        char c = l->at < l->end ? *l->at++ : 'x';
        int  v = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (v < 0) l->is_wrong = 1;
        value = value << 4 | (uint32_t)(v & 15);
    }
    return value;
}

/* What stands behind a backslash; what no escape is keeps the backslash, as in Python. */
static void read_escape(loose *l) {
    static const char letters[] = "ntrbf0\\'\"/", values[] = "\n\t\r\b\f\0\\'\"/";
    char              c = *l->at++, out[4];
    const char       *found = c ? strchr(letters, c) : NULL;
    if (found) xb_str_addc(&l->text, values[found - letters]);
    else if (c == 'u' || c == 'x') {
        uint32_t code = read_hex(l, c == 'u' ? 4 : 2);
        if (code >> 10 == 0x36 && is_at(l, "\\u")) { /* the first half of a pair */
            l->at += 2;
            code = 0x10000 + ((code & 0x3FF) << 10 | (read_hex(l, 4) & 0x3FF));
        }
        xb_str_addn(&l->text, out, (size_t)xb_utf8_write(code >> 11 == 0x1B ? 0xFFFD : code, out));
    } else {
        xb_str_addc(&l->text, '\\');
        xb_str_addc(&l->text, c);
    }
}

/* A quoted text into l->text; 0 if none stands here. */
static int read_text(loose *l) {
    xb_str_clear(&l->text);
    if (is_at(l, l->d->quote)) {
        l->at += strlen(l->d->quote);
        while (l->at < l->end && !is_at(l, l->d->quote)) xb_str_addc(&l->text, *l->at++);
        if (l->at == l->end) l->is_wrong = 1;
        else l->at += strlen(l->d->quote);
        return 1;
    }
    char quote = l->at < l->end ? *l->at : 0;
    if (quote != '"' && !(quote == '\'' && l->d->syntax == XB_CALL_PYTHON)) return 0;
    for (l->at++; l->at < l->end && *l->at != quote;) {
        if (*l->at == '\\' && l->at + 1 < l->end) l->at++, read_escape(l);
        else xb_str_addc(&l->text, *l->at++);
    }
    if (l->at == l->end) l->is_wrong = 1;
    else l->at++;
    return 1;
}

/* RFC 8259, section 6. */
static int is_number(const char *p, const char *end) {
    p += p < end && *p == '-';
    const char *digits = p;
    while (p < end && *p >= '0' && *p <= '9') p++;
    if (p == digits || (*digits == '0' && p > digits + 1)) return 0;
    if (p < end && *p == '.') {
        for (digits = ++p; p < end && *p >= '0' && *p <= '9';) p++;
        if (p == digits) return 0;
    }
    if (p < end && (*p | 32) == 'e') {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        for (digits = p; p < end && *p >= '0' && *p <= '9';) p++;
        if (p == digits) return 0;
    }
    return p == end;
}

static int is_word(const char *p, size_t n, const char *a, const char *b) {
    return (strlen(a) == n && memcmp(p, a, n) == 0) || (strlen(b) == n && memcmp(p, b, n) == 0);
}

/* true, None, 12, and in Gemma's form a text without quotes. */
static void write_bare(loose *l) {
    const char *begin = l->at;
    while (l->at < l->end && !strchr(",}])", *l->at)) l->at++;
    const char *end = l->at;
    while (end > begin && is_blank(end[-1])) end--;
    size_t n = (size_t)(end - begin);
    if (is_word(begin, n, "true", "True")) xb_json_put_bool(&l->w, 1);
    else if (is_word(begin, n, "false", "False")) xb_json_put_bool(&l->w, 0);
    else if (is_word(begin, n, "null", "None")) xb_json_put_null(&l->w);
    else if (is_number(begin, end)) xb_json_put_raw(&l->w, begin, n);
    else if (l->d->syntax == XB_CALL_GEMMA && n > 0) xb_json_put_stringn(&l->w, begin, n);
    else l->is_wrong = 1;
}

/* ---- values ---- */

static void write_value(loose *l);

/* Key, separator, value, up to `close`. */
static void write_members(loose *l, char separator, char close) {
    xb_json_begin_object(&l->w);
    while (!l->is_wrong && !take_char(l, close)) {
        skip_blanks(l);
        if (!read_text(l))
            while (l->at < l->end && *l->at != separator && !strchr(",{}[]()", *l->at) && !is_blank(*l->at))
                xb_str_addc(&l->text, *l->at++);
        if (l->text.size == 0 || !take_char(l, separator)) {
            l->is_wrong = 1;
            break;
        }
        xb_json_keyn(&l->w, l->text.data, l->text.size);
        write_value(l);
        if (!take_char(l, ',') && (skip_blanks(l), l->at == l->end || *l->at != close)) l->is_wrong = 1;
    }
    xb_json_end(&l->w);
}

static void write_items(loose *l, char close) {
    xb_json_begin_array(&l->w);
    while (!l->is_wrong && !take_char(l, close)) {
        write_value(l);
        if (!take_char(l, ',') && (skip_blanks(l), l->at == l->end || *l->at != close)) l->is_wrong = 1;
    }
    xb_json_end(&l->w);
}

static void write_value(loose *l) {
    skip_blanks(l);
    if (l->depth > XB_MAX_JSON_DEPTH - 2 || l->at == l->end) l->is_wrong = 1;
    if (l->is_wrong) return;
    l->depth++;
    if (read_text(l)) xb_json_put_stringn(&l->w, l->text.data, l->text.size);
    else if (take_char(l, '{')) write_members(l, ':', '}');
    else if (take_char(l, '[')) write_items(l, ']');
    else if (l->d->syntax == XB_CALL_PYTHON && take_char(l, '(')) write_items(l, ')');
    else write_bare(l);
    l->depth--;
}

/* ---- calls ---- */

static xybrid_status fail(xybrid_error *err, const char *body, size_t size) {
    return xb_fail(err, XYBRID_MALFORMED, "tool call", "tool call: not understood: \"%.*s\"", (int)(size < 60 ? size : 60),
                   body);
}

static void begin_call(loose *l, const char *name, size_t size) {
    xb_str_clear(&l->json);
    xb_str_addn(&l->json, name, size);
    xb_str_addc(&l->json, 0); /* name, NUL, arguments */
    xb_json_writer_init(&l->w, &l->json, XB_JSON_COMPACT);
}

static xybrid_status end_call(loose *l, const xb_call_list *list, const char *body, size_t size, xybrid_error *err) {
    if (l->is_wrong) return fail(err, body, size);
    XB_TRY(xb_str_status(&l->text, err));
    XB_TRY(xb_json_writer_status(&l->w, err));
    const char *arguments = l->json.data + strlen(l->json.data) + 1;
    if (list->take) list->take(list->ctx, NULL, l->json.data, arguments, l->json.size - (size_t)(arguments - l->json.data));
    return XYBRID_OK;
}

static xybrid_status read_one(loose *l, const xb_call_list *list, xybrid_error *err) {
    const char *begin, *body = l->at;
    int         is_python = l->d->syntax == XB_CALL_PYTHON;
    size_t      size = (size_t)(l->end - l->at);
    skip_blanks(l);
    if (!is_python && is_at(l, "call")) {
        l->at += 4;
        if (!take_char(l, ':')) skip_blanks(l);
        skip_blanks(l);
    }
    for (begin = l->at; l->at < l->end && xb_is_call_name(*l->at);) l->at++;
    if (l->at == begin) return fail(err, body, size);
    begin_call(l, begin, (size_t)(l->at - begin));
    if (!take_char(l, is_python ? '(' : '{')) return fail(err, body, size);
    write_members(l, is_python ? '=' : ':', is_python ? ')' : '}');
    return end_call(l, list, body, size, err);
}

static void open_loose(loose *l, const xb_dialect *d, const char *body, size_t size, xb_mem *mem) {
    *l = (loose){ .d = d, .at = body, .end = body + size };
    xb_str_init(&l->text, mem, XB_MAX_CALL_BYTES);
    xb_str_init(&l->json, mem, 8 * (size_t)XB_MAX_CALL_BYTES);
}
static void close_loose(loose *l) {
    xb_str_free(&l->text);
    xb_str_free(&l->json);
}

xybrid_status xb_call_read_loose(const xb_dialect *d, const char *body, size_t size, const xb_call_list *list,
                                 xybrid_error *err) {
    loose l;
    open_loose(&l, d, body, size, list->mem);
    int           is_list = d->syntax == XB_CALL_PYTHON && take_char(&l, '[');
    xybrid_status st = read_one(&l, list, err);
    while (st == XYBRID_OK && is_list && take_char(&l, ',')) st = read_one(&l, list, err);
    if (st == XYBRID_OK && ((is_list && !take_char(&l, ']')) || (skip_blanks(&l), l.at != l.end))) st = fail(err, body, size);
    close_loose(&l);
    return st;
}

/* A value without type: JSON where it is JSON (but no string), else a text; one line break on each side is the form's. */
static xybrid_status write_parameter(loose *l, const char *begin, const char *end, xb_mem *mem, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    if (begin < end && *begin == '\n') begin++;
    if (begin < end && end[-1] == '\n') end--;
    const char   *p = begin;
    size_t        n = (size_t)(end - begin);
    xybrid_status st = n ? xb_json_parse(mem, begin, (int64_t)n, XB_MAX_CALL_BYTES, &doc, err) : XYBRID_MALFORMED;
    if (st != XYBRID_OK && st != XYBRID_MALFORMED) return st;
    while (p < end && is_blank(*p)) p++;
    if (st == XYBRID_OK && *p != '"') xb_json_put_raw(&l->w, begin, n);
    else xb_json_put_stringn(&l->w, begin, n);
    xb_json_free(doc);
    return XYBRID_OK;
}

/* The text up to `mark`, which is passed by; NULL if it does not come. */
static const char *pass(loose *l, const char *mark) {
    while (l->at < l->end && !is_at(l, mark)) l->at++;
    if (l->at == l->end) return NULL;
    const char *found = l->at;
    l->at += strlen(mark);
    return found;
}

/* Behind `mark`, if it stands here; "" always does. */
static int take_mark(loose *l, const char *mark) {
    if (*mark && !is_at(l, mark)) return 0;
    l->at += strlen(mark);
    return 1;
}

/* Key and value, the mark before them being passed by. */
static xybrid_status write_tagged(loose *l, const xb_call_tags *tags, xb_mem *mem, xybrid_error *err) {
    const char *key = l->at, *key_end = pass(l, tags->key_end);
    if (*tags->value) skip_blanks(l);
    const char *value = take_mark(l, tags->value) ? l->at : NULL, *value_end = value ? pass(l, tags->value_end) : NULL;
    l->is_wrong |= !key_end || key_end == key || !value_end;
    if (l->is_wrong) return XYBRID_OK;
    xb_json_keyn(&l->w, key, (size_t)(key_end - key));
    return write_parameter(l, value, value_end, mem, err);
}

xybrid_status xb_call_read_tags(const xb_call_tags *tags, const char *body, size_t size, const xb_call_list *list,
                                xybrid_error *err) {
    loose         l;
    xybrid_status st = XYBRID_OK;
    open_loose(&l, NULL, body, size, list->mem);
    skip_blanks(&l);
    l.is_wrong = !take_mark(&l, tags->name);
    const char *name = l.at;
    while (l.at < l.end && xb_is_call_name(*l.at)) l.at++;
    begin_call(&l, name, (size_t)(l.at - name));
    l.is_wrong |= l.at == name || !take_mark(&l, tags->name_end);
    xb_json_begin_object(&l.w);
    for (skip_blanks(&l); st == XYBRID_OK && !l.is_wrong && is_at(&l, tags->key); skip_blanks(&l)) {
        l.at += strlen(tags->key);
        st = write_tagged(&l, tags, list->mem, err);
    }
    xb_json_end(&l.w);
    l.is_wrong |= !is_at(&l, tags->end);
    if (st == XYBRID_OK) st = end_call(&l, list, body, size, err);
    close_loose(&l);
    return st;
}
