/* chat/jinja_tests.c - the tests ("x is string"), as jinja2/tests.py (3.1) has them. */
#include "chat/jinja_int.h"

static xybrid_status answer(xb_jcall *c, int holds) {
    *c->out = xb_jbool(holds);
    return XYBRID_OK;
}

static xybrid_status test_defined(xb_jcall *c) { return answer(c, c->self.kind != XB_J_UNDEFINED); }
static xybrid_status test_undefined(xb_jcall *c) { return answer(c, c->self.kind == XB_J_UNDEFINED); }
static xybrid_status test_none(xb_jcall *c) { return answer(c, c->self.kind == XB_J_NONE); }
static xybrid_status test_boolean(xb_jcall *c) { return answer(c, c->self.kind == XB_J_BOOL); }
static xybrid_status test_true(xb_jcall *c) { return answer(c, c->self.kind == XB_J_BOOL && c->self.as.integer); }
static xybrid_status test_false(xb_jcall *c) { return answer(c, c->self.kind == XB_J_BOOL && !c->self.as.integer); }
static xybrid_status test_integer(xb_jcall *c) { return answer(c, c->self.kind == XB_J_INT); }
static xybrid_status test_float(xb_jcall *c) { return answer(c, c->self.kind == XB_J_FLOAT); }
static xybrid_status test_string(xb_jcall *c) { return answer(c, c->self.kind == XB_J_STRING); }
static xybrid_status test_mapping(xb_jcall *c) { return answer(c, c->self.kind == XB_J_DICT); }

static xybrid_status test_number(xb_jcall *c) {
    return answer(c, c->self.kind == XB_J_INT || c->self.kind == XB_J_FLOAT || c->self.kind == XB_J_BOOL);
}

static int has_items(const xb_jval *v) { return v->kind >= XB_J_STRING && v->kind <= XB_J_RANGE; }

/* What is undefined has a length and items, too, as Python sees it. */
static xybrid_status test_sequence(xb_jcall *c) {
    return answer(c, has_items(&c->self) || c->self.kind == XB_J_DICT || (c->self.kind == XB_J_UNDEFINED && !c->self.flag));
}
static xybrid_status test_iterable(xb_jcall *c) {
    xb_jkind k = (xb_jkind)c->self.kind;
    return answer(c, has_items(&c->self) || k == XB_J_DICT || k == XB_J_VIEW || k == XB_J_GENERATOR || k == XB_J_LOOP ||
                         (k == XB_J_UNDEFINED && !c->self.flag));
}
static xybrid_status test_callable(xb_jcall *c) {
    xb_jkind k = (xb_jkind)c->self.kind;
    return answer(c, k == XB_J_MACRO || k == XB_J_METHOD || k == XB_J_FUNCTION || k == XB_J_UNDEFINED);
}

static xybrid_status test_case(xb_jcall *c, xybrid_status (*test)(xb_jcall *)) {
    XB_TRY(xb_jto_string(c->r, &c->self, &c->self));
    return test(c);
}
static xybrid_status test_lower(xb_jcall *c) { return test_case(c, xb_jislower); }
static xybrid_status test_upper(xb_jcall *c) { return test_case(c, xb_jisupper); }

static xybrid_status remainder_is(xb_jcall *c, const xb_jval *by, int64_t wanted) {
    xb_jval rest, want = xb_jint(wanted);
    int     same = 0;
    if (c->self.kind == XB_J_STRING) return xb_jfail(c->r, "a remainder of a str");
    XB_TRY(xb_jbinary(c->r, '%', &c->self, by, &rest));
    XB_TRY(xb_jequal(c->r, &rest, &want, &same));
    return answer(c, same);
}
static xybrid_status test_odd(xb_jcall *c) { return remainder_is(c, &(xb_jval){ .kind = XB_J_INT, .as.integer = 2 }, 1); }
static xybrid_status test_even(xb_jcall *c) { return remainder_is(c, &(xb_jval){ .kind = XB_J_INT, .as.integer = 2 }, 0); }
static xybrid_status test_divisibleby(xb_jcall *c) { return remainder_is(c, &c->a[0], 0); }

static xybrid_status compare(xb_jcall *c, int op) {
    int holds = 0;
    XB_TRY(xb_jcompare(c->r, op, &c->self, &c->a[0], &holds));
    return answer(c, holds);
}
static xybrid_status test_eq(xb_jcall *c) { return compare(c, XB_OP_EQ); }
static xybrid_status test_ne(xb_jcall *c) { return compare(c, XB_OP_NE); }
static xybrid_status test_gt(xb_jcall *c) { return compare(c, '>'); }
static xybrid_status test_ge(xb_jcall *c) { return compare(c, XB_OP_GE); }
static xybrid_status test_lt(xb_jcall *c) { return compare(c, '<'); }
static xybrid_status test_le(xb_jcall *c) { return compare(c, XB_OP_LE); }
static xybrid_status test_in(xb_jcall *c) { return compare(c, XB_OP_IN); }

/* "is": the same object, which for a text, list or dict nobody can rely on but that it equals itself. */
static xybrid_status test_sameas(xb_jcall *c) {
    const xb_jval *a = &c->self, *b = &c->a[0];
    if (a->kind != b->kind) return answer(c, 0);
    if (a->kind == XB_J_NONE || a->kind == XB_J_BOOL || a->kind == XB_J_INT) return compare(c, XB_OP_EQ);
    return answer(c, a->size == b->size && a->as.text == b->as.text);
}

static xybrid_status test_escaped(xb_jcall *c) { return answer(c, c->self.kind == XB_J_STRING && c->self.flag); }

static xybrid_status is_known(xb_jcall *c, const xb_jbuiltins *set) {
    return answer(c, c->self.kind == XB_J_STRING && xb_jbuiltin_index(set, c->self.as.text, c->self.size) >= 0);
}
static xybrid_status test_filter(xb_jcall *c) { return is_known(c, &xb_jfilters); }
static xybrid_status test_test(xb_jcall *c) { return is_known(c, &xb_jtests); }

#define TESTS(X)                           \
    X("defined(", test_defined)            \
    X("undefined(", test_undefined)        \
    X("none(", test_none)                  \
    X("boolean(", test_boolean)            \
    X("true(", test_true)                  \
    X("false(", test_false)                \
    X("integer(", test_integer)            \
    X("float(", test_float)                \
    X("string(", test_string)              \
    X("mapping(", test_mapping)            \
    X("number(", test_number)              \
    X("sequence(", test_sequence)          \
    X("iterable(", test_iterable)          \
    X("callable(", test_callable)          \
    X("lower(", test_lower)                \
    X("upper(", test_upper)                \
    X("odd(", test_odd)                    \
    X("even(", test_even)                  \
    X("divisibleby(num", test_divisibleby) \
    X("eq(other", test_eq)                 \
    X("equalto(other", test_eq)            \
    X("==(other", test_eq)                 \
    X("ne(other", test_ne)                 \
    X("!=(other", test_ne)                 \
    X("gt(other", test_gt)                 \
    X("greaterthan(other", test_gt)        \
    X(">(other", test_gt)                  \
    X("ge(other", test_ge)                 \
    X(">=(other", test_ge)                 \
    X("lt(other", test_lt)                 \
    X("lessthan(other", test_lt)           \
    X("<(other", test_lt)                  \
    X("le(other", test_le)                 \
    X("<=(other", test_le)                 \
    X("in(seq", test_in)                   \
    X("sameas(other", test_sameas)         \
    X("escaped(", test_escaped)            \
    X("filter(", test_filter)              \
    X("test(", test_test)

XB_JRUNNER(run_tests, TESTS)

const xb_jbuiltins xb_jtests = { TESTS(XB_JSPEC), run_tests };
