/* engine/native/rewrite_activation.c - activations that exporters write as several nodes. */
#include <math.h>
#include <string.h>

#include "engine/native/rewrite.h"

/* Two nodes that took x become one step on it, which makes the output of `last` where `last` stood. */
static xybrid_status become(xb_build *b, xb_node *last, xb_val *x, xb_ep_op op, float a) {
    last->fused = xb_build_alloc(last, 1, sizeof *last->fused);
    if (!last->fused) return b->err->code;
    last->fused->count = 1;
    last->fused->splits = (1u << (last->out[0]->rank + 1)) - 1;
    last->fused->steps[0] = (xb_fused_step){ .op = op, .a = a };
    last->op = &xb_ops[XB_OP_OWN_Chain];
    last->in[0] = x;
    last->in_count = 1;
    xb_moved(x, 1, last);
    return XYBRID_OK;
}

static int is_number(const xb_val *v, float wanted, float tolerance) {
    float x;
    return xb_is_number(v, &x) && fabsf(x - wanted) <= tolerance * fabsf(wanted);
}

/* A node of row `op` with a number near `wanted` as one operand; *x the other one. */
static int with_number(const xb_node *n, int32_t op, float wanted, xb_val **x) {
    if (!xb_node_is(n, op) || n->in_count != 2) return 0;
    for (int i = 0; i < 2; i++)
        if (is_number(n->in[i], wanted, 1e-3f)) {
            *x = n->in[1 - i];
            return i == 1 || op != XB_OP_ONNX_Div;
        }
    return 0;
}

/* x HardSigmoid(x), or x sigmoid(x): `gate` is the node between. */
static xybrid_status gated(xb_build *b, xb_node *mul, xb_node *gate, xb_val *x) {
    if (gate->in[0] != x) return XYBRID_OK;
    if (xb_node_is(gate, XB_OP_ONNX_Sigmoid)) {
        gate->is_dead = 1;
        return become(b, mul, x, XB_EP_SILU, 1);
    }
    float alpha = xb_attr_float(gate, "alpha", 0.2f), beta = xb_attr_float(gate, "beta", 0.5f);
    if (fabsf(alpha - 1.0f / 6) > 1e-6f || beta != 0.5f) return XYBRID_OK;
    gate->is_dead = 1;
    return become(b, mul, x, XB_EP_HARD_SWISH, 0);
}

/* x Clip(x + 3, 0, 6), then / 6 or * (1 / 6). */
static xybrid_status paddle_hard_swish(xb_build *b, xb_node *mul, xb_node *clip, xb_val *x) {
    float    low = clip->opset < 11 ? xb_attr_float(clip, "min", -1) : -1,
             high = clip->opset < 11 ? xb_attr_float(clip, "max", -1) : -1;
    xb_val  *inner, *product;
    xb_node *add = xb_made_by(clip, 0, XB_OP_ONNX_Add), *last = xb_used_by(mul, XB_OP_ONNX_Div);
    if (xb_in(clip, 1) && !xb_is_number(clip->in[1], &low)) return XYBRID_OK;
    if (xb_in(clip, 2) && !xb_is_number(clip->in[2], &high)) return XYBRID_OK;
    if (low != 0 || high != 6 || !add || !with_number(add, XB_OP_ONNX_Add, 3, &inner) || inner != x) return XYBRID_OK;
    if (last ? !with_number(last, XB_OP_ONNX_Div, 6, &product)
             : !(last = xb_used_by(mul, XB_OP_ONNX_Mul)) || !with_number(last, XB_OP_ONNX_Mul, 1.0f / 6, &product))
        return XYBRID_OK;
    add->is_dead = clip->is_dead = mul->is_dead = 1;
    return become(b, last, x, XB_EP_HARD_SWISH, 0);
}

xybrid_status xb_rewrite_activation(xb_build *b, size_t i, int *changed) {
    xb_node *mul = b->nodes[i];
    if (!xb_node_is(mul, XB_OP_ONNX_Mul) || mul->fused || !mul->out[0] || mul->out[0]->dtype != XYBRID_FLOAT32)
        return XYBRID_OK;
    (void)changed;
    for (int k = 0; k < 2 && mul->op != &xb_ops[XB_OP_OWN_Chain] && !mul->is_dead; k++) {
        xb_node *gate = xb_made_by(mul, k, XB_OP_ONNX_Sigmoid);
        if (!gate) gate = xb_made_by(mul, k, XB_OP_ONNX_HardSigmoid);
        if (gate) XB_TRY(gated(b, mul, gate, mul->in[1 - k]));
        xb_node *clip = gate ? NULL : xb_made_by(mul, k, XB_OP_ONNX_Clip);
        if (clip) XB_TRY(paddle_hard_swish(b, mul, clip, mul->in[1 - k]));
    }
    return XYBRID_OK;
}

/* ---- GELU: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016) ---- */

/* Is v = 1 + erf(x / sqrt 2)? The nodes that make it go to parts[3]. */
static int is_erf_part(const xb_node *user, int32_t input, xb_val **x, xb_node *parts[3]) {
    xb_val *inner;
    parts[0] = xb_made_by(user, input, XB_OP_ONNX_Add);
    if (!parts[0] || !with_number(parts[0], XB_OP_ONNX_Add, 1, &inner)) return 0;
    parts[1] = inner->maker;
    if (!xb_node_is(parts[1], XB_OP_ONNX_Erf) || inner->uses != 1 || !xb_is_inner(inner)) return 0;
    xb_val *scaled = parts[1]->in[0];
    parts[2] = scaled->maker;
    if (!parts[2] || scaled->uses != 1 || !xb_is_inner(scaled)) return 0;
    return with_number(parts[2], XB_OP_ONNX_Div, 1.41421356f, x) || with_number(parts[2], XB_OP_ONNX_Mul, 0.70710678f, x);
}

static void drop(xb_node *parts[3]) {
    for (int i = 0; i < 3; i++) parts[i]->is_dead = 1;
}

/* Is input i of `user` half of something? Then *halver makes it, of its own input *input. */
static int is_half(const xb_node *user, int32_t i, xb_node **halver, int32_t *input) {
    xb_val *x;
    *halver = xb_made_by(user, i, XB_OP_ONNX_Mul);
    if (!*halver || !with_number(*halver, XB_OP_ONNX_Mul, 0.5f, &x)) return 0;
    *input = (*halver)->in[0] != x;
    return 1;
}

xybrid_status xb_rewrite_gelu(xb_build *b, size_t i, int *changed) {
    xb_node *mul = b->nodes[i], *parts[3], *halver;
    xb_val  *x, *half;
    int32_t  at;
    (void)changed;
    if (!xb_node_is(mul, XB_OP_ONNX_Mul) || mul->fused || !mul->out[0] || mul->out[0]->dtype != XYBRID_FLOAT32)
        return XYBRID_OK;
    for (int k = 0; k < 2; k++) {
        xb_val *rest = mul->in[1 - k];
        if (is_half(mul, k, &halver, &at) && is_erf_part(halver, at, &x, parts) && rest == x) { /* x ((1 + erf) / 2) */
            drop(parts);
            halver->is_dead = 1;
            return become(b, mul, x, XB_EP_GELU, 0);
        }
        if (!is_erf_part(mul, k, &x, parts)) continue;
        if (rest == x) { /* (x (1 + erf)) / 2 */
            xb_node *last = xb_used_by(mul, XB_OP_ONNX_Mul);
            if (!last || !with_number(last, XB_OP_ONNX_Mul, 0.5f, &half)) continue;
            drop(parts);
            mul->is_dead = 1;
            return become(b, last, x, XB_EP_GELU, 0);
        }
        if (is_half(mul, 1 - k, &halver, &at) && halver->in[at] == x) { /* (x / 2) (1 + erf) */
            drop(parts);
            halver->is_dead = 1;
            return become(b, mul, x, XB_EP_GELU, 0);
        }
    }
    return XYBRID_OK;
}
