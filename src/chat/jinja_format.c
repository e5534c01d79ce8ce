/* chat/jinja_format.c - the two ways in which Python fills in values: "%s of %d" % (a, b), and "{} of {:02d}".format(a, b).
 *
 * Types: s, r, d, i, u, f, F, x, X, o, c and %; fill, align, sign, zeros, width, precision. What else there is (e, g, b, n, thousands)
 * is refused by its letter. */
#include "base/utf8.h"
#include "chat/jinja_int.h"

typedef struct field {
    uint32_t fill;
    char     align, sign, type; /* 0: none was given */
    int      zeros;
    int64_t  width, precision; /* -1 */
} field;

enum { MOST_WIDTH = 4096 };

static int read_number(const char **p, const char *end, int64_t *out) {
    if (*p >= end || **p < '0' || **p > '9') return 0;
    for (*out = 0; *p < end && **p >= '0' && **p <= '9'; ++*p)
        if (*out < MOST_WIDTH * 10) *out = *out * 10 + (**p - '0');
    return 1;
}

static void pad(xb_str *out, uint32_t fill, int64_t count) {
    char c[4];
    int  n = xb_utf8_write(fill, c);
    for (; count > 0; count--) xb_str_addn(out, c, (size_t)n);
}

/* `sign` is "", "-" or "+", and stands before zeros. */
static void put_aligned(const field *f, char align, const char *sign, const char *text, size_t size, xb_str *out) {
    int64_t space = f->width - (int64_t)strlen(sign) - xb_jcodes(text, size);
    int64_t before = align == '>' ? space : align == '^' ? space / 2 : 0;
    if (space < 0) before = 0;
    if (align == '=') {
        xb_str_add(out, sign);
        pad(out, f->fill, space);
    } else {
        pad(out, f->fill, before);
        xb_str_add(out, sign);
    }
    xb_str_addn(out, text, size);
    if (align != '=') pad(out, f->fill, space - before);
}

static xybrid_status put_number(xb_jrun *r, const field *f, const xb_jval *v, xb_str *out) {
    char   text[400];
    size_t n = 0;
    double d = v->kind == XB_J_FLOAT ? v->as.real : (double)v->as.integer;
    int    negative = v->kind == XB_J_FLOAT ? d < 0 : v->as.integer < 0;
    if (f->type == 'f' || f->type == 'F') {
        if (f->precision > 40 || d > 1e300 || d < -1e300) return xb_jfail(r, "a number that is too long to be written");
        n = xb_format(text, sizeof text, "%.*f", f->precision < 0 ? 6 : (int)f->precision, negative ? -d : d);
    } else if (f->type == 0 && v->kind == XB_J_FLOAT && f->precision < 0) {
        n = xb_jfloat_text(text, negative ? -d : d);
    } else if (v->kind == XB_J_FLOAT) return xb_jfail(r, "a format of a float that is not known");
    else {
        uint64_t i = negative ? 0 - (uint64_t)v->as.integer : (uint64_t)v->as.integer;
        unsigned base = f->type == 'x' || f->type == 'X' ? 16 : f->type == 'o' ? 8 : 10;
        char     digits[24];
        do digits[n++] = (f->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[i % base];
        while ((i /= base) > 0);
        for (size_t k = 0; k < n; k++) text[k] = digits[n - 1 - k];
    }
    const char *sign = negative ? "-" : f->sign == '+' ? "+" : f->sign == ' ' ? " " : "";
    char        align = f->align ? f->align : f->zeros ? '=' : '>';
    put_aligned(f, align, sign, text, n, out);
    return XYBRID_OK;
}

static xybrid_status put_text(xb_jrun *r, const field *f, const xb_jval *v, char align, xb_str *out) {
    xb_jval text = *v;
    size_t  mark = out->size;
    if (f->type == 'r') {
        XB_TRY(xb_jrepr(r, v, out));
        XB_TRY(xb_jcapture(r, mark, &text));
    } else XB_TRY(xb_jto_string(r, v, &text));
    size_t size = f->precision >= 0 ? xb_joffset(text.as.text, text.size, f->precision) : text.size;
    put_aligned(f, f->align ? f->align : align, "", text.as.text, size, out);
    return XYBRID_OK;
}

static xybrid_status check_field(xb_jrun *r, const field *f) {
    if (f->width > MOST_WIDTH || f->precision > MOST_WIDTH) return xb_jfail(r, "a format wider than %d", MOST_WIDTH);
    if (f->type && !strchr("srdiufFxXoc", f->type)) return xb_jfail(r, "the format \"%c\" is not supported", f->type);
    return XYBRID_OK;
}

static int is_numeric(const xb_jval *v) { return v->kind == XB_J_INT || v->kind == XB_J_FLOAT || v->kind == XB_J_BOOL; }

/* ---- % ---- */

static xybrid_status percent_value(xb_jrun *r, field *f, const xb_jval *v) {
    XB_TRY(check_field(r, f));
    if (f->type == 's' || f->type == 'r') return put_text(r, f, v, '>', r->out);
    if (f->type == 'c' && v->kind == XB_J_STRING && xb_jcodes(v->as.text, v->size) == 1) return put_text(r, f, v, '>', r->out);
    if (f->type == 'c' || !is_numeric(v)) return xb_jfail(r, "\"%%%c\" of a %s", f->type, xb_jtype_name(v));
    xb_jval whole = *v;
    if (strchr("diu", f->type)) {
        if (v->kind == XB_J_FLOAT && !(v->as.real > -9e18 && v->as.real < 9e18))
            return xb_jfail(r, "a number of more than 64 bits");
        if (v->kind == XB_J_FLOAT) whole = xb_jint((int64_t)v->as.real);
        if (f->precision >= 0) return xb_jfail(r, "the format of a precision for a whole number is not supported");
    }
    return put_number(r, f, &whole, r->out);
}

/* From after the "%"; (name) takes it from a dict. */
static xybrid_status percent_field(xb_jrun *r, const char **p, const char *end, const xb_jval *values, uint32_t count,
                                   uint32_t *used) {
    field          f = { ' ', 0, 0, 0, 0, -1, -1 };
    const xb_jval *v = NULL;
    if (*p < end && **p == '(') {
        const char *close = memchr(*p, ')', (size_t)(end - *p));
        if (!close || count != 1 || values->kind != XB_J_DICT) return xb_jfail(r, "\"%%(\" without a name, or without a dict");
        xb_jval key = xb_jstring(*p + 1, (size_t)(close - *p - 1));
        XB_TRY(xb_jdict_find(r, values->as.dict, &key, &v));
        if (!v)
            return xb_jfail(r, "a format names \"%.*s\", which is not there", (int)(key.size > 60 ? 60 : key.size),
                            key.as.text);
        *p = close + 1;
        *used = 1;
    }
    for (; *p < end && strchr("-+ 0", **p) && **p; ++*p) {
        if (**p == '-') f.align = '<';
        else if (**p == '0') f.zeros = 1;
        else if (f.sign != '+') f.sign = **p;
    }
    (void)read_number(p, end, &f.width);
    if (*p < end && **p == '.') {
        ++*p;
        f.precision = 0;
        (void)read_number(p, end, &f.precision);
    }
    if (*p >= end) return xb_jfail(r, "a format that ends within a field");
    f.type = *(*p)++;
    if (f.type == '%') {
        xb_str_addc(r->out, '%');
        return XYBRID_OK;
    }
    if (!v && *used >= count) return xb_jfail(r, "a format with more fields than the %u values", count);
    if (!v) v = &values[(*used)++];
    if (f.zeros && !f.align && is_numeric(v) && f.type != 's' && f.type != 'r') f.fill = '0';
    return percent_value(r, &f, v);
}

xybrid_status xb_jformat(xb_jrun *r, const xb_jval *format, const xb_jval *values, uint32_t count, xb_jval *out) {
    const char *p = format->as.text, *end = p + format->size;
    size_t      mark = r->out->size;
    uint32_t    used = 0;
    while (p < end) {
        const char *percent = memchr(p, '%', (size_t)(end - p));
        xb_str_addn(r->out, p, (size_t)((percent ? percent : end) - p));
        if (!percent) break;
        p = percent + 1;
        XB_TRY(xb_jspend(r, 1));
        XB_TRY(percent_field(r, &p, end, values, count, &used));
    }
    if (used < count && !(count == 1 && (values->kind == XB_J_DICT || values->kind == XB_J_LIST)))
        return xb_jfail(r, "a format with fewer fields than the %u values", count);
    return xb_jcapture(r, mark, out);
}

/* ---- {} ---- */

static const xb_jval *named_value(const xb_jargs *args, const char *name, size_t size) {
    for (uint32_t i = 0; i < args->named; i++) {
        const xb_jval *pair = &args->values[args->count + 2 * i];
        if (pair->size == size && memcmp(pair->as.text, name, size) == 0) return pair + 1;
    }
    return NULL;
}

/* The value of "", "0", "name", followed by .attribute and [item]. */
static xybrid_status brace_value(xb_jcall *c, const char *p, const char *end, int64_t *next, xb_jval *out) {
    const char *stop = p;
    int64_t     index = 0;
    while (stop < end && *stop != '.' && *stop != '[') stop++;
    const char    *digits = p;
    int            is_index = stop == p || (read_number(&digits, stop, &index) && digits == stop);
    const xb_jval *v = NULL;
    if (stop == p) index = (*next)++;
    if (is_index) v = index < (int64_t)c->args->count ? &c->args->values[index] : NULL;
    else v = named_value(c->args, p, (size_t)(stop - p));
    if (!v) return xb_jfail(c->r, "a format has no value for \"{%.*s}\"", (int)(stop - p > 60 ? 60 : stop - p), p);
    *out = *v;
    while (stop < end) {
        int         is_item = *stop == '[';
        const char *name = ++stop;
        while (stop < end && (is_item ? *stop != ']' : *stop != '.' && *stop != '[')) stop++;
        xb_jval key = xb_jstring(name, (size_t)(stop - name)), base = *out;
        digits = name;
        if (is_item && read_number(&digits, stop, &index) && digits == stop) key = xb_jint(index);
        if (is_item) XB_TRY(xb_jitem(c->r, &base, &key, out));
        else XB_TRY(xb_jattr(c->r, &base, key.as.text, key.size, out));
        if (is_item && stop < end) stop++;
        if (out->kind == XB_J_UNDEFINED || out->kind == XB_J_METHOD) return xb_jfail(c->r, "a format names what is not there");
    }
    return XYBRID_OK;
}

static xybrid_status read_spec(xb_jrun *r, const char *p, const char *end, field *f) {
    uint32_t code = 0;
    int      n = p < end ? xb_utf8_read(p, end, &code) : 0;
    if (n > 0 && p + n < end && strchr("<>^=", p[n])) {
        f->fill = code;
        f->align = p[n];
        p += n + 1;
    } else if (p < end && *p && strchr("<>^=", *p)) f->align = *p++;
    if (p < end && *p && strchr("+- ", *p)) f->sign = *p++;
    if (p < end && *p == '0') {
        f->zeros = 1;
        if (!f->align) f->fill = '0';
        p++;
    }
    (void)read_number(&p, end, &f->width);
    if (p < end && *p == '.') {
        p++;
        if (!read_number(&p, end, &f->precision)) return xb_jfail(r, "a format with a point and no precision");
    }
    if (p < end) f->type = *p++;
    if (p < end || f->type == 'r' || f->type == 'i' || f->type == 'u' || f->type == 'c')
        return xb_jfail(r, "the format \"%c\" is not supported", p < end ? *p : f->type);
    return check_field(r, f);
}

static xybrid_status brace_field(xb_jcall *c, const char *p, const char *end, int64_t *next) {
    field       f = { ' ', 0, 0, 0, 0, -1, -1 };
    const char *colon = memchr(p, ':', (size_t)(end - p)), *bang = memchr(p, '!', (size_t)((colon ? colon : end) - p));
    xb_jval     v;
    XB_TRY(brace_value(c, p, bang ? bang : colon ? colon : end, next, &v));
    if (colon) XB_TRY(read_spec(c->r, colon + 1, end, &f));
    if (bang) {
        if (bang + 1 >= end || (bang[1] != 's' && bang[1] != 'r') || bang + 2 != (colon ? colon : end))
            return xb_jfail(c->r, "the conversion of a format is not supported");
        if (bang[1] == 'r') f.type = 'r';
        return put_text(c->r, &f, &v, '<', c->r->out);
    }
    if (v.kind == XB_J_BOOL && !colon) return put_text(c->r, &f, &v, '<', c->r->out);
    if (is_numeric(&v) && f.type != 's') return put_number(c->r, &f, &v, c->r->out);
    if (f.type && f.type != 's') return xb_jfail(c->r, "the format \"%c\" of a %s", f.type, xb_jtype_name(&v));
    if (v.kind != XB_J_STRING && colon && colon + 1 < end) return xb_jwrong(c->r, "a format of", &v);
    return put_text(c->r, &f, &v, '<', c->r->out);
}

xybrid_status xb_jformat_method(xb_jcall *c) {
    xb_jrun    *r = c->r;
    const char *p = c->self.as.text, *end = p + c->self.size;
    size_t      mark = r->out->size;
    int64_t     next = 0;
    for (; p < end; p++) {
        const char *start = p;
        while (p < end && *p != '{' && *p != '}') p++;
        xb_str_addn(r->out, start, (size_t)(p - start));
        if (p >= end) break;
        XB_TRY(xb_jspend(r, 1));
        if (p + 1 < end && p[1] == *p) {
            xb_str_addc(r->out, *p++);
            continue;
        }
        const char *close = *p == '{' ? memchr(p, '}', (size_t)(end - p)) : NULL;
        if (!close) return xb_jfail(r, "a format with a single \"%c\"", *p);
        if (memchr(p + 1, '{', (size_t)(close - p - 1))) return xb_jfail(r, "a format with fields in fields is not supported");
        XB_TRY(brace_field(c, p + 1, close, &next));
        p = close;
    }
    return xb_jcapture(r, mark, c->out);
}
