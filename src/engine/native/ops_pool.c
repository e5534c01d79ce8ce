/* engine/native/ops_pool.c - pooling of windows, planes and regions, and back. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/layout.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/pool.h"
#include "kernel/pooling.h"
#include "kernel/rows.h"
#include "kernel/sampling.h"

/* ---- MaxPool, AveragePool, LpPool ---- */

static xb_pooling_op pooling_op(const xb_node *n) {
    if (strstr(xb_op_name(n->op), "Max")) return XB_POOLING_MAX;
    return strstr(xb_op_name(n->op), "Lp") ? XB_POOLING_NORM : XB_POOLING_MEAN;
}

static xybrid_status want_poolable(const xb_node *n) {
    int32_t dtype = n->in[0]->dtype;
    if (pooling_op(n) == XB_POOLING_MAX && (dtype == XYBRID_INT8 || dtype == XYBRID_UINT8)) return XYBRID_OK;
    return xb_want_float(n, 0);
}

static xybrid_status want_power(const xb_node *n) {
    int64_t p = xb_attr_int(n, "p", 2);
    if (p >= 1 && p <= INT32_MAX) return XYBRID_OK;
    return xb_refuse(n, "p is %lld, wanted 1 or more", (long long)p);
}

static xybrid_status pool_window(const xb_node *n, xb_window *w) {
    const int64_t *kernel;
    if (n->in[0]->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", n->in[0]->rank);
    if (xb_attr_ints(n, "kernel_shape", &kernel) < 0) return xb_refuse(n, "kernel_shape is missing");
    return xb_window_read(n, NULL, xb_attr_int(n, "ceil_mode", 0) != 0, w);
}

xybrid_status xb_infer_pool(xb_node *n) {
    xb_window w = { 0 };
    int64_t   dims[XB_MAX_RANK];
    XB_TRY(want_poolable(n));
    XB_TRY(want_power(n));
    XB_TRY(pool_window(n, &w));
    int32_t rank = xb_window_dims(&w, w.channels, dims);
    XB_TRY(xb_out_set(n, 0, n->in[0]->dtype, rank, dims));
    return xb_out_set(n, 1, XYBRID_INT64, rank, dims);
}

static int pooling_type(int32_t dtype) {
    switch (dtype) {
    case XYBRID_INT8: return XB_POOLING_I8;
    case XYBRID_UINT8: return XB_POOLING_U8;
    case XYBRID_FLOAT64: return XB_POOLING_F64;
    default: return XB_POOLING_F32;
    }
}

/* The step of a window; y or index may be NULL. */
static xybrid_status pool_step(xb_node *n, const xb_window *w, xb_val *in, xb_val *out, xb_val *index) {
    xybrid_error *err = n->b->err;
    xb_val       *x = in, *y = out;
    int           is_byte = in->dtype == XYBRID_INT8 || in->dtype == XYBRID_UINT8;
    if (!is_byte) XB_TRY(xb_float_in(n, in, &x));
    if (!is_byte) XB_TRY(xb_float_out(n, out, &y));
    XB_CHECK(y || index);
    if (!y && !(y = xb_temp(n, x->dtype, index->rank, index->dims))) return n->b->err->code; /* only the indices are wanted */
    xb_pooling_args *a = xb_step_new(n, sizeof *a, "pool");
    if (!a) return n->b->err->code;
    *a = (xb_pooling_args){ .op = pooling_op(n),
                            .type = (xb_pooling_type)pooling_type(x->dtype),
                            .planes = w->batch * w->channels };
    memcpy(a->in, w->in, sizeof a->in);
    memcpy(a->out, w->out, sizeof a->out);
    memcpy(a->kernel, w->kernel, sizeof a->kernel);
    memcpy(a->stride, w->stride, sizeof a->stride);
    memcpy(a->dilation, w->dilation, sizeof a->dilation);
    memcpy(a->pad, w->pad, sizeof a->pad);
    memcpy(a->pad_end, w->pad_end, sizeof a->pad_end);
    a->counts_padding = xb_attr_int(n, "count_include_pad", 0) != 0;
    a->column_major = xb_attr_int(n, "storage_order", 0) != 0;
    a->p = (int32_t)xb_attr_int(n, "p", 2);
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    if (index) xb_step_out(n, &a->index, index);
    XB_TRY(xb_step_work(n, xb_pooling_work(a)));
    return out ? xb_float_done(n, y, out) : XYBRID_OK;
}

/* In NCHWc, where the input is; *done 0: not possible, and nothing was emitted. */
static xybrid_status blocked_pool(xb_node *n, const xb_window *w, int *done) {
    xb_pooling_op op = pooling_op(n);
    xb_val       *x = n->in[0], *y;
    xb_pool_args  args = { .kind = op == XB_POOLING_MAX ? XB_POOL_MAX : XB_POOL_AVERAGE,
                           .batch = w->batch,
                           .channels = w->channels };
    *done = 0;
    memcpy(args.in, w->in, sizeof args.in);
    memcpy(args.out, w->out, sizeof args.out);
    memcpy(args.kernel, w->kernel, sizeof args.kernel);
    memcpy(args.stride, w->stride, sizeof args.stride);
    memcpy(args.dilation, w->dilation, sizeof args.dilation);
    memcpy(args.pad, w->pad, sizeof args.pad);
    memcpy(args.pad_end, w->pad_end, sizeof args.pad_end);
    args.count_padding = xb_attr_int(n, "count_include_pad", 0) != 0;
    if (x->layout != XB_LAYOUT_BLOCKED || xb_out(n, 1) || op == XB_POOLING_NORM || !xb_pool_fits(XB_LAYOUT_BLOCKED, &args))
        return XYBRID_OK;
    XB_TRY(xb_blocked_out(n, n->out[0], &y));
    xb_pool_args *a = xb_step_new(n, sizeof *a, "pool nchwc");
    if (!a) return n->b->err->code;
    *a = args;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_pool_work(n->b->isa, XB_LAYOUT_BLOCKED, a)));
    *done = 1;
    return xb_blocked_done(n, y, n->out[0]);
}

xybrid_status xb_emit_pool(xb_node *n) {
    xb_window w = { 0 };
    xb_val   *y = xb_out(n, 0), *index = xb_out(n, 1);
    if ((y ? y : index)->count == 0) return XYBRID_OK;
    XB_TRY(pool_window(n, &w));
    int done;
    XB_TRY(blocked_pool(n, &w, &done));
    if (done) return XYBRID_OK;
    XB_TRY(xb_dense_inputs(n));
    return pool_step(n, &w, n->in[0], y, index);
}

/* ---- GlobalMaxPool, GlobalAveragePool, GlobalLpPool ---- */

xybrid_status xb_infer_global(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK] = { 0 };
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(want_power(n));
    if (x->rank < 2) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    for (int32_t d = 0; d < x->rank; d++) dims[d] = d < 2 ? x->dims[d] : 1;
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

/* float32 is a reduction of rows, unless p is unusual; the rest is one window over all. */
xybrid_status xb_emit_global(xb_node *n) {
    static const xb_reduce_op ops[] = { XB_REDUCE_MAX, XB_REDUCE_MEAN, XB_REDUCE_L2 };
    xb_val                   *x, *y, *out = n->out[0];
    int64_t                   p = xb_attr_int(n, "p", 2), plane = 1;
    xb_pooling_op             op = pooling_op(n);
    if (out->count == 0) return XYBRID_OK;
    if (n->in[0]->layout == XB_LAYOUT_BLOCKED) {
        const xb_val *in = n->in[0];
        xb_window     w = { .rank = 2, .batch = in->dims[0], .channels = in->dims[1], .in = { 1, in->dims[2], in->dims[3] } };
        int           done;
        for (int i = 0; i < 3; i++) w.stride[i] = w.dilation[i] = w.out[i] = 1;
        memcpy(w.kernel, w.in, sizeof w.kernel);
        XB_TRY(blocked_pool(n, &w, &done));
        if (done) return XYBRID_OK;
    }
    XB_TRY(xb_dense_inputs(n));
    for (int32_t d = 2; d < n->in[0]->rank; d++) plane *= n->in[0]->dims[d];
    if (n->in[0]->dtype == XYBRID_FLOAT64 || (op == XB_POOLING_NORM && p > 2)) {
        xb_window w = { .rank = 1, .batch = n->in[0]->dims[0], .channels = n->in[0]->dims[1] };
        for (int i = 0; i < 3; i++) w.in[i] = w.kernel[i] = w.stride[i] = w.dilation[i] = w.out[i] = 1;
        w.in[2] = w.kernel[2] = plane;
        return pool_step(n, &w, n->in[0], out, NULL);
    }
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, out, &y));
    xb_reduce_args *a = xb_step_new(n, sizeof *a, "global_pool");
    if (!a) return n->b->err->code;
    *a = (xb_reduce_args){ .outer = out->count, .n = plane, .inner = 1 };
    a->op = op == XB_POOLING_NORM && p == 1 ? (int32_t)XB_REDUCE_L1 : (int32_t)ops[op];
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, y);
    XB_TRY(xb_step_work(n, xb_reduce_work(n->b->isa, a)));
    return xb_float_done(n, y, out);
}

/* ---- MaxUnpool ---- */

/* The shape of what was pooled, if no window was cut off. */
static xybrid_status unpooled_dims(const xb_node *n, int64_t *dims) {
    const xb_val  *x = n->in[0];
    const int64_t *kernel;
    int64_t        stride[3], pads[6], size, total = 1;
    int32_t        rank = x->rank - 2;
    if (rank < 1 || rank > 3)
        return xb_refuse(n, "input 0 has %d dimensions; batch, channels and 1 to 3 more are possible", x->rank);
    int32_t count = xb_attr_ints(n, "kernel_shape", &kernel);
    XB_TRY(xb_attr_window(n, "strides", rank, 1, INT32_MAX, 1, stride));
    XB_TRY(xb_attr_window(n, "pads", 2 * rank, 0, INT32_MAX, 0, pads));
    memcpy(dims, x->dims, 2 * sizeof *dims);
    for (int32_t i = 0; i < rank; i++) {
        if (count != rank || kernel[i] < 1 || kernel[i] > INT32_MAX ||
            xb_mul_overflows(xb_max64(x->dims[2 + i] - 1, 0), stride[i], &size) ||
            xb_add_overflows(size, kernel[i] - pads[i] - pads[i + rank], &size))
            return xb_refuse(n, "kernel_shape, strides and pads do not fit");
        dims[2 + i] = xb_max64(size, 0);
    }
    for (int32_t d = 0; d < x->rank; d++)
        if (xb_mul_overflows(total, dims[d], &total)) return xb_refuse(n, "a result of this size is not possible");
    return XYBRID_OK;
}

xybrid_status xb_infer_unpool(xb_node *n) {
    const xb_val  *x = n->in[0], *index = n->in[1];
    const int64_t *shape;
    int64_t        dims[XB_MAX_RANK], count;
    XB_TRY(xb_want_type(n, 1, XYBRID_INT64));
    if (index->rank != x->rank || memcmp(index->dims, x->dims, sizeof x->dims) != 0)
        return xb_refuse(n, "inputs 0 and 1 have different shapes");
    if (xb_element_bytes(x->dtype) == 0) return xb_want_float(n, 0);
    XB_TRY(unpooled_dims(n, dims));
    if (!xb_in(n, 2)) return xb_out_set(n, 0, x->dtype, x->rank, dims);
    XB_TRY(xb_ints(n, 2, &shape, &count));
    if (count != x->rank) return xb_refuse(n, "output_shape has %lld numbers, wanted %d", (long long)count, x->rank);
    return xb_out_set(n, 0, x->dtype, x->rank, shape);
}

xybrid_status xb_emit_unpool(xb_node *n) {
    const xb_val *x = n->in[0];
    if (n->out[0]->count == 0) return XYBRID_OK;
    xb_unpool_args *a = xb_step_new(n, sizeof *a, "unpool");
    if (!a) return n->b->err->code;
    *a = (xb_unpool_args){ .count = x->count, .rank = x->rank, .element_bytes = xb_element_bytes(x->dtype) };
    XB_TRY(unpooled_dims(n, a->in_dims));
    memcpy(a->out_dims, n->out[0]->dims, sizeof a->out_dims);
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_in(n, &a->index, n->in[1]);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_unpool_work(a));
}

/* ---- RoiAlign, MaxRoiPool ---- */

static xybrid_status want_pixels(const xb_node *n, int64_t height, int64_t width) {
    if (height > 0 && height <= INT32_MAX && width > 0 && width <= INT32_MAX) return XYBRID_OK;
    return xb_refuse(n, "a result of %lld x %lld", (long long)height, (long long)width);
}

xybrid_status xb_infer_roi_align(xb_node *n) {
    const xb_val *x = n->in[0], *rois = n->in[1];
    int64_t       dims[4] = { 0, 0, xb_attr_int(n, "output_height", 1), xb_attr_int(n, "output_width", 1) };
    xb_slice mode = xb_attr_string(n, "mode", "avg"), place = xb_attr_string(n, "coordinate_transformation_mode", "half_pixel");
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_float(n, 1));
    XB_TRY(xb_want_rank(n, 0, 4));
    XB_TRY(xb_want_rank(n, 1, 2));
    XB_TRY(xb_want_vector(n, 2, rois->dims[0]));
    XB_TRY(xb_want_type(n, 2, XYBRID_INT64));
    XB_TRY(want_pixels(n, dims[2], dims[3]));
    if (rois->dims[1] != 4) return xb_refuse(n, "regions of %lld numbers, wanted 4", (long long)rois->dims[1]);
    if (!xb_slice_is(mode, "avg") && !xb_slice_is(mode, "max"))
        return xb_refuse(n, "mode \"%.*s\"", xb_slice_len(mode), mode.data);
    if (!xb_slice_is(place, "half_pixel") && !xb_slice_is(place, "output_half_pixel"))
        return xb_refuse(n, "coordinate_transformation_mode \"%.*s\"", xb_slice_len(place), place.data);
    if (xb_attr_int(n, "sampling_ratio", 0) > 65536) return xb_refuse(n, "sampling_ratio is too large");
    dims[0] = rois->dims[0];
    dims[1] = x->dims[1];
    return xb_out_set(n, 0, x->dtype, 4, dims);
}

xybrid_status xb_emit_roi_align(xb_node *n) {
    xb_val *x, *y, *rois, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_as_type(n, n->in[1], x->dtype, &rois));
    XB_TRY(xb_float_out(n, out, &y));
    xb_roi_align_args *a = xb_step_new(n, sizeof *a, "roi_align");
    if (!a) return n->b->err->code;
    *a = (xb_roi_align_args){ .batch = x->dims[0], .channels = x->dims[1], .height = x->dims[2], .width = x->dims[3] };
    a->count = out->dims[0];
    a->out_height = out->dims[2];
    a->out_width = out->dims[3];
    a->ratio = xb_attr_int(n, "sampling_ratio", 0);
    a->scale = xb_attr_float(n, "spatial_scale", 1);
    a->is_max = xb_attr_is(n, "mode", "avg", "max");
    a->half_pixel = n->opset >= 16 && xb_attr_is(n, "coordinate_transformation_mode", "half_pixel", "half_pixel");
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->rois, rois);
    xb_step_in(n, &a->items, n->in[2]);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_roi_align_work(a)));
    return xb_float_done(n, y, out);
}

xybrid_status xb_infer_roi_pool(xb_node *n) {
    const xb_val *x = n->in[0], *rois = n->in[1];
    int64_t       dims[4];
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_type(n, 1, x->dtype));
    XB_TRY(xb_want_rank(n, 0, 4));
    XB_TRY(xb_want_rank(n, 1, 2));
    XB_TRY(xb_attr_window(n, "pooled_shape", 2, 1, INT32_MAX, 0, dims + 2));
    if (rois->dims[1] != 5) return xb_refuse(n, "regions of %lld numbers, wanted 5", (long long)rois->dims[1]);
    dims[0] = rois->dims[0];
    dims[1] = x->dims[1];
    return xb_out_set(n, 0, x->dtype, 4, dims);
}

xybrid_status xb_emit_roi_pool(xb_node *n) {
    xb_val *x, *y, *rois, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[1], &rois));
    XB_TRY(xb_float_out(n, out, &y));
    xb_roi_pool_args *a = xb_step_new(n, sizeof *a, "roi_pool");
    if (!a) return n->b->err->code;
    *a = (xb_roi_pool_args){ .batch = x->dims[0], .channels = x->dims[1], .height = x->dims[2], .width = x->dims[3] };
    a->count = out->dims[0];
    a->out_height = out->dims[2];
    a->out_width = out->dims[3];
    a->scale = xb_attr_float(n, "spatial_scale", 1);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->rois, rois);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_roi_pool_work(a)));
    return xb_float_done(n, y, out);
}

/* ---- GridSample, AffineGrid ---- */

static xybrid_status sample_mode(const xb_node *n, xb_sample_mode *mode, xb_sample_border *border) {
    xb_slice m = xb_attr_string(n, "mode", "linear"), p = xb_attr_string(n, "padding_mode", "zeros");
    int      is_known = 1;
    if (xb_slice_is(m, "linear") || xb_slice_is(m, "bilinear")) *mode = XB_SAMPLE_LINEAR; /* "bi": until version 19 */
    else if (xb_slice_is(m, "cubic") || xb_slice_is(m, "bicubic")) *mode = XB_SAMPLE_CUBIC;
    else if (xb_slice_is(m, "nearest")) *mode = XB_SAMPLE_NEAREST;
    else is_known = 0;
    if (xb_slice_is(p, "zeros")) *border = XB_SAMPLE_ZEROS;
    else if (xb_slice_is(p, "border")) *border = XB_SAMPLE_CLAMP;
    else if (xb_slice_is(p, "reflection")) *border = XB_SAMPLE_REFLECT;
    else is_known = 0;
    if (is_known) return XYBRID_OK;
    return xb_refuse(n, "mode \"%.*s\", padding_mode \"%.*s\"", xb_slice_len(m), m.data, xb_slice_len(p), p.data);
}

xybrid_status xb_infer_grid_sample(xb_node *n) {
    const xb_val    *x = n->in[0], *grid = n->in[1];
    xb_sample_mode   mode;
    xb_sample_border border;
    int64_t          dims[XB_MAX_RANK];
    XB_TRY(sample_mode(n, &mode, &border));
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_float(n, 1));
    if (x->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    if (x->rank > 2 + XB_SAMPLE_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%d dimensions are sampled; at most %d", x->rank - 2, XB_SAMPLE_RANK);
    XB_TRY(xb_want_rank(n, 1, x->rank));
    if (grid->dims[0] != x->dims[0] || grid->dims[x->rank - 1] != x->rank - 2)
        return xb_refuse(n, "the grid does not fit the picture");
    memcpy(dims, x->dims, 2 * sizeof *dims);
    memcpy(dims + 2, grid->dims + 1, (size_t)(x->rank - 2) * sizeof *dims);
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

xybrid_status xb_emit_grid_sample(xb_node *n) {
    xb_val *x, *y, *grid, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_as_type(n, n->in[1], x->dtype, &grid));
    XB_TRY(xb_float_out(n, out, &y));
    xb_grid_sample_args *a = xb_step_new(n, sizeof *a, "grid_sample");
    if (!a) return n->b->err->code;
    *a = (xb_grid_sample_args){ .batch = x->dims[0], .channels = x->dims[1], .rank = x->rank - 2 };
    XB_TRY(sample_mode(n, &a->mode, &a->border));
    a->align_corners = xb_attr_int(n, "align_corners", 0) != 0;
    a->is_double = x->dtype == XYBRID_FLOAT64;
    memcpy(a->in, x->dims + 2, (size_t)a->rank * sizeof *a->in);
    a->points = out->count / (a->batch * a->channels);
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->grid, grid);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_grid_sample_work(a)));
    return xb_float_done(n, y, out);
}

xybrid_status xb_infer_affine_grid(xb_node *n) {
    const xb_val  *theta = n->in[0];
    const int64_t *size;
    int64_t        count, dims[XB_SAMPLE_RANK + 2];
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_rank(n, 0, 3));
    XB_TRY(xb_ints(n, 1, &size, &count));
    if ((count != 4 && count != 5) || theta->dims[0] != size[0] || theta->dims[1] != count - 2 || theta->dims[2] != count - 1)
        return xb_refuse(n, "theta [%lld,%lld,%lld] for a size of %lld numbers", (long long)theta->dims[0],
                         (long long)theta->dims[1], (long long)theta->dims[2], (long long)count);
    dims[0] = size[0];
    memcpy(dims + 1, size + 2, (size_t)(count - 2) * sizeof *dims);
    dims[count - 1] = count - 2;
    return xb_out_set(n, 0, theta->dtype, (int32_t)count, dims);
}

xybrid_status xb_emit_affine_grid(xb_node *n) {
    xb_val *theta, *y, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &theta));
    XB_TRY(xb_float_out(n, out, &y));
    xb_affine_grid_args *a = xb_step_new(n, sizeof *a, "affine_grid");
    if (!a) return n->b->err->code;
    *a = (xb_affine_grid_args){ .batch = out->dims[0], .rank = out->rank - 2 };
    memcpy(a->out, out->dims + 1, (size_t)a->rank * sizeof *a->out);
    a->align_corners = xb_attr_int(n, "align_corners", 0) != 0;
    a->is_double = theta->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->theta, theta);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_affine_grid_work(a)));
    return xb_float_done(n, y, out);
}
