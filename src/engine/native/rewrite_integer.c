/* engine/native/rewrite_integer.c - sums of 8-bit products that are scaled at once, as ONNX Runtime's dynamic quantiser writes
 * them:
 *
 *     Mul(Cast(Add(ConvInteger(x, w, x zero, w zero), bias)), scale)   bias of int32, maybe left out
 *     Mul(Cast(MatMulInteger(x, w, x zero, w zero)), scale)
 *
 * become one step whose results are float32; what follows may join it as an epilogue. The same roundings: the sum to float32,
 * the product with the scale. */
#include "engine/native/rewrite.h"

/* One number, or one for each index of y's dimension `axis` (no others). */
static int goes_along(const xb_val *v, const xb_val *y, int32_t axis) {
    int32_t shift = y->rank - v->rank;
    if (v->count == 1) return v->rank <= y->rank;
    for (int32_t d = 0; d < v->rank; d++)
        if (d + shift < 0 || v->dims[d] != (d + shift == axis ? y->dims[axis] : 1)) return 0;
    return shift >= 0 && shift <= axis;
}

/* The integer product whose sums, plus *bias (NULL: none), are v; NULL if it is none. `add` is the sum, if there is one. */
static xb_node *product_of(const xb_val *v, xb_val **bias, xb_node **add) {
    xb_node *n = v->maker;
    *bias = NULL;
    *add = NULL;
    if (!n || v->uses != 1 || !xb_is_inner(v)) return NULL;
    if (!xb_node_is(n, XB_OP_ONNX_Add)) return n;
    for (int i = 0; i < 2; i++) {
        xb_node *product = xb_made_by(n, i, XB_OP_ONNX_ConvInteger);
        if (!product) continue;
        *bias = n->in[1 - i];
        *add = n;
        return product;
    }
    return NULL;
}

xybrid_status xb_rewrite_integer(xb_build *b, size_t i, int *changed) {
    xb_node *mul = b->nodes[i], *cast = NULL, *add;
    xb_val  *y = xb_out(mul, 0), *scale = NULL, *bias;
    (void)changed;
    if (!xb_node_is(mul, XB_OP_ONNX_Mul) || mul->fused || !y || y->dtype != XYBRID_FLOAT32) return XYBRID_OK;
    for (int k = 0; k < 2 && !cast; k++) {
        cast = xb_made_by(mul, k, XB_OP_ONNX_Cast);
        scale = mul->in[1 - k];
        if (cast && (cast->in[0]->dtype != XYBRID_INT32 || cast->fused)) cast = NULL;
    }
    xb_node *product = cast ? product_of(cast->in[0], &bias, &add) : NULL;
    if (!product || scale == cast->out[0]) return XYBRID_OK;
    int is_conv = xb_node_is(product, XB_OP_ONNX_ConvInteger);
    if (!is_conv && !xb_node_is(product, XB_OP_ONNX_MatMulInteger)) return XYBRID_OK;
    const xb_val *sums = product->out[0];
    if (sums->rank != y->rank || sums->count != y->count ||
        (!is_conv && (product->in[0]->rank < 2 || product->in[1]->rank < 2)))
        return XYBRID_OK;
    int32_t axis = is_conv ? 1 : y->rank - 1;
    if (!goes_along(scale, y, axis) || (bias && (!goes_along(bias, y, axis) || bias->count != y->dims[axis]))) return XYBRID_OK;
    xb_val **in = xb_build_alloc(&b->none, 6, sizeof *in);
    if (!in) return b->err->code;
    for (int32_t k = 0; k < 4; k++) in[k] = xb_in(product, k);
    in[4] = scale;
    in[5] = bias;
    product->is_dead = cast->is_dead = 1;
    if (add) add->is_dead = 1;
    mul->op = is_conv ? &xb_ops[XB_OP_OWN_ConvIntegerScaled] : &xb_ops[XB_OP_OWN_MatMulIntegerScaled];
    mul->graph = product->graph;
    mul->opset = product->opset;
    mul->in = in;
    mul->in_count = bias ? 6 : 5;
    for (int32_t k = 0; k < mul->in_count; k++)
        if (in[k]) xb_moved(in[k], 0, mul);
    return XYBRID_OK;
}
