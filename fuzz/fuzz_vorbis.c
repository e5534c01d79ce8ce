/* fuzz_vorbis.c - any bytes to the Ogg Vorbis decoder: as they are, and with the checksum of each page put right, without which no
 * change gets through. */
#include <stdlib.h>
#include <string.h>

#include "audio_case.h"

static uint32_t page_crc(const uint8_t *p, size_t size) {
    uint32_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= (uint32_t)p[i] << 24;
        for (int bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc >> 31 ? 0x04C11DB7u : 0);
    }
    return crc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    audio_case(&xb_audio_vorbis, data, size);
    uint8_t *right = malloc(size + 1);
    if (!right || size == 0) return free(right), 0;
    memcpy(right, data, size);
    for (size_t at = 0; at + 27 < size; at++) {
        uint8_t *p = right + at;
        size_t   length = 27u + p[26];
        if (memcmp(p, "OggS", 4) != 0 || length > size - at) continue;
        for (size_t i = 0; i < p[26]; i++) length += p[27 + i];
        if (length > size - at) continue;
        memset(p + 22, 0, 4);
        uint32_t crc = page_crc(p, length);
        for (int i = 0; i < 4; i++) p[22 + i] = (uint8_t)(crc >> (8 * i));
    }
    audio_case(&xb_audio_vorbis, right, size);
    free(right);
    return 0;
}
