/* kernel/transpose.h - moving elements: copies between any strides (transpose, slice, expand), and conversions between
 * floating-point and 8-bit types. Contract: kernel/kernel.h.
 *
 *     xb_copy_args args;
 *     xb_copy_args_transpose(&args, 4, shape, perm, 4, in, out);      // NumPy's transpose; out is dense
 *     xb_work work = xb_copy_work(isa, &args);                        // puts the arguments into their simplest form
 *
 * in and out do not overlap. Any thread. */
#ifndef XB_TRANSPOSE_H
#define XB_TRANSPOSE_H

#include "kernel/kernel.h"
#include "kernel/strides.h"

/* out[i, j, ...] = in[i, j, ...]: strides in elements; a step of 0 in in repeats, negative ones go backwards from `in`. */
typedef struct xb_copy_args {
    const void *in;
    void       *out;
    int32_t     element_bytes; /* 1, 2, 4, 8 */
    int32_t     rank;
    int64_t     shape[XB_STRIDES_RANK], stride_in[XB_STRIDES_RANK], stride_out[XB_STRIDES_RANK];
} xb_copy_args;

/* out's dimension d is in's perm[d]; in has `shape`, both are dense. */
void xb_copy_args_transpose(xb_copy_args *args, int32_t rank, const int64_t *shape, const int32_t *perm, int32_t element_bytes,
                            const void *in, void *out);

xb_work xb_copy_work(const xb_isa *isa, xb_copy_args *args);

/* For the kernel itself. A plane is the last two dimensions, in's steps of 1 along the first of them and out's along the
 * second: it is turned in tiles, which are counted as rows of 1; without one, the grid is of lines. */
enum { XB_COPY_TILE = 64 };
int     xb_copy_is_plane(const xb_copy_args *args);
xb_grid xb_copy_grid(const xb_copy_args *args);

/* ---- conversions ---- */

typedef enum xb_convert_kind {
    XB_CONVERT_F16_F32, /* IEEE 754 binary16; exact */
    XB_CONVERT_F32_F16, /* to nearest, half to even; beyond 65504 infinity */
    XB_CONVERT_BF16_F32,
    XB_CONVERT_F32_BF16, /* to nearest, half to even; NaN stays NaN */
    XB_CONVERT_I8_F32,
    XB_CONVERT_U8_F32,
    XB_CONVERT_COUNT
} xb_convert_kind;

typedef struct xb_convert_args {
    const void *in;
    void       *out;
    int64_t     count;
    int32_t     kind; /* xb_convert_kind */
} xb_convert_args;

xb_work xb_convert_work(const xb_isa *isa, const xb_convert_args *args);
xb_grid xb_convert_grid(const xb_convert_args *args);

#endif
