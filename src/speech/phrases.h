/* speech/phrases.h - a text cut into the pieces that are spoken one after the other, and the pause behind each.
 *
 *     "Well, it works. Dr. Lee paid $3.50, and left"   soft 16, first
 *      Well,|                                          comma
 *            it works.|                                sentence
 *                      Dr. Lee paid $3.50,|            comma
 *                                          and left|   end
 *
 *     for (xb_phrase p; xb_phrase_next(text, size, 1, &limits, &p); text += p.size, size -= p.size)
 *         speak(text + p.start, p.end - p.start, xb_pause_ms(p.pause));
 *
 * A cut is made at the end of a sentence where one is near, else at a comma or its like, before a word that joins clauses
 * (the original's list), at a space, and only without any of these between two characters. Whole sentences are taken together
 * up to the limit. "Dr.", "e.g.", "J." and "3.14" end no sentence. Nothing is allocated; no state. UTF-8 is never cut in two;
 * bytes that are none count as characters. Any thread. */
#ifndef XB_PHRASES_H
#define XB_PHRASES_H

#include <stddef.h>
#include <stdint.h>

typedef enum xb_pause { XB_PAUSE_NONE, XB_PAUSE_COMMA, XB_PAUSE_CLAUSE, XB_PAUSE_SENTENCE, XB_PAUSE_PARAGRAPH } xb_pause;

typedef struct xb_phrase_limits { /* in characters (code points) */
    int32_t soft;                 /* how long a piece shall be: the last good place before it */
    int32_t hard;                 /* at least soft: up to here a natural end is waited for */
    int32_t is_first;             /* 1: a comma will do, so that the sound begins soon */
} xb_phrase_limits;

typedef struct xb_phrase {
    size_t   start, end; /* bytes of the text, without the white space at both ends; equal: nothing but space */
    size_t   size;       /* bytes to go on from */
    xb_pause pause;
} xb_phrase;

/* The next piece of `text`; 0 if there is none: the text is empty, or more of it may come (`is_all` 0) and nothing in it is
 * surely a whole phrase yet. */
int xb_phrase_next(const char *text, size_t size, int is_all, const xb_phrase_limits *limits, xb_phrase *out);

/* Silence behind a piece at speed 1, in milliseconds. */
int32_t xb_pause_ms(xb_pause pause);

#endif
