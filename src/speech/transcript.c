/* speech/transcript.c - see transcript.h. */
#include "speech/transcript.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

enum { FRAME_MS = 10, LONG_MS = 15000, TIMESTAMP_MS = 20 };

void xb_transcript_init(xb_transcript *t, xb_mem *mem) {
    memset(t, 0, sizeof *t);
    t->mem = mem;
    xb_str_init(&t->text, mem, XB_MAX_TEXT_BYTES);
    xb_str_init(&t->scratch, mem, XB_MAX_TEXT_BYTES);
}

void xb_transcript_free(xb_transcript *t) {
    xb_str_free(&t->text);
    xb_str_free(&t->scratch);
    xb_free(t->mem, t->segments);
    xb_free(t->mem, t->words);
    xb_free(t->mem, t->offsets);
}

/* ---- when ---- */

typedef struct clock_of_piece {
    const xb_transcript *t;
    const xb_heard      *heard;
    const xb_piece      *piece;
    int64_t              loud;       /* frames */
    size_t               from, size; /* bytes of the text that share them */
    int                  has_times;  /* of the ids */
} clock_of_piece;

static int64_t count_loud(const xb_piece *p) {
    int64_t loud = 0;
    for (int64_t i = 0; i < p->frame_count; i++) loud += p->frames[i].is_loud;
    return loud;
}

/* Where the loud frame number `number` (from 0) begins. */
static int64_t loud_frame(const xb_piece *p, int64_t number) {
    for (int64_t i = 0; i < p->frame_count; i++)
        if (p->frames[i].is_loud && number-- == 0) return i;
    return p->frame_count;
}

/* Time at which byte `at` of the text is said; is_end: at which what stands before it has been said. */
static int64_t when(const clock_of_piece *c, size_t at, int is_end) {
    const xb_heard *h = c->heard;
    int64_t         end = c->piece->frame_count * FRAME_MS, ms = end;
    if (c->has_times) {
        for (int32_t i = h->count - 1; i >= 0; i--)
            if ((size_t)c->t->offsets[i] >= at) ms = h->times[i]; /* the first id that begins there or later */
            else break;
        if (!is_end)
            for (int32_t i = 0; i < h->count && (size_t)c->t->offsets[i] <= at; i++)
                if ((size_t)c->t->offsets[i + 1] > at) ms = h->times[i];
    } else if (c->loud > 0 && c->size > 0) {
        int64_t number = (int64_t)((uint64_t)(at - c->from) * (uint64_t)c->loud / c->size);
        if (is_end) ms = number > 0 ? (loud_frame(c->piece, number - 1) + 1) * FRAME_MS : 0;
        else ms = loud_frame(c->piece, number < c->loud ? number : c->loud - 1) * FRAME_MS;
    }
    return c->piece->start_ms + (ms < end ? ms : end);
}

/* ---- text ---- */

static int is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/* Ids first..first+count as text behind what there is; offsets of each. */
static xybrid_status add_text(xb_transcript *t, const xb_hearing_model *m, const xb_heard *heard, int32_t first, int32_t count,
                              int wants_offsets, xybrid_error *err) {
    size_t before = t->text.size;
    XB_TRY(xb_tokenizer_decode(m->tokenizer, heard->ids + first, count, XB_DECODE_SKIP_SPECIAL, &t->text, err));
    for (int32_t i = 0; wants_offsets && i <= count; i++) { /* what is not a whole character counts as if it were none yet */
        xb_str_clear(&t->scratch);
        XB_TRY(
            xb_tokenizer_decode(m->tokenizer, heard->ids + first, i, XB_DECODE_SKIP_SPECIAL | XB_DECODE_RAW, &t->scratch, err));
        size_t whole = xb_utf8_valid(t->scratch.data, t->scratch.size);
        t->offsets[first + i] = (int64_t)(before + (before + whole < t->text.size ? whole : t->text.size - before));
    }
    return XYBRID_OK;
}

static xybrid_status add_span(xb_transcript *t, int is_word, xb_span span, xybrid_error *err) {
    void    *items = is_word ? t->words : t->segments;
    size_t  *room = is_word ? &t->word_room : &t->segment_room;
    int32_t *count = is_word ? &t->word_count : &t->segment_count;
    XB_TRY(xb_grow(t->mem, &items, room, (size_t)*count, sizeof span, XB_MAX_LIST_ITEMS, "segments", err));
    if (is_word) t->words = items;
    else t->segments = items;
    ((xb_span *)items)[(*count)++] = span;
    return XYBRID_OK;
}

/* ---- words and segments ---- */

/* The decoder's attention gives beginnings alone: silence at both ends of a word is no part of it. */
static void trim(const clock_of_piece *c, xb_span *w) {
    int64_t from = (w->start_ms - c->piece->start_ms) / FRAME_MS, to = (w->end_ms - c->piece->start_ms) / FRAME_MS;
    while (from < to && !c->piece->frames[from].is_loud) from++;
    if (from == to) return;
    while (!c->piece->frames[to - 1].is_loud) to--;
    w->start_ms = c->piece->start_ms + from * FRAME_MS;
    w->end_ms = c->piece->start_ms + to * FRAME_MS;
}

static xybrid_status add_words(xb_transcript *t, const clock_of_piece *c, size_t from, size_t to, xybrid_error *err) {
    const char *text = t->text.data;
    for (size_t at = from; at < to;) {
        size_t end = at;
        if (is_space(text[at])) {
            at++;
            continue;
        }
        while (end < to && !is_space(text[end])) end++;
        XB_TRY(add_span(t, 1, (xb_span){ at, end - at, when(c, at, 0), when(c, end, 1), 0, 0 }, err));
        xb_span *w = &t->words[t->word_count - 1];
        int64_t  least = t->word_count > 1 ? w[-1].end_ms : c->piece->start_ms;
        if (w->start_ms < least) w->start_ms = least; /* one after the other */
        if (w->end_ms < w->start_ms) w->end_ms = w->start_ms;
        if (c->has_times) trim(c, w);
        at = end;
    }
    return XYBRID_OK;
}

/* Quotes and brackets may stand behind the mark. */
static int ends_sentence(const char *text, size_t begin, size_t end) {
    while (end > begin && strchr("\"')]", text[end - 1])) end--;
    return end > begin && strchr(".?!", text[end - 1]) != NULL;
}

/* Words [first, last) as one segment. */
static xybrid_status add_segment(xb_transcript *t, int32_t first, int32_t last, xybrid_error *err) {
    const xb_span *a = &t->words[first], *z = &t->words[last - 1];
    return add_span(t, 0, (xb_span){ a->at, z->at + z->size - a->at, a->start_ms, z->end_ms, first, last - first }, err);
}

/* The words from `first` on as segments: one, or at the ends of sentences when they take long. */
static xybrid_status part(xb_transcript *t, int32_t first, int64_t length_ms, xybrid_error *err) {
    int32_t begin = first;
    for (int32_t i = first; i < t->word_count; i++) {
        const xb_span *w = &t->words[i];
        int            is_last = i + 1 == t->word_count;
        if (!is_last && !(length_ms > LONG_MS && ends_sentence(t->text.data, w->at, w->at + w->size))) continue;
        XB_TRY(add_segment(t, begin, i + 1, err));
        begin = i + 1;
    }
    return XYBRID_OK;
}

/* A stretch of ids between two of Whisper's timestamps, or all of them. */
static xybrid_status add_stretch(xb_transcript *t, const xb_hearing_model *m, clock_of_piece *c, int32_t first, int32_t count,
                                 xybrid_error *err) {
    size_t  from = t->text.size;
    int32_t word = t->word_count;
    XB_TRY(add_text(t, m, c->heard, first, count, c->has_times, err));
    c->from = from;
    c->size = t->text.size - from;
    XB_TRY(add_words(t, c, from, t->text.size, err));
    XB_TRY(part(t, word, c->piece->frame_count * FRAME_MS, err));
    xb_str_addc(&t->text, ' ');
    return xb_str_status(&t->text, err);
}

/* <|0.00|> ids <|2.40|><|2.40|> ids <|5.00|>: each stretch gets a piece of its own. */
static xybrid_status add_timed(xb_transcript *t, const xb_hearing_model *m, const xb_heard *h, const xb_piece *piece,
                               xybrid_error *err) {
    int64_t start_ms = 0, length = piece->frame_count * FRAME_MS;
    for (int32_t i = 0; i < h->count;) {
        int32_t end = i;
        while (end < h->count && h->ids[end] < m->whisper.timestamps) end++;
        int64_t end_ms = end < h->count ? (h->ids[end] - m->whisper.timestamps) * TIMESTAMP_MS : length;
        if (end_ms > length) end_ms = length;
        if (end_ms < start_ms) end_ms = start_ms;
        if (end > i) {
            int64_t        a = start_ms / FRAME_MS, z = end_ms / FRAME_MS;
            xb_piece       own = { piece->start_ms + start_ms, piece->frames + a, z - a };
            clock_of_piece c = { .t = t, .heard = h, .piece = &own, .loud = count_loud(&own) };
            XB_TRY(add_stretch(t, m, &c, i, end - i, err));
        }
        start_ms = end_ms;
        i = end + 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_transcript_make(xb_transcript *t, const xb_hearing_model *m, const xb_heard *heard, const xb_piece *piece,
                                 xybrid_error *err) {
    xb_str_clear(&t->text);
    t->segment_count = t->word_count = 0;
    if (!t->offsets && !(t->offsets = xb_calloc(t->mem, XB_MAX_HEARD + 1, sizeof *t->offsets, err))) return err->code;
    int is_timed = 0;
    for (int32_t i = 0; m->is_whisper && i < heard->count; i++) is_timed |= heard->ids[i] >= m->whisper.timestamps;
    if (is_timed) return add_timed(t, m, heard, piece, err);
    clock_of_piece c = { .t = t, .heard = heard, .piece = piece, .loud = count_loud(piece), .has_times = heard->has_times };
    return add_stretch(t, m, &c, 0, heard->count, err);
}
