/* fuzz_flac.c - any bytes to the FLAC decoder: as they are, and with the checksum of each frame's header put right, without which
 * hardly any change gets through. */
#include <stdlib.h>
#include <string.h>

#include "audio_case.h"

static uint8_t crc8(const uint8_t *p, size_t size) {
    uint8_t crc = 0;
    for (size_t i = 0; i < size; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 7 : 0));
    }
    return crc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    audio_case(&xb_audio_flac, data, size);
    uint8_t *right = malloc(size + 1);
    if (!right || size == 0) return free(right), 0;
    memcpy(right, data, size);
    for (size_t at = 42; at + 20 < size; at++) {
        if (right[at] != 0xFF || (right[at + 1] & 0xFE) != 0xF8) continue;
        size_t number = 1, block = right[at + 2] >> 4, rate = right[at + 2] & 15;
        while (number < 7 && right[at + 4] >= 0xC0 && (right[at + 4] & 0x80 >> number)) number++;
        size_t length = 4 + number + (block == 6 ? 1 : block == 7 ? 2 : 0) + (rate == 12 ? 1 : rate > 12 ? 2 : 0);
        right[at + length] = crc8(right + at, length);
    }
    audio_case(&xb_audio_flac, right, size);
    free(right);
    return 0;
}
