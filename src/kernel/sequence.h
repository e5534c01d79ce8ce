/* kernel/sequence.h - linear attention: a state that every token changes, instead of a cache that grows. float32.
 *
 *     xb_linear_attention_args a = { .q = q, .k = k, .v = v, .y = y, .state = s, .batch = n, .tokens = t, .heads = h, ... };
 *     xb_work work = xb_linear_attention_work(&a);
 */
#ifndef XB_SEQUENCE_H
#define XB_SEQUENCE_H

#include "kernel/kernel.h"

/* For each token: S = exp(decay) S;  v' = v, or beta (v - S^T k);  S = S + k v'^T;  o = scale S^T q of each head that shares
 * k and v. S. Yang et al., "Gated Delta Networks" (2024), and what it builds on. A chunk is one key head of one item. */
typedef struct xb_linear_attention_args {
    const float *q, *k, *v;    /* [batch, tokens, heads * size], [.. kv_heads * size], [.. kv_heads * v_size] */
    const float *decay, *beta; /* [batch, tokens, kv_heads (* size)], [batch, tokens, kv_heads or 1]; NULL: none */
    const float *past;         /* [batch, kv_heads, size, v_size]; NULL: 0 */
    float       *y, *state;    /* [batch, tokens, heads * v_size]; like past: where S lives */
    int64_t      batch, tokens, heads, kv_heads, size, v_size;
    int32_t      decay_each, beta_shared; /* a decay for each element of k; one beta for all heads */
    float        scale;
} xb_linear_attention_args;
xb_work xb_linear_attention_work(xb_linear_attention_args *a);

#endif
