#!/usr/bin/env python3
"""Whisper tiny.en from CTranslate2 in the form that sherpa-onnx reads, the rival of bench/speech.

    whisper_sherpa.py model.bin encoder.onnx encoder
    whisper_sherpa.py model.bin decoder.onnx decoder

The same network and weights as whisper.py makes; what differs are the ports, those of sherpa-onnx's own exporter. The recording
may be shorter than 30 s, and the caches of all layers are one tensor of fixed length, of which `offset` tokens are filled:

    encoder   mel [N, 80, F] -> n_layer_cross_k, n_layer_cross_v [4, N, F/2, 384]
    decoder   tokens int64 [N, T], in_n_layer_self_k_cache, in_n_layer_self_v_cache [4, N, 448, 384], n_layer_cross_k,
              n_layer_cross_v, offset int64 [1] -> logits [N, T, 51864], out_n_layer_self_k_cache, out_n_layer_self_v_cache
"""

import sys

import ctranslate2
from sherpa import metadata
from whisper import LAYERS, MELS, VOCABULARY, WIDTH, Transformer, tensor

CONTEXT = 448
INT64 = 7  # TensorProto.DataType
METADATA = ["model_type=whisper-tiny.en", "n_mels=80", "n_text_layer=4", "n_text_ctx=448", "n_text_state=384", "n_vocab=51864",
            "n_audio_layer=4", "n_audio_ctx=1500", "n_audio_state=384", "n_audio_head=6", "n_text_head=6", "sot=50257",
            "eot=50256", "blank_id=220", "translate=50357", "transcribe=50358", "is_multilingual=0", "no_speech=50361",
            "no_timestamps=50362", "sot_sequence=50257", "sot_index=0"]


def length(net, name, axis):
    """The size of an axis, [1]."""
    return net.node("Gather", [net.node("Shape", [name]), net.integers(f"axis{axis}_", [axis])], axis=0)


def part(net, x, start, end, axis):
    return net.node("Slice", [x, start, end, net.integers(f"axis{axis}_", [axis])])


def stack(net, parts, name):
    """The layers' tensors as one, in front."""
    rows = [net.node("Unsqueeze", [x, net.integers("axis0_", [0])]) for x in parts]
    net.output(net.node("Concat", rows, axis=0), name)


def encoder(weights):
    net = Transformer(weights, "enc")
    x = "mel"
    for number, stride in ((1, 1), (2, 2)):
        key = f"encoder/conv{number}"
        inputs = [x, net.weight(key + "/weight"), net.weight(key + "/bias")]
        x = net.gelu(net.node("Conv", inputs, kernel_shape=[3], pads=[1, 1], strides=[stride]))
    x = net.node("Transpose", [x], perm=[0, 2, 1])
    places = part(net, net.weight("encoder/position_encodings/encodings"), net.integers("zero", [0]), length(net, x, 1), 0)
    x = net.node("Add", [x, places])
    for layer in range(LAYERS):
        key = f"encoder/layer_{layer}/"
        joined = net.linear(net.layer_norm(x, key + "self_attention/layer_norm"), key + "self_attention/linear_0")
        mixed = net.attention(*[net.heads(third) for third in net.split(joined, 3)])
        x = net.node("Add", [x, net.linear(mixed, key + "self_attention/linear_1")])
        x = net.feed_forward(x, key)
    x = net.layer_norm(x, "encoder/layer_norm")
    cross = [net.split(net.linear(x, f"decoder/layer_{layer}/attention/linear_1"), 2) for layer in range(LAYERS)]
    for half, name in enumerate(("n_layer_cross_k", "n_layer_cross_v")):
        stack(net, [pair[half] for pair in cross], name)
    outputs = [tensor(name, [LAYERS, "N", "T", WIDTH]) for name in ("n_layer_cross_k", "n_layer_cross_v")]
    return net.graph, [tensor("mel", ["N", MELS, "F"])], outputs


def causal_mask(net, total):
    """[T, total]: 0 where a token may look, else -1e9."""
    columns = net.node("Range", [net.integers("zero", [0]), total, net.integers("one_", [1])])
    rows = net.node("Range", ["offset", total, net.integers("one_", [1])])
    is_past = net.node("LessOrEqual", [net.node("Unsqueeze", [columns, net.integers("axis0_", [0])]),
                                       net.node("Unsqueeze", [rows, net.integers("axis1_", [1])])])
    return net.node("Where", [is_past, net.number("z", 0), net.number("neg", -1e9)])


def layer_of(net, name, layer):
    row = net.node("Gather", [name, net.integers(f"layer{layer}", [layer])], axis=0)
    return net.node("Squeeze", [row, net.integers("axis0_", [0])])


def with_past(net, cache, new, layer, total):
    """(what there is now, the cache of the next step)"""
    own = layer_of(net, cache, layer)
    now = net.node("Concat", [part(net, own, net.integers("zero", [0]), "offset", 1), new], axis=1)
    rest = part(net, own, total, net.integers("context", [CONTEXT]), 1)
    return now, net.node("Concat", [now, rest], axis=1)


def decoder(weights):
    net = Transformer(weights, "dec")
    total = net.node("Add", ["offset", length(net, "tokens", 1)])
    places = part(net, net.weight("decoder/position_encodings/encodings"), "offset", total, 0)
    x = net.node("Add", [net.node("Gather", [net.weight("decoder/embeddings/weight"), "tokens"], axis=0), places])
    mask = causal_mask(net, total)
    caches = ([], [])
    for layer in range(LAYERS):
        key = f"decoder/layer_{layer}/self_attention/"
        query, *new = net.split(net.linear(net.layer_norm(x, key + "layer_norm"), key + "linear_0"), 3)
        now = []
        for half, letter in enumerate("kv"):
            whole, cache = with_past(net, f"in_n_layer_self_{letter}_cache", new[half], layer, total)
            now.append(net.heads(whole))
            caches[half].append(cache)
        x = net.node("Add", [x, net.linear(net.attention(net.heads(query), *now, mask), key + "linear_1")])
        key = f"decoder/layer_{layer}/attention/"
        query = net.heads(net.linear(net.layer_norm(x, key + "layer_norm"), key + "linear_0"))
        cross = [net.heads(layer_of(net, f"n_layer_cross_{letter}", layer)) for letter in "kv"]
        x = net.node("Add", [x, net.linear(net.attention(query, *cross), key + "linear_2")])
        x = net.feed_forward(x, f"decoder/layer_{layer}/")
    x = net.layer_norm(x, "decoder/layer_norm")
    head = net.node("Transpose", [net.weight("decoder/embeddings/weight")], perm=[1, 0])  # tied to the embeddings
    net.output(net.node("MatMul", [x, head]), "logits")
    for half, letter in enumerate("kv"):
        stack(net, caches[half], f"out_n_layer_self_{letter}_cache")
    own = [LAYERS, "N", CONTEXT, WIDTH]
    inputs = [tensor("tokens", ["N", "T"], INT64),
              *(tensor(f"in_n_layer_self_{letter}_cache", own) for letter in "kv"),
              *(tensor(f"n_layer_cross_{letter}", [LAYERS, "N", "P", WIDTH]) for letter in "kv"),
              tensor("offset", [1], INT64)]
    return net.graph, inputs, [tensor("logits", ["N", "T", VOCABULARY]),
                               *(tensor(f"out_n_layer_self_{letter}_cache", own) for letter in "kv")]


def main(source, result, half):
    graph, inputs, outputs = {"encoder": encoder, "decoder": decoder}[half](ctranslate2.read(source))
    graph.save(result, inputs, outputs, opset=17)
    with open(result, "ab") as f:
        f.write(metadata(b"", *METADATA))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[3] not in ("encoder", "decoder"):
        sys.exit(__doc__)
    main(*sys.argv[1:])
