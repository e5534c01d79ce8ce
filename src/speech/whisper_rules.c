/* speech/whisper_rules.c - see whisper_rules.h. */
#include "speech/whisper_rules.h"

#include <math.h>
#include <string.h>

#include "speech/choose.h"

enum { FIRST_AT_MOST = 50 /* timestamps of 20 ms: 1.00 s */ };

static void forbid(float *row, int64_t from, int64_t to) {
    for (int64_t id = from; id < to; id++) row[id] = -INFINITY;
}

/* The pairs, and the order. */
static void mask_timestamps(const xb_whisper_ids *ids, float *row, const int64_t *said, int64_t count) {
    int64_t first = ids->timestamps, last = -1;
    int     was = count > 0 && said[count - 1] >= first, was_before = count < 2 || said[count - 2] >= first;
    if (was && was_before) forbid(row, first, ids->vocabulary); /* a pair is complete, or the first stands: text */
    else if (was) forbid(row, 0, ids->end);                     /* a stretch was closed: the next opens, or it ends */
    for (int64_t i = 0; i < count; i++)
        if (said[i] >= first) last = said[i];
    if (last >= 0) forbid(row, first, was && !was_before ? last : last + 1);
    if (count == 0) {
        forbid(row, 0, first);
        if (first + FIRST_AT_MOST + 1 < ids->vocabulary) forbid(row, first + FIRST_AT_MOST + 1, ids->vocabulary);
    }
    xb_choice other = xb_choose(row, first, 0, NULL);
    if (other.id >= 0 && xb_log_sum(row + first, ids->vocabulary - first) > (double)row[other.id]) forbid(row, 0, first);
}

void xb_whisper_mask(const xb_whisper_ids *ids, float *row, const int64_t *said, int64_t count, int is_timed) {
    int bits = count == 0 ? 3 : 1;
    for (int64_t id = 0; id < ids->vocabulary; id++)
        if (ids->suppressed[id] & bits) row[id] = -INFINITY;
    if (is_timed) mask_timestamps(ids, row, said, count);
    else forbid(row, ids->timestamps, ids->vocabulary);
}

/* ---- repetition ---- */

enum { LEAST_MATCH = 3, MOST_MATCH = 258, HASH_BITS = 10, FRAME_BYTES = 6 };

static uint32_t hash_of(const unsigned char *p) {
    return ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) * UINT32_C(2654435761) >> (32 - HASH_BITS);
}

/* Bits of a length and of a distance: code and extra bits (RFC 1951, 3.2.5 and 3.2.6). */
static int length_bits(size_t length) {
    int code = length < 115 ? 7 : 8, extra = 0;
    for (size_t most = 10; length > most && extra < 5; extra++) most = (most - 2) * 2 + 2;
    return code + extra;
}

static int distance_bits(size_t distance) {
    int extra = 0;
    for (size_t most = 4; distance > most && extra < 13; extra++) most *= 2;
    return 5 + extra;
}

double xb_repetition_ratio(const char *text, size_t size) {
    const unsigned char *p = (const unsigned char *)text;
    size_t               last[1 << HASH_BITS]; /* place + 1 of the last three bytes of that hash */
    uint64_t             bits = 3 + 7;         /* the block's head and end */
    if (size == 0) return 0;
    memset(last, 0, sizeof last);
    for (size_t at = 0; at < size;) {
        size_t length = 0, distance = 0;
        if (at + LEAST_MATCH <= size) {
            size_t *place = &last[hash_of(p + at)];
            if (*place) {
                distance = at - (*place - 1);
                while (length < MOST_MATCH && at + length < size && p[at + length] == p[at + length - distance]) length++;
            }
            *place = at + 1;
        }
        if (length < LEAST_MATCH || distance > 32768) {
            bits += p[at++] < 144 ? 8 : 9;
            continue;
        }
        bits += (uint64_t)(length_bits(length) + distance_bits(distance));
        for (size_t i = 1; i < length; i++)
            if (at + i + LEAST_MATCH <= size) last[hash_of(p + at + i)] = at + i + 1;
        at += length;
    }
    return (double)size / (double)(FRAME_BYTES + (bits + 7) / 8);
}

int xb_whisper_is_doubtful(double repetition, double log_probability) {
    return repetition > XB_WHISPER_REPETITIVE || log_probability < XB_WHISPER_UNLIKELY;
}
