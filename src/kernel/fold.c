/* kernel/fold.c - see fold.h. Two forms: the innermost dimension is folded, and one result is made at a time from runs of
 * elements; or it is kept, and a tile of results is made at a time from rows. */
#include "kernel/fold.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/number.h"
#include "tensor/tensor.h"

/* What is done to each element; the rest is done to the results. */
typedef enum fold { FOLD_SUM, FOLD_MAX, FOLD_MIN, FOLD_PROD, FOLD_ABS, FOLD_SQUARE, FOLD_EXP } fold;

static fold fold_of(int32_t way) {
    switch (way) {
    case XB_REDUCE_MAX: return FOLD_MAX;
    case XB_REDUCE_MIN: return FOLD_MIN;
    case XB_REDUCE_PROD: return FOLD_PROD;
    case XB_REDUCE_L1: return FOLD_ABS;
    case XB_REDUCE_L2:
    case XB_REDUCE_SUM_SQUARE: return FOLD_SQUARE;
    case XB_REDUCE_LOG_SUM_EXP: return FOLD_EXP;
    default: return FOLD_SUM;
    }
}

/* ---- one element onto another ---- */

static double start_real(fold f) { return f == FOLD_MAX ? -INFINITY : f == FOLD_MIN ? INFINITY : f == FOLD_PROD ? 1 : 0; }

static double fold_real(fold f, double acc, double x, double shift) {
    switch (f) {
    case FOLD_MAX: return x > acc || isnan(x) ? x : acc;
    case FOLD_MIN: return x < acc || isnan(x) ? x : acc;
    case FOLD_PROD: return acc * x;
    case FOLD_ABS: return acc + fabs(x);
    case FOLD_SQUARE: return acc + x * x;
    case FOLD_EXP: return acc + exp(x - shift);
    default: return acc + x;
    }
}

static int64_t start_integer(fold f, int32_t dtype) {
    return f == FOLD_MAX ? xb_integer_min(dtype) : f == FOLD_MIN ? xb_integer_max(dtype) : f == FOLD_PROD;
}

static int64_t fold_integer(fold f, int is_signed, int64_t acc, int64_t x) {
    uint64_t flip = is_signed ? UINT64_C(1) << 63 : 0, a = (uint64_t)acc ^ flip, b = (uint64_t)x ^ flip;
    switch (f) {
    case FOLD_MAX: return b > a ? x : acc;
    case FOLD_MIN: return b < a ? x : acc;
    case FOLD_PROD: return (int64_t)((uint64_t)acc * (uint64_t)x);
    case FOLD_ABS: return (int64_t)((uint64_t)acc + (is_signed && x < 0 ? 0 - (uint64_t)x : (uint64_t)x));
    case FOLD_SQUARE: return (int64_t)((uint64_t)acc + (uint64_t)x * (uint64_t)x);
    default: return (int64_t)((uint64_t)acc + (uint64_t)x);
    }
}

/* ---- walking ---- */

/* Offset of outer folded position `at`. */
static int64_t folded_offset(const xb_fold_args *a, int64_t at) {
    int64_t offset = 0;
    for (int32_t i = a->folded_rank - 1; i >= 0; i--) {
        offset += at % a->folded_dims[i] * a->folded_strides[i];
        at /= a->folded_dims[i];
    }
    return offset;
}

/* n results from rows that begin `x` elements into the tensor: acc[n]. */
static void fold_tile_real(const xb_fold_args *a, fold f, int64_t x, int64_t n, const double *shift, double *acc) {
    int64_t bytes = xb_number_bytes(a->dtype);
    for (int64_t k = 0; k < n; k++) acc[k] = start_real(f);
    for (int64_t i = 0; i < a->folds; i++) {
        double tile[XB_TILE];
        xb_load_reals(tile, a->dtype, (const char *)a->x + (x + folded_offset(a, i)) * bytes, 1, n);
        for (int64_t k = 0; k < n; k++) acc[k] = fold_real(f, acc[k], tile[k], shift ? shift[k] : 0);
    }
}

static void fold_tile_integer(const xb_fold_args *a, fold f, int64_t x, int64_t n, int64_t *acc) {
    int64_t bytes = xb_number_bytes(a->dtype);
    int     is_signed = xb_number_of(a->dtype) == XB_NUMBER_SIGNED;
    for (int64_t k = 0; k < n; k++) acc[k] = start_integer(f, a->dtype);
    for (int64_t i = 0; i < a->folds; i++) {
        int64_t tile[XB_TILE];
        xb_load_integers(tile, a->dtype, (const char *)a->x + (x + folded_offset(a, i)) * bytes, 1, n);
        for (int64_t k = 0; k < n; k++) acc[k] = fold_integer(f, is_signed, acc[k], tile[k]);
    }
}

/* One result from runs. */
static void fold_run_real(const xb_fold_args *a, fold f, int64_t x, const double *shift, double *acc) {
    int64_t bytes = xb_number_bytes(a->dtype);
    *acc = start_real(f);
    for (int64_t i = 0; i < a->folds; i++) {
        const char *from = (const char *)a->x + (x + folded_offset(a, i)) * bytes;
        for (int64_t k = 0; k < a->run; k += XB_TILE) {
            double  tile[XB_TILE];
            int64_t n = xb_min64(XB_TILE, a->run - k);
            xb_load_reals(tile, a->dtype, from + k * bytes, 1, n);
            for (int64_t j = 0; j < n; j++) *acc = fold_real(f, *acc, tile[j], shift ? *shift : 0);
        }
    }
}

static void fold_run_integer(const xb_fold_args *a, fold f, int64_t x, int64_t *acc) {
    int64_t bytes = xb_number_bytes(a->dtype);
    int     is_signed = xb_number_of(a->dtype) == XB_NUMBER_SIGNED;
    *acc = start_integer(f, a->dtype);
    for (int64_t i = 0; i < a->folds; i++)
        for (int64_t k = 0; k < a->run; k += XB_TILE) {
            int64_t tile[XB_TILE], n = xb_min64(XB_TILE, a->run - k);
            xb_load_integers(tile, a->dtype, (const char *)a->x + (x + folded_offset(a, i) + k) * bytes, 1, n);
            for (int64_t j = 0; j < n; j++) *acc = fold_integer(f, is_signed, *acc, tile[j]);
        }
}

/* ---- results ---- */

static void finish_reals(const xb_fold_args *a, double *acc, const double *shift, int64_t n) {
    double count = (double)a->folds * (double)(a->width ? 1 : a->run);
    for (int64_t k = 0; k < n; k++) {
        if (a->way == XB_REDUCE_MEAN) acc[k] /= count;
        else if (a->way == XB_REDUCE_L2) acc[k] = sqrt(acc[k]);
        else if (a->way == XB_REDUCE_LOG_SUM) acc[k] = log(acc[k]);
        else if (a->way == XB_REDUCE_LOG_SUM_EXP) acc[k] = log(acc[k]) + shift[k];
    }
}

static void finish_integers(const xb_fold_args *a, int64_t *acc, int64_t n) {
    int64_t count = a->folds * (a->width ? 1 : a->run);
    if (a->way != XB_REDUCE_MEAN) return;
    for (int64_t k = 0; k < n; k++) {
        if (count == 0) acc[k] = 0;
        else if (xb_number_of(a->dtype) == XB_NUMBER_SIGNED) acc[k] /= count;
        else acc[k] = (int64_t)((uint64_t)acc[k] / (uint64_t)count);
    }
}

/* Roots and logarithms of integers are taken in double. */
static int is_real_result(const xb_fold_args *a) {
    return xb_number_of(a->dtype) == XB_NUMBER_REAL || xb_number_of(a->y_dtype) == XB_NUMBER_REAL || a->way == XB_REDUCE_L2 ||
           a->way == XB_REDUCE_LOG_SUM || a->way == XB_REDUCE_LOG_SUM_EXP;
}

/* n results (1 if runs are folded) from elements that begin at x. */
static void reduce_tile(const xb_fold_args *a, int64_t x, int64_t y, int64_t n) {
    fold  f = fold_of(a->way);
    void *to = (char *)a->y + y * xb_number_bytes(a->y_dtype);
    if (!is_real_result(a)) {
        int64_t acc[XB_TILE];
        if (a->width) fold_tile_integer(a, f, x, n, acc);
        else fold_run_integer(a, f, x, acc);
        finish_integers(a, acc, n);
        xb_store_integers(to, a->y_dtype, 1, acc, n);
        return;
    }
    double acc[XB_TILE], shift[XB_TILE];
    if (f == FOLD_EXP) {
        if (a->width) fold_tile_real(a, FOLD_MAX, x, n, NULL, shift);
        else fold_run_real(a, FOLD_MAX, x, NULL, shift);
        for (int64_t k = 0; k < n; k++)
            if (isinf(shift[k])) shift[k] = 0;
    }
    if (a->width) fold_tile_real(a, f, x, n, f == FOLD_EXP ? shift : NULL, acc);
    else fold_run_real(a, f, x, f == FOLD_EXP ? shift : NULL, acc);
    finish_reals(a, acc, shift, n);
    xb_store_reals(to, a->y_dtype, 1, acc, n);
}

static void reduce_run(const void *args, int32_t chunk, void *scratch) {
    const xb_fold_args *a = args;
    int64_t             begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->units);
    (void)scratch;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t rest = unit / a->tiles, first = unit % a->tiles * XB_TILE, x = first;
        int64_t y = a->width ? rest * a->width + first : rest;
        for (int32_t i = a->kept_rank - 1; i >= 0; i--) {
            x += rest % a->kept_dims[i] * a->kept_strides[i];
            rest /= a->kept_dims[i];
        }
        reduce_tile(a, x, y, a->width ? xb_min64(XB_TILE, a->width - first) : 1);
    }
}

/* Neighbours that are both kept or both folded become one. Returns the rank. */
static int32_t join(int32_t rank, const int64_t *dims, uint32_t axes, int64_t *joined, int *is_folded) {
    int32_t r = 0;
    for (int32_t i = 0; i < rank; i++) {
        int folded = (int)(axes >> i & 1);
        if (dims[i] == 1) continue;
        if (r && is_folded[r - 1] == folded) {
            joined[r - 1] *= dims[i];
            continue;
        }
        joined[r] = dims[i];
        is_folded[r++] = folded;
    }
    return r;
}

static void turn_around(int32_t rank, int64_t *dims, int64_t *strides) {
    for (int32_t i = 0, o = rank - 1; i < o; i++, o--) {
        int64_t dim = dims[i], stride = strides[i];
        dims[i] = dims[o], strides[i] = strides[o];
        dims[o] = dim, strides[o] = stride;
    }
}

xb_work xb_fold_work(xb_fold_args *a, int32_t rank, const int64_t *dims, uint32_t axes) {
    int64_t joined[XB_MAX_RANK], stride = 1, kept = 1;
    int     is_folded[XB_MAX_RANK];
    int32_t r = join(rank, dims, axes, joined, is_folded);
    a->folds = a->run = 1;
    a->width = 0;
    for (int32_t i = r - 1; i >= 0; i--) { /* they come in from the innermost on */
        if (i == r - 1 && is_folded[i]) {
            a->run = joined[i];
        } else if (i == r - 1) {
            a->width = joined[i];
            kept *= joined[i] > 0;
        } else if (is_folded[i]) {
            a->folded_dims[a->folded_rank] = joined[i];
            a->folded_strides[a->folded_rank++] = stride;
            a->folds *= joined[i];
        } else {
            a->kept_dims[a->kept_rank] = joined[i];
            a->kept_strides[a->kept_rank++] = stride;
            kept *= joined[i];
        }
        stride *= joined[i];
    }
    turn_around(a->kept_rank, a->kept_dims, a->kept_strides);
    turn_around(a->folded_rank, a->folded_dims, a->folded_strides);
    a->tiles = a->width ? (a->width + XB_TILE - 1) / XB_TILE : 1;
    a->units = kept * a->tiles;
    a->per_chunk = xb_units_per_chunk(a->units, a->folds * (a->width ? xb_min64(a->width, XB_TILE) : a->run));
    return (xb_work){ .run = reduce_run, .chunks = xb_chunk_count(a->units, a->per_chunk) };
}

/* ---- running sums and products ---- */

static void step_reals(const xb_cumulate_args *a, double *acc, double *x, int64_t n, int64_t acc_step) {
    for (int64_t k = 0; k < n; k++) {
        double *sum = acc + k * acc_step, before = *sum;
        *sum = a->is_product ? before * x[k] : before + x[k];
        x[k] = a->exclusive ? before : *sum;
    }
}

static void step_integers(const xb_cumulate_args *a, int64_t *acc, int64_t *x, int64_t n, int64_t acc_step) {
    for (int64_t k = 0; k < n; k++) {
        int64_t *sum = acc + k * acc_step, before = *sum;
        uint64_t u = (uint64_t)before, v = (uint64_t)x[k];
        *sum = (int64_t)(a->is_product ? u * v : u + v);
        x[k] = a->exclusive ? before : *sum;
    }
}

/* The common case, in loops without choices: rows, then one line. */
static void sum_rows(double *restrict acc, const float *restrict x, float *restrict y, int64_t n) {
    enum { LANES = 16 };
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int l = 0; l < LANES; l++) {
            acc[k + l] += (double)x[k + l];
            y[k + l] = (float)acc[k + l];
        }
    for (; k < n; k++) {
        acc[k] += (double)x[k];
        y[k] = (float)acc[k];
    }
}

static void sum_line(double *acc, const float *x, float *y, int64_t stride, int64_t n) {
    double sum = *acc;
    for (int64_t k = 0; k < n; k++) {
        sum += (double)x[k * stride];
        y[k * stride] = (float)sum;
    }
    *acc = sum;
}

/* n elements from offset `at` on, `stride` apart: onto n sums, or all onto one (acc_step 0). */
static void cumulate_tile(const xb_cumulate_args *a, int64_t at, int64_t stride, int64_t n, double *reals, int64_t *integers,
                          int64_t acc_step) {
    int64_t     bytes = xb_number_bytes(a->dtype);
    const char *x = (const char *)a->x + at * bytes;
    char       *y = (char *)a->y + at * bytes;
    if (a->dtype == XYBRID_FLOAT32 && !a->is_product && !a->exclusive) {
        if (acc_step) sum_rows(reals, (const float *)(const void *)x, (float *)(void *)y, n);
        else sum_line(reals, (const float *)(const void *)x, (float *)(void *)y, stride, n);
    } else if (xb_number_of(a->dtype) == XB_NUMBER_REAL) {
        double tile[XB_TILE];
        xb_load_reals(tile, a->dtype, x, stride, n);
        step_reals(a, reals, tile, n, acc_step);
        xb_store_reals(y, a->dtype, stride, tile, n);
    } else {
        int64_t tile[XB_TILE];
        xb_load_integers(tile, a->dtype, x, stride, n);
        step_integers(a, integers, tile, n, acc_step);
        xb_store_integers(y, a->dtype, stride, tile, n);
    }
}

/* A unit is up to WIDTH columns, row by row: wide enough that a row is not a few bytes of each page. Sums are in the
 * scratch. */
enum { WIDTH = 1024 };

static void cumulate_run(const void *args, int32_t chunk, void *scratch) {
    const xb_cumulate_args *a = args;
    int64_t                 units = a->outer * a->tiles, row = a->inner;
    int64_t                 begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, units);
    double                 *reals = scratch;
    int64_t                *integers = scratch;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t base = unit / a->tiles * a->n * row, first = unit % a->tiles * WIDTH, width = xb_min64(WIDTH, row - first);
        for (int64_t k = 0; k < width; k++) {
            if (xb_number_of(a->dtype) == XB_NUMBER_REAL) reals[k] = a->is_product;
            else integers[k] = a->is_product;
        }
        if (row == 1) {
            for (int64_t i = 0; i < a->n; i += XB_TILE)
                cumulate_tile(a, a->reverse ? base + a->n - 1 - i : base + i, a->reverse ? -1 : 1, xb_min64(XB_TILE, a->n - i),
                              reals, integers, 0);
            continue;
        }
        for (int64_t i = 0; i < a->n; i++)
            for (int64_t k = 0; k < width; k += XB_TILE)
                cumulate_tile(a, base + (a->reverse ? a->n - 1 - i : i) * row + first + k, 1, xb_min64(XB_TILE, width - k),
                              reals + k, integers + k, 1);
    }
}

xb_work xb_cumulate_work(xb_cumulate_args *a) {
    int64_t width = xb_min64(a->inner, WIDTH);
    a->tiles = (a->inner + WIDTH - 1) / WIDTH;
    int64_t units = a->n ? a->outer * a->tiles : 0;
    a->per_chunk = xb_units_per_chunk(units, 4 * a->n * width);
    return (xb_work){ .run = cumulate_run, .chunks = xb_chunk_count(units, a->per_chunk), .scratch_bytes = width * 8 };
}
