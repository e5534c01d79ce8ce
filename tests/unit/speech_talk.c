/* Talks, by a small rig. With an engine that gives the ids back as samples: what is said is all of the text, once, in order, in
 * pieces that the model can take. With the real packs: the lengths of MODELS. The way through the library's door is
 * tests/api/speech_speak.c. */
#include <math.h>

#include "engine/native/native.h"
#include "engine_rig.h"
#include "speech/speaker.h"
#include "temp.h"

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
    CHECK_INT(rig_model(&b->r, file->bytes, (size_t)file->size_bytes, file->path, file->name, format, NULL, NULL, NULL,
                        &b->model, &err),
              XYBRID_OK);
    CHECK_INT(rig_session(b->model, &b->session, &err), XYBRID_OK);
    CHECK_INT(xb_speaker_open(&mem, b->pack, b->model, NULL, &b->speaker, &err), XYBRID_OK);
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
    int64_t slow = say(&b, text, (xb_talk_options){ .speed = 0.5, .params = params }, NULL, NULL);
    CHECK(slow > 120000 && slow < 140800); /* each phoneme's length is rounded up, twice as long or not */
    CHECK_INT(say(&b, text, (xb_talk_options){ .speed = 1, .params = params, .voice = "joe" }, NULL, NULL), -1);
    CHECK(strstr(err.message, "one voice") != NULL);
    bench_close(&b);
}

/* ---- an engine that gives the ids back ---- */

#define ECHO_MODEL "xybrid-echo 1\ninput tokens int64 1 -1\ninput style float32 1 4\ninput speed float32 1\noutput y tokens\n"
#define ECHO_JSON(more)                                                                                                        \
    "{\"model_id\":\"e\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.echo\"},\"files\":[]," \
    "\"preprocessing\":[{\"type\":\"Phonemize\",\"tokens_file\":\"tokens.txt\",\"backend\":\"Characters\"}],"                  \
    "\"postprocessing\":[{\"type\":\"TTSAudioEncode\",\"sample_rate\":8000,\"apply_postprocessing\":false}]" more "}"
#define TOKENS ". 1\n, 2\n  3\na 11\nb 12\nc 13\nd 14\n" /* a to d */

typedef struct echo_bench {
    xb_test_mem        tm;
    rig                r;
    xb_pack           *pack;
    xb_engine_model   *model;
    xb_engine_session *session;
    xb_speaker        *speaker;
    xb_net             net;
    int64_t            runs, longest, fail_at;
} echo_bench;

static xybrid_status run_echo(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *e) {
    echo_bench *b = ctx;
    catcher     c = { .mem = &b->tm.mem };
    if (++b->runs == b->fail_at) return xb_fail(e, XYBRID_CANCELLED_TOKEN, "", "cancelled");
    xybrid_status st = rig_run(b->session, &c, wanted, NULL, e);
    outputs[0] = c.outputs[0];
    if (st == XYBRID_OK && xb_tensor_count(&outputs[0]) > b->longest) b->longest = xb_tensor_count(&outputs[0]);
    return st;
}

static void echo_files(const char *json, const char *model) {
    static const float voices[510 * 4];
    temp_open();
    temp_file("model_metadata.json", json, strlen(json));
    temp_file("m.echo", model, strlen(model));
    temp_file("tokens.txt", TOKENS, strlen(TOKENS));
    temp_file("voices.bin", voices, sizeof voices);
}

static xybrid_status echo_open(echo_bench *b, const char *model) {
    static const xybrid_engine *const tables[] = { &xb_engine_echo };
    xb_pack_source                    source = { .path = temp_root_ };
    xybrid_status                     st = xb_pack_open(&b->tm.mem, &source, &b->pack, &err);
    if (st == XYBRID_OK) st = rig_open(&b->r, &b->tm.mem, tables, 1, 1, &err);
    if (st == XYBRID_OK) st = rig_text_model(&b->r, model, &b->model, &err);
    if (st == XYBRID_OK) st = rig_session(b->model, &b->session, &err);
    if (st == XYBRID_OK) st = xb_speaker_open(&b->tm.mem, b->pack, b->model, NULL, &b->speaker, &err);
    b->net = (xb_net){ b->model, b->session, run_echo, b };
    return st;
}

static void echo_close(echo_bench *b) {
    xb_speaker_free(b->speaker);
    xb_engine_session_close(b->session);
    xb_engine_model_drop(b->model);
    if (b->r.mem) rig_close(&b->r);
    xb_pack_free(b->pack);
}

/* All samples of a text that comes `step` bytes at a time (0: at once), as letters; its pieces are parted by '|'. */
static xybrid_status echo_say(echo_bench *b, const char *text, size_t step, const char *params, xb_str *out) {
    xb_talk        *talk = NULL;
    xb_talk_state   state = XB_TALK_AUDIO;
    xb_talk_options o = { .speed = XYBRID_AUTO, .params = params };
    size_t          size = strlen(text), at = 0;
    xybrid_status   st = xb_talk_open(b->speaker, &b->tm.mem, &b->net, &o, &talk, &err);
    if (st) return st;
    while (st == XYBRID_OK && state != XB_TALK_DONE) {
        size_t n = step && step < size - at ? step : size - at;
        st = xb_talk_feed(talk, text + at, n, &err);
        if ((at += n) == size) xb_talk_finish(talk);
        do {
            xb_tensor piece = { 0 };
            if (st == XYBRID_OK) st = xb_talk_next(talk, &state, &piece, &err);
            if (st || state != XB_TALK_AUDIO) break;
            if (out->size) xb_str_addc(out, '|');
            for (int64_t i = 0; i < xb_tensor_count(&piece); i++) {
                int id = (int)((float *)piece.data)[i];
                if (id) xb_str_addc(out, id > 10 ? (char)('a' + id - 11) : id == 3 ? ' ' : id == 2 ? ',' : '.');
            }
            xb_tensor_drop(&piece);
        } while (1);
    }
    if (st == XYBRID_OK) { /* DONE again and again */
        xb_tensor none;
        CHECK(xb_talk_next(talk, &state, &none, &err) == XYBRID_OK && state == XB_TALK_DONE && !none.data);
    }
    xb_talk_close(talk);
    return st;
}

static void everything_is_said_once(void) {
    static const char *const texts[] = { "abcd.", "ab cd, abc. dab", "abab cdcd abab cdcd. abab, cdcd abab; cdcd",
                                         "a. b. c. d.", "ab\n\ncd" };
    echo_bench               b = { 0 };
    xb_str                   out;
    xb_test_mem_init(&b.tm, 0, 0);
    echo_files(ECHO_JSON(""), ECHO_MODEL);
    CHECK_OR_RETURN(echo_open(&b, ECHO_MODEL) == XYBRID_OK);
    xb_str_init(&out, &b.tm.mem, 1 << 24);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t step = 0; step < 6; step++) { /* by letters */
            xb_str_clear(&out);
            CHECK_INT(echo_say(&b, texts[i], step, "{\"first_chunk_chars\":9,\"max_chunk_chars\":12}", &out), XYBRID_OK);
            const char *p = out.data;
            for (const char *t = texts[i]; *t; t++) {
                if (strchr(" \n;", *t)) continue;
                while (*p == ' ' || *p == '|') p++;
                CHECK(*p == *t);
                p += *p != 0;
            }
            CHECK(*p == 0);
        }
    /* a single word beyond what the model takes, and a text of megabytes' worth of sentences */
    char *big = malloc(120001);
    for (int i = 0; i < 120000; i++) big[i] = i < 3000 ? 'a' : "abc, dabc ab. "[i % 14];
    big[120000] = 0;
    xb_str_clear(&out);
    b.longest = 0;
    int64_t before = xb_atomic_get(&b.tm.mem.used_bytes);
    CHECK_INT(echo_say(&b, big, 0, "{\"max_chunk_chars\":4096}", &out), XYBRID_OK);
    CHECK(b.longest > 400 && b.longest <= 512);
    int64_t letters = 0;
    for (const char *p = out.data; *p; p++) letters += *p >= 'a' && *p <= 'd';
    int64_t wanted = 0;
    for (const char *p = big; *p; p++) wanted += *p >= 'a' && *p <= 'd';
    CHECK_INT(letters, wanted);
    CHECK(xb_atomic_get(&b.tm.mem.peak_bytes) - before < 4 << 20);
    free(big);
    xb_str_free(&out);
    echo_close(&b);
    CHECK_INT(b.tm.live_blocks, 0);
    temp_close();
}

static void the_first_piece_is_short(void) {
    echo_bench b = { 0 };
    xb_str     out;
    xb_test_mem_init(&b.tm, 0, 0);
    echo_files(ECHO_JSON(""), ECHO_MODEL);
    CHECK_OR_RETURN(echo_open(&b, ECHO_MODEL) == XYBRID_OK);
    xb_str_init(&out, &b.tm.mem, 1 << 20);
    char text[2001];
    for (int i = 0; i < 2000; i++) text[i] = "abcd abcd abcd, "[i % 16];
    text[2000] = 0;
    CHECK_INT(echo_say(&b, text, 0, NULL, &out), XYBRID_OK);
    int64_t before = 0, pieces = 0;
    for (const char *p = out.data, *bar; *p; p = bar + (*bar == '|'), pieces++) {
        bar = strchr(p, '|');
        if (!bar) bar = p + strlen(p);
        if (pieces == 0) CHECK(bar - p <= 60);
        CHECK(bar - p <= 350 && (pieces == 0 || bar - p <= 4 * before)); /* the next is ready while this one plays */
        before = bar - p;
    }
    CHECK(pieces >= 7 && pieces < 12);
    xb_str_free(&out);
    echo_close(&b);
    CHECK_INT(b.tm.live_blocks, 0);
    temp_close();
}

static void refused(echo_bench *b, const char *text, xb_talk_options o, const char *part) {
    xb_talk      *talk = NULL;
    xb_tensor     piece = { 0 };
    xb_talk_state state;
    xybrid_status st = xb_talk_open(b->speaker, &b->tm.mem, &b->net, &o, &talk, &err);
    if (st == XYBRID_OK) st = xb_talk_feed(talk, text, strlen(text), &err);
    if (st == XYBRID_OK) {
        xb_talk_finish(talk);
        st = xb_talk_next(talk, &state, &piece, &err);
    }
    CHECK_INT(st, XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, part) != NULL);
    if (!strstr(err.message, part)) printf("%s\n", err.message);
    xb_tensor_drop(&piece);
    xb_talk_close(talk);
}

static void wrong_requests(void) {
    echo_bench b = { 0 };
    xb_test_mem_init(&b.tm, 0, 0);
    echo_files(ECHO_JSON(""), ECHO_MODEL);
    CHECK_OR_RETURN(echo_open(&b, ECHO_MODEL) == XYBRID_OK);
    refused(&b, "a", (xb_talk_options){ .speed = 0 }, "speed is 0, wanted 0.5 to 2");
    refused(&b, "a", (xb_talk_options){ .speed = NAN }, "speed is nan");
    refused(&b, "a", (xb_talk_options){ .speed = 2.01 }, "speed is 2.01");
    refused(&b, "a", (xb_talk_options){ .speed = -3 }, "speed is -3");
    refused(&b, "a", (xb_talk_options){ .speed = INFINITY }, "speed is inf");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .voice = "af_heart" }, "no voice \"af_heart\"");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .params = "{\"pitch\":2}" }, "params.pitch is not known");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .params = "{\"noise_w\":-2}" }, "noise_w");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .params = "{\"format\":\"mp3\"}" }, "pcm16");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .params = "[]" }, "object");
    refused(&b, "a", (xb_talk_options){ .speed = 1, .params = "{" }, "JSON");
    refused(&b, "", (xb_talk_options){ .speed = 1 }, "empty");
    refused(&b, " \n ", (xb_talk_options){ .speed = 1 }, "empty");
    refused(&b, "a\xff", (xb_talk_options){ .speed = 1 }, "byte 1 of the text is not UTF-8");
    echo_close(&b);
    CHECK_INT(b.tm.live_blocks, 0);
    temp_close();
}

/* Nothing of it can be said: silence, of one pause, however long it is. */
static void marks_and_pictures(void) {
    static const char *const texts[] = { ".", "...", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80. \xf0\x9f\x98\x80! \xe2\x98\x83" };
    echo_bench               b = { 0 };
    xb_test_mem_init(&b.tm, 0, 0);
    echo_files(
        "{\"model_id\":\"e\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.echo\"},"
        "\"files\":[],\"preprocessing\":[{\"type\":\"Phonemize\",\"tokens_file\":\"tokens.txt\",\"backend\":\"Characters\"}]}",
        ECHO_MODEL);
    CHECK_OR_RETURN(echo_open(&b, ECHO_MODEL) == XYBRID_OK);
    CHECK_INT(xb_speaker_rate_hz(b.speaker), 24000);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        xb_str out;
        xb_str_init(&out, &b.tm.mem, 1 << 20);
        CHECK_INT(echo_say(&b, texts[i], 0, "{\"max_chunk_chars\":3}", &out), XYBRID_OK);
        CHECK_INT(b.runs, 0);
        xb_str_free(&out);
    }
    echo_close(&b);
    CHECK_INT(b.tm.live_blocks, 0);
    temp_close();
}

static void other_inputs(void) {
    static const char vits[] = "xybrid-echo 1\ninput input int64 1 -1\ninput input_lengths int64 1\ninput scales float32 3\n"
                               "input sid int64 1\noutput y input\n";
    static const char odd[] =
        "xybrid-echo 1\ninput tokens int32 1 -1\ninput noise_scale float32 1\ninput length_scale float32 1\n"
        "input noise_scale_w float64 1\noutput y tokens\n";
    static const char        wrong[] = "xybrid-echo 1\ninput pixels float32 1 3 8 8\noutput y pixels\n";
    static const char        none[] = "xybrid-echo 1\ninput speed float32 1\noutput y speed\n";
    static const char *const models[] = { vits, odd, wrong, none };
    for (int i = 0; i < 4; i++) {
        echo_bench b = { 0 };
        xb_str     out;
        xb_test_mem_init(&b.tm, 0, 0);
        echo_files(ECHO_JSON(""), models[i]);
        xybrid_status st = echo_open(&b, models[i]);
        CHECK_INT(st, i < 2 ? XYBRID_OK : XYBRID_UNSUPPORTED_PACK);
        if (i == 2) CHECK(strstr(err.message, "its inputs are pixels float32 [1,3,8,8]") != NULL);
        if (i == 3) CHECK(strstr(err.message, "tokens") != NULL);
        xb_str_init(&out, &b.tm.mem, 1 << 20);
        if (st == XYBRID_OK) CHECK_INT(echo_say(&b, "abcd.", 0, NULL, &out), XYBRID_OK);
        if (st == XYBRID_OK) CHECK_STR(out.data, "abcd.");
        xb_str_free(&out);
        echo_close(&b);
        CHECK_INT(b.tm.live_blocks, 0);
        temp_close();
    }
}

static void cancelled_and_stopped(void) {
    echo_bench b = { .fail_at = 2 };
    xb_str     out;
    xb_test_mem_init(&b.tm, 0, 0);
    echo_files(ECHO_JSON(""), ECHO_MODEL);
    CHECK_OR_RETURN(echo_open(&b, ECHO_MODEL) == XYBRID_OK);
    xb_str_init(&out, &b.tm.mem, 1 << 20);
    CHECK_INT(echo_say(&b, "abc. abc. abc.", 0, "{\"max_chunk_chars\":5}", &out), XYBRID_CANCELLED_TOKEN);
    CHECK_STR(out.data, "abc.");
    CHECK_INT(echo_say(&b, "ab.", 0, NULL, &out), XYBRID_OK); /* the session goes on */
    xb_talk        *talk = NULL;
    xb_talk_state   state = XB_TALK_WANTS_TEXT;
    xb_tensor       piece;
    xb_talk_options o = { .speed = 1 };
    CHECK_INT(xb_talk_open(b.speaker, &b.tm.mem, &b.net, &o, &talk, &err), XYBRID_OK);
    CHECK_INT(xb_talk_feed(talk, "abc. abc.", 9, &err), XYBRID_OK);
    xb_talk_stop(talk);
    CHECK_INT(xb_talk_next(talk, &state, &piece, &err), XYBRID_OK);
    CHECK(state == XB_TALK_DONE);
    xb_talk_close(talk);
    xb_str_free(&out);
    echo_close(&b);
    CHECK_INT(b.tm.live_blocks, 0);
    temp_close();
}

static void memory_runs_out(void) {
    static echo_bench b;
    echo_files(ECHO_JSON(""), ECHO_MODEL);
    memset(&b, 0, sizeof b);
    XB_TORTURE (b.tm, 2000) {
        xb_test_mem tm = b.tm; /* open starts from zeros but for the memory */
        memset(&b, 0, sizeof b);
        b.tm = tm;
        xb_mem_init(&b.tm.mem, xb_test_alloc_, xb_test_free_, &b.tm, XYBRID_AUTO);
        xb_mem plain;
        xb_str out;
        xb_mem_init(&plain, NULL, NULL, NULL, XYBRID_AUTO);
        xb_str_init(&out, &plain, 1 << 20);
        xybrid_status st = echo_open(&b, ECHO_MODEL);
        if (st == XYBRID_OK) st = echo_say(&b, "ab cd, ab. cd", 0, "{\"max_chunk_chars\":6}", &out);
        XB_TORTURE_STATUS(b.tm, st);
        echo_close(&b);
        xb_str_free(&out);
    }
    temp_close();
}

CHECK_MAIN(RUN(everything_is_said_once), RUN(the_first_piece_is_short), RUN(wrong_requests), RUN(marks_and_pictures),
           RUN(other_inputs), RUN(cancelled_and_stopped), RUN(memory_runs_out), RUN(kokoro_speaks_the_reference_length),
           RUN(piper_speaks_the_reference_length))
