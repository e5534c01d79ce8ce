/* Boxes: overlap, decoding, suppression, against numpy (scripts/golden/image_detection.py). */
#include "image/boxes.h"
#include "support.h"

#include "golden/image_detection.inc"

enum { N = 80 };

static xb_test_mem  tm;
static xybrid_error err;
static xb_box       boxes[N];

static void make_boxes(void) {
    uint32_t x = 21;
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < N; i++) {
        float v[6];
        for (int k = 0; k < 6; k++) {
            x = (x * 1103515245u + 12345u) & 0x7fffffffu;
            v[k] = (float)(x >> 16 & 255);
        }
        boxes[i] = (xb_box){ v[0], v[1], v[0] + 30 + v[2] / 3, v[1] + 30 + v[3] / 3, floorf(v[4] / 8) / 32, (int32_t)v[5] % 3 };
    }
}

static void overlaps(void) {
    make_boxes();
    for (int i = 0; i < N; i++) {
        CHECK_NEAR(xb_box_iou(&boxes[0], &boxes[i]), iou_first[i], 1e-5);
        CHECK_NEAR(xb_box_iou(&boxes[i], &boxes[0]), iou_first[i], 1e-5);
    }
    xb_box empty = { 5, 5, 5, 9, 1, 0 }, turned = { 9, 9, 2, 2, 1, 0 }, broken = { NAN, 0, 9, 9, 1, 0 };
    CHECK_NEAR(xb_box_iou(&empty, &empty), 0, 0);
    CHECK_NEAR(xb_box_iou(&turned, &boxes[0]), 0, 0);
    CHECK_NEAR(xb_box_iou(&broken, &broken), 0, 0);
}

static void suppression_agrees(void) {
    const int32_t *wanted[2] = { kept_all, kept_per_class };
    const int32_t  counts[2] = { sizeof kept_all / 4, sizeof kept_per_class / 4 };
    for (int per_class = 0; per_class < 2; per_class++) {
        make_boxes();
        xb_box all[N];
        memcpy(all, boxes, sizeof all);
        CHECK_INT(xb_boxes_suppress(boxes, N, 0.4f, per_class, 0), counts[per_class]);
        for (int i = 0; i < counts[per_class]; i++) CHECK(memcmp(&boxes[i], &all[wanted[per_class][i]], sizeof boxes[i]) == 0);
        make_boxes();
        CHECK_INT(xb_boxes_suppress(boxes, N, 0.4f, per_class, 5), 5);
        CHECK(memcmp(&boxes[4], &all[wanted[per_class][4]], sizeof boxes[4]) == 0);
    }
    CHECK_INT(xb_boxes_suppress(NULL, 0, 0.4f, 0, 0), 0);
}

static xb_tensor borrow(const float *x, int32_t rank, const int64_t *shape) {
    xb_tensor t = { 0 };
    CHECK_INT(xb_tensor_borrow(x, INT32_MAX, XYBRID_FLOAT32, rank, shape, &t, &err), XYBRID_OK);
    return t;
}

static const float corners[12] = { 0.1f, 0.2f, 0.5f, 0.6f, -0.5f, 0, 0.5f, 2, 0, 0, NAN, 1 };

static void corners_are_decoded(void) {
    const float     scores[9] = { 0.9f, 0.05f, 0.3f, 0.1f, 0.8f, 0.35f, 0.2f, 0.9f, 0.7f }; /* [3,3] */
    xb_box_decoding how = { .form = XB_BOX_CORNERS,
                            .scale_x = 200,
                            .scale_y = 100,
                            .width = 200,
                            .height = 100,
                            .background_class = 0,
                            .score_threshold = 0.25f };
    xb_tensor       b = borrow(corners, 3, (int64_t[]){ 1, 3, 4 }), s = borrow(scores, 3, (int64_t[]){ 1, 3, 3 });
    xb_box         *out = NULL;
    int32_t         count = -1;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &s, &how, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 3); /* class 0 is background, box 2 is broken */
    CHECK(out[0].class_id == 1 && out[1].class_id == 2 && out[2].class_id == 2);
    CHECK_NEAR(out[0].score, 0.8, 1e-6);
    CHECK(out[0].left == 0 && out[0].top == 0 && out[0].right == 100 && out[0].bottom == 100); /* clipped */
    CHECK_NEAR(out[2].left, 20, 1e-4);
    CHECK_NEAR(out[2].bottom, 60, 1e-4);
    CHECK_NEAR(out[2].score, 0.3, 1e-6);
    xb_free(&tm.mem, out);

    how.score_threshold = 0.95f;
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &s, &how, &out, &count, &err), XYBRID_OK);
    CHECK(count == 0 && !out);
    CHECK_INT(tm.live_blocks, 0);
}

static void other_forms(void) {
    const float four[8] = { 10, 20, 30, 40, 50, 60, 8, 4 }, scores[2] = { 0.5f, 0.6f }, major[4] = { 0.1f, 0.9f, 0.8f, 0.2f };
    xb_tensor   b = borrow(four, 2, (int64_t[]){ 2, 4 }), s = borrow(scores, 1, (int64_t[]){ 2 }),
                m = borrow(major, 2, (int64_t[]){ 2, 2 });
    xb_box_decoding how = {
        .form = XB_BOX_CORNERS_YX, .scale_x = 1, .scale_y = 2, .background_class = -1, .score_threshold = 0.4f
    };
    xb_box *out = NULL;
    int32_t count;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &s, &how, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 2);
    CHECK(out[1].left == 20 && out[1].top == 20 && out[1].right == 40 && out[1].bottom == 60 && out[1].class_id == 0);
    xb_free(&tm.mem, out);
    how.form = XB_BOX_CENTER;
    how.is_class_major = 1;
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &m, &how, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 2);
    CHECK(out[0].class_id == 0 && out[0].left == 46 && out[0].top == 116 && out[0].right == 54 && out[0].bottom == 124);
    CHECK(out[1].class_id == 1 && out[1].left == -5 && out[1].right == 25);
    xb_free(&tm.mem, out);
    CHECK_INT(tm.live_blocks, 0);
}

static void equal_scores_and_limits(void) {
    enum { MANY = XB_MAX_DETECTIONS + 50 };
    static float    b[MANY * 4], s[MANY];
    xb_box_decoding how = {
        .form = XB_BOX_CORNERS, .scale_x = 1, .scale_y = 1, .background_class = -1, .score_threshold = 0.1f
    };
    xb_box *out = NULL;
    int32_t count;
    for (int i = 0; i < MANY; i++) {
        b[i * 4] = (float)i;
        s[i] = i == MANY - 1 ? 0.9f : i == 7 ? 0.05f : 0.5f;
    }
    xb_tensor tb = borrow(b, 2, (int64_t[]){ MANY, 4 }), ts = borrow(s, 1, (int64_t[]){ MANY });
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_boxes_decode(&tm.mem, &tb, &ts, &how, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, XB_MAX_DETECTIONS);
    CHECK_NEAR(out[0].left, MANY - 1, 0);
    CHECK_NEAR(out[1].left, 0, 0);
    CHECK_NEAR(out[8].left, 8, 0); /* 7 is below the threshold */
    xb_free(&tm.mem, out);
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_shapes(void) {
    const float     x[12] = { 0 };
    xb_tensor       b = borrow(x, 2, (int64_t[]){ 3, 4 }), s = borrow(x, 2, (int64_t[]){ 2, 3 }),
                    three = borrow(x, 2, (int64_t[]){ 4, 3 });
    xb_tensor       batch = borrow(x, 3, (int64_t[]){ 3, 1, 4 }), none = borrow(x, 2, (int64_t[]){ 0, 4 }),
                    no_scores = borrow(x, 1, (int64_t[]){ 0 });
    xb_box_decoding how = { .form = XB_BOX_CORNERS };
    xb_box         *out = NULL;
    int32_t         count = 77;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &s, &how, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "boxes of shape [3,4] with scores of shape [2,3]; [N,4] and [N,classes] are needed");
    CHECK_INT(xb_boxes_decode(&tm.mem, &three, &s, &how, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_boxes_decode(&tm.mem, &batch, &s, &how, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_boxes_decode(&tm.mem, &b, &batch, &how, &out, &count, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(count, 77);
    CHECK_INT(xb_boxes_decode(&tm.mem, &none, &no_scores, &how, &out, &count, &err), XYBRID_OK);
    CHECK_INT(count, 0);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    const float     scores[3] = { 0.9f, 0.8f, 0.7f };
    xb_box_decoding how = { .form = XB_BOX_CORNERS, .scale_x = 1, .scale_y = 1, .background_class = -1 };
    XB_TORTURE (tm, 50) {
        xb_tensor     b = borrow(corners, 2, (int64_t[]){ 3, 4 }), s = borrow(scores, 1, (int64_t[]){ 3 });
        xb_box       *out = NULL;
        int32_t       count;
        xybrid_status st = xb_boxes_decode(&tm.mem, &b, &s, &how, &out, &count, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_free(&tm.mem, out);
    }
}

CHECK_MAIN(RUN(overlaps), RUN(suppression_agrees), RUN(corners_are_decoded), RUN(other_forms), RUN(equal_scores_and_limits),
           RUN(wrong_shapes), RUN(memory_runs_out))
