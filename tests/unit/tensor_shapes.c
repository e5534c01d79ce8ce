/* Element types, shapes, ownership, views, transposed copies. */
#include "support.h"
#include "tensor/tensor.h"

static const xybrid_dtype all_types[] = { XYBRID_FLOAT32, XYBRID_UINT8,  XYBRID_INT8,    XYBRID_UINT16,  XYBRID_INT16,
                                          XYBRID_INT32,   XYBRID_INT64,  XYBRID_BOOL,    XYBRID_FLOAT16, XYBRID_FLOAT64,
                                          XYBRID_UINT32,  XYBRID_UINT64, XYBRID_BFLOAT16 };

static void types_have_names_and_sizes(void) {
    for (size_t i = 0; i < sizeof all_types / sizeof all_types[0]; i++) {
        CHECK(xb_dtype_size(all_types[i]) >= 1 && xb_dtype_size(all_types[i]) <= 8);
        CHECK_INT(xb_dtype_from_name(xb_dtype_name(all_types[i])), all_types[i]);
    }
    CHECK_STR(xb_dtype_name(XYBRID_FLOAT32), "float32");
    CHECK_STR(xb_dtype_name(99), "unknown");
    CHECK_INT(xb_dtype_size(99), 0);
    CHECK_INT(xb_dtype_size(XYBRID_BFLOAT16), 2);
    CHECK_INT(xb_dtype_size(XYBRID_BOOL), 1);
    CHECK_INT(xb_dtype_from_name("unknown"), 0);
    CHECK_INT(xb_dtype_from_name("Float32"), 0);
    CHECK_INT(xb_dtype_from_name(NULL), 0);
    CHECK(xb_dtype_is_float(XYBRID_BFLOAT16) && !xb_dtype_is_float(XYBRID_INT8));
}

static void shapes_are_counted_and_written(void) {
    xybrid_error err;
    int64_t      count = -7;
    char         text[XB_SHAPE_TEXT_BYTES];
    int64_t      shape[9] = { 1, 3, 32, 0 };
    CHECK_INT(xb_shape_count(4, shape, "input \"x\"", &count, &err), XYBRID_OK);
    CHECK_INT(count, 0);
    CHECK_INT(xb_shape_count(0, NULL, "t", &count, &err), XYBRID_OK);
    CHECK_INT(count, 1);
    CHECK_INT(xb_shape_format(4, shape, text, sizeof text), 10);
    CHECK_STR(text, "[1,3,32,0]");
    xb_shape_format(0, NULL, text, sizeof text);
    CHECK_STR(text, "[]");
    char small[6];
    xb_shape_format(4, shape, small, sizeof small);
    CHECK_STR(small, "[1,3,");
    const int64_t huge[8] = { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN };
    CHECK_INT(xb_shape_format(8, huge, text, sizeof text), 8 * 21 + 1);
    CHECK_INT(xb_shape_count(9, shape, "tensor", &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "tensor has 9 dimensions; 0 to 8 are possible");
    CHECK_INT(xb_shape_count(-1, shape, "tensor", &count, &err), XYBRID_INVALID_ARGUMENT);
    shape[2] = -32;
    CHECK_INT(xb_shape_count(4, shape, "input \"x\"", &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "input \"x\" has shape [1,3,-32,0], dimension 2 must be at least 0");
    const int64_t wide[3] = { INT64_C(1) << 31, INT64_C(1) << 31, 4 };
    CHECK_INT(xb_shape_count(3, wide, "tensor", &count, &err), XYBRID_INVALID_ARGUMENT);
    const int64_t none[3] = { INT64_MAX, INT64_MAX, 0 };
    CHECK_INT(xb_shape_count(3, none, "tensor", &count, &err), XYBRID_OK);
    CHECK_INT(count, 0);
    CHECK(xb_shape_equal(2, wide, 2, wide) && !xb_shape_equal(2, wide, 1, wide) && !xb_shape_equal(2, wide, 2, shape));
}

static void new_tensors(void) {
    xb_test_mem  tm;
    xybrid_error err;
    xb_tensor    t = { 0 }, scalar, empty, untouched = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_zeros(&tm.mem, XYBRID_INT16, 2, (int64_t[]){ 3, 5 }, &t, &err), XYBRID_OK);
    CHECK_INT((intptr_t)t.data % 64, 0);
    CHECK_INT(xb_tensor_count(&t), 15);
    CHECK_INT(xb_tensor_size_bytes(&t), 30);
    CHECK_INT(xb_tensor_span(&t, 1, 2), 5);
    for (int i = 0; i < 15; i++) CHECK_INT(((int16_t *)t.data)[i], 0);
    CHECK_INT(t.shape[2], 0);
    CHECK_INT(xb_tensor_new(&tm.mem, XYBRID_FLOAT32, 0, NULL, &scalar, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&scalar), 1);
    CHECK_INT(xb_tensor_zeros(&tm.mem, XYBRID_FLOAT32, 3, (int64_t[]){ INT64_MAX, 0, INT64_MAX }, &empty, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_size_bytes(&empty), 0);
    CHECK_INT(xb_tensor_new(&tm.mem, 99, 0, NULL, &untouched, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_new(&tm.mem, XYBRID_FLOAT64, 1, (int64_t[]){ INT64_MAX / 4 }, &untouched, &err),
              XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_new(&tm.mem, XYBRID_FLOAT64, 1, (int64_t[]){ -1 }, &untouched, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(untouched.rank, 77);
    xb_tensor again = xb_tensor_keep(&t);
    xb_tensor_drop(&t);
    xb_tensor_drop(&t);
    ((int16_t *)again.data)[14] = 1; /* still alive */
    xb_tensor_drop(&again);
    xb_tensor_drop(&scalar);
    xb_tensor_drop(&empty);
    CHECK_INT(tm.live_blocks, 0);
}

static void views_share_their_bytes(void) {
    xb_test_mem  tm;
    xybrid_error err;
    xb_tensor    t, flat, rows, none, bad = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_zeros(&tm.mem, XYBRID_FLOAT32, 3, (int64_t[]){ 4, 2, 3 }, &t, &err), XYBRID_OK);
    for (int i = 0; i < 24; i++) ((float *)t.data)[i] = (float)i;
    CHECK_INT(xb_tensor_reshape(&t, 2, (int64_t[]){ -1, 6 }, &flat, &err), XYBRID_OK);
    CHECK(flat.data == t.data);
    CHECK_INT(flat.shape[0], 4);
    CHECK_INT(xb_tensor_rows(&flat, 1, 2, &rows, &err), XYBRID_OK);
    CHECK_INT(rows.shape[0], 2);
    CHECK_NEAR(((float *)rows.data)[0], 6, 0);
    CHECK_INT(xb_tensor_rows(&flat, 4, 0, &none, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&none), 0);

    CHECK_INT(xb_tensor_rows(&flat, 3, 2, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "2 rows from row 3 of a tensor that has 4");
    CHECK_INT(xb_tensor_rows(&flat, -1, 1, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_rows(&flat, 1, INT64_MAX, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_reshape(&t, 2, (int64_t[]){ -1, -1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "shape [-1,-1] has more than one -1");
    CHECK_INT(xb_tensor_reshape(&t, 2, (int64_t[]){ 5, -1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "a tensor of 24 elements cannot have the shape [5,-1]");
    CHECK_INT(xb_tensor_reshape(&t, 2, (int64_t[]){ 0, -1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_reshape(&t, 1, (int64_t[]){ 23 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_reshape(&t, 9, (int64_t[]){ 24, 1, 1, 1, 1, 1, 1, 1, 1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_reshape(&t, 1, (int64_t[]){ -2 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(bad.rank, 77);
    xb_tensor_drop(&t);
    xb_tensor_drop(&flat);
    CHECK_NEAR(((float *)rows.data)[11], 17, 0);
    xb_tensor_drop(&rows);
    xb_tensor_drop(&none);
    CHECK_INT(tm.live_blocks, 0);
}

static void scalars_have_no_rows(void) {
    xybrid_error err;
    float        one = 1;
    xb_tensor    t, out, empty;
    CHECK_INT(xb_tensor_borrow(&one, sizeof one, XYBRID_FLOAT32, 0, NULL, &t, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_rows(&t, 0, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_reshape(&t, 2, (int64_t[]){ 1, -1 }, &out, &err), XYBRID_OK);
    CHECK_INT(out.shape[1], 1);
    CHECK_INT(xb_tensor_reshape(&t, 0, NULL, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_borrow(NULL, 0, XYBRID_FLOAT32, 1, (int64_t[]){ 0 }, &empty, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_reshape(&empty, 2, (int64_t[]){ 3, 0 }, &out, &err), XYBRID_OK);
    xb_tensor_drop(&out);
}

static void borrowed_memory_is_checked(void) {
    xb_test_mem  tm;
    xybrid_error err;
    xb_tensor    t, bad = { .rank = 77 };
    xb_buf      *buf;
    int32_t      words[4] = { 1, 2, 3, 4 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(words, 16, XYBRID_INT32, 2, (int64_t[]){ 2, 2 }, &t, &err), XYBRID_OK);
    CHECK(t.data == words && !t.buf);
    CHECK_INT(xb_tensor_borrow(words, 15, XYBRID_INT32, 1, (int64_t[]){ 4 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "tensor of shape [4] and type int32 needs 16 bytes, there are 15");
    CHECK_INT(xb_tensor_borrow((char *)words + 2, 14, XYBRID_INT32, 1, (int64_t[]){ 3 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_borrow(NULL, 16, XYBRID_INT32, 1, (int64_t[]){ 4 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_buf_from(&tm.mem, words, 16, NULL, NULL, &buf, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_from_buf(buf, 8, XYBRID_INT32, 1, (int64_t[]){ 2 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_from_buf(buf, 12, XYBRID_INT32, 1, (int64_t[]){ 2 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_from_buf(buf, -4, XYBRID_INT32, 1, (int64_t[]){ 1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_from_buf(buf, 17, XYBRID_INT32, 1, (int64_t[]){ 0 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_from_buf(buf, 2, XYBRID_INT32, 1, (int64_t[]){ 1 }, &bad, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(bad.rank, 77);
    xb_buf_drop(buf);
    CHECK_INT(((int32_t *)t.data)[1], 4);
    xb_tensor_drop(&t);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- transpose, against the definition, element by element ---- */

static uint64_t element(const xb_tensor *t, int64_t at) {
    uint64_t v = 0;
    memcpy(&v, (const char *)t->data + at * xb_dtype_size(t->dtype), (size_t)xb_dtype_size(t->dtype));
    return v;
}

static int transposed_right(const xb_tensor *t, const int32_t *axes, const xb_tensor *out) {
    int64_t stride[XB_MAX_RANK], step = 1, count = xb_tensor_count(out);
    for (int32_t i = t->rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= t->shape[i];
    }
    for (int64_t at = 0; at < count; at++) {
        int64_t rest = at, from = 0;
        for (int32_t i = out->rank - 1; i >= 0; i--) {
            from += rest % out->shape[i] * stride[axes[i]];
            rest /= out->shape[i];
        }
        if (element(out, at) != element(t, from)) return 0;
    }
    return 1;
}

static void transposes_follow_the_definition(void) {
    static const struct {
        int32_t rank;
        int64_t shape[5];
        int32_t axes[5];
    } cases[] = {
        { 4, { 2, 3, 37, 19 }, { 0, 2, 3, 1 } },
        { 4, { 2, 37, 19, 3 }, { 0, 3, 1, 2 } },
        { 2, { 33, 65 }, { 1, 0 } },
        { 1, { 9 }, { 0 } },
        { 3, { 4, 5, 6 }, { 2, 1, 0 } },
        { 3, { 4, 5, 6 }, { 1, 0, 2 } },
        { 3, { 1, 5, 1 }, { 2, 0, 1 } },
        { 0, { 0 }, { 0 } },
        { 5, { 2, 3, 4, 5, 2 }, { 4, 2, 0, 1, 3 } },
        { 4, { 3, 0, 2, 2 }, { 3, 2, 1, 0 } },
        { 4, { 2, 3, 4, 5 }, { 0, 1, 2, 3 } },
        { 4, { 2, 3, 4, 5 }, { 2, 3, 0, 1 } },
        { 5, { 2, 1, 3, 1, 4 }, { 4, 3, 1, 0, 2 } },
    };
    static const xybrid_dtype types[] = { XYBRID_UINT8, XYBRID_INT16, XYBRID_FLOAT32, XYBRID_INT64 };
    xb_test_mem               tm;
    xybrid_error              err;
    xb_test_mem_init(&tm, 0, 0);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        for (int k = 0; k < 4; k++) {
            xb_tensor t, out;
            CHECK_INT(xb_tensor_new(&tm.mem, types[k], cases[c].rank, cases[c].shape, &t, &err), XYBRID_OK);
            for (int64_t i = 0; i < xb_tensor_size_bytes(&t); i++) ((uint8_t *)t.data)[i] = (uint8_t)(i * 2654435761u >> 7);
            CHECK_INT(xb_tensor_transpose(&tm.mem, &t, cases[c].axes, &out, &err), XYBRID_OK);
            CHECK(transposed_right(&t, cases[c].axes, &out));
            for (int32_t i = 0; i < out.rank; i++) CHECK_INT(out.shape[i], t.shape[cases[c].axes[i]]);
            xb_tensor_drop(&t);
            xb_tensor_drop(&out);
        }
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void transpose_refuses_what_is_no_permutation(void) {
    xb_test_mem  tm;
    xybrid_error err;
    float        x[6] = { 0 };
    xb_tensor    t, out = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(x, sizeof x, XYBRID_FLOAT32, 2, (int64_t[]){ 2, 3 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_transpose(&tm.mem, &t, (int32_t[]){ 0, 0 }, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "axis 0 at place 1: each of 0 to 1 is needed once");
    CHECK_INT(xb_tensor_transpose(&tm.mem, &t, (int32_t[]){ 0, 2 }, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tensor_transpose(&tm.mem, &t, (int32_t[]){ -1, 0 }, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.rank, 77);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    xb_test_mem tm;
    float       x[6] = { 0 };
    XB_TORTURE (tm, 20) {
        xybrid_error  err;
        xb_tensor     t, a = { 0 }, b = { 0 }, c = { 0 };
        xybrid_status st = xb_tensor_borrow(x, sizeof x, XYBRID_FLOAT32, 2, (int64_t[]){ 2, 3 }, &t, &err);
        if (!st) st = xb_tensor_zeros(&tm.mem, XYBRID_INT8, 1, (int64_t[]){ 100 }, &a, &err);
        if (!st) st = xb_tensor_transpose(&tm.mem, &t, (int32_t[]){ 1, 0 }, &b, &err);
        if (!st) st = xb_tensor_convert(&tm.mem, &t, XYBRID_FLOAT16, &c, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tensor_drop(&a);
        xb_tensor_drop(&b);
        xb_tensor_drop(&c);
    }
}

CHECK_MAIN(RUN(types_have_names_and_sizes), RUN(shapes_are_counted_and_written), RUN(new_tensors), RUN(views_share_their_bytes),
           RUN(scalars_have_no_rows), RUN(borrowed_memory_is_checked), RUN(transposes_follow_the_definition),
           RUN(transpose_refuses_what_is_no_permutation), RUN(memory_runs_out))
