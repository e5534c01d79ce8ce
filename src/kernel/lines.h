/* kernel/lines.h - what is computed along one axis of float32 and float64 tensors: softmax, normalisations; and
 * some rare functions.
 *
 *     xb_line_softmax_args s = { .x = x, .y = y, .outer = rows, .n = classes, .inner = 1 };
 *     xb_work work = xb_line_softmax_work(&s);                      // is_double tells the type
 *
 * A tensor is seen as [outer, n, inner]; a line is n elements, `inner` apart. x and y may be the same memory. Sums run in the
 * tensor's own type, in order; means and variances in two passes, the second over (x - mean)^2. Chunks are lines.
 * Sources: the operators' definitions in ONNX's Operators.md. */
#ifndef XB_LINES_H
#define XB_LINES_H

#include "kernel/kernel.h"

/* exp(x - max) / sum, or with is_log x - max - log(sum). A line of only -infinity: NaN, or 0 with zero_if_masked. */
typedef struct xb_line_softmax_args {
    const void *x;
    void       *y;
    int64_t     outer, n, inner;
    int32_t     is_double, is_log, zero_if_masked;
    int64_t     units, per_chunk; /* xb_line_softmax_work's own */
} xb_line_softmax_args;
xb_work xb_line_softmax_work(xb_line_softmax_args *a);

/* Rows [rows, width]:  y = (x - mean) / sqrt(variance + epsilon) * scale + bias, or
 *     without the mean (RMS):               y = x / sqrt(mean of x^2 + epsilon) * scale
 *     with epsilon beside the root (MVN):   y = (x - mean) / (sqrt(variance) + epsilon)
 * Element j of row r is scaled by scale[r % period * per_row + j / inner], if scale is not NULL; so for bias.
 * mean and inv_std, if not NULL, get [rows] numbers, in the tensor's type. */
typedef struct xb_row_norm_args {
    const void *x, *scale, *bias;
    void       *y, *mean, *inv_std;
    int64_t     rows, width, period, per_row, inner;
    double      epsilon;
    int32_t     is_double, keeps_mean, epsilon_beside_root;
    int64_t     per_chunk; /* xb_row_norm_work's own */
} xb_row_norm_args;
xb_work xb_row_norm_work(xb_row_norm_args *a);

/* x / (sum of |x|^p)^(1/p) along a line, p 1 or 2; a line of zeros stays. */
typedef struct xb_lp_norm_args {
    const void *x;
    void       *y;
    int64_t     outer, n, inner;
    int32_t     is_double, p;
    int64_t     units, per_chunk; /* xb_lp_norm_work's own */
} xb_lp_norm_args;
xb_work xb_lp_norm_work(xb_lp_norm_args *a);

/* Local response over neighbouring channels: y = x / (bias + alpha / size * sum of x[c']^2)^beta over
 * c - (size - 1) / 2 <= c' <= c + size / 2 (rounded down, up). [outer, n, inner], n channels. */
typedef struct xb_lrn_args {
    const void *x;
    void       *y;
    int64_t     outer, n, inner, size;
    double      alpha, beta, bias;
    int32_t     is_double;
    int64_t     units, per_chunk; /* xb_lrn_work's own */
} xb_lrn_args;
xb_work xb_lrn_work(xb_lrn_args *a);

/* Mean and variance (divided by the number) of each channel over [outer, channels, inner]. */
typedef struct xb_moments_args {
    const void *x;
    void       *mean, *variance; /* [channels] */
    int64_t     outer, channels, inner;
    int32_t     is_double;
    int64_t     per_chunk; /* xb_moments_work's own */
} xb_moments_args;
xb_work xb_moments_work(xb_moments_args *a);

/* y = (x - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c], as x * gain + offset with gain and offset rounded
 * once. running_mean and running_variance, if not NULL, get old * momentum + new * (1 - momentum). */
typedef struct xb_batch_norm_args {
    const void *x, *scale, *bias, *mean, *variance; /* [channels] */
    void       *y;
    int64_t     outer, channels, inner;
    double      epsilon;
    int32_t     is_double;
    int64_t     per_chunk; /* xb_batch_norm_work's own */
} xb_batch_norm_args;
xb_work xb_batch_norm_work(xb_batch_norm_args *a);

/* out = a * wa + b * wb: the running numbers of training. */
typedef struct xb_mix_args {
    const void *a, *b;
    void       *out;
    int64_t     count;
    double      wa, wb;
    int32_t     is_double;
} xb_mix_args;
xb_work xb_mix_work(xb_mix_args *a);

/* y = a sigmoid(alpha a) * b, element by element; for float64 (float32 is a programme of kernel/epilogue.h). */
typedef struct xb_gated_args {
    const double *a, *b;
    double       *y;
    int64_t       count;
    double        alpha;
    int64_t       per_chunk; /* xb_gated_work's own */
} xb_gated_args;
xb_work xb_gated_work(xb_gated_args *a);

/* The determinant of each of `count` matrices [size, size]: elimination with the largest of a column as pivot, in float64. */
typedef struct xb_det_args {
    const void *x;
    void       *y;
    int64_t     count, size;
    int32_t     is_double;
} xb_det_args;
xb_work xb_det_work(xb_det_args *a);

#endif
