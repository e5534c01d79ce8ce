/* kernel/quantize8.c - see quantize8.h. */
#include "kernel/quantize8.h"

#include <math.h>

#include "kernel/batch.h"
#include "kernel/isa.h"

enum { CHUNK = 32 * 1024 }; /* elements; about 10 us */

/* ---- the first work of DYNAMIC ---- */

static int64_t range_step(int64_t count) { return xb_max64(CHUNK, xb_ceil_div(count, XB_QUANTIZE8_RANGES)); }

static void run_range(const void *args, int32_t chunk, void *scratch) {
    const xb_quantize8_args *q = args;
    const int64_t            count = q->rows * q->cols, step = range_step(count), from = chunk * step;
    (void)scratch;
    q->isa->quantize_range(q->x + from, xb_min64(step, count - from), q->ranges + 2 * (int64_t)chunk);
}

xb_work xb_quantize8_range_work(const xb_isa *isa, xb_quantize8_args *q) {
    xb_work work = { .run = run_range };
    q->isa = isa;
    if (q->mode != XB_QUANTIZE8_DYNAMIC || q->rows <= 0 || q->cols <= 0) return work;
    work.chunks = (int32_t)xb_ceil_div(q->rows * q->cols, range_step(q->rows * q->cols));
    return work;
}

/* ---- 8 bits ---- */

static uint8_t choose(float low, float high, float *scale) {
    *scale = high == low ? 1.0f : (high - low) / 255.0f;
    float zero = rintf(-low / *scale); /* to nearest, half to even: plat/fpenv.h */
    return (uint8_t)(zero > 255.0f ? 255.0f : zero > 0.0f ? zero : 0.0f);
}

/* Part `from`, `count` of the elements, all of one scale. */
static void run_one(const void *args, int32_t chunk, void *scratch) {
    const xb_quantize8_args *q = args;
    const int64_t            total = q->rows * q->cols, from = chunk * (int64_t)CHUNK, step = range_step(total);
    int32_t                  zero = 0;
    float                    scale = 0;
    (void)scratch;
    if (q->mode == XB_QUANTIZE8_DYNAMIC) {
        float low = 0, high = 0;
        for (int64_t i = 0; i < xb_ceil_div(total, step); i++)
            low = fminf(low, q->ranges[2 * i]), high = fmaxf(high, q->ranges[2 * i + 1]);
        zero = choose(low, high, &scale);
        if (chunk == 0) *q->scale = scale, *(uint8_t *)q->zero = (uint8_t)zero;
    } else {
        scale = *q->scale;
        if (q->zero) zero = q->is_signed ? *(const int8_t *)q->zero : *(const uint8_t *)q->zero;
    }
    if (total > 0)
        q->isa->quantize_row(q->x + from, xb_min64(CHUNK, total - from), scale, zero, q->is_signed, (uint8_t *)q->y + from);
}

static int64_t rows_step(const xb_quantize8_args *q) { return xb_max64(1, CHUNK / xb_max64(1, q->cols)); }

static void run_rows(const void *args, int32_t chunk, void *scratch) {
    const xb_quantize8_args *q = args;
    const int64_t            step = rows_step(q);
    (void)scratch;
    for (int64_t r = chunk * step; r < xb_min64((chunk + 1) * step, q->rows); r++) {
        const float *x = q->x + r * q->cols;
        int32_t      zero = 0;
        float        scale, range[2];
        if (q->mode == XB_QUANTIZE8_DYNAMIC_ROWS) {
            q->isa->quantize_range(x, q->cols, range);
            zero = choose(range[0], range[1], &scale);
            q->scale[r] = scale, ((uint8_t *)q->zero)[r] = (uint8_t)zero;
        } else {
            scale = q->scale[r % q->channels];
            if (q->zero)
                zero = q->is_signed ? ((const int8_t *)q->zero)[r % q->channels] : ((const uint8_t *)q->zero)[r % q->channels];
        }
        q->isa->quantize_row(x, q->cols, scale, zero, q->is_signed, (uint8_t *)q->y + r * q->cols);
    }
}

xb_work xb_quantize8_work(const xb_isa *isa, xb_quantize8_args *q) {
    const int one = q->mode == XB_QUANTIZE8_DYNAMIC || (q->mode == XB_QUANTIZE8_GIVEN && q->channels == 1);
    xb_work   work = { .run = one ? run_one : run_rows };
    q->isa = isa;
    if (q->rows < 0 || q->cols < 0) return work;
    if (!one) work.chunks = (int32_t)xb_ceil_div(q->rows, rows_step(q));
    else work.chunks = (int32_t)xb_ceil_div(q->rows * q->cols, CHUNK);
    if (q->mode == XB_QUANTIZE8_DYNAMIC && work.chunks == 0) work.chunks = 1; /* a scale of nothing is 1 */
    return work;
}
