/* text/spoken.h - written English to what is said: "$1.5M on 3/14" -> one point five million dollars on March fourteenth
 *
 *     xb_spoken s;
 *     XB_TRY(xb_spoken_init(&s, mem, text, size, 0, err));
 *     while (s.at < s.size) {
 *         XB_TRY_OUT(xb_spoken_next(&s, err));                    // one sentence
 *         for (size_t i = 0; i < s.count; i++) use(s.text.data + s.words[i].text, s.words[i].size);
 *     }
 *     xb_spoken_free(&s);
 *
 * Numbers, years, money, dates, times, units, telephone numbers, versions, ranges, abbreviations, addresses, symbols; emoji,
 * control characters, marks of Markdown and scripts that cannot be said are passed over, punctuation stays. Words come out in
 * ASCII letters, case as written. A sentence ends at . ! ? or a blank line; one that never ends is cut at XB_MAX_SENTENCE_WORDS.
 *
 * The text is read once through a window, so time is linear and memory does not depend on its length. The text is borrowed until
 * the end; bytes that are not UTF-8 are passed over. One thread at a time. Errors: OUT_OF_MEMORY. */
#ifndef XB_SPOKEN_H
#define XB_SPOKEN_H

#include "base/str.h"

typedef enum xb_spoken_kind {
    XB_SPOKEN_WORD,
    XB_SPOKEN_PUNCTUATION, /* one of ; : , . ! ? — … ( ) “ ” */
    XB_SPOKEN_PHONEMES     /* given by the writer: [word](/phonemes/) */
} xb_spoken_kind;

enum {
    XB_SPOKEN_SPACE = 1,   /* a space stands before it */
    XB_SPOKEN_LETTERS = 2, /* said letter by letter: "HTTP", "U.S." */
    XB_SPOKEN_NUMBER = 4,  /* a word of a number */
    XB_SPOKEN_WEAK = 8     /* without stress: the "point" of a decimal */
};

typedef struct xb_spoken_word {
    uint32_t text, size; /* in xb_spoken.text */
    uint32_t start, end; /* bytes of the source that it stands for; several words may share them */
    uint8_t  kind, flags;
} xb_spoken_word;

typedef struct xb_spoken {
    const char     *source;
    uint32_t        size, at; /* of the source; next unread byte */
    xb_str          text;     /* of the sentence in sight */
    xb_spoken_word *words;    /* [count] */
    size_t          count;
    int             ends_paragraph; /* a blank line, a heading or a list item ends here: a longer pause */
    /* private */
    xb_mem            *mem;
    struct xb_written *written;
    int                is_british;
} xb_spoken;

/* `text` of at most XB_MAX_TEXT_BYTES: what lies beyond is not read. Then drop it with xb_spoken_free, also after a failure. */
xybrid_status xb_spoken_init(xb_spoken *s, xb_mem *mem, const char *text, size_t size, int is_british, xybrid_error *err);
void          xb_spoken_free(xb_spoken *s);

/* The next sentence into words[count]; count may be 0 (nothing sayable was left). */
xybrid_status xb_spoken_next(xb_spoken *s, xybrid_error *err);

/* All of `text` in one line, for people and for other phonemizers: words parted by spaces, punctuation behind them. Phonemes
 * that the writer gave become the word in the brackets. */
xybrid_status xb_spoken_line(xb_mem *mem, const char *text, size_t size, int is_british, xb_str *out, xybrid_error *err);

/* For text that is still coming: bytes of its first whole sentences (up to the last sure end), 0 = not yet one. */
size_t xb_spoken_whole(const char *text, size_t size);

#endif
