/* An hour of live speech, played from files faster than real time: recognition with partials, and voice activity, 100 ms at a
 * time. The resident set is where it was after the first minute, and 98 % of the words of each round of the recordings are the
 * second's.
 *
 *     long_live_hour [MINUTES]        60 take some ten minutes of one processor */
#include "api/door.h"
#include "codec/audio.h"
#include "long/resident.h"
#include "support.h"
#include "word_errors.h"

enum { RATE = 16000, PIECE = 1600, PAUSE = 2 * RATE, LONGEST = 40 * RATE, TEXT = 2048 };

/* The heap still finds a new order of blocks now and then; an hour of samples would be 230 MB. */
static const double MOST_RISE_BYTES = 4 << 20;

static float   round_of_speech[LONGEST]; /* both recordings, each with a pause behind it */
static int64_t round_frames;

/* Behind what is there, and a pause. */
static int add_recording(const char *name) {
    xb_test_mem   tm;
    xb_audio_info info;
    xybrid_error  err;
    float        *samples;
    size_t        size;
    char         *bytes = xb_test_data(name, &size);
    if (!bytes) return 0;
    xb_test_mem_init(&tm, 0, 0);
    int ok = xb_audio_decode(&tm.mem, bytes, (int64_t)size, &info, &samples, &err) == XYBRID_OK && info.rate_hz == RATE &&
             info.channels == 1 && round_frames + info.frames + PAUSE <= LONGEST;
    CHECK(ok);
    if (ok) {
        memcpy(round_of_speech + round_frames, samples, (size_t)info.frames * sizeof *samples);
        round_frames += info.frames + PAUSE;
        xb_free(&tm.mem, samples);
    }
    free(bytes);
    return ok;
}

/* What was heard in one round. */
typedef struct heard {
    char text[TEXT];
    long segments, partials;
} heard;

static int take(xybrid_stream *s, int32_t wait_ms, heard *h) {
    const xybrid_event *ev = NULL;
    xybrid_error        err;
    for (;;) {
        if (!door_ok_(xybrid_stream_next(s, wait_ms, &ev, &err), &err, "next", __LINE__)) return 0;
        if (ev->kind == XYBRID_EVENT_NEED_INPUT || ev->kind == XYBRID_EVENT_DONE) return 1;
        if (ev->kind == XYBRID_EVENT_PARTIAL) h->partials++;
        if (ev->kind != XYBRID_EVENT_SEGMENT) continue;
        size_t at = strlen(h->text);
        snprintf(h->text + at, sizeof h->text - at, "%s\n", ev->text);
        h->segments++;
    }
}

static void an_hour(const char *pack, const char *file, long minutes) {
    const char *folder = door_pack(pack, file);
    if (!folder) CHECK_SKIP("its weights are not in build/models: scripts/setup test brings them");
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    xybrid_stream  *s = NULL;
    static heard    first, now;
    double          after_a_minute = 0, most = 0; /* resident bytes */
    long            wrong = 0, words = 0, rounds = minutes * 60 * RATE / (long)round_frames + 1;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err));
    for (long r = 0; r < rounds; r++) {
        memset(&now, 0, sizeof now);
        for (int64_t at = 0; at < round_frames; at += PIECE) {
            int64_t n = at + PIECE < round_frames ? PIECE : round_frames - at;
            DOOR_OK(xybrid_stream_feed_audio(s, round_of_speech + at, n, RATE, 1, &err));
            CHECK_OR_RETURN(take(s, 0, &now));
        }
        double resident = resident_bytes();
        int    total;
        if (r < 2) first = now; /* the first of all begins with nothing heard before */
        wrong += wrong_words(first.text, now.text, &total);
        words += total;
        if (r == 60 * RATE / (long)round_frames + 1) after_a_minute = resident;
        most = resident > most ? resident : most;
        if (r % (rounds / 10 + 1) == 0)
            printf("%s, %ld min: %.1f MB resident, %ld segments and %ld partials in a round\n", pack,
                   r * (long)round_frames / RATE / 60, resident / 1e6, now.segments, now.partials);
        fflush(stdout);
    }
    CHECK(first.segments >= 2);
    printf("%s: %.2f MB over the first minute's %.1f MB at most; %ld of %ld words differ from the second round's\n", pack,
           (most - after_a_minute) / 1e6, after_a_minute / 1e6, wrong, words);
    CHECK(wrong * 50 <= words); /* where a piece begins depends on the noise heard before it: 2 % */
    CHECK(most - after_a_minute < MOST_RISE_BYTES);
    xybrid_stream_close(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

int main(int argc, char **argv) {
    long minutes = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
    if (minutes < 2) return fprintf(stderr, "usage: long_live_hour [MINUTES], at least 2\n"), 2;
    if (!add_recording("audio/jfk.wav") || !add_recording("audio/1272-141231-0002.wav")) {
        printf("SKIP long_live_hour: the reference data's recordings are not there\n");
        return 77;
    }
    an_hour("silero-vad", "silero_vad.onnx", minutes);
    an_hour("moonshine-tiny", "encoder_model.onnx", minutes);
    return check_failures != 0;
}
