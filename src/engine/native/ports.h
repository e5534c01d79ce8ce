/* engine/native/ports.h - types and shapes of outputs that the file does not give.
 *
 *     input x [N, 3, H, W]  --infer, for some N, H, W-->  output y [N, 10], [N, 10], ...  ==>  y [N, 10]
 *
 * Infer knows shapes for numbers, not for names. So it is asked for some numbers, different for each name: a dimension that is the
 * same each time is known, one that is a name's number each time has that name, any other is free. Numbers that a model does not
 * take (sides that are no multiples of 32) tell nothing; with fewer than two answers there is only the rank.
 *
 * Shapes that the file does give are only told, never relied upon: what a run delivers has the shape that was computed. */
#ifndef XB_NATIVE_PORTS_H
#define XB_NATIVE_PORTS_H

#include "engine/native/model.h"

enum { XB_USUAL_SHAPES = 6 };

/* Inputs without data, with the free dimensions of choice `choice`, 0 .. XB_USUAL_SHAPES - 1: one item of a batch, and numbers that
 * differ from name to name. 0: an input has no rank, or they are too large. */
int xb_usual_inputs(const xb_native_model *m, int32_t choice, xb_onnx_value *inputs);

/* Completes the outputs of m's header. What cannot be found stays as it is. Errors: OUT_OF_MEMORY. */
xybrid_status xb_infer_ports(xb_native_model *m, xybrid_error *err);

#endif
