/* kernel/layout.h - the same float32 tensor in another order: what stands between kernels that want different layouts.
 *
 *     XB_LAYOUT_DENSE     [batch, channels, points]
 *     XB_LAYOUT_BLOCKED   [batch, ceil(channels / c), points, c], c = xb_conv_block(isa); zeros behind the last channel
 *     XB_LAYOUT_LAST      [batch, points, channels]
 *
 *     xb_reorder_args a = { .x = x, .y = y, .batch = 1, .channels = 96, .points = 80 * 80,
 *                           .from = XB_LAYOUT_DENSE, .to = XB_LAYOUT_BLOCKED };
 *     xb_work work = xb_reorder_work(isa, &a);
 *
 * x and y do not overlap. */
#ifndef XB_LAYOUT_H
#define XB_LAYOUT_H

#include "kernel/kernel.h"

typedef enum xb_layout { XB_LAYOUT_DENSE, XB_LAYOUT_BLOCKED, XB_LAYOUT_LAST } xb_layout;

typedef struct xb_reorder_args {
    const float *x;
    float       *y;
    int64_t      batch, channels, points;
    xb_layout    from, to;

    /* Set by xb_reorder_work. */
    const xb_isa *isa;
    int64_t       piece, pieces; /* points of a chunk */
} xb_reorder_args;

xb_work xb_reorder_work(const xb_isa *isa, xb_reorder_args *args);

/* Elements of the tensor in that layout. */
int64_t xb_layout_count(const xb_isa *isa, xb_layout layout, int64_t batch, int64_t channels, int64_t points);

#endif
