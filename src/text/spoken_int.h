/* text/spoken_int.h - how the reader of written text works inside.
 *
 *     source -> spoken_fold.c: a window of plain bytes -> spoken.c: what kind of token stands here -> spoken_number.c, spoken_word.c:
 *     what it says -> words of the sentence
 *
 * In the window all is ASCII: letters without their accents, and for what has no ASCII form a byte below 0x20. */
#ifndef XB_SPOKEN_INT_H
#define XB_SPOKEN_INT_H

#include <string.h>

#include "text/spoken.h"

enum {
    XB_W_FOREIGN = 1,   /* a letter that cannot be said */
    XB_W_EN_DASH = 2,   /* – */
    XB_W_EM_DASH = 3,   /* — */
    XB_W_ELLIPSIS = 4,  /* … */
    XB_W_OPEN = 5,      /* “ */
    XB_W_CLOSE = 6,     /* ” */
    XB_W_CURRENCY = 14, /* then '0' + index of the currency, or 'c': ¢; the dollar is '$' */
    XB_W_DEGREE = 15,
    XB_W_TIMES = 16,
    XB_W_FRACTION = 17, /* then two digits: numerator, denominator; ½ */
    XB_W_POWER = 18,    /* then a digit: ² */
    XB_W_MICRO = 19,
    XB_W_NAMED = 20, /* then 'A' + index: xb_spoken_symbol */
    XB_W_BULLET = 21,
    XB_WINDOW = 8192,
    XB_WINDOW_AHEAD = 1024, /* a token is at most as long */
    XB_TOKEN_WORDS = 100    /* and says at most as many words */
};

typedef struct xb_written {
    char     text[XB_WINDOW + 1]; /* NUL-terminated at `size` */
    uint32_t from[XB_WINDOW + 1]; /* where in the source each byte came from */
    uint32_t size, at;
    uint32_t next;            /* byte of the source that is folded next */
    uint32_t token;           /* word of the sentence that the token in work began with */
    char     last[24];        /* the word before, small letters: for what depends on it */
    char     before;          /* the byte of the window before `at` */
    uint8_t  last_is_capital; /* the word before began with a capital */
    uint8_t  gap;             /* white space stands before `at` */
    uint8_t  glued;           /* a mark stands directly before `at` and the next word joins it */
    uint8_t  line_starts, is_item, ended, quote_open;
} xb_written;

/* Text number n of texts one behind the other, each ended by a NUL. */
static inline const char *xb_spoken_nth(const char *texts, int n) {
    for (; n > 0; n--) texts += strlen(texts) + 1;
    return texts;
}

/* The dollar is 0; "" for what a currency has not. */
enum { XB_MONEY_ONE, XB_MONEY_MANY, XB_MONEY_CENT, XB_MONEY_CENTS, XB_CURRENCIES = 7 };
const char *xb_spoken_currency(int currency, int form);

/* What the byte behind XB_W_NAMED stands for. */
const char *xb_spoken_symbol(char index);
enum { XB_W_NAMED_PLUS_MINUS = 'D' };

/* Fills the window as far as it and the source go. */
void xb_spoken_fold(xb_spoken *s);

/* ---- words out ---- */
void xb_spoken_put(xb_spoken *s, const char *word, size_t size, int kind, int flags);
void xb_spoken_say(xb_spoken *s, const char *words, int flags); /* parted by spaces; "" is nothing */
void xb_spoken_mark(xb_spoken *s, const char *mark);            /* punctuation */

/* ---- tokens: each says what stands at p and returns where it ends, or NULL: not one of its kind ---- */
const char *xb_spoken_number(xb_spoken *s, const char *p);  /* p at a digit, a sign, a currency, '.', '(' */
const char *xb_spoken_word_at(xb_spoken *s, const char *p); /* p at a letter */

void        xb_spoken_cardinal(xb_spoken *s, const char *digits, size_t count);
void        xb_spoken_ordinal(xb_spoken *s, const char *digits, size_t count);
void        xb_spoken_digits(xb_spoken *s, const char *digits, size_t count);
const char *xb_spoken_clock_end(xb_spoken *s, const char *p); /* "am", " p.m." behind a time: says it; p if there is none */

static inline int xb_is_digit(char c) { return c >= '0' && c <= '9'; }
static inline int xb_is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline int xb_is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline int xb_is_letter(char c) { return xb_is_upper(c) || xb_is_lower(c); }
static inline int xb_is_alnum(char c) { return xb_is_letter(c) || xb_is_digit(c); }
static inline int xb_is_blank(char c) { return c == ' ' || c == '\n'; }

#endif
