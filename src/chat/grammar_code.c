/* grammar_code.c - a checked tree to a program: byte ranges, classes, forks, calls. Choices that can never end are left out. */
#include <string.h>

#include "chat/grammar_int.h"

typedef struct writer {
    xb_gtree   *t;
    xb_grammar *g;
    size_t      tails; /* the instructions [2, tails) read the rest of characters */
} writer;

static xybrid_status emit(xb_grammar *g, uint32_t op, uint32_t x, uint32_t y, xybrid_error *err) {
    XB_TRY(xb_grow(g->mem, (void **)&g->code, &g->code_room, g->code_count, sizeof *g->code, XB_MAX_GRAMMAR_CODE,
                   "instructions of a grammar (repetitions are written out; XB_MAX_GRAMMAR_CODE)", err));
    g->code[g->code_count++] = (xb_gop){ op & 15, x & 0xFFFFFFF, y };
    return XYBRID_OK;
}

/* ---- classes: code points above ASCII as UTF-8 ---- */

/* An instruction for a byte lo..hi and then `go`, each kept once. */
static xybrid_status tail(writer *w, uint32_t lo, uint32_t hi, uint32_t go, uint32_t *out, xybrid_error *err) {
    const uint32_t x = lo | hi << 8;
    for (size_t i = 2; i < w->g->code_count; i++)
        if (w->g->code[i].x == x && w->g->code[i].y == go) {
            *out = (uint32_t)i;
            return XYBRID_OK;
        }
    *out = (uint32_t)w->g->code_count;
    return emit(w->g, XB_OP_BYTES, x, go, err);
}

static xybrid_status sequence_of(writer *w, const uint8_t *lo, const uint8_t *hi, int size, xybrid_error *err) {
    xb_grammar *g = w->g;
    uint32_t    go = XB_GOP_RETURN;
    for (int i = size - 1; i > 0; i--) XB_TRY(tail(w, lo[i], hi[i], go, &go, err));
    XB_TRY(xb_grow(g->mem, (void **)&g->leads, &g->lead_room, g->lead_count, sizeof *g->leads, XB_MAX_GRAMMAR_CODE,
                   "byte sequences of a grammar's classes", err));
    g->leads[g->lead_count++] = (xb_glead){ lo[0], hi[0], go };
    return XYBRID_OK;
}

static int utf8_bytes(uint32_t c, uint8_t *out) {
    if (c < 0x800) return out[0] = (uint8_t)(0xC0 | c >> 6), out[1] = (uint8_t)(0x80 | (c & 63)), 2;
    const int size = c < 0x10000 ? 3 : 4;
    for (int i = size - 1; i > 0; i--, c >>= 6) out[i] = (uint8_t)(0x80 | (c & 63));
    out[0] = (uint8_t)((size == 3 ? 0xE0 : 0xF0) | c);
    return size;
}

/* Cuts [lo, hi] where the length changes, at the surrogates, and where a byte behind the first that differs is not at its end
 * (Russ Cox, "Regular Expression Matching in the Wild", 2010). What is left is one range a byte. */
static xybrid_status add_points(writer *w, uint32_t lo, uint32_t hi, xybrid_error *err) {
    static const uint32_t ends[] = { 0x7FF, 0xD7FF, 0xFFFF, 0x10FFFF };
    uint8_t               a[4], b[4];
    if (lo >= 0xD800 && lo <= 0xDFFF) lo = 0xE000;
    while (lo <= hi) {
        uint32_t end = hi;
        for (int i = 0; i < 4; i++)
            if (lo <= ends[i] && end > ends[i]) end = ends[i];
        for (int bits = 6; bits <= 18; bits += 6) {
            const uint32_t mask = (1u << bits) - 1;
            if ((lo & ~mask) == (end & ~mask)) break;
            if (lo & mask) end = lo | mask;
            else if ((end & mask) != mask) end = (end & ~mask) - 1;
        }
        const int size = utf8_bytes(lo, a);
        (void)utf8_bytes(end, b);
        XB_TRY(sequence_of(w, a, b, size, err));
        lo = end + 1;
        if (lo == 0xD800) lo = 0xE000;
    }
    return XYBRID_OK;
}

static xybrid_status write_sets(writer *w, xybrid_error *err) {
    const xb_gtree *t = w->t;
    xb_grammar     *g = w->g;
    g->sets = xb_calloc(g->mem, t->set_count + 1, sizeof *g->sets, err);
    if (!g->sets) return err->code;
    for (; g->set_count < t->set_count; g->set_count++) {
        const xb_gset_source *s = &t->sets[g->set_count];
        xb_gset              *out = &g->sets[g->set_count];
        out->first = (uint32_t)g->lead_count;
        for (uint32_t i = 0; i < s->count; i++) {
            const xb_grange r = t->ranges[s->first + i];
            for (uint32_t c = r.lo; c <= r.hi && c < 128; c++) out->ascii[c / 32] |= 1u << c % 32;
            if (r.hi >= 128) XB_TRY(add_points(w, r.lo < 128 ? 128 : r.lo, r.hi, err));
        }
        out->count = (uint32_t)g->lead_count - out->first;
    }
    return XYBRID_OK;
}

/* ---- rules ---- */

static xybrid_status write_node(writer *w, uint32_t node, xybrid_error *err);

static xybrid_status write_choice(writer *w, const xb_gnode *n, xybrid_error *err) {
    xb_grammar *g = w->g;
    uint32_t    gone = XB_G_NONE, fork = XB_G_NONE; /* GO instructions to the end, chained by x */
    for (uint32_t c = n->a; c != XB_G_NONE; c = w->t->nodes[c].next) {
        if (!w->t->can_end[c]) continue;
        if (fork != XB_G_NONE) {
            const uint32_t at = (uint32_t)g->code_count;
            XB_TRY(emit(g, XB_OP_GO, 0, gone, err));
            gone = at;
            g->code[fork].y = at + 1;
        }
        fork = (uint32_t)g->code_count;
        XB_TRY(emit(g, XB_OP_FORK, fork + 1, 0, err));
        XB_TRY(write_node(w, c, err));
    }
    if (fork != XB_G_NONE) g->code[fork].op = XB_OP_GO; /* the last one has no other */
    while (gone != XB_G_NONE) {
        const uint32_t before = g->code[gone].y;
        g->code[gone].x = (uint32_t)g->code_count & 0xFFFFFFF;
        gone = before;
    }
    return XYBRID_OK;
}

static xybrid_status write_repeat(writer *w, const xb_gnode *n, xybrid_error *err) {
    xb_grammar    *g = w->g;
    const uint32_t copies = n->c == XB_G_FOREVER ? n->b : n->c;
    uint32_t       start = (uint32_t)g->code_count, gone = XB_G_NONE;
    if (!w->t->can_end[n->a]) return XYBRID_OK; /* only zero times */
    if (copies == 0 && n->c == XB_G_FOREVER) {
        XB_TRY(emit(g, XB_OP_FORK, start + 1, 0, err));
        XB_TRY(write_node(w, n->a, err));
        XB_TRY(emit(g, XB_OP_GO, start, 0, err));
        g->code[start].y = (uint32_t)g->code_count;
        return XYBRID_OK;
    }
    for (uint32_t i = 0; i < copies; i++) {
        start = (uint32_t)g->code_count;
        if (i >= n->b) {
            XB_TRY(emit(g, XB_OP_FORK, start + 1, gone, err));
            gone = start;
        }
        XB_TRY(write_node(w, n->a, err));
    }
    if (n->c == XB_G_FOREVER) {
        const uint32_t at = (uint32_t)g->code_count;
        XB_TRY(emit(g, XB_OP_FORK, start, at + 1, err));
    }
    while (gone != XB_G_NONE) {
        const uint32_t before = g->code[gone].y;
        g->code[gone].y = (uint32_t)g->code_count;
        gone = before;
    }
    return XYBRID_OK;
}

static xybrid_status write_node(writer *w, uint32_t node, xybrid_error *err) {
    const xb_gnode n = w->t->nodes[node];
    xb_grammar    *g = w->g;
    const uint32_t next = (uint32_t)g->code_count + 1;
    switch (n.kind) {
    case XB_G_LITERAL:
        for (uint32_t i = 0; i < n.b; i++) {
            const uint8_t byte = (uint8_t)w->t->literals[n.a + i];
            XB_TRY(emit(g, XB_OP_BYTES, byte | (uint32_t)byte << 8, next + i, err));
        }
        return XYBRID_OK;
    case XB_G_SET: return emit(g, XB_OP_SET, n.a, next, err);
    case XB_G_RULE: return emit(g, XB_OP_CALL, n.a, next, err);
    case XB_G_CHOICE: return write_choice(w, &n, err);
    case XB_G_REPEAT: return write_repeat(w, &n, err);
    default:
        if (!n.b) return XYBRID_OK;
        for (uint32_t c = n.a; c != XB_G_NONE; c = w->t->nodes[c].next) XB_TRY(write_node(w, c, err));
        return XYBRID_OK;
    }
}

/* Where a place leads by GO alone; a ring of them stays where it is. */
static uint32_t follow(const xb_grammar *g, uint32_t at) {
    for (int i = 0; i < 64 && g->code[at].op == XB_OP_GO; i++) at = g->code[at].x;
    return at;
}

/* Calls get the places of their rules; a call that nothing follows needs no return. */
static void link_code(writer *w) {
    xb_grammar *g = w->g;
    for (size_t i = w->tails; i < g->code_count; i++) {
        xb_gop *op = &g->code[i];
        if (op->op == XB_OP_CALL) {
            op->x = w->t->rules[op->x].start & 0xFFFFFFF;
            op->y = follow(g, op->y);
            if (g->code[op->y].op == XB_OP_RETURN) op->op = XB_OP_GO;
        } else if (op->op == XB_OP_BYTES || op->op == XB_OP_SET) op->y = follow(g, op->y);
    }
}

/* Bytes that no instruction tells apart are one class. */
static void classify(xb_grammar *g) {
    uint8_t cut[257] = { 0 }; /* a class begins here */
    for (size_t i = 0; i < g->code_count; i++)
        if (g->code[i].op == XB_OP_BYTES) cut[g->code[i].x & 255] = 1, cut[(g->code[i].x >> 8) + 1] = 1;
    for (size_t i = 0; i < g->lead_count; i++) cut[g->leads[i].lo] = 1, cut[g->leads[i].hi + 1] = 1;
    for (size_t i = 0; i < g->set_count; i++) {
        uint32_t before = 0;
        for (uint32_t c = 0; c <= 128; c++) {
            const uint32_t bit = c < 128 ? g->sets[i].ascii[c / 32] >> c % 32 & 1 : 0;
            if (bit != before) cut[c] = 1;
            before = bit;
        }
    }
    uint32_t class = 0;
    for (uint32_t c = 0; c < 256; c++) {
        class += c > 0 && cut[c];
        g->class_of[c] = (uint8_t)class;
    }
    g->class_count = class + 1;
}

xybrid_status xb_grammar_write(xb_gtree *t, xb_grammar *g, xybrid_error *err) {
    writer w = { t, g, 0 };
    XB_TRY(emit(g, XB_OP_END, 0, 0, err));
    XB_TRY(emit(g, XB_OP_RETURN, 0, 0, err));
    XB_TRY(write_sets(&w, err));
    w.tails = g->code_count;
    for (size_t r = 0; r < t->rule_count; r++) {
        t->rules[r].start = (uint32_t)g->code_count;
        if (t->can_end[t->rules[r].body]) XB_TRY(write_node(&w, t->rules[r].body, err));
        XB_TRY(emit(g, XB_OP_RETURN, 0, 0, err));
    }
    link_code(&w);
    g->start = t->rules[t->root].start;
    classify(g);
    return XYBRID_OK;
}

xybrid_status xb_grammar_compile(xb_mem *mem, const char *gbnf, size_t size, xb_grammar **out, xybrid_error *err) {
    xb_grammar   *g = xb_calloc(mem, 1, sizeof *g, err);
    xb_gtree     *t = g ? xb_calloc(mem, 1, sizeof *t, err) : NULL;
    xybrid_status st = XYBRID_OK;
    if (!t) {
        xb_free(mem, g);
        return err->code;
    }
    g->mem = t->mem = mem, t->text = gbnf, t->size = size;
    XB_TRY_OUT(xb_gtree_parse(t, err));
    XB_TRY_OUT(xb_gtree_check(t, err));
    XB_TRY_OUT(xb_grammar_write(t, g, err));
    *out = g, g = NULL;
out:
    xb_gtree_free(t), xb_free(mem, t);
    xb_grammar_free(g);
    return st;
}

void xb_grammar_free(xb_grammar *g) {
    if (!g) return;
    xb_free(g->mem, g->code), xb_free(g->mem, g->sets), xb_free(g->mem, g->leads);
    xb_free(g->mem, g);
}
