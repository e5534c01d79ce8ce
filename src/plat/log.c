/* plat/log.c - level filter, format, clean, hand to the host. */
#include "plat/log.h"

#include "plat/fpenv.h"

void xb_log_init(xb_log *log, xb_log_fn fn, void *ctx, int32_t level) {
    log->fn = fn;
    log->ctx = ctx;
    log->level = level;
    xb_mutex_init(&log->mutex);
}

void xb_log_free(xb_log *log) { xb_mutex_free(&log->mutex); }

void xb_log_write(xb_log *log, int32_t level, const char *room, const char *fmt, ...) {
    char    line[XB_LOG_LINE_BYTES];
    va_list args;
    if (!xb_log_wants(log, level)) return;
    va_start(args, fmt);
    size_t size = xb_vformat(line, sizeof line, fmt, args);
    va_end(args);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F) line[i] = ' ';
    xb_mutex_lock(&log->mutex);
    xb_fp_modes was = xb_fp_usual();
    log->fn(log->ctx, level, room, line);
    xb_fp_leave(was);
    xb_mutex_unlock(&log->mutex);
}
