/* text/splitter.c - cuts a text into words. The patterns that published tokenizers spell as regular expressions are written out
 * here; each function gives the end of the match that begins at `from`, on valid UTF-8. */
#include "base/utf8.h"
#include "text/tokenizer_int.h"

/* ---- reading ---- */

typedef struct cursor {
    const char *text;
    size_t      size;
} cursor;

/* The class of the character at `at`: what the patterns tell apart. */
typedef enum char_class { CLASS_END, CLASS_LETTER, CLASS_NUMBER, CLASS_SPACE, CLASS_OTHER } char_class;

static size_t read_char(cursor t, size_t at, uint32_t *code) {
    int n = at < t.size ? xb_utf8_read(t.text + at, t.text + t.size, code) : 0;
    if (n > 0) return (size_t)n;
    *code = 0;
    return at < t.size; /* a byte that is not UTF-8 passes as U+0000 */
}

static char_class class_of(uint32_t code) {
    if (code < 0x80) {
        if ((code | 32) >= 'a' && (code | 32) <= 'z') return CLASS_LETTER;
        if (code >= '0' && code <= '9') return CLASS_NUMBER;
        return xb_unicode_is_space(code) ? CLASS_SPACE : CLASS_OTHER;
    }
    if (xb_unicode_is_space(code)) return CLASS_SPACE;
    uint32_t bit = XB_CAT_BIT(xb_unicode_category(code));
    return bit & XB_LETTER ? CLASS_LETTER : bit & XB_NUMBER ? CLASS_NUMBER : CLASS_OTHER;
}

static char_class class_at(cursor t, size_t at, size_t *length) {
    uint32_t code;
    *length = read_char(t, at, &code);
    return *length ? class_of(code) : CLASS_END;
}

/* The end of the run of `wanted` from `at`, of at most `max` characters. */
static size_t run_end(cursor t, size_t at, char_class wanted, int32_t max) {
    size_t length;
    for (int32_t n = 0; n < max && class_at(t, at, &length) == wanted; n++) at += length;
    return at;
}

static char byte_at(cursor t, size_t at) { return at < t.size ? t.text[at] : '\0'; }

/* ---- the patterns of byte-level BPE ---- */

/* 's 't 're 've 'm 'll 'd after the apostrophe at `at`: the length with it, or 0. Without case also the long s, as in every
 * regular expression that folds case. */
static size_t contraction(cursor t, size_t at, int any_case) {
    static const char pairs[][2] = { { 'r', 'e' }, { 'v', 'e' }, { 'l', 'l' } };
    if (byte_at(t, at) != '\'') return 0;
    char a = byte_at(t, at + 1), b = byte_at(t, at + 2);
    if (any_case) {
        if (a == '\xc5' && b == '\xbf') return 3; /* U+017F */
        if (a >= 'A' && a <= 'Z') a = (char)(a + 32);
        if (b >= 'A' && b <= 'Z') b = (char)(b + 32);
    }
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (a == pairs[i][0] && b == pairs[i][1]) return 3;
    return 0;
}

/* \s+(?!\S)|\s+ : a run of white space up to its last character, which the next word takes; all of it at the end. */
static size_t spaces_end(cursor t, size_t from) {
    size_t at = from, last = from, length;
    while (class_at(t, at, &length) == CLASS_SPACE) last = at, at += length;
    return at == t.size || last == from ? at : last;
}

/* 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ */
static size_t gpt2_end(cursor t, size_t from) {
    size_t length = contraction(t, from, 0);
    if (length) return from + length;
    size_t     at = from + (byte_at(t, from) == ' ');
    char_class c = class_at(t, at, &length);
    if (c == CLASS_END || c == CLASS_SPACE) return spaces_end(t, from);
    return run_end(t, at, c, INT32_MAX);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
static size_t cl100k_end(cursor t, size_t from, int32_t digits) {
    size_t length, next_length, at;
    if ((length = contraction(t, from, 1)) > 0) return from + length;
    char_class c = class_at(t, from, &length), next = class_at(t, from + length, &next_length);
    int        line_end = byte_at(t, from) == '\r' || byte_at(t, from) == '\n';
    if (c == CLASS_LETTER) return run_end(t, from, CLASS_LETTER, INT32_MAX);
    if (c == CLASS_NUMBER) return run_end(t, from, CLASS_NUMBER, digits);
    if (next == CLASS_LETTER && !line_end) return run_end(t, from + length, CLASS_LETTER, INT32_MAX);
    if (c == CLASS_OTHER || (byte_at(t, from) == ' ' && next == CLASS_OTHER)) {
        at = run_end(t, from + (c == CLASS_SPACE), CLASS_OTHER, INT32_MAX);
        while (byte_at(t, at) == '\r' || byte_at(t, at) == '\n') at++;
        return at;
    }
    size_t after_line_end = from; /* \s*[\r\n]+ reaches to the last line end of the run */
    for (at = from; class_at(t, at, &length) == CLASS_SPACE; at += length)
        if (t.text[at] == '\r' || t.text[at] == '\n') after_line_end = at + 1;
    return after_line_end > from ? after_line_end : spaces_end(t, from);
}

/* ---- simple cuts ---- */

static int is_bert_punctuation(uint32_t c) {
    if (c < 0x80) return c > ' ' && c < 0x7f && class_of(c) == CLASS_OTHER;
    return xb_unicode_is(c, XB_PUNCTUATION);
}

typedef enum cut { CUT_JOIN, CUT_JOIN_2, CUT_ALONE, CUT_DROP } cut; /* neighbours of the same JOIN make one word */

static cut cut_of(xb_split_kind kind, uint32_t c) {
    switch (kind) {
    case XB_SPLIT_BERT: return xb_unicode_is_space(c) ? CUT_DROP : is_bert_punctuation(c) ? CUT_ALONE : CUT_JOIN;
    case XB_SPLIT_WORDS: return xb_unicode_is_space(c) ? CUT_DROP : xb_unicode_is_word(c) ? CUT_JOIN : CUT_JOIN_2;
    case XB_SPLIT_SPACES: return xb_unicode_is_space(c) ? CUT_DROP : CUT_JOIN;
    case XB_SPLIT_DIGITS_ONE: return class_of(c) == CLASS_NUMBER ? CUT_ALONE : CUT_JOIN;
    case XB_SPLIT_DIGITS_RUN: return class_of(c) == CLASS_NUMBER ? CUT_JOIN_2 : CUT_JOIN;
    default: return is_bert_punctuation(c) ? CUT_ALONE : CUT_JOIN; /* XB_SPLIT_PUNCTUATION */
    }
}

static size_t cut_end(cursor t, xb_split_kind kind, size_t from, int *drop) {
    uint32_t code;
    size_t   length = read_char(t, from, &code), at = from + length;
    cut      first = cut_of(kind, code);
    *drop = first == CUT_DROP;
    if (first == CUT_ALONE || first == CUT_DROP) return at;
    while ((length = read_char(t, at, &code)) > 0 && cut_of(kind, code) == first) at += length;
    return at;
}

static int literal_at(const xb_split_step *s, cursor t, size_t at) {
    return at < t.size && t.size - at >= s->literal.size && memcmp(t.text + at, s->literal.data, s->literal.size) == 0;
}

static size_t literal_end(const xb_split_step *s, cursor t, size_t from, int *drop) {
    size_t at = from;
    int    here = literal_at(s, t, from);
    *drop = here && s->behavior == XB_SPLIT_REMOVED;
    if (here && s->behavior != XB_SPLIT_WITH_NEXT) return from + s->literal.size;
    if (here) at += s->literal.size;
    while (at < t.size && !literal_at(s, t, at)) at++;
    if (at < t.size && s->behavior == XB_SPLIT_WITH_PREVIOUS) at += s->literal.size;
    return at;
}

size_t xb_split_next(const xb_split_step *s, const char *text, size_t from, size_t size, int *drop) {
    cursor t = { text, size };
    *drop = 0;
    switch (s->kind) {
    case XB_SPLIT_GPT2: return gpt2_end(t, from);
    case XB_SPLIT_CL100K: return cl100k_end(t, from, s->digits);
    case XB_SPLIT_LITERAL: return literal_end(s, t, from, drop);
    default: return cut_end(t, s->kind, from, drop);
    }
}
