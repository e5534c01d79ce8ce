/* kernel/dropout.c - see dropout.h. */
#include "kernel/dropout.h"

enum { WORDS = 624, MIDDLE = 397 };

typedef struct twister {
    uint32_t words[WORDS];
    int32_t  next;
} twister;

static void seed_twister(twister *t, uint32_t seed) {
    t->words[0] = seed;
    for (int32_t i = 1; i < WORDS; i++)
        t->words[i] = UINT32_C(1812433253) * (t->words[i - 1] ^ t->words[i - 1] >> 30) + (uint32_t)i;
    t->next = WORDS;
}

static void refill(twister *t) {
    for (int32_t i = 0; i < WORDS; i++) {
        uint32_t y = (t->words[i] & 0x80000000u) | (t->words[(i + 1) % WORDS] & 0x7fffffffu);
        t->words[i] = t->words[(i + MIDDLE) % WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    t->next = 0;
}

static uint32_t next_word(twister *t) {
    if (t->next == WORDS) refill(t);
    uint32_t y = t->words[t->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* Uniform in [0, 1). */
static double next_double(twister *t) {
    uint32_t high = next_word(t) >> 5, low = next_word(t) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_dropout_args *a = args;
    twister               *t = scratch;
    int32_t                bytes = xb_bytes_of(a->dtype);
    double                 scale = 1 / (1 - a->ratio);
    (void)chunk;
    seed_twister(t, a->seed);
    for (int64_t at = 0; at < a->count; at += XB_BLOCK) {
        int64_t       n = a->count - at < XB_BLOCK ? a->count - at : XB_BLOCK;
        xb_block      room, y;
        const double *x = xb_block_load(a->isa, &room, XB_CLASS_F64, (const char *)a->x + at * bytes, a->dtype, n);
        for (int64_t i = 0; i < n; i++) {
            int is_kept = next_double(t) >= a->ratio;
            y.f64[i] = is_kept ? x[i] * scale : 0;
            if (a->mask) a->mask[at + i] = (uint8_t)is_kept;
        }
        if (a->y) xb_block_store(a->isa, (char *)a->y + at * bytes, a->dtype, &y, XB_CLASS_F64, n, NULL);
    }
}

xb_work xb_dropout_work(const xb_isa *isa, xb_dropout_args *a) {
    a->isa = isa;
    return (xb_work){ .run = run, .chunks = a->count > 0, .scratch_bytes = sizeof(twister) };
}
