/* plat/posix_clock.c - time on POSIX systems and WASI. */
#if !defined(_WIN32)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  include "plat/clock.h"

#  include <errno.h>
#  include <time.h>

static int64_t read_clock_ns(clockid_t clock) {
    struct timespec t = { 0 };
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t xb_clock_ns(void) { return read_clock_ns(CLOCK_MONOTONIC); }

int64_t xb_wall_ms(void) { return read_clock_ns(CLOCK_REALTIME) / 1000000; }

void xb_sleep_ms(int64_t ms) {
    if (ms <= 0) return;
    if (ms > INT32_MAX) ms = INT32_MAX;
    struct timespec left = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

#else
typedef int xb_posix_clock_is_elsewhere;
#endif
