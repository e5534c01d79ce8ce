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

static xybrid_status want_poolable(const xb_node *n, xybrid_error *err) {
    int32_t dtype = n->in[0]->dtype;
    if (pooling_op(n) == XB_POOLING_MAX && (dtype == XYBRID_INT8 || dtype == XYBRID_UINT8)) return XYBRID_OK;
    return xb_want_float(n, 0, err);
}

static xybrid_status want_power(const xb_node *n, xybrid_error *err) {
    int64_t p = xb_attr_int(n, "p", 2);
    if (p >= 1 && p <= INT32_MAX) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "p is %lld, wanted 1 or more", (long long)p);
}

static xybrid_status pool_window(const xb_node *n, xb_window *w, xybrid_error *err) {
    const int64_t *kernel;
    if (n->in[0]->rank < 3) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 has %d dimensions", n->in[0]->rank);
    if (xb_attr_ints(n, "kernel_shape", &kernel) < 0)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "kernel_shape is missing");
    return xb_window_read(n, NULL, xb_attr_int(n, "ceil_mode", 0) != 0, w, err);
}

xybrid_status xb_infer_pool(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_window w = { 0 };
    int64_t   dims[XB_MAX_RANK];
    XB_TRY(want_poolable(n, err));
    XB_TRY(want_power(n, err));
    XB_TRY(pool_window(n, &w, err));
    int32_t rank = xb_window_dims(&w, w.channels, dims);
    XB_TRY(xb_out_set(b, n, 0, n->in[0]->dtype, rank, dims, err));
    return xb_out_set(b, n, 1, XYBRID_INT64, rank, dims, err);
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
static xybrid_status pool_step(xb_build *b, xb_node *n, const xb_window *w, xb_val *in, xb_val *out, xb_val *index,
                               xybrid_error *err) {
    xb_val *x = in, *y = out;
    int     is_byte = in->dtype == XYBRID_INT8 || in->dtype == XYBRID_UINT8;
    if (!is_byte) XB_TRY(xb_float_in(b, n, in, &x, err));
    if (!is_byte) XB_TRY(xb_float_out(b, out, &y, err));
    XB_CHECK(y || index);
    if (!y && !(y = xb_temp(b, x->dtype, index->rank, index->dims, err))) return err->code; /* only the indices are wanted */
    xb_pooling_args *a = xb_step_new(b, n, sizeof *a, "pool", err);
    if (!a) return err->code;
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
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    if (index) XB_TRY(xb_step_out(b, &a->index, index, err));
    XB_TRY(xb_step_work(b, xb_pooling_work(a), err));
    return out ? xb_float_done(b, n, y, out, err) : XYBRID_OK;
}

/* In NCHWc, where the input is; *done 0: not possible, and nothing was emitted. */
static xybrid_status blocked_pool(xb_build *b, xb_node *n, const xb_window *w, int *done, xybrid_error *err) {
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
    XB_TRY(xb_blocked_out(b, n->out[0], &y, err));
    xb_pool_args *a = xb_step_new(b, n, sizeof *a, "pool nchwc", err);
    if (!a) return err->code;
    *a = args;
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_pool_work(b->isa, XB_LAYOUT_BLOCKED, a), err));
    *done = 1;
    return xb_blocked_done(b, y, n->out[0], err);
}

xybrid_status xb_emit_pool(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_window w = { 0 };
    xb_val   *y = xb_out(n, 0), *index = xb_out(n, 1);
    if ((y ? y : index)->count == 0) return XYBRID_OK;
    XB_TRY(pool_window(n, &w, err));
    int done;
    XB_TRY(blocked_pool(b, n, &w, &done, err));
    if (done) return XYBRID_OK;
    XB_TRY(xb_dense_inputs(b, n, err));
    return pool_step(b, n, &w, n->in[0], y, index, err);
}

/* ---- GlobalMaxPool, GlobalAveragePool, GlobalLpPool ---- */

xybrid_status xb_infer_global(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK] = { 0 };
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(want_power(n, err));
    if (x->rank < 2) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 has %d dimensions", x->rank);
    for (int32_t d = 0; d < x->rank; d++) dims[d] = d < 2 ? x->dims[d] : 1;
    return xb_out_set(b, n, 0, x->dtype, x->rank, dims, err);
}

/* float32 is a reduction of rows, unless p is unusual; the rest is one window over all. */
xybrid_status xb_emit_global(xb_build *b, xb_node *n, xybrid_error *err) {
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
        XB_TRY(blocked_pool(b, n, &w, &done, err));
        if (done) return XYBRID_OK;
    }
    XB_TRY(xb_dense_inputs(b, n, err));
    for (int32_t d = 2; d < n->in[0]->rank; d++) plane *= n->in[0]->dims[d];
    if (n->in[0]->dtype == XYBRID_FLOAT64 || (op == XB_POOLING_NORM && p > 2)) {
        xb_window w = { .rank = 1, .batch = n->in[0]->dims[0], .channels = n->in[0]->dims[1] };
        for (int i = 0; i < 3; i++) w.in[i] = w.kernel[i] = w.stride[i] = w.dilation[i] = w.out[i] = 1;
        w.in[2] = w.kernel[2] = plane;
        return pool_step(b, n, &w, n->in[0], out, NULL, err);
    }
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_reduce_args *a = xb_step_new(b, n, sizeof *a, "global_pool", err);
    if (!a) return err->code;
    *a = (xb_reduce_args){ .outer = out->count, .n = plane, .inner = 1 };
    a->op = op == XB_POOLING_NORM && p == 1 ? (int32_t)XB_REDUCE_L1 : (int32_t)ops[op];
    XB_TRY(xb_step_in(b, &a->in, x, err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    XB_TRY(xb_step_work(b, xb_reduce_work(b->isa, a), err));
    return xb_float_done(b, n, y, out, err);
}

/* ---- MaxUnpool ---- */

/* The shape of what was pooled, if no window was cut off. */
static xybrid_status unpooled_dims(const xb_node *n, int64_t *dims, xybrid_error *err) {
    const xb_val  *x = n->in[0];
    const int64_t *kernel;
    int64_t        stride[3], pads[6], size, total = 1;
    int32_t        rank = x->rank - 2;
    if (rank < 1 || rank > 3)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err,
                            "input 0 has %d dimensions; batch, channels and 1 to 3 more are possible", x->rank);
    int32_t count = xb_attr_ints(n, "kernel_shape", &kernel);
    XB_TRY(xb_attr_window(n, "strides", rank, 1, INT32_MAX, 1, stride, err));
    XB_TRY(xb_attr_window(n, "pads", 2 * rank, 0, INT32_MAX, 0, pads, err));
    memcpy(dims, x->dims, 2 * sizeof *dims);
    for (int32_t i = 0; i < rank; i++) {
        if (count != rank || kernel[i] < 1 || kernel[i] > INT32_MAX ||
            xb_mul_overflows(xb_max64(x->dims[2 + i] - 1, 0), stride[i], &size) ||
            xb_add_overflows(size, kernel[i] - pads[i] - pads[i + rank], &size))
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "kernel_shape, strides and pads do not fit");
        dims[2 + i] = xb_max64(size, 0);
    }
    for (int32_t d = 0; d < x->rank; d++)
        if (xb_mul_overflows(total, dims[d], &total))
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a result of this size is not possible");
    return XYBRID_OK;
}

xybrid_status xb_infer_unpool(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val  *x = n->in[0], *index = n->in[1];
    const int64_t *shape;
    int64_t        dims[XB_MAX_RANK], count;
    XB_TRY(xb_want_type(n, 1, XYBRID_INT64, err));
    if (index->rank != x->rank || memcmp(index->dims, x->dims, sizeof x->dims) != 0)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "inputs 0 and 1 have different shapes");
    if (xb_element_bytes(x->dtype) == 0) return xb_want_float(n, 0, err);
    XB_TRY(unpooled_dims(n, dims, err));
    if (!xb_in(n, 2)) return xb_out_set(b, n, 0, x->dtype, x->rank, dims, err);
    XB_TRY(xb_ints(b, n, 2, &shape, &count, err));
    if (count != x->rank)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "output_shape has %lld numbers, wanted %d", (long long)count,
                            x->rank);
    return xb_out_set(b, n, 0, x->dtype, x->rank, shape, err);
}

xybrid_status xb_emit_unpool(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0];
    if (n->out[0]->count == 0) return XYBRID_OK;
    xb_unpool_args *a = xb_step_new(b, n, sizeof *a, "unpool", err);
    if (!a) return err->code;
    *a = (xb_unpool_args){ .count = x->count, .rank = x->rank, .element_bytes = xb_element_bytes(x->dtype) };
    XB_TRY(unpooled_dims(n, a->in_dims, err));
    memcpy(a->out_dims, n->out[0]->dims, sizeof a->out_dims);
    XB_TRY(xb_step_in_bytes(b, &a->x, x, 0, err));
    XB_TRY(xb_step_in(b, &a->index, n->in[1], err));
    XB_TRY(xb_step_out(b, &a->y, n->out[0], err));
    return xb_step_work(b, xb_unpool_work(a), err);
}

/* ---- RoiAlign, MaxRoiPool ---- */

static xybrid_status want_pixels(const xb_node *n, int64_t height, int64_t width, xybrid_error *err) {
    if (height > 0 && height <= INT32_MAX && width > 0 && width <= INT32_MAX) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a result of %lld x %lld", (long long)height, (long long)width);
}

xybrid_status xb_infer_roi_align(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0], *rois = n->in[1];
    int64_t       dims[4] = { 0, 0, xb_attr_int(n, "output_height", 1), xb_attr_int(n, "output_width", 1) };
    xb_slice mode = xb_attr_string(n, "mode", "avg"), place = xb_attr_string(n, "coordinate_transformation_mode", "half_pixel");
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(xb_want_float(n, 1, err));
    XB_TRY(xb_want_rank(n, 0, 4, err));
    XB_TRY(xb_want_rank(n, 1, 2, err));
    XB_TRY(xb_want_vector(n, 2, rois->dims[0], err));
    XB_TRY(xb_want_type(n, 2, XYBRID_INT64, err));
    XB_TRY(want_pixels(n, dims[2], dims[3], err));
    if (rois->dims[1] != 4)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "regions of %lld numbers, wanted 4", (long long)rois->dims[1]);
    if (!xb_slice_is(mode, "avg") && !xb_slice_is(mode, "max"))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "mode \"%.*s\"", xb_slice_len(mode), mode.data);
    if (!xb_slice_is(place, "half_pixel") && !xb_slice_is(place, "output_half_pixel"))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "coordinate_transformation_mode \"%.*s\"", xb_slice_len(place),
                            place.data);
    if (xb_attr_int(n, "sampling_ratio", 0) > 65536)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "sampling_ratio is too large");
    dims[0] = rois->dims[0];
    dims[1] = x->dims[1];
    return xb_out_set(b, n, 0, x->dtype, 4, dims, err);
}

xybrid_status xb_emit_roi_align(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *y, *rois, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_as_type(b, n, n->in[1], x->dtype, &rois, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_roi_align_args *a = xb_step_new(b, n, sizeof *a, "roi_align", err);
    if (!a) return err->code;
    *a = (xb_roi_align_args){ .batch = x->dims[0], .channels = x->dims[1], .height = x->dims[2], .width = x->dims[3] };
    a->count = out->dims[0];
    a->out_height = out->dims[2];
    a->out_width = out->dims[3];
    a->ratio = xb_attr_int(n, "sampling_ratio", 0);
    a->scale = xb_attr_float(n, "spatial_scale", 1);
    a->is_max = xb_slice_is(xb_attr_string(n, "mode", "avg"), "max");
    a->half_pixel = n->opset >= 16 &&
                    xb_slice_is(xb_attr_string(n, "coordinate_transformation_mode", "half_pixel"), "half_pixel");
    a->is_double = x->dtype == XYBRID_FLOAT64;
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_in(b, &a->rois, rois, err));
    XB_TRY(xb_step_in(b, &a->items, n->in[2], err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_roi_align_work(a), err));
    return xb_float_done(b, n, y, out, err);
}

xybrid_status xb_infer_roi_pool(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0], *rois = n->in[1];
    int64_t       dims[4];
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(xb_want_type(n, 1, x->dtype, err));
    XB_TRY(xb_want_rank(n, 0, 4, err));
    XB_TRY(xb_want_rank(n, 1, 2, err));
    XB_TRY(xb_attr_window(n, "pooled_shape", 2, 1, INT32_MAX, 0, dims + 2, err));
    if (rois->dims[1] != 5)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "regions of %lld numbers, wanted 5", (long long)rois->dims[1]);
    dims[0] = rois->dims[0];
    dims[1] = x->dims[1];
    return xb_out_set(b, n, 0, x->dtype, 4, dims, err);
}

xybrid_status xb_emit_roi_pool(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *y, *rois, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_float_in(b, n, n->in[1], &rois, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_roi_pool_args *a = xb_step_new(b, n, sizeof *a, "roi_pool", err);
    if (!a) return err->code;
    *a = (xb_roi_pool_args){ .batch = x->dims[0], .channels = x->dims[1], .height = x->dims[2], .width = x->dims[3] };
    a->count = out->dims[0];
    a->out_height = out->dims[2];
    a->out_width = out->dims[3];
    a->scale = xb_attr_float(n, "spatial_scale", 1);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_in(b, &a->rois, rois, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_roi_pool_work(a), err));
    return xb_float_done(b, n, y, out, err);
}

/* ---- GridSample, AffineGrid ---- */

static xybrid_status sample_mode(const xb_node *n, xb_sample_mode *mode, xb_sample_border *border, xybrid_error *err) {
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
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "mode \"%.*s\", padding_mode \"%.*s\"", xb_slice_len(m), m.data,
                        xb_slice_len(p), p.data);
}

xybrid_status xb_infer_grid_sample(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val    *x = n->in[0], *grid = n->in[1];
    xb_sample_mode   mode;
    xb_sample_border border;
    int64_t          dims[XB_MAX_RANK];
    XB_TRY(sample_mode(n, &mode, &border, err));
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(xb_want_float(n, 1, err));
    if (x->rank < 3) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 has %d dimensions", x->rank);
    if (x->rank > 2 + XB_SAMPLE_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, err, "%d dimensions are sampled; at most %d", x->rank - 2,
                            XB_SAMPLE_RANK);
    XB_TRY(xb_want_rank(n, 1, x->rank, err));
    if (grid->dims[0] != x->dims[0] || grid->dims[x->rank - 1] != x->rank - 2)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "the grid does not fit the picture");
    memcpy(dims, x->dims, 2 * sizeof *dims);
    memcpy(dims + 2, grid->dims + 1, (size_t)(x->rank - 2) * sizeof *dims);
    return xb_out_set(b, n, 0, x->dtype, x->rank, dims, err);
}

xybrid_status xb_emit_grid_sample(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *y, *grid, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_as_type(b, n, n->in[1], x->dtype, &grid, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_grid_sample_args *a = xb_step_new(b, n, sizeof *a, "grid_sample", err);
    if (!a) return err->code;
    *a = (xb_grid_sample_args){ .batch = x->dims[0], .channels = x->dims[1], .rank = x->rank - 2 };
    XB_TRY(sample_mode(n, &a->mode, &a->border, err));
    a->align_corners = xb_attr_int(n, "align_corners", 0) != 0;
    a->is_double = x->dtype == XYBRID_FLOAT64;
    memcpy(a->in, x->dims + 2, (size_t)a->rank * sizeof *a->in);
    a->points = out->count / (a->batch * a->channels);
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_in(b, &a->grid, grid, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_grid_sample_work(a), err));
    return xb_float_done(b, n, y, out, err);
}

xybrid_status xb_infer_affine_grid(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val  *theta = n->in[0];
    const int64_t *size;
    int64_t        count, dims[XB_SAMPLE_RANK + 2];
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(xb_want_rank(n, 0, 3, err));
    XB_TRY(xb_ints(b, n, 1, &size, &count, err));
    if ((count != 4 && count != 5) || theta->dims[0] != size[0] || theta->dims[1] != count - 2 || theta->dims[2] != count - 1)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "theta [%lld,%lld,%lld] for a size of %lld numbers",
                            (long long)theta->dims[0], (long long)theta->dims[1], (long long)theta->dims[2], (long long)count);
    dims[0] = size[0];
    memcpy(dims + 1, size + 2, (size_t)(count - 2) * sizeof *dims);
    dims[count - 1] = count - 2;
    return xb_out_set(b, n, 0, theta->dtype, (int32_t)count, dims, err);
}

xybrid_status xb_emit_affine_grid(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *theta, *y, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &theta, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_affine_grid_args *a = xb_step_new(b, n, sizeof *a, "affine_grid", err);
    if (!a) return err->code;
    *a = (xb_affine_grid_args){ .batch = out->dims[0], .rank = out->rank - 2 };
    memcpy(a->out, out->dims + 1, (size_t)a->rank * sizeof *a->out);
    a->align_corners = xb_attr_int(n, "align_corners", 0) != 0;
    a->is_double = theta->dtype == XYBRID_FLOAT64;
    XB_TRY(xb_step_in(b, &a->theta, theta, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_affine_grid_work(a), err));
    return xb_float_done(b, n, y, out, err);
}
