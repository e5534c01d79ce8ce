/* engine/native/build_memory.c - where the values of a segment lie: one block with fixed offsets.
 *
 * Greedy by size: the largest value first, each at the lowest offset that overlaps no value that is alive at the same time and
 * has a place already (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv:2001.03288). A
 * value is alive from the step that writes it first to the one that reads it last. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/rebind.h"
#include "engine/native/run.h"

static int64_t aligned(int64_t size) { return (size + XB_BLOCK_ALIGN - 1) / XB_BLOCK_ALIGN * XB_BLOCK_ALIGN; }

/* larger first, then the earlier, so that the order is total */
static int larger_first(const void *a, const void *b) {
    const xb_slot *x = *(xb_slot *const *)a, *y = *(xb_slot *const *)b;
    if (x->size_bytes != y->size_bytes) return x->size_bytes < y->size_bytes ? 1 : -1;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x < y ? -1 : x > y);
}

static int earlier_first(const void *a, const void *b) {
    const xb_slot *x = *(xb_slot *const *)a, *y = *(xb_slot *const *)b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int lower_first(const void *a, const void *b) {
    const xb_slot *x = *(xb_slot *const *)a, *y = *(xb_slot *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Which slots that have a place are alive together with another one? A tree over all slots by their first step: each node
 * holds the last step of the slots below it that have a place, -1 if none has. */
typedef struct lives {
    xb_slot **by_first; /* [count] */
    int32_t  *last;     /* [2 * leaves] node 1 is the root, leaf i is node leaves + i */
    xb_slot **found;    /* [count] the answer */
    size_t    count, leaves, found_count;
} lives;

static void note_place(lives *l, const xb_slot *v, size_t leaf) {
    for (size_t node = l->leaves + leaf; node > 0; node /= 2)
        if (l->last[node] < v->last) l->last[node] = v->last;
}

static void find_alive(lives *l, size_t node, size_t from, size_t width, const xb_slot *v) {
    if (from >= l->count || l->last[node] < v->first || l->by_first[from]->first > v->last) return;
    if (width == 1) {
        l->found[l->found_count++] = l->by_first[from];
        return;
    }
    find_alive(l, 2 * node, from, width / 2, v);
    find_alive(l, 2 * node + 1, from + width / 2, width / 2, v);
}

/* The lowest free offset for v among those alive with it, which are sorted by offset. */
static int64_t lowest_offset(const xb_slot *v, xb_slot *const *alive, size_t count) {
    int64_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        if (alive[i]->offset >= offset + v->size_bytes) break;
        int64_t end = alive[i]->offset + alive[i]->size_bytes;
        if (end > offset) offset = end;
    }
    return offset;
}

/* The largest sum of what is alive at one step. */
static xybrid_status measure_live(xb_build *b, const xb_slot *slots, size_t count) {
    int64_t *change = xb_calloc(b->mem, b->step_count + 2, sizeof *change, b->err), live = 0;
    if (!change) return b->err->code;
    for (size_t i = 0; i < count; i++) {
        size_t end = slots[i].last == INT32_MAX ? b->step_count : (size_t)slots[i].last + 1;
        change[slots[i].first] += aligned(slots[i].v->size_bytes);
        change[end] -= aligned(slots[i].v->size_bytes);
    }
    b->segment->live_bytes = 0;
    for (size_t s = 0; s <= b->step_count; s++) {
        live += change[s];
        if (live > b->segment->live_bytes) b->segment->live_bytes = live;
    }
    xb_free(b->mem, change);
    return XYBRID_OK;
}

static xybrid_status place_in_order(xb_build *b, lives *l, xb_slot **order) {
    for (size_t i = 0; i < 2 * l->leaves; i++) l->last[i] = -1;
    qsort(l->by_first, l->count, sizeof(xb_slot *), earlier_first);
    for (size_t i = 0; i < l->count; i++) l->by_first[i]->offset = (int64_t)i; /* the leaf, until there is a place */
    qsort(order, l->count, sizeof(xb_slot *), larger_first);
    b->segment->block_bytes = 0;
    for (size_t i = 0; i < l->count; i++) {
        xb_slot *v = order[i];
        size_t   leaf = (size_t)v->offset;
        l->found_count = 0;
        find_alive(l, 1, 0, l->leaves, v);
        qsort(l->found, l->found_count, sizeof(xb_slot *), lower_first);
        v->offset = lowest_offset(v, l->found, l->found_count);
        note_place(l, v, leaf);
        if (v->offset + v->size_bytes > b->segment->block_bytes) b->segment->block_bytes = v->offset + v->size_bytes;
        XB_TRY(xb_run_poll(b->call, b->err));
    }
    return XYBRID_OK;
}

static xybrid_status place_slots(xb_build *b, xb_slot *slots, size_t count) {
    lives l = { .count = count, .leaves = 1 };
    while (l.leaves < count) l.leaves *= 2;
    l.by_first = xb_calloc(b->mem, 3 * count + 1, sizeof *l.by_first, b->err);
    l.last = l.by_first ? xb_calloc(b->mem, 2 * l.leaves, sizeof *l.last, b->err) : NULL;
    xybrid_status st = l.last ? XYBRID_OK : b->err->code;
    if (st == XYBRID_OK) {
        xb_slot **order = l.by_first + count;
        l.found = order + count;
        for (size_t i = 0; i < count; i++) l.by_first[i] = order[i] = &slots[i];
        st = place_in_order(b, &l, order);
    }
    xb_free(b->mem, l.last);
    xb_free(b->mem, (void *)l.by_first);
    return st == XYBRID_OK ? measure_live(b, slots, count) : st;
}

/* ---- a segment that is bound again: places stay while what they hold fits ---- */

static int fits(const xb_front *f, const xb_slot *slots, size_t count) {
    if (f->slot_count != count) return 0;
    for (size_t i = 0; i < count; i++)
        if (slots[i].first != f->slots[i].first || slots[i].last != f->slots[i].last ||
            slots[i].size_bytes > f->slots[i].size_bytes)
            return 0;
    return 1;
}

/* Room for a quarter more, for what has grown. */
static xybrid_status place_growing(xb_build *b, xb_slot *slots, size_t count) {
    xb_front *f = b->front;
    if (fits(f, slots, count)) {
        for (size_t i = 0; i < count; i++) slots[i].offset = f->slots[i].offset;
        return XYBRID_OK;
    }
    for (size_t i = 0; i < count && f->slot_count == count; i++)
        if (slots[i].size_bytes != f->slots[i].size_bytes) slots[i].size_bytes = aligned(slots[i].size_bytes / 4 * 5);
    f->slot_count = 0;
    XB_TRY(place_slots(b, slots, count));
    while (f->slot_capacity < count) {
        void *kept = f->slots;
        XB_TRY(xb_grow(b->mem, &kept, &f->slot_capacity, f->slot_capacity, sizeof *f->slots, XB_MAX_PLAN_VALUES,
                       "values of a plan", b->err));
        f->slots = kept;
    }
    if (count) memcpy(f->slots, slots, count * sizeof *slots);
    f->slot_count = count;
    return XYBRID_OK;
}

/* References into blocks first: these change only when a block moves. */
static xybrid_status keep_refs(xb_build *b) {
    xb_segment *s = b->segment;
    s->refs = xb_arena_array(b->arena, b->ref_count, sizeof *s->refs, b->err);
    if (!s->refs) return b->err->code;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < b->ref_count; i++)
            if ((b->refs[i].root->place == XB_PLACE_BLOCK) == (pass == 0)) s->refs[s->ref_count++] = b->refs[i];
        if (pass == 0) s->block_ref_count = s->ref_count;
    }
    return XYBRID_OK;
}

/* The values that need a place. The others have one, or are a part of another, or nobody computes them. */
static xybrid_status find_slots(xb_build *b, xb_slot *slots, size_t *count) {
    for (size_t i = 0; i < b->val_count; i++) {
        xb_val *v = b->vals[i];
        if (v->place != XB_PLACE_NONE || v->root || v->kind != XB_ONNX_TENSOR || v->is_pending) continue;
        if (v->first < 0 && v->last >= 0 && v->is_needed && v->size_bytes > 0)
            return xb_fail(b->err, XYBRID_INTERNAL, NULL, "value %d of the plan is read and never written", v->number);
        if (v->first < 0) { /* nobody computes it: no elements, or no reader */
            v->place = XB_PLACE_BLOCK;
            v->index = b->segment->depth;
            continue;
        }
        slots[(*count)++] = (xb_slot){ .first = v->first, .last = v->last, .size_bytes = aligned(v->size_bytes), .v = v };
    }
    return XYBRID_OK;
}

static xybrid_status place_values(xb_build *b, xb_slot *slots) {
    size_t count = 0;
    XB_TRY(find_slots(b, slots, &count));
    XB_TRY(b->front ? place_growing(b, slots, count) : place_slots(b, slots, count));
    for (size_t i = 0; i < count; i++) {
        slots[i].v->offset = slots[i].offset;
        slots[i].v->place = XB_PLACE_BLOCK;
        slots[i].v->index = b->segment->depth;
    }
    return XYBRID_OK;
}

xybrid_status xb_build_places(xb_build *b) {
    xb_slot *slots = b->front ? xb_arena_array(b->arena, b->val_count, sizeof *slots, b->err)
                              : xb_calloc(b->mem, b->val_count, sizeof *slots, b->err);
    if (!slots) return b->err->code;
    xybrid_status st = place_values(b, slots);
    if (!b->front) xb_free(b->mem, slots);
    if (st == XYBRID_OK) st = keep_refs(b);
    for (size_t i = 0; i < b->step_count; i++)
        if (b->steps[i].work.scratch_bytes > b->segment->scratch_bytes)
            b->segment->scratch_bytes = b->steps[i].work.scratch_bytes;
    return st;
}

xybrid_status xb_fold_run(xb_build *b, size_t first_step, size_t first_ref) {
    int64_t scratch_bytes = 0;
    if (b->ref_count != first_ref)
        return xb_fail(b->err, XYBRID_INTERNAL, NULL, "a folded step refers to a value without content");
    for (size_t i = first_step; i < b->step_count; i++) {
        if (b->steps[i].call) return xb_fail(b->err, XYBRID_INTERNAL, NULL, "a step that needs a run is folded");
        if (b->steps[i].work.scratch_bytes > scratch_bytes) scratch_bytes = b->steps[i].work.scratch_bytes;
    }
    if (scratch_bytes > b->fold_scratch_bytes) {
        void *scratch = xb_malloc_aligned(b->mem, xb_size(scratch_bytes), XB_BLOCK_ALIGN, b->err);
        if (!scratch) return b->err->code;
        xb_free(b->mem, b->fold_scratch);
        b->fold_scratch = scratch;
        b->fold_scratch_bytes = scratch_bytes;
    }
    for (size_t i = first_step; i < b->step_count; i++)
        for (int32_t chunk = 0; chunk < b->steps[i].work.chunks; chunk++) {
            b->steps[i].work.run(b->steps[i].args, chunk, b->fold_scratch);
            XB_TRY(xb_run_poll(b->call, b->err));
        }
    return XYBRID_OK;
}
