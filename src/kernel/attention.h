/* kernel/attention.h - scaled dot-product attention in float64, a query at a time in plain loops: what kernel/sdpa.h does in
 * float32, which says what is computed and who sees what.
 *
 *     xb_attention_args a = { .q = q, .k = k, .v = v, .y = y, .batch = 1, .heads = 8, .kv_heads = 8, .queries = 128,
 *                             .keys = 128, .size = 64, .v_size = 64, .q_at = { batch, head, row }, ..., .scale = 0.125,
 *                             .left = -1, .right = -1 };
 *     xb_work work = xb_attention_work(&a);
 *
 * A chunk is a query. */
#ifndef XB_ATTENTION_H
#define XB_ATTENTION_H

#include "kernel/sdpa.h"

typedef struct xb_attention_args {
    const double  *q, *k, *v;
    double        *y, *scores; /* scores: [batch, heads, queries, keys], dense, or NULL */
    int32_t        stage;      /* xb_sdpa_stage */
    int64_t        batch, heads, kv_heads, queries, keys, size, v_size; /* kv_heads divides heads */
    xb_sdpa_at     q_at, k_at, v_at, y_at;
    double         scale, softcap;
    const void    *mask; /* NULL; double, or with mask_is_bool bytes: not 0 = may be seen */
    int32_t        mask_is_bool;
    xb_sdpa_at     mask_at;
    int64_t        mask_col, mask_cols;
    const int64_t *lengths; /* [batch] or NULL; with them, the last query stands at the last key */
    int64_t        offset, left, right;
} xb_attention_args;

xb_work xb_attention_work(xb_attention_args *a);

#endif
