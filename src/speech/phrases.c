/* speech/phrases.c */
#include "speech/phrases.h"

#include <string.h>

#include "base/utf8.h"

enum { FIRST_CHARS = 12 /* of a first piece that ends at a comma */, WORD_BYTES = 12, MARKS = 16 /* in a row */ };

/* Titles and the like: a name or a number follows. The second list may also end a sentence: the next word's case tells. */
static const char titles[] = " mr mrs ms dr prof st mt gen col capt lt sgt rep sen gov rev hon no nos fig vol pp vs ";
static const char shorts[] = " etc inc ltd co corp jr sr dept est approx ave blvd al a.m p.m ";
static const char breaks[] = " and or but because if however which when where while although since unless after before that ";

/* What ends before the byte `at`: from the last space, bracket or quote on, in lower case, between two spaces. 0: nothing,
 * too long, or not ASCII. */
static size_t word_before(const char *text, size_t at, char out[WORD_BYTES + 3]) {
    size_t n = 1, from = at;
    for (; from > 0 && strchr(" \t\r\n\"'([{", text[from - 1]) == NULL; from--) /* a NUL is found, too */
        if (at - from >= WORD_BYTES || (uint8_t)text[from - 1] >= 0x80) return 0;
    out[0] = ' ';
    for (size_t i = from; i < at; i++) out[n++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
    out[n] = ' ';
    out[n + 1] = 0;
    return at - from;
}

static int is_space(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13) || c == 0xa0 || c == 0x85 || c == 0x3000; }

/* Closing quotes and brackets belong to what they close. */
static int is_closing(uint32_t c) {
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == 0x201d || c == 0x2019 || c == 0xbb ||
           c == 0x300d || c == 0x300f;
}

static xb_pause mark_of(uint32_t c) {
    switch (c) {
    case '.':
    case '!':
    case '?':
    case 0x2026: /* ellipsis */
    case 0x3002: /* the full stops, question and exclamation marks of Chinese and Japanese */
    case 0xff01:
    case 0xff1f:
    case 0x061f:
    case 0x0964: return XB_PAUSE_SENTENCE;
    case ';':
    case ':':
    case 0x2013: /* dashes */
    case 0x2014:
    case 0xff1b:
    case 0xff1a: return XB_PAUSE_CLAUSE;
    case ',':
    case 0xff0c:
    case 0x3001: return XB_PAUSE_COMMA;
    default: return XB_PAUSE_NONE;
    }
}

/* Is the full stop at `at` one of an abbreviation, an initial or a number of a list? `next` is the first character behind the
 * space that follows, 0 if the text ends there. */
static int is_inner_stop(const char *text, size_t at, uint32_t next) {
    char   word[WORD_BYTES + 3];
    size_t n = word_before(text, at, word);
    if (n == 0) return 0;
    if (n == 1 && word[1] >= 'a' && word[1] <= 'z') return word[1] != 'i' || (next >= 'a' && next <= 'z'); /* J. Smith */
    if (strstr(titles, word)) return 1;
    int lower_follows = next >= 'a' && next <= 'z';
    return lower_follows && (strstr(shorts, word) || memchr(word, '.', n + 1)); /* "etc. and", "e.g. this" */
}

typedef struct place {  /* where a piece may end */
    size_t   end, next; /* bytes: of the piece, and where the next begins */
    int32_t  chars;     /* of the piece */
    int      found;
    xb_pause pause;
} place;

typedef struct places {
    place last[3], first[3]; /* sentence, clause, (word break or space): the last up to soft, the first beyond it */
    place word_break;
} places;

typedef struct cursor {
    const char *text;
    size_t      size, at;
    int32_t     chars;
} cursor;

static uint32_t read_at(const cursor *c, size_t at, size_t *next) {
    uint32_t code = 0xfffd;
    int      n = at < c->size ? xb_utf8_read(c->text + at, c->text + c->size, &code) : 0;
    *next = at + (size_t)(n > 0 ? n : 1);
    return at < c->size ? code : 0;
}

static void note(places *p, int kind, int32_t soft, size_t end, size_t next, int32_t chars, xb_pause pause) {
    place now = { end, next, chars, 1, pause };
    if (chars <= soft) p->last[kind] = now;
    else if (!p->first[kind].found) p->first[kind] = now;
}

/* Is the word at `at` one before which a sentence may be cut? */
static int is_break_word(const cursor *c, size_t at) {
    char   word[WORD_BYTES + 3];
    size_t end = at;
    while (end < c->size && end - at <= WORD_BYTES && ((c->text[end] | 32) >= 'a' && (c->text[end] | 32) <= 'z')) end++;
    size_t n = end < c->size && c->text[end] == ' ' ? word_before(c->text, end, word) : 0;
    return n > 1 && n == end - at && strstr(breaks, word) != NULL;
}

/* The white space from `at` on: its end, and whether an empty line is in it. */
static size_t skip_space(const cursor *c, size_t at, int *has_empty_line) {
    int lines = 0;
    for (size_t next; at < c->size; at = next) {
        uint32_t code = read_at(c, at, &next);
        if (!is_space(code) && code != 0x2028 && code != 0x2029) break;
        lines += code == '\n' || code == 0x2029 ? 1 : 0;
    }
    *has_empty_line = lines > 1;
    return at;
}

/* At a mark that ends a phrase: its closing quotes, the space behind, and the place that they make. 1 if a paragraph ends. */
static int look_at_mark(cursor *c, size_t at, uint32_t code, int32_t soft, places *p) {
    xb_pause pause = mark_of(code);
    size_t   end = c->at, next;
    int32_t  chars = c->chars;
    for (uint32_t more; end < c->size && chars < c->chars + MARKS; end = next, chars++) { /* "?!", "...", ".)" */
        more = read_at(c, end, &next);
        if (!is_closing(more) && mark_of(more) == XB_PAUSE_NONE) break;
        if (mark_of(more) > pause) pause = mark_of(more);
    }
    int      empty_line, is_wide = code >= 0x3000;
    size_t   behind = skip_space(c, end, &empty_line), unused;
    uint32_t follows = read_at(c, behind, &unused);
    if (behind == end && end < c->size && !is_wide && code != 0x2014 && code != 0x2026) return 0; /* 3.14, 10:30, a,b */
    if (code == '.' && pause == XB_PAUSE_SENTENCE && is_inner_stop(c->text, at, follows) && !empty_line) return 0;
    c->at = end;
    c->chars = chars;
    if (empty_line) pause = XB_PAUSE_PARAGRAPH;
    note(p, pause >= XB_PAUSE_SENTENCE ? 0 : 1, soft, end, behind, chars, pause);
    return empty_line;
}

/* Looks for places up to `hard` characters, the end of the text or of a paragraph. */
static void find_places(cursor *c, const xb_phrase_limits *l, places *p) {
    while (c->at < c->size && c->chars < l->hard) {
        size_t   at = c->at, next;
        uint32_t code = read_at(c, at, &next);
        if (is_space(code) || code == 0x2028 || code == 0x2029) {
            int    empty_line;
            size_t behind = skip_space(c, at, &empty_line);
            if (empty_line) {
                note(p, 0, l->hard, at, behind, c->chars, XB_PAUSE_PARAGRAPH);
                return;
            }
            note(p, 2, l->soft, at, behind, c->chars, XB_PAUSE_NONE);
            if (c->chars <= l->soft && is_break_word(c, behind)) p->word_break = p->last[2];
            c->at = behind;
            c->chars++;
            continue;
        }
        c->at = next;
        c->chars++;
        if (mark_of(code) != XB_PAUSE_NONE && look_at_mark(c, at, code, l->soft, p)) return;
    }
}

/* The best of the places; NULL: cut where it is. */
static const place *choose(const places *p, const xb_phrase_limits *l) {
    const place *clause = &p->last[1];
    int          long_enough = clause->found && clause->chars >= (l->is_first ? FIRST_CHARS : l->soft / 4);
    if (p->last[0].found) return &p->last[0];
    if (l->is_first && long_enough) return clause;
    if (p->first[0].found) return &p->first[0];
    if (long_enough) return clause;
    if (p->first[1].found) return &p->first[1];
    if (p->word_break.found) return &p->word_break;
    if (p->last[2].found) return &p->last[2];
    return p->first[2].found ? &p->first[2] : NULL;
}

/* The end of the text is the end of a sentence; a comma there keeps its pause. */
static void note_end(places *p, const cursor *c, int32_t soft) {
    xb_pause pause = XB_PAUSE_SENTENCE;
    if (p->last[0].found && p->last[0].next >= c->size) return;
    if (p->last[1].found && p->last[1].next >= c->size) pause = p->last[1].pause;
    note(p, 0, soft, c->size, c->size, c->chars, pause);
}

/* While more may come: only what surely ends, because something follows it. */
static const place *choose_sure(const places *p, const xb_phrase_limits *l, size_t size) {
    const place *sure = p->last[0].found ? &p->last[0] : &p->first[0];
    if (!sure->found && l->is_first && p->last[1].chars >= FIRST_CHARS) sure = &p->last[1];
    return sure->found && sure->next > sure->end && sure->next < size ? sure : NULL;
}

int xb_phrase_next(const char *text, size_t size, int is_all, const xb_phrase_limits *limits, xb_phrase *out) {
    cursor c = { text, size, 0, 0 };
    places p = { 0 };
    int    empty_line;
    size_t start = skip_space(&c, 0, &empty_line);
    if (start >= size) {
        *out = (xb_phrase){ start, start, start, XB_PAUSE_NONE };
        return start > 0 && is_all;
    }
    c.at = start;
    find_places(&c, limits, &p);
    int at_end = c.at >= size;
    if (at_end && is_all) note_end(&p, &c, limits->soft);
    const place *chosen = at_end && !is_all ? choose_sure(&p, limits, size) : choose(&p, limits);
    if (!chosen && at_end) return 0;
    place cut = { start, start, 0, 1, XB_PAUSE_NONE };
    if (chosen) cut = *chosen;
    else /* one word beyond all limits: between two of its characters */
        for (int32_t i = 0; i < limits->soft && cut.next < size; i++) read_at(&c, cut.next, &cut.next), cut.end = cut.next;
    while (cut.end > start && is_space((uint8_t)text[cut.end - 1])) cut.end--;
    *out = (xb_phrase){ start, cut.end, cut.next, cut.pause };
    return 1;
}

int32_t xb_pause_ms(xb_pause pause) {
    static const int16_t ms[] = { 0, 150, 220, 340, 650 };
    return ms[pause];
}
