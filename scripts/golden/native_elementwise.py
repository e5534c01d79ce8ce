#!/usr/bin/env python3
"""Makes tests/golden/native/elementwise.bin: cases of element-wise operators beyond ONNX's own (every element type, edges of
ranges, older versions, com.microsoft), for tests/ops/node_cases.c; the file's layout is told in scripts/node_cases.py.

    scripts/setup test && PYTHONPATH=build/deps/python python3 scripts/golden/native_elementwise.py

What is wanted is computed here with numpy in float64 and rounded once to the element type (ml_dtypes), not by an engine.
Tolerances: two units in the last place of float32 and float64 where the operator is no basic arithmetic, one of float16 and
bfloat16; integers and what is exact are equal. Functions near their zeros get the absolute part."""
import math
import pathlib
import struct
import warnings

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

ROOT = pathlib.Path(__file__).resolve().parents[2]
warnings.simplefilter("ignore")
rng = np.random.default_rng(7)
np_type = h.tensor_dtype_to_np_dtype

FLOATS = [T.FLOAT16, T.BFLOAT16, T.FLOAT, T.DOUBLE]
INTS = [T.INT8, T.INT16, T.INT32, T.INT64, T.UINT8, T.UINT16, T.UINT32, T.UINT64]
SMALL = [T.FLOAT8E4M3FN, T.FLOAT8E4M3FNUZ, T.FLOAT8E5M2, T.FLOAT8E5M2FNUZ, T.FLOAT4E2M1, T.FLOAT6E2M3, T.FLOAT6E3M2]
TINY_INTS = [T.INT4, T.UINT4, T.INT2, T.UINT2]
RELATIVE = {T.FLOAT16: 1e-3, T.BFLOAT16: 8e-3, T.FLOAT: 6e-7, T.DOUBLE: 1e-15}
NAMES = {v: k.lower() for k, v in T.DataType.items()}
cases = []


def blob(data):
    return struct.pack("<I", len(data)) + data


def add(name, nodes, inputs, wanted, relative=0.0, absolute=0.0, opset=28, initializers=()):
    """inputs, wanted: {name: (array, element type)}."""
    def infos(values):
        return [h.make_tensor_value_info(k, t, list(v.shape)) for k, (v, t) in values.items()]

    def stored(values):
        out = []
        for k, (v, t) in values.items():
            p = h.make_tensor(k, t, v.shape, [str(s).encode() for s in v.ravel()]) if t == T.STRING else nh.from_array(v, k)
            assert p.data_type == t, (name, k, p.data_type, t)
            out.append(p.SerializeToString())
        return out

    graph = h.make_graph(nodes, "g", infos(inputs), infos(wanted), list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset), h.make_opsetid("com.microsoft", 1)], ir_version=10)
    ins, outs = stored(inputs), stored(wanted)
    cases.append(blob(name.encode()) + blob(b"node") + blob(nodes[0].op_type.encode()) + blob(nodes[0].domain.encode())
                 + struct.pack("<dd", relative, absolute) + blob(model.SerializeToString()) + struct.pack("<I", 1)
                 + struct.pack("<II", len(ins), len(outs)) + b"".join(map(blob, ins + outs)))


def rounded(values, dtype):
    """float64 to the element type, rounded once: ml_dtypes goes by way of float32, so that is rounded to odd."""
    v = np.asarray(values, np.float64)
    t = np_type(dtype)
    if dtype in (T.DOUBLE, T.FLOAT, T.FLOAT16):
        return v.astype(t)
    f = v.astype(np.float32)
    bits = f.view(np.uint32)
    odd = np.where(np.abs(f.astype(np.float64)) > np.abs(v), bits - 1, bits) | 1
    exact = (f.astype(np.float64) == v) | np.isnan(v)
    return np.where(exact, bits, odd).astype(np.uint32).view(np.float32).astype(t)


def exact(values, dtype):
    return np.asarray(values).astype(np_type(dtype))


# ---- functions of one number ----
erf = np.vectorize(math.erf)


def softplus(x):
    return np.where(x > 0, x + np.log1p(np.exp(-np.abs(x))), np.log1p(np.exp(np.minimum(x, 0))))


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e / (1 + e), 1 / (1 + e)) + 0 * np.where(np.isnan(x), x, 0)


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def f32(v):
    return float(np.float32(v))


FUNCTIONS = [  # operator, attributes, function, least and greatest x (elsewhere results leave float16's range)
    ("Abs", {}, np.abs, -9, 9), ("Acos", {}, np.arccos, -1, 1), ("Acosh", {}, np.arccosh, 1, 99), ("Asin", {}, np.arcsin, -1, 1),
    ("Asinh", {}, np.arcsinh, -99, 99), ("Atan", {}, np.arctan, -99, 99), ("Atanh", {}, np.arctanh, -0.99, 0.99),
    ("Ceil", {}, np.ceil, -9, 9), ("Celu", {"alpha": 2.0}, lambda x: np.where(x < 0, 2 * np.expm1(x / 2), x), -9, 9),
    ("Cos", {}, np.cos, -99, 99), ("Cosh", {}, np.cosh, -9, 9),
    ("Elu", {"alpha": 1.5}, lambda x: np.where(x < 0, 1.5 * np.expm1(x), x), -9, 9), ("Erf", {}, erf, -4, 4),
    ("Exp", {}, np.exp, -9, 9), ("Floor", {}, np.floor, -9, 9), ("Gelu", {}, lambda x: x / 2 * (1 + erf(x / math.sqrt(2))), -3, 9),
    ("Gelu", {"approximate": "tanh"}, gelu_tanh, -3, 9),
    ("HardSigmoid", {"alpha": 0.25, "beta": 0.5}, lambda x: np.clip(x * 0.25 + 0.5, 0, 1), -9, 9),
    ("HardSwish", {}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1), -9, 9),
    ("LeakyRelu", {"alpha": 0.25}, lambda x: np.where(x < 0, 0.25 * x, x), -9, 9), ("Log", {}, np.log, 0.01, 99),
    ("Mish", {}, lambda x: x * np.tanh(softplus(x)), -9, 9), ("Neg", {}, np.negative, -9, 9),
    ("Reciprocal", {}, np.reciprocal, 0.1, 9), ("Relu", {}, lambda x: np.maximum(x, 0), -9, 9), ("Round", {}, np.rint, -9, 9),
    ("Selu", {}, lambda x: np.where(x < 0, f32(1.0507009873554805) * f32(1.6732632423543772) * np.expm1(x), f32(1.0507009873554805) * x),
     -9, 9),
    ("Shrink", {"lambd": 1.5, "bias": 0.25}, lambda x: np.where(x < -1.5, x + 0.25, np.where(x > 1.5, x - 0.25, 0)), -9, 9),
    ("Sigmoid", {}, sigmoid, -9, 9), ("Sign", {}, np.sign, -9, 9), ("Sin", {}, np.sin, -99, 99), ("Sinh", {}, np.sinh, -9, 9),
    ("Softplus", {}, softplus, -9, 9), ("Softsign", {}, lambda x: x / (1 + np.abs(x)), -9, 9), ("Sqrt", {}, np.sqrt, 0, 99),
    ("Swish", {"alpha": 1.5}, lambda x: x * sigmoid(1.5 * x), -9, 9), ("Tan", {}, np.tan, -1.5, 1.5), ("Tanh", {}, np.tanh, -9, 9),
    ("ThresholdedRelu", {"alpha": 1.25}, lambda x: np.where(x > 1.25, x, 0), -9, 9),
]
EXACT_FUNCTIONS = {"Abs", "Ceil", "Floor", "LeakyRelu", "Neg", "Relu", "Round", "Sign", "ThresholdedRelu"}


def functions():
    for dtype in FLOATS:
        nodes, inputs, wanted = [], {}, {}
        for i, (op, attributes, f, low, high) in enumerate(FUNCTIONS):
            x = rounded(np.concatenate([[low, high], rng.uniform(low, high, 12)]), dtype)
            x = np.clip(x, exact(low, dtype), exact(high, dtype)).astype(np_type(dtype))
            key = f"x{low}_{high}"
            x = inputs.setdefault(key, (x, dtype))[0]
            nodes.append(h.make_node(op, [key], [f"y{i}"], **attributes))
            wanted[f"y{i}"] = (rounded(f(x.astype(np.float64)), dtype), dtype)
        add(f"functions_{NAMES[dtype]}", nodes, inputs, wanted, RELATIVE[dtype], 1e-6 if dtype == T.FLOAT else RELATIVE[dtype] / 4)
        specials = exact([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 1.5, 2.5, -2.5, 88, -104], dtype)
        nodes, wanted = [], {}
        for i, (op, attributes, f, _, _) in enumerate(FUNCTIONS):
            if op in ("Swish", "Gelu", "HardSwish", "Mish", "Softsign", "Celu"):
                continue  # 0 times infinity: each formula has its own opinion
            nodes.append(h.make_node(op, ["x"], [f"y{i}"], **attributes))
            wanted[f"y{i}"] = (rounded(f(specials.astype(np.float64)), dtype), dtype)
            if op in ("HardSigmoid", "Softplus", "Sigmoid", "Selu", "Relu"):  # numpy's clip and exp(nan) agree: NaN stays
                assert np.isnan(wanted[f"y{i}"][0][4])
        x64 = specials.astype(np.float64)
        for name, attributes, y in (("IsNaN", {}, np.isnan(x64)), ("IsInf", {}, np.isinf(x64)),
                                    ("IsInf", {"detect_negative": 0}, np.isposinf(x64)),
                                    ("IsInf", {"detect_positive": 0}, np.isneginf(x64))):
            nodes.append(h.make_node(name, ["x"], [f"b{len(nodes)}"], **attributes))
            wanted[f"b{len(nodes) - 1}"] = (y, T.BOOL)
        add(f"functions_specials_{NAMES[dtype]}", nodes, {"x": (specials, dtype)}, wanted, RELATIVE[dtype], 1e-37)
    for dtype in SMALL[:4]:
        x = exact([0, 1, -2, np.inf, -np.inf, np.nan], dtype)
        v = x.astype(np.float64)
        add(f"tests_{NAMES[dtype]}", [h.make_node("IsNaN", ["x"], ["n"]), h.make_node("IsInf", ["x"], ["i"])], {"x": (x, dtype)},
            {"n": (np.isnan(v), T.BOOL), "i": (np.isinf(v), T.BOOL)})


def edge_integers(dtype):
    t = np_type(dtype)
    low, high = np.iinfo(t).min, np.iinfo(t).max
    return np.array([low, low + 1, 0, 1, 2, 3, 7, high - 1, high, high // 3, 5, 100], t)


def integer_functions():
    for dtype in INTS:
        x = edge_integers(dtype)
        t = np_type(dtype)
        is_signed = np.iinfo(t).min < 0
        wanted = {"not": (~x, dtype)}
        nodes = [h.make_node("BitwiseNot", ["x"], ["not"])]
        wanted.update({"abs": (np.abs(x), dtype), "sign": (np.sign(x), dtype)})
        nodes += [h.make_node("Abs", ["x"], ["abs"]), h.make_node("Sign", ["x"], ["sign"])]
        if is_signed:
            wanted.update({"neg": (-x, dtype), "relu": (np.maximum(x, exact(0, dtype)), dtype)})
            nodes += [h.make_node("Neg", ["x"], ["neg"]), h.make_node("Relu", ["x"], ["relu"])]
        add(f"functions_{NAMES[dtype]}", nodes, {"x": (x, dtype)}, wanted)
        add(f"shrink_{NAMES[dtype]}", [h.make_node("Shrink", ["x"], ["y"], lambd=2.0, bias=1.0)],
            {"x": (exact([0, 1, 2, 3, 50, 100], dtype), dtype)}, {"y": (exact([0, 0, 0, 2, 49, 99], dtype), dtype)})


# ---- two and more operands ----
SHAPES = [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (4,)), ((3, 1), (1, 4)), ((2, 1, 4), (3, 1)), ((), (3,)), ((0, 3), (1, 3)), ((1,), ())]


def operands(dtype, shape, low=None):
    t = np_type(dtype)
    n = int(np.prod(shape))
    if dtype in INTS:
        pool = np.concatenate([edge_integers(dtype), rng.integers(1, 100, 24).astype(t)])
        return rng.permutation(np.resize(pool, max(n, 24)))[:n].reshape(shape)
    return rounded(rng.uniform(-4 if low is None else low, 4, n).reshape(shape), dtype)


def truncated(a, b):
    """C's division, wrapping, 0 for a division by 0."""
    bits = 8 * a.dtype.itemsize
    out = []
    for x, y in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True):
        q = 0 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        q &= (1 << bits) - 1
        out.append(q - (1 << bits) if q >> (bits - 1) and a.dtype.kind == "i" else q)
    return np.array(out, a.dtype).reshape(a.shape)


def pairs():
    for dtype in FLOATS + INTS:
        for s, (sa, sb) in enumerate(SHAPES):
            if s not in (1, 3) and dtype not in (T.FLOAT, T.FLOAT16, T.INT64):
                continue
            a, b = operands(dtype, sa), operands(dtype, sb)
            if dtype in FLOATS and s == 1:
                b = exact([np.nan, np.inf, -0.0, 1], dtype)
            p, q = np.broadcast_arrays(a, b)
            is_float = dtype in FLOATS
            x, y = (p.astype(np.float64), q.astype(np.float64)) if is_float else (p, q)
            made = {"Add": x + y, "Sub": x - y, "Mul": x * y, "Max": np.maximum(x, y), "Min": np.minimum(x, y)}
            made["Div"] = x / y if is_float else truncated(x, y)
            if not is_float:
                made.update({"BitwiseAnd": x & y, "BitwiseOr": x | y, "BitwiseXor": x ^ y})
                safe = np.where(y == 0, 1, y).astype(y.dtype)
                made["Mod"] = np.where(y == 0, 0, np.mod(x, safe)).astype(y.dtype)
            wanted = {k: ((rounded(v, dtype) if is_float else v), dtype) for k, v in made.items()}
            truths = {"Equal": x == y, "Less": x < y, "LessOrEqual": x <= y, "Greater": x > y, "GreaterOrEqual": x >= y}
            wanted.update({k: (v, T.BOOL) for k, v in truths.items()})
            nodes = [h.make_node(k, ["a", "b"], [k]) for k in wanted]
            nodes.append(h.make_node("Where", ["Less", "b", "a"], ["where"]))
            wanted["where"] = (np.where(truths["Less"], q, p), dtype)
            add(f"pairs_{NAMES[dtype]}_{s}", nodes, {"a": (a, dtype), "b": (b, dtype)}, wanted, RELATIVE[dtype] / 8 if is_float else 0)


def variadic():
    for dtype in FLOATS + [T.INT32, T.INT8, T.UINT64]:
        shapes = [(2, 3), (3,), (2, 1), (), (1, 2, 3)]
        values = [operands(dtype, s) for s in shapes]
        if dtype not in FLOATS:
            values = [v // 8 for v in values]
        spread = [v.astype(np.float64) if dtype in FLOATS else v for v in np.broadcast_arrays(*values)]
        names = [f"i{k}" for k in range(5)]
        wanted = {"max": np.maximum.reduce(spread), "min": np.minimum.reduce(spread)}
        nodes = [h.make_node("Max", names, ["max"]), h.make_node("Min", names, ["min"])]
        if dtype in FLOATS:
            wanted.update({"sum": sum(spread), "mean": sum(spread) / 5, "mean2": (spread[0] + spread[1])[0] / 2, "same": spread[0][0]})
            nodes += [h.make_node("Sum", names, ["sum"]), h.make_node("Mean", names, ["mean"]), h.make_node("Mean", names[:2], ["mean2"]),
                      h.make_node("Sum", names[:1], ["same"])]
        made = {k: ((rounded(v, dtype) if dtype in FLOATS else v), dtype) for k, v in wanted.items()}
        add(f"variadic_{NAMES[dtype]}", nodes, {n: (v, dtype) for n, v in zip(names, values, strict=True)}, made,
            RELATIVE.get(dtype, 0), RELATIVE.get(dtype, 0))


def powers():
    for dtype in FLOATS:
        a, b = operands(dtype, (3, 4), 0.1), operands(dtype, (4,))
        made = {"pow": (rounded(a.astype(np.float64) ** b.astype(np.float64), dtype), dtype)}
        nodes = [h.make_node("Pow", ["a", "b"], ["pow"])]
        initializers = []
        for e in (2, 3, 0.5, -1, 0):
            made[f"p{e}"] = (rounded(a.astype(np.float64) ** e, dtype), dtype)
            initializers.append(nh.from_array(np.array(e, np.float32), f"e{e}"))
            nodes.append(h.make_node("Pow", ["a", f"e{e}"], [f"p{e}"]))
        add(f"pow_{NAMES[dtype]}", nodes, {"a": (a, dtype), "b": (b, dtype)}, made, RELATIVE[dtype] * 4, initializers=initializers)
    a = np.array([-3, -2, -1, 0, 1, 2, 3, 10, 46341, -46341], np.int32)
    e = np.array([0, 1, 2, 3, 5, 31, 33], np.int64)
    wrapped = [[(int(x) ** int(k) + (1 << 31)) % (1 << 32) - (1 << 31) for k in e] for x in a]
    add("pow_int32_int64", [h.make_node("Pow", ["a", "b"], ["y"])], {"a": (a[:, None], T.INT32), "b": (e, T.INT64)},
        {"y": (np.array(wrapped, np.int32), T.INT32)})
    a = np.array([1, -1, 2, -2, 1], np.int64)
    add("pow_negative", [h.make_node("Pow", ["a", "b"], ["y"])], {"a": (a, T.INT64), "b": (np.array([-3, -3, -1, -2, -2], np.int64), T.INT64)},
        {"y": (np.array([1, -1, 0, 0, 1], np.int64), T.INT64)})
    add("pow_int64_double", [h.make_node("Pow", ["a", "b"], ["y"])],
        {"a": (np.array([4, 9, 2], np.int64), T.INT64), "b": (np.array([0.5, 1.5, 10]), T.DOUBLE)},
        {"y": (np.array([2, 27, 1024], np.int64), T.INT64)})


def remainders():
    a = np.array([7, -7, 7, -7, 5.5, -5.5, np.inf, 3, 3, -3, 0.0, -0.0, np.nan, 3], np.float64)
    b = np.array([3, 3, -3, -3, 2, 2, 2, np.inf, -np.inf, np.inf, -2, 2, 1, 0], np.float64)
    for dtype in FLOATS:
        x, y = exact(a, dtype), exact(b, dtype)
        add(f"mod_{NAMES[dtype]}", [h.make_node("Mod", ["a", "b"], ["p"]), h.make_node("Mod", ["a", "b"], ["c"], fmod=1)],
            {"a": (x, dtype), "b": (y, dtype)}, {"p": (exact(np.mod(a, b), dtype), dtype), "c": (exact(np.fmod(a, b), dtype), dtype)})
    for dtype in INTS:
        x = edge_integers(dtype)
        y = np.full_like(x, 3)
        if np.iinfo(x.dtype).min < 0:
            y[::2] = -3
        add(f"fmod_{NAMES[dtype]}", [h.make_node("Mod", ["a", "b"], ["y"], fmod=1)], {"a": (x, dtype), "b": (y, dtype)},
            {"y": (np.fmod(x, y), dtype)})


def shifts():
    for dtype in INTS:
        t = np_type(dtype)
        bits = 8 * t.itemsize
        x = edge_integers(dtype)[:, None]
        by = np.array([0, 1, 3, bits - 1, bits, 100], t)[None]
        left, right = np.zeros((2, *np.broadcast(x, by).shape), t)
        for i, v in enumerate(x.ravel().tolist()):
            for k, s in enumerate(by.ravel().tolist()):
                shifted = 0 if s >= bits else v << s & (1 << bits) - 1
                left[i, k] = np.array(shifted, f"u{t.itemsize}").astype(t)
                right[i, k] = v >> min(s, 64)
        add(f"shift_{NAMES[dtype]}", [h.make_node("BitShift", ["x", "n"], ["l"], direction="LEFT"),
                                      h.make_node("BitShift", ["x", "n"], ["r"], direction="RIGHT")],
            {"x": (x, dtype), "n": (by, dtype)}, {"l": (left, dtype), "r": (right, dtype)})


def clips():
    for dtype in FLOATS + INTS:
        x = exact([0, 1, 2, 3, 50, 100], dtype) if dtype in INTS else exact([-9, -1, 0, 1, 9, np.nan, np.inf, -np.inf], dtype)
        low, high = exact(2, dtype) if dtype in INTS else exact(-1.5, dtype), exact(60, dtype)
        v = x.astype(np.float64)
        nodes = [h.make_node("Clip", ["x", "low", "high"], ["both"]), h.make_node("Clip", ["x", "low"], ["lower"]),
                 h.make_node("Clip", ["x", "", "high"], ["upper"]), h.make_node("Clip", ["x"], ["none"]),
                 h.make_node("Clip", ["x", "high", "low"], ["crossed"]), h.make_node("Clip", ["x", "klow", "khigh"], ["constant"])]
        both = np.minimum(np.maximum(v, float(low)), float(high))
        wanted = {"both": both, "lower": np.maximum(v, float(low)), "upper": np.minimum(v, float(high)), "none": v,
                  "crossed": np.minimum(np.maximum(v, float(high)), float(low)), "constant": both}
        add(f"clip_{NAMES[dtype]}", nodes, {"x": (x, dtype), "low": (low, dtype), "high": (high, dtype)},
            {k: (exact(y, dtype), dtype) for k, y in wanted.items()},
            initializers=[nh.from_array(low, "klow"), nh.from_array(high, "khigh")])
    x = np.array([-9, 0, 9, np.nan], np.float32)
    for dtype in (T.FLOAT16, T.FLOAT, T.DOUBLE):
        add(f"clip_6_{NAMES[dtype]}", [h.make_node("Clip", ["x"], ["y"], min=-1.0, max=2.0), h.make_node("Clip", ["x"], ["z"], max=2.0)],
            {"x": (exact(x, dtype), dtype)}, {"y": (exact([-1, 0, 2, np.nan], dtype), dtype), "z": (exact([-9, 0, 2, np.nan], dtype), dtype)},
            opset=6)


def older():
    a, b = operands(T.FLOAT, (2, 3, 4, 5)), operands(T.FLOAT, (3, 4))
    add("add_6_axis", [h.make_node("Add", ["a", "b"], ["y"], broadcast=1, axis=1), h.make_node("Mul", ["a", "b"], ["z"], broadcast=1, axis=1)],
        {"a": (a, T.FLOAT), "b": (b, T.FLOAT)}, {"y": (a + b[:, :, None], T.FLOAT), "z": (a * b[:, :, None], T.FLOAT)}, opset=6)
    i, k = operands(T.INT32, (2, 3, 4)), operands(T.INT32, (2,))
    add("sub_6_axis_int", [h.make_node("Sub", ["a", "b"], ["y"], broadcast=1, axis=0)], {"a": (i, T.INT32), "b": (k, T.INT32)},
        {"y": (i - k[:, None, None], T.INT32)}, opset=6)
    slope = operands(T.FLOAT, (3,))
    add("prelu_6", [h.make_node("PRelu", ["a", "s"], ["y"])], {"a": (a, T.FLOAT), "s": (slope, T.FLOAT)},
        {"y": (np.where(a < 0, a * slope[:, None, None], a), T.FLOAT)}, opset=6)
    for dtype in FLOATS + [T.INT32, T.INT64, T.UINT32, T.UINT64]:
        x = exact([-2, -1, 0, 3], dtype) if dtype not in (T.UINT32, T.UINT64) else exact([2, 1, 0, 3], dtype)
        s = exact([[2], [3]], dtype)
        add(f"prelu_{NAMES[dtype]}", [h.make_node("PRelu", ["x", "s"], ["y"])], {"x": (np.stack([x, x]), dtype), "s": (s, dtype)},
            {"y": (np.where(np.stack([x, x]) < 0, np.stack([x, x]) * s, np.stack([x, x])).astype(np_type(dtype)), dtype)})
    a = a[0, 0]
    for opset in (6, 7, 10, 12, 13, 22):
        mask = T.FLOAT if opset < 10 else T.BOOL
        add(f"dropout_{opset}", [h.make_node("Dropout", ["a"], ["y", "m"])], {"a": (a, T.FLOAT)},
            {"y": (a, T.FLOAT), "m": (np.ones(a.shape, np_type(mask)), mask)}, opset=opset)
    t, f = np.array([True, False, True]), np.array([False, False, True])
    add("logic_6", [h.make_node(op, ["a", "b"], [op]) for op in ("And", "Or", "Xor")] + [h.make_node("Not", ["a"], ["Not"])],
        {"a": (t, T.BOOL), "b": (f, T.BOOL)}, {"And": (t & f, T.BOOL), "Or": (t | f, T.BOOL), "Xor": (t ^ f, T.BOOL), "Not": (~t, T.BOOL)},
        opset=6)


def wheres():
    c = np.array([[True], [False], [True]])
    for dtype in FLOATS + INTS + [T.BOOL, T.COMPLEX64, T.COMPLEX128]:
        x = np.array([0, 1, 1, 0], np.float64).astype(np_type(dtype)) if dtype == T.BOOL else exact([1, 2, 3, 4], dtype)
        y = exact([[0], [1], [1]], dtype)
        add(f"where_{NAMES[dtype]}", [h.make_node("Where", ["c", "x", "y"], ["z"])], {"c": (c, T.BOOL), "x": (x, dtype), "y": (y, dtype)},
            {"z": (np.where(c, x, y), dtype)})
    x, y = np.array(["a", "bc", ""]), np.array([["x"], ["bc"], [""]])
    add("text", [h.make_node("Equal", ["x", "y"], ["e"]), h.make_node("Where", ["c", "x", "y"], ["w"])],
        {"c": (c, T.BOOL), "x": (x, T.STRING), "y": (y, T.STRING)}, {"e": (x == y, T.BOOL), "w": (np.where(c, x, y), T.STRING)})


# ---- casts ----
def floats_of(dtype):
    if dtype in SMALL or dtype == T.FLOAT8E8M0:
        return None
    values = [0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3.49, 65504, 65519, 65520, -65536, 1e-7, 6e-8, -5.9e-5, 2.5e-8, 0.0078124, 240, 248, 448,
              464, 465, 57344, 61439, 61440, 5, 5.001, 7, 7.5, 28, 29.9, 3.0e38, 1 + 2**-9, 1 + 2**-8, 1 + 2**-11, 1 + 2**-12 + 2**-40,
              np.inf, -np.inf, np.nan]
    return exact(values, dtype)


def saturating(values, dtype):
    """The operator's table: beyond the range is the largest number, NaN is NaN."""
    v = np.asarray(values, np.float64)
    largest = float(ml_dtypes.finfo(np_type(dtype)).max)
    return rounded(np.where(np.isnan(v), v, np.clip(v, -largest, largest)), dtype)


def to_float(values, dtype):
    return saturating(values, dtype) if dtype in SMALL else rounded(values, dtype)


def from_floats():
    for source in FLOATS:
        x = floats_of(source)
        v = x.astype(np.float64)
        targets = [t for t in FLOATS + SMALL if t != source]
        nodes = [h.make_node("Cast", ["x"], [f"y{t}"], to=t) for t in targets]
        wanted = {f"y{t}": (to_float(v, t), t) for t in targets}
        nodes.append(h.make_node("Cast", ["x"], ["b"], to=T.BOOL))
        wanted["b"] = (v != 0, T.BOOL)
        for t in SMALL[:4]:
            nodes.append(h.make_node("Cast", ["x"], [f"n{t}"], to=t, saturate=0))
            wanted[f"n{t}"] = (rounded(v, t), t)
        add(f"cast_{NAMES[source]}", nodes, {"x": (x, source)}, wanted)
        y = exact([0, 0.5, 0.99, 1, 1.9, 2.5, 100, 101.7, -0.5], source)
        negative = exact([-1, -1.9, -100.5], source)
        targets = INTS + TINY_INTS
        bits = {T.INT4: 4, T.UINT4: 4, T.INT2: 2, T.UINT2: 2}

        def whole(values, t):
            z = np.trunc(values.astype(np.float64)).astype(np.int64)
            if t in bits:
                z &= (1 << bits[t]) - 1
                z = np.where((z >> (bits[t] - 1) > 0) & (t in (T.INT4, T.INT2)), z - (1 << bits[t]), z)
                return z.astype(np.int8).astype(np_type(t))
            return z.astype(np_type(t))

        nodes = [h.make_node("Cast", [s], [f"{s}{t}"], to=t) for t in targets for s in ("p", "n")]
        add(f"cast_{NAMES[source]}_integers", nodes, {"p": (y, source), "n": (negative, source)},
            {f"{s}{t}": (whole(z, t), t) for t in targets for s, z in (("p", y), ("n", negative))})


def from_integers():
    for source in INTS + TINY_INTS + [T.BOOL]:
        if source in INTS:
            x = edge_integers(source)
        elif source == T.BOOL:
            x = np.array([True, False])
        else:
            x = np.arange(-8 if source == T.INT4 else -2 if source == T.INT2 else 0, 16 if source == T.UINT4 else 8 if source == T.INT4 else
                          4 if source == T.UINT2 else 2).astype(np.int8).astype(np_type(source))
        wide = x.astype(np.uint64 if source == T.UINT64 else np.int8 if source in TINY_INTS else x.dtype)
        numbers = [int(i) for i in wide]
        targets = [t for t in INTS if t != source]
        nodes = [h.make_node("Cast", ["x"], [f"y{t}"], to=t) for t in targets]
        wanted = {f"y{t}": (np.array([i & (1 << 8 * np_type(t).itemsize) - 1 for i in numbers], f"u{np_type(t).itemsize}").astype(np_type(t)), t)
                  for t in targets}
        for t in FLOATS + SMALL:
            nodes.append(h.make_node("Cast", ["x"], [f"y{t}"], to=t))
            wanted[f"y{t}"] = (correct(numbers, t), t)
        if source != T.BOOL:
            nodes.append(h.make_node("Cast", ["x"], ["b"], to=T.BOOL))
            wanted["b"] = (np.array([i != 0 for i in numbers]), T.BOOL)
        add(f"cast_{NAMES[source]}", nodes, {"x": (x, source)}, wanted)
    ties = [2**24 + 1, 2**24 + 3, 2**53 + 1, 2**62 + 2**38, 2**62 + 2**38 + 1, 2**62 + 2**54, 2**62 + 2**54 + 1, -(2**62) - 2**38 - 1]
    add("cast_int64_ties", [h.make_node("Cast", ["x"], [f"y{t}"], to=t) for t in FLOATS], {"x": (np.array(ties, np.int64), T.INT64)},
        {f"y{t}": (correct(ties, t), t) for t in FLOATS})


def correct(numbers, dtype):
    """Integers to a float type, rounded once: Python's int to float is correct, and narrower types get a sticky bit."""
    if dtype == T.DOUBLE:
        return np.array([float(i) for i in numbers])
    if dtype == T.FLOAT:
        return np.array([sticky(i, 24) for i in numbers]).astype(np.float32)
    return to_float(np.array([sticky(i, 11) for i in numbers]), dtype)


def sticky(i, precision):
    """A float64 that rounds to `precision` bits as i does."""
    drop = max(abs(i).bit_length() - precision - 20, 0)
    kept = abs(i) >> drop << drop
    if drop and kept != abs(i):
        kept |= 1 << drop
    return float(kept) * (1 if i >= 0 else -1)


def from_small():
    for source in SMALL:
        bits = {T.FLOAT4E2M1: 4, T.FLOAT6E2M3: 6, T.FLOAT6E3M2: 6}.get(source, 8)
        x = np.arange(1 << bits).astype(np.uint8).view(np_type(source))
        v = x.astype(np.float64)
        targets = [T.FLOAT16, T.BFLOAT16, T.FLOAT, T.DOUBLE]
        add(f"cast_{NAMES[source]}", [h.make_node("Cast", ["x"], [f"y{t}"], to=t) for t in targets], {"x": (x, source)},
            {f"y{t}": (rounded(v, t), t) for t in targets})
    x = np.array([1, 64, 126, 127, 128, 200, 254, 255], np.uint8).view(np_type(T.FLOAT8E8M0))
    add("cast_e8m0", [h.make_node("Cast", ["x"], ["y"], to=T.FLOAT), h.make_node("Cast", ["x"], ["z"], to=T.DOUBLE)],
        {"x": (x, T.FLOAT8E8M0)}, {"y": (x.astype(np.float32), T.FLOAT), "z": (x.astype(np.float64), T.DOUBLE)})
    v = np.array([1, 1.01, 1.49, 1.5, 1.99, 2, 3, 0.75, 2.0**-126, 3e38, np.nan], np.float32)

    def code(up):
        e = np.where(np.isnan(v), 0, np.floor(np.log2(np.where(np.isnan(v), 1, v.astype(np.float64)))))
        e = e + up(v.astype(np.float64) / 2.0**e)
        return np.where(np.isnan(v), 255, np.minimum(e + 127, 254)).astype(np.uint8).view(np_type(T.FLOAT8E8M0))

    add("cast_to_e8m0", [h.make_node("Cast", ["x"], [m], to=T.FLOAT8E8M0, round_mode=m) for m in ("up", "down", "nearest")],
        {"x": (v, T.FLOAT)}, {"up": (code(lambda f: f > 1), T.FLOAT8E8M0), "down": (code(lambda f: 0), T.FLOAT8E8M0),
                              "nearest": (code(lambda f: f >= 1.5), T.FLOAT8E8M0)})
    v = np.array([0, np.inf, 1e-40, 3.4e38], np.float32)  # the table of the operator's text
    e8 = np_type(T.FLOAT8E8M0)
    add("cast_to_e8m0_edges", [h.make_node("Cast", ["x"], ["s"], to=T.FLOAT8E8M0),
                               h.make_node("Cast", ["x"], ["n"], to=T.FLOAT8E8M0, saturate=0, round_mode="nearest")], {"x": (v, T.FLOAT)},
        {"s": (np.array([0, 254, 0, 254], np.uint8).view(e8), T.FLOAT8E8M0),
         "n": (np.array([255, 255, 255, 255], np.uint8).view(e8), T.FLOAT8E8M0)})


def texts():
    for dtype, values in ((T.FLOAT, [0, -0.0, 1, 0.1, -1.5, 1e-4, 9.9e-5, 123456.789, 2e-38, np.inf, -np.inf, np.nan, 100]),
                          (T.DOUBLE, [0.1, 1 / 3, 1e22, 1e16, 1e15, -2.5e-7, 5e-324 * 2**60, 1.7976931348623157e308]),
                          (T.INT64, [0, -5, 2**63 - 1, -(2**63)]), (T.UINT64, [2**64 - 1]), (T.INT8, [-128, 7]), (T.BOOL, [True, False])):
        x = np.array(values, np_type(dtype))
        add(f"text_from_{NAMES[dtype]}", [h.make_node("Cast", ["x"], ["y"], to=T.STRING)], {"x": (x, dtype)}, {"y": (x.astype(np.str_), T.STRING)})
    x = np.array(["3.14", "1000", "1e-5", "1E8", "+INF", "-inf", "nan", ".5", "-2.", "007", "1e+2", " 12.5 "])
    for dtype in FLOATS:
        add(f"text_to_{NAMES[dtype]}", [h.make_node("Cast", ["x"], ["y"], to=dtype)], {"x": (x, T.STRING)},
            {"y": (rounded([float(s) for s in x], dtype), dtype)})
    x = np.array(["12", "-7", "+3", "9223372036854775807", "-9223372036854775808"])
    add("text_to_int64", [h.make_node("Cast", ["x"], ["y"], to=T.INT64)], {"x": (x, T.STRING)}, {"y": (np.array([int(s) for s in x]), T.INT64)})
    x = np.array(["18446744073709551615", "100.5"])
    add("text_to_uint64", [h.make_node("Cast", ["x"], ["y"], to=T.UINT64)], {"x": (x, T.STRING)}, {"y": (np.array([2**64 - 1, 100], np.uint64), T.UINT64)})


def bit_casts():
    x = np.arange(16).astype(np.uint8)
    nibbles = x.astype(np.int8)
    u4, i4 = x.astype(np_type(T.UINT4)), np.where(nibbles > 7, nibbles - 16, nibbles).astype(np.int8).astype(np_type(T.INT4))
    f4 = x.view(np_type(T.FLOAT4E2M1))
    add("bitcast_4_bits", [h.make_node("BitCast", [a], [a + b], to=t) for a, b, t in
                           (("u", "i", T.INT4), ("i", "u", T.UINT4), ("f", "i", T.INT4), ("i", "f", T.FLOAT4E2M1), ("u", "f", T.FLOAT4E2M1))],
        {"u": (u4, T.UINT4), "i": (i4, T.INT4), "f": (f4, T.FLOAT4E2M1)},
        {"ui": (i4, T.INT4), "iu": (u4, T.UINT4), "fi": (i4, T.INT4), "if": (f4, T.FLOAT4E2M1), "uf": (f4, T.FLOAT4E2M1)})


# ---- quantized tensors ----
RANGES = {T.UINT8: (0, 255), T.INT8: (-128, 127), T.UINT16: (0, 65535), T.INT16: (-32768, 32767), T.UINT4: (0, 15), T.INT4: (-8, 7),
          T.UINT2: (0, 3), T.INT2: (-2, 1)}


def whole_numbers(v, dtype):
    """Integers to a type, the small ones of ml_dtypes as well."""
    return np.asarray(v).astype(np.int8 if dtype in TINY_INTS else np_type(dtype)).astype(np_type(dtype))


def spread(s, shape, axis, block):
    if s.size == 1 and s.ndim <= 1:
        return s.reshape(())
    if not block:
        return s.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return np.repeat(s, block, axis=axis).take(range(shape[axis]), axis=axis)


def scales():
    shape = (3, 5, 4)
    forms = [("tensor", (), 1, 0), ("one", (1,), 1, 0), ("axis0", (3,), 0, 0), ("axis1", (5,), -2, 0), ("axis2", (4,), 2, 0),
             ("block0", (2, 5, 4), 0, 2), ("block1", (3, 3, 4), 1, 2), ("block2", (3, 5, 2), 2, 2), ("block_all", (3, 1, 4), 1, 9)]
    for dtype, (low, high) in RANGES.items():
        for name, s_shape, axis, block in forms:
            if name not in ("tensor", "axis1", "block1") and dtype not in (T.UINT8, T.INT4):
                continue
            x = rounded(rng.normal(0, 1, shape) * (high - low) / 8, T.FLOAT)
            scale = rounded(2.0 ** rng.integers(-3, 1, s_shape), T.FLOAT)
            zero = whole_numbers(rng.integers(low // 2, high // 2 + 1, s_shape), dtype)
            s, z = spread(scale, shape, axis % 3, block), spread(zero, shape, axis % 3, block).astype(np.float64)
            q = np.clip(np.rint(x.astype(np.float64) / s) + z, low, high)
            attributes = {"axis": axis, "block_size": block}
            nodes = [h.make_node("QuantizeLinear", ["x", "s", "z"], ["q"], **attributes),
                     h.make_node("DequantizeLinear", ["q", "s", "z"], ["d"], **attributes)]
            add(f"scale_{NAMES[dtype]}_{name}", nodes, {"x": (x, T.FLOAT), "s": (scale, T.FLOAT), "z": (zero, dtype)},
                {"q": (whole_numbers(q, dtype), dtype), "d": (((q - z) * s).astype(np.float32), T.FLOAT)})
    x = rounded(rng.normal(0, 3, 24), T.FLOAT)
    for dtype in SMALL:
        s = np.array(0.5, np.float32)
        q = saturating(x.astype(np.float64) / 0.5, dtype)
        add(f"scale_{NAMES[dtype]}", [h.make_node("QuantizeLinear", ["x", "s"], ["q"], output_dtype=dtype), h.make_node("DequantizeLinear", ["q", "s"], ["d"])],
            {"x": (x, T.FLOAT), "s": (s, T.FLOAT)}, {"q": (q, dtype), "d": ((q.astype(np.float64) * 0.5).astype(np.float32), T.FLOAT)})
    for dtype in (T.FLOAT16, T.BFLOAT16):
        t = np_type(dtype)
        v, s = exact(rng.normal(0, 30, 24), dtype), exact(0.3, dtype)
        q = np.clip(np.rint(rounded(v.astype(np.float64) / float(s), dtype).astype(np.float64)), 0, 255)
        add(f"scale_of_{NAMES[dtype]}", [h.make_node("QuantizeLinear", ["x", "s"], ["q"]), h.make_node("DequantizeLinear", ["q", "s"], ["d"]),
                                         h.make_node("DequantizeLinear", ["q", "s"], ["f"], output_dtype=T.FLOAT)],
            {"x": (v, dtype), "s": (s, dtype)},
            {"q": (q.astype(np.uint8), T.UINT8), "d": (rounded(q * float(s), dtype), dtype), "f": ((q * float(s)).astype(np.float32), T.FLOAT)})
        w = rounded(rng.normal(0, 300, 24), T.FLOAT)  # precision: what is divided is rounded to it first
        p = rounded(exact(w, dtype).astype(np.float64) / float(exact(np.float32(0.3), dtype)), dtype)
        add(f"precision_{NAMES[dtype]}", [h.make_node("QuantizeLinear", ["x", "s"], ["q"], precision=dtype, output_dtype=T.INT16)],
            {"x": (w, T.FLOAT), "s": (np.array(0.3, np.float32), T.FLOAT)}, {"q": (np.rint(p.astype(np.float64)).astype(np.int16), T.INT16)})
        assert t.itemsize == 2
    i = np.array([-1000, 0, 7, 2**24 + 1, 2**31 - 1], np.int32)
    add("scale_int32", [h.make_node("DequantizeLinear", ["x", "s"], ["d"]), h.make_node("QuantizeLinear", ["x", "s"], ["q"], output_dtype=T.INT8)],
        {"x": (i, T.INT32), "s": (np.array(0.25, np.float32), T.FLOAT)},
        {"d": (i.astype(np.float32) * np.float32(0.25), T.FLOAT), "q": (np.array([-128, 0, 28, 127, 127], np.int8), T.INT8)})
    e8 = np.array([126, 128], np.uint8).view(np_type(T.FLOAT8E8M0))
    q = np.arange(-4, 4).astype(np.int8)
    add("scale_e8m0", [h.make_node("DequantizeLinear", ["x", "s"], ["d"], block_size=4, axis=0, output_dtype=T.FLOAT16)],
        {"x": (q, T.INT8), "s": (e8, T.FLOAT8E8M0)}, {"d": (exact(q * np.repeat([0.5, 2], 4), T.FLOAT16), T.FLOAT16)})
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 0.5, 1.5, 2.5, -0.5], np.float32)
    add("scale_edges", [h.make_node("QuantizeLinear", ["x", "s", "z"], ["q"])],
        {"x": (x, T.FLOAT), "s": (np.array(1, np.float32), T.FLOAT), "z": (np.array(10, np.uint8), T.UINT8)},
        {"q": (np.array([0, 255, 0, 255, 0, 10, 12, 12, 10], np.uint8), T.UINT8)})
    for name, x in (("plain", rng.normal(0, 1, (3, 7))), ("zeros", np.zeros((2, 2))), ("positive", rng.uniform(1, 2, 9)), ("negative", -rng.uniform(1, 2, 9))):
        x = x.astype(np.float32)
        low, high = min(x.min(), np.float32(0)), max(x.max(), np.float32(0))
        s = np.float32(high - low) / np.float32(255) if high > low else np.float32(1)  # as ONNX Runtime; the text is silent
        z = np.rint(np.clip(np.float32(0) - low / s, 0, 255))
        y = np.clip(np.rint(x / s) + z, 0, 255).astype(np.uint8)
        add(f"dynamic_{name}", [h.make_node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"])], {"x": (x, T.FLOAT)},
            {"y": (y, T.UINT8), "s": (np.array(s), T.FLOAT), "z": (np.array(z, np.uint8), T.UINT8)})


# ---- com.microsoft ----
def microsoft():
    def ms(op, ins, outs, **attributes):
        return h.make_node(op, ins, outs, domain="com.microsoft", **attributes)

    for dtype in FLOATS:
        x, bias = operands(dtype, (2, 3, 4)), operands(dtype, (4,))
        v, w = x.astype(np.float64), (x.astype(np.float64) + bias.astype(np.float64))
        made = {"g": v / 2 * (1 + erf(v / math.sqrt(2))), "b": w / 2 * (1 + erf(w / math.sqrt(2))), "f": gelu_tanh(v), "fb": gelu_tanh(w),
                "q": v * sigmoid(f32(1.702) * v)}
        add(f"ms_gelu_{NAMES[dtype]}", [ms("Gelu", ["x"], ["g"]), ms("BiasGelu", ["x", "bias"], ["b"]), ms("FastGelu", ["x"], ["f"]),
                                        ms("FastGelu", ["x", "bias"], ["fb"]), ms("QuickGelu", ["x"], ["q"])],
            {"x": (x, dtype), "bias": (bias, dtype)}, {k: (rounded(y, dtype), dtype) for k, y in made.items()}, RELATIVE[dtype] * 4, RELATIVE[dtype])
    for dtype, (low, high) in ((T.UINT8, (0, 255)), (T.INT8, (-128, 127))):
        t = np_type(dtype)
        a, b = rng.integers(low, high, (2, 3)).astype(t), rng.integers(low, high, (3,)).astype(t)
        sa, sb, sy = (np.array(s, np.float32) for s in (0.5, 0.25, 1.0))
        za, zb, zy = (np.array(z, t) for z in (3, 100, 7))
        p, q = (a.astype(np.float64) - 3) * 0.5, (b.astype(np.float64) - 100) * 0.25

        def quantized(v, s, z, t=t, low=low, high=high):
            return np.clip(np.rint(v / s) + z, low, high).astype(t)

        names = ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"]
        inputs = {"a": (a, dtype), "sa": (sa, T.FLOAT), "za": (za, dtype), "b": (b, dtype), "sb": (sb, T.FLOAT), "zb": (zb, dtype),
                  "sy": (sy, T.FLOAT), "zy": (zy, dtype)}
        add(f"qlinear_{NAMES[dtype]}", [ms("QLinearAdd", names, ["add"]), ms("QLinearMul", names, ["mul"]),
                                        ms("QLinearLeakyRelu", ["a", "sa", "za", "sy", "zy"], ["leaky"], alpha=0.25),
                                        ms("QLinearAdd", ["a", "sa", "", "b", "sb", "", "sy"], ["plain"])], inputs,
            {"add": (quantized(p + q, 1, 7), dtype), "mul": (quantized(p * q, 1, 7), dtype),
             "leaky": (quantized(np.where(p < 0, p * 0.25, p), 1, 7), dtype),
             "plain": (quantized(a.astype(np.float64) * 0.5 + b.astype(np.float64) * 0.25, 1, 0), dtype)})
        s = np.array(1 / 256, np.float32)
        add(f"qlinear_sigmoid_{NAMES[dtype]}", [ms("QLinearSigmoid", ["a", "sa", "za", "s", "zy"], ["y"])],
            {"a": (a, dtype), "sa": (sa, T.FLOAT), "za": (za, dtype), "s": (s, T.FLOAT), "zy": (zy, dtype)},
            {"y": (quantized(sigmoid(p), 1 / 256, 7), dtype)})


for make in (functions, integer_functions, pairs, variadic, powers, remainders, shifts, clips, older, wheres, from_floats, from_integers,
             from_small, texts, bit_casts, scales, microsoft):
    make()
path = ROOT / "tests/golden/native/elementwise.bin"
path.write_bytes(b"XBCASES1" + struct.pack("<I", len(cases)) + b"".join(cases))
print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes; onnx {onnx.__version__}")
