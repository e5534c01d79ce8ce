"""An ONNX graph in the making, as onnx_graph.py, but with the standard library alone: for models that `make run` needs.

    graph = Graph("name", producer="what_made_it")
    y = graph.node("Add", ["x", graph.weight("bias", Array.floats([1, 2]))], "y", axis=-1)
    graph.save("model.onnx", inputs=[tensor("x", [1, 3])], outputs=[tensor("y", ["batch", 3])], opset=17)

Fields stand in the order of their numbers (onnx.proto), as the onnx package writes them.
"""

import array
import struct
import sys

FLOAT, INT64, FLOAT16 = 1, 7, 10
_CODES = {FLOAT: "f", INT64: "q", FLOAT16: "H"}  # float16 is only moved about


class Array:
    """Numbers of one ONNX type; `data` is an array of the standard library."""

    def __init__(self, dtype, shape, data):
        self.dtype, self.shape, self.data = dtype, tuple(shape), data

    @classmethod
    def of(cls, dtype, values, shape=None):
        data = array.array(_CODES[dtype], values)
        return cls(dtype, [len(data)] if shape is None else shape, data)

    @classmethod
    def from_bytes(cls, dtype, shape, raw):
        data = array.array(_CODES[dtype], bytes(raw))
        if sys.byteorder == "big":
            data.byteswap()
        return cls(dtype, shape, data)

    @property
    def T(self):
        rows, columns = self.shape
        turned = array.array(self.data.typecode)
        for column in range(columns):
            turned += self.data[column::columns]
        return Array(self.dtype, (columns, rows), turned)

    def raw(self):
        data = self.data
        if sys.byteorder == "big":
            data = data[:]
            data.byteswap()
        return data.tobytes()


# ---- protocol buffers -----------------------------------------------------------------------------------------------------


def _varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    value = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _float(field, value):
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _attribute(name, value):
    out = _bytes(1, name)
    if isinstance(value, float):
        return out + _float(2, value) + _number(20, 1)
    if isinstance(value, int):
        return out + _number(3, value) + _number(20, 2)
    return out + b"".join(_number(8, one) for one in value) + _number(20, 7)


def tensor(name, shape, dtype=FLOAT):
    """An input or output: numbers are fixed dimensions, strings name free ones."""
    dims = b"".join(_bytes(1, _bytes(2, d) if isinstance(d, str) else _number(1, d)) for d in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, dtype) + _bytes(2, dims)))


class Graph:
    def __init__(self, name, producer):
        self.name = name
        self.producer = producer
        self.nodes = []
        self.weights = {}

    def weight(self, name, values):
        """An initializer, made at its first mention; its name."""
        if name not in self.weights:
            dims = b"".join(_number(1, d) for d in values.shape)
            self.weights[name] = dims + _number(2, values.dtype) + _bytes(8, name) + _bytes(9, values.raw())
        return name

    def node(self, operator, inputs, outputs, name=None, **attributes):
        """A node; `outputs` is the name of one output (returned) or a list of names."""
        names = [outputs] if isinstance(outputs, str) else outputs
        node = b"".join(_bytes(1, one) for one in inputs) + b"".join(_bytes(2, one) for one in names)
        node += _bytes(3, name) if name else b""
        node += _bytes(4, operator)
        self.nodes.append(node + b"".join(_bytes(5, _attribute(key, attributes[key])) for key in sorted(attributes)))
        return outputs

    def save(self, path, inputs, outputs, opset, ir_version=8):
        graph = b"".join(_bytes(1, one) for one in self.nodes) + _bytes(2, self.name)
        graph += b"".join(_bytes(5, one) for one in self.weights.values())
        graph += b"".join(_bytes(11, one) for one in inputs) + b"".join(_bytes(12, one) for one in outputs)
        opsets = _bytes(8, _bytes(1, "") + _number(2, opset))
        with open(path, "wb") as file:
            file.write(_number(1, ir_version) + _bytes(2, self.producer) + _bytes(7, graph) + opsets)
