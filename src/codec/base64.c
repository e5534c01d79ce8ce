/* codec/base64.c */
#include "codec/base64.h"

static int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int64_t xb_base64_decode(xb_slice s, char *out, size_t *bad) {
    uint32_t bits = 0;
    int64_t  n = 0;
    int      held = 0;
    size_t   size = s.size, pads = 0;
    while (size > 0 && pads < 2 && s.data[size - 1] == '=') size--, pads++;
    for (size_t i = 0; i < size; i++) {
        int value = base64_value(s.data[i]);
        *bad = i;
        if (value < 0) return -1;
        bits = (bits << 6 | (uint32_t)value) & 0xffffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out[n++] = (char)(bits >> held & 0xff);
    }
    *bad = size;
    if (held == 6 || (pads > 0 && (size + pads) % 4 != 0)) return -1;
    return n;
}
