/* kernel/conv_hot.h - the hot functions that convolutions and pooling are made of: what kernel/hot_conv.h and
 * kernel/hot_pool.h give for each instruction set, and what the drivers (conv_*.c, pool.c, reorder.c) call through the table. c is the set's vector width. */
#ifndef XB_CONV_HOT_H
#define XB_CONV_HOT_H

#include <stdint.h>

/* A run of the sum of products: `count` neighbours from x + offset on (elements). */
typedef struct xb_conv_segment {
    int64_t offset, count;
} xb_conv_segment;

/* What is the same for many tiles. */
typedef struct xb_conv_tile {
    const xb_conv_segment *segments;
    int64_t                segment_count;
    int64_t                y_point, y_vector; /* strides of the result in elements: to the next point, to the next vector */
    int64_t                x_step;            /* of planar tiles and `few` */
} xb_conv_tile;

enum { XB_CONV_TILE_POINTS = 14, XB_CONV_TILE_VECTORS = 4, XB_CONV_FEW = 4 };

/* A tile of P points (1 or an even number) and V vectors of c values each:
 *     y[p][v] = init[v] + sum over segments, over i < count, of x[offset + i * step + p * pitch] * w[next vector of V]
 * in this order, each term by xb_vf_fma. `init` holds V vectors, w is read from its begin to its end. */
typedef void (*xb_conv_tile_fn)(const xb_conv_tile *t, const float *x, const float *w, const float *init, float *y);

enum {                    /* the two kinds of tile */
       XB_CONV_BLOCKED_X, /* pitch c, step 1: points are blocks of c channels */
       XB_CONV_PLANAR_X,  /* pitch 1, step x_step: points are neighbours */
       XB_CONV_KINDS
};

/* Few channels (C = 1, 2 or 4) of many points, `few_vectors` vectors of them:
 *     y[channel][v] = sum over segments, over i < count, of x[offset + i * x_step + v * c, a vector] * w[next C][channel]
 * With y_point from channel to channel; init is not read. */

/* A row of points of a depthwise convolution, c channels (or the first `lanes` of them) each. */
typedef struct xb_conv_taps {
    int64_t rows, columns;           /* of the kernel, those that meet the input */
    int64_t x_row, x_column;         /* from tap to tap in the input */
    int64_t w_row, w_column;         /* in the weights */
    int64_t x_point, y_point, lanes; /* from point to point */
} xb_conv_taps;

/* A row of windows of a pool. */
typedef struct xb_pool_taps {
    int64_t rows, columns;           /* that meet the input */
    int64_t x_row, x_column;         /* from tap to tap */
    int64_t x_point, y_point, lanes; /* from window to window */
    int32_t kind;                    /* xb_pool_kind, kernel/pool.h */
    float   divisor;                 /* of an average */
} xb_pool_taps;

typedef struct xb_conv_hot {
    int32_t         points, vectors;                                                        /* the largest tile */
    xb_conv_tile_fn tile[XB_CONV_KINDS][XB_CONV_TILE_VECTORS][XB_CONV_TILE_POINTS / 2 + 1]; /* [kind][V - 1][P / 2] */

    int32_t         few_vectors;
    xb_conv_tile_fn few[3]; /* [C / 2] */

    /* dst[line][i] = src[line][i * step], i < count */
    void (*take)(float *dst, int64_t dst_line, const float *src, int64_t src_line, int64_t step, int64_t lines, int64_t count);
    /* dst[i] = the first `lanes` of src[i], the others 0 */
    void (*move)(float *dst, int64_t dst_stride, const float *src, int64_t src_stride, int64_t count, int64_t lanes);
    /* the same, only `lanes` written */
    void (*move_out)(float *dst, int64_t dst_stride, const float *src, int64_t src_stride, int64_t count, int64_t lanes);
    /* dst[i][lane] = src[lane][i] for points i < count; lanes up to `width` are written, those from `lanes` on with 0 */
    void (*spread)(float *dst, int64_t dst_point, const float *src, int64_t src_channel, int64_t count, int64_t lanes,
                   int64_t width);
    /* dst[lane][i] = src[i][lane] */
    void (*collect)(float *dst, int64_t dst_channel, const float *src, int64_t src_point, int64_t count, int64_t lanes);

    void (*depthwise)(const xb_conv_taps *t, const float *x, const float *w, const float *init, float *y, int64_t count);

    void (*pool)(const xb_pool_taps *t, const float *x, float *y, int64_t count);

    /* Winograd's F(4x4, 3x3) and F(4, 3), see kernel/conv_winograd.c. Windows of 6 x 6 (6) points, tiles of 4 x 4 (4). */
    void (*winograd_in2)(const float *x, int64_t x_row, int64_t x_tile, int64_t count, float *v, int64_t v_plane);
    void (*winograd_out2)(const float *m, int64_t m_plane, int64_t count, const float *init, float *y, int64_t y_row,
                          int64_t rows, int64_t columns);
    void (*winograd_in1)(const float *x, int64_t x_step, int64_t x_tile, int64_t count, float *v, int64_t v_plane);
    void (*winograd_out1)(const float *m, int64_t m_plane, int64_t count, const float *init, float *y, int64_t y_step,
                          int64_t y_tile, int64_t points, int64_t lanes);
} xb_conv_hot;

#endif
