/* Voice-activity segments against silero-vad's own function (scripts/golden/audio_golden.py). */
#include "audio/vad.h"
#include "support.h"

#include "golden/audio_golden.inc"

static xb_test_mem  tm;
static xybrid_error err;
static float        probabilities[1200];

static void check_case(int64_t count, int64_t total, const xb_vad_options *o, const int64_t *wanted, size_t wanted_bytes) {
    xb_vad_segment *s = NULL;
    int64_t         found = -1;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_vad_segments(&tm.mem, probabilities, count, total, o, &s, &found, &err), XYBRID_OK);
    CHECK_INT(found, wanted_bytes / 16);
    for (int64_t i = 0; i < found && i < (int64_t)(wanted_bytes / 16); i++) {
        CHECK_INT(s[i].start_sample, wanted[i * 2]);
        CHECK_INT(s[i].end_sample, wanted[i * 2 + 1]);
        CHECK(s[i].score > 0 && s[i].score <= 1);
    }
    xb_free(&tm.mem, s);
    CHECK_INT(tm.live_blocks, 0);
}
#define CASE(count, total, o, wanted) check_case(count, total, o, wanted, sizeof wanted)

static void jfk_agrees(void) {
    size_t size;
    char  *text = xb_test_data("vad/silero_vad.jfk.probs.txt", &size), *at = text;
    if (!text) CHECK_SKIP("vad/silero_vad.jfk.probs.txt");
    for (int i = 0; i < 343; i++) probabilities[i] = strtof(at, &at);
    free(text);
    xb_vad_options o;
    xb_vad_options_init(&o);
    CASE(343, 176000, NULL, vad_jfk);
    CASE(343, 176000, &o, vad_jfk);
    o.max_speech_s = 2;
    CASE(343, 176000, &o, vad_jfk_2s);
    xb_vad_options_init(&o);
    o.pad_ms = 400;
    o.min_silence_ms = 30;
    CASE(343, 176000, &o, vad_jfk_wide);
}

static uint32_t seed;
static int      noise(void) {
    seed = (seed * 1103515245u + 12345u) & 0x7fffffffu;
    return (int)(seed >> 16 & 255);
}

static void noise_agrees(void) {
    xb_vad_options o;
    xb_vad_options_init(&o);
    o.min_speech_ms = o.min_silence_ms = 0;
    seed = 5;
    for (int i = 0; i < 400; i++) probabilities[i] = (float)noise() / 255;
    CASE(400, XYBRID_AUTO, &o, vad_wave);
}

static void walk_agrees(void) {
    int            level = 128;
    xb_vad_options o;
    seed = 9;
    for (int i = 0; i < 1200; i++) {
        double step = floor((noise() - 128) / 5.0);
        level += (int)step;
        level = level < 0 ? 0 : level > 255 ? 255 : level;
        probabilities[i] = (float)level / 255;
    }
    CASE(1200, XYBRID_AUTO, NULL, vad_walk);
    xb_vad_options_init(&o);
    o.max_speech_s = 1;
    o.min_silence_ms = 300;
    CASE(1200, XYBRID_AUTO, &o, vad_walk_1s);
    xb_vad_options_init(&o);
    o.threshold = 0.75f;
    o.neg_threshold = 0.25f;
    o.min_speech_ms = 500;
    CASE(1200, XYBRID_AUTO, &o, vad_walk_high);
}

static void speech_without_end_agrees(void) {
    xb_vad_options o;
    xb_vad_options_init(&o);
    for (int i = 0; i < 300; i++) probabilities[i] = 1;
    CASE(300, 300 * 512 - 100, &o, vad_loud_all);
    o.max_speech_s = 3;
    CASE(300, XYBRID_AUTO, &o, vad_loud);
}

static void scores_are_means(void) {
    xb_vad_segment *s;
    int64_t         found;
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 100; i++) probabilities[i] = i >= 20 && i < 40 ? 0.9f : 0.1f;
    CHECK_INT(xb_vad_segments(&tm.mem, probabilities, 100, XYBRID_AUTO, NULL, &s, &found, &err), XYBRID_OK);
    CHECK_INT(found, 1);
    CHECK_INT(s[0].start_sample, 20 * 512 - 480);
    CHECK_INT(s[0].end_sample, 40 * 512 + 480);
    CHECK_NEAR(s[0].score, 0.9, 1e-6); /* the padding does not count */
    xb_free(&tm.mem, s);
    for (int i = 0; i < 100; i++) probabilities[i] = i % 3 ? 0.9f : NAN;
    CHECK_INT(xb_vad_segments(&tm.mem, probabilities, 100, XYBRID_AUTO, NULL, &s, &found, &err), XYBRID_OK);
    CHECK_INT(found, 1);
    CHECK_NEAR(s[0].score, 0.9, 1e-6);
    xb_free(&tm.mem, s);
    CHECK_INT(tm.live_blocks, 0);
}

static void silence_has_no_segments(void) {
    xb_vad_segment *s = NULL;
    int64_t         found = -1;
    xb_test_mem_init(&tm, 0, 0);
    memset(probabilities, 0, sizeof probabilities);
    CHECK_INT(xb_vad_segments(&tm.mem, probabilities, 1000, XYBRID_AUTO, NULL, &s, &found, &err), XYBRID_OK);
    CHECK(found == 0 && !s);
    CHECK_INT(xb_vad_segments(&tm.mem, NULL, 0, 0, NULL, &s, &found, &err), XYBRID_OK);
    CHECK(found == 0 && !s);
}

static void refused(const xb_vad_options *o, int64_t count, int64_t total) {
    xb_vad_segment *s = NULL;
    int64_t         found = 77;
    CHECK_INT(xb_vad_segments(&tm.mem, probabilities, count, total, o, &s, &found, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(found == 77 && !s);
}

static void wrong_options(void) {
    xb_vad_options good, o;
    xb_test_mem_init(&tm, 0, 0);
    xb_vad_options_init(&good);
    o = good, o.threshold = 0, refused(&o, 1, 512);
    o = good, o.threshold = NAN, refused(&o, 1, 512);
    o = good, o.neg_threshold = 0.6f, refused(&o, 1, 512);
    CHECK_STR(err.message,
              "voice activity with threshold 0.5 and neg_threshold 0.6; 0 <= neg_threshold <= threshold <= 1 and 0 < "
              "threshold are needed");
    o = good, o.rate_hz = 0, refused(&o, 1, 512);
    o = good, o.window_samples = 0, refused(&o, 1, 512);
    o = good, o.pad_ms = -1, refused(&o, 1, 512);
    o = good, o.max_speech_s = -1, refused(&o, 1, 512);
    refused(&good, -1, 512);
    refused(&good, INT64_MAX, XYBRID_AUTO);
    refused(&good, 2, 512);
    CHECK_STR(err.message,
              "voice activity of 2 windows of 512 samples in a recording of 512; the last window must begin inside it");
}

static void memory_runs_out(void) {
    for (int i = 0; i < 1200; i++) probabilities[i] = i % 40 < 20 ? 0.9f : 0.1f;
    XB_TORTURE (tm, 50) {
        xb_vad_segment *s = NULL;
        int64_t         found;
        xybrid_status   st = xb_vad_segments(&tm.mem, probabilities, 1200, XYBRID_AUTO, NULL, &s, &found, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_free(&tm.mem, s);
    }
}

CHECK_MAIN(RUN(jfk_agrees), RUN(noise_agrees), RUN(walk_agrees), RUN(speech_without_end_agrees), RUN(scores_are_means),
           RUN(silence_has_no_segments), RUN(wrong_options), RUN(memory_runs_out))
