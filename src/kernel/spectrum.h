/* kernel/spectrum.h - from frames of samples to energies in bands of frequency, XB_LANES frames side by side.
 *
 *     xb_spectrum s = { .n = 400, .length = 400, .window = hann, .table = roots, .bands = triangles, .weights = w,
 *                       .band_count = 80, .gain = 1, .floor = 1e-10f, .log_scale = 0.4342945f };
 *     xb_spectrum_run(&s, frames, 8, out, 80, 1, NULL, scratch);    // out[8, 80]
 *
 *     x = gain frame - its mean; x[j] -= preemphasis x[j - 1]; X = transform of window x, zeros up to n; power[k] = |X[k]|^2
 *     band = sum of weight[k] power[k];      out = log_scale log(max(band, floor)), or band where log_scale is 0
 *
 * The same operations for each frame, whichever lane it is in and whatever is in the others: so frames that are computed as
 * they come equal those of the whole. A band that is NaN counts as below the floor. */
#ifndef XB_SPECTRUM_H
#define XB_SPECTRUM_H

#include "kernel/fft.h"

/* Bins [first, first + count), their weights from weights[at] on. */
typedef struct xb_band {
    int32_t first, count, at;
} xb_band;

enum { XB_ENERGY_NONE, XB_ENERGY_RAW, XB_ENERGY_WINDOWED };

typedef struct xb_spectrum {
    int64_t        n, length; /* of the transform; samples of a frame, at most n */
    const float   *window;    /* [length] */
    const float   *table;     /* xb_rfft_table(n) */
    const xb_band *bands;     /* [band_count], of n / 2 + 1 bins */
    const float   *weights;
    int32_t        band_count;
    int32_t        is_magnitude; /* |X[k]| for its square */
    int32_t        removes_mean;
    int32_t        energy; /* XB_ENERGY_: log of the sum of squares, once the mean is removed, or behind the window */
    float          gain, preemphasis;
    float          floor, log_scale;
    float          energy_floor; /* as a sum of squares */
} xb_spectrum;

int64_t xb_spectrum_scratch(const xb_spectrum *s); /* in floats */

/* frames[0..count) are `length` samples each, 1 <= count <= XB_LANES. Band b of frame f goes to out[f out_frame + b
 * out_band], its energy to energies[f out_frame] unless that is NULL. */
void xb_spectrum_run(const xb_spectrum *s, const float *const *frames, int32_t count, float *out, int64_t out_frame,
                     int64_t out_band, float *energies, float *scratch);

/* Is each of the samples a number of at most `most` in magnitude? Gives the first that is not, -1 if all are. */
int64_t xb_find_wild(const float *x, int64_t count, float most);

/* x = max(x, limit) scale + offset */
void  xb_raise_and_scale(float *x, int64_t count, float limit, float scale, float offset);
float xb_largest(const float *x, int64_t count); /* -infinity of none; NaN passed over */

/* Sums in float64, in a fixed order. */
void xb_mean_and_variance(const float *x, int64_t count, double *mean, double *variance);
void xb_shift_and_scale(const float *x, int64_t count, float shift, float scale, float *out); /* (x + shift) scale */

#endif
