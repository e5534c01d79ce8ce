/* audio/bands.c - see bands.h. */
#include "audio/bands.h"

#include <math.h>

static const double circle = 6.28318530717958647693; /* 2 pi */

void xb_window_make(xb_window kind, int is_periodic, int64_t length, float *out) {
    double period = is_periodic || length == 1 ? (double)length : (double)(length - 1);
    for (int64_t i = 0; i < length; i++) {
        double c = cos(circle * (double)i / period), w = 1;
        switch (kind) {
        case XB_WINDOW_HANN: w = 0.5 - 0.5 * c; break;
        case XB_WINDOW_HAMMING: w = 0.54 - 0.46 * c; break;
        case XB_WINDOW_POVEY: w = pow(0.5 - 0.5 * c, 0.85); break;
        case XB_WINDOW_RECTANGULAR: break;
        }
        out[i] = (float)w;
    }
}

#define SLANEY_KNEE 15.0                 /* mel at 1000 Hz */
#define SLANEY_STEP 0.068751777420949123 /* ln(6.4) / 27 */

static double mel_of(xb_mel_scale scale, double hz) {
    if (scale != XB_MEL_SLANEY) return 1127 * log(1 + hz / 700);
    return hz < 1000 ? hz * 3 / 200 : SLANEY_KNEE + log(hz / 1000) / SLANEY_STEP;
}

static double hz_of(xb_mel_scale scale, double mel) {
    if (scale != XB_MEL_SLANEY) return 700 * (exp(mel / 1127) - 1);
    return mel < SLANEY_KNEE ? mel * 200 / 3 : 1000 * exp(SLANEY_STEP * (mel - SLANEY_KNEE));
}

/* HTK's 2595 log10(1 + f/700) and Kaldi's 1127 ln(...) are multiples of each other: equal steps of one are equal steps of the
 * other. */
static double corner(const xb_triangles *t, int32_t index) {
    double low = mel_of(t->scale, t->low_hz), high = mel_of(t->scale, t->high_hz);
    return low + (high - low) * index / (t->count + 1);
}

/* Of triangle `index`: its band, and its weights unless w is NULL. */
static xb_band triangle(const xb_triangles *t, int32_t index, float *w) {
    double left = corner(t, index), top = corner(t, index + 1), right = corner(t, index + 2);
    double scale = t->is_normalised ? 2 / (hz_of(t->scale, right) - hz_of(t->scale, left)) : 1;
    if (t->scale != XB_MEL_KALDI) left = hz_of(t->scale, left), top = hz_of(t->scale, top), right = hz_of(t->scale, right);
    int32_t bins = t->scale == XB_MEL_KALDI ? t->n_fft / 2 : t->n_fft / 2 + 1;
    xb_band b = { 0, 0, 0 };
    for (int32_t k = 0; k < bins; k++) {
        double at = (double)k * t->rate_hz / t->n_fft;
        if (t->scale == XB_MEL_KALDI) at = mel_of(t->scale, at);
        double up = (at - left) / (top - left), down = (right - at) / (right - top), weight = up < down ? up : down;
        if (!(weight > 0)) {
            if (b.count) break;
            continue;
        }
        if (!b.count) b.first = k;
        if (w) w[b.count] = (float)(scale * weight);
        b.count++;
    }
    return b;
}

xybrid_status xb_triangles_make(xb_mem *mem, const xb_triangles *t, xb_band **bands, float **weights, xybrid_error *err) {
    int32_t  total = 0;
    xb_band *b = xb_calloc(mem, (size_t)t->count, sizeof *b, err);
    if (!b) return err->code;
    for (int32_t i = 0; i < t->count; i++) {
        b[i] = triangle(t, i, NULL);
        b[i].at = total;
        total += b[i].count;
    }
    float *w = xb_calloc(mem, (size_t)total + 1, sizeof *w, err);
    if (!w) {
        xb_free(mem, b);
        return err->code;
    }
    for (int32_t i = 0; i < t->count; i++) triangle(t, i, w + b[i].at);
    *bands = b;
    *weights = w;
    return XYBRID_OK;
}
