/* flow/steps_text.c - Tokenize before the model; CTCDecode and BPEDecode behind it. */
#include <string.h>

#include "base/error.h"
#include "codec/gguf.h"
#include "flow/step_rows.h"
#include "kernel/score.h"
#include "text/bpe_ranks.h"
#include "text/ctc.h"
#include "text/tokenizer.h"

/* ---- Tokenize: Text -> input_ids, attention_mask, token_type_ids, int64 [1, n] each ---- */

typedef struct tokenize_state {
    xb_tokenizer *tokenizer;
    int32_t       max_length;
    int           add_special;
} tokenize_state;

/* tokenizer.json, vocab.txt or a GGUF file, by content. */
static xybrid_status load_tokenizer(xb_step_maker *m, const char *name, const char *type, xb_tokenizer **out,
                                    xybrid_error *err) {
    const xb_pack_file *file;
    int                 lower_case;
    XB_TRY(xb_json_opt_bool(m->params, m->where, "lower_case", 1, &lower_case, err));
    XB_TRY(xb_pack_file_open(m->pack, name, "vocabulary", &file, err));
    const char *bytes = file->bytes;
    if (file->size_bytes >= 4 && memcmp(bytes, "GGUF", 4) == 0) {
        xb_gguf       header;
        xb_arena      arena;
        xybrid_status st;
        xb_arena_init(&arena, m->mem, 0);
        st = xb_gguf_read(bytes, (size_t)file->size_bytes, &arena, &header, err);
        if (st == XYBRID_OK) st = xb_tokenizer_from_gguf(m->mem, &header, out, err);
        xb_arena_free(&arena);
        return st;
    }
    if (bytes[0] == '{') return xb_tokenizer_from_json(m->mem, bytes, file->size_bytes, out, err);
    if (strcmp(type, "WordPiece") == 0)
        return xb_tokenizer_from_vocab_txt(m->mem, bytes, file->size_bytes, lower_case, out, err);
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, name,
                   "%s.vocab_file is \"%.100s\", neither a tokenizer.json nor a GGUF file, as %s needs", m->where, name, type);
}

static xybrid_status tokenize_open(xb_step_maker *m, void *state, xybrid_error *err) {
    tokenize_state *s = state;
    const char     *name, *type;
    int64_t         max_length;
    XB_TRY(xb_json_get_string(m->params, m->where, "vocab_file", &name, err));
    XB_TRY(xb_json_get_string(m->params, m->where, "tokenizer_type", &type, err));
    if (strcmp(type, "BPE") && strcmp(type, "WordPiece") && strcmp(type, "SentencePiece"))
        return xb_json_fail(xb_json_get(m->params, "tokenizer_type"), m->where, "tokenizer_type",
                            "BPE, WordPiece or SentencePiece", err);
    XB_TRY(xb_json_opt_int(m->params, m->where, "max_length", 1, 1 << 24, XYBRID_AUTO, &max_length, err));
    XB_TRY(xb_json_opt_bool(m->params, m->where, "add_special_tokens", 1, &s->add_special, err));
    s->max_length = (int32_t)max_length;
    return load_tokenizer(m, name, type, &s->tokenizer, err);
}

static void tokenize_close(void *state, xb_mem *mem) {
    (void)mem;
    xb_tokenizer_free(((tokenize_state *)state)->tokenizer);
}

static xybrid_status put_tokens(xb_frame *f, const xb_encoding *e, xybrid_error *err) {
    const char *const    names[3] = { "input_ids", "attention_mask", "token_type_ids" };
    const int64_t *const values[3] = { e->ids, e->mask, e->type_ids };
    xb_value_clear(&f->value);
    for (int i = 0; i < 3; i++) {
        xb_tensor t;
        XB_TRY(xb_tensor_new(f->mem, XYBRID_INT64, 2, (int64_t[]){ 1, e->count }, &t, err));
        if (e->count) memcpy(t.data, values[i], (size_t)e->count * sizeof(int64_t));
        XB_TRY(xb_value_add_tensor(&f->value, names[i], t, err));
    }
    xb_tensor_drop(&f->attention_mask);
    f->attention_mask = xb_tensor_keep(xb_value_find(&f->value, "attention_mask"));
    return XYBRID_OK;
}

static xybrid_status tokenize_run(const void *state, xb_frame *f, xybrid_error *err) {
    const tokenize_state *s = state;
    if (f->value.kind != XB_VALUE_ENVELOPE || f->value.envelope->view.kind != XYBRID_TEXT)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input is %s; Text is wanted here",
                       xb_value_describe(&f->value));
    const xybrid_view *v = &f->value.envelope->view;
    xb_encode_options  options = xb_encode_defaults();
    options.max_length = s->max_length;
    options.add_special = s->add_special;
    options.parse_special = 0;
    xb_encoding e;
    xb_encoding_init(&e, f->mem);
    xybrid_status st = xb_tokenizer_encode(s->tokenizer, v->data, (size_t)v->size_bytes, &options, &e, err);
    if (st == XYBRID_OK) st = put_tokens(f, &e, err);
    xb_encoding_free(&e);
    return st;
}

/* ---- CTCDecode: scores [1, frames, classes] -> Text with the mean probability, of a recording with times ---- */

typedef struct ctc_state {
    xb_ctc_vocabulary *vocabulary;
    const char        *output;
    int64_t            blank;
    double             min_score;
    int                flags;
} ctc_state;

static xybrid_status ctc_open(xb_step_maker *m, void *state, xybrid_error *err) {
    ctc_state          *s = state;
    const char         *name, *style;
    const xb_pack_file *file;
    int                 logits;
    XB_TRY(xb_json_get_string(m->params, m->where, "vocab_file", &name, err));
    XB_TRY(xb_json_opt_int(m->params, m->where, "blank_index", 0, INT32_MAX, 0, &s->blank, err));
    XB_TRY(xb_json_opt_double(m->params, m->where, "min_score", 0, 1, 0, &s->min_score, err));
    XB_TRY(xb_json_opt_string(m->params, m->where, "output", NULL, &s->output, err));
    XB_TRY(xb_json_opt_string(m->params, m->where, "style", "wav2vec2", &style, err));
    if (strcmp(style, "wav2vec2") && strcmp(style, "ppocr") && strcmp(style, "ppocr4"))
        return xb_json_fail(xb_json_get(m->params, "style"), m->where, "style", "wav2vec2, ppocr or ppocr4", err);
    XB_TRY(xb_json_opt_bool(m->params, m->where, "logits", strcmp(style, "wav2vec2") == 0, &logits, err));
    s->flags = (strcmp(style, "wav2vec2") == 0 ? XB_CTC_WAV2VEC2 : 0) | (logits ? XB_CTC_LOGITS : 0);
    XB_TRY(xb_pack_file_open(m->pack, name, "vocabulary", &file, err));
    return (strcmp(style, "ppocr4") == 0 ? xb_ctc_vocabulary_load_ppocr4
                                         : xb_ctc_vocabulary_load)(m->mem, file->bytes, file->size_bytes, &s->vocabulary, err);
}

static void ctc_close(void *state, xb_mem *mem) {
    (void)mem;
    xb_ctc_vocabulary_free(((ctc_state *)state)->vocabulary);
}

/* Speech: where the first and the last frame lie that say something. */
static void set_times(const ctc_state *s, const xb_frame *f, const xb_tensor *x) {
    int64_t frames = x->shape[x->rank - 2], classes = x->shape[x->rank - 1], first = -1, last = -1;
    if (f->audio_frames <= 0 || f->audio_rate_hz <= 0 || frames <= 0) return;
    for (int64_t i = 0; i < frames; i++) {
        int64_t best;
        xb_argmax_f32(&best, (const float *)x->data + i * classes, 1, classes, 1);
        if (best == s->blank) continue;
        if (first < 0) first = i;
        last = i + 1;
    }
    double ms = (double)f->audio_frames * 1000 / f->audio_rate_hz / (double)frames; /* of a frame */
    if (first >= 0) xb_envelope_set_times(f->value.envelope, (int64_t)((double)first * ms), (int64_t)((double)last * ms));
}

static xybrid_status ctc_run(const void *state, xb_frame *f, xybrid_error *err) {
    const ctc_state *s = state;
    xb_tensor       *t, x;
    XB_TRY(xb_frame_tensor(f, s->output, &t, err));
    if (t->rank < 2 || xb_tensor_span(t, 0, t->rank - 2) != 1) {
        char shape[XB_SHAPE_TEXT_BYTES];
        xb_shape_format(t->rank, t->shape, shape, sizeof shape);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "CTCDecode", "scores have shape %s, wanted [1, frames, classes]", shape);
    }
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err));
    xb_str text;
    xb_str_init(&text, f->mem, XB_MAX_TEXT_BYTES);
    float         score;
    xybrid_status st = xb_ctc_decode(s->vocabulary, x.data, x.shape[x.rank - 2], x.shape[x.rank - 1], s->blank, s->flags, &text,
                                     &score, err);
    if (st == XYBRID_OK) st = xb_frame_put_text(f, text.data, (double)score < s->min_score ? 0 : text.size, score, err);
    if (st == XYBRID_OK) set_times(s, f, &x);
    xb_str_free(&text);
    xb_tensor_drop(&x);
    return st;
}

/* ---- BPEDecode: ids (or scores, whose best ids are taken) -> Text ---- */

typedef struct bpe_state {
    xb_bpe_ranks *ranks;
} bpe_state;

static xybrid_status bpe_open(xb_step_maker *m, void *state, xybrid_error *err) {
    const char         *name;
    const xb_pack_file *file;
    XB_TRY(xb_json_get_string(m->params, m->where, "vocab_file", &name, err));
    XB_TRY(xb_pack_file_open(m->pack, name, "vocabulary", &file, err));
    return xb_bpe_ranks_load(m->mem, file->bytes, file->size_bytes, &((bpe_state *)state)->ranks, err);
}

static void bpe_close(void *state, xb_mem *mem) {
    (void)mem;
    xb_bpe_ranks_free(((bpe_state *)state)->ranks);
}

static xybrid_status bpe_run(const void *state, xb_frame *f, xybrid_error *err) {
    const bpe_state *s = state;
    xb_tensor       *t, ids;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    if (t->dtype == XYBRID_FLOAT32 && t->rank >= 2) XB_TRY(xb_argmax(f->mem, t, -1, &ids, err));
    else XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_INT64, &ids, err));
    xb_str text;
    xb_str_init(&text, f->mem, XB_MAX_TEXT_BYTES);
    xybrid_status st = xb_bpe_ranks_decode(s->ranks, ids.data, xb_tensor_count(&ids), &text, err);
    if (st == XYBRID_OK) st = xb_frame_put_text(f, text.data, text.size, -1, err);
    xb_str_free(&text);
    xb_tensor_drop(&ids);
    return st;
}

/* ---- WhisperDecode: ids -> Text, without special tokens ---- */

typedef struct whisper_state {
    xb_tokenizer *tokenizer;
} whisper_state;

static xybrid_status whisper_open(xb_step_maker *m, void *state, xybrid_error *err) {
    const char         *name;
    const xb_pack_file *file;
    XB_TRY(xb_json_get_string(m->params, m->where, "tokenizer_file", &name, err));
    XB_TRY(xb_pack_file_open(m->pack, name, "tokenizer", &file, err));
    return xb_tokenizer_from_json(m->mem, file->bytes, file->size_bytes, &((whisper_state *)state)->tokenizer, err);
}

static void whisper_close(void *state, xb_mem *mem) {
    (void)mem;
    xb_tokenizer_free(((whisper_state *)state)->tokenizer);
}

static xybrid_status whisper_run(const void *state, xb_frame *f, xybrid_error *err) {
    const whisper_state *s = state;
    xb_tensor           *t, ids;
    xb_str               text;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_INT64, &ids, err));
    xb_str_init(&text, f->mem, XB_MAX_TEXT_BYTES);
    xybrid_status st = xb_tokenizer_decode(s->tokenizer, ids.data, xb_tensor_count(&ids), XB_DECODE_SKIP_SPECIAL, &text, err);
    if (st == XYBRID_OK) st = xb_frame_put_text(f, text.data, text.size, -1, err);
    xb_str_free(&text);
    xb_tensor_drop(&ids);
    return st;
}

const xb_step_row xb_step_whisper_decode = { "WhisperDecode", XB_STEP_POST, sizeof(whisper_state),
                                             whisper_open,    whisper_run,  whisper_close };
const xb_step_row xb_step_tokenize = { "Tokenize",    XB_STEP_PRE,  sizeof(tokenize_state),
                                       tokenize_open, tokenize_run, tokenize_close };
const xb_step_row xb_step_ctc_decode = { "CTCDecode", XB_STEP_POST, sizeof(ctc_state), ctc_open, ctc_run, ctc_close };
const xb_step_row xb_step_bpe_decode = { "BPEDecode", XB_STEP_POST, sizeof(bpe_state), bpe_open, bpe_run, bpe_close };
