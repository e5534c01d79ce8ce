/* The recognizer on real models, without flow: texts, ids, pieces, portions. */
#include "speech_rig.h"

#include "plat/clock.h"

static xb_mem mem;

static void hear(speech_rig *r, const char *clip, int64_t portion, const xb_recognizer_options *o) {
    static speech_said said;
    xybrid_error err = { 0 };
    int64_t count = 0;
    float *x = speech_clip(clip, &count);
    int64_t a = xb_clock_ns();
    xybrid_status st = speech_hear(r, &mem, x, count, portion, o, &said, &err);
    int64_t b = xb_clock_ns();
    printf("%s/%lld: %x %s segs %d partials %d words %d end %lld, %.0f ms, runs %lld\n   %s\n   last partial: %s\n", clip, (long long)portion, st, st ? err.message : "", said.segments, said.partials, said.words, (long long)said.end_ms, 1e-6 * (double)(b - a), (long long)r->runs, said.text, said.partial);
    free(x);
}

static void tries(void) {
    static const char *const packs[][3] = { { "moonshine-tiny", "encoder_model.onnx", "decoder_model_merged.onnx" }, { "moonshine-base", "encoder_model.onnx", "decoder_model_merged.onnx" },
     { "whisper-tiny.en", "encoder.onnx", "decoder.onnx" } };
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    for (int i = 0; i < 3; i++) {
    speech_rig r; xybrid_error err = { 0 };
    xybrid_status st = speech_open(&r, &mem, packs[i][0], packs[i][1], packs[i][2], &err);
    printf("%s open %x %s\n", packs[i][0], st, st ? err.message : "");
    if (!st) {
        hear(&r, "audio/jfk.wav", 1 << 20, NULL);
        hear(&r, "audio/jfk.wav", 777, NULL);
        hear(&r, "audio/1272-141231-0002.wav", 16000, NULL);
        xb_recognizer_options o; xb_recognizer_options_init(&o); o.has_partials = 1; o.has_words = 1;
        hear(&r, "audio/jfk.wav", 1600, &o);
        xb_recognizer_options_init(&o); o.has_timestamps = 1;
        hear(&r, "audio/jfk.wav", 1600, &o);
        hear(&r, "audio/1272-141231-0002.wav", 1600, &o);
    }
    speech_close(&r);
    printf("left %lld\n", (long long)mem.used_bytes);
    }
}
CHECK_MAIN(RUN(tries))
