/* grammar_vocabulary.c - a model's tokens as a tree of bytes, so that what they share is looked at once. */
#include <string.h>

#include "chat/grammar_int.h"

static size_t piece_size(const xb_grammar_vocabulary *v, uint32_t token) { return v->offsets[token + 1] - v->offsets[token]; }

static int compare(const xb_grammar_vocabulary *v, uint32_t a, uint32_t b) {
    const size_t na = piece_size(v, a), nb = piece_size(v, b);
    const int    c = memcmp(v->bytes + v->offsets[a], v->bytes + v->offsets[b], na < nb ? na : nb);
    return c ? c : (na > nb) - (na < nb);
}

/* Merge sort from the smallest runs up; `other` is as long as x. */
static uint32_t *sort_tokens(const xb_grammar_vocabulary *v, uint32_t *x, uint32_t *other, size_t count) {
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            const size_t middle = start + run < count ? start + run : count, end = middle + run < count ? middle + run : count;
            size_t       i = start, k = middle;
            for (size_t to = start; to < end; to++) {
                const int takes_first = i < middle && (k >= end || compare(v, x[i], x[k]) <= 0);
                other[to] = takes_first ? x[i++] : x[k++];
            }
        }
        uint32_t *swap = x;
        x = other, other = swap;
    }
    return x;
}

static xybrid_status read_pieces(xb_grammar_vocabulary *v, const xb_grammar_pieces *pieces, xybrid_error *err) {
    size_t room = 0, used = 0;
    for (uint32_t t = 0; t < v->count; t++) {
        const char *bytes = "";
        size_t      size = 0;
        int         flags = 0;
        XB_TRY(pieces->get(pieces->ctx, (int32_t)t, &bytes, &size, &flags, err));
        if (flags & (XB_PIECE_END | XB_PIECE_NEVER)) size = 0;
        else if (size == 0 || size >= XB_MAX_TOKEN_BYTES) flags = XB_PIECE_NEVER, size = 0;
        if (used + size > UINT32_MAX / 2)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "vocabulary", "a vocabulary of more than 2 GB of text");
        if (used + size > room) {
            room = (used + size) * 2 + 4096;
            char *grown = xb_realloc(v->mem, v->bytes, room, err);
            if (!grown) return err->code;
            v->bytes = grown;
        }
        if (size) memcpy(v->bytes + used, bytes, size);
        used += size;
        v->offsets[t + 1] = (uint32_t)used;
        v->flags[t] = (uint8_t)(flags & XB_PIECE_END ? XB_PIECE_END : flags & XB_PIECE_NEVER);
        if (size) v->sorted[v->sorted_count++] = t;
        if (size > v->longest) v->longest = (uint32_t)size;
    }
    return XYBRID_OK;
}

static size_t common(const xb_grammar_vocabulary *v, uint32_t a, uint32_t b) {
    const size_t na = piece_size(v, a), nb = piece_size(v, b);
    const char  *x = v->bytes + v->offsets[a], *y = v->bytes + v->offsets[b];
    size_t       n = 0;
    while (n < na && n < nb && x[n] == y[n]) n++;
    return n;
}

/* path[d]: the open node of depth d + 1. Without `nodes` the nodes are only counted. */
static void grow_tree(xb_grammar_vocabulary *v, uint32_t *path) {
    uint32_t count = 0, depth = 0;
    for (uint32_t i = 0; i < v->sorted_count; i++) {
        const uint32_t token = v->sorted[i];
        const uint32_t size = (uint32_t)piece_size(v, token), shared = i ? (uint32_t)common(v, v->sorted[i - 1], token) : 0;
        for (; depth > shared; depth--)
            if (v->nodes) v->nodes[path[depth - 1]].next = count;
        for (; depth < size; count++) {
            if (v->nodes)
                v->nodes[count] = (xb_gtrie_node){ 0, i, (uint16_t)(depth + 1), (uint8_t)v->bytes[v->offsets[token] + depth] };
            path[depth++] = count;
        }
    }
    for (; depth > 0; depth--)
        if (v->nodes) v->nodes[path[depth - 1]].next = count;
    if (v->nodes) v->nodes[count] = (xb_gtrie_node){ count, v->sorted_count, 0, 0 };
    v->node_count = count;
}

static xybrid_status build(xb_grammar_vocabulary *v, const xb_grammar_pieces *pieces, xybrid_error *err) {
    v->offsets = xb_calloc(v->mem, (size_t)v->count + 1, sizeof *v->offsets, err);
    v->flags = v->offsets ? xb_calloc(v->mem, v->count, 1, err) : NULL;
    v->sorted = v->flags ? xb_calloc(v->mem, v->count, sizeof *v->sorted, err) : NULL;
    if (!v->sorted) return err->code;
    XB_TRY(read_pieces(v, pieces, err));
    uint32_t *other = xb_calloc(v->mem, v->count, sizeof *other, err);
    if (!other) return err->code;
    uint32_t *sorted = sort_tokens(v, v->sorted, other, v->sorted_count);
    xb_free(v->mem, sorted == v->sorted ? other : v->sorted);
    v->sorted = sorted;
    uint32_t *path = xb_calloc(v->mem, (size_t)v->longest + 1, sizeof *path, err);
    if (!path) return err->code;
    grow_tree(v, path);
    v->nodes = xb_calloc(v->mem, (size_t)v->node_count + 1, sizeof *v->nodes, err);
    if (v->nodes) grow_tree(v, path);
    xb_free(v->mem, path);
    return v->nodes ? XYBRID_OK : err->code;
}

xybrid_status xb_grammar_vocabulary_open(xb_mem *mem, const xb_grammar_pieces *pieces, xb_grammar_vocabulary **out,
                                         xybrid_error *err) {
    if (pieces->count < 1 || pieces->count > XB_MAX_VOCABULARY)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "vocabulary",
                       "a vocabulary of %d tokens, wanted 1..%d (XB_MAX_VOCABULARY)", pieces->count, XB_MAX_VOCABULARY);
    xb_grammar_vocabulary *v = xb_calloc(mem, 1, sizeof *v, err);
    if (!v) return err->code;
    v->mem = mem, v->count = (uint32_t)pieces->count;
    const xybrid_status st = build(v, pieces, err);
    if (st == XYBRID_OK) *out = v;
    else xb_grammar_vocabulary_free(v);
    return st;
}

void xb_grammar_vocabulary_free(xb_grammar_vocabulary *v) {
    if (!v) return;
    xb_free(v->mem, v->bytes), xb_free(v->mem, v->offsets), xb_free(v->mem, v->sorted), xb_free(v->mem, v->nodes);
    xb_free(v->mem, v->flags), xb_free(v->mem, v);
}

int32_t xb_grammar_vocabulary_count(const xb_grammar_vocabulary *v) { return (int32_t)v->count; }
