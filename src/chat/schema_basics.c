/* schema_basics.c - rules that many schemas share, each written once where it is used: JSON itself (RFC 8259) with bounded
 * numbers and space, and the formats date and time (RFC 3339), addresses (RFC 791, RFC 4291), host names (RFC 1123). */
#include <string.h>

#include "base/words.h"
#include "chat/schema_int.h"

static const char names[XB_B_COUNT][10] = {
    [XB_B_VALUE] = "value",   [XB_B_OBJECT] = "object",       [XB_B_MEMBER] = "member",   [XB_B_ARRAY] = "array",
    [XB_B_STRING] = "string", [XB_B_CHAR] = "char",           [XB_B_UNICODE] = "unicode", [XB_B_HEX] = "hex",
    [XB_B_NUMBER] = "number", [XB_B_INTEGER] = "integer",     [XB_B_NATURAL] = "natural", [XB_B_COMMA] = "comma",
    [XB_B_COLON] = "colon",   [XB_B_NAME_CHAR] = "name-char", [XB_B_DATE] = "date",       [XB_B_TIME] = "time",
    [XB_B_OCTET] = "octet",   [XB_B_IPV4] = "ipv4",           [XB_B_IPV6] = "ipv6",       [XB_B_LABEL] = "label",
    [XB_B_HOST] = "host",     [XB_B_NEVER] = "never",
};

/* What they are made of, in the order of XB_B_. "\n" parts the lines. An escape \uXXXX is one character: a surrogate only in a
 * pair. Leap days are in leap years. */
static const char texts[] =
    "object | array | string | number | \"true\" | \"false\" | \"null\"\0"
    "\"{\" (member (comma member)*)? \"}\"\0"
    "string colon value\0"
    "\"[\" (value (comma value)*)? \"]\"\0"
    "\"\\\"\" char* \"\\\"\"\0"
    "[^\"\\\\\\x00-\\x1F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" unicode)\0"
    "[0-9a-cA-CefEF] hex{3} | [dD] [0-7] hex{2} | [dD] [89abAB] hex{2} \"\\\\u\" [dD] [c-fC-F] hex{2}\0"
    "[0-9a-fA-F]\0"
    "\"-\"? natural (\".\" [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?\0"
    "\"-\"? natural\0"
    "\"0\" | [1-9] [0-9]{0,14}\0"
    "\",\" \" \"?\0"
    "\":\" \" \"?\0"
    "[^\"\\\\\\x00-\\x1F] | \"\\\\\" [\"\\\\bfnrt]\0"
    "[12] [0-9]{3} \"-\" ((\"0\" [13578] | \"1\" [02]) \"-\" (\"0\" [1-9] | [12] [0-9] | \"3\" [01]) | "
    "(\"0\" [469] | \"11\") \"-\" (\"0\" [1-9] | [12] [0-9] | \"30\") | "
    "\"02-\" (\"0\" [1-9] | \"1\" [0-9] | \"2\" [0-8])) | "
    "([12] [0-9] (\"0\" [48] | [2468] [048] | [13579] [26]) | (\"1\" [26] | \"2\" [048]) \"00\") \"-02-29\"\0"
    "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]{1,6})? "
    "(\"Z\" | [-+] ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9])\0"
    "[1-9]? [0-9] | \"1\" [0-9] [0-9] | \"2\" [0-4] [0-9] | \"25\" [0-5]\0"
    "octet (\".\" octet){3}\0"
    "(h16 \":\"){7} h16 | \"::\" (h16 (\":\" h16){0,5})? | h16 \"::\" (h16 (\":\" h16){0,4})? | "
    "h16 (\":\" h16) \"::\" (h16 (\":\" h16){0,3})? | h16 (\":\" h16){2} \"::\" (h16 (\":\" h16){0,2})? | "
    "h16 (\":\" h16){3} \"::\" (h16 (\":\" h16){0,1})? | h16 (\":\" h16){4} \"::\" h16? | "
    "h16 (\":\" h16){5} \"::\"\nh16 ::= hex{1,4}\0"
    "[0-9A-Za-z] ([-0-9A-Za-z]{0,30} [0-9A-Za-z])?\0"
    "label (\".\" label){0,4}\0"
    "\"!\" never\0";

const char *xb_schema_basic(xb_schema *s, int basic) {
    s->basics |= 1u << basic;
    return names[basic];
}

/* Does the word stand in the text? */
static int names_it(const char *text, const char *word) {
    const size_t size = strlen(word);
    for (const char *p = text; (p = strstr(p, word)) != NULL; p += size) {
        const char before = p > text ? p[-1] : ' ', after = p[size];
        if ((before == ' ' || before == '(') && !((after >= 'a' && after <= 'z') || after == '-' || after == '"')) return 1;
    }
    return 0;
}

void xb_schema_write_basics(xb_schema *s) {
    for (uint32_t written = 0; s->basics & ~written;)
        for (int i = 0; i < XB_B_COUNT; i++) {
            if (!(s->basics & ~written & 1u << i)) continue;
            const char *text = xb_word_at(texts, (size_t)i);
            written |= 1u << i;
            xb_str_add(&s->out, names[i]), xb_str_add(&s->out, " ::= ");
            xb_str_add(&s->out, text), xb_str_addc(&s->out, '\n');
            for (int k = 0; k < XB_B_COUNT; k++)
                if (names_it(text, names[k])) s->basics |= 1u << k;
        }
}

void xb_schema_literal(xb_str *out, const char *bytes, size_t size) {
    xb_str_addc(out, '"');
    for (size_t i = 0; i < size; i++) {
        const char c = bytes[i];
        if (c == '"' || c == '\\') xb_str_addc(out, '\\');
        if ((uint8_t)c < ' ') xb_str_addf(out, "\\x%02X", (unsigned)(uint8_t)c);
        else xb_str_addc(out, c);
    }
    xb_str_addc(out, '"');
}

xybrid_status xb_schema_json_literal(xb_schema *s, const xb_json *v, xybrid_error *err) {
    xb_str         text;
    xb_json_writer w;
    xb_str_init(&text, s->mem, XB_MAX_SCHEMA_BYTES * 2);
    xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
    xb_json_put_value(&w, v);
    const xybrid_status st = xb_json_writer_status(&w, err);
    if (st == XYBRID_OK) xb_schema_literal(&s->out, text.data, text.size);
    xb_str_free(&text);
    return st;
}
