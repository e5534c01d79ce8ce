/* kernel/gather.c - see gather.h: what picks. What puts is scatter.c. */
#include "kernel/gather.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/number.h"
#include "kernel/gather_int.h"

/* ---- indices ---- */

int64_t xb_index_at(const void *indices, int32_t index_bytes, int64_t i) {
    return index_bytes == 8 ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}

int64_t xb_index_find_wrong(const void *indices, int32_t index_bytes, int64_t count, int32_t depth, const int64_t *bounds) {
    for (int64_t i = 0; i < count; i += depth)
        for (int32_t k = 0; k < depth; k++) {
            int64_t index = xb_index_at(indices, index_bytes, i + k);
            if (index >= bounds[k] || index < -bounds[k]) return i + k;
        }
    return -1;
}

/* ---- Gather ---- */

#define GATHER(type)                                                                                      \
    for (int64_t i = begin; i < end; i++) {                                                               \
        int64_t at = xb_index_in(a->indices, a->index_bytes, i % a->count, a->axis);                      \
        memcpy((char *)a->y + i * (int64_t)sizeof(type),                                                  \
               (const char *)a->x + (i / a->count * a->axis + at) * (int64_t)sizeof(type), sizeof(type)); \
    }

static void gather_run(const void *args, int32_t chunk, void *scratch) {
    const xb_gather_args *a = args;
    int64_t               begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->outer * a->count);
    (void)scratch;
    switch (a->block_bytes) {
    case 1: GATHER(uint8_t); break;
    case 4: GATHER(uint32_t); break;
    case 8: GATHER(uint64_t); break;
    default:
        for (int64_t i = begin; i < end; i++) {
            int64_t at = xb_index_in(a->indices, a->index_bytes, i % a->count, a->axis);
            memcpy((char *)a->y + i * a->block_bytes, (const char *)a->x + (i / a->count * a->axis + at) * a->block_bytes,
                   (size_t)a->block_bytes);
        }
    }
}

/* A block is a unit of work; none if there is nothing in it. */
static xb_work block_work(xb_kernel_fn run, int64_t blocks, int64_t block_bytes, int64_t *per_chunk) {
    *per_chunk = xb_units_per_chunk(blocks, 2 + block_bytes / 4);
    return (xb_work){ .run = run, .chunks = block_bytes ? xb_chunk_count(blocks, *per_chunk) : 0 };
}

xb_work xb_gather_work(xb_gather_args *a) { return block_work(gather_run, a->outer * a->count, a->block_bytes, &a->per_chunk); }

/* ---- GatherND ---- */

int64_t xb_index_tuple(const void *tuples, int32_t index_bytes, int64_t tuple, int32_t depth, const int64_t *dims,
                       const int64_t *strides) {
    int64_t at = 0;
    for (int32_t k = 0; k < depth; k++) at += xb_index_in(tuples, index_bytes, tuple * depth + k, dims[k]) * strides[k];
    return at;
}

static void gather_nd_run(const void *args, int32_t chunk, void *scratch) {
    const xb_gather_nd_args *a = args;
    int64_t                  begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->outer * a->count);
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t at = i / a->count * a->outer_blocks;
        at += xb_index_tuple(a->tuples, a->index_bytes, i, a->depth, a->dims, a->strides);
        memcpy((char *)a->y + i * a->block_bytes, (const char *)a->x + at * a->block_bytes, (size_t)a->block_bytes);
    }
}

xb_work xb_gather_nd_work(xb_gather_nd_args *a) {
    return block_work(gather_nd_run, a->outer * a->count, a->block_bytes, &a->per_chunk);
}

/* ---- GatherElements ---- */

int64_t xb_row_offset(int64_t row, int32_t rank, int32_t axis, const int64_t *dims, const int64_t *strides) {
    int64_t at = 0;
    for (int32_t i = rank - 2; i >= 0; i--) {
        if (i != axis) at += row % dims[i] * strides[i];
        row /= dims[i];
    }
    return at;
}

#define GATHER_ROW(type)                                                                                  \
    for (int64_t j = 0; j < n; j++) {                                                                     \
        int64_t at = xb_index_in(a->indices, a->index_bytes, row * n + j, a->axis_dim) * axis_stride;     \
        memcpy(y + j * (int64_t)sizeof(type), x + (at + j * step) * (int64_t)sizeof(type), sizeof(type)); \
    }

static void gather_elements_run(const void *args, int32_t chunk, void *scratch) {
    const xb_gather_elements_args *a = args;
    int64_t                        begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->rows);
    int64_t                        n = a->dims[a->rank - 1], axis_stride = a->strides[a->axis];
    int64_t                        step = a->axis == a->rank - 1 ? 0 : 1;
    (void)scratch;
    for (int64_t row = begin; row < end; row++) {
        const char *x = (const char *)a->x + xb_row_offset(row, a->rank, a->axis, a->dims, a->strides) * a->element_bytes;
        char       *y = (char *)a->y + row * n * a->element_bytes;
        switch (a->element_bytes) {
        case 1: GATHER_ROW(uint8_t); break;
        case 2: GATHER_ROW(uint16_t); break;
        case 4: GATHER_ROW(uint32_t); break;
        case 8: GATHER_ROW(uint64_t); break;
        default:
            for (int64_t j = 0; j < n; j++) {
                int64_t at = xb_index_in(a->indices, a->index_bytes, row * n + j, a->axis_dim) * axis_stride;
                memcpy(y + j * a->element_bytes, x + (at + j * step) * a->element_bytes, (size_t)a->element_bytes);
            }
        }
    }
}

/* Rows of the last dimension in a shape; 0 if there are no elements. */
static int64_t row_count(int32_t rank, const int64_t *dims) {
    int64_t rows = dims[rank - 1] > 0;
    for (int32_t i = 0; i < rank - 1; i++) rows *= dims[i];
    return rows;
}

xb_work xb_gather_elements_work(xb_gather_elements_args *a) {
    a->rows = row_count(a->rank, a->dims);
    a->per_chunk = xb_units_per_chunk(a->rows, 2 * a->dims[a->rank - 1]);
    return (xb_work){ .run = gather_elements_run, .chunks = xb_chunk_count(a->rows, a->per_chunk) };
}

/* ---- ReverseSequence ---- */

static void reverse_run(const void *args, int32_t chunk, void *scratch) {
    const xb_reverse_args *a = args;
    int64_t                blocks = a->batches * a->times;
    int64_t                begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, blocks);
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        int64_t t = a->time_inner ? i % a->times : i / a->batches, b = a->time_inner ? i / a->times : i % a->batches;
        int64_t length = xb_max64(0, xb_min64(a->lengths[b], a->times)), from = t < length ? length - 1 - t : t;
        int64_t at = a->time_inner ? b * a->times + from : from * a->batches + b;
        memcpy((char *)a->y + i * a->block_bytes, (const char *)a->x + at * a->block_bytes, (size_t)a->block_bytes);
    }
}

xb_work xb_reverse_work(xb_reverse_args *a) {
    return block_work(reverse_run, a->batches * a->times, a->block_bytes, &a->per_chunk);
}

/* ---- NonZero ---- */

/* Bit i of the result: element i is not 0; n <= 64. */
static uint64_t nonzero_bits(int32_t dtype, const void *x, int64_t n) {
    uint64_t bits = 0;
    if (xb_number_of(dtype) == XB_NUMBER_REAL) {
        double tile[64];
        xb_load_reals(tile, dtype, x, 1, n);
        for (int64_t i = 0; i < n; i++) bits |= (uint64_t)(tile[i] != 0) << i;
    } else {
        int64_t tile[64];
        xb_load_integers(tile, dtype, x, 1, n);
        for (int64_t i = 0; i < n; i++) bits |= (uint64_t)(tile[i] != 0) << i;
    }
    return bits;
}

int64_t xb_nonzero_count(int32_t dtype, const void *x, int64_t count) {
    int64_t found = 0;
    for (int64_t i = 0; i < count; i += 64)
        for (uint64_t bits = nonzero_bits(dtype, (const char *)x + i * xb_number_bytes(dtype), xb_min64(64, count - i)); bits;
             bits &= bits - 1)
            found++;
    return found;
}

/* Row by row of the last dimension: the other indices change once for each. */
static void nonzero_run(const void *args, int32_t chunk, void *scratch) {
    const xb_nonzero_args *a = args;
    int32_t                last = a->rank - 1;
    int64_t                width = a->dims[last], bytes = xb_number_bytes(a->dtype), found = 0, index[XB_MAX_RANK] = { 0 };
    (void)chunk, (void)scratch;
    for (int64_t row = 0; row < a->count; row += width) {
        for (int64_t i = 0; i < width; i += 64) {
            uint64_t bits = nonzero_bits(a->dtype, (const char *)a->x + (row + i) * bytes, xb_min64(64, width - i));
            for (int64_t k = i; bits && found < a->found; k++, bits >>= 1) {
                if (!(bits & 1)) continue;
                for (int32_t d = 0; d < last; d++) a->out[d * a->found + found] = index[d];
                a->out[last * a->found + found++] = k;
            }
        }
        for (int32_t d = last - 1; d >= 0 && ++index[d] == a->dims[d]; d--) index[d] = 0;
    }
}

xb_work xb_nonzero_work(xb_nonzero_args *a) { return (xb_work){ .run = nonzero_run, .chunks = a->found > 0 }; }

/* ---- Compress ---- */

static void compress_run(const void *args, int32_t chunk, void *scratch) {
    const xb_compress_args *a = args;
    (void)chunk, (void)scratch;
    for (int64_t o = 0; o < a->outer; o++) {
        int64_t found = 0;
        for (int64_t i = 0; i < a->length && found < a->found; i++) {
            if (!a->condition[i]) continue;
            memcpy((char *)a->y + (o * a->found + found) * a->block_bytes,
                   (const char *)a->x + (o * a->axis + i) * a->block_bytes, (size_t)a->block_bytes);
            found++;
        }
    }
}

xb_work xb_compress_work(xb_compress_args *a) {
    return (xb_work){ .run = compress_run, .chunks = a->found > 0 && a->block_bytes > 0 };
}
