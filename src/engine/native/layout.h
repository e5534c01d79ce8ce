/* engine/native/layout.h - layouts of tensors in a plan: who wants which, and the steps that turn one into another.
 *
 * Each node is emitted in order and chooses its layout from that of its inputs: a convolution makes its own, element-wise nodes,
 * pooling and the like stay in the layout that they find, everything else wants dense tensors. Where a node finds another layout than
 * it wants, a reorder step goes in between, once for each tensor. So reorders stand only where a run of convolutions begins and ends.
 *
 * The layout of convolutions is NCHWc (XB_LAYOUT_BLOCKED) for [N, C, H, W], and [N, W, C] (XB_LAYOUT_LAST) for [N, C, W]: what is
 * called xb_blocked_... here does for each of them what is its. */
#ifndef XB_NATIVE_LAYOUT_H
#define XB_NATIVE_LAYOUT_H

#include "engine/native/build.h"

/* v in that layout: itself, or a copy that a step makes, now or before. */
xybrid_status xb_as_layout(const xb_node *n, xb_val *v, xb_layout layout, xb_val **out);

/* All inputs and fused operands of a node dense: for operators that know nothing of layouts. */
xybrid_status xb_dense_inputs(xb_node *n);

/* That of a tensor of three or four dimensions. */
xb_layout xb_spatial_layout(const xb_val *v);

/* Where a node writes an output in the layout of convolutions: v itself, or, if v is needed outside of this segment, a value that
 * xb_blocked_done turns into v. */
xybrid_status xb_blocked_out(const xb_node *n, xb_val *v, xb_val **out);
xybrid_status xb_blocked_done(const xb_node *n, xb_val *from, xb_val *v);

/* Can the fused steps of n be applied in the layout of convolutions? */
int xb_blocked_fits(const xb_node *n);
/* Brings operands into it: to be called before the step that uses them is begun. `operands` has room for XB_FUSED_STEPS. */
xybrid_status xb_blocked_operands(const xb_node *n, xb_val **operands);
xybrid_status xb_blocked_epilogue(const xb_node *n, xb_val *const *operands, xb_epilogue *e);

/* n's fused steps alone (xb_chain_op), in the layout of convolutions. */
xybrid_status xb_blocked_chain(xb_node *n);

#endif
