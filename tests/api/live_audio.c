/* Voice activity live: the segments that a whole recording gives, from pieces of any size, any form, from another thread; and
 * what a caller can do wrong. */
#include <pthread.h>

#include "door.h"

enum { MOST = 64, FRAMES = 176000 };

typedef struct found {
    int64_t start_ms[MOST], end_ms[MOST];
    int     count;
} found;

static float samples[FRAMES]; /* jfk.wav */

static int read_jfk(void) {
    const char   *path = door_data("audio/jfk.wav");
    unsigned char head[44], two[2];
    FILE         *f = path ? fopen(path, "rb") : NULL;
    if (!f) return 0;
    int ok = fread(head, 1, sizeof head, f) == sizeof head; /* its header has 44 bytes, or the counts below differ */
    fseek(f, -(long)FRAMES * 2, SEEK_END);
    for (int i = 0; i < FRAMES && ok; i++) {
        ok = fread(two, 1, 2, f) == 2;
        samples[i] = (float)(int16_t)(two[0] | two[1] << 8) / 32768;
    }
    fclose(f);
    return ok;
}

static void note(found *f, const xybrid_event *ev) {
    if (ev->kind != XYBRID_EVENT_SEGMENT || f->count == MOST) return;
    CHECK_STR(ev->text, "speech");
    CHECK_INT(ev->text_bytes, 6);
    f->start_ms[f->count] = ev->start_ms;
    f->end_ms[f->count++] = ev->end_ms;
}

static void check_same(const found *a, const found *b) {
    CHECK_INT(a->count, b->count);
    for (int i = 0; i < a->count && i < b->count; i++) {
        CHECK_INT(a->start_ms[i], b->start_ms[i]);
        CHECK_INT(a->end_ms[i], b->end_ms[i]);
    }
}

/* The recording as one request. */
static found whole(xybrid_runtime *rt, xybrid_model *m, const float *sound, int64_t frames, int32_t rate, int32_t channels) {
    found            f = { .count = 0 };
    xybrid_error     err;
    xybrid_envelope *in = NULL, *out = NULL;
    CHECK_INT(xybrid_envelope_new_audio(rt, sound, frames, rate, channels, xybrid_release_none, NULL, &in, &err), XYBRID_OK);
    CHECK_INT(xybrid_model_run(m, in, NULL, &out, &err), XYBRID_OK);
    for (int32_t i = 0; i < xybrid_envelope_count(out) && i < MOST; i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, i));
        f.start_ms[f.count] = v->start_ms;
        f.end_ms[f.count++] = v->end_ms;
    }
    xybrid_envelope_free(in);
    xybrid_envelope_free(out);
    return f;
}

/* Takes events until the stream wants input (then 0) or is done (1); -1 after a failure. */
static int take(xybrid_stream *s, int32_t wait_ms, found *f) {
    const xybrid_event *ev = NULL;
    xybrid_error        err;
    for (;;) {
        if (!door_ok_(xybrid_stream_next(s, wait_ms, &ev, &err), &err, "next", __LINE__)) return -1;
        if (ev->kind == XYBRID_EVENT_NEED_INPUT) return 0;
        if (ev->kind == XYBRID_EVENT_DONE) return 1;
        note(f, ev);
    }
}

static found in_pieces(xybrid_model *m, int64_t piece) {
    found          f = { .count = 0 };
    xybrid_error   err;
    xybrid_stream *s = NULL;
    CHECK_INT(xybrid_model_start(m, NULL, NULL, &s, &err), XYBRID_OK);
    int64_t early = -1; /* how much was heard when the first segment came */
    for (int64_t at = 0; at < FRAMES; at += piece) {
        int64_t n = at + piece < FRAMES ? piece : FRAMES - at;
        CHECK_INT(xybrid_stream_feed_audio(s, samples + at, n, 16000, 1, &err), XYBRID_OK);
        CHECK_INT(take(s, 0, &f), 0);
        if (f.count && early < 0) early = at + n;
    }
    CHECK_INT(xybrid_stream_finish(s, &err), XYBRID_OK);
    CHECK_INT(take(s, XYBRID_AUTO, &f), 1);
    if (piece < 8000) CHECK(early > 0 && early < 16000 * 3); /* the first stretch of speech ends at 2.27 s */
    xybrid_stream_close(s);
    return f;
}

static void pieces_give_what_the_whole_gives(void) {
    const char *folder = door_pack("silero-vad", "silero_vad.onnx");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    if (!read_jfk()) CHECK_SKIP("reference data audio/jfk.wav is not there");
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    found         wanted = whole(rt, m, samples, FRAMES, 16000, 1);
    const int64_t pieces[] = { 160, 512, 1234, 48000, FRAMES };
    CHECK_INT(wanted.count, 4);
    samples[20000] = NAN; /* is silence, whole or live */
    found broken = whole(rt, m, samples, FRAMES, 16000, 1), live = in_pieces(m, 1600);
    check_same(&live, &broken);
    CHECK_INT(live.count, 4);
    samples[20000] = 0;
    wanted = whole(rt, m, samples, FRAMES, 16000, 1);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        found got = in_pieces(m, pieces[i]);
        check_same(&got, &wanted);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- stereo at 48 kHz from a thread that plays the audio callback ---- */

static float stereo[FRAMES * 3 * 2];

typedef struct player {
    xybrid_stream *stream;
    int            failed;
} player;

static void *play(void *arg) {
    player       *p = arg;
    xybrid_error  err;
    xybrid_status st = XYBRID_OK;
    for (int64_t at = 0, n = 0; at < FRAMES * 3 && !st; at += n) {
        n = at + 441 < FRAMES * 3 ? 441 : FRAMES * 3 - at;
        while ((st = xybrid_stream_feed_audio(p->stream, stereo + at * 2, n, 48000, 2, &err)) == XYBRID_BUSY) {}
    }
    p->failed = st || xybrid_stream_finish(p->stream, &err);
    return NULL;
}

static void another_thread_may_feed(void) {
    const char *folder = door_pack("silero-vad", "silero_vad.onnx");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    if (!read_jfk()) CHECK_SKIP("reference data audio/jfk.wav is not there");
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    pthread_t       thread;
    found           wanted, got = { .count = 0 };
    player          p = { .failed = 0 };
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    for (int i = 0; i < FRAMES * 3; i++) stereo[i * 2] = samples[i / 3], stereo[i * 2 + 1] = samples[i / 3] / 2;
    wanted = whole(rt, m, stereo, FRAMES * 3, 48000, 2);
    CHECK(wanted.count >= 4);
    DOOR_OK(xybrid_model_start(m, NULL, NULL, &p.stream, &err));
    CHECK_OR_RETURN(pthread_create(&thread, NULL, play, &p) == 0);
    CHECK_INT(take(p.stream, XYBRID_AUTO, &got), 1);
    pthread_join(thread, NULL);
    CHECK_INT(p.failed, 0);
    check_same(&got, &wanted);
    xybrid_stream_close(p.stream);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- what a caller does wrong, or on purpose ---- */

static void wrong_calls_are_named(void) {
    const char *folder = door_pack("silero-vad", "silero_vad.onnx");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    xybrid_error        err;
    xybrid_runtime     *rt = door_runtime();
    xybrid_model       *m = NULL;
    xybrid_stream      *s = NULL;
    xybrid_envelope    *text = NULL;
    const xybrid_event *ev = NULL;
    xybrid_run_options  o;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    xybrid_run_options_init(&o, sizeof o);
    o.voice = "af_heart";
    CHECK_INT(xybrid_model_start(m, NULL, &o, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "this model has no use for options.voice");

    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err));
    CHECK_INT(xybrid_stream_feed_audio(s, samples, 16, 0, 1, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_feed_audio(s, samples, 16, 16000, 9, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_feed_audio(s, samples, -1, 16000, 1, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_feed_audio(s, NULL, 1, 16000, 1, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_feed_audio(s, NULL, 0, 16000, 1, &err), XYBRID_OK);
    int64_t taken = 0; /* nobody takes: the ring is full at last, and takes no part of what does not fit */
    while (taken < 2 << 20 && xybrid_stream_feed_audio(s, samples, 16000, 16000, 1, &err) == XYBRID_OK) taken += 16000;
    CHECK(taken > 60 * 16000 && taken < 1 << 20);
    CHECK_INT(err.code, XYBRID_BUSY);
    CHECK_INT(err.retryable, 1);
    xybrid_stream_interrupt(s); /* drops what waits */
    DOOR_OK(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err));
    CHECK_INT(ev->kind, XYBRID_EVENT_DONE);
    CHECK_INT(ev->finish, XYBRID_FINISH_INTERRUPTED);
    CHECK_INT(xybrid_stream_feed_audio(s, samples, 16, 16000, 1, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_stream_close(s);

    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err)); /* something that is not sound */
    DOOR_OK(xybrid_envelope_new_text(rt, "hello", -1, &text, &err));
    DOOR_OK(xybrid_stream_feed(s, text, &err));
    CHECK_INT(xybrid_stream_next(s, 0, &ev, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_stream_close(s);
    xybrid_envelope_free(text);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(pieces_give_what_the_whole_gives), RUN(another_thread_may_feed), RUN(wrong_calls_are_named))
