/* plat/timer.h - deadlines: the watchdog of a runtime fires tokens when their time has come.
 *
 * One thread, started by the first deadline, asleep until the next one is due. A request lends an entry, so nothing is
 * allocated. Without a thread (WASI, or the system refuses one) the deadline is written into the token, and
 * xb_cancel_is_fired looks at the clock. */
#ifndef XB_TIMER_H
#define XB_TIMER_H

#include "plat/cancel.h"
#include "plat/thread.h"

typedef struct xb_timer_entry {
    struct xb_timer_entry *previous, *next;
    xybrid_cancel         *token;
    int64_t                due_ns;
    int32_t                is_listed;
} xb_timer_entry;

typedef struct xb_timer {
    xb_mutex        mutex;        /* guards all below */
    xb_cond         wake;         /* the watchdog's: an earlier deadline, or the end */
    xb_cond         fired;        /* a token has been fired */
    xb_timer_entry *first, *last; /* earliest first */
    xb_timer_entry *firing;
    int64_t         wake_ns; /* when the watchdog looks next; INT64_MAX = when woken */
    uint64_t        watchdog_id;
    xb_thread       watchdog;
    int32_t         is_running, is_ending;
    int64_t         process; /* xb_process_id() of the maker */
} xb_timer;

/* Stays at its address. Needs no memory and no thread yet. */
void xb_timer_init(xb_timer *t);

/* No entry is in it. Ends the watchdog. In a forked child only forgets it. */
void xb_timer_free(xb_timer *t);

/* Fires `token` with XYBRID_CANCELLED_DEADLINE at xb_clock_ns() >= due_ns; at once, on this thread, if that has passed.
 * `entry` (need not be initialised) and the token stay valid until xb_timer_remove. Costs a walk over the deadlines that are
 * later than this one, and a wake-up only if it is the earliest. Any thread. */
void xb_timer_add(xb_timer *t, xb_timer_entry *entry, xybrid_cancel *token, int64_t due_ns);

/* Returns when the entry has not fired and never will, or when its firing is over. Once for each add. From inside a callback
 * of the firing it returns at once. Any thread. */
void xb_timer_remove(xb_timer *t, xb_timer_entry *entry);

#endif
