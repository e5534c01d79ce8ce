/* "base64 [rank]" files, and bytes that are not UTF-8 made into text. */
#include "text/bpe_ranks.h"

#include "support.h"
#include "text/lossy.h"

static void check_decode(const xb_bpe_ranks *r, const int64_t *ids, int64_t count, const char *wanted) {
    xb_mem       mem;
    xb_str       s;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_str_init(&s, &mem, 100);
    CHECK_INT(xb_bpe_ranks_decode(r, ids, count, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, wanted);
    xb_str_free(&s);
}

static void lines(void) {
    xb_test_mem   tm;
    xybrid_error  err;
    xb_bpe_ranks *r = NULL;
    xb_test_mem_init(&tm, 0, 0);
    /* "!", " world", "Hello" out of order, the two halves of U+20AC */
    static const char ranked[] = "IQ== 2\r\nIHdvcmxk 1\nSGVsbG8= 0\n4oI= 5\nrA 6\n\n\r\n";
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, ranked, sizeof ranked - 1, &r, &err), XYBRID_OK);
    CHECK_INT(xb_bpe_ranks_size(r), 7);
    const int64_t ids[] = { 0, 1, 2, 5, 6 };
    check_decode(r, ids, 5, "Hello world!\xe2\x82\xac");
    check_decode(r, ids, 4, "Hello world!\xef\xbf\xbd");
    check_decode(r, ids, 0, "");
    xb_bpe_ranks_free(r);
    static const char plain[] = "SGVsbG8=\n\nIQ==";
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, plain, sizeof plain - 1, &r, &err), XYBRID_OK);
    CHECK_INT(xb_bpe_ranks_size(r), 3);
    const int64_t all[] = { 0, 1, 2 };
    check_decode(r, all, 3, "Hello!");
    xb_bpe_ranks_free(r);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "77+9\nPz8/\n", 10, &r, &err), XYBRID_OK); /* the last two digits of base64 */
    check_decode(r, all, 2, "\xef\xbf\xbd???");
    xb_bpe_ranks_free(r);
    xb_bpe_ranks_free(NULL);
    CHECK_INT(tm.live_blocks, 0);
}

static void refusals(void) {
    static const struct {
        const char *bytes;
        int64_t     position;
    } rows[] = { { "IQ== x", 4 }, { "IQ== 12 3", 4 }, { "IQ==\nI! 1", 6 }, { "IQ==\nI", 6 },
                 { "IQ= 0", 2 },  { "I\xff==", 1 },   { "=", 0 },          { "A==", 1 } };
    xb_test_mem   tm;
    xybrid_error  err;
    xb_bpe_ranks *r = NULL;
    xb_str        s;
    xb_test_mem_init(&tm, 0, 0), xb_str_init(&s, &tm.mem, 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(xb_bpe_ranks_load(&tm.mem, rows[i].bytes, (int64_t)strlen(rows[i].bytes), &r, &err), XYBRID_MALFORMED);
        CHECK_INT(err.position, rows[i].position);
    }
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "", 0, &r, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "\n\n", 2, &r, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, NULL, 3, &r, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "IQ== 4000000", 12, &r, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "IQ== 99999999999999999999", 25, &r, &err), XYBRID_MALFORMED);
    CHECK(r == NULL);
    CHECK_INT(xb_bpe_ranks_load(&tm.mem, "IQ== 3", 6, &r, &err), XYBRID_OK);
    const int64_t ids[] = { 3, 2, -1, 4 };
    for (int i = 1; i < 4; i++) {
        CHECK_INT(xb_bpe_ranks_decode(r, ids + i, 1, &s, &err), XYBRID_INVALID_ARGUMENT);
        CHECK_INT(err.position, 0);
    }
    CHECK_INT(xb_bpe_ranks_decode(r, ids, 2, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(err.position, 1);
    CHECK_INT(xb_bpe_ranks_decode(r, NULL, 2, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(s.size, 0);
    xb_bpe_ranks_free(r), xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

/* The examples of the Unicode Standard, table 3-8, and what Python's bytes.decode("utf-8", "replace") makes of the others. */
static void lossy_text(void) {
    static const struct {
        const char *bytes;
        int         replaced;
    } rows[] = { { "\xc0\xaf", 2 },
                 { "\xe0\x80\xbf", 3 },
                 { "\xf0\x81\x82\x41", 3 },
                 { "\xed\xa0\x80", 3 },
                 { "\xf4\x91\x92\x93", 4 },
                 { "\xff", 1 },
                 { "\x41\x80\xbf\x42", 2 },
                 { "\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", 4 },
                 { "\xf0\x9f\x98", 1 },
                 { "\xe2\x82", 1 },
                 { "\xc3", 1 },
                 { "\xf4\x8f\xbf", 1 },
                 { "\xf4\x90\x80\x80", 4 },
                 { "ok \xe2\x82\xac", 0 } };
    xb_mem mem;
    xb_str s;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_str_init(&s, &mem, 100);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int found = 0;
        xb_str_clear(&s);
        xb_str_add_lossy(&s, rows[i].bytes, strlen(rows[i].bytes));
        for (const char *p = s.data; (p = strstr(p, "\xef\xbf\xbd")) != NULL; p += 3) found++;
        CHECK_INT(found, rows[i].replaced);
    }
    xb_str_free(&s);
}

static void torture(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 100) {
        xb_bpe_ranks *r = NULL;
        xybrid_error  err;
        xb_str        s;
        const int64_t id = 0;
        xb_str_init(&s, &tm.mem, 100);
        xybrid_status st = xb_bpe_ranks_load(&tm.mem, "SGVsbG8= 0\n", 11, &r, &err);
        if (st == XYBRID_OK) st = xb_bpe_ranks_decode(r, &id, 1, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_bpe_ranks_free(r), xb_str_free(&s);
    }
}

CHECK_MAIN(RUN(lines), RUN(refusals), RUN(lossy_text), RUN(torture))
