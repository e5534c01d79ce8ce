#!/usr/bin/env python3
"""all-MiniLM-L6-v2 from ONNX to GGUF, so that one sentence embedder runs on both engines. Standard library only. Started by
scripts/setup (group test) with the file to write; model.onnx and vocab.txt lie beside it.

    tools/convert/minilm_gguf.py build/models/all-minilm-l6-v2/all-minilm-l6-v2.gguf

The ONNX file holds int8 matrices with a scale for each row or column; their products are written as float16 (1 part in 2048), since
ggml rounds what it multiplies to the type of the matrix: with Q8_0 vectors of short texts turn by 3 degrees. What is not quantised
stays float32. Keys, names and the spelling of tokens ("the" -> U+2581 "the", "##ing" -> "ing") are those of llama.cpp's own converter,
convert_hf_to_gguf.py, class BertModel.
"""

import array
import os
import struct
import sys

sys.dont_write_bytecode = True

from protobuf_wire import fields, first, integers, texts

LAYERS, WIDTH, HEADS, INNER, CONTEXT = 6, 384, 12, 1536, 512
F32, F16 = 0, 1  # ggml's types
NAMES = {  # of a layer, by the bias that is added to the product
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "intermediate.dense": "ffn_up", "output.dense": "ffn_down",
    "attention.output.LayerNorm": "attn_output_norm", "output.LayerNorm": "layer_output_norm"}
INPUTS = {
    "word_embeddings.weight": "token_embd.weight", "position_embeddings.weight": "position_embd.weight",
    "token_type_embeddings.weight": "token_types.weight", "LayerNorm.weight": "token_embd_norm.weight",
    "LayerNorm.bias": "token_embd_norm.bias"}
PREFIX = "inner.encoder.layer."


class Model:
    """What the ONNX graph holds: tensors by name, and which bias follows which matrix."""

    def __init__(self, path):
        with open(path, "rb") as file:
            graph = first(memoryview(file.read()), 7)
        self.tensors = {}  # name -> (shape, bytes)
        sums, products = {}, {}
        for number, value in fields(graph):
            if number == 5:  # initializer: dims 1, name 8, raw_data 9
                self.tensors[texts(value, 8)[0]] = (integers(value, 1), bytes(first(value, 9, b"")))
            elif number == 1:  # node: input 1, output 2, op_type 4
                inputs, output, operator = texts(value, 1), texts(value, 2)[0], texts(value, 4)[0]
                if operator == "MatMul":
                    products[output] = inputs[1]
                elif operator == "Add":
                    sums[inputs[0]] = inputs[1]
                    sums[inputs[1]] = inputs[0]
        self.matrices = {sums[output]: weight for output, weight in products.items() if output in sums}  # bias -> matrix

    def floats(self, name):
        """(shape, type, bytes) of a tensor that is not quantised."""
        shape, data = self.tensors[name]
        return shape, F32, data

    def quantised(self, name, is_column):
        """The same of a matrix in rows. is_column: it is stored [in, out] with a scale for each column, and turned."""
        (rows, columns), data = self.tensors[name + "_q"]
        scales = array.array("f", self.tensors[name + "_scale"][1])
        numbers = array.array("b", data)
        if is_column:
            lines = [numbers[row::columns] for row in range(columns)]
            rows, columns = columns, rows
        else:
            lines = [numbers[at:at + columns] for at in range(0, len(numbers), columns)]
        assert len(scales) == rows == len(lines)
        form = struct.Struct(f"<{columns}e")
        return [rows, columns], F16, b"".join(
            form.pack(*[scale * number for number in line]) for scale, line in zip(scales, lines))


def collect(model):
    """(name in the GGUF file, shape outermost first, type, bytes) of each tensor."""
    found = []
    for name in model.tensors:
        inner = name.removeprefix("inner.embeddings.").removesuffix("_q")
        if inner in INPUTS:
            tensor = model.quantised(name[:-2], False) if name.endswith("_q") else model.floats(name)
            found.append((INPUTS[inner], *tensor))
        elif name.startswith(PREFIX):
            layer, _, rest = name.removeprefix(PREFIX).partition(".")
            module, _, kind = rest.rpartition(".")
            place = f"blk.{layer}.{NAMES[module]}."
            found.append((place + kind, *model.floats(name)))
            if name in model.matrices:
                found.append((place + "weight", *model.quantised(model.matrices[name], True)))
    assert len(found) == 5 + 16 * LAYERS, len(found)
    return sorted(found)


def text(value):
    """A string of GGUF."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key, kind, data):
    """A key, its type, its value."""
    return text(key) + struct.pack("<I", kind) + data


def numbers(**values):
    """Keys with numbers: uint32 (4), float32 (6) or bool (7) by the value's type."""
    kinds = {int: (4, "<I"), float: (6, "<f"), bool: (7, "<?")}
    for name, value in values.items():
        kind, form = kinds[type(value)]
        yield pair(name.replace("__", "."), kind, struct.pack(form, value))


def spelled(token):
    """As llama.cpp wants a WordPiece token: the beginning of a word is marked, not its continuation."""
    if token.startswith("[") and token.endswith("]") and len(token) > 2:
        return token
    return token[2:] if token.startswith("##") else "\u2581" + token


def header(tokens):
    """All pairs."""
    kinds = [3 if token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") else 1 for token in tokens]  # control, normal
    found = [
        pair("general.architecture", 8, text("bert")), pair("general.name", 8, text("all-MiniLM-L6-v2")),
        *numbers(general__file_type=1, bert__block_count=LAYERS, bert__context_length=CONTEXT, bert__embedding_length=WIDTH,
                 bert__feed_forward_length=INNER, bert__attention__head_count=HEADS, bert__pooling_type=1,
                 bert__attention__layer_norm_epsilon=1e-12, bert__attention__causal=False),
        pair("tokenizer.ggml.model", 8, text("bert")), pair("tokenizer.ggml.pre", 8, text("bert-bge")),
        pair("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, len(tokens)) + b"".join(text(spelled(t)) for t in tokens)),
        pair("tokenizer.ggml.token_type", 9, struct.pack(f"<IQ{len(kinds)}i", 5, len(kinds), *kinds))]
    ids = {f"tokenizer__ggml__{name}_token_id": tokens.index(token) for name, token in
           (("cls", "[CLS]"), ("bos", "[CLS]"), ("seperator", "[SEP]"), ("unknown", "[UNK]"), ("padding", "[PAD]"),
            ("mask", "[MASK]"))}
    return found + list(numbers(tokenizer__ggml__token_type_count=2, **ids))


def main(target):
    """Write the file."""
    folder = os.path.dirname(target)
    with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as file:
        pairs = header(file.read().rstrip("\n").split("\n"))
    tensors = collect(Model(os.path.join(folder, "model.onnx")))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)) + b"".join(pairs)
    at = 0
    for name, shape, kind, data in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *reversed(shape), kind, at)
        at += len(data) + -len(data) % 32
    with open(target + ".part", "wb") as file:
        file.write(head + b"\0" * (-len(head) % 32))
        for _, _, _, data in tensors:
            file.write(data + b"\0" * (-len(data) % 32))
    os.replace(target + ".part", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
