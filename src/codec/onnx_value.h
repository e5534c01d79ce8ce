/* codec/onnx_value.h - values as ONNX stores them: tensors of every element type, sequences, optionals.
 *
 *     xb_onnx_source from = { .arena = &arena, .file = bytes, .external = find, .ctx = &files };
 *     xb_onnx_value  v;
 *     XB_TRY(xb_onnx_value_read(&from, XB_ONNX_TENSOR, initializer->message, &v, err));     // an initializer, an attribute
 *     XB_TRY(xb_onnx_value_read(&from, XB_ONNX_SEQUENCE, whole_file, &v, err));             // input_0.pb of a test
 *
 * What lies in the file as the dense form wants it (raw_data; float_data and double_data in one run) is used in place, the rest
 * is decoded into the arena; file and arena outlive the value. What a value says it holds must really be there, so that memory
 * is at most some times the file's; only a sparse tensor grows, up to XB_MAX_SPARSE_BYTES. Any thread, a source by one at a time.
 * Source of all rules: onnx.proto and onnx-data.proto, IR version 14. */
#ifndef XB_ONNX_VALUE_H
#define XB_ONNX_VALUE_H

#include "base/limits.h"
#include "codec/onnx.h"

/* Numbers of TensorProto.DataType beyond those of xybrid_dtype and codec/onnx.h. */
enum {
    XB_ONNX_FLOAT8E4M3FN = 17,
    XB_ONNX_FLOAT8E4M3FNUZ = 18,
    XB_ONNX_FLOAT8E5M2 = 19,
    XB_ONNX_FLOAT8E5M2FNUZ = 20,
    XB_ONNX_UINT4 = 21,
    XB_ONNX_INT4 = 22,
    XB_ONNX_FLOAT4E2M1 = 23,
    XB_ONNX_FLOAT8E8M0 = 24,
    XB_ONNX_UINT2 = 25,
    XB_ONNX_INT2 = 26,
    XB_ONNX_FLOAT6E2M3 = 27,
    XB_ONNX_FLOAT6E3M2 = 28
};

typedef struct xb_onnx_value {
    int32_t kind;  /* XB_ONNX_TENSOR, XB_ONNX_SEQUENCE, XB_ONNX_OPTIONAL (xb_onnx_kind) */
    int32_t dtype; /* of a tensor: TensorProto.DataType; else XB_ONNX_UNDEFINED */
    int32_t rank;
    int64_t dims[XB_MAX_RANK]; /* each >= 0 */
    int64_t count;             /* elements */
    /* Dense, little-endian, at any alignment when it is in the file; never NULL for a tensor; read-only. Elements below 8 bits
     * stay packed, the first in the lowest bits; bool: a byte, not 0 is true; strings: xb_slice[count]. */
    void                 *data;
    int64_t               size_bytes;
    struct xb_onnx_value *items; /* SEQUENCE: its elements; OPTIONAL: what is in it */
    int32_t               item_count;
} xb_onnx_value;

typedef struct xb_onnx_source {
    xb_arena   *arena;
    const void *file; /* positions in messages count from here: the file that holds the messages. NULL: from the message */
    /* Finds [offset, offset + size_bytes) of the file `location` (a relative path that stays inside), valid as long as the
     * value. NULL: external data is refused. */
    xybrid_status (*external)(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **data,
                              xybrid_error *err);
    void *ctx;
} xb_onnx_source;

/* Reads the message of a value: TensorProto for XB_ONNX_TENSOR, SparseTensorProto for XB_ONNX_SPARSE (a dense tensor comes
 * out), SequenceProto, OptionalProto. Errors: MALFORMED with the byte; UNSUPPORTED_MODEL for more than XB_MAX_RANK dimensions,
 * unknown element types, maps, external data without a finder, a sparse tensor beyond its limit; those of `external`. */
xybrid_status xb_onnx_value_read(const xb_onnx_source *from, xb_onnx_kind kind, xb_slice message, xb_onnx_value *out,
                                 xybrid_error *err);

/* Elements [first, first + count) of a type of at most 8 bits, each in a byte of its own: bit patterns, int4 and int2 with
 * their sign extended. (xb_onnx_dtype_bits tells how many bits an element has.) */
void xb_onnx_unpack(int32_t dtype, const void *packed, int64_t first, int64_t count, uint8_t *out);

/* The value of a float of at most 8 bits, exact; NaN for other types. */
float xb_onnx_small_float(int32_t dtype, uint8_t bits);

#endif
