/* audio_case.h - what the targets of the audio codecs share: all of a recording, as far as it is reasonable, and nothing left. */
#ifndef AUDIO_CASE_H
#define AUDIO_CASE_H

#include "base/error.h"
#include "base/limits.h"
#include "codec/audio_int.h"

static inline void audio_case(const xb_audio_codec *codec, const uint8_t *data, size_t size) {
    enum { ENOUGH = 1 << 22 };  /* samples: or the fuzzer spends its time on silence */
    static volatile float sink; /* every sample is read */
    xb_mem                mem;
    xybrid_error          err;
    xb_audio_info         info = { 0 };
    int64_t               frames = 1;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    void *state = xb_calloc(&mem, 1, codec->state_bytes, &err);
    if (!state) __builtin_trap();
    xybrid_status st = codec->open(state, &mem, data, (int64_t)size, &info, &err);
    if (!st &&
        (info.rate_hz < 1 || info.rate_hz > XB_MAX_AUDIO_RATE || info.channels < 1 || info.channels > XB_MAX_AUDIO_CHANNELS))
        __builtin_trap();
    for (int64_t made = 0; !st && frames > 0 && made < ENOUGH; made += frames * info.channels) {
        const float *samples = NULL;
        st = codec->next(state, &samples, &frames, &err);
        for (int64_t i = 0; !st && i < frames * info.channels; i++) sink = samples[i];
    }
    if (st && (err.code != st || !err.message[0])) __builtin_trap();
    (void)sink;
    codec->close(state);
    xb_free(&mem, state);
    if (mem.used_bytes != 0) __builtin_trap();
}

#endif
