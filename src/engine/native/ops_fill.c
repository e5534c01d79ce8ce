/* engine/native/ops_fill.c - operators that make tensors: ConstantOfShape, EyeLike, OneHot, Range, Trilu (kernel/fill.h). */
#include <math.h>
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "kernel/number.h"
#include "kernel/fill.h"

/* ---- ConstantOfShape ---- */

xybrid_status xb_infer_constant(xb_node *n) {
    const xb_onnx_value *value = xb_attr_tensor(n, "value");
    const int64_t       *shape;
    int64_t              rank;
    XB_TRY(xb_ints(n, 0, &shape, &rank));
    if (value && value->count != 1) return xb_refuse(n, "the value has %lld elements, wanted 1", (long long)value->count);
    if (rank > XB_MAX_RANK)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a shape of %lld dimensions; at most %d", (long long)rank,
                            XB_MAX_RANK);
    return xb_out_set(n, 0, value ? value->dtype : XYBRID_FLOAT32, (int32_t)rank, shape);
}

xybrid_status xb_emit_constant(xb_node *n) {
    const xb_onnx_value *value = xb_attr_tensor(n, "value");
    xb_fill_args        *a = xb_step_new(n, sizeof *a, "fill");
    if (!a) return n->b->err->code;
    a->count = n->out[0]->count;
    a->element_bytes = xb_move_bytes(n->out[0]->dtype);
    if (value) {
        int32_t  bits = xb_onnx_dtype_bits(value->dtype);
        uint8_t *small = xb_build_alloc(n, 1, 1);
        if (!small) return n->b->err->code;
        if (bits && bits < 8) xb_onnx_unpack(value->dtype, value->data, 0, 1, small);
        a->value = bits && bits < 8 ? small : value->data;
    }
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_fill_work(a));
}

/* ---- EyeLike ---- */

xybrid_status xb_infer_eye(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       dtype = xb_attr_int(n, "dtype", x->dtype), dims[2] = { x->dims[0], x->dims[x->rank == 2] };
    if (x->rank != 2 && x->rank != 1) return xb_refuse(n, "a tensor with %d dimensions, wanted 1 or 2", x->rank);
    if (dtype < 0 || dtype > INT32_MAX || xb_number_of((int32_t)dtype) == XB_NUMBER_NONE)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "element type %lld is no number", (long long)dtype);
    return xb_out_set(n, 0, (int32_t)dtype, 2, dims);
}

xybrid_status xb_emit_eye(xb_node *n) {
    const xb_val *y = n->out[0];
    xb_eye_args  *a = xb_step_new(n, sizeof *a, "eye");
    if (!a) return n->b->err->code;
    a->dtype = y->dtype;
    a->element_bytes = xb_element_bytes(y->dtype);
    a->rows = y->dims[0];
    a->cols = y->dims[1];
    a->k = xb_attr_int(n, "k", 0);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_eye_work(a));
}

/* ---- OneHot ---- */

xybrid_status xb_infer_one_hot(xb_node *n) {
    const xb_val *x = n->in[0], *values = n->in[2];
    const void   *data;
    int64_t       depth, dims[XB_MAX_RANK + 1];
    int32_t       axis, from = 0;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(xb_want_number(n, 1));
    XB_TRY(xb_content(n, n->in[1], &data));
    XB_TRY(xb_text_known(n, values));
    if (n->in[1]->count != 1 || values->count != 2)
        return xb_refuse(n, "%lld depths and %lld values, wanted 1 and 2", (long long)n->in[1]->count,
                         (long long)values->count);
    xb_load_integers(&depth, n->in[1]->dtype, data, 1, 1);
    if (depth < 0) return xb_refuse(n, "depth is %lld", (long long)depth);
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), x->rank + 1, &axis));
    for (int32_t i = 0; i <= x->rank; i++) dims[i] = i == axis ? depth : x->dims[from++];
    return xb_out_set(n, 0, values->dtype, x->rank + 1, dims);
}

xybrid_status xb_emit_one_hot(xb_node *n) {
    const xb_val *x = n->in[0], *y = n->out[0];
    int32_t       axis;
    if (y->count == 0) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), y->rank, &axis));
    xb_one_hot_args *a = xb_step_new(n, sizeof *a, "one hot");
    if (!a) return n->b->err->code;
    a->x_dtype = x->dtype;
    a->element_bytes = xb_move_bytes(y->dtype);
    a->outer = xb_span(y->dims, 0, axis);
    a->depth = y->dims[axis];
    a->inner = xb_span(y->dims, axis + 1, y->rank);
    xb_step_in(n, &a->x, x);
    xb_step_in_bytes(n, &a->values, n->in[2], 0);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_one_hot_work(a));
}

/* ---- Range ---- */

typedef struct range {
    int32_t is_real;
    double  start, delta;
    int64_t start_integer, delta_integer, count;
} range;

static xybrid_status count_reals(const xb_node *n, const double *v, range *r) {
    double count = ceil((v[1] - v[0]) / v[2]);
    r->start = v[0];
    r->delta = v[2];
    r->count = count > 0 ? (count < (double)XB_MAX_PLAN_ELEMENTS ? (int64_t)count : XB_MAX_PLAN_ELEMENTS + 1) : 0;
    if (v[2] != 0 && !isnan(count)) return XYBRID_OK;
    return xb_refuse(n, "no count of steps leads from the start to the limit");
}

static xybrid_status count_integers(const xb_node *n, const int64_t *v, range *r) {
    r->start_integer = v[0];
    r->delta_integer = v[2];
    if (v[2] == 0) return xb_refuse(n, "delta is 0");
    if (v[2] > 0 ? v[1] <= v[0] : v[1] >= v[0]) return XYBRID_OK;
    uint64_t span = v[2] > 0 ? (uint64_t)v[1] - (uint64_t)v[0] : (uint64_t)v[0] - (uint64_t)v[1];
    uint64_t count = (span - 1) / (v[2] > 0 ? (uint64_t)v[2] : 0 - (uint64_t)v[2]) + 1;
    r->count = count > (uint64_t)XB_MAX_PLAN_ELEMENTS ? XB_MAX_PLAN_ELEMENTS + 1 : (int64_t)count;
    return XYBRID_OK;
}

xybrid_status xb_infer_range(xb_node *n) {
    int32_t dtype = n->in[0]->dtype;
    double  reals[3];
    int64_t integers[3];
    range  *r = xb_build_alloc(n, 1, sizeof *r);
    if (!r) return n->b->err->code;
    XB_TRY(xb_want_number(n, 0));
    r->is_real = xb_number_of(dtype) == XB_NUMBER_REAL;
    for (int32_t i = 0; i < 3; i++) {
        const void *data;
        if (n->in[i]->dtype != dtype || n->in[i]->count != 1)
            return xb_refuse(n, "input %d is %s with %lld elements, wanted 1 of %s", i, xb_onnx_dtype_name(n->in[i]->dtype),
                             (long long)n->in[i]->count, xb_onnx_dtype_name(dtype));
        XB_TRY(xb_content(n, n->in[i], &data));
        if (r->is_real) xb_load_reals(&reals[i], dtype, data, 1, 1);
        else xb_load_integers(&integers[i], dtype, data, 1, 1);
    }
    if (r->is_real) XB_TRY(count_reals(n, reals, r));
    else XB_TRY(count_integers(n, integers, r));
    n->state = r;
    return xb_out_set(n, 0, dtype, 1, &r->count);
}

xybrid_status xb_emit_range(xb_node *n) {
    const range         *r = n->state;
    xb_progression_args *a = xb_step_new(n, sizeof *a, "range");
    if (!a) return n->b->err->code;
    a->dtype = n->out[0]->dtype;
    a->element_bytes = xb_element_bytes(a->dtype);
    a->is_real = r->is_real;
    a->start = r->start;
    a->delta = r->delta;
    a->start_integer = r->start_integer;
    a->delta_integer = r->delta_integer;
    a->count = r->count;
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_progression_work(a));
}

/* ---- Trilu ---- */

xybrid_status xb_infer_trilu(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t      *k = xb_build_alloc(n, 1, sizeof *k);
    if (!k) return n->b->err->code;
    if (x->rank < 2) return xb_refuse(n, "a tensor with %d dimensions, wanted 2 or more", x->rank);
    if (x->dtype == XB_ONNX_STRING) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "text has no zero");
    if (xb_in(n, 1)) XB_TRY(xb_int(n, 1, k));
    n->state = k;
    return xb_out_like(n, 0, x);
}

xybrid_status xb_emit_trilu(xb_node *n) {
    const xb_val  *x = n->in[0];
    xb_trilu_args *a = xb_step_new(n, sizeof *a, "trilu");
    if (!a) return n->b->err->code;
    a->element_bytes = xb_element_bytes(x->dtype);
    a->is_upper = xb_attr_int(n, "upper", 1) != 0;
    a->planes = xb_span(x->dims, 0, x->rank - 2);
    a->rows = x->dims[x->rank - 2];
    a->cols = x->dims[x->rank - 1];
    a->k = *(const int64_t *)n->state;
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_trilu_work(a));
}
