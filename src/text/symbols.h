/* text/symbols.h - misaki's phonemes as espeak-ng writes them, so that voices trained on espeak speak without it.
 *
 * misaki's table for espeak (its espeak.py) read backwards: A -> eɪ, I -> aɪ, O -> oʊ, W -> aʊ, Y -> ɔɪ, Q -> əʊ, ʧ -> tʃ, ʤ -> dʒ,
 * T -> ɾ, ᵊl -> əl, ɜɹ -> ɜː, əɹ -> ɚ, and the length that American vowels have in espeak: i -> iː with stress, u -> uː, ɑ -> ɑː, ɔ -> ɔː;
 * a word that begins with weak ə begins with ɐ, "er" before a vowel keeps its ɹ. Against espeak-ng 1.51 itself (en-us, the 233
 * sentences of tests/golden) a tenth of the characters differ, nearly all of them weak vowels and secondary stress that the two
 * dictionaries hear differently. */
#ifndef XB_SYMBOLS_H
#define XB_SYMBOLS_H

#include "base/str.h"

/* Appends `phonemes` of one word. */
void xb_symbols_to_ipa(const char *phonemes, size_t size, int is_british, xb_str *out);

/* espeak-ng's IPA of one word as misaki's symbols (misaki's own table, without ties). */
void xb_symbols_from_ipa(const char *ipa, size_t size, int is_british, xb_str *out);

#endif
