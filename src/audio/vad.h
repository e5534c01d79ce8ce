/* audio/vad.h - from a probability of speech for each short window to stretches of speech: Silero's rules (silero-vad 6.2,
 * get_speech_timestamps, whole recordings).
 *
 * Speech begins with a window at or above `threshold` and ends where windows have stayed below `neg_threshold` for
 * min_silence_ms. A stretch that grows beyond max_speech_s is cut at its longest silence of more than 98 ms, or at once if
 * there is none. Short stretches go; the others are padded, neighbours sharing a gap that is too small for both. */
#ifndef XB_VAD_H
#define XB_VAD_H

#include "base/mem.h"

typedef struct xb_vad_options {
    float   threshold;      /* 0.5 */
    float   neg_threshold;  /* XYBRID_AUTO = the larger of threshold - 0.15 and 0.01 */
    int32_t rate_hz;        /* 16000 */
    int32_t window_samples; /* 512 */
    int32_t min_speech_ms;  /* 250 */
    int32_t min_silence_ms; /* 100 */
    int32_t pad_ms;         /* 30 */
    float   max_speech_s;   /* 0 = no limit */
} xb_vad_options;

typedef struct xb_vad_segment {
    int64_t start_sample, end_sample; /* [start, end) */
    float   score;                    /* mean probability of the windows that begin inside it, padding included */
} xb_vad_segment;

void xb_vad_options_init(xb_vad_options *o);

/* `probabilities[count]`, one for each window in order; `total_samples` is the recording's length, XYBRID_AUTO = count windows.
 * *out is freed with xb_free, NULL when *out_count is 0. Options NULL = the defaults. A NaN is neither speech nor silence.
 * INVALID_ARGUMENT for options that make no sense, lengths that do not fit, or more than XB_MAX_LIST_ITEMS segments. */
xybrid_status xb_vad_segments(xb_mem *mem, const float *probabilities, int64_t count, int64_t total_samples,
                              const xb_vad_options *options, xb_vad_segment **out, int64_t *out_count, xybrid_error *err);

#endif
