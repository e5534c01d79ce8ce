"""Makes the test cases of com.microsoft's operators for Xybrid's own engine: native_contrib.py OUTPUT_FILE
(tests/golden/native/contrib.bin). Needs onnx 1.23.2 and onnxruntime 1.32.0, whose CPU results (all graph optimisations off)
are what is wanted. The file's layout is that of scripts/node_cases.py; tests/ops runs it.

Small random models with a fixed seed. Tolerances: 2e-5 for float32, whose sums of a few dozen products run in another order;
float16 results are one rounding apart, 2e-3; integers are equal, unless a line says why not."""
import struct
import sys
import zlib

import ml_dtypes
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

OPSET, IR = 21, 10
TYPES = {np.dtype(np.float32): T.FLOAT, np.dtype(np.float16): T.FLOAT16, np.dtype(np.int32): T.INT32, np.dtype(np.int64): T.INT64,
         np.dtype(np.int8): T.INT8, np.dtype(np.uint8): T.UINT8, np.dtype(np.bool_): T.BOOL}
random = np.random.default_rng(20)
cases = []


def blob(data):
    return struct.pack("<I", len(data)) + data


def f32(*shape, scale=1.0):
    return (random.standard_normal(shape) * scale).astype(np.float32)


def u8(*shape):
    return random.integers(0, 256, shape, dtype=np.uint8)


def s8(*shape):
    return random.integers(-128, 128, shape, dtype=np.int8)


def i32(values):
    return np.array(values, np.int32)


def i64(values):
    return np.array(values, np.int64)


def run_ort(op, arrays, attributes, domain):
    """ONNX Runtime's result of one operator."""
    names = ["" if a is None else f"x{i}" for i, a in enumerate(arrays)]
    given = {f"x{i}": a for i, a in enumerate(arrays) if a is not None}
    graph = h.make_graph([h.make_node(op, names, ["y"], domain=domain, **attributes)], op,
                         [h.make_tensor_value_info(n, TYPES[a.dtype], a.shape) for n, a in given.items()],
                         [h.make_tensor_value_info("y", TYPES[arrays[0].dtype], None)])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", OPSET), h.make_opsetid("com.microsoft", 1)], ir_version=IR)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, given)


class Weight:
    """An input that the model holds."""

    def __init__(self, array):
        self.array = array


def number(value, dtype=np.float32):
    return Weight(np.array(value, dtype))


def case(name, op, inputs, outputs=1, attributes=None, domain="com.microsoft", tolerance=2e-5, opset=OPSET, types=None,
         wanted_by=None):
    """inputs: arrays (fed), Weights (in the model), None (left out). outputs: how many, or a list of which are wanted.
    wanted_by: makes the results where ONNX Runtime does not know the form, from the inputs as arrays."""
    wanted = list(range(outputs)) if isinstance(outputs, int) else outputs
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    out_names = [f"y{i}" if i in wanted else "" for i in range(max(wanted) + 1)]
    node = h.make_node(op, names, out_names, domain=domain, **(attributes or {}))
    arrays = [(f"x{i}", x.array if isinstance(x, Weight) else x, isinstance(x, Weight)) for i, x in enumerate(inputs) if x is not None]
    constants = [numpy_helper.from_array(a, n) for n, a, is_weight in arrays if is_weight]
    fed = [(n, a) for n, a, is_weight in arrays if not is_weight]
    first = next(a for _, a, _ in arrays)
    types = types or {}
    graph = h.make_graph(
        [node], name, [h.make_tensor_value_info(n, TYPES[a.dtype], a.shape) for n, a in fed],
        [h.make_tensor_value_info(f"y{i}", types.get(i, TYPES.get(first.dtype)), None) for i in wanted], constants)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset), h.make_opsetid("com.microsoft", 1)], ir_version=IR,
                         producer_name="xybrid tests")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = wanted_by or ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(None, dict(fed)) if not wanted_by else wanted_by(*[x.array if isinstance(x, Weight) else x for x in inputs])
    except Exception as error:  # noqa: BLE001
        print(f"{name}: {error}"[:400]); return
    half = any(r.dtype == np.float16 for r in results)
    tolerance = max(tolerance, 2e-3) if half else tolerance
    if any(not np.isfinite(r.astype(np.float64)).all() for r in results):
        print(f"{name}: a result is not finite")
    parts = [blob(text.encode()) for text in ("test_" + name, "node", op, domain)]
    parts += [struct.pack("<dd", tolerance, tolerance), blob(model.SerializeToString()), struct.pack("<III", 1, len(fed), len(results))]
    parts += [blob(numpy_helper.from_array(a, n).SerializeToString()) for n, a in fed]
    parts += [blob(numpy_helper.from_array(r, f"y{i}").SerializeToString()) for i, r in zip(wanted, results, strict=True)]
    cases.append(b"".join(parts))


# ---- attention ----

def attention():
    b, s, n, d, e = 2, 5, 2, 8, 12
    x, w, bias = f32(b, s, e), f32(e, 3 * n * d, scale=0.3), f32(3 * n * d, scale=0.3)
    heads = {"num_heads": n}
    case("attention", "Attention", [x, Weight(w), Weight(bias)], attributes=heads)
    case("attention_no_bias", "Attention", [x, w, None], attributes=heads)
    case("attention_causal", "Attention", [x, Weight(w), Weight(bias)], 2, {**heads, "unidirectional": 1, "scale": 0.5})
    mask = i32([[1, 1, 1, 0, 0], [0, 1, 1, 1, 1]])
    case("attention_mask_2d", "Attention", [x, Weight(w), Weight(bias), mask], attributes={**heads, "mask_filter_value": -50.0})
    case("attention_mask_3d", "Attention", [x, Weight(w), Weight(bias), i32(random.integers(0, 2, (b, s, s)))], attributes=heads)
    case("attention_mask_ends", "Attention", [x, Weight(w), Weight(bias), i32([3, 5])], attributes=heads)
    case("attention_mask_ends_starts", "Attention", [x, Weight(w), Weight(bias), i32([4, 5, 0, 2])], attributes=heads)
    case("attention_bias", "Attention", [x, Weight(w), Weight(bias), None, None, f32(1, n, s, s)], attributes=heads)
    case("attention_bias_mask", "Attention", [x, Weight(w), Weight(bias), mask, None, f32(b, 1, s, s)], attributes=heads)
    case("attention_past", "Attention", [x, Weight(w), Weight(bias), None, f32(2, b, n, 3, d)], 2, {**heads, "unidirectional": 1})
    case("attention_past_mask", "Attention",
         [x, Weight(w), Weight(bias), i32(random.integers(0, 2, (b, s + 3))), f32(2, b, n, 3, d)], 2, heads)
    v = n * 6
    case("attention_v_size", "Attention", [x, f32(e, 2 * n * d + v, scale=0.3), f32(2 * n * d + v)],
         attributes={**heads, "qkv_hidden_sizes": [n * d, n * d, v]})
    to_float = {0: TYPES[x.dtype], 1: TYPES[x.dtype]}
    quantised = [u8(b, s, e), Weight(s8(e, 3 * n * d)), Weight(bias), number(0.02), number(0.004)]
    case("qattention", "QAttention", [*quantised, None, number(120, np.uint8), number(3, np.int8)], attributes=heads, types=to_float)
    case("qattention_mask", "QAttention", [*quantised, mask, number(120, np.uint8)], attributes=heads, types=to_float)
    case("qattention_columns", "QAttention",
         [*quantised[:4], Weight(np.abs(f32(3 * n * d)) * 0.004 + 0.001), None, number(120, np.uint8), Weight(s8(3 * n * d)),
          f32(2, b, n, 3, d)], 2, {**heads, "unidirectional": 1}, types=to_float)


def multi_head():
    b, s, t, n, d, dv = 2, 4, 6, 3, 8, 5
    q, k, v = f32(b, s, n * d), f32(b, t, n * d), f32(b, t, n * dv)
    heads = {"num_heads": n}
    case("mha_cross", "MultiHeadAttention", [q, k, v], attributes=heads)
    case("mha_scale_causal", "MultiHeadAttention", [q, f32(b, s, n * d), f32(b, s, n * d)], 3, {**heads, "scale": 0.7, "unidirectional": 1})
    case("mha_qkv_bias", "MultiHeadAttention", [q, k, v, f32(2 * n * d + n * dv)], attributes=heads)
    case("mha_mask_bias", "MultiHeadAttention",
         [q, k, v, None, i32([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]]), f32(1, n, s, t)], attributes=heads)
    case("mha_mask_ends", "MultiHeadAttention", [q, k, v, None, i32([3, 6])], attributes=heads)
    case("mha_mask_3d", "MultiHeadAttention", [q, k, v, None, i32(random.integers(0, 2, (b, s, t)))], attributes=heads)
    case("mha_bias_heads", "MultiHeadAttention", [q, k, v, None, None, f32(b, n, s, t)], attributes=heads)

    def unpacked(*inputs):  # its CPU form takes them apart only
        parts = [p.reshape(*p.shape[:2], -1) for x in inputs[:2] if x is not None
                 for p in ([x] if x.ndim == 3 else np.moveaxis(x, 3, 0))]
        return run_ort("MultiHeadAttention", parts + list(inputs[3:]), heads, "com.microsoft")

    case("mha_packed_qkv", "MultiHeadAttention", [f32(b, s, n, 3, d)], attributes=heads, wanted_by=unpacked)
    case("mha_packed_qkv_bias", "MultiHeadAttention", [f32(b, s, n, 3, d), None, None, f32(3 * n * d)], attributes=heads,
         wanted_by=unpacked)
    case("mha_packed_kv", "MultiHeadAttention", [q, f32(b, t, n, 2, d)], attributes=heads, wanted_by=unpacked)
    case("mha_heads_first_keys", "MultiHeadAttention", [q, f32(b, n, t, d), f32(b, n, t, d)], attributes=heads)
    kv = [f32(b, s, n * d), f32(b, s, n * d)]
    past = [f32(b, n, 3, d), f32(b, n, 3, d)]
    case("mha_past", "MultiHeadAttention", [q, *kv, None, None, None, *past], 3, {**heads, "unidirectional": 1})
    case("mha_past_bias", "MultiHeadAttention", [q, *kv, f32(3 * n * d), None, f32(1, 1, s, s + 3), *past], 3, heads)
    case("mha_decode", "MultiHeadAttention", [f32(b, 1, n * d), f32(b, 1, n * d), f32(b, 1, n * d), None, None, None, *past], 3, heads)
    case("mha_scores", "MultiHeadAttention", [q, *kv, None, None, f32(1, n, s, s)], 4, heads)
    case("mha_long", "MultiHeadAttention", [f32(1, 34, 2 * 12), f32(1, 150, 2 * 12), f32(1, 150, 2 * 12)], attributes={"num_heads": 2})


def grouped():
    n, kv, d = 4, 2, 16
    heads = {"num_heads": n, "kv_num_heads": kv}

    def inputs(b, s, past, used=None, extra=(), d=d):
        used = used if used is not None else [past + s] * b
        total = max(used)
        cache = [f32(b, kv, past, d), f32(b, kv, past, d)]
        return [f32(b, s, n * d), f32(b, s, kv * d), f32(b, s, kv * d), *cache, i32([u - 1 for u in used]), Weight(i32(total)), *extra]

    tables = [Weight(np.cos(np.outer(np.arange(40), 1 / 10 ** np.arange(0, 2, 2 / (d / 2)))).astype(np.float32)),
              Weight(np.sin(np.outer(np.arange(40), 1 / 10 ** np.arange(0, 2, 2 / (d / 2)))).astype(np.float32))]
    case("gqa_prompt", "GroupQueryAttention", inputs(2, 6, 0), 3, heads)
    case("gqa_decode", "GroupQueryAttention", inputs(2, 1, 7), 3, heads)
    case("gqa_continue", "GroupQueryAttention", inputs(1, 3, 7), 3, {**heads, "scale": 0.3})
    case("gqa_rotary_prompt", "GroupQueryAttention", inputs(1, 6, 0, extra=tables), 3, {**heads, "do_rotary": 1})
    case("gqa_rotary_decode", "GroupQueryAttention", inputs(2, 1, 9, extra=tables), 3, {**heads, "do_rotary": 1})
    case("gqa_rotary_interleaved", "GroupQueryAttention", inputs(2, 1, 9, extra=tables), 3,
         {**heads, "do_rotary": 1, "rotary_interleaved": 1})
    case("gqa_rotary_partial", "GroupQueryAttention", inputs(1, 1, 9, extra=tables, d=2 * d), 3, {**heads, "do_rotary": 1})
    case("gqa_softcap", "GroupQueryAttention", inputs(1, 5, 0), 3, {**heads, "softcap": 1.5})
    case("gqa_window", "GroupQueryAttention", inputs(1, 9, 0), 3, {**heads, "local_window_size": 3})
    case("gqa_window_decode", "GroupQueryAttention", inputs(2, 1, 9), 3, {**heads, "local_window_size": 4})
    case("gqa_smooth", "GroupQueryAttention", inputs(2, 1, 9), 3, {**heads, "smooth_softmax": 1})
    case("gqa_ragged", "GroupQueryAttention", inputs(2, 1, 9, used=[4, 10]), 3, heads)
    case("gqa_room", "GroupQueryAttention", inputs(2, 1, 12, used=[4, 7]), 3, heads)
    case("gqa_room_rotary", "GroupQueryAttention", inputs(2, 1, 12, used=[4, 7], extra=tables), 3, {**heads, "do_rotary": 1})
    packed = inputs(2, 1, 5)
    packed[0:3] = [f32(2, 1, (n + 2 * kv) * d), None, None]
    case("gqa_packed", "GroupQueryAttention", packed, 3, heads)
    packed = inputs(1, 4, 0, extra=tables)
    packed[0:3] = [f32(1, 4, (n + 2 * kv) * d), None, None]
    case("gqa_packed_rotary", "GroupQueryAttention", packed, 3, {**heads, "do_rotary": 1})
    case("gqa_bias", "GroupQueryAttention", inputs(2, 1, 6, extra=[None, None, None, f32(1, n, 1, 7)]), 3, heads)
    case("gqa_positions", "GroupQueryAttention", inputs(1, 1, 6, extra=[*tables, i64([[11]])]), 3, {**heads, "do_rotary": 1})
    case("gqa_sink", "GroupQueryAttention", inputs(2, 1, 6, extra=[None, None, None, None, f32(n)]), 3, heads)
    case("gqa_scores", "GroupQueryAttention", inputs(2, 1, 6), 4, {**heads, "qk_output": 1})
    case("gqa_weights", "GroupQueryAttention", inputs(1, 4, 0), 4, {**heads, "qk_output": 2})


def rotary():
    cos, sin = Weight(f32(20, 4)), Weight(f32(20, 4))
    case("rotary_3d", "RotaryEmbedding", [f32(2, 3, 24), i64([[4, 5, 6], [0, 9, 2]]), cos, sin])
    case("rotary_4d", "RotaryEmbedding", [f32(2, 3, 4, 8), i64([3]), cos, sin])
    case("rotary_interleaved", "RotaryEmbedding", [f32(2, 3, 24), i64([7]), cos, sin], attributes={"interleaved": 1})
    case("rotary_partial", "RotaryEmbedding", [f32(2, 3, 24), i64([1]), cos, sin], attributes={"num_heads": 2, "rotary_embedding_dim": 8})
    half = [Weight(t.array.astype(np.float16)) for t in (cos, sin)]
    case("rotary_float16", "RotaryEmbedding", [f32(1, 3, 16).astype(np.float16), i64([2]), *half])


# ---- 8-bit integers ----

def matmul_exact(a, b, a_zero=None, b_zero=None):
    a, b = a.astype(np.int32), b.astype(np.int32)
    if a_zero is not None:
        a = a - (a_zero.astype(np.int32)[:, None] if a_zero.ndim == 1 and a_zero.size > 1 else a_zero.astype(np.int32))
    return [np.matmul(a, b - (0 if b_zero is None else b_zero.astype(np.int32))).astype(np.int32)]


def integer_products():
    to_int = {0: T.INT32}
    for name, a, b in (("uu", u8, u8), ("us", u8, s8), ("su", s8, u8), ("ss", s8, s8)):
        case(f"matmulinteger_{name}", "MatMulInteger", [a(5, 70), b(70, 33), a(1)[0:1].reshape(()), b(33)], domain="", types=to_int,
             wanted_by=matmul_exact)
        case(f"matmulinteger_weights_{name}", "MatMulInteger", [a(3, 4, 65), Weight(b(65, 40)), a(1).reshape(()), Weight(b(1).reshape(()))],
             domain="", types=to_int, wanted_by=matmul_exact)
    case("matmulinteger_plain", "MatMulInteger", [u8(2, 3, 16), s8(2, 16, 8)], domain="", types=to_int)
    case("matmulinteger_row_zeros", "MatMulInteger", [u8(6, 20), u8(20, 9), u8(6), u8(9)], domain="", types=to_int,
         wanted_by=matmul_exact)
    case("matmulinteger_batch_zeros", "MatMulInteger", [u8(2, 3, 4, 20), s8(3, 20, 5), u8(2, 3, 4, 1), s8(3, 1, 5)], domain="",
         types=to_int, wanted_by=matmul_exact)
    case("matmulinteger_vectors", "MatMulInteger", [u8(30), s8(30, 7)], domain="", types=to_int, wanted_by=matmul_exact)
    case("matmulinteger_batch_row_zeros", "MatMulInteger", [u8(3, 4, 20), s8(20, 5), u8(1, 4, 1), s8(5)], domain="", types=to_int,
         wanted_by=matmul_exact)
    case("qlinearmatmul_columns", "QLinearMatMul",
         [u8(5, 30), number(0.02), number(120, np.uint8), Weight(s8(30, 12)), Weight(np.abs(f32(12)) * 0.01 + 0.001),
          Weight(np.zeros(12, np.int8)), number(0.4), number(128, np.uint8)], domain="")
    case("qlinearmatmul_signed", "QLinearMatMul",
         [s8(2, 5, 30), number(0.02), number(-3, np.int8), Weight(s8(30, 12)), number(0.01), number(4, np.int8), number(0.3),
          number(-5, np.int8)], domain="")
    scales = [number(0.02), Weight(np.abs(f32(12)) * 0.01 + 0.001)]
    to_float = {0: T.FLOAT}
    case("matmulintegertofloat", "MatMulIntegerToFloat",
         [u8(4, 40), Weight(s8(40, 12)), *scales, number(130, np.uint8), Weight(s8(12)), Weight(f32(12))], types=to_float)
    case("matmulintegertofloat_plain", "MatMulIntegerToFloat", [u8(2, 4, 40), u8(2, 40, 12), number(0.1), number(0.2)], types=to_float)
    # the activations' scale is rounded once more or less: a step of 8 bits may go the other way
    case("dynamicquantizematmul", "DynamicQuantizeMatMul",
         [f32(4, 40), Weight(s8(40, 12)), scales[1], Weight(s8(12)), Weight(f32(12))], tolerance=1e-4)
    case("dynamicquantizematmul_uint8", "DynamicQuantizeMatMul", [f32(2, 3, 70), Weight(u8(70, 33)), number(0.01), number(128, np.uint8)],
         tolerance=1e-4)
    case("dynamicquantizematmul_zeros", "DynamicQuantizeMatMul", [np.zeros((2, 8), np.float32), Weight(u8(8, 3)), number(0.01)])
    gemm = [u8(4, 40), number(0.02), number(130, np.uint8)]
    w = [Weight(s8(40, 12)), *scales[1:], Weight(np.zeros(12, np.int8))]
    c = Weight(i32(random.integers(-4000, 4000, 12)))
    case("qgemm", "QGemm", [*gemm, *w, c, number(0.3), number(100, np.uint8)])
    case("qgemm_float", "QGemm", [*gemm, *w, c], types=to_float)
    case("qgemm_transposed", "QGemm",
         [u8(40, 4), number(0.02), number(130, np.uint8), u8(12, 40), number(0.01), number(7, np.uint8), None, number(0.5),
          number(9, np.uint8)], attributes={"transA": 1, "transB": 1, "alpha": 0.5})


def integer_convolutions():
    to_int = {0: T.INT32}
    case("convinteger_1d", "ConvInteger", [u8(2, 16, 50), Weight(u8(12, 16, 5)), number(120, np.uint8), number(131, np.uint8)],
         attributes={"pads": [4, 4], "dilations": [2]}, domain="", types=to_int)
    case("convinteger_2d", "ConvInteger", [u8(1, 5, 13, 14), Weight(u8(6, 5, 3, 3)), number(9, np.uint8)],
         attributes={"pads": [1, 0, 1, 2], "strides": [2, 1]}, domain="", types=to_int)
    case("convinteger_groups", "ConvInteger", [u8(1, 6, 9, 9), Weight(u8(12, 2, 3, 3)), number(200, np.uint8), number(3, np.uint8)],
         attributes={"group": 3, "auto_pad": "SAME_UPPER"}, domain="", types=to_int)
    case("convinteger_fed_weights", "ConvInteger", [u8(1, 3, 8, 8), u8(4, 3, 2, 2)], domain="", types=to_int)

    def per_channel(x, w, x_zero, w_zero):
        x, w = x.astype(np.int64) - int(x_zero), w.astype(np.int64) - w_zero.astype(np.int64)[:, None, None]
        windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2], axis=2)
        return [np.einsum("nclk,ock->nol", windows, w).astype(np.int32)]

    case("convinteger_channel_zeros", "ConvInteger", [u8(1, 7, 20), Weight(s8(5, 7, 3)), number(50, np.uint8), Weight(s8(5))],
         domain="", types=to_int, wanted_by=per_channel)

    def conv(x, w, y_type, bias, attributes=None, op_domain="", x_zero=None):
        channels = w.shape[0]
        x_zero = number(3 if x.dtype == np.int8 else 117, x.dtype)
        inputs = [x, number(0.02), x_zero, Weight(w), Weight(np.abs(f32(channels)) * 0.01 + 0.002), Weight(np.zeros(channels, w.dtype)),
                  number(0.15), number(-4 if y_type == np.int8 else 120, y_type)]
        return inputs + ([Weight(i32(random.integers(-3000, 3000, channels)))] if bias else [])

    case("qlinearconv_channels", "QLinearConv", conv(u8(1, 8, 12, 13), s8(10, 8, 3, 3), np.uint8, 1), attributes={"pads": [1, 1, 1, 1]},
         domain="")
    case("qlinearconv_signed", "QLinearConv", conv(s8(2, 4, 9, 9), s8(6, 4, 2, 2), np.int8, 0), attributes={"strides": [2, 2]}, domain="")
    case("qlinearconv_depthwise", "QLinearConv", conv(u8(1, 12, 10, 10), s8(12, 1, 3, 3), np.uint8, 1),
         attributes={"pads": [1, 1, 1, 1], "group": 12}, domain="")
    case("qlinearconv_1d", "QLinearConv", conv(u8(1, 6, 40), u8(5, 6, 4), np.uint8, 1), attributes={"pads": [0, 3]}, domain="")
    case("qlinearconv_channels_last", "QLinearConv", conv(u8(1, 9, 8, 6), s8(7, 6, 3, 3), np.uint8, 1),
         attributes={"channels_last": 1, "pads": [1, 1, 1, 1]})


# ---- fused operators ----

def fused():
    case("fusedmatmul_alpha", "FusedMatMul", [f32(2, 3, 8), f32(2, 8, 5)], attributes={"alpha": 0.3})
    case("fusedmatmul_trans_a", "FusedMatMul", [f32(2, 8, 3), f32(8, 5)], attributes={"transA": 1})
    case("fusedmatmul_trans_b", "FusedMatMul", [f32(3, 2, 4, 8), Weight(f32(5, 8))], attributes={"transB": 1, "alpha": 2.0})
    case("fusedmatmul_trans_both", "FusedMatMul", [f32(1, 8, 3), f32(4, 5, 8)], attributes={"transA": 1, "transB": 1})
    case("fusedmatmul_batch_a", "FusedMatMul", [f32(3, 2, 4, 8), f32(2, 4, 8, 5)], attributes={"transBatchA": 1})
    case("fusedmatmul_batch_b", "FusedMatMul", [f32(2, 3, 8), f32(8, 2, 5)], attributes={"transBatchB": 1})
    case("fusedmatmul_batch_and_trans", "FusedMatMul", [f32(8, 2, 3), f32(5, 2, 8)],
         attributes={"transA": 1, "transBatchA": 1, "transB": 1, "transBatchB": 1})
    case("transposematmul", "TransposeMatMul", [f32(4, 8), f32(5, 8)], attributes={"transB": 1, "alpha": 0.5})
    gemm = [f32(4, 8), f32(8, 6), f32(6)]
    case("fusedgemm_relu", "FusedGemm", gemm, attributes={"activation": "Relu", "alpha": 0.5, "beta": 2.0})
    case("fusedgemm_leaky", "FusedGemm", gemm, attributes={"activation": "LeakyRelu", "activation_alpha": 0.2})
    case("fusedgemm_tanh", "FusedGemm", [f32(8, 4), f32(6, 8)], attributes={"activation": "Tanh", "transA": 1, "transB": 1})
    x, w, b = f32(1, 4, 9, 8), f32(6, 4, 3, 3, scale=0.3), f32(6)
    case("fusedconv_relu", "FusedConv", [x, Weight(w), Weight(b)], attributes={"activation": "Relu", "pads": [1, 1, 1, 1]})
    case("fusedconv_leaky", "FusedConv", [x, Weight(w)], attributes={"activation": "LeakyRelu", "activation_params": [0.3]})
    case("fusedconv_clip", "FusedConv", [x, Weight(w), Weight(b)],
         attributes={"activation": "Clip", "activation_params": [-0.5, 0.75], "strides": [2, 2]})
    case("fusedconv_hardsigmoid", "FusedConv", [x, Weight(w), Weight(b)],
         attributes={"activation": "HardSigmoid", "activation_params": [0.25, 0.4]})
    case("fusedconv_sum", "FusedConv", [x, Weight(w), Weight(b), f32(1, 6, 7, 6)], attributes={"activation": "Relu"})
    case("fusedconv_sigmoid", "FusedConv", [x, w, b], attributes={"activation": "Sigmoid"})
    case("nhwcmaxpool", "NhwcMaxPool", [u8(1, 7, 8, 5)], attributes={"kernel_shape": [2, 3], "strides": [2, 1], "pads": [0, 1, 0, 1]})
    case("nhwcmaxpool_signed", "NhwcMaxPool", [s8(2, 5, 6, 3)], attributes={"kernel_shape": [3, 3]})

    def nhwc_conv(x, w, b=None, z=None):
        first = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
        y = run_ort("Conv", [first, w, b], {"pads": [1, 1, 1, 1]}, "")[0].transpose(0, 2, 3, 1)
        return [np.ascontiguousarray(y if z is None else np.maximum(y + z, 0))]

    case("nhwcconv", "NhwcConv", [f32(1, 6, 5, 4), Weight(w), Weight(b)], attributes={"pads": [1, 1, 1, 1]}, wanted_by=nhwc_conv)
    case("nhwcfusedconv", "NhwcFusedConv", [f32(1, 6, 5, 4), Weight(w), Weight(b), f32(1, 6, 5, 6)],
         attributes={"pads": [1, 1, 1, 1], "activation": "Relu"}, wanted_by=nhwc_conv)


def norms():
    x, skip, gain, offset, bias = f32(2, 3, 20), f32(2, 3, 20), f32(20), f32(20), f32(20)
    case("skiplayernorm", "SkipLayerNormalization", [x, skip, Weight(gain), Weight(offset), Weight(bias)], [0, 3], {"epsilon": 1e-5})
    case("skiplayernorm_no_bias", "SkipLayerNormalization", [x, skip, gain, offset])
    case("skiplayernorm_no_offset", "SkipLayerNormalization", [x, skip, gain, None, bias], [0, 3])
    case("skiplayernorm_broadcast", "SkipLayerNormalization", [x, f32(1, 3, 20), gain, offset], [0, 3])
    case("skiplayernorm_broadcast_2d", "SkipLayerNormalization", [x, f32(3, 20), gain, offset])
    case("skiplayernorm_2d", "SkipLayerNormalization", [f32(7, 20), f32(7, 20), gain, offset])
    case("skiplayernorm_float16", "SkipLayerNormalization", [a.astype(np.float16) for a in (x, skip, gain, offset, bias)])
    case("skipsimplified", "SkipSimplifiedLayerNormalization", [x, skip, Weight(gain), Weight(bias)], [0, 3], {"epsilon": 1e-6})
    case("skipsimplified_no_bias", "SkipSimplifiedLayerNormalization", [x, skip, gain], [0, 3])
    case("simplified", "SimplifiedLayerNormalization", [x, Weight(gain)], 2, {"epsilon": 1e-6, "axis": -1}, domain="", types={1: T.FLOAT})
    case("simplified_axis", "SimplifiedLayerNormalization", [f32(2, 3, 4, 5), Weight(f32(4, 5))], attributes={"axis": 2}, domain="")
    ids, segments = i32(random.integers(0, 9, (2, 4))), i32(random.integers(0, 2, (2, 4)))
    tables = [Weight(f32(9, 16)), Weight(f32(6, 16)), Weight(f32(2, 16)), Weight(f32(16)), Weight(f32(16))]
    mask = i32([[1, 1, 1, 0], [1, 1, 1, 1]])
    embed = {0: T.FLOAT, 2: T.FLOAT}
    case("embedlayernorm", "EmbedLayerNormalization", [ids, segments, *tables, mask], 2, types=embed)
    case("embedlayernorm_sum", "EmbedLayerNormalization", [ids, segments, *tables, mask], 3, {"epsilon": 1e-3}, types=embed)
    case("embedlayernorm_no_segments", "EmbedLayerNormalization",
         [ids, None, tables[0], tables[1], None, tables[3], tables[4]], 2, types=embed)
    case("embedlayernorm_positions", "EmbedLayerNormalization", [ids, segments, *tables, mask, i32([[3, 1, 0, 5]])], 2, types=embed)


def few_bits():
    n, k = 12, 70

    def weights(bits, block, packed_zeros=False, float_zeros=False, bias=False, half=False):
        blocks = -(-k // block)
        of = (lambda a: a.astype(np.float16)) if half else (lambda a: a)
        inputs = [of(f32(3, k)), Weight(u8(n, blocks, block * bits // 8)), Weight(of(np.abs(f32(n, blocks)) * 0.05 + 0.01))]
        zeros = Weight(u8(n, -(-blocks * bits // 8))) if packed_zeros else Weight(of(f32(n, blocks) + 2 ** (bits - 1))) if float_zeros else None
        inputs += [zeros, None, Weight(of(f32(n)))] if bias else [zeros] if zeros else []
        return inputs, {"N": n, "K": k, "bits": bits, "block_size": block}

    def dequantised(a, b, scales, zeros=None, _=None, bias=None, bits=4, block=32):
        values = np.stack([(b >> shift) & (2 ** bits - 1) for shift in range(0, 8, bits)], -1).reshape(n, -1).astype(np.float64)
        zero = np.full(scales.shape, 2.0 ** (bits - 1))
        if zeros is not None and zeros.dtype == np.uint8:
            zero = np.stack([(zeros >> shift) & (2 ** bits - 1) for shift in range(0, 8, bits)], -1).reshape(n, -1)[:, :scales.shape[1]]
        elif zeros is not None:
            zero = zeros.astype(np.float64)
        w = (values - np.repeat(zero, block, 1)) * np.repeat(scales.astype(np.float64), block, 1)
        y = a.astype(np.float64) @ w[:, :k].T
        return [(y if bias is None else y + bias).astype(a.dtype)]

    for bits in (2, 4, 8):
        for name, options in (("plain", {}), ("zeros", {"packed_zeros": True}), ("float_zeros", {"float_zeros": True}),
                              ("bias", {"packed_zeros": True, "bias": True})):
            inputs, attributes = weights(bits, 32, **options)
            by = lambda *a, bits=bits: dequantised(*a, bits=bits)  # noqa: E731
            case(f"matmulnbits_{bits}_{name}", "MatMulNBits", inputs, attributes=attributes, wanted_by=by)
    inputs, attributes = weights(4, 16, packed_zeros=True)
    case("matmulnbits_block_16", "MatMulNBits", inputs, attributes=attributes)
    inputs, attributes = weights(4, 128)
    inputs[0] = f32(2, 40, k)
    case("matmulnbits_rows", "MatMulNBits", inputs, attributes=attributes)
    inputs, attributes = weights(4, 32, packed_zeros=True, half=True)
    case("matmulnbits_float16", "MatMulNBits", inputs, attributes=attributes, tolerance=5e-3)


def quantised():
    """One operator between a DequantizeLinear and a QuantizeLinear; a result may be off by one where its rounding is close."""
    scales = [number(0.02), number(120, np.uint8), number(0.013), number(140, np.uint8)]
    signed = [number(0.02), number(-3, np.int8), number(0.013), number(5, np.int8)]
    window = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}
    case("qlinearaveragepool", "QLinearAveragePool", [u8(2, 3, 9, 8), *scales], attributes=window, tolerance=1)
    case("qlinearaveragepool_signed", "QLinearAveragePool", [s8(2, 3, 9, 8), *signed], attributes={**window, "count_include_pad": 1},
         tolerance=1)
    case("qlinearaveragepool_ceil", "QLinearAveragePool", [u8(1, 3, 10), *scales], tolerance=1,
         attributes={"kernel_shape": [3], "strides": [2], "ceil_mode": 1})
    case("qlinearaveragepool_last", "QLinearAveragePool", [u8(2, 9, 8, 3), *scales], attributes={**window, "channels_last": 1}, tolerance=1)
    case("qlinearglobalaveragepool", "QLinearGlobalAveragePool", [u8(2, 5, 7, 6), *scales], tolerance=1)
    case("qlinearglobalaveragepool_last", "QLinearGlobalAveragePool", [s8(2, 7, 6, 5), *signed], attributes={"channels_last": 1},
         tolerance=1)
    small = [number(0.05), number(120, np.uint8), number(1 / 256), number(0, np.uint8)]
    case("qlinearsoftmax", "QLinearSoftmax", [u8(3, 4, 20), *small], attributes={"opset": 13}, tolerance=1)
    case("qlinearsoftmax_axis", "QLinearSoftmax", [u8(3, 9, 4), *small], attributes={"opset": 13, "axis": 1}, tolerance=1)
    case("qlinearsoftmax_rows", "QLinearSoftmax", [s8(3, 4, 5), number(0.04), number(7, np.int8), number(1 / 256), number(-128, np.int8)],
         attributes={"opset": 12, "axis": 1}, tolerance=1)
    case("qlinearsoftmax_old", "QLinearSoftmax", [u8(3, 9, 4), *small], attributes={"opset": 12}, tolerance=1)
    condition = np.random.default_rng(5).integers(0, 2, (3, 1, 5)).astype(bool)
    case("qlinearwhere", "QLinearWhere", [condition, u8(2, 5), *scales[:2], u8(3, 2, 1), number(0.03), number(90, np.uint8), *scales[2:]],
         types={0: TYPES[np.dtype(np.uint8)]}, tolerance=1)
    case("qlinearwhere_signed", "QLinearWhere", [condition, s8(5), *signed[:2], s8(1), number(0.03), number(9, np.int8), *signed[2:]],
         types={0: TYPES[np.dtype(np.int8)]}, tolerance=1)


def block_gather():
    ids = i64([[3, 0, 5], [-1, 6, 0]])

    def table(bits, block, zeros=False, half=False, rows=()):
        of = (lambda x: x.astype(np.float16)) if half else (lambda x: x)
        width = 80
        blocks = -(-width // block)
        inputs = [Weight(u8(7, *rows, width * bits // 8)), ids, Weight(of(np.abs(f32(7, *rows, blocks)) * 0.05 + 0.01))]
        return inputs + ([Weight(u8(7, *rows, -(-blocks * bits // 8)))] if zeros else [])

    def rows(name, bits, block, types=None, **form):
        case(name, "GatherBlockQuantized", table(bits, block, **form),
             attributes={"bits": bits, "block_size": block, "quantize_axis": 1 + len(form.get("rows", ()))},
             types=types or {0: TYPES[np.dtype(np.float32)]})

    rows("gatherblockquantized", 4, 32)
    rows("gatherblockquantized_zeros", 4, 16, zeros=True)
    rows("gatherblockquantized_2_bits", 2, 32, zeros=True)
    rows("gatherblockquantized_8_bits", 8, 64, zeros=True)
    rows("gatherblockquantized_half", 4, 32, zeros=True, half=True, types={0: TYPES[np.dtype(np.float16)]})
    rows("gatherblockquantized_rows", 4, 32, zeros=True, rows=(3,))
    few = lambda *shape: Weight(np.random.default_rng(7).integers(-8, 8, shape).astype(ml_dtypes.int4))  # noqa: E731
    case("gatherblockquantized_int4", "GatherBlockQuantized", [few(3, 5, 40), ids % 5, Weight(f32(3, 5, 3)), few(3, 5, 3)],
         attributes={"gather_axis": 1, "quantize_axis": 2, "block_size": 16}, types={0: TYPES[np.dtype(np.float32)]})


def recurrent():
    """A step of 8 bits of the state may go the other way where sums are rounded otherwise: 2 / 255 of it times a weight."""
    steps, batch, inputs, hidden = 5, 2, 6, 8

    def lstm(name, dirs=1, kind=s8, per_channel=False, extra=(), outputs=3, **attributes):
        wide = 4 * hidden
        shape = (dirs, wide) if per_channel else (dirs,)
        zero = np.zeros(shape, np.int8) if kind is s8 else np.full(shape, 128, np.uint8)
        scales = [(np.abs(f32(*shape)) * 0.004 + 0.002).astype(np.float32) for _ in range(2)]
        extra = list(extra) + [None] * (5 - len(extra))
        case(f"dynamicquantizelstm_{name}", "DynamicQuantizeLSTM",
             [f32(steps, batch, inputs), Weight(kind(dirs, inputs, wide)), Weight(kind(dirs, hidden, wide)), *extra,
              Weight(scales[0]), Weight(zero), Weight(scales[1]), Weight(zero)],
             outputs, {"hidden_size": hidden, **attributes}, tolerance=5e-3)

    bias = lambda dirs: Weight(f32(dirs, 8 * hidden, scale=0.3))  # noqa: E731
    lstm("forward", extra=[bias(1)])
    lstm("plain_uint8", kind=u8)
    lstm("reverse", direction="reverse", extra=[bias(1), i32([5, 3])])
    lstm("bidirectional", dirs=2, direction="bidirectional", per_channel=True,
         extra=[bias(2), None, f32(2, batch, hidden, scale=0.5), f32(2, batch, hidden, scale=0.5)])
    lstm("bidirectional_uint8", dirs=2, direction="bidirectional", kind=u8, extra=[bias(2)])
    lstm("peepholes", extra=[bias(1), None, None, None, Weight(f32(1, 3 * hidden, scale=0.2))])
    lstm("activations", extra=[bias(1)], activations=["HardSigmoid", "Tanh", "Relu"], clip=2.0)
    lstm("last_only", extra=[bias(1)], outputs=[1])


def main(arguments):
    global random
    if len(arguments) != 1:
        sys.exit(__doc__)
    for make in (attention, multi_head, grouped, rotary, integer_products, integer_convolutions, fused,
                 norms, few_bits, quantised, block_gather, recurrent):
        random = np.random.default_rng(zlib.crc32(make.__name__.encode()))  # a new case changes none of the other functions' cases
        make()
    with open(arguments[0], "wb") as f:
        f.write(b"XBCASES1" + struct.pack("<I", len(cases)))
        f.writelines(cases)
    print(f"{arguments[0]}: {len(cases)} cases")


main(sys.argv[1:])
