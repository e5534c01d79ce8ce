/* engine/native/ops_unary.c - operators on each element by itself: functions, activations, Clip, Dropout. A row of `functions`
 * says all about most of them. */
#include <math.h>
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/elementwise.h"
#include "kernel/dropout.h"

xybrid_status xb_fail_type(const xb_node *n, int32_t input) {
    return xb_refuse(n, "input %d is %s, which the operator does not take", input, xb_onnx_dtype_name(n->in[input]->dtype));
}

/* ---- steps ---- */

/* All float32: by the hot kernels, without blocks. */
static xybrid_status chain_emit(const xb_node *n, const xb_ep_step *step, const xb_val *x, xb_val *y) {
    xb_chain_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->e = (xb_epilogue){ 1, { *step } };
    a->rows = 1;
    a->cols = a->ld_in = a->ld_out = y->count;
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_chain_work(n->b->isa, a));
}

xybrid_status xb_unary_emit(const xb_node *n, int32_t op, float a_value, float b_value, const xb_val *x, xb_val *y) {
    if (op < XB_EP_OP_COUNT && x->dtype == XYBRID_FLOAT32 && y->dtype == XYBRID_FLOAT32) {
        xb_ep_step step = { .op = (uint8_t)op, .a = a_value, .b = b_value };
        return chain_emit(n, &step, x, y);
    }
    xb_unary_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->count = y->count;
    a->src_dtype = x->dtype;
    a->dst_dtype = y->dtype;
    a->op = op;
    a->a = a_value;
    a->b = b_value;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_unary_work(n->b->isa, a));
}

xybrid_status xb_fill_emit(const xb_node *n, int64_t value, xb_val *y) {
    void   *data;
    xb_val *one = xb_temp_content(n, XYBRID_INT64, 0, NULL, &data);
    if (!one) return n->b->err->code;
    memcpy(data, &value, sizeof value);
    xb_nary_args *a = xb_nary_new(n, 1, XB_CLASS_I64, y);
    if (!a) return n->b->err->code;
    xb_nary_operand(n, a, 0, 0, one);
    return xb_step_work(n, xb_nary_work(n->b->isa, a));
}

/* ---- functions ---- */

typedef struct function_row {
    int16_t row;        /* of ops.def */
    uint8_t is_test;    /* gives bool */
    int16_t op;         /* kernel/unary.h */
    char    a[6], b[6]; /* attributes; "": none */
    float   a_otherwise, b_otherwise;
} function_row;

static const function_row functions[] = {
    { XB_OP_ONNX_Abs, 0, XB_EP_ABS, "", "", 0, 0 },
    { XB_OP_ONNX_Acos, 0, XB_UN_ACOS, "", "", 0, 0 },
    { XB_OP_ONNX_Acosh, 0, XB_UN_ACOSH, "", "", 0, 0 },
    { XB_OP_ONNX_Asin, 0, XB_UN_ASIN, "", "", 0, 0 },
    { XB_OP_ONNX_Asinh, 0, XB_UN_ASINH, "", "", 0, 0 },
    { XB_OP_ONNX_Atan, 0, XB_UN_ATAN, "", "", 0, 0 },
    { XB_OP_ONNX_Atanh, 0, XB_UN_ATANH, "", "", 0, 0 },
    { XB_OP_ONNX_BitwiseNot, 0, XB_UN_BIT_NOT, "", "", 0, 0 },
    { XB_OP_ONNX_Ceil, 0, XB_EP_CEIL, "", "", 0, 0 },
    { XB_OP_ONNX_Celu, 0, XB_UN_CELU, "alpha", "", 1, 0 },
    { XB_OP_ONNX_Cos, 0, XB_EP_COS, "", "", 0, 0 },
    { XB_OP_ONNX_Cosh, 0, XB_UN_COSH, "", "", 0, 0 },
    { XB_OP_ONNX_Elu, 0, XB_EP_ELU, "alpha", "", 1, 0 },
    { XB_OP_ONNX_Erf, 0, XB_EP_ERF, "", "", 0, 0 },
    { XB_OP_ONNX_Exp, 0, XB_EP_EXP, "", "", 0, 0 },
    { XB_OP_ONNX_Floor, 0, XB_EP_FLOOR, "", "", 0, 0 },
    { XB_OP_ONNX_Gelu, 0, XB_EP_GELU, "", "", 0, 0 },
    { XB_OP_MS_Gelu, 0, XB_EP_GELU, "", "", 0, 0 },
    { XB_OP_ONNX_HardSigmoid, 0, XB_EP_HARD_SIGMOID, "alpha", "beta", 0.2f, 0.5f },
    { XB_OP_ONNX_HardSwish, 0, XB_EP_HARD_SWISH, "", "", 0, 0 },
    { XB_OP_ONNX_IsInf, 1, XB_UN_IS_INF, "", "", 0, 0 },
    { XB_OP_ONNX_IsNaN, 1, XB_UN_IS_NAN, "", "", 0, 0 },
    { XB_OP_ONNX_LeakyRelu, 0, XB_EP_LEAKY_RELU, "alpha", "", 0.01f, 0 },
    { XB_OP_ONNX_Log, 0, XB_EP_LOG, "", "", 0, 0 },
    { XB_OP_ONNX_Mish, 0, XB_EP_MISH, "", "", 0, 0 },
    { XB_OP_ONNX_Neg, 0, XB_EP_NEG, "", "", 0, 0 },
    { XB_OP_ONNX_Not, 1, XB_UN_NOT, "", "", 0, 0 },
    { XB_OP_MS_QuickGelu, 0, XB_EP_SILU, "alpha", "", 1.702f, 0 },
    { XB_OP_ONNX_Reciprocal, 0, XB_EP_RECIPROCAL, "", "", 0, 0 },
    { XB_OP_ONNX_Relu, 0, XB_EP_RELU, "", "", 0, 0 },
    { XB_OP_ONNX_Round, 0, XB_EP_ROUND, "", "", 0, 0 },
    { XB_OP_ONNX_Selu, 0, XB_EP_SELU, "alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f },
    { XB_OP_ONNX_Shrink, 0, XB_UN_SHRINK, "lambd", "bias", 0.5f, 0 },
    { XB_OP_ONNX_Sigmoid, 0, XB_EP_SIGMOID, "", "", 0, 0 },
    { XB_OP_ONNX_Sign, 0, XB_EP_SIGN, "", "", 0, 0 },
    { XB_OP_ONNX_Sin, 0, XB_EP_SIN, "", "", 0, 0 },
    { XB_OP_ONNX_Sinh, 0, XB_UN_SINH, "", "", 0, 0 },
    { XB_OP_ONNX_Softplus, 0, XB_EP_SOFTPLUS, "", "", 0, 0 },
    { XB_OP_ONNX_Softsign, 0, XB_EP_SOFTSIGN, "", "", 0, 0 },
    { XB_OP_ONNX_Sqrt, 0, XB_EP_SQRT, "", "", 0, 0 },
    { XB_OP_ONNX_Swish, 0, XB_EP_SILU, "alpha", "", 1, 0 },
    { XB_OP_ONNX_Tan, 0, XB_UN_TAN, "", "", 0, 0 },
    { XB_OP_ONNX_Tanh, 0, XB_EP_TANH, "", "", 0, 0 },
    { XB_OP_ONNX_ThresholdedRelu, 0, XB_EP_THRESHOLDED_RELU, "alpha", "", 1, 0 },
};

static const function_row *function_of(const xb_node *n) {
    size_t i = 0;
    while (i + 1 < sizeof functions / sizeof functions[0] && n->op != &xb_ops[functions[i].row]) i++;
    return &functions[i];
}

xybrid_status xb_infer_function(xb_node *n) {
    const function_row *f = function_of(n);
    const xb_val       *x = n->in[0];
    if (!xb_unary_has(f->op, x->dtype)) return xb_fail_type(n, 0);
    return xb_out_set(n, 0, f->is_test ? XYBRID_BOOL : x->dtype, x->rank, x->dims);
}

xybrid_status xb_emit_function(xb_node *n) {
    const function_row *f = function_of(n);
    int32_t             op = f->op;
    float               a_value = f->a[0] ? xb_attr_float(n, f->a, f->a_otherwise) : 0;
    float               b_value = f->b[0] ? xb_attr_float(n, f->b, f->b_otherwise) : 0;
    if (op == XB_UN_IS_INF) {
        a_value = (float)xb_attr_int(n, "detect_negative", 1);
        b_value = (float)xb_attr_int(n, "detect_positive", 1);
    } else if (op == XB_EP_GELU && xb_attr_is(n, "approximate", "none", "tanh")) {
        op = XB_EP_GELU_TANH;
    } else if (op == XB_UN_CELU && a_value == 1) {
        op = XB_EP_ELU; /* the same, and hot */
    }
    return xb_unary_emit(n, op, a_value, b_value, n->in[0], n->out[0]);
}

/* ---- Clip: bounds are attributes until opset 10, then inputs that may be computed ---- */

xybrid_status xb_infer_clip(xb_node *n) {
    const xb_val *x = n->in[0];
    int           is_float = xb_class_of(x->dtype) == XB_CLASS_F32 || xb_class_of(x->dtype) == XB_CLASS_F64;
    if (xb_class_of(x->dtype) == XB_CLASS_NONE || x->dtype == XYBRID_BOOL || (n->opset < 11 && !is_float))
        return xb_fail_type(n, 0);
    for (int32_t i = 1; i <= 2; i++) {
        const xb_val *bound = xb_in(n, i);
        if (!bound) continue;
        if (bound->dtype != x->dtype) return xb_fail_type(n, i);
        if (bound->count != 1) return xb_refuse(n, "input %d has %lld elements, wanted 1", i, (long long)bound->count);
    }
    if (n->opset >= 11 && !xb_in(n, 1) && !xb_in(n, 2)) {
        xb_out_alias(n, 0, n->in[0]);
        return XYBRID_OK;
    }
    return xb_out_like(n, 0, x);
}

/* A bound that is absent or known; 0: computed. */
static int known_bound(const xb_node *n, int32_t i, float *bound) {
    const xb_val *v = xb_in(n, i);
    if (!v) return 1;
    if (!v->data || v->dtype != XYBRID_FLOAT32) return 0;
    memcpy(bound, v->data, sizeof *bound);
    return 1;
}

xybrid_status xb_emit_clip(xb_node *n) {
    static const int16_t ops[] = { 0, XB_NA_AT_LEAST, XB_NA_AT_MOST };
    const xb_val        *x = n->in[0];
    float                low = -INFINITY, high = INFINITY;
    if (n->out[0] == x) return XYBRID_OK;
    if (n->opset < 11) {
        low = xb_attr_float(n, "min", low);
        high = xb_attr_float(n, "max", high);
    }
    if (n->opset < 11 || (known_bound(n, 1, &low) && known_bound(n, 2, &high)))
        return xb_unary_emit(n, XB_EP_CLIP, low, high, x, n->out[0]);
    int32_t       count = 1 + (xb_in(n, 1) != NULL) + (xb_in(n, 2) != NULL), at = 1;
    xb_nary_args *a = xb_nary_new(n, count, xb_class_of(x->dtype), n->out[0]);
    if (!a) return n->b->err->code;
    xb_nary_operand(n, a, 0, 0, x);
    for (int32_t i = 1; i <= 2; i++)
        if (xb_in(n, i)) xb_nary_operand(n, a, at++, ops[i], n->in[i]);
    return xb_step_work(n, xb_nary_work(n->b->isa, a));
}

/* ---- Dropout: nothing, but in the training mode that models of opset 12 may ask for ---- */

typedef struct dropout_state {
    int32_t is_random;
    float   ratio;
} dropout_state;

xybrid_status xb_infer_dropout(xb_node *n) {
    xb_val        *x = n->in[0];
    int64_t        is_training = 0;
    dropout_state *s = xb_build_alloc(n, 1, sizeof *s);
    if (!s) return n->b->err->code;
    n->state = s;
    s->ratio = 0.5f;
    if (xb_in(n, 2)) XB_TRY(xb_int(n, 2, &is_training));
    if (is_training && xb_in(n, 1)) XB_TRY(xb_float(n, 1, &s->ratio));
    if (xb_class_of(x->dtype) != XB_CLASS_F32 && xb_class_of(x->dtype) != XB_CLASS_F64) return xb_fail_type(n, 0);
    if (!(s->ratio >= 0 && s->ratio < 1))
        return xb_refuse(n, "a ratio of %g, wanted 0 or more and less than 1", (double)s->ratio);
    s->is_random = is_training && s->ratio != 0;
    if (s->is_random) XB_TRY(xb_out_like(n, 0, x));
    else xb_out_alias(n, 0, x);
    return xb_out_set(n, 1, n->opset < 10 ? x->dtype : XYBRID_BOOL, x->rank, x->dims);
}

xybrid_status xb_emit_dropout(xb_node *n) {
    const dropout_state *s = n->state;
    xb_val              *mask = xb_out(n, 1);
    if (!s->is_random) return mask ? xb_fill_emit(n, 1, mask) : XYBRID_OK;
    xb_dropout_args *a = xb_step_new(n, sizeof *a, "dropout");
    if (!a) return n->b->err->code;
    a->count = n->in[0]->count;
    a->dtype = n->in[0]->dtype;
    a->seed = (uint32_t)xb_attr_int(n, "seed", 0);
    a->ratio = (double)s->ratio;
    xb_step_in(n, &a->x, n->in[0]);
    xb_step_out(n, &a->y, xb_out(n, 0));
    xb_step_out(n, &a->mask, mask);
    return xb_step_work(n, xb_dropout_work(n->b->isa, a));
}
