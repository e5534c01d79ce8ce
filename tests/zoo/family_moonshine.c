/* family_moonshine.c - Moonshine tiny and base: raw samples to ids, greedily, with caches.
 *
 *     samples [1,n] -> encoder -> last_hidden_state [1,T,width]
 *     first step:  id 1, pasts [0,8,1,D], use_cache_branch false -> logits, presents of decoder and encoder
 *     later steps: the id before, use_cache_branch true; the decoder's presents are carried, the encoder's stay as they were
 *
 * The first step has a session of its own: a past without elements may only be bound to a carried input, and the encoder's must
 * not be carried later. */
#include "zoo.h"

typedef struct moonshine {
    int            layers, width; /* of a head */
    const int64_t *jfk;           /* ids of jfk.wav; NULL = not known */
    int64_t        jfk_count;
} moonshine;

enum { HEADS = 8, START = 1, END = 2, MAX_TOKENS = 448, TOKENS_A_SECOND = 6, RATE = 16000 };

static const char *const halves[] = { "decoder", "encoder" }, *const kinds[] = { "key", "value" };

typedef struct decoder {
    zoo_net  *first, *later;
    xb_tensor id, is_first, is_later;
} decoder;

/* "past_key_values.3.decoder.key" and "present.3.decoder.key" of cache `index`, 0 .. 4 x layers - 1: halves in turn, then
 * kinds */
static int is_decoders(int index) { return index / 2 % 2 == 0; }

static void cache_names(int index, char past[64], char present[64]) {
    const char *half = halves[index / 2 % 2], *kind = kinds[index % 2];
    snprintf(past, 64, "past_key_values.%d.%s.%s", index / 4, half, kind);
    snprintf(present, 64, "present.%d.%s.%s", index / 4, half, kind);
}

static xybrid_status open_decoder(zoo_side *s, const moonshine *m, const char *path, decoder *d, xybrid_error *err) {
    XB_TRY(zoo_open(s, path, &d->first, err));
    XB_TRY(zoo_open_again(d->first, &d->later, err));
    for (int i = 0; i < 4 * m->layers; i++) {
        char past[64], present[64];
        cache_names(i, past, present);
        XB_TRY(zoo_carry(d->first, present, past, 2, err));
        if (is_decoders(i)) XB_TRY(zoo_carry(d->later, present, past, 2, err));
    }
    zoo_want_only(d->later, "logits");
    XB_TRY(zoo_new(s, XYBRID_INT64, 2, (int64_t[]){ 1, 1 }, &d->id, err));
    XB_TRY(zoo_new(s, XYBRID_BOOL, 1, (int64_t[]){ 1 }, &d->is_first, err));
    XB_TRY(zoo_new(s, XYBRID_BOOL, 1, (int64_t[]){ 1 }, &d->is_later, err));
    *(uint8_t *)d->is_later.data = 1;
    return XYBRID_OK;
}

static xybrid_status bind_common(const decoder *d, zoo_net *net, const xb_tensor *use_cache, const xb_tensor *hidden,
                                 xybrid_error *err) {
    XB_TRY(zoo_bind(net, "input_ids", &d->id, err));
    XB_TRY(zoo_bind(net, "encoder_hidden_states", hidden, err));
    return zoo_bind(net, "use_cache_branch", use_cache, err);
}

static xybrid_status run_first(const decoder *d, const moonshine *m, const xb_tensor *hidden, xybrid_error *err) {
    xb_tensor nothing;
    XB_TRY(zoo_new(d->first->side, XYBRID_FLOAT32, 4, (int64_t[]){ 0, HEADS, 1, m->width }, &nothing, err));
    xb_engine_session_reset(d->first->session);
    XB_TRY(bind_common(d, d->first, &d->is_first, hidden, err));
    for (int i = 0; i < 4 * m->layers; i++) {
        char past[64], present[64];
        cache_names(i, past, present);
        XB_TRY(zoo_bind(d->first, past, &nothing, err));
    }
    return zoo_run(d->first, err);
}

/* What the first step gave is what the later ones begin with. */
static xybrid_status hand_over(const decoder *d, const moonshine *m, const xb_tensor *hidden, xybrid_error *err) {
    xb_engine_session_reset(d->later->session);
    XB_TRY(bind_common(d, d->later, &d->is_later, hidden, err));
    for (int i = 0; i < 4 * m->layers; i++) {
        char past[64], present[64];
        cache_names(i, past, present);
        XB_TRY(zoo_bind(d->later, past, zoo_out(d->first, present), err));
    }
    return XYBRID_OK;
}

static xybrid_status decode(const decoder *d, const moonshine *m, const xb_tensor *hidden, int64_t max, const char *label,
                            xybrid_error *err) {
    zoo_side *s = d->first->side;
    int64_t   ids[MAX_TOKENS], count = 0;
    float     margins[MAX_TOKENS];
    char      text[ZOO_LABEL_BYTES];
    *(int64_t *)d->id.data = START;
    XB_TRY(run_first(d, m, hidden, err));
    snprintf(text, sizeof text, "%s, first logits", label);
    XB_TRY(zoo_keep(s, ZOO_COSINE, text, zoo_out(d->first, "logits"), err));
    XB_TRY(hand_over(d, m, hidden, err));
    for (const zoo_net *net = d->first; count < max; net = d->later) {
        if (count > 0) XB_TRY(zoo_run(d->later, err));
        const xb_tensor *logits = zoo_out(net, "logits");
        ids[count] = zoo_best(logits->data, xb_tensor_count(logits), &margins[count]);
        *(int64_t *)d->id.data = ids[count];
        if (ids[count++] == END) break;
    }
    if (m->jfk && strcmp(label, "jfk") == 0) zoo_expect_ids(s, label, ids, count, m->jfk, m->jfk_count);
    if (count == max) zoo_complain(s, "%s: no end after %lld ids", label, (long long)count);
    return zoo_keep_ids(s, label, ids, margins, count, err);
}

static xybrid_status hear(zoo_net *encoder, const decoder *d, const moonshine *m, const char *file, const char *label,
                          xybrid_error *err) {
    zoo_side *s = encoder->side;
    float    *samples;
    int64_t   count, max;
    xb_tensor input;
    char      text[ZOO_LABEL_BYTES];
    XB_TRY(zoo_read_wav(s, file, &samples, &count, err));
    input = zoo_wrap(samples, XYBRID_FLOAT32, 2, (int64_t[]){ 1, count });
    max = count * TOKENS_A_SECOND / RATE;
    XB_TRY(zoo_bind(encoder, "input_values", &input, err));
    XB_TRY(zoo_run(encoder, err));
    snprintf(text, sizeof text, "%s, encoder", label);
    XB_TRY(zoo_keep(s, ZOO_COSINE, text, &encoder->outputs[0], err));
    return decode(d, m, &encoder->outputs[0], max < MAX_TOKENS ? max : MAX_TOKENS, label, err);
}

static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    const moonshine *spec = m->spec;
    zoo_net         *encoder;
    decoder          d;
    XB_TRY(zoo_open(s, m->files[0], &encoder, err));
    XB_TRY(open_decoder(s, spec, m->files[1], &d, err));
    XB_TRY(hear(encoder, &d, spec, m->files[2], "jfk", err));
    return hear(encoder, &d, spec, m->files[3], "1272-141231-0002", err);
}

/* MODELS.md, without the start */
static const int64_t   jfk_tiny[] = { 1126, 577, 29892, 590,  10404, 23035, 29892, 2244, 451, 825, 596,  4234,  508, 437,
                                      363,  366, 29892, 2244, 825,   366,   508,   437,  363, 596, 4234, 29889, 2 };
static const moonshine tiny = { 6, 36, jfk_tiny, sizeof jfk_tiny / sizeof jfk_tiny[0] }, base = { 8, 52, NULL, 0 };

#define CLIPS "data/audio/jfk.wav", "data/audio/1272-141231-0002.wav"
static const zoo_model models[] = {
    { "moonshine-tiny",
      drive,
      &tiny,
      { "zoo/moonshine-tiny/encoder_model.onnx", "zoo/moonshine-tiny/decoder_model_merged.onnx", CLIPS } },
    { "moonshine-base",
      drive,
      &base,
      { "zoo/moonshine-base/encoder_model.onnx", "zoo/moonshine-base/decoder_model_merged.onnx", CLIPS } },
};
const zoo_family zoo_moonshine = { models, sizeof models / sizeof models[0] };
