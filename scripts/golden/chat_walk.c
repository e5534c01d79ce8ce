/* chat_walk.c - texts that a schema's grammar makes, and texts that it is asked about; for scripts/golden/chat_schemas.py.
 *
 *     chat_walk VOCABULARY.gguf|toy COUNT < requests > answers
 *
 * A request is a line of JSON: a schema, then lines of JSON texts, then an empty line. The answer: "OK" or "ERROR code", a tab and the path;
 * after OK a line 0 or 1 for each text (accepted whole?), then COUNT texts that a random choice among the allowed tokens makes (with
 * a leaning to what ends strings and lists), one a line, "!" for a walk that found no end; an empty line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "chat/schema.h"
#include "codec/gguf.h"

static char  *pieces[300000];
static size_t sizes[300000];
static int    piece_count;

static xybrid_status get(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *err) {
    (void)ctx, (void)err;
    *bytes = pieces[token], *size = sizes[token];
    *flags = token == piece_count - 1 ? XB_PIECE_END : 0;
    return XYBRID_OK;
}

static void add(const char *bytes, size_t size) {
    pieces[piece_count] = malloc(size + 1);
    memcpy(pieces[piece_count], bytes, size);
    sizes[piece_count++] = size;
}

/* All bytes, and pieces that end inside of characters and JSON's marks. */
static void toy(void) {
    static const char *const more[] = { "\":",      "\",",       "{\"",  "\"}",  "\\u00", "\xF0\x9F",
                                        "\x98\x80", "\xC3\xA9x", "null", "true", "12" };
    for (int b = 0; b < 256; b++) {
        const char c = (char)b;
        add(&c, 1);
    }
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) add(more[i], strlen(more[i]));
    add("", 0);
}

/* The byte-level alphabet of GPT-2. */
static void gpt2(xb_mem *mem, const char *path) {
    FILE        *f = fopen(path, "rb");
    char        *bytes = malloc(64 << 20);
    const size_t size = f ? fread(bytes, 1, 64 << 20, f) : 0;
    xb_arena     arena;
    xb_gguf      g;
    xybrid_error err;
    xb_slice     text;
    size_t       at = 0;
    int          byte_of[512] = { 0 }, next = 256;
    for (int b = 0; b < 256; b++) byte_of[(b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE ? b : next++] = b;
    xb_arena_init(&arena, mem, 0);
    if (xb_gguf_read(bytes, size, &arena, &g, &err) != XYBRID_OK) exit(2);
    const xb_gguf_value *tokens = xb_gguf_find(&g, "tokenizer.ggml.tokens");
    while (xb_gguf_next_string(tokens, &at, &text)) {
        char   out[1024];
        size_t n = 0;
        for (size_t i = 0; i < text.size && n < sizeof out; i++) {
            int c = (unsigned char)text.data[i];
            if (c >= 0xC0) c = (c & 31) << 6 | ((unsigned char)text.data[++i] & 63);
            out[n++] = (char)byte_of[c & 511];
        }
        add(out, n);
    }
    xb_arena_free(&arena);
}

static uint64_t seed = 1;
static uint32_t draw(uint32_t below) {
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

static int is_mark(int token) {
    return sizes[token] <= 2 && sizes[token] > 0 && strchr("\"}],", pieces[token][sizes[token] - 1]);
}

static int choose(const uint32_t *bits, int want_marks) {
    int best = -1;
    for (int t = 0, n = 0; t < piece_count; t++)
        if (bits[t / 32] >> t % 32 & 1 && (!want_marks || is_mark(t)) && draw((uint32_t)++n) == 0) best = t;
    return best;
}

static void walk(xb_grammar_state *s, uint32_t *bits) {
    xybrid_error err;
    int32_t      allowed = 0;
    static char  text[1 << 20];
    size_t       size = 0;
    xb_grammar_reset(s);
    for (int step = 0; step < 3000 && !xb_grammar_has_ended(s); step++) {
        if (xb_grammar_mask(s, bits, &allowed, &err) != XYBRID_OK || !allowed) break;
        int token = -1;
        if (xb_grammar_can_end(s) && draw(3) == 0) token = piece_count - 1;
        if (token < 0 && draw(100) < (uint32_t)(step < 40 ? 30 : 75)) token = choose(bits, 1);
        if (token < 0) token = choose(bits, 0);
        if (xb_grammar_accept(s, token, &err) != XYBRID_OK) {
            puts("! refused what the mask allows");
            return;
        }
        memcpy(text + size, pieces[token], sizes[token]), size += sizes[token];
    }
    if (!xb_grammar_has_ended(s)) printf("!%.*s\n", (int)(size < 200 ? size : 200), text);
    else fwrite(text, 1, size, stdout), putchar('\n');
}

int main(int argc, char **argv) {
    static char            line[4 << 20];
    xb_mem                 mem;
    xybrid_error           err;
    xb_grammar_vocabulary *v = NULL;
    if (argc < 3) return 2;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (strcmp(argv[1], "toy") == 0) toy();
    else gpt2(&mem, argv[1]);
    sizes[piece_count - 1] = 0; /* ends the text */
    xb_grammar_pieces source = { piece_count, NULL, get };
    if (xb_grammar_vocabulary_open(&mem, &source, &v, &err) != XYBRID_OK) return 2;
    uint32_t *bits = calloc((size_t)piece_count / 32 + 1, 4);
    while (fgets(line, sizeof line, stdin)) {
        xb_grammar       *g = NULL;
        xb_grammar_state *s = NULL;
        xybrid_status     st = strncmp(line, "root ::=", 8) == 0 ? XYBRID_OK
                                                                 : xb_schema_grammar(&mem, line, strlen(line), &g, &err);
        if (strncmp(line, "root ::=", 8) == 0) {
            for (char *p = line; (p = strstr(p, "\\n")) != NULL;) *p++ = '\n', *p = ' ';
            st = xb_grammar_compile(&mem, line, strlen(line), &g, &err);
        }
        if (st == XYBRID_OK) st = xb_grammar_state_open(&mem, g, v, &s, &err);
        if (st == XYBRID_OK) puts("OK");
        else printf("ERROR %s\t%s\n", xb_status_name(err.code), err.subject);
        while (fgets(line, sizeof line, stdin) && *line != '\n') {
            const size_t size = strcspn(line, "\n");
            if (st != XYBRID_OK) continue;
            xb_grammar_reset(s);
            puts(xb_grammar_accept_bytes(s, line, size, &err) == XYBRID_OK && xb_grammar_can_end(s) ? "1" : "0");
        }
        for (int i = 0; st == XYBRID_OK && i < atoi(argv[2]); i++) walk(s, bits);
        puts("");
        fflush(stdout);
        xb_grammar_state_free(s), xb_grammar_free(g);
    }
    free(bits), xb_grammar_vocabulary_free(v);
    return mem.used_bytes != 0;
}
