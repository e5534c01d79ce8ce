/* family_voices.c - voices: phoneme ids to samples.
 *
 *     "Hello world, this is a test of speech on the device." -> phonemes (espeak-ng, en-us) -> ids (each model's own) -> net
 *
 * Piper is random unless noise_scale and noise_w are 0. The ids are those of MODELS.md, kept here because phonemes are no part
 * of what is compared. A short sentence between two runs of the long one changes every shape. */
#include "zoo.h"

/* " Hello world, this is a test of speech on the device." as Whisper spells it. */
static xybrid_status hear(zoo_side *s, const xb_tensor *samples, int32_t rate_hz, xybrid_error *err) {
    static const int64_t words[] = { 18435, 995, 11, 428, 318, 257, 1332, 286, 4046, 319, 262, 3335, 13 };
    return zoo_hear(s, "words", samples, rate_hz, words, sizeof words / sizeof words[0], err);
}

/* Of the long sentence, in samples; `off` is a part of it. */
static void check_length(zoo_side *s, int64_t found, int64_t expected, double off) {
    if (fabs((double)(found - expected)) > off * (double)expected)
        zoo_complain(s, "%lld samples, expected %lld", (long long)found, (long long)expected);
}

/* ---- Piper: ^ _ (p _)* $, with ^ 1, _ 0, $ 2 ---- */

/* həlˈoʊ wˈɜːld, ðɪs ɪz ɐ tˈɛst ʌv spˈiːtʃ ɔnðə dɪvˈaɪs. by phoneme_id_map of en_US-joe-medium.onnx.json */
static const int64_t piper_phonemes[] = { 20, 59,  24, 120, 27, 100, 3,  35,  120, 62, 122, 24, 17,  8,   3,  41, 74, 31,
                                          3,  74,  38, 3,   50, 3,   32, 120, 61,  31, 32,  3,  102, 34,  3,  31, 28, 120,
                                          21, 122, 32, 96,  3,  54,  26, 41,  59,  3,  17,  74, 34,  120, 14, 74, 31, 10 };
enum { PIPER_LONG = sizeof piper_phonemes / sizeof piper_phonemes[0], PIPER_SHORT = 14 };

static xybrid_status say_piper(zoo_net *net, int64_t phonemes, const char *label, xybrid_error *err) {
    zoo_side *s = net->side;
    xb_tensor ids, length, scales;
    XB_TRY(zoo_new(s, XYBRID_INT64, 2, (int64_t[]){ 1, 3 + 2 * phonemes }, &ids, err));
    XB_TRY(zoo_new(s, XYBRID_INT64, 1, (int64_t[]){ 1 }, &length, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 1, (int64_t[]){ 3 }, &scales, err));
    int64_t *id = ids.data;
    id[0] = 1;
    for (int64_t i = 0; i < phonemes; i++) id[2 + 2 * i] = piper_phonemes[i];
    id[2 + 2 * phonemes] = 2;
    *(int64_t *)length.data = 3 + 2 * phonemes;
    ((float *)scales.data)[1] = 1; /* noise 0, speed 1, noise of the lengths 0 */
    XB_TRY(zoo_bind(net, "input", &ids, err));
    XB_TRY(zoo_bind(net, "input_lengths", &length, err));
    XB_TRY(zoo_bind(net, "scales", &scales, err));
    XB_TRY(zoo_run(net, err));
    return zoo_keep_wave(s, ZOO_VOICE, label, &net->outputs[0], 22050, err);
}

static xybrid_status drive_piper(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    zoo_net *net;
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    XB_TRY(say_piper(net, PIPER_LONG, "sentence#1", err));
    XB_TRY(say_piper(net, PIPER_SHORT, "hello world", err));
    XB_TRY(say_piper(net, PIPER_LONG, "sentence#2", err));
    check_length(s, xb_tensor_count(&net->outputs[0]), 70400, 0);
    return hear(s, &net->outputs[0], 22050, err);
}

/* ---- Kokoro: 0 ids 0, and the voice's row for that many ids ---- */

static const int64_t kokoro_ids[] = { 50, 83,  54, 156, 57, 135, 16, 65,  156, 87, 158, 54,  46,  3,   16, 81,  102, 61,
                                      16, 102, 68, 16,  70, 16,  62, 156, 86,  61, 62,  16,  138, 64,  16, 61,  58,  156,
                                      51, 158, 62, 131, 16, 76,  56, 81,  83,  16, 46,  102, 64,  156, 43, 102, 61,  4 };
enum { STYLES = 510, STYLE_WIDTH = 256 };
_Static_assert(sizeof kokoro_ids == ZOO_KOKORO_LONG * sizeof kokoro_ids[0], "as zoo.h says");

xybrid_status zoo_bind_kokoro(zoo_net *net, int64_t count, xybrid_error *err) {
    static const char voice[] = "zoo/kokoro/af_heart.bin";
    zoo_side         *s = net->side;
    xb_tensor         ids, style, speed;
    char             *bytes;
    int64_t           size;
    XB_TRY(zoo_read(s, voice, &bytes, &size, err));
    if (size != (int64_t)(STYLES * STYLE_WIDTH * sizeof(float)))
        return xb_fail(err, XYBRID_MALFORMED, voice, "%s has %lld bytes", voice, (long long)size);
    XB_TRY(zoo_new(s, XYBRID_INT64, 2, (int64_t[]){ 1, count + 2 }, &ids, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 2, (int64_t[]){ 1, STYLE_WIDTH }, &style, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 1, (int64_t[]){ 1 }, &speed, err));
    memcpy((int64_t *)ids.data + 1, kokoro_ids, (size_t)count * sizeof *kokoro_ids);
    memcpy(style.data, bytes + (count - 1) * STYLE_WIDTH * (int64_t)sizeof(float), STYLE_WIDTH * sizeof(float));
    *(float *)speed.data = 1;
    XB_TRY(zoo_bind(net, "tokens", &ids, err));
    XB_TRY(zoo_bind(net, "style", &style, err));
    return zoo_bind(net, "speed", &speed, err);
}

static xybrid_status say_kokoro(zoo_net *net, int64_t count, const char *label, xybrid_error *err) {
    XB_TRY(zoo_bind_kokoro(net, count, err));
    XB_TRY(zoo_run(net, err));
    return zoo_keep_wave(net->side, ZOO_LOOSE_VOICE, label, &net->outputs[0], 24000, err);
}

static xybrid_status drive_kokoro(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    zoo_net *net;
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    XB_TRY(say_kokoro(net, ZOO_KOKORO_LONG, "sentence#1", err));
    XB_TRY(say_kokoro(net, ZOO_KOKORO_SHORT, "hello world", err));
    XB_TRY(say_kokoro(net, ZOO_KOKORO_LONG, "sentence#2", err));
    check_length(s, xb_tensor_count(&net->outputs[0]), 89400, ZOO_LENGTH);
    return hear(s, &net->outputs[0], 24000, err);
}

static const zoo_model models[] = {
    { "piper-joe", drive_piper, NULL, { "zoo/piper-joe/en_US-joe-medium.onnx", ZOO_WHISPER_FILES } },
    { "kokoro-int8", drive_kokoro, NULL, { "zoo/kokoro/kokoro-v1.0.int8.onnx", "zoo/kokoro/af_heart.bin", ZOO_WHISPER_FILES } },
};
const zoo_family zoo_voices = { models, sizeof models / sizeof models[0] };
