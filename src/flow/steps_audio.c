/* flow/steps_audio.c - AudioDecode, and the speech segments of voice activity detection. */
#include <string.h>

#include "audio/mix.h"
#include "audio/resample.h"
#include "audio/vad.h"
#include "base/checked.h"
#include "base/error.h"
#include "codec/audio.h"
#include "codec/wav.h"
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

/* Encoded bytes at the wanted rate, piece by piece, so that only the result is there whole: [frames, channels] if the recording
 * has as many as are wanted, else [frames, 1]. */
typedef struct audio_decoding {
    const audio_state *state;
    xb_mem            *mem;
    xb_audio_reader   *reader;
    xb_resampler      *resampler;
    int32_t            from_channels, channels;
    float             *mono; /* [PIECE] */
    float             *all;  /* [room, channels] */
    int64_t            frames, room;
} audio_decoding;

enum { PIECE = 4096 };

static xybrid_status pull_all(audio_decoding *r, xybrid_error *err) {
    int64_t ready = xb_resampler_ready(r->resampler), wanted = r->frames + ready;
    if (wanted > r->room) {
        int64_t room = xb_max64(wanted, r->room * 2);
        float  *grown = xb_realloc(r->mem, r->all, xb_size(room * r->channels * (int64_t)sizeof *grown), err);
        if (!grown) return err->code;
        r->all = grown;
        r->room = room;
    }
    r->frames += xb_resampler_pull(r->resampler, r->all + r->frames * r->channels, ready);
    return r->frames <= XB_MAX_AUDIO_FRAMES
               ? XYBRID_OK
               : xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, "input", "the recording has more than %d samples at %d Hz",
                         XB_MAX_AUDIO_FRAMES, (int)r->state->rate_hz);
}

static xybrid_status push_piece(audio_decoding *r, const float *samples, int64_t frames, xybrid_error *err) {
    while (frames > 0) {
        int64_t      count = xb_min64(frames, PIECE);
        const float *piece = samples;
        if (r->channels != r->from_channels) {
            xb_audio_mean(samples, count, r->from_channels, r->mono);
            piece = r->mono;
        }
        XB_TRY(xb_resampler_push(r->resampler, piece, count, err));
        XB_TRY(pull_all(r, err));
        samples += count * r->from_channels;
        frames -= count;
    }
    return XYBRID_OK;
}

static xybrid_status decode_all(audio_decoding *r, const xybrid_view *v, xybrid_error *err) {
    XB_TRY(xb_audio_open(r->mem, v->data, v->size_bytes, &r->reader, err));
    const xb_audio_info *info = xb_audio_reader_info(r->reader);
    r->from_channels = info->channels;
    r->channels = info->channels == r->state->channels ? info->channels : 1;
    XB_TRY(xb_resampler_new(r->mem, r->state->isa, info->rate_hz, (int32_t)r->state->rate_hz, r->channels, &r->resampler, err));
    r->mono = xb_malloc(r->mem, PIECE * sizeof *r->mono, err);
    if (!r->mono) return err->code;
    for (int64_t frames = 1; frames > 0;) {
        const float *samples;
        XB_TRY(xb_audio_next(r->reader, &samples, &frames, err));
        XB_TRY(push_piece(r, samples, frames, err));
    }
    XB_TRY(xb_resampler_finish(r->resampler, err));
    return pull_all(r, err);
}

static void release_samples(void *ctx, const void *data) { xb_free(ctx, (void *)(uintptr_t)data); }

static xybrid_status decode(xb_frame *f, const audio_state *s, const xybrid_view *v, xb_tensor *out, xybrid_error *err) {
    audio_decoding r = { .state = s, .mem = f->mem };
    xb_buf        *buf = NULL;
    xybrid_status  st;
    XB_TRY_OUT(decode_all(&r, v, err));
    if (!r.all) XB_TRY_OUT(xb_tensor_new(f->mem, XYBRID_FLOAT32, 2, (int64_t[]){ 0, r.channels }, out, err));
    else {
        int64_t bytes = r.frames * r.channels * (int64_t)sizeof *r.all;
        XB_TRY_OUT(xb_buf_from(f->mem, r.all, bytes, release_samples, f->mem, &buf, err));
        r.all = NULL;
        st = xb_tensor_from_buf(buf, 0, XYBRID_FLOAT32, 2, (int64_t[]){ r.frames, r.channels }, out, err);
        xb_buf_drop(buf);
    }
out:
    xb_free(f->mem, r.all);
    xb_free(f->mem, r.mono);
    xb_resampler_free(r.resampler);
    xb_audio_close(r.reader);
    return st;
}

/* What came, as float32 [frames, channels]; encoded bytes are at the wanted rate already. */
static xybrid_status samples_of(xb_frame *f, const audio_state *s, xb_tensor *out, int32_t *rate_hz, xybrid_error *err) {
    if (f->value.kind == XB_VALUE_AUDIO) {
        *out = xb_tensor_keep(&f->value.tensors[0].tensor);
        *rate_hz = f->value.rate_hz;
        return XYBRID_OK;
    }
    if (f->value.kind != XB_VALUE_ENVELOPE || f->value.envelope->view.kind != XYBRID_AUDIO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is %s; Audio is wanted here (samples, or a file's bytes)", xb_value_describe(&f->value));
    const xybrid_view *v = &f->value.envelope->view;
    *rate_hz = v->sample_rate;
    switch (v->format) {
    case XYBRID_FORMAT_ENCODED: *rate_hz = (int32_t)s->rate_hz; return decode(f, s, v, out, err);
    case XYBRID_FORMAT_F32: return xb_tensor_reshape(&f->value.envelope->tensor, 2, (int64_t[]){ -1, v->channels }, out, err);
    default:
        XB_TRY(xb_tensor_new(f->mem, XYBRID_FLOAT32, 2, (int64_t[]){ v->count, v->channels }, out, err));
        xb_pcm_decode(XB_WAV_PCM16, v->data, v->count * v->channels, out->data);
        return XYBRID_OK;
    }
}

static xybrid_status audio_run(const void *state, xb_frame *f, xybrid_error *err) {
    const audio_state *s = state;
    xb_tensor          samples, mixed, resampled, shaped;
    int32_t            rate_hz;
    XB_TRY(samples_of(f, s, &samples, &rate_hz, err));
    if (samples.shape[0] == 0) {
        xb_tensor_drop(&samples);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the recording has no samples");
    }
    xybrid_status st = xb_audio_finite(f->mem, &samples, &mixed, err);
    xb_tensor_drop(&samples);
    if (st) return st;
    samples = mixed;
    if (samples.shape[1] != s->channels) { /* by way of one channel: first down, then up after resampling */
        st = xb_audio_to_mono(f->mem, &samples, &mixed, err);
        xb_tensor_drop(&samples);
        if (st) return st;
        samples = mixed;
    }
    st = xb_audio_resample(f->mem, s->isa, &samples, rate_hz, (int32_t)s->rate_hz, &resampled, err);
    xb_tensor_drop(&samples);
    if (st) return st;
    if (resampled.rank == 1 && s->channels > 1) {
        st = xb_audio_spread(f->mem, &resampled, (int32_t)s->channels, &mixed, err);
        xb_tensor_drop(&resampled);
        if (st) return st;
        resampled = mixed;
    }
    st = xb_tensor_reshape(&resampled, 2, (int64_t[]){ -1, s->channels }, &shaped, err);
    xb_tensor_drop(&resampled);
    if (st) return st;
    f->audio_frames = shaped.shape[0];
    f->audio_rate_hz = (int32_t)s->rate_hz;
    f->value.rate_hz = (int32_t)s->rate_hz;
    return xb_value_set_tensor(&f->value, XB_VALUE_AUDIO, "", shaped, err);
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
