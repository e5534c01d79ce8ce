/* isolated.c - fork, run, send the verdict through a pipe. */
#define _POSIX_C_SOURCE 200809L
#include "isolated.h"

void run_on_fresh_engine(const engine_adapter *adapter, int32_t threads, const op_case *c, case_verdict *out) {
    xb_mem        mem;
    xb_pool      *pool = NULL;
    void         *engine = NULL;
    xybrid_error  err;
    xybrid_status st;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    st = xb_pool_new(&mem, threads, &pool, &err);
    if (st == XYBRID_OK) st = adapter->start(&mem, pool, &engine, &err);
    if (st == XYBRID_OK) {
        run_case(adapter, engine, &mem, c, out);
        adapter->stop(engine);
    } else {
        verdict_set(out, CASE_FAILED, "the engine does not start: %s", err.message);
    }
    xb_pool_free(pool);
    if (out->outcome == CASE_PASSED && mem.used_bytes != 0)
        verdict_set(out, CASE_FAILED, "%lld bytes were not given back at the end", (long long)mem.used_bytes);
}

#if (defined(__unix__) || defined(__APPLE__)) && !defined(__wasi__)
#  include <errno.h>
#  include <signal.h>
#  include <stdio.h>
#  include <sys/wait.h>
#  include <unistd.h>

int can_isolate(void) { return 1; }

/* How the child ended, when it sent no verdict. */
static void explain(int status, int32_t seconds, case_verdict *out) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) verdict_set(out, CASE_FAILED, "took longer than %d s", seconds);
    else if (WIFSIGNALED(status)) verdict_set(out, CASE_FAILED, "crashed: %s", strsignal(WTERMSIG(status)));
    else verdict_set(out, CASE_FAILED, "the process ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

void run_isolated(const engine_adapter *adapter, int32_t threads, int32_t seconds, const op_case *c, case_verdict *out) {
    int ends[2], status = 0;
    *out = (case_verdict){ 0 };
    fflush(stdout);
    pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child < 0) {
        verdict_set(out, CASE_FAILED, "no process for it: %s", strerror(errno));
        return;
    }
    if (child == 0) {
        close(ends[0]);
        alarm((unsigned)seconds);
        run_on_fresh_engine(adapter, threads, c, out);
        _exit(write(ends[1], out, sizeof *out) == (ssize_t)sizeof *out ? 0 : 1);
    }
    close(ends[1]);
    ssize_t n = read(ends[0], out, sizeof *out); /* smaller than PIPE_BUF, so it comes in one piece */
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (n != (ssize_t)sizeof *out) explain(status, seconds, out);
    else out->reason[sizeof out->reason - 1] = 0;
}
#else
int  can_isolate(void) { return 0; }
void run_isolated(const engine_adapter *adapter, int32_t threads, int32_t seconds, const op_case *c, case_verdict *out) {
    (void)seconds;
    run_on_fresh_engine(adapter, threads, c, out);
}
#endif
