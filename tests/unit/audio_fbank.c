/* Kaldi's filter banks: against kaldi-native-fbank (scripts/golden/audio_features.py), streams against the whole, samples
 * that are none, sizes at their edges, memory that ends. */
#include "audio/fbank.h"
#include "feature_rig.h"

#include "golden/audio_features.inc"

#define COUNT(a) ((int64_t)(sizeof(a) / sizeof(a)[0]))

enum { CASES = 6 };

static xb_test_mem  tm;
static xybrid_error err;

static xb_fbank_options options(int which) {
    xb_fbank_options o;
    xb_fbank_options_init(&o);
    switch (which) {
    case 1: o.snips_edges = 0, o.bands = 80, o.high_hz = -400; break;
    case 2: o.window = XB_WINDOW_HAMMING, o.bands = 40, o.has_energy = 1; break;
    case 3:
        o.snips_edges = 0, o.preemphasis = 0, o.removes_mean = 0, o.bands = 24, o.low_hz = 60;
        o.has_energy = 1, o.htk_compat = 1, o.is_raw_energy = 0;
        break;
    case 4:
        o.rounds_to_power_of_two = 0, o.window = XB_WINDOW_RECTANGULAR, o.frame_ms = 20, o.shift_ms = 7.5, o.is_log = 0;
        break;
    case 5: o.window = XB_WINDOW_HANN, o.low_hz = 0, o.is_power = 0; break;
    default: break;
    }
    return o;
}

static xb_features *make(int which) {
    xb_fbank_options o = options(which);
    xb_features     *f = NULL;
    CHECK_INT(xb_fbank_new(&tm.mem, &o, &f, &err), XYBRID_OK);
    return f;
}

/* Tolerance: both are float32, and differ in the order of their sums: each bin is off by some 1e-7 of the largest of its frame,
 * which is more of a quiet one. Found was 3e-5 at most for a logarithm, 1.3e-5 of a number that is none. */
static void agrees_with_kaldi(void) {
    static const struct {
        const char  *name;
        const float *golden;
        int64_t      count, frames;
    } cases[CASES] = {
        { "plain", kaldi_plain, COUNT(kaldi_plain), 54 },    { "asr", kaldi_asr, COUNT(kaldi_asr), 56 },
        { "energy", kaldi_energy, COUNT(kaldi_energy), 54 }, { "htk", kaldi_htk, COUNT(kaldi_htk), 56 },
        { "odd", kaldi_odd, COUNT(kaldi_odd), 73 },          { "magnitude", kaldi_magnitude, COUNT(kaldi_magnitude), 54 },
    };
    float *x = signal(9000, 6);
    xb_test_mem_init(&tm, 0, 0);
    for (int c = 0; c < CASES; c++) {
        xb_features *f = make(c);
        xb_tensor    t = { 0 };
        double       worst = 0;
        CHECK_OR_RETURN(f);
        CHECK_INT(xb_features_rows(f, &tm.mem, x, 9000, &t, &err), XYBRID_OK);
        CHECK_INT(t.shape[0], cases[c].frames);
        int64_t step = xb_tensor_count(&t) / 400;
        CHECK_INT(cases[c].count, (xb_tensor_count(&t) + step - 1) / step);
        for (int64_t i = 0; i < cases[c].count; i++) {
            double wanted = (double)cases[c].golden[i], off = fabs((double)((float *)t.data)[i * step] - wanted);
            off /= c == 4 ? 5e-5 * fabs(wanted) + 1e-7 : 1e-4;
            if (!(off <= worst)) worst = off;
        }
        printf("%s: %.2g of the tolerance\n", cases[c].name, worst);
        CHECK(worst <= 1);
        xb_tensor_drop(&t);
        xb_features_free(f);
    }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void streams_equal_the_whole(void) {
    const int64_t counts[] = { 0, 1, 2, 79, 80, 81, 160, 399, 400, 401, 559, 560, 2400, 9000 };
    float        *x = signal(9000, 7);
    xb_test_mem_init(&tm, 0, 0);
    for (int c = 0; c < CASES; c++) {
        xb_features *f = make(c);
        CHECK_OR_RETURN(f);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            xb_tensor t = { 0 };
            CHECK_INT(xb_features_rows(f, &tm.mem, x, counts[i], &t, &err), XYBRID_OK);
            stream_equals(&tm, f, x, counts[i], &t);
            xb_tensor_drop(&t);
        }
        xb_features_free(f);
    }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

/* Recipes of Kaldi take samples of 16 bits: with the scale, a power is 2^30 times as large. */
static void scaled_samples(void) {
    float *x = signal(2000, 7);
    xb_test_mem_init(&tm, 0, 0);
    for (int has_energy = 0; has_energy < 2; has_energy++) {
        xb_fbank_options o = options(0);
        xb_features     *f[2] = { NULL, NULL };
        xb_tensor        t[2] = { { 0 }, { 0 } };
        o.has_energy = has_energy;
        for (int i = 0; i < 2; i++) {
            o.scale = i ? 32768 : 1;
            CHECK_INT(xb_fbank_new(&tm.mem, &o, &f[i], &err), XYBRID_OK);
            CHECK_OR_RETURN(f[i]);
            CHECK_INT(xb_features_rows(f[i], &tm.mem, x, 2000, &t[i], &err), XYBRID_OK);
        }
        for (int64_t i = 0; i < xb_tensor_count(&t[0]); i++)
            CHECK_NEAR(((float *)t[1].data)[i], (double)((float *)t[0].data)[i] + 30 * log(2), 1e-4);
        for (int i = 0; i < 2; i++) xb_tensor_drop(&t[i]), xb_features_free(f[i]);
    }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void hostile(void) {
    float *x = signal(2000, 7);
    xb_test_mem_init(&tm, 0, 0);
    xb_features *f = make(0);
    xb_tensor    out = { .rank = 77 };
    CHECK_OR_RETURN(f);
    x[1999] = NAN;
    CHECK_INT(xb_features_rows(f, &tm.mem, x, 2000, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "sample 1999 is ") != NULL);
    CHECK_INT(out.rank, 77);
    xb_features_free(f);
    free(x);
    for (int i = 0; i < 14; i++) {
        xb_fbank_options o = options(0);
        f = NULL;
        switch (i) {
        case 0: o.rate_hz = -1; break;
        case 1: o.frame_ms = NAN; break;
        case 2: o.frame_ms = 1e9; break;
        case 3: o.frame_ms = 0.1; break;
        case 4: o.shift_ms = 0; break;
        case 5: o.preemphasis = 1.5; break;
        case 6: o.bands = 0; break;
        case 7: o.bands = 300; break; /* some of which have no bin */
        case 8: o.low_hz = 9000; break;
        case 9: o.high_hz = 8001; break;
        case 10: o.high_hz = -8000; break;
        case 11: o.scale = 0; break;
        case 12: o.energy_floor = -1; break;
        default: o.rate_hz = 768000, o.frame_ms = 43, o.rounds_to_power_of_two = 1; break; /* 33,024 samples */
        }
        CHECK_INT(xb_fbank_new(&tm.mem, &o, &f, &err), XYBRID_INVALID_ARGUMENT);
        CHECK(f == NULL);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_ends(void) {
    float *x = signal(2000, 2);
    XB_TORTURE (tm, 100) {
        xb_fbank_options o = options(1);
        xb_features     *f = NULL;
        xb_tensor        t = { 0 };
        xybrid_status    st = xb_fbank_new(&tm.mem, &o, &f, &err);
        if (!st) st = xb_features_rows(f, &tm.mem, x, 2000, &t, &err);
        if (!st) xb_tensor_drop(&t);
        XB_TORTURE_STATUS(tm, st);
        xb_features_free(f);
    }
    free(x);
}

CHECK_MAIN(RUN(agrees_with_kaldi), RUN(streams_equal_the_whole), RUN(scaled_samples), RUN(hostile), RUN(memory_ends))
