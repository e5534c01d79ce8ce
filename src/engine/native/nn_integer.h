/* engine/native/nn_integer.h - what operators on 8-bit integers share: products, convolutions, quantising on the way.
 *
 *     xb_qproduct p = { .m = m, .n = n, .k = k, .a = x, .a_row = k, .a_col = 1, .b = w, .b_row = n, .b_col = 1, .c = y,
 *                       .c_row = n };
 *     XB_TRY(xb_qproduct_emit(b, n, &p, err));                // the type of y says what becomes of the sums: kernel/qgemm.h */
#ifndef XB_NATIVE_NN_INTEGER_H
#define XB_NATIVE_NN_INTEGER_H

#include "engine/native/nn.h"
#include "kernel/qconv.h"

/* A tensor's numbers and how they go with the product: `step` 1 for one of each row (column), 0 for one; strides of the batch. */
typedef struct xb_qalong {
    xb_val *v; /* NULL: none */
    int64_t offset, step, batch[XB_MAX_RANK];
} xb_qalong;

/* c [batch] = sums of (a - a_zero) (b - b_zero). Strides and offsets in elements. c is int32, or float32 or 8 bits, then scaled
 * by a_scale b_scale (/ c_scale, + c_zero); bias [n] is float32, added to float32 results. */
typedef struct xb_qproduct {
    int64_t   m, n, k;
    xb_val   *a, *b, *c;
    int64_t   a_offset, b_offset, c_offset;
    int64_t   a_row, a_col, b_row, b_col, c_row;
    int32_t   batch_rank;
    int64_t   batch[XB_MAX_RANK], a_batch[XB_MAX_RANK], b_batch[XB_MAX_RANK], c_batch[XB_MAX_RANK];
    xb_qalong a_zero, b_zero, a_scale, b_scale; /* zeros of the factors' types, scales float32 */
    xb_val   *c_scale, *c_zero, *bias;
    int32_t   takes_fused; /* n->fused, of a product that is output 0 */
} xb_qproduct;

/* Packs b through the pack cache where it is a weight. */
xybrid_status xb_qproduct_emit(const xb_node *n, xb_qproduct *p);

/* Input i is uint8 or int8. */
xybrid_status xb_want_8bit(const xb_node *n, int32_t i);
/* Input i, if there, has that type and one element. */
xybrid_status xb_want_one(const xb_node *n, int32_t i, int32_t dtype);

/* x, float32, as uint8 with a scale and zero point of its range (DynamicQuantizeLinear), into tensors of the plan's own. */
xybrid_status xb_quantised(const xb_node *n, xb_val *x, xb_val **q, xb_val **scale, xb_val **zero);

/* A convolution of x by w as the window says; y int32, float32 or 8 bits. Values that are left out are NULL. */
typedef struct xb_qconvolution {
    xb_val   *x, *w, *y, *x_zero, *w_zero, *x_scale, *w_scale, *y_scale, *y_zero, *bias; /* bias: int32 */
    int64_t   groups, channels_out;
    xb_window window;
    int32_t   takes_fused;
} xb_qconvolution;

xybrid_status xb_qconv_emit(const xb_node *n, const xb_qconvolution *c);

#endif
