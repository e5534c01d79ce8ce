/* flow/steps_mel.c - steps from samples to spectral features: MelSpectrogram, FilterBank; and NormalizeAudio. */
#include <math.h>
#include <string.h>

#include "audio/fbank.h"
#include "audio/mel.h"
#include "audio/mix.h"
#include "base/error.h"
#include "flow/step_rows.h"

/* One channel of float32 [n]: audio at `rate_hz` (0: any), mixed; or a tensor of one dimension that is not 1. */
static xybrid_status samples_of(xb_frame *f, int32_t rate_hz, xb_tensor *out, xybrid_error *err) {
    int        is_audio = f->value.kind == XB_VALUE_AUDIO;
    int64_t    longest = 0;
    xb_tensor *t;
    if (is_audio && rate_hz && f->value.rate_hz != rate_hz)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the samples are at %d Hz, wanted are %d: a step AudioDecode before this one changes it",
                       f->value.rate_hz, rate_hz);
    if (!is_audio && f->value.kind == XB_VALUE_ENVELOPE && f->value.envelope->view.kind == XYBRID_AUDIO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is audio that is not decoded: a step AudioDecode before this one does that");
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    for (int32_t i = 0; i < t->rank; i++) longest = t->shape[i] > longest ? t->shape[i] : longest;
    if (t->dtype != XYBRID_FLOAT32 || (!is_audio && longest != xb_tensor_count(t)))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "%s samples of rank %d; float32 of one channel are wanted",
                       xb_dtype_name(t->dtype), (int)t->rank);
    if (!longest || !xb_tensor_count(t)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the recording has no samples");
    return is_audio ? xb_audio_to_mono(f->mem, t, out, err) : xb_tensor_reshape(t, 1, (int64_t[]){ -1 }, out, err);
}

/* The place of a parameter's value in `names`, which ends with NULL; `wanted` lists them. Missing: *out stays. */
static xybrid_status choose(xb_step_maker *m, const char *key, const char *const *names, const char *wanted, int *out,
                            xybrid_error *err) {
    const char *found;
    XB_TRY(xb_json_opt_string(m->params, m->where, key, names[*out], &found, err));
    for (int i = 0; names[i]; i++)
        if (strcmp(found, names[i]) == 0) {
            *out = i;
            return XYBRID_OK;
        }
    return xb_json_fail(xb_json_get(m->params, key), m->where, key, wanted, err);
}

static const char *const windows[] = { "hann", "hamming", "povey", "rectangular", NULL }; /* xb_window */
#define WINDOWS "hann, hamming, povey or rectangular"

typedef struct features_state {
    xb_features *features;
    int32_t      rate_hz;
} features_state;

static void features_close(void *state, xb_mem *mem) {
    (void)mem;
    xb_features_free(((features_state *)state)->features);
}

/* ---- MelSpectrogram: samples -> float32 [1, n_mels, frames] ---- */

static xybrid_status read_sizes(xb_step_maker *m, xb_mel_spec *s, xybrid_error *err) {
    const xb_json *limit = xb_json_get(m->params, "max_frames");
    int64_t        rate, n_fft, window, hop, mels, power;
    XB_TRY(xb_json_opt_int(m->params, m->where, "sample_rate", 1, XB_MAX_AUDIO_RATE, s->rate_hz, &rate, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "fft_size", 2, XB_MAX_FFT, s->n_fft, &n_fft, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "window_length", 1, n_fft, n_fft, &window, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "hop_length", 1, XB_MAX_FFT, s->hop_samples, &hop, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "n_mels", 1, XB_MAX_BANDS, s->n_mels, &mels, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "power", 1, 2, s->power, &power, err));
    if (limit && xb_json_is(limit, XB_JSON_NULL)) s->max_frames = 0;
    else XB_TRY(xb_json_opt_int(m->params, m->where, "max_frames", 1, XB_MAX_AUDIO_FRAMES, 3000, &s->max_frames, err));
    s->rate_hz = (int32_t)rate;
    s->n_fft = (int32_t)n_fft;
    s->window_samples = (int32_t)window;
    s->hop_samples = (int32_t)hop;
    s->n_mels = (int32_t)mels;
    s->power = (int32_t)power;
    return XYBRID_OK;
}

static xybrid_status read_forms(xb_step_maker *m, xb_mel_spec *s, xybrid_error *err) {
    static const char *const scales[] = { "slaney", "htk", "kaldi", NULL }, *const norms[] = { "none", "slaney", NULL };
    static const char *const logs[] = { "whisper", "natural", "db", "none", NULL };
    int                      scale = XB_MEL_SLANEY, norm, window = XB_WINDOW_HANN, log = XB_LOG_WHISPER;
    double                   floor;
    XB_TRY(choose(m, "mel_scale", scales, "slaney, htk or kaldi", &scale, err));
    norm = scale == XB_MEL_SLANEY; /* the original's HTK triangles have no area of 1 */
    XB_TRY(choose(m, "norm", norms, "slaney or none", &norm, err));
    XB_TRY(choose(m, "window", windows, WINDOWS, &window, err));
    XB_TRY(choose(m, "log", logs, "whisper, natural, db or none", &log, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "periodic", 1, &s->is_periodic, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "center", 1, &s->is_centered, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "drop_last", s->is_centered, &s->drops_last, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "f_min", 0, XB_MAX_AUDIO_RATE, 0, &s->low_hz, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "f_max", 0, XB_MAX_AUDIO_RATE, 0, &s->high_hz, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "floor", 1e-30, 1e30, 1e-10, &floor, err));
    s->scale = (xb_mel_scale)scale;
    s->is_normalised = norm;
    s->window = (xb_window)window;
    s->log = (xb_mel_log)log;
    s->floor = (float)floor;
    return XYBRID_OK;
}

static xybrid_status mel_open(xb_step_maker *m, void *state, xybrid_error *err) {
    features_state *s = state;
    const char     *preset;
    xb_mel_spec     spec;
    XB_TRY(xb_json_opt_string(m->params, m->where, "preset", "whisper", &preset, err));
    if (!xb_mel_preset(preset, &spec))
        return xb_json_fail(xb_json_get(m->params, "preset"), m->where, "preset",
                            "whisper, whisper-tiny, -base, -small, -medium or -large", err);
    XB_TRY(read_sizes(m, &spec, err));
    XB_TRY(read_forms(m, &spec, err));
    s->rate_hz = spec.rate_hz;
    return xb_mel_new(m->mem, &spec, &s->features, err);
}

static xybrid_status mel_run(const void *state, xb_frame *f, xybrid_error *err) {
    const features_state *s = state;
    xb_tensor             samples, out;
    XB_TRY(samples_of(f, s->rate_hz, &samples, err));
    xybrid_status st = xb_mel_run(s->features, f->mem, samples.data, samples.shape[0], &out, err);
    xb_tensor_drop(&samples);
    return st ? st : xb_frame_put_tensor(f, out, err);
}

/* ---- FilterBank: Kaldi's; samples -> float32 [1, frames, bands] ---- */

static xybrid_status fbank_open(xb_step_maker *m, void *state, xybrid_error *err) {
    features_state  *s = state;
    xb_fbank_options o;
    int64_t          rate, bands;
    int              window = XB_WINDOW_POVEY;
    xb_fbank_options_init(&o);
    XB_TRY(xb_json_opt_int(m->params, m->where, "sample_rate", 1, XB_MAX_AUDIO_RATE, o.rate_hz, &rate, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "n_mels", 1, XB_MAX_BANDS, 80, &bands, err));
    XB_TRY(choose(m, "window", windows, WINDOWS, &window, err));
    const struct {
        const char *key;
        double      least, most, *out;
    } numbers[] = { { "frame_length_ms", 0, 1e6, &o.frame_ms }, { "frame_shift_ms", 0, 1e6, &o.shift_ms },
                    { "preemphasis", 0, 1, &o.preemphasis },    { "f_min", 0, XB_MAX_AUDIO_RATE, &o.low_hz },
                    { "f_max", -1e6, 1e6, &o.high_hz },         { "energy_floor", 0, 1e30, &o.energy_floor },
                    { "scale", 1e-6, 65536, &o.scale } };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        XB_TRY(xb_json_opt_double(m->params, m->where, numbers[i].key, numbers[i].least, numbers[i].most, *numbers[i].out,
                                  numbers[i].out, err));
    const struct {
        const char *key;
        int32_t    *out;
    } truths[] = { { "snip_edges", &o.snips_edges },   { "round_to_power_of_two", &o.rounds_to_power_of_two },
                   { "use_energy", &o.has_energy },    { "remove_dc_offset", &o.removes_mean },
                   { "raw_energy", &o.is_raw_energy }, { "htk_compat", &o.htk_compat },
                   { "use_power", &o.is_power },       { "use_log", &o.is_log } };
    for (size_t i = 0; i < sizeof truths / sizeof truths[0]; i++)
        XB_TRY(xb_json_opt_bool(m->params, m->where, truths[i].key, *truths[i].out, truths[i].out, err));
    o.rate_hz = s->rate_hz = (int32_t)rate;
    o.bands = (int32_t)bands;
    o.window = (xb_window)window;
    return xb_fbank_new(m->mem, &o, &s->features, err);
}

static xybrid_status fbank_run(const void *state, xb_frame *f, xybrid_error *err) {
    const features_state *s = state;
    xb_tensor             samples, rows, out;
    XB_TRY(samples_of(f, s->rate_hz, &samples, err));
    xybrid_status st = xb_features_rows(s->features, f->mem, samples.data, samples.shape[0], &rows, err);
    xb_tensor_drop(&samples);
    if (st) return st;
    st = xb_tensor_reshape(&rows, 3, (int64_t[]){ 1, rows.shape[0], rows.shape[1] }, &out, err);
    xb_tensor_drop(&rows);
    return st ? st : xb_frame_put_tensor(f, out, err);
}

/* ---- NormalizeAudio: samples -> float32 [1, n] of mean 0 and variance 1, as wav2vec2 wants them
 * (transformers, Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm: (x - mean) / sqrt(variance + 1e-7)) ---- */

static xybrid_status normalize_run(const void *state, xb_frame *f, xybrid_error *err) {
    xb_tensor samples, out;
    double    mean, variance;
    (void)state;
    XB_TRY(samples_of(f, 0, &samples, err));
    int64_t       count = samples.shape[0];
    xybrid_status st = xb_tensor_new(f->mem, XYBRID_FLOAT32, 2, (int64_t[]){ 1, count }, &out, err);
    if (st == XYBRID_OK) {
        xb_mean_and_variance(samples.data, count, &mean, &variance);
        if (isfinite(mean) && isfinite(variance))
            xb_shift_and_scale(samples.data, count, (float)-mean, (float)(1 / sqrt(variance + 1e-7)), out.data);
        else {
            xb_tensor_drop(&out);
            st = xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the samples have no mean: some are no numbers");
        }
    }
    xb_tensor_drop(&samples);
    return st ? st : xb_frame_put_tensor(f, out, err);
}

const xb_step_row xb_step_mel_spectrogram = { "MelSpectrogram", XB_STEP_PRE, sizeof(features_state),
                                              mel_open,         mel_run,     features_close };
const xb_step_row xb_step_filter_bank = { "FilterBank", XB_STEP_PRE, sizeof(features_state),
                                          fbank_open,   fbank_run,   features_close };
const xb_step_row xb_step_normalize_audio = { "NormalizeAudio", XB_STEP_PRE, 1, NULL, normalize_run, NULL };
