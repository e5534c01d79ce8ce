/* codec/crc32.h - the CRC-32 of zip and PNG: polynomial 0x04C11DB7, low bit first (W3C PNG annex D).
 *
 *     uint32_t sum = xb_crc32(bytes, size);              // "123456789": 0xCBF43926
 *
 *     xb_crc32_table table;                              // many pieces: the table, 8 KB, is made once
 *     xb_crc32_init(&table);
 *     sum = xb_crc32_update(&table, xb_crc32_update(&table, 0, a, a_size), b, b_size);
 *
 * Eight bytes at a time; about 2 GB/s. Any thread; a table is only read. */
#ifndef XB_CRC32_H
#define XB_CRC32_H

#include <stddef.h>
#include <stdint.h>

typedef struct xb_crc32_table {
    uint32_t sums[8][256]; /* of byte b, with 0 to 7 bytes of 0 behind it */
} xb_crc32_table;

void     xb_crc32_init(xb_crc32_table *table);
uint32_t xb_crc32_update(const xb_crc32_table *table, uint32_t sum, const void *bytes, size_t size);
uint32_t xb_crc32(const void *bytes, size_t size);

#endif
