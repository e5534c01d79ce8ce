/* schema_int.h - a schema on its way to a grammar.
 *
 * A value is described by parts: schemas that hold together. $ref and allOf add parts, anyOf and oneOf add one of several, so
 * a value has choices, each with parts that hold no such keyword any more. The facts of a choice are gathered in a shape, which
 * is written as text of the grammar. What a member or an item must be is again a list of parts; equal lists are one rule, which is
 * how schemas that refer to themselves end. */
#ifndef XB_SCHEMA_INT_H
#define XB_SCHEMA_INT_H

#include "base/arena.h"
#include "base/error.h"
#include "chat/schema.h"
#include "codec/json.h"

typedef struct xb_spart {
    const xb_json *node;
    const char    *path; /* "#/properties/a", in the arena */
    int32_t        from; /* the part that added it; -1 */
} xb_spart;

typedef struct xb_sparts {
    xb_spart *items; /* [count], in the arena */
    size_t    count;
} xb_sparts;

typedef struct xb_srule {
    xb_sparts parts;
    uint32_t  hash;
    int       is_key; /* a member's name: needs a text */
} xb_srule;

typedef struct xb_schema {
    xb_mem         *mem;
    xb_arena        arena;
    xb_json_doc    *doc;
    const xb_json  *root;
    xb_str          out, more; /* the rules so far, and helper rules that follow them */
    xb_srule       *rules;     /* [rule_count]: r0, r1, ...; those from `written` on are to be written */
    size_t          rule_count, rule_room, written;
    uint32_t        names;                      /* helper rules of objects and arrays: n0, n1, ... */
    uint32_t        basics;                     /* bit: a rule of schema_basics.c is used */
    int             refs_stand_alone;           /* before draft 2019-09 nothing counts beside $ref */
    xb_spart        stack[XB_MAX_SCHEMA_PARTS]; /* of the choice in work */
    size_t          stack_count;
    int32_t         choices;                  /* of the rule in work */
    int             depth;                    /* of choices in choices */
    int             is_comparing, is_settled; /* choices that must exclude each other; nothing else adds members to them */
    int32_t         compared;
    const xb_spart *base; /* [base_count] the parts beside such choices */
    size_t          base_count;
    unsigned        base_types;
    xybrid_error    never; /* the first thing that cannot be met; code 0: none */
} xb_schema;

/* ---- shapes ---- */

enum {
    XB_T_NULL = 1,
    XB_T_FALSE = 2,
    XB_T_TRUE = 4,
    XB_T_INTEGER = 8,
    XB_T_FRACTION = 16, /* numbers that are no integers */
    XB_T_STRING = 32,
    XB_T_ARRAY = 64,
    XB_T_OBJECT = 128,
    XB_T_NUMBER = XB_T_INTEGER | XB_T_FRACTION,
    XB_T_ALL = 255
};

typedef struct xb_sbound {
    double value;
    int    is_there, excludes;
} xb_sbound;

typedef struct xb_shape {
    const xb_spart *parts;
    size_t          part_count;
    unsigned        types;
    const xb_json **values; /* of enum and const, those that all parts allow; NULL: any */
    size_t          value_count;
    xb_sbound       low, high;
    double          multiple;                                                               /* 0: none */
    int64_t         min_length, max_length, min_items, max_items, min_members, max_members; /* max -1: none */
    const xb_json  *pattern;
    const char     *pattern_path;
    const char     *format;                                      /* NULL: none */
    const char     *no_string, *no_array, *no_object, *no_value; /* path of a keyword that is not expressed for such a value */
} xb_shape;

/* Gathers the facts of parts without $ref, allOf, anyOf and oneOf. types is 0 where no value fits. */
xybrid_status xb_shape_of(xb_schema *s, const xb_spart *parts, size_t count, xb_shape *out, xybrid_error *err);

/* Part `i` has unevaluated* (`key`) false: do other parts than those it added itself have one of these keywords? */
int xb_shape_has_cousins(const xb_shape *h, size_t i, const char *keys);

/* Has the object one of these keywords (a list as in base/words.h)? */
int xb_schema_has_any(const xb_json *node, const char *keys);

/* The types of a JSON value: one bit. */
unsigned xb_shape_type(const xb_json *v);
int      xb_json_same(const xb_json *a, const xb_json *b, int depth);

/* ---- schema.c ---- */

/* "#/a" + "b" in the arena; NULL: *err is filled. `/` and `~` in the key are written ~1 and ~0. */
const char   *xb_schema_path(xb_schema *s, const char *path, const char *key, xybrid_error *err);
xybrid_status xb_schema_unsupported(const char *path, const char *why, xybrid_error *err);
xybrid_status xb_schema_malformed(const char *path, const char *wanted, xybrid_error *err);

/* Notes what cannot be met, and writes a rule that the grammar leaves out. */
void xb_schema_never(xb_schema *s, const char *path, const char *why);

/* The rule of a value that all of `parts` hold for. */
xybrid_status xb_schema_rule(xb_schema *s, xb_sparts parts, int is_key, uint32_t *out, xybrid_error *err);
xybrid_status xb_schema_add_part(xb_schema *s, xb_sparts *parts, const xb_json *node, const char *path, const char *key,
                                 xybrid_error *err);

/* ---- writing: each appends an expression to s->out ---- */

enum xb_basic {
    XB_B_VALUE,
    XB_B_OBJECT,
    XB_B_MEMBER,
    XB_B_ARRAY,
    XB_B_STRING,
    XB_B_CHAR,
    XB_B_UNICODE,
    XB_B_HEX,
    XB_B_NUMBER,
    XB_B_INTEGER,
    XB_B_NATURAL,
    XB_B_COMMA,
    XB_B_COLON,
    XB_B_NAME_CHAR,
    XB_B_DATE,
    XB_B_TIME,
    XB_B_OCTET,
    XB_B_IPV4,
    XB_B_IPV6,
    XB_B_LABEL,
    XB_B_HOST,
    XB_B_NEVER,
    XB_B_COUNT
};
const char   *xb_schema_basic(xb_schema *s, int basic); /* its name; it is written at the end, with what it needs */
void          xb_schema_write_basics(xb_schema *s);
void          xb_schema_literal(xb_str *out, const char *bytes, size_t size); /* as GBNF in quotes */
xybrid_status xb_schema_json_literal(xb_schema *s, const xb_json *v, xybrid_error *err);
xybrid_status xb_schema_write_shape(xb_schema *s, const xb_shape *h, int is_key, xybrid_error *err);
xybrid_status xb_schema_write_object(xb_schema *s, const xb_shape *h, xybrid_error *err);
xybrid_status xb_schema_write_array(xb_schema *s, const xb_shape *h, xybrid_error *err);
xybrid_status xb_schema_write_number(xb_schema *s, const xb_shape *h, xybrid_error *err);
xybrid_status xb_schema_write_string(xb_schema *s, const xb_shape *h, xybrid_error *err);

/* A regular expression as the inside of a JSON string of min..max characters (max -1: any). */
xybrid_status xb_schema_write_pattern(xb_schema *s, const char *pattern, size_t size, int64_t min, int64_t max,
                                      const char *path, xybrid_error *err);

/* Does the name match? */
xybrid_status xb_schema_matches(xb_schema *s, const char *pattern, size_t size, const char *name, const char *path, int *out,
                                xybrid_error *err);

#endif
