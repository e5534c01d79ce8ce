/* codec/names.c - open addressing with linear probing over indexes into the list of names. */
#include "codec/names.h"

#include "base/error.h"

/* At a load of one half a search among a million well-mixed names probes some dozens of slots; only names made to collide
 * probe this many. */
enum { MAX_PROBES = 512, FIRST_SLOTS = 32 };

/* FNV-1a, then a finaliser that spreads it over the low bits (both public domain). */
static uint64_t hash_of(xb_slice key) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.size; i++) h = (h ^ (uint8_t)key.data[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ (h >> 33);
}

void xb_names_init(xb_names *n, xb_arena *arena, uint32_t max, const char *what) {
    *n = (xb_names){ .arena = arena, .max = max, .what = what };
}

/* The slot that holds `key`, or the free one where it belongs; -1 after too many probes. */
static int64_t slot_of(const xb_names *n, xb_slice key) {
    uint32_t mask = n->slot_count - 1;
    uint32_t at = (uint32_t)hash_of(key) & mask;
    for (int probe = 0; probe < MAX_PROBES; probe++, at = (at + 1) & mask) {
        uint32_t item = n->slots[at];
        if (item == 0 || xb_slice_eq(n->items[item - 1].key, key)) return at;
    }
    return -1;
}

static xybrid_status fail_collision(const xb_names *n, xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, NULL, "%s: names made to collide in a hash table", n->what);
}

static xybrid_status grow(xb_names *n, uint32_t slot_count, xybrid_error *err) {
    xb_names bigger = *n;
    bigger.slot_count = slot_count;
    bigger.slots = xb_arena_array(n->arena, slot_count, sizeof *bigger.slots, err);
    if (!bigger.slots) return err->code;
    bigger.items = xb_arena_array(n->arena, slot_count / 2, sizeof *bigger.items, err);
    if (!bigger.items) return err->code;
    if (n->count) memcpy(bigger.items, n->items, n->count * sizeof *n->items);
    for (uint32_t i = 0; i < n->count; i++) {
        int64_t at = slot_of(&bigger, n->items[i].key);
        if (at < 0) return fail_collision(n, err);
        bigger.slots[at] = i + 1;
    }
    *n = bigger;
    return XYBRID_OK;
}

xybrid_status xb_names_reserve(xb_names *n, uint32_t count, xybrid_error *err) {
    uint32_t slot_count = FIRST_SLOTS;
    while (slot_count / 2 < count && slot_count < UINT32_C(1) << 31) slot_count *= 2;
    return slot_count > n->slot_count ? grow(n, slot_count, err) : XYBRID_OK;
}

xybrid_status xb_names_add(xb_names *n, xb_slice key, xb_name **out, int *is_new, xybrid_error *err) {
    if (n->count * 2 >= n->slot_count) XB_TRY(grow(n, n->slot_count ? n->slot_count * 2 : FIRST_SLOTS, err));
    int64_t at = slot_of(n, key);
    if (at < 0) return fail_collision(n, err);
    uint32_t item = n->slots[at];
    *is_new = item == 0;
    if (item == 0) {
        if (n->count >= n->max) return xb_fail(err, XYBRID_MALFORMED, NULL, "%s: more than %u", n->what, n->max);
        n->items[n->count] = (xb_name){ .key = key };
        item = n->slots[at] = ++n->count;
    }
    *out = &n->items[item - 1];
    return XYBRID_OK;
}

const xb_name *xb_names_find(const xb_names *n, xb_slice key) {
    if (n->slot_count == 0) return NULL;
    int64_t at = slot_of(n, key);
    return at < 0 || n->slots[at] == 0 ? NULL : &n->items[n->slots[at] - 1];
}
