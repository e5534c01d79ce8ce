/* kernel/polyphase.h - many filters on one signal, what a resampler is made of: a product of overlapping windows of the signal
 * with a bank of filters, on the tile of matrix products.
 *
 *     width = xb_polyphase_width(isa);
 *     xb_polyphase(isa, &(xb_polyphase_args){ .source = x, .source_step = 441, .rows = 10, .bank = bank, .taps = 600,
 *                                             .out = y, .out_step = width });
 *     // y[i, j] = sum over k < 600 of x[441 i + k] bank[k, j],  i < 10, j < width
 *
 * A value depends on its window and its filter alone: the same bits whatever rows are asked for together. kernel/kernel.h's
 * contract holds; these are a caller's chunks, on its own thread. */
#ifndef XB_POLYPHASE_H
#define XB_POLYPHASE_H

#include "kernel/kernel.h"

typedef struct xb_polyphase_args {
    const float *source; /* row i reads taps values from source + i * source_step */
    int64_t      source_step;
    int64_t      rows;
    const float *bank; /* [taps, width] */
    int64_t      taps;
    float       *out; /* row i writes width values to out + i * out_step */
    int64_t      out_step;
} xb_polyphase_args;

int32_t xb_polyphase_width(const xb_isa *isa);
void    xb_polyphase(const xb_isa *isa, const xb_polyphase_args *args);

/* out[j] = sum over k < taps of source[k] filters[j, k], j < 4. */
void xb_polyphase_four(const xb_isa *isa, const float *source, const float *filters, int64_t taps, float out[4]);

#endif
