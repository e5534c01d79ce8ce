/* engine/native/op_moves.h - what the operators that move, pick and fold elements share (ops_move.c, ops_pad.c, ops_resize.c,
 * ops_fill.c, ops_gather.c, ops_scatter.c, ops_select.c, ops_reduce.c). Helpers for infer and emit, as in build.h. */
#ifndef XB_NATIVE_OP_MOVES_H
#define XB_NATIVE_OP_MOVES_H

#include "engine/native/build.h"

/* Bytes of an element for movers, text included; 0 for unknown types. */
int32_t xb_move_bytes(int32_t dtype);

/* Product of dims [from, to); they are those of a tensor that exists. */
int64_t xb_span(const int64_t *dims, int32_t from, int32_t to);

/* In infer of what moves elements of `data`: text is moved while the plan is made, so all inputs must be known by then. Nothing
 * for other types. */
xybrid_status xb_text_known(xb_node *n, const xb_val *data);

/* Refuses text and types below a byte that are no numbers here. */
xybrid_status xb_want_number(const xb_node *n, int32_t i);

/* Axes from input `input` if it is given, else from the attribute; *count -1: neither. Each is in 0..rank-1. */
xybrid_status xb_axes_of(xb_node *n, int32_t input, int32_t rank, const int32_t **axes, int64_t *count);

/* Output `out`, seen as `dims`, is element `offset` of `from` and on, `strides` apart: a view where the bytes lie so
 * already, else a step. */
xybrid_status xb_rearrange(xb_node *n, xb_val *from, int64_t offset, int32_t rank, const int64_t *dims, const int64_t *strides,
                           xb_val *out);

/* The same, moved into a part of `to` (elements from to_offset on, to_strides apart). */
xybrid_status xb_move_emit(const xb_node *n, const xb_val *from, int64_t offset, const int64_t *strides, xb_val *to,
                           int64_t to_offset, const int64_t *to_strides, int32_t rank, const int64_t *dims);

/* The node's output 0 is its input 0 with every dimension looked up in a table (kernel/remap.h), `value` where a table says
 * -1 (NULL: zeros, empty text). A dimension without a table stays as it is. In NCHWc if the input is and height and width alone
 * have tables. */
xybrid_status xb_remap_emit(xb_node *n, const int64_t *const *tables, const xb_val *value);

/* ---- NCHWc (layout.h): where the tensors of convolutions may stay as they are ---- */

/* The dimensions of v as its bytes lie, with height and width in their places: NCHWc is [N C/c, 1, H, W, c]. The rank. */
int32_t xb_lying_dims(const xb_build *b, const xb_val *v, int64_t *dims);

/* Are the channels of v whole blocks? */
int xb_has_whole_blocks(const xb_build *b, const xb_val *v);

/* y = channels [first, ...) of x, in NCHWc; `first` is whole blocks. In a batch of 1 a view. */
xybrid_status xb_blocked_part(xb_node *n, xb_val *x, int64_t first, xb_val *y);

/* Joins the node's inputs along the channels, in NCHWc. *done 0: not possible, or not worth it. */
xybrid_status xb_blocked_concat(xb_node *n, int *done);

/* ---- indices: whatever a model computes, memory is safe ---- */

/* Indices in input i: depth of them are a tuple, index k of it must be in -bounds[k] .. bounds[k] - 1. Known ones are
 * checked now, by infer; the others by a step, which fails the run with the index and its bounds. */
xybrid_status xb_indices_infer(xb_node *n, int32_t i, int32_t depth, const int64_t *bounds);
xybrid_status xb_indices_emit(xb_node *n, int32_t i, int32_t depth, const int64_t *bounds);

/* int64 lengths or positions in `v`, each in 0..most: checked now if known, else by a step. `what`: "a sequence length". */
xybrid_status xb_lengths_emit(xb_node *n, xb_val *v, int64_t most, const char *what);

/* Has input i as many dimensions as input 0, none of them longer but perhaps the axis? */
xybrid_status xb_fits_inside(const xb_node *n, int32_t i, int32_t axis);

#endif
