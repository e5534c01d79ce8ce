/* codec/sha256.h - SHA-256 (FIPS 180-4), in pieces. No allocation, no failure; one thread at a time per state. */
#ifndef XB_SHA256_H
#define XB_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct xb_sha256 {
    uint32_t state[8];
    uint64_t size_bytes;
    uint8_t  block[64]; /* the bytes that do not fill one yet */
} xb_sha256;

void xb_sha256_init(xb_sha256 *s);
void xb_sha256_add(xb_sha256 *s, const void *bytes, size_t size);
void xb_sha256_end(xb_sha256 *s, uint8_t digest[32]); /* the state is used up */

/* All at once. */
void xb_sha256_of(const void *bytes, size_t size, uint8_t digest[32]);

/* 64 lower-case digits and the NUL; and back: 1 if `hex` is exactly 64 digits of either case. */
void xb_sha256_hex(const uint8_t digest[32], char out[65]);
int  xb_sha256_from_hex(const char *hex, uint8_t digest[32]);

#endif
