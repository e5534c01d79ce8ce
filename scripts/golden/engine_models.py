"""Makes the small models of tests/unit/engine_ort.c: engine_models.py OUTPUT_FOLDER (tests/golden/engine). Needs onnx 1.23.2."""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

OUT = pathlib.Path(sys.argv[1])


def value(name, dtype, shape):
    return h.make_tensor_value_info(name, dtype, shape)


def save(name, nodes, inputs, outputs, initializers=(), check=True):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], producer_name="xybrid tests")
    model.ir_version = 8
    h.set_model_props(model, {"purpose": name})
    if check:
        onnx.checker.check_model(model)
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())


# the output's shape depends on the values: [1, how many are not 0]
save("nonzero", [h.make_node("NonZero", ["x"], ["where"]), h.make_node("Identity", ["x"], ["same"])],
     [value("x", T.FLOAT, ["n"])], [value("where", T.INT64, [1, "count"]), value("same", T.FLOAT, ["n"])])

# a cache that grows by one row at each run, and the sum over it
save("cache", [h.make_node("Concat", ["past", "x"], ["present"], axis=1),
               h.make_node("ReduceSum", ["present"], ["sum"], keepdims=0)],
     [value("x", T.FLOAT, [1, 1, 4]), value("past", T.FLOAT, [1, "past_length", 4])],
     [value("sum", T.FLOAT, []), value("present", T.FLOAT, [1, "length", 4])])

# a state of fixed size: s + x
save("state", [h.make_node("Add", ["s", "x"], ["s_next"]), h.make_node("Mul", ["s_next", "two"], ["double"])],
     [value("x", T.FLOAT, [4]), value("s", T.FLOAT, ["n"])], [value("double", T.FLOAT, ["n"]), value("s_next", T.FLOAT, ["n"])],
     [numpy_helper.from_array(np.array([2], np.float32), "two")])

# as many matrix products as asked for: something to cancel
body = h.make_graph(
    [h.make_node("MatMul", ["a", "a"], ["product"]), h.make_node("Tanh", ["product"], ["a_next"]),
     h.make_node("Identity", ["go"], ["go_next"])],
    "body", [value("i", T.INT64, []), value("go", T.BOOL, []), value("a", T.FLOAT, [128, 128])],
    [value("go_next", T.BOOL, []), value("a_next", T.FLOAT, [128, 128])])
save("loop", [h.make_node("Loop", ["count", "", "x"], ["y"], body=body)],
     [value("count", T.INT64, []), value("x", T.FLOAT, [128, 128])], [value("y", T.FLOAT, [128, 128])])

# what is not supported
save("strings", [h.make_node("Identity", ["x"], ["y"])], [value("x", T.STRING, ["n"])], [value("y", T.STRING, ["n"])])
save("sequence", [h.make_node("SequenceConstruct", ["x"], ["y"])], [value("x", T.FLOAT, ["n"])],
     [h.make_tensor_sequence_value_info("y", T.FLOAT, ["n"])])
save("unknown", [h.make_node("Frobnicate", ["x"], ["y"])], [value("x", T.FLOAT, ["n"])], [value("y", T.FLOAT, ["n"])], check=False)

# weights in another file: y = x + (0, 1, ..., 255)
weights = numpy_helper.from_array(np.arange(256, dtype=np.float32), "w")
(OUT / "external.bin").write_bytes(weights.raw_data)
onnx.external_data_helper.set_external_data(weights, "external.bin", 0, len(weights.raw_data))
weights.ClearField("raw_data")
save("external", [h.make_node("Add", ["x", "w"], ["y"])], [value("x", T.FLOAT, [256])], [value("y", T.FLOAT, [256])], [weights],
     check=False)
