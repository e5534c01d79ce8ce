"""Reads a frozen TensorFlow graph (GraphDef). Needs numpy, no TensorFlow.

    graph = read("frozen_inference_graph.pb")       # dict name -> Node
    graph["conv/BiasAdd"].inputs                    # ["conv/Conv2D", "conv/biases/read"]
    constant(graph, "conv/biases/read")             # the array that it gives

Field numbers: tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto.
"""

import struct
import typing

import numpy

from protobuf_wire import fields, first, integers, texts

TYPES = {1: numpy.dtype("<f4"), 3: numpy.dtype("<i4"), 9: numpy.dtype("<i8")}  # DT_FLOAT, DT_INT32, DT_INT64
VALUE_FIELDS = {1: 5, 3: 7, 9: 10}  # float_val, int_val, int64_val


class Node(typing.NamedTuple):
    operator: str
    inputs: list
    attributes: dict  # name -> AttrValue, not read yet

    def text(self, name):
        return texts(self.attributes[name], 2)[0]

    def number(self, name):
        return struct.unpack("<f", first(self.attributes[name], 4))[0]

    def integers(self, name):
        return integers(first(self.attributes[name], 1), 3)


def _node(message):
    attributes = {}
    for number, entry in fields(message):
        if number == 5:
            attributes[texts(entry, 1)[0]] = first(entry, 2)
    return texts(message, 1)[0], Node(texts(message, 2)[0], texts(message, 3), attributes)


def read(path):
    """Dict name -> Node."""
    with open(path, "rb") as file:
        graph = memoryview(file.read())
    return dict(_node(message) for number, message in fields(graph) if number == 1)


def _tensor(message):
    """A TensorProto: its bytes, or values of which the last stands for all that follow."""
    kind = first(message, 1)
    if kind not in TYPES:
        raise ValueError(f"a tensor of type {kind}; float, int32 and int64 are read")
    shape = [first(dimension, 1, 0) for number, dimension in fields(first(message, 2, b"")) if number == 2]
    content = first(message, 4, b"")
    if len(content):
        return numpy.frombuffer(content, TYPES[kind]).reshape(shape)
    if kind == 1:
        packed = b"".join(bytes(value) for number, value in fields(message) if number == VALUE_FIELDS[kind])
        values = numpy.frombuffer(packed, TYPES[kind])
    else:
        values = numpy.array(integers(message, VALUE_FIELDS[kind]), TYPES[kind])
    count = int(numpy.prod(shape, dtype=int))
    return numpy.concatenate([values, numpy.repeat(values[-1:], count - values.size)]).reshape(shape)


def constant(graph, name):
    """The array that node `name` gives, if it hangs on constants alone; else LookupError."""
    node = graph[name.split(":")[0]]
    if node.operator == "Identity":
        return constant(graph, node.inputs[0])
    if node.operator in ("Mul", "Add", "AddV2", "Sub"):
        a, b = [constant(graph, source) for source in node.inputs]
        return {"Mul": numpy.multiply, "Sub": numpy.subtract}.get(node.operator, numpy.add)(a, b)
    if node.operator == "Rsqrt":
        return (1 / numpy.sqrt(constant(graph, node.inputs[0]))).astype(numpy.float32)
    if node.operator != "Const":
        raise LookupError(f"{name} is a {node.operator}")
    return _tensor(first(node.attributes["value"], 8))
