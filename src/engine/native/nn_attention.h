/* engine/native/nn_attention.h - what operators of attention share: heads in a tensor, caches, the step itself.
 *
 *     xb_heads q = xb_heads_in(query, XB_SEQUENCE_FIRST, batch, heads, rows, size);
 *     XB_TRY(xb_cache_append(b, n, past, &k, present, &k, err));         // k: the whole cache now
 *     xb_attend d = { .q = q, .k = k, .v = v, .out = o, .scale = 0.125f, .left = -1, .right = -1 };
 *     XB_TRY(xb_attend_emit(b, n, &d, err));
 *
 * All tensors here are float32: see xb_float_in (nn.h). */
#ifndef XB_NATIVE_NN_ATTENTION_H
#define XB_NATIVE_NN_ATTENTION_H

#include "engine/native/nn.h"
#include "kernel/sdpa.h"
#include "kernel/rotary.h"

typedef struct xb_heads { /* [batch, heads, rows, size] in a tensor, elements from `offset` on */
    xb_val    *v;
    int64_t    offset, batch, heads, rows, size;
    xb_sdpa_at at;
} xb_heads;

typedef enum xb_heads_order {
    XB_HEADS_FIRST /* [batch, heads, rows, size] */,
    XB_SEQUENCE_FIRST /* rows before heads */
} xb_heads_order;

xb_heads xb_heads_in(xb_val *v, xb_heads_order order, int64_t batch, int64_t heads, int64_t rows, int64_t size);

/* *out = [past, now] by rows, in `present` (dense [batch, heads, past rows + now rows, size], from present_offset on; NULL: a
 * tensor of the plan's own). `past` NULL: `now` alone. Nothing is copied when there is neither past nor present. */
xybrid_status xb_cache_append(const xb_node *n, const xb_heads *past, const xb_heads *now, xb_val *present,
                              int64_t present_offset, xb_heads *out);

/* x + bias [heads size], from bias_offset on, into a tensor of the plan's own, rows first. bias NULL: x itself. */
xybrid_status xb_heads_biased(const xb_node *n, const xb_heads *x, xb_val *bias, int64_t bias_offset, xb_heads *out);

typedef struct xb_attend_bias { /* as xb_sdpa_bias; v float32, or bool */
    xb_val    *v;
    int64_t    offset;
    xb_sdpa_at at;
    int64_t    col, cols;
} xb_attend_bias;

typedef struct xb_attend {
    xb_heads       q, k, v, out;
    int64_t        k_step; /* as in kernel/sdpa.h */
    float          scale, softcap;
    xb_attend_bias bias[XB_SDPA_BIASES];
    xb_val        *lengths; /* int64 [batch], or NULL */
    int64_t        length_add, offset, left, right;
    int32_t        from_end, has_sink;
    xb_sdpa_blind  blind;
    xb_val        *sink;
    xb_val        *scores;
    int32_t        stage;
} xb_attend;

/* Errors: INVALID_ARGUMENT where the heads do not fit together. */
xybrid_status xb_attend_emit(const xb_node *n, const xb_attend *d);

typedef struct xb_rotate {        /* fields as in kernel/rotary.h */
    xb_val *cos, *sin, *position; /* position: int64, or NULL */
    int64_t turned, table_batch, table_row, table_rows, position_batch, position_row, add, row_step;
    int32_t is_interleaved;
} xb_rotate;

/* y has x's shape. */
xybrid_status xb_rotate_emit(const xb_node *n, const xb_rotate *d, const xb_heads *x, const xb_heads *y);

#endif
