/* lexicon.c - see lexicon.h. */
#include "text/lexicon.h"

#include "base/error.h"
#include "text/lexicon_int.h"

enum { HEAD = 64, BLOCK = 16, LONGEST = 256 };
static const char MAGIC[] = "xblexic1";

static uint32_t u16(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8; }
static uint32_t u32(const uint8_t *p) { return u16(p) | u16(p + 2) << 16; }

const char *xb_pronunciation_for(const xb_pronunciation *p, xb_said kind) {
    const char *text = p->text[p->which[p->has >> kind & 1 ? kind : XB_SAID_DEFAULT]];
    return *text ? text : NULL;
}

/* A variant whose text comes next in `p`; equal texts share one. 0: there is no room. */
int xb_pronunciation_put(xb_pronunciation *p, uint32_t kind, int *used) {
    int same = 0;
    while (same < *used && strcmp(p->text[same], p->text[*used]) != 0) same++;
    p->has |= (uint16_t)(1u << kind), p->which[kind] = (uint8_t)same;
    *used += same == *used;
    return *used < 4;
}

int xb_lexicon_is_packed(xb_slice file) { return file.size >= 8 && memcmp(file.data, MAGIC, 8) == 0; }

static uint32_t fnv(const uint8_t *p, size_t size) {
    uint32_t h = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++) h = (h ^ p[i]) * UINT32_C(16777619);
    return h;
}

static xybrid_status open_packed(xb_lexicon *l, xb_slice file, xybrid_error *err) {
    const uint8_t *p = (const uint8_t *)file.data;
    if (file.size < HEAD || file.size > XB_MAX_LEXICON_BYTES || u32(p + 8) != file.size)
        return xb_fail_at(err, XYBRID_MALFORMED, 8, "", "lexicon: the file has %lld bytes, its header says %lld",
                          (long long)file.size, file.size < HEAD ? 0LL : (long long)u32(p + 8));
    if (u32(p + 12) != fnv(p + 16, HEAD - 16))
        return xb_fail_at(err, XYBRID_CHECKSUM, 12, "", "lexicon: the header's checksum differs");
    l->file = p, l->size = u32(p + 8), l->word_count = u32(p + 28);
    xb_lexicon_section *const sections[4] = { &l->blocks, &l->codes, &l->rules, &l->words };
    for (int i = 0; i < 4; i++) {
        const uint32_t at = u32(p + 32 + 8 * i), size = u32(p + 36 + 8 * i);
        if (at < HEAD || at > l->size || size > l->size - at)
            return xb_fail_at(err, XYBRID_MALFORMED, 32 + 8 * i, "", "lexicon: section %d lies outside the file", i);
        sections[i]->at = at, sections[i]->size = size;
    }
    if (l->codes.size < 2 * 257 || l->word_count > XB_MAX_LEXICON_WORDS ||
        l->blocks.size != 4 * ((l->word_count + BLOCK - 1) / BLOCK + 1))
        return xb_fail_at(err, XYBRID_MALFORMED, 28, "", "lexicon: %lld words do not fit tables of %lld and %lld bytes",
                          (long long)l->word_count, (long long)l->blocks.size, (long long)l->codes.size);
    return XYBRID_OK;
}

void xb_lexicon_language(const xb_lexicon *l, char out[9]) {
    memset(out, 0, 9);
    if (l->file) memcpy(out, l->file + 20, 8);
}

xybrid_status xb_lexicon_verify(const xb_lexicon *l, xybrid_error *err) {
    if (l->file && u32(l->file + 16) != fnv(l->file + HEAD, l->size - HEAD))
        return xb_fail_at(err, XYBRID_CHECKSUM, 16, "", "lexicon: the checksum of its words differs");
    return XYBRID_OK;
}

/* ---- packed words ---- */

typedef struct cursor {
    const uint8_t *at, *end;
    char           word[LONGEST + 1];
    uint32_t       size;
} cursor;

static int take(cursor *c) { return c->at < c->end ? *c->at++ : -1; }

static int next_word(cursor *c) {
    const int head = take(c);
    int       shared = head >> 4, own = head & 15;
    if (head < 0) return 0;
    if (shared == 15) shared += take(c); /* -1 at the end is caught below */
    if (own == 15) own += take(c);
    if ((uint32_t)shared > c->size || shared + own > LONGEST || own > c->end - c->at) return 0;
    memcpy(c->word + shared, c->at, (size_t)own);
    c->at += own, c->size = (uint32_t)(shared + own);
    return 1;
}

static int spell_codes(const xb_lexicon *l, cursor *c, int count, char out[XB_MAX_PHONEMES]) {
    const uint8_t *codes = l->file + l->codes.at;
    uint32_t       used = 0;
    if (count > c->end - c->at) return 0;
    for (; count > 0; count--) {
        const uint32_t code = *c->at++, from = u16(codes + 2 * code), to = u16(codes + 2 * code + 2);
        if (from > to || to > l->codes.size - 2 * 257 || used + (to - from) >= XB_MAX_PHONEMES) return 0;
        memcpy(out + used, codes + 2 * 257 + from, to - from);
        used += to - from;
    }
    out[used] = 0;
    return 1;
}

/* What stands behind a word: into *out, or passed over (out NULL). */
static int read_said(const xb_lexicon *l, cursor *c, xb_pronunciation *out) {
    const int head = take(c);
    int       used = 0;
    if (head < 0) return 0;
    if (out) memset(out, 0, sizeof *out), out->is_silver = head >> 7;
    for (int left = head & 64 ? head & 63 : 1; left > 0; left--) {
        const int kind = head & 64 ? take(c) : 0, n = head & 64 ? take(c) : head & 63;
        if (kind < 0 || n < 0 || n > c->end - c->at) return 0;
        if (!out) c->at += n;
        else if (kind >= XB_SAID_KINDS || used == 4 || !spell_codes(l, c, n, out->text[used]) ||
                 (!xb_pronunciation_put(out, (uint32_t)kind, &used) && left > 1))
            return 0;
    }
    return 1;
}

static int compare(const char *a, size_t a_size, const char *b, size_t b_size) {
    const int d = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return d ? d : (a_size > b_size) - (a_size < b_size);
}

static int open_block(const xb_lexicon *l, uint32_t block, cursor *c) {
    const uint8_t *table = l->file + l->blocks.at + 4 * (size_t)block;
    const uint32_t from = u32(table), to = u32(table + 4);
    if (from > to || to > l->words.size) return 0;
    c->at = l->file + l->words.at + from, c->end = l->file + l->words.at + to, c->size = 0;
    return next_word(c);
}

static int find_packed(const xb_lexicon *l, const char *word, size_t size, xb_pronunciation *out) {
    uint32_t low = 0, high = l->blocks.size / 4 - 1; /* the word's block is in [low, high) */
    cursor   c;
    if (size > LONGEST || high == 0) return 0;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (!open_block(l, middle, &c)) return 0;
        if (compare(c.word, c.size, word, size) <= 0) low = middle;
        else high = middle;
    }
    if (!open_block(l, low, &c)) return 0;
    for (int i = 0; i < BLOCK; i++) {
        const int d = compare(c.word, c.size, word, size);
        if (d == 0) return read_said(l, &c, out);
        if (d > 0 || !read_said(l, &c, NULL) || !next_word(&c)) return 0;
    }
    return 0;
}

/* ---- both forms ---- */

xybrid_status xb_lexicon_open(xb_lexicon *l, xb_mem *mem, const xb_slice *files, int count, xybrid_error *err) {
    xybrid_status st = XYBRID_OK;
    memset(l, 0, sizeof *l);
    l->mem = mem;
    if (count == 1 && xb_lexicon_is_packed(files[0])) st = open_packed(l, files[0], err);
    else if (count < 1 || count > 2)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "%d lexicon files; wanted one packed lexicon, or one or two of JSON",
                       count);
    else
        for (int i = 0; i < count && st == XYBRID_OK; i++) st = xb_lexicon_list_json(l, files[i], err);
    if (st != XYBRID_OK) xb_lexicon_close(l);
    return st;
}

static int find_in(const xb_lexicon *l, int list, const char *word, size_t size, xb_pronunciation *out) {
    if (l->file) return find_packed(l, word, size, out);
    if (list >= l->list_count || !xb_lexicon_list_find(&l->lists[list], word, size, out)) return 0;
    out->is_silver = list;
    return 1;
}

/* misaki's dictionary holds "Word" and "word" for each of them. */
static int other_case(const char *word, size_t size, char *out) {
    if (size < 2 || size > LONGEST) return 0;
    for (size_t i = 1; i < size; i++)
        if (word[i] >= 'A' && word[i] <= 'Z') return 0;
    memcpy(out, word, size);
    out[0] ^= 0x20;
    return (word[0] >= 'A' && word[0] <= 'Z') || (word[0] >= 'a' && word[0] <= 'z');
}

int xb_lexicon_find(const xb_lexicon *l, const char *word, size_t size, xb_pronunciation *out) {
    char             other[LONGEST];
    const int        has_other = other_case(word, size, other);
    xb_pronunciation second;
    if (l->file) { /* one table holds both lists */
        const int found = find_in(l, 0, word, size, out);
        if (found && !out->is_silver) return 1;
        if (!has_other || !find_in(l, 0, other, size, &second) || (found && second.is_silver)) return found;
        *out = second;
        return 1;
    }
    for (int list = 0; list < l->list_count; list++)
        if (find_in(l, list, word, size, out) || (has_other && find_in(l, list, other, size, out))) return 1;
    return 0;
}
