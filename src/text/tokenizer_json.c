/* text/tokenizer_json.c - tokenizer.json of the HuggingFace library to the structure of tokenizer_int.h.
 *
 *     { added_tokens, normalizer, pre_tokenizer, model, post_processor, decoder, truncation, padding }
 *
 * Each part has a "type"; one that is not here is UNSUPPORTED_PACK with its name. */
#include "base/error.h"
#include "base/limits.h"
#include "codec/json.h"
#include "text/tokenizer_int.h"

enum { MAX_SEQUENCE_DEPTH = 4 };

/* ---- reading ---- */

static xb_slice string_of(const xb_json *v) {
    xb_slice s = { NULL, 0 };
    (void)xb_json_string(v, &s.data, &s.size);
    return s;
}

static int is_absent(const xb_json *v) { return xb_json_is(v, XB_JSON_MISSING) || xb_json_is(v, XB_JSON_NULL); }

/* "type" of a part; "" if it has none. */
static xb_slice type_of(const xb_json *part) {
    xb_slice type = string_of(xb_json_get(part, "type"));
    return type.data ? type : xb_slice_of("");
}

/* A string member into the arena. */
static xybrid_status keep_string(xb_tokenizer *t, const xb_json *part, const char *where, const char *key, xb_slice *out,
                                 xybrid_error *err) {
    xb_slice s = string_of(xb_json_get(part, key));
    if (!s.data) return xb_json_fail(xb_json_get(part, key), where, key, "a string", err);
    if (s.size > XB_MAX_PIECE_BYTES) return xb_json_fail(xb_json_get(part, key), where, key, "at most 1024 bytes", err);
    out->data = xb_arena_strndup(&t->arena, s.data, s.size, err);
    out->size = s.size;
    return out->data ? XYBRID_OK : err->code;
}

/* Pattern {"String": ...}: its text; {"Regex": ...}: *is_regex 1. */
static xybrid_status pattern_of(const xb_json *part, const char *where, xb_slice *out, int *is_regex, xybrid_error *err) {
    const xb_json *pattern = xb_json_get(part, "pattern");
    xb_slice       literal = string_of(xb_json_get(pattern, "String")), regex = string_of(xb_json_get(pattern, "Regex"));
    *is_regex = literal.data == NULL;
    *out = literal.data ? literal : regex;
    if (!out->data || out->size == 0)
        return xb_json_fail(pattern, where, "pattern", "{\"String\": ...} or {\"Regex\": ...}", err);
    if (out->size > XB_MAX_PIECE_BYTES) return xb_json_fail(pattern, where, "pattern", "at most 1024 bytes", err);
    return XYBRID_OK;
}

typedef xybrid_status (*part_reader)(xb_tokenizer *t, const xb_json *part, int depth, xybrid_error *err);

/* Each item of a Sequence. */
static xybrid_status read_sequence(xb_tokenizer *t, const xb_json *part, const char *where, const char *key, int depth,
                                   part_reader read, xybrid_error *err) {
    const xb_json *items = xb_json_get(part, key);
    if (!xb_json_is(items, XB_JSON_ARRAY)) return xb_json_fail(items, where, key, "an array", err);
    if (depth >= MAX_SEQUENCE_DEPTH)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, where, "tokenizer.json: %s nests Sequences deeper than %d", where,
                       MAX_SEQUENCE_DEPTH);
    for (xb_json_iter it = xb_json_items(items); xb_json_next(&it);) XB_TRY(read(t, it.value, depth + 1, err));
    return XYBRID_OK;
}

/* ---- normalizer ---- */

static xybrid_status read_bert_normalizer(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    int clean, cjk, lower, strip;
    XB_TRY(xb_json_opt_bool(part, "normalizer", "clean_text", 1, &clean, err));
    XB_TRY(xb_json_opt_bool(part, "normalizer", "handle_chinese_chars", 1, &cjk, err));
    XB_TRY(xb_json_opt_bool(part, "normalizer", "lowercase", 1, &lower, err));
    XB_TRY(xb_json_opt_bool(part, "normalizer", "strip_accents", lower, &strip, err));
    return xb_tokenizer_add_bert(t, clean, cjk, strip, lower, err);
}

static xybrid_status read_replace(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_slice pattern;
    int      is_regex;
    XB_TRY(pattern_of(part, "normalizer", &pattern, &is_regex, err));
    if (is_regex)
        return xb_tokenizer_unsupported("tokenizer.json: normalizer Replace with Regex", pattern, "String patterns", err);
    xb_norm_step *s = xb_tokenizer_add_norm(t, XB_NORM_REPLACE, err);
    if (!s) return err->code;
    s->a.size = pattern.size;
    s->a.data = xb_arena_strndup(&t->arena, pattern.data, pattern.size, err);
    if (!s->a.data) return err->code;
    return keep_string(t, part, "normalizer", "content", &s->b, err);
}

static xybrid_status read_strip(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    int left, right;
    XB_TRY(xb_json_opt_bool(part, "normalizer", "strip_left", 1, &left, err));
    XB_TRY(xb_json_opt_bool(part, "normalizer", "strip_right", 1, &right, err));
    xb_norm_step *s = xb_tokenizer_add_norm(t, XB_NORM_STRIP, err);
    if (!s) return err->code;
    s->left = (uint8_t)left;
    s->right = (uint8_t)right;
    return XYBRID_OK;
}

static xybrid_status read_normalizer(xb_tokenizer *t, const xb_json *part, int depth, xybrid_error *err) {
    static const struct {
        const char    *type;
        xb_norm_kind   kind;
        xb_normal_form form;
        uint32_t       set;
    } simple[] = { { "NFD", XB_NORM_FORM, XB_NFD, 0 },        { "NFC", XB_NORM_FORM, XB_NFC, 0 },
                   { "NFKD", XB_NORM_FORM, XB_NFKD, 0 },      { "NFKC", XB_NORM_FORM, XB_NFKC, 0 },
                   { "Lowercase", XB_NORM_LOWER, XB_NFD, 0 }, { "StripAccents", XB_NORM_DROP, XB_NFD, XB_MARK } };
    xb_slice type = type_of(part);
    if (is_absent(part)) return XYBRID_OK;
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        if (!xb_slice_is(type, simple[i].type)) continue;
        xb_norm_step *s = xb_tokenizer_add_norm(t, simple[i].kind, err);
        if (!s) return err->code;
        s->form = simple[i].form;
        s->set = simple[i].set;
        return XYBRID_OK;
    }
    if (xb_slice_is(type, "Sequence")) return read_sequence(t, part, "normalizer", "normalizers", depth, read_normalizer, err);
    if (xb_slice_is(type, "BertNormalizer")) return read_bert_normalizer(t, part, err);
    if (xb_slice_is(type, "Replace")) return read_replace(t, part, err);
    if (xb_slice_is(type, "Strip")) return read_strip(t, part, err);
    if (xb_slice_is(type, "Prepend")) {
        xb_norm_step *s = xb_tokenizer_add_norm(t, XB_NORM_PREPEND, err);
        return s ? keep_string(t, part, "normalizer", "prepend", &s->a, err) : err->code;
    }
    return xb_tokenizer_unsupported(
        "tokenizer.json: normalizer", type,
        "BertNormalizer, Lowercase, NFC, NFD, NFKC, NFKD, Prepend, Replace, Sequence, Strip, StripAccents", err);
}

/* ---- pre-tokenizer ---- */

/* The regular expressions that Split is given in published tokenizers. */
static const struct {
    const char   *regex;
    xb_split_kind kind;
    int32_t       digits;
} KNOWN_PATTERNS[] = { { "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", XB_SPLIT_GPT2,
                         0 },
                       { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
                         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                         XB_SPLIT_CL100K, 3 },
                       { "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
                         "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                         XB_SPLIT_CL100K, 1 } };

static xybrid_status behavior_of(const xb_json *part, const char *fallback, xb_split_behavior *out, xybrid_error *err) {
    static const char *const names[] = { "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext" };
    xb_slice                 name = string_of(xb_json_get(part, "behavior"));
    if (!name.data) name = xb_slice_of(fallback);
    for (int i = 0; i < 4; i++) {
        if (!xb_slice_is(name, names[i])) continue;
        *out = (xb_split_behavior)i;
        return XYBRID_OK;
    }
    return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer behavior", name,
                                    "Removed, Isolated, MergedWithPrevious, "
                                    "MergedWithNext",
                                    err);
}

static xybrid_status read_split(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_slice          pattern;
    int               is_regex, invert;
    xb_split_behavior behavior;
    XB_TRY(pattern_of(part, "pre_tokenizer", &pattern, &is_regex, err));
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "invert", 0, &invert, err));
    XB_TRY(behavior_of(part, "Isolated", &behavior, err));
    if (!is_regex) {
        if (invert)
            return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer Split, inverted, at", pattern, "invert false", err);
        xb_split_step *s = xb_tokenizer_add_split(t, XB_SPLIT_LITERAL, err);
        if (!s) return err->code;
        s->behavior = behavior;
        s->literal.size = pattern.size;
        s->literal.data = xb_arena_strndup(&t->arena, pattern.data, pattern.size, err);
        return s->literal.data ? XYBRID_OK : err->code;
    }
    /* These patterns match everywhere, so isolating the matches and removing what is between them are the same. */
    int whole = invert ? behavior == XB_SPLIT_REMOVED || behavior == XB_SPLIT_ISOLATED : behavior == XB_SPLIT_ISOLATED;
    for (size_t i = 0; whole && i < sizeof KNOWN_PATTERNS / sizeof KNOWN_PATTERNS[0]; i++) {
        if (!xb_slice_is(pattern, KNOWN_PATTERNS[i].regex)) continue;
        xb_split_step *s = xb_tokenizer_add_split(t, KNOWN_PATTERNS[i].kind, err);
        if (!s) return err->code;
        s->digits = KNOWN_PATTERNS[i].digits;
        return XYBRID_OK;
    }
    return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer Split with Regex", pattern,
                                    "the patterns of GPT-2, GPT-4 (llama 3) and Qwen 2, isolated", err);
}

/* A step that changes the text must come before any that cuts it. */
static xb_norm_step *add_prefix(xb_tokenizer *t, xb_slice prefix, const char *who, xybrid_error *err) {
    if (t->split_count > 0) {
        (void)xb_fail(err, XYBRID_UNSUPPORTED_PACK, who,
                      "tokenizer.json: pre_tokenizer %s after another one puts a prefix on every word, "
                      "which is not supported",
                      who);
        return NULL;
    }
    xb_norm_step *s = xb_tokenizer_add_norm(t, XB_NORM_PREFIX, err);
    if (s) s->a = prefix;
    return s;
}

static xybrid_status read_byte_level(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    int add_prefix_space, use_regex;
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "add_prefix_space", 1, &add_prefix_space, err));
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "use_regex", 1, &use_regex, err));
    if (add_prefix_space && !add_prefix(t, xb_slice_of(" "), "ByteLevel", err)) return err->code;
    if (use_regex && !xb_tokenizer_add_split(t, XB_SPLIT_GPT2, err)) return err->code;
    t->bpe.byte_level = 1;
    return XYBRID_OK;
}

static xybrid_status read_metaspace(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_slice mark, scheme = string_of(xb_json_get(part, "prepend_scheme"));
    int      split, legacy_prefix;
    XB_TRY(keep_string(t, part, "pre_tokenizer", "replacement", &mark, err));
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "split", 1, &split, err));
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "add_prefix_space", 1, &legacy_prefix, err));
    if (!scheme.data) scheme = xb_slice_of(legacy_prefix ? "always" : "never");
    xb_norm_step *replace = xb_tokenizer_add_norm(t, XB_NORM_REPLACE, err);
    if (!replace) return err->code;
    replace->a = xb_slice_of(" ");
    replace->b = mark;
    if (t->split_count > 0 || !xb_slice_is(scheme, "never")) {
        xb_norm_step *prefix = add_prefix(t, mark, "Metaspace", err);
        if (!prefix) return err->code;
        prefix->only_first = (uint8_t)xb_slice_is(scheme, "first");
        if (!prefix->only_first && !xb_slice_is(scheme, "always"))
            return xb_tokenizer_unsupported("tokenizer.json: prepend_scheme", scheme, "always, first, never", err);
    }
    xb_split_step *s = split ? xb_tokenizer_add_split(t, XB_SPLIT_LITERAL, err) : NULL;
    if (split && !s) return err->code;
    if (!s) return XYBRID_OK;
    s->literal = mark;
    s->behavior = XB_SPLIT_WITH_NEXT;
    return XYBRID_OK;
}

static xybrid_status read_digits(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    int individual;
    XB_TRY(xb_json_opt_bool(part, "pre_tokenizer", "individual_digits", 0, &individual, err));
    return xb_tokenizer_add_split(t, individual ? XB_SPLIT_DIGITS_ONE : XB_SPLIT_DIGITS_RUN, err) ? XYBRID_OK : err->code;
}

static xybrid_status read_punctuation(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_split_behavior behavior;
    XB_TRY(behavior_of(part, "Isolated", &behavior, err));
    if (behavior != XB_SPLIT_ISOLATED)
        return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer Punctuation with behavior",
                                        string_of(xb_json_get(part, "behavior")), "Isolated", err);
    return xb_tokenizer_add_split(t, XB_SPLIT_PUNCTUATION, err) ? XYBRID_OK : err->code;
}

static xybrid_status read_pre_tokenizer(xb_tokenizer *t, const xb_json *part, int depth, xybrid_error *err) {
    static const struct {
        const char   *type;
        xb_split_kind kind;
    } simple[] = { { "BertPreTokenizer", XB_SPLIT_BERT },
                   { "Whitespace", XB_SPLIT_WORDS },
                   { "WhitespaceSplit", XB_SPLIT_SPACES } };
    xb_slice type = type_of(part);
    if (is_absent(part)) return XYBRID_OK;
    if (t->bpe.byte_level)
        return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer after ByteLevel", type, "ByteLevel as the last one",
                                        err);
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++)
        if (xb_slice_is(type, simple[i].type)) return xb_tokenizer_add_split(t, simple[i].kind, err) ? XYBRID_OK : err->code;
    if (xb_slice_is(type, "Sequence"))
        return read_sequence(t, part, "pre_tokenizer", "pretokenizers", depth, read_pre_tokenizer, err);
    if (xb_slice_is(type, "ByteLevel")) return read_byte_level(t, part, err);
    if (xb_slice_is(type, "Digits")) return read_digits(t, part, err);
    if (xb_slice_is(type, "Punctuation")) return read_punctuation(t, part, err);
    if (xb_slice_is(type, "Split")) return read_split(t, part, err);
    if (xb_slice_is(type, "Metaspace")) return read_metaspace(t, part, err);
    return xb_tokenizer_unsupported("tokenizer.json: pre_tokenizer", type,
                                    "BertPreTokenizer, ByteLevel, Digits, Metaspace, Punctuation, "
                                    "Sequence, Split, Whitespace, WhitespaceSplit",
                                    err);
}

/* ---- vocabulary ---- */

typedef struct vocabulary_size {
    int64_t count, bytes, highest;
} vocabulary_size;

static xybrid_status measure(vocabulary_size *n, const xb_json *id, xb_slice token, const char *where, xybrid_error *err) {
    int64_t value;
    if (!xb_json_int(id, &value) || value < 0 || value >= XB_MAX_VOCABULARY)
        return xb_json_fail(id, where, "id", "an id below 4194304", err);
    if (!token.data || token.size > XB_MAX_TOKEN_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, where, "tokenizer.json: %s: token %lld is no string of at most %d bytes", where,
                       (long long)value, XB_MAX_TOKEN_BYTES);
    n->count++;
    n->bytes += (int64_t)token.size;
    if (value > n->highest) n->highest = value;
    return XYBRID_OK;
}

/* Copies all tokens into one block; ids of added tokens may lie beyond the model's. */
static xybrid_status read_vocabulary(xb_tokenizer *t, const xb_json *vocab, const xb_json *added, xybrid_error *err) {
    vocabulary_size n = { 0, 0, -1 };
    int64_t         id = 0;
    if (!xb_json_is(vocab, XB_JSON_OBJECT)) return xb_json_fail(vocab, "model", "vocab", "an object of tokens and ids", err);
    for (xb_json_iter it = xb_json_items(vocab); xb_json_next(&it);) {
        xb_slice token = { it.key, it.key_size };
        XB_TRY(measure(&n, it.value, token, "model.vocab", err));
    }
    for (xb_json_iter it = xb_json_items(added); xb_json_next(&it);)
        XB_TRY(measure(&n, xb_json_get(it.value, "id"), string_of(xb_json_get(it.value, "content")), "added_tokens", err));
    if (n.count == 0) return xb_json_fail(vocab, "model", "vocab", "at least one token", err);
    if (!xb_vocabulary_id_fits(n.highest, n.count))
        return xb_fail(err, XYBRID_MALFORMED, NULL, "tokenizer.json: id %lld in a vocabulary of %lld tokens",
                       (long long)n.highest, (long long)n.count);
    char *bytes = xb_arena_alloc(&t->arena, (size_t)n.bytes + 1, err);
    if (!bytes) return err->code;
    uint32_t used = 0;
    XB_TRY(xb_vocabulary_init(&t->vocabulary, &t->arena, (int32_t)n.highest + 1, bytes, err));
    for (xb_json_iter it = xb_json_items(vocab); xb_json_next(&it);) {
        xb_slice token = { it.key, it.key_size };
        (void)xb_json_int(it.value, &id);
        xb_vocabulary_place(&t->vocabulary, bytes, &used, id, token);
    }
    for (xb_json_iter it = xb_json_items(added); xb_json_next(&it);) {
        xb_slice token = string_of(xb_json_get(it.value, "content"));
        (void)xb_json_int(xb_json_get(it.value, "id"), &id);
        xb_slice held = xb_vocabulary_token(&t->vocabulary, id);
        if (held.data && xb_slice_eq(held, token)) continue;
        xb_vocabulary_place(&t->vocabulary, bytes, &used, id, token);
        t->vocabulary.flags[id] |= XB_TOKEN_ADDED;
    }
    for (int32_t i = 0; i < t->vocabulary.count; i++)
        if (t->vocabulary.tokens[i].offset != XB_NO_TOKEN && !(t->vocabulary.flags[i] & XB_TOKEN_ADDED))
            XB_TRY(xb_vocabulary_enter(&t->vocabulary, i, err));
    return XYBRID_OK;
}

static xybrid_status read_added(xb_tokenizer *t, const xb_json *added, xybrid_error *err) {
    XB_TRY(xb_tokenizer_init_added(t, (int32_t)xb_json_count(added), err));
    for (xb_json_iter it = xb_json_items(added); xb_json_next(&it);) {
        int64_t id = 0;
        int     special, single, left, right, normalized;
        XB_TRY(xb_json_opt_bool(it.value, "added_tokens", "special", 0, &special, err));
        XB_TRY(xb_json_opt_bool(it.value, "added_tokens", "single_word", 0, &single, err));
        XB_TRY(xb_json_opt_bool(it.value, "added_tokens", "lstrip", 0, &left, err));
        XB_TRY(xb_json_opt_bool(it.value, "added_tokens", "rstrip", 0, &right, err));
        XB_TRY(xb_json_opt_bool(it.value, "added_tokens", "normalized", !special, &normalized, err));
        (void)xb_json_int(xb_json_get(it.value, "id"), &id);
        if (special) t->vocabulary.flags[id] |= XB_TOKEN_SPECIAL;
        xb_added_token token = { xb_vocabulary_token(&t->vocabulary, id),
                                 (int32_t)id,
                                 (uint8_t)special,
                                 (uint8_t)single,
                                 (uint8_t)left,
                                 (uint8_t)right };
        XB_TRY(xb_tokenizer_add_added(t, &token, normalized, err));
    }
    xb_tokenizer_end_added(t);
    return XYBRID_OK;
}

/* ---- model ---- */

/* The id of the token that member `key` names; -1 if the member is missing or null. */
static xybrid_status token_named(const xb_tokenizer *t, const xb_json *model, const char *key, int32_t *out,
                                 xybrid_error *err) {
    const xb_json *v = xb_json_get(model, key);
    xb_slice       name = string_of(v);
    *out = -1;
    if (is_absent(v)) return XYBRID_OK;
    if (name.data) *out = xb_tokenizer_find(t, name.data, name.size);
    return *out >= 0 ? XYBRID_OK : xb_json_fail(v, "model", key, "a token of the vocabulary", err);
}

static xybrid_status refuse_string(const xb_json *model, const char *key, xybrid_error *err) {
    xb_slice s = string_of(xb_json_get(model, key));
    if (!s.data || s.size == 0) return XYBRID_OK;
    char where[64];
    xb_format(where, sizeof where, "tokenizer.json: BPE with %s", key);
    return xb_tokenizer_unsupported(where, s, "none", err);
}

static xybrid_status read_merge(xb_tokenizer *t, const xb_json *merge, int64_t index, xybrid_error *err) {
    xb_slice    left = string_of(xb_json_at(merge, 0)), right = string_of(xb_json_at(merge, 1)), both = string_of(merge);
    const char *space = both.size > 0 ? memchr(both.data, ' ', both.size) : NULL;
    if (space) {
        left.data = both.data, left.size = (size_t)(space - both.data);
        right.data = space + 1, right.size = both.size - left.size - 1;
    }
    if (left.data && right.data) return xb_bpe_add_merge(&t->bpe, &t->vocabulary, left, right, err);
    char where[48];
    xb_format(where, sizeof where, "model.merges[%lld]", (long long)index);
    return xb_json_fail(merge, where, "", "\"a b\" or [\"a\", \"b\"]", err);
}

static xybrid_status read_bpe(xb_tokenizer *t, const xb_json *model, xybrid_error *err) {
    const xb_json *merges = xb_json_get(model, "merges");
    double         dropout;
    int            fuse, fallback, ignore;
    t->model = XB_MODEL_BPE;
    XB_TRY(xb_json_opt_double(model, "model", "dropout", 0, 1, 0, &dropout, err));
    if (dropout > 0) return xb_tokenizer_unsupported("tokenizer.json: BPE with", xb_slice_of("dropout"), "none", err);
    XB_TRY(refuse_string(model, "continuing_subword_prefix", err));
    XB_TRY(refuse_string(model, "end_of_word_suffix", err));
    XB_TRY(xb_json_opt_bool(model, "model", "fuse_unk", 0, &fuse, err));
    XB_TRY(xb_json_opt_bool(model, "model", "byte_fallback", 0, &fallback, err));
    XB_TRY(xb_json_opt_bool(model, "model", "ignore_merges", 0, &ignore, err));
    XB_TRY(token_named(t, model, "unk_token", &t->bpe.unknown, err));
    t->bpe.fuse_unknown = (uint8_t)fuse;
    t->bpe.byte_fallback = (uint8_t)(fallback && !t->bpe.byte_level);
    t->bpe.whole_words_first = (uint8_t)ignore;
    t->special[XB_TOKEN_UNK] = t->bpe.unknown;
    xb_bpe_find_bytes(&t->bpe, &t->vocabulary);
    int64_t count = xb_json_count(merges);
    if (!xb_json_is(merges, XB_JSON_ARRAY) || count > XB_MAX_VOCABULARY)
        return xb_json_fail(merges, "model", "merges", "an array", err);
    XB_TRY(xb_bpe_init_merges(&t->bpe, &t->arena, (uint32_t)count, err));
    for (xb_json_iter it = xb_json_items(merges); xb_json_next(&it);) XB_TRY(read_merge(t, it.value, it.index, err));
    return XYBRID_OK;
}

static xybrid_status read_wordpiece(xb_tokenizer *t, const xb_json *model, xybrid_error *err) {
    int64_t max_chars;
    t->model = XB_MODEL_WORDPIECE;
    if (t->bpe.byte_level)
        return xb_tokenizer_unsupported("tokenizer.json: WordPiece after pre_tokenizer", xb_slice_of("ByteLevel"),
                                        "BertPreTokenizer", err);
    XB_TRY(token_named(t, model, "unk_token", &t->wordpiece.unknown, err));
    if (t->wordpiece.unknown < 0)
        return xb_json_fail(xb_json_get(model, "unk_token"), "model", "unk_token", "a token of the vocabulary", err);
    XB_TRY(xb_json_opt_int(model, "model", "max_input_chars_per_word", 1, XB_MAX_WORD_CHARS, 100, &max_chars, err));
    t->wordpiece.max_word_chars = (int32_t)max_chars;
    t->wordpiece.first_prefix = xb_slice_of("");
    t->wordpiece.more_prefix = xb_slice_of("##");
    if (!is_absent(xb_json_get(model, "continuing_subword_prefix")))
        XB_TRY(keep_string(t, model, "model", "continuing_subword_prefix", &t->wordpiece.more_prefix, err));
    t->special[XB_TOKEN_UNK] = t->wordpiece.unknown;
    return XYBRID_OK;
}

static xybrid_status read_model(xb_tokenizer *t, const xb_json *model, xybrid_error *err) {
    xb_slice type = type_of(model);
    if (type.size == 0 && xb_json_get(model, "merges")) type = xb_slice_of("BPE"); /* old files have no type */
    if (type.size == 0 && xb_json_get(model, "max_input_chars_per_word")) type = xb_slice_of("WordPiece");
    if (xb_slice_is(type, "BPE")) return read_bpe(t, model, err);
    if (xb_slice_is(type, "WordPiece")) return read_wordpiece(t, model, err);
    return xb_tokenizer_unsupported("tokenizer.json: model", type, "BPE, WordPiece", err);
}

/* ---- post-processor ---- */

static xybrid_status add_frame(xb_tokenizer *t, int is_after, int64_t id, int64_t type_id, xybrid_error *err) {
    int32_t *count = is_after ? &t->after_count : &t->before_count;
    if (*count == XB_MAX_FRAME_TOKENS)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "post_processor",
                       "tokenizer.json: post_processor adds more than %d tokens on one side", XB_MAX_FRAME_TOKENS);
    xb_frame_token token = { (int32_t)id, (int32_t)type_id };
    (is_after ? t->after : t->before)[(*count)++] = token;
    return XYBRID_OK;
}

static xybrid_status read_template(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    static const char WHERE[] = "post_processor";
    const xb_json    *tokens = xb_json_get(part, "special_tokens"), *single = xb_json_get(part, "single");
    int               texts = 0;
    if (!xb_json_is(single, XB_JSON_ARRAY)) return xb_json_fail(single, WHERE, "single", "an array", err);
    for (xb_json_iter it = xb_json_items(single); xb_json_next(&it);) {
        const xb_json *special = xb_json_get(it.value, "SpecialToken"), *text = xb_json_get(it.value, "Sequence");
        int64_t        type_id, id;
        XB_TRY(xb_json_opt_int(special ? special : text, WHERE, "type_id", 0, INT32_MAX, 0, &type_id, err));
        if (text) {
            t->text_type_id = (int32_t)type_id;
            texts++;
            continue;
        }
        xb_slice       name = string_of(xb_json_get(special, "id"));
        const xb_json *ids = name.data ? xb_json_get(xb_json_get(tokens, name.data), "ids") : NULL;
        if (xb_json_count(ids) == 0)
            return xb_json_fail(special, WHERE, "single", "Sequence or a SpecialToken of special_tokens", err);
        for (xb_json_iter each = xb_json_items(ids); xb_json_next(&each);) {
            if (!xb_json_int(each.value, &id) || !xb_vocabulary_token(&t->vocabulary, id).data)
                return xb_json_fail(each.value, WHERE, "ids", "the id of a token", err);
            XB_TRY(add_frame(t, texts > 0, id, type_id, err));
        }
    }
    if (texts != 1) return xb_json_fail(single, WHERE, "single", "the text (Sequence) once", err);
    return XYBRID_OK;
}

/* ["[SEP]", 102] */
static xybrid_status frame_pair(xb_tokenizer *t, const xb_json *part, const char *key, int is_after, xb_special_token kind,
                                xybrid_error *err) {
    int64_t        id;
    const xb_json *pair = xb_json_get(part, key);
    if (!xb_json_int(xb_json_at(pair, 1), &id) || !xb_vocabulary_token(&t->vocabulary, id).data)
        return xb_json_fail(pair, "post_processor", key, "a token and its id", err);
    t->special[kind] = (int32_t)id;
    return add_frame(t, is_after, id, 0, err);
}

static xybrid_status read_post_processor(xb_tokenizer *t, const xb_json *part, int depth, xybrid_error *err) {
    xb_slice type = type_of(part);
    int      is_roberta = xb_slice_is(type, "RobertaProcessing"), trim = 0;
    if (is_absent(part)) return XYBRID_OK;
    if (is_roberta || xb_slice_is(type, "ByteLevel")) {
        XB_TRY(xb_json_opt_bool(part, "post_processor", "trim_offsets", 1, &trim, err));
        t->trim_spans |= (uint8_t)trim;
        if (!is_roberta) return XYBRID_OK;
    }
    if (is_roberta || xb_slice_is(type, "BertProcessing")) {
        XB_TRY(frame_pair(t, part, "cls", 0, XB_TOKEN_CLS, err));
        return frame_pair(t, part, "sep", 1, XB_TOKEN_SEP, err);
    }
    if (xb_slice_is(type, "TemplateProcessing")) return read_template(t, part, err);
    if (xb_slice_is(type, "Sequence"))
        return read_sequence(t, part, "post_processor", "processors", depth, read_post_processor, err);
    return xb_tokenizer_unsupported("tokenizer.json: post_processor", type,
                                    "BertProcessing, ByteLevel, RobertaProcessing, Sequence, "
                                    "TemplateProcessing",
                                    err);
}

/* ---- decoder ---- */

static xybrid_status read_decoder_replace(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_slice pattern, content = string_of(xb_json_get(part, "content"));
    int      is_regex;
    XB_TRY(pattern_of(part, "decoder", &pattern, &is_regex, err));
    if (is_regex || !content.data || !xb_slice_is(content, " ") || t->decoder.replace.size > 0)
        return xb_tokenizer_unsupported("tokenizer.json: decoder Replace of", pattern, "one String by a space", err);
    t->decoder.replace.size = pattern.size;
    t->decoder.replace.data = xb_arena_strndup(&t->arena, pattern.data, pattern.size, err);
    return t->decoder.replace.data ? XYBRID_OK : err->code;
}

static xybrid_status read_decoder_strip(xb_tokenizer *t, const xb_json *part, xybrid_error *err) {
    xb_slice content = string_of(xb_json_get(part, "content"));
    int64_t  start, stop;
    XB_TRY(xb_json_opt_int(part, "decoder", "start", 0, 1024, 0, &start, err));
    XB_TRY(xb_json_opt_int(part, "decoder", "stop", 0, 1024, 0, &stop, err));
    if (stop > 0 || !content.data || !xb_slice_is(content, " "))
        return xb_tokenizer_unsupported("tokenizer.json: decoder Strip of", content.data ? content : xb_slice_of(""),
                                        "spaces at the start", err);
    t->decoder.strip_left = (int32_t)start;
    return XYBRID_OK;
}

static xybrid_status read_decoder(xb_tokenizer *t, const xb_json *part, int depth, xybrid_error *err) {
    xb_decoder *d = &t->decoder;
    xb_slice    type = type_of(part);
    if (is_absent(part)) return XYBRID_OK;
    if (xb_slice_is(type, "Sequence")) {
        d->kind = XB_DECODER_JOIN;
        return read_sequence(t, part, "decoder", "decoders", depth, read_decoder, err);
    }
    if (xb_slice_is(type, "ByteLevel")) {
        d->kind = XB_DECODER_BYTE_LEVEL;
        return XYBRID_OK;
    }
    if (xb_slice_is(type, "WordPiece")) {
        int cleanup;
        d->kind = XB_DECODER_WORDPIECE;
        XB_TRY(xb_json_opt_bool(part, "decoder", "cleanup", 1, &cleanup, err));
        d->cleanup = (uint8_t)cleanup;
        return keep_string(t, part, "decoder", "prefix", &d->prefix, err);
    }
    d->kind = XB_DECODER_JOIN;
    if (xb_slice_is(type, "Replace")) return read_decoder_replace(t, part, err);
    if (xb_slice_is(type, "Strip")) return read_decoder_strip(t, part, err);
    if (xb_slice_is(type, "Fuse")) return XYBRID_OK;
    if (xb_slice_is(type, "ByteFallback")) {
        d->byte_fallback = 1;
        return XYBRID_OK;
    }
    if (xb_slice_is(type, "Metaspace")) {
        xb_slice scheme = string_of(xb_json_get(part, "prepend_scheme"));
        d->strip_left = !scheme.data || !xb_slice_is(scheme, "never");
        return keep_string(t, part, "decoder", "replacement", &d->replace, err);
    }
    return xb_tokenizer_unsupported("tokenizer.json: decoder", type,
                                    "ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence, Strip, "
                                    "WordPiece",
                                    err);
}

/* ---- the whole ---- */

static xybrid_status read_truncation(xb_tokenizer *t, const xb_json *root, xybrid_error *err) {
    const xb_json *part = xb_json_get(root, "truncation");
    xb_slice       strategy = string_of(xb_json_get(part, "strategy")), direction = string_of(xb_json_get(part, "direction"));
    int64_t        max_length, pad;
    if (xb_json_int(xb_json_get(xb_json_get(root, "padding"), "pad_id"), &pad) && xb_vocabulary_token(&t->vocabulary, pad).data)
        t->special[XB_TOKEN_PAD] = (int32_t)pad;
    if (is_absent(part)) return XYBRID_OK;
    if (strategy.data && xb_slice_is(strategy, "OnlySecond"))
        return xb_tokenizer_unsupported("tokenizer.json: truncation strategy", strategy, "LongestFirst, OnlyFirst", err);
    XB_TRY(xb_json_get_int(part, "truncation", "max_length", 1, INT32_MAX, &max_length, err));
    t->max_length = (int32_t)max_length;
    t->truncate_left = direction.data && xb_slice_is(direction, "Left");
    return XYBRID_OK;
}

static xybrid_status read_root(xb_tokenizer *t, const xb_json *root, xybrid_error *err) {
    const xb_json *model = xb_json_get(root, "model"), *added = xb_json_get(root, "added_tokens");
    if (!xb_json_is(model, XB_JSON_OBJECT))
        return xb_json_fail(model, "", "model", "an object; is this a tokenizer.json?", err);
    if (!is_absent(added) && !xb_json_is(added, XB_JSON_ARRAY)) return xb_json_fail(added, "", "added_tokens", "an array", err);
    XB_TRY(read_normalizer(t, xb_json_get(root, "normalizer"), 0, err));
    t->prepare_from = t->norm_count;
    XB_TRY(read_pre_tokenizer(t, xb_json_get(root, "pre_tokenizer"), 0, err));
    xb_slice type = type_of(model);
    if (xb_json_is(xb_json_get(model, "vocab"), XB_JSON_ARRAY)) /* Unigram */
        return xb_tokenizer_unsupported("tokenizer.json: model", type, "BPE, WordPiece", err);
    XB_TRY(read_vocabulary(t, xb_json_get(model, "vocab"), added, err));
    XB_TRY(read_added(t, added, err));
    XB_TRY(read_model(t, model, err));
    XB_TRY(read_post_processor(t, xb_json_get(root, "post_processor"), 0, err));
    XB_TRY(read_decoder(t, xb_json_get(root, "decoder"), 0, err));
    XB_TRY(read_truncation(t, root, err));
    xb_tokenizer_guess_special(t);
    return XYBRID_OK;
}

xybrid_status xb_tokenizer_from_json(xb_mem *mem, const void *bytes, int64_t size, xb_tokenizer **out, xybrid_error *err) {
    xybrid_status st;
    xb_json_doc  *doc = NULL;
    xb_tokenizer *t = NULL;
    XB_TRY(xb_json_parse(mem, bytes, size, XB_MAX_JSON_BYTES, &doc, err));
    XB_TRY_OUT(xb_tokenizer_new(mem, &t, err));
    XB_TRY_OUT(read_root(t, xb_json_root(doc), err));
    *out = t;
    t = NULL;
out:
    xb_tokenizer_free(t);
    xb_json_free(doc);
    return st;
}
