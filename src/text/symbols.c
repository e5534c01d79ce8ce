/* symbols.c - see symbols.h: the first row that fits is taken, so longer ones stand first. */
#include "text/symbols.h"

#include <string.h>

typedef struct row {
    char from[8], to[8];
} row;

static const row TO_AMERICAN[] = { { "ɑɹ", "ɑːɹ" }, { "ɔɹ", "ɔːɹ" }, { "ɜɹ", "ɜː" }, { "əɹ", "ɚ" }, { "ᵊl", "əl" },
                                   { "ᵊ", "ə" },    { "A", "eɪ" },   { "I", "aɪ" },  { "O", "oʊ" }, { "W", "aʊ" },
                                   { "Y", "ɔɪ" },   { "ʧ", "tʃ" },   { "ʤ", "dʒ" },  { "T", "ɾ" },  { "ˈi", "ˈiː" },
                                   { "ˌi", "ˌiː" }, { "u", "uː" },   { "ɑ", "ɑː" },  { "ɔ", "ɔː" }, { "", "" } };
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

void xb_symbols_to_ipa(const char *phonemes, size_t size, int is_british, xb_str *out) {
    translate(is_british ? TO_BRITISH : TO_AMERICAN, phonemes, size, out);
}

void xb_symbols_from_ipa(const char *ipa, size_t size, int is_british, xb_str *out) {
    translate(is_british ? FROM_BRITISH : FROM_AMERICAN, ipa, size, out);
}
