/* grammar_check.c - what a grammar's rules can do: be empty, come to an end, begin with themselves. Each in time linear in the
 * size of the tree. */
#include <string.h>

#include "chat/grammar_int.h"

typedef struct checker {
    xb_gtree *t;
    uint32_t *rule_of; /* [node_count] the rule whose body a node is; XB_G_NONE */
    uint32_t *wait;    /* [node_count] children of a sequence that are not known to hold */
    uint32_t *queue;   /* [node_count] nodes that hold, whose parents were not told */
    size_t    queued;
    uint8_t  *holds;
} checker;

static void set_parents(xb_gtree *t) {
    for (size_t i = 0; i < t->node_count; i++) {
        const xb_gnode *n = &t->nodes[i];
        if (n->kind == XB_G_REPEAT) t->nodes[n->a].parent = (uint32_t)i;
        if ((n->kind != XB_G_SEQUENCE && n->kind != XB_G_CHOICE) || !n->b) continue;
        for (uint32_t c = n->a; c != XB_G_NONE; c = t->nodes[c].next) t->nodes[c].parent = (uint32_t)i;
    }
}

static void mark(checker *c, uint32_t node) {
    if (c->holds[node]) return;
    c->holds[node] = 1;
    c->queue[c->queued++] = node;
}

static void tell(checker *c, uint32_t node) {
    const uint32_t parent = c->t->nodes[node].parent;
    if (parent == XB_G_NONE) return;
    const xb_gnode *p = &c->t->nodes[parent];
    if (p->kind != XB_G_SEQUENCE || --c->wait[parent] == 0) mark(c, parent);
}

/* holds[node]: the node can be empty, or (ends) it matches some text of a limited length. What holds for a rule's body holds for
 * each of its uses. */
static void spread(checker *c, int ends, uint8_t *holds) {
    xb_gtree *t = c->t;
    c->holds = holds;
    c->queued = 0;
    for (uint32_t i = 0; i < t->node_count; i++) {
        const xb_gnode *n = &t->nodes[i];
        c->wait[i] = n->b;
        if ((n->kind == XB_G_LITERAL && (ends || n->b == 0)) || (n->kind == XB_G_SET && ends) ||
            (n->kind == XB_G_SEQUENCE && n->b == 0) || (n->kind == XB_G_REPEAT && n->b == 0))
            mark(c, i);
    }
    for (size_t next = 0; next < c->queued; next++) {
        const uint32_t node = c->queue[next];
        tell(c, node);
        if (c->rule_of[node] != XB_G_NONE)
            for (uint32_t u = t->rules[c->rule_of[node]].first_use; u != XB_G_NONE; u = t->nodes[u].b) mark(c, u);
    }
}

/* ---- left recursion ---- */

/* A rule's first places: uses of rules with nothing but what can be empty before them. */
typedef struct edges {
    xb_gtree *t;
    uint32_t *uses; /* RULE nodes, rule after rule */
    size_t    count, room;
} edges;

static xybrid_status first_uses(edges *e, uint32_t node, xybrid_error *err) {
    const xb_gtree *t = e->t;
    const xb_gnode *n = &t->nodes[node];
    if (n->kind == XB_G_RULE) {
        XB_TRY(xb_grow(t->mem, (void **)&e->uses, &e->room, e->count, sizeof *e->uses, XB_MAX_GRAMMAR_NODES,
                       "nodes of a grammar", err));
        e->uses[e->count++] = node;
    } else if (n->kind == XB_G_REPEAT) return first_uses(e, n->a, err);
    else if (n->kind == XB_G_CHOICE || (n->kind == XB_G_SEQUENCE && n->b)) {
        for (uint32_t c = n->a; c != XB_G_NONE; c = t->nodes[c].next) {
            XB_TRY(first_uses(e, c, err));
            if (n->kind == XB_G_SEQUENCE && !t->can_be_empty[c]) break;
        }
    }
    return XYBRID_OK;
}

/* Looks for a ring, depth first. begin[r]..begin[r + 1]: the uses of rule r; path: the rules that lead to the one in sight. */
static xybrid_status find_ring(const edges *e, const uint32_t *begin, uint32_t *next, uint32_t *path, uint8_t *colour,
                               xybrid_error *err) {
    const xb_gtree *t = e->t;
    for (uint32_t r = 0; r < t->rule_count; r++) {
        size_t depth = 0;
        if (colour[r]) continue;
        path[depth++] = r, colour[r] = 1, next[r] = begin[r];
        while (depth) {
            const uint32_t here = path[depth - 1];
            if (next[here] == begin[here + 1]) {
                colour[here] = 2, depth--;
                continue;
            }
            const xb_gnode *use = &t->nodes[e->uses[next[here]++]];
            if (colour[use->a] == 1)
                return xb_gtree_fail(t, use->at, err, "rule \"%.*s\" begins with itself (left recursion); write it with * or +",
                                     (int)xb_min64(t->rules[use->a].name_size, 64), t->text + t->rules[use->a].name_at);
            if (colour[use->a] == 0) path[depth++] = use->a, colour[use->a] = 1, next[use->a] = begin[use->a];
        }
    }
    return XYBRID_OK;
}

static xybrid_status check_left(xb_gtree *t, xybrid_error *err) {
    edges         e = { t, NULL, 0, 0 };
    xybrid_status st = XYBRID_OK;
    const size_t  n = t->rule_count;
    uint32_t     *table = xb_calloc(t->mem, 3 * n + 1, sizeof *table, err);
    uint8_t      *colour = table ? xb_calloc(t->mem, n, 1, err) : NULL;
    if (!colour) {
        xb_free(t->mem, table);
        return err->code;
    }
    for (uint32_t r = 0; r < n; r++) {
        table[r] = (uint32_t)e.count;
        XB_TRY_OUT(first_uses(&e, t->rules[r].body, err));
    }
    table[n] = (uint32_t)e.count;
    st = find_ring(&e, table, table + n + 1, table + 2 * n + 1, colour, err);
out:
    xb_free(t->mem, e.uses), xb_free(t->mem, colour), xb_free(t->mem, table);
    return st;
}

xybrid_status xb_gtree_check(xb_gtree *t, xybrid_error *err) {
    checker      c = { .t = t };
    const size_t n = t->node_count;
    uint32_t    *table = xb_malloc(t->mem, 3 * n * sizeof *table, err);
    if (!table) return err->code;
    t->can_be_empty = xb_calloc(t->mem, n, 1, err);
    t->can_end = t->can_be_empty ? xb_calloc(t->mem, n, 1, err) : NULL;
    if (t->can_end) {
        c.rule_of = table, c.wait = table + n, c.queue = table + 2 * n;
        memset(c.rule_of, 0xFF, n * sizeof *table);
        for (uint32_t r = 0; r < t->rule_count; r++) c.rule_of[t->rules[r].body] = r;
        set_parents(t);
        spread(&c, 0, t->can_be_empty);
        spread(&c, 1, t->can_end);
    }
    xb_free(t->mem, table);
    if (!t->can_end) return err->code;
    XB_TRY(check_left(t, err));
    if (!t->can_end[t->rules[t->root].body])
        return xb_gtree_fail(t, t->rules[t->root].name_at, err, "rule \"root\" never ends: each of its choices needs another");
    return XYBRID_OK;
}
