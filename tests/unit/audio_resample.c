/* The resampler as samples come: the same bits however they are cut; its figures beside soxr's HQ; and what is no sound. */
#include "audio/resample.h"
#include "isas.h"
#include "support.h"

#define PI 3.14159265358979323846

enum { FRAMES = 60000 };
static xb_test_mem  tm;
static xybrid_error err;
static float        source[2 * FRAMES], whole[8 * FRAMES], pieces[8 * FRAMES];

static const int32_t rates[][2] = { { 44100, 16000 }, { 16000, 24000 }, { 48000, 16000 },  { 48000, 44100 }, { 16000, 16000 },
                                    { 44101, 16000 }, { 16000, 22051 }, { 192000, 16000 }, { 11025, 16000 }, { 8000, 16000 } };
enum { RATES = sizeof rates / sizeof rates[0] };

static uint32_t random_state = 1;
static uint32_t next_random(void) { return random_state = random_state * 1664525u + 1013904223u, random_state >> 8; }

static void make_noise(int64_t samples) {
    for (int64_t i = 0; i < samples; i++) source[i] = (float)(next_random() % 65536) / 32768.0f - 1;
}

/* Pushes pieces of 1..most frames and pulls pieces of any size in between. */
static int64_t run(xb_resampler *r, int32_t channels, int64_t frames, uint32_t most, float *out) {
    int64_t made = 0;
    for (int64_t at = 0; at < frames;) {
        int64_t n = 1 + next_random() % most;
        if (n > frames - at) n = frames - at;
        CHECK_INT(xb_resampler_push(r, source + at * channels, n, &err), XYBRID_OK);
        at += n;
        if (next_random() % 4) made += xb_resampler_pull(r, out + made * channels, next_random() % (2 * most));
    }
    CHECK_INT(xb_resampler_finish(r, &err), XYBRID_OK);
    CHECK_INT(xb_resampler_finish(r, &err), XYBRID_OK);
    made += xb_resampler_pull(r, out + made * channels, INT64_MAX);
    CHECK_INT(xb_resampler_pull(r, out, 1), 0);
    return made;
}

static void pieces_equal_the_whole(void) {
    static const uint32_t mosts[] = { 1000000, 7, 160, 5000 };
    make_noise(2 * FRAMES);
    ISAS_EACH(isa) {
        for (int k = 0; k < RATES; k++) {
            int32_t channels = k % 2 + 1;
            int64_t frames = CHECK_ROUNDS(FRAMES) - 17 * k, wanted = (frames * rates[k][1] + rates[k][0] - 1) / rates[k][0];
            xb_resampler *r;
            xb_test_mem_init(&tm, 0, 0);
            CHECK_INT(xb_resampler_new(&tm.mem, isa, rates[k][0], rates[k][1], channels, &r, &err), XYBRID_OK);
            for (int m = 0; m < 4; m++) {
                xb_resampler_reset(r);
                int64_t taken = m == 1 ? frames / 8 : frames; /* smallest pieces: not all, or it takes long */
                int64_t same = m == 1 ? (taken - 400) * rates[k][1] / rates[k][0] - 400
                                      : wanted; /* before the silence behind */
                CHECK_INT(run(r, channels, taken, mosts[m], m ? pieces : whole),
                          (taken * rates[k][1] + rates[k][0] - 1) / rates[k][0]);
                if (m && same > 0) CHECK(memcmp(whole, pieces, (size_t)(same * channels) * sizeof(float)) == 0);
            }
            xb_resampler_free(r);
            CHECK_INT(tm.live_blocks, 0);
        }
    }
}

static void equal_rates_change_nothing(void) {
    xb_resampler *r;
    make_noise(3000);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_resampler_new(&tm.mem, isas_at(0), 16000, 16000, 3, &r, &err), XYBRID_OK);
    CHECK_INT(run(r, 3, 1000, 300, whole), 1000);
    CHECK(memcmp(whole, source, 3000 * sizeof(float)) == 0);
    xb_resampler_free(r);
}

/* ---- figures: those that audio/resample.h states ---- */

static double gain_db(const xb_isa *isa, int32_t from, int32_t to, double hz) {
    int64_t       frames = FRAMES;
    xb_resampler *r;
    double        power = 0, count = 0;
    for (int64_t i = 0; i < frames; i++) source[i] = (float)(0.5 * sin(2 * PI * hz * (double)i / from));
    CHECK_INT(xb_resampler_new(&tm.mem, isa, from, to, 1, &r, &err), XYBRID_OK);
    int64_t made = run(r, 1, frames, 1 << 20, whole);
    /* The window keeps a tone that is cut off from counting; the mean of 1 - cos over whole periods is 1. */
    for (int64_t i = 300; i < made - 300; i++) {
        double w = 0.5 - 0.5 * cos(2 * PI * (double)(i - 300) / (double)(made - 600));
        power += (double)whole[i] * (double)whole[i] * w, count += w;
    }
    xb_resampler_free(r);
    return 10 * log10(power / count / 0.125 + 1e-30);
}

static void figures(void) {
    static const int32_t some[][2] = {
        { 44100, 16000 }, { 48000, 16000 }, { 16000, 24000 }, { 48000, 44100 }, { 44101, 16000 }
    };
    const xb_isa *isa = xb_isa_best(xb_cpu_features());
    xb_test_mem_init(&tm, 0, 0);
    for (int k = 0; k < 5; k++) {
        int32_t from = some[k][0], to = some[k][1], low = from < to ? from : to;
        double  ripple = 0, edge, stop = -300;
        for (int i = 1; i <= CHECK_ROUNDS(40); i++)
            ripple = check_worse(ripple, fabs(gain_db(isa, from, to, low * 0.45 * i / CHECK_ROUNDS(40) + 1)));
        edge = gain_db(isa, from, to, low * 0.5 * 0.913);
        for (int i = 0; from > to && i < CHECK_ROUNDS(40); i++)
            stop = check_worse(stop, gain_db(isa, from, to, low * 0.5 * 1.002 + (from - low) * 0.499 * i / CHECK_ROUNDS(40)));
        printf("%d -> %d Hz: pass band within %.6f dB, %.5f dB at 0.913 of Nyquist, stop band %.1f dB\n", from, to, ripple,
               edge, stop);
        CHECK(ripple < 0.0002 && fabs(edge) < 0.001);
        CHECK(from < to || stop < -126);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- what is no sound ---- */

static void odd_samples_do_not_spread(void) {
    for (int k = 0; k < RATES; k++) {
        xb_resampler *r;
        xb_test_mem_init(&tm, 0, 0);
        make_noise(FRAMES);
        source[3000] = NAN, source[3001] = INFINITY, source[3002] = -INFINITY;
        CHECK_INT(xb_resampler_new(&tm.mem, isas_at(0), rates[k][0], rates[k][1], 1, &r, &err), XYBRID_OK);
        int64_t made = run(r, 1, 8000, 1000, whole);
        for (int64_t i = 0; i < made; i++) CHECK_OR_RETURN(whole[i] - whole[i] == 0);
        source[3000] = source[3001] = source[3002] = 0;
        xb_resampler_reset(r);
        CHECK_INT(run(r, 1, 8000, 1000, pieces), made);
        CHECK(memcmp(whole, pieces, (size_t)made * sizeof(float)) == 0);
        xb_resampler_free(r);
    }
}

static void nothing_and_too_much(void) {
    xb_resampler *r = NULL;
    const xb_isa *isa = isas_at(0);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_resampler_new(&tm.mem, isa, 44100, 16000, 0, &r, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "0 channels; 1 to 64 are possible");
    CHECK_INT(xb_resampler_new(&tm.mem, isa, 0, 16000, 1, &r, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(r == NULL);
    for (int k = 0; k < RATES; k++) {
        CHECK_INT(xb_resampler_new(&tm.mem, isa, rates[k][0], rates[k][1], 1, &r, &err), XYBRID_OK);
        CHECK_INT(xb_resampler_finish(r, &err), XYBRID_OK);
        CHECK_INT(xb_resampler_ready(r), 0);
        CHECK_INT(xb_resampler_push(r, source, 1, &err), XYBRID_INVALID_ARGUMENT);
        xb_resampler_reset(r);
        CHECK_INT(xb_resampler_push(r, source, -1, &err), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(xb_resampler_push(r, source, 1, &err), XYBRID_OK);
        CHECK_INT(xb_resampler_finish(r, &err), XYBRID_OK);
        CHECK_INT(xb_resampler_ready(r), (rates[k][1] + rates[k][0] - 1) / rates[k][0]);
        xb_resampler_free(r);
    }
    xb_resampler_free(NULL);
    CHECK_INT(tm.live_blocks, 0);
}

/* An hour, pulled as it comes, takes the memory of the first second. */
static void memory_stays(void) {
    xb_resampler *r;
    int64_t       after = 0, made = 0;
    xb_test_mem_init(&tm, 0, 0);
    make_noise(44100);
    CHECK_INT(xb_resampler_new(&tm.mem, xb_isa_best(xb_cpu_features()), 44100, 16000, 1, &r, &err), XYBRID_OK);
    for (int second = 0; second < CHECK_ROUNDS(3600); second++) {
        CHECK_INT(xb_resampler_push(r, source, 44100, &err), XYBRID_OK);
        made += xb_resampler_pull(r, whole, FRAMES);
        if (second == 0) after = tm.mem.peak_bytes;
    }
    CHECK_INT(tm.mem.peak_bytes, after);
    CHECK_INT(xb_resampler_finish(r, &err), XYBRID_OK);
    CHECK_INT(made + xb_resampler_ready(r), CHECK_ROUNDS(3600) * 16000LL);
    xb_resampler_free(r);
}

static void memory_runs_out(void) {
    make_noise(1000);
    for (int k = 0; k < RATES; k += 5) {
        XB_TORTURE (tm, 50) {
            xb_resampler *r = NULL;
            xybrid_status st = xb_resampler_new(&tm.mem, isas_at(0), rates[k][0], rates[k][1], 1, &r, &err);
            if (!st) st = xb_resampler_push(r, source, 1000, &err);
            if (!st) st = xb_resampler_finish(r, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_resampler_free(r);
        }
    }
}

CHECK_MAIN(RUN(pieces_equal_the_whole), RUN(equal_rates_change_nothing), RUN(figures), RUN(odd_samples_do_not_spread),
           RUN(nothing_and_too_much), RUN(memory_stays), RUN(memory_runs_out))
