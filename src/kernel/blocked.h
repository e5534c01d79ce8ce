/* kernel/blocked.h - a programme of element-wise steps on a tensor in the layout NCHWc (kernel/layout.h). */
#ifndef XB_BLOCKED_H
#define XB_BLOCKED_H

#include "kernel/epilogue.h"
#include "kernel/kernel.h"

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

#endif
