/* Requests through the door: one-liners, sessions, streams, live input, load sources, steps of the host's; every call twice. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "door.h"

static const char echo[] = "xybrid-echo 1\ninput x float32 1 -1\noutput y x\n";

/* A pack of one echo model; `steps` is "preprocessing":[...],"postprocessing":[...] or "". One buffer. */
static const char *echo_pack(const char *steps) {
    char json[1024];
    snprintf(json, sizeof json,
             "{\"model_id\":\"requests\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"m.echo\"}"
             ",%s\"files\":[]}",
             steps);
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(XB_TEST_BUILD "/Testing/requests", 0777);
    door_write("requests/model_metadata.json", json, strlen(json));
    door_write("requests/m.echo", echo, sizeof echo - 1);
    return XB_TEST_BUILD "/Testing/requests";
}

static xybrid_runtime *runtime(void) {
    xybrid_runtime *rt = NULL;
    xybrid_error    err;
    CHECK(door_ok_(xybrid_runtime_create(NULL, &rt, &err), &err, "create", __LINE__));
    return rt;
}

static xybrid_envelope *numbers(xybrid_runtime *rt, float first, int64_t count) {
    float            values[64] = { first };
    xybrid_envelope *e = NULL;
    CHECK_INT(xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, count }, 2, values, count * 4, NULL, NULL, &e,
                                         NULL),
              XYBRID_OK);
    return e;
}

static float first_of(const xybrid_envelope *e) {
    int64_t      n = 0;
    const float *v = xybrid_envelope_floats(e, &n);
    return n ? v[0] : -1;
}

static void a_stream_ends_once(void) {
    xybrid_error        err;
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = NULL;
    xybrid_stream      *s = NULL;
    const xybrid_event *ev = NULL, *again = NULL;
    xybrid_envelope    *in = numbers(rt, 7, 3), *kept;
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), NULL, &m, &err));
    DOOR_OK(xybrid_model_start(m, in, NULL, &s, &err));
    CHECK_INT(xybrid_stream_feed(s, in, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_finish(s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_stream_next(s, -2, &ev, &err), XYBRID_INVALID_ARGUMENT);
    DOOR_OK(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err));
    CHECK_INT(ev->kind, XYBRID_EVENT_DONE);
    CHECK_INT(ev->finish, XYBRID_FINISH_STOP);
    CHECK_NEAR(first_of(ev->data), 7, 0);
    kept = xybrid_envelope_retain(ev->data);
    DOOR_OK(xybrid_stream_next(s, XYBRID_AUTO, &again, &err));
    CHECK(again == ev);
    xybrid_stream_interrupt(s);
    xybrid_stream_close(s);
    CHECK_NEAR(first_of(kept), 7, 0);
    xybrid_model_free(m); /* in any order */
    xybrid_envelope_free(in);
    xybrid_runtime_free(rt);
    CHECK_NEAR(first_of(kept), 7, 0);
    xybrid_envelope_free(kept);
    xybrid_stream_close(NULL), xybrid_session_free(NULL), xybrid_model_free(NULL), xybrid_envelope_free(NULL),
        xybrid_runtime_free(NULL), xybrid_cancel_free(NULL);
}

static int32_t count_events(void *ctx, const xybrid_event *ev) {
    int *counts = ctx;
    counts[ev->kind == XYBRID_EVENT_OUTPUT]++;
    return 0;
}

static int32_t stop_at_first(void *ctx, const xybrid_event *ev) { return (void)ctx, (void)ev, 1; }

static void live_input(void) {
    xybrid_error        err;
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = NULL;
    xybrid_stream      *s = NULL;
    const xybrid_event *ev = NULL;
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), NULL, &m, &err));
    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err));
    DOOR_OK(xybrid_stream_next(s, 0, &ev, &err));
    CHECK_INT(ev->kind, XYBRID_EVENT_NEED_INPUT);
    DOOR_OK(xybrid_stream_next(s, 3, &ev, &err)); /* sleeps 3 ms, then the same */
    CHECK_INT(ev->kind, XYBRID_EVENT_NEED_INPUT);
    for (int i = 0; i < 64; i++) {
        xybrid_envelope *e = numbers(rt, (float)i, 2);
        DOOR_OK(xybrid_stream_feed(s, e, &err));
        xybrid_envelope_free(e);
    }
    xybrid_envelope *e = numbers(rt, 99, 2);
    CHECK_INT(xybrid_stream_feed(s, e, &err), XYBRID_BUSY);
    CHECK_INT(err.retryable, 1);
    for (int i = 0; i < 3; i++) {
        DOOR_OK(xybrid_stream_next(s, 0, &ev, &err));
        CHECK_INT(ev->kind, XYBRID_EVENT_OUTPUT);
        CHECK_INT(ev->number, i);
        CHECK_NEAR(first_of(ev->data), i, 0);
    }
    DOOR_OK(xybrid_stream_finish(s, &err));
    DOOR_OK(xybrid_stream_finish(s, &err));
    CHECK_INT(xybrid_stream_feed(s, e, &err), XYBRID_INVALID_ARGUMENT);
    int              counts[2] = { 0, 0 };
    xybrid_envelope *out = (xybrid_envelope *)1;
    DOOR_OK(xybrid_stream_drain(s, count_events, counts, &out, &err));
    CHECK_INT(counts[1], 61);
    CHECK_INT(counts[0], 1);
    CHECK(out == NULL);
    xybrid_stream_close(s);

    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err)); /* interrupt drops what waits */
    DOOR_OK(xybrid_stream_feed(s, e, &err));
    xybrid_stream_interrupt(s);
    DOOR_OK(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err));
    CHECK_INT(ev->kind, XYBRID_EVENT_DONE);
    CHECK_INT(ev->finish, XYBRID_FINISH_INTERRUPTED);
    xybrid_stream_close(s);

    DOOR_OK(xybrid_model_start(m, e, NULL, &s, &err)); /* a callback that stops */
    CHECK_INT(xybrid_stream_drain(s, stop_at_first, NULL, NULL, &err), XYBRID_CANCELLED_CALLBACK);
    CHECK_INT(xybrid_stream_next(s, 0, &ev, &err), XYBRID_CANCELLED_CALLBACK);
    xybrid_stream_close(s);

    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err)); /* closed half way */
    DOOR_OK(xybrid_stream_feed(s, e, &err));
    xybrid_stream_close(s);
    xybrid_envelope_free(e);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

#if defined(__wasi__)
enum { HAS_MAPPING = 0, HAS_THREADS = 0 };
#else
enum { HAS_MAPPING = 1, HAS_THREADS = 1 };
#endif

static void a_deadline_ends_the_wait_for_input(void) {
    if (!HAS_THREADS) CHECK_SKIP("threads");
    xybrid_error        err;
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = NULL;
    xybrid_stream      *s = NULL;
    const xybrid_event *ev = NULL;
    xybrid_run_options  o;
    xybrid_run_options_init(&o, sizeof o);
    o.deadline_ms = 10;
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), NULL, &m, &err));
    DOOR_OK(xybrid_model_start(m, NULL, &o, &s, &err));
    CHECK_INT(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err), XYBRID_CANCELLED_DEADLINE);
    CHECK_INT(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err), XYBRID_CANCELLED_DEADLINE);
    xybrid_stream_close(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- a session: no allocation after warm-up, the caller's memory, busy ---- */

static void a_session_recycles(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    xybrid_error     err;
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = NULL;
    xybrid_session  *s = NULL;
    xybrid_stats     before, after;
    xybrid_envelope *in = numbers(rt, 5, 8), *out = NULL, *held[4];
    DOOR_OK(
        xybrid_model_load(rt, echo_pack("\"postprocessing\":[{\"type\":\"Softmax\"},{\"type\":\"Argmax\"}],"), NULL, &m, &err));
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    for (int i = 0; i < 103; i++) {
        if (i == 3) xybrid_runtime_stats(rt, &before);
        DOOR_OK(xybrid_session_run(s, in, NULL, &out, &err));
        CHECK_STR(xybrid_envelope_text(out), "0");
        xybrid_envelope_free(out);
    }
    xybrid_runtime_stats(rt, &after);
    CHECK_INT(after.allocations - before.allocations, 0);
    for (int i = 0; i < 4; i++) DOOR_OK(xybrid_session_run(s, in, NULL, &held[i], &err));
    xybrid_session_free(s);
    xybrid_model_free(m);
    xybrid_runtime_trim(rt, XYBRID_PRESSURE_CRITICAL);
    for (int i = 0; i < 4; i++) { /* results outlive their session */
        CHECK_STR(xybrid_envelope_text(held[i]), "0");
        xybrid_envelope_free(held[i]);
    }
    xybrid_envelope_free(in);
    xybrid_runtime_stats(rt, &after);
    CHECK_INT(after.models, 0);
    CHECK_INT(after.sessions, 0);
    xybrid_runtime_free(rt);
}

static void outputs_go_where_the_caller_says(void) {
    xybrid_error       err;
    xybrid_runtime    *rt = runtime();
    xybrid_model      *m = NULL;
    xybrid_envelope   *in = numbers(rt, 5, 3), *into = NULL, *wrong = NULL, *copied = NULL, *out = NULL;
    xybrid_run_options o;
    float              memory[3] = { 0 }, other[5] = { 0 };
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), NULL, &m, &err));
    DOOR_OK(xybrid_envelope_new_tensor(rt, "y", XYBRID_FLOAT32, (int64_t[]){ 1, 3 }, 2, memory, sizeof memory,
                                       xybrid_release_none, NULL, &into, &err));
    DOOR_OK(xybrid_envelope_new_tensor(rt, "y", XYBRID_FLOAT32, (int64_t[]){ 1, 5 }, 2, other, sizeof other,
                                       xybrid_release_none, NULL, &wrong, &err));
    DOOR_OK(xybrid_envelope_new_tensor(rt, "y", XYBRID_FLOAT32, (int64_t[]){ 1, 3 }, 2, memory, sizeof memory, NULL, NULL,
                                       &copied, &err));
    o.into = into;
    DOOR_OK(xybrid_model_run(m, in, &o, NULL, &err));
    CHECK_NEAR(memory[0], 5, 0);
    DOOR_OK(xybrid_model_run(m, in, &o, &out, &err));
    CHECK(xybrid_envelope_view(out)->data == memory);
    xybrid_envelope_free(out);
    o.into = wrong;
    CHECK_INT(xybrid_model_run(m, in, &o, NULL, &err) & XYBRID_PRIMARY_MASK, XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "\"y\"") && strstr(err.message, "[1,5]"));
    o.into = copied;
    CHECK_INT(xybrid_model_run(m, in, &o, NULL, &err), XYBRID_INVALID_ARGUMENT);
    o.into = into;
    o.flags = 0;
    CHECK_INT(xybrid_model_run(m, in, &o, NULL, &err), XYBRID_INVALID_ARGUMENT);
    o.flags = 1u << 30;
    CHECK_INT(xybrid_model_run(m, in, &o, &out, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_envelope_free(copied);
    xybrid_envelope_free(wrong);
    xybrid_envelope_free(into);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static void a_full_pool_waits_or_is_busy(void) {
    xybrid_error        err;
    xybrid_runtime     *rt = runtime();
    xybrid_model       *m = NULL;
    xybrid_stream      *s = NULL, *t = NULL;
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.max_sessions = 1;
    o.wait_ms = 2;
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), &o, &m, &err));
    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err));
    CHECK_INT(xybrid_model_start(m, NULL, NULL, &t, &err), XYBRID_BUSY);
    xybrid_run_options r;
    xybrid_cancel     *stop = NULL;
    xybrid_run_options_init(&r, sizeof r);
    DOOR_OK(xybrid_cancel_create(rt, &stop, &err));
    xybrid_cancel_fire(stop);
    xybrid_cancel_fire(stop);
    CHECK_INT(xybrid_cancel_is_fired(stop), 1);
    r.cancel = stop;
    CHECK_INT(xybrid_model_start(m, NULL, &r, &t, &err), XYBRID_CANCELLED_TOKEN);
    xybrid_stream_close(s);
    DOOR_OK(xybrid_model_start(m, NULL, NULL, &s, &err));
    xybrid_stream_close(s);
    xybrid_cancel_free(stop);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- where models come from ---- */

static int32_t read_some(void *ctx, int64_t offset, void *buffer, int64_t size) {
    (void)ctx;
    if (offset + size > (int64_t)sizeof echo - 1) return 1;
    memcpy(buffer, echo + offset, (size_t)size);
    return 0;
}

static int  released;
static void release(void *ctx, const void *data) { (void)ctx, (void)data, released++; }

static void try_source(const xybrid_load_options *o, int should_load) {
    xybrid_error     err;
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = numbers(rt, 3, 2), *out = NULL;
    xybrid_status    st = xybrid_model_load(rt, echo_pack(""), o, &m, &err);
    if (should_load) {
        CHECK(door_ok_(st, &err, "load", __LINE__));
        CHECK(door_ok_(xybrid_model_run(m, in, NULL, &out, &err), &err, "run", __LINE__));
        CHECK_NEAR(first_of(out), 3, 0);
    } else CHECK(st != XYBRID_OK);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static void models_come_from_anywhere(void) {
    xybrid_load_options  o;
    static const int32_t modes[] = { XYBRID_LOAD_AUTO, XYBRID_LOAD_MAP, XYBRID_LOAD_READ };
    for (int i = 0; i < 3; i++) {
        xybrid_load_options_init(&o, sizeof o);
        o.mode = modes[i];
        o.flags = XYBRID_LOAD_WARM;
        try_source(&o, o.mode != XYBRID_LOAD_MAP || HAS_MAPPING);
    }
    xybrid_load_options_init(&o, sizeof o);
    o.mode = 9;
    try_source(&o, 0);
    o.mode = 0;
    o.metadata = "{\"postprocessing\":[{\"type\":\"Nonsense\"}]}";
    try_source(&o, 0);
    o.metadata = "{\"description\":\"another\"}";
    try_source(&o, 1);
}

static void silero_from_memory_descriptor_and_callback(void) {
    DOOR_NEEDS_ONNXRUNTIME;
    const char *path = door_data("vad/silero_vad.onnx");
    if (!path) CHECK_SKIP("reference data vad/silero_vad.onnx is not there");
    static char bytes[4 << 20];
    size_t      size = door_read(path, bytes, sizeof bytes);
    for (int way = 0; way < 4; way++) {
        xybrid_error        err;
        xybrid_runtime     *rt = door_runtime();
        xybrid_model       *m = NULL;
        xybrid_load_options o;
        xybrid_load_options_init(&o, sizeof o);
        if (way < 2) o.data = bytes, o.data_bytes = (int64_t)size, o.release = way ? release : NULL;
        if (way == 2) o.fd = open(path, O_RDONLY);
        if (way == 3) o.read = read_some, o.read_bytes = (int64_t)size; /* refuses: not the echo's bytes */
        released = 0;
        xybrid_status st = xybrid_model_load(rt, "silero.onnx", &o, &m, &err);
        if (way == 3) CHECK_INT(st & XYBRID_PRIMARY_MASK, XYBRID_IO);
        else CHECK(door_ok_(st, &err, "load", __LINE__));
        if (st == XYBRID_OK) CHECK(strstr(xybrid_model_describe(m), "\"stateN\"") != NULL);
        if (o.fd >= 0) close(o.fd);
        xybrid_model_free(m);
        CHECK_INT(released, way == 1);
        xybrid_runtime_free(rt);
    }
}

/* ---- a step of the host's own ---- */

static xybrid_status shout_open(void *ctx, const char *params, void **state, xybrid_error *err) {
    (void)ctx;
    CHECK(strstr(params, "\"Shout\"") != NULL);
    if (strstr(params, "\"refuse\"")) return xybrid_error_set(err, XYBRID_INVALID_ARGUMENT, "Shout", "not today");
    *state = ctx;
    return XYBRID_OK;
}

static xybrid_status shout_run(void *ctx, void *state, const xybrid_envelope *in, const xybrid_cancel *cancel,
                               xybrid_envelope **out, xybrid_error *err) {
    (void)state;
    CHECK_INT(xybrid_cancel_is_fired(cancel), 0);
    CHECK_INT(xybrid_envelope_view(in)->kind, XYBRID_TENSOR);
    return xybrid_envelope_new_text(ctx, "HEY", -1, out, err);
}

static int  closed;
static void shout_close(void *ctx, void *state) { (void)ctx, (void)state, closed++; }

static void a_step_of_the_hosts(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = numbers(rt, 3, 2), *out = NULL;
    xybrid_step      step = { .struct_size = sizeof step,
                              .name = "Shout",
                              .params = "volume,mood",
                              .ctx = rt,
                              .open = shout_open,
                              .run = shout_run,
                              .close = shout_close };
    DOOR_OK(xybrid_step_register(rt, &step, &err));
    CHECK_INT(xybrid_step_register(rt, &step, &err), XYBRID_INVALID_ARGUMENT);
    step.name = "Softmax";
    CHECK_INT(xybrid_step_register(rt, &step, &err), XYBRID_INVALID_ARGUMENT);
    step.name = "Other";
    step.run = NULL;
    CHECK_INT(xybrid_step_register(rt, &step, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xybrid_model_load(rt, echo_pack("\"postprocessing\":[{\"type\":\"Shout\",\"colour\":1}],"), NULL, &m, &err),
              XYBRID_MALFORMED);
    CHECK(strstr(err.message, "colour") && strstr(err.message, "volume,mood"));
    CHECK_INT(
        xybrid_model_load(rt, echo_pack("\"postprocessing\":[{\"type\":\"Shout\",\"mood\":\"refuse\"}],"), NULL, &m, &err),
        XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "not today");
    DOOR_OK(xybrid_model_load(rt, echo_pack("\"postprocessing\":[{\"type\":\"Shout\",\"volume\":3}],"), NULL, &m, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    CHECK_STR(xybrid_envelope_text(out), "HEY");
    step.run = shout_run;
    CHECK_INT(xybrid_step_register(rt, &step, &err), XYBRID_BUSY);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    CHECK_INT(closed, 1);
    xybrid_runtime_free(rt);
}

/* ---- describe, estimate, stats, trim ---- */

static void a_runtime_tells_about_itself(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = runtime();
    xybrid_envelope *text = NULL;
    xybrid_estimate  e;
    xybrid_stats     stats;
    xybrid_model    *m = NULL;
    DOOR_OK(xybrid_runtime_describe(rt, &text, &err));
    CHECK(strstr(xybrid_envelope_text(text), "\"echo\"") && strstr(xybrid_envelope_text(text), "CTCDecode"));
    xybrid_envelope_free(text);
    DOOR_OK(xybrid_model_estimate(rt, echo_pack(""), NULL, &e, &err));
    CHECK_INT(e.supported, 1);
    CHECK_STR(e.engine, "echo");
    CHECK_INT(e.disk_bytes, (int64_t)sizeof echo - 1);
    DOOR_OK(xybrid_model_load(rt, echo_pack(""), NULL, &m, &err));
    CHECK(strstr(xybrid_model_describe(m), "\"requests\"") != NULL);
    CHECK(xybrid_model_retain(m) == m);
    xybrid_model_free(m);
    xybrid_runtime_stats(rt, &stats);
    CHECK_INT(stats.models, 1);
    CHECK(stats.private_bytes > 0 && stats.private_peak_bytes >= stats.private_bytes);
    for (int i = 0; i < 2; i++) CHECK(xybrid_runtime_trim(rt, i ? XYBRID_PRESSURE_CRITICAL : XYBRID_PRESSURE_IDLE) >= 0);
    xybrid_model_free(m);
    xybrid_runtime_stats(NULL, &stats);
    CHECK_INT(stats.models, 0);
    CHECK_INT(xybrid_runtime_trim(NULL, XYBRID_PRESSURE_IDLE), 0);
    CHECK(xybrid_model_describe(NULL) == NULL);
    xybrid_runtime_free(rt);
}

/* ---- envelopes ---- */

static void envelopes_there_and_back(void) {
    xybrid_error               err;
    xybrid_runtime            *rt = runtime();
    static const float         samples[6] = { 0.5f, -0.5f, 0.25f, 0, 1, -1 };
    static const unsigned char pixels[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    xybrid_envelope           *e[6] = { 0 }, *list = NULL, *json = NULL, *back = NULL;
    DOOR_OK(xybrid_envelope_new_text(rt, "h\xc3\xa9", -1, &e[0], &err));
    DOOR_OK(xybrid_envelope_new_audio(rt, samples, 3, 16000, 2, NULL, NULL, &e[1], &err));
    DOOR_OK(xybrid_envelope_new_image(rt, pixels, XYBRID_FORMAT_RGB8, 2, 2, 0, NULL, NULL, &e[2], &err));
    DOOR_OK(xybrid_envelope_new_tokens(rt, (int64_t[]){ 5, -7, INT64_MAX }, 3, NULL, NULL, &e[3], &err));
    DOOR_OK(xybrid_envelope_new_embedding(rt, samples, 6, NULL, NULL, &e[4], &err));
    DOOR_OK(xybrid_envelope_new_tensor(rt, "t", XYBRID_INT32, (int64_t[]){ 2, 1 }, 2, (int32_t[]){ 3, -4 }, 8, NULL, NULL,
                                       &e[5], &err));
    DOOR_OK(xybrid_envelope_set(e[0], "role", "user", &err));
    DOOR_OK(xybrid_envelope_set(e[0], "b", "2", &err));
    DOOR_OK(xybrid_envelope_set(e[0], "b", NULL, &err));
    CHECK_STR(xybrid_envelope_key(e[0], 0), "role");
    CHECK(xybrid_envelope_key(e[0], 1) == NULL && xybrid_envelope_get(e[0], "b") == NULL);
    DOOR_OK(xybrid_envelope_new_list(rt, e, 6, &list, &err));
    for (int i = 0; i < 6; i++) xybrid_envelope_free(e[i]);
    DOOR_OK(xybrid_envelope_to_json(list, &json, &err));
    DOOR_OK(xybrid_envelope_from_json(rt, xybrid_envelope_text(json), -1, &back, &err));
    CHECK_INT(xybrid_envelope_count(back), 6);
    for (int i = 0; i < 6; i++) {
        const xybrid_view *a = xybrid_envelope_view(xybrid_envelope_at(list, i)),
                          *b = xybrid_envelope_view(xybrid_envelope_at(back, i));
        CHECK_OR_RETURN(a && b);
        CHECK_INT(b->kind, a->kind);
        CHECK_INT(b->size_bytes, a->size_bytes);
        CHECK(a->size_bytes == b->size_bytes && memcmp(a->data, b->data, (size_t)a->size_bytes) == 0);
        CHECK_INT(b->sample_rate, a->sample_rate);
        CHECK_INT(b->channels, a->channels);
        CHECK_INT(b->width, a->width);
        CHECK_STR(b->name, a->name);
    }
    CHECK_STR(xybrid_envelope_get(xybrid_envelope_at(back, 0), "role"), "user");
    CHECK(xybrid_envelope_find(back, "t") == xybrid_envelope_at(back, 5));
    CHECK_STR(xybrid_envelope_text(back), "h\xc3\xa9");
    CHECK(xybrid_envelope_at(back, 6) == NULL && xybrid_envelope_at(NULL, 0) == NULL && xybrid_envelope_view(NULL) == NULL);
    DOOR_OK(xybrid_envelope_save(back, XB_TEST_BUILD "/Testing/all.json", &err));
    DOOR_OK(xybrid_envelope_save(back, XB_TEST_BUILD "/Testing/all.json", &err)); /* over the old one */
    xybrid_envelope_free(json);
    xybrid_envelope_free(list);
    xybrid_envelope_free(back);

    DOOR_OK(xybrid_envelope_from_json(
        rt, "{\"kind\":{\"Text\":\"x\"},\"metadata\":{\"score\":\"0.5\",\"points\":\"1,2 3.5,4\",\"start_ms\":\"7\"}}", -1,
        &back, &err));
    CHECK_NEAR(xybrid_envelope_view(back)->score, 0.5, 0);
    CHECK_INT(xybrid_envelope_view(back)->point_count, 2);
    CHECK_NEAR(xybrid_envelope_view(back)->points[2], 3.5, 0);
    CHECK_INT(xybrid_envelope_view(back)->start_ms, 7);
    xybrid_envelope_free(back);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(a_stream_ends_once), RUN(live_input), RUN(a_deadline_ends_the_wait_for_input), RUN(a_session_recycles),
           RUN(outputs_go_where_the_caller_says), RUN(a_full_pool_waits_or_is_busy), RUN(models_come_from_anywhere),
           RUN(silero_from_memory_descriptor_and_callback), RUN(a_step_of_the_hosts), RUN(a_runtime_tells_about_itself),
           RUN(envelopes_there_and_back))
