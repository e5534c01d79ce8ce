/* kernel/rescale.c - see rescale.h. */
#include "kernel/rescale.h"

#include <math.h>

#include "kernel/chunks.h"

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_rescale_args *a = args;
    int64_t                i = chunk * a->per_chunk, end = xb_chunk_end(i, a->per_chunk, a->m);
    float                  low = a->is_signed ? -128.0f : 0.0f, zero = 0;
    if (a->y_zero) zero = a->is_signed ? *(const int8_t *)a->y_zero : *(const uint8_t *)a->y_zero;
    (void)scratch;
    for (; i < end; i++)
        for (int64_t j = 0; j < a->n; j++) {
            uint32_t sum = (uint32_t)a->sums[i * a->n + j];
            if (a->add) sum += (uint32_t)a->add[i * a->add_row + j * a->add_col];
            float scale = a->alpha * (*a->a_scale * a->b_scale[j * a->b_scale_step]), v = (float)(int32_t)sum;
            if (!a->y_scale) {
                ((float *)a->y)[i * a->n + j] = v * scale;
                continue;
            }
            v = rintf(v * (scale / *a->y_scale)) + zero;
            v = v > low ? v < low + 255 ? v : low + 255 : low; /* NaN: low */
            ((uint8_t *)a->y)[i * a->n + j] = (uint8_t)(int32_t)v;
        }
}

xb_work xb_rescale_work(xb_rescale_args *a) {
    int64_t rows = a->n ? a->m : 0;
    a->per_chunk = xb_units_per_chunk(rows, a->n * 4);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(rows, a->per_chunk) };
}
