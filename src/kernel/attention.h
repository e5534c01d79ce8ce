/* kernel/attention.h - scaled dot-product attention, a block of queries at a time, so that their scores stay in the cache:
 *
 *     s = scale q k^T;  s = softcap tanh(s / softcap);  p = softmax(s + bias);  y = p v
 *
 * A. Vaswani et al., "Attention Is All You Need" (2017); J. Ainslie et al., "GQA" (2023), for heads that share keys; ONNX's
 * Attention for the bias: what may not be attended has -infinity, a query that may attend nothing gives 0.
 *
 *     xb_attention_args a = { .q = q, .k = k, .v = v, .y = y, .batch = 1, .heads = 8, .kv_heads = 8, .queries = 128, .keys = 128,
 *                             .size = 64, .v_size = 64, .q_at = { batch, head, row }, ..., .scale = 0.125f, .left = -1, .right = -1 };
 *     xb_work work = xb_attention_work(isa, &a);
 *
 * Tensors lie anywhere, but for their last dimension, which is contiguous; strides are in elements. float32 runs on matrix
 * products (kernel/gemm.h), k and v may then be float16 or bfloat16; float64 in plain loops. A chunk is a block of queries of
 * one head, or of the heads that share keys where their rows lie evenly. */
#ifndef XB_ATTENTION_H
#define XB_ATTENTION_H

#include "kernel/gemm.h"
#include "kernel/kernel.h"

typedef struct xb_attention_at { /* strides */
    int64_t batch, head, row;
} xb_attention_at;

typedef enum xb_attention_show { /* which scores `shown` gets */
                                 XB_ATTENTION_SCORES,
                                 XB_ATTENTION_CAPPED,
                                 XB_ATTENTION_BIASED,
                                 XB_ATTENTION_WEIGHTS
} xb_attention_show;

typedef struct xb_attention_args {
    const void      *q, *k, *v;
    void            *y, *shown; /* shown: [batch, heads, queries, keys], dense, or NULL */
    xb_attention_show show;
    int64_t          batch, heads, kv_heads, queries, keys, size, v_size; /* kv_heads divides heads */
    xb_attention_at  q_at, k_at, v_at, y_at;
    xb_gemm_type     k_type, v_type; /* F32, F16, BF16 */
    int32_t          is_double;
    double           scale, softcap; /* 0: no cap */

    const void      *mask; /* NULL; added (float32, or float64 with is_double), or with mask_is_bool bytes: not 0 = may attend */
    int32_t          mask_is_bool, mask_repeats; /* mask_repeats: one number for all keys */
    xb_attention_at  mask_at;                    /* 0 where it repeats */
    int64_t          mask_keys;                  /* keys from there on may not be attended */
    const int64_t   *lengths;                    /* [batch]: keys that are there; NULL: all */
    int64_t          offset;                     /* keys before the first query; with lengths: length - queries */
    int32_t          is_causal;                  /* key <= query + offset */
    int64_t          left, right;                /* of query + offset; -1: any */

    const xb_isa *isa; /* xb_attention_work's own */
    int64_t       rows, groups, blocks, row_step;
} xb_attention_args;

xb_work xb_attention_work(const xb_isa *isa, xb_attention_args *a);

#endif
