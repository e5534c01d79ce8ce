/* flow/steps_image.c - steps on pictures: Color, Resize, CenterCrop, Normalize, Pad. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "flow/step_rows.h"
#include "image/geometry.h"
#include "kernel/normalize.h"
#include "kernel/resize.h"

/* ---- Color: "space" RGB, BGR or GRAY (ITU-R BT.601 luma, as Pillow's "L"); tensors pass by ---- */

typedef struct color_state {
    const char *space;
} color_state;

static xybrid_status color_open(xb_step_maker *m, void *state, xybrid_error *err) {
    color_state *s = state;
    XB_TRY(xb_json_get_string(m->params, m->where, "space", &s->space, err));
    if (strcmp(s->space, "RGB") && strcmp(s->space, "BGR") && strcmp(s->space, "GRAY"))
        return xb_json_fail(xb_json_get(m->params, "space"), m->where, "space", "RGB, BGR or GRAY", err);
    return XYBRID_OK;
}

static xybrid_status color_run(const void *state, xb_frame *f, xybrid_error *err) {
    const color_state *s = state;
    xb_tensor         *picture, out;
    if (f->value.kind == XB_VALUE_TENSORS ||
        (f->value.kind == XB_VALUE_ENVELOPE && f->value.envelope->view.kind == XYBRID_TENSOR))
        return XYBRID_OK;
    XB_TRY(xb_frame_picture(f, &picture, err));
    if (s->space[0] == 'R' || picture->shape[2] != 3) return XYBRID_OK;
    int     gray = s->space[0] == 'G';
    int64_t pixels = picture->shape[0] * picture->shape[1], shape[3] = { picture->shape[0], picture->shape[1], gray ? 1 : 3 };
    XB_TRY(xb_tensor_new(f->mem, XYBRID_UINT8, 3, shape, &out, err));
    const uint8_t *from = picture->data;
    uint8_t       *to = out.data;
    for (int64_t i = 0; i < pixels; i++, from += 3) {
        if (gray) *to++ = (uint8_t)((from[0] * 19595u + from[1] * 38470u + from[2] * 7471u + 0x8000u) >> 16);
        else *to++ = from[2], *to++ = from[1], *to++ = from[0];
    }
    return xb_value_set_tensor(&f->value, XB_VALUE_PICTURE, "", out, err);
}

/* ---- Resize ----
 * width and height: exactly. height alone (or width): the other side keeps the ratio, rounded up. shortest_side: the shorter side
 * becomes that, the other keeps the ratio. longest_side: shrunk until the longer side is at most that. multiple_of: both sides to
 * the nearest multiple, at least one. */

typedef struct resize_state {
    int64_t          width, height, shortest_side, longest_side, multiple_of;
    xb_resize_filter filter;
    int              antialias;
} resize_state;

static xybrid_status resize_open(xb_step_maker *m, void *state, xybrid_error *err) {
    resize_state *s = state;
    const char   *filter;
    XB_TRY(xb_json_opt_int(m->params, m->where, "width", 1, XB_MAX_IMAGE_SIDE, 0, &s->width, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "height", 1, XB_MAX_IMAGE_SIDE, 0, &s->height, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "shortest_side", 1, XB_MAX_IMAGE_SIDE, 0, &s->shortest_side, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "longest_side", 1, XB_MAX_IMAGE_SIDE, 0, &s->longest_side, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "multiple_of", 1, 1024, 1, &s->multiple_of, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "antialias", 1, &s->antialias, err));
    XB_TRY(xb_json_opt_string(m->params, m->where, "interpolation", "Bilinear", &filter, err));
    if (strcmp(filter, "Nearest") == 0) s->filter = XB_RESIZE_NEAREST;
    else if (strcmp(filter, "Bilinear") == 0) s->filter = XB_RESIZE_BILINEAR;
    else if (strcmp(filter, "Bicubic") == 0) s->filter = XB_RESIZE_BICUBIC;
    else
        return xb_json_fail(xb_json_get(m->params, "interpolation"), m->where, "interpolation", "Nearest, Bilinear or Bicubic",
                            err);
    if (s->shortest_side && (s->width || s->height))
        return xb_json_fail(xb_json_get(m->params, "shortest_side"), m->where, "shortest_side", "no width or height beside it",
                            err);
    if (!s->width && !s->height && !s->shortest_side && !s->longest_side && s->multiple_of == 1)
        return xb_json_fail(NULL, m->where, "width",
                            "width and height, one of them, shortest_side, longest_side or multiple_of", err);
    return XYBRID_OK;
}

static int64_t clamp_side(double side, int64_t multiple) {
    int64_t n = (int64_t)(floor(side / (double)multiple + 0.5)) * multiple;
    if (n < multiple) n = multiple;
    return n > XB_MAX_IMAGE_SIDE ? XB_MAX_IMAGE_SIDE / multiple * multiple : n;
}

static void wanted_size(const resize_state *s, int64_t w, int64_t h, int32_t *width, int32_t *height) {
    double to_w = (double)w, to_h = (double)h;
    if (s->width && s->height) to_w = (double)s->width, to_h = (double)s->height;
    else if (s->height) to_h = (double)s->height, to_w = ceil((double)s->height * (double)w / (double)h);
    else if (s->width) to_w = (double)s->width, to_h = ceil((double)s->width * (double)h / (double)w);
    else if (s->shortest_side && w < h) to_w = (double)s->shortest_side, to_h = to_w * (double)h / (double)w;
    else if (s->shortest_side) to_h = (double)s->shortest_side, to_w = to_h * (double)w / (double)h;
    double longest = to_w > to_h ? to_w : to_h;
    if (s->longest_side && longest > (double)s->longest_side) {
        to_w *= (double)s->longest_side / longest;
        to_h *= (double)s->longest_side / longest;
    }
    *width = (int32_t)clamp_side(to_w, s->multiple_of);
    *height = (int32_t)clamp_side(to_h, s->multiple_of);
}

static xybrid_status resize_run(const void *state, xb_frame *f, xybrid_error *err) {
    const resize_state *s = state;
    xb_tensor          *t, out;
    int                 planes = !xb_frame_has_picture(f);
    if (planes) XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    else XB_TRY(xb_frame_picture(f, &t, err));
    if (planes && t->rank != 3 && t->rank != 4)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Resize", "a tensor of rank %d; wanted a picture, or a tensor [N,C,H,W]",
                       t->rank);
    int64_t        w = t->shape[planes ? t->rank - 1 : 1], h = t->shape[planes ? t->rank - 2 : 0];
    xb_resize_spec spec = { .layout = planes ? XB_LAYOUT_CHW : XB_LAYOUT_HWC, .filter = s->filter, .antialias = s->antialias };
    if (w < 1 || h < 1)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Resize", "a picture of %lld x %lld pixels", (long long)w, (long long)h);
    wanted_size(s, w, h, &spec.width, &spec.height);
    XB_TRY(xb_resize(f->mem, t, &spec, &out, err));
    f->input_width = spec.width;
    f->input_height = spec.height;
    return xb_value_set_tensor(&f->value, planes ? XB_VALUE_TENSORS : XB_VALUE_PICTURE, "", out, err);
}

/* ---- CenterCrop: "width", "height" ---- */

typedef struct crop_state {
    int64_t width, height;
} crop_state;

static xybrid_status crop_open(xb_step_maker *m, void *state, xybrid_error *err) {
    crop_state *s = state;
    XB_TRY(xb_json_get_int(m->params, m->where, "width", 1, XB_MAX_IMAGE_SIDE, &s->width, err));
    return xb_json_get_int(m->params, m->where, "height", 1, XB_MAX_IMAGE_SIDE, &s->height, err);
}

/* [1,C,H,W] or [C,H,W] through [H,W,C] and back. */
static xybrid_status crop_planes(const crop_state *s, xb_frame *f, const xb_tensor *t, xb_tensor *out, xybrid_error *err) {
    if (t->rank < 3 || t->rank > 4 || (t->rank == 4 && t->shape[0] != 1))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "CenterCrop",
                       "a tensor of rank %d; wanted a picture, or a tensor [1,C,H,W]", t->rank);
    const int64_t *d = t->shape + t->rank - 3;
    xb_tensor      planes, rows = { 0 }, cut = { 0 }, back = { 0 };
    XB_TRY(xb_tensor_reshape(t, 3, d, &planes, err));
    xybrid_status st = xb_tensor_transpose(f->mem, &planes, (int32_t[]){ 1, 2, 0 }, &rows, err);
    if (!st) st = xb_picture_center_crop(f->mem, &rows, (int32_t)s->width, (int32_t)s->height, &cut, err);
    if (!st) st = xb_tensor_transpose(f->mem, &cut, (int32_t[]){ 2, 0, 1 }, &back, err);
    if (!st)
        st = xb_tensor_reshape(
            &back, t->rank,
            t->rank == 4 ? (int64_t[]){ 1, d[0], s->height, s->width } : (int64_t[]){ d[0], s->height, s->width }, out, err);
    xb_tensor_drop(&planes);
    xb_tensor_drop(&rows);
    xb_tensor_drop(&cut);
    xb_tensor_drop(&back);
    return st;
}

static xybrid_status crop_run(const void *state, xb_frame *f, xybrid_error *err) {
    const crop_state *s = state;
    xb_tensor        *t, out;
    if (!xb_frame_has_picture(f)) {
        XB_TRY(xb_frame_tensor(f, NULL, &t, err));
        XB_TRY(crop_planes(s, f, t, &out, err));
        return xb_frame_put_tensor(f, out, err);
    }
    XB_TRY(xb_frame_picture(f, &t, err));
    XB_TRY(xb_picture_center_crop(f->mem, t, (int32_t)s->width, (int32_t)s->height, &out, err));
    return xb_value_set_tensor(&f->value, XB_VALUE_PICTURE, "", out, err);
}

/* ---- Normalize: (x * scale - mean[c]) / std[c]; the channel is dimension 1 of [N,C,...], else one mean and std for all ---- */

enum { MAX_CHANNELS = 64 };
typedef struct normalize_state {
    float   scale, mean[MAX_CHANNELS], std[MAX_CHANNELS];
    int32_t count;
} normalize_state;

static xybrid_status normalize_open(xb_step_maker *m, void *state, xybrid_error *err) {
    normalize_state *s = state;
    double           scale, mean[MAX_CHANNELS], std[MAX_CHANNELS];
    int64_t          means, stds;
    XB_TRY(xb_json_opt_double(m->params, m->where, "scale", -1e30, 1e30, 1.0, &scale, err));
    XB_TRY(xb_json_get_doubles(m->params, m->where, "mean", -1e30, 1e30, 1, MAX_CHANNELS, mean, &means, err));
    XB_TRY(xb_json_get_doubles(m->params, m->where, "std", -1e30, 1e30, 1, MAX_CHANNELS, std, &stds, err));
    if (means != stds) return xb_json_fail(xb_json_get(m->params, "std"), m->where, "std", "as many numbers as mean has", err);
    s->scale = (float)scale;
    s->count = (int32_t)means;
    for (int64_t i = 0; i < means; i++) {
        if (std[i] == 0) return xb_json_fail(xb_json_get(m->params, "std"), m->where, "std", "numbers that are not 0", err);
        s->mean[i] = (float)mean[i];
        s->std[i] = (float)std[i];
    }
    return XYBRID_OK;
}

static xybrid_status normalize_run(const void *state, xb_frame *f, xybrid_error *err) {
    const normalize_state *s = state;
    xb_tensor             *t, out;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    XB_TRY(xb_normalize_channels(f->mem, t, t->rank >= 3 ? t->rank - 3 : 0, s->scale, s->mean, s->std, s->count, &out, err));
    return xb_frame_put_tensor(f, out, err);
}

/* ---- Denormalize: the way back, (x * std[c] + mean[c]) / scale, which is (x - (-mean / std)) / (scale / std) ---- */

static xybrid_status denormalize_open(xb_step_maker *m, void *state, xybrid_error *err) {
    normalize_state *s = state;
    XB_TRY(normalize_open(m, s, err));
    if (s->scale == 0) return xb_json_fail(xb_json_get(m->params, "scale"), m->where, "scale", "a number that is not 0", err);
    for (int32_t c = 0; c < s->count; c++) {
        s->mean[c] = -s->mean[c] / s->std[c];
        s->std[c] = s->scale / s->std[c];
    }
    s->scale = 1;
    return XYBRID_OK;
}

/* ---- Pad: a tensor [...,H,W] grows right and below to at least "width" and "height", or to multiples; new cells are "value" ---- */

typedef struct pad_state {
    int64_t width, height, multiple_of;
    double  value;
} pad_state;

static xybrid_status pad_open(xb_step_maker *m, void *state, xybrid_error *err) {
    pad_state *s = state;
    XB_TRY(xb_json_opt_int(m->params, m->where, "width", 1, XB_MAX_IMAGE_SIDE, 1, &s->width, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "height", 1, XB_MAX_IMAGE_SIDE, 1, &s->height, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "multiple_of", 1, 1024, 1, &s->multiple_of, err));
    return xb_json_opt_double(m->params, m->where, "value", -1e30, 1e30, 0.0, &s->value, err);
}

static int64_t grown(int64_t side, int64_t least, int64_t multiple) {
    if (side < least) side = least;
    return (side + multiple - 1) / multiple * multiple;
}

static xybrid_status pad_run(const void *state, xb_frame *f, xybrid_error *err) {
    const pad_state *s = state;
    xb_tensor       *t, x, out;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    if (t->rank < 2) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "Pad", "a tensor of rank %d; wanted at least [H,W]", t->rank);
    int64_t h = t->shape[t->rank - 2], w = t->shape[t->rank - 1], shape[XB_MAX_RANK];
    memcpy(shape, t->shape, sizeof shape);
    shape[t->rank - 2] = grown(h, s->height, s->multiple_of);
    shape[t->rank - 1] = grown(w, s->width, s->multiple_of);
    if (shape[t->rank - 2] == h && shape[t->rank - 1] == w) return XYBRID_OK;
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err));
    xybrid_status st = xb_tensor_new(f->mem, XYBRID_FLOAT32, t->rank, shape, &out, err);
    if (st == XYBRID_OK) {
        float       *to = out.data;
        const float *from = x.data;
        int64_t      planes = xb_tensor_span(t, 0, t->rank - 2), new_h = shape[t->rank - 2], new_w = shape[t->rank - 1];
        for (int64_t p = 0; p < planes; p++)
            for (int64_t y = 0; y < new_h; y++)
                for (int64_t i = 0; i < new_w; i++) *to++ = y < h && i < w ? from[(p * h + y) * w + i] : (float)s->value;
        st = xb_frame_put_tensor(f, out, err);
    }
    xb_tensor_drop(&x);
    return st;
}

const xb_step_row xb_step_color = { "Color", XB_STEP_PRE, sizeof(color_state), color_open, color_run, NULL };
const xb_step_row xb_step_resize = { "Resize", XB_STEP_PRE, sizeof(resize_state), resize_open, resize_run, NULL };
const xb_step_row xb_step_center_crop = { "CenterCrop", XB_STEP_PRE, sizeof(crop_state), crop_open, crop_run, NULL };
const xb_step_row xb_step_normalize = {
    "Normalize", XB_STEP_PRE, sizeof(normalize_state), normalize_open, normalize_run, NULL
};
const xb_step_row xb_step_denormalize = { "Denormalize",    XB_STEP_POST,  sizeof(normalize_state),
                                          denormalize_open, normalize_run, NULL };
const xb_step_row xb_step_pad = { "Pad", XB_STEP_PRE, sizeof(pad_state), pad_open, pad_run, NULL };
