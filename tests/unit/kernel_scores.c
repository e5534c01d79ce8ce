/* Softmax, argmax, top k, normalisation and pooling against numpy (scripts/golden/kernel_score.py). */
#include "kernel/normalize.h"
#include "kernel/score.h"
#include "support.h"

#include "golden/kernel_score.inc"

/* The same bytes as noise() in scripts/golden/golden_arrays.py. */
static void noise(float *out, int count, double offset, double scale) {
    uint32_t x = 1;
    for (int i = 0; i < count; i++) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        out[i] = (float)(((x >> 16 & 255) - offset) / scale);
    }
}

static float        input[30]; /* [2,5,3] */
static xb_test_mem  tm;
static xybrid_error err;

static xb_tensor borrow(const float *x, int32_t rank, const int64_t *shape) {
    xb_tensor t = { 0 };
    int64_t   count = 1;
    for (int32_t i = 0; i < rank; i++) count *= shape[i];
    CHECK_INT(xb_tensor_borrow(x, count * 4, XYBRID_FLOAT32, rank, shape, &t, &err), XYBRID_OK);
    return t;
}

static xb_tensor the_input(void) {
    noise(input, 30, 128, 16);
    xb_test_mem_init(&tm, 0, 0);
    return borrow(input, 3, (int64_t[]){ 2, 5, 3 });
}

/* float32 arithmetic on values near 8: differences of a few units in the last place. */
static void compare(const xb_tensor *t, const float *wanted, double tolerance) {
    for (int64_t i = 0; i < xb_tensor_count(t); i++) CHECK_NEAR(((float *)t->data)[i], wanted[i], tolerance);
}

static void softmax_agrees(void) {
    xb_tensor    t = the_input(), out;
    const float *wanted[3] = { softmax_0, softmax_1, softmax_2 };
    for (int32_t axis = 0; axis < 3; axis++) {
        CHECK_INT(xb_softmax(&tm.mem, &t, axis, &out, &err), XYBRID_OK);
        compare(&out, wanted[axis], 1e-6);
        xb_tensor_drop(&out);
        CHECK_INT(xb_softmax(&tm.mem, &t, axis - 3, &out, &err), XYBRID_OK);
        compare(&out, wanted[axis], 1e-6);
        xb_tensor_drop(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void softmax_sums_to_one(void) {
    float x[1000];
    noise(x, 1000, 0, 1);
    xb_softmax_f32(x, x, 1, 1000, 1); /* in place */
    double sum = 0;
    for (int i = 0; i < 1000; i++) sum += (double)x[i];
    CHECK_NEAR(sum, 1, 1e-6);
    float big[3] = { 1e30f, 1e30f, -1e30f }; /* no overflow */
    xb_softmax_f32(big, big, 1, 3, 1);
    CHECK_NEAR(big[0], 0.5, 1e-7);
    CHECK_NEAR(big[2], 0, 0);
    float masked[3] = { -INFINITY, 0, -INFINITY }, broken[2] = { 1, NAN }, none[2] = { -INFINITY, -INFINITY };
    xb_softmax_f32(masked, masked, 1, 3, 1);
    CHECK(masked[0] == 0 && masked[1] == 1);
    xb_softmax_f32(broken, broken, 1, 2, 1);
    CHECK(isnan(broken[0]) && isnan(broken[1]));
    xb_softmax_f32(none, none, 1, 2, 1);
    CHECK(isnan(none[0]));
}

static void argmax_agrees(void) {
    xb_tensor      t = the_input(), out;
    const int64_t *wanted[3] = { argmax_0, argmax_1, argmax_2 };
    for (int32_t axis = 0; axis < 3; axis++) {
        CHECK_INT(xb_argmax(&tm.mem, &t, axis, &out, &err), XYBRID_OK);
        CHECK_INT(out.rank, 2);
        for (int64_t i = 0; i < xb_tensor_count(&out); i++) CHECK_INT(((int64_t *)out.data)[i], wanted[axis][i]);
        xb_tensor_drop(&out);
    }
    const float ties[4] = { 1, 7, 7, -1 }, broken[4] = { 1, NAN, 9, NAN };
    int64_t     at;
    xb_argmax_f32(&at, ties, 1, 4, 1);
    CHECK_INT(at, 1);
    xb_argmax_f32(&at, broken, 1, 4, 1);
    CHECK_INT(at, 1);
    t = borrow(ties, 1, (int64_t[]){ 4 });
    CHECK_INT(xb_argmax(&tm.mem, &t, -1, &out, &err), XYBRID_OK);
    CHECK_INT(out.rank, 0);
    xb_tensor_drop(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void topk_agrees(void) {
    xb_tensor t = the_input(), values, indices;
    CHECK_INT(xb_topk(&tm.mem, &t, 1, 3, &values, &indices, &err), XYBRID_OK);
    compare(&values, topk_values, 0);
    for (int i = 0; i < 18; i++) CHECK_INT(((int64_t *)indices.data)[i], topk_indices[i]);
    xb_tensor_drop(&values);
    xb_tensor_drop(&indices);
    const float ties[8] = { 5, 1, 5, NAN, 5, 5, -INFINITY, 9 };
    const int   order[8] = { 3, 7, 0, 2, 4, 5, 1, 6 };
    t = borrow(ties, 1, (int64_t[]){ 8 });
    for (int64_t k = 1; k <= 10; k++) {
        CHECK_INT(xb_topk(&tm.mem, &t, 0, k, &values, &indices, &err), XYBRID_OK);
        CHECK_INT(values.shape[0], k < 8 ? k : 8);
        for (int64_t i = 0; i < values.shape[0]; i++) CHECK_INT(((int64_t *)indices.data)[i], order[i]);
        xb_tensor_drop(&values);
        xb_tensor_drop(&indices);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void channels_are_normalized(void) {
    const float mean[5] = { 0.485f, 0.456f, 0.406f, 0.5f, 0.1f }, std[5] = { 0.229f, 0.224f, 0.225f, 0.5f, 2 };
    xb_tensor   t = the_input(), out = { .rank = 77 };
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, 0.25f, mean, std, 5, &out, &err), XYBRID_OK);
    compare(&out, normalize_1, 1e-5);
    xb_tensor_drop(&out);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, 1, mean, std, 1, &out, &err), XYBRID_OK);
    CHECK_NEAR(((float *)out.data)[29], (double)(input[29] - 0.485f) / 0.229, 1e-5);
    xb_tensor_drop(&out);
    const uint8_t bytes[2] = { 0, 255 };
    CHECK_INT(xb_tensor_borrow(bytes, 2, XYBRID_UINT8, 1, (int64_t[]){ 2 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 0, 1 / 255.0f, (float[]){ 0.5f }, (float[]){ 0.5f }, 1, &out, &err),
              XYBRID_OK);
    CHECK_NEAR(((float *)out.data)[0], -1, 1e-6);
    CHECK_NEAR(((float *)out.data)[1], 1, 1e-6);
    xb_tensor_drop(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void tokens_are_pooled(void) {
    const int64_t mask[10] = { 1, 1, 0, 1, 0, 0, 0, 0, 0, 1 }, none[10] = { 0 };
    xb_tensor     t = the_input(), m, out;
    CHECK_INT(xb_tensor_borrow(mask, sizeof mask, XYBRID_INT64, 2, (int64_t[]){ 2, 5 }, &m, &err), XYBRID_OK);
    CHECK_INT(xb_mean_pool(&tm.mem, &t, &m, &out, &err), XYBRID_OK);
    CHECK(xb_shape_equal(out.rank, out.shape, 2, (int64_t[]){ 2, 3 }));
    compare(&out, mean_pool, 1e-6);
    xb_tensor_drop(&out);
    CHECK_INT(xb_mean_pool(&tm.mem, &t, NULL, &out, &err), XYBRID_OK);
    CHECK_NEAR(((float *)out.data)[0], (double)(input[0] + input[3] + input[6] + input[9] + input[12]) / 5, 1e-6);
    xb_tensor_drop(&out);
    CHECK_INT(xb_tensor_borrow(none, sizeof none, XYBRID_INT64, 2, (int64_t[]){ 2, 5 }, &m, &err), XYBRID_OK);
    CHECK_INT(xb_mean_pool(&tm.mem, &t, &m, &out, &err), XYBRID_OK);
    CHECK_NEAR(((float *)out.data)[5], 0, 0);
    xb_tensor_drop(&out);
    m.shape[1] = 4;
    CHECK_INT(xb_mean_pool(&tm.mem, &t, &m, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "mean pool of shape [2,5,3] with a mask of shape [2,4]; [2,5] is needed");
    CHECK_INT(xb_mean_pool(&tm.mem, &m, NULL, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(tm.live_blocks, 0);
}

static void lengths_become_one(void) {
    xb_tensor t = the_input(), out;
    CHECK_INT(xb_l2_normalize(&tm.mem, &t, &out, &err), XYBRID_OK);
    compare(&out, l2_normalize, 1e-6);
    xb_tensor_drop(&out);
    float zero[3] = { 0 }, huge[2] = { 1e30f, 1e30f };
    xb_l2_normalize_f32(zero, zero, 1, 3);
    CHECK_NEAR(zero[1], 0, 0);
    xb_l2_normalize_f32(huge, huge, 1, 2); /* squares in float32 would overflow */
    CHECK_NEAR(huge[0], 0.70710678, 1e-6);
}

static void wrong_arguments(void) {
    xb_tensor   t = the_input(), out = { .rank = 77 }, more = { .rank = 77 };
    const float one[1] = { 1 };
    xb_tensor   scalar = borrow(one, 0, NULL);
    CHECK_INT(xb_softmax(&tm.mem, &t, 3, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "softmax along dimension 3 of a tensor that has 3");
    CHECK_INT(xb_softmax(&tm.mem, &t, -4, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_argmax(&tm.mem, &scalar, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_l2_normalize(&tm.mem, &scalar, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_topk(&tm.mem, &t, 0, 0, &out, &more, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_topk(&tm.mem, &t, 9, 1, &out, &more, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, 1, one, one, 4, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "normalize has 4 means for 5 channels; 1 or 5 are needed");
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, 1, one, (float[]){ 0 }, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, 1, (float[]){ NAN }, one, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 1, INFINITY, one, one, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 5, 1, one, one, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.rank, 77);
    CHECK_INT(tm.live_blocks, 0);
}

/* No elements, however large the other dimensions: at once, and no crash. */
static void empty_tensors(void) {
    xb_tensor t, out, more;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(NULL, 0, XYBRID_FLOAT32, 2, (int64_t[]){ INT64_C(1) << 50, 0 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_softmax(&tm.mem, &t, 1, &out, &err), XYBRID_OK);
    xb_tensor_drop(&out);
    CHECK_INT(xb_softmax(&tm.mem, &t, 0, &out, &err), XYBRID_OK);
    xb_tensor_drop(&out);
    CHECK_INT(xb_argmax(&tm.mem, &t, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "argmax along dimension 1, which has 0 elements; at least 1 is needed");
    CHECK_INT(xb_argmax(&tm.mem, &t, 0, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_topk(&tm.mem, &t, 1, 5, &out, &more, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_l2_normalize(&tm.mem, &t, &out, &err), XYBRID_OK);
    xb_tensor_drop(&out);
    CHECK_INT(xb_normalize_channels(&tm.mem, &t, 0, 1, (float[]){ 0 }, (float[]){ 1 }, 1, &out, &err), XYBRID_OK);
    xb_tensor_drop(&out);
    CHECK_INT(xb_tensor_borrow(NULL, 0, XYBRID_FLOAT32, 3, (int64_t[]){ 2, 0, 3 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_mean_pool(&tm.mem, &t, NULL, &out, &err), XYBRID_OK);
    CHECK_NEAR(((float *)out.data)[5], 0, 0);
    xb_tensor_drop(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    int32_t       x[12] = { 3, 1, 2, 5, 4, 3, 2, 1, 9, 8, 7, 6 };
    const uint8_t mask[4] = { 1, 0, 1, 1 };
    XB_TORTURE (tm, 100) {
        xb_tensor     t, m, out[7] = { { 0 } };
        xybrid_status st = xb_tensor_borrow(x, sizeof x, XYBRID_INT32, 3, (int64_t[]){ 2, 2, 3 }, &t, &err);
        if (!st) st = xb_tensor_borrow(mask, sizeof mask, XYBRID_UINT8, 2, (int64_t[]){ 2, 2 }, &m, &err);
        if (!st) st = xb_softmax(&tm.mem, &t, 1, &out[0], &err);
        if (!st) st = xb_argmax(&tm.mem, &t, 1, &out[1], &err);
        if (!st) st = xb_topk(&tm.mem, &t, 2, 2, &out[2], &out[3], &err);
        if (!st) st = xb_normalize_channels(&tm.mem, &t, 2, 1, (float[]){ 1 }, (float[]){ 2 }, 1, &out[4], &err);
        if (!st) st = xb_mean_pool(&tm.mem, &t, &m, &out[5], &err);
        if (!st) st = xb_l2_normalize(&tm.mem, &t, &out[6], &err);
        XB_TORTURE_STATUS(tm, st);
        for (int i = 0; i < 7; i++) xb_tensor_drop(&out[i]);
    }
}

CHECK_MAIN(RUN(softmax_agrees), RUN(softmax_sums_to_one), RUN(argmax_agrees), RUN(topk_agrees), RUN(channels_are_normalized),
           RUN(tokens_are_pooled), RUN(lengths_become_one), RUN(wrong_arguments), RUN(empty_tensors), RUN(memory_runs_out))
