/* text/vocabulary.c - tokens by id and by their bytes. */
#include "base/error.h"
#include "base/limits.h"
#include "text/tokenizer_int.h"

xybrid_status xb_vocabulary_init_list(xb_vocabulary *v, xb_arena *arena, int32_t count, const char *base, xybrid_error *err) {
    XB_CHECK(count >= 0 && count <= XB_MAX_VOCABULARY);
    memset(v, 0, sizeof *v);
    v->base = base;
    v->count = count;
    v->tokens = xb_arena_array(arena, (size_t)count + 1, sizeof *v->tokens, err);
    if (!v->tokens) return err->code;
    for (int32_t i = 0; i < count; i++) v->tokens[i].offset = XB_NO_TOKEN;
    return XYBRID_OK;
}

xybrid_status xb_vocabulary_init(xb_vocabulary *v, xb_arena *arena, int32_t count, const char *base, xybrid_error *err) {
    uint32_t slots = 16;
    XB_TRY(xb_vocabulary_init_list(v, arena, count, base, err));
    while (slots < 2 * (uint32_t)count) slots *= 2;
    v->mask = slots - 1;
    v->flags = xb_arena_array(arena, (size_t)count + 1, 1, err);
    v->slots = v->flags ? xb_arena_array(arena, slots, sizeof *v->slots, err) : NULL;
    return v->slots ? XYBRID_OK : err->code;
}

void xb_vocabulary_place(xb_vocabulary *v, char *block, uint32_t *used, int64_t id, xb_slice token) {
    if (token.size > 0) memcpy(block + *used, token.data, token.size);
    v->tokens[id].offset = *used;
    v->tokens[id].size = (uint32_t)token.size;
    *used += (uint32_t)token.size;
}

int xb_vocabulary_id_fits(int64_t highest, int64_t count) {
    return highest < XB_MAX_VOCABULARY && highest <= 4 * count + 65536;
}

int xb_next_line(xb_slice *rest, xb_slice *line) {
    if (rest->size == 0) return 0;
    const char *end = memchr(rest->data, '\n', rest->size);
    size_t      size = end ? (size_t)(end - rest->data) : rest->size;
    line->data = rest->data;
    line->size = size - (size > 0 && rest->data[size - 1] == '\r');
    size += end != NULL;
    rest->data += size;
    rest->size -= size;
    return 1;
}

xb_slice xb_vocabulary_token(const xb_vocabulary *v, int64_t id) {
    xb_slice s = { NULL, 0 };
    if (id >= 0 && id < v->count && v->tokens[id].offset != XB_NO_TOKEN) {
        s.data = v->base + v->tokens[id].offset;
        s.size = v->tokens[id].size;
    }
    return s;
}

/* FNV's low bits are its weakest. */
static uint32_t slot_of(const xb_vocabulary *v, uint32_t hash) { return (hash ^ hash >> 15) & v->mask; }

static int token_is_joined(const xb_vocabulary *v, uint32_t id, xb_slice a, xb_slice b) {
    const xb_token_entry *t = &v->tokens[id];
    const char           *bytes = v->base + t->offset;
    return t->size == a.size + b.size && (a.size == 0 || memcmp(bytes, a.data, a.size) == 0) &&
           (b.size == 0 || memcmp(bytes + a.size, b.data, b.size) == 0);
}

int32_t xb_vocabulary_find_joined(const xb_vocabulary *v, uint32_t hash, xb_slice a, xb_slice b) {
    if (a.size + b.size > v->longest) return -1;
    for (uint32_t i = slot_of(v, hash);; i = (i + 1) & v->mask) {
        uint32_t held = v->slots[i];
        if (held == 0) return -1;
        if (token_is_joined(v, held - 1, a, b)) return (int32_t)held - 1;
    }
}

int32_t xb_vocabulary_find(const xb_vocabulary *v, const char *bytes, size_t size) {
    const xb_slice none = { "", 0 };
    xb_slice       token = { bytes, size };
    if (size > v->longest) return -1;
    return xb_vocabulary_find_joined(v, xb_hash_more(XB_HASH_START, bytes, size), token, none);
}

xybrid_status xb_vocabulary_enter(xb_vocabulary *v, int32_t id, xybrid_error *err) {
    const xb_slice none = { "", 0 };
    xb_slice       token = xb_vocabulary_token(v, id);
    XB_CHECK(token.data != NULL);
    uint32_t i = slot_of(v, xb_hash_more(XB_HASH_START, token.data, token.size));
    for (int probes = 0; v->slots[i] != 0; i = (i + 1) & v->mask, probes++) {
        if (token_is_joined(v, v->slots[i] - 1, token, none)) return XYBRID_OK;
        if (probes == XB_MAX_PROBES)
            return xb_fail(err, XYBRID_MALFORMED, NULL,
                           "vocabulary of %d tokens: more than %d of them collide in the hash table", v->count, XB_MAX_PROBES);
    }
    v->slots[i] = (uint32_t)id + 1;
    if (token.size > v->longest) v->longest = (uint32_t)token.size;
    return XYBRID_OK;
}
