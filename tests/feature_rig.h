/* feature_rig.h - what the tests of spectral features share: the signal of scripts/golden/audio_features.py, streams in
 * chunks. */
#ifndef FEATURE_RIG_H
#define FEATURE_RIG_H

#include "audio/features.h"
#include "support.h"

/* Noise of bytes over three tones, loud, then quiet. Freed with free. */
static inline float *signal(int64_t count, uint32_t seed) {
    float *x = calloc((size_t)count, sizeof *x);
    for (int64_t n = 0; x && n < count; n++) {
        seed = (seed * 1103515245u + 12345u) & 0x7fffffffu;
        double at = (double)n, noise = (seed >> 16 & 255) / 255.0 - 0.5;
        double tones = 0.4 * sin(at * 0.05) + 0.2 * sin(at * 0.31) + 0.1 * sin(at * 1.7);
        x[n] = (float)((0.2 * noise + tones) * (n % 3000 < 2000 ? 1.0 : 0.01));
    }
    return x;
}

/* In chunks of random sizes, twice over one stream: the rows of the whole, to the bit. */
static inline void stream_equals(xb_test_mem *tm, const xb_features *f, const float *x, int64_t count, const xb_tensor *whole) {
    static uint32_t    chance = 1;
    xybrid_error       err;
    xb_feature_stream *s = NULL;
    int64_t            columns = xb_features_columns(f), frames = whole->shape[0];
    float             *rows = calloc((size_t)(frames * columns) + 1, sizeof *rows);
    CHECK_INT(xb_feature_stream_new(f, &tm->mem, &s, &err), XYBRID_OK);
    CHECK_INT(whole->shape[1], columns);
    for (int round = 0; s && rows && round < 4; round++) {
        int64_t done = 0, made = 0;
        memset(rows, 0, (size_t)(frames * columns) * sizeof *rows);
        for (int is_last = 0; !is_last;) {
            chance = chance * 1664525u + 1013904223u;
            int64_t most = round == 0 ? 7 : round == 1 ? 400 : 30000, some = (int64_t)(chance >> 8) % (most + 1);
            if (some > count - done) some = count - done;
            is_last = done + some == count && (chance >> 4 & 1); /* at times the end comes by itself */
            int64_t ready = xb_feature_stream_ready(s, some, is_last);
            CHECK(ready >= 0 && made + ready <= frames);
            if (ready < 0 || made + ready > frames) break;
            CHECK_INT(xb_feature_stream_push(s, x + done, some, is_last, rows + made * columns, &err), XYBRID_OK);
            done += some, made += ready;
        }
        CHECK_INT(made, frames);
        CHECK(memcmp(rows, whole->data, (size_t)(frames * columns) * sizeof *rows) == 0);
    }
    xb_feature_stream_free(s);
    free(rows);
}

#endif
