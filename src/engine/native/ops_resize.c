/* engine/native/ops_resize.c - Resize, Upsample: where each result comes from, as tables made while the plan is. Nearest looks
 * up every dimension (kernel/remap.h); linear and cubic take a weighted sum along one dimension after the other
 * (kernel/interpolate.h).
 *
 * Positions and weights are those of the operator's text (Resize 19) and of its reference implementation in the onnx
 * package, computed in double: cubic weights are Keys' (R. Keys, 1981, "Cubic convolution interpolation for digital image
 * processing", equation 4), antialiasing stretches the filter by 1 / scale when a dimension shrinks. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/layout.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/number.h"
#include "kernel/retype.h"
#include "kernel/interpolate.h"

typedef enum resize_mode { RESIZE_NEAREST, RESIZE_LINEAR, RESIZE_CUBIC } resize_mode;

typedef enum coordinates { /* how a position of the result becomes one of the source */
                           HALF_PIXEL,
                           HALF_PIXEL_SYMMETRIC,
                           PYTORCH_HALF_PIXEL,
                           ALIGN_CORNERS,
                           ASYMMETRIC,
                           CROP_AND_RESIZE,    /* tf_crop_and_resize */
                           HALF_PIXEL_NEAREST, /* tf_half_pixel_for_nn, of opset 11 */
                           COORDINATES_COUNT
} coordinates;

typedef enum rounding {
    PREFER_FLOOR,
    PREFER_CEIL,
    FLOOR,
    CEIL,
    TRUNCATE /* of Resize 10 and Upsample: towards the left, but upwards where the dimension shrinks */
} rounding;

typedef struct resize {
    resize_mode mode;
    coordinates coordinates;
    rounding    rounding;
    int32_t     antialias, exclude_outside;
    double      cubic_a, outside;
    double      scale[XB_MAX_RANK], roi_start[XB_MAX_RANK], roi_end[XB_MAX_RANK];
    int64_t     dims[XB_MAX_RANK];
    uint32_t    changes; /* bit i: dimension i is not simply kept */
} resize;

/* ---- reading the node ---- */

/* Resize 10 means the same. */
static int is_upsample(const xb_node *n) { return n->opset < 11 || n->op == &xb_ops[XB_OP_ONNX_Upsample]; }

static xybrid_status read_attributes(const xb_node *n, resize *r) {
    int32_t mode, place, round;
    XB_TRY(xb_attr_choice(n, "mode", "nearest\0linear\0cubic\0bilinear\0trilinear\0", &mode));
    XB_TRY(xb_attr_choice(n, "coordinate_transformation_mode",
                          "half_pixel\0half_pixel_symmetric\0pytorch_half_pixel\0align_corners\0asymmetric\0"
                          "tf_crop_and_resize\0tf_half_pixel_for_nn\0",
                          &place));
    XB_TRY(xb_attr_choice(n, "nearest_mode", "round_prefer_floor\0round_prefer_ceil\0floor\0ceil\0", &round));
    r->mode = mode > RESIZE_CUBIC ? RESIZE_LINEAR : (resize_mode)mode;
    r->coordinates = is_upsample(n) ? ASYMMETRIC : (coordinates)place;
    r->rounding = is_upsample(n) ? TRUNCATE : (rounding)round;
    r->antialias = xb_attr_int(n, "antialias", 0) != 0;
    r->exclude_outside = xb_attr_int(n, "exclude_outside", 0) != 0;
    r->cubic_a = (double)xb_attr_float(n, "cubic_coeff_a", -0.75f);
    r->outside = (double)xb_attr_float(n, "extrapolation_value", 0);
    if (r->antialias && r->mode == RESIZE_NEAREST) return xb_refuse(n, "antialias with mode nearest");
    return XYBRID_OK;
}

/* Input i as `count` numbers; *out NULL if it is left out or empty. */
static xybrid_status read_reals(xb_node *n, int32_t i, const double **out, int64_t *count) {
    xb_val     *v = xb_in(n, i);
    const void *data;
    *out = NULL;
    *count = 0;
    if (!v || v->count == 0) return XYBRID_OK;
    XB_TRY(xb_want_number(n, i));
    XB_TRY(xb_content(n, v, &data));
    double *numbers = xb_build_alloc(n, (size_t)v->count, sizeof *numbers);
    if (!numbers) return n->b->err->code;
    xb_load_reals(numbers, v->dtype, data, 1, v->count);
    *out = numbers;
    *count = v->count;
    return XYBRID_OK;
}

static xybrid_status wrong_count(const xb_node *n, const char *what, int64_t found, int64_t wanted) {
    return xb_refuse(n, "%lld %s, wanted %lld", (long long)found, what, (long long)wanted);
}

static xybrid_status set_dim(const xb_node *n, resize *r, int32_t axis, double size) {
    if (!(size >= 0 && size <= (double)XB_MAX_PLAN_ELEMENTS))
        return xb_refuse(n, "dimension %d would have a size that is not possible", axis);
    r->dims[axis] = (int64_t)size;
    return XYBRID_OK;
}

static xybrid_status take_scales(const xb_node *n, resize *r, const int32_t *axes, const double *scales, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        double  part = r->coordinates == CROP_AND_RESIZE ? r->roi_end[axis] - r->roi_start[axis] : 1;
        if (!(scales[i] > 0)) return xb_refuse(n, "the scale of axis %d is not above 0", axis);
        r->scale[axis] = scales[i];
        XB_TRY(set_dim(n, r, axis, floor((double)n->in[0]->dims[axis] * part * scales[i])));
    }
    return XYBRID_OK;
}

/* Sizes are what is wanted, or a frame that the result is to fit into or to cover. */
static xybrid_status take_sizes(const xb_node *n, resize *r, const int32_t *axes, const int64_t *sizes, int64_t count) {
    const int64_t *dims = n->in[0]->dims;
    int32_t        policy;
    double         common = 0;
    XB_TRY(xb_attr_choice(n, "keep_aspect_ratio_policy", "stretch\0not_larger\0not_smaller\0", &policy));
    for (int64_t i = 0; i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        double  scale = (double)sizes[i] / (double)dims[axis];
        XB_TRY(set_dim(n, r, axis, (double)sizes[i]));
        if (dims[axis] == 0 && sizes[i] == 0) scale = 1;
        r->scale[axis] = scale;
        if (i == 0 || (policy == 1 ? scale < common : scale > common)) common = scale;
    }
    for (int64_t i = 0; policy && i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        r->scale[axis] = common;
        XB_TRY(set_dim(n, r, axis, floor(common * (double)dims[axis] + 0.5)));
    }
    return XYBRID_OK;
}

/* The part of the source that is looked at: [start of each axis, end of each axis]. */
static xybrid_status take_roi(const xb_node *n, resize *r, const int32_t *axes, const double *roi, int64_t roi_count,
                              int64_t count) {
    for (int32_t i = 0; i < n->in[0]->rank; i++) r->roi_end[i] = 1;
    if (r->coordinates != CROP_AND_RESIZE) return XYBRID_OK;
    if (!roi || roi_count != 2 * count) return wrong_count(n, "numbers in roi", roi_count, 2 * count);
    for (int64_t i = 0; i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        r->roi_start[axis] = roi[i];
        r->roi_end[axis] = roi[count + i];
        if (!isfinite(roi[i]) || !isfinite(roi[count + i])) return xb_refuse(n, "roi of axis %d is not finite", axis);
    }
    return XYBRID_OK;
}

/* Scales: an attribute of Upsample 7, input 1 of Upsample 9 and Resize 10, input 2 from then on. */
static xybrid_status read_scales(xb_node *n, const double **scales, int64_t *count) {
    const float *given;
    int32_t      given_count = xb_attr_floats(n, "scales", &given);
    if (given_count < 0) return read_reals(n, is_upsample(n) ? 1 : 2, scales, count);
    double *numbers = xb_build_alloc(n, (size_t)given_count, sizeof *numbers);
    if (!numbers) return n->b->err->code;
    xb_load_reals(numbers, XYBRID_FLOAT32, given, 1, given_count);
    *scales = numbers;
    *count = given_count;
    return XYBRID_OK;
}

static xybrid_status read_inputs(xb_node *n, resize *r) {
    const xb_val  *x = n->in[0];
    const double  *roi = NULL, *scales = NULL;
    const int64_t *sizes = NULL;
    const int32_t *axes;
    int64_t        count, roi_count = 0, scale_count = 0, size_count = 0;
    XB_TRY(xb_axes_of(n, 4, x->rank, &axes, &count));
    if (count < 0) count = x->rank;
    if (!is_upsample(n)) XB_TRY(read_reals(n, 1, &roi, &roi_count));
    XB_TRY(read_scales(n, &scales, &scale_count));
    if (xb_in(n, 3) && n->in[3]->count) XB_TRY(xb_ints(n, 3, &sizes, &size_count));
    XB_TRY(take_roi(n, r, axes, roi, roi_count, count));
    if (sizes && scales) return xb_refuse(n, "both scales and sizes are given");
    if (sizes && size_count != count) return wrong_count(n, "sizes", size_count, count);
    if (sizes) return take_sizes(n, r, axes, sizes, count);
    if (scale_count != count) return wrong_count(n, "scales", scale_count, count);
    return take_scales(n, r, axes, scales, count);
}

xybrid_status xb_infer_resize(xb_node *n) {
    const xb_val *x = n->in[0];
    resize       *r = xb_build_alloc(n, 1, sizeof *r);
    if (!r) return n->b->err->code;
    XB_TRY(read_attributes(n, r));
    if (r->mode != RESIZE_NEAREST) XB_TRY(xb_want_number(n, 0));
    memcpy(r->dims, x->dims, sizeof r->dims);
    for (int32_t i = 0; i < x->rank; i++) r->scale[i] = 1;
    XB_TRY(read_inputs(n, r));
    for (int32_t i = 0; i < x->rank; i++) {
        int is_cropped = r->coordinates == CROP_AND_RESIZE && (r->roi_start[i] != 0 || r->roi_end[i] != 1);
        if (r->dims[i] != x->dims[i] || r->scale[i] != 1 || is_cropped) r->changes |= 1u << i;
        if (x->dims[i] == 0 && r->dims[i] != 0) return xb_refuse(n, "dimension %d has no elements to be resized", i);
    }
    n->state = r;
    return xb_out_set(n, 0, x->dtype, x->rank, r->dims);
}

/* ---- positions and weights ---- */

/* Where position `at` of the result lies in the source. */
static double source_position(const resize *r, int32_t axis, int64_t in, int64_t at) {
    double scale = r->scale[axis], out = scale * (double)in, x = (double)at, last = (double)(in - 1);
    switch (r->coordinates) {
    case ALIGN_CORNERS: return out == 1 || r->dims[axis] == 1 ? 0 : x * last / (out - 1);
    case ASYMMETRIC: return x / scale;
    case HALF_PIXEL_NEAREST: return (x + 0.5) / scale;
    case PYTORCH_HALF_PIXEL: return r->dims[axis] > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case HALF_PIXEL_SYMMETRIC: return (double)in / 2 * (1 - (double)r->dims[axis] / out) + (x + 0.5) / scale - 0.5;
    case CROP_AND_RESIZE: {
        double start = r->roi_start[axis] * last, span = (r->roi_end[axis] - r->roi_start[axis]) * last;
        return r->dims[axis] > 1 ? start + x * span / (double)(r->dims[axis] - 1) : start + span / 2;
    }
    default: return (x + 0.5) / scale - 0.5;
    }
}

static int is_outside(const resize *r, int64_t in, double position) {
    return r->coordinates == CROP_AND_RESIZE && (position < 0 || position > (double)(in - 1));
}

/* The whole number nearest to what the node means, in 0..in-1. */
static int64_t clamp_place(double place, int64_t in) {
    return place > 0 ? (place < (double)(in - 1) ? (int64_t)place : in - 1) : 0;
}

static int64_t nearest_place(const resize *r, int32_t axis, int64_t in, double position) {
    double below = floor(position), rest = position - below;
    switch (r->rounding) {
    case FLOOR: return clamp_place(below, in);
    case CEIL: return clamp_place(ceil(position), in);
    case PREFER_CEIL: return clamp_place(below + (rest >= 0.5), in);
    case TRUNCATE: return clamp_place(r->scale[axis] < 1 ? ceil(position) : trunc(position), in);
    default: return clamp_place(below + (rest > 0.5), in);
    }
}

static xybrid_status nearest_table(const xb_node *n, const resize *r, int32_t axis, int64_t in, const int64_t **out) {
    int64_t *table = xb_build_alloc(n, (size_t)r->dims[axis], sizeof *table);
    if (!table) return n->b->err->code;
    for (int64_t i = 0; i < r->dims[axis]; i++) {
        double position = source_position(r, axis, in, i);
        table[i] = is_outside(r, in, position) ? -1 : nearest_place(r, axis, in, position);
    }
    *out = table;
    return XYBRID_OK;
}

/* The filter at distance d from its middle. */
static double filter(const resize *r, double d) {
    double a = r->cubic_a;
    d = fabs(d);
    if (r->mode == RESIZE_LINEAR) return d < 1 ? 1 - d : 0;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/* How much narrower than one source element the filter is: 1, or the scale when it antialiases. */
static double filter_scale(const resize *r, int32_t axis) { return r->antialias && r->scale[axis] < 1 ? r->scale[axis] : 1; }

/* Weights of the `taps` source elements from `first` on; they add up to 1. */
static void fill_weights(const resize *r, int32_t axis, int64_t in, double position, double first, int32_t taps,
                         int64_t *places, double *weights) {
    double sum = 0, scale = filter_scale(r, axis);
    for (int32_t t = 0; t < taps; t++) {
        double at = first + t;
        weights[t] = filter(r, (at - position) * scale);
        if (r->exclude_outside && (at < 0 || at >= (double)in)) weights[t] = 0;
        places[t] = clamp_place(at, in);
        sum += weights[t];
    }
    for (int32_t t = 0; t < taps && sum != 0; t++) weights[t] /= sum;
}

/* Makes places and weights of one axis. */
static xybrid_status weight_tables(const xb_node *n, const resize *r, int32_t axis, int64_t in, xb_interpolate_args *a) {
    int64_t out = r->dims[axis];
    double  reach = (r->mode == RESIZE_LINEAR ? 1 : 2) / filter_scale(r, axis);
    if (!(reach < (double)(1 << 24)))
        return xb_fail(n->b->err, XYBRID_UNSUPPORTED_MODEL, NULL, "a filter of more than 2^24 elements");
    a->taps = 2 * (int32_t)ceil(reach);
    int64_t *places = xb_build_alloc(n, (size_t)out, (size_t)a->taps * sizeof *places);
    double  *weights = places ? xb_build_alloc(n, (size_t)out, (size_t)a->taps * sizeof *weights) : NULL;
    float   *floats = weights && !a->is_double ? xb_build_alloc(n, (size_t)out, (size_t)a->taps * sizeof *floats) : NULL;
    if (!weights || (!a->is_double && !floats)) return n->b->err->code;
    double half = 0.5 * (double)a->taps;
    for (int64_t i = 0; i < out; i++) {
        double position = source_position(r, axis, in, i);
        fill_weights(r, axis, in, position, floor(position) + 1 - half, a->taps, places + i * a->taps, weights + i * a->taps);
        if (is_outside(r, in, position)) places[i * a->taps] = -1;
    }
    for (int64_t i = 0; floats && i < out * a->taps; i++) floats[i] = (float)weights[i];
    a->places = places;
    a->weights = a->is_double ? (const void *)weights : (const void *)floats;
    a->outside = r->outside;
    return XYBRID_OK;
}

/* ---- emit ---- */

static xybrid_status nearest_emit(xb_node *n, const resize *r) {
    xb_val        *x = n->in[0], *value = NULL;
    const int64_t *tables[XB_MAX_RANK] = { NULL };
    void          *data;
    for (int32_t i = 0; i < x->rank && n->out[0]->count; i++)
        if (r->changes >> i & 1) XB_TRY(nearest_table(n, r, i, x->dims[i], &tables[i]));
    if (r->outside != 0 && xb_number_of(x->dtype) != XB_NUMBER_NONE) {
        value = xb_temp_content(n, x->dtype, 0, NULL, &data);
        if (!value) return n->b->err->code;
        xb_store_reals(data, x->dtype, 1, &r->outside, 1);
    }
    return xb_remap_emit(n, tables, value);
}

static xybrid_status retype_emit(const xb_node *n, const xb_val *from, xb_val *to) {
    xb_retype_args *a = xb_step_new(n, sizeof *a, "retype");
    if (!a) return n->b->err->code;
    a->src_dtype = from->dtype;
    a->dst_dtype = to->dtype;
    a->count = to->count;
    xb_step_in(n, &a->src, from);
    xb_step_out(n, &a->dst, to);
    return xb_step_work(n, xb_retype_work(a));
}

/* One dimension of `from`, which lies as `dims`. */
static xybrid_status pass_emit(const xb_node *n, const resize *r, int32_t axis, const xb_val *from, int32_t rank,
                               const int64_t *dims, xb_val *to) {
    xb_interpolate_args *a = xb_step_new(n, sizeof *a, "interpolate");
    if (!a) return n->b->err->code;
    a->is_double = from->dtype == XYBRID_FLOAT64;
    XB_TRY(weight_tables(n, r, axis, dims[axis], a));
    a->outer = xb_span(dims, 0, axis);
    a->in = dims[axis];
    a->out = r->dims[axis];
    a->inner = xb_span(dims, axis + 1, rank);
    xb_step_in(n, &a->x, from);
    xb_step_out(n, &a->y, to);
    return xb_step_work(n, xb_interpolate_work(a));
}

/* What shrinks most comes first, the innermost dimension first among equals: later passes have less to do. */
static int32_t next_axis(const resize *r, const int64_t *in, uint32_t left) {
    int32_t best = -1;
    for (int32_t i = XB_MAX_RANK - 1; i >= 0; i--)
        if (left >> i & 1 && (best < 0 || (double)r->dims[i] * (double)in[best] < (double)r->dims[best] * (double)in[i]))
            best = i;
    return best;
}

/* From `now` to y, of one type and layout, in a pass for each dimension. */
static xybrid_status passes_emit(const xb_node *n, const resize *r, const xb_val *now, xb_val *y) {
    uint32_t left = r->changes;
    int64_t  dims[XB_MAX_RANK];
    int32_t  rank = xb_lying_dims(n->b, now, dims);
    while (left) {
        int64_t before[XB_MAX_RANK];
        int32_t axis = next_axis(r, dims, left);
        memcpy(before, dims, sizeof before);
        left &= ~(1u << axis);
        dims[axis] = r->dims[axis];
        xb_val *to = left == 0 ? y : xb_temp(n, y->dtype, rank, dims);
        if (!to) return n->b->err->code;
        XB_TRY(pass_emit(n, r, axis, now, rank, before, to));
        now = to;
    }
    return XYBRID_OK;
}

/* In NCHWc, if only height and width change, and what is outside is 0 in channels that are not there. */
static int stays_blocked(const xb_build *b, const resize *r, const xb_val *x) {
    return x->layout == XB_LAYOUT_BLOCKED && !(r->changes & 3) && (r->outside == 0 || xb_has_whole_blocks(b, x));
}

/* float32 stays so; all other types go through double. */
static xybrid_status weighted_emit(xb_node *n, const resize *r) {
    xb_val *y = n->out[0], *to;
    if (stays_blocked(n->b, r, n->in[0])) {
        XB_TRY(xb_blocked_out(n, y, &to));
        XB_TRY(passes_emit(n, r, n->in[0], to));
        return xb_blocked_done(n, to, y);
    }
    XB_TRY(xb_dense_inputs(n));
    const xb_val *x = n->in[0];
    if (x->dtype == XYBRID_FLOAT32 || x->dtype == XYBRID_FLOAT64) return passes_emit(n, r, x, y);
    xb_val *wide = xb_temp(n, XYBRID_FLOAT64, x->rank, x->dims);
    to = wide ? xb_temp(n, XYBRID_FLOAT64, y->rank, y->dims) : NULL;
    if (!to) return n->b->err->code;
    XB_TRY(retype_emit(n, x, wide));
    XB_TRY(passes_emit(n, r, wide, to));
    return retype_emit(n, to, y);
}

xybrid_status xb_emit_resize(xb_node *n) {
    const resize *r = n->state;
    if (n->out[0]->count == 0) return XYBRID_OK;
    if (r->changes && r->mode == RESIZE_NEAREST) return nearest_emit(n, r);
    if (r->changes) return weighted_emit(n, r);
    XB_TRY(xb_dense_inputs(n));
    return xb_emit_view(n);
}
