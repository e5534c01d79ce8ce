/* flow/steps_detect.c - from a detector's tensors to places in the picture: DetectionDecode, TextBoxDecode, TextTurn.
 *
 * Results are Lists of Text with score and corners, in pixels of the request's picture. */
#include <string.h>

#include "base/error.h"
#include "flow/labels.h"
#include "flow/step_rows.h"
#include "image/boxes.h"
#include "image/textboxes.h"

/* ---- DetectionDecode: boxes [N,4] and scores [N,C] -> suppression -> List ---- */

typedef struct detection_state {
    const char     *boxes, *scores;
    xb_box_decoding decoding;
    double          iou;
    int             normalized, per_class;
    int64_t         max_results;
    xb_labels       labels;
} detection_state;

static xybrid_status detection_open(xb_step_maker *m, void *state, xybrid_error *err) {
    detection_state *s = state;
    const char      *form;
    double           threshold;
    int64_t          background;
    XB_TRY(xb_json_opt_string(m->params, m->where, "boxes", "boxes", &s->boxes, err));
    XB_TRY(xb_json_opt_string(m->params, m->where, "scores", "scores", &s->scores, err));
    XB_TRY(xb_json_opt_string(m->params, m->where, "form", "xyxy", &form, err));
    if (strcmp(form, "xyxy") == 0) s->decoding.form = XB_BOX_CORNERS;
    else if (strcmp(form, "yxyx") == 0) s->decoding.form = XB_BOX_CORNERS_YX;
    else if (strcmp(form, "cxcywh") == 0) s->decoding.form = XB_BOX_CENTER;
    else return xb_json_fail(xb_json_get(m->params, "form"), m->where, "form", "xyxy, yxyx or cxcywh", err);
    XB_TRY(xb_json_opt_bool(m->params, m->where, "normalized", 1, &s->normalized, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "per_class", 1, &s->per_class, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "class_major", 0, &s->decoding.is_class_major, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "background_class", -1, INT32_MAX, -1, &background, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "score_threshold", 0, 1, 0.5, &threshold, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "iou_threshold", 0, 1, 0.5, &s->iou, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "max_results", 0, XB_MAX_DETECTIONS, 0, &s->max_results, err));
    s->decoding.background_class = (int32_t)background;
    s->decoding.score_threshold = (float)threshold;
    return xb_labels_read(m, &s->labels, err);
}

typedef struct box_items {
    const detection_state *state;
    xb_frame              *frame;
    const xb_box          *boxes;
} box_items;

static xybrid_status box_item(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const box_items *c = ctx;
    const xb_box    *b = &c->boxes[index];
    const float      corners[8] = { b->left, b->top, b->right, b->top, b->right, b->bottom, b->left, b->bottom };
    xybrid_envelope *e;
    XB_TRY(xb_labels_envelope(&c->state->labels, c->frame, b->class_id, b->score, &e, err));
    xybrid_status st = xb_envelope_set_points(e, corners, 4, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

static xybrid_status detection_run(const void *state, xb_frame *f, xybrid_error *err) {
    const detection_state *s = state;
    xb_tensor             *boxes, *scores;
    xb_box                *found = NULL;
    int32_t                count = 0;
    xb_box_decoding        how = s->decoding;
    XB_TRY(xb_frame_tensor(f, s->boxes, &boxes, err));
    XB_TRY(xb_frame_tensor(f, s->scores, &scores, err));
    how.scale_x = how.scale_y = 1;
    if (f->picture.data) {
        how.width = (int32_t)f->picture.shape[1];
        how.height = (int32_t)f->picture.shape[0];
        how.scale_x = (float)how.width / (s->normalized ? 1.0f : (float)f->input_width);
        how.scale_y = (float)how.height / (s->normalized ? 1.0f : (float)f->input_height);
    }
    XB_TRY(xb_boxes_decode(f->mem, boxes, scores, &how, &found, &count, err));
    count = xb_boxes_suppress(found, count, (float)s->iou, s->per_class, (int32_t)s->max_results);
    xybrid_status st = xb_frame_put_list(f, count, box_item, &(box_items){ s, f, found }, err);
    xb_free(f->mem, found);
    return st;
}

/* ---- TextBoxDecode: PP-OCR's probability map -> List of empty Texts with corners, in reading order ---- */

typedef struct text_box_state {
    xb_text_box_options options;
} text_box_state;

static xybrid_status text_box_open(xb_step_maker *m, void *state, xybrid_error *err) {
    xb_text_box_options *o = &((text_box_state *)state)->options;
    double               threshold, box, unclip;
    int64_t              candidates;
    xb_text_box_options_init(o);
    XB_TRY(xb_json_opt_double(m->params, m->where, "threshold", 0, 1, (double)o->threshold, &threshold, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "box_threshold", 0, 1, (double)o->box_threshold, &box, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "unclip_ratio", 0, 100, (double)o->unclip_ratio, &unclip, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "max_candidates", 1, 1 << 20, o->max_candidates, &candidates, err));
    o->threshold = (float)threshold;
    o->box_threshold = (float)box;
    o->unclip_ratio = (float)unclip;
    o->max_candidates = (int32_t)candidates;
    return XYBRID_OK;
}

/* A Text with nothing in it yet, at a place. */
static xybrid_status new_region(xb_frame *f, const float corners[8], float score, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new_text(f->root, f->mem, "", 0, &e, err));
    xb_envelope_set_score(e, score);
    xybrid_status st = xb_envelope_set_points(e, corners, 4, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

typedef struct text_box_items {
    xb_frame          *frame;
    const xb_text_box *boxes;
} text_box_items;

static xybrid_status text_box_item(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const text_box_items *c = ctx;
    const xb_point       *p = c->boxes[index].corner;
    const float           corners[8] = { p[0].x, p[0].y, p[1].x, p[1].y, p[2].x, p[2].y, p[3].x, p[3].y };
    return new_region(c->frame, corners, c->boxes[index].score, out, err);
}

static xybrid_status text_box_run(const void *state, xb_frame *f, xybrid_error *err) {
    xb_tensor   *map;
    xb_text_box *boxes = NULL;
    int32_t      count = 0;
    if (!f->picture.data)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "TextBoxDecode places boxes in a picture, and the input was none");
    XB_TRY(xb_frame_tensor(f, NULL, &map, err));
    XB_TRY(xb_text_boxes_decode(f->mem, map, (int32_t)f->picture.shape[1], (int32_t)f->picture.shape[0],
                                &((const text_box_state *)state)->options, &boxes, &count, err));
    xybrid_status st = xb_frame_put_list(f, count, text_box_item, &(text_box_items){ f, boxes }, err);
    xb_free(f->mem, boxes);
    return st;
}

/* ---- TextTurn: in a for_each stage, scores [1, 2] of upright and upside down -> the region, its corners begun at the other
 * end when it is upside down by more than "threshold" ---- */

typedef struct turn_state {
    double threshold;
} turn_state;

static xybrid_status turn_open(xb_step_maker *m, void *state, xybrid_error *err) {
    return xb_json_opt_double(m->params, m->where, "threshold", 0, 1, 0.9, &((turn_state *)state)->threshold, err);
}

static xybrid_status turn_run(const void *state, xb_frame *f, xybrid_error *err) {
    xb_tensor *t, x;
    if (!f->region || f->region->view.point_count != 4)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "TextTurn",
                       "TextTurn turns regions of a picture: it belongs in a stage with for_each");
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    if (xb_tensor_count(t) != 2)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "TextTurn", "%lld scores; wanted 2: upright, upside down",
                       (long long)xb_tensor_count(t));
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err));
    int turned = (double)((const float *)x.data)[1] > ((const turn_state *)state)->threshold;
    xb_tensor_drop(&x);
    if (!turned) {
        xb_value_set_envelope(&f->value, xb_envelope_keep(f->region));
        return XYBRID_OK;
    }
    const float     *p = f->region->view.points, corners[8] = { p[4], p[5], p[6], p[7], p[0], p[1], p[2], p[3] };
    xybrid_envelope *e;
    XB_TRY(new_region(f, corners, f->region->view.score, &e, err));
    xb_value_set_envelope(&f->value, e);
    return XYBRID_OK;
}

const xb_step_row xb_step_detection = { "DetectionDecode", XB_STEP_POST,  sizeof(detection_state),
                                        detection_open,    detection_run, NULL };
const xb_step_row xb_step_text_boxes = { "TextBoxDecode", XB_STEP_POST, sizeof(text_box_state),
                                         text_box_open,   text_box_run, NULL };
const xb_step_row xb_step_text_turn = { "TextTurn", XB_STEP_POST, sizeof(turn_state), turn_open, turn_run, NULL };
