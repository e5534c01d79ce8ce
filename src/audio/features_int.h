/* audio/features_int.h - what mel.c and fbank.c make features from. */
#ifndef XB_FEATURES_INT_H
#define XB_FEATURES_INT_H

#include "audio/bands.h"
#include "audio/features.h"

/* Frame f takes the samples [f hop + offset, ... + length); there are (count + extra - span) / hop + 1 - drop frames. What lies
 * outside the recording is its mirror image, with the edge sample once (reflect) or twice. */
typedef struct xb_feature_form {
    int64_t      hop, offset, extra, span, drop;
    int64_t      limit; /* samples that a recording is cut, or filled up with zeros, to; 0 = as long as it is */
    int32_t      repeats_edge;
    xb_window    window;
    int32_t      is_periodic;
    xb_triangles triangles;
    xb_spectrum  spectrum;            /* n, length, and all numbers that are no pointer */
    int32_t      energy_last;         /* with an energy: behind the bands, not before them */
    float        range, scale, shift; /* the last step over the whole: max(x, largest - range) scale + shift; range 0: none */
} xb_feature_form;

struct xb_features {
    xb_feature_form form;
    xb_spectrum     spectrum;
    int32_t         columns, band_at, energy_at;
    float          *window, *table, *weights, *silence; /* silence [columns]: the row of a frame of zeros */
    xb_band        *bands;
    xb_mem         *mem;
};

/* The form is checked by its maker. */
xybrid_status xb_features_new(xb_mem *mem, const xb_feature_form *form, xb_features **out, xybrid_error *err);

/* Parameters and their ranges: INVALID_ARGUMENT for the first that is outside, or no number. */
typedef struct xb_feature_range {
    const char *what;
    double      found, least, most;
} xb_feature_range;
xybrid_status xb_feature_ranges(const char *subject, const xb_feature_range *ranges, size_t count, xybrid_error *err);

/* INVALID_ARGUMENT for too many samples, or one that is no number. */
xybrid_status xb_features_check(const float *samples, int64_t count, xybrid_error *err);

/* Frames [0, frames) of the recording: column c of frame i at out[i out_frame + c out_column]. */
xybrid_status xb_features_fill(const xb_features *f, xb_mem *mem, const float *samples, int64_t count, int64_t frames,
                               float *out, int64_t out_frame, int64_t out_column, xybrid_error *err);

#endif
