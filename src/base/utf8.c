/* base/utf8.c - UTF-8 by the table of RFC 3629, section 4. */
#include "base/utf8.h"

int xb_utf8_read(const char *p, const char *end, uint32_t *code) {
    const unsigned char *s = (const unsigned char *)p;
    ptrdiff_t            left = end - p;
    if (left < 1) return 0;
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    int size = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (size == 0 || left < size) return 0;
    uint32_t c = s[0] & (0x7fu >> size);
    for (int i = 1; i < size; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
    *code = c;
    return size;
}

int xb_utf8_write(uint32_t code, char *out) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    int                        size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (int i = size - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[size] | code);
    return size;
}

size_t xb_utf8_valid(const char *text, size_t size) {
    size_t i = 0;
    while (i < size) {
        uint32_t code;
        int      n = xb_utf8_read(text + i, text + size, &code);
        if (n == 0) break;
        i += (size_t)n;
    }
    return i;
}

size_t xb_utf8_cut(const char *text, size_t size) {
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80) size--;
    return size;
}
