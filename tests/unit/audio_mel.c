/* Mel spectrograms: against librosa and Whisper's formula (scripts/golden/audio_features.py), Whisper's numbers of the
 * reference data, streams against the whole, samples that are none, sizes at their edges, memory that ends. */
#include "audio/mel.h"
#include "codec/wav.h"
#include "feature_rig.h"

#include "golden/audio_features.inc"

#define COUNT(a) ((int64_t)(sizeof(a) / sizeof(a)[0]))

static xb_test_mem  tm;
static xybrid_error err;

static xb_mel_spec whisper(int32_t mels, int64_t max_frames) {
    xb_mel_spec s;
    xb_mel_spec_init(&s);
    s.n_mels = mels;
    s.max_frames = max_frames;
    return s;
}

static xb_features *make(const xb_mel_spec *s) {
    xb_features *f = NULL;
    CHECK_INT(xb_mel_new(&tm.mem, s, &f, &err), XYBRID_OK);
    return f;
}

static xb_tensor run(const xb_mel_spec *s, const float *samples, int64_t count) {
    xb_features *f = make(s);
    xb_tensor    out = { 0 };
    if (f) CHECK_INT(xb_mel_run(f, &tm.mem, samples, count, &out, &err), XYBRID_OK);
    xb_features_free(f);
    if (!out.data) exit(1); /* the checks said why */
    return out;
}

/* ---- golden numbers ---- */

/* Their rows have `frames` of the `there` that we have. */
static void agrees(const char *name, const xb_tensor *t, int64_t frames, const float *golden, int64_t count, double atol,
                   double rtol) {
    int64_t mels = t->shape[1], there = t->shape[2], step = mels * frames > 400 ? mels * frames / 400 : 1;
    double  worst = 0;
    CHECK_INT(count, (mels * frames + step - 1) / step);
    for (int64_t i = 0; i < count; i++) {
        int64_t at = i * step / frames * there + i * step % frames;
        double  wanted = (double)golden[i], off = fabs((double)((float *)t->data)[at] - wanted) / (atol + rtol * fabs(wanted));
        if (!(off <= worst)) worst = off;
    }
    printf("%s: %.2g of the tolerance\n", name, worst);
    CHECK(worst <= 1);
}

/* Tolerance: float32 against float64 (Whisper) or float32 (librosa): each bin is off by some 1e-8 of the largest of its
 * frame, which is more of a quiet one. Found was a tenth to a half of what is allowed here, whatever the kind of logarithm.
 * */
static void whispers(void) {
    xb_test_mem_init(&tm, 0, 0);
    float      *x = signal(481000, 3);
    xb_mel_spec s = whisper(80, 3000);
    xb_tensor   t = run(&s, x, 20000);
    CHECK(xb_shape_equal(t.rank, t.shape, 3, (int64_t[]){ 1, 80, 3000 }));
    agrees("whisper, 1.25 s in 30", &t, 130, whisper_30s, COUNT(whisper_30s), 1e-5, 0);
    for (int64_t m = 0; m < 80; m++) /* behind the recording: all the same */
        for (int64_t i = 127; i < 3000; i++) CHECK(((float *)t.data)[m * 3000 + i] == ((float *)t.data)[2999]);
    xb_tensor_drop(&t);
    s = whisper(128, 3000);
    t = run(&s, x, 20000);
    agrees("whisper-large", &t, 130, whisper_large, COUNT(whisper_large), 1e-5, 0);
    xb_tensor_drop(&t);
    s = whisper(80, 0);
    t = run(&s, x, 20011);
    CHECK_INT(t.shape[2], 125);
    agrees("whisper, any length", &t, 125, whisper_any, COUNT(whisper_any), 1e-5, 0);
    xb_tensor_drop(&t);
    free(x);
    x = signal(481000, 4);
    s = whisper(80, 3000);
    t = run(&s, x, 481000);
    agrees("whisper, cut to 30 s", &t, 3000, whisper_full, COUNT(whisper_full), 1e-5, 0);
    xb_tensor_drop(&t);
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void librosas(void) {
    xb_test_mem_init(&tm, 0, 0);
    float      *x = signal(9000, 5);
    xb_mel_spec s = { .rate_hz = 22050,
                      .n_fft = 1024,
                      .window_samples = 1024,
                      .hop_samples = 256,
                      .is_periodic = 1,
                      .is_centered = 1,
                      .power = 2,
                      .is_normalised = 1,
                      .n_mels = 80,
                      .log = XB_LOG_DB,
                      .floor = 1e-10f };
    xb_tensor   t = run(&s, x, 9000);
    agrees("slaney", &t, 36, librosa_slaney, COUNT(librosa_slaney), 1e-4, 0);
    xb_tensor_drop(&t);
    s = (xb_mel_spec){ .rate_hz = 22050,
                       .n_fft = 512,
                       .window_samples = 400,
                       .hop_samples = 200,
                       .is_periodic = 1,
                       .is_centered = 1,
                       .power = 2,
                       .scale = XB_MEL_HTK,
                       .low_hz = 20,
                       .high_hz = 7600,
                       .n_mels = 40,
                       .log = XB_LOG_NATURAL,
                       .floor = 1e-5f };
    t = run(&s, x, 9000);
    agrees("htk", &t, 46, librosa_htk, COUNT(librosa_htk), 2e-5, 0);
    xb_tensor_drop(&t);
    s = (xb_mel_spec){ .rate_hz = 22050,
                       .n_fft = 960,
                       .window_samples = 960,
                       .hop_samples = 480,
                       .window = XB_WINDOW_HAMMING,
                       .is_periodic = 1,
                       .power = 1,
                       .is_normalised = 1,
                       .n_mels = 32,
                       .log = XB_LOG_NONE,
                       .floor = 1 };
    t = run(&s, x, 9000);
    agrees("magnitude", &t, 17, librosa_magnitude, COUNT(librosa_magnitude), 1e-7, 2e-6);
    xb_tensor_drop(&t);
    s = (xb_mel_spec){ .rate_hz = 22050,
                       .n_fft = 600,
                       .window_samples = 300,
                       .hop_samples = 150,
                       .is_centered = 1,
                       .power = 2,
                       .is_normalised = 1,
                       .n_mels = 64,
                       .log = XB_LOG_NATURAL,
                       .floor = 1e-5f };
    t = run(&s, x, 9000);
    agrees("symmetric", &t, 61, librosa_symmetric, COUNT(librosa_symmetric), 2e-5, 0);
    xb_tensor_drop(&t);
    s = (xb_mel_spec){ .rate_hz = 22050,
                       .n_fft = 401,
                       .window_samples = 401,
                       .hop_samples = 160,
                       .is_periodic = 1,
                       .is_centered = 1,
                       .power = 2,
                       .scale = XB_MEL_HTK,
                       .is_normalised = 1,
                       .n_mels = 20,
                       .log = XB_LOG_NONE,
                       .floor = 1 };
    t = run(&s, x, 9000);
    agrees("odd", &t, 57, librosa_odd, COUNT(librosa_odd), 1e-7, 2e-6);
    xb_tensor_drop(&t);
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

/* The first ten frames of a clip, as another implementation has them: its own tolerance. */
static void reference_clip(void) {
    xb_wav_info info;
    size_t      size = 0, text_size = 0;
    char       *wav = xb_test_data("audio/1272-141231-0002.wav", &size);
    char       *text = xb_test_data("mel/whisper/expected_output.txt", &text_size);
    if (!wav || !text) {
        free(wav), free(text);
        CHECK_SKIP("mel/whisper/expected_output.txt");
    }
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_wav_read(wav, (int64_t)size, &info, &err), XYBRID_OK);
    float *x = calloc((size_t)(info.frames * info.channels), sizeof *x);
    CHECK_OR_RETURN(x);
    xb_wav_decode(&info, wav, 0, info.frames, x);
    xb_mel_spec s = whisper(80, 3000);
    xb_tensor   t = run(&s, x, info.frames);
    double      worst = 0;
    char       *at = text;
    for (int m = 0; m < 80; m++)
        for (int i = 0; i < 10; i++, at += *at == ',') {
            double wanted = strtod(at, &at), off = fabs((double)((float *)t.data)[m * 3000 + i] - wanted);
            worst = check_worse(worst, off);
            CHECK(off <= 1e-2 + 1e-3 * fabs(wanted));
        }
    printf("farthest from the reference: %.2g\n", worst);
    CHECK(strspn(at, " \r\n") == strlen(at));
    xb_tensor_drop(&t);
    free(x), free(wav), free(text);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- streams ---- */

static void stream_one(const xb_mel_spec *s, const float *x, int64_t count) {
    xb_features *f = make(s);
    xb_tensor    t = { 0 }, whole = { 0 };
    CHECK_OR_RETURN(f);
    CHECK_INT(xb_features_rows(f, &tm.mem, x, count, &t, &err), XYBRID_OK);
    stream_equals(&tm, f, x, count, &t);
    if (s->log == XB_LOG_WHISPER && s->max_frames) { /* and the last step by itself */
        int64_t total = s->n_mels * s->max_frames, there = s->max_frames;
        float  *window = calloc((size_t)total, sizeof *window);
        CHECK_INT(xb_mel_run(f, &tm.mem, x, count, &whole, &err), XYBRID_OK);
        while (there > 0 && there > count / s->hop_samples + 3) there--; /* the rest is silence */
        xb_mel_window(f, t.data, there, s->max_frames, window);
        CHECK(memcmp(window, whole.data, (size_t)total * sizeof *window) == 0);
        free(window);
        xb_tensor_drop(&whole);
    }
    xb_tensor_drop(&t);
    xb_features_free(f);
}

static void streams_equal_the_whole(void) {
    xb_test_mem_init(&tm, 0, 0);
    float        *x = signal(20000, 8);
    const int64_t counts[] = { 0, 1, 2, 159, 160, 161, 199, 200, 201, 400, 401, 799, 1603, 20000 };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (int round = 0; round < 6; round++) {
            xb_mel_spec s = whisper(80, round & 1 ? 0 : 60); /* 9,600 samples */
            if (round >= 2) s.n_mels = 20, s.is_centered = round & 1, s.drops_last = 0, s.n_fft = 100 << (round / 2);
            if (round >= 2) s.window_samples = s.n_fft - 30;
            if (round >= 4) s.hop_samples = 1500, s.log = XB_LOG_NATURAL;
            stream_one(&s, x, counts[i]);
        }
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- edges ---- */

static void hostile_samples(void) {
    xb_test_mem_init(&tm, 0, 0);
    float       *x = signal(5000, 9), rows[40 * 80];
    const float  wild[] = { NAN, INFINITY, -INFINITY, 1e10f, -3e38f };
    xb_mel_spec  s = whisper(80, 0);
    xb_features *f = make(&s);
    xb_tensor    out = { .rank = 77 };
    CHECK_OR_RETURN(f);
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++) {
        float kept = x[4321];
        x[4321] = wild[i];
        CHECK_INT(xb_mel_run(f, &tm.mem, x, 5000, &out, &err), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(err.message, "sample 4321 is ") != NULL);
        CHECK_INT(xb_features_rows(f, &tm.mem, x, 5000, &out, &err), XYBRID_INVALID_ARGUMENT);
        xb_feature_stream *stream = NULL;
        CHECK_INT(xb_feature_stream_new(f, &tm.mem, &stream, &err), XYBRID_OK);
        CHECK_INT(xb_feature_stream_push(stream, x, 4000, 0, rows, &err), XYBRID_OK);
        int64_t ready = xb_feature_stream_ready(stream, 1000, 1);
        CHECK_INT(xb_feature_stream_push(stream, x + 4000, 1000, 0, rows, &err), XYBRID_INVALID_ARGUMENT);
        CHECK(strstr(err.message, "sample 4321 is ") != NULL);
        CHECK_INT(xb_feature_stream_ready(stream, 1000, 1), ready); /* nothing was taken */
        xb_feature_stream_free(stream);
        x[4321] = kept;
    }
    CHECK_INT(out.rank, 77);
    for (int i = 0; i < 5000; i++) x[i] *= 1e9f; /* large, but numbers */
    CHECK_INT(xb_mel_run(f, &tm.mem, x, 5000, &out, &err), XYBRID_OK);
    for (int64_t i = 0; i < xb_tensor_count(&out); i++) CHECK(isfinite(((float *)out.data)[i]));
    xb_tensor_drop(&out);
    xb_features_free(f);
    free(x);
    CHECK_INT(tm.live_blocks, 0);
}

static void small_recordings(void) {
    xb_test_mem_init(&tm, 0, 0);
    const float one[3] = { 0.5f, -0.25f, 0.125f };
    for (int64_t count = 0; count <= 3; count++) {
        xb_mel_spec s = whisper(80, 3000);
        xb_tensor   t = run(&s, one, count);
        CHECK_INT(t.shape[2], 3000);
        for (int64_t i = 0; i < xb_tensor_count(&t); i++) CHECK(isfinite(((float *)t.data)[i]));
        if (!count) CHECK_NEAR(((float *)t.data)[7], -1.5, 1e-6); /* (-10 + 4) / 4 */
        xb_tensor_drop(&t);
        s = whisper(80, 0);
        t = run(&s, one, count);
        CHECK_INT(t.shape[2], 0);
        xb_tensor_drop(&t);
        s.drops_last = 0;
        s.log = XB_LOG_NONE;
        t = run(&s, one, count);
        CHECK_INT(t.shape[2], count > 0);
        if (count == 1) { /* mirrored over and over: 0.5 for ever, whose power at 0 Hz is outside of all triangles */
            for (int64_t i = 2; i < 80; i++) CHECK(fabsf(((float *)t.data)[i]) < 1e-9f);
        }
        xb_tensor_drop(&t);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void wrong_specs(void) {
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < 14; i++) {
        xb_mel_spec  s = whisper(80, 3000);
        xb_features *f = NULL;
        switch (i) {
        case 0: s.rate_hz = 0; break;
        case 1: s.n_fft = 1; break;
        case 2: s.n_fft = 1 << 20; break;
        case 3: s.window_samples = 401; break;
        case 4: s.window_samples = 0; break;
        case 5: s.hop_samples = 0; break;
        case 6: s.n_mels = 0; break;
        case 7: s.n_mels = 513; break;
        case 8: s.power = 3; break;
        case 9: s.low_hz = 8000; break;
        case 10: s.high_hz = 8001; break;
        case 11: s.low_hz = NAN; break;
        case 12: s.floor = 0; break;
        default: s.max_frames = INT64_MAX; break;
        }
        CHECK_INT(xb_mel_new(&tm.mem, &s, &f, &err), XYBRID_INVALID_ARGUMENT);
        CHECK(f == NULL);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void presets(void) {
    const struct {
        const char *name;
        int         mels;
    } known[] = { { "whisper", 80 },           { "whisper-tiny", 80 },   { "whisper-tiny.en", 80 },
                  { "whisper-medium", 80 },    { "whisper-large", 128 }, { "whisper-large-v3", 128 },
                  { "whisper-large-v2", 128 }, { "whisperx", 0 },        { "whisper-", 0 },
                  { "whisper.en", 0 },         { "kaldi", 0 },           { "", 0 } };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        xb_mel_spec s = { .n_mels = 0 };
        CHECK_INT(xb_mel_preset(known[i].name, &s), known[i].mels > 0);
        CHECK_INT(s.n_mels, known[i].mels);
    }
}

static void memory_ends(void) {
    float *x = signal(3000, 2);
    XB_TORTURE (tm, 100) {
        xb_mel_spec        s = whisper(20, 30);
        xb_features       *f = NULL;
        xb_feature_stream *stream = NULL;
        xb_tensor          t = { 0 };
        xybrid_status      st = xb_mel_new(&tm.mem, &s, &f, &err);
        if (!st) st = xb_mel_run(f, &tm.mem, x, 3000, &t, &err);
        if (!st) xb_tensor_drop(&t);
        if (!st) st = xb_feature_stream_new(f, &tm.mem, &stream, &err);
        if (!st) { /* a push allocates nothing */
            float   rows[30 * 20];
            int64_t calls = tm.calls;
            CHECK_INT(xb_feature_stream_push(stream, x, 3000, 1, rows, &err), XYBRID_OK);
            CHECK_INT(tm.calls, calls);
        }
        XB_TORTURE_STATUS(tm, st);
        xb_feature_stream_free(stream);
        xb_features_free(f);
    }
    free(x);
}

CHECK_MAIN(RUN(whispers), RUN(librosas), RUN(reference_clip), RUN(streams_equal_the_whole), RUN(hostile_samples),
           RUN(small_recordings), RUN(wrong_specs), RUN(presets), RUN(memory_ends))
