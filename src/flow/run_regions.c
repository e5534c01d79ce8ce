/* flow/run_regions.c - a stage that runs once for each place that an earlier stage found in the picture.
 *
 *     list of regions -> crop, upright -> the stage's steps, engine, steps -> text and score at that place
 */
#include <string.h>

#include "base/error.h"
#include "flow/flow_int.h"
#include "image/textboxes.h"

/* The list that stage `name` made. */
static xybrid_status find_list(const xb_frame *f, const char *name, const xybrid_envelope **out, xybrid_error *err) {
    for (int32_t i = f->result_count - 1; i >= 0; i--)
        if (strcmp(f->results[i].stage, name) == 0 && f->results[i].list && f->results[i].list->view.kind == XYBRID_LIST) {
            *out = f->results[i].list;
            return XYBRID_OK;
        }
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, name, "for_each is \"%.80s\": no earlier stage of that name made a list",
                   name);
}

/* A region's pixels, upright; a line that stands (higher than 1.5 times its width) is laid down, as PP-OCR does. */
static xybrid_status crop(xb_frame *f, const xybrid_envelope *region, xb_tensor *out, xybrid_error *err) {
    const xybrid_view *v = &region->view;
    if (!f->picture.data || v->point_count != 4)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "for_each", "for_each needs a picture and regions of 4 corners");
    xb_text_box box = { .score = v->score };
    int32_t     width, height;
    for (int i = 0; i < 4; i++) box.corner[i] = (xb_point){ v->points[2 * i], v->points[2 * i + 1] };
    xb_text_box_size(&box, &width, &height);
    XB_TRY(xb_picture_warp(f->mem, &f->picture, box.corner, width, height, XB_WARP_BICUBIC, out, err));
    if (height * 2 < width * 3) return XYBRID_OK;
    xb_tensor     lying;
    xybrid_status st = xb_picture_rotate(f->mem, out, 1, &lying, err);
    xb_tensor_drop(out);
    if (st == XYBRID_OK) *out = lying;
    return st;
}

/* What the stage made of a region, at the region's place. */
static xybrid_status place(xb_frame *f, const xybrid_envelope *region, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_value_to_envelope(&f->value, f->root, f->mem, &e, err));
    if (e->view.point_count || !region->view.point_count) {
        *out = e;
        return XYBRID_OK;
    }
    xb_value_clear(&f->value); /* so that the envelope is ours alone, and may still be filled */
    xybrid_status st = xb_envelope_set_points(e, region->view.points, region->view.point_count, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

static int is_empty(const xybrid_envelope *e) { return e->view.kind == XYBRID_TEXT && e->view.size_bytes == 0; }

xybrid_status xb_run_regions(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    const xybrid_envelope *list;
    XB_TRY(find_list(f, run->stage->pack->for_each, &list, err));
    xybrid_envelope **items = xb_calloc(f->mem, (size_t)list->item_count, sizeof *items, err), *result = NULL;
    if (!items) return err->code;
    int32_t       count = 0;
    xybrid_status st = XYBRID_OK;
    for (int32_t i = 0; i < list->item_count && st == XYBRID_OK; i++) {
        xb_tensor picture;
        f->region = list->items[i];
        st = crop(f, f->region, &picture, err);
        if (st == XYBRID_OK) st = xb_value_set_tensor(&f->value, XB_VALUE_PICTURE, "", picture, err);
        if (st == XYBRID_OK) st = xb_run_stage_once(run, f, err);
        if (st == XYBRID_OK) st = place(f, f->region, &items[count], err);
        if (st) break;
        if (run->stage->drop_empty && is_empty(items[count])) xb_envelope_drop(items[count]);
        else count++;
    }
    f->region = NULL;
    if (st == XYBRID_OK) st = xb_envelope_new_list(f->root, f->mem, items, count, &result, err);
    for (int32_t i = 0; i < count; i++) xb_envelope_drop(items[i]);
    xb_free(f->mem, items);
    if (st == XYBRID_OK) xb_value_set_envelope(&f->value, result);
    return st;
}
