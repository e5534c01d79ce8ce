/* speech_rig.h - what the tests of recognition share: an encoder, a decoder and a tokenizer on the native engine, without flow.
 *
 *     speech_rig r;
 *     st = speech_open(&r, &mem, "moonshine-tiny", "encoder_model.onnx", "decoder_model_merged.onnx", &err);
 *     st = speech_hear(&r, &mem, samples, count, 1600, NULL, &said, &err);          // fed in portions of 1,600
 *     speech_close(&r); */
#ifndef SPEECH_RIG_H
#define SPEECH_RIG_H

#include "codec/wav.h"
#include "engine/native/native.h"
#include "engine_rig.h"
#include "plat/cancel.h"
#include "speech/recognizer.h"

typedef struct speech_side {
    struct speech_rig *rig;
    xb_mem            *mem;
    char              *bytes;
    xb_engine_model   *model;
    xb_engine_session *session;
    xb_tensor         *outputs; /* of the run under way */
} speech_side;

typedef struct speech_rig {
    rig               engines;
    speech_side       sides[2]; /* encoder, decoder */
    xb_net            nets[2];
    xb_tokenizer     *tokenizer;
    xb_json_doc      *metadata;
    xb_pack_execution execution;
    int64_t           suppress[256];
    xb_hearing_model *model;
    xybrid_cancel    *cancel;
    int64_t           runs, fire_at; /* engine runs so far; the token fires before this one, 0 = never */
} speech_rig;

static inline xybrid_status speech_alloc(void *ctx, int32_t index, const xybrid_tensor *shape, void **data, xybrid_error *err) {
    speech_side *s = ctx;
    xb_tensor    t;
    XB_TRY(xb_tensor_new(s->mem, shape->dtype, shape->rank, shape->shape, &t, err));
    xb_tensor_drop(&s->outputs[index]);
    s->outputs[index] = t;
    *data = t.data;
    return XYBRID_OK;
}

static inline xybrid_status speech_run(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err) {
    speech_side *s = ctx;
    speech_rig  *r = s->rig;
    if (++r->runs == r->fire_at) xb_cancel_fire(r->cancel, XYBRID_CANCELLED_TOKEN);
    s->outputs = outputs;
    xybrid_call call = {
        .struct_size = sizeof call, .ctx = s, .cancel = r->cancel, .wanted = wanted, .out_alloc = speech_alloc
    };
    xybrid_status st = xb_engine_session_run(s->session, &call, err);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_CANCELLED) xb_cancel_check(r->cancel, err);
    return st ? err->code : XYBRID_OK;
}

static inline char *speech_file(const char *name, size_t *size) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", XB_TEST_MODELS, name);
    return xb_test_file_(path, size);
}

static inline void speech_close(speech_rig *r) {
    xb_hearing_model_free(r->model);
    xb_tokenizer_free(r->tokenizer);
    xb_json_free(r->metadata);
    for (int i = 0; i < 2; i++) {
        xb_engine_session_close(r->sides[i].session);
        xb_engine_model_drop(r->sides[i].model);
        free(r->sides[i].bytes);
    }
    xb_cancel_drop(r->cancel);
    rig_close(&r->engines);
}

/* The numbers of models/<pack>/model_metadata.json, stage 2. */
static inline xybrid_status speech_metadata(speech_rig *r, xb_mem *mem, const char *pack, xb_hearing_setup *setup,
                                            xybrid_error *err) {
    char   path[1024];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/models/%s/model_metadata.json", XB_TEST_SOURCE, pack);
    char *text = xb_test_file_(path, &size);
    if (!text) return xb_fail(err, XYBRID_IO_OPEN, path, "%s is not there", path);
    xybrid_status st = xb_json_parse(mem, text, (int64_t)size, XB_MAX_PACK_JSON_BYTES, &r->metadata, err);
    free(text);
    if (st) return st;
    const xb_json *stage = xb_json_at(xb_json_get(xb_json_get(xb_json_root(r->metadata), "execution_template"), "stages"), 1);
    const xb_json *mode = xb_json_get(stage, "execution_mode");
    const char    *type = "";
    size_t         length;
    int64_t        most = 0, count = 0;
    xb_json_string(xb_json_get(mode, "type"), &type, &length);
    xb_pack_execution *x = &r->execution;
    *x = (xb_pack_execution){ .language_token_id = -1, .task_token_id = -1, .no_timestamps_token_id = -1 };
    x->mode = strcmp(type, "WhisperDecoder") == 0 ? XB_PACK_WHISPER_DECODER : XB_PACK_AUTOREGRESSIVE;
    xb_json_int(xb_json_get(mode, "max_tokens"), &most);
    x->max_tokens = (int32_t)most;
    xb_json_int(xb_json_get(mode, "start_token_id"), &x->start_token_id);
    xb_json_int(xb_json_get(mode, "end_token_id"), &x->end_token_id);
    xb_json_int(xb_json_get(mode, "no_timestamps_token_id"), &x->no_timestamps_token_id);
    XB_TRY(xb_json_get_ints(mode, "", "suppress_tokens", 0, INT32_MAX, 0, 256, r->suppress, &count, err));
    x->suppress_tokens = r->suppress;
    x->suppress_count = (int32_t)count;
    setup->execution = x;
    setup->config = xb_json_get(stage, "config");
    setup->where = "stages[1].config";
    return XYBRID_OK;
}

/* XYBRID_IO_OPEN: a file is not there. The files are named as in the pack. Closed also after a failure. */
static inline xybrid_status speech_open(speech_rig *r, xb_mem *mem, const char *pack, const char *encoder, const char *decoder,
                                        xybrid_error *err) {
    static const xybrid_engine *const tables[] = { &xb_engine_native };
    const char                       *names[2] = { encoder, decoder };
    xb_hearing_setup                  setup = { 0 };
    char                              path[1024];
    size_t                            size;
    memset(r, 0, sizeof *r);
    XB_TRY(rig_open(&r->engines, mem, tables, 1, 1, err));
    XB_TRY(xb_cancel_new(mem, &r->cancel, err));
    for (int i = 0; i < 2; i++) {
        speech_side *s = &r->sides[i];
        snprintf(path, sizeof path, "%s/%s", pack, names[i]);
        *s = (speech_side){ .rig = r, .mem = mem, .bytes = speech_file(path, &size) };
        if (!s->bytes) return xb_fail(err, XYBRID_IO_OPEN, path, "%s is not there", path);
        XB_TRY(rig_model(&r->engines, s->bytes, size, NULL, names[i], "onnx", "native", NULL, NULL, &s->model, err));
        XB_TRY(rig_session(s->model, &s->session, err));
        r->nets[i] = (xb_net){ .model = s->model, .session = s->session, .run = speech_run, .ctx = s };
    }
    snprintf(path, sizeof path, "%s/tokenizer.json", pack);
    char *tokens = speech_file(path, &size);
    if (!tokens) return xb_fail(err, XYBRID_IO_OPEN, path, "%s is not there", path);
    xybrid_status st = xb_tokenizer_from_json(mem, tokens, (int64_t)size, &r->tokenizer, err);
    free(tokens);
    if (st == XYBRID_OK) st = speech_metadata(r, mem, pack, &setup, err);
    setup.encoder = r->sides[0].model;
    setup.decoder = r->sides[1].model;
    setup.tokenizer = r->tokenizer;
    return st ? st : xb_hearing_model_make(mem, &setup, &r->model, err);
}

/* ---- a whole recording ---- */

enum { SPEECH_TEXT_BYTES = 1 << 16 };
typedef struct speech_said {
    char    text[SPEECH_TEXT_BYTES]; /* segments, joined by spaces */
    int     segments, partials, words;
    int64_t end_ms; /* of the last segment */
    char    partial[4096];
} speech_said;

static inline void speech_note(speech_said *said, const xb_heard_event *e) {
    size_t used = strlen(said->text);
    if (e->kind == XB_HEARD_WORD) said->words++;
    if (e->kind == XB_HEARD_PARTIAL) {
        said->partials++;
        snprintf(said->partial, sizeof said->partial, "%.*s", (int)e->size, e->text);
    }
    if (e->kind != XB_HEARD_SEGMENT) return;
    snprintf(said->text + used, sizeof said->text - used, "%s%.*s", used ? " " : "", (int)e->size, e->text);
    said->segments++;
    CHECK(e->start_ms >= said->end_ms || said->segments == 1);
    CHECK(e->end_ms >= e->start_ms);
    said->end_ms = e->end_ms;
}

/* Samples at 16 kHz, fed in portions; `each` (NULL allowed) sees every event. */
static inline xybrid_status speech_hear_each(speech_rig *r, xb_mem *mem, const float *samples, int64_t count, int64_t portion,
                                             const xb_recognizer_options *options, speech_said      *said,
                                             void (*each)(void *ctx, const xb_heard_event *e), void *ctx, xybrid_error *err) {
    xb_recognizer_options o;
    xb_recognizer        *ear = NULL;
    int64_t               at = 0;
    xb_recognizer_options_init(&o);
    memset(said, 0, sizeof *said);
    XB_TRY(xb_recognizer_open(r->model, mem, &r->nets[0], &r->nets[1], options ? options : &o, &ear, err));
    xb_heard_event e;
    xybrid_status  st;
    while ((st = xb_recognizer_next(ear, &e, err)) == XYBRID_OK && e.kind != XB_HEARD_END) {
        if (e.kind != XB_HEARD_NOTHING && each) each(ctx, &e);
        if (e.kind != XB_HEARD_NOTHING) speech_note(said, &e);
        else if (at == count) xb_recognizer_finish(ear);
        else at += xb_recognizer_feed(ear, samples + at, count - at < portion ? count - at : portion);
    }
    xb_recognizer_close(ear);
    return st;
}

static inline xybrid_status speech_hear(speech_rig *r, xb_mem *mem, const float *samples, int64_t count, int64_t portion,
                                        const xb_recognizer_options *options, speech_said *said, xybrid_error *err) {
    return speech_hear_each(r, mem, samples, count, portion, options, said, NULL, NULL, err);
}

/* A clip of the reference data, mono at 16 kHz; NULL if it is not there. Freed with free. */
static inline float *speech_clip(const char *name, int64_t *count) {
    size_t       size = 0;
    char        *bytes = xb_test_data(name, &size);
    float       *samples = NULL;
    xb_wav_info  info;
    xybrid_error err;
    if (bytes && xb_wav_read(bytes, (int64_t)size, &info, &err) == XYBRID_OK) {
        samples = malloc((size_t)info.frames * sizeof *samples);
        if (samples) xb_wav_decode(&info, bytes, 0, info.frames, samples);
        *count = info.frames;
    }
    free(bytes);
    return samples;
}

#endif
