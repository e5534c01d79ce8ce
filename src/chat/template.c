/* chat/template.c - a compiled template: text to tree, tree and variables to text. */
#include "chat/template.h"

#include "base/utf8.h"
#include "chat/jinja_int.h"

/* The source with "\n" alone as the end of a line, less one at the end of all. */
static xybrid_status copy_source(xb_template *t, const char *text, size_t size, const char **out, size_t *out_size,
                                 xybrid_error *err) {
    char *copy = xb_arena_alloc(&t->arena, size + 1, err);
    if (!copy) return err->code;
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        copy[n++] = text[i] == '\r' ? '\n' : text[i];
        if (text[i] == '\r' && i + 1 < size && text[i + 1] == '\n') i++;
    }
    if (n > 0 && copy[n - 1] == '\n') n--;
    *out = copy;
    *out_size = n;
    return XYBRID_OK;
}

static xybrid_status compile(xb_template *t, const char *text, size_t size, xybrid_error *err) {
    const char *source = "";
    size_t      source_size = 0, valid = xb_utf8_valid(text, size);
    if (valid < size)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)valid, "chat template", "chat template: byte %zu is no UTF-8", valid);
    XB_TRY(copy_source(t, text, size, &source, &source_size, err));
    xb_jparser p;
    memset(&p, 0, sizeof p);
    p.t = t;
    p.err = err;
    xb_jlexer_init(&p.lexer, source, source_size);
    return xb_jparse_template(&p, &t->body);
}

xybrid_status xb_template_compile(xb_mem *mem, const char *text, size_t size, xb_template **out, xybrid_error *err) {
    if (size > XB_MAX_TEMPLATE_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, "chat template", "chat template of %zu bytes; at most %d", size,
                       XB_MAX_TEMPLATE_BYTES);
    xb_template *t = xb_calloc(mem, 1, sizeof *t, err);
    if (!t) return err->code;
    t->mem = mem;
    xb_arena_init(&t->arena, mem, XB_MAX_TEMPLATE_TREE_BYTES);
    xybrid_status st = compile(t, text, size, err);
    if (st != XYBRID_OK) {
        xb_template_free(t);
        return st;
    }
    *out = t;
    return XYBRID_OK;
}

void xb_template_free(xb_template *t) {
    if (!t) return;
    xb_arena_free(&t->arena);
    xb_free(t->mem, t);
}

int xb_template_mentions(const xb_template *t, const char *variable) {
    size_t size = strlen(variable);
    for (const xb_jname *n = t->names; n; n = n->next)
        if (n->is_read && n->size == size && memcmp(n->text, variable, size) == 0) return 1;
    return 0;
}

/* ---- rendering ---- */

/* The variables that the template names become the outermost scope. */
static xybrid_status bind_variables(xb_jrun *r, const xb_json *variables) {
    for (xb_json_iter it = xb_json_items(variables); xb_json_next(&it);) {
        const xb_jname *n = r->t->names;
        while (n && !(n->size == it.key_size && memcmp(n->text, it.key, n->size) == 0)) n = n->next;
        if (!n) continue;
        xb_jval v;
        XB_TRY(xb_jfrom_json(r, it.value, &v));
        XB_TRY(xb_jbind(r, r->scope, n, &v));
    }
    return XYBRID_OK;
}

static xybrid_status render(xb_jrun *r, const xb_json *variables) {
    xb_jscope outer = { 0 }, top = { 0 };
    int       flow = 0;
    r->stack = xb_jalloc(r, XB_MAX_TEMPLATE_OPERANDS, sizeof *r->stack);
    if (!r->stack) return r->err->code;
    r->scope = &outer;
    XB_TRY(bind_variables(r, variables));
    top.parent = &outer;
    r->scope = &top;
    return xb_jexec(r, r->t->body, &flow);
}

xybrid_status xb_template_render(const xb_template *t, const xb_json *variables, const xb_template_clock *clock, xb_str *out,
                                 xybrid_error *err) {
    XB_TRY(xb_str_status(out, err));
    size_t  mark = out->size;
    xb_jrun r;
    memset(&r, 0, sizeof r);
    r.t = t;
    r.clock = clock;
    r.out = out;
    r.err = err;
    xb_arena_init(&r.arena, t->mem, XB_MAX_TEMPLATE_LIVE_BYTES);
    xybrid_status st = render(&r, variables);
    if (st == XYBRID_OK) st = xb_joutput_status(&r);
    xb_arena_free(&r.arena);
    if (st != XYBRID_OK) { /* as before */
        out->failed = XYBRID_OK;
        out->size = mark;
        if (out->capacity > 0) out->data[mark] = 0;
    }
    return st;
}
