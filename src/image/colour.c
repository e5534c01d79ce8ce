/* image/colour.c - pixel formats to RGB, RGB to planes. */
#include "image/colour.h"

#include "base/checked.h"
#include "base/error.h"

/* ---- formats ---- */

typedef struct format_row {
    xb_pixel_format format;
    int32_t         pixel_bytes;      /* packed formats; for YUV those of Y */
    int32_t         red, green, blue; /* bytes of the pixel; -1 = YUV */
    const char     *name;
} format_row;

static const format_row format_rows[] = {
    { XB_PIXELS_RGB8, 3, 0, 1, 2, "RGB8" },   { XB_PIXELS_RGBA8, 4, 0, 1, 2, "RGBA8" }, { XB_PIXELS_BGR8, 3, 2, 1, 0, "BGR8" },
    { XB_PIXELS_BGRA8, 4, 2, 1, 0, "BGRA8" }, { XB_PIXELS_GRAY8, 1, 0, 0, 0, "GRAY8" }, { XB_PIXELS_NV12, 1, -1, 0, 0, "NV12" },
    { XB_PIXELS_NV21, 1, -1, 0, 0, "NV21" },  { XB_PIXELS_I420, 1, -1, 0, 0, "I420" },
};

static const format_row *format_find(xb_pixel_format format) {
    for (size_t i = 0; i < sizeof format_rows / sizeof format_rows[0]; i++)
        if (format_rows[i].format == format) return &format_rows[i];
    return NULL;
}

/* Where the pieces of a picture lie, in bytes. */
typedef struct pixel_plan {
    const format_row *row;
    int64_t           stride;        /* of the pixels, or of Y */
    int64_t           chroma_stride; /* YUV */
    int64_t           u, v;          /* first sample of each, from the start */
    int32_t           chroma_step;   /* from one U to the next */
    int64_t           size_bytes;
} pixel_plan;

/* Sides are at most 32,768 and strides checked, so that nothing here overflows. */
static void plan_chroma(pixel_plan *p, int32_t height) {
    int64_t luma = p->stride * height, rows = (height + 1) / 2;
    int     is_planar = p->row->format == XB_PIXELS_I420;
    p->chroma_stride = is_planar ? (p->stride + 1) / 2 : (p->stride + 1) / 2 * 2;
    p->chroma_step = is_planar ? 1 : 2;
    p->u = luma + (p->row->format == XB_PIXELS_NV21);
    p->v = is_planar ? luma + p->chroma_stride * rows : luma + (p->row->format == XB_PIXELS_NV12);
    p->size_bytes = luma + p->chroma_stride * rows * (is_planar ? 2 : 1);
}

static xybrid_status plan_make(xb_pixel_format format, int32_t width, int32_t height, int64_t stride_bytes, pixel_plan *out,
                               xybrid_error *err) {
    pixel_plan p = { .row = format_find(format) };
    if (!p.row)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "image",
                       "pixel format %d is not known; RGB8, RGBA8, BGR8, BGRA8, GRAY8, NV12, NV21 and I420 are", (int)format);
    if (width < 1 || height < 1 || width > XB_MAX_IMAGE_SIDE || height > XB_MAX_IMAGE_SIDE ||
        (int64_t)width * height > XB_MAX_IMAGE_PIXELS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "image",
                       "image of %d x %d pixels; sides of 1 to %d and %d pixels are possible", (int)width, (int)height,
                       XB_MAX_IMAGE_SIDE, XB_MAX_IMAGE_PIXELS);
    int64_t row_bytes = (int64_t)width * p.row->pixel_bytes;
    p.stride = stride_bytes == 0 ? row_bytes : stride_bytes;
    if (p.stride < row_bytes || p.stride > INT32_MAX)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "image",
                       "%s image %d pixels wide with a stride of %lld bytes; at least %lld are needed", p.row->name, (int)width,
                       (long long)stride_bytes, (long long)row_bytes);
    p.size_bytes = p.stride * (height - 1) + row_bytes; /* the last row may end early */
    if (p.row->red < 0) plan_chroma(&p, height);
    *out = p;
    return XYBRID_OK;
}

xybrid_status xb_pixels_size_bytes(xb_pixel_format format, int32_t width, int32_t height, int64_t stride_bytes, int64_t *out,
                                   xybrid_error *err) {
    pixel_plan p;
    XB_TRY(plan_make(format, width, height, stride_bytes, &p, err));
    *out = p.size_bytes;
    return XYBRID_OK;
}

/* ---- to RGB ---- */

static uint8_t clamp_uint8(int32_t value) { return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value; }

/* The header's formula in 16-bit fixed point. */
static void yuv_to_rgb(uint8_t *rgb, int32_t y, int32_t u, int32_t v) {
    int32_t luma = (y - 16) * 76309 + 32768;
    u -= 128;
    v -= 128;
    rgb[0] = clamp_uint8((luma + v * 104597) >> 16);
    rgb[1] = clamp_uint8((luma - u * 25675 - v * 53279) >> 16);
    rgb[2] = clamp_uint8((luma + u * 132201) >> 16);
}

static void yuv_row(uint8_t *rgb, const uint8_t *data, const pixel_plan *p, int32_t y, int32_t width) {
    const uint8_t *luma = data + p->stride * y;
    const uint8_t *u = data + p->u + p->chroma_stride * (y / 2), *v = data + p->v + p->chroma_stride * (y / 2);
    for (int32_t x = 0; x < width; x++) {
        int32_t at = x / 2 * p->chroma_step;
        yuv_to_rgb(rgb + (int64_t)3 * x, luma[x], u[at], v[at]);
    }
}

static void packed_row(uint8_t *rgb, const uint8_t *pixel, const format_row *row, int32_t width) {
    for (int32_t x = 0; x < width; x++) {
        rgb[0] = pixel[row->red];
        rgb[1] = pixel[row->green];
        rgb[2] = pixel[row->blue];
        rgb += 3;
        pixel += row->pixel_bytes;
    }
}

xybrid_status xb_pixels_to_rgb(xb_mem *mem, xb_pixel_format format, const void *data, int64_t size_bytes, int32_t width,
                               int32_t height, int64_t stride_bytes, xb_tensor *out, xybrid_error *err) {
    pixel_plan p;
    XB_TRY(plan_make(format, width, height, stride_bytes, &p, err));
    if (!data || size_bytes < p.size_bytes)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "image", "%s image of %d x %d pixels has %lld bytes; %lld are needed",
                       p.row->name, (int)width, (int)height, data ? (long long)size_bytes : 0, (long long)p.size_bytes);
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, XYBRID_UINT8, 3, (int64_t[]){ height, width, 3 }, &made, err));
    uint8_t *rgb = made.data;
    for (int32_t y = 0; y < height; y++) {
        if (p.row->red < 0) yuv_row(rgb, data, &p, y, width);
        else packed_row(rgb, (const uint8_t *)data + p.stride * y, p.row, width);
        rgb += (int64_t)3 * width;
    }
    *out = made;
    return XYBRID_OK;
}

/* ---- to planes ---- */

xybrid_status xb_picture_to_planes(xb_mem *mem, const xb_tensor *picture, xb_channel_order order, xb_tensor *out,
                                   xybrid_error *err) {
    char    text[XB_SHAPE_TEXT_BYTES];
    int64_t channels = picture->rank == 3 ? picture->shape[2] : 0;
    if (picture->dtype != XYBRID_UINT8 || (channels != 1 && channels != 3 && channels != 4)) {
        xb_shape_format(picture->rank, picture->shape, text, sizeof text);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "image",
                       "picture of shape %s and type %s; uint8 [height,width,1, 3 or 4] is needed", text,
                       xb_dtype_name(picture->dtype));
    }
    int64_t   planes = channels == 1 ? 1 : 3, pixels = picture->shape[0] * picture->shape[1];
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 4, (int64_t[]){ 1, planes, picture->shape[0], picture->shape[1] }, &made, err));
    for (int64_t c = 0; c < planes; c++) {
        const uint8_t *src = (const uint8_t *)picture->data + (order == XB_ORDER_BGR ? planes - 1 - c : c);
        float         *dst = (float *)made.data + c * pixels;
        for (int64_t i = 0; i < pixels; i++) dst[i] = (float)src[i * channels];
    }
    *out = made;
    return XYBRID_OK;
}
