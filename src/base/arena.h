/* base/arena.h - many small pieces with one end. What a parser builds (metadata, headers, vocabularies) lives in one.
 *
 *     | block: header | piece | pad | piece | ... free |  ->  | block | ...
 *
 * Pieces are never freed alone; xb_arena_free gives all back. One thread at a time. */
#ifndef XB_ARENA_H
#define XB_ARENA_H

#include "base/mem.h"

typedef struct xb_arena_block xb_arena_block;
typedef struct xb_arena {
    xb_mem         *mem;
    xb_arena_block *blocks;     /* newest first */
    size_t          block_size; /* of the next ordinary block */
    size_t          used_bytes; /* handed out */
    size_t          max_bytes;  /* 0 = no limit but the runtime's budget */
} xb_arena;

void xb_arena_init(xb_arena *a, xb_mem *mem, size_t max_bytes);

/* Zeroed, aligned to 16. NULL: *err is filled (OUT_OF_MEMORY, or the arena's limit). */
void *xb_arena_alloc(xb_arena *a, size_t size, xybrid_error *err);

/* count * size, checked. */
void *xb_arena_array(xb_arena *a, size_t count, size_t size, xybrid_error *err);

char *xb_arena_strndup(xb_arena *a, const char *text, size_t size, xybrid_error *err);

/* Gives everything back; the arena can be used again. */
void xb_arena_free(xb_arena *a);

/* Ends all pieces, and keeps memory for as many again: what is filled and cleared in turn soon allocates nothing. */
void xb_arena_clear(xb_arena *a);

#endif
