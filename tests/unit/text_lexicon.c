/* Pronunciations by word: the packed form and the JSON it was made from (tests/golden/text_lexicon.json by
 * tools/convert/lexicon.py), cmudict, the real packed lexicon where it is, and damaged files. */
#include "text/lexicon.h"

#include "support.h"
#include "text/letters.h"

static char *golden(const char *name, size_t *size) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", XB_TEST_GOLDEN, name);
    return xb_test_file_(path, size);
}

static const char *said(const xb_lexicon *l, const char *word, xb_said kind) {
    static xb_pronunciation p;
    if (!xb_lexicon_find(l, word, strlen(word), &p)) return "(unknown)";
    const char *text = xb_pronunciation_for(&p, kind);
    return text ? text : "(spelled)";
}

static void check_words(const xb_lexicon *l) {
    CHECK_STR(said(l, "hello", XB_SAID_DEFAULT), "həlˈO"); /* gold before silver */
    CHECK_STR(said(l, "Hello", XB_SAID_DEFAULT), "həlˈO");
    CHECK_STR(said(l, "paris", XB_SAID_DEFAULT), "pˈɛɹɪs");
    CHECK_STR(said(l, "HELLO", XB_SAID_DEFAULT), "(unknown)");
    CHECK_STR(said(l, "record", XB_SAID_DEFAULT), "ɹˈɛkəɹd");
    CHECK_STR(said(l, "record", XB_SAID_NOUN), "ɹˈɛkəɹd");
    CHECK_STR(said(l, "record", XB_SAID_VERB), "ɹəkˈɔɹd");
    CHECK_STR(said(l, "been", XB_SAID_LAST), "bˌɪn");
    CHECK_STR(said(l, "read", XB_SAID_VBN), "ɹˈɛd");
    CHECK_STR(said(l, "US", XB_SAID_NOUN), "(spelled)");
    CHECK_STR(said(l, "US", XB_SAID_DEFAULT), "ˌʌs");
    CHECK_STR(said(l, "extraordinarily", XB_SAID_DEFAULT), "ɪkstɹˌɔɹdᵊnˈɛɹəli");
    CHECK_STR(said(l, "case-hardened", XB_SAID_DEFAULT), "kˈAshˌɑɹdᵊnd");
    CHECK_STR(said(l, "zzz", XB_SAID_DEFAULT), "(unknown)");
    CHECK_STR(said(l, "", XB_SAID_DEFAULT), "(unknown)");
    CHECK_STR(said(l, "a", XB_SAID_DEFAULT), "A");
    CHECK_STR(said(l, "A", XB_SAID_DEFAULT), "ˈA");
    xb_pronunciation p;
    CHECK(xb_lexicon_find(l, "worldly", 7, &p) && p.is_silver);
    CHECK(xb_lexicon_find(l, "world", 5, &p) && !p.is_silver);
}

static void packed(void) {
    size_t       size = 0;
    char        *bytes = golden("text_lexicon.bin", &size), language[9];
    xb_test_mem  tm;
    xb_lexicon   l;
    xybrid_error err;
    xb_slice     file = { bytes, size };
    CHECK_OR_RETURN(bytes != NULL);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_lexicon_open(&l, &tm.mem, &file, 1, &err), XYBRID_OK);
    CHECK_INT(tm.calls, 0); /* used where it lies */
    check_words(&l);
    xb_lexicon_language(&l, language);
    CHECK_STR(language, "en-us");
    CHECK_INT(xb_lexicon_verify(&l, &err), XYBRID_OK);
    bytes[size - 1] ^= 1;
    CHECK_INT(xb_lexicon_verify(&l, &err), XYBRID_CHECKSUM);
    char out[200];
    CHECK(xb_letters_say(&l, "dogcat", 6, out, sizeof out) > 0);
    CHECK_INT(xb_letters_say(&l, "", 0, out, sizeof out), 0);
    CHECK(xb_letters_say(&l, "dogcat", 6, out, 2) <= 2);
    xb_lexicon_close(&l);
    free(bytes);
}

static void json(void) {
    size_t       size = 0;
    char        *bytes = golden("text_lexicon.json", &size);
    xb_test_mem  tm;
    xb_lexicon   l;
    xybrid_error err;
    CHECK_OR_RETURN(bytes != NULL);
    const size_t   first = (size_t)(strstr(bytes, "}\n{") - bytes) + 2;
    const xb_slice files[2] = { { bytes, first }, { bytes + first, size - first } };
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_lexicon_open(&l, &tm.mem, files, 2, &err), XYBRID_OK);
    check_words(&l);
    xb_lexicon_close(&l);
    CHECK_INT(tm.live_blocks, 0);
    XB_TORTURE (tm, 100) {
        const xybrid_status st = xb_lexicon_open(&l, &tm.mem, files, 2, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_lexicon_close(&l);
    }
    free(bytes);
}

static void cmudict(void) {
    static const char text[] =
        ";;; note\na AH0\na(2) EY1\nhello HH AH0 L OW1\nrecord R AH0 K AO1 R D\nrecord(2) R EH1 K ER0 D\r\n"
        "bird B ER1 D\noyez OW1 Y EH2 Z # call\nempty\n";
    const xb_slice file = { text, sizeof text - 1 };
    xb_test_mem    tm;
    xb_lexicon     l;
    xybrid_error   err;
    XB_TORTURE (tm, 20) {
        const xybrid_status st = xb_lexicon_open_cmu(&l, &tm.mem, file, &err);
        XB_TORTURE_STATUS(tm, st);
        if (st == XYBRID_OK) {
            CHECK_STR(said(&l, "Hello", XB_SAID_DEFAULT), "həlˈO");
            CHECK_STR(said(&l, "record", XB_SAID_VERB), "ɹəkˈɔɹd");
            CHECK_STR(said(&l, "a", XB_SAID_DEFAULT), "ə");
            CHECK_STR(said(&l, "bird", XB_SAID_DEFAULT), "bˈɜɹd");
            CHECK_STR(said(&l, "OYEZ", XB_SAID_DEFAULT), "ˈOjˌɛz");
            CHECK_STR(said(&l, "record(2)", XB_SAID_DEFAULT), "(unknown)");
            CHECK_STR(said(&l, "empty", XB_SAID_DEFAULT), "(unknown)");
        }
        xb_lexicon_close(&l);
    }
}

static void put_sum(uint8_t *p) {
    uint32_t sum = UINT32_C(2166136261);
    for (int i = 16; i < 64; i++) sum = (sum ^ p[i]) * UINT32_C(16777619);
    for (int i = 0; i < 4; i++) p[12 + i] = (uint8_t)(sum >> 8 * i);
}

/* Every byte of the packed file wrong in turn, and the file cut at each length: refused, or words that end. */
static void damaged(void) {
    size_t       size = 0;
    char        *bytes = golden("text_lexicon.bin", &size);
    xb_mem       mem;
    xb_lexicon   l;
    xybrid_error err;
    CHECK_OR_RETURN(bytes != NULL);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    for (size_t i = 0; i < size; i += 1) {
        char *copy = malloc(size), out[200]; /* a block of its own, so that a sanitizer sees a read behind it */
        CHECK_OR_RETURN(copy != NULL);
        memcpy(copy, bytes, size);
        copy[i] ^= (char)(i % 2 ? 0xff : 0x41);
        const xb_slice file = { copy, size };
        if (i >= 16 && i < 64) CHECK_INT(xb_lexicon_open(&l, &mem, &file, 1, &err), XYBRID_CHECKSUM);
        put_sum((uint8_t *)copy);
        if (i > 7 && xb_lexicon_open(&l, &mem, &file, 1, &err) == XYBRID_OK) {
            (void)said(&l, "record", XB_SAID_VERB), (void)said(&l, "zebra", XB_SAID_VERB),
                (void)said(&l, "Aaron", XB_SAID_VERB);
            CHECK(xb_letters_say(&l, "unheardof", 9, out, sizeof out) <= sizeof out);
            xb_lexicon_close(&l);
        }
        free(copy);
    }
    for (size_t n = 8; n < size; n += 7) {
        const xb_slice file = { bytes, n };
        CHECK(xb_lexicon_open(&l, &mem, &file, 1, &err) != XYBRID_OK && err.message[0]);
    }
    static const char *const bad[] = { "", "[1]", "{\"a\":", "xblexic1", "{\"a\":1}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const xb_slice file = xb_slice_of(bad[i]);
        if (xb_lexicon_open(&l, &mem, &file, 1, &err) == XYBRID_OK) {
            CHECK_STR(said(&l, "a", XB_SAID_DEFAULT), "(unknown)");
            xb_lexicon_close(&l);
            CHECK_INT(i, 4);
        }
    }
    CHECK_INT(xb_lexicon_open(&l, &mem, NULL, 0, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(mem.used_bytes, 0);
    free(bytes);
}

/* The pack's lexicon: some words of all corners, and its size. */
static void real(void) {
    size_t       size = 0;
    char        *bytes = xb_test_file_(XB_TEST_MODELS "/kokoro-82m/en-us.lexicon", &size);
    xb_mem       mem;
    xb_lexicon   l;
    xybrid_error err;
    char         out[200];
    xb_slice     file = { bytes, size };
    if (!bytes) CHECK_SKIP("build/models/kokoro-82m/en-us.lexicon (scripts/setup zoo)");
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK(size < 4 << 20);
    CHECK_INT(xb_lexicon_open(&l, &mem, &file, 1, &err), XYBRID_OK);
    CHECK_INT(xb_lexicon_verify(&l, &err), XYBRID_OK);
    CHECK_INT(l.word_count, 183561);
    CHECK_STR(said(&l, "zucchini", XB_SAID_DEFAULT), "zukˈini");
    CHECK_STR(said(&l, "aardvark", XB_SAID_DEFAULT), "ˈɑɹdvˌɑɹk");
    out[xb_letters_say(&l, "blorping", 8, out, sizeof out - 1)] = 0;
    CHECK_STR(out, "blˈɔɹpɪŋ");
    xb_lexicon_close(&l);
    free(bytes);
}

CHECK_MAIN(RUN(packed), RUN(json), RUN(cmudict), RUN(damaged), RUN(real))
