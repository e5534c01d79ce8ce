/* counted.h - an allocator that counts the blocks and bytes alive and can refuse one call, or every call from it on. For one
 * thread. */
#ifndef COUNTED_H
#define COUNTED_H

#include <stdint.h>
#include <stdlib.h>

typedef struct counter {
    int64_t bytes, most_bytes;    /* the most since it was set */
    int64_t live, calls, fail_at; /* fail_at: the call that is refused, from 1 on; 0 = none */
    int     for_ever, struck;
} counter;

static inline void *counted_alloc(void *ctx, int64_t size, int64_t align) {
    counter *c = ctx;
    c->calls++;
    if (c->calls == c->fail_at || (c->for_ever && c->fail_at && c->calls > c->fail_at)) return c->struck = 1, NULL;
    c->live++;
    c->bytes += size;
    if (c->bytes > c->most_bytes) c->most_bytes = c->bytes;
    return aligned_alloc((size_t)align, ((size_t)size + (size_t)align - 1) / (size_t)align * (size_t)align);
}

static inline void counted_free(void *ctx, void *memory, int64_t size, int64_t align) {
    counter *c = ctx;
    (void)align;
    c->live--;
    c->bytes -= size;
    free(memory);
}

#endif
