/* image/boxes.h - rectangles around things: overlap, decoding a detector's tensors, non-maximum suppression. */
#ifndef XB_BOXES_H
#define XB_BOXES_H

#include "tensor/tensor.h"

typedef struct xb_box {
    float   left, top, right, bottom; /* pixels of the source picture */
    float   score;
    int32_t class_id;
} xb_box;

/* How a detector writes four numbers. */
typedef enum xb_box_form {
    XB_BOX_CORNERS,    /* left, top, right, bottom */
    XB_BOX_CORNERS_YX, /* top, left, bottom, right */
    XB_BOX_CENTER      /* centre x, centre y, width, height */
} xb_box_form;

typedef struct xb_box_decoding {
    xb_box_form form;
    float       scale_x, scale_y; /* number -> pixel: the picture's sides for 0..1, picture / model input for pixels */
    int32_t     width, height;    /* boxes are clipped to the picture; 0 = not clipped */
    int32_t     background_class; /* class that is never a result, -1 = none */
    int32_t     is_class_major;   /* scores are [classes, N] instead of [N, classes] */
    float       score_threshold;  /* results score above it */
} xb_box_decoding;

/* boxes [N,4] or [1,N,4], scores [N,C], [1,N,C], [N] (one class) or class-major: every pair of box and class above the
 * threshold, by falling score (equal ones in the order of the scores' tensor), at most XB_MAX_DETECTIONS. Scores and boxes
 * that are not finite are left out. *out is freed with xb_free, NULL when *count is 0. INVALID_ARGUMENT for other shapes. */
xybrid_status xb_boxes_decode(xb_mem *mem, const xb_tensor *boxes, const xb_tensor *scores, const xb_box_decoding *how,
                              xb_box **out, int32_t *count, xybrid_error *err);

/* Area of the intersection over that of the union, 0..1; empty boxes overlap with nothing. */
float xb_box_iou(const xb_box *a, const xb_box *b);

/* Hard non-maximum suppression, in place: boxes are sorted by falling score (equal scores keep their order), then each box
 * that overlaps a kept one by more than `iou_threshold` goes (only of the same class if `is_per_class`). At most `max_keep`
 * stay (0 = no limit). Returns how many, at the front. Time grows with count x kept. */
int32_t xb_boxes_suppress(xb_box *boxes, int32_t count, float iou_threshold, int is_per_class, int32_t max_keep);

#endif
