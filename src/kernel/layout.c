/* kernel/layout.c - reordering, a block of c channels at a time. */
#include "kernel/layout.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/isa.h"

enum { CHUNK_POINTS = 2048 };

int64_t xb_layout_count(const xb_isa *isa, xb_layout layout, int64_t batch, int64_t channels, int64_t points) {
    int64_t c = isa->vector_width;
    return batch * points * (layout == XB_LAYOUT_BLOCKED ? (channels + c - 1) / c * c : channels);
}

/* Where a block of an item begins, and the strides to the next channel and point. */
typedef struct place {
    int64_t first, channel, point;
} place;

static place place_of(const xb_reorder_args *a, xb_layout layout, int64_t item, int64_t block) {
    int64_t c = a->isa->vector_width, blocks = (a->channels + c - 1) / c;
    if (layout == XB_LAYOUT_DENSE) return (place){ (item * a->channels + block * c) * a->points, a->points, 1 };
    if (layout == XB_LAYOUT_LAST) return (place){ item * a->points * a->channels + block * c, 1, a->channels };
    return (place){ (item * blocks + block) * a->points * c, 1, c };
}

static void run_reorder(const void *args, int32_t chunk, void *scratch) {
    const xb_reorder_args *a = args;
    const xb_conv_hot     *hot = &a->isa->conv;
    int64_t                c = a->isa->vector_width, blocks = (a->channels + c - 1) / c;
    int64_t                begin = chunk % a->pieces * a->piece, count = xb_min64(a->piece, a->points - begin);
    int64_t                block = chunk / a->pieces % blocks, item = chunk / a->pieces / blocks;
    int64_t                lanes = xb_min64(c, a->channels - block * c);
    place                  from = place_of(a, a->from, item, block), to = place_of(a, a->to, item, block);
    const float           *x = a->x + from.first + begin * from.point;
    float                 *y = a->y + to.first + begin * to.point;
    (void)scratch;
    if (a->from == a->to && a->to == XB_LAYOUT_BLOCKED) {
        memcpy(y, x, (size_t)(count * c) * sizeof *y);
    } else if (a->from == a->to && a->to == XB_LAYOUT_LAST) {
        if (block == 0) memcpy(y, x, (size_t)(count * a->channels) * sizeof *y);
    } else if (from.point == 1 && to.point == 1) { /* dense both, or blocks of 1 */
        for (int64_t i = 0; i < lanes; i++) memcpy(y + i * to.channel, x + i * from.channel, (size_t)count * sizeof *y);
    } else if (a->from == XB_LAYOUT_DENSE) {
        hot->spread(y, to.point, x, from.channel, count, lanes, a->to == XB_LAYOUT_BLOCKED ? c : lanes);
    } else if (a->to == XB_LAYOUT_DENSE) {
        hot->collect(y, to.channel, x, from.point, count, lanes);
    } else if (a->to == XB_LAYOUT_BLOCKED) {
        hot->move(y, c, x, from.point, count, lanes);
    } else {
        hot->move_out(y, to.point, x, from.point, count, lanes);
    }
}

xb_work xb_reorder_work(const xb_isa *isa, xb_reorder_args *a) {
    int64_t c = isa->vector_width, blocks = (a->channels + c - 1) / c;
    a->isa = isa;
    a->pieces = (a->points + CHUNK_POINTS - 1) / CHUNK_POINTS;
    if (a->pieces > 0) a->piece = (a->points + a->pieces - 1) / a->pieces;
    return (xb_work){ run_reorder, (int32_t)(a->batch * blocks * a->pieces), 0 };
}
