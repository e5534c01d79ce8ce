/* engine/native/ops_shape.c - operators that change shapes, not numbers: their results are views, or known at once. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/build_int.h"
#include "engine/native/op_list.h"
#include "kernel/move.h"

xybrid_status xb_copy_emit(const xb_node *n, const xb_val *from, xb_val *to) {
    xb_bytes_args *a = xb_step_new(&n->b->none, sizeof *a, "copy");
    if (!a) return n->b->err->code;
    a->size_bytes = to->size_bytes;
    xb_step_in_bytes(n, &a->src, from, 0);
    xb_step_out(n, &a->dst, to);
    return xb_step_work(n, xb_bytes_work(a));
}

/* ---- Identity ---- */

xybrid_status xb_infer_identity(xb_node *n) {
    xb_out_alias(n, 0, n->in[0]);
    return XYBRID_OK;
}

/* ---- Shape, Size ---- */

static int64_t clamp_axis(int64_t axis, int32_t rank) {
    if (axis < 0) axis += rank;
    return axis < 0 ? 0 : axis > rank ? rank : axis;
}

xybrid_status xb_infer_shape(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       start = clamp_axis(xb_attr_int(n, "start", 0), x->rank);
    int64_t       end = clamp_axis(xb_attr_int(n, "end", x->rank), x->rank);
    int64_t       count = end > start ? end - start : 0;
    XB_TRY(xb_out_set(n, 0, XYBRID_INT64, 1, &count));
    int64_t *dims = xb_build_alloc(n, (size_t)count, sizeof *dims);
    if (!dims) return n->b->err->code;
    if (count) memcpy(dims, x->dims + start, (size_t)count * sizeof *dims);
    return xb_out_content(n, 0, dims);
}

xybrid_status xb_infer_size(xb_node *n) {
    int64_t *count = xb_build_alloc(n, 1, sizeof *count);
    if (!count) return n->b->err->code;
    *count = n->in[0]->count;
    XB_TRY(xb_out_set(n, 0, XYBRID_INT64, 0, NULL));
    return xb_out_content(n, 0, count);
}

/* ---- Reshape, Flatten, Squeeze, Unsqueeze ---- */

static xybrid_status set_same_bytes(xb_node *n, int32_t rank, const int64_t *dims) {
    const xb_val *x = n->in[0];
    XB_TRY(xb_out_set(n, 0, x->dtype, rank, dims));
    if (n->out[0] && n->out[0]->count != x->count)
        return xb_refuse(n, "%lld elements do not fit into a shape of %lld", (long long)x->count, (long long)n->out[0]->count);
    return XYBRID_OK;
}

xybrid_status xb_infer_reshape(xb_node *n) {
    const int64_t *wanted;
    int64_t        rank, dims[XB_MAX_RANK], known = 1;
    const xb_val  *x = n->in[0];
    int32_t        open = -1;
    XB_TRY(xb_ints(n, 1, &wanted, &rank));
    int allow_zero = xb_attr_int(n, "allowzero", 0) != 0;
    if (rank > XB_MAX_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a shape of %lld dimensions; at most %d", (long long)rank,
                            XB_MAX_RANK);
    for (int32_t i = 0; i < rank; i++) {
        dims[i] = wanted[i];
        if (dims[i] == 0 && !allow_zero) {
            if (i >= x->rank) return xb_refuse(n, "dimension %d is 0 = as before, which had %d", i, x->rank);
            dims[i] = x->dims[i];
        }
        if (dims[i] == -1) {
            if (open >= 0) return xb_refuse(n, "two dimensions are -1");
            open = i;
        } else if (xb_mul_overflows(known, dims[i], &known)) {
            return xb_refuse(n, "dimension %d is %lld", i, (long long)dims[i]);
        }
    }
    if (open >= 0) {
        if (known == 0 || x->count % known)
            return xb_refuse(n, "%lld elements cannot be divided by %lld", (long long)x->count, (long long)known);
        dims[open] = x->count / known;
    }
    return set_same_bytes(n, (int32_t)rank, dims);
}

xybrid_status xb_infer_flatten(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       axis = xb_attr_int(n, "axis", 1), dims[2] = { 1, 1 };
    if (axis < 0) axis += x->rank;
    if (axis < 0 || axis > x->rank) return xb_refuse(n, "axis %lld of a tensor with %d dimensions", (long long)axis, x->rank);
    for (int32_t i = 0; i < x->rank; i++) dims[i >= axis] *= x->dims[i];
    return set_same_bytes(n, 2, dims);
}

/* Axes as an attribute until opset 12, as input 1 from 13 on; *count -1: none given. */
static xybrid_status given_axes(xb_node *n, const int64_t **axes, int64_t *count) {
    if (xb_in(n, 1)) return xb_ints(n, 1, axes, count);
    *count = xb_attr_ints(n, "axes", axes);
    return XYBRID_OK;
}

xybrid_status xb_infer_squeeze(xb_node *n) {
    const int64_t *axes;
    int64_t        count, dims[XB_MAX_RANK];
    const xb_val  *x = n->in[0];
    uint32_t       drop = 0;
    int32_t        rank = 0, axis;
    XB_TRY(given_axes(n, &axes, &count));
    for (int64_t i = 0; i < count; i++) {
        XB_TRY(xb_axis(n, axes[i], x->rank, &axis));
        if (x->dims[axis] != 1) return xb_refuse(n, "dimension %d is %lld, must be 1", axis, (long long)x->dims[axis]);
        drop |= 1u << axis;
    }
    for (int32_t i = 0; i < x->rank; i++)
        if (count < 0 ? x->dims[i] != 1 : !(drop >> i & 1)) dims[rank++] = x->dims[i];
    return set_same_bytes(n, rank, dims);
}

xybrid_status xb_infer_unsqueeze(xb_node *n) {
    const int64_t *axes;
    int64_t        count, dims[XB_MAX_RANK];
    const xb_val  *x = n->in[0];
    uint32_t       added = 0;
    int32_t        from = 0, axis;
    XB_TRY(given_axes(n, &axes, &count));
    if (count < 0 || x->rank + count > XB_MAX_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%lld more dimensions for %d; at most %d", (long long)count, x->rank,
                            XB_MAX_RANK);
    int32_t rank = x->rank + (int32_t)count;
    for (int64_t i = 0; i < count; i++) {
        XB_TRY(xb_axis(n, axes[i], rank, &axis));
        if (added >> axis & 1) return xb_refuse(n, "axis %d is added twice", axis);
        added |= 1u << axis;
    }
    for (int32_t i = 0; i < rank; i++) dims[i] = added >> i & 1 ? 1 : x->dims[from++];
    return set_same_bytes(n, rank, dims);
}
