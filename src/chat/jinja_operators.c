/* chat/jinja_operators.c - arithmetic, comparison and membership as Python's. Integers have 64 bits: what needs more is a failure. */
#include <math.h>

#include "base/checked.h"
#include "chat/jinja_int.h"

static int    is_number(const xb_jval *v) { return v->kind == XB_J_BOOL || v->kind == XB_J_INT || v->kind == XB_J_FLOAT; }
static int    is_whole(const xb_jval *v) { return v->kind == XB_J_BOOL || v->kind == XB_J_INT; }
static double real_of(const xb_jval *v) { return v->kind == XB_J_FLOAT ? v->as.real : (double)v->as.integer; }
static int    is_list(const xb_jval *v) { return v->kind == XB_J_LIST || v->kind == XB_J_TUPLE; }

static xb_jval real_value(double d) {
    xb_jval v = { .kind = XB_J_FLOAT };
    v.as.real = d;
    return v;
}

/* ---- arithmetic ---- */

static xybrid_status too_large(xb_jrun *r) { return xb_jfail(r, "a number of more than 64 bits"); }

static int multiply(int64_t a, int64_t b, int64_t *out) {
    if (a == 0 || b == 0) return (void)(*out = 0), 1;
    if ((a == -1 && b == INT64_MIN) || (b == -1 && a == INT64_MIN)) return 0;
    if (a != -1 && b != -1 &&
        (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a) : (b > 0 ? a < INT64_MIN / b : b < INT64_MAX / a)))
        return 0;
    *out = a * b;
    return 1;
}

static int power(int64_t base, int64_t exponent, int64_t *out) {
    int64_t result = 1;
    if (base >= -1 && base <= 1) exponent = exponent > 1 ? 2 - exponent % 2 : exponent;
    for (; exponent > 0; exponent--)
        if (!multiply(result, base, &result)) return 0;
    *out = result;
    return 1;
}

/* Rounded down, the rest with the divisor's sign. */
static void divide(int64_t a, int64_t b, int64_t *quotient, int64_t *rest) {
    *quotient = a / b;
    *rest = a % b;
    if (*rest != 0 && (*rest < 0) != (b < 0)) {
        --*quotient;
        *rest += b;
    }
}

static xybrid_status whole_result(xb_jrun *r, int op, int64_t a, int64_t b, xb_jval *out) {
    int64_t v = 0, quotient = 0;
    int     fits = 1;
    if ((op == XB_OP_FLOOR || op == '%') && b == 0) return xb_jfail(r, "a division by zero");
    switch (op) {
    case '+': fits = !xb_add_overflows(a, b, &v); break;
    case '-':
        fits = b == INT64_MIN ? a < 0 : !xb_add_overflows(a, -b, &v);
        if (fits && b == INT64_MIN) v = a - b;
        break;
    case '*': fits = multiply(a, b, &v); break;
    case XB_OP_POW: fits = power(a, b, &v); break;
    default:
        fits = b != -1 || a != INT64_MIN;
        if (!fits) break;
        divide(a, b, &quotient, &v);
        if (op == XB_OP_FLOOR) v = quotient;
    }
    if (!fits) return too_large(r);
    *out = xb_jint(v);
    return XYBRID_OK;
}

static xybrid_status real_result(xb_jrun *r, int op, double a, double b, xb_jval *out) {
    double v = 0;
    if ((op == '/' || op == XB_OP_FLOOR || op == '%') && !(b < 0 || b > 0) && b == b) return xb_jfail(r, "a division by zero");
    switch (op) {
    case '+': v = a + b; break;
    case '-': v = a - b; break;
    case '*': v = a * b; break;
    case '/': v = a / b; break;
    case XB_OP_POW: v = pow(a, b); break;
    default: /* as Python's float_divmod */
        v = fmod(a, b);
        if (v < 0 || v > 0) v += (v < 0) != (b < 0) ? b : 0;
        else v = copysign(0.0, b);
        if (op == XB_OP_FLOOR) v = floor((a - v) / b + 0.5);
    }
    if (op == XB_OP_POW && (v != v || v - v != 0) && a - a == 0 && b - b == 0) return xb_jfail(r, "a power that is no number");
    *out = real_value(v);
    return XYBRID_OK;
}

static xybrid_status repeat(xb_jrun *r, const xb_jval *v, int64_t times, xb_jval *out) {
    size_t size = v->kind == XB_J_STRING ? v->size : v->as.seq->count;
    if (times < 0) times = 0;
    if (size > 0 && times > XB_MAX_TEMPLATE_LIVE_BYTES / (int64_t)size)
        return xb_jfail(r, "a repetition of more than %d bytes", XB_MAX_TEMPLATE_LIVE_BYTES);
    XB_TRY(xb_jspend(r, times));
    if (v->kind == XB_J_STRING) {
        char *text = xb_jalloc(r, size * (size_t)times + 1, 1);
        if (!text) return r->err->code;
        for (int64_t i = 0; i < times && size; i++) memcpy(text + size * (size_t)i, v->as.text, size);
        *out = xb_jstring(text, size * (size_t)times);
        return XYBRID_OK;
    }
    xb_jval made;
    XB_TRY(xb_jnew_seq(r, (xb_jkind)v->kind, (uint32_t)(size * (size_t)times), &made));
    for (int64_t i = 0; i < times && size; i++)
        memcpy(made.as.seq->items + size * (size_t)i, v->as.seq->items, size * sizeof(xb_jval));
    *out = made;
    return XYBRID_OK;
}

static xybrid_status join_lists(xb_jrun *r, const xb_jval *a, const xb_jval *b, xb_jval *out) {
    const xb_jseq *x = a->as.seq, *y = b->as.seq;
    xb_jval        made;
    XB_TRY(xb_jnew_seq(r, (xb_jkind)a->kind, x->count + y->count, &made));
    if (x->count) memcpy(made.as.seq->items, x->items, x->count * sizeof(xb_jval));
    if (y->count) memcpy(made.as.seq->items + x->count, y->items, y->count * sizeof(xb_jval));
    *out = made;
    return XYBRID_OK;
}

/* Markup escapes the text that it is joined with. */
static xybrid_status add_texts(xb_jrun *r, const xb_jval *a, const xb_jval *b, xb_jval *out) {
    xb_jval x = *a, y = *b;
    int     markup = a->flag || b->flag;
    if (markup && !a->flag) XB_TRY(xb_jescape(r, a, &x));
    if (markup && !b->flag) XB_TRY(xb_jescape(r, b, &y));
    XB_TRY(xb_jconcat(r, &x, &y, out));
    out->flag = (uint8_t)markup;
    return XYBRID_OK;
}

xybrid_status xb_jbinary(xb_jrun *r, int op, const xb_jval *a, const xb_jval *b, xb_jval *out) {
    const char *x = xb_jtype_name(a), *y = xb_jtype_name(b);
    if (op == '%' && a->kind == XB_J_STRING) {
        if (b->kind == XB_J_TUPLE) return xb_jformat(r, a, b->as.seq->items, b->as.seq->count, out);
        return xb_jformat(r, a, b, 1, out);
    }
    if (a->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, a);
    if (b->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, b);
    if (is_whole(a) && is_whole(b) && op != '/' && (op != XB_OP_POW || b->as.integer >= 0))
        return whole_result(r, op, a->as.integer, b->as.integer, out);
    if (is_number(a) && is_number(b)) return real_result(r, op, real_of(a), real_of(b), out);
    if (op == '+' && a->kind == XB_J_STRING && b->kind == XB_J_STRING) return add_texts(r, a, b, out);
    if (op == '+' && is_list(a) && a->kind == b->kind) return join_lists(r, a, b, out);
    if (op == '*' && (a->kind == XB_J_STRING || is_list(a)) && is_whole(b)) return repeat(r, a, b->as.integer, out);
    if (op == '*' && (b->kind == XB_J_STRING || is_list(b)) && is_whole(a)) return repeat(r, b, a->as.integer, out);
    char name[3] = { (char)op, 0, 0 };
    if (op == XB_OP_POW || op == XB_OP_FLOOR) name[0] = name[1] = op == XB_OP_POW ? '*' : '/';
    return xb_jfail(r, "\"%s\" of a %s and a %s", name, x, y);
}

xybrid_status xb_jnegate(xb_jrun *r, const xb_jval *a, xb_jval *out) {
    if (a->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, a);
    if (a->kind == XB_J_FLOAT) *out = real_value(-a->as.real);
    else if (!is_whole(a)) return xb_jfail(r, "\"-\" of a %s", xb_jtype_name(a));
    else if (a->as.integer == INT64_MIN) return too_large(r);
    else *out = xb_jint(-a->as.integer);
    return XYBRID_OK;
}

/* ---- comparison ---- */

/* A whole number against a real one, without rounding: -1, 0, 1; 2 for NaN. */
static int order_mixed(int64_t a, double b) {
    if (b != b) return 2;
    if (b >= 9223372036854775808.0) return -1;
    if (b < -9223372036854775808.0) return 1;
    int64_t whole = (int64_t)b;
    if (a != whole) return a < whole ? -1 : 1;
    double rest = b - (double)whole;
    return rest > 0 ? -1 : rest < 0 ? 1 : 0;
}

static int order_numbers(const xb_jval *a, const xb_jval *b) {
    if (is_whole(a) && is_whole(b)) return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
    if (is_whole(a)) return order_mixed(a->as.integer, b->as.real);
    if (is_whole(b)) {
        int order = order_mixed(b->as.integer, a->as.real);
        return order == 2 ? 2 : -order;
    }
    double x = a->as.real, y = b->as.real;
    return x < y ? -1 : x > y ? 1 : x == x && y == y ? 0 : 2;
}

static xybrid_status enter(xb_jrun *r) {
    XB_TRY(xb_jspend(r, 1));
    if (++r->value_depth > XB_MAX_TEMPLATE_VALUE_DEPTH)
        return xb_jfail(r, "values of more than %d levels", XB_MAX_TEMPLATE_VALUE_DEPTH);
    return XYBRID_OK;
}

static xybrid_status equal_lists(xb_jrun *r, const xb_jseq *a, const xb_jseq *b, int *out) {
    *out = a->count == b->count;
    for (uint32_t i = 0; i < a->count && *out; i++) XB_TRY(xb_jequal(r, &a->items[i], &b->items[i], out));
    return XYBRID_OK;
}

static xybrid_status equal_dicts(xb_jrun *r, const xb_jdict *a, const xb_jdict *b, int *out) {
    *out = a->count == b->count;
    for (uint32_t i = 0; i < a->count && *out; i++) {
        const xb_jval *other = NULL;
        XB_TRY(xb_jdict_find(r, b, &a->pairs[i].key, &other));
        if (!other) *out = 0;
        else XB_TRY(xb_jequal(r, &a->pairs[i].value, other, out));
    }
    return XYBRID_OK;
}

static xybrid_status equal_values(xb_jrun *r, const xb_jval *a, const xb_jval *b, int *out) {
    if (is_number(a) && is_number(b)) {
        *out = order_numbers(a, b) == 0;
        return XYBRID_OK;
    }
    *out = a->kind == b->kind;
    if (!*out) return XYBRID_OK;
    switch ((xb_jkind)a->kind) {
    case XB_J_STRING:
        *out = a->size == b->size && memcmp(a->as.text, b->as.text, a->size) == 0;
        return xb_jspend(r, *out ? a->size / 256 : 0);
    case XB_J_LIST:
    case XB_J_TUPLE:
    case XB_J_RANGE: return equal_lists(r, a->as.seq, b->as.seq, out);
    case XB_J_DICT: return equal_dicts(r, a->as.dict, b->as.dict, out);
    case XB_J_NONE:
    case XB_J_MISSING:
    case XB_J_UNDEFINED: return XYBRID_OK;
    case XB_J_FUNCTION: *out = a->id == b->id; return XYBRID_OK;
    default: *out = a->as.seq == b->as.seq; return XYBRID_OK;
    }
}

xybrid_status xb_jequal(xb_jrun *r, const xb_jval *a, const xb_jval *b, int *out) {
    XB_TRY(enter(r));
    XB_TRY(equal_values(r, a, b, out));
    r->value_depth--;
    return XYBRID_OK;
}

static int order_texts(const xb_jval *a, const xb_jval *b) {
    size_t n = a->size < b->size ? a->size : b->size;
    int    order = n ? memcmp(a->as.text, b->as.text, n) : 0; /* UTF-8 sorts as its code points */
    if (order == 0) order = a->size < b->size ? -1 : a->size > b->size;
    return order < 0 ? -1 : order > 0;
}

xybrid_status xb_jorder(xb_jrun *r, const xb_jval *a, const xb_jval *b, int *out) {
    XB_TRY(enter(r));
    if (is_number(a) && is_number(b)) *out = order_numbers(a, b);
    else if (a->kind == XB_J_STRING && b->kind == XB_J_STRING) *out = order_texts(a, b);
    else if (is_list(a) && a->kind == b->kind) {
        const xb_jseq *x = a->as.seq, *y = b->as.seq;
        uint32_t       i = 0;
        int            same = 1;
        while (i < x->count && i < y->count && same) {
            XB_TRY(xb_jequal(r, &x->items[i], &y->items[i], &same));
            i += (uint32_t)same;
        }
        if (!same) XB_TRY(xb_jorder(r, &x->items[i], &y->items[i], out));
        else *out = x->count < y->count ? -1 : x->count > y->count;
    } else if (a->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, a);
    else if (b->kind == XB_J_UNDEFINED) return xb_jundefined_fail(r, b);
    else return xb_jfail(r, "a comparison of a %s and a %s", xb_jtype_name(a), xb_jtype_name(b));
    r->value_depth--;
    return XYBRID_OK;
}

/* Where `what` stands in a text, NULL: nowhere. */
const char *xb_jfind(const char *text, size_t size, const char *what, size_t what_size) {
    if (what_size == 0) return text;
    const char *end = text + size;
    while ((size_t)(end - text) >= what_size) {
        const char *p = memchr(text, what[0], (size_t)(end - text) - what_size + 1);
        if (!p) return NULL;
        if (memcmp(p, what, what_size) == 0) return p;
        text = p + 1;
    }
    return NULL;
}

xybrid_status xb_jcontains(xb_jrun *r, const xb_jval *container, const xb_jval *item, int *out) {
    xb_jval       *items = NULL;
    const xb_jval *found = NULL;
    uint32_t       count = 0;
    *out = 0;
    if (container->kind == XB_J_STRING) {
        if (item->kind != XB_J_STRING) return xb_jfail(r, "\"in\" a text wants a text, not a %s", xb_jtype_name(item));
        *out = xb_jfind(container->as.text, container->size, item->as.text, item->size) != NULL;
        return xb_jspend(r, container->size / 64);
    }
    if (container->kind == XB_J_DICT) {
        XB_TRY(xb_jdict_find(r, container->as.dict, item, &found));
        *out = found != NULL;
        return XYBRID_OK;
    }
    XB_TRY(xb_jiterate(r, container, &items, &count));
    for (uint32_t i = 0; i < count && !*out; i++) XB_TRY(xb_jequal(r, &items[i], item, out));
    return XYBRID_OK;
}

xybrid_status xb_jcompare(xb_jrun *r, int op, const xb_jval *a, const xb_jval *b, int *out) {
    int order = 0;
    switch (op) {
    case XB_OP_EQ: return xb_jequal(r, a, b, out);
    case XB_OP_NE:
        XB_TRY(xb_jequal(r, a, b, out));
        *out = !*out;
        return XYBRID_OK;
    case XB_OP_IN: return xb_jcontains(r, b, a, out);
    case XB_OP_NOT_IN:
        XB_TRY(xb_jcontains(r, b, a, out));
        *out = !*out;
        return XYBRID_OK;
    default: break;
    }
    XB_TRY(xb_jorder(r, a, b, &order));
    *out = op == '<'        ? order == -1
           : op == '>'      ? order == 1
           : op == XB_OP_LE ? order == -1 || order == 0
                            : order == 0 || order == 1;
    return XYBRID_OK;
}
