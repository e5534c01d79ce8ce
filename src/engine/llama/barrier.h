/* engine/llama/barrier.h - how ggml's threads wait for each other at a node of a graph. A part of our copy of ggml-cpu.c, which
 * includes it before ggml_barrier (CMakeLists.txt); C alone, and only there.
 *
 * ggml spins until the last thread arrives. Where other programs have the cores, the awaited thread gets none while the others
 * spin, and loses a slice of time at each of some hundred nodes: a token took seconds. Here a wait that is long sleeps: who is
 * awaited gets that core, and who slept gets one at once when it is woken.
 *
 * Each sleep makes the spins behind it in the same graph a quarter as long: with free cores nearly no wait comes to a sleep, and
 * with busy ones a graph of 700 nodes soon does not spin for nothing. The next graph begins anew. */
#ifndef XB_ENGINE_LLAMA_BARRIER_H
#define XB_ENGINE_LLAMA_BARRIER_H

#if defined(__x86_64__) || defined(__i386__)
enum { XB_MOST_TURNS = 16384, XB_LEAST_TURNS = 1024 }; /* of some 100 cycles */
#else
enum { XB_MOST_TURNS = 1 << 20, XB_LEAST_TURNS = 1 << 16 }; /* of few cycles */
#endif

/* Before a graph is given to the threads. */
static void xb_barrier_start(struct ggml_threadpool *tp) {
    atomic_store_explicit(&tp->barrier_turns, XB_MOST_TURNS, memory_order_relaxed);
}

/* The last thread, behind its step of n_barrier_passed. Either it sees who sleeps, or the sleeper sees the step. */
static void xb_barrier_wake(struct ggml_threadpool *tp) {
    if (atomic_load(&tp->barrier_asleep) == 0) return;
    ggml_mutex_lock(&tp->mutex);
    ggml_cond_broadcast(&tp->cond); /* also those who wait for work look up, and go on waiting */
    ggml_mutex_unlock(&tp->mutex);
}

static void xb_barrier_sleep(struct ggml_threadpool *tp, int n_passed) {
    atomic_fetch_add(&tp->barrier_asleep, 1);
    ggml_mutex_lock_shared(&tp->mutex);
    while (atomic_load(&tp->n_barrier_passed) == n_passed) ggml_cond_wait(&tp->cond, &tp->mutex);
    ggml_mutex_unlock_shared(&tp->mutex);
    atomic_fetch_sub(&tp->barrier_asleep, 1);
    int turns = atomic_load_explicit(&tp->barrier_turns, memory_order_relaxed) / 4;
    atomic_store_explicit(&tp->barrier_turns, MAX(turns, XB_LEAST_TURNS), memory_order_relaxed);
}

/* All but the last thread: until n_barrier_passed is no longer `n_passed`. */
static void xb_barrier_wait(struct ggml_threadpool *tp, int n_passed) {
    int turns = atomic_load_explicit(&tp->barrier_turns, memory_order_relaxed);
    while (atomic_load_explicit(&tp->n_barrier_passed, memory_order_relaxed) == n_passed) {
        if (turns-- > 0) ggml_thread_cpu_relax();
        else xb_barrier_sleep(tp, n_passed);
    }
}

#endif
