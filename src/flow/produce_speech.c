/* flow/produce_speech.c - a model that speaks: AUDIO, AUDIO, ..., DONE with the whole.
 *
 *     feed(Text) -> talk -> next: phrase after phrase, each an AUDIO event -> DONE
 *
 * The work is speech/talk.c's. Here are the request's options, the input's metadata, and the whole of a single request: its
 * pieces are kept as they go out (a reference, no copy) and joined at the end, at most XB_MAX_SPEECH_SAMPLES. Who takes the
 * pieces and needs no whole says params {"whole": false}, as a live stream does by itself: then nothing is kept, and a text of
 * any length is spoken in flat memory. */
#include <string.h>

#include "base/error.h"
#include "codec/wav.h"
#include "flow/espeak.h"
#include "flow/flow_int.h"
#include "speech/speaker.h"

typedef struct voiced {
    xybrid_session   *session;
    xb_speaker       *speaker;
    xb_talk          *talk;    /* NULL before the first text */
    xb_talk_options   options; /* strings owned */
    xb_engine_run     run;
    xb_net            net;
    int               is_live, is_finished, is_stopped;
    xybrid_envelope **pieces; /* of a whole */
    size_t            count, room;
    int64_t           samples; /* of all pieces that are kept */
} voiced;

static int speech_fits(const xybrid_model *m) { return xb_speaker_fits(m->meta); }

typedef struct shared_parts {
    xb_speaker        *speaker;
    xb_espeak_library *espeak; /* NULL unless the pack wants it */
} shared_parts;

static void speech_dismiss(xybrid_model *m, void *shared) {
    shared_parts *parts = shared;
    xb_speaker_free(parts->speaker);
    xb_espeak_close(parts->espeak);
    xb_free(&m->env->root->mem, parts);
}

static xybrid_status open_parts(xybrid_model *m, shared_parts *parts, xybrid_error *err) {
    xb_mem *mem = &m->env->root->mem;
    if (xb_speaker_wants_espeak(m->meta)) XB_TRY(xb_espeak_open(mem, NULL, NULL, &parts->espeak, err));
    const xb_espeak *espeak = parts->espeak ? xb_espeak_functions(parts->espeak) : NULL;
    return xb_speaker_open(mem, m->pack, m->stages[0].model, espeak, &parts->speaker, err);
}

static xybrid_status speech_prepare(xybrid_model *m, void **shared, xybrid_error *err) {
    if (m->meta->stage_count != 1)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "Phonemize", "a speaking pack has one model; this one has %d stages",
                       m->meta->stage_count);
    shared_parts *parts = xb_calloc(&m->env->root->mem, 1, sizeof *parts, err);
    if (!parts) return err->code;
    xybrid_status st = open_parts(m, parts, err);
    if (st) speech_dismiss(m, parts);
    else *shared = parts;
    return st;
}

static void speech_describe(const xybrid_model *m, xb_json_writer *w) {
    xb_speaker_describe(((const shared_parts *)m->shared)->speaker, w);
}

/* ---- a request ---- */

static xybrid_status keep_text(xb_mem *mem, const char *text, const char **out, xybrid_error *err) {
    if (!text) return XYBRID_OK;
    *out = xb_strdup(mem, text, err);
    return *out ? XYBRID_OK : err->code;
}

static xybrid_status run_net(void *ctx, const uint8_t *wanted, xb_tensor *outputs, xybrid_error *err) {
    return xb_engine_run_bound(ctx, wanted, outputs, err);
}

static void speech_close(void *producer) {
    voiced *p = producer;
    xb_mem *mem = p->session->mem;
    xb_talk_close(p->talk);
    for (size_t i = 0; i < p->count; i++) xb_envelope_drop(p->pieces[i]);
    xb_free(mem, p->pieces);
    xb_free(mem, (void *)p->options.voice);
    xb_free(mem, (void *)p->options.language);
    xb_free(mem, (void *)p->options.params);
    xb_free(mem, p);
}

static xybrid_status open_into(voiced *p, const xybrid_run_options *o, xybrid_error *err) {
    xybrid_session *s = p->session;
    p->options.speed = (double)o->speed;
    XB_TRY(keep_text(s->mem, o->voice, &p->options.voice, err));
    XB_TRY(keep_text(s->mem, o->language, &p->options.language, err));
    XB_TRY(keep_text(s->mem, o->params, &p->options.params, err));
    p->run = (xb_engine_run){ .session = s, .stage = &s->model->stages[0] };
    XB_TRY(xb_engine_run_open(s, 0, 0, &p->run.engine, err));
    p->net = (xb_net){ p->run.stage->model, p->run.engine, run_net, &p->run };
    return XYBRID_OK;
}

static xybrid_status speech_open(xybrid_session *s, const xybrid_run_options *options, int is_live, void **out,
                                 xybrid_error *err) {
    voiced *p = xb_calloc(s->mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->session = s;
    p->speaker = ((const shared_parts *)s->model->shared)->speaker;
    p->is_live = is_live;
    xybrid_status st = open_into(p, options, err);
    if (st) speech_close(p);
    else *out = p;
    return st;
}

/* Options win over the first text's metadata. */
static xybrid_status begin(voiced *p, const xybrid_envelope *in, xybrid_error *err) {
    xb_talk_options o = p->options;
    o.run_seed = &p->run.seed;
    const char *speed = xb_envelope_get(in, "speed");
    if (!o.voice) o.voice = xb_envelope_get(in, "voice_id");
    if (!o.language) o.language = xb_envelope_get(in, "language");
    if (o.speed == (double)XYBRID_AUTO && speed &&
        (!xb_json_text_double(p->session->mem, speed, &o.speed) || o.speed == (double)XYBRID_AUTO))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "speed", "the metadata \"speed\" is \"%.40s\", wanted 0.5 to 2", speed);
    XB_TRY(xb_talk_open(p->speaker, p->session->mem, &p->net, &o, &p->talk, err));
    p->options.wants_whole = o.wants_whole;
    p->options.wants_pcm16 = o.wants_pcm16;
    return XYBRID_OK;
}

static xybrid_status speech_feed(void *producer, xybrid_envelope *in, xybrid_error *err) {
    voiced     *p = producer;
    const char *text = in->view.kind == XYBRID_TEXT || in->view.kind == XYBRID_LIST ? xb_envelope_text(in) : NULL;
    if (!text)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input is %s; Text is wanted here",
                       xb_envelope_kind_name(in->view.kind));
    if (!p->talk) XB_TRY(begin(p, in, err));
    XB_TRY(xb_talk_feed(p->talk, text, in->view.kind == XYBRID_TEXT ? (size_t)in->view.size_bytes : strlen(text), err));
    if (p->is_finished) xb_talk_finish(p->talk);
    return XYBRID_OK;
}

static xybrid_status speech_finish(void *producer, xybrid_error *err) {
    voiced *p = producer;
    (void)err;
    p->is_finished = 1;
    if (p->talk) xb_talk_finish(p->talk);
    return XYBRID_OK;
}

static xybrid_status speech_stop(void *producer, xybrid_error *err) {
    voiced *p = producer;
    (void)err;
    p->is_stopped = 1;
    if (p->talk) xb_talk_stop(p->talk);
    return XYBRID_OK;
}

/* ---- events ---- */

/* `samples` (taken over) as an Audio envelope: float32, or int16 where that is asked for. */
static xybrid_status make_audio(voiced *p, xb_tensor *samples, xybrid_envelope **out, xybrid_error *err) {
    xybrid_status st = XYBRID_OK;
    if (p->options.wants_pcm16) {
        xb_tensor    narrow;
        const float *x = samples->data;
        st = xb_tensor_new(p->session->mem, XYBRID_INT16, 1, samples->shape, &narrow, err);
        for (int64_t i = 0; st == XYBRID_OK && i < samples->shape[0]; i++)
            ((int16_t *)narrow.data)[i] = xb_pcm16_from_float(x[i]);
        xb_tensor_drop(samples);
        if (st) return st;
        *samples = narrow;
    }
    st = xb_envelope_new_audio(p->session->model->env->root, p->session->mem, samples, xb_speaker_rate_hz(p->speaker), out,
                               err);
    xb_tensor_drop(samples);
    return st;
}

static xybrid_status keep_piece(voiced *p, const xybrid_envelope *piece, xybrid_error *err) {
    if (p->samples + piece->view.count > XB_MAX_SPEECH_SAMPLES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the speech is longer than %d samples; take it piece by piece, with params {\"whole\": false}",
                       XB_MAX_SPEECH_SAMPLES);
    XB_TRY(
        xb_grow(p->session->mem, (void **)&p->pieces, &p->room, p->count, sizeof *p->pieces, XB_MAX_LIST_ITEMS, "pieces", err));
    p->pieces[p->count++] = xb_envelope_keep(piece);
    p->samples += piece->view.count;
    return XYBRID_OK;
}

/* All that was said, as one. */
static xybrid_status join_pieces(voiced *p, xybrid_envelope **out, xybrid_error *err) {
    xb_tensor whole;
    if (p->count == 1) {
        *out = xb_envelope_keep(p->pieces[0]);
        return XYBRID_OK;
    }
    XB_TRY(xb_tensor_new(p->session->mem, p->options.wants_pcm16 ? XYBRID_INT16 : XYBRID_FLOAT32, 1, &p->samples, &whole, err));
    char *to = whole.data;
    for (size_t i = 0; i < p->count; i++) {
        memcpy(to, p->pieces[i]->view.data, (size_t)p->pieces[i]->view.size_bytes);
        to += p->pieces[i]->view.size_bytes;
        xb_envelope_drop(p->pieces[i]);
        p->pieces[i] = NULL;
    }
    p->count = 0;
    xybrid_status st = xb_envelope_new_audio(p->session->model->env->root, p->session->mem, &whole,
                                             xb_speaker_rate_hz(p->speaker), out, err);
    xb_tensor_drop(&whole);
    return st;
}

static xybrid_status speech_next(void *producer, xb_produced *out, xybrid_error *err) {
    voiced       *p = producer;
    xb_talk_state state = p->is_finished || p->is_stopped ? XB_TALK_DONE : XB_TALK_WANTS_TEXT;
    xb_tensor     samples = { 0 };
    XB_TRY(xb_cancel_check(p->session->request, err));
    if (p->talk) XB_TRY(xb_talk_next(p->talk, &state, &samples, err));
    int keeps = !p->is_live && (!p->talk || p->options.wants_whole);
    if (state == XB_TALK_DONE) {
        out->kind = XYBRID_EVENT_DONE;
        return keeps ? join_pieces(p, &out->data, err) : XYBRID_OK;
    }
    if (state == XB_TALK_WANTS_TEXT) return XYBRID_OK;
    XB_TRY(make_audio(p, &samples, &out->data, err));
    out->kind = XYBRID_EVENT_AUDIO;
    xybrid_status st = keeps ? keep_piece(p, out->data, err) : XYBRID_OK;
    if (st) {
        xb_envelope_drop(out->data);
        out->data = NULL;
    }
    return st;
}

const xb_producer_row xb_producer_speech = { .name = "speech",
                                             .takes = XB_TAKES_SPEED | XB_TAKES_VOICE | XB_TAKES_LANGUAGE | XB_TAKES_PARAMS |
                                                      XB_TAKES_STOP,
                                             .fits = speech_fits,
                                             .prepare = speech_prepare,
                                             .dismiss = speech_dismiss,
                                             .describe = speech_describe,
                                             .open = speech_open,
                                             .feed = speech_feed,
                                             .finish = speech_finish,
                                             .next = speech_next,
                                             .stop = speech_stop,
                                             .close = speech_close };
