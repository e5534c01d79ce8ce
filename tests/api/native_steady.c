/* The native engine on real models: from the third run of a shape on a session allocates nothing, neither from the runtime's
 * allocator nor from the C library; and any number of threads gives the same bits. Also on small models whose results have a
 * size that is computed, or that loop. */
#include "native_real.h"
#if defined(XB_COUNTS_ALLOCATIONS) && defined(__GLIBC__) && defined(__LP64__)
#  define COUNTS 1
#  include "../../bench/allocs.h"
#else
static int64_t allocs_count(void) { return 0; } /* the sanitizers want the allocator for themselves */
#endif

enum { WARM_RUNS = 3, RUNS = 3 };

static xybrid_runtime *runtime_of(int32_t threads) {
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options_init(&o, sizeof o);
    o.threads = threads;
    CHECK(door_ok_(xybrid_runtime_create(&o, &rt, &err), &err, "xybrid_runtime_create", __LINE__));
    return rt;
}

/* ---- allocations ---- */

static xybrid_status run_once(xybrid_session *s, xybrid_envelope *in, xybrid_error *err) {
    xybrid_envelope   *out = NULL;
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    xybrid_status st = xybrid_session_run(s, in, &o, &out, err);
    xybrid_envelope_free(out);
    return st;
}

static void count_runs(xybrid_runtime *rt, xybrid_model *m, const native_model *of) {
    xybrid_error     err;
    xybrid_session  *s = NULL;
    xybrid_envelope *in = NULL;
    xybrid_stats     before, after;
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    DOOR_OK(native_input(rt, of, 0, &in, &err));
    for (int i = 0; i < WARM_RUNS; i++) DOOR_OK(run_once(s, in, &err));
    xybrid_runtime_stats(rt, &before);
    int64_t process = allocs_count();
    for (int i = 0; i < RUNS; i++) CHECK(run_once(s, in, &err) == XYBRID_OK);
    process = allocs_count() - process;
    xybrid_runtime_stats(rt, &after);
    if (process || after.allocations != before.allocations) printf("%s:\n", of->name);
    CHECK_INT(after.allocations - before.allocations, 0);
    CHECK_INT(after.private_bytes - before.private_bytes, 0);
    CHECK_INT(process, 0);
    xybrid_envelope_free(in);
    xybrid_session_free(s);
}

static void runs_allocate_nothing(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    for (int threads = 1; threads <= 2; threads++) {
        xybrid_runtime *rt = runtime_of(threads);
        for (int i = 0; i < NATIVE_MODELS; i++) {
            xybrid_error  err;
            xybrid_model *m = NULL;
            onnx_bytes    file = native_file(&native_models[i]);
            DOOR_OK(native_load(rt, &file, NULL, &m, &err));
            count_runs(rt, m, &native_models[i]);
            xybrid_model_free(m);
            onnx_bytes_free(&file);
        }
        xybrid_runtime_free(rt);
    }
}

static void real_models_allocate_nothing(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    xybrid_runtime *rt = runtime_of(2);
    int             found = 0;
    for (int i = 0; i < NATIVE_REAL; i++) {
        xybrid_error  err;
        xybrid_model *m = NULL;
        const char   *path = native_real_path(&native_real[i]);
        if (!path) continue;
        DOOR_OK(native_real_load(rt, path, 0, NULL, &m, &err));
        count_runs(rt, m, &native_real[i]);
        xybrid_model_free(m);
        found++;
    }
    xybrid_runtime_free(rt);
    printf("%d of %d real models\n", found, NATIVE_REAL);
    if (!found) CHECK_SKIP("no real model is here: scripts/setup core brings some");
}

#if defined(COUNTS)
/* The count sees what it shall see. */
static void allocations_are_counted(void) {
    int64_t before = allocs_count();
    void *volatile p = malloc(100);
    CHECK(allocs_count() > before);
    free(p);
}
#else
static void allocations_are_counted(void) { CHECK_SKIP("malloc belongs to the sanitizer, or is not glibc's"); }
#endif

/* ---- threads ---- */

static void same_bits_with_any_threads(void) {
    static const int32_t counts[] = { 2, 3, 7 };
    xybrid_runtime      *rts[4];
    int                  found = 0;
    for (int t = 0; t < 4; t++) rts[t] = runtime_of(t ? counts[t - 1] : 1);
    for (int i = 0; i < NATIVE_REAL; i++) {
        onnx_bytes  one = { 0 };
        const char *path = native_real_path(&native_real[i]);
        if (!path) continue;
        found++;
        for (int t = 0; t < 4; t++) {
            xybrid_error     err;
            xybrid_model    *m = NULL;
            xybrid_envelope *in = NULL;
            DOOR_OK(native_real_load(rts[t], path, 0, NULL, &m, &err));
            DOOR_OK(native_input(rts[t], &native_real[i], 0, &in, &err));
            onnx_bytes bits = native_run(m, NULL, in, NULL, &err);
            DOOR_OK(err.code);
            if (t == 0) {
                one = bits;
                CHECK(one.size > 0);
            } else {
                if (!native_same(&one, &bits)) printf("%s: %d threads and one\n", native_real[i].name, counts[t - 1]);
                CHECK(native_same(&one, &bits));
                onnx_bytes_free(&bits);
            }
            xybrid_envelope_free(in);
            xybrid_model_free(m);
        }
        onnx_bytes_free(&one);
    }
    for (int t = 0; t < 4; t++) xybrid_runtime_free(rts[t]);
    if (!found) CHECK_SKIP("no real model is here: scripts/setup core brings some");
}

CHECK_MAIN(RUN(allocations_are_counted), RUN(runs_allocate_nothing), RUN(real_models_allocate_nothing),
           RUN(same_bits_with_any_threads))
