/* codec/names.h - a set of names in the order they came, each with a number: operators and how often they occur, tensors and
 * where they stand in a table, keys that must be unique.
 *
 * Lives in an arena, finds in constant time. Names chosen to collide cannot slow it down: a search that probes too long is
 * refused. One thread at a time while names are added; any thread afterwards. */
#ifndef XB_NAMES_H
#define XB_NAMES_H

#include "base/arena.h"
#include "codec/slice.h"

typedef struct xb_name {
    xb_slice key; /* as given: the bytes must outlive the set */
    int64_t  value;
} xb_name;

typedef struct xb_names {
    xb_arena   *arena;
    xb_name    *items; /* [count], in the order of adding; moves when the set grows */
    uint32_t   *slots; /* [slot_count], index + 1 into items, 0 = free; slot_count is a power of two, at most half full */
    uint32_t    count, slot_count, max;
    const char *what; /* "ONNX: initializers", for messages */
} xb_names;

/* At most `max` names (below 2^30); beyond it adding fails with MALFORMED. Takes no memory yet. */
void xb_names_init(xb_names *n, xb_arena *arena, uint32_t max, const char *what);

/* Room for `count` names in one step: growing leaves what was too small in the arena. Errors: OUT_OF_MEMORY. */
xybrid_status xb_names_reserve(xb_names *n, uint32_t count, xybrid_error *err);

/* Finds or adds `key`; a new one has value 0 and *is_new 1. *out is valid until the next add. Errors: OUT_OF_MEMORY,
 * MALFORMED. */
xybrid_status xb_names_add(xb_names *n, xb_slice key, xb_name **out, int *is_new, xybrid_error *err);

/* NULL if it is not there. */
const xb_name *xb_names_find(const xb_names *n, xb_slice key);

#endif
