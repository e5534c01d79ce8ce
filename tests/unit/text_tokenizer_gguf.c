/* Tokenizers from GGUF vocabularies that are written here, byte by byte: models, pre-tokenizers, defaults, refusals,
 * torture. */
#include "text/tokenizer.h"

#include "base/arena.h"
#include "support.h"

/* ---- a small GGUF writer ---- */

typedef struct gguf_bytes {
    unsigned char bytes[8192];
    size_t        size;
    unsigned      keys;
} gguf_bytes;

static void put(gguf_bytes *g, const void *bytes, size_t size) {
    if (g->size + size > sizeof g->bytes) abort();
    memcpy(g->bytes + g->size, bytes, size);
    g->size += size;
}
static void put_number(gguf_bytes *g, uint64_t value, int bytes) {
    for (; bytes > 0; bytes--, value >>= 8) put(g, &(unsigned char){ (unsigned char)(value & 0xff) }, 1);
}
static void put_text(gguf_bytes *g, const char *text) {
    put_number(g, strlen(text), 8);
    put(g, text, strlen(text));
}
static void key(gguf_bytes *g, const char *name, unsigned type) {
    put_text(g, name);
    put_number(g, type, 4);
    g->keys++;
}
static void key_text(gguf_bytes *g, const char *name, const char *value) {
    key(g, name, XB_GGUF_STRING);
    put_text(g, value);
}
static void key_number(gguf_bytes *g, const char *name, unsigned value) {
    key(g, name, XB_GGUF_UINT32);
    put_number(g, value, 4);
}
static void key_bool(gguf_bytes *g, const char *name, int value) {
    key(g, name, XB_GGUF_BOOL);
    put_number(g, (uint64_t)value, 1);
}
static void key_array(gguf_bytes *g, const char *name, unsigned type, size_t count) {
    key(g, name, XB_GGUF_ARRAY);
    put_number(g, type, 4);
    put_number(g, count, 8);
}
static void key_texts(gguf_bytes *g, const char *name, const char *const *texts, size_t count) {
    key_array(g, name, XB_GGUF_STRING, count);
    for (size_t i = 0; i < count; i++) put_text(g, texts[i]);
}
static void begin(gguf_bytes *g) {
    memset(g, 0, sizeof *g);
    put(g, "GGUF\3\0\0\0", 8);
    put_number(g, 0, 8); /* tensors */
    put_number(g, 0, 8); /* keys, see load */
}

static xybrid_status load(xb_mem *mem, gguf_bytes *g, xb_tokenizer **out, xybrid_error *err) {
    xb_arena arena;
    xb_gguf  header;
    xb_arena_init(&arena, mem, 0);
    for (int i = 0; i < 8; i++) g->bytes[16 + i] = (unsigned char)(i == 0 ? g->keys : 0);
    xybrid_status st = xb_gguf_read(g->bytes, g->size, &arena, &header, err);
    if (st == XYBRID_OK) st = xb_tokenizer_from_gguf(mem, &header, out, err);
    xb_arena_free(&arena);
    return st;
}

/* ---- vocabularies ---- */

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *const BPE_TOKENS[] = { "a",
                                          "b",
                                          "c",
                                          "1",
                                          "2",
                                          "3",
                                          "\xc4\xa0",
                                          "ab",
                                          ("\xc4\xa0"
                                           "ab"),
                                          "12",
                                          "123",
                                          "<s>",
                                          "</s>",
                                          "<u>" };
static const char *const BPE_MERGES[] = { "a b", "\xc4\xa0 ab", "1 2", "12 3" };
static const unsigned    BPE_TYPES[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 4 };

static void bpe_file(gguf_bytes *g, const char *pre) {
    begin(g);
    key_text(g, "tokenizer.ggml.model", "gpt2");
    if (pre) key_text(g, "tokenizer.ggml.pre", pre);
    key_texts(g, "tokenizer.ggml.tokens", BPE_TOKENS, COUNT(BPE_TOKENS));
    key_texts(g, "tokenizer.ggml.merges", BPE_MERGES, COUNT(BPE_MERGES));
    key_array(g, "tokenizer.ggml.token_type", XB_GGUF_INT32, COUNT(BPE_TYPES));
    for (size_t i = 0; i < COUNT(BPE_TYPES); i++) put_number(g, BPE_TYPES[i], 4);
    key_number(g, "tokenizer.ggml.bos_token_id", 11);
    key_number(g, "tokenizer.ggml.eos_token_id", 12);
}

static const char *const SPM_TOKENS[] = { "<unk>",
                                          "<s>",
                                          "</s>",
                                          "<0xC3>",
                                          "<0xA9>",
                                          "\xe2\x96\x81",
                                          "a",
                                          "b",
                                          "ab",
                                          ("\xe2\x96\x81"
                                           "ab"),
                                          "ba" };
static const float       SPM_SCORES[] = { 0, 0, 0, 0, 0, -5, -6, -7, -2, -1, -0.5f };
static const unsigned    SPM_TYPES[] = { 2, 3, 3, 6, 6, 1, 1, 1, 1, 1, 1 };

static void spm_file(gguf_bytes *g, int with_scores) {
    begin(g);
    key_text(g, "tokenizer.ggml.model", "llama");
    key_texts(g, "tokenizer.ggml.tokens", SPM_TOKENS, COUNT(SPM_TOKENS));
    if (with_scores) key_array(g, "tokenizer.ggml.scores", XB_GGUF_FLOAT32, COUNT(SPM_SCORES));
    for (size_t i = 0; with_scores && i < COUNT(SPM_SCORES); i++) {
        uint32_t bits;
        memcpy(&bits, &SPM_SCORES[i], sizeof bits);
        put_number(g, bits, 4);
    }
    key_array(g, "tokenizer.ggml.token_type", XB_GGUF_INT32, COUNT(SPM_TYPES));
    for (size_t i = 0; i < COUNT(SPM_TYPES); i++) put_number(g, SPM_TYPES[i], 4);
    key_number(g, "tokenizer.ggml.bos_token_id", 1);
    key_number(g, "tokenizer.ggml.eos_token_id", 2);
    key_number(g, "tokenizer.ggml.unknown_token_id", 0);
}

static void check_ids(const xb_tokenizer *t, const char *text, int add_special, int parse_special, const char *wanted) {
    xb_mem            mem;
    xb_encoding       e;
    xybrid_error      err;
    char              found[256] = "";
    xb_encode_options options = { XYBRID_AUTO, add_special, parse_special, 0 };
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_encoding_init(&e, &mem);
    CHECK_INT(xb_tokenizer_encode(t, text, strlen(text), &options, &e, &err), XYBRID_OK);
    for (int64_t i = 0; i < e.count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%lld", i ? " " : "", (long long)e.ids[i]);
    CHECK_STR(found, wanted);
    xb_encoding_free(&e);
}

static void check_text(const xb_tokenizer *t, const int64_t *ids, int64_t count, int flags, const char *wanted) {
    xb_mem       mem;
    xb_str       s;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_str_init(&s, &mem, 1000);
    CHECK_INT(xb_tokenizer_decode(t, ids, count, flags, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, wanted);
    xb_str_free(&s);
}

/* ---- tests ---- */

static gguf_bytes file; /* what the tokenizer points into */

static void byte_level(void) {
    static const struct {
        const char *pre, *ids, *framed;
    } rows[] = {
        { "gpt-2", "7 8 10 3", "7 8 10 3" },        /* ab ' 'ab 123 1 */
        { "smollm", "7 8 3 4 5 3", "7 8 3 4 5 3" }, /* digits one by one */
        { "qwen2", "7 8 3 4 5 3", "7 8 3 4 5 3" },  /* the same by its pattern */
        { "llama-bpe", "7 8 10 3", "11 7 8 10 3" }, /* three digits at a time; BOS by default */
    };
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        xb_tokenizer *t = NULL;
        xybrid_error  err;
        bpe_file(&file, rows[i].pre);
        CHECK_INT(load(&tm.mem, &file, &t, &err), XYBRID_OK);
        CHECK_OR_RETURN(t != NULL);
        check_ids(t, "ab ab1231", 0, 1, rows[i].ids);
        check_ids(t, "ab ab1231", 1, 1, rows[i].framed);
        check_ids(t, "a</s>b<u>", 0, 1, "0 12 1 13");
        CHECK_INT(xb_tokenizer_special(t, XB_TOKEN_EOS), 12);
        CHECK(xb_tokenizer_is_special(t, 12) && !xb_tokenizer_is_special(t, 13));
        const int64_t ids[] = { 11, 7, 8, 12 };
        check_text(t, ids, 4, XB_DECODE_SKIP_SPECIAL, "ab ab");
        check_text(t, ids, 4, 0, "<s>ab ab</s>");
        xb_tokenizer_free(t);
    }
    CHECK_INT(tm.live_blocks, 0);
}

/* Only user-defined tokens are seen when special ones are not parsed; letters that the vocabulary lacks are dropped. */
static void special_tokens_as_text(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    bpe_file(&file, "gpt-2");
    CHECK_INT(load(&tm.mem, &file, &t, &err), XYBRID_OK);
    CHECK_OR_RETURN(t != NULL);
    check_ids(t, "a</s>b<u>", 0, 0, "0 1 13");
    xb_tokenizer_free(t);
}

static void frames_by_the_file(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    bpe_file(&file, "gpt-2");
    key_bool(&file, "tokenizer.ggml.add_bos_token", 1);
    key_bool(&file, "tokenizer.ggml.add_eos_token", 1);
    CHECK_INT(load(&tm.mem, &file, &t, &err), XYBRID_OK);
    CHECK_OR_RETURN(t != NULL);
    check_ids(t, "ab", 1, 1, "11 7 12");
    CHECK_INT(xb_tokenizer_added_count(t), 2);
    xb_tokenizer_free(t);
}

static void sentencepiece(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err;
    spm_file(&file, 1);
    CHECK_INT(load(&tm.mem, &file, &t, &err), XYBRID_OK);
    CHECK_OR_RETURN(t != NULL);
    check_ids(t, "ab", 1, 1, "1 9");
    check_ids(t, "aba", 0, 1, "5 6 10");        /* "ba" has the best score, so it goes first */
    check_ids(t, "\xc3\xa9z", 0, 1, "5 3 4 0"); /* bytes, and one that has no token */
    check_ids(t, "ab</s>ab", 0, 1, "9 2 9");    /* each stretch begins with a space */
    check_ids(t, "", 0, 1, "");
    const int64_t ids[] = { 1, 9, 3, 4, 9 };
    check_text(t, ids, 5, XB_DECODE_SKIP_SPECIAL, "ab\xc3\xa9 ab");
    xb_tokenizer_free(t);
    key_bool(&file, "tokenizer.ggml.add_space_prefix", 0);
    CHECK_INT(load(&tm.mem, &file, &t, &err), XYBRID_OK);
    check_ids(t, "ab ab", 0, 1, "8 9");
    check_text(t, ids, 5, XB_DECODE_SKIP_SPECIAL, " ab\xc3\xa9 ab");
    xb_tokenizer_free(t);
    CHECK_INT(tm.live_blocks, 0);
}

static void expect(gguf_bytes *g, xybrid_status wanted, const char *words) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_tokenizer *t = NULL;
    xybrid_error  err = { 0 };
    CHECK_INT(load(&tm.mem, g, &t, &err), wanted);
    CHECK(t == NULL && strstr(err.message, words) != NULL);
    if (!strstr(err.message, words)) printf("found \"%s\"\n", err.message);
    CHECK_INT(tm.live_blocks, 0);
}

static void refusals(void) {
    static const char *const tokens[] = { "a", "b" }, *const merges[] = { "ab" }, *const unknown[] = { "a b" };
    bpe_file(&file, "tekken");
    expect(&file, XYBRID_UNSUPPORTED_PACK, "tokenizer.ggml.pre \"tekken\" is not supported");
    bpe_file(&file, NULL);
    expect(&file, XYBRID_UNSUPPORTED_PACK, "tokenizer.ggml.pre \"\" is not supported");
    begin(&file);
    key_text(&file, "tokenizer.ggml.model", "rwkv");
    key_texts(&file, "tokenizer.ggml.tokens", tokens, 2);
    expect(&file, XYBRID_UNSUPPORTED_PACK, "tokenizer.ggml.model \"rwkv\" is not supported");
    spm_file(&file, 0);
    expect(&file, XYBRID_MALFORMED, "scores");
    begin(&file);
    key_text(&file, "tokenizer.ggml.model", "gpt2");
    key_text(&file, "tokenizer.ggml.pre", "gpt-2");
    key_texts(&file, "tokenizer.ggml.tokens", tokens, 2);
    gguf_bytes before = file;
    expect(&file, XYBRID_MALFORMED, "merges");
    file = before;
    key_texts(&file, "tokenizer.ggml.merges", merges, 1);
    expect(&file, XYBRID_MALFORMED, "merge 0 is \"ab\"");
    file = before;
    key_texts(&file, "tokenizer.ggml.merges", unknown, 1);
    expect(&file, XYBRID_MALFORMED, "what they make");
    begin(&file);
    key_text(&file, "tokenizer.ggml.model", "bert");
    key_texts(&file, "tokenizer.ggml.tokens", tokens, 2);
    expect(&file, XYBRID_MALFORMED, "without an unknown token");
    begin(&file);
    key_text(&file, "general.architecture", "llama");
    expect(&file, XYBRID_UNSUPPORTED_MODEL, "");
}

static void torture(void) {
    xb_test_mem tm;
    for (int kind = 0; kind < 2; kind++) {
        if (kind == 0) bpe_file(&file, "llama-bpe");
        else spm_file(&file, 1);
        XB_TORTURE (tm, 200) {
            xb_tokenizer *t = NULL;
            xybrid_error  err;
            xb_encoding   e;
            xb_encoding_init(&e, &tm.mem);
            xybrid_status st = load(&tm.mem, &file, &t, &err);
            if (st == XYBRID_OK) st = xb_tokenizer_encode(t, "ab ab ba", 8, NULL, &e, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_tokenizer_free(t), xb_encoding_free(&e);
        }
    }
}

CHECK_MAIN(RUN(byte_level), RUN(special_tokens_as_text), RUN(frames_by_the_file), RUN(sentencepiece), RUN(refusals),
           RUN(torture))
