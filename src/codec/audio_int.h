/* codec/audio_int.h - what each audio codec gives to audio_read.c: a row of functions. */
#ifndef XB_AUDIO_INT_H
#define XB_AUDIO_INT_H

#include "codec/audio.h"

typedef struct xb_audio_codec {
    size_t state_bytes; /* zeroed before open */
    /* Reads the header and fills *info but for its kind. After a failure close is called, too. */
    xybrid_status (*open)(void *state, xb_mem *mem, const uint8_t *bytes, int64_t size, xb_audio_info *info, xybrid_error *err);
    xybrid_status (*next)(void *state, const float **samples, int64_t *frames, xybrid_error *err); /* as xb_audio_next */
    void (*close)(void *state);
} xb_audio_codec;

extern const xb_audio_codec xb_audio_wav, xb_audio_flac, xb_audio_mp3, xb_audio_vorbis;

/* Bytes of the ID3v2 tag that begins here (ID3v2.4 structure, 3.1); 0 = none. May be more than there are. */
int64_t xb_id3_bytes(const uint8_t *bytes, int64_t size);

#endif
