/* audio/vad.c - Silero's rules as a small machine that is fed one window at a time, then a pass that pads. */
#include "audio/vad.h"

#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"

#define CUT_SILENCE_MS 98.0 /* a silence longer than this is a place to cut a stretch that grows too long */

/* Lengths in samples. Milliseconds need not be whole samples, hence double. */
typedef struct vad_rules {
    double  threshold, neg_threshold;
    double  min_speech, min_silence, cut_silence, pad, max_speech;
    int64_t window, total;
} vad_rules;

typedef struct vad_machine {
    xb_mem          *mem;
    const vad_rules *rules;
    int              is_speech;
    int64_t          start;              /* of the stretch, while is_speech */
    int64_t          silence_start;      /* of the silence that may end it; -1 = none */
    int64_t          cut_at, cut_length; /* longest silence inside the stretch; length 0 = none */
    xb_vad_segment  *found;
    size_t           count, room;
} vad_machine;

void xb_vad_options_init(xb_vad_options *o) {
    *o = (xb_vad_options){ .threshold = 0.5f,
                           .neg_threshold = XYBRID_AUTO,
                           .rate_hz = 16000,
                           .window_samples = 512,
                           .min_speech_ms = 250,
                           .min_silence_ms = 100,
                           .pad_ms = 30 };
}

static xybrid_status rules_make(const xb_vad_options *o, int64_t count, int64_t total, vad_rules *out, xybrid_error *err) {
    int is_auto = o->neg_threshold == (float)XYBRID_AUTO;
    if (!(o->threshold > 0 && o->threshold <= 1) || !(is_auto || (o->neg_threshold >= 0 && o->neg_threshold <= o->threshold)))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity with threshold %g and neg_threshold %g; 0 <= neg_threshold <= threshold <= 1 and "
                       "0 < threshold are needed",
                       (double)o->threshold, (double)o->neg_threshold);
    if (o->rate_hz < 1 || o->rate_hz > XB_MAX_AUDIO_RATE || o->window_samples < 1 || o->window_samples > XB_MAX_AUDIO_RATE ||
        o->min_speech_ms < 0 || o->min_silence_ms < 0 || o->pad_ms < 0 || !(o->max_speech_s >= 0))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity with rate %d Hz, window %d samples, times %d, %d, %d ms and %g s; times are at "
                       "least 0, rate and window at least 1",
                       (int)o->rate_hz, (int)o->window_samples, (int)o->min_speech_ms, (int)o->min_silence_ms, (int)o->pad_ms,
                       (double)o->max_speech_s);
    int64_t covered;
    if (count < 0 || xb_mul_overflows(count, o->window_samples, &covered) ||
        (total != XYBRID_AUTO && (total < 0 || (count > 0 && total <= covered - o->window_samples))))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice activity",
                       "voice activity of %lld windows of %d samples in a recording of %lld; the last window must begin "
                       "inside it",
                       (long long)count, (int)o->window_samples, (long long)total);
    double per_ms = o->rate_hz / 1000.0, threshold = (double)o->threshold;
    *out = (vad_rules){ .threshold = threshold,
                        .neg_threshold = is_auto ? fmax(threshold - 0.15, 0.01) : (double)o->neg_threshold,
                        .min_speech = per_ms * o->min_speech_ms,
                        .min_silence = per_ms * o->min_silence_ms,
                        .cut_silence = per_ms * CUT_SILENCE_MS,
                        .pad = per_ms * o->pad_ms,
                        .max_speech = INFINITY,
                        .window = o->window_samples,
                        .total = total == XYBRID_AUTO ? covered : total };
    if (o->max_speech_s > 0) out->max_speech = (double)o->max_speech_s * o->rate_hz - (double)out->window - 2 * out->pad;
    return XYBRID_OK;
}

/* ---- the machine ---- */

static void begin(vad_machine *m, int64_t start) {
    m->is_speech = 1;
    m->start = start;
    m->silence_start = -1;
    m->cut_length = 0;
}

static xybrid_status end_at(vad_machine *m, int64_t end, xybrid_error *err) {
    void *grown = m->found;
    XB_TRY(xb_grow(m->mem, &grown, &m->room, m->count, sizeof *m->found, XB_MAX_LIST_ITEMS, "voice segments", err));
    m->found = grown;
    m->found[m->count++] = (xb_vad_segment){ .start_sample = m->start, .end_sample = end };
    m->is_speech = 0;
    return XYBRID_OK;
}

/* The stretch is too long: it ends where its longest silence began, and the next one starts where that silence ended; or it
 * ends here. */
static xybrid_status cut(vad_machine *m, int64_t here, xybrid_error *err) {
    if (m->cut_length == 0) return end_at(m, here, err);
    int64_t next = m->cut_at + m->cut_length;
    XB_TRY(end_at(m, m->cut_at, err));
    begin(m, next);
    return XYBRID_OK;
}

static xybrid_status feed(vad_machine *m, double probability, int64_t here, xybrid_error *err) {
    const vad_rules *r = m->rules;
    if (probability >= r->threshold) {
        if (!m->is_speech) {
            begin(m, here);
            return XYBRID_OK;
        }
        if (m->silence_start >= 0) {
            int64_t silence = here - m->silence_start;
            if ((double)silence > r->cut_silence && silence > m->cut_length) {
                m->cut_at = m->silence_start;
                m->cut_length = silence;
            }
            m->silence_start = -1;
        }
    }
    if (!m->is_speech) return XYBRID_OK;
    if ((double)(here - m->start) > r->max_speech) {
        XB_TRY(cut(m, here, err));
        if (!m->is_speech) return XYBRID_OK;
    }
    if (!(probability < r->neg_threshold)) return XYBRID_OK;
    if (m->silence_start < 0) m->silence_start = here;
    if ((double)(here - m->silence_start) < r->min_silence) return XYBRID_OK;
    if ((double)(m->silence_start - m->start) > r->min_speech) return end_at(m, m->silence_start, err);
    m->is_speech = 0;
    return XYBRID_OK;
}

/* ---- padding and scores ---- */

static void pad_segments(xb_vad_segment *s, size_t count, const vad_rules *r) {
    int64_t pad = (int64_t)r->pad;
    if (count > 0) s[0].start_sample = xb_max64(0, (int64_t)((double)s[0].start_sample - r->pad));
    for (size_t i = 0; i < count; i++) {
        int64_t gap = i + 1 < count ? s[i + 1].start_sample - s[i].end_sample : INT64_MAX;
        if ((double)gap < 2 * r->pad) {
            s[i].end_sample += gap / 2;
            s[i + 1].start_sample -= gap / 2;
            continue;
        }
        s[i].end_sample = xb_min64(r->total, s[i].end_sample + pad);
        if (i + 1 < count) s[i + 1].start_sample = xb_max64(0, (int64_t)((double)s[i + 1].start_sample - r->pad));
    }
}

static float mean_probability(const float *probabilities, int64_t count, int64_t window, const xb_vad_segment *s) {
    int64_t first = (s->start_sample + window - 1) / window, end = xb_min64(count, (s->end_sample + window - 1) / window);
    int64_t counted = 0;
    double  sum = 0;
    for (int64_t i = first; i < end; i++) {
        if (isnan(probabilities[i])) continue;
        sum += (double)probabilities[i];
        counted++;
    }
    return counted ? (float)(sum / (double)counted) : 0.0f;
}

xybrid_status xb_vad_segments(xb_mem *mem, const float *probabilities, int64_t count, int64_t total_samples,
                              const xb_vad_options *options, xb_vad_segment **out, int64_t *out_count, xybrid_error *err) {
    xb_vad_options o;
    vad_rules      rules;
    xb_vad_options_init(&o);
    if (options) o = *options;
    XB_TRY(rules_make(&o, count, total_samples, &rules, err));
    vad_machine   m = { .mem = mem, .rules = &rules };
    xybrid_status st = XYBRID_OK;
    for (int64_t i = 0; i < count; i++) XB_TRY_OUT(feed(&m, (double)probabilities[i], i * rules.window, err));
    if (m.is_speech && (double)(rules.total - m.start) > rules.min_speech) XB_TRY_OUT(end_at(&m, rules.total, err));
    pad_segments(m.found, m.count, &rules);
    for (size_t i = 0; i < m.count; i++) m.found[i].score = mean_probability(probabilities, count, rules.window, &m.found[i]);
    *out = m.found;
    *out_count = (int64_t)m.count;
    m.found = NULL;
out:
    xb_free(mem, m.found);
    return st;
}
