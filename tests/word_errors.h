/* word_errors.h - how many words of a text were heard wrong: substituted, missing or added (the numerator of the word error
 * rate). */
#ifndef WORD_ERRORS_H
#define WORD_ERRORS_H

#include <ctype.h>
#include <string.h>

enum { WORDS = 400 }; /* at most, of a text */

/* Lower case, letters and apostrophes alone. */
static inline int words_of(const char *text, char words[WORDS][24]) {
    int count = 0;
    for (const char *p = text; *p && count < WORDS;) {
        size_t n = 0;
        for (; *p && (isalpha((unsigned char)*p) || *p == '\'' || isdigit((unsigned char)*p)); p++)
            if (n < 23) words[count][n++] = (char)tolower((unsigned char)*p);
        words[count][n] = 0;
        if (n) count++;
        else p += *p != 0;
    }
    return count;
}

/* Levenshtein's distance in words. */
static inline int wrong_words(const char *said, const char *heard, int *total) {
    static char a[WORDS][24], b[WORDS][24];
    static int  row[WORDS + 1];
    int         na = words_of(said, a), nb = words_of(heard, b);
    for (int j = 0; j <= nb; j++) row[j] = j;
    for (int i = 1; i <= na; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= nb; j++) {
            int best = diagonal + (strcmp(a[i - 1], b[j - 1]) != 0);
            diagonal = row[j];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    *total = na;
    return row[nb];
}

#endif
