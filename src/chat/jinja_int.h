/* chat/jinja_int.h - what the files of the template interpreter share: values, the tree of a template, the state of a rendering.
 *
 *     text -> jinja_lexer -> jinja_parser (statements), jinja_expression -> tree in the template's arena
 *     tree + variables -> jinja_run (statements) -> jinja_eval (expressions) -> jinja_{filters,tests,methods,functions} -> text
 *
 * A value is 16 bytes and copied freely. What it points to lives in the rendering's arena, in the tree or in the caller's JSON
 * document, and never changes (but for namespaces and what a generator has given). One thread at a time for one rendering. */
#ifndef XB_JINJA_INT_H
#define XB_JINJA_INT_H

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "chat/template.h"

/* ---- values ---- */

typedef enum xb_jkind {
    XB_J_MISSING, /* no value: an argument that was not given, a binding that is not set */
    XB_J_UNDEFINED,
    XB_J_NONE,
    XB_J_BOOL,
    XB_J_INT,
    XB_J_FLOAT,
    XB_J_STRING,
    XB_J_LIST,
    XB_J_TUPLE,
    XB_J_RANGE,
    XB_J_VIEW,      /* dict_items and its like: iterated and counted, without an index */
    XB_J_GENERATOR, /* what map and select give: iterated once, always true, not counted */
    XB_J_DICT,
    XB_J_NAMESPACE,
    XB_J_LOOP,
    XB_J_MACRO,
    XB_J_METHOD,
    XB_J_FUNCTION
} xb_jkind;

typedef struct xb_jval   xb_jval;
typedef struct xb_jseq   xb_jseq;
typedef struct xb_jdict  xb_jdict;
typedef struct xb_jloop  xb_jloop;
typedef struct xb_jmacro xb_jmacro;
typedef struct xb_jnode  xb_jnode;

struct xb_jval {
    uint8_t  kind;
    uint8_t  flag; /* string: is Markup; undefined: refused by the sandbox */
    uint16_t id;   /* of a method or function */
    uint32_t size; /* bytes of a string, or of the name of what is undefined */
    union {
        int64_t          integer; /* and bool */
        double           real;
        const char      *text; /* UTF-8, not ended by a NUL */
        xb_jseq         *seq;
        xb_jdict        *dict;
        xb_jloop        *loop;
        const xb_jmacro *macro;
        const xb_jval   *self; /* of a method */
    } as;
};

struct xb_jseq {
    xb_jval    *items;
    uint32_t    count;
    uint32_t    next;  /* generator: the next item */
    const char *label; /* "dict_items" of a view */
    int64_t     start, stop, step;
};

typedef struct xb_jpair {
    xb_jval key, value;
} xb_jpair;

struct xb_jdict {
    xb_jpair *pairs; /* in the order of insertion */
    uint32_t  count, capacity;
};

struct xb_jloop {
    xb_jval *items;
    uint32_t count, index;
    xb_jval  changed; /* what `changed` saw last, a tuple */
};

/* ---- the tree ---- */

/* A name of the template, once: names are compared by pointer. */
typedef struct xb_jname {
    struct xb_jname *next;
    const char      *text;
    uint32_t         size;
    uint8_t          is_read;
    uint8_t          function; /* 1 + index in the functions, 0 if it is none */
} xb_jname;

typedef enum xb_jnode_kind {
    /* expressions */
    XB_N_CONST,   /* value */
    XB_N_NAME,    /* name */
    XB_N_LIST,    /* a: items */
    XB_N_TUPLE,   /* a: items */
    XB_N_DICT,    /* a: key, value, key, value ...; count of pairs */
    XB_N_CHAIN,   /* a: first operand; b: links (op, a), from left to right */
    XB_N_CONCAT,  /* a: operands of ~ */
    XB_N_AND,     /* a: operands */
    XB_N_OR,      /* a: operands */
    XB_N_NOT,     /* a */
    XB_N_NEGATE,  /* a */
    XB_N_PLUS,    /* a */
    XB_N_COMPARE, /* a: first operand; b: links (op, a) */
    XB_N_COND,    /* a: test, b: then, c: else or NULL */
    XB_N_POSTFIX, /* a: base (NULL: the value in hand); b: links of the kinds below */
    /* links of a postfix */
    XB_N_ATTR,   /* name */
    XB_N_ITEM,   /* a */
    XB_N_SLICE,  /* a, b, c: start, stop, step or NULL */
    XB_N_CALL,   /* a: arguments */
    XB_N_FILTER, /* op: which; a: arguments; name */
    XB_N_TEST,   /* op: which; a: arguments; name; flag: is not */
    /* parts */
    XB_N_LINK,   /* op, a */
    XB_N_ARG,    /* op: xb_jarg; name; a */
    XB_N_PARAM,  /* name; a: default or NULL */
    XB_N_BRANCH, /* a: test or NULL; b: body */
    /* statements */
    XB_N_DATA,     /* value */
    XB_N_OUTPUT,   /* a */
    XB_N_IF,       /* a: branches */
    XB_N_FOR,      /* a: target, b: iterable, c: condition or NULL, d: branch (a: else body, b: body) */
    XB_N_SET,      /* a: target, b: value */
    XB_N_SETBLOCK, /* a: target, b: postfix or NULL, c: body */
    XB_N_MACRO,    /* name; a: parameters, b: body; flag: xb_jmacro_reads */
    XB_N_CALLER,   /* {% call %}. a: the call, b: macro */
    XB_N_FILTERED, /* {% filter %}. b: postfix, c: body */
    XB_N_SCOPE,    /* {% generation %}, {% with %}. a: sets, b: body */
    XB_N_BREAK,
    XB_N_CONTINUE
} xb_jnode_kind;

typedef enum xb_jarg { XB_ARG_PLAIN, XB_ARG_KEYWORD, XB_ARG_STAR, XB_ARG_STARS } xb_jarg;

enum { XB_READS_CALLER = 1, XB_READS_KWARGS = 2, XB_READS_VARARGS = 4 };

struct xb_jnode {
    uint8_t         kind, op, flag;
    uint32_t        line, count;
    xb_jnode       *next; /* in a list */
    xb_jnode       *a, *b, *c, *d;
    const xb_jname *name;
    xb_jval         value;
};

struct xb_template {
    xb_mem   *mem;
    xb_arena  arena;
    xb_jname *names;
    xb_jnode *body;
};

/* ---- tokens ---- */

typedef enum xb_jtoken_kind {
    XB_T_EOF,
    XB_T_DATA,
    XB_T_OUTPUT_BEGIN,
    XB_T_OUTPUT_END,
    XB_T_BLOCK_BEGIN,
    XB_T_BLOCK_END,
    XB_T_NAME,
    XB_T_STRING,
    XB_T_INT,
    XB_T_FLOAT,
    XB_T_OP
} xb_jtoken_kind;

/* Operators: single characters are themselves. */
enum { XB_OP_POW = 128, XB_OP_FLOOR, XB_OP_EQ, XB_OP_NE, XB_OP_LE, XB_OP_GE, XB_OP_IN, XB_OP_NOT_IN };

typedef struct xb_jtoken {
    xb_jtoken_kind kind;
    int            op;
    const char    *text; /* of the source */
    size_t         size;
} xb_jtoken;

typedef struct xb_jlexer {
    xb_jtoken   token; /* the current one */
    const char *text;
    size_t      size, position;
    size_t      counted; /* lines are counted up to here */
    uint32_t    line;
    uint8_t     mode;          /* what stands at the position */
    uint8_t     line_starting; /* the last token ended with a newline */
    int         depth;
    char        open[XB_MAX_TEMPLATE_NESTING]; /* brackets */
} xb_jlexer;

/* The first filter or test that does not exist. In a condition or its branches it is a failure when it is used (a template may
 * ask first), elsewhere, and in loops and macros (is_hard), at once. */
typedef struct xb_junknown {
    const char     *at, *what;
    const xb_jname *name;
    int             is_hard;
} xb_junknown;

typedef struct xb_jparser {
    xybrid_error *err;
    xb_template  *t;
    int           depth;
    xb_junknown   unknown;
    int           loops; /* open for bodies of this macro */
    uint8_t       reads; /* XB_READS_ of the macro that is read */
    xb_jlexer     lexer;
} xb_jparser;

void          xb_jlexer_init(xb_jlexer *l, const char *text, size_t size);
xybrid_status xb_jlexer_next(xb_jlexer *l, xybrid_error *err);                       /* to l->token */
xybrid_status xb_jlexer_peek(const xb_jlexer *l, xb_jtoken *out, xybrid_error *err); /* the token after the current one */
uint32_t      xb_jlexer_line(xb_jlexer *l);                                          /* of the current token */
/* MALFORMED at a place of the source. */
xybrid_status xb_jlexer_fail(const xb_jlexer *l, const char *at, xybrid_error *err, const char *fmt, ...) XB_PRINTF(4, 5);
size_t        xb_jspace_size(const char *p, const char *end); /* bytes of the white space (as str.isspace) at p, 0 if none */
size_t        xb_jspace_before(const char *start, const char *end); /* bytes of the white space that ends at `end` */

xybrid_status xb_jparse_template(xb_jparser *p, xb_jnode **out);
xb_jnode     *xb_jnode_new(xb_jparser *p, xb_jnode_kind kind); /* NULL: p->err is filled */
xybrid_status xb_jname_intern(xb_jparser *p, const char *text, size_t size, int is_read, const xb_jname **out);
int           xb_jis_op(const xb_jparser *p, int op);
int           xb_jis_name(const xb_jparser *p, const char *name);
xybrid_status xb_jskip_op(xb_jparser *p, int op);
xybrid_status xb_jadvance(xb_jparser *p);
xybrid_status xb_jwanted(xb_jparser *p, const char *wanted); /* fails: found the token, wanted this */
xybrid_status xb_jname_token(xb_jparser *p, int is_read, const xb_jname **out);
xybrid_status xb_jenter(xb_jparser *p); /* one level deeper; p->depth-- leaves it */

enum { XB_PARSE_NO_COND = 1, XB_PARSE_PARENS = 2, XB_PARSE_STOP_IN = 4 };
xybrid_status xb_jparse_expression(xb_jparser *p, xb_jnode **out);
xybrid_status xb_jparse_tuple(xb_jparser *p, int flags, xb_jnode **out);
xybrid_status xb_jparse_target(xb_jparser *p, int with_namespace, int with_tuple, xb_jnode **out);
xybrid_status xb_jparse_filters(xb_jparser *p, int starts_inside, xb_jnode **out); /* postfix without a base */
xybrid_status xb_jparse_call(xb_jparser *p, xb_jnode **out); /* a whole postfix expression that must end with a call */

/* ---- rendering ---- */

typedef struct xb_jbinding {
    struct xb_jbinding *next;
    const xb_jname     *name;
    xb_jval             value; /* XB_J_MISSING: not set */
} xb_jbinding;

typedef struct xb_jscope {
    struct xb_jscope *parent;
    xb_jbinding      *bindings;
} xb_jscope;

struct xb_jmacro {
    const xb_jnode *node;
    xb_jscope      *scope;
};

enum { XB_JBUFFERS = 4 };

typedef struct xb_jrun {
    xybrid_error            *err;
    const xb_template       *t;
    const xb_template_clock *clock;
    xb_arena                 arena;
    xb_str                  *out;
    xb_jscope               *scope;
    xb_jval                 *stack; /* arguments of the calls that are under way */
    uint32_t                 used;
    uint32_t                 line;
    int                      depth, value_depth;
    int64_t                  steps;
    struct {
        char *start, *used, *end;
    } buffers[XB_JBUFFERS]; /* texts that were joined lately: the next piece is added in place */
    unsigned turn;
} xb_jrun;

/* Arguments of one call: `count` plain values, then `named` with names. */
typedef struct xb_jargs {
    const xb_jval *values;
    uint32_t       count, named;
} xb_jargs; /* a name is a string value right before its value: values[count + 2 k], values[count + 2 k + 1] */

/* A call of a filter, test, method or function. */
enum { XB_JPARAMS = 6 };
typedef struct xb_jcall {
    xb_jrun        *r;
    xb_jval        *out; /* starts as none */
    const xb_jargs *args;
    xb_jval         self;
    xb_jval         a[XB_JPARAMS]; /* by the table's parameters; XB_J_MISSING where none was given */
} xb_jcall;

/* A set of filters, tests, methods or functions. A spec: "replace(old,new,*count": after * they may be missing; without "(" it
 * takes the arguments as they come; "pop!" is refused. */
typedef struct xb_jbuiltins {
    const char *specs; /* as in base/words.h */
    xybrid_status (*run)(int index, xb_jcall *c);
} xb_jbuiltins;

/* Such a set from a list of X(spec, function). */
#define XB_JSPEC(spec, function) spec "\0"
#define XB_JRUN(spec, function) \
    if (index-- == 0) return function(c);
#define XB_JRUNNER(name, LIST) \
    static xybrid_status name(int index, xb_jcall *c) { LIST(XB_JRUN) return xb_jundefined_fail(c->r, &c->self); }
/* Keeps what is called from a set out of the frame of all the others: they call each other. */
#if defined(__GNUC__)
#  define XB_JAPART __attribute__((noinline))
#else
#  define XB_JAPART
#endif

xybrid_status xb_jfail(xb_jrun *r, const char *fmt, ...) XB_PRINTF(2, 3); /* PREPROCESSING_FAILED with the line */
xybrid_status xb_jwrong(xb_jrun *r, const char *what, const xb_jval *v);  /* the same: "<what> a <type of v>" */
xybrid_status xb_jspend(xb_jrun *r, int64_t steps);                       /* of the rendering's budget */
/* The same, found out at the next step: for work that is bounded by the size of a value. */
static inline void xb_jcharge(xb_jrun *r, int64_t steps) { r->steps += steps; }
void              *xb_jalloc(xb_jrun *r, size_t count, size_t size); /* NULL: r->err is filled */

xybrid_status xb_jexec(xb_jrun *r, const xb_jnode *body, int *flow);
xybrid_status xb_jassign(xb_jrun *r, const xb_jnode *target, const xb_jval *v);
xybrid_status xb_jbind(xb_jrun *r, xb_jscope *s, const xb_jname *name, const xb_jval *v);
xybrid_status xb_jcall_macro(xb_jrun *r, const xb_jmacro *m, const xb_jargs *args, xb_jval *out);
xybrid_status xb_joutput_status(xb_jrun *r);                      /* OK, or why the output takes no more */
xybrid_status xb_jcapture(xb_jrun *r, size_t mark, xb_jval *out); /* takes the output since `mark` back as a string */
xybrid_status xb_jcall_caller(xb_jrun *r, const xb_jnode *call, const xb_jval *caller, xb_jval *out);

xybrid_status xb_jeval(xb_jrun *r, const xb_jnode *n, xb_jval *out);
xybrid_status xb_jeval_links(xb_jrun *r, const xb_jnode *links, xb_jval *v, const xb_jval *caller);

/* Attribute and item look-up as jinja2's sandbox does it; gives undefined where nothing is there. */
xybrid_status xb_jattr(xb_jrun *r, const xb_jval *v, const char *name, uint32_t size, xb_jval *out);
xybrid_status xb_jitem(xb_jrun *r, const xb_jval *v, const xb_jval *key, xb_jval *out);
xybrid_status xb_jslice(xb_jrun *r, const xb_jval *v, const xb_jval *start, const xb_jval *stop, const xb_jval *step,
                        xb_jval *out);

/* ---- operators ---- */
xybrid_status xb_jbinary(xb_jrun *r, int op, const xb_jval *a, const xb_jval *b, xb_jval *out);
xybrid_status xb_jnegate(xb_jrun *r, const xb_jval *a, xb_jval *out);
xybrid_status xb_jcompare(xb_jrun *r, int op, const xb_jval *a, const xb_jval *b, int *out);
xybrid_status xb_jequal(xb_jrun *r, const xb_jval *a, const xb_jval *b, int *out);
xybrid_status xb_jorder(xb_jrun *r, const xb_jval *a, const xb_jval *b, int *out); /* -1, 0, 1; 2: not ordered (NaN) */
xybrid_status xb_jcontains(xb_jrun *r, const xb_jval *container, const xb_jval *item, int *out);
/* Where `what` stands in a text, NULL: nowhere. */
const char   *xb_jfind(const char *text, size_t size, const char *what, size_t what_size);
xybrid_status xb_jescape(xb_jrun *r, const xb_jval *v, xb_jval *out); /* & < > " ' of str(v), to Markup */
xybrid_status xb_jformat(xb_jrun *r, const xb_jval *format, const xb_jval *values, uint32_t count, xb_jval *out); /* % */

/* ---- values ---- */
int           xb_jtruth(const xb_jval *v);
xybrid_status xb_jundefined_fail(xb_jrun *r, const xb_jval *v);
const char   *xb_jtype_name(const xb_jval *v); /* as Python's: "str", "NoneType" */
xb_jval       xb_jstring(const char *text, size_t size);
xb_jval       xb_jint(int64_t i);
xb_jval       xb_jbool(int b);
xb_jval       xb_jundefined(const char *name, size_t size);
int           xb_jis_text(const xb_jval *v, const char *text);                          /* a string equal to this */
xybrid_status xb_jtext(xb_jrun *r, const char *text, size_t size, xb_jval *out);        /* a copy */
xybrid_status xb_jconcat(xb_jrun *r, const xb_jval *a, const xb_jval *b, xb_jval *out); /* both strings */
xybrid_status xb_jnew_seq(xb_jrun *r, xb_jkind kind, uint32_t count, xb_jval *out);
xybrid_status xb_jnew_dict(xb_jrun *r, xb_jkind kind, uint32_t capacity, xb_jval *out);
xybrid_status xb_jdict_set(xb_jrun *r, xb_jdict *d, const xb_jval *key, const xb_jval *value);
xybrid_status xb_jdict_find(xb_jrun *r, const xb_jdict *d, const xb_jval *key, const xb_jval **out); /* NULL: not there */
xybrid_status xb_jiterate(xb_jrun *r, const xb_jval *v, xb_jval **items, uint32_t *count);
xybrid_status xb_jlength(xb_jrun *r, const xb_jval *v, int64_t *out);
xybrid_status xb_jfrom_json(xb_jrun *r, const xb_json *v, xb_jval *out);
int64_t       xb_jcodes(const char *text, size_t size);                 /* code points */
size_t        xb_joffset(const char *text, size_t size, int64_t codes); /* bytes of the first `codes` code points */

/* ---- text of values ---- */
xybrid_status xb_jprint(xb_jrun *r, const xb_jval *v, xb_str *out);      /* str() */
xybrid_status xb_jrepr(xb_jrun *r, const xb_jval *v, xb_str *out);       /* repr() */
xybrid_status xb_jto_string(xb_jrun *r, const xb_jval *v, xb_jval *out); /* str() as a value */
size_t        xb_jfloat_text(char out[48], double d);
/* What int() or float() make of a text: XB_J_INT, XB_J_FLOAT, or XB_J_MISSING for what is no number. */
xybrid_status xb_jparse_number(xb_mem *mem, const char *text, size_t size, xb_jval *out, xybrid_error *err);
uint32_t      xb_jupper(uint32_t code);
xybrid_status xb_jtojson(xb_jcall *c);
/* A dict of the same pairs by key (or by value), as dictsort has them. */
xybrid_status xb_jsort_dict(xb_jrun *r, const xb_jval *dict, int by_value, int case_sensitive, int reverse, xb_jval *out);

/* ---- what methods and filters share ---- */
xybrid_status xb_jstrip(xb_jcall *c, const xb_jval *v, const xb_jval *chars, int left, int right);
xybrid_status xb_jletters(xb_jcall *c, const xb_jval *v, char mode); /* upper, lower, capitalize, title(), |Title */
xybrid_status xb_jreplace(xb_jcall *c, const xb_jval *v, const xb_jval *from, const xb_jval *to, int64_t most);
xybrid_status xb_jjoin(xb_jcall *c, const xb_jval *separator, xb_jval *items, uint32_t count, int converts);
xybrid_status xb_jkeys(xb_jcall *c, const xb_jval *v, const xb_jval *attribute, int folds, const xb_jval *fallback,
                       xb_jval **keys, uint32_t *count);
xybrid_status xb_jformat_method(xb_jcall *c);
xybrid_status xb_jdict_view(xb_jrun *r, const xb_jdict *d, char what, xb_jkind kind, xb_jval *out);
xybrid_status xb_jisupper(xb_jcall *c);
xybrid_status xb_jislower(xb_jcall *c);
size_t        xb_jline_break(const char *p, const char *end); /* as str.splitlines: its bytes at p, 0 if none */

/* ---- what is built in ---- */
extern const xb_jbuiltins xb_jfilters, xb_jtests, xb_jfunctions;
int                       xb_jbuiltin_index(const xb_jbuiltins *set, const char *name, size_t size); /* -1: not there */
xybrid_status xb_jbuiltin_run(xb_jrun *r, const xb_jbuiltins *set, int index, const xb_jval *self, const xb_jargs *args,
                              xb_jval *out);
/* The method `name` of v's type into *out (a value that is called later, pointing to v). 0: its type has none of that name. */
int           xb_jmethod(const xb_jval *v, const char *name, uint32_t size, xb_jval *out);
xybrid_status xb_jmethod_run(xb_jrun *r, const xb_jval *method, const xb_jargs *args, xb_jval *out);

#endif
