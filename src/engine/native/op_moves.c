/* engine/native/op_moves.c - see op_moves.h. */
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"

#include <string.h>

#include "engine/native/layout.h"
#include "kernel/number.h"
#include "kernel/conv.h"
#include "kernel/gather.h"
#include "kernel/move.h"
#include "kernel/remap.h"
#include "kernel/strides.h"
#include "kernel/transpose.h"

int32_t xb_move_bytes(int32_t dtype) { return dtype == XB_ONNX_STRING ? (int32_t)sizeof(xb_slice) : xb_element_bytes(dtype); }

int64_t xb_span(const int64_t *dims, int32_t from, int32_t to) {
    int64_t count = 1;
    for (int32_t i = from; i < to; i++) count *= dims[i];
    return count;
}

xybrid_status xb_text_known(xb_node *n, const xb_val *data) {
    const void *known;
    for (int32_t i = 0; data->dtype == XB_ONNX_STRING && i < n->in_count; i++)
        if (n->in[i]) XB_TRY(xb_content(n, n->in[i], &known));
    return XYBRID_OK;
}

xybrid_status xb_want_number(const xb_node *n, int32_t i) {
    int32_t dtype = n->in[i]->dtype;
    if (xb_number_of(dtype) != XB_NUMBER_NONE) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "input %d is %s, wanted numbers", i, xb_onnx_dtype_name(dtype));
}

xybrid_status xb_axes_of(xb_node *n, int32_t input, int32_t rank, const int32_t **axes, int64_t *count) {
    const int64_t *given;
    *axes = NULL;
    if (xb_in(n, input)) XB_TRY(xb_ints(n, input, &given, count));
    else *count = xb_attr_ints(n, "axes", &given);
    if (*count <= 0) return XYBRID_OK;
    int32_t *resolved = xb_build_alloc(n, (size_t)*count, sizeof *resolved);
    if (!resolved) return n->b->err->code;
    for (int64_t i = 0; i < *count; i++) XB_TRY(xb_axis(n, given[i], rank, &resolved[i]));
    *axes = resolved;
    return XYBRID_OK;
}

/* ---- moving ---- */

/* Text and complex128. */
static xybrid_status move_wide(const xb_node *n, const xb_val *from, int64_t offset, const int64_t *strides, xb_val *to,
                               int64_t to_offset, const int64_t *to_strides, int32_t rank, const int64_t *dims) {
    int64_t       bytes = xb_move_bytes(from->dtype);
    xb_move_args *a = xb_step_new(n, sizeof *a, "move");
    if (!a) return n->b->err->code;
    a->rank = rank;
    a->element_bytes = (int32_t)bytes;
    memcpy(a->dims, dims, (size_t)rank * sizeof *dims);
    memcpy(a->src_strides, strides, (size_t)rank * sizeof *strides);
    memcpy(a->dst_strides, to_strides, (size_t)rank * sizeof *strides);
    xb_step_in_bytes(n, &a->src, from, offset * bytes);
    xb_step_out_at(n, &a->dst, to, to_offset * bytes);
    return xb_step_work(n, xb_move_work(a));
}

xybrid_status xb_move_emit(const xb_node *n, const xb_val *from, int64_t offset, const int64_t *strides, xb_val *to,
                           int64_t to_offset, const int64_t *to_strides, int32_t rank, const int64_t *dims) {
    if (xb_span(dims, 0, rank) == 0) return XYBRID_OK;
    int64_t bytes = xb_move_bytes(from->dtype);
    if (bytes > 8) return move_wide(n, from, offset, strides, to, to_offset, to_strides, rank, dims);
    xb_copy_args *a = xb_step_new(n, sizeof *a, "move");
    if (!a) return n->b->err->code;
    a->rank = rank;
    a->element_bytes = (int32_t)bytes;
    memcpy(a->shape, dims, (size_t)rank * sizeof *dims);
    memcpy(a->stride_in, strides, (size_t)rank * sizeof *strides);
    memcpy(a->stride_out, to_strides, (size_t)rank * sizeof *strides);
    xb_step_in_bytes(n, &a->in, from, offset * bytes);
    xb_step_out_at(n, &a->out, to, to_offset * bytes);
    return xb_step_work(n, xb_copy_work(n->b->isa, a));
}

xybrid_status xb_rearrange(xb_node *n, xb_val *from, int64_t offset, int32_t rank, const int64_t *dims, const int64_t *strides,
                           xb_val *out) {
    int64_t dense[XB_MAX_RANK];
    int     is_view = 1;
    if (!out || out->count == 0) return XYBRID_OK;
    xb_strides_dense(rank, dims, dense);
    for (int32_t i = 0; i < rank; i++) is_view &= dims[i] == 1 || strides[i] == dense[i];
    if (is_view) {
        xb_view(out, from, offset * xb_move_bytes(from->dtype));
        return XYBRID_OK;
    }
    return xb_move_emit(n, from, offset, strides, out, 0, dense, rank, dims);
}

/* ---- looking up ---- */

static xybrid_status identity_table(const xb_node *n, int64_t dim, const int64_t **out) {
    int64_t *table = xb_build_alloc(n, (size_t)dim, sizeof *table);
    if (!table) return n->b->err->code;
    for (int64_t i = 0; i < dim; i++) table[i] = i;
    *out = table;
    return XYBRID_OK;
}

/* The last table as runs, if that is worth it. */
static xybrid_status remap_runs(const xb_node *n, xb_remap_args *a) {
    const int64_t *table = a->tables[a->rank - 1];
    int64_t        length = a->dims[a->rank - 1], count = xb_remap_runs(table, length, NULL);
    int            has_fill = 0;
    for (int64_t i = 0; i < length; i++) has_fill |= table[i] < 0;
    if (!has_fill && count > length / 4) return XYBRID_OK;
    xb_remap_run *runs = xb_build_alloc(n, (size_t)count, sizeof *runs);
    if (!runs) return n->b->err->code;
    a->run_count = xb_remap_runs(table, length, runs);
    a->runs = runs;
    return XYBRID_OK;
}

/* May the node's input stay in NCHWc? What is put around it must be 0 in channels that are not there. */
static int remaps_blocked(const xb_node *n, const int64_t *const *tables, const xb_val *value) {
    const xb_val *x = n->in[0];
    return x->layout == XB_LAYOUT_BLOCKED && !tables[0] && !tables[1] && (tables[2] || tables[3]) &&
           (!value || xb_has_whole_blocks(n->b, x));
}

/* From x to y, both lying as `dims` and `out_dims` say. */
static xybrid_status remap_step(xb_node *n, const xb_val *x, xb_val *y, const int64_t *const *tables, const xb_val *value) {
    static const xb_slice no_text = { "", 0 };
    uint32_t              same = 0;
    int64_t               dims[XB_MAX_RANK];
    xb_remap_args        *a = xb_step_new(n, sizeof *a, "remap");
    if (!a) return n->b->err->code;
    a->rank = xb_lying_dims(n->b, x, dims);
    a->value_bytes = xb_move_bytes(x->dtype);
    a->block_bytes = a->value_bytes;
    xb_lying_dims(n->b, y, a->dims);
    xb_strides_dense(a->rank, dims, a->strides);
    for (int32_t i = 0; i < a->rank; i++) {
        a->tables[i] = i < x->rank ? tables[i] : NULL;
        if (a->tables[i]) continue;
        same |= 1u << i;
        XB_TRY(identity_table(n, dims[i], &a->tables[i]));
    }
    if (value) xb_step_in_bytes(n, &a->value, value, 0);
    else if (x->dtype == XB_ONNX_STRING) a->value = &no_text;
    xb_step_in_bytes(n, &a->x, x, 0);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_remap_work(a, same)));
    return remap_runs(n, a);
}

xybrid_status xb_remap_emit(xb_node *n, const int64_t *const *tables, const xb_val *value) {
    xb_val *y = n->out[0], *to = y;
    int     is_same = 1, is_blocked = remaps_blocked(n, tables, value);
    if (y->count == 0) return XYBRID_OK;
    if (!is_blocked) XB_TRY(xb_dense_inputs(n));
    for (int32_t i = 0; i < y->rank; i++) is_same &= tables[i] == NULL;
    if (is_same) return xb_emit_view(n);
    if (is_blocked) XB_TRY(xb_blocked_out(n, y, &to));
    XB_TRY(remap_step(n, n->in[0], to, tables, value));
    return is_blocked ? xb_blocked_done(n, to, y) : XYBRID_OK;
}

/* ---- NCHWc ---- */

int32_t xb_lying_dims(const xb_build *b, const xb_val *v, int64_t *dims) {
    memcpy(dims, v->dims, sizeof v->dims);
    if (v->layout != XB_LAYOUT_BLOCKED) return v->rank;
    int64_t c = xb_conv_block(b->isa);
    dims[0] = v->dims[0] * ((v->dims[1] + c - 1) / c);
    dims[1] = 1;
    dims[4] = c;
    return 5;
}

int xb_has_whole_blocks(const xb_build *b, const xb_val *v) { return v->dims[1] % xb_conv_block(b->isa) == 0; }

/* Elements of one sample of v in NCHWc. */
static int64_t blocked_sample(const xb_build *b, const xb_val *v) {
    int64_t c = xb_conv_block(b->isa);
    return (v->dims[1] + c - 1) / c * c * v->dims[2] * v->dims[3];
}

/* Element `from` and on of each sample of x to element `to` and on of each of y, both in NCHWc. */
static xybrid_status move_samples(const xb_node *n, const xb_val *x, int64_t from, xb_val *y, int64_t to, int64_t count) {
    int64_t dims[] = { x->dims[0], count }, strides[] = { blocked_sample(n->b, x), 1 },
            to_strides[] = { blocked_sample(n->b, y), 1 };
    return xb_move_emit(n, x, from, strides, y, to, to_strides, 2, dims);
}

xybrid_status xb_blocked_part(xb_node *n, xb_val *x, int64_t first, xb_val *y) {
    xb_val *to;
    int64_t from = first * x->dims[2] * x->dims[3];
    XB_TRY(xb_blocked_out(n, y, &to));
    if (to == y && x->dims[0] == 1) {
        xb_view(y, x, from * (int64_t)sizeof(float));
        return XYBRID_OK;
    }
    XB_TRY(move_samples(n, x, from, to, 0, blocked_sample(n->b, to)));
    return xb_blocked_done(n, to, y);
}

xybrid_status xb_blocked_concat(xb_node *n, int *done) {
    xb_val *y = n->out[0], *to;
    int64_t blocked = 0, offset = 0;
    *done = 0;
    if (y->rank != 4 || y->dtype != XYBRID_FLOAT32) return XYBRID_OK;
    for (int32_t i = 0; i < n->in_count; i++) {
        if (!xb_has_whole_blocks(n->b, n->in[i]) && i + 1 < n->in_count) return XYBRID_OK;
        if (n->in[i]->layout == XB_LAYOUT_BLOCKED) blocked += n->in[i]->count;
    }
    if (blocked < y->count - blocked || blocked == 0) return XYBRID_OK;
    for (int32_t i = 0; i < n->in_count; i++) XB_TRY(xb_as_layout(n, n->in[i], XB_LAYOUT_BLOCKED, &n->in[i]));
    XB_TRY(xb_blocked_out(n, y, &to));
    for (int32_t i = 0; i < n->in_count; i++) {
        xb_val *x = n->in[i];
        int64_t count = blocked_sample(n->b, x);
        if (!(y->dims[0] == 1 && xb_place_inside(n->b, x, to, offset * (int64_t)sizeof(float))))
            XB_TRY(move_samples(n, x, 0, to, offset, count));
        offset += count;
    }
    *done = 1;
    return xb_blocked_done(n, to, y);
}

/* ---- indices ---- */

typedef struct check_args {
    const void *indices;
    int32_t     index_bytes, depth;
    int64_t     count, bounds[XB_MAX_RANK];
} check_args;

static xybrid_status check_indices(const xb_step *step, const check_args *a, xybrid_error *err) {
    int64_t at = xb_index_find_wrong(a->indices, a->index_bytes, a->count, a->depth, a->bounds);
    if (at < 0) return XYBRID_OK;
    int64_t bound = a->bounds[at % a->depth];
    return xb_fail_step(step, XYBRID_INVALID_ARGUMENT, err, "index %lld, number %lld of the indices, is outside %lld..%lld",
                        (long long)xb_index_at(a->indices, a->index_bytes, at), (long long)at, (long long)-bound,
                        (long long)bound - 1);
}

static xybrid_status check_step(xb_run *run, const xb_step *step, xybrid_error *err) {
    (void)run;
    return check_indices(step, step->args, err);
}

static check_args check_of(const xb_val *v, int32_t depth, const int64_t *bounds) {
    check_args a = { .index_bytes = xb_element_bytes(v->dtype), .depth = depth, .count = v->count };
    memcpy(a.bounds, bounds, (size_t)depth * sizeof *bounds);
    return a;
}

xybrid_status xb_indices_infer(xb_node *n, int32_t i, int32_t depth, const int64_t *bounds) {
    xb_val *v = n->in[i];
    if (v->dtype != XYBRID_INT32 && v->dtype != XYBRID_INT64)
        return xb_refuse(n, "input %d is %s, wanted int32 or int64", i, xb_onnx_dtype_name(v->dtype));
    for (int32_t k = 0; k < depth && v->count; k++)
        if (bounds[k] == 0) return xb_refuse(n, "indices into a dimension of 0");
    if (!v->data) return XYBRID_OK;
    check_args a = check_of(v, depth, bounds);
    XB_TRY(xb_content(n, v, &a.indices));
    return check_indices(&(xb_step){ .node = n->graph }, &a, n->b->err);
}

xybrid_status xb_indices_emit(xb_node *n, int32_t i, int32_t depth, const int64_t *bounds) {
    const xb_val *v = n->in[i];
    if (v->data || v->count == 0 || depth == 0) return XYBRID_OK;
    check_args *a = xb_step_new(n, sizeof *a, "check indices");
    if (!a) return n->b->err->code;
    *a = check_of(v, depth, bounds);
    xb_step_in(n, &a->indices, v);
    return xb_step_call(n, check_step);
}

xybrid_status xb_fits_inside(const xb_node *n, int32_t i, int32_t axis) {
    const xb_val *x = n->in[0], *v = n->in[i];
    if (v->rank != x->rank) return xb_refuse(n, "input %d has %d dimensions, the data %d", i, v->rank, x->rank);
    for (int32_t d = 0; d < x->rank; d++)
        if (d != axis && v->dims[d] > x->dims[d])
            return xb_refuse(n, "dimension %d of input %d is %lld, of the data %lld", d, i, (long long)v->dims[d],
                             (long long)x->dims[d]);
    return XYBRID_OK;
}

/* ---- lengths ---- */

typedef struct length_args {
    const int64_t *lengths;
    const char    *what;
    int64_t        count, most;
} length_args;

static xybrid_status check_lengths(const xb_step *step, const length_args *a, xybrid_error *err) {
    for (int64_t i = 0; i < a->count; i++)
        if (a->lengths[i] < 0 || a->lengths[i] > a->most)
            return xb_fail_step(step, XYBRID_INVALID_ARGUMENT, err, "%s, number %lld, is %lld, must be in 0..%lld", a->what,
                                (long long)i, (long long)a->lengths[i], (long long)a->most);
    return XYBRID_OK;
}

static xybrid_status length_step(xb_run *run, const xb_step *step, xybrid_error *err) {
    (void)run;
    return check_lengths(step, step->args, err);
}

xybrid_status xb_lengths_emit(xb_node *n, xb_val *v, int64_t most, const char *what) {
    length_args now = { .what = what, .count = v->count, .most = most };
    if (v->data || v->count == 0) {
        const void *data;
        XB_TRY(xb_content(n, v, &data));
        now.lengths = data;
        return check_lengths(&(xb_step){ .node = n->graph }, &now, n->b->err);
    }
    length_args *a = xb_step_new(n, sizeof *a, "check lengths");
    if (!a) return n->b->err->code;
    *a = now;
    xb_step_in(n, &a->lengths, v);
    return xb_step_call(n, length_step);
}
