/* plat: clock, processors, floating-point modes, libraries, fork, log, threads, locks, once. */
#define _GNU_SOURCE 1
#include <time.h>
#if !defined(_WIN32) && !defined(__wasi__)
#  include <signal.h>
#  include <sys/wait.h>
#  include <unistd.h>
#endif

#include "base/limits.h"
#include "plat/clock.h"
#include "plat/cpu.h"
#include "plat/dynlib.h"
#include "plat/fault.h"
#include "plat/fork.h"
#include "plat/fpenv.h"
#include "plat/log.h"
#include "plat/pool.h"
#include "plat/thread.h"
#include "plat/timer.h"
#include "support.h"

static void clocks(void) {
    int64_t a = xb_clock_ns(), wall = xb_wall_ms();
    xb_sleep_ms(20);
    int64_t b = xb_clock_ns();
    CHECK(b - a >= 20 * INT64_C(1000000));
    CHECK(b - a < 5 * INT64_C(1000000000));
    CHECK(llabs(wall - (int64_t)time(NULL) * 1000) < 3000);
    for (int i = 0; i < 1000; i++) {
        int64_t c = xb_clock_ns();
        CHECK_OR_RETURN(c >= b);
        b = c;
    }
    xb_sleep_ms(0);
    xb_sleep_ms(-5);
    CHECK_INT(xb_clock_after_ms(INT64_MAX), INT64_MAX);
    CHECK(xb_clock_after_ms(-1) <= xb_clock_ns());
}

/* The kernel's list of flags is the independent answer. */
static void cpu_features_agree_with_the_kernel(void) {
    char     text[256];
    uint32_t found = xb_cpu_features();
    size_t   size = xb_cpu_text(found, text, sizeof text);
    CHECK_INT(size, strlen(text));
#if defined(__linux__) && defined(__x86_64__)
    static const struct {
        uint32_t    flag;
        const char *name;
    } rows[] = {
        { XB_CPU_SSE42, " sse4_2 " },      { XB_CPU_AVX, " avx " },           { XB_CPU_F16C, " f16c " },
        { XB_CPU_FMA, " fma " },           { XB_CPU_AVX2, " avx2 " },         { XB_CPU_AVX512F, " avx512f " },
        { XB_CPU_AVX512BW, " avx512bw " }, { XB_CPU_AVX512VL, " avx512vl " }, { XB_CPU_AVX512VNNI, " avx512_vnni " },
        { XB_CPU_AVX512DQ, " avx512dq " },
    };
    if (CHECK_IS_EMULATED) CHECK_SKIP("the kernel describes another processor than the emulated one");
    FILE       *f = fopen("/proc/cpuinfo", "r");
    static char line[8192];
    int         is_flags = 0;
    if (!f) CHECK_SKIP("/proc/cpuinfo");
    while (!is_flags && fgets(line, sizeof line, f)) is_flags = strncmp(line, "flags", 5) == 0;
    fclose(f);
    if (!is_flags) CHECK_SKIP("flags in /proc/cpuinfo");
    line[strcspn(line, "\n")] = ' ';
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT((found & rows[i].flag) != 0, strstr(line, rows[i].name) != NULL);
#endif
}

static void cpu_text(void) {
    char text[256];
    CHECK_INT(xb_cpu_text(0, text, sizeof text), 0);
    CHECK_STR(text, "");
    CHECK_INT(xb_cpu_text(XB_CPU_AVX2 | XB_CPU_FMA, text, sizeof text), 8);
    CHECK_STR(text, "fma avx2");
    CHECK_INT(xb_cpu_text(XB_CPU_NEON | XB_CPU_DOTPROD | XB_CPU_BF16, text, 8), 7);
    CHECK_STR(text, "neon do");
    CHECK_INT(xb_cpu_text(1, text, 0), 0);
}

static void cpu_counts(void) {
    CHECK(xb_cpu_count() >= 1);
    CHECK(xb_cpu_big_count() >= 1 && xb_cpu_big_count() <= xb_cpu_count());
    CHECK(xb_thread_budget() >= 1 && xb_thread_budget() <= 4);
    CHECK(xb_thread_budget() <= xb_cpu_big_count());
}

/* Memory in between, so that the compiler cannot divide before the modes are set. */
static int keeps_denormals(void) {
    volatile double tiny = 2.2250738585072014e-308; /* the smallest normal number */
    tiny /= 2;
    uint64_t bits;
    double   value = tiny;
    memcpy(&bits, &value, sizeof bits);
    return bits != 0;
}

static void floating_point_modes(void) {
#if defined(__SSE2__) || defined(__aarch64__)
    CHECK(keeps_denormals());
    xb_fp_modes host = xb_fp_enter();
    int         inside = keeps_denormals();
    xb_fp_modes kernel = xb_fp_usual();
    int         in_callback = keeps_denormals();
    xb_fp_leave(kernel);
    int again = keeps_denormals();
    xb_fp_leave(host);
    CHECK(!inside);
    CHECK(in_callback);
    CHECK(!again);
    CHECK(keeps_denormals());
    /* The host's own modes come back, exactly. */
    xb_fp_set(XB_FP_KERNEL);
    host = xb_fp_enter();
    xb_fp_leave(host);
    CHECK_INT(xb_fp_get() & 0xFFFFFFC0u, XB_FP_KERNEL & 0xFFFFFFC0u);
    xb_fp_set(XB_FP_USUAL);
#else
    CHECK_SKIP("modes of this processor");
#endif
}

static void libraries(void) {
    xb_test_mem  tm;
    xb_dynlib    lib = { 0 };
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    xb_dynlib_close(NULL);
    xb_dynlib_close(&lib);
#if defined(__wasi__)
    CHECK_INT(xb_dynlib_open(&tm.mem, "/x/libnone.so", &lib, &err), XYBRID_UNSUPPORTED_FORMAT);
#else
    CHECK_INT(xb_dynlib_open(&tm.mem, "/x/libnone.so", &lib, &err), XYBRID_ENGINE_MISSING);
    CHECK(strncmp(err.message, "cannot load /x/libnone.so: ", 27) == 0);
    CHECK(strlen(err.message) > 30);
    CHECK_STR(err.subject, "/x/libnone.so");
    CHECK(lib.handle == NULL);
#  if defined(_WIN32)
    const char *name = "kernel32.dll", *symbol = "GetTickCount";
#  elif defined(__APPLE__)
    const char *name = "/usr/lib/libSystem.B.dylib", *symbol = "getpid";
#  else
    const char *name = "libc.so.6", *symbol = "getpid";
#  endif
    if (xb_dynlib_open(&tm.mem, name, &lib, &err)) CHECK_SKIP("a shared C library");
    CHECK(xb_dynlib_symbol(&lib, symbol) != NULL);
    CHECK(xb_dynlib_symbol(&lib, "xb_no_such_symbol") == NULL);
    xb_dynlib_close(&lib);
    xb_dynlib_close(&lib);
    CHECK(lib.handle == NULL);
#endif
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- threads ---- */

typedef struct shared {
    xb_mutex mutex;
    xb_cond  cond;
    int64_t  count, turn;
    uint64_t id;
    int      is_masked;
} shared;

static void count_up(void *arg) {
    shared *s = arg;
    for (int i = 0; i < 20000; i++) {
        xb_mutex_lock(&s->mutex);
        s->count++;
        xb_mutex_unlock(&s->mutex);
    }
}

static void mutex_excludes(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_thread    threads[4];
    shared       s = { 0 };
    xybrid_error err;
    xb_mutex_init(&s.mutex);
    for (int i = 0; i < 4; i++) CHECK_OR_RETURN(xb_thread_start(&threads[i], "test", count_up, &s, &err) == XYBRID_OK);
    for (int i = 0; i < 4; i++) xb_thread_join(&threads[i]);
    CHECK_INT(s.count, 80000);
    xb_mutex_free(&s.mutex);
}

static void pong(void *arg) {
    shared *s = arg;
    xb_mutex_lock(&s->mutex);
    for (int64_t i = 0; i < 500; i++) {
        while (s->turn != 2 * i + 1) xb_cond_wait(&s->cond, &s->mutex);
        s->turn++;
        xb_cond_broadcast(&s->cond);
    }
    xb_mutex_unlock(&s->mutex);
}

static void condition_wakes(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_thread    other;
    shared       s = { 0 };
    xybrid_error err;
    xb_mutex_init(&s.mutex);
    xb_cond_init(&s.cond);
    CHECK_OR_RETURN(xb_thread_start(&other, "test", pong, &s, &err) == XYBRID_OK);
    xb_mutex_lock(&s.mutex);
    for (int64_t i = 0; i < 500; i++) {
        s.turn++;
        xb_cond_signal(&s.cond);
        while (s.turn != 2 * i + 2) xb_cond_wait(&s.cond, &s.mutex);
    }
    xb_mutex_unlock(&s.mutex);
    xb_thread_join(&other);
    CHECK_INT(s.turn, 1000);
    xb_cond_free(&s.cond);
    xb_mutex_free(&s.mutex);
}

static void condition_times_out(void) {
    shared s = { 0 };
    xb_mutex_init(&s.mutex);
    xb_cond_init(&s.cond);
    xb_mutex_lock(&s.mutex);
    int64_t begin = xb_clock_ns(), due = begin + 30 * INT64_C(1000000);
    while (!xb_cond_wait_until(&s.cond, &s.mutex, due)) {}
    CHECK(xb_clock_ns() >= due);
    CHECK(xb_clock_ns() - begin < 5 * INT64_C(1000000000));
    CHECK_INT(xb_cond_wait_until(&s.cond, &s.mutex, begin), 1);
    CHECK_INT(xb_cond_wait_until(&s.cond, &s.mutex, INT64_MIN), 1);
    xb_mutex_unlock(&s.mutex);
    xb_cond_free(&s.cond);
    xb_mutex_free(&s.mutex);
}

static void look_at_self(void *arg) {
    shared *s = arg;
    s->id = xb_thread_id();
#if !defined(_WIN32) && !defined(__wasi__)
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    s->is_masked = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGCHLD) == 1 &&
                   sigismember(&mask, SIGUSR1) == 1 && sigismember(&mask, SIGSEGV) == 0;
#else
    s->is_masked = 1;
#endif
    volatile char deep[200 << 10]; /* the stack has at least 256 KiB */
    deep[0] = deep[sizeof deep - 1] = 1;
}

static void workers_block_signals(void) {
    xb_thread     t;
    shared        s = { 0 };
    xybrid_error  err;
    xybrid_status st = xb_thread_start(&t, "test", look_at_self, &s, &err);
    if (!XB_HAS_THREADS) {
        CHECK_INT(st, XYBRID_UNSUPPORTED_FORMAT);
        return;
    }
    CHECK_OR_RETURN(st == XYBRID_OK);
    xb_thread_join(&t);
    CHECK(s.id != 0 && s.id != xb_thread_id());
    CHECK(s.is_masked);
#if !defined(_WIN32) && !defined(__wasi__)
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK_INT(sigismember(&mask, SIGINT), 0); /* ours is as before */
#endif
}

static void thread_refused(void) {
#if defined(XB_FAULTS)
    xb_thread    t;
    shared       s = { 0 };
    xybrid_error err;
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_fault_set(XB_FAULT_THREAD, 1, 0);
    CHECK_INT(xb_thread_start(&t, "test", look_at_self, &s, &err), XYBRID_OUT_OF_MEMORY_HOST);
    CHECK_STR(err.message, "cannot start thread \"test\": the system has no more");
    CHECK_INT(s.id, 0);
    CHECK(xb_fault_struck(XB_FAULT_THREAD));
    xb_fault_clear();
#else
    CHECK_SKIP("a build with XYBRID_FAULTS");
#endif
}

static xb_once once;
static int     once_count;
static void    run_once(void *arg) {
    xb_sleep_ms(20);
    once_count += *(int *)arg;
}
static void use_once(void *arg) {
    xb_once_run(&once, run_once, arg);
    if (once_count != 5) *(int *)arg = 0;
}

static void once_runs_once(void) {
    xb_thread    threads[4];
    int          five = 5;
    xybrid_error err;
    int          started = 0;
    while (started < 4 && XB_HAS_THREADS && !xb_thread_start(&threads[started], "test", use_once, &five, &err)) started++;
    use_once(&five);
    for (int i = 0; i < started; i++) xb_thread_join(&threads[i]);
    CHECK_INT(once_count, 5);
    CHECK_INT(five, 5);
}

/* ---- log ---- */

typedef struct lines {
    int  count, level, is_tiny_kept;
    char room[32], line[XB_LOG_LINE_BYTES + 1];
} lines;

static void take_line(void *ctx, int32_t level, const char *room, const char *line) {
    lines *l = ctx;
    l->count++;
    l->level = level;
    l->is_tiny_kept = keeps_denormals();
    snprintf(l->room, sizeof l->room, "%s", room);
    snprintf(l->line, sizeof l->line, "%s", line);
}

static void log_lines(void) {
    xb_log      log;
    lines       l = { 0 };
    static char long_text[3000];
    xb_log_init(&log, take_line, &l, XB_LOG_INFO);
    xb_log_write(&log, XB_LOG_INFO, "engine", "loaded %d of %s\n%c", 3, "five", 7);
    CHECK_INT(l.count, 1);
    CHECK_INT(l.level, XB_LOG_INFO);
    CHECK_STR(l.room, "engine");
    CHECK_STR(l.line, "loaded 3 of five  ");
    xb_log_write(&log, XB_LOG_DEBUG, "engine", "%s", (const char *)"not formatted");
    xb_log_write(&log, XB_LOG_OFF, "engine", "never");
    CHECK_INT(l.count, 1);
    CHECK(xb_log_wants(&log, XB_LOG_ERROR));
    CHECK(!xb_log_wants(&log, XB_LOG_DEBUG));
    CHECK(!xb_log_wants(NULL, XB_LOG_ERROR));
    xb_log_write(NULL, XB_LOG_ERROR, "engine", "nobody");
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[1022] = '\xC3', long_text[1023] = '\xBC'; /* would be cut in two */
    xb_log_write(&log, XB_LOG_ERROR, "engine", "%s", long_text);
    CHECK_INT(strlen(l.line), 1022);
    xb_fp_modes host = xb_fp_enter();
    xb_log_write(&log, XB_LOG_ERROR, "engine", "from a kernel");
    xb_fp_leave(host);
    CHECK(l.is_tiny_kept);
    xb_log_free(&log);
    xb_log_init(&log, NULL, NULL, XB_LOG_DEBUG);
    xb_log_write(&log, XB_LOG_ERROR, "engine", "no function");
    xb_log_free(&log);
}

typedef struct crowd {
    xb_log log;
    int    inside, worst, lines;
} crowd;

static void count_inside(void *ctx, int32_t level, const char *room, const char *line) {
    crowd *c = ctx;
    (void)level, (void)room, (void)line;
    if (++c->inside > c->worst) c->worst = c->inside;
    c->lines++;
    c->inside--;
}
static void log_much(void *arg) {
    crowd *c = arg;
    for (int i = 0; i < 2000; i++) xb_log_write(&c->log, XB_LOG_WARN, "test", "line %d", i);
}

static void log_one_call_at_a_time(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    xb_thread    threads[4];
    crowd        c = { .inside = 0 };
    xybrid_error err;
    xb_log_init(&c.log, count_inside, &c, XB_LOG_WARN);
    for (int i = 0; i < 4; i++) CHECK_OR_RETURN(xb_thread_start(&threads[i], "test", log_much, &c, &err) == XYBRID_OK);
    for (int i = 0; i < 4; i++) xb_thread_join(&threads[i]);
    CHECK_INT(c.lines, 8000);
    CHECK_INT(c.worst, 1);
    xb_log_free(&c.log);
}

/* ---- fork ---- */

#if !defined(_WIN32) && !defined(__wasi__)
static void touch(void *arg, int32_t chunk, int32_t worker) {
    (void)worker;
    xb_atomic32 *sum = arg;
    (void)xb_atomic_add(sum, chunk);
}

/* Free functions in a child neither wait for threads that are not there nor touch locks. */
static void child_knows_and_can_free(void) {
    xb_test_mem    tm;
    xb_fork_guard  guard;
    xb_pool       *pool = NULL;
    xb_timer       timer;
    xb_timer_entry entry;
    xybrid_cancel *token = NULL;
    xybrid_error   err;
    xb_atomic32    sum = 0;
    int            status = -1;
    xb_test_mem_init(&tm, 0, 0);
    xb_fork_guard_init(&guard);
    xb_timer_init(&timer);
    CHECK_OR_RETURN(xb_pool_new(&tm.mem, 3, &pool, &err) == XYBRID_OK);
    CHECK_OR_RETURN(xb_cancel_new(&tm.mem, &token, &err) == XYBRID_OK);
    xb_pool_parallel(pool, 100, touch, &sum);
    xb_timer_add(&timer, &entry, token, xb_clock_after_ms(60000));
    CHECK_INT(sum, 4950);
    CHECK_INT(xb_fork_is_child(&guard), 0);
    pid_t child = fork();
    CHECK_OR_RETURN(child >= 0);
    if (child == 0) {
        alarm(20);
        int is_child = xb_fork_is_child(&guard);
        xb_pool_free(pool);
        xb_timer_free(&timer);
        xb_cancel_drop(token);
        xb_fork_guard_free(&guard);
        _exit(is_child ? 7 : 8);
    }
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 7);
    CHECK_INT(xb_fork_is_child(&guard), 0);
    xb_timer_remove(&timer, &entry);
    xb_timer_free(&timer);
    xb_pool_free(pool);
    xb_cancel_drop(token);
    xb_fork_guard_free(&guard);
    CHECK_INT(tm.live_blocks, 0);
}

/* The way without the page, too. */
static void process_number_tells(void) {
    xb_fork_guard guard = { NULL, xb_process_id() };
    int           status = -1;
    CHECK_INT(xb_fork_is_child(&guard), 0);
    pid_t child = fork();
    if (child == 0) _exit(xb_fork_is_child(&guard));
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(WEXITSTATUS(status), 1);
}
#else
static void child_knows_and_can_free(void) {
    xb_fork_guard guard;
    xb_fork_guard_init(&guard);
    CHECK_INT(xb_fork_is_child(&guard), 0);
    xb_fork_guard_free(&guard);
    CHECK(xb_process_id() > 0);
}
static void process_number_tells(void) { CHECK_SKIP("fork"); }
#endif

CHECK_MAIN(RUN(clocks), RUN(cpu_features_agree_with_the_kernel), RUN(cpu_text), RUN(cpu_counts), RUN(floating_point_modes),
           RUN(libraries), RUN(mutex_excludes), RUN(condition_wakes), RUN(condition_times_out), RUN(workers_block_signals),
           RUN(thread_refused), RUN(once_runs_once), RUN(log_lines), RUN(log_one_call_at_a_time), RUN(child_knows_and_can_free),
           RUN(process_number_tells))
