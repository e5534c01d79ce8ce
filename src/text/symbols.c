/* symbols.c - see symbols.h: the first row that fits is taken, so longer ones stand first. */
#include "text/symbols.h"

#include <string.h>

typedef struct row {
    char from[8], to[8];
} row;

static const row TO_AMERICAN[] = { { "ˌɔn", "ˌɔn" }, { "ɑɹ", "ɑːɹ" }, { "ɔɹ", "ɔːɹ" }, { "ɜɹ", "ɜː" }, { "əɹ", "ɚ" },
                                   { "ᵊl", "əl" },   { "ᵊ", "ə" },    { "A", "eɪ" },   { "I", "aɪ" },  { "O", "oʊ" },
                                   { "W", "aʊ" },    { "Y", "ɔɪ" },   { "ʧ", "tʃ" },   { "ʤ", "dʒ" },  { "T", "ɾ" },
                                   { "ˈi", "ˈiː" },  { "ˌi", "ˌiː" }, { "u", "uː" },   { "ɑ", "ɑː" },  { "ɔ", "ɔː" },
                                   { "", "" } };
static const row TO_BRITISH[] = { { "ᵊl", "əl" }, { "ᵊ", "ə" },  { "A", "eɪ" }, { "I", "aɪ" },  { "Q", "əʊ" }, { "W", "aʊ" },
                                  { "Y", "ɔɪ" },  { "ʧ", "tʃ" }, { "ʤ", "dʒ" }, { "ɛː", "eə" }, { "", "" } };
static const row FROM_AMERICAN[] = { { "aɪ", "I" }, { "aʊ", "W" },  { "dʒ", "ʤ" },  { "eɪ", "A" },      { "tʃ", "ʧ" },
                                     { "ɔɪ", "Y" }, { "oʊ", "O" },  { "əl", "ᵊl" }, { "ɜːɹ", "ɜɹ" },    { "ɜː", "ɜɹ" },
                                     { "ɚ", "əɹ" }, { "ɪə", "iə" }, { "r", "ɹ" },   { "x", "k" },       { "ç", "k" },
                                     { "ɐ", "ə" },  { "ɬ", "l" },   { "ɾ", "T" },   { "ʔ", "t" },       { "ʲ", "" },
                                     { "ː", "" },   { "e", "A" },   { "o", "ɔ" },   { "\xcc\xa9", "" }, { "\xcc\x83", "" },
                                     { "", "" } };
static const row FROM_BRITISH[] = { { "aɪ", "I" }, { "aʊ", "W" },      { "dʒ", "ʤ" },      { "eɪ", "A" },  { "tʃ", "ʧ" },
                                    { "ɔɪ", "Y" }, { "əʊ", "Q" },      { "eə", "ɛː" },     { "əl", "ᵊl" }, { "iə", "ɪə" },
                                    { "ɚ", "əɹ" }, { "r", "ɹ" },       { "x", "k" },       { "ç", "k" },   { "ɐ", "ə" },
                                    { "ɬ", "l" },  { "ɾ", "T" },       { "ʔ", "t" },       { "ʲ", "" },    { "e", "A" },
                                    { "o", "ɔ" },  { "\xcc\xa9", "" }, { "\xcc\x83", "" }, { "", "" } };

static void translate(const row *rows, const char *p, size_t size, xb_str *out) {
    const char *end = p + size;
    while (p < end) {
        const row *r = rows;
        while (r->from[0] && ((size_t)(end - p) < strlen(r->from) || memcmp(p, r->from, strlen(r->from)) != 0)) r++;
        if (r->from[0]) xb_str_add(out, r->to), p += strlen(r->from);
        else xb_str_addc(out, *p++);
    }
}

/* espeak keeps the r of "er" before a vowel, where misaki's əɹ and ɜɹ are one sound with it. */
static int vowel_at(const char *p, const char *end) {
    static const char VOWELS[] = "AIOWYiuæɑɔəɛɜɪʊʌᵻ";
    const char       *q = p < end && (uint8_t)*p == 0xcb ? p + 2 : p; /* a mark of stress */
    const size_t      n = q < end ? (uint8_t)*q < 0x80 ? 1 : (uint8_t)*q < 0xe0 ? 2 : 3 : 0;
    for (const char *v = VOWELS; n && *v; v++)
        if (strncmp(v, q, n) == 0) return 1;
    return 0;
}

void xb_symbols_to_ipa(const char *phonemes, size_t size, int is_british, xb_str *out) {
    const char *p = phonemes, *end = phonemes + size;
    if (!is_british && size == 3 && memcmp(p, "ði", 3) == 0) { /* "the" before a vowel */
        xb_str_add(out, "ðɪ");
        return;
    }
    if (!is_british && size > 4 && memcmp(p, "ə", 2) == 0 && memcmp(p + 2, "ɹ", 2) != 0)
        xb_str_add(out, "ɐ"), p += 2; /* about */
    for (const char *q = p; !is_british && q + 4 < end; q++)
        if ((memcmp(q, "əɹ", 4) == 0 || memcmp(q, "ɜɹ", 4) == 0) && vowel_at(q + 4, end)) {
            translate(TO_AMERICAN, p, (size_t)(q + 4 - p), out);
            xb_str_add(out, "ɹ");
            p = q + 4, q += 3;
        }
    translate(is_british ? TO_BRITISH : TO_AMERICAN, p, (size_t)(end - p), out);
}

void xb_symbols_from_ipa(const char *ipa, size_t size, int is_british, xb_str *out) {
    translate(is_british ? FROM_BRITISH : FROM_AMERICAN, ipa, size, out);
}
