/* kernel/move.c - see move.h. */
#include "kernel/move.h"

#include <string.h>

enum { CHUNK_BYTES = 64 << 10 };

/* ---- one run ---- */

static void copy_run(const void *args, int32_t chunk, void *scratch) {
    const xb_bytes_args *a = args;
    int64_t              begin = (int64_t)chunk * CHUNK_BYTES, size = a->size_bytes - begin;
    (void)scratch;
    if (size > CHUNK_BYTES) size = CHUNK_BYTES;
    memcpy((char *)a->dst + begin, (const char *)a->src + begin, (size_t)size);
}

xb_work xb_bytes_work(xb_bytes_args *a) {
    return (xb_work){ .run = copy_run, .chunks = (int32_t)((a->size_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES) };
}

/* ---- strided ---- */

#define MOVE_ROW(type)                                                                                        \
    do {                                                                                                      \
        for (int64_t i = 0; i < n; i++)                                                                       \
            memcpy(dst + i * ds * (int64_t)sizeof(type), src + i * ss * (int64_t)sizeof(type), sizeof(type)); \
    } while (0)

static void move_row(char *dst, int64_t ds, const char *src, int64_t ss, int64_t n, int32_t element_bytes) {
    if (ds == 1 && ss == 1) {
        memcpy(dst, src, (size_t)(n * element_bytes));
        return;
    }
    switch (element_bytes) {
    case 1: MOVE_ROW(uint8_t); break;
    case 2: MOVE_ROW(uint16_t); break;
    case 4: MOVE_ROW(uint32_t); break;
    case 8: MOVE_ROW(uint64_t); break;
    default:
        for (int64_t i = 0; i < n; i++)
            memcpy(dst + i * ds * element_bytes, src + i * ss * element_bytes, (size_t)element_bytes);
    }
}

/* Rows are all dimensions but the last. */
static void move_run(const void *args, int32_t chunk, void *scratch) {
    const xb_move_args *a = args;
    int32_t             last = a->rank - 1;
    int64_t             row = chunk * a->rows_per_chunk, end = row + a->rows_per_chunk, index[XB_MAX_RANK];
    int64_t             s = 0, d = 0, rest = row;
    (void)scratch;
    if (end > a->rows) end = a->rows;
    for (int32_t i = last - 1; i >= 0; i--) {
        index[i] = rest % a->dims[i];
        rest /= a->dims[i];
        s += index[i] * a->src_strides[i];
        d += index[i] * a->dst_strides[i];
    }
    for (; row < end; row++) {
        move_row((char *)a->dst + d * a->element_bytes, a->dst_strides[last], (const char *)a->src + s * a->element_bytes,
                 a->src_strides[last], a->dims[last], a->element_bytes);
        for (int32_t i = last - 1; i >= 0; i--) {
            s += a->src_strides[i];
            d += a->dst_strides[i];
            if (++index[i] < a->dims[i]) break;
            s -= a->dims[i] * a->src_strides[i];
            d -= a->dims[i] * a->dst_strides[i];
            index[i] = 0;
        }
    }
}

static void simplify(xb_move_args *a) {
    int32_t rank = 0;
    for (int32_t i = 0; i < a->rank; i++) {
        if (a->dims[i] == 1) continue;
        int32_t p = rank - 1;
        if (rank && a->src_strides[p] == a->src_strides[i] * a->dims[i] &&
            a->dst_strides[p] == a->dst_strides[i] * a->dims[i]) {
            a->dims[p] *= a->dims[i];
            a->src_strides[p] = a->src_strides[i];
            a->dst_strides[p] = a->dst_strides[i];
            continue;
        }
        a->dims[rank] = a->dims[i];
        a->src_strides[rank] = a->src_strides[i];
        a->dst_strides[rank] = a->dst_strides[i];
        rank++;
    }
    if (rank == 0) {
        a->dims[0] = 1;
        a->src_strides[0] = a->dst_strides[0] = 1;
        rank = 1;
    }
    a->rank = rank;
}

xb_work xb_move_work(xb_move_args *a) {
    int64_t count = 1;
    for (int32_t i = 0; i < a->rank; i++) count *= a->dims[i];
    if (count == 0) return (xb_work){ .run = move_run };
    simplify(a);
    int64_t row_bytes = a->dims[a->rank - 1] * a->element_bytes;
    a->rows = count / a->dims[a->rank - 1];
    a->rows_per_chunk = CHUNK_BYTES / row_bytes + 1;
    int64_t chunks = (a->rows + a->rows_per_chunk - 1) / a->rows_per_chunk;
    if (chunks > INT32_MAX) {
        a->rows_per_chunk = a->rows / INT32_MAX + 1;
        chunks = (a->rows + a->rows_per_chunk - 1) / a->rows_per_chunk;
    }
    return (xb_work){ .run = move_run, .chunks = (int32_t)chunks };
}
