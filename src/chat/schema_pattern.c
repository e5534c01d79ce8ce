/* schema_pattern.c - a regular expression (ECMA-262, the part without look-around, boundaries and back-references) as the inside of
 * a JSON string: what JSON writes with an escape is written so. Without ^ or $ anything may stand before or behind.
 *
 * minLength and maxLength hold where the expression keeps them by itself, or one quantifier of single characters decides the
 * length: its bounds are moved. */
#include <string.h>

#include "base/utf8.h"
#include "chat/grammar_int.h"
#include "chat/schema_int.h"

enum { RANGES = 512, FAR = 1 << 30 };

typedef struct span {
    int64_t lo, hi; /* characters; hi -1: no end */
} span;

typedef struct regex {
    xb_schema  *s;
    const char *p, *end, *path;
    int         is_dry;                           /* only lengths */
    int         alternatives, terms;              /* at the top */
    int         varying, vary_at, vary_is_single; /* how many terms vary, the last of them */
    span        vary, moved;                      /* its bounds; in the second pass those it gets */
    int         has_moved;
    int64_t     fixed; /* characters of the others */
    xb_grange   set[RANGES];
    size_t      set_count;
} regex;

static xybrid_status refuse(const regex *r, const char *what, xybrid_error *err) {
    return xb_schema_unsupported(r->path, what, err);
}

static int peek(const regex *r, size_t ahead) { return (size_t)(r->end - r->p) > ahead ? (uint8_t)r->p[ahead] : -1; }

static void put(regex *r, const char *text) {
    if (!r->is_dry) xb_str_add(&r->s->out, text);
}

/* ---- sets ---- */

static xybrid_status add(regex *r, uint32_t lo, uint32_t hi, xybrid_error *err) {
    if (r->set_count == RANGES) return refuse(r, "a class of more than 512 ranges", err);
    r->set[r->set_count++] = (xb_grange){ lo, hi };
    return XYBRID_OK;
}

/* Of the ranges from `first` on. */
static xybrid_status complement(regex *r, size_t first, xybrid_error *err) {
    const size_t count = xb_granges_join(r->set + first, r->set_count - first);
    uint32_t     from = 0;
    r->set_count = first + count;
    for (size_t i = first; i < first + count; i++) {
        if (r->set[i].lo > from) XB_TRY(add(r, from, r->set[i].lo - 1, err));
        from = r->set[i].hi + 1;
    }
    if (from <= 0x10FFFF) XB_TRY(add(r, from, 0x10FFFF, err));
    r->set_count -= count;
    memmove(r->set + first, r->set + first + count, (r->set_count - first) * sizeof *r->set);
    return XYBRID_OK;
}

/* \d \w \s and their complements; 0: it is none of them. */
static xybrid_status add_class(regex *r, int letter, int *is_class, xybrid_error *err) {
    static const uint16_t digits[] = { '0', '9' }, word[] = { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' };
    static const uint16_t space[] = { 9,      13,     32,     32,     160,    160,    0x1680, 0x1680, 0x2000, 0x200A,
                                      0x2028, 0x2029, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000, 0xFEFF, 0xFEFF };
    const uint16_t       *list = NULL;
    const size_t          first = r->set_count;
    size_t                count = 0;
    *is_class = 1;
    switch (letter | 32) {
    case 'd': list = digits, count = 2; break;
    case 'w': list = word, count = 8; break;
    case 's': list = space, count = sizeof space / sizeof space[0]; break;
    default: return *is_class = 0, XYBRID_OK;
    }
    for (size_t i = 0; i < count; i += 2) XB_TRY(add(r, list[i], list[i + 1], err));
    return letter < 'a' ? complement(r, first, err) : XYBRID_OK;
}

static void class_point(xb_str *out, uint32_t c) {
    if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z' && c < 128)) xb_str_addc(out, (char)c);
    else xb_str_addf(out, c < 0x10000 ? "\\u%04X" : "\\U%08X", (unsigned)c);
}

static int holds(const regex *r, uint32_t c) {
    for (size_t i = 0; i < r->set_count; i++)
        if (c >= r->set[i].lo && c <= r->set[i].hi) return 1;
    return 0;
}

/* The set as JSON text: characters as they are, and those that need an escape with it. */
static xybrid_status put_set(regex *r, xybrid_error *err) {
    static const char *const escapes[] = { "\"\"", "\\\\", "\bb", "\ff", "\nn", "\rr", "\tt" };
    xb_str                  *out = &r->s->out;
    const char              *part = "(";
    int                      has_raw = 0;
    if (r->is_dry) return XYBRID_OK;
    r->set_count = xb_granges_join(r->set, r->set_count);
    for (size_t i = 0; i < r->set_count; i++) {
        uint32_t lo = r->set[i].lo, hi = r->set[i].hi;
        if (lo < ' ') lo = ' ';
        while (lo <= hi) { /* cut at the two that are written with an escape, and at the surrogates */
            uint32_t to = hi;
            if (lo == '"' || lo == '\\') {
                lo++;
                continue;
            }
            if (lo < '"' && to >= '"') to = '"' - 1;
            else if (lo < '\\' && to >= '\\') to = '\\' - 1;
            else if (lo < 0xD800 && to >= 0xD800) to = 0xD7FF;
            else if (lo >= 0xD800 && lo <= 0xDFFF) {
                lo = 0xE000;
                continue;
            }
            if (!has_raw) xb_str_add(out, "(["), part = " | ";
            has_raw = 1;
            class_point(out, lo), xb_str_addc(out, '-'), class_point(out, to);
            lo = to + 1;
        }
    }
    if (has_raw) xb_str_addc(out, ']');
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
        if (holds(r, (uint8_t)escapes[i][0]))
            xb_str_addf(out, "%s\"\\\\\" \"%s%c\"", part, i < 2 ? "\\" : "", escapes[i][1]), part = " | ";
    if (*part == '(') return refuse(r, "a class that JSON writes only as numbers, or an empty one", err);
    xb_str_addc(out, ')');
    return XYBRID_OK;
}

/* ---- characters ---- */

static xybrid_status read_hex(regex *r, int digits, uint32_t *out, xybrid_error *err) {
    *out = 0;
    for (int i = 0; i < digits; i++, r->p++) {
        const int c = peek(r, 0) | 32;
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return refuse(r, "an escape that is not whole", err);
        *out = *out << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    if (*out >= 0xD800 && *out <= 0xDFFF) return refuse(r, "half of a surrogate pair", err);
    return XYBRID_OK;
}

/* Behind a backslash: one character. */
static xybrid_status escape(regex *r, uint32_t *out, xybrid_error *err) {
    static const char from[] = "nrtfv0", to[] = "\n\r\t\f\v";
    const int         c = peek(r, 0);
    const char       *known = c > 0 ? strchr(from, c) : NULL;
    if (c < 0) return refuse(r, "a backslash at the end", err);
    r->p++;
    if (known) *out = (uint8_t)to[known - from];
    else if (c == 'x') return read_hex(r, 2, out, err);
    else if (c == 'u' && peek(r, 0) == '{') {
        int digits = 0;
        r->p++;
        while (digits < 6 && peek(r, (size_t)digits) != '}') digits++;
        XB_TRY(read_hex(r, digits, out, err));
        if (peek(r, 0) != '}' || *out > 0x10FFFF) return refuse(r, "an escape that is not whole", err);
        r->p++;
    } else if (c == 'u') return read_hex(r, 4, out, err);
    else if (c >= '1' && c <= '9') return refuse(r, "a back-reference", err);
    else if ((c | 32) >= 'a' && (c | 32) <= 'z') return refuse(r, "an escape of that letter", err);
    else if (c >= 0x80) return refuse(r, "an escape of that letter", err);
    else *out = (uint32_t)c;
    return XYBRID_OK;
}

static xybrid_status plain(regex *r, uint32_t *out, xybrid_error *err) {
    const int size = xb_utf8_read(r->p, r->end, out);
    if (!size) return refuse(r, "an expression that is not UTF-8", err);
    r->p += size;
    return XYBRID_OK;
}

/* One character or class within [ ]; *is_class: it cannot begin a range. */
static xybrid_status class_item(regex *r, uint32_t *out, int *is_class, xybrid_error *err) {
    *is_class = 0;
    if (peek(r, 0) != '\\') return plain(r, out, err);
    r->p++;
    if (peek(r, 0) == 'b') return r->p++, *out = '\b', XYBRID_OK;
    XB_TRY(add_class(r, peek(r, 0), is_class, err));
    if (*is_class) return r->p++, XYBRID_OK;
    return escape(r, out, err);
}

static xybrid_status char_class(regex *r, xybrid_error *err) {
    int is_negated = 0, is_class = 0;
    r->p++;
    if (peek(r, 0) == '^') is_negated = 1, r->p++;
    while (peek(r, 0) != ']') {
        uint32_t lo = 0, hi = 0;
        if (peek(r, 0) < 0) return refuse(r, "a class without its end", err);
        XB_TRY(class_item(r, &lo, &is_class, err));
        if (is_class) continue;
        hi = lo;
        if (peek(r, 0) == '-' && peek(r, 1) != ']' && peek(r, 1) >= 0) {
            r->p++;
            XB_TRY(class_item(r, &hi, &is_class, err));
            if (is_class || hi < lo) return refuse(r, "a range that runs backwards or to a class", err);
        }
        XB_TRY(add(r, lo, hi, err));
    }
    r->p++;
    return is_negated ? complement(r, 0, err) : XYBRID_OK;
}

/* ---- terms ---- */

static xybrid_status alternation(regex *r, int depth, span *out, xybrid_error *err);

static xybrid_status group(regex *r, int depth, span *out, xybrid_error *err) {
    r->p++;
    if (peek(r, 0) == '?') {
        if (peek(r, 1) == ':') r->p += 2;
        else if (peek(r, 1) == '<' && peek(r, 2) != '=' && peek(r, 2) != '!') {
            while (peek(r, 0) >= 0 && peek(r, 0) != '>') r->p++;
            if (peek(r, 0) == '>') r->p++;
        } else return refuse(r, "look-ahead and look-behind", err);
    }
    if (depth >= XB_MAX_SCHEMA_DEPTH) return refuse(r, "more than 48 groups in groups", err);
    put(r, "(");
    XB_TRY(alternation(r, depth + 1, out, err));
    put(r, ")");
    if (peek(r, 0) != ')') return refuse(r, "a group without its end", err);
    r->p++;
    return XYBRID_OK;
}

static xybrid_status atom(regex *r, int depth, span *out, xybrid_error *err) {
    const int c = peek(r, 0);
    uint32_t  code = 0;
    int       is_class = 0;
    *out = (span){ 1, 1 };
    r->set_count = 0;
    if (c == '(') return group(r, depth, out, err);
    if (c == '^' || c == '$') return refuse(r, "^ and $ but at the ends", err);
    if (c == '*' || c == '+' || c == '?') return refuse(r, "a quantifier without an item", err);
    if (c == '[') XB_TRY(char_class(r, err));
    else if (c == '.') {
        r->p++;
        XB_TRY(add(r, '\n', '\n', err));
        XB_TRY(add(r, '\r', '\r', err));
        XB_TRY(add(r, 0x2028, 0x2029, err));
        XB_TRY(complement(r, 0, err));
    } else if (c == '\\') {
        r->p++;
        XB_TRY(add_class(r, peek(r, 0), &is_class, err));
        if (is_class) r->p++;
        else XB_TRY(escape(r, &code, err));
    } else XB_TRY(plain(r, &code, err));
    if (!r->set_count) XB_TRY(add(r, code, code, err));
    return put_set(r, err);
}

static int read_count(regex *r, int64_t *out) {
    const char *start = r->p;
    for (*out = 0; peek(r, 0) >= '0' && peek(r, 0) <= '9'; r->p++)
        if (*out < FAR) *out = *out * 10 + (peek(r, 0) - '0');
    return r->p > start;
}

static xybrid_status quantifier(regex *r, span *q, int *is_there, xybrid_error *err) {
    const char *start = r->p;
    const int   c = peek(r, 0);
    *q = (span){ 1, 1 };
    *is_there = 1;
    if (c == '*' || c == '+' || c == '?') *q = (span){ c == '+', c == '?' ? 1 : -1 }, r->p++;
    else if (c == '{') {
        r->p++;
        *is_there = read_count(r, &q->lo);
        q->hi = q->lo;
        if (*is_there && peek(r, 0) == ',') {
            r->p++;
            if (!read_count(r, &q->hi)) q->hi = -1;
        }
        if (!*is_there || peek(r, 0) != '}') return *is_there = 0, r->p = start, *q = (span){ 1, 1 }, XYBRID_OK;
        r->p++;
    } else return *is_there = 0, XYBRID_OK;
    if (peek(r, 0) == '?') r->p++; /* lazy: the same texts */
    if (q->hi >= 0 && q->hi < q->lo) return refuse(r, "a quantifier that runs backwards", err);
    if (q->lo > XB_MAX_GRAMMAR_REPEAT || q->hi > XB_MAX_GRAMMAR_REPEAT) return refuse(r, "a quantifier above 65,536", err);
    return XYBRID_OK;
}

static void put_quantifier(regex *r, span q) {
    if (r->is_dry) return;
    if (q.lo == 0 && q.hi < 0) put(r, "*");
    else if (q.hi < 0) xb_str_addf(&r->s->out, "{%lld,}", (long long)q.lo);
    else xb_str_addf(&r->s->out, "{%lld,%lld}", (long long)q.lo, (long long)q.hi);
}

static int64_t times(int64_t a, int64_t b) {
    if (a == 0 || b == 0) return 0;
    return a < 0 || b < 0 ? -1 : a > FAR || b > FAR ? FAR : a * b;
}

/* Notes a term at the top, or gives it the bounds that were worked out for it. */
static void count_term(regex *r, int depth, span one, span *q, span *sum) {
    const span all = { times(one.lo, q->lo), times(one.hi, q->hi) };
    if (depth == 0) {
        if (all.lo == all.hi) r->fixed += all.lo;
        else if (r->is_dry) r->varying++, r->vary = *q, r->vary_at = r->terms, r->vary_is_single = one.lo == 1 && one.hi == 1;
        if (r->has_moved && r->terms == r->vary_at) *q = r->moved;
        r->terms++;
    }
    sum->lo += all.lo;
    sum->hi = sum->hi < 0 || all.hi < 0 ? -1 : sum->hi + all.hi;
}

/* What stands where an anchor is missing. */
static void anything(regex *r, span *sum) {
    span q = { 0, -1 };
    count_term(r, 0, (span){ 1, 1 }, &q, sum);
    if (r->is_dry) return;
    put(r, xb_schema_basic(r->s, XB_B_CHAR));
    put_quantifier(r, q), put(r, " ");
}

static int at_end(const regex *r) { return peek(r, 0) < 0 || peek(r, 0) == '|' || peek(r, 0) == ')'; }

static xybrid_status sequence(regex *r, int depth, span *sum, xybrid_error *err) {
    *sum = (span){ 0, 0 };
    put(r, "\"\" ");
    if (depth == 0 && peek(r, 0) == '^') r->p++;
    else if (depth == 0) anything(r, sum);
    while (!at_end(r)) {
        span one = { 0, 0 }, q = { 1, 1 };
        int  is_there = 0;
        if (depth == 0 && peek(r, 0) == '$' && (peek(r, 1) < 0 || peek(r, 1) == '|')) {
            r->p++;
            return XYBRID_OK;
        }
        XB_TRY(atom(r, depth, &one, err));
        XB_TRY(quantifier(r, &q, &is_there, err));
        count_term(r, depth, one, &q, sum);
        if (is_there) put_quantifier(r, q);
        put(r, " ");
    }
    if (depth == 0) anything(r, sum);
    return XYBRID_OK;
}

static xybrid_status alternation(regex *r, int depth, span *out, xybrid_error *err) {
    XB_TRY(sequence(r, depth, out, err));
    while (peek(r, 0) == '|') {
        span one = { 0, 0 };
        r->p++, put(r, " | ");
        XB_TRY(sequence(r, depth, &one, err));
        if (depth == 0) r->alternatives++;
        if (one.lo < out->lo) out->lo = one.lo;
        out->hi = out->hi < 0 || one.hi < 0 ? -1 : one.hi > out->hi ? one.hi : out->hi;
    }
    return XYBRID_OK;
}

static xybrid_status pass(regex *r, const char *pattern, size_t size, int is_dry, span *out, xybrid_error *err) {
    r->p = pattern, r->end = pattern + size, r->is_dry = is_dry;
    r->terms = 0, r->fixed = 0;
    XB_TRY(alternation(r, 0, out, err));
    return r->p == r->end ? XYBRID_OK : refuse(r, "a ')' without its group", err);
}

/* ---- the whole ---- */

/* Bounds for the one term that varies; 0: that is not how the length is decided. */
static int move_bounds(regex *r, int64_t min, int64_t max) {
    if (r->alternatives || r->varying != 1 || !r->vary_is_single) return 0;
    r->moved = r->vary, r->has_moved = 1;
    if (r->moved.lo < min - r->fixed) r->moved.lo = min - r->fixed;
    if (max >= 0 && (r->moved.hi < 0 || r->moved.hi > max - r->fixed)) r->moved.hi = max - r->fixed;
    return r->moved.lo <= XB_MAX_GRAMMAR_REPEAT && r->moved.hi <= XB_MAX_GRAMMAR_REPEAT;
}

static xybrid_status write_with(regex *r, const char *pattern, size_t size, int64_t min, int64_t max, xybrid_error *err) {
    span length = { 0, 0 };
    XB_TRY(pass(r, pattern, size, 1, &length, err));
    if (max >= 0 && length.lo > max) return xb_schema_never(r->s, r->path, "its texts are longer than maxLength"), XYBRID_OK;
    if (length.hi >= 0 && length.hi < min)
        return xb_schema_never(r->s, r->path, "its texts are shorter than minLength"), XYBRID_OK;
    if ((length.lo < min || (max >= 0 && (length.hi < 0 || length.hi > max))) && !move_bounds(r, min, max))
        return refuse(r, "minLength or maxLength beside a pattern whose length more than one part decides", err);
    return pass(r, pattern, size, 0, &length, err);
}

xybrid_status xb_schema_write_pattern(xb_schema *s, const char *pattern, size_t size, int64_t min, int64_t max,
                                      const char *path, xybrid_error *err) {
    if (size > XB_MAX_SCHEMA_PATTERN)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, path,
                       "JSON Schema %s: an expression of %lld bytes, at most %d (XB_MAX_SCHEMA_PATTERN)", path, (long long)size,
                       XB_MAX_SCHEMA_PATTERN);
    regex *r = xb_arena_alloc(&s->arena, sizeof *r, err);
    if (!r) return err->code;
    r->s = s, r->path = path;
    while (size > 2 && *pattern == '(' && pattern[1] != '?') { /* (^a$|^b$): the ends lie within */
        size_t depth = 0, i = 0;
        for (; i < size && !memchr("[\\", pattern[i], 2); i++) {
            depth += pattern[i] == '(', depth -= pattern[i] == ')';
            if (!depth) break;
        }
        if (i + 1 != size) break;
        pattern++, size -= 2;
    }
    return write_with(r, pattern, size, min, max, err);
}

static xybrid_status accepts(xb_schema *s, const xb_str *gbnf, const char *name, int *out, xybrid_error *err) {
    xb_grammar       *g = NULL;
    xb_grammar_state *state = NULL;
    xb_str            text;
    xb_json_writer    w;
    xybrid_error      refused;
    xb_str_init(&text, s->mem, XB_MAX_SCHEMA_BYTES * 2), xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_put_string(&w, name);
    xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) st = xb_grammar_compile(s->mem, gbnf->data, gbnf->size, &g, err);
    if (st == XYBRID_OK) st = xb_grammar_state_open(s->mem, g, NULL, &state, err);
    if (st == XYBRID_OK) {
        *out = xb_grammar_accept_bytes(state, text.data + 1, text.size - 2, &refused) == XYBRID_OK;
        if (!*out && refused.code != XYBRID_INVALID_ARGUMENT) *err = refused, st = refused.code;
        *out = *out && xb_grammar_can_end(state);
    }
    xb_grammar_state_free(state), xb_grammar_free(g), xb_str_free(&text);
    return st;
}

xybrid_status xb_schema_matches(xb_schema *s, const char *pattern, size_t size, const char *name, const char *path, int *out,
                                xybrid_error *err) {
    const xb_str   held = s->out;
    const uint32_t basics = s->basics;
    xb_str_init(&s->out, s->mem, XB_MAX_GRAMMAR_BYTES);
    s->basics = 0;
    xb_str_add(&s->out, "root ::= ");
    xybrid_status st = xb_schema_write_pattern(s, pattern, size, 0, -1, path, err);
    xb_str_addc(&s->out, '\n');
    xb_schema_write_basics(s);
    if (st == XYBRID_OK) st = xb_str_status(&s->out, err);
    if (st == XYBRID_OK) st = accepts(s, &s->out, name, out, err);
    xb_str_free(&s->out);
    s->out = held, s->basics = basics;
    return st;
}
