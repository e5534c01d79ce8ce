/* letters.c - see letters.h. A damaged tree ends by the count of steps, and every offset is held against the section. */
#include "text/letters.h"

enum {
    PIECE = 48,
    FEATURES = 20,
    NONE = 255,
    LETTERS = 28,
    STRESS = 4 * LETTERS,
    TEXTS = STRESS + 256,
    HEAD = TEXTS + 2 * 257
};

typedef struct rules {
    const uint8_t *at;
    uint32_t       size, texts, tree; /* where the texts and the trees begin */
} rules;

static uint32_t u16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static uint32_t u32(const uint8_t *p) { return u16(p) | u16(p + 2) << 16; }

static int open_rules(const xb_lexicon *l, rules *r) {
    if (!l->file || l->rules.size < HEAD) return 0;
    r->at = l->file + l->rules.at, r->size = l->rules.size, r->texts = HEAD;
    r->tree = HEAD + u16(r->at + TEXTS + 2 * 256);
    return r->tree <= r->size;
}

static int is_vowel_letter(uint8_t c) { return c == 1 || c == 5 || c == 9 || c == 15 || c == 21 || c == 25; }

/* What a node may ask of letter i: the letters around it, the classes said behind it, vowel groups before and behind it,
 * whether the stress is said already, both ends of the word. The training (tools/convert/lexicon_pack.c) has the same list. */
static void features_of(const rules *r, const uint8_t *letter, int count, int i, const uint8_t *said, uint8_t out[FEATURES]) {
    int before = 0, after = 0, stressed = 0;
    for (int k = 0; k < 9; k++) out[k] = i + k < 4 || i + k - 4 >= count ? 0 : letter[i + k - 4];
    for (int k = 0; k < i; k++) before += is_vowel_letter(letter[k]) && !is_vowel_letter(letter[k + 1]);
    for (int k = i + 1; k < count; k++) {
        after += is_vowel_letter(letter[k]) && !is_vowel_letter(letter[k - 1]);
        stressed |= r->at[STRESS + said[k]];
    }
    out[9] = i + 1 < count ? said[i + 1] : NONE;
    out[10] = i + 2 < count ? said[i + 2] : NONE;
    out[17] = i + 3 < count ? said[i + 3] : NONE;
    out[11] = (uint8_t)(before > 4 ? 4 : before);
    out[12] = (uint8_t)(after > 4 ? 4 : after);
    out[13] = (uint8_t)(stressed != 0);
    for (int k = 0; k < 3; k++) out[14 + k] = count > k ? letter[count - 1 - k] : 0;
    out[18] = letter[0];
    out[19] = count > 1 ? letter[1] : 0;
}

static uint8_t leaf_of(const rules *r, uint8_t letter, const uint8_t q[FEATURES]) {
    uint64_t at = (uint64_t)r->tree + u32(r->at + 4 * letter);
    for (int steps = 0; steps < 4096 && at + 2 <= r->size; steps++) {
        const uint8_t *n = r->at + at;
        if (n[0] == NONE) return n[1];
        if (n[0] >= FEATURES || at + 5 > r->size) break;
        at = q[n[0]] == n[1] ? at + 5 : (uint64_t)r->tree + (n[2] | (uint32_t)n[3] << 8 | (uint32_t)n[4] << 16);
    }
    return NONE;
}

static size_t say_piece(const rules *r, const uint8_t *letter, int count, char *out, size_t room) {
    size_t  used = 0;
    uint8_t said[PIECE], q[FEATURES];
    for (int i = count - 1; i >= 0; i--) {
        features_of(r, letter, count, i, said, q);
        said[i] = leaf_of(r, letter[i], q);
    }
    for (int i = 0; i < count; i++) {
        const uint32_t from = u16(r->at + TEXTS + 2 * said[i]), to = u16(r->at + TEXTS + 2 * said[i] + 2);
        if (from >= to || r->texts + to > r->tree || used + (to - from) > room) continue;
        memcpy(out + used, r->at + r->texts + from, to - from);
        used += to - from;
    }
    return used;
}

size_t xb_letters_say(const xb_lexicon *l, const char *word, size_t size, char *out, size_t room) {
    rules   r;
    uint8_t letter[PIECE];
    int     count = 0;
    size_t  used = 0;
    if (!l || !open_rules(l, &r)) return 0;
    for (size_t i = 0; i < size; i++) {
        const char c = word[i] | 0x20;
        if (word[i] == '\'') letter[count++] = 27;
        else if (c >= 'a' && c <= 'z') letter[count++] = (uint8_t)(c - 'a' + 1);
        if (count == PIECE) used += say_piece(&r, letter, count, out + used, room - used), count = 0;
    }
    return count ? used + say_piece(&r, letter, count, out + used, room - used) : used;
}
