/* codec/gguf_model_vocabulary.c - does a vocabulary have what llama.cpp's tokenizers need? (src/llama-vocab.cpp) */
#include "base/error.h"
#include "base/limits.h"
#include "codec/gguf_model.h"

/* The pre-tokenizers of byte-level BPE that llama.cpp knows. ('+' before those that begin a text with BOS unless told
 * otherwise, '-' before those without a default BOS.) "whitespace" is not here: with merges, it stops the process at the
 * first space. */
static const char pre_names[] =
    "\n+llama3\n+llama-v3\n+llama-bpe\n+falcon3\n+falcon-h1\n+pixtral\n+midm-2.0\n+lfm2\n+jina-v5-nano\n+tekken\n+chameleon"
    "\n+gemma4\n+granite-embed-multi-311m\n-chatglm-bpe\n-glm4\n-glm5"
    "\n default\n minicpm5\n deepseek-llm\n deepseek-coder\n deepseek-v3\n spark2_5\n youtu\n falcon\n mpt\n starcoder\n gpt-2"
    "\n phi-2\n jina-es\n jina-de\n gigachat\n jina-v2-es\n jina-v2-de\n a.x-4.0\n mellum\n modern-bert\n jais-2\n sarvam-moe"
    "\n jina-v1-en\n jina-v2-code\n roberta-bpe\n refact\n command-r\n qwen2\n deepseek-r1-qwen\n kormo\n f2llmv2\n qwen35"
    "\n stablelm2\n olmo\n dbrx\n smaug-bpe\n poro-chat\n viking\n jais\n smollm\n codeshell\n bloom\n gpt3-finnish\n exaone"
    "\n exaone4\n exaone-moe\n minerva-7b\n megrez\n gpt-4o\n llama4\n kanana2\n talkie\n granite-embed-multi-97m\n tiny_aya"
    "\n cohere2moe\n superbpe\n trillion\n granite-docling\n bailingmoe\n bailingmoe2\n llada-moe\n seed-coder\n hunyuan"
    "\n hunyuan-dense\n hy_v4\n joyai-llm\n kimi-k2\n ufakzeka\n grok-2\n afmoe\n laguna\n minimax-m2\n solar-open\n mellum2\n";

/* The mark before `name` in the list; 0: not there. */
static char find_pre(xb_slice name) {
    for (const char *line = pre_names + 1; *line;) {
        const char *end = strchr(line, '\n');
        if (xb_slice_eq(name, (xb_slice){ line + 1, (size_t)(end - line) - 1 })) return *line;
        line = end + 1;
    }
    return 0;
}

/* llama.cpp demands just these types, and throws where it reads another. */
static xybrid_status check_types(const xb_gguf *g, xybrid_error *err) {
    static const char start[] = "tokenizer.ggml.", id[] = "_token_id";
    enum { START = sizeof start - 1, ID = sizeof id - 1 };
    for (int32_t i = 0; i < g->pair_count; i++) {
        const xb_gguf_pair *p = &g->pairs[i];
        xb_slice            key = p->key;
        xb_gguf_type        type = p->value.type;
        if (key.size < START + ID || memcmp(key.data, start, START) != 0) continue;
        const char *wanted = NULL, *name = key.data + START, *end = key.data + key.size;
        if (memcmp(end - ID, id, ID) == 0 || xb_slice_is(key, "tokenizer.ggml.token_type_count")) {
            if (type != XB_GGUF_UINT32) wanted = "a uint32";
        } else if (memcmp(name, "add_", 4) == 0 || memcmp(name, "normali", 7) == 0 || memcmp(name, "remove_", 7) == 0) {
            if (type != XB_GGUF_BOOL) wanted = "a bool";
        } else if (xb_slice_is(key, "tokenizer.ggml.token_type") && p->value.item_type != XB_GGUF_INT32) {
            wanted = "an array of int32";
        }
        if (wanted) return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: %.*s must be %s", xb_slice_len(key), key.data, wanted);
    }
    return XYBRID_OK;
}

/* llama.cpp counts different tokens, and stops the process when there are fewer than tokens. It reads a token up to its first
 * NUL, and calls an empty one [EMPTY_7]. */
static xybrid_status collect(const xb_gguf_vocabulary *v, xb_arena *arena, xb_names *names, xybrid_error *err) {
    xb_names_init(names, arena, XB_MAX_VOCABULARY, "GGUF: tokens");
    XB_TRY(xb_names_reserve(names, (uint32_t)v->tokens.count, err));
    for (int64_t i = 0; i < v->tokens.count; i++) {
        char        empty[40];
        xb_name    *name;
        int         is_new;
        xb_slice    s = xb_gguf_string(&v->tokens, i);
        const char *nul = memchr(s.data, 0, s.size);
        if (nul) s.size = (size_t)(nul - s.data);
        if (s.size == 0) {
            s.size = xb_format(empty, sizeof empty, "[EMPTY_%lld]", (long long)i);
            s.data = xb_arena_strndup(arena, empty, s.size, err);
            if (!s.data) return err->code;
        }
        XB_TRY(xb_names_add(names, s, &name, &is_new, err));
        if (!is_new)
            return xb_fail(err, XYBRID_MALFORMED, "tokenizer.ggml.tokens", "GGUF: token %lld is \"%.*s\", as is token %lld",
                           (long long)i, xb_slice_len(s), s.data, (long long)name->value);
        name->value = i;
    }
    return XYBRID_OK;
}

/* SentencePiece spells what no token covers in bytes, and throws where one is missing: "<0x0A>", or the byte itself. */
static xybrid_status check_bytes(const xb_names *names, xybrid_error *err) {
    for (int b = 0; b < 256; b++) {
        char text[8];
        char raw = (char)b;
        xb_format(text, sizeof text, "<0x%02X>", (unsigned)b);
        if (!xb_names_find(names, xb_slice_of(text)) && (b == 0 || !xb_names_find(names, (xb_slice){ &raw, 1 })))
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "tokenizer.ggml.tokens",
                           "GGUF: the vocabulary has no token for the byte %s, wanted all 256", text);
    }
    return XYBRID_OK;
}

/* A token of type BYTE carries its byte as "<0x0A>"; BERT's tokenizer has none. */
static xybrid_status check_byte_types(const xb_gguf_vocabulary *v, int is_bert, xybrid_error *err) {
    for (int64_t i = 0; v->token_types && i < v->tokens.count; i++) {
        if (xb_gguf_item_int(v->token_types, i) != XB_GGUF_TOKEN_BYTE) continue;
        xb_slice s = xb_gguf_string(&v->tokens, i);
        if (is_bert || s.size != 6 || memcmp(s.data, "<0x", 3) != 0)
            return xb_fail(err, XYBRID_MALFORMED, "tokenizer.ggml.token_type",
                           "GGUF: token %lld, \"%.*s\", is of type 6 (byte); wanted that for \"<0x0A>\" and the like only%s",
                           (long long)i, xb_slice_len(s), s.data, is_bert ? ", and not with BERT's tokenizer" : "");
    }
    return XYBRID_OK;
}

/* SentencePiece's unigram model ("t5"): llama.cpp keeps the tokens in a tree, one call deep for each byte, a hundred bytes of memory
 * and more; and puts a replacement of the map of characters in the place of each match. The map is | size of a | a: where a match
 * has its replacement | the replacements, each with a NUL |. */
static xybrid_status check_unigram(const xb_gguf_vocabulary *v, xybrid_error *err) {
    enum { TOKEN_BYTES = 512, ALL_BYTES = 8 << 20, REPLACEMENT_BYTES = 64 };
    const char          *key = "tokenizer.ggml.precompiled_charsmap", *at = v->charsmap.data, *end = at + v->charsmap.size;
    const unsigned char *u = (const unsigned char *)at;
    size_t               all = 0;
    for (int64_t i = 0; i < v->tokens.count; i++) {
        size_t size = xb_gguf_string(&v->tokens, i).size;
        all += size;
        if (size > TOKEN_BYTES || all > ALL_BYTES)
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "tokenizer.ggml.tokens",
                           "GGUF: token %lld has %zu bytes, with those before it %zu; the tokenizer t5 is taken with %d and %d",
                           (long long)i, size, all, TOKEN_BYTES, ALL_BYTES);
    }
    if (v->charsmap.size == 0) return XYBRID_OK;
    uint64_t tree = v->charsmap.size < 4 ? UINT32_MAX
                                         : u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 | (uint64_t)u[3] << 24;
    if (tree + 4 >= v->charsmap.size || end[-1] != 0)
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s of %zu bytes ends before its replacements do", key,
                       v->charsmap.size);
    for (at += 4 + tree; at < end; at += strlen(at) + 1)
        if (strlen(at) > REPLACEMENT_BYTES)
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key, "GGUF: %s has a replacement of %zu bytes, at most %d are taken",
                           key, strlen(at), REPLACEMENT_BYTES);
    return XYBRID_OK;
}

/* `id` as the file has it, else the tokenizer's own where the vocabulary reaches so far; -1: none. */
static int32_t or_default(int32_t id, int32_t own, int64_t count) { return id >= 0 ? id : own < count ? own : -1; }

static xybrid_status fail_special(const char *name, const char *why, xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, "tokenizer.ggml.tokens",
                   "GGUF: tokenizer.ggml.%s_token_id is missing or beyond the vocabulary, and %s", name, why);
}

static xybrid_status check_specials(const xb_gguf_vocabulary *v, char pre, xybrid_error *err) {
    int64_t n = v->tokens.count;
    if (xb_slice_is(v->model, "bert")) {
        if (or_default(v->bos, 101, n) < 0) return fail_special("bos", "each text begins with it", err);
        if (or_default(v->separator, 102, n) < 0) return fail_special("seperator", "each text ends with it", err);
        if (or_default(v->unknown, 100, n) < 0) return fail_special("unknown", "unknown words become it", err);
        return XYBRID_OK;
    }
    int     is_llama = xb_slice_is(v->model, "llama"), is_unigram = xb_slice_is(v->model, "t5");
    int32_t bos = or_default(v->bos, is_llama ? 1 : is_unigram || pre == '-' ? -1 : 11, n);
    int32_t eos = or_default(v->eos, is_llama ? 2 : is_unigram ? 1 : 11, n);
    int     add_bos = v->add_bos != XYBRID_AUTO ? v->add_bos : is_llama || pre == '+';
    /* With gemma4's pre-tokenizer llama.cpp does not ask. */
    if (xb_slice_is(v->pre, "gemma4") || xb_slice_is(v->pre, "granite-embed-multi-311m")) add_bos = 1;
    if (add_bos && bos < 0) return fail_special("bos", "each text begins with it", err);
    if (is_unigram && or_default(v->unknown, 2, n) < 0) return fail_special("unknown", "unknown words become it", err);
    if ((v->add_eos == 1 || (is_unigram && v->add_eos == XYBRID_AUTO)) && eos < 0)
        return fail_special("eos", "each text ends with it", err);
    return XYBRID_OK;
}

static xybrid_status check_tokens(const xb_gguf_vocabulary *v, xb_arena *scratch, xybrid_error *err) {
    xb_names names;
    int      is_bert = xb_slice_is(v->model, "bert"), is_llama = xb_slice_is(v->model, "llama");
    char     pre = ' ';
    int      is_unigram = xb_slice_is(v->model, "t5"), is_bpe = xb_slice_is(v->model, "gpt2");
    if (!is_bert && !is_llama && !is_unigram && !is_bpe)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "tokenizer.ggml.model",
                       "GGUF: the tokenizer is \"%.*s\"; llama, gpt2, bert and t5 are taken", xb_slice_len(v->model),
                       v->model.data);
    if (is_unigram) XB_TRY(check_unigram(v, err));
    if (is_bpe) {
        if (v->pre.size > 0 && !(pre = find_pre(v->pre)))
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "tokenizer.ggml.pre",
                           "GGUF: tokenizer.ggml.pre is \"%.*s\", which is not known", xb_slice_len(v->pre), v->pre.data);
        if (v->merges.count == 0 && !xb_slice_is(v->pre, "kimi-k2"))
            return xb_fail(err, XYBRID_MALFORMED, "tokenizer.ggml.merges", "GGUF: tokenizer.ggml.merges is missing or empty");
    }
    if (v->chat_template.size > XB_MAX_CHAT_TEMPLATE_BYTES)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "tokenizer.chat_template",
                       "GGUF: tokenizer.chat_template has %zu bytes, at most %d are taken", v->chat_template.size,
                       XB_MAX_CHAT_TEMPLATE_BYTES);
    XB_TRY(check_specials(v, pre, err));
    XB_TRY(check_byte_types(v, is_bert, err));
    XB_TRY(collect(v, scratch, &names, err));
    return is_llama ? check_bytes(&names, err) : XYBRID_OK;
}

xybrid_status xb_gguf_check_vocabulary(const xb_gguf *g, xb_arena *arena, xb_gguf_vocabulary *out, xybrid_error *err) {
    xb_gguf_vocabulary v;
    xb_arena           scratch;
    XB_TRY(xb_gguf_vocabulary_read(g, arena, &v, err));
    XB_TRY(check_types(g, err));
    xb_arena_init(&scratch, arena->mem, 0);
    xybrid_status st = check_tokens(&v, &scratch, err);
    xb_arena_free(&scratch);
    if (st == XYBRID_OK) *out = v;
    return st;
}
