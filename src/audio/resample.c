/* audio/resample.c - a bank of filters, one for each phase, and a dot product for each result sample.
 *
 *     result n: source place p = n * from / to, with the rates in lowest terms
 *               phase = fraction of p; row of the bank = phase; result = row . source[floor(p) - taps/2 + 1 ...]
 *
 * Ratios with more phases than a bank of BANK_FLOATS holds share a coarser bank, linear between neighbouring rows. */
#include "audio/resample.h"

#include <math.h>
#include <string.h>

#include "audio/samples_int.h"
#include "base/checked.h"
#include "base/error.h"

#define STOP_BAND_DB 100.0
#define PASS_BAND    0.9    /* of the lower Nyquist frequency; the stop band begins at 1 */
#define COARSE_ROWS  1024.0 /* for each sample of the lower rate: linear steps err by less than -110 dB */
#define PI           3.14159265358979323846

enum {
    BANK_FLOATS = 1 << 20, /* 4 MiB */
    MAX_RATIO = 1024,
    LANES = 8 /* partial sums of a dot product */
};

typedef struct bank {
    int64_t up, down; /* to / from in lowest terms */
    int32_t taps;     /* of a row; even */
    int64_t rows;     /* phases 0, 1/rows, ...; one more row stands for phase 1 */
    int     is_exact; /* rows == up: every phase has its row */
    float  *row;      /* [rows + 1, taps] */
} bank;

static int64_t greatest_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Modified Bessel function of order 0, by its power series (all terms positive, so nothing cancels). */
static double bessel_i0(double x) {
    double term = 1, sum = 1;
    for (int k = 1; k < 200 && term > sum * 1e-17; k++) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/* Coefficients for a result that lies `phase` (0..1) after the source sample in the middle of the row, with sum 1. */
static void row_make(float *row, int32_t taps, double phase, double cutoff) {
    const double beta = 0.1102 * (STOP_BAND_DB - 8.7), half = taps / 2.0, full = bessel_i0(beta);
    double       sum = 0;
    for (int pass = 0; pass < 2; pass++) { /* the first finds the sum */
        double scale = pass ? 1 / sum : 0;
        for (int32_t k = 0; k < taps; k++) {
            double t = k - (half - 1) - phase, x = PI * cutoff * t, edge = t / half;
            double window = fabs(edge) < 1 ? bessel_i0(beta * sqrt(1 - edge * edge)) / full : 0;
            double value = window * (fabs(x) < 1e-9 ? 1 : sin(x) / x);
            if (pass) row[k] = (float)(value * scale);
            else sum += value;
        }
    }
}

static xybrid_status bank_make(xb_mem *mem, int32_t from_hz, int32_t to_hz, bank *out, xybrid_error *err) {
    int64_t divisor = greatest_divisor(from_hz, to_hz);
    bank    b = { .up = to_hz / divisor, .down = from_hz / divisor };
    double  stretch = b.down > b.up ? (double)b.down / (double)b.up : 1; /* source samples for one of the lower rate */
    /* Kaiser's length for this attenuation and a transition of (1 - PASS_BAND) of the Nyquist frequency. */
    double length = (STOP_BAND_DB - 7.95) / (2.285 * PI * (1 - PASS_BAND)) + 1;
    b.taps = ((int32_t)ceil(length * stretch) + 2 * LANES - 1) / LANES * LANES;
    b.rows = b.up;
    b.is_exact = b.up * b.taps <= BANK_FLOATS;
    if (!b.is_exact) b.rows = (int64_t)ceil(COARSE_ROWS / stretch);
    b.row = xb_calloc(mem, (size_t)((b.rows + 1) * b.taps), sizeof *b.row, err);
    if (!b.row) return err->code;
    for (int64_t r = 0; r <= b.rows; r++)
        row_make(b.row + r * b.taps, b.taps, (double)r / (double)b.rows, (1 + PASS_BAND) / 2 / stretch);
    *out = b;
    return XYBRID_OK;
}

/* `taps` is a multiple of LANES. Separate sums, so that the compiler may use vectors, and errors stay small. */
static float dot(const float *a, const float *b, int32_t taps) {
    float sum[LANES] = { 0 };
    for (int32_t k = 0; k < taps; k += LANES)
        for (int32_t j = 0; j < LANES; j++) sum[j] += a[k + j] * b[k + j];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

/* One channel. `padded` has taps silent samples before and after the source, so that no dot product leaves it. */
static void resample_channel(const bank *b, float *dst, int64_t dst_step, int64_t dst_frames, const float *padded) {
    int64_t at = 0, phase = 0; /* the place is at + phase / up */
    for (int64_t n = 0; n < dst_frames; n++) {
        const float *src = padded + at + b->taps - (b->taps / 2 - 1);
        double       place = (double)phase * (double)b->rows / (double)b->up;
        int64_t      row = b->is_exact ? phase : (int64_t)place;
        float        value = dot(src, b->row + row * b->taps, b->taps);
        if (!b->is_exact) {
            float next = dot(src, b->row + (row + 1) * b->taps, b->taps);
            value += (next - value) * (float)(place - (double)row);
        }
        dst[n * dst_step] = value;
        phase += b->down;
        at += phase / b->up;
        phase %= b->up;
    }
}

static xybrid_status check_rates(int32_t from_hz, int32_t to_hz, xybrid_error *err) {
    if (from_hz >= 1 && to_hz >= 1 && from_hz <= XB_MAX_AUDIO_RATE && to_hz <= XB_MAX_AUDIO_RATE &&
        from_hz / to_hz < MAX_RATIO && to_hz / from_hz < MAX_RATIO)
        return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample",
                   "resample from %d Hz to %d Hz; 1 to %d Hz and a ratio below %d are possible", (int)from_hz, (int)to_hz,
                   XB_MAX_AUDIO_RATE, MAX_RATIO);
}

static xybrid_status resample_all(xb_mem *mem, const xb_tensor *samples, int32_t channels, const bank *b, xb_tensor *made,
                                  xybrid_error *err) {
    int64_t frames = samples->shape[0];
    float  *padded = xb_calloc(mem, (size_t)(frames + 2 * (int64_t)b->taps), sizeof *padded, err);
    if (!padded) return err->code;
    for (int32_t c = 0; c < channels; c++) {
        const float *src = (const float *)samples->data + c;
        for (int64_t f = 0; f < frames; f++) padded[b->taps + f] = src[f * channels];
        resample_channel(b, (float *)made->data + c, channels, made->shape[0], padded);
    }
    xb_free(mem, padded);
    return XYBRID_OK;
}

xybrid_status xb_audio_resample(xb_mem *mem, const xb_tensor *samples, int32_t from_hz, int32_t to_hz, xb_tensor *out,
                                xybrid_error *err) {
    int32_t channels;
    XB_TRY(xb_audio_check(samples, "resample", &channels, err));
    XB_TRY(check_rates(from_hz, to_hz, err));
    if (from_hz == to_hz || samples->shape[0] == 0) {
        *out = xb_tensor_keep(samples);
        return XYBRID_OK;
    }
    int64_t shape[2] = { (samples->shape[0] * to_hz + from_hz - 1) / from_hz, samples->shape[1] };
    if (shape[0] > XB_MAX_AUDIO_FRAMES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "resample to %lld frames; at most %d are possible",
                       (long long)shape[0], XB_MAX_AUDIO_FRAMES);
    bank          b = { 0 };
    xb_tensor     made = { 0 };
    xybrid_status st;
    XB_TRY_OUT(bank_make(mem, from_hz, to_hz, &b, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, samples->rank, shape, &made, err));
    XB_TRY_OUT(resample_all(mem, samples, channels, &b, &made, err));
    *out = xb_tensor_keep(&made);
out:
    xb_tensor_drop(&made);
    xb_free(mem, b.row);
    return st;
}
