/* grammar_int.h - a grammar inside: the tree that is parsed, the program that it becomes, the sets that matching makes. */
#ifndef XB_GRAMMAR_INT_H
#define XB_GRAMMAR_INT_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "chat/grammar.h"

/* ---- the tree, while a grammar is compiled ---- */

enum { XB_G_LITERAL, XB_G_SET, XB_G_RULE, XB_G_SEQUENCE, XB_G_CHOICE, XB_G_REPEAT };
#define XB_G_NONE    UINT32_MAX
#define XB_G_FOREVER UINT32_MAX

typedef struct xb_gnode {
    uint32_t kind, at;     /* at: byte of the text */
    uint32_t next, parent; /* sibling; XB_G_NONE */
    uint32_t a, b, c;
    /* LITERAL: bytes [a, a + b) of `literals`. SET: number a. RULE: number a, next reference to the same rule b.
     * SEQUENCE, CHOICE: first child a, how many b. REPEAT: child a, b to c times. */
} xb_gnode;

typedef struct xb_grule {
    uint32_t name_at, name_size; /* in the text; size 0: made by a repetition */
    uint32_t body;               /* node; XB_G_NONE: not defined yet */
    uint32_t first_use;          /* RULE nodes, chained by b */
    uint32_t start;              /* instruction */
    uint32_t next_same_hash;
} xb_grule;

/* Code points [lo, hi], sorted, apart from each other. */
typedef struct xb_grange {
    uint32_t lo, hi;
} xb_grange;

/* Sorts, and joins what touches; returns how many are left. */
size_t xb_granges_join(xb_grange *r, size_t count);

typedef struct xb_gset_source {
    uint32_t first, count; /* in `ranges` */
    uint32_t hash;
} xb_gset_source;

typedef struct xb_gtree {
    xb_mem         *mem;
    const char     *text;
    size_t          size, at;
    xb_gnode       *nodes;
    xb_grule       *rules;
    char           *literals;
    xb_grange      *ranges;
    xb_gset_source *sets;
    size_t          node_count, rule_count, literal_size, range_count, set_count;
    size_t          node_room, rule_room, literal_room, range_room, set_room;
    uint32_t        root;
    uint32_t        rule_slots[1024]; /* by hash of the name; rule + 1 */
    uint8_t        *can_be_empty;     /* [node_count], after checking */
    uint8_t        *can_end;          /* [node_count] */
} xb_gtree;

/* MALFORMED at byte `at` of the text, with line and column. */
xybrid_status xb_gtree_fail(const xb_gtree *t, size_t at, xybrid_error *err, const char *fmt, ...) XB_PRINTF(4, 5);

xybrid_status xb_gtree_parse(xb_gtree *t, xybrid_error *err);
xybrid_status xb_gtree_check(xb_gtree *t, xybrid_error *err);
void          xb_gtree_free(xb_gtree *t);

/* ---- building ---- */
xybrid_status xb_gtree_node(xb_gtree *t, uint32_t kind, size_t at, uint32_t a, uint32_t b, uint32_t *out, xybrid_error *err);
xybrid_status xb_gtree_rule(xb_gtree *t, size_t name_at, size_t name_size, uint32_t *out, xybrid_error *err);
xybrid_status xb_gtree_use(xb_gtree *t, uint32_t rule, size_t at, uint32_t *out, xybrid_error *err);
/* The class of the ranges from `first` on: sorted, joined, complemented, and kept once. */
xybrid_status xb_gtree_set(xb_gtree *t, size_t first, int is_negated, uint32_t *out, xybrid_error *err);
xybrid_status xb_gtree_repeat(xb_gtree *t, uint32_t child, uint32_t min, uint32_t max, uint32_t *out, xybrid_error *err);

/* ---- the program ---- */

enum {
    XB_OP_BYTES, /* a byte of x & 255 .. x >> 8, then y */
    XB_OP_SET,   /* a character of set x, then y */
    XB_OP_FORK,  /* x or y */
    XB_OP_GO,    /* x */
    XB_OP_CALL,  /* rule that starts at x, then y */
    XB_OP_RETURN,
    XB_OP_END /* of the text */
};
typedef struct xb_gop {
    uint32_t op : 4, x : 28;
    uint32_t y;
} xb_gop;
enum { XB_GOP_END, XB_GOP_RETURN }; /* where these two stand */

/* A class: its ASCII characters as bits, and the first bytes of the others with the place that reads the rest. */
typedef struct xb_gset {
    uint32_t ascii[4];
    uint32_t first, count; /* in `leads` */
} xb_gset;
typedef struct xb_glead {
    uint32_t lo, hi, go;
} xb_glead;

struct xb_grammar {
    xb_mem   *mem;
    xb_gop   *code;
    xb_gset  *sets;
    xb_glead *leads;
    size_t    code_count, set_count, lead_count, code_room, set_room, lead_room;
    uint32_t  start;
    uint32_t  class_count;
    uint8_t   class_of[256]; /* bytes that no instruction tells apart */
};

/* Writes the program of a checked tree. */
xybrid_status xb_grammar_write(xb_gtree *t, xb_grammar *g, xybrid_error *err);

/* ---- sets of places ---- */

/* A place and the number of the list of places to return to. */
typedef struct xb_gplace {
    uint32_t at, back;
} xb_gplace;

/* Places in ascending order of `at`, each `at` once. Lists are numbered, equal ones have one number, and a list refers only to
 * lists of smaller numbers. List 0 is empty, list 1 is { END }: the way out of the root. */
typedef struct xb_glist {
    uint32_t first, count, hash;
    uint32_t depth; /* of returns */
    uint32_t state; /* number of the state that this list is, + 1; 0: none */
} xb_glist;

#define XB_STATE_DEAD    0u
#define XB_STATE_UNKNOWN UINT32_MAX

typedef struct xb_glists {
    xb_mem           *mem;
    const xb_grammar *g;
    xb_gplace        *places;
    xb_glist         *lists;
    uint32_t         *slots; /* hash table: list + 1 */
    xb_gplace        *todo;  /* scratch: work of a closure, and what a union collects */
    uint32_t         *seen;  /* [code_count], list + 1; all 0 between calls */
    uint32_t         *touched;
    uint32_t         *state_list; /* [state_count] */
    uint32_t         *steps;      /* [state_count][class_count], XB_STATE_UNKNOWN where nobody went yet */
    size_t            place_count, list_count, todo_count, touched_count, state_count;
    size_t            place_room, list_room, slot_count, todo_room, touched_room, state_room, step_room;
    int64_t           work; /* left for this call */
    struct {
        uint32_t a, b, result;
    } unions[256]; /* the last ones; a = 0: none */
} xb_glists;

xybrid_status xb_glists_open(xb_glists *l, xb_mem *mem, const xb_grammar *g, uint32_t *start, xybrid_error *err);
void          xb_glists_free(xb_glists *l);

/* The state after one byte of class `cls`; DEAD if there is none. Makes it when nobody went there before. */
xybrid_status xb_glists_step(xb_glists *l, uint32_t state, uint8_t byte, uint32_t *out, xybrid_error *err);

int    xb_glists_can_end(const xb_glists *l, uint32_t state);
size_t xb_glists_bytes(const xb_glists *l);

/* Forgets all but the states keep[0..count), which get new numbers. Needs no memory. */
void xb_glists_forget(xb_glists *l, uint32_t *keep, size_t count);

/* Copies the list behind `state` of another set of lists of the same grammar. */
xybrid_status xb_glists_copy(xb_glists *l, const xb_glists *from, uint32_t state, uint32_t *out, xybrid_error *err);

/* ---- the vocabulary ---- */

/* The pieces as a tree of bytes, nodes in depth-first order: a node's subtree is nodes [i, next). */
typedef struct xb_gtrie_node {
    uint32_t next;
    uint32_t first; /* tokens that end here: sorted[first .. first of node i + 1) */
    uint16_t depth; /* from 1 */
    uint8_t  byte;
} xb_gtrie_node;

struct xb_grammar_vocabulary {
    xb_mem        *mem;
    char          *bytes;
    uint32_t      *offsets; /* [count + 1] */
    uint32_t      *sorted;  /* [sorted_count] tokens by their bytes */
    xb_gtrie_node *nodes;   /* [node_count + 1] */
    uint8_t       *flags;   /* [count] XB_PIECE_END, XB_PIECE_NEVER */
    uint32_t       count, sorted_count, node_count, longest;
};

#endif
