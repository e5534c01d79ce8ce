/* engine/native/regex.c - see regex.h. */
#include "engine/native/regex.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

typedef enum state_kind { STATE_SET, STATE_SPLIT, STATE_START, STATE_END, STATE_EDGE, STATE_NO_EDGE, STATE_MATCH } state_kind;

typedef struct range {
    uint32_t low, high;
} range;

typedef struct state {
    state_kind kind;
    int32_t    out, other; /* SPLIT: both */
    int32_t    first_range, range_count, is_negated;
} state;

struct xb_regex {
    state   *states; /* [count] */
    int32_t  count, start;
    range   *ranges;
    int32_t *now, *next; /* [count] lists */
    int32_t *mark;       /* [count]: step in which a state was added */
    int32_t  now_count, next_count;
};

typedef struct parser {
    xb_arena     *arena;
    xb_regex     *r;
    const char   *begin, *at, *end;
    int32_t       range_count, depth;
    xybrid_error *err;
} parser;

enum { MAX_RANGES = 4096, MAX_DEPTH = 64, MAX_REPEAT = 1000, OPEN = -1 };

/* A piece of automaton: where it begins, and the list of its open ends, linked through them: 2 state + (0 out, 1 other). */
typedef struct piece {
    int32_t start, ends;
} piece;

static xybrid_status fail(parser *p, const char *what) {
    return xb_fail_at(p->err, XYBRID_INVALID_ARGUMENT, (int64_t)(p->at - p->begin), "RegexFullMatch", "pattern, at byte %d: %s",
                      (int)(p->at - p->begin), what);
}

static xybrid_status new_state(parser *p, state_kind kind, int32_t *out) {
    if (p->r->count >= XB_REGEX_STATES) return fail(p, "the pattern is too large");
    *out = p->r->count++;
    p->r->states[*out] = (state){ .kind = kind, .out = OPEN, .other = OPEN };
    return XYBRID_OK;
}

static int32_t *end_of(xb_regex *r, int32_t end) { return end & 1 ? &r->states[end / 2].other : &r->states[end / 2].out; }

/* Links encode the next open end as -(end + 2). */
static void patch(xb_regex *r, int32_t ends, int32_t to) {
    while (ends != OPEN) {
        int32_t *field = end_of(r, ends), next = *field == OPEN ? OPEN : -(*field + 2);
        *field = to;
        ends = next;
    }
}

static int32_t join(xb_regex *r, int32_t a, int32_t b) {
    if (a == OPEN) return b;
    int32_t at = a;
    for (;;) {
        int32_t *field = end_of(r, at);
        if (*field == OPEN) {
            if (b != OPEN) *field = -(b + 2);
            return a;
        }
        at = -(*field + 2);
    }
}

static xybrid_status add_range(parser *p, uint32_t low, uint32_t high) {
    if (p->range_count >= MAX_RANGES) return fail(p, "too many characters in sets");
    p->r->ranges[p->range_count++] = (range){ low, high };
    return XYBRID_OK;
}

static uint32_t take_char(parser *p) {
    uint32_t code = '?';
    int      length = xb_utf8_read(p->at, p->end, &code);
    p->at += length > 0 ? length : 1;
    return code;
}

/* \d, \w, \s and their complements as ranges; *is_class 0: a single character, in *code. */
static xybrid_status escape(parser *p, int *is_class, uint32_t *code) {
    static const struct {
        char  name;
        range ranges[8];
        int   count;
    } classes[] = {
        { 'd', { { '0', '9' } }, 1 },
        { 'w', { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } }, 4 },
        { 's', { { '\t', '\n' }, { '\f', '\r' }, { ' ', ' ' } }, 3 },
        { 'D', { { 0, '0' - 1 }, { '9' + 1, 0x10FFFF } }, 2 },
        { 'W', { { 0, '0' - 1 }, { '9' + 1, 'A' - 1 }, { 'Z' + 1, '_' - 1 }, { '_' + 1, 'a' - 1 }, { 'z' + 1, 0x10FFFF } }, 5 },
        { 'S', { { 0, '\t' - 1 }, { '\n' + 1, '\f' - 1 }, { '\r' + 1, ' ' - 1 }, { ' ' + 1, 0x10FFFF } }, 4 },
    };
    *is_class = 0;
    if (p->at >= p->end) return fail(p, "a backslash at the end");
    uint32_t c = take_char(p);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (c == (uint32_t)classes[i].name) {
            *is_class = 1;
            for (int k = 0; k < classes[i].count; k++) {
                xybrid_status st = add_range(p, classes[i].ranges[k].low, classes[i].ranges[k].high);
                if (st) return st;
            }
            return XYBRID_OK;
        }
    *code = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'f' ? '\f' : c == 'v' ? '\v' : c;
    if (c == 'x') {
        *code = 0;
        for (int i = 0; i < 2; i++, p->at++) {
            char d = p->at < p->end ? *p->at : 0;
            int  v = d >= '0' && d <= '9' ? d - '0' : (d | 32) >= 'a' && (d | 32) <= 'f' ? (d | 32) - 'a' + 10 : -1;
            if (v < 0) return fail(p, "wanted two hexadecimal digits");
            *code = *code * 16 + (uint32_t)v;
        }
        return XYBRID_OK;
    }
    if ((c >= 'a' && c <= 'z' && *code == c) || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
        return fail(p, "this escape is not supported");
    return XYBRID_OK;
}

static xybrid_status one_set(parser *p, int32_t first, int is_negated, piece *out) {
    int32_t       s;
    xybrid_status st = new_state(p, STATE_SET, &s);
    if (st) return st;
    p->r->states[s].first_range = first;
    p->r->states[s].range_count = p->range_count - first;
    p->r->states[s].is_negated = is_negated;
    *out = (piece){ s, 2 * s };
    return XYBRID_OK;
}

static xybrid_status bracket(parser *p, piece *out) {
    int32_t first = p->range_count;
    int     is_negated = p->at < p->end && *p->at == '^', is_class, is_first = 1;
    p->at += is_negated;
    while (p->at < p->end && (*p->at != ']' || is_first)) {
        uint32_t low, high;
        is_first = 0;
        low = take_char(p);
        is_class = 0;
        if (low == '\\') {
            xybrid_status st = escape(p, &is_class, &low);
            if (st) return st;
        } else if (low == '[' && p->at < p->end && *p->at == ':') {
            return fail(p, "named classes are not supported");
        }
        if (is_class) continue;
        high = low;
        if (p->end - p->at >= 2 && *p->at == '-' && p->at[1] != ']') {
            p->at++;
            high = take_char(p);
            if (high == '\\') {
                xybrid_status st = escape(p, &is_class, &high);
                if (st) return st;
            }
            if (is_class || high < low) return fail(p, "a range in the wrong order");
        }
        xybrid_status st = add_range(p, low, high);
        if (st) return st;
    }
    if (p->at >= p->end) return fail(p, "a [ without its ]");
    p->at++;
    return one_set(p, first, is_negated, out);
}

static xybrid_status alternation(parser *p, piece *out);

static xybrid_status atom(parser *p, piece *out) {
    int32_t       first = p->range_count, s;
    uint32_t      c = take_char(p);
    int           is_class = 0;
    xybrid_status st = XYBRID_OK;
    switch (c) {
    case '(':
        if (p->end - p->at >= 2 && p->at[0] == '?' && p->at[1] == ':') p->at += 2;
        else if (p->at < p->end && *p->at == '?') return fail(p, "of (?...) only (?:...) is supported");
        if (++p->depth > MAX_DEPTH) return fail(p, "too many groups inside each other");
        st = alternation(p, out);
        if (st) return st;
        if (p->at >= p->end || *p->at != ')') return fail(p, "a ( without its )");
        p->at++;
        p->depth--;
        return XYBRID_OK;
    case '[': return bracket(p, out);
    case '*':
    case '+':
    case '?': return fail(p, "nothing to repeat");
    case '^':
    case '$':
        st = new_state(p, c == '^' ? STATE_START : STATE_END, &s);
        if (!st) *out = (piece){ s, 2 * s };
        return st;
    case '.': st = add_range(p, '\n', '\n'); return st ? st : one_set(p, first, 1, out);
    case '\\':
        if (p->at < p->end && (*p->at | 32) == 'b') { /* at the edge of a word, or not */
            st = new_state(p, *p->at++ == 'b' ? STATE_EDGE : STATE_NO_EDGE, &s);
            if (!st) *out = (piece){ s, 2 * s };
            return st;
        }
        st = escape(p, &is_class, &c);
        if (st) return st;
        break;
    default: break;
    }
    if (!is_class) st = add_range(p, c, c);
    return st ? st : one_set(p, first, 0, out);
}

/* The piece, zero or more times (one or more, with `once`), or at most once. */
static xybrid_status repeat(parser *p, piece in, char how, piece *out) {
    int32_t       s;
    xybrid_status st = new_state(p, STATE_SPLIT, &s);
    if (st) return st;
    p->r->states[s].out = in.start;
    if (how == '?') {
        *out = (piece){ s, join(p->r, in.ends, 2 * s + 1) };
    } else {
        patch(p->r, in.ends, s);
        *out = (piece){ how == '+' ? in.start : s, 2 * s + 1 };
    }
    return XYBRID_OK;
}

static int number(parser *p) {
    int value = -1;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9' && value <= MAX_REPEAT)
        value = (value < 0 ? 0 : value * 10) + (*p->at++ - '0');
    return value;
}

/* {m,n}: the atom is read again for each time, which is the copy. */
static xybrid_status counted(parser *p, const char *atom_at, int32_t depth, piece first, piece *out) {
    const char *brace = p->at++;
    int         low = number(p), high = low;
    if (low >= 0 && p->at < p->end && *p->at == ',') {
        p->at++;
        high = number(p);
        if (high < 0) high = -2; /* no upper end */
    }
    if (low < 0 || p->at >= p->end || *p->at != '}' || low > MAX_REPEAT || high > MAX_REPEAT || (high >= 0 && high < low)) {
        p->at = brace;
        return fail(p, "wanted {m}, {m,} or {m,n} with numbers up to 1000");
    }
    const char *after = p->at + 1;
    piece       all = { OPEN, OPEN };
    int         times = high == -2 ? low + 1 : high;
    for (int i = 0; i < times; i++) {
        piece one = first;
        if (i) {
            p->at = atom_at;
            p->depth = depth;
            xybrid_status st = atom(p, &one);
            if (st) return st;
        }
        if (i >= low) {
            xybrid_status st = repeat(p, one, high == -2 ? '*' : '?', &one);
            if (st) return st;
        }
        if (i == 0) all = one;
        else {
            patch(p->r, all.ends, one.start);
            all.ends = one.ends;
        }
    }
    p->at = after;
    if (times == 0) { /* {0}: the empty piece */
        int32_t       s;
        xybrid_status st = new_state(p, STATE_SPLIT, &s);
        if (st) return st;
        p->r->states[s].other = s; /* a split to itself adds nothing */
        all = (piece){ s, 2 * s };
    }
    *out = all;
    return XYBRID_OK;
}

static xybrid_status repeated(parser *p, piece *out) {
    const char   *atom_at = p->at;
    int32_t       depth = p->depth;
    xybrid_status st = atom(p, out);
    if (st || p->at >= p->end) return st;
    char c = *p->at;
    if (c == '{') {
        st = counted(p, atom_at, depth, *out, out);
    } else if (c == '*' || c == '+' || c == '?') {
        p->at++;
        st = repeat(p, *out, c, out);
    } else {
        return XYBRID_OK;
    }
    if (!st && p->at < p->end && *p->at == '?') p->at++; /* lazy: the same texts match as a whole */
    return st;
}

static xybrid_status sequence(parser *p, piece *out) {
    int           is_first = 1;
    xybrid_status st = XYBRID_OK;
    while (!st && p->at < p->end && *p->at != '|' && *p->at != ')') {
        piece next;
        st = repeated(p, &next);
        if (st) return st;
        if (is_first) *out = next;
        else {
            patch(p->r, out->ends, next.start);
            out->ends = next.ends;
        }
        is_first = 0;
    }
    if (is_first) {
        int32_t s;
        st = new_state(p, STATE_SPLIT, &s);
        if (st) return st;
        p->r->states[s].other = s;
        *out = (piece){ s, 2 * s };
    }
    return st;
}

static xybrid_status alternation(parser *p, piece *out) {
    xybrid_status st = sequence(p, out);
    while (!st && p->at < p->end && *p->at == '|') {
        piece   next;
        int32_t s;
        p->at++;
        st = sequence(p, &next);
        if (!st) st = new_state(p, STATE_SPLIT, &s);
        if (st) return st;
        p->r->states[s].out = out->start;
        p->r->states[s].other = next.start;
        *out = (piece){ s, join(p->r, out->ends, next.ends) };
    }
    return st;
}

xybrid_status xb_regex_compile(xb_arena *arena, xb_slice pattern, xb_regex **out, xybrid_error *err) {
    xb_regex *r = xb_arena_alloc(arena, sizeof *r, err);
    parser    p = {
        .arena = arena, .r = r, .begin = pattern.data, .at = pattern.data, .end = pattern.data + pattern.size, .err = err
    };
    piece   whole;
    int32_t match;
    if (!r) return err->code;
    r->states = xb_arena_array(arena, XB_REGEX_STATES, sizeof *r->states, err);
    r->ranges = r->states ? xb_arena_array(arena, MAX_RANGES, sizeof *r->ranges, err) : NULL;
    if (!r->ranges) return err->code;
    XB_TRY(alternation(&p, &whole));
    if (p.at < p.end) return fail(&p, "a ) without its (");
    XB_TRY(new_state(&p, STATE_MATCH, &match));
    patch(r, whole.ends, match);
    r->start = whole.start;
    r->now = xb_arena_array(arena, (size_t)r->count, sizeof *r->now, err);
    r->next = r->now ? xb_arena_array(arena, (size_t)r->count, sizeof *r->next, err) : NULL;
    r->mark = r->next ? xb_arena_array(arena, 2 * (size_t)r->count, sizeof *r->mark, err) : NULL;
    if (!r->mark) return err->code;
    *out = r;
    return XYBRID_OK;
}

typedef struct place { /* between two characters */
    int is_start, is_end, is_edge;
} place;

static int is_word(uint32_t c) { return (c >= '0' && c <= '9') || c == '_' || ((c | 32) >= 'a' && (c | 32) <= 'z'); }

/* The place before `at`; `before` is the character in front of it, 0 for none. */
static place place_at(const char *at, const char *end, uint32_t before, int is_start) {
    uint32_t after = 0;
    if (at < end) (void)xb_utf8_read(at, end, &after);
    return (place){ is_start, at == end, is_word(before) != is_word(after) };
}

static int passes(const state *x, const place *where) {
    switch (x->kind) {
    case STATE_SPLIT: return 1;
    case STATE_START: return where->is_start;
    case STATE_END: return where->is_end;
    case STATE_EDGE: return where->is_edge;
    case STATE_NO_EDGE: return !where->is_edge;
    default: return 0;
    }
}

/* Adds a state and all that is reached without a character. `mark` [count] step, then [count] a stack. */
static void add_state(xb_regex *r, int32_t first, int32_t step, const place *where) {
    int32_t *stack = r->mark + r->count, depth = 0;
    stack[depth++] = first;
    while (depth) {
        int32_t s = stack[--depth];
        if (s < 0 || r->mark[s] == step) continue;
        r->mark[s] = step;
        const state *x = &r->states[s];
        if (!passes(x, where)) {
            r->next[r->next_count++] = s;
            continue;
        }
        if (x->kind == STATE_SPLIT && x->other >= 0 && r->mark[x->other] != step && depth < r->count - 1)
            stack[depth++] = x->other;
        if (depth < r->count) stack[depth++] = x->out;
    }
}

static int holds(const xb_regex *r, const state *s, uint32_t c) {
    int inside = 0;
    for (int32_t i = 0; i < s->range_count && !inside; i++)
        inside = c >= r->ranges[s->first_range + i].low && c <= r->ranges[s->first_range + i].high;
    return inside != s->is_negated;
}

int xb_regex_matches(xb_regex *r, xb_slice text) {
    const char *at = text.data, *end = text.data + text.size;
    int32_t     step = 1;
    memset(r->mark, 0, (size_t)r->count * sizeof *r->mark);
    r->next_count = 0;
    place where = place_at(at, end, 0, 1);
    add_state(r, r->start, step, &where);
    for (;;) {
        int32_t *swap = r->now;
        r->now = r->next;
        r->next = swap;
        r->now_count = r->next_count;
        r->next_count = 0;
        if (at >= end) break;
        uint32_t c = 0xFFFD;
        int      length = xb_utf8_read(at, end, &c);
        at += length > 0 ? length : 1;
        step++;
        where = place_at(at, end, c, 0);
        for (int32_t i = 0; i < r->now_count; i++) {
            const state *s = &r->states[r->now[i]];
            if (s->kind == STATE_SET && holds(r, s, c)) add_state(r, s->out, step, &where);
        }
    }
    for (int32_t i = 0; i < r->now_count; i++)
        if (r->states[r->now[i]].kind == STATE_MATCH) return 1;
    return 0;
}
