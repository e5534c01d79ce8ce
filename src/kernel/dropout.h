/* kernel/dropout.h - Dropout as in training: elements are dropped with probability `ratio`, the rest is multiplied by
 * 1 / (1 - ratio).
 *
 * The numbers are those of numpy's RandomState(seed).uniform: MT19937 (M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM
 * TOMACS 8, 1998), 53 bits of two outputs. One after the other: one chunk. */
#ifndef XB_DROPOUT_H
#define XB_DROPOUT_H

#include "kernel/element.h"

typedef struct xb_dropout_args {
    const void   *x;
    void         *y;    /* NULL: not wanted */
    uint8_t      *mask; /* 1: kept; NULL: not wanted */
    int64_t       count;
    int32_t       dtype; /* a float type */
    uint32_t      seed;
    double        ratio; /* 0 <= ratio < 1 */
    const xb_isa *isa;
} xb_dropout_args;

xb_work xb_dropout_work(const xb_isa *isa, xb_dropout_args *a);

#endif
