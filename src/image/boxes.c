/* image/boxes.c - a detector's tensors to boxes, boxes to fewer boxes. */
#include "image/boxes.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "kernel/score.h"

/* ---- decoding ---- */

/* Both tensors as float32, and how they are walked. */
typedef struct detections {
    xb_tensor boxes, scores; /* references, to be dropped */
    int64_t   count, classes;
    int       is_major;             /* scores are [classes, count] */
    int64_t   box_step, class_step; /* in scores, from one box or class to the next */
} detections;

static xybrid_status shapes_fail(const xb_tensor *boxes, const xb_tensor *scores, const xb_box_decoding *how,
                                 xybrid_error *err) {
    char b[XB_SHAPE_TEXT_BYTES], s[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(boxes->rank, boxes->shape, b, sizeof b);
    xb_shape_format(scores->rank, scores->shape, s, sizeof s);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "detection",
                   "boxes of shape %s with scores of shape %s; [N,4] and %s are needed", b, s,
                   how->is_class_major ? "[classes,N]" : "[N,classes]");
}

/* Dimensions to leave out: a batch of one in front. */
static int32_t skip_batch(const xb_tensor *t) { return t->rank == 3 && t->shape[0] == 1 ? 1 : 0; }

static xybrid_status detections_open(xb_mem *mem, const xb_tensor *boxes, const xb_tensor *scores, const xb_box_decoding *how,
                                     detections *d, xybrid_error *err) {
    const int64_t *b = boxes->shape + skip_batch(boxes), *s = scores->shape + skip_batch(scores);
    int32_t        box_rank = boxes->rank - skip_batch(boxes), score_rank = scores->rank - skip_batch(scores);
    if (box_rank != 2 || b[1] != 4 || score_rank < 1 || score_rank > 2) return shapes_fail(boxes, scores, how, err);
    d->is_major = how->is_class_major && score_rank == 2;
    d->count = b[0];
    d->classes = score_rank == 1 ? 1 : d->is_major ? s[0] : s[1];
    d->box_step = d->is_major ? 1 : d->classes;
    d->class_step = d->is_major ? d->count : 1;
    if (s[d->is_major] != d->count || d->classes > INT32_MAX) return shapes_fail(boxes, scores, how, err);
    XB_TRY(xb_tensor_convert(mem, boxes, XYBRID_FLOAT32, &d->boxes, err));
    return xb_tensor_convert(mem, scores, XYBRID_FLOAT32, &d->scores, err);
}

static float clip(float value, int32_t size) {
    return size <= 0 ? value : value<0 ? 0 : value>(float) size ? (float)size : value;
}

static int box_read(const float *v, const xb_box_decoding *how, xb_box *out) {
    xb_box b = *out;
    switch (how->form) {
    case XB_BOX_CORNERS: b.left = v[0], b.top = v[1], b.right = v[2], b.bottom = v[3]; break;
    case XB_BOX_CORNERS_YX: b.left = v[1], b.top = v[0], b.right = v[3], b.bottom = v[2]; break;
    case XB_BOX_CENTER:
        b.left = v[0] - v[2] / 2, b.top = v[1] - v[3] / 2, b.right = v[0] + v[2] / 2, b.bottom = v[1] + v[3] / 2;
        break;
    }
    b.left = clip(b.left * how->scale_x, how->width);
    b.right = clip(b.right * how->scale_x, how->width);
    b.top = clip(b.top * how->scale_y, how->height);
    b.bottom = clip(b.bottom * how->scale_y, how->height);
    if (!isfinite(b.left) || !isfinite(b.top) || !isfinite(b.right) || !isfinite(b.bottom)) return 0;
    *out = b;
    return 1;
}

/* Scores that cannot be results become -infinity, in place; gives the number of the others. */
static int64_t keep_candidates(detections *d, const xb_box_decoding *how) {
    float  *scores = d->scores.data;
    int64_t candidates = 0;
    for (int64_t i = 0; i < d->count; i++) {
        for (int64_t c = 0; c < d->classes; c++) {
            float *s = scores + i * d->box_step + c * d->class_step;
            if (isfinite(*s) && *s > how->score_threshold && c != how->background_class) candidates++;
            else *s = -INFINITY;
        }
    }
    return candidates;
}

/* The best places of the scores as boxes. */
static int32_t boxes_read(const detections *d, const xb_box_decoding *how, const xb_tensor *best, const xb_tensor *where,
                          xb_box *out) {
    int32_t made = 0;
    for (int64_t i = 0; i < best->shape[0]; i++) {
        int64_t at = ((const int64_t *)where->data)[i];
        int64_t box = d->is_major ? at % d->count : at / d->classes, class_id = d->is_major ? at / d->count : at % d->classes;
        xb_box  b = { .score = ((const float *)best->data)[i], .class_id = (int32_t)class_id };
        if (box_read((const float *)d->boxes.data + box * 4, how, &b)) out[made++] = b;
    }
    return made;
}

xybrid_status xb_boxes_decode(xb_mem *mem, const xb_tensor *boxes, const xb_tensor *scores, const xb_box_decoding *how,
                              xb_box **out, int32_t *count, xybrid_error *err) {
    xybrid_status st;
    detections    d = { 0 };
    xb_tensor     flat = { 0 }, best = { 0 }, where = { 0 };
    xb_box       *made = NULL;
    int32_t       found = 0;
    XB_TRY_OUT(detections_open(mem, boxes, scores, how, &d, err));
    int64_t candidates = xb_min64(keep_candidates(&d, how), XB_MAX_DETECTIONS);
    if (candidates > 0) {
        XB_TRY_OUT(xb_tensor_reshape(&d.scores, 1, (int64_t[]){ -1 }, &flat, err));
        XB_TRY_OUT(xb_topk(mem, &flat, 0, candidates, &best, &where, err));
        made = xb_calloc(mem, (size_t)candidates, sizeof *made, err);
        if (!made) {
            st = err->code;
            goto out;
        }
        found = boxes_read(&d, how, &best, &where, made);
    }
    if (found == 0) {
        xb_free(mem, made);
        made = NULL;
    }
    *out = made;
    *count = found;
out:
    xb_tensor_drop(&d.boxes);
    xb_tensor_drop(&d.scores);
    xb_tensor_drop(&flat);
    xb_tensor_drop(&best);
    xb_tensor_drop(&where);
    return st;
}

/* ---- overlap and suppression ---- */

static float area(float left, float top, float right, float bottom) {
    return right > left && bottom > top ? (right - left) * (bottom - top) : 0;
}

static float larger(float a, float b) { return a > b ? a : b; }
static float smaller(float a, float b) { return a < b ? a : b; }

float xb_box_iou(const xb_box *a, const xb_box *b) {
    float both = area(larger(a->left, b->left), larger(a->top, b->top), smaller(a->right, b->right),
                      smaller(a->bottom, b->bottom));
    float either = area(a->left, a->top, a->right, a->bottom) + area(b->left, b->top, b->right, b->bottom) - both;
    return both > 0 && either > 0 ? both / either : 0;
}

/* Chooses the best of those left, moves it behind the ones already kept (the others close the gap, so their order stays)
 * and lets go what it covers. Needs no memory, and costs what the comparisons cost. */
int32_t xb_boxes_suppress(xb_box *boxes, int32_t count, float iou_threshold, int is_per_class, int32_t max_keep) {
    int32_t kept = 0;
    while (kept < count && (max_keep <= 0 || kept < max_keep)) {
        int32_t best = kept;
        for (int32_t i = kept + 1; i < count; i++)
            if (boxes[i].score > boxes[best].score) best = i;
        xb_box chosen = boxes[best];
        memmove(boxes + kept + 1, boxes + kept, (size_t)(best - kept) * sizeof *boxes);
        boxes[kept++] = chosen;
        int32_t left = kept;
        for (int32_t i = kept; i < count; i++) {
            int is_rival = !is_per_class || boxes[i].class_id == chosen.class_id;
            if (!is_rival || !(xb_box_iou(&chosen, &boxes[i]) > iou_threshold)) boxes[left++] = boxes[i];
        }
        count = left;
    }
    return kept;
}
