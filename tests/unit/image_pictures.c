/* Pixel formats, planes, crops, borders, turns; YUV against OpenCV (scripts/golden/image_colour.py). */
#include "image/colour.h"
#include "image/geometry.h"
#include "support.h"

#include "golden/image_colour.inc"

static xb_test_mem  tm;
static xybrid_error err;

static void noise(uint8_t *out, int count, uint32_t seed) {
    for (int i = 0; i < count; i++) {
        seed = (seed * 1103515245u + 12345u) & 0x7fffffffu;
        out[i] = (uint8_t)(seed >> 16 & 255);
    }
}

static xb_tensor picture(const uint8_t *data, int64_t width, int64_t height, int64_t channels) {
    xb_tensor t = { 0 };
    CHECK_INT(
        xb_tensor_borrow(data, width * height * channels, XYBRID_UINT8, 3, (int64_t[]){ height, width, channels }, &t, &err),
        0);
    return t;
}

/* OpenCV rounds its coefficients to other digits: 1 level. (Below 16 it takes Y for 16, which we do not.) */
static void yuv_agrees(void) {
    static const struct {
        xb_pixel_format format;
        const uint8_t  *wanted;
    } cases[] = { { XB_PIXELS_NV12, golden_nv12 }, { XB_PIXELS_NV21, golden_nv21 }, { XB_PIXELS_I420, golden_i420 } };
    uint8_t yuv[90];
    noise(yuv, 90, 11);
    for (int i = 0; i < 90; i++) yuv[i] = (uint8_t)(16 + yuv[i] * 219 / 255);
    xb_test_mem_init(&tm, 0, 0);
    for (int c = 0; c < 3; c++) {
        xb_tensor rgb;
        int64_t   size;
        CHECK_INT(xb_pixels_size_bytes(cases[c].format, 10, 6, 0, &size, &err), XYBRID_OK);
        CHECK_INT(size, 90);
        CHECK_INT(xb_pixels_to_rgb(&tm.mem, cases[c].format, yuv, 90, 10, 6, 0, &rgb, &err), XYBRID_OK);
        for (int i = 0; i < 180; i++) CHECK_NEAR(((uint8_t *)rgb.data)[i], cases[c].wanted[i], 1);
        xb_tensor_drop(&rgb);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void black_and_white_are_exact(void) {
    const uint8_t black[6] = { 16, 16, 16, 16, 128, 128 }, white[6] = { 235, 235, 235, 235, 128, 128 };
    xb_tensor     rgb;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_I420, black, 6, 2, 2, 0, &rgb, &err), XYBRID_OK);
    for (int i = 0; i < 12; i++) CHECK_INT(((uint8_t *)rgb.data)[i], 0);
    xb_tensor_drop(&rgb);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_NV21, white, 6, 2, 2, 0, &rgb, &err), XYBRID_OK);
    for (int i = 0; i < 12; i++) CHECK_INT(((uint8_t *)rgb.data)[i], 255);
    xb_tensor_drop(&rgb);
}

/* Odd sides have chroma for the last half pair; strides leave a gap. */
static void odd_sides_and_strides(void) {
    int64_t size;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_pixels_size_bytes(XB_PIXELS_NV12, 3, 3, 0, &size, &err), XYBRID_OK);
    CHECK_INT(size, 9 + 2 * 4);
    CHECK_INT(xb_pixels_size_bytes(XB_PIXELS_I420, 3, 3, 0, &size, &err), XYBRID_OK);
    CHECK_INT(size, 9 + 2 * 4);
    CHECK_INT(xb_pixels_size_bytes(XB_PIXELS_NV12, 4, 2, 10, &size, &err), XYBRID_OK);
    CHECK_INT(size, 30);
    CHECK_INT(xb_pixels_size_bytes(XB_PIXELS_RGB8, 4, 2, 16, &size, &err), XYBRID_OK);
    CHECK_INT(size, 28);
    uint8_t gray[17];
    memset(gray, 128, sizeof gray);
    for (int f = XB_PIXELS_NV12; f <= XB_PIXELS_I420; f++) {
        xb_tensor rgb;
        CHECK_INT(xb_pixels_to_rgb(&tm.mem, (xb_pixel_format)f, gray, 17, 3, 3, 0, &rgb, &err), XYBRID_OK);
        for (int i = 0; i < 27; i++) CHECK_INT(((uint8_t *)rgb.data)[i], 130); /* (128 - 16) * 255 / 219 = 130.4 */
        xb_tensor_drop(&rgb);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void packed_formats(void) {
    const uint8_t bytes[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    static const struct {
        int     format;
        int     stride;
        uint8_t wanted[6];
    } cases[] = { { XB_PIXELS_RGB8, 0, { 1, 2, 3, 4, 5, 6 } },
                  { XB_PIXELS_BGR8, 0, { 3, 2, 1, 6, 5, 4 } },
                  { XB_PIXELS_RGBA8, 0, { 1, 2, 3, 5, 6, 7 } },
                  { XB_PIXELS_BGRA8, 0, { 3, 2, 1, 7, 6, 5 } },
                  { XB_PIXELS_GRAY8, 0, { 1, 1, 1, 2, 2, 2 } } };
    xb_tensor rgb;
    xb_test_mem_init(&tm, 0, 0);
    for (int c = 0; c < 5; c++) {
        CHECK_INT(xb_pixels_to_rgb(&tm.mem, (xb_pixel_format)cases[c].format, bytes, 12, 2, 1, 0, &rgb, &err), XYBRID_OK);
        CHECK(memcmp(rgb.data, cases[c].wanted, 6) == 0);
        xb_tensor_drop(&rgb);
    }
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 8, 1, 2, 5, &rgb, &err), XYBRID_OK);
    CHECK_INT(((uint8_t *)rgb.data)[3], 6);
    xb_tensor_drop(&rgb);
}

static void wrong_pixels(void) {
    const uint8_t bytes[12] = { 0 };
    xb_tensor     out = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 11, 2, 2, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "RGB8 image of 2 x 2 pixels has 11 bytes; 12 are needed");
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, NULL, 12, 2, 2, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 12, 2, 2, 5, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 12, 2, 2, -1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 12, 2, 2, INT64_MAX, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 12, 0, 2, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_I420, bytes, 12, 32769, 2, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, XB_PIXELS_I420, bytes, 12, 20000, 20000, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_pixels_to_rgb(&tm.mem, (xb_pixel_format)3, bytes, 12, 2, 2, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    xb_tensor five = picture(bytes, 2, 1, 5);
    CHECK_INT(xb_picture_to_planes(&tm.mem, &five, XB_ORDER_RGB, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "picture of shape [1,2,5] and type uint8; uint8 [height,width,1, 3 or 4] is needed");
    CHECK_INT(out.rank, 77);
    CHECK_INT(tm.live_blocks, 0);
}

static void planes(void) {
    const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    xb_tensor     rgb = picture(bytes, 2, 1, 3), rgba = picture(bytes, 1, 2, 4), gray = picture(bytes, 2, 2, 1), out;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_picture_to_planes(&tm.mem, &rgb, XB_ORDER_RGB, &out, &err), XYBRID_OK);
    CHECK(xb_shape_equal(4, out.shape, 4, (int64_t[]){ 1, 3, 1, 2 }));
    CHECK(memcmp(out.data, (float[]){ 1, 4, 2, 5, 3, 6 }, 24) == 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_picture_to_planes(&tm.mem, &rgba, XB_ORDER_BGR, &out, &err), XYBRID_OK);
    CHECK(memcmp(out.data, (float[]){ 3, 7, 2, 6, 1, 5 }, 24) == 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_picture_to_planes(&tm.mem, &gray, XB_ORDER_BGR, &out, &err), XYBRID_OK);
    CHECK(out.shape[1] == 1 && ((float *)out.data)[3] == 4);
    xb_tensor_drop(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void expect(xybrid_status st, xb_tensor *t, int64_t width, int64_t height, const char *wanted) {
    CHECK_INT(st, XYBRID_OK);
    if (st) return;
    CHECK(t->shape[0] == height && t->shape[1] == width);
    char found[64] = { 0 };
    memcpy(found, t->data, (size_t)xb_tensor_size_bytes(t));
    for (int i = 0; i < xb_tensor_size_bytes(t); i++) found[i] = found[i] ? found[i] : '.';
    CHECK_STR(found, wanted);
    xb_tensor_drop(t);
}

/*  abcde
 *  fghij
 *  klmno  */
static void crops_borders_turns(void) {
    const uint8_t *letters = (const uint8_t *)"abcdefghijklmno";
    xb_tensor      p = picture(letters, 5, 3, 1), out = { 0 };
    xb_test_mem_init(&tm, 0, 0);
    expect(xb_picture_center_crop(&tm.mem, &p, 3, 1, &out, &err), &out, 3, 1, "ghi");
    expect(xb_picture_center_crop(&tm.mem, &p, 2, 2, &out, &err), &out, 2, 2, "bcgh");
    expect(xb_picture_center_crop(&tm.mem, &p, 2, 6, &out, &err), &out, 2, 6, "..bcghlm....");
    expect(xb_picture_center_crop(&tm.mem, &p, 5, 3, &out, &err), &out, 5, 3, "abcdefghijklmno");
    expect(xb_picture_crop(&tm.mem, &p, 3, 1, 2, 2, &out, &err), &out, 2, 2, "ijno");
    expect(xb_picture_pad(&tm.mem, &p, 6, 4, '-', &out, &err), &out, 6, 4, "abcde-fghij-klmno-------");
    expect(xb_picture_rotate(&tm.mem, &p, 0, &out, &err), &out, 5, 3, "abcdefghijklmno");
    expect(xb_picture_rotate(&tm.mem, &p, 1, &out, &err), &out, 3, 5, "ejodinchmbglafk"); /* numpy.rot90 */
    expect(xb_picture_rotate(&tm.mem, &p, 2, &out, &err), &out, 5, 3, "onmlkjihgfedcba");
    expect(xb_picture_rotate(&tm.mem, &p, -1, &out, &err), &out, 3, 5, "kfalgbmhcnidoje");
    xb_tensor pairs = picture(letters, 2, 2, 2);
    expect(xb_picture_rotate(&tm.mem, &pairs, 1, &out, &err), &out, 2, 2, "cdghabef");
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_geometry(void) {
    const uint8_t bytes[16] = { 0 };
    xb_tensor     p = picture(bytes, 4, 4, 1), empty = p, flat = p, wide = p, out = { .rank = 77 };
    xb_point line[4] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 3 } }, nan_corner[4] = { { 0, 0 }, { 1, NAN }, { 2, 2 }, { 0, 3 } };
    xb_test_mem_init(&tm, 0, 0);
    empty.shape[0] = 0;
    flat.rank = 2;
    wide.dtype = XYBRID_INT8;
    CHECK_INT(xb_picture_center_crop(&tm.mem, &p, 0, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_center_crop(&tm.mem, &empty, 1, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_crop(&tm.mem, &p, 3, 0, 2, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "crop of 2 x 1 pixels at (3,0) leaves the picture of 4 x 4");
    CHECK_INT(xb_picture_crop(&tm.mem, &p, -1, 0, 2, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_crop(&tm.mem, &p, INT32_MAX, 0, 2, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_pad(&tm.mem, &p, 3, 4, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_pad(&tm.mem, &p, 32768, 32768, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_rotate(&tm.mem, &flat, 1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "rotate of a tensor of shape [4,4]; [height,width,channels] is needed");
    CHECK_INT(xb_picture_warp(&tm.mem, &p, line, 4, 4, XB_WARP_BILINEAR, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "corners (0,0) (1,1) (2,2) (3,3) are on one line");
    CHECK_INT(xb_picture_warp(&tm.mem, &p, nan_corner, 4, 4, XB_WARP_BILINEAR, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_warp(&tm.mem, &wide, nan_corner, 4, 4, XB_WARP_BILINEAR, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_picture_warp(&tm.mem, &p, line, 0, 4, XB_WARP_BILINEAR, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.rank, 77);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    const uint8_t bytes[48] = { 0 };
    xb_point      quad[4] = { { 0, 0 }, { 3, 0 }, { 3, 3 }, { 0, 3 } };
    XB_TORTURE (tm, 50) {
        xb_tensor     p = picture(bytes, 4, 4, 3), out[7] = { { 0 } };
        xybrid_status st = xb_pixels_to_rgb(&tm.mem, XB_PIXELS_RGB8, bytes, 48, 4, 4, 0, &out[0], &err);
        if (!st) st = xb_picture_to_planes(&tm.mem, &p, XB_ORDER_RGB, &out[1], &err);
        if (!st) st = xb_picture_center_crop(&tm.mem, &p, 2, 2, &out[2], &err);
        if (!st) st = xb_picture_crop(&tm.mem, &p, 0, 0, 2, 2, &out[3], &err);
        if (!st) st = xb_picture_pad(&tm.mem, &p, 8, 8, 0, &out[4], &err);
        if (!st) st = xb_picture_rotate(&tm.mem, &p, 1, &out[5], &err);
        if (!st) st = xb_picture_warp(&tm.mem, &p, quad, 4, 4, XB_WARP_BICUBIC, &out[6], &err);
        XB_TORTURE_STATUS(tm, st);
        for (int i = 0; i < 7; i++) xb_tensor_drop(&out[i]);
    }
}

CHECK_MAIN(RUN(yuv_agrees), RUN(black_and_white_are_exact), RUN(odd_sides_and_strides), RUN(packed_formats), RUN(wrong_pixels),
           RUN(planes), RUN(crops_borders_turns), RUN(wrong_geometry), RUN(memory_runs_out))
