/* engine/native/ops_integer.c - products and convolutions of 8-bit integers: MatMulInteger, QLinearMatMul, ConvInteger,
 * QLinearConv, and of com.microsoft MatMulIntegerToFloat, DynamicQuantizeMatMul, QGemm, QLinearConv. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn_integer.h"
#include "engine/native/op_list.h"
#include "engine/native/ops_contrib.h"
#include "engine/native/rewrite.h"
#include "kernel/rescale.h"

/* ---- numbers that go along ---- */

/* Input i as one number, or [m], or [..., m, 1] for rows of a; [n], or [..., 1, n] for columns of b. */
static xybrid_status along(const xb_node *n, int32_t i, const xb_val *of, const xb_matmul_shape *s, int is_rows,
                           xb_qalong *out) {
    const xb_val *v = xb_in(n, i);
    int64_t       count = is_rows ? s->m : s->n, own[XB_MAX_RANK];
    *out = (xb_qalong){ .v = xb_in(n, i) };
    if (!v || v->count == 1) return XYBRID_OK;
    out->step = 1;
    if (v->rank == 1 && v->dims[0] == count) return XYBRID_OK;
    int32_t here = is_rows ? v->rank - 2 : v->rank - 1, other = is_rows ? v->rank - 1 : v->rank - 2,
            shift = s->batch_rank - (v->rank - 2);
    int     fits = v->rank >= 2 && v->rank == of->rank && v->dims[here] == count && v->dims[other] == 1;
    for (int32_t d = 0; fits && d < v->rank - 2; d++) fits = v->dims[d] == of->dims[d] || v->dims[d] == 1;
    if (!fits) return xb_refuse(n, "input %d does not go with the factor's rows or columns", i);
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = shift; d < s->batch_rank; d++) out->batch[d] = v->dims[d - shift] == 1 ? 0 : own[d - shift];
    return XYBRID_OK;
}

/* ---- products ---- */

typedef struct roles { /* inputs by number; -1: the operator has none */
    int8_t a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero, bias;
} roles;

static const roles matmul_integer = { 0, -1, 2, 1, -1, 3, -1, -1, -1 };
static const roles qlinear_matmul = { 0, 1, 2, 3, 4, 5, 6, 7, -1 };
static const roles integer_to_float = { 0, 2, 4, 1, 3, 5, -1, -1, 6 };
static const roles scaled_matmul = { 0, -1, 2, 1, 4, 3, -1, -1, -1 };
static const roles dynamic_matmul = { 0, -1, -1, 1, 2, 3, -1, -1, 4 };

static xb_val *at(const xb_node *n, int32_t i) { return i < 0 ? NULL : xb_in(n, i); }

/* Types and shapes of everything; the product but for its tensors. */
static xybrid_status product_of(const xb_node *n, const roles *r, xb_matmul_shape *s, xb_qproduct *p) {
    const xb_val *a = n->in[r->a], *w = xb_in(n, r->b);
    XB_TRY(xb_want_8bit(n, r->b));
    XB_TRY(xb_matmul_shape_of(n, a, w, s));
    *p = (xb_qproduct){ .m = s->m,
                        .n = s->n,
                        .k = s->k,
                        .b = xb_in(n, r->b),
                        .a_row = s->k,
                        .a_col = 1,
                        .b_row = s->n,
                        .b_col = 1,
                        .c_row = s->n,
                        .batch_rank = s->batch_rank };
    memcpy(p->batch, s->batch, sizeof p->batch);
    xb_matmul_strides(a, NULL, s, p->a_batch);
    xb_matmul_strides(w, NULL, s, p->b_batch);
    xb_matmul_result_strides(s, p->c_batch);
    if (r->a_zero >= 0) {
        XB_TRY(xb_want_type(n, r->a_zero, a->dtype));
        XB_TRY(along(n, r->a_zero, a, s, 1, &p->a_zero));
    }
    XB_TRY(xb_want_type(n, r->b_zero, w->dtype));
    XB_TRY(along(n, r->b_zero, w, s, 0, &p->b_zero));
    if (r->a_scale >= 0) XB_TRY(along(n, r->a_scale, a, s, 1, &p->a_scale));
    if (r->b_scale >= 0) XB_TRY(along(n, r->b_scale, w, s, 0, &p->b_scale));
    return XYBRID_OK;
}

/* Scales and bias in float32, the factors in place. */
static xybrid_status scales_in(const xb_node *n, const roles *r, xb_qproduct *p) {
    XB_TRY(xb_as_type(n, p->a_scale.v, XYBRID_FLOAT32, &p->a_scale.v));
    XB_TRY(xb_as_type(n, p->b_scale.v, XYBRID_FLOAT32, &p->b_scale.v));
    XB_TRY(xb_as_type(n, at(n, r->y_scale), XYBRID_FLOAT32, &p->c_scale));
    XB_TRY(xb_as_type(n, at(n, r->bias), XYBRID_FLOAT32, &p->bias));
    p->c_zero = at(n, r->y_zero);
    return XYBRID_OK;
}

xybrid_status xb_infer_matmul_integer(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(xb_want_8bit(n, 0));
    XB_TRY(product_of(n, &matmul_integer, &s, &p));
    return xb_out_set(n, 0, XYBRID_INT32, s.rank, s.dims);
}

xybrid_status xb_emit_matmul_integer(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(product_of(n, &matmul_integer, &s, &p));
    p.a = n->in[0];
    p.c = n->out[0];
    return xb_qproduct_emit(n, &p);
}

/* rewrite_integer.c */
xybrid_status xb_emit_matmul_scaled(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(product_of(n, &scaled_matmul, &s, &p));
    p.a = n->in[0];
    p.c = n->out[0];
    p.takes_fused = 1;
    return xb_qproduct_emit(n, &p);
}

xybrid_status xb_infer_qlinear_matmul(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    int32_t         scale = n->in[1]->dtype;
    XB_TRY(xb_want_8bit(n, 0));
    XB_TRY(xb_want_8bit(n, 7));
    XB_TRY(xb_want_plain_float(n, 1));
    XB_TRY(xb_want_type(n, 4, scale));
    XB_TRY(xb_want_type(n, 6, scale));
    if (n->in[6]->count != 1 || n->in[7]->count != 1)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a result with more than one scale or zero point");
    XB_TRY(product_of(n, &qlinear_matmul, &s, &p));
    return xb_out_set(n, 0, n->in[7]->dtype, s.rank, s.dims);
}

xybrid_status xb_emit_qlinear_matmul(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(product_of(n, &qlinear_matmul, &s, &p));
    XB_TRY(scales_in(n, &qlinear_matmul, &p));
    p.a = n->in[0];
    p.c = n->out[0];
    return xb_qproduct_emit(n, &p);
}

xybrid_status xb_infer_to_float(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(xb_want_8bit(n, 0));
    XB_TRY(xb_want_plain_float(n, 2));
    XB_TRY(xb_want_type(n, 3, n->in[2]->dtype));
    XB_TRY(xb_want_type(n, 6, n->in[2]->dtype));
    XB_TRY(product_of(n, &integer_to_float, &s, &p));
    XB_TRY(xb_want_vector(n, 6, s.n));
    return xb_out_set(n, 0, n->in[2]->dtype, s.rank, s.dims);
}

xybrid_status xb_emit_to_float(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(product_of(n, &integer_to_float, &s, &p));
    XB_TRY(scales_in(n, &integer_to_float, &p));
    p.a = n->in[0];
    p.takes_fused = 1;
    XB_TRY(xb_float_out(n, n->out[0], &p.c));
    XB_TRY(xb_qproduct_emit(n, &p));
    return xb_float_done(n, p.c, n->out[0]);
}

xybrid_status xb_infer_integer_dynamic(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    XB_TRY(xb_want_type(n, 0, XYBRID_FLOAT32));
    XB_TRY(xb_want_type(n, 2, XYBRID_FLOAT32));
    XB_TRY(xb_want_type(n, 4, XYBRID_FLOAT32));
    XB_TRY(product_of(n, &dynamic_matmul, &s, &p));
    XB_TRY(xb_want_vector(n, 4, s.n));
    return xb_out_set(n, 0, XYBRID_FLOAT32, s.rank, s.dims);
}

xybrid_status xb_emit_integer_dynamic(xb_node *n) {
    xb_matmul_shape s;
    xb_qproduct     p;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(product_of(n, &dynamic_matmul, &s, &p));
    XB_TRY(xb_quantised(n, n->in[0], &p.a, &p.a_scale.v, &p.a_zero.v));
    p.bias = xb_in(n, 4);
    p.takes_fused = 1;
    p.c = n->out[0];
    return xb_qproduct_emit(n, &p);
}

/* ---- QGemm ---- */

enum { QGEMM_A, QGEMM_A_SCALE, QGEMM_A_ZERO, QGEMM_B, QGEMM_B_SCALE, QGEMM_B_ZERO, QGEMM_C, QGEMM_Y_SCALE, QGEMM_Y_ZERO };

static xybrid_status qgemm_product(const xb_node *n, xb_qproduct *p) {
    const xb_val *a = n->in[QGEMM_A], *w = xb_in(n, QGEMM_B);
    int           trans_a = xb_attr_int(n, "transA", 0) != 0, trans_b = xb_attr_int(n, "transB", 0) != 0;
    XB_TRY(xb_want_8bit(n, QGEMM_A));
    XB_TRY(xb_want_8bit(n, QGEMM_B));
    XB_TRY(xb_want_rank(n, QGEMM_A, 2));
    XB_TRY(xb_want_rank(n, QGEMM_B, 2));
    *p = (xb_qproduct){
        .m = a->dims[trans_a], .k = a->dims[!trans_a], .n = w->dims[!trans_b], .a = n->in[QGEMM_A], .b = n->in[QGEMM_B]
    };
    if (w->dims[trans_b] != p->k)
        return xb_refuse(n, "the factors' inner dimensions are %lld and %lld", (long long)p->k, (long long)w->dims[trans_b]);
    p->a_row = trans_a ? 1 : p->k, p->a_col = trans_a ? p->m : 1;
    p->b_row = trans_b ? 1 : p->n, p->b_col = trans_b ? p->k : 1;
    p->c_row = p->n;
    XB_TRY(xb_want_one(n, QGEMM_A_ZERO, a->dtype));
    XB_TRY(xb_want_type(n, QGEMM_B_ZERO, w->dtype));
    p->a_zero.v = xb_in(n, QGEMM_A_ZERO);
    p->b_zero.v = xb_in(n, QGEMM_B_ZERO);
    p->b_zero.step = p->b_zero.v && p->b_zero.v->count > 1;
    return p->b_zero.step ? xb_want_vector(n, QGEMM_B_ZERO, p->n) : XYBRID_OK;
}

xybrid_status xb_infer_qgemm(xb_node *n) {
    const xb_val *scale = xb_in(n, QGEMM_B_SCALE), *zero = xb_in(n, QGEMM_Y_ZERO), *c = xb_in(n, QGEMM_C);
    xb_qproduct   p;
    XB_TRY(qgemm_product(n, &p));
    int64_t dims[2] = { p.m, p.n }, result[XB_MAX_RANK];
    int32_t rank;
    if (!xb_in(n, QGEMM_A_SCALE) || !scale) return xb_refuse(n, "a scale is missing");
    XB_TRY(xb_want_one(n, QGEMM_A_SCALE, XYBRID_FLOAT32));
    XB_TRY(xb_want_type(n, QGEMM_B_SCALE, XYBRID_FLOAT32));
    if (scale->count != 1) XB_TRY(xb_want_vector(n, QGEMM_B_SCALE, p.n));
    XB_TRY(xb_want_one(n, QGEMM_Y_SCALE, XYBRID_FLOAT32));
    if (zero) XB_TRY(xb_want_8bit(n, QGEMM_Y_ZERO));
    if (zero) XB_TRY(xb_want_one(n, QGEMM_Y_ZERO, zero->dtype));
    if (c) {
        XB_TRY(xb_want_type(n, QGEMM_C, XYBRID_INT32));
        XB_TRY(xb_broadcast(n, 2, dims, c->rank, c->dims, &rank, result));
        if (rank != 2 || memcmp(result, dims, sizeof dims) != 0) return xb_refuse(n, "C is larger than the product");
    }
    int32_t dtype = !xb_in(n, QGEMM_Y_SCALE) ? XYBRID_FLOAT32 : zero ? zero->dtype : n->in[QGEMM_A]->dtype;
    return xb_out_set(n, 0, dtype, 2, dims);
}

xybrid_status xb_emit_qgemm(xb_node *n) {
    const xb_val *c = xb_in(n, QGEMM_C);
    xb_val       *y = n->out[0];
    xb_qproduct   p;
    if (y->count == 0) return XYBRID_OK;
    XB_TRY(qgemm_product(n, &p));
    p.c = xb_temp(n, XYBRID_INT32, 2, y->dims);
    if (!p.c) return n->b->err->code;
    XB_TRY(xb_qproduct_emit(n, &p));
    xb_rescale_args *a = xb_step_new(n, sizeof *a, "rescale");
    if (!a) return n->b->err->code;
    *a = (xb_rescale_args){ .m = p.m,
                            .n = p.n,
                            .b_scale_step = n->in[QGEMM_B_SCALE]->count > 1,
                            .is_signed = y->dtype == XYBRID_INT8,
                            .alpha = xb_attr_float(n, "alpha", 1) };
    if (c) {
        int64_t strides[2];
        xb_broadcast_strides(c, 2, y->dims, strides);
        a->add_row = strides[0], a->add_col = strides[1];
    }
    xb_step_in(n, &a->sums, p.c);
    xb_step_in(n, &a->add, c);
    xb_step_in(n, &a->a_scale, n->in[QGEMM_A_SCALE]);
    xb_step_in(n, &a->b_scale, n->in[QGEMM_B_SCALE]);
    xb_step_in(n, &a->y_scale, xb_in(n, QGEMM_Y_SCALE));
    xb_step_in(n, &a->y_zero, xb_in(n, QGEMM_Y_ZERO));
    xb_step_out(n, &a->y, y);
    return xb_step_work(n, xb_rescale_work(a));
}

/* ---- convolutions ---- */

/* The window of x, which is input 0, and w; with channels_last x counts as [batch, channels, ...] all the same. */
static xybrid_status conv_of(const xb_node *n, int32_t w_at, int32_t x_zero, int32_t w_zero, xb_qconvolution *c) {
    xb_val *x = n->in[0], *w = xb_in(n, w_at), seen = *x;
    xb_node node = *n;
    xb_val *first[1] = { &seen };
    *c = (xb_qconvolution){
        .x = x, .w = w, .x_zero = xb_in(n, x_zero), .w_zero = xb_in(n, w_zero), .groups = xb_attr_int(n, "group", 1)
    };
    XB_TRY(xb_want_8bit(n, 0));
    XB_TRY(xb_want_8bit(n, w_at));
    if (x->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    XB_TRY(xb_want_rank(n, w_at, x->rank));
    if (xb_attr_int(n, "channels_last", 0)) {
        seen.dims[1] = x->dims[x->rank - 1];
        for (int32_t d = 2; d < x->rank; d++) seen.dims[d] = x->dims[d - 1];
    }
    const int64_t *given;
    int64_t        channels = seen.dims[1], inner;
    if (c->groups < 1 || xb_mul_overflows(w->dims[1], c->groups, &inner) || inner != channels || w->dims[0] % c->groups)
        return xb_refuse(n, "weights [%lld,%lld,...] with %lld channels in %lld groups", (long long)w->dims[0],
                         (long long)w->dims[1], (long long)channels, (long long)c->groups);
    int32_t count = xb_attr_ints(n, "kernel_shape", &given);
    for (int32_t i = 0; i < count; i++)
        if (count != x->rank - 2 || given[i] != w->dims[2 + i]) return xb_refuse(n, "kernel_shape is not that of the weights");
    node.in = first;
    node.in_count = 1;
    XB_TRY(xb_window_read(&node, w->dims + 2, 0, &c->window));
    c->channels_out = w->dims[0];
    XB_TRY(xb_want_one(n, x_zero, x->dtype));
    XB_TRY(xb_want_type(n, w_zero, w->dtype));
    if (c->w_zero && c->w_zero->count != 1) XB_TRY(xb_want_vector(n, w_zero, c->channels_out));
    return XYBRID_OK;
}

xybrid_status xb_infer_conv_integer(xb_node *n) {
    xb_qconvolution c;
    int64_t         dims[XB_MAX_RANK];
    XB_TRY(conv_of(n, 1, 2, 3, &c));
    int32_t rank = xb_window_dims(&c.window, c.channels_out, dims);
    return xb_out_set(n, 0, XYBRID_INT32, rank, dims);
}

xybrid_status xb_emit_conv_integer(xb_node *n) {
    xb_qconvolution c;
    XB_TRY(conv_of(n, 1, 2, 3, &c));
    c.y = n->out[0];
    return xb_qconv_emit(n, &c);
}

/* rewrite_integer.c */
xybrid_status xb_emit_conv_scaled(xb_node *n) {
    xb_qconvolution c;
    XB_TRY(conv_of(n, 1, 2, 3, &c));
    c.w_scale = n->in[4];
    c.bias = xb_in(n, 5);
    c.y = n->out[0];
    c.takes_fused = 1;
    return xb_qconv_emit(n, &c);
}

enum { CONV_X_SCALE = 1, CONV_X_ZERO, CONV_W, CONV_W_SCALE, CONV_W_ZERO, CONV_Y_SCALE, CONV_Y_ZERO, CONV_BIAS };

xybrid_status xb_infer_qlinear_conv(xb_node *n) {
    xb_qconvolution c;
    int64_t         dims[XB_MAX_RANK];
    XB_TRY(conv_of(n, CONV_W, CONV_X_ZERO, CONV_W_ZERO, &c));
    XB_TRY(xb_want_one(n, CONV_X_SCALE, XYBRID_FLOAT32));
    XB_TRY(xb_want_type(n, CONV_W_SCALE, XYBRID_FLOAT32));
    if (n->in[CONV_W_SCALE]->count != 1) XB_TRY(xb_want_vector(n, CONV_W_SCALE, c.channels_out));
    XB_TRY(xb_want_one(n, CONV_Y_SCALE, XYBRID_FLOAT32));
    XB_TRY(xb_want_8bit(n, CONV_Y_ZERO));
    XB_TRY(xb_want_one(n, CONV_Y_ZERO, n->in[CONV_Y_ZERO]->dtype));
    XB_TRY(xb_want_type(n, CONV_BIAS, XYBRID_INT32));
    XB_TRY(xb_want_vector(n, CONV_BIAS, c.channels_out));
    int32_t rank = xb_window_dims(&c.window, c.channels_out, dims);
    if (xb_attr_int(n, "channels_last", 0)) {
        for (int32_t d = 1; d < rank - 1; d++) dims[d] = dims[d + 1];
        dims[rank - 1] = c.channels_out;
    }
    return xb_out_set(n, 0, n->in[CONV_Y_ZERO]->dtype, rank, dims);
}

xybrid_status xb_emit_qlinear_conv(xb_node *n) {
    xb_qconvolution c;
    int64_t         dims[XB_MAX_RANK];
    int             is_last = xb_attr_int(n, "channels_last", 0) != 0;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(conv_of(n, CONV_W, CONV_X_ZERO, CONV_W_ZERO, &c));
    c.x_scale = n->in[CONV_X_SCALE];
    c.w_scale = n->in[CONV_W_SCALE];
    c.y_scale = n->in[CONV_Y_SCALE];
    c.y_zero = n->in[CONV_Y_ZERO];
    c.bias = xb_in(n, CONV_BIAS);
    c.y = n->out[0];
    if (is_last) XB_TRY(xb_channels_first(n, n->in[0], &c.x));
    int32_t rank = xb_window_dims(&c.window, c.channels_out, dims);
    if (is_last && !(c.y = xb_temp(n, n->out[0]->dtype, rank, dims))) return n->b->err->code;
    XB_TRY(xb_qconv_emit(n, &c));
    return is_last ? xb_channels_last(n, c.y, n->out[0]) : XYBRID_OK;
}
