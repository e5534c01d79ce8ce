/* codec/audio.h - recordings in any format that is known, by their content, piece by piece or whole.
 *
 *     xb_audio_reader *r;
 *     XB_TRY(xb_audio_open(mem, bytes, size, &r, err));          // WAV, FLAC, MP3, Ogg Vorbis; `bytes` stay until the close
 *     const xb_audio_info *info = xb_audio_reader_info(r);       // rate, channels
 *     for (const float *samples; !st;) {
 *         int64_t frames;
 *         st = xb_audio_next(r, &samples, &frames, err);         // interleaved [frames, channels]; 0 frames = the end
 *         if (st || frames == 0) break;
 *         ...
 *     }
 *     xb_audio_close(r);
 *
 * A reader keeps one piece in memory, whatever the recording's length. All memory comes from `mem`. What is damaged or cut is
 * passed over: the pieces that are whole come, with silence in a gap whose length is known. A file of which nothing can be
 * decoded is MALFORMED, with the byte where the trouble begins in err->position; a codec that is unknown or left out of the
 * build is UNSUPPORTED_AUDIO and named. Samples are float32, -1..1; those of MP3, Vorbis and float WAV may go beyond, and those
 * of float WAV may be anything. One thread at a time for each reader. */
#ifndef XB_AUDIO_H
#define XB_AUDIO_H

#include "base/mem.h"
#include "codec/sniff.h"

typedef struct xb_audio_info {
    xb_kind kind;     /* XB_KIND_WAV, ... */
    int32_t rate_hz;  /* 1..XB_MAX_AUDIO_RATE */
    int32_t channels; /* 1..XB_MAX_AUDIO_CHANNELS */
    int64_t frames;   /* as the header says, which may lie; -1 = it does not say */
} xb_audio_info;

typedef struct xb_audio_reader xb_audio_reader;

int xb_audio_is_known(xb_kind kind); /* does this build decode it? */

/* Reads the header. */
xybrid_status xb_audio_open(xb_mem *mem, const void *bytes, int64_t size, xb_audio_reader **out, xybrid_error *err);

const xb_audio_info *xb_audio_reader_info(const xb_audio_reader *r);

/* The next samples [*frames, channels], valid until the next call; *frames 0 = the end, for good. UNSUPPORTED_AUDIO beyond
 * XB_MAX_AUDIO_FRAMES, or where a compressed file grows beyond XB_MAX_INFLATED_BYTES. */
xybrid_status xb_audio_next(xb_audio_reader *r, const float **samples, int64_t *frames, xybrid_error *err);

void xb_audio_close(xb_audio_reader *r); /* NULL is fine */

/* All of it: *samples [info->frames, info->channels], to be freed with xb_free; info->frames is what was decoded. */
xybrid_status xb_audio_decode(xb_mem *mem, const void *bytes, int64_t size, xb_audio_info *info, float **samples,
                              xybrid_error *err);

#endif
