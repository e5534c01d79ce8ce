/* engine/native/ops_detect.c - NonMaxSuppression: of boxes that overlap, the one with the highest score. */
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "engine/native/run.h"

typedef struct nms_args {
    const float *boxes, *scores; /* [batch, boxes, 4], [batch, classes, boxes] */
    const void  *limits[3];      /* most per class (int64), overlap, least score (float32); NULL: left out */
    int64_t      batch, classes, count;
    int32_t      is_centred;
    xb_val      *out;
    int32_t     *sorted, *kept; /* room for [count] each */
} nms_args;

typedef struct corners {
    float y0, x0, y1, x1;
} corners;

static corners corners_of(const nms_args *a, const float *box) {
    float c[4];
    if (a->is_centred) { /* x, y, width, height */
        c[0] = box[1] - box[3] / 2, c[1] = box[0] - box[2] / 2;
        c[2] = box[1] + box[3] / 2, c[3] = box[0] + box[2] / 2;
    } else {
        memcpy(c, box, sizeof c);
    }
    corners r = { c[0] < c[2] ? c[0] : c[2], c[1] < c[3] ? c[1] : c[3], c[0] < c[2] ? c[2] : c[0], c[1] < c[3] ? c[3] : c[1] };
    return r;
}

static float overlap(const corners *a, const corners *b) {
    float h = (a->y1 < b->y1 ? a->y1 : b->y1) - (a->y0 > b->y0 ? a->y0 : b->y0);
    float w = (a->x1 < b->x1 ? a->x1 : b->x1) - (a->x0 > b->x0 ? a->x0 : b->x0);
    if (!(h > 0) || !(w > 0)) return 0;
    float both = (a->y1 - a->y0) * (a->x1 - a->x0) + (b->y1 - b->y0) * (b->x1 - b->x0) - h * w;
    return both > 0 ? h * w / both : 0;
}

/* Merge sort by falling score; equal ones keep their order. `spare` has room for count. */
static void sort_by_score(const float *score, int32_t *order, int32_t *spare, int32_t count) {
    for (int32_t width = 1; width < count; width *= 2) {
        for (int32_t begin = 0; begin < count; begin += 2 * width) {
            int32_t mid = begin + width < count ? begin + width : count,
                    end = begin + 2 * width < count ? begin + 2 * width : count;
            int32_t i = begin, k = mid;
            for (int32_t to = begin; to < end; to++)
                spare[to] = i < mid && (k >= end || !(score[order[k]] > score[order[i]])) ? order[i++] : order[k++];
        }
        memcpy(order, spare, (size_t)count * sizeof *order);
        if (width > count / 2) break;
    }
}

/* Indices of the boxes kept of one class, in a->kept; their number. */
static int64_t suppress(const nms_args *a, const float *boxes, const float *score, int64_t most, float limit, float least) {
    int32_t count = 0;
    int64_t kept = 0;
    for (int32_t i = 0; i < a->count; i++)
        if (!a->limits[2] || score[i] > least) a->sorted[count++] = i;
    sort_by_score(score, a->sorted, a->kept, count);
    for (int32_t i = 0; i < count && kept < most; i++) {
        corners box = corners_of(a, boxes + 4 * (int64_t)a->sorted[i]);
        int     is_kept = 1;
        for (int64_t k = 0; k < kept && is_kept; k++) {
            corners other = corners_of(a, boxes + 4 * (int64_t)a->kept[k]);
            is_kept = !(overlap(&box, &other) > limit);
        }
        if (is_kept) a->kept[kept++] = a->sorted[i];
    }
    return kept;
}

static xybrid_status nms_run(xb_run *run, const xb_step *step, xybrid_error *err) {
    const nms_args *a = step->args;
    int64_t         most = a->limits[0] ? *(const int64_t *)a->limits[0] : 0, total = 0;
    float limit = a->limits[1] ? *(const float *)a->limits[1] : 0, least = a->limits[2] ? *(const float *)a->limits[2] : 0;
    if (most > a->count) most = a->count;
    if (most < 0) most = 0;
    int64_t  dims[2] = { a->batch * a->classes * most, 3 };
    int64_t *rows;
    void    *data;
    XB_TRY(xb_run_dynamic(run, a->out, XYBRID_INT64, 2, dims, &data, err));
    rows = data;
    for (int64_t n = 0; n < a->batch && most; n++)
        for (int64_t c = 0; c < a->classes; c++) {
            int64_t kept = suppress(a, a->boxes + n * a->count * 4, a->scores + (n * a->classes + c) * a->count, most, limit,
                                    least);
            for (int64_t k = 0; k < kept; k++, total++) {
                rows[3 * total] = n;
                rows[3 * total + 1] = c;
                rows[3 * total + 2] = a->kept[k];
            }
        }
    xb_onnx_value *v = &xb_exec_dynamic(run->exec, a->out->index)->value;
    v->dims[0] = total;
    v->count = total * 3;
    v->size_bytes = v->count * (int64_t)sizeof *rows;
    return XYBRID_OK;
}

xybrid_status xb_infer_nms(xb_node *n) {
    const xb_val *boxes = n->in[0], *scores = n->in[1];
    if (boxes->dtype != XYBRID_FLOAT32 || scores->dtype != XYBRID_FLOAT32 || boxes->rank != 3 || scores->rank != 3 ||
        boxes->dims[2] != 4 || boxes->dims[0] != scores->dims[0] || boxes->dims[1] != scores->dims[2] ||
        boxes->dims[1] > INT32_MAX)
        return xb_refuse(n, "boxes are not [batch, boxes, 4], or scores not [batch, classes, boxes]");
    for (int32_t i = 2; i < 5; i++) {
        const xb_val *v = xb_in(n, i);
        if (v && (v->count != 1 || v->dtype != (i == 2 ? XYBRID_INT64 : XYBRID_FLOAT32)))
            return xb_refuse(n, "input %d is not one number", i);
    }
    return xb_out_pending(n, 0, XYBRID_INT64);
}

xybrid_status xb_emit_nms(xb_node *n) {
    nms_args *a = xb_step_new(n, sizeof *a, "nms");
    if (!a) return n->b->err->code;
    a->batch = n->in[0]->dims[0];
    a->count = n->in[0]->dims[1];
    a->classes = n->in[1]->dims[1];
    a->is_centred = xb_attr_int(n, "center_point_box", 0) != 0;
    a->out = n->out[0];
    xb_val *sorted = xb_temp(n, XYBRID_INT32, 1, &a->count), *kept = sorted ? xb_temp(n, XYBRID_INT32, 1, &a->count) : NULL;
    if (!kept) return n->b->err->code;
    xb_step_in(n, &a->boxes, n->in[0]);
    xb_step_in(n, &a->scores, n->in[1]);
    for (int32_t i = 0; i < 3; i++) xb_step_in(n, &a->limits[i], xb_in(n, 2 + i));
    xb_step_out(n, &a->sorted, sorted);
    xb_step_out(n, &a->kept, kept);
    return xb_step_call(n, nms_run);
}
