/* support.h - what tests share: memory that counts and can be told to fail, files of test data.
 *
 *     xb_test_mem tm;
 *     XB_TORTURE(tm, 1000) {                                // body runs with allocation 1, 2, ... failing, once and for ever
 *         xb_thing *t = NULL;
 *         xybrid_error err;
 *         xybrid_status st = xb_thing_new(&tm.mem, &t, &err);
 *         XB_TORTURE_STATUS(tm, st);                        // must be OK, or OUT_OF_MEMORY when the failure struck
 *         xb_thing_free(t);                                 // then the macro checks that nothing leaked
 *     }
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "base/mem.h"
#include "check.h"

typedef struct xb_test_mem {
    xb_mem  mem;          /* hand this to the code under test */
    int64_t live_blocks;  /* not yet freed */
    int64_t calls;        /* allocations asked for */
    int64_t fail_at;      /* this call fails (1 = the first); 0 = none */
    int     fail_forever; /* and all that follow */
    int     struck;       /* a failure was given */
} xb_test_mem;

static inline void *xb_test_alloc_(void *ctx, int64_t size, int64_t align) {
    xb_test_mem *t = ctx;
    t->calls++;
    if (t->fail_at && (t->calls == t->fail_at || (t->fail_forever && t->calls > t->fail_at))) {
        t->struck = 1;
        return NULL;
    }
    size_t a = align < 16 ? 16 : (size_t)align;
    char  *raw = malloc((size_t)size + a + sizeof(void *));
    if (!raw) return NULL;
    char *p = (char *)(((uintptr_t)raw + sizeof(void *) + a - 1) / a * a);
    ((void **)(void *)p)[-1] = raw;
    t->live_blocks++;
    return p;
}
static inline void xb_test_free_(void *ctx, void *p, int64_t size, int64_t align) {
    xb_test_mem *t = ctx;
    (void)size, (void)align;
    t->live_blocks--;
    free(((void **)p)[-1]);
}
static inline void xb_test_mem_init(xb_test_mem *t, int64_t fail_at, int fail_forever) {
    memset(t, 0, sizeof *t);
    t->fail_at = fail_at;
    t->fail_forever = fail_forever;
    xb_mem_init(&t->mem, xb_test_alloc_, xb_test_free_, t, XYBRID_AUTO);
}

/* Steps of the loop behind XB_TORTURE: even numbers fail once, odd ones for ever; ends when a run met no failure, and then
 * checks the leaks of the last run. */
static inline int xb_torture_next_(xb_test_mem *t, long *n, long max) {
    if (*n >= 0) {
        CHECK_INT(t->live_blocks, 0);
        CHECK_INT(t->mem.used_bytes, 0);
        if (!t->struck) return 0;
    }
    if (++*n >= 2 * max) {
        CHECK(0 && "more allocations than the test expects");
        return 0;
    }
    xb_test_mem_init(t, *n / 2 + 1, (int)(*n & 1));
    return 1;
}
#define XB_TORTURE(tm, max) for (long torture_n_ = -1; xb_torture_next_(&(tm), &torture_n_, (max));)
#define XB_TORTURE_STATUS(tm, st) \
    CHECK((st) == XYBRID_OK || ((tm).struck && ((st) & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY))

/* A file of the reference data, e.g. xb_test_data("audio/jfk.wav"): its bytes (free with free) or NULL if the folder is not
 * there. The folder is XB_TEST_DATA (set by CMake, "../shared/data" beside the project). */
static inline char *xb_test_file_(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    char  *bytes = NULL;
    size_t used = 0, room = 0, n = 1;
    while (n > 0) {
        if (room - used < 65536) {
            char *more = realloc(bytes, room = room * 2 + 131072);
            if (!more) break;
            bytes = more;
        }
        n = fread(bytes + used, 1, room - used - 1, f);
        used += n;
    }
    fclose(f);
    if (bytes) bytes[used] = 0;
    *size = used;
    return bytes;
}
#ifndef XB_TEST_DATA
#  define XB_TEST_DATA "../shared/data"
#endif
static inline char *xb_test_data(const char *name, size_t *size) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", XB_TEST_DATA, name);
    return xb_test_file_(path, size);
}
/* A committed golden file: tests/golden/<name>. */
#ifndef XB_TEST_GOLDEN
#  define XB_TEST_GOLDEN "tests/golden"
#endif
static inline char *xb_test_golden(const char *name, size_t *size) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", XB_TEST_GOLDEN, name);
    return xb_test_file_(path, size);
}

#endif
