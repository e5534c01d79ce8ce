/* grammar_lists.c - sets of places: kept once each, joined, closed over what reads nothing, and stepped by a byte. */
#include <string.h>

#include "chat/grammar_int.h"

enum { EMPTY, WAY_OUT };

static xybrid_status too_much(xybrid_error *err, const char *limit) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "grammar",
                   "the grammar is too ambiguous: one call passed the limit %s; give its alternatives different beginnings",
                   limit);
}

static xybrid_status work(xb_glists *l, int64_t amount, xybrid_error *err) {
    l->work -= amount;
    return l->work < 0 ? too_much(err, "XB_MAX_GRAMMAR_WORK") : XYBRID_OK;
}

/* ---- lists ---- */

static uint32_t hash_places(const xb_gplace *p, size_t count) {
    uint32_t h = UINT32_C(2166136261);
    for (size_t i = 0; i < count; i++) h = ((h ^ p[i].at) * UINT32_C(16777619) ^ p[i].back) * UINT32_C(0x9E3779B1);
    return h ^ h >> 15;
}

static void put_slot(xb_glists *l, uint32_t list) {
    size_t i = l->lists[list].hash & (l->slot_count - 1);
    while (l->slots[i]) i = (i + 1) & (l->slot_count - 1);
    l->slots[i] = list + 1;
}

static xybrid_status grow_slots(xb_glists *l, xybrid_error *err) {
    if ((l->list_count + 1) * 2 <= l->slot_count) return XYBRID_OK;
    const size_t count = l->slot_count ? l->slot_count * 2 : 64;
    uint32_t    *slots = xb_calloc(l->mem, count, sizeof *slots, err);
    if (!slots) return err->code;
    xb_free(l->mem, l->slots);
    l->slots = slots, l->slot_count = count;
    for (uint32_t i = 0; i < l->list_count; i++) put_slot(l, i);
    return XYBRID_OK;
}

size_t xb_glists_bytes(const xb_glists *l) {
    return l->place_count * sizeof *l->places + l->list_count * (sizeof *l->lists + 2 * sizeof *l->slots) +
           l->state_count * (1 + l->g->class_count) * sizeof *l->steps;
}

/* The number of the list of these places, ascending. They may lie in `places` or `todo`. */
static xybrid_status intern(xb_glists *l, const xb_gplace *p, size_t count, uint32_t *out, xybrid_error *err) {
    const uint32_t hash = hash_places(p, count);
    for (size_t i = hash; l->slot_count; i++) {
        const uint32_t slot = l->slots[i & (l->slot_count - 1)];
        if (!slot) break;
        const xb_glist *list = &l->lists[slot - 1];
        if (list->hash != hash || list->count != count) continue;
        if (count && memcmp(l->places + list->first, p, count * sizeof *p) != 0) continue;
        *out = slot - 1;
        return XYBRID_OK;
    }
    if (xb_glists_bytes(l) > XB_MAX_GRAMMAR_CALL_BYTES) return too_much(err, "XB_MAX_GRAMMAR_CALL_BYTES");
    uint32_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t below = l->lists ? l->lists[p[i].back].depth + 1 : 0;
        if (below > depth) depth = below;
    }
    XB_TRY(grow_slots(l, err));
    XB_TRY(xb_grow(l->mem, (void **)&l->lists, &l->list_room, l->list_count, sizeof *l->lists, UINT32_MAX / 2, "lists", err));
    for (size_t i = 0; i < count; i++) {
        const xb_gplace copy = p[i];
        XB_TRY(xb_grow(l->mem, (void **)&l->places, &l->place_room, l->place_count + i, sizeof *l->places, UINT32_MAX / 2,
                       "places", err));
        l->places[l->place_count + i] = copy;
    }
    *out = (uint32_t)l->list_count++;
    l->lists[*out] = (xb_glist){ (uint32_t)l->place_count, (uint32_t)count, hash, depth, 0 };
    l->place_count += count;
    put_slot(l, *out);
    return XYBRID_OK;
}

static xybrid_status push(xb_glists *l, uint32_t at, uint32_t back, xybrid_error *err) {
    XB_TRY(xb_grow(l->mem, (void **)&l->todo, &l->todo_room, l->todo_count, sizeof *l->todo, UINT32_MAX / 2, "places", err));
    l->todo[l->todo_count++] = (xb_gplace){ at, back };
    return XYBRID_OK;
}

/* All that is in a or b: where both have a place, its returns are joined. As deep as the lists, at most XB_MAX_GRAMMAR_DEPTH. */
static xybrid_status join(xb_glists *l, uint32_t a, uint32_t b, uint32_t *out, xybrid_error *err) {
    if (a > b) {
        const uint32_t swap = a;
        a = b, b = swap;
    }
    if (a == b || a == EMPTY) return *out = b, XYBRID_OK;
    const size_t memo = (a * UINT32_C(0x9E3779B1) ^ b) >> 7 & (sizeof l->unions / sizeof l->unions[0] - 1);
    if (l->unions[memo].a == a && l->unions[memo].b == b) return *out = l->unions[memo].result, XYBRID_OK;
    const size_t   base = l->todo_count;
    const uint32_t a_end = l->lists[a].first + l->lists[a].count, b_end = l->lists[b].first + l->lists[b].count;
    uint32_t       i = l->lists[a].first, k = l->lists[b].first;
    XB_TRY(work(l, a_end - i + b_end - k, err));
    while (i < a_end || k < b_end) {
        const xb_gplace *p = i < a_end ? &l->places[i] : NULL, *q = k < b_end ? &l->places[k] : NULL;
        const int        takes_p = p && (!q || p->at <= q->at), takes_q = q && (!p || q->at <= p->at);
        const uint32_t   at = takes_p ? p->at : q->at;
        uint32_t         back = takes_p ? p->back : q->back;
        if (takes_p && takes_q) XB_TRY(join(l, p->back, q->back, &back, err));
        XB_TRY(push(l, at, back, err));
        i += (uint32_t)takes_p, k += (uint32_t)takes_q;
    }
    XB_TRY(intern(l, l->todo + base, l->todo_count - base, out, err));
    l->todo_count = base;
    l->unions[memo].a = a, l->unions[memo].b = b, l->unions[memo].result = *out;
    return XYBRID_OK;
}

/* ---- closure ---- */

/* Goes on from a place of the worklist by what reads no byte. */
static xybrid_status expand(xb_glists *l, uint32_t at, uint32_t back, xybrid_error *err) {
    const xb_gop op = l->g->code[at];
    xb_gplace    call = { op.y, back };
    uint32_t     list = 0;
    switch (op.op) {
    case XB_OP_FORK: XB_TRY(push(l, op.y, back, err)); return push(l, op.x, back, err);
    case XB_OP_GO: return push(l, op.x, back, err);
    case XB_OP_CALL:
        XB_TRY(intern(l, &call, 1, &list, err));
        if (l->lists[list].depth > XB_MAX_GRAMMAR_DEPTH) return XYBRID_OK; /* deeper than is allowed */
        return push(l, op.x, list, err);
    case XB_OP_RETURN:
        XB_TRY(work(l, l->lists[back].count, err));
        for (uint32_t i = 0; i < l->lists[back].count; i++) {
            const xb_gplace p = l->places[l->lists[back].first + i];
            XB_TRY(push(l, p.at, p.back, err));
        }
        return XYBRID_OK;
    default: return XYBRID_OK;
    }
}

static void sort_numbers(uint32_t *x, size_t count) {
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count; i++) {
            const uint32_t v = x[i];
            size_t         k = i;
            for (; k >= gap && x[k - gap] > v; k -= gap) x[k] = x[k - gap];
            x[k] = v;
        }
}

/* Follows all of `todo`. A place that is met again with more ways back is followed again with all of them: the sets only
 * grow, so this ends. */
static xybrid_status follow_all(xb_glists *l, xybrid_error *err) {
    while (l->todo_count) {
        const xb_gplace p = l->todo[--l->todo_count];
        uint32_t        back = p.back;
        XB_TRY(work(l, 1, err));
        if (l->seen[p.at]) {
            const uint32_t before = l->seen[p.at] - 1;
            XB_TRY(join(l, before, back, &back, err));
            if (back == before) continue;
        } else {
            XB_TRY(xb_grow(l->mem, (void **)&l->touched, &l->touched_room, l->touched_count, sizeof *l->touched, UINT32_MAX / 2,
                           "places", err));
            l->touched[l->touched_count++] = p.at;
        }
        l->seen[p.at] = back + 1;
        XB_TRY(expand(l, p.at, back, err));
    }
    return XYBRID_OK;
}

static xybrid_status state_of(xb_glists *l, uint32_t list, uint32_t *out, xybrid_error *err) {
    if (l->lists[list].state) return *out = l->lists[list].state - 1, XYBRID_OK;
    const size_t n = l->g->class_count;
    XB_TRY(xb_grow(l->mem, (void **)&l->state_list, &l->state_room, l->state_count, sizeof *l->state_list, UINT32_MAX / 2,
                   "states", err));
    XB_TRY(xb_grow(l->mem, (void **)&l->steps, &l->step_room, l->state_count, n * sizeof *l->steps, UINT32_MAX / 2, "states",
                   err));
    memset(l->steps + l->state_count * n, 0xFF, n * sizeof *l->steps);
    l->state_list[l->state_count] = list;
    *out = (uint32_t)l->state_count++;
    l->lists[list].state = *out + 1;
    return XYBRID_OK;
}

/* The state of all that `todo` leads to. */
static xybrid_status close_todo(xb_glists *l, uint32_t *out, xybrid_error *err) {
    uint32_t      list = 0;
    xybrid_status st = follow_all(l, err);
    l->todo_count = 0;
    sort_numbers(l->touched, l->touched_count);
    for (size_t i = 0; i < l->touched_count; i++) {
        const uint32_t at = l->touched[i], op = l->g->code[at].op, back = l->seen[at] - 1;
        l->seen[at] = 0;
        if (st == XYBRID_OK && (op == XB_OP_BYTES || op == XB_OP_SET || op == XB_OP_END)) st = push(l, at, back, err);
    }
    l->touched_count = 0;
    if (st == XYBRID_OK) st = intern(l, l->todo, l->todo_count, &list, err);
    l->todo_count = 0;
    return st == XYBRID_OK ? state_of(l, list, out, err) : st;
}

/* ---- steps ---- */

/* A character of class `op.x` begins with this byte: the place that reads the rest returns to op.y. */
static xybrid_status step_set(xb_glists *l, xb_gop op, uint32_t back, uint8_t byte, xybrid_error *err) {
    const xb_gset *set = &l->g->sets[op.x];
    if (byte < 128) return set->ascii[byte / 32] >> byte % 32 & 1 ? push(l, op.y, back, err) : XYBRID_OK;
    XB_TRY(work(l, set->count / 8, err));
    for (uint32_t i = 0; i < set->count; i++) {
        const xb_glead *lead = &l->g->leads[set->first + i];
        const xb_gplace rest = { op.y, back };
        uint32_t        list = 0;
        if (byte < lead->lo || byte > lead->hi) continue;
        XB_TRY(intern(l, &rest, 1, &list, err));
        XB_TRY(push(l, lead->go, list, err));
    }
    return XYBRID_OK;
}

static xybrid_status make_step(xb_glists *l, uint32_t state, uint8_t byte, uint32_t *out, xybrid_error *err) {
    const xb_glist list = l->lists[l->state_list[state]];
    xybrid_status  st = work(l, list.count, err);
    l->todo_count = 0;
    for (uint32_t i = 0; i < list.count && st == XYBRID_OK; i++) {
        const xb_gplace p = l->places[list.first + i];
        const xb_gop    op = l->g->code[p.at];
        if (op.op == XB_OP_SET) st = step_set(l, op, p.back, byte, err);
        else if (op.op == XB_OP_BYTES && byte >= (op.x & 255) && byte <= op.x >> 8) st = push(l, op.y, p.back, err);
    }
    return st == XYBRID_OK ? close_todo(l, out, err) : st;
}

xybrid_status xb_glists_step(xb_glists *l, uint32_t state, uint8_t byte, uint32_t *out, xybrid_error *err) {
    const size_t at = state * (size_t)l->g->class_count + l->g->class_of[byte];
    uint32_t     next = l->steps[at];
    if (next == XB_STATE_UNKNOWN) {
        XB_TRY(make_step(l, state, byte, &next, err));
        l->steps[at] = next;
    }
    *out = next;
    return XYBRID_OK;
}

int xb_glists_can_end(const xb_glists *l, uint32_t state) {
    const xb_glist *list = &l->lists[l->state_list[state]];
    return list->count > 0 && l->places[list->first].at == XB_GOP_END;
}

/* ---- all of them ---- */

xybrid_status xb_glists_open(xb_glists *l, xb_mem *mem, const xb_grammar *g, uint32_t *start, xybrid_error *err) {
    const xb_gplace out = { XB_GOP_END, EMPTY };
    uint32_t        list = 0;
    l->mem = mem, l->g = g, l->work = XB_MAX_GRAMMAR_WORK;
    l->seen = xb_calloc(mem, g->code_count, sizeof *l->seen, err);
    if (!l->seen) return err->code;
    XB_TRY(intern(l, NULL, 0, &list, err));
    XB_TRY(state_of(l, EMPTY, &list, err));
    XB_TRY(intern(l, &out, 1, &list, err));
    XB_TRY(push(l, g->start, WAY_OUT, err));
    return close_todo(l, start, err);
}

void xb_glists_free(xb_glists *l) {
    xb_free(l->mem, l->places), xb_free(l->mem, l->lists), xb_free(l->mem, l->slots), xb_free(l->mem, l->todo);
    xb_free(l->mem, l->seen), xb_free(l->mem, l->touched), xb_free(l->mem, l->state_list), xb_free(l->mem, l->steps);
}

/* Moves the lists that the kept states reach down to the beginning. `state` marks them; `slots`, twice as long as the lists and
 * filled anew afterwards, holds their new numbers, which are never larger than the old ones. */
void xb_glists_forget(xb_glists *l, uint32_t *keep, size_t count) {
    uint32_t lists = 0, places = 0;
    for (size_t i = 0; i < l->list_count; i++) l->lists[i].state = i <= WAY_OUT;
    for (size_t i = 0; i < count; i++) keep[i] = l->state_list[keep[i]], l->lists[keep[i]].state = 1;
    for (size_t i = l->list_count; i-- > 0;)
        for (uint32_t k = 0; l->lists[i].state && k < l->lists[i].count; k++)
            l->lists[l->places[l->lists[i].first + k].back].state = 1;
    for (size_t i = 0; i < l->list_count; i++) {
        xb_glist list = l->lists[i];
        if (!list.state) continue;
        for (uint32_t k = 0; k < list.count; k++) {
            const xb_gplace p = l->places[list.first + k];
            l->places[places + k] = (xb_gplace){ p.at, l->slots[p.back] };
        }
        list.first = places, places += list.count, list.state = 0;
        list.hash = hash_places(l->places + list.first, list.count);
        l->lists[lists] = list;
        l->slots[i] = lists++;
    }
    for (size_t i = 0; i < count; i++) keep[i] = l->slots[keep[i]];
    l->list_count = lists, l->place_count = places, l->state_count = 0;
    memset(l->slots, 0, l->slot_count * sizeof *l->slots), memset(l->unions, 0, sizeof l->unions);
    for (uint32_t i = 0; i < lists; i++) put_slot(l, i);
    /* there is room: as many states were there before */
    (void)state_of(l, EMPTY, &places, NULL);
    for (size_t i = 0; i < count; i++) (void)state_of(l, keep[i], &keep[i], NULL);
}

xybrid_status xb_glists_copy(xb_glists *l, const xb_glists *from, uint32_t state, uint32_t *out, xybrid_error *err) {
    const uint32_t wanted = from->state_list[state];
    uint32_t      *map = xb_calloc(l->mem, wanted + 1, sizeof *map, err); /* 0: not needed; else new number + 1 */
    xybrid_status  st = map ? XYBRID_OK : err->code;
    if (!map) return st;
    map[wanted] = 1;
    for (size_t i = wanted + 1; i-- > 0;)
        for (uint32_t k = 0; map[i] && k < from->lists[i].count; k++) map[from->places[from->lists[i].first + k].back] = 1;
    for (size_t i = 0; i <= wanted && st == XYBRID_OK; i++) {
        if (!map[i]) continue;
        l->todo_count = 0;
        for (uint32_t k = 0; k < from->lists[i].count && st == XYBRID_OK; k++) {
            const xb_gplace p = from->places[from->lists[i].first + k];
            st = push(l, p.at, map[p.back] - 1, err);
        }
        if (st == XYBRID_OK) st = intern(l, l->todo, l->todo_count, &map[i], err);
        map[i]++;
    }
    l->todo_count = 0;
    if (st == XYBRID_OK) st = state_of(l, map[wanted] - 1, out, err);
    xb_free(l->mem, map);
    return st;
}
