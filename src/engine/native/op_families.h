/* engine/native/op_families.h - the tables of the files ops_*.c; op_table.c lists them. */
#ifndef XB_NATIVE_OP_FAMILIES_H
#define XB_NATIVE_OP_FAMILIES_H

#include "engine/native/op.h"

extern const xb_op_family xb_ops_binary;   /* ops_binary.c: two and more operands, element by element */
extern const xb_op_family xb_ops_cast;     /* ops_cast.c: Cast, BitCast */
extern const xb_op_family xb_ops_control;  /* ops_control.c: If, Loop, Scan */
extern const xb_op_family xb_ops_elementwise_ms; /* ops_elementwise_ms.c: BiasGelu, FastGelu */
extern const xb_op_family xb_ops_quantize; /* ops_quantize.c: to and from quantized types */
extern const xb_op_family xb_ops_sequence; /* ops_sequence.c: sequences and optionals */
extern const xb_op_family xb_ops_shape; /* ops_shape.c: Shape, Reshape, Squeeze, ...: no numbers are computed */
extern const xb_op_family xb_ops_unary;    /* ops_unary.c: functions of one number, activations */

#endif
