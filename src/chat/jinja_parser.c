/* chat/jinja_parser.c - statements of a template to a tree; the compiled template itself.
 *
 * Depth is bounded by XB_MAX_TEMPLATE_NESTING, counted by blocks and brackets together. */
#include "chat/jinja_int.h"

static xybrid_status parse_body(xb_jparser *p, const char *const *ends, xb_jnode **out);

/* ---- tools of the parser ---- */

xb_jnode *xb_jnode_new(xb_jparser *p, xb_jnode_kind kind) {
    xb_jnode *n = xb_arena_alloc(&p->t->arena, sizeof *n, p->err);
    if (!n) return NULL;
    n->kind = (uint8_t)kind;
    n->line = xb_jlexer_line(&p->lexer);
    return n;
}

xybrid_status xb_jadvance(xb_jparser *p) { return xb_jlexer_next(&p->lexer, p->err); }

int xb_jis_op(const xb_jparser *p, int op) { return p->lexer.token.kind == XB_T_OP && p->lexer.token.op == op; }

int xb_jis_name(const xb_jparser *p, const char *name) {
    const xb_jtoken *t = &p->lexer.token;
    return t->kind == XB_T_NAME && t->size == strlen(name) && memcmp(t->text, name, t->size) == 0;
}

xybrid_status xb_jwanted(xb_jparser *p, const char *wanted) {
    const xb_jtoken *t = &p->lexer.token;
    if (t->kind == XB_T_EOF) return xb_jlexer_fail(&p->lexer, t->text, p->err, "the template ends, wanted %s", wanted);
    if (t->size == 0) return xb_jlexer_fail(&p->lexer, t->text, p->err, "wanted %s", wanted);
    return xb_jlexer_fail(&p->lexer, t->text, p->err, "found \"%.*s\", wanted %s", (int)(t->size > 60 ? 60 : t->size), t->text,
                          wanted);
}

xybrid_status xb_jskip_op(xb_jparser *p, int op) {
    char wanted[] = { '"', (char)op, '"', 0 };
    return xb_jis_op(p, op) ? xb_jadvance(p) : xb_jwanted(p, wanted);
}

xybrid_status xb_jenter(xb_jparser *p) {
    if (++p->depth <= XB_MAX_TEMPLATE_NESTING) return XYBRID_OK;
    return xb_jlexer_fail(&p->lexer, p->lexer.token.text, p->err, "more than %d levels of nesting", XB_MAX_TEMPLATE_NESTING);
}

xybrid_status xb_jname_intern(xb_jparser *p, const char *text, size_t size, int is_read, const xb_jname **out) {
    xb_jname **n = &p->t->names;
    uint32_t   count = 0;
    while (*n && !((*n)->size == size && memcmp((*n)->text, text, size) == 0)) n = &(*n)->next, count++;
    if (!*n) {
        if (count >= XB_MAX_TEMPLATE_NAMES)
            return xb_jlexer_fail(&p->lexer, p->lexer.token.text, p->err, "more than %d different names",
                                  XB_MAX_TEMPLATE_NAMES);
        xb_jname *made = xb_arena_alloc(&p->t->arena, sizeof *made, p->err);
        if (!made) return p->err->code;
        if (!(made->text = xb_arena_strndup(&p->t->arena, text, size, p->err))) return p->err->code;
        made->size = (uint32_t)size;
        made->function = (uint8_t)(xb_jbuiltin_index(&xb_jfunctions, text, size) + 1);
        *n = made;
    }
    (*n)->is_read |= (uint8_t)is_read;
    *out = *n;
    return XYBRID_OK;
}

xybrid_status xb_jname_token(xb_jparser *p, int is_read, const xb_jname **out) {
    const xb_jtoken t = p->lexer.token;
    if (t.kind != XB_T_NAME) return xb_jwanted(p, "a name");
    if (is_read && xb_jis_name(p, "caller")) p->reads |= XB_READS_CALLER;
    if (is_read && xb_jis_name(p, "kwargs")) p->reads |= XB_READS_KWARGS;
    if (is_read && xb_jis_name(p, "varargs")) p->reads |= XB_READS_VARARGS;
    XB_TRY(xb_jname_intern(p, t.text, t.size, is_read, out));
    return xb_jadvance(p);
}

static xybrid_status block_end(xb_jparser *p) {
    return p->lexer.token.kind == XB_T_BLOCK_END ? xb_jadvance(p) : xb_jwanted(p, "\"%}\"");
}

/* What is unknown since `before` is so in a body that jinja2 compiles as a whole. */
static void harden(xb_jparser *p, const xb_junknown *before) {
    if (p->unknown.at && !before->at) p->unknown.is_hard = 1;
}

/* The body of a block up to {% end %}, whose name is the current token's; it is skipped with the tag's end. */
static xybrid_status parse_block(xb_jparser *p, const char *end, xb_jnode **out) {
    const char *const ends[] = { end, NULL };
    XB_TRY(block_end(p));
    XB_TRY(parse_body(p, ends, out));
    return xb_jadvance(p);
}

/* ---- statements, from after their first word to before "%}" ---- */

static xybrid_status parse_if(xb_jparser *p, xb_jnode *n) {
    static const char *const ends[] = { "elif", "else", "endif", NULL }, *const last[] = { "endif", NULL };
    xb_jnode  **tail = &n->a;
    xb_junknown before = p->unknown;
    n->kind = XB_N_IF;
    for (int has_else = 0;;) {
        xb_jnode *branch = xb_jnode_new(p, XB_N_BRANCH);
        if (!branch) return p->err->code;
        if (!has_else) XB_TRY(xb_jparse_tuple(p, XB_PARSE_NO_COND, &branch->a));
        XB_TRY(block_end(p));
        XB_TRY(parse_body(p, has_else ? last : ends, &branch->b));
        *tail = branch;
        tail = &branch->next;
        int is_end = xb_jis_name(p, "endif");
        has_else = xb_jis_name(p, "else");
        XB_TRY(xb_jadvance(p));
        if (is_end) break;
    }
    if (!p->unknown.is_hard) p->unknown = before;
    return XYBRID_OK;
}

static xybrid_status parse_for(xb_jparser *p, xb_jnode *n) {
    static const char *const ends[] = { "endfor", "else", NULL };
    xb_junknown              before = p->unknown;
    n->kind = XB_N_FOR;
    if (!(n->d = xb_jnode_new(p, XB_N_BRANCH))) return p->err->code;
    XB_TRY(xb_jparse_target(p, 0, 1, &n->a));
    if (!xb_jis_name(p, "in")) return xb_jwanted(p, "\"in\"");
    XB_TRY(xb_jadvance(p));
    XB_TRY(xb_jparse_tuple(p, XB_PARSE_NO_COND | XB_PARSE_STOP_IN, &n->b));
    if (xb_jis_name(p, "if")) {
        XB_TRY(xb_jadvance(p));
        XB_TRY(xb_jparse_expression(p, &n->c));
    }
    if (xb_jis_name(p, "recursive")) XB_TRY(xb_jadvance(p)); /* a call of `loop` is refused when it comes */
    XB_TRY(block_end(p));
    p->loops++;
    XB_TRY(parse_body(p, ends, &n->d->b));
    p->loops--;
    int has_else = xb_jis_name(p, "else");
    XB_TRY(xb_jadvance(p));
    if (has_else) XB_TRY(parse_block(p, "endfor", &n->d->a));
    harden(p, &before);
    return XYBRID_OK;
}

/* A body that jinja2 makes a function of: no break leaves it. */
static xybrid_status parse_function_body(xb_jparser *p, const char *end, xb_jnode **out) {
    xb_junknown before = p->unknown;
    int         loops = p->loops;
    p->loops = 0;
    XB_TRY(parse_block(p, end, out));
    p->loops = loops;
    harden(p, &before);
    return XYBRID_OK;
}

static xybrid_status parse_set(xb_jparser *p, xb_jnode *n) {
    xb_junknown before = p->unknown;
    n->kind = XB_N_SET;
    XB_TRY(xb_jparse_target(p, 1, 1, &n->a));
    if (xb_jis_op(p, '=')) {
        XB_TRY(xb_jadvance(p));
        return xb_jparse_tuple(p, 0, &n->b);
    }
    n->kind = XB_N_SETBLOCK;
    XB_TRY(xb_jparse_filters(p, 0, &n->b));
    XB_TRY(parse_block(p, "endset", &n->c));
    harden(p, &before);
    return XYBRID_OK;
}

/* (a, b=1), at the bracket */
static xybrid_status parse_params(xb_jparser *p, xb_jnode *n) {
    xb_jnode **tail = &n->a;
    XB_TRY(xb_jskip_op(p, '('));
    while (!xb_jis_op(p, ')')) {
        if (n->count > 0) XB_TRY(xb_jskip_op(p, ','));
        if (++n->count > XB_MAX_TEMPLATE_ARGUMENTS)
            return xb_jlexer_fail(&p->lexer, p->lexer.token.text, p->err, "more than %d parameters", XB_MAX_TEMPLATE_ARGUMENTS);
        xb_jnode *param = xb_jnode_new(p, XB_N_PARAM);
        if (!param) return p->err->code;
        XB_TRY(xb_jname_token(p, 0, &param->name));
        if (xb_jis_op(p, '=')) {
            XB_TRY(xb_jadvance(p));
            XB_TRY(xb_jparse_expression(p, &param->a));
        } else if (tail != &n->a && n->flag) return xb_jwanted(p, "\"=\", as the parameters before have defaults");
        n->flag |= param->a != NULL;
        *tail = param;
        tail = &param->next;
    }
    n->flag = 0;
    return xb_jadvance(p);
}

static xybrid_status parse_macro_body(xb_jparser *p, xb_jnode *n, const char *end) {
    uint8_t reads = p->reads;
    p->reads = 0;
    XB_TRY(parse_function_body(p, end, &n->b));
    n->flag = p->reads;
    p->reads |= reads; /* what a macro inside reads, the outer one reads, too: jinja2 looks at the names alone */
    return XYBRID_OK;
}

static xybrid_status parse_macro(xb_jparser *p, xb_jnode *n) {
    n->kind = XB_N_MACRO;
    XB_TRY(xb_jname_token(p, 0, &n->name));
    XB_TRY(parse_params(p, n));
    return parse_macro_body(p, n, "endmacro");
}

static xybrid_status parse_caller(xb_jparser *p, xb_jnode *n) {
    n->kind = XB_N_CALLER;
    if (!(n->b = xb_jnode_new(p, XB_N_MACRO))) return p->err->code;
    XB_TRY(xb_jname_intern(p, "caller", 6, 0, &n->b->name));
    if (xb_jis_op(p, '(')) XB_TRY(parse_params(p, n->b));
    XB_TRY(xb_jparse_call(p, &n->a));
    return parse_macro_body(p, n->b, "endcall");
}

static xybrid_status parse_filter_block(xb_jparser *p, xb_jnode *n) {
    n->kind = XB_N_FILTERED;
    XB_TRY(xb_jparse_filters(p, 1, &n->b));
    return parse_block(p, "endfilter", &n->c);
}

static xybrid_status parse_generation(xb_jparser *p, xb_jnode *n) {
    n->kind = XB_N_SCOPE;
    return parse_function_body(p, "endgeneration", &n->b);
}

static xybrid_status parse_with(xb_jparser *p, xb_jnode *n) {
    xb_jnode **tail = &n->a;
    n->kind = XB_N_SCOPE;
    while (p->lexer.token.kind != XB_T_BLOCK_END) {
        if (n->a) XB_TRY(xb_jskip_op(p, ','));
        xb_jnode *set = xb_jnode_new(p, XB_N_SET);
        if (!set) return p->err->code;
        XB_TRY(xb_jparse_target(p, 0, 0, &set->a));
        XB_TRY(xb_jskip_op(p, '='));
        XB_TRY(xb_jparse_expression(p, &set->b));
        *tail = set;
        tail = &set->next;
        n->count++;
    }
    return parse_block(p, "endwith", &n->b);
}

static xybrid_status parse_leave(xb_jparser *p, xb_jnode *n, xb_jnode_kind kind) {
    n->kind = (uint8_t)kind;
    return p->loops > 0 ? XYBRID_OK
                        : xb_jlexer_fail(&p->lexer, p->lexer.token.text, p->err, "break or continue outside of a loop,");
}
static xybrid_status parse_break(xb_jparser *p, xb_jnode *n) { return parse_leave(p, n, XB_N_BREAK); }
static xybrid_status parse_continue(xb_jparser *p, xb_jnode *n) { return parse_leave(p, n, XB_N_CONTINUE); }

static xybrid_status parse_statement(xb_jparser *p, xb_jnode *n) {
    static const struct {
        const char *name;
        xybrid_status (*parse)(xb_jparser *, xb_jnode *);
    } statements[] = { { "if", parse_if },
                       { "set", parse_set },
                       { "for", parse_for },
                       { "macro", parse_macro },
                       { "break", parse_break },
                       { "continue", parse_continue },
                       { "generation", parse_generation },
                       { "call", parse_caller },
                       { "filter", parse_filter_block },
                       { "with", parse_with } };
    static const char *const refused[] = { "include", "import", "from", "extends", "block", "autoescape", NULL };
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (!xb_jis_name(p, statements[i].name)) continue;
        XB_TRY(xb_jadvance(p));
        return statements[i].parse(p, n);
    }
    for (const char *const *name = refused; *name; name++)
        if (xb_jis_name(p, *name))
            return xb_fail(p->err, XYBRID_UNSUPPORTED_FORMAT, "chat template",
                           "chat template: {%% %s %%} in line %u is not supported", *name, n->line);
    return xb_jwanted(p, "a statement");
}

/* ---- bodies ---- */

static int is_end(const xb_jparser *p, const char *const *ends) {
    while (*ends && !xb_jis_name(p, *ends)) ends++;
    return *ends != NULL;
}

static xybrid_status parse_item(xb_jparser *p, xb_jnode *n) {
    if (p->lexer.token.kind == XB_T_DATA) {
        n->kind = XB_N_DATA;
        n->value = xb_jstring(p->lexer.token.text, p->lexer.token.size);
        return xb_jadvance(p);
    }
    if (p->lexer.token.kind == XB_T_BLOCK_BEGIN) return XYBRID_OK; /* begun by parse_body */
    n->kind = XB_N_OUTPUT;
    XB_TRY(xb_jadvance(p));
    XB_TRY(xb_jparse_tuple(p, 0, &n->a));
    return p->lexer.token.kind == XB_T_OUTPUT_END ? xb_jadvance(p) : xb_jwanted(p, "\"}}\"");
}

/* Up to a tag that begins with one of `ends`, which is the current token then; ends NULL: to the end of the template. */
static xybrid_status parse_body(xb_jparser *p, const char *const *ends, xb_jnode **out) {
    xb_jnode *first = NULL, **tail = &first;
    XB_TRY(xb_jenter(p));
    while (p->lexer.token.kind != XB_T_EOF) {
        xb_jnode *n = xb_jnode_new(p, XB_N_DATA);
        if (!n) return p->err->code;
        if (p->lexer.token.kind == XB_T_BLOCK_BEGIN) {
            XB_TRY(xb_jadvance(p));
            n->line = xb_jlexer_line(&p->lexer);
            if (ends && is_end(p, ends)) break;
            XB_TRY(parse_statement(p, n));
            XB_TRY(block_end(p));
        } else {
            XB_TRY(parse_item(p, n));
        }
        *tail = n;
        tail = &n->next;
    }
    if (ends && p->lexer.token.kind == XB_T_EOF) {
        char wanted[40];
        xb_format(wanted, sizeof wanted, "{%% %s %%}", ends[0]);
        return xb_jwanted(p, wanted);
    }
    p->depth--;
    *out = first;
    return XYBRID_OK;
}

/* A name, ns.name, or a tuple of names. */
xybrid_status xb_jparse_target(xb_jparser *p, int with_namespace, int with_tuple, xb_jnode **out) {
    xb_jnode *first = NULL, **tail = &first;
    uint32_t  count = 0;
    int       is_tuple = 0;
    XB_TRY(xb_jenter(p));
    for (;;) {
        xb_jnode *n = xb_jnode_new(p, XB_N_NAME);
        if (!n) return p->err->code;
        if (with_tuple && xb_jis_op(p, '(')) {
            XB_TRY(xb_jadvance(p));
            XB_TRY(xb_jparse_target(p, with_namespace, 1, &n));
            XB_TRY(xb_jskip_op(p, ')'));
        } else {
            XB_TRY(xb_jname_token(p, 0, &n->name));
            if (with_namespace && xb_jis_op(p, '.')) {
                if (!(n->a = xb_jnode_new(p, XB_N_ATTR))) return p->err->code;
                XB_TRY(xb_jadvance(p));
                XB_TRY(xb_jname_token(p, 0, &n->a->name));
            }
        }
        *tail = n;
        tail = &n->next;
        count++;
        if (!with_tuple || !xb_jis_op(p, ',')) break;
        is_tuple = 1;
        XB_TRY(xb_jadvance(p));
        if (xb_jis_name(p, "in") || xb_jis_op(p, '=') || xb_jis_op(p, ')')) break;
    }
    p->depth--;
    *out = first;
    if (!is_tuple) return XYBRID_OK;
    xb_jnode *n = xb_jnode_new(p, XB_N_TUPLE);
    if (!n) return p->err->code;
    n->a = first;
    n->count = count;
    *out = n;
    return XYBRID_OK;
}

/* ---- the template ---- */

xybrid_status xb_jparse_template(xb_jparser *p, xb_jnode **out) {
    XB_TRY(xb_jadvance(p));
    XB_TRY(parse_body(p, NULL, out));
    if (!p->unknown.at) return XYBRID_OK;
    const xb_jname *name = p->unknown.name;
    return xb_jlexer_fail(&p->lexer, p->unknown.at, p->err, "there is no %s \"%.*s\",", p->unknown.what,
                          (int)(name->size > 60 ? 60 : name->size), name->text);
}
