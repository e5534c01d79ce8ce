/* grammar_match.c - one text that follows a grammar: its state, token by token, and which tokens go on. */
#include <string.h>

#include "chat/grammar_int.h"

enum { MASKS = 64 };

struct xb_grammar_state {
    xb_mem                      *mem;
    const xb_grammar_vocabulary *v;
    xb_glists                    lists;
    uint32_t                     start, now;
    int                          has_ended;
    uint32_t                    *path;  /* [longest piece + 1] states along a path of the tree */
    uint32_t                    *masks; /* [mask_count][words] */
    size_t                       mask_count, mask_max, next_mask, words;
    struct {
        uint32_t state; /* + 1; 0: none */
        int32_t  allowed;
    } mask_of[MASKS];
};

/* Before states are made. *also: one more that is kept. */
static void begin(xb_grammar_state *s, uint32_t *also) {
    s->lists.work = XB_MAX_GRAMMAR_WORK;
    if (xb_glists_bytes(&s->lists) <= XB_MAX_GRAMMAR_CACHE_BYTES) return;
    uint32_t keep[3] = { s->start, s->now, *also };
    xb_glists_forget(&s->lists, keep, 3);
    s->start = keep[0], s->now = keep[1], *also = keep[2];
    memset(s->mask_of, 0, sizeof s->mask_of);
}

static xybrid_status open_state(xb_mem *mem, const xb_grammar *g, const xb_grammar_vocabulary *v, xb_grammar_state *s,
                                xybrid_error *err) {
    s->mem = mem, s->v = v;
    XB_TRY(xb_glists_open(&s->lists, mem, g, &s->start, err));
    s->now = s->start;
    if (!v) return XYBRID_OK;
    s->words = ((size_t)v->count + 31) / 32;
    s->mask_max = XB_MAX_GRAMMAR_MASK_BYTES / (s->words * sizeof *s->masks);
    if (s->mask_max > MASKS) s->mask_max = MASKS;
    s->path = xb_calloc(mem, (size_t)v->longest + 1, sizeof *s->path, err);
    return s->path ? XYBRID_OK : err->code;
}

xybrid_status xb_grammar_state_open(xb_mem *mem, const xb_grammar *g, const xb_grammar_vocabulary *v, xb_grammar_state **out,
                                    xybrid_error *err) {
    xb_grammar_state *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    const xybrid_status st = open_state(mem, g, v, s, err);
    if (st == XYBRID_OK) *out = s;
    else xb_grammar_state_free(s);
    return st;
}

void xb_grammar_state_free(xb_grammar_state *s) {
    if (!s) return;
    if (s->lists.mem) xb_glists_free(&s->lists);
    xb_free(s->mem, s->path), xb_free(s->mem, s->masks), xb_free(s->mem, s);
}

xybrid_status xb_grammar_clone(xb_mem *mem, const xb_grammar_state *s, xb_grammar_state **out, xybrid_error *err) {
    xb_grammar_state *copy = NULL;
    XB_TRY(xb_grammar_state_open(mem, s->lists.g, s->v, &copy, err));
    const xybrid_status st = xb_glists_copy(&copy->lists, &s->lists, s->now, &copy->now, err);
    copy->has_ended = s->has_ended;
    if (st == XYBRID_OK) *out = copy;
    else xb_grammar_state_free(copy);
    return st;
}

void xb_grammar_reset(xb_grammar_state *s) { s->now = s->start, s->has_ended = 0; }

int xb_grammar_can_end(const xb_grammar_state *s) { return xb_glists_can_end(&s->lists, s->now); }

int xb_grammar_must_end(const xb_grammar_state *s) {
    return xb_grammar_can_end(s) && s->lists.lists[s->lists.state_list[s->now]].count == 1;
}

int xb_grammar_has_ended(const xb_grammar_state *s) { return s->has_ended; }

/* *at: the first byte that leads nowhere, `size` if there is none. */
static xybrid_status run(xb_grammar_state *s, const char *bytes, size_t size, uint32_t *state, size_t *at, xybrid_error *err) {
    *state = s->now;
    for (*at = 0; *at < size; ++*at) {
        begin(s, state);
        XB_TRY(xb_glists_step(&s->lists, *state, (uint8_t)bytes[*at], state, err));
        if (*state == XB_STATE_DEAD) return XYBRID_OK;
    }
    return XYBRID_OK;
}

static xybrid_status run_token(xb_grammar_state *s, int32_t token, uint32_t *state, int *is_allowed, xybrid_error *err) {
    const xb_grammar_vocabulary *v = s->v;
    size_t                       at = 0;
    *is_allowed = 0, *state = s->now;
    if (!v || token < 0 || (uint32_t)token >= v->count || s->has_ended || v->flags[token] & XB_PIECE_NEVER) return XYBRID_OK;
    if (v->flags[token] & XB_PIECE_END) return *is_allowed = xb_grammar_can_end(s), XYBRID_OK;
    const size_t size = v->offsets[token + 1] - v->offsets[token];
    XB_TRY(run(s, v->bytes + v->offsets[token], size, state, &at, err));
    *is_allowed = at == size;
    return XYBRID_OK;
}

xybrid_status xb_grammar_allowed(xb_grammar_state *s, int32_t token, int *is_allowed, xybrid_error *err) {
    uint32_t state = 0;
    return run_token(s, token, &state, is_allowed, err);
}

xybrid_status xb_grammar_accept(xb_grammar_state *s, int32_t token, xybrid_error *err) {
    uint32_t state = 0;
    int      is_allowed = 0;
    XB_TRY(run_token(s, token, &state, &is_allowed, err));
    if (!is_allowed)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "grammar", "token %d may not come here; wanted one that the mask names",
                       token);
    s->has_ended = s->v->flags[token] & XB_PIECE_END ? 1 : 0;
    s->now = state;
    return XYBRID_OK;
}

xybrid_status xb_grammar_accept_bytes(xb_grammar_state *s, const void *bytes, size_t size, xybrid_error *err) {
    uint32_t state = 0;
    size_t   at = 0;
    XB_TRY(run(s, bytes, size, &state, &at, err));
    if (at < size || (s->has_ended && size))
        return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, (int64_t)at, "grammar", "byte %lld of %lld may not come here",
                          (long long)at, (long long)size);
    s->now = state;
    return XYBRID_OK;
}

/* ---- masks ---- */

static int32_t set_bits(uint32_t *bits, const uint32_t *tokens, size_t count) {
    for (size_t i = 0; i < count; i++) bits[tokens[i] / 32] |= 1u << tokens[i] % 32;
    return (int32_t)count;
}

/* All paths of the tree that the grammar can follow, each node once. A step that is known costs one look-up. */
static xybrid_status walk(xb_grammar_state *s, uint32_t *bits, int32_t *allowed, xybrid_error *err) {
    const xb_grammar_vocabulary *v = s->v;
    const xb_gtrie_node         *nodes = v->nodes;
    const uint8_t               *class_of = s->lists.g->class_of;
    const size_t                 classes = s->lists.g->class_count;
    uint32_t                    *path = s->path;
    const uint32_t              *steps = s->lists.steps;
    path[0] = s->now;
    for (uint32_t i = 0; i < v->node_count;) {
        const xb_gtrie_node n = nodes[i];
        uint32_t            to = steps[path[n.depth - 1] * classes + class_of[n.byte]];
        if (to == XB_STATE_UNKNOWN) {
            XB_TRY(xb_glists_step(&s->lists, path[n.depth - 1], n.byte, &to, err));
            steps = s->lists.steps;
        }
        if (to == XB_STATE_DEAD) {
            i = n.next;
            continue;
        }
        path[n.depth] = to;
        const uint32_t end = nodes[++i].first;
        if (end > n.first) *allowed += set_bits(bits, v->sorted + n.first, end - n.first);
    }
    return XYBRID_OK;
}

/* A mask that costs more than to remember it is kept, the oldest one goes. Without memory nothing is kept. */
static void remember(xb_grammar_state *s, const uint32_t *bits, int32_t allowed) {
    xybrid_error ignored;
    if (s->mask_count < s->mask_max) {
        uint32_t *grown = xb_realloc(s->mem, s->masks, (s->mask_count + 1) * s->words * sizeof *grown, &ignored);
        if (!grown) return;
        s->masks = grown;
        s->next_mask = s->mask_count++;
    } else if (s->mask_max) s->next_mask = (s->next_mask + 1) % s->mask_max;
    else return;
    memcpy(s->masks + s->next_mask * s->words, bits, s->words * sizeof *bits);
    s->mask_of[s->next_mask].state = s->now + 1, s->mask_of[s->next_mask].allowed = allowed;
}

xybrid_status xb_grammar_mask(xb_grammar_state *s, uint32_t *bits, int32_t *allowed, xybrid_error *err) {
    const xb_grammar_vocabulary *v = s->v;
    int32_t                      count = 0;
    uint32_t                     now = s->now;
    if (!v) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "grammar", "a mask without a vocabulary");
    begin(s, &now);
    for (size_t i = 0; i < s->mask_count && !s->has_ended; i++) {
        if (s->mask_of[i].state != s->now + 1) continue;
        memcpy(bits, s->masks + i * s->words, s->words * sizeof *bits);
        *allowed = s->mask_of[i].allowed;
        return XYBRID_OK;
    }
    memset(bits, 0, s->words * sizeof *bits);
    if (!s->has_ended) {
        XB_TRY(walk(s, bits, &count, err));
        for (uint32_t t = 0; t < v->count && xb_grammar_can_end(s); t++)
            if (v->flags[t] & XB_PIECE_END) count += set_bits(bits, &t, 1);
        remember(s, bits, count);
    }
    *allowed = count;
    return XYBRID_OK;
}
