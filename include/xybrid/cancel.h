/* xybrid/cancel.h - stop a request from any thread.
 *
 *     xybrid_cancel *stop = NULL;
 *     if (xybrid_cancel_create(rt, &stop, &err)) return fail(err.message);
 *
 *     xybrid_run_options opt;
 *     xybrid_run_options_init(&opt, sizeof opt);
 *     opt.cancel = stop;                        // the request keeps its own reference
 *     ...                                       // on any other thread:
 *     xybrid_cancel_fire(stop);                 // the request ends with XYBRID_CANCELLED_TOKEN
 *     xybrid_cancel_free(stop);                 // may come before the request has ended
 *
 * One token may serve many requests (loads and runs): firing stops them all. It is one-shot: once fired, every later
 * request that is given it ends at once. For the next round make a new one. A token and
 * what it stops may be freed in any order.
 */
#ifndef XYBRID_CANCEL_H
#define XYBRID_CANCEL_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a token. `*out` is freed with xybrid_cancel_free. Any thread. Errors: OUT_OF_MEMORY. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_cancel_create(xybrid_runtime *rt, xybrid_cancel **out, xybrid_error *err);

/* Fires the token; wakes those who wait. Returns at once, does not wait for the requests to end. Twice is the same as once;
 * NULL does nothing. Any thread. */
XYBRID_API void xybrid_cancel_fire(xybrid_cancel *cancel);

/* 1 if fired, else 0 (also for NULL). Any thread. Long steps and transports poll it. */
XYBRID_API int32_t xybrid_cancel_is_fired(const xybrid_cancel *cancel);

/* Drops the caller's reference; does not fire. Any thread. */
XYBRID_API void xybrid_cancel_free(xybrid_cancel *cancel);

#ifdef __cplusplus
}
#endif
#endif
