/* engine/native/rewrite_attention.c - attention written as single nodes is one step (kernel/sdpa.h), which keeps no scores:
 *
 *     S = MatMul(Q, K^T) [* number] [+ bias];  P = Softmax(S);  [P = Where(IsNaN(P), 0, P);]  Y = MatMul(P, V)
 *
 * The products have taken the Transposes in (rewrite_turned.c): what is left of these are strides. For float32 of up to two
 * dimensions of batch, where the elements of a query and of a value lie side by side. */
#include <string.h>

#include "engine/native/nn_attention.h"
#include "engine/native/op_list.h"
#include "engine/native/rewrite.h"

enum { QUERY, KEY, VALUE, BIAS, INPUTS };

xybrid_status xb_emit_attention_row(xb_node *n) {
    xb_attend d = *(const xb_attend *)n->state;
    d.q.v = n->in[QUERY];
    d.k.v = n->in[KEY];
    d.v.v = n->in[VALUE];
    d.bias[0].v = n->in[BIAS];
    d.out.v = n->out[0];
    return xb_attend_emit(n, &d);
}

/* ---- what products take and give, as heads ---- */

/* Of two tensors that are computed. */
static int is_product(const xb_node *n) {
    const xb_matmul_state *s = n->state;
    return xb_node_is(n, XB_OP_ONNX_MatMul) && !n->fused && !(s && s->stored) && n->out[0] &&
           n->out[0]->dtype == XYBRID_FLOAT32 && n->out[0]->count <= INT32_MAX && n->in[0]->rank >= 2 && n->in[1]->rank >= 2 &&
           !n->in[0]->is_static && !n->in[1]->is_static;
}

/* Its factor i in the shape that it sees. */
static const xb_val *seen(const xb_node *product, int i) {
    const xb_matmul_state *s = product->state;
    return s && s->factor[i].is_turned ? &s->seen[i] : product->in[i];
}

/* Rows of `size` elements, [batch, heads, rows], at these distances. */
static xb_heads heads_at(const xb_matmul_shape *s, const int64_t *batch, int64_t row, int64_t rows, int64_t size) {
    xb_heads h = { .batch = 1, .heads = 1, .rows = rows, .size = size, .at = { .row = row } };
    if (s->batch_rank > 0) h.heads = s->batch[s->batch_rank - 1], h.at.head = batch[s->batch_rank - 1];
    if (s->batch_rank > 1) h.batch = s->batch[0], h.at.batch = batch[0];
    return h;
}

/* Factor i; its rows are heads' rows, or its columns are. The result is the distance of a row's elements. */
static int64_t factor(const xb_node *product, int i, int by_columns, const xb_matmul_shape *s, xb_heads *out) {
    const xb_val          *v = seen(product, i);
    const xb_matmul_state *state = product->state;
    int64_t                own[XB_MAX_RANK], batch[XB_MAX_RANK];
    xb_dense_strides(v->rank, v->dims, own);
    if (v != product->in[i]) memcpy(own, state->factor[i].strides, sizeof own);
    xb_matmul_strides(v, own, s, batch);
    int32_t row = v->rank - (by_columns ? 1 : 2), column = v->rank - (by_columns ? 2 : 1);
    *out = heads_at(s, batch, own[row], v->dims[row], v->dims[column]);
    return own[column];
}

static xb_heads result(const xb_node *product, const xb_matmul_shape *s) {
    const xb_matmul_state *state = product->state;
    int64_t                batch[XB_MAX_RANK];
    xb_matmul_result_strides(s, batch);
    if (!state || !state->result.is_turned) return heads_at(s, batch, s->n, s->m, s->n);
    return heads_at(s, state->result.strides, state->result.strides[s->batch_rank], s->m, s->n);
}

/* ---- the nodes ---- */

typedef struct found {
    xb_node  *nodes[7]; /* that one step replaces; the first product comes last, the second is not among them */
    int32_t   count;
    xb_val   *bias;
    xb_attend d;
} found;

static xb_node *take(found *f, xb_node *n) { return n ? f->nodes[f->count++] = n : NULL; }

/* The Softmax whose result is input 0 of the second product. */
static xb_node *softmax_of(const xb_node *mix, found *f) {
    xb_node *choice = xb_made_by(mix, 0, XB_OP_ONNX_Where), *n;
    float    otherwise;
    if (choice) {
        xb_node *test = xb_made_by(choice, 0, XB_OP_ONNX_IsNaN);
        xb_val  *p = choice->in[2];
        if (!test || test->in[0] != p || p->uses != 2 || !xb_is_inner(p) || !xb_is_number(choice->in[1], &otherwise) ||
            otherwise != 0 || choice->out[0]->count != p->count)
            return NULL;
        take(f, choice);
        take(f, test);
        n = xb_node_is(p->maker, XB_OP_ONNX_Softmax) ? take(f, p->maker) : NULL;
        f->d.blind = XB_SDPA_NO_NANS;
    } else {
        n = take(f, xb_made_by(mix, 0, XB_OP_ONNX_Softmax));
        f->d.blind = XB_SDPA_AS_SOFTMAX;
    }
    if (!n) return NULL;
    int64_t axis = xb_attr_int(n, "axis", n->opset >= 13 ? -1 : 1);
    return axis == -1 || axis == n->in[0]->rank - 1 ? n : NULL;
}

/* The product that makes input i of n, times a number perhaps. */
static xb_node *scores_of(const xb_node *n, int32_t i, found *f) {
    xb_val  *v = n->in[i], *x;
    xb_node *product = xb_made_by(n, i, XB_OP_ONNX_MatMul);
    f->d.scale = 1;
    if (!product && v && v->maker && v->uses == 1 && xb_is_inner(v) && xb_is_scaled(v->maker, &x, &f->d.scale))
        product = xb_made_by(take(f, v->maker), v->maker->in[0] != x, XB_OP_ONNX_MatMul);
    if (!product || !is_product(product)) return NULL;
    const xb_matmul_state *s = product->state;
    if (s) f->d.scale *= s->alpha;
    return s && s->result.is_turned ? NULL : take(f, product);
}

/* The same behind a bias. */
static xb_node *biased_scores_of(const xb_node *softmax, found *f) {
    xb_node *product, *add = xb_made_by(softmax, 0, XB_OP_ONNX_Add);
    if (!add) return scores_of(softmax, 0, f);
    take(f, add);
    for (int i = 0; i < 2; i++) {
        int32_t count = f->count;
        product = scores_of(add, i, f);
        f->bias = add->in[1 - i];
        if (product && product->out[0]->count == add->out[0]->count && f->bias->rank <= product->out[0]->rank) return product;
        f->count = count;
    }
    return NULL;
}

static int is_same_batch(const xb_matmul_shape *a, const xb_matmul_shape *b) {
    return a->batch_rank == b->batch_rank && a->batch_rank <= 2 &&
           memcmp(a->batch, b->batch, (size_t)a->batch_rank * sizeof *a->batch) == 0;
}

xybrid_status xb_rewrite_attention(xb_build *b, size_t i, int *changed) {
    xb_node               *mix = b->nodes[i];
    const xb_matmul_state *state = mix->state;
    found                  f = { .count = 0 };
    xb_matmul_shape        first, second;
    (void)changed;
    if (!is_product(mix) || (state && (state->factor[0].is_turned || state->alpha != 1))) return XYBRID_OK;
    xb_node *softmax = softmax_of(mix, &f), *product = softmax ? biased_scores_of(softmax, &f) : NULL;
    if (!product) return XYBRID_OK;
    XB_TRY(xb_matmul_shape_of(product, seen(product, 0), seen(product, 1), &first));
    XB_TRY(xb_matmul_shape_of(mix, mix->in[0], seen(mix, 1), &second));
    if (!is_same_batch(&first, &second) || factor(product, 0, 0, &first, &f.d.q) != 1 ||
        factor(mix, 1, 0, &second, &f.d.v) != 1)
        return XYBRID_OK;
    f.d.k_step = factor(product, 1, 1, &first, &f.d.k);
    if (f.d.k_step != 1 && f.d.k.at.row != 1) return XYBRID_OK;
    f.d.out = result(mix, &second);
    f.d.left = f.d.right = -1;
    if (f.bias) {
        int64_t dims[4] = { f.d.q.batch, f.d.q.heads, f.d.q.rows, f.d.k.rows }, strides[4];
        xb_broadcast_strides(f.bias, 4, dims, strides);
        f.d.bias[0] = (xb_attend_bias){ .at = { strides[0], strides[1], strides[2] }, .col = strides[3], .cols = dims[3] };
    }
    xb_attend *d = xb_build_alloc(&b->none, 1, sizeof *d);
    xb_val   **in = xb_build_alloc(&b->none, INPUTS, sizeof *in);
    if (!d || !in) return b->err->code;
    *d = f.d;
    for (int32_t k = 0; k < f.count; k++) f.nodes[k]->is_dead = 1;
    in[QUERY] = product->in[0];
    in[KEY] = product->in[1];
    in[VALUE] = mix->in[1];
    in[BIAS] = f.bias;
    for (int k = 0; k < INPUTS; k++)
        if (in[k]) xb_moved(in[k], 0, mix);
    mix->op = &xb_ops[XB_OP_OWN_Attention];
    mix->state = d;
    mix->in = in;
    mix->in_count = INPUTS;
    return XYBRID_OK;
}
