/* base/arena.c - a list of blocks, each filled from its front. */
#include "base/arena.h"

#include <string.h>

#include "base/error.h"

struct xb_arena_block {
    xb_arena_block *next;
    size_t          used, size; /* of the bytes behind the head */
};

enum { HEAD = (sizeof(xb_arena_block) + 15) & ~(size_t)15, FIRST_BLOCK = 1024, LARGEST_BLOCK = 256 << 10 };

void xb_arena_init(xb_arena *a, xb_mem *mem, size_t max_bytes) {
    *a = (xb_arena){ .mem = mem, .block_size = FIRST_BLOCK, .max_bytes = max_bytes };
}

void *xb_arena_alloc(xb_arena *a, size_t size, xybrid_error *err) {
    if (size > SIZE_MAX - 64) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    size_t need = (size + 15) & ~(size_t)15;
    if (a->max_bytes && (need > a->max_bytes || a->used_bytes > a->max_bytes - need)) {
        xb_fail(err, XYBRID_MALFORMED, "", "needs more than the %zu bytes of memory that such data may take", a->max_bytes);
        return NULL;
    }
    xb_arena_block *b = a->blocks;
    if (!b || b->size - b->used < need) {
        size_t block = need > a->block_size ? need : a->block_size;
        b = xb_malloc(a->mem, HEAD + block, err);
        if (!b) return NULL;
        *b = (xb_arena_block){ .next = a->blocks, .size = block };
        a->blocks = b;
        if (a->block_size < LARGEST_BLOCK) a->block_size *= 2;
    }
    char *p = (char *)b + HEAD + b->used;
    b->used += need;
    a->used_bytes += need;
    memset(p, 0, need);
    return p;
}

void *xb_arena_array(xb_arena *a, size_t count, size_t size, xybrid_error *err) {
    if (size && count > SIZE_MAX / size) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    return xb_arena_alloc(a, count * size, err);
}

char *xb_arena_strndup(xb_arena *a, const char *text, size_t size, xybrid_error *err) {
    if (size == SIZE_MAX) return (void)xb_fail_memory(err, INT64_MAX), NULL;
    char *p = xb_arena_alloc(a, size + 1, err);
    if (p && size) memcpy(p, text, size);
    return p;
}

void xb_arena_free(xb_arena *a) {
    for (xb_arena_block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        xb_free(a->mem, b);
    }
    xb_arena_init(a, a->mem, a->max_bytes);
}

void xb_arena_clear(xb_arena *a) {
    size_t all = a->used_bytes;
    if (a->blocks && !a->blocks->next) {
        a->blocks->used = 0;
        a->used_bytes = 0;
        return;
    }
    xb_arena_free(a);
    if (all > a->block_size) a->block_size = all; /* one block for what several held */
}
