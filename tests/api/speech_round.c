/* Spoken and read back: a paragraph of a hundred words by five voices of Kokoro and by Piper, recognised by Moonshine and by
 * Whisper with at most 5 % of the words wrong. Skips what scripts/setup test did not bring. */
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

/* Piper by Moonshine tiny has 7 of 106 words wrong: that ear is the smaller one. Base hears it with 1. */
typedef struct ears {
    const char   *name;
    xybrid_model *model; /* NULL: not there */
} ears;

static void hear(const ears *by, const char *voice, xybrid_envelope *speech) {
    xybrid_envelope *heard = NULL;
    DOOR_OK(xybrid_model_run(by->model, speech, NULL, &heard, &err));
    int total, wrong = wrong_words(paragraph, xybrid_envelope_text(heard), &total);
    printf("%s, heard by %s: %d of %d words wrong\n", voice ? voice : "piper", by->name, wrong, total);
    CHECK(total >= 100);
    CHECK(wrong * 20 <= total);
    if (wrong * 20 > total) printf("%s\n", xybrid_envelope_text(heard));
    xybrid_envelope_free(heard);
}

static void round_trip(xybrid_runtime *rt, xybrid_model *speaker, const ears *listeners, const char *voice) {
    xybrid_run_options o;
    xybrid_envelope   *text = NULL, *speech = NULL;
    xybrid_run_options_init(&o, sizeof o);
    o.voice = voice;
    DOOR_OK(xybrid_envelope_new_text(rt, paragraph, sizeof paragraph - 1, &text, &err));
    DOOR_OK(xybrid_model_run(speaker, text, &o, &speech, &err));
    for (int i = 0; i < 2; i++)
        if (listeners[i].model) hear(&listeners[i], voice, speech);
    xybrid_envelope_free(speech);
    xybrid_envelope_free(text);
}

/* The voices (count of them), each heard by Whisper and by one Moonshine. */
static void is_understood(const char *pack, const char *weights, const char *moonshine, const char *const *voices, int count) {
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *speaker = load(rt, pack, weights);
    ears            listeners[2] = { { moonshine, NULL }, { "whisper-tiny.en", NULL } };
    int             is_there = 0;
    for (int i = 0; i < 2 && speaker; i++) {
        listeners[i].model = load(rt, listeners[i].name, "model_metadata.json");
        is_there |= listeners[i].model != NULL;
    }
    for (int i = 0; i < count && is_there; i++) round_trip(rt, speaker, listeners, voices[i]);
    for (int i = 0; i < 2; i++) xybrid_model_free(listeners[i].model);
    xybrid_model_free(speaker);
    xybrid_runtime_free(rt);
    if (!is_there) CHECK_SKIP("the speaking pack, or both of the packs that hear");
}

static void kokoro_is_understood(void) {
    static const char *const voices[] = { "af_heart", "af_bella", "am_michael", "am_adam", "bf_emma" };
    is_understood("kokoro-82m", "kokoro-v1.0.int8.onnx", "moonshine-tiny", voices, 5);
}

static void piper_is_understood(void) {
    static const char *const voices[] = { NULL };
    is_understood("piper-joe", "en_US-joe-medium.onnx", "moonshine-base", voices, 1);
}

CHECK_MAIN(RUN(kokoro_is_understood), RUN(piper_is_understood))
