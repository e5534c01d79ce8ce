/* engine/native/ops_move.c - operators that move elements without looking at them: Transpose, Slice, Split, Concat, Expand,
 * DepthToSpace, SpaceToDepth. What lies in order already becomes a view; the others are strided copies (kernel/move.h). */
#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "engine/native/layout.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/conv.h"
#include "kernel/strides.h"

/* ---- Transpose ---- */

static xybrid_status transpose_axes(const xb_node *n, int32_t *axes) {
    const int64_t *perm;
    int32_t        rank = n->in[0]->rank, count = xb_attr_ints(n, "perm", &perm);
    uint32_t       seen = 0;
    if (count >= 0 && count != rank) return xb_refuse(n, "perm has %d entries for %d dimensions", count, rank);
    for (int32_t i = 0; i < rank; i++) {
        XB_TRY(xb_axis(n, count < 0 ? rank - 1 - i : perm[i], rank, &axes[i]));
        if (seen >> axes[i] & 1) return xb_refuse(n, "perm has axis %d twice", axes[i]);
        seen |= 1u << axes[i];
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_transpose(xb_node *n) {
    const xb_val *x = n->in[0];
    int32_t       axes[XB_MAX_RANK] = { 0 };
    int64_t       dims[XB_MAX_RANK];
    XB_TRY(transpose_axes(n, axes));
    for (int32_t i = 0; i < x->rank; i++) dims[i] = x->dims[axes[i]];
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

xybrid_status xb_emit_transpose(xb_node *n) {
    xb_val *x = n->in[0];
    int32_t axes[XB_MAX_RANK] = { 0 };
    int64_t dense[XB_MAX_RANK], strides[XB_MAX_RANK];
    XB_TRY(transpose_axes(n, axes));
    xb_strides_dense(x->rank, x->dims, dense);
    for (int32_t i = 0; i < x->rank; i++) strides[i] = dense[axes[i]];
    return xb_rearrange(n, x, 0, x->rank, n->out[0]->dims, strides, n->out[0]);
}

/* ---- Slice ---- */

typedef struct slice { /* of each dimension */
    int64_t start[XB_MAX_RANK], step[XB_MAX_RANK], dims[XB_MAX_RANK];
} slice;

/* Clamped as the operator's text says; Python differs in a start before the first element and a step backwards. */
static void slice_axis(slice *s, int32_t axis, int64_t dim, int64_t start, int64_t end, int64_t step) {
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? dim - 1 : dim;
    step = xb_max64(-dim - 1, xb_min64(step, dim + 1)); /* no longer step makes a difference */
    if (start < 0) start += dim;
    if (end < 0) end += dim;
    start = xb_max64(0, xb_min64(start, high));
    end = xb_max64(low, xb_min64(end, high));
    int64_t span = step < 0 ? start - end : end - start, stride = step < 0 ? -step : step;
    s->start[axis] = start;
    s->step[axis] = step;
    s->dims[axis] = span > 0 && dim > 0 ? (span - 1) / stride + 1 : 0;
}

static xybrid_status slice_counts(const xb_node *n, int64_t starts, int64_t other, const char *what) {
    if (starts == other) return XYBRID_OK;
    return xb_refuse(n, "%lld starts, but %lld %s", (long long)starts, (long long)other, what);
}

xybrid_status xb_infer_slice(xb_node *n) {
    const xb_val  *x = n->in[0];
    const int64_t *starts, *ends, *steps = NULL;
    const int32_t *axes;
    int64_t        count, end_count, axis_count, step_count;
    uint32_t       seen = 0;
    if (n->opset >= 10) {
        XB_TRY(xb_ints(n, 1, &starts, &count));
        XB_TRY(xb_ints(n, 2, &ends, &end_count));
    } else {
        count = xb_attr_ints(n, "starts", &starts);
        end_count = xb_attr_ints(n, "ends", &ends);
    }
    XB_TRY(slice_counts(n, count, end_count, "ends"));
    XB_TRY(xb_axes_of(n, 3, x->rank, &axes, &axis_count));
    if (axis_count >= 0) XB_TRY(slice_counts(n, count, axis_count, "axes"));
    if (xb_in(n, 4)) {
        XB_TRY(xb_ints(n, 4, &steps, &step_count));
        XB_TRY(slice_counts(n, count, step_count, "steps"));
    }
    if (count < 0 || count > x->rank) return xb_refuse(n, "%lld starts for %d dimensions", (long long)count, x->rank);
    slice *s = xb_build_alloc(n, 1, sizeof *s);
    if (!s) return n->b->err->code;
    for (int32_t i = 0; i < x->rank; i++) slice_axis(s, i, x->dims[i], 0, x->dims[i], 1);
    for (int64_t i = 0; i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        if (seen >> axis & 1) return xb_refuse(n, "axis %d is given twice", axis);
        if (steps && steps[i] == 0) return xb_refuse(n, "a step of 0 along axis %d", axis);
        seen |= 1u << axis;
        slice_axis(s, axis, x->dims[axis], starts[i], ends[i], steps ? steps[i] : 1);
    }
    n->state = s;
    return xb_out_set(n, 0, x->dtype, x->rank, s->dims);
}

/* Is y, which has `first` as its first channel, a part of x that NCHWc has in one piece? */
static int is_channels(const xb_build *b, const xb_val *x, const xb_val *y, int64_t first) {
    if (x->layout != XB_LAYOUT_BLOCKED || x->dims[0] != y->dims[0] || x->dims[2] != y->dims[2] || x->dims[3] != y->dims[3])
        return 0;
    return first % xb_conv_block(b->isa) == 0 && (xb_has_whole_blocks(b, y) || first + y->dims[1] == x->dims[1]);
}

xybrid_status xb_emit_slice(xb_node *n) {
    const slice *s = n->state;
    int64_t      strides[XB_MAX_RANK], offset = 0;
    if (n->out[0]->count == 0) return XYBRID_OK;
    if (is_channels(n->b, n->in[0], n->out[0], s->start[1]) && s->step[1] == 1)
        return xb_blocked_part(n, n->in[0], s->start[1], n->out[0]);
    XB_TRY(xb_dense_inputs(n));
    xb_val *x = n->in[0];
    xb_strides_dense(x->rank, x->dims, strides);
    for (int32_t i = 0; i < x->rank; i++) {
        offset += s->start[i] * strides[i];
        strides[i] *= s->step[i];
    }
    return xb_rearrange(n, x, offset, x->rank, s->dims, strides, n->out[0]);
}

/* ---- Split ---- */

/* Sizes of the parts along an axis of `dim`. */
static xybrid_status split_sizes(xb_node *n, int64_t dim, int64_t *sizes) {
    const int64_t *given;
    int64_t        count, parts = n->out_count, sum = 0;
    if (xb_in(n, 1)) XB_TRY(xb_ints(n, 1, &given, &count));
    else count = xb_attr_ints(n, "split", &given);
    if (count >= 0 && count != parts) return xb_refuse(n, "%lld sizes for %lld outputs", (long long)count, (long long)parts);
    int64_t each = (dim + parts - 1) / parts;
    if (count < 0 && n->opset < 18 && dim % parts)
        return xb_refuse(n, "a dimension of %lld cannot be split into %lld equal parts", (long long)dim, (long long)parts);
    for (int64_t i = 0; i < parts; i++) {
        sizes[i] = count < 0 ? xb_min64(each, dim - sum) : given[i];
        if (sizes[i] < 0 || sizes[i] > dim - sum)
            return xb_refuse(n, "part %lld of %lld elements does not fit into a dimension of %lld", (long long)i,
                             (long long)sizes[i], (long long)dim);
        sum += sizes[i];
    }
    if (sum == dim) return XYBRID_OK;
    return xb_refuse(n, "the parts have %lld elements together, the dimension %lld", (long long)sum, (long long)dim);
}

xybrid_status xb_infer_split(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    int32_t       axis;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    int64_t *sizes = xb_build_alloc(n, (size_t)n->out_count, sizeof *sizes);
    if (!sizes) return n->b->err->code;
    XB_TRY(split_sizes(n, x->dims[axis], sizes));
    memcpy(dims, x->dims, sizeof dims);
    for (int32_t o = 0; o < n->out_count; o++) {
        dims[axis] = sizes[o];
        XB_TRY(xb_out_set(n, o, x->dtype, x->rank, dims));
    }
    n->state = sizes;
    return XYBRID_OK;
}

/* In NCHWc, if all parts are whole blocks of channels. */
static xybrid_status split_channels(xb_node *n, int *done) {
    const int64_t *sizes = n->state;
    int64_t        first = 0;
    *done = 0;
    for (int32_t o = 0; o < n->out_count; first += sizes[o++])
        if (n->out[o] && (sizes[o] == 0 || !is_channels(n->b, n->in[0], n->out[o], first))) return XYBRID_OK;
    *done = 1;
    first = 0;
    for (int32_t o = 0; o < n->out_count; first += sizes[o++])
        if (n->out[o]) XB_TRY(xb_blocked_part(n, n->in[0], first, n->out[o]));
    return XYBRID_OK;
}

xybrid_status xb_emit_split(xb_node *n) {
    const int64_t *sizes = n->state;
    int64_t        strides[XB_MAX_RANK], offset = 0;
    int32_t        axis;
    int            done = 0;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), n->in[0]->rank, &axis));
    if (axis == 1) XB_TRY(split_channels(n, &done));
    if (done) return XYBRID_OK;
    XB_TRY(xb_dense_inputs(n));
    xb_val *x = n->in[0];
    xb_strides_dense(x->rank, x->dims, strides);
    for (int32_t o = 0; o < n->out_count; o++) {
        if (n->out[o]) XB_TRY(xb_rearrange(n, x, offset, x->rank, n->out[o]->dims, strides, n->out[o]));
        offset += sizes[o] * strides[axis];
    }
    return XYBRID_OK;
}

/* ---- Concat ---- */

xybrid_status xb_infer_concat(xb_node *n) {
    const xb_val *first = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    int32_t       axis;
    for (int32_t i = 0; i < n->in_count; i++) {
        const xb_val *v = n->in[i];
        if (!v) return xb_refuse(n, "input %d is missing", i);
        if (v->dtype != first->dtype || v->rank != first->rank)
            return xb_refuse(n, "input %d is %s with %d dimensions, input 0 is %s with %d", i, xb_onnx_dtype_name(v->dtype),
                             v->rank, xb_onnx_dtype_name(first->dtype), first->rank);
    }
    XB_TRY(xb_text_known(n, first));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 1), first->rank, &axis));
    memcpy(dims, first->dims, sizeof dims);
    for (int32_t i = 1; i < n->in_count; i++)
        for (int32_t d = 0; d < first->rank; d++) {
            int64_t dim = n->in[i]->dims[d];
            if (d == axis ? xb_add_overflows(dims[d], dim, &dims[d]) : dim != dims[d])
                return xb_refuse(n, "dimension %d of input %d is %lld, of input 0 %lld", d, i, (long long)dim,
                                 (long long)dims[d]);
        }
    return xb_out_set(n, 0, first->dtype, first->rank, dims);
}

/* Along the outermost dimension an input whose bytes this segment computes is computed in its place at once. */
xybrid_status xb_emit_concat(xb_node *n) {
    xb_val *y = n->out[0];
    int64_t strides[XB_MAX_RANK], from_strides[XB_MAX_RANK], offset = 0;
    int32_t axis;
    int     done = 0;
    if (y->count == 0) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 1), y->rank, &axis));
    if (axis == 1) XB_TRY(xb_blocked_concat(n, &done));
    if (done) return XYBRID_OK;
    XB_TRY(xb_dense_inputs(n));
    if (n->in_count == 1) return xb_emit_view(n);
    xb_strides_dense(y->rank, y->dims, strides);
    for (int32_t i = 0; i < n->in_count; i++) {
        xb_val *x = n->in[i];
        if (x->count && !(xb_span(y->dims, 0, axis) == 1 && xb_place_inside(n->b, x, y, offset * xb_move_bytes(y->dtype)))) {
            xb_strides_dense(x->rank, x->dims, from_strides);
            XB_TRY(xb_move_emit(n, x, 0, from_strides, y, offset, strides, x->rank, x->dims));
        }
        offset += x->dims[axis] * strides[axis];
    }
    return XYBRID_OK;
}

/* ---- Expand ---- */

xybrid_status xb_infer_expand(xb_node *n) {
    const xb_val  *x = n->in[0];
    const int64_t *shape;
    int64_t        count, dims[XB_MAX_RANK];
    int32_t        rank;
    XB_TRY(xb_ints(n, 1, &shape, &count));
    if (count > XB_MAX_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a shape of %lld dimensions; at most %d", (long long)count,
                            XB_MAX_RANK);
    XB_TRY(xb_broadcast(n, x->rank, x->dims, (int32_t)count, shape, &rank, dims));
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

xybrid_status xb_emit_expand(xb_node *n) {
    xb_val *x = n->in[0], *y = n->out[0];
    int64_t dense[XB_MAX_RANK], strides[XB_MAX_RANK];
    int32_t lead = y->rank - x->rank;
    xb_strides_dense(x->rank, x->dims, dense);
    for (int32_t i = 0; i < y->rank; i++) strides[i] = i < lead || x->dims[i - lead] == 1 ? 0 : dense[i - lead];
    return xb_rearrange(n, x, 0, y->rank, y->dims, strides, y);
}

/* ---- DepthToSpace, SpaceToDepth ---- */

static xybrid_status block_size(const xb_node *n, int64_t *block) {
    *block = xb_attr_int(n, "blocksize", 0);
    if (n->in[0]->rank != 4 || *block < 1 || *block > 1 << 15)
        return xb_refuse(n, "blocks of %lld in a tensor with %d dimensions, wanted 1 or more in 4", (long long)*block,
                         n->in[0]->rank);
    return XYBRID_OK;
}

static xybrid_status not_divisible(const xb_node *n, int32_t dim, int64_t by) {
    return xb_refuse(n, "dimension %d is %lld, wanted a multiple of %lld", dim, (long long)n->in[0]->dims[dim], (long long)by);
}

static int is_crd(const xb_node *n) { return xb_attr_is(n, "mode", "DCR", "CRD"); }

xybrid_status xb_infer_depth_to_space(xb_node *n) {
    const int64_t *x = n->in[0]->dims;
    int64_t        s, dims[4];
    XB_TRY(block_size(n, &s));
    if (x[1] % (s * s)) return not_divisible(n, 1, s * s);
    dims[0] = x[0], dims[1] = x[1] / (s * s);
    if (xb_mul_overflows(x[2], s, &dims[2]) || xb_mul_overflows(x[3], s, &dims[3]))
        return xb_refuse(n, "the result is too large");
    return xb_out_set(n, 0, n->in[0]->dtype, 4, dims);
}

/* x [N, (s, s, D) or (D, s, s), H, W] -> y [N, D, H, s, W, s] */
xybrid_status xb_emit_depth_to_space(xb_node *n) {
    const xb_val  *y = n->out[0];
    const int64_t *x = n->in[0]->dims;
    int64_t        s, plane = x[2] * x[3];
    XB_TRY(block_size(n, &s));
    int64_t depth = is_crd(n) ? s * s * plane : plane, row = is_crd(n) ? s * plane : s * y->dims[1] * plane;
    int64_t dims[6] = { x[0], y->dims[1], x[2], s, x[3], s };
    int64_t strides[6] = { x[1] * plane, depth, x[3], row, 1, row / s };
    return xb_rearrange(n, n->in[0], 0, 6, dims, strides, n->out[0]);
}

xybrid_status xb_infer_space_to_depth(xb_node *n) {
    const int64_t *x = n->in[0]->dims;
    int64_t        s, dims[4];
    XB_TRY(block_size(n, &s));
    for (int32_t i = 2; i < 4; i++)
        if (x[i] % s) return not_divisible(n, i, s);
    dims[0] = x[0], dims[2] = x[2] / s, dims[3] = x[3] / s;
    if (xb_mul_overflows(x[1], s * s, &dims[1])) return xb_refuse(n, "the result is too large");
    return xb_out_set(n, 0, n->in[0]->dtype, 4, dims);
}

/* x [N, C, H, s, W, s] -> y [N, (s, s, C) or (C, s, s), H, W] */
xybrid_status xb_emit_space_to_depth(xb_node *n) {
    const int64_t *x = n->in[0]->dims, *y = n->out[0]->dims;
    int64_t        s, plane = x[2] * x[3];
    XB_TRY(block_size(n, &s));
    int64_t dcr[6] = { x[0], s, s, x[1], y[2], y[3] }, crd[6] = { x[0], x[1], s, s, y[2], y[3] };
    int64_t dcr_strides[6] = { x[1] * plane, x[3], 1, plane, s * x[3], s };
    int64_t crd_strides[6] = { x[1] * plane, plane, x[3], 1, s * x[3], s };
    return xb_rearrange(n, n->in[0], 0, 6, is_crd(n) ? crd : dcr, is_crd(n) ? crd_strides : dcr_strides, n->out[0]);
}

/* ---- ExpandDims (com.microsoft) ---- */

xybrid_status xb_infer_expand_dims(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       given, dims[XB_MAX_RANK + 1];
    int32_t       axis, from = 0;
    XB_TRY(xb_int(n, 1, &given));
    XB_TRY(xb_axis(n, given, x->rank + 1, &axis));
    for (int32_t i = 0; i <= x->rank; i++) dims[i] = i == axis ? 1 : x->dims[from++];
    return xb_out_set(n, 0, x->dtype, x->rank + 1, dims);
}
