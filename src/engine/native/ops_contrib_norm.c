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
static xybrid_status begin(xb_build *b, const xb_node *n, int32_t o, int needed, const xb_val *like, xb_val **out,
                           xybrid_error *err) {
    XB_TRY(xb_float_out(b, xb_out(n, o), out, err));
    if (!*out && needed && !(*out = xb_temp(b, XYBRID_FLOAT32, like->rank, like->dims, err))) return err->code;
    return XYBRID_OK;
}
static xybrid_status end(xb_build *b, const xb_node *n, const xb_val *from, int32_t o, xybrid_error *err) {
    return xb_out(n, o) ? xb_float_done(b, n, from, n->out[o], err) : XYBRID_OK;
}

/* Outputs 1 and 2, mean and 1 / deviation: one for each row, float32. */
static xybrid_status moments_infer(xb_build *b, xb_node *n, int32_t axis, int32_t mean, int32_t inverse, xybrid_error *err) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    for (int32_t d = 0; d < x->rank; d++) dims[d] = d < axis ? x->dims[d] : 1;
    if (mean >= 0) XB_TRY(xb_out_set(b, n, mean, XYBRID_FLOAT32, x->rank, dims, err));
    return xb_out_set(b, n, inverse, XYBRID_FLOAT32, x->rank, dims, err);
}

/* ---- SkipLayerNormalization: X, skip, gain, offset, bias; SkipSimplified...: X, skip, gain, bias ---- */

static int is_rms(const xb_node *n) { return strstr(xb_op_name(n->op), "Simplified") != NULL; }

xybrid_status xb_infer_skip(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0], *skip = n->in[1];
    int64_t       dims[XB_MAX_RANK];
    int32_t       rank;
    XB_TRY(xb_want_plain_float(n, 0, err));
    if (x->rank != 2 && x->rank != 3)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input 0 has %d dimensions", x->rank);
    for (int32_t i = 1; i < 5; i++) {
        XB_TRY(xb_want_type(n, i, x->dtype, err));
        if (i > 1) XB_TRY(xb_want_vector(n, i, x->dims[x->rank - 1], err));
    }
    XB_TRY(xb_broadcast(n, x->rank, x->dims, skip->rank, skip->dims, &rank, dims, err));
    if (rank != x->rank || memcmp(dims, x->dims, (size_t)rank * sizeof *dims) != 0 || skip->rank < 1 ||
        skip->dims[skip->rank - 1] != x->dims[x->rank - 1])
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "skip does not fit input 0");
    XB_TRY(xb_out_like(b, n, 0, x, err));
    XB_TRY(moments_infer(b, n, x->rank - 1, 1, 2, err));
    return xb_out_like(b, n, 3, x, err);
}

/* A skip that is the same for several rows, repeated. */
static xybrid_status repeated(xb_build *b, const xb_node *n, xb_val *skip, const xb_val *x, xb_val **out, xybrid_error *err) {
    int64_t strides[XB_MAX_RANK];
    *out = skip;
    if (skip->count == x->count) return XYBRID_OK;
    xb_broadcast_strides(skip, x->rank, x->dims, strides);
    return xb_gathered(b, n, skip, 0, x->rank, x->dims, strides, out, err);
}

xybrid_status xb_emit_skip(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *skip, *in[3], *y, *sum, *mean = xb_out(n, 1), *inverse = xb_out(n, 2);
    if (n->in[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_float_in(b, n, n->in[1], &skip, err));
    XB_TRY(repeated(b, n, skip, x, &skip, err));
    for (int i = 0; i < 3; i++) XB_TRY(xb_float_in(b, n, xb_in(n, 2 + i), &in[i], err));
    XB_TRY(begin(b, n, 0, 1, n->in[0], &y, err));
    XB_TRY(begin(b, n, 3, 0, n->in[0], &sum, err));
    xb_norm_args *a = xb_step_new(b, n, sizeof *a, "skip_norm", err);
    if (!a) return err->code;
    a->n = x->dims[x->rank - 1];
    a->rows = x->count / a->n;
    a->epsilon = xb_attr_float(n, "epsilon", 1e-12f);
    a->is_rms = is_rms(n);
    XB_TRY(xb_step_in(b, &a->in, x, err));
    XB_TRY(xb_step_in(b, &a->residual, skip, err));
    XB_TRY(xb_step_in(b, &a->gain, in[0], err));
    XB_TRY(xb_step_in(b, &a->offset, a->is_rms ? NULL : in[1], err));
    XB_TRY(xb_step_in(b, &a->bias, a->is_rms ? in[1] : in[2], err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    if (sum) XB_TRY(xb_step_out(b, &a->sum, sum, err));
    if (mean) XB_TRY(xb_step_out(b, &a->mean, mean, err));
    if (inverse) XB_TRY(xb_step_out(b, &a->inverse, inverse, err));
    XB_TRY(xb_step_work(b, xb_norm_work(b->isa, a), err));
    XB_TRY(end(b, n, y, 0, err));
    return end(b, n, sum, 3, err);
}

/* ---- SimplifiedLayerNormalization: X, gain ---- */

xybrid_status xb_infer_simplified(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *x = n->in[0], *gain = n->in[1];
    int32_t       axis;
    int64_t       width = 1;
    XB_TRY(xb_want_plain_float(n, 0, err));
    XB_TRY(xb_want_float(n, 1, err));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), x->rank, &axis, err));
    for (int32_t d = axis; d < x->rank; d++) width *= x->dims[d];
    if (gain->count != width)
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "%lld scales for rows of %lld", (long long)gain->count,
                            (long long)width);
    XB_TRY(xb_out_set(b, n, 0, gain->dtype == XYBRID_FLOAT64 ? x->dtype : gain->dtype, x->rank, x->dims, err));
    return moments_infer(b, n, axis, -1, 1, err);
}

xybrid_status xb_emit_simplified(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *x, *gain, *y, *inverse = xb_out(n, 1);
    if (n->in[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(b, n, n->in[0], &x, err));
    XB_TRY(xb_as_type(b, n, n->in[1], XYBRID_FLOAT32, &gain, err));
    XB_TRY(begin(b, n, 0, 1, n->in[0], &y, err));
    xb_norm_args *a = xb_step_new(b, n, sizeof *a, "rms_norm", err);
    if (!a) return err->code;
    a->n = gain->count;
    a->rows = x->count / a->n;
    a->epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    a->is_rms = 1;
    XB_TRY(xb_step_in(b, &a->in, x, err));
    XB_TRY(xb_step_in(b, &a->gain, gain, err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    if (inverse) XB_TRY(xb_step_out(b, &a->inverse, inverse, err));
    XB_TRY(xb_step_work(b, xb_norm_work(b->isa, a), err));
    return end(b, n, y, 0, err);
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

xybrid_status xb_infer_embed(xb_build *b, xb_node *n, xybrid_error *err) {
    const xb_val *ids = n->in[EMBED_IDS], *words = xb_in(n, EMBED_WORDS), *positions = xb_in(n, EMBED_POSITIONS);
    if (!words || !xb_in(n, EMBED_PLACES) || !xb_in(n, EMBED_GAIN) || !xb_in(n, EMBED_OFFSET) ||
        !xb_in(n, EMBED_SEGMENTS) != !xb_in(n, EMBED_KINDS))
        return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "a table, or what looks it up, is missing");
    XB_TRY(xb_want_type(n, EMBED_IDS, XYBRID_INT32, err));
    XB_TRY(xb_want_rank(n, EMBED_IDS, 2, err));
    XB_TRY(xb_want_plain_float(n, EMBED_WORDS, err));
    XB_TRY(xb_want_rank(n, EMBED_WORDS, 2, err));
    int64_t width = words->dims[1], dims[3] = { ids->dims[0], ids->dims[1], width };
    for (int32_t i = EMBED_WORDS; i <= EMBED_KINDS; i++) {
        const xb_val *v = xb_in(n, i);
        XB_TRY(xb_want_type(n, i, words->dtype, err));
        if (!v) continue;
        XB_TRY(xb_want_rank(n, i, 2, err));
        if (v->dims[1] != width || v->dims[0] < 1 || (i == EMBED_PLACES && !positions && v->dims[0] < dims[1]))
            return xb_fail_node(n, XYBRID_INVALID_ARGUMENT, err, "input %d is a table of %lld x %lld", i, (long long)v->dims[0],
                                (long long)v->dims[1]);
    }
    for (int32_t i = EMBED_GAIN; i <= EMBED_OFFSET; i++) {
        XB_TRY(xb_want_type(n, i, words->dtype, err));
        XB_TRY(xb_want_vector(n, i, width, err));
    }
    XB_TRY(xb_want_type(n, EMBED_SEGMENTS, XYBRID_INT32, err));
    XB_TRY(xb_want_shape(n, EMBED_SEGMENTS, 2, dims, err));
    XB_TRY(xb_want_type(n, EMBED_MASK, XYBRID_INT32, err));
    XB_TRY(xb_want_shape(n, EMBED_MASK, 2, dims, err));
    XB_TRY(xb_want_type(n, EMBED_POSITIONS, XYBRID_INT32, err));
    if (positions)
        XB_TRY(xb_want_shape(n, EMBED_POSITIONS, 2, (int64_t[]){ positions->dims[0] == 1 ? 1 : dims[0], dims[1] }, err));
    XB_TRY(xb_out_set(b, n, 0, words->dtype, 3, dims, err));
    XB_TRY(xb_out_set(b, n, 1, XYBRID_INT32, 1, dims, err));
    return xb_out_set(b, n, 2, words->dtype, 3, dims, err);
}

static xybrid_status table_in(xb_build *b, const xb_node *n, xb_embed_table *t, xb_val *rows, int32_t ids, int64_t period,
                              xybrid_error *err) {
    const xb_val *v = xb_in(n, ids);
    if (!rows) return XYBRID_OK;
    t->count = rows->dims[0];
    t->period = v ? v->count : period;
    XB_TRY(xb_step_in(b, &t->rows, rows, err));
    return xb_step_in(b, &t->ids, v, err);
}

static xybrid_status count_mask(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val       *out = xb_out(n, 1);
    const xb_val *mask = xb_in(n, EMBED_MASK); /* none: zeros */
    if (!out) return XYBRID_OK;
    xb_count_args *a = xb_step_new(b, n, sizeof *a, "mask_index", err);
    if (!a) return err->code;
    a->rows = out->dims[0];
    a->width = mask ? mask->dims[1] : 0;
    XB_TRY(xb_step_in(b, &a->mask, mask, err));
    XB_TRY(xb_step_out(b, &a->out, out, err));
    return xb_step_work(b, xb_count_work(a), err);
}

xybrid_status xb_emit_embed(xb_build *b, xb_node *n, xybrid_error *err) {
    xb_val *tables[3], *gain, *offset, *y, *sum, shape = { .rank = 3 };
    int64_t dims[3] = { n->in[0]->dims[0], n->in[0]->dims[1], n->in[EMBED_WORDS]->dims[1] };
    memcpy(shape.dims, dims, sizeof dims);
    XB_TRY(count_mask(b, n, err));
    if (dims[0] * dims[1] * dims[2] == 0) return XYBRID_OK;
    for (int i = 0; i < 3; i++) XB_TRY(xb_float_in(b, n, xb_in(n, EMBED_WORDS + i), &tables[i], err));
    XB_TRY(xb_float_in(b, n, n->in[EMBED_GAIN], &gain, err));
    XB_TRY(xb_float_in(b, n, n->in[EMBED_OFFSET], &offset, err));
    XB_TRY(begin(b, n, 0, 1, &shape, &y, err));
    XB_TRY(begin(b, n, 2, 1, &shape, &sum, err));
    xb_embed_args *e = xb_step_new(b, n, sizeof *e, "embed", err);
    if (!e) return err->code;
    e->rows = dims[0] * dims[1];
    e->width = dims[2];
    XB_TRY(table_in(b, n, &e->tables[0], tables[0], EMBED_IDS, e->rows, err));
    XB_TRY(table_in(b, n, &e->tables[1], tables[1], EMBED_POSITIONS, dims[1], err));
    XB_TRY(table_in(b, n, &e->tables[2], tables[2], EMBED_SEGMENTS, e->rows, err));
    XB_TRY(xb_step_out(b, &e->out, sum, err));
    XB_TRY(xb_step_work(b, xb_embed_work(e), err));
    xb_norm_args *a = xb_step_new(b, n, sizeof *a, "layer_norm", err);
    if (!a) return err->code;
    a->n = dims[2];
    a->rows = dims[0] * dims[1];
    a->epsilon = xb_attr_float(n, "epsilon", 1e-12f);
    XB_TRY(xb_step_in(b, &a->in, sum, err));
    XB_TRY(xb_step_in(b, &a->gain, gain, err));
    XB_TRY(xb_step_in(b, &a->offset, offset, err));
    XB_TRY(xb_step_out(b, &a->out, y, err));
    XB_TRY(xb_step_work(b, xb_norm_work(b->isa, a), err));
    XB_TRY(end(b, n, y, 0, err));
    return end(b, n, sum, 2, err);
}
