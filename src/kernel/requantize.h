/* kernel/requantize.h - 8-bit numbers with a scale and a zero point, into another scale and zero point.
 *
 *     real = (q - zero) * scale;  q' = saturate(round(real / scale') + zero'), ties to even */
#ifndef XB_REQUANTIZE_H
#define XB_REQUANTIZE_H

#include "kernel/kernel.h"

typedef struct xb_quant { /* where scale and zero point are */
    const float *scale;
    const void  *zero; /* of the type of the numbers; NULL = 0 */
} xb_quant;

/* rows of `cols` numbers, those of y y_stride apart: uint8 or int8 (is_signed), the same on both sides. */
typedef struct xb_requantize_args {
    const void *x;
    void       *y;
    xb_quant    from, to;
    int32_t     is_signed;
    int64_t     rows, cols, y_stride, per_chunk;
} xb_requantize_args;
xb_work xb_requantize_work(xb_requantize_args *a);

/* The same from means of such numbers, which lie between them. */
typedef struct xb_quantize_mean_args {
    const double *x;
    void         *y;
    xb_quant      from, to;
    int32_t       is_signed;
    int64_t       count, per_chunk;
} xb_quantize_mean_args;
xb_work xb_quantize_mean_work(xb_quantize_mean_args *a);

#endif
