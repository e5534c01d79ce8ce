/* engine/native/ops_pad.c - operators that look up every dimension in a table (kernel/remap.h): Pad, CenterCropPad, Tile. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "tensor/tensor.h"

/* ---- Pad ---- */

typedef enum pad_mode { PAD_CONSTANT, PAD_REFLECT, PAD_EDGE, PAD_WRAP } pad_mode;

typedef struct padding { /* elements that are added at the two ends of each dimension, taken away if negative */
    int64_t  before[XB_MAX_RANK], after[XB_MAX_RANK];
    pad_mode mode;
} padding;

static xybrid_status read_mode(const xb_node *n, pad_mode *mode) {
    int32_t number;
    XB_TRY(xb_attr_choice(n, "mode", "constant\0reflect\0edge\0wrap\0", &number));
    *mode = (pad_mode)number;
    return XYBRID_OK;
}

/* Where position i of the result, in [0, dim), comes from. Reflections are those of what is left of the dimension. */
static int64_t padded_place(const padding *p, int32_t axis, int64_t dim, int64_t i) {
    int64_t low = xb_max64(0, -p->before[axis]), high = dim - xb_max64(0, -p->after[axis]), length = high - low;
    int64_t at = i - xb_max64(0, p->before[axis]); /* from low */
    if (at >= 0 && at < length) return low + at;
    if (p->mode == PAD_CONSTANT) return -1;
    if (p->mode == PAD_EDGE || length == 1) return at < 0 ? low : high - 1;
    int64_t period = p->mode == PAD_WRAP ? length : 2 * (length - 1);
    at %= period;
    if (at < 0) at += period;
    return low + (at < length ? at : period - at);
}

/* The shape of the result. */
static xybrid_status padded_dims(xb_node *n, const padding *p) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    for (int32_t i = 0; i < x->rank; i++) {
        if (xb_add_overflows(x->dims[i], p->before[i], &dims[i]) || xb_add_overflows(dims[i], p->after[i], &dims[i]) ||
            dims[i] < 0 || p->before[i] < -x->dims[i] || p->after[i] < -x->dims[i])
            return xb_refuse(n, "pads %lld and %lld around dimension %d of %lld", (long long)p->before[i],
                             (long long)p->after[i], i, (long long)x->dims[i]);
        int64_t left = x->dims[i] - xb_max64(0, -p->before[i]) - xb_max64(0, -p->after[i]);
        if (p->mode != PAD_CONSTANT && left <= 0 && dims[i] > 0)
            return xb_refuse(n, "dimension %d has nothing left to be repeated", i);
    }
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

static xybrid_status pad_emit_with(xb_node *n, const padding *p, const xb_val *value) {
    xb_val        *x = n->in[0], *y = n->out[0];
    const int64_t *tables[XB_MAX_RANK] = { NULL };
    for (int32_t d = 0; d < x->rank && y->count; d++) {
        if (p->before[d] == 0 && p->after[d] == 0) continue;
        int64_t *table = xb_build_alloc(n, (size_t)y->dims[d], sizeof *table);
        if (!table) return n->b->err->code;
        for (int64_t i = 0; i < y->dims[d]; i++) table[i] = padded_place(p, d, x->dims[d], i);
        tables[d] = table;
    }
    return xb_remap_emit(n, tables, value);
}

xybrid_status xb_infer_pad(xb_node *n) {
    const xb_val  *x = n->in[0], *value = n->opset >= 11 ? xb_in(n, 2) : NULL;
    const int64_t *pads;
    const int32_t *axes;
    int64_t        count, axis_count;
    padding       *p = xb_build_alloc(n, 1, sizeof *p);
    if (!p) return n->b->err->code;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(read_mode(n, &p->mode));
    if (n->opset >= 11) XB_TRY(xb_ints(n, 1, &pads, &count));
    else count = xb_attr_ints(n, "pads", &pads);
    XB_TRY(xb_axes_of(n, 3, x->rank, &axes, &axis_count));
    if (axis_count < 0) axis_count = x->rank;
    if (count != 2 * axis_count || axis_count > x->rank)
        return xb_refuse(n, "%lld pads for %lld dimensions, wanted two for each", (long long)count, (long long)axis_count);
    for (int64_t i = 0; i < axis_count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        p->before[axis] = pads[i];
        p->after[axis] = pads[axis_count + i];
    }
    if (value && (value->count != 1 || value->dtype != x->dtype))
        return xb_refuse(n, "the value is %s with %lld elements, wanted 1 of %s", xb_onnx_dtype_name(value->dtype),
                         (long long)value->count, xb_onnx_dtype_name(x->dtype));
    n->state = p;
    return padded_dims(n, p);
}

xybrid_status xb_emit_pad(xb_node *n) {
    const xb_val *value = n->opset >= 11 ? xb_in(n, 2) : NULL;
    if (n->opset < 11) {
        void   *data;
        float   given = xb_attr_float(n, "value", 0);
        xb_val *v = xb_temp_content(n, n->in[0]->dtype, 0, NULL, &data);
        if (!v) return n->b->err->code;
        if (xb_dtype_size((xybrid_dtype)v->dtype)) xb_convert(data, (xybrid_dtype)v->dtype, &given, XYBRID_FLOAT32, 1);
        value = v;
    }
    return pad_emit_with(n, n->state, value);
}

/* ---- CenterCropPad ---- */

xybrid_status xb_infer_center(xb_node *n) {
    const xb_val  *x = n->in[0];
    const int64_t *shape;
    const int32_t *axes;
    int64_t        count, axis_count;
    padding       *p = xb_build_alloc(n, 1, sizeof *p);
    if (!p) return n->b->err->code;
    XB_TRY(xb_ints(n, 1, &shape, &count));
    XB_TRY(xb_axes_of(n, 2, x->rank, &axes, &axis_count));
    if (count != (axis_count < 0 ? x->rank : axis_count))
        return xb_refuse(n, "a shape of %lld dimensions does not fit the axes", (long long)count);
    for (int64_t i = 0; i < count; i++) {
        int32_t axis = axes ? axes[i] : (int32_t)i;
        int64_t more;
        if (shape[i] < 0 || xb_add_overflows(shape[i], -x->dims[axis], &more))
            return xb_refuse(n, "dimension %d is to be %lld", axis, (long long)shape[i]);
        p->before[axis] = more / 2; /* towards zero: an odd one goes to the end */
        p->after[axis] = more - more / 2;
    }
    n->state = p;
    return padded_dims(n, p);
}

xybrid_status xb_emit_center(xb_node *n) { return pad_emit_with(n, n->state, NULL); }

/* ---- Tile ---- */

xybrid_status xb_infer_tile(xb_node *n) {
    const xb_val  *x = n->in[0];
    const int64_t *repeats;
    int64_t        count, dims[XB_MAX_RANK];
    XB_TRY(xb_ints(n, 1, &repeats, &count));
    if (count != x->rank) return xb_refuse(n, "%lld repeats for %d dimensions", (long long)count, x->rank);
    for (int32_t i = 0; i < x->rank; i++)
        if (xb_mul_overflows(x->dims[i], repeats[i], &dims[i]))
            return xb_refuse(n, "dimension %d of %lld is repeated %lld times", i, (long long)x->dims[i], (long long)repeats[i]);
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

xybrid_status xb_emit_tile(xb_node *n) {
    xb_val        *x = n->in[0], *y = n->out[0];
    const int64_t *tables[XB_MAX_RANK] = { NULL };
    for (int32_t d = 0; d < x->rank && y->count; d++) {
        if (y->dims[d] == x->dims[d]) continue;
        int64_t *table = xb_build_alloc(n, (size_t)y->dims[d], sizeof *table);
        if (!table) return n->b->err->code;
        for (int64_t i = 0; i < y->dims[d]; i++) table[i] = i % x->dims[d];
        tables[d] = table;
    }
    return xb_remap_emit(n, tables, NULL);
}
