/* speech/hear_whisper.c - Whisper. See hear.h.
 *
 *     samples, 30 s -> log-mel [1, 80, 3000] -> encoder
 *     [<|startofprev|> what was said before] <|startoftranscript|> [<|en|> <|transcribe|>] [<|notimestamps|>] -> decoder -> ids
 *
 * A result that repeats itself, or is unlikely, is thrown away for one at a higher temperature: 0, 0.2 .. 1.0, each with a
 * seed of its own that is always the same. When even the likelihood of silence speaks against it, nothing was said. */
#include <math.h>
#include <string.h>

#include "audio/mel.h"
#include "base/error.h"
#include "speech/align.h"
#include "speech/choose.h"
#include "speech/whisper_rules.h"

enum {
    ATTEMPTS = 6,
    DRAFT_FRAMES = 100,
    MOST_FRAMES = 3000,
    MOST_PREVIOUS = XB_MAX_HEARD / 2 - 1,
    MOST_PROMPT = XB_MAX_HEARD / 2 + 4
};

typedef struct prompt {
    int64_t ids[MOST_PROMPT];
    int32_t count;
    int32_t start; /* where <|startoftranscript|> stands */
} prompt;

static xybrid_status fail_logits(const xb_hearing *h, xybrid_error *err) {
    const char *name = h->model->plan.decoder->name;
    return xb_fail(err, XYBRID_INFERENCE_FAILED, name, "inference failed in \"%.96s\": no logit is a number", name);
}

/* ---- language ---- */

/* The likeliest of the tokens between the start and the tasks: those that are written <|xx|>. */
static xybrid_status detect_language(xb_hearing *h, xybrid_error *err) {
    const xb_whisper_ids *w = &h->model->whisper;
    int64_t               first = w->start + 1, best = -1;
    int64_t               last = w->translate > first ? w->translate : w->transcribe;
    XB_TRY(xb_seq2seq_step(h->net, &w->start, 1, err));
    const float *row = xb_seq2seq_row(h->net, 0);
    for (int64_t id = first; id < last && id < w->vocabulary; id++)
        if (best < 0 || row[id] > row[best]) best = id;
    if (best < 0) best = w->language;
    h->language = best;
    xb_seq2seq_restart(h->net);
    return XYBRID_OK;
}

static void write_language(const xb_hearing *h, xb_heard *out) {
    xb_slice token = h->language >= 0 ? xb_tokenizer_token(h->model->tokenizer, h->language) : (xb_slice){ 0 };
    if (token.data && token.size > 4 && token.size - 4 < XB_LANGUAGE_BYTES) {
        memcpy(out->language, token.data + 2, token.size - 4); /* <|en|> */
        out->language[token.size - 4] = 0;
    } else if (h->model->language) xb_format(out->language, sizeof out->language, "%s", h->model->language);
}

/* ---- one attempt ---- */

static void make_prompt(const xb_hearing *h, int with_previous, prompt *p) {
    const xb_whisper_ids *w = &h->model->whisper;
    p->count = 0;
    if (with_previous && h->is_conditioned && h->previous_count > 0 && w->previous >= 0) {
        p->ids[p->count++] = w->previous;
        memcpy(p->ids + p->count, h->previous, (size_t)h->previous_count * sizeof *p->ids);
        p->count += h->previous_count;
    }
    p->start = p->count;
    p->ids[p->count++] = w->start;
    if (w->language >= 0) p->ids[p->count++] = h->language;
    if (w->transcribe >= 0) p->ids[p->count++] = h->is_translating ? w->translate : w->transcribe;
    if (!h->is_timed) p->ids[p->count++] = w->no_timestamps;
}

static xybrid_status attempt(xb_hearing *h, const prompt *p, float temperature, uint64_t seed, xb_heard *out,
                             xybrid_error *err) {
    const xb_whisper_ids *w = &h->model->whisper;
    int32_t               most = XB_MAX_HEARD - p->count;
    double                sum = 0;
    xb_choice             next = { -1, 0 };
    if (most > h->model->max_tokens) most = h->model->max_tokens;
    xb_seq2seq_restart(h->net);
    out->count = 0;
    for (int32_t step = 0; step < most; step++) {
        if (step == 0) XB_TRY(xb_seq2seq_step(h->net, p->ids, p->count, err));
        else XB_TRY(xb_seq2seq_step(h->net, &next.id, 1, err));
        if (step == 0 && w->no_speech >= 0)
            out->no_speech = xb_probability(xb_seq2seq_row(h->net, p->start), w->vocabulary, w->no_speech);
        float *row = xb_seq2seq_row(h->net, step == 0 ? p->count - 1 : 0);
        xb_whisper_mask(w, row, out->ids, out->count, h->is_timed);
        next = xb_choose(row, w->vocabulary, temperature, &seed);
        if (next.id < 0) return fail_logits(h, err);
        sum += next.log_probability;
        if (next.id == w->end) break;
        out->ids[out->count++] = next.id;
        if (xb_tokens_without_loop(out->ids, out->count) < out->count) break; /* the repetition ratio says the rest */
    }
    out->log_probability = sum / (out->count + 1);
    out->temperature = (double)temperature;
    return XYBRID_OK;
}

static xybrid_status repetition_of(const xb_hearing *h, const xb_heard *heard, double *out, xybrid_error *err) {
    xb_str text;
    xb_str_init(&text, h->mem, XB_MAX_TEXT_BYTES);
    xybrid_status st = XYBRID_OK;
    int64_t       words[XB_MAX_HEARD], count = 0;
    for (int32_t i = 0; i < heard->count; i++)
        if (heard->ids[i] < h->model->whisper.end) words[count++] = heard->ids[i];
    st = xb_tokenizer_decode(h->model->tokenizer, words, count, XB_DECODE_RAW, &text, err);
    if (st == XYBRID_OK) *out = xb_repetition_ratio(text.data, text.size);
    xb_str_free(&text);
    return st;
}

static int is_nobody(const xb_heard *out) {
    return out->no_speech > XB_WHISPER_NOBODY && out->log_probability < XB_WHISPER_UNLIKELY;
}

/* Temperatures upwards, until one is to be believed; if none is, the likeliest that does not repeat itself. */
static xybrid_status attempts(xb_hearing *h, int is_draft, xb_heard *out, xybrid_error *err) {
    prompt   p;
    xb_heard best = { 0 };
    double   best_score = -INFINITY, repetition = 0;
    make_prompt(h, 1, &p);
    for (int i = 0; i < ATTEMPTS; i++) {
        XB_TRY(attempt(h, &p, (float)i / 5, (uint64_t)i, out, err));
        XB_TRY(repetition_of(h, out, &repetition, err));
        double score = out->log_probability - (repetition > XB_WHISPER_REPETITIVE ? 100 : 0);
        if (score > best_score) {
            best_score = score;
            best = *out;
        }
        if (is_draft || is_nobody(out) || !xb_whisper_is_doubtful(repetition, out->log_probability)) break;
        if (i == 0) make_prompt(h, 0, &p); /* what was said before may be what misleads it */
    }
    *out = best;
    out->count = (int32_t)xb_tokens_without_loop(out->ids, out->count);
    if (is_nobody(out)) out->count = 0;
    return XYBRID_OK;
}

/* ---- what the next piece is told; when words were said ---- */

static void remember(xb_hearing *h, const xb_heard *heard) {
    if (heard->temperature > 0.5 || heard->count == 0) { /* as the reference: what is doubtful misleads */
        h->previous_count = 0;
        return;
    }
    for (int32_t i = 0; i < heard->count; i++) {
        if (heard->ids[i] >= h->model->whisper.end) continue;
        if (h->previous_count == MOST_PREVIOUS)
            memmove(h->previous, h->previous + 1, (size_t)--h->previous_count * sizeof *h->previous);
        h->previous[h->previous_count++] = heard->ids[i];
    }
}

static xybrid_status align(xb_hearing *h, int64_t samples, xb_heard *heard, xybrid_error *err) {
    const xb_whisper_ids *w = &h->model->whisper;
    int64_t               ids[XB_MAX_HEARD];
    prompt                p;
    xb_tensor             attention;
    int                   is_timed = h->is_timed;
    h->is_timed = 0; /* the reference aligns the text without timestamps */
    make_prompt(h, 0, &p);
    h->is_timed = is_timed;
    int32_t count = heard->count;
    if (count == 0 || is_timed || p.count + count + 1 > XB_MAX_HEARD) return XYBRID_OK;
    memcpy(ids, p.ids, (size_t)p.count * sizeof *ids);
    memcpy(ids + p.count, heard->ids, (size_t)count * sizeof *ids);
    ids[p.count + count] = w->end;
    XB_TRY(xb_seq2seq_align(h->net, ids, p.count + count + 1, &attention, err));
    xybrid_status st = xb_align(h->mem, &attention, p.count - 1, count, samples, heard->times, err);
    xb_tensor_drop(&attention);
    heard->has_times = st == XYBRID_OK;
    return st;
}

/* [1, mels, frames]. A draft is heard without the silence up to 30 s, if the encoder takes fewer frames: its time is that of 1
 * s more than there is. */
static xybrid_status make_features(const xb_hearing *h, const float *samples, int64_t count, int is_draft, xb_tensor *out,
                                   xybrid_error *err) {
    const xb_hearing_model *m = h->model;
    const int64_t          *wanted = m->plan.encoder->inputs[m->plan.features_input].shape;
    xb_tensor               rows;
    if (!is_draft || wanted[2] >= 0) return xb_mel_run(m->mel, h->mem, samples, count, out, err);
    int64_t frames = (count / xb_features_hop(m->mel) + DRAFT_FRAMES) & ~(int64_t)1;
    if (frames > MOST_FRAMES) frames = MOST_FRAMES;
    XB_TRY(xb_features_rows(m->mel, h->mem, samples, count, &rows, err));
    xybrid_status st = xb_tensor_new(h->mem, XYBRID_FLOAT32, 3, (int64_t[]){ 1, wanted[1], frames }, out, err);
    if (st == XYBRID_OK) xb_mel_window(m->mel, rows.data, rows.shape[0], frames, out->data);
    xb_tensor_drop(&rows);
    return st;
}

xybrid_status xb_hear_whisper(xb_hearing *h, const float *samples, int64_t count, int is_draft, xb_heard *out,
                              xybrid_error *err) {
    const xb_hearing_model *m = h->model;
    xb_tensor               features;
    XB_TRY(make_features(h, samples, count, is_draft, &features, err));
    xybrid_status st = xb_seq2seq_encode(h->net, &features, err);
    xb_tensor_drop(&features);
    if (st) return st;
    int64_t language = h->language;
    if (m->whisper.language >= 0 && h->language < 0) XB_TRY(detect_language(h, err));
    write_language(h, out);
    st = attempts(h, is_draft, out, err);
    if (is_draft || st) {
        if (is_draft) h->language = language; /* half a second is too little to settle it */
        return st;
    }
    remember(h, out);
    return h->wants_alignment && m->plan.alignment_output >= 0 ? align(h, count, out, err) : XYBRID_OK;
}
