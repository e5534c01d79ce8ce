/* kernel/fft.c - see fft.h. */
#include "kernel/fft.h"

#include <math.h>
#include <string.h>

static const double circle = 6.28318530717958647693; /* 2 pi */

static int64_t next_radix(int64_t n) {
    if (n % 4 == 0) return 4;
    for (int64_t r = 2; r <= XB_FFT_PRIME; r++)
        if (n % r == 0) return r;
    return n;
}

/* Has n no prime factor above XB_FFT_PRIME? */
static int is_smooth(int64_t n) {
    while (n > 1 && next_radix(n) <= XB_FFT_PRIME) n /= next_radix(n);
    return n == 1;
}

/* Length of the convolution that a transform of n becomes. */
static int64_t padded(int64_t n) {
    int64_t m = 1;
    while (m < 2 * n - 1) m *= 2;
    return m;
}

/* Before a loop over lanes: what one round writes no other reads. */
#if defined(__clang__)
#  define XB_APART _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#  define XB_APART _Pragma("GCC ivdep")
#else
#  define XB_APART
#endif

#define XB_FFT_REAL  double
#define XB_FFT_LANES 1
#define XB_FFT(name) name##_double
#include "kernel/fft_core.h"
#undef XB_FFT_REAL
#undef XB_FFT_LANES
#undef XB_FFT
#define XB_FFT_REAL  float
#define XB_FFT_LANES XB_LANES
#define XB_FFT(name) name##_lanes
#include "kernel/fft_core.h"

/* ---- one complex transform, float64 ---- */

/* exp(-2 pi i k / n) */
static void roots(int64_t n, double *out) {
    for (int64_t k = 0; k < n; k++) {
        out[2 * k] = cos(circle * (double)k / (double)n);
        out[2 * k + 1] = -sin(circle * (double)k / (double)n);
    }
}

/* In numbers that the transform reads. */
static int64_t table_used(int64_t n) { return is_smooth(n) ? 2 * n : 2 * n + 4 * padded(n); }

/* Behind what is read there is room to make it in. */
int64_t xb_fft_table_size(int64_t n) { return is_smooth(n) ? 2 * n : 2 * n + 6 * padded(n); }
int64_t xb_fft_scratch_size(int64_t n) { return is_smooth(n) ? 2 * n : 4 * padded(n); }

void xb_fft_table(int64_t n, double *table) {
    if (is_smooth(n)) {
        roots(n, table);
        return;
    }
    int64_t m = padded(n);
    double *chirp = table, *spectrum = chirp + 2 * n, *root = spectrum + 2 * m, scale = 1 / (double)m;
    roots(m, root);
    memset(spectrum, 0, (size_t)m * 2 * sizeof *spectrum);
    for (int64_t k = 0; k < n; k++) { /* exp(-pi i k^2 / n); k^2 mod 2n keeps the angle exact */
        double angle = circle * (double)(k * k % (2 * n)) / (double)(2 * n), re = cos(angle), im = sin(angle);
        chirp[2 * k] = re, chirp[2 * k + 1] = -im;
        spectrum[2 * k] = scale * re, spectrum[2 * k + 1] = scale * im;
        if (k) spectrum[2 * (m - k)] = scale * re, spectrum[2 * (m - k) + 1] = scale * im;
    }
    double *made = smooth_double(m, root, spectrum, root + 2 * m);
    if (made != spectrum) memcpy(spectrum, made, (size_t)m * 2 * sizeof *spectrum);
}

static void exchange_parts(int64_t n, double *x) {
    for (int64_t k = 0; k < 2 * n; k += 2) {
        double re = x[k];
        x[k] = x[k + 1], x[k + 1] = re;
    }
}

void xb_fft_run(int64_t n, const double *table, int inverse, double *data, double *scratch) {
    if (inverse) exchange_parts(n, data);
    if (is_smooth(n)) {
        const double *made = smooth_double(n, table, data, scratch);
        if (made != data) memcpy(data, made, (size_t)n * 2 * sizeof *data);
    } else chirped_double(n, table, data, scratch);
    if (inverse) exchange_parts(n, data);
}

/* ---- XB_LANES real transforms, float32 ---- */

/* Of an even n the transform is one of n / 2 complex numbers, taken apart again. */
static int64_t complex_length(int64_t n) { return n % 2 ? n : n / 2; }

int64_t xb_rfft_table_size(int64_t n) { return xb_fft_table_size(complex_length(n)) + n + 2; }

int64_t xb_rfft_scratch_size(int64_t n) {
    int64_t m = complex_length(n), chirped = is_smooth(m) ? 0 : 4 * padded(m);
    return XB_LANES * (chirped + (n % 2 ? 4 * n : 0));
}

void xb_rfft_table(int64_t n, float *table, double *scratch) {
    int64_t m = complex_length(n), used = table_used(m);
    xb_fft_table(m, scratch);
    for (int64_t i = 0; i < used; i++) table[i] = (float)scratch[i];
    for (int64_t k = 0; 2 * k <= m && n % 2 == 0; k++) {
        table[used + 2 * k] = (float)cos(circle * (double)k / (double)n);
        table[used + 2 * k + 1] = (float)-sin(circle * (double)k / (double)n);
    }
}

/* From the transform Z of even + i odd samples: X[k] = (Z[k] + Z*[m-k]) / 2 + w^k (Z[k] - Z*[m-k]) / 2i. z may be out. */
static void take_apart(int64_t m, const twist_lanes *twists, const float *z, float *out) {
    enum { L = XB_LANES, SIZE = 2 * XB_LANES };
    for (int64_t k = 0; 2 * k <= m; k++) {
        float       a[SIZE], b[SIZE], x[SIZE], y[SIZE];
        twist_lanes w = twists[k];
        memcpy(a, z + k * SIZE, sizeof a);
        memcpy(b, z + (k ? m - k : 0) * SIZE, sizeof b);
        for (int l = 0; l < L; l++) {
            float even_re = 0.5f * (a[l] + b[l]), even_im = 0.5f * (a[l + L] - b[l + L]);
            float odd_re = 0.5f * (a[l + L] + b[l + L]), odd_im = 0.5f * (b[l] - a[l]);
            float re = odd_re * w.re - odd_im * w.im, im = odd_re * w.im + odd_im * w.re;
            x[l] = even_re + re, x[l + L] = even_im + im;
            y[l] = even_re - re, y[l + L] = im - even_im;
        }
        memcpy(out + (m - k) * SIZE, y, sizeof y);
        memcpy(out + k * SIZE, x, sizeof x); /* last: at k = m / 2 both are one */
    }
}

void xb_rfft_run(int64_t n, const float *table, float *data, float *out, float *scratch) {
    enum { SIZE = 2 * XB_LANES };
    int64_t m = complex_length(n);
    float  *x = data, *y = out;
    if (n % 2) {
        x = scratch, y = scratch + n * SIZE, scratch = y + n * SIZE;
        memset(x, 0, (size_t)(n * SIZE) * sizeof *x);
        for (int64_t j = 0; j < n; j++) memcpy(x + j * SIZE, data + j * XB_LANES, XB_LANES * sizeof *x);
    }
    if (is_smooth(m)) x = smooth_lanes(m, table, x, y);
    else chirped_lanes(m, table, x, scratch);
    if (n % 2) memcpy(out, x, (size_t)((n / 2 + 1) * SIZE) * sizeof *x);
    else take_apart(m, (const void *)(table + table_used(m)), x, out);
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
    int64_t all = a->outer * a->frames * a->inner, cost = a->n * 32;
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
