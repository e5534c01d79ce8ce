/* Resizing against Pillow and OpenCV (scripts/golden/kernel_resize.py), and what must hold for any picture. */
#include "kernel/resize.h"
#include "support.h"

typedef struct golden_resize {
    xb_resize_filter filter;
    int32_t          width, height;
    const uint8_t   *u8_antialias;  /* Pillow, RGB */
    const float     *f32_antialias; /* Pillow, mode F */
    const float     *f32_plain;     /* OpenCV; NULL for nearest, which takes other pixels there */
} golden_resize;
#include "golden/kernel_resize.inc"

enum { W = 13, H = 9, C = 3 };

static uint8_t      picture[W * H * C];
static float        plane[W * H];
static xb_test_mem  tm;
static xybrid_error err;

static void make_picture(void) {
    uint32_t x = 1;
    for (int i = 0; i < W * H * C; i++) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        picture[i] = (uint8_t)(x >> 16 & 255);
    }
    for (int i = 0; i < W * H; i++) plane[i] = picture[i * C];
    xb_test_mem_init(&tm, 0, 0);
}

static xb_tensor borrow(const void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape) {
    xb_tensor t = { 0 };
    CHECK_INT(xb_tensor_borrow(data, INT32_MAX, dtype, rank, shape, &t, &err), XYBRID_OK);
    return t;
}

/* uint8 goes through the same fixed-point arithmetic as Pillow: equal. */
static void bytes_equal_pillow(void) {
    make_picture();
    xb_tensor t = borrow(picture, XYBRID_UINT8, 3, (int64_t[]){ H, W, C }), out;
    for (size_t i = 0; i < sizeof golden_resizes / sizeof golden_resizes[0]; i++) {
        const golden_resize *g = &golden_resizes[i];
        xb_resize_spec       spec = { g->width, g->height, XB_LAYOUT_HWC, g->filter, 1 };
        CHECK_INT(xb_resize(&tm.mem, &t, &spec, &out, &err), XYBRID_OK);
        CHECK(xb_shape_equal(3, out.shape, 3, (int64_t[]){ g->height, g->width, C }));
        CHECK(memcmp(out.data, g->u8_antialias, (size_t)xb_tensor_size_bytes(&out)) == 0);
        xb_tensor_drop(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* float32 sums of at most 13 products of 0..255: both references agree within 1e-3. */
static void floats_agree(void) {
    make_picture();
    xb_tensor t = borrow(plane, XYBRID_FLOAT32, 3, (int64_t[]){ 1, H, W }), out;
    for (size_t i = 0; i < sizeof golden_resizes / sizeof golden_resizes[0]; i++) {
        const golden_resize *g = &golden_resizes[i];
        for (int antialias = 0; antialias < 2; antialias++) {
            const float   *wanted = antialias ? g->f32_antialias : g->f32_plain;
            xb_resize_spec spec = { g->width, g->height, XB_LAYOUT_CHW, g->filter, antialias };
            if (!wanted) continue;
            CHECK_INT(xb_resize(&tm.mem, &t, &spec, &out, &err), XYBRID_OK);
            for (int k = 0; k < g->width * g->height; k++) CHECK_NEAR(((float *)out.data)[k], wanted[k], 1e-3);
            xb_tensor_drop(&out);
        }
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* HWC and CHW, one picture and a batch, uint8 and float32 are the same work. Without antialias uint8 is rounded between the
 * passes, so it may lie 1 beside the rounded float32. */
static void layouts_and_batches_agree(void) {
    make_picture();
    xb_tensor one = borrow(picture, XYBRID_UINT8, 3, (int64_t[]){ H, W, C }), f, chw, batch, a, b, c;
    CHECK_INT(xb_tensor_convert(&tm.mem, &one, XYBRID_FLOAT32, &f, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_transpose(&tm.mem, &f, (int32_t[]){ 2, 0, 1 }, &chw, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_reshape(&chw, 4, (int64_t[]){ 3, 1, H, W }, &batch, &err), XYBRID_OK);
    for (int antialias = 0; antialias < 2; antialias++) {
        xb_resize_spec hwc = { 7, 11, XB_LAYOUT_HWC, XB_RESIZE_BILINEAR, antialias }, planar = hwc;
        planar.layout = XB_LAYOUT_CHW;
        CHECK_INT(xb_resize(&tm.mem, &one, &hwc, &a, &err), XYBRID_OK);
        CHECK_INT(xb_resize(&tm.mem, &f, &hwc, &b, &err), XYBRID_OK);
        CHECK_INT(xb_resize(&tm.mem, &batch, &planar, &c, &err), XYBRID_OK);
        CHECK(xb_shape_equal(4, c.shape, 4, (int64_t[]){ 3, 1, 11, 7 }));
        for (int i = 0; i < 7 * 11; i++) {
            for (int k = 0; k < C; k++) {
                CHECK_NEAR(((uint8_t *)a.data)[i * C + k], ((float *)b.data)[i * C + k], 1.01);
                CHECK_NEAR(((float *)b.data)[i * C + k], ((float *)c.data)[k * 77 + i], 0);
            }
        }
        xb_tensor_drop(&a);
        xb_tensor_drop(&b);
        xb_tensor_drop(&c);
    }
    xb_tensor_drop(&f);
    xb_tensor_drop(&chw);
    xb_tensor_drop(&batch);
    CHECK_INT(tm.live_blocks, 0);
}

static void constants_stay_and_sizes_may_be_anything(void) {
    static const int sizes[][4] = { { 1, 1, 5, 3 },    { 2, 3, 1, 1 },   { 300, 2, 7, 9 },
                                    { 17, 500, 3, 2 }, { 3, 3, 200, 1 }, { 64, 64, 63, 65 } };
    static uint8_t   white[1000];
    static float     level[10000];
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 10000; i++) level[i] = -3.25f;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        for (int mode = 0; mode < 6; mode++) {
            xb_resize_spec spec = { sizes[s][2], sizes[s][3], XB_LAYOUT_HWC, (xb_resize_filter)(mode / 2), mode & 1 };
            xb_tensor      t = borrow(level, XYBRID_FLOAT32, 3, (int64_t[]){ sizes[s][1], sizes[s][0], 1 }), out;
            CHECK_INT(xb_resize(&tm.mem, &t, &spec, &out, &err), XYBRID_OK);
            for (int64_t i = 0; i < xb_tensor_count(&out); i++) CHECK_NEAR(((float *)out.data)[i], -3.25, 1e-5);
            xb_tensor_drop(&out);
        }
    }
    for (int value = 0; value < 256; value += 51) {
        memset(white, value, sizeof white);
        for (int mode = 0; mode < 6; mode++) {
            xb_resize_spec spec = { 23, 4, XB_LAYOUT_HWC, (xb_resize_filter)(mode / 2), mode & 1 };
            xb_tensor      t = borrow(white, XYBRID_UINT8, 3, (int64_t[]){ 20, 12, 4 }), out;
            CHECK_INT(xb_resize(&tm.mem, &t, &spec, &out, &err), XYBRID_OK);
            for (int64_t i = 0; i < xb_tensor_count(&out); i++) CHECK_INT(((uint8_t *)out.data)[i], value);
            xb_tensor_drop(&out);
        }
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* Black and white pixels in the order that pushes the cubic sums furthest: fixed point must neither wrap nor leave 0..255. */
static void extremes_are_clipped(void) {
    static uint8_t stripes[64 * 64];
    xb_test_mem_init(&tm, 0, 0);
    for (int period = 1; period < 9; period++) {
        for (int i = 0; i < 64 * 64; i++) stripes[i] = (i % 64 / period + i / 64 / period) % 2 ? 255 : 0;
        for (int32_t side = 1; side < 150; side += 7) {
            xb_resize_spec spec = { side, 151 - side, XB_LAYOUT_HWC, XB_RESIZE_BICUBIC, period & 1 };
            xb_tensor      t = borrow(stripes, XYBRID_UINT8, 3, (int64_t[]){ 64, 64, 1 }), out;
            CHECK_INT(xb_resize(&tm.mem, &t, &spec, &out, &err), XYBRID_OK);
            double mean = 0;
            for (int64_t i = 0; i < xb_tensor_count(&out); i++) mean += ((uint8_t *)out.data)[i];
            CHECK_NEAR(mean / (double)xb_tensor_count(&out), 127.5, 127.5);
            xb_tensor_drop(&out);
        }
    }
}

static void wrong_arguments(void) {
    make_picture();
    xb_tensor      t = borrow(picture, XYBRID_UINT8, 3, (int64_t[]){ H, W, C }), out = { .rank = 77 }, bad = t;
    xb_resize_spec spec = { 4, 4, XB_LAYOUT_HWC, XB_RESIZE_BILINEAR, 1 }, wrong = spec;
    wrong.width = 0;
    CHECK_INT(xb_resize(&tm.mem, &t, &wrong, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "resize to 0 x 4 pixels; sides of 1 to 32768 and 100000000 pixels are possible");
    wrong = (xb_resize_spec){ 30000, 30000, XB_LAYOUT_HWC, XB_RESIZE_BILINEAR, 1 };
    CHECK_INT(xb_resize(&tm.mem, &t, &wrong, &out, &err), XYBRID_INVALID_ARGUMENT);
    bad.shape[0] = 0;
    CHECK_INT(xb_resize(&tm.mem, &bad, &spec, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message,
              "resize of a picture of shape [0,13,3] (height,width,channels); sides of 1 to 32768 pixels and 1 to 64 "
              "channels are possible");
    bad = t;
    bad.rank = 2;
    CHECK_INT(xb_resize(&tm.mem, &bad, &spec, &out, &err), XYBRID_INVALID_ARGUMENT);
    bad = t;
    bad.dtype = XYBRID_INT8;
    CHECK_INT(xb_resize(&tm.mem, &bad, &spec, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "resize of int8; uint8 or float32 is needed");
    CHECK_INT(out.rank, 77);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    make_picture();
    XB_TORTURE (tm, 50) {
        xb_tensor      t = borrow(picture, XYBRID_UINT8, 3, (int64_t[]){ H, W, C }), out = { 0 };
        xb_resize_spec spec = { 4, 20, XB_LAYOUT_HWC, XB_RESIZE_BICUBIC, 1 };
        xybrid_status  st = xb_resize(&tm.mem, &t, &spec, &out, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tensor_drop(&out);
    }
}

CHECK_MAIN(RUN(bytes_equal_pillow), RUN(floats_agree), RUN(layouts_and_batches_agree),
           RUN(constants_stay_and_sizes_may_be_anything), RUN(extremes_are_clipped), RUN(wrong_arguments), RUN(memory_runs_out))
