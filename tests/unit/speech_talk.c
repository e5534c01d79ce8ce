/* Speaking with the real packs, by a small rig: the lengths of MODELS for ids given, pieces, speeds, voices. The way through the
 * library's door is tests/api/speech_speak.c. */
#include "engine/native/native.h"
#include "engine_rig.h"
#include "speech/speaker.h"

#ifndef XB_TEST_MODELS
#  define XB_TEST_MODELS "build/models"
#endif

static xb_mem       mem;
static xybrid_error err;

typedef struct bench {
    rig                r;
    xb_pack           *pack;
    xb_engine_model   *model;
    xb_engine_session *session;
    xb_speaker        *speaker;
    xb_net             net;
} bench;

static xybrid_status run_net(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *e) {
    bench        *b = ctx;
    catcher       c = { .mem = &mem };
    xybrid_status st = rig_run(b->session, &c, wanted, NULL, e);
    for (int32_t i = 0; i < b->model->output_count && i < CATCH_MAX; i++) outputs[i] = c.outputs[i];
    return st;
}

/* 0 if the pack is not there. */
static int bench_open(bench *b, const char *name, const char *overlay) {
    const xb_pack_file *file;
    const char         *format;
    char                path[600];
    memset(b, 0, sizeof *b);
    snprintf(path, sizeof path, "%s/%s", XB_TEST_MODELS, name);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_pack_source source = { .path = path, .overlay = overlay };
    if (xb_pack_open(&mem, &source, &b->pack, &err) ||
        xb_pack_model_open(b->pack, &xb_pack_meta(b->pack)->stages[0], &file, &format, &err)) {
        printf("%s\n", err.message);
        xb_pack_free(b->pack);
        return 0;
    }
    const xybrid_engine *tables[] = { &xb_engine_native };
    CHECK_INT(rig_open(&b->r, &mem, tables, 1, 1, &err), XYBRID_OK);
    CHECK_INT(rig_model(&b->r, file->bytes, (size_t)file->size_bytes, file->path, file->name, format, NULL, NULL, NULL, &b->model,
                        &err),
              XYBRID_OK);
    CHECK_INT(rig_session(b->model, &b->session, &err), XYBRID_OK);
    CHECK_INT(xb_speaker_open(&mem, b->pack, b->model, &b->speaker, &err), XYBRID_OK);
    if (!b->speaker) printf("%s\n", err.message);
    b->net = (xb_net){ b->model, b->session, run_net, b };
    return b->speaker != NULL;
}

static void bench_close(bench *b) {
    xb_speaker_free(b->speaker);
    xb_engine_session_close(b->session);
    xb_engine_model_drop(b->model);
    rig_close(&b->r);
    xb_pack_free(b->pack);
    CHECK_INT(mem.used_bytes, 0);
}

/* Speaks `text`; the samples, and how many pieces, and how long the first was. -1: failed, see err. */
static int64_t say(bench *b, const char *text, xb_talk_options o, int32_t *pieces, int64_t *first) {
    xb_talk      *talk = NULL;
    xb_talk_state state = XB_TALK_AUDIO;
    int64_t       total = 0;
    int32_t       count = 0;
    if (xb_talk_open(b->speaker, &mem, &b->net, &o, &talk, &err)) return -1;
    xybrid_status st = xb_talk_feed(talk, text, strlen(text), &err);
    xb_talk_finish(talk);
    while (st == XYBRID_OK) {
        xb_tensor piece;
        st = xb_talk_next(talk, &state, &piece, &err);
        if (st || state != XB_TALK_AUDIO) break;
        if (count++ == 0 && first) *first = xb_tensor_count(&piece);
        total += xb_tensor_count(&piece);
        xb_tensor_drop(&piece);
    }
    CHECK(st || state == XB_TALK_DONE);
    xb_talk_close(talk);
    if (pieces) *pieces = count;
    return st ? -1 : total;
}

#define AS_IT_IS "{\"postprocessing\":[{\"type\":\"TTSAudioEncode\",\"sample_rate\":24000,\"apply_postprocessing\":false}]}"
#define PHONEMES "{\"phonemes\":true,\"first_chunk_chars\":0}"

static void kokoro_speaks_the_reference_length(void) {
    bench b;
    if (!bench_open(&b, "kokoro-82m", AS_IT_IS)) CHECK_SKIP("the pack kokoro-82m");
    /* the three strings of MODELS; ONNX Runtime's lengths for a and b, and the range of all voices' engines */
    const char *a = "həlˈoʊ wˈɜːld, ðɪs ɪz ɐ tˈɛst ʌv spˈiːtʃ ɔnðə dɪvˈaɪs.";
    int32_t     pieces;
    int64_t     n = say(&b, a, (xb_talk_options){ .speed = 1, .voice = "af_heart", .params = PHONEMES }, &pieces, NULL);
    printf("kokoro: %lld samples, %d pieces %s\n", (long long)n, pieces, n < 0 ? err.message : "");
    CHECK(n >= 87600 && n <= 89400);
    CHECK_INT(pieces, 1);
    int64_t fast = say(&b, a, (xb_talk_options){ .speed = 2, .voice = "af_heart", .params = PHONEMES }, NULL, NULL);
    CHECK(fast >= 45600 && fast <= 48000); /* 46800 */
    bench_close(&b);
}

static void piper_speaks_the_reference_length(void) {
    bench b;
    if (!bench_open(&b, "piper-joe", AS_IT_IS)) CHECK_SKIP("the pack piper-joe");
    const char *text = "həlˈoʊ wˈɜːld, ðɪs ɪz ɐ tˈɛst ʌv spˈiːtʃ ɔnðə dɪvˈaɪs.";
    const char *params = "{\"phonemes\":true,\"first_chunk_chars\":0,\"noise_scale\":0,\"noise_w\":0}";
    CHECK_INT(say(&b, text, (xb_talk_options){ .speed = XYBRID_AUTO, .params = params }, NULL, NULL), 70400);
    if (err.message[0]) printf("%s\n", err.message);
    CHECK_INT(say(&b, text, (xb_talk_options){ .speed = 0.5, .params = params }, NULL, NULL), 140800);
    bench_close(&b);
}

CHECK_MAIN(RUN(kokoro_speaks_the_reference_length), RUN(piper_speaks_the_reference_length))
