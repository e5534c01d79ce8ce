/* flow/run_windowed.c - a stage that hears its samples window by window: all windows of a recording, their outputs put one behind
 * the other. */
#include <string.h>

#include "base/error.h"
#include "flow/windows.h"

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

typedef struct gathered {
    const xb_stage *stage;
    xb_mem         *mem;
    xb_tensor      *all; /* for each output of the engine: [windows, its own shape...] */
    int64_t         windows;
} gathered;

/* Copies output `o` of window `index` behind those of the windows before. */
static xybrid_status gather_one(const gathered *g, const xb_tensor *o, int64_t index, xb_tensor *all, xybrid_error *err) {
    if (index == 0) {
        int64_t shape[XB_MAX_RANK] = { g->windows };
        int32_t rank = o->rank < XB_MAX_RANK ? o->rank : XB_MAX_RANK - 1;
        for (int32_t d = 0; d < rank; d++) shape[d + 1] = o->shape[d];
        XB_TRY(xb_tensor_new(g->mem, o->dtype, rank + 1, shape, all, err));
    }
    int64_t bytes = xb_tensor_size_bytes(o);
    if (bytes * g->windows != xb_tensor_size_bytes(all) || o->dtype != all->dtype)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "output", "an output changes its shape from window to window");
    if (bytes) memcpy((char *)all->data + index * bytes, o->data, (size_t)bytes);
    return XYBRID_OK;
}

static xybrid_status gather(void *ctx, int64_t index, const xb_tensor *outputs, xybrid_error *err) {
    const gathered *g = ctx;
    for (int32_t o = 0; o < g->stage->model->output_count; o++)
        if (g->stage->wanted[o]) XB_TRY(gather_one(g, &outputs[o], index, &g->all[o], err));
    return XYBRID_OK;
}

/* What was gathered becomes what flows. */
static xybrid_status put(const gathered *g, xb_frame *f, xybrid_error *err) {
    xb_value_clear(&f->value);
    f->value.kind = XB_VALUE_TENSORS;
    for (int32_t i = 0; i < g->stage->output_count; i++) {
        int32_t o = g->stage->output_order[i];
        if (g->windows == 0)
            XB_TRY(xb_tensor_new(f->mem, g->stage->model->outputs[o].dtype, 1, (int64_t[]){ 0 }, &g->all[o], err));
        xb_tensor t = g->all[o];
        g->all[o] = (xb_tensor){ 0 };
        XB_TRY(xb_value_add_tensor(&f->value, g->stage->model->outputs[o].name, t, err));
    }
    return XYBRID_OK;
}

xybrid_status xb_run_windowed(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    int32_t    count = run->stage->model->output_count;
    xb_windows w;
    xb_tensor  samples;
    XB_TRY(samples_of(f, &samples, err));
    int64_t       frames = xb_tensor_count(&samples);
    gathered      g = { run->stage, f->mem, NULL, xb_windows_count(&run->stage->pack->execution, frames) };
    xybrid_status st = XYBRID_OK;
    g.all = xb_calloc(f->mem, (size_t)count, sizeof *g.all, err);
    if (!g.all) st = err->code;
    else {
        st = xb_windows_open(&w, run, f->mem, gather, &g, err);
        if (st == XYBRID_OK) st = xb_windows_push(&w, samples.data, frames, err);
        if (st == XYBRID_OK) st = xb_windows_finish(&w, err);
        xb_windows_close(&w);
    }
    xb_tensor_drop(&samples);
    if (st == XYBRID_OK) st = put(&g, f, err);
    for (int32_t i = 0; g.all && i < count; i++) xb_tensor_drop(&g.all[i]);
    xb_free(f->mem, g.all);
    return st;
}
