/* image/geometry.h - crops, borders, turns and perspective. Pictures are tensors [H,W,C] of any element type unless said
 * otherwise; results are new memory. INVALID_ARGUMENT for other ranks, pictures without pixels, sides beyond the limits. */
#ifndef XB_GEOMETRY_H
#define XB_GEOMETRY_H

#include "tensor/tensor.h"

typedef struct xb_point {
    float x, y;
} xb_point;

/* The middle width x height pixels (left = (W - width) / 2 rounded down, top alike, as torchvision does up to its
 * rounding of halves to even). A picture that is smaller gets zeros around it, half on each side, the odd one right and below. */
xybrid_status xb_picture_center_crop(xb_mem *mem, const xb_tensor *picture, int32_t width, int32_t height, xb_tensor *out,
                                     xybrid_error *err);

/* The rectangle [left, left + width) x [top, top + height), which must lie inside. */
xybrid_status xb_picture_crop(xb_mem *mem, const xb_tensor *picture, int32_t left, int32_t top, int32_t width, int32_t height,
                              xb_tensor *out, xybrid_error *err);

/* Grows to width x height (not below what there is): the picture stays at the top left, new bytes are `fill`. */
xybrid_status xb_picture_pad(xb_mem *mem, const xb_tensor *picture, int32_t width, int32_t height, uint8_t fill, xb_tensor *out,
                             xybrid_error *err);

/* Turns by 90 degrees counter-clockwise, `turns` times (any number; 2 = upside down). */
xybrid_status xb_picture_rotate(xb_mem *mem, const xb_tensor *picture, int32_t turns, xb_tensor *out, xybrid_error *err);

typedef enum xb_warp_filter { XB_WARP_BILINEAR, XB_WARP_BICUBIC } xb_warp_filter;

/* Cuts a quadrilateral (corners clockwise from what shall be the top left) out of a uint8 picture and makes it upright:
 * result (0,0), (width,0), (width,height), (0,height) come from the four corners, integers being pixel centres, as with
 * OpenCV's getPerspectiveTransform and warpPerspective. Outside pixels repeat the border; cubic a = -0.75.
 * The mapping is in closed form (P. Heckbert, 1989, Fundamentals of texture mapping and image warping, section 2.2.3).
 * INVALID_ARGUMENT also for corners that are not finite or on one line. */
xybrid_status xb_picture_warp(xb_mem *mem, const xb_tensor *picture, const xb_point corners[4], int32_t width, int32_t height,
                              xb_warp_filter filter, xb_tensor *out, xybrid_error *err);

#endif
