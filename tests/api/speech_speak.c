/* Speaking through the door, on the real packs: text to samples, batch as streaming, voices, speeds, cancel, any text.
 * Skips what scripts/setup zoo did not bring. */
#include "door.h"

#include <math.h>
#include <time.h>

static xybrid_error err;

typedef struct studio {
    xybrid_runtime *rt;
    xybrid_model   *model;
} studio;

/* 0 = the pack is not there. */
static int studio_open(studio *s, const char *pack, const char *weights, const char *overlay) {
    xybrid_load_options o;
    const char         *folder = door_pack(pack, weights);
    memset(s, 0, sizeof *s);
    if (!folder) return 0;
    s->rt = door_runtime();
    xybrid_load_options_init(&o, sizeof o);
    o.metadata = overlay;
    CHECK(door_ok_(xybrid_model_load(s->rt, folder, &o, &s->model, &err), &err, "load", __LINE__));
    return s->model != NULL;
}
static int open_kokoro(studio *s) { return studio_open(s, "kokoro-82m", "kokoro-v1.0.int8.onnx", NULL); }
static int open_piper(studio *s) { return studio_open(s, "piper-joe", "en_US-joe-medium.onnx", NULL); }

static void studio_close(studio *s) {
    xybrid_model_free(s->model);
    xybrid_runtime_free(s->rt);
}

typedef struct take {
    xybrid_status status;
    int64_t       samples, whole, first; /* of the pieces, of DONE's data (-1: none), of the first piece */
    int32_t       pieces, rate_hz;
    double        loudness, peak, sum;
    double        first_s, total_s; /* processor time until then */
} take;

static double now_s(void) { return (double)clock() / CLOCKS_PER_SEC; }

static void add_piece(take *t, const xybrid_view *v) {
    if (t->pieces++ == 0) t->first = v->count;
    t->rate_hz = v->sample_rate;
    for (int64_t i = 0; i < v->count; i++) {
        double x = (double)((const float *)v->data)[i];
        CHECK_OR_RETURN(fabs(x) <= 1); /* NaN fails */
        t->loudness += x * x;
        t->peak = check_worse(t->peak, fabs(x));
        t->sum += x * (double)((t->samples + i) % 1009);
    }
    t->samples += v->count;
}

/* As a stream; options with "text", voice, speed, params. */
static take speak(studio *s, const char *text, const char *voice, float speed, const char *params) {
    take                t = { .whole = -1 };
    xybrid_run_options  o;
    xybrid_envelope    *in = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *event = NULL;
    xybrid_run_options_init(&o, sizeof o);
    o.voice = voice;
    o.speed = speed;
    o.params = params;
    double begin = now_s();
    t.status = xybrid_envelope_new_text(s->rt, text, (int64_t)strlen(text), &in, &err);
    if (!t.status) t.status = xybrid_model_start(s->model, in, &o, &stream, &err);
    while (!t.status && !(t.status = xybrid_stream_next(stream, XYBRID_AUTO, &event, &err))) {
        if (event->kind == XYBRID_EVENT_AUDIO) add_piece(&t, xybrid_envelope_view(event->data));
        if (t.pieces == 1 && t.first_s == 0) t.first_s = now_s() - begin;
        if (event->kind == XYBRID_EVENT_DONE) {
            if (event->data) t.whole = xybrid_envelope_view(event->data)->count;
            break;
        }
    }
    t.total_s = now_s() - begin;
    t.loudness = t.samples ? sqrt(t.loudness / (double)t.samples) : 0;
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
    return t;
}

static const char paragraph[] = "The lighthouse stood on a narrow rock, two miles from the village. Every evening, an old man "
                                "climbed the stairs and lit the "
                                "lamp. His name was Mr. Hale; he had done this for 41 years, in summer and in winter. \"It is "
                                "not a hard life,\" he told the "
                                "children who came by boat, \"but you must like the wind.\" They asked him about storms, about "
                                "ships, and about the sea itself. "
                                "He answered all of their questions, gave them tea, and sent them home before dark.";

/* ---- lengths ---- */

static const char raw24[] =
    "{\"postprocessing\":[{\"type\":\"TTSAudioEncode\",\"sample_rate\":24000,\"apply_postprocessing\":false}]}";

static void reference_lengths(void) {
    static const char ids[] = "həlˈoʊ wˈɜːld, ðɪs ɪz ɐ tˈɛst ʌv spˈiːtʃ ɔnðə dɪvˈaɪs.";
    static const struct {
        const char *voice;
        float       speed;
        int64_t     samples; /* of ONNX Runtime, in MODELS */
    } takes[] = { { "af_heart", 1, 89400 },
                  { "af_heart", 2, 46800 },
                  { "af_bella", 1, 96000 },
                  { "am_michael", 1, 103800 },
                  { "bf_emma", 1, 90000 } };
    studio s;
    if (!studio_open(&s, "kokoro-82m", "kokoro-v1.0.int8.onnx", raw24)) CHECK_SKIP("the pack kokoro-82m");
    for (size_t i = 0; i < sizeof takes / sizeof takes[0]; i++) {
        take t = speak(&s, ids, takes[i].voice, takes[i].speed, "{\"phonemes\":true,\"first_chunk_chars\":0}");
        CHECK(t.status == XYBRID_OK && t.pieces == 1);
        CHECK(t.samples >= takes[i].samples - 2400 && t.samples <= takes[i].samples + 2400); /* four frames of durations */
        printf("%s x %g: %lld samples, there %lld\n", takes[i].voice, (double)takes[i].speed, (long long)t.samples,
               (long long)takes[i].samples);
    }
    studio_close(&s);
    if (!studio_open(&s, "piper-joe", "en_US-joe-medium.onnx", raw24)) CHECK_SKIP("the pack piper-joe");
    take t = speak(&s, ids, NULL, XYBRID_AUTO, "{\"phonemes\":true,\"first_chunk_chars\":0,\"noise_scale\":0,\"noise_w\":0}");
    CHECK_INT(t.samples, 70400);
    studio_close(&s);
}

/* The same phonemes by espeak-ng, from the text. */
static void espeak_says_the_same(void) {
#if defined(__SANITIZE_ADDRESS__)
    CHECK_SKIP("espeak-ng leaks a few bytes of its own");
#else
    static const char overlay[] =
        "{\"preprocessing\":[{\"type\":\"Phonemize\",\"tokens_file\":\"en_US-joe-medium.onnx.json\",\"backend\":\"EspeakNG\"}],"
        "\"postprocessing\":[{\"type\":\"TTSAudioEncode\",\"sample_rate\":22050,\"apply_postprocessing\":false}]}";
    const char         *folder = door_pack("piper-joe", "en_US-joe-medium.onnx");
    studio              s = { 0 };
    xybrid_load_options o;
    if (!folder) CHECK_SKIP("the pack piper-joe");
    s.rt = door_runtime();
    xybrid_load_options_init(&o, sizeof o);
    o.metadata = overlay;
    xybrid_status st = xybrid_model_load(s.rt, folder, &o, &s.model, &err);
    if (st) {
        CHECK_INT(st, XYBRID_ENGINE_MISSING);
        studio_close(&s);
        CHECK_SKIP("espeak-ng");
    }
    take t = speak(&s, "Hello world, this is a test of speech on the device.", NULL, XYBRID_AUTO,
                   "{\"first_chunk_chars\":0,\"noise_scale\":0,\"noise_w\":0}");
    CHECK_INT(t.samples, 70400);
    studio_close(&s);
#endif
}

/* ---- streaming ---- */

static void check_stream(studio *s, const char *params_all, double loudness_low, double loudness_high) {
    xybrid_envelope *in = NULL, *out = NULL;
    take             t = speak(s, paragraph, NULL, XYBRID_AUTO, params_all);
    if (t.status) printf("%s\n", err.message);
    CHECK_OR_RETURN(t.status == XYBRID_OK);
    printf(
        "%lld samples (%.1f s), %d pieces, the first %.2f s long after %.2f s, all after %.2f s of processor time, rms %.3f\n",
        (long long)t.samples, (double)t.samples / t.rate_hz, t.pieces, (double)t.first / t.rate_hz, t.first_s, t.total_s,
        t.loudness);
    CHECK_INT(t.whole, t.samples);
    CHECK(t.pieces >= 3);
    CHECK(t.first < 5 * (int64_t)t.rate_hz); /* a phrase */
    CHECK(t.first_s < t.total_s / 3);        /* which is there long before the rest */
    CHECK(t.samples > 20 * (int64_t)t.rate_hz && t.samples < 45 * (int64_t)t.rate_hz);
    CHECK(t.loudness > loudness_low && t.loudness < loudness_high && t.peak <= 1);
    /* the one-liner gives the same */
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.params = params_all;
    DOOR_OK(xybrid_envelope_new_text(s->rt, paragraph, sizeof paragraph - 1, &in, &err));
    DOOR_OK(xybrid_model_run(s->model, in, &o, &out, &err));
    take batch = { 0 };
    add_piece(&batch, xybrid_envelope_view(out));
    CHECK_INT(batch.samples, t.samples);
    CHECK_NEAR(batch.sum, t.sum, 0);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    /* nothing is kept where the pieces are enough */
    char params[100];
    snprintf(params, sizeof params, "{\"whole\":false%s%s", params_all[1] == '}' ? "" : ",", params_all + 1);
    take flat = speak(s, paragraph, NULL, XYBRID_AUTO, params);
    CHECK(flat.status == XYBRID_OK && flat.whole == -1);
    CHECK_NEAR(flat.sum, t.sum, 0);
}

static void kokoro_streams(void) {
    studio s;
    if (!open_kokoro(&s)) CHECK_SKIP("the pack kokoro-82m");
    check_stream(&s, "{}", 0.06, 0.11);
    studio_close(&s);
}

static void piper_streams(void) {
    studio s;
    if (!open_piper(&s)) CHECK_SKIP("the pack piper-joe");
    check_stream(&s, "{}", 0.06, 0.11); /* its noise is the same each time */
    take zero = speak(&s, "Good morning.", NULL, XYBRID_AUTO, NULL),
         one = speak(&s, "Good morning.", NULL, XYBRID_AUTO, "{\"seed\":1}");
    take again = speak(&s, "Good morning.", NULL, XYBRID_AUTO, "{\"seed\":1}");
    CHECK(zero.sum != one.sum);
    CHECK(one.sum == again.sum && one.samples == again.samples);
    studio_close(&s);
    CHECK_OR_RETURN(open_piper(&s)); /* and in another model */
    again = speak(&s, "Good morning.", NULL, XYBRID_AUTO, NULL);
    CHECK(again.sum == zero.sum && again.samples == zero.samples);
    studio_close(&s);
}

/* A language model's words, as they come. */
static void live_text(void) {
    studio              s;
    xybrid_session     *session = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *event = NULL;
    take                t = { 0 };
    if (!open_piper(&s)) CHECK_SKIP("the pack piper-joe");
    DOOR_OK(xybrid_session_open(s.model, NULL, &session, &err));
    DOOR_OK(xybrid_session_start(session, NULL, NULL, &stream, &err));
    const char text[] = "Hello, I am here. How are you today? Fine.";
    int32_t    before_end = 0;
    for (size_t i = 0; i < sizeof text - 1; i += 4) {
        xybrid_envelope *in = NULL;
        size_t           n = sizeof text - 1 - i < 4 ? sizeof text - 1 - i : 4;
        DOOR_OK(xybrid_envelope_new_text(s.rt, text + i, (int64_t)n, &in, &err));
        DOOR_OK(xybrid_stream_feed(stream, in, &err));
        xybrid_envelope_free(in);
        while (!xybrid_stream_next(stream, 0, &event, &err) && event->kind == XYBRID_EVENT_AUDIO) {
            add_piece(&t, xybrid_envelope_view(event->data));
            before_end++;
        }
        CHECK(event && event->kind == XYBRID_EVENT_NEED_INPUT);
    }
    CHECK_INT(before_end, 2); /* "Fine." may go on */
    DOOR_OK(xybrid_stream_finish(stream, &err));
    while (!xybrid_stream_next(stream, XYBRID_AUTO, &event, &err) && event->kind == XYBRID_EVENT_AUDIO)
        add_piece(&t, xybrid_envelope_view(event->data));
    CHECK(event->kind == XYBRID_EVENT_DONE && !event->data);
    CHECK_INT(t.pieces, 3);
    xybrid_stream_close(stream);
    xybrid_session_free(session);
    studio_close(&s);
}

/* ---- cancel ---- */

static int32_t stop_at_first(void *ctx, const xybrid_event *event) {
    ++*(int32_t *)ctx;
    return event->kind == XYBRID_EVENT_AUDIO;
}

static void cancel_and_interrupt(void) {
    studio             s;
    xybrid_cancel     *cancel = NULL;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_stream     *stream = NULL;
    xybrid_run_options o;
    int32_t            events = 0;
    if (!open_piper(&s)) CHECK_SKIP("the pack piper-joe");
    xybrid_run_options_init(&o, sizeof o);
    DOOR_OK(xybrid_envelope_new_text(s.rt, paragraph, sizeof paragraph - 1, &in, &err));
    DOOR_OK(xybrid_model_start(s.model, in, &o, &stream, &err));
    CHECK_INT(xybrid_stream_drain(stream, stop_at_first, &events, NULL, &err), XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(events, 1);
    xybrid_stream_close(stream);

    DOOR_OK(xybrid_cancel_create(s.rt, &cancel, &err)); /* fired between two pieces */
    o.cancel = cancel;
    const xybrid_event *event = NULL;
    DOOR_OK(xybrid_model_start(s.model, in, &o, &stream, &err));
    DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err));
    CHECK_INT(event->kind, XYBRID_EVENT_AUDIO);
    xybrid_cancel_fire(cancel);
    CHECK_INT(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err), XYBRID_CANCELLED_TOKEN);
    xybrid_stream_close(stream);
    xybrid_cancel_free(cancel);

    o.cancel = NULL;
    o.deadline_ms = 1; /* fires inside a piece */
    CHECK_INT(xybrid_model_run(s.model, in, &o, &out, &err), XYBRID_CANCELLED_DEADLINE);
    o.deadline_ms = XYBRID_AUTO;

    DOOR_OK(xybrid_model_start(s.model, in, &o, &stream, &err)); /* the stop button keeps what was said */
    DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err));
    int64_t first = xybrid_envelope_view(event->data)->count;
    xybrid_stream_interrupt(stream);
    DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err));
    while (event->kind == XYBRID_EVENT_AUDIO) {
        first += xybrid_envelope_view(event->data)->count;
        DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err));
    }
    CHECK(event->kind == XYBRID_EVENT_DONE && event->finish == XYBRID_FINISH_INTERRUPTED);
    CHECK(event->data && xybrid_envelope_view(event->data)->count == first);
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
    studio_close(&s);
}

/* ---- voices, speeds ---- */

static void voices_and_speeds(void) {
    static const char        text[] = "Good morning.";
    static const char *const voices[] = { "af_heart", "af_bella", "am_michael", "bf_emma", "am_adam", "af_heart.5+am_michael.5",
                                          "0" };
    studio                   s;
    if (!open_kokoro(&s)) CHECK_SKIP("the pack kokoro-82m");
    double sums[7];
    for (int i = 0; i < 7; i++) {
        take t = speak(&s, text, voices[i], XYBRID_AUTO, NULL);
        CHECK(t.status == XYBRID_OK && t.samples > 12000 && t.samples < 48000);
        sums[i] = t.sum;
        for (int k = 0; k < i; k++)
            CHECK(fabs(sums[k] - sums[i]) > 1e-9 || (k == 0 && i == 6)); /* all differ; 0 is the first */
    }
    CHECK_NEAR(sums[6], sums[0], 0);
    take slow = speak(&s, text, NULL, 0.5F, NULL), fast = speak(&s, text, NULL, 2, NULL);
    CHECK(slow.samples > 3 * fast.samples && slow.samples < 5 * fast.samples);
    static const struct {
        const char *voice;
        float       speed;
        const char *part;
    } wrong[] = {
        { "af_hart", 1, "there is no voice \"af_hart\" among 12; nearest are af_heart" },
        { "af_heart+nobody", 1, "no voice \"nobody\"" },
        { NULL, 0, "speed is 0, wanted 0.5 to 2" },
        { NULL, NAN, "speed is nan" },
        { NULL, 2.5F, "speed is 2.5" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        take t = speak(&s, text, wrong[i].voice, wrong[i].speed, NULL);
        CHECK_INT(t.status, XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(err.message, wrong[i].part) != NULL);
        if (!strstr(err.message, wrong[i].part)) printf("%s\n", err.message);
    }
    const char *about = xybrid_model_describe(s.model);
    CHECK(strstr(about, "\"default_voice\": \"af_heart\"") && strstr(about, "\"bm_fable\"") &&
          strstr(about, "\"sample_rate\": 24000"));
    studio_close(&s);
}

/* The input's metadata says the same as the options, which win. */
static void metadata_of_the_text(void) {
    studio             s;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options o;
    if (!open_kokoro(&s)) CHECK_SKIP("the pack kokoro-82m");
    xybrid_run_options_init(&o, sizeof o);
    DOOR_OK(xybrid_envelope_new_text(s.rt, "Yes.", 4, &in, &err));
    DOOR_OK(xybrid_envelope_set(in, "voice_id", "am_michael", &err));
    DOOR_OK(xybrid_envelope_set(in, "speed", "1.5", &err));
    take wanted = speak(&s, "Yes.", "am_michael", 1.5F, NULL);
    DOOR_OK(xybrid_model_run(s.model, in, &o, &out, &err));
    CHECK_INT(xybrid_envelope_view(out)->count, wanted.samples);
    xybrid_envelope_free(out);
    o.voice = "bf_emma";
    wanted = speak(&s, "Yes.", "bf_emma", 1.5F, NULL);
    DOOR_OK(xybrid_model_run(s.model, in, &o, &out, &err));
    CHECK_INT(xybrid_envelope_view(out)->count, wanted.samples);
    xybrid_envelope_free(out);
    DOOR_OK(xybrid_envelope_set(in, "speed", "fast", &err));
    CHECK_INT(xybrid_model_run(s.model, in, &o, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "\"fast\"") != NULL);
    DOOR_OK(xybrid_envelope_set(in, "speed", NULL, &err));
    o.params = "{\"format\":\"pcm16\"}";
    DOOR_OK(xybrid_model_run(s.model, in, &o, &out, &err));
    const xybrid_view *v = xybrid_envelope_view(out);
    CHECK(v->format == XYBRID_FORMAT_PCM16 && v->sample_rate == 24000 && v->channels == 1 && v->size_bytes == 2 * v->count);
    const char *path = door_write("speech_pcm16.wav", "", 0);
    DOOR_OK(xybrid_envelope_save(out, path, &err));
    char header[64];
    CHECK(door_read(path, header, sizeof header) == 64 && memcmp(header, "RIFF", 4) == 0);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    studio_close(&s);
}

/* ---- texts ---- */

static void texts_of_every_kind(void) {
    studio s;
    if (!open_piper(&s)) CHECK_SKIP("the pack piper-joe");
    static const struct {
        const char *text;
        int         speaks; /* -1: an error, 0: silence, 1: sound */
    } texts[] = {
        { "", -1 },
        { " \n\t ", -1 },
        { "...", 0 },
        { "!?,;:()\"", 0 },
        { "a", 1 },
        { "Tab\tand\x01 control\x7f characters.", 1 },
        { "It costs $3.50 on 2024-05-17 at 10:30, i.e. 5% of 70 km/h.", 1 },
        { "Na\xc3\xafve caf\xc3\xa9, \xe4\xbd\xa0\xe5\xa5\xbd, \xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82, hello.", 1 },
        { "Party \xf0\x9f\x8e\x89 time \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7!", 1 },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 },
        { "99999999999999999999999999999999999999999999999999", 1 },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        take t = speak(&s, texts[i].text, NULL, XYBRID_AUTO, NULL);
        CHECK_INT(t.status, texts[i].speaks < 0 ? XYBRID_INVALID_ARGUMENT : XYBRID_OK);
        if (texts[i].speaks >= 0) CHECK((t.loudness > 0.01) == texts[i].speaks && t.samples > 0);
        if (texts[i].speaks >= 0 && (t.loudness > 0.01) != texts[i].speaks) printf("%zu: %g\n", i, t.loudness);
    }
    studio_close(&s);
}

static int64_t used_bytes(xybrid_runtime *rt) {
    xybrid_stats stats;
    xybrid_runtime_stats(rt, &stats);
    return stats.private_bytes;
}

/* 100,000 characters: the memory after the first pieces is the memory after many. Not all of it is taken: the stop button. */
static void a_book(void) {
    studio              s;
    xybrid_envelope    *in = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *event = NULL;
    xybrid_run_options  o;
    DOOR_NEEDS_STEADY_MEMORY;
    if (!open_piper(&s)) CHECK_SKIP("the pack piper-joe");
    char  *book = malloc(100001);
    size_t size = 0;
    while (size + sizeof paragraph < 100000) {
        memcpy(book + size, paragraph, sizeof paragraph);
        size += sizeof paragraph;
        book[size - 1] = ' ';
    }
    xybrid_run_options_init(&o, sizeof o);
    o.params = "{\"whole\":false,\"max_chunk_chars\":120}";
    DOOR_OK(xybrid_envelope_new_text(s.rt, book, (int64_t)size, &in, &err));
    DOOR_OK(xybrid_model_start(s.model, in, &o, &stream, &err));
    int64_t early = 0, late = 0;
    int     count = DOOR_IS_SLOW ? 16 : 40;
    for (int i = 0; i < count; i++) {
        DOOR_OK(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err));
        CHECK_OR_RETURN(event->kind == XYBRID_EVENT_AUDIO);
        int64_t used = used_bytes(s.rt);
        if (i < count / 2 && used > early) early = used;
        if (i >= count / 2 && used > late) late = used;
    }
    printf("%.1f MB after half of it, %.1f MB after all\n", (double)early / 1e6, (double)late / 1e6);
    CHECK(late < early + early / 4 + (8 << 20));
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
    free(book);
    studio_close(&s);
}

CHECK_MAIN(RUN(reference_lengths), RUN(espeak_says_the_same), RUN(kokoro_streams), RUN(piper_streams), RUN(live_text),
           RUN(cancel_and_interrupt), RUN(voices_and_speeds), RUN(metadata_of_the_text), RUN(texts_of_every_kind), RUN(a_book))
