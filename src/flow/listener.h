/* flow/listener.h - Audio of any form, rate and channels, as one flow of mono samples at one rate.
 *
 *     XB_TRY(xb_listener_new(mem, 16000, &l, err));
 *     XB_TRY(xb_listener_hear(l, envelope, err));                    // when the one before is used up
 *     while (!(st = xb_listener_next(l, &samples, &count, err)) && count) use(samples, count);
 *     xb_listener_finish(l);                                         // no more comes: then next gives what the filter still holds
 *     xb_listener_free(l);
 *
 * Files are decoded piece by piece: memory does not grow with their length. The same samples come out however they were cut
 * into envelopes; what is not finite is silence. Where the rate changes from one envelope to the next, what the filter holds
 * comes first. One thread at a time. */
#ifndef XB_LISTENER_H
#define XB_LISTENER_H

#include "base/mem.h"
#include "envelope/envelope.h"

typedef struct xb_listener xb_listener;

/* rate_hz: 1..XB_MAX_AUDIO_RATE. */
xybrid_status xb_listener_new(xb_mem *mem, int32_t rate_hz, xb_listener **out, xybrid_error *err);
void          xb_listener_free(xb_listener *l); /* NULL is fine */

/* Keeps a reference until its samples were given. Errors: INVALID_ARGUMENT (not Audio), those of codec/audio.h's open. */
xybrid_status xb_listener_hear(xb_listener *l, xybrid_envelope *audio, xybrid_error *err);
void          xb_listener_finish(xb_listener *l);

/* The next samples, valid until the next call. *count 0: wants the next envelope, or (after finish) it was all. */
xybrid_status xb_listener_next(xb_listener *l, const float **samples, int64_t *count, xybrid_error *err);

#endif
