/* codec/onnx_schema.h - the messages of ONNX for codec/protobuf.h: field numbers and kinds, complete but for training,
 * annotations, maps and documentation. Source: onnx.proto and onnx-data.proto, IR version 14. */
#ifndef XB_ONNX_SCHEMA_H
#define XB_ONNX_SCHEMA_H

#include "codec/protobuf.h"

enum { /* ModelProto */
       XB_ONNX_MODEL_IR_VERSION = 1,
       XB_ONNX_MODEL_PRODUCER_NAME = 2,
       XB_ONNX_MODEL_PRODUCER_VERSION = 3,
       XB_ONNX_MODEL_DOMAIN = 4,
       XB_ONNX_MODEL_VERSION = 5,
       XB_ONNX_MODEL_GRAPH = 7,
       XB_ONNX_MODEL_OPSET = 8,
       XB_ONNX_MODEL_PROPERTY = 14,
       XB_ONNX_MODEL_FUNCTION = 25
};
enum { /* GraphProto */
       XB_ONNX_GRAPH_NODE = 1,
       XB_ONNX_GRAPH_NAME = 2,
       XB_ONNX_GRAPH_INITIALIZER = 5,
       XB_ONNX_GRAPH_INPUT = 11,
       XB_ONNX_GRAPH_OUTPUT = 12,
       XB_ONNX_GRAPH_VALUE = 13,
       XB_ONNX_GRAPH_SPARSE_INITIALIZER = 15
};
enum { /* NodeProto */
       XB_ONNX_NODE_INPUT = 1,
       XB_ONNX_NODE_OUTPUT = 2,
       XB_ONNX_NODE_NAME = 3,
       XB_ONNX_NODE_OPERATOR = 4,
       XB_ONNX_NODE_ATTRIBUTE = 5,
       XB_ONNX_NODE_DOMAIN = 7,
       XB_ONNX_NODE_OVERLOAD = 8
};
enum { /* AttributeProto */
       XB_ONNX_ATTRIBUTE_NAME = 1,
       XB_ONNX_ATTRIBUTE_FLOAT = 2,
       XB_ONNX_ATTRIBUTE_INT = 3,
       XB_ONNX_ATTRIBUTE_STRING = 4,
       XB_ONNX_ATTRIBUTE_TENSOR = 5,
       XB_ONNX_ATTRIBUTE_GRAPH = 6,
       XB_ONNX_ATTRIBUTE_FLOATS = 7,
       XB_ONNX_ATTRIBUTE_INTS = 8,
       XB_ONNX_ATTRIBUTE_STRINGS = 9,
       XB_ONNX_ATTRIBUTE_TENSORS = 10,
       XB_ONNX_ATTRIBUTE_GRAPHS = 11,
       XB_ONNX_ATTRIBUTE_TYPE_PROTO = 14,
       XB_ONNX_ATTRIBUTE_TYPE_PROTOS = 15,
       XB_ONNX_ATTRIBUTE_TYPE = 20,
       XB_ONNX_ATTRIBUTE_REFERENCE = 21, /* ref_attr_name: in functions */
       XB_ONNX_ATTRIBUTE_SPARSE = 22,
       XB_ONNX_ATTRIBUTE_SPARSES = 23
};
enum { /* FunctionProto */
       XB_ONNX_FUNCTION_NAME = 1,
       XB_ONNX_FUNCTION_INPUT = 4,
       XB_ONNX_FUNCTION_OUTPUT = 5,
       XB_ONNX_FUNCTION_ATTRIBUTE = 6,
       XB_ONNX_FUNCTION_NODE = 7,
       XB_ONNX_FUNCTION_OPSET = 9,
       XB_ONNX_FUNCTION_DOMAIN = 10,
       XB_ONNX_FUNCTION_ATTRIBUTE_DEFAULT = 11, /* attribute_proto */
       XB_ONNX_FUNCTION_OVERLOAD = 13
};
enum { /* TensorProto */
       XB_ONNX_TENSOR_DIMS = 1,
       XB_ONNX_TENSOR_DTYPE = 2,
       XB_ONNX_TENSOR_SEGMENT = 3,
       XB_ONNX_TENSOR_FLOATS = 4,
       XB_ONNX_TENSOR_INT32S = 5,
       XB_ONNX_TENSOR_STRINGS = 6,
       XB_ONNX_TENSOR_INT64S = 7,
       XB_ONNX_TENSOR_NAME = 8,
       XB_ONNX_TENSOR_RAW = 9,
       XB_ONNX_TENSOR_DOUBLES = 10,
       XB_ONNX_TENSOR_UINT64S = 11,
       XB_ONNX_TENSOR_EXTERNAL = 13,
       XB_ONNX_TENSOR_LOCATION = 14 /* 1: external */
};
enum { XB_ONNX_SPARSE_VALUES = 1, XB_ONNX_SPARSE_INDICES = 2, XB_ONNX_SPARSE_DIMS = 3 }; /* SparseTensorProto */
enum {                                                                                   /* SequenceProto, OptionalProto */
       XB_ONNX_ITEMS_TENSOR = 3,
       XB_ONNX_ITEMS_SPARSE = 4,
       XB_ONNX_ITEMS_SEQUENCE = 5,
       XB_ONNX_ITEMS_MAP = 6,
       XB_ONNX_ITEMS_OPTIONAL = 7
};
enum { XB_ONNX_VALUE_NAME = 1, XB_ONNX_VALUE_TYPE = 2 }; /* ValueInfoProto */
enum {                                                   /* TypeProto */
       XB_ONNX_TYPE_TENSOR = 1,
       XB_ONNX_TYPE_SEQUENCE = 4,
       XB_ONNX_TYPE_MAP = 5,
       XB_ONNX_TYPE_OPAQUE = 7,
       XB_ONNX_TYPE_SPARSE = 8,
       XB_ONNX_TYPE_OPTIONAL = 9
};
enum { XB_ONNX_TENSOR_TYPE_DTYPE = 1, XB_ONNX_TENSOR_TYPE_SHAPE = 2 }; /* TypeProto.Tensor */
enum { XB_ONNX_SHAPE_DIM = 1 };                                        /* TensorShapeProto */
enum { XB_ONNX_DIM_VALUE = 1, XB_ONNX_DIM_SYMBOL = 2 };                /* TensorShapeProto.Dimension */
enum { XB_ONNX_OPSET_DOMAIN = 1, XB_ONNX_OPSET_VERSION = 2 };          /* OperatorSetIdProto */
enum { XB_ONNX_PAIR_KEY = 1, XB_ONNX_PAIR_VALUE = 2 };                 /* StringStringEntryProto */

extern const xb_pb_schema xb_onnx_model_schema, xb_onnx_graph_schema, xb_onnx_node_schema, xb_onnx_attribute_schema,
    xb_onnx_function_schema, xb_onnx_tensor_schema, xb_onnx_sparse_schema, xb_onnx_value_schema, xb_onnx_type_schema,
    xb_onnx_tensor_type_schema, xb_onnx_shape_schema, xb_onnx_dim_schema, xb_onnx_opset_schema, xb_onnx_pair_schema,
    xb_onnx_sequence_schema, xb_onnx_optional_schema;

#endif
