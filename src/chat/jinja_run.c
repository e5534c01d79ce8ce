/* chat/jinja_run.c - statements of a template: output, conditions, loops, scopes, macros.
 *
 * A scope is a list of bindings; loops, macros, set blocks, {% with %} and {% generation %} open one, conditions do not, as in
 * jinja2. A body says with `flow` how it ended. */
#include "chat/jinja_int.h"

enum { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

/* ---- scopes ---- */

xybrid_status xb_jbind(xb_jrun *r, xb_jscope *s, const xb_jname *name, const xb_jval *v) {
    xb_jbinding *b = s->bindings;
    while (b && b->name != name) b = b->next;
    if (!b) {
        if (!(b = xb_jalloc(r, 1, sizeof *b))) return r->err->code;
        b->name = name;
        b->next = s->bindings;
        s->bindings = b;
    }
    b->value = *v;
    return XYBRID_OK;
}

static xb_jscope *open_scope(xb_jrun *r, xb_jscope *parent) {
    xb_jscope *s = xb_jalloc(r, 1, sizeof *s); /* a macro made inside may outlive the block */
    if (!s) return NULL;
    s->parent = parent;
    r->scope = s;
    return s;
}

static xybrid_status assign_attr(xb_jrun *r, const xb_jnode *target, const xb_jval *v) {
    const xb_jname *field = target->a->name;
    const xb_jval   key = xb_jstring(field->text, field->size);
    for (const xb_jscope *s = r->scope; s; s = s->parent)
        for (const xb_jbinding *b = s->bindings; b; b = b->next) {
            if (b->name != target->name || b->value.kind == XB_J_MISSING) continue;
            if (b->value.kind != XB_J_NAMESPACE)
                return xb_jfail(r, "an attribute is set of \"%.*s\", which is a %s, not a namespace", (int)target->name->size,
                                target->name->text, xb_jtype_name(&b->value));
            if (field->text[0] == '_')
                return xb_jfail(r, "\"%.*s\" of a namespace begins with _", (int)field->size, field->text);
            return xb_jdict_set(r, b->value.as.dict, &key, v);
        }
    return xb_jfail(r, "\"%.*s\" is undefined", (int)target->name->size, target->name->text);
}

xybrid_status xb_jassign(xb_jrun *r, const xb_jnode *target, const xb_jval *v) {
    if (target->kind == XB_N_NAME) return target->a ? assign_attr(r, target, v) : xb_jbind(r, r->scope, target->name, v);
    xb_jval *items = NULL;
    uint32_t count = 0, i = 0;
    XB_TRY(xb_jiterate(r, v, &items, &count));
    if (count != target->count) return xb_jfail(r, "%u values for %u names", count, target->count);
    for (const xb_jnode *t = target->a; t; t = t->next) XB_TRY(xb_jassign(r, t, &items[i++]));
    return XYBRID_OK;
}

/* ---- output ---- */

/* OK, or why the output takes no more. */
xybrid_status xb_joutput_status(xb_jrun *r) {
    if (r->out->failed == XYBRID_INVALID_ARGUMENT) return xb_jfail(r, "a text of more than %zu bytes", r->out->max);
    return xb_str_status(r->out, r->err);
}

xybrid_status xb_jcapture(xb_jrun *r, size_t mark, xb_jval *out) {
    xb_str *s = r->out;
    XB_TRY(xb_joutput_status(r));
    XB_TRY(xb_jtext(r, s->data + mark, s->size - mark, out));
    s->size = mark;
    if (s->capacity) s->data[mark] = 0;
    return XYBRID_OK;
}

static xybrid_status output(xb_jrun *r, const xb_jnode *n) {
    xb_jval v;
    XB_TRY(xb_jeval(r, n->a, &v));
    XB_TRY(xb_jprint(r, &v, r->out));
    return xb_joutput_status(r);
}

/* ---- blocks ---- */

static xybrid_status exec_if(xb_jrun *r, const xb_jnode *n, int *flow) {
    xb_jval v;
    for (const xb_jnode *b = n->a; b; b = b->next) {
        if (b->a) XB_TRY(xb_jeval(r, b->a, &v));
        if (!b->a || xb_jtruth(&v)) return xb_jexec(r, b->b, flow);
    }
    return XYBRID_OK;
}

/* The items that meet the loop's condition; the names of the loop are bound while it is asked. */
static xybrid_status filter_items(xb_jrun *r, const xb_jnode *n, xb_jloop *l) {
    xb_jval *kept = NULL, v;
    uint32_t count = 0;
    if (!n->c) return XYBRID_OK;
    if (!(kept = xb_jalloc(r, l->count, sizeof *kept))) return r->err->code;
    for (uint32_t i = 0; i < l->count; i++) {
        XB_TRY(xb_jassign(r, n->a, &l->items[i]));
        XB_TRY(xb_jeval(r, n->c, &v));
        if (xb_jtruth(&v)) kept[count++] = l->items[i];
    }
    l->items = kept;
    l->count = count;
    return XYBRID_OK;
}

static xybrid_status loop_rounds(xb_jrun *r, const xb_jnode *n, xb_jloop *l, const xb_jname *loop_name) {
    xb_jval self = { .kind = XB_J_LOOP };
    int     flow = FLOW_ON;
    self.as.loop = l;
    for (; l->index < l->count && flow != FLOW_BREAK; l->index++) {
        for (xb_jbinding *b = r->scope->bindings; b; b = b->next) b->value.kind = XB_J_MISSING;
        if (loop_name) XB_TRY(xb_jbind(r, r->scope, loop_name, &self));
        XB_TRY(xb_jassign(r, n->a, &l->items[l->index]));
        flow = FLOW_ON;
        XB_TRY(xb_jspend(r, 1));
        XB_TRY(xb_jexec(r, n->d->b, &flow));
    }
    return XYBRID_OK;
}

static const xb_jname *find_name(const xb_jrun *r, const char *text) {
    const xb_jname *n = r->t->names;
    while (n && strcmp(n->text, text) != 0) n = n->next;
    return n;
}

static xybrid_status exec_for(xb_jrun *r, const xb_jnode *n, int *flow) {
    xb_jscope *outer = r->scope;
    xb_jval    v;
    XB_TRY(xb_jeval(r, n->b, &v));
    xb_jloop *l = xb_jalloc(r, 1, sizeof *l);
    if (!l) return r->err->code;
    if (v.kind == XB_J_NONE) return xb_jfail(r, "a NoneType cannot be iterated");
    XB_TRY(xb_jiterate(r, &v, &l->items, &l->count));
    if (!open_scope(r, outer)) return r->err->code;
    XB_TRY(filter_items(r, n, l));
    XB_TRY(loop_rounds(r, n, l, find_name(r, "loop")));
    r->scope = outer;
    if (l->count > 0 || !n->d->a) return XYBRID_OK;
    if (!open_scope(r, outer)) return r->err->code;
    XB_TRY(xb_jexec(r, n->d->a, flow));
    r->scope = outer;
    return XYBRID_OK;
}

/* The text of a body with a scope of its own. */
static xybrid_status capture_body(xb_jrun *r, const xb_jnode *body, xb_jval *out) {
    xb_jscope *outer = r->scope;
    size_t     mark = r->out->size;
    int        flow = FLOW_ON;
    if (!open_scope(r, outer)) return r->err->code;
    XB_TRY(xb_jexec(r, body, &flow));
    r->scope = outer;
    return xb_jcapture(r, mark, out);
}

static xybrid_status exec_captured(xb_jrun *r, const xb_jnode *n) {
    xb_jval v;
    XB_TRY(capture_body(r, n->c, &v));
    if (n->b) XB_TRY(xb_jeval_links(r, n->b->b, &v, NULL));
    return n->kind == XB_N_SETBLOCK ? xb_jassign(r, n->a, &v) : xb_jprint(r, &v, r->out);
}

/* The values of {% with %} do not see each other. */
static xybrid_status exec_scope(xb_jrun *r, const xb_jnode *n) {
    xb_jscope *outer = r->scope, *inner = open_scope(r, outer);
    xb_jval    v;
    int        flow = FLOW_ON;
    if (!inner) return r->err->code;
    for (const xb_jnode *set = n->a; set; set = set->next) {
        r->scope = outer;
        XB_TRY(xb_jeval(r, set->b, &v));
        r->scope = inner;
        XB_TRY(xb_jassign(r, set->a, &v));
    }
    XB_TRY(xb_jexec(r, n->b, &flow));
    r->scope = outer;
    return XYBRID_OK;
}

/* ---- macros ---- */

static xybrid_status make_macro(xb_jrun *r, const xb_jnode *n, xb_jval *out) {
    xb_jmacro *m = xb_jalloc(r, 1, sizeof *m);
    if (!m) return r->err->code;
    m->node = n;
    m->scope = r->scope;
    *out = (xb_jval){ .kind = XB_J_MACRO };
    out->as.macro = m;
    return XYBRID_OK;
}

static const xb_jval *named_argument(const xb_jargs *args, const char *name, uint32_t size) {
    for (uint32_t i = 0; i < args->named; i++) {
        const xb_jval *pair = &args->values[args->count + 2 * i];
        if (pair->size == size && memcmp(pair->as.text, name, size) == 0) return pair + 1;
    }
    return NULL;
}

static const xb_jnode *find_param(const xb_jnode *macro, const xb_jval *name) {
    const xb_jnode *p = macro->a;
    while (p && !(p->name->size == name->size && memcmp(p->name->text, name->as.text, name->size) == 0)) p = p->next;
    return p;
}

/* What has no parameter goes to varargs, kwargs and caller, if the macro reads them. */
static xybrid_status bind_rest(xb_jrun *r, const xb_jnode *m, const xb_jargs *args, xb_jscope *s) {
    xb_jval         v;
    const xb_jname *name = NULL;
    uint32_t        extra = args->count > m->count ? args->count - m->count : 0;
    if (extra > 0 && !(m->flag & XB_READS_VARARGS))
        return xb_jfail(r, "a macro takes %u arguments, not %u", m->count, args->count);
    if (m->flag & XB_READS_VARARGS) {
        XB_TRY(xb_jnew_seq(r, XB_J_TUPLE, extra, &v));
        if (extra) memcpy(v.as.seq->items, args->values + m->count, extra * sizeof v);
        if ((name = find_name(r, "varargs")) != NULL) XB_TRY(xb_jbind(r, s, name, &v));
    }
    XB_TRY(xb_jnew_dict(r, XB_J_DICT, 0, &v));
    for (uint32_t i = 0; i < args->named; i++) {
        const xb_jval *pair = &args->values[args->count + 2 * i];
        if (find_param(m, pair)) continue;
        if (xb_jis_text(pair, "caller") && (m->flag & XB_READS_CALLER)) {
            if ((name = find_name(r, "caller")) != NULL) XB_TRY(xb_jbind(r, s, name, pair + 1));
        } else if (m->flag & XB_READS_KWARGS) XB_TRY(xb_jdict_set(r, v.as.dict, pair, pair + 1));
        else return xb_jfail(r, "a macro takes no argument \"%.*s\"", (int)(pair->size > 60 ? 60 : pair->size), pair->as.text);
    }
    if ((m->flag & XB_READS_KWARGS) && (name = find_name(r, "kwargs")) != NULL) XB_TRY(xb_jbind(r, s, name, &v));
    return XYBRID_OK;
}

/* Defaults are read when the macro is called, and see the parameters before them. */
static xybrid_status bind_params(xb_jrun *r, const xb_jnode *m, const xb_jargs *args, xb_jscope *s) {
    uint32_t i = 0;
    xb_jval  v;
    if ((m->flag & XB_READS_CALLER) && !find_param(m, &(xb_jval){ .kind = XB_J_STRING, .size = 6, .as.text = "caller" })) {
        v = xb_jundefined("caller", 6);
        const xb_jname *name = find_name(r, "caller");
        if (name) XB_TRY(xb_jbind(r, s, name, &v));
    }
    XB_TRY(bind_rest(r, m, args, s));
    for (const xb_jnode *p = m->a; p; p = p->next, i++) {
        const xb_jval *named = named_argument(args, p->name->text, p->name->size);
        if (i < args->count && named)
            return xb_jfail(r, "two values for the argument \"%.*s\"", (int)p->name->size, p->name->text);
        if (i < args->count) v = args->values[i];
        else if (named) v = *named;
        else if (p->a) XB_TRY(xb_jeval(r, p->a, &v));
        else v = xb_jundefined(p->name->text, p->name->size);
        XB_TRY(xb_jbind(r, s, p->name, &v));
    }
    return XYBRID_OK;
}

xybrid_status xb_jcall_macro(xb_jrun *r, const xb_jmacro *m, const xb_jargs *args, xb_jval *out) {
    xb_jscope *outer = r->scope, *s = open_scope(r, m->scope);
    size_t     mark = r->out->size;
    uint32_t   line = r->line;
    int        flow = FLOW_ON;
    if (!s) return r->err->code;
    r->depth++; /* a call takes the stack of two levels */
    XB_TRY(bind_params(r, m->node, args, s));
    XB_TRY(xb_jexec(r, m->node->b, &flow));
    r->depth--;
    r->scope = outer;
    r->line = line;
    return xb_jcapture(r, mark, out);
}

static xybrid_status exec_caller(xb_jrun *r, const xb_jnode *n) {
    xb_jval caller, v;
    XB_TRY(make_macro(r, n->b, &caller));
    XB_TRY(xb_jcall_caller(r, n->a, &caller, &v));
    return xb_jprint(r, &v, r->out);
}

/* ---- all ---- */

static xybrid_status exec_set(xb_jrun *r, const xb_jnode *n) {
    xb_jval v;
    XB_TRY(xb_jeval(r, n->b, &v));
    return xb_jassign(r, n->a, &v);
}

static xybrid_status exec_macro(xb_jrun *r, const xb_jnode *n) {
    xb_jval v;
    XB_TRY(make_macro(r, n, &v));
    return xb_jbind(r, r->scope, n->name, &v);
}

static xybrid_status exec_node(xb_jrun *r, const xb_jnode *n, int *flow) {
    r->line = n->line;
    switch ((xb_jnode_kind)n->kind) {
    case XB_N_DATA: return xb_jprint(r, &n->value, r->out);
    case XB_N_OUTPUT: return output(r, n);
    case XB_N_IF: return exec_if(r, n, flow);
    case XB_N_FOR: return exec_for(r, n, flow);
    case XB_N_SET: return exec_set(r, n);
    case XB_N_SETBLOCK:
    case XB_N_FILTERED: return exec_captured(r, n);
    case XB_N_MACRO: return exec_macro(r, n);
    case XB_N_CALLER: return exec_caller(r, n);
    case XB_N_SCOPE: return exec_scope(r, n);
    case XB_N_BREAK: *flow = FLOW_BREAK; return XYBRID_OK;
    case XB_N_CONTINUE: *flow = FLOW_CONTINUE; return XYBRID_OK;
    default: return xb_fail(r->err, XYBRID_INTERNAL, "chat template", "internal: a node of kind %d as a statement", n->kind);
    }
}

xybrid_status xb_jexec(xb_jrun *r, const xb_jnode *body, int *flow) {
    if (++r->depth > XB_MAX_TEMPLATE_DEPTH) return xb_jfail(r, "more than %d levels of evaluation", XB_MAX_TEMPLATE_DEPTH);
    for (const xb_jnode *n = body; n && *flow == FLOW_ON; n = n->next) {
        XB_TRY(xb_jspend(r, 1));
        XB_TRY(exec_node(r, n, flow));
    }
    r->depth--;
    return XYBRID_OK;
}
