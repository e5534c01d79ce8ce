/* engine/native/rewrite.h - fewer nodes for the same numbers. Each rewrite has a name, can be switched off, and has a test that
 * compares the plan with and without it (tests/unit/native_rewrites.c).
 *
 *     nodes of a segment (shapes known, dead ones dropped)  --in the order of the table-->  nodes that are emitted
 *
 * A rewrite sees every value's maker, its users' count, and the only user; it changes nodes in place and marks those that are
 * not needed any more dead. To add one: a function, a row in rewrite.c, a test (docs/engine.md). */
#ifndef XB_NATIVE_REWRITE_H
#define XB_NATIVE_REWRITE_H

#include <string.h>

#include "engine/native/build.h"

typedef struct xb_rewrite {
    char name[12];
    /* Looks at node i, and keeps the tables right (xb_moved); where it cannot, *changed has them made anew. */
    xybrid_status (*apply)(xb_build *b, size_t i, int *changed);
} xb_rewrite;

extern const xb_rewrite xb_rewrites[];
extern const int32_t    xb_rewrite_count; /* bit i of xb_build.rewrites_off switches number i off */

xybrid_status xb_rewrite_all(xb_build *b);

/* Before all others: caches that are carried grow where they are. Not in the table: without it they are states. */
xybrid_status xb_rewrite_carried(xb_build *b);

/* ---- for rewrites ---- */

/* maker, uses and user of all values. */
void xb_rewrite_tables(xb_build *b);

/* x has lost `fewer` of its uses, and `to` is a user of it now. */
void xb_moved(xb_val *x, int32_t fewer, xb_node *to);

/* Is n there, and of row `op` (XB_OP_ONNX_Add)? */
static inline int xb_node_is(const xb_node *n, int32_t op) { return n && n->op == &xb_ops[op]; }

/* The node that makes input i of n, if it is of row `op` and this is its only use; else NULL. */
xb_node *xb_made_by(const xb_node *n, int32_t i, int32_t op);
/* The only user of output 0 of n, if it is of row `op` and nobody else needs the output; else NULL. */
xb_node *xb_used_by(const xb_node *n, int32_t op);
/* Is v needed by nothing but its users in this segment? */
int xb_is_inner(const xb_val *v);
/* Is v one float32 number that is known? */
int xb_is_number(const xb_val *v, float *out);

/* Is n, of float32 and with one input known, x times a number or x divided by one? Then *x and *factor. */
int xb_is_scaled(const xb_node *n, xb_val **x, float *factor);

xybrid_status xb_rewrite_turned(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_stored(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_attention(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_activation(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_gelu(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_angle(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_layer_norm(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_integer(xb_build *b, size_t i, int *changed);
xybrid_status xb_rewrite_epilogue(xb_build *b, size_t i, int *changed);

#endif
