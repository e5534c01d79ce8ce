/* kernel/score.h - what is done with the scores of classes: softmax, argmax, top k.
 *
 * The functions on tensors take any element type (other than float32 is converted to float32 first, see
 * xb_tensor_convert) and give new memory. The ones on bare memory are the scalar forms that vector variants are measured
 * against: a tensor is seen as [outer, n, inner], the work runs along n. Any thread. */
#ifndef XB_SCORE_H
#define XB_SCORE_H

#include "tensor/tensor.h"

/* Axis -rank..rank-1 (negative counts from the end) to 0..rank-1. INVALID_ARGUMENT naming `what` otherwise, and for a
 * tensor without dimensions. */
xybrid_status xb_axis_resolve(const xb_tensor *t, int32_t axis, const char *what, int32_t *out, xybrid_error *err);

/* exp(x - max) / sum of them: float32 of t's shape. A line holding NaN or +infinity, or only -infinity, becomes NaN; a
 * tensor without elements stays one. */
xybrid_status xb_softmax(xb_mem *mem, const xb_tensor *t, int32_t axis, xb_tensor *out, xybrid_error *err);

/* Index of the largest, int64, of t's shape without the axis. The lower index wins among equals; NaN counts as largest, so
 * that a broken result is seen (as numpy does). INVALID_ARGUMENT when the axis has 0 elements. */
xybrid_status xb_argmax(xb_mem *mem, const xb_tensor *t, int32_t axis, xb_tensor *out, xybrid_error *err);

/* The k largest in falling order, the axis k long: values float32, indices int64. Order among equals and NaN as in
 * xb_argmax. k at least 1; more than the axis has gives all of it. */
xybrid_status xb_topk(xb_mem *mem, const xb_tensor *t, int32_t axis, int64_t k, xb_tensor *values, xb_tensor *indices,
                      xybrid_error *err);

/* dst may be src. The sum runs in float64. */
void xb_softmax_f32(float *dst, const float *src, int64_t outer, int64_t n, int64_t inner);

/* dst [outer, inner]; n at least 1. */
void xb_argmax_f32(int64_t *dst, const float *src, int64_t outer, int64_t n, int64_t inner);

#endif
