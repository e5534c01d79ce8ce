/* plat/thread.c - what is built from the system's threads without knowing the system. */
#include "plat/thread.h"

void xb_once_run(xb_once *once, void (*fn)(void *arg), void *arg) {
    enum { NEW = 0, RUNNING = 1, DONE = 2 };
    int32_t found = NEW;
    if (xb_atomic_get(&once->state) == DONE) return;
    if (atomic_compare_exchange_strong(&once->state, &found, RUNNING)) {
        fn(arg);
        xb_atomic_set(&once->state, DONE);
        return;
    }
    while (xb_atomic_get(&once->state) != DONE) xb_thread_yield();
}

int32_t xb_thread_budget(void) {
    enum { MOST = 4 };
    int32_t big = xb_cpu_big_count();
    return big < MOST ? big : MOST;
}
