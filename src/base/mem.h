/* base/mem.h - all memory of a runtime comes from one xb_mem: the host's two functions, a budget and counters.
 *
 * Blocks remember their size, so xb_free needs only the pointer. Any thread, several at once. A NULL result means that *err
 * is filled: `if (!p) return err->code`. */
#ifndef XB_MEM_H
#define XB_MEM_H

#include <stddef.h>
#include <xybrid/base.h>

#include "base/atomic.h"

typedef struct xb_mem {
    void *(*alloc)(void *ctx, int64_t size_bytes, int64_t align);
    void (*free)(void *ctx, void *memory, int64_t size_bytes, int64_t align);
    void          *ctx;
    int64_t        budget_bytes; /* XYBRID_AUTO = no limit */
    struct xb_mem *parent;       /* whose memory `alloc` hands on: its budget is the reason of a failure; NULL */
    /* Says why `alloc` gave nothing, where no parent can be asked; NULL: it had nothing. */
    xybrid_status (*explain)(void *ctx, int64_t size_bytes, xybrid_error *err);
    xb_atomic64 used_bytes; /* allocated and charged, headers included */
    xb_atomic64 peak_bytes;
    xb_atomic64 allocations; /* since xb_mem_init */
} xb_mem;

/* alloc NULL = the C library's. */
void xb_mem_init(xb_mem *m, void *(*alloc)(void *, int64_t, int64_t), void (*release)(void *, void *, int64_t, int64_t),
                 void *ctx, int64_t budget_bytes);

/* Uninitialised, aligned to 16. A size of 0 gives a pointer that must be freed, too. */
void *xb_malloc(xb_mem *m, size_t size, xybrid_error *err);

/* The same, aligned to `align` (a power of two, at most 4096). Tensors take 64. */
void *xb_malloc_aligned(xb_mem *m, size_t size, size_t align, xybrid_error *err);

/* count * size bytes, zeroed; the product is checked. */
void *xb_calloc(xb_mem *m, size_t count, size_t size, xybrid_error *err);

/* Grows or shrinks a block of alignment 16 (NULL = a new one). On failure the old block stays as it is. */
void *xb_realloc(xb_mem *m, void *memory, size_t size, xybrid_error *err);

/* NULL is fine. */
void xb_free(xb_mem *m, void *memory);

/* Copies. xb_strndup adds a NUL. */
void *xb_memdup(xb_mem *m, const void *bytes, size_t size, xybrid_error *err);
char *xb_strdup(xb_mem *m, const char *text, xybrid_error *err);
char *xb_strndup(xb_mem *m, const char *text, size_t size, xybrid_error *err);

/* Counts memory that somebody else allocates (an engine's library, a mapping that was copied): asks before taking, negative
 * gives back and cannot fail. */
xybrid_status xb_mem_charge(xb_mem *m, int64_t delta_bytes, xybrid_error *err);

/* Makes room in an array: *items holds `count` items of `item_size` bytes in a block with room for *capacity; grows it by
 * half until `count + 1` fit. `max` is its limit from limits.h; beyond it the failure is INVALID_ARGUMENT naming `what`. */
xybrid_status xb_grow(xb_mem *m, void **items, size_t *capacity, size_t count, size_t item_size, size_t max, const char *what,
                      xybrid_error *err);

#endif
