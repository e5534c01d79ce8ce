/* kernel/fill.c - see fill.h. */
#include "kernel/fill.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"
#include "kernel/number.h"

/* ---- one value ---- */

static int is_one_byte(const void *value, int32_t element_bytes) {
    const uint8_t *bytes = value;
    for (int32_t i = 1; i < element_bytes; i++)
        if (bytes[i] != bytes[0]) return 0;
    return 1;
}

#define FILL(type)                                                                                \
    do {                                                                                          \
        type v;                                                                                   \
        memcpy(&v, value, sizeof v);                                                              \
        for (int64_t i = 0; i < n; i++) memcpy((char *)to + i * (int64_t)sizeof v, &v, sizeof v); \
    } while (0)

void xb_fill_elements(void *to, int64_t n, int32_t element_bytes, const void *value) {
    if (!value || is_one_byte(value, element_bytes)) {
        memset(to, value ? *(const uint8_t *)value : 0, (size_t)(n * element_bytes));
        return;
    }
    switch (element_bytes) {
    case 2: FILL(uint16_t); break;
    case 4: FILL(uint32_t); break;
    case 8: FILL(uint64_t); break;
    default:
        for (int64_t i = 0; i < n; i++) memcpy((char *)to + i * element_bytes, value, (size_t)element_bytes);
    }
}

static void fill_run(const void *args, int32_t chunk, void *scratch) {
    const xb_fill_args *a = args;
    int64_t             begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->count);
    (void)scratch;
    xb_fill_elements((char *)a->y + begin * a->element_bytes, end - begin, a->element_bytes, a->value);
}

xb_work xb_fill_work(xb_fill_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 1);
    return (xb_work){ .run = fill_run, .chunks = xb_chunk_count(a->count, a->per_chunk) };
}

/* ---- a sequence ---- */

static void range_run(const void *args, int32_t chunk, void *scratch) {
    const xb_progression_args *a = args;
    int64_t                    begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->count);
    (void)scratch;
    for (int64_t i = begin; i < end; i += XB_TILE) {
        int64_t n = xb_min64(XB_TILE, end - i);
        char   *y = (char *)a->y + i * a->element_bytes;
        if (a->is_real) {
            double tile[XB_TILE];
            for (int64_t k = 0; k < n; k++) tile[k] = a->start + (double)(i + k) * a->delta;
            xb_store_reals(y, a->dtype, 1, tile, n);
        } else {
            int64_t tile[XB_TILE];
            for (int64_t k = 0; k < n; k++)
                tile[k] = (int64_t)((uint64_t)a->start_integer + (uint64_t)(i + k) * (uint64_t)a->delta_integer);
            xb_store_integers(y, a->dtype, 1, tile, n);
        }
    }
}

xb_work xb_progression_work(xb_progression_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 4);
    return (xb_work){ .run = range_run, .chunks = xb_chunk_count(a->count, a->per_chunk) };
}

/* ---- the identity matrix ---- */

static void eye_run(const void *args, int32_t chunk, void *scratch) {
    const xb_eye_args *a = args;
    int64_t            begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->rows);
    int64_t            row_bytes = a->cols * a->element_bytes;
    (void)scratch;
    memset((char *)a->y + begin * row_bytes, 0, (size_t)((end - begin) * row_bytes));
    for (int64_t r = begin; r < end; r++) {
        int64_t c;
        if (xb_add_overflows(r, a->k, &c) || c < 0 || c >= a->cols) continue;
        xb_store_one((char *)a->y + r * row_bytes + c * a->element_bytes, a->dtype);
    }
}

xb_work xb_eye_work(xb_eye_args *a) {
    a->per_chunk = xb_units_per_chunk(a->rows, a->cols);
    if (a->cols == 0) return (xb_work){ .run = eye_run };
    return (xb_work){ .run = eye_run, .chunks = xb_chunk_count(a->rows, a->per_chunk) };
}

/* ---- triangles ---- */

static void trilu_run(const void *args, int32_t chunk, void *scratch) {
    const xb_trilu_args *a = args;
    int64_t              begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->planes * a->rows);
    int64_t              row_bytes = a->cols * a->element_bytes;
    (void)scratch;
    for (int64_t i = begin; i < end; i++) {
        const char *x = (const char *)a->x + i * row_bytes;
        char       *y = (char *)a->y + i * row_bytes;
        int64_t     edge; /* the first column above the triangle, or of it */
        if (xb_add_overflows(i % a->rows, a->k, &edge)) edge = a->k < 0 ? -1 : a->cols;
        if (!a->is_upper && edge < INT64_MAX) edge++;
        edge = xb_max64(0, xb_min64(edge, a->cols)) * a->element_bytes;
        memcpy(a->is_upper ? y + edge : y, a->is_upper ? x + edge : x, (size_t)(a->is_upper ? row_bytes - edge : edge));
        memset(a->is_upper ? y : y + edge, 0, (size_t)(a->is_upper ? edge : row_bytes - edge));
    }
}

xb_work xb_trilu_work(xb_trilu_args *a) {
    int64_t rows = a->planes * a->rows;
    a->per_chunk = xb_units_per_chunk(rows, a->cols);
    if (a->cols == 0) return (xb_work){ .run = trilu_run };
    return (xb_work){ .run = trilu_run, .chunks = xb_chunk_count(rows, a->per_chunk) };
}

/* ---- one-hot ---- */

static void one_hot_run(const void *args, int32_t chunk, void *scratch) {
    const xb_one_hot_args *a = args;
    int64_t                begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->outer);
    int64_t                block = a->depth * a->inner, x_bytes = xb_number_bytes(a->x_dtype);
    const char            *on = (const char *)a->values + a->element_bytes;
    (void)scratch;
    xb_fill_elements((char *)a->y + begin * block * a->element_bytes, (end - begin) * block, a->element_bytes, a->values);
    for (int64_t o = begin; o < end; o++) {
        char *y = (char *)a->y + o * block * a->element_bytes;
        for (int64_t j = 0; j < a->inner; j += XB_TILE) {
            int64_t index[XB_TILE], n = xb_min64(XB_TILE, a->inner - j);
            xb_load_integers(index, a->x_dtype, (const char *)a->x + (o * a->inner + j) * x_bytes, 1, n);
            for (int64_t k = 0; k < n; k++) {
                int64_t at = index[k] < 0 ? index[k] + a->depth : index[k];
                if (at >= 0 && at < a->depth)
                    memcpy(y + (at * a->inner + j + k) * a->element_bytes, on, (size_t)a->element_bytes);
            }
        }
    }
}

xb_work xb_one_hot_work(xb_one_hot_args *a) {
    a->per_chunk = xb_units_per_chunk(a->outer, a->depth * a->inner);
    if (a->depth * a->inner == 0) return (xb_work){ .run = one_hot_run };
    return (xb_work){ .run = one_hot_run, .chunks = xb_chunk_count(a->outer, a->per_chunk) };
}
