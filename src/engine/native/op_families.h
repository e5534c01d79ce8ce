/* engine/native/op_families.h - the tables of the files ops_*.c; op_table.c lists them. */
#ifndef XB_NATIVE_OP_FAMILIES_H
#define XB_NATIVE_OP_FAMILIES_H

#include "engine/native/op.h"

extern const xb_op_family xb_ops_fill;       /* ops_fill.c: Range, ConstantOfShape, EyeLike, OneHot, Trilu */
extern const xb_op_family xb_ops_gather;     /* ops_gather.c: Gather..., ReverseSequence */
extern const xb_op_family xb_ops_move;       /* ops_move.c: Transpose, Slice, Split, Concat, Expand, ... */
extern const xb_op_family xb_ops_pad;        /* ops_pad.c: Pad, CenterCropPad, Tile */
extern const xb_op_family xb_ops_reduce;     /* ops_reduce.c: Reduce..., CumSum, CumProd */
extern const xb_op_family xb_ops_requantize; /* ops_requantize.c: QLinearConcat, QLinearReduceMean */
extern const xb_op_family xb_ops_resize;     /* ops_resize.c: Resize, Upsample */
extern const xb_op_family xb_ops_scatter;    /* ops_scatter.c: Scatter..., TensorScatter */
extern const xb_op_family xb_ops_select;     /* ops_select.c: TopK, ArgMax, NonZero, Unique, ... */
extern const xb_op_family xb_ops_shape; /* ops_shape.c: Shape, Reshape, Squeeze, ...: no numbers are computed */

#endif
