/* engine/native/ops_contrib_fused.c - what ONNX Runtime's own rewrites write as one operator of com.microsoft: products and
 * convolutions with a transposition, a residual, an activation; channels that stand last; products with weights of few bits.
 *
 *     FusedConv(X, W, B, Z) with activation Relu  becomes  Relu(Add(Conv(X, W, B), Z))
 *
 * Most become ONNX's operators again, in infer: our own rewrites then decide what is one step. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "engine/native/ops_contrib.h"
#include "kernel/gemm.h"

/* ---- becoming others ---- */

static xb_attr float_attr(const char *name, float value) {
    return (xb_attr){ .name = xb_slice_of(name), .type = XB_ATTR_FLOAT, .v.f = value };
}

/* n becomes `activation` of x; "" is none. */
static xybrid_status end_with(xb_node *n, xb_val *x, xb_slice activation, const float params[2]) {
    static const int16_t plain[] = { XB_OP_ONNX_Relu, XB_OP_ONNX_Sigmoid, XB_OP_ONNX_Tanh };
    xb_attr              attrs[2] = { float_attr("alpha", params[0]), float_attr("beta", params[1]) };
    xb_val              *in[3] = { x };
    if (activation.size == 0 || xb_slice_is(activation, "Identity"))
        return xb_node_become(n, XB_OP_ONNX_Identity, attrs, 0, in, 1);
    for (int i = 0; i < 3; i++)
        if (xb_slice_is(activation, xb_op_name(&xb_ops[plain[i]]))) return xb_node_become(n, plain[i], attrs, 0, in, 1);
    if (xb_slice_is(activation, "LeakyRelu")) return xb_node_become(n, XB_OP_ONNX_LeakyRelu, attrs, 1, in, 1);
    if (xb_slice_is(activation, "HardSigmoid")) return xb_node_become(n, XB_OP_ONNX_HardSigmoid, attrs, 2, in, 1);
    if (!xb_slice_is(activation, "Clip"))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "the activation \"%.*s\" is not supported", xb_slice_len(activation),
                            activation.data);
    XB_TRY(xb_number(n, x->dtype, params[0], &in[1]));
    XB_TRY(xb_number(n, x->dtype, params[1], &in[2]));
    return xb_node_become(n, XB_OP_ONNX_Clip, attrs, 0, in, 3);
}

static int is_channels_last(const xb_node *n) { return xb_op_name(n->op)[0] == 'N'; /* Nhwc... */ }

/* ---- FusedConv, NhwcConv, NhwcFusedConv ---- */

xybrid_status xb_infer_fused_conv(xb_node *n) {
    const float *given;
    float        params[2] = { 0, 0 };
    int32_t      count = xb_attr_floats(n, "activation_params", &given);
    xb_slice     activation = xb_attr_string(n, "activation", "");
    xb_val      *in[3] = { n->in[0], n->in[1], xb_in(n, 2) }, *y;
    if (count > 0) memcpy(params, given, (size_t)(count < 2 ? count : 2) * sizeof *params);
    if (xb_slice_is(activation, "LeakyRelu") && count < 1) params[0] = 0.01f;
    if (n->in[0]->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", n->in[0]->rank);
    if (is_channels_last(n)) XB_TRY(xb_turned(n, in[0], 0, &in[0]));
    XB_TRY(xb_node_before(n, XB_OP_ONNX_Conv, NULL, 0, in, 3, &y));
    if (is_channels_last(n)) XB_TRY(xb_turned(n, y, 1, &y));
    if (xb_in(n, 3)) {
        XB_TRY(xb_want_shape(n, 3, y->rank, y->dims));
        xb_val *sum[2] = { y, n->in[3] };
        XB_TRY(xb_node_before(n, XB_OP_ONNX_Add, NULL, 0, sum, 2, &y));
    }
    return end_with(n, y, activation, params);
}

xybrid_status xb_infer_max_pool(xb_node *n) {
    xb_val *y;
    if (n->in[0]->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", n->in[0]->rank);
    XB_TRY(xb_turned(n, n->in[0], 0, &y));
    XB_TRY(xb_node_before(n, XB_OP_ONNX_MaxPool, NULL, 0, &y, 1, &y));
    XB_TRY(xb_turned(n, y, 1, &y));
    return end_with(n, y, (xb_slice){ "", 0 }, (const float[2]){ 0 });
}

/* ---- FusedGemm ---- */

xybrid_status xb_infer_fused_gemm(xb_node *n) {
    xb_slice activation = xb_attr_string(n, "activation", "");
    float    params[2] = { xb_attr_float(n, "activation_alpha", xb_slice_is(activation, "LeakyRelu") ? 0.01f : 0),
                           xb_attr_float(n, "activation_beta", 0) };
    xb_val  *in[3] = { n->in[0], n->in[1], xb_in(n, 2) }, *y;
    XB_TRY(xb_node_before(n, XB_OP_ONNX_Gemm, NULL, 0, in, 3, &y));
    return end_with(n, y, activation, params);
}

/* ---- FusedMatMul, TransposeMatMul, FusedMatMulActivation ---- */

typedef struct factor { /* as it is multiplied: [batch, rows, columns], with strides */
    xb_val  seen;       /* rank and dims alone */
    int64_t strides[XB_MAX_RANK];
} factor;

static factor factor_of(const xb_node *n, int32_t i, const char *turn, const char *turn_batch) {
    const xb_val *v = n->in[i];
    factor        f = { .seen = { .dtype = v->dtype, .rank = v->rank, .count = v->count } };
    int64_t       own[XB_MAX_RANK];
    int32_t       perm[XB_MAX_RANK];
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = 0; d < v->rank; d++) perm[d] = d;
    if (v->rank > 2 && xb_attr_int(n, turn_batch, 0)) { /* the first dimension stands behind the batch */
        for (int32_t d = 0; d < v->rank - 2; d++) perm[d] = d + 1;
        perm[v->rank - 2] = 0;
    }
    if (v->rank > 1 && xb_attr_int(n, turn, 0)) {
        int32_t last = perm[v->rank - 1];
        perm[v->rank - 1] = perm[v->rank - 2];
        perm[v->rank - 2] = last;
    }
    for (int32_t d = 0; d < v->rank; d++) {
        f.seen.dims[d] = v->dims[perm[d]];
        f.strides[d] = own[perm[d]];
    }
    return f;
}

static xybrid_status factors_of(const xb_node *n, factor f[2], xb_matmul_shape *s) {
    f[0] = factor_of(n, 0, "transA", "transBatchA");
    f[1] = factor_of(n, 1, "transB", "transBatchB");
    return xb_matmul_shape_of(n, &f[0].seen, &f[1].seen, s);
}

xybrid_status xb_infer_fused_matmul(xb_node *n) {
    factor          f[2];
    xb_matmul_shape s;
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_type(n, 1, n->in[0]->dtype));
    XB_TRY(factors_of(n, f, &s));
    return xb_out_set(n, 0, n->in[0]->dtype, s.rank, s.dims);
}

xybrid_status xb_emit_fused_matmul(xb_node *n) {
    factor          f[2];
    xb_matmul_shape s;
    XB_TRY(factors_of(n, f, &s));
    xb_product p = { .dtype = xb_float_of(n->in[0]->dtype),
                     .m = s.m,
                     .n = s.n,
                     .k = s.k,
                     .alpha = xb_attr_float(n, "alpha", 1),
                     .b = n->in[1],
                     .c_row = s.n,
                     .batch_rank = s.batch_rank,
                     .takes_fused = 1 };
    int32_t    a_rank = f[0].seen.rank, b_rank = f[1].seen.rank;
    XB_TRY(xb_float_in(n, n->in[0], &p.a));
    XB_TRY(xb_float_out(n, n->out[0], &p.c));
    p.a_row = a_rank > 1 ? f[0].strides[a_rank - 2] : s.k;
    p.a_col = a_rank > 1 ? f[0].strides[a_rank - 1] : 1;
    p.b_row = b_rank > 1 ? f[1].strides[b_rank - 2] : 1;
    p.b_col = b_rank > 1 ? f[1].strides[b_rank - 1] : 1;
    memcpy(p.batch, s.batch, sizeof p.batch);
    xb_matmul_strides(&f[0].seen, f[0].strides, &s, p.a_batch);
    xb_matmul_strides(&f[1].seen, f[1].strides, &s, p.b_batch);
    xb_matmul_result_strides(&s, p.c_batch);
    XB_TRY(xb_product_emit(n, &p));
    return xb_float_done(n, p.c, n->out[0]);
}

xybrid_status xb_infer_matmul_activation(xb_node *n) {
    xb_slice activation = xb_attr_string(n, "activation", "");
    float    params[2] = { xb_attr_float(n, "activation_alpha", xb_slice_is(activation, "LeakyRelu") ? 0.01f : 0),
                           xb_attr_float(n, "activation_beta", 0) };
    xb_val  *y;
    XB_TRY(xb_node_before(n, XB_OP_MS_FusedMatMul, NULL, 0, n->in, 2, &y));
    return end_with(n, y, activation, params);
}

/* ---- MatMulNBits ---- */

enum { BITS_A, BITS_B, BITS_SCALES, BITS_ZEROS, BITS_INDEX, BITS_BIAS };

typedef struct bits_shape {
    int64_t n, k, bits, block, blocks, bytes; /* bytes: of a block */
} bits_shape;

static xybrid_status bits_of(const xb_node *n, bits_shape *s) {
    const xb_val *a = n->in[BITS_A], *w = n->in[BITS_B], *zeros = xb_in(n, BITS_ZEROS);
    int64_t       weights;
    *s = (bits_shape){ .n = xb_attr_int(n, "N", 0),
                       .k = xb_attr_int(n, "K", 0),
                       .bits = xb_attr_int(n, "bits", 4),
                       .block = xb_attr_int(n, "block_size", 0) };
    XB_TRY(xb_refuse_input(n, BITS_INDEX, "g_idx"));
    XB_TRY(xb_refuse_attr(n, "weight_prepacked"));
    if (s->bits != 2 && s->bits != 4 && s->bits != 8)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "weights of %lld bits; 2, 4 and 8 are supported", (long long)s->bits);
    if (s->n < 1 || s->k < 1 || s->k > INT32_MAX || s->n > INT32_MAX || s->block < 16 || s->block > INT32_MAX ||
        (s->block & (s->block - 1)))
        return xb_refuse(n, "N %lld, K %lld, block_size %lld", (long long)s->n, (long long)s->k, (long long)s->block);
    s->blocks = (s->k - 1) / s->block + 1;
    s->bytes = s->block * s->bits / 8;
    XB_TRY(xb_want_type(n, BITS_B, XYBRID_UINT8));
    XB_TRY(xb_want_type(n, BITS_SCALES, a->dtype));
    if (a->rank < 1 || a->dims[a->rank - 1] != s->k || xb_mul_overflows(s->n * s->blocks, s->bytes, &weights) ||
        w->count != weights || n->in[BITS_SCALES]->count != s->n * s->blocks)
        return xb_refuse(n, "%lld weights and %lld scales do not make a matrix of %lld x %lld", (long long)w->count,
                         (long long)n->in[BITS_SCALES]->count, (long long)s->k, (long long)s->n);
    int64_t wanted = zeros && zeros->dtype == XYBRID_UINT8 ? s->n * ((s->blocks * s->bits + 7) / 8) : s->n * s->blocks;
    if (zeros && ((zeros->dtype != XYBRID_UINT8 && zeros->dtype != a->dtype) || zeros->count != wanted))
        return xb_refuse(n, "%lld zero points of %s, wanted %lld", (long long)zeros->count, xb_onnx_dtype_name(zeros->dtype),
                         (long long)wanted);
    XB_TRY(xb_want_type(n, BITS_BIAS, a->dtype));
    return xb_want_vector(n, BITS_BIAS, s->n);
}

xybrid_status xb_infer_bits(xb_node *n) {
    const xb_val *a = n->in[BITS_A];
    bits_shape    s;
    int64_t       dims[XB_MAX_RANK];
    XB_TRY(xb_want_plain_float(n, BITS_A));
    XB_TRY(bits_of(n, &s));
    for (int32_t d = 0; d < a->rank; d++) dims[d] = d < a->rank - 1 ? a->dims[d] : s.n;
    return xb_out_set(n, 0, a->dtype, a->rank, dims);
}

typedef struct bits_step {
    xb_gemm_args g; /* first: the kernel's arguments */
    xb_epilogue  epilogue;
} bits_step;

xybrid_status xb_emit_bits(xb_node *n) {
    xybrid_error *err = n->b->err;
    bits_shape    s;
    xb_val       *a, *y, *scales, *zeros = xb_in(n, BITS_ZEROS), *bias;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(bits_of(n, &s));
    int is_packed = zeros && zeros->dtype == XYBRID_UINT8;
    XB_TRY(xb_float_in(n, n->in[BITS_A], &a));
    XB_TRY(xb_float_in(n, n->in[BITS_SCALES], &scales));
    if (!is_packed) XB_TRY(xb_float_in(n, zeros, &zeros));
    XB_TRY(xb_float_in(n, xb_in(n, BITS_BIAS), &bias));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    bits_step *step = xb_step_new(n, sizeof *step, "gemm_bits");
    if (!step) return n->b->err->code;
    xb_gemm_args *g = &step->g;
    *g = (xb_gemm_args){
        .m = a->count / s.k, .n = s.n, .k = s.k, .outer = 1, .inner = 1, .alpha = 1, .a_row = s.k, .a_col = 1, .ldc = s.n
    };
    g->b = (xb_gemm_b){ .type = XB_GEMM_BITS,
                        .col = s.blocks * s.bytes,
                        .bits = (int32_t)s.bits,
                        .block = s.block,
                        .scale_col = s.blocks,
                        .zero_is_float = zeros && !is_packed,
                        .zero_col = is_packed ? (s.blocks * s.bits + 7) / 8 : s.blocks };
    xb_step_in(n, &g->a, a);
    xb_step_in_bytes(n, &g->b.data, n->in[BITS_B], 0);
    xb_step_in(n, &g->b.scale, scales);
    xb_step_in(n, &g->b.zero, zeros);
    xb_step_out(n, &g->c, y);
    if (n->fused && y == n->out[0]) XB_TRY(xb_epilogue_fill(n, y->rank - 1, &step->epilogue));
    if (bias) {
        XB_CHECK(step->epilogue.count < XB_EP_STEPS);
        for (int32_t i = step->epilogue.count++; i > 0; i--) step->epilogue.steps[i] = step->epilogue.steps[i - 1];
        step->epilogue.steps[0] = (xb_ep_step){ .op = XB_EP_ADD, .from = XB_EP_COL };
        xb_step_in(n, &step->epilogue.steps[0].data, bias);
    }
    if (step->epilogue.count) g->epilogue = &step->epilogue;
    XB_TRY(xb_step_work(n, xb_gemm_work(n->b->isa, g)));
    return xb_float_done(n, y, n->out[0]);
}
