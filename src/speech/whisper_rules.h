/* speech/whisper_rules.h - what Whisper may write next, and whether what it wrote is to be believed. Numbers alone, no engine.
 *
 *     xb_whisper_mask(&ids, row, said, count, is_timed);              // -infinity for what may not come
 *     next = xb_choose(row, ids.vocabulary, 0, NULL);
 *     ...
 *     if (xb_whisper_is_doubtful(text, size, mean_log_probability)) // once more, at a higher temperature
 *
 * From the reference implementation (OpenAI, whisper/decoding.py: SuppressBlank, SuppressTokens, ApplyTimestampRules;
 * transcribe.py: decode_with_fallback). Any thread. */
#ifndef XB_WHISPER_RULES_H
#define XB_WHISPER_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "speech/hear.h"

/* Lowers logits [ids->vocabulary] to -infinity. said[count]: what came after the prompt.
 *
 * Always: the suppressed ids, at the first step also those of the first step; and all special ids but the end.
 * Not timed: no timestamps. Timed: timestamps come in pairs, but for the first and before the end; they never fall, and one
 * that closes a stretch is above the one that opened it; the text begins with one up to 1.00 s; and if all timestamps together
 * are more likely than the likeliest other id, one comes. */
void xb_whisper_mask(const xb_whisper_ids *ids, float *row, const int64_t *said, int64_t count, int is_timed);

/* Bytes over the bytes that Deflate needs (RFC 1951, fixed codes, matches of 3 to 258 bytes found greedily, zlib's frame of 6).
 * 1.2 to 1.6 for speech, above 2.4 when a decoder repeats itself. */
double xb_repetition_ratio(const char *text, size_t size);

#define XB_WHISPER_REPETITIVE 2.4
#define XB_WHISPER_UNLIKELY   (-1.0)
#define XB_WHISPER_NOBODY     0.6

/* Repetitive, or unlikely. */
int xb_whisper_is_doubtful(double repetition, double log_probability);

#endif
