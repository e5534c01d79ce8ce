/* engine/native/ops_contrib_norm.c - normalisations as ONNX Runtime's rewrites write them: SkipLayerNormalization,
 * SkipSimplifiedLayerNormalization, SimplifiedLayerNormalization (which they put into ONNX's own domain as well),
 * EmbedLayerNormalization. Kernels: kernel/rows.h, kernel/embed.h. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "engine/native/ops_contrib.h"
#include "kernel/embed.h"
#include "kernel/rows.h"

/* Output o in float32: itself, a tensor that is rounded into it, or, if `needed`, one that nobody asked for. */
static xybrid_status begin(const xb_node *n, int32_t o, int needed, const xb_val *like, xb_val **out) {
    XB_TRY(xb_float_out(n, xb_out(n, o), out));
    if (!*out && needed && !(*out = xb_temp(n, XYBRID_FLOAT32, like->rank, like->dims))) return n->b->err->code;
    return XYBRID_OK;
}
static xybrid_status end(const xb_node *n, const xb_val *from, int32_t o) {
    return xb_out(n, o) ? xb_float_done(n, from, n->out[o]) : XYBRID_OK;
}

/* Outputs 1 and 2, mean and 1 / deviation: one for each row, float32. */
static xybrid_status moments_infer(xb_node *n, int32_t axis, int32_t mean, int32_t inverse) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++) dims[d] = d < axis ? x->dims[d] : 1;
    if (mean >= 0) XB_TRY(xb_out_set(n, mean, XYBRID_FLOAT32, x->rank, dims));
    return xb_out_set(n, inverse, XYBRID_FLOAT32, x->rank, dims);
}

/* ---- SkipLayerNormalization: X, skip, gain, offset, bias; SkipSimplified...: X, skip, gain, bias ---- */

static int is_rms(const xb_node *n) { return strstr(xb_op_name(n->op), "Simplified") != NULL; }

xybrid_status xb_infer_skip(xb_node *n) {
    const xb_val *x = n->in[0], *skip = n->in[1];
    int64_t       dims[XB_MAX_RANK];
    int32_t       rank;
    XB_TRY(xb_want_plain_float(n, 0));
    if (x->rank != 2 && x->rank != 3) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    for (int32_t i = 1; i < 5; i++) {
        XB_TRY(xb_want_type(n, i, x->dtype));
        if (i > 1) XB_TRY(xb_want_vector(n, i, x->dims[x->rank - 1]));
    }
    XB_TRY(xb_broadcast(n, x->rank, x->dims, skip->rank, skip->dims, &rank, dims));
    if (rank != x->rank || memcmp(dims, x->dims, (size_t)rank * sizeof *dims) != 0 || skip->rank < 1 ||
        skip->dims[skip->rank - 1] != x->dims[x->rank - 1])
        return xb_refuse(n, "skip does not fit input 0");
    XB_TRY(xb_out_like(n, 0, x));
    XB_TRY(moments_infer(n, x->rank - 1, 1, 2));
    return xb_out_like(n, 3, x);
}

/* A skip that is the same for several rows, repeated. */
static xybrid_status repeated(const xb_node *n, xb_val *skip, const xb_val *x, xb_val **out) {
    int64_t strides[XB_MAX_RANK];
    *out = skip;
    if (skip->count == x->count) return XYBRID_OK;
    xb_broadcast_strides(skip, x->rank, x->dims, strides);
    return xb_gathered(n, skip, 0, x->rank, x->dims, strides, out);
}

xybrid_status xb_emit_skip(xb_node *n) {
    xb_val *x, *skip, *in[3], *y, *sum, *mean = xb_out(n, 1), *inverse = xb_out(n, 2);
    if (n->in[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[1], &skip));
    XB_TRY(repeated(n, skip, x, &skip));
    for (int i = 0; i < 3; i++) XB_TRY(xb_float_in(n, xb_in(n, 2 + i), &in[i]));
    XB_TRY(begin(n, 0, 1, n->in[0], &y));
    XB_TRY(begin(n, 3, 0, n->in[0], &sum));
    xb_norm_args *a = xb_step_new(n, sizeof *a, "skip_norm");
    if (!a) return n->b->err->code;
    a->n = x->dims[x->rank - 1];
    a->rows = x->count / a->n;
    a->epsilon = xb_attr_float(n, "epsilon", 1e-12f);
    a->is_rms = is_rms(n);
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->residual, skip);
    xb_step_in(n, &a->gain, in[0]);
    xb_step_in(n, &a->offset, a->is_rms ? NULL : in[1]);
    xb_step_in(n, &a->bias, a->is_rms ? in[1] : in[2]);
    xb_step_out(n, &a->out, y);
    if (sum) xb_step_out(n, &a->sum, sum);
    if (mean) xb_step_out(n, &a->mean, mean);
    if (inverse) xb_step_out(n, &a->inverse, inverse);
    XB_TRY(xb_step_work(n, xb_norm_work(n->b->isa, a)));
    XB_TRY(end(n, y, 0));
    return end(n, sum, 3);
}

/* ---- SimplifiedLayerNormalization: X, gain ---- */

xybrid_status xb_infer_simplified(xb_node *n) {
    const xb_val *x = n->in[0], *gain = n->in[1];
    int32_t       axis;
    int64_t       width = 1;
    XB_TRY(xb_want_plain_float(n, 0));
    XB_TRY(xb_want_float(n, 1));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), x->rank, &axis));
    for (int32_t d = axis; d < x->rank; d++) width *= x->dims[d];
    if (gain->count != width) return xb_refuse(n, "%lld scales for rows of %lld", (long long)gain->count, (long long)width);
    XB_TRY(xb_out_set(n, 0, gain->dtype == XYBRID_FLOAT64 ? x->dtype : gain->dtype, x->rank, x->dims));
    return moments_infer(n, axis, -1, 1);
}

xybrid_status xb_emit_simplified(xb_node *n) {
    xb_val *x, *gain, *y, *inverse = xb_out(n, 1);
    if (n->in[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_as_type(n, n->in[1], XYBRID_FLOAT32, &gain));
    XB_TRY(begin(n, 0, 1, n->in[0], &y));
    xb_norm_args *a = xb_step_new(n, sizeof *a, "rms_norm");
    if (!a) return n->b->err->code;
    a->n = gain->count;
    a->rows = x->count / a->n;
    a->epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    a->is_rms = 1;
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->gain, gain);
    xb_step_out(n, &a->out, y);
    if (inverse) xb_step_out(n, &a->inverse, inverse);
    XB_TRY(xb_step_work(n, xb_norm_work(n->b->isa, a)));
    return end(n, y, 0);
}

/* ---- EmbedLayerNormalization ---- */

enum {
    EMBED_IDS,
    EMBED_SEGMENTS,
    EMBED_WORDS,
    EMBED_PLACES,
    EMBED_KINDS,
    EMBED_GAIN,
    EMBED_OFFSET,
    EMBED_MASK,
    EMBED_POSITIONS
};

xybrid_status xb_infer_embed(xb_node *n) {
    const xb_val *ids = n->in[EMBED_IDS], *words = xb_in(n, EMBED_WORDS), *positions = xb_in(n, EMBED_POSITIONS);
    if (!words || !xb_in(n, EMBED_PLACES) || !xb_in(n, EMBED_GAIN) || !xb_in(n, EMBED_OFFSET) ||
        !xb_in(n, EMBED_SEGMENTS) != !xb_in(n, EMBED_KINDS))
        return xb_refuse(n, "a table, or what looks it up, is missing");
    XB_TRY(xb_want_type(n, EMBED_IDS, XYBRID_INT32));
    XB_TRY(xb_want_rank(n, EMBED_IDS, 2));
    XB_TRY(xb_want_plain_float(n, EMBED_WORDS));
    XB_TRY(xb_want_rank(n, EMBED_WORDS, 2));
    int64_t width = words->dims[1], dims[3] = { ids->dims[0], ids->dims[1], width };
    for (int32_t i = EMBED_WORDS; i <= EMBED_KINDS; i++) {
        const xb_val *v = xb_in(n, i);
        XB_TRY(xb_want_type(n, i, words->dtype));
        if (!v) continue;
        XB_TRY(xb_want_rank(n, i, 2));
        if (v->dims[1] != width || v->dims[0] < 1 || (i == EMBED_PLACES && !positions && v->dims[0] < dims[1]))
            return xb_refuse(n, "input %d is a table of %lld x %lld", i, (long long)v->dims[0], (long long)v->dims[1]);
    }
    for (int32_t i = EMBED_GAIN; i <= EMBED_OFFSET; i++) {
        XB_TRY(xb_want_type(n, i, words->dtype));
        XB_TRY(xb_want_vector(n, i, width));
    }
    XB_TRY(xb_want_type(n, EMBED_SEGMENTS, XYBRID_INT32));
    XB_TRY(xb_want_shape(n, EMBED_SEGMENTS, 2, dims));
    XB_TRY(xb_want_type(n, EMBED_MASK, XYBRID_INT32));
    XB_TRY(xb_want_shape(n, EMBED_MASK, 2, dims));
    XB_TRY(xb_want_type(n, EMBED_POSITIONS, XYBRID_INT32));
    if (positions) XB_TRY(xb_want_shape(n, EMBED_POSITIONS, 2, (int64_t[]){ positions->dims[0] == 1 ? 1 : dims[0], dims[1] }));
    XB_TRY(xb_out_set(n, 0, words->dtype, 3, dims));
    XB_TRY(xb_out_set(n, 1, XYBRID_INT32, 1, dims));
    return xb_out_set(n, 2, words->dtype, 3, dims);
}

static void table_in(const xb_node *n, xb_embed_table *t, xb_val *rows, int32_t ids, int64_t period) {
    const xb_val *v = xb_in(n, ids);
    if (!rows) return;
    t->count = rows->dims[0];
    t->period = v ? v->count : period;
    xb_step_in(n, &t->rows, rows);
    xb_step_in(n, &t->ids, v);
}

static xybrid_status count_mask(xb_node *n) {
    xb_val       *out = xb_out(n, 1);
    const xb_val *mask = xb_in(n, EMBED_MASK); /* none: zeros */
    if (!out) return XYBRID_OK;
    xb_count_args *a = xb_step_new(n, sizeof *a, "mask_index");
    if (!a) return n->b->err->code;
    a->rows = out->dims[0];
    a->width = mask ? mask->dims[1] : 0;
    xb_step_in(n, &a->mask, mask);
    xb_step_out(n, &a->out, out);
    return xb_step_work(n, xb_count_work(a));
}

xybrid_status xb_emit_embed(xb_node *n) {
    xb_val *tables[3], *gain, *offset, *y, *sum, shape = { .rank = 3 };
    int64_t dims[3] = { n->in[0]->dims[0], n->in[0]->dims[1], n->in[EMBED_WORDS]->dims[1] };
    memcpy(shape.dims, dims, sizeof dims);
    XB_TRY(count_mask(n));
    if (dims[0] * dims[1] * dims[2] == 0) return XYBRID_OK;
    for (int i = 0; i < 3; i++) XB_TRY(xb_float_in(n, xb_in(n, EMBED_WORDS + i), &tables[i]));
    XB_TRY(xb_float_in(n, n->in[EMBED_GAIN], &gain));
    XB_TRY(xb_float_in(n, n->in[EMBED_OFFSET], &offset));
    XB_TRY(begin(n, 0, 1, &shape, &y));
    XB_TRY(begin(n, 2, 1, &shape, &sum));
    xb_embed_args *e = xb_step_new(n, sizeof *e, "embed");
    if (!e) return n->b->err->code;
    e->rows = dims[0] * dims[1];
    e->width = dims[2];
    table_in(n, &e->tables[0], tables[0], EMBED_IDS, e->rows);
    table_in(n, &e->tables[1], tables[1], EMBED_POSITIONS, dims[1]);
    table_in(n, &e->tables[2], tables[2], EMBED_SEGMENTS, e->rows);
    xb_step_out(n, &e->out, sum);
    XB_TRY(xb_step_work(n, xb_embed_work(e)));
    xb_norm_args *a = xb_step_new(n, sizeof *a, "layer_norm");
    if (!a) return n->b->err->code;
    a->n = dims[2];
    a->rows = dims[0] * dims[1];
    a->epsilon = xb_attr_float(n, "epsilon", 1e-12f);
    xb_step_in(n, &a->in, sum);
    xb_step_in(n, &a->gain, gain);
    xb_step_in(n, &a->offset, offset);
    xb_step_out(n, &a->out, y);
    XB_TRY(xb_step_work(n, xb_norm_work(n->b->isa, a)));
    XB_TRY(end(n, y, 0));
    return end(n, sum, 2);
}
