#!/usr/bin/env python3
"""Makes the small models of fuzz/corpus/onnx and fuzz/corpus/gguf, and tests/golden/codec/{onnx,gguf}_headers.txt: what the
reference readers (packages onnx 1.23.2, gguf 0.19.0, numpy) say about them and about the models of ../shared/data. The tests
codec_onnx and codec_gguf print the same lines from our readers and compare.

    python3 -m venv venv && venv/bin/pip install onnx==1.23.2 gguf==0.19.0 numpy
    venv/bin/python scripts/golden/make_model_corpus.py
"""
import collections
import pathlib
import struct

import gguf
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
ONNX_DIR, GGUF_DIR = ROOT / "fuzz/corpus/onnx", ROOT / "fuzz/corpus/gguf"
GOLDEN = ROOT / "tests/golden/codec"


# ---------------------------------------------------------------- models


def save(name, graph, **kw):
    kw.setdefault("ir_version", 8)
    kw.setdefault("opset_imports", [h.make_opsetid("", 17)])
    model = h.make_model(graph, producer_name="xybrid", **kw)
    (ONNX_DIR / name).write_bytes(model.SerializeToString())


def add_model():
    """Free dimensions, an initializer as raw data, metadata."""
    w = onnx.numpy_helper.from_array(np.arange(3, dtype=np.float32), "w")
    graph = h.make_graph([h.make_node("Add", ["x", "w"], ["s"]), h.make_node("Relu", ["s"], ["y"])], "add",
                         [h.make_tensor_value_info("x", T.FLOAT, ["batch", None, 3])],
                         [h.make_tensor_value_info("y", T.FLOAT, ["batch", None, 3])], [w])
    model = h.make_model(graph, producer_name="xybrid", producer_version="1", ir_version=8, domain="org.example",
                         model_version=7, opset_imports=[h.make_opsetid("", 17), h.make_opsetid("com.microsoft", 1)])
    h.set_model_props(model, {"names": "{0: 'cat'}", "stride": "32"})
    (ONNX_DIR / "add.onnx").write_bytes(model.SerializeToString())


def branch_model():
    """Subgraphs with weights of their own, a function of the model, a constant, an operator of another domain."""
    out = [h.make_tensor_value_info("o", T.FLOAT, [2])]
    c = h.make_tensor("c", T.FLOAT, [2], [1.0, 2.0])
    inner = h.make_graph([h.make_node("Mul", ["x", "c"], ["o"])], "inner", [], out, [c])
    then = h.make_graph([h.make_node("If", ["b"], ["o"], then_branch=inner, else_branch=inner)], "then", [], out)
    other = h.make_graph([h.make_node("Constant", [], ["k"], value=h.make_tensor("v", T.INT64, [3], [1, 2, 3])),
                          h.make_node("Twice", ["x"], ["o"], domain="local")], "else", [], out)
    twice = h.make_function("local", "Twice", ["a"], ["r"], [h.make_node("Add", ["a", "a"], ["r"])],
                            [h.make_opsetid("", 17)])
    graph = h.make_graph([h.make_node("If", ["b"], ["y"], then_branch=then, else_branch=other),
                          h.make_node("FastGelu", ["y"], ["z"], domain="com.microsoft")], "branch",
                         [h.make_tensor_value_info("b", T.BOOL, []), h.make_tensor_value_info("x", T.FLOAT, [2])],
                         [h.make_tensor_value_info("z", T.FLOAT, [2])])
    save("branch.onnx", graph, functions=[twice],
         opset_imports=[h.make_opsetid("ai.onnx", 17), h.make_opsetid("local", 1), h.make_opsetid("com.microsoft", 1)])


def external_model():
    """Two weights in one file, one in a folder."""
    def external(name, dims, location, offset=None, length=None):
        t = T(name=name, data_type=T.FLOAT, dims=dims, data_location=T.EXTERNAL)
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            if value is not None:
                t.external_data.add(key=key, value=str(value))
        return t
    graph = h.make_graph([h.make_node("Add", ["a", "b"], ["s"]), h.make_node("Add", ["s", "c"], ["y"])], "external", [],
                         [h.make_tensor_value_info("y", T.FLOAT, [4])],
                         [external("a", [4], "w.bin", 0, 16), external("b", [4], "w.bin", 4096, 16),
                          external("c", [4], "more/c.bin")])
    save("external.onnx", graph)


def types_model():
    """Every way to hold a weight: typed fields, raw bytes, types below a byte, text, sparse; and ports of other kinds."""
    weights = [h.make_tensor("f32", T.FLOAT, [2], [1, 2]), h.make_tensor("f64", T.DOUBLE, [1], [1]),
               h.make_tensor("i32", T.INT32, [2], [-1, 2]), h.make_tensor("i64", T.INT64, [], [-7]),
               h.make_tensor("u8", T.UINT8, [3], [1, 2, 255]), h.make_tensor("u64", T.UINT64, [1], [9]),
               h.make_tensor("u32", T.UINT32, [1], [9]), h.make_tensor("bool", T.BOOL, [2], [1, 0]),
               h.make_tensor("f16", T.FLOAT16, [2], [1, 2]), h.make_tensor("bf16", T.BFLOAT16, [2], [1, 2]),
               h.make_tensor("i4", T.INT4, [3], [1, -2, 3]), h.make_tensor("u2", T.UINT2, [5], [1, 2, 3, 0, 1]),
               h.make_tensor("f6", T.FLOAT6E2M3, [5], [1, 2, 1, 0, 1]), h.make_tensor("f8", T.FLOAT8E4M3FN, [2], [1, 2]),
               h.make_tensor("c64", T.COMPLEX64, [1], [1 + 2j]), h.make_tensor("text", T.STRING, [2], [b"a", b"bc"]),
               h.make_tensor("none", T.FLOAT, [0, 5], []), h.make_tensor("raw4", T.UINT4, [3], b"\x21\x03", raw=True),
               h.make_tensor("raw6", T.FLOAT6E3M2, [5], b"\0\0\0\0", raw=True)]
    sparse = h.make_sparse_tensor(h.make_tensor("sp", T.FLOAT, [2], [1, 2]), h.make_tensor("at", T.INT64, [2], [0, 5]), [2, 3])
    sequence = h.make_tensor_sequence_value_info("seq", T.FLOAT, [None])
    optional = onnx.ValueInfoProto(name="opt")
    optional.type.optional_type.elem_type.CopyFrom(sequence.type)
    anything = onnx.ValueInfoProto(name="any")
    anything.type.tensor_type.elem_type = T.INT64
    graph = h.make_graph([h.make_node("Identity", ["f32"], ["y"])], "types", [sequence, optional, anything],
                         [onnx.ValueInfoProto(name="y")], weights, sparse_initializer=[sparse])
    save("types.onnx", graph, ir_version=14, opset_imports=[h.make_opsetid("", 24)])


def old_model():
    """IR version 3: a weight is listed among the inputs."""
    w = h.make_tensor("w", T.FLOAT, [2], [1.0, 2.0])
    graph = h.make_graph([h.make_node("Add", ["w", "x"], ["y"])], "old",
                         [h.make_tensor_value_info("w", T.FLOAT, [2]), h.make_tensor_value_info("x", T.FLOAT, [2])],
                         [h.make_tensor_value_info("y", T.FLOAT, [2])], [w])
    save("old.onnx", graph, ir_version=3, opset_imports=[h.make_opsetid("", 8)])


def gguf_values():
    """Every type of value, arrays of them, arrays in arrays; no tensors. By hand: the package's writer knows no nesting."""
    def text(s):
        s = s.encode()
        return struct.pack("<Q", len(s)) + s
    V = gguf.GGUFValueType
    pairs = [("general.architecture", V.STRING, text("toy")), ("u8", V.UINT8, b"\xff"), ("i8", V.INT8, b"\xff"),
             ("u16", V.UINT16, struct.pack("<H", 65535)), ("i16", V.INT16, struct.pack("<h", -2)),
             ("u32", V.UINT32, struct.pack("<I", 4294967295)), ("i32", V.INT32, struct.pack("<i", -3)),
             ("f32", V.FLOAT32, struct.pack("<f", 0.5)), ("bool", V.BOOL, b"\1"), ("u64", V.UINT64, struct.pack("<Q", 1 << 40)),
             ("i64", V.INT64, struct.pack("<q", -5)), ("f64", V.FLOAT64, struct.pack("<d", 0.25)),
             ("huge", V.UINT64, struct.pack("<Q", (1 << 64) - 1)),
             ("numbers", V.ARRAY, struct.pack("<IQ3h", V.INT16, 3, 1, -2, 3)),
             ("names", V.ARRAY, struct.pack("<IQ", V.STRING, 3) + text("a") + text("") + text("c\u00e9")),
             ("nested", V.ARRAY, struct.pack("<IQ", V.ARRAY, 2) + struct.pack("<IQ2B", V.UINT8, 2, 1, 2) +
              struct.pack("<IQ", V.STRING, 1) + text("z"))]
    out = struct.pack("<4sIQQ", b"GGUF", 2, 0, len(pairs))
    for key, kind, value in pairs:
        out += text(key) + struct.pack("<I", kind) + value
    (GGUF_DIR / "values.gguf").write_bytes(out)


def gguf_tensors():
    """Tensors of three types, alignment 64."""
    w = gguf.GGUFWriter(GGUF_DIR / "tensors.gguf", "toy")
    w.add_custom_alignment(64)
    w.add_tensor("a", np.arange(6, dtype=np.float32).reshape(2, 3))
    w.add_tensor("b", np.zeros((2, 34), dtype=np.uint8), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    w.add_tensor("c", np.arange(5, dtype=np.float16))
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()


def gguf_vocabulary():
    w = gguf.GGUFWriter(GGUF_DIR / "vocabulary.gguf", "toy")
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("default")
    w.add_token_list(["<s>", "a", "b", "ab", "</s>"])
    w.add_token_scores([0.0, -1.0, -2.0, -3.0, 0.0])
    w.add_token_types([3, 1, 1, 1, 3])
    w.add_token_merges(["a b"])
    w.add_bos_token_id(0)
    w.add_eos_token_id(4)
    w.add_pad_token_id(4294967295)
    w.add_add_bos_token(True)
    w.add_add_eos_token(False)
    w.add_chat_template("{{ messages }}")
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()


# ---------------------------------------------------------------- what the reference readers say

DTYPES = {T.FLOAT: "float32", T.DOUBLE: "float64", T.FLOAT8E4M3FN: "float8e4m3fn"}
DTYPES.update({v: k.lower() for k, v in T.DataType.items() if v not in DTYPES})
BITS = {"string": 0, "bool": 8, "complex64": 64, "complex128": 128, "bfloat16": 16, "float8e4m3fn": 8, "float8e5m2": 8,
        "float6e2m3": 6, "float6e3m2": 6, "float4e2m1": 4}


def size_of(t):
    name = DTYPES[t.data_type]
    bits = BITS.get(name) if name in BITS else int("".join(c for c in name if c.isdigit()))
    return (int(np.prod(t.dims, dtype=np.int64)) * bits + 7) // 8


def op_name(node):
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}:{node.op_type}"


def walk(nodes, ops, weights):
    for n in nodes:
        for a in n.attribute:
            for t in ([a.t] if a.HasField("t") else []) + list(a.tensors):
                weights.append(t)
            for g in ([a.g] if a.HasField("g") else []) + list(a.graphs):
                walk_graph(g, ops, weights)
        ops[op_name(n)] += 1


def walk_graph(g, ops, weights):
    walk(g.node, ops, weights)
    weights += list(g.initializer)
    for s in g.sparse_initializer:
        weights += [s.values, s.indices]


def port_line(way, p):
    kind = p.type.WhichOneof("value") or "none"
    if kind != "tensor_type":
        return f"{way} {p.name} {kind}"
    t = p.type.tensor_type
    dims = "any"
    if t.HasField("shape"):
        dims = "[" + ",".join(str(d.dim_value) if d.HasField("dim_value") else d.dim_param or "?" for d in t.shape.dim) + "]"
    return f"{way} {p.name} {DTYPES[t.elem_type]} {dims}"


def onnx_lines(path):
    data = path.read_bytes()
    m = onnx.ModelProto.FromString(data)
    g = m.graph
    names = {t.name for t in g.initializer} | {s.values.name for s in g.sparse_initializer}
    ops, weights = collections.Counter(), []
    walk_graph(g, ops, weights)
    for f in m.functions:
        walk(f.node, ops, weights)
    local = {op_name(h.make_node(f.name, [], [], domain=f.domain)) for f in m.functions}
    yield f"model {path.name} ir {m.ir_version} producer '{m.producer_name}' '{m.producer_version}' domain '{m.domain}' " \
          f"version {m.model_version} graph '{g.name}'"
    for o in m.opset_import:
        yield f"opset '{'' if o.domain == 'ai.onnx' else o.domain}' {o.version}"
    for p in m.metadata_props:
        yield f"property {p.key} = {len(p.value.encode())} bytes"
    for p in g.input:
        if p.name not in names:
            yield port_line("input", p)
    for p in g.output:
        yield port_line("output", p)
    for op in sorted(ops):
        yield f"op {op} {ops[op]}{' function' if op in local else ''}"
    yield f"nodes {sum(ops.values())} constant_inputs {sum(p.name in names for p in g.input)} " \
          f"weight_bytes {sum(size_of(t) for t in weights)} tensors {len(names)}"
    at = 0
    for i, t in enumerate(g.initializer):
        place = "fields"
        if t.data_location == T.EXTERNAL:
            e = {x.key: x.value for x in t.external_data}
            place = f"external {e['location']} {e.get('offset', 0)} {e.get('length', -1)}"
        elif t.HasField("raw_data"):
            at = data.find(t.raw_data, at)
            place = f"raw {at}"
            if len(t.raw_data) < 8:  # too short to be found: not told
                place = "raw"
        if i < 40:
            yield f"tensor {t.name} {DTYPES[t.data_type]} [{','.join(map(str, t.dims))}] {size_of(t)} {place}"
    for s in g.sparse_initializer:
        yield f"sparse {s.values.name} {DTYPES[s.values.data_type]} [{','.join(map(str, s.dims))}]"
    need = {}
    for t in weights:
        if t.data_location == T.EXTERNAL:
            e = {x.key: x.value for x in t.external_data}
            need[e["location"]] = max(need.get(e["location"], 0), int(e.get("offset", 0)) + size_of(t))
    for k, v in need.items():
        yield f"file {k} {v}"


def gguf_value(field):
    V = gguf.GGUFValueType
    kind = field.types[0]
    if kind == V.STRING:
        return f"string {len(bytes(field.parts[-1]))} bytes"
    if kind == V.ARRAY:
        return f"array of {field.types[-1].name.lower()} {len(field.data)}"
    value = field.parts[-1][0]
    return f"{kind.name.lower()} {int(value) if kind not in (V.FLOAT32, V.FLOAT64) else '%.6f' % value}"


def gguf_lines(path):
    r = gguf.GGUFReader(path)
    yield f"model {path.name} version {int(r.fields['GGUF.version'].parts[-1][0])} alignment {r.alignment} tensors " \
          f"{len(r.tensors)} weight_bytes {sum(int(t.n_bytes) for t in r.tensors)}"
    for key, f in r.fields.items():
        if key.startswith("GGUF."):
            continue
        yield f"key {key} {gguf_value(f)}"
    for t in r.tensors:
        yield f"tensor {t.name} {t.tensor_type.name} [{','.join(str(int(d)) for d in t.shape)}] {int(t.data_offset)} {int(t.n_bytes)}"
    tokens = r.fields.get("tokenizer.ggml.tokens")
    if tokens:
        n = len(tokens.data)
        for i in sorted({0, 1, n // 3, n // 2, n - 2, n - 1}):
            yield f"token {i} {bytes(tokens.parts[tokens.data[i]]).hex()}"
        for name in ("scores", "token_type"):
            f = r.fields.get("tokenizer.ggml." + name)
            if f:
                yield f"{name} sum %.3f" % sum(float(f.parts[i][0]) for i in f.data)
        merges = r.fields.get("tokenizer.ggml.merges")
        if merges:
            yield f"merge last {bytes(merges.parts[merges.data[-1]]).hex()}"


def main():
    for folder in (ONNX_DIR, GGUF_DIR, GOLDEN):
        folder.mkdir(parents=True, exist_ok=True)
    for make in (add_model, branch_model, external_model, types_model, old_model, gguf_values, gguf_tensors, gguf_vocabulary):
        make()
    onnx_files = [ONNX_DIR / f"{n}.onnx" for n in ("add", "branch", "external", "types", "old")]
    onnx_files += [DATA / n for n in ("vad/silero_vad.onnx", "vision/mnist.onnx", "vision/ultraface/version-RFB-320.onnx")]
    gguf_files = [GGUF_DIR / f"{n}.gguf" for n in ("tensors", "vocabulary")]
    gguf_files += [DATA / f"tokenizers/ggml-vocab-{n}.gguf" for n in ("bert-bge", "gpt-2", "phi-3")]
    gguf_files += [DATA / "llm/stories260K.gguf"]
    for name, files, lines in (("onnx", onnx_files, onnx_lines), ("gguf", gguf_files, gguf_lines)):
        text = "\n".join("\n".join(lines(f)) for f in files) + "\n"
        (GOLDEN / f"{name}_headers.txt").write_text(text)


if __name__ == "__main__":
    main()
