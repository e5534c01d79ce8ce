/* flow/produce_transcript.c - speech recognition by an encoder and a decoder: Audio to segments of text.
 *
 *     feed -> listener (mono, 16 kHz) -> recognizer (speech/recognizer.h) -> PARTIAL, SEGMENT, SEGMENT ... DONE
 *
 * A single request and a live one differ in two things: PARTIALs come live alone, and DONE of a single one holds all segments
 * as a List of Texts. Memory: what the recognizer keeps, and the text.
 *
 * The pack: stages "encoder" and "decoder" (the latter WhisperDecoder or Autoregressive), its AudioDecode says 16,000 Hz. The
 * steps of the pack are not run: their work (decoding, MelSpectrogram, WhisperDecode) is done window by window here. */
#include <string.h>

#include "base/error.h"
#include "flow/flow_int.h"
#include "flow/listener.h"
#include "speech/pauses.h"
#include "speech/recognizer.h"

/* ---- the model ---- */

typedef struct shared {
    int32_t           encoder, decoder; /* stages */
    xb_tokenizer     *tokenizer;
    xb_hearing_model *model;
} shared;

static int is_decoder(const xb_pack_stage *s) {
    return s->execution.mode == XB_PACK_WHISPER_DECODER || s->execution.mode == XB_PACK_AUTOREGRESSIVE;
}

static int fits(const xybrid_model *m) {
    const xb_pack_metadata *meta = m->meta;
    const char             *task = meta->task ? meta->task : "";
    int                     hears = strcmp(task, "speech-recognition") == 0 || strcmp(task, "asr") == 0;
    for (int32_t i = 1; i < meta->stage_count; i++)
        if (is_decoder(&meta->stages[i]) && (hears || meta->stages[i].execution.mode == XB_PACK_WHISPER_DECODER)) return 1;
    return 0;
}

/* The tokenizer: of the decoder's config, of a step WhisperDecode, or tokenizer.json. */
static xybrid_status open_tokenizer(xybrid_model *m, shared *s, xybrid_error *err) {
    const xb_pack_stage *stage = m->stages[s->decoder].pack;
    const xb_pack_file  *file;
    const char          *name = "tokenizer.json";
    for (int32_t i = 0; i < m->meta->postprocessing.count; i++) {
        const xb_pack_step *step = &m->meta->postprocessing.items[i];
        if (strcmp(step->type, "WhisperDecode") == 0)
            XB_TRY(xb_json_get_string(step->params, m->meta->postprocessing.where, "tokenizer_file", &name, err));
    }
    XB_TRY(xb_json_opt_string(stage->config, stage->where, "tokenizer_file", name, &name, err));
    XB_TRY(xb_pack_file_open(m->pack, name, "tokenizer", &file, err));
    return xb_tokenizer_from_json(&m->env->root->mem, file->bytes, file->size_bytes, &s->tokenizer, err);
}

static xybrid_status check_rate(const xybrid_model *m, xybrid_error *err) {
    const xb_pack_steps *steps = &m->meta->preprocessing;
    for (int32_t i = 0; i < steps->count; i++) {
        int64_t rate_hz = 0;
        if (strcmp(steps->items[i].type, "AudioDecode") == 0)
            XB_TRY(xb_json_get_int(steps->items[i].params, steps->where, "sample_rate", 16000, 16000, &rate_hz, err));
    }
    return XYBRID_OK;
}

static xybrid_status make_model(xybrid_model *m, shared *s, xybrid_error *err) {
    for (int32_t i = 1; i < m->meta->stage_count; i++)
        if (is_decoder(m->stages[i].pack)) s->decoder = i;
    s->encoder = s->decoder - 1;
    for (int32_t i = 0; i < s->decoder; i++)
        if (strcmp(m->stages[i].pack->name, "encoder") == 0) s->encoder = i;
    const xb_stage *decoder = &m->stages[s->decoder];
    XB_TRY(check_rate(m, err));
    XB_TRY(open_tokenizer(m, s, err));
    xb_hearing_setup setup = { .encoder = m->stages[s->encoder].model,
                               .decoder = decoder->model,
                               .tokenizer = s->tokenizer,
                               .execution = &decoder->pack->execution,
                               .config = decoder->pack->config,
                               .where = decoder->pack->where };
    return xb_hearing_model_make(&m->env->root->mem, &setup, &s->model, err);
}

static void dismiss(xybrid_model *m, void *data) {
    shared *s = data;
    xb_hearing_model_free(s->model);
    xb_tokenizer_free(s->tokenizer);
    xb_free(&m->env->root->mem, s);
}

static xybrid_status prepare(xybrid_model *m, void **out, xybrid_error *err) {
    shared *s = xb_calloc(&m->env->root->mem, 1, sizeof *s, err);
    if (!s) return err->code;
    xybrid_status st = make_model(m, s, err);
    if (st) dismiss(m, s);
    else *out = s;
    return st;
}

static void describe(const xybrid_model *m, xb_json_writer *w) {
    const xb_hearing_model *h = ((const shared *)m->shared)->model;
    xb_json_key(w, "recognition");
    xb_json_begin_object(w);
    xb_json_key(w, "longest_piece_ms"), xb_json_put_int(w, h->longest_ms);
    xb_json_key(w, "end_silence_ms"), xb_json_put_int(w, h->end_ms);
    xb_json_key(w, "word_times"), xb_json_put_string(w, h->plan.alignment_output >= 0 ? "attention" : "proportion");
    if (h->language) xb_json_key(w, "language"), xb_json_put_string(w, h->language);
    xb_json_end(w);
}

/* ---- a request ---- */

typedef struct transcript {
    xybrid_session       *session;
    xb_recognizer_options options;
    char                  language[XB_LANGUAGE_BYTES];
    int                   is_live, is_finished, is_stopped;
    int                   has_task; /* told by the options */
    xb_engine_run         runs[2];  /* encoder, decoder */
    xb_recognizer        *ear;      /* made at the first input, whose metadata may have a say */
    xb_listener          *listener;
    const float          *samples; /* the listener's, not taken yet */
    int64_t               count;
    xybrid_envelope     **items; /* a single request's result */
    size_t                item_count, item_room;
    char                  heard_language[XB_LANGUAGE_BYTES];
} transcript;

static xybrid_status run_net(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err) {
    return xb_engine_run_bound(ctx, wanted, outputs, err);
}

static xybrid_status set_task(transcript *t, const char *task, xybrid_error *err) {
    int translates = strcmp(task, "translate") == 0;
    if (!translates && strcmp(task, "transcribe") != 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "task", "task is \"%.40s\"; \"transcribe\" or \"translate\" is wanted",
                       task);
    t->options.is_translating = translates;
    return XYBRID_OK;
}

static void set_language(transcript *t, const char *language) {
    xb_format(t->language, sizeof t->language, "%s", language);
    t->options.language = t->language;
}

/* {"task": "translate", "timestamps": true, "condition": true, "end_silence_ms": 800} */
static xybrid_status read_params(transcript *t, const char *params, xybrid_error *err) {
    static const char where[] = "options.params";
    xb_json_doc      *doc;
    const char       *task;
    int64_t           end_ms;
    XB_TRY(xb_json_parse(t->session->mem, params, (int64_t)strlen(params), XB_MAX_PACK_JSON_BYTES, &doc, err));
    const xb_json *root = xb_json_root(doc);
    xybrid_status  st = xb_json_is(root, XB_JSON_OBJECT) ? XYBRID_OK : xb_json_fail(root, where, "", "an object", err);
    for (xb_json_iter it = xb_json_items(root); st == XYBRID_OK && xb_json_next(&it);)
        if (strcmp(it.key, "task") && strcmp(it.key, "timestamps") && strcmp(it.key, "condition") &&
            strcmp(it.key, "end_silence_ms"))
            st = xb_fail(err, XYBRID_INVALID_ARGUMENT, it.key,
                         "options.params has \"%.60s\"; known are task, timestamps, condition and end_silence_ms", it.key);
    if (st == XYBRID_OK) st = xb_json_opt_bool(root, where, "timestamps", 0, &t->options.has_timestamps, err);
    if (st == XYBRID_OK) st = xb_json_opt_bool(root, where, "condition", 0, &t->options.is_conditioned, err);
    if (st == XYBRID_OK) st = xb_json_opt_int(root, where, "end_silence_ms", 100, 60000, XYBRID_AUTO, &end_ms, err);
    if (st == XYBRID_OK) st = xb_json_opt_string(root, where, "task", NULL, &task, err);
    if (st == XYBRID_OK) t->options.end_ms = (int32_t)end_ms;
    if (st == XYBRID_OK && task) {
        t->has_task = 1;
        st = set_task(t, task, err);
    }
    xb_json_free(doc);
    return st;
}

static void drop_items(transcript *t) {
    while (t->item_count) xb_envelope_drop(t->items[--t->item_count]);
    xb_free(t->session->mem, t->items);
    t->items = NULL;
}

static void transcript_close(void *producer) {
    transcript *t = producer;
    xb_recognizer_close(t->ear);
    xb_listener_free(t->listener);
    drop_items(t);
    xb_free(t->session->mem, t);
}

static xybrid_status transcript_open(xybrid_session *s, const xybrid_run_options *o, int is_live, void **out,
                                     xybrid_error *err) {
    transcript *t = xb_calloc(s->mem, 1, sizeof *t, err);
    if (!t) return err->code;
    t->session = s;
    t->is_live = is_live;
    xb_recognizer_options_init(&t->options);
    t->options.has_partials = is_live && !(o->flags & XYBRID_RUN_NO_PARTIALS);
    t->options.has_words = (o->flags & XYBRID_RUN_WORDS) != 0;
    xb_trace_start(&s->trace, (o->flags & XYBRID_RUN_TRACE) != 0);
    if (o->language) set_language(t, o->language);
    xybrid_status st = o->params ? read_params(t, o->params, err) : XYBRID_OK;
    if (st == XYBRID_OK) st = xb_listener_new(s->mem, XB_SPEECH_HZ, &t->listener, err);
    if (st) transcript_close(t);
    else *out = t;
    return st;
}

static xybrid_status open_ear(transcript *t, const xybrid_envelope *in, xybrid_error *err) {
    xybrid_session *s = t->session;
    const shared   *sh = s->model->shared;
    const int32_t   stages[2] = { sh->encoder, sh->decoder };
    const char     *language = xb_envelope_get(in, "language"), *task = xb_envelope_get(in, "task");
    xb_net          nets[2];
    if (language && !t->options.language) set_language(t, language);
    if (task && !t->has_task) XB_TRY(set_task(t, task, err));
    for (int i = 0; i < 2; i++) {
        xb_engine_run *run = &t->runs[i];
        *run = (xb_engine_run){ .session = s, .stage = &s->model->stages[stages[i]] };
        XB_TRY(xb_engine_run_open(s, stages[i], 0, &run->engine, err));
        nets[i] = (xb_net){ .model = run->stage->model, .session = run->engine, .run = run_net, .ctx = run };
    }
    return xb_recognizer_open(sh->model, s->mem, &nets[0], &nets[1], &t->options, &t->ear, err);
}

static xybrid_status transcript_feed(void *producer, xybrid_envelope *in, xybrid_error *err) {
    transcript *t = producer;
    if (!t->ear) XB_TRY(open_ear(t, in, err));
    return xb_listener_hear(t->listener, in, err);
}

static xybrid_status transcript_finish(void *producer, xybrid_error *err) {
    transcript *t = producer;
    (void)err;
    t->is_finished = 1;
    xb_listener_finish(t->listener);
    return XYBRID_OK;
}

static xybrid_status transcript_stop(void *producer, xybrid_error *err) {
    (void)err;
    ((transcript *)producer)->is_stopped = 1;
    return XYBRID_OK;
}

/* ---- events ---- */

static xybrid_status make_text(const transcript *t, const xb_heard_event *e, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *text;
    XB_TRY(xb_envelope_new_text(t->session->model->env->root, t->session->mem, e->text, (int64_t)e->size, &text, err));
    xb_envelope_set_times(text, e->start_ms, e->end_ms);
    xb_envelope_set_score(text, e->score);
    xybrid_status st = *e->language ? xb_envelope_set(text, "language", e->language, err) : XYBRID_OK;
    if (st == XYBRID_OK && e->kind == XB_HEARD_WORD) st = xb_envelope_set_name(text, "word", err);
    if (st) xb_envelope_drop(text);
    else *out = text;
    return st;
}

static xybrid_status keep(transcript *t, xybrid_envelope *item, xybrid_error *err) {
    void *items = t->items;
    XB_TRY(xb_grow(t->session->mem, &items, &t->item_room, t->item_count, sizeof(xybrid_envelope *), XB_MAX_LIST_ITEMS,
                   "segments of a transcript", err));
    t->items = items;
    t->items[t->item_count++] = xb_envelope_keep(item);
    return XYBRID_OK;
}

static xybrid_status tell(transcript *t, const xb_heard_event *e, xb_produced *out, xybrid_error *err) {
    xybrid_envelope *text;
    XB_TRY(make_text(t, e, &text, err));
    xybrid_status st = e->kind == XB_HEARD_PARTIAL || t->is_live ? XYBRID_OK : keep(t, text, err);
    if (st) {
        xb_envelope_drop(text);
        return st;
    }
    if (*e->language) xb_format(t->heard_language, sizeof t->heard_language, "%s", e->language);
    *out = (xb_produced){ .kind = e->kind == XB_HEARD_PARTIAL ? XYBRID_EVENT_PARTIAL : XYBRID_EVENT_SEGMENT,
                          .data = text,
                          .start_ms = e->start_ms,
                          .end_ms = e->end_ms };
    return XYBRID_OK;
}

static xybrid_status finish(transcript *t, xb_produced *out, xybrid_error *err) {
    xybrid_envelope *list = NULL;
    xybrid_session  *s = t->session;
    out->kind = XYBRID_EVENT_DONE;
    if (t->is_live) return XYBRID_OK;
    XB_TRY(xb_envelope_new_list(s->model->env->root, s->mem, t->items, (int32_t)t->item_count, &list, err));
    xybrid_status st = *t->heard_language ? xb_envelope_set(list, "language", t->heard_language, err) : XYBRID_OK;
    if (st == XYBRID_OK) st = xb_session_add_trace(s, list, err);
    if (st) xb_envelope_drop(list);
    else out->data = list;
    return st;
}

/* More samples for the ear; *is_waiting: there are none now. */
static xybrid_status give_samples(transcript *t, int *is_waiting, xybrid_error *err) {
    if (t->count == 0) XB_TRY(xb_listener_next(t->listener, &t->samples, &t->count, err));
    if (t->count == 0) {
        if (t->is_finished) xb_recognizer_finish(t->ear);
        *is_waiting = !t->is_finished;
        return XYBRID_OK;
    }
    int64_t taken = xb_recognizer_feed(t->ear, t->samples, t->count);
    XB_CHECK(taken > 0);
    t->samples += taken;
    t->count -= taken;
    return XYBRID_OK;
}

static xybrid_status transcript_next(void *producer, xb_produced *out, xybrid_error *err) {
    transcript    *t = producer;
    xb_heard_event e;
    int            is_waiting = 0;
    while (!t->is_stopped && t->ear) {
        XB_TRY(xb_cancel_check(t->session->request, err));
        XB_TRY(xb_recognizer_next(t->ear, &e, err));
        if (e.kind == XB_HEARD_END) return finish(t, out, err);
        if (e.kind == XB_HEARD_NOTHING) {
            XB_TRY(give_samples(t, &is_waiting, err));
            if (is_waiting) return XYBRID_OK;
        } else if (e.kind != XB_HEARD_SEGMENT || !t->options.has_words) return tell(t, &e, out, err);
    }
    return t->is_stopped || t->is_finished ? finish(t, out, err) : XYBRID_OK;
}

const xb_producer_row xb_producer_transcript = { .name = "transcript",
                                                 .takes = XB_TAKES_LANGUAGE | XB_TAKES_PARAMS | XB_TAKES_PARTIALS |
                                                          XB_TAKES_WORDS | XB_TAKES_SAMPLES | XB_TAKES_STOP,
                                                 .fits = fits,
                                                 .prepare = prepare,
                                                 .dismiss = dismiss,
                                                 .describe = describe,
                                                 .open = transcript_open,
                                                 .feed = transcript_feed,
                                                 .finish = transcript_finish,
                                                 .next = transcript_next,
                                                 .stop = transcript_stop,
                                                 .close = transcript_close };
