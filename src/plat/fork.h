/* plat/fork.h - did this process come from a fork of the one that made the object? Then its threads and the state of its
 * locks are gone, and every call must answer BUSY instead of hanging.
 *
 * Linux: one page of the guard's own is marked MADV_WIPEONFORK; it holds 1 and reads 0 in every child, however the child was
 * made (fork, clone, _Fork). That is one load a call, needs no global and no pthread_atfork handler that would outlive a
 * library which is unloaded. Where the kernel lacks it (before 4.14, some emulators) and on other POSIX systems the process
 * number is compared: 1 ns where the C library remembers it (Apple, Android), a system call of about 90 ns elsewhere.
 * Windows and WASI have no fork. */
#ifndef XB_FORK_H
#define XB_FORK_H

#include <stdint.h>

/* The process; on WASI always 1. */
int64_t xb_process_id(void);

typedef struct xb_fork_guard {
    const volatile int32_t *page; /* NULL = compare the process number */
    int64_t                 process;
} xb_fork_guard;

/* Cannot fail. Freed with xb_fork_guard_free, in whichever process. */
void xb_fork_guard_init(xb_fork_guard *g);
void xb_fork_guard_free(xb_fork_guard *g);

/* 1 in a child of the process that called init. Any thread. */
static inline int xb_fork_is_child(const xb_fork_guard *g) {
#if defined(_WIN32) || defined(__wasi__)
    (void)g;
    return 0;
#else
    return g->page ? *g->page == 0 : xb_process_id() != g->process;
#endif
}

#endif
