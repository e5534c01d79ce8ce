/* flow/run_windowed.c - a stage that hears its samples window by window, with state carried from one to the next.
 *
 *     samples:  0 0 0 0 | a b c d e f g h | i j k ...        context 4, window 8, hop 8
 *     run 1:   [context | window         ]
 *     run 2:             [e f g h | i j k ...]
 */
#include <string.h>

#include "base/error.h"
#include "flow/flow_int.h"

/* float32 [1, n] of what flows: Audio or a tensor of samples of one channel. */
static xybrid_status samples_of(xb_frame *f, xb_tensor *out, xybrid_error *err) {
    xb_tensor *t;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    if (f->value.count != 1 || t->dtype != XYBRID_FLOAT32)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "a windowed model takes float32 samples of one channel; AudioDecode makes them");
    *out = xb_tensor_keep(t);
    return XYBRID_OK;
}

static int64_t window_count(const xb_pack_execution *x, int64_t frames) {
    if (x->pad_last) return (frames + x->hop - 1) / x->hop;
    return frames < x->window ? 0 : (frames - x->window) / x->hop + 1;
}

/* Fills [context + window] samples for window `index`; zeros outside the recording. */
static void fill(float *to, const xb_pack_execution *x, const float *samples, int64_t frames, int64_t index) {
    int64_t from = index * x->hop - x->context;
    for (int64_t i = 0; i < x->context + x->window; i++, from++) to[i] = from >= 0 && from < frames ? samples[from] : 0;
}

/* Constants, and zeros for what is carried: dimensions that are free are 1. */
static xybrid_status bind_fixed(const xb_engine_run *run, xb_mem *mem, xb_tensor *first, xybrid_error *err) {
    const xb_engine_model   *m = run->stage->model;
    const xb_pack_execution *x = &run->stage->pack->execution;
    for (int32_t i = 0; i < m->input_count; i++)
        if (run->stage->constants[i].data) XB_TRY(xb_engine_session_bind(run->engine, i, &run->stage->constants[i], err));
    for (int32_t c = 0; c < x->carry_count; c++) {
        int32_t            input = xb_engine_model_find(m, XYBRID_INPUT, x->carry[c].input);
        const xybrid_port *port = &m->inputs[input];
        int64_t            shape[XB_MAX_RANK] = { 0 };
        for (int32_t d = 0; d < port->rank; d++) shape[d] = port->shape[d] < 0 ? 1 : port->shape[d];
        XB_TRY(xb_tensor_zeros(mem, port->dtype, port->rank, shape, &first[c], err));
        XB_TRY(xb_engine_session_bind(run->engine, input, &first[c], err));
    }
    return XYBRID_OK;
}

/* Copies output `o` of this window behind those of the windows before: [windows, its own shape...]. */
static xybrid_status gather(xb_mem *mem, const xb_tensor *o, int64_t index, int64_t windows, xb_tensor *all,
                            xybrid_error *err) {
    if (index == 0) {
        int64_t shape[XB_MAX_RANK] = { windows };
        int32_t rank = o->rank < XB_MAX_RANK ? o->rank : XB_MAX_RANK - 1;
        for (int32_t d = 0; d < rank; d++) shape[d + 1] = o->shape[d];
        XB_TRY(xb_tensor_new(mem, o->dtype, rank + 1, shape, all, err));
    }
    int64_t bytes = xb_tensor_size_bytes(o);
    if (bytes * windows != xb_tensor_size_bytes(all) || o->dtype != all->dtype)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "output", "an output changes its shape from window to window");
    if (bytes) memcpy((char *)all->data + index * bytes, o->data, (size_t)bytes);
    return XYBRID_OK;
}

static xybrid_status run_windows(const xb_engine_run *run, xb_frame *f, const xb_tensor *samples, int64_t windows,
                                 xb_tensor *outputs, xb_tensor *all, xybrid_error *err) {
    const xb_pack_execution *x = &run->stage->pack->execution;
    const xb_engine_model   *m = run->stage->model;
    xb_tensor                input;
    XB_TRY(xb_tensor_new(f->mem, XYBRID_FLOAT32, 2, (int64_t[]){ 1, x->context + x->window }, &input, err));
    xybrid_status st = XYBRID_OK;
    for (int64_t i = 0; i < windows && st == XYBRID_OK; i++) {
        fill(input.data, x, samples->data, xb_tensor_count(samples), i);
        st = xb_cancel_check(f->cancel, err);
        if (st == XYBRID_OK) st = xb_engine_session_bind(run->engine, run->stage->window_input, &input, err);
        if (st == XYBRID_OK) st = xb_engine_run_bound(run, run->stage->wanted, outputs, err);
        for (int32_t o = 0; o < m->output_count; o++) {
            if (st == XYBRID_OK && run->stage->wanted[o]) st = gather(f->mem, &outputs[o], i, windows, &all[o], err);
            xb_tensor_drop(&outputs[o]);
        }
    }
    xb_tensor_drop(&input);
    return st;
}

xybrid_status xb_run_windowed(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    const xb_pack_execution *x = &run->stage->pack->execution;
    const xb_engine_model   *m = run->stage->model;
    xb_tensor                samples;
    XB_TRY(samples_of(f, &samples, err));
    int64_t       windows = window_count(x, xb_tensor_count(&samples));
    int32_t       held_count = x->carry_count + 2 * m->output_count;
    xb_tensor    *held = xb_calloc(f->mem, (size_t)held_count, sizeof *held, err); /* first states, outputs, gathered outputs */
    xybrid_status st = held ? XYBRID_OK : err->code;
    xb_tensor    *outputs = held + x->carry_count, *all = outputs + m->output_count;
    if (st == XYBRID_OK) {
        xb_engine_session_reset(run->engine);
        st = bind_fixed(run, f->mem, held, err);
    }
    if (st == XYBRID_OK) st = run_windows(run, f, &samples, windows, outputs, all, err);
    xb_tensor_drop(&samples);
    if (held) {
        xb_engine_session_reset(run->engine); /* the first states are about to go */
        xb_value_clear(&f->value);
        f->value.kind = XB_VALUE_TENSORS;
    }
    for (int32_t i = 0; i < run->stage->output_count && st == XYBRID_OK; i++) {
        int32_t o = run->stage->output_order[i];
        if (windows == 0) st = xb_tensor_new(f->mem, m->outputs[o].dtype, 1, (int64_t[]){ 0 }, &all[o], err);
        xb_tensor t = all[o];
        all[o] = (xb_tensor){ 0 };
        if (st == XYBRID_OK) st = xb_value_add_tensor(&f->value, m->outputs[o].name, t, err);
    }
    for (int32_t i = 0; held && i < held_count; i++) xb_tensor_drop(&held[i]);
    xb_free(f->mem, held);
    return st;
}
