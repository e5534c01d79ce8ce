/* chat/jinja_lexer.c - the text of a template to tokens, one at a time.
 *
 * Outside of tags the text is data, from which white space beside tags is taken away by jinja2's rules: "-" takes all on its side,
 * a block's or comment's end takes one newline (trim_blocks), and a block or comment that is the first on its line takes the
 * blanks before it (lstrip_blocks), unless "+" stands in it. Follows jinja2/lexer.py (3.1). The source has "\n" alone as end of
 * line (xb_template_compile sees to that). */
#include <stdarg.h>

#include "base/utf8.h"
#include "chat/jinja_int.h"
#include "text/unicode.h"

enum { IN_DATA, IN_RAW, AT_OUTPUT, AT_BLOCK, IN_OUTPUT, IN_BLOCK };

void xb_jlexer_init(xb_jlexer *l, const char *text, size_t size) {
    memset(l, 0, sizeof *l);
    l->text = text;
    l->size = size;
    l->line = 1;
    l->line_starting = 1;
}

/* ---- places ---- */

uint32_t xb_jlexer_line(xb_jlexer *l) {
    size_t to = (size_t)(l->token.text - l->text);
    for (; l->counted < to; l->counted++) l->line += l->text[l->counted] == '\n';
    return l->line;
}

xybrid_status xb_jlexer_fail(const xb_jlexer *l, const char *at, xybrid_error *err, const char *fmt, ...) {
    char    what[256];
    va_list args;
    va_start(args, fmt);
    xb_vformat(what, sizeof what, fmt, args);
    va_end(args);
    int32_t     line = 1;
    const char *start = l->text;
    for (const char *p = l->text; p < at; p++) {
        if (*p != '\n') continue;
        line++;
        start = p + 1;
    }
    int32_t column = (int32_t)xb_jcodes(start, (size_t)(at - start)) + 1;
    xb_fail_at(err, XYBRID_MALFORMED, at - l->text, "chat template", "chat template: %s at line %d, column %d", what, line,
               column);
    err->line = line;
    err->column = column;
    return err->code;
}

/* ---- white space: str.isspace ---- */

static int is_space(uint32_t code) { return (code >= 0x1c && code <= 0x1f) || xb_unicode_is_space(code); }

size_t xb_jspace_size(const char *p, const char *end) {
    uint32_t code = 0;
    int      n = p < end ? xb_utf8_read(p, end, &code) : 0;
    return n > 0 && is_space(code) ? (size_t)n : 0;
}

size_t xb_jspace_before(const char *start, const char *end) {
    const char *p = end;
    uint32_t    code = 0;
    if (p == start) return 0;
    do p--;
    while (p > start && ((unsigned char)*p & 0xc0) == 0x80);
    return xb_utf8_read(p, end, &code) > 0 && is_space(code) ? (size_t)(end - p) : 0;
}

static size_t skip_space(const xb_jlexer *l, size_t at) {
    for (size_t n; (n = xb_jspace_size(l->text + at, l->text + l->size)) > 0;) at += n;
    return at;
}

/* ---- data ---- */

static int has_at(const xb_jlexer *l, size_t at, const char *what) {
    size_t n = strlen(what);
    return l->size - at >= n && memcmp(l->text + at, what, n) == 0;
}

/* The end of a tag at `at`, as ("-" or, with `plus`, "+") and two characters; what it takes with it, too. 0: it is not here. */
static size_t tag_end(const xb_jlexer *l, size_t at, const char *end, int plus, int trims) {
    size_t start = at;
    if (at < l->size && (l->text[at] == '-' || (plus && l->text[at] == '+'))) at++;
    if (!has_at(l, at, end)) return 0;
    char sign = l->text[start];
    at += 2;
    if (sign == '-') return skip_space(l, at);
    if (sign != '+' && trims && at < l->size && l->text[at] == '\n') at++;
    return at;
}

/* {% raw %} or {% endraw %} at `at`: the end of the tag, 0 if it is another. */
static size_t raw_tag(const xb_jlexer *l, size_t at, const char *word, int is_end) {
    at += 2;
    if (at < l->size && (l->text[at] == '-' || l->text[at] == '+')) at++;
    at = skip_space(l, at);
    if (!has_at(l, at, word)) return 0;
    at = skip_space(l, at + strlen(word));
    return tag_end(l, at, "%}", is_end, is_end);
}

/* Data from `start` to the tag at `at`, as the token; stripped as the tag wants. */
static void take_data(xb_jlexer *l, size_t start, size_t at, int is_output) {
    char   sign = at + 2 < l->size ? l->text[at + 2] : 0;
    size_t end = at;
    if (sign == '-') {
        for (size_t n; (n = xb_jspace_before(l->text + start, l->text + end)) > 0;) end -= n;
    } else if (sign != '+' && !is_output) {
        size_t line = at;
        while (line > start && l->text[line - 1] != '\n') line--;
        if ((line > start || l->line_starting) && skip_space(l, line) >= at) end = line;
    }
    l->token = (xb_jtoken){ XB_T_DATA, 0, l->text + start, end - start };
}

static void set_position(xb_jlexer *l, size_t at) {
    l->position = at;
    l->line_starting = at > 0 && l->text[at - 1] == '\n';
}

/* The raw text after its tag, to its end tag. */
static xybrid_status take_raw(xb_jlexer *l, xybrid_error *err) {
    size_t start = l->position;
    for (size_t at = start; at + 1 < l->size; at++) {
        size_t end = has_at(l, at, "{%") ? raw_tag(l, at, "endraw", 1) : 0;
        if (end == 0) continue;
        take_data(l, start, at, 0);
        set_position(l, end);
        l->mode = IN_DATA;
        return XYBRID_OK;
    }
    return xb_jlexer_fail(l, l->text + start, err, "raw text without {%% endraw %%}, begun");
}

static xybrid_status skip_comment(xb_jlexer *l, size_t at, xybrid_error *err) {
    for (size_t p = at + 2; p < l->size; p++) {
        size_t end = tag_end(l, p, "#}", 1, 1);
        if (end == 0) continue;
        set_position(l, end);
        return XYBRID_OK;
    }
    return xb_jlexer_fail(l, l->text + at, err, "a comment without \"#}\", begun");
}

/* The next piece of data that is not empty, or the beginning of a tag. */
static xybrid_status next_data(xb_jlexer *l, xybrid_error *err) {
    size_t start = l->position, at = start;
    while (at < l->size && !(l->text[at] == '{' && at + 1 < l->size && strchr("%{#", l->text[at + 1]) && l->text[at + 1])) at++;
    if (at >= l->size) {
        l->token = (xb_jtoken){ at > start ? XB_T_DATA : XB_T_EOF, 0, l->text + start, at - start };
        l->position = at;
        return XYBRID_OK;
    }
    char      what = l->text[at + 1];
    size_t    raw = what == '%' ? raw_tag(l, at, "raw", 0) : 0;
    xb_jtoken data;
    take_data(l, start, at, what == '{');
    data = l->token;
    if (what == '#') {
        /* "{#-}" is no end: the sign belongs to the beginning */
        size_t sign = at + 2 < l->size && (l->text[at + 2] == '-' || l->text[at + 2] == '+');
        XB_TRY(skip_comment(l, at + sign, err));
    } else if (raw > 0) {
        set_position(l, raw);
        l->mode = IN_RAW;
    } else {
        size_t sign = at + 2 < l->size && (l->text[at + 2] == '-' || l->text[at + 2] == '+');
        l->position = at + 2 + sign;
        l->mode = what == '{' ? AT_OUTPUT : AT_BLOCK;
    }
    l->token = data;
    return XYBRID_OK;
}

/* ---- inside of tags ---- */

static int is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}
static int is_digit(char c) { return c >= '0' && c <= '9'; }

static size_t digits(const xb_jlexer *l, size_t at) {
    while (at < l->size && (is_digit(l->text[at]) || (l->text[at] == '_' && at + 1 < l->size && is_digit(l->text[at + 1]))))
        at++;
    return at;
}

static void take_number(xb_jlexer *l) {
    size_t         at = digits(l, l->position), end = at;
    xb_jtoken_kind kind = XB_T_INT;
    if (end + 1 < l->size && l->text[end] == '.' && is_digit(l->text[end + 1])) {
        end = digits(l, end + 1);
        kind = XB_T_FLOAT;
    }
    if (end < l->size && (l->text[end] == 'e' || l->text[end] == 'E')) {
        size_t e = end + 1;
        if (e < l->size && (l->text[e] == '+' || l->text[e] == '-')) e++;
        if (e < l->size && is_digit(l->text[e])) {
            end = digits(l, e);
            kind = XB_T_FLOAT;
        }
    }
    l->token = (xb_jtoken){ kind, 0, l->text + l->position, end - l->position };
}

static xybrid_status take_string(xb_jlexer *l, xybrid_error *err) {
    char quote = l->text[l->position];
    for (size_t at = l->position + 1; at < l->size; at++) {
        if (l->text[at] == '\\') at++;
        else if (l->text[at] == quote) {
            l->token = (xb_jtoken){ XB_T_STRING, 0, l->text + l->position, at + 1 - l->position };
            return XYBRID_OK;
        }
    }
    return xb_jlexer_fail(l, l->text + l->position, err, "a text without its closing quote, begun");
}

static xybrid_status take_operator(xb_jlexer *l, xybrid_error *err) {
    static const struct {
        char text[3];
        int  op;
    } pairs[] = { { "**", XB_OP_POW }, { "//", XB_OP_FLOOR }, { "==", XB_OP_EQ },
                  { "!=", XB_OP_NE },  { "<=", XB_OP_LE },    { ">=", XB_OP_GE } };
    char c = l->text[l->position];
    l->token = (xb_jtoken){ XB_T_OP, (unsigned char)c, l->text + l->position, 1 };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (!has_at(l, l->position, pairs[i].text)) continue;
        l->token.op = pairs[i].op;
        l->token.size = 2;
        return XYBRID_OK;
    }
    if (!c || !strchr("+-/*%~[](){}<>=.:|,;", c))
        return xb_jlexer_fail(l, l->token.text, err, "a character that no expression has");
    if (strchr("([{", c)) {
        if (l->depth >= XB_MAX_TEMPLATE_NESTING)
            return xb_jlexer_fail(l, l->token.text, err, "more than %d open brackets", XB_MAX_TEMPLATE_NESTING);
        l->open[l->depth++] = c;
    } else if (strchr(")]}", c)) {
        char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
        if (l->depth == 0 || l->open[l->depth - 1] != wanted)
            return xb_jlexer_fail(l, l->token.text, err, "a \"%c\" that closes nothing", c);
        l->depth--;
    }
    return XYBRID_OK;
}

static xybrid_status next_inside(xb_jlexer *l, xybrid_error *err) {
    int    is_output = l->mode == IN_OUTPUT;
    size_t at = l->position = skip_space(l, l->position);
    if (at >= l->size) {
        l->token = (xb_jtoken){ XB_T_EOF, 0, l->text + at, 0 };
        return XYBRID_OK;
    }
    size_t end = l->depth > 0 ? 0 : is_output ? tag_end(l, at, "}}", 0, 0) : tag_end(l, at, "%}", 1, 1);
    if (end > 0) {
        l->token = (xb_jtoken){ is_output ? XB_T_OUTPUT_END : XB_T_BLOCK_END, 0, l->text + at, end - at };
        set_position(l, end);
        l->mode = IN_DATA;
        return XYBRID_OK;
    }
    char c = l->text[at];
    if (is_digit(c)) take_number(l);
    else if (is_name_char(c)) {
        size_t e = at;
        while (e < l->size && is_name_char(l->text[e])) e++;
        l->token = (xb_jtoken){ XB_T_NAME, 0, l->text + at, e - at };
    } else if (c == '"' || c == '\'') XB_TRY(take_string(l, err));
    else XB_TRY(take_operator(l, err));
    l->position = at + l->token.size;
    return XYBRID_OK;
}

xybrid_status xb_jlexer_next(xb_jlexer *l, xybrid_error *err) {
    for (;;) {
        if (l->mode == IN_OUTPUT || l->mode == IN_BLOCK) return next_inside(l, err);
        if (l->mode == AT_OUTPUT || l->mode == AT_BLOCK) {
            l->token = (xb_jtoken){ l->mode == AT_OUTPUT ? XB_T_OUTPUT_BEGIN : XB_T_BLOCK_BEGIN, 0, l->text + l->position, 0 };
            l->mode = l->mode == AT_OUTPUT ? IN_OUTPUT : IN_BLOCK;
            return XYBRID_OK;
        }
        XB_TRY(l->mode == IN_RAW ? take_raw(l, err) : next_data(l, err));
        if (l->token.kind != XB_T_DATA || l->token.size > 0) return XYBRID_OK;
    }
}

xybrid_status xb_jlexer_peek(const xb_jlexer *l, xb_jtoken *out, xybrid_error *err) {
    xb_jlexer ahead = *l;
    XB_TRY(xb_jlexer_next(&ahead, err));
    *out = ahead.token;
    return XYBRID_OK;
}
