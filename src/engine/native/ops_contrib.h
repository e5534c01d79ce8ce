/* engine/native/ops_contrib.h - checks that the operators of com.microsoft share; in ops_contrib_attention.c. */
#ifndef XB_NATIVE_OPS_CONTRIB_H
#define XB_NATIVE_OPS_CONTRIB_H

#include "engine/native/build.h"

/* Input i, if it is there, is float16, bfloat16 or float32. */
xybrid_status xb_want_plain_float(const xb_node *n, int32_t i, xybrid_error *err);
xybrid_status xb_want_shape(const xb_node *n, int32_t i, int32_t rank, const int64_t *dims, xybrid_error *err);
/* UNSUPPORTED_MODEL naming an input that is there, an attribute that is not 0. */
xybrid_status xb_refuse_input(const xb_node *n, int32_t i, const char *name, xybrid_error *err);
xybrid_status xb_refuse_attr(const xb_node *n, const char *name, xybrid_error *err);

#endif
