/* Quantisation by every table, bit for bit against the formulas of ONNX in plain float32. */
#include "check.h"
#include "isas.h"
#include "kernel/quantize8.h"

enum { MOST = 100000 };
static float    x[MOST];
static uint8_t  y[MOST + 1], wanted[MOST], zeros[MOST];
static float    scales[MOST], ranges[2 * XB_QUANTIZE8_RANGES];
static uint32_t state;

static int64_t below(int64_t n) { return (int64_t)(isas_random(&state) % (uint64_t)n); }

/* ONNX QuantizeLinear. */
static uint8_t quantized(float v, float scale, int32_t zero, int is_signed) {
    int32_t low = is_signed ? -128 : 0;
    if (isnan(v)) return (uint8_t)low;
    double q = rint((double)(v / scale)) + zero;
    return (uint8_t)(int32_t)(q < low ? low : q > low + 255 ? low + 255 : q);
}

/* ONNX DynamicQuantizeLinear. */
static void parameters(const float *v, int64_t count, float *scale, uint8_t *zero) {
    float low = 0, high = 0;
    for (int64_t i = 0; i < count; i++) low = v[i] < low ? v[i] : low, high = v[i] > high ? v[i] : high;
    *scale = high == low ? 1.0f : (high - low) / 255.0f;
    float z = rintf(0.0f - low / *scale);
    *zero = (uint8_t)(z < 0 ? 0 : z > 255 ? 255 : z);
}

static void run(xb_work work, xb_quantize8_args *q) {
    for (int32_t i = work.chunks; i-- > 0;) work.run(q, i, NULL);
}

static void fill(int64_t count, int64_t kind) { /* halves meet ties; one sign only; everything 0; special values */
    for (int64_t i = 0; i < count; i++) {
        x[i] = isas_uniform(&state, -3, 5);
        if (kind == 1) x[i] = rintf(x[i] * 8) * 0.5f;
        if (kind == 2) x[i] = fabsf(x[i]);
        if (kind == 3) x[i] = -fabsf(x[i]) - 1;
        if (kind == 4) x[i] = 0;
        if (kind == 5 && below(20) == 0) x[i] = isas_specials[below(ISAS_SPECIALS)];
    }
}

static void given(void) {
    xb_fp_modes host = xb_fp_enter();
    ISAS_EACH(isa) {
        state = 3;
        for (int round = 0; round < 200; round++) {
            xb_quantize8_args q = { .x = x, .y = y, .mode = XB_QUANTIZE8_GIVEN, .scale = scales, .is_signed = round & 1 };
            q.rows = below(40), q.cols = below(round % 10 == 0 ? 2000 : 70), q.channels = below(2) ? 1 : 1 + below(7);
            q.zero = round % 3 ? zeros : NULL;
            fill(q.rows * q.cols, round % 6);
            for (int64_t i = 0; i < q.channels; i++)
                scales[i] = round % 6 == 1 ? 0.5f : isas_uniform(&state, 0.001f, 0.1f), zeros[i] = (uint8_t)isas_random(&state);
            memset(y, 77, sizeof y);
            run(xb_quantize8_work(isa, &q), &q);
            int wrong = y[q.rows * q.cols] != 77;
            for (int64_t i = 0; i < q.rows * q.cols; i++) {
                int64_t at = i / q.cols % q.channels;
                int32_t zero = !q.zero ? 0 : q.is_signed ? (int8_t)zeros[at] : zeros[at];
                wrong += y[i] != quantized(isas_flush(x[i]), scales[at], zero, q.is_signed);
            }
            CHECK_INT(wrong, 0);
        }
    }
    xb_fp_leave(host);
}

static void dynamic(void) {
    xb_fp_modes host = xb_fp_enter();
    ISAS_EACH(isa) {
        state = 5;
        for (int round = 0; round < 120; round++) {
            xb_quantize8_args q = {
                .x = x, .y = y, .mode = XB_QUANTIZE8_DYNAMIC, .scale = scales, .zero = zeros, .ranges = ranges
            };
            int64_t kind = round % 5, count;
            float   scale;
            uint8_t zero;
            q.rows = below(9), q.cols = below(round % 10 == 0 ? 11000 : 300), q.channels = 1, count = q.rows * q.cols;
            fill(count, kind);
            memset(y, 77, sizeof y);
            run(xb_quantize8_range_work(isa, &q), &q);
            run(xb_quantize8_work(isa, &q), &q);
            parameters(x, count, &scale, &zero);
            CHECK(scales[0] == scale);
            CHECK_INT(zeros[0], zero);
            for (int64_t i = 0; i < count; i++) wanted[i] = quantized(x[i], scale, zero, 0);
            CHECK(memcmp(y, wanted, (size_t)count) == 0 && y[count] == 77);

            q.mode = XB_QUANTIZE8_DYNAMIC_ROWS;
            CHECK_INT(xb_quantize8_range_work(isa, &q).chunks, 0);
            run(xb_quantize8_work(isa, &q), &q);
            for (int64_t r = 0; r < q.rows; r++) {
                parameters(x + r * q.cols, q.cols, &scale, &zero);
                CHECK(scales[r] == scale);
                CHECK_INT(zeros[r], zero);
                for (int64_t i = 0; i < q.cols; i++) wanted[r * q.cols + i] = quantized(x[r * q.cols + i], scale, zero, 0);
            }
            CHECK(memcmp(y, wanted, (size_t)count) == 0 && y[count] == 77);
        }
    }
    xb_fp_leave(host);
}

CHECK_MAIN(RUN(given), RUN(dynamic))
