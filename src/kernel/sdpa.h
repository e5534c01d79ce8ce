/* kernel/sdpa.h - scaled dot-product attention, from queries, keys and values to the mixed values, the scores never as a
 * whole in memory. Contract: kernel/kernel.h.
 *
 *     s[i, j] = softcap(scale q[i] . k[j]) + biases[i, j]        of the keys j that query i sees
 *     out[i]  = sum over j of softmax(s[i])[j] v[j]
 *
 *     xb_sdpa_args a = { .isa = isa, .batch = 1, .heads = 12, .kv_heads = 12, .queries = 128, .keys = 128, .size = 32,
 *                             .value_size = 32, .q = q, .q_at = { 128 * 384, 32, 384 }, ..., .scale = 0.17f, .left = -1,
 *                             .right = -1 };
 *     xb_work work = xb_sdpa_work(&a);
 *
 * A. Vaswani et al., "Attention Is All You Need" (2017). Fewer heads of keys than of queries: J. Ainslie et al., "GQA" (2023);
 * head h of the queries meets head h kv_heads / heads of the keys. softcap(s) = c tanh(s / c).
 *
 * Strides are in elements; the last dimension (size, value_size) lies dense, so that [batch, sequence, heads, size] is read where
 * it is, and a cache [batch, heads, sequence, size] as well. Keys may be turned, [batch, heads, size, sequence], instead. out
 * overlaps nothing.
 *
 * WHAT IS SEEN. Query i of batch b stands at position p = offset + i, or, with from_end, lengths[b] - queries + i. It sees key j
 * if j < lengths[b], p - left <= j <= p + right; a bound of -1 does not bind, so causal is right = 0. Beyond that a bias may be
 * -infinity, or a truth that is 0. A query that sees nothing gets zeros, or what xb_sdpa_blind says.
 *
 * SINK. With has_sink the softmax has one more term of exp(sink[head]), or exp(0), that mixes in nothing: G. Xiao et al.,
 * "Efficient Streaming Language Models with Attention Sinks" (2023). */
#ifndef XB_SDPA_H
#define XB_SDPA_H

#include "kernel/kernel.h"

typedef struct xb_sdpa_at { /* strides */
    int64_t batch, head, row;
} xb_sdpa_at;

typedef struct xb_sdpa_bias {
    const void *data; /* float32, or with is_bool bytes of which 0 hides the key; NULL: none */
    xb_sdpa_at  at;   /* 0 repeats */
    int64_t     col;  /* 0 or 1 */
    int64_t     cols; /* keys from here on are hidden */
    int32_t     is_bool;
} xb_sdpa_bias;

typedef enum xb_sdpa_stage {                 /* what `scores` gets */
                             XB_SDPA_RAW,    /* scale q . k, of all keys */
                             XB_SDPA_CAPPED, /* after softcap */
                             XB_SDPA_BIASED, /* what the softmax sees: hidden keys are -infinity */
                             XB_SDPA_WEIGHTS /* after the softmax: hidden keys are 0 */
} xb_sdpa_stage;

typedef enum xb_sdpa_blind { /* the weights of a query that sees nothing */
                             XB_SDPA_ZEROS,
                             XB_SDPA_AS_SOFTMAX, /* NaN, as the operator Softmax has it */
                             XB_SDPA_NO_NANS     /* zeros, and so are those of a query whose scores are no numbers */
} xb_sdpa_blind;

enum { XB_SDPA_BIASES = 2 };

typedef struct xb_sdpa_args {
    const xb_isa  *isa;
    int64_t        batch, heads, kv_heads, queries, keys, size, value_size; /* heads is a multiple of kv_heads */
    const float   *q, *k, *v;
    float         *out;
    xb_sdpa_at     q_at, k_at, v_at, out_at;
    int64_t        k_step; /* from element to element of a key, if that is not 1: then k_at.row is; 0: 1 */
    float          scale, softcap; /* softcap 0: none */
    xb_sdpa_bias   bias[XB_SDPA_BIASES];
    const int64_t *lengths;    /* [batch], any values: brought into 0..keys; NULL: keys */
    int64_t        length_add; /* added to lengths */
    int64_t        offset, left, right;
    int32_t        from_end, has_sink;
    xb_sdpa_blind  blind;
    const float   *sink;   /* [heads], or NULL */
    float         *scores; /* [batch, heads, queries, keys], or NULL */
    int32_t        stage;
} xb_sdpa_args;

xb_work xb_sdpa_work(const xb_sdpa_args *args);

/* ---- masks of integers, as a bias ---- */

typedef enum xb_mask_kind {
    XB_MASK_TRUTHS,     /* [batch, rows, keys]: seen if above 0 */
    XB_MASK_ENDS,       /* [batch]: keys before it are seen */
    XB_MASK_ENDS_STARTS /* [2, batch]: ends, then the first that is seen */
} xb_mask_kind;

/* out [batch, rows, keys] = seen ? 0 : hidden. */
typedef struct xb_mask_args {
    const int32_t *mask;
    float         *out;
    int64_t        batch, rows, keys;
    float          hidden;
    xb_mask_kind   kind;
    int64_t        per_chunk; /* xb_mask_work's own */
} xb_mask_args;

xb_work xb_mask_work(xb_mask_args *args);

/* ---- a cache whose rows in use differ from batch to batch ---- */

/* Row r of out [batch, heads, out_rows, size] is row r of past [batch, heads, past_rows, size] for r < used, then row r - used of
 * `now`, then zeros; used = lengths[batch] + add, brought into 0..past_rows, and no further than `rows` from the end. */
typedef struct xb_cache_args {
    const float   *past; /* may be NULL if past_rows is 0 */
    const float   *now;
    xb_sdpa_at     now_at;
    float         *out;
    const int64_t *lengths; /* NULL: 0 */
    int64_t        batch, heads, past_rows, rows, out_rows, size, add;
} xb_cache_args;

xb_work xb_cache_work(const xb_cache_args *args);

#endif
