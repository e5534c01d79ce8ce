/* flow/run_engine.c - what flows, bound to an engine's inputs; its outputs, as what flows.
 *
 * An input is found by its name among the tensors, then (token models) by the part of its name that says what it is, then
 * among earlier stages' outputs; a single tensor goes to a single input whatever the names. */
#include <string.h>

#include "base/error.h"
#include "flow/flow_int.h"
#include "image/colour.h"

xybrid_status xb_engine_run_open(xybrid_session *s, int32_t stage, int is_raw, xb_engine_session **out, xybrid_error *err) {
    xb_engine_session **slot = is_raw ? &s->raw_stages[stage] : &s->stages[stage];
    const xb_stage     *st = &s->model->stages[stage];
    if (*slot) {
        *out = *slot;
        return XYBRID_OK;
    }
    xb_engine_session *e;
    XB_TRY(xb_engine_session_open(st->model, &s->model->engine_options, &e, err));
    const xb_pack_execution *x = &st->pack->execution;
    for (int32_t i = 0; !is_raw && i < x->carry_count; i++) {
        int32_t       output = xb_engine_model_find(st->model, XYBRID_OUTPUT, x->carry[i].output);
        int32_t       input = xb_engine_model_find(st->model, XYBRID_INPUT, x->carry[i].input);
        xybrid_status status = xb_engine_session_carry(e, output, input, -1, err);
        if (status) {
            xb_engine_session_close(e);
            return status;
        }
    }
    *out = *slot = e;
    return XYBRID_OK;
}

/* ---- outputs ---- */

typedef struct sink {
    const xb_engine_run *run;
    xb_tensor           *outputs;
} sink;

/* The tensor of `into` for an output; NULL if it has none. */
static const xybrid_envelope *into_for(const xb_engine_run *run, int32_t index) {
    const xybrid_envelope *into = run->into;
    const char            *name = run->stage->model->outputs[index].name;
    if (!into) return NULL;
    if (into->view.kind == XYBRID_TENSOR)
        return strcmp(into->view.name, name) == 0 || run->stage->model->output_count == 1 ? into : NULL;
    for (int32_t i = 0; i < into->item_count; i++)
        if (strcmp(into->items[i]->view.name, name) == 0) return into->items[i];
    return NULL;
}

static xybrid_status fail_into(const xb_engine_run *run, int32_t index, const xb_tensor *room, xybrid_dtype dtype, int32_t rank,
                               const int64_t *shape, xybrid_error *err) {
    char        found[XB_SHAPE_TEXT_BYTES], wanted[XB_SHAPE_TEXT_BYTES];
    const char *name = run->stage->model->outputs[index].name;
    xb_shape_format(room->rank, room->shape, found, sizeof found);
    xb_shape_format(rank, shape, wanted, sizeof wanted);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "output \"%.100s\" is %s %s, the tensor in options.into is %s %s", name,
                   xb_dtype_name(dtype), wanted, xb_dtype_name(room->dtype), found);
}

static xybrid_status out_alloc(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    sink                  *s = ctx;
    const xybrid_envelope *into = into_for(s->run, index);
    xb_tensor              t;
    if (into) {
        const xb_tensor *room = &into->tensor;
        if (room->dtype != shape->dtype || !xb_shape_equal(room->rank, room->shape, shape->rank, shape->shape))
            return fail_into(s->run, index, room, shape->dtype, shape->rank, shape->shape, err);
        t = xb_tensor_keep(room);
    } else XB_TRY(xb_tensor_new(s->run->session->mem, shape->dtype, shape->rank, shape->shape, &t, err));
    xb_tensor_drop(&s->outputs[index]);
    s->outputs[index] = t;
    *data = t.data;
    return XYBRID_OK;
}

static xybrid_status out_give(void *ctx, int32_t index, const xybrid_tensor *tensor, xybrid_release_fn release,
                              void *release_ctx, xybrid_error *err) {
    sink                  *s = ctx;
    const xybrid_envelope *into = into_for(s->run, index);
    xb_mem                *mem = s->run->session->mem;
    xb_tensor              t;
    if (into) { /* the caller's memory was asked for: the one place where an output is copied */
        if (into->tensor.dtype != tensor->dtype ||
            !xb_shape_equal(into->tensor.rank, into->tensor.shape, tensor->rank, tensor->shape))
            return fail_into(s->run, index, &into->tensor, tensor->dtype, tensor->rank, tensor->shape, err);
        memcpy(into->tensor.data, tensor->data, (size_t)into->view.size_bytes);
        t = xb_tensor_keep(&into->tensor);
        release(release_ctx, tensor->data);
    } else {
        xb_buf *buf;
        XB_TRY(xb_buf_from(mem, tensor->data, tensor->size_bytes, release, release_ctx, &buf, err));
        xybrid_status st = xb_tensor_from_buf(buf, 0, tensor->dtype, tensor->rank, tensor->shape, &t, err);
        if (st) { /* not released by us: the engine still owns it */
            buf->release = xybrid_release_none;
            xb_buf_drop(buf);
            return st;
        }
        xb_buf_drop(buf);
    }
    xb_tensor_drop(&s->outputs[index]);
    s->outputs[index] = t;
    return XYBRID_OK;
}

xybrid_status xb_engine_run_bound(const xb_engine_run *run, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err) {
    sink          s = { run, outputs };
    xybrid_call   call = { .struct_size = sizeof call,
                           .is_traced = run->session->trace.origin_ns != 0,
                           .ctx = &s,
                           .cancel = run->session->request,
                           .wanted = wanted,
                           .out_alloc = out_alloc,
                           .out_give = out_give,
                           .seed = run->seed };
    int64_t       start_ns = xb_trace_now(&run->session->trace);
    xybrid_status st = xb_engine_session_run(run->engine, &call, err);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_CANCELLED)
        xb_cancel_check(run->session->request, err); /* says why, in its words */
    if (st) return err->code;
    xb_trace_add(&run->session->trace, run->stage->model->name, "engine", run->stage->pack->name, start_ns);
    if (call.is_traced)
        xb_trace_add_steps(&run->session->trace, xb_engine_session_profile(run->engine), run->stage->pack->name, start_ns);
    return XYBRID_OK;
}

/* ---- inputs ---- */

static int holds(const char *name, const char *part) { return strstr(name, part) != NULL; }

/* Token inputs have many names around these words: "input_ids", "token_type_ids", "attention_mask". */
static xb_tensor *find_token_input(xb_value *v, const char *port) {
    if (holds(port, "mask")) return xb_value_find(v, "attention_mask");
    if (holds(port, "type") || holds(port, "segment")) return xb_value_find(v, "token_type_ids");
    if (holds(port, "input_ids")) return xb_value_find(v, "input_ids");
    return NULL;
}

static xb_tensor *find_input(const xb_engine_run *run, xb_frame *f, const char *port) {
    xb_tensor *t = xb_value_find(&f->value, port);
    if (!t && xb_value_find(&f->value, "input_ids")) t = find_token_input(&f->value, port);
    for (int32_t i = f->result_count - 1; !t && i >= 0; i--) t = xb_value_find(&f->results[i].outputs, port);
    int32_t required = 0;
    for (int32_t i = 0; i < run->stage->model->input_count; i++) required += !run->stage->model->inputs[i].optional;
    if (!t && required == 1 && f->value.count == 1) t = &f->value.tensors[0].tensor;
    return t;
}

/* A picture as the port wants it: uint8 or channels last as it lies, else float32 [1, C, H, W]. */
static xybrid_status picture_to_port(const xybrid_port *port, xb_frame *f, xybrid_error *err) {
    xb_tensor *picture, t;
    XB_TRY(xb_frame_picture(f, &picture, err));
    int64_t channels = picture->shape[2];
    int     last = port->rank == 4 && port->shape && port->shape[3] == channels && port->shape[1] != channels;
    if (last) XB_TRY(xb_tensor_reshape(picture, 4, (int64_t[]){ 1, picture->shape[0], picture->shape[1], channels }, &t, err));
    else XB_TRY(xb_picture_to_planes(f->mem, picture, XB_ORDER_RGB, &t, err));
    return xb_value_set_tensor(&f->value, XB_VALUE_TENSORS, "", t, err);
}

/* Binds one input; what had to be converted for it is kept in *converted until after the run. */
static xybrid_status bind_input(const xb_engine_run *run, xb_frame *f, int32_t index, xb_tensor *converted, int *is_bound,
                                xybrid_error *err) {
    const xybrid_port *port = &run->stage->model->inputs[index];
    xb_tensor         *t = find_input(run, f, port->name);
    *is_bound = t != NULL;
    if (!t) return XYBRID_OK;
    if (!run->is_raw && t->dtype != port->dtype) {
        XB_TRY(xb_tensor_convert(f->mem, t, port->dtype, converted, err));
        t = converted;
    }
    return xb_engine_session_bind(run->engine, index, t, err);
}

static xybrid_status fail_missing(const xb_engine_run *run, const xb_frame *f, const char *port, xybrid_error *err) {
    char   names[200];
    size_t at = 0;
    names[0] = 0;
    for (size_t i = 0; i < f->value.count && at < sizeof names - 1; i++)
        at += xb_format(names + at, sizeof names - at, "%s\"%.60s\"", i ? ", " : "", f->value.tensors[i].name);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, port, "input \"%.100s\" of %s has no value; given are %s", port,
                   run->stage->model->name, f->value.count ? names : "none");
}

/* Outputs become what flows: those that the pack lists, in its order. */
static xybrid_status take_outputs(const xb_engine_run *run, xb_tensor *outputs, xb_frame *f, xybrid_error *err) {
    const xb_engine_model *m = run->stage->model;
    int32_t                count = run->is_raw ? m->output_count : run->stage->output_count;
    xb_value_clear(&f->value);
    f->value.kind = XB_VALUE_TENSORS;
    for (int32_t i = 0; i < count; i++) {
        int32_t index = run->is_raw ? i : run->stage->output_order[i];
        if (!outputs[index].data && !outputs[index].buf && xb_tensor_count(&outputs[index]) != 0) continue;
        xb_tensor t = outputs[index];
        outputs[index] = (xb_tensor){ 0 };
        XB_TRY(xb_value_add_tensor(&f->value, m->outputs[index].name, t, err));
    }
    return XYBRID_OK;
}

xybrid_status xb_engine_run_frame(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    const xb_engine_model *m = run->stage->model;
    if (m->input_count && xb_frame_has_picture(f)) XB_TRY(picture_to_port(&m->inputs[0], f, err));
    XB_TRY(xb_value_to_tensors(&f->value, err));
    /* converted inputs, then outputs: one zeroed array, dropped whatever happens */
    int32_t    total = m->input_count + m->output_count;
    xb_tensor *held = xb_calloc(f->mem, (size_t)total, sizeof *held, err);
    if (!held) return err->code;
    xybrid_status st = XYBRID_OK;
    int           missing = -1;
    for (int32_t i = 0; i < m->input_count && st == XYBRID_OK; i++) {
        int is_bound = 0;
        st = bind_input(run, f, i, &held[i], &is_bound, err);
        if (st == XYBRID_OK && !is_bound && !m->inputs[i].optional && missing < 0) missing = i;
    }
    if (st == XYBRID_OK && missing >= 0) st = fail_missing(run, f, m->inputs[missing].name, err);
    if (st == XYBRID_OK) st = xb_engine_run_bound(run, run->is_raw ? NULL : run->stage->wanted, held + m->input_count, err);
    if (st == XYBRID_OK) st = take_outputs(run, held + m->input_count, f, err);
    for (int32_t i = 0; i < total; i++) xb_tensor_drop(&held[i]);
    xb_free(f->mem, held);
    return st;
}
