#!/usr/bin/env python3
"""Makes the seeds of fuzz/corpus/onnx_value, tests/golden/codec/onnx_values.txt (what the onnx package reads out of them) and
tests/golden/codec_small_floats.inc (every float of at most 8 bits as a float32, by ml_dtypes).

    scripts/setup test && PYTHONPATH=build/deps/python python3 scripts/golden/codec_onnx_value.py

A seed is one byte, the xb_onnx_kind of the message, then the message. The test prints the same text from our decoder."""
import pathlib

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

from golden_arrays import Writer

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = ROOT / "fuzz/corpus/onnx_value"
TENSOR, SPARSE, SEQUENCE, OPTIONAL = 1, 2, 3, 5
SMALL = {T.FLOAT8E4M3FN: ("float8_e4m3fn", 8), T.FLOAT8E4M3FNUZ: ("float8_e4m3fnuz", 8), T.FLOAT8E5M2: ("float8_e5m2", 8),
         T.FLOAT8E5M2FNUZ: ("float8_e5m2fnuz", 8), T.FLOAT8E8M0: ("float8_e8m0fnu", 8), T.FLOAT4E2M1: ("float4_e2m1fn", 4),
         T.FLOAT6E2M3: ("float6_e2m3fn", 6), T.FLOAT6E3M2: ("float6_e3m2fn", 6)}
NUMERIC = [n for n in T.DataType.values() if n not in (T.UNDEFINED, T.STRING)]


def numbers(dtype, count):
    """`count` values that the type can hold."""
    a = np.array([1, 0, 3, 2, 1, 0, 2, 3, 1, 1, 2][:count], np.float32)
    np_type = h.tensor_dtype_to_np_dtype(dtype)
    if dtype in (T.UINT4, T.INT4, T.UINT2, T.INT2):
        low = 0 if dtype in (T.UINT4, T.UINT2) else (-8 if dtype == T.INT4 else -2)
        return (a + low).astype(np.int8).astype(np_type)
    if np.dtype(np_type).kind in "iu":
        return np.array([np.iinfo(np_type).min, np.iinfo(np_type).max, 5, 100, 1, 0, 7][:count], np_type)
    if np.dtype(np_type).kind == "c":
        return (a - 1.5j).astype(np_type)
    if np_type == np.bool_:
        return a.astype(bool)
    return (a * (1 if dtype in SMALL else -1.25)).astype(np_type)


def raw(dtype):
    return nh.from_array(numbers(dtype, 5).reshape(5, 1), "raw")


def fields(dtype):
    values = numbers(dtype, 7)
    if dtype in (T.COMPLEX64, T.COMPLEX128):
        return h.make_tensor("fields", dtype, [7], values.tolist())
    if dtype in SMALL or dtype in (T.FLOAT16, T.BFLOAT16):
        return h.make_tensor("fields", dtype, [7], values.astype(np.float32))
    return h.make_tensor("fields", dtype, [7], values.tolist())


def unpacked():
    """float_data and int32_data one by one, as writers of protobuf 2 do: floats [2], int8 in a sequence."""
    floats = b"\x08\x02\x10\x01" + b"\x25\0\0\x80\x3f" + b"\x25\0\0\0\xc0"
    int8s = b"\x08\x02\x10\x03" + b"\x28\x05" + b"\x28" + b"\xfd" + b"\xff" * 8 + b"\x01"
    return b"".join(b"\x1a" + bytes([len(m)]) + m for m in (floats, int8s))


def sparse(values, indices, dims):
    s = onnx.SparseTensorProto(dims=dims)
    s.values.CopyFrom(values)
    s.indices.CopyFrom(nh.from_array(np.array(indices, np.int64)))
    return s


def sequence(**kw):
    return onnx.SequenceProto(**kw)


def seeds():
    strings = nh.from_array(np.array([["a", ""], ["grün", "x y"]], dtype=object), "words")
    yield "raw", SEQUENCE, sequence(elem_type=1, tensor_values=[raw(d) for d in NUMERIC])
    yield "fields", SEQUENCE, sequence(elem_type=1, tensor_values=[fields(d) for d in NUMERIC])
    yield "strings", TENSOR, strings
    yield "scalar", TENSOR, nh.from_array(np.array(7, np.int64))
    yield "empty", TENSOR, nh.from_array(np.zeros((0, 3), np.float16))
    table = sparse(h.make_tensor("s", T.FLOAT, [2], [1.5, -2.0]), [[0, 1], [2, 0]], [3, 2])
    linear = sparse(nh.from_array(numbers(T.INT4, 3)), [0, 3, 4], [5])
    yield "sparse", SPARSE, table
    yield "sparse_items", SEQUENCE, sequence(elem_type=2, sparse_tensor_values=[table, linear])
    yield "nothing", OPTIONAL, onnx.OptionalProto(elem_type=0)
    inner = sequence(elem_type=1, tensor_values=[strings, nh.from_array(np.arange(3, dtype=np.uint8))])
    some = onnx.OptionalProto(elem_type=3)
    some.sequence_value.CopyFrom(inner)
    yield "optional", OPTIONAL, some
    yield "optionals", SEQUENCE, sequence(elem_type=5, optional_values=[some, onnx.OptionalProto()])
    yield "unpacked", SEQUENCE, unpacked()
    external = T(data_type=T.FLOAT, dims=[2], name="w", data_location=T.EXTERNAL)
    for key, value in (("location", "weights.bin"), ("offset", "4"), ("length", "8")):
        external.external_data.add(key=key, value=value)
    yield "external", TENSOR, external


# ---------------------------------------------------------------- what the reference reads


def element_bytes(array):
    """Elements below a byte take one each, int4 and int2 with their sign."""
    if array.dtype in (ml_dtypes.int4, ml_dtypes.int2):
        array = array.astype(np.int8)
    return array.tobytes().hex(" ", array.dtype.itemsize)


def tensor_text(t, indent):
    name = h.tensor_dtype_to_string(t.data_type).split(".")[1].lower()
    head = f"{indent}tensor {name} [{','.join(map(str, t.dims))}]"
    if t.data_type == T.STRING:
        return head + "".join(" " + b.hex() for b in t.string_data) + "\n"
    if t.data_location == T.EXTERNAL:
        return head + " 0000803f 00000040\n"  # what the test's file holds there: 1, 2
    return (head + " " + element_bytes(nh.to_array(t))).rstrip() + "\n"


def sparse_text(s, indent):
    dense = np.zeros(s.dims, nh.to_array(s.values).dtype)
    values, indices = nh.to_array(s.values), nh.to_array(s.indices)
    for v, i in zip(values, indices):
        dense[tuple(i) if indices.ndim == 2 else np.unravel_index(i, dense.shape)] = v
    return tensor_text(nh.from_array(dense), indent)


def sequence_text(s, indent):
    inside = indent + "  "
    parts = [tensor_text(t, inside) for t in s.tensor_values] + [sparse_text(t, inside) for t in s.sparse_tensor_values]
    parts += [sequence_text(t, inside) for t in s.sequence_values] + [optional_text(t, inside) for t in s.optional_values]
    return f"{indent}sequence {len(parts)}\n" + "".join(parts)


def optional_text(o, indent):
    inside = indent + "  "
    if o.HasField("sequence_value"):
        return f"{indent}optional 1\n" + sequence_text(o.sequence_value, inside)
    return f"{indent}optional 0\n"


def text(kind, message):
    proto, write = {TENSOR: (T, tensor_text), SPARSE: (onnx.SparseTensorProto, sparse_text),
                    SEQUENCE: (onnx.SequenceProto, sequence_text), OPTIONAL: (onnx.OptionalProto, optional_text)}[kind]
    return write(proto.FromString(message), "")


def small_floats():
    writer = Writer("codec_small_floats", f"ml_dtypes {ml_dtypes.__version__}")
    for dtype, (name, bits) in SMALL.items():
        values = np.arange(1 << bits, dtype=np.uint8).view(getattr(ml_dtypes, name)).astype(np.float32)
        writer.array("uint32_t", f"small_{int(dtype)}", (int(v) for v in values.view(np.uint32)))
    writer.close()


def main():
    SEEDS.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, kind, message in seeds():
        data = message if isinstance(message, bytes) else message.SerializeToString()
        (SEEDS / name).write_bytes(bytes([kind]) + data)
        lines.append(f"value {name}\n" + text(kind, data))
    (ROOT / "tests/golden/codec/onnx_values.txt").write_text("".join(lines))
    small_floats()


main()
