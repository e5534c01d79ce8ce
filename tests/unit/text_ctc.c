/* CTC decoding on scores small enough to follow by hand, and the two kinds of vocabulary. */
#include "text/ctc.h"

#include "support.h"

#ifndef XB_TEST_MODELS
#  define XB_TEST_MODELS "build/models"
#endif

static const char JSON[] = " {\"<pad>\":0,\"<s>\":1,\"|\":2,\"h\":3,\"i\":4,\"<\":5,\"\xc3\xa9\":6}";

/* One row a frame: `best` has 0.9, the others share the rest. */
static void rows(float *scores, const int *best, int frames, int classes) {
    for (int f = 0; f < frames; f++)
        for (int c = 0; c < classes; c++) scores[f * classes + c] = c == best[f] ? 0.9f : 0.1f / (float)(classes - 1);
}

static xb_ctc_vocabulary *vocabulary(xb_mem *mem, const char *bytes) {
    xb_ctc_vocabulary *v = NULL;
    xybrid_error       err;
    CHECK_INT(xb_ctc_vocabulary_load(mem, bytes, (int64_t)strlen(bytes), &v, &err), XYBRID_OK);
    return v;
}

static void wav2vec2(void) {
    static const int best[] = { 0, 3, 3, 0, 4, 2, 2, 0, 2, 1, 3, 0, 3, 5, 6, 6, 2 };
    enum { FRAMES = sizeof best / sizeof best[0], CLASSES = 7 };
    float        scores[FRAMES * CLASSES], p = -1;
    xb_test_mem  tm;
    xybrid_error err;
    xb_str       s;
    xb_test_mem_init(&tm, 0, 0), xb_str_init(&s, &tm.mem, 100);
    xb_ctc_vocabulary *v = vocabulary(&tm.mem, JSON);
    CHECK_INT(xb_ctc_vocabulary_size(v), 7);
    rows(scores, best, FRAMES, CLASSES);
    scores[1 * CLASSES + 3] = 0.5f; /* the first frame of the run counts */
    CHECK_INT(xb_ctc_decode(v, scores, FRAMES, CLASSES, 0, XB_CTC_WAV2VEC2, &s, &p, &err), XYBRID_OK);
    CHECK_STR(s.data, "hi hh<\xc3\xa9");
    CHECK_NEAR(p, (0.5 + 8 * 0.9) / 9, 1e-6); /* h i | | h h < e' | kept; <s> is not */
    xb_str_clear(&s);
    CHECK_INT(xb_ctc_decode(v, scores, FRAMES, CLASSES, 0, 0, &s, &p, &err), XYBRID_OK);
    CHECK_STR(s.data, "hi||<s>hh<\xc3\xa9|");
    CHECK_NEAR(p, (0.5 + 9 * 0.9) / 10, 1e-6);
    xb_str_clear(&s);
    CHECK_INT(xb_ctc_decode(v, scores, FRAMES, CLASSES, 0, XB_CTC_BAR_IS_SPACE, &s, &p, &err), XYBRID_OK);
    CHECK_STR(s.data, "hi  <s>hh<\xc3\xa9 ");
    CHECK_INT(xb_ctc_decode(v, scores, 0, CLASSES, 0, 0, &s, &p, &err), XYBRID_OK);
    CHECK_NEAR(p, 0, 0);
    xb_ctc_vocabulary_free(v), xb_str_free(&s);
    xb_ctc_vocabulary_free(NULL);
    CHECK_INT(tm.live_blocks, 0);
}

static void logits_ties_and_nan(void) {
    float        p = -1;
    const float  nan = NAN, inf = INFINITY;
    const float  scores[] = { 0, 1, 2, 3, 3, -inf, nan, nan, nan, nan, 5, nan, 0, 0, inf };
    xb_test_mem  tm;
    xybrid_error err;
    xb_str       s;
    xb_test_mem_init(&tm, 0, 0), xb_str_init(&s, &tm.mem, 100);
    xb_ctc_vocabulary *v = vocabulary(&tm.mem, "-\na\nb\n");
    CHECK_INT(xb_ctc_decode(v, scores, 1, 3, 0, XB_CTC_LOGITS, &s, &p, &err), XYBRID_OK);
    CHECK_NEAR(p, 0.66524096, 1e-6); /* softmax of 0 1 2 */
    xb_str_clear(&s);
    CHECK_INT(xb_ctc_decode(v, scores, 5, 3, 2, XB_CTC_LOGITS, &s, &p, &err), XYBRID_OK);
    CHECK_STR(s.data, "-a"); /* the tie goes to the lower class; a frame of NaN gives nothing; one number among NaN wins */
    CHECK_NEAR(p, (0.5 + 1) / 2, 1e-6);
    xb_str_clear(&s);
    CHECK_INT(xb_ctc_decode(v, scores + 12, 1, 3, 0, XB_CTC_LOGITS, &s, &p, &err), XYBRID_OK);
    CHECK_NEAR(p, 1, 0);
    CHECK_STR(s.data, "b");
    xb_ctc_vocabulary_free(v), xb_str_free(&s);
}

static void dictionaries(void) {
    xb_test_mem  tm;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    xb_ctc_vocabulary *v = vocabulary(&tm.mem, "blank\r\n\nx\n ");
    CHECK_INT(xb_ctc_vocabulary_size(v), 4);
    CHECK(xb_slice_is(xb_ctc_token(v, 0), "blank") && xb_slice_is(xb_ctc_token(v, 1), "") &&
          xb_slice_is(xb_ctc_token(v, 3), " "));
    CHECK(xb_ctc_token(v, 4).data == NULL && xb_ctc_token(v, -1).data == NULL);
    xb_ctc_vocabulary_free(v);
    CHECK_INT(xb_ctc_vocabulary_load_ppocr4(&tm.mem, "{\n'", 3, &v, &err), XYBRID_OK); /* no newline at the end */
    CHECK_INT(xb_ctc_vocabulary_size(v), 4);
    CHECK(xb_ctc_token(v, 0).data == NULL);
    CHECK(xb_slice_is(xb_ctc_token(v, 1), "{") && xb_slice_is(xb_ctc_token(v, 2), "'") && xb_slice_is(xb_ctc_token(v, 3), " "));
    xb_ctc_vocabulary_free(v);
    v = vocabulary(&tm.mem, "{\"b\":5}");
    CHECK_INT(xb_ctc_vocabulary_size(v), 6);
    CHECK(xb_ctc_token(v, 4).data == NULL && xb_slice_is(xb_ctc_token(v, 5), "b"));
    xb_ctc_vocabulary_free(v);
    CHECK_INT(tm.live_blocks, 0);
}

/* ../shared/MODELS.md: line 0 is the blank, the last of 18,385 is a space. */
static void ppocr_v5_dictionary(void) {
    size_t size;
    char  *bytes = xb_test_file_(XB_TEST_MODELS "/ppocr-v5/ppocr_keys_v5.txt", &size);
    if (!bytes) CHECK_SKIP("dictionary of ppocr-v5");
    xb_test_mem        tm;
    xybrid_error       err;
    xb_ctc_vocabulary *v = NULL;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_ctc_vocabulary_load(&tm.mem, bytes, (int64_t)size, &v, &err), XYBRID_OK);
    CHECK_INT(xb_ctc_vocabulary_size(v), 18385);
    CHECK(xb_slice_is(xb_ctc_token(v, 0), "blank") && xb_slice_is(xb_ctc_token(v, 1), "\xe3\x80\x80"));
    CHECK(xb_slice_is(xb_ctc_token(v, 18384), " "));
    xb_ctc_vocabulary_free(v);
    free(bytes);
    CHECK_INT(tm.live_blocks, 0);
}

static void expect(const char *bytes, int64_t size, const char *words) {
    xb_test_mem        tm;
    xybrid_error       err = { 0 };
    xb_ctc_vocabulary *v = NULL;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_ctc_vocabulary_load(&tm.mem, bytes, size, &v, &err), XYBRID_MALFORMED);
    CHECK(v == NULL && strstr(err.message, words) != NULL);
    if (!strstr(err.message, words)) printf("found \"%s\"\n", err.message);
    CHECK_INT(tm.live_blocks, 0);
}

static void refusals(void) {
    float        p = 7;
    const float  scores[] = { 0, 0, 1 };
    xb_test_mem  tm;
    xybrid_error err;
    xb_str       s;
    xb_test_mem_init(&tm, 0, 0), xb_str_init(&s, &tm.mem, 4);
    expect("", 0, "empty");
    expect(NULL, 5, "bytes");
    expect("a", -1, "bytes");
    expect("a\n\xff", 3, "byte 2 is not UTF-8");
    expect("{\"a\":", 5, "JSON");
    expect("{\"a\":-1}", 8, "a small number");
    expect("{\"a\":\"b\"}", 9, "a small number");
    expect("{\"a\":4000000}", 13, "a small number");
    xb_ctc_vocabulary *v = NULL;
    CHECK_INT(xb_ctc_vocabulary_load_ppocr4(&tm.mem, "", 0, &v, &err), XYBRID_MALFORMED);
    v = vocabulary(&tm.mem, "-\na\n");
    CHECK_INT(xb_ctc_decode(v, scores, 1, 3, 0, 0, &s, &p, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "class 2 wins in frame 0") != NULL);
    CHECK_INT(xb_ctc_decode(v, scores, 1, 3, 3, 0, &s, &p, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_ctc_decode(v, scores, 1, 3, -1, 0, &s, &p, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_ctc_decode(v, scores, 1, 0, 0, 0, &s, &p, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_ctc_decode(v, NULL, 1, 3, 0, 0, &s, &p, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(s.size, 0);
    xb_ctc_vocabulary_free(v);
    v = vocabulary(&tm.mem, "-\n?\ntoo long\n");
    CHECK_INT(xb_ctc_decode(v, scores, 1, 3, 0, 0, &s, &p, &err) & XYBRID_PRIMARY_MASK,
              XYBRID_INVALID_ARGUMENT); /* s holds 4 */
    CHECK_NEAR(p, 7, 0);
    xb_ctc_vocabulary_free(v), xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

static void torture(void) {
    static const char *const files[] = { JSON, "-\na\nb\n" };
    const float              scores[] = { 0, 1, 0, 0, 0, 1 };
    xb_test_mem              tm;
    for (int i = 0; i < 2; i++) {
        XB_TORTURE (tm, 100) {
            xb_ctc_vocabulary *v = NULL;
            xybrid_error       err;
            xb_str             s;
            float              p;
            xb_str_init(&s, &tm.mem, 100);
            xybrid_status st = xb_ctc_vocabulary_load(&tm.mem, files[i], (int64_t)strlen(files[i]), &v, &err);
            if (st == XYBRID_OK) st = xb_ctc_decode(v, scores, 2, 3, 0, XB_CTC_COLLAPSE_SPACES, &s, &p, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_ctc_vocabulary_free(v), xb_str_free(&s);
        }
    }
}

CHECK_MAIN(RUN(wav2vec2), RUN(logits_ties_and_nan), RUN(dictionaries), RUN(ppocr_v5_dictionary), RUN(refusals), RUN(torture))
