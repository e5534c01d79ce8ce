/* chat/jinja_methods.c - the methods of texts, dicts and lists that templates call; and how what is built in gets its arguments.
 *
 * Methods that change a value exist and are refused, as jinja2's immutable sandbox does. */
#include "base/utf8.h"
#include "base/words.h"
#include "chat/jinja_int.h"
#include "text/unicode.h"

/* ---- arguments ---- */

int xb_jbuiltin_index(const xb_jbuiltins *set, const char *name, size_t size) {
    const char *spec = set->specs;
    for (int i = 0; *spec; i++) {
        if (strcspn(spec, "(!") == size && memcmp(spec, name, size) == 0) return i;
        spec += strlen(spec) + 1;
    }
    return -1;
}

/* Which parameter has this name: its index, or -1. */
static int find_param(const char *params, const xb_jval *name) {
    for (int i = 0; *params; i++) {
        params += *params == '*';
        size_t n = strcspn(params, ",");
        if (n == name->size && memcmp(params, name->as.text, n) == 0) return i;
        params += n + (params[n] == ',');
    }
    return -1;
}

static xybrid_status bind(xb_jcall *c, const char *spec, const char *params, const xb_jargs *args) {
    uint32_t most = *params != 0, least = 0;
    int      is_optional = 0;
    for (const char *p = params; *p; p++) {
        most += *p == ',';
        is_optional |= *p == '*';
        if (!is_optional && (p[1] == ',' || !p[1])) least++;
    }
    if (args->count > most) return xb_jfail(c->r, "%s) takes at most %u arguments, not %u", spec, most, args->count);
    for (uint32_t i = 0; i < args->count; i++) c->a[i] = args->values[i];
    for (uint32_t i = 0; i < args->named; i++) {
        const xb_jval *pair = &args->values[args->count + 2 * i];
        int            k = find_param(params, pair);
        if (k < 0 || c->a[k].kind != XB_J_MISSING)
            return xb_jfail(c->r, "%s) takes no \"%.*s\", or has it already", spec, (int)(pair->size > 60 ? 60 : pair->size),
                            pair->as.text);
        c->a[k] = pair[1];
    }
    for (uint32_t i = 0; i < least; i++)
        if (c->a[i].kind == XB_J_MISSING) return xb_jfail(c->r, "%s) wants %u arguments", spec, least);
    return XYBRID_OK;
}

xybrid_status xb_jbuiltin_run(xb_jrun *r, const xb_jbuiltins *set, int index, const xb_jval *self, const xb_jargs *args,
                              xb_jval *out) {
    xb_jcall    c;
    const char *spec = xb_word_at(set->specs, (size_t)index), *params = strchr(spec, '(');
    memset(&c, 0, sizeof c);
    c.r = r;
    c.self = *self;
    c.args = args;
    c.out = out;
    XB_TRY(xb_jspend(r, 1));
    if (params) XB_TRY(bind(&c, spec, params + 1, args));
    *out = (xb_jval){ .kind = XB_J_NONE };
    return set->run(index, &c);
}

/* ---- texts ---- */

static int given(const xb_jval *v) { return v->kind != XB_J_MISSING && v->kind != XB_J_NONE; }

static xybrid_status want_text(xb_jcall *c, const xb_jval *v) {
    return v->kind == XB_J_STRING ? XYBRID_OK : xb_jwrong(c->r, "a text is wanted, not", v);
}

static xybrid_status whole_or(xb_jcall *c, const xb_jval *v, int64_t fallback, int64_t *out) {
    *out = fallback;
    if (!given(v)) return XYBRID_OK;
    if (v->kind != XB_J_INT && v->kind != XB_J_BOOL) return xb_jwrong(c->r, "a whole number is wanted, not", v);
    *out = v->as.integer;
    return XYBRID_OK;
}

/* Bytes of the character at p if it is to be stripped, else 0. */
static size_t strip_at(const char *p, const char *end, const xb_jval *chars) {
    if (!given(chars)) return xb_jspace_size(p, end);
    uint32_t code = 0;
    int      n = p < end ? xb_utf8_read(p, end, &code) : 0;
    return n > 0 && xb_jfind(chars->as.text, chars->size, p, (size_t)n) ? (size_t)n : 0;
}

xybrid_status xb_jstrip(xb_jcall *c, const xb_jval *v, const xb_jval *chars, int left, int right) {
    const char *p = v->as.text, *end = p + v->size;
    if (given(chars)) XB_TRY(want_text(c, chars));
    xb_jcharge(c->r, v->size / 64);
    for (size_t n; left && (n = strip_at(p, end, chars)) > 0;) p += n;
    while (right && end > p) {
        const char *last = end - 1;
        while (last > p && ((unsigned char)*last & 0xc0) == 0x80) last--;
        if (strip_at(last, end, chars) == 0) break;
        end = last;
    }
    *c->out = xb_jstring(p, (size_t)(end - p));
    return XYBRID_OK;
}

static XB_JAPART xybrid_status text_strip(xb_jcall *c) { return xb_jstrip(c, &c->self, &c->a[0], 1, 1); }
static XB_JAPART xybrid_status text_lstrip(xb_jcall *c) { return xb_jstrip(c, &c->self, &c->a[0], 1, 0); }
static XB_JAPART xybrid_status text_rstrip(xb_jcall *c) { return xb_jstrip(c, &c->self, &c->a[0], 0, 1); }

/* upper, lower, capitalize, title (a capital after what is no letter), and the filter title (after a blank or bracket) */
xybrid_status xb_jletters(xb_jcall *c, const xb_jval *v, char mode) {
    const char *p = v->as.text, *end = p + v->size;
    xb_str     *out = c->r->out;
    size_t      mark = out->size;
    int         is_start = 1;
    xb_jcharge(c->r, v->size / 16);
    while (p < end) {
        uint32_t code = 0, lower[XB_MAX_LOWER];
        char     bytes[4];
        int      n = xb_utf8_read(p, end, &code), up = mode == 'u' || (mode != 'l' && is_start), count = 1;
        if (n <= 0) return xb_jfail(c->r, "a text that is no UTF-8");
        if (up) lower[0] = xb_jupper(code);
        else count = xb_unicode_lower(code, lower);
        if (up && code == 0xdf) xb_str_add(out, mode == 'u' ? "SS" : "Ss");
        else
            for (int i = 0; i < count; i++) xb_str_addn(out, bytes, (size_t)xb_utf8_write(lower[i], bytes));
        if (mode == 'T') is_start = xb_jspace_size(p, end) > 0 || (code < 128 && strchr("-({[<", (int)code));
        else if (mode == 't') is_start = !xb_unicode_is(code, XB_LETTER);
        else is_start = 0;
        p += n;
    }
    return xb_jcapture(c->r, mark, c->out);
}

static XB_JAPART xybrid_status text_upper(xb_jcall *c) { return xb_jletters(c, &c->self, 'u'); }
static XB_JAPART xybrid_status text_lower(xb_jcall *c) { return xb_jletters(c, &c->self, 'l'); }
static XB_JAPART xybrid_status text_title(xb_jcall *c) { return xb_jletters(c, &c->self, 't'); }
static XB_JAPART xybrid_status text_capitalize(xb_jcall *c) { return xb_jletters(c, &c->self, 'c'); }

/* Grows with what is found; the pieces are put on a list of the arena in the end. */
typedef struct pieces {
    xb_jval *items;
    uint32_t count, capacity;
} pieces;

static xybrid_status add_piece(xb_jrun *r, pieces *p, const char *start, const char *end) {
    if (p->count == p->capacity) {
        xb_jval *more = xb_jalloc(r, (size_t)p->capacity * 2 + 8, sizeof *more);
        if (!more) return r->err->code;
        if (p->count) memcpy(more, p->items, p->count * sizeof *more);
        p->items = more;
        p->capacity = p->capacity * 2 + 8;
    }
    p->items[p->count++] = xb_jstring(start, (size_t)(end - start));
    return xb_jspend(r, 1);
}

static xybrid_status give_pieces(xb_jcall *c, const pieces *p) {
    XB_TRY(xb_jnew_seq(c->r, XB_J_LIST, 0, c->out));
    c->out->as.seq->items = p->items;
    c->out->as.seq->count = p->count;
    return XYBRID_OK;
}

/* At white space: none at the ends makes a piece. */
static xybrid_status split_blank(xb_jcall *c, int64_t most, pieces *out) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    for (;;) {
        for (size_t n; (n = xb_jspace_size(p, end)) > 0;) p += n;
        if (p >= end) return XYBRID_OK;
        const char *start = p;
        while (p < end && xb_jspace_size(p, end) == 0) p++;
        if (out->count == (uint32_t)most) return add_piece(c->r, out, start, end);
        XB_TRY(add_piece(c->r, out, start, p));
    }
}

static XB_JAPART xybrid_status text_split(xb_jcall *c) {
    const char *p = c->self.as.text, *end = p + c->self.size, *found;
    int64_t     most = -1;
    pieces      out = { 0 };
    XB_TRY(whole_or(c, &c->a[1], -1, &most));
    if (most < 0 || most > UINT32_MAX) most = UINT32_MAX;
    xb_jcharge(c->r, c->self.size / 64);
    if (!given(&c->a[0])) {
        XB_TRY(split_blank(c, most, &out));
        return give_pieces(c, &out);
    }
    XB_TRY(want_text(c, &c->a[0]));
    if (c->a[0].size == 0) return xb_jfail(c->r, "a split at an empty text");
    while (out.count < (uint32_t)most && (found = xb_jfind(p, (size_t)(end - p), c->a[0].as.text, c->a[0].size)) != NULL) {
        XB_TRY(add_piece(c->r, &out, p, found));
        p = found + c->a[0].size;
    }
    XB_TRY(add_piece(c->r, &out, p, end));
    return give_pieces(c, &out);
}

static const char *find_last(const char *text, const char *end, const xb_jval *what) {
    if ((size_t)(end - text) < what->size) return NULL;
    for (const char *p = end - what->size;; p--) {
        if (memcmp(p, what->as.text, what->size) == 0) return p;
        if (p == text) return NULL;
    }
}

static XB_JAPART xybrid_status text_rsplit(xb_jcall *c) {
    const char *p = c->self.as.text, *end = p + c->self.size, *found;
    int64_t     most = -1;
    pieces      out = { 0 };
    XB_TRY(whole_or(c, &c->a[1], -1, &most));
    if (most < 0) return text_split(c);
    if (!given(&c->a[0])) return xb_jfail(c->r, "rsplit at white space with a count is not supported");
    XB_TRY(want_text(c, &c->a[0]));
    if (c->a[0].size == 0) return xb_jfail(c->r, "a split at an empty text");
    while (out.count < most && (found = find_last(p, end, &c->a[0])) != NULL) {
        xb_jcharge(c->r, (end - found) / 64);
        XB_TRY(add_piece(c->r, &out, found + c->a[0].size, end));
        end = found;
    }
    XB_TRY(add_piece(c->r, &out, p, end));
    for (uint32_t i = 0; i < out.count / 2; i++) {
        xb_jval v = out.items[i];
        out.items[i] = out.items[out.count - 1 - i];
        out.items[out.count - 1 - i] = v;
    }
    return give_pieces(c, &out);
}

size_t xb_jline_break(const char *p, const char *end) {
    uint32_t code = 0;
    int      n = p < end ? xb_utf8_read(p, end, &code) : 0;
    if (code == '\r' && p + 1 < end && p[1] == '\n') return 2;
    return (code >= 0x0a && code <= 0x0d) || (code >= 0x1c && code <= 0x1e) || code == 0x85 || code == 0x2028 || code == 0x2029
               ? (size_t)n
               : 0;
}

static XB_JAPART xybrid_status text_splitlines(xb_jcall *c) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    pieces      out = { 0 };
    while (p < end) {
        const char *start = p;
        while (p < end && xb_jline_break(p, end) == 0) p++;
        size_t n = xb_jline_break(p, end);
        XB_TRY(add_piece(c->r, &out, start, xb_jtruth(&c->a[0]) ? p + n : p));
        p += n;
    }
    return give_pieces(c, &out);
}

static xybrid_status partition(xb_jcall *c, int last) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    pieces      out = { 0 };
    XB_TRY(want_text(c, &c->a[0]));
    if (c->a[0].size == 0) return xb_jfail(c->r, "a partition at an empty text");
    xb_jcharge(c->r, c->self.size / 64);
    const char *found = last ? find_last(p, end, &c->a[0]) : xb_jfind(p, c->self.size, c->a[0].as.text, c->a[0].size);
    const char *cut = found ? found : last ? p : end, *rest = found ? found + c->a[0].size : cut;
    XB_TRY(add_piece(c->r, &out, p, cut));
    XB_TRY(add_piece(c->r, &out, cut, rest));
    XB_TRY(add_piece(c->r, &out, rest, end));
    XB_TRY(give_pieces(c, &out));
    c->out->kind = XB_J_TUPLE;
    return XYBRID_OK;
}
static XB_JAPART xybrid_status text_partition(xb_jcall *c) { return partition(c, 0); }
static XB_JAPART xybrid_status text_rpartition(xb_jcall *c) { return partition(c, 1); }

static int affix_matches(const xb_jval *v, const xb_jval *affix, int at_end) {
    return v->size >= affix->size &&
           memcmp(v->as.text + (at_end ? v->size - affix->size : 0), affix->as.text, affix->size) == 0;
}

/* startswith and endswith: a text, or a tuple of texts; from and to a place */
static xybrid_status has_affix(xb_jcall *c, int at_end) {
    xb_jval  text = c->self;
    xb_jval *items = &c->a[0];
    uint32_t count = 1;
    int      found = 0;
    if (c->a[1].kind != XB_J_MISSING) {
        static const xb_jval none = { .kind = XB_J_NONE };
        XB_TRY(xb_jslice(c->r, &c->self, &c->a[1], &c->a[2], &none, &text));
    }
    if (c->a[0].kind == XB_J_TUPLE) {
        items = c->a[0].as.seq->items;
        count = c->a[0].as.seq->count;
    }
    for (uint32_t i = 0; i < count; i++) {
        XB_TRY(want_text(c, &items[i]));
        found |= affix_matches(&text, &items[i], at_end);
    }
    *c->out = xb_jbool(found);
    return XYBRID_OK;
}
static XB_JAPART xybrid_status text_startswith(xb_jcall *c) { return has_affix(c, 0); }
static XB_JAPART xybrid_status text_endswith(xb_jcall *c) { return has_affix(c, 1); }

static xybrid_status remove_affix(xb_jcall *c, int at_end) {
    XB_TRY(want_text(c, &c->a[0]));
    size_t n = affix_matches(&c->self, &c->a[0], at_end) ? c->a[0].size : 0;
    *c->out = xb_jstring(c->self.as.text + (at_end ? 0 : n), c->self.size - n);
    return XYBRID_OK;
}
static XB_JAPART xybrid_status text_removeprefix(xb_jcall *c) { return remove_affix(c, 0); }
static XB_JAPART xybrid_status text_removesuffix(xb_jcall *c) { return remove_affix(c, 1); }

/* An empty text to replace stands before each character and at the end. */
xybrid_status xb_jreplace(xb_jcall *c, const xb_jval *v, const xb_jval *from, const xb_jval *to, int64_t most) {
    const char *p = v->as.text, *end = p + v->size;
    xb_str     *out = c->r->out;
    size_t      mark = out->size;
    xb_jcharge(c->r, v->size / 64);
    for (; most != 0; most--) {
        const char *found = xb_jfind(p, (size_t)(end - p), from->as.text, from->size);
        if (!found) break;
        XB_TRY(xb_jspend(c->r, 1));
        xb_str_addn(out, p, (size_t)(found - p));
        xb_str_addn(out, to->as.text, to->size);
        p = found + from->size;
        if (from->size > 0) continue;
        if (p >= end) break;
        size_t n = xb_joffset(p, (size_t)(end - p), 1);
        xb_str_addn(out, p, n);
        p += n;
    }
    xb_str_addn(out, p, (size_t)(end - p));
    return xb_jcapture(c->r, mark, c->out);
}

static XB_JAPART xybrid_status text_replace(xb_jcall *c) {
    int64_t most = -1;
    XB_TRY(want_text(c, &c->a[0]));
    XB_TRY(want_text(c, &c->a[1]));
    XB_TRY(whole_or(c, &c->a[2], -1, &most));
    return xb_jreplace(c, &c->self, &c->a[0], &c->a[1], most);
}

xybrid_status xb_jjoin(xb_jcall *c, const xb_jval *separator, xb_jval *items, uint32_t count, int converts) {
    xb_str *out = c->r->out;
    size_t  mark = out->size;
    for (uint32_t i = 0; i < count; i++) {
        if (!converts) XB_TRY(want_text(c, &items[i]));
        if (i > 0) xb_str_addn(out, separator->as.text, separator->size);
        XB_TRY(xb_jprint(c->r, &items[i], out));
        XB_TRY(xb_jspend(c->r, 1));
    }
    return xb_jcapture(c->r, mark, c->out);
}

static XB_JAPART xybrid_status text_join(xb_jcall *c) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    XB_TRY(xb_jiterate(c->r, &c->a[0], &items, &count));
    return xb_jjoin(c, &c->self, items, count, 0);
}

/* Where the first (or last) is, in characters; -1 */
static xybrid_status find_text(xb_jcall *c, int last, int fails) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    int64_t     from = 0;
    XB_TRY(want_text(c, &c->a[0]));
    XB_TRY(whole_or(c, &c->a[1], 0, &from));
    if (from < 0 || given(&c->a[2])) return xb_jfail(c->r, "find with an end, or a start from behind, is not supported");
    const char *start = p + xb_joffset(p, c->self.size, from);
    xb_jcharge(c->r, c->self.size / 64);
    const char *found = last ? find_last(start, end, &c->a[0])
                             : xb_jfind(start, (size_t)(end - start), c->a[0].as.text, c->a[0].size);
    if (!found && fails) return xb_jfail(c->r, "the text that is looked for is not there");
    *c->out = xb_jint(found ? xb_jcodes(p, (size_t)(found - p)) : -1);
    return XYBRID_OK;
}
static XB_JAPART xybrid_status text_find(xb_jcall *c) { return find_text(c, 0, 0); }
static XB_JAPART xybrid_status text_rfind(xb_jcall *c) { return find_text(c, 1, 0); }
static XB_JAPART xybrid_status text_index(xb_jcall *c) { return find_text(c, 0, 1); }

static XB_JAPART xybrid_status text_count(xb_jcall *c) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    int64_t     n = 0;
    XB_TRY(want_text(c, &c->a[0]));
    xb_jcharge(c->r, c->self.size / 16);
    if (c->a[0].size == 0) n = xb_jcodes(p, c->self.size) + 1;
    else
        while ((p = xb_jfind(p, (size_t)(end - p), c->a[0].as.text, c->a[0].size)) != NULL) p += c->a[0].size, n++;
    *c->out = xb_jint(n);
    return XYBRID_OK;
}

/* Are there characters, and are all of this kind? For upper and lower: is there a letter with case, and none of the other? */
static xybrid_status all_are(xb_jcall *c, char what) {
    const char *p = c->self.as.text, *end = p + c->self.size;
    int         all = p < end, cased = 0;
    xb_jcharge(c->r, c->self.size / 16);
    while (p < end && all) {
        uint32_t    code = 0;
        int         n = xb_utf8_read(p, end, &code);
        xb_category cat = xb_unicode_category(code);
        int         upper = cat == XB_CAT_LU, lower = cat == XB_CAT_LL, letter = (XB_CAT_BIT(cat) & XB_LETTER) != 0;
        if (what == 'u' || what == 'l') {
            all = !((what == 'u' ? lower : upper) || cat == XB_CAT_LT);
            cased |= what == 'u' ? upper : lower;
        } else if (what == 's') all = xb_jspace_size(p, end) > 0;
        else all = (what != 'd' && letter) || (what != 'a' && cat == XB_CAT_ND);
        p += n > 0 ? n : 1;
    }
    *c->out = xb_jbool(all && (cased || (what != 'u' && what != 'l')));
    return XYBRID_OK;
}
static XB_JAPART xybrid_status text_isdigit(xb_jcall *c) { return all_are(c, 'd'); }
static XB_JAPART xybrid_status text_isalpha(xb_jcall *c) { return all_are(c, 'a'); }
static XB_JAPART xybrid_status text_isalnum(xb_jcall *c) { return all_are(c, 'n'); }
static XB_JAPART xybrid_status text_isspace(xb_jcall *c) { return all_are(c, 's'); }
xybrid_status                  xb_jisupper(xb_jcall *c) { return all_are(c, 'u'); }
xybrid_status                  xb_jislower(xb_jcall *c) { return all_are(c, 'l'); }

#define TEXT_METHODS(X)                                \
    X("strip(*chars", text_strip)                      \
    X("lstrip(*chars", text_lstrip)                    \
    X("rstrip(*chars", text_rstrip)                    \
    X("split(*sep,maxsplit", text_split)               \
    X("rsplit(*sep,maxsplit", text_rsplit)             \
    X("splitlines(*keepends", text_splitlines)         \
    X("partition(sep", text_partition)                 \
    X("rpartition(sep", text_rpartition)               \
    X("startswith(prefix,*start,end", text_startswith) \
    X("endswith(suffix,*start,end", text_endswith)     \
    X("removeprefix(prefix", text_removeprefix)        \
    X("removesuffix(suffix", text_removesuffix)        \
    X("replace(old,new,*count", text_replace)          \
    X("join(iterable", text_join)                      \
    X("upper(", text_upper)                            \
    X("lower(", text_lower)                            \
    X("title(", text_title)                            \
    X("capitalize(", text_capitalize)                  \
    X("format", xb_jformat_method)                     \
    X("find(sub,*start,end", text_find)                \
    X("rfind(sub,*start,end", text_rfind)              \
    X("index(sub,*start,end", text_index)              \
    X("count(sub", text_count)                         \
    X("isdigit(", text_isdigit)                        \
    X("isalpha(", text_isalpha)                        \
    X("isalnum(", text_isalnum)                        \
    X("isspace(", text_isspace)                        \
    X("isupper(", xb_jisupper)                         \
    X("islower(", xb_jislower)

XB_JRUNNER(run_text_methods, TEXT_METHODS)

static const xb_jbuiltins methods_string = { TEXT_METHODS(XB_JSPEC), run_text_methods };

/* ---- dicts ---- */

static XB_JAPART xybrid_status dict_get(xb_jcall *c) {
    const xb_jval *found = NULL;
    XB_TRY(xb_jdict_find(c->r, c->self.as.dict, &c->a[0], &found));
    if (found) *c->out = *found;
    else if (c->a[1].kind != XB_J_MISSING) *c->out = c->a[1];
    return XYBRID_OK;
}

/* 'i'tems, 'k'eys or 'v'alues */
xybrid_status xb_jdict_view(xb_jrun *r, const xb_jdict *d, char what, xb_jkind kind, xb_jval *out) {
    XB_TRY(xb_jnew_seq(r, kind, d->count, out));
    xb_jseq *s = out->as.seq;
    s->label = what == 'i' ? "dict_items" : what == 'k' ? "dict_keys" : "dict_values";
    for (uint32_t i = 0; i < d->count; i++) {
        if (what != 'i') {
            s->items[i] = what == 'k' ? d->pairs[i].key : d->pairs[i].value;
            continue;
        }
        XB_TRY(xb_jnew_seq(r, XB_J_TUPLE, 2, &s->items[i]));
        s->items[i].as.seq->items[0] = d->pairs[i].key;
        s->items[i].as.seq->items[1] = d->pairs[i].value;
    }
    return XYBRID_OK;
}
static XB_JAPART xybrid_status dict_items(xb_jcall *c) { return xb_jdict_view(c->r, c->self.as.dict, 'i', XB_J_VIEW, c->out); }
static XB_JAPART xybrid_status dict_keys(xb_jcall *c) { return xb_jdict_view(c->r, c->self.as.dict, 'k', XB_J_VIEW, c->out); }
static XB_JAPART xybrid_status dict_values(xb_jcall *c) { return xb_jdict_view(c->r, c->self.as.dict, 'v', XB_J_VIEW, c->out); }
static xybrid_status           same(xb_jcall *c) {
    return (void)(*c->out = c->self), XYBRID_OK;
} /* values do not change: a copy is itself */

#define DICT_METHODS(X)             \
    X("get(key,*default", dict_get) \
    X("items(", dict_items)         \
    X("keys(", dict_keys)           \
    X("values(", dict_values)       \
    X("copy(", same)

XB_JRUNNER(run_dict_methods, DICT_METHODS)

static const xb_jbuiltins methods_dict = { DICT_METHODS(XB_JSPEC) "clear!\0pop!\0popitem!\0setdefault!\0update!\0",
                                           run_dict_methods };

/* ---- lists and tuples ---- */

static xybrid_status seq_find(xb_jcall *c, int counts) {
    const xb_jseq *s = c->self.as.seq;
    int64_t        n = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        int equal = 0;
        XB_TRY(xb_jequal(c->r, &s->items[i], &c->a[0], &equal));
        if (equal && !counts) return (void)(*c->out = xb_jint(i)), XYBRID_OK;
        n += equal;
    }
    if (!counts) return xb_jfail(c->r, "the item that is looked for is not there");
    *c->out = xb_jint(n);
    return XYBRID_OK;
}
static XB_JAPART xybrid_status seq_index(xb_jcall *c) { return seq_find(c, 0); }
static XB_JAPART xybrid_status seq_count(xb_jcall *c) { return seq_find(c, 1); }

#define LIST_METHODS(X)         \
    X("index(value", seq_index) \
    X("count(value", seq_count) \
    X("copy(", same)

XB_JRUNNER(run_list_methods, LIST_METHODS)

static const xb_jbuiltins methods_seq = {
    LIST_METHODS(XB_JSPEC) "append!\0clear!\0pop!\0reverse!\0insert!\0sort!\0extend!\0remove!\0", run_list_methods
};
enum { METHODS_OF_TUPLES = 2 }; /* copy and what follows it are of lists only */

/* ---- loops ---- */

static XB_JAPART xybrid_status loop_cycle(xb_jcall *c) {
    if (c->args->count == 0 || c->args->named > 0) return xb_jfail(c->r, "cycle wants values");
    *c->out = c->args->values[c->self.as.loop->index % c->args->count];
    return XYBRID_OK;
}

static XB_JAPART xybrid_status loop_changed(xb_jcall *c) {
    xb_jval now;
    int     equal = 0;
    XB_TRY(xb_jnew_seq(c->r, XB_J_TUPLE, c->args->count, &now));
    if (c->args->count) memcpy(now.as.seq->items, c->args->values, c->args->count * sizeof now);
    if (c->self.as.loop->changed.kind != XB_J_MISSING) XB_TRY(xb_jequal(c->r, &c->self.as.loop->changed, &now, &equal));
    c->self.as.loop->changed = now;
    *c->out = xb_jbool(!equal);
    return XYBRID_OK;
}

#define LOOP_METHODS(X)    \
    X("cycle", loop_cycle) \
    X("changed", loop_changed)

XB_JRUNNER(run_loop_methods, LOOP_METHODS)

static const xb_jbuiltins methods_loop = { LOOP_METHODS(XB_JSPEC), run_loop_methods };

/* ---- look-up ---- */

static const xb_jbuiltins *methods_of(const xb_jval *v) {
    switch ((xb_jkind)v->kind) {
    case XB_J_STRING: return &methods_string;
    case XB_J_DICT: return &methods_dict;
    case XB_J_LIST:
    case XB_J_TUPLE: return &methods_seq;
    case XB_J_LOOP: return &methods_loop;
    default: return NULL;
    }
}

int xb_jmethod(const xb_jval *v, const char *name, uint32_t size, xb_jval *out) {
    const xb_jbuiltins *set = methods_of(v);
    int                 index = set ? xb_jbuiltin_index(set, name, size) : -1;
    if (index < 0 || (v->kind == XB_J_TUPLE && index >= METHODS_OF_TUPLES)) return 0;
    if (xb_word_at(set->specs, (size_t)index)[size] == '!') {
        *out = xb_jundefined(name, size);
        out->flag = 1;
        return 1;
    }
    *out = (xb_jval){ .kind = XB_J_METHOD };
    out->id = (uint16_t)index;
    out->as.self = v;
    return 1;
}

xybrid_status xb_jmethod_run(xb_jrun *r, const xb_jval *method, const xb_jargs *args, xb_jval *out) {
    const xb_jval *self = method->as.self;
    return xb_jbuiltin_run(r, methods_of(self), method->id, self, args, out);
}
