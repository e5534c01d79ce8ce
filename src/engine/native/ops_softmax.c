/* engine/native/ops_softmax.c - Softmax, LogSoftmax, and the losses made of it. */
#include <string.h>

#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/lines.h"
#include "kernel/losses.h"
#include "kernel/rows.h"

static int64_t span(const xb_val *v, int32_t from, int32_t to) {
    int64_t count = 1;
    for (int32_t d = from; d < to; d++) count *= v->dims[d];
    return count;
}

/* ---- Softmax, LogSoftmax ---- */

static xybrid_status softmax_axis(const xb_node *n, int32_t *axis) {
    const xb_val *x = n->in[0];
    int64_t       given = xb_attr_int(n, "axis", n->opset >= 13 ? -1 : 1);
    if (n->opset < 13 && given == x->rank && given > 0) { /* every element by itself */
        *axis = x->rank;
        return XYBRID_OK;
    }
    if (x->rank == 0 && (given == 0 || given == -1)) {
        *axis = 0;
        return XYBRID_OK;
    }
    return xb_axis(n, given, x->rank, axis);
}

xybrid_status xb_infer_softmax(xb_node *n) {
    int32_t axis;
    XB_TRY(softmax_axis(n, &axis));
    XB_TRY(xb_want_float(n, 0));
    return xb_out_like(n, 0, n->in[0]);
}

xybrid_status xb_softmax_emit(const xb_node *n, const xb_val *x, xb_val *y, int64_t outer, int64_t count, int64_t inner,
                              int is_log) {
    const char *what = is_log ? "log_softmax" : "softmax";
    if (x->dtype == XYBRID_FLOAT64) {
        xb_line_softmax_args *a = xb_step_new(n, sizeof *a, what);
        if (!a) return n->b->err->code;
        *a = (xb_line_softmax_args){ .outer = outer, .n = count, .inner = inner, .is_log = is_log, .is_double = 1 };
        xb_step_in(n, &a->x, x);
        xb_step_out(n, &a->y, y);
        return xb_step_work(n, xb_line_softmax_work(a));
    }
    xb_softmax_args *a = xb_step_new(n, sizeof *a, what);
    if (!a) return n->b->err->code;
    *a = (xb_softmax_args){ .outer = outer, .n = count, .inner = inner, .is_log = is_log };
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_softmax_work(n->b->isa, a));
}

static xybrid_status softmax_steps(xb_node *n, int is_log) {
    xb_val *x, *y;
    int32_t axis;
    XB_TRY(softmax_axis(n, &axis));
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    /* until opset 12 the tensor is a matrix whose rows begin at the axis */
    int32_t end = n->opset >= 13 && x->rank > 0 ? axis + 1 : x->rank;
    XB_TRY(xb_softmax_emit(n, x, y, span(x, 0, axis), span(x, axis, end), span(x, end, x->rank), is_log));
    return xb_float_done(n, y, n->out[0]);
}
xybrid_status xb_emit_softmax(xb_node *n) { return softmax_steps(n, 0); }
xybrid_status xb_emit_log_softmax(xb_node *n) { return softmax_steps(n, 1); }

/* ---- NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss ---- */

static xybrid_status reduction_of(const xb_node *n, xb_nll_reduction *out) {
    xb_slice name = xb_attr_string(n, "reduction", "mean");
    *out = xb_slice_is(name, "none") ? XB_NLL_NONE : xb_slice_is(name, "sum") ? XB_NLL_SUM : XB_NLL_MEAN;
    if (*out != XB_NLL_MEAN || xb_slice_is(name, "mean")) return XYBRID_OK;
    return xb_refuse(n, "reduction \"%.*s\"", xb_slice_len(name), name.data);
}

xybrid_status xb_infer_loss(xb_node *n) {
    const xb_val    *x = n->in[0], *target = n->in[1];
    xb_nll_reduction reduction;
    XB_TRY(reduction_of(n, &reduction));
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_type(n, 2, x->dtype));
    if (x->rank < 2) return xb_refuse(n, "input 0 has %d dimensions, wanted 2 or more", x->rank);
    XB_TRY(xb_want_vector(n, 2, x->dims[1]));
    if (target->dtype != XYBRID_INT32) XB_TRY(xb_want_type(n, 1, XYBRID_INT64));
    XB_TRY(xb_want_rank(n, 1, x->rank - 1));
    if (target->dims[0] != x->dims[0] || memcmp(target->dims + 1, x->dims + 2, (size_t)(x->rank - 2) * sizeof *x->dims) != 0)
        return xb_refuse(n, "input 1 does not have the shape of input 0 without its classes");
    if (reduction == XB_NLL_NONE) XB_TRY(xb_out_set(n, 0, x->dtype, target->rank, target->dims));
    else XB_TRY(xb_out_set(n, 0, x->dtype, 0, NULL));
    return xb_out_like(n, 1, x);
}

static xybrid_status nll_step(xb_node *n, xb_val *x) {
    xb_val *y, *weight, *out = n->out[0];
    if (!out || out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, xb_in(n, 2), &weight));
    XB_TRY(xb_float_out(n, out, &y));
    xb_nll_args *a = xb_step_new(n, sizeof *a, "nll_loss");
    if (!a) return n->b->err->code;
    *a = (xb_nll_args){ .outer = x->dims[0], .classes = x->dims[1], .inner = span(x, 2, x->rank) };
    XB_TRY(reduction_of(n, &a->reduction));
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->is_target_64 = n->in[1]->dtype == XYBRID_INT64;
    a->has_ignored = xb_attr_int(n, "ignore_index", 0) == xb_attr_int(n, "ignore_index", 1); /* is there, of any value */
    a->ignored = xb_attr_int(n, "ignore_index", 0);
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->target, n->in[1]);
    xb_step_in(n, &a->weight, weight);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_nll_work(a)));
    return xb_float_done(n, y, out);
}

xybrid_status xb_emit_nll(xb_node *n) {
    xb_val *x;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    return nll_step(n, x);
}

xybrid_status xb_emit_cross_entropy(xb_node *n) {
    xb_val *x, *logs = NULL, *out = xb_out(n, 1);
    XB_TRY(xb_float_in(n, n->in[0], &x));
    if (out) XB_TRY(xb_float_out(n, out, &logs));
    else if (!(logs = xb_temp(n, x->dtype, x->rank, x->dims))) return n->b->err->code;
    if (x->count) XB_TRY(xb_softmax_emit(n, x, logs, x->dims[0], x->dims[1], span(x, 2, x->rank), 1));
    XB_TRY(nll_step(n, logs));
    return out ? xb_float_done(n, logs, out) : XYBRID_OK;
}
