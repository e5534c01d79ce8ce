/* spoken_fold.c - the window: UTF-8 to plain bytes, see spoken_int.h. */
#include <string.h>

#include "base/utf8.h"
#include "text/spoken_int.h"
#include "text/unicode.h"

static const uint16_t NAMED[] = { 0xa7,   0xa9,   0xae,   0xb1,   0xb6,   0xf7,  0x2122, 0x2126, 0x221a, 0x221e,
                                  0x2248, 0x2260, 0x2264, 0x2265, 0x2116, 0x3b1, 0x3b2,  0x3b3,  0x3b4,  0x3b5,
                                  0x3b8,  0x3bb,  0x3bc,  0x3c0,  0x3c3,  0x3c6, 0x3c9,  0x394,  0x3a3,  0x3a9 };
static const char     NAMES[] =
    "section\0copyright\0registered\0plus or minus\0paragraph\0divided by\0trademark\0ohms\0square root of\0infinity\0"
    "about\0is not equal to\0is at most\0is at least\0number\0alpha\0beta\0gamma\0delta\0epsilon\0theta\0lambda\0mu\0"
    "pi\0sigma\0phi\0omega\0delta\0sigma\0omega\0";

const char *xb_spoken_symbol(char index) { return xb_spoken_nth(NAMES, index - 'A'); }

static const uint16_t CURRENCIES[XB_CURRENCIES] = { '$', 0xa3, 0x20ac, 0xa5, 0x20b9, 0x20a9, 0x20bd };
static const char MONEY[] = "dollar\0dollars\0cent\0cents\0pound\0pounds\0penny\0pence\0euro\0euros\0cent\0cents\0yen\0yen\0\0"
                            "\0rupee\0rupees\0\0\0won\0won\0\0\0"
                            "ruble\0rubles\0\0";

const char *xb_spoken_currency(int currency, int form) { return xb_spoken_nth(MONEY, 4 * currency + form); }

/* Letters that Unicode does not take apart, fractions, powers, marks: code and what stands for it. */
static const struct {
    uint16_t code;
    char     text[5];
} PLAIN[] = { { 0x85, "\n" },
              { 0xa0, " " },
              { 0xa1, "" },
              { 0xa2, "\x0e"
                      "c" },
              { 0xab, "\x05" },
              { 0xb0, "\x0f" },
              { 0xb2, "\x12"
                      "2" },
              { 0xb3, "\x12"
                      "3" },
              { 0xb5, "\x13" },
              { 0xb7, " " },
              { 0xb9, "" },
              { 0xbb, "\x06" },
              { 0xbc, "\x11"
                      "14" },
              { 0xbd, "\x11"
                      "12" },
              { 0xbe, "\x11"
                      "34" },
              { 0xbf, "" },
              { 0xc6, "Ae" },
              { 0xd0, "D" },
              { 0xd7, "\x10" },
              { 0xd8, "O" },
              { 0xde, "Th" },
              { 0xdf, "ss" },
              { 0xe6, "ae" },
              { 0xf0, "th" },
              { 0xf8, "o" },
              { 0xfe, "th" },
              { 0x110, "D" },
              { 0x111, "d" },
              { 0x131, "i" },
              { 0x141, "L" },
              { 0x142, "l" },
              { 0x152, "Oe" },
              { 0x153, "oe" },
              { 0x2bc, "'" },
              { 0x2010, "-" },
              { 0x2011, "-" },
              { 0x2012, "\x02" },
              { 0x2013, "\x02" },
              { 0x2014, "\x03" },
              { 0x2015, "\x03" },
              { 0x2018, "'" },
              { 0x2019, "'" },
              { 0x201a, "," },
              { 0x201b, "'" },
              { 0x201c, "\x05" },
              { 0x201d, "\x06" },
              { 0x201e, "\x05" },
              { 0x201f, "\x05" },
              { 0x2022, "\x15" },
              { 0x2023, "\x15" },
              { 0x2025, "\x04" },
              { 0x2026, "\x04" },
              { 0x2028, "\n" },
              { 0x2029, "\n" },
              { 0x2032, "'" },
              { 0x2033, "\"" },
              { 0x2044, "/" },
              { 0x2103, "\x0f"
                        "C" },
              { 0x2109, "\x0f"
                        "F" },
              { 0x2153, "\x11"
                        "13" },
              { 0x2154, "\x11"
                        "23" },
              { 0x2155, "\x11"
                        "15" },
              { 0x215b, "\x11"
                        "18" },
              { 0x215c, "\x11"
                        "38" },
              { 0x215d, "\x11"
                        "58" },
              { 0x215e, "\x11"
                        "78" },
              { 0x2190, "," },
              { 0x2192, "," },
              { 0x2212, "-" },
              { 0x22ef, "\x04" },
              { 0x25aa, "\x15" },
              { 0x25cf, "\x15" },
              { 0x3000, " " },
              { 0x3001, ", " },
              { 0x3002, ". " },
              { 0x3008, "\x05" },
              { 0x3009, "\x06" },
              { 0x300a, "\x05" },
              { 0x300b, "\x06" },
              { 0x300c, "\x05" },
              { 0x300d, "\x06" },
              { 0x300e, "\x05" },
              { 0x300f, "\x06" },
              { 0x3010, "(" },
              { 0x3011, ")" },
              { 0x30fb, " " },
              { 0xff0c, ", " },
              { 0xff0e, ". " },
              { 0xff01, "! " },
              { 0xff1f, "? " },
              { 0xff1a, ": " },
              { 0xff1b, "; " },
              { 0xff61, ". " },
              { 0xff64, ", " } };

static const char *plain_of(uint32_t code) {
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++)
        if (PLAIN[i].code == code) return PLAIN[i].text;
    return NULL;
}

/* At most 18 bytes to `out`; returns how many. */
static uint32_t fold_code(uint32_t code, char *out) {
    uint32_t    parts[XB_MAX_DECOMPOSITION], n = 0;
    const char *plain;
    if (code < 0x80) {
        out[0] = (char)(code == '\t' || code == '\v' || code == '\f' ? ' ' : code);
        return code == '\n' || code >= 0x20 || out[0] == ' ' ? code != 0x7f : 0;
    }
    if ((plain = plain_of(code)) != NULL) {
        memcpy(out, plain, strlen(plain));
        return (uint32_t)strlen(plain);
    }
    for (int i = 1; i < XB_CURRENCIES; i++)
        if (CURRENCIES[i] == code) return (void)(out[0] = XB_W_CURRENCY), (void)(out[1] = (char)('0' + i)), 2u;
    for (size_t i = 0; i < sizeof NAMED / sizeof NAMED[0]; i++)
        if (NAMED[i] == code) return (void)(out[0] = XB_W_NAMED), (void)(out[1] = (char)('A' + i)), 2u;
    if (xb_unicode_is(code, XB_MARK | XB_CAT_BIT(XB_CAT_CC) | XB_CAT_BIT(XB_CAT_CF))) return 0;
    const int count = xb_unicode_decompose(code, 1, parts);
    for (int i = 0; i < count; i++) {
        if (parts[i] < 0x80 && parts[i] >= 0x20) out[n++] = (char)parts[i];
        else if (!xb_unicode_is(parts[i], XB_MARK)) {
            out[0] = xb_unicode_is(code, XB_LETTER | XB_NUMBER) ? XB_W_FOREIGN : ' '; /* emoji and the like part words */
            return 1;
        }
    }
    return n;
}

void xb_spoken_fold(xb_spoken *s) {
    xb_written *w = s->written;
    if (w->at > 0) {
        w->before = w->text[w->at - 1];
        w->size -= w->at;
        memmove(w->text, w->text + w->at, w->size);
        memmove(w->from, w->from + w->at, w->size * sizeof w->from[0]);
        w->at = 0;
    }
    while (w->next < s->size && w->size + XB_MAX_DECOMPOSITION < XB_WINDOW) {
        uint32_t  code = 0;
        const int length = xb_utf8_read(s->source + w->next, s->source + s->size, &code);
        if (length) {
            const uint32_t n = fold_code(code, w->text + w->size);
            for (uint32_t i = 0; i < n; i++) w->from[w->size + i] = w->next;
            w->size += n;
        }
        w->next += (uint32_t)(length ? length : 1);
    }
    w->text[w->size] = 0;
    w->from[w->size] = w->next;
}
