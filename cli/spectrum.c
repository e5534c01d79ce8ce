/* cli/spectrum.c - see spectrum.h. */
#include "spectrum.h"

#include <math.h>

enum { LEAST_FFT = 256, MOST_WINDOWS = 8 };

static const double pi = 3.14159265358979323846;

static double mel_of(double hz) { return hz < 1000 ? hz * 3 / 200 : 15 + log(hz / 1000) * 27 / log(6.4); }

static double hz_of(double mel) { return mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27); }

double spectrum_top_hz(int32_t rate_hz) { return rate_hz < 2 * SPECTRUM_TOP_HZ ? rate_hz / 2.0 : (double)SPECTRUM_TOP_HZ; }

double spectrum_place(double hz, int32_t rate_hz) { return mel_of(hz) / mel_of(spectrum_top_hz(rate_hz)); }

float spectrum_sample(const float *samples, int32_t channels, int64_t frame) {
    float sum = 0;
    for (int32_t i = 0; i < channels; i++) sum += samples[frame * channels + i];
    return isfinite(sum) ? sum / (float)channels : 0;
}

typedef struct spectrum {
    int    n;                         /* of the transform, a power of two */
    float *window;                    /* [n] */
    float *cosine;                    /* [n / 2] */
    float *sine;                      /* [n / 2] */
    float *re, *im;                   /* [n] */
    double edges[SPECTRUM_BANDS + 2]; /* of the triangles, in bins */
} spectrum;

/* In place, decimation in time. */
static void transform(spectrum *s) {
    for (int i = 1, j = 0; i < s->n; i++) { /* bits reversed */
        int bit = s->n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i >= j) continue;
        float re = s->re[i], im = s->im[i];
        s->re[i] = s->re[j], s->im[i] = s->im[j];
        s->re[j] = re, s->im[j] = im;
    }
    for (int half = 1; half < s->n; half *= 2) {
        int step = s->n / (2 * half);
        for (int begin = 0; begin < s->n; begin += 2 * half) {
            for (int k = 0; k < half; k++) {
                int   a = begin + k, b = a + half;
                float c = s->cosine[k * step], d = s->sine[k * step];
                float re = s->re[b] * c + s->im[b] * d, im = s->im[b] * c - s->re[b] * d;
                s->re[b] = s->re[a] - re, s->im[b] = s->im[a] - im;
                s->re[a] += re, s->im[a] += im;
            }
        }
    }
}

/* Power of every bin below half the rate into re, then into the triangles. */
static void add_window(spectrum *s, float *bands, float weight) {
    transform(s);
    for (int i = 0; i <= s->n / 2; i++) s->re[i] = s->re[i] * s->re[i] + s->im[i] * s->im[i];
    for (int m = 0; m < SPECTRUM_BANDS; m++) {
        double left = s->edges[m], peak = s->edges[m + 1], right = s->edges[m + 2], sum = 0;
        for (int i = (int)ceil(left); i < right && i <= s->n / 2; i++)
            sum += (i < peak ? (i - left) / (peak - left) : (right - i) / (right - peak)) * (double)s->re[i];
        bands[m] += (float)(sum * 2 / (right - left)) * weight;
    }
}

static void prepare(spectrum *s, int32_t rate_hz) {
    double top = mel_of(spectrum_top_hz(rate_hz));
    for (int i = 0; i < s->n; i++) s->window[i] = (float)(0.5 - 0.5 * cos(2 * pi * i / s->n));
    for (int i = 0; i < s->n / 2; i++) {
        s->cosine[i] = (float)cos(2 * pi * i / s->n);
        s->sine[i] = (float)sin(2 * pi * i / s->n);
    }
    for (int i = 0; i < SPECTRUM_BANDS + 2; i++) s->edges[i] = hz_of(top * i / (SPECTRUM_BANDS + 1)) * s->n / rate_hz;
}

int spectrum_make(xb_mem *mem, const float *samples, int64_t frames, int32_t channels, int32_t rate_hz, int columns,
                  float *bands) {
    xybrid_error err;
    spectrum     s = { .n = LEAST_FFT };
    while (s.n * INT64_C(32) < rate_hz) s.n *= 2;
    float *memory = xb_calloc(mem, (size_t)s.n * 4, sizeof *memory, &err);
    if (!memory) return -1;
    s.window = memory, s.re = memory + s.n, s.im = s.re + s.n, s.cosine = s.im + s.n, s.sine = s.cosine + s.n / 2;
    prepare(&s, rate_hz);
    for (int x = 0; x < columns; x++) {
        int64_t begin = frames * x / columns, width = frames * (x + 1) / columns - begin;
        int     windows = width > s.n ? (int)(width / s.n) : 1;
        if (windows > MOST_WINDOWS) windows = MOST_WINDOWS;
        for (int m = 0; m < SPECTRUM_BANDS; m++) bands[x * SPECTRUM_BANDS + m] = 0;
        for (int w = 0; w < windows; w++) {
            int64_t first = begin + width * (2 * w + 1) / (2 * windows) - s.n / 2;
            for (int i = 0; i < s.n; i++) {
                int64_t at = first + i;
                s.re[i] = at < 0 || at >= frames ? 0 : spectrum_sample(samples, channels, at) * s.window[i];
                s.im[i] = 0;
            }
            add_window(&s, bands + x * SPECTRUM_BANDS, 1.0F / (float)windows);
        }
    }
    xb_free(mem, memory);
    return 0;
}
