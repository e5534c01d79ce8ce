/* The recognizer on real models, without flow: ids and texts of MODELS.md, pieces, portions, silence, cancel, memory. */
#include "speech/pauses.h"
#include "speech_rig.h"

#define JFK_TINY "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
#define JFK_WHISPER "And so my fellow Americans ask not what your country can do for you, ask what you can do for your country."
#define CLIP_TINY                                                                                                            \
    "The cut on his chest still dripping blood, the ache of his overstrained eyes, even the soaring arena around him, with " \
    "thousands of spectators, retrivialities not worth thinking about."
#define CLIP_WHISPER                                                                                                           \
    "The cut on his chest is still dripping blood. The ache of his overstrained eyes, even the soaring arena around him with " \
    "thousands of spectators, retrovealities not worth thinking about."

static const int64_t ids_tiny[] = { 1126, 577, 29892, 590,   10404, 23035, 29892, 2244, 451, 825, 596, 4234, 508,
                                    437,  363, 366,   29892, 2244,  825,   366,   508,  437, 363, 596, 4234, 29889 },
                     ids_whisper[] = { 843, 523, 616, 5891, 3399, 1265, 407, 644, 534, 1499, 460,  466,
                                       329, 345, 11,  1265, 644,  345,  460, 466, 329, 534,  1499, 13 };

typedef struct model_files {
    const char    *pack, *encoder, *decoder, *jfk, *clip;
    const int64_t *ids;
    int32_t        id_count;
} model_files;
static const model_files models[] = {
    { "moonshine-tiny", "encoder_model.onnx", "decoder_model_merged.onnx", JFK_TINY, CLIP_TINY, ids_tiny, 26 },
    { "whisper-tiny.en", "encoder.onnx", "decoder.onnx", JFK_WHISPER, CLIP_WHISPER, ids_whisper, 24 },
};
enum { TINY, WHISPER, MODELS };

static xb_mem      mem;
static speech_said said, again;
static float      *jfk, *clip;
static int64_t     jfk_count, clip_count;

/* 0: the test is skipped. */
static int begin(speech_rig *r, int which) {
    xybrid_error       err = { 0 };
    const model_files *m = &models[which];
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (!jfk) jfk = speech_clip("audio/jfk.wav", &jfk_count);
    if (!clip) clip = speech_clip("audio/1272-141231-0002.wav", &clip_count);
    xybrid_status st = speech_open(r, &mem, m->pack, m->encoder, m->decoder, &err);
    if (st == XYBRID_OK && jfk && clip) return 1;
    if (st != XYBRID_IO_OPEN && st != XYBRID_OK) CHECK_STR(err.message, "");
    speech_close(r);
    check_skip_(jfk && clip ? err.message : "shared data");
    return 0;
}

static void end(speech_rig *r) {
    speech_close(r);
    CHECK_INT(mem.used_bytes, 0);
}

static void check_ids(int which) {
    speech_rig         r;
    static xb_heard    heard;
    const model_files *m = &models[which];
    xybrid_error       err = { 0 };
    if (!begin(&r, which)) return;
    xb_hearing h = { .model = r.model, .mem = &mem, .language = -1 };
    memset(&heard, 0, sizeof heard);
    CHECK_INT(xb_seq2seq_open(&r.model->plan, &mem, &r.nets[0], &r.nets[1], &h.net, &err), XYBRID_OK);
    for (int round = 0; round < 2; round++) { /* used sessions, too */
        memset(&heard, 0, sizeof heard);
        CHECK_INT(xb_hear(&h, jfk, jfk_count, 0, &heard, &err), XYBRID_OK);
        CHECK_INT(heard.count, m->id_count);
        for (int32_t i = 0; i < heard.count && i < m->id_count; i++) CHECK_INT(heard.ids[i], m->ids[i]);
        CHECK(heard.log_probability > -0.5 && heard.log_probability <= 0);
    }
    xb_seq2seq_close(h.net);
    end(&r);
}
static void moonshine_ids(void) { check_ids(TINY); }
static void whisper_ids(void) { check_ids(WHISPER); }

/* However the samples are portioned: texts and times. */
static void check_texts(int which) {
    speech_rig   r;
    xybrid_error err = { 0 };
    if (!begin(&r, which)) return;
    CHECK_INT(speech_hear(&r, &mem, jfk, jfk_count, jfk_count, NULL, &said, &err), XYBRID_OK);
    CHECK_STR(said.text, models[which].jfk);
    CHECK_INT(said.segments, 1);
    CHECK(said.end_ms > 9500 && said.end_ms <= 11000);
    CHECK_INT(speech_hear(&r, &mem, clip, clip_count, 777, NULL, &said, &err), XYBRID_OK);
    CHECK_STR(said.text, models[which].clip);
    end(&r);
}
static void moonshine_texts(void) { check_texts(TINY); }
static void whisper_texts(void) { check_texts(WHISPER); }

/* ---- partial results, and what they leave alone ---- */

static void live_is_batch(void) {
    speech_rig            r;
    xybrid_error          err = { 0 };
    xb_recognizer_options o;
    if (!begin(&r, TINY)) return;
    xb_recognizer_options_init(&o);
    o.has_partials = 1;
    CHECK_INT(speech_hear(&r, &mem, jfk, jfk_count, 1600, &o, &said, &err), XYBRID_OK);
    CHECK_STR(said.text, JFK_TINY);
    CHECK(said.partials >= 2);
    CHECK(strncmp(said.partial, "And so", 6) == 0);
    end(&r);
}

/* ---- words ---- */

typedef struct words {
    int64_t ask_ms, last_ms;
    int     count, is_rising;
} words;

static void note_word(void *ctx, const xb_heard_event *e) {
    words *w = ctx;
    if (e->kind != XB_HEARD_WORD) return;
    w->is_rising &= e->start_ms >= w->last_ms && e->end_ms > e->start_ms;
    w->last_ms = e->end_ms;
    if (w->count++ == 5) w->ask_ms = e->end_ms; /* And so my fellow Americans ask */
}

/* "ask" is said from 3.29 to 3.7 s, between two pauses. By attention the end is known to 0.3 s, by proportion to 1 s. */
static void check_words(int which, int64_t off_ms) {
    speech_rig            r;
    xybrid_error          err = { 0 };
    xb_recognizer_options o;
    words                 w = { .is_rising = 1 };
    if (!begin(&r, which)) return;
    xb_recognizer_options_init(&o);
    o.has_words = 1;
    CHECK_INT(speech_hear_each(&r, &mem, jfk, jfk_count, 16000, &o, &said, note_word, &w, &err), XYBRID_OK);
    CHECK_INT(w.count, 22);
    CHECK(w.is_rising);
    CHECK_NEAR((double)w.ask_ms, 3700, (double)off_ms);
    end(&r);
}
static void words_by_attention(void) { check_words(WHISPER, 300); }
static void words_by_proportion(void) { check_words(TINY, 1000); }

/* ---- silence, and what is no speech ---- */

static int64_t hear_made(speech_rig *r, float (*sample)(int64_t i), int64_t count) {
    xybrid_error err = { 0 };
    float       *x = malloc((size_t)count * sizeof *x);
    if (!x) return -1;
    for (int64_t i = 0; i < count; i++) x[i] = sample(i);
    CHECK_INT(speech_hear(r, &mem, x, count, 4000, NULL, &said, &err), XYBRID_OK);
    free(x);
    return (int64_t)strlen(said.text);
}

static float silence(int64_t i) { return 0 * (float)i; }
static float not_a_number(int64_t i) { return i % 2 ? NAN : INFINITY; }
static float tone(int64_t i) { return 0.3f * (float)sin(0.17 * (double)i); }
static float clicks(int64_t i) { return i % 8000 < 16 ? 0.7f : 0; }
static float hiss(int64_t i) {
    static uint32_t state;
    state = i == 0 ? 1 : state * 1664525 + 1013904223;
    return 0.1f * ((float)(state >> 8) / (float)(1 << 23) - 1);
}

static void nothing_is_made_up(void) {
    static float (*const made[])(int64_t) = { silence, not_a_number, tone, clicks, hiss };
    speech_rig   r;
    xybrid_error err = { 0 };
    for (int which = 0; which < MODELS; which++) {
        if (!begin(&r, which)) return;
        for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) CHECK_INT(hear_made(&r, made[i], 160000), 0);
        CHECK_INT(speech_hear(&r, &mem, jfk, 0, 1, NULL, &said, &err), XYBRID_OK); /* nothing at all */
        CHECK_INT(said.segments, 0);
        end(&r);
    }
}

static void damaged_sound_is_heard(void) {
    speech_rig   r;
    xybrid_error err = { 0 };
    if (!begin(&r, TINY)) return;
    float *x = malloc((size_t)jfk_count * sizeof *x);
    CHECK_OR_RETURN(x != NULL);
    for (int64_t i = 0; i < jfk_count; i++) x[i] = fminf(fmaxf(jfk[i] * 3, -0.7f), 0.7f); /* clipped */
    CHECK_INT(speech_hear(&r, &mem, x, jfk_count, 16000, NULL, &said, &err), XYBRID_OK);
    CHECK(strstr(said.text, "my fellow American") != NULL && strstr(said.text, "can do for your country") != NULL);
    for (int64_t i = 0; i < jfk_count; i++) x[i] = roundf(jfk[i] * 128) / 128; /* 8 bits */
    CHECK_INT(speech_hear(&r, &mem, x, jfk_count, 16000, NULL, &said, &err), XYBRID_OK);
    CHECK(strstr(said.text, "my fellow American") != NULL && strstr(said.text, "can do for your country") != NULL);
    for (int64_t i = 0; i < jfk_count; i++) x[i] = i % 5000 == 0 ? NAN : jfk[i];
    CHECK_INT(speech_hear(&r, &mem, x, jfk_count, 16000, NULL, &said, &err), XYBRID_OK);
    CHECK(strstr(said.text, "my fellow American") != NULL && strstr(said.text, "can do for your country") != NULL);
    free(x);
    end(&r);
}

/* ---- long recordings ---- */

static float *repeat(int turns, int64_t *count) {
    *count = turns * (jfk_count + clip_count);
    float *x = malloc((size_t)*count * sizeof *x);
    for (int i = 0; x && i < turns; i++) {
        memcpy(x + i * (jfk_count + clip_count), jfk, (size_t)jfk_count * sizeof *x);
        memcpy(x + i * (jfk_count + clip_count) + jfk_count, clip, (size_t)clip_count * sizeof *x);
    }
    return x;
}

static int occurrences(const char *text, const char *part) {
    int n = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part)) n++;
    return n;
}

/* Every sentence once for each time it was said, the same text for any portions, and memory that does not grow. */
static void long_recordings_are_flat(void) {
    speech_rig   r;
    xybrid_error err = { 0 };
    int64_t      count, peak;
    if (!begin(&r, TINY)) return;
    float *x = repeat(6, &count); /* 146 s */
    CHECK_OR_RETURN(x != NULL);
    CHECK_INT(speech_hear(&r, &mem, x, count / 3, 16000, NULL, &said, &err), XYBRID_OK);
    peak = mem.peak_bytes;
    CHECK_INT(speech_hear(&r, &mem, x, count, count, NULL, &said, &err), XYBRID_OK);
    CHECK(mem.peak_bytes <= peak + (1 << 20));
    CHECK_INT(occurrences(said.text, "ask what you can do for your country"), 6);
    CHECK_INT(occurrences(said.text, "dripping blood"), 6);
    CHECK_INT(occurrences(said.text, "not worth thinking about"), 6);
    CHECK_INT(speech_hear(&r, &mem, x, count, 333, NULL, &again, &err), XYBRID_OK);
    CHECK_STR(again.text, said.text);
    free(x);
    end(&r);
}

/* The clip four times over without its pauses: 44 s in which no window ends by itself. */
static float *glue(int64_t *count) {
    static const double parts[][2] = { { 0.5, 2.9 }, { 3.3, 5.6 }, { 6.2, 10.3 }, { 10.5, 12.85 } };
    float              *x = malloc(4 * (size_t)clip_count * sizeof *x);
    *count = 0;
    for (int i = 0; x && i < 16; i++) {
        int64_t from = (int64_t)(parts[i % 4][0] * 16000), to = (int64_t)(parts[i % 4][1] * 16000);
        memcpy(x + *count, clip + from, (size_t)(to - from) * sizeof *x);
        *count += to - from;
    }
    return x;
}

static void check_without_pauses(int which, int has_timestamps) {
    speech_rig            r;
    xybrid_error          err = { 0 };
    int64_t               count;
    xb_recognizer_options o;
    if (!begin(&r, which)) return;
    float *x = glue(&count);
    CHECK_OR_RETURN(x != NULL);
    xb_recognizer_options_init(&o);
    o.has_timestamps = has_timestamps;
    CHECK_INT(speech_hear(&r, &mem, x, count, 16000, &o, &said, &err), XYBRID_OK);
    CHECK_INT(occurrences(said.text, "dripping"), 4);
    CHECK_INT(occurrences(said.text, "overstrained eyes"), 4);
    CHECK_INT(occurrences(said.text, "not worth thinking about"), 4);
    CHECK(said.end_ms > 44000 && said.end_ms <= 44600);
    free(x);
    end(&r);
}
static void nothing_is_lost_without_pauses(void) { check_without_pauses(TINY, 0); }
static void windows_follow_timestamps(void) { check_without_pauses(WHISPER, 1); }

/* ---- cancel, languages, memory that fails ---- */

static void cancel_ends_within_a_run(void) {
    speech_rig   r;
    xybrid_error err = { 0 };
    if (!begin(&r, TINY)) return;
    r.fire_at = 9;
    CHECK_INT(speech_hear(&r, &mem, jfk, jfk_count, 16000, NULL, &said, &err), XYBRID_CANCELLED_TOKEN);
    CHECK_INT(r.runs, 9);
    CHECK_INT(said.segments, 0);
    xb_cancel_rearm(r.cancel);
    CHECK_INT(speech_hear(&r, &mem, jfk, jfk_count, 16000, NULL, &said, &err), XYBRID_OK); /* the sessions can go on */
    CHECK_STR(said.text, JFK_TINY);
    end(&r);
}

static void languages_are_checked(void) {
    speech_rig            r;
    xybrid_error          err = { 0 };
    xb_recognizer_options o;
    if (!begin(&r, TINY)) return;
    xb_recognizer_options_init(&o);
    o.language = "de";
    CHECK_INT(speech_hear(&r, &mem, jfk, 0, 1, &o, &said, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "language is \"de\"; this model hears only en");
    o.language = "en";
    o.is_translating = 1;
    CHECK_INT(speech_hear(&r, &mem, jfk, 0, 1, &o, &said, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "task is \"translate\", which this model was not trained for");
    end(&r);
}

/* The recognizer's own memory fails at each allocation in turn; the engine has memory of its own. */
static void failing_allocations_are_survived(void) {
    speech_rig   r;
    xb_test_mem  tm;
    xybrid_error err = { 0 };
    int64_t      second = 16000;
    if (!begin(&r, TINY)) return;
    XB_TORTURE (tm, 600) {
        xybrid_status st = speech_hear(&r, &tm.mem, jfk + 3 * second, 2 * second, 16000, NULL, &said, &err);
        XB_TORTURE_STATUS(tm, st);
    }
    end(&r);
}

CHECK_MAIN(RUN(moonshine_ids), RUN(whisper_ids), RUN(moonshine_texts), RUN(whisper_texts), RUN(live_is_batch),
           RUN(words_by_attention), RUN(words_by_proportion), RUN(nothing_is_made_up), RUN(damaged_sound_is_heard),
           RUN(long_recordings_are_flat), RUN(nothing_is_lost_without_pauses), RUN(windows_follow_timestamps),
           RUN(cancel_ends_within_a_run), RUN(languages_are_checked), RUN(failing_allocations_are_survived))
