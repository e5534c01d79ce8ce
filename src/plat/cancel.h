/* plat/cancel.h - the one-shot token behind the public xybrid_cancel.
 *
 *     the user's token --fire--> links of requests --fire--> each request's own token --fire--> engine's flag, waits
 *     the watchdog (plat/timer.h) ----------------------------------^
 *
 * Nothing but xb_cancel_new allocates: who wants to be called lends a link, which lies in his own struct. Callbacks run on
 * the firing thread, outside the token's lock, one after the other; they only set flags, wake somebody or fire another token.
 * Who fires, waits or registers holds a reference to the token (or knows that its owner does). Any thread, several at once,
 * unless stated. */
#ifndef XB_CANCEL_H
#define XB_CANCEL_H

#include "base/root.h"
#include "plat/thread.h"

typedef void (*xb_cancel_fn)(void *arg);

/* A registration, lent by its owner until xb_cancel_unlink has returned. */
typedef struct xb_cancel_link {
    struct xb_cancel_link *previous, *next;
    xb_cancel_fn           fn;
    void                  *arg;
    int32_t                is_listed;
    int64_t                ticket; /* of xb_cancel_on; else 0 */
} xb_cancel_link;

enum { XB_CANCEL_MARK = 0x4c434e58 };
enum { XB_CANCEL_SLOTS = 4 }; /* callbacks that a token has room for without a lent link (the engine contract's on_cancel) */

struct xybrid_cancel {
    uint32_t        mark; /* 0: the caller has freed his handle; requests may still use the token */
    xb_mem         *mem;
    xb_root        *root; /* kept until the end; NULL = the owner outlives the token */
    xb_atomic32     refs;
    xb_atomic32     reason; /* 0 = not fired, else XYBRID_CANCELLED_* */
    xb_atomic64     due_ns; /* deadline that is_fired looks at, where no watchdog thread does; 0 = none */
    xb_mutex        mutex;  /* guards all below */
    xb_cond         changed;
    xb_cancel_link *first;
    xb_cancel_link *running; /* whose fn is being called */
    uint64_t        running_thread;
    int64_t         tickets; /* given so far */
    xb_cancel_link  slots[XB_CANCEL_SLOTS];
    xybrid_cancel  *parent;      /* a reference; NULL = not chained */
    xb_cancel_link  parent_link; /* in the parent's list */
};

/* Errors: OUT_OF_MEMORY. Dropped with xb_cancel_drop. */
xybrid_status  xb_cancel_new(xb_mem *mem, xybrid_cancel **out, xybrid_error *err);
xybrid_cancel *xb_cancel_keep(xybrid_cancel *token); /* one more reference; NULL is fine */
void           xb_cancel_drop(xybrid_cancel *token); /* does not fire; NULL is fine */

/* Fires with XYBRID_CANCELLED_TOKEN, _CALLBACK or _DEADLINE: the first reason stays, later calls do nothing and return at
 * once, also while the first is still calling back. NULL does nothing. */
void xb_cancel_fire(xybrid_cancel *token, xybrid_status reason);

/* 1 if fired; 0 for NULL. One load; with a polled deadline also a look at the clock. */
int32_t xb_cancel_is_fired(const xybrid_cancel *token);

/* The reason, or XYBRID_OK. NULL is fine. */
xybrid_status xb_cancel_reason(const xybrid_cancel *token);

/* XYBRID_OK, or the reason with its text in *err. NULL is fine. For loops: XB_TRY(xb_cancel_check(token, err)). */
xybrid_status xb_cancel_check(const xybrid_cancel *token, xybrid_error *err);

/* Sleeps until it is fired (then 1) or `ms` have passed (0; negative = no limit but the token's own deadline, and at once
 * on a system without threads, where nobody could fire it). NULL sleeps its time. */
int32_t xb_cancel_wait(xybrid_cancel *token, int64_t ms);

/* Calls fn(arg) when the token fires, at once on this thread if it has. `link` need not be initialised. */
void xb_cancel_link_on(xybrid_cancel *token, xb_cancel_link *link, xb_cancel_fn fn, void *arg);

/* Returns when fn is not running and never will be. From inside fn itself it returns at once. */
void xb_cancel_link_off(xybrid_cancel *token, xb_cancel_link *link);

/* The same with a link of the token's own, named by a ticket (> 0; 0 if fn was called at once). token NULL: ticket 0, never
 * called. Every ticket must be handed back. Errors: BUSY when all XB_CANCEL_SLOTS are taken. */
xybrid_status xb_cancel_on(xybrid_cancel *token, xb_cancel_fn fn, void *arg, int64_t *ticket, xybrid_error *err);
void          xb_cancel_off(xybrid_cancel *token, int64_t ticket); /* ticket 0 or a NULL token does nothing */

/* When `parent` fires, `child` fires with the same reason. Keeps a reference to the parent. The child is not chained yet;
 * parent NULL does nothing. chain and unchain of one child: one thread at a time. */
void xb_cancel_chain(xybrid_cancel *child, xybrid_cancel *parent);
void xb_cancel_unchain(xybrid_cancel *child); /* not chained = nothing; when it returns the parent no longer fires it */

/* Makes a fired token new. Only for the library's own request tokens, when nobody else holds a reference, it is not chained,
 * has no callbacks and no deadline: a public token is one-shot for ever. */
void xb_cancel_rearm(xybrid_cancel *token);

#endif
