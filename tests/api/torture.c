/* Every allocation fails in its turn, once and for ever after: load, run and free of an echo model, of a conversation and of a
 * real one must give OUT_OF_MEMORY, leak nothing, and leave handles that close. Arguments: names of tests; XB_TORTURE_ALL=1 in
 * the environment also tries every allocation of the real model (else every 5th). */
#include <sys/stat.h>

#include "chat_rig.h"
#include "counted.h"

typedef xybrid_status (*scenario_fn)(xybrid_runtime *rt, xybrid_error *err);

static const char *echo_pack(void) {
    static const char json[] =
        "{\"model_id\":\"torture\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.echo\"},"
        "\"preprocessing\":[{\"type\":\"Resize\",\"width\":4,\"height\":4},{\"type\":\"Normalize\",\"mean\":[1],\"std\":[2]}],"
        "\"postprocessing\":[{\"type\":\"Softmax\"},{\"type\":\"Reshape\",\"shape\":[-1]},{\"type\":\"TopK\",\"k\":3,"
        "\"labels\":[\"a\",\"b\"]}],\"files\":[]}";
    static const char echo[] = "xybrid-echo 1\ninput x float32 1 3 4 4\noutput y x\nscratch 64\n";
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(XB_TEST_BUILD "/Testing/torture", 0777);
    door_write("torture/model_metadata.json", json, sizeof json - 1);
    door_write("torture/m.echo", echo, sizeof echo - 1);
    return XB_TEST_BUILD "/Testing/torture";
}

/* Load, run twice as a one-liner and once on a session as a stream with a trace; JSON there and back. */
static xybrid_status echo_scenario(xybrid_runtime *rt, xybrid_error *err) {
    static const unsigned char pixels[6 * 5 * 3] = { 1, 2, 3, 200, 100, 50 };
    xybrid_model              *m = NULL;
    xybrid_session            *s = NULL;
    xybrid_stream             *stream = NULL;
    xybrid_envelope           *in = NULL, *out = NULL, *json = NULL, *back = NULL;
    xybrid_cancel             *stop = NULL;
    xybrid_run_options         o;
    xybrid_status              st;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_TRACE;
    if (!(st = xybrid_model_load(rt, echo_pack(), NULL, &m, err)) && !(st = xybrid_cancel_create(rt, &stop, err)) &&
        !(st = xybrid_envelope_new_image(rt, pixels, XYBRID_FORMAT_RGB8, 6, 5, 0, NULL, NULL, &in, err)) &&
        !(st = xybrid_envelope_set(in, "key", "value", err)) && !(st = xybrid_model_run(m, in, NULL, &out, err))) {
        xybrid_envelope_free(out);
        out = NULL;
        o.cancel = stop;
        if (!(st = xybrid_model_run(m, in, &o, &out, err)) && !(st = xybrid_envelope_to_json(out, &json, err)) &&
            !(st = xybrid_envelope_from_json(rt, xybrid_envelope_text(json), -1, &back, err)) &&
            !(st = xybrid_session_open(m, NULL, &s, err)) && !(st = xybrid_session_start(s, NULL, &o, &stream, err)) &&
            !(st = xybrid_stream_feed(stream, in, err)) && !(st = xybrid_stream_finish(stream, err)))
            st = xybrid_stream_drain(stream, NULL, NULL, NULL, err);
    }
    xybrid_stream_close(stream);
    xybrid_session_free(s);
    xybrid_envelope_free(back);
    xybrid_envelope_free(json);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_cancel_free(stop);
    xybrid_model_free(m);
    return st;
}

/* A conversation's file and a fork of it, there and back, and a turn that is cancelled. *fork is freed by the caller. */
static xybrid_status there_and_back(xybrid_runtime *rt, xybrid_session *s, const char *file, xybrid_envelope *in,
                                    xybrid_run_options o, xybrid_session **fork, xybrid_error *err) {
    xybrid_envelope *out = NULL;
    xybrid_cancel   *stop = NULL;
    xybrid_status    st;
    if (!(st = xybrid_session_save(s, file, err)) && !(st = xybrid_session_fork(s, fork, err)) &&
        !(st = xybrid_session_restore(*fork, file, err)) && !(st = xybrid_cancel_create(rt, &stop, err))) {
        xybrid_cancel_fire(stop);
        o.cancel = stop;
        st = xybrid_session_run(*fork, in, &o, &out, err);
        if (st == XYBRID_CANCELLED_TOKEN) st = XYBRID_OK;
    }
    xybrid_cancel_free(stop);
    xybrid_envelope_free(out);
    return st;
}

/* Load, a turn, one that must fit a form, one that is cancelled; a fork, a file and back; close. */
static xybrid_status chat_scenario(xybrid_runtime *rt, xybrid_error *err) {
    const char            *pack = chat_pack("torture-chat", "tokens 300\nbatch 16\n", "\"stop_sequences\":[\"zz\"]");
    const char            *file = XB_TEST_BUILD "/Testing/torture-chat/talk.session";
    xybrid_model          *m = NULL;
    xybrid_session        *s = NULL, *fork = NULL;
    xybrid_envelope       *in = NULL, *out = NULL, *list = NULL;
    xybrid_session_options so;
    xybrid_run_options     o;
    xybrid_status          st;
    xybrid_session_options_init(&so, sizeof so);
    xybrid_run_options_init(&o, sizeof o);
    so.system = "Be brief.";
    o.temperature = 0;
    if (!(st = xybrid_model_load(rt, pack, NULL, &m, err)) && !(st = xybrid_session_open(m, &so, &s, err)) &&
        !(st = xybrid_envelope_new_text(rt, "no way", -1, &in, err)) && !(st = xybrid_session_run(s, in, &o, &out, err))) {
        xybrid_envelope_free(out);
        out = NULL;
        o.schema = "{\"enum\":[\"yes\",\"no\"]}";
        if (!(st = xybrid_session_run(s, in, &o, &out, err)) && !(st = there_and_back(rt, s, file, in, o, &fork, err)))
            st = xybrid_session_history(fork, &list, err);
    }
    xybrid_envelope_free(list);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_session_free(fork);
    xybrid_session_free(s);
    xybrid_model_free(m);
    return st;
}

static const char *real_model;

static xybrid_status real_scenario(xybrid_runtime *rt, xybrid_error *err) {
    static const float zeros[16000];
    xybrid_model      *m = NULL;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_status      st;
    if (!(st = xybrid_model_load(rt, real_model, NULL, &m, err)) &&
        !(st = xybrid_envelope_new_audio(rt, zeros, 16000, 16000, 1, NULL, NULL, &in, err)))
        st = xybrid_model_run(m, in, NULL, &out, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    return st;
}

/* The plug-in's side, on a real model: what llama.cpp itself allocates is charged, and not in this count. */
static xybrid_status plug_in_scenario(xybrid_runtime *rt, xybrid_error *err) {
    const char        *file = XB_TEST_BUILD "/Testing/torture-plug-in.session";
    xybrid_model      *m = NULL;
    xybrid_session    *s = NULL, *fork = NULL;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options o;
    xybrid_status      st;
    xybrid_run_options_init(&o, sizeof o);
    o.temperature = 0;
    o.max_tokens = 2;
    if (!(st = xybrid_model_load(rt, real_model, NULL, &m, err)) && !(st = xybrid_session_open(m, NULL, &s, err)) &&
        !(st = xybrid_envelope_new_text(rt, "Once upon", -1, &in, err)) && !(st = xybrid_session_run(s, in, &o, &out, err)))
        st = there_and_back(rt, s, file, in, o, &fork, err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_session_free(fork);
    xybrid_session_free(s);
    xybrid_model_free(m);
    return st;
}

/* Runs the scenario with allocation `at` failing; 0 when there is no such allocation. */
static int strike(scenario_fn scenario, int64_t at, int for_ever) {
    counter                c = { .fail_at = at, .for_ever = for_ever };
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &c, .alloc = counted_alloc, .free = counted_free };
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 1;
    o.engine_dir = DOOR_ENGINES;
    o.flags = XYBRID_RUNTIME_MAY_SET_ENV;
    xybrid_status st = xybrid_runtime_create(&o, &rt, &err);
    if (!st) st = scenario(rt, &err);
    xybrid_runtime_free(rt);
    CHECK_INT(c.live, 0);
    if (st && (st & XYBRID_PRIMARY_MASK) != XYBRID_OUT_OF_MEMORY) printf("allocation %lld: %s\n", (long long)at, err.message);
    CHECK(st == XYBRID_OK ? !c.struck || !for_ever : c.struck && (st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY);
    return c.struck;
}

static void each_allocation(scenario_fn scenario, int64_t step) {
    int64_t n = 0;
    for (int64_t at = 1; at < 100000; at += step) {
        int more = strike(scenario, at, 0);
        if (more) strike(scenario, at, 1);
        n++;
        if (!more) break;
    }
    CHECK(n > 20);
    printf("%lld allocations failed in turn\n", (long long)n);
}

static void echo_model(void) { each_allocation(echo_scenario, 1); }
static void conversation(void) { each_allocation(chat_scenario, 1); }

static void plug_in(void) {
#if defined(__SANITIZE_THREAD__)
    CHECK_SKIP("llama.cpp is not instrumented: it runs without the thread sanitizer");
#elif defined(XB_TEST_NO_ONNXRUNTIME)
    CHECK_SKIP("no plug-in for this system");
#endif
    static char path[1024];
    const char *model = door_data("llm/stories260K.gguf");
    if (!model) CHECK_SKIP("reference data llm/stories260K.gguf");
    if (!door_file_exists(DOOR_ENGINES "/libxybrid-llama.so"))
        CHECK_SKIP("build/engines/libxybrid-llama.so is not there: scripts/build-llama makes it");
    snprintf(path, sizeof path, "%s", model);
    real_model = path;
    each_allocation(plug_in_scenario, 1);
}

static void real_one(void) {
    DOOR_NEEDS_ONNXRUNTIME;
    real_model = door_pack("silero-vad", "silero_vad.onnx");
    if (!real_model) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    each_allocation(real_scenario, getenv("XB_TORTURE_ALL") ? 1 : 5);
}

CHECK_MAIN(RUN(echo_model), RUN(conversation), RUN(plug_in), RUN(real_one))
