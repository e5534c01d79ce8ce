/* engine/native/op_families.h - the tables of the files ops_*.c; op_table.c lists them. */
#ifndef XB_NATIVE_OP_FAMILIES_H
#define XB_NATIVE_OP_FAMILIES_H

#include "engine/native/op.h"

extern const xb_op_family xb_ops_control;  /* ops_control.c: If, Loop, Scan */
extern const xb_op_family xb_ops_conv;     /* ops_conv.c: Conv, ConvTranspose and their kin */
extern const xb_op_family xb_ops_contrib_attention; /* ops_contrib_attention.c: attention of com.microsoft */
extern const xb_op_family xb_ops_matmul;   /* ops_matmul.c */
extern const xb_op_family xb_ops_norm;     /* ops_norm.c: normalisations, softmax */
extern const xb_op_family xb_ops_recurrent; /* ops_recurrent.c: RNN, GRU, LSTM */
extern const xb_op_family xb_ops_sequence; /* ops_sequence.c: sequences and optionals */
extern const xb_op_family xb_ops_shape;    /* ops_shape.c: Shape, Reshape, Squeeze, ...: no numbers are computed */

#endif
