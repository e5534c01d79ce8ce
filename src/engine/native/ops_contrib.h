/* engine/native/ops_contrib.h - what the operators of com.microsoft share; in ops_contrib.c. */
#ifndef XB_NATIVE_OPS_CONTRIB_H
#define XB_NATIVE_OPS_CONTRIB_H

#include "engine/native/build.h"

/* Input i, if it is there, is float16, bfloat16 or float32. */
xybrid_status xb_want_plain_float(const xb_node *n, int32_t i);
xybrid_status xb_want_shape(const xb_node *n, int32_t i, int32_t rank, const int64_t *dims);
/* UNSUPPORTED_MODEL naming an input that is there, an attribute that is not 0. */
xybrid_status xb_refuse_input(const xb_node *n, int32_t i, const char *name);
xybrid_status xb_refuse_attr(const xb_node *n, const char *name);

/* A copy of v [batch, ..., channels] as [batch, channels, ...], and back into a value that is there. */
xybrid_status xb_channels_first(const xb_node *n, xb_val *v, xb_val **out);
xybrid_status xb_channels_last(const xb_node *n, xb_val *v, xb_val *to);

/* ---- operators that become others, in infer ---- */

/* A constant scalar. */
xybrid_status xb_number(const xb_node *n, int32_t dtype, float value, xb_val **out);
/* x [batch, ..., channels] by a Transpose in front of n to [batch, channels, ...]; is_back: the other way. */
xybrid_status xb_turned(const xb_node *n, xb_val *x, int is_back, xb_val **out);

#endif
