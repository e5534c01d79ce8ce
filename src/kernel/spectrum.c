/* kernel/spectrum.c - see spectrum.h. Loops over lanes have a constant count, so that compilers make vectors of them. */
#include "kernel/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define XB_VEC_SCALAR
#include "kernel/vec.h"

#include "kernel/hot_math.h"

enum { L = XB_LANES };
#define EACH_LANE for (int l = 0; l < L; l++)

/* data [n, L], out [n / 2 + 1, 2, L], what the transform takes */
int64_t xb_spectrum_scratch(const xb_spectrum *s) { return s->n * L + (s->n / 2 + 1) * 2 * L + xb_rfft_scratch_size(s->n); }

/* Samples, lane by lane -> side by side; lanes beyond `count` repeat the last. */
static void load(const xb_spectrum *s, const float *const *frames, int32_t count, int is_plain, float *x) {
    const float *f[L], gain = s->gain;
    EACH_LANE { f[l] = frames[l < count ? l : count - 1]; }
    for (int64_t j = 0; j < s->length; j++) {
        float factor = is_plain ? s->window[j] : gain;
        EACH_LANE { x[j * L + l] = f[l][j] * factor; }
    }
}

static void sum_lanes(const float *x, int64_t length, int is_square, float *sum) {
    EACH_LANE sum[l] = 0;
    for (int64_t j = 0; j < length; j++) {
        const float *v = x + j * L;
        if (is_square) EACH_LANE sum[l] += v[l] * v[l];
        else EACH_LANE sum[l] += v[l];
    }
}

static void put_energies(const xb_spectrum *s, const float *x, int32_t count, float *out, int64_t step) {
    float sum[L];
    sum_lanes(x, s->length, 1, sum);
    for (int32_t l = 0; l < count; l++) out[l * step] = logf(sum[l] > s->energy_floor ? sum[l] : s->energy_floor);
}

/* The other preparation than the window. */
static void prepare(const xb_spectrum *s, int32_t count, float *x, float *energies, int64_t step) {
    float sum[L], keep = s->preemphasis;
    if (s->removes_mean) {
        sum_lanes(x, s->length, 0, sum);
        EACH_LANE sum[l] /= (float)s->length;
        for (int64_t j = 0; j < s->length; j++) EACH_LANE x[j * L + l] -= sum[l];
    }
    if (energies && s->energy == XB_ENERGY_RAW) put_energies(s, x, count, energies, step);
    for (int64_t j = s->length - 1; j >= 0; j--) { /* the first sample is its own predecessor */
        float *v = x + j * L, *before = j ? v - L : v, a[L];
        EACH_LANE { a[l] = (v[l] - keep * before[l]) * s->window[j]; }
        memcpy(v, a, sizeof a);
    }
    if (energies && s->energy == XB_ENERGY_WINDOWED) put_energies(s, x, count, energies, step);
}

/* [bins, 2, L] -> [bins, L], in place. */
static void to_power(int64_t bins, int is_magnitude, float *x) {
    for (int64_t k = 0; k < bins; k++) {
        float a[2 * L];
        memcpy(a, x + k * 2 * L, sizeof a);
        EACH_LANE x[k * L + l] = a[l] * a[l] + a[l + L] * a[l + L];
    }
    for (int64_t k = 0; is_magnitude && k < bins * L; k += L) EACH_LANE x[k + l] = sqrtf(x[k + l]);
}

/* log x of a normal number above 0: that of hot_math.h without its special cases. */
static inline float log_of(float x) {
    int32_t bits = xb_vi_of(x), k = (bits - 0x3f3504f3) >> 23; /* sqrt(1/2) */
    return xb_log_near_one(xb_vf_of(xb_vi_sub(bits, xb_vi_shl(k, 23))) - 1, (float)k);
}

static void band_of(const xb_spectrum *s, const xb_band *b, const float *power, float *out) {
    const float *w = s->weights + b->at, *p = power + (int64_t)b->first * L;
    float        sum[L] = { 0 }, made[L], scale = s->log_scale, floor = s->floor;
    for (int32_t k = 0; k < b->count; k++, p += L) EACH_LANE sum[l] += w[k] * p[l];
    if (s->log_scale == 0) {
        memcpy(out, sum, sizeof sum);
        return;
    }
    /* in loops of their own: gcc makes no vectors of branches behind branches */
    EACH_LANE made[l] = sum[l] > floor ? sum[l] : floor;
    EACH_LANE made[l] = made[l] < FLT_MAX ? made[l] : FLT_MAX;
    EACH_LANE made[l] = scale * log_of(made[l]);
    memcpy(out, made, sizeof made);
}

void xb_spectrum_run(const xb_spectrum *s, const float *const *frames, int32_t count, float *out, int64_t out_frame,
                     int64_t out_band, float *energies, float *scratch) {
    int64_t bins = s->n / 2 + 1;
    float  *x = scratch, *spectrum = x + s->n * L, row[L];
    int     is_plain = !s->removes_mean && s->preemphasis == 0 && !s->energy && s->gain == 1;
    load(s, frames, count, is_plain, x);
    if (!is_plain) prepare(s, count, x, energies, out_frame);
    memset(x + s->length * L, 0, (size_t)((s->n - s->length) * L) * sizeof *x);
    xb_rfft_run(s->n, s->table, x, spectrum, spectrum + bins * 2 * L);
    to_power(bins, s->is_magnitude, spectrum);
    for (int32_t b = 0; b < s->band_count; b++) {
        float *to = out + b * out_band;
        band_of(s, &s->bands[b], spectrum, row);
        if (count == L && out_frame == 1) memcpy(to, row, sizeof row);
        else
            for (int32_t l = 0; l < count; l++) to[l * out_frame] = row[l];
    }
}

int64_t xb_find_wild(const float *x, int64_t count, float most) {
    int64_t i = 0;
    for (int32_t wild[L] = { 0 }, any = 0; i + L <= count; i += L) { /* a NaN is not within */
        EACH_LANE wild[l] = !(fabsf(x[i + l]) <= most);
        EACH_LANE any |= wild[l];
        if (any) break;
    }
    for (; i < count; i++)
        if (!(fabsf(x[i]) <= most)) return i;
    return -1;
}

void xb_raise_and_scale(float *x, int64_t count, float limit, float scale, float offset) {
    int64_t i = 0;
    for (; i + L <= count; i += L) EACH_LANE x[i + l] = (x[i + l] > limit ? x[i + l] : limit) * scale + offset;
    for (; i < count; i++) x[i] = (x[i] > limit ? x[i] : limit) * scale + offset;
}

float xb_largest(const float *x, int64_t count) {
    float   most[L];
    int64_t i = 0;
    EACH_LANE { most[l] = -INFINITY; }
    for (; i + L <= count; i += L) EACH_LANE most[l] = x[i + l] > most[l] ? x[i + l] : most[l];
    for (; i < count; i++) most[0] = x[i] > most[0] ? x[i] : most[0];
    EACH_LANE most[0] = most[l] > most[0] ? most[l] : most[0];
    return most[0];
}

void xb_mean_and_variance(const float *x, int64_t count, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)x[i];
    *mean = count ? sum / (double)count : 0;
    for (int64_t i = 0; i < count; i++) squares += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *variance = count ? squares / (double)count : 0;
}

void xb_shift_and_scale(const float *x, int64_t count, float shift, float scale, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (x[i] + shift) * scale;
}
