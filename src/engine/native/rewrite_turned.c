/* engine/native/rewrite_turned.c - attention without moves: exporters turn what a MatMul takes and gives, and scale its factors.
 *
 *     K [B, T, H, D] -> Transpose(0, 2, 3, 1) -> Mul(number) -> MatMul -> Transpose(0, 2, 1, 3) -> [B, T, H D]
 *
 * A product takes any strides (kernel/gemm.h), so a Transpose in front of a factor, or behind the result, is a matter of strides, and
 * a number that a factor is multiplied with is one for the sum. For float32, where one dimension of a factor, the last one of the
 * left, lies side by side, and the columns of the result do. Nodes that others need stay. */
#include <string.h>

#include "engine/native/nn.h"
#include "engine/native/rewrite.h"

/* The axes of a Transpose; 0: it is none. */
static int axes_of(const xb_node *n, int64_t *axes) {
    const int64_t *perm;
    if (n->op == &xb_ops[XB_OP_OWN_SlabView]) { /* all as it is, but for the distances */
        for (int32_t i = 0; i < n->in[0]->rank; i++) axes[i] = i;
        return n->in[0]->dtype == XYBRID_FLOAT32;
    }
    if (!xb_node_is(n, XB_OP_ONNX_Transpose) || n->fused) return 0;
    int32_t rank = n->in[0]->rank, count = xb_attr_ints(n, "perm", &perm);
    if (n->in[0]->dtype != XYBRID_FLOAT32 || (count >= 0 && count != rank)) return 0;
    for (int32_t i = 0; i < rank; i++) axes[i] = count < 0 ? rank - 1 - i : perm[i] < 0 ? perm[i] + rank : perm[i];
    return 1;
}

/* x times a number, or x divided by one: *x and *factor. 0: n is no such node. */
static int is_scaled(const xb_node *n, xb_val **x, float *factor) {
    float number;
    int   is_div = xb_node_is(n, XB_OP_ONNX_Div);
    if ((!is_div && !xb_node_is(n, XB_OP_ONNX_Mul)) || n->fused || n->out[0]->dtype != XYBRID_FLOAT32) return 0;
    int at = xb_is_number(n->in[1], &number) ? 0 : !is_div && xb_is_number(n->in[0], &number) ? 1 : -1;
    if (at < 0 || n->in[at]->count != n->out[0]->count || n->in[at]->rank != n->out[0]->rank) return 0;
    *x = n->in[at];
    *factor = is_div ? 1 / number : number;
    return 1;
}

/* Input i of n: what stands in front of it becomes a part of the product. */
static xybrid_status take_factor(xb_node *n, int i) {
    xb_val *v = n->in[i], *x;
    int64_t order[XB_MAX_RANK], axes[XB_MAX_RANK], dense[XB_MAX_RANK], strides[XB_MAX_RANK] = { 0 }; /* order: v's dimension */
    float   alpha = 1, factor;
    int     turns = 0, steps = 0;
    for (int32_t d = 0; d < v->rank; d++) order[d] = d;
    while (v->maker && !v->maker->is_dead && v->uses == 1 && xb_is_inner(v)) {
        if (axes_of(v->maker, axes)) {
            for (int32_t d = 0; d < v->rank; d++) order[d] = axes[order[d]];
            v = v->maker->in[0];
            turns++;
        } else if (is_scaled(v->maker, &x, &factor)) {
            alpha *= factor;
            v = x;
        } else {
            break;
        }
        steps++;
    }
    if (steps == 0 || v->data || v->rank < 2) return XYBRID_OK;
    xb_dense_strides(v->rank, v->dims, dense);
    for (int32_t d = 0; d < v->rank; d++) strides[d] = dense[order[d]];
    if (strides[v->rank - 1] != 1 && (i == 0 || strides[v->rank - 2] != 1)) return XYBRID_OK;
    xb_matmul_state *s = xb_matmul_state_of(n);
    if (!s) return n->b->err->code;
    s->alpha *= alpha;
    if (turns) {
        s->seen[i] = *n->in[i];
        s->factor[i].is_turned = 1;
        memcpy(s->factor[i].strides, strides, sizeof strides);
    }
    for (xb_val *at = n->in[i]; at != v;) {
        xb_node *maker = at->maker;
        maker->is_dead = 1;
        at = is_scaled(maker, &x, &factor) ? x : maker->in[0];
    }
    n->in[i] = v;
    xb_moved(v, 0, n);
    return XYBRID_OK;
}

/* A Transpose behind n that leaves the last dimension where it is. */
static xybrid_status take_result(xb_node *n) {
    const xb_val *y = n->out[0];
    int64_t       axes[XB_MAX_RANK], dense[XB_MAX_RANK];
    xb_node      *turn = xb_used_by(n, XB_OP_ONNX_Transpose);
    if (!turn || n->in[0]->rank < 2 || n->in[1]->rank < 2 || !axes_of(turn, axes) || axes[y->rank - 1] != y->rank - 1)
        return XYBRID_OK;
    xb_matmul_state *s = xb_matmul_state_of(n);
    if (!s) return n->b->err->code;
    xb_dense_strides(y->rank, turn->out[0]->dims, dense);
    for (int32_t d = 0; d < y->rank; d++) s->result.strides[axes[d]] = dense[d];
    s->result.is_turned = 1;
    n->out[0] = turn->out[0];
    n->out[0]->maker = n;
    turn->is_dead = 1;
    return XYBRID_OK;
}

xybrid_status xb_rewrite_turned(xb_build *b, size_t i, int *changed) {
    xb_node               *n = b->nodes[i];
    const xb_matmul_state *s = n->state;
    (void)changed;
    if (!xb_node_is(n, XB_OP_ONNX_MatMul) || n->fused || !n->out[0] || n->in[0]->dtype != XYBRID_FLOAT32) return XYBRID_OK;
    XB_TRY(take_factor(n, 0));
    if (n->in[1] != n->in[0] && !(s && s->stored)) XB_TRY(take_factor(n, 1));
    return take_result(n);
}
