/* kernel/rows.h - what is computed along a row: softmax, normalisation, reductions, the largest. Contract: kernel/kernel.h.
 *
 *     xb_norm_args args = { .in = x, .residual = skip, .gain = gamma, .offset = beta, .out = y, .rows = 128, .n = 384,
 *                           .epsilon = 1e-5f };
 *     xb_work work = xb_norm_work(isa, &args);
 *
 * A tensor is seen as [outer, n, inner] or [rows, n], dense; the work runs along n. out may be in. Sums run in a fixed order: a
 * lane of a vector adds every XB_VW-th element of a block of 1,024, the lanes are folded, the blocks added in float64. Along
 * an outer axis (inner > 1) each element has its own sum, in blocks of 64. A NaN makes its row NaN. Any thread. */
#ifndef XB_ROWS_H
#define XB_ROWS_H

#include "kernel/kernel.h"
#include "kernel/strides.h"

/* ---- softmax ---- */

/* exp(x - max) / sum, or x - max - log(sum). A row with +infinity, or of -infinity alone, is NaN. */
typedef struct xb_softmax_args {
    const float *in;
    float       *out;
    int64_t      outer, n, inner;
    int32_t      is_log;
} xb_softmax_args;

xb_work xb_softmax_work(const xb_isa *isa, const xb_softmax_args *args);
xb_grid xb_softmax_grid(const xb_softmax_args *args);

/* The softmax of rows whose columns come in parts: s becomes exp(s - max) with the largest so far, and what earlier parts
 * became is to be multiplied by `factor`; in the end all is to be divided by `sum`. M. Milakov, N. Gimelshein, "Online normalizer
 * calculation for softmax" (2018). Rows of -infinity alone have the sum 0, rows with NaN or +infinity NaN. */
typedef struct xb_softmax_part {
    float  *s;
    int64_t ld, rows, n; /* ld: from row to row */
    float  *max;         /* [rows], as the next two; before the first part -infinity */
    double *sum;         /* 0 */
    float  *factor;
} xb_softmax_part;

/* ---- LayerNormalization, RMSNormalization, with a residual before ---- */

/* s = in + residual + bias;  y = (s - mean) / sqrt(variance + epsilon) * gain + offset: J. L. Ba et al., "Layer
 * Normalization" (2016). is_rms: y = s / sqrt(mean of s^2 + epsilon) * gain + offset: B. Zhang, R. Sennrich, "Root Mean Square
 * Layer Normalization" (2019). What may be NULL is left out. */
typedef struct xb_norm_args {
    const float *in;             /* [rows, n] */
    const float *residual;       /* [rows, n] or NULL */
    const float *bias;           /* [n] or NULL */
    const float *gain, *offset;  /* [n] or NULL */
    float       *out;            /* [rows, n] */
    float       *sum;            /* s, [rows, n], or NULL; may be residual */
    float       *mean, *inverse; /* mean and 1 / sqrt(variance + epsilon), [rows], or NULL */
    int64_t      rows, n;
    float        epsilon;
    int32_t      is_rms;
} xb_norm_args;

xb_work xb_norm_work(const xb_isa *isa, const xb_norm_args *args);
xb_grid xb_norm_grid(const xb_norm_args *args);

/* ---- InstanceNormalization, GroupNormalization ---- */

/* Mean and variance over a group of channels: y = (x - mean) / sqrt(variance + epsilon) * gain[c] + offset[c]. Channel c of
 * group g is (g * channels + c) % period: a period of all channels serves a batch, groups * channels gives each sample its own
 * (AdaIN). */
typedef struct xb_group_norm_args {
    const float *in;
    float       *out;
    const float *gain, *offset;           /* [period] or NULL */
    int64_t      groups, channels, inner; /* groups of all samples; channels of one group */
    int64_t      period;
    float        epsilon;
} xb_group_norm_args;

xb_work xb_group_norm_work(const xb_isa *isa, const xb_group_norm_args *args);
xb_grid xb_group_norm_grid(const xb_group_norm_args *args);

/* ---- reductions ---- */

typedef enum xb_reduce_op {
    XB_REDUCE_SUM,
    XB_REDUCE_MEAN,
    XB_REDUCE_SUM_SQUARE,
    XB_REDUCE_L1,
    XB_REDUCE_L2,
    XB_REDUCE_PROD,
    XB_REDUCE_MAX, /* NaN if any is */
    XB_REDUCE_MIN,
    XB_REDUCE_LOG_SUM,
    XB_REDUCE_LOG_SUM_EXP,
    XB_REDUCE_COUNT
} xb_reduce_op;

/* [outer, n, inner] to [outer, inner]. n = 0 gives 0, 1 for PROD, -infinity for MAX, LOG_SUM and LOG_SUM_EXP, infinity for MIN,
 * NaN for MEAN. */
typedef struct xb_reduce_args {
    const float *in;
    float       *out;
    int64_t      outer, n, inner;
    int32_t      op; /* xb_reduce_op */
} xb_reduce_args;

xb_work xb_reduce_work(const xb_isa *isa, const xb_reduce_args *args);
xb_grid xb_reduce_grid(const xb_reduce_args *args);

/* ---- index of the largest ---- */

/* [outer, n, inner] to [outer, inner], 1 <= n < 2^31. The first of equals, or the last. A NaN counts as the largest, and as the
 * smallest, so that a broken result is seen (as numpy does). */
typedef struct xb_argmax_args {
    const float *in;
    int64_t     *out;
    int64_t      outer, n, inner;
    int32_t      is_min, is_last;
} xb_argmax_args;

xb_work xb_argmax_work(const xb_isa *isa, const xb_argmax_args *args);
xb_grid xb_argmax_grid(const xb_argmax_args *args);

#endif
