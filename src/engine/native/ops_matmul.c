/* engine/native/ops_matmul.c - MatMul and Gemm; Det; SwiGLU, whose place is between two of them. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/elementwise.h"
#include "kernel/lines.h"

#define PRODUCT_TYPES "bfloat16 float16 float32 float64 int32 int64 uint32 uint64"

static int has_product(int32_t dtype) {
    return xb_is_float(dtype) || dtype == XYBRID_INT32 || dtype == XYBRID_INT64 || dtype == XYBRID_UINT32 ||
           dtype == XYBRID_UINT64;
}

static xybrid_status want_product(const xb_node *n) {
    if (!has_product(n->in[0]->dtype))
        return xb_refuse(n, "input 0 is %s; wanted one of " PRODUCT_TYPES, xb_onnx_dtype_name(n->in[0]->dtype));
    return xb_want_type(n, 1, n->in[0]->dtype);
}

/* What a product of this type is computed in. */
static int32_t computed_in(int32_t dtype) { return xb_is_float(dtype) ? xb_float_of(dtype) : dtype; }

static xybrid_status begin_out(const xb_node *n, xb_val *v, xb_val **out) {
    if (xb_is_float(v->dtype)) return xb_float_out(n, v, out);
    *out = v;
    return XYBRID_OK;
}

/* ---- MatMul ---- */

xybrid_status xb_infer_matmul(xb_node *n) {
    xb_matmul_shape s;
    XB_TRY(want_product(n));
    XB_TRY(xb_matmul_shape_of(n, n->in[0], n->in[1], &s));
    return xb_out_set(n, 0, n->in[0]->dtype, s.rank, s.dims);
}

xb_matmul_state *xb_matmul_state_of(xb_node *n) {
    xb_matmul_state *s = n->state;
    if (s) return s;
    n->state = s = xb_build_alloc(n, 1, sizeof *s);
    if (s) s->alpha = 1;
    return s;
}

/* Strides of a factor, of which `seen` is the shape. */
static void factor_strides(const xb_val *seen, const xb_strided *t, const xb_matmul_shape *s, int64_t *row, int64_t *col,
                           int64_t *batch) {
    int is_turned = t && t->is_turned;
    xb_matmul_strides(seen, is_turned ? t->strides : NULL, s, batch);
    if (!is_turned) return;
    *row = t->strides[seen->rank - 2];
    *col = t->strides[seen->rank - 1];
}

xybrid_status xb_emit_matmul(xb_node *n) {
    const xb_matmul_state *state = n->state;
    const xb_val          *seen[2] = { n->in[0], n->in[1] };
    xb_matmul_shape        s;
    for (int i = 0; i < 2; i++)
        if (state && state->factor[i].is_turned) seen[i] = &state->seen[i];
    XB_TRY(xb_matmul_shape_of(n, seen[0], seen[1], &s));
    xb_product p = { .dtype = computed_in(n->in[0]->dtype), .m = s.m, .n = s.n, .k = s.k, .takes_fused = 1 };
    XB_TRY(xb_as_type(n, n->in[0], p.dtype, &p.a));
    p.b = n->in[1];
    XB_TRY(begin_out(n, n->out[0], &p.c));
    p.alpha = state ? state->alpha : 1;
    p.a_row = s.k;
    p.b_row = p.c_row = s.n;
    p.a_col = p.b_col = 1;
    p.batch_rank = s.batch_rank;
    memcpy(p.batch, s.batch, sizeof p.batch);
    factor_strides(seen[0], state ? &state->factor[0] : NULL, &s, &p.a_row, &p.a_col, p.a_batch);
    factor_strides(seen[1], state ? &state->factor[1] : NULL, &s, &p.b_row, &p.b_col, p.b_batch);
    if (state && state->stored) xb_product_stored(&p, state->stored, 0);
    xb_matmul_result_strides(&s, p.c_batch);
    if (state && state->result.is_turned) {
        p.is_turned = 1;
        p.c_row = state->result.strides[s.batch_rank];
        memcpy(p.c_batch, state->result.strides, sizeof p.c_batch);
    }
    XB_TRY(xb_product_emit(n, &p));
    return xb_float_done(n, p.c, n->out[0]);
}

/* ---- Gemm ---- */

xybrid_status xb_infer_gemm(xb_node *n) {
    const xb_val *a = n->in[0], *w = n->in[1], *c = xb_in(n, 2);
    XB_TRY(want_product(n));
    XB_TRY(xb_want_type(n, 2, a->dtype));
    XB_TRY(xb_want_rank(n, 0, 2));
    XB_TRY(xb_want_rank(n, 1, 2));
    int     trans_a = xb_attr_int(n, "transA", 0) != 0, trans_b = xb_attr_int(n, "transB", 0) != 0;
    int64_t dims[2] = { a->dims[trans_a], w->dims[!trans_b] }, k = a->dims[!trans_a], result[XB_MAX_RANK];
    int32_t rank;
    if (w->dims[trans_b] != k)
        return xb_refuse(n, "the factors' inner dimensions are %lld and %lld", (long long)k, (long long)w->dims[trans_b]);
    if (c) {
        XB_TRY(xb_broadcast(n, 2, dims, c->rank, c->dims, &rank, result));
        if (rank != 2 || memcmp(result, dims, sizeof dims) != 0) return xb_refuse(n, "input 2 is larger than the product");
    }
    if (!xb_is_float(a->dtype) && (xb_attr_float(n, "alpha", 1) != 1 || (c && xb_attr_float(n, "beta", 1) != 1)))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "alpha and beta other than 1 with integers");
    return xb_out_set(n, 0, a->dtype, 2, dims);
}

xybrid_status xb_emit_gemm(xb_node *n) {
    int           trans_a = xb_attr_int(n, "transA", 0) != 0, trans_b = xb_attr_int(n, "transB", 0) != 0;
    const xb_val *a = n->in[0], *w = n->in[1], *y = n->out[0];
    xb_product    p = {
        .dtype = computed_in(a->dtype), .m = y->dims[0], .n = y->dims[1], .k = a->dims[!trans_a], .takes_fused = 1
    };
    p.alpha = xb_attr_float(n, "alpha", 1);
    p.beta = xb_attr_float(n, "beta", 1);
    XB_TRY(xb_as_type(n, n->in[0], p.dtype, &p.a));
    p.b = n->in[1];
    p.add = p.beta != 0 ? xb_in(n, 2) : NULL;
    XB_TRY(begin_out(n, n->out[0], &p.c));
    p.a_row = trans_a ? 1 : a->dims[1];
    p.a_col = trans_a ? a->dims[1] : 1;
    p.b_row = trans_b ? 1 : w->dims[1];
    p.b_col = trans_b ? w->dims[1] : 1;
    p.c_row = p.n;
    if (n->state) xb_product_stored(&p, n->state, trans_b);
    if (p.add) {
        int64_t strides[2];
        xb_broadcast_strides(p.add, 2, y->dims, strides);
        p.add_row = strides[0];
        p.add_col = strides[1];
    }
    XB_TRY(xb_product_emit(n, &p));
    return xb_float_done(n, p.c, n->out[0]);
}

/* ---- Det ---- */

xybrid_status xb_infer_det(xb_node *n) {
    const xb_val *x = n->in[0];
    XB_TRY(xb_want_float(n, 0));
    if (x->rank < 2 || x->dims[x->rank - 1] != x->dims[x->rank - 2])
        return xb_refuse(n, "input 0 is not made of square matrices");
    if (x->count / xb_max64(x->dims[x->rank - 1], 1) > INT32_MAX)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "more than 2^31 rows");
    return xb_out_set(n, 0, x->dtype, x->rank - 2, x->dims);
}

xybrid_status xb_emit_det(xb_node *n) {
    xb_val *x, *y, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, out, &y));
    xb_det_args *a = xb_step_new(n, sizeof *a, "det");
    if (!a) return n->b->err->code;
    *a = (xb_det_args){ .count = out->count, .size = x->dims[x->rank - 1], .is_double = x->dtype == XYBRID_FLOAT64 };
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_det_work(a)));
    return xb_float_done(n, y, out);
}

/* ---- SwiGLU ---- */

xybrid_status xb_infer_swiglu(xb_node *n) {
    const xb_val *x = n->in[0], *gate = n->in[1];
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_type(n, 1, x->dtype));
    if (gate->rank != x->rank || memcmp(gate->dims, x->dims, sizeof x->dims) != 0)
        return xb_refuse(n, "the inputs have different shapes");
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_swiglu(xb_node *n) {
    xb_val *x, *gate, *y, *out = n->out[0];
    float   alpha = xb_attr_float(n, "alpha", 1);
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[1], &gate));
    XB_TRY(xb_float_out(n, out, &y));
    if (x->dtype == XYBRID_FLOAT64) {
        xb_gated_args *a = xb_step_new(n, sizeof *a, "swiglu");
        if (!a) return n->b->err->code;
        *a = (xb_gated_args){ .count = x->count, .alpha = alpha };
        xb_step_in(n, &a->a, x);
        xb_step_in(n, &a->b, gate);
        xb_step_out(n, &a->y, y);
        return xb_step_work(n, xb_gated_work(a));
    }
    xb_chain_args *a = xb_step_new(n, sizeof *a, "swiglu");
    if (!a) return n->b->err->code;
    *a = (xb_chain_args){ .rows = 1, .cols = x->count, .ld_in = x->count, .ld_out = x->count, .e = { .count = 2 } };
    a->e.steps[0] = (xb_ep_step){ .op = XB_EP_SILU, .a = alpha };
    a->e.steps[1] = (xb_ep_step){ .op = XB_EP_MUL, .from = XB_EP_FULL, .stride = x->count };
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->e.steps[1].data, gate);
    xb_step_out(n, &a->out, y);
    XB_TRY(xb_step_work(n, xb_chain_work(n->b->isa, a)));
    return xb_float_done(n, y, out);
}
