/* kernel/blocked.c - see blocked.h. */
#include "kernel/blocked.h"

#include <string.h>

#include "kernel/isa.h"

enum { CHUNK_POINTS = 4096 };

static int64_t blocks_of(int64_t channels, int64_t block) { return (channels + block - 1) / block; }

/* Chunks of points in each block of each item. */
static xb_work points_work(xb_kernel_fn run, int64_t blocks, int64_t plane, int64_t *points) {
    if (blocks == 0 || plane == 0) return (xb_work){ .run = run };
    *points = plane < CHUNK_POINTS ? plane : CHUNK_POINTS;
    int64_t parts = (plane + *points - 1) / *points;
    if (parts * blocks > INT32_MAX) {
        *points = plane;
        parts = 1;
    }
    return (xb_work){ .run = run, .chunks = (int32_t)(parts * blocks) };
}

typedef struct place {
    int64_t item, block, first, points;
} place;

static place place_of(int32_t chunk, int64_t blocks, int64_t plane, int64_t points) {
    int64_t parts = (plane + points - 1) / points, part = chunk % parts, rest = chunk / parts;
    place   p = { rest / blocks, rest % blocks, part * points, points };
    if (p.first + p.points > plane) p.points = plane - p.first;
    return p;
}

static void chain_run(const void *args, int32_t chunk, void *scratch) {
    const xb_blocked_chain_args *a = args;
    int64_t                      c = a->isa->vector_width, blocks = blocks_of(a->channels, c);
    place                        p = place_of(chunk, blocks, a->plane, a->points);
    int64_t                      at = (p.item * blocks + p.block) * a->plane + p.first; /* points from the start */
    (void)scratch;
    if (a->out != a->in) memcpy(a->out + at * c, a->in + at * c, (size_t)(p.points * c) * sizeof *a->out);
    /* the row for which row * c + column is the place in the tensor, column being the channel */
    a->isa->epilogue(&a->e, a->out + at * c, c, at - p.block, p.block * c, p.points, c);
}

xb_work xb_blocked_chain_work(const xb_isa *isa, xb_blocked_chain_args *a) {
    a->isa = isa;
    return points_work(chain_run, a->batch * blocks_of(a->channels, isa->vector_width), a->plane, &a->points);
}
