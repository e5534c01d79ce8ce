/* flow/sound.c - from an envelope to samples. */
#include "flow/sound.h"

#include "audio/mix.h"
#include "audio/resample.h"
#include "base/checked.h"
#include "base/error.h"
#include "codec/audio.h"
#include "codec/wav.h"
#include "plat/cancel.h"

enum {
    PIECE = 4096,      /* frames that are mixed at once */
    FORESEEN = 1 << 22 /* samples that a header is believed without a look at them */
};

/* ---- encoded bytes ---- */

typedef struct sound_decoding {
    xb_mem          *mem;
    xybrid_cancel   *cancel;
    xb_audio_reader *reader;
    xb_resampler    *resampler;
    int32_t          rate_hz, from_channels, channels;
    float           *mono; /* [PIECE] */
    float           *all;  /* [room, channels] */
    int64_t          frames, room;
} sound_decoding;

static xybrid_status make_room(sound_decoding *d, int64_t frames, xybrid_error *err) {
    if (frames > XB_MAX_AUDIO_FRAMES)
        return xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, "input", "the recording has more than %d samples at %d Hz",
                       XB_MAX_AUDIO_FRAMES, (int)d->rate_hz);
    if (frames <= d->room) return XYBRID_OK;
    int64_t room = xb_max64(frames, d->room + d->room / 2);
    float  *grown = xb_realloc(d->mem, d->all, xb_size(room * d->channels * (int64_t)sizeof *grown), err);
    if (!grown) return err->code;
    d->all = grown;
    d->room = room;
    return XYBRID_OK;
}

static xybrid_status pull_all(sound_decoding *d, xybrid_error *err) {
    int64_t ready = xb_resampler_ready(d->resampler);
    XB_TRY(make_room(d, d->frames + ready, err));
    d->frames += xb_resampler_pull(d->resampler, d->all + d->frames * d->channels, ready);
    return XYBRID_OK;
}

static xybrid_status push_piece(sound_decoding *d, const float *samples, int64_t frames, xybrid_error *err) {
    for (int64_t count; frames > 0; frames -= count, samples += count * d->from_channels) {
        const float *piece = samples;
        count = xb_min64(frames, PIECE);
        if (d->channels != d->from_channels) {
            xb_audio_mean(samples, count, d->from_channels, d->mono);
            piece = d->mono;
        }
        XB_TRY(xb_resampler_push(d->resampler, piece, count, err));
        XB_TRY(pull_all(d, err));
    }
    return xb_cancel_check(d->cancel, err);
}

static xybrid_status decode_all(sound_decoding *d, const xb_isa *isa, const xybrid_view *v, int32_t channels,
                                xybrid_error *err) {
    XB_TRY(xb_audio_open(d->mem, v->data, v->size_bytes, &d->reader, err));
    const xb_audio_info *info = xb_audio_reader_info(d->reader);
    d->from_channels = info->channels;
    d->channels = info->channels == channels ? channels : 1;
    XB_TRY(xb_resampler_new(d->mem, isa, info->rate_hz, d->rate_hz, d->channels, &d->resampler, err));
    d->mono = xb_malloc(d->mem, PIECE * sizeof *d->mono, err);
    if (!d->mono) return err->code;
    int64_t foreseen = (int64_t)((double)info->frames * d->rate_hz / info->rate_hz) + 1; /* 1 or less: not known */
    XB_TRY(make_room(d, xb_max64(1, xb_min64(foreseen, FORESEEN / d->channels)), err));
    for (int64_t frames = 1; frames > 0;) {
        const float *samples;
        XB_TRY(xb_audio_next(d->reader, &samples, &frames, err));
        XB_TRY(push_piece(d, samples, frames, err));
    }
    XB_TRY(xb_resampler_finish(d->resampler, err));
    return pull_all(d, err);
}

static void release_samples(void *ctx, const void *data) { xb_free(ctx, (void *)(uintptr_t)data); }

/* [frames, channels], or [frames, 1] where the recording has another number of channels. */
static xybrid_status decode(sound_decoding *d, const xb_isa *isa, const xybrid_view *v, int32_t channels, xb_tensor *out,
                            xybrid_error *err) {
    xb_buf       *buf = NULL;
    xybrid_status st;
    XB_TRY_OUT(decode_all(d, isa, v, channels, err));
    int64_t bytes = d->frames * d->channels * (int64_t)sizeof *d->all;
    XB_TRY_OUT(xb_buf_from(d->mem, d->all, bytes, release_samples, d->mem, &buf, err));
    d->all = NULL;
    st = xb_tensor_from_buf(buf, 0, XYBRID_FLOAT32, 2, (int64_t[]){ d->frames, d->channels }, out, err);
    xb_buf_drop(buf);
out:
    xb_free(d->mem, d->all);
    xb_free(d->mem, d->mono);
    xb_resampler_free(d->resampler);
    xb_audio_close(d->reader);
    return st;
}

/* ---- samples ---- */

/* Drops *t and puts `made` in its place, unless the step failed. */
static xybrid_status replace(xybrid_status st, xb_tensor *t, const xb_tensor *made) {
    if (st) return st;
    xb_tensor_drop(t);
    *t = *made;
    return XYBRID_OK;
}

xybrid_status xb_sound_convert(xb_mem *mem, const xb_isa *isa, const xb_tensor *samples, int32_t from_hz, int32_t rate_hz,
                               int32_t channels, xb_tensor *out, xybrid_error *err) {
    xb_tensor     t = xb_tensor_keep(samples), made;
    xybrid_status st = XYBRID_OK;
    if (t.shape[0] == 0) XB_TRY_OUT(xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the recording has no samples"));
    XB_TRY_OUT(replace(xb_audio_finite(mem, &t, &made, err), &t, &made));
    if (t.shape[1] != channels) /* by way of one channel: first down, then up after resampling */
        XB_TRY_OUT(replace(xb_audio_to_mono(mem, &t, &made, err), &t, &made));
    XB_TRY_OUT(replace(xb_audio_resample(mem, isa, &t, from_hz, rate_hz, &made, err), &t, &made));
    if (t.rank == 1 && channels > 1) XB_TRY_OUT(replace(xb_audio_spread(mem, &t, channels, &made, err), &t, &made));
    st = xb_tensor_reshape(&t, 2, (int64_t[]){ -1, channels }, out, err);
out:
    xb_tensor_drop(&t);
    return st;
}

xybrid_status xb_sound_of(xb_mem *mem, const xb_isa *isa, xybrid_cancel *cancel, const xybrid_envelope *e, int32_t rate_hz,
                          int32_t channels, xb_tensor *out, xybrid_error *err) {
    const xybrid_view *v = &e->view;
    xb_tensor          samples;
    int32_t            from_hz = v->sample_rate;
    if (v->kind != XYBRID_AUDIO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is %s; Audio is wanted here (samples, or a file's bytes)", xb_envelope_kind_name(v->kind));
    if (v->format == XYBRID_FORMAT_ENCODED) {
        XB_TRY(decode(&(sound_decoding){ .mem = mem, .cancel = cancel, .rate_hz = rate_hz }, isa, v, channels, &samples, err));
        from_hz = rate_hz;
    } else if (v->format == XYBRID_FORMAT_F32) {
        XB_TRY(xb_tensor_reshape(&e->tensor, 2, (int64_t[]){ -1, v->channels }, &samples, err));
    } else {
        XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 2, (int64_t[]){ v->count, v->channels }, &samples, err));
        xb_pcm_decode(XB_WAV_PCM16, v->data, v->count * v->channels, samples.data);
    }
    xybrid_status st = xb_sound_convert(mem, isa, &samples, from_hz, rate_hz, channels, out, err);
    xb_tensor_drop(&samples);
    return st;
}
