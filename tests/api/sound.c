/* Sound in every form through AudioDecode, on the echo engine: files by content, samples, raw bytes in JSON; and what is
 * odd. */
#include <sys/stat.h>

#include "counted.h"
#include "door.h"

static xybrid_error    err;
static xybrid_runtime *rt;

/* The echo of what AudioDecode makes, mono at 16 kHz. */
static xybrid_model *decoder(void) {
    static const char json[] = "{\"model_id\":\"sound\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\","
                               "\"model_file\":\"m.echo\"},\"preprocessing\":[{\"type\":\"AudioDecode\",\"sample_rate\":16000,"
                               "\"channels\":1}],\"postprocessing\":[],\"files\":[]}";
    static const char echo[] = "xybrid-echo 1\ninput x float32 -1 1\noutput y x\n";
    char              path[1024];
    xybrid_model     *m = NULL;
    snprintf(path, sizeof path, "%s/Testing", XB_TEST_BUILD);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/Testing/sound", XB_TEST_BUILD);
    mkdir(path, 0777);
    door_write("sound/model_metadata.json", json, sizeof json - 1);
    door_write("sound/m.echo", echo, sizeof echo - 1);
    CHECK(door_ok_(xybrid_model_load(rt, path, NULL, &m, &err), &err, "load", __LINE__));
    return m;
}

/* Runs and frees `in`; the samples live as long as *out. */
static const float *run(xybrid_model *m, xybrid_envelope *in, xybrid_envelope **out, int64_t *count) {
    *out = NULL;
    xybrid_status st = xybrid_model_run(m, in, NULL, out, &err);
    xybrid_envelope_free(in);
    return st ? NULL : xybrid_envelope_floats(*out, count);
}

static const char *golden(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/audio/%s", XB_TEST_GOLDEN, name);
    return path;
}

static void files_of_every_codec(void) {
    static const struct {
        const char *name;
        int64_t     frames; /* at 16 kHz */
    } files[] = { { "flac_16.flac", 960 },  { "flac_6.flac", 640 },   { "flac_wasted.flac", 1600 },
                  { "mp3_cbr.mp3", 4000 },  { "mp3_vbr.mp3", 1920 },  { "mp3_tags.mp3", 1920 },
                  { "vorbis_1.ogg", 4800 }, { "vorbis_2.ogg", 1920 }, { "vorbis_6.ogg", 3200 } };
    rt = door_runtime();
    xybrid_model *m = decoder();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        xybrid_envelope *in = NULL, *out, *saved = NULL;
        int64_t          count = 0, again = 0;
        DOOR_OK(xybrid_envelope_new_file(rt, golden(files[i].name), &in, &err));
        CHECK_INT(xybrid_envelope_view(in)->kind, XYBRID_AUDIO);
        CHECK_INT(xybrid_envelope_view(in)->format, XYBRID_FORMAT_ENCODED);
        const char *wav = door_write("sound/saved.wav", "", 0);
        DOOR_OK(xybrid_envelope_save(in, wav, &err));
        const float *samples = run(m, in, &out, &count);
        CHECK(samples != NULL);
        CHECK_INT(count, files[i].frames);
        /* saved as WAV, it is the same sound but for 16 bits */
        DOOR_OK(xybrid_envelope_new_file(rt, wav, &in, &err));
        const float *other = run(m, in, &saved, &again);
        CHECK_INT(again, count);
        for (int64_t k = 0; other && k < count && k < again; k++) CHECK_NEAR(samples[k], other[k], 4e-5);
        xybrid_envelope_free(out);
        xybrid_envelope_free(saved);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static void raw_samples_in_json(void) {
    static const char *const texts[] = {
        "{\"kind\":{\"Audio\":[0,64,0,192]},\"metadata\":{\"format\":\"pcm16\"}}",
        "{\"kind\":{\"Audio\":[0,0,0,63,0,0,0,191]},\"metadata\":{\"format\":\"float32\"}}",
        ("{\"kind\":{\"Audio\":[0,64,0,64,0,192,0,192]},\"metadata\":{\"format\":\"pcm16\",\"sample_rate\":\"16000\","
         "\"channels\":\"2\"}}"),
    };
    rt = door_runtime();
    xybrid_model *m = decoder();
    for (int i = 0; i < 3; i++) {
        xybrid_envelope *in = NULL, *out;
        int64_t          count = 0;
        DOOR_OK(xybrid_envelope_from_json(rt, texts[i], -1, &in, &err));
        const float *samples = run(m, in, &out, &count);
        CHECK_INT(count, 2);
        CHECK(samples && samples[0] == 0.5f && samples[1] == -0.5f);
        xybrid_envelope_free(out);
    }
    xybrid_envelope *in = NULL, *json = NULL, *back = NULL, *out;
    int64_t          count = 0;
    DOOR_OK(xybrid_envelope_new_file(rt, golden("flac_8.flac"), &in, &err)); /* a file's bytes keep their form */
    DOOR_OK(xybrid_envelope_to_json(in, &json, &err));
    CHECK(strstr(xybrid_envelope_text(json), "\"format\":\"flac\"") != NULL);
    DOOR_OK(xybrid_envelope_from_json(rt, xybrid_envelope_text(json), -1, &back, &err));
    CHECK(run(m, back, &out, &count) != NULL);
    CHECK_INT(count, 3200);
    xybrid_envelope_free(in), xybrid_envelope_free(json), xybrid_envelope_free(out);
    in = NULL;
    DOOR_OK(xybrid_envelope_from_json(rt, "{\"kind\":{\"Audio\":[1,2,3,4]},\"metadata\":{}}", -1, &in, &err));
    CHECK(run(m, in, &out, &count) == NULL); /* neither a file nor samples */
    CHECK(strstr(err.message, "found unknown bytes; WAV, FLAC, MP3 and Ogg Vorbis are supported") != NULL);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static void odd_sound(void) {
    enum { FRAMES = 19200 };
    static float samples[8 * FRAMES];
    rt = door_runtime();
    xybrid_model    *m = decoder();
    xybrid_envelope *in = NULL, *out;
    int64_t          count = 0;
    for (int i = 0; i < 8 * FRAMES; i++) samples[i] = (float)sin(i / 8 * 0.001) * 3; /* louder than full scale */
    samples[800] = NAN, samples[8000] = INFINITY, samples[8008] = -INFINITY;
    DOOR_OK(xybrid_envelope_new_audio(rt, samples, FRAMES, 192000, 8, NULL, NULL, &in, &err)); /* 192 kHz, 8 channels */
    const float *made = run(m, in, &out, &count);
    CHECK_INT(count, 1600);
    for (int64_t i = 0; made && i < count; i++) CHECK(fabsf(made[i]) < 4);
    xybrid_envelope_free(out);
    in = NULL;
    DOOR_OK(xybrid_envelope_new_audio(rt, samples, FRAMES, 16000, 1, NULL, NULL, &in, &err)); /* nothing to resample */
    made = run(m, in, &out, &count);
    CHECK_INT(count, FRAMES);
    CHECK(made && made[800] == 0 && made[8000] == 0 && made[8001] == samples[8001]);
    xybrid_envelope_free(out);
    in = NULL;
    DOOR_OK(xybrid_envelope_new_audio(rt, samples, 0, 16000, 1, NULL, NULL, &in, &err));
    CHECK(run(m, in, &out, &count) == NULL);
    CHECK(strstr(err.message, "the recording has no samples") != NULL);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* Samples and pixels without a model. */
static void decoding_alone(void) {
    static const char pcm[] = "{\"kind\":{\"Audio\":[0,64,0,192,0,32,0,0]},\"metadata\":{\"format\":\"pcm16\",\"sample_rate\":"
                              "\"8000\",\"channels\":\"2\"}}";
    xybrid_envelope  *in = NULL, *out = NULL, *again = NULL;
    rt = door_runtime();
    DOOR_OK(xybrid_envelope_new_file(rt, golden("vorbis_2.ogg"), &in, &err));
    DOOR_OK(xybrid_envelope_decode(in, &out, &err));
    const xybrid_view *v = xybrid_envelope_view(out);
    CHECK(v->kind == XYBRID_AUDIO && v->format == XYBRID_FORMAT_F32 && v->dtype == XYBRID_FLOAT32);
    CHECK(v->channels == 2 && v->sample_rate > 0 && v->count > 0 && v->size_bytes == v->count * 8);
    DOOR_OK(xybrid_envelope_decode(out, &again, &err));
    CHECK(again == out); /* one more reference */
    xybrid_envelope_free(in), xybrid_envelope_free(again), xybrid_envelope_free(out);
    DOOR_OK(xybrid_envelope_from_json(rt, pcm, -1, &in, &err));
    DOOR_OK(xybrid_envelope_decode(in, &out, &err));
    v = xybrid_envelope_view(out);
    const float *x = v->data;
    CHECK(v->count == 2 && v->channels == 2 && v->sample_rate == 8000);
    CHECK(x[0] == 0.5f && x[1] == -0.5f && x[2] == 0.25f && x[3] == 0);
    xybrid_envelope_free(in), xybrid_envelope_free(out);
    DOOR_OK(xybrid_envelope_new_file(rt, XB_TEST_SOURCE "/examples/receipt.png", &in, &err));
    DOOR_OK(xybrid_envelope_decode(in, &out, &err));
    v = xybrid_envelope_view(out);
    CHECK(v->kind == XYBRID_IMAGE && v->format == XYBRID_FORMAT_RGB8 && v->width > 0 && v->height > 0);
    CHECK_INT(v->size_bytes, (int64_t)v->width * v->height * 3);
    DOOR_OK(xybrid_envelope_decode(out, &again, &err));
    CHECK(again == out);
    xybrid_envelope_free(in), xybrid_envelope_free(again), xybrid_envelope_free(out);
    DOOR_OK(xybrid_envelope_new_text(rt, "words", -1, &in, &err));
    out = NULL;
    CHECK_INT(xybrid_envelope_decode(in, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "the envelope is Text; Audio or Image can be decoded");
    CHECK_INT(xybrid_envelope_decode(in, NULL, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_envelope_decode(NULL, &out, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK(out == NULL);
    xybrid_envelope_free(in);
    DOOR_OK(xybrid_envelope_from_json(rt, "{\"kind\":{\"Audio\":[1,2,3,4]},\"metadata\":{}}", -1, &in, &err));
    CHECK_INT(xybrid_envelope_decode(in, &out, &err), XYBRID_UNSUPPORTED_AUDIO);
    xybrid_envelope_free(in);
    xybrid_runtime_free(rt);
}

/* Every allocation of a decoding is refused in turn: the error says so, nothing leaks, and then it works. */
static void decoding_without_memory(void) {
    counter                counted = { 0 };
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &counted, .alloc = counted_alloc, .free = counted_free };
    xybrid_runtime_options o;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    rt = NULL;
    DOOR_OK(xybrid_runtime_create(&o, &rt, &err));
    const char *const paths[] = { XB_TEST_GOLDEN "/audio/flac_16.flac", XB_TEST_GOLDEN "/audio/mp3_cbr.mp3",
                                  XB_TEST_SOURCE "/examples/receipt.png" };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        xybrid_envelope *in = NULL, *out = NULL;
        int              refused = 0;
        DOOR_OK(xybrid_envelope_new_file(rt, paths[i], &in, &err));
        int64_t live = counted.live;
        for (int64_t k = 1; !out && k < 1000; k++) {
            counted.fail_at = counted.calls + k;
            xybrid_status st = xybrid_envelope_decode(in, &out, &err);
            counted.fail_at = 0;
            if (st == XYBRID_OK) break;
            CHECK_INT(st, XYBRID_OUT_OF_MEMORY_HOST);
            CHECK_INT(counted.live, live);
            CHECK(out == NULL);
            refused++;
        }
        CHECK(out != NULL && refused > 2);
        xybrid_envelope_free(out), xybrid_envelope_free(in);
    }
    xybrid_runtime_free(rt);
    CHECK_INT(counted.live, 0);
}

CHECK_MAIN(RUN(files_of_every_codec), RUN(raw_samples_in_json), RUN(odd_sound), RUN(decoding_alone),
           RUN(decoding_without_memory))
