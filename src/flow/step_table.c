/* flow/step_table.c - every step there is, and running a list of them. */
#include "flow/step_table.h"

#include <string.h>

#include "base/error.h"
#include "flow/step_rows.h"

/* steps of the original that this build parses and does not run */
#define KNOWN(name, where) { name, where, 0, NULL, NULL, NULL }
static const xb_step_row not_here[] = {
    KNOWN("PhonemeRaw", XB_STEP_PRE),
    KNOWN("CodecDecode", XB_STEP_POST),
};

static const xb_step_row *const rows[] = {
    &xb_step_audio_decode,
    &xb_step_tokenize,
    &xb_step_color,
    &xb_step_resize,
    &xb_step_center_crop,
    &xb_step_normalize,
    &xb_step_pad,
    &xb_step_reshape,
    &xb_step_softmax,
    &xb_step_argmax,
    &xb_step_topk,
    &xb_step_threshold,
    &xb_step_meanpool,
    &xb_step_ctc_decode,
    &xb_step_bpe_decode,
    &xb_step_whisper_decode,
    &xb_step_detection,
    &xb_step_text_boxes,
    &xb_step_text_turn,
    &xb_step_vad_segments,
    &xb_step_temperature_sample,
    &xb_step_denormalize,
    &xb_step_mel_spectrogram,
    &xb_step_filter_bank,
    &xb_step_normalize_audio,
    &xb_step_phonemize,
    &xb_step_tts_encode,
};
enum { ROWS = sizeof rows / sizeof rows[0], NOT_HERE = sizeof not_here / sizeof not_here[0] };

const xb_step_row *xb_step_at(int32_t index) {
    if (index < 0 || index >= ROWS + NOT_HERE) return NULL;
    return index < ROWS ? rows[index] : &not_here[index - ROWS];
}

const xb_step_row *xb_step_find(const char *name) {
    const xb_step_row *row;
    for (int32_t i = 0; (row = xb_step_at(i)) && strcmp(row->name, name);) i++;
    return row;
}

static xybrid_status fail_unknown(const char *where, const char *name, xybrid_error *err) {
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, name,
                   "%s.type is \"%.80s\": there is no such step, and none was registered under this name", where, name);
}

static xybrid_status open_builtin(xb_step_maker *m, const xb_step_row *row, int32_t where, xb_step *step, xybrid_error *err) {
    if (!row->run)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, row->name, "%s.type is %s: this build does not run that step", m->where,
                       row->name);
    if (!(row->where & where))
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, row->name, "%s.type is %s: that step stands in %s", m->where, row->name,
                       where == XB_STEP_PRE ? "postprocessing" : "preprocessing");
    step->state = xb_arena_alloc(m->arena, row->state_bytes, err);
    if (!step->state) return err->code;
    if (row->open) XB_TRY(row->open(m, step->state, err));
    step->row = row; /* from here on close is called */
    return XYBRID_OK;
}

xybrid_status xb_steps_open(xb_env *env, xb_arena *arena, xb_pack *pack, const xb_pack_steps *from, int32_t where,
                            const char *stage, xb_steps *out, xybrid_error *err) {
    *out = (xb_steps){ .where = where, .stage = stage };
    out->items = xb_arena_array(arena, (size_t)from->count, sizeof *out->items, err);
    if (!out->items) return err->code;
    for (int32_t i = 0; i < from->count; i++) {
        const xb_pack_step *p = &from->items[i];
        xb_step            *step = &out->items[i];
        char                path[160];
        xb_format(path, sizeof path, "%s[%d]", from->where, i);
        xb_step_maker      m = { &env->root->mem, arena, pack, p->params, path };
        const xb_step_row *row = xb_step_find(p->type);
        step->name = p->type;
        out->count = i + 1;
        if (row) {
            XB_TRY(open_builtin(&m, row, where, step, err));
            continue;
        }
        xb_mutex_lock(&env->mutex);
        const xb_custom_step *custom = xb_custom_step_find(env->steps, p->type);
        xb_mutex_unlock(&env->mutex);
        if (!custom) return fail_unknown(path, p->type, err);
        XB_TRY(xb_custom_step_open(custom, &m, &step->state, err));
        step->custom = custom;
    }
    return XYBRID_OK;
}

void xb_steps_close(xb_steps *steps, xb_mem *mem) {
    for (int32_t i = 0; i < steps->count; i++) {
        xb_step *step = &steps->items[i];
        if (step->custom) xb_custom_step_close(step->custom, step->state);
        else if (step->row && step->row->close) step->row->close(step->state, mem);
    }
    steps->count = 0;
}

xybrid_status xb_steps_run(const xb_steps *steps, xb_frame *f, xb_trace *trace, xybrid_error *err) {
    for (int32_t i = 0; i < steps->count; i++) {
        const xb_step *step = &steps->items[i];
        int64_t        start_ns = xb_trace_now(trace);
        XB_TRY(xb_cancel_check(f->cancel, err));
        xybrid_status st = step->custom ? xb_custom_step_run(step->custom, step->state, f, err)
                                        : step->row->run(step->state, f, err);
        if (st) {
            int pre = steps->where == XB_STEP_PRE;
            if (st == XYBRID_INVALID_ARGUMENT && strcmp(err->subject, "input") == 0) return st; /* what the caller gave */
            return xb_wrap_argument(err, pre ? XYBRID_PREPROCESSING_FAILED : XYBRID_POSTPROCESSING_FAILED, i, step->name,
                                    "%s failed at \"%s\" (step %d of %d%s%s): ", pre ? "preprocessing" : "postprocessing",
                                    step->name, i + 1, steps->count, steps->stage ? " of stage " : "",
                                    steps->stage ? steps->stage : "");
        }
        xb_trace_add(trace, step->name, steps->where == XB_STEP_PRE ? "preprocessing" : "postprocessing", steps->stage,
                     start_ns);
    }
    return XYBRID_OK;
}
