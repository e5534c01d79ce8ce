/* engine/native/rewrite.c - the table of rewrites and what they share. */
#include "engine/native/rewrite.h"

#include <string.h>

#include "engine/native/run.h"

const xb_rewrite xb_rewrites[] = {
    /* weights in fewer bytes are read as they are by the product or Gather that uses them */
    { "stored", xb_rewrite_stored },
    /* x sigmoid(x), and hard-swish written as add, clip, multiply, divide, are one step */
    { "activation", xb_rewrite_activation },
    /* x / 2 (1 + erf(x / sqrt 2)) is one step */
    { "gelu", xb_rewrite_gelu },
    /* a MatMul reads and writes across a Transpose, and takes factors along */
    { "turned", xb_rewrite_turned },
    /* two products with a softmax between them are one step */
    { "attention", xb_rewrite_attention },
    /* the phase of a transform, as exporters write it, is pi, not -pi, where it is real and negative */
    { "angle", xb_rewrite_angle },
    /* mean, difference, square, mean, root, quotient are one LayerNormalization */
    { "layer-norm", xb_rewrite_layer_norm },
    /* a ConvInteger or MatMulInteger that is cast and scaled at once is one step */
    { "integer", xb_rewrite_integer },
    /* element-wise nodes become steps of the node before them */
    { "epilogue", xb_rewrite_epilogue },
};
const int32_t xb_rewrite_count = sizeof xb_rewrites / sizeof xb_rewrites[0];

void xb_rewrite_tables(xb_build *b) {
    for (size_t i = 0; i < b->node_count; i++) {
        const xb_node *n = b->nodes[i];
        for (int32_t k = 0; k < n->in_count; k++)
            if (n->in[k]) {
                n->in[k]->uses = 0;
                n->in[k]->maker = n->in[k]->user = NULL;
            }
        for (int32_t k = 0; k < n->out_count; k++)
            if (n->out[k]) {
                n->out[k]->uses = 0;
                n->out[k]->maker = n->out[k]->user = NULL;
            }
        for (int32_t k = 0; n->fused && k < n->fused->count; k++)
            if (n->fused->steps[k].operand) n->fused->steps[k].operand->uses = 0;
    }
    for (size_t i = 0; i < b->node_count; i++) {
        xb_node *n = b->nodes[i];
        if (n->is_dead) continue;
        for (int32_t k = 0; k < n->in_count; k++)
            if (n->in[k]) {
                n->in[k]->uses++;
                n->in[k]->user = n;
                for (int32_t t = 0; t < n->in[k]->item_count; t++) n->in[k]->items[t]->uses += 2; /* seen through a list */
            }
        for (int32_t k = 0; k < n->out_count; k++)
            if (n->out[k]) n->out[k]->maker = n;
        for (int32_t k = 0; n->fused && k < n->fused->count; k++)
            if (n->fused->steps[k].operand) n->fused->steps[k].operand->uses += 2;
        for (int32_t k = 0; k < n->graph->capture_count; k++) {
            xb_val *v = b->segment->values[n->graph->captures[k]];
            if (v) v->uses += 2;
        }
    }
}

void xb_moved(xb_val *x, int32_t fewer, xb_node *to) {
    x->uses -= fewer;
    if (x->uses == 1 || !x->user || x->user->is_dead) x->user = to;
}

int xb_is_inner(const xb_val *v) { return v->last != INT32_MAX && v->kind == XB_ONNX_TENSOR; }

xb_node *xb_made_by(const xb_node *n, int32_t i, int32_t op) {
    xb_val *v = xb_in(n, i);
    if (!v || !v->maker || v->uses != 1 || !xb_is_inner(v) || !xb_node_is(v->maker, op)) return NULL;
    return v->maker;
}

xb_node *xb_used_by(const xb_node *n, int32_t op) {
    xb_val *v = xb_out(n, 0);
    if (!v || v->uses != 1 || !xb_is_inner(v) || !v->user || !xb_node_is(v->user, op)) return NULL;
    return v->user;
}

int xb_is_number(const xb_val *v, float *out) {
    if (!v || !v->data || v->count != 1 || v->dtype != XYBRID_FLOAT32) return 0;
    memcpy(out, v->data, sizeof *out);
    return 1;
}

int xb_is_scaled(const xb_node *n, xb_val **x, float *factor) {
    float number;
    int   is_div = xb_node_is(n, XB_OP_ONNX_Div);
    if ((!is_div && !xb_node_is(n, XB_OP_ONNX_Mul)) || n->fused || n->out[0]->dtype != XYBRID_FLOAT32) return 0;
    int at = xb_is_number(n->in[1], &number) ? 0 : !is_div && xb_is_number(n->in[0], &number) ? 1 : -1;
    if (at < 0 || n->in[at]->count != n->out[0]->count || n->in[at]->rank != n->out[0]->rank) return 0;
    *x = n->in[at];
    *factor = is_div ? 1 / number : number;
    return 1;
}

xybrid_status xb_rewrite_all(xb_build *b) {
    xb_rewrite_tables(b);
    XB_TRY(xb_rewrite_carried(b));
    for (int32_t r = 0; r < xb_rewrite_count; r++) {
        if (b->rewrites_off >> r & 1) continue;
        for (size_t i = 0; i < b->node_count; i++) {
            int changed = 0;
            if (b->nodes[i]->is_dead) continue;
            XB_TRY(xb_rewrites[r].apply(b, i, &changed));
            if (!changed) continue;
            XB_TRY(xb_run_poll(b->call, b->err));
            xb_rewrite_tables(b);
        }
    }
    return XYBRID_OK;
}
