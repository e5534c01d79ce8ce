/* Phonemes of whole texts: rules by a lexicon of a few words, agreement with misaki itself over 233 sentences, homographs in
 * sentences of their own, the three backends, both sets of symbols, hostile texts, refused allocations. */
#include "text/phonemize.h"

#include "base/utf8.h"
#include "support.h"

typedef struct bench {
    xb_test_mem    tm;
    char          *bytes;
    xb_phonemizer *p;
} bench;

static int open_bench(bench *b, const char *folder, const char *name, xb_phonemizer_options *o) {
    char         path[1024];
    size_t       size = 0;
    xybrid_error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    memset(b, 0, sizeof *b);
    xb_test_mem_init(&b->tm, 0, 0);
    b->bytes = xb_test_file_(path, &size);
    if (!b->bytes) return 0;
    o->files[0].data = b->bytes, o->files[0].size = size, o->file_count = 1;
    CHECK_INT(xb_phonemizer_open(&b->tm.mem, o, &b->p, &err), XYBRID_OK);
    return b->p != NULL;
}
static void close_bench(bench *b) {
    xb_phonemizer_free(b->p);
    free(b->bytes);
    CHECK_INT(b->tm.live_blocks, 0);
}

static const char *say(bench *b, const char *text) {
    static char  out[4096];
    xb_str       s;
    xybrid_error err;
    xb_str_init(&s, &b->tm.mem, sizeof out - 1);
    CHECK_INT(xb_phonemize(b->p, &b->tm.mem, text, strlen(text), &s, &err), XYBRID_OK);
    memcpy(out, s.data, s.size + 1);
    xb_str_free(&s);
    return out;
}

/* The rules, on a lexicon that a reader can hold in mind (tests/golden/text_lexicon.json). */
static void rules(void) {
    static const char *const rows[][2] = {
        { "hello world.", "həlˈO wˈɜɹld." },
        { "Hello, WORLD!", "həlˈO, wˈɜɹld!" },
        { "the cat", "ðə kˈæt" },
        { "the apple", "ði ˈæpᵊl" },
        { "the", "ðə" },
        { "to apple", "tʊ ˈæpᵊl" },
        { "to wait", "tə wˈAt" },
        { "wait to.", "wˈAt tu." },
        { "a cat", "ɐ kˈæt" },
        { "cats dogs buses cities", "kˈæts dˈɔɡz bˈʌsᵻz sˈɪTiz" },
        { "the dog's, the cat's", "ðə dˈɔɡz, ðə kˈæts" },
        { "waited needed stopped", "wˈATᵻd nˈidᵻd stˈɑpt" },
        { "waiting stopping making", "wˈATɪŋ stˈɑpɪŋ mˈAkɪŋ" },
        { "I used to wait.", "ˌI jˈust tə wˈAt." },
        { "it's used", "ɪts jˈuzd" },
        { "been", "bˌɪn" },
        { "been well", "bɪn wˈɛl" },
        { "well-known", "wˌɛlnˈOn" },
        { "CamelCase", "kˈæmᵊlkˌAs" },
        { "NASA", "nˈæsə" },
        { "ATT", "ˌAtˌitˈi" },
        { "HTTP cats", "ˌAʧtˌitˌipˈi kˈæts" },
        { "42", "fˈɔɹTi tˈu" },
        { "1.2", "wˈʌn pYnt tˈu" },
        { "[cat](/kˈɔt/) well", "kˈɔt wˈɛl" },
        { "“hello” (world)", "“həlˈO” (wˈɜɹld)" },
        { "they record a record", NULL },
        { "extraordinarily happy", "ɪkstɹˌɔɹdᵊnˈɛɹəli hˈæpi" },
        { "", "" },
        { "😀", "" },
    };
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                 b;
    CHECK_OR_RETURN(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i][1]) CHECK_STR(say(&b, rows[i][0]), rows[i][1]);
    CHECK(strstr(say(&b, "they record a record"), "ɹəkˈɔɹd ɐ ɹˈɛkəɹd") != NULL);
    close_bench(&b);
}

/* Equal words of two strings, in order (longest common subsequence). */
static int equal_words(char *a, char *b, int *total) {
    static char *aw[256], *bw[256];
    static int   best[257][257];
    int          n = 0, m = 0;
    for (char *w = strtok(a, " \n"); w && n < 256; w = strtok(NULL, " \n")) aw[n++] = w;
    for (char *w = strtok(b, " \n"); w && m < 256; w = strtok(NULL, " \n")) bw[m++] = w;
    for (int i = n - 1; i >= 0; i--)
        for (int j = m - 1; j >= 0; j--) {
            const int skip = best[i + 1][j] > best[i][j + 1] ? best[i + 1][j] : best[i][j + 1];
            best[i][j] = strcmp(aw[i], bw[j]) == 0 ? best[i + 1][j + 1] + 1 : skip;
        }
    *total += n;
    const int equal = n && m ? best[0][0] : 0;
    memset(best, 0, sizeof best);
    return equal;
}

/* scripts/golden/text_misaki.py made the golden files. Words that misaki leaves to espeak-ng ("?") count as different. */
static void agree(const char *lexicon, const char *name, double wanted) {
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                 b;
    size_t                size;
    char                  path[1024];
    int                   equal = 0, total = 0;
    if (!open_bench(&b, XB_TEST_MODELS "/kokoro-82m", lexicon, &o)) CHECK_SKIP("build/models/kokoro-82m (scripts/setup zoo)");
    snprintf(path, sizeof path, "%s/%s", XB_TEST_GOLDEN, name);
    char *lines = xb_test_file_(path, &size);
    CHECK_OR_RETURN(lines != NULL);
    char *line = lines, *end;
    for (; line && *line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *tab = strchr(line, '\t');
        char  found[4096], wanted_words[4096];
        CHECK_OR_RETURN(tab && tab < end);
        *tab = *end = 0;
        snprintf(found, sizeof found, "%s", say(&b, line));
        snprintf(wanted_words, sizeof wanted_words, "%s", tab + 1);
        equal += equal_words(wanted_words, found, &total);
    }
    printf("  %s: %d of %d words as misaki's own, %.2f %%\n", name, equal, total, 100.0 * equal / total);
    CHECK(equal >= wanted * total);
    free(lines);
    close_bench(&b);
}
static void agrees_with_misaki(void) { agree("en-us.lexicon", "text_misaki_us.txt", 0.98); }
static void agrees_with_misaki_british(void) { agree("en-gb.lexicon", "text_misaki_gb.txt", 0.97); }

/* One homograph a sentence; what must be heard in it. */
static void homographs(void) {
    static const char *const rows[][2] = {
        { "I want to read a book.", "ɹˈid" },
        { "She has read the book.", "ɹˈɛd" },
        { "He read it yesterday.", "ɹˈɛd" },
        { "Can you read this?", "ɹˈid" },
        { "The book was read by many.", "ɹˈɛd" },
        { "I read books every day.", "ɹˈid" },
        { "They did not read it.", "ɹˈid" },
        { "Read the letter to me.", "ɹˈid" },
        { "We live in Berlin.", "lˈɪv" },
        { "a live show", "lˈIv" },
        { "They want to live here.", "lˈɪv" },
        { "The show is live.", "lˈIv" },
        { "He lives in Rome.", "lˈɪvz" },
        { "It saved many lives.", "lˈIvz" },
        { "Their lives changed.", "lˈIvz" },
        { "Set a new record.", "ɹˈɛkəɹd" },
        { "Please record this.", "ɹəkˈɔɹd" },
        { "They record songs.", "ɹəkˈɔɹd" },
        { "The record was broken.", "ɹˈɛkəɹd" },
        { "We will record it.", "ɹəkˈɔɹd" },
        { "She keeps records of it.", "ɹˈɛkəɹdz" },
        { "The present is here.", "pɹˈɛzᵊnt" },
        { "I present the winner.", "pɹizˈɛnt" },
        { "She must present her work.", "pɹizˈɛnt" },
        { "He was present.", "pɹˈɛzᵊnt" },
        { "They gave me a present.", "pɹˈɛzᵊnt" },
        { "Close the door.", "klˈOz" },
        { "It is close to home.", "klˈOs" },
        { "Could you close it?", "klˈOz" },
        { "They are close friends.", "klˈOs" },
        { "the use of force", "jˈus" },
        { "We use it daily.", "jˈuz" },
        { "It is of no use.", "jˈus" },
        { "You can use mine.", "jˈuz" },
        { "The wind is cold.", "wˈɪnd" },
        { "You must wind the clock.", "wˈInd" },
        { "Strong winds blew.", "wˈɪndz" },
        { "A tear fell.", "tˈɪɹ" },
        { "Don't tear it up.", "tˈɛɹ" },
        { "Do not tear the paper.", "tˈɛɹ" },
        { "He will bow to the king.", "bˈW" },
        { "a bow and an arrow", "bˈO" },
        { "the content of the page", "kˈɑntɛnt" },
        { "He is content.", "kəntˈɛnt" },
        { "an object on the table", "ˈɑbʤəkt" },
        { "I object to that.", "əbʤˈɛkt" },
        { "They will object.", "əbʤˈɛkt" },
        { "the school project", "pɹˈɑʤˌɛkt" },
        { "We project a loss.", "pɹəʤˈɛkt" },
        { "a separate room", "sˈɛpəɹət" },
        { "You should separate them.", "sˈɛpəɹˌAt" },
        { "Let's separate the two.", "sˈɛpəɹˌAt" },
        { "our best estimate", "ˈɛstəmət" },
        { "We estimate the cost.", "ˈɛstəmˌAt" },
        { "a minute ago", "mˈɪnət" },
        { "The wound healed.", "wˈund" },
        { "She wound the clock.", "wˈWnd" },
        { "no excuse", "ɪkskjˈus" },
        { "Please excuse me.", "ɪkskjˈuz" },
        { "child abuse", "əbjˈus" },
        { "Do not abuse it.", "əbjˈuz" },
        { "an increase in price", "ˈɪnkɹˌis" },
        { "Prices will increase.", "ɪnkɹˈis" },
        { "the contract ended", "kˈɑntɹˌækt" },
        { "Metals contract.", "kəntɹˈækt" },
        { "a permit to park", "pˈɜɹmɪt" },
        { "They will permit it.", "pəɹmˈɪt" },
        { "the desert sun", "dˈɛzəɹt" },
        { "He will desert us.", "dəzˈɜɹt" },
        { "the subject is math", "sˈʌbʤɛkt" },
        { "We used to play.", "jˈust" },
        { "I used a pen.", "jˈuzd" },
        { "It is used to cut wood.", "jˈuzd" },
        { "She is used to noise.", "jˈust" },
        { "a house by the sea", "hˈWs" },
        { "We can house them.", "hˈWz" },
        { "garden produce", "pɹˈOdˌus" },
        { "We produce milk.", "pɹədˈus" },
        { "I refuse to go.", "ɹəfjˈuz" },
        { "We suspect him.", "səspˈɛkt" },
        { "the suspect ran", "sˈʌspˌɛkt" },
        { "They conduct tests.", "kəndˈʌkt" },
        { "good conduct", "kˈɑndˌʌkt" },
        { "The rebels won.", "ɹˈɛbᵊlz" },
        { "Young people rebel.", "ɹəbˈɛl" },
        { "I know that man.", "ðˈæt" },
        { "He said that it rains.", "ðæt" },
        { "That is fine.", "ðˈæt" },
        { "Graduate students work.", "ɡɹˈæʤəwət" },
        { "They graduate in May.", "ɡɹˈæʤʊˌAt" },
        { "an elaborate plan", "əlˈæbəɹət" },
        { "Please elaborate.", "əlˈæbəɹˌAt" },
        { "a deliberate act", "dəlˈɪbəɹət" },
        { "a perfect day", "pˈɜɹfəkt" },
        { "to perfect it", "pəɹfˈɛkt" },
    };
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                 b;
    int                   right = 0;
    const int             count = (int)(sizeof rows / sizeof rows[0]);
    if (!open_bench(&b, XB_TEST_MODELS "/kokoro-82m", "en-us.lexicon", &o))
        CHECK_SKIP("build/models/kokoro-82m (scripts/setup zoo)");
    for (int i = 0; i < count; i++) {
        const char *found = say(&b, rows[i][0]), *at = strstr(found, rows[i][1]);
        if (at) right++;
        else printf("  %s: %s, wanted %s\n", rows[i][0], found, rows[i][1]);
    }
    printf("  %d of %d homographs\n", right, count);
    CHECK(right >= count * 95 / 100);
    close_bench(&b);
}

static void espeak_symbols(void) {
    xb_phonemizer_options o = { .symbols = XB_SYMBOLS_IPA };
    bench                 b;
    CHECK_OR_RETURN(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o));
    CHECK_STR(say(&b, "“hello world” wait."), "\"həlˈoʊ wˈɜːld\" wˈeɪt.");
    CHECK_STR(say(&b, "doctor waited"), "dˈɑːktɚ wˈeɪɾᵻd");
    CHECK_STR(say(&b, "the apple"), "ðɪ ˈæpəl");
    close_bench(&b);
}

/* Where pieces stood, and what they are. */
static void pieces(void) {
    static const char       text[] = "Hello (42)!  Wait...";
    xb_phonemizer_options   o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                   b;
    xb_phonemes            *r = NULL;
    xybrid_error            err;
    const xb_phoneme_piece *p;
    int64_t                 n;
    CHECK_OR_RETURN(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o));
    CHECK_INT(xb_phonemes_open(b.p, &b.tm.mem, text, sizeof text - 1, &r, &err), XYBRID_OK);
    CHECK_INT(xb_phonemes_next(r, &p, &n, &err), XYBRID_OK);
    CHECK_OR_RETURN(n == 6);
    CHECK(p[0].kind == XB_PIECE_WORD && p[0].start == 0 && p[0].end == 5 && p[0].letters == 5);
    CHECK(p[1].kind == XB_PIECE_MARK && p[1].space_before && p[4].kind == XB_PIECE_MARK && p[5].kind == XB_PIECE_END);
    CHECK(!p[2].space_before && p[3].space_before && p[2].start == 7 && p[3].start == 7 && p[3].end == 9);
    CHECK(!xb_phonemes_done(r));
    CHECK_INT(xb_phonemes_next(r, &p, &n, &err), XYBRID_OK);
    CHECK(n == 2 && p[1].kind == XB_PIECE_END && p[1].size == 3 && xb_phonemes_done(r));
    xb_phonemes_close(r), xb_phonemes_close(NULL);
    close_bench(&b);
}

/* A stand-in for espeak-ng: joins the first two words, as it does with "of the". */
static xybrid_status echo_espeak(void *ctx, const char *language, const char *clause, xb_str *ipa, xybrid_error *err) {
    (void)err;
    (*(int *)ctx)++;
    CHECK_STR(language, "fr");
    if (strncmp(clause, "of the ", 7) == 0) xb_str_add(ipa, "əvðə"), clause += 6;
    xb_str_add(ipa, clause);
    return XYBRID_OK;
}

static void espeak(void) {
    int                   calls = 0;
    const xb_espeak       functions = { echo_espeak, &calls };
    xb_phonemizer_options o = { XB_PHONEMIZER_ESPEAK, XB_SYMBOLS_IPA, "FR", { { NULL, 0 } }, 0, &functions };
    xybrid_error          err;
    bench                 b = { 0 };
    xb_test_mem_init(&b.tm, 0, 0);
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &b.p, &err), XYBRID_OK);
    CHECK_STR(say(&b, "of the rings, HTTP [x](/y/): and so... ok."), "əvðə rings, HTTP y: and so… ok.");
    CHECK_INT(calls, 4);
    o.symbols = XB_SYMBOLS_MISAKI;
    xb_phonemizer_free(b.p);
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &b.p, &err), XYBRID_OK);
    CHECK_STR(say(&b, "of the rings"), "əvðə ɹings");
    o.espeak = NULL;
    xb_phonemizer *none = NULL;
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &none, &err), XYBRID_ENGINE_MISSING);
    CHECK(strstr(err.message, "espeak-ng") && strstr(err.message, "install"));
    close_bench(&b);
}

static void cmu(void) {
    static const char text[] =
        "a AH0\nthe DH AH0\nhello HH AH0 L OW1\nworld W ER1 L D\nuse Y UW1 Z\napple AE1 P AH0 L\nb B IY1\nq K Y UW1\n";
    xb_phonemizer_options o = { XB_PHONEMIZER_CMU, XB_SYMBOLS_MISAKI, NULL, { { text, sizeof text - 1 } }, 1, NULL };
    xybrid_error          err;
    bench                 b = { 0 };
    xb_test_mem_init(&b.tm, 0, 0);
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &b.p, &err), XYBRID_OK);
    CHECK_STR(say(&b, "Hello, the worlds use a BQ; the apple!"), "həlˈO, ðə wˈɜɹldz jˈuz ɐ bˌikjˈu; ði ˈæpəl!");
    close_bench(&b);
}

static void refusals(void) {
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                 b;
    xb_phonemizer        *p = NULL;
    xybrid_error          err;
    CHECK_INT(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o), 1);
    o.language = "de";
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &p, &err), XYBRID_UNSUPPORTED_PACK);
    CHECK(strstr(err.message, "\"de\"") && strstr(err.message, "EspeakNG"));
    o.language = "en-gb";
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &p, &err), XYBRID_UNSUPPORTED_PACK);
    o.language = "EN_US";
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &p, &err), XYBRID_OK);
    xb_phonemizer_free(p);
    o.language = NULL, o.file_count = 0;
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &p, &err), XYBRID_INVALID_ARGUMENT);
    o.backend = 7;
    CHECK_INT(xb_phonemizer_open(&b.tm.mem, &o, &p, &err), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);
}

static void flood(bench *b, const char *unit, size_t total) {
    char                   *text = malloc(total);
    xb_phonemes            *r = NULL;
    xybrid_error            err;
    const xb_phoneme_piece *p;
    int64_t                 n;
    CHECK_OR_RETURN(text != NULL);
    for (size_t i = 0; i < total; i++) text[i] = unit[i % strlen(unit)];
    b->tm.mem.budget_bytes = 4 << 20; /* memory does not grow with the text */
    CHECK_INT(xb_phonemes_open(b->p, &b->tm.mem, text, total, &r, &err), XYBRID_OK);
    while (!xb_phonemes_done(r)) {
        CHECK_OR_RETURN(xb_phonemes_next(r, &p, &n, &err) == XYBRID_OK);
        for (int64_t i = 0; i < n; i++) CHECK(xb_utf8_valid(p[i].phonemes, p[i].size) == p[i].size && p[i].end <= total);
    }
    xb_phonemes_close(r);
    free(text);
}

static void hostile(void) {
    static const char *const units[] = { "word ",
                                         "a",
                                         "Q",
                                         "a-",
                                         "aB",
                                         "1",
                                         "1,000 ",
                                         "\xf0\x9f\x98\x80",
                                         "\xff\xfe",
                                         "\x01",
                                         "$5.",
                                         "?",
                                         "' ",
                                         "[x](/y/)",
                                         "the used to in by A I that record read live. ",
                                         "supercalifragilisticexpialidocious" };
    xb_phonemizer_options    o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                    b;
    if (!open_bench(&b, XB_TEST_MODELS "/kokoro-82m", "en-us.lexicon", &o))
        CHECK_OR_RETURN(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o));
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) flood(&b, units[i], CHECK_ROUNDS(100000));
    flood(&b, "abcdefghijklmnopqrstuvwxyz", 10000);
    close_bench(&b);
}

static void torture(void) {
    xb_phonemizer_options o = { .backend = XB_PHONEMIZER_MISAKI };
    bench                 b;
    xb_test_mem           tm;
    CHECK_OR_RETURN(open_bench(&b, XB_TEST_GOLDEN, "text_lexicon.bin", &o));
    XB_TORTURE (tm, 200) {
        xb_phonemizer *p = NULL;
        xybrid_error   err;
        xb_str         s;
        xb_str_init(&s, &tm.mem, 4096);
        xybrid_status st = xb_phonemizer_open(&tm.mem, &o, &p, &err);
        if (st == XYBRID_OK) st = xb_phonemize(p, &tm.mem, "Hello, well-known world! Two cats.", 34, &s, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_phonemizer_free(p), xb_str_free(&s);
    }
    close_bench(&b);
}

CHECK_MAIN(RUN(rules), RUN(agrees_with_misaki), RUN(agrees_with_misaki_british), RUN(homographs), RUN(espeak_symbols),
           RUN(pieces), RUN(espeak), RUN(cmu), RUN(refusals), RUN(hostile), RUN(torture))
