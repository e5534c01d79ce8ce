/* Shows how to ask what a model costs before loading it, and how to give memory back when the system wants some.
 *
 *     memory /opt/app/engines models/silero-vad */
#include <stdio.h>
#include <xybrid/xybrid.h>

static xybrid_status load_if_it_fits(xybrid_runtime *rt, const char *ref, xybrid_model **out, xybrid_error *err) {
    xybrid_estimate e;
    xybrid_status   st = xybrid_model_estimate(rt, ref, NULL, &e, err);
    if (st) return st;
    printf("%s: %lld MB on disk, %lld MB private\n", e.engine, (long long)(e.disk_bytes >> 20),
           (long long)(e.private_bytes >> 20));
    if (!e.supported || !e.fits) return xybrid_error_set(err, XYBRID_OUT_OF_MEMORY_BUDGET, ref, e.note);
    return xybrid_model_load(rt, ref, NULL, out, err);
}

/* Android's onTrimMemory, iOS's didReceiveMemoryWarning: on any thread, also while models run. */
static void on_memory_warning(xybrid_runtime *rt) {
    int64_t bytes = xybrid_runtime_trim(rt, XYBRID_PRESSURE_CRITICAL);
    printf("given back: %s\n", bytes > 0 ? "some" : "nothing");
}

int main(int argc, char **argv) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    xybrid_load_options    load;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL, *warm = NULL;
    if (argc != 3) return fprintf(stderr, "usage: memory ENGINES MODEL\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.engine_dir = argv[1];
    opt.memory_budget_bytes = 256 << 20;
    xybrid_load_options_init(&load, sizeof load);
    load.flags = XYBRID_LOAD_WARM; /* opens a session, which a memory warning may close again */
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 load_if_it_fits(rt, argv[2], &model, &err) ||
                 xybrid_model_load(rt, argv[2], &load, &warm, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    else on_memory_warning(rt);
    xybrid_model_free(warm);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return failed;
}
