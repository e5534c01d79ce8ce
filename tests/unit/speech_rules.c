/* Whisper's rules on made-up logits, choosing, loops, the repetition ratio, pauses. */
#include "speech/choose.h"
#include "speech/pauses.h"
#include "speech/whisper_rules.h"

#include "check.h"

/* A small vocabulary laid out as Whisper's: text 0..9, end 10, prompt tokens 11..19, timestamps 20..219 (0.00 to 3.98 s). */
enum { END = 10, NO_TIMESTAMPS = 19, FIRST = 20, SIZE = 220 };
static uint8_t              flags[SIZE];
static float                row[SIZE];
static const xb_whisper_ids ids = {
    .vocabulary = SIZE, .end = END, .start = 11, .no_timestamps = NO_TIMESTAMPS, .timestamps = FIRST, .suppressed = flags
};

static void fresh(float text, float time) {
    for (int i = 0; i < SIZE; i++) row[i] = i < FIRST ? text : time;
    for (int i = 0; i < SIZE; i++) flags[i] = i > END && i < FIRST;
    flags[3] = 1; /* never */
    flags[7] = 2; /* not at first */
}

static int may(int id) { return row[id] > -INFINITY; }

static int count_allowed(int from, int to) {
    int n = 0;
    for (int i = from; i < to; i++) n += may(i);
    return n;
}

static void text_alone_has_no_times(void) {
    fresh(0, 5);
    xb_whisper_mask(&ids, row, NULL, 0, 0);
    CHECK(!may(3) && !may(7) && may(2) && may(END));
    CHECK_INT(count_allowed(END + 1, SIZE), 0);
    fresh(0, 5);
    xb_whisper_mask(&ids, row, (int64_t[]){ 2 }, 1, 0);
    CHECK(!may(3) && may(7));
}

static void it_begins_with_a_time(void) {
    fresh(9, 0);
    xb_whisper_mask(&ids, row, NULL, 0, 1);
    CHECK_INT(count_allowed(0, FIRST), 0);
    CHECK_INT(count_allowed(FIRST, SIZE), 51); /* 0.00 to 1.00 s */
    CHECK(may(FIRST + 50) && !may(FIRST + 51));
}

static void times_come_in_pairs(void) {
    fresh(9, 0);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST }, 1, 1); /* the first stands alone: text */
    CHECK_INT(count_allowed(FIRST, SIZE), 0);
    CHECK(may(2) && may(END));
    fresh(9, 0);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST, 2, FIRST + 30 }, 3, 1); /* a stretch was closed: the next, or the end */
    CHECK_INT(count_allowed(0, END), 0);
    CHECK(may(END) && may(FIRST + 30) && !may(FIRST + 29));
    fresh(9, 0);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST, 2, FIRST + 30, FIRST + 30 }, 4, 1);
    CHECK_INT(count_allowed(FIRST, SIZE), 0);
}

static void times_rise(void) {
    fresh(9, 0);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST + 10, 2 }, 2, 1);
    CHECK(!may(FIRST + 10) && may(FIRST + 11)); /* no stretch without length */
    CHECK(may(2) && !may(3));
}

/* 200 timestamps of logit 1 are together more likely than any one text id of logit 2. */
static void times_win_together(void) {
    fresh(2, 1);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST, 2 }, 2, 1);
    CHECK_INT(count_allowed(0, FIRST), 0);
    fresh(8, 1);
    xb_whisper_mask(&ids, row, (int64_t[]){ FIRST, 2 }, 2, 1);
    CHECK(may(2));
}

static void chooses(void) {
    const float a[] = { 1, 3, NAN, 3, -INFINITY };
    xb_choice   c = xb_choose(a, 5, 0, NULL);
    CHECK_INT(c.id, 1);
    CHECK_NEAR(c.log_probability, 3 - log(exp(1) + 2 * exp(3)), 1e-6);
    CHECK_NEAR(xb_probability(a, 5, 0), exp(1) / (exp(1) + 2 * exp(3)), 1e-6);
    const float none[] = { -INFINITY, NAN };
    CHECK_INT(xb_choose(none, 2, 0, NULL).id, -1);
    CHECK(xb_log_sum(none, 2) == (double)-INFINITY);
    CHECK_NEAR(xb_log_sum(a, 1), 1, 1e-6);
}

/* 20,000 draws at temperature 0.5 follow softmax(2 x): 3 sigma. The same seed draws the same. */
static void samples_as_it_should(void) {
    const float x[] = { 0, 1, -INFINITY, 0.5f };
    double      sum = 1 + exp(2) + exp(1), p[] = { 1 / sum, exp(2) / sum, 0, exp(1) / sum };
    int         drawn[4] = { 0 };
    uint64_t    seed = 7, again = 7;
    for (int i = 0; i < 20000; i++) {
        xb_choice c = xb_choose(x, 4, 0.5f, &seed);
        drawn[c.id]++;
        CHECK_INT(c.id, xb_choose(x, 4, 0.5f, &again).id);
    }
    for (int i = 0; i < 4; i++) CHECK_NEAR(drawn[i] / 20000.0, p[i], 3 * sqrt(p[i] * (1 - p[i]) / 20000) + 1e-9);
}

static void loops_are_cut(void) {
    const int64_t words[] = { 1, 2, 3, 4, 5, 3, 4, 5, 3, 4, 5, 3, 4, 5, 3, 4, 5 };
    CHECK_INT(xb_tokens_without_loop(words, 17), 5);
    CHECK_INT(xb_tokens_without_loop(words, 8), 8);
    const int64_t one[] = { 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    CHECK_INT(xb_tokens_without_loop(one, 13), 2);
    CHECK_INT(xb_tokens_without_loop(one, 6), 6);
    CHECK_INT(xb_tokens_without_loop(one, 0), 0);
}

/* Beside zlib 1.3 (Python: len(t) / len(zlib.compress(t))), which chooses its codes: fixed codes cost up to a fifth more. */
static void repetition_is_seen(void) {
    static const char speech[] =
        "And so my fellow Americans ask not what your country can do for you, ask what you can do for your country. "
        "The cut on his chest is still dripping blood. The ache of his overstrained eyes, even the soaring arena.";
    char loop[2000];
    for (int i = 0; i < 2000; i++) loop[i] = " thank you very much"[i % 20];
    double ratio = xb_repetition_ratio(speech, sizeof speech - 1);
    CHECK(ratio > 1.1 && ratio < 1.8);
    CHECK(xb_repetition_ratio(loop, 2000) > 20);
    CHECK(xb_repetition_ratio(loop, 200) > 3);
    CHECK_NEAR(xb_repetition_ratio("", 0), 0, 0);
    CHECK(xb_repetition_ratio("a", 1) < 1);
    CHECK(xb_whisper_is_doubtful(2.5, 0) && xb_whisper_is_doubtful(1, -1.1) && !xb_whisper_is_doubtful(2.4, -1));
}

/* ---- pauses ---- */

static uint32_t noise_state;
static float    noise(void) {
    noise_state = noise_state * 1664525 + 1013904223;
    return (float)(noise_state >> 8) / (float)(1 << 23) - 1;
}

/* Loud frames of `seconds` of noise at `level`, beeps of 0.2 s at 0.3 every half second if `beeps`. */
static int loud_frames(float level, int seconds, int beeps, int from_second) {
    xb_pauses p;
    float     frame[XB_FRAME_SAMPLES];
    int       loud = 0;
    xb_pauses_init(&p);
    noise_state = 1;
    for (int f = 0; f < seconds * XB_FRAMES_A_SECOND; f++) {
        for (int i = 0; i < XB_FRAME_SAMPLES; i++) {
            frame[i] = level * noise();
            if (beeps && f % 50 < 20) frame[i] += 0.3f * (float)sin(0.2 * i);
        }
        loud += xb_pauses_hear(&p, frame).is_loud && f >= from_second * XB_FRAMES_A_SECOND;
    }
    return loud;
}

static void silence_and_noise_are_pauses(void) {
    CHECK_INT(loud_frames(0, 10, 0, 0), 0);
    CHECK_INT(loud_frames(1e-4f, 10, 0, 0), 0);
    CHECK_INT(loud_frames(0.05f, 20, 0, 7), 0); /* -31 dB for more than the floor's memory */
}

static void speech_stands_out(void) {
    int loud = loud_frames(0.01f, 20, 1, 0);
    CHECK(loud >= 780 && loud <= 860); /* 40 % of 2,000 frames */
    loud = loud_frames(0, 20, 1, 0);
    CHECK(loud >= 780 && loud <= 860);
}

static void the_quietest_place(void) {
    xb_pause_frame frames[100];
    for (int i = 0; i < 100; i++) frames[i] = (xb_pause_frame){ i >= 60 && i < 75 ? -60.0f : -20.0f, 1 };
    CHECK_NEAR(xb_quietest(frames, 0, 100), 67, 1);
    CHECK_NEAR(xb_quietest(frames, 10, 14), 12, 2);
}

CHECK_MAIN(RUN(text_alone_has_no_times), RUN(it_begins_with_a_time), RUN(times_come_in_pairs), RUN(times_rise),
           RUN(times_win_together), RUN(chooses), RUN(samples_as_it_should), RUN(loops_are_cut), RUN(repetition_is_seen),
           RUN(silence_and_noise_are_pauses), RUN(speech_stands_out), RUN(the_quietest_place))
