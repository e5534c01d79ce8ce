/* plat/log.h - lines for the host's log function. */
#ifndef XB_LOG_H
#define XB_LOG_H

#include <xybrid/base.h>

#include "base/format.h"
#include "plat/thread.h"

enum { XB_LOG_OFF = 0, XB_LOG_ERROR = 1, XB_LOG_WARN = 2, XB_LOG_INFO = 3, XB_LOG_DEBUG = 4 }; /* as XYBRID_LOG_* */
enum { XB_LOG_LINE_BYTES = 1024 };                                                             /* a longer line is cut */

typedef void (*xb_log_fn)(void *ctx, int32_t level, const char *room, const char *line); /* as xybrid_log_fn */

/* Does not change after init, but for the lock. */
typedef struct xb_log {
    xb_log_fn fn; /* NULL = no log */
    void     *ctx;
    int32_t   level; /* lines above it are not made */
    xb_mutex  mutex; /* one call of fn at a time */
} xb_log;

void xb_log_init(xb_log *log, xb_log_fn fn, void *ctx, int32_t level);
void xb_log_free(xb_log *log); /* nobody is writing */

/* Is a line of this level wanted? Ask before gathering costly facts. NULL log: no. */
static inline int xb_log_wants(const xb_log *log, int32_t level) {
    return log && log->fn && level > XB_LOG_OFF && level <= log->level;
}

/* Formats (letters of base/format.h) into a buffer on the stack and calls fn on this thread with the usual floating-point
 * modes. Line breaks and control characters become spaces. `room` is a literal: "engine", "flow". fn must not log. Any
 * thread. */
void xb_log_write(xb_log *log, int32_t level, const char *room, const char *fmt, ...) XB_PRINTF(4, 5);

#endif
