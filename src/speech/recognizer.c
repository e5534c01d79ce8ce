/* speech/recognizer.c - see recognizer.h.
 *
 *     frames of 10 ms:   base ........ begin ............ last_loud ... heard
 *                        [ kept before ][ the piece that is under way     ]
 */
#include "speech/recognizer.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "plat/clock.h"
#include "speech/transcript.h"

enum {
    FRAME_MS = 10,
    PAD = 50,         /* frames kept on both sides of speech */
    START = 8,        /* frames that are looked at for a start */
    START_LOUD = 5,   /* of them loud */
    LEAST_LOUD = 10,  /* frames of a piece that is worth a run */
    SHORT_MS = 10000, /* up to here only a long pause ends a piece */
    LEAST_END_MS = 300,
    SLACK_MS = 3000,   /* room beyond the longest piece */
    FIRST_PARTIAL = 50 /* loud frames */
};
static const double least_spread_db = 2; /* of loud frames: speech has 6 and more, a tone or a machine less than 1 */

struct xb_recognizer {
    const xb_hearing_model *model;
    xb_mem                 *mem;
    xb_recognizer_options   options;
    xb_hearing              hearing;
    xb_pauses               pauses;
    xb_transcript           transcript;
    xb_heard                heard;

    float          *samples; /* of frames base .. base + room, in order */
    xb_pause_frame *frames;  /* of the same */
    int64_t         room;    /* frames */
    int64_t         base;    /* first frame that is kept, since the beginning */
    int64_t         count;   /* samples behind it */
    float           last_sample;
    int64_t         seen; /* frames that pauses has heard, since the beginning */
    int             is_finished;

    int     is_speaking;
    int64_t begin, last_loud, loud; /* of the piece: first frame, one behind the last loud one, how many are loud */
    int64_t least;                  /* frame that no piece may begin before: the end of the last one */

    int64_t partial_at, partial_every; /* frames: when the last one was made, and how far the next is away */

    int32_t next_segment, next_word; /* of the transcript, to be told */
    int32_t segment_words_left;
};

void xb_recognizer_options_init(xb_recognizer_options *o) { *o = (xb_recognizer_options){ .end_ms = XYBRID_AUTO }; }

/* ---- open, close ---- */

/* "de" -> the id of <|de|>. */
static xybrid_status choose_language(const xb_hearing_model *m, const char *language, int64_t *out, xybrid_error *err) {
    char token[XB_LANGUAGE_BYTES + 8];
    *out = m->is_whisper && m->is_detecting ? -1 : m->whisper.language;
    if (!language || !*language) return XYBRID_OK;
    int is_many = m->is_whisper && m->whisper.language >= 0;
    if (strcmp(language, "auto") == 0) {
        if (is_many) *out = -1;
        return XYBRID_OK;
    }
    xb_format(token, sizeof token, "<|%.*s|>", XB_LANGUAGE_BYTES, language);
    *out = is_many ? xb_tokenizer_find(m->tokenizer, token, strlen(token)) : -1;
    if (*out >= 0) return XYBRID_OK;
    if (!is_many && m->language && strcmp(language, m->language) == 0) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "language", "language is \"%.40s\"; %s%s", language,
                   is_many       ? "wanted \"auto\" or a code that the model's tokenizer has, as \"en\""
                   : m->language ? "this model hears only "
                                 : "this model knows one language, and the pack does not say which",
                   !is_many && m->language ? m->language : "");
}

static xybrid_status open_parts(xb_recognizer *r, const xb_net *encoder, const xb_net *decoder, xybrid_error *err) {
    const xb_hearing_model *m = r->model;
    xb_hearing             *h = &r->hearing;
    XB_TRY(choose_language(m, r->options.language, &h->language, err));
    if (r->options.is_translating && m->whisper.translate < 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "task", "task is \"translate\", which this model was not trained for");
    h->model = m;
    h->mem = r->mem;
    h->is_translating = r->options.is_translating;
    h->is_timed = m->is_whisper && r->options.has_timestamps;
    h->is_conditioned = r->options.is_conditioned;
    h->wants_alignment = r->options.has_words;
    r->room = (m->longest_ms + SLACK_MS) / FRAME_MS;
    r->samples = xb_malloc_aligned(r->mem, (size_t)r->room * XB_FRAME_SAMPLES * sizeof(float), 64, err);
    if (!r->samples) return err->code;
    r->frames = xb_calloc(r->mem, (size_t)r->room, sizeof *r->frames, err);
    if (!r->frames) return err->code;
    return xb_seq2seq_open(&m->plan, r->mem, encoder, decoder, &h->net, err);
}

xybrid_status xb_recognizer_open(const xb_hearing_model *model, xb_mem *mem, const xb_net *encoder, const xb_net *decoder,
                                 const xb_recognizer_options *options, xb_recognizer **out, xybrid_error *err) {
    xb_recognizer *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    r->model = model;
    r->mem = mem;
    r->options = *options;
    if (r->options.end_ms < 0) r->options.end_ms = model->end_ms;
    r->partial_every = FIRST_PARTIAL;
    xb_pauses_init(&r->pauses);
    xb_transcript_init(&r->transcript, mem);
    xybrid_status st = open_parts(r, encoder, decoder, err);
    r->options.language = NULL; /* the caller's */
    if (st) xb_recognizer_close(r);
    else *out = r;
    return st;
}

void xb_recognizer_close(xb_recognizer *r) {
    if (!r) return;
    xb_seq2seq_close(r->hearing.net);
    xb_transcript_free(&r->transcript);
    xb_free(r->mem, r->frames);
    xb_free(r->mem, r->samples);
    xb_free(r->mem, r);
}

/* ---- samples ---- */

int64_t xb_recognizer_feed(xb_recognizer *r, const float *samples, int64_t count) {
    int64_t free = r->room * XB_FRAME_SAMPLES - r->count;
    if (r->is_finished) return 0;
    if (count > free) count = free;
    float *to = r->samples + r->count;
    for (int64_t i = 0; i < count; i++) {
        if (isfinite(samples[i])) r->last_sample = fminf(fmaxf(samples[i], -8), 8);
        to[i] = r->last_sample;
    }
    r->count += count;
    return count;
}

/* An unfinished last frame is filled with silence. */
void xb_recognizer_finish(xb_recognizer *r) {
    if (r->is_finished) return;
    r->is_finished = 1;
    for (; r->count % XB_FRAME_SAMPLES; r->count++) r->samples[r->count] = 0;
}

/* Forgets what is before frame `first`. */
static void forget(xb_recognizer *r, int64_t first) {
    int64_t gone = first - r->base;
    if (gone <= 0) return;
    r->count -= gone * XB_FRAME_SAMPLES;
    memmove(r->samples, r->samples + gone * XB_FRAME_SAMPLES, (size_t)r->count * sizeof *r->samples);
    memmove(r->frames, r->frames + gone, (size_t)(r->room - gone) * sizeof *r->frames);
    r->base = first;
}

/* ---- where pieces begin and end ---- */

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* Frames of silence that end a piece so long: end_ms at first, less and less up to the longest. */
static int64_t ending(const xb_recognizer *r, int64_t length) {
    int64_t most = r->options.end_ms, ms = length * FRAME_MS, longest = r->model->longest_ms;
    int64_t from = SHORT_MS < longest / 2 ? SHORT_MS : longest / 2;
    if (ms > from && most > LEAST_END_MS) most -= (most - LEAST_END_MS) * (ms - from) / (longest - from);
    return larger(most, 0) / FRAME_MS;
}

/* Frame `f` has been judged: does a piece begin? */
static void look_for_start(xb_recognizer *r, int64_t f) {
    int64_t from = larger(larger(f - START + 1, r->least), r->base), first = -1, loud = 0;
    for (int64_t i = from; i <= f; i++)
        if (r->frames[i - r->base].is_loud) {
            if (first < 0) first = i;
            loud++;
        }
    if (loud < START_LOUD) return;
    r->is_speaking = 1;
    r->begin = larger(first - PAD, larger(r->least, r->base));
    r->last_loud = f + 1;
    r->loud = loud;
    r->partial_at = r->begin;
}

/* Judges one more frame; where a piece ends, *end is the frame behind it. */
static int judge_frame(xb_recognizer *r, int64_t *end) {
    int64_t f = r->seen++;
    r->frames[f - r->base] = xb_pauses_hear(&r->pauses, r->samples + (f - r->base) * XB_FRAME_SAMPLES);
    if (!r->is_speaking) {
        look_for_start(r, f);
        if (!r->is_speaking && f - PAD - START > r->base + XB_FRAMES_A_SECOND) forget(r, f - PAD - START);
        return 0;
    }
    if (r->frames[f - r->base].is_loud) {
        r->last_loud = f + 1;
        r->loud++;
    }
    int64_t length = f + 1 - r->begin;
    *end = smaller(r->last_loud + PAD, f + 1);
    if (f + 1 - r->last_loud >= ending(r, length)) return 1;
    if (length * FRAME_MS < r->model->longest_ms) return 0;
    int64_t from = r->begin - r->base;
    *end = f + 1;
    if (!r->hearing.is_timed) *end = r->base + xb_quietest(r->frames, from + length / 2, from + length);
    return 1;
}

/* ---- hearing a piece ---- */

/* A full window of Whisper with timestamps: frames up to the last stretch that it closed; what it wrote behind that is heard
 * again with the next window (the reference's transcribe.py). */
static int64_t closed_frames(xb_recognizer *r, int64_t length) {
    xb_heard *h = &r->heard;
    int64_t   first = r->model->whisper.timestamps;
    int32_t   last = h->count - 1;
    if (last < 1 || (h->ids[last] >= first && h->ids[last - 1] < first)) return length; /* one alone: it was said to the end */
    while (last >= 1 && !(h->ids[last] >= first && h->ids[last - 1] >= first)) last--;
    if (last < 1) return length;
    int64_t frames = (h->ids[last - 1] - first) * 2;
    if (frames < XB_FRAMES_A_SECOND || frames > length) return length;
    h->count = last;
    return frames;
}

static xybrid_status hear_piece(xb_recognizer *r, int64_t *end, int is_draft, xybrid_error *err) {
    int64_t  at = r->begin - r->base, length = *end - r->begin;
    xb_piece piece = { r->begin * FRAME_MS, r->frames + at, length };
    memset(&r->heard, 0, sizeof r->heard);
    XB_TRY(xb_hear(&r->hearing, r->samples + at * XB_FRAME_SAMPLES, length * XB_FRAME_SAMPLES, is_draft, &r->heard, err));
    if (r->hearing.is_timed && length * FRAME_MS >= r->model->longest_ms) *end = r->begin + closed_frames(r, length);
    return xb_transcript_make(&r->transcript, r->model, &r->heard, &piece, err);
}

/* The piece up to `end` is over: what comes behind it may be the next one's beginning. */
static void leave_piece(xb_recognizer *r, int64_t end) {
    int64_t loud = 0, last = end;
    for (int64_t f = end; f < r->seen; f++)
        if (r->frames[f - r->base].is_loud) {
            loud++;
            last = f + 1;
        }
    r->least = end;
    r->is_speaking = loud > 0;
    r->begin = end;
    r->last_loud = last;
    r->loud = loud;
    r->partial_at = end;
    r->partial_every = FIRST_PARTIAL;
    forget(r, end);
}

/* Is it worth a run? Not if it is too short for a word, nor if it never changes its level. */
static int may_be_speech(const xb_recognizer *r, int64_t end) {
    double  sum = 0, squares = 0;
    int64_t loud = 0;
    for (int64_t f = r->begin; f < end; f++) {
        const xb_pause_frame *p = &r->frames[f - r->base];
        if (!p->is_loud) continue;
        loud++;
        sum += (double)p->db;
        squares += (double)p->db * (double)p->db;
    }
    if (loud < LEAST_LOUD) return 0;
    double mean = sum / (double)loud;
    return squares / (double)loud - mean * mean >= least_spread_db * least_spread_db;
}

static xybrid_status finish_piece(xb_recognizer *r, int64_t end, xybrid_error *err) {
    xybrid_status st = XYBRID_OK;
    r->transcript.segment_count = r->transcript.word_count = 0;
    if (may_be_speech(r, end)) st = hear_piece(r, &end, 0, err);
    if (st) r->transcript.segment_count = 0;
    leave_piece(r, end);
    r->next_segment = r->next_word = r->segment_words_left = 0;
    return st;
}

/* A partial result costs a whole run: the next one waits until three times as much has been said as the last one took. */
static int is_partial_due(const xb_recognizer *r) {
    if (!r->options.has_partials || !r->is_speaking || r->loud < FIRST_PARTIAL) return 0;
    return r->last_loud > r->partial_at && r->seen - r->partial_at >= r->partial_every;
}

static xybrid_status make_partial(xb_recognizer *r, xb_heard_event *out, xybrid_error *err) {
    int64_t start_ns = xb_clock_ns(), end = smaller(r->last_loud + PAD, r->seen);
    r->partial_at = r->seen;
    if (!may_be_speech(r, end)) return XYBRID_OK;
    XB_TRY(hear_piece(r, &end, 1, err));
    int64_t took = (xb_clock_ns() - start_ns) / 1000000 / FRAME_MS;
    r->partial_every = larger(FIRST_PARTIAL, 3 * took);
    const xb_transcript *t = &r->transcript;
    if (t->segment_count > 0) {
        const xb_span *a = &t->segments[0], *z = &t->segments[t->segment_count - 1];
        *out = (xb_heard_event){ .kind = XB_HEARD_PARTIAL,
                                 .text = t->text.data + a->at,
                                 .size = z->at + z->size - a->at,
                                 .start_ms = a->start_ms,
                                 .end_ms = z->end_ms,
                                 .score = (float)exp(r->heard.log_probability),
                                 .language = r->heard.language };
    }
    r->transcript.segment_count = 0;
    return XYBRID_OK;
}

/* ---- events ---- */

static int tell(xb_recognizer *r, xb_heard_event *out) {
    const xb_transcript *t = &r->transcript;
    int                  is_word = r->segment_words_left > 0;
    if (!is_word && r->next_segment >= t->segment_count) return 0;
    const xb_span *s = is_word ? &t->words[r->next_word++] : &t->segments[r->next_segment++];
    if (is_word) r->segment_words_left--;
    else if (r->options.has_words) {
        r->next_word = s->first_word;
        r->segment_words_left = s->word_count;
    }
    *out = (xb_heard_event){ .kind = is_word ? XB_HEARD_WORD : XB_HEARD_SEGMENT,
                             .text = t->text.data + s->at,
                             .size = s->size,
                             .start_ms = s->start_ms,
                             .end_ms = s->end_ms,
                             .score = (float)exp(r->heard.log_probability),
                             .language = r->heard.language };
    return 1;
}

xybrid_status xb_recognizer_next(xb_recognizer *r, xb_heard_event *out, xybrid_error *err) {
    *out = (xb_heard_event){ .kind = XB_HEARD_NOTHING, .text = "", .language = "", .score = -1 };
    for (;;) {
        if (tell(r, out)) return XYBRID_OK;
        int64_t end = 0;
        int     is_over = 0;
        while (!is_over && (r->seen + 1 - r->base) * XB_FRAME_SAMPLES <= r->count) is_over = judge_frame(r, &end);
        if (!is_over && r->is_finished && r->is_speaking) {
            is_over = 1;
            end = smaller(r->last_loud + PAD, r->seen);
        }
        if (!is_over) break;
        XB_TRY(finish_piece(r, end, err));
    }
    if (r->is_finished) out->kind = XB_HEARD_END;
    else if (is_partial_due(r)) return make_partial(r, out, err);
    return XYBRID_OK;
}
