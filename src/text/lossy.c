/* text/lossy.c */
#include "text/lossy.h"

#include <stdint.h>

#include "base/utf8.h"

static int is_within(const uint8_t *p, const uint8_t *end, uint8_t low, uint8_t high) {
    return p < end && *p >= low && *p <= high;
}

/* Bytes at p that begin a character which the next byte breaks off; at least 1. */
static size_t broken_size(const uint8_t *p, const uint8_t *end) {
    uint8_t lead = *p, low = 0x80, high = 0xbf;
    if (lead < 0xc2 || lead > 0xf4) return 1;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
    if (lead < 0xe0 || !is_within(p + 1, end, low, high)) return 1;
    return lead < 0xf0 || !is_within(p + 2, end, 0x80, 0xbf) ? 2 : 3;
}

void xb_str_add_lossy(xb_str *s, const char *bytes, size_t size) {
    while (size > 0) {
        size_t good = xb_utf8_valid(bytes, size);
        xb_str_addn(s, bytes, good);
        if (good == size) return;
        xb_str_add(s, "\xef\xbf\xbd");
        const uint8_t *p = (const uint8_t *)bytes;
        good += broken_size(p + good, p + size);
        bytes += good, size -= good;
    }
}
