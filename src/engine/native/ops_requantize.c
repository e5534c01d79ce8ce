/* engine/native/ops_requantize.c - operators of com.microsoft that move or fold 8-bit numbers with a scale and a zero point:
 * QLinearConcat, QLinearReduceMean (kernel/requantize.h). Scales and zero points may be computed by the model. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/fold.h"
#include "kernel/requantize.h"

/* Inputs `scale` and `scale + 1` (which may be left out) are one float and one number of the type. */
static xybrid_status check_quant(const xb_node *n, int32_t scale, int32_t dtype) {
    const xb_val *s = xb_in(n, scale), *z = xb_in(n, scale + 1);
    if (dtype != XYBRID_UINT8 && dtype != XYBRID_INT8)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "numbers of %s, wanted uint8 or int8", xb_onnx_dtype_name(dtype));
    if (!s || s->dtype != XYBRID_FLOAT32 || s->count != 1 || (z && (z->dtype != dtype || z->count != 1)))
        return xb_refuse(n, "inputs %d and %d are not one scale of float32 and one zero point of %s", scale, scale + 1,
                         xb_onnx_dtype_name(dtype));
    return XYBRID_OK;
}

static void quant_in(xb_node *n, xb_quant *q, int32_t scale) {
    xb_step_in(n, &q->scale, n->in[scale]);
    xb_step_in(n, &q->zero, xb_in(n, scale + 1));
}

/* ---- QLinearConcat: scale, zero point, then x, scale, zero point for each part ---- */

xybrid_status xb_infer_requantize_concat(xb_node *n) {
    const xb_val *first = xb_in(n, 2);
    int64_t       dims[XB_MAX_RANK];
    int32_t       axis;
    if (!first || (n->in_count - 2) % 3) return xb_refuse(n, "%d inputs, wanted 2 and 3 for each part", n->in_count);
    XB_TRY(check_quant(n, 0, first->dtype));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), first->rank, &axis));
    memcpy(dims, first->dims, sizeof dims);
    dims[axis] = 0;
    for (int32_t i = 2; i < n->in_count; i += 3) {
        const xb_val *x = n->in[i];
        int           fits = x && x->rank == first->rank && x->dtype == first->dtype;
        for (int32_t d = 0; fits && d < x->rank; d++)
            fits = d == axis ? !xb_add_overflows(dims[d], x->dims[d], &dims[d]) : dims[d] == x->dims[d];
        if (!fits) return xb_refuse(n, "type or shape of input %d does not fit input 2", i);
        XB_TRY(check_quant(n, i + 1, first->dtype));
    }
    return xb_out_set(n, 0, first->dtype, first->rank, dims);
}

xybrid_status xb_emit_requantize_concat(xb_node *n) {
    xb_val *y = n->out[0];
    int32_t axis;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), y->rank, &axis));
    int64_t offset = 0, inner = xb_span(y->dims, axis + 1, y->rank);
    for (int32_t i = 2; i < n->in_count && y->count; i += 3) {
        const xb_val       *x = n->in[i];
        xb_requantize_args *a = xb_step_new(n, sizeof *a, "requantize");
        if (!a) return n->b->err->code;
        a->is_signed = x->dtype == XYBRID_INT8;
        a->rows = xb_span(y->dims, 0, axis);
        a->cols = x->dims[axis] * inner;
        a->y_stride = y->dims[axis] * inner;
        xb_step_in(n, &a->x, x);
        quant_in(n, &a->from, i + 1);
        quant_in(n, &a->to, 0);
        xb_step_out_at(n, &a->y, y, offset);
        XB_TRY(xb_step_work(n, xb_requantize_work(a)));
        offset += a->cols;
    }
    return XYBRID_OK;
}

/* ---- QLinearReduceMean: x, scale, zero point, result's scale, result's zero point ---- */

xybrid_status xb_infer_mean(xb_node *n) {
    const xb_val  *x = n->in[0];
    const int32_t *axes;
    int64_t        count, dims[XB_MAX_RANK];
    int32_t        rank = 0;
    uint32_t      *folded = xb_build_alloc(n, 1, sizeof *folded);
    if (!folded) return n->b->err->code;
    XB_TRY(check_quant(n, 1, x->dtype));
    XB_TRY(check_quant(n, 3, x->dtype));
    XB_TRY(xb_axes_of(n, 5, x->rank, &axes, &count));
    if (count <= 0) *folded = (1u << x->rank) - 1;
    for (int64_t i = 0; i < count; i++) *folded |= 1u << axes[i];
    for (int32_t i = 0; i < x->rank; i++)
        if (!(*folded >> i & 1)) dims[rank++] = x->dims[i];
        else if (xb_attr_int(n, "keepdims", 1)) dims[rank++] = 1;
    n->state = folded;
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

xybrid_status xb_emit_mean(xb_node *n) {
    const xb_val *x = n->in[0];
    xb_val       *y = n->out[0], *mean = xb_temp(n, XYBRID_FLOAT64, y->rank, y->dims);
    if (!mean) return n->b->err->code;
    xb_fold_args *r = xb_step_new(n, sizeof *r, "reduce");
    if (!r) return n->b->err->code;
    r->dtype = x->dtype;
    r->y_dtype = XYBRID_FLOAT64;
    r->way = XB_REDUCE_MEAN;
    xb_step_in(n, &r->x, x);
    xb_step_out(n, &r->y, mean);
    XB_TRY(xb_step_work(n, xb_fold_work(r, x->rank, x->dims, *(const uint32_t *)n->state)));
    xb_quantize_mean_args *a = xb_step_new(n, sizeof *a, "quantize");
    if (!a) return n->b->err->code;
    a->is_signed = x->dtype == XYBRID_INT8;
    a->count = y->count;
    xb_step_in(n, &a->x, mean);
    quant_in(n, &a->from, 1);
    quant_in(n, &a->to, 3);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_quantize_mean_work(a));
}
