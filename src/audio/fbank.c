/* audio/fbank.c - see fbank.h. */
#include "audio/fbank.h"

#include <float.h>

#include "audio/features_int.h"
#include "base/error.h"

static const char name[] = "filter bank";

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

static xybrid_status check(const xb_fbank_options *o, double high_hz, xybrid_error *err) {
    const double           ms = 1000.0 / o->rate_hz; /* of a sample */
    const xb_feature_range ranges[] = {
        { "the rate", o->rate_hz, 2, XB_MAX_AUDIO_RATE },
        { "the frame in ms", o->frame_ms, 2 * ms, XB_MAX_FFT * ms },
        { "the shift in ms", o->shift_ms, ms, XB_MAX_FFT * ms },
        { "the preemphasis", o->preemphasis, 0, 1 },
        { "the number of bands", o->bands, 1, XB_MAX_BANDS },
        { "the lowest frequency", o->low_hz, 0, o->rate_hz / 2.0 - 1 },
        { "the highest frequency", high_hz, o->low_hz + 1, o->rate_hz / 2.0 },
        { "the energy floor", o->energy_floor, 0, 1e30 },
        { "the scale", o->scale, 1e-6, 65536 },
    };
    return xb_feature_ranges(name, ranges, sizeof ranges / sizeof ranges[0], err);
}

/* Kaldi's arithmetic: float32, cut. */
static int64_t samples_of(int32_t rate_hz, double ms) { return (int64_t)((float)rate_hz * 0.001f * (float)ms); }

static xybrid_status make(xb_mem *mem, const xb_fbank_options *o, double high_hz, xb_features **out, xybrid_error *err) {
    xb_feature_form f = { .hop = samples_of(o->rate_hz, o->shift_ms), .repeats_edge = 1, .window = o->window };
    int64_t         length = samples_of(o->rate_hz, o->frame_ms), n = length;
    if (o->rounds_to_power_of_two)
        for (n = 1; n < length;) n *= 2;
    const xb_feature_range sizes[] = { { "the frame in samples", (double)length, 2, XB_MAX_FFT },
                                       { "the transform's length", (double)n, 2, XB_MAX_FFT },
                                       { "the shift in samples", (double)f.hop, 1, XB_MAX_FFT } }; /* after Kaldi's rounding */
    XB_TRY(xb_feature_ranges(name, sizes, sizeof sizes / sizeof sizes[0], err));
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
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s: the number of bands is %d, so many that some have no bin",
                           name, o->bands);
        }
    *out = f;
    return XYBRID_OK;
}
