#!/usr/bin/env python3
"""Whisper tiny.en from CTranslate2 (float16 weights) to two ONNX files (opset 17). Standard library only.

    whisper.py model.bin encoder.onnx encoder
    whisper.py model.bin decoder.onnx decoder
    whisper.py model.bin encoder.onnx encoder free      for the pack: takes fewer frames, too
    whisper.py model.bin decoder.onnx decoder free      for the pack: the same, and gives the attention that tells when words
    were said

The network: Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022. Weights stay float16 in the
file, each behind a Cast; all arithmetic is float32. The caches go in and out, so the decoder needs no branch:

    encoder   input_features [B, 80, 3000] -> last_hidden_state [B, 1500, 384],
              present.{layer}.encoder.{key,value} [B, 6, 1500, 64]
    decoder   input_ids int64 [B, T], past_key_values.{layer}.decoder.{key,value} [B, 6, P, 64] (P may be 0),
              past_key_values.{layer}.encoder.{key,value}
              -> logits [B, T, 51864], present.{layer}.decoder.{key,value} [B, 6, P+T, 64]

With "free", the 3000 frames may be fewer (an even number; positions the first 1500 of them), and the decoder has one more
output

    alignment [B, 8, T, positions]: the weights of cross-attention of the heads that look at what is being said (OpenAI's list)

which is computed by nodes of its own, so that it costs nothing where nobody wants it.

CTranslate2 joins projections: linear_0 of self-attention holds query, key and value; of cross-attention linear_0 is the query,
linear_1 key and value, linear_2 the output.
"""

import math
import sys

import ctranslate2
from onnx_plain import FLOAT, INT64, Array, Graph, tensor

LAYERS, HEADS, WIDTH, HEAD_WIDTH = 4, 6, 384, 64
MELS, FRAMES, POSITIONS, VOCABULARY = 80, 3000, 1500, 51864
ALIGNMENT_HEADS = {1: [0], 2: [0, 5], 3: [0, 1, 2, 3, 4]}  # layer: heads; _ALIGNMENT_HEADS of whisper/__init__.py


class Transformer:
    """Parts that encoder and decoder share; the names of what nodes give are operator_number."""

    def __init__(self, weights, name):
        self.weights = weights
        self.graph = Graph(name, producer="whisper_from_ct2")
        self.casts = set()
        self.count = 0

    # ---- nodes and numbers

    def node(self, operator, inputs, **attributes):
        self.count += 1
        name = f"{operator.lower()}_{self.count}"
        return self.graph.node(operator, inputs, name, name=name, **attributes)

    def number(self, name, value):
        return self.graph.weight(name, Array.of(FLOAT, [value]))

    def integers(self, name, values):
        return self.graph.weight(name, Array.of(INT64, [values] if isinstance(values, int) else values))

    def weight(self, key, transposed=False):
        """A float16 tensor of the file, as float32."""
        name = key + (".T" if transposed else "")
        if name not in self.casts:
            self.casts.add(name)
            self.graph.weight(name, self.weights[key].T if transposed else self.weights[key])
            self.graph.node("Cast", [name], name + "_f", name="cast_" + name, to=FLOAT)
        return name + "_f"

    def output(self, x, name):
        self.graph.node("Identity", [x], name, name="out_" + name)

    # ---- layers

    def layer_norm(self, x, key):
        inputs = [x, self.weight(key + "/gamma"), self.weight(key + "/beta")]
        return self.node("LayerNormalization", inputs, axis=-1, epsilon=1e-5)

    def linear(self, x, key):
        product = self.node("MatMul", [x, self.weight(key + "/weight", transposed=True)])
        return self.node("Add", [product, self.weight(key + "/bias")])

    def gelu(self, x):
        """x * (1 + erf(x / sqrt 2)) / 2"""
        erf = self.node("Erf", [self.node("Mul", [x, self.number("rsqrt2", 1 / math.sqrt(2))])])
        both = self.node("Mul", [x, self.node("Add", [erf, self.number("one", 1)])])
        return self.node("Mul", [both, self.number("half", 0.5)])

    def split(self, x, parts):
        """`parts` tensors of WIDTH out of one that holds them side by side."""
        self.count += 1
        names = [f"sp{self.count}_{part}" for part in range(parts)]
        sizes = self.integers(f"split{parts}", [WIDTH] * parts)
        return self.graph.node("Split", [x, sizes], names, name=f"sp{self.count}", axis=-1)

    def heads(self, x):
        """[B, T, WIDTH] -> [B, HEADS, T, HEAD_WIDTH]"""
        parted = self.node("Reshape", [x, self.integers("hshape", [0, -1, HEADS, HEAD_WIDTH])])
        return self.node("Transpose", [parted], perm=[0, 2, 1, 3])

    def attention(self, query, key, value, mask=None):
        """Of heads; [B, T, WIDTH]."""
        query = self.node("Mul", [query, self.number("scale", HEAD_WIDTH**-0.5)])
        scores = self.node("MatMul", [query, self.node("Transpose", [key], perm=[0, 1, 3, 2])])
        if mask:
            scores = self.node("Add", [scores, mask])
        scores = self.node("Softmax", [scores], axis=-1)
        mixed = self.node("Transpose", [self.node("MatMul", [scores, value])], perm=[0, 2, 1, 3])
        return self.node("Reshape", [mixed, self.integers("mshape", [0, -1, WIDTH])])

    def feed_forward(self, x, key):
        """The residual block behind the attentions of a layer."""
        inner = self.linear(self.layer_norm(x, key + "ffn/layer_norm"), key + "ffn/linear_0")
        return self.node("Add", [x, self.linear(self.gelu(inner), key + "ffn/linear_1")])


def cache_ports(direction, half, length):
    """Keys and values of one half of the caches, layer by layer."""
    return [tensor(f"{direction}.{layer}.{half}.{kind}", ["B", HEADS, length, HEAD_WIDTH])
            for layer in range(LAYERS) for kind in ("key", "value")]


def encoder(weights, is_free):
    """(graph, its inputs, its outputs)"""
    net = Transformer(weights, "enc")
    x = "input_features"
    for number, stride in ((1, 1), (2, 2)):
        key = f"encoder/conv{number}"
        inputs = [x, net.weight(key + "/weight"), net.weight(key + "/bias")]
        x = net.gelu(net.node("Conv", inputs, kernel_shape=[3], pads=[1, 1], strides=[stride]))
    x, places = net.node("Transpose", [x], perm=[0, 2, 1]), net.weight("encoder/position_encodings/encodings")
    frames, positions = ("F", "S") if is_free else (FRAMES, POSITIONS)
    if is_free:
        count = net.node("Gather", [net.node("Shape", [x]), net.integers("i1", 1)], axis=0)
        places = net.node("Slice", [places, net.integers("i0", 0), count, net.integers("i0", 0)])
    x = net.node("Add", [x, places])
    for layer in range(LAYERS):
        key = f"encoder/layer_{layer}/"
        joined = net.linear(net.layer_norm(x, key + "self_attention/layer_norm"), key + "self_attention/linear_0")
        mixed = net.attention(*[net.heads(part) for part in net.split(joined, 3)])
        x = net.node("Add", [x, net.linear(mixed, key + "self_attention/linear_1")])
        x = net.feed_forward(x, key)
    x = net.layer_norm(x, "encoder/layer_norm")
    net.output(x, "last_hidden_state")
    for layer in range(LAYERS):  # what the decoder's cross-attention needs of it, once for all its steps
        key, value = net.split(net.linear(x, f"decoder/layer_{layer}/attention/linear_1"), 2)
        net.output(net.heads(key), f"present.{layer}.encoder.key")
        net.output(net.heads(value), f"present.{layer}.encoder.value")
    outputs = [tensor("last_hidden_state", ["B", positions, WIDTH]), *cache_ports("present", "encoder", positions)]
    return net.graph, [tensor("input_features", ["B", MELS, frames])], outputs


def token_positions(net):
    """(positions of the new tokens, how many tokens there are with them)"""
    past = net.node("Gather", [net.node("Shape", ["past_key_values.0.decoder.key"]), net.integers("i2", 2)], axis=0)
    new = net.node("Gather", [net.node("Shape", ["input_ids"]), net.integers("i1", 1)], axis=0)
    total = net.node("Add", [past, new])
    return net.node("Range", [past, total, net.integers("i1", 1)]), total


def causal_mask(net, positions, total):
    """What is added to the scores [new, total]: 0 where a token may look, else -1e9."""
    columns = net.node("Range", [net.integers("i0", 0), total, net.integers("i1", 1)])
    is_past = net.node("LessOrEqual", [net.node("Unsqueeze", [columns, net.integers("ax0", [0])]),
                                       net.node("Unsqueeze", [positions, net.integers("ax1", [1])])])
    return net.node("Where", [is_past, net.number("z", 0), net.number("neg", -1e9)])


def self_attention(net, x, layer, mask):
    """With what came before out of the cache; what comes out is the next step's cache."""
    key = f"decoder/layer_{layer}/self_attention/"
    query, new_key, new_value = net.split(net.linear(net.layer_norm(x, key + "layer_norm"), key + "linear_0"), 3)
    keys = net.node("Concat", [f"past_key_values.{layer}.decoder.key", net.heads(new_key)], axis=2)
    values = net.node("Concat", [f"past_key_values.{layer}.decoder.value", net.heads(new_value)], axis=2)
    net.output(keys, f"present.{layer}.decoder.key")
    net.output(values, f"present.{layer}.decoder.value")
    return net.node("Add", [x, net.linear(net.attention(net.heads(query), keys, values, mask), key + "linear_1")])


def alignment(net, query, layer):
    """Weights of the heads of a layer that tell when a word was said: [B, heads, T, positions]."""
    heads = net.integers(f"heads_{layer}", ALIGNMENT_HEADS[layer])
    query = net.node("Mul", [net.node("Gather", [query, heads], axis=1), net.number("scale", HEAD_WIDTH**-0.5)])
    key = net.node("Gather", [f"past_key_values.{layer}.encoder.key", heads], axis=1)
    return net.node("Softmax", [net.node("MatMul", [query, net.node("Transpose", [key], perm=[0, 1, 3, 2])])], axis=-1)


def cross_attention(net, x, layer, alignments):
    key = f"decoder/layer_{layer}/attention/"
    query = net.heads(net.linear(net.layer_norm(x, key + "layer_norm"), key + "linear_0"))
    cache = [f"past_key_values.{layer}.encoder.{kind}" for kind in ("key", "value")]
    if alignments is not None and layer in ALIGNMENT_HEADS:
        alignments.append(alignment(net, query, layer))
    return net.node("Add", [x, net.linear(net.attention(query, *cache), key + "linear_2")])


def decoder(weights, is_free):
    """(graph, its inputs, its outputs)"""
    net = Transformer(weights, "dec")
    alignments = [] if is_free else None
    positions, total = token_positions(net)
    embeddings = net.node("Gather", [net.weight("decoder/embeddings/weight"), "input_ids"], axis=0)
    x = net.node("Add", [embeddings,
                         net.node("Gather", [net.weight("decoder/position_encodings/encodings"), positions], axis=0)])
    mask = causal_mask(net, positions, total)
    inputs = [tensor("input_ids", ["B", "T"], INT64)]
    own_past = cache_ports("past_key_values", "decoder", "P")
    encoder_past = cache_ports("past_key_values", "encoder", "S" if is_free else POSITIONS)
    for layer in range(LAYERS):
        x = self_attention(net, x, layer, mask)
        x = cross_attention(net, x, layer, alignments)
        x = net.feed_forward(x, f"decoder/layer_{layer}/")
        pair = slice(2 * layer, 2 * layer + 2)
        inputs += own_past[pair] + encoder_past[pair]
    x = net.layer_norm(x, "decoder/layer_norm")
    head = net.node("Transpose", [net.weight("decoder/embeddings/weight")], perm=[1, 0])  # tied to the embeddings
    net.output(net.node("MatMul", [x, head]), "logits")
    outputs = [tensor("logits", ["B", "T", VOCABULARY]), *cache_ports("present", "decoder", "P+T")]
    if is_free:
        net.output(net.node("Concat", alignments, axis=1), "alignment")
        outputs.append(tensor("alignment", ["B", sum(map(len, ALIGNMENT_HEADS.values())), "T", "S"]))
    return net.graph, inputs, outputs


def main(source, result, part, form="fixed"):
    graph, inputs, outputs = {"encoder": encoder, "decoder": decoder}[part](ctranslate2.read(source), form == "free")
    graph.save(result, inputs, outputs, opset=17)


if __name__ == "__main__":
    if sys.argv[3:] not in (["encoder"], ["decoder"], ["encoder", "free"], ["decoder", "free"]):
        sys.exit(__doc__)
    main(*sys.argv[1:])
