/* chat/jinja_filters.c - the filters, as jinja2/filters.py (3.1) has them. */
#include <math.h>

#include "base/utf8.h"
#include "chat/jinja_int.h"

static int is_none(const xb_jval *v) { return v->kind == XB_J_MISSING || v->kind == XB_J_NONE; }

static xybrid_status whole(xb_jcall *c, const xb_jval *v, int64_t fallback, int64_t *out) {
    *out = fallback;
    if (is_none(v)) return XYBRID_OK;
    if (v->kind != XB_J_INT && v->kind != XB_J_BOOL) return xb_jwrong(c->r, "a whole number is wanted, not", v);
    *out = v->as.integer;
    return XYBRID_OK;
}

/* ---- texts ---- */

static xybrid_status as_text(xb_jcall *c) { return xb_jto_string(c->r, &c->self, &c->self); }

static XB_JAPART xybrid_status filter_trim(xb_jcall *c) {
    XB_TRY(as_text(c));
    return xb_jstrip(c, &c->self, &c->a[0], 1, 1);
}
static xybrid_status letters(xb_jcall *c, char mode) {
    XB_TRY(as_text(c));
    return xb_jletters(c, &c->self, mode);
}
static XB_JAPART xybrid_status filter_upper(xb_jcall *c) { return letters(c, 'u'); }
static XB_JAPART xybrid_status filter_lower(xb_jcall *c) { return letters(c, 'l'); }
static XB_JAPART xybrid_status filter_title(xb_jcall *c) { return letters(c, 'T'); }
static XB_JAPART xybrid_status filter_capitalize(xb_jcall *c) { return letters(c, 'c'); }

static XB_JAPART xybrid_status filter_string(xb_jcall *c) { return xb_jto_string(c->r, &c->self, c->out); }

static XB_JAPART xybrid_status filter_safe(xb_jcall *c) {
    XB_TRY(xb_jto_string(c->r, &c->self, c->out));
    c->out->flag = 1;
    return XYBRID_OK;
}

xybrid_status xb_jescape(xb_jrun *r, const xb_jval *v, xb_jval *out) {
    static const char marks[] = "&<>\"'";
    static const char names[][6] = { "amp", "lt", "gt", "#34", "#39" };
    xb_jval           text;
    size_t            mark = r->out->size;
    XB_TRY(xb_jto_string(r, v, &text));
    xb_jcharge(r, text.size / 16);
    for (uint32_t i = 0; i < text.size && !text.flag; i++) {
        const char *known = text.as.text[i] ? strchr(marks, text.as.text[i]) : NULL;
        if (known) xb_str_addf(r->out, "&%s;", names[known - marks]);
        else xb_str_addc(r->out, text.as.text[i]);
    }
    if (text.flag) *out = text;
    else XB_TRY(xb_jcapture(r, mark, out));
    out->flag = 1;
    return XYBRID_OK;
}
static XB_JAPART xybrid_status filter_escape(xb_jcall *c) { return xb_jescape(c->r, &c->self, c->out); }

static XB_JAPART xybrid_status filter_replace(xb_jcall *c) {
    int64_t most = -1;
    XB_TRY(as_text(c));
    XB_TRY(xb_jto_string(c->r, &c->a[0], &c->a[0]));
    XB_TRY(xb_jto_string(c->r, &c->a[1], &c->a[1]));
    XB_TRY(whole(c, &c->a[2], -1, &most));
    return xb_jreplace(c, &c->self, &c->a[0], &c->a[1], most);
}

static XB_JAPART xybrid_status filter_format(xb_jcall *c) {
    if (c->args->named > 0 || c->self.kind != XB_J_STRING)
        return xb_jfail(c->r, "format of names, or of a %s, is not supported", xb_jtype_name(&c->self));
    return xb_jformat(c->r, &c->self, c->args->values, c->args->count, c->out);
}

/* width (a number of blanks, or a text), first, blank */
static XB_JAPART xybrid_status filter_indent(xb_jcall *c) {
    xb_str *out = c->r->out;
    size_t  mark = out->size;
    int64_t width = 4;
    xb_jval by = c->a[0];
    char    blanks[64];
    if (c->self.kind != XB_J_STRING) return xb_jwrong(c->r, "indent of", &c->self);
    if (by.kind != XB_J_STRING) {
        XB_TRY(whole(c, &by, 4, &width));
        if (width > (int64_t)sizeof blanks) return xb_jfail(c->r, "indent by more than 64");
        memset(blanks, ' ', sizeof blanks);
        by = xb_jstring(blanks, width < 0 ? 0 : (size_t)width);
    }
    const char *p = c->self.as.text, *end = p + c->self.size;
    xb_jcharge(c->r, c->self.size / 16);
    if (xb_jtruth(&c->a[1])) xb_str_addn(out, by.as.text, by.size);
    for (int is_first = 1;; is_first = 0) { /* a newline at the end makes one more line, as do_indent adds one */
        const char *start = p;
        while (p < end && xb_jline_break(p, end) == 0) p++;
        if (!is_first && (p > start || xb_jtruth(&c->a[2]))) xb_str_addn(out, by.as.text, by.size);
        xb_str_addn(out, start, (size_t)(p - start));
        if (p >= end) break;
        p += xb_jline_break(p, end);
        xb_str_addc(out, '\n');
    }
    return xb_jcapture(c->r, mark, c->out);
}

static XB_JAPART xybrid_status filter_join(xb_jcall *c) {
    xb_jval *items = NULL, separator = xb_jstring("", 0);
    uint32_t count = 0;
    if (c->a[0].kind != XB_J_MISSING) XB_TRY(xb_jto_string(c->r, &c->a[0], &separator));
    XB_TRY(xb_jkeys(c, &c->self, &c->a[1], 0, NULL, &items, &count));
    return xb_jjoin(c, &separator, items, count, 1);
}

/* ---- numbers ---- */

static xybrid_status number_of(xb_jcall *c, const xb_jval *v, xb_jval *out) {
    *out = *v;
    if (v->kind == XB_J_UNDEFINED) return xb_jundefined_fail(c->r, v);
    if (v->kind == XB_J_STRING) return xb_jparse_number(c->r->t->mem, v->as.text, v->size, out, c->r->err);
    if (v->kind != XB_J_INT && v->kind != XB_J_BOOL && v->kind != XB_J_FLOAT) out->kind = XB_J_MISSING;
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_int(xb_jcall *c) {
    xb_jval v;
    int64_t base = 10;
    XB_TRY(whole(c, &c->a[1], 10, &base));
    if (base != 10) return xb_jfail(c->r, "int with another base than 10 is not supported");
    XB_TRY(number_of(c, &c->self, &v));
    double d = v.as.real;
    if (v.kind == XB_J_FLOAT && d - d == 0) {
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return xb_jfail(c->r, "a number of more than 64 bits");
        *c->out = xb_jint((int64_t)d);
    } else if (v.kind == XB_J_INT || v.kind == XB_J_BOOL) *c->out = xb_jint(v.as.integer);
    else *c->out = c->a[0].kind == XB_J_MISSING ? xb_jint(0) : c->a[0];
    return XYBRID_OK;
}

static void set_real(xb_jval *out, double d) {
    *out = (xb_jval){ .kind = XB_J_FLOAT };
    out->as.real = d;
}

static XB_JAPART xybrid_status filter_float(xb_jcall *c) {
    xb_jval v;
    XB_TRY(number_of(c, &c->self, &v));
    if (v.kind == XB_J_MISSING && c->a[0].kind != XB_J_MISSING) *c->out = c->a[0];
    else set_real(c->out, v.kind == XB_J_FLOAT ? v.as.real : v.kind == XB_J_MISSING ? 0 : (double)v.as.integer);
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_abs(xb_jcall *c) {
    *c->out = c->self;
    if (c->self.kind == XB_J_FLOAT) set_real(c->out, fabs(c->self.as.real));
    else if (c->self.kind != XB_J_INT && c->self.kind != XB_J_BOOL) return xb_jwrong(c->r, "abs of", &c->self);
    else if (c->self.as.integer < 0) return xb_jnegate(c->r, &c->self, c->out);
    c->out->kind = c->self.kind == XB_J_FLOAT ? XB_J_FLOAT : XB_J_INT;
    return XYBRID_OK;
}

/* precision, method: "common" rounds halves to even, and leaves whole numbers whole */
static XB_JAPART xybrid_status filter_round(xb_jcall *c) {
    int64_t precision = 0;
    XB_TRY(whole(c, &c->a[0], 0, &precision));
    if (c->self.kind != XB_J_FLOAT && c->self.kind != XB_J_INT) return xb_jwrong(c->r, "round of", &c->self);
    if (precision < 0 || precision > 15) return xb_jfail(c->r, "round to a precision outside of 0..15 is not supported");
    double d = c->self.kind == XB_J_INT ? (double)c->self.as.integer : c->self.as.real;
    if (c->a[1].kind == XB_J_MISSING || xb_jis_text(&c->a[1], "common")) {
        if (c->self.kind == XB_J_INT) return (void)(*c->out = c->self), XYBRID_OK;
        if (precision == 0 || fabs(d) > 1e15) return set_real(c->out, nearbyint(d)), XYBRID_OK;
        char   text[64];
        size_t n = xb_format(text, sizeof text, "%.*f", (int)precision, d);
        return xb_jparse_number(c->r->t->mem, text, n, c->out, c->r->err);
    }
    double scale = pow(10, (double)precision);
    if (xb_jis_text(&c->a[1], "ceil")) set_real(c->out, ceil(d * scale) / scale);
    else if (xb_jis_text(&c->a[1], "floor")) set_real(c->out, floor(d * scale) / scale);
    else return xb_jfail(c->r, "round wants common, ceil or floor");
    return XYBRID_OK;
}

/* ---- values ---- */

static XB_JAPART xybrid_status filter_default(xb_jcall *c) {
    int gives = c->self.kind == XB_J_UNDEFINED || (xb_jtruth(&c->a[1]) && !xb_jtruth(&c->self));
    *c->out = !gives ? c->self : c->a[0].kind == XB_J_MISSING ? xb_jstring("", 0) : c->a[0];
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_length(xb_jcall *c) {
    int64_t n = 0;
    XB_TRY(xb_jlength(c->r, &c->self, &n));
    *c->out = xb_jint(n);
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_list(xb_jcall *c) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, 0, c->out));
    c->out->as.seq->items = items; /* lists do not change */
    c->out->as.seq->count = count;
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_first(xb_jcall *c) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    if (c->self.kind == XB_J_GENERATOR) c->self.as.seq->next -= count > 0 ? count - 1 : 0; /* takes one only */
    *c->out = count > 0 ? items[0] : xb_jundefined("the first item of nothing", 25);
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_last(xb_jcall *c) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    if (c->self.kind == XB_J_GENERATOR || c->self.kind == XB_J_UNDEFINED) return xb_jwrong(c->r, "last of", &c->self);
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    *c->out = count > 0 ? items[count - 1] : xb_jundefined("the last item of nothing", 24);
    return XYBRID_OK;
}

static XB_JAPART xybrid_status filter_items(xb_jcall *c) {
    if (c->self.kind == XB_J_UNDEFINED) return xb_jnew_seq(c->r, XB_J_GENERATOR, 0, c->out);
    if (c->self.kind != XB_J_DICT) return xb_jwrong(c->r, "items of", &c->self);
    return xb_jdict_view(c->r, c->self.as.dict, 'i', XB_J_GENERATOR, c->out);
}

static XB_JAPART xybrid_status filter_reverse(xb_jcall *c) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    if (c->self.kind == XB_J_STRING) {
        static const xb_jval none = { .kind = XB_J_NONE };
        const xb_jval        back = xb_jint(-1);
        return xb_jslice(c->r, &c->self, &none, &none, &back, c->out);
    }
    int is_list = c->self.kind == XB_J_GENERATOR; /* what cannot be read from behind becomes a list */
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    XB_TRY(xb_jnew_seq(c->r, is_list ? XB_J_LIST : XB_J_GENERATOR, count, c->out));
    for (uint32_t i = 0; i < count; i++) c->out->as.seq->items[i] = items[count - 1 - i];
    return XYBRID_OK;
}

/* ---- order ---- */

/* Stable: merges runs that double. `order` holds places in `keys`; reverse keeps equal ones in order, as sorted() does. */
static xybrid_status sort_places(xb_jrun *r, const xb_jval *keys, uint32_t count, int reverse, uint32_t **out) {
    uint32_t *from = xb_jalloc(r, count, sizeof *from), *to = xb_jalloc(r, count, sizeof *to);
    if (!from || !to) return r->err->code;
    for (uint32_t i = 0; i < count; i++) from[i] = i;
    for (uint32_t run = 1; run < count; run *= 2) {
        for (uint32_t start = 0; start < count; start += 2 * run) {
            uint32_t middle = start + run < count ? start + run : count, end = middle + run < count ? middle + run : count;
            for (uint32_t a = start, b = middle, k = start; k < end; k++) {
                int order = 0;
                if (a < middle && b < end)
                    XB_TRY(reverse ? xb_jorder(r, &keys[from[a]], &keys[from[b]], &order)
                                   : xb_jorder(r, &keys[from[b]], &keys[from[a]], &order));
                to[k] = a < middle && (b >= end || order != -1) ? from[a++] : from[b++];
            }
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    *out = from;
    return XYBRID_OK;
}

/* The part of one item that `attribute` names: "a.b.0" or a number. */
static xybrid_status attribute_of(xb_jrun *r, const xb_jval *item, const xb_jval *attribute, const xb_jval *fallback,
                                  xb_jval *out) {
    xb_jval v = *item, key;
    *out = v;
    if (is_none(attribute)) return XYBRID_OK;
    if (attribute->kind != XB_J_STRING) return xb_jitem(r, &v, attribute, out);
    const char *p = attribute->as.text, *end = p + attribute->size;
    for (;;) {
        const char *dot = memchr(p, '.', (size_t)(end - p)), *stop = dot ? dot : end;
        size_t      digits = 0;
        int64_t     index = 0;
        while (p + digits < stop && p[digits] >= '0' && p[digits] <= '9' && digits < 18)
            index = index * 10 + (p[digits++] - '0');
        key = digits > 0 && p + digits == stop ? xb_jint(index) : xb_jstring(p, (size_t)(stop - p));
        v = *out;
        XB_TRY(xb_jitem(r, &v, &key, out));
        if (out->kind == XB_J_METHOD) return xb_jfail(r, "a method is named as an attribute");
        if (out->kind == XB_J_UNDEFINED && fallback && !is_none(fallback)) *out = *fallback;
        if (!dot) return XYBRID_OK;
        p = dot + 1;
    }
}

static xybrid_status fold(xb_jcall *c, xb_jval *v) {
    xb_jval *out = c->out, folded = { 0 };
    if (v->kind != XB_J_STRING) return XYBRID_OK;
    c->out = &folded;
    XB_TRY(xb_jletters(c, v, 'l'));
    c->out = out;
    *v = folded;
    return XYBRID_OK;
}

/* The items of v, or what `attribute` names in each; in small letters when they are to be compared without case. */
xybrid_status xb_jkeys(xb_jcall *c, const xb_jval *v, const xb_jval *attribute, int folds, const xb_jval *fallback,
                       xb_jval **keys, uint32_t *count) {
    xb_jval *items = NULL;
    XB_TRY(xb_jiterate(c->r, v, &items, count));
    XB_TRY(xb_jspend(c->r, *count));
    *keys = items;
    if (is_none(attribute) && !folds) return XYBRID_OK;
    if (!(*keys = xb_jalloc(c->r, *count, sizeof **keys))) return c->r->err->code;
    for (uint32_t i = 0; i < *count; i++) {
        XB_TRY(attribute_of(c->r, &items[i], attribute, fallback, &(*keys)[i]));
        if (folds) XB_TRY(fold(c, &(*keys)[i]));
    }
    return XYBRID_OK;
}

static xybrid_status list_of(xb_jcall *c, xb_jval *list) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, 0, list));
    list->as.seq->items = items;
    list->as.seq->count = count;
    return XYBRID_OK;
}

/* reverse, case_sensitive, attribute */
static XB_JAPART xybrid_status filter_sort(xb_jcall *c) {
    xb_jval  *keys = NULL, list;
    uint32_t  count = 0, *places = NULL;
    const int has_commas = c->a[2].kind == XB_J_STRING && c->a[2].size && memchr(c->a[2].as.text, ',', c->a[2].size);
    if (has_commas) return xb_jfail(c->r, "sort by several attributes is not supported");
    XB_TRY(list_of(c, &list));
    XB_TRY(xb_jkeys(c, &list, &c->a[2], !xb_jtruth(&c->a[1]), NULL, &keys, &count));
    XB_TRY(sort_places(c->r, keys, count, xb_jtruth(&c->a[0]), &places));
    XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, count, c->out));
    for (uint32_t i = 0; i < count; i++) c->out->as.seq->items[i] = list.as.seq->items[places[i]];
    return XYBRID_OK;
}

xybrid_status xb_jsort_dict(xb_jrun *r, const xb_jval *dict, int by_value, int case_sensitive, int reverse, xb_jval *out) {
    const xb_jdict *d = dict->as.dict;
    xb_jval        *keys = xb_jalloc(r, d->count, sizeof *keys);
    uint32_t       *places = NULL;
    xb_jcall        c;
    memset(&c, 0, sizeof c);
    c.r = r;
    if (!keys) return r->err->code;
    for (uint32_t i = 0; i < d->count; i++) {
        keys[i] = by_value ? d->pairs[i].value : d->pairs[i].key;
        if (!case_sensitive) XB_TRY(fold(&c, &keys[i]));
    }
    XB_TRY(sort_places(r, keys, d->count, reverse, &places));
    XB_TRY(xb_jnew_dict(r, XB_J_DICT, d->count, out));
    for (uint32_t i = 0; i < d->count; i++) out->as.dict->pairs[i] = d->pairs[places[i]];
    out->as.dict->count = d->count;
    return XYBRID_OK;
}

/* case_sensitive, by, reverse */
static XB_JAPART xybrid_status filter_dictsort(xb_jcall *c) {
    xb_jval sorted;
    int     by_value = xb_jis_text(&c->a[1], "value");
    if (!by_value && c->a[1].kind != XB_J_MISSING && !xb_jis_text(&c->a[1], "key"))
        return xb_jfail(c->r, "dictsort by what is neither key nor value");
    if (c->self.kind == XB_J_UNDEFINED) return xb_jundefined_fail(c->r, &c->self);
    if (c->self.kind != XB_J_DICT) return xb_jwrong(c->r, "dictsort of", &c->self);
    XB_TRY(xb_jsort_dict(c->r, &c->self, by_value, xb_jtruth(&c->a[0]), xb_jtruth(&c->a[2]), &sorted));
    return xb_jdict_view(c->r, sorted.as.dict, 'i', XB_J_LIST, c->out);
}

/* case_sensitive, attribute; each key is compared with all before, which the steps count */
static XB_JAPART xybrid_status filter_unique(xb_jcall *c) {
    xb_jval *keys = NULL, list;
    uint32_t count = 0, kept = 0;
    XB_TRY(list_of(c, &list));
    XB_TRY(xb_jkeys(c, &list, &c->a[1], !xb_jtruth(&c->a[0]), NULL, &keys, &count));
    XB_TRY(xb_jnew_seq(c->r, XB_J_GENERATOR, count, c->out));
    for (uint32_t i = 0; i < count; i++) {
        int seen = 0;
        for (uint32_t k = 0; k < i && !seen; k++) XB_TRY(xb_jequal(c->r, &keys[k], &keys[i], &seen));
        if (!seen) c->out->as.seq->items[kept++] = list.as.seq->items[i];
    }
    c->out->as.seq->count = kept;
    return XYBRID_OK;
}

static xybrid_status extreme(xb_jcall *c, int wanted) {
    xb_jval *keys = NULL, list;
    uint32_t count = 0, best = 0;
    XB_TRY(list_of(c, &list));
    XB_TRY(xb_jkeys(c, &list, &c->a[1], !xb_jtruth(&c->a[0]), NULL, &keys, &count));
    for (uint32_t i = 1; i < count; i++) {
        int order = 0;
        XB_TRY(xb_jorder(c->r, &keys[i], &keys[best], &order));
        if (order == wanted) best = i;
    }
    *c->out = count > 0 ? list.as.seq->items[best] : xb_jundefined("the extreme of nothing", 22);
    return XYBRID_OK;
}
static XB_JAPART xybrid_status filter_min(xb_jcall *c) { return extreme(c, -1); }
static XB_JAPART xybrid_status filter_max(xb_jcall *c) { return extreme(c, 1); }

/* attribute, start */
static XB_JAPART xybrid_status filter_sum(xb_jcall *c) {
    xb_jval *keys = NULL, sum = c->a[1].kind == XB_J_MISSING ? xb_jint(0) : c->a[1];
    uint32_t count = 0;
    if (sum.kind == XB_J_STRING) return xb_jfail(c->r, "sum of texts");
    XB_TRY(xb_jkeys(c, &c->self, &c->a[0], 0, NULL, &keys, &count));
    for (uint32_t i = 0; i < count; i++) XB_TRY(xb_jbinary(c->r, '+', &sum, &keys[i], &sum));
    *c->out = sum;
    return XYBRID_OK;
}

/* attribute, default, case_sensitive: tuples of the key and its items, sorted */
static XB_JAPART xybrid_status filter_groupby(xb_jcall *c) {
    xb_jval  *keys = NULL, *shown = NULL, list;
    uint32_t  count = 0, *places = NULL, groups = 0;
    const int folds = !xb_jtruth(&c->a[2]);
    XB_TRY(list_of(c, &list));
    XB_TRY(xb_jkeys(c, &list, &c->a[0], folds, &c->a[1], &keys, &count));
    XB_TRY(xb_jkeys(c, &list, &c->a[0], 0, &c->a[1], &shown, &count));
    XB_TRY(sort_places(c->r, keys, count, 0, &places));
    XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, count, c->out));
    for (uint32_t start = 0, end; start < count; start = end) {
        int     same = 1;
        xb_jval group, members;
        for (end = start + 1; end < count; end++) {
            XB_TRY(xb_jequal(c->r, &keys[places[start]], &keys[places[end]], &same));
            if (!same) break;
        }
        XB_TRY(xb_jnew_seq(c->r, XB_J_TUPLE, 2, &group));
        XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, end - start, &members));
        for (uint32_t i = start; i < end; i++) members.as.seq->items[i - start] = list.as.seq->items[places[i]];
        group.as.seq->items[0] = shown[places[start]];
        group.as.seq->items[1] = members;
        group.as.seq->label = "group";
        c->out->as.seq->items[groups++] = group;
    }
    c->out->as.seq->count = groups;
    return XYBRID_OK;
}

/* ---- map, select and their like ---- */

static xybrid_status find_builtin(xb_jcall *c, const xb_jbuiltins *set, const char *what, const xb_jval *name, int *out) {
    *out = name->kind == XB_J_STRING ? xb_jbuiltin_index(set, name->as.text, name->size) : -1;
    return *out < 0 ? xb_jfail(c->r, "there is no such %s", what) : XYBRID_OK;
}

static const xb_jval *named(const xb_jargs *args, const char *name) {
    for (uint32_t i = 0; i < args->named; i++)
        if (xb_jis_text(&args->values[args->count + 2 * i], name)) return &args->values[args->count + 2 * i + 1];
    return NULL;
}

/* map("filter", arguments) or map(attribute=..., default=...) */
static XB_JAPART xybrid_status filter_map(xb_jcall *c) {
    const xb_jargs *args = c->args;
    const xb_jval  *attribute = args->count == 0 ? named(args, "attribute") : NULL, *fallback = named(args, "default");
    xb_jval        *items = NULL;
    uint32_t        count = 0;
    int             filter = -1;
    if (attribute) {
        if (args->named > 1u + (fallback != NULL)) return xb_jfail(c->r, "map takes attribute and default");
        XB_TRY(xb_jkeys(c, &c->self, attribute, 0, fallback, &items, &count));
        XB_TRY(xb_jnew_seq(c->r, XB_J_GENERATOR, 0, c->out));
        c->out->as.seq->items = items;
        c->out->as.seq->count = count;
        return XYBRID_OK;
    }
    if (args->count == 0) return xb_jfail(c->r, "map wants a filter or an attribute");
    XB_TRY(find_builtin(c, &xb_jfilters, "filter", &args->values[0], &filter));
    xb_jargs rest = { args->values + 1, args->count - 1, args->named };
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    XB_TRY(xb_jnew_seq(c->r, XB_J_GENERATOR, count, c->out));
    xb_jseq *s = c->out->as.seq;
    if (++c->r->value_depth > XB_MAX_TEMPLATE_MAPS) return xb_jfail(c->r, "map of map more than %d deep", XB_MAX_TEMPLATE_MAPS);
    for (uint32_t i = 0; i < count; i++) XB_TRY(xb_jbuiltin_run(c->r, &xb_jfilters, filter, &items[i], &rest, &s->items[i]));
    c->r->value_depth--;
    return XYBRID_OK;
}

static xybrid_status choose(xb_jcall *c, int by_attribute, int wanted) {
    const xb_jargs *args = c->args;
    int             test = -1;
    uint32_t        off = by_attribute ? 1 : 0, count = 0, kept = 0;
    xb_jval        *items = NULL, v, holds;
    if (args->count < off) return xb_jfail(c->r, "the attribute is missing");
    if (args->count > off) XB_TRY(find_builtin(c, &xb_jtests, "test", &args->values[off], &test));
    xb_jargs rest = { args->values + off + 1, test >= 0 ? args->count - off - 1 : 0, args->named };
    if (c->self.kind == XB_J_NONE || (c->self.kind != XB_J_GENERATOR && !xb_jtruth(&c->self)))
        return xb_jnew_seq(c->r, XB_J_GENERATOR, 0, c->out);
    XB_TRY(xb_jiterate(c->r, &c->self, &items, &count));
    XB_TRY(xb_jspend(c->r, count));
    XB_TRY(xb_jnew_seq(c->r, XB_J_GENERATOR, count, c->out));
    xb_jseq *s = c->out->as.seq;
    for (uint32_t i = 0; i < count; i++) {
        v = items[i];
        if (by_attribute) XB_TRY(attribute_of(c->r, &items[i], &args->values[0], NULL, &v));
        holds = v;
        if (test >= 0) XB_TRY(xb_jbuiltin_run(c->r, &xb_jtests, test, &v, &rest, &holds));
        if (xb_jtruth(&holds) == wanted) s->items[kept++] = items[i];
    }
    s->count = kept;
    return XYBRID_OK;
}
static XB_JAPART xybrid_status filter_select(xb_jcall *c) { return choose(c, 0, 1); }
static XB_JAPART xybrid_status filter_reject(xb_jcall *c) { return choose(c, 0, 0); }
static XB_JAPART xybrid_status filter_selectattr(xb_jcall *c) { return choose(c, 1, 1); }
static XB_JAPART xybrid_status filter_rejectattr(xb_jcall *c) { return choose(c, 1, 0); }

#define FILTERS(X)                                                    \
    X("abs(", filter_abs)                                             \
    X("capitalize(", filter_capitalize)                               \
    X("count(", filter_length)                                        \
    X("d(*default_value,boolean", filter_default)                     \
    X("default(*default_value,boolean", filter_default)               \
    X("dictsort(*case_sensitive,by,reverse", filter_dictsort)         \
    X("e(", filter_escape)                                            \
    X("escape(", filter_escape)                                       \
    X("first(", filter_first)                                         \
    X("float(*default", filter_float)                                 \
    X("format", filter_format)                                        \
    X("groupby(attribute,*default,case_sensitive", filter_groupby)    \
    X("indent(*width,first,blank", filter_indent)                     \
    X("int(*default,base", filter_int)                                \
    X("items(", filter_items)                                         \
    X("join(*d,attribute", filter_join)                               \
    X("last(", filter_last)                                           \
    X("length(", filter_length)                                       \
    X("list(", filter_list)                                           \
    X("lower(", filter_lower)                                         \
    X("map", filter_map)                                              \
    X("max(*case_sensitive,attribute", filter_max)                    \
    X("min(*case_sensitive,attribute", filter_min)                    \
    X("reject", filter_reject)                                        \
    X("rejectattr", filter_rejectattr)                                \
    X("replace(old,new,*count", filter_replace)                       \
    X("reverse(", filter_reverse)                                     \
    X("round(*precision,method", filter_round)                        \
    X("safe(", filter_safe)                                           \
    X("select", filter_select)                                        \
    X("selectattr", filter_selectattr)                                \
    X("sort(*reverse,case_sensitive,attribute", filter_sort)          \
    X("string(", filter_string)                                       \
    X("sum(*attribute,start", filter_sum)                             \
    X("title(", filter_title)                                         \
    X("tojson(*ensure_ascii,indent,separators,sort_keys", xb_jtojson) \
    X("trim(*chars", filter_trim)                                     \
    X("unique(*case_sensitive,attribute", filter_unique)              \
    X("upper(", filter_upper)

XB_JRUNNER(run_filters, FILTERS)

const xb_jbuiltins xb_jfilters = { FILTERS(XB_JSPEC), run_filters };
