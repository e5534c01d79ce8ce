/* kernel/blocked.h - what is done to tensors in the layout NCHWc besides convolution: in and out of it, programmes of
 * element-wise steps. Contract: kernel/kernel.h.
 *
 *     dense [N, C, plane]     <->     blocked [N, ceil(C / c), plane, c], c = xb_conv_block(isa), channels behind C are 0
 */
#ifndef XB_BLOCKED_H
#define XB_BLOCKED_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"

typedef struct xb_reorder_args {
    const float *in;
    float       *out;
    int64_t      batch, channels, plane; /* plane: height times width */
    int32_t      block, to_blocked;
    int64_t      points; /* of a chunk; set by xb_reorder_work */
} xb_reorder_args;

xb_work xb_reorder_work(xb_reorder_args *a);

/* out = programme(in), both blocked. COL operands are per channel, padded to whole blocks (batch 1, or the same for all); FULL
 * operands are blocked tensors of the same shape, with stride c. Channels behind the last one become what the programme makes
 * of 0: finite, unless a step divides or takes a logarithm. */
typedef struct xb_blocked_chain_args {
    xb_epilogue   e;
    const float  *in;
    float        *out;
    const xb_isa *isa;
    int64_t       batch, channels, plane;
    int64_t       points; /* of a chunk; set by xb_blocked_chain_work */
} xb_blocked_chain_args;

xb_work xb_blocked_chain_work(const xb_isa *isa, xb_blocked_chain_args *a);

/* GlobalAveragePool: the mean of each channel's plane, blocked [N, ceil(C / c), 1, c]. */
typedef struct xb_blocked_mean_args {
    const float *in;
    float       *out;
    int64_t      batch, channels, plane;
    int32_t      block;
} xb_blocked_mean_args;

xb_work xb_blocked_mean_work(xb_blocked_mean_args *a);

/* Maximum or average over windows (2-D): MaxPool and AveragePool. */
typedef struct xb_blocked_pool_args {
    const float *in;
    float       *out;
    int64_t      batch, channels;
    int64_t      height, width, out_height, out_width;
    int64_t      kernel[2], stride[2], pad[2], dilation[2];
    int64_t      pad_end[2]; /* count_pads: what counts behind the last point */
    int32_t      block, is_max, count_pads;
} xb_blocked_pool_args;

xb_work xb_blocked_pool_work(xb_blocked_pool_args *a);

#endif
