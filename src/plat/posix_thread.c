/* plat/posix_thread.c - threads and locks by pthreads. */
#if !defined(_WIN32) && !defined(__wasi__)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  include "plat/thread.h"

#  include <errno.h>
#  include <pthread.h>
#  include <sched.h>
#  include <signal.h>
#  include <string.h>
#  include <time.h>
#  if defined(__linux__)
#    include <sys/prctl.h>
#  endif

#  include "base/error.h"
#  include "plat/clock.h"
#  include "plat/fault.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(xb_mutex), "a mutex fits");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(xb_cond), "a condition fits");
_Static_assert(sizeof(pthread_t) <= sizeof(uint64_t), "a thread's handle fits");

static pthread_mutex_t *mutex_of(xb_mutex *m) { return (pthread_mutex_t *)(void *)m->words; }
static pthread_cond_t  *cond_of(xb_cond *c) { return (pthread_cond_t *)(void *)c->words; }

void xb_mutex_init(xb_mutex *m) { pthread_mutex_init(mutex_of(m), NULL); }
void xb_mutex_lock(xb_mutex *m) { pthread_mutex_lock(mutex_of(m)); }
void xb_mutex_unlock(xb_mutex *m) { pthread_mutex_unlock(mutex_of(m)); }
void xb_mutex_free(xb_mutex *m) { pthread_mutex_destroy(mutex_of(m)); }

void xb_cond_init(xb_cond *c) {
#  if defined(__APPLE__)
    pthread_cond_init(cond_of(c), NULL); /* waits by relative time below */
#  else
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(cond_of(c), &monotonic);
    pthread_condattr_destroy(&monotonic);
#  endif
}
void xb_cond_signal(xb_cond *c) { pthread_cond_signal(cond_of(c)); }
void xb_cond_broadcast(xb_cond *c) { pthread_cond_broadcast(cond_of(c)); }
void xb_cond_free(xb_cond *c) { pthread_cond_destroy(cond_of(c)); }
void xb_cond_wait(xb_cond *c, xb_mutex *m) { pthread_cond_wait(cond_of(c), mutex_of(m)); }

/* Far deadlines are cut: the caller's loop waits again. Keeps seconds inside a 32-bit time_t. */
int xb_cond_wait_until(xb_cond *c, xb_mutex *m, int64_t due_ns) {
    static const int64_t day_ns = INT64_C(86400) * 1000000000;
    struct timespec      t;
    int64_t              now = xb_clock_ns();
    if (due_ns <= now) return 1;
    if (due_ns - now > day_ns) due_ns = now + day_ns;
#  if defined(__APPLE__)
    t.tv_sec = (time_t)((due_ns - now) / 1000000000);
    t.tv_nsec = (long)((due_ns - now) % 1000000000);
    return pthread_cond_timedwait_relative_np(cond_of(c), mutex_of(m), &t) == ETIMEDOUT && xb_clock_ns() >= due_ns;
#  else
    t.tv_sec = (time_t)(due_ns / 1000000000);
    t.tv_nsec = (long)(due_ns % 1000000000);
    return pthread_cond_timedwait(cond_of(c), mutex_of(m), &t) == ETIMEDOUT;
#  endif
}

static void *run_thread(void *arg) {
    xb_thread *t = arg;
#  if defined(__linux__)
    prctl(PR_SET_NAME, t->name); /* pthread_setname_np from another thread would write a file in /proc */
#  endif
    t->fn(t->arg);
    return NULL;
}

/* The new thread inherits the mask of its maker. */
static void block_signals(sigset_t *old) {
    static const int own_faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
    sigset_t         all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof own_faults / sizeof own_faults[0]; i++) sigdelset(&all, own_faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, old);
}

xybrid_status xb_thread_start(xb_thread *t, const char *name, void (*fn)(void *arg), void *arg, xybrid_error *err) {
    pthread_t      handle;
    pthread_attr_t attributes;
    sigset_t       old;
    int            code = EAGAIN;
    t->name = name;
    t->fn = fn;
    t->arg = arg;
    if (!xb_fault_hit(XB_FAULT_THREAD) && (code = pthread_attr_init(&attributes)) == 0) {
        pthread_attr_setstacksize(&attributes, XB_THREAD_STACK_BYTES);
        block_signals(&old);
        code = pthread_create(&handle, &attributes, run_thread, t);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_attr_destroy(&attributes);
    }
    if (code)
        return xb_fail_os(err, XYBRID_OUT_OF_MEMORY_HOST, code, name, "cannot start thread \"%s\": the system has no more",
                          name);
    t->handle = 0;
    memcpy(&t->handle, &handle, sizeof handle);
    return XYBRID_OK;
}

void xb_thread_join(xb_thread *t) {
    pthread_t handle;
    memcpy(&handle, &t->handle, sizeof handle);
    pthread_join(handle, NULL);
}

uint64_t xb_thread_id(void) {
    pthread_t self = pthread_self();
    uint64_t  id = 0;
    memcpy(&id, &self, sizeof self);
    return id;
}

void xb_thread_yield(void) { sched_yield(); }

#else
typedef int xb_posix_thread_is_elsewhere;
#endif
