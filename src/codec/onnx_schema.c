/* codec/onnx_schema.c - one table a message, by rising field number. */
#include "codec/onnx_schema.h"

#define COUNT(rows) (int32_t)(sizeof(rows) / sizeof(rows)[0])

static const xb_pb_row model_rows[] = {
    { 1, XB_PB_INT, "ir_version" },       { 2, XB_PB_BYTES, "producer_name" },     { 3, XB_PB_BYTES, "producer_version" },
    { 4, XB_PB_BYTES, "domain" },         { 5, XB_PB_INT, "model_version" },       { 7, XB_PB_MESSAGE, "graph" },
    { 8, XB_PB_MESSAGE, "opset_import" }, { 14, XB_PB_MESSAGE, "metadata_props" }, { 25, XB_PB_MESSAGE, "functions" },
};
const xb_pb_schema xb_onnx_model_schema = { "ModelProto", model_rows, COUNT(model_rows) };

static const xb_pb_row graph_rows[] = {
    { 1, XB_PB_MESSAGE, "node" },
    { 2, XB_PB_BYTES, "name" },
    { 5, XB_PB_MESSAGE, "initializer" },
    { 11, XB_PB_MESSAGE, "input" },
    { 12, XB_PB_MESSAGE, "output" },
    { 13, XB_PB_MESSAGE, "value_info" },
    { 15, XB_PB_MESSAGE, "sparse_initializer" },
};
const xb_pb_schema xb_onnx_graph_schema = { "GraphProto", graph_rows, COUNT(graph_rows) };

static const xb_pb_row node_rows[] = {
    { 1, XB_PB_BYTES, "input" },    { 2, XB_PB_BYTES, "output" },      { 3, XB_PB_BYTES, "name" },
    { 4, XB_PB_BYTES, "op_type" },  { 5, XB_PB_MESSAGE, "attribute" }, { 7, XB_PB_BYTES, "domain" },
    { 8, XB_PB_BYTES, "overload" },
};
const xb_pb_schema xb_onnx_node_schema = { "NodeProto", node_rows, COUNT(node_rows) };

static const xb_pb_row attribute_rows[] = {
    { 1, XB_PB_BYTES, "name" },
    { 2, XB_PB_FLOAT, "f" },
    { 3, XB_PB_INT, "i" },
    { 4, XB_PB_BYTES, "s" },
    { 5, XB_PB_MESSAGE, "t" },
    { 6, XB_PB_MESSAGE, "g" },
    { 7, XB_PB_FLOATS, "floats" },
    { 8, XB_PB_INTS, "ints" },
    { 9, XB_PB_BYTES, "strings" },
    { 10, XB_PB_MESSAGE, "tensors" },
    { 11, XB_PB_MESSAGE, "graphs" },
    { 14, XB_PB_MESSAGE, "tp" },
    { 15, XB_PB_MESSAGE, "type_protos" },
    { 20, XB_PB_INT, "type" },
    { 21, XB_PB_BYTES, "ref_attr_name" },
    { 22, XB_PB_MESSAGE, "sparse_tensor" },
    { 23, XB_PB_MESSAGE, "sparse_tensors" },
};
const xb_pb_schema xb_onnx_attribute_schema = { "AttributeProto", attribute_rows, COUNT(attribute_rows) };

static const xb_pb_row function_rows[] = {
    { 1, XB_PB_BYTES, "name" },      { 4, XB_PB_BYTES, "input" },
    { 5, XB_PB_BYTES, "output" },    { 6, XB_PB_BYTES, "attribute" },
    { 7, XB_PB_MESSAGE, "node" },    { 9, XB_PB_MESSAGE, "opset_import" },
    { 10, XB_PB_BYTES, "domain" },   { 11, XB_PB_MESSAGE, "attribute_proto" },
    { 13, XB_PB_BYTES, "overload" },
};
const xb_pb_schema xb_onnx_function_schema = { "FunctionProto", function_rows, COUNT(function_rows) };

static const xb_pb_row tensor_rows[] = {
    { 1, XB_PB_INTS, "dims" },          { 2, XB_PB_INT, "data_type" },
    { 3, XB_PB_MESSAGE, "segment" },    { 4, XB_PB_FLOATS, "float_data" },
    { 5, XB_PB_INTS, "int32_data" },    { 6, XB_PB_BYTES, "string_data" },
    { 7, XB_PB_INTS, "int64_data" },    { 8, XB_PB_BYTES, "name" },
    { 9, XB_PB_BYTES, "raw_data" },     { 10, XB_PB_DOUBLES, "double_data" },
    { 11, XB_PB_INTS, "uint64_data" },  { 13, XB_PB_MESSAGE, "external_data" },
    { 14, XB_PB_INT, "data_location" },
};
const xb_pb_schema xb_onnx_tensor_schema = { "TensorProto", tensor_rows, COUNT(tensor_rows) };

static const xb_pb_row sparse_rows[] = {
    { 1, XB_PB_MESSAGE, "values" },
    { 2, XB_PB_MESSAGE, "indices" },
    { 3, XB_PB_INTS, "dims" },
};
const xb_pb_schema xb_onnx_sparse_schema = { "SparseTensorProto", sparse_rows, COUNT(sparse_rows) };

static const xb_pb_row sequence_rows[] = {
    { 3, XB_PB_MESSAGE, "tensor_values" },   { 4, XB_PB_MESSAGE, "sparse_tensor_values" },
    { 5, XB_PB_MESSAGE, "sequence_values" }, { 6, XB_PB_MESSAGE, "map_values" },
    { 7, XB_PB_MESSAGE, "optional_values" },
};
const xb_pb_schema xb_onnx_sequence_schema = { "SequenceProto", sequence_rows, COUNT(sequence_rows) };

static const xb_pb_row optional_rows[] = {
    { 3, XB_PB_MESSAGE, "tensor_value" }, { 4, XB_PB_MESSAGE, "sparse_tensor_value" }, { 5, XB_PB_MESSAGE, "sequence_value" },
    { 6, XB_PB_MESSAGE, "map_value" },    { 7, XB_PB_MESSAGE, "optional_value" },
};
const xb_pb_schema xb_onnx_optional_schema = { "OptionalProto", optional_rows, COUNT(optional_rows) };

static const xb_pb_row value_rows[] = {
    { 1, XB_PB_BYTES, "name" },
    { 2, XB_PB_MESSAGE, "type" },
};
const xb_pb_schema xb_onnx_value_schema = { "ValueInfoProto", value_rows, COUNT(value_rows) };

static const xb_pb_row type_rows[] = {
    { 1, XB_PB_MESSAGE, "tensor_type" }, { 4, XB_PB_MESSAGE, "sequence_type" },      { 5, XB_PB_MESSAGE, "map_type" },
    { 7, XB_PB_MESSAGE, "opaque_type" }, { 8, XB_PB_MESSAGE, "sparse_tensor_type" }, { 9, XB_PB_MESSAGE, "optional_type" },
};
const xb_pb_schema xb_onnx_type_schema = { "TypeProto", type_rows, COUNT(type_rows) };

static const xb_pb_row tensor_type_rows[] = {
    { 1, XB_PB_INT, "elem_type" },
    { 2, XB_PB_MESSAGE, "shape" },
};
const xb_pb_schema xb_onnx_tensor_type_schema = { "TypeProto.Tensor", tensor_type_rows, COUNT(tensor_type_rows) };

static const xb_pb_row shape_rows[] = {
    { 1, XB_PB_MESSAGE, "dim" },
};
const xb_pb_schema xb_onnx_shape_schema = { "TensorShapeProto", shape_rows, COUNT(shape_rows) };

static const xb_pb_row dim_rows[] = {
    { 1, XB_PB_INT, "dim_value" },
    { 2, XB_PB_BYTES, "dim_param" },
};
const xb_pb_schema xb_onnx_dim_schema = { "TensorShapeProto.Dimension", dim_rows, COUNT(dim_rows) };

static const xb_pb_row opset_rows[] = {
    { 1, XB_PB_BYTES, "domain" },
    { 2, XB_PB_INT, "version" },
};
const xb_pb_schema xb_onnx_opset_schema = { "OperatorSetIdProto", opset_rows, COUNT(opset_rows) };

static const xb_pb_row pair_rows[] = {
    { 1, XB_PB_BYTES, "key" },
    { 2, XB_PB_BYTES, "value" },
};
const xb_pb_schema xb_onnx_pair_schema = { "StringStringEntryProto", pair_rows, COUNT(pair_rows) };
