/* family_whisper.c - Whisper tiny.en, as tools/convert/whisper.py makes it: log-mel to ids, greedily, with caches.
 *
 *     samples, 30 s -> log-mel [1,80,3000] -> encoder -> keys and values for the decoder's cross-attention
 *     prompt 50257 50362 -> decoder -> logits of the last id; its own keys and values are carried, empty at first
 *
 * Of the logits, those of the model's config.json are left out (suppress_ids always, suppress_ids_begin at the first step), and
 * all special ids but the end. The spectrum itself is checked against the reference data. */
#include "zoo.h"

#include "audio/resample.h"
#include "codec/json.h"
#include "plat/cpu.h"

enum {
    LAYERS = 4,
    HEADS = 6,
    HEAD_WIDTH = 64,
    SAMPLES = 480000,
    FRAMES = 3000,
    VOCABULARY = 51864,
    END = 50256,
    MAX_TOKENS = 224
};
static const int64_t prompt[2] = { 50257, 50362 };

#define CLIP_1 "data/audio/jfk.wav"
#define CLIP_2 "data/audio/1272-141231-0002.wav"

typedef struct whisper {
    zoo_side *side;
    zoo_net  *encoder, *decoder;
    uint8_t  *is_suppressed; /* [VOCABULARY]: 1 always, 2 at the first step */
} whisper;

/* ---- input ---- */

/* data/mel/whisper: 80 lines, the first 10 frames of CLIP_2, given with a tolerance of 1e-3 relative and 1e-2 absolute */
static xybrid_status check_mel(zoo_side *s, const float *mel, xybrid_error *err) {
    char   *text;
    int64_t size;
    if (zoo_read(s, "data/mel/whisper/expected_output.txt", &text, &size, err) != XYBRID_OK) return XYBRID_OK; /* not here */
    double worst = 0;
    for (int band = 0; band < ZOO_MELS; band++)
        for (int frame = 0; frame < 10; frame++) {
            char  *end;
            double wanted = strtod(text, &end);
            double off = (fabs(wanted - (double)mel[band * FRAMES + frame]) - 1e-3 * fabs(wanted)) / 1e-2;
            if (!(off <= worst)) worst = off;
            text = end + (*end != 0); /* a comma or a new line */
        }
    if (!(worst <= 1)) zoo_complain(s, "the log-mel spectrum is %.2f times its tolerance off the reference data", worst);
    return XYBRID_OK;
}

/* [1,80,3000] of samples at 16 kHz, padded with silence to 30 s. */
static xybrid_status make_features(zoo_side *s, const float *samples, int64_t count, float *out, xybrid_error *err) {
    float  *padded = zoo_alloc(s, SAMPLES, sizeof *padded, err);
    double *power = zoo_alloc(s, ZOO_MELS * FRAMES, sizeof *power, err);
    if (!padded || !power) return err->code;
    memcpy(padded, samples, (size_t)(count < SAMPLES ? count : SAMPLES) * sizeof *samples);
    zoo_mel_power(padded, SAMPLES, 16000, power);
    zoo_mel_log(power, ZOO_MELS * FRAMES);
    for (int i = 0; i < ZOO_MELS * FRAMES; i++) out[i] = (float)((power[i] + 4) / 4);
    return XYBRID_OK;
}

static xybrid_status read_features(zoo_side *s, const char *file, float *out, xybrid_error *err) {
    float  *samples;
    int64_t count;
    XB_TRY(zoo_read_wav(s, file, &samples, &count, err));
    XB_TRY(make_features(s, samples, count, out, err));
    return strcmp(file, CLIP_2) == 0 ? check_mel(s, out, err) : XYBRID_OK;
}

static xybrid_status read_suppressed(whisper *w, const char *config, xybrid_error *err) {
    static const char *const lists[] = { "suppress_ids", "suppress_ids_begin" };
    char                    *text;
    int64_t                  size;
    xb_json_doc             *doc;
    w->is_suppressed = zoo_alloc(w->side, VOCABULARY, 1, err);
    if (!w->is_suppressed) return err->code;
    XB_TRY(zoo_read(w->side, config, &text, &size, err));
    XB_TRY(xb_json_parse(&w->side->mem, text, size, size, &doc, err));
    for (int list = 0; list < 2; list++)
        for (xb_json_iter it = xb_json_items(xb_json_get(xb_json_root(doc), lists[list])); xb_json_next(&it);) {
            int64_t id;
            if (xb_json_int(it.value, &id) && id >= 0 && id < VOCABULARY) w->is_suppressed[id] |= (uint8_t)(1 << list);
        }
    xb_json_free(doc);
    for (int id = END + 1; id < VOCABULARY; id++) w->is_suppressed[id] |= 1;
    return XYBRID_OK;
}

/* ---- decoding ---- */

static void cache_name(const char *prefix, int layer, const char *half, int kind, char out[64]) {
    snprintf(out, 64, "%s.%d.%s.%s", prefix, layer, half, kind ? "value" : "key");
}

static xybrid_status open_whisper(whisper *w, const char *const *files, xybrid_error *err) {
    XB_TRY(read_suppressed(w, files[2], err));
    XB_TRY(zoo_open(w->side, files[0], &w->encoder, err));
    XB_TRY(zoo_open(w->side, files[1], &w->decoder, err));
    for (int i = 0; i < 2 * LAYERS; i++) {
        char past[64], present[64];
        cache_name("past_key_values", i / 2, "decoder", i % 2, past);
        cache_name("present", i / 2, "decoder", i % 2, present);
        XB_TRY(zoo_carry(w->decoder, present, past, 2, err));
    }
    zoo_want_only(w->decoder, "logits");
    return XYBRID_OK;
}

/* The caches at the start: the encoder's as it gave them, the decoder's empty. */
static xybrid_status bind_caches(const whisper *w, xybrid_error *err) {
    xb_tensor empty;
    XB_TRY(zoo_new(w->side, XYBRID_FLOAT32, 4, (int64_t[]){ 1, HEADS, 0, HEAD_WIDTH }, &empty, err));
    xb_engine_session_reset(w->decoder->session);
    for (int i = 0; i < 2 * LAYERS; i++) {
        char past[64], present[64];
        cache_name("past_key_values", i / 2, "decoder", i % 2, past);
        XB_TRY(zoo_bind(w->decoder, past, &empty, err));
        cache_name("past_key_values", i / 2, "encoder", i % 2, past);
        cache_name("present", i / 2, "encoder", i % 2, present);
        XB_TRY(zoo_bind(w->decoder, past, zoo_out(w->encoder, present), err));
    }
    return XYBRID_OK;
}

/* The best id that may come, of the last row of the logits; they are changed. */
static int64_t choose(const whisper *w, const xb_tensor *logits, int is_first, float *margin) {
    float *row = (float *)logits->data + (logits->shape[1] - 1) * VOCABULARY;
    for (int id = 0; id < VOCABULARY; id++)
        if (w->is_suppressed[id] & (is_first ? 3 : 1)) row[id] = -INFINITY;
    return zoo_best(row, VOCABULARY, margin);
}

static xybrid_status decode(const whisper *w, const char *label, int is_voice, const int64_t *wanted, int64_t wanted_count,
                            xybrid_error *err) {
    zoo_side *s = w->side;
    int64_t   ids[MAX_TOKENS], count = 0, next;
    float     margins[MAX_TOKENS];
    char      text[ZOO_LABEL_BYTES];
    xb_tensor input = zoo_wrap(prompt, XYBRID_INT64, 2, (int64_t[]){ 1, 2 });
    XB_TRY(bind_caches(w, err));
    while (count < MAX_TOKENS) {
        XB_TRY(zoo_bind(w->decoder, "input_ids", &input, err));
        XB_TRY(zoo_run(w->decoder, err));
        const xb_tensor *logits = zoo_out(w->decoder, "logits");
        snprintf(text, sizeof text, "%s, first logits", label);
        if (count == 0 && !is_voice) XB_TRY(zoo_keep(s, ZOO_CLOSE, text, logits, err));
        next = choose(w, logits, count == 0, &margins[count]);
        ids[count++] = next;
        if (next == END) break;
        input = zoo_wrap(&next, XYBRID_INT64, 2, (int64_t[]){ 1, 1 });
    }
    if (wanted) zoo_expect_ids(s, label, ids, count - 1, wanted, wanted_count); /* without the end */
    if (count == MAX_TOKENS) zoo_complain(s, "%s: no end after %d ids", label, (int)MAX_TOKENS);
    return zoo_keep_ids(s, label, ids, margins, count, err);
}

/* ---- the whole ---- */

static xybrid_status hear(const whisper *w, const xb_tensor *features, const char *label, const int64_t *wanted,
                          int64_t wanted_count, xybrid_error *err) {
    char text[ZOO_LABEL_BYTES];
    XB_TRY(zoo_bind(w->encoder, "input_features", features, err));
    XB_TRY(zoo_run(w->encoder, err));
    snprintf(text, sizeof text, "%s, encoder", label);
    XB_TRY(zoo_keep(w->side, ZOO_CLOSE, text, zoo_out(w->encoder, "last_hidden_state"), err));
    return decode(w, label, 0, wanted, wanted_count, err);
}

xybrid_status zoo_hear(zoo_side *s, const char *label, const xb_tensor *samples, int32_t rate_hz, const int64_t *wanted,
                       int64_t wanted_count, xybrid_error *err) {
    static const char *const files[] = { ZOO_WHISPER_FILES };
    double                   load_s = s->load_s, run_s = s->run_s;
    whisper                  w = { .side = s };
    int64_t                  count = xb_tensor_count(samples);
    xb_tensor                features, at_16k, flat = zoo_wrap(samples->data, XYBRID_FLOAT32, 1, &count);
    XB_TRY(open_whisper(&w, files, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 3, (int64_t[]){ 1, ZOO_MELS, FRAMES }, &features, err));
    XB_TRY(xb_audio_resample(&s->mem, xb_isa_best(xb_cpu_features()), &flat, rate_hz, 16000, &at_16k, err));
    xybrid_status st = make_features(s, at_16k.data, at_16k.shape[0], features.data, err);
    xb_tensor_drop(&at_16k);
    XB_TRY(st);
    XB_TRY(zoo_bind(w.encoder, "input_features", &features, err));
    XB_TRY(zoo_run(w.encoder, err));
    XB_TRY(decode(&w, label, 1, wanted, wanted_count, err));
    s->load_s = load_s, s->run_s = run_s; /* the voice's own times */
    return XYBRID_OK;
}

/* MODELS.md, without prompt and end */
static const int64_t jfk[] = { 843, 523, 616, 5891, 3399, 1265, 407, 644, 534, 1499, 460,  466,
                               329, 345, 11,  1265, 644,  345,  460, 466, 329, 534,  1499, 13 };

static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    whisper   w = { .side = s };
    xb_tensor both, one, two;
    XB_TRY(open_whisper(&w, m->files, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 3, (int64_t[]){ 2, ZOO_MELS, FRAMES }, &both, err));
    one = two = both;
    one.shape[0] = two.shape[0] = 1;
    two.data = (float *)both.data + ZOO_MELS * FRAMES;
    XB_TRY(read_features(s, CLIP_1, one.data, err));
    XB_TRY(read_features(s, CLIP_2, two.data, err));
    XB_TRY(hear(&w, &one, "jfk", jfk, sizeof jfk / sizeof jfk[0], err));
    XB_TRY(hear(&w, &two, "1272-141231-0002", NULL, 0, err));
    XB_TRY(zoo_bind(w.encoder, "input_features", &both, err));
    XB_TRY(zoo_run(w.encoder, err));
    return zoo_keep(s, ZOO_CLOSE, "batch of 2, encoder", zoo_out(w.encoder, "last_hidden_state"), err);
}

static const zoo_model models[] = {
    { "whisper-tiny.en", drive, NULL, { ZOO_WHISPER_FILES, CLIP_1, CLIP_2 } },
};
const zoo_family zoo_whisper = { models, sizeof models / sizeof models[0] };
