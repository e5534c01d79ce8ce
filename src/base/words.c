/* base/words.c - walks a list of words. */
#include "base/words.h"

#include <string.h>

const char *xb_word_at(const char *words, size_t index) {
    while (*words && index-- > 0) words += strlen(words) + 1;
    return words;
}

int xb_word_find(const char *words, const char *text, size_t size) {
    for (int i = 0; *words; i++) {
        size_t n = strlen(words);
        if (n == size && memcmp(words, text, size) == 0) return i;
        words += n + 1;
    }
    return -1;
}
