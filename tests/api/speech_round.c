/* Spoken and read back: a paragraph of a hundred words by five voices of Kokoro and by Piper, recognised by Moonshine or Whisper with
 * at most 5 % of the words wrong. Skips what scripts/setup test did not bring. */
#include "door.h"
#include "word_errors.h"

static xybrid_error err;

static const char paragraph[] =
    "The tower stood on a narrow rock, two miles from the village. Every evening, an old man climbed the stairs and lit the "
    "lamp. His name was Thomas; he had done this for many long years, in summer and in winter. \"It is not a hard life,\" he "
    "told the children who came by boat, \"but you must like the wind.\" They asked him about storms, about ships, and about "
    "the sea "
    "itself. He answered all of their questions, gave them tea, and sent them home before dark. In the morning, the water was "
    "calm, and the light was out. Nobody saw the old man leave.";

/* NULL: the pack is not there, or this build does not run it. */
static xybrid_model *load(xybrid_runtime *rt, const char *pack, const char *weights) {
    xybrid_model *model = NULL;
    const char   *folder = door_pack(pack, weights);
    if (folder && xybrid_model_load(rt, folder, NULL, &model, &err)) printf("%s: %s\n", pack, err.message);
    return model;
}

static void round_trip(xybrid_runtime *rt, xybrid_model *speaker, xybrid_model *listener, const char *voice) {
    xybrid_run_options o;
    xybrid_envelope   *text = NULL, *speech = NULL, *heard = NULL;
    xybrid_run_options_init(&o, sizeof o);
    o.voice = voice;
    DOOR_OK(xybrid_envelope_new_text(rt, paragraph, sizeof paragraph - 1, &text, &err));
    DOOR_OK(xybrid_model_run(speaker, text, &o, &speech, &err));
    DOOR_OK(xybrid_model_run(listener, speech, NULL, &heard, &err));
    int total, wrong = wrong_words(paragraph, xybrid_envelope_text(heard), &total);
    printf("%s: %d of %d words wrong\n", voice ? voice : "piper", wrong, total);
    CHECK(total >= 100);
    CHECK(wrong * 20 <= total);
    if (wrong * 20 > total) printf("%s\n", xybrid_envelope_text(heard));
    xybrid_envelope_free(heard);
    xybrid_envelope_free(speech);
    xybrid_envelope_free(text);
}

static void kokoro_is_understood(void) {
    static const char *const voices[] = { "af_heart", "af_bella", "am_michael", "am_adam", "bf_emma" };
    xybrid_runtime          *rt = door_runtime();
    xybrid_model            *speaker = load(rt, "kokoro-82m", "kokoro-v1.0.int8.onnx");
    xybrid_model            *listener = speaker ? load(rt, "moonshine-tiny", "model_metadata.json") : NULL;
    for (size_t i = 0; listener && i < sizeof voices / sizeof voices[0]; i++) round_trip(rt, speaker, listener, voices[i]);
    int is_there = listener != NULL;
    xybrid_model_free(listener);
    xybrid_model_free(speaker);
    xybrid_runtime_free(rt);
    if (!is_there) CHECK_SKIP("the packs kokoro-82m and moonshine-tiny");
}

static void piper_is_understood(void) {
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *speaker = load(rt, "piper-joe", "en_US-joe-medium.onnx");
    xybrid_model   *listener = speaker ? load(rt, "whisper-tiny.en", "model_metadata.json") : NULL;
    if (listener) round_trip(rt, speaker, listener, NULL);
    int is_there = listener != NULL;
    xybrid_model_free(listener);
    xybrid_model_free(speaker);
    xybrid_runtime_free(rt);
    if (!is_there) CHECK_SKIP("the packs piper-joe and whisper-tiny.en");
}

CHECK_MAIN(RUN(kokoro_is_understood), RUN(piper_is_understood))
