/* kernel/resize.h - pictures of another size: a pass along the rows, then one down the columns, with weights computed once.
 *
 *     source row -> weights of x -> [ring of the last few resized rows] -> weights of y -> result row
 *
 * Result pixel i looks at source position c = (i + 0.5) * in / out - 0.5 (half-pixel centres). Two families:
 *
 *   antialias      The filter grows with the reduction, weights outside the picture are left out and the rest divided by
 *                  their sum: Pillow's Image.resize. Cubic a = -0.5. uint8 goes through 22-bit fixed point with a
 *                  rounding after each pass, which gives the bytes of Pillow up to 12 exactly (13 swaps the passes
 *                  when the height shrinks more than the width: a few levels).
 *   no antialias   Fixed taps around c, clamped at the border: OpenCV's resize, PyTorch's interpolate with
 *                  align_corners=False, antialias=False. Cubic a = -0.75 as there.
 *
 * Nearest takes floor((i + 0.5) * in / out) in both. Linear: 1 - |x|. Cubic: Keys' kernel (R. Keys, 1981, Cubic convolution
 * interpolation for digital image processing, equation 4).
 * Memory beyond the result: the weights, and as many resized rows as one result row needs. */
#ifndef XB_RESIZE_H
#define XB_RESIZE_H

#include "tensor/tensor.h"

typedef enum xb_resize_filter { XB_RESIZE_NEAREST, XB_RESIZE_BILINEAR, XB_RESIZE_BICUBIC } xb_resize_filter;
typedef enum xb_picture_layout { XB_LAYOUT_HWC, XB_LAYOUT_CHW } xb_picture_layout;

typedef struct xb_resize_spec {
    int32_t           width, height; /* of the result, 1..XB_MAX_IMAGE_SIDE */
    xb_picture_layout layout;        /* of both */
    xb_resize_filter  filter;
    int32_t           antialias; /* 0 or 1 */
} xb_resize_spec;

/* uint8 or float32, shape [H,W,C] / [C,H,W], or the same with a batch in front. Element type and layout stay.
 * INVALID_ARGUMENT for other types, ranks or sides; pictures without pixels cannot be resized. The same size gives a copy. */
xybrid_status xb_resize(xb_mem *mem, const xb_tensor *t, const xb_resize_spec *spec, xb_tensor *out, xybrid_error *err);

#endif
