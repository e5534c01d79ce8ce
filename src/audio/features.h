/* audio/features.h - a recording as rows of spectral features, at once or as the samples come: the same bits.
 *
 *     xb_features *f;                                            // by xb_mel_new (audio/mel.h) or xb_fbank_new (audio/fbank.h)
 *     xb_tensor    rows;
 *     XB_TRY(xb_features_rows(f, mem, samples, count, &rows, err));          // float32 [frames, columns]
 *
 *     xb_feature_stream *s;
 *     XB_TRY(xb_feature_stream_new(f, mem, &s, err));
 *     while (more) {                                             // chunks of any size, 0 too
 *         int64_t made = xb_feature_stream_ready(s, count, 0);
 *         ... room for made * xb_features_columns(f) floats in rows ...
 *         XB_TRY(xb_feature_stream_push(s, samples, count, 0, rows, err));
 *     }
 *     made = xb_feature_stream_ready(s, 0, 1); ...push(s, NULL, 0, 1, rows, err);     // the end: frames that reach beyond it
 *     xb_feature_stream_free(s);
 *
 * Samples are float32, one channel, at the rate that the features were made for. What is not a number, or larger than 1e9, is
 * INVALID_ARGUMENT naming the place, and so are more than XB_MAX_AUDIO_FRAMES in one call; then nothing was taken. Features are
 * immutable: any number of threads. A stream: one thread at a time; it needs no memory after its creation. */
#ifndef XB_FEATURES_H
#define XB_FEATURES_H

#include "tensor/tensor.h"

typedef struct xb_features       xb_features;
typedef struct xb_feature_stream xb_feature_stream;

void    xb_features_free(xb_features *f); /* NULL is fine */
int32_t xb_features_columns(const xb_features *f);
int64_t xb_features_hop(const xb_features *f); /* samples from one frame to the next */

/* Frames that a recording of `count` samples has. */
int64_t xb_features_frames(const xb_features *f, int64_t count);

xybrid_status xb_features_rows(const xb_features *f, xb_mem *mem, const float *samples, int64_t count, xb_tensor *out,
                               xybrid_error *err);

/* `f` must live longer. */
xybrid_status xb_feature_stream_new(const xb_features *f, xb_mem *mem, xb_feature_stream **out, xybrid_error *err);
void          xb_feature_stream_free(xb_feature_stream *s); /* NULL is fine */

/* Rows that a push of `count` samples would give; is_last: also those that only the end makes whole. */
int64_t xb_feature_stream_ready(const xb_feature_stream *s, int64_t count, int is_last);

/* Takes the samples and writes the rows. After is_last the stream is at a new beginning. */
xybrid_status xb_feature_stream_push(xb_feature_stream *s, const float *samples, int64_t count, int is_last, float *rows,
                                     xybrid_error *err);

/* Forgets what came. */
void xb_feature_stream_reset(xb_feature_stream *s);

#endif
