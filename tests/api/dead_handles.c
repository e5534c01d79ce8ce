/* A build with XYBRID_CHECKED_HANDLES: what is called with a freed handle answers INVALID_ARGUMENT (or NULL, or 0) while
 * anything of the runtime is alive; freed again is nothing. */
#include <sys/stat.h>

#include "counted.h"
#include "door.h"

#define DEAD(expr) CHECK_INT((expr), XYBRID_INVALID_ARGUMENT)

static counter memory;

static xybrid_runtime *runtime(void) {
    static const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &memory, .alloc = counted_alloc, .free = counted_free };
    xybrid_runtime_options        o;
    xybrid_runtime               *rt = NULL;
    xybrid_error                  err;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    CHECK(door_ok_(xybrid_runtime_create(&o, &rt, &err), &err, "create", __LINE__));
    return rt;
}

static xybrid_model *echo_model(xybrid_runtime *rt) {
    static const char json[] = "{\"model_id\":\"dead\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_"
                               "file\":\"m.echo\"},\"files\":[]}";
    static const char echo[] = "xybrid-echo 1\ninput x float32 1 -1\noutput y x\n";
    xybrid_error      err;
    xybrid_model     *m = NULL;
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(XB_TEST_BUILD "/Testing/dead", 0777);
    door_write("dead/model_metadata.json", json, sizeof json - 1);
    door_write("dead/m.echo", echo, sizeof echo - 1);
    CHECK(door_ok_(xybrid_model_load(rt, XB_TEST_BUILD "/Testing/dead", NULL, &m, &err), &err, "load", __LINE__));
    return m;
}

static xybrid_envelope *numbers(xybrid_runtime *rt) {
    static const float values[4] = { 1, 2, 3, 4 };
    xybrid_envelope   *e = NULL;
    CHECK_INT(xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, 4 }, 2, values, sizeof values, NULL, NULL, &e,
                                         NULL),
              XYBRID_OK);
    return e;
}

static void a_dead_envelope(void) {
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = echo_model(rt);
    xybrid_envelope *dead = numbers(rt), *result = NULL, *out = NULL, *list = NULL;
    xybrid_error     err;
    int64_t          count = 5;
    DOOR_OK(xybrid_model_run(m, dead, NULL, &result, &err));
    xybrid_envelope *both[] = { dead, result }; /* one of the runtime's memory, one of a session's */
    for (int i = 0; i < 2; i++) {
        xybrid_envelope *e = both[i];
        xybrid_envelope_free(e);
        DOOR_OK(xybrid_envelope_new_text(rt, "its place may be used again", -1, &out, &err));
        DEAD(xybrid_model_run(m, e, NULL, &result, &err));
        CHECK_STR(err.message, "in is not alive: it was freed, or is something else");
        DEAD(xybrid_envelope_new_list(rt, &e, 1, &list, &err));
        DEAD(xybrid_envelope_set(e, "a", "b", &err));
        DEAD(xybrid_envelope_to_json(e, &list, &err));
        DEAD(xybrid_envelope_decode(e, &list, &err));
        DEAD(xybrid_envelope_save(e, "never.json", &err));
        CHECK(!xybrid_envelope_view(e) && !xybrid_envelope_text(e) && !xybrid_envelope_at(e, 0) &&
              !xybrid_envelope_find(e, "x"));
        CHECK(!xybrid_envelope_get(e, "a") && !xybrid_envelope_key(e, 0) && !xybrid_envelope_retain(e));
        CHECK(!xybrid_envelope_floats(e, &count));
        CHECK_INT(count, 0);
        CHECK_INT(xybrid_envelope_count(e), 0);
        xybrid_envelope_free(e);
        xybrid_envelope_free(out);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    CHECK_INT(memory.live, 0);
}

static void a_dead_stream_and_session(void) {
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = echo_model(rt);
    xybrid_session     *s = NULL;
    xybrid_stream      *first = NULL, *second = NULL;
    xybrid_envelope    *in = numbers(rt), *out = NULL;
    const xybrid_event *event = NULL;
    xybrid_error        err;
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    DOOR_OK(xybrid_session_start(s, NULL, NULL, &first, &err));
    xybrid_stream_close(first);
    DOOR_OK(xybrid_session_start(s, NULL, NULL, &second, &err)); /* a session's memory would give the same place again */
    DEAD(xybrid_stream_feed(first, in, &err));
    DEAD(xybrid_stream_finish(first, &err));
    DEAD(xybrid_stream_next(first, 0, &event, &err));
    DEAD(xybrid_stream_drain(first, NULL, NULL, &out, &err));
    xybrid_stream_interrupt(first);
    xybrid_stream_close(first);

    xybrid_session_free(s); /* the open stream goes on, the handle does not */
    DEAD(xybrid_session_run(s, in, NULL, &out, &err));
    DEAD(xybrid_session_start(s, in, NULL, &first, &err));
    xybrid_session_free(s);
    DOOR_OK(xybrid_stream_feed(second, in, &err));
    DOOR_OK(xybrid_stream_finish(second, &err));
    DOOR_OK(xybrid_stream_drain(second, NULL, NULL, NULL, &err));
    xybrid_stream_close(second);
    DEAD(xybrid_session_run(s, in, NULL, &out, &err));
    xybrid_session_free(s);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    CHECK_INT(memory.live, 0);
}

static void a_dead_model(void) {
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = echo_model(rt);
    xybrid_session  *s = NULL;
    xybrid_stream   *stream = NULL;
    xybrid_envelope *in = numbers(rt), *out = NULL;
    xybrid_error     err;
    xybrid_model_free(m);
    DEAD(xybrid_model_run(m, in, NULL, &out, &err));
    DEAD(xybrid_model_start(m, in, NULL, &stream, &err));
    DEAD(xybrid_session_open(m, NULL, &s, &err));
    CHECK(!xybrid_model_describe(m));
    xybrid_model_free(m);
    xybrid_envelope_free(in);
    xybrid_runtime_free(rt);
    CHECK_INT(memory.live, 0);
}

static void a_dead_token(void) {
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = echo_model(rt), *other = NULL;
    xybrid_cancel      *stop = NULL;
    xybrid_envelope    *in = numbers(rt), *out = NULL;
    xybrid_stream      *stream = NULL;
    xybrid_run_options  o;
    xybrid_load_options lo;
    xybrid_error        err;
    xybrid_run_options_init(&o, sizeof o);
    xybrid_load_options_init(&lo, sizeof lo);
    DOOR_OK(xybrid_cancel_create(rt, &stop, &err));
    o.cancel = lo.cancel = stop;
    DOOR_OK(xybrid_model_start(m, in, &o, &stream, &err));
    for (int i = 0; i < 2; i++) { /* while a request still uses the token, and when nobody does */
        xybrid_cancel_free(stop);
        DEAD(xybrid_model_run(m, in, &o, &out, &err));
        CHECK_STR(err.message, "options.cancel is not alive: it was freed, or is something else");
        DEAD(xybrid_model_load(rt, XB_TEST_BUILD "/Testing/dead", &lo, &other, &err));
        xybrid_cancel_fire(stop);
        CHECK_INT(xybrid_cancel_is_fired(stop), 0);
        if (i == 0) DOOR_OK(xybrid_stream_drain(stream, NULL, NULL, NULL, &err));
        xybrid_stream_close(stream);
    }
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    CHECK_INT(memory.live, 0);
}

/* The runtime's handle, while a model keeps its memory. */
static void a_dead_runtime(void) {
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = echo_model(rt), *other = NULL;
    xybrid_envelope *in = numbers(rt), *out = NULL;
    xybrid_error     err;
    xybrid_stats     stats;
    xybrid_runtime_free(rt);
    DEAD(xybrid_envelope_new_text(rt, "a", -1, &out, &err));
    DEAD(xybrid_model_load(rt, XB_TEST_BUILD "/Testing/dead", NULL, &other, &err));
    DEAD(xybrid_runtime_describe(rt, &out, &err));
    CHECK_INT(xybrid_runtime_trim(rt, XYBRID_PRESSURE_IDLE), 0);
    xybrid_runtime_stats(rt, &stats);
    CHECK_INT(stats.models, 0);
    xybrid_runtime_free(rt);
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err)); /* what is alive works */
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    CHECK_INT(memory.live, 0);
}

CHECK_MAIN(RUN(a_dead_envelope), RUN(a_dead_stream_and_session), RUN(a_dead_model), RUN(a_dead_token), RUN(a_dead_runtime))
