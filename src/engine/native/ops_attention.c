/* engine/native/ops_attention.c - Attention, LinearAttention, RotaryEmbedding. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn_attention.h"
#include "engine/native/op_list.h"
#include "kernel/attention.h"
#include "kernel/move.h"
#include "kernel/sequence.h"

/* ---- Attention: shapes ---- */

typedef struct attention {
    xb_heads q, k, v; /* k, v: what came in */
    int64_t  past, keys;
    int      is_flat; /* 3 dimensions: [batch, tokens, heads * size] */
} attention;

/* v as heads; `count` of them, if it does not say so itself. */
static xb_heads heads_of(xb_val *v, int64_t count) {
    const int64_t *d = v->dims;
    if (v->rank == 4) return xb_heads_in(v, XB_HEADS_FIRST, d[0], d[1], d[2], d[3]);
    return xb_heads_in(v, XB_SEQUENCE_FIRST, d[0], count, d[1], count > 0 ? d[2] / count : 0);
}

static xybrid_status want_heads(const xb_node *n, int32_t i, int64_t count) {
    const xb_val *v = n->in[i];
    XB_TRY(xb_want_rank(n, i, n->in[0]->rank));
    if (v->rank == 4 || count == 1 || (count > 0 && count <= v->dims[2] && v->dims[2] % count == 0)) return XYBRID_OK;
    return xb_refuse(n, "input %d has %lld elements for %lld heads", i, (long long)v->dims[2], (long long)count);
}

/* past_key or past_value. */
static xybrid_status want_past(const xb_node *n, int32_t i, const xb_heads *h, int64_t past) {
    const xb_val *v = n->in[i];
    XB_TRY(xb_want_rank(n, i, 4));
    if (v->dims[0] == h->batch && v->dims[1] == h->heads && v->dims[2] == past && v->dims[3] == h->size) return XYBRID_OK;
    return xb_refuse(n, "input %d does not fit the new keys and values", i);
}

static xybrid_status want_mask(const xb_node *n, const attention *s) {
    const xb_val *mask = xb_in(n, 3);
    int64_t       dims[4] = { s->q.batch, s->q.heads, s->q.rows, s->keys };
    if (!mask) return XYBRID_OK;
    int is_short = mask->rank > 0 && mask->dims[mask->rank - 1] < s->keys;
    for (int32_t d = 0; d < mask->rank && mask->rank <= 4; d++) {
        int64_t have = mask->dims[d], wanted = dims[4 - mask->rank + d];
        if (have != wanted && have != 1 && !(is_short && d == mask->rank - 1))
            return xb_refuse(n, "the mask's dimension %d is %lld, wanted %lld or 1", d, (long long)have, (long long)wanted);
    }
    if (mask->rank > 4) return xb_refuse(n, "the mask has %d dimensions, wanted at most 4", mask->rank);
    return mask->dtype == XYBRID_BOOL ? XYBRID_OK : xb_want_float(n, 3);
}

static xybrid_status attention_shape(const xb_node *n, attention *s) {
    int64_t q_heads = xb_attr_int(n, "q_num_heads", 0), kv_heads = xb_attr_int(n, "kv_num_heads", 0);
    int64_t lines;
    for (int32_t i = 0; i < 3; i++) XB_TRY(xb_want_float(n, i));
    XB_TRY(xb_want_type(n, 1, n->in[0]->dtype));
    s->is_flat = n->in[0]->rank == 3;
    if (!s->is_flat) XB_TRY(xb_want_rank(n, 0, 4));
    for (int32_t i = 0; i < 3; i++) XB_TRY(want_heads(n, i, i ? kv_heads : q_heads));
    s->q = heads_of(n->in[0], q_heads);
    s->k = heads_of(n->in[1], kv_heads);
    s->v = heads_of(n->in[2], kv_heads);
    if (s->k.batch != s->q.batch || s->v.batch != s->q.batch || s->k.heads != s->v.heads || s->k.rows != s->v.rows ||
        s->k.size != s->q.size || s->k.heads == 0 || s->q.heads % s->k.heads)
        return xb_fail_node(
            n, XYBRID_INVALID_ARGUMENT, "queries of %lld heads of %lld, keys of %lld of %lld, values of %lld do not fit",
            (long long)s->q.heads, (long long)s->q.size, (long long)s->k.heads, (long long)s->k.size, (long long)s->v.heads);
    const xb_val *past_k = xb_in(n, 4), *past_v = xb_in(n, 5);
    if (!past_k != !past_v) return xb_refuse(n, "one of past_key and past_value is missing");
    s->past = past_k && past_k->rank == 4 ? past_k->dims[2] : 0;
    s->keys = s->past + s->k.rows;
    if (past_k) {
        XB_TRY(xb_want_type(n, 4, n->in[1]->dtype));
        XB_TRY(xb_want_type(n, 5, n->in[2]->dtype));
        XB_TRY(want_past(n, 4, &s->k, s->past));
        XB_TRY(want_past(n, 5, &s->v, s->past));
    }
    XB_TRY(want_mask(n, s));
    if (xb_in(n, 6)) {
        XB_TRY(xb_want_type(n, 6, XYBRID_INT64));
        XB_TRY(xb_want_vector(n, 6, s->q.batch));
        if (past_k) return xb_refuse(n, "nonpad_kv_seqlen together with past keys");
    }
    if (xb_mul_overflows(s->q.batch * s->q.heads, s->q.rows, &lines) || lines > INT32_MAX)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "more than 2^31 queries");
    return XYBRID_OK;
}

xybrid_status xb_infer_attention(xb_node *n) {
    attention s;
    XB_TRY(attention_shape(n, &s));
    int64_t left = xb_attr_int(n, "left_window_size", -1), right = xb_attr_int(n, "right_window_size", -1);
    int64_t mode = xb_attr_int(n, "qk_matmul_output_mode", 0), precision = xb_attr_int(n, "softmax_precision", XYBRID_FLOAT32);
    if (left < -1 || right < -1 || mode < 0 || mode > 3 || precision < 0 || precision > INT32_MAX ||
        !xb_is_float((int32_t)precision))
        return xb_refuse(n, "a window of %lld, %lld, mode %lld or precision %lld", (long long)left, (long long)right,
                         (long long)mode, (long long)precision);
    int32_t dtype = n->in[0]->dtype;
    int64_t y[4] = { s.q.batch, s.q.heads, s.q.rows, s.v.size };
    if (s.is_flat) memcpy(y, (int64_t[]){ s.q.batch, s.q.rows, s.q.heads * s.v.size }, 3 * sizeof *y);
    XB_TRY(xb_out_set(n, 0, dtype, s.is_flat ? 3 : 4, y));
    XB_TRY(xb_out_set(n, 1, dtype, 4, (int64_t[]){ s.q.batch, s.k.heads, s.keys, s.k.size }));
    XB_TRY(xb_out_set(n, 2, n->in[2]->dtype, 4, (int64_t[]){ s.q.batch, s.v.heads, s.keys, s.v.size }));
    return xb_out_set(n, 3, dtype, 4, (int64_t[]){ s.q.batch, s.q.heads, s.q.rows, s.keys });
}

/* ---- Attention: steps ---- */

/* src to tokens [first, ...) of the dense tensor `to`, in its own type. */
static xybrid_status put_tokens(const xb_node *n, const xb_heads *src, xb_val *to, int64_t first) {
    int64_t all = to->dims[2];
    if (src->v->count == 0) return XYBRID_OK;
    xb_move_args *a = xb_step_new(n, sizeof *a, "cache");
    if (!a) return n->b->err->code;
    *a = (xb_move_args){ .rank = 4,
                         .element_bytes = xb_element_bytes(to->dtype),
                         .dims = { src->batch, src->heads, src->rows, src->size },
                         .src_strides = { src->at.batch, src->at.head, src->at.row, 1 },
                         .dst_strides = { src->heads * all * src->size, all * src->size, src->size, 1 } };
    xb_step_in_bytes(n, &a->src, src->v, 0);
    xb_step_out_at(n, &a->dst, to, first * src->size * a->element_bytes);
    return xb_step_work(n, xb_move_work(a));
}

/* Past and new tokens together in output `o`, or a tensor of the plan; without past tokens and such an output, where they lie. In
 * `dtype`. */
static xybrid_status all_tokens(xb_node *n, int32_t in, int32_t o, int64_t keys, int32_t dtype, xb_heads *h) {
    xb_val *past = xb_in(n, in + 3), *to = xb_out(n, o);
    if (past || to) {
        if (!to && !(to = xb_temp(n, h->v->dtype, 4, (int64_t[]){ h->batch, h->heads, keys, h->size }))) return n->b->err->code;
        if (past) {
            xb_heads before = heads_of(past, 0);
            XB_TRY(put_tokens(n, &before, to, 0));
        }
        XB_TRY(put_tokens(n, h, to, keys - h->rows));
        *h = heads_of(to, 0);
    }
    return xb_as_type(n, h->v, dtype, &h->v);
}

/* The mask as a bias: bool, or in `dtype`. One that is shorter than the keys hides the rest. */
static xybrid_status mask_bias(xb_node *n, const attention *s, int32_t dtype, xb_attend_bias *bias) {
    xb_val *mask = xb_in(n, 3);
    int64_t strides[4];
    if (!mask) return XYBRID_OK;
    int64_t last = mask->rank ? mask->dims[mask->rank - 1] : 1, dims[4] = { s->q.batch, s->q.heads, s->q.rows, last };
    xb_broadcast_strides(mask, 4, dims, strides);
    bias->at = (xb_sdpa_at){ strides[0], strides[1], strides[2] };
    bias->col = last != 1;
    bias->cols = mask->rank ? last : s->keys;
    bias->v = mask;
    return mask->dtype == XYBRID_BOOL ? XYBRID_OK : xb_as_type(n, mask, dtype, &bias->v);
}

static xybrid_status attention_f64(xb_node *n, const xb_attend *d, double scale) {
    const xb_attend_bias *mask = &d->bias[0];
    xb_attention_args    *a = xb_step_new(n, sizeof *a, "attention");
    if (!a) return n->b->err->code;
    *a = (xb_attention_args){
        .batch = d->q.batch, .heads = d->q.heads, .kv_heads = d->k.heads, .queries = d->q.rows, .keys = d->k.rows
    };
    a->size = d->q.size;
    a->v_size = d->v.size;
    a->q_at = d->q.at;
    a->k_at = d->k.at;
    a->v_at = d->v.at;
    a->y_at = d->out.at;
    a->scale = scale;
    a->softcap = d->softcap;
    a->stage = d->stage;
    a->mask_is_bool = mask->v && mask->v->dtype == XYBRID_BOOL;
    a->mask_at = mask->at;
    a->mask_col = mask->col;
    a->mask_cols = mask->cols;
    a->offset = d->offset;
    a->left = d->left;
    a->right = d->right;
    xb_step_in(n, &a->q, d->q.v);
    xb_step_in(n, &a->k, d->k.v);
    xb_step_in(n, &a->v, d->v.v);
    xb_step_in(n, &a->mask, mask->v);
    xb_step_in(n, &a->lengths, d->lengths);
    xb_step_out(n, &a->y, d->out.v);
    if (d->scores) xb_step_out(n, &a->scores, d->scores);
    return xb_step_work(n, xb_attention_work(a));
}

xybrid_status xb_emit_attention(xb_node *n) {
    attention s;
    xb_attend d = { .softcap = xb_attr_float(n, "softcap", 0), .lengths = xb_in(n, 6), .from_end = xb_in(n, 6) != NULL };
    xb_val   *y, *out = xb_out(n, 0);
    int32_t   dtype = xb_float_of(n->in[0]->dtype);
    double    scale = xb_attr_float(n, "scale", NAN);
    XB_TRY(attention_shape(n, &s));
    d.k = s.k;
    d.v = s.v;
    XB_TRY(all_tokens(n, 1, 1, s.keys, dtype, &d.k));
    XB_TRY(all_tokens(n, 2, 2, s.keys, dtype, &d.v));
    if ((!out || out->count == 0) && (!xb_out(n, 3) || n->out[3]->count == 0)) return XYBRID_OK;
    d.q = s.q;
    XB_TRY(xb_float_in(n, n->in[0], &d.q.v));
    XB_TRY(mask_bias(n, &s, dtype, &d.bias[0]));
    XB_TRY(xb_float_out(n, out, &y));
    XB_TRY(xb_float_out(n, xb_out(n, 3), &d.scores));
    if (!y && !(y = xb_temp(n, dtype, 4, (int64_t[]){ s.q.batch, s.q.heads, s.q.rows, s.v.size }))) return n->b->err->code;
    d.out = heads_of(y, s.q.heads);
    if (scale != scale) scale = 1 / sqrt((double)s.q.size);
    d.scale = (float)scale;
    d.offset = s.past;
    d.left = xb_attr_int(n, "left_window_size", -1);
    d.right = xb_attr_int(n, "is_causal", 0) ? 0 : xb_attr_int(n, "right_window_size", -1);
    d.stage = (int32_t)xb_attr_int(n, "qk_matmul_output_mode", 0); /* xb_sdpa_stage counts as ONNX does */
    if (dtype == XYBRID_FLOAT64) XB_TRY(attention_f64(n, &d, scale));
    else XB_TRY(xb_attend_emit(n, &d));
    if (d.scores) XB_TRY(xb_float_done(n, d.scores, n->out[3]));
    return out ? xb_float_done(n, y, out) : XYBRID_OK;
}

/* ---- LinearAttention ---- */

typedef struct linear {
    int64_t heads, kv_heads, size, v_size;
    int     has_decay, has_beta;
} linear;

static xybrid_status want_tokens(const xb_node *n, int32_t i, int64_t a, int64_t b) {
    const xb_val *v = xb_in(n, i), *q = n->in[0];
    XB_TRY(xb_want_type(n, i, q->dtype));
    XB_TRY(xb_want_rank(n, i, 3));
    if (v->dims[0] == q->dims[0] && v->dims[1] == q->dims[1] && (v->dims[2] == a || v->dims[2] == b)) return XYBRID_OK;
    return xb_refuse(n, "input %d has the shape [%lld,%lld,%lld]", i, (long long)v->dims[0], (long long)v->dims[1],
                     (long long)v->dims[2]);
}

static xybrid_status linear_of(const xb_node *n, linear *l) {
    const xb_val *q = n->in[0], *v = n->in[2], *past = xb_in(n, 3);
    xb_slice      rule = xb_attr_string(n, "update_rule", "gated_delta");
    int           is_gated = xb_slice_is(rule, "gated"), is_delta = xb_slice_is(rule, "delta"),
                  is_both = xb_slice_is(rule, "gated_delta");
    l->heads = xb_attr_int(n, "q_num_heads", 0);
    l->kv_heads = xb_attr_int(n, "kv_num_heads", 0);
    l->has_decay = is_gated || is_both;
    l->has_beta = is_delta || is_both;
    if (!l->has_decay && !l->has_beta && !xb_slice_is(rule, "linear"))
        return xb_refuse(n, "update_rule \"%.*s\"", xb_slice_len(rule), rule.data);
    if (!l->has_decay != !xb_in(n, 4) || !l->has_beta != !xb_in(n, 5))
        return xb_refuse(n, "decay and beta do not fit the update rule");
    for (int32_t i = 0; i < 6; i++) XB_TRY(xb_want_float(n, i));
    XB_TRY(xb_want_rank(n, 0, 3));
    XB_TRY(xb_want_rank(n, 2, 3));
    if (l->kv_heads < 1 || l->heads < 1 || l->heads % l->kv_heads || q->dims[2] % l->heads || v->dims[2] % l->kv_heads ||
        q->dtype == XYBRID_FLOAT64)
        return xb_refuse(n, "%lld and %lld heads for %lld and %lld elements", (long long)l->heads, (long long)l->kv_heads,
                         (long long)q->dims[2], (long long)v->dims[2]);
    l->size = q->dims[2] / l->heads;
    l->v_size = v->dims[2] / l->kv_heads;
    int64_t width = l->kv_heads * l->size, state[4] = { q->dims[0], l->kv_heads, l->size, l->v_size };
    XB_TRY(want_tokens(n, 1, width, width));
    XB_TRY(want_tokens(n, 2, v->dims[2], v->dims[2]));
    if (l->has_decay) XB_TRY(want_tokens(n, 4, width, l->kv_heads));
    if (l->has_beta) XB_TRY(want_tokens(n, 5, 1, l->kv_heads));
    if (past && (past->rank != 4 || memcmp(past->dims, state, sizeof state) != 0))
        return xb_refuse(n, "past_state does not fit");
    if (q->dims[0] > INT32_MAX / l->kv_heads)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a batch of %lld", (long long)q->dims[0]);
    return XYBRID_OK;
}

xybrid_status xb_infer_linear(xb_node *n) {
    const xb_val *q = n->in[0], *past = xb_in(n, 3);
    linear        l = { 0 };
    XB_TRY(linear_of(n, &l));
    XB_TRY(xb_out_set(n, 0, q->dtype, 3, (int64_t[]){ q->dims[0], q->dims[1], l.heads * l.v_size }));
    return xb_out_set(n, 1, past ? past->dtype : q->dtype, 4, (int64_t[]){ q->dims[0], l.kv_heads, l.size, l.v_size });
}

xybrid_status xb_emit_linear(xb_node *n) {
    linear  l = { 0 };
    xb_val *in[6], *y, *state;
    XB_TRY(linear_of(n, &l));
    for (int32_t i = 0; i < 6; i++) XB_TRY(xb_as_type(n, xb_in(n, i), XYBRID_FLOAT32, &in[i]));
    const xb_val *q = in[0];
    if (q->dims[0] == 0) return XYBRID_OK;
    XB_TRY(xb_float_out(n, xb_out(n, 0), &y));
    state = xb_out(n, 1);
    if (!state || state->dtype != XYBRID_FLOAT32) {
        state = xb_temp(n, XYBRID_FLOAT32, 4, (int64_t[]){ q->dims[0], l.kv_heads, l.size, l.v_size });
        if (!state) return n->b->err->code;
    }
    xb_linear_attention_args *a = xb_step_new(n, sizeof *a, "linear_attention");
    if (!a) return n->b->err->code;
    *a = (xb_linear_attention_args){ .batch = q->dims[0], .tokens = q->dims[1], .heads = l.heads, .kv_heads = l.kv_heads };
    a->size = l.size;
    a->v_size = l.v_size;
    a->decay_each = in[4] && in[4]->dims[2] != l.kv_heads;
    a->beta_shared = in[5] && in[5]->dims[2] == 1;
    a->scale = xb_attr_float(n, "scale", 0);
    if (a->scale == 0) a->scale = (float)(1 / sqrt((double)l.size));
    const float **fields[6] = { &a->q, &a->k, &a->v, &a->past, &a->decay, &a->beta };
    for (int32_t i = 0; i < 6; i++) xb_step_in(n, fields[i], in[i]);
    if (y) xb_step_out(n, &a->y, y);
    xb_step_out(n, &a->state, state);
    XB_TRY(xb_step_work(n, xb_linear_attention_work(a)));
    if (xb_out(n, 1)) XB_TRY(xb_float_done(n, state, n->out[1]));
    return y ? xb_float_done(n, y, n->out[0]) : XYBRID_OK;
}

/* ---- RotaryEmbedding ---- */

static xybrid_status rotary_of(const xb_node *n, xb_heads *h, int64_t *rotated) {
    const xb_val *c = n->in[1], *positions = xb_in(n, 3);
    xb_val       *x = n->in[0];
    int64_t       count = xb_attr_int(n, "num_heads", 0);
    XB_TRY(xb_want_float(n, 0));
    if (x->dtype == XYBRID_FLOAT64) XB_TRY(xb_want_type(n, 0, XYBRID_FLOAT32));
    if (x->rank != 3) XB_TRY(xb_want_rank(n, 0, 4));
    XB_TRY(want_heads(n, 0, count));
    *h = heads_of(x, count);
    *rotated = xb_attr_int(n, "rotary_embedding_dim", 0);
    if (*rotated == 0) *rotated = h->size;
    if (*rotated < 0 || *rotated > h->size || *rotated % 2)
        return xb_refuse(n, "%lld of %lld elements are to turn", (long long)*rotated, (long long)h->size);
    for (int32_t i = 1; i < 3; i++) {
        const xb_val *v = n->in[i];
        XB_TRY(xb_want_type(n, i, x->dtype));
        XB_TRY(xb_want_rank(n, i, positions ? 2 : 3));
        int is_right = v->dims[v->rank - 1] == *rotated / 2 && v->dims[0] == c->dims[0];
        if (!is_right || (!positions && (v->dims[0] != h->batch || v->dims[1] != h->rows)) || (positions && v->dims[0] == 0))
            return xb_refuse(n, "input %d does not fit", i);
    }
    if (!positions) return XYBRID_OK;
    XB_TRY(xb_want_type(n, 3, XYBRID_INT64));
    XB_TRY(xb_want_rank(n, 3, 2));
    if (positions->dims[0] == h->batch && positions->dims[1] == h->rows) return XYBRID_OK;
    return xb_refuse(n, "positions for %lld tokens of %lld, wanted %lld of %lld", (long long)positions->dims[1],
                     (long long)positions->dims[0], (long long)h->rows, (long long)h->batch);
}

xybrid_status xb_infer_rotary(xb_node *n) {
    xb_heads h;
    int64_t  rotated;
    XB_TRY(rotary_of(n, &h, &rotated));
    return xb_out_like(n, 0, n->in[0]);
}

xybrid_status xb_emit_rotary(xb_node *n) {
    xb_heads  x, y;
    xb_rotate d = { .position = xb_in(n, 3), .is_interleaved = xb_attr_int(n, "interleaved", 0) != 0 };
    xb_val   *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(rotary_of(n, &x, &d.turned));
    y = x;
    XB_TRY(xb_as_type(n, n->in[0], XYBRID_FLOAT32, &x.v));
    XB_TRY(xb_as_type(n, n->in[1], XYBRID_FLOAT32, &d.cos));
    XB_TRY(xb_as_type(n, n->in[2], XYBRID_FLOAT32, &d.sin));
    XB_TRY(xb_float_out(n, out, &y.v));
    d.table_row = d.turned / 2;
    d.table_rows = d.position ? d.cos->dims[0] : x.rows;
    d.table_batch = d.position ? 0 : x.rows * d.table_row;
    d.position_batch = x.rows;
    d.position_row = 1;
    d.row_step = d.position ? 0 : 1;
    XB_TRY(xb_rotate_emit(n, &d, &x, &y));
    return xb_float_done(n, y.v, out);
}
