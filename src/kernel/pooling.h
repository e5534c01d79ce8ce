/* kernel/pooling.h - plain pooling: largest, mean and p-norm of windows; back from the largest. Any layout of three spatial
 * dimensions (fewer stand at the end, a missing one is 1), dense planes.
 *
 *     xb_pooling_args a = { .op = XB_POOLING_MAX, .type = XB_POOLING_F32, .planes = n * c, .in = { 1, h, w }, ... };
 *     xb_work work = xb_pooling_work(&a);
 *
 * A window covers the points q * stride - pad + k * dilation, k < kernel, that lie in the input.
 *
 *     MAX   the largest; NaN if one is NaN; a window without points: the type's lowest number
 *     MEAN  the sum by the number of points; with counts_padding also those in the padding (up to pad_end behind the end)
 *     NORM  (sum of |x|^p)^(1/p)
 *
 * A chunk is some planes, or a part of a line where a plane takes long. */
#ifndef XB_POOLING_H
#define XB_POOLING_H

#include "kernel/kernel.h"

typedef enum xb_pooling_op { XB_POOLING_MAX, XB_POOLING_MEAN, XB_POOLING_NORM } xb_pooling_op;
typedef enum xb_pooling_type {
    XB_POOLING_F32,
    XB_POOLING_F64,
    XB_POOLING_I8,
    XB_POOLING_U8
} xb_pooling_type; /* the last: MAX */

typedef struct xb_pooling_args {
    xb_pooling_op   op;
    xb_pooling_type type;
    const void     *x;
    void           *y;
    int64_t        *index; /* of MAX, or NULL: where in the whole of x it stood, -1 for none; the first of equals */
    int64_t         planes;
    int64_t         in[3], out[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3];
    int32_t         counts_padding, column_major; /* column_major: indices count a plane's first dimension fastest */
    int32_t         p;
    int64_t         points, offset, part, units, per_chunk; /* xb_pooling_work's own */
} xb_pooling_args;
xb_work xb_pooling_work(xb_pooling_args *a);

/* y = 0, then y[index[i]] = x[i], elements of any size; an index outside of y is ignored. The indices count in a tensor of
 * [outer, in_dims], y is [outer, out_dims]: what lies outside of y is ignored, too. One chunk. */
typedef struct xb_unpool_args {
    const void    *x;
    const int64_t *index;
    void          *y;
    int64_t        count; /* of x and index */
    int32_t        rank, element_bytes;
    int64_t        in_dims[8], out_dims[8];
} xb_unpool_args;
xb_work xb_unpool_work(xb_unpool_args *a);

#endif
