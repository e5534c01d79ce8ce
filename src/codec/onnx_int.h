/* codec/onnx_int.h - one TensorProto's header, for those who read models (onnx.c) and values (onnx_value.c).
 *
 *     xb_onnx_raw_tensor x;
 *     XB_TRY(xb_onnx_take_tensor(cursor, position, &x, err));   // what it says
 *     XB_TRY(xb_onnx_check_tensor(&x, err));                    // type, dimensions and data agree; x.t.place says where
 *
 * A weight's bytes are not touched. Any thread. */
#ifndef XB_ONNX_INT_H
#define XB_ONNX_INT_H

#include "base/limits.h"
#include "codec/onnx.h"
#include "codec/onnx_schema.h"

typedef struct xb_onnx_raw_tensor {
    xb_onnx_tensor   t; /* dims points to none; external is NULL: see below */
    int64_t          dims[XB_MAX_TENSOR_RANK];
    int64_t          count;                             /* product of dims */
    int64_t          given[XB_ONNX_TENSOR_UINT64S + 1]; /* values in each of the data fields, by field number */
    uint32_t         field;                             /* FIELDS: the one that holds the values */
    int64_t          values;                            /* FIELDS: how many */
    int64_t          raw_bytes;                         /* -1: no raw_data */
    int64_t          location;                          /* data_location */
    int64_t          position;                          /* of the TensorProto in the file */
    xb_slice         external_location;                 /* EXTERNAL: a path that stays inside */
    xb_onnx_external external;
} xb_onnx_raw_tensor;

/* Reads the TensorProto that `c` stands at the start of. Errors: MALFORMED. */
xybrid_status xb_onnx_take_tensor(xb_pb c, int64_t position, xb_onnx_raw_tensor *x, xybrid_error *err);

/* Sets t.size_bytes and t.place. Errors: MALFORMED; UNSUPPORTED_MODEL for an element type that is not known. */
xybrid_status xb_onnx_check_tensor(xb_onnx_raw_tensor *x, xybrid_error *err);

/* The same for a SparseTensorProto, with the checks of its two parts: the dense tensor's dimensions, type and size, and the
 * headers of the values and indices (which need not fit each other: see onnx_value.c). */
xybrid_status xb_onnx_take_sparse(xb_pb c, int64_t position, xb_onnx_raw_tensor *dense, xb_onnx_raw_tensor *values,
                                  xb_onnx_raw_tensor *indices, xybrid_error *err);

/* A StringStringEntryProto. */
xybrid_status xb_onnx_read_pair(const xb_pb *parent, const xb_pb_field *field, xb_slice *key, xb_slice *value,
                                xybrid_error *err);

/* MALFORMED: weight "w" (float32, 12 elements) `what`. */
xybrid_status xb_onnx_fail_tensor(const xb_onnx_raw_tensor *x, xybrid_error *err, const char *what);

/* MALFORMED at a field. */
xybrid_status xb_onnx_fail_at(const xb_pb_field *f, const char *what, xybrid_error *err);

#endif
