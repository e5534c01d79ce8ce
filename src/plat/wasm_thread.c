/* plat/wasm_thread.c - one thread: locks are nothing, threads cannot be started. */
#if defined(__wasi__)
#  include "base/error.h"
#  include "plat/clock.h"
#  include "plat/thread.h"

void xb_mutex_init(xb_mutex *m) { (void)m; }
void xb_mutex_lock(xb_mutex *m) { (void)m; }
void xb_mutex_unlock(xb_mutex *m) { (void)m; }
void xb_mutex_free(xb_mutex *m) { (void)m; }

void xb_cond_init(xb_cond *c) { (void)c; }
void xb_cond_signal(xb_cond *c) { (void)c; }
void xb_cond_broadcast(xb_cond *c) { (void)c; }
void xb_cond_free(xb_cond *c) { (void)c; }
void xb_cond_wait(xb_cond *c, xb_mutex *m) { (void)c, (void)m; }

int xb_cond_wait_until(xb_cond *c, xb_mutex *m, int64_t due_ns) {
    (void)c, (void)m;
    int64_t now = xb_clock_ns();
    if (due_ns > now) xb_sleep_ms((due_ns - now) / 1000000 + 1);
    return 1;
}

xybrid_status xb_thread_start(xb_thread *t, const char *name, void (*fn)(void *arg), void *arg, xybrid_error *err) {
    (void)t, (void)fn, (void)arg;
    return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, name, "cannot start thread \"%s\": this WebAssembly has no threads", name);
}

void     xb_thread_join(xb_thread *t) { (void)t; }
uint64_t xb_thread_id(void) { return 1; }
void     xb_thread_yield(void) {}
int32_t  xb_cpu_count(void) { return 1; }
int32_t  xb_cpu_big_count(void) { return 1; }

#else
typedef int xb_wasm_thread_is_elsewhere;
#endif
