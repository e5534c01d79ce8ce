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

static xybrid_status softmax_axis(const xb_node *n, int32_t *axis, xybrid_error *err) {
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
    return xb_axis(n, given, x->rank, axis, err);
}

xybrid_status xb_infer_softmax(xb_build *b, xb_node *n, xybrid_error *err) {
    int32_t axis;
    XB_TRY(softmax_axis(n, &axis, err));
    XB_TRY(xb_want_float(n, 0, err));
    return xb_out_like(b, n, 0, n->in[0], err);
}

xybrid_status xb_softmax_emit(xb_build *b, const xb_node *n, const xb_val *x, xb_val *y, int64_t outer, int64_t count,
                              int64_t inner, int is_log, xybrid_error *err) {
    const char *what = is_log ? "log_softmax" : "softmax";
    if (x->dtype == XYBRID_FLOAT64) {
        xb_line_softmax_args *a = xb_step_new(b, n, sizeof *a, what, err);
        if (!a) return err->code;
        *a = (xb_line_softmax_args){ .outer = outer, .n = count, .inner = inner, .is_log = is_log, .is_double = 1 };
        XB_TRY(xb_step_in(b, &a->x, x, err));
        XB_TRY(xb_step_out(b, &a->y, y, err));
        return xb_step_work(b, xb_line_softmax_work(a), err);
    }
    xb_softmax_args *a = xb_step_new(b, n, sizeof *a, what, err);
    if (!a) return err->code;
    *a = (xb_softmax_args){ .outer = outer, .n = count, .inner = inner, .is_log = is_log };
    XB_TRY(xb_step_in(b, &a->in, x, err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    return xb_step_work(b, xb_softmax_work(b->isa, a), err);
}

static xybrid_status softmax_steps(xb_build *b, xb_node *n, int is_log, xybrid_error *err) {
    xb_val *x, *y;
    int32_t axis;
    XB_TRY(softmax_axis(n, &axis, err));
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_float_out(b, n->out[0], &y, err));
    /* until opset 12 the tensor is a matrix whose rows begin at the axis */
    int32_t end = n->opset >= 13 && x->rank > 0 ? axis + 1 : x->rank;
    XB_TRY(xb_softmax_emit(b, n, x, y, span(x, 0, axis), span(x, axis, end), span(x, end, x->rank), is_log, err));
    return xb_float_done(b, n, y, n->out[0], err);
}
xybrid_status xb_emit_softmax(xb_build *b, xb_node *n, xybrid_error *err) { return softmax_steps(b, n, 0, err); }
xybrid_status xb_emit_log_softmax(xb_build *b, xb_node *n, xybrid_error *err) { return softmax_steps(b, n, 1, err); }

/* ---- NegativeLogLikelihoodLoss, SoftmaxCrossEntropyLoss ---- */

static xybrid_status reduction_of(const xb_node *n, xb_nll_reduction *out, xybrid_error *err) {
    xb_slice name = xb_attr_string(n, "reduction", "mean");
    *out = xb_slice_is(name, "none") ? XB_NLL_NONE : xb_slice_is(name, "sum") ? XB_NLL_SUM : XB_NLL_MEAN;
    if (*out != XB_NLL_MEAN || xb_slice_is(name, "mean")) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "reduction \"%.*s\"", xb_slice_len(name), name.data);
}

xybrid_status xb_infer_loss(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val    *x = n->in[0], *target = n->in[1];
    xb_nll_reduction reduction;
    XB_TRY(reduction_of(n, &reduction, err));
    XB_TRY(xb_want_float(n, 0, err));
    XB_TRY(xb_want_type(n, 2, x->dtype, err));
    if (x->rank < 2)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 has %d dimensions, wanted 2 or more", x->rank);
    XB_TRY(xb_want_vector(n, 2, x->dims[1], err));
    if (target->dtype != XYBRID_INT32) XB_TRY(xb_want_type(n, 1, XYBRID_INT64, err));
    XB_TRY(xb_want_rank(n, 1, x->rank - 1, err));
    if (target->dims[0] != x->dims[0] || memcmp(target->dims + 1, x->dims + 2, (size_t)(x->rank - 2) * sizeof *x->dims) != 0)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 1 does not have the shape of input 0 without its classes");
    if (reduction == XB_NLL_NONE) XB_TRY(xb_out_set(b, n, 0, x->dtype, target->rank, target->dims, err));
    else XB_TRY(xb_out_set(b, n, 0, x->dtype, 0, NULL, err));
    return xb_out_like(b, n, 1, x, err);
}

static xybrid_status nll_step(xb_build *b, xb_node *n, xb_val *x, xybrid_error *err) {
    xb_val *y, *weight, *out = n->out[0];
    if (!out || out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, xb_in(n, 2), &weight, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_nll_args *a = xb_step_new(b, n, sizeof *a, "nll_loss", err);
    if (!a) return err->code;
    *a = (xb_nll_args){ .outer = x->dims[0], .classes = x->dims[1], .inner = span(x, 2, x->rank) };
    XB_TRY(reduction_of(n, &a->reduction, err));
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->is_target_64 = n->in[1]->dtype == XYBRID_INT64;
    a->has_ignored = xb_attr_int(n, "ignore_index", 0) == xb_attr_int(n, "ignore_index", 1); /* is there, of any value */
    a->ignored = xb_attr_int(n, "ignore_index", 0);
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_in(b, &a->target, n->in[1], err));
    XB_TRY(xb_step_in(b, &a->weight, weight, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_nll_work(a), err));
    return xb_float_done(b, n, y, out, err);
}

xybrid_status xb_emit_nll(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    return nll_step(b, n, x, err);
}

xybrid_status xb_emit_cross_entropy(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *logs = NULL, *out = xb_out(n, 1);
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    if (out) XB_TRY(xb_float_out(b, out, &logs, err));
    else if (!(logs = xb_temp(b, x->dtype, x->rank, x->dims, err))) return err->code;
    if (x->count) XB_TRY(xb_softmax_emit(b, n, x, logs, x->dims[0], x->dims[1], span(x, 2, x->rank), 1, err));
    XB_TRY(nll_step(b, n, logs, err));
    return out ? xb_float_done(b, n, logs, out, err) : XYBRID_OK;
}
