/* engine/native/op_families.h - the tables of the files ops_*.c; op_table.c lists them. */
#ifndef XB_NATIVE_OP_FAMILIES_H
#define XB_NATIVE_OP_FAMILIES_H

#include "engine/native/op.h"

extern const xb_op_family xb_ops_attention;         /* ops_attention.c */
extern const xb_op_family xb_ops_binary;            /* ops_binary.c: two and more operands, element by element */
extern const xb_op_family xb_ops_cast;              /* ops_cast.c: Cast, BitCast */
extern const xb_op_family xb_ops_contrib_attention; /* ops_contrib_attention.c: attention of com.microsoft */
extern const xb_op_family xb_ops_control;           /* ops_control.c: If, Loop, Scan */
extern const xb_op_family xb_ops_conv;              /* ops_conv.c: Conv, ConvTranspose and their kin */
extern const xb_op_family xb_ops_detect;            /* ops_detect.c: NonMaxSuppression */
extern const xb_op_family xb_ops_einsum;            /* ops_einsum.c */
extern const xb_op_family xb_ops_elementwise_ms;    /* ops_elementwise_ms.c: BiasGelu, FastGelu */
extern const xb_op_family xb_ops_fill;              /* ops_fill.c: Range, ConstantOfShape, EyeLike, OneHot, Trilu */
extern const xb_op_family xb_ops_flex;              /* ops_flex.c: FlexAttention */
extern const xb_op_family xb_ops_gather;            /* ops_gather.c: Gather..., ReverseSequence */
extern const xb_op_family xb_ops_contrib_fused;     /* ops_contrib_fused.c: fused products and convolutions of com.microsoft */
extern const xb_op_family xb_ops_contrib_norm;      /* ops_contrib_norm.c: normalisations of com.microsoft */
extern const xb_op_family xb_ops_contrib_quantized; /* ops_contrib_quantized.c: 8-bit tensors of com.microsoft */
extern const xb_op_family xb_ops_integer;           /* ops_integer.c: products and convolutions of 8-bit integers */
extern const xb_op_family xb_ops_matmul;            /* ops_matmul.c: MatMul, Gemm, Det, SwiGLU */
extern const xb_op_family xb_ops_move;              /* ops_move.c: Transpose, Slice, Split, Concat, Expand, ... */
extern const xb_op_family xb_ops_norm;              /* ops_norm.c: normalisations, softmax */
extern const xb_op_family xb_ops_pad;               /* ops_pad.c: Pad, CenterCropPad, Tile */
extern const xb_op_family xb_ops_pool;              /* ops_pool.c: pooling, sampling of grids and regions */
extern const xb_op_family xb_ops_quantize;          /* ops_quantize.c: to and from quantized types */
extern const xb_op_family xb_ops_random;            /* ops_random.c: random numbers */
extern const xb_op_family xb_ops_recurrent;         /* ops_recurrent.c: RNN, GRU, LSTM */
extern const xb_op_family xb_ops_reduce;            /* ops_reduce.c: Reduce..., CumSum, CumProd */
extern const xb_op_family xb_ops_requantize;        /* ops_requantize.c: QLinearConcat, QLinearReduceMean */
extern const xb_op_family xb_ops_resize;            /* ops_resize.c: Resize, Upsample */
extern const xb_op_family xb_ops_scatter;           /* ops_scatter.c: Scatter..., TensorScatter */
extern const xb_op_family xb_ops_select;            /* ops_select.c: TopK, ArgMax, NonZero, Unique, ... */
extern const xb_op_family xb_ops_sequence;          /* ops_sequence.c: sequences and optionals */
extern const xb_op_family xb_ops_shape;             /* ops_shape.c: Shape, Reshape, Squeeze, ...: no numbers are computed */
extern const xb_op_family xb_ops_signal;            /* ops_signal.c: DFT, STFT, windows, mel */
extern const xb_op_family xb_ops_softmax;           /* ops_softmax.c: softmax and losses */
extern const xb_op_family xb_ops_text;              /* ops_text.c: text, n-grams */
extern const xb_op_family xb_ops_unary;             /* ops_unary.c: functions of one number, activations */

#endif
