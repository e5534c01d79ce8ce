/* engine/native/rebind.h - one segment for shapes that grow.
 *
 *     made:   nodes --infer--> nodes of known shapes, kept as the "front" --rewrites, emit, places--> steps
 *     bound:  other dimensions --infer, only what they reach--> the front, changed --rewrites, emit, places--> steps
 *
 * A decoder sees a cache that is longer at each step. Of its nodes most are as they were; what a longer cache reaches is inferred
 * again, value by value, until nothing changes any more: infer depends on nothing but its inputs. What comes after (rewrites,
 * emit) is done as ever, so that a bound segment has the very steps of one that was made for these shapes. Lists and arenas are
 * kept, and places of values have room to grow: a binding allocates nothing once they are large enough.
 *
 * Where infer takes another turn than before (a value is known in content that was not, a branch changes, an operator is several
 * in a row), there is no binding: XB_WANTS_FACT, and the segment waits for shapes that are nearer to its own. */
#ifndef XB_NATIVE_REBIND_H
#define XB_NATIVE_REBIND_H

#include "engine/native/build_int.h"

typedef struct xb_record { /* a node that was inferred */
    const xb_graph_node *graph;
    xb_node             *n;
    xb_settled           how;
    int32_t              is_composite;
    int32_t              is_volatile; /* its state lies in memory of the last binding: it is inferred at each */
} xb_record;

typedef struct xb_kept_node {
    xb_node  was, *n;
    xb_val **ends; /* was.in, then was.out */
} xb_kept_node;

typedef struct xb_kept_val { /* what rewrites, emit and places change */
    xb_val *v, *root;
    int64_t offset, root_offset, size_bytes;
    int32_t index, first, last;
    uint8_t place, layout;
} xb_kept_val;

typedef struct xb_slot { /* a place in the block */
    int32_t first, last;
    int64_t size_bytes, offset; /* size with the room to grow */
    xb_val *v;
} xb_slot;

struct xb_front {
    xb_build      b;
    xb_record    *records; /* in the order of inference */
    size_t        record_count, record_capacity;
    xb_kept_node *nodes;
    size_t        node_count;
    xb_kept_val  *vals;
    size_t        val_count;
    size_t        own_vals; /* of b.vals that infer made */
    int32_t       dynamic_count;
    xb_arena      back, scratch; /* of rewrites, emit and places; of inferring again */
    xb_slot      *slots;         /* places of the values in b.vals' order */
    size_t        slot_count, slot_capacity;
};

/* *out->b is to be filled by the caller. Freed by xb_front_free (NULL is fine). */
xybrid_status xb_front_new(xb_mem *mem, xb_front **out, xybrid_error *err);
void          xb_front_free(xb_front *f);

/* For build.c: a node was inferred; all nodes were. */
xybrid_status xb_front_record(const xb_graph_node *g, xb_node *n, xb_settled how);
xybrid_status xb_front_keep(xb_front *f, xybrid_error *err);

/* Known values of the segment have changed (xb_val_changed) since it was bound: makes its steps anew. `now`: later than any
 * binding before. XB_WANTS_FACT: not possible. After any failure the segment has no steps, and may be bound again. */
xybrid_status xb_rebind(xb_front *f, uint64_t now, xybrid_error *err);

/* Bytes that the segment's arena does not count. */
int64_t xb_front_bytes(const xb_front *f);

#endif
