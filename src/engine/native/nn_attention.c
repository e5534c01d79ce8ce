/* engine/native/nn_attention.c - see nn_attention.h. */
#include "engine/native/nn_attention.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/elementwise.h"
#include "kernel/move.h"

enum { FLOAT_BYTES = sizeof(float) };

xb_heads xb_heads_in(xb_val *v, xb_heads_order order, int64_t batch, int64_t heads, int64_t rows, int64_t size) {
    xb_heads h = { .v = v, .batch = batch, .heads = heads, .rows = rows, .size = size };
    h.at.batch = heads * rows * size;
    h.at.head = order == XB_HEADS_FIRST ? rows * size : size;
    h.at.row = order == XB_HEADS_FIRST ? size : heads * size;
    return h;
}

/* A step that copies `from` to the rows of `to` from `row` on. */
static xybrid_status copy_rows(const xb_node *n, const xb_heads *from, const xb_heads *to, int64_t row) {
    if (from->batch * from->heads * from->rows * from->size == 0) return XYBRID_OK;
    xb_move_args *a = xb_step_new(n, sizeof *a, "cache");
    if (!a) return n->b->err->code;
    *a = (xb_move_args){ .rank = 4,
                         .element_bytes = FLOAT_BYTES,
                         .dims = { from->batch, from->heads, from->rows, from->size },
                         .src_strides = { from->at.batch, from->at.head, from->at.row, 1 },
                         .dst_strides = { to->at.batch, to->at.head, to->at.row, 1 } };
    xb_step_in_bytes(n, &a->src, from->v, from->offset * FLOAT_BYTES);
    xb_step_out_at(n, &a->dst, to->v, (to->offset + row * to->at.row) * FLOAT_BYTES);
    return xb_step_work(n, xb_move_work(a));
}

xybrid_status xb_cache_append(const xb_node *n, const xb_heads *past, const xb_heads *now, xb_val *present,
                              int64_t present_offset, xb_heads *out) {
    int64_t before = past ? past->rows : 0;
    if (!present && before == 0) {
        *out = *now;
        return XYBRID_OK;
    }
    int64_t dims[4] = { now->batch, now->heads, before + now->rows, now->size };
    if (!present && !(present = xb_temp(n, XYBRID_FLOAT32, 4, dims))) return n->b->err->code;
    xb_heads whole = xb_heads_in(present, XB_HEADS_FIRST, dims[0], dims[1], dims[2], dims[3]);
    whole.offset = present_offset;
    if (before) XB_TRY(copy_rows(n, past, &whole, 0));
    XB_TRY(copy_rows(n, now, &whole, before));
    *out = whole;
    return XYBRID_OK;
}

xybrid_status xb_heads_biased(const xb_node *n, const xb_heads *x, xb_val *bias, int64_t bias_offset, xb_heads *out) {
    xb_heads y = *x;
    if (bias) {
        int64_t dims[4] = { x->batch, x->rows, x->heads, x->size };
        y = xb_heads_in(xb_temp(n, XYBRID_FLOAT32, 4, dims), XB_SEQUENCE_FIRST, x->batch, x->heads, x->rows, x->size);
        if (!y.v) return n->b->err->code;
        xb_binary_args *a = y.v->count ? xb_step_new(n, sizeof *a, "add") : NULL;
        if (y.v->count && !a) return n->b->err->code;
        if (a) {
            *a = (xb_binary_args){ .op = XB_BINARY_ADD,
                                   .rank = 4,
                                   .shape = { dims[0], dims[1], dims[2], dims[3] },
                                   .stride_a = { x->at.batch, x->at.row, x->at.head, 1 },
                                   .stride_b = { 0, 0, x->size, 1 },
                                   .stride_out = { y.at.batch, y.at.row, y.at.head, 1 } };
            xb_step_in_at(n, &a->a, x->v, x->offset * FLOAT_BYTES);
            xb_step_in_at(n, &a->b, bias, bias_offset * FLOAT_BYTES);
            xb_step_out(n, &a->out, y.v);
            XB_TRY(xb_step_work(n, xb_binary_work(n->b->isa, a)));
        }
    }
    *out = y;
    return XYBRID_OK;
}

static xybrid_status want_heads(const xb_node *n, const xb_attend *d) {
    const xb_heads *q = &d->q, *k = &d->k, *v = &d->v, *o = &d->out;
    int64_t         most = q->batch;
    if (k->heads < 1 || q->heads % k->heads || v->heads != k->heads || v->rows != k->rows || k->size != q->size ||
        o->heads != q->heads || o->rows != q->rows || o->size != v->size || k->batch != q->batch || v->batch != q->batch)
        return xb_refuse(n, "%lld heads of %lld for queries, %lld (%lld rows of %lld) for keys, %lld (%lld rows) for values",
                         (long long)q->heads, (long long)q->size, (long long)k->heads, (long long)k->rows, (long long)k->size,
                         (long long)v->heads, (long long)v->rows);
    if (!xb_mul_overflows(most, q->heads, &most) && !xb_mul_overflows(most, q->rows, &most) && most <= INT32_MAX &&
        k->rows <= INT32_MAX && q->size <= INT32_MAX && v->size <= INT32_MAX)
        return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "more than 2^31 queries, keys or elements of a head");
}

xybrid_status xb_attend_emit(const xb_node *n, const xb_attend *d) {
    XB_TRY(want_heads(n, d));
    if (d->out.batch * d->out.heads * d->out.rows == 0 || (d->out.size == 0 && !d->scores)) return XYBRID_OK;
    xb_sdpa_args *a = xb_step_new(n, sizeof *a, "attention");
    if (!a) return n->b->err->code;
    *a = (xb_sdpa_args){ .isa = n->b->isa,
                         .batch = d->q.batch,
                         .heads = d->q.heads,
                         .kv_heads = d->k.heads,
                         .queries = d->q.rows,
                         .keys = d->k.rows,
                         .size = d->q.size,
                         .value_size = d->v.size,
                         .q_at = d->q.at,
                         .k_at = d->k.at,
                         .v_at = d->v.at,
                         .out_at = d->out.at,
                         .k_step = d->k_step,
                         .scale = d->scale,
                         .softcap = d->softcap,
                         .length_add = d->length_add,
                         .offset = d->offset,
                         .left = d->left,
                         .right = d->right,
                         .from_end = d->from_end,
                         .has_sink = d->has_sink,
                         .blind = d->blind,
                         .stage = d->stage };
    xb_step_in_at(n, &a->q, d->q.v, d->q.offset * FLOAT_BYTES);
    xb_step_in_at(n, &a->k, d->k.v, d->k.offset * FLOAT_BYTES);
    xb_step_in_at(n, &a->v, d->v.v, d->v.offset * FLOAT_BYTES);
    for (int i = 0; i < XB_SDPA_BIASES; i++) {
        const xb_attend_bias *bias = &d->bias[i];
        if (!bias->v) continue;
        a->bias[i] = (xb_sdpa_bias){
            .at = bias->at, .col = bias->col, .cols = bias->cols, .is_bool = bias->v->dtype == XYBRID_BOOL
        };
        xb_step_in_at(n, &a->bias[i].data, bias->v, bias->offset * xb_element_bytes(bias->v->dtype));
    }
    xb_step_in(n, &a->lengths, d->lengths);
    xb_step_in(n, &a->sink, d->sink);
    xb_step_out_at(n, &a->out, d->out.v, d->out.offset * FLOAT_BYTES);
    if (d->scores) xb_step_out(n, &a->scores, d->scores);
    return xb_step_work(n, xb_sdpa_work(a));
}

xybrid_status xb_rotate_emit(const xb_node *n, const xb_rotate *d, const xb_heads *x, const xb_heads *y) {
    if (d->turned < 0 || d->turned > x->size || d->turned % 2 || d->table_rows < 1)
        return xb_refuse(n, "%lld of %lld elements are to be turned, by a table of %lld rows", (long long)d->turned,
                         (long long)x->size, (long long)d->table_rows);
    xb_rope_args *a = xb_step_new(n, sizeof *a, "rotary");
    if (!a) return n->b->err->code;
    *a = (xb_rope_args){ .batch = x->batch,
                         .rows = x->rows,
                         .heads = x->heads,
                         .size = x->size,
                         .turned = d->turned,
                         .x_at = x->at,
                         .y_at = y->at,
                         .table_batch = d->table_batch,
                         .table_row = d->table_row,
                         .table_rows = d->table_rows,
                         .position_batch = d->position_batch,
                         .position_row = d->position_row,
                         .add = d->add,
                         .row_step = d->row_step,
                         .is_interleaved = d->is_interleaved };
    xb_step_in_at(n, &a->x, x->v, x->offset * FLOAT_BYTES);
    xb_step_in(n, &a->cos, d->cos);
    xb_step_in(n, &a->sin, d->sin);
    xb_step_in(n, &a->position, d->position);
    xb_step_out_at(n, &a->y, y->v, y->offset * FLOAT_BYTES);
    return xb_step_work(n, xb_rope_work(a));
}
