/* kernel/sequence.h - plain kernels along a sequence of tokens: rotary positions, linear attention.
 *
 *     xb_rotary_args r = { .x = x, .y = y, .cos = cos, .sin = sin, .batch = n, .tokens = t, .heads = h, .size = d, .rotated = d, ... };
 *     xb_work work = xb_rotary_work(&r);
 *
 * float32, and rotary positions also float64. */
#ifndef XB_SEQUENCE_H
#define XB_SEQUENCE_H

#include "kernel/kernel.h"

/* Pairs (a, b) of the first `rotated` elements of each head turn by the token's angles: (a cos - b sin, a sin + b cos); a pair
 * is (i, i + rotated / 2), or neighbours with is_interleaved; the others stay. J. Su et al., "RoFormer" (2021). */
typedef struct xb_rotary_args {
    const void    *x, *cos, *sin; /* cos, sin: [batch, tokens, rotated / 2], or [rows, rotated / 2] with positions */
    void          *y;
    const int64_t *positions; /* [batch, tokens], rows of cos and sin, cut to what there is; or NULL */
    int64_t        batch, heads, tokens, size, rotated, rows;
    int64_t        at_batch, at_head, at_token; /* strides of x and y; a head's elements lie side by side */
    int32_t        is_interleaved, is_double;
    int64_t        per_chunk; /* xb_rotary_work's own */
} xb_rotary_args;
xb_work xb_rotary_work(xb_rotary_args *a);

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
