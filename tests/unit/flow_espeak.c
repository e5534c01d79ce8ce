/* espeak-ng, where the machine has it (Debian: apt-get install espeak-ng): phonemes clause by clause, punctuation kept. */
#include "flow/espeak.h"

#include "support.h"

static void speaks(void) {
    xb_espeak_library    *e = NULL;
    xb_phonemizer        *p = NULL;
    xybrid_error          err;
    xb_test_mem           tm;
    xb_str                s;
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_ESPEAK, .symbols = XB_SYMBOLS_IPA, .language = "en-us" };
    xb_test_mem_init(&tm, 0, 0);
    if (xb_espeak_open(&tm.mem, NULL, NULL, &e, &err) != XYBRID_OK) CHECK_SKIP("libespeak-ng (apt-get install espeak-ng)");
    o.espeak = xb_espeak_functions(e);
    CHECK_INT(xb_phonemizer_open(&tm.mem, &o, &p, &err), XYBRID_OK);
    xb_str_init(&s, &tm.mem, 4096);
    CHECK_INT(xb_phonemize(p, &tm.mem, "Hello world, this is a test. Ready?", 35, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, "həlˈoʊ wˈɜːld, ðɪs ɪz ɐ tˈɛst. ɹˈɛdi?");
    xb_phonemizer_free(p), p = NULL, xb_str_clear(&s);
    o.language = "fr", o.symbols = XB_SYMBOLS_IPA;
    CHECK_INT(xb_phonemizer_open(&tm.mem, &o, &p, &err), XYBRID_OK);
    CHECK_INT(xb_phonemize(p, &tm.mem, "Bonjour!", 8, &s, &err), XYBRID_OK);
    CHECK_STR(s.data, "bɔ̃ʒˈuʁ!");
    xb_phonemizer_free(p), p = NULL;
    o.language = "xx-none";
    CHECK_INT(xb_phonemizer_open(&tm.mem, &o, &p, &err), XYBRID_OK);
    CHECK_INT(xb_phonemize(p, &tm.mem, "Hi", 2, &s, &err), XYBRID_INVALID_ARGUMENT);
    xb_phonemizer_free(p), xb_str_free(&s);
    xb_espeak_library *second = NULL;
    CHECK_INT(xb_espeak_open(&tm.mem, NULL, NULL, &second, &err), XYBRID_OK);
    xb_espeak_close(second), xb_espeak_close(e), xb_espeak_close(NULL);
    CHECK_INT(tm.live_blocks, 0);
}

static void missing(void) {
    xb_espeak_library *e = NULL;
    xybrid_error       err;
    xb_mem             mem;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_espeak_open(&mem, "libno-such-espeak.so", NULL, &e, &err), XYBRID_ENGINE_MISSING);
    CHECK(strstr(err.message, "libno-such-espeak.so") && strstr(err.message, "install") &&
          strstr(err.message, "MisakiDictionary"));
    CHECK_INT(mem.used_bytes, 0);
}

CHECK_MAIN(RUN(speaks), RUN(missing))
