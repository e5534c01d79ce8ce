/* engine/native/ops_norm.c - normalisations: by batch, instance, group, layer, length, neighbouring channels. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/lines.h"
#include "kernel/rows.h"

static int64_t span(const xb_val *v, int32_t from, int32_t to) {
    int64_t count = 1;
    for (int32_t d = from; d < to; d++) count *= v->dims[d];
    return count;
}

/* Y is like X, and X is of a float type. */
static xybrid_status like_infer(xb_node *n) {
    XB_TRY(xb_want_float(n, 0));
    return xb_out_like(n, 0, n->in[0]);
}

/* ---- rows: LayerNormalization, RMSNormalization, InstanceNormalization, GroupNormalization ---- */

/* How x is cut into rows, and which numbers scale them (kernel/lines.h). */
typedef struct row_norm {
    int64_t rows, width, period, per_row, inner;
    double  epsilon;
    int32_t keeps_mean, epsilon_beside_root;
    xb_val *scale, *bias; /* NULL; any float type */
    xb_val *mean, *inv_std;
} row_norm;

/* Rows of their own length, each element with its scale. */
static xybrid_status layer_norm_step(xb_node *n, const xb_val *x, xb_val *y, const row_norm *r) {
    xb_norm_args *a = xb_step_new(n, sizeof *a, "layer_norm");
    if (!a) return n->b->err->code;
    *a = (xb_norm_args){ .rows = r->rows, .n = r->width, .epsilon = (float)r->epsilon, .is_rms = r->keeps_mean };
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->gain, r->scale);
    xb_step_in(n, &a->offset, r->bias);
    xb_step_out(n, &a->out, y);
    if (r->mean) xb_step_out(n, &a->mean, r->mean);
    if (r->inv_std) xb_step_out(n, &a->inverse, r->inv_std);
    return xb_step_work(n, xb_norm_work(n->b->isa, a));
}

/* Rows are groups of channels, each channel with its scale. */
static xybrid_status group_norm_step(xb_node *n, const xb_val *x, xb_val *y, const row_norm *r) {
    xb_group_norm_args *a = xb_step_new(n, sizeof *a, "group_norm");
    if (!a) return n->b->err->code;
    *a = (xb_group_norm_args){ .groups = r->rows, .channels = r->per_row, .inner = r->inner, .period = r->period * r->per_row };
    a->epsilon = (float)r->epsilon;
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->gain, r->scale);
    xb_step_in(n, &a->offset, r->bias);
    xb_step_out(n, &a->out, y);
    return xb_step_work(n, xb_group_norm_work(n->b->isa, a));
}

static xybrid_status plain_norm_step(xb_node *n, const xb_val *x, xb_val *y, const row_norm *r) {
    xb_row_norm_args *a = xb_step_new(n, sizeof *a, "row_norm");
    if (!a) return n->b->err->code;
    *a = (xb_row_norm_args){ .rows = r->rows,
                             .width = r->width,
                             .period = r->period,
                             .per_row = r->per_row,
                             .inner = r->inner,
                             .epsilon = r->epsilon,
                             .is_double = x->dtype == XYBRID_FLOAT64,
                             .keeps_mean = r->keeps_mean,
                             .epsilon_beside_root = r->epsilon_beside_root };
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->scale, r->scale);
    xb_step_in(n, &a->bias, r->bias);
    xb_step_out(n, &a->y, y);
    if (r->mean) xb_step_out(n, &a->mean, r->mean);
    if (r->inv_std) xb_step_out(n, &a->inv_std, r->inv_std);
    return xb_step_work(n, xb_row_norm_work(a));
}

/* A result in the type that is computed in. */
static xybrid_status result_in(const xb_node *n, xb_val *v, int32_t dtype, xb_val **out) {
    *out = v && v->dtype != dtype ? xb_temp(n, dtype, v->rank, v->dims) : v;
    return v && !*out ? n->b->err->code : XYBRID_OK;
}

static xybrid_status row_norm_step(xb_node *n, const xb_val *x, xb_val *y, const row_norm *how) {
    row_norm r = *how;
    XB_TRY(xb_as_type(n, how->scale, x->dtype, &r.scale));
    XB_TRY(xb_as_type(n, how->bias, x->dtype, &r.bias));
    XB_TRY(result_in(n, how->mean, x->dtype, &r.mean));
    XB_TRY(result_in(n, how->inv_std, x->dtype, &r.inv_std));
    int has_vectors = x->dtype == XYBRID_FLOAT32 && !r.epsilon_beside_root && r.width > 0;
    if (has_vectors && r.period == 1 && r.inner == 1) XB_TRY(layer_norm_step(n, x, y, &r));
    else if (has_vectors && !r.mean && !r.inv_std && !r.keeps_mean) XB_TRY(group_norm_step(n, x, y, &r));
    else XB_TRY(plain_norm_step(n, x, y, &r));
    if (r.mean) XB_TRY(xb_float_done(n, r.mean, how->mean));
    return r.inv_std ? xb_float_done(n, r.inv_std, how->inv_std) : XYBRID_OK;
}

static xybrid_status row_norm_emit(xb_node *n, const row_norm *r) {
    xb_val *x, *y = NULL;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    if (n->out[0]) XB_TRY(xb_float_out(n, n->out[0], &y));
    else if (!(y = xb_temp(n, x->dtype, x->rank, x->dims))) return n->b->err->code; /* only the mean is wanted */
    XB_TRY(row_norm_step(n, x, y, r));
    return n->out[0] ? xb_float_done(n, y, n->out[0]) : XYBRID_OK;
}

/* A float type that an attribute names. */
static xybrid_status stash_type(const xb_node *n, int32_t *dtype) {
    int64_t given = xb_attr_int(n, "stash_type", XYBRID_FLOAT32);
    *dtype = (int32_t)given;
    if (given == *dtype && xb_is_float(*dtype)) return XYBRID_OK;
    return xb_refuse(n, "stash_type is %lld, wanted a float type", (long long)given);
}

xybrid_status xb_infer_layer_norm(xb_node *n) {
    const xb_val *x = n->in[0];
    int32_t       axis, stash, rank;
    int64_t       dims[XB_MAX_RANK];
    XB_TRY(like_infer(n));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), x->rank, &axis));
    XB_TRY(stash_type(n, &stash));
    for (int32_t i = 1; i < 3; i++) {
        const xb_val *v = xb_in(n, i);
        if (!v) continue;
        XB_TRY(xb_want_float(n, i));
        XB_TRY(xb_broadcast(n, x->rank, x->dims, v->rank, v->dims, &rank, dims));
        if (rank != x->rank || memcmp(dims, x->dims, (size_t)rank * sizeof *dims) != 0)
            return xb_refuse(n, "input %d is larger than input 0", i);
    }
    for (int32_t d = 0; d < x->rank; d++) dims[d] = d < axis ? x->dims[d] : 1;
    XB_TRY(xb_out_set(n, 1, stash, x->rank, dims));
    return xb_out_set(n, 2, stash, x->rank, dims);
}

/* How much of x's shape a scale or bias spans: 0 it is one number or [width], else all of it. */
static int spans_rows(const xb_val *v, const xb_val *x, int32_t axis) {
    int32_t shift = v ? x->rank - v->rank : 0;
    for (int32_t d = shift; v && d < axis; d++)
        if (v->dims[d - shift] != 1) return 1;
    return 0;
}

/* v broadcast to the rows' width, or to all of x. */
static xybrid_status spread(xb_node *n, const xb_val *x, int32_t axis, xb_val *v, xb_val **out) {
    int64_t strides[XB_MAX_RANK], count = span(x, axis, x->rank);
    *out = v;
    if (!v || v->count == count) return XYBRID_OK;
    if (axis > 0) { /* without the leading ones */
        int32_t extra = v->rank - (x->rank - axis);
        xb_val  tail = *v;
        if (extra > 0) {
            tail.rank -= extra;
            memmove(tail.dims, v->dims + extra, (size_t)tail.rank * sizeof *tail.dims);
        }
        xb_broadcast_strides(&tail, x->rank - axis, x->dims + axis, strides);
    } else {
        xb_broadcast_strides(v, x->rank, x->dims, strides);
    }
    return xb_gathered(n, v, 0, x->rank - axis, x->dims + axis, strides, out);
}

static xybrid_status layer_steps(xb_node *n, int keeps_mean) {
    const xb_val *x = n->in[0];
    int32_t       axis;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), x->rank, &axis));
    row_norm r = { .rows = span(x, 0, axis), .width = span(x, axis, x->rank), .inner = 1, .keeps_mean = keeps_mean };
    if (r.rows == 0 || (r.width == 0 && !xb_out(n, 1) && !xb_out(n, 2))) return XYBRID_OK;
    r.epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    int is_full = spans_rows(xb_in(n, 1), x, axis) || spans_rows(xb_in(n, 2), x, axis);
    r.period = is_full ? r.rows : 1;
    r.per_row = r.width;
    XB_TRY(spread(n, x, is_full ? 0 : axis, xb_in(n, 1), &r.scale));
    XB_TRY(spread(n, x, is_full ? 0 : axis, xb_in(n, 2), &r.bias));
    r.mean = xb_out(n, 1);
    r.inv_std = xb_out(n, 2);
    return row_norm_emit(n, &r);
}
xybrid_status xb_emit_layer_norm(xb_node *n) { return layer_steps(n, 0); }
xybrid_status xb_emit_rms_norm(xb_node *n) { return layer_steps(n, 1); }

static xybrid_status want_params(const xb_node *n, int64_t count) {
    for (int32_t i = 1; i < 3; i++) {
        XB_TRY(xb_want_type(n, i, n->in[0]->dtype));
        XB_TRY(xb_want_vector(n, i, count));
    }
    return XYBRID_OK;
}

static xybrid_status want_channels(const xb_node *n) {
    if (n->in[0]->rank >= 2) return XYBRID_OK;
    return xb_refuse(n, "input 0 has %d dimensions, wanted [batch, channels, ...]", n->in[0]->rank);
}

xybrid_status xb_infer_instance_norm(xb_node *n) {
    XB_TRY(want_channels(n));
    XB_TRY(want_params(n, n->in[0]->dims[1]));
    return like_infer(n);
}

xybrid_status xb_emit_instance_norm(xb_node *n) {
    const xb_val *x = n->in[0];
    row_norm      r = { .rows = x->dims[0] * x->dims[1], .width = span(x, 2, x->rank), .period = x->dims[1], .per_row = 1 };
    if (x->count == 0) return XYBRID_OK;
    r.inner = r.width;
    r.epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    r.scale = n->in[1];
    r.bias = n->in[2];
    return row_norm_emit(n, &r);
}

xybrid_status xb_infer_group_norm(xb_node *n) {
    int64_t groups = xb_attr_int(n, "num_groups", 0);
    XB_TRY(want_channels(n));
    int64_t channels = n->in[0]->dims[1];
    if (groups < 1 || channels % groups)
        return xb_refuse(n, "%lld channels in %lld groups", (long long)channels, (long long)groups);
    XB_TRY(want_params(n, n->opset >= 21 ? channels : groups));
    return like_infer(n);
}

xybrid_status xb_emit_group_norm(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       groups = xb_attr_int(n, "num_groups", 0), inner = span(x, 2, x->rank), in_group = x->dims[1] / groups;
    row_norm      r = { .rows = x->dims[0] * groups, .width = in_group * inner, .period = groups };
    if (x->count == 0) return XYBRID_OK;
    r.per_row = n->opset >= 21 ? in_group : 1;
    r.inner = n->opset >= 21 ? inner : r.width;
    r.epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    r.scale = n->in[1];
    r.bias = n->in[2];
    return row_norm_emit(n, &r);
}

/* ---- MeanVarianceNormalization ---- */

/* A bit for each axis that the mean is taken over. */
static xybrid_status mvn_axes(const xb_node *n, uint32_t *axes) {
    static const int64_t otherwise[] = { 0, 2, 3 };
    const int64_t       *given;
    int32_t              count = xb_attr_ints(n, "axes", &given), axis;
    if (count < 0) given = otherwise, count = 3;
    *axes = 0;
    for (int32_t i = 0; i < count; i++) {
        XB_TRY(xb_axis(n, given[i], n->in[0]->rank, &axis));
        *axes |= 1u << axis;
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_mvn(xb_node *n) {
    uint32_t axes;
    XB_TRY(mvn_axes(n, &axes));
    return like_infer(n);
}

/* The axes go to the end, and back afterwards, unless they stand there. */
xybrid_status xb_emit_mvn(xb_node *n) {
    xb_val  *x, *y, *rows, *normed;
    uint32_t axes;
    int32_t  order[XB_MAX_RANK], rank = 0, last = -1, is_moved = 0;
    int64_t  own[XB_MAX_RANK], dims[XB_MAX_RANK], strides[XB_MAX_RANK], dense[XB_MAX_RANK], back[XB_MAX_RANK];
    row_norm r = { .rows = 1, .width = 1, .period = 1, .inner = 1, .epsilon = 1e-9, .epsilon_beside_root = 1 };
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(mvn_axes(n, &axes));
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    for (uint32_t pass = 0; pass < 2; pass++)
        for (int32_t d = 0; d < x->rank; d++)
            if ((axes >> d & 1) == pass) order[rank++] = d;
    xb_dense_strides(x->rank, x->dims, own);
    for (int32_t i = 0; i < rank; i++) {
        int32_t d = order[i];
        dims[i] = x->dims[d];
        strides[i] = own[d];
        if (axes >> d & 1) r.width *= dims[i];
        else r.rows *= dims[i];
        if (dims[i] == 1) continue;
        is_moved |= d < last;
        last = d;
    }
    r.per_row = r.width;
    if (!is_moved) {
        XB_TRY(row_norm_step(n, x, y, &r));
        return xb_float_done(n, y, n->out[0]);
    }
    XB_TRY(xb_gathered(n, x, 0, rank, dims, strides, &rows));
    normed = xb_temp(n, x->dtype, rank, dims);
    if (!normed) return n->b->err->code;
    XB_TRY(row_norm_step(n, rows, normed, &r));
    xb_dense_strides(rank, dims, dense);
    for (int32_t i = 0; i < rank; i++) back[order[i]] = dense[i];
    XB_TRY(xb_gather_into(n, normed, 0, back, y));
    return xb_float_done(n, y, n->out[0]);
}

/* ---- LpNormalization, LRN ---- */

xybrid_status xb_infer_lp_norm(xb_node *n) {
    int64_t p = xb_attr_int(n, "p", 2);
    int32_t axis;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), n->in[0]->rank, &axis));
    if (p != 1 && p != 2) return xb_refuse(n, "p is %lld, wanted 1 or 2", (long long)p);
    return like_infer(n);
}

xybrid_status xb_emit_lp_norm(xb_node *n) {
    xb_val *x, *y;
    int32_t axis;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", -1), n->in[0]->rank, &axis));
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    xb_lp_norm_args *a = xb_step_new(n, sizeof *a, "lp_norm");
    if (!a) return n->b->err->code;
    *a = (xb_lp_norm_args){ .outer = span(x, 0, axis), .n = x->dims[axis], .inner = span(x, axis + 1, x->rank) };
    a->p = (int32_t)xb_attr_int(n, "p", 2);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_lp_norm_work(a)));
    return xb_float_done(n, y, n->out[0]);
}

xybrid_status xb_infer_lrn(xb_node *n) {
    int64_t size = xb_attr_int(n, "size", 0);
    XB_TRY(want_channels(n));
    if (size < 1 || size > INT32_MAX) return xb_refuse(n, "size is %lld, wanted 1 or more", (long long)size);
    return like_infer(n);
}

xybrid_status xb_emit_lrn(xb_node *n) {
    xb_val *x, *y, *out = n->out[0];
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, out, &y));
    xb_lrn_args *a = xb_step_new(n, sizeof *a, "lrn");
    if (!a) return n->b->err->code;
    *a = (xb_lrn_args){ .outer = x->dims[0], .n = x->dims[1], .inner = span(x, 2, x->rank), .size = xb_attr_int(n, "size", 0) };
    a->alpha = xb_attr_float(n, "alpha", 1e-4f);
    a->beta = xb_attr_float(n, "beta", 0.75f);
    a->bias = xb_attr_float(n, "bias", 1);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_lrn_work(a)));
    return xb_float_done(n, y, out);
}

/* ---- BatchNormalization ---- */

/* [outer, channels, inner]; without `spatial` (until opset 8) every element of an item is a channel. */
typedef struct batch_shape {
    int64_t outer, channels, inner;
    int     is_training;
} batch_shape;

static batch_shape batch_shape_of(const xb_node *n) {
    const xb_val *x = n->in[0];
    batch_shape   s = { .outer = x->rank ? x->dims[0] : 1, .channels = x->rank > 1 ? x->dims[1] : 1, .inner = 1 };
    int           is_spatial = n->opset >= 9 || xb_attr_int(n, "spatial", 1) != 0;
    if (x->rank > 2) s.inner = span(x, 2, x->rank);
    if (!is_spatial) {
        s.channels *= s.inner;
        s.inner = 1;
    }
    if (n->opset >= 14) s.is_training = xb_attr_int(n, "training_mode", 0) != 0;
    else
        for (int32_t i = 1; i < n->out_count; i++) s.is_training |= n->out[i] != NULL;
    return s;
}

xybrid_status xb_infer_batch_norm(xb_node *n) {
    batch_shape s = batch_shape_of(n);
    for (int32_t i = 1; i < 5; i++) {
        XB_TRY(xb_want_float(n, i));
        if (n->in[i]->count != s.channels)
            return xb_refuse(n, "input %d has %lld numbers for %lld channels", i, (long long)n->in[i]->count,
                             (long long)s.channels);
    }
    for (int32_t i = 1; i < n->out_count; i++)
        if (n->out[i] && (!s.is_training || (i > 2 && n->opset >= 14)))
            return xb_refuse(n, "output %d is not computed in this mode", i);
    XB_TRY(like_infer(n));
    for (int32_t i = 1; i < 5; i++) XB_TRY(xb_out_like(n, i, n->in[i % 2 ? 3 : 4]));
    return XYBRID_OK;
}

/* to = a * wa + b * wb, in to's type at the end. */
static xybrid_status mix(const xb_node *n, xb_val *x, double wx, xb_val *y, double wy, xb_val *to) {
    xb_val *out = to;
    if (!to) return XYBRID_OK;
    if (to->dtype != x->dtype && !(out = xb_temp(n, x->dtype, to->rank, to->dims))) return n->b->err->code;
    xb_mix_args *a = xb_step_new(n, sizeof *a, "mix");
    if (!a) return n->b->err->code;
    *a = (xb_mix_args){ .count = to->count, .wa = wx, .wb = wy, .is_double = x->dtype == XYBRID_FLOAT64 };
    xb_step_in(n, &a->a, x);
    xb_step_in(n, &a->b, y);
    xb_step_out(n, &a->out, out);
    XB_TRY(xb_step_work(n, xb_mix_work(a)));
    return xb_float_done(n, out, to);
}

static xybrid_status moments(const xb_node *n, const batch_shape *s, xb_val *x, xb_val **mean, xb_val **variance) {
    *mean = xb_temp(n, x->dtype, 1, &s->channels);
    *variance = *mean ? xb_temp(n, x->dtype, 1, &s->channels) : NULL;
    xb_moments_args *a = *variance ? xb_step_new(n, sizeof *a, "moments") : NULL;
    if (!a) return n->b->err->code;
    *a = (xb_moments_args){ .outer = s->outer, .channels = s->channels, .inner = s->inner };
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_out(n, &a->mean, *mean);
    xb_step_out(n, &a->variance, *variance);
    return xb_step_work(n, xb_moments_work(a));
}

xybrid_status xb_emit_batch_norm(xb_node *n) {
    batch_shape s = batch_shape_of(n);
    xb_val     *x, *y, *p[5];
    if (s.channels == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    for (int32_t i = 1; i < 5; i++) XB_TRY(xb_as_type(n, n->in[i], x->dtype, &p[i]));
    if (s.is_training) { /* momentum weighs what was; outputs 3 and 4 (until opset 13) are the batch's own */
        xb_val *mean, *variance;
        double  momentum = xb_attr_float(n, "momentum", 0.9f);
        XB_TRY(moments(n, &s, x, &mean, &variance));
        XB_TRY(mix(n, p[3], momentum, mean, 1 - momentum, xb_out(n, 1)));
        XB_TRY(mix(n, p[4], momentum, variance, 1 - momentum, xb_out(n, 2)));
        XB_TRY(mix(n, mean, 1, mean, 0, xb_out(n, 3)));
        XB_TRY(mix(n, variance, 1, variance, 0, xb_out(n, 4)));
        p[3] = mean;
        p[4] = variance;
    }
    if (!n->out[0] || x->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_out(n, n->out[0], &y));
    xb_batch_norm_args *a = xb_step_new(n, sizeof *a, "batch_norm");
    if (!a) return n->b->err->code;
    *a = (xb_batch_norm_args){ .outer = s.outer, .channels = s.channels, .inner = s.inner };
    a->epsilon = xb_attr_float(n, "epsilon", 1e-5f);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->scale, p[1]);
    xb_step_in(n, &a->bias, p[2]);
    xb_step_in(n, &a->mean, p[3]);
    xb_step_in(n, &a->variance, p[4]);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_batch_norm_work(a)));
    return xb_float_done(n, y, n->out[0]);
}
