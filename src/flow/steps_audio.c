/* flow/steps_audio.c - AudioDecode, and the speech segments of voice activity detection. */
#include <string.h>

#include "audio/vad.h"
#include "base/error.h"
#include "flow/sound.h"
#include "flow/step_rows.h"
#include "plat/cpu.h"

/* ---- AudioDecode: bytes or samples -> float32 [frames, channels] at "sample_rate" ---- */

typedef struct audio_state {
    int64_t       rate_hz, channels;
    const xb_isa *isa;
} audio_state;

static xybrid_status audio_open(xb_step_maker *m, void *state, xybrid_error *err) {
    audio_state *s = state;
    s->isa = xb_isa_best(xb_cpu_features());
    XB_TRY(xb_json_get_int(m->params, m->where, "sample_rate", 1, XB_MAX_AUDIO_RATE, &s->rate_hz, err));
    return xb_json_get_int(m->params, m->where, "channels", 1, XB_MAX_AUDIO_CHANNELS, &s->channels, err);
}

int32_t xb_step_audio_rate(const void *audio_decode) { return (int32_t)((const audio_state *)audio_decode)->rate_hz; }

static xybrid_status audio_run(const void *state, xb_frame *f, xybrid_error *err) {
    const audio_state *s = state;
    int32_t            rate_hz = (int32_t)s->rate_hz, channels = (int32_t)s->channels;
    xb_tensor          samples;
    if (f->value.kind == XB_VALUE_AUDIO)
        XB_TRY(
            xb_sound_convert(f->mem, s->isa, &f->value.tensors[0].tensor, f->value.rate_hz, rate_hz, channels, &samples, err));
    else if (f->value.kind == XB_VALUE_ENVELOPE)
        XB_TRY(xb_sound_of(f->mem, s->isa, f->cancel, f->value.envelope, rate_hz, channels, &samples, err));
    else
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is %s; Audio is wanted here (samples, or a file's bytes)", xb_value_describe(&f->value));
    f->audio_frames = samples.shape[0];
    f->audio_rate_hz = rate_hz;
    f->value.rate_hz = rate_hz;
    return xb_value_set_tensor(&f->value, XB_VALUE_AUDIO, "", samples, err);
}

/* ---- VadSegments: a probability for each window -> List of Text "speech" with times and score ---- */

typedef struct vad_state {
    xb_vad_options options;
} vad_state;

static xybrid_status vad_open(xb_step_maker *m, void *state, xybrid_error *err) {
    xb_vad_options *o = &((vad_state *)state)->options;
    double          threshold, negative, longest;
    int64_t         rate, window, speech, silence, pad;
    xb_vad_options_init(o);
    XB_TRY(xb_json_opt_double(m->params, m->where, "threshold", 0, 1, (double)o->threshold, &threshold, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "neg_threshold", 0, 1, XYBRID_AUTO, &negative, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "max_speech_s", 0, 1e6, 0, &longest, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "sample_rate", 1, XB_MAX_AUDIO_RATE, o->rate_hz, &rate, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "window", 1, 1 << 20, o->window_samples, &window, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "min_speech_ms", 0, 1 << 20, o->min_speech_ms, &speech, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "min_silence_ms", 0, 1 << 20, o->min_silence_ms, &silence, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "pad_ms", 0, 1 << 20, o->pad_ms, &pad, err));
    *o = (xb_vad_options){ (float)threshold, (float)negative,  (int32_t)rate, (int32_t)window,
                           (int32_t)speech,  (int32_t)silence, (int32_t)pad,  (float)longest };
    return XYBRID_OK;
}

const xb_vad_options *xb_step_vad_options(const void *vad_segments) { return &((const vad_state *)vad_segments)->options; }

typedef struct segment_items {
    xb_frame             *frame;
    const xb_vad_segment *segments;
    int32_t               rate_hz;
} segment_items;

static xybrid_status segment_item(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const segment_items  *c = ctx;
    const xb_vad_segment *s = &c->segments[index];
    XB_TRY(xb_envelope_new_text(c->frame->root, c->frame->mem, "speech", 6, out, err));
    xb_envelope_set_score(*out, s->score);
    xb_envelope_set_times(*out, s->start_sample * 1000 / c->rate_hz, s->end_sample * 1000 / c->rate_hz);
    return XYBRID_OK;
}

static xybrid_status vad_run(const void *state, xb_frame *f, xybrid_error *err) {
    const xb_vad_options *o = &((const vad_state *)state)->options;
    xb_tensor            *t, x;
    xb_vad_segment       *segments = NULL;
    int64_t               count = 0;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err));
    int64_t       frames = f->audio_frames && f->audio_rate_hz == o->rate_hz ? f->audio_frames : XYBRID_AUTO;
    xybrid_status st = xb_vad_segments(f->mem, x.data, xb_tensor_count(&x), frames, o, &segments, &count, err);
    if (st == XYBRID_OK) st = xb_frame_put_list(f, count, segment_item, &(segment_items){ f, segments, o->rate_hz }, err);
    xb_free(f->mem, segments);
    xb_tensor_drop(&x);
    return st;
}

const xb_step_row xb_step_audio_decode = { "AudioDecode", XB_STEP_PRE, sizeof(audio_state), audio_open, audio_run, NULL };
const xb_step_row xb_step_vad_segments = { "VadSegments", XB_STEP_POST, sizeof(vad_state), vad_open, vad_run, NULL };
