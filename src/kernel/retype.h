/* kernel/retype.h - a tensor in another element type: the rules of xb_convert (tensor/tensor.h), in chunks.
 *
 *     xb_retype_args c = { .src = x, .dst = y, .src_dtype = XYBRID_FLOAT16, .dst_dtype = XYBRID_FLOAT32, .count = n };
 *     xb_work work = xb_retype_work(&c);
 *
 * Both pointers are aligned to their elements and do not overlap. */
#ifndef XB_RETYPE_H
#define XB_RETYPE_H

#include "kernel/kernel.h"

typedef struct xb_retype_args {
    const void *src;
    void       *dst;
    int32_t     src_dtype, dst_dtype;
    int64_t     count;
    int64_t     per_chunk; /* xb_retype_work's own */
} xb_retype_args;

xb_work xb_retype_work(xb_retype_args *a);

#endif
