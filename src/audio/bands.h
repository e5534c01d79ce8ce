/* audio/bands.h - windows, and triangles on a mel scale.
 *
 *     xb_triangles t = { .scale = XB_MEL_SLANEY, .is_normalised = 1, .rate_hz = 16000, .n_fft = 400,
 *                       .high_hz = 8000, .count = 80 };
 *     XB_TRY(xb_triangles_make(mem, &t, &bands, &weights, err));     // freed with xb_free, each
 *
 * Only what is not 0 of a triangle is kept: its first bin, its weights. Computed in float64, kept in float32.
 *
 * SLANEY (M. Slaney, Auditory Toolbox, 1998; librosa.filters.mel): 200/3 Hz for each mel below 1000 Hz, ln(6.4)/27 above;
 * straight lines over Hz. HTK (S. Young et al., The HTK Book): 2595 log10(1 + f/700); straight lines over Hz, as librosa's
 * htk=True. KALDI (mel-computations.cc): 1127 ln(1 + f/700); straight lines over mel, without the bin at half the rate.
 * Normalised: each triangle times 2 / (its width in Hz). */
#ifndef XB_BANDS_H
#define XB_BANDS_H

#include "base/mem.h"
#include "kernel/spectrum.h"

typedef enum xb_window { XB_WINDOW_HANN, XB_WINDOW_HAMMING, XB_WINDOW_POVEY, XB_WINDOW_RECTANGULAR } xb_window;

typedef enum xb_mel_scale { XB_MEL_SLANEY, XB_MEL_HTK, XB_MEL_KALDI } xb_mel_scale;

/* `length` numbers: Hann 0.5 - 0.5 cos, Hamming 0.54 - 0.46 cos, Povey Hann^0.85 (Kaldi, feature-window.cc), of 2 pi i / length
 * where it is periodic, else of 2 pi i / (length - 1). */
void xb_window_make(xb_window kind, int is_periodic, int64_t length, float *out);

typedef struct xb_triangles {
    xb_mel_scale scale;
    int32_t      is_normalised;
    int32_t      rate_hz, n_fft, count;
    double       low_hz, high_hz; /* 0 <= low < high <= rate / 2 */
} xb_triangles;

/* A triangle that is narrower than the bins are apart may hold none: its count is 0. */
xybrid_status xb_triangles_make(xb_mem *mem, const xb_triangles *t, xb_band **bands, float **weights, xybrid_error *err);

#endif
