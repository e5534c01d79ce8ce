/* engine/native/ops_quantize.c - QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear; and of com.microsoft the operators that
 * work element by element on quantized tensors. */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/quantize.h"
#include "kernel/quantize8.h"

enum { X, SCALE, ZERO };

static int is_float16_or_32(int32_t dtype) {
    return dtype == XYBRID_FLOAT32 || dtype == XYBRID_FLOAT16 || dtype == XYBRID_BFLOAT16;
}

static int is_quantized(int32_t dtype) {
    int32_t bits = xb_bits_of_integer(dtype);
    return (bits >= 2 && bits <= 16) || (dtype >= XB_FLOAT8E4M3FN && dtype <= XB_FLOAT8E5M2FNUZ) || dtype == XB_FLOAT4E2M1 ||
           dtype == XB_FLOAT6E2M3 || dtype == XB_FLOAT6E3M2;
}

/* ---- scales ---- */

/* The axis that scales belong to, -1: one scale for all; *block 0: a scale for each index of it. */
static xybrid_status find_axis(const xb_node *n, int32_t *axis, int64_t *block) {
    const xb_val *x = n->in[X], *scale = n->in[SCALE], *zero = xb_in(n, ZERO);
    *axis = -1;
    *block = xb_attr_int(n, "block_size", 0);
    if (zero && zero->count != scale->count)
        return xb_refuse(n, "%lld scales and %lld zero points", (long long)scale->count, (long long)zero->count);
    if (*block < 0) return xb_refuse(n, "blocks of %lld", (long long)*block);
    if (scale->count == 1 && scale->rank <= 1) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 1), x->rank, axis));
    int64_t wanted = *block ? x->dims[*axis] / *block + (x->dims[*axis] % *block != 0) : x->dims[*axis];
    int     fits = *block ? scale->rank == x->rank : scale->rank == 1;
    for (int32_t i = 0; fits && i < scale->rank; i++) fits = scale->dims[i] == (!*block || i == *axis ? wanted : x->dims[i]);
    if (fits) return XYBRID_OK;
    return xb_refuse(n, "%lld scales in %d dimensions for axis %d of %lld, blocks of %lld", (long long)scale->count,
                     scale->rank, *axis, (long long)x->dims[*axis], (long long)*block);
}

/* The arguments but for what the two operators differ in. */
static xb_scale_args *scale_new(const xb_node *n, xb_val *y) {
    xb_scale_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    int32_t        axis;
    int64_t        block;
    if (!a || find_axis(n, &axis, &block) != XYBRID_OK) return NULL;
    xb_scale_set(a, n->in[X]->rank, n->in[X]->dims, axis, block);
    a->x.dtype = n->in[X]->dtype;
    a->scale.dtype = n->in[SCALE]->dtype;
    a->zero.dtype = xb_in(n, ZERO) ? n->in[ZERO]->dtype : XYBRID_UINT8;
    a->dtype = y->dtype;
    xb_step_in(n, &a->x.data, n->in[X]);
    xb_step_in(n, &a->scale.data, n->in[SCALE]);
    xb_step_in(n, &a->zero.data, xb_in(n, ZERO));
    xb_step_out(n, &a->y, y);
    return a;
}

/* ---- QuantizeLinear ---- */

xybrid_status xb_infer_quantize(xb_node *n) {
    const xb_val *x = n->in[X], *zero = xb_in(n, ZERO);
    int32_t       axis;
    int64_t       block, dtype = xb_attr_int(n, "output_dtype", 0);
    if (!is_float16_or_32(x->dtype) && x->dtype != XYBRID_INT32 && x->dtype != XYBRID_FLOAT64) return xb_fail_type(n, X);
    if (!is_float16_or_32(n->in[SCALE]->dtype) && n->in[SCALE]->dtype != XYBRID_INT32 && n->in[SCALE]->dtype != XB_FLOAT8E8M0)
        return xb_fail_type(n, SCALE);
    if (zero && dtype && zero->dtype != dtype)
        return xb_refuse(n, "the zero point is %s, output_dtype %lld", xb_onnx_dtype_name(zero->dtype), (long long)dtype);
    if (zero) dtype = zero->dtype;
    if (!dtype) dtype = XYBRID_UINT8;
    if (dtype < 0 || dtype > INT32_MAX || !is_quantized((int32_t)dtype))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "element type %lld as quantized", (long long)dtype);
    XB_TRY(find_axis(n, &axis, &block));
    return xb_out_set(n, 0, (int32_t)dtype, x->rank, x->dims);
}

/* float32 to 8 bits, seen as rows of one scale each: a hot kernel. 0: it is not, or the rows are short. */
static int as_rows(const xb_node *n, int32_t precision, xb_quantize8_args *q) {
    enum { SHORT = 16 };
    const xb_val *x = n->in[X];
    int32_t       dtype = n->out[0]->dtype, axis;
    int64_t       block;
    if (x->dtype != XYBRID_FLOAT32 || n->in[SCALE]->dtype != XYBRID_FLOAT32 || precision != XYBRID_FLOAT32) return 0;
    if ((dtype != XYBRID_UINT8 && dtype != XYBRID_INT8) || find_axis(n, &axis, &block) != XYBRID_OK || block) return 0;
    *q = (xb_quantize8_args){
        .rows = 1, .cols = 1, .channels = 1, .is_signed = dtype == XYBRID_INT8, .mode = XB_QUANTIZE8_GIVEN
    };
    for (int32_t i = 0; i < x->rank; i++) *(i <= axis ? &q->rows : &q->cols) *= x->dims[i];
    if (axis >= 0) q->channels = x->dims[axis];
    return axis < 0 || q->cols >= SHORT;
}

static xybrid_status quantize8_emit(const xb_node *n, const xb_quantize8_args *q) {
    xb_quantize8_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    *a = *q;
    xb_step_in(n, &a->x, n->in[X]);
    xb_step_in(n, &a->scale, n->in[SCALE]);
    xb_step_in(n, &a->zero, xb_in(n, ZERO));
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_quantize8_work(n->b->isa, a));
}

xybrid_status xb_emit_quantize(xb_node *n) {
    xb_quantize8_args rows;
    int64_t           precision = xb_attr_int(n, "precision", 0);
    if (!precision) precision = n->in[SCALE]->dtype;
    if (precision != XYBRID_FLOAT16 && precision != XYBRID_BFLOAT16) precision = XYBRID_FLOAT32;
    if (as_rows(n, (int32_t)precision, &rows)) return quantize8_emit(n, &rows);
    xb_scale_args *a = scale_new(n, n->out[0]);
    if (!a) return n->b->err->code;
    a->precision = (int32_t)precision;
    a->rule.is_strict = xb_attr_int(n, "saturate", 1) == 0;
    return xb_step_work(n, xb_quantize_work(n->b->isa, a));
}

/* ---- DequantizeLinear ---- */

xybrid_status xb_infer_dequantize(xb_node *n) {
    const xb_val *x = n->in[X], *scale = n->in[SCALE];
    int32_t       axis;
    int64_t       block, dtype = xb_attr_int(n, "output_dtype", 0);
    if (!is_quantized(x->dtype) && x->dtype != XYBRID_INT32) return xb_fail_type(n, X);
    if (!is_float16_or_32(scale->dtype) && scale->dtype != XB_FLOAT8E8M0) return xb_fail_type(n, SCALE);
    if (xb_in(n, ZERO) && n->in[ZERO]->dtype != x->dtype) return xb_fail_type(n, ZERO);
    if (!dtype) dtype = scale->dtype == XB_FLOAT8E8M0 ? XYBRID_FLOAT32 : scale->dtype;
    if (dtype < 0 || dtype > INT32_MAX || !is_float16_or_32((int32_t)dtype))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "an output_dtype of %lld", (long long)dtype);
    XB_TRY(find_axis(n, &axis, &block));
    return xb_out_set(n, 0, (int32_t)dtype, x->rank, x->dims);
}

xybrid_status xb_emit_dequantize(xb_node *n) {
    xb_scale_args *a = scale_new(n, n->out[0]);
    return a ? xb_step_work(n, xb_dequantize_work(n->b->isa, a)) : n->b->err->code;
}

/* ---- DynamicQuantizeLinear ---- */

xybrid_status xb_infer_dynamic(xb_node *n) {
    const xb_val *x = n->in[0];
    if (x->dtype != XYBRID_FLOAT32) return xb_fail_type(n, 0);
    XB_TRY(xb_out_set(n, 0, XYBRID_UINT8, x->rank, x->dims));
    XB_TRY(xb_out_set(n, 1, XYBRID_FLOAT32, 0, NULL));
    return xb_out_set(n, 2, XYBRID_UINT8, 0, NULL);
}

xybrid_status xb_dynamic_quantize_emit(const xb_node *n, const xb_val *x, xb_val *y, xb_val *scale, xb_val *zero) {
    xb_build            *b = n->b;
    static const int64_t dims[] = { XB_QUANTIZE8_RANGES, 2 };
    xb_val              *ranges = xb_temp(n, XYBRID_FLOAT32, 2, dims);
    if (!ranges) return b->err->code;
    for (int32_t pass = 0; pass < 2; pass++) {
        xb_quantize8_args *a = xb_step_new(n, sizeof *a, pass ? "quantize" : "range");
        if (!a) return b->err->code;
        *a = (xb_quantize8_args){ .rows = 1, .cols = x->count, .channels = 1, .mode = XB_QUANTIZE8_DYNAMIC };
        xb_step_in(n, &a->x, x);
        if (pass == 0) {
            xb_step_out(n, &a->ranges, ranges);
            XB_TRY(xb_step_work(n, xb_quantize8_range_work(b->isa, a)));
            continue;
        }
        xb_step_in(n, &a->ranges, ranges);
        xb_step_out(n, &a->y, y);
        xb_step_out(n, &a->scale, scale);
        xb_step_out(n, &a->zero, zero);
        XB_TRY(xb_step_work(n, xb_quantize8_work(b->isa, a)));
    }
    return XYBRID_OK;
}

xybrid_status xb_emit_dynamic(xb_node *n) {
    const xb_val *x = n->in[0];
    xb_val       *y = xb_out(n, 0) ? n->out[0] : xb_temp(n, XYBRID_UINT8, x->rank, x->dims);
    xb_val       *scale = xb_out(n, 1) ? n->out[1] : xb_temp(n, XYBRID_FLOAT32, 0, NULL);
    xb_val       *zero = xb_out(n, 2) ? n->out[2] : xb_temp(n, XYBRID_UINT8, 0, NULL);
    return y && scale && zero ? xb_dynamic_quantize_emit(n, x, y, scale, zero) : n->b->err->code;
}

/* ---- com.microsoft: QLinearAdd, QLinearMul (A, scale, zero, B, scale, zero, y scale, y zero), QLinearSigmoid,
 * QLinearLeakyRelu (X, scale, zero, y scale, y zero) ---- */

enum { GROUP = 3 }; /* a tensor, its scale, its zero point */

static xybrid_status check_group(const xb_node *n, int32_t scale, int32_t dtype) {
    const xb_val *s = xb_in(n, scale), *z = xb_in(n, scale + 1);
    if (!s || s->count != 1 || s->dtype != XYBRID_FLOAT32 || (z && (z->count != 1 || z->dtype != dtype)))
        return xb_refuse(n, "inputs %d and %d: wanted one float32 and one %s", scale, scale + 1, xb_onnx_dtype_name(dtype));
    return XYBRID_OK;
}

typedef struct qlinear_row {
    int16_t row; /* of ops.def */
    int16_t tensors, op;
} qlinear_row;

static const qlinear_row *qlinear_of(const xb_node *n) {
    static const qlinear_row qlinears[] = {
        { XB_OP_MS_QLinearAdd, 2, XB_EP_ADD },
        { XB_OP_MS_QLinearMul, 2, XB_EP_MUL },
        { XB_OP_MS_QLinearSigmoid, 1, XB_EP_SIGMOID },
        { XB_OP_MS_QLinearLeakyRelu, 1, XB_EP_LEAKY_RELU },
    };
    size_t i = 0;
    while (i + 1 < sizeof qlinears / sizeof qlinears[0] && n->op != &xb_ops[qlinears[i].row]) i++;
    return &qlinears[i];
}

xybrid_status xb_infer_qlinear(xb_node *n) {
    const xb_val *x = n->in[0];
    int32_t       tensors = qlinear_of(n)->tensors, rank = x->rank;
    int64_t       dims[XB_MAX_RANK];
    memcpy(dims, x->dims, sizeof dims);
    for (int32_t i = 0; i < tensors; i++) {
        const xb_val *v = xb_in(n, i * GROUP);
        if (!v) return xb_refuse(n, "input %d is missing", i * GROUP);
        if ((v->dtype != XYBRID_UINT8 && v->dtype != XYBRID_INT8) || v->dtype != x->dtype) return xb_fail_type(n, i * GROUP);
        XB_TRY(check_group(n, i * GROUP + 1, x->dtype));
        XB_TRY(xb_broadcast(n, rank, dims, v->rank, v->dims, &rank, dims));
    }
    XB_TRY(check_group(n, tensors * GROUP, x->dtype));
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

xybrid_status xb_emit_qlinear(xb_node *n) {
    xb_val          *y = n->out[0];
    xb_qlinear_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->count = qlinear_of(n)->tensors;
    a->op = qlinear_of(n)->op;
    a->a = xb_attr_float(n, "alpha", 0.01f);
    a->dtype = y->dtype;
    a->rank = y->rank;
    memcpy(a->dims, y->dims, sizeof a->dims);
    for (int32_t i = 0; i < a->count; i++) {
        const xb_val *x = n->in[i * GROUP];
        xb_operand_set(&a->in[i], x->dtype, x->rank, x->dims, y->rank, y->dims);
        xb_step_in(n, &a->in[i].data, x);
        xb_step_in(n, &a->in_scale[i], n->in[i * GROUP + 1]);
        xb_step_in(n, &a->in_zero[i], n->in[i * GROUP + 2]);
    }
    xb_step_in(n, &a->scale, n->in[a->count * GROUP]);
    xb_step_in(n, &a->zero, xb_in(n, a->count * GROUP + 1));
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_qlinear_work(n->b->isa, a));
}
