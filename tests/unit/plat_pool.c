/* plat/pool.h: every chunk once, several callers, nested loops, the budget, no thread to be had, no time used when idle. */
#define _GNU_SOURCE 1
#include "plat/pool.h"

#include <time.h>

#include "base/limits.h"
#include "plat/clock.h"
#include "plat/fault.h"
#include "plat/fpenv.h"
#include "plat/thread.h"
#include "support.h"

enum { MOST = 1000 };

typedef struct job {
    xb_pool    *pool;
    xb_atomic32 done[MOST]; /* times that each chunk ran */
    xb_atomic32 inside, worst;
    int32_t     inner; /* chunks of a nested loop */
    xb_atomic64 inner_sum;
    int32_t     linger;
    xb_atomic32 numbers[64]; /* threads that hold this worker's number now */
    xb_atomic32 is_shared;   /* two held one at the same time */
} job;

typedef struct inner {
    job     *outer;
    uint64_t thread;
} inner;

static void add_inner(void *arg, int32_t chunk, int32_t worker) {
    inner *in = arg;
    (void)worker;
    if (xb_thread_id() == in->thread) (void)xb_atomic_add(&in->outer->inner_sum, chunk + 1);
    if (in->outer->linger) xb_sleep_ms(in->outer->linger);
}

static void run_chunk(void *arg, int32_t chunk, int32_t worker) {
    job    *j = arg;
    int32_t inside = xb_atomic_add(&j->inside, 1) + 1, worst = xb_atomic_get(&j->worst);
    while (inside > worst && !atomic_compare_exchange_weak(&j->worst, &worst, inside)) {}
    (void)xb_atomic_add(&j->done[chunk], 1);
    if (worker < 0 || worker > 63 || xb_atomic_add(&j->numbers[worker], 1) != 0) xb_atomic_set(&j->is_shared, 1);
    if (j->linger) xb_sleep_ms(j->linger);
    inner in = { j, xb_thread_id() };
    if (j->inner) xb_pool_parallel(j->pool, j->inner, add_inner, &in);
    (void)xb_atomic_add(&j->numbers[worker], -1);
    (void)xb_atomic_add(&j->inside, -1);
}

static int all_once(job *j, int32_t chunks) {
    for (int32_t i = 0; i < MOST; i++)
        if (xb_atomic_get(&j->done[i]) != (i < chunks)) return 0;
    return 1;
}

static xb_pool *make(xb_test_mem *tm, int32_t threads) {
    xb_pool     *pool = NULL;
    xybrid_error err;
    xb_test_mem_init(tm, 0, 0);
    CHECK_INT(xb_pool_new(&tm->mem, threads, &pool, &err), XYBRID_OK);
    return pool;
}

static void every_chunk_once(void) {
    static const int32_t counts[] = { 0, 1, 2, 3, 7, 64, 1000, -5 };
    for (int32_t threads = 1; threads <= 8; threads++) {
        xb_test_mem tm;
        xb_pool    *pool = make(&tm, threads);
        CHECK_INT(xb_pool_threads(pool), threads);
        CHECK_INT(xb_pool_workers(pool), 0);
        int64_t allocations = tm.calls;
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            for (int round = 0; round < 20; round++) {
                job j = { .pool = pool };
                xb_pool_parallel(pool, counts[i], run_chunk, &j);
                CHECK_OR_RETURN(all_once(&j, counts[i]));
                CHECK(xb_atomic_get(&j.worst) <= threads);
                CHECK(!xb_atomic_get(&j.is_shared));
            }
        CHECK_INT(xb_pool_workers(pool), XB_HAS_THREADS ? threads - 1 : 0);
        CHECK_INT(tm.calls, allocations);
        xb_pool_free(pool);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void without_a_pool(void) {
    job j = { .pool = NULL };
    xb_pool_parallel(NULL, 10, run_chunk, &j);
    CHECK(all_once(&j, 10));
    CHECK_INT(xb_pool_threads(NULL), 1);
    xb_pool_free(NULL);
}

static void starts_only_what_it_needs(void) {
    xb_test_mem tm;
    xb_pool    *pool = make(&tm, 8);
    job         j = { .pool = pool };
    xb_pool_parallel(pool, 1, run_chunk, &j);
    CHECK_INT(xb_pool_workers(pool), 0);
    j = (job){ .pool = pool };
    xb_pool_parallel(pool, 3, run_chunk, &j);
    CHECK_INT(xb_pool_workers(pool), XB_HAS_THREADS ? 2 : 0);
    xb_pool_free(pool);
}

static void helpers_do_help(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_test_mem tm;
    xb_pool    *pool = make(&tm, 4);
    job         j = { .pool = pool, .linger = 30 };
    xb_pool_parallel(pool, 8, run_chunk, &j);
    CHECK(all_once(&j, 8));
    CHECK(xb_atomic_get(&j.worst) >= 2 && xb_atomic_get(&j.worst) <= 4);
    xb_pool_free(pool);
}

static void nested_loops_run_inline(void) {
    xb_test_mem tm;
    xb_pool    *pool = make(&tm, 8);
    for (int round = 0; round < 50; round++) {
        job j = { .pool = pool, .inner = 10 };
        xb_pool_parallel(pool, 20, run_chunk, &j);
        CHECK(all_once(&j, 20));
        CHECK_INT(xb_atomic_get(&j.inner_sum), 20 * 55);
    }
    job few = { .pool = pool, .inner = 10, .linger = 2 }; /* workers are idle, and yet */
    xb_pool_parallel(pool, 2, run_chunk, &few);
    CHECK_INT(xb_atomic_get(&few.inner_sum), 2 * 55);
    xb_pool_free(pool);
}

typedef struct caller {
    xb_thread thread;
    xb_pool  *pool;
    int       rounds, is_wrong;
    uint32_t  seed;
} caller;

static void call_much(void *arg) {
    caller *c = arg;
    for (int round = 0; round < c->rounds && !c->is_wrong; round++) {
        job j = { .pool = c->pool };
        c->seed = c->seed * 1664525u + 1013904223u;
        int32_t chunks = (int32_t)(c->seed >> 24);
        j.inner = (c->seed >> 8 & 7) == 0 ? 3 : 0;
        xb_pool_parallel(c->pool, chunks, run_chunk, &j);
        if (!all_once(&j, chunks) || xb_atomic_get(&j.inside) != 0) c->is_wrong = 1;
    }
}

static void eight_callers_at_once(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    for (int32_t threads = 2; threads <= 12; threads += 5) {
        xb_test_mem  tm;
        caller       callers[8];
        xybrid_error err;
        xb_pool     *pool = make(&tm, threads);
        for (uint32_t i = 0; i < 8; i++) {
            callers[i] = (caller){ .pool = pool, .rounds = 300, .seed = i + 1 };
            CHECK_OR_RETURN(xb_thread_start(&callers[i].thread, "caller", call_much, &callers[i], &err) == XYBRID_OK);
        }
        for (int i = 0; i < 8; i++) {
            xb_thread_join(&callers[i].thread);
            CHECK(!callers[i].is_wrong);
        }
        xb_pool_free(pool);
        CHECK_INT(tm.live_blocks, 0);
    }
}

/* ---- a caller waits for nobody who has not begun ---- */

typedef struct gate {
    xb_pool    *pool;
    xb_atomic32 is_open, entered;
} gate;

static void stand_at_gate(void *arg, int32_t chunk, int32_t worker) {
    gate *g = arg;
    (void)chunk, (void)worker;
    (void)xb_atomic_add(&g->entered, 1);
    while (!xb_atomic_get(&g->is_open)) xb_thread_yield();
}
static void block_workers(void *arg) {
    gate *g = arg;
    xb_pool_parallel(g->pool, 2, stand_at_gate, g);
}

static void caller_does_not_wait_for_sleepers(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_test_mem  tm;
    xb_thread    other;
    xybrid_error err;
    xb_pool     *pool = make(&tm, 2);
    gate         g = { .pool = pool };
    CHECK_OR_RETURN(xb_thread_start(&other, "blocker", block_workers, &g, &err) == XYBRID_OK);
    while (xb_atomic_get(&g.entered) < 2) xb_thread_yield(); /* the only worker and its caller are stuck */
    for (int i = 0; i < 100; i++) {
        job j = { .pool = pool };
        xb_pool_parallel(pool, 50, run_chunk, &j);
        CHECK(all_once(&j, 50));
        CHECK_INT(xb_atomic_get(&j.worst), 1);
    }
    xb_atomic_set(&g.is_open, 1);
    xb_thread_join(&other);
    xb_pool_free(pool);
}

/* With two callers and a budget of two, the worker does not help. */
typedef struct stuck {
    xb_pool    *pool;
    xb_thread   thread;
    xb_atomic64 owner;
    xb_atomic32 is_stuck, is_open, others;
} stuck;

static void hold_the_owner(void *arg, int32_t chunk, int32_t worker) {
    stuck *s = arg;
    (void)chunk, (void)worker;
    if (xb_thread_id() != (uint64_t)xb_atomic_get(&s->owner)) {
        (void)xb_atomic_add(&s->others, 1);
        return;
    }
    xb_atomic_set(&s->is_stuck, 1);
    while (!xb_atomic_get(&s->is_open)) xb_thread_yield();
}
static void call_until_stuck(void *arg) {
    stuck *s = arg;
    xb_atomic_set(&s->owner, (int64_t)xb_thread_id());
    while (!xb_atomic_get(&s->is_stuck)) {
        xb_atomic_set(&s->others, 0);
        xb_pool_parallel(s->pool, 2, hold_the_owner, s);
    }
}

static void budget_counts_callers(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_test_mem  tm;
    xybrid_error err;
    xb_pool     *pool = make(&tm, 2);
    stuck        s = { .pool = pool };
    CHECK_OR_RETURN(xb_thread_start(&s.thread, "stuck", call_until_stuck, &s, &err) == XYBRID_OK);
    while (!xb_atomic_get(&s.is_stuck) || xb_atomic_get(&s.others) < 1) xb_thread_yield();
    for (int i = 0; i < 5; i++) {
        job j = { .pool = pool, .linger = 10 };
        xb_pool_parallel(pool, 4, run_chunk, &j);
        CHECK(all_once(&j, 4));
        CHECK_INT(xb_atomic_get(&j.worst), 1);
    }
    xb_atomic_set(&s.is_open, 1);
    xb_thread_join(&s.thread);
    xb_pool_free(pool);
}

static void see_modes(void *arg, int32_t chunk, int32_t worker) {
    xb_atomic32 *wrong = arg;
    (void)chunk, (void)worker;
    if ((xb_fp_get() & ~UINT64_C(0x3F)) != XB_FP_KERNEL) (void)xb_atomic_add(wrong, 1); /* less x86's sticky flags */
    xb_sleep_ms(2);
}

static void workers_have_kernel_modes(void) {
    xb_test_mem tm;
    xb_atomic32 wrong = 0;
    xb_pool    *pool = make(&tm, 3);
    job         j = { .pool = pool };
    xb_pool_parallel(pool, 3, run_chunk, &j); /* a thread inherits the modes of its maker: start them with the usual ones */
    xb_fp_modes host = xb_fp_enter();
    xb_pool_parallel(pool, 12, see_modes, &wrong);
    xb_fp_leave(host);
    CHECK_INT(xb_atomic_get(&wrong), 0);
    xb_pool_free(pool);
}

static void idle_costs_nothing(void) {
#if defined(_WIN32) || defined(__wasi__)
    CHECK_SKIP("processor time of the process");
#else
    xb_test_mem tm;
    xb_pool    *pool = make(&tm, 4);
    for (int i = 0; i < 100; i++) {
        job j = { .pool = pool };
        xb_pool_parallel(pool, 16, run_chunk, &j);
    }
    xb_sleep_ms(20);
    clock_t before = clock();
    xb_sleep_ms(300);
    double used_ms = (double)(clock() - before) * 1000 / CLOCKS_PER_SEC;
    CHECK(used_ms < 5);
    xb_pool_free(pool);
#endif
}

static void goes_on_with_fewer(void) {
#if defined(XB_FAULTS)
    for (int64_t nth = 1; nth <= 3; nth++) {
        xb_test_mem tm;
        xb_pool    *pool = make(&tm, 4);
        xb_fault_set(XB_FAULT_THREAD, nth, 1);
        for (int i = 0; i < 10; i++) {
            job j = { .pool = pool };
            xb_pool_parallel(pool, 100, run_chunk, &j);
            CHECK(all_once(&j, 100));
        }
        CHECK_INT(xb_pool_workers(pool), XB_HAS_THREADS ? nth - 1 : 0);
        xb_fault_clear();
        xb_pool_free(pool);
        CHECK_INT(tm.live_blocks, 0);
    }
#else
    CHECK_SKIP("a build with XYBRID_FAULTS");
#endif
}

static void made_and_freed_often(void) {
    for (int i = 0; i < 200; i++) {
        xb_test_mem tm;
        job         j = { .pool = NULL };
        xb_pool    *pool = make(&tm, 3);
        if (i & 1) xb_pool_parallel(pool, 5, run_chunk, &j);
        xb_pool_free(pool);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void wrong_budget_and_no_memory(void) {
    xb_test_mem  tm;
    xb_pool     *pool = NULL;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(xb_pool_new(&tm.mem, 0, &pool, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "a budget of 0 threads; 1 to 64 are possible");
    CHECK_INT(xb_pool_new(&tm.mem, XB_MAX_THREADS + 1, &pool, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(pool == NULL);
    XB_TORTURE (tm, 10) {
        job j = { .pool = NULL };
        pool = NULL;
        xybrid_status st = xb_pool_new(&tm.mem, 4, &pool, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_pool_parallel(pool, 9, run_chunk, &j);
        CHECK(all_once(&j, 9));
        xb_pool_free(pool);
    }
}

CHECK_MAIN(RUN(every_chunk_once), RUN(without_a_pool), RUN(starts_only_what_it_needs), RUN(helpers_do_help),
           RUN(nested_loops_run_inline), RUN(eight_callers_at_once), RUN(caller_does_not_wait_for_sleepers),
           RUN(budget_counts_callers), RUN(workers_have_kernel_modes), RUN(idle_costs_nothing), RUN(goes_on_with_fewer),
           RUN(made_and_freed_often), RUN(wrong_budget_and_no_memory))
