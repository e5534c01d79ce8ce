/* speech/talk.c - one request to a speaker: text that comes, pieces of sound that go. */
#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/utf8.h"
#include "speech/phrases.h"
#include "speech/speaker_int.h"

enum { FIRST_CHARS = 60 /* of the first piece */, COMPACT_BYTES = 64 << 10 };

struct xb_talk {
    const xb_speaker *speaker;
    xb_mem           *mem;
    xb_net            net;
    xb_str            text; /* what waits begins at `at` */
    size_t            at;
    int               is_finished, is_stopped;
    int               is_silent;  /* the piece before was a pause alone */
    int64_t           text_bytes; /* that ever came */
    int32_t           said;       /* pieces with sound */
    double            speed;
    speaker_scales    scales;
    int64_t           speaker_id;
    uint64_t          seed, *run_seed; /* of the noise */
    xb_voice          voice;
    float            *style;
    int32_t           max_chars, first_chars;
    int32_t           is_phonemes; /* the text is */
    xb_phonemizer    *own;         /* of a language that is not the pack's; NULL */
    xb_str            phonemes;
    xb_phoneme_ids    ids;
    xb_speech_encoder encoder;

    /* what is bound */
    int32_t *tokens32; /* for models with int32 tokens */
    size_t   tokens32_room;
    int64_t  scalars[ROLE_COUNT]; /* any type's bytes */
    float    scales_bound[3];
};

/* ---- options ---- */

static xybrid_status fail_speed(double speed, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "speed", "speed is %g, wanted 0.5 to 2 (1 = as recorded)", speed);
}

static xybrid_status read_params(xb_talk *t, const xb_json *p, xb_talk_options *o, xybrid_error *err) {
    static const char known[] =
        " phonemes noise_scale noise_w length_scale seed max_chunk_chars first_chunk_chars whole format ";
    char        key[40];
    int         flag, whole;
    int64_t     chars, first, seed;
    const char *format;
    if (p && !xb_json_is(p, XB_JSON_OBJECT)) return xb_json_fail(p, "", "params", "a JSON object", err);
    for (xb_json_iter it = xb_json_items(p); xb_json_next(&it);) {
        xb_format(key, sizeof key, " %.36s ", it.key);
        if (!strstr(known, key))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "params", "params.%.60s is not known; known are%.*s", it.key,
                           (int)sizeof known - 2, known);
    }
    XB_TRY(xb_json_opt_bool(p, "params", "phonemes", t->is_phonemes, &flag, err));
    XB_TRY(xb_json_opt_bool(p, "params", "whole", 1, &whole, err));
    XB_TRY(xb_json_opt_double(p, "params", "noise_scale", 0, 10, t->scales.noise, &t->scales.noise, err));
    XB_TRY(xb_json_opt_double(p, "params", "noise_w", 0, 10, t->scales.noise_w, &t->scales.noise_w, err));
    XB_TRY(xb_json_opt_double(p, "params", "length_scale", 0.1, 10, t->scales.length, &t->scales.length, err));
    XB_TRY(xb_json_opt_int(p, "params", "seed", 0, INT32_MAX, 0, &seed, err));
    XB_TRY(xb_json_opt_int(p, "params", "max_chunk_chars", 1, 4096, t->max_chars, &chars, err));
    XB_TRY(xb_json_opt_int(p, "params", "first_chunk_chars", 0, 4096, FIRST_CHARS, &first, err));
    XB_TRY(xb_json_opt_string(p, "params", "format", "float32", &format, err));
    if (strcmp(format, "float32") != 0 && strcmp(format, "pcm16") != 0)
        return xb_json_fail(xb_json_get(p, "format"), "params", "format", "\"float32\" or \"pcm16\"", err);
    t->is_phonemes = flag;
    t->max_chars = (int32_t)chars;
    t->first_chars = first ? (int32_t)first : t->max_chars;
    t->seed = (uint64_t)seed;
    o->wants_whole = whole;
    o->wants_pcm16 = format[0] == 'p';
    return XYBRID_OK;
}

static xybrid_status parse_params(xb_talk *t, xb_talk_options *o, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    if (o->params && xb_json_parse(t->mem, o->params, (int64_t)strlen(o->params), XB_MAX_PACK_JSON_BYTES, &doc, err))
        return xb_wrap(err, XYBRID_INVALID_ARGUMENT, -1, "params", "params: ");
    xybrid_status st = read_params(t, xb_json_root(doc), o, err);
    xb_json_free(doc);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_UNSUPPORTED_FORMAT)
        err->code = st = XYBRID_INVALID_ARGUMENT; /* the caller's JSON */
    return st;
}

/* Piper's speakers: a name of its map, or a number. */
static const char *speaker_name(const void *ctx, int32_t index) {
    for (xb_json_iter it = xb_json_items(ctx); xb_json_next(&it);)
        if (it.index == index) return it.key;
    return "";
}

static xybrid_status find_speaker(xb_talk *t, const char *voice, xybrid_error *err) {
    const xb_speaker *s = t->speaker;
    int64_t           number = 0;
    char              near[400];
    if (!voice || !*voice) return XYBRID_OK;
    if (s->speaker_count == 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice",
                       "there is no voice \"%.64s\": the model has one voice, without a name", voice);
    int is_number = 1;
    for (const char *p = voice; *p && is_number; p++) {
        is_number = *p >= '0' && *p <= '9' && number < XB_MAX_VOCABULARY;
        number = is_number ? number * 10 + *p - '0' : 0;
    }
    if (!is_number && !xb_json_int(xb_json_get(s->speakers, voice), &number)) number = -1;
    if (number >= 0 && number < s->speaker_count) {
        t->speaker_id = number;
        return XYBRID_OK;
    }
    near[0] = 0;
    int64_t names = xb_json_count(s->speakers);
    if (names > 0 && names <= XB_MAX_VOICES)
        xb_nearest_names(voice, (int32_t)names, speaker_name, s->speakers, near, sizeof near);
    else xb_format(near, sizeof near, "known are the numbers 0 to %lld", (long long)s->speaker_count - 1);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "voice", "there is no voice \"%.64s\" among %lld; %s", voice,
                   (long long)s->speaker_count, near);
}

/* What the request asks for; else the voice's own, where the pack has its pronunciations. */
static xybrid_status choose_language(xb_talk *t, const char *asked, xybrid_error *err) {
    const char *pack = t->speaker->phonemize.language, *language = asked && *asked ? asked : t->voice.language;
    if (t->is_phonemes || !t->speaker->phonemizer || !language || strcmp(language, pack ? pack : "en-us") == 0)
        return XYBRID_OK;
    xybrid_status st = xb_speaker_phonemizer(t->speaker, t->mem, language, &t->own, err);
    return st == XYBRID_UNSUPPORTED_PACK && language != asked ? XYBRID_OK : st;
}

static xybrid_status read_options(xb_talk *t, xb_talk_options *o, xybrid_error *err) {
    const xb_speaker *s = t->speaker;
    const int32_t    *ports = s->ports;
    t->speed = o->speed == (double)XYBRID_AUTO ? 1 : o->speed;
    if (!(t->speed >= 0.5 && t->speed <= 2)) return fail_speed(o->speed, err);
    if (fabs(t->speed - 1) > 1e-9 && ports[ROLE_SPEED] < 0 && ports[ROLE_SCALES] < 0 && ports[ROLE_LENGTH] < 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "speed", "speed is %g; this model has no input for it", t->speed);
    XB_TRY(parse_params(t, o, err));
    if (s->voices) {
        t->style = xb_malloc(t->mem, (size_t)s->style_width * sizeof *t->style, err);
        if (!t->style) return err->code;
        XB_TRY(xb_voices_find(s->voices, t->mem, o->voice, &t->voice, err));
    } else XB_TRY(find_speaker(t, o->voice, err));
    return choose_language(t, o->language, err);
}

xybrid_status xb_talk_open(const xb_speaker *s, xb_mem *mem, const xb_net *net, xb_talk_options *options, xb_talk **out,
                           xybrid_error *err) {
    xb_talk *t = xb_calloc(mem, 1, sizeof *t, err);
    if (!t) return err->code;
    t->speaker = s;
    t->mem = mem;
    t->net = *net;
    t->run_seed = options->run_seed;
    t->scales = s->scales;
    t->max_chars = s->max_chars > 0 ? s->max_chars : 1;
    t->is_phonemes = s->phonemize.backend == XB_PHONEMIZE_NONE;
    t->ids.mem = mem;
    xb_str_init(&t->text, mem, XB_MAX_TEXT_BYTES);
    xb_str_init(&t->phonemes, mem, XB_MAX_TEXT_BYTES);
    xb_speech_encoder_init(&t->encoder, mem, &s->encoding);
    xybrid_status st = read_options(t, options, err);
    if (st) xb_talk_close(t);
    else *out = t;
    return st;
}

void xb_talk_close(xb_talk *t) {
    if (!t) return;
    xb_engine_session_unbind(t->net.session); /* what was bound lies in here */
    xb_voice_drop(&t->voice);
    xb_phonemizer_free(t->own);
    xb_speech_encoder_free(&t->encoder);
    xb_phoneme_ids_free(&t->ids);
    xb_str_free(&t->phonemes);
    xb_str_free(&t->text);
    xb_free(t->mem, t->tokens32);
    xb_free(t->mem, t->style);
    xb_free(t->mem, t);
}

/* ---- text ---- */

xybrid_status xb_talk_feed(xb_talk *t, const char *text, size_t size, xybrid_error *err) {
    size_t valid = xb_utf8_valid(text, size);
    if (valid != size)
        return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, (int64_t)valid, "input", "byte %zu of the text is not UTF-8", valid);
    if (t->at > COMPACT_BYTES || t->at == t->text.size) {
        memmove(t->text.data, t->text.data + t->at, t->text.size - t->at);
        t->text.size -= t->at;
        t->at = 0;
    }
    xb_str_addn(&t->text, text, size);
    t->text_bytes += (int64_t)size;
    return xb_str_status(&t->text, err);
}

void xb_talk_finish(xb_talk *t) { t->is_finished = 1; }
void xb_talk_stop(xb_talk *t) { t->is_stopped = 1; }

/* ---- one piece ---- */

/* Ids that the model takes at once, without padding. */
static size_t max_phonemes(const xb_talk *t) {
    int64_t rows = t->style ? xb_voice_rows(&t->voice) : 1;
    return rows > 1 ? (size_t)rows : t->style ? 510 : XB_MAX_PHONEME_IDS / 2 - 8;
}

/* The phonemes of a phrase and their ids. */
static xybrid_status to_ids(xb_talk *t, const char *text, size_t size, xybrid_error *err) {
    if (t->is_phonemes || !t->speaker->phonemizer) return xb_phoneme_encode(t->speaker->table, text, size, &t->ids, err);
    xb_str_clear(&t->phonemes);
    XB_TRY(xb_phonemize(t->own ? t->own : t->speaker->phonemizer, t->mem, text, size, &t->phonemes, err));
    XB_TRY(xb_str_status(&t->phonemes, err));
    return xb_phoneme_encode(t->speaker->table, t->phonemes.data, t->phonemes.size, &t->ids, err);
}

/* The next phrase that the model can take, with its ids in t->ids; 0 if more text must come. */
static xybrid_status next_phrase(xb_talk *t, xb_phrase *p, int *found, xybrid_error *err) {
    const char      *text = t->text.data + t->at;
    size_t           size = t->text.size - t->at, max = max_phonemes(t);
    int32_t          soft = t->said < 16 ? t->first_chars << (t->said < 8 ? t->said : 8) : t->max_chars;
    xb_phrase_limits limits = { soft < t->max_chars ? soft : t->max_chars, 0, t->said == 0 && t->first_chars < t->max_chars };
    limits.hard = (int32_t)xb_min64(t->max_chars, (int64_t)limits.soft * 7 / 4);
    *found = xb_phrase_next(text, size, t->is_finished, &limits, p);
    while (*found && p->end > p->start) {
        XB_TRY(to_ids(t, text + p->start, p->end - p->start, err));
        if (t->ids.phonemes <= max) break;
        /* too long for the model: shorter by the share that is too much */
        int32_t shorter = (int32_t)((int64_t)limits.soft * (int64_t)max / (int64_t)t->ids.phonemes * 9 / 10);
        if (limits.soft == 1)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                           "one character is spoken in %zu phonemes; the model takes %zu", t->ids.phonemes, max);
        limits = (xb_phrase_limits){ shorter > 1 ? shorter : 1, shorter > 1 ? shorter : 1, 0 };
        xb_phrase_next(text, p->end, 1, &limits, p);
    }
    return XYBRID_OK;
}

/* One number for a port of any type. */
static xybrid_status bind_number(xb_talk *t, speaker_role role, double value, xybrid_error *err) {
    int32_t input = t->speaker->ports[role];
    if (input < 0) return XYBRID_OK;
    const xybrid_port *port = &t->speaker->model->inputs[input];
    xb_tensor          bound;
    int64_t            one[XB_MAX_RANK] = { 1, 1, 1, 1, 1, 1, 1, 1 };
    if (xb_dtype_size(port->dtype) > 8 || port->rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, port->name, "input \"%.60s\" is no number", port->name);
    xb_convert(&t->scalars[role], port->dtype, &value, XYBRID_FLOAT64, 1);
    XB_TRY(xb_tensor_borrow(&t->scalars[role], sizeof t->scalars[role], port->dtype, port->rank, one, &bound, err));
    return xb_engine_session_bind(t->net.session, input, &bound, err);
}

static xybrid_status bind_floats(xb_talk *t, speaker_role role, const float *values, int64_t count, xybrid_error *err) {
    int32_t input = t->speaker->ports[role];
    if (input < 0) return XYBRID_OK;
    int64_t   shape[2] = { 1, count };
    int32_t   rank = t->speaker->model->inputs[input].rank == 1 ? 1 : 2;
    xb_tensor bound;
    XB_TRY(xb_tensor_borrow(values, count * 4, XYBRID_FLOAT32, rank, shape + 2 - rank, &bound, err));
    return xb_engine_session_bind(t->net.session, input, &bound, err);
}

static xybrid_status bind_tokens(xb_talk *t, xybrid_error *err) {
    int32_t            input = t->speaker->ports[ROLE_TOKENS];
    const xybrid_port *port = &t->speaker->model->inputs[input];
    const void        *ids = t->ids.ids;
    int64_t            shape[2] = { 1, (int64_t)t->ids.count };
    xb_tensor          bound;
    if (port->dtype == XYBRID_INT32) {
        if (t->tokens32_room < t->ids.count) {
            int32_t *more = xb_realloc(t->mem, t->tokens32, t->ids.count * sizeof *more, err);
            if (!more) return err->code;
            t->tokens32 = more;
            t->tokens32_room = t->ids.count;
        }
        xb_convert(t->tokens32, XYBRID_INT32, ids, XYBRID_INT64, shape[1]);
        ids = t->tokens32;
    }
    XB_TRY(xb_tensor_borrow(ids, shape[1] * xb_dtype_size(port->dtype), port->dtype, 2, shape, &bound, err));
    return xb_engine_session_bind(t->net.session, input, &bound, err);
}

static xybrid_status bind_all(xb_talk *t, xybrid_error *err) {
    speaker_scales s = t->scales;
    s.length /= t->speed;
    t->scales_bound[0] = (float)s.noise;
    t->scales_bound[1] = (float)s.length;
    t->scales_bound[2] = (float)s.noise_w;
    if (t->style) xb_voice_style(&t->voice, (int64_t)t->ids.phonemes, t->style);
    XB_TRY(bind_tokens(t, err));
    XB_TRY(bind_floats(t, ROLE_STYLE, t->style, t->speaker->style_width, err));
    XB_TRY(bind_floats(t, ROLE_SCALES, t->scales_bound, 3, err));
    XB_TRY(bind_number(t, ROLE_LENGTHS, (double)t->ids.count, err));
    XB_TRY(bind_number(t, ROLE_SPEAKER, (double)t->speaker_id, err));
    XB_TRY(bind_number(t, ROLE_SPEED, t->speed, err));
    XB_TRY(bind_number(t, ROLE_NOISE, s.noise, err));
    XB_TRY(bind_number(t, ROLE_LENGTH, s.length, err));
    return bind_number(t, ROLE_NOISE_W, s.noise_w, err);
}

/* The ids through the model; *sound is float32 and its samples may be written to. */
static xybrid_status synthesize(xb_talk *t, xb_tensor *sound, xybrid_error *err) {
    int32_t    count = t->speaker->model->output_count;
    uint8_t   *wanted;
    xb_tensor *outputs = xb_calloc(t->mem, (size_t)count, sizeof *outputs + 1, err);
    if (!outputs) return err->code;
    wanted = (uint8_t *)(outputs + count);
    wanted[0] = 1; /* the waveform; what else there is (durations) would cost a copy */
    xybrid_status st = bind_all(t, err);
    if (t->run_seed) *t->run_seed = t->seed << 32 | (uint32_t)(t->said + 1); /* piece by piece, never 0 */
    if (st == XYBRID_OK) st = t->net.run(t->net.ctx, wanted, outputs, err);
    if (st == XYBRID_OK && outputs[0].dtype == XYBRID_FLOAT32) {
        *sound = outputs[0];
        outputs[0] = (xb_tensor){ 0 };
    } else if (st == XYBRID_OK) st = xb_tensor_convert(t->mem, &outputs[0], XYBRID_FLOAT32, sound, err);
    for (int32_t i = 0; i < count; i++) xb_tensor_drop(&outputs[i]);
    xb_free(t->mem, outputs);
    return st;
}

static int32_t pause_behind(const xb_talk *t, const xb_phrase *p, int is_last) {
    if (!t->speaker->encoding.is_polished) return 0; /* the model's own silence is there */
    if (is_last && t->said > 0) return 0;
    return (int32_t)(xb_pause_ms(p->pause) / t->speed);
}

static int is_blank(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] != ' ' && (text[i] < 9 || text[i] > 13)) return 0;
    return 1;
}

/* A phrase as sound, or as a pause where nothing in it can be spoken. */
static xybrid_status speak(xb_talk *t, const xb_phrase *p, xb_tensor *out, xybrid_error *err) {
    xb_tensor sound = { 0 };
    int       is_last = t->is_finished && is_blank(t->text.data + t->at, t->text.size - t->at);
    if (t->ids.spoken > 0) {
        XB_TRY(synthesize(t, &sound, err));
        t->said++;
        t->is_silent = 0;
    } else if (t->is_silent && !is_last) { /* of many only one is a pause */
        return xb_tensor_new(t->mem, XYBRID_FLOAT32, 1, (int64_t[]){ 0 }, out, err);
    } else t->is_silent = 1;
    int64_t       count = sound.data ? xb_tensor_count(&sound) : 0;
    xybrid_status st = xb_speech_encode(&t->encoder, sound.data, count, pause_behind(t, p, is_last), is_last, out, err);
    xb_tensor_drop(&sound);
    return st;
}

xybrid_status xb_talk_next(xb_talk *t, xb_talk_state *state, xb_tensor *samples, xybrid_error *err) {
    *samples = (xb_tensor){ 0 };
    while (!t->is_stopped) {
        xb_phrase p;
        int       found;
        XB_TRY(next_phrase(t, &p, &found, err));
        if (!found) break;
        t->at += p.size;
        if (p.start == p.end) continue; /* white space */
        XB_TRY(speak(t, &p, samples, err));
        *state = XB_TALK_AUDIO;
        if (xb_tensor_count(samples) > 0) return XYBRID_OK;
        xb_tensor_drop(samples);
    }
    *state = t->is_finished || t->is_stopped ? XB_TALK_DONE : XB_TALK_WANTS_TEXT;
    if (*state == XB_TALK_WANTS_TEXT) return XYBRID_OK;
    if (!t->is_stopped && is_blank(t->text.data, t->text.size) && t->said == 0 && !t->is_silent)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the text is empty: there is nothing to say");
    if (t->encoder.tail_count == 0) return XYBRID_OK;
    *state = XB_TALK_AUDIO; /* what was held back for a next piece that never came */
    return xb_speech_encode(&t->encoder, NULL, 0, 0, 1, samples, err);
}
