/* Channels and sample rates: a chirp against SoX's resampler (scripts/golden/audio_golden.py), tones against their formula. */
#include "audio/mix.h"
#include "audio/resample.h"
#include "plat/cpu.h"
#include "support.h"

#include "golden/audio_golden.inc"

#define PI 3.14159265358979323846

static xb_test_mem  tm;
static xybrid_error err;

static const xb_isa *best(void) {
    static const xb_isa *isa;
    if (!isa) isa = xb_isa_best(xb_cpu_features());
    return isa;
}

static xb_tensor borrow(const float *x, int64_t frames, int64_t channels) {
    xb_tensor t = { 0 };
    CHECK_INT(xb_tensor_borrow(x, frames * (channels ? channels : 1) * 4, XYBRID_FLOAT32, channels ? 2 : 1,
                               (int64_t[]){ frames, channels }, &t, &err),
              XYBRID_OK);
    return t;
}

/* ---- channels ---- */

static void mixing(void) {
    const float x[8] = { 1, 3, -1, 1, 0.5f, 0.25f, 0, 0 };
    xb_tensor   stereo = borrow(x, 4, 2), flat = borrow(x, 8, 0), column = borrow(x, 8, 1), out;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_audio_to_mono(&tm.mem, &stereo, &out, &err), XYBRID_OK);
    CHECK(xb_shape_equal(out.rank, out.shape, 1, (int64_t[]){ 4 }));
    CHECK(memcmp(out.data, (float[]){ 2, 0, 0.375f, 0 }, 16) == 0);
    xb_tensor_drop(&out);
    CHECK_INT(xb_audio_to_mono(&tm.mem, &column, &out, &err), XYBRID_OK);
    CHECK(out.rank == 1 && out.shape[0] == 8 && out.data == x);
    CHECK_INT(xb_audio_to_mono(&tm.mem, &flat, &out, &err), XYBRID_OK);
    CHECK(out.data == x);
    CHECK_INT(xb_audio_spread(&tm.mem, &flat, 3, &out, &err), XYBRID_OK);
    CHECK(xb_shape_equal(out.rank, out.shape, 2, (int64_t[]){ 8, 3 }));
    CHECK(((float *)out.data)[5] == 3 && ((float *)out.data)[6] == -1);
    xb_tensor_drop(&out);
    CHECK_INT(xb_audio_spread(&tm.mem, &stereo, 2, &out, &err), XYBRID_OK);
    CHECK(out.data == x);
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_channels(void) {
    const float x[8] = { 0 };
    xb_tensor   stereo = borrow(x, 4, 2), none = stereo, out = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_audio_spread(&tm.mem, &stereo, 3, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_audio_spread(&tm.mem, &stereo, 0, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_audio_spread(&tm.mem, &stereo, 65, &out, &err), XYBRID_INVALID_ARGUMENT);
    none.shape[1] = 0;
    CHECK_INT(xb_audio_to_mono(&tm.mem, &none, &out, &err), XYBRID_INVALID_ARGUMENT);
    none.shape[1] = 65;
    CHECK_INT(xb_audio_to_mono(&tm.mem, &none, &out, &err), XYBRID_INVALID_ARGUMENT);
    none = stereo;
    none.dtype = XYBRID_INT16;
    CHECK_INT(xb_audio_to_mono(&tm.mem, &none, &out, &err), XYBRID_INVALID_ARGUMENT);
    none.rank = 0;
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &none, 1, 2, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.rank, 77);
}

/* ---- rates ---- */

static xb_tensor resample(const float *x, int64_t frames, int32_t from_hz, int32_t to_hz) {
    xb_tensor t = borrow(x, frames, 0), out = { 0 };
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, from_hz, to_hz, &out, &err), XYBRID_OK);
    CHECK_INT(out.shape[0], (frames * to_hz + from_hz - 1) / from_hz);
    return out;
}

/* Decibels of the difference below the wanted signal, from `skip` frames on to `skip` before the end. */
static double error_db(const float *found, const double *wanted, int64_t frames, int64_t skip) {
    double error = 0, signal = 0;
    for (int64_t i = skip; i < frames - skip; i++) {
        error += ((double)found[i] - wanted[i]) * ((double)found[i] - wanted[i]);
        signal += wanted[i] * wanted[i];
    }
    return 10 * log10(error / signal + 1e-30);
}

enum { FRAMES = 20000 };
static float  source[FRAMES];
static double wanted[FRAMES * 4];

static const int32_t rates[][2] = { { 44100, 16000 }, { 16000, 24000 }, { 8000, 16000 },  { 48000, 16000 },
                                    { 16000, 22050 }, { 22050, 16000 }, { 44101, 16000 }, { 16000, 44101 },
                                    { 48000, 44100 }, { 16000, 15999 }, { 96000, 8000 } };
enum { RATES = sizeof rates / sizeof rates[0] };

/* A tone in the pass band comes out as the same tone at the same place: no shift, no change of level. */
static void tones_pass(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int r = 0; r < RATES; r++) {
        int32_t from = rates[r][0], to = rates[r][1], low = from < to ? from : to;
        for (int part = 1; part <= 9; part += 4) { /* 0.1, 0.5 and 0.9 of the lower Nyquist frequency */
            double hz = part * 0.05 * low * (part == 9 ? 0.995 : 1);
            for (int i = 0; i < FRAMES; i++) source[i] = (float)(0.7 * sin(2 * PI * hz * i / from + 0.3));
            xb_tensor out = resample(source, FRAMES, from, to);
            int64_t   frames = out.shape[0], skip = 100 + 100 * (int64_t)to / from;
            for (int64_t i = 0; i < frames; i++) wanted[i] = 0.7 * sin(2 * PI * hz * (double)i / to + 0.3);
            double db = error_db(out.data, wanted, frames, skip);
            if (db > -80) printf("%d -> %d Hz, tone %g Hz: %g dB\n", from, to, hz, db);
            CHECK(db <= -80);
            xb_tensor_drop(&out);
        }
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* What the lower rate cannot hold is gone: above its Nyquist frequency nothing comes through. */
static void tones_above_are_stopped(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int r = 0; r < RATES; r++) {
        int32_t from = rates[r][0], to = rates[r][1];
        if (to > from || from - to < 100) continue;
        for (int part = 0; part < 3; part++) {
            double hz = to * 0.5 + (from * 0.5 - to * 0.5) * (0.02 + 0.45 * part), power = 0;
            for (int i = 0; i < FRAMES; i++) source[i] = (float)(0.7 * sin(2 * PI * hz * i / from));
            xb_tensor out = resample(source, FRAMES, from, to);
            int64_t   count = 0;
            for (int64_t i = 200; i < out.shape[0] - 200; i++, count++)
                power += (double)((float *)out.data)[i] * (double)((float *)out.data)[i];
            double db = 10 * log10(power / (double)count / (0.49 / 2) + 1e-30);
            if (db > -90) printf("%d -> %d Hz, tone %g Hz: %g dB\n", from, to, hz, db);
            CHECK(db <= -90);
            xb_tensor_drop(&out);
        }
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void chirp(int32_t from, int32_t to, const float *golden) {
    int64_t n = from / 10;
    double  top = 0.4 * (from < to ? from : to);
    for (int64_t i = 0; i < n; i++) {
        double t = (double)i / from;
        source[i] = (float)(0.5 * sin(2 * PI * (200 * t + (top - 200) * t * t / 0.2)));
    }
    xb_tensor out = resample(source, n, from, to);
    double    cut[120];
    for (int i = 0; i < 120; i++) cut[i] = (double)golden[i];
    double db = error_db((float *)out.data + out.shape[0] / 2 - 60, cut, 120, 0);
    if (db > -80) printf("%d -> %d Hz: %g dB\n", from, to, db);
    CHECK(db <= -80);
    xb_tensor_drop(&out);
}

static void chirps_agree_with_sox(void) {
    xb_test_mem_init(&tm, 0, 0);
    chirp(44100, 16000, chirp_44100_16000);
    chirp(16000, 24000, chirp_16000_24000);
    chirp(8000, 16000, chirp_8000_16000);
    chirp(48000, 16000, chirp_48000_16000);
    chirp(16000, 22050, chirp_16000_22050);
    CHECK_INT(tm.live_blocks, 0);
}

static void constants_stay(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < FRAMES; i++) source[i] = 0.25f;
    for (int r = 0; r < RATES; r++) {
        xb_tensor out = resample(source, 3000, rates[r][0], rates[r][1]);
        int64_t   skip = 100 + 100 * (int64_t)rates[r][1] / rates[r][0];
        for (int64_t i = skip; i < out.shape[0] - skip; i++) CHECK_NEAR(((float *)out.data)[i], 0.25, 1e-6);
        xb_tensor_drop(&out);
    }
}

/* An impulse stays where it is: the centre of mass of the result is its time. */
static void nothing_is_shifted(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int r = 0; r < RATES; r++) {
        memset(source, 0, sizeof source);
        source[4410] = 1;
        xb_tensor out = resample(source, 8820, rates[r][0], rates[r][1]);
        double    sum = 0, moment = 0, place = 4410.0 * rates[r][1] / rates[r][0];
        for (int64_t i = 0; i < out.shape[0]; i++) {
            sum += (double)((float *)out.data)[i];
            moment += (double)((float *)out.data)[i] * ((double)i - place);
        }
        CHECK_NEAR(moment / sum, 0, 2e-3);
        xb_tensor_drop(&out);
    }
}

static void channels_stay_apart(void) {
    static float both[2000];
    xb_tensor    t, out, one;
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 1000; i++) {
        source[i] = (float)sin(i * 0.1);
        both[i * 2] = source[i];
        both[i * 2 + 1] = -2 * source[i];
    }
    t = borrow(both, 1000, 2);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 48000, 16000, &out, &err), XYBRID_OK);
    CHECK(xb_shape_equal(out.rank, out.shape, 2, (int64_t[]){ 334, 2 }));
    one = resample(source, 1000, 48000, 16000);
    for (int i = 0; i < 334; i++) {
        CHECK_NEAR(((float *)out.data)[i * 2], ((float *)one.data)[i], 0);
        CHECK_NEAR(((float *)out.data)[i * 2 + 1], -2 * ((float *)one.data)[i], 1e-6);
    }
    xb_tensor_drop(&out);
    xb_tensor_drop(&one);
    CHECK_INT(tm.live_blocks, 0);
}

static void short_and_strange_inputs(void) {
    const float one[1] = { 1 };
    xb_tensor   t = borrow(one, 1, 0), empty, out;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 16000, 16000, &out, &err), XYBRID_OK);
    CHECK(out.data == one);
    CHECK_INT(xb_tensor_borrow(NULL, 0, XYBRID_FLOAT32, 1, (int64_t[]){ 0 }, &empty, &err), XYBRID_OK);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &empty, 8000, 16000, &out, &err), XYBRID_OK);
    CHECK_INT(out.shape[0], 0);
    static const int32_t ratios[][2] = { { 1, 1000 }, { 1000, 1 }, { 768000, 7999 }, { 7919, 768000 }, { 1, 2 } };
    for (int r = 0; r < 5; r++) {
        out = resample(one, 1, ratios[r][0], ratios[r][1]);
        CHECK(((float *)out.data)[0] > 0 && ((float *)out.data)[0] < 1.01f);
        xb_tensor_drop(&out);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_rates(void) {
    const float one[1] = { 1 };
    xb_tensor   t = borrow(one, 1, 0), out = { .rank = 77 };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 0, 16000, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "resample from 0 Hz to 16000 Hz; 1 to 768000 Hz and a ratio below 1024 are possible");
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 16000, -1, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 768001, 16000, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 1, 768000, &out, &err), XYBRID_INVALID_ARGUMENT);
    t.shape[0] = XB_MAX_AUDIO_FRAMES;
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 8000, 16000, &out, &err), XYBRID_INVALID_ARGUMENT);
    t.shape[0]++;
    CHECK_INT(xb_audio_resample(&tm.mem, best(), &t, 8000, 8000, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(out.rank, 77);
}

static void memory_runs_out(void) {
    const float x[20] = { 0 };
    XB_TORTURE (tm, 50) {
        xb_tensor     t = borrow(x, 10, 2), a = { 0 }, b = { 0 }, c = { 0 };
        xybrid_status st = xb_audio_resample(&tm.mem, best(), &t, 2, 3, &a, &err);
        if (!st) st = xb_audio_to_mono(&tm.mem, &t, &b, &err);
        if (!st) st = xb_audio_spread(&tm.mem, &b, 2, &c, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tensor_drop(&a);
        xb_tensor_drop(&b);
        xb_tensor_drop(&c);
    }
}

CHECK_MAIN(RUN(mixing), RUN(wrong_channels), RUN(tones_pass), RUN(tones_above_are_stopped), RUN(chirps_agree_with_sox),
           RUN(constants_stay), RUN(nothing_is_shifted), RUN(channels_stay_apart), RUN(short_and_strange_inputs),
           RUN(wrong_rates), RUN(memory_runs_out))
