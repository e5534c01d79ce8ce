/* chat/tools_reader.c - finds calls in a text that comes in pieces.
 *
 *     BEGIN   only blanks so far, which wait: in a bare dialect a bracket begins a call
 *     TEXT    what may be the beginning of a mark waits
 *     BODY    all waits, from the mark on, until the brackets that were opened are closed
 *     BETWEEN behind a call: marks and blanks are dropped, anything else is text again */
#include <string.h>

#include "base/error.h"
#include "chat/tools_int.h"

enum { IN_TEXT = 1 }; /* within the dialect's own quotes; else the quote itself, or 0 */

struct xb_tool_reader {
    xb_mem           *mem;
    const xb_dialect *d;
    xb_tool_sink      sink;
    enum { BEGIN, TEXT, BODY, BETWEEN } state;
    char    held[64];
    uint8_t held_size;
    int32_t calls;
    /* of the body */
    xb_str  body;
    size_t  start, quote_from; /* behind the mark; behind the opening quote */
    int32_t depth;
    char    quote;
    uint8_t is_escaped, has_header, is_tagged, is_in_value, is_marked, is_in_second /* behind the second mark */;
};

static int is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

xybrid_status xb_tool_reader_open(xb_mem *mem, xb_tool_dialect d, const xb_tool_sink *sink, xb_tool_reader **out,
                                  xybrid_error *err) {
    if ((unsigned)d >= XB_TOOL_DIALECTS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tools", "no dialect of tool calls has the number %d", (int)d);
    xb_tool_reader *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    r->mem = mem;
    r->d = &xb_dialects[d];
    r->sink = *sink;
    r->state = r->d->is_open ? BODY : r->d->is_bare ? BEGIN : TEXT;
    xb_str_init(&r->body, mem, XB_MAX_CALL_BYTES + 4096);
    *out = r;
    return XYBRID_OK;
}

void xb_tool_reader_close(xb_tool_reader *r) {
    if (!r) return;
    xb_str_free(&r->body);
    xb_free(r->mem, r);
}

/* ---- text ---- */

static void give(xb_tool_reader *r, const char *text, size_t size) {
    if (size > 0) r->sink.text(r->sink.ctx, text, size);
}

/* How what is held stands to the marks [0, count): 2 = it is one (*index), 1 = the beginning of one, 0 = neither. */
static int compare_marks(const xb_tool_reader *r, int count, int *index) {
    int    best = 0, i = 0;
    size_t n;
    for (const char *mark = r->d->marks; mark && *mark && i < count; mark += n + 1, i++) {
        n = strlen(mark);
        if (r->held_size > n || memcmp(r->held, mark, r->held_size) != 0) continue;
        if (r->held_size == n) return *index = i, 2;
        best = 1;
    }
    return best;
}

/* What is held is the beginning of a call: a mark, or with -1 what stands without one. */
static void begin_body(xb_tool_reader *r, int mark) {
    xb_str_clear(&r->body);
    xb_str_addn(&r->body, r->held, r->held_size);
    r->start = mark >= 0 ? r->body.size : 0;
    r->held_size = 0;
    r->depth = 0;
    r->quote = 0;
    r->is_escaped = r->has_header = r->is_tagged = r->is_in_value = 0;
    r->is_marked = mark >= 0;
    r->is_in_second = mark == 1;
    r->state = BODY;
}

static int begins(const xb_tool_reader *r) { return 1 + r->d->is_second_begin; }

/* Gives from the front until what is held can wait, or is a mark. */
static void settle(xb_tool_reader *r) {
    int index, found = 0;
    while (r->held_size > 0 && (found = compare_marks(r, begins(r), &index)) == 0) {
        give(r, r->held, 1);
        memmove(r->held, r->held + 1, --r->held_size);
    }
    if (found == 2) begin_body(r, index);
}

/* ---- calls ---- */

static void take(void *ctx, const char *id, const char *name, const char *arguments, size_t size) {
    xb_tool_reader *r = ctx;
    char            made[24];
    xb_format(made, sizeof made, "call_%d", (int)r->calls++);
    xb_tool_call call = { .id = id ? id : made, .name = name, .arguments = arguments, .arguments_size = size };
    r->sink.call(r->sink.ctx, &call);
}

/* The body is no call: it was text. */
static void give_body(xb_tool_reader *r, const char *problem) {
    if (r->is_marked) r->sink.problem(r->sink.ctx, problem);
    give(r, r->body.data, r->body.size);
    xb_str_clear(&r->body);
    r->state = TEXT;
}

static xybrid_status end_body(xb_tool_reader *r, xybrid_error *err) {
    xb_call_list  list = { .mem = r->mem, .ctx = r };
    const char   *body = r->body.data + r->start;
    size_t        size = r->body.size - r->start;
    xybrid_status st = xb_call_read(r->d, body, size, &list, err); /* judges */
    list.take = take;
    if (st == XYBRID_OK) st = xb_call_read(r->d, body, size, &list, err);
    if (st == XYBRID_MALFORMED) {
        give_body(r, err->message);
        return XYBRID_OK;
    }
    r->state = BETWEEN;
    return st;
}

static int ends_with(const xb_tool_reader *r, size_t from, const char *mark) {
    size_t n = mark ? strlen(mark) : 0;
    return n > 0 && r->body.size >= from + n && memcmp(r->body.data + r->body.size - n, mark, n) == 0;
}

/* ---- byte by byte ---- */

static int is_parenthesis(const xb_tool_reader *r, char c, char parenthesis) {
    return c == parenthesis && r->d->syntax == XB_CALL_PYTHON;
}

/* A mark within the header: of another call, which begins here, or of the end, before anything was said. */
static void take_header_mark(xb_tool_reader *r, int i, const char *mark) {
    size_t n = strlen(mark), text = r->start;
    while (text < r->body.size - n && is_blank(r->body.data[text])) text++;
    if (i >= begins(r)) {
        give_body(r, "tool call: nothing between its marks");
    } else if (text == r->body.size - n) {
        r->start = r->body.size;
        r->has_header = 0;
        r->is_in_second = i == 1;
    } else {
        r->sink.problem(r->sink.ctx, "tool call: no call behind its mark");
        give(r, r->body.data, r->body.size - n);
        memcpy(r->held, mark, n);
        r->held_size = (uint8_t)n;
        begin_body(r, i);
    }
}

/* Of an open dialect: "all" and a line break begin text, a name and a line break a call; anything else is text as it stands. */
static int take_recipient(xb_tool_reader *r, char c) {
    const char  *header = r->body.data + r->start;
    const size_t size = r->body.size - r->start - 1;
    if (size == 3 && c == '\n' && memcmp(header, "all", 3) == 0) {
        xb_str_clear(&r->body);
        r->state = TEXT;
        return 1;
    }
    const int is_behind = size > 0 && header[size - 1] == '\n';
    if (is_behind ? c == '{' : xb_is_call_name(c) || (c == '\n' && size > 0)) return 0;
    r->body.size--;
    r->is_marked = 0;
    give_body(r, "");
    r->held[r->held_size++] = c;
    settle(r);
    return 1;
}

/* Do a call's own tags begin, where the name's mark is whole, or the last mark of the dialect itself? */
static int is_tag(const xb_tool_reader *r) {
    const char *name = r->d->tags ? r->d->tags->name : NULL;
    size_t      text = r->start;
    if (!name) return 0;
    if (!*name) return r->has_header && (!r->d->is_second_begin || r->is_in_second);
    while (is_blank(r->body.data[text])) text++;
    return r->body.size - text == strlen(name) && ends_with(r, text, name);
}

static void take_header(xb_tool_reader *r, char c) {
    if (r->d->is_open && take_recipient(r, c)) return;
    if (c == '{' || (c == '[' && !r->has_header) || is_parenthesis(r, c, '(')) {
        r->depth = 1;
        r->quote_from = r->body.size;
        return;
    }
    const char *mark = r->d->marks;
    for (int i = 0; i < 4 && mark && *mark; i++, mark += strlen(mark) + 1) {
        if (!ends_with(r, r->start, mark)) continue;
        take_header_mark(r, i, mark);
        return;
    }
    if (!is_blank(c)) r->has_header = 1;
    r->is_tagged = (uint8_t)is_tag(r);
    if (r->body.size - r->start > XB_MAX_CALL_HEADER) give_body(r, "tool call: no call behind its mark");
}

/* Within tags: a value hides all but its own end. */
static xybrid_status take_tagged(xb_tool_reader *r, xybrid_error *err) {
    const xb_call_tags *tags = r->d->tags;
    if (r->is_in_value) r->is_in_value = !ends_with(r, r->start, tags->value_end);
    else if (ends_with(r, r->start, tags->key)) r->is_in_value = 1;
    else if (ends_with(r, r->start, tags->end)) return end_body(r, err);
    return XYBRID_OK;
}

/* Quotes hide brackets. Gemma's <|"|> is one, and the " in it is none. */
static void take_quote(xb_tool_reader *r, char c) {
    if (r->quote == IN_TEXT) {
        if (!ends_with(r, r->quote_from, r->d->quote)) return;
        r->quote = 0;
        r->quote_from = r->body.size;
    } else if (r->is_escaped) {
        r->is_escaped = 0;
    } else if (c == '\\') {
        r->is_escaped = 1;
    } else if (c == r->quote) {
        r->quote = 0;
    }
}

static xybrid_status take_body(xb_tool_reader *r, char c, xybrid_error *err) {
    if (r->body.size - r->start >= XB_MAX_CALL_BYTES) {
        give_body(r, "tool call: longer than a call may be");
        give(r, &c, 1);
        return XYBRID_OK;
    }
    xb_str_addc(&r->body, c);
    if (r->is_tagged) return take_tagged(r, err);
    if (r->depth == 0) take_header(r, c);
    else if (r->quote) take_quote(r, c);
    else if (ends_with(r, r->quote_from, r->d->quote)) r->quote = IN_TEXT, r->quote_from = r->body.size;
    else if (c == '"' ? !(r->d->quote && ends_with(r, r->quote_from, "<|\"")) : is_parenthesis(r, c, '\'')) r->quote = c;
    else if (c == '{' || c == '[' || is_parenthesis(r, c, '(')) r->depth++;
    else if ((c == '}' || c == ']' || is_parenthesis(r, c, ')')) && --r->depth == 0) return end_body(r, err);
    return XYBRID_OK;
}

/* Behind a call. */
static xybrid_status take_between(xb_tool_reader *r, char c, xybrid_error *err) {
    int index;
    if (r->held_size == 0 && (is_blank(c) || (r->d->is_sequence && (c == ';' || c == ',')))) return XYBRID_OK;
    if (r->held_size == 0 && r->d->is_sequence && c == '{') {
        begin_body(r, -1);
        return take_body(r, c, err);
    }
    r->held[r->held_size++] = c;
    int found = compare_marks(r, 5, &index);
    if (found == 2 && index < begins(r)) begin_body(r, index);
    else if (found == 2) r->held_size = 0;
    else if (found == 0) r->state = TEXT, settle(r);
    return XYBRID_OK;
}

static xybrid_status take_begin(xb_tool_reader *r, char c, xybrid_error *err) {
    if (is_blank(c) && r->held_size < sizeof r->held - 1) {
        r->held[r->held_size++] = c;
        return XYBRID_OK;
    }
    if (c == '{' || c == '[') {
        begin_body(r, -1);
        return take_body(r, c, err);
    }
    give(r, r->held, r->held_size);
    r->held[0] = c;
    r->held_size = 1;
    r->state = TEXT;
    settle(r);
    return XYBRID_OK;
}

xybrid_status xb_tool_reader_feed(xb_tool_reader *r, const char *text, size_t size, xybrid_error *err) {
    for (size_t i = 0; i < size;) {
        size_t end = i;
        if (r->state == TEXT && r->held_size == 0) /* at once what begins no mark */
            while (end < size && !(r->d->marks && text[end] == *r->d->marks)) end++;
        give(r, text + i, end - i);
        if ((i = end) == size) break;
        char c = text[i++];
        if (r->state == TEXT) r->held[r->held_size++] = c, settle(r);
        else if (r->state == BODY) XB_TRY(take_body(r, c, err));
        else if (r->state == BETWEEN) XB_TRY(take_between(r, c, err));
        else XB_TRY(take_begin(r, c, err));
    }
    return xb_str_status(&r->body, err);
}

xybrid_status xb_tool_reader_finish(xb_tool_reader *r, xybrid_error *err) {
    if (r->state == BODY) give_body(r, "tool call: the answer ends within it");
    give(r, r->held, r->held_size);
    r->held_size = 0;
    return xb_str_status(&r->body, err);
}
