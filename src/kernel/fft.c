/* kernel/fft.c - see fft.h. */
#include "kernel/fft.h"

#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static int is_power_of_two(int64_t n) { return (n & (n - 1)) == 0; }

/* Length of the convolution that a transform of n becomes. */
static int64_t padded(int64_t n) {
    int64_t m = 1;
    while (m < 2 * n - 1) m *= 2;
    return m;
}

/* Table: power of two: n / 2 roots. Plain: n roots. Bluestein: n chirp factors, the transform of the chirp [m], m / 2 roots. */
int64_t xb_fft_table_size(int64_t n) {
    if (is_power_of_two(n)) return n > 1 ? n : 2;
    if (n <= XB_FFT_PLAIN) return 2 * n;
    return 2 * n + 2 * padded(n) + padded(n);
}

int64_t xb_fft_scratch_size(int64_t n) {
    if (is_power_of_two(n)) return 2;
    return 2 * (n <= XB_FFT_PLAIN ? n : padded(n));
}

/* exp(-2 pi i k / n) for k < count. */
static void roots(int64_t n, int64_t count, double *out) {
    for (int64_t k = 0; k < count; k++) {
        out[2 * k] = cos(2 * pi * (double)k / (double)n);
        out[2 * k + 1] = -sin(2 * pi * (double)k / (double)n);
    }
}

/* In place, n a power of two; w: n / 2 roots of exp(-...); the inverse conjugates them. */
static void radix2(int64_t n, const double *w, int inverse, double *x) {
    for (int64_t i = 1, j = 0; i < n; i++) {
        int64_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i >= j) continue;
        double re = x[2 * i], im = x[2 * i + 1];
        x[2 * i] = x[2 * j], x[2 * i + 1] = x[2 * j + 1];
        x[2 * j] = re, x[2 * j + 1] = im;
    }
    double sign = inverse ? -1 : 1;
    for (int64_t size = 2; size <= n; size *= 2) {
        int64_t half = size / 2, stride = n / size;
        for (int64_t start = 0; start < n; start += size)
            for (int64_t k = 0; k < half; k++) {
                const double *root = w + 2 * k * stride;
                double       *a = x + 2 * (start + k), *b = a + 2 * half;
                double        re = b[0] * root[0] - sign * b[1] * root[1], im = b[1] * root[0] + sign * b[0] * root[1];
                b[0] = a[0] - re, b[1] = a[1] - im;
                a[0] += re, a[1] += im;
            }
    }
}

static void plain(int64_t n, const double *w, int inverse, double *x, double *y) {
    double sign = inverse ? -1 : 1;
    for (int64_t k = 0; k < n; k++) {
        double re = 0, im = 0;
        for (int64_t j = 0, at = 0; j < n; j++) {
            double c = w[2 * at], s = sign * w[2 * at + 1];
            re += x[2 * j] * c - x[2 * j + 1] * s;
            im += x[2 * j] * s + x[2 * j + 1] * c;
            at += k;
            if (at >= n) at -= n;
        }
        y[2 * k] = re, y[2 * k + 1] = im;
    }
    memcpy(x, y, (size_t)n * 2 * sizeof *x);
}

void xb_fft_table(int64_t n, double *table) {
    if (is_power_of_two(n)) {
        roots(n, n / 2, table);
        return;
    }
    if (n <= XB_FFT_PLAIN) {
        roots(n, n, table);
        return;
    }
    int64_t m = padded(n);
    double *chirp = table, *spectrum = chirp + 2 * n, *w = spectrum + 2 * m;
    roots(m, m / 2, w);
    for (int64_t k = 0; k < n; k++) { /* exp(-pi i k^2 / n); k^2 mod 2n keeps the angle exact */
        double angle = pi * (double)(k * k % (2 * n)) / (double)n;
        chirp[2 * k] = cos(angle);
        chirp[2 * k + 1] = -sin(angle);
    }
    memset(spectrum, 0, (size_t)m * 2 * sizeof *spectrum);
    for (int64_t k = 0; k < n; k++) {
        spectrum[2 * k] = chirp[2 * k], spectrum[2 * k + 1] = -chirp[2 * k + 1];
        if (k) spectrum[2 * (m - k)] = chirp[2 * k], spectrum[2 * (m - k) + 1] = -chirp[2 * k + 1];
    }
    radix2(m, w, 0, spectrum);
}

/* The inverse is the transform of the conjugate, conjugated. */
static void bluestein(int64_t n, const double *table, int inverse, double *x, double *y) {
    int64_t       m = padded(n);
    const double *chirp = table, *spectrum = chirp + 2 * n, *w = spectrum + 2 * m;
    double        sign = inverse ? -1 : 1;
    memset(y, 0, (size_t)m * 2 * sizeof *y);
    for (int64_t k = 0; k < n; k++) {
        double re = x[2 * k], im = sign * x[2 * k + 1];
        y[2 * k] = re * chirp[2 * k] - im * chirp[2 * k + 1];
        y[2 * k + 1] = re * chirp[2 * k + 1] + im * chirp[2 * k];
    }
    radix2(m, w, 0, y);
    for (int64_t k = 0; k < m; k++) {
        double re = y[2 * k] * spectrum[2 * k] - y[2 * k + 1] * spectrum[2 * k + 1];
        y[2 * k + 1] = y[2 * k] * spectrum[2 * k + 1] + y[2 * k + 1] * spectrum[2 * k];
        y[2 * k] = re;
    }
    radix2(m, w, 1, y);
    for (int64_t k = 0; k < n; k++) {
        double re = y[2 * k] / (double)m, im = y[2 * k + 1] / (double)m;
        x[2 * k] = re * chirp[2 * k] - im * chirp[2 * k + 1];
        x[2 * k + 1] = sign * (re * chirp[2 * k + 1] + im * chirp[2 * k]);
    }
}

void xb_fft_run(int64_t n, const double *table, int inverse, double *data, double *scratch) {
    if (is_power_of_two(n)) radix2(n, table, inverse, data);
    else if (n <= XB_FFT_PLAIN) plain(n, table, inverse, data, scratch);
    else bluestein(n, table, inverse, data, scratch);
}

/* ---- frames ---- */

static double number(const void *p, int is_double, int64_t i) {
    return is_double ? ((const double *)p)[i] : (double)((const float *)p)[i];
}

static void put(void *p, int is_double, int64_t i, double value) {
    if (is_double) ((double *)p)[i] = value;
    else ((float *)p)[i] = (float)value;
}

static void load_frame(const xb_frames_args *a, int64_t from, double *x) {
    int64_t count = a->count < a->n ? a->count : a->n;
    memset(x, 0, (size_t)a->n * 2 * sizeof *x);
    for (int64_t j = 0; j < count; j++) {
        double w = a->window ? number(a->window, a->is_double, j) : 1;
        x[2 * j] = w * number(a->in, a->is_double, from + j * a->in_step);
        if (a->is_complex) x[2 * j + 1] = w * number(a->in, a->is_double, from + j * a->in_step + 1);
    }
    for (int64_t j = count; a->is_half && j < a->n; j++) { /* the other half is the mirror image */
        x[2 * j] = x[2 * (a->n - j)];
        x[2 * j + 1] = -x[2 * (a->n - j) + 1];
    }
}

/* The transform of real numbers is real at 0 and n / 2: exactly, for its angle is asked for. */
static void set_real(int64_t n, double *x) {
    x[1] = 0;
    if (n % 2 == 0) x[n + 1] = 0;
}

static void run_frames(const void *args, int32_t chunk, void *scratch) {
    const xb_frames_args *a = args;
    int64_t frame = chunk * a->frames_per_chunk, end = frame + a->frames_per_chunk, all = a->outer * a->frames * a->inner;
    double *x = scratch, scale = a->inverse ? 1 / (double)a->n : 1;
    if (end > all) end = all;
    for (; frame < end; frame++) {
        int64_t i = frame % a->inner, f = frame / a->inner % a->frames, o = frame / a->inner / a->frames;
        int64_t to = o * a->out_outer + f * a->out_frame + i * a->out_inner;
        load_frame(a, o * a->in_outer + f * a->in_frame + i * a->in_inner, x);
        xb_fft_run(a->n, a->table, a->inverse, x, x + 2 * a->n);
        if (!a->is_complex && !a->is_half) set_real(a->n, x);
        for (int64_t k = 0; k < a->bins; k++) {
            put(a->out, a->is_double, to + k * a->out_step, scale * x[2 * k]);
            if (!a->real_out) put(a->out, a->is_double, to + k * a->out_step + 1, scale * x[2 * k + 1]);
        }
    }
}

xb_work xb_frames_work(xb_frames_args *a) {
    int64_t all = a->outer * a->frames * a->inner, cost = a->n * (a->n <= XB_FFT_PLAIN && !is_power_of_two(a->n) ? a->n : 32);
    a->frames_per_chunk = 50000 / (cost + 1) + 1;
    int64_t chunks = (all + a->frames_per_chunk - 1) / a->frames_per_chunk;
    if (chunks > INT32_MAX) {
        a->frames_per_chunk = all / INT32_MAX + 1;
        chunks = (all + a->frames_per_chunk - 1) / a->frames_per_chunk;
    }
    return (xb_work){ .run = run_frames,
                      .chunks = (int32_t)chunks,
                      .scratch_bytes = (2 * a->n + xb_fft_scratch_size(a->n)) * (int64_t)sizeof(double) };
}
