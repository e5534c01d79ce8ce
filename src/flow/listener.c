/* flow/listener.c - see listener.h. A piece goes: source -> float32 [frames, channels] -> mono -> resampler -> out. */
#include "flow/listener.h"

#include <string.h>

#include "audio/mix.h"
#include "audio/resample.h"
#include "base/checked.h"
#include "base/error.h"
#include "codec/audio.h"
#include "codec/wav.h"
#include "plat/cpu.h"

enum { PIECE = 4096 }; /* frames */

struct xb_listener {
    xb_mem          *mem;
    const xb_isa    *isa;
    int32_t          rate_hz;
    int              is_finished;
    xybrid_envelope *source; /* kept; NULL = none */
    xb_audio_reader *reader; /* of an encoded source */
    int64_t          at;     /* frames of a raw source that were taken */
    int32_t          from_hz;
    xb_resampler    *resampler;  /* from from_hz; NULL where the rates are equal, and before the first */
    xb_tensor        mono;       /* the piece in work */
    int              is_waiting; /* `mono`, of rate next_hz: the resampler still holds samples of another rate */
    int32_t          next_hz;
    int              is_drained;
    float            out[PIECE];
};

xybrid_status xb_listener_new(xb_mem *mem, int32_t rate_hz, xb_listener **out, xybrid_error *err) {
    xb_listener *l = xb_malloc(mem, sizeof *l, err);
    if (!l) return err->code;
    memset(l, 0, offsetof(xb_listener, out));
    l->mem = mem;
    l->isa = xb_isa_best(xb_cpu_features());
    l->rate_hz = rate_hz;
    *out = l;
    return XYBRID_OK;
}

static void end_source(xb_listener *l) {
    xb_audio_close(l->reader);
    xb_envelope_drop(l->source);
    l->reader = NULL;
    l->source = NULL;
    l->at = 0;
}

void xb_listener_free(xb_listener *l) {
    if (!l) return;
    end_source(l);
    xb_resampler_free(l->resampler);
    xb_tensor_drop(&l->mono);
    xb_free(l->mem, l);
}

void xb_listener_finish(xb_listener *l) { l->is_finished = 1; }

xybrid_status xb_listener_hear(xb_listener *l, xybrid_envelope *audio, xybrid_error *err) {
    XB_CHECK(!l->source);
    const xybrid_view *v = &audio->view;
    if (v->kind != XYBRID_AUDIO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is not Audio; samples, or the bytes of a WAV, FLAC, MP3 or Ogg Vorbis file are wanted");
    if (v->format == XYBRID_FORMAT_ENCODED) XB_TRY(xb_audio_open(l->mem, v->data, v->size_bytes, &l->reader, err));
    l->source = xb_envelope_keep(audio);
    return XYBRID_OK;
}

/* The next piece of the source as float32 [frames, channels]: a view, or (PCM16) made in l->out's place. 0 frames = its end. */
static xybrid_status next_piece(xb_listener *l, float *room, xb_tensor *out, int32_t *rate_hz, xybrid_error *err) {
    const xybrid_view *v = &l->source->view;
    *out = (xb_tensor){ .dtype = XYBRID_FLOAT32, .rank = 2 };
    if (l->reader) {
        const float         *samples;
        const xb_audio_info *info = xb_audio_reader_info(l->reader);
        XB_TRY(xb_audio_next(l->reader, &samples, &out->shape[0], err));
        out->data = (void *)(uintptr_t)samples;
        out->shape[1] = info->channels;
        *rate_hz = info->rate_hz;
        return XYBRID_OK;
    }
    int64_t frames = xb_min64(PIECE / v->channels, v->count - l->at), first = l->at * v->channels;
    out->shape[0] = frames;
    out->shape[1] = v->channels;
    *rate_hz = v->sample_rate;
    l->at += frames;
    if (v->format == XYBRID_FORMAT_F32) out->data = (float *)(uintptr_t)v->data + first;
    else {
        xb_pcm_decode(XB_WAV_PCM16, (const int16_t *)v->data + first, frames * v->channels, room);
        out->data = room;
    }
    return XYBRID_OK;
}

static xybrid_status change_rate(xb_listener *l, int32_t rate_hz, xybrid_error *err) {
    xb_resampler_free(l->resampler);
    l->resampler = NULL;
    l->from_hz = rate_hz;
    return rate_hz == l->rate_hz ? XYBRID_OK : xb_resampler_new(l->mem, l->isa, rate_hz, l->rate_hz, 1, &l->resampler, err);
}

/* The next piece of the source into l->mono, or the source's end: then l->source is NULL. */
static xybrid_status take_piece(xb_listener *l, int32_t *rate_hz, xybrid_error *err) {
    xb_tensor piece;
    xb_tensor_drop(&l->mono);
    XB_TRY(next_piece(l, l->out, &piece, rate_hz, err));
    if (piece.shape[0] == 0) {
        end_source(l);
        return XYBRID_OK;
    }
    xb_tensor finite; /* as AudioDecode does it */
    XB_TRY(xb_audio_finite(l->mem, &piece, &finite, err));
    xybrid_status st = xb_audio_to_mono(l->mem, &finite, &l->mono, err);
    xb_tensor_drop(&finite);
    return st;
}

xybrid_status xb_listener_next(xb_listener *l, const float **samples, int64_t *count, xybrid_error *err) {
    int32_t rate_hz = l->next_hz;
    for (;;) {
        *samples = l->out;
        *count = l->resampler ? xb_resampler_pull(l->resampler, l->out, PIECE) : 0;
        if (*count) return XYBRID_OK;
        if (!l->is_waiting) {
            if (!l->source) {
                if (!l->is_finished || !l->resampler || l->is_drained) return XYBRID_OK;
                l->is_drained = 1;
                XB_TRY(xb_resampler_finish(l->resampler, err));
                continue;
            }
            XB_TRY(take_piece(l, &rate_hz, err));
            if (!l->source) continue;
        }
        if (rate_hz != l->from_hz) {
            if (l->resampler && !l->is_waiting) { /* what it holds comes first */
                l->is_waiting = 1;
                l->next_hz = rate_hz;
                XB_TRY(xb_resampler_finish(l->resampler, err));
                continue;
            }
            XB_TRY(change_rate(l, rate_hz, err));
        }
        l->is_waiting = 0;
        if (!l->resampler) {
            *samples = l->mono.data;
            *count = xb_tensor_count(&l->mono);
            return XYBRID_OK;
        }
        XB_TRY(xb_resampler_push(l->resampler, l->mono.data, xb_tensor_count(&l->mono), err));
    }
}
