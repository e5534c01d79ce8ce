/* spoken.c - the reader: one sentence of the window at a time, token by token. */
#include "text/spoken.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "text/spoken_int.h"

xybrid_status xb_spoken_init(xb_spoken *s, xb_mem *mem, const char *text, size_t size, int is_british, xybrid_error *err) {
    memset(s, 0, sizeof *s);
    s->source = text, s->size = size > XB_MAX_TEXT_BYTES ? XB_MAX_TEXT_BYTES : (uint32_t)size;
    s->mem = mem, s->is_british = is_british;
    xb_str_init(&s->text, mem, XB_MAX_SPOKEN_BYTES);
    s->written = xb_calloc(mem, 1, sizeof *s->written, err);
    if (!s->written) return err->code;
    s->written->line_starts = s->written->gap = 1;
    s->words = xb_calloc(mem, XB_MAX_SENTENCE_WORDS, sizeof *s->words, err);
    return s->words ? XYBRID_OK : err->code;
}

void xb_spoken_free(xb_spoken *s) {
    if (!s->mem) return;
    xb_str_free(&s->text);
    xb_free(s->mem, s->written), xb_free(s->mem, s->words);
    memset(s, 0, sizeof *s);
}

/* ---- words out ---- */

void xb_spoken_put(xb_spoken *s, const char *word, size_t size, int kind, int flags) {
    xb_written *w = s->written;
    if (size == 0 || s->count == XB_MAX_SENTENCE_WORDS) return;
    const xb_spoken_word out = {
        (uint32_t)s->text.size, (uint32_t)size, 0, 0, (uint8_t)kind, (uint8_t)(flags | (w->glued ? 0 : XB_SPOKEN_SPACE))
    };
    xb_str_addn(&s->text, word, size);
    s->words[s->count++] = out;
    w->glued = 0;
    if (kind != XB_SPOKEN_WORD) return;
    const size_t kept = size < sizeof w->last - 1 ? size : sizeof w->last - 1;
    for (size_t i = 0; i < kept; i++) w->last[i] = xb_is_upper(word[i]) ? (char)(word[i] | 0x20) : word[i];
    w->last[kept] = 0;
    w->last_is_capital = (uint8_t)xb_is_upper(word[0]);
}

void xb_spoken_say(xb_spoken *s, const char *words, int flags) {
    while (*words) {
        const size_t n = strcspn(words, " ");
        xb_spoken_put(s, words, n, XB_SPOKEN_WORD, flags);
        words += n + (words[n] == ' ');
    }
}

static int last_kind_is_mark(const xb_spoken *s) {
    if (s->count == 0) return 1;
    const xb_spoken_word *last = &s->words[s->count - 1];
    const char           *text = s->text.data + last->text;
    return last->kind == XB_SPOKEN_PUNCTUATION && *text != ')' && memcmp(text, "”", 3 <= last->size ? 3 : 1) != 0;
}

/* A mark that ends or parts needs something before it. */
void xb_spoken_mark(xb_spoken *s, const char *mark) {
    xb_written *w = s->written;
    const int   opens = strcmp(mark, "(") == 0 || strcmp(mark, "“") == 0, dash = strcmp(mark, "—") == 0;
    const int   closes = strcmp(mark, ")") == 0 || strcmp(mark, "”") == 0;
    if (!opens && !closes && last_kind_is_mark(s)) return;
    w->glued = (uint8_t)!((opens || dash) && w->gap);
    xb_spoken_put(s, mark, strlen(mark), XB_SPOKEN_PUNCTUATION, 0);
    w->glued = (uint8_t)(opens || dash);
    if (*mark != ',') w->last[0] = 0;
}

/* ---- tokens ---- */

static void consume(xb_spoken *s, const char *end) {
    xb_written    *w = s->written;
    const uint32_t to = (uint32_t)(end - w->text);
    for (size_t i = w->token; i < s->count; i++) s->words[i].start = w->from[w->at], s->words[i].end = w->from[to];
    if (to > w->at) w->before = end[-1], w->gap = (uint8_t)xb_is_blank(end[-1]);
    w->at = to, w->line_starts = 0;
}

static int at_end(const xb_spoken *s, const char *p) { return *p == 0 && s->written->next >= s->size; }

/* Does a heading, a list item or a table begin here? */
static int is_line_mark(const char *p) {
    while (*p == ' ') p++;
    return *p == '#' || *p == '|' || *p == XB_W_BULLET || ((*p == '-' || *p == '*' || *p == '+') && p[1] == ' ') ||
           (xb_is_digit(*p) && (p[1] == '.' || p[1] == ')') && p[2] == ' ');
}

static const char *blank(xb_spoken *s, const char *p) {
    xb_written *w = s->written;
    int         lines = 0;
    const char *line = p;
    for (; xb_is_blank(*p); p++)
        if (*p == '\n') lines++, line = p + 1;
    w->glued = 0;
    if (lines == 0) return p;
    if (s->count > 0 && (lines > 1 || w->is_item || is_line_mark(line))) {
        w->ended = 1, s->ends_paragraph = 1;
        if (!at_end(s, p)) xb_spoken_mark(s, ".");
    }
    return p;
}

/* What Markdown puts before a line; NULL if there is none. */
static const char *line_mark(xb_spoken *s, const char *p) {
    const char *q = p;
    while (*q == '#' || *q == '>') q++;
    if (q > p && (*q == ' ' || *q == '\n')) return (void)(s->written->is_item = *p == '#'), q;
    if ((*p == '-' || *p == '*' || *p == '+' || *p == XB_W_BULLET) && p[1] == ' ') {
        s->written->is_item = 1;
        return p + (strncmp(p + 1, " [ ] ", 5) == 0 || strncmp(p + 1, " [x] ", 5) == 0 ? 6 : 2);
    }
    if (strncmp(p, "```", 3) == 0) return p + strcspn(p, "\n");
    q = p + strspn(p, "-*_=|: ");
    return q - p > 2 && (*q == '\n' || *q == 0) && q - p < XB_WINDOW_AHEAD ? q : NULL;
}

static const char *closers(xb_spoken *s, const char *p) {
    for (;; p++) {
        if (*p == XB_W_CLOSE || (*p == '"' && s->written->quote_open)) xb_spoken_mark(s, "”"), s->written->quote_open = 0;
        else if (*p == ')' || *p == ']' || *p == '}') xb_spoken_mark(s, ")");
        else if (*p != '\'' && *p != '*' && *p != '_' && *p != '`') return p;
    }
}

/* A run of . ! ? … and what closes behind it. */
static const char *end_mark(xb_spoken *s, const char *p) {
    xb_written *w = s->written;
    int         dots = 0, asks = 0, calls = 0;
    for (; *p == '.' || *p == '!' || *p == '?' || *p == XB_W_ELLIPSIS; p++)
        dots += *p == '.' ? 1 : *p == XB_W_ELLIPSIS ? 3 : 0, asks |= *p == '?', calls |= *p == '!';
    const char *mark = asks ? "?" : calls ? "!" : dots > 1 ? "…" : ".";
    const int   joins = xb_is_letter(*p) && !xb_is_upper(*p); /* ".com" */
    if (!joins || *mark != '.') xb_spoken_mark(s, mark);
    p = closers(s, p);
    const char *next = p + strspn(p, " ");
    if (*next == '\n' && next[1] != '\n') next += 1 + strspn(next + 1, " ");
    if (next == p && !xb_is_upper(*p) && *p) return p;
    w->ended = (uint8_t)(*next == 0 || !(xb_is_lower(*next) || *next == ',' || *next == ';' || *next == ':' || *next == '-' ||
                                         *next == XB_W_EN_DASH || *next == XB_W_EM_DASH));
    return p;
}

/* The first byte of `set` at most `max` bytes on; NULL. */
static const char *within(const char *p, const char *set, int max) {
    for (int i = 0; i < max && p[i]; i++)
        if (strchr(set, p[i])) return p + i;
    return NULL;
}

/* [word](/phonemes/): says it. [text](address): the brackets alone; the address is passed over when ']' comes. */
static const char *link(xb_spoken *s, const char *p) {
    const char *close = within(p, "]\n", 256);
    if (!close || *close != ']' || close[1] != '(') return NULL;
    const char *end = within(close + 2, ")\n", 512);
    if (!end || *end != ')') return NULL;
    if (close[2] != '/' || end - close < 5 || end[-1] != '/') return p + 1;
    /* the phonemes are no ASCII: from the source */
    xb_written    *w = s->written;
    const uint32_t from = w->from[close + 3 - w->text], to = w->from[end - 1 - w->text];
    xb_spoken_put(s, s->source + from, to - from, XB_SPOKEN_PHONEMES, 0);
    return end + 1;
}

static const char *bracket(xb_spoken *s, const char *p) {
    const char *end;
    if (*p == '[' && (end = link(s, p)) != NULL) return end;
    if (*p == ']' && p[1] == '(') {
        end = within(p, ")\n", 512);
        if (end && *end == ')') return end + 1;
    }
    if (*p == '<' && (xb_is_letter(p[1]) || p[1] == '/')) { /* a tag of HTML */
        end = within(p, ">\n", 128);
        if (end && *end == '>') return end + 1;
    }
    if (*p == '(' || *p == '[' || *p == '{') return xb_spoken_mark(s, "("), p + 1;
    if (*p == ')' || *p == ']' || *p == '}') return xb_spoken_mark(s, ")"), p + 1;
    return NULL;
}

static const char *dash(xb_spoken *s, const char *p) {
    const xb_written *w = s->written;
    const char       *q = p;
    while (*q == '-' || *q == XB_W_EN_DASH || *q == XB_W_EM_DASH) q++;
    if (*p != '-' || q - p > 1 || (w->gap && xb_is_blank(*q))) xb_spoken_mark(s, "—");
    return q;
}

static const char *quote(xb_spoken *s, const char *p) {
    xb_written *w = s->written;
    const int   opens = *p == XB_W_OPEN || (*p == '"' && !w->quote_open && !xb_is_blank(p[1]) && p[1]);
    xb_spoken_mark(s, opens ? "“" : "”");
    w->quote_open = (uint8_t)opens;
    return p + 1;
}

/* Entities of HTML, and the signs that have a name. */
static const char *named(xb_spoken *s, const char *p) {
    static const char SIGNS[] = /* sign, space, what is said */
        "&amp; and\0&nbsp; \0&quot; \0&#39; \0&lt; less than\0&gt; greater than\0& and\0@ at\0% percent\0<= is at most\0"
        ">= is at least\0!= is not equal to\0== equals\0= equals\0-> ,\0=> ,\0\\ backslash\0$ dollars\0";
    const xb_written *w = s->written;
    for (const char *sign = SIGNS; *sign; sign += strlen(sign) + 1) {
        const char *said = strchr(sign, ' ');
        if (strncmp(p, sign, (size_t)(said - sign)) != 0) continue;
        if (said[1] == ',') xb_spoken_mark(s, ",");
        else xb_spoken_say(s, said + 1, 0);
        return p + (said - sign);
    }
    const char *next = p + 1 + (p[1] == ' ');
    const int   counts = xb_is_digit(*next), follows = xb_is_alnum(w->before) || w->before == '+' || w->gap;
    if (*p == '#' && (counts || xb_is_letter(p[1]))) xb_spoken_say(s, counts ? "number" : "hashtag", 0);
    else if (*p == '~' && counts) xb_spoken_say(s, "about", 0);
    else if (*p == '+' && (xb_is_alnum(*next) || (follows && !w->gap)) && s->count) xb_spoken_say(s, "plus", 0);
    else if (*p == '*' && counts && s->count && follows) xb_spoken_say(s, "times", 0);
    else if (*p == '-' && counts && s->count && w->gap) xb_spoken_say(s, "minus", 0);
    else if (*p == '<' && counts) xb_spoken_say(s, "less than", 0);
    else if (*p == '>' && counts) xb_spoken_say(s, "greater than", 0);
    else if (*p == '^' && counts) xb_spoken_say(s, "to the", 0);
    else if (*p == '/' && w->gap && p[1] == ' ') xb_spoken_mark(s, ",");
    else if (*p == '|') xb_spoken_mark(s, ",");
    return p + 1;
}

static const char *sign(xb_spoken *s, const char *p) {
    const char *end;
    switch (*p) {
    case ',':
    case ';':
    case ':': {
        const char mark[2] = { *p, 0 };
        if (*p == ':' && p[1] && !xb_is_blank(p[1])) return p + 1; /* ":)" */
        return xb_spoken_mark(s, mark), p + 1;
    }
    case '.':
    case '!':
    case '?':
    case XB_W_ELLIPSIS: return *p == '!' && p[1] == '=' ? named(s, p) : *p == '!' && p[1] == '[' ? p + 1 : end_mark(s, p);
    case '-':
        if (p[1] == '>') return named(s, p);
        return dash(s, p);
    case XB_W_EN_DASH:
    case XB_W_EM_DASH: return dash(s, p);
    case '"':
    case XB_W_OPEN:
    case XB_W_CLOSE: return quote(s, p);
    case XB_W_NAMED: return xb_spoken_say(s, xb_spoken_symbol(p[1]), 0), p + 2;
    case XB_W_CURRENCY:
        if (p[1] >= '1' && p[1] < '0' + XB_CURRENCIES) xb_spoken_say(s, xb_spoken_currency(p[1] - '0', XB_MONEY_MANY), 0);
        return p + 2;
    case XB_W_FRACTION:
    case XB_W_POWER: return p + (*p == XB_W_POWER ? 2 : 3);
    case XB_W_DEGREE: return xb_spoken_say(s, "degrees", 0), p + 1;
    case XB_W_TIMES: return xb_spoken_say(s, s->count ? "times" : "", 0), p + 1;
    default: end = bracket(s, p); return end ? end : named(s, p);
    }
}

static void step(xb_spoken *s) {
    xb_written *w = s->written;
    const char *p = w->text + w->at, *end = NULL;
    w->token = (uint32_t)s->count;
    if (xb_is_blank(*p)) {
        end = blank(s, p);
        const int starts = memchr(p, '\n', (size_t)(end - p)) != NULL || w->line_starts;
        if (w->ended || memchr(p, '\n', (size_t)(end - p))) w->is_item = 0;
        consume(s, end);
        w->line_starts = (uint8_t)starts;
        return;
    }
    if (w->line_starts) end = line_mark(s, p);
    if (end && end > p) {
        consume(s, end);
        return;
    }
    const int free = !xb_is_alnum(w->before);
    if (xb_is_digit(*p) || *p == '$' || *p == XB_W_CURRENCY || *p == XB_W_FRACTION ||
        (free && (*p == '-' || *p == '+' || *p == '.' || *p == '(' || *p == XB_W_NAMED || *p == '\'')))
        end = xb_spoken_number(s, p);
    if (!end && xb_is_letter(*p)) end = xb_spoken_word_at(s, p);
    if (!end && *p == '\'' && free && xb_is_letter(p[1])) end = xb_spoken_word_at(s, p);
    consume(s, end ? end : sign(s, p));
}

xybrid_status xb_spoken_next(xb_spoken *s, xybrid_error *err) {
    xb_written *w = s->written;
    s->count = 0, s->ends_paragraph = 0, w->ended = 0;
    xb_str_clear(&s->text);
    while (!w->ended && s->count + XB_TOKEN_WORDS < XB_MAX_SENTENCE_WORDS) {
        if (w->size - w->at < XB_WINDOW_AHEAD) xb_spoken_fold(s);
        if (w->at == w->size && w->next >= s->size) break;
        if (w->at < w->size) step(s);
    }
    if (w->ended) w->last[0] = 0;
    while (xb_is_blank(w->text[w->at])) { /* so that the end is known when only white space is left */
        if (w->text[w->at] == '\n') w->line_starts = 1, w->is_item = 0;
        w->before = w->text[w->at++], w->gap = 1, w->glued = 0;
        if (w->size - w->at < XB_WINDOW_AHEAD) xb_spoken_fold(s);
    }
    s->at = w->at == w->size ? w->next : w->from[w->at];
    return xb_str_status(&s->text, err);
}

/* ---- all at once ---- */

xybrid_status xb_spoken_line(xb_mem *mem, const char *text, size_t size, int is_british, xb_str *out, xybrid_error *err) {
    xb_spoken     s;
    xybrid_status st;
    XB_TRY_OUT(xb_spoken_init(&s, mem, text, size, is_british, err));
    while (s.at < s.size) {
        XB_TRY_OUT(xb_spoken_next(&s, err));
        for (size_t i = 0; i < s.count; i++) {
            const xb_spoken_word *word = &s.words[i];
            if (out->size && word->flags & XB_SPOKEN_SPACE) xb_str_addc(out, ' ');
            if (word->kind == XB_SPOKEN_PHONEMES) { /* the word in the brackets: [word](/.../) */
                const char *from = s.source + word->start + 1;
                const char *end = memchr(from, ']', word->end - word->start - 1);
                if (end) xb_str_addn(out, from, (size_t)(end - from));
            } else xb_str_addn(out, s.text.data + word->text, word->size);
        }
    }
    st = xb_str_status(out, err);
out:
    xb_spoken_free(&s);
    return st;
}

size_t xb_spoken_whole(const char *text, size_t size) {
    for (size_t i = size; i-- > 0;) {
        if (text[i] == '\n' && i > 0 && text[i - 1] == '\n') return i + 1;
        if ((text[i] == ' ' || text[i] == '\n') && i > 1) {
            size_t k = i;
            while (k > 0 && (text[k - 1] == '"' || text[k - 1] == ')' || text[k - 1] == '\'')) k--;
            if (k > 0 && (text[k - 1] == '!' || text[k - 1] == '?')) return i + 1;
            /* a full stop behind a short word or a capital may be an abbreviation's */
            if (k > 4 && text[k - 1] == '.' && xb_is_lower(text[k - 2]) && xb_is_lower(text[k - 3]) &&
                xb_is_lower(text[k - 4]) && xb_is_lower(text[k - 5]))
                return i + 1;
        }
    }
    return 0;
}
