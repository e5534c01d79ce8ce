/* text/tokenizer_gguf.c - tokenizers from GGUF vocabularies, as llama.cpp reads them, and from vocab.txt. */
#include "base/error.h"
#include "base/limits.h"
#include "text/tokenizer_int.h"

static const char SPACE_MARK[] = "\xe2\x96\x81"; /* U+2581, SentencePiece's space */

/* ---- vocabulary ---- */

/* Tokens stay in the file: a gguf string is its length in 8 bytes and then the bytes. */
static xybrid_status take_tokens(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    int64_t count = g->tokens.count;
    if (count <= 0 || count > XB_MAX_VOCABULARY)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: vocabulary of %lld tokens; 1 to %d are possible", (long long)count,
                       XB_MAX_VOCABULARY);
    XB_TRY(xb_vocabulary_init(&t->vocabulary, &t->arena, (int32_t)count, g->tokens.bytes, err));
    for (int32_t id = 0; id < (int32_t)count; id++) {
        xb_slice token = xb_gguf_string(&g->tokens, id);
        int64_t  type = g->token_types ? xb_gguf_item_int(g->token_types, id) : XB_GGUF_TOKEN_NORMAL;
        if (token.size > 0) t->vocabulary.tokens[id].offset = (uint32_t)(token.data - g->tokens.bytes);
        else t->vocabulary.tokens[id].offset = 0;
        t->vocabulary.tokens[id].size = (uint32_t)token.size;
        if (type == XB_GGUF_TOKEN_CONTROL || type == XB_GGUF_TOKEN_UNKNOWN) t->vocabulary.flags[id] |= XB_TOKEN_SPECIAL;
        XB_TRY(xb_vocabulary_enter(&t->vocabulary, id, err));
    }
    return XYBRID_OK;
}

/* Control, unknown and user-defined tokens are cut out of the text. */
static xybrid_status take_added(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    int32_t room = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t id = 0; g->token_types && id < t->vocabulary.count; id++) {
            int64_t type = xb_gguf_item_int(g->token_types, id);
            int     special = (t->vocabulary.flags[id] & XB_TOKEN_SPECIAL) != 0;
            if (!special && type != XB_GGUF_TOKEN_USER) continue;
            xb_added_token token = { xb_vocabulary_token(&t->vocabulary, id), id, (uint8_t)special, 0, 0, 0 };
            if (pass == 0) room++;
            else XB_TRY(xb_tokenizer_add_added(t, &token, 0, err));
        }
        if (pass == 0) XB_TRY(xb_tokenizer_init_added(t, room, err));
    }
    xb_tokenizer_end_added(t);
    return XYBRID_OK;
}

static void take_special(xb_tokenizer *t, const xb_gguf_vocabulary *g) {
    const int32_t ids[XB_TOKEN_KINDS] = { [XB_TOKEN_BOS] = g->bos,      [XB_TOKEN_EOS] = g->eos,
                                          [XB_TOKEN_CLS] = g->classify, [XB_TOKEN_SEP] = g->separator,
                                          [XB_TOKEN_PAD] = g->padding,  [XB_TOKEN_UNK] = g->unknown,
                                          [XB_TOKEN_MASK] = g->mask };
    memcpy(t->special, ids, sizeof ids);
}

static void frame_with(xb_tokenizer *t, int32_t before, int32_t after) {
    if (before >= 0) t->before[t->before_count++].id = before;
    if (after >= 0) t->after[t->after_count++].id = after;
}

static int is_on(int32_t flag, int fallback) { return flag == XYBRID_AUTO ? fallback : flag; }

/* ---- models ---- */

static xybrid_status setup_wordpiece(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    xb_tokenizer_guess_special(t);
    t->model = XB_MODEL_WORDPIECE;
    t->wordpiece.first_prefix = xb_slice_of(SPACE_MARK);
    t->wordpiece.more_prefix = xb_slice_of("");
    t->wordpiece.max_word_chars = 100;
    t->wordpiece.unknown = t->special[XB_TOKEN_UNK];
    if (t->wordpiece.unknown < 0)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: WordPiece vocabulary without an unknown token");
    XB_TRY(xb_tokenizer_add_bert(t, 1, 1, 1, 1, err));
    t->prepare_from = t->norm_count;
    if (!xb_tokenizer_add_split(t, XB_SPLIT_BERT, err)) return err->code;
    t->decoder.kind = XB_DECODER_WORDPIECE;
    t->decoder.word_start = xb_slice_of(SPACE_MARK);
    t->decoder.cleanup = 1;
    int32_t first = t->special[XB_TOKEN_CLS] >= 0 ? t->special[XB_TOKEN_CLS] : t->special[XB_TOKEN_BOS];
    frame_with(t, is_on(g->add_bos, 1) ? first : -1, t->special[XB_TOKEN_SEP]);
    return XYBRID_OK;
}

/* The pre-tokenizers that are known, by tokenizer.ggml.pre. */
typedef struct known_pre {
    char    name[17];
    uint8_t kind;         /* xb_split_kind */
    uint8_t digits;       /* of CL100K */
    uint8_t split_digits; /* one by one, before the pattern */
    uint8_t llama3;       /* whole words first, BOS by default */
} known_pre;

static const known_pre KNOWN_PRES[] = {
    { "gpt-2", XB_SPLIT_GPT2, 0, 0, 0 },       { "phi-2", XB_SPLIT_GPT2, 0, 0, 0 },
    { "mpt", XB_SPLIT_GPT2, 0, 0, 0 },         { "olmo", XB_SPLIT_GPT2, 0, 0, 0 },
    { "jais", XB_SPLIT_GPT2, 0, 0, 0 },        { "trillion", XB_SPLIT_GPT2, 0, 0, 0 },
    { "gigachat", XB_SPLIT_GPT2, 0, 0, 0 },    { "smollm", XB_SPLIT_GPT2, 0, 1, 0 },
    { "starcoder", XB_SPLIT_GPT2, 0, 1, 0 },   { "refact", XB_SPLIT_GPT2, 0, 1, 0 },
    { "command-r", XB_SPLIT_GPT2, 0, 1, 0 },   { "codeshell", XB_SPLIT_GPT2, 0, 1, 0 },
    { "llama-bpe", XB_SPLIT_CL100K, 3, 0, 1 }, { "llama3", XB_SPLIT_CL100K, 3, 0, 1 },
    { "llama-v3", XB_SPLIT_CL100K, 3, 0, 1 },  { "falcon3", XB_SPLIT_CL100K, 3, 0, 1 },
    { "falcon-h1", XB_SPLIT_CL100K, 3, 0, 1 }, { "pixtral", XB_SPLIT_CL100K, 3, 0, 1 },
    { "lfm2", XB_SPLIT_CL100K, 3, 0, 1 },      { "dbrx", XB_SPLIT_CL100K, 3, 0, 0 },
    { "smaug-bpe", XB_SPLIT_CL100K, 3, 0, 0 }, { "chatglm-bpe", XB_SPLIT_CL100K, 3, 0, 0 },
    { "qwen2", XB_SPLIT_CL100K, 1, 0, 0 },     { "deepseek-r1-qwen", XB_SPLIT_CL100K, 1, 0, 0 },
    { "stablelm2", XB_SPLIT_CL100K, 1, 0, 0 }, { "hunyuan", XB_SPLIT_CL100K, 1, 0, 0 }
};

static xybrid_status take_merges(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    if (g->merges.count <= 0 || g->merges.count > XB_MAX_VOCABULARY)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: byte-level BPE with %lld merges; 1 to %d are possible",
                       (long long)g->merges.count, XB_MAX_VOCABULARY);
    XB_TRY(xb_bpe_init_merges(&t->bpe, &t->arena, (uint32_t)g->merges.count, err));
    for (int64_t i = 0; i < g->merges.count; i++) {
        xb_slice    merge = xb_gguf_string(&g->merges, i);
        const char *space = merge.size > 1 ? memchr(merge.data + 1, ' ', merge.size - 1) : NULL;
        if (!space)
            return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: merge %lld is \"%.*s\"; wanted two tokens with a space between",
                           (long long)i, xb_slice_len(merge), merge.data);
        xb_slice left = { merge.data, (size_t)(space - merge.data) }, right = { space + 1, merge.size - left.size - 1 };
        XB_TRY(xb_bpe_add_merge(&t->bpe, &t->vocabulary, left, right, err));
    }
    return XYBRID_OK;
}

static xybrid_status setup_byte_level(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    const known_pre *pre = NULL;
    for (size_t i = 0; i < sizeof KNOWN_PRES / sizeof KNOWN_PRES[0]; i++)
        if (xb_slice_is(g->pre, KNOWN_PRES[i].name)) pre = &KNOWN_PRES[i];
    if (!pre)
        return xb_tokenizer_unsupported("GGUF: tokenizer.ggml.pre", g->pre,
                                        "gpt-2, smollm, starcoder, command-r, llama-bpe, qwen2 and "
                                        "their kin",
                                        err);
    t->model = XB_MODEL_BPE;
    t->bpe.byte_level = 1;
    t->bpe.whole_words_first = pre->llama3;
    xb_bpe_find_bytes(&t->bpe, &t->vocabulary);
    XB_TRY(take_merges(t, g, err));
    if (pre->split_digits && !xb_tokenizer_add_split(t, XB_SPLIT_DIGITS_ONE, err)) return err->code;
    xb_split_step *split = xb_tokenizer_add_split(t, (xb_split_kind)pre->kind, err);
    if (!split) return err->code;
    split->digits = pre->digits;
    t->decoder.kind = XB_DECODER_BYTE_LEVEL;
    frame_with(t, is_on(g->add_bos, pre->llama3) ? g->bos : -1, is_on(g->add_eos, 0) ? g->eos : -1);
    return XYBRID_OK;
}

/* Scores to ranks: the higher the score, the lower the rank. IEEE numbers sort like sign-magnitude integers. */
static uint32_t rank_of_score(float score) {
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    return bits & 0x80000000u ? bits : ~(bits | 0x80000000u);
}

static xybrid_status setup_sentencepiece(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    if (!g->scores) return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: vocabulary \"llama\" without tokenizer.ggml.scores");
    if (t->vocabulary.longest > XB_MAX_PIECE_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: SentencePiece token of %u bytes; at most %d", t->vocabulary.longest,
                       XB_MAX_PIECE_BYTES);
    t->model = XB_MODEL_BPE;
    t->bpe.byte_fallback = 1;
    t->bpe.unknown = g->unknown;
    xb_bpe_find_bytes(&t->bpe, &t->vocabulary);
    t->bpe.score_ranks = xb_arena_array(&t->arena, (size_t)t->vocabulary.count, sizeof *t->bpe.score_ranks, err);
    if (!t->bpe.score_ranks) return err->code;
    for (int32_t id = 0; id < t->vocabulary.count; id++)
        t->bpe.score_ranks[id] = rank_of_score((float)xb_gguf_item_float(g->scores, id));
    int           prefix = is_on(g->add_space_prefix, 1);
    xb_norm_step *prepend = prefix ? xb_tokenizer_add_norm(t, XB_NORM_PREPEND, err) : NULL;
    if (prefix && !prepend) return err->code;
    if (prepend) prepend->a = xb_slice_of(" ");
    xb_norm_step *replace = xb_tokenizer_add_norm(t, XB_NORM_REPLACE, err);
    if (!replace) return err->code;
    replace->a = xb_slice_of(" ");
    replace->b = xb_slice_of(SPACE_MARK);
    t->prepare_from = t->norm_count;
    t->decoder.kind = XB_DECODER_JOIN;
    t->decoder.replace = xb_slice_of(SPACE_MARK);
    t->decoder.byte_fallback = 1;
    t->decoder.strip_left = prefix;
    frame_with(t, is_on(g->add_bos, 1) ? g->bos : -1, is_on(g->add_eos, 0) ? g->eos : -1);
    return XYBRID_OK;
}

static xybrid_status setup(xb_tokenizer *t, const xb_gguf_vocabulary *g, xybrid_error *err) {
    XB_TRY(take_tokens(t, g, err));
    take_special(t, g);
    if (xb_slice_is(g->model, "bert")) XB_TRY(setup_wordpiece(t, g, err));
    else if (xb_slice_is(g->model, "gpt2")) XB_TRY(setup_byte_level(t, g, err));
    else if (xb_slice_is(g->model, "llama")) XB_TRY(setup_sentencepiece(t, g, err));
    else return xb_tokenizer_unsupported("GGUF: tokenizer.ggml.model", g->model, "bert, gpt2, llama", err);
    return take_added(t, g, err);
}

xybrid_status xb_tokenizer_from_gguf(xb_mem *mem, const xb_gguf *g, xb_tokenizer **out, xybrid_error *err) {
    xybrid_status      st;
    xb_tokenizer      *t = NULL;
    xb_gguf_vocabulary vocabulary;
    xb_arena           arena;
    xb_arena_init(&arena, mem, 0);
    XB_TRY_OUT(xb_gguf_vocabulary_read(g, &arena, &vocabulary, err));
    XB_TRY_OUT(xb_tokenizer_new(mem, &t, err));
    XB_TRY_OUT(setup(t, &vocabulary, err));
    *out = t;
    t = NULL;
out:
    xb_tokenizer_free(t);
    xb_arena_free(&arena);
    return st;
}

/* ---- vocab.txt ---- */

static xybrid_status take_lines(xb_tokenizer *t, const char *text, size_t size, xybrid_error *err) {
    int32_t  count = 0, id = 0;
    xb_slice line, rest = { text, size };
    for (; xb_next_line(&rest, &line); count++)
        if (count == XB_MAX_VOCABULARY)
            return xb_fail(err, XYBRID_MALFORMED, NULL, "vocab.txt: more than %d lines", XB_MAX_VOCABULARY);
    if (count == 0) return xb_fail(err, XYBRID_MALFORMED, NULL, "vocab.txt: no line");
    XB_TRY(xb_vocabulary_init(&t->vocabulary, &t->arena, count, text, err));
    rest.data = text, rest.size = size;
    for (; xb_next_line(&rest, &line); id++) {
        size_t at = (size_t)(line.data - text);
        if (line.size > XB_MAX_TOKEN_BYTES)
            return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)at, NULL,
                              "vocab.txt: line %d has %zu bytes; a token has at most %d", id + 1, line.size,
                              XB_MAX_TOKEN_BYTES);
        t->vocabulary.tokens[id].offset = (uint32_t)at;
        t->vocabulary.tokens[id].size = (uint32_t)line.size;
        XB_TRY(xb_vocabulary_enter(&t->vocabulary, id, err));
    }
    return XYBRID_OK;
}

static xybrid_status setup_vocab_txt(xb_tokenizer *t, const void *bytes, int64_t size, int lower_case, xybrid_error *err) {
    if (size < 0 || size > XB_MAX_JSON_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "vocab.txt: %lld bytes; at most %d", (long long)size, XB_MAX_JSON_BYTES);
    char *copy = xb_arena_strndup(&t->arena, size ? bytes : "", (size_t)size, err);
    if (!copy) return err->code;
    XB_TRY(take_lines(t, copy, (size_t)size, err));
    xb_tokenizer_guess_special(t);
    static const struct {
        xb_special_token kind;
        const char      *name;
    } wanted[] = { { XB_TOKEN_UNK, "[UNK]" },
                   { XB_TOKEN_CLS, "[CLS]" },
                   { XB_TOKEN_SEP, "[SEP]" },
                   { XB_TOKEN_PAD, "[PAD]" },
                   { XB_TOKEN_MASK, "[MASK]" } };
    XB_TRY(xb_tokenizer_init_added(t, 5, err));
    for (size_t i = 0; i < 5; i++) {
        int32_t id = t->special[wanted[i].kind];
        if (id < 0 && i < 3)
            return xb_fail(err, XYBRID_MALFORMED, wanted[i].name, "vocab.txt: no line \"%s\"; is this a vocabulary of BERT?",
                           wanted[i].name);
        if (id < 0) continue;
        t->vocabulary.flags[id] |= XB_TOKEN_SPECIAL;
        xb_added_token token = { xb_vocabulary_token(&t->vocabulary, id), id, 1, 0, 0, 0 };
        XB_TRY(xb_tokenizer_add_added(t, &token, 0, err));
    }
    xb_tokenizer_end_added(t);
    t->model = XB_MODEL_WORDPIECE;
    t->wordpiece.first_prefix = xb_slice_of("");
    t->wordpiece.more_prefix = t->decoder.prefix = xb_slice_of("##");
    t->wordpiece.max_word_chars = 100;
    t->wordpiece.unknown = t->special[XB_TOKEN_UNK];
    XB_TRY(xb_tokenizer_add_bert(t, 1, 1, lower_case, lower_case, err));
    t->prepare_from = t->norm_count;
    if (!xb_tokenizer_add_split(t, XB_SPLIT_BERT, err)) return err->code;
    t->decoder.kind = XB_DECODER_WORDPIECE;
    t->decoder.cleanup = 1;
    frame_with(t, t->special[XB_TOKEN_CLS], t->special[XB_TOKEN_SEP]);
    return XYBRID_OK;
}

xybrid_status xb_tokenizer_from_vocab_txt(xb_mem *mem, const void *bytes, int64_t size, int lower_case, xb_tokenizer **out,
                                          xybrid_error *err) {
    xb_tokenizer *t = NULL;
    XB_TRY(xb_tokenizer_new(mem, &t, err));
    xybrid_status st = setup_vocab_txt(t, bytes, size, lower_case, err);
    if (st != XYBRID_OK) {
        xb_tokenizer_free(t);
        return st;
    }
    *out = t;
    return XYBRID_OK;
}
