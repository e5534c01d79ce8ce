#!/usr/bin/env python3
"""Makes tests/golden/native/nn.bin: cases of neural-network operators beyond ONNX's own (every type, every attribute, older
versions, tensors without elements, weights that are constants and weights that are computed), for tests/ops/node_cases.c; the
file's layout is told in scripts/node_cases.py.

    scripts/setup test && PYTHONPATH=build/deps/python python3 scripts/golden/native_nn.py

What is wanted is computed here with numpy in float64, by loops that follow the operators' definitions, and rounded once to the
element type. Tolerances: 2e-5 of the result or of 1 for float32 (sums of up to some hundred products of numbers near 1), 1e-12
for float64, two units in the last place for float16 and bfloat16, which are rounded once."""
import itertools
import math
import pathlib
import struct
import warnings

import ml_dtypes
import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

ROOT = pathlib.Path(__file__).resolve().parents[2]
warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
F16, BF16, F32, F64 = np.float16, ml_dtypes.bfloat16, np.float32, np.float64
TOLERANCE = {np.dtype(F16): (2e-3, 2e-3), np.dtype(BF16): (2e-2, 2e-2), np.dtype(F32): (2e-5, 2e-5), np.dtype(F64): (1e-12, 1e-12)}
cases = []
names = set()


def blob(data):
    return struct.pack("<I", len(data)) + data


def element_type(a):
    return h.np_dtype_to_tensor_dtype(a.dtype)


def add(name, op, inputs, wanted, opset=21, constants=(), domain="", attributes=None, loosely=1.0, **more):
    """inputs: arrays, or None where left out; those whose index is in `constants` are initializers. wanted: arrays or None."""
    name = "nn_" + name
    assert name not in names, name
    names.add(name)
    attributes = {**(attributes or {}), **more}
    given = [(f"x{i}", a) for i, a in enumerate(inputs) if a is not None]
    fed = [(k, a) for k, a in given if int(k[1:]) not in constants]
    results = [(f"y{i}", a) for i, a in enumerate(wanted) if a is not None]
    node = h.make_node(op, [f"x{i}" if a is not None else "" for i, a in enumerate(inputs)],
                       [f"y{i}" if a is not None else "" for i, a in enumerate(wanted)], domain=domain, **attributes)
    graph = h.make_graph([node], "g", [h.make_tensor_value_info(k, element_type(a), a.shape) for k, a in fed],
                         [h.make_tensor_value_info(k, element_type(a), a.shape) for k, a in results],
                         [nh.from_array(a, k) for k, a in given if int(k[1:]) in constants])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=10)
    relative, absolute = TOLERANCE.get(results[0][1].dtype, (0.0, 0.0))
    stored = [blob(nh.from_array(a, k).SerializeToString()) for k, a in fed + results]
    cases.append(blob(name.encode()) + blob(b"node") + blob(op.encode()) + blob(domain.encode())
                 + struct.pack("<dd", relative * loosely, absolute * loosely) + blob(model.SerializeToString()) + struct.pack("<I", 1)
                 + struct.pack("<II", len(fed), len(results)) + b"".join(stored))


def normal(shape, dtype=F32):
    return rng.standard_normal(shape).astype(dtype)


def f32(v):
    """A float attribute's value."""
    return float(np.float32(v))


def wide(a):
    return None if a is None else np.asarray(a).astype(np.float64)


# ---- products ----
def matmul_cases():
    shapes = [((3, 4), (4, 5)), ((4,), (4, 5)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 5)), ((4,), (2, 4, 5)), ((2, 3, 4), (4,)),
              ((2, 1, 3, 4), (5, 4, 6)), ((2, 1, 2, 1, 3, 4), (1, 3, 1, 2, 4, 5)), ((7, 1, 33), (33, 70)), ((2, 0, 4), (4, 5)),
              ((3, 0), (0, 5)), ((1, 40), (40, 130)), ((20, 19), (19, 67)), ((2, 3, 1, 5), (1, 3, 5, 9))]
    for i, (a, b) in enumerate(shapes):
        variants = [(F32, ()), (F32, (1,)), (F64, ()), (F16, (1,)), (BF16, ())]
        for dtype, constants in variants if math.prod(b) < 500 else [variants[i % 2]]:
            x, w = normal(a, dtype), normal(b, dtype)
            add(f"matmul_{i}_{np.dtype(dtype).name}_{len(constants)}", "MatMul", [x, w], [(wide(x) @ wide(w)).astype(dtype)], constants=constants, loosely=4)
    for dtype in (np.int32, np.int64, np.uint32, np.uint64):
        info = np.iinfo(dtype)
        x, w = (rng.integers(info.min, info.max, s, dtype, endpoint=True) for s in ((2, 3, 4), (4, 5)))
        add(f"matmul_{np.dtype(dtype).name}", "MatMul", [x, w], [x @ w])
    for ta, tb, c_shape, alpha, beta, dtype in [(0, 0, None, 1, 1, F32), (1, 0, (5,), 0.5, 2, F32), (0, 1, (3, 1), 1, 1, F32), (1, 1, (3, 5), 2, -0.5, F32),
                                                (0, 0, (), 1, 1, F32), (0, 1, (1,), 1, 3, F64), (1, 0, (3, 5), -1, 0.25, F64), (0, 0, (1, 5), 1, 0, F32),
                                                (0, 1, (5,), 1, 1, F16), (0, 1, (3, 1), 2, 2, BF16), (0, 0, (1, 1), 1, 1, F32)]:
        a, b = normal((4, 3) if ta else (3, 4), dtype), normal((5, 4) if tb else (4, 5), dtype)
        c = None if c_shape is None else normal(c_shape, dtype)
        y = alpha * ((wide(a).T if ta else wide(a)) @ (wide(b).T if tb else wide(b))) + (0 if c is None else beta * wide(c))
        for constants in ((), (1, 2)):
            add(f"gemm_{len(cases)}", "Gemm", [a, b, c] if c is not None else [a, b], [y.astype(dtype)], constants=constants if c is not None else constants[:1],
                transA=ta, transB=tb, alpha=float(alpha), beta=float(beta), loosely=2)
    for dtype in (np.int32, np.uint64):
        a, b, c = (rng.integers(0, 99, s).astype(dtype) for s in ((3, 4), (4, 5), (5,)))
        add(f"gemm_{np.dtype(dtype).name}", "Gemm", [a, b, c], [a @ b + c])


def einsum_cases():
    for eq, *shapes in [("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)), ("blhd,bshd->bhls", (2, 4, 3, 5), (2, 6, 3, 5)), ("ij,jk", (3, 4), (4, 5)),
                        ("bhls,bshd->blhd", (2, 3, 4, 6), (2, 6, 3, 5)), ("ii->i", (4, 4)), ("ii", (4, 4)), ("ij->", (3, 4)), ("ijk->kji", (2, 3, 4)),
                        ("...ij,...jk->...ik", (2, 1, 3, 4), (5, 4, 6)), ("...,...->...", (2, 3), (3,)), ("abc,cde,ea->bd", (2, 3, 4), (4, 5, 6), (6, 2)),
                        ("aab,bc->ac", (3, 3, 4), (4, 2)), ("ab,cd->dcba", (2, 3), (4, 5)), ("abcd,dcfe->baef", (2, 3, 4, 5), (5, 4, 2, 3)),
                        (",", (), ()), ("Ba,bA", (2, 3), (3, 2)), ("ab,b->a", (1, 4), (4,)), ("ab,bc->ac", (2, 0), (0, 3)), ("abc,ac->b", (3, 4, 5), (3, 5))]:
        for dtype in (F32, F64, F16, np.int8):
            xs = [normal(s, dtype) if np.dtype(dtype).kind == "f" else rng.integers(-99, 99, s).astype(dtype) for s in shapes]
            y = np.einsum(eq, *[wide(x) for x in xs]) if np.dtype(dtype).kind == "f" else np.einsum(eq, *xs)
            add(f"einsum_{eq}_{np.dtype(dtype).name}", "Einsum", xs, [np.asarray(y).astype(dtype)], equation=eq, loosely=4)


# ---- windows ----
def window(shape, kernel, strides, dilations, pads, auto, ceil=0):
    """Output sizes and paddings, begin and end, of a window over spatial sizes."""
    out, begin, end = [], [], []
    n = len(shape)
    for i in range(n):
        reach = dilations[i] * (kernel[i] - 1) + 1
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            size = -(-shape[i] // strides[i])
            total = max(0, (size - 1) * strides[i] + reach - shape[i])
            b = total // 2 if auto == "SAME_UPPER" else total - total // 2
            e = total - b
        else:
            b, e = (0, 0) if auto == "VALID" else (pads[i], pads[n + i])
            room = shape[i] + b + e - reach
            size = (-(-room // strides[i]) if ceil else room // strides[i]) + 1
            if ceil and (size - 1) * strides[i] >= shape[i] + b:
                size -= 1
        out.append(size), begin.append(b), end.append(e)
    return out, begin, end


def taps(q, kernel, strides, dilations, begin, shape):
    """Places in the input that one output point meets, and which tap meets it."""
    for k in itertools.product(*map(range, kernel)):
        at = [q[i] * strides[i] - begin[i] + k[i] * dilations[i] for i in range(len(kernel))]
        yield k, at, all(0 <= a < s for a, s in zip(at, shape))


def conv(x, w, b, group, strides, dilations, out, begin):
    n, shape, kernel = x.shape[0], x.shape[2:], w.shape[2:]
    per, each = w.shape[1], w.shape[0] // group
    y = np.zeros([n, w.shape[0], *out])
    for q in np.ndindex(*out):
        for k, at, inside in taps(q, kernel, strides, dilations, begin, shape):
            for o in range(w.shape[0] if inside else 0):
                g = o // each
                y[(slice(None), o, *q)] += x[(slice(None), slice(g * per, (g + 1) * per), *at)] @ w[(o, slice(None), *k)]
    return y if b is None else y + b.reshape([1, -1] + [1] * len(kernel))


CONVS = [  # x, w, group, strides, dilations, pads, auto_pad
    ((2, 3, 9), (4, 3, 3), 1, [1], [1], [0, 0], "NOTSET"), ((1, 4, 11), (6, 2, 4), 2, [2], [2], [3, 1], "NOTSET"),
    ((1, 1, 7), (1, 1, 1), 1, [3], [1], [0, 0], "NOTSET"), ((2, 3, 6, 7), (5, 3, 3, 3), 1, [1, 1], [1, 1], [1, 1, 1, 1], "NOTSET"),
    ((1, 4, 8, 6), (4, 1, 3, 2), 4, [2, 1], [1, 2], [0, 1, 2, 0], "NOTSET"), ((1, 2, 5, 5), (3, 2, 3, 3), 1, [2, 2], [1, 1], None, "SAME_UPPER"),
    ((1, 2, 5, 6), (3, 2, 2, 4), 1, [2, 3], [1, 1], None, "SAME_LOWER"), ((1, 2, 5, 6), (3, 2, 2, 4), 1, [1, 1], [2, 1], None, "VALID"),
    ((1, 2, 4, 5, 6), (4, 1, 2, 3, 2), 2, [1, 2, 1], [2, 1, 1], [1, 0, 1, 0, 1, 1], "NOTSET"), ((0, 2, 4), (3, 2, 2), 1, [1], [1], [0, 0], "NOTSET"),
    ((1, 18, 7, 6), (19, 18, 3, 3), 1, [1, 1], [1, 1], [1, 1, 1, 1], "NOTSET"), ((1, 3, 14, 13), (17, 3, 5, 5), 1, [2, 2], [1, 1], [2, 2, 2, 2], "NOTSET"),
    ((2, 17, 5, 6), (17, 1, 3, 3), 17, [1, 1], [1, 1], [1, 1, 1, 1], "NOTSET"), ((1, 18, 30), (20, 18, 5), 1, [1], [3], [6, 6], "NOTSET"),
    ((1, 33, 4, 4), (19, 33, 1, 1), 1, [1, 1], [1, 1], [0, 0, 0, 0], "NOTSET")]


def conv_cases():
    for i, (xs, ws, group, strides, dilations, pads, auto) in enumerate(CONVS):
        variants = [(F32, 1, ()), (F32, 0, (1,)), (F64, 1, ()), (F16, 1, (1,)), (BF16, 0, ())]
        for dtype, with_bias, constants in variants if math.prod(ws) < 300 else [(F32, 1, (1, 2))]:
            x, w, b = normal(xs, dtype), normal(ws, dtype), normal(ws[0], dtype) if with_bias else None
            out, begin, _ = window(xs[2:], ws[2:], strides, dilations, pads, auto)
            y = conv(wide(x), wide(w), wide(b), group, strides, dilations, out, begin)
            given = {"pads": pads} if auto == "NOTSET" else {"auto_pad": auto}
            add(f"conv_{i}_{np.dtype(dtype).name}_{len(constants)}{with_bias}", "Conv", [x, w, b] if with_bias else [x, w], [y.astype(dtype)],
                constants=constants, group=group, strides=strides, dilations=dilations, loosely=10, **given)


def conv_transpose(x, w, b, group, strides, dilations, begin, out):
    n, channels, kernel = x.shape[0], x.shape[1], w.shape[2:]
    per, each = channels // group, w.shape[1]
    y = np.zeros([n, each * group, *out])
    for q in np.ndindex(*x.shape[2:]):
        for k, at, inside in taps(q, kernel, strides, dilations, begin, out):
            for c in range(channels if inside else 0):
                g = c // per
                y[(slice(None), slice(g * each, (g + 1) * each), *at)] += np.outer(x[(slice(None), c, *q)], w[(c, slice(None), *k)])
    return y if b is None else y + b.reshape([1, -1] + [1] * len(kernel))


TRANSPOSED = [  # x, w, group, strides, dilations, attributes
    ((1, 2, 5), (2, 3, 3), 1, [1], [1], {}), ((2, 4, 4), (4, 2, 4), 2, [2], [1], {"pads": [1, 1]}), ((1, 2, 4), (2, 3, 3), 1, [3], [2], {"pads": [0, 2], "output_padding": [1]}),
    ((1, 3, 3, 4), (3, 2, 3, 3), 1, [2, 2], [1, 1], {"pads": [1, 1, 1, 1], "output_padding": [1, 1]}), ((1, 4, 3, 3), (4, 1, 2, 3), 4, [1, 2], [2, 1], {}),
    ((1, 2, 3, 3), (2, 2, 3, 3), 1, [3, 2], [1, 1], {"output_shape": [10, 8]}), ((1, 2, 3, 4), (2, 2, 3, 3), 1, [2, 2], [1, 1], {"auto_pad": "SAME_UPPER"}),
    ((1, 2, 3, 4), (2, 2, 4, 3), 1, [2, 3], [1, 1], {"auto_pad": "SAME_LOWER"}), ((1, 2, 3, 3), (2, 2, 3, 3), 1, [2, 2], [1, 1], {"output_shape": [6, 6], "auto_pad": "SAME_UPPER"}),
    ((1, 2, 2, 3, 2), (2, 1, 2, 2, 3), 2, [2, 1, 2], [1, 1, 1], {"pads": [0, 1, 1, 1, 0, 0]}), ((1, 17, 6), (17, 18, 4), 1, [2], [1], {"pads": [1, 1]})]


def conv_transpose_cases():
    for i, (xs, ws, group, strides, dilations, given) in enumerate(TRANSPOSED):
        n = len(xs) - 2
        full = [strides[d] * (xs[2 + d] - 1) + given.get("output_padding", [0] * n)[d] + dilations[d] * (ws[2 + d] - 1) + 1 for d in range(n)]
        auto = given.get("auto_pad", "")
        out = given.get("output_shape", [xs[2 + d] * strides[d] for d in range(n)] if auto else None)
        if out:
            total = [max(0, f - o) for f, o in zip(full, out)]
            begin = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
        else:
            pads = given.get("pads", [0] * 2 * n)
            begin, out = pads[:n], [full[d] - pads[d] - pads[n + d] for d in range(n)]
        for dtype, constants in [(F32, ()), (F32, (1, 2)), (F64, ()), (F16, ())] if math.prod(ws) < 300 else [(F32, (1, 2))]:
            x, w, b = normal(xs, dtype), normal(ws, dtype), normal(ws[1] * group, dtype)
            y = conv_transpose(wide(x), wide(w), wide(b), group, strides, dilations, begin, out)
            add(f"conv_transpose_{i}_{np.dtype(dtype).name}_{len(constants)}", "ConvTranspose", [x, w, b], [y.astype(dtype)], constants=constants, group=group,
                strides=strides, dilations=dilations, loosely=10, **given)


POOLS = [  # x, kernel, strides, dilations, pads, auto_pad, ceil_mode
    ((1, 2, 9), [3], [1], [1], [0, 0], "NOTSET", 0), ((2, 1, 10), [3], [2], [2], [1, 2], "NOTSET", 1), ((1, 2, 6, 7), [2, 3], [2, 2], [1, 1], [0, 1, 1, 1], "NOTSET", 0),
    ((1, 2, 6, 7), [3, 3], [2, 2], [1, 1], [0, 0, 0, 0], "NOTSET", 1), ((1, 1, 5, 6), [2, 2], [2, 2], [1, 1], None, "SAME_UPPER", 0),
    ((1, 1, 5, 6), [3, 2], [2, 3], [1, 1], None, "SAME_LOWER", 0), ((1, 1, 5, 6), [3, 2], [1, 1], [1, 1], None, "VALID", 0),
    ((1, 2, 4, 5, 4), [2, 2, 3], [1, 2, 1], [1, 1, 1], [1, 0, 1, 0, 1, 1], "NOTSET", 0), ((1, 1, 7, 7), [2, 2], [1, 2], [3, 2], [1, 1, 1, 1], "NOTSET", 1)]


def pool_cases():
    for i, (xs, kernel, strides, dilations, pads, auto, ceil) in enumerate(POOLS):
        out, begin, end = window(xs[2:], kernel, strides, dilations, pads, auto, ceil)
        given = {"pads": pads} if auto == "NOTSET" else {"auto_pad": auto}
        size, plane = list(xs[2:]), int(np.prod(xs[2:]))
        for dtype in (F32, F64, F16, np.int8, np.uint8) if i < 4 else (F32, F64):
            is_float = np.dtype(dtype).kind == "f"
            x = normal(xs, dtype) if is_float else rng.integers(-128 if dtype == np.int8 else 0, 127, xs).astype(dtype)
            v = wide(x)
            most, first, last = (np.zeros([*xs[:2], *out], t) for t in (np.float64, np.int64, np.int64))
            mean, padded, norm1, norm2, norm3 = (np.zeros([*xs[:2], *out]) for _ in range(5))
            for n, c, *q in np.ndindex(*xs[:2], *out):
                met = list(taps(q, kernel, strides, dilations, begin, size))
                at = [tuple(a) for _, a, inside in met if inside]
                # points in the padding count up to the padding's end
                counted = sum(all(-b <= p < s + e for p, b, e, s in zip(a, begin, end, size)) for _, a, _ in met)
                values = np.array([v[(n, c, *a)] for a in at])
                place = (n, c, *q)
                most[place] = values.max()
                best = at[int(values.argmax())]
                first[place] = (n * xs[1] + c) * plane + np.ravel_multi_index(best, size)
                last[place] = (n * xs[1] + c) * plane + np.ravel_multi_index(best, size, order="F")
                mean[place], padded[place] = values.mean(), values.sum() / counted
                norm1[place], norm2[place] = np.abs(values).sum(), math.sqrt((values**2).sum())
                norm3[place] = (np.abs(values) ** 3).sum() ** (1 / 3)
            common = dict(kernel_shape=kernel, strides=strides, **given)
            kind = np.dtype(dtype).name
            plain, rounded = dilations == [1] * len(kernel), lambda a: a.astype(dtype)
            add(f"max_pool_{i}_{kind}", "MaxPool", [x], [rounded(most)], ceil_mode=ceil, dilations=dilations, **common)
            if dtype == F32:
                add(f"max_pool_{i}_index", "MaxPool", [x], [rounded(most), first], ceil_mode=ceil, dilations=dilations, **common)
                add(f"max_pool_{i}_column_major", "MaxPool", [x], [rounded(most), last], ceil_mode=ceil, dilations=dilations, storage_order=1, **common)
                if plain and not ceil:
                    add(f"max_pool_{i}_opset1", "MaxPool", [x], [rounded(most)], opset=7, **common)
                    add(f"average_pool_{i}_opset7", "AveragePool", [x], [rounded(mean)], opset=7, **common)
                    add(f"lp_pool_{i}_opset11", "LpPool", [x], [rounded(norm2)], opset=11, **common)
            if is_float:
                add(f"average_pool_{i}_{kind}", "AveragePool", [x], [rounded(mean)], ceil_mode=ceil, dilations=dilations, **common)
                add(f"average_pool_{i}_{kind}_padded", "AveragePool", [x], [rounded(padded)], ceil_mode=ceil, dilations=dilations, count_include_pad=1, **common)
            if dtype in (F32, F64):
                for p, norm in ((1, norm1), (2, norm2), (3, norm3)):
                    add(f"lp_pool_{i}_{kind}_{p}", "LpPool", [x], [rounded(norm)], p=p, ceil_mode=ceil, dilations=dilations, **common)
    for shape in ((2, 3, 4), (2, 3, 4, 5), (1, 2, 3, 2, 2), (1, 2, 2, 2, 2, 2), (2, 3)):
        for dtype in (F32, F64, F16):
            x = normal(shape, dtype)
            v, kind = wide(x).reshape(*shape[:2], -1), f"{len(shape)}_{np.dtype(dtype).name}"
            as_y = lambda a: a.reshape([*shape[:2]] + [1] * (len(shape) - 2)).astype(dtype)  # noqa: B023, E731
            add(f"global_max_{kind}", "GlobalMaxPool", [x], [as_y(v.max(-1))])
            add(f"global_average_{kind}", "GlobalAveragePool", [x], [as_y(v.mean(-1))])
            for p in (1, 2, 3):
                add(f"global_lp_{kind}_{p}", "GlobalLpPool", [x], [as_y((np.abs(v) ** p).sum(-1) ** (1 / p))], p=p)


# ---- normalisations ----
def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def norm_cases():
    x = normal((2, 3, 4, 5))
    for axis in (0, 1, 2, 3, -1, -3):
        for dtype in (F32, F64, F16, BF16):
            v = wide(x.astype(dtype))
            s, flat = softmax(v, axis), softmax(v.reshape(int(np.prod(v.shape[:axis % 4])), -1), 1).reshape(v.shape)
            kind = f"{axis}_{np.dtype(dtype).name}"
            add(f"softmax_{kind}", "Softmax", [x.astype(dtype)], [s.astype(dtype)], axis=axis)
            add(f"log_softmax_{kind}", "LogSoftmax", [x.astype(dtype)], [np.log(s).astype(dtype)], axis=axis, loosely=4)
            if dtype == F32 and axis >= 0:
                add(f"softmax_{kind}_opset11", "Softmax", [x], [flat.astype(dtype)], axis=axis, opset=11)
                add(f"log_softmax_{kind}_opset7", "LogSoftmax", [x], [np.log(flat).astype(dtype)], axis=axis, opset=7, loosely=4)
    add("softmax_default_opset12", "Softmax", [x], [softmax(wide(x).reshape(2, -1), 1).reshape(x.shape).astype(F32)], opset=12)
    add("softmax_empty", "Softmax", [normal((2, 0, 3))], [normal((2, 0, 3))], axis=1)
    for axis, scale_shape in [(-1, (5,)), (-1, (1,)), (2, (4, 5)), (2, (5,)), (2, (4, 1)), (1, (3, 4, 5)), (0, (2, 3, 4, 5)), (-1, (3, 1, 5)), (3, (2, 1, 1, 1))]:
        for dtype in (F32, F64, F16):
            g, o, v = normal(scale_shape, dtype), normal(scale_shape, dtype), x[:, :, :4].astype(dtype)
            axes = tuple(range(axis % 4, 4))
            mean = wide(v).mean(axes, keepdims=True)
            inverse = 1 / np.sqrt(wide(v).var(axes, keepdims=True) + f32(1e-3))
            y = (wide(v) - mean) * inverse * wide(g)
            kind = f"{len(cases)}_{np.dtype(dtype).name}"
            add(f"layer_norm_{kind}", "LayerNormalization", [v, g, o], [(y + wide(o)).astype(dtype), mean.astype(F32), inverse.astype(F32)], axis=axis,
                epsilon=1e-3, loosely=4)
            add(f"layer_norm_{kind}_no_bias", "LayerNormalization", [v, g], [y.astype(dtype)], axis=axis, epsilon=1e-3, loosely=4)
            rms = wide(v) / np.sqrt((wide(v) ** 2).mean(axes, keepdims=True) + f32(1e-5)) * wide(g)
            add(f"rms_norm_{kind}", "RMSNormalization", [v, g], [rms.astype(dtype)], axis=axis, opset=23, loosely=4)
    for shape in ((2, 6, 5), (2, 6, 3, 4), (1, 6, 2, 2, 3), (3, 6)):
        for dtype in (F32, F64, F16):
            v, s, b = normal(shape, dtype), normal(6, dtype), normal(6, dtype)
            as_channels = [1, 6] + [1] * (len(shape) - 2)
            kind = f"{len(shape)}_{np.dtype(dtype).name}"
            if len(shape) > 2:
                axes = tuple(range(2, len(shape)))
                y = (wide(v) - wide(v).mean(axes, keepdims=True)) / np.sqrt(wide(v).var(axes, keepdims=True) + f32(1e-5))
                add(f"instance_norm_{kind}", "InstanceNormalization", [v, s, b], [(y * wide(s).reshape(as_channels) + wide(b).reshape(as_channels)).astype(dtype)], loosely=4)
                grouped = wide(v).reshape(shape[0], 3, -1)
                y = (grouped - grouped.mean(-1, keepdims=True)) / np.sqrt(grouped.var(-1, keepdims=True) + f32(1e-4))
                add(f"group_norm_{kind}", "GroupNormalization", [v, s, b], [(y.reshape(shape) * wide(s).reshape(as_channels) + wide(b).reshape(as_channels)).astype(dtype)],
                    num_groups=3, epsilon=1e-4, loosely=4)
                s3, b3 = normal(3, dtype), normal(3, dtype)
                y = y * wide(s3)[:, None] + wide(b3)[:, None]
                add(f"group_norm_18_{kind}", "GroupNormalization", [v, s3, b3], [y.reshape(shape).astype(dtype)], num_groups=3, epsilon=1e-4, opset=18, loosely=4)
            m, var = normal(6, dtype), (rng.random(6) + 0.5).astype(dtype)
            bn = lambda v, m, var: (v - m.reshape(as_channels)) / np.sqrt(var.reshape(as_channels) + f32(1e-5)) * wide(s).reshape(as_channels) + wide(b).reshape(as_channels)  # noqa: B023, E731
            add(f"batch_norm_{kind}", "BatchNormalization", [v, s, b, m, var], [bn(wide(v), wide(m), wide(var)).astype(dtype)], opset=15, loosely=4)
            add(f"batch_norm_{kind}_opset9", "BatchNormalization", [v, s, b, m, var], [bn(wide(v), wide(m), wide(var)).astype(dtype)], opset=9, constants=(1, 2, 3, 4), loosely=4)
            axes = (0, *range(2, len(shape)))
            now, spread = wide(v).mean(axes), wide(v).var(axes)
            add(f"batch_norm_{kind}_training", "BatchNormalization", [v, s, b, m, var],
                [bn(wide(v), now, spread).astype(dtype), (wide(m) * 0.75 + now * 0.25).astype(dtype), (wide(var) * 0.75 + spread * 0.25).astype(dtype)],
                training_mode=1, momentum=0.75, opset=14, loosely=4)
    for axes in (None, [1], [0, 2], [-1, 0], [0, 1, 2, 3]):
        v = wide(x)
        over = tuple(axes or (0, 2, 3))
        y = (v - v.mean(over, keepdims=True)) / (v.std(over, keepdims=True) + 1e-9)
        add(f"mvn_{axes}", "MeanVarianceNormalization", [x], [y.astype(F32)], **({} if axes is None else {"axes": axes}))
        add(f"mvn_{axes}_double", "MeanVarianceNormalization", [v], [y], **({} if axes is None else {"axes": axes}))
    for axis, p in itertools.product((0, 2, -1), (1, 2)):
        v = wide(x)
        v[:, :, 1] = 0
        size = (np.abs(v) ** p).sum(axis, keepdims=True) ** (1 / p)
        for dtype in (F32, F64):
            add(f"lp_norm_{axis}_{p}_{np.dtype(dtype).name}", "LpNormalization", [v.astype(dtype)], [(v / np.where(size == 0, 1, size)).astype(dtype)], axis=axis, p=p)
    for size, dtype in itertools.product((1, 2, 3, 5, 99), (F32, F64, F16)):
        v = normal((2, 7, 3, 2), dtype)
        y = np.zeros(v.shape)
        for c in range(7):
            low, high = max(0, c - (size - 1) // 2), min(7, c + size // 2 + 1)
            y[:, c] = wide(v)[:, c] / (1.5 + 0.25 / size * (wide(v)[:, low:high] ** 2).sum(1)) ** 0.625
        add(f"lrn_{size}_{np.dtype(dtype).name}", "LRN", [v], [y.astype(dtype)], size=size, alpha=0.25, beta=0.625, bias=1.5)


# ---- recurrent ----
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FUNCTIONS = {"Relu": lambda x, a, b: np.maximum(x, 0), "Tanh": lambda x, a, b: np.tanh(x), "Sigmoid": lambda x, a, b: sigmoid(x),
             "Affine": lambda x, a, b: a * x + b, "LeakyRelu": lambda x, a, b: np.where(x < 0, a * x, x), "ThresholdedRelu": lambda x, a, b: np.where(x > a, x, 0),
             "ScaledTanh": lambda x, a, b: a * np.tanh(b * x), "HardSigmoid": lambda x, a, b: np.clip(a * x + b, 0, 1),
             "Elu": lambda x, a, b: np.where(x < 0, a * np.expm1(x), x), "Softsign": lambda x, a, b: x / (1 + np.abs(x)), "Softplus": lambda x, a, b: np.log1p(np.exp(x))}
TAKES = {"Affine": (1, 1), "LeakyRelu": (1, 0), "ThresholdedRelu": (1, 0), "ScaledTanh": (1, 1), "HardSigmoid": (1, 1), "Elu": (1, 0)}
DEFAULTS = {"RNN": ["Tanh"], "GRU": ["Sigmoid", "Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"]}
OTHERWISE = {"LeakyRelu": (f32(0.01), 0), "HardSigmoid": (f32(0.2), 0.5), "Elu": (1, 0), "ThresholdedRelu": (1, 0), "Affine": (1, 0), "ScaledTanh": (1, 1)}


def recurrent(op, x, w, r, b, lengths, h0, c0, p, direction, clip, activations, alphas, betas, linear_before_reset, input_forget):
    """x [steps, batch, inputs] -> y [steps, directions, batch, hidden], h and c [directions, batch, hidden]."""
    steps, batch, _ = x.shape
    dirs, _, hidden = r.shape
    activations = activations or DEFAULTS[op] * dirs
    alphas, betas = [f32(a) for a in alphas or []], [f32(b) for b in betas or []]
    functions = []
    for i, name in enumerate(activations):
        takes, other = TAKES.get(name, (0, 0)), OTHERWISE.get(name, (0, 0))
        a = alphas.pop(0) if takes[0] and alphas else other[0]
        beta = betas.pop(0) if takes[1] and betas else other[1]
        functions.append(lambda v, f=FUNCTIONS[name], a=a, beta=beta, which=i % len(DEFAULTS[op]): f(np.clip(v, -clip, clip) if clip and which != 2 else v, a, beta))
    y = np.zeros([steps, dirs, batch, hidden])
    last_h, last_c = np.array(h0), np.array(c0)
    for d in range(dirs):
        each = len(DEFAULTS[op])
        f, g, hh = (functions[d * each:(d + 1) * each] + [None, None])[:3]
        gates = w.shape[1] // hidden
        wb, rb = b[d].reshape(2, gates, hidden)
        for n in range(batch):
            state, cell = h0[d, n], c0[d, n]
            order = range(lengths[n])
            if d == 1 or direction == "reverse":
                order = reversed(order)
            for t in order:
                u = (w[d] @ x[t, n]).reshape(gates, hidden)
                v = (r[d] @ state).reshape(gates, hidden)
                if op == "RNN":
                    state = f(u[0] + v[0] + wb[0] + rb[0])
                elif op == "GRU":
                    z, reset = f(u[0] + v[0] + wb[0] + rb[0]), f(u[1] + v[1] + wb[1] + rb[1])
                    if linear_before_reset:
                        new = g(u[2] + wb[2] + reset * (v[2] + rb[2]))
                    else:
                        new = g(u[2] + wb[2] + rb[2] + r[d, 2 * hidden:] @ (reset * state))
                    state = (1 - z) * new + z * state
                else:
                    i = f(u[0] + v[0] + wb[0] + rb[0] + p[d][0] * cell)
                    forget = 1 - i if input_forget else f(u[2] + v[2] + wb[2] + rb[2] + p[d][2] * cell)
                    cell = forget * cell + i * g(u[3] + v[3] + wb[3] + rb[3])
                    o = f(u[1] + v[1] + wb[1] + rb[1] + p[d][1] * cell)
                    state = o * hh(cell)
                y[t, d, n] = state
            last_h[d, n], last_c[d, n] = state, cell
    return y, last_h, last_c


def recurrent_case(op, steps=5, batch=3, inputs=4, hidden=6, direction="forward", dtype=F32, bias=1, lengths=None, initial=0, peephole=0, layout=0, clip=0.0, activations=None,
                   alphas=None, betas=None, linear_before_reset=0, input_forget=0, constants=(), outputs=7, opset=21):
    dirs, gates = (2 if direction == "bidirectional" else 1), {"RNN": 1, "GRU": 3, "LSTM": 4}[op]
    x, w, r = normal((steps, batch, inputs), dtype), normal((dirs, gates * hidden, inputs), dtype), normal((dirs, gates * hidden, hidden), dtype)
    b = normal((dirs, 2 * gates * hidden), dtype) if bias else None
    h0, c0 = (normal((dirs, batch, hidden), dtype) if initial else None for _ in range(2))
    p = normal((dirs, 3 * hidden), dtype) if peephole else None
    zero = np.zeros((dirs, batch, hidden))
    y, yh, yc = recurrent(op, wide(x), wide(w), wide(r), wide(b) if bias else np.zeros((dirs, 2 * gates * hidden)), lengths or [steps] * batch,
                          zero if h0 is None else wide(h0), zero if c0 is None else wide(c0), (wide(p) if peephole else np.zeros((dirs, 3 * hidden))).reshape(dirs, 3, hidden),
                          direction, clip, activations, alphas, betas, linear_before_reset, input_forget)
    batch_first = lambda a: a if a is None or not layout else np.ascontiguousarray(a.transpose(2, 0, 1, 3) if a.ndim == 4 else a.transpose(1, 0, 2))  # noqa: E731
    ins = [batch_first(x), w, r, b, None if lengths is None else np.array(lengths, np.int32), batch_first(h0)] + ([batch_first(c0), p] if op == "LSTM" else [])
    while ins[-1] is None:
        ins.pop()
    wanted = [batch_first(y).astype(dtype), batch_first(yh).astype(dtype)] + ([batch_first(yc).astype(dtype)] if op == "LSTM" else [])
    wanted = [a if outputs >> i & 1 else None for i, a in enumerate(wanted)]
    given = {"hidden_size": hidden, "direction": direction}
    for key, value, otherwise in [("layout", layout, 0), ("clip", clip, 0.0), ("activations", activations, None), ("activation_alpha", alphas, None), ("activation_beta", betas, None),
                                  ("linear_before_reset", linear_before_reset, 0), ("input_forget", input_forget, 0)]:
        if value != otherwise:
            given[key] = value
    add(f"{op.lower()}_{len(cases)}", op, ins, wanted, constants=constants, attributes=given, opset=opset, loosely=4)


def recurrent_cases():
    for op in ("RNN", "GRU", "LSTM"):
        for direction in ("forward", "reverse", "bidirectional"):
            recurrent_case(op, direction=direction, initial=1, lengths=[2, 5, 0], constants=(1, 2, 3))
            recurrent_case(op, direction=direction, layout=1, initial=1, lengths=[5, 1, 3])
            recurrent_case(op, direction=direction, dtype=F64, initial=1, lengths=[4, 5, 1], batch=3, clip=0.75)
        recurrent_case(op, bias=0, outputs=1)
        recurrent_case(op, bias=0, outputs=2)
        recurrent_case(op, dtype=F16, hidden=3, steps=3)
        recurrent_case(op, dtype=BF16, hidden=3, steps=3)
        recurrent_case(op, batch=1, hidden=33, inputs=3, steps=2, constants=(1, 2, 3), initial=1)
        recurrent_case(op, batch=19, hidden=7, direction="bidirectional", constants=(1, 2, 3), lengths=list(rng.integers(0, 6, 19)), opset=7)
        recurrent_case(op, clip=0.5, opset=14)
        recurrent_case(op, steps=0, initial=1, outputs=6 if op == "LSTM" else 2)
        for lbr in (0, 1) if op == "GRU" else (0,):
            names = {"RNN": ["Elu"], "GRU": ["HardSigmoid", "Softsign"], "LSTM": ["HardSigmoid", "ScaledTanh", "Affine"]}[op]
            recurrent_case(op, activations=names, linear_before_reset=lbr)
            recurrent_case(op, activations=names, alphas=[0.3, 0.5, 0.75], betas=[0.4, 0.8, 0.1], linear_before_reset=lbr, dtype=F64)
            both = names + {"RNN": ["LeakyRelu"], "GRU": ["Sigmoid", "Relu"], "LSTM": ["Sigmoid", "Softplus", "ThresholdedRelu"]}[op]
            recurrent_case(op, activations=both, direction="bidirectional", alphas=[0.3], linear_before_reset=lbr, initial=1)
    for direction, dtype in itertools.product(("reverse", "bidirectional"), (F32, F64)):
        recurrent_case("GRU", direction=direction, linear_before_reset=1, initial=1, lengths=[3, 5, 2], dtype=dtype)
        recurrent_case("LSTM", direction=direction, peephole=1, initial=1, lengths=[3, 5, 2], dtype=dtype)
        recurrent_case("LSTM", direction=direction, input_forget=1, peephole=1, layout=1, dtype=dtype, clip=1.0)
    recurrent_case("LSTM", input_forget=1, initial=1)


# ---- sampling ----
def reflect(v, low, high):
    if high <= low:
        return low
    while v < low or v > high:
        v = 2 * low - v if v < low else 2 * high - v
    return v


def grid_sample(x, grid, mode, border, align):
    n, c, *size = x.shape
    rank, out = len(size), grid.shape[1:-1]
    y = np.zeros((n, c, *out))

    def place(i, d):
        low, high = (0, size[d] - 1) if align else (-0.5, size[d] - 0.5)
        if 0 <= i < size[d]:
            return int(i)
        if border == "zeros":
            return None
        return int(min(max(i if border == "border" else int(reflect(i, low, high)), 0), size[d] - 1))

    for item, *q in np.ndindex(n, *out):
        axes = []
        for d in range(rank):
            v = grid[(item, *q, rank - 1 - d)]
            v = (v + 1) / 2 * (size[d] - 1) if align else ((v + 1) * size[d] - 1) / 2
            if mode == "nearest":
                v = float(np.rint(v))
            low, high = (0, size[d] - 1) if align else (-0.5, size[d] - 0.5)
            if (v < low or v > high) and not (mode == "cubic" and border == "border"):  # there the points are clamped, not the place
                v = min(max(v, 0), size[d] - 1) if border == "border" else reflect(v, low, high) if border == "reflection" else v
            first = math.floor(v)
            t = v - first
            if mode == "nearest":
                weights = [(int(v), 1.0)]
            elif mode == "linear":
                weights = [(first, 1 - t), (first + 1, t)]
            else:
                near, far = (lambda s: 1.25 * s**3 - 2.25 * s**2 + 1), (lambda s: -0.75 * (s**3 - 5 * s**2 + 8 * s - 4))
                weights = [(first - 1, far(t + 1)), (first, near(t)), (first + 1, near(1 - t)), (first + 2, far(2 - t))]
            axes.append([(place(i, d), w) for i, w in weights])
        for combination in itertools.product(*axes):
            if all(i is not None for i, _ in combination):
                y[(item, slice(None), *q)] += x[(item, slice(None), *[i for i, _ in combination])] * math.prod(w for _, w in combination)
    return y


def sampling_cases():
    for rank, mode, border, align in itertools.product((2, 3), ("nearest", "linear", "cubic"), ("zeros", "border", "reflection"), (0, 1)):
        size, out = ((4, 5), (3, 4)) if rank == 2 else ((3, 4, 2), (2, 3, 2))
        x, grid = normal((2, 2, *size)), (rng.random((2, *out, rank)) * 3.2 - 1.6).astype(F32)
        y = grid_sample(wide(x), wide(grid), mode, border, align)
        add(f"grid_sample_{rank}_{mode}_{border}_{align}", "GridSample", [x, grid], [y.astype(F32)], opset=20, mode=mode, padding_mode=border, align_corners=align, loosely=8)
        if rank == 2:
            add(f"grid_sample_16_{mode}_{border}_{align}", "GridSample", [x, grid], [y.astype(F32)], opset=16, mode={"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode),
                padding_mode=border, align_corners=align, loosely=8)
        if align:
            add(f"grid_sample_{rank}_{mode}_{border}_{align}_double", "GridSample", [wide(x), wide(grid)], [y], opset=22, mode=mode, padding_mode=border, align_corners=align, loosely=8)
    for size, align in itertools.product(((2, 3, 4, 5), (1, 2, 3, 2, 4), (1, 1, 1, 2)), (0, 1)):
        rank, theta = len(size) - 2, normal((size[0], len(size) - 2, len(size) - 1))
        axes = [np.linspace(-1, 1, s) if align and s > 1 else np.zeros(1) if align else (2 * np.arange(s) + 1) / s - 1 for s in size[2:]]
        points = np.stack([*np.meshgrid(*axes, indexing="ij")][::-1] + [np.ones(size[2:])], -1)
        y = np.einsum("nij,...j->n...i", wide(theta), points)
        add(f"affine_grid_{rank}_{align}_{size[3]}", "AffineGrid", [theta, np.array(size)], [y.astype(F32)], constants=(1,), opset=20, align_corners=align)
    for dtype in (F32, F64, F16):
        x = normal((1, 2, 3, 2), dtype)
        index = rng.permutation(48)[:12].reshape(x.shape)
        index = np.where(np.arange(2).reshape(1, 2, 1, 1) == 0, index, index)  # anywhere in [1, 2, 6, 4]
        y = np.zeros(48)
        y[index.ravel()] = wide(x).ravel()
        add(f"max_unpool_{np.dtype(dtype).name}", "MaxUnpool", [x, index], [y.reshape(1, 2, 6, 4).astype(dtype)], kernel_shape=[2, 2], strides=[2, 2])
        larger = np.zeros((1, 2, 7, 5))
        larger[:, :, :6, :4] = y.reshape(1, 2, 6, 4)
        add(f"max_unpool_shape_{np.dtype(dtype).name}", "MaxUnpool", [x, index, np.array(larger.shape)], [larger.astype(dtype)], constants=(2,), kernel_shape=[2, 2], strides=[2, 2])
    x, rois = normal((2, 3, 8, 9)), np.array([[0, 0, 0, 8, 7], [1, 2, 1, 5, 6], [1, 3.4, 2.6, 3.4, 2.6], [0, -3, -3, 20, 20], [0, 20, 20, 30, 30]], F32)
    for scale in (1.0, 0.5):
        y = np.zeros((5, 3, 2, 3))
        for i, (item, *box) in enumerate(rois):
            x0, y0, x1, y1 = (math.floor(abs(v) * scale + 0.5) * (1 if v >= 0 else -1) for v in box)
            high, wide_ = max(y1 - y0 + 1, 1) / 2, max(x1 - x0 + 1, 1) / 3
            for p, q in np.ndindex(2, 3):
                rows = slice(min(max(math.floor(p * high) + y0, 0), 8), min(max(math.ceil((p + 1) * high) + y0, 0), 8))
                cols = slice(min(max(math.floor(q * wide_) + x0, 0), 9), min(max(math.ceil((q + 1) * wide_) + x0, 0), 9))
                part = x[int(item), :, rows, cols]
                y[i, :, p, q] = part.max((1, 2)) if part.size else 0
        add(f"max_roi_pool_{scale}", "MaxRoiPool", [x, rois], [y.astype(F32)], pooled_shape=[2, 3], spatial_scale=scale)


# ---- attention ----
def attention(q, k, v, scale, softcap, bias):
    """q [b, h, l, d], k and v with as many heads; bias [b, h, l, s]. Results, and scores at each of the four places."""
    shown = [scale * np.einsum("bhld,bhsd->bhls", q, k)]
    shown.append(softcap * np.tanh(shown[0] / softcap) if softcap else shown[0])
    shown.append(np.where(bias == -np.inf, -np.inf, shown[1] + np.where(bias == -np.inf, 0, bias)))
    most = shown[2].max(-1, keepdims=True)
    e = np.exp(shown[2] - np.where(most == -np.inf, 0, most))
    total = e.sum(-1, keepdims=True)
    shown.append(e / np.where(total == 0, 1, total))
    return np.einsum("bhls,bhsd->bhld", shown[3], v), shown


def attention_cases():
    for i, (b, hq, hk, l, s, d, dv, flat, given, extra) in enumerate([
            (2, 4, 4, 5, 6, 8, 7, 0, {}, ""), (1, 6, 2, 40, 40, 4, 4, 0, {"is_causal": 1}, ""), (2, 4, 2, 3, 5, 8, 6, 1, {"softcap": 2.0}, "bool"),
            (1, 4, 1, 1, 9, 8, 8, 0, {"scale": 0.3}, "float past"), (2, 2, 2, 7, 7, 4, 4, 1, {"is_causal": 1}, "past float"), (2, 4, 2, 3, 8, 4, 4, 0, {"is_causal": 1}, "length"),
            (1, 2, 2, 6, 9, 4, 4, 0, {"left_window_size": 2, "right_window_size": 1}, ""), (1, 4, 2, 35, 70, 5, 3, 0, {"left_window_size": 9}, "bool"),
            (1, 2, 1, 4, 6, 4, 4, 1, {"is_causal": 1, "right_window_size": 3}, "short"), (2, 2, 2, 3, 4, 4, 4, 0, {}, "none")]):
        variants = [(F32, None), (F32, i % 4), (F64, (i + 1) % 4), (F16, None), (BF16, None)]
        for dtype, mode in variants if l < 9 else variants[:1]:
            past = 4 if "past" in extra else 0
            q, k, v = normal((b, hq, l, d), dtype), normal((b, hk, s, d), dtype), normal((b, hk, s, dv), dtype)
            pk, pv = normal((b, hk, past, d), dtype), normal((b, hk, past, dv), dtype)
            keys, values = np.concatenate([pk, k], 2), np.concatenate([pv, v], 2)
            total = s + past
            lengths = rng.integers(0, s + 1, b) if "length" in extra else None
            bias, mask = np.zeros((b, hq, l, total)), None
            offset = lengths.reshape(b, 1, 1, 1) - l if lengths is not None else past
            at, key = np.arange(l).reshape(l, 1) + offset, np.arange(total)
            if given.get("is_causal"):
                bias = np.where(key <= at, bias, -np.inf)
            if given.get("left_window_size", -1) >= 0:
                bias = np.where(key >= at - given["left_window_size"], bias, -np.inf)
            if given.get("right_window_size", -1) >= 0:
                bias = np.where(key <= at + given["right_window_size"], bias, -np.inf)
            if lengths is not None:
                bias = np.where(key < lengths.reshape(b, 1, 1, 1), bias, -np.inf)
            if "bool" in extra:
                mask = rng.random((l, total)) > 0.4
                mask[0] = False
                bias = np.where(mask, bias, -np.inf)
            elif "float" in extra:
                mask = normal((1, hq, 1, total), dtype)
                bias = bias + wide(mask)
            elif "short" in extra:
                mask = np.ones((l, total - 2), bool)
                bias = np.where(key < total - 2, bias, -np.inf)
            elif "none" in extra:
                mask = np.zeros((l, total), bool)
                bias = bias - np.inf
            repeat = lambda a: np.repeat(wide(a), hq // hk, 1)  # noqa: B023, E731
            y, shown = attention(wide(q), repeat(keys), repeat(values), f32(given["scale"]) if "scale" in given else 1 / math.sqrt(d), given.get("softcap", 0), bias)
            seen = lambda a: np.ascontiguousarray(a.transpose(0, 2, 1, 3).reshape(b, a.shape[2], -1)) if flat else a  # noqa: B023, E731
            ins = [seen(q), seen(k), seen(v), mask, pk if past else None, pv if past else None, None if lengths is None else lengths]
            while ins[-1] is None:
                ins.pop()
            wanted = [seen(y).astype(dtype)] + ([keys, values] if past else [None, None]) + ([] if mode is None else [shown[mode].astype(dtype)])
            while wanted[-1] is None:
                wanted.pop()
            more = {"q_num_heads": hq, "kv_num_heads": hk} if flat else {}
            add(f"attention_{i}_{np.dtype(dtype).name}_{mode}", "Attention", ins, wanted, opset=25, loosely=2, **given, **more, **({} if mode is None else {"qk_matmul_output_mode": mode}))


matmul_cases()
einsum_cases()
conv_cases()
conv_transpose_cases()
pool_cases()
norm_cases()
recurrent_cases()
sampling_cases()
attention_cases()
path = ROOT / "tests/golden/native/nn.bin"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_bytes(b"XBCASES1" + struct.pack("<I", len(cases)) + b"".join(cases))
print(f"{path}: {len(cases)} cases, {path.stat().st_size} bytes")
