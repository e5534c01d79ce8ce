/* Voices in all their files, rows, blends, names that are none, files from an enemy; symbols to ids in all their tables. */
#include "pack/pack.h"
#include "speech/phoneme_ids.h"
#include "speech/voices.h"
#include "support.h"
#include "temp.h"

enum { WIDTH = 4 };

static xb_test_mem  tm;
static xybrid_error err;
static xb_pack     *pack;

/* A folder with metadata that has this "voices" member (NULL = none). */
static void begin(const char *voices) {
    static char json[2000];
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    snprintf(json, sizeof json,
             "{\"model_id\":\"v\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.onnx\"},"
             "\"files\":[]%s%s}",
             voices ? ",\"voices\":" : "", voices ? voices : "");
    temp_file("model_metadata.json", json, strlen(json));
}

static xybrid_status open_voices(xb_voices **out) {
    xb_pack_source source = { .path = temp_root_ };
    *out = NULL;
    xybrid_status st = xb_pack_open(&tm.mem, &source, &pack, &err);
    if (st == XYBRID_OK) st = xb_voices_open(&tm.mem, pack, WIDTH, out, &err);
    return st;
}

static void end(xb_voices *v) {
    xb_voices_free(v);
    xb_pack_free(pack);
    pack = NULL;
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}

/* The style's first two numbers for a text of `ids` phonemes; NaN if there is no such voice. */
static float style_of(const xb_voices *v, const char *id, int64_t ids) {
    xb_voice voice;
    float    style[WIDTH];
    if (xb_voices_find(v, &tm.mem, id, &voice, &err)) return NAN;
    xb_voice_style(&voice, ids, style);
    CHECK(voice.width == WIDTH);
    xb_voice_drop(&voice);
    return style[0];
}

static void refused(const xb_voices *v, const char *id, xybrid_status wanted, const char *part) {
    xb_voice      voice;
    xybrid_status st = xb_voices_find(v, &tm.mem, id, &voice, &err);
    CHECK_INT(st, wanted);
    CHECK(strstr(err.message, part) != NULL);
    if (!strstr(err.message, part)) printf("%s\n", err.message);
    if (st == XYBRID_OK) xb_voice_drop(&voice);
}

static char *golden(const char *name, size_t *size) { return xb_test_golden(name, size); }

#define CATALOG(rest) "\"default\":\"beta\",\"catalog\":[" rest "]}"
#define NPZ           "{\"format\":\"embedded\",\"file\":\"voices.bin\",\"loader\":\"numpy_npz\","

static void npz(int is_packed) {
    xb_voices *v;
    size_t     size;
    char      *bytes = golden(is_packed ? "npz/voices_packed.npz" : "npz/voices.npz", &size);
    CHECK_OR_RETURN(bytes);
    begin(NPZ CATALOG(""));
    temp_file("voices.bin", bytes, size);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_INT(xb_voices_count(v), 7);
    CHECK_NEAR(style_of(v, "alpha", 1), 1, 0); /* row n - 1 */
    CHECK_NEAR(style_of(v, "alpha", 2), 5, 0);
    CHECK_NEAR(style_of(v, "alpha", 3), 9, 0);
    CHECK_NEAR(style_of(v, "alpha", 500), 9, 0); /* the last row at most */
    CHECK_NEAR(style_of(v, "alpha", 0), 1, 0);
    CHECK_NEAR(style_of(v, NULL, 7), -2, 0); /* the default */
    CHECK_NEAR(style_of(v, "", 7), -2, 0);
    CHECK_NEAR(style_of(v, "gamma", 2), 50, 0);
    CHECK_NEAR(style_of(v, "delta", 2), 1, 0);
    CHECK_NEAR(style_of(v, "0", 2), 5, 0); /* by its place */
    refused(v, "double", XYBRID_MALFORMED, "float32");
    refused(v, "wide", XYBRID_MALFORMED, "wanted");
    refused(v, "cube", XYBRID_MALFORMED, "wanted");
    end(v);
    free(bytes);
}
static void npz_stored(void) { npz(0); }
static void npz_packed(void) { npz(1); }

static void blends(void) {
    xb_voices *v;
    size_t     size;
    char      *bytes = golden("npz/voices.npz", &size);
    CHECK_OR_RETURN(bytes);
    begin(NPZ CATALOG("{\"id\":\"alpha\",\"name\":\"A\",\"language\":\"en-gb\"},{\"id\":\"beta\",\"name\":\"B\"},"
                      "{\"id\":\"x.y\",\"name\":\"D\"},{\"id\":\"gone\",\"name\":\"G\"}"));
    temp_file("voices.bin", bytes, size);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_NEAR(style_of(v, "alpha.4+beta.6", 1), 0.4 * 1 - 0.6 * 2, 1e-6);
    CHECK_NEAR(style_of(v, "alpha.3+beta.3", 1), -0.5, 1e-6); /* scaled to 1 */
    CHECK_NEAR(style_of(v, "alpha+beta", 3), 3.5, 1e-6);
    CHECK_NEAR(style_of(v, "alpha:3+beta:1", 1), 0.25, 1e-6);
    CHECK_NEAR(style_of(v, "alpha.25+beta.75", 1), -1.25, 1e-6);
    CHECK_NEAR(style_of(v, "0.5+1.5", 1), -0.5, 1e-6); /* numbers, too */
    xb_voice voice;
    CHECK_INT(xb_voices_find(v, &tm.mem, "alpha.5+beta", &voice, &err), XYBRID_OK);
    CHECK_STR(voice.language, "en-gb");
    CHECK_INT(xb_voice_rows(&voice), 1);
    xb_voice_drop(&voice);
    refused(v, "alpha+", XYBRID_INVALID_ARGUMENT, "no voice \"\"");
    refused(v, "alpha+gama.5", XYBRID_INVALID_ARGUMENT, "no voice \"gama.5\"");
    refused(v, "alpha.0+beta.0", XYBRID_INVALID_ARGUMENT, "weights");
    refused(v, "alpha.1.2+beta", XYBRID_INVALID_ARGUMENT, "alpha.1.2");
    refused(v, "alpha+alpha+alpha+alpha+alpha+alpha+alpha+alpha+alpha", XYBRID_INVALID_ARGUMENT, "at most 8");
    refused(v, "4", XYBRID_INVALID_ARGUMENT, "among 4; known are alpha, beta, x.y, gone");
    refused(v, "gone", XYBRID_MALFORMED, "lacks");
    end(v);
    free(bytes);
}

static const char *name_at(const void *ctx, int32_t index) { return ((const char *const *)ctx)[index]; }

static void nearest_names(void) {
    static const char *const names[] = { "af_heart", "af_bella", "am_adam", "bf_emma", "am_michael", "af_sarah", "bm_george" };
    char                     text[300];
    xb_nearest_names("af_hart", 7, name_at, names, text, sizeof text);
    CHECK(strncmp(text, "nearest are af_heart, af_sarah,", 31) == 0);
    xb_nearest_names("AM_ADAM", 7, name_at, names, text, sizeof text);
    CHECK(strncmp(text, "nearest are am_adam,", 20) == 0);
    xb_nearest_names("", 3, name_at, names, text, sizeof text);
    CHECK_STR(text, "known are af_heart, af_bella, am_adam");
    xb_nearest_names("x", 7, name_at, names, text, 20);
    CHECK_INT(strlen(text), 19); /* cut, not beyond its room */
}

static void raw_files(void) {
    static float styles[2 * 510 * WIDTH];
    xb_voices   *v;
    for (int i = 0; i < 2 * 510 * WIDTH; i++) styles[i] = (float)(i / WIDTH);
    begin("{\"format\":\"embedded\",\"file\":\"v.bin\",\"loader\":\"binary_f32_256\"," CATALOG(
        "{\"id\":\"alpha\",\"name\":\"A\",\"index\":1},{\"id\":\"beta\",\"name\":\"B\",\"index\":0}"));
    temp_file("v.bin", styles, sizeof styles);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_NEAR(style_of(v, "beta", 100), 99, 0);
    CHECK_NEAR(style_of(v, "alpha", 100), 510 + 99, 0);
    CHECK_NEAR(style_of(v, "1", 1), 510, 0);
    CHECK_NEAR(style_of(v, "alpha", 1000), 1019, 0);
    end(v);

    begin(NULL); /* a bare voices.bin of three voices with one row each */
    temp_file("voices.bin", styles, 3 * WIDTH * sizeof *styles);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_INT(xb_voices_count(v), 3);
    CHECK_NEAR(style_of(v, NULL, 100), 0, 0);
    CHECK_NEAR(style_of(v, "2", 100), 2, 0);
    refused(v, "3", XYBRID_INVALID_ARGUMENT, "known are the numbers 0 to 2");
    end(v);
}

static void folders(void) {
    static float styles[510 * WIDTH];
    xb_voices   *v;
    for (int i = 0; i < 510 * WIDTH; i++) styles[i] = (float)(i / WIDTH) / 2;
    begin("{\"format\":\"per_model\",\"voice_dir\":\"voices\",\"pattern\":\"{voice_id}.bin\"," CATALOG(
        "{\"id\":\"alpha\",\"name\":\"A\"},{\"id\":\"beta\",\"name\":\"B\"},{\"id\":\"../"
        "x\",\"name\":\"C\"},{\"id\":\"odd\",\"name\":\"D\"}"));
    temp_folder("voices");
    temp_file("voices/alpha.bin", styles, sizeof styles);
    temp_file("voices/odd.bin", styles, 30);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_NEAR(style_of(v, "alpha", 11), 5, 0);
    refused(v, "beta", XYBRID_MODEL_NOT_FOUND, "beta.bin");
    refused(v, "../x", XYBRID_MALFORMED, "../x.bin"); /* not out of the pack */
    refused(v, "odd", XYBRID_MALFORMED, "30 bytes");
    end(v);
}

static void json_base64(void) {
    static const char text[] =
        "{\"voices\":{\"alpha\":\"AACAPwAAAEAAAEBAAACAQA==\",\"beta\":\"AAAA\",\"wrong\":\"*\",\"none\":3}}";
    xb_voices *v;
    begin("{\"format\":\"embedded\",\"file\":\"v.json\",\"loader\":\"json_base64\"," CATALOG(""));
    temp_file("v.json", text, sizeof text - 1);
    CHECK_OR_RETURN(open_voices(&v) == XYBRID_OK);
    CHECK_INT(xb_voices_count(v), 4);
    CHECK_NEAR(style_of(v, "alpha", 9), 1, 0);
    refused(v, "beta", XYBRID_MALFORMED, "3 bytes");
    refused(v, "wrong", XYBRID_MALFORMED, "base64");
    refused(v, "none", XYBRID_MALFORMED, "none");
    end(v);
}

static void packs_that_are_wrong(void) {
    static const struct {
        const char *voices, *bytes;
        size_t      size;
        const char *part;
    } cases[] = {
        { NULL, NULL, 0, "neither" },
        { NPZ CATALOG(""), NULL, 0, "voices.bin" },
        { NPZ CATALOG(""), "PK\3\4 and no more of it", 22, "zip" },
        { NPZ CATALOG(""), "12345678123456781", 17, "17 bytes" },
        { "{\"format\":\"embedded\",\"file\":\"voices.bin\",\"loader\":\"binary_f32_256\"," CATALOG(
              "{\"id\":\"beta\",\"name\":\"B\",\"index\":1}"),
          "1234567812345678", 16, "number 1" },
        { "{\"format\":\"embedded\",\"file\":\"voices.bin\",\"loader\":\"json_base64\"," CATALOG(""), "[", 1, "JSON" },
        { "{\"format\":\"embedded\",\"file\":\"voices.bin\",\"loader\":\"json_base64\"," CATALOG(""), "{}", 2, "0 voices" },
        { "{\"format\":\"per_model\",\"voice_dir\":\"v\",\"pattern\":\"x.bin\"," CATALOG(""), NULL, 0, "{voice_id}" },
        { "{\"format\":\"cloning\",\"encoder_model\":\"e\",\"min_audio_seconds\":1,\"max_audio_seconds\":2," CATALOG(""), NULL,
          0, "cloning" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xb_voices *v;
        begin(cases[i].voices);
        if (cases[i].bytes) temp_file("voices.bin", cases[i].bytes, cases[i].size);
        CHECK(open_voices(&v) != XYBRID_OK);
        CHECK(strstr(err.message, cases[i].part) != NULL);
        if (!strstr(err.message, cases[i].part)) printf("%zu: %s\n", i, err.message);
        end(v);
    }
}

static void memory_runs_out(void) {
    size_t size;
    char  *bytes = golden("npz/voices_packed.npz", &size);
    CHECK_OR_RETURN(bytes);
    begin(NPZ CATALOG(""));
    temp_file("voices.bin", bytes, size);
    XB_TORTURE (tm, 400) {
        xb_voices     *v = NULL;
        xb_voice       voice = { 0 };
        xb_pack_source source = { .path = temp_root_ };
        pack = NULL;
        xybrid_status st = xb_pack_open(&tm.mem, &source, &pack, &err);
        if (st == XYBRID_OK) st = xb_voices_open(&tm.mem, pack, WIDTH, &v, &err);
        if (st == XYBRID_OK) st = xb_voices_find(v, &tm.mem, "alpha+beta", &voice, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_voice_drop(&voice);
        xb_voices_free(v);
        xb_pack_free(pack);
    }
    temp_close();
    free(bytes);
}

/* ---- symbols to ids ---- */

static const char *ids_of(const char *table, const char *phonemes, xb_phoneme_options options) {
    static char       out[400];
    xb_phoneme_table *t = NULL;
    xb_phoneme_ids    ids = { .mem = &tm.mem };
    size_t            n = 0;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_status st = xb_phoneme_table_load(&tm.mem, table, (int64_t)strlen(table), "table", &options, &t, &err);
    if (st == XYBRID_OK) st = xb_phoneme_encode(t, phonemes, strlen(phonemes), &ids, &err);
    if (st) snprintf(out, sizeof out, "%s", err.message);
    else {
        for (size_t i = 0; i < ids.count; i++) n += (size_t)snprintf(out + n, sizeof out - n, "%lld ", (long long)ids.ids[i]);
        snprintf(out + n, sizeof out - n, "%zu/%zu", ids.spoken, ids.phonemes);
    }
    xb_phoneme_ids_free(&ids);
    xb_phoneme_table_free(t);
    CHECK_INT(tm.live_blocks, 0);
    return out;
}

static void tables(void) {
    const xb_phoneme_options padded = { 1, 0 }, bare = { 0, 0 }, silent = { 1, 2 };
    const char              *lines = "$ 0\n; 1\n\xc9\x99 83\r\n\xcb\x88 156\n  16\nh 50\nl\t54\n";
    CHECK_STR(ids_of(lines, "h\xc9\x99l\xcb\x88X \xe2\x82\xac;", padded),
              "0 50 83 54 156 16 1 0 3/6"); /* X and the euro are none */
    CHECK_STR(ids_of(lines, "h\xc9\x99", bare), "50 83 2/2");
    CHECK_STR(ids_of(lines, "h", silent), "0 30 30 50 0 1/1");
    CHECK_STR(ids_of(lines, "", padded), "0 0 0/0");
    const char *vocab = "{\"$\":0,\"h\":50,\"\xc9\x99\":83,\"a\xc9\xaa\":7,\"a\":6}";
    CHECK_STR(ids_of(vocab,
                     "ha\xc9\xaa"
                     "a",
                     padded),
              "0 50 7 6 0 3/3"); /* the longest symbol */
    CHECK_STR(ids_of("\xef\xbb\xbf {\"n_token\":9,\"vocab\":{\"h\":50}}", "hh", padded), "0 50 50 0 2/2");
    CHECK_STR(ids_of("{\"model\":{\"vocab\":{\"h\":50,\"h\":51}}}", "h", padded), "0 51 0 1/1"); /* the later one */
    const char *piper =
        "{\"phoneme_id_map\":{\"_\":[0],\"^\":[1],\"$\":[2],\"c\":[16],\"\xcc\xa7\":[140],\" \":[3],\"q\":[4,5]}}";
    CHECK_STR(ids_of(piper, "\xc3\xa7 q", padded), "1 0 16 0 140 0 3 0 4 5 0 2 2/4"); /* NFD: the cedilla apart */
    CHECK_STR(ids_of(piper, "", padded), "1 0 2 0/0");
}

static void tables_that_are_wrong(void) {
    static const char *const cases[][2] = {
        { "", "empty" },
        { "{}", "empty" },
        { "h fifty\n", "no line" },
        { "\xff 5\n", "no line" },
        { "h 1234567890\n", "no line" },
        { "{\"h\":\"x\"}", "an id" },
        { "{\"h\":-1}", "an id" },
        { "{\"h\":[1,2,3,4,5,6,7,8,9]}", "an id" },
        { "{\"h\":[1,\"x\"]}", "an id" },
        { "{\"\":1}", "0 bytes" },
        { "{\"h\":1", "JSON" },
        { "{\"phoneme_id_map\":{\"_\":[0],\"^\":[1]}}", "\"$\"" },
        { "{\"phoneme_id_map\":3}", "empty" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = ids_of(cases[i][0], "h", (xb_phoneme_options){ 1, 0 });
        CHECK(strstr(found, cases[i][1]) != NULL);
        if (!strstr(found, cases[i][1])) printf("%zu: %s\n", i, found);
    }
    CHECK(strstr(ids_of("h 5\n", "h\xff", (xb_phoneme_options){ 1, 0 }), "byte 1") != NULL);
}

CHECK_MAIN(RUN(npz_stored), RUN(npz_packed), RUN(blends), RUN(nearest_names), RUN(raw_files), RUN(folders), RUN(json_base64),
           RUN(packs_that_are_wrong), RUN(memory_runs_out), RUN(tables), RUN(tables_that_are_wrong))
