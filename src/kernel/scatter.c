/* kernel/scatter.c - see gather.h: what puts. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/number.h"
#include "kernel/gather_int.h"
#include "tensor/tensor.h"

/* ---- combining ---- */

#define COMBINE(type, sum, product, larger, smaller) \
    for (int64_t i = 0; i < n; i++) {                \
        type u = y[i], v = x[i];                     \
        y[i] = way == XB_SCATTER_ADD   ? (sum)       \
               : way == XB_SCATTER_MUL ? (product)   \
               : way == XB_SCATTER_MAX ? (larger)    \
                                       : (smaller);  \
    }

static void combine_floats(int32_t way, float *y, const float *x, int64_t n) {
    COMBINE(float, u + v, u * v, v > u || isnan(v) ? v : u, v < u || isnan(v) ? v : u)
}
static void combine_doubles(int32_t way, double *y, const double *x, int64_t n) {
    COMBINE(double, u + v, u * v, v > u || isnan(v) ? v : u, v < u || isnan(v) ? v : u)
}
/* sums and products wrap around */
static void combine_signed(int32_t way, int64_t *y, const int64_t *x, int64_t n) {
    COMBINE(int64_t, (int64_t)((uint64_t)u + (uint64_t)v), (int64_t)((uint64_t)u * (uint64_t)v), v > u ? v : u, v < u ? v : u)
}
static void combine_unsigned(int32_t way, uint64_t *y, const uint64_t *x, int64_t n) {
    COMBINE(uint64_t, u + v, u * v, v > u ? v : u, v < u ? v : u)
}

/* y[n] = y[n] combined with x[n] */
static void combine(int32_t dtype, int32_t way, void *y, const void *x, int64_t n) {
    if (dtype == XYBRID_FLOAT32) {
        combine_floats(way, y, x, n);
        return;
    }
    int64_t bytes = xb_number_bytes(dtype);
    for (int64_t i = 0; i < n; i += XB_TILE) {
        int64_t     m = xb_min64(XB_TILE, n - i);
        void       *to = (char *)y + i * bytes;
        const void *from = (const char *)x + i * bytes;
        if (xb_number_of(dtype) == XB_NUMBER_REAL) {
            double u[XB_TILE], v[XB_TILE];
            xb_load_reals(u, dtype, to, 1, m);
            xb_load_reals(v, dtype, from, 1, m);
            combine_doubles(way, u, v, m);
            xb_store_reals(to, dtype, 1, u, m);
        } else {
            int64_t u[XB_TILE], v[XB_TILE];
            xb_load_integers(u, dtype, to, 1, m);
            xb_load_integers(v, dtype, from, 1, m);
            if (xb_number_of(dtype) == XB_NUMBER_SIGNED) combine_signed(way, u, v, m);
            else combine_unsigned(way, (uint64_t *)u, (const uint64_t *)v, m);
            xb_store_integers(to, dtype, 1, u, m);
        }
    }
}

/* ---- ScatterElements ---- */

#define SET_ROW(type)                                                                                     \
    for (int64_t j = 0; j < n; j++) {                                                                     \
        int64_t at = xb_index_in(a->indices, a->index_bytes, row * n + j, a->axis_dim) * axis_stride;     \
        memcpy(y + (at + j * step) * (int64_t)sizeof(type), x + j * (int64_t)sizeof(type), sizeof(type)); \
    }

static void scatter_row(const xb_scatter_elements_args *a, int64_t row) {
    int64_t     n = a->dims[a->rank - 1], axis_stride = a->strides[a->axis], step = a->axis == a->rank - 1 ? 0 : 1;
    const char *x = (const char *)a->updates + row * n * a->element_bytes;
    char       *y = (char *)a->y + xb_row_offset(row, a->rank, a->axis, a->dims, a->strides) * a->element_bytes;
    switch (a->way == XB_SCATTER_SET ? a->element_bytes : 0) {
    case 0:
        for (int64_t j = 0; j < n; j++) {
            int64_t at = xb_index_in(a->indices, a->index_bytes, row * n + j, a->axis_dim) * axis_stride;
            combine(a->dtype, a->way, y + (at + j * step) * a->element_bytes, x + j * a->element_bytes, 1);
        }
        break;
    case 1: SET_ROW(uint8_t); break;
    case 4: SET_ROW(uint32_t); break;
    case 8: SET_ROW(uint64_t); break;
    default:
        for (int64_t j = 0; j < n; j++) {
            int64_t at = xb_index_in(a->indices, a->index_bytes, row * n + j, a->axis_dim) * axis_stride;
            memcpy(y + (at + j * step) * a->element_bytes, x + j * a->element_bytes, (size_t)a->element_bytes);
        }
    }
}

/* What lies before the axis is independent: that is cut into chunks. */
static void scatter_elements_run(const void *args, int32_t chunk, void *scratch) {
    const xb_scatter_elements_args *a = args;
    int64_t                         begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->rows);
    (void)scratch;
    for (int64_t row = begin; row < end; row++) scatter_row(a, row);
}

xb_work xb_scatter_elements_work(xb_scatter_elements_args *a) {
    int32_t last = a->rank - 1;
    int64_t outer = 1;
    a->rows = a->dims[last] > 0;
    for (int32_t i = 0; i < last; i++) {
        a->rows *= a->dims[i];
        if (i < a->axis) outer *= a->dims[i];
    }
    if (a->rows == 0) return (xb_work){ .run = scatter_elements_run };
    a->rows_per_outer = a->rows / outer;
    a->per_chunk = a->rows_per_outer * xb_units_per_chunk(outer, a->rows_per_outer * a->dims[last] * 4);
    return (xb_work){ .run = scatter_elements_run, .chunks = xb_chunk_count(a->rows, a->per_chunk) };
}

/* ---- ScatterND ---- */

/* Two tuples may be the same, so a chunk takes all of them, and a part of each block. */
static void scatter_nd_run(const void *args, int32_t chunk, void *scratch) {
    const xb_scatter_nd_args *a = args;
    int64_t                   begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->block_elements);
    (void)scratch;
    for (int64_t i = 0; i < a->count; i++) {
        int64_t at = xb_index_tuple(a->tuples, a->index_bytes, i, a->depth, a->dims, a->strides) * a->block_elements + begin;
        const char *x = (const char *)a->updates + (i * a->block_elements + begin) * a->element_bytes;
        char       *y = (char *)a->y + at * a->element_bytes;
        if (a->way == XB_SCATTER_SET) memcpy(y, x, (size_t)((end - begin) * a->element_bytes));
        else combine(a->dtype, a->way, y, x, end - begin);
    }
}

xb_work xb_scatter_nd_work(xb_scatter_nd_args *a) {
    a->per_chunk = xb_max64(256, xb_units_per_chunk(a->block_elements, a->count));
    if (a->count == 0) return (xb_work){ .run = scatter_nd_run };
    return (xb_work){ .run = scatter_nd_run, .chunks = xb_chunk_count(a->block_elements, a->per_chunk) };
}

/* ---- TensorScatter ---- */

static void insert_run(const void *args, int32_t chunk, void *scratch) {
    const xb_insert_args *a = args;
    int64_t               blocks = a->batches * a->prefixes * a->count;
    int64_t               begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, blocks);
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t outer = i / a->count, start = a->starts ? a->starts[outer / a->prefixes] % a->axis : 0;
        if (start < 0) start += a->axis;
        int64_t at = outer * a->axis + (start + i % a->count) % a->axis;
        memcpy((char *)a->y + at * a->block_bytes, (const char *)a->updates + i * a->block_bytes, (size_t)a->block_bytes);
    }
}

xb_work xb_insert_work(xb_insert_args *a) {
    int64_t blocks = a->batches * a->prefixes * a->count;
    a->per_chunk = xb_units_per_chunk(blocks, 2 + a->block_bytes / 4);
    return (xb_work){ .run = insert_run, .chunks = a->block_bytes ? xb_chunk_count(blocks, a->per_chunk) : 0 };
}
