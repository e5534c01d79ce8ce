/* engine/native/rewrite_stored.c - weights that stay as the file has them.
 *
 * Exporters store weights in fewer bytes and write down how they become float32, with single nodes:
 *
 *     W float16 -> Cast -> [Transpose ->] MatMul              W int8 -> Cast -> Mul(scale) -> MatMul
 *     W uint8   -> [Transpose ->] DequantizeLinear -> MatMul  W int8 -> Cast -> Mul(scale) -> Gather(rows)
 *
 * A product reads such weights where they lie and converts them in registers (kernel/gemm.h), a Gather converts the rows that it
 * takes (kernel/gather_stored.h): the nodes between go. For MatMul and Gemm with a weight of two dimensions, for Gather along the
 * first of two. Conv and ConvTranspose do the same for one scale when they pack their weights. Values of 8 bits are scaled after the
 * sum instead of before it: a rounding less for each of them.
 *
 * The input itself is replaced by a value that nobody makes: it still says the shape. */
#include <string.h>

#include "engine/native/op_list.h"
#include "engine/native/build_int.h"
#include "engine/native/nn.h"
#include "engine/native/op_moves.h"
#include "engine/native/rewrite.h"
#include "kernel/gather_stored.h"

/* ---- finding ---- */

/* On the way up from the user: dimension d of the value at hand is dimension d ^ is_turned of the user's. */
typedef struct ascent {
    const xb_val *v;
    int           is_turned, is_float; /* float32 is what is looked for; not any more above the Cast */
    xb_stored     s;
} ascent;

static int is_swap(const xb_node *n) {
    const int64_t *perm;
    int32_t        count = xb_attr_ints(n, "perm", &perm);
    return count < 0 || (count == 2 && perm[0] == 1 && perm[1] == 0);
}

static int is_known_float(const xb_val *v) { return v && v->data && v->dtype == XYBRID_FLOAT32; }

/* The scale is one number, or one for each index of a dimension of the value at hand. */
static int take_scale(ascent *a, xb_val *scale) {
    int32_t shift = 2 - scale->rank, along = -1;
    if (a->s.scale || !is_known_float(scale) || scale->rank > 2 || scale->count == 0) return 0;
    for (int32_t i = 0; i < scale->rank; i++) {
        if (scale->dims[i] == 1) continue;
        if (along >= 0 || scale->dims[i] != a->v->dims[i + shift]) return 0;
        along = i + shift;
    }
    a->s.scale = scale;
    if (along >= 0) a->s.scale_stride[along ^ a->is_turned] = 1;
    return 1;
}

/* DequantizeLinear with a scale for the whole, or for each index along `axis`. */
static int take_dequantize(ascent *a, const xb_node *n) {
    xb_val *scale = n->in[1], *zero = xb_in(n, 2);
    int64_t axis = xb_attr_int(n, "axis", 1);
    if (axis < 0) axis += 2;
    if (a->s.scale || !is_known_float(scale) || (zero && !zero->data) || xb_attr_int(n, "block_size", 0) != 0) return 0;
    a->s.scale = scale;
    a->s.zero = zero;
    if (scale->count == 1) return 1;
    if (scale->rank != 1 || axis < 0 || axis > 1 || scale->count != a->v->dims[axis]) return 0;
    a->s.scale_stride[axis ^ a->is_turned] = 1;
    return 1;
}

/* One node further up; 0: what stands there is none of ours. */
static int climb(ascent *a) {
    const xb_node *n = a->v->maker;
    if (!n || n->fused || n->in_count < 1) return 0;
    int     is_mul = xb_node_is(n, XB_OP_ONNX_Mul), from = is_mul && is_known_float(n->in[0]) ? 1 : 0;
    xb_val *v = n->in[from];
    if (!v || v->rank != 2) return 0;
    if (xb_node_is(n, XB_OP_ONNX_Transpose)) {
        if (!is_swap(n)) return 0;
        a->is_turned ^= 1;
    } else if (!a->is_float) {
        return 0;
    } else if (xb_node_is(n, XB_OP_ONNX_Cast)) {
        a->is_float = 0;
    } else if (xb_node_is(n, XB_OP_ONNX_DequantizeLinear)) {
        if (!take_dequantize(a, n)) return 0;
        a->is_float = 0;
    } else if (!is_mul || memcmp(v->dims, a->v->dims, 2 * sizeof v->dims[0]) != 0 || !take_scale(a, n->in[1 - from])) {
        return 0;
    }
    a->v = v;
    return 1;
}

static int is_byte(int32_t dtype) { return dtype == XYBRID_INT8 || dtype == XYBRID_UINT8; }
static int is_half(int32_t dtype) { return dtype == XYBRID_FLOAT16 || dtype == XYBRID_BFLOAT16; }

/* Is `v`, float32 with two dimensions, made of a weight by such nodes? */
static int find_stored(const xb_val *v, xb_stored *out) {
    ascent a = { .v = v, .is_float = 1 };
    if (v->rank != 2 || v->dtype != XYBRID_FLOAT32 || v->data) return 0;
    while (!a.v->data)
        if (!climb(&a)) return 0;
    int32_t dtype = a.v->dtype;
    if (!a.v->is_static || a.v->count == 0 || (a.is_float ? dtype != XYBRID_FLOAT32 : !is_byte(dtype) && !is_half(dtype)))
        return 0;
    if (is_byte(dtype) ? !a.s.scale : a.s.scale != NULL) return 0;
    a.s.v = (xb_val *)(uintptr_t)a.v;
    a.s.stride[a.is_turned] = a.v->dims[1];
    a.s.stride[1 - a.is_turned] = 1;
    *out = a.s;
    return 1;
}

/* ---- taking ---- */

static void drop_unused(xb_val *v) {
    xb_node *n = v->maker;
    if (!n || n->is_dead || !xb_is_inner(v) || v->uses > 0) return;
    for (int32_t i = 0; i < n->out_count; i++)
        if (n->out[i] && n->out[i] != v) return;
    n->is_dead = 1;
    for (int32_t i = 0; i < n->in_count; i++)
        if (n->in[i]) {
            n->in[i]->uses--;
            drop_unused(n->in[i]);
        }
}

/* n uses what `state` says in place of its input i. The tables of the rewrites stay right. */
static xybrid_status take(xb_node *n, int32_t i, void *state) {
    xb_val *was = n->in[i], *shape = xb_temp(n, was->dtype, was->rank, was->dims);
    if (!shape) return n->b->err->code;
    n->state = state;
    n->in[i] = shape;
    xb_moved(shape, -1, n);
    was->uses--;
    drop_unused(was);
    return XYBRID_OK;
}

static xybrid_status take_stored(xb_node *n, int32_t i, const xb_stored *s) {
    xb_stored *kept = xb_build_alloc(n, 1, sizeof *kept);
    if (!kept) return n->b->err->code;
    *kept = *s;
    if (!xb_node_is(n, XB_OP_ONNX_MatMul)) return take(n, i, kept);
    xb_matmul_state *state = xb_matmul_state_of(n);
    if (!state) return n->b->err->code;
    state->stored = kept;
    return take(n, i, state);
}

/* ---- Gather ---- */

xybrid_status xb_emit_gather_stored(xb_node *n) {
    const xb_stored *s = n->state;
    const xb_val    *indices = n->in[1];
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_indices_emit(n, 1, 1, &s->v->dims[0]));
    xb_gather_stored_args *a = xb_step_new(n, sizeof *a, "gather stored");
    if (!a) return n->b->err->code;
    a->dtype = s->v->dtype;
    a->index_bytes = xb_element_bytes(indices->dtype);
    a->axis = s->v->dims[0];
    a->width = s->v->dims[1];
    a->count = indices->count;
    a->scale_row = s->scale_stride[0];
    a->scale_col = s->scale_stride[1];
    xb_step_in_bytes(n, &a->x, s->v, 0);
    xb_step_in(n, &a->indices, indices);
    xb_step_in(n, &a->scale, s->scale);
    xb_step_in(n, &a->zero, s->zero);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_gather_stored_work(a));
}

static int is_first_axis(const xb_node *n) {
    int64_t axis = xb_attr_int(n, "axis", 0);
    return axis == 0 || axis == -2;
}

/* Number operand of a Mul or Add; *rest the other one. */
static int with_number(const xb_node *n, xb_val **rest, float *number) {
    int at = xb_is_number(n->in[1], number) ? 0 : xb_is_number(n->in[0], number) ? 1 : -1;
    if (at >= 0) *rest = n->in[at];
    return at >= 0;
}

/* A weight of 16 or 8 bits that is cast, and perhaps scaled and shifted by numbers: packing does the same. */
static xybrid_status take_cast(xb_node *n) {
    xb_val        *v = n->in[1];
    xb_cast_weight w = { .scale = 1 };
    float          number;
    if (v->dtype != XYBRID_FLOAT32 || v->data) return XYBRID_OK;
    for (; xb_node_is(v->maker, XB_OP_ONNX_Mul) || xb_node_is(v->maker, XB_OP_ONNX_Add);) {
        int is_mul = xb_node_is(v->maker, XB_OP_ONNX_Mul);
        if (v->maker->fused || !with_number(v->maker, &v, &number) || v->count != n->in[1]->count) return XYBRID_OK;
        if (is_mul) w.scale *= number;
        else w.shift += w.scale * number;
    }
    if (!xb_node_is(v->maker, XB_OP_ONNX_Cast) || v->maker->fused) return XYBRID_OK;
    w.v = v->maker->in[0];
    if (!w.v->data || !w.v->is_static || !(is_half(w.v->dtype) || is_byte(w.v->dtype))) return XYBRID_OK;
    xb_cast_weight *kept = xb_build_alloc(n, 1, sizeof *kept);
    if (!kept) return n->b->err->code;
    *kept = w;
    return take(n, 1, kept);
}

xybrid_status xb_rewrite_stored(xb_build *b, size_t i, int *changed) {
    xb_node  *n = b->nodes[i];
    xb_stored s;
    (void)changed;
    if (xb_node_is(n, XB_OP_ONNX_Conv) || xb_node_is(n, XB_OP_ONNX_ConvTranspose)) return take_cast(n);
    if (xb_node_is(n, XB_OP_ONNX_Gather)) {
        if (!is_first_axis(n) || !find_stored(n->in[0], &s) || s.stride[1] != 1 || s.v->dtype == XYBRID_FLOAT32)
            return XYBRID_OK;
        n->op = &xb_ops[XB_OP_OWN_GatherStored];
        return take_stored(n, 0, &s);
    }
    if ((!xb_node_is(n, XB_OP_ONNX_MatMul) && !xb_node_is(n, XB_OP_ONNX_Gemm)) || n->in[0]->dtype != XYBRID_FLOAT32 ||
        !find_stored(n->in[1], &s))
        return XYBRID_OK;
    int k = xb_node_is(n, XB_OP_ONNX_Gemm) && xb_attr_int(n, "transB", 0) ? 1 : 0; /* the dimension that is summed over */
    return s.scale_stride[k] ? XYBRID_OK : take_stored(n, 1, &s);
}
