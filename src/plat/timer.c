/* plat/timer.c - see timer.h. The lock is never held while a token is fired. */
#include "plat/timer.h"

#include <string.h>

#include "plat/clock.h"
#include "plat/fork.h"

void xb_timer_init(xb_timer *t) {
    memset(t, 0, sizeof *t);
    xb_mutex_init(&t->mutex);
    xb_cond_init(&t->wake);
    xb_cond_init(&t->fired);
    t->wake_ns = INT64_MAX;
    t->process = xb_process_id();
}

void xb_timer_free(xb_timer *t) {
    if (t->process != xb_process_id()) return;
    xb_mutex_lock(&t->mutex);
    t->is_ending = 1;
    xb_cond_signal(&t->wake);
    xb_mutex_unlock(&t->mutex);
    if (t->is_running) xb_thread_join(&t->watchdog);
    xb_cond_free(&t->fired);
    xb_cond_free(&t->wake);
    xb_mutex_free(&t->mutex);
}

/* ---- the list, earliest first; the lock is held ---- */

/* From the end: most requests have the same time limit, so a new one is due last. */
static void list_add(xb_timer *t, xb_timer_entry *entry) {
    xb_timer_entry *before = t->last;
    while (before && before->due_ns > entry->due_ns) before = before->previous;
    entry->previous = before;
    entry->next = before ? before->next : t->first;
    if (before) before->next = entry;
    else t->first = entry;
    if (entry->next) entry->next->previous = entry;
    else t->last = entry;
    entry->is_listed = 1;
}

static void list_take(xb_timer *t, xb_timer_entry *entry) {
    if (entry->previous) entry->previous->next = entry->next;
    else t->first = entry->next;
    if (entry->next) entry->next->previous = entry->previous;
    else t->last = entry->previous;
    entry->is_listed = 0;
}

/* ---- the watchdog ---- */

static void fire(xb_timer *t, xb_timer_entry *entry) {
    list_take(t, entry);
    t->firing = entry;
    xb_mutex_unlock(&t->mutex);
    xb_cancel_fire(entry->token, XYBRID_CANCELLED_DEADLINE);
    xb_mutex_lock(&t->mutex);
    t->firing = NULL;
    xb_cond_broadcast(&t->fired);
}

static void watch(void *arg) {
    xb_timer *t = arg;
    xb_mutex_lock(&t->mutex);
    t->watchdog_id = xb_thread_id();
    while (!t->is_ending) {
        xb_timer_entry *next = t->first;
        t->wake_ns = next ? next->due_ns : INT64_MAX;
        if (!next) xb_cond_wait(&t->wake, &t->mutex);
        else if (next->due_ns > xb_clock_ns()) (void)xb_cond_wait_until(&t->wake, &t->mutex, next->due_ns);
        else fire(t, next);
    }
    xb_mutex_unlock(&t->mutex);
}

/* The reason why it may not run is of no use to anybody: the deadline is kept by looking at the clock. */
static int is_watched(xb_timer *t) {
    xybrid_error ignored;
    if (!t->is_running) t->is_running = xb_thread_start(&t->watchdog, "xybrid-timer", watch, t, &ignored) == XYBRID_OK;
    return t->is_running;
}

void xb_timer_add(xb_timer *t, xb_timer_entry *entry, xybrid_cancel *token, int64_t due_ns) {
    memset(entry, 0, sizeof *entry);
    entry->token = token;
    entry->due_ns = due_ns;
    if (due_ns <= xb_clock_ns()) {
        xb_cancel_fire(token, XYBRID_CANCELLED_DEADLINE);
        return;
    }
    xb_mutex_lock(&t->mutex);
    if (is_watched(t)) {
        list_add(t, entry);
        if (due_ns < t->wake_ns) xb_cond_signal(&t->wake);
    } else {
        xb_atomic_set(&token->due_ns, due_ns);
    }
    xb_mutex_unlock(&t->mutex);
}

void xb_timer_remove(xb_timer *t, xb_timer_entry *entry) {
    xb_mutex_lock(&t->mutex);
    if (entry->is_listed) list_take(t, entry);
    while (t->firing == entry && t->watchdog_id != xb_thread_id()) xb_cond_wait(&t->fired, &t->mutex);
    xb_mutex_unlock(&t->mutex);
    xb_atomic_set(&entry->token->due_ns, 0);
}
