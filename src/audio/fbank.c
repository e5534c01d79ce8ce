/* audio/fbank.c - see fbank.h. */
#include "audio/fbank.h"

#include <float.h>

#include "audio/features_int.h"
#include "base/error.h"

void xb_fbank_options_init(xb_fbank_options *o) {
    *o = (xb_fbank_options){ .rate_hz = 16000,
                             .frame_ms = 25,
                             .shift_ms = 10,
                             .window = XB_WINDOW_POVEY,
                             .rounds_to_power_of_two = 1,
                             .snips_edges = 1,
                             .removes_mean = 1,
                             .preemphasis = 0.97,
                             .bands = 23,
                             .low_hz = 20,
                             .is_power = 1,
                             .is_log = 1,
                             .is_raw_energy = 1,
                             .scale = 1 };
}

static xybrid_status fail(xybrid_error *err, const char *what, double found, const char *wanted) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "filter bank", "filter bank: %s is %g; %s", what, found, wanted);
}

static xybrid_status check(const xb_fbank_options *o, double high_hz, xybrid_error *err) {
    if (o->rate_hz < 1 || o->rate_hz > XB_MAX_AUDIO_RATE)
        return fail(err, "the rate", o->rate_hz, "1 to 768000 Hz are possible");
    double longest = XB_MAX_FFT * 1000.0 / o->rate_hz, shortest = 1000.0 / o->rate_hz;
    if (!(o->frame_ms >= 2 * shortest && o->frame_ms <= longest))
        return fail(err, "the frame in ms", o->frame_ms, "2 to 32768 samples are possible");
    if (!(o->shift_ms >= shortest && o->shift_ms <= longest))
        return fail(err, "the shift in ms", o->shift_ms, "1 to 32768 samples are possible");
    if (!(o->preemphasis >= 0 && o->preemphasis <= 1))
        return fail(err, "the preemphasis", o->preemphasis, "0 to 1 are possible");
    if (o->bands < 1 || o->bands > XB_MAX_BANDS) return fail(err, "the number of bands", o->bands, "1 to 512 are possible");
    if (!(o->low_hz >= 0 && o->low_hz < high_hz)) return fail(err, "the lowest frequency", o->low_hz, "0 to below the highest");
    if (!(high_hz <= o->rate_hz / 2.0)) return fail(err, "the highest frequency", o->high_hz, "at most half the rate");
    if (!(o->energy_floor >= 0 && o->energy_floor < 1e30)) return fail(err, "the energy floor", o->energy_floor, "at least 0");
    if (!(o->scale > 0 && o->scale <= 65536)) return fail(err, "the scale", o->scale, "above 0, at most 65536");
    return XYBRID_OK;
}

/* Kaldi's arithmetic: float32, cut. */
static int64_t samples_of(int32_t rate_hz, double ms) { return (int64_t)((float)rate_hz * 0.001f * (float)ms); }

static xybrid_status make(xb_mem *mem, const xb_fbank_options *o, double high_hz, xb_features **out, xybrid_error *err) {
    xb_feature_form f = { .hop = samples_of(o->rate_hz, o->shift_ms), .repeats_edge = 1, .window = o->window };
    int64_t         length = samples_of(o->rate_hz, o->frame_ms), n = length;
    if (o->rounds_to_power_of_two)
        for (n = 1; n < length;) n *= 2;
    if (length < 2 || f.hop < 1 || n > XB_MAX_FFT) return fail(err, "the frame in samples", (double)length, "2 to 32768");
    f.span = length;
    if (!o->snips_edges) f.offset = f.hop / 2 - length / 2, f.extra = f.hop / 2, f.span = f.hop;
    f.triangles = (xb_triangles){ XB_MEL_KALDI, 0, o->rate_hz, (int32_t)n, o->bands, o->low_hz, high_hz };
    f.spectrum = (xb_spectrum){ .n = n,
                                .length = length,
                                .band_count = o->bands,
                                .is_magnitude = !o->is_power,
                                .removes_mean = o->removes_mean,
                                .preemphasis = (float)o->preemphasis,
                                .floor = FLT_EPSILON,
                                .log_scale = o->is_log != 0,
                                .gain = (float)o->scale };
    if (o->has_energy) {
        f.spectrum.energy = o->is_raw_energy ? XB_ENERGY_RAW : XB_ENERGY_WINDOWED;
        f.spectrum.energy_floor = o->energy_floor > (double)FLT_EPSILON ? (float)o->energy_floor : FLT_EPSILON;
        f.energy_last = o->htk_compat;
    }
    return xb_features_new(mem, &f, out, err);
}

xybrid_status xb_fbank_new(xb_mem *mem, const xb_fbank_options *o, xb_features **out, xybrid_error *err) {
    xb_features *f;
    double       high_hz = o->high_hz > 0 ? o->high_hz : o->rate_hz / 2.0 + o->high_hz;
    XB_TRY(check(o, high_hz, err));
    XB_TRY(make(mem, o, high_hz, &f, err));
    for (int32_t b = 0; b < o->bands; b++)
        if (!f->bands[b].count) {
            xb_features_free(f);
            return fail(err, "the number of bands", o->bands, "so many that some have no bin");
        }
    *out = f;
    return XYBRID_OK;
}
