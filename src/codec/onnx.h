/* codec/onnx.h - what an ONNX file says about itself, without touching its weights.
 *
 *     bytes (a mapping)  ->  version, opsets, inputs, outputs, operators, where each weight lies, which other files it needs
 *
 * Nothing is copied but short names: slices point into `bytes`, all else lives in the caller's arena, and both must outlive
 * the header. Every count, length and name of the file is checked; weights are passed over by their length, so that a file
 * of 100 MB costs what its graph costs. Field numbers: onnx.proto (IR version 14). Any thread. */
#ifndef XB_ONNX_H
#define XB_ONNX_H

#include "base/arena.h"
#include "codec/names.h"
#include "codec/slice.h"

/* Element types beyond xybrid_dtype; numbers of TensorProto.DataType. */
enum { XB_ONNX_UNDEFINED = 0, XB_ONNX_STRING = 8, XB_ONNX_COMPLEX64 = 14, XB_ONNX_COMPLEX128 = 15 };

typedef enum xb_onnx_kind {
    XB_ONNX_NO_TYPE, /* an output without a type: the engine infers it */
    XB_ONNX_TENSOR,
    XB_ONNX_SPARSE,
    XB_ONNX_SEQUENCE,
    XB_ONNX_MAP,
    XB_ONNX_OPTIONAL,
    XB_ONNX_OPAQUE
} xb_onnx_kind;

typedef struct xb_onnx_port { /* an input or output of the graph */
    const char        *name;
    xb_onnx_kind       kind;
    int32_t            dtype;   /* of a tensor's elements; XB_ONNX_UNDEFINED for the other kinds */
    int32_t            rank;    /* -1: any */
    const int64_t     *shape;   /* [rank], -1 where free; NULL unless rank > 0 */
    const char *const *symbols; /* [rank], the name of a free dimension, NULL where it has none; NULL unless rank > 0 */
} xb_onnx_port;

typedef enum xb_onnx_place {                  /* where a weight's values are */
                             XB_ONNX_RAW,     /* little-endian bytes in the file at offset, size_bytes long: usable in place */
                             XB_ONNX_FIELDS,  /* in float_data, int32_data, ... of `message`: to be decoded */
                             XB_ONNX_EXTERNAL /* in another file, see `external` */
} xb_onnx_place;

typedef struct xb_onnx_external {
    int64_t  offset;     /* in the file `location`, 0 if not given */
    int64_t  size_bytes; /* -1: to the end of the file */
    int32_t  file;       /* index into xb_onnx.external_files */
    int32_t  reserved;
    xb_slice checksum; /* SHA-1 of the file in hex, "" if not given */
} xb_onnx_external;

typedef struct xb_onnx_tensor { /* an initializer */
    xb_slice                name;
    int32_t                 dtype;
    int32_t                 rank;
    const int64_t          *dims;       /* [rank], each >= 0; NULL for rank 0 */
    int64_t                 size_bytes; /* of the dense value; strings: 0 */
    int64_t                 offset;     /* RAW: in this file */
    xb_onnx_place           place;
    int32_t                 sparse;   /* 1: dims are the dense ones, the values are a SparseTensorProto */
    xb_slice                message;  /* the whole TensorProto or SparseTensorProto */
    const xb_onnx_external *external; /* EXTERNAL, else NULL */
} xb_onnx_tensor;

typedef struct xb_onnx_opset {
    const char *domain; /* "" = ONNX's own ("ai.onnx" is folded into it) */
    int64_t     version;
} xb_onnx_opset;

typedef struct xb_onnx_operator {
    const char *name;     /* "Conv", or "com.microsoft:FusedMatMul" */
    int64_t     count;    /* nodes, in subgraphs and functions too */
    int32_t     function; /* 1: the model defines it itself */
} xb_onnx_operator;

typedef struct xb_onnx_file { /* an external file */
    const char *location;     /* as given, relative to the model's folder; it stays inside, else the read failed */
    int64_t     least_bytes;  /* the weights that name it need it this long */
} xb_onnx_file;

typedef struct xb_onnx_property {
    xb_slice key, value;
} xb_onnx_property;

typedef struct xb_onnx {
    int64_t     ir_version, model_version;
    const char *producer_name, *producer_version, *domain, *graph_name; /* "" if not given */

    int32_t                 opset_count, property_count, input_count, output_count;
    int32_t                 operator_count, tensor_count, external_file_count, function_count;
    const xb_onnx_opset    *opsets;
    const xb_onnx_property *properties; /* metadata_props */
    const xb_onnx_port     *inputs;     /* without those that have an initializer: these are constants */
    const xb_onnx_port     *outputs;
    const xb_onnx_operator *operators;
    const xb_onnx_tensor   *tensors;        /* initializers of the main graph */
    const xb_onnx_file     *external_files; /* each once */

    int64_t  constant_input_count; /* inputs left out */
    int64_t  node_count;           /* everywhere */
    int64_t  weight_bytes;         /* initializers and constants, everywhere, external ones included */
    xb_slice graph;                /* the GraphProto, for an engine that reads on */
    xb_names tensor_names;         /* value = index into tensors */
} xb_onnx;

/* Reads the header of a whole file. The caller frees the arena, also after a failure. Errors: MALFORMED with the byte;
 * UNSUPPORTED_MODEL for what is a model but not ONNX's protobuf (.ort, GGUF, ...); OUT_OF_MEMORY. */
xybrid_status xb_onnx_read(const void *bytes, size_t size, xb_arena *arena, xb_onnx *out, xybrid_error *err);

/* Version of an operator set, 0 if the model does not import it. */
int64_t xb_onnx_opset_version(const xb_onnx *m, const char *domain);

/* NULL if there is none. */
const xb_onnx_tensor *xb_onnx_find_tensor(const xb_onnx *m, const char *name);
const xb_slice       *xb_onnx_find_property(const xb_onnx *m, const char *key);

/* "float32", "int4", ... ; "type 99" is "unknown". */
const char *xb_onnx_dtype_name(int32_t dtype);

/* Bits of one element; 0 for strings and what is not known. */
int32_t xb_onnx_dtype_bits(int32_t dtype);

#endif
