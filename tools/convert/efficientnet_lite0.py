#!/usr/bin/env python3
"""EfficientNet-Lite0 from a PyTorch checkpoint to ONNX (opset 13). Needs numpy and onnx.

    efficientnet_lite0.py efficientnet-lite0-57934424.pth efficientnet-lite0.onnx

`input` float32 [N, 3, 224, 224], RGB as (v - 127) / 128  ->  `logits` [N, 1000]. The network: Tan and Le, "EfficientNet", 2019,
and the "lite" variant of the same authors: no squeeze-and-excitation, ReLU6 for swish, stem and head of fixed width. Batch
normalisation is folded into the convolutions before it.
"""

import sys

import numpy

import torch_pickle
from onnx_graph import Graph, same_padding, tensor

SIZE = 224
EPSILON = 1e-3  # of the batch normalisation, as in the TensorFlow original

# (blocks, stride of the first block, expansion, output channels); the kernels' widths are those of the weights
STAGES = [(1, 1, 1, 16), (2, 2, 6, 24), (2, 2, 6, 40), (3, 2, 6, 80), (3, 1, 6, 112), (4, 2, 6, 192), (1, 1, 6, 320)]


class Network:
    def __init__(self, weights):
        self.weights = weights
        self.graph = Graph("efficientnet_lite0", producer="effnet_lite0_from_pth")
        self.constant("c0", numpy.array(0.0))
        self.constant("c6", numpy.array(6.0))

    def constant(self, name, array):
        return self.graph.weight(name, array.astype(numpy.float32))

    def folded(self, weight, norm):
        """(kernel, bias) of a convolution [out, in, k, k] with the batch normalisation `norm` behind it."""
        gamma, beta, mean, variance = [self.weights[norm + part] for part in
                                       (".weight", ".bias", ".running_mean", ".running_var")]
        scale = gamma / numpy.sqrt(variance + EPSILON)
        return self.weights[weight] * scale[:, None, None, None], beta - mean * scale

    def convolution(self, x, name, weight, norm, size, stride=1, groups=1, activation=True):
        """Convolution, normalisation and ReLU6 on a square of `size`; (output, its size)."""
        kernel, bias = self.folded(weight, norm)
        width = kernel.shape[2]
        out_size, before, behind = same_padding(size, width, stride)
        y = self.graph.node("Conv", [x, self.constant(name + ".w", kernel), self.constant(name + ".b", bias)], name, name=name,
                            kernel_shape=[width, width], strides=[stride] * 2, pads=[before, before, behind, behind],
                            group=groups)
        if activation:
            y = self.graph.node("Clip", [y, "c0", "c6"], name + "_r6", name=name + "_r6")
        return y, out_size

    def block(self, x, number, size, stride, expansion, channels, out_channels):
        """An inverted residual block: 1x1 to more channels, depthwise, 1x1 back to fewer."""
        key, name = f"_blocks.{number}.", f"b{number}"
        y = x
        if expansion != 1:
            y, _ = self.convolution(y, name + "_exp", key + "_expand_conv.weight", key + "_bn0", size)
        y, out_size = self.convolution(y, name + "_dw", key + "_depthwise_conv.weight", key + "_bn1", size, stride,
                                       groups=channels * expansion)
        y, _ = self.convolution(y, name + "_prj", key + "_project_conv.weight", key + "_bn2", out_size, activation=False)
        if stride == 1 and channels == out_channels:
            y = self.graph.node("Add", [y, x], name + "_add")
        return y, out_size

    def build(self):
        x, size = self.convolution("input", "stem", "_conv_stem.weight", "_bn0", SIZE, stride=2)
        channels, number = 32, 0
        for blocks, first_stride, expansion, out_channels in STAGES:
            for index in range(blocks):
                stride = first_stride if index == 0 else 1
                x, size = self.block(x, number, size, stride, expansion, channels, out_channels)
                channels, number = out_channels, number + 1
        x, _ = self.convolution(x, "head", "_conv_head.weight", "_bn1", size)
        self.graph.node("GlobalAveragePool", [x], "gap")
        self.graph.node("Flatten", ["gap"], "flat")
        classifier = [self.constant("fc.w", self.weights["_fc.weight"]), self.constant("fc.b", self.weights["_fc.bias"])]
        self.graph.node("Gemm", ["flat", *classifier], "logits", transB=1)
        return self.graph


def main(source, result):
    graph = Network(torch_pickle.read(source)).build()
    graph.save(result, [tensor("input", ["N", 3, SIZE, SIZE])], [tensor("logits", ["N", 1000])], opset=13)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
