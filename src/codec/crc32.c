/* codec/crc32.c - made of tables that are computed, for 16 KB of constants would be more than all of its code. */
#include "codec/crc32.h"

void xb_crc32_init(xb_crc32_table *table) {
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t sum = b;
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
        table->sums[0][b] = sum;
    }
    for (int zeros = 1; zeros < 8; zeros++)
        for (uint32_t b = 0; b < 256; b++) {
            uint32_t before = table->sums[zeros - 1][b];
            table->sums[zeros][b] = before >> 8 ^ table->sums[0][before & 255];
        }
}

static uint32_t le32(const uint8_t *p) { return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

uint32_t xb_crc32_update(const xb_crc32_table *table, uint32_t sum, const void *bytes, size_t size) {
    const uint32_t (*t)[256] = table->sums;
    const uint8_t *p = bytes;
    sum = ~sum;
    for (; size >= 8; p += 8, size -= 8) {
        uint32_t a = sum ^ le32(p), b = le32(p + 4);
        sum = t[7][a & 255] ^ t[6][a >> 8 & 255] ^ t[5][a >> 16 & 255] ^ t[4][a >> 24] ^ t[3][b & 255] ^ t[2][b >> 8 & 255] ^
              t[1][b >> 16 & 255] ^ t[0][b >> 24];
    }
    for (; size > 0; p++, size--) sum = sum >> 8 ^ t[0][(sum ^ *p) & 255];
    return ~sum;
}

uint32_t xb_crc32(const void *bytes, size_t size) {
    xb_crc32_table table;
    xb_crc32_init(&table);
    return xb_crc32_update(&table, 0, bytes, size);
}
