/* engine/native/build_memory.c - where the values of a segment lie: one block with fixed offsets.
 *
 * Greedy by size: the largest value first, each at the lowest offset that overlaps no value that is alive at the same time and
 * has a place already (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv:2001.03288). A
 * value is alive from the step that writes it first to the one that reads it last. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "engine/native/run.h"

static int64_t aligned(int64_t size) { return (size + XB_BLOCK_ALIGN - 1) / XB_BLOCK_ALIGN * XB_BLOCK_ALIGN; }

/* larger first, then the earlier, so that the order is total */
static int larger_first(const void *a, const void *b) {
    const xb_val *x = *(xb_val *const *)a, *y = *(xb_val *const *)b;
    if (x->size_bytes != y->size_bytes) return x->size_bytes < y->size_bytes ? 1 : -1;
    return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x->number < y->number ? -1 : x->number > y->number);
}

static int overlap(const xb_val *a, const xb_val *b) { return a->first <= b->last && b->first <= a->last; }

static int earlier_first(const void *a, const void *b) {
    const xb_val *x = *(xb_val *const *)a, *y = *(xb_val *const *)b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int lower_first(const void *a, const void *b) {
    const xb_val *x = *(xb_val *const *)a, *y = *(xb_val *const *)b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Which values that have a place are alive together with another one? A tree over all values by their first step: each node
 * holds the last step of the values below it that have a place, -1 if none has. */
typedef struct lives {
    xb_val **by_first; /* [count] */
    int32_t *last;     /* [2 * leaves] node 1 is the root, leaf i is node leaves + i */
    xb_val **found;    /* [count] the answer */
    size_t   count, leaves, found_count;
} lives;

static void note_place(lives *l, const xb_val *v, size_t leaf) {
    for (size_t node = l->leaves + leaf; node > 0; node /= 2)
        if (l->last[node] < v->last) l->last[node] = v->last;
}

static void find_alive(lives *l, size_t node, size_t from, size_t width, const xb_val *v) {
    if (from >= l->count || l->last[node] < v->first || l->by_first[from]->first > v->last) return;
    if (width == 1) {
        l->found[l->found_count++] = l->by_first[from];
        return;
    }
    find_alive(l, 2 * node, from, width / 2, v);
    find_alive(l, 2 * node + 1, from + width / 2, width / 2, v);
}

/* The lowest free offset for v. `placed` is sorted by offset. */
static int64_t lowest_offset(const xb_val *v, xb_val *const *placed, size_t count) {
    int64_t offset = 0, size = aligned(v->size_bytes);
    for (size_t i = 0; i < count; i++) {
        if (!overlap(v, placed[i])) continue;
        if (placed[i]->offset >= offset + size) break;
        int64_t end = placed[i]->offset + aligned(placed[i]->size_bytes);
        if (end > offset) offset = end;
    }
    return offset;
}

/* The largest sum of what is alive at one step. */
static xybrid_status measure_live(xb_build *b, xb_val *const *vals, size_t count, xybrid_error *err) {
    int64_t *change = xb_calloc(b->mem, b->step_count + 2, sizeof *change, err), live = 0;
    if (!change) return err->code;
    for (size_t i = 0; i < count; i++) {
        size_t end = vals[i]->last == INT32_MAX ? b->step_count : (size_t)vals[i]->last + 1;
        change[vals[i]->first] += aligned(vals[i]->size_bytes);
        change[end] -= aligned(vals[i]->size_bytes);
    }
    for (size_t s = 0; s <= b->step_count; s++) {
        live += change[s];
        if (live > b->segment->live_bytes) b->segment->live_bytes = live;
    }
    xb_free(b->mem, change);
    return XYBRID_OK;
}

static xybrid_status place_values(xb_build *b, xb_val **own, size_t count, xybrid_error *err) {
    lives l = { .count = count, .leaves = 1 };
    while (l.leaves < count) l.leaves *= 2;
    l.by_first = xb_calloc(b->mem, 2 * count + 1, sizeof *l.by_first, err);
    l.last = l.by_first ? xb_calloc(b->mem, 2 * l.leaves, sizeof *l.last, err) : NULL;
    xybrid_status st = l.last ? XYBRID_OK : err->code;
    if (st == XYBRID_OK) {
        if (count) memcpy(l.by_first, own, count * sizeof *own);
        l.found = l.by_first + count;
        for (size_t i = 0; i < 2 * l.leaves; i++) l.last[i] = -1;
        qsort(l.by_first, count, sizeof *own, earlier_first);
        for (size_t i = 0; i < count; i++) l.by_first[i]->offset = (int64_t)i; /* the leaf, until there is a place */
        qsort(own, count, sizeof *own, larger_first);
    }
    for (size_t i = 0; i < count && st == XYBRID_OK; i++) {
        xb_val *v = own[i];
        size_t  leaf = (size_t)v->offset;
        l.found_count = 0;
        find_alive(&l, 1, 0, l.leaves, v);
        qsort(l.found, l.found_count, sizeof *l.found, lower_first);
        v->offset = lowest_offset(v, l.found, l.found_count);
        v->place = XB_PLACE_BLOCK;
        v->index = b->segment->depth;
        note_place(&l, v, leaf);
        int64_t end = v->offset + aligned(v->size_bytes);
        if (end > b->segment->block_bytes) b->segment->block_bytes = end;
        st = xb_run_poll(b->call, err);
    }
    xb_free(b->mem, l.last);
    xb_free(b->mem, l.by_first);
    return st;
}

/* References into blocks first: these change only when a block moves. */
static xybrid_status keep_refs(xb_build *b, xybrid_error *err) {
    xb_segment *s = b->segment;
    s->refs = xb_arena_array(b->arena, b->ref_count, sizeof *s->refs, err);
    if (!s->refs) return err->code;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < b->ref_count; i++)
            if ((b->refs[i].root->place == XB_PLACE_BLOCK) == (pass == 0)) s->refs[s->ref_count++] = b->refs[i];
        if (pass == 0) s->block_ref_count = s->ref_count;
    }
    return XYBRID_OK;
}

xybrid_status xb_build_places(xb_build *b, xybrid_error *err) {
    size_t   count = 0;
    xb_val **own = xb_calloc(b->mem, b->val_count + 1, sizeof *own, err);
    if (!own) return err->code;
    xybrid_status st = XYBRID_OK;
    for (size_t i = 0; i < b->val_count && st == XYBRID_OK; i++) {
        xb_val *v = b->vals[i];
        if (v->place != XB_PLACE_NONE || v->root || v->kind != XB_ONNX_TENSOR || v->is_pending) continue;
        if (v->first < 0 && v->last >= 0 && v->is_needed && v->size_bytes > 0)
            st = xb_fail(err, XYBRID_INTERNAL, NULL, "value %d of the plan is read and never written", v->number);
        if (v->first < 0) { /* nobody computes it: no elements, or no reader */
            v->place = XB_PLACE_BLOCK;
            v->index = b->segment->depth;
            continue;
        }
        own[count++] = v;
    }
    if (st == XYBRID_OK) st = measure_live(b, own, count, err);
    if (st == XYBRID_OK) st = place_values(b, own, count, err);
    if (st == XYBRID_OK) st = keep_refs(b, err);
    xb_free(b->mem, own);
    for (size_t i = 0; i < b->step_count; i++)
        if (b->steps[i].work.scratch_bytes > b->segment->scratch_bytes)
            b->segment->scratch_bytes = b->steps[i].work.scratch_bytes;
    return st;
}

xybrid_status xb_fold_run(xb_build *b, size_t first_step, size_t first_ref, xybrid_error *err) {
    int64_t scratch_bytes = 0;
    if (b->ref_count != first_ref)
        return xb_fail(err, XYBRID_INTERNAL, NULL, "a folded step refers to a value without content");
    for (size_t i = first_step; i < b->step_count; i++) {
        if (b->steps[i].call) return xb_fail(err, XYBRID_INTERNAL, NULL, "a step that needs a run is folded");
        if (b->steps[i].work.scratch_bytes > scratch_bytes) scratch_bytes = b->steps[i].work.scratch_bytes;
    }
    void *scratch = NULL;
    if (scratch_bytes) {
        scratch = xb_malloc_aligned(b->mem, xb_size(scratch_bytes), XB_BLOCK_ALIGN, err);
        if (!scratch) return err->code;
    }
    for (size_t i = first_step; i < b->step_count; i++)
        for (int32_t chunk = 0; chunk < b->steps[i].work.chunks; chunk++)
            b->steps[i].work.run(b->steps[i].args, chunk, scratch);
    xb_free(b->mem, scratch);
    return XYBRID_OK;
}
