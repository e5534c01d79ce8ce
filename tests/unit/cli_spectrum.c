/* The spectrogram of the program's pictures: against the library's own mels (audio/mel.h, held against librosa elsewhere),
 * where frequencies lie, columns of recordings of any length, samples that are none, memory that ends. */
#include "../../cli/spectrum.c"

#include "audio/mel.h"
#include "check.h"
#include "feature_rig.h"

enum { WINDOW = 512 };

static xb_test_mem  tm;
static xybrid_error err;

/* One window of noise and a tone. Both compute in float32, with transforms of different order: 1e-4 of the largest. */
static void agrees_with_the_librarys_mels(void) {
    float        samples[WINDOW], bands[SPECTRUM_BANDS], largest = 0;
    uint32_t     state = 1;
    xb_mel_spec  spec;
    xb_features *mel = NULL;
    xb_tensor    out = { 0 };
    for (int i = 0; i < WINDOW; i++) {
        state = state * 1664525 + 1013904223;
        samples[i] = (float)(0.5 * sin(0.3 * i)) + (float)(state >> 8) / (1 << 25);
    }
    xb_test_mem_init(&tm, 0, 0);
    xb_mel_spec_init(&spec);
    spec.n_fft = spec.window_samples = spec.hop_samples = WINDOW;
    spec.is_centered = spec.drops_last = 0;
    spec.max_frames = 0;
    spec.log = XB_LOG_NONE;
    CHECK_OR_RETURN(xb_mel_new(&tm.mem, &spec, &mel, &err) == XYBRID_OK);
    CHECK_OR_RETURN(xb_mel_run(mel, &tm.mem, samples, WINDOW, &out, &err) == XYBRID_OK);
    CHECK_INT(xb_tensor_count(&out), SPECTRUM_BANDS);
    CHECK_INT(spectrum_make(&tm.mem, samples, WINDOW, 1, 16000, 1, bands), 0);
    const float *wanted = out.data; /* its triangles have area 1 over hertz, ours over bins */
    for (int m = 0; m < SPECTRUM_BANDS; m++) largest = fmaxf(largest, bands[m]);
    for (int m = 0; m < SPECTRUM_BANDS; m++) CHECK_NEAR(bands[m], wanted[m] * 16000 / (float)WINDOW, 1e-4 * largest);
    CHECK(largest > 0);
    xb_tensor_drop(&out);
    xb_features_free(mel);
}

/* A tone is loudest in the band where spectrum_place says it lies, at each rate and length, also in two channels. */
static void tones_lie_where_they_should(void) {
    static const struct {
        int32_t rate_hz, channels, columns;
        int64_t frames;
    } cases[] = { { 8000, 1, 3, 8000 }, { 16000, 2, 10, 40000 }, { 44100, 1, 2, 400000 }, { 192000, 1, 2, 40000 } };
    xb_test_mem_init(&tm, 0, 0);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        int32_t rate = cases[k].rate_hz, channels = cases[k].channels;
        float  *x = malloc((size_t)(cases[k].frames * channels) * sizeof *x), bands[10 * SPECTRUM_BANDS];
        for (double hz = 500; hz < spectrum_top_hz(rate); hz *= 2) {
            for (int64_t i = 0; i < cases[k].frames * channels; i++)
                x[i] = (float)sin(2 * pi * hz * (double)(i / channels) / rate);
            CHECK_INT(spectrum_make(&tm.mem, x, cases[k].frames, channels, rate, cases[k].columns, bands), 0);
            for (int c = 0; c < cases[k].columns; c++) {
                int best = 0;
                for (int m = 0; m < SPECTRUM_BANDS; m++)
                    if (bands[c * SPECTRUM_BANDS + m] > bands[c * SPECTRUM_BANDS + best]) best = m;
                CHECK_NEAR(best + 1, spectrum_place(hz, rate) * (SPECTRUM_BANDS + 1), 1);
            }
        }
        free(x);
    }
}

static void odd_recordings(void) {
    float x[4] = { NAN, INFINITY, -INFINITY, 1 }, bands[700 * SPECTRUM_BANDS];
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(spectrum_make(&tm.mem, x, 4, 1, 1, 700, bands), 0); /* more columns than samples, one hertz */
    CHECK_INT(spectrum_make(&tm.mem, x, 2, 2, 768000, 700, bands), 0);
    for (int i = 0; i < 700 * SPECTRUM_BANDS; i++) CHECK_OR_RETURN(isfinite(bands[i]) && bands[i] >= 0);
    CHECK_NEAR(spectrum_place(8000, 16000), 1, 1e-9);
    CHECK_NEAR(spectrum_place(4000, 8000), 1, 1e-9);
    CHECK_NEAR(spectrum_place(0, 8000), 0, 1e-9);
    CHECK_INT(tm.live_blocks, 0);
    xb_test_mem_init(&tm, 1, 1);
    CHECK_INT(spectrum_make(&tm.mem, x, 4, 1, 16000, 1, bands), -1);
}

CHECK_MAIN(RUN(agrees_with_the_librarys_mels), RUN(tones_lie_where_they_should), RUN(odd_recordings))
