/* plat/recycler.c - see recycler.h. The budget is the runtime's: blocks are charged there while they live or wait. */
#include "plat/recycler.h"

#include "base/error.h"
#include "plat/thread.h"

/* A run's blocks do not all live at once: steps make one while the last one dies. So what waits may be more than was ever in
 * use, but not much: a large block serves any request down to half its size. */
enum {
    STEPS = 4,
    BINS = 40 * STEPS,
    ALIGN = 64,
    SMALLEST = 64,
    WAITING_FACTOR = 3,
    WAITING_FREE = 256 << 10,
    LARGE = 64 << 10
};

/* In front of each block, ALIGN bytes: the block may be of a larger bin than was asked for. */
typedef struct block {
    struct block *next; /* of those that wait */
    int64_t       bytes;
    int32_t       bin;
} block;
_Static_assert(sizeof(block) <= ALIGN, "a block's head fits in front of it");

struct xb_recycler {
    xb_mem   mem; /* what the callers use: hooks below, no budget of its own */
    xb_root *root;
    xb_mutex mutex; /* guards all below */
    block   *bins[BINS];
    int64_t  live_bytes, peak_bytes, waiting_bytes; /* in whole bins */
    int64_t  live_blocks;
    int      is_closed;
};

/* The bin for `size` and the bytes of its blocks: 64, 80, 96, 112, 128, 160, ... -1 when there is none so large. */
static int bin_of(int64_t size, int64_t *bytes) {
    int64_t base = SMALLEST;
    int     power = 0;
    while (size > base + base / STEPS * (STEPS - 1)) {
        if (++power == BINS / STEPS) return -1;
        base *= 2;
    }
    int64_t step = size > base ? (size - base + base / STEPS - 1) / (base / STEPS) : 0;
    *bytes = base + base / STEPS * step;
    return power * STEPS + (int)step;
}

/* A waiting block of this bin, for a large one also of a bin up to twice its size; NULL if there is none. Small blocks keep to
 * their bins, so that the same run meets the same addresses and an engine need not bind anew. The lock is held. */
static block *find_waiting(xb_recycler *r, int bin, int64_t bytes) {
    int last = bytes < LARGE ? bin : bin + STEPS;
    for (int i = bin; i <= last && i < BINS; i++) {
        block *b = r->bins[i];
        if (!b) continue;
        r->bins[i] = b->next;
        r->waiting_bytes -= b->bytes;
        return b;
    }
    return NULL;
}

static void count_live(xb_recycler *r, int64_t blocks, int64_t bytes) {
    r->live_blocks += blocks;
    r->live_bytes += bytes;
    if (r->live_bytes > r->peak_bytes) r->peak_bytes = r->live_bytes;
}

static void *take(void *ctx, int64_t size, int64_t align) {
    xb_recycler *r = ctx;
    int64_t      bytes = 0;
    int          bin = align > ALIGN ? -1 : bin_of(size, &bytes);
    if (bin < 0) return NULL;
    xb_mutex_lock(&r->mutex);
    block *b = find_waiting(r, bin, bytes);
    if (b) count_live(r, 1, b->bytes);
    xb_mutex_unlock(&r->mutex);
    if (b) return (char *)b + ALIGN;

    xybrid_error why; /* the caller's xb_malloc tells it again, budget included: mem.parent */
    b = (uint64_t)bytes > SIZE_MAX - ALIGN ? NULL : xb_malloc_aligned(&r->root->mem, (size_t)bytes + ALIGN, ALIGN, &why);
    if (!b) return NULL;
    b->bytes = bytes;
    b->bin = bin;
    xb_mutex_lock(&r->mutex);
    count_live(r, 1, bytes);
    xb_mutex_unlock(&r->mutex);
    return (char *)b + ALIGN;
}

static void end(xb_recycler *r) {
    xb_root *root = r->root;
    xb_mutex_free(&r->mutex);
    xb_free(&root->mem, r);
    xb_root_drop(root);
}

static void give(void *ctx, void *memory, int64_t size, int64_t align) {
    xb_recycler *r = ctx;
    block       *b = (block *)(void *)((char *)memory - ALIGN);
    (void)size, (void)align;
    xb_mutex_lock(&r->mutex);
    count_live(r, -1, -b->bytes);
    int keep = !r->is_closed && r->waiting_bytes + b->bytes <= WAITING_FACTOR * r->peak_bytes + WAITING_FREE;
    if (keep) {
        b->next = r->bins[b->bin];
        r->bins[b->bin] = b;
        r->waiting_bytes += b->bytes;
    }
    int last = r->is_closed && r->live_blocks == 0;
    xb_mutex_unlock(&r->mutex);
    if (!keep) xb_free(&r->root->mem, b);
    if (last) end(r);
}

xybrid_status xb_recycler_new(xb_root *root, xb_recycler **out, xybrid_error *err) {
    xb_recycler *r = xb_calloc(&root->mem, 1, sizeof *r, err);
    if (!r) return err->code;
    xb_mem_init(&r->mem, take, give, r, XYBRID_AUTO);
    r->mem.parent = &root->mem;
    xb_mutex_init(&r->mutex);
    r->root = xb_root_keep(root);
    *out = r;
    return XYBRID_OK;
}

xb_mem *xb_recycler_mem(xb_recycler *r) { return &r->mem; }

int64_t xb_recycler_trim(xb_recycler *r) {
    block *all = NULL;
    xb_mutex_lock(&r->mutex);
    int64_t bytes = r->waiting_bytes;
    for (int i = 0; i < BINS; i++)
        while (r->bins[i]) {
            block *b = r->bins[i];
            r->bins[i] = b->next;
            b->next = all;
            all = b;
        }
    r->waiting_bytes = 0;
    r->peak_bytes = r->live_bytes;
    xb_mutex_unlock(&r->mutex);
    for (block *next; all; all = next) {
        next = all->next;
        xb_free(&r->root->mem, all);
    }
    return bytes;
}

void xb_recycler_close(xb_recycler *r) {
    if (!r) return;
    xb_mutex_lock(&r->mutex);
    r->is_closed = 1;
    r->live_blocks++; /* so that nobody else ends it during the trim */
    xb_mutex_unlock(&r->mutex);
    xb_recycler_trim(r);
    xb_mutex_lock(&r->mutex);
    int last = --r->live_blocks == 0;
    xb_mutex_unlock(&r->mutex);
    if (last) end(r);
}
