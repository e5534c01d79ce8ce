/* text/phonemize.h - written English to phonemes, sentence by sentence.
 *
 *     xb_phonemizer_options o = { XB_PHONEMIZER_MISAKI };
 *     o.files[o.file_count++] = lexicon;               // the mapped bytes of en-us.lexicon
 *     XB_TRY(xb_phonemizer_open(mem, &o, &phonemizer, err));
 *     XB_TRY_OUT(xb_phonemes_open(phonemizer, mem, text, size, &reader, err));
 *     while (!xb_phonemes_done(reader)) {
 *         XB_TRY_OUT(xb_phonemes_next(reader, &pieces, &count, err));   // one sentence
 *         for (int64_t i = 0; i < count; i++) take(&pieces[i]);         // "həlˈO" "," "wˈɜɹld" "."
 *     }
 *     xb_phonemes_close(reader);                       // at last: xb_phonemizer_free(phonemizer)
 *
 * A sentence's string is its pieces one behind the other, with a space before those that say so (xb_phonemes_add). What
 * stands in the text in any other form (numbers, money, dates, abbreviations, emoji, other scripts) goes through
 * text/spoken.h first. `[word](/phonemes/)` gives the phonemes of a word directly.
 *
 * A phonemizer never changes after opening: any thread, several at once. A reader: one thread at a time. */
#ifndef XB_PHONEMIZE_H
#define XB_PHONEMIZE_H

#include "base/str.h"
#include "codec/slice.h"

typedef struct xb_phonemizer xb_phonemizer;

typedef enum xb_phonemizer_backend {
    XB_PHONEMIZER_MISAKI, /* misaki's lexicon, suffixes and stress; letters by rule for unknown words (text/lexicon.h) */
    XB_PHONEMIZER_CMU,    /* cmudict.dict: ARPABET */
    XB_PHONEMIZER_ESPEAK  /* espeak-ng, through the functions given */
} xb_phonemizer_backend;

typedef enum xb_phoneme_symbols {
    XB_SYMBOLS_MISAKI, /* Kokoro: A I O W Y are diphthongs (British Q), ʧ ʤ, T a tap */
    XB_SYMBOLS_IPA     /* espeak-ng's IPA of en-us or en-gb, NFD: Piper, Kitten */
} xb_phoneme_symbols;

/* espeak-ng as somebody else loaded it. `clause` holds no punctuation that parts clauses; appends IPA without line ends. */
typedef struct xb_espeak {
    xybrid_status (*phonemes)(void *ctx, const char *language, const char *clause, xb_str *ipa, xybrid_error *err);
    void *ctx;
} xb_espeak;

enum { XB_PHONEMIZER_FILES = 4 };

typedef struct xb_phonemizer_options {
    int32_t     backend, symbols;
    const char *language; /* "en-us" (also NULL, "en", "a"), "en-gb" ("b"); espeak takes any. Borrowed during open */
    /* MISAKI: a packed lexicon, or the JSON objects of misaki, gold before silver. CMU: cmudict.dict; a packed lexicon behind
     * it says unknown words. Must outlive the phonemizer; JSON and cmudict are read at once, a packed lexicon is used where it
     * lies: opening touches one page and allocates a few hundred bytes. */
    xb_slice         files[XB_PHONEMIZER_FILES];
    int32_t          file_count;
    const xb_espeak *espeak; /* ESPEAK; must outlive the phonemizer. NULL: ENGINE_MISSING that says what to install */
} xb_phonemizer_options;

/* Errors: INVALID_ARGUMENT, MALFORMED (a file), UNSUPPORTED_PACK (a language without a lexicon), ENGINE_MISSING, OUT_OF_MEMORY. */
xybrid_status xb_phonemizer_open(xb_mem *mem, const xb_phonemizer_options *o, xb_phonemizer **out, xybrid_error *err);
void          xb_phonemizer_free(xb_phonemizer *p); /* NULL is fine */

/* ---- reading a text ---- */

typedef enum xb_phoneme_kind {
    XB_PIECE_WORD,
    XB_PIECE_PAUSE, /* ; : , — … */
    XB_PIECE_END,   /* . ! ? (and … that ends the sentence) */
    XB_PIECE_MARK   /* ( ) " “ ” */
} xb_phoneme_kind;

typedef struct xb_phoneme_piece {
    const char *phonemes;   /* UTF-8, not NUL-terminated; punctuation as it is */
    uint32_t    size;       /* bytes */
    uint32_t    letters;    /* code points */
    uint32_t    start, end; /* bytes of the text that it stands for; several pieces may share them ("42" is two words) */
    uint8_t     kind, space_before;
    uint8_t     is_guess; /* no lexicon knew the word */
} xb_phoneme_piece;

typedef struct xb_phonemes xb_phonemes;

/* `text` is UTF-8 (what is not is passed over), borrowed until close, at most XB_MAX_TEXT_BYTES. */
xybrid_status xb_phonemes_open(const xb_phonemizer *p, xb_mem *mem, const char *text, size_t size, xb_phonemes **out,
                               xybrid_error *err);
void          xb_phonemes_close(xb_phonemes *r);      /* NULL is fine */
int           xb_phonemes_done(const xb_phonemes *r); /* 1: no sentence is left */

/* The next sentence: *pieces lives until the next call. *count may be 0 (nothing there could be said). At most
 * XB_MAX_SENTENCE_WORDS pieces, so memory does not grow with the text. Errors: OUT_OF_MEMORY; those of espeak. */
xybrid_status xb_phonemes_next(xb_phonemes *r, const xb_phoneme_piece **pieces, int64_t *count, xybrid_error *err);

/* Appends the string of pieces[0 .. count - 1]; the first one's space only if `out` holds something. */
void xb_phonemes_add(xb_str *out, const xb_phoneme_piece *pieces, int64_t count);

/* All sentences of a text, parted by a space. */
xybrid_status xb_phonemize(const xb_phonemizer *p, xb_mem *mem, const char *text, size_t size, xb_str *out, xybrid_error *err);

#endif
