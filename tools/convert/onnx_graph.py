"""An ONNX graph in the making: nodes and weights in the order in which they are added, so that the file is the same each time.

    graph = Graph("name", producer="what_made_it")
    y = graph.node("Add", ["x", graph.weight("bias", array)], "y")
    graph.save("model.onnx", inputs=[tensor("x", [1, 3])], outputs=[tensor("y", [1, 3])], opset=13)
"""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def tensor(name, shape, dtype=TensorProto.FLOAT):
    """An input or output: numbers are fixed dimensions, strings name free ones."""
    return helper.make_tensor_value_info(name, dtype, shape)


def same_padding(size, kernel, stride):
    """TensorFlow's "SAME" along one axis: (output size, padding before, padding behind); the odd one goes behind."""
    out = -(-size // stride)
    total = max((out - 1) * stride + kernel - size, 0)
    return out, total // 2, total - total // 2


class Graph:
    def __init__(self, name, producer):
        self.name = name
        self.producer = producer
        self.nodes = []
        self.weights = {}

    def weight(self, name, array):
        """An initializer, made at its first mention; its name."""
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(numpy.ascontiguousarray(array), name)
        return name

    def node(self, operator, inputs, outputs, name=None, **attributes):
        """A node; `outputs` is the name of one output (returned) or a list of names."""
        names = [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, **attributes))
        return outputs

    def save(self, path, inputs, outputs, opset, ir_version=8):
        """Check the graph and write it."""
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, list(self.weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name=self.producer)
        model.ir_version = ir_version
        onnx.checker.check_model(model)
        onnx.save(model, path)
