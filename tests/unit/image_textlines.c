/* Text boxes against PaddleOCR's way with OpenCV and pyclipper, warps against OpenCV (scripts/golden/image_textboxes.py). */
#include "image/geometry.h"
#include "image/textboxes.h"
#include "support.h"

#include "golden/image_textboxes.inc"

enum { W = 160, H = 96, SRC_W = 400, SRC_H = 216 };

static xb_test_mem  tm;
static xybrid_error err;
static float        map[W * H];

/* As draw() in the script. */
static xb_tensor draw(void) {
    uint32_t x = 7;
    for (int i = 0; i < W * H; i++) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        map[i] = (float)(x >> 16 & 255);
        map[i] = (float)((int)map[i] % 40) / 255;
    }
    for (const float *w = golden_words; w < golden_words + sizeof golden_words / sizeof *golden_words; w += 6) {
        double angle = (double)w[4] * 3.14159265358979323846 / 180, c = cos(angle), s = sin(angle);
        for (int i = 0; i < W * H; i++) {
            int    row = i / W;
            double dx = i % W - (double)w[0], dy = row - (double)w[1];
            if (fabs(dx * c + dy * s) <= (double)w[2] / 2 && fabs(-dx * s + dy * c) <= (double)w[3] / 2) map[i] = w[5] / 255;
        }
    }
    xb_tensor t = { 0 };
    CHECK_INT(xb_tensor_borrow(map, sizeof map, XYBRID_FLOAT32, 4, (int64_t[]){ 1, 1, H, W }, &t, &err), XYBRID_OK);
    return t;
}

static void boxes_agree(void) {
    xb_tensor    t = draw();
    xb_text_box *out = NULL;
    int32_t      count = 0, wanted = (int32_t)(sizeof golden_boxes / sizeof *golden_boxes / 9);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, SRC_W, SRC_H, NULL, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, wanted);
    for (int32_t i = 0; i < count && i < wanted; i++) {
        const float *g = golden_boxes + i * 9;
        for (int k = 0; k < 4; k++) {
            CHECK_NEAR(out[i].corner[k].x, g[k * 2], 1); /* one pixel of the picture: OpenCV's rectangles are float32 */
            CHECK_NEAR(out[i].corner[k].y, g[k * 2 + 1], 1);
        }
        CHECK_NEAR(out[i].score, g[8],
                   0.005); /* where OpenCV finds 10.99999 for 11, its mask has a row more: not in this map */
    }
    xb_free(&tm.mem, out);
    CHECK_INT(tm.live_blocks, 0);
}

/* One filled axis-aligned rectangle, by hand: pixels 10..49 x 20..29, so sides 39 and 9, grown by 39 * 9 * 1.5 / 96 = 5.484. */
static void one_rectangle_by_hand(void) {
    static float m[64 * 64];
    xb_tensor    t;
    xb_text_box *out = NULL;
    int32_t      count, width, height;
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 64 * 64; i++) m[i] = i % 64 >= 10 && i % 64 < 50 && i / 64 >= 20 && i / 64 < 30 ? 0.75f : 0.1f;
    CHECK_INT(xb_tensor_borrow(m, sizeof m, XYBRID_FLOAT32, 2, (int64_t[]){ 64, 64 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 128, 64, NULL, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 1);
    const float wanted[8] = { 9, 15, 109, 15, 109, 34, 9, 34 };
    for (int k = 0; k < 4; k++) {
        CHECK_NEAR(out[0].corner[k].x, wanted[k * 2], 0);
        CHECK_NEAR(out[0].corner[k].y, wanted[k * 2 + 1], 0);
    }
    CHECK_NEAR(out[0].score, 0.75, 1e-6);
    xb_text_box_size(&out[0], &width, &height);
    CHECK(width == 100 && height == 19);
    xb_free(&tm.mem, out);
    CHECK_INT(tm.live_blocks, 0);
}

static void options_choose(void) {
    xb_tensor           t = draw();
    xb_text_box        *out = NULL;
    int32_t             count;
    xb_text_box_options o;
    xb_test_mem_init(&tm, 0, 0);
    xb_text_box_options_init(&o);
    o.box_threshold = 0.85f;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, SRC_W, SRC_H, &o, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 2);
    xb_free(&tm.mem, out);
    xb_text_box_options_init(&o);
    o.max_candidates = 2;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, SRC_W, SRC_H, &o, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 2);
    xb_free(&tm.mem, out);
    o.threshold = 2;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, SRC_W, SRC_H, &o, &out, &count, &err), XYBRID_OK);
    CHECK(count == 0 && !out);
    CHECK_INT(tm.live_blocks, 0);
}

/* Everything is text, a single column, a single pixel, a comb that fills and empties the stack, nothing but NaN. */
static void strange_maps(void) {
    static float all[300 * 200];
    xb_text_box *out = NULL;
    int32_t      count;
    xb_tensor    t;
    xb_test_mem_init(&tm, 0, 0);
    for (int kind = 0; kind < 5; kind++) {
        int wide = kind == 1 ? 1 : kind == 2 ? 1 : 300, high = kind == 2 ? 1 : 200;
        for (int i = 0; i < wide * high; i++) all[i] = kind == 4 ? NAN : kind == 3 && i / 300 > 0 && i % 2 ? 0.0f : 1.0f;
        CHECK_INT(xb_tensor_borrow(all, sizeof all, XYBRID_FLOAT32, 3, (int64_t[]){ 1, high, wide }, &t, &err), XYBRID_OK);
        CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 300, 200, NULL, &out, &count, &err), XYBRID_OK);
        CHECK_INT(count, kind == 0); /* the comb scores 0.5 */
        if (kind == 0) {
            CHECK(out[0].corner[0].x == 0 && out[0].corner[0].y == 0);
            CHECK(out[0].corner[2].x == 299 && out[0].corner[2].y == 199);
        }
        if (count > 0) xb_free(&tm.mem, out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* A text of one pixel has no area, no perimeter, and is no box even when every size is allowed. */
static void one_pixel_is_no_text(void) {
    const float         one[1] = { 1 };
    xb_text_box        *out = NULL;
    int32_t             count = -1;
    xb_tensor           t;
    xb_text_box_options o;
    xb_test_mem_init(&tm, 0, 0);
    xb_text_box_options_init(&o);
    o.min_side = 0;
    CHECK_INT(xb_tensor_borrow(one, 4, XYBRID_FLOAT32, 2, (int64_t[]){ 1, 1 }, &t, &err), XYBRID_OK);
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 500, 500, &o, &out, &count, &err), XYBRID_OK);
    CHECK(count == 0 && !out);
}

static xb_text_box at(float x, float y) {
    return (xb_text_box){ .corner = { { x, y }, { x + 1, y }, { x + 1, y + 1 }, { x, y + 1 } } };
}

static void reading_order(void) {
    xb_text_box b[6] = { at(200, 14), at(10, 40), at(100, 11), at(5, 19), at(300, 41), at(150, 39) };
    const float wanted[6] = { 5, 100, 200, 10, 150, 300 };
    xb_text_boxes_sort(b, 6, 10);
    for (int i = 0; i < 6; i++) CHECK_NEAR(b[i].corner[0].x, wanted[i], 0);
    xb_text_boxes_sort(b, 0, 10);
    xb_text_boxes_sort(NULL, 0, 10);
}

static void wrong_arguments(void) {
    xb_tensor           t = draw(), bad = t;
    xb_text_box        *out = NULL;
    int32_t             count = 77;
    xb_text_box_options o;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 0, 1, NULL, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    bad.shape[0] = 2;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &bad, 9, 9, NULL, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "text map of shape [2,1,96,160] and type float32; one float32 [height,width] is needed");
    bad = t;
    bad.shape[3] = 0;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &bad, 9, 9, NULL, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    bad = t;
    bad.dtype = XYBRID_INT32;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &bad, 9, 9, NULL, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    bad.rank = 0;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &bad, 9, 9, NULL, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    xb_text_box_options_init(&o);
    o.max_candidates = 0;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 9, 9, &o, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    xb_text_box_options_init(&o);
    o.unclip_ratio = NAN;
    CHECK_INT(xb_text_boxes_decode(&tm.mem, &t, 9, 9, &o, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(count, 77);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    xb_tensor t = draw();
    XB_TORTURE (tm, 100) {
        xb_text_box  *out = NULL;
        int32_t       count;
        xybrid_status st = xb_text_boxes_decode(&tm.mem, &t, SRC_W, SRC_H, NULL, &out, &count, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_free(&tm.mem, out);
    }
}

/* ---- perspective ---- */

static const xb_point quad[4] = { { 3.5f, 2.25f }, { 20.5f, 5 }, { 18, 17.5f }, { 1, 15 } };

/* OpenCV rounds places to 1/32 pixel, which moves a smooth picture by a few levels at most. */
static void warps_agree(void) {
    xb_tensor p, out;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(golden_picture, sizeof golden_picture, XYBRID_UINT8, 3, (int64_t[]){ 20, 24, 3 }, &p, &err),
              XYBRID_OK);
    for (int f = 0; f < 2; f++) {
        const uint8_t *wanted = f ? golden_warp_bicubic : golden_warp_bilinear;
        double         sum = 0;
        CHECK_INT(xb_picture_warp(&tm.mem, &p, quad, 16, 9, f ? XB_WARP_BICUBIC : XB_WARP_BILINEAR, &out, &err), XYBRID_OK);
        for (int i = 0; i < 16 * 9 * 3; i++) {
            CHECK_NEAR(((uint8_t *)out.data)[i], wanted[i], 3);
            sum += fabs((double)((uint8_t *)out.data)[i] - wanted[i]);
        }
        CHECK_NEAR(sum / (16 * 9 * 3), 0, 0.5);
        xb_tensor_drop(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* The whole picture as the quadrilateral gives the picture; corners far outside give the border, and nothing worse. */
static void warps_keep_and_clamp(void) {
    xb_tensor p, out;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_tensor_borrow(golden_picture, sizeof golden_picture, XYBRID_UINT8, 3, (int64_t[]){ 20, 24, 3 }, &p, &err),
              XYBRID_OK);
    const xb_point whole[4] = { { 0, 0 }, { 24, 0 }, { 24, 20 }, { 0, 20 } };
    const xb_point far[4] = { { -1e30f, -1e30f }, { 1e30f, -1e30f }, { 1e30f, 1e30f }, { -1e30f, 1e30f } };
    const xb_point crossed[4] = { { 0, 0 }, { 20, 20 }, { 20, 0 }, { 0, 20 } },
                   dart[4] = { { 0, 0 }, { 20, 0 }, { 6, 6 }, { 0, 20 } };
    for (int f = 0; f < 2; f++) {
        CHECK_INT(xb_picture_warp(&tm.mem, &p, whole, 24, 20, (xb_warp_filter)f, &out, &err), XYBRID_OK);
        CHECK(memcmp(out.data, golden_picture, sizeof golden_picture) == 0);
        xb_tensor_drop(&out);
        CHECK_INT(xb_picture_warp(&tm.mem, &p, far, 4, 4, (xb_warp_filter)f, &out, &err), XYBRID_OK);
        CHECK(memcmp(out.data, golden_picture, 3) == 0);
        xb_tensor_drop(&out);
        CHECK_INT(xb_picture_warp(&tm.mem, &p, crossed, 9, 9, (xb_warp_filter)f, &out, &err), XYBRID_OK);
        xb_tensor_drop(&out);
        CHECK_INT(xb_picture_warp(&tm.mem, &p, dart, 9, 9, (xb_warp_filter)f, &out, &err), XYBRID_OK);
        xb_tensor_drop(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

CHECK_MAIN(RUN(boxes_agree), RUN(one_rectangle_by_hand), RUN(options_choose), RUN(strange_maps), RUN(one_pixel_is_no_text),
           RUN(reading_order), RUN(wrong_arguments), RUN(memory_runs_out), RUN(warps_agree), RUN(warps_keep_and_clamp))
