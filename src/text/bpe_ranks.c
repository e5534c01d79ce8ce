/* text/bpe_ranks.c */
#include "text/bpe_ranks.h"

#include "base/error.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "text/lossy.h"
#include "text/vocabulary.h"

struct xb_bpe_ranks {
    xb_arena      arena;
    xb_vocabulary tokens;
};

/* Splits "base64 [rank]"; 0 if what follows the space is no number below 2^31. */
static int split_line(xb_slice line, xb_slice *token, int64_t *rank) {
    const char *space = line.size ? memchr(line.data, ' ', line.size) : NULL;
    *token = line;
    if (!space) return 1;
    token->size = (size_t)(space - line.data);
    const char *p = space, *end = line.data + line.size;
    while (p < end && *p == ' ') p++;
    if (p == end) return 1;
    int64_t value = 0;
    for (; p < end && *p >= '0' && *p <= '9' && value < INT32_MAX; p++) value = value * 10 + (*p - '0');
    *rank = value;
    return p == end && value < INT32_MAX;
}

static xybrid_status read_lines(xb_bpe_ranks *r, const char *text, size_t size, xybrid_error *err) {
    int64_t  count = 0, highest = -1;
    xb_slice line, token, rest = { text, size };
    for (int64_t id = 0; xb_next_line(&rest, &line); id++, count++) {
        int64_t rank = id;
        if (!split_line(line, &token, &rank))
            return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)(line.data - text) + (int64_t)token.size, NULL,
                              "BPE ranks: line %lld: wanted \"base64 rank\" with a rank below 2147483647", (long long)id + 1);
        if (token.size > XB_MAX_TOKEN_BYTES)
            return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)(line.data - text), NULL,
                              "BPE ranks: line %lld has %zu characters; a token "
                              "has at most %d",
                              (long long)id + 1, token.size, XB_MAX_TOKEN_BYTES);
        if (rank > highest) highest = rank;
    }
    if (count == 0) return xb_fail(err, XYBRID_MALFORMED, NULL, "BPE ranks: the file is empty");
    if (!xb_vocabulary_id_fits(highest, count))
        return xb_fail(err, XYBRID_MALFORMED, NULL, "BPE ranks: rank %lld in a file of %lld lines", (long long)highest,
                       (long long)count);
    char *block = xb_arena_alloc(&r->arena, size + 4, err);
    if (!block) return err->code;
    uint32_t used = 0;
    XB_TRY(xb_vocabulary_init_list(&r->tokens, &r->arena, (int32_t)highest + 1, block, err));
    rest.data = text, rest.size = size;
    for (int64_t id = 0; xb_next_line(&rest, &line); id++) {
        int64_t rank = id;
        size_t  bad = 0;
        (void)split_line(line, &token, &rank);
        int64_t length = xb_base64_decode(token, block + used, &bad);
        if (length < 0) {
            int64_t at = (int64_t)(line.data - text) + (int64_t)bad;
            return xb_fail_at(err, XYBRID_MALFORMED, at, NULL, "BPE ranks: line %lld: no base64 at byte %lld",
                              (long long)id + 1, (long long)at);
        }
        r->tokens.tokens[rank].offset = used;
        r->tokens.tokens[rank].size = (uint32_t)length;
        used += (uint32_t)length;
    }
    return XYBRID_OK;
}

xybrid_status xb_bpe_ranks_load(xb_mem *mem, const void *bytes, int64_t size, xb_bpe_ranks **out, xybrid_error *err) {
    if (size < 0 || size > XB_MAX_JSON_BYTES || (size > 0 && !bytes))
        return xb_fail(err, XYBRID_MALFORMED, NULL, "BPE ranks: %lld bytes; at most %d", (long long)size, XB_MAX_JSON_BYTES);
    xb_bpe_ranks *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    const char *text = size ? bytes : "";
    xb_arena_init(&r->arena, mem, 0);
    while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r')) size--;
    xybrid_status st = read_lines(r, text, (size_t)size, err);
    if (st != XYBRID_OK) {
        xb_bpe_ranks_free(r);
        return st;
    }
    *out = r;
    return XYBRID_OK;
}

void xb_bpe_ranks_free(xb_bpe_ranks *r) {
    if (!r) return;
    xb_mem *mem = r->arena.mem;
    xb_arena_free(&r->arena);
    xb_free(mem, r);
}

int32_t xb_bpe_ranks_size(const xb_bpe_ranks *r) { return r->tokens.count; }

xybrid_status xb_bpe_ranks_decode(const xb_bpe_ranks *r, const int64_t *ids, int64_t count, xb_str *out, xybrid_error *err) {
    if (count < 0 || (count > 0 && !ids)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "ids", "no token ids to decode");
    xb_str raw;
    xb_str_init(&raw, out->mem, out->max);
    xybrid_status st = XYBRID_OK;
    for (int64_t i = 0; i < count && st == XYBRID_OK; i++) {
        xb_slice token = xb_vocabulary_token(&r->tokens, ids[i]);
        if (!token.data)
            st = xb_fail_at(err, XYBRID_INVALID_ARGUMENT, i, "ids",
                            "token id %lld at index %lld; the vocabulary has ids 0 to %d", (long long)ids[i], (long long)i,
                            r->tokens.count - 1);
        else xb_str_addn(&raw, token.data, token.size);
    }
    if (st == XYBRID_OK) st = xb_str_status(&raw, err);
    if (st == XYBRID_OK) xb_str_add_lossy(out, raw.data, raw.size);
    xb_str_free(&raw);
    return st != XYBRID_OK ? st : xb_str_status(out, err);
}
