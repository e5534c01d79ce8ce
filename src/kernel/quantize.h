/* kernel/quantize.h - between floats and the narrow types that stand for them with a scale and a zero point.
 *
 *     quantize:    y = saturate(round(x / scale) + zero)     round: to nearest, ties to even; NaN gives the lowest number
 *     dequantize:  y = (x - zero) scale
 *
 * Scale and zero point are one number, or one for each index of an axis, or one for each block of an axis: for the kernel,
 * operands that are repeated over the tensor. All is computed in float32 and rounded once, but for `precision`. (float32 to 8
 * bits with one scale, or one for each row: kernel/quantize8.h.) */
#ifndef XB_QUANTIZE_H
#define XB_QUANTIZE_H

#include "kernel/element.h"

typedef struct xb_scale_args {
    xb_operand    x, scale, zero; /* zero.data NULL: 0 */
    void         *y;
    int32_t       dtype;     /* of y */
    int32_t       precision; /* quantize: type that x, scale and x / scale are rounded to, XYBRID_FLOAT32 */
    xb_store_rule rule;
    /* The tensor is `slabs` times [dims], of which only the first `slab_elements` are there: a last block may be shorter. */
    int32_t       rank;
    int64_t       slabs, slab_elements, dims[XB_MAX_RANK];
    int64_t       slab_scales; /* elements of scale and zero for a slab */
    int64_t       per;         /* filled by the two below */
    const xb_isa *isa;
} xb_scale_args;

/* The shape of scale and zero point for x [rank, dims]: scalar (axis -1), axis (block 0), blocks of `block` along it. */
void xb_scale_set(xb_scale_args *a, int32_t rank, const int64_t *dims, int32_t axis, int64_t block);

xb_work xb_quantize_work(const xb_isa *isa, xb_scale_args *a);
xb_work xb_dequantize_work(const xb_isa *isa, xb_scale_args *a);

/* ---- operators on quantized tensors: dequantize, compute, quantize ---- */

typedef struct xb_qlinear_args {
    xb_operand    in[2];
    const float  *in_scale[2], *scale;
    const void   *in_zero[2], *zero; /* of the tensors' types; NULL: 0 */
    void         *y;
    int32_t       dtype; /* of y */
    int32_t       count; /* of inputs: 1 with an operator of kernel/unary.h, 2 with XB_EP_ADD or XB_EP_MUL */
    int32_t       op;
    float         a, b;
    int32_t       rank;
    int64_t       dims[XB_MAX_RANK], elements; /* elements: filled by xb_qlinear_work */
    const xb_isa *isa;
} xb_qlinear_args;
xb_work xb_qlinear_work(const xb_isa *isa, xb_qlinear_args *a);

#endif
