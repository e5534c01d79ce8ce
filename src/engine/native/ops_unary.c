/* engine/native/ops_unary.c - operators on each element by itself: functions, activations, Clip, Dropout. A row of `functions`
 * says all about most of them. */
#include <math.h>
#include <string.h>

#include "engine/native/op_families.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/elementwise.h"
#include "kernel/dropout.h"

xybrid_status xb_nothing_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    (void)b, (void)n, (void)err;
    return XYBRID_OK;
}

xybrid_status xb_fail_type(const xb_node *n, int32_t input, xybrid_error *err) {
    return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d is %s, which the operator does not take", input,
                        xb_onnx_dtype_name(n->in[input]->dtype));
}

/* ---- steps ---- */

/* All float32: by the hot kernels, without blocks. */
static xybrid_status chain_emit(xb_build *b, const xb_node *n, const xb_ep_step *step, const xb_val *x, xb_val *y,
                                xybrid_error *err) {
    xb_chain_args *a = xb_step_new(b, n, sizeof *a, n->op->name, err);
    if (!a) return err->code;
    a->e = (xb_epilogue){ 1, { *step } };
    a->rows = 1;
    a->cols = a->ld_in = a->ld_out = y->count;
    XB_TRY(xb_step_in(b, &a->in, x, err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    return xb_step_work(b, xb_chain_work(b->isa, a), err);
}

xybrid_status xb_unary_emit(xb_build *b, const xb_node *n, int32_t op, float a_value, float b_value, const xb_val *x, xb_val *y,
                            xybrid_error *err) {
    if (op < XB_EP_OP_COUNT && x->dtype == XYBRID_FLOAT32 && y->dtype == XYBRID_FLOAT32) {
        xb_ep_step step = { .op = (uint8_t)op, .a = a_value, .b = b_value };
        return chain_emit(b, n, &step, x, y, err);
    }
    xb_unary_args *a = xb_step_new(b, n, sizeof *a, n->op->name, err);
    if (!a) return err->code;
    a->count = y->count;
    a->src_dtype = x->dtype;
    a->dst_dtype = y->dtype;
    a->op = op;
    a->a = a_value;
    a->b = b_value;
    XB_TRY(xb_step_in(b, &a->x, x, err));
    XB_TRY(xb_step_out(b, &a->y, y, err));
    return xb_step_work(b, xb_unary_work(b->isa, a), err);
}

xybrid_status xb_fill_emit(xb_build *b, const xb_node *n, int64_t value, xb_val *y, xybrid_error *err) {
    void   *data;
    xb_val *one = xb_temp_content(b, XYBRID_INT64, 0, NULL, &data, err);
    if (!one) return err->code;
    memcpy(data, &value, sizeof value);
    xb_nary_args *a = xb_nary_new(b, n, 1, XB_CLASS_I64, y, err);
    if (!a) return err->code;
    XB_TRY(xb_nary_operand(b, a, 0, 0, one, err));
    return xb_step_work(b, xb_nary_work(b->isa, a), err);
}

/* ---- functions ---- */

typedef struct function_row {
    char    name[17];
    uint8_t is_test;    /* gives bool */
    int16_t op;         /* kernel/unary.h */
    char    a[6], b[6]; /* attributes; "": none */
    float   a_otherwise, b_otherwise;
} function_row;

static const function_row functions[] = {
    { "Abs", 0, XB_EP_ABS, "", "", 0, 0 },
    { "Acos", 0, XB_UN_ACOS, "", "", 0, 0 },
    { "Acosh", 0, XB_UN_ACOSH, "", "", 0, 0 },
    { "Asin", 0, XB_UN_ASIN, "", "", 0, 0 },
    { "Asinh", 0, XB_UN_ASINH, "", "", 0, 0 },
    { "Atan", 0, XB_UN_ATAN, "", "", 0, 0 },
    { "Atanh", 0, XB_UN_ATANH, "", "", 0, 0 },
    { "BitwiseNot", 0, XB_UN_BIT_NOT, "", "", 0, 0 },
    { "Ceil", 0, XB_EP_CEIL, "", "", 0, 0 },
    { "Celu", 0, XB_UN_CELU, "alpha", "", 1, 0 },
    { "Cos", 0, XB_EP_COS, "", "", 0, 0 },
    { "Cosh", 0, XB_UN_COSH, "", "", 0, 0 },
    { "Elu", 0, XB_EP_ELU, "alpha", "", 1, 0 },
    { "Erf", 0, XB_EP_ERF, "", "", 0, 0 },
    { "Exp", 0, XB_EP_EXP, "", "", 0, 0 },
    { "Floor", 0, XB_EP_FLOOR, "", "", 0, 0 },
    { "Gelu", 0, XB_EP_GELU, "", "", 0, 0 },
    { "HardSigmoid", 0, XB_EP_HARD_SIGMOID, "alpha", "beta", 0.2f, 0.5f },
    { "HardSwish", 0, XB_EP_HARD_SWISH, "", "", 0, 0 },
    { "IsInf", 1, XB_UN_IS_INF, "", "", 0, 0 },
    { "IsNaN", 1, XB_UN_IS_NAN, "", "", 0, 0 },
    { "LeakyRelu", 0, XB_EP_LEAKY_RELU, "alpha", "", 0.01f, 0 },
    { "Log", 0, XB_EP_LOG, "", "", 0, 0 },
    { "Mish", 0, XB_EP_MISH, "", "", 0, 0 },
    { "Neg", 0, XB_EP_NEG, "", "", 0, 0 },
    { "Not", 1, XB_UN_NOT, "", "", 0, 0 },
    { "QuickGelu", 0, XB_EP_SILU, "alpha", "", 1.702f, 0 },
    { "Reciprocal", 0, XB_EP_RECIPROCAL, "", "", 0, 0 },
    { "Relu", 0, XB_EP_RELU, "", "", 0, 0 },
    { "Round", 0, XB_EP_ROUND, "", "", 0, 0 },
    { "Selu", 0, XB_EP_SELU, "alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f },
    { "Shrink", 0, XB_UN_SHRINK, "lambd", "bias", 0.5f, 0 },
    { "Sigmoid", 0, XB_EP_SIGMOID, "", "", 0, 0 },
    { "Sign", 0, XB_EP_SIGN, "", "", 0, 0 },
    { "Sin", 0, XB_EP_SIN, "", "", 0, 0 },
    { "Sinh", 0, XB_UN_SINH, "", "", 0, 0 },
    { "Softplus", 0, XB_EP_SOFTPLUS, "", "", 0, 0 },
    { "Softsign", 0, XB_EP_SOFTSIGN, "", "", 0, 0 },
    { "Sqrt", 0, XB_EP_SQRT, "", "", 0, 0 },
    { "Swish", 0, XB_EP_SILU, "alpha", "", 1, 0 },
    { "Tan", 0, XB_UN_TAN, "", "", 0, 0 },
    { "Tanh", 0, XB_EP_TANH, "", "", 0, 0 },
    { "ThresholdedRelu", 0, XB_EP_THRESHOLDED_RELU, "alpha", "", 1, 0 },
};

static const function_row *function_of(const xb_node *n) {
    size_t i = 0;
    while (i + 1 < sizeof functions / sizeof functions[0] && strcmp(functions[i].name, n->op->name) != 0) i++;
    return &functions[i];
}

static xybrid_status function_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    const function_row *f = function_of(n);
    const xb_val       *x = n->in[0];
    if (!xb_unary_has(f->op, x->dtype)) return xb_fail_type(n, 0, err);
    return xb_out_set(b, n, 0, f->is_test ? XYBRID_BOOL : x->dtype, x->rank, x->dims, err);
}

static xybrid_status function_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    const function_row *f = function_of(n);
    int32_t             op = f->op;
    float               a_value = f->a[0] ? xb_attr_float(n, f->a, f->a_otherwise) : 0;
    float               b_value = f->b[0] ? xb_attr_float(n, f->b, f->b_otherwise) : 0;
    if (op == XB_UN_IS_INF) {
        a_value = (float)xb_attr_int(n, "detect_negative", 1);
        b_value = (float)xb_attr_int(n, "detect_positive", 1);
    } else if (op == XB_EP_GELU && xb_slice_is(xb_attr_string(n, "approximate", "none"), "tanh")) {
        op = XB_EP_GELU_TANH;
    } else if (op == XB_UN_CELU && a_value == 1) {
        op = XB_EP_ELU; /* the same, and hot */
    }
    return xb_unary_emit(b, n, op, a_value, b_value, n->in[0], n->out[0], err);
}

/* ---- Clip: bounds are attributes until opset 10, then inputs that may be computed ---- */

static xybrid_status clip_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0];
    int           is_float = xb_class_of(x->dtype) == XB_CLASS_F32 || xb_class_of(x->dtype) == XB_CLASS_F64;
    if (xb_class_of(x->dtype) == XB_CLASS_NONE || x->dtype == XYBRID_BOOL || (n->opset < 11 && !is_float))
        return xb_fail_type(n, 0, err);
    for (int32_t i = 1; i <= 2; i++) {
        const xb_val *bound = xb_in(n, i);
        if (!bound) continue;
        if (bound->dtype != x->dtype) return xb_fail_type(n, i, err);
        if (bound->count != 1)
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d has %lld elements, wanted 1", i,
                                (long long)bound->count);
    }
    if (n->opset >= 11 && !xb_in(n, 1) && !xb_in(n, 2)) {
        xb_out_alias(n, 0, n->in[0]);
        return XYBRID_OK;
    }
    return xb_out_like(b, n, 0, x, err);
}

/* A bound that is absent or known; 0: computed. */
static int known_bound(const xb_node *n, int32_t i, float *bound) {
    const xb_val *v = xb_in(n, i);
    if (!v) return 1;
    if (!v->data || v->dtype != XYBRID_FLOAT32) return 0;
    memcpy(bound, v->data, sizeof *bound);
    return 1;
}

static xybrid_status clip_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    static const int16_t ops[] = { 0, XB_NA_AT_LEAST, XB_NA_AT_MOST };
    const xb_val        *x = n->in[0];
    float                low = -INFINITY, high = INFINITY;
    if (n->out[0] == x) return XYBRID_OK;
    if (n->opset < 11) {
        low = xb_attr_float(n, "min", low);
        high = xb_attr_float(n, "max", high);
    }
    if (n->opset < 11 || (known_bound(n, 1, &low) && known_bound(n, 2, &high)))
        return xb_unary_emit(b, n, XB_EP_CLIP, low, high, x, n->out[0], err);
    int32_t       count = 1 + (xb_in(n, 1) != NULL) + (xb_in(n, 2) != NULL), at = 1;
    xb_nary_args *a = xb_nary_new(b, n, count, xb_class_of(x->dtype), n->out[0], err);
    if (!a) return err->code;
    XB_TRY(xb_nary_operand(b, a, 0, 0, x, err));
    for (int32_t i = 1; i <= 2; i++)
        if (xb_in(n, i)) XB_TRY(xb_nary_operand(b, a, at++, ops[i], n->in[i], err));
    return xb_step_work(b, xb_nary_work(b->isa, a), err);
}

/* ---- Dropout: nothing, but in the training mode that models of opset 12 may ask for ---- */

typedef struct dropout_state {
    int32_t is_random;
    float   ratio;
} dropout_state;

static xybrid_status dropout_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val        *x = n->in[0];
    int64_t        is_training = 0;
    dropout_state *s = xb_build_alloc(b, 1, sizeof *s, err);
    if (!s) return err->code;
    n->state = s;
    s->ratio = 0.5f;
    if (xb_in(n, 2)) XB_TRY(xb_int(b, n, 2, &is_training, err));
    if (is_training && xb_in(n, 1)) XB_TRY(xb_float(b, n, 1, &s->ratio, err));
    if (xb_class_of(x->dtype) != XB_CLASS_F32 && xb_class_of(x->dtype) != XB_CLASS_F64) return xb_fail_type(n, 0, err);
    if (!(s->ratio >= 0 && s->ratio < 1))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a ratio of %g, wanted 0 or more and less than 1",
                            (double)s->ratio);
    s->is_random = is_training && s->ratio != 0;
    if (s->is_random) XB_TRY(xb_out_like(b, n, 0, x, err));
    else xb_out_alias(n, 0, x);
    return xb_out_set(b, n, 1, n->opset < 10 ? x->dtype : XYBRID_BOOL, x->rank, x->dims, err);
}

static xybrid_status dropout_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    const dropout_state *s = n->state;
    xb_val              *mask = xb_out(n, 1);
    if (!s->is_random) return mask ? xb_fill_emit(b, n, 1, mask, err) : XYBRID_OK;
    xb_dropout_args *a = xb_step_new(b, n, sizeof *a, "dropout", err);
    if (!a) return err->code;
    a->count = n->in[0]->count;
    a->dtype = n->in[0]->dtype;
    a->seed = (uint32_t)xb_attr_int(n, "seed", 0);
    a->ratio = (double)s->ratio;
    XB_TRY(xb_step_in(b, &a->x, n->in[0], err));
    XB_TRY(xb_step_out(b, &a->y, xb_out(n, 0), err));
    XB_TRY(xb_step_out(b, &a->mask, mask, err));
    return xb_step_work(b, xb_dropout_work(b->isa, a), err);
}

#define FUNCTION(name, since, types) { XB_DOMAIN_ONNX, name, since, 1, 1, 1, 1, 0, types, function_infer, function_emit }
#define MS(name)                     { XB_DOMAIN_MS, name, 1, 1, 1, 1, 1, 0, XB_TYPES_FLOATS, function_infer, function_emit }

static const xb_op rows[] = {
    FUNCTION("Abs", 1, XB_TYPES_ALL_NUMBERS),
    FUNCTION("Acos", 7, XB_TYPES_FLOATS),
    FUNCTION("Acosh", 9, XB_TYPES_FLOATS),
    FUNCTION("Asin", 7, XB_TYPES_FLOATS),
    FUNCTION("Asinh", 9, XB_TYPES_FLOATS),
    FUNCTION("Atan", 7, XB_TYPES_FLOATS),
    FUNCTION("Atanh", 9, XB_TYPES_FLOATS),
    FUNCTION("BitwiseNot", 18, XB_TYPES_INTEGERS),
    FUNCTION("Ceil", 1, XB_TYPES_FLOATS),
    FUNCTION("Celu", 12, XB_TYPES_FLOATS),
    { XB_DOMAIN_ONNX, "Clip", 1, 1, 3, 1, 1, 0, XB_TYPES_ALL_NUMBERS, clip_infer, clip_emit },
    FUNCTION("Cos", 7, XB_TYPES_FLOATS),
    FUNCTION("Cosh", 9, XB_TYPES_FLOATS),
    { XB_DOMAIN_ONNX, "Dropout", 1, 1, 3, 1, 2, 0, XB_TYPES_FLOATS, dropout_infer, dropout_emit },
    FUNCTION("Elu", 1, XB_TYPES_FLOATS),
    FUNCTION("Erf", 9, XB_TYPES_FLOATS),
    FUNCTION("Exp", 1, XB_TYPES_FLOATS),
    FUNCTION("Floor", 1, XB_TYPES_FLOATS),
    FUNCTION("Gelu", 20, XB_TYPES_FLOATS),
    FUNCTION("HardSigmoid", 1, XB_TYPES_FLOATS),
    FUNCTION("HardSwish", 14, XB_TYPES_FLOATS),
    FUNCTION("IsInf", 10, XB_TYPES_ALL_FLOATS),
    FUNCTION("IsNaN", 9, XB_TYPES_ALL_FLOATS),
    FUNCTION("LeakyRelu", 1, XB_TYPES_FLOATS),
    FUNCTION("Log", 1, XB_TYPES_FLOATS),
    FUNCTION("Mish", 18, XB_TYPES_FLOATS),
    FUNCTION("Neg", 1, XB_TYPES_ALL_NUMBERS),
    FUNCTION("Not", 1, XB_TYPES_BOOL),
    FUNCTION("Reciprocal", 1, XB_TYPES_FLOATS),
    FUNCTION("Relu", 1, XB_TYPES_ALL_NUMBERS),
    FUNCTION("Round", 11, XB_TYPES_FLOATS),
    FUNCTION("Selu", 1, XB_TYPES_FLOATS),
    FUNCTION("Shrink", 9, XB_TYPES_ALL_NUMBERS),
    FUNCTION("Sigmoid", 1, XB_TYPES_FLOATS),
    FUNCTION("Sign", 9, XB_TYPES_ALL_NUMBERS),
    FUNCTION("Sin", 7, XB_TYPES_FLOATS),
    FUNCTION("Sinh", 9, XB_TYPES_FLOATS),
    FUNCTION("Softplus", 1, XB_TYPES_FLOATS),
    FUNCTION("Softsign", 1, XB_TYPES_FLOATS),
    FUNCTION("Sqrt", 1, XB_TYPES_FLOATS),
    FUNCTION("Swish", 24, XB_TYPES_FLOATS),
    FUNCTION("Tan", 7, XB_TYPES_FLOATS),
    FUNCTION("Tanh", 1, XB_TYPES_FLOATS),
    FUNCTION("ThresholdedRelu", 1, XB_TYPES_FLOATS),
    MS("Gelu"),
    MS("QuickGelu"),
};
const xb_op_family xb_ops_unary = { rows, sizeof rows / sizeof rows[0] };
