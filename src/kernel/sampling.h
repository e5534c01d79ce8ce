/* kernel/sampling.h - plain kernels that read a picture between its points: GridSample, AffineGrid, RoiAlign, MaxRoiPool; and
 * MaxRoiPool, whose regions are whole points. float32 and float64.
 *
 *     xb_grid_sample_args a = { .batch = n, .channels = c, .rank = 2, .in = { h, w }, .out = { oh, ow }, .mode = XB_SAMPLE_LINEAR, ... };
 *     xb_work work = xb_grid_sample_work(&a);
 *
 * Coordinates come from tensors: what is NaN or far outside reads as 0 (or, in a region, as an empty one). */
#ifndef XB_SAMPLING_H
#define XB_SAMPLING_H

#include "kernel/kernel.h"

typedef enum xb_sample_mode { XB_SAMPLE_NEAREST, XB_SAMPLE_LINEAR, XB_SAMPLE_CUBIC } xb_sample_mode;
typedef enum xb_sample_border { XB_SAMPLE_ZEROS, XB_SAMPLE_CLAMP, XB_SAMPLE_REFLECT } xb_sample_border;

enum { XB_SAMPLE_RANK = 3 };

/* x [batch, channels, in], grid [batch, out, rank], y [batch, channels, out]. The grid's last dimension counts axes from the
 * last one; -1 and 1 are the centres of the first and last point (align_corners) or their outer edges. nearest: half to even.
 * cubic: R. Keys, "Cubic Convolution Interpolation" (1981), a = -0.75. */
typedef struct xb_grid_sample_args {
    const void      *x, *grid;
    void            *y;
    int64_t          batch, channels;
    int32_t          rank, align_corners, is_double; /* rank 1..XB_SAMPLE_RANK */
    xb_sample_mode   mode;
    xb_sample_border border;
    int64_t          in[XB_SAMPLE_RANK], points; /* points: product of out */
    int64_t          per_chunk;                  /* xb_grid_sample_work's own */
} xb_grid_sample_args;
xb_work xb_grid_sample_work(xb_grid_sample_args *a);

/* y [batch, out, rank] = theta [batch, rank, rank + 1] applied to (x, y, (z,) 1), coordinates as in the grid above. */
typedef struct xb_affine_grid_args {
    const void *theta;
    void       *y;
    int64_t     batch, out[XB_SAMPLE_RANK];
    int32_t     rank, align_corners, is_double;
    int64_t     per_chunk; /* xb_affine_grid_work's own */
} xb_affine_grid_args;
xb_work xb_affine_grid_work(xb_affine_grid_args *a);

/* x [batch, channels, height, width], rois [count, 4] (x1, y1, x2, y2), items [count], y [count, channels, out]. Each bin of a
 * region is sampled at ratio x ratio points (0: as many as the bin has pixels, at most 4 times the picture's), which are
 * averaged, or of whose weighed neighbours the largest is taken. K. He et al., "Mask R-CNN" (2017). */
typedef struct xb_roi_align_args {
    const void    *x, *rois;
    const int64_t *items;
    void          *y;
    int64_t        batch, channels, height, width, count, out_height, out_width, ratio;
    double         scale;
    int32_t        half_pixel, is_max, is_double;
    int64_t        per_chunk; /* xb_roi_align_work's own */
} xb_roi_align_args;
xb_work xb_roi_align_work(xb_roi_align_args *a);

/* rois [count, 5] (item, x1, y1, x2, y2), rounded to whole points, both ends inside; the largest of each bin, 0 of an empty
 * one. R. Girshick, "Fast R-CNN" (2015). */
typedef struct xb_roi_pool_args {
    const void *x, *rois;
    void       *y;
    int64_t     batch, channels, height, width, count, out_height, out_width;
    double      scale;
    int32_t     is_double;
    int64_t     per_chunk; /* xb_roi_pool_work's own */
} xb_roi_pool_args;
xb_work xb_roi_pool_work(xb_roi_pool_args *a);

#endif
