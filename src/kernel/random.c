/* kernel/random.c - see random.h. */
#include "kernel/random.h"

#include <math.h>

enum { ROUNDS = 10 };

void xb_random_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]) {
    uint32_t c[4] = { (uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream, (uint32_t)(stream >> 32) };
    uint32_t k[2] = { (uint32_t)seed, (uint32_t)(seed >> 32) };
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t a = (uint64_t)0xD2511F53 * c[0], b = (uint64_t)0xCD9E8D57 * c[2];
        uint32_t next[4] = { (uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b, (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a };
        for (int w = 0; w < 4; w++) c[w] = next[w];
        k[0] += 0x9E3779B9;
        k[1] += 0xBB67AE85;
    }
    for (int w = 0; w < 4; w++) out[w] = c[w];
}

double xb_random_uniform(uint64_t seed, uint64_t stream, uint64_t index) {
    uint32_t words[4];
    xb_random_words(seed, stream, index, words);
    return (double)(words[0] >> 8) / 16777216.0;
}

double xb_random_normal(uint64_t seed, uint64_t stream, uint64_t index) {
    uint32_t words[4];
    xb_random_words(seed, stream, index, words);
    double u = ((double)words[0] + 1) / 4294967296.0, v = (double)words[1] / 4294967296.0; /* u in (0, 1] */
    return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}
