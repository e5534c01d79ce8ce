/* Every code point against Python's unicodedata: the constants are what `scripts/gen_unicode.py --golden` prints with Python
 * 3.13 (Unicode 15.1.0). They are FNV-1a hashes, 64 bits, over the little-endian 32-bit numbers in order. */
#include "text/unicode.h"

#include "base/utf8.h"
#include "support.h"

enum { CODES = 0x110000 };

static uint64_t hash_add(uint64_t h, uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8) h = (h ^ (number >> shift & 0xff)) * UINT64_C(0x100000001b3);
    return h;
}
static const uint64_t HASH_START = UINT64_C(0xcbf29ce484222325);

static void categories(void) {
    uint64_t h = HASH_START;
    for (uint32_t c = 0; c < CODES; c++) h = hash_add(h, (uint32_t)xb_unicode_category(c));
    CHECK(h == UINT64_C(0x97c9ab843eedb6be));
    CHECK_INT(xb_unicode_category(CODES), XB_CAT_CN);
    CHECK_INT(xb_unicode_category(UINT32_MAX), XB_CAT_CN);
    CHECK(xb_unicode_is('a', XB_LETTER) && !xb_unicode_is('a', XB_NUMBER | XB_SYMBOL | XB_OTHER));
    CHECK(xb_unicode_is(0x301, XB_MARK) && xb_unicode_is(0xbd, XB_NUMBER) && xb_unicode_is('_', XB_PUNCTUATION));
    CHECK(xb_unicode_is('+', XB_SYMBOL) && xb_unicode_is(0xe000, XB_OTHER) && xb_unicode_is(0, XB_OTHER));
}

static void combining_classes(void) {
    uint64_t h = HASH_START;
    for (uint32_t c = 0; c < CODES; c++) h = hash_add(h, (uint32_t)xb_unicode_combining(c));
    CHECK(h == UINT64_C(0x200bebcc1b261362));
    CHECK_INT(xb_unicode_combining(UINT32_MAX), 0);
}

static void lower_case(void) {
    uint64_t h = HASH_START;
    uint32_t out[XB_MAX_LOWER];
    for (uint32_t c = 0; c < CODES; c++) {
        int n = xb_unicode_lower(c, out);
        for (int i = 0; i < n; i++) h = hash_add(h, out[i]);
    }
    CHECK(h == UINT64_C(0xe6721fc2ad5d4f10));
    CHECK_INT(xb_unicode_lower(UINT32_MAX, out), 1);
    CHECK(out[0] == UINT32_MAX);
}

static void spaces_words_ideographs(void) {
    int spaces = 0, cjk = 0;
    for (uint32_t c = 0; c < CODES; c++) spaces += xb_unicode_is_space(c), cjk += xb_unicode_is_cjk(c);
    CHECK_INT(spaces, 25);                                                /* PropList.txt */
    CHECK_INT(cjk, 20992 + 6592 + 42720 + 4160 + 224 + 5520 + 512 + 544); /* eight ranges of BERT */
    CHECK(xb_unicode_is_space(0x3000) && !xb_unicode_is_space(0x200b) && !xb_unicode_is_space(0x1c));
    CHECK(xb_unicode_is_word('_') && xb_unicode_is_word(0x24b6) && xb_unicode_is_word(0x200d) && !xb_unicode_is_word('-'));
    CHECK(xb_unicode_is_cjk(0x4e00) && !xb_unicode_is_cjk(0x3042) && !xb_unicode_is_cjk(0xac00));
}

static const uint64_t FORMS[4][2] = {
    /* every code point, random strings */
    { UINT64_C(0xd7a075342326a8a9), UINT64_C(0x6da4cb565f1ff630) },
    { UINT64_C(0x5c8652749b5aaa10), UINT64_C(0xfe8d2334faec319d) },
    { UINT64_C(0x3f5a002a792ce837), UINT64_C(0xc7ec5903bf259c45) },
    { UINT64_C(0xf534f78bb2e9e315), UINT64_C(0xbfa5deaffb612bcc) },
};

static int is_scalar(uint32_t c) { return c < 0xd800 || c > 0xdfff; }

static uint64_t hash_normal(uint64_t h, xb_normal_form form, const char *text, size_t size, xb_str *s) {
    xybrid_error err;
    xb_str_clear(s);
    CHECK_INT(xb_unicode_normalize(form, text, size, s, &err), XYBRID_OK);
    const char *p = s->data, *end = s->data + s->size;
    while (p < end) {
        uint32_t c = 0;
        int      n = xb_utf8_read(p, end, &c);
        CHECK(n > 0);
        if (n <= 0) break;
        h = hash_add(h, c), p += n;
    }
    return h;
}

static void normal_forms_of_every_character(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str s;
    xb_str_init(&s, &tm.mem, 1 << 20);
    for (int form = XB_NFD; form <= XB_NFKC; form++) {
        uint64_t h = HASH_START;
        for (uint32_t c = 0; c < CODES; c++) {
            char utf8[4];
            if (is_scalar(c)) h = hash_normal(h, (xb_normal_form)form, utf8, (size_t)xb_utf8_write(c, utf8), &s);
        }
        CHECK(h == FORMS[form][0]);
    }
    xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

/* As random_strings() in scripts/gen_unicode.py. */
static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

static void normal_forms_of_random_strings(void) {
    static const uint32_t pools[12][2] = {
        { 0x41, 0x5b },       { 0xc0, 0x250 },     { 0x300, 0x370 },     { 0x300, 0x370 },
        { 0x1100, 0x1200 },   { 0xac00, 0xd7a4 },  { 0x900, 0xe00 },     { 0x1e00, 0x2000 },
        { 0x11000, 0x11400 }, { 0xf900, 0x10000 }, { 0x1d100, 0x1d800 }, { 0x20, 0x110000 }
    };
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str s;
    xb_str_init(&s, &tm.mem, 1 << 20);
    uint64_t h[4] = { HASH_START, HASH_START, HASH_START, HASH_START };
    uint32_t state = 12345;
    for (int n = 0; n < 4000; n++) {
        char     text[64];
        size_t   size = 0;
        uint32_t count = 1 + (next_random(&state) >> 16) % 16;
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t *pool = pools[(next_random(&state) >> 24) % 12];
            uint32_t        code = pool[0] + (next_random(&state) >> 8) % (pool[1] - pool[0]);
            size += (size_t)xb_utf8_write(is_scalar(code) ? code : 0x41, text + size);
        }
        for (int form = XB_NFD; form <= XB_NFKC; form++) h[form] = hash_normal(h[form], (xb_normal_form)form, text, size, &s);
    }
    for (int form = XB_NFD; form <= XB_NFKC; form++) CHECK(h[form] == FORMS[form][1]);
    xb_str_free(&s);
}

/* A letter under a heap of marks that alternate between two classes: linear, not quadratic. */
static void long_run_of_marks(void) {
    enum { MARKS = 400000 };
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str in, out;
    xb_str_init(&in, &tm.mem, 1 << 22), xb_str_init(&out, &tm.mem, 1 << 22);
    xb_str_add(&in, "e");
    for (int i = 0; i < MARKS; i++) xb_str_add(&in, i % 2 ? "\xcc\xa3" : "\xcc\x81"); /* acute 230, dot below 220 */
    xybrid_error err;
    CHECK_INT(xb_unicode_normalize(XB_NFC, in.data, in.size, &out, &err), XYBRID_OK);
    CHECK_INT(out.size, 3 + 2 * (MARKS - 1)); /* U+1EB9, then the other dots, then the acutes */
    CHECK(memcmp(out.data, "\xe1\xba\xb9\xcc\xa3", 5) == 0 && memcmp(out.data + out.size - 2, "\xcc\x81", 2) == 0);
    xb_str_free(&in), xb_str_free(&out);
}

static void refuses_what_is_not_utf8(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str s;
    xb_str_init(&s, &tm.mem, 16);
    xybrid_error err;
    CHECK_INT(xb_unicode_normalize(XB_NFC, "a\xff", 2, &s, &err), XYBRID_INVALID_ARGUMENT);
    xb_str_clear(&s);
    CHECK_INT(xb_unicode_normalize(XB_NFKD, "\xef\xb7\xba", 3, &s, &err) & XYBRID_PRIMARY_MASK,
              XYBRID_INVALID_ARGUMENT); /* 33 bytes */
    xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

static void torture(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 100) {
        xb_str       s;
        xybrid_error err;
        xb_str_init(&s, &tm.mem, 1000);
        xybrid_status st = xb_unicode_normalize(XB_NFC, "e\xcc\x81\xcc\xa3 \xed\x95\x9c \xef\xb7\xba", 14, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&s);
    }
}

CHECK_MAIN(RUN(categories), RUN(combining_classes), RUN(lower_case), RUN(spaces_words_ideographs),
           RUN(normal_forms_of_every_character), RUN(normal_forms_of_random_strings), RUN(long_run_of_marks),
           RUN(refuses_what_is_not_utf8), RUN(torture))
