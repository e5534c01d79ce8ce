/* speech/choose.c - see choose.h. */
#include "speech/choose.h"

#include <math.h>

enum { LONGEST_GROUP = 32, LEAST_TURNS = 4, LEAST_IDS = 12 };

static int64_t best_of(const float *row, int64_t n) {
    int64_t best = -1;
    for (int64_t i = 0; i < n; i++)
        if (row[i] > (best < 0 ? -INFINITY : row[best])) best = i; /* false for a NaN */
    return best;
}

double xb_log_sum(const float *row, int64_t n) {
    int64_t best = best_of(row, n);
    if (best < 0 || !isfinite(row[best])) return best < 0 ? -INFINITY : (double)row[best];
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        float below = row[i] - row[best];
        if (below > -40) sum += (double)expf(below); /* the rest is beyond a float's digits */
    }
    return (double)row[best] + log(sum);
}

double xb_probability(const float *row, int64_t n, int64_t id) {
    double p = exp((double)row[id] - xb_log_sum(row, n));
    return p >= 0 ? p : 0;
}

/* 53 random bits in [0, 1): splitmix64 (G. Steele, D. Lea, C. Flood, Fast splittable pseudorandom number generators, 2014). */
static double draw(uint64_t *seed) {
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static int64_t sample(const float *row, int64_t n, int64_t best, float temperature, uint64_t *seed) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        if (row[i] > -INFINITY) sum += exp((double)(row[i] - row[best]) / (double)temperature);
    double left = draw(seed) * sum;
    for (int64_t i = 0; i < n; i++) {
        if (!(row[i] > -INFINITY)) continue;
        left -= exp((double)(row[i] - row[best]) / (double)temperature);
        if (left < 0) return i;
    }
    return best;
}

xb_choice xb_choose(const float *row, int64_t n, float temperature, uint64_t *seed) {
    xb_choice c = { best_of(row, n), 0 };
    if (c.id < 0) return c;
    if (temperature > 0 && isfinite(row[c.id])) c.id = sample(row, n, c.id, temperature, seed);
    c.log_probability = (double)row[c.id] - xb_log_sum(row, n);
    if (!(c.log_probability <= 0)) c.log_probability = 0;
    return c;
}

int64_t xb_tokens_without_loop(const int64_t *ids, int64_t count) {
    for (int64_t group = 1; group <= LONGEST_GROUP; group++) {
        int64_t same = 0; /* ids at the end that are what stands a group before */
        while (same + group < count && ids[count - 1 - same] == ids[count - 1 - same - group]) same++;
        int64_t turns = same / group + 1;
        if (turns >= LEAST_TURNS && same + group >= LEAST_IDS) return count - same;
    }
    return count;
}
