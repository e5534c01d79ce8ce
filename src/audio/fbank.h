/* audio/fbank.h - Kaldi's filter banks, as kaldi-native-fbank computes them (feature-fbank.cc, feature-window.cc,
 * mel-computations.cc), without dither.
 *
 *     xb_fbank_options o;
 *     xb_fbank_options_init(&o);                                // 16 kHz, 25 ms every 10 ms, 23 bands from 20 Hz
 *     o.bands = 80;
 *     XB_TRY(xb_fbank_new(mem, &o, &f, err));                   // freed with xb_features_free
 *     XB_TRY(xb_features_rows(f, mem, samples, count, &rows, err));             // [frames, 80]; streams: audio/features.h
 *
 * Samples are -1..1; Kaldi's recipes scale them to 16 bits first (scale 32768), kaldi-native-fbank does not. An energy is
 * the first number of a row, with htk_compat the last. Sums are float32: tests/unit/audio_fbank.c has the tolerance against
 * kaldi-native-fbank. INVALID_ARGUMENT for options that make no sense; a band without a bin ("too many bands"), too. */
#ifndef XB_FBANK_H
#define XB_FBANK_H

#include "audio/bands.h"
#include "audio/features.h"

typedef struct xb_fbank_options {
    int32_t   rate_hz;                               /* 16000 */
    double    frame_ms, shift_ms;                    /* 25, 10 */
    xb_window window;                                /* Povey; symmetric, as all of Kaldi's */
    int32_t   rounds_to_power_of_two;                /* 1: zeros behind the frame, up to a power of two */
    int32_t   snips_edges;                           /* 1: whole frames only; 0: one for each shift, the edges mirrored */
    int32_t   removes_mean;                          /* 1 */
    double    preemphasis;                           /* 0.97 */
    int32_t   bands;                                 /* 23 */
    double    low_hz, high_hz;                       /* 20; 0: half the rate, negative: below that */
    int32_t   is_power, is_log;                      /* 1: |X|^2, 0: |X|; 1: ln(max(x, 2^-23)) */
    int32_t   has_energy, is_raw_energy, htk_compat; /* 0; 1: before preemphasis and window; 0 */
    double    energy_floor;                          /* 0 */
    double    scale;                                 /* 1: what samples are multiplied by */
} xb_fbank_options;

void          xb_fbank_options_init(xb_fbank_options *o);
xybrid_status xb_fbank_new(xb_mem *mem, const xb_fbank_options *o, xb_features **out, xybrid_error *err);

#endif
