/* engine/native/ops_contrib_attention.c - the attention operators of com.microsoft: Attention, MultiHeadAttention,
 * GroupQueryAttention, RotaryEmbedding. Specification: ONNX Runtime's docs/ContribOperators.md.
 *
 * What their CPU form does not know either, or what wants memory shared between an input and an output, is refused by name. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn_attention.h"
#include "engine/native/op_list.h"
#include "engine/native/ops_contrib.h"
#include "tensor/tensor.h"

/* ---- what they share ---- */

typedef struct sizes {
    int64_t batch, heads, kv_heads, queries, news, past, keys, size, value_size; /* keys = past + news */
} sizes;

static xybrid_status want_heads(const xb_node *n, const char *name, int64_t *heads) {
    *heads = xb_attr_int(n, name, 0);
    if (*heads >= 1 && *heads <= INT32_MAX) return XYBRID_OK;
    return xb_refuse(n, "%s is %lld", name, (long long)*heads);
}

static xybrid_status divides(const xb_node *n, int64_t heads, int64_t width) {
    if (width % heads == 0) return XYBRID_OK;
    return xb_refuse(n, "%lld elements in %lld heads", (long long)width, (long long)heads);
}

/* What the main result is computed in; one of the plan's own if only the others are wanted. */
static xybrid_status begin_result(const xb_node *n, const sizes *s, xb_val **out) {
    XB_TRY(xb_float_out(n, n->out[0], out));
    if (!*out) *out = xb_temp(n, XYBRID_FLOAT32, 3, (int64_t[]){ s->batch, s->queries, s->heads * s->value_size });
    return *out ? XYBRID_OK : n->b->err->code;
}
static xybrid_status end_result(const xb_node *n, const xb_val *from, int32_t o) {
    return xb_out(n, o) ? xb_float_done(n, from, n->out[o]) : XYBRID_OK;
}

static float scale_of(const xb_node *n, int64_t size) {
    float given = xb_attr_float(n, "scale", 0);
    return given != 0 ? given : 1 / sqrtf((float)xb_max64(size, 1));
}

/* A mask of integers: [batch], [2 batch], [batch, keys], [batch, queries, keys]. */
static xybrid_status want_mask(const xb_node *n, int32_t i, const sizes *s, xb_mask_kind *kind) {
    const xb_val *m = xb_in(n, i);
    if (!m) return XYBRID_OK;
    XB_TRY(xb_want_type(n, i, XYBRID_INT32));
    *kind = XB_MASK_TRUTHS;
    if (m->rank == 2) return xb_want_shape(n, i, 2, (int64_t[]){ s->batch, s->keys });
    if (m->rank == 3) return xb_want_shape(n, i, 3, (int64_t[]){ s->batch, s->queries, s->keys });
    if (m->rank == 1 && (m->dims[0] == s->batch || m->dims[0] == 2 * s->batch)) {
        *kind = m->dims[0] == s->batch ? XB_MASK_ENDS : XB_MASK_ENDS_STARTS;
        return XYBRID_OK;
    }
    char shape[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(m->rank, m->dims, shape, sizeof shape);
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a mask of shape %s is not supported", shape);
}

static xybrid_status mask_emit(const xb_node *n, int32_t i, const sizes *s, xb_attend_bias *bias) {
    const xb_val *m = xb_in(n, i);
    xb_mask_kind  kind = XB_MASK_TRUTHS;
    XB_TRY(want_mask(n, i, s, &kind));
    if (!m) return XYBRID_OK;
    int64_t       rows = m->rank == 3 ? s->queries : 1;
    xb_val       *v = xb_temp(n, XYBRID_FLOAT32, 3, (int64_t[]){ s->batch, rows, s->keys });
    xb_mask_args *a = v ? xb_step_new(n, sizeof *a, "mask") : NULL;
    if (!a) return n->b->err->code;
    *a = (xb_mask_args){ .batch = s->batch,
                         .rows = rows,
                         .keys = s->keys,
                         .kind = kind,
                         .hidden = xb_attr_float(n, "mask_filter_value", -10000.0f) };
    xb_step_in(n, &a->mask, m);
    xb_step_out(n, &a->out, v);
    *bias = (xb_attend_bias){ .v = v, .at = { rows * s->keys, 0, rows > 1 ? s->keys : 0 }, .col = 1, .cols = s->keys };
    return xb_step_work(n, xb_mask_work(a));
}

/* [batch or 1, heads or 1, queries, keys]; an operator whose caches may be longer than what is in use says what `keys` are. */
static xybrid_status want_bias(const xb_node *n, int32_t i, const sizes *s, int64_t keys) {
    const xb_val *v = xb_in(n, i);
    if (!v) return XYBRID_OK;
    XB_TRY(xb_want_type(n, i, n->in[0]->dtype));
    XB_TRY(xb_want_rank(n, i, 4));
    int64_t dims[4] = { v->dims[0] == 1 ? 1 : s->batch, v->dims[1] == 1 ? 1 : s->heads, s->queries, keys };
    return xb_want_shape(n, i, 4, dims);
}

static xybrid_status bias_in(const xb_node *n, int32_t i, xb_attend_bias *bias) {
    xb_val *v;
    XB_TRY(xb_float_in(n, xb_in(n, i), &v));
    if (!v) return XYBRID_OK;
    int64_t plane = v->dims[2] * v->dims[3];
    *bias = (xb_attend_bias){ .v = v, .col = 1, .cols = v->dims[3] };
    bias->at = (xb_sdpa_at){ v->dims[0] > 1 ? v->dims[1] * plane : 0, v->dims[1] > 1 ? plane : 0, v->dims[3] };
    return XYBRID_OK;
}

/* ---- Attention, QAttention: the projection is part of the operator ---- */

typedef struct layout { /* which input is which; -1: none */
    int32_t mask, past, bias;
} layout;
static const layout plain_layout = { 3, 4, 5 }, quantised_layout = { 5, 8, -1 };

static int64_t width_of(const sizes *s) { return s->heads * (2 * s->size + s->value_size); }

static xybrid_status attention_sizes(const xb_node *n, const layout *l, sizes *s) {
    const xb_val  *x = n->in[0], *w = n->in[1], *past = xb_in(n, l->past);
    const int64_t *given;
    XB_TRY(xb_want_rank(n, 0, 3));
    XB_TRY(xb_want_rank(n, 1, 2));
    XB_TRY(xb_refuse_attr(n, "do_rotary"));
    XB_TRY(xb_refuse_attr(n, "past_present_share_buffer"));
    *s = (sizes){ .batch = x->dims[0], .queries = x->dims[1], .news = x->dims[1] };
    XB_TRY(want_heads(n, "num_heads", &s->heads));
    s->kv_heads = s->heads;
    int64_t widths[3] = { w->dims[1] / 3, w->dims[1] / 3, w->dims[1] / 3 };
    int32_t count = xb_attr_ints(n, "qkv_hidden_sizes", &given);
    for (int32_t i = 0; i < count && i < 3; i++) widths[i] = given[i];
    for (int i = 0; i < 3; i++) {
        if (widths[i] < 0 || widths[i] > w->dims[1]) widths[i] = -1;
        XB_TRY(divides(n, s->heads, widths[i]));
    }
    s->size = widths[0] / s->heads;
    s->value_size = widths[2] / s->heads;
    if ((count >= 0 && count != 3) || widths[0] != widths[1] || width_of(s) != w->dims[1] || w->dims[0] != x->dims[2])
        return xb_refuse(n, "weights [%lld,%lld] for an input of %lld and %lld heads", (long long)w->dims[0],
                         (long long)w->dims[1], (long long)x->dims[2], (long long)s->heads);
    if (past || xb_out(n, 1)) {
        if (s->size != s->value_size)
            return xb_refuse(n, "a cache with keys of %lld and values of %lld elements", (long long)s->size,
                             (long long)s->value_size);
        if (past) {
            XB_TRY(xb_want_rank(n, l->past, 5));
            s->past = past->dims[3];
            XB_TRY(xb_want_shape(n, l->past, 5, (int64_t[]){ 2, s->batch, s->heads, s->past, s->size }));
        }
    }
    s->keys = s->past + s->news;
    XB_TRY(xb_want_vector(n, 2, w->dims[1]));
    if (l->bias >= 0) XB_TRY(want_bias(n, l->bias, s, s->keys));
    xb_mask_kind kind;
    return want_mask(n, l->mask, s, &kind);
}

static xybrid_status attention_outputs(xb_node *n, const sizes *s, int32_t dtype) {
    int64_t dims[3] = { s->batch, s->queries, s->heads * s->value_size };
    XB_TRY(xb_out_set(n, 0, dtype, 3, dims));
    return xb_out_set(n, 1, dtype, 5, (int64_t[]){ 2, s->batch, s->heads, s->keys, s->size });
}

/* From the projected [batch, queries, q k v] to the result. */
static xybrid_status attention_rest(xb_node *n, const layout *l, const sizes *s, xb_val *qkv) {
    xb_val  *y, *past, *present;
    int64_t  row = width_of(s), half = s->batch * s->heads * s->keys * s->size;
    xb_heads k_past, v_past;
    XB_TRY(begin_result(n, s, &y));
    XB_TRY(xb_float_in(n, xb_in(n, l->past), &past));
    XB_TRY(xb_float_out(n, xb_out(n, 1), &present));
    xb_attend d = { .q = xb_heads_in(qkv, XB_SEQUENCE_FIRST, s->batch, s->heads, s->queries, s->size),
                    .scale = scale_of(n, s->size),
                    .offset = s->past,
                    .left = -1,
                    .right = xb_attr_int(n, "unidirectional", 0) ? 0 : -1 };
    d.q.at.batch = s->queries * row;
    d.q.at.row = row;
    d.k = d.v = d.q;
    d.k.offset = s->heads * s->size;
    d.v.offset = 2 * d.k.offset;
    d.v.size = d.v.at.head = s->value_size;
    k_past = v_past = xb_heads_in(past, XB_HEADS_FIRST, s->batch, s->heads, s->past, s->size);
    v_past.offset = s->batch * s->heads * s->past * s->size;
    XB_TRY(xb_cache_append(n, past ? &k_past : NULL, &d.k, present, 0, &d.k));
    XB_TRY(xb_cache_append(n, past ? &v_past : NULL, &d.v, present, present ? half : 0, &d.v));
    d.out = xb_heads_in(y, XB_SEQUENCE_FIRST, s->batch, s->heads, s->queries, s->value_size);
    XB_TRY(mask_emit(n, l->mask, s, &d.bias[0]));
    if (l->bias >= 0) XB_TRY(bias_in(n, l->bias, &d.bias[1]));
    XB_TRY(xb_attend_emit(n, &d));
    XB_TRY(end_result(n, present, 1));
    return end_result(n, y, 0);
}

xybrid_status xb_infer_ms_attention(xb_node *n) {
    sizes s;
    XB_TRY(xb_want_plain_float(n, 0));
    XB_TRY(xb_want_type(n, 1, n->in[0]->dtype));
    XB_TRY(xb_want_type(n, 2, n->in[0]->dtype));
    XB_TRY(xb_want_type(n, 4, n->in[0]->dtype));
    XB_TRY(xb_refuse_input(n, 6, "past_sequence_length"));
    XB_TRY(attention_sizes(n, &plain_layout, &s));
    return attention_outputs(n, &s, n->in[0]->dtype);
}

xybrid_status xb_emit_ms_attention(xb_node *n) {
    sizes s;
    XB_TRY(attention_sizes(n, &plain_layout, &s));
    int64_t    width = width_of(&s), inner = n->in[0]->dims[2];
    xb_product p = { .dtype = XYBRID_FLOAT32,
                     .m = s.batch * s.queries,
                     .n = width,
                     .k = inner,
                     .b = n->in[1],
                     .a_row = inner,
                     .a_col = 1,
                     .b_row = width,
                     .b_col = 1,
                     .c_row = width,
                     .alpha = 1,
                     .beta = 1,
                     .add = xb_in(n, 2),
                     .add_col = 1 };
    XB_TRY(xb_float_in(n, n->in[0], &p.a));
    p.c = xb_temp(n, XYBRID_FLOAT32, 3, (int64_t[]){ s.batch, s.queries, width });
    if (!p.c) return n->b->err->code;
    XB_TRY(xb_product_emit(n, &p));
    return attention_rest(n, &plain_layout, &s, p.c);
}

/* QAttention: input, weights, bias, input's scale, weights' scale, mask, input's zero point, weights' zero point, past. Its
 * product becomes a node in front, whose result is one more input. */
enum { QATTENTION_INPUTS = 9 };

xybrid_status xb_infer_qattention(xb_node *n) {
    sizes   s;
    xb_val *in[7], **list = xb_build_alloc(n, QATTENTION_INPUTS + 1, sizeof *list);
    if (!list) return n->b->err->code;
    for (int32_t i = 2; i < 9; i++)
        if (i < 5 || i == 8) XB_TRY(xb_want_type(n, i, XYBRID_FLOAT32));
    XB_TRY(attention_sizes(n, &quantised_layout, &s));
    in[0] = n->in[0], in[1] = n->in[1], in[2] = n->in[3], in[3] = n->in[4], in[4] = xb_in(n, 6), in[5] = xb_in(n, 7),
    in[6] = n->in[2];
    XB_TRY(xb_node_before(n, XB_OP_MS_MatMulIntegerToFloat, NULL, 0, in, 7, &list[QATTENTION_INPUTS]));
    for (int32_t i = 0; i < n->in_count; i++) list[i] = n->in[i];
    n->in = list;
    n->in_count = QATTENTION_INPUTS + 1;
    return attention_outputs(n, &s, XYBRID_FLOAT32);
}

xybrid_status xb_emit_qattention(xb_node *n) {
    sizes s;
    XB_TRY(attention_sizes(n, &quantised_layout, &s));
    return attention_rest(n, &quantised_layout, &s, n->in[QATTENTION_INPUTS]);
}

/* ---- MultiHeadAttention ---- */

enum { MHA_QUERY, MHA_KEY, MHA_VALUE, MHA_BIAS, MHA_MASK, MHA_ATTENTION_BIAS, MHA_PAST_KEY, MHA_PAST_VALUE };

static xybrid_status mha_sizes(const xb_node *n, sizes *s) {
    const xb_val *q = n->in[0], *k = xb_in(n, MHA_KEY), *v = xb_in(n, MHA_VALUE), *past = xb_in(n, MHA_PAST_KEY);
    xb_mask_kind  kind;
    XB_TRY(xb_want_rank(n, 0, k ? 3 : 5)); /* packed: [batch, rows, heads, 3, size] */
    *s = (sizes){ .batch = q->dims[0], .queries = q->dims[1], .news = q->dims[1] };
    XB_TRY(want_heads(n, "num_heads", &s->heads));
    s->kv_heads = s->heads;
    if (k) XB_TRY(divides(n, s->heads, q->dims[2]));
    s->size = s->value_size = k ? q->dims[2] / s->heads : q->dims[4];
    if (!k) XB_TRY(xb_want_shape(n, 0, 5, (int64_t[]){ s->batch, s->queries, s->heads, 3, s->size }));
    if (k && (k->rank < 3 || k->rank > 5 || (v != NULL) == (k->rank == 5) || (v && v->rank != k->rank)))
        return xb_refuse(n, "a key of %d dimensions %s value", k->rank, v ? "with a" : "without a");
    if (k) s->news = k->dims[k->rank == 4 ? 2 : 1];
    if (k && k->rank == 3) {
        XB_TRY(xb_want_shape(n, MHA_KEY, 3, (int64_t[]){ s->batch, s->news, s->heads * s->size }));
        XB_TRY(xb_want_shape(n, MHA_VALUE, 3, (int64_t[]){ s->batch, s->news, v->dims[2] }));
        XB_TRY(divides(n, s->heads, v->dims[2]));
        s->value_size = v->dims[2] / s->heads;
    } else if (k && k->rank == 4) {
        XB_TRY(xb_want_shape(n, MHA_KEY, 4, (int64_t[]){ s->batch, s->heads, s->news, s->size }));
        XB_TRY(xb_want_shape(n, MHA_VALUE, 4, (int64_t[]){ s->batch, s->heads, s->news, v->dims[3] }));
        s->value_size = v->dims[3];
    } else if (k) {
        XB_TRY(xb_want_shape(n, MHA_KEY, 5, (int64_t[]){ s->batch, s->news, s->heads, 2, s->size }));
    }
    XB_TRY(xb_want_vector(n, MHA_BIAS, s->heads * (2 * s->size + s->value_size)));
    if (xb_in(n, MHA_BIAS) && k && k->rank != 3) return xb_refuse(n, "a bias with keys of %d dimensions", k->rank);
    if ((past != NULL) != (xb_in(n, MHA_PAST_VALUE) != NULL)) return xb_refuse(n, "one of past_key and past_value is missing");
    if (past) {
        XB_TRY(xb_want_rank(n, MHA_PAST_KEY, 4));
        s->past = past->dims[2];
        XB_TRY(xb_want_shape(n, MHA_PAST_KEY, 4, (int64_t[]){ s->batch, s->heads, s->past, s->size }));
        XB_TRY(xb_want_shape(n, MHA_PAST_VALUE, 4, (int64_t[]){ s->batch, s->heads, s->past, s->value_size }));
    }
    s->keys = s->past + s->news;
    XB_TRY(want_bias(n, MHA_ATTENTION_BIAS, s, s->keys));
    return want_mask(n, MHA_MASK, s, &kind);
}

xybrid_status xb_infer_mha(xb_node *n) {
    sizes   s;
    int32_t dtype = n->in[0]->dtype;
    XB_TRY(xb_want_plain_float(n, 0));
    for (int32_t i = 1; i < 8; i++)
        if (i != MHA_MASK) XB_TRY(xb_want_type(n, i, dtype));
    XB_TRY(xb_refuse_input(n, 8, "past_sequence_length"));
    XB_TRY(xb_refuse_input(n, 9, "cache_indirection"));
    XB_TRY(mha_sizes(n, &s));
    XB_TRY(xb_out_set(n, 0, dtype, 3, (int64_t[]){ s.batch, s.queries, s.heads * s.value_size }));
    XB_TRY(xb_out_set(n, 1, dtype, 4, (int64_t[]){ s.batch, s.heads, s.keys, s.size }));
    XB_TRY(xb_out_set(n, 2, dtype, 4, (int64_t[]){ s.batch, s.heads, s.keys, s.value_size }));
    return xb_out_set(n, 3, dtype, 4, (int64_t[]){ s.batch, s.heads, s.queries, s.keys });
}

/* Queries, keys and values of this step where they lie; `parts` of them side by side for each head in a packed tensor. */
static xb_heads packed_part(xb_val *v, const sizes *s, int64_t rows, int64_t parts, int64_t part) {
    xb_heads h = xb_heads_in(v, XB_SEQUENCE_FIRST, s->batch, s->heads, rows, s->size);
    h.at = (xb_sdpa_at){ h.at.batch * parts, h.at.head * parts, h.at.row * parts };
    h.offset = part * s->size;
    return h;
}

static xybrid_status mha_views(const xb_node *n, const sizes *s, xb_attend *d) {
    xb_val *q, *k, *v, *bias;
    XB_TRY(xb_float_in(n, n->in[0], &q));
    XB_TRY(xb_float_in(n, xb_in(n, MHA_KEY), &k));
    XB_TRY(xb_float_in(n, xb_in(n, MHA_VALUE), &v));
    XB_TRY(xb_float_in(n, xb_in(n, MHA_BIAS), &bias));
    d->q = k ? xb_heads_in(q, XB_SEQUENCE_FIRST, s->batch, s->heads, s->queries, s->size) : packed_part(q, s, s->queries, 3, 0);
    if (!k || k->rank == 5) {
        d->k = packed_part(k ? k : q, s, s->news, k ? 2 : 3, k ? 0 : 1);
        d->v = packed_part(k ? k : q, s, s->news, k ? 2 : 3, k ? 1 : 2);
    } else {
        xb_heads_order order = k->rank == 4 ? XB_HEADS_FIRST : XB_SEQUENCE_FIRST;
        d->k = xb_heads_in(k, order, s->batch, s->heads, s->news, s->size);
        d->v = xb_heads_in(v, order, s->batch, s->heads, s->news, s->value_size);
    }
    int64_t width = s->heads * s->size;
    XB_TRY(xb_heads_biased(n, &d->q, bias, 0, &d->q));
    XB_TRY(xb_heads_biased(n, &d->k, bias, width, &d->k));
    return xb_heads_biased(n, &d->v, bias, 2 * width, &d->v);
}

xybrid_status xb_emit_mha(xb_node *n) {
    sizes     s;
    xb_val   *y, *past_k, *past_v, *present_k, *present_v;
    xb_attend d = { .left = -1, .right = xb_attr_int(n, "unidirectional", 0) ? 0 : -1, .stage = XB_SDPA_BIASED };
    XB_TRY(mha_sizes(n, &s));
    XB_TRY(mha_views(n, &s, &d));
    XB_TRY(xb_float_in(n, xb_in(n, MHA_PAST_KEY), &past_k));
    XB_TRY(xb_float_in(n, xb_in(n, MHA_PAST_VALUE), &past_v));
    XB_TRY(xb_float_out(n, xb_out(n, 1), &present_k));
    XB_TRY(xb_float_out(n, xb_out(n, 2), &present_v));
    XB_TRY(xb_float_out(n, xb_out(n, 3), &d.scores));
    XB_TRY(begin_result(n, &s, &y));
    xb_heads before_k = xb_heads_in(past_k, XB_HEADS_FIRST, s.batch, s.heads, s.past, s.size);
    xb_heads before_v = xb_heads_in(past_v, XB_HEADS_FIRST, s.batch, s.heads, s.past, s.value_size);
    XB_TRY(xb_cache_append(n, past_k ? &before_k : NULL, &d.k, present_k, 0, &d.k));
    XB_TRY(xb_cache_append(n, past_v ? &before_v : NULL, &d.v, present_v, 0, &d.v));
    d.out = xb_heads_in(y, XB_SEQUENCE_FIRST, s.batch, s.heads, s.queries, s.value_size);
    d.scale = scale_of(n, s.size);
    d.offset = s.past;
    XB_TRY(mask_emit(n, MHA_MASK, &s, &d.bias[0]));
    XB_TRY(bias_in(n, MHA_ATTENTION_BIAS, &d.bias[1]));
    XB_TRY(xb_attend_emit(n, &d));
    XB_TRY(end_result(n, present_k, 1));
    XB_TRY(end_result(n, present_v, 2));
    XB_TRY(end_result(n, d.scores, 3));
    return end_result(n, y, 0);
}

/* ---- GroupQueryAttention ---- */

enum {
    GQA_QUERY,
    GQA_KEY,
    GQA_VALUE,
    GQA_PAST_KEY,
    GQA_PAST_VALUE,
    GQA_LENGTHS,
    GQA_TOTAL,
    GQA_COS,
    GQA_SIN,
    GQA_POSITIONS,
    GQA_BIAS,
    GQA_SINK
};

typedef struct gqa { /* keys: rows of the caches that are given back */
    sizes   s;
    int64_t total; /* keys in use, of the batch with the most */
    int64_t half;  /* columns of the tables of angles */
    int     is_prompt;
} gqa;

static xybrid_status gqa_refusals(const xb_node *n) {
    static const char inputs[][14] = { "k_scale", "v_scale", "q_norm_weight", "k_norm_weight" };
    for (int32_t i = 0; i < 4; i++) XB_TRY(xb_refuse_input(n, 12 + i, inputs[i]));
    XB_TRY(xb_refuse_attr(n, "sliding_window_cache"));
    if (!xb_attr_is(n, "k_quant_type", "NONE", "NONE") || !xb_attr_is(n, "v_quant_type", "NONE", "NONE"))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a quantised cache is not supported");
    return XYBRID_OK;
}

static xybrid_status gqa_rotary(const xb_node *n, gqa *g) {
    const xb_val *cos = xb_in(n, GQA_COS);
    if (!xb_attr_int(n, "do_rotary", 0)) return XYBRID_OK;
    if (!cos || !xb_in(n, GQA_SIN)) return xb_refuse(n, "do_rotary without cos_cache and sin_cache");
    XB_TRY(xb_want_rank(n, GQA_COS, 2));
    XB_TRY(xb_want_shape(n, GQA_SIN, 2, cos->dims));
    g->half = cos->dims[1];
    if (g->half < 1 || cos->dims[0] < 1 || g->half > g->s.size / 2)
        return xb_refuse(n, "cos_cache [%lld,%lld] for heads of %lld", (long long)cos->dims[0], (long long)g->half,
                         (long long)g->s.size);
    XB_TRY(xb_want_type(n, GQA_POSITIONS, XYBRID_INT64));
    return xb_want_shape(n, GQA_POSITIONS, 2, (int64_t[]){ g->s.batch, g->s.queries });
}

static xybrid_status gqa_sizes(xb_node *n, gqa *g) {
    const xb_val *q = n->in[0], *k = xb_in(n, GQA_KEY), *past = xb_in(n, GQA_PAST_KEY);
    sizes        *s = &g->s;
    *g = (gqa){ .s = { 0 } };
    XB_TRY(gqa_refusals(n));
    XB_TRY(xb_want_rank(n, 0, 3));
    *s = (sizes){ .batch = q->dims[0], .queries = q->dims[1], .news = q->dims[1] };
    XB_TRY(want_heads(n, "num_heads", &s->heads));
    XB_TRY(want_heads(n, "kv_num_heads", &s->kv_heads));
    XB_TRY(divides(n, s->kv_heads, s->heads));
    int64_t all = k ? s->heads : s->heads + 2 * s->kv_heads;
    XB_TRY(divides(n, all, q->dims[2]));
    s->size = s->value_size = q->dims[2] / all;
    if ((k != NULL) != (xb_in(n, GQA_VALUE) != NULL)) return xb_refuse(n, "one of key and value is missing");
    int64_t dims[3] = { s->batch, s->queries, s->kv_heads * s->size };
    XB_TRY(xb_want_shape(n, GQA_KEY, 3, dims));
    XB_TRY(xb_want_shape(n, GQA_VALUE, 3, dims));
    if (!xb_in(n, GQA_LENGTHS)) return xb_refuse(n, "seqlens_k is missing");
    XB_TRY(xb_want_type(n, GQA_LENGTHS, XYBRID_INT32));
    XB_TRY(xb_int(n, GQA_TOTAL, &g->total));
    if (n->in[GQA_LENGTHS]->count != s->batch || g->total < s->queries || g->total > INT32_MAX)
        return xb_refuse(n, "a batch of %lld with %lld queries, total_sequence_length is %lld", (long long)s->batch,
                         (long long)s->queries, (long long)g->total);
    g->is_prompt = g->total == s->queries;
    if ((past != NULL) != (xb_in(n, GQA_PAST_VALUE) != NULL)) return xb_refuse(n, "one of past_key and past_value is missing");
    if (past) {
        XB_TRY(xb_want_rank(n, GQA_PAST_KEY, 4));
        s->past = past->dims[2];
        int64_t cache[4] = { s->batch, s->kv_heads, s->past, s->size };
        XB_TRY(xb_want_shape(n, GQA_PAST_KEY, 4, cache));
        XB_TRY(xb_want_shape(n, GQA_PAST_VALUE, 4, cache));
    }
    s->keys = xb_max64(s->past, g->total);
    XB_TRY(want_bias(n, GQA_BIAS, s, g->total));
    XB_TRY(xb_want_vector(n, GQA_SINK, s->heads));
    return gqa_rotary(n, g);
}

xybrid_status xb_infer_gqa(xb_node *n) {
    gqa     g;
    int32_t dtype = n->in[0]->dtype;
    XB_TRY(xb_want_plain_float(n, 0));
    for (int32_t i = 1; i <= GQA_SINK; i++)
        if (i < GQA_LENGTHS || i == GQA_COS || i == GQA_SIN || i > GQA_POSITIONS) XB_TRY(xb_want_type(n, i, dtype));
    XB_TRY(gqa_sizes(n, &g));
    const sizes *s = &g.s;
    XB_TRY(xb_out_set(n, 0, dtype, 3, (int64_t[]){ s->batch, s->queries, s->heads * s->size }));
    int64_t cache[4] = { s->batch, s->kv_heads, s->keys, s->size };
    XB_TRY(xb_out_set(n, 1, dtype, 4, cache));
    XB_TRY(xb_out_set(n, 2, dtype, 4, cache));
    return xb_out_set(n, 3, dtype, 4, (int64_t[]){ s->batch, s->heads, s->queries, g.total });
}

/* Turns x by its positions, into a tensor of the plan's own. */
static xybrid_status gqa_turned(const xb_node *n, const gqa *g, xb_val *lengths, xb_heads *x) {
    if (!g->half) return XYBRID_OK;
    xb_val   *position = xb_in(n, GQA_POSITIONS);
    xb_rotate r = { .turned = 2 * g->half,
                    .table_row = g->half,
                    .table_rows = n->in[GQA_COS]->dims[0],
                    .position = position,
                    .position_batch = g->s.queries,
                    .position_row = 1,
                    .is_interleaved = xb_attr_int(n, "rotary_interleaved", 0) != 0 };
    XB_TRY(xb_float_in(n, n->in[GQA_COS], &r.cos));
    XB_TRY(xb_float_in(n, n->in[GQA_SIN], &r.sin));
    if (!position) {
        r.position = g->is_prompt ? NULL : lengths;
        r.position_batch = 1;
        r.position_row = 0;
        r.add = g->is_prompt ? 0 : 1 - g->s.queries;
        r.row_step = 1;
    }
    int64_t  dims[4] = { x->batch, x->rows, x->heads, x->size };
    xb_heads y = xb_heads_in(xb_temp(n, XYBRID_FLOAT32, 4, dims), XB_SEQUENCE_FIRST, x->batch, x->heads, x->rows, x->size);
    if (!y.v) return n->b->err->code;
    XB_TRY(xb_rotate_emit(n, &r, x, &y));
    *x = y;
    return XYBRID_OK;
}

/* The cache with this step's rows in it: input `past`, output `present`. */
static xybrid_status gqa_cache(const xb_node *n, const gqa *g, int32_t past, int32_t present, xb_val *lengths, xb_heads *x) {
    xb_val *before, *out;
    int64_t dims[4] = { g->s.batch, g->s.kv_heads, g->s.keys, g->s.size };
    XB_TRY(xb_float_in(n, g->is_prompt ? NULL : xb_in(n, past), &before));
    XB_TRY(xb_float_out(n, xb_out(n, present), &out));
    if (!out) out = xb_temp(n, XYBRID_FLOAT32, 4, dims);
    xb_cache_args *a = out ? xb_step_new(n, sizeof *a, "cache") : NULL;
    if (!a) return n->b->err->code;
    *a = (xb_cache_args){ .now_at = x->at,
                          .batch = dims[0],
                          .heads = dims[1],
                          .past_rows = before ? g->s.past : 0,
                          .rows = x->rows,
                          .out_rows = dims[2],
                          .size = dims[3],
                          .add = 1 - g->s.queries };
    xb_step_in(n, &a->past, before);
    xb_step_in_at(n, &a->now, x->v, x->offset * (int64_t)sizeof(float));
    xb_step_in(n, &a->lengths, before ? lengths : NULL);
    xb_step_out(n, &a->out, out);
    XB_TRY(xb_step_work(n, xb_cache_work(a)));
    *x = xb_heads_in(out, XB_HEADS_FIRST, dims[0], dims[1], dims[2], dims[3]);
    return end_result(n, out, present);
}

static xybrid_status gqa_views(const xb_node *n, const sizes *s, xb_attend *d) {
    xb_val *q, *k, *v;
    XB_TRY(xb_float_in(n, n->in[0], &q));
    XB_TRY(xb_float_in(n, xb_in(n, GQA_KEY), &k));
    XB_TRY(xb_float_in(n, xb_in(n, GQA_VALUE), &v));
    d->q = xb_heads_in(q, XB_SEQUENCE_FIRST, s->batch, s->heads, s->queries, s->size);
    d->k = xb_heads_in(k ? k : q, XB_SEQUENCE_FIRST, s->batch, s->kv_heads, s->news, s->size);
    d->v = xb_heads_in(v ? v : q, XB_SEQUENCE_FIRST, s->batch, s->kv_heads, s->news, s->size);
    if (k) return XYBRID_OK;
    int64_t row = (s->heads + 2 * s->kv_heads) * s->size; /* queries, keys and values of a row stand behind each other */
    d->q.at.row = d->k.at.row = d->v.at.row = row;
    d->q.at.batch = d->k.at.batch = d->v.at.batch = s->queries * row;
    d->k.offset = s->heads * s->size;
    d->v.offset = d->k.offset + s->kv_heads * s->size;
    return XYBRID_OK;
}

/* The scores of the keys in use, from those of the whole cache. */
static xybrid_status gqa_scores(xb_node *n, const gqa *g, xb_val *scores) {
    xb_val *out;
    if (!scores) return XYBRID_OK;
    XB_TRY(xb_float_out(n, n->out[3], &out));
    int64_t strides[4] = { 0, 0, g->s.keys, 1 };
    strides[1] = strides[2] * g->s.queries;
    strides[0] = strides[1] * g->s.heads;
    XB_TRY(xb_gather_into(n, scores, 0, strides, out));
    return xb_float_done(n, out, n->out[3]);
}

xybrid_status xb_emit_gqa(xb_node *n) {
    gqa     g;
    xb_val *y, *lengths;
    XB_TRY(gqa_sizes(n, &g));
    const sizes *s = &g.s;
    int64_t      window = xb_attr_int(n, "local_window_size", -1), output = xb_attr_int(n, "qk_output", 0);
    xb_attend    d = { .scale = scale_of(n, s->size),
                       .softcap = xb_attr_float(n, "softcap", 0),
                       .length_add = 1,
                       .from_end = !g.is_prompt,
                       .left = window > 0 ? window - 1 : -1,
                       .right = xb_attr_int(n, "causal", 1) ? 0 : -1,
                       .stage = output == 2 ? XB_SDPA_WEIGHTS : XB_SDPA_BIASED };
    XB_TRY(xb_as_type(n, n->in[GQA_LENGTHS], XYBRID_INT64, &lengths));
    XB_TRY(gqa_views(n, s, &d));
    XB_TRY(gqa_turned(n, &g, lengths, &d.q));
    XB_TRY(gqa_turned(n, &g, lengths, &d.k));
    XB_TRY(gqa_cache(n, &g, GQA_PAST_KEY, 1, lengths, &d.k));
    XB_TRY(gqa_cache(n, &g, GQA_PAST_VALUE, 2, lengths, &d.v));
    XB_TRY(begin_result(n, s, &y));
    XB_TRY(bias_in(n, GQA_BIAS, &d.bias[0]));
    XB_TRY(xb_float_in(n, xb_in(n, GQA_SINK), &d.sink));
    d.has_sink = d.sink || xb_attr_int(n, "smooth_softmax", 0) > 0;
    d.lengths = lengths;
    d.out = xb_heads_in(y, XB_SEQUENCE_FIRST, s->batch, s->heads, s->queries, s->size);
    if (xb_out(n, 3) && !(d.scores = xb_temp(n, XYBRID_FLOAT32, 4, (int64_t[]){ s->batch, s->heads, s->queries, s->keys })))
        return n->b->err->code;
    XB_TRY(xb_attend_emit(n, &d));
    XB_TRY(gqa_scores(n, &g, d.scores));
    return end_result(n, y, 0);
}

/* ---- RotaryEmbedding ---- */

typedef struct rotary {
    int64_t batch, rows, heads, size, half;
    int     is_heads_first, has_offset; /* positions are one number, and the row */
} rotary;

static xybrid_status rotary_sizes(const xb_node *n, rotary *r) {
    const xb_val *x = n->in[0], *ids = n->in[1], *cos = n->in[2];
    int64_t       turned = xb_attr_int(n, "rotary_embedding_dim", 0), heads = xb_attr_int(n, "num_heads", 0);
    if (x->rank != 3 && x->rank != 4) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    XB_TRY(xb_refuse_attr(n, "is_packed_batching"));
    XB_TRY(xb_want_rank(n, 2, 2));
    XB_TRY(xb_want_shape(n, 3, 2, cos->dims));
    *r = (rotary){ .batch = x->dims[0], .half = cos->dims[1], .is_heads_first = x->rank == 4 };
    r->rows = x->dims[r->is_heads_first ? 2 : 1];
    int64_t width = r->is_heads_first ? x->dims[1] * x->dims[3] : x->dims[2];
    r->size = r->is_heads_first ? x->dims[3] : turned > 0 && heads > 0 ? width / heads : 2 * r->half;
    if (r->half < 1 || cos->dims[0] < 1 || r->size < 2 * r->half || width % r->size || (turned > 0 && turned != 2 * r->half))
        return xb_refuse(n, "cos_cache [%lld,%lld] for heads of %lld", (long long)cos->dims[0], (long long)r->half,
                         (long long)r->size);
    r->heads = width / r->size;
    r->has_offset = ids->count == 1;
    if (r->has_offset) return xb_want_type(n, 1, XYBRID_INT64);
    XB_TRY(xb_want_type(n, 1, XYBRID_INT64));
    return xb_want_shape(n, 1, 2, (int64_t[]){ r->batch, r->rows });
}

xybrid_status xb_infer_ms_rotary(xb_node *n) {
    rotary r;
    XB_TRY(xb_want_plain_float(n, 0));
    XB_TRY(xb_want_type(n, 2, n->in[0]->dtype));
    XB_TRY(xb_want_type(n, 3, n->in[0]->dtype));
    XB_TRY(rotary_sizes(n, &r));
    return xb_out_like(n, 0, n->in[0]);
}

xybrid_status xb_emit_ms_rotary(xb_node *n) {
    rotary  r = { 0 };
    xb_val *x, *y;
    XB_TRY(rotary_sizes(n, &r));
    if (n->out[0]->count == 0) return XYBRID_OK;
    xb_rotate d = { .position = n->in[1],
                    .turned = 2 * r.half,
                    .table_row = r.half,
                    .table_rows = n->in[2]->dims[0],
                    .position_batch = r.has_offset ? 0 : r.rows,
                    .position_row = !r.has_offset,
                    .row_step = r.has_offset,
                    .is_interleaved = xb_attr_int(n, "interleaved", 0) != 0 };
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[2], &d.cos));
    XB_TRY(xb_float_in(n, n->in[3], &d.sin));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    xb_heads_order order = r.is_heads_first ? XB_HEADS_FIRST : XB_SEQUENCE_FIRST;
    xb_heads       from = xb_heads_in(x, order, r.batch, r.heads, r.rows, r.size), to = from;
    to.v = y;
    XB_TRY(xb_rotate_emit(n, &d, &from, &to));
    return xb_float_done(n, y, n->out[0]);
}
