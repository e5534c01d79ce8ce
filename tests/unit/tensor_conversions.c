/* Element types into each other: halves exhaustively against their definition, all pairs against a table of rules. */
#include "support.h"
#include "tensor/tensor.h"

static double half_value(uint16_t bits) { /* IEEE 754-2008, 3.4, for finite bits */
    int    exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double v = exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
    return bits & 0x8000 ? -v : v;
}

static uint16_t narrow(double value, xybrid_dtype dtype) {
    uint16_t bits;
    xb_convert(&bits, dtype, &value, XYBRID_FLOAT64, 1);
    return bits;
}

/* Every finite half, the middle to its neighbour (a tie), and the doubles on both sides of the middle. */
static void halves_round_to_nearest_even(void) {
    int wrong = 0;
    for (int bits = 0; bits < 0x7c00; bits++) {
        uint16_t h = (uint16_t)bits, up = (uint16_t)(bits + 1), even = bits & 1 ? up : h;
        double   v = half_value(h), next = bits == 0x7bff ? 65536 : half_value(up), middle = (v + next) / 2;
        wrong += (double)xb_float_from_half(h) != v;
        wrong += xb_half_from_float((float)v) != h;
        wrong += narrow(middle, XYBRID_FLOAT16) != even;
        wrong += xb_half_from_float((float)middle) != even; /* exact: one bit more than a half has */
        wrong += narrow(nextafter(middle, 1e9), XYBRID_FLOAT16) != up;
        wrong += narrow(nextafter(middle, 0), XYBRID_FLOAT16) != h;
        wrong += narrow(-nextafter(middle, 1e9), XYBRID_FLOAT16) != (up | 0x8000);
        wrong += narrow(-v, XYBRID_FLOAT16) != (h | 0x8000);
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(xb_half_from_float(INFINITY), 0x7c00);
    CHECK_INT(xb_half_from_float(-INFINITY), 0xfc00);
    CHECK_INT(xb_half_from_float(1e30f), 0x7c00);
    CHECK_INT(xb_half_from_float(1e-30f), 0);
    CHECK(isnan(xb_float_from_half(0x7e01)) && isnan(xb_float_from_half(0x7c01)));
    CHECK(isinf(xb_float_from_half(0x7c00)) && xb_float_from_half(0xfc00) < 0);
    CHECK_INT(xb_half_from_float(NAN) & 0x7e00, 0x7e00);
}

static void bfloats_round_to_nearest_even(void) {
    int wrong = 0;
    for (int bits = 0; bits < 0x7f80; bits++) {
        uint16_t b = (uint16_t)bits, up = (uint16_t)(bits + 1), even = bits & 1 ? up : b;
        double   v = (double)xb_float_from_bfloat16(b);
        double   next = bits == 0x7f7f ? ldexp(1, 128) : (double)xb_float_from_bfloat16(up), middle = (v + next) / 2;
        wrong += xb_bfloat16_from_float((float)v) != b;
        wrong += xb_bfloat16_from_float((float)middle) != even;
        wrong += narrow(middle, XYBRID_BFLOAT16) != even;
        /* A double this near to a tie becomes the tie in float32: rounding twice would give the wrong neighbour. */
        wrong += narrow(nextafter(middle, INFINITY), XYBRID_BFLOAT16) != up;
        wrong += narrow(nextafter(middle, 0), XYBRID_BFLOAT16) != b;
        wrong += narrow(-nextafter(middle, 0), XYBRID_BFLOAT16) != (b | 0x8000);
    }
    CHECK_INT(wrong, 0);
    CHECK_NEAR(xb_float_from_bfloat16(0x3fc0), 1.5, 0);
    CHECK_INT(xb_bfloat16_from_float(NAN) & 0x7fc0, 0x7fc0);
    CHECK_INT(xb_bfloat16_from_float(-INFINITY), 0xff80);
    uint32_t payload_low = 0x7f800001; /* a NaN whose bits above the cut are all 0 */
    float    nan_value;
    memcpy(&nan_value, &payload_low, 4);
    CHECK(isnan(xb_float_from_bfloat16(xb_bfloat16_from_float(nan_value))));
    /* 2^60 + 2^52 + 1 lies just above the tie between 2^60 and the next bfloat16, 2^60 + 2^53 */
    int64_t  big = (INT64_C(1) << 60) + (INT64_C(1) << 52) + 1;
    uint16_t out;
    xb_convert(&out, XYBRID_BFLOAT16, &big, XYBRID_INT64, 1);
    CHECK_NEAR(xb_float_from_bfloat16(out), ldexp(1, 60) + ldexp(1, 53), 0);
    big = -big + 2; /* just below */
    xb_convert(&out, XYBRID_BFLOAT16, &big, XYBRID_INT64, 1);
    CHECK_NEAR(xb_float_from_bfloat16(out), -ldexp(1, 60), 0);
}

static void floats_to_integers_saturate(void) {
    const float x[8] = { 0.5f, 1.5f, -2.5f, 1e30f, -1e30f, NAN, INFINITY, 254.6f };
    int8_t      i8[8];
    uint8_t     u8[8], b[8];
    int64_t     i64[8];
    uint64_t    u64[8];
    int32_t     i32[8];
    xb_convert(i8, XYBRID_INT8, x, XYBRID_FLOAT32, 8);
    xb_convert(u8, XYBRID_UINT8, x, XYBRID_FLOAT32, 8);
    xb_convert(i32, XYBRID_INT32, x, XYBRID_FLOAT32, 8);
    xb_convert(i64, XYBRID_INT64, x, XYBRID_FLOAT32, 8);
    xb_convert(u64, XYBRID_UINT64, x, XYBRID_FLOAT32, 8);
    xb_convert(b, XYBRID_BOOL, x, XYBRID_FLOAT32, 8);
    const int     want_i8[8] = { 0, 2, -2, 127, -128, 0, 127, 127 }, want_u8[8] = { 0, 2, 0, 255, 0, 0, 255, 255 };
    const int64_t want_i64[8] = { 0, 2, -2, INT64_MAX, INT64_MIN, 0, INT64_MAX, 255 };
    for (int i = 0; i < 8; i++) {
        CHECK_INT(i8[i], want_i8[i]);
        CHECK_INT(u8[i], want_u8[i]);
        CHECK_INT(i64[i], want_i64[i]);
        CHECK_INT(b[i], 1);
    }
    CHECK_INT(i32[3], INT32_MAX);
    CHECK_INT(i32[4], INT32_MIN);
    CHECK(u64[3] == UINT64_MAX && u64[6] == UINT64_MAX && u64[4] == 0 && u64[5] == 0 && u64[7] == 255);
}

static void integers_saturate(void) {
    const int64_t  x[5] = { -1, 300, INT64_MIN, INT64_MAX, 0 };
    const uint64_t huge = UINT64_MAX;
    int8_t         i8[5];
    uint16_t       u16[5];
    uint64_t       u64[5];
    int64_t        i64;
    float          f;
    uint8_t        b[5];
    xb_convert(i8, XYBRID_INT8, x, XYBRID_INT64, 5);
    CHECK(i8[0] == -1 && i8[1] == 127 && i8[2] == -128 && i8[3] == 127 && i8[4] == 0);
    xb_convert(u16, XYBRID_UINT16, x, XYBRID_INT64, 5);
    CHECK(u16[0] == 0 && u16[1] == 300 && u16[2] == 0 && u16[3] == 65535);
    xb_convert(u64, XYBRID_UINT64, x, XYBRID_INT64, 5);
    CHECK(u64[0] == 0 && u64[3] == INT64_MAX);
    xb_convert(b, XYBRID_BOOL, x, XYBRID_INT64, 5);
    CHECK(b[0] == 1 && b[1] == 1 && b[4] == 0);
    xb_convert(&i64, XYBRID_INT64, &huge, XYBRID_UINT64, 1);
    CHECK_INT(i64, INT64_MAX);
    xb_convert(&f, XYBRID_FLOAT32, &huge, XYBRID_UINT64, 1);
    CHECK_NEAR(f, ldexp(1, 64), 0);
    const int64_t odd = (INT64_C(1) << 53) + (INT64_C(1) << 29) + 1; /* float32 must not go by way of float64 */
    xb_convert(&f, XYBRID_FLOAT32, &odd, XYBRID_INT64, 1);
    CHECK_NEAR(f, ldexp(1, 53) + ldexp(1, 30), 0);
}

/* Small whole numbers survive every pair of types; all loops are met. */
static void every_pair_keeps_small_numbers(void) {
    static const xybrid_dtype types[] = { XYBRID_FLOAT32, XYBRID_UINT8,  XYBRID_INT8,    XYBRID_UINT16,  XYBRID_INT16,
                                          XYBRID_INT32,   XYBRID_INT64,  XYBRID_BOOL,    XYBRID_FLOAT16, XYBRID_FLOAT64,
                                          XYBRID_UINT32,  XYBRID_UINT64, XYBRID_BFLOAT16 };
    const uint8_t             numbers[4] = { 0, 1, 2, 100 };
    for (int a = 0; a < 13; a++) {
        for (int b = 0; b < 13; b++) {
            uint64_t first[4], second[4];
            float    back[4];
            int      is_bool = types[a] == XYBRID_BOOL || types[b] == XYBRID_BOOL;
            xb_convert(first, types[a], numbers, XYBRID_UINT8, 4);
            xb_convert(second, types[b], first, types[a], 4);
            xb_convert(back, XYBRID_FLOAT32, second, types[b], 4);
            for (int i = 0; i < 4; i++) CHECK_NEAR(back[i], is_bool ? numbers[i] != 0 : numbers[i], 0);
        }
    }
    const int16_t negative = -5;
    float         f;
    int64_t       wide;
    xb_convert(&f, XYBRID_FLOAT32, &negative, XYBRID_INT16, 1);
    CHECK_NEAR(f, -5, 0);
    const int32_t lower = INT32_MIN;
    xb_convert(&wide, XYBRID_INT64, &lower, XYBRID_INT32, 1);
    CHECK_INT(wide, INT32_MIN);
    xb_convert(NULL, XYBRID_FLOAT32, NULL, XYBRID_INT16, 0);
}

static void tensors_convert(void) {
    xb_test_mem   tm;
    xybrid_error  err;
    xb_tensor     t, out, bad = { .rank = 77 };
    const int32_t x[4] = { 1, -2, 70000, 4 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(x, sizeof x, XYBRID_INT32, 2, (int64_t[]){ 2, 2 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_convert(&tm.mem, &t, XYBRID_FLOAT16, &out, &err), XYBRID_OK);
    CHECK_INT(out.dtype, XYBRID_FLOAT16);
    CHECK_INT(out.shape[1], 2);
    CHECK_INT(((uint16_t *)out.data)[2], 0x7c00);
    CHECK_INT(xb_tensor_convert(&tm.mem, &t, 0, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(bad.rank, 77);
    xb_tensor_drop(&out);
    CHECK_INT(tm.live_blocks, 0);
}

CHECK_MAIN(RUN(halves_round_to_nearest_even), RUN(bfloats_round_to_nearest_even), RUN(floats_to_integers_saturate),
           RUN(integers_saturate), RUN(every_pair_keeps_small_numbers), RUN(tensors_convert))
