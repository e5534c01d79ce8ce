/* engine/native/ops_sequence.c - sequences and optionals. Both exist only while a plan is made: as lists of values. What is
 * computed are the tensors inside them. */
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "engine/native/run.h"
#include "kernel/move.h"

static xybrid_status want_sequence(const xb_node *n, const xb_val **out) {
    const xb_val *s = n->in[0];
    if (s->kind == XB_ONNX_OPTIONAL && s->item_count == 1) s = s->items[0];
    if (s->kind != XB_ONNX_SEQUENCE) return xb_refuse(n, "input 0 is not a sequence");
    *out = s;
    return XYBRID_OK;
}

/* Input 1 as a place in a sequence of `count` (negative: from the end); without the input: `otherwise`. */
static xybrid_status position(xb_node *n, int32_t input, int32_t count, int32_t otherwise, int32_t *out) {
    int64_t at;
    *out = otherwise;
    if (!xb_in(n, input)) return XYBRID_OK;
    XB_TRY(xb_int(n, input, &at));
    if (at < -count || at >= count + (otherwise == count))
        return xb_refuse(n, "position %lld in a sequence of %d", (long long)at, count);
    *out = (int32_t)(at < 0 ? at + count : at);
    return XYBRID_OK;
}

/* ---- making and taking apart ---- */

xybrid_status xb_infer_sequence_empty(xb_node *n) { return xb_out_list(n, 0, XB_ONNX_SEQUENCE, NULL, 0); }

xybrid_status xb_infer_sequence_construct(xb_node *n) { return xb_out_list(n, 0, XB_ONNX_SEQUENCE, n->in, n->in_count); }

xybrid_status xb_infer_sequence_at(xb_node *n) {
    const xb_val *s;
    int32_t       at;
    XB_TRY(want_sequence(n, &s));
    XB_TRY(position(n, 1, s->item_count, -1, &at));
    xb_out_alias(n, 0, s->items[at]);
    return XYBRID_OK;
}

xybrid_status xb_infer_sequence_length(xb_node *n) {
    const xb_val *s;
    int64_t      *count = xb_build_alloc(n, 1, sizeof *count);
    if (!count) return n->b->err->code;
    XB_TRY(want_sequence(n, &s));
    *count = s->item_count;
    XB_TRY(xb_out_set(n, 0, XYBRID_INT64, 0, NULL));
    return xb_out_content(n, 0, count);
}

xybrid_status xb_infer_sequence_insert(xb_node *n) {
    const xb_val *s;
    int32_t       at;
    XB_TRY(want_sequence(n, &s));
    XB_TRY(position(n, 2, s->item_count, s->item_count, &at));
    xb_val **items = xb_build_alloc(n, (size_t)s->item_count + 1, sizeof *items);
    if (!items) return n->b->err->code;
    for (int32_t i = 0; i <= s->item_count; i++) items[i] = i == at ? n->in[1] : s->items[i - (i > at)];
    return xb_out_list(n, 0, XB_ONNX_SEQUENCE, items, s->item_count + 1);
}

xybrid_status xb_infer_sequence_erase(xb_node *n) {
    const xb_val *s;
    int32_t       at, count = 0;
    XB_TRY(want_sequence(n, &s));
    if (s->item_count == 0) return xb_refuse(n, "the sequence is empty");
    XB_TRY(position(n, 1, s->item_count, s->item_count - 1, &at));
    xb_val **items = xb_build_alloc(n, (size_t)s->item_count, sizeof *items);
    if (!items) return n->b->err->code;
    for (int32_t i = 0; i < s->item_count; i++)
        if (i != at) items[count++] = s->items[i];
    return xb_out_list(n, 0, XB_ONNX_SEQUENCE, items, count);
}

/* ---- optionals ---- */

xybrid_status xb_infer_optional(xb_node *n) {
    xb_val *inside = xb_in(n, 0);
    return xb_out_list(n, 0, XB_ONNX_OPTIONAL, &inside, inside != NULL);
}

xybrid_status xb_infer_optional_has_element(xb_node *n) {
    const xb_val *x = xb_in(n, 0);
    uint8_t      *has = xb_build_alloc(n, 1, 1);
    if (!has) return n->b->err->code;
    *has = x && (x->kind != XB_ONNX_OPTIONAL || x->item_count > 0);
    XB_TRY(xb_out_set(n, 0, XYBRID_BOOL, 0, NULL));
    return xb_out_content(n, 0, has);
}

xybrid_status xb_infer_optional_get_element(xb_node *n) {
    xb_val *x = n->in[0];
    if (x->kind == XB_ONNX_OPTIONAL) {
        if (x->item_count == 0) return xb_refuse(n, "the optional holds nothing");
        x = x->items[0];
    }
    xb_out_alias(n, 0, x);
    return XYBRID_OK;
}

/* ---- between sequences and tensors ---- */

/* [outer, axis, inner]: elements [from, from + count) of the axis, of or into a tensor of `whole` there. */
static xybrid_status slice_step(const xb_node *n, const xb_val *src, xb_val *dst, int64_t outer, int64_t inner,
                                int64_t src_axis, int64_t src_from, int64_t dst_axis, int64_t dst_from, int64_t count) {
    if (src->dtype == XB_ONNX_STRING)
        return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "between sequences and tensors numbers are moved, not text");
    xb_move_args *a = xb_step_new(n, sizeof *a, "slice");
    if (!a) return n->b->err->code;
    int64_t element = xb_element_bytes(src->dtype);
    a->rank = 2;
    a->element_bytes = (int32_t)element;
    a->dims[0] = outer;
    a->dims[1] = count * inner;
    a->src_strides[0] = src_axis * inner;
    a->dst_strides[0] = dst_axis * inner;
    a->src_strides[1] = a->dst_strides[1] = 1;
    xb_step_in_bytes(n, &a->src, src, src_from * inner * element);
    xb_step_out_at(n, &a->dst, dst, dst_from * inner * element);
    return xb_step_work(n, xb_move_work(a));
}

static int64_t span(const xb_val *v, int32_t from, int32_t to) {
    int64_t product = 1;
    for (int32_t i = from; i < to; i++) product *= v->dims[i];
    return product;
}

typedef struct split_state {
    int32_t  axis, count;
    xb_val **items;
    int64_t *sizes;
} split_state;

/* Sizes of the pieces along the axis: given one by one, one size for all (the last may be smaller), or 1. */
static xybrid_status split_sizes(xb_node *n, int64_t length, int64_t **out, int64_t *count) {
    const int64_t *given = NULL;
    int64_t        pieces = length, each = 1, total = 0, given_count = 0;
    int            is_list = 0;
    if (xb_in(n, 1)) {
        XB_TRY(xb_ints(n, 1, &given, &given_count));
        is_list = n->in[1]->rank == 1;
        pieces = given_count;
        if (!is_list) {
            each = given[0];
            if (each < 1) return xb_refuse(n, "pieces of %lld", (long long)each);
            pieces = length / each + (length % each != 0);
        }
    }
    if (pieces > XB_MAX_SEQUENCE) return xb_refuse(n, "%lld pieces; at most %d", (long long)pieces, XB_MAX_SEQUENCE);
    int64_t *sizes = xb_build_alloc(n, (size_t)pieces, sizeof *sizes);
    if (!sizes) return n->b->err->code;
    for (int64_t i = 0; i < pieces; i++) {
        sizes[i] = is_list ? given[i] : length - total < each ? length - total : each;
        if (sizes[i] < 0 || sizes[i] > length - total)
            return xb_refuse(n, "a piece of %lld where %lld are left", (long long)sizes[i], (long long)(length - total));
        total += sizes[i];
    }
    if (total != length) return xb_refuse(n, "pieces of %lld in all, the axis has %lld", (long long)total, (long long)length);
    *out = sizes;
    *count = pieces;
    return XYBRID_OK;
}

xybrid_status xb_infer_sequence_split(xb_node *n) {
    const xb_val *x = n->in[0];
    split_state  *s = xb_build_alloc(n, 1, sizeof *s);
    int64_t       count;
    if (!s) return n->b->err->code;
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), x->rank, &s->axis));
    XB_TRY(split_sizes(n, x->dims[s->axis], &s->sizes, &count));
    s->count = (int32_t)count;
    s->items = xb_build_alloc(n, (size_t)count, sizeof *s->items);
    if (!s->items) return n->b->err->code;
    int drops_axis = !xb_in(n, 1) && xb_attr_int(n, "keepdims", 1) == 0;
    for (int32_t i = 0; i < s->count; i++) {
        int64_t dims[XB_MAX_RANK];
        memcpy(dims, x->dims, sizeof dims);
        dims[s->axis] = s->sizes[i];
        if (drops_axis) memmove(dims + s->axis, dims + s->axis + 1, (size_t)(x->rank - s->axis - 1) * sizeof *dims);
        s->items[i] = xb_temp(n, x->dtype, x->rank - drops_axis, dims);
        if (!s->items[i]) return n->b->err->code;
    }
    n->state = s;
    return xb_out_list(n, 0, XB_ONNX_SEQUENCE, s->items, s->count);
}

xybrid_status xb_emit_sequence_split(xb_node *n) {
    const split_state *s = n->state;
    const xb_val      *x = n->in[0];
    int64_t            from = 0;
    for (int32_t i = 0; i < s->count; i++) {
        XB_TRY(slice_step(n, x, s->items[i], span(x, 0, s->axis), span(x, s->axis + 1, x->rank), x->dims[s->axis], from,
                          s->sizes[i], 0, s->sizes[i]));
        from += s->sizes[i];
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_sequence_concat(xb_node *n) {
    const xb_val *s;
    int64_t       dims[XB_MAX_RANK + 1], length = 0;
    int           is_new = xb_attr_int(n, "new_axis", 0) != 0;
    int32_t       axis;
    XB_TRY(want_sequence(n, &s));
    if (s->item_count == 0) return xb_refuse(n, "the sequence is empty");
    const xb_val *first = s->items[0];
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), first->rank + is_new, &axis));
    for (int32_t i = 0; i < s->item_count; i++) {
        const xb_val *item = s->items[i];
        int           fits = item->dtype == first->dtype && item->rank == first->rank;
        for (int32_t d = 0; fits && d < item->rank; d++) fits = item->dims[d] == first->dims[d] || (!is_new && d == axis);
        if (!fits) return xb_refuse(n, "tensor %d of the sequence does not fit the first", i);
        length += is_new ? 1 : item->dims[axis];
    }
    memcpy(dims, first->dims, sizeof first->dims);
    if (is_new) memmove(dims + axis + 1, dims + axis, (size_t)(first->rank - axis) * sizeof *dims);
    dims[axis] = length;
    return xb_out_set(n, 0, first->dtype, first->rank + is_new, dims);
}

xybrid_status xb_emit_sequence_concat(xb_node *n) {
    const xb_val *s;
    xb_val       *y = n->out[0];
    int32_t       axis;
    int64_t       from = 0;
    int           is_new = xb_attr_int(n, "new_axis", 0) != 0;
    XB_TRY(want_sequence(n, &s));
    XB_TRY(xb_axis(n, xb_attr_int(n, "axis", 0), y->rank, &axis));
    for (int32_t i = 0; i < s->item_count; i++) {
        int64_t length = is_new ? 1 : s->items[i]->dims[axis];
        XB_TRY(slice_step(n, s->items[i], y, span(y, 0, axis), span(y, axis + 1, y->rank), length, 0, y->dims[axis], from,
                          length));
        from += length;
    }
    return XYBRID_OK;
}

/* ---- SequenceMap: the body once for each place of the sequences ---- */

typedef struct map_args {
    const xb_graph *body;
    int32_t         in_count, capture_count, out_count;
    const xb_val  **in;
    xb_val        **out;
    const void    **alive;
} map_args;

xybrid_status xb_infer_sequence_map(xb_node *n) {
    const xb_graph *body = xb_attr_graph(n, "body");
    const xb_val   *s;
    XB_TRY(want_sequence(n, &s));
    if (!body || body->input_count != n->in_count || body->output_count < n->out_count)
        return xb_fail_node(n, XYBRID_MALFORMED, "the body is missing, or does not fit the node");
    for (int32_t i = 1; i < n->in_count; i++)
        if (n->in[i]->kind == XB_ONNX_SEQUENCE && n->in[i]->item_count != s->item_count)
            return xb_refuse(n, "sequences of %d and %d tensors", s->item_count, n->in[i]->item_count);
    for (int32_t o = 0; o < n->out_count; o++) XB_TRY(xb_out_pending(n, o, 0));
    return XYBRID_OK;
}

/* whole: the inputs as they are; inputs: room for those of this round. */
static xybrid_status map_round(xb_run *run, const map_args *a, xb_exec *child, int32_t at, const xb_onnx_value *whole,
                               xb_onnx_value *inputs, xb_onnx_value **items, xybrid_error *err) {
    xb_run_call call = { .inputs = inputs,
                         .ctx = run->call->ctx,
                         .cancelled = run->call->cancelled,
                         .seed = run->call->seed,
                         .draws = run->call->draws };
    for (int32_t i = 0; i < a->in_count + a->capture_count; i++)
        inputs[i] = i < a->in_count && whole[i].kind == XB_ONNX_SEQUENCE ? whole[i].items[at] : whole[i];
    XB_TRY(xb_exec_run(child, &call, err));
    for (int32_t o = 0; o < a->out_count; o++) {
        xb_onnx_value v;
        XB_TRY(xb_exec_output(child, &call, o, &v, err));
        XB_TRY(xb_value_copy(run->items, &v, &items[o][at], err)); /* the next round writes over it */
    }
    return XYBRID_OK;
}

static xybrid_status map_run(xb_run *run, const xb_step *step, xybrid_error *err) {
    const map_args *a = step->args;
    xb_exec        *child;
    int32_t         in_count = a->in_count + a->capture_count;
    XB_TRY(xb_exec_child(run->exec, step->node, a->body, &child, err));
    xb_onnx_value  *inputs = xb_arena_array(run->items, 2 * (size_t)in_count, sizeof *inputs, err);
    xb_onnx_value **items = inputs ? xb_arena_array(run->items, (size_t)a->out_count, sizeof *items, err) : NULL;
    if (!items) return err->code;
    xb_onnx_value *whole = inputs + in_count;
    for (int32_t i = 0; i < in_count; i++) XB_TRY(xb_run_value(run, a->in[i], &whole[i], err));
    int32_t rounds = whole[0].item_count;
    for (int32_t o = 0; o < a->out_count; o++) {
        items[o] = xb_arena_array(run->items, (size_t)rounds, sizeof **items, err);
        if (!items[o]) return err->code;
    }
    for (int32_t at = 0; at < rounds; at++) XB_TRY(map_round(run, a, child, at, whole, inputs, items, err));
    for (int32_t o = 0; o < a->out_count; o++) {
        xb_onnx_value list = { .kind = XB_ONNX_SEQUENCE, .items = items[o], .item_count = rounds };
        if (a->out[o]) XB_TRY(xb_run_dynamic_copy(run, a->out[o], &list, err));
    }
    return XYBRID_OK;
}

static void map_alive(const xb_node *n, const xb_val *v, const void **field) {
    for (int32_t i = 0; i < v->item_count; i++) map_alive(n, v->items[i], field);
    if (v->kind == XB_ONNX_TENSOR) xb_step_in(n, field, v);
}

xybrid_status xb_emit_sequence_map(xb_node *n) {
    map_args *a = xb_step_new(n, sizeof *a, "sequence map");
    if (!a) return n->b->err->code;
    a->body = xb_attr_graph(n, "body");
    a->in_count = n->in_count;
    a->out_count = n->out_count;
    a->capture_count = n->graph->capture_count;
    a->out = n->out;
    int32_t all = a->in_count + a->capture_count;
    a->in = xb_build_alloc(n, (size_t)all, sizeof *a->in);
    a->alive = a->in ? xb_build_alloc(n, (size_t)all, sizeof *a->alive) : NULL;
    if (!a->alive) return n->b->err->code;
    for (int32_t i = 0; i < all; i++) {
        a->in[i] = i < a->in_count ? n->in[i] : n->b->segment->values[n->graph->captures[i - a->in_count]];
        map_alive(n, a->in[i], &a->alive[i]);
    }
    return xb_step_call(n, map_run);
}
