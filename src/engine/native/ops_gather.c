/* engine/native/ops_gather.c - operators that pick elements by index: Gather, GatherElements, GatherND, ReverseSequence. An
 * index outside its dimension is an error that names the node, the index and its bounds (op_moves.h). */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/gather.h"
#include "kernel/strides.h"

/* ---- Gather ---- */

xybrid_status xb_infer_gather(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int64_t       dims[2 * XB_MAX_RANK];
    int32_t       axis, rank = 0;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    XB_TRY(xb_indices_infer(n, 1, 1, &x->dims[axis]));
    for (int32_t i = 0; i < axis; i++) dims[rank++] = x->dims[i];
    for (int32_t i = 0; i < indices->rank; i++) dims[rank++] = indices->dims[i];
    for (int32_t i = axis + 1; i < x->rank; i++) dims[rank++] = x->dims[i];
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

xybrid_status xb_emit_gather(xb_node *n) {
    xb_val       *x = n->in[0], *y = n->out[0];
    const xb_val *indices = n->in[1];
    int32_t       axis;
    if (y->count == 0) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    int64_t outer = xb_span(x->dims, 0, axis), block_bytes = xb_span(x->dims, axis + 1, x->rank) * xb_move_bytes(x->dtype);
    if (indices->data && indices->count == 1 && outer == 1) {
        int64_t index = xb_index_at(indices->data, xb_element_bytes(indices->dtype), 0);
        xb_view(y, x, (index < 0 ? index + x->dims[axis] : index) * block_bytes);
        return XYBRID_OK;
    }
    XB_TRY(xb_indices_emit(n, 1, 1, &x->dims[axis]));
    xb_gather_args *a = xb_step_new(n, sizeof *a, "gather");
    if (!a) return n->b->err->code;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->outer = outer;
    a->axis = x->dims[axis];
    a->count = indices->count;
    a->block_bytes = block_bytes;
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_in(n, &a->indices, indices);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_gather_work(a));
}

/* ---- GatherElements ---- */

xybrid_status xb_infer_gather_elements(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int32_t       axis;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    XB_TRY(xb_fits_inside(n, 1, axis));
    XB_TRY(xb_indices_infer(n, 1, 1, &x->dims[axis]));
    return xb_out_set(n, 0, x->dtype, indices->rank, indices->dims);
}

xybrid_status xb_emit_gather_elements(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int32_t       axis;
    if (indices->count == 0) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    XB_TRY(xb_indices_emit(n, 1, 1, &x->dims[axis]));
    xb_gather_elements_args *a = xb_step_new(n, sizeof *a, "gather elements");
    if (!a) return n->b->err->code;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->element_bytes = xb_move_bytes(x->dtype);
    a->rank = x->rank;
    a->axis = axis;
    a->axis_dim = x->dims[axis];
    memcpy(a->dims, indices->dims, sizeof a->dims);
    xb_strides_dense(x->rank, x->dims, a->strides);
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_in(n, &a->indices, indices);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_gather_elements_work(a));
}

/* ---- GatherND ---- */

typedef struct tuples { /* how index tuples lie in the data */
    int32_t batch, depth;
    int64_t dims[XB_MAX_RANK]; /* of what a tuple points into */
} tuples;

static xybrid_status read_tuples(const xb_node *n, tuples *t) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int64_t       batch = xb_attr_int(n, "batch_dims", 0);
    if (x->rank < 1 || indices->rank < 1 || batch < 0 || batch >= indices->rank || batch >= x->rank)
        return xb_refuse(n, "data of %d dimensions, indices of %d, batch_dims %lld", x->rank, indices->rank, (long long)batch);
    int64_t depth = indices->dims[indices->rank - 1];
    if (depth > x->rank - batch)
        return xb_refuse(n, "tuples of %lld indices for %lld dimensions", (long long)depth, (long long)(x->rank - batch));
    for (int32_t i = 0; i < batch; i++)
        if (x->dims[i] != indices->dims[i])
            return xb_refuse(n, "batch dimension %d is %lld in the data, %lld in the indices", i, (long long)x->dims[i],
                             (long long)indices->dims[i]);
    t->batch = (int32_t)batch;
    t->depth = (int32_t)depth;
    memcpy(t->dims, x->dims + batch, (size_t)depth * sizeof *t->dims);
    return XYBRID_OK;
}

xybrid_status xb_infer_gather_nd(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    int64_t       dims[2 * XB_MAX_RANK];
    int32_t       rank = 0;
    tuples        t = { 0 };
    XB_TRY(xb_text_known(n, x));
    XB_TRY(read_tuples(n, &t));
    XB_TRY(xb_indices_infer(n, 1, t.depth, t.dims));
    for (int32_t i = 0; i < indices->rank - 1; i++) dims[rank++] = indices->dims[i];
    for (int32_t i = t.batch + t.depth; i < x->rank; i++) dims[rank++] = x->dims[i];
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

xybrid_status xb_emit_gather_nd(xb_node *n) {
    const xb_val *x = n->in[0], *indices = n->in[1];
    tuples        t = { 0 };
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(read_tuples(n, &t));
    XB_TRY(xb_indices_emit(n, 1, t.depth, t.dims));
    xb_gather_nd_args *a = xb_step_new(n, sizeof *a, "gather nd");
    if (!a) return n->b->err->code;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->depth = t.depth;
    memcpy(a->dims, t.dims, sizeof a->dims);
    xb_strides_dense(t.depth, t.dims, a->strides);
    a->outer = xb_span(x->dims, 0, t.batch);
    a->outer_blocks = xb_span(t.dims, 0, t.depth);
    a->count = xb_span(indices->dims, t.batch, indices->rank - 1);
    a->block_bytes = xb_span(x->dims, t.batch + t.depth, x->rank) * xb_move_bytes(x->dtype);
    xb_step_in_bytes(n, &a->x, x, 0);
    if (t.depth) xb_step_in(n, &a->tuples, indices);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_gather_nd_work(a));
}

/* ---- ReverseSequence ---- */

static xybrid_status reverse_axes(const xb_node *n, int64_t *batch) {
    int64_t time = xb_attr_int(n, "time_axis", 0);
    *batch = xb_attr_int(n, "batch_axis", 1);
    if (n->in[0]->rank < 2 || *batch < 0 || *batch > 1 || time != 1 - *batch)
        return xb_refuse(n, "batch_axis %lld and time_axis %lld in %d dimensions, wanted 0 and 1", (long long)*batch,
                         (long long)time, n->in[0]->rank);
    return XYBRID_OK;
}

xybrid_status xb_infer_reverse(xb_node *n) {
    const xb_val *x = n->in[0], *lengths = n->in[1];
    int64_t       batch;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(reverse_axes(n, &batch));
    int64_t batches = batch ? x->dims[1] : x->dims[0];
    if (lengths->dtype != XYBRID_INT64 || lengths->rank != 1 || lengths->count != batches)
        return xb_refuse(n, "%lld lengths of %s for a batch of %lld, wanted as many of int64", (long long)lengths->count,
                         xb_onnx_dtype_name(lengths->dtype), (long long)batches);
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_reverse(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       batch;
    if (x->count == 0) return XYBRID_OK;
    XB_TRY(reverse_axes(n, &batch));
    int64_t batches = batch ? x->dims[1] : x->dims[0], times = batch ? x->dims[0] : x->dims[1];
    XB_TRY(xb_lengths_emit(n, n->in[1], times, "a sequence length"));
    xb_reverse_args *a = xb_step_new(n, sizeof *a, "reverse sequence");
    if (!a) return n->b->err->code;
    a->time_inner = batch == 0;
    a->batches = batches;
    a->times = times;
    a->block_bytes = xb_span(x->dims, 2, x->rank) * xb_move_bytes(x->dtype);
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_in(n, &a->lengths, n->in[1]);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_reverse_work(a));
}
