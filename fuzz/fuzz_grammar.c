/* fuzz_grammar.c - any bytes as a GBNF text; what compiles is walked: by the mask of a small vocabulary, and byte by byte, which must
 * agree. Limits end what is too large; memory is given back. */
#include "base/error.h"
#include "chat/grammar.h"

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static const char *const pieces[] = { "a", "b", "\"", "{", "}", "\xC3", "\xA9", "\xC3\xA9", "\xF0\x9F", "\x98\x80", "ab", "\n", "0", "12", " " };
enum { PIECES = sizeof pieces / sizeof pieces[0] + 1 };

static xybrid_status get(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *err) {
    (void)ctx, (void)err;
    *bytes = token < PIECES - 1 ? pieces[token] : "", *size = 0;
    while ((*bytes)[*size]) ++*size;
    *flags = token < PIECES - 1 ? 0 : XB_PIECE_END;
    return XYBRID_OK;
}

static void walk(xb_mem *mem, const xb_grammar *g, const xb_grammar_vocabulary *v, uint32_t seed) {
    xb_grammar_state *s = NULL;
    xybrid_error      err;
    if (xb_grammar_state_open(mem, g, v, &s, &err) != XYBRID_OK) return;
    for (int step = 0; step < 24 && !xb_grammar_has_ended(s); step++) {
        uint32_t bits[1];
        int32_t  allowed = 0, chosen = -1, n = 0;
        if (xb_grammar_mask(s, bits, &allowed, &err) != XYBRID_OK) break;
        for (int32_t t = 0; t < PIECES; t++) {
            int is_allowed = 0;
            if (xb_grammar_allowed(s, t, &is_allowed, &err) != XYBRID_OK) continue;
            must(is_allowed == (int)(bits[0] >> t & 1));
            seed = seed * 1664525 + 1013904223;
            if (is_allowed && (seed >> 16) % (uint32_t)++n == 0) chosen = t;
        }
        must(n <= allowed);
        if (chosen < 0 || xb_grammar_accept(s, chosen, &err) != XYBRID_OK) break;
    }
    xb_grammar_state_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const xb_grammar_pieces source = { PIECES, NULL, get };
    xb_mem                         mem;
    xybrid_error                   err;
    xb_grammar                    *g = NULL;
    xb_grammar_vocabulary         *v = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    if (xb_grammar_compile(&mem, (const char *)data, size, &g, &err) == XYBRID_OK &&
        xb_grammar_vocabulary_open(&mem, &source, &v, &err) == XYBRID_OK)
        for (uint32_t seed = 1; seed <= 3; seed++) walk(&mem, g, v, seed);
    xb_grammar_vocabulary_free(v), xb_grammar_free(g);
    must(mem.used_bytes == 0);
    return 0;
}
