/* plat/recycler.c - see recycler.h. The budget is the runtime's: blocks are charged there while they live or wait. */
#include "plat/recycler.h"

#include "base/error.h"
#include "plat/thread.h"

/* A run's blocks do not all live at once: steps make one while the last one dies. So what waits may be more than was ever in
 * use, a few times. */
enum { STEPS = 4, BINS = 40 * STEPS, ALIGN = 64, SMALLEST = 64, WAITING_FACTOR = 4, WAITING_FREE = 64 << 10 };

typedef struct waiting {
    struct waiting *next;
} waiting;

struct xb_recycler {
    xb_mem   mem; /* what the callers use: hooks below, no budget of its own */
    xb_root *root;
    xb_mutex mutex; /* guards all below */
    waiting *bins[BINS];
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

static void *take(void *ctx, int64_t size, int64_t align) {
    xb_recycler *r = ctx;
    int64_t      bytes;
    int          bin = align > ALIGN ? -1 : bin_of(size, &bytes);
    if (bin < 0) return NULL;
    xb_mutex_lock(&r->mutex);
    waiting *block = r->bins[bin];
    if (block) {
        r->bins[bin] = block->next;
        r->waiting_bytes -= bytes;
    }
    r->live_blocks++;
    r->live_bytes += bytes;
    if (r->live_bytes > r->peak_bytes) r->peak_bytes = r->live_bytes;
    xb_mutex_unlock(&r->mutex);
    if (block) return block;

    xybrid_error why; /* the caller's xb_malloc tells it again, budget included: mem.parent */
    block = xb_malloc_aligned(&r->root->mem, (size_t)bytes, ALIGN, &why);
    if (block) return block;
    xb_mutex_lock(&r->mutex);
    r->live_blocks--;
    r->live_bytes -= bytes;
    xb_mutex_unlock(&r->mutex);
    return NULL;
}

static void end(xb_recycler *r) {
    xb_root *root = r->root;
    xb_mutex_free(&r->mutex);
    xb_free(&root->mem, r);
    xb_root_drop(root);
}

static void give(void *ctx, void *memory, int64_t size, int64_t align) {
    xb_recycler *r = ctx;
    (void)align;
    int64_t bytes = 0;
    int     bin = bin_of(size, &bytes);
    xb_mutex_lock(&r->mutex);
    r->live_blocks--;
    r->live_bytes -= bytes;
    int keep = !r->is_closed && r->waiting_bytes + bytes <= WAITING_FACTOR * r->peak_bytes + WAITING_FREE;
    if (keep) {
        waiting *block = memory;
        block->next = r->bins[bin];
        r->bins[bin] = block;
        r->waiting_bytes += bytes;
    }
    int last = r->is_closed && r->live_blocks == 0;
    xb_mutex_unlock(&r->mutex);
    if (!keep) xb_free(&r->root->mem, memory);
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
    waiting *all = NULL;
    xb_mutex_lock(&r->mutex);
    int64_t bytes = r->waiting_bytes;
    for (int i = 0; i < BINS; i++)
        while (r->bins[i]) {
            waiting *block = r->bins[i];
            r->bins[i] = block->next;
            block->next = all;
            all = block;
        }
    r->waiting_bytes = 0;
    r->peak_bytes = r->live_bytes;
    xb_mutex_unlock(&r->mutex);
    for (waiting *next; all; all = next) {
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
