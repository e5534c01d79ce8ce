/* phonemize.c - see phonemize.h: a sentence of text/spoken.h through text/english.h or espeak-ng, in the symbols wanted. */
#include "text/phonemize.h"

#include "base/error.h"
#include "base/limits.h"
#include "text/english.h"
#include "text/symbols.h"

enum { MAX_PIECES = 2 * XB_MAX_SENTENCE_WORDS, MAX_LANGUAGE = 24 };

struct xb_phonemizer {
    xb_mem          *mem;
    int              backend, symbols, is_british;
    char             language[MAX_LANGUAGE];
    xb_lexicon       words, rules;
    xb_english       english;
    const xb_espeak *espeak;
};

struct xb_phonemes {
    const xb_phonemizer *p;
    xb_mem              *mem;
    xb_spoken            spoken;
    xb_str               said, clause, out; /* misaki's phonemes; what espeak gets; the pieces' bytes */
    xb_said_word         words[XB_MAX_SENTENCE_WORDS];
    uint8_t              tags[XB_MAX_SENTENCE_WORDS];
    uint32_t             at[MAX_PIECES]; /* of each piece in `out`, which may move while it grows */
    xb_phoneme_piece     pieces[MAX_PIECES];
    int64_t              count;
};

/* ---- opening ---- */

static xybrid_status read_language(xb_phonemizer *p, const char *language, xybrid_error *err) {
    char         own[9];
    const size_t n = language ? strlen(language) : 0;
    xb_lexicon_language(&p->words, own);
    if (n >= MAX_LANGUAGE) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "language", "a language of %lld letters", (long long)n);
    if (n == 0) memcpy(p->language, *own ? own : "en-us", *own ? 8 : 6);
    for (size_t i = 0; i < n; i++) {
        const char c = language[i];
        p->language[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c == '_' ? '-' : c);
    }
    if (!strcmp(p->language, "a") || !strcmp(p->language, "en")) memcpy(p->language, "en-us", 6);
    if (!strcmp(p->language, "b") || !strcmp(p->language, "en-uk")) memcpy(p->language, "en-gb", 6);
    p->is_british = !strcmp(p->language, "en-gb");
    if (p->backend == XB_PHONEMIZER_ESPEAK) return XYBRID_OK;
    if (!p->is_british && strcmp(p->language, "en-us") != 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, p->language,
                       "the dictionary speaks en-us and en-gb, wanted \"%s\"; the backend EspeakNG knows more languages",
                       p->language);
    if (*own && strcmp(own, p->language) != 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, p->language, "the lexicon is of %s, wanted \"%s\"", own, p->language);
    return XYBRID_OK;
}

/* Lists and packed lexicons apart: the words come from what was named first, the rules from a packed one. */
static xybrid_status open_files(xb_phonemizer *p, const xb_phonemizer_options *o, xybrid_error *err) {
    xb_slice lists[XB_PHONEMIZER_FILES], packed[XB_PHONEMIZER_FILES];
    int      list_count = 0, packed_count = 0;
    for (int i = 0; i < o->file_count; i++) {
        if (xb_lexicon_is_packed(o->files[i])) packed[packed_count++] = o->files[i];
        else lists[list_count++] = o->files[i];
    }
    if (packed_count > 1 || (p->backend == XB_PHONEMIZER_CMU && list_count != 1) || list_count + packed_count == 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "dict_file", "%d packed lexicons and %d lists of words; wanted %s",
                       packed_count, list_count,
                       p->backend == XB_PHONEMIZER_CMU ? "cmudict.dict"
                                                       : "one packed lexicon, or misaki's gold and silver JSON");
    if (p->backend == XB_PHONEMIZER_CMU) XB_TRY(xb_lexicon_open_cmu(&p->words, p->mem, lists[0], err));
    else XB_TRY(xb_lexicon_open(&p->words, p->mem, list_count ? lists : packed, list_count ? list_count : 1, err));
    if (list_count && packed_count) XB_TRY(xb_lexicon_open(&p->rules, p->mem, packed, 1, err));
    return XYBRID_OK;
}

xybrid_status xb_phonemizer_open(xb_mem *mem, const xb_phonemizer_options *o, xb_phonemizer **out, xybrid_error *err) {
    xybrid_status  st;
    xb_phonemizer *p = NULL;
    if (o->backend < XB_PHONEMIZER_MISAKI || o->backend > XB_PHONEMIZER_ESPEAK || o->symbols < XB_SYMBOLS_MISAKI ||
        o->symbols > XB_SYMBOLS_IPA || o->file_count < 0 || o->file_count > XB_PHONEMIZER_FILES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "phonemizer: backend %d, symbols %d, %d files", (int)o->backend,
                       (int)o->symbols, (int)o->file_count);
    if (o->backend == XB_PHONEMIZER_ESPEAK && !o->espeak)
        return xb_fail(err, XYBRID_ENGINE_MISSING, "espeak-ng",
                       "the pack wants phonemes from espeak-ng, which is not part of this library; install it (libespeak-ng), "
                       "or choose the "
                       "backend MisakiDictionary for English");
    p = xb_calloc(mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->mem = mem, p->backend = o->backend, p->symbols = o->symbols, p->espeak = o->espeak;
    if (o->backend != XB_PHONEMIZER_ESPEAK) XB_TRY_OUT(open_files(p, o, err));
    XB_TRY_OUT(read_language(p, o->language, err));
    p->english.lexicon = &p->words, p->english.rules = p->rules.file ? &p->rules : &p->words,
    p->english.is_british = p->is_british;
    *out = p;
    return XYBRID_OK;
out:
    xb_phonemizer_free(p);
    return st;
}

void xb_phonemizer_free(xb_phonemizer *p) {
    if (!p) return;
    xb_lexicon_close(&p->words), xb_lexicon_close(&p->rules);
    xb_free(p->mem, p);
}

/* ---- reading ---- */

xybrid_status xb_phonemes_open(const xb_phonemizer *p, xb_mem *mem, const char *text, size_t size, xb_phonemes **out,
                               xybrid_error *err) {
    if (size > XB_MAX_TEXT_BYTES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text", "a text of %lld bytes; at most %d", (long long)size,
                       XB_MAX_TEXT_BYTES);
    xb_phonemes *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    r->p = p, r->mem = mem;
    xb_str_init(&r->said, mem, XB_MAX_SPOKEN_BYTES), xb_str_init(&r->clause, mem, XB_MAX_SPOKEN_BYTES),
        xb_str_init(&r->out, mem, XB_MAX_SPOKEN_BYTES);
    const xybrid_status st = xb_spoken_init(&r->spoken, mem, text, size, p->is_british, err);
    if (st != XYBRID_OK) xb_phonemes_close(r);
    else *out = r;
    return st;
}

void xb_phonemes_close(xb_phonemes *r) {
    if (!r) return;
    xb_spoken_free(&r->spoken);
    xb_str_free(&r->said), xb_str_free(&r->clause), xb_str_free(&r->out);
    xb_free(r->mem, r);
}

int xb_phonemes_done(const xb_phonemes *r) { return r->spoken.at >= r->spoken.size; }

/* A piece of what `out` got since `from`; one without phonemes is none. */
static void put_piece(xb_phonemes *r, const xb_spoken_word *w, size_t from, int kind, int is_guess) {
    xb_phoneme_piece *piece = &r->pieces[r->count];
    if (r->out.size == from || r->count == MAX_PIECES) return;
    piece->size = (uint32_t)(r->out.size - from), piece->letters = 0;
    for (size_t i = from; i < r->out.size; i++) piece->letters += ((uint8_t)r->out.data[i] & 0xc0) != 0x80;
    piece->start = w->start, piece->end = w->end;
    piece->kind = (uint8_t)kind, piece->space_before = (w->flags & XB_SPOKEN_SPACE) != 0, piece->is_guess = (uint8_t)is_guess;
    r->at[r->count++] = (uint32_t)from;
}

static void put_mark(xb_phonemes *r, const xb_spoken_word *w, int is_last) {
    const char  *mark = r->spoken.text.data + w->text;
    const size_t from = r->out.size;
    const int    quote = !strncmp(mark, "“", 3) || !strncmp(mark, "”", 3), dots = !strncmp(mark, "…", 3);
    if (quote && r->p->symbols == XB_SYMBOLS_IPA) xb_str_addc(&r->out, '"');
    else xb_str_addn(&r->out, mark, w->size);
    put_piece(r, w, from,
              strchr(".!?", *mark) || (dots && is_last)                ? XB_PIECE_END
              : strchr(";:,", *mark) || dots || !strncmp(mark, "—", 3) ? XB_PIECE_PAUSE
                                                                       : XB_PIECE_MARK,
              0);
}

static void put_given(xb_phonemes *r, const xb_spoken_word *w) {
    const size_t from = r->out.size;
    xb_str_addn(&r->out, r->spoken.text.data + w->text, w->size); /* as the writer gave them, in the voice's own symbols */
    put_piece(r, w, from, XB_PIECE_WORD, 0);
}

static xybrid_status say_english(xb_phonemes *r, xybrid_error *err) {
    const xb_spoken *s = &r->spoken;
    xb_tag_sentence(s, r->tags);
    xb_english_say(&r->p->english, s, r->tags, &r->said, r->words);
    XB_TRY(xb_str_status(&r->said, err));
    for (size_t i = 0; i < s->count; i++) {
        const size_t from = r->out.size;
        if (s->words[i].kind == XB_SPOKEN_PUNCTUATION) put_mark(r, &s->words[i], i + 1 == s->count);
        else if (s->words[i].kind == XB_SPOKEN_PHONEMES) put_given(r, &s->words[i]);
        else {
            const char *said = r->said.data + r->words[i].at;
            if (r->p->symbols == XB_SYMBOLS_IPA) xb_symbols_to_ipa(said, r->words[i].size, r->p->is_british, &r->out);
            else xb_str_addn(&r->out, said, r->words[i].size);
            put_piece(r, &s->words[i], from, XB_PIECE_WORD, r->words[i].is_guess);
        }
    }
    return XYBRID_OK;
}

/* ---- espeak ---- */

/* Words from .. to - 1 at once: espeak joins some ("of the"), so that pieces and words need not be the same number. */
static xybrid_status say_clause(xb_phonemes *r, size_t from, size_t to, xybrid_error *err) {
    const xb_spoken *s = &r->spoken;
    size_t           parts = 0, at = 0;
    if (from == to) return XYBRID_OK;
    xb_str_clear(&r->clause), xb_str_clear(&r->said);
    for (size_t i = from; i < to; i++) {
        const xb_spoken_word *w = &s->words[i];
        for (uint32_t k = 0; k < w->size; k++) {
            if (k ? w->flags & XB_SPOKEN_LETTERS : i > from) xb_str_addc(&r->clause, ' ');
            xb_str_addc(&r->clause, s->text.data[w->text + k]);
        }
    }
    XB_TRY(xb_str_status(&r->clause, err));
    XB_TRY(r->p->espeak->phonemes(r->p->espeak->ctx, r->p->language, r->clause.data, &r->said, err));
    XB_TRY(xb_str_status(&r->said, err));
    for (size_t i = 0; i < r->said.size; i++)
        parts += (uint8_t)r->said.data[i] > ' ' ? i == 0 || (uint8_t)r->said.data[i - 1] <= ' ' : 0;
    for (size_t part = 0; at < r->said.size; part++) {
        while (at < r->said.size && (uint8_t)r->said.data[at] <= ' ') at++;
        size_t       end = at;
        const size_t start = r->out.size;
        while (end < r->said.size && (uint8_t)r->said.data[end] > ' ') end++;
        xb_spoken_word w = s->words[parts == to - from ? from + part : from];
        if (parts != to - from) w.end = s->words[to - 1].end, w.flags |= part ? XB_SPOKEN_SPACE : 0;
        if (r->p->symbols == XB_SYMBOLS_MISAKI) xb_symbols_from_ipa(r->said.data + at, end - at, r->p->is_british, &r->out);
        else xb_str_addn(&r->out, r->said.data + at, end - at);
        put_piece(r, &w, start, XB_PIECE_WORD, 0);
        at = end;
    }
    return XYBRID_OK;
}

static xybrid_status say_espeak(xb_phonemes *r, xybrid_error *err) {
    const xb_spoken *s = &r->spoken;
    size_t           from = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->words[i].kind == XB_SPOKEN_WORD) continue;
        XB_TRY(say_clause(r, from, i, err));
        from = i + 1;
        if (s->words[i].kind == XB_SPOKEN_PHONEMES) put_given(r, &s->words[i]);
        else put_mark(r, &s->words[i], i + 1 == s->count);
    }
    return say_clause(r, from, s->count, err);
}

xybrid_status xb_phonemes_next(xb_phonemes *r, const xb_phoneme_piece **pieces, int64_t *count, xybrid_error *err) {
    r->count = 0;
    xb_str_clear(&r->said), xb_str_clear(&r->out);
    XB_TRY(xb_spoken_next(&r->spoken, err));
    XB_TRY(r->p->backend == XB_PHONEMIZER_ESPEAK ? say_espeak(r, err) : say_english(r, err));
    XB_TRY(xb_str_status(&r->out, err));
    for (int64_t i = 0; i < r->count; i++) r->pieces[i].phonemes = r->out.data + r->at[i];
    *pieces = r->pieces, *count = r->count;
    return XYBRID_OK;
}

/* ---- all at once ---- */

void xb_phonemes_add(xb_str *out, const xb_phoneme_piece *pieces, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (pieces[i].space_before && out->size) xb_str_addc(out, ' ');
        xb_str_addn(out, pieces[i].phonemes, pieces[i].size);
    }
}

xybrid_status xb_phonemize(const xb_phonemizer *p, xb_mem *mem, const char *text, size_t size, xb_str *out, xybrid_error *err) {
    xb_phonemes            *r = NULL;
    const xb_phoneme_piece *pieces;
    int64_t                 count;
    xybrid_status           st;
    XB_TRY(xb_phonemes_open(p, mem, text, size, &r, err));
    while (!xb_phonemes_done(r)) {
        XB_TRY_OUT(xb_phonemes_next(r, &pieces, &count, err));
        xb_phonemes_add(out, pieces, count);
    }
    st = xb_str_status(out, err);
out:
    xb_phonemes_close(r);
    return st;
}
