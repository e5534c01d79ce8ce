/* engine/native/rewrite_norm.c - LayerNormalization (and the form without a mean, RMSNormalization) written as single nodes:
 *
 *     mean = ReduceMean(x);  d = x - mean;  y = d / Sqrt(ReduceMean(d^2) + epsilon) [* gain] [+ offset]
 *
 * J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization" (2016). */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/rewrite.h"
#include "kernel/rows.h"

typedef struct norm_state {
    float   epsilon;
    xb_val *gain, *offset;
} norm_state;

xybrid_status xb_emit_layer_norm_row(xb_node *n) {
    const norm_state *s = n->state;
    const xb_val     *x = n->in[0];
    xb_norm_args     *a = xb_step_new(n, sizeof *a, "layer norm");
    if (!a) return n->b->err->code;
    a->n = x->dims[x->rank - 1];
    a->rows = a->n ? x->count / a->n : 0;
    a->epsilon = s->epsilon;
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->gain, s->gain);
    xb_step_in(n, &a->offset, s->offset);
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_norm_work(n->b->isa, a));
}

/* ReduceMean over the last axis, which stays. */
static int is_last_mean(const xb_node *n) {
    const int64_t *axes = NULL;
    int32_t        count;
    if (!xb_node_is(n, XB_OP_ONNX_ReduceMean) || xb_attr_int(n, "keepdims", 1) != 1) return 0;
    if (xb_in(n, 1)) {
        if (!n->in[1]->data || n->in[1]->dtype != XYBRID_INT64) return 0;
        axes = n->in[1]->data;
        count = (int32_t)n->in[1]->count;
    } else {
        count = xb_attr_ints(n, "axes", &axes);
    }
    if (count != 1) return 0;
    int64_t axis;
    memcpy(&axis, axes, sizeof axis);
    return axis == -1 || axis == n->in[0]->rank - 1;
}

/* A known vector of n elements, as gain or offset. */
static int is_row(const xb_val *v, const xb_val *x) {
    return v && v->data && v->dtype == XYBRID_FLOAT32 && v->count == x->dims[x->rank - 1] && v->rank <= x->rank &&
           (v->rank == 0 || v->dims[v->rank - 1] == v->count);
}

static int is_square_of(const xb_node *n, const xb_val *d) {
    float exponent;
    if (xb_node_is(n, XB_OP_ONNX_Pow)) return n->in[0] == d && xb_is_number(n->in[1], &exponent) && exponent == 2;
    return xb_node_is(n, XB_OP_ONNX_Mul) && n->in[0] == d && n->in[1] == d;
}

/* Takes a following Mul (Add) by a row into *row; the last node. */
static xb_node *take_row(xb_node *last, int32_t op, const xb_val *x, xb_val **row) {
    xb_node *next = xb_used_by(last, op);
    if (!next || next->fused) return last;
    for (int i = 0; i < 2; i++)
        if (next->in[i] == last->out[0] && is_row(next->in[1 - i], x)) {
            *row = next->in[1 - i];
            last->is_dead = 1;
            return next;
        }
    return last;
}

xybrid_status xb_rewrite_layer_norm(xb_build *b, size_t i, int *changed) {
    xb_node *div = b->nodes[i];
    (void)changed;
    if (!xb_node_is(div, XB_OP_ONNX_Div) || div->fused || !div->out[0] || div->out[0]->dtype != XYBRID_FLOAT32)
        return XYBRID_OK;
    xb_node *root = xb_made_by(div, 1, XB_OP_ONNX_Sqrt), *sum = root ? xb_made_by(root, 0, XB_OP_ONNX_Add) : NULL;
    float    epsilon;
    if (!sum) return XYBRID_OK;
    int      at = xb_is_number(sum->in[0], &epsilon) ? 1 : xb_is_number(sum->in[1], &epsilon) ? 0 : -1;
    xb_node *variance = at >= 0 ? xb_made_by(sum, at, XB_OP_ONNX_ReduceMean) : NULL;
    if (!variance || !is_last_mean(variance)) return XYBRID_OK;
    xb_val  *d = div->in[0], *squared = variance->in[0];
    xb_node *square = squared->maker, *difference = d->maker;
    if (!square || squared->uses != 1 || !is_square_of(square, d) || !xb_node_is(difference, XB_OP_ONNX_Sub) || !xb_is_inner(d))
        return XYBRID_OK;
    if (d->uses != (xb_node_is(square, XB_OP_ONNX_Mul) ? 3 : 2)) return XYBRID_OK;
    xb_val  *x = difference->in[0];
    xb_node *mean = xb_made_by(difference, 1, XB_OP_ONNX_ReduceMean);
    if (!mean || !is_last_mean(mean) || mean->in[0] != x || x->dtype != XYBRID_FLOAT32 || x->rank < 1) return XYBRID_OK;
    norm_state *s = xb_build_alloc(&b->none, 1, sizeof *s);
    if (!s) return b->err->code;
    s->epsilon = epsilon;
    mean->is_dead = difference->is_dead = square->is_dead = variance->is_dead = sum->is_dead = root->is_dead = 1;
    xb_node *last = take_row(div, XB_OP_ONNX_Mul, x, &s->gain);
    last = take_row(last, XB_OP_ONNX_Add, x, &s->offset);
    last->is_dead = 0;
    last->op = &xb_ops[XB_OP_OWN_LayerNorm];
    last->state = s;
    last->in[0] = x;
    last->in_count = 1;
    xb_moved(x, 1, last); /* it was the mean's, too */
    return XYBRID_OK;
}
