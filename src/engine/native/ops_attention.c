/* engine/native/ops_attention.c - Attention, LinearAttention, RotaryEmbedding. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_families.h"
#include "kernel/attention.h"
#include "kernel/move.h"
#include "kernel/sequence.h"

/* ---- Attention: shapes ---- */

/* Tensors as [batch, heads, tokens, size], wherever they lie. */
typedef struct heads {
    int64_t         batch, count, tokens, size;
    xb_attention_at at;
} heads;

typedef struct attention {
    heads   q, k, v; /* k, v: what came in */
    int64_t past, keys;
    int     is_flat; /* 3 dimensions: [batch, tokens, heads * size] */
} attention;

static heads heads_of(const xb_val *v, int64_t count) {
    if (v->rank == 4) return (heads){ v->dims[0], v->dims[1], v->dims[2], v->dims[3], { v->dims[1] * v->dims[2] * v->dims[3], v->dims[2] * v->dims[3], v->dims[3] } };
    int64_t size = v->dims[2] / count;
    return (heads){ v->dims[0], count, v->dims[1], size, { v->dims[1] * v->dims[2], size, v->dims[2] } };
}

static xybrid_status want_heads(const xb_node *n, int32_t i, int64_t count, xybrid_error *err) {
    const xb_val *v = n->in[i];
    XB_TRY(xb_want_rank(n, i, n->in[0]->rank, err));
    if (v->rank == 4 || (count > 0 && v->dims[2] % count == 0)) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d has %lld elements for %lld heads", i, (long long)v->dims[2], (long long)count);
}

/* past_key or past_value. */
static xybrid_status want_past(const xb_node *n, int32_t i, const heads *h, int64_t past, xybrid_error *err) {
    const xb_val *v = n->in[i];
    XB_TRY(xb_want_rank(n, i, 4, err));
    if (v->dims[0] == h->batch && v->dims[1] == h->count && v->dims[2] == past && v->dims[3] == h->size) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d does not fit the new keys and values", i);
}

static xybrid_status want_mask(const xb_node *n, const attention *s, xybrid_error *err) {
    const xb_val *mask = xb_in(n, 3);
    int64_t       dims[4] = { s->q.batch, s->q.count, s->q.tokens, s->keys };
    if (!mask) return XYBRID_OK;
    int is_short = mask->rank > 0 && mask->dims[mask->rank - 1] < s->keys;
    for (int32_t d = 0; d < mask->rank && mask->rank <= 4; d++) {
        int64_t have = mask->dims[d], wanted = dims[4 - mask->rank + d];
        if (have != wanted && have != 1 && !(is_short && d == mask->rank - 1))
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "the mask's dimension %d is %lld, wanted %lld or 1", d, (long long)have,
                                (long long)wanted);
    }
    if (mask->rank > 4) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "the mask has %d dimensions, wanted at most 4", mask->rank);
    return mask->dtype == XYBRID_BOOL ? XYBRID_OK : xb_want_float(n, 3, err);
}

static xybrid_status attention_shape(const xb_node *n, attention *s, xybrid_error *err) {
    int64_t q_heads = xb_attr_int(n, "q_num_heads", 0), kv_heads = xb_attr_int(n, "kv_num_heads", 0);
    int64_t lines;
    for (int32_t i = 0; i < 3; i++) XB_TRY(xb_want_float(n, i, err));
    XB_TRY(xb_want_type(n, 1, n->in[0]->dtype, err));
    s->is_flat = n->in[0]->rank == 3;
    if (!s->is_flat) XB_TRY(xb_want_rank(n, 0, 4, err));
    for (int32_t i = 0; i < 3; i++) XB_TRY(want_heads(n, i, i ? kv_heads : q_heads, err));
    s->q = heads_of(n->in[0], q_heads);
    s->k = heads_of(n->in[1], kv_heads);
    s->v = heads_of(n->in[2], kv_heads);
    if (s->k.batch != s->q.batch || s->v.batch != s->q.batch || s->k.count != s->v.count || s->k.tokens != s->v.tokens ||
        s->k.size != s->q.size || s->k.count == 0 || s->q.count % s->k.count)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "queries of %lld heads of %lld, keys of %lld of %lld, values of %lld do not fit",
                            (long long)s->q.count, (long long)s->q.size, (long long)s->k.count, (long long)s->k.size, (long long)s->v.count);
    const xb_val *past_k = xb_in(n, 4), *past_v = xb_in(n, 5);
    if (!past_k != !past_v) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "one of past_key and past_value is missing");
    s->past = past_k && past_k->rank == 4 ? past_k->dims[2] : 0;
    s->keys = s->past + s->k.tokens;
    if (past_k) {
        XB_TRY(xb_want_type(n, 4, n->in[1]->dtype, err));
        XB_TRY(xb_want_type(n, 5, n->in[2]->dtype, err));
        XB_TRY(want_past(n, 4, &s->k, s->past, err));
        XB_TRY(want_past(n, 5, &s->v, s->past, err));
    }
    XB_TRY(want_mask(n, s, err));
    if (xb_in(n, 6)) {
        XB_TRY(xb_want_type(n, 6, XYBRID_INT64, err));
        XB_TRY(xb_want_vector(n, 6, s->q.batch, err));
        if (past_k) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "nonpad_kv_seqlen together with past keys");
    }
    if (xb_mul_overflows(s->q.batch * s->q.count, s->q.tokens, &lines) || lines > INT32_MAX)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, err, "more than 2^31 queries");
    return XYBRID_OK;
}

static xybrid_status attention_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    attention s;
    XB_TRY(attention_shape(n, &s, err));
    int64_t left = xb_attr_int(n, "left_window_size", -1), right = xb_attr_int(n, "right_window_size", -1);
    int64_t mode = xb_attr_int(n, "qk_matmul_output_mode", 0), precision = xb_attr_int(n, "softmax_precision", XYBRID_FLOAT32);
    if (left < -1 || right < -1 || mode < 0 || mode > 3 || precision < 0 || precision > INT32_MAX || !xb_is_float((int32_t)precision))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a window of %lld, %lld, mode %lld or precision %lld", (long long)left,
                            (long long)right, (long long)mode, (long long)precision);
    int32_t dtype = n->in[0]->dtype;
    int64_t y[4] = { s.q.batch, s.q.count, s.q.tokens, s.v.size };
    if (s.is_flat) memcpy(y, (int64_t[]){ s.q.batch, s.q.tokens, s.q.count * s.v.size }, 3 * sizeof *y);
    XB_TRY(xb_out_set(b, n, 0, dtype, s.is_flat ? 3 : 4, y, err));
    XB_TRY(xb_out_set(b, n, 1, dtype, 4, (int64_t[]){ s.q.batch, s.k.count, s.keys, s.k.size }, err));
    XB_TRY(xb_out_set(b, n, 2, n->in[2]->dtype, 4, (int64_t[]){ s.q.batch, s.v.count, s.keys, s.v.size }, err));
    return xb_out_set(b, n, 3, dtype, 4, (int64_t[]){ s.q.batch, s.q.count, s.q.tokens, s.keys }, err);
}

/* ---- Attention: steps ---- */

/* src, seen as [batch, heads, tokens, size], to tokens [first, ...) of the dense tensor `to`. */
static xybrid_status put_tokens(xb_build *b, const xb_node *n, const xb_val *src, const heads *h, xb_val *to, int64_t first,
                                xybrid_error *err) {
    int64_t all = to->dims[2];
    if (src->count == 0) return XYBRID_OK;
    xb_move_args *a = xb_step_new(b, n, sizeof *a, "cache", err);
    if (!a) return err->code;
    *a = (xb_move_args){ .rank = 4,
                         .element_bytes = xb_element_bytes(to->dtype),
                         .dims = { h->batch, h->count, h->tokens, h->size },
                         .src_strides = { h->at.batch, h->at.head, h->at.row, 1 },
                         .dst_strides = { h->count * all * h->size, all * h->size, h->size, 1 } };
    XB_TRY(xb_step_in_bytes(b, &a->src, src, 0, err));
    XB_TRY(xb_step_out_at(b, &a->dst, to, first * h->size * a->element_bytes, err));
    return xb_step_work(b, xb_move_work(a), err);
}

/* Past and new tokens together in output `o`, or a tensor of the plan; without past tokens and such an output, where they lie. */
static xybrid_status gathered_tokens(xb_build *b, xb_node *n, int32_t in, int32_t o, heads *h, int64_t keys, xb_val **out, xybrid_error *err) {
    xb_val *past = xb_in(n, in + 3), *to = xb_out(n, o);
    *out = n->in[in];
    if (!past && !to) return XYBRID_OK;
    if (!to && !(to = xb_temp(b, n->in[in]->dtype, 4, (int64_t[]){ h->batch, h->count, keys, h->size }, err))) return err->code;
    if (past) {
        heads before = heads_of(past, 0);
        XB_TRY(put_tokens(b, n, past, &before, to, 0, err));
    }
    XB_TRY(put_tokens(b, n, n->in[in], h, to, keys - h->tokens, err));
    *h = heads_of(to, 0);
    *out = to;
    return XYBRID_OK;
}

/* Keys and values may stay in a type of 16 bits. */
static xybrid_status as_factor(xb_build *b, xb_node *n, xb_val *v, int32_t dtype, xb_val **out, xb_gemm_type *type, xybrid_error *err) {
    *out = v;
    *type = v->dtype == XYBRID_FLOAT16 ? XB_GEMM_F16 : v->dtype == XYBRID_BFLOAT16 ? XB_GEMM_BF16 : XB_GEMM_F32;
    return dtype == XYBRID_FLOAT32 && *type != XB_GEMM_F32 ? XYBRID_OK : xb_as_type(b, n, v, dtype, out, err);
}

static xybrid_status mask_args(xb_build *b, xb_node *n, const attention *s, int32_t dtype, xb_attention_args *a, xb_val **out, xybrid_error *err) {
    xb_val *mask = xb_in(n, 3);
    int64_t dims[4] = { s->q.batch, s->q.count, s->q.tokens, 1 }, strides[4];
    *out = mask;
    a->mask_keys = s->keys;
    if (!mask) return XYBRID_OK;
    a->mask_is_bool = mask->dtype == XYBRID_BOOL;
    if (!a->mask_is_bool) XB_TRY(xb_as_type(b, n, mask, dtype, out, err));
    int64_t last = mask->rank ? mask->dims[mask->rank - 1] : 1;
    a->mask_repeats = last == 1;
    if (last > 1) a->mask_keys = dims[3] = last;
    else if (mask->rank && s->keys > 1) a->mask_keys = 1; /* shorter than the keys */
    xb_broadcast_strides(mask, 4, dims, strides);
    a->mask_at = (xb_attention_at){ strides[0], strides[1], strides[2] };
    return XYBRID_OK;
}

static xybrid_status attention_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    attention         s;
    xb_attention_args args = { .is_causal = xb_attr_int(n, "is_causal", 0) != 0 }, *a;
    xb_val           *q, *k, *v, *y, *mask, *shown, *out = xb_out(n, 0);
    XB_TRY(attention_shape(n, &s, err));
    XB_TRY(gathered_tokens(b, n, 1, 1, &s.k, s.keys, &k, err));
    XB_TRY(gathered_tokens(b, n, 2, 2, &s.v, s.keys, &v, err));
    if ((!out || out->count == 0) && (!xb_out(n, 3) || n->out[3]->count == 0)) return XYBRID_OK;
    int32_t dtype = xb_float_of(n->in[0]->dtype);
    XB_TRY(xb_float_in(b, n, n->in[0], &q, err));
    XB_TRY(as_factor(b, n, k, dtype, &k, &args.k_type, err));
    XB_TRY(as_factor(b, n, v, dtype, &v, &args.v_type, err));
    XB_TRY(mask_args(b, n, &s, dtype, &args, &mask, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    XB_TRY(xb_float_out(b, xb_out(n, 3), &shown, err));
    if (!y && !(y = xb_temp(b, dtype, 4, (int64_t[]){ s.q.batch, s.q.count, s.q.tokens, s.v.size }, err))) return err->code;
    args.batch = s.q.batch;
    args.heads = s.q.count;
    args.kv_heads = s.k.count;
    args.queries = s.q.tokens;
    args.keys = s.keys;
    args.size = s.q.size;
    args.v_size = s.v.size;
    args.q_at = s.q.at;
    args.k_at = s.k.at;
    args.v_at = s.v.at;
    args.y_at = heads_of(y, s.q.count).at;
    args.is_double = dtype == XYBRID_FLOAT64;
    args.scale = xb_attr_float(n, "scale", NAN);
    if (args.scale != args.scale) args.scale = 1 / sqrt((double)s.q.size);
    args.softcap = xb_attr_float(n, "softcap", 0);
    args.offset = s.past;
    args.left = xb_attr_int(n, "left_window_size", -1);
    args.right = xb_attr_int(n, "right_window_size", -1);
    args.show = (xb_attention_show)xb_attr_int(n, "qk_matmul_output_mode", 0);
    a = xb_step_new(b, n, sizeof *a, "attention", err);
    if (!a) return err->code;
    *a = args;
    a->shown = shown ? a : NULL; /* for now: says that there is one */
    a->lengths = xb_in(n, 6) ? (const int64_t *)(const void *)a : NULL;
    xb_work work = xb_attention_work(b->isa, a);
    a->shown = NULL;
    a->lengths = NULL;
    XB_TRY(xb_step_in(b, &a->q, q, err));
    XB_TRY(xb_step_in(b, &a->k, k, err));
    XB_TRY(xb_step_in(b, &a->v, v, err));
    XB_TRY(xb_step_in(b, &a->mask, mask, err));
    XB_TRY(xb_step_in(b, &a->lengths, xb_in(n, 6), err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    if (shown) XB_TRY(xb_step_out(b, &a->shown, shown, err));
    XB_TRY(xb_step_work(b, work, err));
    if (shown) XB_TRY(xb_float_done(b, n, shown, n->out[3], err));
    return out ? xb_float_done(b, n, y, out, err) : XYBRID_OK;
}

/* ---- LinearAttention ---- */

typedef struct linear {
    int64_t heads, kv_heads, size, v_size;
    int     has_decay, has_beta;
} linear;

static xybrid_status want_tokens(const xb_node *n, int32_t i, int64_t a, int64_t b, xybrid_error *err) {
    const xb_val *v = xb_in(n, i), *q = n->in[0];
    XB_TRY(xb_want_type(n, i, q->dtype, err));
    XB_TRY(xb_want_rank(n, i, 3, err));
    if (v->dims[0] == q->dims[0] && v->dims[1] == q->dims[1] && (v->dims[2] == a || v->dims[2] == b)) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d has the shape [%lld,%lld,%lld]", i, (long long)v->dims[0],
                        (long long)v->dims[1], (long long)v->dims[2]);
}

static xybrid_status linear_of(const xb_node *n, linear *l, xybrid_error *err) {
    const xb_val *q = n->in[0], *v = n->in[2], *past = xb_in(n, 3);
    xb_slice      rule = xb_attr_string(n, "update_rule", "gated_delta");
    int           is_gated = xb_slice_is(rule, "gated"), is_delta = xb_slice_is(rule, "delta"), is_both = xb_slice_is(rule, "gated_delta");
    l->heads = xb_attr_int(n, "q_num_heads", 0);
    l->kv_heads = xb_attr_int(n, "kv_num_heads", 0);
    l->has_decay = is_gated || is_both;
    l->has_beta = is_delta || is_both;
    if (!l->has_decay && !l->has_beta && !xb_slice_is(rule, "linear"))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "update_rule \"%.*s\"", xb_slice_len(rule), rule.data);
    if (!l->has_decay != !xb_in(n, 4) || !l->has_beta != !xb_in(n, 5))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "decay and beta do not fit the update rule");
    for (int32_t i = 0; i < 6; i++) XB_TRY(xb_want_float(n, i, err));
    XB_TRY(xb_want_rank(n, 0, 3, err));
    XB_TRY(xb_want_rank(n, 2, 3, err));
    if (l->kv_heads < 1 || l->heads < 1 || l->heads % l->kv_heads || q->dims[2] % l->heads || v->dims[2] % l->kv_heads || q->dtype == XYBRID_FLOAT64)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "%lld and %lld heads for %lld and %lld elements", (long long)l->heads,
                            (long long)l->kv_heads, (long long)q->dims[2], (long long)v->dims[2]);
    l->size = q->dims[2] / l->heads;
    l->v_size = v->dims[2] / l->kv_heads;
    int64_t width = l->kv_heads * l->size, state[4] = { q->dims[0], l->kv_heads, l->size, l->v_size };
    XB_TRY(want_tokens(n, 1, width, width, err));
    XB_TRY(want_tokens(n, 2, v->dims[2], v->dims[2], err));
    if (l->has_decay) XB_TRY(want_tokens(n, 4, width, l->kv_heads, err));
    if (l->has_beta) XB_TRY(want_tokens(n, 5, 1, l->kv_heads, err));
    if (past && (past->rank != 4 || memcmp(past->dims, state, sizeof state) != 0))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "past_state does not fit");
    if (q->dims[0] > INT32_MAX / l->kv_heads) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, err, "a batch of %lld", (long long)q->dims[0]);
    return XYBRID_OK;
}

static xybrid_status linear_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *q = n->in[0], *past = xb_in(n, 3);
    linear        l;
    XB_TRY(linear_of(n, &l, err));
    XB_TRY(xb_out_set(b, n, 0, q->dtype, 3, (int64_t[]){ q->dims[0], q->dims[1], l.heads * l.v_size }, err));
    return xb_out_set(b, n, 1, past ? past->dtype : q->dtype, 4, (int64_t[]){ q->dims[0], l.kv_heads, l.size, l.v_size }, err);
}

static xybrid_status linear_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    linear  l;
    xb_val *in[6], *y, *state;
    XB_TRY(linear_of(n, &l, err));
    for (int32_t i = 0; i < 6; i++) XB_TRY(xb_as_type(b, n, xb_in(n, i), XYBRID_FLOAT32, &in[i], err));
    const xb_val *q = in[0];
    if (q->dims[0] == 0) return XYBRID_OK;
    XB_TRY(xb_float_out(b, xb_out(n, 0), &y, err));
    state = xb_out(n, 1);
    if (!state || state->dtype != XYBRID_FLOAT32) {
        state = xb_temp(b, XYBRID_FLOAT32, 4, (int64_t[]){ q->dims[0], l.kv_heads, l.size, l.v_size }, err);
        if (!state) return err->code;
    }
    xb_linear_attention_args *a = xb_step_new(b, n, sizeof *a, "linear_attention", err);
    if (!a) return err->code;
    *a = (xb_linear_attention_args){ .batch = q->dims[0], .tokens = q->dims[1], .heads = l.heads, .kv_heads = l.kv_heads };
    a->size = l.size;
    a->v_size = l.v_size;
    a->decay_each = in[4] && in[4]->dims[2] != l.kv_heads;
    a->beta_shared = in[5] && in[5]->dims[2] == 1;
    a->scale = xb_attr_float(n, "scale", 0);
    if (a->scale == 0) a->scale = (float)(1 / sqrt((double)l.size));
    const float **fields[6] = { &a->q, &a->k, &a->v, &a->past, &a->decay, &a->beta };
    for (int32_t i = 0; i < 6; i++) XB_TRY(xb_step_in(b, fields[i], in[i], err));
    if (y) XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_out(b, &a->state, state, err));
    XB_TRY(xb_step_work(b, xb_linear_attention_work(a), err));
    if (xb_out(n, 1)) XB_TRY(xb_float_done(b, n, state, n->out[1], err));
    return y ? xb_float_done(b, n, y, n->out[0], err) : XYBRID_OK;
}

/* ---- RotaryEmbedding ---- */

static xybrid_status rotary_of(const xb_node *n, heads *h, int64_t *rotated, xybrid_error *err) {
    const xb_val *x = n->in[0], *c = n->in[1], *positions = xb_in(n, 3);
    int64_t       count = xb_attr_int(n, "num_heads", 0);
    XB_TRY(xb_want_float(n, 0, err));
    if (x->rank != 3) XB_TRY(xb_want_rank(n, 0, 4, err));
    XB_TRY(want_heads(n, 0, count, err));
    *h = heads_of(x, count);
    *rotated = xb_attr_int(n, "rotary_embedding_dim", 0);
    if (*rotated == 0) *rotated = h->size;
    if (*rotated < 0 || *rotated > h->size || *rotated % 2)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "%lld of %lld elements are to turn", (long long)*rotated, (long long)h->size);
    for (int32_t i = 1; i < 3; i++) {
        const xb_val *v = n->in[i];
        XB_TRY(xb_want_type(n, i, x->dtype, err));
        XB_TRY(xb_want_rank(n, i, positions ? 2 : 3, err));
        int is_right = v->dims[v->rank - 1] == *rotated / 2 && v->dims[0] == c->dims[0];
        if (!is_right || (!positions && (v->dims[0] != h->batch || v->dims[1] != h->tokens)) || (positions && v->dims[0] == 0))
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d does not fit", i);
    }
    if (!positions) return XYBRID_OK;
    XB_TRY(xb_want_type(n, 3, XYBRID_INT64, err));
    XB_TRY(xb_want_rank(n, 3, 2, err));
    if (positions->dims[0] == h->batch && positions->dims[1] == h->tokens) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "positions for %lld tokens of %lld, wanted %lld of %lld", (long long)positions->dims[1],
                        (long long)positions->dims[0], (long long)h->tokens, (long long)h->batch);
}

static xybrid_status rotary_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    heads   h;
    int64_t rotated;
    XB_TRY(rotary_of(n, &h, &rotated, err));
    return xb_out_like(b, n, 0, n->in[0], err);
}

static xybrid_status rotary_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    heads   h;
    int64_t rotated;
    xb_val *x, *c, *s, *y, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(rotary_of(n, &h, &rotated, err));
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_float_in(b, n, n->in[1], &c, err));
    XB_TRY(xb_float_in(b, n, n->in[2], &s, err));
    XB_TRY(xb_float_out(b, out, &y, err));
    xb_rotary_args *a = xb_step_new(b, n, sizeof *a, "rotary", err);
    if (!a) return err->code;
    *a = (xb_rotary_args){ .batch = h.batch, .heads = h.count, .tokens = h.tokens, .size = h.size, .rotated = rotated };
    a->rows = c->dims[0];
    a->at_batch = h.at.batch;
    a->at_head = h.at.head;
    a->at_token = h.at.row;
    a->is_interleaved = xb_attr_int(n, "interleaved", 0) != 0;
    a->is_double = x->dtype == XYBRID_FLOAT64;
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_in(b, &a->cos, c, err));
    XB_TRY(xb_step_in(b, &a->sin, s, err));
    XB_TRY(xb_step_in(b, &a->positions, xb_in(n, 3), err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    XB_TRY(xb_step_work(b, xb_rotary_work(a), err));
    return xb_float_done(b, n, y, out, err);
}

static const xb_op rows[] = {
    { "", "Attention", 23, 3, 7, 1, 4, 0, attention_infer, attention_emit, XB_FLOAT_TYPES },
    { "", "LinearAttention", 27, 3, 6, 1, 2, 0, linear_infer, linear_emit, "bfloat16 float16 float32" },
    { "", "RotaryEmbedding", 23, 3, 4, 1, 1, 0, rotary_infer, rotary_emit, "bfloat16 float16 float32" },
};
const xb_op_family xb_ops_attention = { rows, sizeof rows / sizeof rows[0] };
