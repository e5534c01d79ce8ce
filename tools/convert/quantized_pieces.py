#!/usr/bin/env python3
"""A model that quantises as it runs, cut where it does. Needs numpy and onnx.

    quantized_pieces.py model.onnx pieces.onnx NAME pieces [BRANCH]
    quantized_pieces.py model.onnx whole.onnx NAME whole [BRANCH]
    quantized_pieces.py model.onnx durations.onnx NAME durations

Such a net is chaotic: an activation within float rounding of the edge of an 8-bit step falls to either side, and a few layers on
everything has moved. So two engines are compared piece by piece (tests/zoo/zoo_pieces.c). The cuts are the float tensors that
DynamicQuantizeLinear and DynamicQuantizeLSTM read, what the latter gives, both sides of a Round (a voice's durations), and
PHASES.

    pieces     each cut tensor T is an output, and what used it uses the input "T.given": every piece is computed from what it
               is given, none from another. The outputs of DynamicQuantizeLinear are outputs, too
    whole      the net as it is, its cut tensors are outputs. With a Round there are more inputs: what is above 0 in "frames" takes
               the place of what is rounded; the numbers "nudge.size" and "nudge.phase" move each element that is quantised
               by up to `size` of itself, another way for each phase; a size of 0 changes no bit
    durations  of "whole", what the first Round rounds, and nothing behind it

BRANCH, then_branch or else_branch, stands for a net that is one If, in its place. The weights stay where they are: NAME is the
model's file, beside which the result will lie.
"""

import mmap
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

QUANTIZERS = "DynamicQuantizeLinear", "DynamicQuantizeLSTM"
SMALL = 1024  # bytes of a weight that is not worth it
MIX = 1e4

# Cuts for the sake of the comparison. A phase of 1e4 rad has a rounding of 1e-3, and a sine of it that much of its range.
PHASES = "/decoder/decoder/generator/m_source/l_sin_gen/Transpose_3_output_0", "/decoder/decoder/generator/STFT_output_0"


def enter_branch(graph, branch):
    """The graph of the branch with the inputs and weights around it."""
    choice = graph.node[0]
    inner = next(attribute.g for attribute in choice.attribute if attribute.name == branch)
    outer_inputs = list(graph.input)
    del graph.node[:], graph.output[:], graph.value_info[:]
    graph.node.extend(inner.node)
    graph.output.extend(inner.output)
    graph.value_info.extend(inner.value_info)
    graph.initializer.extend(inner.initializer)
    used = {name for node in graph.node for name in node.input}
    del graph.input[:]
    graph.input.extend(port for port in outer_inputs if port.name in used)


class Cuts:
    """The cut tensors of a graph in its order, each with its rank."""

    def __init__(self, graph):
        self.graph = graph
        self.maker = {name: node for node in graph.node for name in node.output}
        self.sizes = {weight.name: list(weight.dims) for weight in graph.initializer}
        self.known = {value.name: len(value.type.tensor_type.shape.dim) for value in graph.value_info}
        used = {name for node in graph.node for name in node.input}
        self.ranks = {}
        for node in graph.node:
            if node.op_type in QUANTIZERS:
                self.add(node.input[0], self.rank_of_input(node))
            if node.op_type == "DynamicQuantizeLSTM":
                for name in (name for name in node.output if name in used):
                    self.add(name, 4 if name == node.output[0] else 3)
            if node.op_type == "Round":
                self.add(node.input[0], self.known.get(node.input[0]))
                self.add(node.output[0], self.known.get(node.input[0]))
            for name in node.output:
                if name in PHASES:
                    self.add(name, 4 if node.op_type == "STFT" else self.known[name])

    def add(self, name, rank):
        if name in self.maker:  # inputs of the model are given as they are
            self.ranks.setdefault(name, rank)

    def rank_of_input(self, quantizer):
        """What is said of intermediate shapes in the file is wrong in places, so weights of convolutions count more."""
        if quantizer.op_type == "DynamicQuantizeLSTM":
            return 3
        for node in self.graph.node:
            if node.op_type == "ConvInteger" and node.input[0] == quantizer.output[0]:
                return len(self.sizes[node.input[1]])
        return self.known[quantizer.input[0]]

    def port(self, tensor, name=None):
        return helper.make_tensor_value_info(name or tensor, TensorProto.FLOAT, [None] * self.ranks[tensor])


def rename_inputs(graph, names):
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)


def insert_behind(graph, tensor, nodes):
    at = next(i for i, node in enumerate(graph.node) if tensor in node.output) + 1
    rest = list(graph.node)[at:]
    del graph.node[at:]
    graph.node.extend(nodes + rest)


def make_pieces(graph, cuts):
    graph.output.extend(cuts.port(name) for name in cuts.ranks)
    for node in graph.node:
        if node.op_type != "DynamicQuantizeLinear" or node.input[0] not in cuts.ranks:
            continue
        steps, scale, zero = node.output
        graph.output.append(helper.make_tensor_value_info(steps, TensorProto.UINT8, [None] * cuts.ranks[node.input[0]]))
        graph.output.append(helper.make_tensor_value_info(scale, TensorProto.FLOAT, []))
        graph.output.append(helper.make_tensor_value_info(zero, TensorProto.UINT8, []))
    rename_inputs(graph, {name: name + ".given" for name in cuts.ranks})
    graph.input.extend(cuts.port(name, name + ".given") for name in cuts.ranks)


def add_nudge(graph, cuts):
    """x becomes x * (1 + size * sin(x * MIX + phase)) before it is quantised; the sine is as good as random."""
    graph.input.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, []) for name in ("nudge.size", "nudge.phase"))
    graph.initializer.append(numpy_helper.from_array(numpy.float32(1), "nudge.one"))
    graph.initializer.append(numpy_helper.from_array(numpy.float32(MIX), "nudge.mix"))
    read = {node.input[0] for node in graph.node if node.op_type in QUANTIZERS}
    for tensor in (name for name in cuts.ranks if name in read):
        nodes = []
        for operator, operand in (("Mul", "nudge.mix"), ("Add", "nudge.phase"), ("Sin", None), ("Mul", "nudge.size"),
                                  ("Add", "nudge.one"), ("Mul", tensor)):
            inputs = [nodes[-1].output[0] if nodes else tensor] + ([operand] if operand else [])
            name = f"{tensor}.nudge{len(nodes)}"
            nodes.append(helper.make_node(operator, inputs, [name], name=name))
        rename_inputs(graph, {tensor: nodes[-1].output[0]})
        insert_behind(graph, tensor, nodes)


def add_frames(graph, cuts, rounded):
    graph.input.append(cuts.port(rounded, "frames"))
    graph.initializer.append(numpy_helper.from_array(numpy.float32(0), "frames.zero"))
    rename_inputs(graph, {rounded: "frames.used"})
    insert_behind(graph, rounded, [
        helper.make_node("Greater", ["frames", "frames.zero"], ["frames.is_given"], name="frames.is_given"),
        helper.make_node("Where", ["frames.is_given", "frames", rounded], ["frames.used"], name="frames.used")])


def keep_what_leads_to(graph, cuts, tensor):
    wanted, nodes = {tensor}, []
    for node in reversed(graph.node):
        if wanted.intersection(node.output):
            nodes.append(node)
            wanted.update(node.input)
    del graph.node[:], graph.output[:]
    graph.node.extend(reversed(nodes))
    graph.output.append(cuts.port(tensor))
    for ports in graph.input, graph.initializer:
        kept = [port for port in ports if port.name in wanted]
        del ports[:]
        ports.extend(kept)


def leave_weights(graph, source, name):
    with open(source, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as model:
        behind = 0  # weights mostly lie in the order of the graph
        for weight in graph.initializer:
            offset = -1
            if len(weight.raw_data) >= SMALL:
                offset = model.find(weight.raw_data, behind)
                offset = offset if offset >= 0 else model.find(weight.raw_data)
            if offset < 0:
                continue
            behind = offset + len(weight.raw_data)
            place = {"location": name, "offset": offset, "length": len(weight.raw_data)}
            weight.ClearField("raw_data")
            weight.data_location = TensorProto.EXTERNAL
            weight.external_data.extend(onnx.StringStringEntryProto(key=key, value=str(place[key])) for key in place)


def main(source, result, name, what, branch=None):
    model = onnx.load(source)
    graph = model.graph
    if branch:
        enter_branch(graph, branch)
    cuts = Cuts(graph)
    rounds = [node for node in graph.node if node.op_type == "Round"]
    if what == "pieces":
        make_pieces(graph, cuts)
    elif rounds:
        add_nudge(graph, cuts)
    if what == "whole":
        if rounds:
            add_frames(graph, cuts, rounds[0].output[0])
        graph.output.extend(cuts.port(name) for name in cuts.ranks)
    if what == "durations":
        keep_what_leads_to(graph, cuts, rounds[0].input[0])
    del graph.value_info[:]
    leave_weights(graph, source, name)
    with open(result, "wb") as file:
        file.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6) or sys.argv[4] not in ("pieces", "whole", "durations"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
