/* The steps MelSpectrogram, FilterBank and NormalizeAudio: parameters, what may come in, what goes out. The numbers
 * themselves are those of tests/unit/audio_mel.c and audio_fbank.c. */
#include "audio/fbank.h"
#include "audio/mel.h"
#include "feature_rig.h"
#include "step_rig.h"

static xb_test_mem  tm;
static xybrid_error err;

static xybrid_status open_step(rig *r, const char *name, const char *params) {
    return rig_open_step(r, &tm.mem, name, params, "preprocessing[1]", &err);
}

static xybrid_status run_step(rig *r, xb_value_kind kind, int32_t rate_hz, const float *x, int64_t frames, int64_t channels) {
    xb_tensor t = { .dtype = XYBRID_FLOAT32, .rank = 2, .shape = { frames, channels }, .data = (void *)(uintptr_t)x };
    r->frame.value.rate_hz = rate_hz;
    xybrid_status st = xb_value_set_tensor(&r->frame.value, kind, "", t, &err);
    return st ? st : r->row->run(r->state, &r->frame, &err);
}

static const xb_tensor *result(rig *r) { return xb_value_find(&r->frame.value, NULL); }

static void close_step(rig *r, xybrid_status opened) {
    if (opened == XYBRID_OK && r->row->close) r->row->close(r->state, &tm.mem);
    xb_value_free(&r->frame.value);
    xb_json_free(r->doc);
}

static int same(const xb_tensor *a, const xb_tensor *b) {
    return xb_shape_equal(a->rank, a->shape, b->rank, b->shape) && !memcmp(a->data, b->data, (size_t)xb_tensor_size_bytes(a));
}

/* ---- MelSpectrogram ---- */

static void mel_parameters(void) {
    static const struct {
        const char *params;
        xb_mel_spec change; /* what differs from Whisper's; 0 = nothing */
        int         is_any_length, is_htk;
    } cases[] = {
        { "{}", { 0 }, 0, 0 },
        { "{\"preset\":\"whisper-base.en\",\"max_frames\":null}", { 0 }, 1, 0 },
        { "{\"preset\":\"whisper-large\"}", { .n_mels = 128 }, 0, 0 },
        { "{\"mel_scale\":\"htk\",\"n_mels\":40,\"fft_size\":512,\"hop_length\":128,\"max_frames\":50}",
          { .n_mels = 40, .n_fft = 512, .window_samples = 512, .hop_samples = 128, .max_frames = 50 },
          0,
          1 },
        { "{\"window\":\"povey\",\"window_length\":320,\"power\":1,\"f_max\":7000,\"log\":\"db\",\"max_frames\":null}",
          { .window = XB_WINDOW_POVEY, .window_samples = 320, .power = 1, .high_hz = 7000, .log = XB_LOG_DB },
          1,
          0 },
    };
    float *x = signal(5000, 3);
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const xb_mel_spec *c = &cases[i].change;
        xb_mel_spec        s;
        xb_features       *f = NULL;
        xb_tensor          wanted = { 0 };
        rig                r;
        xb_mel_spec_init(&s);
        if (c->n_mels) s.n_mels = c->n_mels;
        if (c->n_fft) s.n_fft = c->n_fft;
        if (c->window_samples) s.window_samples = c->window_samples;
        if (c->hop_samples) s.hop_samples = c->hop_samples;
        if (c->max_frames || cases[i].is_any_length) s.max_frames = c->max_frames;
        if (c->power) s.power = c->power;
        if (cases[i].is_htk) s.scale = XB_MEL_HTK, s.is_normalised = 0;
        s.window = c->window, s.high_hz = c->high_hz, s.log = c->log;
        CHECK_INT(xb_mel_new(&tm.mem, &s, &f, &err), XYBRID_OK);
        CHECK_OR_RETURN(f);
        CHECK_INT(xb_mel_run(f, &tm.mem, x, 5000, &wanted, &err), XYBRID_OK);
        CHECK_INT(open_step(&r, "MelSpectrogram", cases[i].params), XYBRID_OK);
        for (int round = 0; round < 2; round++) {
            CHECK_INT(run_step(&r, round ? XB_VALUE_TENSORS : XB_VALUE_AUDIO, 16000, x, round ? 1 : 5000, round ? 5000 : 1),
                      XYBRID_OK);
            CHECK_INT(r.frame.value.kind, XB_VALUE_TENSORS);
            CHECK(same(result(&r), &wanted));
        }
        close_step(&r, XYBRID_OK);
        xb_tensor_drop(&wanted);
        xb_features_free(f);
    }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_parameters(void) {
    static const char *const cases[][3] = {
        { "MelSpectrogram", "{\"preset\":\"wav2vec\"}", "preset" },
        { "MelSpectrogram", "{\"mel_scale\":\"bark\"}", "mel_scale" },
        { "MelSpectrogram", "{\"mel_scale\":3}", "mel_scale" },
        { "MelSpectrogram", "{\"n_mels\":0}", "n_mels" },
        { "MelSpectrogram", "{\"fft_size\":1000000}", "fft_size" },
        { "MelSpectrogram", "{\"window_length\":401}", "window_length" },
        { "MelSpectrogram", "{\"max_frames\":0}", "max_frames" },
        { "MelSpectrogram", "{\"f_min\":8000}", "lowest" },
        { "MelSpectrogram", "{\"window\":\"kaiser\"}", "window" },
        { "FilterBank", "{\"n_mels\":513}", "n_mels" },
        { "FilterBank", "{\"n_mels\":300}", "bands" },
        { "FilterBank", "{\"frame_length_ms\":0}", "frame" },
        { "FilterBank", "{\"snip_edges\":1}", "snip_edges" },
    };
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig           r;
        xybrid_status st = open_step(&r, cases[i][0], cases[i][1]);
        CHECK(st == XYBRID_MALFORMED || st == XYBRID_INVALID_ARGUMENT);
        if (!strstr(err.message, cases[i][2])) printf("%s: %s\n", cases[i][1], err.message);
        CHECK(strstr(err.message, cases[i][2]) != NULL);
        close_step(&r, st);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_input(void) {
    float *x = signal(1000, 3);
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 3; i++) {
        rig r;
        CHECK_INT(open_step(&r, i == 0 ? "MelSpectrogram" : i == 1 ? "FilterBank" : "NormalizeAudio", "{}"), XYBRID_OK);
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, 0, 1), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(err.message, "no samples") != NULL);
        CHECK_INT(run_step(&r, XB_VALUE_TENSORS, 0, x, 2, 500), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 44100, x, 1000, 1), i == 2 ? XYBRID_OK : XYBRID_INVALID_ARGUMENT);
        if (i < 2) CHECK(strstr(err.message, "44100 Hz, wanted are 16000") != NULL);
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, 1, 1), XYBRID_OK);
        x[999] = NAN;
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, 1000, 1), XYBRID_INVALID_ARGUMENT);
        x[999] = INFINITY;
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, 1000, 1), XYBRID_INVALID_ARGUMENT);
        x[999] = 0;
        close_step(&r, XYBRID_OK);
    }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- FilterBank, NormalizeAudio ---- */

static void filter_banks(void) {
    float           *x = signal(5000, 3);
    xb_fbank_options o;
    xb_features     *f = NULL;
    xb_tensor        wanted = { 0 };
    rig              r;
    xb_test_mem_init(&tm, 0, 0);
    xb_fbank_options_init(&o);
    o.bands = 80, o.snips_edges = 0, o.high_hz = -400, o.scale = 32768, o.has_energy = 1;
    CHECK_INT(xb_fbank_new(&tm.mem, &o, &f, &err), XYBRID_OK);
    CHECK_OR_RETURN(f);
    CHECK_INT(xb_features_rows(f, &tm.mem, x, 5000, &wanted, &err), XYBRID_OK);
    CHECK_INT(open_step(&r, "FilterBank", "{\"snip_edges\":false,\"f_max\":-400,\"scale\":32768,\"use_energy\":true}"),
              XYBRID_OK);
    CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, 5000, 1), XYBRID_OK);
    CHECK(xb_shape_equal(result(&r)->rank, result(&r)->shape, 3, (int64_t[]){ 1, wanted.shape[0], 81 }));
    CHECK(memcmp(result(&r)->data, wanted.data, (size_t)xb_tensor_size_bytes(&wanted)) == 0);
    close_step(&r, XYBRID_OK);
    xb_tensor_drop(&wanted);
    xb_features_free(f);
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void normalised_audio(void) {
    enum { N = 4000 };
    float *x = signal(N, 3);
    rig    r;
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < N; i++) x[i] += 5;
    CHECK_INT(open_step(&r, "NormalizeAudio", "{}"), XYBRID_OK);
    for (int channels = 1; channels <= 2; channels++) {
        int64_t n = N / channels;
        double  mean = 0, variance = 0;
        for (int i = 0; i < channels * n; i++) mean += (double)x[i] / (double)(channels * n);
        CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, n, channels), XYBRID_OK);
        CHECK(xb_shape_equal(result(&r)->rank, result(&r)->shape, 2, (int64_t[]){ 1, n }));
        const float *y = result(&r)->data;
        for (int i = 0; i < n; i++) {
            double v = channels == 1 ? (double)x[i] : ((double)x[2 * i] + (double)x[2 * i + 1]) / 2;
            variance += (v - mean) * (v - mean) / (double)n;
        }
        for (int i = 0; i < n; i++) {
            double v = channels == 1 ? (double)x[i] : ((double)x[2 * i] + (double)x[2 * i + 1]) / 2;
            CHECK_NEAR(y[i], (v - mean) / sqrt(variance + 1e-7), 5e-6);
        }
    }
    for (int i = 0; i < N; i++) x[i] = 0.25f; /* no variance: nothing is divided by 0 */
    CHECK_INT(run_step(&r, XB_VALUE_AUDIO, 16000, x, N, 1), XYBRID_OK);
    for (int i = 0; i < N; i++) CHECK(((const float *)result(&r)->data)[i] == 0);
    close_step(&r, XYBRID_OK);
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void memory_ends(void) {
    static const char *const names[] = { "MelSpectrogram", "FilterBank", "NormalizeAudio" };
    float                   *x = signal(2000, 2);
    for (int i = 0; i < 3; i++)
        XB_TORTURE (tm, 100) {
            rig           r;
            xybrid_status opened = open_step(&r, names[i], "{}"), st = opened;
            if (!st) st = run_step(&r, XB_VALUE_AUDIO, 16000, x, 1000, 2);
            XB_TORTURE_STATUS(tm, st);
            close_step(&r, opened);
        }
    free(x);
}

CHECK_MAIN(RUN(mel_parameters), RUN(wrong_parameters), RUN(wrong_input), RUN(filter_banks), RUN(normalised_audio),
           RUN(memory_ends))
