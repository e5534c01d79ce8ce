/* codec/mp3.c - MPEG-1, -2 and -2.5 layer III: frames are found and counted here, and decoded by dr_mp3 (minimp3), compiled into
 * this file so that no name of it leaves. Layout of frames after ISO/IEC 11172-3, 2.4.1.3 and ISO/IEC 13818-3; of the Xing
 * header and the LAME tag in it after http://gabriel.mp3-tech.org/mp3infotag.html.
 *
 * Tags (ID3v1, ID3v2, APE) and whatever else is no frame are passed over. In step, a frame begins where the last one ended;
 * out of step, one is believed if another follows it or the recording ends there. The decoder is asked for one whole frame at a
 * time, so it never searches by itself, and garbage between two frames changes no sample. A frame whose bits lie in a lost one
 * becomes silence, so that time goes on. What an encoder put before and behind the recording (LAME's delay and padding, and
 * the decoder's own 529 samples) is cut. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/audio_int.h"

#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wunused-function"
#  pragma GCC diagnostic ignored "-Wunused-parameter"
#  pragma GCC diagnostic ignored "-Wunused-variable"
#  pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#  pragma GCC diagnostic ignored "-Wconversion"
#  pragma GCC diagnostic ignored "-Wsign-conversion"
#  pragma GCC diagnostic ignored "-Wsign-compare"
#  pragma GCC diagnostic ignored "-Wshadow"
#  pragma GCC diagnostic ignored "-Wpedantic"
#  pragma GCC diagnostic ignored "-Wundef"
#  pragma GCC diagnostic ignored "-Wcast-qual"
#  pragma GCC diagnostic ignored "-Wstrict-prototypes"
#  pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#  pragma GCC diagnostic ignored "-Wtype-limits"
#  if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wunknown-warning-option"
#  endif
#endif
#define MA_API static
#define MA_NO_DEVICE_IO
#define MA_NO_ENCODING
#define MA_NO_ENGINE
#define MA_NO_FLAC
#define MA_NO_GENERATION
#define MA_NO_NODE_GRAPH
#define MA_NO_RESOURCE_MANAGER
#define MA_NO_STDIO
#define MA_NO_THREADING
#define MA_NO_WAV
#define MA_ASSERT(condition)        ((void)0)
#define MA_DR_MP3_ASSERT(condition) ((void)0)
#define MA_DR_MP3_FLOAT_OUTPUT
#define MA_DR_MP3_ONLY_MP3
#define MINIAUDIO_IMPLEMENTATION
#define ma_atomic_global_lock xb_mp3_unused_lock /* its one variable that is not static */
#include "miniaudio/miniaudio.h"
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

enum {
    FRAME_SAMPLES = 1152, /* of a channel; MPEG-2 and -2.5 have half as many */
    DECODER_DELAY = 529   /* samples that every layer III decoder is late */
};

typedef struct mp3_header {
    int32_t bytes, samples, rate_hz, channels;
    uint8_t kind[2]; /* version and rate: the same in all frames of a recording */
} mp3_header;

typedef struct mp3_state {
    xb_mem        *mem;
    const uint8_t *bytes;
    int64_t        size, at;
    int            in_step;
    mp3_header     first;
    int64_t        skip; /* samples still to be cut */
    int64_t        left; /* samples still to come; INT64_MAX = up to the end */
    ma_dr_mp3dec   decoder;
    float          samples[2 * FRAME_SAMPLES];
} mp3_state;

/* ---- headers and tags ---- */

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* Where the frames end: before an ID3v1 tag and an APE tag. */
static int64_t end_of_frames(const uint8_t *p, int64_t size) {
    if (size >= 128 && memcmp(p + size - 128, "TAG", 3) == 0) size -= 128;
    if (size >= 32 && memcmp(p + size - 32, "APETAGEX", 8) == 0) {
        const uint8_t *footer = p + size - 32;
        int64_t        tag = (int64_t)footer[15] << 24 | footer[14] << 16 | footer[13] << 8 | footer[12];
        if (footer[23] & 0x80) tag += 32; /* and a header */
        if (tag >= 32 && tag <= size) size -= tag;
    }
    return size;
}

static int read_mp3_header(const uint8_t *p, int64_t size, mp3_header *out) {
    static const uint8_t  rates[2][15] = { { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 },
                                           { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 0, 0 } };
    static const uint16_t hundreds[3] = { 441, 480, 320 };
    if (size < 4 || p[0] != 0xFF || (p[1] & 0xE6) != 0xE2 || (p[1] & 0x18) == 0x08) return 0;
    int32_t is_1 = (p[1] & 0x18) == 0x18, is_25 = (p[1] & 0x18) == 0, rate = p[2] >> 2 & 3, bit_rate = p[2] >> 4;
    if (bit_rate == 0 || bit_rate == 15 || rate == 3) return 0;
    int32_t thousands = is_1 && bit_rate > 12 ? (bit_rate == 13 ? 256 : 320) : rates[is_1][bit_rate];
    out->rate_hz = hundreds[rate] * 100 / (is_1 ? 1 : is_25 ? 4 : 2);
    out->samples = is_1 ? FRAME_SAMPLES : FRAME_SAMPLES / 2;
    out->bytes = out->samples * thousands * 125 / out->rate_hz + (p[2] >> 1 & 1);
    out->channels = p[3] >> 6 == 3 ? 1 : 2;
    out->kind[0] = p[1] & 0xFE; /* the lowest bit says whether there is a checksum */
    out->kind[1] = p[2] & 0x0C;
    return 1;
}

static int is_same_kind(const mp3_header *a, const mp3_header *b) { return memcmp(a->kind, b->kind, sizeof a->kind) == 0; }

/* Moves s->at to the next frame that lies wholly in the file; 0 at the end. `s->first.bytes` 0: any kind will do. */
static int find_frame(mp3_state *s, mp3_header *out) {
    for (; s->at < s->size; s->in_step = 0) {
        const uint8_t *p = s->bytes + s->at;
        int64_t        left = s->size - s->at, tag = xb_id3_bytes(p, left);
        mp3_header     next;
        if (tag > 0 && tag <= left) {
            s->at += tag;
            continue;
        }
        if (read_mp3_header(p, left, out) && out->bytes <= left && (s->first.bytes == 0 || is_same_kind(&s->first, out))) {
            int is_last = out->bytes == left;
            if (s->in_step || is_last ||
                (read_mp3_header(p + out->bytes, left - out->bytes, &next) && is_same_kind(&next, out)))
                return 1;
        }
        const uint8_t *sync = left > 1 ? memchr(p + 1, 0xFF, (size_t)left - 1) : NULL;
        const uint8_t *id3 = left > 1 ? memchr(p + 1, 'I', (size_t)(sync ? sync - p - 1 : left - 1)) : NULL;
        s->at = id3 ? id3 - s->bytes : sync ? sync - s->bytes : s->size;
    }
    return 0;
}

/* The frame without sound that says how long the recording is, and what to cut. */
static int read_xing(mp3_state *s, const mp3_header *h) {
    const uint8_t *p = s->bytes + s->at;
    int64_t        side = (h->samples == FRAME_SAMPLES) ? (h->channels == 1 ? 17 : 32) : (h->channels == 1 ? 9 : 17);
    int64_t        at = 4 + side, frames = -1;
    if (h->bytes >= 4 + 32 + 4 && memcmp(p + 36, "VBRI", 4) == 0) return 1;
    if (h->bytes < at + 8 || (memcmp(p + at, "Xing", 4) != 0 && memcmp(p + at, "Info", 4) != 0)) return 0;
    uint32_t flags = be32(p + at + 4);
    at += 8;
    if ((flags & 1) && h->bytes >= at + 4) frames = be32(p + at);
    at += (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
    if (h->bytes < at + 24 || p[at] == 0) return 1; /* no encoder's name: it cut nothing that we know of */
    int64_t delay = p[at + 21] << 4 | p[at + 22] >> 4, padding = (p[at + 22] & 15) << 8 | p[at + 23];
    s->skip = delay + DECODER_DELAY;
    if (frames > 0 && frames * h->samples > delay + padding) s->left = frames * h->samples - delay - padding;
    return 1;
}

/* ---- decoding ---- */

static xybrid_status mp3_open(void *state, xb_mem *mem, const uint8_t *bytes, int64_t size, xb_audio_info *info,
                              xybrid_error *err) {
    mp3_state *s = state;
    mp3_header h;
    s->mem = mem;
    s->bytes = bytes;
    s->size = end_of_frames(bytes, size);
    s->left = INT64_MAX;
    if (!find_frame(s, &h))
        return xb_fail_at(err, XYBRID_MALFORMED, xb_min64(xb_id3_bytes(bytes, size), size), "",
                          "MP3: no whole frame up to byte %lld", (long long)size);
    s->first = h;
    if (read_xing(s, &h)) s->at += h.bytes;
    s->in_step = 1;
    ma_dr_mp3dec_init(&s->decoder);
    info->rate_hz = h.rate_hz;
    info->channels = h.channels;
    info->frames = s->left == INT64_MAX ? -1 : s->left;
    return XYBRID_OK;
}

/* Mono in a stereo recording goes to both sides, stereo in a mono one becomes its mean. */
static void match_channels(float *samples, int32_t frames, int32_t from, int32_t to) {
    if (from == to) return;
    if (to == 1)
        for (int32_t i = 0; i < frames; i++) samples[i] = (samples[2 * i] + samples[2 * i + 1]) * 0.5f;
    else
        for (int32_t i = frames; i-- > 0;) samples[2 * i] = samples[2 * i + 1] = samples[i];
}

static xybrid_status mp3_next(void *state, const float **samples, int64_t *frames, xybrid_error *err) {
    mp3_state *s = state;
    mp3_header h;
    (void)err;
    *frames = 0;
    while (*frames == 0 && s->left > 0 && find_frame(s, &h)) {
        ma_dr_mp3dec_frame_info about;
        int                     made = ma_dr_mp3dec_decode_frame(&s->decoder, s->bytes + s->at, h.bytes, s->samples, &about);
        s->at += h.bytes;
        s->in_step = 1;
        if (made != h.samples) memset(s->samples, 0, sizeof s->samples);
        else match_channels(s->samples, h.samples, h.channels, s->first.channels);
        int64_t cut = xb_min64(s->skip, h.samples);
        s->skip -= cut;
        *frames = xb_min64(h.samples - cut, s->left);
        *samples = s->samples + cut * s->first.channels;
        if (s->left != INT64_MAX) s->left -= *frames;
    }
    return XYBRID_OK;
}

static void mp3_close(void *state) { (void)state; }

const xb_audio_codec xb_audio_mp3 = { sizeof(mp3_state), mp3_open, mp3_next, mp3_close };
