/* test_comparison.c - the judge is judged: what value_compare.c lets pass and what not, and the patterns of the lists. */
#include "expectations.h"
#include "support.h"
#include "value_compare.h"

static xb_onnx_value row(int32_t dtype, void *data, int64_t count) {
    int64_t size = (count * xb_onnx_dtype_bits(dtype) + 7) / 8;
    if (dtype == XB_ONNX_STRING) size = count * (int64_t)sizeof(xb_slice);
    return (xb_onnx_value){
        .kind = XB_ONNX_TENSOR, .dtype = dtype, .rank = 1, .dims = { count }, .count = count, .data = data, .size_bytes = size
    };
}

static char why[256];
static int  same(const xb_onnx_value *found, const xb_onnx_value *wanted) {
    why[0] = 0;
    return value_compare(found, wanted, 1e-3, 1e-7, why, sizeof why);
}
static int same_rows(int32_t dtype, void *found, void *wanted, int64_t count) {
    xb_onnx_value a = row(dtype, found, count), b = row(dtype, wanted, count);
    return same(&a, &b);
}
#define FLOATS(...) ((float[]){ __VA_ARGS__ })

static void floats_by_tolerance(void) {
    CHECK(same_rows(XYBRID_FLOAT32, FLOATS(1.0009f, -2000, 0), FLOATS(1, -2001.9f, 9e-8f), 3));
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(1, 1.0011f), FLOATS(1, 1), 2));
    CHECK_STR(why, "[1] is 1.00109994, wanted 1 (1 of 2 elements differ)");
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(0), FLOATS(1.1e-7f), 1));
    CHECK(same_rows(XYBRID_FLOAT32, FLOATS(NAN, INFINITY, -INFINITY, -0.0f), FLOATS(NAN, INFINITY, -INFINITY, 0), 4));
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(NAN), FLOATS(1), 1));
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(1), FLOATS(NAN), 1));
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(INFINITY), FLOATS(-INFINITY), 1));
    CHECK(!same_rows(XYBRID_FLOAT32, FLOATS(3e38f), FLOATS(INFINITY), 1));
    CHECK(same_rows(XYBRID_FLOAT64, (double[]){ 1.0005 }, (double[]){ 1 }, 1));
    CHECK(!same_rows(XYBRID_FLOAT64, (double[]){ 1.0015 }, (double[]){ 1 }, 1));
    CHECK(same_rows(XB_ONNX_COMPLEX64, FLOATS(1, 1.0005f), FLOATS(1, 1), 1));
    CHECK(!same_rows(XB_ONNX_COMPLEX64, FLOATS(1, 1.01f), FLOATS(1, 1), 1));
    CHECK_STR(why, "[0] is 1+1.00999999i, wanted 1+1i (1 of 1 elements differ)");
    CHECK(!same_rows(XB_ONNX_COMPLEX128, (double[]){ 1, 1.01 }, (double[]){ 1, 1 }, 1));
}

static void short_floats_by_tolerance(void) {
    CHECK(same_rows(XYBRID_FLOAT16, (uint16_t[]){ 0x3c01 }, (uint16_t[]){ 0x3c00 }, 1)); /* one unit: 0.98e-3 */
    CHECK(!same_rows(XYBRID_FLOAT16, (uint16_t[]){ 0x3c02 }, (uint16_t[]){ 0x3c00 }, 1));
    CHECK(same_rows(XYBRID_BFLOAT16, (uint16_t[]){ 0x3f82 }, (uint16_t[]){ 0x3f80 }, 1)); /* two units: 2^-6 */
    CHECK(!same_rows(XYBRID_BFLOAT16, (uint16_t[]){ 0x3f83 }, (uint16_t[]){ 0x3f80 }, 1));
    for (int32_t dtype = XB_ONNX_FLOAT8E4M3FN; dtype <= XB_ONNX_FLOAT8E5M2FNUZ; dtype++) {
        CHECK(same_rows(dtype, (uint8_t[]){ 0x38, 0x80, 0x7f }, (uint8_t[]){ 0x38, 0x80, 0x7f }, 3));
        CHECK(!same_rows(dtype, (uint8_t[]){ 0x39 }, (uint8_t[]){ 0x38 }, 1));
    }
}

static void integers_and_strings_exactly(void) {
    static const xb_slice a[] = { { "x", 1 }, { "", 0 } }, b[] = { { "x", 1 }, { "y", 1 } };
    CHECK(!same_rows(XYBRID_INT64, (int64_t[]){ 1000001 }, (int64_t[]){ 1000000 }, 1));
    CHECK(!same_rows(XYBRID_UINT64, (uint64_t[]){ UINT64_MAX }, (uint64_t[]){ 0 }, 1));
    CHECK_STR(why, "[0] is 18446744073709551615, wanted 0 (1 of 1 elements differ)");
    CHECK(!same_rows(XYBRID_INT8, (int8_t[]){ -1 }, (int8_t[]){ 1 }, 1));
    CHECK_STR(why, "[0] is -1, wanted 1 (1 of 1 elements differ)");
    CHECK(!same_rows(XYBRID_BOOL, (uint8_t[]){ 2 }, (uint8_t[]){ 1 }, 1));
    CHECK(same_rows(XB_ONNX_INT4, (uint8_t[]){ 0xf1, 0xf2 }, (uint8_t[]){ 0xf1, 0x02 }, 3)); /* the last half is no element */
    CHECK(!same_rows(XB_ONNX_INT4, (uint8_t[]){ 0xe1 }, (uint8_t[]){ 0xf1 }, 2));
    CHECK_STR(why, "[1] is -2, wanted -1 (1 of 2 elements differ)");
    CHECK(!same_rows(XB_ONNX_UINT2, (uint8_t[]){ 0xc0 }, (uint8_t[]){ 0x80 }, 4));
    CHECK(same_rows(XB_ONNX_STRING, (void *)a, (void *)a, 2));
    CHECK(!same_rows(XB_ONNX_STRING, (void *)a, (void *)b, 2));
    CHECK_STR(why, "[1] is \"\", wanted \"y\" (1 of 2 elements differ)");
}

static void kinds_types_and_shapes(void) {
    float         data[4] = { 1, 2, 3, 4 };
    xb_onnx_value a = row(XYBRID_FLOAT32, data, 4), b = a, items[2] = { a, a };
    b.rank = 2, b.dims[0] = b.dims[1] = 2;
    CHECK(!same(&a, &b));
    CHECK_STR(why, " has shape [4], wanted [2,2]");
    b = row(XYBRID_INT32, data, 4);
    CHECK(!same(&a, &b));
    CHECK_STR(why, " is float32, wanted int32");
    b = a, b.size_bytes = 15;
    CHECK(!same(&b, &a));
    xb_onnx_value one = { .kind = XB_ONNX_SEQUENCE, .items = items, .item_count = 1 }, two = one,
                  none = { .kind = XB_ONNX_OPTIONAL };
    two.item_count = 2;
    CHECK(same(&two, &two) && same(&none, &none) && !same(&one, &two));
    CHECK_STR(why, " has 1 items, wanted 2");
    CHECK(!same(&a, &one));
    CHECK_STR(why, " is a tensor, wanted a sequence");
    CHECK(!same(&one, &none));
    float         other[4] = { 1, 2, 3, 5 };
    xb_onnx_value changed[2] = { a, row(XYBRID_FLOAT32, other, 4) }, three = { .kind = XB_ONNX_SEQUENCE, .items = changed };
    three.item_count = 2;
    CHECK(!same(&three, &two));
    CHECK_STR(why, " item 1[3] is 5, wanted 4 (1 of 4 elements differ)");
}

static void patterns(void) {
    CHECK(pattern_fits("test_abs", "test_abs") && !pattern_fits("test_abs", "test_abs_expanded"));
    CHECK(!pattern_fits("test_abs_expanded", "test_abs"));
    CHECK(pattern_fits("test_*", "test_abs") && pattern_fits("*_abs", "test_abs") && pattern_fits("*", ""));
    CHECK(pattern_fits("test_*_expanded*", "test_a_b_expanded_ver18") &&
          !pattern_fits("test_*_expanded", "test_a_expanded_ver18"));
    CHECK(pattern_fits("test_abs*", "test_abs"));
}

CHECK_MAIN(RUN(floats_by_tolerance), RUN(short_floats_by_tolerance), RUN(integers_and_strings_exactly),
           RUN(kinds_types_and_shapes), RUN(patterns))
