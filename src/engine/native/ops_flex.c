/* engine/native/ops_flex.c - FlexAttention: attention whose scores and weights pass through subgraphs of the model.
 *
 *     FlexScores(Q, K) -> score_mod -> Softmax -> prob_mod -> FlexValues(P, V)
 *
 * The node is replaced by these, and the values between them have the numbers of the subgraphs' inputs and outputs. Where a
 * subgraph is missing, the softmax is part of the node beside it. */
#include <math.h>
#include <string.h>

#include "engine/native/nn.h"
#include "engine/native/op_list.h"

/* The element type of the scores: float32 unless the inputs are float64, or as the attribute says. */
static int32_t precision_of(const xb_node *n) {
    int32_t otherwise = xb_float_of(n->in[0]->dtype);
    return (int32_t)xb_attr_int(n, "softmax_precision", otherwise);
}

/* Are inputs [batch, heads, tokens, size], the second's heads shared evenly by the first's? */
static xybrid_status want_heads(const xb_node *n) {
    const xb_val *a = n->in[0], *b = n->in[1];
    for (int32_t i = 0; i < 2; i++) {
        XB_TRY(xb_want_float(n, i));
        XB_TRY(xb_want_rank(n, i, 4));
    }
    if (a->dims[0] == b->dims[0] && b->dims[1] > 0 && a->dims[1] % b->dims[1] == 0) return XYBRID_OK;
    return xb_refuse(n, "%lld heads of %lld and %lld of %lld", (long long)a->dims[1], (long long)a->dims[0],
                     (long long)b->dims[1], (long long)b->dims[0]);
}

/* out [batch, heads, rows, cols] = alpha * a b, b's heads shared by groups of a's; in `dtype`, then in out's type. */
static xybrid_status heads_product(xb_node *n, int32_t dtype, xb_val *left, xb_val *right, int is_turned, float alpha,
                                   xb_val *out) {
    const int64_t *l = left->dims, *r = right->dims;
    xb_product     p = { .dtype = dtype, .m = l[2], .n = r[is_turned ? 2 : 3], .k = l[3], .alpha = alpha, .batch_rank = 3 };
    int64_t        shared = l[1] / r[1];
    XB_TRY(xb_as_type(n, left, dtype, &p.a));
    XB_TRY(xb_as_type(n, right, dtype, &p.b));
    p.c = out->dtype == dtype ? out : xb_temp(n, dtype, out->rank, out->dims);
    if (!p.c) return n->b->err->code;
    p.a_row = p.k;
    p.a_col = 1;
    p.b_row = is_turned ? 1 : p.n;
    p.b_col = is_turned ? p.k : 1;
    p.c_row = p.n;
    memcpy(p.batch, (int64_t[]){ l[0], r[1], shared }, 3 * sizeof *p.batch);
    memcpy(p.a_batch, (int64_t[]){ l[1] * p.m * p.k, shared * p.m * p.k, p.m * p.k }, 3 * sizeof *p.batch);
    memcpy(p.b_batch, (int64_t[]){ r[1] * p.k * p.n, p.k * p.n, 0 }, 3 * sizeof *p.batch);
    memcpy(p.c_batch, (int64_t[]){ l[1] * p.m * p.n, shared * p.m * p.n, p.m * p.n }, 3 * sizeof *p.batch);
    XB_TRY(xb_product_emit(n, &p));
    if (p.c == out || out->count == 0) return XYBRID_OK;
    return xb_float_done(n, p.c, out);
}

/* ---- the nodes that take its place ---- */

xybrid_status xb_infer_flex_scores(xb_node *n) {
    const xb_val *q = n->in[0], *k = n->in[1];
    XB_TRY(want_heads(n));
    if (q->dims[3] != k->dims[3])
        return xb_refuse(n, "queries of %lld and keys of %lld elements", (long long)q->dims[3], (long long)k->dims[3]);
    return xb_out_set(n, 0, precision_of(n), 4, (int64_t[]){ q->dims[0], q->dims[1], q->dims[2], k->dims[2] });
}

static xybrid_status scores_into(xb_node *n, xb_val *out) {
    int32_t dtype = n->in[0]->dtype == XYBRID_FLOAT64 || out->dtype == XYBRID_FLOAT64 ? XYBRID_FLOAT64 : XYBRID_FLOAT32;
    float   scale = xb_attr_float(n, "scale", (float)(1 / sqrt((double)n->in[0]->dims[3])));
    return heads_product(n, dtype, n->in[0], n->in[1], 1, scale, out);
}

xybrid_status xb_emit_flex_scores(xb_node *n) { return scores_into(n, n->out[0]); }

static xybrid_status weights_into(xb_node *n, xb_val *scores, xb_val *out) {
    xb_val *x, *y;
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, scores, &x));
    XB_TRY(xb_float_out(n, out, &y));
    XB_TRY(xb_softmax_emit(n, x, y, x->count / x->dims[3], x->dims[3], 1, 0));
    return xb_float_done(n, y, out);
}

xybrid_status xb_emit_flex_weighed_scores(xb_node *n) {
    xb_val *out = n->out[0], *scores = xb_temp(n, out->dtype, out->rank, out->dims);
    if (!scores) return n->b->err->code;
    XB_TRY(scores_into(n, scores));
    return weights_into(n, scores, out);
}

xybrid_status xb_infer_flex_values(xb_node *n) {
    const xb_val *p = n->in[0], *v = n->in[1];
    XB_TRY(want_heads(n));
    if (p->dims[3] != v->dims[2])
        return xb_refuse(n, "weights for %lld keys and %lld values", (long long)p->dims[3], (long long)v->dims[2]);
    return xb_out_set(n, 0, v->dtype, 4, (int64_t[]){ p->dims[0], p->dims[1], p->dims[2], v->dims[3] });
}

static xybrid_status values_of(xb_node *n, xb_val *weights, xb_val *v) {
    int32_t dtype = weights->dtype == XYBRID_FLOAT64 || v->dtype == XYBRID_FLOAT64 ? XYBRID_FLOAT64 : XYBRID_FLOAT32;
    return heads_product(n, dtype, weights, v, 0, 1, n->out[0]);
}

xybrid_status xb_emit_flex_values(xb_node *n) { return values_of(n, n->in[0], n->in[1]); }

xybrid_status xb_emit_flex_weighed_values(xb_node *n) {
    xb_val *scores = n->in[0], *weights = xb_temp(n, scores->dtype, scores->rank, scores->dims);
    if (!weights) return n->b->err->code;
    XB_TRY(weights_into(n, scores, weights));
    return values_of(n, weights, n->in[1]);
}

/* ---- FlexAttention ---- */

/* A subgraph of one input and one output, or NULL. */
static xybrid_status modifier_of(const xb_node *n, const char *name, const xb_graph **out) {
    *out = xb_attr_graph(n, name);
    if (!*out || ((*out)->input_count == 1 && (*out)->output_count == 1)) return XYBRID_OK;
    return xb_refuse(n, "%s has %d inputs and %d outputs, wanted 1 and 1", name, (*out)->input_count, (*out)->output_count);
}

typedef struct chain {
    xb_graph_node *nodes;
    int32_t        count;
    int32_t        numbers[2]; /* inputs of the last node */
} chain;

static void put_node(chain *c, const xb_graph_node *like, int32_t op, const int32_t *inputs, int32_t input_count,
                     const int32_t *output) {
    c->nodes[c->count++] = (xb_graph_node){ .op = &xb_ops[op],
                                            .name = like->name,
                                            .opset = XB_OPSET_NEWEST,
                                            .input_count = input_count,
                                            .output_count = 1,
                                            .attr_count = input_count == 2 ? like->attr_count : 0, /* not of Softmax */
                                            .inputs = inputs,
                                            .outputs = output,
                                            .attrs = like->attrs };
}

static void put_graph(chain *c, const xb_graph *g) {
    if (g->node_count) memcpy(c->nodes + c->count, g->nodes, (size_t)g->node_count * sizeof *g->nodes);
    c->count += g->node_count;
}

static xybrid_status replace(xb_node *n, const xb_graph *score_mod, const xb_graph *prob_mod) {
    const xb_graph_node *g = n->graph;
    int32_t              inner = (score_mod ? score_mod->node_count : 0) + (prob_mod ? prob_mod->node_count : 0);
    chain               *c = xb_build_alloc(n, 1, sizeof *c);
    if (!c) return n->b->err->code;
    c->nodes = xb_build_alloc(n, (size_t)inner + 3, sizeof *c->nodes);
    if (!c->nodes) return n->b->err->code;
    put_node(c, g, score_mod ? XB_OP_OWN_FlexScores : XB_OP_OWN_FlexWeighedScores, g->inputs, 2,
             (score_mod ? score_mod : prob_mod)->inputs);
    if (score_mod) put_graph(c, score_mod);
    if (score_mod && prob_mod) put_node(c, g, XB_OP_ONNX_Softmax, score_mod->outputs, 1, prob_mod->inputs);
    if (prob_mod) put_graph(c, prob_mod);
    c->numbers[0] = (prob_mod ? prob_mod : score_mod)->outputs[0];
    c->numbers[1] = g->inputs[2];
    put_node(c, g, prob_mod ? XB_OP_OWN_FlexValues : XB_OP_OWN_FlexWeighedValues, c->numbers, 2, g->outputs);
    xb_graph whole = { .node_count = c->count, .output_count = 1, .nodes = c->nodes, .outputs = g->outputs };
    return xb_build_inline(n, &whole);
}

xybrid_status xb_infer_flex(xb_node *n) {
    const xb_val   *q = n->in[0], *k = n->in[1], *v = n->in[2];
    const xb_graph *score_mod, *prob_mod;
    int64_t         precision = xb_attr_int(n, "softmax_precision", XYBRID_FLOAT32);
    XB_TRY(modifier_of(n, "score_mod", &score_mod));
    XB_TRY(modifier_of(n, "prob_mod", &prob_mod));
    for (int32_t i = 0; i < 3; i++) XB_TRY(xb_want_type(n, i, q->dtype));
    if (precision < 0 || precision > INT32_MAX || !xb_is_float((int32_t)precision))
        return xb_refuse(n, "softmax_precision is %lld", (long long)precision);
    if (score_mod || prob_mod) return replace(n, score_mod, prob_mod);
    XB_TRY(want_heads(n));
    XB_TRY(xb_want_rank(n, 2, 4));
    if (v->dims[0] != k->dims[0] || v->dims[1] != k->dims[1] || v->dims[2] != k->dims[2] || q->dims[3] != k->dims[3])
        return xb_refuse(n, "queries, keys and values do not fit");
    return xb_out_set(n, 0, q->dtype, 4, (int64_t[]){ q->dims[0], q->dims[1], q->dims[2], v->dims[3] });
}

xybrid_status xb_emit_flex(xb_node *n) {
    const xb_val *q = n->in[0], *k = n->in[1];
    int64_t       dims[4] = { q->dims[0], q->dims[1], q->dims[2], k->dims[2] };
    xb_val       *scores = xb_temp(n, precision_of(n), 4, dims), *weights = scores ? xb_temp(n, scores->dtype, 4, dims) : NULL;
    if (!weights) return n->b->err->code;
    XB_TRY(scores_into(n, scores));
    XB_TRY(weights_into(n, scores, weights));
    return values_of(n, weights, n->in[2]);
}
