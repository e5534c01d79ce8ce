/* plat/recycler: blocks come back, the second run reaches no allocator, results outlive the session. */
#include "plat/recycler.h"

#include "base/error.h"
#include "plat/thread.h"
#include "support.h"

static int  ended;
static void end_root(xb_root *root) { (void)root, ended++; }

typedef struct rig {
    xb_test_mem tm;
    xb_root     root;
} rig;

static void open_rig(rig *r) {
    xb_test_mem_init(&r->tm, 0, 0);
    memset(&r->root, 0, sizeof r->root);
    xb_mem_init(&r->root.mem, xb_test_alloc_, xb_test_free_, &r->tm, XYBRID_AUTO);
    r->root.refs = 1;
    r->root.end = end_root;
    ended = 0;
}

/* A run of steps: each makes a block of its own size while the last one dies. */
static int run_once(xb_mem *mem) {
    static const size_t sizes[] = { 10, 64, 65, 1000, 70000, 70001, 300000, 4096 };
    xybrid_error        err;
    void               *last = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *p = i % 2 ? xb_malloc_aligned(mem, sizes[i], 64, &err) : xb_malloc(mem, sizes[i], &err);
        if (!p) {
            xb_free(mem, last);
            return 0;
        }
        CHECK_INT((uintptr_t)p % (i % 2 ? 64 : 16), 0);
        memset(p, (int)i, sizes[i]);
        xb_free(mem, last);
        last = p;
    }
    xb_free(mem, last);
    return 1;
}

static void the_second_run_allocates_nothing(void) {
    rig          r;
    xybrid_error err;
    xb_recycler *recycler = NULL;
    open_rig(&r);
    CHECK_OR_RETURN(xb_recycler_new(&r.root, &recycler, &err) == XYBRID_OK);
    xb_mem *mem = xb_recycler_mem(recycler);
    CHECK(run_once(mem));
    int64_t calls = r.tm.calls;
    for (int i = 0; i < 100; i++) CHECK(run_once(mem));
    CHECK_INT(r.tm.calls, calls);
    CHECK_INT(mem->used_bytes, 0);
    CHECK(xb_recycler_trim(recycler) > 300000);
    CHECK_INT(r.tm.live_blocks, 1); /* the recycler itself */
    CHECK(run_once(mem));
    xb_recycler_close(recycler);
    CHECK_INT(r.tm.live_blocks, 0);
    CHECK_INT(r.root.refs, 1);
    xb_recycler_close(NULL);
}

static void results_outlive_the_session(void) {
    rig          r;
    xybrid_error err;
    xb_recycler *recycler = NULL;
    open_rig(&r);
    CHECK_OR_RETURN(xb_recycler_new(&r.root, &recycler, &err) == XYBRID_OK);
    xb_mem *mem = xb_recycler_mem(recycler);
    char   *a = xb_strdup(mem, "one", &err), *b = xb_strdup(mem, "two", &err);
    CHECK_OR_RETURN(a && b);
    xb_recycler_close(recycler);
    CHECK_STR(a, "one");
    xb_free(mem, a);
    xb_root_drop(&r.root);
    CHECK_INT(ended, 0); /* the last block keeps it */
    CHECK_STR(b, "two");
    xb_free(mem, b);
    CHECK_INT(ended, 1);
    CHECK_INT(r.tm.live_blocks, 0);
}

static void a_budget_is_told_as_such(void) {
    rig          r;
    xybrid_error err;
    xb_recycler *recycler = NULL;
    open_rig(&r);
    r.root.mem.budget_bytes = 100000;
    CHECK_OR_RETURN(xb_recycler_new(&r.root, &recycler, &err) == XYBRID_OK);
    CHECK(xb_malloc(xb_recycler_mem(recycler), 200000, &err) == NULL);
    CHECK_INT(err.code, XYBRID_OUT_OF_MEMORY_BUDGET);
    CHECK(xb_malloc(xb_recycler_mem(recycler), SIZE_MAX / 4, &err) == NULL);
    CHECK_INT(err.code & XYBRID_PRIMARY_MASK, XYBRID_OUT_OF_MEMORY);
    r.tm.fail_at = r.tm.calls + 1;
    CHECK(xb_malloc(xb_recycler_mem(recycler), 100, &err) == NULL);
    CHECK_INT(err.code, XYBRID_OUT_OF_MEMORY_HOST);
    r.tm.fail_at = 0;
    CHECK(run_once(xb_recycler_mem(recycler)) == 0); /* beyond the budget, and nothing is lost */
    xb_recycler_close(recycler);
}

/* What waits is bounded, whatever the sizes. */
static void varied_sizes_do_not_pile_up(void) {
    rig          r;
    xybrid_error err;
    xb_recycler *recycler = NULL;
    open_rig(&r);
    CHECK_OR_RETURN(xb_recycler_new(&r.root, &recycler, &err) == XYBRID_OK);
    xb_mem  *mem = xb_recycler_mem(recycler);
    uint32_t random = 1;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        void *p = xb_malloc(mem, 100000 + random % 900000, &err), *q = xb_malloc(mem, 100000 + (random >> 7) % 900000, &err);
        CHECK(p && q);
        xb_free(mem, p);
        xb_free(mem, q);
    }
    CHECK(r.root.mem.used_bytes < 8 << 20); /* what waits: at most three times the two largest blocks, 2 MB together */
    xb_recycler_close(recycler);
    CHECK_INT(r.tm.live_blocks, 0);
}

#if XB_HAS_THREADS
static void work(void *arg) {
    for (int i = 0; i < 300; i++) CHECK(run_once(arg));
}
#endif

static void many_threads(void) {
#if XB_HAS_THREADS
    xybrid_error err;
    xb_recycler *recycler = NULL;
    xb_thread    threads[4];
    xb_root      root = { .refs = 1, .end = end_root };
    xb_mem_init(&root.mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_OR_RETURN(xb_recycler_new(&root, &recycler, &err) == XYBRID_OK);
    for (int i = 0; i < 4; i++)
        CHECK_INT(xb_thread_start(&threads[i], "test", work, xb_recycler_mem(recycler), &err), XYBRID_OK);
    for (int i = 0; i < 4; i++) xb_thread_join(&threads[i]);
    xb_recycler_close(recycler);
    CHECK_INT(root.mem.used_bytes, 0);
#else
    CHECK_SKIP("threads");
#endif
}

CHECK_MAIN(RUN(the_second_run_allocates_nothing), RUN(results_outlive_the_session), RUN(a_budget_is_told_as_such),
           RUN(varied_sizes_do_not_pile_up), RUN(many_threads))
