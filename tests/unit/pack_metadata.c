/* model_metadata.json: every template, mode, voice format and step list of the original's format and of ours, defaults, and the
 * text of each failure. The documents are the seeds of the fuzzer. */
#include "base/limits.h"
#include "pack/pack.h"
#include "support.h"

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

typedef struct meta {
    xb_test_mem      tm;
    xb_arena         arena;
    xb_json_doc     *doc;
    xb_pack_metadata m;
    xybrid_error     err;
    xybrid_status    st;
} meta;

static void read_text(meta *x, const char *json, size_t size) {
    memset(x, 0, sizeof *x);
    xb_test_mem_init(&x->tm, 0, 0);
    xb_arena_init(&x->arena, &x->tm.mem, 0);
    x->st = xb_json_parse(&x->tm.mem, json, (int64_t)size, XB_MAX_PACK_JSON_BYTES, &x->doc, &x->err);
    CHECK_INT(x->st, XYBRID_OK);
    if (x->st == XYBRID_OK) x->st = xb_pack_metadata_read(xb_json_root(x->doc), &x->arena, &x->m, &x->err);
}
static void drop(meta *x) {
    xb_json_free(x->doc);
    xb_arena_free(&x->arena);
    CHECK_INT(x->tm.live_blocks, 0);
}
static int read_corpus(meta *x, const char *name) {
    char   path[1024];
    size_t size;
    snprintf(path, sizeof path, "%s/fuzz/corpus/pack/%s", XB_TEST_SOURCE, name);
    char *text = xb_test_file_(path, &size);
    CHECK(text);
    if (!text) return 0;
    read_text(x, text, size);
    free(text);
    if (x->st) printf("%s: %s\n", name, x->err.message);
    CHECK_INT(x->st, XYBRID_OK);
    if (x->st) drop(x);
    return x->st == XYBRID_OK;
}

static void reads_a_classifier(void) {
    meta x;
    if (!read_corpus(&x, "classifier.json")) return;
    CHECK_STR(x.m.model_id, "digits");
    CHECK_STR(x.m.version, "1");
    CHECK_STR(x.m.description, NULL);
    CHECK_STR(x.m.kind_name, "Onnx");
    CHECK_STR(x.m.task, "image-classification");
    CHECK_INT(x.m.kind, XB_PACK_ONNX);
    CHECK_INT(x.m.stage_count, 1);
    CHECK_STR(x.m.stages[0].name, "digits");
    CHECK_STR(x.m.stages[0].where, "execution_template");
    CHECK_STR(x.m.stages[0].model_file, "m.onnx");
    CHECK_INT(x.m.stages[0].execution.mode, XB_PACK_SINGLE_SHOT);
    CHECK_INT(x.m.stages[0].batch, 1);
    CHECK_STR(x.m.stages[0].for_each, NULL);
    CHECK_INT(x.m.preprocessing.count, 2);
    CHECK_STR(x.m.preprocessing.where, "preprocessing");
    CHECK_STR(x.m.preprocessing.items[1].type, "Normalize");
    CHECK_INT(x.m.preprocessing.items[1].index, 1);
    CHECK_INT(xb_json_count(xb_json_get(x.m.preprocessing.items[0].params, "shape")), 4);
    CHECK_INT(x.m.postprocessing.count, 1);
    CHECK_INT(x.m.file_count, 1);
    CHECK_STR(x.m.files[0], "m.onnx");
    CHECK(!x.m.voices && !x.m.vision_encoder);
    CHECK_INT(x.m.max_chunk_chars, 350);
    CHECK_INT(x.m.trim_trailing_samples, 0);
    CHECK_INT(x.m.options.context_length, -1);
    drop(&x);
}

static void reads_a_graph(void) {
    meta x;
    if (!read_corpus(&x, "graph.json")) return;
    CHECK_INT(x.m.kind, XB_PACK_MODEL_GRAPH);
    CHECK_STR(x.m.kind_name, "ModelGraph");
    CHECK_INT(xb_json_count(x.m.config), 1);
    CHECK_OR_RETURN(x.m.stage_count == 4);
    const xb_pack_stage *s = x.m.stages;
    CHECK_STR(s[0].name, "encoder");
    CHECK_STR(s[0].model_file, "onnx/enc.onnx");
    CHECK_STR(s[0].inputs[0], "mel");
    CHECK_STR(s[0].for_each, NULL);
    CHECK_STR(s[1].outputs[0], "logits");
    CHECK_INT(s[1].input_count, 0);
    CHECK_INT(s[1].execution.mode, XB_PACK_WHISPER_DECODER);
    CHECK_INT(s[1].execution.max_tokens, 224);
    CHECK_INT(s[1].execution.start_token_id, 50258);
    CHECK_INT(s[1].execution.end_token_id, 50257);
    CHECK_INT(s[1].execution.language_token_id, 50259);
    CHECK_INT(s[1].execution.task_token_id, 50359);
    CHECK_INT(s[1].execution.no_timestamps_token_id, 50363);
    CHECK_INT(s[1].execution.suppress_count, 2);
    CHECK_INT(s[1].execution.suppress_tokens[1], 2);
    CHECK_NEAR(s[1].execution.repetition_penalty, 1.1, 1e-15);
    CHECK_INT(xb_json_count(s[1].config), 1);
    CHECK_STR(s[1].for_each, "lines");
    CHECK_INT(s[1].batch, 8);
    CHECK_STR(s[1].preprocessing.where, "execution_template.stages[1].preprocessing");
    CHECK_STR(s[1].preprocessing.items[0].type, "Resize");
    CHECK_STR(s[1].postprocessing.items[0].type, "CTCDecode");
    CHECK_INT(s[2].execution.mode, XB_PACK_AUTOREGRESSIVE);
    CHECK_INT(s[2].execution.max_tokens, 10);
    CHECK_NEAR(s[2].execution.repetition_penalty, 0, 0);
    CHECK_INT(s[2].execution.language_token_id, -1);
    CHECK_INT(s[3].execution.mode, XB_PACK_ITERATIVE_REFINEMENT);
    CHECK_INT(s[3].execution.num_steps, 3);
    CHECK_INT(s[3].execution.schedule, XB_PACK_CUSTOM);
    CHECK_INT(s[3].execution.timestep_count, 3);
    CHECK_NEAR(s[3].execution.timesteps[1], 0.5, 0);
    drop(&x);
}

static void reads_windows(void) {
    meta x;
    if (!read_corpus(&x, "windowed.json")) return;
    const xb_pack_execution *w = &x.m.stages[0].execution;
    CHECK_INT(w->mode, XB_PACK_WINDOWED);
    CHECK_INT(w->window, 512);
    CHECK_INT(w->hop, 512);
    CHECK_INT(w->context, 64);
    CHECK_INT(w->pad_last, 0);
    CHECK_INT(w->carry_count, 1);
    CHECK_STR(w->carry[0].output, "stateN");
    CHECK_STR(w->carry[0].input, "state");
    CHECK_INT(w->constant_count, 2);
    CHECK_STR(w->constants[0].input, "sr");
    int64_t sr = 0;
    CHECK(xb_json_int(w->constants[0].value, &sr) && sr == 16000);
    drop(&x);
}

static void reads_voices(void) {
    meta x;
    if (!read_corpus(&x, "voices.json")) return;
    CHECK_INT(x.m.kind, XB_PACK_ONNX); /* by its old name */
    const xb_pack_voices *v = x.m.voices;
    CHECK_OR_RETURN(v && v->count == 2);
    CHECK_INT(v->format, XB_VOICES_EMBEDDED);
    CHECK_STR(v->file, "voices.bin");
    CHECK_INT(v->loader, XB_VOICE_NUMPY_NPZ);
    CHECK_INT(v->selection, XB_VOICE_TOKEN_LENGTH);
    CHECK_STR(v->default_id, "af_heart");
    CHECK_STR(v->catalog[0].gender, "female");
    CHECK_STR(v->catalog[0].style, "warm");
    CHECK_STR(v->catalog[0].preview_url, "x");
    CHECK_INT(v->catalog[0].index, 0);
    CHECK_STR(v->catalog[1].language, NULL);
    CHECK_INT(v->catalog[1].index, 7);
    CHECK_INT(x.m.max_chunk_chars, 200);
    CHECK_INT(x.m.trim_trailing_samples, 5000);
    drop(&x);
    if (!read_corpus(&x, "others.json")) return;
    CHECK_INT(x.m.voices->format, XB_VOICES_PRECOMPUTED_CODES);
    CHECK_STR(x.m.voices->codes_dir, "codes");
    CHECK_STR(x.m.voices->codes_pattern, "{voice_id}.bin");
    CHECK_STR(x.m.voices->transcript_pattern, "{voice_id}.txt");
    CHECK_INT(x.m.voices->selection, XB_VOICE_FIXED_INDEX);
    drop(&x);
    if (!read_corpus(&x, "zzz.json")) return;
    CHECK_INT(x.m.voices->format, XB_VOICES_CLONING);
    CHECK_STR(x.m.voices->encoder_model, "enc.onnx");
    CHECK_NEAR(x.m.voices->max_audio_seconds, 10.5, 0);
    drop(&x);
}

static void reads_other_templates(void) {
    meta x;
    if (!read_corpus(&x, "gguf.json")) return;
    const xb_pack_options *o = &x.m.options;
    CHECK_INT(x.m.kind, XB_PACK_GGUF);
    CHECK_STR(x.m.stages[0].model_file, "q4.gguf");
    CHECK_INT(o->context_length, 2048);
    CHECK_STR(o->chat_template, "chat.jinja");
    CHECK_INT(o->generation.max_tokens, 128);
    CHECK_INT(o->generation.top_k, 40);
    CHECK_NEAR(o->generation.temperature, 0, 0);
    CHECK_NEAR(o->generation.top_p, 0.9, 1e-15);
    CHECK_INT(o->generation.stop_count, 2);
    CHECK_STR(o->generation.stop_sequences[1], "\n\n");
    drop(&x);
    if (!read_corpus(&x, "vision.json")) return;
    CHECK_INT(x.m.kind, XB_PACK_VISION_LANGUAGE);
    CHECK_INT(o->context_length, 4096);
    CHECK_INT(o->generation.max_tokens, -1);
    CHECK_NEAR(o->generation.temperature, -1, 0);
    CHECK_STR(x.m.vision_encoder->file, "mmproj.gguf");
    CHECK_STR(x.m.vision_encoder->preprocessing_preset, "siglip");
    CHECK_INT(x.m.vision_encoder->image_size, 512);
    CHECK_INT(x.m.vision_encoder->patch_size, 16);
    drop(&x);
    if (!read_corpus(&x, "others.json")) return;
    CHECK_INT(x.m.kind, XB_PACK_GGML_WHISPER);
    CHECK_STR(o->language, "en");
    CHECK_INT(o->audio_ctx, 512);
    CHECK_INT(o->translate, 1);
    drop(&x);
    if (!read_corpus(&x, "safetensors.json")) return;
    CHECK_STR(x.m.kind_name, "SafeTensors");
    CHECK_STR(o->architecture, "whisper");
    CHECK_STR(o->config_file, "config.json");
    CHECK_STR(o->tokenizer_file, "tokenizer.json");
    drop(&x);
    if (!read_corpus(&x, "zzz.json")) return;
    CHECK_INT(x.m.kind, XB_PACK_ZZZ_EMBED);
    CHECK_STR(o->decoder_voice_file, "v.bin");
    drop(&x);
    static const char *const plain[] = { "CoreMl", "TfLite", "LiteRtLm" };
    for (int i = 0; i < 3; i++) {
        char json[256];
        snprintf(json, sizeof json,
                 "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"%s\",\"model_file\":\"m\"}}",
                 plain[i]);
        read_text(&x, json, strlen(json));
        CHECK_INT(x.st, XYBRID_OK);
        CHECK_STR(x.m.kind_name, plain[i]);
        CHECK_STR(xb_pack_template_name(x.m.kind), plain[i]);
        CHECK_INT(x.m.options.context_length, -1);
        CHECK_INT(x.m.file_count, 0);
        drop(&x);
    }
    CHECK_STR(xb_pack_template_name((xb_pack_template)99), "unknown");
}

/* ---- failures ---- */

static void check_error(const char *json, xybrid_status code, const char *message) {
    meta x;
    read_text(&x, json, strlen(json));
    CHECK_INT(x.st, code);
    CHECK_STR(x.err.message, message);
    drop(&x);
}
/* An Onnx template with these fields behind its model_file. */
#define ONNX(fields) \
    "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.onnx\"" fields "}}"
#define ROOT(fields) \
    "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.onnx\"}," fields "}"
#define STAGES(s) "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"ModelGraph\",\"stages\":" s "}}"

static void says_what_is_wrong(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_PACK };
    check_error("[]", BAD, "the document is an array of 0, wanted an object");
    check_error("{}", BAD, "model_id is missing, wanted a string");
    check_error("{\"model_id\":7}", BAD, "model_id is 7, wanted a string");
    check_error("{\"model_id\":\"a\",\"version\":1}", BAD, "version is 1, wanted a string");
    check_error("{\"model_id\":\"a\",\"version\":\"1\"}", BAD, "execution_template is missing, wanted an object");
    check_error("{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{}}", BAD,
                "execution_template.type is missing, wanted a string");
    check_error(
        "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Foo\"}}", OTHER,
        "execution_template.type is \"Foo\", which is not known; known are Onnx, SafeTensors, CoreMl, TfLite, ModelGraph, "
        "Gguf, GgmlWhisper, VisionLanguage, LiteRtLm, ZzzEmbed");
    check_error("{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\"}}", BAD,
                "execution_template.model_file is missing, wanted a string");
    check_error(
        "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"../m.onnx\"}}", BAD,
        "execution_template.model_file is \"../m.onnx\", a path that leaves the pack; wanted one inside it");
    check_error(
        "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"VisionLanguage\",\"model_file\":\"m\"}}", BAD,
        "vision_encoder is missing, wanted an object with the encoder's \"file\", which VisionLanguage needs");
    check_error(ROOT("\"preprocessing\":{}"), BAD, "preprocessing is an object, wanted an array");
    check_error(ROOT("\"preprocessing\":[{\"type\":\"A\"},3]"), BAD, "preprocessing[1] is 3, wanted an object with a \"type\"");
    check_error(ROOT("\"postprocessing\":[{}]"), BAD, "postprocessing[0].type is missing, wanted a string");
    check_error(ROOT("\"files\":[\"a\",null]"), BAD, "files[1] is null, wanted a string without NUL characters");
    check_error(ROOT("\"metadata\":[]"), BAD, "metadata is an array of 0, wanted an object");
    check_error(ROOT("\"max_chunk_chars\":0"), BAD, "max_chunk_chars is 0, wanted an integer 1..2147483647");
    check_error(ROOT("\"voices\":{\"format\":\"tape\"}"), OTHER,
                "voices.format is \"tape\", which is not known; known are embedded, per_model, cloning, precomputed_codes");
    check_error(ROOT("\"voices\":{\"format\":\"embedded\",\"file\":\"/v\"}"), BAD,
                "voices.file is \"/v\", a path that leaves the pack; wanted one inside it");
    check_error(ROOT("\"voices\":{\"format\":\"per_model\",\"voice_dir\":\"v\",\"pattern\":\"p\",\"default\":\"d\",\"catalog\":"
                     "[{\"id\":\"a\"}]}"),
                BAD, "voices.catalog[0].name is missing, wanted a string");
    check_error(ROOT("\"vision_encoder\":{}"), BAD, "vision_encoder.file is missing, wanted a string");
}

static void says_what_is_wrong_in_stages(void) {
    enum { BAD = XYBRID_MALFORMED, OTHER = XYBRID_UNSUPPORTED_PACK };
    static const char stage[] = "{\"name\":\"s\",\"model_file\":\"m.onnx\",\"inputs\":[],\"outputs\":[]}";
    char              json[8192];
    check_error(STAGES("[]"), BAD, "execution_template.stages has 0 stages, wanted 1 to 32");
    check_error(STAGES("[7]"), BAD, "execution_template.stages[0] is 7, wanted an object");
    check_error(STAGES("[{}]"), BAD, "execution_template.stages[0].name is missing, wanted a string");
    check_error(STAGES("[{\"name\":\"s\",\"model_file\":\"m\"}]"), BAD,
                "execution_template.stages[0].inputs is missing, wanted an array");
    snprintf(json, sizeof json, STAGES("[%s,%s]"), stage, stage);
    check_error(json, BAD, "execution_template.stages[1].name is \"s\", wanted a name that no other stage has");
    check_error(
        ONNX(",\"execution_mode\":{\"type\":\"Magic\"}"), OTHER,
        "execution_template.execution_mode.type is \"Magic\", which is not known; known are SingleShot, Autoregressive, "
        "WhisperDecoder, IterativeRefinement, Windowed");
    check_error(ONNX(",\"execution_mode\":\"SingleShot\""), BAD,
                "execution_template.execution_mode is \"SingleShot\", wanted an object");
    check_error(ONNX(",\"execution_mode\":{\"type\":\"Windowed\"}"), BAD,
                "execution_template.execution_mode.window is missing, wanted an integer 1..1073741824");
    check_error(ONNX(",\"execution_mode\":{\"type\":\"Windowed\",\"window\":9,\"carry\":{\"a\":1}}"), BAD,
                "execution_template.execution_mode.carry.a is 1, wanted a string");
    check_error(ONNX(",\"execution_mode\":{\"type\":\"Windowed\",\"window\":9,\"constants\":{\"a\":[1,\"2\"]}}"), BAD,
                "execution_template.execution_mode.constants.a is an array of 2, wanted a number or nested arrays of numbers");
    check_error(ONNX(",\"execution_mode\":{\"type\":\"Autoregressive\",\"max_tokens\":1,\"start_token_id\":-1}"), BAD,
                "execution_template.execution_mode.start_token_id is -1, wanted an integer 0..2147483647");
    check_error(
        ONNX(",\"execution_mode\":{\"type\":\"IterativeRefinement\",\"num_steps\":1,\"schedule\":{\"type\":\"Custom\"}}"), BAD,
        "execution_template.execution_mode.schedule.timesteps is missing, wanted an array of 1 numbers");
    check_error(ONNX(",\"batch\":0"), BAD, "execution_template.batch is 0, wanted an integer 1..4096");
    check_error(ONNX(",\"for_each\":5"), BAD, "execution_template.for_each is 5, wanted a string");
}

static void keeps_to_its_limits(void) {
    char   json[8192];
    size_t n = (size_t)snprintf(json, sizeof json,
                                "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\","
                                "\"model_file\":\"m\"},\"preprocessing\":[");
    for (int i = 0; i <= XB_MAX_STEPS; i++)
        n += (size_t)snprintf(json + n, sizeof json - n, "%s{\"type\":\"A\"}", i ? "," : "");
    snprintf(json + n, sizeof json - n, "]}");
    check_error(json, XYBRID_MALFORMED, "preprocessing has 65 steps; at most 64");
    n = (size_t)snprintf(json, sizeof json,
                         "{\"model_id\":\"a\",\"version\":\"1\",\"execution_template\":{\"type\":\"ModelGraph\","
                         "\"stages\":[");
    for (int i = 0; i <= XB_MAX_STAGES; i++)
        n += (size_t)snprintf(json + n, sizeof json - n,
                              "%s{\"name\":\"s%d\",\"model_file\":\"m\",\"inputs\":[],\"outputs\":[]}", i ? "," : "", i);
    snprintf(json + n, sizeof json - n, "]}}");
    check_error(json, XYBRID_MALFORMED, "execution_template.stages has 33 stages, wanted 1 to 32");
}

/* ---- merge patch: the examples of RFC 7396, appendix A ---- */

static void check_merge(const char *base, const char *patch, const char *wanted) {
    xb_test_mem  tm;
    xb_json_doc *b = NULL, *p = NULL;
    xb_str       out;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_json_parse(&tm.mem, base, (int64_t)strlen(base), XB_MAX_PACK_JSON_BYTES, &b, &err), XYBRID_OK);
    CHECK_INT(xb_json_parse(&tm.mem, patch, (int64_t)strlen(patch), XB_MAX_PACK_JSON_BYTES, &p, &err), XYBRID_OK);
    xb_str_init(&out, &tm.mem, XB_MAX_PACK_JSON_BYTES);
    CHECK_INT(xb_pack_merge(xb_json_root(b), xb_json_root(p), &out, &err), XYBRID_OK);
    CHECK_STR(out.data, wanted);
    xb_str_free(&out);
    xb_json_free(b);
    xb_json_free(p);
    CHECK_INT(tm.live_blocks, 0);
}

static void merges(void) {
    static const char *const rows[][3] = {
        { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
        { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
        { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
        { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
        { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
        { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
        { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
        { "{\"a\":\"foo\"}", "null", "null" },
        { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
        { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
        { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
        { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
        { "{\"x\":true,\"y\":-1.5,\"z\":[null,{}]}", "{\"w\":12345678901}",
          "{\"x\":true,\"y\":-1.5,\"z\":[null,{}],\"w\":12345678901}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) check_merge(rows[i][0], rows[i][1], rows[i][2]);
}

static void confines_names(void) {
    static const char *const good[] = { "a", "a/b.onnx", "./a", "a..b", "\xc3\xa9.bin" };
    static const char *const bad[] = { "", "/a", "../a", "a/..", "a/../b", "C:a", "a\nb", "\xff" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) CHECK(xb_pack_name_ok(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK(!xb_pack_name_ok(bad[i]));
}

static void survives_lack_of_memory(void) {
    static const char *const names[] = { "classifier.json", "graph.json", "voices.json", "windowed.json", "gguf.json" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char   path[1024];
        size_t size;
        snprintf(path, sizeof path, "%s/fuzz/corpus/pack/%s", XB_TEST_SOURCE, names[i]);
        char *text = xb_test_file_(path, &size);
        CHECK_OR_RETURN(text);
        xb_test_mem tm;
        XB_TORTURE (tm, 200) {
            xb_arena         arena;
            xb_json_doc     *doc = NULL;
            xb_pack_metadata m;
            xb_str           merged;
            xybrid_error     err;
            xb_arena_init(&arena, &tm.mem, 0);
            xb_str_init(&merged, &tm.mem, XB_MAX_PACK_JSON_BYTES);
            xybrid_status st = xb_json_parse(&tm.mem, text, (int64_t)size, XB_MAX_PACK_JSON_BYTES, &doc, &err);
            if (!st) st = xb_pack_metadata_read(xb_json_root(doc), &arena, &m, &err);
            if (!st) st = xb_pack_merge(xb_json_root(doc), xb_json_root(doc), &merged, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_str_free(&merged);
            xb_json_free(doc);
            xb_arena_free(&arena);
        }
        free(text);
    }
}

CHECK_MAIN(RUN(reads_a_classifier), RUN(reads_a_graph), RUN(reads_windows), RUN(reads_voices), RUN(reads_other_templates),
           RUN(says_what_is_wrong), RUN(says_what_is_wrong_in_stages), RUN(keeps_to_its_limits), RUN(merges),
           RUN(confines_names), RUN(survives_lack_of_memory))
