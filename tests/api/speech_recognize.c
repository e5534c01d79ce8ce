/* Speech recognition through the public door: Whisper and Moonshine, at once and live. */
#include <sys/stat.h>

#include "../onnx_writer.h"
#include "door.h"

#define JFK_TINY "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
#define JFK_WHISPER "And so my fellow Americans ask not what your country can do for you, ask what you can do for your country."

enum { MOST_TEXT = 1 << 16, WAV_ROOM = 1 << 20 };

typedef struct recogniser {
    xybrid_runtime *rt;
    xybrid_model   *model;
} recogniser;

/* 0: the test is skipped. */
static int begin(recogniser *r, const char *pack, const char *weights) {
    xybrid_error err;
    const char  *folder = door_pack(pack, weights);
    *r = (recogniser){ 0 };
    if (!folder) {
        check_skip_("build/models has no such pack: scripts/setup core (whisper-tiny.en) or test (moonshine-tiny) brings it");
        return 0;
    }
    r->rt = door_runtime();
    CHECK(door_ok_(xybrid_model_load(r->rt, folder, NULL, &r->model, &err), &err, pack, __LINE__));
    return r->model != NULL;
}

static void end(recogniser *r) {
    xybrid_model_free(r->model);
    xybrid_runtime_free(r->rt);
}

#define TINY(r) \
    if (!begin(r, "moonshine-tiny", "decoder_model_merged.onnx")) return
#define WHISPER(r) \
    if (!begin(r, "whisper-tiny.en", "decoder.onnx")) return

/* ---- at once ---- */

static void check_text(recogniser *r, const char *wanted) {
    xybrid_error     err;
    xybrid_envelope *in = NULL, *out = NULL;
    const char      *path = door_data("audio/jfk.wav");
    if (!path) CHECK_SKIP("reference data audio/jfk.wav is not there");
    DOOR_OK(xybrid_envelope_new_file(r->rt, path, &in, &err));
    for (int round = 0; round < 2; round++) { /* on the same handles */
        DOOR_OK(xybrid_model_run(r->model, in, NULL, &out, &err));
        CHECK_STR(xybrid_envelope_text(out), wanted);
        CHECK_INT(xybrid_envelope_count(out), 1);
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, 0));
        CHECK(v->start_ms >= 0 && v->start_ms < 500 && v->end_ms > 9500 && v->end_ms <= 11000);
        CHECK(v->score > 0.7f && v->score <= 1);
        xybrid_envelope_free(out);
    }
    xybrid_envelope_free(in);
}

static void moonshine_hears_jfk(void) {
    recogniser r;
    TINY(&r);
    check_text(&r, JFK_TINY);
    end(&r);
}

static void whisper_hears_jfk(void) {
    recogniser r;
    WHISPER(&r);
    check_text(&r, JFK_WHISPER);
    end(&r);
}

static void words_have_times(void) {
    xybrid_error       err;
    recogniser         r;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options o;
    int64_t            last_ms = 0;
    if (!door_data("audio/jfk.wav")) CHECK_SKIP("reference data audio/jfk.wav is not there");
    WHISPER(&r);
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_WORDS;
    DOOR_OK(xybrid_envelope_new_file(r.rt, door_data("audio/jfk.wav"), &in, &err));
    DOOR_OK(xybrid_model_run(r.model, in, &o, &out, &err));
    CHECK_INT(xybrid_envelope_count(out), 22);
    for (int32_t i = 0; i < xybrid_envelope_count(out); i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, i));
        CHECK_STR(v->name, "word");
        CHECK(v->start_ms >= last_ms && v->end_ms > v->start_ms);
        last_ms = v->end_ms;
    }
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    end(&r);
}

/* ---- live ---- */

typedef struct told {
    char    text[MOST_TEXT];
    int     partials, segments;
    int64_t last_ms;
} told;

static int32_t note(void *ctx, const xybrid_event *e) {
    told  *t = ctx;
    size_t used = strlen(t->text);
    if (e->kind == XYBRID_EVENT_PARTIAL) t->partials++;
    if (e->kind != XYBRID_EVENT_SEGMENT) return 0;
    CHECK(e->start_ms >= t->last_ms && e->end_ms >= e->start_ms);
    t->last_ms = e->end_ms;
    t->segments++;
    snprintf(t->text + used, sizeof t->text - used, "%s%s", used ? " " : "", e->text);
    return 0;
}

/* 16-bit samples of the clip, read plainly. */
static int64_t read_clip(const char *name, float *out, int64_t room) {
    static char bytes[WAV_ROOM];
    const char *path = door_data(name);
    size_t      size = path ? door_read(path, bytes, sizeof bytes) : 0, at = 12;
    while (at + 8 < size && memcmp(bytes + at, "data", 4) != 0) {
        uint32_t length;
        memcpy(&length, bytes + at + 4, 4);
        at += 8 + length;
    }
    int64_t count = 0;
    for (at += 8; at + 2 <= size && count < room; at += 2, count++) {
        int16_t sample;
        memcpy(&sample, bytes + at, 2);
        out[count] = (float)sample / 32768;
    }
    return count;
}

static xybrid_status hear_live(recogniser *r, const xybrid_run_options *o, const float *samples, int64_t count, int64_t portion,
                               told *t, xybrid_error *err) {
    xybrid_session     *s = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *e = NULL;
    memset(t, 0, sizeof *t);
    xybrid_status st = xybrid_session_open(r->model, NULL, &s, err);
    if (st == XYBRID_OK) st = xybrid_session_start(s, NULL, o, &stream, err);
    for (int64_t at = 0; st == XYBRID_OK && at < count; at += portion) {
        st = xybrid_stream_feed_audio(stream, samples + at, count - at < portion ? count - at : portion, 16000, 1, err);
        while (st == XYBRID_OK && (st = xybrid_stream_next(stream, 0, &e, err)) == XYBRID_OK &&
               e->kind != XYBRID_EVENT_NEED_INPUT)
            note(t, e);
    }
    if (st == XYBRID_OK) st = xybrid_stream_finish(stream, err);
    if (st == XYBRID_OK) st = xybrid_stream_drain(stream, note, t, NULL, err);
    xybrid_stream_close(stream);
    xybrid_session_free(s);
    return st;
}

static float samples[1 << 20];
static told  live, again;

/* Both clips three times over: the streamed and the batch transcript are the same. */
static void live_equals_batch(void) {
    xybrid_error     err;
    recogniser       r;
    xybrid_envelope *in = NULL, *out = NULL;
    char             batch[MOST_TEXT] = "";
    TINY(&r);
    int64_t jfk = read_clip("audio/jfk.wav", samples, 1 << 20), count = jfk;
    if (!jfk) CHECK_SKIP("reference data audio/jfk.wav is not there");
    count += read_clip("audio/1272-141231-0002.wav", samples + jfk, (1 << 20) - jfk);
    int64_t both = count;
    memcpy(samples + both, samples, (size_t)both * sizeof *samples);
    count *= 2;
    DOOR_OK(xybrid_envelope_new_audio(r.rt, samples, count, 16000, 1, xybrid_release_none, NULL, &in, &err));
    DOOR_OK(xybrid_model_run(r.model, in, NULL, &out, &err));
    for (int32_t i = 0; i < xybrid_envelope_count(out); i++) {
        size_t used = strlen(batch);
        snprintf(batch + used, sizeof batch - used, "%s%s", used ? " " : "", xybrid_envelope_text(xybrid_envelope_at(out, i)));
    }
    DOOR_OK(hear_live(&r, NULL, samples, count, 1600, &live, &err));
    CHECK_STR(live.text, batch);
    CHECK_INT(live.segments, xybrid_envelope_count(out));
    CHECK(live.partials >= 4);
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_NO_PARTIALS;
    DOOR_OK(hear_live(&r, &o, samples, count, 50000, &again, &err));
    CHECK_STR(again.text, batch);
    CHECK_INT(again.partials, 0);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    end(&r);
}

/* The stop button keeps what was told, and comes to an end at once. */
static void stop_ends_a_live_request(void) {
    xybrid_error        err;
    recogniser          r;
    xybrid_session     *s = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *e = NULL;
    TINY(&r);
    int64_t count = read_clip("audio/jfk.wav", samples, 1 << 20);
    DOOR_OK(xybrid_session_open(r.model, NULL, &s, &err));
    DOOR_OK(xybrid_session_start(s, NULL, NULL, &stream, &err));
    DOOR_OK(xybrid_stream_feed_audio(stream, samples, count, 16000, 1, &err));
    xybrid_stream_interrupt(stream);
    DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &e, &err));
    CHECK_INT(e->kind, XYBRID_EVENT_DONE);
    CHECK_INT(e->finish, XYBRID_FINISH_INTERRUPTED);
    xybrid_stream_close(stream);
    xybrid_session_free(s);
    end(&r);
}

/* ---- what goes wrong ---- */

static void check_refused(recogniser *r, const xybrid_envelope *in, const xybrid_run_options *o, const char *wanted) {
    xybrid_error     err = { 0 };
    xybrid_envelope *out = NULL;
    CHECK_INT(xybrid_model_run(r->model, (xybrid_envelope *)(uintptr_t)in, o, &out, &err) & XYBRID_PRIMARY_MASK,
              XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, wanted);
    CHECK(out == NULL);
}

static void wrong_options_are_named(void) {
    xybrid_error       err;
    recogniser         r;
    xybrid_envelope   *in = NULL;
    xybrid_run_options o;
    TINY(&r);
    DOOR_OK(xybrid_envelope_new_audio(r.rt, samples, 16000, 16000, 1, xybrid_release_none, NULL, &in, &err));
    xybrid_run_options_init(&o, sizeof o);
    o.language = "de";
    check_refused(&r, in, &o, "language is \"de\"; this model hears only en");
    xybrid_run_options_init(&o, sizeof o);
    o.params = "{\"tempo\": 1}";
    check_refused(&r, in, &o, "options.params has \"tempo\"; known are task, timestamps, condition and end_silence_ms");
    o.params = "{\"task\": \"sing\"}";
    check_refused(&r, in, &o, "task is \"sing\"; \"transcribe\" or \"translate\" is wanted");
    xybrid_run_options_init(&o, sizeof o);
    o.voice = "af_heart";
    check_refused(&r, in, &o, "this model has no use for options.voice");
    xybrid_envelope_free(in);
    end(&r);
}

/* Silence, nothing, numbers that are none, eight channels at 192 kHz: nothing was said, and nothing breaks. */
static void silence_says_nothing(void) {
    static const struct {
        int64_t frames;
        int32_t rate_hz, channels;
        float   value;
    } kinds[] = {
        { 0, 16000, 1, 0 }, { 1, 16000, 1, 0 }, { 48000, 16000, 1, 0 }, { 48000, 16000, 1, NAN }, { 96000, 192000, 8, 0 }
    };
    xybrid_error     err;
    recogniser       r;
    xybrid_envelope *in = NULL, *out = NULL;
    TINY(&r);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (int64_t k = 0; k < kinds[i].frames * kinds[i].channels; k++) samples[k] = kinds[i].value;
        DOOR_OK(xybrid_envelope_new_audio(r.rt, samples, kinds[i].frames, kinds[i].rate_hz, kinds[i].channels, NULL, NULL, &in,
                                          &err));
        DOOR_OK(xybrid_model_run(r.model, in, NULL, &out, &err));
        CHECK_INT(xybrid_envelope_count(out), 0);
        xybrid_envelope_free(out);
        xybrid_envelope_free(in);
    }
    end(&r);
}

/* From 16 kHz to 48 kHz by lines between the samples, on eight channels, and back. */
static void many_channels_are_heard(void) {
    xybrid_error     err;
    recogniser       r;
    xybrid_envelope *in = NULL, *out = NULL;
    if (!door_data("audio/jfk.wav")) CHECK_SKIP("reference data audio/jfk.wav is not there");
    TINY(&r);
    int64_t count = read_clip("audio/jfk.wav", samples, 1 << 20), frames = 3 * (count - 1);
    float  *wide = malloc((size_t)frames * 8 * sizeof *wide);
    CHECK_OR_RETURN(wide != NULL);
    for (int64_t i = 0; i < frames; i++)
        for (int c = 0; c < 8; c++) {
            float part = (float)(i % 3) / 3;
            wide[i * 8 + c] = samples[i / 3] * (1 - part) + samples[i / 3 + 1] * part;
        }
    DOOR_OK(xybrid_envelope_new_audio(r.rt, wide, frames, 48000, 8, xybrid_release_none, NULL, &in, &err));
    DOOR_OK(xybrid_model_run(r.model, in, NULL, &out, &err));
    CHECK(strstr(xybrid_envelope_text(out), "what your country can do for you") != NULL);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    free(wide);
    end(&r);
}

static void a_deadline_ends_it(void) {
    xybrid_error       err;
    recogniser         r;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options o;
    if (!door_data("audio/jfk.wav")) CHECK_SKIP("reference data audio/jfk.wav is not there");
    WHISPER(&r);
    xybrid_run_options_init(&o, sizeof o);
    o.deadline_ms = 50;
    DOOR_OK(xybrid_envelope_new_file(r.rt, door_data("audio/jfk.wav"), &in, &err));
    CHECK_INT(xybrid_model_run(r.model, in, &o, &out, &err), XYBRID_CANCELLED_DEADLINE);
    DOOR_OK(xybrid_model_run(r.model, in, NULL, &out, &err));
    CHECK_STR(xybrid_envelope_text(out), JFK_WHISPER);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    end(&r);
}

/* ---- letters for each frame ---- */

/* A net that takes the samples themselves for logits of 4 letters: frames of 4 samples, 0.25 ms. */
static void write_letters(void) {
    static const char metadata[] =
        "{\"model_id\": \"letters\", \"version\": \"1\", \"execution_template\": {\"type\": \"Onnx\", \"model_file\": "
        "\"letters.onnx\"},"
        "\"preprocessing\": [{\"type\": \"AudioDecode\", \"sample_rate\": 16000, \"channels\": 1}, {\"type\": "
        "\"NormalizeAudio\"}],"
        "\"postprocessing\": [{\"type\": \"CTCDecode\", \"vocab_file\": \"letters.json\"}],"
        "\"files\": [\"letters.onnx\", \"letters.json\"], \"metadata\": {\"task\": \"speech-recognition\"}}";
    static const char letters[] = "{\"<pad>\": 0, \"|\": 1, \"H\": 2, \"I\": 3}";
    const int64_t     shape[] = { 1, -1, 4 }, rank = 3;
    onnx_writer       w;
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(XB_TEST_BUILD "/Testing/letters", 0777);
    onnx_write_begin(&w, 17);
    onnx_write_input(&w, "x", XYBRID_FLOAT32);
    onnx_write_constant(&w, "shape", XYBRID_INT64, 1, &rank, shape, sizeof shape);
    onnx_write_node(&w, "", "Reshape", "x shape", "y");
    onnx_write_typed_output(&w, "y", XYBRID_FLOAT32);
    onnx_bytes file = onnx_write_end(&w);
    door_write("letters/letters.onnx", file.data, file.size);
    door_write("letters/letters.json", letters, sizeof letters - 1);
    door_write("letters/model_metadata.json", metadata, sizeof metadata - 1);
    onnx_bytes_free(&file);
}

static void letters_become_text_with_times(void) {
    static const char said[] = "00002220330120033300"; /* HI HI; each letter is 4 frames: 1 ms */
    xybrid_error      err;
    xybrid_runtime   *rt = door_runtime();
    xybrid_model     *m = NULL;
    xybrid_envelope  *in = NULL, *out = NULL;
    int64_t           count = 0;
    write_letters();
    for (const char *p = said; *p; p++)
        for (int i = 0; i < 16; i++) samples[count++] = i % 4 == *p - '0' ? 0.5f : -0.1f;
    DOOR_OK(xybrid_model_load(rt, XB_TEST_BUILD "/Testing/letters", NULL, &m, &err));
    DOOR_OK(xybrid_envelope_new_audio(rt, samples, count, 16000, 1, xybrid_release_none, NULL, &in, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    CHECK_STR(xybrid_envelope_text(out), "HI HI");
    CHECK_INT(xybrid_envelope_view(out)->start_ms, 4);
    CHECK_INT(xybrid_envelope_view(out)->end_ms, 18);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(letters_become_text_with_times), RUN(moonshine_hears_jfk), RUN(whisper_hears_jfk), RUN(words_have_times),
           RUN(live_equals_batch), RUN(stop_ends_a_live_request), RUN(wrong_options_are_named), RUN(silence_says_nothing),
           RUN(many_channels_are_heard), RUN(a_deadline_ends_it))
