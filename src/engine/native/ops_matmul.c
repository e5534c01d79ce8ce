/* engine/native/ops_matmul.c - MatMul and Gemm. */
#include <string.h>

#include "engine/native/nn.h"
#include "engine/native/op_families.h"

#define PRODUCT_TYPES "bfloat16 float16 float32 float64 int32 int64 uint32 uint64"

static int has_product(int32_t dtype) {
    return xb_is_float(dtype) || dtype == XYBRID_INT32 || dtype == XYBRID_INT64 || dtype == XYBRID_UINT32 || dtype == XYBRID_UINT64;
}

static xybrid_status want_product(const xb_node *n, xybrid_error *err) {
    if (!has_product(n->in[0]->dtype))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 is %s; wanted one of " PRODUCT_TYPES,
                            xb_onnx_dtype_name(n->in[0]->dtype));
    return xb_want_type(n, 1, n->in[0]->dtype, err);
}

/* What a product of this type is computed in. */
static int32_t computed_in(int32_t dtype) { return xb_is_float(dtype) ? xb_float_of(dtype) : dtype; }

static xybrid_status begin_out(xb_build *b, xb_val *v, xb_val **out, xybrid_error *err) {
    if (xb_is_float(v->dtype)) return xb_float_out(b, v, out, err);
    *out = v;
    return XYBRID_OK;
}

/* ---- MatMul ---- */

/* A vector is a row on the left, a column on the right; its dimension of 1 is not in the result. */
typedef struct matmul_shape {
    int64_t m, n, k;
    int32_t batch_rank, rank;
    int64_t batch[XB_MAX_RANK], dims[XB_MAX_RANK];
} matmul_shape;

static xybrid_status matmul_shape_of(const xb_node *n, matmul_shape *s, xybrid_error *err) {
    const xb_val *a = n->in[0], *b = n->in[1];
    if (a->rank == 0 || b->rank == 0) return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a factor has no dimensions");
    s->m = a->rank > 1 ? a->dims[a->rank - 2] : 1;
    s->k = a->dims[a->rank - 1];
    s->n = b->rank > 1 ? b->dims[b->rank - 1] : 1;
    int64_t k = b->dims[b->rank > 1 ? b->rank - 2 : 0];
    if (k != s->k)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "the factors' inner dimensions are %lld and %lld", (long long)s->k,
                            (long long)k);
    int32_t batch_a = a->rank > 2 ? a->rank - 2 : 0, batch_b = b->rank > 2 ? b->rank - 2 : 0;
    XB_TRY(xb_broadcast(n, batch_a, a->dims, batch_b, b->dims, &s->batch_rank, s->batch, err));
    s->rank = s->batch_rank;
    memcpy(s->dims, s->batch, (size_t)s->rank * sizeof *s->dims);
    if (a->rank > 1) s->dims[s->rank++] = s->m;
    if (b->rank > 1) s->dims[s->rank++] = s->n;
    return XYBRID_OK;
}

static xybrid_status matmul_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    matmul_shape s;
    XB_TRY(want_product(n, err));
    XB_TRY(matmul_shape_of(n, &s, err));
    return xb_out_set(b, n, 0, n->in[0]->dtype, s.rank, s.dims, err);
}

/* Strides of v's batch where it is broadcast to s. */
static void batch_strides(const xb_val *v, const matmul_shape *s, int64_t *strides) {
    int64_t own[XB_MAX_RANK];
    int32_t shift = s->batch_rank - (v->rank - 2);
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = 0; d < s->batch_rank; d++)
        strides[d] = d < shift || v->rank < 3 || (v->dims[d - shift] == 1 && s->batch[d] != 1) ? 0 : own[d - shift];
}

static xybrid_status matmul_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    matmul_shape s;
    XB_TRY(matmul_shape_of(n, &s, err));
    xb_product p = { .dtype = computed_in(n->in[0]->dtype), .m = s.m, .n = s.n, .k = s.k, .alpha = 1, .takes_fused = 1 };
    XB_TRY(xb_as_type(b, n, n->in[0], p.dtype, &p.a, err));
    p.b = n->in[1];
    XB_TRY(begin_out(b, n->out[0], &p.c, err));
    p.a_row = s.k;
    p.a_col = 1;
    p.b_row = s.n;
    p.b_col = 1;
    p.c_row = s.n;
    p.batch_rank = s.batch_rank;
    memcpy(p.batch, s.batch, sizeof p.batch);
    batch_strides(n->in[0], &s, p.a_batch);
    batch_strides(n->in[1], &s, p.b_batch);
    int64_t stride = s.m * s.n;
    for (int32_t d = s.batch_rank - 1; d >= 0; d--) {
        p.c_batch[d] = stride;
        stride *= s.batch[d];
    }
    XB_TRY(xb_product_emit(b, n, &p, err));
    return xb_float_done(b, n, p.c, n->out[0], err);
}

/* ---- Gemm ---- */

static xybrid_status gemm_infer(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *a = n->in[0], *w = n->in[1], *c = xb_in(n, 2);
    XB_TRY(want_product(n, err));
    XB_TRY(xb_want_type(n, 2, a->dtype, err));
    XB_TRY(xb_want_rank(n, 0, 2, err));
    XB_TRY(xb_want_rank(n, 1, 2, err));
    int     trans_a = xb_attr_int(n, "transA", 0) != 0, trans_b = xb_attr_int(n, "transB", 0) != 0;
    int64_t dims[2] = { a->dims[trans_a], w->dims[!trans_b] }, k = a->dims[!trans_a], result[2];
    int32_t rank;
    if (w->dims[trans_b] != k)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "the factors' inner dimensions are %lld and %lld", (long long)k,
                            (long long)w->dims[trans_b]);
    if (c) {
        XB_TRY(xb_broadcast(n, 2, dims, c->rank, c->dims, &rank, result, err));
        if (rank != 2 || memcmp(result, dims, sizeof dims) != 0)
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 2 is larger than the product");
    }
    if (!xb_is_float(a->dtype) && (xb_attr_float(n, "alpha", 1) != 1 || (c && xb_attr_float(n, "beta", 1) != 1)))
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, err, "alpha and beta other than 1 with integers");
    return xb_out_set(b, n, 0, a->dtype, 2, dims, err);
}

static xybrid_status gemm_emit(xb_build *b, xb_node *n, xybrid_error *err) {
    int        trans_a = xb_attr_int(n, "transA", 0) != 0, trans_b = xb_attr_int(n, "transB", 0) != 0;
    const xb_val *a = n->in[0], *w = n->in[1], *y = n->out[0];
    xb_product p = { .dtype = computed_in(a->dtype), .m = y->dims[0], .n = y->dims[1], .k = a->dims[!trans_a], .takes_fused = 1 };
    p.alpha = xb_attr_float(n, "alpha", 1);
    p.beta = xb_attr_float(n, "beta", 1);
    XB_TRY(xb_as_type(b, n, n->in[0], p.dtype, &p.a, err));
    p.b = n->in[1];
    p.add = p.beta != 0 ? xb_in(n, 2) : NULL;
    XB_TRY(begin_out(b, n->out[0], &p.c, err));
    p.a_row = trans_a ? 1 : a->dims[1];
    p.a_col = trans_a ? a->dims[1] : 1;
    p.b_row = trans_b ? 1 : w->dims[1];
    p.b_col = trans_b ? w->dims[1] : 1;
    p.c_row = p.n;
    if (p.add) {
        int64_t strides[2];
        xb_broadcast_strides(p.add, 2, y->dims, strides);
        p.add_row = strides[0];
        p.add_col = strides[1];
    }
    XB_TRY(xb_product_emit(b, n, &p, err));
    return xb_float_done(b, n, p.c, n->out[0], err);
}

static const xb_op rows[] = {
    { "", "Gemm", 7, 2, 3, 1, 1, XB_OP_EPILOGUE_LAST, gemm_infer, gemm_emit, PRODUCT_TYPES },
    { "", "MatMul", 1, 2, 2, 1, 1, XB_OP_EPILOGUE_LAST, matmul_infer, matmul_emit, PRODUCT_TYPES },
};
const xb_op_family xb_ops_matmul = { rows, sizeof rows / sizeof rows[0] };
