#!/usr/bin/env python3
"""Makes tests/golden/native/moves.bin: cases of operators that move, pick, put, make, order and fold elements, beyond ONNX's own:
every element type, every version, random shapes, axes and indices, each with its inputs given and with all of them constant
(then the plan computes the result). For tests/ops/node_cases.c; the file's layout is told in scripts/node_cases.py.

    scripts/setup test && PYTHONPATH=build/deps/python python3 scripts/golden/native_moves.py

What is wanted is computed here with numpy: integers, text and what is only moved exactly; sums in float64, rounded once to the
element type. Resize is that of the onnx package's reference implementation (not for half_pixel_symmetric, whose windows it
misplaces at whole positions; nor where it differs from the operator's text: pytorch_half_pixel to a length of 1,
tf_crop_and_resize with an aspect ratio kept); Upsample and Resize 10 agree with ONNX Runtime 1.32. Tolerances: 2e-5 for float32
sums of up to some hundred numbers near 1, 1e-9 for float64 (2e-6 for Resize, whose reference has its cubic weights in float32),
1e-2 for float16 and bfloat16 (a unit in the last place of bfloat16 is 4e-3), 1 for integers that Resize rounds from sums which
may lie in the middle."""
import pathlib
import struct
import warnings

import ml_dtypes
import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh
from onnx.reference import ReferenceEvaluator

ROOT = pathlib.Path(__file__).resolve().parents[2]
warnings.simplefilter("ignore")
np.seterr(all="ignore")
rng = np.random.default_rng(5)
BF16 = ml_dtypes.bfloat16
FLOATS = [np.float32, np.float64, np.float16, BF16]
INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
OLD = [t for t in FLOATS + INTEGERS if t is not BF16] + [np.bool_, object, np.complex64, np.complex128]  # before opset 13
ALL = [*OLD, BF16]
SMALL = [ml_dtypes.int4, ml_dtypes.uint4, ml_dtypes.float8_e4m3fn]
TOLERANCE = {np.dtype(np.float16): 1e-2, np.dtype(BF16): 1e-2, np.dtype(np.float32): 2e-5, np.dtype(np.float64): 1e-9}
INDEX = [np.int32, np.int64]
cases = []


def blob(data):
    return struct.pack("<I", len(data)) + data


def port(name, a):
    return h.make_tensor_value_info(name, nh.from_array(a).data_type, [None] * a.ndim)


def add(op, opset, inputs, wanted, fixed=(), domain="", note="", tolerance=None, **attributes):
    """inputs, wanted: arrays, or None where left out. Two cases: inputs given but for those whose index is in `fixed`, which are
    constants; and all constant. Every third time nothing is constant, as well."""
    inputs = [None if a is None else np.asarray(a) for a in inputs]
    wanted = [None if a is None else np.asarray(a) for a in wanted]
    variants = [("given", set(fixed)), ("constant", set(range(len(inputs))))]
    if fixed and len(cases) % 3 == 0:
        variants.append(("all", set()))
    if tolerance is None:
        tolerance = TOLERANCE.get(next(a for a in wanted if a is not None).dtype, 0)
    results = [(f"y{i}", a) for i, a in enumerate(wanted) if a is not None]
    node = h.make_node(op, [f"x{i}" if a is not None else "" for i, a in enumerate(inputs)],
                       [f"y{i}" if a is not None else "" for i, a in enumerate(wanted)], domain=domain, **attributes)
    while node.input and not node.input[-1]:
        node.input.pop()
    for variant, constants in variants:
        given = [(f"x{i}", a, i in constants) for i, a in enumerate(inputs) if a is not None]
        fed = [(k, a) for k, a, is_constant in given if not is_constant]
        graph = h.make_graph([node], "g", [port(k, a) for k, a in fed], [port(k, a) for k, a in results],
                             [nh.from_array(a, k) for k, a, is_constant in given if is_constant])
        imports = [h.make_opsetid("", opset)] + ([h.make_opsetid(domain, 1)] if domain else [])
        model = h.make_model(graph, opset_imports=imports, ir_version=10 if opset < 24 else 13)
        name = "_".join(filter(None, ["moves", op.lower(), str(opset), str(len(cases)), variant, note]))
        cases.append(blob(name.encode()) + blob(b"node") + blob(op.encode()) + blob(domain.encode())
                     + struct.pack("<dd", tolerance, tolerance) + blob(model.SerializeToString())
                     + struct.pack("<III", 1, len(fed), len(results))
                     + b"".join(blob(nh.from_array(a).SerializeToString()) for _, a in fed + results))


def pick(things):
    return things[rng.integers(len(things))]


def flip():
    return bool(rng.integers(2))


def shape(rank, high=6, low=1):
    return tuple(int(v) for v in rng.integers(low, high, rank))


def axis_of(rank):
    """An axis, and a way to write it."""
    axis = int(rng.integers(rank))
    return axis, axis - rank if flip() else axis


def values(dtype, dims, low=-9, high=9):
    if dtype is object:
        return np.array([f"s{v}" for v in rng.integers(0, 99, int(np.prod(dims)))], object).reshape(dims)
    if dtype is np.bool_:
        return rng.integers(0, 2, dims).astype(bool)
    if dtype in (np.complex64, np.complex128):
        return (rng.normal(size=dims) + 1j * rng.normal(size=dims)).astype(dtype)
    if dtype in SMALL:
        return rng.integers(0, 7, dims).astype(np.int8).astype(dtype)
    if dtype in INTEGERS:
        return rng.integers(0 if np.iinfo(dtype).min == 0 else low, high, dims).astype(dtype)
    return rng.normal(size=dims).astype(dtype)


def type_of(a):
    return object if a.dtype == object else a.dtype.type


def is_float(a):
    return a.dtype.kind == "f" or a.dtype == BF16


def i64(*numbers):
    return np.array(numbers, np.int64)


# ---- moving


def transpose():
    for dtype in ALL + SMALL:
        for rank in (2, 4):
            perm = [int(p) for p in rng.permutation(rank)]
            x = values(dtype, shape(rank))
            add("Transpose", 21 if dtype in SMALL else 13, [x], [np.transpose(x, perm)], perm=perm)
    for dims, perm in [((17, 35), (1, 0)), ((2, 17, 9), (0, 2, 1)), ((17, 3, 9), (2, 1, 0)), ((1, 3, 1, 5), (2, 1, 0, 3)),
                       ((2, 2, 2, 2, 2, 2, 2, 3), (7, 6, 5, 4, 3, 2, 1, 0))]:
        for dtype in (np.float32, np.uint8, np.complex128):
            x = values(dtype, dims)
            add("Transpose", 7, [x], [np.transpose(x, perm)], perm=perm)


def slice_of(dim, start, end, step):
    """Clamped as the operator's text says: not as Python does when a step goes backwards from before the first element."""
    start, end = start + dim * (start < 0), end + dim * (end < 0)
    high = dim if step > 0 else dim - 1
    start, end = min(max(start, 0), high), min(max(end, 0 if step > 0 else -1), high)
    return slice(start, None if end < 0 else end, step)


def slices():
    for _ in range(25):
        rank = int(rng.integers(1, 5))
        x = values(pick(ALL), shape(rank, 7))
        axes = rng.permutation(rank)[: int(rng.integers(1, rank + 1))]
        start, end, step = (rng.integers(-9, 9, len(axes)), rng.integers(-9, 9, len(axes)), rng.choice([-3, -2, -1, 1, 1, 2, 3], len(axes)))
        at = [slice(None)] * rank
        for a, b, e, s in zip(axes, start, end, step):
            at[a] = slice_of(x.shape[a], int(b), int(e), int(s))
        y, kind = x[tuple(at)], pick(INDEX)
        opset = 13 if x.dtype == BF16 else pick([10, 11, 13])
        add("Slice", opset, [x, *(v.astype(kind) for v in (start, end, axes - rank * flip(), step))], [y], fixed=(1, 2, 3, 4))
        if all(step == 1) and x.dtype != BF16:
            add("Slice", 9, [x], [y], starts=[int(v) for v in start], ends=[int(v) for v in end], axes=[int(v) for v in axes])
    x, most, least = values(np.float32, (4, 5)), np.iinfo(np.int64).max, np.iinfo(np.int64).min
    add("Slice", 13, [x, i64(most), i64(least), i64(1), i64(-1)], [x[:, ::-1]], fixed=(1, 2, 3, 4))
    add("Slice", 13, [x, i64(0, 0), i64(most, most)], [x], fixed=(1, 2))
    add("Slice", 13, [x, i64(-1), i64(least), i64(0), i64(least)], [x[-1:]], fixed=(1, 2, 3, 4))
    add("Slice", 13, [x, i64(0), i64(most), i64(0), i64(most)], [x[:1]], fixed=(1, 2, 3, 4))


def split_and_concat():
    for k in range(10):
        rank = int(rng.integers(1, 4))
        axis, written = axis_of(rank)
        parts = rng.integers(0, 4, 3)
        dims = list(shape(rank))
        dims[axis] = int(parts.sum())
        x = values(pick(ALL), dims)
        y = np.split(x, np.cumsum(parts)[:-1], axis)
        if k % 5 == 4:
            y[1] = None
        add("Split", pick([13, 18]), [x, parts], y, fixed=(1,), axis=written)
        if x.dtype != BF16:
            add("Split", pick([7, 11]), [x], y, axis=axis, split=[int(v) for v in parts])
    for length, opset, more in [(7, 18, {"num_outputs": 3}), (5, 18, {"num_outputs": 3}), (6, 13, {}), (6, 7, {})]:
        x = values(np.float32, (length, 2))
        each = -(-length // 3)
        add("Split", opset, [x], [x[:each], x[each : 2 * each], x[2 * each :]], axis=0, **more)
    for k in range(12):
        rank = int(rng.integers(1, 5))
        axis, written = axis_of(rank)
        dims, dtype, x = list(shape(rank)), pick(ALL), []
        for _ in range(int(rng.integers(1, 5))):
            dims[axis] = int(rng.integers(0, 5))
            x.append(values(dtype, dims))
        add("Concat", 13, x, [np.concatenate(x, axis)], fixed=(0,) if k % 2 else (), axis=written)


def expand_and_tile():
    for k in range(12):
        dims = shape(int(rng.integers(0, 4)), 4)
        x = values(pick(ALL), tuple(d if rng.integers(3) else 1 for d in dims))
        to = [*shape(int(rng.integers(0, 3)), 3), *dims]
        add("Expand", 13, [x, np.array(to, np.int64)], [np.broadcast_to(x, to)], fixed=(1,))
        rank = int(rng.integers(1, 5))
        x, repeats = values(pick(ALL), shape(rank, 4)), rng.integers(0 if k % 5 == 0 else 1, 4, rank)
        add("Tile", 13 if x.dtype == BF16 else pick([7, 13]), [x, repeats], [np.tile(x, repeats)], fixed=(1,))


def padded(x, before, after, mode, value):
    """What is cut off goes first, so that the rest is reflected or repeated."""
    x = x[tuple(slice(max(0, -b), d - max(0, -a)) for b, a, d in zip(before, after, x.shape))]
    widths = [(max(0, int(b)), max(0, int(a))) for b, a in zip(before, after)]
    if mode != "constant":
        return x[np.ix_(*[np.pad(np.arange(d), w, mode=mode) for d, w in zip(x.shape, widths)])]
    y = np.empty([d + b + a for d, (b, a) in zip(x.shape, widths)], x.dtype)
    y[...] = value
    y[tuple(slice(b, b + d) for d, (b, _) in zip(x.shape, widths))] = x
    return y


def pads():
    for _ in range(24):
        rank = int(rng.integers(1, 5))
        x, mode = values(pick(ALL), shape(rank, 6, 2)), pick(["constant", "reflect", "edge", "wrap"])
        before, after = rng.integers(-1 if flip() else 0, 4, (2, rank))
        if any(d + min(b, 0) + min(a, 0) <= 0 for d, b, a in zip(x.shape, before, after)):
            before, after = abs(before), abs(after)
        axes = None
        if flip():
            axes = rng.permutation(rank)[: int(rng.integers(1, rank + 1))].astype(pick(INDEX))
            left_out = np.setdiff1d(np.arange(rank), axes)
            before[left_out] = after[left_out] = 0
        value = values(type_of(x), ()) if flip() else None
        y = padded(x, before, after, mode, ("" if x.dtype == object else 0) if value is None else value.item())
        some = slice(None) if axes is None else axes
        opset = 25 if mode == "wrap" else 19 if axes is not None else 13 if x.dtype == BF16 else pick([11, 13, 18])
        add("Pad", opset, [x, np.concatenate([before[some], after[some]]), value, axes], [y], fixed=(1, 2, 3), mode=mode)
        if x.dtype == np.float32 and mode != "wrap":
            add("Pad", pick([7, 10]), [x], [y], mode=mode, pads=[int(p) for p in (*before, *after)],
                value=0.0 if value is None else float(value))


def depth_and_space():
    for _ in range(8):
        s, (n, c, height, width) = int(rng.integers(1, 4)), shape(4, 4)
        x, mode = values(pick([np.float32, np.float64, np.uint8]), (n, c * s * s, height, width)), pick(["DCR", "CRD"])
        parts, turn = (n, s, s, c, height, width), (0, 3, 4, 1, 5, 2)
        if mode == "CRD":
            parts, turn = (n, c, s, s, height, width), (0, 1, 4, 2, 5, 3)
        y = x.reshape(parts).transpose(turn).reshape(n, c, height * s, width * s)
        add("DepthToSpace", pick([11, 13]), [x], [y], blocksize=s, mode=mode)
        add("SpaceToDepth", 28, [y], [x], blocksize=s, mode=mode)
        if mode == "DCR":
            add("SpaceToDepth", 13, [y], [x], blocksize=s)


# ---- indices


def indices(dims, bound):
    return rng.integers(-bound, bound, dims).astype(pick(INDEX))


COMBINE = {"none": lambda a, b: b, "add": lambda a, b: a + b, "mul": lambda a, b: a * b, "max": np.maximum, "min": np.minimum}


def way_for(x):
    return "none" if x.dtype == object or x.dtype.kind in "bc" else pick(list(COMBINE))


def along_an_axis():
    for k in range(14):
        rank = int(rng.integers(1, 5))
        axis, written = axis_of(rank)
        x = values(pick(ALL + SMALL), shape(rank, 5))
        i = indices(shape(int(rng.integers(0, 3)), 4), x.shape[axis])
        add("Gather", 21 if type_of(x) in SMALL else 13, [x, i], [np.take(x, i, axis=axis)], fixed=(k % 2,), axis=written)
        x = values(pick(ALL), shape(rank, 5))
        dims = [int(rng.integers(1, 7 if d == axis else x.shape[d] + 1)) for d in range(rank)]
        i, updates, way = indices(dims, x.shape[axis]), values(type_of(x), dims), way_for(x)
        y, z = np.empty(dims, x.dtype), x.copy()
        for p in np.ndindex(*dims):
            at = (*p[:axis], i[p], *p[axis + 1 :])
            y[p], z[at] = x[at], COMBINE[way](z[at], updates[p])
        add("GatherElements", 13, [x, i], [y], fixed=(1,) if k % 2 else (), axis=axis)
        if way != "none":
            add("ScatterElements", 18, [x, i, updates], [z], fixed=(1,) if k % 2 else (), axis=axis, reduction=way)
        elif x.dtype != BF16:
            add("Scatter", 9, [x, i, updates], [z], axis=axis)
            add("ScatterElements", 11, [x, i, updates], [z], axis=axis)


def tuples():
    for k in range(14):
        rank = int(rng.integers(1, 5))
        x, batch = values(pick(ALL), shape(rank, 5)), int(rng.integers(0, rank))
        depth = int(rng.integers(1, rank - batch + 1))
        dims = (*x.shape[:batch], *shape(int(rng.integers(0, 3)), 4))
        i = np.stack([rng.integers(-x.shape[batch + d], x.shape[batch + d], dims) for d in range(depth)], -1).astype(np.int64)
        y, z = np.empty(dims + x.shape[batch + depth :], x.dtype), x.copy()
        updates, way = values(type_of(x), y.shape), way_for(x)
        for p in np.ndindex(*dims):
            at = (*p[:batch], *i[p])
            y[p] = x[at]
            if batch == 0:
                z[at] = COMBINE[way](z[at], updates[p])
        fixed = (1,) if k % 2 else ()
        add("GatherND", 13 if batch or x.dtype == BF16 else 11, [x, i], [y], fixed=fixed, **({"batch_dims": batch} if batch else {}))
        if batch == 0:
            more = {} if way == "none" else {"reduction": way}
            add("ScatterND", 18 if more else 13, [x, i, updates], [z], fixed=fixed, **more)


def sequences():
    for k in range(8):
        batches, times = shape(2, 6)
        x = values(pick(OLD), (times, batches, *shape(int(rng.integers(0, 3)), 4)))
        lengths, y = rng.integers(0 if k % 3 == 0 else 1, times + 1, batches), x.copy()
        for b, n in enumerate(lengths):
            y[:n, b] = x[:n, b][::-1]
        add("ReverseSequence", 10, [x, lengths], [y], time_axis=0, batch_axis=1)
        add("ReverseSequence", 10, [x.swapaxes(0, 1), lengths], [y.swapaxes(0, 1)], time_axis=1, batch_axis=0)


# ---- folding

FOLDS = {
    "ReduceSum": lambda x, **k: np.sum(x, dtype=x.dtype, **k),
    "ReduceMean": lambda x, **k: np.mean(x, dtype=x.dtype, **k),
    "ReduceMax": np.max,
    "ReduceMin": np.min,
    "ReduceProd": lambda x, **k: np.prod(x, dtype=x.dtype, **k),
    "ReduceL1": lambda x, **k: np.sum(np.abs(x), dtype=x.dtype, **k),
    "ReduceL2": lambda x, **k: np.sqrt(np.sum(np.square(x.astype(np.float64)), **k)),
    "ReduceSumSquare": lambda x, **k: np.sum(np.square(x), dtype=x.dtype, **k),
    "ReduceLogSum": lambda x, **k: np.log(np.sum(x.astype(np.float64), **k)),
    "ReduceLogSumExp": lambda x, **k: np.log(np.sum(np.exp(x.astype(np.float64)), **k)),
}


def folded(op, x, axes, keep):
    wide = x.astype(np.float64) if is_float(x) else x
    return np.asarray(FOLDS[op](wide, axis=axes, keepdims=keep)).astype(x.dtype)


def folds():
    for op in FOLDS:
        newest = {"ReduceSum": 13, "ReduceMax": 20, "ReduceMin": 20}.get(op, 18)
        for k in range(8):
            dtype = pick([*FLOATS, np.float32, np.int32, np.int64, np.uint32, np.uint64])
            if newest == 20 and k % 3 == 0:
                dtype = pick([np.int8, np.uint8, np.bool_])
            if "Log" in op and dtype in INTEGERS:
                dtype = np.float32
            dims = [(3, 140), (140, 3)][k // 7] if k % 7 == 0 else shape(int(rng.integers(1, 6)), 5)
            x = values(dtype, dims)
            if op == "ReduceLogSum":
                x = np.abs(x) + dtype(1)
            axes = tuple(int(a) for a in rng.permutation(x.ndim)[: int(rng.integers(1, x.ndim + 1))])
            keep, y = flip(), None
            y = folded(op, x, axes, keep)
            if k % 3 == 1 and dtype in (*FLOATS[:3], *INTEGERS[4:]):
                add(op, 11, [x], [y], axes=list(axes), keepdims=int(keep))
            else:
                written = i64(*(a - x.ndim * flip() for a in axes))
                add(op, newest, [x, written], [y], fixed=(1,), keepdims=int(keep))
            if k % 7 == 0:
                add(op, newest, [x], [folded(op, x, None, keep)], keepdims=int(keep))
                add(op, newest, [x, i64()], [folded(op, x, None, keep)], fixed=(1,), keepdims=int(keep))
                add(op, newest, [x, i64()], [folded(op, x[None], (0,), False)], fixed=(1,), noop_with_empty_axes=1)


def running():
    for k in range(15):
        dims = [(3, 140), (2, 140), (140, 3)][k // 5] if k % 5 == 0 else shape(int(rng.integers(1, 5)))
        x = values(pick([np.float32, np.float64, np.int32, np.int64, np.uint32, np.float16]), dims)
        axis, written = axis_of(x.ndim)
        exclusive, reverse = flip(), flip()
        for op, f, first, opset in [("CumSum", np.cumsum, 0, 14), ("CumProd", np.cumprod, 1, 26)]:
            if op == "CumProd" and max(dims) > 20:
                continue
            wide = x.astype(np.float64) if is_float(x) else x
            y = f(np.flip(wide, axis) if reverse else wide, axis=axis, dtype=wide.dtype)
            if exclusive:
                y = np.roll(y, 1, axis)
                y[(slice(None),) * axis + (0,)] = first
            y = np.flip(y, axis) if reverse else y
            add(op, opset, [x, np.array(written, pick(INDEX))], [y.astype(x.dtype)], fixed=(1,),
                exclusive=int(exclusive), reverse=int(reverse))


# ---- order


def ordered():
    for k in range(13):
        dims = [(140, 3), (2, 300)][k % 2] if k % 6 == 0 else shape(int(rng.integers(1, 5)), 7)
        x = values(pick([t for t in FLOATS + INTEGERS if t is not BF16]), dims)
        x = np.round(x) if k % 2 and is_float(x) else x
        axis, written = axis_of(x.ndim)
        for op, f in [("ArgMax", np.argmax), ("ArgMin", np.argmin)]:
            keep, last = flip(), flip()
            y = x.shape[axis] - 1 - f(np.flip(x, axis), axis=axis, keepdims=keep) if last else f(x, axis=axis, keepdims=keep)
            more = {"select_last_index": 1} if last else {}
            add(op, 13 if last else 7, [x], [y.astype(np.int64)], axis=axis, keepdims=int(keep), **more)
        count, largest = int(rng.integers(0 if k % 9 == 0 else 1, x.shape[axis] + 1)), flip()
        key = x.astype(np.float64) if is_float(x) else x.astype(object)
        places = np.take(np.argsort(-key if largest else key, axis=axis, kind="stable"), np.arange(count), axis=axis)
        best = np.take_along_axis(x, places, axis)
        add("TopK", 11, [x, i64(count)], [best if k % 4 else None, places], fixed=(1,), axis=written, largest=int(largest), sorted=1)
        if largest and is_float(x) and count:
            add("TopK", 10, [x, i64(count)], [best, places], fixed=(1,), axis=axis)
            add("TopK", 9, [x], [best, places], axis=axis, k=count)
        if is_float(x):
            y = np.zeros_like(x)
            np.put_along_axis(y, np.argmax(x, axis=axis, keepdims=True), 1, axis)
            add("Hardmax", 13, [x], [y], axis=axis)
            lines = x.reshape(int(np.prod(x.shape[:axis])), -1)
            y = np.zeros_like(lines)
            y[np.arange(len(lines)), lines.argmax(1)] = 1
            add("Hardmax", pick([7, 11]), [x], [y.reshape(x.shape)], axis=axis)


def uniques():
    for k in range(14):
        x = values(pick([np.float32, np.int64, np.int8, np.uint8, np.float64, object]), shape(int(rng.integers(1, 4)), 7), -3, 3)
        x = np.round(x) if is_float(x) else x
        axis = None if k % 2 or x.dtype == object else int(rng.integers(x.ndim))
        more = {} if axis is None else {"axis": axis}
        y, first, inverse, counts = np.unique(x, True, True, True, axis=axis)
        inverse = inverse.reshape(-1)
        add("Unique", 11, [x], [y, first, inverse, counts], **more)
        order = np.argsort(first)
        y, inverse = np.take(y, order, axis=axis or 0), np.argsort(order)[inverse]
        add("Unique", 11, [x], [y, first[order], inverse, counts[order]], sorted=0, **more)


def unknown_sizes():
    for k in range(10):
        dims = shape(int(rng.integers(1, 5)))
        x = values(pick([np.float32, np.int64, np.int32, np.bool_, np.uint8, np.float16]), dims, -1, 2)
        x[rng.integers(0, 2, dims) == 0] = 0
        add("NonZero", 13, [x], [np.array(np.nonzero(x), np.int64)])
        x, axis = values(pick(OLD), dims), int(rng.integers(len(dims)))
        condition = values(np.bool_, (int(rng.integers(0 if k % 5 == 0 else 1, dims[axis] + 1)),))
        add("Compress", 11, [x, condition], [np.compress(condition, x, axis=axis)], axis=axis)
        condition = values(np.bool_, (x.size,))
        add("Compress", 9, [x, condition], [np.compress(condition, x.reshape(-1))])


# ---- making


def one_hots():
    for _ in range(10):
        rank, depth = int(rng.integers(0, 4)), int(rng.integers(1, 6))
        i, off_on = rng.integers(-8, 8, shape(rank, 4)), values(pick([np.float32, np.int64, np.bool_, object, np.int32]), (2,))
        y = np.empty((*i.shape, depth), off_on.dtype)
        y[...] = off_on[0]
        for p in np.ndindex(*i.shape):
            if -depth <= i[p] < depth:
                y[(*p, i[p])] = off_on[1]
        axis = int(rng.integers(-rank - 1, rank + 1))
        kinds = [np.int64, np.int32, np.float32]
        add("OneHot", 11, [i.astype(pick(kinds)), np.array(depth, pick(kinds)), off_on], [np.moveaxis(y, -1, axis)], fixed=(1,), axis=axis)


def triangles():
    for k in range(10):
        x = values(pick([t for t in OLD if t is not object]), shape(int(rng.integers(2, 5))))
        diagonal, upper = int(rng.integers(-7, 8)), flip()
        y = (np.triu if upper else np.tril)(x, diagonal)
        add("Trilu", 14, [x, np.array(diagonal)], [y], fixed=(1,), upper=int(upper))
        if k % 4 == 0:
            add("Trilu", 13, [x, np.array(diagonal)], [y], fixed=(1,), domain="com.microsoft", upper=int(upper))
        x = values(pick([np.float32, np.int32, np.float64]), shape(2, 7))
        add("EyeLike", 9, [x], [np.eye(*x.shape, k=diagonal, dtype=np.int64)], dtype=T.INT64, k=diagonal)


def made():
    for _ in range(8):
        dtype = pick([np.float32, np.float64])
        start, limit, delta = (dtype(v) for v in (*rng.normal(size=2) * 5, rng.choice([-1, 1]) * rng.uniform(0.3, 3)))
        count = max(int(np.ceil((float(limit) - float(start)) / float(delta))), 0)
        add("Range", 11, [start, limit, delta], [(float(start) + np.arange(count) * float(delta)).astype(dtype)], fixed=(0, 1, 2))
        dtype = pick([np.int16, np.int32, np.int64])
        start, limit, delta = (int(v) for v in rng.integers(-50, 50, 3))
        delta = delta or 3
        add("Range", 11, [dtype(start), dtype(limit), dtype(delta)], [np.arange(start, limit, delta).astype(dtype)], fixed=(0, 1, 2))
        value = values(pick([np.float32, np.int64, np.int32, np.uint8, np.bool_, np.float16, np.float64]), (1,))
        dims = shape(int(rng.integers(0, 4)), 5, 0)
        add("ConstantOfShape", 9, [np.array(dims, np.int64)], [np.full(dims, value[0])], fixed=(0,), value=nh.from_array(value))
    add("ConstantOfShape", 9, [i64(2, 3)], [np.zeros((2, 3), np.float32)], fixed=(0,))
    small = np.array([-3]).astype(ml_dtypes.int4)
    add("ConstantOfShape", 23, [i64(3)], [np.repeat(small, 3)], fixed=(0,), value=nh.from_array(small))


# ---- Resize

PLACES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"]


def reference(inputs, **attributes):
    given = {f"x{i}": a for i, a in enumerate(inputs) if a is not None}
    node = h.make_node("Resize", [f"x{i}" if a is not None else "" for i, a in enumerate(inputs)], ["y"], **attributes)
    graph = h.make_graph([node], "g", [port(k, a) for k, a in given.items()], [port("y", inputs[0])])
    return ReferenceEvaluator(h.make_model(graph, opset_imports=[h.make_opsetid("", 19)], ir_version=10)).run(None, given)[0]


def resizes():
    for _ in range(90):
        rank = int(rng.integers(1, 5))
        dims = (1, *shape(rank - 1, 8)) if rank == 4 else shape(rank, 9)
        x = values(pick([np.float32, np.float32, np.float64, np.uint8, np.int8, np.float16, np.int32]), dims, 0, 100)
        mode, places, opset, axes = pick(["nearest", "linear", "cubic"]), pick(PLACES), pick([13, 18, 19]), list(range(rank))
        attributes = {"mode": mode, "coordinate_transformation_mode": places}
        if mode == "nearest":
            attributes["nearest_mode"] = pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
        if mode == "cubic" and flip():
            attributes["cubic_coeff_a"] = -0.5
        if mode != "nearest" and rng.integers(3) == 0:
            attributes["exclude_outside"] = 1
        if mode != "nearest" and opset >= 18 and flip():
            attributes["antialias"] = 1
        if opset >= 18 and flip():
            axes = [int(a) for a in rng.permutation(rank)[: int(rng.integers(1, rank + 1))]]
            attributes["axes"] = axes
        roi = scales = sizes = None
        if places == "tf_crop_and_resize":
            start = rng.uniform(-0.2, 0.6, len(axes))
            roi = np.concatenate([start, start + rng.uniform(0.2, 0.7, len(axes))]).astype(np.float32)
            attributes["extrapolation_value"] = float(rng.integers(0, 9))
        if flip() and roi is None:
            scales = rng.choice(np.array([0.5, 0.6, 0.8, 1, 1.5, 2, 2.3, 3, 0.25], np.float32), len(axes))
        else:
            sizes = rng.integers(1, 12, len(axes))
            if opset >= 18 and roi is None and rng.integers(3) == 0:
                attributes["keep_aspect_ratio_policy"] = pick(["not_larger", "not_smaller"])
        if scales is not None and any(int(float(s) * dims[a]) == 0 for s, a in zip(scales, axes)):
            continue
        y = reference([x, roi, scales, sizes], **attributes)
        if y.size == 0 or y.size > 250 or (places == "pytorch_half_pixel" and 1 in [y.shape[a] for a in axes]):
            continue
        loosely = None if mode == "nearest" else 1 if x.dtype.kind in "iu" else 2e-6 if x.dtype == np.float64 else None
        add("Resize", opset, [x, roi, scales, sizes], [y], fixed=(1, 2, 3), note=f"{mode}_{places}", tolerance=loosely, **attributes)


def upsampled(x, scales, mode):
    y = x.astype(np.float64)
    for axis, scale in enumerate(scales):
        n = x.shape[axis]
        at = np.arange(int(np.floor(n * scale))) / scale
        if scale == 1:
            continue
        if mode == "nearest":
            y = np.take(y, np.minimum((np.ceil(at) if scale < 1 else np.floor(at)).astype(int), n - 1), axis=axis)
            continue
        at = np.minimum(at, n - 1)
        low = np.floor(at).astype(int)
        part = (at - low).reshape([-1 if d == axis else 1 for d in range(y.ndim)])
        y = np.take(y, low, axis=axis) * (1 - part) + np.take(y, np.minimum(low + 1, n - 1), axis=axis) * part
    return y.astype(x.dtype)


def upsamples():
    for _ in range(10):
        x, mode = values(np.float32, (1, 2, *shape(2, 8, 2))), pick(["nearest", "linear"])
        scales = [1.0, 1.0, *(float(s) for s in rng.choice([2, 3, 1.5, 2.5, 1], 2))]
        add("Upsample", 9, [x, np.array(scales, np.float32)], [upsampled(x, scales, mode)], fixed=(1,), mode=mode)
        add("Upsample", 7, [x], [upsampled(x, scales, mode)], mode=mode, scales=scales)
        scales = [1.0, 1.0, *(float(s) for s in rng.choice([2, 0.5, 0.75, 1.5], 2))]
        add("Resize", 10, [x, np.array(scales, np.float32)], [upsampled(x, scales, mode)], fixed=(1,), mode=mode)


# ---- com.microsoft


def quantized():
    for k in range(8):
        dtype = pick([np.uint8, np.int8])
        least, most = np.iinfo(dtype).min, np.iinfo(dtype).max

        def scale_and_zero():
            return np.float32(rng.uniform(0.05, 0.3)), dtype(rng.integers(least // 4, most // 4))

        def rounded(real, scale, zero):
            return np.clip(np.rint(real / np.float64(scale)) + int(zero), least, most).astype(dtype)

        rank = int(rng.integers(1, 4))
        axis, written = axis_of(rank)
        to, dims, inputs, parts = scale_and_zero(), list(shape(rank)), [], []
        for _ in range(int(rng.integers(1, 4))):
            dims[axis] = int(rng.integers(1, 5))
            q, (scale, zero) = rng.integers(least, most + 1, dims).astype(dtype), scale_and_zero()
            inputs += [q, scale, zero]
            parts.append(rounded((q.astype(np.float64) - int(zero)) * np.float64(scale), *to))
        fixed = [i for i in range(len(inputs) + 2) if i < 2 or i % 3 != 2]
        add("QLinearConcat", 13, [*to, *inputs], [np.concatenate(parts, axis)], fixed=fixed, domain="com.microsoft", axis=written)
        q, (scale, zero) = rng.integers(least, most + 1, (3, 4, 5)).astype(dtype), scale_and_zero()
        mean = (q.astype(np.float64).mean((1, 2), keepdims=bool(k % 2)) - int(zero)) * np.float64(scale)
        add("QLinearReduceMean", 13, [q, scale, zero, *to], [rounded(mean, *to)], fixed=(1, 2, 3, 4), domain="com.microsoft",
            axes=[1, 2], keepdims=k % 2)
        x, axis = values(np.float32, shape(3)), int(rng.integers(-4, 4))
        add("ExpandDims", 13, [x, np.array(axis, np.int32)], [np.expand_dims(x, axis)], fixed=(1,), domain="com.microsoft")


# ---- between convolutions, whose tensors lie in blocks of channels


def convolved(x, w):
    """By a kernel of 1 x 1, in float64."""
    return np.einsum("nchw,oc->nohw", x.astype(np.float64), w[:, :, 0, 0].astype(np.float64))


def add_graph(note, x, nodes, weights, results):
    """nodes: (operator, inputs, outputs, attributes); results: the graph's outputs and what they are to be."""
    graph = h.make_graph([h.make_node(op, i, o, **more) for op, i, o, more in nodes], "g", [port("x", x)],
                         [port(k, a) for k, a in results.items()], [nh.from_array(a, k) for k, a in weights.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 19)], ir_version=10)
    name = f"moves_blocks_{len(cases)}_{note}"
    cases.append(blob(name.encode()) + blob(b"node") + blob(nodes[1][0].encode()) + blob(b"") + struct.pack("<dd", 2e-5, 2e-5)
                 + blob(model.SerializeToString()) + struct.pack("<III", 1, 1, len(results))
                 + b"".join(blob(nh.from_array(np.asarray(a, np.float32)).SerializeToString()) for a in (x, *results.values())))


def between_convolutions():
    """Conv -> an operator -> Conv. Channels: whole blocks of 8 and 16, and not; batches of 1 and 2; with the middle given out, as well."""
    for k in range(16):
        batch, channels = 1 + k // 2 % 2, [32, 48, 40, 20][k // 4 % 4]
        x = values(np.float32, (batch, 16, 4, 5))
        w = (values(np.float32, (channels, 16, 1, 1)) / 4).astype(np.float32)
        c = convolved(x, w)
        half, scale = channels // 2, np.array([1, 1, 2, 2], np.float32)
        linear = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
        at = [np.linspace(0, d - 1, 2 * d) for d in c.shape[2:]]
        rows = np.stack([[np.interp(at[0], np.arange(4), c[n, o, :, j]) for j in range(5)] for n in range(batch) for o in range(channels)])
        enlarged = np.stack([[np.interp(at[1], np.arange(5), rows[i, :, r]) for r in range(8)] for i in range(len(rows))])
        cut = i64(0), i64(16), i64(1)
        middles = [
            ("nearest", [("Resize", ["c", "", "s"], ["y"], {"mode": "nearest", "coordinate_transformation_mode": "asymmetric",
                                                          "nearest_mode": "floor"})], {"s": scale}, c.repeat(2, 2).repeat(2, 3)),
            ("linear", [("Resize", ["c", "", "s"], ["y"], linear)], {"s": scale}, enlarged.reshape(batch, channels, 8, 10)),
            ("pad", [("Pad", ["c", "p"], ["y"], {})], {"p": i64(0, 0, 1, 2, 0, 0, 0, 1)}, np.pad(c, ((0, 0), (0, 0), (1, 0), (2, 1)))),
            ("pad_value", [("Pad", ["c", "p", "v"], ["y"], {})], {"p": i64(0, 0, 1, 0, 0, 0, 0, 0), "v": np.array(3, np.float32)},
             np.pad(c, ((0, 0), (0, 0), (1, 0), (0, 0)), constant_values=3)),
            ("channels_padded", [("Pad", ["c", "p"], ["y"], {})], {"p": i64(0, 1, 0, 0, 0, 1, 0, 0)}, np.pad(c, ((0, 0), (1, 1), (0, 0), (0, 0)))),
            ("tile", [("Tile", ["c", "t"], ["y"], {})], {"t": i64(1, 1, 2, 1)}, np.tile(c, (1, 1, 2, 1))),
            ("concat", [("Neg", ["c"], ["n"], {}), ("Concat", ["n", "c", "n"], ["y"], {"axis": 1})], {}, np.concatenate([-c, c, -c], 1)),
            ("split", [("Split", ["c"], ["l", "r"], {"axis": 1}), ("Concat", ["r", "l"], ["y"], {"axis": 1})], {},
             np.concatenate([c[:, half:], c[:, :half]], 1)),
            ("slice", [("Slice", ["c", "b", "e", "a"], ["y"], {})], dict(zip("bea", cut)), c[:, :16]),
            ("slice_end", [("Slice", ["c", "b", "e", "a"], ["y"], {})], {"b": i64(16), "e": i64(99), "a": i64(1)}, c[:, 16:]),
            ("mean", [("ReduceMean", ["c", "a"], ["y"], {})], {"a": i64(2, 3)}, c.mean((2, 3), keepdims=True)),
            ("max", [("ReduceMax", ["c", "a"], ["y"], {})], {"a": i64(-1, -2)}, c.max((2, 3), keepdims=True)),
            ("mean_flat", [("ReduceMean", ["c", "a"], ["f"], {"keepdims": 0}), ("Unsqueeze", ["f", "u"], ["y"], {})],
             {"a": i64(2, 3), "u": i64(2, 3)}, c.mean((2, 3), keepdims=True)),
        ]
        for note, nodes, more, y in middles[k % 2 :: 2]:
            last = (values(np.float32, (4, y.shape[1], 1, 1)) / 8).astype(np.float32)
            chain = [("Conv", ["x", "w"], ["c"], {}), *nodes, ("Conv", ["y", "last"], ["z"], {})]
            results = {"z": convolved(y, last), **({"y": y} if k % 5 == 3 else {})}
            add_graph(note, x, chain, {"w": w, "last": last, **more}, results)


for make in (transpose, slices, split_and_concat, expand_and_tile, pads, depth_and_space, along_an_axis, tuples, sequences, folds, running,
             ordered, uniques, unknown_sizes, one_hots, triangles, made, resizes, upsamples, quantized, between_convolutions):
    make()
path = ROOT / "tests/golden/native/moves.bin"
path.write_bytes(b"XBCASES1" + struct.pack("<I", len(cases)) + b"".join(cases))
print(f"{path.relative_to(ROOT)}: {len(cases)} cases, {path.stat().st_size} bytes")
