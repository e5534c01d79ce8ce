/* Whole characters and stop strings, against a search through the whole text, however it is cut. */
#include "chat/stops.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "support.h"
#include "text/lossy.h"

static xb_test_mem  tm;
static xybrid_error err;

static uint32_t random_state = 1;
static uint32_t below(uint32_t n) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

/* What comes out in all; each piece must be UTF-8. */
static int run(xb_stops *s, const char *bytes, size_t size, size_t longest, xb_str *whole) {
    xb_str piece;
    xb_str_init(&piece, &tm.mem, 1 << 20);
    xb_str_clear(whole);
    xb_stops_reset(s);
    for (size_t i = 0; i < size;) {
        size_t n = longest ? 1 + below((uint32_t)longest) : size;
        if (n > size - i) n = size - i;
        xb_str_clear(&piece);
        xb_stops_feed(s, bytes + i, n, &piece);
        if (xb_utf8_valid(piece.data, piece.size) != piece.size) CHECK(0 && "a piece is not UTF-8");
        xb_str_addn(whole, piece.data, piece.size);
        i += n;
    }
    xb_str_clear(&piece);
    xb_stops_finish(s, &piece);
    CHECK(xb_utf8_valid(piece.data, piece.size) == piece.size);
    xb_str_addn(whole, piece.data, piece.size);
    xb_str_free(&piece);
    return xb_stops_found(s);
}

/* The same by looking at all of the text: the first end, of equals the longest. */
static int reference(const char *const *stops, int count, const char *bytes, size_t size, xb_str *whole) {
    int found = -1;
    xb_str_clear(whole);
    xb_str_add_lossy(whole, bytes, size);
    for (size_t end = 1; end <= whole->size && found < 0; end++) {
        size_t longest = 0;
        for (int i = 0; i < count; i++) {
            size_t n = strlen(stops[i]);
            if (n <= end && n > longest && memcmp(whole->data + end - n, stops[i], n) == 0) longest = n, found = i;
        }
        if (found >= 0) whole->size = end - longest;
    }
    return found;
}

static void compare(const char *const *stops, int count, const char *bytes, size_t size) {
    xb_stops *s = NULL;
    xb_str    found, wanted;
    CHECK_INT(xb_stops_open(&tm.mem, stops, count, &s, &err), XYBRID_OK);
    xb_str_init(&found, &tm.mem, 1 << 20), xb_str_init(&wanted, &tm.mem, 1 << 20);
    int index = reference(stops, count, bytes, size, &wanted);
    for (size_t longest = 0; longest < 6; longest++) {
        CHECK_INT(run(s, bytes, size, longest, &found), index);
        CHECK(found.size == wanted.size && memcmp(found.data, wanted.data, found.size) == 0);
    }
    xb_str_free(&found), xb_str_free(&wanted);
    xb_stops_close(s);
}

static void cuts_do_not_matter(void) {
    static const char *const letters[] = { "a", "b", "ab", "\xC3\xA9", "\xC3\xA8", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\n" };
    static const char raw[] = { 'a', 'b', '\xC3', '\xA9', '\xE2', '\x82', '\xAC', '\xF0', '\x9F', '\xED', '\xA0', '\xFF' };
    xb_test_mem_init(&tm, 0, 0);
    for (int round = 0; round < CHECK_ROUNDS(4000); round++) {
        char        texts[5][64], bytes[80];
        const char *stops[5];
        int         count = (int)below(6);
        size_t      size = 0;
        for (int i = 0; i < count; i++) {
            texts[i][0] = 0;
            for (uint32_t n = 1 + below(4); n > 0; n--) strcat(texts[i], letters[below(round % 2 ? 3 : 8)]);
            stops[i] = texts[i];
        }
        while (size < 60) {
            if (round % 3 == 0) bytes[size++] = raw[below(sizeof raw)];
            else size += (size_t)sprintf(bytes + size, "%s", letters[below(round % 2 ? 3 : 8)]);
        }
        compare(stops, count, bytes, size);
    }
    CHECK_INT(tm.live_blocks, 0);
}

static void holds_back_what_may_be_a_stop(void) {
    static const char *const stops[] = { "<|im_end|>", "\nUser:", "</s>" };
    xb_stops                *s = NULL;
    xb_str                   out;
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&out, &tm.mem, 1000);
    CHECK_INT(xb_stops_open(&tm.mem, stops, 3, &s, &err), XYBRID_OK);
    xb_stops_feed(s, "Hello <", 7, &out);
    CHECK_STR(out.data, "Hello ");
    xb_stops_feed(s, "|im_", 4, &out);
    CHECK_STR(out.data, "Hello ");
    xb_stops_feed(s, "<", 1, &out); /* no stop after all, but perhaps another */
    CHECK_STR(out.data, "Hello <|im_");
    xb_stops_feed(s, "b> \xE2\x82", 5, &out);
    CHECK_STR(out.data, "Hello <|im_<b> ");
    xb_stops_feed(s, "\xAC\nUs", 4, &out);
    CHECK_STR(out.data, "Hello <|im_<b> \xE2\x82\xAC");
    CHECK_INT(xb_stops_found(s), -1);
    xb_stops_feed(s, "er: what is", 11, &out);
    CHECK_INT(xb_stops_found(s), 1);
    xb_stops_feed(s, "more", 4, &out);
    xb_stops_finish(s, &out);
    CHECK_STR(out.data, "Hello <|im_<b> \xE2\x82\xAC");
    xb_stops_reset(s);
    xb_str_clear(&out);
    xb_stops_feed(s, "a</s\xF0\x9F", 6, &out);
    CHECK_STR(out.data, "a");
    xb_stops_finish(s, &out);
    CHECK_STR(out.data, "a</s\xEF\xBF\xBD");
    CHECK_INT(xb_stops_found(s), -1);
    xb_stops_close(s);
    xb_str_free(&out);
    CHECK_INT(tm.live_blocks, 0);
}

static void refuses_stops(void) {
    char              text[XB_MAX_STOP_BYTES + 2];
    const char       *many[XB_MAX_STOPS + 1];
    const char *const empty[] = { "a", "" }, *const wrong[] = { "\xC3" }, *const missing[] = { NULL }, *const one[] = { text };
    xb_stops *s = NULL;
    xb_test_mem_init(&tm, 0, 0);
    memset(text, 'x', sizeof text);
    text[XB_MAX_STOP_BYTES + 1] = 0;
    CHECK_INT(xb_stops_open(&tm.mem, empty, 2, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "stop string 1 has 0 bytes, wanted 1 to 256");
    CHECK_INT(xb_stops_open(&tm.mem, wrong, 1, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "stop string 0 is not UTF-8");
    CHECK_INT(xb_stops_open(&tm.mem, missing, 1, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_stops_open(&tm.mem, one, 1, &s, &err), XYBRID_INVALID_ARGUMENT);
    for (int i = 0; i <= XB_MAX_STOPS; i++) many[i] = text;
    text[XB_MAX_STOP_BYTES] = 0;
    CHECK_INT(xb_stops_open(&tm.mem, many, XB_MAX_STOPS + 1, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "65 stop strings, wanted 0 to 64");
    CHECK_INT(xb_stops_open(&tm.mem, many, XB_MAX_STOPS, &s, &err), XYBRID_OK);
    xb_stops_close(s);
    CHECK_INT(tm.live_blocks, 0);
}

/* Every node of 64 long texts, and a text that falls from the deepest node again and again. */
static void bears_the_largest(void) {
    static char texts[XB_MAX_STOPS][XB_MAX_STOP_BYTES + 1], bytes[20000];
    const char *stops[XB_MAX_STOPS];
    xb_test_mem_init(&tm, 0, 0);
    for (int i = 0; i < XB_MAX_STOPS; i++) {
        memset(texts[i], 'a', XB_MAX_STOP_BYTES);
        texts[i][i] = (char)('b' + i % 20);
        texts[i][XB_MAX_STOP_BYTES - 1] = 'z';
        stops[i] = texts[i];
    }
    memset(bytes, 'a', sizeof bytes);
    for (size_t i = 100; i < sizeof bytes; i += 300) bytes[i] = 'b';
    compare(stops, XB_MAX_STOPS, bytes, sizeof bytes);
    CHECK_INT(tm.live_blocks, 0);
}

static void survives_lack_of_memory(void) {
    static const char *const stops[] = { "ab", "b" };
    XB_TORTURE (tm, 30) {
        xb_stops     *s = NULL;
        xb_str        out;
        xybrid_status st = xb_stops_open(&tm.mem, stops, 2, &s, &err);
        xb_str_init(&out, &tm.mem, 1000);
        if (st == XYBRID_OK) {
            xb_stops_feed(s, "some text a", 11, &out);
            xb_stops_finish(s, &out);
            st = xb_str_status(&out, &err);
        }
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&out);
        xb_stops_close(s);
    }
}

CHECK_MAIN(RUN(cuts_do_not_matter), RUN(holds_back_what_may_be_a_stop), RUN(refuses_stops), RUN(bears_the_largest),
           RUN(survives_lack_of_memory))
