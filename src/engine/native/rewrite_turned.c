/* engine/native/rewrite_turned.c - attention without moves: exporters turn what a MatMul takes and gives, and scale its factors.
 *
 *     K [B, T, H, D] -> Transpose(0, 2, 3, 1) -> Mul(number) -> MatMul -> Transpose(0, 2, 1, 3) -> [B, T, H D]
 *
 * A product takes any strides (kernel/gemm.h), so a Transpose in front of a factor, or behind the result, is a matter of strides, and so
 * is most that a Reshape does in between; a number that a factor is multiplied with is one for the sum. For float32, where one
 * dimension of a factor, the last one of the left, lies side by side, and the columns of the result do. Nodes that others need stay. */
#include <string.h>

#include "engine/native/nn.h"
#include "engine/native/rewrite.h"

enum { MOST_BETWEEN = 8 }; /* nodes from what is computed to the product */

/* The axes of a Transpose; 0: it is none. */
static int axes_of(const xb_node *n, int64_t *axes) {
    const int64_t *perm;
    if (!xb_node_is(n, XB_OP_ONNX_Transpose)) return 0;
    int32_t rank = n->in[0]->rank, count = xb_attr_ints(n, "perm", &perm);
    if (count >= 0 && count != rank) return 0;
    for (int32_t i = 0; i < rank; i++) axes[i] = count < 0 ? rank - 1 - i : perm[i] < 0 ? perm[i] + rank : perm[i];
    return 1;
}

static int is_reshape(const xb_node *n) {
    return xb_node_is(n, XB_OP_ONNX_Reshape) || xb_node_is(n, XB_OP_ONNX_Unsqueeze) || xb_node_is(n, XB_OP_ONNX_Squeeze) ||
           xb_node_is(n, XB_OP_ONNX_Flatten);
}

/* Strides of `from` in the shape of `to`, of as many elements: dimensions are split, and joined where they lie as one. 0: that takes
 * a move. As numpy's reshape without a copy. */
static int reshape(const xb_val *from, const xb_val *to, int64_t *strides) {
    int64_t dims[XB_MAX_RANK], old[XB_MAX_RANK]; /* of more than one element */
    int32_t rank = 0, at = 0;
    if (to->count == 0) return 0;
    for (int32_t d = 0; d < from->rank; d++) {
        dims[rank] = from->dims[d];
        old[rank] = strides[d];
        rank += dims[rank] > 1;
    }
    for (int32_t d = 0, start = 0; d < to->rank; start = d) {
        int32_t first = at;
        int64_t have = at < rank ? dims[at++] : 1, want = to->dims[d++];
        while (have != want) {
            if (have < want) have *= dims[at++];
            else want *= to->dims[d++];
        }
        for (int32_t k = first; k + 1 < at; k++)
            if (old[k] != old[k + 1] * dims[k + 1]) return 0;
        int64_t stride = at > first ? old[at - 1] : 1;
        for (int32_t k = d - 1; k >= start; k--) {
            strides[k] = stride;
            stride *= to->dims[k];
        }
    }
    return 1;
}

/* What a node between leaves of a tensor of these strides; 0: not as strides. */
static int step_over(const xb_node *n, int64_t *strides) {
    int64_t axes[XB_MAX_RANK], old[XB_MAX_RANK];
    if (is_reshape(n)) return reshape(n->in[0], n->out[0], strides);
    if (!axes_of(n, axes)) return 1; /* a slab, or a number's product */
    memcpy(old, strides, sizeof old);
    for (int32_t d = 0; d < n->out[0]->rank; d++) strides[d] = old[axes[d]];
    return 1;
}

/* May n stand between x, its input, and a product? *factor is what it multiplies by. */
static int is_between(const xb_node *n, xb_val **x, float *factor) {
    int64_t axes[XB_MAX_RANK];
    *x = n->in[0];
    *factor = 1;
    if (n->fused || n->is_dead || n->out[0]->dtype != XYBRID_FLOAT32) return 0;
    return n->op == &xb_ops[XB_OP_OWN_SlabView] || is_reshape(n) || axes_of(n, axes) || xb_is_scaled(n, x, factor);
}

/* Input i of n: what stands in front of it becomes a part of the product. */
static xybrid_status take_factor(xb_node *n, int i) {
    const xb_val *end = n->in[i];
    xb_val       *from[MOST_BETWEEN + 1] = { n->in[i] };
    xb_node      *between[MOST_BETWEEN + 1]; /* between[k] makes from[k - 1] of from[k] */
    float         factor[MOST_BETWEEN + 1];
    int64_t       strides[XB_MAX_RANK];
    int           count = 0, is_turned = 0;
    while (count < MOST_BETWEEN) {
        xb_val *v = from[count];
        int     k = count + 1;
        if (!v->maker || v->uses != 1 || !xb_is_inner(v) || !is_between(v->maker, &from[k], &factor[k])) break;
        between[k] = v->maker;
        count = k;
    }
    for (; count > 0; count--) { /* as far out as it is all strides */
        int k = count;
        if (from[k]->data || from[k]->rank < 2 || end->rank < 2) continue;
        xb_dense_strides(from[k]->rank, from[k]->dims, strides);
        while (k > 0 && step_over(between[k], strides)) k--;
        if (k == 0 && (strides[end->rank - 1] == 1 || (i == 1 && strides[end->rank - 2] == 1))) break;
    }
    while (count > 0 && is_reshape(between[count])) count--; /* costs nothing where it is */
    if (count == 0) return XYBRID_OK;
    xb_matmul_state *s = xb_matmul_state_of(n);
    if (!s) return n->b->err->code;
    for (int k = 1; k <= count; k++) {
        xb_val *x;
        float   by;
        between[k]->is_dead = 1;
        s->alpha *= factor[k];
        is_turned |= !xb_is_scaled(between[k], &x, &by);
    }
    if (is_turned) {
        s->seen[i] = *end;
        s->factor[i].is_turned = 1;
        memcpy(s->factor[i].strides, strides, sizeof strides);
    }
    n->in[i] = from[count];
    xb_moved(n->in[i], 0, n);
    return XYBRID_OK;
}

/* A Transpose behind n that leaves the last dimension where it is. */
static xybrid_status take_result(xb_node *n) {
    const xb_val *y = n->out[0];
    int64_t       axes[XB_MAX_RANK], dense[XB_MAX_RANK];
    xb_node      *turn = xb_used_by(n, XB_OP_ONNX_Transpose);
    if (!turn || turn->fused || n->in[0]->rank < 2 || n->in[1]->rank < 2 || !axes_of(turn, axes) ||
        axes[y->rank - 1] != y->rank - 1)
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
