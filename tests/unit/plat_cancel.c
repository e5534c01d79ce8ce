/* plat/cancel.h and plat/timer.h: order, reasons, chains, deadlines, and every race between firing and taking back. */
#include "plat/cancel.h"

#include "base/error.h"
#include "plat/clock.h"
#include "plat/fault.h"
#include "plat/thread.h"
#include "plat/timer.h"
#include "support.h"

static xb_test_mem tm;

static xybrid_cancel *make(void) {
    xybrid_cancel *token = NULL;
    xybrid_error   err;
    CHECK_INT(xb_cancel_new(&tm.mem, &token, &err), XYBRID_OK);
    return token;
}

static void count(void *arg) { (void)xb_atomic_add((xb_atomic32 *)arg, 1); }

static void fires_once(void) {
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xybrid_error   err;
    CHECK_INT(xb_cancel_is_fired(t), 0);
    CHECK_INT(xb_cancel_reason(t), XYBRID_OK);
    CHECK_INT(xb_cancel_check(t, &err), XYBRID_OK);
    xb_cancel_fire(t, XYBRID_CANCELLED_DEADLINE);
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(xb_cancel_is_fired(t), 1);
    CHECK_INT(xb_cancel_reason(t), XYBRID_CANCELLED_DEADLINE);
    CHECK_INT(xb_cancel_check(t, &err), XYBRID_CANCELLED_DEADLINE);
    CHECK_STR(err.message, "cancelled: the deadline passed");
    xb_cancel_rearm(t);
    CHECK_INT(xb_cancel_is_fired(t), 0);
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(xb_cancel_check(t, &err), XYBRID_CANCELLED_TOKEN);
    CHECK_STR(err.message, "cancelled: the request's token was fired");
    xb_cancel_rearm(t);
    xb_cancel_fire(t, XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(xb_cancel_check(t, &err), XYBRID_CANCELLED_CALLBACK);
    CHECK_STR(err.message, "cancelled: a callback of the host returned non-zero");
    xb_cancel_drop(t);
    CHECK_INT(tm.live_blocks, 0);
}

static void nothing_is_fine(void) {
    int64_t      ticket = 5;
    xybrid_error err;
    xb_cancel_fire(NULL, XYBRID_CANCELLED_TOKEN);
    xb_cancel_drop(NULL);
    CHECK(xb_cancel_keep(NULL) == NULL);
    CHECK_INT(xb_cancel_is_fired(NULL), 0);
    CHECK_INT(xb_cancel_reason(NULL), XYBRID_OK);
    CHECK_INT(xb_cancel_check(NULL, &err), XYBRID_OK);
    CHECK_INT(xb_cancel_wait(NULL, 1), 0);
    CHECK_INT(xb_cancel_on(NULL, count, NULL, &ticket, &err), XYBRID_OK);
    CHECK_INT(ticket, 0);
    xb_cancel_off(NULL, 0);
}

static void callbacks(void) {
    xb_atomic32    a = 0, b = 0, c = 0;
    xb_cancel_link one, two, late;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    int64_t        allocations = tm.calls;
    xb_cancel_link_on(t, &one, count, &a);
    xb_cancel_link_on(t, &two, count, &b);
    xb_cancel_link_off(t, &one);
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(a, 0);
    CHECK_INT(b, 1);
    xb_cancel_link_on(t, &late, count, &c); /* at once */
    CHECK_INT(c, 1);
    xb_cancel_link_off(t, &late);
    xb_cancel_link_off(t, &two);
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(b, 1);
    CHECK_INT(tm.calls, allocations);
    xb_cancel_drop(t);
    CHECK_INT(tm.live_blocks, 0);
}

static void tickets(void) {
    xb_atomic32  counts[XB_CANCEL_SLOTS + 1] = { 0 };
    int64_t      ticket[XB_CANCEL_SLOTS + 1] = { 0 };
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    for (int i = 0; i < XB_CANCEL_SLOTS; i++) CHECK_INT(xb_cancel_on(t, count, &counts[i], &ticket[i], &err), XYBRID_OK);
    CHECK_INT(xb_cancel_on(t, count, &counts[XB_CANCEL_SLOTS], &ticket[XB_CANCEL_SLOTS], &err), XYBRID_BUSY);
    CHECK_INT(ticket[XB_CANCEL_SLOTS], 0);
    xb_cancel_off(t, ticket[1]);
    xb_cancel_off(t, ticket[1]); /* of one that is gone: nothing, also when its slot is in use again */
    CHECK_INT(xb_cancel_on(t, count, &counts[XB_CANCEL_SLOTS], &ticket[XB_CANCEL_SLOTS], &err), XYBRID_OK);
    xb_cancel_off(t, ticket[1]);
    xb_cancel_off(t, 0);
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    for (int i = 0; i <= XB_CANCEL_SLOTS; i++) CHECK_INT(counts[i], i == 1 ? 0 : 1);
    for (int i = 0; i <= XB_CANCEL_SLOTS; i++) xb_cancel_off(t, ticket[i]);
    CHECK_INT(xb_cancel_on(t, count, &counts[0], &ticket[0], &err), XYBRID_OK);
    CHECK_INT(ticket[0], 0);
    CHECK_INT(counts[0], 2);
    xb_cancel_drop(t);
    CHECK_INT(tm.live_blocks, 0);
}

typedef struct own {
    xybrid_cancel *token;
    xb_cancel_link link;
    int            calls;
} own;

static void take_back_inside(void *arg) {
    own *o = arg;
    o->calls++;
    xb_cancel_link_off(o->token, &o->link); /* would wait for itself */
}

static void callback_may_take_itself_back(void) {
    xb_test_mem_init(&tm, 0, 0);
    own o = { .token = make() };
    xb_cancel_link_on(o.token, &o.link, take_back_inside, &o);
    xb_cancel_fire(o.token, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(o.calls, 1);
    xb_cancel_drop(o.token);
    CHECK_INT(tm.live_blocks, 0);
}

static void chains(void) {
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *user = make(), *a = make(), *b = make(), *deep = make(), *free_one = make();
    xb_cancel_chain(a, user);
    xb_cancel_chain(b, user);
    xb_cancel_chain(deep, a);
    xb_cancel_chain(free_one, user);
    xb_cancel_chain(free_one, NULL);
    xb_cancel_unchain(free_one);
    xb_cancel_unchain(free_one);
    xb_cancel_fire(b, XYBRID_CANCELLED_DEADLINE); /* a child does not fire its parent */
    CHECK_INT(xb_cancel_is_fired(user), 0);
    xb_cancel_drop(user); /* the children keep it */
    xb_cancel_fire(user, XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(xb_cancel_reason(a), XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(xb_cancel_reason(deep), XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(xb_cancel_reason(b), XYBRID_CANCELLED_DEADLINE);
    CHECK_INT(xb_cancel_is_fired(free_one), 0);
    xb_cancel_chain(free_one, user); /* fired already */
    CHECK_INT(xb_cancel_reason(free_one), XYBRID_CANCELLED_CALLBACK);
    xb_cancel_unchain(free_one);
    xb_cancel_rearm(free_one);
    CHECK_INT(xb_cancel_is_fired(free_one), 0);
    xb_cancel_unchain(a);
    xb_cancel_drop(a);
    xb_cancel_drop(b); /* the last reference unchains */
    xb_cancel_drop(deep);
    xb_cancel_drop(free_one);
    CHECK_INT(tm.live_blocks, 0);
}

static void waits(void) {
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    int64_t        begin = xb_clock_ns();
    CHECK_INT(xb_cancel_wait(t, 30), 0);
    CHECK(xb_clock_ns() - begin >= 30 * INT64_C(1000000));
    xb_cancel_fire(t, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(xb_cancel_wait(t, 60000), 1);
    CHECK_INT(xb_cancel_wait(t, -1), 1);
    CHECK(xb_clock_ns() - begin < 30 * INT64_C(1000000000));
    xb_cancel_drop(t);
}

static void out_of_memory(void) {
    XB_TORTURE (tm, 10) {
        xybrid_cancel *t = NULL;
        xybrid_error   err;
        xybrid_status  st = xb_cancel_new(&tm.mem, &t, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_cancel_drop(t);
    }
}

/* ---- races ---- */

static void wait_long(void *arg) { (void)xb_cancel_wait(arg, 60000); }

static void fire_wakes_the_waiters(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_thread    threads[4];
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *user = make(), *t = make();
    xb_cancel_chain(t, user);
    int64_t begin = xb_clock_ns();
    for (int i = 0; i < 4; i++) CHECK_OR_RETURN(xb_thread_start(&threads[i], "w", wait_long, t, &err) == XYBRID_OK);
    xb_sleep_ms(20);
    xb_cancel_fire(user, XYBRID_CANCELLED_TOKEN);
    for (int i = 0; i < 4; i++) xb_thread_join(&threads[i]);
    CHECK(xb_clock_ns() - begin < 20 * INT64_C(1000000000));
    xb_cancel_unchain(t);
    xb_cancel_drop(t);
    xb_cancel_drop(user);
}

enum { ROUNDS = 400, CROWD = 4 };

typedef struct race {
    xybrid_cancel *token;
    xb_atomic32    go, ready;
    xb_atomic32    late; /* callbacks after they were taken back */
    xb_atomic32    reasons;
} race;

typedef struct seat {
    race          *race;
    xb_thread      thread;
    xb_cancel_link link;
    int            is_mine;
} seat;

static void start_together(race *r) {
    (void)xb_atomic_add(&r->ready, 1);
    while (!xb_atomic_get(&r->go)) xb_thread_yield();
}

static void called(void *arg) {
    seat *s = arg;
    if (!s->is_mine) (void)xb_atomic_add(&s->race->late, 1);
}

/* on, off, on, off ...; after each off the seat's plain memory is the owner's alone. */
static void come_and_go(void *arg) {
    seat *s = arg;
    start_together(s->race);
    for (int i = 0; i < 20; i++) {
        s->is_mine = 1;
        xb_cancel_link_on(s->race->token, &s->link, called, s);
        if (i % 3 == 0) xb_thread_yield();
        xb_cancel_link_off(s->race->token, &s->link);
        s->is_mine = 0;
        memset(&s->link, 0xEE, sizeof s->link);
    }
}

static void come_and_go_by_ticket(void *arg) {
    seat        *s = arg;
    xybrid_error err;
    int64_t      ticket = 0;
    start_together(s->race);
    for (int i = 0; i < 20; i++) {
        s->is_mine = 1;
        if (xb_cancel_on(s->race->token, called, s, &ticket, &err)) continue;
        xb_cancel_off(s->race->token, ticket);
        s->is_mine = 0;
    }
}

/* A request: its own token, chained to the user's, used, and gone. */
static void request(void *arg) {
    seat        *s = arg;
    xybrid_error err;
    start_together(s->race);
    for (int i = 0; i < 5; i++) {
        xybrid_cancel *own_token = NULL;
        if (xb_cancel_new(s->race->token->mem, &own_token, &err)) return;
        xb_cancel_chain(own_token, s->race->token);
        if (i & 1) (void)xb_cancel_wait(own_token, 1);
        if (i & 2) xb_cancel_fire(own_token, XYBRID_CANCELLED_DEADLINE);
        xb_cancel_unchain(own_token);
        xb_cancel_rearm(own_token);
        xb_cancel_drop(own_token);
    }
}

static void fire_it(void *arg) {
    seat *s = arg;
    start_together(s->race);
    xb_cancel_fire(s->race->token, XYBRID_CANCELLED_TOKEN);
    if (xb_cancel_reason(s->race->token) == XYBRID_CANCELLED_TOKEN) (void)xb_atomic_add(&s->race->reasons, 1);
}

static void race_with(void (*body)(void *), xb_mem *mem) {
    for (int round = 0; round < ROUNDS; round++) {
        seat         seats[CROWD + 2];
        race         r = { .token = NULL };
        xybrid_error err;
        int          started = 0;
        CHECK_OR_RETURN(xb_cancel_new(mem, &r.token, &err) == XYBRID_OK);
        while (started < CROWD + 2) {
            seats[started] = (seat){ .race = &r };
            CHECK_OR_RETURN(xb_thread_start(&seats[started].thread, "race", started < CROWD ? body : fire_it, &seats[started],
                                            &err) == XYBRID_OK);
            started++;
        }
        while (xb_atomic_get(&r.ready) < started) xb_thread_yield();
        xb_atomic_set(&r.go, 1);
        for (int i = 0; i < started; i++) xb_thread_join(&seats[i].thread);
        CHECK_INT(xb_atomic_get(&r.late), 0);
        CHECK_INT(xb_atomic_get(&r.reasons), 2);
        CHECK_INT(r.token->refs, 1);
        CHECK(r.token->first == NULL && r.token->running == NULL);
        xb_cancel_drop(r.token);
    }
}

/* The test's counting memory is for one thread; here the C library's is used, and used_bytes tells leaks. */
static void all_rounds(void (*body)(void *)) {
    xb_mem mem;
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    race_with(body, &mem);
    CHECK_INT(mem.used_bytes, 0);
}
static void fire_against_links(void) { all_rounds(come_and_go); }
static void fire_against_tickets(void) { all_rounds(come_and_go_by_ticket); }
static void fire_against_requests(void) { all_rounds(request); }

typedef struct slow {
    xb_atomic32 has_begun;
    int         is_done;
} slow; /* is_done: not atomic, so taking back must order it */

static void call_slowly(void *arg) {
    slow *s = arg;
    xb_atomic_set(&s->has_begun, 1);
    xb_sleep_ms(50);
    s->is_done = 1;
}

static void fire_now(void *arg) { xb_cancel_fire(arg, XYBRID_CANCELLED_TOKEN); }

static void off_waits_for_the_callback(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_thread      thread;
    xb_cancel_link link;
    slow           s = { 0 };
    int64_t        ticket = 0;
    xybrid_error   err;
    for (int by_ticket = 0; by_ticket < 2; by_ticket++) {
        xb_test_mem_init(&tm, 0, 0);
        xybrid_cancel *t = make();
        s = (slow){ 0 };
        if (by_ticket) CHECK_INT(xb_cancel_on(t, call_slowly, &s, &ticket, &err), XYBRID_OK);
        else xb_cancel_link_on(t, &link, call_slowly, &s);
        CHECK_OR_RETURN(xb_thread_start(&thread, "fire", fire_now, t, &err) == XYBRID_OK);
        while (!xb_atomic_get(&s.has_begun)) xb_thread_yield();
        if (by_ticket) xb_cancel_off(t, ticket);
        else xb_cancel_link_off(t, &link);
        CHECK(s.is_done);
        xb_thread_join(&thread);
        xb_cancel_drop(t);
    }
}

/* ---- deadlines ---- */

static void removal_waits_for_the_firing(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_timer       timer;
    xb_timer_entry entry;
    xb_cancel_link link;
    slow           s = { 0 };
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xb_timer_init(&timer);
    xb_cancel_link_on(t, &link, call_slowly, &s);
    xb_timer_add(&timer, &entry, t, xb_clock_after_ms(1));
    while (!xb_atomic_get(&s.has_begun)) xb_thread_yield();
    xb_timer_remove(&timer, &entry);
    CHECK(s.is_done);
    xb_cancel_link_off(t, &link);
    xb_timer_free(&timer);
    xb_cancel_drop(t);
}

static void deadlines_fire_in_time(void) {
    xb_timer       timer;
    xb_timer_entry entries[3];
    xybrid_cancel *tokens[3];
    xb_test_mem_init(&tm, 0, 0);
    xb_timer_init(&timer);
    int64_t              begin = xb_clock_ns(), due[3];
    int64_t              allocations = tm.calls + 3;
    static const int64_t ms[] = { 60000, 90, 30 }; /* each is earlier than what the watchdog waits for */
    for (int i = 0; i < 3; i++) {
        tokens[i] = make();
        due[i] = begin + ms[i] * 1000000;
        xb_timer_add(&timer, &entries[i], tokens[i], due[i]);
    }
    CHECK_INT(tm.calls, allocations);
    CHECK_INT(xb_cancel_wait(tokens[2], 20000), 1);
    CHECK(xb_clock_ns() >= due[2]);
    CHECK_INT(xb_cancel_wait(tokens[1], 20000), 1);
    CHECK(xb_clock_ns() >= due[1]);
    CHECK(xb_clock_ns() < due[1] + 15 * INT64_C(1000000000));
    CHECK_INT(xb_cancel_reason(tokens[1]), XYBRID_CANCELLED_DEADLINE);
    CHECK_INT(xb_cancel_is_fired(tokens[0]), 0);
    for (int i = 0; i < 3; i++) {
        xb_timer_remove(&timer, &entries[i]);
        xb_cancel_drop(tokens[i]);
    }
    xb_timer_free(&timer);
    CHECK_INT(tm.live_blocks, 0);
}

static void past_deadline_fires_at_once(void) {
    xb_timer       timer;
    xb_timer_entry entry;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xb_timer_init(&timer);
    xb_timer_add(&timer, &entry, t, xb_clock_ns());
    CHECK_INT(xb_cancel_reason(t), XYBRID_CANCELLED_DEADLINE);
    CHECK_INT(timer.is_running, 0);
    xb_timer_remove(&timer, &entry);
    xb_timer_free(&timer);
    xb_cancel_drop(t);
}

static void removed_deadline_does_not_fire(void) {
    xb_timer       timer;
    xb_timer_entry entry;
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xb_timer_init(&timer);
    for (int i = 0; i < 100; i++) {
        xb_timer_add(&timer, &entry, t, xb_clock_after_ms(40));
        xb_timer_remove(&timer, &entry);
    }
    CHECK_INT(xb_cancel_wait(t, 80), 0);
    xb_timer_free(&timer);
    xb_cancel_drop(t);
}

typedef struct own_deadline {
    xb_timer      *timer;
    xb_timer_entry entry;
    int            calls;
} own_deadline;
static void remove_inside(void *arg) {
    own_deadline *o = arg;
    xb_timer_remove(o->timer, &o->entry); /* on the watchdog: would wait for itself */
    o->calls++;
}

static void callback_may_remove_its_deadline(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_timer       timer;
    xb_cancel_link link;
    own_deadline   o = { .timer = &timer };
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xb_timer_init(&timer);
    xb_cancel_link_on(t, &link, remove_inside, &o);
    xb_timer_add(&timer, &o.entry, t, xb_clock_after_ms(5));
    CHECK_INT(xb_cancel_wait(t, 20000), 1);
    xb_cancel_link_off(t, &link); /* returns when the callback has */
    xb_timer_free(&timer);
    CHECK_INT(o.calls, 1);
    xb_cancel_drop(t);
}

typedef struct runner {
    xb_thread thread;
    xb_timer *timer;
    xb_mem   *mem;
    uint32_t  seed;
    int       is_wrong;
} runner;

/* Requests with deadlines about as long as they are: removed before, while and after they fire. */
static void run_with_deadlines(void *arg) {
    runner        *r = arg;
    xybrid_error   err;
    xybrid_cancel *t = NULL;
    if (xb_cancel_new(r->mem, &t, &err)) return;
    for (int i = 0; i < 300; i++) {
        xb_timer_entry entry;
        r->seed = r->seed * 1664525u + 1013904223u;
        int64_t due = xb_clock_ns() + (int64_t)(r->seed >> 12); /* up to 1 ms */
        xb_timer_add(r->timer, &entry, t, due);
        if (r->seed & 1024) (void)xb_cancel_wait(t, r->seed & 2048 ? 5000 : 1);
        if (xb_cancel_is_fired(t) && xb_clock_ns() < due) r->is_wrong = 1;
        xb_timer_remove(r->timer, &entry);
        memset(&entry, 0xEE, sizeof entry);
        xb_cancel_rearm(t);
        if (xb_cancel_is_fired(t)) r->is_wrong = 1;
    }
    xb_cancel_drop(t);
}

static void deadlines_race_with_removal(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_mem       mem;
    xb_timer     timer;
    runner       runners[4];
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_timer_init(&timer);
    for (uint32_t i = 0; i < 4; i++) {
        runners[i] = (runner){ .timer = &timer, .mem = &mem, .seed = i + 1 };
        CHECK_OR_RETURN(xb_thread_start(&runners[i].thread, "run", run_with_deadlines, &runners[i], &err) == XYBRID_OK);
    }
    for (int i = 0; i < 4; i++) {
        xb_thread_join(&runners[i].thread);
        CHECK(!runners[i].is_wrong);
    }
    CHECK(timer.first == NULL && timer.last == NULL);
    xb_timer_free(&timer);
    CHECK_INT(mem.used_bytes, 0);
}

/* What WASI always does, anywhere by a thread that is refused. */
static void deadline_without_a_thread(void) {
    xb_timer       timer;
    xb_timer_entry entry;
    xybrid_error   err;
#if defined(XB_FAULTS)
    xb_fault_set(XB_FAULT_THREAD, 1, 1);
#else
    if (XB_HAS_THREADS) CHECK_SKIP("a build with XYBRID_FAULTS");
#endif
    xb_test_mem_init(&tm, 0, 0);
    xybrid_cancel *t = make();
    xb_timer_init(&timer);
    int64_t begin = xb_clock_ns();
    xb_timer_add(&timer, &entry, t, xb_clock_after_ms(30));
    CHECK_INT(xb_cancel_is_fired(t), 0);
    CHECK_INT(xb_cancel_wait(t, 5), 0);
    CHECK_INT(xb_cancel_wait(t, -1), 1);
    CHECK(xb_clock_ns() - begin >= 30 * INT64_C(1000000));
    CHECK_INT(xb_cancel_check(t, &err), XYBRID_CANCELLED_DEADLINE);
    xb_timer_remove(&timer, &entry);
    xb_cancel_rearm(t);
    xb_timer_add(&timer, &entry, t, xb_clock_after_ms(1));
    xb_timer_remove(&timer, &entry);
    xb_sleep_ms(5);
    CHECK_INT(xb_cancel_is_fired(t), 0);
#if defined(XB_FAULTS)
    xb_fault_clear();
#endif
    xb_timer_free(&timer);
    xb_cancel_drop(t);
    CHECK_INT(tm.live_blocks, 0);
}

CHECK_MAIN(RUN(fires_once), RUN(nothing_is_fine), RUN(callbacks), RUN(tickets), RUN(callback_may_take_itself_back), RUN(chains),
           RUN(waits), RUN(out_of_memory), RUN(fire_wakes_the_waiters), RUN(fire_against_links), RUN(fire_against_tickets),
           RUN(fire_against_requests), RUN(off_waits_for_the_callback), RUN(removal_waits_for_the_firing),
           RUN(deadlines_fire_in_time), RUN(past_deadline_fires_at_once), RUN(removed_deadline_does_not_fire),
           RUN(callback_may_remove_its_deadline), RUN(deadlines_race_with_removal), RUN(deadline_without_a_thread))
