/* plat/pool.c - see pool.h.
 *
 *     caller: list the loop, wake sleepers --> claim chunks --> unlist --> wait for helpers that are inside
 *     worker: pick the loop with the fewest helpers --> claim chunks --> leave --> look on for a moment --> sleep
 *
 * A loop lies on its caller's stack. Helpers enter and leave it under the pool's lock, enter only while it is listed, and the
 * caller returns when none is inside: so nobody touches it later. Chunks themselves are claimed without the lock. */
#include "plat/pool.h"

#include "base/error.h"
#include "base/limits.h"
#include "plat/clock.h"
#include "plat/fork.h"
#include "plat/fpenv.h"
#include "plat/thread.h"

typedef struct loop {
    struct loop *next;
    xb_pool_fn   fn;
    void        *arg;
    int32_t      chunks;
    uint64_t     owner;
    xb_atomic64  claimed; /* 64 bits: each helper may step once past the end */
    xb_atomic32  helpers; /* inside; changed under the pool's lock */
} loop;

typedef struct worker {
    xb_thread thread;
    uint64_t  id; /* 0 = has not begun */
    xb_pool  *pool;
} worker;

struct xb_pool {
    xb_mem     *mem;
    int32_t     threads; /* budget, callers included */
    int64_t     process; /* of the maker */
    xb_atomic32 news;    /* counts listed loops, and the end: what a worker looks at before it sleeps */
    xb_mutex    mutex;   /* guards all below */
    xb_cond     work;    /* workers sleep here */
    xb_cond     left;    /* a loop has lost its last helper */
    loop       *loops;
    int32_t     callers; /* loops that are listed */
    int32_t     busy;    /* workers inside a loop */
    int32_t     looking, sleeping;
    int32_t     is_refused; /* the system gave no more threads */
    int32_t     is_ending;
    int32_t     workers;  /* started */
    worker      worker[]; /* threads - 1 */
};

xybrid_status xb_pool_new(xb_mem *mem, int32_t threads, xb_pool **out, xybrid_error *err) {
    if (threads < 1 || threads > XB_MAX_THREADS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "threads", "a budget of %d threads; 1 to %d are possible", threads,
                       XB_MAX_THREADS);
    xb_pool *pool = xb_calloc(mem, 1, sizeof *pool + (size_t)(threads - 1) * sizeof(worker), err);
    if (!pool) return err->code;
    pool->mem = mem;
    pool->threads = threads;
    pool->process = xb_process_id();
    xb_mutex_init(&pool->mutex);
    xb_cond_init(&pool->work);
    xb_cond_init(&pool->left);
    *out = pool;
    return XYBRID_OK;
}

void xb_pool_free(xb_pool *pool) {
    if (!pool) return;
    if (pool->process == xb_process_id()) {
        xb_mutex_lock(&pool->mutex);
        pool->is_ending = 1;
        (void)xb_atomic_add(&pool->news, 1);
        xb_cond_broadcast(&pool->work);
        xb_mutex_unlock(&pool->mutex);
        for (int32_t i = 0; i < pool->workers; i++) xb_thread_join(&pool->worker[i].thread);
        xb_cond_free(&pool->left);
        xb_cond_free(&pool->work);
        xb_mutex_free(&pool->mutex);
    }
    xb_free(pool->mem, pool);
}

int32_t xb_pool_threads(const xb_pool *pool) { return pool ? pool->threads : 1; }

int32_t xb_pool_workers(xb_pool *pool) {
    xb_mutex_lock(&pool->mutex);
    int32_t workers = pool->workers;
    xb_mutex_unlock(&pool->mutex);
    return workers;
}

static void run_chunks(loop *l, int32_t number) {
    for (;;) {
        int64_t chunk = xb_atomic_add(&l->claimed, 1);
        if (chunk >= l->chunks) return;
        l->fn(l->arg, (int32_t)chunk, number);
    }
}

static void run_alone(int32_t chunks, xb_pool_fn fn, void *arg) {
    for (int32_t chunk = 0; chunk < chunks; chunk++) fn(arg, chunk, 0);
}

/* Waits a little until *value is not `old`. */
static void look_at(xb_atomic32 *value, int32_t old) {
    enum { LOOKS = 32 };
    int64_t due_ns = xb_clock_ns() + XB_POOL_SPIN_NS;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (xb_atomic_get(value) != old) return;
            xb_thread_pause();
        }
    } while (xb_clock_ns() < due_ns);
}

/* ---- workers; the lock is held unless stated ---- */

/* The loop with unclaimed chunks that has the fewest helpers; NULL if there is none or the budget is used up. */
static loop *pick(const xb_pool *pool) {
    loop *best = NULL;
    if (pool->callers + pool->busy >= pool->threads) return NULL;
    for (loop *l = pool->loops; l; l = l->next)
        if (xb_atomic_get(&l->claimed) < l->chunks && (!best || xb_atomic_get(&l->helpers) < xb_atomic_get(&best->helpers)))
            best = l;
    return best;
}

static void help(xb_pool *pool, loop *l, int32_t number) {
    pool->busy++;
    (void)xb_atomic_add(&l->helpers, 1);
    xb_mutex_unlock(&pool->mutex);
    run_chunks(l, number);
    xb_mutex_lock(&pool->mutex);
    pool->busy--;
    if (xb_atomic_add(&l->helpers, -1) == 1) xb_cond_broadcast(&pool->left);
}

/* Without the lock for a moment. */
static void look_for_work(xb_pool *pool) {
    int32_t old = xb_atomic_get(&pool->news);
    pool->looking++;
    xb_mutex_unlock(&pool->mutex);
    look_at(&pool->news, old);
    xb_mutex_lock(&pool->mutex);
    pool->looking--;
}

static void work(void *arg) {
    worker  *self = arg;
    xb_pool *pool = self->pool;
    int      may_look = 0; /* only after some work: then more often follows */
    (void)xb_fp_enter();
    xb_mutex_lock(&pool->mutex);
    self->id = xb_thread_id();
    for (;;) {
        loop *l = pick(pool);
        if (l) {
            help(pool, l, (int32_t)(self - pool->worker) + 1); /* 0 is the caller */
            may_look = 1;
        } else if (pool->is_ending) {
            break;
        } else if (may_look) {
            look_for_work(pool);
            may_look = 0;
        } else {
            pool->sleeping++;
            xb_cond_wait(&pool->work, &pool->mutex);
            pool->sleeping--;
        }
    }
    xb_mutex_unlock(&pool->mutex);
}

/* Until `wanted` are there, or the system refuses. */
static void start_workers(xb_pool *pool, int32_t wanted) {
    xybrid_error ignored; /* with fewer workers the caller does more */
    if (wanted > pool->threads - 1) wanted = pool->threads - 1;
    while (pool->workers < wanted && !pool->is_refused) {
        worker *w = &pool->worker[pool->workers];
        w->pool = pool;
        if (xb_thread_start(&w->thread, "xybrid-worker", work, w, &ignored)) pool->is_refused = 1;
        else pool->workers++;
    }
}

/* ---- callers; the lock is held unless stated ---- */

/* Is the calling thread inside a chunk of this pool? */
static int is_nested(const xb_pool *pool) {
    uint64_t self = xb_thread_id();
    for (const loop *l = pool->loops; l; l = l->next)
        if (l->owner == self) return 1;
    for (int32_t i = 0; i < pool->workers; i++)
        if (pool->worker[i].id == self) return 1;
    return 0;
}

/* Those who still look need no wake-up. */
static void wake(xb_pool *pool, int32_t wanted) {
    int32_t room = pool->threads - pool->callers - pool->busy;
    if (wanted > room) wanted = room;
    wanted -= pool->looking;
    for (int32_t i = 0; i < wanted && i < pool->sleeping; i++) xb_cond_signal(&pool->work);
}

static void list(xb_pool *pool, loop *l) {
    l->next = pool->loops;
    pool->loops = l;
    pool->callers++;
    (void)xb_atomic_add(&pool->news, 1);
    wake(pool, l->chunks - 1);
}

static void unlist(xb_pool *pool, loop *l) {
    loop **at = &pool->loops;
    while (*at != l) at = &(*at)->next;
    *at = l->next;
    pool->callers--;
    if (pool->loops) { /* another caller has room for one more helper now */
        (void)xb_atomic_add(&pool->news, 1);
        wake(pool, 1);
    }
}

/* Without the lock. Everything is claimed; helpers that are still computing are waited for. */
static void wait_for_helpers(xb_pool *pool, loop *l) {
    int32_t inside = xb_atomic_get(&l->helpers);
    int64_t due_ns = xb_clock_ns() + XB_POOL_SPIN_NS;
    while (inside > 0 && xb_clock_ns() < due_ns) {
        look_at(&l->helpers, inside);
        inside = xb_atomic_get(&l->helpers);
    }
    xb_mutex_lock(&pool->mutex); /* in any case: the last helper has let go of it when we have it */
    while (xb_atomic_get(&l->helpers) > 0) xb_cond_wait(&pool->left, &pool->mutex);
    xb_mutex_unlock(&pool->mutex);
}

void xb_pool_parallel(xb_pool *pool, int32_t chunks, xb_pool_fn fn, void *arg) {
    if (!XB_HAS_THREADS || !pool || pool->threads < 2 || chunks < 2) {
        run_alone(chunks, fn, arg);
        return;
    }
    loop l = { .fn = fn, .arg = arg, .chunks = chunks, .owner = xb_thread_id() };
    xb_mutex_lock(&pool->mutex);
    int is_alone = is_nested(pool);
    if (!is_alone) {
        start_workers(pool, chunks - 1);
        is_alone = pool->workers == 0;
    }
    if (!is_alone) list(pool, &l);
    xb_mutex_unlock(&pool->mutex);
    if (is_alone) {
        run_alone(chunks, fn, arg);
        return;
    }
    run_chunks(&l, 0);
    xb_mutex_lock(&pool->mutex);
    unlist(pool, &l);
    int32_t inside = xb_atomic_get(&l.helpers);
    xb_mutex_unlock(&pool->mutex);
    if (inside > 0) wait_for_helpers(pool, &l);
}
