/* base/error.c - writes xybrid_error structs. */
#include "base/error.h"

#include <string.h>

#include "base/utf8.h"

static void put_text(char *out, size_t capacity, const char *text) {
    size_t size = text ? strlen(text) : 0;
    if (size >= capacity) size = xb_utf8_cut(text, capacity - 1);
    if (size) memmove(out, text, size);
    out[size] = 0;
}

static void one_line(char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
}

static xybrid_status fail(xybrid_error *err, xybrid_status code, int64_t position, int32_t os_code, const char *subject,
                          const char *fmt, va_list args) {
    memset(err, 0, sizeof *err);
    err->code = code;
    err->os_code = os_code;
    err->retry_after_ms = XYBRID_AUTO;
    err->retryable = (code & XYBRID_PRIMARY_MASK) == XYBRID_BUSY || code == XYBRID_NETWORK_TIMEOUT ||
                     code == XYBRID_NETWORK_CONNECT || code == XYBRID_OUT_OF_MEMORY_BUDGET;
    err->stage = err->step = -1;
    err->position = position;
    put_text(err->subject, sizeof err->subject, subject);
    xb_vformat(err->message, sizeof err->message, fmt, args);
    one_line(err->message);
    return code;
}

xybrid_status xb_fail(xybrid_error *err, xybrid_status code, const char *subject, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(err, code, XYBRID_AUTO, 0, subject, fmt, args);
    va_end(args);
    return code;
}

xybrid_status xb_fail_at(xybrid_error *err, xybrid_status code, int64_t position, const char *subject, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(err, code, position, 0, subject, fmt, args);
    va_end(args);
    return code;
}

xybrid_status xb_fail_os(xybrid_error *err, xybrid_status code, int32_t os_code, const char *subject, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fail(err, code, XYBRID_AUTO, os_code, subject, fmt, args);
    va_end(args);
    return code;
}

xybrid_status xb_fail_memory(xybrid_error *err, int64_t size) {
    return xb_fail(err, XYBRID_OUT_OF_MEMORY_HOST, "", "out of memory: the allocator had no %lld bytes", (long long)size);
}

int xb_passes_unwrapped(xybrid_status code) {
    switch (code & XYBRID_PRIMARY_MASK) {
    case XYBRID_INVALID_ARGUMENT:
    case XYBRID_OUT_OF_MEMORY:
    case XYBRID_BUSY:
    case XYBRID_CANCELLED: return 1;
    default: return 0;
    }
}

static xybrid_status wrap(xybrid_error *err, xybrid_status code, int32_t step, const char *subject, const char *fmt,
                          va_list args) {
    char   prefix[256];
    size_t size = xb_vformat(prefix, sizeof prefix, fmt, args);
    size_t room = sizeof err->message - 1 - size, old = strlen(err->message);
    if (old > room) old = xb_utf8_cut(err->message, room);
    memmove(err->message + size, err->message, old);
    memcpy(err->message, prefix, size);
    err->message[size + old] = 0;
    one_line(err->message);
    if (subject) put_text(err->subject, sizeof err->subject, subject);
    err->cause[2] = err->cause[1];
    err->cause[1] = err->cause[0];
    err->cause[0] = err->code;
    err->code = code;
    if (step >= 0) err->step = step;
    return code;
}

xybrid_status xb_wrap(xybrid_error *err, xybrid_status code, int32_t step, const char *subject, const char *fmt, ...) {
    va_list args;
    if (xb_passes_unwrapped(err->code)) return err->code;
    va_start(args, fmt);
    wrap(err, code, step, subject, fmt, args);
    va_end(args);
    return err->code;
}

xybrid_status xb_wrap_argument(xybrid_error *err, xybrid_status code, int32_t step, const char *subject, const char *fmt, ...) {
    va_list args;
    if (err->code != XYBRID_INVALID_ARGUMENT && xb_passes_unwrapped(err->code)) return err->code;
    va_start(args, fmt);
    wrap(err, code, step, subject, fmt, args);
    va_end(args);
    return err->code;
}

/* the list is short and only read on failures, so it is searched from the front */
static const int32_t status_codes[] = {
#define XB_PRIMARY(name, number, text)         XYBRID_##name,
#define XB_DETAIL(primary, name, number, text) XYBRID_##name,
#include "base/status.def"
#undef XB_PRIMARY
#undef XB_DETAIL
};

/* name and text of each code, one after the other */
static const char status_texts[] =
#define XB_PRIMARY(name, number, text)         #name "\0" text "\0"
#define XB_DETAIL(primary, name, number, text) #name "\0" text "\0"
#include "base/status.def"
#undef XB_PRIMARY
#undef XB_DETAIL
    ;

/* the enum in base.h is written by hand: it must say what status.def says */
#define XB_PRIMARY(name, number, text)         _Static_assert(XYBRID_##name == (number), #name);
#define XB_DETAIL(primary, name, number, text) _Static_assert(XYBRID_##name == (XYBRID_##primary | (number) << 8), #name);
#include "base/status.def"
#undef XB_PRIMARY
#undef XB_DETAIL
_Static_assert(sizeof(xybrid_error) == 1024, "xybrid_error is frozen");

/* Text `which` (0 the name, 1 the text) of a code; NULL if it is in no list of this build. */
static const char *find(xybrid_status status, int which) {
    const char *text = status_texts;
    for (size_t i = 0; i < sizeof status_codes / sizeof status_codes[0]; i++) {
        for (int k = 0; k < 2; k++, text += strlen(text) + 1)
            if (status_codes[i] == status && k == which) return text;
    }
    return NULL;
}

const char *xb_status_name(xybrid_status status) {
    const char *name = find(status, 0);
    return name ? name : "UNKNOWN";
}

const char *xb_status_text(xybrid_status status) {
    const char *text = find(status, 1);
    return text ? text : "unknown to this build";
}
