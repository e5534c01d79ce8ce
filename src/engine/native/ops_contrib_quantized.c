/* engine/native/ops_contrib_quantized.c - operators of com.microsoft on 8-bit tensors, which become ONNX's operators between a
 * DequantizeLinear and a QuantizeLinear: QLinearAveragePool, QLinearGlobalAveragePool, QLinearSoftmax, QLinearWhere. And
 * GatherBlockQuantized. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn_integer.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "engine/native/ops_contrib.h"
#include "kernel/embed.h"

static const xb_attr none[1];

/* Inputs `scale`, and the zero point after it, belong to input x. */
static xybrid_status want_quantized(const xb_node *n, int32_t x, int32_t scale) {
    if (!xb_in(n, x) || !xb_in(n, scale)) return xb_refuse(n, "input %d or %d is missing", x, scale);
    XB_TRY(xb_want_8bit(n, x));
    XB_TRY(xb_want_one(n, scale, XYBRID_FLOAT32));
    return xb_want_one(n, scale + 1, n->in[x]->dtype);
}

static xybrid_status dequantized(const xb_node *n, int32_t x, int32_t scale, xb_val **out) {
    xb_val *in[3] = { n->in[x], n->in[scale], xb_in(n, scale + 1) };
    XB_TRY(want_quantized(n, x, scale));
    return xb_node_before(n, XB_OP_ONNX_DequantizeLinear, none, 0, in, 3, out);
}

/* n becomes x of the type, with input `scale` and the one after it. */
static xybrid_status end_quantized(xb_node *n, xb_val *x, int32_t dtype, int32_t scale) {
    xb_val *in[3] = { x, xb_in(n, scale), xb_in(n, scale + 1) };
    xb_attr type = { .name = xb_slice_of("output_dtype"), .type = XB_ATTR_INT, .v.i = dtype };
    if (!in[1]) return xb_refuse(n, "input %d is missing", scale);
    XB_TRY(xb_want_one(n, scale, XYBRID_FLOAT32));
    XB_TRY(xb_want_one(n, scale + 1, dtype));
    return xb_node_become(n, XB_OP_ONNX_QuantizeLinear, &type, 1, in, 3);
}

/* ---- inputs: X, scale, zero point, Y's scale, zero point ---- */

xybrid_status xb_infer_average_pool(xb_node *n) {
    int     is_last = xb_attr_int(n, "channels_last", 0) != 0;
    int32_t dtype = n->in[0]->dtype;
    xb_val *x;
    if (n->in[0]->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", n->in[0]->rank);
    XB_TRY(dequantized(n, 0, 1, &x));
    if (is_last) XB_TRY(xb_turned(n, x, 0, &x));
    XB_TRY(xb_node_before(n, XB_OP_ONNX_AveragePool, NULL, 0, &x, 1, &x));
    if (is_last) XB_TRY(xb_turned(n, x, 1, &x));
    return end_quantized(n, x, dtype, 3);
}

xybrid_status xb_infer_global_average(xb_node *n) {
    int     is_last = xb_attr_int(n, "channels_last", 0) != 0;
    int32_t rank = n->in[0]->rank;
    XB_TRY(want_quantized(n, 0, 1));
    if (rank < 3 || n->in_count < 4) return xb_refuse(n, "%d inputs, the first of %d dimensions", n->in_count, rank);
    int64_t *axes = xb_build_alloc(n, (size_t)rank, sizeof *axes);
    if (!axes) return n->b->err->code;
    for (int32_t d = 2; d < rank; d++) axes[d - 2] = is_last ? d - 1 : d;
    xb_attr attr = { .name = xb_slice_of("axes"), .type = XB_ATTR_INTS, .count = rank - 2, .v.ints = axes };
    return xb_node_become(n, XB_OP_MS_QLinearReduceMean, &attr, 1, n->in, n->in_count < 5 ? n->in_count : 5);
}

xybrid_status xb_infer_quantized_softmax(xb_node *n) {
    int           is_old = xb_attr_int(n, "opset", 0) < 13; /* then the tensor is a matrix whose rows begin at the axis */
    const xb_val *in = n->in[0];
    int32_t       axis;
    int64_t      *dims;
    xb_val       *x, *shape;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), in->rank, &axis));
    xb_attr attr = { .name = xb_slice_of("axis"), .type = XB_ATTR_INT, .v.i = axis };
    XB_TRY(dequantized(n, 0, 1, &x));
    if (is_old) XB_TRY(xb_node_before(n, XB_OP_ONNX_Flatten, &attr, 1, &x, 1, &x));
    if (is_old) attr.v.i = 1;
    XB_TRY(xb_node_before(n, XB_OP_ONNX_Softmax, &attr, 1, &x, 1, &x));
    if (is_old) {
        shape = xb_temp_content(n, XYBRID_INT64, 1, (int64_t[]){ in->rank }, (void **)&dims);
        if (!shape) return n->b->err->code;
        shape->is_static = 1;
        memcpy(dims, in->dims, (size_t)in->rank * sizeof *dims);
        XB_TRY(xb_node_before(n, XB_OP_ONNX_Reshape, none, 0, (xb_val *[]){ x, shape }, 2, &x));
    }
    return end_quantized(n, x, in->dtype, 3);
}

/* ---- QLinearWhere: condition; X, scale, zero point; Y, scale, zero point; Z's scale, zero point ---- */

xybrid_status xb_infer_quantized_where(xb_node *n) {
    xb_val *in[3] = { n->in[0] }, *z;
    XB_TRY(dequantized(n, 1, 2, &in[1]));
    XB_TRY(dequantized(n, 4, 5, &in[2]));
    XB_TRY(xb_want_type(n, 4, n->in[1]->dtype));
    XB_TRY(xb_node_before(n, XB_OP_ONNX_Where, none, 0, in, 3, &z));
    return end_quantized(n, z, n->in[1]->dtype, 7);
}

/* ---- GatherBlockQuantized ---- */

enum { DATA, INDICES, SCALES, ZEROS };

static xybrid_status lookup_of(const xb_node *n, xb_lookup_args *a, int32_t *axis) {
    const xb_val *data = n->in[DATA], *scales = n->in[SCALES], *zeros = xb_in(n, ZEROS);
    int           is_packed = data->dtype == XYBRID_UINT8;
    int64_t       dims[XB_MAX_RANK];
    int32_t       last = data->rank - 1, quantized;
    if (!is_packed && data->dtype != XB_INT4) XB_TRY(xb_want_type(n, DATA, XB_UINT4));
    if (n->in[INDICES]->dtype != XYBRID_INT32) XB_TRY(xb_want_type(n, INDICES, XYBRID_INT64));
    XB_TRY(xb_want_plain_float(n, SCALES));
    XB_TRY(xb_want_type(n, ZEROS, data->dtype));
    XB_TRY(xb_axis(n, xb_attr_int(n, "gather_axis", 0), data->rank, axis));
    XB_TRY(xb_axis(n, xb_attr_int(n, "quantize_axis", 1), data->rank, &quantized));
    if (quantized != last || *axis == last)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "gather_axis %d and quantize_axis %d of %d dimensions", *axis,
                            quantized, data->rank);
    *a = (xb_lookup_args){ .outer = xb_span(data->dims, 0, *axis),
                           .dim = data->dims[*axis],
                           .rows = xb_span(data->dims, *axis + 1, last),
                           .count = n->in[INDICES]->count,
                           .block = xb_attr_int(n, "block_size", 128),
                           .bits = 8,
                           .is_signed = data->dtype == XB_INT4,
                           .are_ids_64 = n->in[INDICES]->dtype == XYBRID_INT64,
                           .dtype = scales->dtype };
    if (is_packed) {
        int64_t bits = xb_attr_int(n, "bits", 4);
        if (bits != 2 && bits != 4 && bits != 8) return xb_refuse(n, "bits is %lld", (long long)bits);
        a->bits = (int32_t)bits;
        a->zero = 1 << (bits - 1);
    }
    if (a->block < 16 || a->block > INT32_MAX || (a->block & (a->block - 1)) ||
        xb_mul_overflows(data->dims[last], 8 / a->bits, &a->width))
        return xb_refuse(n, "block_size is %lld", (long long)a->block);
    memcpy(dims, data->dims, sizeof dims);
    dims[last] = (a->width + a->block - 1) / a->block;
    XB_TRY(xb_want_shape(n, SCALES, data->rank, dims));
    dims[last] = (dims[last] * a->bits + 7) / 8;
    return zeros ? xb_want_shape(n, ZEROS, data->rank, dims) : XYBRID_OK;
}

xybrid_status xb_infer_lookup(xb_node *n) {
    const xb_val  *data = n->in[DATA], *ids = n->in[INDICES];
    xb_lookup_args a = { 0 };
    int32_t        axis = 0, rank = data->rank + ids->rank - 1;
    int64_t        dims[2 * XB_MAX_RANK];
    XB_TRY(lookup_of(n, &a, &axis));
    memcpy(dims, data->dims, (size_t)axis * sizeof *dims);
    memcpy(dims + axis, ids->dims, (size_t)ids->rank * sizeof *dims);
    memcpy(dims + axis + ids->rank, data->dims + axis + 1, (size_t)(data->rank - axis - 1) * sizeof *dims);
    dims[rank - 1] = a.width;
    return xb_out_set(n, 0, a.dtype, rank, dims);
}

xybrid_status xb_emit_lookup(xb_node *n) {
    int32_t         axis;
    xb_lookup_args *a = xb_step_new(n, sizeof *a, "lookup");
    if (!a) return n->b->err->code;
    XB_TRY(lookup_of(n, a, &axis));
    xb_step_in_bytes(n, &a->data, n->in[DATA], 0);
    xb_step_in(n, &a->ids, n->in[INDICES]);
    xb_step_in(n, &a->scales, n->in[SCALES]);
    xb_step_in(n, &a->zeros, xb_in(n, ZEROS));
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_lookup_work(n->b->isa, a));
}
