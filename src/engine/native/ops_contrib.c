/* engine/native/ops_contrib.c - see ops_contrib.h. */
#include "engine/native/op_list.h"
#include "engine/native/ops_contrib.h"

#include <string.h>

#include "engine/native/nn.h"
#include "tensor/tensor.h"

#define TYPES "bfloat16 float16 float32"

xybrid_status xb_want_plain_float(const xb_node *n, int32_t i) {
    XB_TRY(xb_want_float(n, i));
    if (xb_in(n, i) && n->in[i]->dtype == XYBRID_FLOAT64) return xb_refuse(n, "input %d is float64; wanted " TYPES, i);
    return XYBRID_OK;
}

xybrid_status xb_want_shape(const xb_node *n, int32_t i, int32_t rank, const int64_t *dims) {
    const xb_val *v = xb_in(n, i);
    if (!v || (v->rank == rank && memcmp(v->dims, dims, (size_t)rank * sizeof *dims) == 0)) return XYBRID_OK;
    char found[XB_SHAPE_TEXT_BYTES], wanted[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(v->rank, v->dims, found, sizeof found);
    xb_shape_format(rank, dims, wanted, sizeof wanted);
    return xb_refuse(n, "input %d has shape %s, wanted %s", i, found, wanted);
}

xybrid_status xb_refuse_input(const xb_node *n, int32_t i, const char *name) {
    if (!xb_in(n, i)) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "the input %s is not supported", name);
}

xybrid_status xb_refuse_attr(const xb_node *n, const char *name) {
    if (xb_attr_int(n, name, 0) == 0) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%s is not supported", name);
}

xybrid_status xb_channels_first(const xb_node *n, xb_val *v, xb_val **out) {
    int64_t dims[XB_MAX_RANK], strides[XB_MAX_RANK], own[XB_MAX_RANK];
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = 0; d < v->rank; d++) {
        int32_t from = d == 0 ? 0 : d == 1 ? v->rank - 1 : d - 1;
        dims[d] = v->dims[from];
        strides[d] = own[from];
    }
    return xb_gathered(n, v, 0, v->rank, dims, strides, out);
}

xybrid_status xb_channels_last(const xb_node *n, xb_val *v, xb_val *to) {
    int64_t strides[XB_MAX_RANK], own[XB_MAX_RANK];
    xb_dense_strides(v->rank, v->dims, own);
    for (int32_t d = 0; d < v->rank; d++) strides[d] = own[d == 0 ? 0 : d == v->rank - 1 ? 1 : d + 1];
    return xb_gather_into(n, v, 0, strides, to);
}

/* ---- becoming others ---- */

xybrid_status xb_emit_became(xb_node *n) { return xb_fail_node(n, XYBRID_INTERNAL, "it was to become other operators"); }

xybrid_status xb_number(const xb_node *n, int32_t dtype, float value, xb_val **out) {
    void *data;
    *out = xb_temp_content(n, dtype, 0, NULL, &data);
    if (!*out) return n->b->err->code;
    xb_convert(data, dtype, &value, XYBRID_FLOAT32, 1);
    (*out)->is_static = 1;
    return XYBRID_OK;
}

xybrid_status xb_turned(const xb_node *n, xb_val *x, int is_back, xb_val **out) {
    int64_t *perm = xb_build_alloc(n, (size_t)x->rank, sizeof *perm);
    if (!perm) return n->b->err->code;
    for (int32_t d = 1; d < x->rank; d++) perm[d] = is_back ? (d == x->rank - 1 ? 1 : d + 1) : d == 1 ? x->rank - 1 : d - 1;
    xb_attr attr = { .name = xb_slice_of("perm"), .type = XB_ATTR_INTS, .count = x->rank, .v.ints = perm };
    return xb_node_before(n, XB_OP_ONNX_Transpose, &attr, 1, &x, 1, out);
}
