/* kernel/hot_rows.h - chunks of kernel/rows.h, and the functions on one row that other hot kernels call:
 *
 *     xb_hot_softmax_row(y, x, n, 0);       // y may be x
 *     double total = xb_row_sum(x, n); */
#ifndef XB_HOT_ROWS_H
#define XB_HOT_ROWS_H

#include "kernel/hot_epilogue.h"
#include "kernel/rows.h"

/* With a constant n of XB_VW these are plain loads and stores. */
XB_INLINE xb_vf xb_get(const float *p, int64_t n) { return n >= XB_VW ? xb_vf_load(p) : xb_vf_load_n(p, n); }
XB_INLINE void  xb_put(float *p, xb_vf v, int64_t n) {
    if (n >= XB_VW) xb_vf_store(p, v);
    else xb_vf_store_n(p, v, n);
}
XB_INLINE xb_vf xb_keep(xb_vf v, int64_t n, float rest) {
    return n >= XB_VW ? v : xb_vf_select(xb_vm_first(n), v, xb_vf_set(rest));
}

/* ---- sums along a row ---- */

enum { XB_SUM_BLOCK = 1024, XB_COLUMN_BLOCK = 64 };

/* total += TERM(i, n) for i = 0, XB_VW, ...; four sums at a time, because an addition takes four cycles */
#define XB_ROW_TOTAL(total, count, TERM)                                                \
    for (int64_t at = 0; at < (count); at += XB_SUM_BLOCK) {                            \
        int64_t end = xb_min64(at + XB_SUM_BLOCK, (count)), i = at;                     \
        xb_vf   s0 = xb_vf_zero(), s1 = s0, s2 = s0, s3 = s0;                           \
        for (; i + 4 * XB_VW <= end; i += 4 * XB_VW) {                                  \
            s0 = xb_vf_add(s0, TERM(i, XB_VW));                                         \
            s1 = xb_vf_add(s1, TERM(i + XB_VW, XB_VW));                                 \
            s2 = xb_vf_add(s2, TERM(i + 2 * XB_VW, XB_VW));                             \
            s3 = xb_vf_add(s3, TERM(i + 3 * XB_VW, XB_VW));                             \
        }                                                                               \
        for (; i + XB_VW <= end; i += XB_VW) s0 = xb_vf_add(s0, TERM(i, XB_VW));        \
        if (i < end) s0 = xb_vf_add(s0, TERM(i, end - i));                              \
        (total) += (double)xb_vf_hsum(xb_vf_add(xb_vf_add(s0, s1), xb_vf_add(s2, s3))); \
    }

static double xb_row_sum(const float *x, int64_t n) {
    double total = 0;
#define XB_TERM(i, m) xb_get(x + (i), (m))
    XB_ROW_TOTAL(total, n, XB_TERM)
#undef XB_TERM
    return total;
}

XB_INLINE xb_vf xb_squared(xb_vf x) { return xb_vf_mul(x, x); }

/* the sum of (x - centre)^2 */
static double xb_row_square_sum(const float *x, int64_t n, float centre) {
    double total = 0;
    xb_vf  c = xb_vf_set(centre);
#define XB_TERM(i, m) xb_keep(xb_squared(xb_vf_sub(xb_get(x + (i), (m)), c)), (m), 0.0f)
    XB_ROW_TOTAL(total, n, XB_TERM)
#undef XB_TERM
    return total;
}

static double xb_row_abs_sum(const float *x, int64_t n) {
    double total = 0;
#define XB_TERM(i, m) xb_vf_abs(xb_get(x + (i), (m)))
    XB_ROW_TOTAL(total, n, XB_TERM)
#undef XB_TERM
    return total;
}

/* The sum of exp(x - max), each also stored in y unless that is NULL. */
static double xb_row_exp_sum(float *y, const float *x, int64_t n, float max) {
    double total = 0;
    xb_vf  m = xb_vf_set(max);
    for (int64_t at = 0; at < n; at += XB_SUM_BLOCK) {
        int64_t end = xb_min64(at + XB_SUM_BLOCK, n);
        xb_vf   s = xb_vf_zero();
        for (int64_t i = at; i < end; i += XB_VW) {
            xb_vf e = xb_exp_bounded(xb_vf_sub(xb_get(x + i, end - i), m));
            if (y) xb_put(y + i, e, end - i);
            s = xb_vf_add(s, xb_keep(e, end - i, 0.0f));
        }
        total += (double)xb_vf_hsum(s);
    }
    return total;
}

/* -infinity for an empty row. A NaN is found only if `nan_too`, which takes twice as long. */
static float xb_row_max(const float *x, int64_t n, int nan_too) {
    xb_vf   a = xb_vf_set(-INFINITY), b = a;
    int64_t i = 0;
    if (nan_too) {
        for (; i < n; i += XB_VW) a = xb_vf_max_nan(a, xb_keep(xb_get(x + i, n - i), n - i, -INFINITY));
        return xb_vm_any(xb_vf_isnan(a)) ? NAN : xb_vf_hmax(a);
    }
    for (; i + 2 * XB_VW <= n; i += 2 * XB_VW) {
        a = xb_vf_max(xb_vf_load(x + i), a); /* a NaN x is passed over */
        b = xb_vf_max(xb_vf_load(x + i + XB_VW), b);
    }
    for (; i < n; i += XB_VW) a = xb_vf_max(xb_keep(xb_get(x + i, n - i), n - i, -INFINITY), a);
    return xb_vf_hmax(xb_vf_max(a, b));
}

XB_COLD float xb_row_min_nan(const float *x, int64_t n) {
    xb_vf a = xb_vf_set(INFINITY);
    for (int64_t i = 0; i < n; i += XB_VW) a = xb_vf_min_nan(a, xb_keep(xb_get(x + i, n - i), n - i, INFINITY));
    return xb_vm_any(xb_vf_isnan(a)) ? NAN : xb_vf_hmin(a);
}

XB_COLD float xb_row_product(const float *x, int64_t n) {
    float lanes[XB_VW], product = 1.0f;
    xb_vf p = xb_vf_set(1.0f);
    for (int64_t i = 0; i < n; i += XB_VW) p = xb_vf_mul(p, xb_keep(xb_get(x + i, n - i), n - i, 1.0f));
    xb_vf_store(lanes, p);
    for (int i = 0; i < XB_VW; i++) product *= lanes[i];
    return product;
}

/* ---- softmax ---- */

static void xb_hot_softmax_row(float *y, const float *x, int64_t n, int is_log) {
    float  max = xb_row_max(x, n, 0);
    double sum = xb_row_exp_sum(is_log ? NULL : y, x, n, max);
    xb_vf  factor = xb_vf_set((float)(1.0 / sum)), m = xb_vf_set(max), shift = xb_vf_set(is_log ? (float)log(sum) : 0.0f);
    for (int64_t i = 0; i < n; i += XB_VW) {
        xb_vf v = is_log ? xb_vf_sub(xb_vf_sub(xb_get(x + i, n - i), m), shift) : xb_vf_mul(xb_get(y + i, n - i), factor);
        xb_put(y + i, v, n - i);
    }
}

/* `width` columns of [n, inner]; a lane is a column */
XB_COLD void xb_softmax_columns(const xb_softmax_args *k, float *y, const float *x, int64_t width) {
    for (int64_t c = 0; c < width; c += XB_VW, x += XB_VW, y += XB_VW) {
        int64_t left = width - c;
        xb_vf   max = xb_vf_set(-INFINITY), sum = xb_vf_zero();
        for (int64_t r = 0; r < k->n; r++) max = xb_vf_max(xb_get(x + r * k->inner, left), max);
        for (int64_t r = 0; r < k->n; r++) {
            xb_vf e = xb_exp_bounded(xb_vf_sub(xb_get(x + r * k->inner, left), max));
            if (!k->is_log) xb_put(y + r * k->inner, e, left);
            sum = xb_vf_add(sum, e);
        }
        xb_vf factor = k->is_log ? xb_vf_log(sum) : xb_vf_div(xb_vf_set(1.0f), sum);
        for (int64_t r = 0; r < k->n; r++) {
            xb_vf v = xb_get((k->is_log ? x : y) + r * k->inner, left);
            v = k->is_log ? xb_vf_sub(xb_vf_sub(v, max), factor) : xb_vf_mul(v, factor);
            xb_put(y + r * k->inner, v, left);
        }
    }
}

static void xb_hot_softmax_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_softmax_args *k = pointer;
    xb_grid                g = xb_softmax_grid(k);
    xb_part                p = xb_grid_part(&g, k->outer, k->inner, chunk);
    (void)scratch;
    for (int64_t r = p.row; r < p.row + p.rows; r++) {
        int64_t at = r * k->n * k->inner + p.col;
        if (k->inner == 1) xb_hot_softmax_row(k->out + at, k->in + at, k->n, k->is_log);
        else xb_softmax_columns(k, k->out + at, k->in + at, p.cols);
    }
}

static int xb_hot_softmax_part(const xb_softmax_part *p) {
    int is_moved = 0;
    for (int64_t r = 0; r < p->rows; r++) {
        float *s = p->s + r * p->ld, before = p->max[r], max = xb_row_max(s, p->n, 0), factor[XB_VW] = { 1 };
        if (!(max > before)) max = before;
        float centre = max == -INFINITY ? 0 : max;
        if (max != before) {
            xb_vf_store(factor, xb_exp_bounded(xb_vf_set(before - centre)));
            is_moved = 1;
        }
        p->max[r] = max;
        p->sum[r] = p->sum[r] * (double)factor[0] + xb_row_exp_sum(s, s, p->n, centre);
        p->factor[r] = factor[0];
    }
    return is_moved;
}

/* ---- normalisation ---- */

typedef struct xb_moments {
    float mean, inverse; /* 1 / sqrt(variance + epsilon) */
} xb_moments;

static xb_moments xb_row_moments(const float *x, int64_t n, float epsilon, int is_rms) {
    xb_moments m = { is_rms ? 0.0f : (float)(xb_row_sum(x, n) / (double)n), 0 };
    m.inverse = (float)(1.0 / sqrt(xb_row_square_sum(x, n, m.mean) / (double)n + (double)epsilon));
    return m;
}

static void xb_hot_norm_row(const xb_norm_args *k, int64_t row) {
    const float *x = k->in + row * k->n, *residual = k->residual ? k->residual + row * k->n : NULL;
    float       *y = k->out + row * k->n;
    int64_t      n = k->n;
    if (residual || k->bias || k->sum) {
        float *s = k->sum ? k->sum + row * n : y;
        for (int64_t i = 0; i < n; i += XB_VW) {
            xb_vf v = xb_get(x + i, n - i);
            if (residual) v = xb_vf_add(v, xb_get(residual + i, n - i));
            if (k->bias) v = xb_vf_add(v, xb_get(k->bias + i, n - i));
            xb_put(s + i, v, n - i);
        }
        x = s;
    }
    xb_moments m = xb_row_moments(x, n, k->epsilon, k->is_rms);
    xb_vf      mean = xb_vf_set(m.mean), inverse = xb_vf_set(m.inverse);
    for (int64_t i = 0; i < n; i += XB_VW) {
        xb_vf v = xb_vf_mul(xb_vf_sub(xb_get(x + i, n - i), mean), inverse);
        if (k->gain) v = xb_vf_mul(v, xb_get(k->gain + i, n - i));
        if (k->offset) v = xb_vf_add(v, xb_get(k->offset + i, n - i));
        xb_put(y + i, v, n - i);
    }
    if (k->mean) k->mean[row] = m.mean;
    if (k->inverse) k->inverse[row] = m.inverse;
}

static void xb_hot_norm_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_norm_args *k = pointer;
    xb_grid             g = xb_norm_grid(k);
    xb_part             p = xb_grid_part(&g, k->rows, 1, chunk);
    (void)scratch;
    for (int64_t r = p.row; r < p.row + p.rows; r++) xb_hot_norm_row(k, r);
}

static void xb_hot_group_norm_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_group_norm_args *k = pointer;
    xb_grid                   grid = xb_group_norm_grid(k);
    xb_part                   p = xb_grid_part(&grid, k->groups, 1, chunk);
    int64_t                   n = k->channels * k->inner;
    (void)scratch;
    for (int64_t g = p.row; g < p.row + p.rows; g++) {
        xb_moments m = xb_row_moments(k->in + g * n, n, k->epsilon, 0);
        xb_vf      mean = xb_vf_set(m.mean);
        for (int64_t c = 0; c < k->channels; c++) {
            int64_t      channel = (g * k->channels + c) % k->period;
            xb_vf        gain = xb_vf_set(k->gain ? m.inverse * k->gain[channel] : m.inverse);
            xb_vf        offset = xb_vf_set(k->offset ? k->offset[channel] : 0.0f);
            const float *x = k->in + g * n + c * k->inner;
            float       *y = k->out + g * n + c * k->inner;
            for (int64_t i = 0; i < k->inner; i += XB_VW) {
                xb_vf v = xb_vf_sub(xb_get(x + i, k->inner - i), mean);
                xb_put(y + i, xb_vf_fma(v, gain, offset), k->inner - i);
            }
        }
    }
}

/* ---- reductions ---- */

XB_COLD float xb_reduce_row(int32_t op, const float *x, int64_t n) {
    switch (op) {
    case XB_REDUCE_SUM: return (float)xb_row_sum(x, n);
    case XB_REDUCE_MEAN: return (float)(xb_row_sum(x, n) / (double)n);
    case XB_REDUCE_SUM_SQUARE: return (float)xb_row_square_sum(x, n, 0);
    case XB_REDUCE_L1: return (float)xb_row_abs_sum(x, n);
    case XB_REDUCE_L2: return (float)sqrt(xb_row_square_sum(x, n, 0));
    case XB_REDUCE_PROD: return xb_row_product(x, n);
    case XB_REDUCE_MAX: return xb_row_max(x, n, 1);
    case XB_REDUCE_MIN: return xb_row_min_nan(x, n);
    case XB_REDUCE_LOG_SUM: return (float)log(xb_row_sum(x, n));
    default: {
        float max = xb_row_max(x, n, 1);
        return isfinite(max) ? (float)((double)max + log(xb_row_exp_sum(NULL, x, n, max))) : max;
    }
    }
}

enum { XB_REDUCE_WIDTH = 256 }; /* columns whose results are kept on the stack */

/* total = total op x, for `rows` lines `step` apart */
static void xb_reduce_lines(int32_t step_op, float *total, const float *x, int64_t step, int64_t rows, int64_t width) {
    for (int64_t r = 0; r < rows; r++) {
        xb_ep_job j = { .op = step_op, .out = total, .in = total, .rows = 1, .cols = width, .line = x + r * step };
        xb_ep_run(&j);
    }
}

/* total += x, with the sums of four vectors of columns in registers */
static void xb_add_columns(float *total, const float *x, int64_t step, int64_t rows, int64_t width) {
    int64_t c = 0;
    for (; c + 4 * XB_VW <= width; c += 4 * XB_VW) {
        float *t = total + c;
        xb_vf  s0 = xb_vf_load(t), s1 = xb_vf_load(t + XB_VW), s2 = xb_vf_load(t + 2 * XB_VW), s3 = xb_vf_load(t + 3 * XB_VW);
        for (int64_t r = 0; r < rows; r++) {
            const float *p = x + r * step + c;
            s0 = xb_vf_add(s0, xb_vf_load(p)), s1 = xb_vf_add(s1, xb_vf_load(p + XB_VW));
            s2 = xb_vf_add(s2, xb_vf_load(p + 2 * XB_VW)), s3 = xb_vf_add(s3, xb_vf_load(p + 3 * XB_VW));
        }
        xb_vf_store(t, s0), xb_vf_store(t + XB_VW, s1);
        xb_vf_store(t + 2 * XB_VW, s2), xb_vf_store(t + 3 * XB_VW, s3);
    }
    for (; c < width; c += XB_VW) {
        xb_vf s = xb_get(total + c, width - c);
        for (int64_t r = 0; r < rows; r++) s = xb_vf_add(s, xb_get(x + r * step + c, width - c));
        xb_put(total + c, s, width - c);
    }
}

/* total += f(x): f is none, SQUARE, ABS, or EXP of x - max */
XB_COLD void xb_reduce_sum_columns(int32_t f, float *total, const float *x, const float *max, int64_t step, int64_t n,
                                   int64_t width) {
    float part[XB_REDUCE_WIDTH], line[XB_REDUCE_WIDTH];
    for (int64_t at = 0; at < n; at += XB_COLUMN_BLOCK) {
        int64_t rows = xb_min64(XB_COLUMN_BLOCK, n - at);
        memset(part, 0, sizeof part);
        for (int64_t r = at; r < at + rows && f != XB_EP_OP_COUNT; r++) {
            xb_epilogue e = { 1, { { .op = (uint8_t)f } } };
            if (max) e = (xb_epilogue){ 2, { { .op = XB_EP_SUB, .from = XB_EP_COL, .data = max }, { .op = XB_EP_EXP } } };
            xb_hot_chain(&e, line, width, x + r * step, width, 0, 0, 1, width);
            xb_add_columns(part, line, 0, 1, width);
        }
        if (f == XB_EP_OP_COUNT) xb_add_columns(part, x + at * step, step, rows, width);
        xb_add_columns(total, part, 0, 1, width);
    }
}

/* At most XB_REDUCE_WIDTH columns of [n, inner]. */
XB_COLD void xb_reduce_columns(const xb_reduce_args *k, float *out, const float *x, int64_t width) {
    float   total[XB_REDUCE_WIDTH], max[XB_REDUCE_WIDTH];
    int32_t none = XB_EP_OP_COUNT;
    float   start = k->op == XB_REDUCE_PROD  ? 1.0f
                    : k->op == XB_REDUCE_MIN ? INFINITY
                    : k->op == XB_REDUCE_MAX ? -INFINITY
                                             : 0.0f;
    for (int64_t i = 0; i < width; i++) total[i] = start, max[i] = -INFINITY;
    switch (k->op) {
    case XB_REDUCE_PROD: xb_reduce_lines(XB_EP_MUL, total, x, k->inner, k->n, width); break;
    case XB_REDUCE_MAX: xb_reduce_lines(XB_EP_MAX, total, x, k->inner, k->n, width); break;
    case XB_REDUCE_MIN: xb_reduce_lines(XB_EP_MIN, total, x, k->inner, k->n, width); break;
    case XB_REDUCE_L2:
    case XB_REDUCE_SUM_SQUARE: xb_reduce_sum_columns(XB_EP_SQUARE, total, x, NULL, k->inner, k->n, width); break;
    case XB_REDUCE_L1: xb_reduce_sum_columns(XB_EP_ABS, total, x, NULL, k->inner, k->n, width); break;
    case XB_REDUCE_LOG_SUM_EXP:
        xb_reduce_lines(XB_EP_MAX, max, x, k->inner, k->n, width);
        xb_reduce_sum_columns(XB_EP_EXP, total, x, max, k->inner, k->n, width);
        break;
    default: xb_reduce_sum_columns(none, total, x, NULL, k->inner, k->n, width); break;
    }
    for (int64_t i = 0; i < width; i++) {
        float t = total[i];
        if (k->op == XB_REDUCE_MEAN) t = (float)((double)t / (double)k->n);
        else if (k->op == XB_REDUCE_L2) t = sqrtf(t);
        else if (k->op == XB_REDUCE_LOG_SUM) t = (float)log((double)t);
        else if (k->op == XB_REDUCE_LOG_SUM_EXP) t = isfinite(max[i]) ? (float)((double)max[i] + log((double)t)) : max[i];
        out[i] = t;
    }
}

static void xb_hot_reduce_chunk(const void *pointer, int32_t chunk, void *scratch) {
    const xb_reduce_args *k = pointer;
    xb_grid               g = xb_reduce_grid(k);
    xb_part               p = xb_grid_part(&g, k->outer, k->inner, chunk);
    (void)scratch;
    for (int64_t r = p.row; r < p.row + p.rows; r++) {
        const float *x = k->in + r * k->n * k->inner + p.col;
        float       *y = k->out + r * k->inner + p.col;
        if (k->inner == 1) *y = xb_reduce_row(k->op, x, k->n);
        else
            for (int64_t c = 0; c < p.cols; c += XB_REDUCE_WIDTH)
                xb_reduce_columns(k, y + c, x + c, xb_min64(XB_REDUCE_WIDTH, p.cols - c));
    }
}

#endif
