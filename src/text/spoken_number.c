/* spoken_number.c - what begins with a digit, a sign or a currency: dates, times, telephone numbers, versions, fractions, ordinals,
 * ranges, years, money, units, and plain numbers. Readers are tried from the most special to the plainest. */
#include <string.h>

#include "text/spoken_int.h"

enum { LONGEST = 15 /* digits of a number that is said as one: up to 999 trillion */, RUN = 24 /* digits said one by one */ };

/* Texts one behind the other, each ended by a NUL: no pointers, so nothing to relocate when the library is loaded. */
static const char ONES[] =
    "zero\0one\0two\0three\0four\0five\0six\0seven\0eight\0nine\0ten\0eleven\0twelve\0thirteen\0fourteen\0fifteen\0"
    "sixteen\0seventeen\0eighteen\0nineteen";
static const char TENS[] = "\0\0twenty\0thirty\0forty\0fifty\0sixty\0seventy\0eighty\0ninety";
static const char SCALES[] = "\0thousand\0million\0billion\0trillion";
static const char MONTHS[] = "January\0February\0March\0April\0May\0June\0July\0August\0September\0October\0November\0December";

/* ---- number words ---- */

static void say(xb_spoken *s, const char *word) { xb_spoken_say(s, word, XB_SPOKEN_NUMBER); }

typedef enum form { PLAIN, ORDINAL, PLURAL /* nineties, halves */ } form;

/* The last word of an ordinal or plural takes the ending. */
static void say_last(xb_spoken *s, const char *word, form f) {
    static const char ODD[][2][8] = { { "one", "first" },    { "two", "second" }, { "three", "third" },   { "five", "fifth" },
                                      { "eight", "eighth" }, { "nine", "ninth" }, { "twelve", "twelfth" } };
    char              out[24];
    size_t            n = strlen(word);
    if (f == PLAIN) {
        say(s, word);
        return;
    }
    for (size_t i = 0; f == ORDINAL && i < sizeof ODD / sizeof ODD[0]; i++)
        if (strcmp(ODD[i][0], word) == 0) {
            say(s, ODD[i][1]);
            return;
        }
    memcpy(out, word, n);
    if (out[n - 1] == 'y') memcpy(out + n - 1, "ie", 2), n++;
    const char *ending = f == ORDINAL ? "th" : strcmp(word, "six") == 0 ? "es" : "s";
    memcpy(out + n, ending, strlen(ending) + 1);
    say(s, out);
}

static void say_hundreds(xb_spoken *s, int v, form f) { /* 1..999 */
    if (v >= 100) say(s, xb_spoken_nth(ONES, v / 100)), say_last(s, "hundred", v % 100 ? PLAIN : f);
    v %= 100;
    if (v >= 20) say_last(s, xb_spoken_nth(TENS, v / 10), v % 10 ? PLAIN : f), v %= 10;
    if (v > 0) say_last(s, xb_spoken_nth(ONES, v), f);
}

static void say_number(xb_spoken *s, uint64_t v, form f) {
    uint64_t unit = UINT64_C(1000000000000);
    if (v == 0) say_last(s, "zero", f);
    for (int scale = 4; scale >= 0; scale--, unit /= 1000) {
        const int part = (int)(v / unit % 1000), is_last = v % unit == 0;
        if (!part) continue;
        say_hundreds(s, part, scale || !is_last ? PLAIN : f);
        if (scale) say_last(s, xb_spoken_nth(SCALES, scale), is_last ? f : PLAIN);
    }
}

static uint64_t value_of(const char *digits, size_t count) {
    uint64_t v = 0;
    for (size_t i = 0; i < count; i++) v = v * 10 + (uint64_t)(digits[i] - '0');
    return v;
}

void xb_spoken_digits(xb_spoken *s, const char *digits, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (xb_is_digit(digits[i])) say(s, xb_spoken_nth(ONES, digits[i] - '0'));
}

void xb_spoken_cardinal(xb_spoken *s, const char *digits, size_t count) {
    if (count > LONGEST || (count > 1 && digits[0] == '0')) xb_spoken_digits(s, digits, count);
    else say_number(s, value_of(digits, count), PLAIN);
}

void xb_spoken_ordinal(xb_spoken *s, const char *digits, size_t count) {
    if (count <= LONGEST) say_number(s, value_of(digits, count), ORDINAL);
}

static void say_year(xb_spoken *s, int year, form f) {
    const int high = year / 100, low = year % 100;
    if (year < 1000 || year > 9999 || (high % 10 == 0 && low < 10)) say_number(s, (uint64_t)year, f);
    else {
        say_hundreds(s, high, PLAIN);
        if (low == 0) say_last(s, "hundred", f);
        else {
            if (low < 10) say(s, "oh");
            say_hundreds(s, low, f);
        }
    }
}

/* ---- parts ---- */

static size_t digits_at(const char *p) {
    size_t n = 0;
    while (n < XB_WINDOW_AHEAD / 2 && xb_is_digit(p[n])) n++;
    return n;
}
static int two(const char *p) { return (p[0] - '0') * 10 + p[1] - '0'; }

/* A whole number, with or without separators, and decimals. */
typedef struct number {
    char        digits[RUN + 1]; /* the whole part, at most RUN of them */
    size_t      count;
    const char *decimals;
    size_t      decimal_count;
    int         is_grouped;
} number;

static const char *read_number(const char *p, number *n) {
    memset(n, 0, sizeof *n);
    size_t      run = digits_at(p);
    const char *q = p + (run < RUN ? run : RUN);
    memcpy(n->digits, p, (size_t)(q - p)), n->count = (size_t)(q - p);
    while (run <= 3 && run > 0 && *q == ',' && digits_at(q + 1) == 3 && n->count + 3 <= RUN && p[0] != '0')
        memcpy(n->digits + n->count, q + 1, 3), n->count += 3, q += 4, n->is_grouped = 1;
    if (*q == '.' && xb_is_digit(q[1]) && run < RUN) {
        n->decimals = q + 1, n->decimal_count = digits_at(q + 1);
        if (n->decimal_count > RUN) n->decimal_count = RUN;
        q += 1 + n->decimal_count;
    }
    return q;
}

static void say_decimals(xb_spoken *s, const number *n, int is_version) {
    xb_spoken_say(s, "point", XB_SPOKEN_NUMBER | XB_SPOKEN_WEAK);
    if (is_version && n->decimal_count == 2) xb_spoken_cardinal(s, n->decimals, 2); /* version 3.11 */
    else xb_spoken_digits(s, n->decimals, n->decimal_count);
}
static void say_whole(xb_spoken *s, const number *n) {
    const int is_version = strcmp(s->written->last, "version") == 0;
    if (n->count) xb_spoken_cardinal(s, n->digits, n->count);
    if (n->decimal_count) say_decimals(s, n, is_version);
}
static int is_one(const number *n) { return n->count == 1 && n->digits[0] == '1' && !n->decimal_count; }

/* Ends a token here: no letter or digit goes on. */
static int ends(const char *p) { return !xb_is_alnum(*p); }

static int is_word(const char *p, const char *word) {
    const size_t n = strlen(word);
    return strncmp(p, word, n) == 0 && !xb_is_letter(p[n]);
}

/* ---- dates and times ---- */

static int is_date(int month, int day) { return month >= 1 && month <= 12 && day >= 1 && day <= 31; }

static void say_date(xb_spoken *s, int year, int month, int day) {
    if (s->is_british) {
        say(s, "the"), say_number(s, (uint64_t)day, ORDINAL), say(s, "of"),
            xb_spoken_say(s, xb_spoken_nth(MONTHS, month - 1), 0);
    } else xb_spoken_say(s, xb_spoken_nth(MONTHS, month - 1), 0), say_number(s, (uint64_t)day, ORDINAL);
    if (year >= 0) xb_spoken_mark(s, ","), say_year(s, year, PLAIN);
}

static const char *date(xb_spoken *s, const char *p) {
    const size_t a = digits_at(p);
    const char   part = p[a];
    if ((part != '-' && part != '/' && part != '.') || a == 0 || a == 3 || a > 4) return NULL;
    const char  *q = p + a + 1;
    const size_t b = digits_at(q);
    if (b == 0 || b > 2 || q[b] != part) return NULL;
    const char  *r = q + b + 1;
    const size_t c = digits_at(r);
    int          first = (int)value_of(p, a), second = (int)value_of(q, b), third = (int)value_of(r, c < 5 ? c : 0);
    if (a == 4) {
        if (c == 0 || c > 2 || !is_date(second, third) || part == '.') return NULL;
        r += c;
        if (!ends(r) && !(*r == 'T' && xb_is_digit(r[1]))) return NULL;
        say_date(s, first, second, third);
        return r + (*r == 'T');
    }
    if ((c != 4 && (c != 2 || part == '.')) || !ends(r + c)) return NULL;
    int month = first, day = second;
    if (s->is_british || part == '.' || first > 12) month = second, day = first;
    if (!is_date(month, day)) month = first, day = second;
    if (!is_date(month, day)) return NULL;
    if (c == 2) third += third < 50 ? 2000 : 1900;
    say_date(s, third, month, day);
    return r + 4 - (c == 2 ? 2 : 0);
}

const char *xb_spoken_clock_end(xb_spoken *s, const char *p) {
    const char *q = p + (*p == ' ');
    const char  half = (char)(*q | 0x20);
    if (half != 'a' && half != 'p') return p;
    const char *r = q + 1 + (q[1] == '.');
    if ((*r | 0x20) != 'm' || xb_is_alnum(r[1])) return p;
    xb_spoken_say(s, half == 'a' ? "AM" : "PM", XB_SPOKEN_LETTERS);
    r++;
    if (*r == '.' && q[1] == '.') { /* the dot of "p.m." may end the sentence, too */
        const char *next = r + 1 + strspn(r + 1, " \n");
        if (*next && !xb_is_upper(*next)) return r + 1;
    }
    return r;
}

static const char *clock_time(xb_spoken *s, const char *p) {
    const size_t a = digits_at(p), b = p[a] == ':' ? digits_at(p + a + 1) : 0;
    if (a == 0 || a > 2 || b == 0) return NULL;
    const char *q = p + a + 1;
    const int   hour = (int)value_of(p, a), minute = b == 2 ? two(q) : 60;
    if (b != 2 || hour > 24 || minute > 59) { /* 16:9, 3:1 */
        if (b > 4 || q[b] == ':') return NULL;
        xb_spoken_cardinal(s, p, a), say(s, "to"), xb_spoken_cardinal(s, q, b);
        return q + b;
    }
    const char *r = q + 2;
    const int   seconds = *r == ':' && digits_at(r + 1) == 2 ? two(r + 1) : -1;
    if (seconds >= 0) r += 3;
    if (*r == '.' && seconds >= 0 && xb_is_digit(r[1])) r += 1 + digits_at(r + 1);
    const char *after = r + (*r == ' ');
    const int   halves = ((*after | 0x20) == 'a' || (*after | 0x20) == 'p') && ((after[1] | 0x20) == 'm' || after[1] == '.');
    xb_spoken_cardinal(s, p[0] == '0' && a == 2 ? p + 1 : p, p[0] == '0' && a == 2 ? 1 : a);
    if (minute == 0 && seconds < 0 && !halves) xb_spoken_say(s, hour > 12 || hour == 0 ? "hundred" : "o'clock", 0);
    else if (minute > 0 && minute < 10) say(s, "oh"), say_number(s, (uint64_t)minute, PLAIN);
    else if (minute > 0) say_number(s, (uint64_t)minute, PLAIN);
    if (seconds > 0) {
        say(s, "and"), say_number(s, (uint64_t)seconds, PLAIN), xb_spoken_say(s, seconds == 1 ? "second" : "seconds", 0);
    }
    if (*r == 'Z') r++;
    return xb_spoken_clock_end(s, r);
}

/* ---- telephone numbers, versions ---- */

static const char *telephone(xb_spoken *s, const char *p) {
    int         groups = 0, digits = 0;
    size_t      sizes[8] = { 0 };
    const char *q = p, *end = p;
    const int   plus = *p == '+';
    q += plus;
    while (groups < 7) {
        const int opens = *q == '(';
        q += opens;
        const size_t n = digits_at(q);
        if (n == 0 || n > 5 + (size_t)plus * 6) break;
        q += n, digits += (int)n, sizes[groups++] = n;
        if (opens && *q != ')') return NULL;
        q += opens, end = q;
        if (opens && *q == ' ') q++;
        else if (*q == '-' || *q == '.' || (*q == ' ' && (plus || opens))) q++;
        else if (!opens) break;
    }
    const int american = (groups == 3 && sizes[0] == 3 && sizes[1] == 3 && sizes[2] == 4) ||
                         (groups == 4 && sizes[0] == 1 && sizes[1] == 3 && sizes[2] == 3 && sizes[3] == 4) ||
                         (groups == 2 && sizes[0] == 3 && sizes[1] == 4 && p[3] == '-');
    if (!ends(end) || !(american || (plus && digits >= 7 && digits <= 15))) return NULL;
    if (plus) say(s, "plus");
    for (q = p + plus; q < end;) {
        const size_t n = digits_at(q);
        if (n) xb_spoken_digits(s, q, n), q += n;
        if (q < end) {
            while (q < end && !xb_is_digit(*q)) q++;
            if (q < end) xb_spoken_mark(s, ",");
        }
    }
    return end;
}

/* 1.2.3, v1.10.0, 192.168.0.1 */
static const char *version(xb_spoken *s, const char *p) {
    int         dots = 0;
    const char *q = p;
    for (;;) {
        const size_t n = digits_at(q);
        if (n == 0 || n > 6) return NULL;
        q += n;
        if (*q != '.' || !xb_is_digit(q[1]) || dots == 7) break;
        q++, dots++;
    }
    if (dots < 2) return NULL;
    for (q = p;; q++) {
        const size_t n = digits_at(q);
        xb_spoken_cardinal(s, q, n), q += n;
        if (dots-- == 0) return q;
        xb_spoken_say(s, "point", XB_SPOKEN_NUMBER | XB_SPOKEN_WEAK);
    }
}

/* ---- fractions, ordinals, decades ---- */

static void say_fraction(xb_spoken *s, int above, int below, int is_mixed) {
    if (is_mixed && above == 1) xb_spoken_say(s, "a", 0);
    else say_number(s, (uint64_t)above, PLAIN);
    if (below == 2) say(s, above == 1 ? "half" : "halves");
    else if (below == 4) say(s, above == 1 ? "quarter" : "quarters");
    else if (above == 1) say_number(s, (uint64_t)below, ORDINAL);
    else { /* three tenths: the ordinal's last word takes an s */ say_number(s, (uint64_t)below, ORDINAL);
        if (s->count) {
            xb_str_addc(&s->text, 's');
            s->words[s->count - 1].size++;
        }
    }
}

static const char *fraction_at(const char *p, int *above, int *below) {
    if (*p == XB_W_FRACTION) return (void)(*above = p[1] - '0'), (void)(*below = p[2] - '0'), p + 3;
    const size_t a = digits_at(p), b = a && a <= 3 && p[a] == '/' ? digits_at(p + a + 1) : 0;
    if (b == 0 || b > 3 || !ends(p + a + 1 + b) || p[a + 1 + b] == '/' || p[0] == '0' || p[a + 1] == '0') return NULL;
    *above = (int)value_of(p, a), *below = (int)value_of(p + a + 1, b);
    return p + a + 1 + b;
}

static const char *fraction(xb_spoken *s, const char *p) {
    int         above, below;
    const char *end = fraction_at(p, &above, &below);
    if (!end) return NULL;
    const int is_saying = (above == 24 && below == 7) || (above == 9 && below == 11) || above == below ||
                          (above == 20 && below == 20);
    if (is_saying) say_number(s, (uint64_t)above, PLAIN), say_number(s, (uint64_t)below, PLAIN);
    else if (below == 1 || below > 100)
        say_number(s, (uint64_t)above, PLAIN), say(s, "over"), say_number(s, (uint64_t)below, PLAIN);
    else say_fraction(s, above, below, 0);
    return end;
}

/* Behind a whole number: "1 1/2", "1½". */
static const char *mixed(xb_spoken *s, const char *p) {
    int         above, below;
    const char *q = p + (*p == ' '), *end;
    if (*p != ' ' && *p != XB_W_FRACTION) return NULL;
    end = fraction_at(q, &above, &below);
    if (!end || below < 2 || below > 16 || above >= below) return NULL;
    say(s, "and"), say_fraction(s, above, below, 1);
    return end;
}

static const char *ordinal(xb_spoken *s, const char *p, const number *n) {
    static const char ENDINGS[][3] = { "st", "nd", "rd", "th" };
    for (int i = 0; i < 4; i++)
        if ((p[0] | 0x20) == ENDINGS[i][0] && (p[1] | 0x20) == ENDINGS[i][1] && !xb_is_alnum(p[2]) && !n->decimal_count) {
            xb_spoken_ordinal(s, n->digits, n->count);
            return p + 2;
        }
    return NULL;
}

static const char *decade(xb_spoken *s, const char *p, const number *n) {
    const char *end = p + (*p == '\'');
    if (*end != 's' || xb_is_alnum(end[1]) || n->decimal_count || n->is_grouped || n->count > 4) return NULL;
    const int v = (int)value_of(n->digits, n->count);
    if (n->count == 4) say_year(s, v, PLURAL);
    else say_number(s, (uint64_t)v, PLURAL);
    return end + 1;
}

/* ---- years ---- */

#define MONTHS_LIST " january february march april may june july august september october november december "

static int among(const char *word, const char *list) { /* " in of " */
    const size_t n = strlen(word);
    for (const char *at = list; n && (at = strstr(at, word)) != NULL; at++)
        if (at > list && at[-1] == ' ' && at[n] == ' ') return 1;
    return 0;
}

/* Is a number of four digits, without separators, said as a year? */
static int is_year(const xb_spoken *s, const number *n, const char *after) {
    if (n->count != 4 || n->is_grouped || n->decimal_count || n->digits[0] == '0') return 0;
    const int   year = (int)value_of(n->digits, 4);
    const char *last = s->written->last, *next = after + (*after == ' ');
    char        word[16] = { 0 };
    if (among(last, " number page room flight line model port ")) return 0;
    if (is_word(next, "AD") || is_word(next, "BC") || is_word(next, "CE") || is_word(next, "BCE")) return 1;
    if (among(last,
              " in since until till by year from of before after around circa during early mid late spring summer autumn fall "
              "winter ") ||
        among(last, MONTHS_LIST))
        return year >= 1000 && year < 2200;
    for (int i = 0; i < 15 && xb_is_lower(next[i]); i++) word[i] = next[i], word[i + 1] = 0;
    const size_t size = strlen(word);
    if (size > 2 && next > after &&
        ((word[size - 1] == 's' && !among(word, " was is has his its this thus ")) ||
         among(word, " people men women children ")))
        return 0;
    return year >= 1100 && year < 2100;
}

/* ---- units ---- */

/* Sign, a space, the name with + where the plural's s goes, or one=many. "!": only directly behind a number, for alone it is a
 * word or a letter. */
static const char UNITS[] =
    "km kilometer+\0cm centimeter+\0mm millimeter+\0m meter+\0mi mile+\0ft foot=feet\0!in inch=inches\0yd yard+\0"
    "kg kilogram+\0mg milligram+\0g gram+\0lb pound+\0lbs pound+\0oz ounce+\0L liter+\0l liter+\0ml milliliter+\0"
    "mL milliliter+\0gal gallon+\0mph mile+ per hour\0kph kilometer+ per hour\0kmh kilometer+ per hour\0"
    "fps frame+ per second\0rpm revolution+ per minute\0dpi dot+ per inch\0Hz hertz\0kHz kilohertz\0MHz megahertz\0"
    "GHz gigahertz\0!B billion\0KB kilobyte+\0kB kilobyte+\0MB megabyte+\0GB gigabyte+\0TB terabyte+\0PB petabyte+\0"
    "KiB kibibyte+\0MiB mebibyte+\0GiB gibibyte+\0kbps kilobit+ per second\0Mbps megabit+ per second\0"
    "Gbps gigabit+ per second\0ms millisecond+\0ns nanosecond+\0s second+\0sec second+\0min minute+\0h hour+\0hr hour+\0"
    "hrs hour+\0W watt+\0kW kilowatt+\0MW megawatt+\0kWh kilowatt hour+\0V volt+\0mV millivolt+\0kV kilovolt+\0!A amp+\0"
    "mA milliamp+\0mAh milliamp hour+\0Pa pascal+\0kPa kilopascal+\0psi pound+ per square inch\0J joule+\0"
    "kJ kilojoule+\0cal calorie+\0kcal kilocalorie+\0!N newton+\0dB decibel+\0px pixel+\0pt point+\0ha hectare+\0"
    "sq square\0!k thousand\0!M million\0bn billion\0mn million\0tn trillion\0!x times\0USD US dollar+\0EUR euro+\0"
    "GBP British pound+\0JPY yen\0CHF Swiss franc+\0";

/* The name of the unit at p, and where the sign ends; NULL. */
static const char *unit_at(const char *p, int is_attached, const char **end) {
    size_t n = 0;
    while (n < 6 && xb_is_letter(p[n])) n++;
    for (const char *u = UNITS; *u && n > 0; u += strlen(u) + 1) {
        const size_t bound = *u == '!';
        if (strncmp(u + bound, p, n) == 0 && u[bound + n] == ' ' && (is_attached || !bound))
            return (void)(*end = p + n), u + bound + n + 1;
    }
    return NULL;
}

static void say_unit(xb_spoken *s, const char *name, int is_one_of_it) {
    char        out[64];
    size_t      n = 0;
    const char *many = strchr(name, '=');
    if (many && !is_one_of_it) name = many + 1;
    for (; *name && *name != '=' && n < sizeof out - 1; name++) {
        if (*name != '+') out[n++] = *name;
        else if (!is_one_of_it) out[n++] = 's';
    }
    out[n] = 0;
    xb_spoken_say(s, out, 0);
}

/* m², m2, m^2 */
static const char *power(xb_spoken *s, const char *p) {
    const char *q = p + (*p == XB_W_POWER || *p == '^');
    if ((*q != '2' && *q != '3') || xb_is_alnum(q[1])) return p;
    xb_spoken_say(s, *q == '2' ? "square" : "cubic", 0);
    return q + 1;
}

/* "/h", "/month", behind a unit or an amount. */
static const char *per(xb_spoken *s, const char *p) {
    const char *end;
    if (*p != '/' || !xb_is_letter(p[1])) return p;
    const char *unit = unit_at(p + 1, 1, &end);
    xb_spoken_say(s, "per", 0);
    if (!unit) return p + 1;
    say_unit(s, unit, 1);
    const char *q = end + (*end == XB_W_POWER || *end == '^'); /* m/s²: per second squared */
    if ((*q != '2' && *q != '3') || xb_is_alnum(q[1])) return end;
    return xb_spoken_say(s, *q == '2' ? "squared" : "cubed", 0), q + 1;
}

static const char *unit_behind(xb_spoken *s, const char *p, int one) {
    const int   spaced = *p == ' ' || (*p == '-' && xb_is_letter(p[1]));
    const char *q = p + spaced, *end;
    if (*q == '%') return xb_spoken_say(s, "percent", 0), q + 1;
    if (*q == XB_W_DEGREE) {
        q++;
        xb_spoken_say(s, one ? "degree" : "degrees", 0);
        const char *letter = q + (*q == ' ');
        if ((*letter == 'C' || *letter == 'F') && !xb_is_alnum(letter[1]))
            return xb_spoken_say(s, *letter == 'C' ? "Celsius" : "Fahrenheit", 0), letter + 1;
        return q;
    }
    if (*q == XB_W_CURRENCY || (*q == '$' && !spaced)) {
        if (*q == XB_W_CURRENCY && q[1] == 'c') return xb_spoken_say(s, one ? "cent" : "cents", 0), q + 2;
        const int kind = *q == '$' ? 0 : q[1] - '0';
        if (xb_is_digit(q[2 - (*q == '$')])) return p;
        return xb_spoken_say(s, xb_spoken_currency(kind, one ? XB_MONEY_ONE : XB_MONEY_MANY), 0), q + 2 - (*q == '$');
    }
    if (*q == XB_W_MICRO) {
        const char *micro = unit_at(q + 1, 1, &end);
        if (!micro) return p;
        xb_spoken_say(s, "micro", 0);
        return say_unit(s, micro, one), end;
    }
    const char *unit = unit_at(q, !spaced, &end);
    if (!unit || (*end == '\'' && xb_is_letter(end[1])) || (*p == '-' && !unit_at(q, 0, &end)))
        return *p == '/' ? per(s, p) : p;
    const size_t letters = (size_t)(end - q);
    end = power(s, end);
    say_unit(s, unit, one || *p == '-');
    if (*end == '.' && end[1] == ' ' && xb_is_lower(end[2]) && letters > 1) end++; /* 6 ft. tall */
    return per(s, end);
}

/* ---- money ---- */

static const char *scale_at(const char *p, const char **word) {
    static const char *const NAMES[] = { "thousand", "million", "billion", "trillion" };
    static const struct {
        char sign[3];
        int  name;
    } SIGNS[] = { { "k", 0 }, { "K", 0 },  { "m", 1 },  { "M", 1 }, { "mn", 1 }, { "MM", 1 }, { "b", 2 },
                  { "B", 2 }, { "bn", 2 }, { "Bn", 2 }, { "T", 3 }, { "tn", 3 }, { "t", 3 } };
    for (int i = 0; i < 4; i++)
        if ((*p == ' ' || *p == '-') && is_word(p + 1, NAMES[i])) return (void)(*word = NAMES[i]), p + 1 + strlen(NAMES[i]);
    for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
        if (strncmp(p, SIGNS[i].sign, strlen(SIGNS[i].sign)) == 0 && !xb_is_alnum(p[strlen(SIGNS[i].sign)]))
            return (void)(*word = NAMES[SIGNS[i].name]), p + strlen(SIGNS[i].sign);
    return NULL;
}

static void say_amount(xb_spoken *s, const number *n, int kind) {
    const int is_zero = n->count == 0 || (n->count == 1 && n->digits[0] == '0');
    if (n->decimal_count != 2 || !*xb_spoken_currency(kind, XB_MONEY_CENT)) {
        say_whole(s, n), xb_spoken_say(s, xb_spoken_currency(kind, is_one(n) ? XB_MONEY_ONE : XB_MONEY_MANY), 0);
        return;
    }
    const int cents = two(n->decimals);
    if (!is_zero || !cents) {
        xb_spoken_cardinal(s, n->digits, n->count);
        xb_spoken_say(s, xb_spoken_currency(kind, n->count == 1 && n->digits[0] == '1' ? XB_MONEY_ONE : XB_MONEY_MANY), 0);
        if (cents) say(s, "and");
    }
    if (cents)
        say_number(s, (uint64_t)cents, PLAIN),
            xb_spoken_say(s, xb_spoken_currency(kind, cents == 1 ? XB_MONEY_CENT : XB_MONEY_CENTS), 0);
}

static int currency_at(const char *p, const char **end) {
    if (*p == '$') return (void)(*end = p + 1), 0;
    if (*p != XB_W_CURRENCY || p[1] == 'c') return -1;
    *end = p + 2;
    return p[1] - '0';
}

static const char *money(xb_spoken *s, const char *p) {
    const char *q, *r, *scale = NULL;
    number      n, m;
    const int   kind = currency_at(p, &q);
    if (kind < 0 || kind >= XB_CURRENCIES) return NULL;
    q += *q == ' ' && xb_is_digit(q[1]);
    if (*q == '-' && xb_is_digit(q[1])) say(s, "minus"), q++;
    if (!xb_is_digit(*q) && !(*q == '.' && xb_is_digit(q[1]))) return NULL;
    q = read_number(q, &n);
    r = q + (*q == '-' || *q == XB_W_EN_DASH);
    if (r > q) { /* $5-10, $5-$10 */
        const char *digits = r;
        if (currency_at(r, &digits) >= 0 && !xb_is_digit(*digits)) digits = r;
        if (xb_is_digit(*digits)) say_whole(s, &n), say(s, "to"), q = read_number(digits, &m), n = m;
    }
    r = scale_at(q, &scale);
    if (!r) return say_amount(s, &n, kind), per(s, q);
    say_whole(s, &n), say(s, scale), xb_spoken_say(s, xb_spoken_currency(kind, XB_MONEY_MANY), 0);
    return per(s, r);
}

/* ---- numbers ---- */

static void say_plain(xb_spoken *s, const number *n, const char *after) {
    if (is_year(s, n, after)) say_year(s, (int)value_of(n->digits, 4), PLAIN);
    else say_whole(s, n);
}

/* 3-5, 1939-45, 1920x1080, 1-2-3: says *n and puts the next number in its place; p if none follows. */
static const char *range(xb_spoken *s, const char *p, number *n, int *in_row) {
    const int   by = (*p == 'x' || *p == XB_W_TIMES) && xb_is_digit(p[1]);
    const int   spaced = *p == ' ' && (p[1] == XB_W_EN_DASH || p[1] == XB_W_TIMES || (p[1] == 'x' && p[2] == ' '));
    const char *q = p + 1 + spaced + (spaced && p[2] == ' ');
    number      second;
    if ((!by && *p != '-' && *p != XB_W_EN_DASH && !spaced) || !xb_is_digit(*q)) return p;
    const char *end = read_number(q, &second);
    const int   times = by || (spaced && p[1] != XB_W_EN_DASH);
    *in_row |= *end == '-' && xb_is_digit(end[1]);
    if (!times && n->count == 4 && !n->decimal_count && (is_year(s, n, end) || is_year(s, &second, end)))
        say_year(s, (int)value_of(n->digits, 4), PLAIN);
    else say_whole(s, n);
    if (!*in_row) say(s, times ? "by" : "to");
    *n = second, n->is_grouped |= times; /* no year */
    return end;
}

/* The day behind a month's name. */
static int is_day(const xb_spoken *s, const number *n, const char *after) {
    return n->count <= 2 && n->count && !n->decimal_count && value_of(n->digits, n->count) - 1 < 31 &&
           s->written->last_is_capital && *after != ':' && *after != '-' && *after != '%' && !xb_is_alnum(*after) &&
           among(s->written->last, MONTHS_LIST);
}

static const char *plain(xb_spoken *s, const char *p) {
    number      n;
    const char *q = read_number(p, &n), *end;
    if ((end = ordinal(s, q, &n)) != NULL || (end = decade(s, q, &n)) != NULL) return end;
    const size_t before = s->count;
    if (xb_is_letter(s->written->before)) return say_whole(s, &n), q; /* B2B, MP3 */
    if (is_day(s, &n, q)) return xb_spoken_ordinal(s, n.digits, n.count), q;
    int in_row = 0;
    for (int i = 0; i < 4 && (end = range(s, q, &n, &in_row)) != q; i++) q = end;
    const char *word = NULL, *scale = n.is_grouped ? NULL : scale_at(q, &word);
    if (*q == 'K' && scale && n.count < 3 && before == s->count) scale = NULL; /* 4K, 10K */
    if (*q == 'm' || *q == 'b' || *q == 't' || *q == 'T') scale = NULL;        /* meters, tons */
    if ((n.count == 4 && before == s->count) && !scale) {
        const char *unit = q + (*q == ' '), *unit_end;
        if (*unit == '%' || *unit == XB_W_DEGREE || *unit == XB_W_CURRENCY || unit_at(unit, *q != ' ', &unit_end))
            say_whole(s, &n);
        else say_plain(s, &n, q);
    } else if (before != s->count && is_year(s, &n, q)) say_year(s, (int)value_of(n.digits, 4), PLAIN);
    else say_whole(s, &n);
    if (scale) {
        say(s, word);
        return unit_behind(s, scale, 0);
    }
    if (!n.decimal_count && (end = mixed(s, q)) != NULL) return unit_behind(s, end, 0);
    if ((end = xb_spoken_clock_end(s, q)) > q) return end;
    return unit_behind(s, q, is_one(&n) && before + 1 == s->count);
}

const char *xb_spoken_number(xb_spoken *s, const char *p) {
    const char *end;
    if ((end = money(s, p)) != NULL) return end;
    if ((*p == '+' || *p == '(') && (end = telephone(s, p)) != NULL) return end;
    if (*p == '(' || *p == '$' || *p == XB_W_CURRENCY) return NULL;
    if (*p == '\'') { /* '90s */
        number n;
        if (digits_at(p + 1) != 2 || p[3] != 's') return NULL;
        return decade(s, read_number(p + 1, &n), &n);
    }
    if (*p == XB_W_NAMED && p[1] != XB_W_NAMED_PLUS_MINUS) return NULL;
    if (*p == XB_W_NAMED || *p == '-' || *p == '+') {
        const char *digits = p + 1 + (*p == XB_W_NAMED), *currency;
        if (!xb_is_digit(*digits) && !(*digits == '.' && xb_is_digit(digits[1])) && currency_at(digits, &currency) < 0)
            return NULL;
        const size_t before = s->count;
        say(s, *p == '-' ? "minus" : *p == '+' ? "plus" : "plus or minus");
        end = xb_is_digit(*digits) ? plain(s, digits) : *digits == '.' ? NULL : money(s, digits);
        if (!end && *digits == '.') end = plain(s, digits);
        if (!end) s->count = before;
        return end;
    }
    if (*p == '.') return xb_is_digit(p[1]) ? plain(s, p) : NULL;
    if ((end = date(s, p)) != NULL || (end = clock_time(s, p)) != NULL || (end = telephone(s, p)) != NULL ||
        (end = version(s, p)) != NULL || (end = fraction(s, p)) != NULL)
        return end;
    return plain(s, p);
}
