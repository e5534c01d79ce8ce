/* text/added.c - finds added tokens ("<|endoftext|>", "[MASK]") in a text: leftmost first, and there the longest. */
#include "base/utf8.h"
#include "text/tokenizer_int.h"

static int compare(xb_slice a, xb_slice b) {
    size_t n = a.size < b.size ? a.size : b.size;
    int    c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.size > b.size) - (a.size < b.size);
}

/* Heap sort: in place and never quadratic; of equal contents the order does not matter. */
static void sift_down(xb_added_token *items, int32_t root, int32_t count) {
    for (int32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare(items[child].content, items[child + 1].content) < 0) child++;
        if (compare(items[root].content, items[child].content) >= 0) return;
        xb_added_token swap = items[root];
        items[root] = items[child];
        items[child] = swap;
    }
}

void xb_added_prepare(xb_added_set *set) {
    xb_added_token *items = set->items;
    for (int32_t i = set->count / 2 - 1; i >= 0; i--) sift_down(items, i, set->count);
    for (int32_t n = set->count - 1; n > 0; n--) {
        xb_added_token last = items[n];
        items[n] = items[0];
        items[0] = last;
        sift_down(items, 0, n);
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < set->count; i++) {
        if (items[i].content.size == 0 || (kept > 0 && xb_slice_eq(items[kept - 1].content, items[i].content))) continue;
        uint8_t c = (uint8_t)items[i].content.data[0];
        set->first[c >> 3] |= (uint8_t)(1 << (c & 7));
        items[kept++] = items[i];
    }
    set->count = kept;
}

static int byte_at(const xb_added_token *token, size_t depth) {
    return token->content.size > depth ? (uint8_t)token->content.data[depth] : -1;
}

/* The first of items [low, high), all alike before `depth`, whose byte there is `wanted` or above. */
static int32_t lower_bound(const xb_added_set *set, int32_t low, int32_t high, size_t depth, int wanted) {
    while (low < high) {
        int32_t mid = (low + high) / 2;
        if (byte_at(&set->items[mid], depth) < wanted) low = mid + 1;
        else high = mid;
    }
    return low;
}

static int begins_with(xb_slice text, xb_slice what) {
    return text.size >= what.size && memcmp(text.data, what.data, what.size) == 0;
}

/* The longest token that `text` begins with: the sorted range is narrowed byte by byte. */
static const xb_added_token *longest_at(const xb_added_set *set, xb_slice text, int parse_special) {
    const xb_added_token *best = NULL;
    int32_t               low = 0, high = set->count;
    for (size_t depth = 0; low < high; depth++) {
        const xb_added_token *item = &set->items[low];
        if (item->content.size == depth || high - low == 1) {
            if ((parse_special || !item->special) && begins_with(text, item->content)) best = item;
            low++;
        }
        if (depth >= text.size) break;
        low = lower_bound(set, low, high, depth, (uint8_t)text.data[depth]);
        high = lower_bound(set, low, high, depth, (uint8_t)text.data[depth] + 1);
    }
    return best;
}

/* The character that ends at `at`, or begins there; 0 at the ends of the text. */
static uint32_t char_before(const char *text, size_t at) {
    uint32_t code = 0;
    size_t   start = at;
    if (at == 0) return 0;
    do start--;
    while (start > 0 && ((uint8_t)text[start] & 0xc0) == 0x80);
    return xb_utf8_read(text + start, text + at, &code) ? code : 0;
}

static uint32_t char_after(const char *text, size_t at, size_t size) {
    uint32_t code = 0;
    return at < size && xb_utf8_read(text + at, text + size, &code) ? code : 0;
}

static size_t char_size(uint32_t code) {
    char utf8[4];
    return (size_t)xb_utf8_write(code, utf8);
}

int xb_added_next(const xb_added_set *set, const char *text, size_t from, size_t size, int parse_special, size_t *start,
                  size_t *end, const xb_added_token **token) {
    if (set->count == 0) return 0;
    size_t at = from;
    while (at < size) {
        uint8_t               c = (uint8_t)text[at];
        const xb_added_token *found = NULL;
        if (set->first[c >> 3] >> (c & 7) & 1) found = longest_at(set, (xb_slice){ text + at, size - at }, parse_special);
        if (!found) {
            at++;
            continue;
        }
        size_t a = at, b = at + found->content.size;
        at = b;
        uint32_t before = char_before(text, a), after = char_after(text, b, size);
        if (found->single_word && ((before && xb_unicode_is_word(before)) || (after && xb_unicode_is_word(after)))) continue;
        for (; found->strip_left && a > from && xb_unicode_is_space(char_before(text, a));
             a -= char_size(char_before(text, a))) {}
        for (; found->strip_right && xb_unicode_is_space(char_after(text, b, size));
             b += char_size(char_after(text, b, size))) {}
        *start = a;
        *end = b;
        *token = found;
        return 1;
    }
    return 0;
}
