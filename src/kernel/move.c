/* kernel/move.c - see move.h. */
#include "kernel/move.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/fill.h"

enum { CHUNK_BYTES = 64 << 10, TILE = 16 };

/* ---- one run ---- */

static void copy_run(const void *args, int32_t chunk, void *scratch) {
    const xb_copy_args *a = args;
    int64_t             begin = (int64_t)chunk * CHUNK_BYTES, size = a->size_bytes - begin;
    (void)scratch;
    if (size > CHUNK_BYTES) size = CHUNK_BYTES;
    memcpy((char *)a->dst + begin, (const char *)a->src + begin, (size_t)size);
}

xb_work xb_copy_work(xb_copy_args *a) {
    return (xb_work){ .run = copy_run, .chunks = (int32_t)((a->size_bytes + CHUNK_BYTES - 1) / CHUNK_BYTES) };
}

/* ---- strided ---- */

#define MOVE_ROW(type)                                                                                  \
    do {                                                                                                \
        for (int64_t i = 0; i < n; i++)                                                                 \
            memcpy(dst + i * ds * (int64_t)sizeof(type), src + i * ss * (int64_t)sizeof(type), sizeof(type)); \
    } while (0)

static void move_row(char *dst, int64_t ds, const char *src, int64_t ss, int64_t n, int32_t element_bytes) {
    if (ds == 1 && ss == 1) {
        memcpy(dst, src, (size_t)(n * element_bytes));
        return;
    }
    if (ds == 1 && ss == 0) {
        xb_fill_elements(dst, n, element_bytes, src);
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

/* ---- transposed ---- */

#define TRANSPOSE(type)                                                                                             \
    do {                                                                                                            \
        for (int64_t i = 0; i < rows; i++)                                                                          \
            for (int64_t j = 0; j < cols; j++)                                                                      \
                memcpy(dst + (i * dst_row + j) * (int64_t)sizeof(type), src + (j * src_col + i) * (int64_t)sizeof(type), \
                       sizeof(type));                                                                               \
    } while (0)

/* dst[i, j] = src[j, i]; the lines of a tile of either side fit into the first-level cache. */
static void transpose_tile(char *dst, int64_t dst_row, const char *src, int64_t src_col, int64_t rows, int64_t cols,
                           int32_t element_bytes) {
    switch (element_bytes) {
    case 1: TRANSPOSE(uint8_t); break;
    case 2: TRANSPOSE(uint16_t); break;
    case 4: TRANSPOSE(uint32_t); break;
    case 8: TRANSPOSE(uint64_t); break;
    default:
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < cols; j++)
                memcpy(dst + (i * dst_row + j) * element_bytes, src + (j * src_col + i) * element_bytes, (size_t)element_bytes);
    }
}

/* The last dimension is dense in the destination, the one before it in the source. A row is TILE lines of the latter. */
static void transpose_run(const void *args, int32_t chunk, void *scratch) {
    const xb_move_args *a = args;
    int32_t             l = a->rank - 1, p = a->rank - 2;
    int64_t             row = chunk * a->rows_per_chunk, end = xb_min64(row + a->rows_per_chunk, a->rows);
    int64_t             bands = (a->dims[p] + TILE - 1) / TILE;
    (void)scratch;
    for (; row < end; row++) {
        int64_t first = row % bands * TILE, rest = row / bands, s = first, d = first * a->dst_strides[p];
        int64_t lines = xb_min64(TILE, a->dims[p] - first);
        for (int32_t i = p - 1; i >= 0; i--) {
            s += rest % a->dims[i] * a->src_strides[i];
            d += rest % a->dims[i] * a->dst_strides[i];
            rest /= a->dims[i];
        }
        for (int64_t j = 0; j < a->dims[l]; j += TILE)
            transpose_tile((char *)a->dst + (d + j) * a->element_bytes, a->dst_strides[p],
                           (const char *)a->src + (s + j * a->src_strides[l]) * a->element_bytes, a->src_strides[l], lines,
                           xb_min64(TILE, a->dims[l] - j), a->element_bytes);
    }
}

/* Brings the dimension that is dense in the source to the place before the last, if it is another one. */
static int is_transposed(xb_move_args *a) {
    int32_t l = a->rank - 1, p = l;
    if (a->dst_strides[l] != 1 || a->src_strides[l] == 1 || a->src_strides[l] == 0) return 0;
    while (p >= 0 && a->src_strides[p] != 1) p--;
    if (p < 0) return 0;
    for (; p < l - 1; p++) {
        int64_t dim = a->dims[p], src = a->src_strides[p], dst = a->dst_strides[p];
        a->dims[p] = a->dims[p + 1], a->src_strides[p] = a->src_strides[p + 1], a->dst_strides[p] = a->dst_strides[p + 1];
        a->dims[p + 1] = dim, a->src_strides[p + 1] = src, a->dst_strides[p + 1] = dst;
    }
    return 1;
}

/* ---- the choice ---- */

static void simplify(xb_move_args *a) {
    int32_t rank = 0;
    for (int32_t i = 0; i < a->rank; i++) {
        if (a->dims[i] == 1) continue;
        int32_t p = rank - 1;
        if (rank && a->src_strides[p] == a->src_strides[i] * a->dims[i] && a->dst_strides[p] == a->dst_strides[i] * a->dims[i]) {
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
    int     transposed = is_transposed(a);
    int64_t row_bytes = a->dims[a->rank - 1] * a->element_bytes * (transposed ? TILE : 1);
    a->rows = count / a->dims[a->rank - 1];
    if (transposed) a->rows = a->rows / a->dims[a->rank - 2] * ((a->dims[a->rank - 2] + TILE - 1) / TILE);
    a->rows_per_chunk = CHUNK_BYTES / row_bytes + 1;
    int64_t chunks = (a->rows + a->rows_per_chunk - 1) / a->rows_per_chunk;
    if (chunks > INT32_MAX) {
        a->rows_per_chunk = a->rows / INT32_MAX + 1;
        chunks = (a->rows + a->rows_per_chunk - 1) / a->rows_per_chunk;
    }
    return (xb_work){ .run = transposed ? transpose_run : move_run, .chunks = (int32_t)chunks };
}
