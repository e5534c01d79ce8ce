/* plat/cancel.c - see cancel.h. The token's lock is never held while somebody is called. */
#include "plat/cancel.h"

#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "plat/clock.h"

xybrid_status xb_cancel_new(xb_mem *mem, xybrid_cancel **out, xybrid_error *err) {
    xybrid_cancel *token = xb_calloc(mem, 1, sizeof *token, err);
    if (!token) return err->code;
    token->mark = XB_CANCEL_MARK;
    token->mem = mem;
    xb_atomic_set(&token->refs, 1);
    xb_mutex_init(&token->mutex);
    xb_cond_init(&token->changed);
    *out = token;
    return XYBRID_OK;
}

xybrid_cancel *xb_cancel_keep(xybrid_cancel *token) {
    if (token) xb_ref_take(&token->refs);
    return token;
}

void xb_cancel_drop(xybrid_cancel *token) {
    if (!token || !xb_ref_drop(&token->refs)) return;
    xb_cancel_unchain(token);
    xb_cond_free(&token->changed);
    xb_mutex_free(&token->mutex);
    xb_root *root = token->root;
    if (!root) {
        xb_free(token->mem, token);
        return;
    }
    xb_handle_free(root, token->mem, token);
    xb_root_drop(root);
}

/* ---- the list of links; the lock is held ---- */

static void list_add(xybrid_cancel *token, xb_cancel_link *link) {
    link->previous = NULL;
    link->next = token->first;
    if (token->first) token->first->previous = link;
    token->first = link;
    link->is_listed = 1;
}

static void list_take(xybrid_cancel *token, xb_cancel_link *link) {
    if (link->previous) link->previous->next = link->next;
    else token->first = link->next;
    if (link->next) link->next->previous = link->previous;
    link->is_listed = 0;
}

/* ---- fire ---- */

void xb_cancel_fire(xybrid_cancel *token, xybrid_status reason) {
    int32_t not_fired = 0;
    if (!token || !atomic_compare_exchange_strong(&token->reason, &not_fired, reason)) return;
    xb_mutex_lock(&token->mutex);
    token->running_thread = xb_thread_id();
    xb_cond_broadcast(&token->changed);
    while (token->first) {
        xb_cancel_link *link = token->first;
        list_take(token, link);
        token->running = link;
        xb_mutex_unlock(&token->mutex);
        link->fn(link->arg);
        xb_mutex_lock(&token->mutex); /* from here on the owner may take his link back: it is not touched */
        token->running = NULL;
        xb_cond_broadcast(&token->changed);
    }
    token->running_thread = 0;
    xb_mutex_unlock(&token->mutex);
}

/* The token's own deadline, where no watchdog looks after it. A const token is one that the caller does not fire by himself;
 * the object itself is never const. */
static int fire_if_due(const xybrid_cancel *token) {
    int64_t due_ns = xb_atomic_get(&((xybrid_cancel *)(uintptr_t)token)->due_ns);
    if (due_ns == 0 || xb_clock_ns() < due_ns) return 0;
    xb_cancel_fire((xybrid_cancel *)(uintptr_t)token, XYBRID_CANCELLED_DEADLINE);
    return 1;
}

int32_t xb_cancel_is_fired(const xybrid_cancel *token) {
    if (!token) return 0;
    return xb_atomic_get(&((xybrid_cancel *)(uintptr_t)token)->reason) != 0 || fire_if_due(token);
}

xybrid_status xb_cancel_reason(const xybrid_cancel *token) {
    return xb_cancel_is_fired(token) ? xb_atomic_get(&((xybrid_cancel *)(uintptr_t)token)->reason) : XYBRID_OK;
}

xybrid_status xb_cancel_check(const xybrid_cancel *token, xybrid_error *err) {
    xybrid_status reason = xb_cancel_reason(token);
    switch (reason) {
    case XYBRID_OK: return XYBRID_OK;
    case XYBRID_CANCELLED_CALLBACK: return xb_fail(err, reason, "", "cancelled: a callback of the host returned non-zero");
    case XYBRID_CANCELLED_DEADLINE: return xb_fail(err, reason, "", "cancelled: the deadline passed");
    default: return xb_fail(err, reason, "", "cancelled: the request's token was fired");
    }
}

int32_t xb_cancel_wait(xybrid_cancel *token, int64_t ms) {
    int64_t due_ns = ms < 0 ? INT64_MAX : xb_clock_after_ms(ms);
    if (!token) {
        xb_sleep_ms(ms);
        return 0;
    }
    while (!xb_cancel_is_fired(token)) {
        int64_t own_ns = xb_atomic_get(&token->due_ns), until_ns = own_ns && own_ns < due_ns ? own_ns : due_ns;
        if (xb_clock_ns() >= due_ns || (!XB_HAS_THREADS && until_ns == INT64_MAX)) return 0;
        xb_mutex_lock(&token->mutex);
        if (!xb_atomic_get(&token->reason)) (void)xb_cond_wait_until(&token->changed, &token->mutex, until_ns);
        xb_mutex_unlock(&token->mutex);
    }
    return 1;
}

/* ---- links ---- */

/* 1 if listed; 0 if the token has fired, so the caller calls fn. */
static int list_unless_fired(xybrid_cancel *token, xb_cancel_link *link) {
    xb_mutex_lock(&token->mutex);
    int is_live = !xb_atomic_get(&token->reason);
    if (is_live) list_add(token, link);
    xb_mutex_unlock(&token->mutex);
    return is_live;
}

void xb_cancel_link_on(xybrid_cancel *token, xb_cancel_link *link, xb_cancel_fn fn, void *arg) {
    memset(link, 0, sizeof *link);
    link->fn = fn;
    link->arg = arg;
    if (!list_unless_fired(token, link)) fn(arg);
}

static void take_or_wait(xybrid_cancel *token, xb_cancel_link *link) {
    if (link->is_listed) list_take(token, link);
    while (token->running == link && token->running_thread != xb_thread_id()) xb_cond_wait(&token->changed, &token->mutex);
}

void xb_cancel_link_off(xybrid_cancel *token, xb_cancel_link *link) {
    xb_mutex_lock(&token->mutex);
    take_or_wait(token, link);
    xb_mutex_unlock(&token->mutex);
}

/* ---- tickets: links of the token's own ---- */

xybrid_status xb_cancel_on(xybrid_cancel *token, xb_cancel_fn fn, void *arg, int64_t *ticket, xybrid_error *err) {
    xb_cancel_link *link = NULL;
    int             is_fired = 0;
    if (!token) {
        *ticket = 0;
        return XYBRID_OK;
    }
    xb_mutex_lock(&token->mutex);
    is_fired = xb_atomic_get(&token->reason) != 0;
    for (int i = 0; i < XB_CANCEL_SLOTS && !link && !is_fired; i++)
        if (token->slots[i].ticket == 0) link = &token->slots[i];
    if (link) {
        link->fn = fn;
        link->arg = arg;
        link->ticket = ++token->tickets;
        *ticket = link->ticket;
        list_add(token, link);
    }
    xb_mutex_unlock(&token->mutex);
    if (is_fired) {
        *ticket = 0;
        fn(arg);
    } else if (!link) {
        return xb_fail(err, XYBRID_BUSY, "", "a cancel token takes at most %d callbacks of an engine at once", XB_CANCEL_SLOTS);
    }
    return XYBRID_OK;
}

void xb_cancel_off(xybrid_cancel *token, int64_t ticket) {
    if (!token || ticket == 0) return;
    xb_mutex_lock(&token->mutex);
    for (int i = 0; i < XB_CANCEL_SLOTS; i++) {
        if (token->slots[i].ticket != ticket) continue;
        take_or_wait(token, &token->slots[i]);
        token->slots[i].ticket = 0;
        break;
    }
    xb_mutex_unlock(&token->mutex);
}

/* ---- parent and child ---- */

static void parent_fired(void *arg) {
    xybrid_cancel *child = arg;
    xb_cancel_fire(child, xb_atomic_get(&child->parent->reason));
}

void xb_cancel_chain(xybrid_cancel *child, xybrid_cancel *parent) {
    if (!parent) return;
    child->parent = xb_cancel_keep(parent);
    xb_cancel_link_on(parent, &child->parent_link, parent_fired, child);
}

void xb_cancel_unchain(xybrid_cancel *child) {
    xybrid_cancel *parent = child->parent;
    if (!parent) return;
    xb_cancel_link_off(parent, &child->parent_link);
    child->parent = NULL;
    xb_cancel_drop(parent);
}

void xb_cancel_rearm(xybrid_cancel *token) {
    xb_mutex_lock(&token->mutex);
    xb_atomic_set(&token->due_ns, 0);
    xb_atomic_set(&token->reason, 0);
    xb_mutex_unlock(&token->mutex);
}
