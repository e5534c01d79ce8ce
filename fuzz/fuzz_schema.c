/* fuzz_schema.c - any bytes as a JSON Schema; what becomes a grammar must compile, and texts that it makes must be JSON. */
#include "base/error.h"
#include "chat/schema.h"
#include "codec/json.h"

static void must(int holds) {
    if (!holds) __builtin_trap();
}

/* Each byte is a token, the last one ends the text. */
static xybrid_status get(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *err) {
    static char byte;
    (void)ctx, (void)err;
    byte = (char)token, *bytes = &byte, *size = 1;
    *flags = token < 256 ? 0 : XB_PIECE_END;
    return XYBRID_OK;
}

static void walk(xb_mem *mem, const xb_grammar *g, const xb_grammar_vocabulary *v, uint32_t seed) {
    static const char ends[] = "\"}],";
    char              text[2048];
    size_t            size = 0;
    xb_grammar_state *s = NULL;
    xb_json_doc      *doc = NULL;
    xybrid_error      err;
    if (xb_grammar_state_open(mem, g, v, &s, &err) != XYBRID_OK) return;
    while (size < sizeof text) {
        uint32_t bits[9];
        int32_t  allowed = 0, chosen = -1, n = 0;
        if (xb_grammar_mask(s, bits, &allowed, &err) != XYBRID_OK || !allowed || xb_grammar_can_end(s)) break;
        for (int i = 0; i < 4 && size > 40; i++)
            if (bits[ends[i] / 32] >> ends[i] % 32 & 1 && chosen < 0) chosen = ends[i];
        for (int32_t t = 0; t < 256 && chosen < 0; t++) {
            seed = seed * 1664525 + 1013904223;
            if (bits[t / 32] >> t % 32 & 1 && (seed >> 16) % (uint32_t)(allowed - n++) == 0) chosen = t;
        }
        must(chosen >= 0);
        must(xb_grammar_accept(s, chosen, &err) == XYBRID_OK);
        text[size++] = (char)chosen;
    }
    if (xb_grammar_can_end(s)) {
        const xybrid_status st = xb_json_parse(mem, text, (int64_t)size, sizeof text, &doc, &err);
        must(st == XYBRID_OK || (st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY);
    }
    xb_json_free(doc), xb_grammar_state_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const xb_grammar_pieces source = { 257, NULL, get };
    xb_mem                         mem;
    xybrid_error                   err;
    xb_grammar                    *g = NULL;
    xb_grammar_vocabulary         *v = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    if (xb_schema_grammar(&mem, (const char *)data, size, &g, &err) == XYBRID_OK &&
        xb_grammar_vocabulary_open(&mem, &source, &v, &err) == XYBRID_OK)
        for (uint32_t seed = 1; seed <= 3; seed++) walk(&mem, g, v, seed);
    xb_grammar_vocabulary_free(v), xb_grammar_free(g);
    must(mem.used_bytes == 0);
    return 0;
}
