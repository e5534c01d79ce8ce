/* engine/native/ops_select.c - operators that look at the elements: TopK, ArgMax, ArgMin, Hardmax; and those whose results
 * have a size that only the elements tell: NonZero, Compress, Unique. The latter are computed at once if all they need is
 * known while the plan is made; else the results are pending and a step makes them. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/op_list.h"
#include "engine/native/op_moves.h"
#include "engine/native/run.h"
#include "kernel/gather.h"
#include "kernel/order.h"
#include "kernel/rows.h"

/* Runs a kernel of one chunk that needs no scratch. */
static void run_now(xb_work work, const void *args) {
    if (work.chunks) work.run(args, 0, NULL);
}

/* ---- NonZero ---- */

typedef struct nonzero_args {
    xb_nonzero_args kernel;
    const xb_val   *out;
} nonzero_args;

xybrid_status xb_infer_nonzero(xb_node *n) {
    xb_val     *x = n->in[0];
    const void *data;
    XB_TRY(xb_want_number(n, 0));
    if (!x->data && x->count) return xb_out_pending(n, 0, XYBRID_INT64);
    XB_TRY(xb_content(n, x, &data));
    return xb_out_set(n, 0, XYBRID_INT64, 2, (int64_t[]){ xb_max64(1, x->rank), xb_nonzero_count(x->dtype, data, x->count) });
}

static xybrid_status nonzero_step(xb_run *run, const xb_step *step, xybrid_error *err) {
    nonzero_args *a = step->args;
    void         *data;
    a->kernel.found = xb_nonzero_count(a->kernel.dtype, a->kernel.x, a->kernel.count);
    XB_TRY(xb_run_dynamic(run, a->out, XYBRID_INT64, 2, (int64_t[]){ a->kernel.rank, a->kernel.found }, &data, err));
    a->kernel.out = data;
    run_now(xb_nonzero_work(&a->kernel), &a->kernel);
    return XYBRID_OK;
}

xybrid_status xb_emit_nonzero(xb_node *n) {
    const xb_val *x = n->in[0];
    xb_val       *y = n->out[0];
    nonzero_args *a = xb_step_new(n, sizeof *a, "nonzero");
    if (!a) return n->b->err->code;
    a->out = y;
    a->kernel.dtype = x->dtype;
    a->kernel.count = x->count;
    a->kernel.rank = (int32_t)xb_max64(1, x->rank);
    memcpy(a->kernel.dims, x->dims, sizeof a->kernel.dims);
    if (x->rank == 0) a->kernel.dims[0] = 1;
    xb_step_in(n, &a->kernel.x, x);
    if (y->is_pending) return xb_step_call(n, nonzero_step);
    a->kernel.found = y->dims[1];
    xb_step_out(n, &a->kernel.out, y);
    return xb_step_work(n, xb_nonzero_work(&a->kernel));
}

/* ---- along an axis, or along all elements ---- */

typedef struct lines {
    int32_t axis; /* -1: the tensor is seen as one line */
    int64_t outer, n, inner;
} lines;

static xybrid_status lines_of(const xb_node *n, const xb_val *x, lines *l) {
    int64_t axis = xb_attr_int(n, "axis", INT64_MIN);
    *l = (lines){ -1, 1, x->count, 1 };
    if (axis == INT64_MIN) return XYBRID_OK;
    XB_TRY(xb_axis(n, axis, x->rank, &l->axis));
    l->outer = xb_span(x->dims, 0, l->axis);
    l->n = x->dims[l->axis];
    l->inner = xb_span(x->dims, l->axis + 1, x->rank);
    return XYBRID_OK;
}

/* Shape of x when `found` of the line are left. Returns the rank. */
static int32_t lines_dims(const xb_val *x, const lines *l, int64_t found, int64_t *dims) {
    dims[0] = found;
    if (l->axis < 0) return 1;
    memcpy(dims, x->dims, sizeof x->dims);
    dims[l->axis] = found;
    return x->rank;
}

/* ---- Compress ---- */

typedef struct compress_args {
    xb_compress_args kernel;
    const xb_val    *x, *out;
    lines            l;
} compress_args;

xybrid_status xb_infer_compress(xb_node *n) {
    const xb_val *x = n->in[0], *condition = n->in[1];
    int64_t       dims[XB_MAX_RANK];
    lines         l;
    XB_TRY(xb_text_known(n, x));
    XB_TRY(lines_of(n, x, &l));
    if (condition->dtype != XYBRID_BOOL || condition->rank != 1 || condition->count > l.n)
        return xb_refuse(n, "%lld conditions of %s for %lld slices, wanted at most as many of bool",
                         (long long)condition->count, xb_onnx_dtype_name(condition->dtype), (long long)l.n);
    if (!condition->data && condition->count) return xb_out_pending(n, 0, x->dtype);
    int32_t rank = lines_dims(x, &l, xb_nonzero_count(XYBRID_BOOL, condition->data, condition->count), dims);
    return xb_out_set(n, 0, x->dtype, rank, dims);
}

static xybrid_status compress_step(xb_run *run, const xb_step *step, xybrid_error *err) {
    compress_args *a = step->args;
    int64_t        dims[XB_MAX_RANK];
    a->kernel.found = xb_nonzero_count(XYBRID_BOOL, a->kernel.condition, a->kernel.length);
    int32_t rank = lines_dims(a->x, &a->l, a->kernel.found, dims);
    XB_TRY(xb_run_dynamic(run, a->out, a->x->dtype, rank, dims, &a->kernel.y, err));
    run_now(xb_compress_work(&a->kernel), &a->kernel);
    return XYBRID_OK;
}

xybrid_status xb_emit_compress(xb_node *n) {
    const xb_val  *x = n->in[0], *condition = n->in[1];
    xb_val        *y = n->out[0];
    compress_args *a = xb_step_new(n, sizeof *a, "compress");
    if (!a) return n->b->err->code;
    XB_TRY(lines_of(n, x, &a->l));
    a->x = x;
    a->out = y;
    a->kernel.outer = a->l.outer;
    a->kernel.axis = a->l.n;
    a->kernel.length = condition->count;
    a->kernel.block_bytes = a->l.inner * xb_move_bytes(x->dtype);
    xb_step_in_bytes(n, &a->kernel.x, x, 0);
    xb_step_in(n, &a->kernel.condition, condition);
    if (y->is_pending) return xb_step_call(n, compress_step);
    a->kernel.found = a->l.axis < 0 ? y->dims[0] : y->dims[a->l.axis];
    xb_step_out(n, &a->kernel.y, y);
    return xb_step_work(n, xb_compress_work(&a->kernel));
}

/* ---- Unique ---- */

typedef struct unique_args {
    xb_unique_args kernel;
    const xb_val  *x, *out[4];
    lines          l;
} unique_args;

/* By bytes, then the shorter one. */
static int compare_text(const void *x, int64_t i, int64_t k) {
    xb_slice a = ((const xb_slice *)x)[i], b = ((const xb_slice *)x)[k];
    size_t   common = a.size < b.size ? a.size : b.size;
    int      order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

static xb_unique_args unique_of(const xb_node *n, const lines *l) {
    const xb_val *x = n->in[0];
    return (xb_unique_args){ .dtype = x->dtype,
                             .in_order = xb_attr_int(n, "sorted", 1) == 0,
                             .outer = l->outer,
                             .n = l->n,
                             .inner = l->inner,
                             .compare = x->dtype == XB_ONNX_STRING ? compare_text : NULL };
}

/* Slices of one number are compared by their keys. */
static int has_keys(const xb_unique_args *k) { return !k->compare && k->outer == 1 && k->inner == 1; }

/* y[outer, found] = the first of each kind. */
static xb_gather_args pick_first(const xb_val *x, const lines *l, int64_t found) {
    return (xb_gather_args){
        .index_bytes = 8, .outer = l->outer, .axis = l->n, .count = found, .block_bytes = l->inner * xb_move_bytes(x->dtype)
    };
}

/* All is known: the three lists of numbers become content, and emit gathers the slices. */
static xybrid_status unique_now(xb_node *n, const lines *l) {
    xb_val        *x = n->in[0];
    xb_unique_args k = unique_of(n, l);
    size_t         count = (size_t)l->n;
    int64_t        found, dims[XB_MAX_RANK];
    XB_TRY(xb_content(n, x, &k.x));
    k.work = xb_build_alloc(n, 2 * count, sizeof *k.work);
    k.keys = k.work && has_keys(&k) ? xb_build_alloc(n, count, sizeof *k.keys) : NULL;
    k.first = k.work ? xb_build_alloc(n, count, sizeof *k.first) : NULL;
    k.inverse = k.first ? xb_build_alloc(n, count, sizeof *k.inverse) : NULL;
    k.counts = k.inverse ? xb_build_alloc(n, count, sizeof *k.counts) : NULL;
    if (!k.counts || (has_keys(&k) && !k.keys)) return n->b->err->code;
    found = xb_unique(&k);
    n->state = k.first;
    int32_t rank = lines_dims(x, l, found, dims);
    XB_TRY(xb_out_set(n, 0, x->dtype, rank, dims));
    XB_TRY(xb_out_set(n, 1, XYBRID_INT64, 1, &found));
    XB_TRY(xb_out_set(n, 2, XYBRID_INT64, 1, &l->n));
    XB_TRY(xb_out_set(n, 3, XYBRID_INT64, 1, &found));
    XB_TRY(xb_out_content(n, 1, k.first));
    XB_TRY(xb_out_content(n, 2, k.inverse));
    return xb_out_content(n, 3, k.counts);
}

xybrid_status xb_infer_unique(xb_node *n) {
    const xb_val *x = n->in[0];
    lines         l;
    XB_TRY(lines_of(n, x, &l));
    if (x->dtype != XB_ONNX_STRING) XB_TRY(xb_want_number(n, 0));
    if (x->data || x->count == 0) return unique_now(n, &l);
    XB_TRY(xb_out_pending(n, 0, x->dtype));
    XB_TRY(xb_out_pending(n, 1, XYBRID_INT64));
    XB_TRY(xb_out_set(n, 2, XYBRID_INT64, 1, &l.n));
    return xb_out_pending(n, 3, XYBRID_INT64);
}

static xybrid_status unique_numbers(xb_run *run, const xb_val *v, const int64_t *numbers, int64_t found, xybrid_error *err) {
    void *data;
    if (!v) return XYBRID_OK;
    XB_TRY(xb_run_dynamic(run, v, XYBRID_INT64, 1, &found, &data, err));
    memcpy(data, numbers, (size_t)found * sizeof *numbers);
    return XYBRID_OK;
}

static xybrid_status unique_step(xb_run *run, const xb_step *step, xybrid_error *err) {
    const unique_args *a = step->args;
    int64_t            found = xb_unique(&a->kernel), dims[XB_MAX_RANK];
    XB_TRY(unique_numbers(run, a->out[1], a->kernel.first, found, err));
    XB_TRY(unique_numbers(run, a->out[3], a->kernel.counts, found, err));
    if (!a->out[0]) return XYBRID_OK;
    xb_gather_args pick = pick_first(a->x, &a->l, found);
    int32_t        rank = lines_dims(a->x, &a->l, found, dims);
    XB_TRY(xb_run_dynamic(run, a->out[0], a->x->dtype, rank, dims, &pick.y, err));
    pick.x = a->kernel.x;
    pick.indices = a->kernel.first;
    xb_work work = xb_gather_work(&pick);
    for (int32_t chunk = 0; chunk < work.chunks; chunk++) work.run(&pick, chunk, NULL);
    return XYBRID_OK;
}

static xybrid_status temp_numbers(const xb_node *n, const void *field, int64_t count) {
    xb_val *v = xb_temp(n, XYBRID_INT64, 1, &count);
    if (!v) return n->b->err->code;
    xb_step_out(n, field, v);
    return XYBRID_OK;
}

xybrid_status xb_emit_unique(xb_node *n) {
    const xb_val *x = n->in[0];
    lines         l;
    XB_TRY(lines_of(n, x, &l));
    if (n->state) {
        if (!n->out[0] || n->out[0]->count == 0) return XYBRID_OK;
        xb_gather_args *g = xb_step_new(n, sizeof *g, "unique");
        if (!g) return n->b->err->code;
        *g = pick_first(x, &l, l.axis < 0 ? n->out[0]->dims[0] : n->out[0]->dims[l.axis]);
        g->indices = n->state;
        xb_step_in_bytes(n, &g->x, x, 0);
        xb_step_out(n, &g->y, n->out[0]);
        return xb_step_work(n, xb_gather_work(g));
    }
    unique_args *a = xb_step_new(n, sizeof *a, "unique");
    if (!a) return n->b->err->code;
    a->kernel = unique_of(n, &l);
    a->x = x;
    a->l = l;
    for (int32_t o = 0; o < 4; o++) a->out[o] = xb_out(n, o);
    xb_step_in(n, &a->kernel.x, x);
    XB_TRY(temp_numbers(n, &a->kernel.work, 2 * l.n));
    if (has_keys(&a->kernel)) XB_TRY(temp_numbers(n, &a->kernel.keys, l.n));
    XB_TRY(temp_numbers(n, &a->kernel.first, l.n));
    XB_TRY(temp_numbers(n, &a->kernel.counts, l.n));
    if (xb_out(n, 2)) xb_step_out(n, &a->kernel.inverse, n->out[2]);
    else XB_TRY(temp_numbers(n, &a->kernel.inverse, l.n));
    return xb_step_call(n, unique_step);
}

/* ---- TopK ---- */

static xybrid_status top_k_axis(const xb_node *n, int32_t *axis) {
    return xb_axis(n, xb_attr_int(n, "axis", -1), n->in[0]->rank, axis);
}

xybrid_status xb_infer_top_k(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       k = xb_attr_int(n, "k", -1), dims[XB_MAX_RANK];
    int32_t       axis;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(top_k_axis(n, &axis));
    if (n->opset >= 10) XB_TRY(xb_int(n, 1, &k));
    if (k < 0 || k > x->dims[axis])
        return xb_refuse(n, "the %lld first of %lld elements", (long long)k, (long long)x->dims[axis]);
    memcpy(dims, x->dims, sizeof dims);
    dims[axis] = k;
    XB_TRY(xb_out_set(n, 0, x->dtype, x->rank, dims));
    return xb_out_set(n, 1, XYBRID_INT64, x->rank, dims);
}

xybrid_status xb_emit_top_k(xb_node *n) {
    const xb_val  *x = n->in[0], *y = xb_out(n, 0) ? n->out[0] : n->out[1];
    int32_t        axis;
    xb_top_k_args *a = xb_step_new(n, sizeof *a, "top k");
    if (!a) return n->b->err->code;
    XB_TRY(top_k_axis(n, &axis));
    a->dtype = x->dtype;
    a->smallest = xb_attr_int(n, "largest", 1) == 0;
    a->outer = xb_span(x->dims, 0, axis);
    a->n = x->dims[axis];
    a->inner = xb_span(x->dims, axis + 1, x->rank);
    a->k = y->dims[axis];
    xb_step_in(n, &a->x, x);
    if (xb_out(n, 0)) xb_step_out(n, &a->values, n->out[0]);
    if (xb_out(n, 1)) xb_step_out(n, &a->indices, n->out[1]);
    return xb_step_work(n, xb_top_k_work(a));
}

/* ---- ArgMax, ArgMin ---- */

xybrid_status xb_infer_arg(xb_node *n) {
    const xb_val *x = n->in[0];
    int64_t       dims[XB_MAX_RANK];
    int32_t       axis, rank = 0;
    int           keep = xb_attr_int(n, "keepdims", 1) != 0;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &axis));
    if (x->dims[axis] == 0) return xb_refuse(n, "dimension %d has no elements", axis);
    for (int32_t i = 0; i < x->rank; i++)
        if (i != axis) dims[rank++] = x->dims[i];
        else if (keep) dims[rank++] = 1;
    return xb_out_set(n, 0, XYBRID_INT64, rank, dims);
}

static xybrid_status arg_emit_along(xb_node *n, const lines *l, int is_hardmax) {
    int32_t smallest = n->op == &xb_ops[XB_OP_ONNX_ArgMin], last = xb_attr_int(n, "select_last_index", 0) != 0;
    if (n->in[0]->dtype == XYBRID_FLOAT32 && !is_hardmax && l->n <= INT32_MAX) {
        xb_argmax_args *f = xb_step_new(n, sizeof *f, "argmax");
        if (!f) return n->b->err->code;
        *f = (xb_argmax_args){ .outer = l->outer, .n = l->n, .inner = l->inner, .is_min = smallest, .is_last = last };
        xb_step_in(n, &f->in, n->in[0]);
        xb_step_out(n, &f->out, n->out[0]);
        return xb_step_work(n, xb_argmax_work(n->b->isa, f));
    }
    xb_arg_args *a = xb_step_new(n, sizeof *a, is_hardmax ? "hardmax" : "arg");
    if (!a) return n->b->err->code;
    a->dtype = n->in[0]->dtype;
    a->one_hot = is_hardmax;
    a->smallest = smallest;
    a->last = last;
    a->outer = l->outer;
    a->n = l->n;
    a->inner = l->inner;
    xb_step_in(n, &a->x, n->in[0]);
    xb_step_out(n, &a->y, n->out[0]);
    return xb_step_work(n, xb_arg_work(a));
}

static xybrid_status lines_along(const xb_node *n, int64_t given, lines *l) {
    const xb_val *x = n->in[0];
    XB_TRY(xb_axis(n, given, x->rank, &l->axis));
    l->outer = xb_span(x->dims, 0, l->axis);
    l->n = x->dims[l->axis];
    l->inner = xb_span(x->dims, l->axis + 1, x->rank);
    return XYBRID_OK;
}

xybrid_status xb_emit_arg(xb_node *n) {
    lines l;
    XB_TRY(lines_along(n, xb_attr_int(n, "axis", 0), &l));
    return arg_emit_along(n, &l, 0);
}

/* ---- Hardmax ---- */

/* Before opset 13 all dimensions from the axis on are one line. */
static xybrid_status hardmax_lines(const xb_node *n, lines *l) {
    XB_TRY(lines_along(n, xb_attr_int(n, "axis", n->opset < 13 ? 1 : -1), l));
    if (n->opset >= 13) return XYBRID_OK;
    l->n *= l->inner;
    l->inner = 1;
    return XYBRID_OK;
}

xybrid_status xb_infer_hardmax(xb_node *n) {
    lines l;
    XB_TRY(xb_want_number(n, 0));
    XB_TRY(hardmax_lines(n, &l));
    return xb_out_like(n, 0, n->in[0]);
}

xybrid_status xb_emit_hardmax(xb_node *n) {
    lines l;
    XB_TRY(hardmax_lines(n, &l));
    return arg_emit_along(n, &l, 1);
}
