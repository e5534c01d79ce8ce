/* kernel/fill.h - tensors that are made, not moved: one value everywhere, arithmetic sequences, the identity matrix, one-hot
 * rows, triangles of matrices.
 *
 *     xb_fill_args a = { .y = y, .count = n, .element_bytes = 4, .value = &one };
 *     xb_work work = xb_fill_work(&a);
 *
 * Element sizes: 1, 2, 4, 8, 16 bytes; values are read at any alignment. */
#ifndef XB_FILL_H
#define XB_FILL_H

#include "kernel/kernel.h"

/* n elements of element_bytes, all `value`; NULL = zero bytes. For kernels. */
void xb_fill_elements(void *to, int64_t n, int32_t element_bytes, const void *value);

typedef struct xb_fill_args {
    void       *y;
    const void *value; /* one element; NULL = zero bytes */
    int64_t     count;
    int32_t     element_bytes;
    int64_t     per_chunk;
} xb_fill_args;
xb_work xb_fill_work(xb_fill_args *a);

/* y[i] = start + i delta, computed in double or in int64 (wrapping), then rounded to the type. */
typedef struct xb_progression_args {
    void   *y;
    int32_t dtype, element_bytes, is_real;
    double  start, delta;
    int64_t start_integer, delta_integer;
    int64_t count, per_chunk;
} xb_progression_args;
xb_work xb_progression_work(xb_progression_args *a);

/* y[rows, cols]: 1 where col - row = k, else 0. */
typedef struct xb_eye_args {
    void   *y;
    int32_t dtype, element_bytes;
    int64_t rows, cols, k, per_chunk;
} xb_eye_args;
xb_work xb_eye_work(xb_eye_args *a);

/* y[planes, rows, cols] = x where col - row <= k (lower) or >= k (upper), else 0. */
typedef struct xb_trilu_args {
    const void *x;
    void       *y;
    int32_t     element_bytes, is_upper;
    int64_t     planes, rows, cols, k, per_chunk;
} xb_trilu_args;
xb_work xb_trilu_work(xb_trilu_args *a);

/* y[outer, depth, inner] = values[0], but values[1] where the index in x[outer, inner] is; one below -depth or beyond depth - 1
 * is nowhere. Indices that are no integers count by their whole part. */
typedef struct xb_one_hot_args {
    const void *x, *values; /* values[2]: off, on */
    void       *y;
    int32_t     x_dtype, element_bytes;
    int64_t     outer, depth, inner, per_chunk;
} xb_one_hot_args;
xb_work xb_one_hot_work(xb_one_hot_args *a);

#endif
