/* The native engine without memory: every allocation of load, open, first run and second run of a model of each kind fails in
 * its turn, once and for ever after. Each failure is OUT_OF_MEMORY and leaks nothing; then the same call is made again on the
 * same handles, works, and gives the same bits. Arguments: names of tests. */
#include "counted.h"
#include "native_models.h"

enum { LOAD, OPEN, FIRST_RUN, SECOND_RUN, STAGES };
static const char *const stage_names[STAGES] = { "load", "open", "first run", "second run" };

typedef struct bench {
    const native_model *of;
    onnx_bytes          file, wanted[2]; /* results of the two runs when nothing fails */
    counter             memory;
    xybrid_runtime     *rt;
    xybrid_model       *model;
    xybrid_session     *session;
    xybrid_envelope    *in[2];
} bench;

static void open_bench(bench *b) {
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &b->memory, .alloc = counted_alloc, .free = counted_free };
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 1;
    b->memory = (counter){ 0 };
    b->rt = NULL;
    b->model = NULL;
    b->session = NULL;
    DOOR_OK(xybrid_runtime_create(&o, &b->rt, &err));
    for (int i = 0; i < 2; i++) DOOR_OK(native_input(b->rt, b->of, i, &b->in[i], &err));
}

static void close_bench(bench *b) {
    for (int i = 0; i < 2; i++) xybrid_envelope_free(b->in[i]);
    xybrid_session_free(b->session);
    xybrid_model_free(b->model);
    xybrid_runtime_free(b->rt);
    CHECK_INT(b->memory.live, 0);
}

static xybrid_status work(bench *b, int stage, xybrid_error *err) {
    if (stage == LOAD) return native_load(b->rt, &b->file, NULL, &b->model, err);
    if (stage == OPEN) return xybrid_session_open(b->model, NULL, &b->session, err);
    int        run = stage - FIRST_RUN;
    onnx_bytes found = native_run(b->model, b->session, b->in[run], NULL, err);
    if (err->code) return err->code;
    if (b->wanted[run].data) {
        CHECK(native_same(&found, &b->wanted[run]));
        onnx_bytes_free(&found);
    } else {
        b->wanted[run] = found;
    }
    return XYBRID_OK;
}

static int is_of_memory(xybrid_status st, const xybrid_error *err) {
    int is = (st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY;
    for (int i = 0; i < 3; i++) is |= (err->cause[i] & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY;
    return is;
}

/* All four, with allocation `at` of stage `which` failing. 0: there is no such allocation. */
static int strike(bench *b, int which, int64_t at, int for_ever) {
    int struck = 0;
    open_bench(b);
    for (int stage = LOAD; stage < STAGES; stage++) {
        xybrid_error  err;
        counter      *c = &b->memory;
        xybrid_status st;
        if (stage == which) {
            c->fail_at = c->calls + at;
            c->for_ever = for_ever;
            st = work(b, stage, &err);
            struck = c->struck;
            c->fail_at = 0;
            if (st && !(struck && is_of_memory(st, &err))) {
                printf("%s, %s, allocation %lld: %s\n", b->of->name, stage_names[stage], (long long)at, err.message);
                CHECK(struck && is_of_memory(st, &err));
            }
            if (!st) continue; /* nothing failed, or it did without */
        }
        if (!door_ok_(st = work(b, stage, &err), &err, stage_names[stage], __LINE__)) {
            CHECK_INT(st, XYBRID_OK);
            break;
        }
    }
    close_bench(b);
    return struck;
}

static void every_allocation_fails(void) {
    for (int i = 0; i < NATIVE_MODELS; i++) {
        bench   b = { .of = &native_models[i], .file = native_file(&native_models[i]) };
        int64_t counts[STAGES] = { 0 };
        for (int which = LOAD; which < STAGES; which++)
            for (int64_t at = 1; at < 10000 && strike(&b, which, at, 0); at++) {
                strike(&b, which, at, 1);
                counts[which]++;
            }
        CHECK(counts[LOAD] > 10 && counts[OPEN] > 2 && counts[FIRST_RUN] > 5);
        CHECK(b.wanted[0].size && b.wanted[1].size);
        printf("%s: allocations of load %lld, open %lld, first run %lld, second run %lld failed in turn\n", b.of->name,
               (long long)counts[LOAD], (long long)counts[OPEN], (long long)counts[FIRST_RUN], (long long)counts[SECOND_RUN]);
        for (int k = 0; k < 2; k++) onnx_bytes_free(&b.wanted[k]);
        onnx_bytes_free(&b.file);
    }
}

CHECK_MAIN(RUN(every_allocation_fails))
