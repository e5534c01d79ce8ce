/* image/colour.h - pixel formats to RGB, and RGB to what models take. Pictures are uint8 tensors [H,W,C]. */
#ifndef XB_COLOUR_H
#define XB_COLOUR_H

#include "tensor/tensor.h"

/* The numbers are those of XYBRID_FORMAT_RGB8 and its neighbours in the public header. */
typedef enum xb_pixel_format {
    XB_PIXELS_RGB8 = 16,
    XB_PIXELS_RGBA8 = 17,
    XB_PIXELS_BGR8 = 18,
    XB_PIXELS_BGRA8 = 19,
    XB_PIXELS_GRAY8 = 20,
    XB_PIXELS_NV12 = 21, /* plane Y, then plane of U,V pairs for 2 x 2 pixels */
    XB_PIXELS_NV21 = 22, /* the same with V,U */
    XB_PIXELS_I420 = 23  /* planes Y, U, V */
} xb_pixel_format;

typedef enum xb_channel_order { XB_ORDER_RGB, XB_ORDER_BGR } xb_channel_order;

/* Bytes that such a picture takes, all planes. `stride_bytes` from row to row, 0 = tight; chroma planes of NV12 and NV21
 * have the stride of Y rounded up to even, those of I420 half of that. Odd sides have one more chroma sample.
 * INVALID_ARGUMENT: unknown format, sides outside 1..XB_MAX_IMAGE_SIDE, too many pixels, a stride below the row. */
xybrid_status xb_pixels_size_bytes(xb_pixel_format format, int32_t width, int32_t height, int64_t stride_bytes, int64_t *out,
                                   xybrid_error *err);

/* A new RGB8 picture [H,W,3]. Alpha is dropped, gray repeated. YUV is BT.601 with limited range (ITU-R BT.601-7, section
 * 2.5.3: Y 16..235, Cb and Cr 16..240; R = 255/219 (Y-16) + 255/112 * 0.701 (Cr-128), G with -0.886*0.114/0.587 and
 * -0.701*0.299/0.587, B with 0.886), chroma repeated over its 2 x 2 pixels. `size_bytes` is what lies at `data`: too little
 * is INVALID_ARGUMENT. */
xybrid_status xb_pixels_to_rgb(xb_mem *mem, xb_pixel_format format, const void *data, int64_t size_bytes, int32_t width,
                               int32_t height, int64_t stride_bytes, xb_tensor *out, xybrid_error *err);

/* uint8 [H,W,C], C 1, 3 or 4, to float32 [1,C',H,W] with values 0..255: C' is 1 for gray and 3 otherwise (alpha is
 * dropped), channels in the wanted order. */
xybrid_status xb_picture_to_planes(xb_mem *mem, const xb_tensor *picture, xb_channel_order order, xb_tensor *out,
                                   xybrid_error *err);

#endif
