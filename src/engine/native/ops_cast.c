/* engine/native/ops_cast.c - Cast, CastLike, BitCast. */
#include "engine/native/op_list.h"
#include "engine/native/ops_elementwise.h"
#include "kernel/transpose.h"

/* ---- Cast, CastLike ---- */

xybrid_status xb_infer_cast(xb_node *n) {
    const xb_val *x = n->in[0], *like = xb_in(n, 1);
    int64_t       to = like ? like->dtype : xb_attr_int(n, "to", 0);
    if (to == x->dtype) {
        xb_out_alias(n, 0, n->in[0]);
        return XYBRID_OK;
    }
    if (to < 0 || to > INT32_MAX || (to != XB_ONNX_STRING && xb_class_of((int32_t)to) == XB_CLASS_NONE))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a cast to element type %lld", (long long)to);
    if (x->dtype != XB_ONNX_STRING && xb_class_of(x->dtype) == XB_CLASS_NONE) return xb_fail_type(n, 0);
    XB_TRY(xb_out_set(n, 0, (int32_t)to, x->rank, x->dims));
    return to == XB_ONNX_STRING || x->dtype == XB_ONNX_STRING ? xb_cast_text(n, (int32_t)to) : XYBRID_OK;
}

/* Pairs that the hot kernels have. */
static int hot_kind(int32_t from, int32_t to) {
    static const struct {
        int32_t from, to, kind;
    } pairs[] = {
        { XYBRID_FLOAT16, XYBRID_FLOAT32, XB_CONVERT_F16_F32 },   { XYBRID_FLOAT32, XYBRID_FLOAT16, XB_CONVERT_F32_F16 },
        { XYBRID_BFLOAT16, XYBRID_FLOAT32, XB_CONVERT_BF16_F32 }, { XYBRID_FLOAT32, XYBRID_BFLOAT16, XB_CONVERT_F32_BF16 },
        { XYBRID_INT8, XYBRID_FLOAT32, XB_CONVERT_I8_F32 },       { XYBRID_UINT8, XYBRID_FLOAT32, XB_CONVERT_U8_F32 }
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (pairs[i].from == from && pairs[i].to == to) return pairs[i].kind;
    return -1;
}

static xybrid_status convert_emit(const xb_node *n, int32_t kind, const xb_val *x, xb_val *y) {
    xb_convert_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->count = y->count;
    a->kind = kind;
    if (x->dtype == XYBRID_FLOAT32) xb_step_in(n, &a->in, x);
    else xb_step_in_bytes(n, &a->in, x, 0); /* half floats and bytes are read at any address */
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_convert_work(n->b->isa, a));
}

xybrid_status xb_emit_cast(xb_node *n) {
    const xb_val *x = n->in[0];
    xb_val       *y = n->out[0];
    if (y == x) return XYBRID_OK;
    int kind = hot_kind(x->dtype, y->dtype);
    if (kind >= 0) return convert_emit(n, kind, x, y);
    xb_unary_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    xb_slice       mode = xb_attr_string(n, "round_mode", "up");
    if (!a) return n->b->err->code;
    a->count = y->count;
    a->src_dtype = x->dtype;
    a->dst_dtype = y->dtype;
    a->op = XB_UN_CAST;
    a->rule.is_strict = xb_attr_int(n, "saturate", 1) == 0;
    a->rule.round = xb_slice_is(mode, "down") ? XB_ROUND_DOWN : xb_slice_is(mode, "nearest") ? XB_ROUND_NEAREST : XB_ROUND_UP;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_unary_work(n->b->isa, a));
}

/* ---- BitCast: the same bits ---- */

xybrid_status xb_infer_bitcast(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       to = xb_attr_int(n, "to", 0);
    int32_t       bits = xb_onnx_dtype_bits(x->dtype);
    if (to <= 0 || to > INT32_MAX || bits == 0 || xb_onnx_dtype_bits((int32_t)to) != bits)
        return xb_refuse(n, "%s of %d bits as element type %lld", xb_onnx_dtype_name(x->dtype), bits, (long long)to);
    return xb_out_set(n, 0, (int32_t)to, x->rank, x->dims);
}

/* Below a byte, signs are extended or not. */
static int32_t as_integer(int32_t dtype) { return dtype == XB_FLOAT4E2M1 ? (int32_t)XB_UINT4 : dtype; }

xybrid_status xb_emit_bitcast(xb_node *n) {
    xb_val *x = n->in[0], *y = n->out[0];
    if (xb_onnx_dtype_bits(x->dtype) >= 8 || as_integer(x->dtype) == as_integer(y->dtype)) return xb_emit_view(n);
    xb_unary_args *a = xb_step_new(n, sizeof *a, xb_op_name(n->op));
    if (!a) return n->b->err->code;
    a->count = y->count;
    a->src_dtype = as_integer(x->dtype);
    a->dst_dtype = as_integer(y->dtype);
    a->op = XB_UN_CAST;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_unary_work(n->b->isa, a));
}
