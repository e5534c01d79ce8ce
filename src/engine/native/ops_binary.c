/* engine/native/ops_binary.c - operators that combine tensors element by element, with numpy's broadcasting: arithmetic,
 * comparisons, logic, bits, Max, Min, Sum, Mean, Where. */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/elementwise.h"
#include "kernel/select.h"

/* ---- steps ---- */

xb_nary_args *xb_nary_new(const xb_node *n, int32_t count, xb_class c, xb_val *y) {
    xb_nary_args *a = xb_step_new(n, sizeof *a + (size_t)count * sizeof a->in[0], xb_op_name(n->op));
    if (!a) return NULL;
    a->count = count;
    a->c = (int32_t)c;
    a->dtype = y->dtype;
    a->last = XB_UN_CAST;
    a->rank = y->rank;
    memcpy(a->dims, y->dims, sizeof a->dims);
    xb_step_out(n, &a->y, y);
    return a;
}

void xb_nary_operand(const xb_node *n, xb_nary_args *a, int32_t i, int32_t op, const xb_val *x) {
    xb_operand_set(&a->in[i], x->dtype, x->rank, x->dims, a->rank, a->dims);
    a->in[i].op = (int16_t)op;
    xb_step_in(n, &a->in[i].data, x);
}

/* ---- two operands ---- */

enum { /* what operands an operator takes */
       ANY_NUMBER,
       ANY_ELEMENT, /* bool too */
       TRUTHS,
       INTEGERS
};

typedef struct binary_row {
    int16_t row; /* of ops.def */
    int16_t op;  /* kernel/nary.h */
    int8_t  hot; /* kernel/elementwise.h; -1: none */
    uint8_t takes, is_test, is_swapped;
} binary_row;

static const binary_row binaries[] = {
    { XB_OP_ONNX_Add, XB_EP_ADD, XB_BINARY_ADD, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_And, XB_NA_AND, -1, TRUTHS, 1, 0 },
    { XB_OP_ONNX_BitShift, XB_NA_SHIFT_LEFT, -1, INTEGERS, 0, 0 },
    { XB_OP_ONNX_BitwiseAnd, XB_NA_AND, -1, INTEGERS, 0, 0 },
    { XB_OP_ONNX_BitwiseOr, XB_NA_OR, -1, INTEGERS, 0, 0 },
    { XB_OP_ONNX_BitwiseXor, XB_NA_XOR, -1, INTEGERS, 0, 0 },
    { XB_OP_ONNX_Div, XB_EP_DIV, XB_BINARY_DIV, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Equal, XB_NA_EQUAL, XB_BINARY_EQUAL, ANY_ELEMENT, 1, 0 },
    { XB_OP_ONNX_Greater, XB_NA_LESS, XB_BINARY_GREATER, ANY_NUMBER, 1, 1 },
    { XB_OP_ONNX_GreaterOrEqual, XB_NA_LESS_OR_EQUAL, XB_BINARY_GREATER_EQUAL, ANY_NUMBER, 1, 1 },
    { XB_OP_ONNX_Less, XB_NA_LESS, XB_BINARY_LESS, ANY_NUMBER, 1, 0 },
    { XB_OP_ONNX_LessOrEqual, XB_NA_LESS_OR_EQUAL, XB_BINARY_LESS_EQUAL, ANY_NUMBER, 1, 0 },
    { XB_OP_ONNX_Max, XB_EP_MAX, XB_BINARY_MAX, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Mean, XB_EP_ADD, -1, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Min, XB_EP_MIN, XB_BINARY_MIN, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Mod, XB_NA_MOD, -1, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Mul, XB_EP_MUL, XB_BINARY_MUL, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Or, XB_NA_OR, -1, TRUTHS, 1, 0 },
    { XB_OP_ONNX_PRelu, XB_EP_PRELU, XB_BINARY_PRELU, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Pow, XB_EP_POW, XB_BINARY_POW, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Sub, XB_EP_SUB, XB_BINARY_SUB, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Sum, XB_EP_ADD, XB_BINARY_ADD, ANY_NUMBER, 0, 0 },
    { XB_OP_ONNX_Xor, XB_NA_XOR, -1, TRUTHS, 1, 0 },
};

static binary_row binary_of(const xb_node *n) {
    size_t i = 0;
    while (i + 1 < sizeof binaries / sizeof binaries[0] && n->op != &xb_ops[binaries[i].row]) i++;
    binary_row r = binaries[i];
    if (r.op == XB_NA_SHIFT_LEFT && xb_attr_is(n, "direction", "", "RIGHT")) r.op = XB_NA_SHIFT_RIGHT;
    if (r.op == XB_NA_MOD && xb_attr_int(n, "fmod", 0) != 0) {
        r.op = XB_EP_FMOD;
        r.hot = XB_BINARY_FMOD;
    }
    return r;
}

static xybrid_status check_type(const xb_node *n, const binary_row *r, int32_t i) {
    int32_t  dtype = n->in[i]->dtype;
    xb_class c = xb_class_of(dtype);
    int      is_bool = dtype == XYBRID_BOOL, is_integer = c == XB_CLASS_I64 || c == XB_CLASS_U64;
    int      is_ok = r->takes == TRUTHS     ? is_bool
                     : r->takes == INTEGERS ? is_integer && !is_bool
                                            : !is_bool || r->takes == ANY_ELEMENT;
    return is_ok && xb_nary_has(r->op, c) ? XYBRID_OK : xb_fail_type(n, i);
}

typedef struct shape {
    int32_t rank;
    int64_t dims[XB_MAX_RANK];
} shape;

/* Operand i as it is broadcast: until opset 6 a second operand's dimensions stood where the attribute axis says, PRelu's slope
 * at the channels. */
static shape placed_shape(const xb_node *n, int32_t i) {
    shape   s = { .rank = n->in[i]->rank };
    int64_t axis = xb_attr_int(n, "axis", -1);
    memcpy(s.dims, n->in[i]->dims, sizeof s.dims);
    if (i != 1 || n->opset >= 7) return s;
    if (n->op == &xb_ops[XB_OP_ONNX_PRelu] && s.rank == 1 && s.dims[0] != 1) axis = 1;
    else if (xb_attr_int(n, "broadcast", 0) == 0) axis = -1;
    if (axis < 0 || axis > n->in[0]->rank - s.rank) return s;
    for (int32_t d = s.rank; d < n->in[0]->rank - axis; d++) s.dims[d] = 1;
    s.rank = n->in[0]->rank - (int32_t)axis;
    return s;
}

static xybrid_status set_broadcast(xb_node *n, int32_t dtype) {
    int64_t dims[XB_MAX_RANK];
    int32_t rank = n->in[0]->rank;
    memcpy(dims, n->in[0]->dims, sizeof dims);
    for (int32_t i = 1; i < n->in_count; i++) {
        shape s = placed_shape(n, i);
        XB_TRY(xb_broadcast(n, rank, dims, s.rank, s.dims, &rank, dims));
    }
    return xb_out_set(n, 0, dtype, rank, dims);
}

/* Equal on text: content against content. */
static xybrid_status equal_text(xb_node *n) {
    const void *text[2];
    xb_operand  o[2];
    xb_val     *y = n->out[0];
    XB_TRY(xb_check_texts(n, y->count));
    for (int32_t i = 0; i < 2; i++) {
        XB_TRY(xb_content(n, n->in[i], &text[i]));
        xb_operand_set(&o[i], XB_ONNX_STRING, n->in[i]->rank, n->in[i]->dims, y->rank, y->dims);
    }
    uint8_t *out = xb_build_alloc(n, (size_t)y->count, 1);
    if (!out) return n->b->err->code;
    for (int64_t k = 0; k < y->count; k++) {
        const xb_slice *p = (const xb_slice *)text[0] + xb_operand_at(&o[0], y->rank, y->dims, k);
        const xb_slice *q = (const xb_slice *)text[1] + xb_operand_at(&o[1], y->rank, y->dims, k);
        out[k] = (uint8_t)xb_slice_eq(*p, *q);
    }
    return xb_out_content(n, 0, out);
}

xybrid_status xb_infer_binary(xb_node *n) {
    binary_row r = binary_of(n);
    int        may_differ = r.op == XB_EP_POW; /* in type */
    for (int32_t i = 0; i < n->in_count; i++) {
        if (!n->in[i]) return xb_refuse(n, "input %d is missing", i);
        if (n->in[i]->dtype != n->in[0]->dtype && !may_differ)
            return xb_refuse(n, "input %d is %s, input 0 is %s", i, xb_onnx_dtype_name(n->in[i]->dtype),
                             xb_onnx_dtype_name(n->in[0]->dtype));
        if (n->in[i]->dtype != XB_ONNX_STRING || r.op != XB_NA_EQUAL) XB_TRY(check_type(n, &r, i));
    }
    if (n->in_count == 1) {
        xb_out_alias(n, 0, n->in[0]);
        return XYBRID_OK;
    }
    XB_TRY(set_broadcast(n, r.is_test ? XYBRID_BOOL : n->in[0]->dtype));
    if (r.op == XB_EP_PRELU && n->out[0]->count != n->in[0]->count) return xb_refuse(n, "the slope is larger than the input");
    return n->in[0]->dtype == XB_ONNX_STRING ? equal_text(n) : XYBRID_OK;
}

/* float32: the hot kernels, which know any strides. */
static xybrid_status hot_emit(const xb_node *n, int32_t op, xb_val *y) {
    xb_binary_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    int64_t *strides[] = { a->stride_a, a->stride_b };
    a->op = op;
    a->rank = y->rank;
    memcpy(a->shape, y->dims, sizeof a->shape);
    for (int32_t i = 0; i < 2; i++) {
        xb_operand o;
        shape      s = placed_shape(n, i);
        xb_operand_set(&o, n->in[i]->dtype, s.rank, s.dims, y->rank, y->dims);
        memcpy(strides[i], o.strides, sizeof o.strides);
    }
    xb_strides_dense(y->rank, y->dims, a->stride_out);
    xb_step_in(n, &a->a, n->in[0]);
    xb_step_in(n, &a->b, n->in[1]);
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_binary_work(n->b->isa, a));
}

/* x^2 and x^3 as products; 0: another exponent, or not known. */
static xybrid_status power_emit(const xb_node *n, int *is_done) {
    const xb_val *x = n->in[0], *e = n->in[1];
    int64_t       exponent = 0;
    xb_block      raw, room;
    *is_done = 0;
    if (!e->data || e->count != 1 || x->dtype != XYBRID_FLOAT32 || n->out[0]->count != x->count) return XYBRID_OK;
    memcpy(&raw, e->data, (size_t)e->size_bytes);
    double value = *(const double *)xb_block_load(n->b->isa, &room, XB_CLASS_F64, &raw, e->dtype, 1);
    if (value == 2 || value == 3) exponent = (int64_t)value;
    if (!exponent) return XYBRID_OK;
    *is_done = 1;
    xb_chain_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->rows = 1;
    a->cols = a->ld_in = a->ld_out = x->count;
    a->e.count = (int32_t)exponent - 1;
    a->e.steps[0] = (xb_ep_step){ .op = XB_EP_SQUARE };
    a->e.steps[1] = (xb_ep_step){ .op = XB_EP_MUL, .from = XB_EP_FULL, .stride = x->count };
    if (exponent == 3) xb_step_in(n, &a->e.steps[1].data, x);
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_chain_work(n->b->isa, a));
}

/* The class to compute in: that of the operands, float64 for a power of different ones. */
static xb_class class_of(const xb_node *n) {
    xb_class c = xb_class_of(n->in[0]->dtype);
    for (int32_t i = 1; i < n->in_count; i++)
        if (xb_class_of(n->in[i]->dtype) != c) return XB_CLASS_F64;
    return c;
}

/* A mean's divisor. */
static xb_val *number(const xb_node *n, int64_t value) {
    void   *data;
    xb_val *v = xb_temp_content(n, XYBRID_INT64, 0, NULL, &data);
    if (v) memcpy(data, &value, sizeof value);
    return v;
}

xybrid_status xb_emit_binary(xb_node *n) {
    binary_row r = binary_of(n);
    int        is_done = 0, is_mean = r.row == XB_OP_ONNX_Mean;
    xb_val    *y = n->out[0];
    if (y == n->in[0]) return XYBRID_OK;
    if (r.op == XB_EP_POW) XB_TRY(power_emit(n, &is_done));
    if (is_done) return XYBRID_OK;
    if (n->in_count == 2 && r.hot >= 0 && n->in[0]->dtype == XYBRID_FLOAT32 && n->in[1]->dtype == XYBRID_FLOAT32)
        return hot_emit(n, r.hot, y);
    xb_nary_args *a = xb_nary_new(n, n->in_count + is_mean, class_of(n), y);
    if (!a) return n->b->err->code;
    a->bits = xb_bits_of_integer(n->in[0]->dtype);
    for (int32_t i = 0; i < n->in_count; i++) {
        int32_t from = r.is_swapped ? n->in_count - 1 - i : i;
        shape   s = placed_shape(n, from);
        xb_nary_operand(n, a, i, r.op, n->in[from]);
        xb_operand_set(&a->in[i], n->in[from]->dtype, s.rank, s.dims, y->rank, y->dims);
    }
    if (is_mean) {
        xb_val *count = number(n, n->in_count);
        if (!count) return n->b->err->code;
        xb_nary_operand(n, a, n->in_count, XB_EP_DIV, count);
    }
    return xb_step_work(n, xb_nary_work(n->b->isa, a));
}

/* ---- Where ---- */

static xybrid_status where_text(xb_node *n) {
    const void *in[XB_SELECT_INPUTS];
    xb_operand  o[XB_SELECT_INPUTS];
    xb_val     *y = n->out[0];
    XB_TRY(xb_check_texts(n, y->count));
    for (int32_t i = 0; i < XB_SELECT_INPUTS; i++) {
        XB_TRY(xb_content(n, n->in[i], &in[i]));
        xb_operand_set(&o[i], n->in[i]->dtype, n->in[i]->rank, n->in[i]->dims, y->rank, y->dims);
    }
    xb_slice *out = xb_build_alloc(n, (size_t)y->count, sizeof *out);
    if (!out) return n->b->err->code;
    for (int64_t k = 0; k < y->count; k++) {
        int pick = ((const uint8_t *)in[0])[xb_operand_at(&o[0], y->rank, y->dims, k)] ? XB_SELECT_TRUE : XB_SELECT_FALSE;
        out[k] = ((const xb_slice *)in[pick])[xb_operand_at(&o[pick], y->rank, y->dims, k)];
    }
    return xb_out_content(n, 0, out);
}

xybrid_status xb_infer_where(xb_node *n) {
    const xb_val *x = n->in[XB_SELECT_TRUE];
    if (n->in[XB_SELECT_CONDITION]->dtype != XYBRID_BOOL) return xb_fail_type(n, XB_SELECT_CONDITION);
    if (n->in[XB_SELECT_FALSE]->dtype != x->dtype)
        return xb_refuse(n, "input 1 is %s, input 2 is %s", xb_onnx_dtype_name(x->dtype),
                         xb_onnx_dtype_name(n->in[XB_SELECT_FALSE]->dtype));
    XB_TRY(set_broadcast(n, x->dtype));
    return x->dtype == XB_ONNX_STRING ? where_text(n) : XYBRID_OK;
}

/* Elements of four bytes: a hot kernel. */
static xybrid_status where_hot(xb_node *n) {
    const xb_val  *y = n->out[0];
    xb_where_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    int64_t *strides[] = { a->stride_condition, a->stride_a, a->stride_b };
    a->rank = y->rank;
    memcpy(a->shape, y->dims, sizeof a->shape);
    for (int32_t i = 0; i < XB_SELECT_INPUTS; i++) {
        xb_operand o;
        xb_operand_set(&o, n->in[i]->dtype, n->in[i]->rank, n->in[i]->dims, y->rank, y->dims);
        memcpy(strides[i], o.strides, sizeof o.strides);
    }
    xb_strides_dense(y->rank, y->dims, a->stride_out);
    xb_step_in(n, &a->condition, n->in[XB_SELECT_CONDITION]);
    xb_step_in(n, &a->a, n->in[XB_SELECT_TRUE]);
    xb_step_in(n, &a->b, n->in[XB_SELECT_FALSE]);
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_where_work(n->b->isa, a));
}

xybrid_status xb_emit_where(xb_node *n) {
    xb_val *y = n->out[0];
    if (xb_element_bytes(y->dtype) == 4) return where_hot(n);
    xb_select_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->rank = y->rank;
    memcpy(a->dims, y->dims, sizeof a->dims);
    for (int32_t i = 0; i < XB_SELECT_INPUTS; i++) {
        xb_operand_set(&a->in[i], n->in[i]->dtype, n->in[i]->rank, n->in[i]->dims, y->rank, y->dims);
        xb_step_in(n, &a->in[i].data, n->in[i]);
    }
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_select_work(a));
}
