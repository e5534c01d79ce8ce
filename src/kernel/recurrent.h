/* kernel/recurrent.h - the steps of RNN, GRU and LSTM: what is left when x W has been computed for all steps at once.
 *
 *     xb_recurrent_args a = { .kind = XB_LSTM, .steps = t, .batch = n, .hidden = h, .xw = xw, .r = packed, ... };
 *     xb_recurrent_pack(isa, &a, r, packed);          // once: xb_recurrent_pack_bytes(isa, &a)
 *     xb_work work = xb_recurrent_work(isa, &a);
 *
 * Definitions, with the gates in ONNX's order, x the row of xw for the step plus both biases, h the state (S. Hochreiter,
 * J. Schmidhuber, "Long Short-Term Memory" (1997); F. Gers et al. for peepholes p; K. Cho et al., "Learning Phrase
 * Representations" (2014) for GRU):
 *
 *     RNN   h = f(x + h R)
 *     GRU   z, r = f(x + h R);  n = g(x + (r h) R), or with linear_before_reset g(x + r (h R + its bias));  h = (1 - z) n + z h
 *     LSTM  i, o, f, c: i = f(x + h R + p c);  f alike, or 1 - i with input_forget;  c = f c + i g(x + h R);
 *           o = f(x + h R + p c);  h = o h(c)
 *
 * A chunk is one direction of up to XB_RECURRENT_ROWS items of the batch, all its steps. Items end at their own length; y is 0
 * from there on, and a reversed direction begins at an item's last step. float32 runs on the table's vectors; sums over the
 * hidden units run upwards. */
#ifndef XB_RECURRENT_H
#define XB_RECURRENT_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"
#include "kernel/qgemm.h"

typedef enum xb_recurrent_kind { XB_RNN, XB_GRU, XB_LSTM } xb_recurrent_kind;

enum { XB_RECURRENT_ROWS = 8 };

typedef struct xb_recurrent_args {
    xb_recurrent_kind kind;
    int32_t           is_double, directions, first_is_reverse; /* the second direction always is */
    int32_t           linear_before_reset, input_forget;
    int64_t           steps, batch, hidden;
    const void       *xw; /* [rows, directions, gates, hidden]: step t of item b in row t x_time + b x_batch */
    int64_t           x_time, x_batch;
    const void       *r;                      /* packed */
    const void       *bias;                   /* [directions, 2, gates, hidden] or NULL */
    const void       *peephole;               /* [directions, 3, hidden]: i, o, f; or NULL */
    const void       *h0, *c0;                /* or NULL for 0; like yh and yc */
    const int32_t    *lengths;                /* [batch], or NULL: all steps; cut to 0..steps */
    void             *y, *yh, *yc;            /* each may be NULL */
    int64_t           y_time, y_dir, y_batch; /* elements; the hidden units lie side by side */
    int64_t           s_dir, s_batch;         /* of h0, c0, yh, yc */
    xb_epilogue       act[2][3];              /* f, g, h of each direction */

    /* QUANTISED, as com.microsoft's DynamicQuantizeLSTM: r is of 8 bits, and h becomes uint8 with a scale of its own before each
     * product (kernel/quantize8.h), over the items of a chunk. LSTM, float32. */
    const xb_qisa *q; /* NULL: not */
    int32_t        r_signed;
    const float   *r_scale; /* [directions], or with r_scale_step 1 [directions, gates, hidden] */
    const void    *r_zero;
    int64_t        r_scale_step, r_zero_step;

    const xb_isa *isa; /* xb_recurrent_work's own */
} xb_recurrent_args;

int32_t xb_recurrent_gates(xb_recurrent_kind kind);

/* r: [directions, gates, hidden, hidden] as ONNX has it, in the type that the arguments say; quantised: [directions, hidden, gates,
 * hidden]. */
int64_t xb_recurrent_pack_bytes(const xb_isa *isa, const xb_recurrent_args *a);
void    xb_recurrent_pack(const xb_isa *isa, const xb_recurrent_args *a, const void *r, void *packed);

xb_work xb_recurrent_work(const xb_isa *isa, xb_recurrent_args *a);

#endif
