/* chat/jinja_eval.c - expressions of a template: the walk over the tree, look-ups as jinja2's sandbox does them, and calls.
 *
 * The walk calls itself for what stands in brackets; r->depth bounds it, and its frames are kept small. */
#include "base/words.h"
#include "chat/jinja_int.h"

/* ---- names ---- */

static const xb_jval *find_binding(const xb_jrun *r, const xb_jname *name) {
    for (const xb_jscope *s = r->scope; s; s = s->parent)
        for (const xb_jbinding *b = s->bindings; b; b = b->next)
            if (b->name == name && b->value.kind != XB_J_MISSING) return &b->value;
    return NULL;
}

static void eval_name(const xb_jrun *r, const xb_jname *name, xb_jval *out) {
    const xb_jval *v = find_binding(r, name);
    if (v) *out = *v;
    else if (name->function > 0) {
        *out = (xb_jval){ .kind = XB_J_FUNCTION };
        out->id = (uint16_t)(name->function - 1);
    } else *out = xb_jundefined(name->text, name->size);
}

/* ---- look-ups ---- */

static xybrid_status loop_attr(xb_jrun *r, xb_jloop *l, const char *name, uint32_t size, xb_jval *out) {
    static const char names[] = "index\0index0\0revindex\0revindex0\0first\0last\0length\0depth\0depth0\0previtem\0nextitem\0";
    int               k = xb_word_find(names, name, size);
    const int64_t     numbers[] = {
        (int64_t)l->index + 1, l->index, (int64_t)l->count - l->index, (int64_t)l->count - l->index - 1, 0, 0, l->count, 1, 0
    };
    (void)r;
    if (k >= 0 && k < 9) *out = xb_jint(numbers[k]);
    if (k == 4) *out = xb_jbool(l->index == 0);
    if (k == 5) *out = xb_jbool(l->index + 1 == l->count);
    if (k < 0 || k >= 9) *out = xb_jundefined(name, size);
    if (k == 9 && l->index > 0) *out = l->items[l->index - 1];
    if (k == 10 && l->index + 1 < l->count) *out = l->items[l->index + 1];
    return XYBRID_OK;
}

/* Methods first, then items of a dict: environment.getattr. */
xybrid_status xb_jattr(xb_jrun *r, const xb_jval *v, const char *name, uint32_t size, xb_jval *out) {
    const xb_jval  self = *v, key = xb_jstring(name, size);
    const xb_jval *found = NULL;
    if (self.kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, &self);
    if (self.kind == XB_J_LOOP && !xb_jmethod(v, name, size, out)) return loop_attr(r, self.as.loop, name, size, out);
    if (self.kind == XB_J_LOOP || xb_jmethod(v, name, size, out)) return XYBRID_OK;
    if (self.kind == XB_J_DICT || self.kind == XB_J_NAMESPACE) XB_TRY(xb_jdict_find(r, self.as.dict, &key, &found));
    if (found) *out = *found;
    else if (self.kind == XB_J_TUPLE && self.as.seq->label && size == 7 && memcmp(name, "grouper", 7) == 0)
        *out = self.as.seq->items[0];
    else if (self.kind == XB_J_TUPLE && self.as.seq->label && size == 4 && memcmp(name, "list", 4) == 0)
        *out = self.as.seq->items[1];
    else *out = xb_jundefined(name, size);
    return XYBRID_OK;
}

static int64_t clamp(int64_t i, int64_t low, int64_t high) { return i < low ? low : i > high ? high : i; }

static void text_item(const xb_jval *v, int64_t index, xb_jval *out) {
    int64_t count = xb_jcodes(v->as.text, v->size);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return;
    size_t at = xb_joffset(v->as.text, v->size, index), n = xb_joffset(v->as.text + at, v->size - at, 1);
    *out = xb_jstring(v->as.text + at, n);
}

/* Items first, then methods: environment.getitem. */
xybrid_status xb_jitem(xb_jrun *r, const xb_jval *v, const xb_jval *key, xb_jval *out) {
    const xb_jval  self = *v, k = *key;
    const xb_jval *found = NULL;
    int            is_index = k.kind == XB_J_INT || k.kind == XB_J_BOOL;
    if (self.kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, &self);
    if (self.kind == XB_J_DICT && k.kind != XB_J_LIST && k.kind != XB_J_DICT)
        XB_TRY(xb_jdict_find(r, self.as.dict, &k, &found));
    if (found) {
        *out = *found;
        return XYBRID_OK;
    }
    if (k.kind == XB_J_STRING && self.kind != XB_J_DICT) return xb_jattr(r, v, k.as.text, k.size, out);
    if (k.kind == XB_J_STRING && xb_jmethod(v, k.as.text, k.size, out)) return XYBRID_OK;
    *out = xb_jundefined(k.kind == XB_J_STRING ? k.as.text : "item", k.kind == XB_J_STRING ? k.size : 4);
    if (!is_index) return XYBRID_OK;
    if (self.kind == XB_J_STRING) {
        text_item(&self, k.as.integer, out);
        return xb_jspend(r, self.size / 64);
    }
    if (self.kind != XB_J_LIST && self.kind != XB_J_TUPLE && self.kind != XB_J_RANGE) return XYBRID_OK;
    int64_t i = k.as.integer < 0 ? k.as.integer + self.as.seq->count : k.as.integer;
    if (i >= 0 && i < self.as.seq->count) *out = self.as.seq->items[i];
    return XYBRID_OK;
}

static xybrid_status slice_bound(xb_jrun *r, const xb_jval *v, int64_t *out) {
    if (v->kind == XB_J_NONE || v->kind == XB_J_MISSING) return XYBRID_OK;
    if (v->kind != XB_J_INT && v->kind != XB_J_BOOL) return xb_jwrong(r, "a slice from or to", v);
    *out = v->as.integer;
    return XYBRID_OK;
}

static xybrid_status slice_text(xb_jrun *r, const xb_jval *v, int64_t start, int64_t step, int64_t n, xb_jval *out) {
    const char *text = v->as.text;
    if (step == 1) {
        size_t at = xb_joffset(text, v->size, start);
        *out = xb_jstring(text + at, xb_joffset(text + at, v->size - at, n));
        return XYBRID_OK;
    }
    xb_jval *items = NULL;
    uint32_t count = 0;
    size_t   used = 0;
    XB_TRY(xb_jiterate(r, v, &items, &count));
    char *copy = xb_jalloc(r, (size_t)v->size + 1, 1);
    if (!copy) return r->err->code;
    for (int64_t i = 0; i < n; i++) {
        const xb_jval *c = &items[start + i * step];
        memcpy(copy + used, c->as.text, c->size);
        used += c->size;
    }
    *out = xb_jstring(copy, used);
    return XYBRID_OK;
}

xybrid_status xb_jslice(xb_jrun *r, const xb_jval *v, const xb_jval *start, const xb_jval *stop, const xb_jval *step,
                        xb_jval *out) {
    int64_t n = 0, by = 1;
    if (v->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, v);
    int is_text = v->kind == XB_J_STRING;
    if (!is_text && v->kind != XB_J_LIST && v->kind != XB_J_TUPLE && v->kind != XB_J_RANGE)
        return xb_jwrong(r, "a slice of", v);
    XB_TRY(xb_jlength(r, v, &n));
    XB_TRY(slice_bound(r, step, &by));
    if (by == 0) return xb_jfail(r, "a slice with steps of zero");
    by = clamp(by, -(INT64_C(1) << 32), INT64_C(1) << 32);
    int64_t low = by < 0 ? -1 : 0, high = by < 0 ? n - 1 : n;
    int64_t from = INT64_MIN, to = INT64_MIN;
    XB_TRY(slice_bound(r, start, &from));
    XB_TRY(slice_bound(r, stop, &to));
    int has_from = start->kind > XB_J_NONE, has_to = stop->kind > XB_J_NONE;
    if (from < 0 && has_from && from > INT64_MIN + n) from += n;
    if (to < 0 && has_to && to > INT64_MIN + n) to += n;
    from = !has_from ? (by < 0 ? high : low) : clamp(from, low, high);
    to = !has_to ? (by < 0 ? low : high) : clamp(to, low, high);
    int64_t count = by > 0 ? (to > from ? (to - from - 1) / by + 1 : 0) : (from > to ? (from - to - 1) / -by + 1 : 0);
    if (is_text) return slice_text(r, v, from, by, count, out);
    const xb_jseq *source = v->as.seq;
    xb_jval        made;
    XB_TRY(xb_jnew_seq(r, v->kind == XB_J_TUPLE ? XB_J_TUPLE : XB_J_LIST, (uint32_t)count, &made));
    for (int64_t i = 0; i < count; i++) made.as.seq->items[i] = source->items[from + i * by];
    *out = made;
    return XYBRID_OK;
}

/* ---- arguments ---- */

static xybrid_status push(xb_jrun *r, const xb_jval *v) {
    if (r->used >= XB_MAX_TEMPLATE_OPERANDS) return xb_jfail(r, "more than %d arguments at once", XB_MAX_TEMPLATE_OPERANDS);
    r->stack[r->used++] = *v;
    return XYBRID_OK;
}

static xybrid_status push_star(xb_jrun *r, const xb_jval *v, xb_jargs *args) {
    xb_jval *items = NULL;
    uint32_t count = 0;
    XB_TRY(xb_jiterate(r, v, &items, &count));
    for (uint32_t i = 0; i < count; i++) XB_TRY(push(r, &items[i]));
    args->count += count;
    return XYBRID_OK;
}

static xybrid_status push_stars(xb_jrun *r, const xb_jval *v, xb_jargs *args) {
    if (v->kind != XB_J_DICT) return xb_jfail(r, "\"**\" of a %s", xb_jtype_name(v));
    const xb_jdict *d = v->as.dict;
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->pairs[i].key.kind != XB_J_STRING) return xb_jwrong(r, "an argument whose name is", &d->pairs[i].key);
        XB_TRY(push(r, &d->pairs[i].key));
        XB_TRY(push(r, &d->pairs[i].value));
    }
    args->named += d->count;
    return XYBRID_OK;
}

/* Puts the arguments on the stack, from r->used on. Plain ones come first: the parser saw to that but for * after names. */
static xybrid_status push_arguments(xb_jrun *r, const xb_jnode *first, xb_jargs *args) {
    xb_jval v;
    for (const xb_jnode *n = first; n; n = n->next) {
        if (n->op == XB_ARG_KEYWORD || n->op == XB_ARG_STARS) continue;
        XB_TRY(xb_jeval(r, n->a, &v));
        if (n->op == XB_ARG_STAR) XB_TRY(push_star(r, &v, args));
        else {
            XB_TRY(push(r, &v));
            args->count++;
        }
    }
    for (const xb_jnode *n = first; n; n = n->next) {
        if (n->op != XB_ARG_KEYWORD && n->op != XB_ARG_STARS) continue;
        XB_TRY(xb_jeval(r, n->a, &v));
        if (n->op == XB_ARG_STARS) XB_TRY(push_stars(r, &v, args));
        else {
            xb_jval name = xb_jstring(n->name->text, n->name->size);
            XB_TRY(push(r, &name));
            XB_TRY(push(r, &v));
            args->named++;
        }
    }
    return XYBRID_OK;
}

/* `out` may be `f`. */
static xybrid_status call_value(xb_jrun *r, const xb_jval *f, const xb_jargs *args, xb_jval *out) {
    static const xb_jval none = { .kind = XB_J_NONE };
    switch ((xb_jkind)f->kind) {
    case XB_J_MACRO: return xb_jcall_macro(r, f->as.macro, args, out);
    case XB_J_METHOD: return xb_jmethod_run(r, f, args, out);
    case XB_J_FUNCTION: return xb_jbuiltin_run(r, &xb_jfunctions, f->id, &none, args, out);
    case XB_J_UNDEFINED: return xb_jundefined_fail(r, f);
    default: return xb_jfail(r, "a %s cannot be called", xb_jtype_name(f));
    }
}

/* ---- postfixes ---- */

static xybrid_status call_link(xb_jrun *r, const xb_jnode *n, xb_jval *v, const xb_jval *caller) {
    uint32_t used = r->used;
    xb_jargs args = { r->stack + used, 0, 0 };
    XB_TRY(push_arguments(r, n->a, &args));
    if (caller) {
        xb_jval name = xb_jstring("caller", 6);
        XB_TRY(push(r, &name));
        XB_TRY(push(r, caller));
        args.named++;
    }
    r->line = n->line;
    if (n->kind == XB_N_CALL) XB_TRY(call_value(r, v, &args, v));
    else if (n->op == 255)
        return xb_jfail(r, "there is no %s \"%.*s\"", n->kind == XB_N_TEST ? "test" : "filter",
                        (int)(n->name->size > 60 ? 60 : n->name->size), n->name->text);
    else XB_TRY(xb_jbuiltin_run(r, n->kind == XB_N_TEST ? &xb_jtests : &xb_jfilters, n->op, v, &args, v));
    if (n->flag) *v = xb_jbool(!xb_jtruth(v));
    r->used = used;
    return XYBRID_OK;
}

static xybrid_status slice_link(xb_jrun *r, const xb_jnode *n, xb_jval *v) {
    xb_jval         bounds[3] = { { 0 } };
    const xb_jnode *parts[3] = { n->a, n->b, n->c };
    for (int i = 0; i < 3; i++)
        if (parts[i]) XB_TRY(xb_jeval(r, parts[i], &bounds[i]));
    r->line = n->line;
    return xb_jslice(r, v, &bounds[0], &bounds[1], &bounds[2], v);
}

/* A method that is called at once may point to a copy of its value here; one that is kept gets a place in the arena. */
static xybrid_status attr_link(xb_jrun *r, const xb_jnode *n, xb_jval *v, xb_jval *self) {
    *self = *v;
    r->line = n->line;
    if (n->kind == XB_N_ATTR) XB_TRY(xb_jattr(r, self, n->name->text, n->name->size, v));
    else {
        xb_jval key;
        XB_TRY(xb_jeval(r, n->a, &key));
        r->line = n->line;
        XB_TRY(xb_jitem(r, self, &key, v));
    }
    if (v->kind != XB_J_METHOD || (n->next && n->next->kind == XB_N_CALL)) return XYBRID_OK;
    if (v->as.self != self) return XYBRID_OK;
    xb_jval *kept = xb_jalloc(r, 1, sizeof *kept);
    if (!kept) return r->err->code;
    *kept = *self;
    v->as.self = kept;
    return XYBRID_OK;
}

/* `caller` goes to the last call. */
xybrid_status xb_jeval_links(xb_jrun *r, const xb_jnode *links, xb_jval *v, const xb_jval *caller) {
    xb_jval self;
    for (const xb_jnode *n = links; n; n = n->next) {
        XB_TRY(xb_jspend(r, 1));
        if (n->kind == XB_N_ATTR || n->kind == XB_N_ITEM) XB_TRY(attr_link(r, n, v, &self));
        else if (n->kind == XB_N_SLICE) XB_TRY(slice_link(r, n, v));
        else XB_TRY(call_link(r, n, v, n->next ? NULL : caller));
    }
    return XYBRID_OK;
}

xybrid_status xb_jcall_caller(xb_jrun *r, const xb_jnode *call, const xb_jval *caller, xb_jval *out) {
    XB_TRY(xb_jeval(r, call->a, out));
    return xb_jeval_links(r, call->b, out, caller);
}

/* ---- the rest ---- */

static xybrid_status eval_items(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jval  made;
    uint32_t i = 0;
    XB_TRY(xb_jnew_seq(r, n->kind == XB_N_LIST ? XB_J_LIST : XB_J_TUPLE, n->count, &made));
    for (const xb_jnode *item = n->a; item; item = item->next) XB_TRY(xb_jeval(r, item, &made.as.seq->items[i++]));
    *out = made;
    return XYBRID_OK;
}

static xybrid_status eval_dict(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jval made, key, value;
    XB_TRY(xb_jnew_dict(r, XB_J_DICT, n->count, &made));
    for (const xb_jnode *k = n->a; k; k = k->next->next) {
        XB_TRY(xb_jeval(r, k, &key));
        XB_TRY(xb_jeval(r, k->next, &value));
        XB_TRY(xb_jdict_set(r, made.as.dict, &key, &value));
    }
    *out = made;
    return XYBRID_OK;
}

static xybrid_status eval_chain(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jval right;
    XB_TRY(xb_jeval(r, n->a, out));
    for (const xb_jnode *link = n->b; link; link = link->next) {
        XB_TRY(xb_jeval(r, link->a, &right));
        r->line = link->line;
        XB_TRY(xb_jbinary(r, link->op, out, &right, out));
    }
    return XYBRID_OK;
}

static xybrid_status eval_concat(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jval right;
    XB_TRY(xb_jeval(r, n->a, out));
    XB_TRY(xb_jto_string(r, out, out));
    for (const xb_jnode *item = n->a->next; item; item = item->next) {
        XB_TRY(xb_jeval(r, item, &right));
        XB_TRY(xb_jto_string(r, &right, &right));
        XB_TRY(xb_jconcat(r, out, &right, out));
    }
    return XYBRID_OK;
}

static xybrid_status eval_compare(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jval left, right;
    int     holds = 1;
    XB_TRY(xb_jeval(r, n->a, &left));
    for (const xb_jnode *link = n->b; link && holds; link = link->next) {
        XB_TRY(xb_jeval(r, link->a, &right));
        r->line = link->line;
        XB_TRY(xb_jcompare(r, link->op, &left, &right, &holds));
        left = right;
    }
    *out = xb_jbool(holds);
    return XYBRID_OK;
}

/* The first operand that decides, as it is. */
static xybrid_status eval_logic(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    int stops_at = n->kind == XB_N_OR;
    for (const xb_jnode *item = n->a; item; item = item->next) {
        XB_TRY(xb_jeval(r, item, out));
        if (xb_jtruth(out) == stops_at) break;
    }
    return XYBRID_OK;
}

static xybrid_status eval_cond(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    XB_TRY(xb_jeval(r, n->a, out));
    const xb_jnode *chosen = xb_jtruth(out) ? n->b : n->c;
    if (chosen) return xb_jeval(r, chosen, out);
    *out = xb_jundefined("the else of an inline if", 24);
    return XYBRID_OK;
}

static xybrid_status eval_node(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    switch ((xb_jnode_kind)n->kind) {
    case XB_N_CONST: *out = n->value; return XYBRID_OK;
    case XB_N_NAME: eval_name(r, n->name, out); return XYBRID_OK;
    case XB_N_LIST:
    case XB_N_TUPLE: return eval_items(r, n, out);
    case XB_N_DICT: return eval_dict(r, n, out);
    case XB_N_CHAIN: return eval_chain(r, n, out);
    case XB_N_CONCAT: return eval_concat(r, n, out);
    case XB_N_AND:
    case XB_N_OR: return eval_logic(r, n, out);
    case XB_N_COMPARE: return eval_compare(r, n, out);
    case XB_N_COND: return eval_cond(r, n, out);
    case XB_N_NOT:
        XB_TRY(xb_jeval(r, n->a, out));
        *out = xb_jbool(!xb_jtruth(out));
        return XYBRID_OK;
    case XB_N_NEGATE: XB_TRY(xb_jeval(r, n->a, out)); return xb_jnegate(r, out, out);
    case XB_N_PLUS:
        XB_TRY(xb_jeval(r, n->a, out));
        if (out->kind == XB_J_BOOL) out->kind = XB_J_INT;
        return out->kind == XB_J_INT || out->kind == XB_J_FLOAT ? XYBRID_OK : xb_jfail(r, "\"+\" of a %s", xb_jtype_name(out));
    case XB_N_POSTFIX: XB_TRY(xb_jeval(r, n->a, out)); return xb_jeval_links(r, n->b, out, NULL);
    default: return xb_fail(r->err, XYBRID_INTERNAL, "chat template", "internal: a node of kind %d in an expression", n->kind);
    }
}

xybrid_status xb_jeval(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    XB_TRY(xb_jspend(r, 1));
    if (++r->depth > XB_MAX_TEMPLATE_DEPTH) return xb_jfail(r, "more than %d levels of evaluation", XB_MAX_TEMPLATE_DEPTH);
    XB_TRY(eval_node(r, n, out));
    r->depth--;
    return XYBRID_OK;
}
