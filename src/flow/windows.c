/* flow/windows.c - see windows.h. */
#include "flow/windows.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"

int64_t xb_windows_count(const xb_pack_execution *x, int64_t frames) {
    if (x->pad_last) return (frames + x->hop - 1) / x->hop;
    return frames < x->window ? 0 : (frames - x->window) / x->hop + 1;
}

static float *input_of(const xb_windows *w) { return w->held[0].data; }

/* Constants, the input that is filled again and again, and zeros for what is carried: dimensions that are free are 1. */
static xybrid_status bind_all(xb_windows *w, xybrid_error *err) {
    const xb_pack_execution *x = w->rules;
    const xb_engine_model   *m = w->run->stage->model;
    const xb_stage          *stage = w->run->stage;
    for (int32_t i = 0; i < m->input_count; i++)
        if (stage->constants[i].data) XB_TRY(xb_engine_session_bind(w->run->engine, i, &stage->constants[i], err));
    for (int32_t c = 0; c < x->carry_count; c++) {
        int32_t            input = xb_engine_model_find(m, XYBRID_INPUT, x->carry[c].input);
        const xybrid_port *port = &m->inputs[input];
        int64_t            shape[XB_MAX_RANK] = { 0 };
        for (int32_t d = 0; d < port->rank; d++) shape[d] = port->shape[d] < 0 ? 1 : port->shape[d];
        XB_TRY(xb_tensor_zeros(w->mem, port->dtype, port->rank, shape, &w->held[1 + c], err));
        XB_TRY(xb_engine_session_bind(w->run->engine, input, &w->held[1 + c], err));
    }
    XB_TRY(xb_tensor_zeros(w->mem, XYBRID_FLOAT32, 2, (int64_t[]){ 1, x->context + x->window }, &w->held[0], err));
    return xb_engine_session_bind(w->run->engine, stage->window_input, &w->held[0], err);
}

xybrid_status xb_windows_open(xb_windows *w, const xb_engine_run *run, xb_mem *mem, xb_window_fn fn, void *ctx,
                              xybrid_error *err) {
    const xb_pack_execution *x = &run->stage->pack->execution;
    *w = (xb_windows){ .run = run, .rules = x, .fn = fn, .ctx = ctx, .mem = mem, .have = x->context };
    w->held = xb_calloc(mem, (size_t)(1 + x->carry_count + run->stage->model->output_count), sizeof *w->held, err);
    if (!w->held) return err->code;
    xb_engine_session_reset(run->engine);
    return bind_all(w, err);
}

static xybrid_status run_one(xb_windows *w, xybrid_error *err) {
    xb_tensor *outputs = w->held + 1 + w->rules->carry_count;
    XB_TRY(xb_cancel_check(w->run->session->request, err));
    xybrid_status st = xb_engine_run_bound(w->run, w->run->stage->wanted, outputs, err);
    if (st == XYBRID_OK) st = w->fn(w->ctx, w->index++, outputs, err);
    for (int32_t o = 0; o < w->run->stage->model->output_count; o++) xb_tensor_drop(&outputs[o]);
    return st;
}

/* The next window's samples that are there already move to the front. */
static void advance(xb_windows *w) {
    int64_t size = w->rules->context + w->rules->window, kept = xb_max64(0, size - w->rules->hop);
    if (kept) memmove(input_of(w), input_of(w) + size - kept, (size_t)kept * sizeof(float));
    w->have = kept;
    w->skip = xb_max64(0, w->rules->hop - size);
}

xybrid_status xb_windows_push(xb_windows *w, const float *samples, int64_t count, xybrid_error *err) {
    int64_t size = w->rules->context + w->rules->window;
    w->heard += count;
    while (count) {
        int64_t passed = xb_min64(w->skip, count), taken = xb_min64(size - w->have, count - passed);
        w->skip -= passed;
        if (taken) memcpy(input_of(w) + w->have, samples + passed, (size_t)taken * sizeof(float));
        w->have += taken;
        samples += passed + taken;
        count -= passed + taken;
        if (w->have < size) continue;
        XB_TRY(run_one(w, err));
        advance(w);
    }
    return XYBRID_OK;
}

xybrid_status xb_windows_finish(xb_windows *w, xybrid_error *err) {
    int64_t windows = xb_windows_count(w->rules, w->heard), size = w->rules->context + w->rules->window;
    while (w->index < windows) {
        memset(input_of(w) + w->have, 0, (size_t)(size - w->have) * sizeof(float));
        XB_TRY(run_one(w, err));
        advance(w);
    }
    return XYBRID_OK;
}

void xb_windows_close(xb_windows *w) {
    if (!w->held) return;
    xb_engine_session_reset(w->run->engine); /* the first states and the input are about to go */
    xb_engine_session_unbind(w->run->engine);
    int32_t count = 1 + w->rules->carry_count + w->run->stage->model->output_count;
    for (int32_t i = 0; i < count; i++) xb_tensor_drop(&w->held[i]);
    xb_free(w->mem, w->held);
    w->held = NULL;
}
