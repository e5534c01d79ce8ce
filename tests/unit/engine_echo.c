/* Models and sessions over the echo engine: checks of inputs, delivery, failures, cancel, carried state, memory. */
#include "engine_rig.h"

#include "base/str.h"
#include "plat/cancel.h"
#include "plat/clock.h"
#include "plat/thread.h"

static const xybrid_engine *const tables[] = { &xb_engine_echo, &xb_engine_null };

/* An echo that cannot carry: the host must. */
static xybrid_engine plain_echo(void) {
    xybrid_engine t = xb_engine_echo;
    t.name = "plain";
    t.carry = NULL;
    t.reset = NULL;
    return t;
}

typedef struct bench {
    xb_test_mem        tm;
    rig                r;
    xb_engine_model   *model;
    xb_engine_session *session;
    catcher            got;
    xybrid_error       err;
} bench;

static int open_bench_with(bench *b, const xybrid_engine *table, const char *text, int32_t threads) {
    memset(b, 0, sizeof *b);
    xb_test_mem_init(&b->tm, 0, 0);
    b->got.mem = &b->tm.mem;
    const xybrid_engine *both[] = { table, &xb_engine_null };
    xybrid_status        st = rig_open(&b->r, &b->tm.mem, both, 2, threads, &b->err);
    if (st == XYBRID_OK) st = rig_text_model(&b->r, text, &b->model, &b->err);
    if (st == XYBRID_OK) st = rig_session(b->model, &b->session, &b->err);
    if (st != XYBRID_OK) printf("%s\n", b->err.message);
    CHECK_INT(st, XYBRID_OK);
    return st == XYBRID_OK;
}
static int open_bench(bench *b, const char *text) { return open_bench_with(b, &xb_engine_echo, text, 1); }

static void close_bench(bench *b) {
    xb_engine_session_close(b->session);
    xb_engine_model_drop(b->model);
    catch_drop(&b->got);
    rig_close(&b->r);
    CHECK_INT(b->tm.live_blocks, 0);
}

static xybrid_status bind(bench *b, const char *name, const void *data, xybrid_dtype dtype, int32_t rank, int64_t d0,
                          int64_t d1) {
    xb_tensor t = rig_tensor(data, dtype, rank, (int64_t[]){ d0, d1 });
    return xb_engine_session_bind_named(b->session, name, &t, &b->err);
}
static xybrid_status run(bench *b) { return rig_run(b->session, &b->got, NULL, NULL, &b->err); }

#define SIMPLE "xybrid-echo 1\n# a comment\ninput x float32 1 -1\noutput y x\n"

/* ---- ports and inputs ---- */

static void reads_ports(void) {
    bench b;
    if (!open_bench(&b, "xybrid-echo 1\ninput x float32 1 -1\ninput s int64\r\noutput y x\noutput t s plus 2\n")) return;
    CHECK_STR(b.model->name, "test.echo");
    CHECK_INT(b.model->input_count, 2);
    CHECK_INT(b.model->output_count, 2);
    CHECK_STR(b.model->inputs[0].name, "x");
    CHECK_INT(b.model->inputs[0].dtype, XYBRID_FLOAT32);
    CHECK_INT(b.model->inputs[0].rank, 2);
    CHECK_INT(b.model->inputs[0].shape[1], -1);
    CHECK_INT(b.model->outputs[1].dtype, XYBRID_INT64);
    CHECK_INT(b.model->outputs[1].rank, 0);
    CHECK_INT(xb_engine_model_find(b.model, XYBRID_OUTPUT, "t"), 1);
    CHECK_INT(xb_engine_model_find(b.model, XYBRID_INPUT, "t"), -1);
    CHECK_INT(xb_engine_model_find(b.model, XYBRID_INPUT, NULL), -1);
    CHECK_STR(xb_engine_model_describe(b.model), "{\"engine\":\"echo\"}");
    CHECK(xb_engine_session_model(b.session) == b.model);
    close_bench(&b);
}

static void checks_inputs(void) {
    bench b;
    float x[6] = { 0 };
    if (!open_bench(&b, "xybrid-echo 1\ninput x float32 1 -1\ninput s int64\noutput y x\n")) return;
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT64, 2, 1, 3), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"x\" is float64, wanted float32");
    CHECK_INT(b.err.cause[0], XYBRID_INVALID_ARGUMENT);
    CHECK_STR(b.err.subject, "test.echo");
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 1, 6, 0), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"x\" has shape [6], wanted 2 dimensions: [1,-1]");
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 2, 3), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"x\" has shape [2,3], dimension 0 must be 1");
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 1, 0), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"x\" has shape [1,0], dimension 1 must be at least 1");
    CHECK_INT(bind(&b, "z", x, XYBRID_FLOAT32, 2, 1, 3), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(b.err.message, "test.echo has no input \"z\"; its inputs: x float32 [1,-1], s int64 []");
    xb_tensor t = rig_tensor(x, XYBRID_FLOAT32, 2, (int64_t[]){ 1, 3 });
    CHECK_INT(xb_engine_session_bind(b.session, 2, &t, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engine_session_bind(b.session, -1, &t, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engine_session_bind(b.session, 0, &t, &b.err), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"s\" is missing, wanted s int64 []");
    CHECK_INT(b.err.cause[0], XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engine_session_prepare(b.session, NULL, &b.err), XYBRID_INFERENCE_FAILED);
    int64_t s = 5;
    CHECK_INT(bind(&b, "s", &s, XYBRID_INT64, 0, 0, 0), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_OK);
    xb_engine_session_unbind(b.session);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED);
    close_bench(&b);
}

static void copies_inputs_to_outputs(void) {
    for (int give = 0; give < 2; give++) {
        bench b;
        float x[4] = { 1, 2, 3, 4 };
        if (!open_bench(&b, give ? SIMPLE "give\n" : SIMPLE)) return;
        CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 1, 4), XYBRID_OK);
        for (int i = 0; i < 2; i++) {
            x[3] = (float)(10 + i); /* the contents are read at each run */
            CHECK_INT(run(&b), XYBRID_OK);
            CHECK_INT(b.got.outputs[0].shape[1], 4);
            CHECK_NEAR(((float *)b.got.outputs[0].data)[3], 10 + i, 0);
            CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 1, 4), XYBRID_OK); /* the same again */
        }
        CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 1, 2), XYBRID_OK); /* another shape of the same memory */
        CHECK_INT(run(&b), XYBRID_OK);
        CHECK_INT(b.got.outputs[0].shape[1], 2);
        CHECK_INT(b.got.allocs, give ? 0 : 3);
        CHECK_INT(b.got.gives, give ? 3 : 0);
        uint8_t none[1] = { 0 };
        CHECK_INT(rig_run(b.session, &b.got, none, NULL, &b.err), XYBRID_OK);
        CHECK_INT(b.got.allocs + b.got.gives, 3);
        CHECK_STR(xb_engine_session_profile(b.session), "{\"runs\":4,\"steps\":1}");
        /* given memory outlives session and model */
        xb_engine_session_close(b.session);
        xb_engine_model_drop(b.model);
        CHECK_NEAR(((float *)b.got.outputs[0].data)[0], 1, 0);
        b.session = NULL, b.model = NULL;
        close_bench(&b);
    }
}

static void copies_in_parallel(void) {
    bench        b;
    static float x[100003];
    for (int i = 0; i < 100003; i++) x[i] = (float)i;
    if (!open_bench_with(&b, &xb_engine_echo, "xybrid-echo 1\ninput x float32 -1\noutput y x plus 1\nparallel 8\n", 3)) return;
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 1, 100003, 0), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_OK);
    int wrong = 0;
    for (int i = 0; i < 100003; i++) wrong += ((float *)b.got.outputs[0].data)[i] != (float)(i + 1);
    CHECK_INT(wrong, 0);
    close_bench(&b);
}

/* ---- failures ---- */

static void fails_at_a_step_and_goes_on(void) {
    bench b;
    float x = 1;
    if (!open_bench(&b, SIMPLE "steps 5\nfail_at 3\nfail_run 2\n")) return;
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 2, 1, 1), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": echo: step 3 of 5 fails as asked");
    CHECK_STR(b.err.subject, "test.echo");
    CHECK_INT(b.err.cause[0], 0);
    CHECK_STR(xb_engine_session_profile(b.session), "{\"runs\":2,\"steps\":2}");
    CHECK_INT(run(&b), XYBRID_OK);
    close_bench(&b);
}

static void keeps_codes(void) {
    static const struct {
        const char   *name;
        xybrid_status code, cause;
    } cases[] = {
        { "IO_READ", XYBRID_INFERENCE_FAILED, XYBRID_IO_READ },
        { "MALFORMED", XYBRID_INFERENCE_FAILED, XYBRID_MALFORMED },
        { "OUT_OF_MEMORY_BUDGET", XYBRID_OUT_OF_MEMORY_BUDGET, 0 },
        { "OUT_OF_MEMORY_HOST", XYBRID_OUT_OF_MEMORY_HOST, 0 },
        { "BUSY", XYBRID_BUSY, 0 },
        { "INVALID_ARGUMENT", XYBRID_INVALID_ARGUMENT, 0 },
        { "INTERNAL", XYBRID_INFERENCE_FAILED, XYBRID_INTERNAL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[160];
        snprintf(text, sizeof text, SIMPLE "fail_at 1 %s\n", cases[i].name);
        bench b;
        float x = 1;
        if (!open_bench(&b, text)) return;
        CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 2, 1, 1), XYBRID_OK);
        CHECK_INT(run(&b), cases[i].code);
        CHECK_INT(b.err.code, cases[i].code);
        CHECK_INT(b.err.cause[0], cases[i].cause);
        close_bench(&b);
    }
}

static void names_the_line_that_is_wrong(void) {
    static const struct {
        const char *text;
        long long   position;
        const char *message;
    } cases[] = {
        { "xybrid-echo 1\nfoo\n", 14, "test.echo: echo: line not understood: \"foo\"; engine/echo.c lists them" },
        { "xybrid-echo 1\ninput x float99\n", 14, NULL },
        { "xybrid-echo 1\ninput x float32 -2\n", 14, NULL },
        { "xybrid-echo 1\ninput x float32 1 1 1 1 1 1 1 1 1\n", 14, NULL },
        { "xybrid-echo 1\ninput x float32\ninput x float32\n", 30, NULL },
        { "xybrid-echo 1\noutput y x\n", 14, NULL },
        { "xybrid-echo 1\ninput x bool\noutput y x plus 1\n", 27, NULL },
        { "xybrid-echo 1\nsteps many\n", 14, NULL },
        { "xybrid-echo 1\nsteps 99999999999999999999999\n", 14, NULL },
        { "xybrid-echo 1\nfail_at 1 NOT_A_CODE\n", 14, NULL },
        { "xybrid-echo 1\nparallel 0", 14, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xb_test_mem      tm;
        rig              r;
        xybrid_error     err;
        xb_engine_model *m = NULL;
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(rig_open(&r, &tm.mem, tables, 2, 1, &err), XYBRID_OK);
        CHECK_INT(rig_text_model(&r, cases[i].text, &m, &err), XYBRID_MALFORMED);
        CHECK(m == NULL);
        CHECK_INT(err.position, cases[i].position);
        CHECK_STR(err.subject, "test.echo");
        if (cases[i].message) CHECK_STR(err.message, cases[i].message);
        rig_close(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
}

/* ---- cancel ---- */

typedef struct firing {
    xybrid_cancel *token;
    xb_thread      thread;
    int64_t        after_ms;
    int64_t        fired_ns;
} firing;

static void fire_later(void *arg) {
    firing *f = arg;
    xb_sleep_ms(f->after_ms);
    f->fired_ns = xb_clock_ns();
    xb_cancel_fire(f->token, XYBRID_CANCELLED_TOKEN);
}

static void cancel_one(const char *text, int64_t after_ms) {
    bench b;
    float x = 1;
    if (!open_bench(&b, text)) return;
    firing f = { .after_ms = after_ms };
    CHECK_INT(xb_cancel_new(&b.tm.mem, &f.token, &b.err), XYBRID_OK);
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 2, 1, 1), XYBRID_OK);
    if (after_ms == 0) xb_cancel_fire(f.token, XYBRID_CANCELLED_DEADLINE);
    else CHECK_INT(xb_thread_start(&f.thread, "fire", fire_later, &f, &b.err), XYBRID_OK);
    xybrid_status wanted = after_ms == 0 ? XYBRID_CANCELLED_DEADLINE : XYBRID_CANCELLED_TOKEN;
    CHECK_INT(rig_run(b.session, &b.got, NULL, f.token, &b.err), wanted);
    CHECK_INT(b.err.code, wanted);
    if (after_ms > 0) {
        int64_t took_ms = (xb_clock_ns() - f.fired_ns) / 1000000;
        xb_thread_join(&f.thread);
        CHECK(took_ms < 500); /* 1 ms of sleep, and a busy machine */
    }
    CHECK_INT(b.got.allocs, 0);
    xb_cancel_drop(f.token);
    close_bench(&b);
}

static void stops_when_cancelled(void) {
    cancel_one(SIMPLE "slow_ms 60000\n", 0);
#if XB_HAS_THREADS
    cancel_one(SIMPLE "slow_ms 60000\n", 20);
    cancel_one(SIMPLE "steps 1000000\nslow_ms 2\n", 20);
    cancel_one(SIMPLE "wait_cancel\n", 20);
#endif
}

static void waits_only_for_what_can_come(void) {
    bench b;
    float x = 1;
    if (!open_bench(&b, SIMPLE "wait_cancel\n")) return;
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 2, 1, 1), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);
}

static void takes_its_time(void) {
    bench b;
    float x = 1;
    if (!open_bench(&b, SIMPLE "steps 3\nslow_ms 10\n")) return;
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 2, 1, 1), XYBRID_OK);
    int64_t start = xb_clock_ns();
    CHECK_INT(run(&b), XYBRID_OK);
    CHECK(xb_clock_ns() - start >= 30 * 1000000);
    close_bench(&b);
}

static void refuses_a_cancelled_open(void) {
    xb_test_mem      tm;
    rig              r;
    xybrid_error     err;
    xb_engine_model *m = NULL;
    xybrid_cancel   *token = NULL;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(rig_open(&r, &tm.mem, tables, 2, 1, &err), XYBRID_OK);
    CHECK_INT(xb_cancel_new(&tm.mem, &token, &err), XYBRID_OK);
    xb_cancel_fire(token, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(rig_model(&r, SIMPLE, strlen(SIMPLE), NULL, NULL, NULL, NULL, NULL, token, &m, &err), XYBRID_CANCELLED_TOKEN);
    xb_cancel_drop(token);
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- carried state ---- */

#define COUNTER \
    "xybrid-echo 1\ninput x float32 -1\ninput s int64 -1\noutput y x\noutput s2 s plus 1\nsteps 1\nfail_at 1\nfail_run 4\n"

static void carries_state_with(const xybrid_engine *table) {
    bench   b;
    float   x = 7;
    int64_t zero[2] = { 0, 100 };
    uint8_t only_y[2] = { 1, 0 }, all[2] = { 1, 1 };
    if (!open_bench_with(&b, table, COUNTER, 1)) return;
    CHECK_INT(xb_engine_session_carry(b.session, 1, 0, -1, &b.err), XYBRID_INVALID_ARGUMENT); /* int64 to float32 */
    CHECK_INT(xb_engine_session_carry(b.session, 5, 1, -1, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engine_session_carry(b.session, -1, -1, -1, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engine_session_carry(b.session, 1, 1, -1, &b.err), XYBRID_OK);
    CHECK_INT(xb_engine_session_carry(b.session, 1, 1, -1, &b.err), XYBRID_INVALID_ARGUMENT); /* twice */
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 1, 1, 0), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED); /* no first value yet; the engine was not reached */
    CHECK_INT(bind(&b, "s", zero, XYBRID_INT64, 1, 2, 0), XYBRID_OK);

    CHECK_INT(rig_run(b.session, &b.got, only_y, NULL, &b.err), XYBRID_OK); /* run 1: s 0 -> 1 */
    CHECK(b.got.outputs[1].data == NULL);
    CHECK_INT(rig_run(b.session, &b.got, only_y, NULL, &b.err), XYBRID_OK); /* 1 -> 2 */
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);    /* 2 -> 3, and shown */
    CHECK_INT(((int64_t *)b.got.outputs[1].data)[0], 3);
    CHECK_INT(((int64_t *)b.got.outputs[1].data)[1], 103);
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_INFERENCE_FAILED); /* run 4 fails: state as before */
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);
    CHECK_INT(((int64_t *)b.got.outputs[1].data)[0], 4);
    ((int64_t *)b.got.outputs[1].data)[0] = -1; /* what was delivered is the host's; the state is not */
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);
    CHECK_INT(((int64_t *)b.got.outputs[1].data)[0], 5);
    CHECK_INT(zero[0], 0);

    CHECK_INT(bind(&b, "s", zero, XYBRID_INT64, 1, 2, 0), XYBRID_OK); /* bound again: starts anew */
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);
    CHECK_INT(((int64_t *)b.got.outputs[1].data)[0], 1);
    xb_engine_session_reset(b.session);
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"test.echo\": input \"s\" is missing, wanted s int64 [-1]");
    CHECK_INT(bind(&b, "s", zero, XYBRID_INT64, 1, 0, 0), XYBRID_OK); /* an empty cache */
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);
    CHECK_INT(b.got.outputs[1].shape[0], 0);
    close_bench(&b);
}

static void carries_state(void) { carries_state_with(&xb_engine_echo); }

static void host_carries_where_the_engine_cannot(void) {
    xybrid_engine plain = plain_echo();
    carries_state_with(&plain);
    /* also when the engine gives memory of its own */
    bench   b;
    int64_t s = 0;
    uint8_t none[1] = { 0 }, all[1] = { 1 };
    if (!open_bench_with(&b, &plain, "xybrid-echo 1\ninput s int64\noutput s2 s plus 1\ngive\n", 1)) return;
    CHECK_INT(xb_engine_session_carry(b.session, 0, 0, -1, &b.err), XYBRID_OK);
    CHECK_INT(bind(&b, "s", &s, XYBRID_INT64, 0, 0, 0), XYBRID_OK);
    for (int i = 0; i < 5; i++) CHECK_INT(rig_run(b.session, &b.got, none, NULL, &b.err), XYBRID_OK);
    CHECK_INT(rig_run(b.session, &b.got, all, NULL, &b.err), XYBRID_OK);
    CHECK_INT(((int64_t *)b.got.outputs[0].data)[0], 6);
    close_bench(&b);
}

/* ---- memory and threads ---- */

static xybrid_status whole_life(xb_mem *mem, const xybrid_engine *table, const char *text, xybrid_error *err) {
    rig                  r;
    xb_engine_model     *m = NULL;
    xb_engine_session   *s = NULL;
    catcher              got = { .mem = mem };
    float                x[8] = { 0 };
    int64_t              state[2] = { 0 };
    const xybrid_engine *both[] = { table, &xb_engine_null };
    xybrid_status        st = rig_open(&r, mem, both, 2, 1, err);
    if (st == XYBRID_OK) st = rig_text_model(&r, text, &m, err);
    if (st == XYBRID_OK) st = rig_session(m, &s, err);
    if (st == XYBRID_OK) st = xb_engine_session_carry(s, 1, 1, -1, err);
    xb_tensor tx = rig_tensor(x, XYBRID_FLOAT32, 1, (int64_t[]){ 8 }),
              ts = rig_tensor(state, XYBRID_INT64, 1, (int64_t[]){ 2 });
    if (st == XYBRID_OK) st = xb_engine_session_bind_named(s, "x", &tx, err);
    if (st == XYBRID_OK) st = xb_engine_session_bind_named(s, "s", &ts, err);
    for (int i = 0; i < 3 && st == XYBRID_OK; i++) st = rig_run(s, &got, NULL, NULL, err);
    xb_engine_session_close(s);
    xb_engine_model_drop(m);
    catch_drop(&got);
    rig_close(&r);
    return st;
}

static void survives_lack_of_memory(void) {
    static const char *const texts[] = {
        "xybrid-echo 1\ninput x float32 -1\ninput s int64 -1\noutput y x\noutput s2 s plus 1\nscratch 100\n",
        "xybrid-echo 1\ninput x float32 -1\ninput s int64 -1\noutput y x\noutput s2 s plus 1\ngive\n",
    };
    xybrid_engine plain = plain_echo();
    for (int i = 0; i < 4; i++) {
        xb_test_mem tm;
        XB_TORTURE (tm, 200) {
            xybrid_error  err;
            xybrid_status st = whole_life(&tm.mem, i & 2 ? &plain : &xb_engine_echo, texts[i & 1], &err);
            XB_TORTURE_STATUS(tm, st);
        }
    }
}

static void allocates_nothing_after_warm_up(void) {
    bench b;
    float x[16] = { 0 };
    if (!open_bench(&b, SIMPLE)) return;
    b.got.is_reusing = 1;
    int64_t before = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 2) before = b.tm.calls;
        CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, 1, 16), XYBRID_OK);
        CHECK_INT(run(&b), XYBRID_OK);
    }
    CHECK_INT(b.tm.calls - before, 0);
    close_bench(&b);
}

typedef struct worker {
    xb_thread        thread;
    xb_engine_model *model;
    xb_test_mem      tm;
    int              number, wrong;
} worker;

static void work(void *arg) {
    worker            *w = arg;
    xb_engine_session *s = NULL;
    xybrid_error       err;
    catcher            got = { .mem = &w->tm.mem, .is_reusing = 1 };
    float              x[64];
    xb_tensor          t = rig_tensor(x, XYBRID_FLOAT32, 2, (int64_t[]){ 1, 64 });
    if (rig_session(w->model, &s, &err) != XYBRID_OK) w->wrong++;
    for (int i = 0; s && i < 300; i++) {
        for (int k = 0; k < 64; k++) x[k] = (float)(w->number * 1000 + i);
        if (xb_engine_session_bind(s, 0, &t, &err) || rig_run(s, &got, NULL, NULL, &err)) w->wrong++;
        else w->wrong += ((float *)got.outputs[0].data)[63] != x[63];
    }
    xb_engine_session_close(s);
    catch_drop(&got);
}

static void serves_many_threads(void) {
    if (!XB_HAS_THREADS) CHECK_SKIP("threads");
    rig              r;
    xb_mem           mem; /* the C library's allocator: the test's counts without locks */
    xybrid_error     err;
    xb_engine_model *m = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(rig_open(&r, &mem, tables, 2, 2, &err), XYBRID_OK);
    CHECK_INT(rig_text_model(&r, SIMPLE "parallel 4\nscratch 64\n", &m, &err), XYBRID_OK);
    static worker workers[8];
    for (int i = 0; i < 8; i++) {
        workers[i].model = m;
        workers[i].number = i;
        xb_test_mem_init(&workers[i].tm, 0, 0);
        CHECK_INT(xb_thread_start(&workers[i].thread, "work", work, &workers[i], &err), XYBRID_OK);
    }
    for (int i = 0; i < 8; i++) {
        xb_thread_join(&workers[i].thread);
        CHECK_INT(workers[i].wrong, 0);
        CHECK_INT(workers[i].tm.live_blocks, 0);
    }
    xb_engine_model_drop(m);
    rig_close(&r);
    CHECK_INT(mem.used_bytes, 0);
}

/* ---- the null engine, sources ---- */

static void null_does_nothing(void) {
    bench b;
    if (!open_bench(&b, "xybrid-null")) return;
    CHECK_INT(b.model->input_count + b.model->output_count, 0);
    CHECK_INT(run(&b), XYBRID_OK);
    float x = 0;
    CHECK_INT(bind(&b, "x", &x, XYBRID_FLOAT32, 1, 1, 0), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(b.err.message, "test.echo has no input \"x\"; its inputs: none");
    CHECK_INT(xb_engine_session_trim(b.session, 2), 0);
    close_bench(&b);
}

static int  released;
static void count_release(void *ctx, const void *data) { (void)ctx, (void)data, released++; }

static void sources_live_as_long_as_models(void) {
    xb_test_mem           tm;
    rig                   r;
    xybrid_error          err;
    xb_engine_source     *source = NULL;
    xb_engine            *e = NULL;
    xb_engine_model      *m = NULL;
    xybrid_engine_options options;
    xb_engine_options_init(&options);
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(rig_open(&r, &tm.mem, tables, 2, 1, &err), XYBRID_OK);
    xb_engine_source_spec spec = { .view = { .bytes = SIMPLE, .size_bytes = (int64_t)strlen(SIMPLE) },
                                   .release = count_release };
    CHECK_INT(xb_engine_source_new(&tm.mem, &spec, &source, &err), XYBRID_OK);
    const xybrid_source *seen = xb_engine_source_view(source);
    CHECK_STR(xb_engine_source_name(source), "model");
    CHECK(seen->path == NULL);
    const void *bytes = NULL;
    int64_t     size = 0;
    CHECK_INT(seen->sibling(seen->ctx, "weights.bin", &bytes, &size, NULL, &err), XYBRID_MODEL_NOT_FOUND);
    CHECK_INT(xb_engines_select(r.engines, seen, NULL, &e, &err), XYBRID_OK);
    CHECK_INT(xb_engine_model_open(e, source, &options, NULL, &m, &err), XYBRID_OK);
    released = 0;
    xb_engine_source_drop(source);
    CHECK_INT(released, 0);
    xb_engine_model_drop(xb_engine_model_keep(m));
    CHECK_INT(released, 0);
    xb_engine_model_drop(m);
    CHECK_INT(released, 1);
    xb_engine_model_drop(NULL);
    xb_engine_source_drop(NULL);
    xb_engine_session_close(NULL);
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
}

static void opens_files_beside_the_model(void) {
    size_t size = 0;
    char  *there = xb_test_data("vision/mnist.onnx", &size);
    if (!there) CHECK_SKIP("reference data");
    free(there);
    xb_test_mem       tm;
    xybrid_error      err;
    xb_engine_source *source = NULL;
    char              path[1024];
    snprintf(path, sizeof path, "%s/vision/model.x", XB_TEST_DATA);
    xb_test_mem_init(&tm, 0, 0);
    xb_engine_source_spec spec = { .view = { .bytes = "", .size_bytes = 0 }, .release = xybrid_release_none, .path = path };
    CHECK_INT(xb_engine_source_new(&tm.mem, &spec, &source, &err), XYBRID_OK);
    const xybrid_source *seen = xb_engine_source_view(source);
    const void          *bytes = NULL, *again = NULL;
    int64_t              found = 0, ignored = 0;
    const char          *found_path = NULL;
    CHECK_STR(xb_engine_source_name(source), "model.x");
    CHECK_INT(seen->sibling(seen->ctx, "mnist.onnx", &bytes, &found, &found_path, &err), XYBRID_OK);
    CHECK_INT(found, (long long)size);
    CHECK(found_path && xb_ends_with(found_path, "vision/mnist.onnx"));
    CHECK_INT(seen->sibling(seen->ctx, "./mnist.onnx", &again, &ignored, NULL, &err), XYBRID_OK);
    CHECK(again == bytes); /* once */
    CHECK_INT(seen->sibling(seen->ctx, "../audio/jfk.wav", &bytes, &found, NULL, &err), XYBRID_MALFORMED);
    CHECK_INT(seen->sibling(seen->ctx, "/etc/passwd", &bytes, &found, NULL, &err), XYBRID_MALFORMED);
    CHECK_INT(seen->sibling(seen->ctx, NULL, &bytes, &found, NULL, &err), XYBRID_MALFORMED);
    CHECK_INT(seen->sibling(seen->ctx, "nothing.bin", &bytes, &found, NULL, &err), XYBRID_IO_OPEN);
    xb_engine_source_drop(source);
    CHECK_INT(tm.live_blocks, 0);
}

CHECK_MAIN(RUN(reads_ports), RUN(checks_inputs), RUN(copies_inputs_to_outputs), RUN(copies_in_parallel),
           RUN(fails_at_a_step_and_goes_on), RUN(keeps_codes), RUN(names_the_line_that_is_wrong), RUN(stops_when_cancelled),
           RUN(waits_only_for_what_can_come), RUN(takes_its_time), RUN(refuses_a_cancelled_open), RUN(carries_state),
           RUN(host_carries_where_the_engine_cannot), RUN(survives_lack_of_memory), RUN(allocates_nothing_after_warm_up),
           RUN(serves_many_threads), RUN(null_does_nothing), RUN(sources_live_as_long_as_models),
           RUN(opens_files_beside_the_model))
