/* speech/speech_encode.c */
#include "speech/speech_encode.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"

#define SILENCE    0.01f /* -40 dBFS */
#define LOUDNESS   0.1   /* root mean square */
#define KNEE       0.95f
#define CUTOFF_HZ  80.0
#define MAX_GAIN   10.0 /* of the first piece: a whisper stays one */
#define MAX_CHANGE 1.5  /* of the gain from piece to piece */

static int64_t samples_of(const xb_speech_encoder *e, double ms) { return (int64_t)(e->options.rate_hz * ms / 1000); }

void xb_speech_encoder_init(xb_speech_encoder *e, xb_mem *mem, const xb_speech_encoding *options) {
    *e = (xb_speech_encoder){ .options = *options, .mem = mem };
    e->fade = samples_of(e, 20);
}

void xb_speech_encoder_free(xb_speech_encoder *e) {
    if (e->mem) xb_free(e->mem, e->tail);
    e->tail = NULL;
    e->tail_count = 0;
}

/* ---- parts ---- */

void xb_high_pass(float *x, int64_t count, int32_t rate_hz, double cutoff_hz, float *last_in, float *last_out) {
    double rc = 1 / (2 * 3.14159265358979323846 * cutoff_hz), a = rc / (rc + 1.0 / rate_hz);
    double in = (double)*last_in, out = (double)*last_out;
    for (int64_t i = 0; i < count; i++) {
        out = a * (out + (double)x[i] - in);
        in = (double)x[i];
        x[i] = (float)out;
    }
    *last_in = (float)in;
    *last_out = (float)out;
}

void xb_find_sound(const float *x, int64_t count, float threshold, int64_t keep, int64_t *from, int64_t *to) {
    int64_t first = 0, last = count;
    while (first < count && fabsf(x[first]) < threshold) first++;
    while (last > first && fabsf(x[last - 1]) < threshold) last--;
    *from = first == last ? 0 : xb_max64(0, first - keep);
    *to = first == last ? 0 : xb_min64(count, last + keep);
}

float xb_soft_clip(float x, float knee) {
    float beyond = fabsf(x) - knee;
    if (!(beyond > 0)) return x;
    return copysignf(knee + (1 - knee) * tanhf(beyond / (1 - knee)), x);
}

static double mean_square(const float *x, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return count > 0 ? sum / (double)count : 0;
}

/* A linear ramp from 0 at `edge` to 1, `count` samples inwards (step 1 or -1). */
static void fade_edge(float *edge, int64_t count, int64_t step) {
    for (int64_t i = 0; i < count; i++) edge[i * step] *= (float)(i + 1) / (float)(count + 1);
}

/* ---- a piece ---- */

/* High-pass, edges, loudness, clip; the piece becomes *samples [*count] inside itself. */
static void polish(xb_speech_encoder *e, float **samples, int64_t *count) {
    float  *x = *samples;
    int64_t from, to;
    xb_high_pass(x, *count, e->options.rate_hz, CUTOFF_HZ, &e->last_in, &e->last_out);
    xb_find_sound(x, *count, SILENCE, samples_of(e, 12.5), &from, &to);
    *samples = x += from;
    *count = to - from;
    double rms = sqrt(mean_square(x, *count));
    if (rms <= 0) return;
    double gain = LOUDNESS / rms;
    if (gain > MAX_GAIN) gain = MAX_GAIN;
    if (e->gain > 0) gain = fmax((double)e->gain / MAX_CHANGE, fmin((double)e->gain * MAX_CHANGE, gain));
    e->gain = (float)gain;
    for (int64_t i = 0; i < *count; i++) x[i] = xb_soft_clip(x[i] * (float)gain, KNEE);
}

static void trim_end(const xb_speech_encoder *e, const float *x, int64_t *count) {
    int64_t from, to;
    xb_find_sound(x, *count, SILENCE, 0, &from, &to);
    if (*count - to >= samples_of(e, 50)) *count = to + samples_of(e, 10);
}

/* The tail of the piece before, faded into x[0, n) at `out`; the samples at `out` that are done with. */
static int64_t cross_fade(xb_speech_encoder *e, const float *x, int64_t count, float *out, int64_t *used) {
    int64_t n = xb_min64(e->tail_count, count), plain = e->tail_count - n;
    if (plain) memcpy(out, e->tail, (size_t)plain * sizeof *out);
    for (int64_t i = 0; i < n; i++) {
        float in = (float)(i + 1) / (float)(n + 1);
        out[plain + i] = e->tail[plain + i] * (1 - in) + x[i] * in;
    }
    *used = n;
    e->tail_count = 0;
    return plain + n;
}

/* The piece behind what came before it. */
static xybrid_status join(xb_speech_encoder *e, float *x, int64_t count, int64_t pause, int is_last, xb_tensor *out,
                          xybrid_error *err) {
    int64_t held = 0, edge = e->options.is_polished ? xb_min64(samples_of(e, 12.5), count / 2) : 0, used;
    if (e->options.is_polished && !is_last && pause == 0 && count >= 2 * e->fade) held = e->fade;
    if (held && !e->tail) {
        e->tail = xb_malloc(e->mem, (size_t)e->fade * sizeof *e->tail, err);
        if (!e->tail) return err->code;
    }
    int64_t total = e->tail_count + count - xb_min64(e->tail_count, count) - held + pause;
    XB_TRY(xb_tensor_new(e->mem, XYBRID_FLOAT32, 1, &total, out, err));
    if (e->tail_count == 0) fade_edge(x, edge, 1);
    if (!held && edge) fade_edge(x + count - 1, edge, -1);
    float  *to = out->data;
    int64_t n = cross_fade(e, x, count, to, &used);
    /* what is held is never what was just faded in: a piece that holds has two fades' length */
    memcpy(to + n, x + used, (size_t)(count - used - held) * sizeof *to);
    n += count - used - held;
    memset(to + n, 0, (size_t)pause * sizeof *to);
    if (held) memcpy(e->tail, x + count - held, (size_t)held * sizeof *e->tail);
    e->tail_count = held;
    return XYBRID_OK;
}

xybrid_status xb_speech_encode(xb_speech_encoder *e, float *samples, int64_t count, int32_t pause_ms, int is_last,
                               xb_tensor *out, xybrid_error *err) {
    float nothing = 0;
    if (!samples) samples = &nothing; /* a pause alone */
    count = xb_max64(0, count - e->options.cut_samples);
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(samples[i])) samples[i] = 0;
    if (e->options.is_polished) polish(e, &samples, &count);
    if (e->options.trims_silence && is_last) trim_end(e, samples, &count);
    return join(e, samples, count, samples_of(e, pause_ms), is_last, out, err);
}
