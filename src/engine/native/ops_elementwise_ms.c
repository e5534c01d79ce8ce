/* engine/native/ops_elementwise_ms.c - of com.microsoft: BiasGelu, FastGelu: an activation of x + bias, the bias along the last
 * dimension. (Gelu and QuickGelu are in ops_unary.c.) */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/elementwise.h"

xybrid_status xb_infer_bias(xb_node *n) {
    const xb_val *x = n->in[0], *bias = xb_in(n, 1);
    if (xb_class_of(x->dtype) != XB_CLASS_F32 && xb_class_of(x->dtype) != XB_CLASS_F64) return xb_fail_type(n, 0);
    if (bias && bias->dtype != x->dtype) return xb_fail_type(n, 1);
    if (bias && (x->rank == 0 || bias->rank != 1 || bias->dims[0] != x->dims[x->rank - 1]))
        return xb_refuse(n, "the bias is not one number for each of the last dimension");
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_bias(xb_node *n) {
    xb_build     *b = n->b;
    const xb_val *x = n->in[0], *bias = xb_in(n, 1);
    xb_val       *y = n->out[0];
    int32_t       op = n->op == &xb_ops[XB_OP_MS_FastGelu] ? XB_EP_GELU_TANH : XB_EP_GELU;
    if (!bias) return xb_unary_emit(n, op, 0, 0, x, y);
    if (x->dtype != XYBRID_FLOAT32) {
        xb_nary_args *a = xb_nary_new(n, 2, xb_class_of(x->dtype), y);
        if (!a) return b->err->code;
        a->last = op;
        xb_nary_operand(n, a, 0, 0, x);
        xb_nary_operand(n, a, 1, XB_EP_ADD, bias);
        return xb_step_work(n, xb_nary_work(b->isa, a));
    }
    xb_chain_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return b->err->code;
    a->e = (xb_epilogue){ 2, { { .op = XB_EP_ADD, .from = XB_EP_COL }, { .op = (uint8_t)op } } };
    a->cols = a->ld_in = a->ld_out = bias->count;
    a->rows = bias->count ? x->count / bias->count : 0;
    xb_step_in(n, &a->e.steps[0].data, bias);
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_chain_work(b->isa, a));
}
