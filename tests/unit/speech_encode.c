/* TTSAudioEncode against scipy (scripts/golden/speech_encode.py), and its rules: pauses, held ends, what is no number. */
#include "speech/speech_encode.h"
#include "support.h"

#include "golden/speech_encode.inc"

enum { RATE = 8000 };

static xb_test_mem  tm;
static xybrid_error err;

static uint32_t noise_state;
static int      noise(void) {
    noise_state = (noise_state * 1103515245 + 12345) & 0x7fffffff;
    return (int)(noise_state >> 16 & 255);
}

/* As source() of the script. */
static int64_t source(float *x, uint32_t seed, int64_t count, float scale) {
    int64_t n = 300 + count + 250;
    noise_state = seed;
    for (int64_t i = 0; i < n; i++) x[i] = 0;
    for (int64_t i = 0; i < count; i++) {
        double bump = sin(3.14159265358979323846 * (double)i / (double)count);
        x[300 + i] = (float)((noise() - 128) / 128.0 * (bump * bump * 0.8));
    }
    for (int64_t i = 0; i < n; i++) x[i] = (x[i] + 0.125f) * scale;
    return n;
}

/* The tolerance is that of float32 samples on both sides, after a gain of about 0.3. */
static void agree(const float *found, const float *wanted, int64_t count) {
    int64_t wrong = 0;
    for (int64_t i = 0; i < count; i++) wrong += !(fabs((double)found[i] - (double)wanted[i]) < 1e-6);
    CHECK_INT(wrong, 0);
}

static xb_speech_encoder encoder(int is_polished) {
    xb_speech_encoder e;
    xb_speech_encoder_init(&e, &tm.mem, &(xb_speech_encoding){ RATE, is_polished, 0, 0 });
    return e;
}

static void parts(void) {
    float       x[2200], in = 0, last = 0;
    int64_t     n = source(x, 3, 640, 1), from, to;
    const float hard[6] = { 0.5f, -0.95f, 0.96f, -1, 1.2f, -3 };
    xb_high_pass(x, 400, RATE, 80, &in, &last); /* in two parts as in one */
    xb_high_pass(x + 400, n - 400, RATE, 80, &in, &last);
    agree(x + 290, high_passed, 60);
    for (int i = 0; i < 6; i++) CHECK_NEAR(xb_soft_clip(hard[i], 0.95f), clipped[i], 1e-6);
    const float quiet[6] = { 0, 0.001f, 0.02f, 0, -0.01f, 0 };
    xb_find_sound(quiet, 6, 0.01f, 1, &from, &to);
    CHECK(from == 1 && to == 6);
    xb_find_sound(quiet, 6, 0.01f, 0, &from, &to);
    CHECK(from == 2 && to == 5);
    xb_find_sound(quiet, 2, 0.01f, 1, &from, &to);
    CHECK(from == 0 && to == 0);
}

static void one_piece(void) {
    float     x[2200];
    xb_tensor out;
    xb_test_mem_init(&tm, 0, 0);
    xb_speech_encoder e = encoder(1);
    int64_t           n = source(x, 3, 640, 1);
    CHECK_INT(xb_speech_encode(&e, x, n, 0, 1, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), sizeof alone / sizeof *alone);
    agree(out.data, alone, sizeof alone / sizeof *alone);
    xb_tensor_drop(&out);
    xb_speech_encoder_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

static void two_pieces(void) {
    float     x[2200], got[4400];
    xb_tensor a, b;
    xb_test_mem_init(&tm, 0, 0);
    xb_speech_encoder e = encoder(1);
    int64_t           n = source(x, 3, 640, 1);
    CHECK_INT(xb_speech_encode(&e, x, n, 0, 0, &a, &err), XYBRID_OK);
    n = source(x, 11, 500, 0.5f);
    CHECK_INT(xb_speech_encode(&e, x, n, 0, 1, &b, &err), XYBRID_OK);
    int64_t na = xb_tensor_count(&a), nb = xb_tensor_count(&b);
    CHECK_OR_RETURN(na + nb == sizeof joined / sizeof *joined);
    memcpy(got, a.data, (size_t)na * 4);
    memcpy(got + na, b.data, (size_t)nb * 4);
    agree(got, joined, na + nb);
    xb_tensor_drop(&a);
    xb_tensor_drop(&b);
    xb_speech_encoder_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

static void pauses(void) {
    float     x[2200];
    xb_tensor out;
    xb_test_mem_init(&tm, 0, 0);
    xb_speech_encoder e = encoder(1);
    int64_t           n = source(x, 3, 640, 1), plain = sizeof alone / sizeof *alone;
    CHECK_INT(xb_speech_encode(&e, x, n, 250, 0, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), plain + RATE / 4);
    agree(out.data, alone, plain); /* nothing is held back where a pause follows */
    for (int64_t i = plain; i < plain + RATE / 4; i++) CHECK(((float *)out.data)[i] == 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_speech_encode(&e, NULL, 0, 100, 0, &out, &err), XYBRID_OK); /* a pause alone */
    CHECK_INT(xb_tensor_count(&out), RATE / 10);
    xb_tensor_drop(&out);
    n = source(x, 3, 640, 1);
    CHECK_INT(xb_speech_encode(&e, x, n, 0, 0, &out, &err), XYBRID_OK);
    CHECK(xb_tensor_count(&out) > 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_speech_encode(&e, NULL, 0, 0, 1, &out, &err), XYBRID_OK); /* what was held comes in the end */
    CHECK_INT(xb_tensor_count(&out), RATE / 50);
    xb_tensor_drop(&out);
    xb_speech_encoder_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

static void strange_sounds(void) {
    float     x[1000];
    xb_tensor out;
    xb_test_mem_init(&tm, 0, 0);
    xb_speech_encoder e = encoder(1);
    for (int i = 0; i < 1000; i++) x[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
    CHECK_INT(xb_speech_encode(&e, x, 1000, 0, 1, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), 0); /* no sound at all */
    xb_tensor_drop(&out);
    for (int i = 0; i < 1000; i++) x[i] = i % 2 ? 3e38f : -3e38f;
    CHECK_INT(xb_speech_encode(&e, x, 1000, 0, 1, &out, &err), XYBRID_OK);
    for (int64_t i = 0; i < xb_tensor_count(&out); i++) CHECK(fabsf(((float *)out.data)[i]) <= 1);
    xb_tensor_drop(&out);
    xb_speech_encoder_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

/* As it is: the same samples; the ends are cut where the pack says so. */
static void unpolished(void) {
    float     x[1000], y[1000];
    xb_tensor out;
    xb_test_mem_init(&tm, 0, 0);
    xb_speech_encoder e = encoder(0);
    for (int i = 0; i < 1000; i++) x[i] = y[i] = i < 300 ? 0.5f : 0.001f;
    CHECK_INT(xb_speech_encode(&e, x, 1000, 0, 0, &out, &err), XYBRID_OK);
    CHECK(xb_tensor_count(&out) == 1000 && memcmp(out.data, y, sizeof y) == 0);
    xb_tensor_drop(&out);
    e.options.trims_silence = 1;
    e.options.cut_samples = 100;
    CHECK_INT(xb_speech_encode(&e, x, 1000, 0, 1, &out, &err), XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), 300 + RATE / 100);
    xb_tensor_drop(&out);
    CHECK_INT(xb_speech_encode(&e, x, 50, 0, 1, &out, &err), XYBRID_OK); /* shorter than what is cut */
    CHECK_INT(xb_tensor_count(&out), 0);
    xb_tensor_drop(&out);
    xb_speech_encoder_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_runs_out(void) {
    float x[2200];
    XB_TORTURE (tm, 100) {
        xb_tensor         a = { 0 }, b = { 0 };
        xb_speech_encoder e = encoder(1);
        int64_t           n = source(x, 3, 640, 1);
        xybrid_status     st = xb_speech_encode(&e, x, n, 0, 0, &a, &err);
        n = source(x, 11, 500, 1);
        if (st == XYBRID_OK) st = xb_speech_encode(&e, x, n, 0, 1, &b, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tensor_drop(&a);
        xb_tensor_drop(&b);
        xb_speech_encoder_free(&e);
    }
}

CHECK_MAIN(RUN(parts), RUN(one_piece), RUN(two_pieces), RUN(pauses), RUN(strange_sounds), RUN(unpolished), RUN(memory_runs_out))
