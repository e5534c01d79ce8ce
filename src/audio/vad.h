/* audio/vad.h - from a probability of speech for each short window to stretches of speech: Silero's rules (silero-vad 6.2,
 * get_speech_timestamps), window by window or for a whole recording, with the same result.
 *
 *     XB_TRY(xb_vad_init(&v, NULL, err));
 *     while (window(&probability)) for (n = xb_vad_push(&v, probability, s), i = 0; i < n; i++) use(&s[i]);
 *     for (n = xb_vad_finish(&v, total_samples, s), i = 0; i < n; i++) use(&s[i]);
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
    int64_t start_sample, end_sample; /* [start, end), padded */
    float   score;                    /* mean probability of its windows, those of the padding aside */
} xb_vad_segment;

/* A place between two windows, with what was said up to there. */
typedef struct xb_vad_mark {
    int64_t sample, windows;
    double  sum; /* of the probabilities */
} xb_vad_mark;

typedef struct xb_vad {
    double         threshold, neg_threshold; /* times in samples, perhaps not whole: */
    double         min_speech, min_silence, cut_silence, pad, max_speech;
    int64_t        window;
    xb_vad_mark    here; /* where the next window begins */
    int            is_speech, has_silence, has_last;
    xb_vad_mark    start, silence;   /* of the stretch; of the silence that may end it */
    xb_vad_mark    cut_from, cut_to; /* longest silence inside the stretch; equal = none */
    xb_vad_segment last;             /* over, but its end may still be shared with the next one's start */
} xb_vad;

enum { XB_VAD_AT_ONCE = 2 }; /* segments from one call at most */

void xb_vad_options_init(xb_vad_options *o);

/* Options NULL = the defaults. INVALID_ARGUMENT for options that make no sense. */
xybrid_status xb_vad_init(xb_vad *v, const xb_vad_options *options, xybrid_error *err);

/* The next window's probability; gives the segments that are final now. A NaN is neither speech nor silence. */
int32_t xb_vad_push(xb_vad *v, float probability, xb_vad_segment out[XB_VAD_AT_ONCE]);

/* Does somebody speak, as far as is known now? *start_sample (may be NULL): since when, without padding. */
int xb_vad_is_speech(const xb_vad *v, int64_t *start_sample);

/* The end of a recording of `total_samples`; gives what is left. */
int32_t xb_vad_finish(xb_vad *v, int64_t total_samples, xb_vad_segment out[XB_VAD_AT_ONCE]);

/* All at once. `probabilities[count]`, one for each window in order; `total_samples` is the recording's length, XYBRID_AUTO =
 * count windows. *out is freed with xb_free, NULL when *out_count is 0. Errors: those of init, lengths that do not fit, or more
 * than XB_MAX_LIST_ITEMS segments. */
xybrid_status xb_vad_segments(xb_mem *mem, const float *probabilities, int64_t count, int64_t total_samples,
                              const xb_vad_options *options, xb_vad_segment **out, int64_t *out_count, xybrid_error *err);

#endif
