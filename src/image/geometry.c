/* image/geometry.c - crops, borders, turns and perspective. */
#include "image/geometry.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"

static xybrid_status check_side(int64_t width, int64_t height, const char *what, xybrid_error *err) {
    if (width >= 1 && height >= 1 && width <= XB_MAX_IMAGE_SIDE && height <= XB_MAX_IMAGE_SIDE &&
        width * height <= XB_MAX_IMAGE_PIXELS)
        return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, what,
                   "%s with %lld x %lld pixels; sides of 1 to %d and %d pixels are possible", what, (long long)width,
                   (long long)height, XB_MAX_IMAGE_SIDE, XB_MAX_IMAGE_PIXELS);
}

static xybrid_status check_picture(const xb_tensor *p, const char *what, xybrid_error *err) {
    char text[XB_SHAPE_TEXT_BYTES];
    if (p->rank == 3 && p->shape[2] >= 1) return check_side(p->shape[1], p->shape[0], what, err);
    xb_shape_format(p->rank, p->shape, text, sizeof text);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s of a tensor of shape %s; [height,width,channels] is needed", what,
                   text);
}

static int64_t pixel_bytes(const xb_tensor *p) { return p->shape[2] * xb_dtype_size(p->dtype); }

static xybrid_status new_like(xb_mem *mem, const xb_tensor *p, int32_t width, int32_t height, xb_tensor *out,
                              xybrid_error *err) {
    return xb_tensor_new(mem, p->dtype, 3, (int64_t[]){ height, width, p->shape[2] }, out, err);
}

/* ---- crops and borders ---- */

/* The rectangle of `width` x `height` pixels from one place to another; it lies inside both. */
static void copy_rectangle(const xb_tensor *to, int64_t to_x, int64_t to_y, const xb_tensor *from, int64_t from_x,
                           int64_t from_y, int64_t width, int64_t height) {
    int64_t pixel = pixel_bytes(from);
    for (int64_t y = 0; y < height; y++)
        memcpy((char *)to->data + ((to_y + y) * to->shape[1] + to_x) * pixel,
               (const char *)from->data + ((from_y + y) * from->shape[1] + from_x) * pixel, (size_t)(width * pixel));
}

xybrid_status xb_picture_center_crop(xb_mem *mem, const xb_tensor *picture, int32_t width, int32_t height, xb_tensor *out,
                                     xybrid_error *err) {
    XB_TRY(check_picture(picture, "center crop", err));
    XB_TRY(check_side(width, height, "center crop", err));
    int64_t   w = xb_min64(width, picture->shape[1]), h = xb_min64(height, picture->shape[0]);
    xb_tensor made;
    XB_TRY(new_like(mem, picture, width, height, &made, err));
    if (w < width || h < height) memset(made.data, 0, (size_t)xb_tensor_size_bytes(&made));
    copy_rectangle(&made, (width - w) / 2, (height - h) / 2, picture, (picture->shape[1] - w) / 2, (picture->shape[0] - h) / 2,
                   w, h);
    *out = made;
    return XYBRID_OK;
}

xybrid_status xb_picture_crop(xb_mem *mem, const xb_tensor *picture, int32_t left, int32_t top, int32_t width, int32_t height,
                              xb_tensor *out, xybrid_error *err) {
    XB_TRY(check_picture(picture, "crop", err));
    XB_TRY(check_side(width, height, "crop", err));
    if (!xb_range_ok(left, width, picture->shape[1]) || !xb_range_ok(top, height, picture->shape[0]))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "crop",
                       "crop of %d x %d pixels at (%d,%d) leaves the picture of %lld x %lld", (int)width, (int)height,
                       (int)left, (int)top, (long long)picture->shape[1], (long long)picture->shape[0]);
    xb_tensor made;
    XB_TRY(new_like(mem, picture, width, height, &made, err));
    copy_rectangle(&made, 0, 0, picture, left, top, width, height);
    *out = made;
    return XYBRID_OK;
}

xybrid_status xb_picture_pad(xb_mem *mem, const xb_tensor *picture, int32_t width, int32_t height, uint8_t fill, xb_tensor *out,
                             xybrid_error *err) {
    XB_TRY(check_picture(picture, "pad", err));
    XB_TRY(check_side(width, height, "pad", err));
    if (width < picture->shape[1] || height < picture->shape[0])
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "pad",
                       "pad to %d x %d pixels of a picture of %lld x %lld, which is larger", (int)width, (int)height,
                       (long long)picture->shape[1], (long long)picture->shape[0]);
    xb_tensor made;
    XB_TRY(new_like(mem, picture, width, height, &made, err));
    memset(made.data, fill, (size_t)xb_tensor_size_bytes(&made));
    copy_rectangle(&made, 0, 0, picture, 0, 0, picture->shape[1], picture->shape[0]);
    *out = made;
    return XYBRID_OK;
}

/* ---- turns ---- */

xybrid_status xb_picture_rotate(xb_mem *mem, const xb_tensor *picture, int32_t turns, xb_tensor *out, xybrid_error *err) {
    XB_TRY(check_picture(picture, "rotate", err));
    int64_t   width = picture->shape[1], height = picture->shape[0], pixel = pixel_bytes(picture);
    int64_t   last_x = width - 1, last_y = height - 1;
    int       quarter = (int)((uint32_t)turns & 3u), is_lying = quarter & 1;
    xb_tensor made;
    XB_TRY(new_like(mem, picture, (int32_t)(is_lying ? height : width), (int32_t)(is_lying ? width : height), &made, err));
    /* Result (x, y) comes from source pixel origin + x * right + y * down. */
    const int64_t origin[4] = { 0, last_x, last_y * width + last_x, last_y * width };
    const int64_t right[4] = { 1, width, -1, -width }, down[4] = { width, -1, -width, 1 };
    char         *dst = made.data;
    for (int64_t y = 0; y < made.shape[0]; y++) {
        int64_t from = origin[quarter] + y * down[quarter];
        for (int64_t x = 0; x < made.shape[1]; x++, from += right[quarter], dst += pixel)
            memcpy(dst, (const char *)picture->data + from * pixel, (size_t)pixel);
    }
    *out = made;
    return XYBRID_OK;
}

/* ---- perspective ---- */

/* Source x = (a u + b v + c) / (g u + h v + 1), y = (d u + e v + f) / the same, for u, v in the unit square. */
typedef struct homography {
    double a, b, c, d, e, f, g, h;
} homography;

/* Heckbert's square-to-quadrilateral mapping. 0 when the corners are on one line. */
static int square_to_quad(const xb_point p[4], homography *out) {
    double x0 = (double)p[0].x, x1 = (double)p[1].x, x2 = (double)p[2].x, x3 = (double)p[3].x;
    double y0 = (double)p[0].y, y1 = (double)p[1].y, y2 = (double)p[2].y, y3 = (double)p[3].y;
    double dx1 = x1 - x2, dx2 = x3 - x2, sx = x0 - x1 + x2 - x3;
    double dy1 = y1 - y2, dy2 = y3 - y2, sy = y0 - y1 + y2 - y3;
    double det = dx1 * dy2 - dx2 * dy1, size = fabs(dx1) + fabs(dx2) + fabs(dy1) + fabs(dy2);
    if (!isfinite(det) || fabs(det) <= 1e-9 * size * size) return 0;
    homography m;
    m.g = (sx * dy2 - dx2 * sy) / det;
    m.h = (dx1 * sy - sx * dy1) / det;
    m.a = x1 - x0 + m.g * x1;
    m.b = x3 - x0 + m.h * x3;
    m.c = x0;
    m.d = y1 - y0 + m.g * y1;
    m.e = y3 - y0 + m.h * y3;
    m.f = y0;
    *out = m;
    return 1;
}

/* Taps around a place: 2 (linear) or 4 (cubic, a = -0.75), indexes clamped to the picture. */
typedef struct taps {
    int32_t count;
    int64_t index[4];
    float   weight[4];
} taps;

static taps taps_at(double place, int64_t size, xb_warp_filter filter) {
    if (!(place > -4)) place = -4; /* beyond the border all is border */
    if (place > (double)size + 4) place = (double)size + 4;
    double  base = floor(place);
    float   t = (float)(place - base), s = 1 - t;
    taps    r = { .count = filter == XB_WARP_BICUBIC ? 4 : 2 };
    int64_t first = (int64_t)base;
    if (filter == XB_WARP_BICUBIC) {
        first--;
        r.weight[0] = -0.75f * t * s * s; /* Keys' kernel at 1 + t, t, 1 - t, 2 - t */
        r.weight[1] = (1.25f * t - 2.25f) * t * t + 1;
        r.weight[2] = (1.25f * s - 2.25f) * s * s + 1;
        r.weight[3] = -0.75f * s * t * t;
    } else {
        r.weight[0] = s;
        r.weight[1] = t;
    }
    for (int32_t k = 0; k < r.count; k++) r.index[k] = xb_max64(0, xb_min64(first + k, size - 1));
    return r;
}

static uint8_t round_uint8(float value) { return value <= 0 ? 0 : value >= 255 ? 255 : (uint8_t)floorf(value + 0.5f); }

static void sample(uint8_t *dst, const xb_tensor *picture, double x, double y, xb_warp_filter filter) {
    int64_t width = picture->shape[1], channels = picture->shape[2];
    taps    tx = taps_at(x, width, filter), ty = taps_at(y, picture->shape[0], filter);
    for (int64_t c = 0; c < channels; c++) {
        float sum = 0;
        for (int32_t j = 0; j < ty.count; j++) {
            const uint8_t *row = (const uint8_t *)picture->data + ty.index[j] * width * channels + c;
            float          line = 0;
            for (int32_t i = 0; i < tx.count; i++) line += tx.weight[i] * (float)row[tx.index[i] * channels];
            sum += ty.weight[j] * line;
        }
        dst[c] = round_uint8(sum);
    }
}

xybrid_status xb_picture_warp(xb_mem *mem, const xb_tensor *picture, const xb_point corners[4], int32_t width, int32_t height,
                              xb_warp_filter filter, xb_tensor *out, xybrid_error *err) {
    homography m;
    XB_TRY(check_picture(picture, "warp", err));
    XB_TRY(check_side(width, height, "warp", err));
    if (picture->dtype != XYBRID_UINT8)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "warp", "warp of a picture of %s; uint8 is needed",
                       xb_dtype_name(picture->dtype));
    for (int i = 0; i < 4; i++)
        if (!isfinite(corners[i].x) || !isfinite(corners[i].y))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "warp", "corner %d of the quadrilateral is not a finite number", i);
    if (!square_to_quad(corners, &m))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "warp", "corners (%g,%g) (%g,%g) (%g,%g) (%g,%g) are on one line",
                       (double)corners[0].x, (double)corners[0].y, (double)corners[1].x, (double)corners[1].y,
                       (double)corners[2].x, (double)corners[2].y, (double)corners[3].x, (double)corners[3].y);
    xb_tensor made;
    XB_TRY(new_like(mem, picture, width, height, &made, err));
    uint8_t *dst = made.data;
    for (int32_t y = 0; y < height; y++) {
        double v = (double)y / height;
        for (int32_t x = 0; x < width; x++, dst += picture->shape[2]) {
            double u = (double)x / width, w = m.g * u + m.h * v + 1;
            sample(dst, picture, (m.a * u + m.b * v + m.c) / w, (m.d * u + m.e * v + m.f) / w, filter);
        }
    }
    *out = made;
    return XYBRID_OK;
}
