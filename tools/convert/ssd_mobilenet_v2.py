#!/usr/bin/env python3
"""SSD-MobileNet v2 (COCO) from a frozen TensorFlow graph to ONNX (opset 13). Needs numpy and onnx.

    ssd_mobilenet_v2.py frozen_inference_graph.pb ssd_mobilenet_v2_coco.onnx

`image` float32 [N, 3, 300, 300], RGB as v * 2 / 255 - 1  ->  `boxes` [N, 1917, 4] top, left, bottom, right in 0..1 and `scores`
[N, 1917, 91], class 0 being the background. Suppressing the weaker of overlapping boxes is the caller's.

The graph is walked from the predictors back to the picture; what stands before the picture (resizing) and behind the predictors
(control flow in TensorFlow) is replaced by the anchors and the decoding of Liu et al., "SSD: Single Shot MultiBox Detector",
2016, with the settings of ssd_mobilenet_v2_coco_2018_03_29: scales 0.2 to 0.95 over six maps, box coder 10, 10, 5, 5.
"""

import sys

import numpy

import tensorflow_graph
from onnx_graph import Graph, same_padding, tensor

SIZE, MAPS, CLASSES = 300, 6, 91
MIN_SCALE, MAX_SCALE = 0.2, 0.95
PICTURE = "Preprocessor/sub"  # the node that gives the scaled picture


class Converter:
    """Translates nodes on demand: translate(name) gives (name of the output, size of its square map)."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.graph = Graph("ssd_mobilenet_v2_coco", producer="ssd_from_tf_frozen")
        self.done = {PICTURE: ("image", SIZE)}

    def constant(self, name):
        return tensorflow_graph.constant(self.nodes, name)

    def translate(self, name):
        name = name.split(":")[0]
        if name not in self.done:
            node = self.nodes[name]
            translators = {"Conv2D": self.convolution, "DepthwiseConv2dNative": self.convolution,
                           "FusedBatchNorm": self.normalization, "FusedBatchNormV3": self.normalization,
                           "BiasAdd": self.bias, "Add": self.arithmetic, "AddV2": self.arithmetic, "Mul": self.arithmetic,
                           "Relu6": self.relu6, "Identity": lambda node, _out: self.translate(node.inputs[0])}
            if node.operator not in translators:
                raise LookupError(f"{name}: no translation of {node.operator}")
            self.done[name] = translators[node.operator](node, name.replace("/", "_"))
        return self.done[name]

    def convolution(self, node, out):
        x, size = self.translate(node.inputs[0])
        kernel = self.constant(node.inputs[1])  # [height, width, in, out], depthwise [height, width, in, 1]
        stride, width = node.integers("strides")[1], kernel.shape[0]
        if node.operator == "Conv2D":
            groups, kernel = 1, kernel.transpose(3, 2, 0, 1)
        else:
            if kernel.shape[3] != 1:
                raise LookupError(f"{out}: a depthwise convolution with {kernel.shape[3]} outputs for each channel")
            groups, kernel = kernel.shape[2], kernel.transpose(2, 3, 0, 1)
        out_size, before, behind = (size - width) // stride + 1, 0, 0
        if node.text("padding") == "SAME":
            out_size, before, behind = same_padding(size, width, stride)
        self.graph.node("Conv", [x, self.graph.weight(out + "_w", kernel)], out, name=out, kernel_shape=[width, width],
                        strides=[stride, stride], pads=[before, before, behind, behind], group=groups)
        return out, out_size

    def normalization(self, node, out):
        x, size = self.translate(node.inputs[0])
        parts = [self.constant(source) for source in node.inputs[1:5]]
        names = [self.graph.weight(out + suffix, part) for suffix, part in zip(("_g", "_b", "_m", "_v"), parts)]
        self.graph.node("BatchNormalization", [x, *names], out, name=out, epsilon=node.number("epsilon"))
        return out, size

    def bias(self, node, out):
        x, size = self.translate(node.inputs[0])
        bias = self.graph.weight(out + "_b", self.constant(node.inputs[1]).reshape(1, -1, 1, 1))
        return self.graph.node("Add", [x, bias], out, name=out), size

    def arithmetic(self, node, out):
        """Sum or product of two maps, or of a map and a constant for each channel."""
        x, size = self.translate(node.inputs[0])
        try:
            y = self.graph.weight(out + "_k", self.constant(node.inputs[1]).astype(numpy.float32).reshape(1, -1, 1, 1))
        except LookupError:
            y, _ = self.translate(node.inputs[1])
        return self.graph.node("Mul" if node.operator == "Mul" else "Add", [x, y], out, name=out), size

    def relu6(self, node, out):
        x, size = self.translate(node.inputs[0])
        limits = [self.graph.weight("c0", numpy.float32(0)), self.graph.weight("c6", numpy.float32(6))]
        return self.graph.node("Clip", [x, *limits], out, name=out), size

    def predictions(self):
        """(raw boxes, raw scores, anchors for each cell, size) of each map; boxes [N, cells * anchors, 4], scores [.., 91]."""
        for number in range(MAPS):
            box_node = f"BoxPredictor_{number}/BoxEncodingPredictor/BiasAdd"
            boxes, size = self.translate(box_node)
            scores, _ = self.translate(f"BoxPredictor_{number}/ClassPredictor/BiasAdd")
            anchors = self.constant(self.nodes[box_node].inputs[1]).size // 4
            yield self.lines(boxes, 4), self.lines(scores, CLASSES), anchors, size

    def lines(self, x, width):
        """[N, anchors * width, size, size] -> [N, size * size * anchors, width]"""
        channels_last = self.graph.node("Transpose", [x], x + "_t", perm=[0, 2, 3, 1])
        shape = self.graph.weight(f"rs{width}", numpy.array([0, -1, width], numpy.int64))
        return self.graph.node("Reshape", [channels_last, shape], x + "_r")

    def decode_boxes(self, raw, anchors):
        """boxes = centre +- size / 2, the centre being anchor + raw * anchor's size / 10, the size anchor's * exp(raw / 5)"""
        node, weight = self.graph.node, self.graph.weight
        sizes, centres = anchors[None, :, 2:], anchors[None, :, :2]
        node("Split", [raw, weight("s22", numpy.array([2, 2], numpy.int64))], ["e_c", "e_s"], axis=2)
        node("Mul", ["e_c", weight("yx", sizes * numpy.float32(0.1))], "e_c1")
        node("Add", ["e_c1", weight("ayx", centres)], "ctr")
        node("Mul", ["e_s", weight("p2", numpy.float32(0.2))], "e_s1")
        node("Exp", ["e_s1"], "e_s2")
        node("Mul", ["e_s2", weight("ahw2", sizes * numpy.float32(0.5))], "hf")
        node("Sub", ["ctr", "hf"], "mn")
        node("Add", ["ctr", "hf"], "mx")
        node("Concat", ["mn", "mx"], "boxes", axis=2)

    def build(self):
        maps = list(self.predictions())
        self.graph.node("Concat", [boxes for boxes, _, _, _ in maps], "enc", axis=1)
        self.graph.node("Concat", [scores for _, scores, _, _ in maps], "cls", axis=1)
        self.graph.node("Sigmoid", ["cls"], "scores")
        anchors = all_anchors([size for _, _, _, size in maps], [count for _, _, count, _ in maps])
        self.decode_boxes("enc", anchors)
        return self.graph, len(anchors)


def anchor_shapes(number):
    """(scale, width / height) of the anchors in a cell of map `number`; the first map has fewer."""
    scales = [MIN_SCALE + (MAX_SCALE - MIN_SCALE) * index / (MAPS - 1) for index in range(MAPS)] + [1.0]
    if number == 0:
        return [(0.1, 1.0), (scales[0], 2.0), (scales[0], 0.5)]
    same_scale = [(scales[number], ratio) for ratio in (1.0, 2.0, 0.5, 3.0, 0.3333)]
    return same_scale + [(numpy.sqrt(scales[number] * scales[number + 1]), 1.0)]


def all_anchors(sizes, counts):
    """[anchors, 4]: centre y, centre x, height, width, all in 0..1."""
    anchors = []
    for number, (size, count) in enumerate(zip(sizes, counts)):
        shapes = anchor_shapes(number)
        if len(shapes) != count:
            raise ValueError(f"map {number} predicts {count} boxes for each cell, {len(shapes)} anchors are known")
        for y in range(size):
            for x in range(size):
                for scale, ratio in shapes:
                    root = numpy.sqrt(ratio)
                    anchors.append([(y + 0.5) / size, (x + 0.5) / size, scale / root, scale * root])
    return numpy.array(anchors, numpy.float32)


def main(source, result):
    graph, boxes = Converter(tensorflow_graph.read(source)).build()
    outputs = [tensor("boxes", ["N", boxes, 4]), tensor("scores", ["N", boxes, CLASSES])]
    graph.save(result, [tensor("image", ["N", 3, SIZE, SIZE])], outputs, opset=13)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
