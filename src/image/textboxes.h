/* image/textboxes.h - where the text lines are: decoding of PP-OCR's DB head (M. Liao and others, 2019, Real-time scene
 * text detection with differentiable binarization; box forms as PaddleOCR's DBPostProcess with score mode "fast").
 *
 *     probabilities [H,W] -> threshold -> connected components -> hull -> smallest rectangle -> score inside it
 *     -> grown by area x ratio / perimeter -> source pixels -> reading order
 *
 * PaddleOCR offsets the rectangle with round joins and takes the smallest rectangle again, which is the same rectangle with
 * each side moved out by that distance; so this is what happens here. */
#ifndef XB_TEXTBOXES_H
#define XB_TEXTBOXES_H

#include "image/geometry.h"

typedef struct xb_text_box {
    xb_point corner[4]; /* clockwise from the top left, in pixels of the source picture, whole numbers */
    float    score;     /* mean probability inside the rectangle before it is grown */
} xb_text_box;

typedef struct xb_text_box_options {
    float   threshold;      /* a pixel is text above it: 0.3 */
    float   box_threshold;  /* boxes score at least it: 0.6 */
    float   unclip_ratio;   /* 1.5 */
    int32_t max_candidates; /* components that are looked at: 1000 */
    float   min_side;       /* of the rectangle, map pixels: 3; after growing, this + 2 */
    float   line_tolerance; /* boxes whose tops differ by less are on one line, source pixels: 10 */
} xb_text_box_options;

void xb_text_box_options_init(xb_text_box_options *o);

/* `map` is float32 [H,W], [1,H,W] or [1,1,H,W]; width and height are those of the source picture, which the map covers.
 * *out is freed with xb_free, NULL when *count is 0. NaN is no text. Options NULL = the defaults. */
xybrid_status xb_text_boxes_decode(xb_mem *mem, const xb_tensor *map, int32_t width, int32_t height,
                                   const xb_text_box_options *options, xb_text_box **out, int32_t *count, xybrid_error *err);

/* Top to bottom, and left to right within a line, in place. Stable. */
void xb_text_boxes_sort(xb_text_box *boxes, int32_t count, float line_tolerance);

/* Sides of the upright picture that xb_picture_warp makes of a box: the longer of each pair of opposite sides, rounded
 * down, at least 1. */
void xb_text_box_size(const xb_text_box *box, int32_t *width, int32_t *height);

#endif
