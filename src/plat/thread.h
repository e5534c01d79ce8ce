/* plat/thread.h - threads, locks, once, and how many processors there are.
 *
 * Locks are plain structs that may stand inside others, need no memory, and must not move once initialised. On a system
 * without threads (WASI: XB_HAS_THREADS 0) locks cost nothing and xb_thread_start fails; what needs a worker must go on
 * without one. */
#ifndef XB_THREAD_H
#define XB_THREAD_H

#include <xybrid/base.h>

#include "base/atomic.h"

#if defined(__wasi__)
#  define XB_HAS_THREADS 0
#else
#  define XB_HAS_THREADS 1
#endif

/* Room for the system's own objects; each system's file checks that they fit. */
typedef struct xb_mutex {
    uint64_t words[8];
} xb_mutex;
typedef struct xb_cond {
    uint64_t words[8];
} xb_cond;

/* Not recursive. Unlocked by the thread that locked it. */
void xb_mutex_init(xb_mutex *m);
void xb_mutex_lock(xb_mutex *m);
void xb_mutex_unlock(xb_mutex *m);
void xb_mutex_free(xb_mutex *m); /* nobody holds it or waits for it */

void xb_cond_init(xb_cond *c);
void xb_cond_signal(xb_cond *c);    /* wakes at least one waiter, if there is one */
void xb_cond_broadcast(xb_cond *c); /* wakes all */
void xb_cond_free(xb_cond *c);      /* nobody waits */

/* `m` is held by the caller, free during the wait, held again afterwards. May wake without a signal: always in a loop. Must
 * not be reached where XB_HAS_THREADS is 0: nobody could send the signal. */
void xb_cond_wait(xb_cond *c, xb_mutex *m);

/* The same until xb_clock_ns() >= due_ns (then 1; else 0). Without threads: sleeps until then. */
int xb_cond_wait_until(xb_cond *c, xb_mutex *m, int64_t due_ns);

/* Zero = not run yet, so a static or calloc'ed one is ready. */
typedef struct xb_once {
    xb_atomic32 state;
} xb_once;

/* Runs fn(arg) the first time; every caller returns after it has run. fn must not come back to the same once. Any thread. */
void xb_once_run(xb_once *once, void (*fn)(void *arg), void *arg);

/* A running thread. Stays at its address until it is joined. */
typedef struct xb_thread {
    uint64_t    handle;
    const char *name;
    void (*fn)(void *arg);
    void *arg;
} xb_thread;

/* Address space, used as touched. Kernels keep to 64 KiB, but engines' libraries need more, and glibc takes the thread-local
 * variables of all libraries (sanitizers: 350 KiB) from it, too. */
enum { XB_THREAD_STACK_BYTES = 1 << 20 };

/* Runs fn(arg) on a new thread named `name` (at most 15 bytes, static). The thread blocks every signal but those that report its own
 * faults (SEGV, BUS, FPE, ILL, TRAP, SYS), which a crash reporter of the host may want. Takes no memory of ours. Errors:
 * OUT_OF_MEMORY_HOST (the system's limit of threads or memory), UNSUPPORTED_FORMAT (no threads on this system). */
xybrid_status xb_thread_start(xb_thread *t, const char *name, void (*fn)(void *arg), void *arg, xybrid_error *err);

/* Waits for its end. Once for each start that succeeded. */
void xb_thread_join(xb_thread *t);

/* The calling thread; two that live at the same time differ; never 0. */
uint64_t xb_thread_id(void);

/* Lets others run. */
void xb_thread_yield(void);

/* Tells the processor that this is a waiting loop. */
static inline void xb_thread_pause(void) {
#if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(__i386__))
    __builtin_ia32_pause();
#elif (defined(__GNUC__) || defined(__clang__)) && defined(__aarch64__)
    __asm__ __volatile__("isb");
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

/* Processors that this process may use; at least 1. */
int32_t xb_cpu_count(void);

/* Those of them that are fast: on processors of several kinds the ones near the best, else all. Best effort: Linux reads
 * cpu_capacity or cpuinfo_max_freq below /sys, Apple asks sysctl for performance level 0, Windows the efficiency class. Opens
 * up to two files a processor, so ask once. */
int32_t xb_cpu_big_count(void);

/* Default thread budget: min(4, big processors). A fifth thread rarely pays on a phone, and never on a busy one. */
int32_t xb_thread_budget(void);

#endif
