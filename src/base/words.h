/* base/words.h - a list of words as one text, each ended by a NUL: a table of pointers costs 8 bytes a word, and in a shared
 * library 24 more for the loader.
 *
 *     static const char names[] = "none\0mean\0max\0";     // the literal's own NUL is the empty word that ends the list
 *     xb_word_at(names, 1)                                // "mean"; beyond the end ""
 *     xb_word_find(names, text, strlen(text))             // its number, -1: none of them
 *
 * Both walk from the front: for lists that are short, or asked rarely. Any thread. */
#ifndef XB_WORDS_H
#define XB_WORDS_H

#include <stddef.h>

const char *xb_word_at(const char *words, size_t index);
int         xb_word_find(const char *words, const char *text, size_t size);

#endif
