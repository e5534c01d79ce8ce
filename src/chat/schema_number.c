/* schema_number.c - numbers within bounds as digits. Bounds are exact in decimal: what stands in the schema, digit by digit. */
#include <string.h>

#include "base/checked.h"
#include "chat/schema_int.h"

enum { WHOLE_DIGITS = 15, FRACTION_DIGITS = 15 };
#define WHOLE_MAX INT64_C(999999999999999) /* a double holds each such number exactly */

/* A bound from 0 up: whole part, and the digits behind the point. */
typedef struct decimal {
    int64_t whole;                         /* at most WHOLE_MAX */
    char    fraction[FRACTION_DIGITS + 1]; /* padded with '0' */
    int     is_excluded;
} decimal;

/* ---- whole numbers ---- */

static void any_digits(xb_str *out, size_t min, size_t max) {
    if (max == 0) return;
    xb_str_addf(out, " [0-9]{%u,%u}", (unsigned)min, (unsigned)max);
}

static int all_are(const char *p, size_t n, char c) {
    while (n && *p == c) p++, n--;
    return n == 0;
}

/* Digits from lo to hi, n each. A side that is NULL is not held: 0s or 9s. */
static void between(xb_str *out, const char *lo, const char *hi, size_t n) {
    if (lo && all_are(lo, n, '0')) lo = NULL;
    if (hi && all_are(hi, n, '9')) hi = NULL;
    if (n == 0) return;
    if (!lo && !hi) {
        any_digits(out, n, n);
        return;
    }
    char a = lo ? *lo : '0', b = hi ? *hi : '9';
    if (a == b) {
        xb_str_addf(out, " \"%c\"", a);
        between(out, lo ? lo + 1 : NULL, hi ? hi + 1 : NULL, n - 1);
        return;
    }
    const char *part = " (";
    if (lo && !all_are(lo + 1, n - 1, '0')) {
        xb_str_addf(out, "%s\"%c\"", part, a++), part = " | ";
        between(out, lo + 1, NULL, n - 1);
    }
    const int holds_high = hi && !all_are(hi + 1, n - 1, '9');
    if (holds_high) b--;
    if (a <= b) {
        xb_str_addf(out, "%s[%c-%c]", part, a, b), part = " | ";
        any_digits(out, n - 1, n - 1);
    }
    if (holds_high) {
        xb_str_addf(out, "%s\"%c\"", part, b + 1);
        between(out, NULL, hi + 1, n - 1);
    }
    xb_str_addc(out, ')');
}

/* Whole numbers lo..hi from 0 up, as alternatives in parentheses: lengths one after the other, full ones together. */
static void whole_range(xb_str *out, int64_t lo, int64_t hi) {
    char        a[24], b[24];
    const char *part = "(";
    for (int64_t from = lo, top = 9; from <= hi; top = top * 10 + 9) {
        if (from > top) continue;
        const size_t digits = xb_format(a, sizeof a, "%lld", (long long)from);
        int64_t      to = top < hi ? top : hi;
        size_t       more = digits;
        xb_str_add(out, part), part = " |";
        if (from > 1 && from == (top / 10) + 1 && to == top) { /* 100..999: and all longer ones that are full */
            while (more < WHOLE_DIGITS && to * 10 + 9 <= hi) to = to * 10 + 9, top = to, more++;
            xb_str_add(out, " [1-9]"), any_digits(out, digits - 1, more - 1);
        } else {
            (void)xb_format(b, sizeof b, "%lld", (long long)to);
            between(out, a, b, digits);
        }
        from = to + 1;
    }
    xb_str_add(out, ")");
}

/* ---- fractions ---- */

/* Digits behind the point, where lo and hi (NULL: no longer) still bind; at most `left` of them. 0: nothing fits, nothing was
 * written. */
static int fraction(xb_str *out, const char *lo, int lo_out, const char *hi, int hi_out, size_t left, int may_end) {
    const size_t before = out->size;
    const char  *part = "";
    if (!lo && !hi) {
        if (left) xb_str_addf(out, "[0-9]{0,%u}", (unsigned)left);
        else xb_str_add(out, "\"\"");
        return 1;
    }
    const size_t n = left;
    may_end = may_end && (!lo || (all_are(lo, n, '0') && !lo_out)) && (!hi || !(all_are(hi, n, '0') && hi_out));
    xb_str_addc(out, '(');
    if (may_end) xb_str_add(out, "\"\""), part = " | ";
    char a = lo ? *lo : '0', b = hi ? *hi : '9';
    for (int edge = 0; edge < 3 && left && a <= b; edge++) { /* the digit of lo, those between, the digit of hi */
        const int    is_lo = lo && (edge == 0 || (edge == 2 && a == b)), is_hi = hi && (edge == 2 || (edge == 0 && a == b));
        const char   from = edge == 0   ? a
                            : edge == 2 ? b
                                        : (char)(lo ? a + 1 : a),
                     to = edge == 1 ? (char)(hi ? b - 1 : b) : from;
        const size_t mark = out->size;
        if (from > to || (edge == 0 && !lo) || (edge == 2 && (!hi || (lo && a == b)))) continue;
        xb_str_addf(out, from == to ? "%s\"%c\" " : "%s[%c-%c] ", part, from, to);
        if (fraction(out, is_lo ? lo + 1 : NULL, lo_out, is_hi ? hi + 1 : NULL, hi_out, left - 1, 1)) part = " | ";
        else if (!out->failed) out->size = mark;
    }
    xb_str_addc(out, ')');
    if (*part) return 1;
    if (!out->failed) out->size = before;
    return 0;
}

/* One whole part with the fractions that fit; 0: none. */
static int one_whole(xb_str *out, const char *part, int64_t whole, const decimal *lo, const decimal *hi, size_t digits) {
    const size_t before = out->size;
    const char  *a = lo ? lo->fraction : NULL, *b = hi ? hi->fraction : NULL;
    const int    a_out = lo && lo->is_excluded, b_out = hi && hi->is_excluded;
    const int    is_there = (!a || (all_are(a, digits, '0') && !a_out)) && (!b || !(all_are(b, digits, '0') && b_out));
    xb_str_addf(out, "%s\"%lld\"", part, (long long)whole);
    if (is_there) xb_str_addc(out, '(');
    const size_t mark = out->size;
    int          has_fraction = 0;
    if (digits) {
        xb_str_add(out, " \".\" ");
        has_fraction = fraction(out, a, a_out, b, b_out, digits, 0);
    }
    if (!out->failed && !has_fraction) out->size = is_there ? mark - 1 : before;
    else if (is_there) xb_str_add(out, ")?");
    return is_there || has_fraction;
}

/* Numbers lo..hi from 0 up; 0: there is none, and nothing was written. hi NULL: no end. */
static int number_range(xb_str *out, const char *part, decimal lo, const decimal *high, size_t digits) {
    decimal        cut = high ? *high : lo;
    const decimal *hi = high ? &cut : NULL;
    const size_t   before = out->size;
    const int64_t  top = hi ? hi->whole : WHOLE_MAX + 1;
    int            some = 0;
    if (hi && lo.whole > top) return 0;
    if (!all_are(lo.fraction + digits, FRACTION_DIGITS - digits, '0')) lo.is_excluded = 1; /* cut off, it is too small */
    if (!all_are(cut.fraction + digits, FRACTION_DIGITS - digits, '0')) cut.is_excluded = 0;
    xb_str_addf(out, "%s(", part), part = "";
    if (hi && lo.whole == top) some = one_whole(out, part, top, &lo, hi, digits);
    else {
        const int is_plain = all_are(lo.fraction, FRACTION_DIGITS, '0') && !lo.is_excluded;
        if (!is_plain && one_whole(out, part, lo.whole, &lo, NULL, digits)) some = 1, part = " | ";
        const int64_t from = lo.whole + !is_plain, to = top - 1;
        if (from <= to) {
            xb_str_add(out, part), some = 1, part = " | ";
            whole_range(out, from, to);
            if (digits) xb_str_addf(out, " (\".\" [0-9]{1,%u})?", (unsigned)digits);
        }
        if (hi && one_whole(out, part, top, NULL, hi, digits)) some = 1;
    }
    xb_str_addc(out, ')');
    if (!some && !out->failed) out->size = before;
    return some;
}

/* The absolute value of x, exactly as its shortest digits say. */
static decimal decimal_of(double x, int is_excluded) {
    decimal d = { 0, "", is_excluded };
    char    text[40], digits[40];
    size_t  n = 0;
    int     point = -1, power = 0, negative = 0;
    memset(d.fraction, '0', FRACTION_DIGITS);
    d.fraction[FRACTION_DIGITS] = '\0';
    if (x < 0) x = -x;
    if (x > (double)WHOLE_MAX) return d.whole = WHOLE_MAX + 1, d;
    (void)xb_json_format_double(text, x);
    for (const char *p = text; *p; p++) {
        if (*p == '.') point = (int)n;
        else if (*p == '-' && point != -2) negative = 1;
        else if (*p == 'e' || *p == 'E') {
            for (p++; *p; p++) {
                if (*p == '-') negative = 1;
                else if (*p != '+') power = power * 10 + (*p - '0');
            }
            break;
        } else digits[n++] = *p;
    }
    if (point < 0) point = (int)n;
    point += negative ? -power : power;
    for (int i = 0; i < point; i++) d.whole = d.whole * 10 + (i < (int)n ? digits[i] - '0' : 0);
    for (int i = 0; i < FRACTION_DIGITS; i++)
        if (point + i >= 0 && point + i < (int)n) d.fraction[i] = digits[point + i];
    return d;
}

/* ---- bounds ---- */

/* The whole numbers that fit; 0: none. */
static int whole_bounds(const xb_shape *h, int64_t *lo, int64_t *hi) {
    *lo = -WHOLE_MAX, *hi = WHOLE_MAX;
    if (h->low.is_there && h->low.value >= -(double)WHOLE_MAX) {
        if (h->low.value > (double)WHOLE_MAX) return 0;
        *lo = (int64_t)h->low.value; /* towards 0 */
        if ((double)*lo < h->low.value || (h->low.excludes && (double)*lo <= h->low.value)) ++*lo;
    }
    if (h->high.is_there && h->high.value <= (double)WHOLE_MAX) {
        if (h->high.value < -(double)WHOLE_MAX) return 0;
        *hi = (int64_t)h->high.value;
        if ((double)*hi > h->high.value || (h->high.excludes && (double)*hi >= h->high.value)) --*hi;
    }
    return *lo <= *hi;
}

static int write_whole(xb_schema *s, const xb_shape *h) {
    int64_t     lo = 0, hi = 0;
    const char *part = "";
    if (!whole_bounds(h, &lo, &hi)) return 0;
    if (lo == -WHOLE_MAX && hi == WHOLE_MAX) return xb_str_add(&s->out, xb_schema_basic(s, XB_B_INTEGER)), 1;
    if (lo < 0) {
        xb_str_add(&s->out, "\"-\" "), part = " | ";
        whole_range(&s->out, hi < 0 ? -hi : 1, -lo);
    }
    if (hi >= 0) {
        xb_str_add(&s->out, part);
        whole_range(&s->out, lo < 0 ? 0 : lo, hi);
    }
    return 1;
}

static int write_real(xb_schema *s, const xb_shape *h, size_t digits) {
    const xb_sbound low = h->low, high = h->high;
    const int       has_low = low.is_there && low.value >= -(double)WHOLE_MAX,
                    has_high = high.is_there && high.value <= (double)WHOLE_MAX;
    decimal         zero = decimal_of(0, 0);
    const decimal   a = decimal_of(has_low ? low.value : 0, has_low && low.excludes);
    const decimal   b = decimal_of(has_high ? high.value : 0, has_high && high.excludes);
    const char     *part = "";
    size_t          room = FRACTION_DIGITS;
    /* a double holds 15 digits: with more, a number beside a bound would be read as the bound */
    for (int64_t whole = xb_max64(a.whole, b.whole); whole && room > 1; whole /= 10) room--;
    if (digits > room) digits = room;
    if ((has_low && low.value > (double)WHOLE_MAX) || (has_high && high.value < -(double)WHOLE_MAX)) return 0;
    if (!has_low || low.value < 0) { /* below 0: what binds is turned round */
        const size_t mark = s->out.size;
        decimal      from = has_high && high.value < 0 ? b : zero;
        if (!(has_high && high.value < 0)) from.is_excluded = 1;
        if (number_range(&s->out, "\"-\" ", from, has_low ? &a : NULL, digits)) part = " | ";
        else if (!s->out.failed) s->out.size = mark;
    }
    if (!has_high || high.value > 0 || (high.value >= 0 && !high.excludes)) {
        if (number_range(&s->out, part, has_low && low.value >= 0 ? a : zero, has_high ? &b : NULL, digits)) part = " | ";
    }
    return *part != 0;
}

/* ---- multiples ---- */

/* Multiples of a small m: one after the other, or by the remainder of the digits read so far. */
static xybrid_status write_multiples(xb_schema *s, const xb_shape *h, int64_t m, xybrid_error *err) {
    int64_t     lo = 0, hi = 0;
    const char *part = "";
    if (!whole_bounds(h, &lo, &hi))
        return xb_schema_never(s, h->parts[0].path, "no number of 15 digits is within its bounds"), XYBRID_OK;
    if (lo > -WHOLE_MAX && hi < WHOLE_MAX && (hi - lo) / m < XB_MAX_SCHEMA_CHOICES) {
        for (int64_t i = lo / m - 1; i <= hi / m; i++)
            if (i * m >= lo && i * m <= hi) xb_str_addf(&s->out, "%s\"%lld\"", part, (long long)(i * m)), part = " | ";
        if (!*part) xb_schema_never(s, h->parts[0].path, "no multiple is within its bounds");
        return XYBRID_OK;
    }
    int64_t left = WHOLE_DIGITS, d = m;
    for (; d % 10 == 0; d /= 10) left--;
    if (d > 128 || left < 1 || (lo > -WHOLE_MAX && lo != 0 && lo != 1) || hi < WHOLE_MAX)
        return xb_schema_unsupported(h->parts[0].path,
                                     "multipleOf above 128, or within bounds that more than 1,024 multiples keep", err);
    /* rule (l, k): l digits may follow, the remainder of those before is k; a first digit is not 0, a multiple of 10 ends with 0 */
    const uint32_t base = s->names;
    s->names += (uint32_t)(left * d) + 1;
    xb_str_addf(&s->out, "%s%sn%u \"", lo == 1 ? "" : "\"0\" | ", lo < 0 ? "\"-\"? " : "",
                (unsigned)(base + (uint32_t)(left * d)));
    for (int64_t zeros = WHOLE_DIGITS - left; zeros > 0; zeros--) xb_str_addc(&s->out, '0');
    xb_str_addc(&s->out, '"');
    for (int64_t i = 0; i <= left * d; i++) {
        const int64_t l = i / d, k = i % d;
        xb_str_addf(&s->more, "n%u ::= ", (unsigned)(base + (uint32_t)i));
        part = "";
        if (k == 0 && l < left) xb_str_add(&s->more, "\"\""), part = " | ";
        for (int digit = l == left; digit < 10 && l > 0; digit++, part = " | ")
            xb_str_addf(&s->more, "%s\"%d\" n%u", part, digit,
                        (unsigned)(base + (uint32_t)((l - 1) * d + (k * 10 + digit) % d)));
        if (!*part) xb_str_add(&s->more, xb_schema_basic(s, XB_B_NEVER));
        xb_str_addc(&s->more, '\n');
    }
    return XYBRID_OK;
}

xybrid_status xb_schema_write_number(xb_schema *s, const xb_shape *h, xybrid_error *err) {
    int    is_whole = !(h->types & XB_T_FRACTION), is_done = 0;
    size_t digits = FRACTION_DIGITS;
    if (h->multiple > 0) {
        const int64_t m = h->multiple < 1e9 ? (int64_t)h->multiple : 0;
        const decimal d = decimal_of(h->multiple, 0);
        size_t        last = FRACTION_DIGITS;
        while (last && d.fraction[last - 1] == '0') last--;
        if (m > 0 && last == 0) {
            is_whole = 1;
            if (m > 1) return write_multiples(s, h, m, err);
        } else if (!is_whole && m == 0 && last && d.fraction[last - 1] == '1' && all_are(d.fraction, last - 1, '0'))
            digits = last;
        else if (!(is_whole && m == 0 && last && d.fraction[last - 1] == '1' && all_are(d.fraction, last - 1, '0')))
            return xb_schema_unsupported(h->parts[0].path, "multipleOf that is neither a whole number nor 0.1, 0.01, ...", err);
    }
    const int is_bound = h->low.is_there || h->high.is_there;
    if (is_whole) is_done = write_whole(s, h);
    else if (is_bound || digits < FRACTION_DIGITS) is_done = write_real(s, h, digits);
    else is_done = 1, xb_str_add(&s->out, xb_schema_basic(s, XB_B_NUMBER));
    if (!is_done) xb_schema_never(s, h->parts[0].path, "no number of 15 digits is within its bounds");
    return XYBRID_OK;
}
