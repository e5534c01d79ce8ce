/* chat/jinja_text.c - values as text: str(), repr() and json.dumps() of Python; numbers read from text. */
#include "base/utf8.h"
#include "chat/jinja_int.h"
#include "text/unicode.h"

/* ---- numbers ---- */

/* float.__repr__: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on. */
size_t xb_jfloat_text(char out[48], double d) {
    char raw[40], digits[24];
    int  count = 0, point = 0, seen = 0, exponent = 0;
    if (d != d) return xb_format(out, 48, "nan");
    if (d - d != 0) return xb_format(out, 48, d > 0 ? "inf" : "-inf");
    size_t n = xb_json_format_double(raw, d), o = 0;
    for (size_t i = raw[0] == '-' ? 1 : 0; i < n; i++) {
        if (raw[i] == '.') seen = 1;
        else if (raw[i] == 'e') {
            int sign = raw[i + 1] == '-' ? -1 : 1;
            for (i += raw[i + 1] == '-' || raw[i + 1] == '+' ? 2 : 1; i < n; i++) exponent = exponent * 10 + (raw[i] - '0');
            exponent *= sign;
        } else if (count > 0 || raw[i] != '0') {
            if (count < 22) digits[count++] = raw[i];
            point += !seen;
        } else point -= seen; /* a zero before the first digit */
    }
    while (count > 0 && digits[count - 1] == '0') count--;
    point += exponent; /* 0.digits times 10^point */
    if (raw[0] == '-') out[o++] = '-';
    if (count == 0) return o + xb_format(out + o, 48 - o, "0.0");
    if (point > 16 || point < -3) {
        out[o++] = digits[0];
        if (count > 1) out[o++] = '.';
        for (int i = 1; i < count; i++) out[o++] = digits[i];
        int e = point - 1;
        return o + xb_format(out + o, 48 - o, "e%c%02d", e < 0 ? '-' : '+', e < 0 ? -e : e);
    }
    if (point <= 0) {
        out[o++] = '0';
        out[o++] = '.';
        for (int i = point; i < 0; i++) out[o++] = '0';
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point && i > 0) out[o++] = '.';
        out[o++] = i < count ? digits[i] : '0';
    }
    if (point >= count) {
        out[o++] = '.';
        out[o++] = '0';
    }
    out[o] = 0;
    return o;
}

/* Digits with single underscores between them. */
static int copy_digits(const char *text, size_t size, char *out, size_t *n) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '_') {
            if (i == 0 || i + 1 == size || text[i - 1] < '0' || text[i - 1] > '9' || text[i + 1] < '0' || text[i + 1] > '9')
                return 0;
            continue;
        }
        if (*n >= 500) return 0;
        out[(*n)++] = text[i];
    }
    return 1;
}

/* JSON's reader does the work: it wants a digit on both sides of the point, and no zeros or plus before it. */
static xybrid_status parse_double(xb_mem *mem, const char *s, size_t size, xb_jval *out, xybrid_error *err) {
    char   text[520];
    size_t n = 0, i = 0;
    if (i < size && (s[i] == '-' || s[i] == '+')) {
        if (s[i++] == '-') text[n++] = '-';
    }
    while (i + 1 < size && s[i] == '0' && s[i + 1] >= '0' && s[i + 1] <= '9') i++;
    if (i < size && s[i] == '.') {
        if (i + 1 >= size || s[i + 1] < '0' || s[i + 1] > '9') return XYBRID_OK;
        text[n++] = '0';
    }
    for (; i < size; i++) {
        text[n++] = s[i];
        if (s[i] == '.' && (i + 1 == size || s[i + 1] == 'e' || s[i + 1] == 'E')) text[n++] = '0';
    }
    xb_json_doc  *doc = NULL;
    xybrid_status st = xb_json_parse(mem, text, (int64_t)n, (int64_t)n, &doc, err);
    if (st != XYBRID_OK) return st == XYBRID_MALFORMED ? XYBRID_OK : st;
    if (xb_json_double(xb_json_root(doc), &out->as.real)) out->kind = XB_J_FLOAT;
    xb_json_free(doc);
    return XYBRID_OK;
}

xybrid_status xb_jparse_number(xb_mem *mem, const char *text, size_t size, xb_jval *out, xybrid_error *err) {
    char     clean[512];
    size_t   n = 0;
    uint64_t value = 0;
    *out = (xb_jval){ 0 };
    for (size_t space; (space = xb_jspace_size(text, text + size)) > 0; size -= space) text += space;
    for (size_t space; (space = xb_jspace_before(text, text + size)) > 0;) size -= space;
    if (!copy_digits(text, size, clean, &n) || n == 0) return XYBRID_OK;
    size_t i = clean[0] == '-' || clean[0] == '+', first = i;
    while (i < n && clean[i] >= '0' && clean[i] <= '9' && value <= (UINT64_MAX - 9) / 10)
        value = value * 10 + (unsigned)(clean[i++] - '0');
    if (i < n || i == first) return parse_double(mem, clean, n, out, err);
    uint64_t most = (uint64_t)INT64_MAX + (clean[0] == '-');
    if (value > most) return parse_double(mem, clean, n, out, err);
    *out = xb_jint(clean[0] == '-' ? (int64_t)(0 - value) : (int64_t)value);
    return XYBRID_OK;
}

/* ---- letters ---- */

/* The capital whose lower case is `code`: the tables hold lower case only, and capitals lie at few distances. */
uint32_t xb_jupper(uint32_t code) {
    static const int16_t distances[] = { -32, -1, -80, -48, -16, -26, -37, -38, -40, -63, -64, 8, -8, 121, 7264 };
    uint32_t             lower[XB_MAX_LOWER];
    if (code < 0x80) return code >= 'a' && code <= 'z' ? code - 32 : code;
    if (code == 0xb5) return 0x39c; /* the micro sign, and letters whose capital has another small one */
    if (code == 0x3c2) return 0x3a3;
    if (code == 0x131) return 'I';
    if (code == 0x17f) return 'S';
    if (xb_unicode_lower(code, lower) != 1 || lower[0] != code) return code;
    for (size_t i = 0; i < sizeof distances / sizeof distances[0]; i++) {
        uint32_t upper = (uint32_t)((int32_t)code + distances[i]);
        if (upper != code && xb_unicode_lower(upper, lower) == 1 && lower[0] == code) return upper;
    }
    return code;
}

/* ---- str() and repr() ---- */

static xybrid_status repr_string(xb_jrun *r, const xb_jval *v, xb_str *out) {
    const char *s = v->as.text, *end = s + v->size;
    char        quote = memchr(s, '\'', v->size) && !memchr(s, '"', v->size) ? '"' : '\'';
    xb_str_addc(out, quote);
    while (s < end) {
        uint32_t    code = 0;
        int         n = xb_utf8_read(s, end, &code);
        const char *known = code && code < 128 ? strchr("\nn\rr\tt", (int)code) : NULL;
        if (n <= 0) return xb_jfail(r, "a text that is no UTF-8");
        if (code == (unsigned char)quote || code == '\\') xb_str_addf(out, "\\%c", (int)code);
        else if (known && code < 32) xb_str_addf(out, "\\%c", known[1]);
        else if (code != ' ' &&
                 xb_unicode_is(code, XB_OTHER | XB_CAT_BIT(XB_CAT_ZS) | XB_CAT_BIT(XB_CAT_ZL) | XB_CAT_BIT(XB_CAT_ZP)))
            xb_str_addf(out, code < 0x100 ? "\\x%02x" : code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
        else xb_str_addn(out, s, (size_t)n);
        s += n;
    }
    xb_str_addc(out, quote);
    return XYBRID_OK;
}

static xybrid_status repr_items(xb_jrun *r, const xb_jval *v, char open, char close, xb_str *out) {
    const xb_jseq *s = v->as.seq;
    if (v->kind == XB_J_VIEW) xb_str_addf(out, "%s(", s->label);
    xb_str_addc(out, open);
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) xb_str_add(out, ", ");
        XB_TRY(xb_jrepr(r, &s->items[i], out));
    }
    if (v->kind == XB_J_TUPLE && s->count == 1) xb_str_addc(out, ',');
    xb_str_addc(out, close);
    if (v->kind == XB_J_VIEW) xb_str_addc(out, ')');
    return XYBRID_OK;
}

static xybrid_status repr_dict(xb_jrun *r, const xb_jdict *d, xb_str *out) {
    xb_str_addc(out, '{');
    for (uint32_t i = 0; i < d->count; i++) {
        if (i > 0) xb_str_add(out, ", ");
        XB_TRY(xb_jrepr(r, &d->pairs[i].key, out));
        xb_str_add(out, ": ");
        XB_TRY(xb_jrepr(r, &d->pairs[i].value, out));
    }
    xb_str_addc(out, '}');
    return XYBRID_OK;
}

static void add_int(xb_str *out, int64_t i) {
    char text[24];
    xb_str_addn(out, text, xb_format(text, sizeof text, "%lld", (long long)i));
}
static void add_float(xb_str *out, double d) {
    char text[48];
    xb_str_addn(out, text, xb_jfloat_text(text, d));
}

static xybrid_status repr_value(xb_jrun *r, const xb_jval *v, xb_str *out) {
    switch ((xb_jkind)v->kind) {
    case XB_J_MISSING:
    case XB_J_UNDEFINED: xb_str_add(out, "Undefined"); break;
    case XB_J_NONE: xb_str_add(out, "None"); break;
    case XB_J_BOOL: xb_str_add(out, v->as.integer ? "True" : "False"); break;
    case XB_J_INT: add_int(out, v->as.integer); break;
    case XB_J_FLOAT: add_float(out, v->as.real); break;
    case XB_J_STRING: return repr_string(r, v, out);
    case XB_J_RANGE:
        xb_str_addf(out, "range(%lld, %lld", (long long)v->as.seq->start, (long long)v->as.seq->stop);
        if (v->as.seq->step != 1) xb_str_addf(out, ", %lld", (long long)v->as.seq->step);
        xb_str_addc(out, ')');
        break;
    case XB_J_LIST:
    case XB_J_VIEW: return repr_items(r, v, '[', ']', out);
    case XB_J_TUPLE: return repr_items(r, v, '(', ')', out);
    case XB_J_DICT: return repr_dict(r, v->as.dict, out);
    default: return xb_jfail(r, "a %s is not a text", xb_jtype_name(v));
    }
    return XYBRID_OK;
}

xybrid_status xb_jrepr(xb_jrun *r, const xb_jval *v, xb_str *out) {
    XB_TRY(xb_jspend(r, 1));
    if (++r->value_depth > XB_MAX_TEMPLATE_VALUE_DEPTH)
        return xb_jfail(r, "values of more than %d levels", XB_MAX_TEMPLATE_VALUE_DEPTH);
    XB_TRY(repr_value(r, v, out));
    r->value_depth--;
    return XYBRID_OK;
}

xybrid_status xb_jprint(xb_jrun *r, const xb_jval *v, xb_str *out) {
    if (v->kind == XB_J_UNDEFINED || v->kind == XB_J_MISSING) return XYBRID_OK;
    if (v->kind != XB_J_STRING) return xb_jrepr(r, v, out);
    xb_str_addn(out, v->as.text, v->size);
    return xb_jspend(r, v->size / 256);
}

/* The output is the place where a text is made; what was added is taken off again. */
xybrid_status xb_jto_string(xb_jrun *r, const xb_jval *v, xb_jval *out) {
    if (v->kind == XB_J_STRING) {
        *out = *v;
        return XYBRID_OK;
    }
    size_t mark = r->out->size;
    XB_TRY(xb_jprint(r, v, r->out));
    return xb_jcapture(r, mark, out);
}

/* ---- tojson: json.dumps ---- */

typedef struct json_style {
    const char *item, *key; /* separators */
    uint32_t    item_size, key_size;
    int         ascii, sort, pretty;
    const char *indent; /* of one level */
    uint32_t    indent_size;
} json_style;

static void json_string(const xb_jval *v, const json_style *j, xb_str *out) {
    const char *s = v->as.text, *end = s + v->size, *plain = s;
    xb_str_addc(out, '"');
    while (s < end) {
        unsigned char c = (unsigned char)*s;
        if (c >= 32 && c != '"' && c != '\\' && (c < 0x7f || !j->ascii)) {
            s++;
            continue;
        }
        xb_str_addn(out, plain, (size_t)(s - plain));
        static const char from[] = "\n\r\t\b\f\"\\", to[] = "nrtbf\"\\";
        const char       *known = c ? strchr(from, c) : NULL;
        uint32_t          code = c;
        int               n = c < 0x80 ? 1 : xb_utf8_read(s, end, &code);
        if (known) {
            xb_str_addc(out, '\\');
            xb_str_addc(out, to[known - from]);
        } else if (code >= 0x10000) {
            xb_str_addf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
        } else {
            xb_str_addf(out, "\\u%04x", code);
        }
        s += n > 0 ? n : 1;
        plain = s;
    }
    xb_str_addn(out, plain, (size_t)(s - plain));
    xb_str_addc(out, '"');
}

static void json_line(const json_style *j, int level, xb_str *out) {
    if (!j->pretty) return;
    xb_str_addc(out, '\n');
    for (int i = 0; i < level; i++) xb_str_addn(out, j->indent, j->indent_size);
}

static xybrid_status json_value(xb_jrun *r, const xb_jval *v, const json_style *j, int level, xb_str *out);

/* A key is text: numbers, bools and None become it. */
static xybrid_status json_key(xb_jrun *r, const xb_jval *v, const json_style *j, xb_str *out) {
    if (v->kind == XB_J_STRING) json_string(v, j, out);
    else if (v->kind < XB_J_NONE || v->kind > XB_J_FLOAT) return xb_jfail(r, "a %s as a key of JSON", xb_jtype_name(v));
    else {
        xb_str_addc(out, '"');
        XB_TRY(json_value(r, v, j, 0, out));
        xb_str_addc(out, '"');
    }
    return XYBRID_OK;
}

static xybrid_status json_dict(xb_jrun *r, const xb_jval *v, const json_style *j, int level, xb_str *out) {
    xb_jval         sorted = *v;
    const xb_jdict *d = v->as.dict;
    if (j->sort && d->count > 1) {
        XB_TRY(xb_jsort_dict(r, v, 0, 1, 0, &sorted));
        d = sorted.as.dict;
    }
    xb_str_addc(out, '{');
    for (uint32_t i = 0; i < d->count; i++) {
        if (i > 0) xb_str_addn(out, j->item, j->item_size);
        json_line(j, level + 1, out);
        XB_TRY(json_key(r, &d->pairs[i].key, j, out));
        xb_str_addn(out, j->key, j->key_size);
        XB_TRY(json_value(r, &d->pairs[i].value, j, level + 1, out));
    }
    if (d->count > 0) json_line(j, level, out);
    xb_str_addc(out, '}');
    return XYBRID_OK;
}

static xybrid_status json_list(xb_jrun *r, const xb_jseq *s, const json_style *j, int level, xb_str *out) {
    xb_str_addc(out, '[');
    for (uint32_t i = 0; i < s->count; i++) {
        if (i > 0) xb_str_addn(out, j->item, j->item_size);
        json_line(j, level + 1, out);
        XB_TRY(json_value(r, &s->items[i], j, level + 1, out));
    }
    if (s->count > 0) json_line(j, level, out);
    xb_str_addc(out, ']');
    return XYBRID_OK;
}

static xybrid_status json_value(xb_jrun *r, const xb_jval *v, const json_style *j, int level, xb_str *out) {
    XB_TRY(xb_jspend(r, 1));
    if (level > XB_MAX_TEMPLATE_VALUE_DEPTH) return xb_jfail(r, "values of more than %d levels", XB_MAX_TEMPLATE_VALUE_DEPTH);
    switch ((xb_jkind)v->kind) {
    case XB_J_NONE: xb_str_add(out, "null"); break;
    case XB_J_BOOL: xb_str_add(out, v->as.integer ? "true" : "false"); break;
    case XB_J_INT: add_int(out, v->as.integer); break;
    case XB_J_FLOAT:
        if (v->as.real - v->as.real != 0) xb_str_add(out, v->as.real > 0 ? "Infinity" : v->as.real < 0 ? "-Infinity" : "NaN");
        else add_float(out, v->as.real);
        break;
    case XB_J_STRING: json_string(v, j, out); return xb_jspend(r, v->size / 64);
    case XB_J_LIST:
    case XB_J_TUPLE: return json_list(r, v->as.seq, j, level, out);
    case XB_J_DICT: return json_dict(r, v, j, level, out);
    default: return xb_jfail(r, "a %s as JSON", xb_jtype_name(v));
    }
    return XYBRID_OK;
}

/* ensure_ascii, indent, separators, sort_keys */
xybrid_status xb_jtojson(xb_jcall *c) {
    xb_jrun       *r = c->r;
    json_style     j = { ", ", ": ", 2, 2, xb_jtruth(&c->a[0]), xb_jtruth(&c->a[3]), 0, "", 0 };
    const xb_jval *indent = &c->a[1], *separators = &c->a[2];
    char           blanks[64];
    if (indent->kind == XB_J_INT || indent->kind == XB_J_BOOL) {
        int64_t n = indent->as.integer;
        if (n > (int64_t)sizeof blanks) return xb_jfail(r, "tojson with an indent of more than 64");
        memset(blanks, ' ', sizeof blanks);
        j.indent = blanks;
        j.indent_size = n > 0 ? (uint32_t)n : 0;
    } else if (indent->kind == XB_J_STRING) {
        j.indent = indent->as.text;
        j.indent_size = indent->size;
    } else if (indent->kind != XB_J_NONE && indent->kind != XB_J_MISSING) {
        return xb_jfail(r, "tojson with a %s as indent", xb_jtype_name(indent));
    }
    j.pretty = indent->kind != XB_J_NONE && indent->kind != XB_J_MISSING;
    if (j.pretty) j.item_size = 1; /* "," */
    if (separators->kind == XB_J_TUPLE || separators->kind == XB_J_LIST) {
        const xb_jseq *s = separators->as.seq;
        if (s->count != 2 || s->items[0].kind != XB_J_STRING || s->items[1].kind != XB_J_STRING)
            return xb_jfail(r, "tojson with separators that are not two texts");
        j.item = s->items[0].as.text;
        j.item_size = s->items[0].size;
        j.key = s->items[1].as.text;
        j.key_size = s->items[1].size;
    } else if (separators->kind != XB_J_NONE && separators->kind != XB_J_MISSING) {
        return xb_jfail(r, "tojson with a %s as separators", xb_jtype_name(separators));
    }
    size_t mark = r->out->size;
    XB_TRY(json_value(r, &c->self, &j, 0, r->out));
    return xb_jcapture(r, mark, c->out);
}
