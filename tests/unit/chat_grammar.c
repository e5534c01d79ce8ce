/* GBNF: what parses and where it does not, what matches (tests/golden/chat_grammar.txt: an Earley parser's word on random texts), and
 * masks against the plain way, token by token. */
#include "base/error.h"
#include "chat/grammar.h"
#include "codec/slice.h"
#include "support.h"

static xybrid_error err;

static xb_grammar *compile(xb_mem *mem, const char *text) {
    xb_grammar *g = NULL;
    CHECK_INT(xb_grammar_compile(mem, text, strlen(text), &g, &err), XYBRID_OK);
    if (!g) printf("%s\n%s\n", text, err.message);
    return g;
}

/* 1: the whole text is in the language. */
static int matches(const xb_grammar *g, const char *text, size_t size) {
    xb_mem            mem;
    xb_grammar_state *s = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_grammar_state_open(&mem, g, NULL, &s, &err), XYBRID_OK);
    const int is_in = s && xb_grammar_accept_bytes(s, text, size, &err) == XYBRID_OK && xb_grammar_can_end(s);
    xb_grammar_state_free(s);
    return is_in;
}

static int takes(const char *gbnf, const char *text) {
    xb_mem mem;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_grammar *g = compile(&mem, gbnf);
    const int   is_in = g && matches(g, text, strlen(text));
    xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
    return is_in;
}

static void reads_what_the_guide_shows(void) {
    CHECK(takes("root ::= \"yes\" | \"no\"", "no"));
    CHECK(!takes("root ::= \"yes\" | \"no\"", "ye"));
    CHECK(takes("# a comment\nroot  ::= (\n \"1. \" move \" \" move \"\\n\" # more\n)+\nmove ::= [a-h] [1-8] |\n \"O-O\"\n",
                "1. e4 O-O\n1. a1 h8\n"));
    CHECK(takes("root ::= [^\"\\\\\\x7F\\x00-\\x1F]*", "h\xC3\xA9llo \xF0\x9F\x98\x80"));
    CHECK(!takes("root ::= [^\"\\\\\\x7F\\x00-\\x1F]*", "a\"b"));
    CHECK(takes("root ::= [\\u3041-\\u309F\\U0001F600-\\U0001F64F]+", "\xE3\x81\x82\xF0\x9F\x98\x80"));
    CHECK(!takes("root ::= [\\u3041-\\u309F]+", "\xE3\x82\xA0"));
    CHECK(takes("root ::= \"\\xE9\\u00e9\\n\\t\\\"\\\\\"", "\xC3\xA9\xC3\xA9\n\t\"\\"));
    CHECK(takes("root ::= . . [\\]\\-^]", "\xF0\x9F\x98\x80\n-"));
    CHECK(takes("root ::= a-b_2{2,3} c?\na-b_2 ::= \"x\"\nc ::= \"y\"", "xxxy"));
    CHECK(!takes("root ::= \"x\"{2,3}", "x") && !takes("root ::= \"x\"{2,3}", "xxxx"));
    CHECK(takes("root ::= \"x\"{ 2 , }", "xxxxx") && !takes("root ::= \"x\"{2,}", "x"));
    CHECK(takes("root ::= \"x\"{0} \"y\"", "y") && takes("root ::=", "") && takes("root ::= | \"a\"", ""));
    CHECK(takes("root ::= (\"a\"? \"b\"?)* (\"\")+ ((\"c\"*)*)*", "abbaacc")); /* what may be empty, repeated */
}

/* Long counts are counted in blocks: each count below, at and above the bounds. */
static void counts_repetitions_exactly(void) {
    static const int bounds[][2] = { { 0, 300 }, { 257, 257 }, { 100, 1000 }, { 999, 1003 }, { 64, 320 }, { 5, 4097 } };
    static char      text[5000];
    xb_mem           mem;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    memset(text, 'x', sizeof text);
    for (size_t b = 0; b < sizeof bounds / sizeof bounds[0]; b++)
        for (int form = 0; form < 2; form++) {
            char      gbnf[100];
            const int min = bounds[b][0], max = bounds[b][1];
            snprintf(gbnf, sizeof gbnf, form ? "root ::= (\"x\" | \"xyz\"){%d,%d}" : "root ::= [a-x]{%d,%d}", min, max);
            xb_grammar *g = compile(&mem, gbnf);
            const int   lengths[] = { min - 1, min, min + 1, (min + max) / 2, max - 1, max, max + 1 };
            for (size_t i = 0; g && i < sizeof lengths / sizeof lengths[0]; i++)
                if (lengths[i] >= 0) CHECK_INT(matches(g, text, (size_t)lengths[i]), lengths[i] >= min && lengths[i] <= max);
            xb_grammar_free(g);
        }
    CHECK_INT(mem.used_bytes, 0);
}

static void fails_at(const char *gbnf, xybrid_status code, int64_t position, int line, int column, const char *words) {
    xb_mem      mem;
    xb_grammar *g = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    memset(&err, 0, sizeof err);
    CHECK_INT(xb_grammar_compile(&mem, gbnf, strlen(gbnf), &g, &err), code);
    CHECK(g == NULL);
    CHECK_INT(err.position, position);
    CHECK_INT(err.line, line);
    CHECK_INT(err.column, column);
    if (!strstr(err.message, words)) CHECK_STR(err.message, words);
    CHECK_INT(mem.used_bytes, 0);
}

static void names_the_place_of_a_failure(void) {
    const xybrid_status bad = XYBRID_MALFORMED;
    fails_at("root ::= \"a", bad, 9, 1, 10, "wanted '\"'");
    fails_at("# \xC3\xA9\nroot ::= [a", bad, 14, 2, 10, "wanted ']'");
    fails_at("# \xC3\xA9\nroot ::= [\xC3\xA9-a]", bad, 15, 2, 11, "from U+00E9 down to U+0061");
    fails_at("root ::= \"\\q\"", bad, 11, 1, 12, "'q', wanted an escape");
    fails_at("root ::= \"\\uD800\"", bad, 12, 1, 13, "0xD800 is no character");
    fails_at("root ::= \"\\U00110000\"", bad, 12, 1, 13, "is no character");
    fails_at("root ::= \"\\x4\"", bad, 13, 1, 14, "wanted a hexadecimal digit");
    fails_at("root ::= []", bad, 9, 1, 10, "class without a character");
    fails_at("root ::= * \"a\"", bad, 9, 1, 10, "wanted an item");
    fails_at("root ::= (\"a\"", bad, 13, 1, 14, "the end of the text, wanted ')'");
    fails_at("root ::= \"a\")", bad, 12, 1, 13, "')', wanted");
    fails_at("root := \"a\"", bad, 5, 1, 6, "wanted '::='");
    fails_at("root ::= a", bad, 9, 1, 10, "rule \"a\" is used and not defined");
    fails_at("root ::= \"a\"\nroot ::= \"b\"", bad, 13, 2, 1, "second time");
    fails_at("a ::= \"a\"", bad, 9, 1, 10, "no rule \"root\"");
    fails_at("", bad, 0, 1, 1, "no rule \"root\"");
    fails_at("root ::= \"a\"{3,2}", bad, 12, 1, 13, "3 to 2 times");
    fails_at("root ::= \"a\"{x}", bad, 13, 1, 14, "wanted a number");
    fails_at("root ::= \"a\"{0,1000000000}", bad, 15, 1, 16, "XB_MAX_GRAMMAR_REPEAT");
    fails_at("root ::= root \"a\" | \"b\"", bad, 9, 1, 10, "begins with itself");
    fails_at("root ::= a\na ::= \"x\"? b\nb ::= [y]* a | \"z\"", bad, 35, 3, 12, "begins with itself");
    fails_at("root ::= \"a\" root", bad, 0, 1, 1, "never ends");
    fails_at("root ::= \"\xFF\"", bad, 10, 1, 11, "the byte 0xFF, wanted a character in UTF-8");
    fails_at("root ::= <[7]>", XYBRID_UNSUPPORTED_FORMAT, 9, 1, 10, "token terminal");
    fails_at("root ::= !<a>", XYBRID_UNSUPPORTED_FORMAT, 9, 1, 10, "token terminal");
}

/* What can never end is no choice. */
static void leaves_out_choices_without_end(void) {
    CHECK(takes("root ::= \"a\" | \"b\" dead\ndead ::= \"c\" dead", "a"));
    CHECK(!takes("root ::= \"a\" | \"b\" dead\ndead ::= \"c\" dead", "bc"));
    CHECK(takes("root ::= \"a\" dead* dead?\ndead ::= \"c\" dead", "a"));
}

/* ---- against Earley ---- */

static void agrees_with_an_earley_parser(void) {
    static char line[1 << 16], gbnf[1 << 16];
    xb_mem      mem;
    xb_grammar *g = NULL;
    long        cases = 0;
    FILE       *f = fopen(XB_TEST_GOLDEN "/chat_grammar.txt", "rb");
    CHECK_OR_RETURN(f != NULL);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    while (fgets(line, sizeof line, f)) { /* G text with \n written as "\n" | + or - and the text in hexadecimal */
        size_t n = 0;
        if (*line == 'G') {
            for (char *p = line + 2; *p && *p != '\n'; p++) gbnf[n++] = *p == '\x01' ? '\n' : *p;
            gbnf[n] = '\0';
            xb_grammar_free(g);
            g = compile(&mem, gbnf);
        } else if (*line == '+' || *line == '-') {
            char     text[1000];
            unsigned byte = 0;
            for (const char *p = line + 2; sscanf(p, "%2x", &byte) == 1; p += 2) text[n++] = (char)byte;
            const int wanted = *line == '+';
            if (g && matches(g, text, n) != wanted) {
                printf("%s\n[%.*s]\n", gbnf, (int)n, text);
                CHECK(0 && "another answer than Earley's");
            }
            cases++;
        }
    }
    fclose(f), xb_grammar_free(g);
    CHECK(cases > 5000);
    CHECK_INT(mem.used_bytes, 0);
}

/* ---- tokens ---- */

/* Pieces that share beginnings, end within characters and JSON's marks; the last two end the text and may never be chosen. */
static const char *const pieces[] = { "{",     "}",      "[",    "]",        "\"",       ":",        ",",
                                      " ",     "a",      "b",    "c",        "ab",       "abc",      "abcd",
                                      "0",     "1",      "12",   "123",      "\",",      "\":",      "{\"",
                                      "\"}",   "}}",     "]]",   "true",     "false",    "null",     "tr",
                                      "ue",    "\xC3",   "\xA9", "\xC3\xA9", "\xF0\x9F", "\x98\x80", "\xF0\x9F\x98\x80",
                                      "a\xC3", "\xA9\"", "\\",   "\\u00",    "\\\"",     "-",        ".",
                                      "e",     "",       "</s>", "<unk>" };
enum { PIECES = sizeof pieces / sizeof pieces[0] };

static xybrid_status piece(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *e) {
    (void)ctx, (void)e;
    *bytes = pieces[token], *size = strlen(pieces[token]);
    *flags = token == PIECES - 2 ? XB_PIECE_END : token == PIECES - 1 ? XB_PIECE_NEVER : 0;
    return XYBRID_OK;
}
static const xb_grammar_pieces source = { PIECES, NULL, piece };

static const char json_gbnf[] =
    "root ::= value\n"
    "value ::= object | array | string | number | \"true\" | \"false\" | \"null\"\n"
    "object ::= \"{\" (string \":\" \" \"? value (\",\" string \":\" value)*)? \"}\"\n"
    "array ::= \"[\" (value (\",\" value)*)? \"]\"\n"
    "string ::= \"\\\"\" ([^\"\\\\\\x00-\\x1F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" [0-9a-f]{4})){0,40} \"\\\"\"\n"
    "number ::= \"-\"? (\"0\" | [1-9] [0-9]*) (\".\" [0-9]+)? ([eE] [-+]? [0-9]+)?\n";

/* Walks at random; at each place the mask, single tokens and a clone that is given the token must agree. */
static void masks_are_what_single_tokens_say(void) {
    static const char *const grammars[] = {
        json_gbnf, "root ::= (\"\xC3\xA9\" | \"a\xC3\xA9\" | [\xF0\x9F\x98\x80-\xF0\x9F\x98\x81])+ \"abc\"",
        "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"ab\" | \"abc\""
    };
    uint32_t seed = 7;
    for (size_t i = 0; i < 3; i++) {
        xb_mem                 mem;
        xb_grammar_vocabulary *v = NULL;
        xb_grammar_state      *s = NULL;
        xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
        xb_grammar *g = compile(&mem, grammars[i]);
        CHECK_INT(xb_grammar_vocabulary_open(&mem, &source, &v, &err), XYBRID_OK);
        CHECK_INT(xb_grammar_vocabulary_count(v), PIECES);
        CHECK_INT(xb_grammar_state_open(&mem, g, v, &s, &err), XYBRID_OK);
        for (int walk = 0; walk < 40 && s; walk++) {
            xb_grammar_reset(s);
            for (int step = 0; step < 60 && !xb_grammar_has_ended(s); step++) {
                uint32_t bits[(PIECES + 31) / 32] = { 0 };
                int32_t  allowed = 0, counted = 0, chosen = -1;
                CHECK_INT(xb_grammar_mask(s, bits, &allowed, &err), XYBRID_OK);
                for (int32_t t = 0; t < PIECES; t++) {
                    xb_grammar_state *copy = NULL;
                    int               is_allowed = 0;
                    const int         bit = bits[t / 32] >> t % 32 & 1;
                    CHECK_INT(xb_grammar_allowed(s, t, &is_allowed, &err), XYBRID_OK);
                    CHECK_INT(is_allowed, bit);
                    if (walk < 4) {
                        CHECK_INT(xb_grammar_clone(&mem, s, &copy, &err), XYBRID_OK);
                        CHECK_INT(xb_grammar_accept(copy, t, &err), bit ? XYBRID_OK : XYBRID_INVALID_ARGUMENT);
                        xb_grammar_state_free(copy);
                    }
                    counted += bit;
                    seed = seed * 1664525 + 1013904223;
                    if (bit && (seed >> 16) % (uint32_t)counted == 0) chosen = t;
                }
                CHECK_INT(allowed, counted);
                CHECK(!(bits[(PIECES - 1) / 32] >> (PIECES - 1) % 32 & 1));
                CHECK_INT(bits[(PIECES - 2) / 32] >> (PIECES - 2) % 32 & 1, xb_grammar_can_end(s));
                CHECK_OR_RETURN(chosen >= 0);
                CHECK_INT(xb_grammar_accept(s, chosen, &err), XYBRID_OK);
            }
        }
        CHECK(s && xb_grammar_accept(s, -1, &err) == XYBRID_INVALID_ARGUMENT);
        CHECK(s && xb_grammar_accept(s, PIECES, &err) == XYBRID_INVALID_ARGUMENT);
        xb_grammar_state_free(s), xb_grammar_vocabulary_free(v), xb_grammar_free(g);
        CHECK_INT(mem.used_bytes, 0);
    }
}

static void a_refused_text_changes_nothing(void) {
    xb_mem            mem;
    xb_grammar_state *s = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_grammar *g = compile(&mem, "root ::= \"abc\" [0-9]+ \";\"");
    CHECK_INT(xb_grammar_state_open(&mem, g, NULL, &s, &err), XYBRID_OK);
    CHECK_INT(xb_grammar_accept_bytes(s, "ab", 2, &err), XYBRID_OK);
    CHECK_INT(xb_grammar_accept_bytes(s, "c1x", 3, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(err.position, 2);
    CHECK(!xb_grammar_can_end(s) && !xb_grammar_must_end(s));
    CHECK_INT(xb_grammar_accept_bytes(s, "c1;", 3, &err), XYBRID_OK);
    CHECK(xb_grammar_can_end(s) && xb_grammar_must_end(s));
    xb_grammar_state_free(s), xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
}

/* ---- hostile ---- */

static char *repeat(const char *head, const char *each, int count, const char *tail) {
    const size_t size = strlen(each);
    char        *text = malloc(strlen(head) + size * (size_t)count + strlen(tail) + 1), *p = text;
    p += sprintf(p, "%s", head);
    for (int i = 0; i < count; i++) memcpy(p, each, size), p += size;
    sprintf(p, "%s", tail);
    return text;
}

static void refuse_quickly(char *gbnf, const char *limit) {
    xb_mem      mem;
    xb_grammar *g = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK(xb_grammar_compile(&mem, gbnf, strlen(gbnf), &g, &err) != XYBRID_OK);
    if (!strstr(err.message, limit)) CHECK_STR(err.message, limit);
    xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
    free(gbnf);
}

static void bombs_are_errors_or_small(void) {
    xb_mem mem;
    refuse_quickly(repeat("root ::= ", "(", 100000, ""), "XB_MAX_GRAMMAR_NESTING");
    refuse_quickly(repeat("root ::=", " \"abcdefghij\"", 110000, ""), "XB_MAX_GRAMMAR_CODE");
    CHECK(!takes("root ::= \"x\"{1000}{1000}{1000}{1000}", "xxx")); /* blocks of blocks */
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    char       *many = repeat("root ::= \"x\"", " | \"ab\" [c-e] \"f\"", 10000, "\n");
    xb_grammar *g = compile(&mem, many);
    CHECK(g && matches(g, "abdf", 4) && matches(g, "x", 1) && !matches(g, "abf", 3));
    xb_grammar_free(g), free(many);
    /* as many stacks as texts, were they not joined */
    char *a = repeat("", "a", 200, "");
    g = compile(&mem, "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"a\" root root \"d\" | \"a\"");
    xb_grammar_state *s = NULL;
    CHECK_INT(xb_grammar_state_open(&mem, g, NULL, &s, &err), XYBRID_OK);
    const xybrid_status st = xb_grammar_accept_bytes(s, a, 200, &err);
    CHECK(st == XYBRID_OK || (st == XYBRID_INVALID_ARGUMENT && strstr(err.message, "XB_MAX_GRAMMAR")));
    xb_grammar_state_free(s), xb_grammar_free(g), free(a);
    CHECK_INT(mem.used_bytes, 0);
}

/* Deeper than XB_MAX_GRAMMAR_DEPTH is not allowed; what is open can still be closed. A long text forgets, and goes on. */
static void depth_and_memory_stay_bounded(void) {
    xb_mem            mem;
    xb_grammar_state *s = NULL;
    int               depth = 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_grammar *g = compile(&mem, "root ::= \"[\" root? \"]\" | [0-9]{0,20000}");
    CHECK_INT(xb_grammar_state_open(&mem, g, NULL, &s, &err), XYBRID_OK);
    while (depth < 1000 && xb_grammar_accept_bytes(s, "[", 1, &err) == XYBRID_OK) depth++;
    CHECK(depth > 200 && depth < 300);
    while (depth && xb_grammar_accept_bytes(s, "]", 1, &err) == XYBRID_OK) depth--;
    CHECK(depth == 0 && xb_grammar_must_end(s));
    xb_grammar_reset(s);
    for (int i = 0; i < 20000; i++) CHECK_INT(xb_grammar_accept_bytes(s, "7", 1, &err), XYBRID_OK);
    CHECK(xb_grammar_must_end(s) && mem.peak_bytes < 40 << 20);
    xb_grammar_reset(s);
    CHECK_INT(xb_grammar_accept_bytes(s, "[[]]", 4, &err), XYBRID_OK);
    CHECK(xb_grammar_must_end(s));
    xb_grammar_state_free(s), xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
}

static void every_allocation_may_fail(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 3000) {
        xb_grammar            *g = NULL;
        xb_grammar_vocabulary *v = NULL;
        xb_grammar_state      *s = NULL, *copy = NULL;
        uint32_t               bits[(PIECES + 31) / 32];
        int32_t                allowed = 0;
        xybrid_status          st = xb_grammar_compile(&tm.mem, json_gbnf, sizeof json_gbnf - 1, &g, &err);
        if (st == XYBRID_OK) st = xb_grammar_vocabulary_open(&tm.mem, &source, &v, &err);
        if (st == XYBRID_OK) st = xb_grammar_state_open(&tm.mem, g, v, &s, &err);
        if (st == XYBRID_OK) st = xb_grammar_mask(s, bits, &allowed, &err);
        if (st == XYBRID_OK) st = xb_grammar_accept_bytes(s, "{\"\xC3\xA9\":[1,", 9, &err);
        if (st == XYBRID_OK) st = xb_grammar_clone(&tm.mem, s, &copy, &err);
        if (st == XYBRID_OK) st = xb_grammar_mask(copy, bits, &allowed, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_grammar_state_free(copy), xb_grammar_state_free(s), xb_grammar_vocabulary_free(v), xb_grammar_free(g);
    }
}

CHECK_MAIN(RUN(reads_what_the_guide_shows), RUN(counts_repetitions_exactly), RUN(names_the_place_of_a_failure),
           RUN(leaves_out_choices_without_end), RUN(agrees_with_an_earley_parser), RUN(masks_are_what_single_tokens_say),
           RUN(a_refused_text_changes_nothing), RUN(bombs_are_errors_or_small), RUN(depth_and_memory_stay_bounded),
           RUN(every_allocation_may_fail))
