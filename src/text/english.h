/* text/english.h - one English sentence to phonemes in misaki's symbols, by lexicon, suffixes, stress and letters.
 *
 * The rules are those of misaki's English G2P 0.9 (its en.py is the reference of the tests): words are said from the last to the
 * first, because "the", "a", "to", "in" and others depend on what follows. Where misaki asks espeak-ng for unknown words, the
 * lexicon's letter rules answer here. Any thread. */
#ifndef XB_ENGLISH_H
#define XB_ENGLISH_H

#include "text/lexicon.h"
#include "text/spoken.h"

/* Parts of speech as far as a pronunciation hangs on them (names of the Penn Treebank). */
typedef enum xb_tag {
    XB_TAG_NONE,
    XB_TAG_NN,
    XB_TAG_NNP,
    XB_TAG_VB,
    XB_TAG_VBD,
    XB_TAG_VBN,
    XB_TAG_VBP,
    XB_TAG_JJ,
    XB_TAG_RB,
    XB_TAG_DT,
    XB_TAG_IN,
    XB_TAG_TO,
    XB_TAG_PRP,
    XB_TAG_CD
} xb_tag;

/* tags[s->count]: rules on a word, its ending and its neighbours; exact for what stands in lists, a guess for the rest. */
enum { XB_TAG_WINDOW = 32 /* words that are looked at together */ };

void xb_tag_sentence(const xb_spoken *s, uint8_t *tags);

/* What one word of the sentence said. */
typedef struct xb_said_word {
    uint32_t at, size; /* in the text given to xb_english_say */
    uint8_t  is_guess;
} xb_said_word;

typedef struct xb_english {
    const xb_lexicon *lexicon; /* of words */
    const xb_lexicon *rules;   /* for unknown ones; may be the same, NULL: they are spelled */
    int               is_british;
} xb_english;

/* Phonemes of every word of `s` into out[s->count], their bytes appended to `text`; marks are left empty. The first failure
 * sticks in `text`. */
void xb_english_say(const xb_english *e, const xb_spoken *s, const uint8_t *tags, xb_str *text, xb_said_word *out);

#endif
