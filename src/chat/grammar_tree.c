/* grammar_tree.c - the parts of a grammar's tree: nodes, rules by name, classes, repetitions. */
#include <string.h>

#include "chat/grammar_int.h"

xybrid_status xb_gtree_fail(const xb_gtree *t, size_t at, xybrid_error *err, const char *fmt, ...) {
    char    what[400];
    va_list args;
    int32_t line = 1, column = 1;
    va_start(args, fmt);
    (void)xb_vformat(what, sizeof what, fmt, args);
    va_end(args);
    for (size_t i = 0; i < at && i < t->size; i++) {
        if (t->text[i] == '\n') line++, column = 1;
        else column += ((uint8_t)t->text[i] & 0xC0) != 0x80;
    }
    (void)xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, "grammar", "grammar, line %d, column %d: %s", line, column, what);
    err->line = line, err->column = column;
    return err->code;
}

void xb_gtree_free(xb_gtree *t) {
    xb_free(t->mem, t->nodes), xb_free(t->mem, t->rules), xb_free(t->mem, t->literals), xb_free(t->mem, t->ranges);
    xb_free(t->mem, t->sets), xb_free(t->mem, t->can_be_empty), xb_free(t->mem, t->can_end);
}

xybrid_status xb_gtree_node(xb_gtree *t, uint32_t kind, size_t at, uint32_t a, uint32_t b, uint32_t *out, xybrid_error *err) {
    XB_TRY(xb_grow(t->mem, (void **)&t->nodes, &t->node_room, t->node_count, sizeof *t->nodes, XB_MAX_GRAMMAR_NODES,
                   "nodes of a grammar", err));
    t->nodes[t->node_count] = (xb_gnode){ kind, (uint32_t)at, XB_G_NONE, XB_G_NONE, a, b, 0 };
    *out = (uint32_t)t->node_count++;
    return XYBRID_OK;
}

/* ---- rules ---- */

static uint32_t hash_bytes(const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    uint32_t       h = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++) h = (h ^ p[i]) * UINT32_C(16777619);
    return h ^ h >> 15;
}

static xybrid_status new_rule(xb_gtree *t, size_t name_at, size_t name_size, uint32_t *out, xybrid_error *err) {
    XB_TRY(xb_grow(t->mem, (void **)&t->rules, &t->rule_room, t->rule_count, sizeof *t->rules, XB_MAX_GRAMMAR_RULES,
                   "rules of a grammar", err));
    t->rules[t->rule_count] = (xb_grule){ (uint32_t)name_at, (uint32_t)name_size, XB_G_NONE, XB_G_NONE, 0, 0 };
    *out = (uint32_t)t->rule_count++;
    return XYBRID_OK;
}

xybrid_status xb_gtree_rule(xb_gtree *t, size_t name_at, size_t name_size, uint32_t *out, xybrid_error *err) {
    const size_t slots = sizeof t->rule_slots / sizeof t->rule_slots[0];
    uint32_t    *slot = &t->rule_slots[hash_bytes(t->text + name_at, name_size) % slots];
    for (uint32_t r = *slot; r; r = t->rules[r - 1].next_same_hash) {
        const xb_grule *rule = &t->rules[r - 1];
        if (rule->name_size == name_size && memcmp(t->text + rule->name_at, t->text + name_at, name_size) == 0) {
            *out = r - 1;
            return XYBRID_OK;
        }
    }
    XB_TRY(new_rule(t, name_at, name_size, out, err));
    t->rules[*out].next_same_hash = *slot;
    *slot = *out + 1;
    return XYBRID_OK;
}

xybrid_status xb_gtree_use(xb_gtree *t, uint32_t rule, size_t at, uint32_t *out, xybrid_error *err) {
    XB_TRY(xb_gtree_node(t, XB_G_RULE, at, rule, t->rules[rule].first_use, out, err));
    t->rules[rule].first_use = *out;
    return XYBRID_OK;
}

/* ---- classes ---- */

static xybrid_status add_range(xb_gtree *t, uint32_t lo, uint32_t hi, xybrid_error *err) {
    XB_TRY(xb_grow(t->mem, (void **)&t->ranges, &t->range_room, t->range_count, sizeof *t->ranges, XB_MAX_GRAMMAR_BYTES,
                   "ranges of a grammar's classes", err));
    t->ranges[t->range_count++] = (xb_grange){ lo, hi };
    return XYBRID_OK;
}

static void sort_ranges(xb_grange *r, size_t count) {
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count; i++) {
            const xb_grange x = r[i];
            size_t          k = i;
            for (; k >= gap && r[k - gap].lo > x.lo; k -= gap) r[k] = r[k - gap];
            r[k] = x;
        }
}

size_t xb_granges_join(xb_grange *r, size_t count) {
    size_t kept = 0;
    sort_ranges(r, count);
    for (size_t i = 0; i < count; i++) {
        if (kept && r[i].lo <= r[kept - 1].hi + 1) {
            if (r[i].hi > r[kept - 1].hi) r[kept - 1].hi = r[i].hi;
        } else r[kept++] = r[i];
    }
    return kept;
}

static xybrid_status negate_ranges(xb_gtree *t, size_t first, xybrid_error *err) {
    const size_t count = t->range_count - first;
    uint32_t     from = 0;
    for (size_t i = 0; i < count; i++) {
        const xb_grange r = t->ranges[first + i];
        if (r.lo > from) XB_TRY(add_range(t, from, r.lo - 1, err));
        from = r.hi + 1;
    }
    if (from <= 0x10FFFF) XB_TRY(add_range(t, from, 0x10FFFF, err));
    t->range_count -= count;
    memmove(t->ranges + first, t->ranges + first + count, (t->range_count - first) * sizeof *t->ranges);
    return XYBRID_OK;
}

/* Where there is none yet, nothing is added to NULL. */
static xb_grange *ranges_from(const xb_gtree *t, size_t first) { return t->ranges ? t->ranges + first : NULL; }

xybrid_status xb_gtree_set(xb_gtree *t, size_t first, int is_negated, uint32_t *out, xybrid_error *err) {
    t->range_count = first + xb_granges_join(ranges_from(t, first), t->range_count - first);
    if (is_negated) XB_TRY(negate_ranges(t, first, err));
    const uint32_t count = (uint32_t)(t->range_count - first);
    const uint32_t hash = hash_bytes(ranges_from(t, first), count * sizeof *t->ranges);
    for (size_t i = 0; i < t->set_count; i++) {
        const xb_gset_source *s = &t->sets[i];
        if (s->hash != hash || s->count != count) continue;
        if (count && memcmp(t->ranges + s->first, t->ranges + first, count * sizeof *t->ranges) != 0) continue;
        t->range_count = first;
        *out = (uint32_t)i;
        return XYBRID_OK;
    }
    XB_TRY(xb_grow(t->mem, (void **)&t->sets, &t->set_room, t->set_count, sizeof *t->sets, XB_MAX_GRAMMAR_SETS,
                   "different classes of a grammar", err));
    t->sets[t->set_count] = (xb_gset_source){ (uint32_t)first, count, hash };
    *out = (uint32_t)t->set_count++;
    return XYBRID_OK;
}

/* ---- repetitions ---- */

/* One instruction, so that a copy costs no more than a call. */
static int is_small(const xb_gnode *n) {
    return n->kind == XB_G_SET || n->kind == XB_G_RULE || (n->kind == XB_G_LITERAL && n->b == 1);
}

static xybrid_status hide(xb_gtree *t, uint32_t node, uint32_t *rule, xybrid_error *err) {
    XB_TRY(new_rule(t, t->nodes[node].at, 0, rule, err));
    t->rules[*rule].body = node;
    return XYBRID_OK;
}

static xybrid_status repeat(xb_gtree *t, uint32_t child, uint32_t min, uint32_t max, uint32_t *out, xybrid_error *err) {
    XB_TRY(xb_gtree_node(t, XB_G_REPEAT, t->nodes[child].at, child, min, out, err));
    t->nodes[*out].c = max;
    return XYBRID_OK;
}

static xybrid_status pair(xb_gtree *t, uint32_t kind, uint32_t a, uint32_t b, uint32_t *out, xybrid_error *err) {
    XB_TRY(xb_gtree_node(t, kind, t->nodes[a].at, a, 2, out, err));
    t->nodes[a].next = b;
    return XYBRID_OK;
}

/* Long counts are counted in blocks: with B = x{64}, x{m} is B{m / 64} x{m % 64}, and at most n of x are B{0,q-1} x{0,64} or
 * B{q} x{0,r}. Each `*out` is a node of its own; `rule` is x. */
enum { BLOCK = 64 };
static xybrid_status count_rule(xb_gtree *t, uint32_t rule, uint32_t min, uint32_t max, uint32_t *out, xybrid_error *err) {
    const size_t at = t->nodes[t->rules[rule].body].at;
    uint32_t     x = 0, block = 0, one = 0, two = 0, three = 0, four = 0;
    if (max <= 4 * BLOCK) {
        XB_TRY(xb_gtree_use(t, rule, at, &x, err));
        return repeat(t, x, min, max, out, err);
    }
    XB_TRY(xb_gtree_use(t, rule, at, &x, err));
    XB_TRY(repeat(t, x, BLOCK, BLOCK, &x, err));
    XB_TRY(hide(t, x, &block, err));
    if (min == max) {
        XB_TRY(count_rule(t, block, max / BLOCK, max / BLOCK, &one, err));
        XB_TRY(count_rule(t, rule, max % BLOCK, max % BLOCK, &two, err));
        return pair(t, XB_G_SEQUENCE, one, two, out, err);
    }
    if (min > 0) {
        XB_TRY(count_rule(t, rule, min, min, &one, err));
        XB_TRY(count_rule(t, rule, 0, max - min, &two, err));
        return pair(t, XB_G_SEQUENCE, one, two, out, err);
    }
    XB_TRY(count_rule(t, block, 0, max / BLOCK - 1, &one, err));
    XB_TRY(count_rule(t, rule, 0, BLOCK, &two, err));
    XB_TRY(pair(t, XB_G_SEQUENCE, one, two, &one, err));
    XB_TRY(count_rule(t, block, max / BLOCK, max / BLOCK, &three, err));
    XB_TRY(count_rule(t, rule, 0, max % BLOCK, &four, err));
    XB_TRY(pair(t, XB_G_SEQUENCE, three, four, &three, err));
    return pair(t, XB_G_CHOICE, one, three, out, err);
}

xybrid_status xb_gtree_repeat(xb_gtree *t, uint32_t child, uint32_t min, uint32_t max, uint32_t *out, xybrid_error *err) {
    const uint32_t copies = max == XB_G_FOREVER ? min : max;
    uint32_t       rule = 0, head = 0, tail = 0;
    if (copies <= 1 || (is_small(&t->nodes[child]) && copies <= 4 * BLOCK)) return repeat(t, child, min, max, out, err);
    XB_TRY(hide(t, child, &rule, err));
    if (max != XB_G_FOREVER) return count_rule(t, rule, min, max, out, err);
    XB_TRY(count_rule(t, rule, min, min, &head, err));
    XB_TRY(xb_gtree_use(t, rule, t->nodes[child].at, &tail, err));
    XB_TRY(repeat(t, tail, 0, XB_G_FOREVER, &tail, err));
    return pair(t, XB_G_SEQUENCE, head, tail, out, err);
}
