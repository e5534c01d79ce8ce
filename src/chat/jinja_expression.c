/* chat/jinja_expression.c - expressions of a template to a tree, as jinja2/parser.py (3.1) reads them.
 *
 * What stands on one level of precedence is one node with a list, so that depth is only what brackets make:
 * a + b - c is CHAIN(a; + b, - c), x.y[0]|f is POSTFIX(x; .y, [0], |f). */
#include "base/utf8.h"
#include "chat/jinja_int.h"

static xybrid_status parse_or(xb_jparser *p, xb_jnode **out);
static xybrid_status parse_unary(xb_jparser *p, int with_filters, xb_jnode **out);

/* Appends to a list whose last pointer is *tail. */
static void append(xb_jnode ***tail, xb_jnode *n) {
    **tail = n;
    *tail = &n->next;
}

/* ---- literals ---- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape of Python's after the backslash at `s`; returns the bytes read, and writes at most 4 to *out. */
static size_t unescape(const char *s, const char *end, char **out) {
    static const char from[] = "ntrabfv\\'\"", to[] = "\n\t\r\a\b\f\v\\'\"";
    const char       *known = *s ? strchr(from, *s) : NULL;
    uint32_t          code = 0;
    size_t            n = 0, want = *s == 'x' ? 2 : *s == 'u' ? 4 : *s == 'U' ? 8 : 0;
    if (*s == '\n') return 1;
    if (known) {
        *(*out)++ = to[known - from];
        return 1;
    }
    if (want > 0) {
        while (n < want && s + 1 + n < end && hex_digit(s[1 + n]) >= 0) code = code << 4 | (uint32_t)hex_digit(s[1 + n++]);
        if (n < want || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return 0;
        *out += xb_utf8_write(code, *out);
        return 1 + n;
    }
    while (n < 3 && s + n < end && s[n] >= '0' && s[n] <= '7') code = code << 3 | (uint32_t)(s[n++] - '0');
    if (n > 0) *out += xb_utf8_write(code, *out);
    else *(*out)++ = '\\'; /* and what follows, as it is */
    return n;
}

/* Adjacent texts are one. */
static xybrid_status parse_string(xb_jparser *p, xb_jval *out) {
    const xb_jlexer *l = &p->lexer;
    const char      *joined = "";
    size_t           size = 0;
    while (l->token.kind == XB_T_STRING) {
        const char *s = l->token.text + 1, *end = l->token.text + l->token.size - 1;
        char       *text = xb_arena_alloc(&p->t->arena, size + (size_t)(end - s) + 4, p->err), *o = text;
        if (!text) return p->err->code;
        memcpy(o, joined, size);
        o += size;
        while (s < end) {
            if (*s != '\\') {
                *o++ = *s++;
                continue;
            }
            char  *before = o;
            size_t n = unescape(s + 1, end, &o);
            if (n == 0 && o == before) return xb_jlexer_fail(l, s, p->err, "an escape that is none in a text");
            s += 1 + n;
        }
        joined = text;
        size = (size_t)(o - text);
        XB_TRY(xb_jadvance(p));
    }
    *out = xb_jstring(joined, size);
    return XYBRID_OK;
}

static xybrid_status parse_number(xb_jparser *p, xb_jval *out) {
    const xb_jtoken *t = &p->lexer.token;
    XB_TRY(xb_jparse_number(p->t->mem, t->text, t->size, out, p->err));
    if (out->kind != (t->kind == XB_T_INT ? XB_J_INT : XB_J_FLOAT))
        return xb_jlexer_fail(&p->lexer, t->text, p->err, "the number \"%.*s\", wanted one of at most 64 bits",
                              (int)(t->size > 40 ? 40 : t->size), t->text);
    return xb_jadvance(p);
}

/* ---- primaries ---- */

static int is_tuple_end(const xb_jparser *p, int flags) {
    xb_jtoken_kind k = p->lexer.token.kind;
    if (k == XB_T_OUTPUT_END || k == XB_T_BLOCK_END || xb_jis_op(p, ')')) return 1;
    return (flags & XB_PARSE_STOP_IN) && xb_jis_name(p, "recursive");
}

xybrid_status xb_jparse_tuple(xb_jparser *p, int flags, xb_jnode **out) {
    xb_jnode *first = NULL, **tail = &first, *item = NULL;
    uint32_t  count = 0;
    int       is_tuple = 0;
    for (;;) {
        if (count > 0) XB_TRY(xb_jskip_op(p, ','));
        if (is_tuple_end(p, flags)) break;
        if (flags & XB_PARSE_NO_COND) XB_TRY(parse_or(p, &item));
        else XB_TRY(xb_jparse_expression(p, &item));
        append(&tail, item);
        count++;
        if (!xb_jis_op(p, ',')) break;
        is_tuple = 1;
    }
    if (!is_tuple && count > 0) {
        *out = first;
        return XYBRID_OK;
    }
    if (!is_tuple && !(flags & XB_PARSE_PARENS)) return xb_jwanted(p, "an expression");
    xb_jnode *n = xb_jnode_new(p, XB_N_TUPLE);
    if (!n) return p->err->code;
    n->a = first;
    n->count = count;
    *out = n;
    return XYBRID_OK;
}

/* [a, b] or {a: b, c: d}, after the opening bracket. */
static xybrid_status parse_items(xb_jparser *p, xb_jnode *n, int close) {
    xb_jnode **tail = &n->a, *item = NULL;
    while (!xb_jis_op(p, close)) {
        if (n->count > 0) {
            XB_TRY(xb_jskip_op(p, ','));
            if (xb_jis_op(p, close)) break;
        }
        XB_TRY(xb_jparse_expression(p, &item));
        append(&tail, item);
        if (close == '}') {
            XB_TRY(xb_jskip_op(p, ':'));
            XB_TRY(xb_jparse_expression(p, &item));
            append(&tail, item);
        }
        n->count++;
    }
    return xb_jadvance(p);
}

static xybrid_status parse_name(xb_jparser *p, xb_jnode *n) {
    static const struct {
        const char *name;
        uint8_t     kind, value;
    } words[] = { { "true", XB_J_BOOL, 1 },  { "True", XB_J_BOOL, 1 }, { "false", XB_J_BOOL, 0 },
                  { "False", XB_J_BOOL, 0 }, { "none", XB_J_NONE, 0 }, { "None", XB_J_NONE, 0 } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!xb_jis_name(p, words[i].name)) continue;
        n->kind = XB_N_CONST;
        n->value.kind = words[i].kind;
        n->value.as.integer = words[i].value;
        return xb_jadvance(p);
    }
    return xb_jname_token(p, 1, &n->name);
}

static xybrid_status parse_primary(xb_jparser *p, xb_jnode **out) {
    xb_jtoken_kind k = p->lexer.token.kind;
    if (xb_jis_op(p, '(')) {
        XB_TRY(xb_jadvance(p));
        XB_TRY(xb_jparse_tuple(p, XB_PARSE_PARENS, out));
        return xb_jskip_op(p, ')');
    }
    int is_list = xb_jis_op(p, '['), is_dict = xb_jis_op(p, '{');
    if (k != XB_T_NAME && k != XB_T_STRING && k != XB_T_INT && k != XB_T_FLOAT && !is_list && !is_dict)
        return xb_jwanted(p, "an expression");
    xb_jnode *n = xb_jnode_new(p, is_list ? XB_N_LIST : is_dict ? XB_N_DICT : k == XB_T_NAME ? XB_N_NAME : XB_N_CONST);
    if (!n) return p->err->code;
    *out = n;
    if (k == XB_T_NAME) return parse_name(p, n);
    if (k == XB_T_STRING) return parse_string(p, &n->value);
    if (k == XB_T_INT || k == XB_T_FLOAT) return parse_number(p, &n->value);
    XB_TRY(xb_jadvance(p));
    return parse_items(p, n, is_list ? ']' : '}');
}

/* ---- postfixes ---- */

/* (a, *b, c=d, **e), at the opening bracket */
static xybrid_status parse_arguments(xb_jparser *p, xb_jnode *call) {
    xb_jnode **tail = &call->a;
    int        last = XB_ARG_PLAIN;
    XB_TRY(xb_jadvance(p));
    while (!xb_jis_op(p, ')')) {
        if (call->count > 0) {
            XB_TRY(xb_jskip_op(p, ','));
            if (xb_jis_op(p, ')')) break;
        }
        xb_jnode *n = xb_jnode_new(p, XB_N_ARG);
        if (!n) return p->err->code;
        if (xb_jis_op(p, '*') || xb_jis_op(p, XB_OP_POW)) {
            n->op = xb_jis_op(p, '*') ? XB_ARG_STAR : XB_ARG_STARS;
            XB_TRY(xb_jadvance(p));
        } else if (p->lexer.token.kind == XB_T_NAME) {
            xb_jtoken ahead;
            XB_TRY(xb_jlexer_peek(&p->lexer, &ahead, p->err));
            if (ahead.kind == XB_T_OP && ahead.op == '=') {
                n->op = XB_ARG_KEYWORD;
                XB_TRY(xb_jname_token(p, 0, &n->name));
                XB_TRY(xb_jskip_op(p, '='));
            }
        }
        if (last == XB_ARG_STARS || (n->op == XB_ARG_PLAIN && last != XB_ARG_PLAIN) ||
            (n->op == XB_ARG_STAR && last == XB_ARG_STAR))
            return xb_jwanted(p, "arguments in the order plain, *list, named, **mapping");
        last = n->op;
        XB_TRY(xb_jparse_expression(p, &n->a));
        append(&tail, n);
        if (++call->count > XB_MAX_TEMPLATE_ARGUMENTS)
            return xb_jlexer_fail(&p->lexer, p->lexer.token.text, p->err, "more than %d arguments", XB_MAX_TEMPLATE_ARGUMENTS);
    }
    return xb_jadvance(p);
}

/* What stands in [ ]: an expression, a slice, or several. */
static xybrid_status parse_subscript(xb_jparser *p, xb_jnode *n) {
    XB_TRY(xb_jadvance(p));
    xb_jnode **part[3] = { &n->a, &n->b, &n->c };
    int        colons = 0;
    while (!xb_jis_op(p, ']') && !xb_jis_op(p, ',')) {
        if (xb_jis_op(p, ':')) {
            if (++colons > 2) return xb_jwanted(p, "\"]\"");
            XB_TRY(xb_jadvance(p));
            continue;
        }
        if (*part[colons]) return xb_jwanted(p, colons ? "\":\" or \"]\"" : "\"]\"");
        XB_TRY(xb_jparse_expression(p, part[colons]));
    }
    if (colons > 0) n->kind = XB_N_SLICE;
    else if (!n->a) return xb_jwanted(p, "an expression");
    if (xb_jis_op(p, ',') && colons > 0) return xb_jwanted(p, "\"]\"");
    if (xb_jis_op(p, ',')) { /* a tuple as the key */
        xb_jnode *tuple = xb_jnode_new(p, XB_N_TUPLE);
        if (!tuple) return p->err->code;
        xb_jnode **tail = &n->a->next;
        tuple->a = n->a;
        tuple->count = 1;
        while (xb_jis_op(p, ',')) {
            xb_jnode *item = NULL;
            XB_TRY(xb_jadvance(p));
            XB_TRY(xb_jparse_expression(p, &item));
            append(&tail, item);
            tuple->count++;
        }
        n->a = tuple;
    }
    return xb_jskip_op(p, ']');
}

/* .name, .0, [...], (...) after what *tail belongs to; `is_call` tells whether the last was a call */
static xybrid_status parse_trailers(xb_jparser *p, xb_jnode ***tail, int *is_call) {
    for (;;) {
        int dot = xb_jis_op(p, '.'), bracket = xb_jis_op(p, '[');
        if (!dot && !bracket && !xb_jis_op(p, '(')) return XYBRID_OK;
        xb_jnode *n = xb_jnode_new(p, dot ? XB_N_ATTR : bracket ? XB_N_ITEM : XB_N_CALL);
        if (!n) return p->err->code;
        *is_call = n->kind == XB_N_CALL;
        if (*is_call) XB_TRY(parse_arguments(p, n));
        else if (bracket) XB_TRY(parse_subscript(p, n));
        else {
            XB_TRY(xb_jadvance(p));
            if (p->lexer.token.kind == XB_T_INT) {
                n->kind = XB_N_ITEM;
                if (!(n->a = xb_jnode_new(p, XB_N_CONST))) return p->err->code;
                XB_TRY(parse_number(p, &n->a->value));
            } else XB_TRY(xb_jname_token(p, 0, &n->name));
        }
        append(tail, n);
    }
}

/* The name of a filter or test, dotted; to n->op the index, 255 for one that does not exist. */
static xybrid_status parse_builtin(xb_jparser *p, xb_jnode *n, const xb_jbuiltins *set, const char *what) {
    const char *at = p->lexer.token.text;
    XB_TRY(xb_jname_token(p, 0, &n->name));
    int index = xb_jbuiltin_index(set, n->name->text, n->name->size);
    n->op = index < 0 ? 255 : (uint8_t)index;
    if (index < 0 && !p->unknown.at) {
        p->unknown.at = at;
        p->unknown.what = what;
        p->unknown.name = n->name;
    }
    return XYBRID_OK;
}

static xybrid_status parse_test(xb_jparser *p, xb_jnode *n) {
    if (xb_jis_name(p, "not")) {
        n->flag = 1;
        XB_TRY(xb_jadvance(p));
    }
    XB_TRY(parse_builtin(p, n, &xb_jtests, "test"));
    if (xb_jis_op(p, '(')) return parse_arguments(p, n);
    xb_jtoken_kind k = p->lexer.token.kind;
    if (k != XB_T_NAME && k != XB_T_STRING && k != XB_T_INT && k != XB_T_FLOAT && !xb_jis_op(p, '[') && !xb_jis_op(p, '{'))
        return XYBRID_OK;
    if (xb_jis_name(p, "else") || xb_jis_name(p, "or") || xb_jis_name(p, "and")) return XYBRID_OK;
    if (xb_jis_name(p, "is")) return xb_jwanted(p, "one test, not a chain of them,");
    xb_jnode *arg = xb_jnode_new(p, XB_N_ARG), *base = NULL, *links = NULL, **tail = &links;
    int       is_call = 0;
    if (!arg) return p->err->code;
    XB_TRY(xb_jenter(p));
    XB_TRY(parse_primary(p, &base));
    XB_TRY(parse_trailers(p, &tail, &is_call));
    p->depth--;
    arg->a = base;
    if (links) {
        if (!(arg->a = xb_jnode_new(p, XB_N_POSTFIX))) return p->err->code;
        arg->a->a = base;
        arg->a->b = links;
    }
    n->a = arg;
    n->count = 1;
    return XYBRID_OK;
}

/* |filter, is test, (call); `first` reads a filter whose "|" is left out */
static xybrid_status parse_filter_links(xb_jparser *p, xb_jnode ***tail, int first, int *is_call) {
    for (;;) {
        int is_test = xb_jis_name(p, "is"), is_filter = first || xb_jis_op(p, '|');
        if (!is_filter && !is_test && !xb_jis_op(p, '(')) return XYBRID_OK;
        xb_jnode *n = xb_jnode_new(p, is_filter ? XB_N_FILTER : is_test ? XB_N_TEST : XB_N_CALL);
        if (!n) return p->err->code;
        *is_call = n->kind == XB_N_CALL;
        if (!first && !*is_call) XB_TRY(xb_jadvance(p));
        first = 0;
        if (is_filter) {
            XB_TRY(parse_builtin(p, n, &xb_jfilters, "filter"));
            if (xb_jis_op(p, '(')) XB_TRY(parse_arguments(p, n));
        } else if (is_test) XB_TRY(parse_test(p, n));
        else XB_TRY(parse_arguments(p, n));
        append(tail, n);
    }
}

static xybrid_status with_links(xb_jparser *p, xb_jnode *base, xb_jnode *links, xb_jnode **out) {
    *out = base;
    if (!links) return XYBRID_OK;
    xb_jnode *n = xb_jnode_new(p, XB_N_POSTFIX);
    if (!n) return p->err->code;
    n->a = base;
    n->b = links;
    *out = n;
    return XYBRID_OK;
}

xybrid_status xb_jparse_filters(xb_jparser *p, int starts_inside, xb_jnode **out) {
    xb_jnode *links = NULL, **tail = &links;
    int       is_call = 0;
    XB_TRY(parse_filter_links(p, &tail, starts_inside, &is_call));
    return with_links(p, NULL, links, out);
}

xybrid_status xb_jparse_call(xb_jparser *p, xb_jnode **out) {
    xb_jnode *base = NULL, *links = NULL, **tail = &links;
    int       is_call = 0;
    XB_TRY(xb_jenter(p));
    XB_TRY(parse_primary(p, &base));
    XB_TRY(parse_trailers(p, &tail, &is_call));
    XB_TRY(parse_filter_links(p, &tail, 0, &is_call));
    p->depth--;
    if (!is_call) return xb_jwanted(p, "a call");
    return with_links(p, base, links, out);
}

/* ---- operators ---- */

static xybrid_status parse_unary(xb_jparser *p, int with_filters, xb_jnode **out) {
    xb_jnode *base = NULL, *links = NULL, **tail = &links;
    int       is_call = 0;
    XB_TRY(xb_jenter(p));
    if (xb_jis_op(p, '-') || xb_jis_op(p, '+')) {
        if (!(base = xb_jnode_new(p, xb_jis_op(p, '-') ? XB_N_NEGATE : XB_N_PLUS))) return p->err->code;
        XB_TRY(xb_jadvance(p));
        XB_TRY(parse_unary(p, 0, &base->a));
    } else {
        XB_TRY(parse_primary(p, &base));
    }
    XB_TRY(parse_trailers(p, &tail, &is_call));
    if (with_filters) XB_TRY(parse_filter_links(p, &tail, 0, &is_call));
    p->depth--;
    return with_links(p, base, links, out);
}

/* How tightly an operator binds: or 1, and 2, comparison 4, + - 5, ~ 6, * / // % 7, ** 8; 0: none is here. "not" is 3. */
static int binary_at(xb_jparser *p, int *op, xybrid_status *st) {
    const xb_jtoken *t = &p->lexer.token;
    *op = t->op;
    if (t->kind == XB_T_NAME) {
        *op = 0;
        if (xb_jis_name(p, "or")) return 1;
        if (xb_jis_name(p, "and")) return 2;
        *op = XB_OP_IN;
        if (xb_jis_name(p, "in")) return 4;
        if (!xb_jis_name(p, "not")) return 0;
        xb_jtoken ahead = { XB_T_EOF, 0, "", 0 };
        *op = XB_OP_NOT_IN;
        *st = xb_jlexer_peek(&p->lexer, &ahead, p->err);
        return ahead.kind == XB_T_NAME && ahead.size == 2 && memcmp(ahead.text, "in", 2) == 0 ? 4 : 0;
    }
    if (t->kind != XB_T_OP) return 0;
    switch (t->op) {
    case XB_OP_EQ:
    case XB_OP_NE:
    case XB_OP_LE:
    case XB_OP_GE:
    case '<':
    case '>': return 4;
    case '+':
    case '-': return 5;
    case '~': return 6;
    case '*':
    case '/':
    case XB_OP_FLOOR:
    case '%': return 7;
    case XB_OP_POW: return 8;
    default: return 0;
    }
}

static xybrid_status parse_level(xb_jparser *p, int level, xb_jnode **out);

/* The operand of an operator of `level`; "not" stands before comparisons only. */
static xybrid_status parse_operand(xb_jparser *p, int level, xb_jnode **out) {
    if (level <= 3 && xb_jis_name(p, "not")) {
        xb_jnode *n = xb_jnode_new(p, XB_N_NOT);
        if (!n) return p->err->code;
        XB_TRY(xb_jadvance(p));
        *out = n;
        return parse_level(p, 3, &n->a);
    }
    return parse_unary(p, 1, out);
}

static const uint8_t level_kinds[9] = {
    0, XB_N_OR, XB_N_AND, 0, XB_N_COMPARE, XB_N_CHAIN, XB_N_CONCAT, XB_N_CHAIN, XB_N_CHAIN
};

/* Operators of `level` and above, from left to right. A level that continues is one node; one that binds tighter is read by the
 * call of its operand. */
static xybrid_status parse_level(xb_jparser *p, int level, xb_jnode **out) {
    xb_jnode     *left = NULL, **tail = NULL;
    xybrid_status st = XYBRID_OK;
    int           op = 0, now, current = 0;
    XB_TRY(xb_jenter(p));
    XB_TRY(parse_operand(p, level, &left));
    while ((now = binary_at(p, &op, &st)) >= level && now > 0) {
        XB_TRY(st);
        int       is_plain = now <= 2 || now == 6; /* operands alone; else links with operators */
        xb_jnode *n = left, *right = NULL;
        if (current != now) {
            if (!(n = xb_jnode_new(p, (xb_jnode_kind)level_kinds[now]))) return p->err->code;
            n->a = left;
            n->count = 1;
            tail = is_plain ? &left->next : &n->b;
            left = n;
            current = now;
        }
        XB_TRY(xb_jadvance(p));
        if (op == XB_OP_NOT_IN) XB_TRY(xb_jadvance(p));
        if (!is_plain && !(right = xb_jnode_new(p, XB_N_LINK))) return p->err->code;
        if (right) right->op = (uint8_t)op;
        xb_jnode *operand = NULL;
        XB_TRY(parse_level(p, now == 2 ? 3 : now + 1, &operand));
        if (right) right->a = operand;
        append(&tail, right ? right : operand);
        n->count++;
    }
    XB_TRY(st);
    p->depth--;
    *out = left;
    return XYBRID_OK;
}

static xybrid_status parse_or(xb_jparser *p, xb_jnode **out) { return parse_level(p, 1, out); }

/* then if test else otherwise */
xybrid_status xb_jparse_expression(xb_jparser *p, xb_jnode **out) {
    xb_junknown before = p->unknown;
    XB_TRY(xb_jenter(p));
    XB_TRY(parse_or(p, out));
    while (xb_jis_name(p, "if")) {
        xb_jnode *n = xb_jnode_new(p, XB_N_COND);
        if (!n) return p->err->code;
        XB_TRY(xb_jadvance(p));
        n->b = *out;
        XB_TRY(parse_or(p, &n->a));
        if (xb_jis_name(p, "else")) {
            XB_TRY(xb_jadvance(p));
            XB_TRY(xb_jparse_expression(p, &n->c));
        }
        if (!p->unknown.is_hard) p->unknown = before;
        *out = n;
    }
    p->depth--;
    return XYBRID_OK;
}
