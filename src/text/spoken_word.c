/* spoken_word.c - what begins with a letter: addresses, abbreviations, initials, Roman numerals, words. */
#include <string.h>

#include "text/spoken_int.h"

enum { LONGEST = 128 /* letters of a word, bytes of an address; the rest is the next token */ };

/* Is `word` (small letters) in the list " in of "? */
static int among(const char *word, size_t n, const char *list) {
    for (const char *at = list; n && (at = strstr(at, word)) != NULL; at++)
        if (at > list && at[-1] == ' ' && at[n] == ' ') return 1;
    return 0;
}

/* ---- addresses ---- */

static int is_address_char(char c) { return xb_is_alnum(c) || (c && strchr(".-_~:/?#@!&+,;=%$", c) != NULL); }

static const char *address_end(const char *p) {
    const char *end = p;
    while (end - p < LONGEST && is_address_char(*end)) end++;
    while (end > p && strchr(".,;:!?-", end[-1])) end--;
    return end;
}

static int is_domain_ending(const char *dot, const char *end) {
    char         word[8] = { 0 };
    const size_t n = (size_t)(end - dot - 1);
    if (n < 2 || n > 6) return 0;
    for (size_t i = 0; i < n; i++) word[i] = dot[1 + i];
    return among(word, n, " com org net io edu gov mil co uk de fr dev ai app info ");
}

/* Says the parts: "at", "dot", "slash"; digits by groups. */
static void say_address(xb_spoken *s, const char *p, const char *end) {
    while (p < end) {
        const char *q = p;
        while (q < end && xb_is_letter(*q)) q++;
        if (q - p == 3 && strncmp(p, "www", 3) == 0) xb_spoken_say(s, "WWW", XB_SPOKEN_LETTERS);
        else if (q > p && (q - p < 3 || strspn(p, "bcdfghjklmnpqrstvwxz") >= (size_t)(q - p))) {
            char letters[LONGEST + 1];
            for (int i = 0; i < q - p; i++) letters[i] = xb_is_lower(p[i]) ? (char)(p[i] & ~0x20) : p[i];
            xb_spoken_put(s, letters, (size_t)(q - p), XB_SPOKEN_WORD, XB_SPOKEN_LETTERS);
        } else if (q > p) xb_spoken_put(s, p, (size_t)(q - p), XB_SPOKEN_WORD, 0);
        p = q;
        while (q < end && q - p < 20 && xb_is_digit(*q)) q++;
        if (q > p) {
            if (q - p < 5) xb_spoken_cardinal(s, p, (size_t)(q - p));
            else xb_spoken_digits(s, p, (size_t)(q - p));
            p = q;
            continue;
        }
        if (p == end || xb_is_letter(*p)) continue;
        xb_spoken_say(s,
                      *p == '.'   ? "dot"
                      : *p == '@' ? "at"
                      : *p == '/' ? "slash"
                      : *p == '-' ? "dash"
                      : *p == '_' ? "underscore"
                      : *p == '#' ? "hash"
                      : *p == '=' ? "equals"
                      : *p == '+' ? "plus"
                      : *p == ':' ? "colon"
                      : *p == '%' ? "percent"
                                  : "",
                      0);
        p++;
    }
}

static const char *address(xb_spoken *s, const char *p) {
    const char *end = address_end(p), *scheme = NULL, *at = NULL, *dot = NULL, *first_dot = NULL, *host_end = p;
    for (const char *q = p; q < end; q++) {
        if (!scheme && strncmp(q, "://", 3) == 0) scheme = q;
        if (*q == '@' && !at) at = q;
        if (*q == '.') {
            if (!first_dot) first_dot = q;
            if (host_end == p || host_end > q) dot = q;
        }
        if (host_end == p && (*q == '/' || *q == '?' || *q == '#' || *q == ':') && !(scheme && q < scheme + 3)) host_end = q;
    }
    if (host_end == p) host_end = end;
    if (scheme && end > scheme + 3) {
        const int plain = scheme - p >= 4 && strncmp(p, "http", 4) == 0;
        say_address(s, plain ? scheme + 3 : p, end - (end[-1] == '/'));
        return end;
    }
    const int www = strncmp(p, "www.", 4) == 0;
    const int mail = at && at > p && at + 1 < end && dot && dot > at + 1;
    const int domain = dot && first_dot > p + 1 && xb_is_alnum(dot[1]) && is_domain_ending(dot, host_end) &&
                       xb_is_alnum(first_dot[1]);
    if (!www && !mail && !domain) return NULL;
    say_address(s, p, end - (end[-1] == '/'));
    return end;
}

/* ---- abbreviations ---- */

/* Kinds, what is written without its last full stop, what is said. The kinds: t = before a name, never ends a sentence; n = only before a
 * number; e = ends the sentence when a capital or nothing follows; c = only before a capital; b = also without its full stop. */
static const char SHORT[] =
    "e Sr Senior\0eb Jr Junior\0e Esq Esquire\0eb etc et cetera\0e al al\0e dept department\0e Dept Department\0e misc "
    "miscellaneous\0"
    "e Inc Incorporated\0eb Ltd Limited\0e Corp Corporation\0e Co Company\0e Bros Brothers\0e Ave Avenue\0e Blvd Boulevard\0"
    "e Rd Road\0e Ln Lane\0e Hwy Highway\0e Sq Square\0"
    "tb Mr Mister\0tb Mrs Missus\0tb Ms Miz\0t Messrs Messieurs\0t Prof Professor\0t Gen General\0t Col Colonel\0"
    "t Capt Captain\0t Lt Lieutenant\0t Sgt Sergeant\0t Cpl Corporal\0t Maj Major\0t Cmdr Commander\0t Adm Admiral\0"
    "t Rev Reverend\0t Hon Honorable\0t Gov Governor\0t Sen Senator\0t Rep Representative\0t Pres President\0"
    "b vs versus\0t e.g for example\0t i.e that is\0- approx approximately\0- cf compare\0n ca circa\0n c circa\0"
    "n est established\0n Est Established\0- incl including\0- excl excluding\0n No Number\0n no number\0"
    "n Nos Numbers\0n nos numbers\0n p page\0n pp pages\0n vol volume\0n Vol Volume\0n ch chapter\0n Ch Chapter\0"
    "n fig figure\0n Fig Figure\0n figs figures\0n sec section\0n Sec Section\0n eq equation\0n Eq Equation\0"
    "n ext extension\0- tel telephone\0- Tel Telephone\0- max maximum\0- min minimum\0- temp temperature\0"
    "- avg average\0n Apt Apartment\0tc Mt Mount\0tc Ft Fort\0- Jan January\0- Feb February\0n Mar March\0"
    "- Apr April\0n Jun June\0n Jul July\0- Aug August\0- Sep September\0- Sept September\0- Oct October\0"
    "- Nov November\0- Dec December\0n Mon Monday\0- Tue Tuesday\0- Tues Tuesday\0n Wed Wednesday\0- Thu Thursday\0"
    "- Thur Thursday\0- Thurs Thursday\0n Fri Friday\0b w/o without\0b w/ with\0";

static int ends_sentence(const char *after) {
    const char *next = after + strspn(after, " \n\"')\x06");
    return *next == 0 || (next > after && (xb_is_upper(*next) || *next == XB_W_OPEN));
}

/* St. and Dr. by their place: before a name a title, behind one a street. */
static const char *by_place(xb_spoken *s, const char *p) {
    const int is_saint = strncmp(p, "St.", 3) == 0;
    if ((!is_saint && strncmp(p, "Dr", 2) != 0) || xb_is_alnum(p[2]) || (p[2] != '.' && p[2] != ' ')) return NULL;
    const char *after = p + 2 + (p[2] == '.'), *next = after + (*after == ' ');
    const int   before_name = xb_is_upper(*next) && next > after,
                behind_name = s->written->last_is_capital && s->count > 0 && s->written->last[0];
    if (before_name &&
        !(behind_name && among(s->written->last, strlen(s->written->last), " main elm oak park wall first second third ")))
        return xb_spoken_say(s, is_saint ? "Saint" : "Doctor", 0), after;
    if (!behind_name) return is_saint ? NULL : p[2] == '.' ? ((void)xb_spoken_say(s, "Doctor", 0), after) : NULL;
    xb_spoken_say(s, is_saint ? "Street" : "Drive", 0);
    return p[2] == '.' && ends_sentence(after) ? p + 2 : after;
}

static const char *abbreviation(xb_spoken *s, const char *p) {
    const char *end = by_place(s, p);
    if (end) return end;
    for (const char *row = SHORT; *row; row += strlen(row) + 1) {
        const char  *sign = strchr(row, ' ') + 1;
        const size_t n = strcspn(sign, " ");
        if (strncmp(p, sign, n) != 0 || (xb_is_alnum(p[n]) && p[n - 1] != '/')) continue;
        const int   dot = p[n] == '.';
        const char *next = p + n + dot + strspn(p + n + dot, " ");
        int         kinds[5];
        for (int k = 0; k < 5; k++) kinds[k] = memchr(row, "tnecb"[k], (size_t)(sign - row)) != NULL;
        if ((!dot && !kinds[4]) || p[n] == '\'' || (dot && xb_is_alnum(p[n + 1]))) continue;
        if (kinds[1] && !xb_is_digit(*next) && *next != '#') continue;
        if (kinds[3] && !xb_is_upper(*next)) continue;
        const int is_plain = row[0] == '-';
        if (dot && is_plain && ends_sentence(p + n + 1) && *next != 0) continue; /* "max. The": a word at a sentence's end */
        xb_spoken_say(s, sign + n + 1, 0);
        if (dot && ((kinds[2] && ends_sentence(p + n + 1)) || (is_plain && *next == 0)))
            return p + n; /* the dot is a mark, too */
        return p + n + dot;
    }
    return NULL;
}

/* U.S., J. R. R.: letters; NULL if it is none. */
static const char *initials(xb_spoken *s, const char *p) {
    char        letters[17];
    size_t      n = 0;
    const char *q = p, *after = p;
    if (strncmp(p, "Ph.D", 4) == 0 && !xb_is_alnum(p[4]))
        return xb_spoken_say(s, "PHD", XB_SPOKEN_LETTERS), p[4] == '.' && xb_is_lower(p[5 + (p[5] == ' ')]) ? p + 5 : p + 4;
    while (n < 16 && xb_is_letter(*q) && q[1] == '.') letters[n++] = *q, q += 2, after = q;
    if (n == 0 || xb_is_letter(*q)) return NULL;
    if (n == 1) { /* J. Smith, but not "Plan B. Then" and "I. Yes" */
        if (!xb_is_upper(*p) || *p == 'I' || !s->written->gap || *after != ' ' || !xb_is_upper(after[1])) return NULL;
        if (s->count > 0 && !s->written->last_is_capital) return NULL;
    }
    if (n == 2 && (letters[0] | 0x20) != 'u' && (letters[1] | 0x20) == 'm' &&
        ((letters[0] | 0x20) == 'a' || (letters[0] | 0x20) == 'p')) {
        const char *end = xb_spoken_clock_end(s, p);
        return end > p ? end : NULL;
    }
    for (size_t i = 0; i < n; i++) letters[i] = xb_is_lower(letters[i]) ? (char)(letters[i] & ~0x20) : letters[i];
    xb_spoken_put(s, letters, n, XB_SPOKEN_WORD, XB_SPOKEN_LETTERS);
    const char *next = after + strspn(after, " \n\"')\x06");
    return n > 1 && *next == 0 ? after - 1 : after; /* the text's last dot is a full stop, too */
}

/* ---- Roman numerals ---- */

/* 1..3999, 0 = none: adds up, and then must be written just as that sum is. */
static int roman_value(const char *p, size_t n) {
    static const char     SIGNS[13][3] = { "M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I" };
    static const uint16_t VALUES[13] = { 1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1 };
    int                   total = 0, last = 0;
    size_t                at = 0;
    if (n == 0 || n > 15) return 0;
    for (size_t i = n; i-- > 0;) {
        int v = 0;
        for (int k = 0; k < 13; k += 2)
            if (SIGNS[k][0] == p[i]) v = VALUES[k];
        if (!v) return 0;
        total += v < last ? -v : v, last = v;
    }
    if (total < 1 || total > 3999) return 0;
    for (int k = 0, left = total; k < 13; k++)
        for (; left >= VALUES[k]; left -= VALUES[k])
            for (const char *sign = SIGNS[k]; *sign; sign++)
                if (at == n || p[at++] != *sign) return 0;
    return at == n ? total : 0;
}

static const char *roman(xb_spoken *s, const char *p, size_t n) {
    const xb_written *w = s->written;
    const size_t      last = strlen(w->last);
    const int         value = roman_value(p, n);
    char              digits[8];
    if (value == 0) return NULL;
    const int counted = among(w->last, last,
                              " chapter part volume act scene section book war phase level class grade stage title appendix "
                              "article type bowl figure table unit step mark version apollo ");
    const int king = w->last_is_capital &&
                     among(w->last, last,
                           " henry louis george elizabeth edward charles james john paul pius william richard "
                           "napoleon philip benedict francis catherine peter nicholas alexander leo gregory innocent "
                           "urban clement ivan ramses ptolemy constantine frederick friedrich wilhelm olympiad ");
    if (!counted && !king && (n < 2 || value > 39 || (n == 2 && p[1] != 'I' && p[1] != 'V' && p[1] != 'X'))) return NULL;
    if (!counted && !king && !w->last_is_capital) return NULL;
    if (n == 1 && *p == 'I' && !counted && !king) return NULL;
    size_t count = 0;
    for (int unit = 1000; unit > 0; unit /= 10)
        if (value >= unit) digits[count++] = (char)('0' + value / unit % 10);
    if (king) xb_spoken_say(s, "the", 0), xb_spoken_ordinal(s, digits, count);
    else xb_spoken_cardinal(s, digits, count);
    return p + n;
}

/* ---- words ---- */

static const char *word_end(const char *p) {
    const char *q = p;
    while (q - p < LONGEST) {
        if (xb_is_letter(*q) || (*q == '\'' && (q == p || xb_is_letter(q[-1])) && xb_is_letter(q[1]))) q++;
        else if (*q == '-' && q > p && xb_is_letter(q[-1]) && xb_is_letter(q[1])) q++;
        else break;
    }
    return q;
}

/* AT&T, R&D */
static const char *joined(xb_spoken *s, const char *p) {
    size_t a = 0, b = 0;
    while (a < 5 && xb_is_upper(p[a])) a++;
    while (a && p[a] == '&' && b < 5 && xb_is_upper(p[a + 1 + b])) b++;
    if (a == 0 || a > 3 || b == 0 || b > 3 || xb_is_alnum(p[a + 1 + b])) return NULL;
    xb_spoken_put(s, p, a, XB_SPOKEN_WORD, XB_SPOKEN_LETTERS);
    xb_spoken_say(s, "and", 0);
    xb_spoken_put(s, p + a + 1, b, XB_SPOKEN_WORD, XB_SPOKEN_LETTERS);
    return p + a + 1 + b;
}

const char *xb_spoken_word_at(xb_spoken *s, const char *p) {
    const char *end;
    const int   starts = !xb_is_alnum(s->written->before);
    if (starts && ((end = address(s, p)) != NULL || (end = abbreviation(s, p)) != NULL || (end = initials(s, p)) != NULL ||
                   (end = joined(s, p)) != NULL))
        return end;
    end = word_end(p);
    if (*p == 'v' && end == p + 1 && xb_is_digit(*end)) return xb_spoken_say(s, "version", 0), end; /* v2.1 */
    if (starts && !xb_is_alnum(*end) && (end[0] != '\'') && roman(s, p, (size_t)(end - p))) return end;
    if (end - p == 2 && s->count && (strncmp(p, "AM", 2) == 0 || strncmp(p, "PM", 2) == 0) &&
        s->words[s->count - 1].flags & XB_SPOKEN_NUMBER)
        return xb_spoken_put(s, p, 2, XB_SPOKEN_WORD, XB_SPOKEN_LETTERS), end;
    xb_spoken_put(s, p, (size_t)(end - p), XB_SPOKEN_WORD, 0);
    if (*end == '.' && xb_is_lower(end[1]) && end - p > 1) return xb_spoken_say(s, "dot", 0), end + 1; /* main.c, model.onnx */
    if (*end == '-' && xb_is_digit(end[1])) end++;                                                     /* COVID-19: no minus */
    return end;
}
