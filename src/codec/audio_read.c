/* codec/audio_read.c - finds the codec, and holds what it makes against the limits. The codec for WAV is here, too; its bytes
 * are read by wav.c. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/audio_int.h"
#include "codec/wav.h"

struct xb_audio_reader {
    xb_mem               *mem;
    const xb_audio_codec *codec;
    xb_audio_info         info;
    int64_t               made; /* frames */
    int64_t               max_frames;
    void                 *state;
};

/* ---- WAV as a codec ---- */

typedef struct wav_state {
    const uint8_t *bytes;
    xb_wav_info    info;
    int64_t        at; /* frame */
    float          samples[8192];
} wav_state;

static xybrid_status wav_open(void *state, xb_mem *mem, const uint8_t *bytes, int64_t size, xb_audio_info *info,
                              xybrid_error *err) {
    wav_state *s = state;
    (void)mem;
    XB_TRY(xb_wav_read(bytes, size, &s->info, err));
    s->bytes = bytes;
    info->rate_hz = s->info.rate_hz;
    info->channels = s->info.channels;
    info->frames = s->info.frames;
    return XYBRID_OK;
}

static xybrid_status wav_next(void *state, const float **samples, int64_t *frames, xybrid_error *err) {
    wav_state *s = state;
    (void)err;
    *frames = xb_min64((int64_t)(sizeof s->samples / sizeof s->samples[0]) / s->info.channels, s->info.frames - s->at);
    *samples = s->samples;
    xb_wav_decode(&s->info, s->bytes, s->at, *frames, s->samples);
    s->at += *frames;
    return XYBRID_OK;
}

static void wav_close(void *state) { (void)state; }

const xb_audio_codec xb_audio_wav = { sizeof(wav_state), wav_open, wav_next, wav_close };

/* ---- readers ---- */

int64_t xb_id3_bytes(const uint8_t *p, int64_t size) {
    if (size < 10 || memcmp(p, "ID3", 3) != 0 || p[3] > 9 || ((p[6] | p[7] | p[8] | p[9]) & 0x80)) return 0;
    int64_t inside = (int64_t)p[6] << 21 | p[7] << 14 | p[8] << 7 | p[9];
    return 10 + inside + (p[5] & 0x10 ? 10 : 0); /* a footer repeats the header */
}

static const xb_audio_codec *codec_of(xb_kind kind) {
    switch (kind) {
    case XB_KIND_WAV: return &xb_audio_wav;
#ifdef XYBRID_WITH_FLAC
    case XB_KIND_FLAC: return &xb_audio_flac;
#endif
#ifdef XYBRID_WITH_MP3
    case XB_KIND_MP3: return &xb_audio_mp3;
#endif
#ifdef XYBRID_WITH_VORBIS
    case XB_KIND_OGG: return &xb_audio_vorbis;
#endif
    default: return NULL;
    }
}

int xb_audio_is_known(xb_kind kind) { return codec_of(kind) != NULL; }

static xybrid_status reader_open(xb_audio_reader *r, const uint8_t *bytes, int64_t size, xybrid_error *err) {
    int64_t tag = xb_id3_bytes(bytes, size);
    if (tag > 0 && size - tag > 4 && memcmp(bytes + tag, "fLaC", 4) == 0) bytes += tag, size -= tag;
    r->info.kind = xb_sniff(bytes, size);
    r->codec = codec_of(r->info.kind);
    if (!r->codec)
        return xb_kind_is_audio(r->info.kind)
                   ? xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, "", "%s was left out of this build of the library",
                             xb_kind_name(r->info.kind))
                   : xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, 0, "",
                                "audio expected, found %s; WAV, FLAC, MP3 and Ogg Vorbis are supported",
                                xb_kind_name(r->info.kind));
    r->state = xb_calloc(r->mem, 1, r->codec->state_bytes, err);
    if (!r->state) return err->code;
    XB_TRY(r->codec->open(r->state, r->mem, bytes, size, &r->info, err));
    int64_t floats = XB_MAX_INFLATED_BYTES / (int64_t)sizeof(float);
    r->max_frames = r->info.kind == XB_KIND_WAV ? XB_MAX_AUDIO_FRAMES
                                                : xb_min64(XB_MAX_AUDIO_FRAMES, floats / r->info.channels);
    return XYBRID_OK;
}

xybrid_status xb_audio_open(xb_mem *mem, const void *bytes, int64_t size, xb_audio_reader **out, xybrid_error *err) {
    xb_audio_reader *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    r->mem = mem;
    xybrid_status st = reader_open(r, bytes, size, err);
    if (st) xb_audio_close(r);
    else *out = r;
    return st;
}

const xb_audio_info *xb_audio_reader_info(const xb_audio_reader *r) { return &r->info; }

xybrid_status xb_audio_next(xb_audio_reader *r, const float **samples, int64_t *frames, xybrid_error *err) {
    XB_TRY(r->codec->next(r->state, samples, frames, err));
    r->made += *frames;
    if (r->made > r->max_frames)
        return xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, "", "%s: more than %lld samples of %d channels; that is the limit",
                       xb_kind_name(r->info.kind), (long long)r->max_frames, (int)r->info.channels);
    return XYBRID_OK;
}

void xb_audio_close(xb_audio_reader *r) {
    if (!r) return;
    if (r->state) r->codec->close(r->state);
    xb_free(r->mem, r->state);
    xb_free(r->mem, r);
}

/* Makes room for `wanted` floats, by half as much again. */
static xybrid_status make_room(xb_mem *mem, float **samples, int64_t *room, int64_t wanted, xybrid_error *err) {
    if (wanted <= *room) return XYBRID_OK;
    int64_t more = xb_max64(wanted, *room + *room / 2);
    float  *grown = xb_realloc(mem, *samples, xb_size(more * (int64_t)sizeof **samples), err);
    if (!grown) return err->code;
    *samples = grown;
    *room = more;
    return XYBRID_OK;
}

xybrid_status xb_audio_decode(xb_mem *mem, const void *bytes, int64_t size, xb_audio_info *info, float **samples,
                              xybrid_error *err) {
    xb_audio_reader *r;
    XB_TRY(xb_audio_open(mem, bytes, size, &r, err));
    int32_t       channels = r->info.channels;
    int64_t       room = 0, more = 1;
    float        *all = NULL;
    const float  *piece;
    xybrid_status st = make_room(mem, &all, &room, xb_max64(1, xb_min64(r->info.frames, 1 << 16)) * channels, err);
    while (st == XYBRID_OK && more > 0) {
        st = xb_audio_next(r, &piece, &more, err);
        if (st == XYBRID_OK) st = make_room(mem, &all, &room, r->made * channels, err);
        if (st == XYBRID_OK && more > 0)
            memcpy(all + (r->made - more) * channels, piece, (size_t)(more * channels) * sizeof *all);
    }
    if (st == XYBRID_OK) {
        float *fitted = xb_realloc(mem, all, xb_size(xb_max64(1, r->made * channels) * (int64_t)sizeof *all), err);
        if (fitted) all = fitted;
        *info = r->info;
        info->frames = r->made;
        *samples = all;
    } else xb_free(mem, all);
    xb_audio_close(r);
    return st;
}
