/* cli/spectrum.h - a recording as a mel spectrogram with so many columns, whatever its length.
 *
 *     float *bands = xb_calloc(mem, columns * SPECTRUM_BANDS, sizeof *bands, &err);
 *     if (spectrum_make(mem, samples, frames, channels, rate_hz, columns, bands)) out of memory
 *
 * bands [columns, SPECTRUM_BANDS]: the mean power of each column's windows in each triangle, lowest band first. At most
 * 8 windows are taken in each column, so that the work does not grow with the recording.
 *
 * Sources: the mel scale is that of M. Slaney, "Auditory Toolbox" (1998): 3/200 mel a hertz up to 1,000 Hz, above it
 * 15 + ln(hz / 1000) / (ln(6.4) / 27); triangles of area 1, as there. The transform is the radix-2 one of J. W. Cooley and
 * J. W. Tukey (1965), the window a periodic Hann of 32 to 64 ms. */
#ifndef SPECTRUM_H
#define SPECTRUM_H

#include "base/mem.h"

enum { SPECTRUM_BANDS = 80, SPECTRUM_TOP_HZ = 8000 };

/* The end of the highest band: SPECTRUM_TOP_HZ, or half the rate where that is less. */
double spectrum_top_hz(int32_t rate_hz);

/* Where a frequency lies in the bands: 0 = the bottom of the lowest, 1 = the top of the highest. */
double spectrum_place(double hz, int32_t rate_hz);

/* One sample of the mean of all channels; what is not finite is silence. */
float spectrum_sample(const float *samples, int32_t channels, int64_t frame);

/* samples [frames, channels], frames at least 1. 0, or -1 without memory. */
int spectrum_make(xb_mem *mem, const float *samples, int64_t frames, int32_t channels, int32_t rate_hz, int columns,
                  float *bands);

#endif
