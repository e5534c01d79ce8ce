/* flow/session.c - one timeline, and the way of one request through steps and stages. */
#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "flow/flow_int.h"

static xybrid_status remember(xybrid_session *s, const xybrid_session_options *o, xybrid_error *err) {
    const xb_producer_row *row = s->model->producer;
    if (row->remember) return row->remember(s, o, &s->memory, err);
    if (!o || (!o->system && o->context_tokens == XYBRID_AUTO && o->max_turns == XYBRID_AUTO)) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options",
                   "options.system, context_tokens and max_turns are for conversations, and this model has none");
}

xybrid_status xb_session_new(xybrid_model *m, const xybrid_session_options *options, xybrid_session **out, xybrid_error *err) {
    xb_mem         *mem = &m->env->root->mem;
    xybrid_session *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->mark = XB_SESSION_MARK;
    s->refs = 1;
    s->is_pooled = !options;
    s->model = s->is_pooled ? m : xb_model_keep(m);
    xb_atomic_add(&m->env->session_count, 1);
    xybrid_status st = xb_recycler_new(m->env->root, &s->recycler, err);
    if (st == XYBRID_OK) {
        s->mem = xb_recycler_mem(s->recycler);
        xb_trace_init(&s->trace, s->mem);
        st = xb_cancel_new(mem, &s->request, err);
    }
    size_t count = (size_t)m->meta->stage_count;
    if (st == XYBRID_OK && !(s->stages = xb_calloc(mem, count, sizeof *s->stages, err))) st = err->code;
    if (st == XYBRID_OK && !(s->raw_stages = xb_calloc(mem, count, sizeof(xb_engine_session *), err))) st = err->code;
    if (st == XYBRID_OK) st = remember(s, options, err);
    if (st) xb_session_drop(s);
    else *out = s;
    return st;
}

xybrid_session *xb_session_keep(xybrid_session *s) {
    xb_ref_take(&s->refs);
    return s;
}

void xb_session_drop(xybrid_session *s) {
    if (!s || !xb_ref_drop(&s->refs)) return;
    xybrid_model *m = s->model;
    xb_mem       *mem = &m->env->root->mem;
    if (s->memory) m->producer->forget(s->memory);
    for (int32_t i = 0; i < m->meta->stage_count; i++) {
        if (s->stages) xb_engine_session_close(s->stages[i]);
        if (s->raw_stages) xb_engine_session_close(s->raw_stages[i]);
    }
    xb_free(mem, s->stages);
    xb_free(mem, s->raw_stages);
    if (s->mem) xb_trace_free(&s->trace);
    xb_cancel_drop(s->request);
    xb_recycler_close(s->recycler);
    xb_atomic_add(&m->env->session_count, -1);
    int is_pooled = s->is_pooled;
    xb_handle_free(m->env->root, mem, s);
    if (!is_pooled) xb_model_drop(m);
}

void xb_session_close(xybrid_session *s) {
    s->mark = 0;
    xb_session_drop(s);
}

uint32_t xb_session_mark(const xybrid_session *s) { return s->mark; }
xb_env  *xb_session_env(const xybrid_session *s) { return s->model->env; }

/* ---- one request ---- */

xybrid_status xb_run_stage_once(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    xb_trace *trace = &run->session->trace;
    XB_TRY(xb_steps_run(&run->stage->pre, f, trace, err));
    XB_TRY(xb_cancel_check(f->cancel, err));
    if (run->stage->embedder.context) XB_TRY(xb_run_embedder(run, f, err));
    else if (run->stage->pack->execution.mode == XB_PACK_WINDOWED) XB_TRY(xb_run_windowed(run, f, err));
    else XB_TRY(xb_engine_run_frame(run, f, err));
    return xb_steps_run(&run->stage->post, f, trace, err);
}

/* Notes what stage `index` made, for later ones. */
static xybrid_status note_result(xybrid_session *s, xb_frame *f, int32_t index, xybrid_error *err) {
    xb_stage_result *r = &f->results[index];
    r->stage = s->model->stages[index].pack->name;
    f->result_count = index + 1;
    if (f->value.kind == XB_VALUE_ENVELOPE) r->list = xb_envelope_keep(f->value.envelope);
    for (size_t i = 0; f->value.kind == XB_VALUE_TENSORS && i < f->value.count; i++)
        XB_TRY(xb_value_add_tensor(&r->outputs, f->value.tensors[i].name, xb_tensor_keep(&f->value.tensors[i].tensor), err));
    return XYBRID_OK;
}

static xybrid_status run_stages(xybrid_session *s, xb_frame *f, xybrid_error *err) {
    const xybrid_model *m = s->model;
    for (int32_t i = 0; i < m->meta->stage_count; i++) {
        xb_engine_run run = { .session = s, .stage = &m->stages[i] };
        XB_TRY(xb_engine_run_open(s, i, 0, &run.engine, err));
        XB_TRY(run.stage->pack->for_each ? xb_run_regions(&run, f, err) : xb_run_stage_once(&run, f, err));
        if (m->meta->stage_count > 1) XB_TRY(note_result(s, f, i, err));
    }
    return XYBRID_OK;
}

static xybrid_status run_raw(xybrid_session *s, xb_frame *f, const xybrid_envelope *into, xybrid_error *err) {
    xb_engine_run run = { .session = s, .stage = &s->model->stages[0], .into = into, .is_raw = 1 };
    if (s->model->meta->stage_count != 1)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags",
                       "XYBRID_RUN_RAW runs models of one stage; this one has %d", s->model->meta->stage_count);
    if (run.stage->embedder.context)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags",
                       "XYBRID_RUN_RAW runs models that take tensors; this one takes text");
    XB_TRY(xb_engine_run_open(s, 0, 1, &run.engine, err));
    return xb_engine_run_frame(&run, f, err);
}

static xybrid_status run_pack(xybrid_session *s, xb_frame *f, xybrid_error *err) {
    const xybrid_model *m = s->model;
    XB_TRY(xb_steps_run(&m->pre, f, &s->trace, err));
    XB_TRY(run_stages(s, f, err));
    return xb_steps_run(&m->post, f, &s->trace, err);
}

xybrid_status xb_session_add_trace(xybrid_session *s, xybrid_envelope *e, xybrid_error *err) {
    if (!s->trace.origin_ns) return XYBRID_OK;
    xb_str text;
    xb_str_init(&text, s->mem, XB_MAX_JSON_BYTES);
    xybrid_status st = xb_trace_write(&s->trace, &text, err);
    if (st == XYBRID_OK) st = xb_envelope_set(e, "xybrid.trace", text.data, err);
    xb_str_free(&text);
    return st;
}

/* The result, with the trace in its metadata when that was asked for. */
static xybrid_status finish(xybrid_session *s, xb_frame *f, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_value_to_envelope(&f->value, f->root, f->mem, &e, err));
    if (s->trace.origin_ns) xb_value_clear(&f->value); /* an envelope that a step made is now ours alone */
    xybrid_status st = xb_session_add_trace(s, e, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

xybrid_status xb_session_execute(xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options,
                                 xybrid_envelope **out, xybrid_error *err) {
    xb_stage_result results[XB_MAX_STAGES];
    xb_frame        f = { .root = s->model->env->root, .mem = s->mem, .cancel = s->request, .results = results };
    int32_t         stages = s->model->meta->stage_count;
    for (int32_t i = 0; i < stages; i++) {
        results[i] = (xb_stage_result){ 0 };
        xb_value_init(&results[i].outputs, s->mem);
    }
    xb_value_init(&f.value, s->mem);
    xb_value_set_envelope(&f.value, xb_envelope_keep(in));
    xb_trace_start(&s->trace, (options->flags & XYBRID_RUN_TRACE) != 0);

    xybrid_status st = options->flags & XYBRID_RUN_RAW ? run_raw(s, &f, options->into, err) : run_pack(s, &f, err);
    if (st == XYBRID_OK) st = finish(s, &f, out, err);

    xb_value_free(&f.value);
    xb_tensor_drop(&f.picture);
    xb_tensor_drop(&f.attention_mask);
    for (int32_t i = 0; i < stages; i++) {
        xb_envelope_drop(results[i].list);
        xb_value_free(&results[i].outputs);
    }
    return st;
}
