/* chat/jinja_value.c - the values of a rendering: made, counted, iterated, looked up; as Python's. */
#include <stdarg.h>

#include "base/utf8.h"
#include "chat/jinja_int.h"

/* ---- failures and budgets ---- */

xybrid_status xb_jfail(xb_jrun *r, const char *fmt, ...) {
    char    what[400];
    va_list args;
    va_start(args, fmt);
    xb_vformat(what, sizeof what, fmt, args);
    va_end(args);
    xb_fail(r->err, XYBRID_PREPROCESSING_FAILED, "chat template", "chat template, line %u: %s", r->line, what);
    r->err->line = (int32_t)r->line;
    return r->err->code;
}

xybrid_status xb_jwrong(xb_jrun *r, const char *what, const xb_jval *v) {
    return xb_jfail(r, "%s a %s", what, xb_jtype_name(v));
}

xybrid_status xb_jspend(xb_jrun *r, int64_t steps) {
    r->steps += steps;
    if (r->steps <= XB_MAX_TEMPLATE_STEPS) return XYBRID_OK;
    return xb_jfail(r, "more than %d steps", XB_MAX_TEMPLATE_STEPS);
}

void *xb_jalloc(xb_jrun *r, size_t count, size_t size) {
    void *p = xb_arena_array(&r->arena, count, size, r->err);
    if (!p && r->err->code == XYBRID_MALFORMED) xb_jfail(r, "its values take more than %d bytes", XB_MAX_TEMPLATE_LIVE_BYTES);
    return p;
}

xybrid_status xb_jundefined_fail(xb_jrun *r, const xb_jval *v) {
    if (v->flag) return xb_jfail(r, "\"%.*s\" would change a value; a template may not", (int)v->size, v->as.text);
    return xb_jfail(r, "\"%.*s\" is undefined", (int)(v->size > 100 ? 100 : v->size), v->as.text);
}

/* ---- making ---- */

xb_jval xb_jstring(const char *text, size_t size) {
    xb_jval v = { 0 };
    v.kind = XB_J_STRING;
    v.size = (uint32_t)size;
    v.as.text = text;
    return v;
}

xb_jval xb_jint(int64_t i) {
    xb_jval v = { 0 };
    v.kind = XB_J_INT;
    v.as.integer = i;
    return v;
}

xb_jval xb_jbool(int b) {
    xb_jval v = xb_jint(b != 0);
    v.kind = XB_J_BOOL;
    return v;
}

xb_jval xb_jundefined(const char *name, size_t size) {
    xb_jval v = xb_jstring(name, size);
    v.kind = XB_J_UNDEFINED;
    return v;
}

int xb_jis_text(const xb_jval *v, const char *text) {
    return v->kind == XB_J_STRING && v->size == strlen(text) && memcmp(v->as.text, text, v->size) == 0;
}

xybrid_status xb_jtext(xb_jrun *r, const char *text, size_t size, xb_jval *out) {
    char *copy = xb_jalloc(r, size + 1, 1);
    if (!copy) return r->err->code;
    if (size) memcpy(copy, text, size);
    XB_TRY(xb_jspend(r, (int64_t)(size / 256)));
    *out = xb_jstring(copy, size);
    return XYBRID_OK;
}

/* A text that was joined lately and ends its buffer grows in place, so that a loop that adds to a text stays linear. The text as
 * it was before keeps its own length. */
xybrid_status xb_jconcat(xb_jrun *r, const xb_jval *a, const xb_jval *b, xb_jval *out) {
    size_t size = (size_t)a->size + b->size;
    XB_TRY(xb_jspend(r, (int64_t)(b->size / 256)));
    if (size >= XB_MAX_TEMPLATE_LIVE_BYTES) return xb_jfail(r, "a text of more than %d bytes", XB_MAX_TEMPLATE_LIVE_BYTES);
    for (unsigned i = 0; i < XB_JBUFFERS; i++) {
        if (a->size == 0 || r->buffers[i].used != a->as.text + a->size || a->as.text < r->buffers[i].start ||
            (size_t)(r->buffers[i].end - r->buffers[i].used) < b->size)
            continue;
        if (b->size) memmove(r->buffers[i].used, b->as.text, b->size);
        r->buffers[i].used += b->size;
        *out = xb_jstring(a->as.text, size);
        return XYBRID_OK;
    }
    size_t room = size < 32 ? 64 : size * 2;
    char  *text = xb_jalloc(r, room, 1);
    if (!text) return r->err->code;
    XB_TRY(xb_jspend(r, (int64_t)(a->size / 256)));
    if (a->size) memcpy(text, a->as.text, a->size);
    if (b->size) memcpy(text + a->size, b->as.text, b->size);
    r->turn = (r->turn + 1) % XB_JBUFFERS;
    r->buffers[r->turn].start = text;
    r->buffers[r->turn].used = text + size;
    r->buffers[r->turn].end = text + room;
    *out = xb_jstring(text, size);
    return XYBRID_OK;
}

xybrid_status xb_jnew_seq(xb_jrun *r, xb_jkind kind, uint32_t count, xb_jval *out) {
    xb_jseq *s = xb_jalloc(r, 1, sizeof *s);
    if (!s) return r->err->code;
    if (count > 0 && !(s->items = xb_jalloc(r, count, sizeof *s->items))) return r->err->code;
    xb_jcharge(r, count / 8);
    s->count = count;
    *out = (xb_jval){ .kind = (uint8_t)kind };
    out->as.seq = s;
    return XYBRID_OK;
}

xybrid_status xb_jnew_dict(xb_jrun *r, xb_jkind kind, uint32_t capacity, xb_jval *out) {
    xb_jdict *d = xb_jalloc(r, 1, sizeof *d);
    if (!d) return r->err->code;
    if (capacity > 0 && !(d->pairs = xb_jalloc(r, capacity, sizeof *d->pairs))) return r->err->code;
    d->capacity = capacity;
    *out = (xb_jval){ .kind = (uint8_t)kind };
    out->as.dict = d;
    return XYBRID_OK;
}

/* ---- dictionaries ---- */

static int is_hashable(const xb_jval *v) { return v->kind != XB_J_LIST && v->kind != XB_J_DICT && v->kind != XB_J_VIEW; }

xybrid_status xb_jdict_find(xb_jrun *r, const xb_jdict *d, const xb_jval *key, const xb_jval **out) {
    *out = NULL;
    if (!is_hashable(key)) return xb_jfail(r, "a %s as the key of a dict", xb_jtype_name(key));
    xb_jcharge(r, d->count / 16);
    for (uint32_t i = 0; i < d->count && !*out; i++) {
        const xb_jval *k = &d->pairs[i].key;
        int            same = 0;
        if (key->kind != XB_J_STRING || k->kind != XB_J_STRING) XB_TRY(xb_jequal(r, k, key, &same));
        else same = k->size == key->size && memcmp(k->as.text, key->as.text, k->size) == 0;
        if (same) *out = &d->pairs[i].value;
    }
    return XYBRID_OK;
}

xybrid_status xb_jdict_set(xb_jrun *r, xb_jdict *d, const xb_jval *key, const xb_jval *value) {
    const xb_jval *found = NULL;
    XB_TRY(xb_jdict_find(r, d, key, &found));
    if (found) {
        d->pairs[(const xb_jpair *)(const void *)((const char *)found - offsetof(xb_jpair, value)) - d->pairs].value = *value;
        return XYBRID_OK;
    }
    if (d->count == d->capacity) {
        xb_jpair *more = xb_jalloc(r, (size_t)d->capacity * 2 + 4, sizeof *more);
        if (!more) return r->err->code;
        if (d->count) memcpy(more, d->pairs, d->count * sizeof *more);
        d->pairs = more;
        d->capacity = d->capacity * 2 + 4;
    }
    d->pairs[d->count].key = *key;
    d->pairs[d->count++].value = *value;
    return XYBRID_OK;
}

/* ---- questions ---- */

int xb_jtruth(const xb_jval *v) {
    switch ((xb_jkind)v->kind) {
    case XB_J_MISSING:
    case XB_J_UNDEFINED:
    case XB_J_NONE: return 0;
    case XB_J_BOOL:
    case XB_J_INT: return v->as.integer != 0;
    case XB_J_FLOAT: return v->as.real < 0 || v->as.real > 0 || v->as.real != v->as.real;
    case XB_J_STRING: return v->size > 0;
    case XB_J_LIST:
    case XB_J_TUPLE:
    case XB_J_RANGE:
    case XB_J_VIEW: return v->as.seq->count > 0;
    case XB_J_DICT: return v->as.dict->count > 0;
    default: return 1;
    }
}

const char *xb_jtype_name(const xb_jval *v) {
    static const char names[][12] = { "Undefined", "Undefined", "NoneType",    "bool",  "int",       "float",
                                      "str",       "list",      "tuple",       "range", "dict_view", "generator",
                                      "dict",      "Namespace", "LoopContext", "Macro", "method",    "function" };
    return names[v->kind];
}

int64_t xb_jcodes(const char *text, size_t size) {
    int64_t n = 0;
    for (size_t i = 0; i < size; i++) n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

size_t xb_joffset(const char *text, size_t size, int64_t codes) {
    size_t at = 0;
    while (at < size) {
        if (((unsigned char)text[at] & 0xc0) != 0x80 && codes-- <= 0) break;
        at++;
    }
    return at;
}

xybrid_status xb_jlength(xb_jrun *r, const xb_jval *v, int64_t *out) {
    switch ((xb_jkind)v->kind) {
    case XB_J_UNDEFINED:
        if (v->flag) return xb_jundefined_fail(r, v);
        *out = 0;
        return XYBRID_OK;
    case XB_J_STRING: *out = xb_jcodes(v->as.text, v->size); return xb_jspend(r, v->size / 64);
    case XB_J_LIST:
    case XB_J_TUPLE:
    case XB_J_RANGE:
    case XB_J_VIEW: *out = v->as.seq->count; return XYBRID_OK;
    case XB_J_DICT: *out = v->as.dict->count; return XYBRID_OK;
    case XB_J_LOOP: *out = v->as.loop->count; return XYBRID_OK;
    default: return xb_jfail(r, "a %s has no length", xb_jtype_name(v));
    }
}

/* ---- iteration ---- */

static xybrid_status characters(xb_jrun *r, const xb_jval *v, xb_jval **items, uint32_t *count) {
    uint32_t n = (uint32_t)xb_jcodes(v->as.text, v->size), k = 0;
    if (!(*items = xb_jalloc(r, n, sizeof **items))) return r->err->code;
    for (uint32_t i = 0, start = 0; i < v->size; start = i) {
        do i++;
        while (i < v->size && ((unsigned char)v->as.text[i] & 0xc0) == 0x80);
        (*items)[k++] = xb_jstring(v->as.text + start, i - start);
    }
    *count = n;
    return xb_jspend(r, n / 8);
}

/* The items of v, in place where they lie so already. A generator gives what it has left, once. */
xybrid_status xb_jiterate(xb_jrun *r, const xb_jval *v, xb_jval **items, uint32_t *count) {
    *items = NULL;
    *count = 0;
    switch ((xb_jkind)v->kind) {
    case XB_J_UNDEFINED: return v->flag ? xb_jundefined_fail(r, v) : XYBRID_OK;
    case XB_J_STRING: return characters(r, v, items, count);
    case XB_J_GENERATOR:
        *items = v->as.seq->count ? v->as.seq->items + v->as.seq->next : NULL;
        *count = v->as.seq->count - v->as.seq->next;
        v->as.seq->next = v->as.seq->count;
        return XYBRID_OK;
    case XB_J_LIST:
    case XB_J_TUPLE:
    case XB_J_RANGE:
    case XB_J_VIEW:
        *items = v->as.seq->items;
        *count = v->as.seq->count;
        return XYBRID_OK;
    case XB_J_DICT:
        if (!(*items = xb_jalloc(r, v->as.dict->count, sizeof **items))) return r->err->code;
        for (*count = 0; *count < v->as.dict->count; ++*count) (*items)[*count] = v->as.dict->pairs[*count].key;
        return xb_jspend(r, *count / 8);
    default: return xb_jfail(r, "a %s cannot be iterated", xb_jtype_name(v));
    }
}

/* ---- variables ---- */

static xybrid_status from_array(xb_jrun *r, const xb_json *v, xb_jval *out) {
    uint32_t n = 0;
    XB_TRY(xb_jnew_seq(r, XB_J_LIST, (uint32_t)xb_json_count(v), out));
    for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) XB_TRY(xb_jfrom_json(r, it.value, &out->as.seq->items[n++]));
    return XYBRID_OK;
}

static xybrid_status from_object(xb_jrun *r, const xb_json *v, xb_jval *out) {
    XB_TRY(xb_jnew_dict(r, XB_J_DICT, (uint32_t)xb_json_count(v), out));
    for (xb_json_iter it = xb_json_items(v); xb_json_next(&it);) {
        xb_jval key = xb_jstring(it.key, it.key_size), value;
        XB_TRY(xb_jfrom_json(r, it.value, &value));
        XB_TRY(xb_jdict_set(r, out->as.dict, &key, &value));
    }
    return XYBRID_OK;
}

/* At most XB_MAX_JSON_DEPTH levels deep. */
xybrid_status xb_jfrom_json(xb_jrun *r, const xb_json *v, xb_jval *out) {
    const char *text = NULL;
    size_t      size = 0;
    int         b = 0;
    XB_TRY(xb_jspend(r, 1));
    *out = (xb_jval){ .kind = XB_J_NONE };
    switch (xb_json_type_of(v)) {
    case XB_JSON_MISSING:
    case XB_JSON_NULL: break;
    case XB_JSON_BOOL:
        (void)xb_json_bool(v, &b);
        *out = xb_jbool(b);
        break;
    case XB_JSON_NUMBER:
        out->kind = XB_J_INT;
        if (!xb_json_is_real(v)) {
            if (xb_json_int(v, &out->as.integer)) break;
            return xb_jfail(r, "a number of the variables has more than 64 bits");
        }
        out->kind = XB_J_FLOAT;
        (void)xb_json_double(v, &out->as.real);
        break;
    case XB_JSON_STRING:
        (void)xb_json_string(v, &text, &size);
        *out = xb_jstring(text, size);
        break;
    case XB_JSON_ARRAY: return from_array(r, v, out);
    case XB_JSON_OBJECT: return from_object(r, v, out);
    }
    return XYBRID_OK;
}
