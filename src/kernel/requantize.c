/* kernel/requantize.c - see requantize.h. */
#include "kernel/requantize.h"

#include <math.h>

#include "kernel/chunks.h"

static double zero_of(const xb_quant *q, int32_t is_signed) {
    if (!q->zero) return 0;
    return is_signed ? (double)*(const int8_t *)q->zero : (double)*(const uint8_t *)q->zero;
}

/* A number on the scale of `from` as a byte on that of `to`; NaN is the zero point. */
static uint8_t quantized(double q, const xb_quant *from, const xb_quant *to, int32_t is_signed) {
    double low = is_signed ? -128 : 0, zero = zero_of(to, is_signed);
    double v = rint((q - zero_of(from, is_signed)) * (double)*from->scale / (double)*to->scale) + zero;
    if (isnan(v)) v = zero;
    v = v < low ? low : v > low + 255 ? low + 255 : v;
    return (uint8_t)(int32_t)v;
}

/* The 256 numbers first, then by table. */
static void requantize_run(const void *args, int32_t chunk, void *scratch) {
    const xb_requantize_args *a = args;
    int64_t                   begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->rows);
    uint8_t                   table[256];
    (void)scratch;
    for (int i = 0; i < 256; i++) table[i] = quantized(a->is_signed ? (int8_t)i : i, &a->from, &a->to, a->is_signed);
    for (int64_t r = begin; r < end; r++) {
        const uint8_t *x = (const uint8_t *)a->x + r * a->cols;
        uint8_t       *y = (uint8_t *)a->y + r * a->y_stride;
        for (int64_t i = 0; i < a->cols; i++) y[i] = table[x[i]];
    }
}

xb_work xb_requantize_work(xb_requantize_args *a) {
    a->per_chunk = xb_units_per_chunk(a->rows, a->cols);
    return (xb_work){ .run = requantize_run, .chunks = a->cols ? xb_chunk_count(a->rows, a->per_chunk) : 0 };
}

static void quantize_mean_run(const void *args, int32_t chunk, void *scratch) {
    const xb_quantize_mean_args *a = args;
    int64_t                      begin = chunk * a->per_chunk, end = xb_chunk_end(begin, a->per_chunk, a->count);
    (void)scratch;
    for (int64_t i = begin; i < end; i++) ((uint8_t *)a->y)[i] = quantized(a->x[i], &a->from, &a->to, a->is_signed);
}

xb_work xb_quantize_mean_work(xb_quantize_mean_args *a) {
    a->per_chunk = xb_units_per_chunk(a->count, 4);
    return (xb_work){ .run = quantize_mean_run, .chunks = xb_chunk_count(a->count, a->per_chunk) };
}
