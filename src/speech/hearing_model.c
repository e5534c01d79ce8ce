/* speech/hearing_model.c - a pack's encoder, decoder and tokenizer as one model that hears (recognizer.h, hear.h). */
#include <string.h>

#include "audio/mel.h"
#include "base/error.h"
#include "speech/recognizer.h"

enum { LONGEST_SAMPLES_MS = 20000, LONGEST_WHISPER_MS = 30000, LEAST_MS = 2000, END_MS = 1500 };

static xybrid_status check_id(const xb_hearing_setup *s, const char *member, int64_t id, int64_t vocabulary,
                              xybrid_error *err) {
    if (id < vocabulary && id >= -1) return XYBRID_OK;
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, member, "%s: %s is %lld; the decoder gives logits for ids 0 to %lld", s->where,
                   member, (long long)id, (long long)vocabulary - 1);
}

static int64_t find(const xb_tokenizer *t, const char *token) { return xb_tokenizer_find(t, token, strlen(token)); }

/* Bit `bit` for each id of a list. */
static xybrid_status suppress(const xb_hearing_setup *s, const char *member, const int64_t *ids, int64_t count, uint8_t *flags,
                              int64_t vocabulary, int bit, xybrid_error *err) {
    for (int64_t i = 0; i < count; i++) {
        XB_TRY(check_id(s, member, ids[i], vocabulary, err));
        if (ids[i] >= 0) flags[ids[i]] |= (uint8_t)bit;
    }
    return XYBRID_OK;
}

/* The spectrum that the encoder's input asks for: [batch, mels, frames]. */
static xybrid_status make_mel(xb_mem *mem, xb_hearing_model *m, xybrid_error *err) {
    const xybrid_port *port = &m->plan.encoder->inputs[m->plan.features_input];
    xb_mel_spec        spec;
    xb_mel_spec_init(&spec);
    if (port->dtype != XYBRID_FLOAT32 || port->rank != 3 || port->shape[1] < 1 || port->shape[1] > 1024 ||
        port->shape[2] > LONGEST_WHISPER_MS / 10)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, port->name,
                       "%.96s: input \"%.64s\" takes no log-mel spectrum float32 [batch, mels, up to 3000 frames]",
                       m->plan.encoder->name, port->name);
    spec.n_mels = (int32_t)port->shape[1];
    if (port->shape[2] > 0) spec.max_frames = port->shape[2];
    return xb_mel_new(mem, &spec, &m->mel, err);
}

enum { MOST_FIRST = 64 };

static xybrid_status make_whisper(xb_hearing_model *m, const xb_hearing_setup *s, xybrid_error *err) {
    const xb_pack_execution *x = s->execution;
    int64_t                  n = m->plan.vocabulary, first[MOST_FIRST], count;
    uint8_t                 *flags = xb_arena_alloc(&m->arena, (size_t)n, err);
    if (!flags) return err->code;
    XB_TRY(check_id(s, "language_token_id", x->language_token_id, n, err));
    XB_TRY(check_id(s, "task_token_id", x->task_token_id, n, err));
    XB_TRY(check_id(s, "no_timestamps_token_id", x->no_timestamps_token_id, n, err));
    XB_TRY(suppress(s, "suppress_tokens", x->suppress_tokens, x->suppress_count, flags, n, 1, err));
    XB_TRY(xb_json_get_ints(s->config, s->where, "suppress_first", 0, INT32_MAX, 0, MOST_FIRST, first, &count, err));
    XB_TRY(suppress(s, "suppress_first", first, count, flags, n, 2, err));
    xb_whisper_ids *w = &m->whisper;
    *w = (xb_whisper_ids){ .vocabulary = n,
                           .end = x->end_token_id,
                           .start = x->start_token_id,
                           .previous = find(s->tokenizer, "<|startofprev|>"),
                           .no_speech = find(s->tokenizer, "<|nospeech|>"),
                           .no_timestamps = x->no_timestamps_token_id,
                           .timestamps = x->no_timestamps_token_id + 1,
                           .language = x->language_token_id,
                           .transcribe = x->task_token_id,
                           .translate = x->task_token_id < 0 ? -1 : find(s->tokenizer, "<|translate|>"),
                           .suppressed = flags };
    if (w->no_speech < 0) w->no_speech = find(s->tokenizer, "<|nocaptions|>"); /* its older name */
    if (w->previous >= n || w->no_speech >= n || w->translate >= n || x->no_timestamps_token_id < x->end_token_id)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, s->where,
                       "%s: the ids and the tokenizer are not those of one Whisper model", s->where);
    for (int64_t id = w->end + 1; id <= w->no_timestamps; id++) flags[id] |= 1; /* what only a prompt holds */
    return XYBRID_OK;
}

static xybrid_status read_config(xb_hearing_model *m, const xb_hearing_setup *s, xybrid_error *err) {
    int64_t longest, end;
    double  seconds = (m->is_whisper ? LONGEST_WHISPER_MS : LONGEST_SAMPLES_MS) / 1000.0;
    int     detects;
    XB_TRY(xb_json_opt_double(s->config, s->where, "tokens_per_second", 0, 1000, 0, &m->tokens_a_second, err));
    XB_TRY(xb_json_opt_double(s->config, s->where, "max_seconds", (double)LEAST_MS / 1000, (double)LONGEST_WHISPER_MS / 1000,
                              seconds, &seconds, err));
    XB_TRY(xb_json_opt_int(s->config, s->where, "end_silence_ms", 100, 60000, END_MS, &end, err));
    XB_TRY(xb_json_opt_bool(s->config, s->where, "detect_language", 0, &detects, err));
    XB_TRY(xb_json_opt_string(s->config, s->where, "language", NULL, &m->language, err));
    longest = (int64_t)(seconds * 1000);
    m->longest_ms = (int32_t)longest;
    m->end_ms = (int32_t)end;
    m->is_detecting = detects;
    return XYBRID_OK;
}

static xybrid_status make(xb_hearing_model *m, const xb_hearing_setup *s, xybrid_error *err) {
    const xb_pack_execution *x = s->execution;
    XB_TRY(xb_seq2seq_plan_make(&m->arena, s->encoder, s->decoder, &m->plan, err));
    m->tokenizer = s->tokenizer;
    m->whisper = (xb_whisper_ids){ .language = -1, .translate = -1 };
    m->is_whisper = x->mode == XB_PACK_WHISPER_DECODER;
    m->start = x->start_token_id;
    m->end = x->end_token_id;
    m->max_tokens = x->max_tokens;
    m->repetition_penalty = x->repetition_penalty == 1 ? 0 : x->repetition_penalty;
    XB_TRY(check_id(s, "start_token_id", m->start, m->plan.vocabulary, err));
    XB_TRY(check_id(s, "end_token_id", m->end, m->plan.vocabulary, err));
    XB_TRY(read_config(m, s, err));
    if (!m->is_whisper) return XYBRID_OK;
    XB_TRY(make_mel(m->arena.mem, m, err));
    return make_whisper(m, s, err);
}

xybrid_status xb_hearing_model_make(xb_mem *mem, const xb_hearing_setup *setup, xb_hearing_model **out, xybrid_error *err) {
    xb_hearing_model *m = xb_calloc(mem, 1, sizeof *m, err);
    if (!m) return err->code;
    xb_arena_init(&m->arena, mem, 0);
    xybrid_status st = make(m, setup, err);
    if (st) xb_hearing_model_free(m);
    else *out = m;
    return st;
}

void xb_hearing_model_free(xb_hearing_model *m) {
    if (!m) return;
    xb_mem *mem = m->arena.mem;
    xb_features_free(m->mel);
    xb_arena_free(&m->arena);
    xb_free(mem, m);
}
