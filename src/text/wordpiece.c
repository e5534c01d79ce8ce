/* text/wordpiece.c - WordPiece: a word into the longest pieces of the vocabulary, from the left. One place where no piece
 * fits, or too many characters, make the whole word unknown (Devlin et al. 2018; the reference's max_input_chars_per_word). */
#include "base/error.h"
#include "text/tokenizer_int.h"

typedef struct word_hashes { /* of the prefix and the first 1, 2, ... characters of what is left of the word */
    size_t   ends[XB_MAX_WORD_CHARS];
    uint32_t hashes[XB_MAX_WORD_CHARS];
} word_hashes;

/* Characters of text[start, end), at most max + 1. */
static int32_t count_characters(const char *text, size_t start, size_t end, int32_t max) {
    int32_t n = 0;
    for (size_t i = start; i < end && n <= max; i++) n += ((uint8_t)text[i] & 0xc0) != 0x80;
    return n;
}

/* The longest piece at `at`, -1 if there is none; *piece_end is its end. */
static int32_t longest_piece(const xb_tokenizer *t, xb_slice prefix, const char *text, size_t at, size_t end, word_hashes *h,
                             size_t *piece_end) {
    uint32_t hash = xb_hash_more(XB_HASH_START, prefix.data, prefix.size);
    int32_t  count = 0;
    for (size_t from = at; from < end && from - at + prefix.size <= t->vocabulary.longest;) {
        size_t to = from + 1;
        while (to < end && ((uint8_t)text[to] & 0xc0) == 0x80) to++;
        hash = xb_hash_more(hash, text + from, to - from);
        h->ends[count] = to;
        h->hashes[count++] = hash;
        from = to;
    }
    while (count-- > 0) {
        xb_slice piece = { text + at, h->ends[count] - at };
        int32_t  id = xb_vocabulary_find_joined(&t->vocabulary, h->hashes[count], prefix, piece);
        *piece_end = h->ends[count];
        if (id >= 0) return id;
    }
    return -1;
}

xybrid_status xb_wordpiece_encode(xb_encode_work *w, size_t start, size_t end, xybrid_error *err) {
    const xb_wordpiece *m = &w->t->wordpiece;
    const char         *text = w->view.bytes;
    if (count_characters(text, start, end, m->max_word_chars) > m->max_word_chars)
        return xb_encode_put(w, m->unknown, start, end, err);
    word_hashes hashes;
    size_t      before = w->item_count;
    for (size_t at = start, piece_end = 0; at < end; at = piece_end) {
        xb_slice prefix = at == start ? m->first_prefix : m->more_prefix;
        int32_t  id = longest_piece(w->t, prefix, text, at, end, &hashes, &piece_end);
        if (id < 0) {
            w->item_count = before;
            return xb_encode_put(w, m->unknown, start, end, err);
        }
        XB_TRY(xb_encode_put(w, id, at, piece_end, err));
    }
    return XYBRID_OK;
}
