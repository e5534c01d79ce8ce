/* audio/vad.c - Silero's rules as a small machine that is fed one window at a time, and pads what it has found. */
#include "audio/vad.h"

#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"

#define CUT_SILENCE_MS 98.0 /* a silence longer than this is a place to cut a stretch that grows too long */

void xb_vad_options_init(xb_vad_options *o) {
    *o = (xb_vad_options){ .threshold = 0.5f,
                           .neg_threshold = XYBRID_AUTO,
                           .rate_hz = 16000,
                           .window_samples = 512,
                           .min_speech_ms = 250,
                           .min_silence_ms = 100,
                           .pad_ms = 30 };
}

xybrid_status xb_vad_init(xb_vad *v, const xb_vad_options *options, xybrid_error *err) {
    xb_vad_options o;
    xb_vad_options_init(&o);
    if (options) o = *options;
    int is_auto = o.neg_threshold == (float)XYBRID_AUTO;
    if (!(o.threshold > 0 && o.threshold <= 1) || !(is_auto || (o.neg_threshold >= 0 && o.neg_threshold <= o.threshold)))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity with threshold %g and neg_threshold %g; 0 <= neg_threshold <= threshold <= 1 and "
                       "0 < threshold are needed",
                       (double)o.threshold, (double)o.neg_threshold);
    if (o.rate_hz < 1 || o.rate_hz > XB_MAX_AUDIO_RATE || o.window_samples < 1 || o.window_samples > XB_MAX_AUDIO_RATE ||
        o.min_speech_ms < 0 || o.min_silence_ms < 0 || o.pad_ms < 0 || !(o.max_speech_s >= 0))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity with rate %d Hz, window %d samples, times %d, %d, %d ms and %g s; times are at "
                       "least 0, rate and window at least 1",
                       (int)o.rate_hz, (int)o.window_samples, (int)o.min_speech_ms, (int)o.min_silence_ms, (int)o.pad_ms,
                       (double)o.max_speech_s);
    double per_ms = o.rate_hz / 1000.0, threshold = (double)o.threshold;
    *v = (xb_vad){ .threshold = threshold,
                   .neg_threshold = is_auto ? fmax(threshold - 0.15, 0.01) : (double)o.neg_threshold,
                   .min_speech = per_ms * o.min_speech_ms,
                   .min_silence = per_ms * o.min_silence_ms,
                   .cut_silence = per_ms * CUT_SILENCE_MS,
                   .pad = per_ms * o.pad_ms,
                   .max_speech = INFINITY,
                   .window = o.window_samples };
    if (o.max_speech_s > 0) v->max_speech = (double)o.max_speech_s * o.rate_hz - (double)v->window - 2 * v->pad;
    return XYBRID_OK;
}

int xb_vad_is_speech(const xb_vad *v, int64_t *start_sample) {
    if (v->is_speech && start_sample) *start_sample = v->start.sample;
    return v->is_speech;
}

static int64_t padded_start(const xb_vad *v, int64_t sample) { return xb_max64(0, (int64_t)((double)sample - v->pad)); }

static void begin(xb_vad *v, const xb_vad_mark *start) {
    v->is_speech = 1;
    v->has_silence = 0;
    v->start = *start;
    v->cut_from = v->cut_to = *start;
}

/* The last segment, final: nothing comes so near behind it that both would share the gap. */
static int32_t give_last(xb_vad *v, int64_t total, xb_vad_segment *out) {
    if (!v->has_last) return 0;
    v->has_last = 0;
    *out = v->last;
    out->end_sample = xb_min64(total, v->last.end_sample + (int64_t)v->pad);
    return 1;
}

/* The stretch is over: it becomes the last segment, and the one before it is final. */
static int32_t end_at(xb_vad *v, const xb_vad_mark *end, xb_vad_segment *out) {
    int64_t start = v->start.sample, windows = end->windows - v->start.windows;
    int64_t gap = v->has_last ? start - v->last.end_sample : INT64_MAX;
    int32_t given = 0;
    if ((double)gap < 2 * v->pad) {
        *out = v->last;
        out->end_sample += gap / 2;
        start -= gap / 2;
        given = 1;
    } else {
        given = give_last(v, INT64_MAX, out);
        start = padded_start(v, start);
    }
    v->last = (xb_vad_segment){ start, end->sample, windows ? (float)((end->sum - v->start.sum) / (double)windows) : 0.0f };
    v->has_last = 1;
    v->is_speech = 0;
    return given;
}

/* The stretch is too long: it ends where its longest silence began, and the next one starts where that silence ended; or it
 * ends here. */
static int32_t cut(xb_vad *v, xb_vad_segment *out) {
    if (v->cut_from.sample == v->cut_to.sample) return end_at(v, &v->here, out);
    xb_vad_mark next = v->cut_to;
    int32_t     given = end_at(v, &v->cut_from, out);
    begin(v, &next);
    return given;
}

/* The rules, on the window that begins here. */
static int32_t step(xb_vad *v, double probability, xb_vad_segment *out) {
    int32_t given = 0;
    if (probability >= v->threshold) {
        if (!v->is_speech) {
            begin(v, &v->here);
            return 0;
        }
        if (v->has_silence) {
            int64_t silence = v->here.sample - v->silence.sample;
            if ((double)silence > v->cut_silence && silence > v->cut_to.sample - v->cut_from.sample) {
                v->cut_from = v->silence;
                v->cut_to = v->here;
            }
            v->has_silence = 0;
        }
    }
    if (!v->is_speech) return 0;
    if ((double)(v->here.sample - v->start.sample) > v->max_speech) {
        given = cut(v, out);
        if (!v->is_speech) return given;
    }
    if (!(probability < v->neg_threshold)) return given;
    if (!v->has_silence) v->silence = v->here;
    v->has_silence = 1;
    if ((double)(v->here.sample - v->silence.sample) < v->min_silence) return given;
    if ((double)(v->silence.sample - v->start.sample) > v->min_speech) return given + end_at(v, &v->silence, out + given);
    v->is_speech = 0;
    return given;
}

int32_t xb_vad_push(xb_vad *v, float probability, xb_vad_segment out[XB_VAD_AT_ONCE]) {
    int32_t given = step(v, (double)probability, out);
    v->here.sample += v->window;
    if (!isnan(probability)) {
        v->here.sum += (double)probability;
        v->here.windows++;
    }
    int64_t next = v->is_speech ? v->start.sample : v->here.sample; /* no later segment begins before */
    if (given < XB_VAD_AT_ONCE && v->has_last && (double)(next - v->last.end_sample) >= 2 * v->pad)
        given += give_last(v, INT64_MAX, out + given);
    return given;
}

int32_t xb_vad_finish(xb_vad *v, int64_t total_samples, xb_vad_segment out[XB_VAD_AT_ONCE]) {
    int32_t     given = 0;
    xb_vad_mark end = v->here;
    end.sample = total_samples;
    if (v->is_speech && (double)(total_samples - v->start.sample) > v->min_speech) given = end_at(v, &end, out);
    v->is_speech = 0;
    return given + give_last(v, total_samples, out + given);
}

xybrid_status xb_vad_segments(xb_mem *mem, const float *probabilities, int64_t count, int64_t total_samples,
                              const xb_vad_options *options, xb_vad_segment **out, int64_t *out_count, xybrid_error *err) {
    xb_vad          v;
    xb_vad_segment *found = NULL, some[XB_VAD_AT_ONCE];
    size_t          room = 0, known = 0;
    int64_t         covered;
    xybrid_status   st = XYBRID_OK;
    XB_TRY(xb_vad_init(&v, options, err));
    if (count < 0 || xb_mul_overflows(count, v.window, &covered) ||
        (total_samples != XYBRID_AUTO && (total_samples < 0 || (count > 0 && total_samples <= covered - v.window))))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity of %lld windows of %d samples in a recording of %lld; the last window must begin "
                       "inside it",
                       (long long)count, (int)v.window, (long long)total_samples);
    for (int64_t i = 0; i <= count; i++) {
        int32_t given = i < count ? xb_vad_push(&v, probabilities[i], some)
                                  : xb_vad_finish(&v, total_samples == XYBRID_AUTO ? covered : total_samples, some);
        for (int32_t k = 0; k < given; k++) {
            void *grown = found;
            XB_TRY_OUT(xb_grow(mem, &grown, &room, known, sizeof *found, XB_MAX_LIST_ITEMS, "voice segments", err));
            found = grown;
            found[known++] = some[k];
        }
    }
    *out = found;
    *out_count = (int64_t)known;
    found = NULL;
out:
    xb_free(mem, found);
    return st;
}
