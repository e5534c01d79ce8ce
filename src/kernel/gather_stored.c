/* kernel/gather_stored.c - see gather_stored.h. */
#include "kernel/gather_stored.h"

#include <string.h>

#include "kernel/chunks.h"
#include "kernel/gather_int.h"
#include "tensor/tensor.h"

static float zero_at(const xb_gather_stored_args *a, int64_t at) {
    if (!a->zero) return 0;
    return a->dtype == XYBRID_INT8 ? (float)((const int8_t *)a->zero)[at] : (float)((const uint8_t *)a->zero)[at];
}

#define WIDEN(type) \
    for (int64_t j = 0; j < a->width; j++) y[j] = (float)((const type *)x)[j];

/* A row as float32, without scale and zero. */
static void widen(const xb_gather_stored_args *a, const void *x, float *y, void *scratch) {
    if (a->dtype == XYBRID_INT8) {
        WIDEN(int8_t)
    } else if (a->dtype == XYBRID_UINT8) {
        WIDEN(uint8_t)
    } else {
        if ((uintptr_t)x % 2) x = memcpy(scratch, x, 2 * (size_t)a->width);
        xb_convert(y, XYBRID_FLOAT32, x, a->dtype, a->width);
    }
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_gather_stored_args *a = args;
    int64_t                      begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->count);
    for (int64_t i = begin; i < end; i++) {
        int64_t row = xb_index_in(a->indices, a->index_bytes, i, a->axis);
        float  *y = a->y + i * a->width;
        widen(a, (const char *)a->x + row * a->width * xb_dtype_size(a->dtype), y, scratch);
        if (!a->scale) continue;
        if (a->scale_col) {
            for (int64_t j = 0; j < a->width; j++) y[j] = (y[j] - zero_at(a, j)) * a->scale[j];
            continue;
        }
        const float scale = a->scale[row * a->scale_row], zero = zero_at(a, row * a->scale_row);
        for (int64_t j = 0; j < a->width; j++) y[j] = (y[j] - zero) * scale;
    }
}

xb_work xb_gather_stored_work(xb_gather_stored_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 2 + a->width);
    return (xb_work){ .run = run,
                      .chunks = a->width ? xb_chunk_count(a->count, a->per_chunk) : 0,
                      .scratch_bytes = a->width * xb_dtype_size(a->dtype) };
}
