/* engine/native/ops_elementwise.h - what the files of element-wise operators share (ops_unary.c, ops_binary.c, ops_cast.c,
 * ops_quantize.c, ops_elementwise_ms.c). */
#ifndef XB_NATIVE_OPS_ELEMENTWISE_H
#define XB_NATIVE_OPS_ELEMENTWISE_H

#include "engine/native/build.h"
#include "kernel/nary.h"

/* y = op(x), or only the type changes (XB_UN_CAST). y has x's shape. */
xybrid_status xb_unary_emit(const xb_node *n, int32_t op, float a_value, float b_value, const xb_val *x, xb_val *y);

/* The arguments of a step that combines `count` operands into y: dtype, class and shape are set; operands and their operators
 * follow (xb_nary_operand), then xb_step_work(b, xb_nary_work(b->isa, a), err). */
xb_nary_args *xb_nary_new(const xb_node *n, int32_t count, xb_class c, xb_val *y);
void          xb_nary_operand(const xb_node *n, xb_nary_args *a, int32_t i, int32_t op, const xb_val *x);

/* All elements of y are `value`, a number of XB_CLASS_I64. */
xybrid_status xb_fill_emit(const xb_node *n, int64_t value, xb_val *y);

/* y, scale, zero: uint8 numbers for the float32 numbers of x, one scale for all (ops_quantize.c). */
xybrid_status xb_dynamic_quantize_emit(const xb_node *n, const xb_val *x, xb_val *y, xb_val *scale, xb_val *zero);

/* x is a kind of operand that this operator does not have. */
xybrid_status xb_fail_type(const xb_node *n, int32_t input);

/* ---- text, which is content always (ops_cast_text.c) ---- */

/* UNSUPPORTED_MODEL for more than XB_MAX_PLAN_TEXTS elements. */
xybrid_status xb_check_texts(const xb_node *n, int64_t count);

/* Cast from or to text: output 0 becomes content. */
xybrid_status xb_cast_text(xb_node *n, int32_t to);

#endif
