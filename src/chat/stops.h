/* chat/stops.h - bytes of a model as they come, to text: whole characters only, and an end where a stop string is.
 *
 *     XB_TRY(xb_stops_open(mem, (const char *const[]){ "\nUser:", "<|im_end|>" }, 2, &s, err));
 *     while (xb_stops_found(s) < 0 && next_piece(&bytes, &size)) {
 *         xb_stops_feed(s, bytes, size, &text);          // appends what is certain
 *         ... show text, xb_str_clear(&text) ...
 *     }
 *     xb_stops_finish(s, &text);                         // appends what was held back
 *     XB_TRY(xb_str_status(&text, err));
 *     xb_stops_close(s);
 *
 * What is appended in one call is valid UTF-8 of its own. Bytes that can still become a character wait (at most three); bytes
 * that cannot become U+FFFD, one for each maximal part of a character (Unicode 15, section 3.9), as soon as that is certain. Text
 * that may be the beginning of a stop string waits. The stop string that ends first is the end: what is before it is appended,
 * it and all behind it are not; of two that end at the same place the longer. The result does not depend on how the bytes are
 * cut into pieces.
 *
 * All strings are looked for at once (A. V. Aho, M. J. Corasick, "Efficient String Matching", 1975): amortised constant time for
 * each byte and the memory of the automaton, none that grows. One thread at a time. */
#ifndef XB_STOPS_H
#define XB_STOPS_H

#include "base/str.h"

typedef struct xb_stops xb_stops;

/* `texts` are copied; count 0..XB_MAX_STOPS. Errors: INVALID_ARGUMENT for an empty text, one that is longer than
 * XB_MAX_STOP_BYTES or is not UTF-8, too many; OUT_OF_MEMORY. */
xybrid_status xb_stops_open(xb_mem *mem, const char *const *texts, int32_t count, xb_stops **out, xybrid_error *err);
void          xb_stops_close(xb_stops *s); /* NULL is fine */

/* Does nothing after a stop string was found. */
void xb_stops_feed(xb_stops *s, const void *bytes, size_t size, xb_str *out);
void xb_stops_finish(xb_stops *s, xb_str *out);

/* The index of the stop string that was found, -1 = none. */
int32_t xb_stops_found(const xb_stops *s);

/* For another answer. */
void xb_stops_reset(xb_stops *s);

#endif
