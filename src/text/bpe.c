/* text/bpe.c - byte pair encoding: the symbols of a word are joined pair by pair, always the pair of lowest rank and, of equals,
 * the leftmost (Sennrich et al. 2016). The rank is the merge's place in the list, or, in SentencePiece's form, the order of the
 * joined token's score.
 *
 * The symbols are a linked list in an array, the pairs that could be joined a heap: n log n for a word of n bytes. An entry of
 * the heap is stale when its symbols have grown since, which their common size tells. */
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/tokenizer_int.h"

/* ---- byte-level vocabularies: each byte is spelled by a printable character (GPT-2's bytes_to_unicode) ---- */

static int is_spelled_as_itself(uint32_t c) { return (c > ' ' && c < 0x7f) || (c > 0xa0 && c <= 0xff && c != 0xad); }

uint32_t xb_byte_char(uint8_t byte) {
    if (is_spelled_as_itself(byte)) return byte;
    if (byte <= ' ') return 0x100u + byte;
    if (byte <= 0xa0) return 0x121u + (byte - 0x7fu);
    return 0x143; /* 0xad */
}

int xb_char_byte(uint32_t code) {
    if (is_spelled_as_itself(code)) return (int)code;
    if (code >= 0x100 && code <= 0x120) return (int)(code - 0x100);
    if (code > 0x120 && code <= 0x142) return (int)(code - 0x121 + 0x7f);
    return code == 0x143 ? 0xad : -1;
}

void xb_bpe_find_bytes(xb_bpe *b, const xb_vocabulary *v) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        char   text[8];
        size_t size;
        if (b->byte_level) size = (size_t)xb_utf8_write(xb_byte_char((uint8_t)byte), text);
        else size = xb_format(text, sizeof text, "<0x%02X>", byte);
        b->bytes[byte] = xb_vocabulary_find(v, text, size);
    }
}

/* ---- merges ---- */

static uint32_t pair_slot(const xb_bpe *b, int32_t left, int32_t right) {
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 32 ^ h >> 11) & b->mask;
}

/* The rank of the pair, UINT32_MAX if it is no merge. */
static uint32_t find_merge(const xb_bpe *b, int32_t left, int32_t right) {
    for (uint32_t i = pair_slot(b, left, right);; i = (i + 1) & b->mask) {
        uint32_t held = b->slots[i];
        if (held == 0) return UINT32_MAX;
        if (b->merges[held - 1].left == left && b->merges[held - 1].right == right) return held - 1;
    }
}

xybrid_status xb_bpe_init_merges(xb_bpe *b, xb_arena *arena, uint32_t count, xybrid_error *err) {
    uint32_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    b->mask = slots - 1;
    b->count = 0;
    b->merges = xb_arena_array(arena, (size_t)count + 1, sizeof *b->merges, err);
    b->slots = b->merges ? xb_arena_array(arena, slots, sizeof *b->slots, err) : NULL;
    return b->slots ? XYBRID_OK : err->code;
}

xybrid_status xb_bpe_add_merge(xb_bpe *b, const xb_vocabulary *v, xb_slice left, xb_slice right, xybrid_error *err) {
    uint32_t hash = xb_hash_more(XB_HASH_START, left.data, left.size);
    xb_merge m;
    m.left = xb_vocabulary_find(v, left.data, left.size);
    m.right = xb_vocabulary_find(v, right.data, right.size);
    m.merged = xb_vocabulary_find_joined(v, xb_hash_more(hash, right.data, right.size), left, right);
    if (m.left < 0 || m.right < 0 || m.merged < 0)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "merge %u, \"%.*s\" with \"%.*s\": the vocabulary lacks %s", b->count,
                       xb_slice_len(left), left.data, xb_slice_len(right), right.data,
                       m.left < 0    ? "the first"
                       : m.right < 0 ? "the second"
                                     : "what they make");
    uint32_t i = pair_slot(b, m.left, m.right);
    for (int probes = 0; b->slots[i] != 0; i = (i + 1) & b->mask) {
        const xb_merge *held = &b->merges[b->slots[i] - 1];
        if (held->left == m.left && held->right == m.right) break; /* a repeated merge: its later rank counts */
        if (++probes > XB_MAX_PROBES)
            return xb_fail(err, XYBRID_MALFORMED, NULL, "merge %u: more than %d merges collide in the hash table", b->count,
                           XB_MAX_PROBES);
    }
    b->merges[b->count++] = m;
    b->slots[i] = b->count;
    return XYBRID_OK;
}

/* ---- the heap: lowest rank first, then leftmost ---- */

static int comes_before(const xb_candidate *a, const xb_candidate *b) {
    return a->rank < b->rank || (a->rank == b->rank && a->left < b->left);
}

static xybrid_status heap_push(xb_encode_work *w, xb_candidate c, xybrid_error *err) {
    void *heap = w->heap;
    XB_TRY(xb_grow(w->mem, &heap, &w->heap_capacity, w->heap_count, sizeof c, SIZE_MAX / sizeof c, "merges", err));
    w->heap = heap;
    size_t i = w->heap_count++;
    for (; i > 0 && comes_before(&c, &w->heap[(i - 1) / 2]); i = (i - 1) / 2) w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = c;
    return XYBRID_OK;
}

static xb_candidate heap_pop(xb_encode_work *w) {
    xb_candidate top = w->heap[0], last = w->heap[--w->heap_count];
    size_t       i = 0, child;
    for (; (child = 2 * i + 1) < w->heap_count; i = child) {
        if (child + 1 < w->heap_count && comes_before(&w->heap[child + 1], &w->heap[child])) child++;
        if (!comes_before(&w->heap[child], &last)) break;
        w->heap[i] = w->heap[child];
    }
    w->heap[i] = last;
    return top;
}

/* ---- a word ---- */

static xybrid_status add_symbol(xb_encode_work *w, size_t count, int32_t id, size_t start, size_t size, xybrid_error *err) {
    void *symbols = w->symbols;
    XB_TRY(xb_grow(w->mem, &symbols, &w->symbol_capacity, count, sizeof *w->symbols, INT32_MAX, "symbols of a word", err));
    w->symbols = symbols;
    xb_symbol s = { (uint32_t)start, (uint32_t)size, id, (int32_t)count - 1, -1 };
    w->symbols[count] = s;
    if (count > 0) w->symbols[count - 1].next = (int32_t)count;
    return XYBRID_OK;
}

/* The symbols of one character that is not in the vocabulary: its bytes if all of them are, else the unknown token. */
static xybrid_status add_unknown(xb_encode_work *w, size_t *count, size_t at, size_t length, xybrid_error *err) {
    const xb_bpe  *b = &w->t->bpe;
    const uint8_t *bytes = (const uint8_t *)w->view.bytes + at;
    int            have_bytes = b->byte_fallback;
    for (size_t i = 0; have_bytes && i < length; i++) have_bytes = b->bytes[bytes[i]] >= 0;
    for (size_t i = 0; have_bytes && i < length; i++) XB_TRY(add_symbol(w, (*count)++, b->bytes[bytes[i]], at + i, 1, err));
    if (have_bytes || b->unknown < 0) return XYBRID_OK;
    xb_symbol *last = *count ? &w->symbols[*count - 1] : NULL;
    if (b->fuse_unknown && last && last->id == b->unknown && last->start + last->size == at) {
        last->size += (uint32_t)length;
        return XYBRID_OK;
    }
    return add_symbol(w, (*count)++, b->unknown, at, length, err);
}

static xybrid_status make_symbols(xb_encode_work *w, size_t start, size_t end, size_t *count, xybrid_error *err) {
    const xb_bpe *b = &w->t->bpe;
    const char   *text = w->view.bytes;
    *count = 0;
    for (size_t at = start, length = 1; at < end; at += length) {
        int32_t id;
        if (b->byte_level) {
            id = b->bytes[(uint8_t)text[at]];
        } else {
            for (length = 1; at + length < end && ((uint8_t)text[at + length] & 0xc0) == 0x80;) length++;
            id = xb_vocabulary_find(&w->t->vocabulary, text + at, length);
        }
        if (id >= 0 || b->score_ranks) XB_TRY(add_symbol(w, (*count)++, id, at, length, err));
        else XB_TRY(add_unknown(w, count, at, length, err));
    }
    return XYBRID_OK;
}

/* If symbol `left` and its neighbour can be joined, into the heap with them. */
static xybrid_status consider(xb_encode_work *w, int32_t left, xybrid_error *err) {
    const xb_bpe *b = &w->t->bpe;
    if (left < 0 || w->symbols[left].next < 0) return XYBRID_OK;
    const xb_symbol *l = &w->symbols[left], *r = &w->symbols[l->next];
    xb_candidate     c = { UINT32_MAX, (uint32_t)left, l->size + r->size, -1 };
    if (b->score_ranks) {
        c.merged = xb_vocabulary_find(&w->t->vocabulary, w->view.bytes + l->start, c.size);
        if (c.merged >= 0) c.rank = b->score_ranks[c.merged];
    } else {
        c.rank = find_merge(b, l->id, r->id);
        if (c.rank != UINT32_MAX) c.merged = b->merges[c.rank].merged;
    }
    return c.merged >= 0 ? heap_push(w, c, err) : XYBRID_OK;
}

static xybrid_status join_symbols(xb_encode_work *w, size_t count, xybrid_error *err) {
    w->heap_count = 0;
    for (size_t i = 0; i + 1 < count; i++) XB_TRY(consider(w, (int32_t)i, err));
    while (w->heap_count > 0) {
        xb_candidate c = heap_pop(w);
        xb_symbol   *l = &w->symbols[c.left];
        if (l->size == 0 || l->next < 0 || l->size + w->symbols[l->next].size != c.size) continue; /* stale */
        xb_symbol *r = &w->symbols[l->next];
        l->id = c.merged;
        l->size = c.size;
        l->next = r->next;
        r->size = 0;
        if (l->next >= 0) w->symbols[l->next].previous = (int32_t)c.left;
        XB_TRY(consider(w, l->previous, err));
        XB_TRY(consider(w, (int32_t)c.left, err));
    }
    return XYBRID_OK;
}

/* What SentencePiece left unknown: bytes, or the unknown token. */
static xybrid_status put_symbol(xb_encode_work *w, const xb_symbol *s, xybrid_error *err) {
    const xb_bpe *b = &w->t->bpe;
    if (s->id >= 0) return xb_encode_put(w, s->id, s->start, (size_t)s->start + s->size, err);
    const uint8_t *bytes = (const uint8_t *)w->view.bytes + s->start;
    for (uint32_t i = 0; i < s->size; i++) {
        int32_t id = b->bytes[bytes[i]] >= 0 ? b->bytes[bytes[i]] : b->unknown;
        if (id >= 0) XB_TRY(xb_encode_put(w, id, s->start + i, (size_t)s->start + i + 1, err));
    }
    return XYBRID_OK;
}

/* The id of the whole word, -1 if the vocabulary lacks it. */
static xybrid_status find_whole_word(xb_encode_work *w, size_t start, size_t end, int32_t *out, xybrid_error *err) {
    const xb_vocabulary *v = &w->t->vocabulary;
    *out = -1;
    if (end - start > v->longest) return XYBRID_OK;
    if (!w->t->bpe.byte_level) {
        *out = xb_vocabulary_find(v, w->view.bytes + start, end - start);
        return XYBRID_OK;
    }
    size_t size = 0;
    for (size_t i = start; i < end; i++) {
        void *spelling = w->spelling;
        XB_TRY(xb_grow(w->mem, &spelling, &w->spelling_capacity, size + 3, 1, SIZE_MAX, "bytes of a word", err));
        w->spelling = spelling;
        size += (size_t)xb_utf8_write(xb_byte_char((uint8_t)w->view.bytes[i]), w->spelling + size);
    }
    *out = xb_vocabulary_find(v, w->spelling, size);
    return XYBRID_OK;
}

xybrid_status xb_bpe_encode(xb_encode_work *w, size_t start, size_t end, xybrid_error *err) {
    if (w->t->bpe.whole_words_first) {
        int32_t id;
        XB_TRY(find_whole_word(w, start, end, &id, err));
        if (id >= 0) return xb_encode_put(w, id, start, end, err);
    }
    size_t count;
    XB_TRY(make_symbols(w, start, end, &count, err));
    XB_TRY(join_symbols(w, count, err));
    for (int32_t i = count ? 0 : -1; i >= 0; i = w->symbols[i].next) XB_TRY(put_symbol(w, &w->symbols[i], err));
    return XYBRID_OK;
}
