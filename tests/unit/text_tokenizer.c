/* Tokenizers against the HuggingFace library (tests/golden/text, made by scripts/golden/text_tokenizers.py) and against llama.cpp
 * (the .inp and .out files of the reference data); errors, memory, long inputs. */
#include "text/tokenizer.h"

#include "base/utf8.h"
#include "codec/json.h"
#include "support.h"

#ifndef XB_TEST_MODELS
#  define XB_TEST_MODELS "build/models"
#endif

/* ---- helpers ---- */

static int all_equal(const int64_t *ids, int64_t count, const xb_json *wanted) {
    int64_t id = 0;
    if (xb_json_count(wanted) != count) return 0;
    for (xb_json_iter it = xb_json_items(wanted); xb_json_next(&it);)
        if (!xb_json_int(it.value, &id) || ids[it.index] != id) return 0;
    return 1;
}

static void report(const char *name, const char *text, const xb_encoding *e) {
    printf("%s: \"%s\" gives", name, text);
    for (int64_t i = 0; i < e->count; i++) printf(" %lld", (long long)e->ids[i]);
    printf("\n");
}

static int64_t int_at(const xb_json *array, int64_t index) {
    int64_t v = -1;
    (void)xb_json_int(xb_json_at(array, index), &v);
    return v;
}

static const char *text_at(const xb_json *array, int64_t index, size_t *size) {
    const char *s = NULL;
    *size = 0;
    (void)xb_json_string(xb_json_at(array, index), &s, size);
    return s;
}

static xb_json_doc *golden_json(xb_mem *mem, const char *name) {
    size_t       size = 0;
    char        *bytes = xb_test_golden(name, &size);
    xb_json_doc *doc = NULL;
    xybrid_error err;
    CHECK(bytes != NULL);
    if (bytes) CHECK_INT(xb_json_parse(mem, bytes, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err), XYBRID_OK);
    free(bytes);
    return doc;
}

/* {<parts>,"model":<model>} */
static xybrid_status from_parts(xb_mem *mem, const char *parts, const char *model, xb_tokenizer **out, xybrid_error *err) {
    size_t room = strlen(parts) + strlen(model) + 32;
    char  *json = malloc(room);
    if (!json) abort();
    snprintf(json, room, "{%s%s\"model\":%s}", parts, *parts ? "," : "", model);
    xybrid_status st = xb_tokenizer_from_json(mem, json, (int64_t)strlen(json), out, err);
    free(json);
    return st;
}

static char *golden_model(const char *name) {
    char   path[64];
    size_t size;
    snprintf(path, sizeof path, "text/%s.json", name);
    return xb_test_golden(path, &size);
}

static int64_t encode(const xb_tokenizer *t, const char *text, int add_special, xb_encoding *e) {
    xybrid_error      err;
    xb_encode_options options = xb_encode_defaults();
    options.add_special = add_special;
    xybrid_status st = xb_tokenizer_encode(t, text, strlen(text), &options, e, &err);
    CHECK_INT(st, XYBRID_OK);
    return st ? -1 : e->count;
}

/* ---- against HuggingFace ---- */

static void check_case(const xb_tokenizer *t, const char *name, int64_t max_length, const xb_json *c, xb_encoding *e,
                       xb_str *s) {
    size_t            size, wanted_size;
    const char       *text = text_at(c, 0, &size), *wanted = text_at(c, 4, &wanted_size);
    xybrid_error      err;
    xb_encode_options options = { (int32_t)max_length, (int32_t)int_at(c, 1), (int32_t)int_at(c, 2), 1 };
    CHECK_INT(xb_tokenizer_encode(t, text, size, &options, e, &err), XYBRID_OK);
    int same = all_equal(e->ids, e->count, xb_json_at(c, 3));
    CHECK(same);
    if (!same) report(name, text, e);
    for (int64_t i = 0; i < e->count; i++)
        CHECK(e->mask[i] == 1 && e->spans[i].start <= e->spans[i].end && e->spans[i].end <= size);
    if (!wanted) return;
    xb_str_clear(s);
    CHECK_INT(xb_tokenizer_decode(t, e->ids, e->count, XB_DECODE_SKIP_SPECIAL, s, &err), XYBRID_OK);
    CHECK(s->size == wanted_size && memcmp(s->data, wanted, wanted_size) == 0);
    if (s->size != wanted_size || memcmp(s->data, wanted, wanted_size) != 0)
        printf("%s: decodes to \"%s\", wanted \"%s\"\n", name, s->data, wanted);
}

static void equals_huggingface(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_json_doc *doc = golden_json(&tm.mem, "text/cases.json");
    CHECK_OR_RETURN(doc != NULL);
    xb_encoding e;
    xb_str      s;
    int64_t     cases = 0;
    xb_encoding_init(&e, &tm.mem), xb_str_init(&s, &tm.mem, 1 << 20);
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it);) {
        const char  *name, *model_name, *parts;
        int64_t      max_length;
        xybrid_error err;
        CHECK_INT(xb_json_get_string(it.value, "", "name", &name, &err), XYBRID_OK);
        CHECK_INT(xb_json_get_string(it.value, "", "model", &model_name, &err), XYBRID_OK);
        CHECK_INT(xb_json_get_string(it.value, "", "parts", &parts, &err), XYBRID_OK);
        CHECK_INT(xb_json_get_int(it.value, "", "max_length", -1, 1000, &max_length, &err), XYBRID_OK);
        char *model = golden_model(model_name);
        CHECK_OR_RETURN(model != NULL);
        xb_tokenizer *t = NULL;
        xybrid_status st = from_parts(&tm.mem, parts, model, &t, &err);
        free(model);
        if (st) printf("%s: %s\n", name, err.message);
        CHECK_INT(st, XYBRID_OK);
        for (xb_json_iter c = xb_json_items(xb_json_get(it.value, "cases")); t && xb_json_next(&c); cases++)
            check_case(t, name, max_length, c.value, &e, &s);
        xb_tokenizer_free(t);
    }
    CHECK(cases > 500);
    xb_encoding_free(&e), xb_str_free(&s), xb_json_free(doc);
    CHECK_INT(tm.live_blocks, 0);
}

/* A vocabulary of the reference data; *bytes must outlive the tokenizer. */
static xb_tokenizer *from_shared(xb_mem *mem, const char *name, char **bytes) {
    char          path[96];
    size_t        size;
    xb_gguf       g;
    xybrid_error  err;
    xb_tokenizer *t = NULL;
    xb_arena      arena;
    snprintf(path, sizeof path, "tokenizers/ggml-vocab-%s.gguf", name);
    *bytes = xb_test_data(path, &size);
    if (!*bytes) return NULL;
    xb_arena_init(&arena, mem, 0);
    CHECK_INT(xb_gguf_read(*bytes, size, &arena, &g, &err), XYBRID_OK);
    CHECK_INT(xb_tokenizer_from_gguf(mem, &g, &t, &err), XYBRID_OK);
    xb_arena_free(&arena);
    return t;
}

static void check_gguf_against_huggingface(const char *name) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char         *bytes;
    xb_tokenizer *t = from_shared(&tm.mem, name, &bytes);
    if (!bytes) CHECK_SKIP("reference data tokenizers/");
    CHECK_OR_RETURN(t != NULL);
    xb_json_doc *doc = golden_json(&tm.mem, "text/gguf.json");
    xb_encoding  e;
    xb_encoding_init(&e, &tm.mem);
    xb_encode_options options = { XYBRID_AUTO, 0, 1, 1 };
    for (xb_json_iter c = xb_json_items(xb_json_get(xb_json_root(doc), name)); xb_json_next(&c);) {
        size_t       size;
        xybrid_error err;
        const char  *text = text_at(c.value, 0, &size);
        CHECK_INT(xb_tokenizer_encode(t, text, size, &options, &e, &err), XYBRID_OK);
        int same = all_equal(e.ids, e.count, xb_json_at(c.value, 1));
        CHECK(same);
        if (!same) report(name, text, &e);
        for (int64_t i = 0; same && i < e.count; i++) {
            CHECK_INT(e.spans[i].start, int_at(xb_json_at(c.value, 2), i));
            CHECK_INT(e.spans[i].end, int_at(xb_json_at(c.value, 3), i));
        }
    }
    xb_encoding_free(&e), xb_json_free(doc), xb_tokenizer_free(t);
    free(bytes);
    CHECK_INT(tm.live_blocks, 0);
}
static void gpt2_gguf_equals_huggingface(void) { check_gguf_against_huggingface("gpt-2"); }
static void bert_gguf_equals_huggingface(void) { check_gguf_against_huggingface("bert-bge"); }

/* ---- against llama.cpp: case i of .inp has the ids in line i of .out, without special tokens ---- */

static int count_wrong(const xb_encoding *e, char **line) {
    int64_t found = 0;
    int     wrong = 0;
    for (; **line && **line != '\n'; found++) {
        long id = strtol(*line, line, 10);
        if (found >= e->count || e->ids[found] != id) wrong++;
    }
    *line += **line == '\n';
    return wrong + (found != e->count);
}

static int compare_cases(const xb_tokenizer *t, xb_mem *mem, const char *text, char *line) {
    static const char MARK[] = "\n__ggml_vocab_test__\n";
    xb_encode_options options = { XYBRID_AUTO, 0, 0, 0 };
    xb_encoding       e;
    int               cases = 0;
    xb_encoding_init(&e, mem);
    for (const char *end; (end = strstr(text, MARK)) != NULL; text = end + strlen(MARK), cases++) {
        xybrid_error err;
        CHECK_INT(xb_tokenizer_encode(t, text, (size_t)(end - text), &options, &e, &err), XYBRID_OK);
        int wrong = count_wrong(&e, &line);
        CHECK_INT(wrong, 0);
        if (wrong) report("llama.cpp", "case", &e);
    }
    xb_encoding_free(&e);
    return cases;
}

static void check_llama_cases(const char *name) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char          path[96], *bytes;
    size_t        size;
    xb_tokenizer *t = from_shared(&tm.mem, name, &bytes);
    if (!bytes) CHECK_SKIP("reference data tokenizers/");
    snprintf(path, sizeof path, "tokenizers/ggml-vocab-%s.gguf.inp", name);
    char *inputs = xb_test_data(path, &size);
    snprintf(path, sizeof path, "tokenizers/ggml-vocab-%s.gguf.out", name);
    char *outputs = xb_test_data(path, &size);
    CHECK(t && inputs && outputs);
    if (t && inputs && outputs) CHECK_INT(compare_cases(t, &tm.mem, inputs, outputs), 46);
    xb_tokenizer_free(t);
    free(inputs), free(outputs), free(bytes);
    CHECK_INT(tm.live_blocks, 0);
}
static void bert_bge_equals_llama_cpp(void) { check_llama_cases("bert-bge"); }
static void gpt_2_equals_llama_cpp(void) { check_llama_cases("gpt-2"); }
static void phi_3_equals_llama_cpp(void) { check_llama_cases("phi-3"); }

static void gguf_special_tokens(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char         *bytes;
    xb_tokenizer *t = from_shared(&tm.mem, "bert-bge", &bytes);
    if (!bytes) CHECK_SKIP("reference data tokenizers/");
    xb_encoding e;
    xb_encoding_init(&e, &tm.mem);
    CHECK_INT(encode(t, "hello", 1, &e), 3);
    CHECK(e.ids[0] == 101 && e.ids[1] == 7592 && e.ids[2] == 102);
    CHECK_INT(encode(t, "[MASK]", 0, &e), 1);
    CHECK_INT(e.ids[0], 103);
    CHECK_INT(xb_tokenizer_special(t, XB_TOKEN_UNK), 100);
    xb_tokenizer_free(t), free(bytes);
    t = from_shared(&tm.mem, "phi-3", &bytes);
    CHECK_INT(encode(t, "Hello", 1, &e), 2); /* BOS by add_bos_token */
    CHECK_INT(e.ids[0], 1);
    CHECK_INT(e.ids[1], 15043);
    xb_tokenizer_free(t), free(bytes);
    xb_encoding_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- vocab.txt ---- */

static const char VOCAB[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhello\nworld\n##s\ncafe\nCaf\xc3\xa9\n,\n!\r\nhe\n";

static void vocab_txt(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    xb_encoding   e;
    xb_str        s;
    xb_encoding_init(&e, &tm.mem), xb_str_init(&s, &tm.mem, 1000);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, VOCAB, sizeof VOCAB - 1, 1, &t, &err), XYBRID_OK);
    CHECK_INT(xb_tokenizer_size(t), 13);
    CHECK_INT(encode(t, " HELLO Worlds, Caf\xc3\xa9!", 1, &e), 8);
    static const int64_t wanted[] = { 2, 5, 6, 7, 10, 8, 11, 3 };
    CHECK(memcmp(e.ids, wanted, sizeof wanted) == 0);
    CHECK_INT(xb_tokenizer_decode(t, e.ids, e.count, XB_DECODE_SKIP_SPECIAL, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, "hello worlds, cafe!");
    CHECK_INT(xb_tokenizer_find(t, "##s", 3), 7);
    CHECK_INT(xb_tokenizer_find(t, "nothing", 7), -1);
    CHECK(xb_slice_is(xb_tokenizer_token(t, 12), "he"));
    CHECK(xb_tokenizer_token(t, 13).data == NULL && xb_tokenizer_token(t, -1).data == NULL);
    CHECK(xb_tokenizer_is_special(t, 2) && !xb_tokenizer_is_special(t, 5) && !xb_tokenizer_is_special(t, 99));
    CHECK_INT(xb_tokenizer_special(t, XB_TOKEN_CLS), 2);
    CHECK_INT(xb_tokenizer_special(t, XB_TOKEN_BOS), -1);
    CHECK_INT(xb_tokenizer_special(t, (xb_special_token)99), -1);
    CHECK_INT(xb_tokenizer_added_count(t), 2);
    xb_tokenizer_free(t);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, VOCAB, sizeof VOCAB - 1, 0, &t, &err), XYBRID_OK);
    CHECK_INT(encode(t, "Caf\xc3\xa9 HELLO", 0, &e), 2);
    CHECK(e.ids[0] == 9 && e.ids[1] == 1);
    xb_tokenizer_free(t);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, "a\nb\n", 4, 1, &t, &err), XYBRID_MALFORMED);
    CHECK_STR(err.subject, "[UNK]");
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, "", 0, 1, &t, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, "", -1, 1, &t, &err), XYBRID_MALFORMED);
    xb_encoding_free(&e), xb_str_free(&s);
    xb_tokenizer_free(NULL);
    CHECK_INT(tm.live_blocks, 0);
}

/* The ids that reference/minilm.json was made with. */
static void check_minilm(const char *vocab, size_t vocab_size, const char *json, size_t json_size) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xb_json_doc  *doc = NULL;
    xybrid_error  err;
    xb_encoding   e;
    xb_encoding_init(&e, &tm.mem);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, vocab, (int64_t)vocab_size, 1, &t, &err), XYBRID_OK);
    CHECK_INT(xb_json_parse(&tm.mem, json, (int64_t)json_size, XB_MAX_JSON_BYTES, &doc, &err), XYBRID_OK);
    int cases = 0;
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); t && xb_json_next(&it); cases++) {
        const char *text = NULL;
        CHECK_INT(xb_json_get_string(it.value, "", "text", &text, &err), XYBRID_OK);
        encode(t, text, 1, &e);
        CHECK(all_equal(e.ids, e.count, xb_json_get(it.value, "ids")));
    }
    CHECK_INT(cases, 3);
    xb_encoding_free(&e), xb_tokenizer_free(t), xb_json_free(doc);
}

static void minilm_reference(void) {
    size_t vocab_size, json_size;
    char  *vocab = xb_test_file_(XB_TEST_MODELS "/all-minilm-l6-v2/vocab.txt", &vocab_size);
    char  *json = xb_test_data("reference/minilm.json", &json_size);
    int    is_here = vocab && json;
    if (vocab && json) check_minilm(vocab, vocab_size, json, json_size);
    free(vocab), free(json);
    if (!is_here) CHECK_SKIP("vocab.txt of all-minilm-l6-v2, or reference/minilm.json");
}

/* ---- what is refused ---- */

static const char TINY_BPE[] = "{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"]}";
static const char TINY_WORDPIECE[] =
    "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"vocab\":{\"[UNK]\":0,\"a\":1,\"##b\":2}}";

static void expect(const char *parts, const char *model, xybrid_status wanted, const char *words) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err = { 0 };
    CHECK_INT(from_parts(&tm.mem, parts, model, &t, &err), wanted);
    CHECK(t == NULL);
    CHECK(strstr(err.message, words) != NULL);
    if (!strstr(err.message, words)) printf("found \"%s\", wanted \"%s\"\n", err.message, words);
    CHECK_INT(tm.live_blocks, 0);
}

static void unsupported_parts(void) {
    static const struct {
        const char *parts, *words;
    } rows[] = {
        { "\"normalizer\":{\"type\":\"Precompiled\"}", "normalizer \"Precompiled\" is not supported" },
        { "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Nmt\"}]}", "\"Nmt\"" },
        { "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}", "Regex \" {2,}\"" },
        { "\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}", "pre_tokenizer \"UnicodeScripts\"" },
        { "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\d\"},\"behavior\":\"Isolated\"}",
          "Regex \"\\d\"" },
        { "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"invert\":true}", "inverted" },
        { "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\"x\"},\"behavior\":\"Contiguous\"}",
          "\"Contiguous\"" },
        { "\"pre_tokenizer\":{\"type\":\"Punctuation\",\"behavior\":\"Removed\"}", "\"Removed\"" },
        { "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Whitespace\"},{\"type\":\"ByteLevel\"}]}",
          "prefix" },
        { "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},{\"type\":\"Whitespace\"}]}",
          "after ByteLevel \"Whitespace\"" },
        { "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":\"sometimes\"}",
          "\"sometimes\"" },
        { "\"post_processor\":{\"type\":\"Magic\"}", "post_processor \"Magic\"" },
        { "\"decoder\":{\"type\":\"CTC\"}", "decoder \"CTC\"" },
        { "\"decoder\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"x\"},\"content\":\"y\"}", "decoder Replace" },
        { "\"decoder\":{\"type\":\"Strip\",\"content\":\"x\",\"start\":1,\"stop\":0}", "decoder Strip" },
        { "\"truncation\":{\"max_length\":5,\"strategy\":\"OnlySecond\"}", "OnlySecond" },
        { "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
          "\"Sequence\","
          "\"normalizers\":[{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Sequence\",\"normalizers\":[]}]}]}]}]}",
          "deeper than 4" }
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].parts, TINY_BPE, XYBRID_UNSUPPORTED_PACK, rows[i].words);
    expect("", "{\"type\":\"Unigram\",\"vocab\":[[\"a\",0.5]]}", XYBRID_UNSUPPORTED_PACK, "model \"Unigram\"");
    expect("", "{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}", XYBRID_UNSUPPORTED_PACK, "model \"WordLevel\"");
    expect("", "{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{\"a\":0},\"merges\":[]}", XYBRID_UNSUPPORTED_PACK, "dropout");
    expect("", "{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":0},\"merges\":[]}", XYBRID_UNSUPPORTED_PACK,
           "</w>");
    expect("\"pre_tokenizer\":{\"type\":\"ByteLevel\"}", TINY_WORDPIECE, XYBRID_UNSUPPORTED_PACK, "ByteLevel");
    char items[1024] = "", parts[2048];
    for (int i = 0; i < 20; i++)
        snprintf(items + strlen(items), sizeof items - strlen(items), "%s{\"type\":\"%s\"}", i ? "," : "", "NFC");
    snprintf(parts, sizeof parts, "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[%s]}", items);
    expect(parts, TINY_BPE, XYBRID_UNSUPPORTED_PACK, "more than 16");
    items[0] = '\0';
    for (int i = 0; i < 20; i++)
        snprintf(items + strlen(items), sizeof items - strlen(items), "%s{\"type\":\"%s\"}", i ? "," : "", "Whitespace");
    snprintf(parts, sizeof parts, "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[%s]}", items);
    expect(parts, TINY_BPE, XYBRID_UNSUPPORTED_PACK, "more than 16");
}

static void malformed_parts(void) {
    static const struct {
        const char *parts, *model, *words;
    } rows[] = { { "", "[]", "model" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}", "at least one token" },
                 { "", "{\"type\":\"BPE\",\"vocab\":5,\"merges\":[]}", "vocab" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}", "id" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":4000000},\"merges\":[]}", "id 4000000 in a vocabulary of 1 tokens" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":5}", "merges" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"aa\"]}", "model.merges[0]" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a x\"]}", "lacks the second" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[[\"x\",\"a\"]]}", "lacks the first" },
                 { "", "{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a a\"]}", "what they make" },
                 { "", "{\"type\":\"BPE\",\"unk_token\":\"?\",\"vocab\":{\"a\":0},\"merges\":[]}", "unk_token" },
                 { "", "{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}", "unk_token" },
                 { "", "{\"type\":\"WordPiece\",\"unk_token\":\"a\",\"max_input_chars_per_word\":1000,\"vocab\":{\"a\":0}}",
                   "max_input_chars" },
                 { "\"added_tokens\":5", TINY_BPE, "added_tokens" },
                 { "\"added_tokens\":[{\"id\":0}]", TINY_BPE, "added_tokens" },
                 { "\"added_tokens\":[{\"id\":0,\"content\":\"x\",\"special\":3}]", TINY_BPE, "special" },
                 { "\"normalizer\":{\"type\":\"Sequence\"}", TINY_BPE, "normalizers" },
                 { "\"normalizer\":{\"type\":\"Prepend\"}", TINY_BPE, "prepend" },
                 { "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"\"},\"content\":\"\"}", TINY_BPE,
                   "pattern" },
                 { "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":\"yes\"}", TINY_BPE, "clean_text" },
                 { "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"x\",9],\"sep\":[\"x\",9]}", TINY_BPE, "cls" },
                 { "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}", TINY_BPE, "once" },
                 { "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\"}}]}",
                   TINY_BPE, "single" },
                 { "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\"}}],"
                   "\"special_tokens\":{\"x\":{\"ids\":[77]}}}",
                   TINY_BPE, "ids" },
                 { "\"truncation\":{\"max_length\":0}", TINY_BPE, "max_length" } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(rows[i].parts, rows[i].model, XYBRID_MALFORMED, rows[i].words);
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    CHECK_INT(xb_tokenizer_from_json(&tm.mem, "{\"model\":", 9, &t, &err), XYBRID_MALFORMED);
    CHECK(err.position >= 0);
    CHECK_INT(tm.live_blocks, 0);
}

static void bad_arguments(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    xb_encoding   e;
    xb_str        s;
    xb_encoding_init(&e, &tm.mem), xb_str_init(&s, &tm.mem, 100);
    CHECK_INT(xb_tokenizer_from_vocab_txt(&tm.mem, VOCAB, sizeof VOCAB - 1, 1, &t, &err), XYBRID_OK);
    CHECK_INT(encode(t, "hello", 1, &e), 3);
    CHECK_INT(xb_tokenizer_encode(t, "he\xc3llo", 6, NULL, &e, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(err.position, 2);
    CHECK(e.count == 3 && e.ids[1] == 5);                                                            /* what it held */
    CHECK_INT(xb_tokenizer_encode(t, "ok\xed\xa0\x80", 5, NULL, &e, &err), XYBRID_INVALID_ARGUMENT); /* a surrogate */
    CHECK_INT(err.position, 2);
    CHECK_INT(xb_tokenizer_encode(t, NULL, 1, NULL, &e, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tokenizer_encode(t, NULL, 0, NULL, &e, &err), XYBRID_OK);
    CHECK_INT(e.count, 2);
    CHECK_INT(xb_tokenizer_encode(t, VOCAB, (size_t)XB_MAX_TEXT_BYTES + 1, NULL, &e, &err), XYBRID_INVALID_ARGUMENT);
    xb_encode_options options = xb_encode_defaults();
    options.max_length = 1;
    CHECK_INT(xb_tokenizer_encode(t, "hello", 5, &options, &e, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "max_length is 1 tokens, but the special ones alone are 2");
    options.max_length = 2;
    CHECK_INT(xb_tokenizer_encode(t, "hello", 5, &options, &e, &err), XYBRID_OK);
    CHECK(e.count == 2 && e.ids[0] == 2 && e.ids[1] == 3);
    options.max_length = 3;
    CHECK_INT(xb_tokenizer_encode(t, "hello worlds", 12, &options, &e, &err), XYBRID_OK);
    CHECK(e.count == 3 && e.ids[0] == 2 && e.ids[1] == 5 && e.ids[2] == 3);
    options.max_length = 0, options.add_special = 0;
    CHECK_INT(xb_tokenizer_encode(t, "hello", 5, &options, &e, &err), XYBRID_OK);
    CHECK_INT(e.count, 0);
    const int64_t ids[] = { 5, 13, -1 };
    CHECK_INT(xb_tokenizer_decode(t, ids, 2, 0, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(err.position, 1);
    CHECK_INT(xb_tokenizer_decode(t, ids + 2, 1, 0, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tokenizer_decode(t, NULL, 1, 0, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_tokenizer_decode(t, ids, -1, 0, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(s.size, 0);
    CHECK_INT(xb_tokenizer_decode(t, NULL, 0, 0, &s, &err), XYBRID_OK);
    xb_encoding_free(&e), xb_encoding_free(&e), xb_str_free(&s), xb_tokenizer_free(t);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- truncation by the file, type ids, streams ---- */

static void the_files_own_truncation(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_error  err;
    xb_encoding   e;
    xb_tokenizer *t = NULL;
    xb_encoding_init(&e, &tm.mem);
    CHECK_INT(
        from_parts(
            &tm.mem,
            "\"truncation\":{\"max_length\":3,\"direction\":\"Left\",\"strategy\":\"LongestFirst\",\"stride\":0},"
            "\"padding\":{\"pad_id\":1},"
            "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"s\",\"type_id\":7}},"
            "{\"Sequence\":{\"id\":\"A\",\"type_id\":4}}],\"special_tokens\":{\"s\":{\"ids\":[2]}}}",
            TINY_BPE, &t, &err),
        XYBRID_OK);
    CHECK_OR_RETURN(t != NULL);
    CHECK_INT(encode(t, "aabb", 1, &e), 3); /* a ab b, the last two are kept */
    CHECK(e.ids[0] == 2 && e.ids[1] == 2 && e.ids[2] == 1);
    CHECK(e.type_ids[0] == 7 && e.type_ids[1] == 4 && e.type_ids[2] == 4);
    CHECK_INT(encode(t, "bbbb", 0, &e), 3);
    CHECK_INT(e.type_ids[0], 0);
    xb_encode_options options = { 100, 0, 1, 0 };
    CHECK_INT(xb_tokenizer_encode(t, "aabb", 4, &options, &e, &err), XYBRID_OK);
    CHECK_INT(e.count, 3);
    CHECK_INT(xb_tokenizer_special(t, XB_TOKEN_PAD), 1);
    xb_tokenizer_free(t), xb_encoding_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

/* A character whose bytes are three tokens: raw bytes can be given out as they become whole. */
static void decoding_a_stream(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char         *model = golden_model("bpe");
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    xb_encoding   e;
    xb_str        s;
    CHECK_OR_RETURN(model != NULL);
    CHECK_INT(
        from_parts(&tm.mem,
                   "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"decoder\":{\"type\":\"ByteLevel\"}",
                   model, &t, &err),
        XYBRID_OK);
    xb_encoding_init(&e, &tm.mem), xb_str_init(&s, &tm.mem, 100);
    CHECK_INT(encode(t, "\xe2\x82\xac", 0, &e), 3);
    for (int64_t n = 1; n <= 3; n++) {
        xb_str_clear(&s);
        CHECK_INT(xb_tokenizer_decode(t, e.ids, n, XB_DECODE_RAW, &s, &err), XYBRID_OK);
        CHECK_INT(s.size, n);
        CHECK_INT(xb_utf8_valid(s.data, s.size), n == 3 ? 3 : 0);
    }
    xb_str_clear(&s);
    CHECK_INT(xb_tokenizer_decode(t, e.ids, 2, 0, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, "\xef\xbf\xbd"); /* one for the broken character */
    CHECK_INT(xb_tokenizer_decode(t, e.ids + 1, 2, 0, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    free(model);
    xb_tokenizer_free(t), xb_encoding_free(&e), xb_str_free(&s);
}

/* ---- memory and time ---- */

static const char PARTS[] =
    "\"added_tokens\":[{\"id\":340,\"content\":\"<X>\",\"special\":true,\"normalized\":false},"
    "{\"id\":341,\"content\":\"Foo\",\"special\":false,\"normalized\":true}],"
    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},{\"type\":\"Lowercase\"}]},"
    "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true},\"decoder\":{\"type\":\"ByteLevel\"},"
    "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"!\",0],\"sep\":[\"!\",0]}";

static void a_second_encode_allocates_nothing(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char         *model = golden_model("bpe");
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    xb_encoding   e;
    CHECK_OR_RETURN(model != NULL);
    CHECK_INT(from_parts(&tm.mem, PARTS, model, &t, &err), XYBRID_OK);
    xb_encoding_init(&e, &tm.mem);
    encode(t, "Hello \xc3\xa9\xcc\xa3 foo<X> world", 1, &e);
    int64_t before = tm.calls;
    for (int i = 0; i < 10; i++) encode(t, "World \xc3\xa9\xcc\xa3 foo<X> hello", 1, &e);
    CHECK_INT(tm.calls, before);
    free(model);
    xb_tokenizer_free(t), xb_encoding_free(&e);
    CHECK_INT(tm.live_blocks, 0);
}

/* One word of 300,000 letters, and as many spaces: n log n, or the test would not end. */
static void long_words(void) {
    enum { SIZE = 300000 };
    static const char *const names[] = { "bpe", "spm", "wordpiece" };
    xb_test_mem              tm;
    xb_test_mem_init(&tm, 0, 0);
    char *text = malloc(SIZE);
    CHECK_OR_RETURN(text != NULL);
    for (int m = 0; m < 3; m++) {
        char         *model = golden_model(names[m]);
        xb_tokenizer *t = NULL;
        xybrid_error  err;
        xb_encoding   e;
        CHECK_OR_RETURN(model != NULL);
        CHECK_INT(from_parts(&tm.mem, m == 0 ? PARTS : "", model, &t, &err), XYBRID_OK);
        xb_encoding_init(&e, &tm.mem);
        for (int i = 0; i < SIZE; i++) text[i] = "the "[i % (m == 0 ? 3 : 4)];
        CHECK_INT(xb_tokenizer_encode(t, text, SIZE, NULL, &e, &err), XYBRID_OK);
        CHECK(e.count > 0 && e.count <= SIZE + 3);
        memset(text, ' ', SIZE);
        CHECK_INT(xb_tokenizer_encode(t, text, SIZE, NULL, &e, &err), XYBRID_OK);
        free(model);
        xb_tokenizer_free(t), xb_encoding_free(&e);
    }
    free(text);
    CHECK_INT(tm.live_blocks, 0);
}

static void torture_json(void) {
    char *model = golden_model("bpe");
    CHECK_OR_RETURN(model != NULL);
    xb_test_mem tm;
    XB_TORTURE (tm, 500) {
        xb_tokenizer *t = NULL;
        xybrid_error  err;
        xb_encoding   e;
        xb_str        s;
        xb_encoding_init(&e, &tm.mem), xb_str_init(&s, &tm.mem, 1000);
        xybrid_status     st = from_parts(&tm.mem, PARTS, model, &t, &err);
        xb_encode_options options = { XYBRID_AUTO, 1, 1, 1 };
        if (st == XYBRID_OK) st = xb_tokenizer_encode(t, "Hello \xc3\xa9\xcc\x81\xcc\xa3 foo<X> world", 26, &options, &e, &err);
        if (st == XYBRID_OK) st = xb_tokenizer_decode(t, e.ids, e.count, 0, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tokenizer_free(t), xb_encoding_free(&e), xb_str_free(&s);
    }
    free(model);
}

static void torture_vocab_txt(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 100) {
        xb_tokenizer *t = NULL;
        xybrid_error  err;
        xb_encoding   e;
        xb_encoding_init(&e, &tm.mem);
        xybrid_status st = xb_tokenizer_from_vocab_txt(&tm.mem, VOCAB, sizeof VOCAB - 1, 1, &t, &err);
        if (st == XYBRID_OK) st = xb_tokenizer_encode(t, "Caf\xc3\xa9 worlds", 12, NULL, &e, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_tokenizer_free(t), xb_encoding_free(&e);
    }
}

CHECK_MAIN(RUN(equals_huggingface), RUN(gpt2_gguf_equals_huggingface), RUN(bert_gguf_equals_huggingface),
           RUN(bert_bge_equals_llama_cpp), RUN(gpt_2_equals_llama_cpp), RUN(phi_3_equals_llama_cpp), RUN(gguf_special_tokens),
           RUN(vocab_txt), RUN(minilm_reference), RUN(unsupported_parts), RUN(malformed_parts), RUN(bad_arguments),
           RUN(the_files_own_truncation), RUN(decoding_a_stream), RUN(a_second_encode_allocates_nothing), RUN(long_words),
           RUN(torture_json), RUN(torture_vocab_txt))
