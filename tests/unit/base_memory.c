/* base: memory with a budget, arena, text, buffers, formats, UTF-8, checked arithmetic, errors. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "support.h"

static void memory_is_counted_and_bounded(void) {
    xybrid_error err;
    xb_mem       m;
    xb_mem_init(&m, NULL, NULL, NULL, 4096);
    void *a = xb_malloc(&m, 1000, &err), *b = xb_malloc_aligned(&m, 1000, 256, &err);
    CHECK_OR_RETURN(a && b);
    CHECK_INT((uintptr_t)a % 16, 0);
    CHECK_INT((uintptr_t)b % 256, 0);
    CHECK(m.used_bytes >= 2000 && m.used_bytes <= 2600);
    CHECK(xb_malloc(&m, 4000, &err) == NULL);
    CHECK_INT(err.code, XYBRID_OUT_OF_MEMORY_BUDGET);
    CHECK_INT(xb_mem_charge(&m, 4000, &err), XYBRID_OUT_OF_MEMORY_BUDGET);
    CHECK_INT(xb_mem_charge(&m, 1000, &err), XYBRID_OK);
    CHECK_INT(xb_mem_charge(&m, -1000, &err), XYBRID_OK);
    memset(a, 7, 1000);
    a = xb_realloc(&m, a, 1500, &err);
    CHECK_OR_RETURN(a);
    CHECK_INT(((char *)a)[999], 7);
    xb_free(&m, a);
    xb_free(&m, b);
    xb_free(&m, NULL);
    CHECK_INT(m.used_bytes, 0);
    CHECK(m.peak_bytes > 2500);
    CHECK(xb_calloc(&m, SIZE_MAX / 2, 3, &err) == NULL);
    CHECK(xb_malloc(&m, SIZE_MAX - 8, &err) == NULL);
}

static void arena_keeps_what_it_gave(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 50) {
        xybrid_error  err;
        xb_arena      a;
        xybrid_status st = XYBRID_OK;
        char         *pieces[100];
        xb_arena_init(&a, &tm.mem, 0);
        for (int i = 0; i < 100 && st == XYBRID_OK; i++) {
            pieces[i] = xb_arena_strndup(&a, "0123456789", (size_t)(i % 11), &err);
            if (!pieces[i]) st = err.code;
            else CHECK_INT(strlen(pieces[i]), i % 11);
        }
        XB_TORTURE_STATUS(tm, st);
        xb_arena_free(&a);
    }
    xybrid_error err;
    xb_arena     small;
    xb_test_mem_init(&tm, 0, 0);
    xb_arena_init(&small, &tm.mem, 100);
    CHECK(xb_arena_alloc(&small, 64, &err) != NULL);
    CHECK(xb_arena_alloc(&small, 64, &err) == NULL);
    CHECK(xb_arena_array(&small, SIZE_MAX / 2, 4, &err) == NULL);
    xb_arena_free(&small);
}

static void text_grows_to_its_maximum(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 50) {
        xybrid_error err;
        xb_str       s;
        xb_str_init(&s, &tm.mem, 1000);
        for (int i = 0; i < 50; i++) xb_str_addf(&s, "%d,", i);
        XB_TORTURE_STATUS(tm, xb_str_status(&s, &err));
        if (!s.failed) CHECK(xb_starts_with(s.data, "0,1,2,") && xb_ends_with(s.data, "49,"));
        xb_str_free(&s);
    }
    xybrid_error err;
    xb_str       s;
    char        *taken;
    size_t       size;
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&s, &tm.mem, 4);
    CHECK_STR(s.data, "");
    xb_str_add(&s, "abcd");
    CHECK_INT(xb_str_take(&s, &taken, &size, &err), XYBRID_OK);
    CHECK_STR(taken, "abcd");
    xb_free(&tm.mem, taken);
    xb_str_add(&s, "abcde");
    CHECK_INT(xb_str_status(&s, &err), XYBRID_INVALID_ARGUMENT);
    xb_str_clear(&s);
    CHECK_INT(xb_str_status(&s, &err), XYBRID_OK);
    xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

static int  released;
static void release(void *ctx, const void *data) { released += *(int *)ctx + (data != NULL); }

static void buffers_release_once(void) {
    xybrid_error err;
    xb_test_mem  tm;
    xb_buf      *copy, *lent;
    int          one = 1;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_buf_from(&tm.mem, "abc", 3, NULL, NULL, &copy, &err), XYBRID_OK);
    CHECK_INT(xb_buf_from(&tm.mem, "abc", 3, release, &one, &lent, &err), XYBRID_OK);
    CHECK_INT((uintptr_t)copy->data % 64, 0);
    xb_buf_keep(lent);
    xb_buf_drop(lent);
    CHECK_INT(released, 0);
    xb_buf_drop(lent);
    CHECK_INT(released, 2);
    xb_buf_drop(copy);
    CHECK_INT(tm.live_blocks, 0);
    tm.fail_at = tm.calls + 1;
    CHECK_INT(xb_buf_from(&tm.mem, "abc", 3, release, &one, &lent, &err), XYBRID_OUT_OF_MEMORY_HOST);
    CHECK_INT(released, 2);
}

static const char *say(const char *fmt, ...) {
    static char out[256];
    va_list     args;
    va_start(args, fmt);
    xb_vformat(out, sizeof out, fmt, args);
    va_end(args);
    return out;
}

static void formats_as_printf_does(void) {
    CHECK_STR(say("%d %i %u", -5, 7, 9u), "-5 7 9");
    CHECK_STR(say("%lld %llu", (long long)INT64_MIN, (unsigned long long)UINT64_MAX),
              "-9223372036854775808 18446744073709551615");
    CHECK_STR(say("%x %X %04x", 255u, 255u, 10u), "ff FF 000a");
    CHECK_STR(say("%5d|%-5d|%05d", 42, 42, -42), "   42|42   |-0042");
    CHECK_STR(say("%s %.2s %.*s %8s|%-4s|", "ab", "abc", 1, "xyz", "right", "l"), "ab ab x    right|l   |");
    CHECK_STR(say("%zu %%", (size_t)12), "12 %");
    CHECK_STR(say("%.2f %.0f %f", 3.14159, 2.5, -0.5), "3.14 3 -0.500000");
    CHECK_STR(say("%g %g %g %g", 0.1, 1e10, 0.0, 123456.0), "0.1 1e+10 0 123456");
    CHECK_STR(say("%.3g %g", 0.00001234, -1.5), "1.23e-05 -1.5");
    CHECK_STR(say("%g %f", NAN, (double)INFINITY), "nan inf");
    char small[6];
    CHECK_INT(xb_format(small, sizeof small, "ab\xc3\xa9\xc3\xa9"), 4); /* cut before the second é */
    CHECK_STR(small, "ab\xc3\xa9");
    CHECK_INT(xb_format(small, 0, "x"), 0);
}

static void utf8_is_strict(void) {
    uint32_t code;
    char     out[4];
    CHECK_INT(xb_utf8_valid("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10), 10);
    static const char *const bad[] = { "\x80",         "\xc0\x80",         "\xe0\x80\x80",
                                       "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
                                       "\xc3",         "\xe2\x82" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK_INT(xb_utf8_valid(bad[i], strlen(bad[i])), 0);
    for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 37) {
        if (c >= 0xd800 && c < 0xe000) continue;
        int n = xb_utf8_write(c, out);
        CHECK_INT(xb_utf8_read(out, out + n, &code), n);
        CHECK_INT(code, c);
    }
    CHECK_INT(xb_utf8_cut("a\xc3\xa9", 2), 1);
}

static void arithmetic_is_checked(void) {
    int64_t out = 1;
    CHECK(xb_add_overflows(INT64_MAX, 1, &out) && xb_add_overflows(INT64_MIN, -1, &out) && out == 1);
    CHECK(!xb_add_overflows(2, 3, &out) && out == 5);
    CHECK(xb_mul_overflows(INT64_MAX, 2, &out) && xb_mul_overflows(-1, 2, &out) && out == 5);
    CHECK(!xb_mul_overflows(0, INT64_MAX, &out) && out == 0);
    CHECK(xb_range_ok(0, 10, 10) && !xb_range_ok(1, 10, 10) && !xb_range_ok(-1, 1, 10) &&
          !xb_range_ok(INT64_MAX, INT64_MAX, 10));
}

static void errors_keep_their_causes(void) {
    xybrid_error err;
    CHECK_INT(xb_fail_at(&err, XYBRID_MALFORMED, 12, "a.wav", "WAV: line\nbreak at byte %d", 12), XYBRID_MALFORMED);
    CHECK_STR(err.message, "WAV: line break at byte 12");
    CHECK_INT(err.step, -1);
    xb_wrap(&err, XYBRID_PREPROCESSING_FAILED, 1, "AudioDecode", "preprocessing failed at \"%s\": ", "AudioDecode");
    CHECK_STR(err.message, "preprocessing failed at \"AudioDecode\": WAV: line break at byte 12");
    CHECK_STR(err.subject, "AudioDecode");
    CHECK_INT(err.cause[0], XYBRID_MALFORMED);
    CHECK_INT(err.position, 12);
    CHECK_INT(err.step, 1);
    xb_fail(&err, XYBRID_BUSY, "", "busy");
    CHECK_INT(xb_wrap(&err, XYBRID_INFERENCE_FAILED, 0, "", "x: "), XYBRID_BUSY);
    CHECK_INT(err.retryable, 1);
    CHECK_STR(xb_status_name(XYBRID_IO_NO_SPACE), "IO_NO_SPACE");
    CHECK_STR(xb_status_name(12345), "UNKNOWN");
    char long_text[2000];
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = 0;
    xb_fail(&err, XYBRID_INTERNAL, long_text, "%s", long_text);
    CHECK_INT(strlen(err.message), sizeof err.message - 1);
    xb_wrap(&err, XYBRID_INFERENCE_FAILED, 0, "", "prefix: ");
    CHECK(xb_starts_with(err.message, "prefix: xxx"));
}

CHECK_MAIN(RUN(memory_is_counted_and_bounded), RUN(arena_keeps_what_it_gave), RUN(text_grows_to_its_maximum),
           RUN(buffers_release_once), RUN(formats_as_printf_does), RUN(utf8_is_strict), RUN(arithmetic_is_checked),
           RUN(errors_keep_their_causes))
