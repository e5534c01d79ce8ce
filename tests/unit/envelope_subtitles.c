/* Subtitles: SubRip and WebVTT out of segments and words. */
#include "envelope/subtitles.h"

#include "base/error.h"
#include "support.h"

static xb_root root;

static void root_end(xb_root *r) { (void)r; }

static void begin(void) {
    memset(&root, 0, sizeof root);
    xb_mem_init(&root.mem, NULL, NULL, NULL, XYBRID_AUTO);
    root.refs = 1;
    root.end = root_end;
}

typedef struct cue {
    const char *text, *name;
    int64_t     start_ms, end_ms;
} cue;

static xybrid_status make(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const cue *c = (const cue *)ctx + index;
    XB_TRY(xb_envelope_new_text(&root, &root.mem, c->text, (int64_t)strlen(c->text), out, err));
    xb_envelope_set_times(*out, c->start_ms, c->end_ms);
    return c->name ? xb_envelope_set_name(*out, c->name, err) : XYBRID_OK;
}

static void check(const cue *cues, int32_t count, xb_subtitles_form form, const char *wanted) {
    xybrid_error     err = { 0 };
    xybrid_envelope *list = NULL;
    xb_str           text;
    begin();
    xb_str_init(&text, &root.mem, 1 << 20);
    CHECK_INT(xb_envelope_make_list(&root, &root.mem, count, make, cues, &list, &err), XYBRID_OK);
    CHECK_INT(xb_subtitles_write(list, form, &text, &err), XYBRID_OK);
    CHECK_STR(text.data, wanted);
    xb_str_free(&text);
    xb_envelope_drop(list);
    CHECK_INT(root.mem.used_bytes, 0);
}

static void segments(void) {
    static const cue two[] = { { "Good <morning> & welcome.", NULL, 0, 1500 }, { " Two\nlines ", NULL, 3661001, 3662000 } };
    check(two, 2, XB_SUBTITLES_SRT,
          "1\n00:00:00,000 --> 00:00:01,500\nGood <morning> & welcome.\n\n2\n01:01:01,001 --> 01:01:02,000\nTwo lines\n");
    check(two, 2, XB_SUBTITLES_VTT,
          "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood &lt;morning&gt; &amp; welcome.\n\n"
          "01:01:01.001 --> 01:01:02.000\nTwo lines\n");
    check(two, 0, XB_SUBTITLES_SRT, "");
    check(two, 0, XB_SUBTITLES_VTT, "WEBVTT\n");
}

/* 20 x "word " = 99 bytes: parted after 16 words, 79 bytes; the times share by length. */
static void long_segments_are_parted(void) {
    static const cue one[] = {
        { "word word word word word word word word word word word word word word word word word word word word", NULL, 0, 9900 }
    };
    check(one, 1, XB_SUBTITLES_SRT,
          "1\n00:00:00,000 --> 00:00:08,400\nword word word word word word word word word word word word word word word word "
          "word\n\n"
          "2\n00:00:08,500 --> 00:00:09,900\nword word word\n");
}

static void words_are_joined(void) {
    static const cue words[] = { { "One", "word", 0, 300 },
                                 { "two.", "word", 400, 900 },
                                 { "Three", "word", 1000, 1400 },
                                 { "four", "word", 5000, 5400 },
                                 { "five", "word", 5500, 5900 } };
    check(words, 5, XB_SUBTITLES_SRT,
          "1\n00:00:00,000 --> 00:00:00,900\nOne two.\n\n2\n00:00:01,000 --> 00:00:01,400\nThree\n\n"
          "3\n00:00:05,000 --> 00:00:05,900\nfour five\n");
}

static void what_has_no_time_is_refused(void) {
    static const cue none[] = { { "now", NULL, -1, -1 } };
    xybrid_error     err = { 0 };
    xybrid_envelope *e = NULL;
    xb_str           text;
    begin();
    xb_str_init(&text, &root.mem, 1 << 20);
    CHECK_INT(make(none, 0, &e, &err), XYBRID_OK);
    CHECK_INT(xb_subtitles_write(e, XB_SUBTITLES_SRT, &text, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "subtitles are made of Texts with times; this one is Text without a time");
    xb_str_free(&text);
    xb_envelope_drop(e);
}

CHECK_MAIN(RUN(segments), RUN(long_segments_are_parted), RUN(words_are_joined), RUN(what_has_no_time_is_refused))
