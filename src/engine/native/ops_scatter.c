/* engine/native/ops_scatter.c - operators that put elements where indices say: Scatter, ScatterElements, ScatterND,
 * TensorScatter. The data is copied, then written to. An index outside its dimension is an error (op_moves.h). */
#include <string.h>

#include "engine/native/build_int.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/number.h"
#include "kernel/gather.h"
#include "kernel/strides.h"

static xybrid_status read_way(const xb_node *n, int32_t *way) {
    XB_TRY(xb_attr_choice(n, "reduction", "none\0add\0mul\0max\0min\0", way));
    return *way == XB_SCATTER_SET ? XYBRID_OK : xb_want_number(n, 0);
}

static xybrid_status same_type(const xb_node *n, int32_t i) {
    if (n->in[i]->dtype == n->in[0]->dtype) return XYBRID_OK;
    return xb_refuse(n, "input %d is %s, the data %s", i, xb_onnx_dtype_name(n->in[i]->dtype),
                     xb_onnx_dtype_name(n->in[0]->dtype));
}

/* The copy that is written to. */
static xybrid_status copy_data(xb_node *n) { return n->out[0]->count ? xb_copy_emit(n, n->in[0], n->out[0]) : XYBRID_OK; }

/* ---- ScatterElements ---- */

xybrid_status xb_infer_scatter_elements(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1], *updates = n->in[2];
    int32_t       axis, way;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(read_way(n, &way));
    XB_TRY(same_type(n, 2));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    XB_TRY(xb_fits_inside(n, 1, axis));
    if (updates->rank != indices->rank ||
        memcmp(updates->dims, indices->dims, (size_t)indices->rank * sizeof *indices->dims) != 0)
        return xb_refuse(n, "updates and indices have different shapes");
    XB_TRY(xb_indices_infer(n, 1, 1, &x->dims[axis]));
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_scatter_elements(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int32_t       axis, way;
    XB_TRY(read_way(n, &way));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    XB_TRY(copy_data(n));
    if (indices->count == 0) return XYBRID_OK;
    XB_TRY(xb_indices_emit(n, 1, 1, &x->dims[axis]));
    xb_scatter_elements_args *a = xb_step_new(n, sizeof *a, "scatter elements");
    if (!a) return n->b->err->code;
    a->way = way;
    a->dtype = x->dtype;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->element_bytes = xb_move_bytes(x->dtype);
    a->rank = x->rank;
    a->axis = axis;
    a->axis_dim = x->dims[axis];
    memcpy(a->dims, indices->dims, sizeof a->dims);
    xb_strides_dense(x->rank, x->dims, a->strides);
    xb_step_in(n, &a->updates, n->in[2]);
    xb_step_in(n, &a->indices, indices);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_scatter_elements_work(a));
}

/* ---- ScatterND ---- */

xybrid_status xb_infer_scatter_nd(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1], *updates = n->in[2];
    int32_t       way, last = indices->rank - 1;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(read_way(n, &way));
    XB_TRY(same_type(n, 2));
    if (x->rank < 1 || last < 0 || indices->dims[last] > x->rank || indices->dims[last] < 0)
        return xb_refuse(n, "data of %d dimensions, indices of %d, tuples of %lld", x->rank, indices->rank,
                         (long long)(last < 0 ? 0 : indices->dims[last]));
    int32_t depth = (int32_t)indices->dims[last];
    int     fits = updates->rank == last + x->rank - depth;
    for (int32_t i = 0; fits && i < last; i++) fits = updates->dims[i] == indices->dims[i];
    for (int32_t i = depth, u = last; fits && i < x->rank; i++, u++) fits = updates->dims[u] == x->dims[i];
    if (!fits) return xb_refuse(n, "the shape of the updates does not fit the indices");
    XB_TRY(xb_indices_infer(n, 1, depth, x->dims));
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_scatter_nd(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int32_t       way, last = indices->rank - 1, depth = (int32_t)indices->dims[last];
    XB_TRY(read_way(n, &way));
    XB_TRY(copy_data(n));
    if (n->in[2]->count == 0) return XYBRID_OK;
    XB_TRY(xb_indices_emit(n, 1, depth, x->dims));
    xb_scatter_nd_args *a = xb_step_new(n, sizeof *a, "scatter nd");
    if (!a) return n->b->err->code;
    a->way = way;
    a->dtype = x->dtype;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->element_bytes = xb_move_bytes(x->dtype);
    a->depth = depth;
    memcpy(a->dims, x->dims, sizeof a->dims);
    xb_strides_dense(depth, x->dims, a->strides);
    a->count = xb_span(indices->dims, 0, last);
    a->block_elements = xb_span(x->dims, depth, x->rank);
    xb_step_in(n, &a->updates, n->in[2]);
    if (depth) xb_step_in(n, &a->tuples, indices);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_scatter_nd_work(a));
}

/* ---- TensorScatter ---- */

static int is_circular(const xb_node *n) { return xb_attr_is(n, "mode", "linear", "circular"); }

xybrid_status xb_infer_scatter_tensor(xb_node *n) {
    const xb_val *x = n->in[0], *updates = n->in[1], *starts = xb_in(n, 2);
    int32_t       axis;
    XB_TRY(same_type(n, 1));
    if (x->dtype == XB_ONNX_STRING) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a cache of text");
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -2), x->rank, &axis));
    if (!is_circular(n) && !xb_attr_is(n, "mode", "linear", "linear"))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "mode is neither linear nor circular");
    if (axis == 0 || updates->rank != x->rank)
        return xb_refuse(n, "updates of %d dimensions into %d along axis %d", updates->rank, x->rank, axis);
    for (int32_t i = 0; i < x->rank; i++)
        if (i == axis ? updates->dims[i] > x->dims[i] : updates->dims[i] != x->dims[i])
            return xb_refuse(n, "dimension %d of the updates is %lld, of the cache %lld", i, (long long)updates->dims[i],
                             (long long)x->dims[i]);
    if (starts && (starts->dtype != XYBRID_INT64 || starts->count != x->dims[0]))
        return xb_refuse(n, "%lld positions of %s for a batch of %lld, wanted as many of int64", (long long)starts->count,
                         xb_onnx_dtype_name(starts->dtype), (long long)x->dims[0]);
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_scatter_tensor(xb_node *n) {
    const xb_val *x = n->in[0], *updates = n->in[1];
    xb_val       *starts = xb_in(n, 2);
    int32_t       axis;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -2), x->rank, &axis));
    XB_TRY(copy_data(n));
    if (updates->count == 0) return XYBRID_OK;
    if (starts && !is_circular(n))
        XB_TRY(xb_lengths_emit(n, starts, x->dims[axis] - updates->dims[axis], "a position in the cache"));
    xb_insert_args *a = xb_step_new(n, sizeof *a, "tensor scatter");
    if (!a) return n->b->err->code;
    a->batches = x->dims[0];
    a->prefixes = xb_span(x->dims, 1, axis);
    a->axis = x->dims[axis];
    a->count = updates->dims[axis];
    a->block_bytes = xb_span(x->dims, axis + 1, x->rank) * xb_element_bytes(x->dtype);
    xb_step_in_bytes(n, &a->updates, updates, 0);
    xb_step_in(n, &a->starts, starts);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_insert_work(a));
}
