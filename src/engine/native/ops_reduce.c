/* engine/native/ops_reduce.c - the ten reductions, and CumSum and CumProd (kernel/fold.h). */
#include <string.h>

#include "engine/native/layout.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/number.h"
#include "kernel/transpose.h"
#include "kernel/fold.h"
#include "kernel/pool.h"

/* ---- Reduce... ---- */

static int32_t way_of(const xb_node *n) { /* in the order of xb_reduce_op */
    static const int16_t rows[] = { XB_OP_ONNX_ReduceSum,      XB_OP_ONNX_ReduceMean, XB_OP_ONNX_ReduceSumSquare,
                                    XB_OP_ONNX_ReduceL1,       XB_OP_ONNX_ReduceL2,   XB_OP_ONNX_ReduceProd,
                                    XB_OP_ONNX_ReduceMax,      XB_OP_ONNX_ReduceMin,  XB_OP_ONNX_ReduceLogSum,
                                    XB_OP_ONNX_ReduceLogSumExp };
    int32_t              way = 0;
    while (n->op != &xb_ops[rows[way]]) way++;
    return way;
}

/* Bit i: dimension i is folded. No axes mean all of them, or none if the node says so. */
static xybrid_status folded_axes(xb_node *n, uint32_t *folded) {
    const int32_t *axes;
    int64_t        count;
    XB_TRY(xb_axes_of(n, 1, n->in[0]->rank, &axes, &count));
    *folded = 0;
    if (count <= 0 && !xb_attr_int(n, "noop_with_empty_axes", 0)) *folded = (1u << n->in[0]->rank) - 1;
    for (int64_t i = 0; i < count; i++) *folded |= 1u << axes[i];
    return XYBRID_OK;
}

xybrid_status xb_infer_reduce(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    int32_t       rank = 0;
    uint32_t     *folded = xb_build_alloc(n, 1, sizeof *folded);
    if (!folded) return n->b->err->code;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(folded_axes(n, folded));
    int keep = xb_attr_int(n, "keepdims", 1) != 0;
    for (int32_t i = 0; i < x->rank; i++)
        if (!(*folded >> i & 1)) dims[rank++] = x->dims[i];
        else if (keep) dims[rank++] = 1;
    n->state = folded;
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

/* Do these ways leave a single element as it is? */
static int keeps_single(int32_t way) {
    return way == XB_REDUCE_SUM || way == XB_REDUCE_MEAN || way == XB_REDUCE_PROD || way == XB_REDUCE_MAX ||
           way == XB_REDUCE_MIN;
}

/* What is done with results of `way` for a part of the dimensions, to get that for all; and before, for a part. */
static int32_t second_way(int32_t way) { return way == XB_REDUCE_SUM_SQUARE || way == XB_REDUCE_L1 ? XB_REDUCE_SUM : way; }
static int32_t first_way(int32_t way) { return way == XB_REDUCE_LOG_SUM ? XB_REDUCE_SUM : way; }

/* One pass: the innermost folded dimensions that are neighbours, x seen as [outer, n, inner]. They are 1 in `dims`
 * afterwards. 1: that was all. */
static int next_pass(int32_t rank, int64_t *dims, uint32_t folded, xb_reduce_args *a) {
    int32_t i = rank;
    a->outer = a->n = a->inner = 1;
    while (i > 0 && (!(folded >> (i - 1) & 1) || dims[i - 1] == 1)) a->inner *= dims[--i];
    while (i > 0 && (folded >> (i - 1) & 1 || dims[i - 1] == 1)) {
        a->n *= dims[--i];
        dims[i] = 1;
    }
    a->outer = xb_span(dims, 0, i);
    for (; i > 0; i--)
        if (folded >> (i - 1) & 1 && dims[i - 1] != 1) return 0;
    return 1;
}

static xybrid_status pass_emit(const xb_node *n, const xb_reduce_args *pass, const xb_val *from, xb_val *to) {
    xb_reduce_args *a = xb_step_new(n, sizeof *a, "reduce");
    if (!a) return n->b->err->code;
    *a = *pass;
    xb_step_in(n, &a->in, from);
    xb_step_out(n, &a->out, to);
    return xb_step_work(n, xb_reduce_work(n->b->isa, a));
}

/* float32, from x to y, in as many passes as there are groups of folded dimensions. */
static xybrid_status passes_emit(const xb_node *n, const xb_val *x, xb_val *y, uint32_t folded) {
    int64_t dims[XB_MAX_RANK];
    int32_t way = way_of(n);
    memcpy(dims, x->dims, sizeof dims);
    for (int is_last = 0; !is_last;) {
        xb_reduce_args pass;
        is_last = next_pass(n->in[0]->rank, dims, folded, &pass);
        pass.op = is_last ? way : first_way(way);
        xb_val *to = is_last ? y : xb_temp(n, XYBRID_FLOAT32, n->in[0]->rank, dims);
        if (!to) return n->b->err->code;
        XB_TRY(pass_emit(n, &pass, x, to));
        x = to;
        way = second_way(way);
    }
    return XYBRID_OK;
}

static xybrid_status convert_emit(const xb_node *n, const xb_val *from, xb_val *to, int32_t kind) {
    xb_convert_args *a = xb_step_new(n, sizeof *a, "convert");
    if (!a) return n->b->err->code;
    a->count = from->count;
    a->kind = kind;
    xb_step_in(n, &a->in, from);
    xb_step_out(n, &a->out, to);
    return xb_step_work(n, xb_convert_work(n->b->isa, a));
}

/* float16 and bfloat16 by way of float32. */
static xybrid_status half_emit(const xb_node *n, const xb_val *x, xb_val *y, uint32_t folded) {
    int     is_f16 = x->dtype == XYBRID_FLOAT16;
    xb_val *wide = xb_temp(n, XYBRID_FLOAT32, x->rank, x->dims);
    xb_val *result = wide ? xb_temp(n, XYBRID_FLOAT32, y->rank, y->dims) : NULL;
    if (!result) return n->b->err->code;
    XB_TRY(convert_emit(n, x, wide, is_f16 ? XB_CONVERT_F16_F32 : XB_CONVERT_BF16_F32));
    XB_TRY(passes_emit(n, wide, result, folded));
    return convert_emit(n, result, y, is_f16 ? XB_CONVERT_F32_F16 : XB_CONVERT_F32_BF16);
}

/* Mean and largest of height and width in NCHWc: a pool of the whole plane. */
static xybrid_status plane_emit(xb_node *n, int32_t way) {
    xb_val *x = n->in[0], *y = n->out[0], *to;
    XB_TRY(xb_blocked_out(n, y, &to));
    xb_pool_args *a = xb_step_new(n, sizeof *a, "reduce nchwc");
    if (!a) return n->b->err->code;
    a->kind = way == XB_REDUCE_MEAN ? XB_POOL_AVERAGE : XB_POOL_MAX;
    a->batch = x->dims[0];
    a->channels = x->dims[1];
    for (int32_t i = 0; i < 3; i++) {
        a->in[i] = a->kernel[i] = i == 0 ? 1 : x->dims[i + 1];
        a->out[i] = a->stride[i] = a->dilation[i] = 1;
    }
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, to);
    XB_TRY(xb_step_work(n, xb_pool_work(n->b->isa, XB_LAYOUT_BLOCKED, a)));
    return xb_blocked_done(n, to, y);
}

xybrid_status xb_emit_reduce(xb_node *n) {
    xb_val  *y = n->out[0];
    int32_t  way = way_of(n);
    uint32_t folded = *(const uint32_t *)n->state;
    if (n->in[0]->layout == XB_LAYOUT_BLOCKED && folded == (1u << 2 | 1u << 3) && y->rank == 4 &&
        (way == XB_REDUCE_MEAN || way == XB_REDUCE_MAX))
        return plane_emit(n, way);
    XB_TRY(xb_dense_inputs(n));
    const xb_val *x = n->in[0];
    if (keeps_single(way) && y->count == x->count && x->count > 0) return xb_emit_view(n);
    if (x->dtype == XYBRID_FLOAT32) return passes_emit(n, x, y, folded);
    if (x->dtype == XYBRID_FLOAT16 || x->dtype == XYBRID_BFLOAT16) return half_emit(n, x, y, folded);
    xb_fold_args *a = xb_step_new(n, sizeof *a, "fold");
    if (!a) return n->b->err->code;
    a->dtype = a->y_dtype = x->dtype;
    a->way = way;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_fold_work(a, x->rank, x->dims, folded));
}

/* ---- CumSum, CumProd ---- */

xybrid_status xb_infer_cumulate(xb_node *n) {
    int64_t  given;
    int32_t *axis = xb_build_alloc(n, 1, sizeof *axis);
    if (!axis) return n->b->err->code;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(xb_int(n, 1, &given));
    XB_TRY(xb_axis(n, given, n->in[0]->rank, axis));
    n->state = axis;
    return xb_out_like(n, 0, n->in[0]);
}

xybrid_status xb_emit_cumulate(xb_node *n) {
    const xb_val     *x = n->in[0];
    int32_t           axis = *(const int32_t *)n->state;
    xb_cumulate_args *a = xb_step_new(n, sizeof *a, "cumulate");
    if (!a) return n->b->err->code;
    a->dtype = x->dtype;
    a->is_product = n->op == &xb_ops[XB_OP_ONNX_CumProd];
    a->exclusive = xb_attr_int(n, "exclusive", 0) != 0;
    a->reverse = xb_attr_int(n, "reverse", 0) != 0;
    a->outer = xb_span(x->dims, 0, axis);
    a->n = x->dims[axis];
    a->inner = xb_span(x->dims, axis + 1, x->rank);
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_cumulate_work(a));
}
