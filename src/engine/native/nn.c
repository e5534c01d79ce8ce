/* engine/native/nn.c - see nn.h: types, moving, windows. Products are in nn_product.c. */
#include "engine/native/nn.h"

#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "kernel/move.h"
#include "kernel/retype.h"
#include "kernel/transpose.h"
#include "tensor/tensor.h"

/* ---- checks ---- */

int xb_is_float(int32_t dtype) { return xb_dtype_is_float(dtype); }

xybrid_status xb_want_float(const xb_node *n, int32_t i) {
    const xb_val *v = xb_in(n, i);
    if (!v || xb_is_float(v->dtype)) return XYBRID_OK;
    return xb_refuse(n, "input %d is %s, wanted a float type", i, xb_onnx_dtype_name(v->dtype));
}

xybrid_status xb_want_type(const xb_node *n, int32_t i, int32_t dtype) {
    const xb_val *v = xb_in(n, i);
    if (!v || v->dtype == dtype) return XYBRID_OK;
    return xb_refuse(n, "input %d is %s, wanted %s", i, xb_onnx_dtype_name(v->dtype), xb_onnx_dtype_name(dtype));
}

xybrid_status xb_want_rank(const xb_node *n, int32_t i, int32_t rank) {
    const xb_val *v = xb_in(n, i);
    if (!v || v->rank == rank) return XYBRID_OK;
    return xb_refuse(n, "input %d has %d dimensions, wanted %d", i, v->rank, rank);
}

xybrid_status xb_want_vector(const xb_node *n, int32_t i, int64_t count) {
    const xb_val *v = xb_in(n, i);
    if (!v || (v->rank == 1 && v->dims[0] == count)) return XYBRID_OK;
    char shape[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(v->rank, v->dims, shape, sizeof shape);
    return xb_refuse(n, "input %d has shape %s, wanted [%lld]", i, shape, (long long)count);
}

/* ---- types ---- */

int32_t xb_float_of(int32_t dtype) { return dtype == XYBRID_FLOAT64 ? XYBRID_FLOAT64 : XYBRID_FLOAT32; }

/* Pairs that have a vector kernel; -1: none. */
static int32_t convert_kind(int32_t from, int32_t to) {
    if (from == XYBRID_FLOAT16 && to == XYBRID_FLOAT32) return XB_CONVERT_F16_F32;
    if (from == XYBRID_FLOAT32 && to == XYBRID_FLOAT16) return XB_CONVERT_F32_F16;
    if (from == XYBRID_BFLOAT16 && to == XYBRID_FLOAT32) return XB_CONVERT_BF16_F32;
    if (from == XYBRID_FLOAT32 && to == XYBRID_BFLOAT16) return XB_CONVERT_F32_BF16;
    return -1;
}

static xybrid_status convert(const xb_node *n, const xb_val *from, xb_val *to) {
    int32_t kind = convert_kind(from->dtype, to->dtype);
    if (kind >= 0) {
        xb_convert_args *a = xb_step_new(n, sizeof *a, "convert");
        if (!a) return n->b->err->code;
        *a = (xb_convert_args){ .kind = kind, .count = from->count };
        xb_step_in(n, &a->in, from);
        xb_step_out(n, &a->out, to);
        return xb_step_work(n, xb_convert_work(n->b->isa, a));
    }
    xb_retype_args *a = xb_step_new(n, sizeof *a, "retype");
    if (!a) return n->b->err->code;
    *a = (xb_retype_args){ .src_dtype = from->dtype, .dst_dtype = to->dtype, .count = from->count };
    xb_step_in(n, &a->src, from);
    xb_step_out(n, &a->dst, to);
    return xb_step_work(n, xb_retype_work(a));
}

static void pack_nothing(const void *ctx, const void *src, void *out, void *scratch) {
    (void)scratch;
    memcpy(out, src, (size_t)*(const int64_t *)ctx);
}

/* A weight in float32, in the model's cache. */
static xybrid_status widened_weight(const xb_node *n, xb_val *v, xb_val **out) {
    int64_t size = v->count * (int64_t)sizeof(float);
    xb_pack how = { .kind = XB_PACK_FLOAT32,
                    .size_bytes = size,
                    .as_float = 1,
                    .run = pack_nothing,
                    .ctx = &size,
                    .ctx_size = sizeof size,
                    .what = "convert" };
    xb_val *bytes, *w;
    XB_TRY(xb_packed(n, v, &how, &bytes));
    w = xb_val_new(n->b, XB_NO_VALUE);
    if (!w) return n->b->err->code;
    *w = *v;
    w->number = XB_NO_VALUE;
    w->dtype = XYBRID_FLOAT32;
    w->data = bytes->data;
    w->size_bytes = size;
    *out = w;
    return XYBRID_OK;
}

xybrid_status xb_as_type(const xb_node *n, xb_val *v, int32_t dtype, xb_val **out) {
    if (!v || v->dtype == dtype) {
        *out = v;
        return XYBRID_OK;
    }
    if (v->is_static && v->number != XB_NO_VALUE && !n->b->is_folding && dtype == XYBRID_FLOAT32 && xb_is_float(v->dtype))
        return widened_weight(n, v, out);
    xb_val *to = xb_temp(n, dtype, v->rank, v->dims);
    if (!to) return n->b->err->code;
    *out = to;
    return v->count ? convert(n, v, to) : XYBRID_OK;
}

xybrid_status xb_float_in(const xb_node *n, xb_val *v, xb_val **out) {
    return xb_as_type(n, v, v ? xb_float_of(v->dtype) : 0, out);
}

xybrid_status xb_float_out(const xb_node *n, xb_val *v, xb_val **out) {
    if (!v || v->dtype == xb_float_of(v->dtype)) {
        *out = v;
        return XYBRID_OK;
    }
    *out = xb_temp(n, XYBRID_FLOAT32, v->rank, v->dims);
    return *out ? XYBRID_OK : n->b->err->code;
}

xybrid_status xb_float_done(const xb_node *n, const xb_val *from, xb_val *to) {
    return from == to || to->count == 0 ? XYBRID_OK : convert(n, from, to);
}

/* ---- moving ---- */

void xb_dense_strides(int32_t rank, const int64_t *dims, int64_t *strides) {
    int64_t stride = 1;
    for (int32_t d = rank - 1; d >= 0; d--) {
        strides[d] = stride;
        stride *= dims[d];
    }
}

void xb_broadcast_strides(const xb_val *v, int32_t rank, const int64_t *dims, int64_t *strides) {
    int64_t own[XB_MAX_RANK];
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = 0; d < rank; d++) {
        int32_t at = d - (rank - v->rank);
        strides[d] = at < 0 || (v->dims[at] == 1 && dims[d] != 1) ? 0 : own[at];
    }
}

xybrid_status xb_gather_into(const xb_node *n, const xb_val *v, int64_t offset, const int64_t *strides, xb_val *to) {
    if (to->count == 0) return XYBRID_OK;
    xb_move_args *a = xb_step_new(n, sizeof *a, "move");
    if (!a) return n->b->err->code;
    a->rank = to->rank;
    a->element_bytes = xb_element_bytes(v->dtype);
    memcpy(a->dims, to->dims, sizeof a->dims);
    memcpy(a->src_strides, strides, (size_t)to->rank * sizeof *strides);
    xb_dense_strides(to->rank, to->dims, a->dst_strides);
    xb_step_in_bytes(n, &a->src, v, offset * a->element_bytes);
    xb_step_out(n, &a->dst, to);
    return xb_step_work(n, xb_move_work(a));
}

xybrid_status xb_gathered(const xb_node *n, xb_val *v, int64_t offset, int32_t rank, const int64_t *dims,
                          const int64_t *strides, xb_val **out) {
    xb_val *to = xb_temp(n, v->dtype, rank, dims);
    if (!to) return n->b->err->code;
    *out = to;
    return xb_gather_into(n, v, offset, strides, to);
}

/* ---- windows ---- */

xybrid_status xb_attr_window(const xb_node *n, const char *name, int32_t count, int64_t low, int64_t high, int64_t otherwise,
                             int64_t *out) {
    const int64_t *given;
    int32_t        found = xb_attr_ints(n, name, &given);
    if (found >= 0 && found != count) return xb_refuse(n, "%s has %d numbers, wanted %d", name, found, count);
    for (int32_t i = 0; i < count; i++) {
        out[i] = found < 0 ? otherwise : given[i];
        if (out[i] < low || out[i] > high)
            return xb_refuse(n, "%s has %lld, wanted %lld to %lld", name, (long long)out[i], (long long)low, (long long)high);
    }
    return XYBRID_OK;
}

int32_t xb_window_dims(const xb_window *w, int64_t channels, int64_t *dims) {
    dims[0] = w->batch;
    dims[1] = channels;
    for (int32_t i = 0; i < w->rank; i++) dims[2 + i] = w->out[3 - w->rank + i];
    return 2 + w->rank;
}

/* pads from auto_pad, or the attribute; the same sum may be split in two ways, the larger half last (UPPER) or first. */
static void auto_pad(xb_window *w, int32_t axis, int is_lower) {
    int64_t reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
    int64_t out = (w->in[axis] + w->stride[axis] - 1) / w->stride[axis];
    int64_t pads = xb_max64(0, (out - 1) * w->stride[axis] + reach - w->in[axis]);
    w->pad[axis] = is_lower ? pads - pads / 2 : pads / 2;
    w->pad_end[axis] = pads - w->pad[axis];
}

/* A window of ceil_mode that would lie wholly in the padding behind the end is dropped. A single one of a pooling may hang over
 * the end by less than a stride: divisions that round towards zero, as those of other engines, say so. */
static void window_out(xb_window *w, int32_t axis, int32_t ceil_mode, int is_pooling) {
    int64_t reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
    int64_t room = w->in[axis] + w->pad[axis] + w->pad_end[axis] - reach, stride = w->stride[axis];
    if (room < 0) {
        w->out[axis] = is_pooling && room > -stride && w->in[axis] > 0 ? 1 : 0;
        return;
    }
    w->out[axis] = (ceil_mode ? room + stride - 1 : room) / stride + 1;
    if (ceil_mode && (w->out[axis] - 1) * stride >= w->in[axis] + w->pad[axis]) w->out[axis]--;
}

enum { WINDOW_MAX = INT32_MAX }; /* products of two stay in 64 bits */

xybrid_status xb_window_read(const xb_node *n, const int64_t *kernel, int32_t ceil_mode, xb_window *w) {
    const xb_val *x = n->in[0];
    xb_slice      mode = xb_attr_string(n, "auto_pad", "NOTSET");
    int64_t       pads[6] = { 0 };
    if (x->rank < 2 || x->rank > 5)
        return xb_fail_node(n, x->rank < 2 ? XYBRID_INVALID_ARGUMENT : XYBRID_UNSUPPORTED_MODEL,
                            "input 0 has %d dimensions; batch, channels and at most 3 more are possible", x->rank);
    int32_t rank = x->rank - 2, from = 3 - rank;
    *w = (xb_window){ .rank = rank, .batch = x->dims[0], .channels = x->dims[1] };
    for (int32_t i = 0; i < 3; i++) w->in[i] = w->kernel[i] = w->stride[i] = w->dilation[i] = w->out[i] = 1;
    for (int32_t i = 0; i < rank; i++) {
        w->in[from + i] = x->dims[2 + i];
        if (w->in[from + i] > WINDOW_MAX)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "dimension %d is %lld", i + 2, (long long)w->in[from + i]);
    }
    if (!kernel) XB_TRY(xb_attr_window(n, "kernel_shape", rank, 1, WINDOW_MAX, 0, w->kernel + from));
    for (int32_t i = 0; kernel && i < rank; i++) {
        w->kernel[from + i] = kernel[i];
        if (kernel[i] < 1 || kernel[i] > WINDOW_MAX)
            return xb_refuse(n, "dimension %d of the kernel is %lld", i, (long long)kernel[i]);
    }
    int64_t taps = w->kernel[0] * w->kernel[1];
    if (taps > XB_MAX_PLAN_ELEMENTS || taps * w->kernel[2] > XB_MAX_PLAN_ELEMENTS)
        return xb_refuse(n, "a kernel of this size is not possible");
    XB_TRY(xb_attr_window(n, "strides", rank, 1, WINDOW_MAX, 1, w->stride + from));
    XB_TRY(xb_attr_window(n, "dilations", rank, 1, WINDOW_MAX, 1, w->dilation + from));
    int is_given = mode.size == 0 || xb_slice_is(mode, "NOTSET");
    int is_lower = xb_slice_is(mode, "SAME_LOWER");
    if (!is_given && !is_lower && !xb_slice_is(mode, "SAME_UPPER") && !xb_slice_is(mode, "VALID"))
        return xb_refuse(n, "auto_pad is \"%.*s\"", xb_slice_len(mode), mode.data);
    if (is_given) XB_TRY(xb_attr_window(n, "pads", 2 * rank, 0, WINDOW_MAX, 0, pads));
    for (int32_t i = from; i < 3; i++) {
        w->pad[i] = pads[i - from];
        w->pad_end[i] = pads[i - from + rank];
        if (!is_given && !xb_slice_is(mode, "VALID")) auto_pad(w, i, is_lower);
        window_out(w, i, ceil_mode, !kernel);
    }
    return XYBRID_OK;
}
