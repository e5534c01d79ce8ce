/* kernel/interpolate.h - one dimension of a tensor made longer or shorter: each result is a weighted sum of elements along it.
 * Resize with linear or cubic weights is a pass for each dimension that changes.
 *
 *     y[outer, o, inner] = sum over t of weights[o, t] x[outer, places[o, t], inner];  the value where places[o, 0] is -1
 *
 * The weights are the caller's (engine/native/ops_resize.c). Weights and sums are float for float32, double for float64. */
#ifndef XB_INTERPOLATE_H
#define XB_INTERPOLATE_H

#include "kernel/kernel.h"

typedef struct xb_interpolate_args {
    const void    *x;
    void          *y;
    const int64_t *places;  /* [out, taps] */
    const void    *weights; /* [out, taps] float or double */
    double         outside;
    int32_t        is_double, taps;
    int64_t        outer, in, out, inner;
    int64_t        rows_per_chunk; /* xb_interpolate_work's own */
} xb_interpolate_args;
xb_work xb_interpolate_work(xb_interpolate_args *a);

#endif
