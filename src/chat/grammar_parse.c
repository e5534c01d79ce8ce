/* grammar_parse.c - GBNF text to a tree. The language: llama.cpp, grammars/README.md.
 *
 *     rule     = name "::=" choice (end of line)
 *     choice   = sequence { "|" sequence }
 *     sequence = { ( literal | class | "." | name | "(" choice ")" ) [ "*" | "+" | "?" | "{" m [ "," [ n ] ] "}" ] ... }
 *
 * Space, tabs and comments part words. A line's end ends a rule, but within parentheses, behind "::=" and behind "|". */
#include <string.h>

#include "base/utf8.h"
#include "chat/grammar_int.h"

static int peek(const xb_gtree *t) { return t->at < t->size ? (uint8_t)t->text[t->at] : -1; }

static int is_name(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static void skip(xb_gtree *t, int lines_too) {
    for (int c; (c = peek(t)) >= 0; t->at++) {
        if (c == '#')
            while (peek(t) >= 0 && peek(t) != '\n' && peek(t) != '\r') t->at++;
        c = peek(t);
        if (c != ' ' && c != '\t' && !(lines_too && (c == '\n' || c == '\r'))) return;
    }
}

/* What stands at the place, for messages. */
static const char *found(const xb_gtree *t, char out[48]) {
    const char *p = t->text + t->at;
    uint32_t    code = 0;
    const int   size = t->at < t->size ? xb_utf8_read(p, t->text + t->size, &code) : 0;
    if (t->at >= t->size) (void)xb_format(out, 48, "the end of the text");
    else if (*p == '\n' || *p == '\r') (void)xb_format(out, 48, "the end of the line");
    else if (size && code >= ' ' && code != 0x7F) (void)xb_format(out, 48, "'%.*s'", size, p);
    else (void)xb_format(out, 48, "the byte 0x%02X", (unsigned)(uint8_t)*p);
    return out;
}

static xybrid_status wanted(const xb_gtree *t, const char *what, xybrid_error *err) {
    char shown[48];
    return xb_gtree_fail(t, t->at, err, "%s, wanted %s", found(t, shown), what);
}

/* ---- characters ---- */

static int hex_digit(int c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static xybrid_status read_hex(xb_gtree *t, int digits, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at;
    uint32_t     code = 0;
    for (int i = 0; i < digits; i++, t->at++) {
        const int d = hex_digit(peek(t));
        if (d < 0) return wanted(t, "a hexadecimal digit", err);
        code = code << 4 | (uint32_t)d;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return xb_gtree_fail(t, start, err, "0x%X is no character, wanted 0..10FFFF without the surrogates", (unsigned)code);
    *out = code;
    return XYBRID_OK;
}

static xybrid_status read_character(xb_gtree *t, uint32_t *out, xybrid_error *err) {
    static const char plain[] = "\"\\[]-^./'", from[] = "nrt", to[] = "\n\r\t";
    const char       *letter;
    if (peek(t) != '\\') {
        const int size = t->at < t->size ? xb_utf8_read(t->text + t->at, t->text + t->size, out) : 0;
        if (!size) return wanted(t, "a character in UTF-8", err);
        t->at += (size_t)size;
        return XYBRID_OK;
    }
    t->at++;
    const int c = peek(t);
    if (c == 'x' || c == 'u' || c == 'U') return t->at++, read_hex(t, c == 'x' ? 2 : c == 'u' ? 4 : 8, out, err);
    if (c > 0 && strchr(plain, c)) *out = (uint32_t)c;
    else if (c > 0 && (letter = strchr(from, c)) != NULL) *out = (uint8_t)to[letter - from];
    else return wanted(t, "an escape: \\n \\r \\t \\\\ \\\" \\[ \\] \\- \\^ \\xNN \\uNNNN \\UNNNNNNNN", err);
    t->at++;
    return XYBRID_OK;
}

static xybrid_status literal(xb_gtree *t, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at++, first = t->literal_size;
    while (peek(t) != '"') {
        uint32_t code = 0;
        if (peek(t) < 0) return xb_gtree_fail(t, start, err, "a literal without its end, wanted '\"'");
        XB_TRY(read_character(t, &code, err));
        char      bytes[4];
        const int size = xb_utf8_write(code, bytes);
        for (int i = 0; i < size; i++) {
            XB_TRY(xb_grow(t->mem, (void **)&t->literals, &t->literal_room, t->literal_size, 1, XB_MAX_GRAMMAR_BYTES,
                           "bytes of a grammar's literals", err));
            t->literals[t->literal_size++] = bytes[i];
        }
    }
    t->at++;
    return xb_gtree_node(t, XB_G_LITERAL, start, (uint32_t)first, (uint32_t)(t->literal_size - first), out, err);
}

static xybrid_status push_range(xb_gtree *t, uint32_t lo, uint32_t hi, xybrid_error *err) {
    XB_TRY(xb_grow(t->mem, (void **)&t->ranges, &t->range_room, t->range_count, sizeof *t->ranges, XB_MAX_GRAMMAR_BYTES,
                   "ranges of a grammar's classes", err));
    t->ranges[t->range_count++] = (xb_grange){ lo, hi };
    return XYBRID_OK;
}

/* "[" has been seen, or "." when `is_any`. */
static xybrid_status class(xb_gtree *t, int is_any, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at++, first = t->range_count;
    int          is_negated = is_any;
    uint32_t     set = 0;
    if (!is_any) {
        if (peek(t) == '^') is_negated = 1, t->at++;
        while (peek(t) != ']') {
            uint32_t lo = 0, hi = 0;
            if (peek(t) < 0) return xb_gtree_fail(t, start, err, "a class without its end, wanted ']'");
            const size_t at = t->at;
            XB_TRY(read_character(t, &lo, err));
            hi = lo;
            if (peek(t) == '-' && t->at + 1 < t->size && t->text[t->at + 1] != ']') {
                t->at++;
                XB_TRY(read_character(t, &hi, err));
            }
            if (hi < lo) return xb_gtree_fail(t, at, err, "a range from U+%04X down to U+%04X", (unsigned)lo, (unsigned)hi);
            XB_TRY(push_range(t, lo, hi, err));
        }
        t->at++;
    }
    XB_TRY(xb_gtree_set(t, first, is_negated, &set, err));
    if (t->sets[set].count == 0) return xb_gtree_fail(t, start, err, "a class without a character, wanted one at least");
    return xb_gtree_node(t, XB_G_SET, start, set, 0, out, err);
}

/* ---- repetitions ---- */

static xybrid_status number(xb_gtree *t, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at;
    uint32_t     n = 0;
    if (peek(t) < '0' || peek(t) > '9') return wanted(t, "a number", err);
    for (; peek(t) >= '0' && peek(t) <= '9'; t->at++)
        if (n <= XB_MAX_GRAMMAR_REPEAT) n = n * 10 + (uint32_t)(peek(t) - '0');
    if (n > XB_MAX_GRAMMAR_REPEAT)
        return xb_gtree_fail(t, start, err, "a repetition of %.*s, at most %d (XB_MAX_GRAMMAR_REPEAT)",
                             (int)xb_min64((int64_t)(t->at - start), 32), t->text + start, XB_MAX_GRAMMAR_REPEAT);
    *out = n;
    return XYBRID_OK;
}

/* Behind an item: as many * + ? {m,n} as stand there. */
static xybrid_status postfix(xb_gtree *t, int is_nested, uint32_t *item, xybrid_error *err) {
    for (;;) {
        uint32_t     min = 0, max = XB_G_FOREVER;
        const int    c = peek(t);
        const size_t start = t->at;
        if (c == '+') min = 1;
        else if (c == '?') max = 1;
        else if (c == '{') {
            t->at++, skip(t, is_nested);
            XB_TRY(number(t, &min, err));
            max = min;
            skip(t, is_nested);
            if (peek(t) == ',') {
                t->at++, skip(t, is_nested);
                max = XB_G_FOREVER;
                if (peek(t) != '}') XB_TRY(number(t, &max, err));
                skip(t, is_nested);
            }
            if (peek(t) != '}') return wanted(t, "'}'", err);
            if (max < min) return xb_gtree_fail(t, start, err, "a repetition of %u to %u times", (unsigned)min, (unsigned)max);
        } else if (c != '*') return XYBRID_OK;
        t->at++, skip(t, is_nested);
        XB_TRY(xb_gtree_repeat(t, *item, min, max, item, err));
    }
}

/* ---- rules ---- */

static xybrid_status choice(xb_gtree *t, int depth, uint32_t *out, xybrid_error *err);

static xybrid_status name(xb_gtree *t, uint32_t *rule, xybrid_error *err) {
    const size_t start = t->at;
    while (is_name(peek(t))) t->at++;
    if (t->at == start) return wanted(t, "the name of a rule", err);
    return xb_gtree_rule(t, start, t->at - start, rule, err);
}

/* *out XB_G_NONE: there is no item. */
static xybrid_status item(xb_gtree *t, int depth, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at;
    const int    c = peek(t);
    uint32_t     rule = 0;
    *out = XB_G_NONE;
    if (c == '"') return literal(t, out, err);
    if (c == '[' || c == '.') return class(t, c == '.', out, err);
    if (is_name(c)) {
        XB_TRY(name(t, &rule, err));
        return xb_gtree_use(t, rule, start, out, err);
    }
    if (c == '<' || c == '!') {
        (void)xb_gtree_fail(t, start, err, "a token terminal <...>; write the token's text as a literal instead");
        return err->code = XYBRID_UNSUPPORTED_FORMAT;
    }
    if (c == '*' || c == '+' || c == '?' || c == '{') return wanted(t, "an item for it to repeat", err);
    if (c != '(') return XYBRID_OK;
    if (depth >= XB_MAX_GRAMMAR_NESTING)
        return xb_gtree_fail(t, start, err, "more than %d groups in groups (XB_MAX_GRAMMAR_NESTING)", XB_MAX_GRAMMAR_NESTING);
    t->at++, skip(t, 1);
    XB_TRY(choice(t, depth + 1, out, err));
    if (peek(t) != ')') return wanted(t, "')', '|' or an item", err);
    t->at++;
    return XYBRID_OK;
}

/* A list of one child is that child; else a node of `kind` with the children first .. last. */
static xybrid_status wrap(xb_gtree *t, uint32_t kind, size_t at, uint32_t first, uint32_t count, uint32_t *out,
                          xybrid_error *err) {
    *out = first;
    return count == 1 ? XYBRID_OK : xb_gtree_node(t, kind, at, first, count, out, err);
}

static xybrid_status sequence(xb_gtree *t, int depth, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at;
    uint32_t     first = XB_G_NONE, last = XB_G_NONE, one = 0, count = 0;
    for (;; count++) {
        XB_TRY(item(t, depth, &one, err));
        if (one == XB_G_NONE) break;
        skip(t, depth > 0);
        XB_TRY(postfix(t, depth > 0, &one, err));
        if (count == 0) first = one;
        else t->nodes[last].next = one;
        last = one;
    }
    return wrap(t, XB_G_SEQUENCE, start, first, count, out, err);
}

static xybrid_status choice(xb_gtree *t, int depth, uint32_t *out, xybrid_error *err) {
    const size_t start = t->at;
    uint32_t     first = 0, last = 0, one = 0, count = 1;
    XB_TRY(sequence(t, depth, &first, err));
    for (last = first; peek(t) == '|'; count++) {
        t->at++, skip(t, 1);
        XB_TRY(sequence(t, depth, &one, err));
        t->nodes[last].next = one;
        last = one;
    }
    return wrap(t, XB_G_CHOICE, start, first, count, out, err);
}

static xybrid_status rule_line(xb_gtree *t, xybrid_error *err) {
    const size_t start = t->at;
    uint32_t     rule = 0, body = 0;
    XB_TRY(name(t, &rule, err));
    skip(t, 0);
    if (t->size - t->at < 3 || memcmp(t->text + t->at, "::=", 3) != 0) return wanted(t, "'::='", err);
    if (t->rules[rule].body != XB_G_NONE)
        return xb_gtree_fail(t, start, err, "rule \"%.*s\" is defined for the second time",
                             (int)xb_min64(t->rules[rule].name_size, 64), t->text + start);
    t->at += 3, skip(t, 1);
    XB_TRY(choice(t, 0, &body, err));
    t->rules[rule].body = body;
    if (peek(t) >= 0 && peek(t) != '\n' && peek(t) != '\r') return wanted(t, "an item, '|' or the end of the line", err);
    skip(t, 1);
    return XYBRID_OK;
}

xybrid_status xb_gtree_parse(xb_gtree *t, xybrid_error *err) {
    if (t->size > XB_MAX_GRAMMAR_BYTES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "grammar", "a grammar of %lld bytes, at most %d (XB_MAX_GRAMMAR_BYTES)",
                       (long long)t->size, XB_MAX_GRAMMAR_BYTES);
    for (skip(t, 1); t->at < t->size;) XB_TRY(rule_line(t, err));
    t->root = XB_G_NONE;
    for (size_t r = 0; r < t->rule_count; r++) {
        const xb_grule *rule = &t->rules[r];
        const char     *text = t->text + rule->name_at;
        if (rule->body == XB_G_NONE)
            return xb_gtree_fail(t, rule->name_at, err, "rule \"%.*s\" is used and not defined",
                                 (int)xb_min64(rule->name_size, 64), text);
        if (rule->name_size == 4 && memcmp(text, "root", 4) == 0) t->root = (uint32_t)r;
    }
    if (t->root == XB_G_NONE) return xb_gtree_fail(t, t->size, err, "no rule \"root\", where a text begins");
    return XYBRID_OK;
}
