/* kernel/pool.h - pooling of float32 with vectors of channels: the largest, the average or a norm of each window; one or two
 * spatial dimensions, layouts BLOCKED and LAST (kernel/layout.h). Dense tensors: kernel/pooling.h.
 *
 *     xb_pool_args a = { .x = x, .y = y, .kind = XB_POOL_MAX, .batch = 1, .channels = 64, .in = { 1, 112, 112 }, ... };
 *     xb_work work = xb_pool_work(isa, XB_LAYOUT_BLOCKED, &a);
 *
 * A window of the whole input is a global pool. A window that meets no input is -infinity for MAX and 0 otherwise. MAX: NaN if
 * any is.
 *
 * The average divides by the points of the window that are input, or, with count_padding, by those that are input or padding:
 * where `out` was rounded up (ceil_mode), what lies beyond in + pad_end is neither. */
#ifndef XB_POOL_H
#define XB_POOL_H

#include "kernel/layout.h"

typedef enum xb_pool_kind {
    XB_POOL_MAX,
    XB_POOL_AVERAGE,
    XB_POOL_L1, /* sum of |x| */
    XB_POOL_L2  /* sqrt of the sum of x^2 */
} xb_pool_kind;

typedef struct xb_pool_args {
    const float *x;
    float       *y;
    int64_t      batch, channels;
    /* Depth (1), height, width, as in kernel/conv.h. */
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3];
    int32_t kind; /* xb_pool_kind */
    int32_t count_padding;

    /* Set by xb_pool_work. */
    const xb_isa *isa;
    int32_t       layout;
    int64_t       piece, pieces; /* lines of a chunk */
} xb_pool_args;

/* Does this layout take it? */
int xb_pool_fits(xb_layout layout, const xb_pool_args *args);

xb_work xb_pool_work(const xb_isa *isa, xb_layout layout, xb_pool_args *args);

#endif
