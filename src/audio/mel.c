/* audio/mel.c - see mel.h. */
#include "audio/mel.h"

#include <string.h>

#include "audio/features_int.h"
#include "base/checked.h"
#include "base/error.h"

void xb_mel_spec_init(xb_mel_spec *spec) {
    *spec = (xb_mel_spec){ .rate_hz = 16000,
                           .n_fft = 400,
                           .window_samples = 400,
                           .hop_samples = 160,
                           .window = XB_WINDOW_HANN,
                           .is_periodic = 1,
                           .is_centered = 1,
                           .drops_last = 1,
                           .power = 2,
                           .scale = XB_MEL_SLANEY,
                           .is_normalised = 1,
                           .n_mels = 80,
                           .log = XB_LOG_WHISPER,
                           .floor = 1e-10f,
                           .max_frames = 3000 };
}

int xb_mel_preset(const char *name, xb_mel_spec *spec) {
    static const char *const sizes[] = { "", "-tiny", "-base", "-small", "-medium" };
    if (strncmp(name, "whisper", 7) != 0) return 0;
    const char *size = name + 7;
    int         is_large = strncmp(size, "-large", 6) == 0, is_known = is_large;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t length = strlen(sizes[i]);
        is_known |= strncmp(size, sizes[i], length) == 0 && (!size[length] || (i && strcmp(size + length, ".en") == 0));
    }
    if (!is_known) return 0;
    xb_mel_spec_init(spec);
    if (is_large) spec->n_mels = 128;
    return 1;
}

static xybrid_status check(const xb_mel_spec *s, double high_hz, xybrid_error *err) {
    const double           nyquist = s->rate_hz / 2.0;
    const xb_feature_range ranges[] = {
        { "the rate", s->rate_hz, 2, XB_MAX_AUDIO_RATE },
        { "n_fft", s->n_fft, 2, XB_MAX_FFT },
        { "the window", s->window_samples, 1, s->n_fft },
        { "the hop", s->hop_samples, 1, XB_MAX_FFT },
        { "n_mels", s->n_mels, 1, XB_MAX_BANDS },
        { "the power", s->power, 1, 2 },
        { "the logarithm", s->log, 0, XB_LOG_NONE },
        { "the lowest frequency", s->low_hz, 0, nyquist - 1 },
        { "the highest frequency", high_hz, s->low_hz + 1, nyquist },
        { "the floor", (double)s->floor, 1e-37, 1e30 },
        { "max_frames", (double)s->max_frames, 0, (double)XB_MAX_AUDIO_FRAMES / (double)s->hop_samples },
    };
    return xb_feature_ranges("mel spectrogram", ranges, sizeof ranges / sizeof ranges[0], err);
}

xybrid_status xb_mel_new(xb_mem *mem, const xb_mel_spec *s, xb_features **out, xybrid_error *err) {
    static const double per_log[] = { 0.43429448190325182765, 1, 10 * 0.43429448190325182765, 0 }; /* xb_mel_log; log10 e */
    const double        high_hz = s->high_hz != 0 ? s->high_hz : s->rate_hz / 2.0;
    XB_TRY(check(s, high_hz, err));
    xb_feature_form f = { .hop = s->hop_samples,
                          .offset = (s->n_fft - s->window_samples) / 2,
                          .span = s->n_fft,
                          .drop = s->drops_last,
                          .window = s->window,
                          .is_periodic = s->is_periodic };
    f.triangles = (xb_triangles){ s->scale, s->is_normalised, s->rate_hz, s->n_fft, s->n_mels, s->low_hz, high_hz };
    f.spectrum = (xb_spectrum){ .n = s->n_fft,
                                .length = s->window_samples,
                                .band_count = s->n_mels,
                                .is_magnitude = s->power == 1,
                                .gain = 1,
                                .floor = s->floor,
                                .log_scale = (float)(per_log[s->log] * (s->log == XB_LOG_DB && s->power == 1 ? 2 : 1)) };
    if (s->is_centered) {
        f.offset -= s->n_fft / 2;
        f.extra = s->n_fft / 2 * 2;
    }
    if (s->max_frames) f.limit = xb_max64(1, (s->max_frames + f.drop - 1) * f.hop + f.span - f.extra);
    if (s->log == XB_LOG_WHISPER) f.range = 8, f.scale = 0.25f, f.shift = 1;
    return xb_features_new(mem, &f, out, err);
}

void xb_mel_finish(const xb_features *mel, float *values, int64_t count, float largest) {
    const xb_feature_form *f = &mel->form;
    if (f->range != 0) xb_raise_and_scale(values, count, largest - f->range, f->scale, f->shift);
}

xybrid_status xb_mel_run(const xb_features *mel, xb_mem *mem, const float *samples, int64_t count, xb_tensor *out,
                         xybrid_error *err) {
    xb_tensor made;
    XB_TRY(xb_features_check(samples, count, err));
    int64_t shape[3] = { 1, mel->columns, xb_features_frames(mel, count) }, total = shape[1] * shape[2];
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 3, shape, &made, err));
    xybrid_status st = xb_features_fill(mel, mem, samples, count, shape[2], made.data, 1, shape[2], err);
    if (st) {
        xb_tensor_drop(&made);
        return st;
    }
    xb_mel_finish(mel, made.data, total, xb_largest(made.data, total));
    *out = made;
    return XYBRID_OK;
}

void xb_mel_window(const xb_features *mel, const float *rows, int64_t row_count, int64_t frames, float *out) {
    int64_t columns = mel->columns, there = xb_min64(row_count, frames);
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t i = 0; i < there; i++) out[c * frames + i] = rows[i * columns + c];
        for (int64_t i = there; i < frames; i++) out[c * frames + i] = mel->silence[c];
    }
    xb_mel_finish(mel, out, columns * frames, xb_largest(out, columns * frames));
}
