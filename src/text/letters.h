/* text/letters.h - how an unknown word sounds, letter by letter: decision trees that were trained from the lexicon they lie in.
 *
 *     rules    u32 [28]  where each letter's tree begins (0 = none, 1..26 = a..z, 27 = ')
 *              u8 [256]  1 = the class holds a sound with primary stress
 *              u16 [257], texts: what each class sounds like ("", "k", "ˈA", "ks")
 *              trees     a node: feature, value, 3 bytes where "no" goes on, "yes" follows at once; a leaf: 255, class
 *
 * A word is said from its end, for English stress hangs on endings; what a node may ask stands in letters.c. After Black, Lenzo and Pagel
 * 1998, "Issues in building general letter to sound rules". On 4,305 gold words that were kept out of the training 8.2 % of
 * the sounds are wrong (10.7 % counting stress). */
#ifndef XB_LETTERS_H
#define XB_LETTERS_H

#include "text/lexicon.h"

/* `word` in letters a-z, A-Z and '; others are silent. Returns the bytes written, at most `room`; 0 if the lexicon has no rules
 * (NULL, or no packed one) or the word no sound. A word beyond 48 letters is said in pieces. */
size_t xb_letters_say(const xb_lexicon *l, const char *word, size_t size, char *out, size_t room);

#endif
