/* kernel/pool.h - pooling of float32 (and, dense, float64): the largest, the average or a norm of each window, each channel by
 * itself; 1, 2 or 3 spatial dimensions. ONNX's MaxPool, AveragePool, LpPool; the global ones have a window of the whole input.
 *
 *     xb_pool_args a = { .x = x, .y = y, .kind = XB_POOL_MAX, .batch = 1, .channels = 64, .in = { 1, 112, 112 }, ... };
 *     xb_work work = xb_pool_work(isa, XB_LAYOUT_BLOCKED, &a);
 *
 * Layouts as in kernel/layout.h: DENSE takes all kinds, dimensions and indices; BLOCKED and LAST up to two dimensions, MAX,
 * AVERAGE, L1, L2. A window that meets no input is -infinity for MAX and 0 otherwise. MAX: NaN if any is.
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
    XB_POOL_L2, /* sqrt of the sum of x^2 */
    XB_POOL_LP  /* (sum of |x|^p)^(1/p) */
} xb_pool_kind;

typedef struct xb_pool_args {
    const void *x; /* float, or double with xb_pool_work_f64 */
    void       *y;
    int64_t    *indices; /* of MAX, dense: like y, place of the largest in x as a whole; the first of equals, NaN the largest */
    int64_t     batch, channels;
    /* Depth, height, width, as in kernel/conv.h. */
    int64_t in[3], out[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3];
    double  p;
    int32_t kind; /* xb_pool_kind */
    int32_t count_padding;
    int32_t column_major; /* indices count the last dimension slowest (ONNX's storage_order 1) */

    /* Set by xb_pool_work. */
    const xb_isa *isa;
    int32_t       layout;
    int64_t       piece, pieces; /* lines of a chunk */
} xb_pool_args;

/* Does this layout take it? */
int xb_pool_fits(xb_layout layout, const xb_pool_args *args);

xb_work xb_pool_work(const xb_isa *isa, xb_layout layout, xb_pool_args *args);
xb_work xb_pool_work_f64(xb_pool_args *args); /* dense */

#endif
