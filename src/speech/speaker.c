/* speech/speaker.c - what all requests of a speaking model share: inputs, symbols, voices. */
#include <string.h>

#include "base/error.h"
#include "speech/speaker_int.h"

static const char *const cmudict = "cmudict.dict";

/* ---- the steps ---- */

xybrid_status xb_phonemize_read(const xb_json *step, const char *where, xb_phonemize_params *out, xybrid_error *err) {
    static const char *const backends[] = { "MisakiDictionary", "CmuDictionary", "EspeakNG", "Characters" };
    const char              *backend;
    int                      padding, normalize;
    int64_t                  silence;
    xb_phonemize_params      p = { .backend = -1 };
    XB_TRY(xb_json_get_string(step, where, "tokens_file", &p.tokens_file, err));
    XB_TRY(xb_json_opt_string(step, where, "backend", backends[0], &backend, err));
    XB_TRY(xb_json_opt_string(step, where, "dict_file", NULL, &p.dict_file, err));
    XB_TRY(xb_json_opt_node(step, where, "dict_files", XB_JSON_OBJECT, &p.dict_files, err));
    XB_TRY(xb_json_opt_string(step, where, "language", NULL, &p.language, err));
    XB_TRY(xb_json_opt_bool(step, where, "add_padding", 1, &padding, err));
    XB_TRY(xb_json_opt_bool(step, where, "normalize_text", 0, &normalize, err));
    XB_TRY(xb_json_opt_int(step, where, "silence_tokens", 0, 255, 0, &silence, err));
    for (int32_t i = 0; i < 4; i++)
        if (strcmp(backend, backends[i]) == 0) p.backend = i;
    if (p.backend < 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, where,
                       "%s.backend is \"%.60s\"; MisakiDictionary, CmuDictionary, EspeakNG and Characters are supported", where,
                       backend);
    p.add_padding = padding;
    p.normalize_text = normalize;
    p.silence_tokens = (int32_t)silence;
    *out = p;
    return XYBRID_OK;
}

xybrid_status xb_tts_encode_read(const xb_json *step, const char *where, xb_tts_encode_params *out, xybrid_error *err) {
    int64_t rate;
    int     polished, trims;
    XB_TRY(xb_json_get_int(step, where, "sample_rate", 1000, XB_MAX_AUDIO_RATE, &rate, err));
    XB_TRY(xb_json_opt_bool(step, where, "apply_postprocessing", 1, &polished, err));
    XB_TRY(xb_json_opt_bool(step, where, "trim_trailing_silence", 0, &trims, err));
    *out = (xb_tts_encode_params){ (int32_t)rate, polished, trims };
    return XYBRID_OK;
}

static const xb_pack_step *find_step(const xb_pack_steps *steps, const char *type) {
    for (int32_t i = 0; i < steps->count; i++)
        if (strcmp(steps->items[i].type, type) == 0) return &steps->items[i];
    return NULL;
}

int xb_speaker_fits(const xb_pack_metadata *meta) { return find_step(&meta->preprocessing, "Phonemize") != NULL; }

int xb_speaker_wants_espeak(const xb_pack_metadata *meta) {
    const xb_pack_step *step = find_step(&meta->preprocessing, "Phonemize");
    const char         *backend;
    size_t              size;
    return step && xb_json_string(xb_json_get(step->params, "backend"), &backend, &size) && strcmp(backend, "EspeakNG") == 0;
}

static xybrid_status read_steps(xb_speaker *s, xybrid_error *err) {
    char                 where[64];
    xb_tts_encode_params encode = { .rate_hz = 24000, .is_polished = 1 };
    const xb_pack_step  *phonemize = find_step(&s->meta->preprocessing, "Phonemize");
    const xb_pack_step  *last = find_step(&s->meta->postprocessing, "TTSAudioEncode");
    XB_CHECK(phonemize);
    xb_format(where, sizeof where, "preprocessing[%d]", phonemize->index);
    XB_TRY(xb_phonemize_read(phonemize->params, where, &s->phonemize, err));
    if (last) {
        xb_format(where, sizeof where, "postprocessing[%d]", last->index);
        XB_TRY(xb_tts_encode_read(last->params, where, &encode, err));
    } else encode.rate_hz = 0; /* Piper's file says it */
    s->encoding = (xb_speech_encoding){ encode.rate_hz, encode.is_polished, encode.trims_silence,
                                        s->meta->trim_trailing_samples };
    s->max_chars = s->meta->max_chunk_chars;
    return XYBRID_OK;
}

/* ---- inputs ---- */

static int is_named(const xybrid_port *port, const char *names) {
    char wanted[64];
    xb_format(wanted, sizeof wanted, " %.60s ", port->name);
    return strstr(names, wanted) != NULL;
}

/* By name where the name is one of those that exporters use, else by type and shape. -1: not understood. */
static int role_of(const xybrid_port *p) {
    int64_t last = p->rank > 0 ? p->shape[p->rank - 1] : 1;
    int     is_integer = p->dtype == XYBRID_INT64 || p->dtype == XYBRID_INT32;
    if (is_integer && is_named(p, " input_lengths x_lengths x_length input_length text_lengths ")) return ROLE_LENGTHS;
    if (is_integer && is_named(p, " sid speaker speaker_id spk_id ")) return ROLE_SPEAKER;
    if (is_named(p, " scales ")) return ROLE_SCALES;
    if (is_named(p, " noise_scale ")) return ROLE_NOISE;
    if (is_named(p, " length_scale ")) return ROLE_LENGTH;
    if (is_named(p, " noise_scale_w noise_w noise_scale_dur ")) return ROLE_NOISE_W;
    if (is_named(p, " speed ")) return ROLE_SPEED;
    if (is_integer) return p->rank == 2 ? ROLE_TOKENS : -1;
    if (p->dtype != XYBRID_FLOAT32) return -1;
    if (p->rank == 2 && last != 1) return ROLE_STYLE;
    if (p->rank == 1 && last == 3) return ROLE_SCALES;
    return p->rank <= 1 ? ROLE_SPEED : -1;
}

static xybrid_status fail_inputs(const xb_engine_model *m, const char *why, xybrid_error *err) {
    char   text[400], shape[XB_SHAPE_TEXT_BYTES];
    size_t n = 0;
    text[0] = 0;
    for (int32_t i = 0; i < m->input_count; i++) {
        xb_shape_format(m->inputs[i].rank, m->inputs[i].shape, shape, sizeof shape);
        n += xb_format(text + n, sizeof text - n, "%s%.40s %s %.60s", i ? ", " : "", m->inputs[i].name,
                       xb_dtype_name(m->inputs[i].dtype), shape);
    }
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, m->name, "%s: a speaking model %s; its inputs are %s", m->name, why, text);
}

static xybrid_status find_ports(xb_speaker *s, xybrid_error *err) {
    const xb_engine_model *m = s->model;
    for (int32_t i = 0; i < ROLE_COUNT; i++) s->ports[i] = -1;
    for (int32_t i = 0; i < m->input_count; i++) {
        int role = role_of(&m->inputs[i]);
        if (role < 0 && m->inputs[i].optional) continue;
        if (role < 0 || s->ports[role] >= 0)
            return fail_inputs(m, "takes int64 [1,n] tokens, float32 [1,m] style and one float32 speed, or Piper's inputs",
                               err);
        s->ports[role] = i;
    }
    if (s->ports[ROLE_TOKENS] < 0) return fail_inputs(m, "needs an input for its tokens, int64 [1,n]", err);
    if (m->output_count < 1) return fail_inputs(m, "needs an output", err);
    if (s->ports[ROLE_STYLE] < 0) return XYBRID_OK;
    const xybrid_port *style = &m->inputs[s->ports[ROLE_STYLE]];
    int64_t            width = style->shape[1] > 0 ? style->shape[1] : 256;
    if (width > XB_MAX_STYLE_WIDTH) return fail_inputs(m, "has a style of at most 65536 numbers", err);
    s->style_width = (int32_t)width;
    return XYBRID_OK;
}

/* ---- Piper's file ---- */

static xybrid_status read_piper(xb_speaker *s, xybrid_error *err) {
    const char    *name = s->phonemize.tokens_file;
    const xb_json *root = xb_phoneme_table_json(s->table), *inference, *audio;
    int64_t        rate;
    XB_TRY(xb_json_opt_node(root, name, "inference", XB_JSON_OBJECT, &inference, err));
    XB_TRY(xb_json_opt_node(root, name, "audio", XB_JSON_OBJECT, &audio, err));
    XB_TRY(xb_json_opt_double(inference, name, "noise_scale", 0, 10, s->scales.noise, &s->scales.noise, err));
    XB_TRY(xb_json_opt_double(inference, name, "length_scale", 0.1, 10, s->scales.length, &s->scales.length, err));
    XB_TRY(xb_json_opt_double(inference, name, "noise_w", 0, 10, s->scales.noise_w, &s->scales.noise_w, err));
    XB_TRY(xb_json_opt_int(audio, name, "sample_rate", 1000, XB_MAX_AUDIO_RATE, 22050, &rate, err));
    if (!s->encoding.rate_hz) s->encoding.rate_hz = (int32_t)rate;
    if (!s->phonemize.language)
        XB_TRY(xb_json_opt_string(xb_json_get(root, "espeak"), name, "voice", NULL, &s->phonemize.language, err));
    XB_TRY(xb_json_opt_node(root, name, "speaker_id_map", XB_JSON_OBJECT, &s->speakers, err));
    if (s->ports[ROLE_SPEAKER] >= 0)
        XB_TRY(xb_json_opt_int(root, name, "num_speakers", 1, XB_MAX_VOCABULARY, 1, &s->speaker_count, err));
    return XYBRID_OK;
}

/* ---- pronunciations ---- */

xybrid_status xb_speaker_phonemizer(const xb_speaker *s, xb_mem *mem, const char *language, xb_phonemizer **out,
                                    xybrid_error *err) {
    static const char *const originals[] = { "misaki/us_gold.json", "misaki/us_silver.json" };
    static const int32_t     backends[] = { XB_PHONEMIZER_MISAKI, XB_PHONEMIZER_CMU, XB_PHONEMIZER_ESPEAK };
    const char              *one = s->phonemize.dict_file;
    const char *const       *names = one ? &one : originals;
    int32_t                  count = one ? 1 : 2;
    if (language) XB_TRY(xb_json_opt_string(s->phonemize.dict_files, "dict_files", language, one, &one, err));
    if (s->phonemize.backend == XB_PHONEMIZE_ESPEAK) count = 0;
    if (s->phonemize.backend == XB_PHONEMIZE_CMU && !one) names = &cmudict, count = 1;
    xb_phonemizer_options o = { .backend = backends[s->phonemize.backend],
                                .symbols = xb_phoneme_table_is_piper(s->table) ? XB_SYMBOLS_IPA : XB_SYMBOLS_MISAKI,
                                .language = language,
                                .espeak = s->espeak };
    for (int32_t i = 0; i < count; i++) {
        const xb_pack_file *file;
        XB_TRY(xb_pack_file_open(s->pack, names[i], "pronunciations", &file, err));
        o.files[o.file_count++] = (xb_slice){ file->bytes, (size_t)file->size_bytes };
    }
    return xb_phonemizer_open(mem, &o, out, err);
}

/* ---- open ---- */

static xybrid_status open_table(xb_speaker *s, xb_pack *pack, xybrid_error *err) {
    const xb_pack_file *file;
    xb_phoneme_options  options = { s->phonemize.add_padding, s->phonemize.silence_tokens };
    XB_TRY(xb_pack_file_open(pack, s->phonemize.tokens_file, "phoneme table", &file, err));
    XB_TRY(xb_phoneme_table_load(s->mem, file->bytes, file->size_bytes, file->name, &options, &s->table, err));
    return xb_phoneme_table_is_piper(s->table) ? read_piper(s, err) : XYBRID_OK;
}

static xybrid_status open_all(xb_speaker *s, xb_pack *pack, xybrid_error *err) {
    s->scales = (speaker_scales){ 0.667, 1, 0.8 };
    XB_TRY(read_steps(s, err));
    XB_TRY(find_ports(s, err));
    if (s->ports[ROLE_SPEAKER] >= 0) s->speaker_count = 1;
    XB_TRY(open_table(s, pack, err));
    if (!s->encoding.rate_hz) s->encoding.rate_hz = 24000;
    if (s->phonemize.backend != XB_PHONEMIZE_NONE)
        XB_TRY(xb_speaker_phonemizer(s, s->mem, s->phonemize.language, &s->phonemizer, err));
    return s->style_width ? xb_voices_open(s->mem, pack, s->style_width, &s->voices, err) : XYBRID_OK;
}

xybrid_status xb_speaker_open(xb_mem *mem, xb_pack *pack, const xb_engine_model *model, const xb_espeak *espeak,
                              xb_speaker **out, xybrid_error *err) {
    xb_speaker *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->mem = mem;
    s->pack = pack;
    s->meta = xb_pack_meta(pack);
    s->model = model;
    s->espeak = espeak;
    xybrid_status st = open_all(s, pack, err);
    if (st) xb_speaker_free(s);
    else *out = s;
    return st;
}

void xb_speaker_free(xb_speaker *s) {
    if (!s) return;
    xb_phonemizer_free(s->phonemizer);
    xb_phoneme_table_free(s->table);
    xb_voices_free(s->voices);
    xb_free(s->mem, s);
}

int32_t xb_speaker_rate_hz(const xb_speaker *s) { return s->encoding.rate_hz; }

/* ---- describe ---- */

static void put_voice(xb_json_writer *w, const char *id, const xb_pack_voice *about) {
    const struct {
        const char *key, *text;
    } members[] = { { "id", id },
                    { "name", about ? about->name : NULL },
                    { "language", about ? about->language : NULL },
                    { "gender", about ? about->gender : NULL } };
    xb_json_begin_object(w);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (members[i].text) xb_json_key(w, members[i].key), xb_json_put_string(w, members[i].text);
    xb_json_end(w);
}

void xb_speaker_describe(const xb_speaker *s, xb_json_writer *w) {
    const xb_pack_voices *meta = s->voices ? s->meta->voices : NULL;
    xb_json_key(w, "sample_rate"), xb_json_put_int(w, s->encoding.rate_hz);
    if (meta) xb_json_key(w, "default_voice"), xb_json_put_string(w, meta->default_id);
    if (!s->voices && !s->speakers) return;
    xb_json_key(w, "voices");
    xb_json_begin_array(w);
    for (int32_t i = 0; s->voices && i < xb_voices_count(s->voices); i++)
        put_voice(w, xb_voices_name(s->voices, i), meta && meta->count ? &meta->catalog[i] : NULL);
    for (xb_json_iter it = xb_json_items(s->speakers); !s->voices && xb_json_next(&it);) put_voice(w, it.key, NULL);
    xb_json_end(w);
}
