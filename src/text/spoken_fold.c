/* spoken_fold.c - the window: UTF-8 to plain bytes, see spoken_int.h. */
#include <string.h>

#include "base/utf8.h"
#include "text/spoken_int.h"
#include "text/unicode.h"

const xb_named_symbol xb_named_symbols[] = {
    { 0xa7, "section" },        { 0xa9, "copyright" },      { 0xae, "registered" },
    { 0xb1, "plus or minus" },  { 0xb6, "paragraph" },      { 0xf7, "divided by" },
    { 0x2122, "trademark" },    { 0x2126, "ohms" },         { 0x221a, "square root of" },
    { 0x221e, "infinity" },     { 0x2248, "about" },        { 0x2260, "is not equal to" },
    { 0x2264, "is at most" },   { 0x2265, "is at least" },  { 0x2116, "number" },
    { 0x3b1, "alpha" },         { 0x3b2, "beta" },          { 0x3b3, "gamma" },
    { 0x3b4, "delta" },         { 0x3b5, "epsilon" },       { 0x3b8, "theta" },
    { 0x3bb, "lambda" },        { 0x3bc, "mu" },            { 0x3c0, "pi" },
    { 0x3c3, "sigma" },         { 0x3c6, "phi" },           { 0x3c9, "omega" },
    { 0x394, "delta" },         { 0x3a3, "sigma" },         { 0x3a9, "omega" },
    { 0, NULL }
};

const xb_currency xb_currencies[] = { { '$', "dollar", "dollars", "cent", "cents" },
                                      { 0xa3, "pound", "pounds", "penny", "pence" },
                                      { 0x20ac, "euro", "euros", "cent", "cents" },
                                      { 0xa5, "yen", "yen", NULL, NULL },
                                      { 0x20b9, "rupee", "rupees", NULL, NULL },
                                      { 0x20a9, "won", "won", NULL, NULL },
                                      { 0x20bd, "ruble", "rubles", NULL, NULL },
                                      { 0, NULL, NULL, NULL, NULL } };

/* Letters that Unicode does not take apart, fractions, powers, marks: code and what stands for it. */
static const struct {
    uint16_t code;
    char     text[5];
} PLAIN[] = { { 0x85, "\n" },     { 0xa0, " " },      { 0xa1, "" },       { 0xa2, "\x0e" "c" }, { 0xab, "\x05" },
              { 0xb0, "\x0f" },   { 0xb2, "\x12" "2" }, { 0xb3, "\x12" "3" }, { 0xb5, "\x13" }, { 0xb7, " " },
              { 0xb9, "" },       { 0xbb, "\x06" },   { 0xbc, "\x11" "14" }, { 0xbd, "\x11" "12" }, { 0xbe, "\x11" "34" },
              { 0xbf, "" },       { 0xc6, "Ae" },     { 0xd0, "D" },      { 0xd7, "\x10" },     { 0xd8, "O" },
              { 0xde, "Th" },     { 0xdf, "ss" },     { 0xe6, "ae" },     { 0xf0, "th" },       { 0xf8, "o" },
              { 0xfe, "th" },     { 0x110, "D" },     { 0x111, "d" },     { 0x131, "i" },       { 0x141, "L" },
              { 0x142, "l" },     { 0x152, "Oe" },    { 0x153, "oe" },    { 0x2bc, "'" },       { 0x2010, "-" },
              { 0x2011, "-" },    { 0x2012, "\x02" }, { 0x2013, "\x02" }, { 0x2014, "\x03" },   { 0x2015, "\x03" },
              { 0x2018, "'" },    { 0x2019, "'" },    { 0x201a, "," },    { 0x201b, "'" },      { 0x201c, "\x05" },
              { 0x201d, "\x06" }, { 0x201e, "\x05" }, { 0x201f, "\x05" }, { 0x2022, "\x15" },   { 0x2023, "\x15" },
              { 0x2025, "\x04" }, { 0x2026, "\x04" }, { 0x2028, "\n" },   { 0x2029, "\n" },     { 0x2032, "'" },
              { 0x2033, "\"" },   { 0x2044, "/" },    { 0x2103, "\x0f" "C" }, { 0x2109, "\x0f" "F" }, { 0x2153, "\x11" "13" },
              { 0x2154, "\x11" "23" }, { 0x2155, "\x11" "15" }, { 0x215b, "\x11" "18" }, { 0x215c, "\x11" "38" },
              { 0x215d, "\x11" "58" }, { 0x215e, "\x11" "78" }, { 0x2190, "," },  { 0x2192, "," },  { 0x2212, "-" },
              { 0x22ef, "\x04" }, { 0x25aa, "\x15" }, { 0x25cf, "\x15" }, { 0x3000, " " },  { 0x3001, ", " },
              { 0x3002, ". " },   { 0x3008, "\x05" }, { 0x3009, "\x06" }, { 0x300a, "\x05" },   { 0x300b, "\x06" },
              { 0x300c, "\x05" }, { 0x300d, "\x06" }, { 0x300e, "\x05" }, { 0x300f, "\x06" },   { 0x3010, "(" },
              { 0x3011, ")" },    { 0x30fb, " " },    { 0xff0c, ", " },   { 0xff0e, ". " },     { 0xff01, "! " },
              { 0xff1f, "? " },   { 0xff1a, ": " },   { 0xff1b, "; " },   { 0xff61, ". " },     { 0xff64, ", " } };

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
        if (xb_currencies[i].code == code) return (void)(out[0] = XB_W_CURRENCY), (void)(out[1] = (char)('0' + i)), 2u;
    for (int i = 0; xb_named_symbols[i].name; i++)
        if (xb_named_symbols[i].code == code) return (void)(out[0] = XB_W_NAMED), (void)(out[1] = (char)('A' + i)), 2u;
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
