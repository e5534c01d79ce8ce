/* plat/clock.h - time. Any thread. */
#ifndef XB_CLOCK_H
#define XB_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment, never going back. Compare only within this process. */
int64_t xb_clock_ns(void);

/* Milliseconds since 1970-01-01 UTC by the user's clock, which may jump. */
int64_t xb_wall_ms(void);

/* Returns not before `ms` have passed; <= 0 returns at once. */
void xb_sleep_ms(int64_t ms);

/* xb_clock_ns() + ms, held at the ends of the range. */
static inline int64_t xb_clock_after_ms(int64_t ms) {
    if (ms > INT64_MAX / 4000000) return INT64_MAX;
    return xb_clock_ns() + (ms > 0 ? ms * 1000000 : 0);
}

#endif
