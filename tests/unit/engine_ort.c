/* The ONNX Runtime engine on real models, through the host side of the contract, with each library at hand: the one that
 * set-up brings (1.28.2), and the newest (1.32.0) where it was fetched. Small models: scripts/golden/engine_models.py. */
#include "engine_rig.h"

#include "base/str.h"
#include "engine/onnxruntime/onnxruntime.h"
#include "plat/cancel.h"
#include "plat/clock.h"
#include "plat/file.h"
#include "plat/thread.h"

#ifndef XB_TEST_ENGINES
#  define XB_TEST_ENGINES "build/engines"
#endif
#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

static const xybrid_engine *const tables[] = { &xb_engine_echo, &xb_engine_null, &xb_engine_onnxruntime };
enum { TABLES = 3, LIBRARIES = 2 };

/* Folder of library `which`; 0 if it is not there. */
static int library_dir(int which, char out[1024]) {
    snprintf(out, 1024, "%s", which == 0 ? XB_TEST_ENGINES : XB_TEST_SOURCE "/build/deps/onnxruntime-1.32.0");
    xb_mem       mem;
    xb_folder    folder;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (xb_folder_list(&mem, out, &folder, &err) != XYBRID_OK) return 0;
    int found = 0;
    for (size_t i = 0; i < folder.count; i++) found |= strstr(folder.names[i], "onnxruntime") != NULL;
    xb_folder_free(&folder);
    return found;
}
#define FOR_EACH_LIBRARY(dir)              \
    char dir[1024];                        \
    int  libraries_ = 0;                   \
    for (int l_ = 0; l_ < LIBRARIES; l_++) \
        if (library_dir(l_, dir) && ++libraries_)
#define NEED_A_LIBRARY \
    if (libraries_ == 0) CHECK_SKIP("no ONNX Runtime library in build/engines")

static xybrid_status open_rig(rig *r, xb_mem *mem, const char *dir, int32_t threads, xybrid_error *err) {
    char config[1400];
    snprintf(config, sizeof config, "{\"dir\":\"%s\",\"allow_telemetry_switch\":true,\"unknown\":[1]}", dir);
    xybrid_status st = rig_open(r, mem, tables, TABLES, threads, err);
    return st == XYBRID_OK ? xb_engines_configure(r->engines, "onnxruntime", config, err) : st;
}

typedef struct bench {
    xb_test_mem        tm;
    rig                r;
    xb_engine_model   *model;
    xb_engine_session *session;
    catcher            got;
    xybrid_error       err;
    char              *bytes;
    size_t             size;
    char               path[1100];
} bench;

static char *read_model(const char *name, size_t *size, char path[1100]) {
    const char *golden = strchr(name, '/') ? XB_TEST_DATA : XB_TEST_GOLDEN "/engine";
    snprintf(path, 1100, "%s/%s", golden, name);
    return xb_test_file_(path, size);
}

static xybrid_status try_bench(bench *b, const char *dir, const char *name, const char *config) {
    memset(b, 0, sizeof *b);
    xb_test_mem_init(&b->tm, 0, 0);
    b->got.mem = &b->tm.mem;
    b->bytes = read_model(name, &b->size, b->path);
    if (!b->bytes) return xb_fail(&b->err, XYBRID_IO_OPEN, "", "no %s", b->path);
    xybrid_status st = open_rig(&b->r, &b->tm.mem, dir, 2, &b->err);
    if (st == XYBRID_OK)
        st = rig_model(&b->r, b->bytes, b->size, b->path, NULL, "onnx", NULL, config, NULL, &b->model, &b->err);
    return st == XYBRID_OK ? rig_session(b->model, &b->session, &b->err) : st;
}

static int has_data(const char *name) {
    char  path[1100];
    FILE *f;
    snprintf(path, sizeof path, "%s/%s", XB_TEST_DATA, name);
    f = fopen(path, "rb");
    if (f) fclose(f);
    return f != NULL;
}

static int open_bench(bench *b, const char *dir, const char *name) {
    xybrid_status st = try_bench(b, dir, name, NULL);
    if (st != XYBRID_OK) printf("%s: %s\n", name, b->err.message);
    CHECK_INT(st, XYBRID_OK);
    return st == XYBRID_OK;
}

static void close_bench(bench *b) {
    xb_engine_session_close(b->session);
    xb_engine_model_drop(b->model);
    catch_drop(&b->got);
    rig_close(&b->r);
    free(b->bytes);
    CHECK_INT(b->tm.live_blocks, 0);
    CHECK_INT(b->tm.mem.used_bytes, 0);
}

static xybrid_status bind(bench *b, const char *name, const void *data, xybrid_dtype dtype, int32_t rank,
                          const int64_t *shape) {
    xb_tensor t = rig_tensor(data, dtype, rank, shape);
    return xb_engine_session_bind_named(b->session, name, &t, &b->err);
}
static xybrid_status run(bench *b) { return rig_run(b->session, &b->got, NULL, NULL, &b->err); }
static float        *floats(bench *b, int output) { return b->got.outputs[output].data; }

/* ---- Silero: a state that is carried ---- */

static float *read_speech(size_t *count) {
    size_t size = 0;
    char  *wav = xb_test_data("audio/jfk.wav", &size);
    if (!wav) return NULL;
    size_t at = 12;
    while (at + 8 < size && memcmp(wav + at, "data", 4) != 0) at += 8 + (unsigned char)wav[at + 4]; /* its chunks are short */
    at += 8;
    *count = (size - at) / 2; /* 16-bit mono */
    float *samples = malloc((*count + 64) * sizeof *samples);
    for (size_t i = 0; samples && i < *count; i++) {
        int v = (unsigned char)wav[at + 2 * i] + 256 * (signed char)wav[at + 1 + 2 * i];
        samples[i] = (float)v / 32768.0f;
    }
    free(wav);
    return samples;
}

static int bind_silero(bench *b, const float *frame, const float *state, const int64_t *rate) {
    CHECK_INT(xb_engine_session_carry(b->session, xb_engine_model_find(b->model, XYBRID_OUTPUT, "stateN"),
                                      xb_engine_model_find(b->model, XYBRID_INPUT, "state"), -1, &b->err),
              XYBRID_OK);
    CHECK_INT(bind(b, "input", frame, XYBRID_FLOAT32, 2, (int64_t[]){ 1, 576 }), XYBRID_OK);
    CHECK_INT(bind(b, "state", state, XYBRID_FLOAT32, 3, (int64_t[]){ 2, 1, 128 }), XYBRID_OK);
    CHECK_INT(bind(b, "sr", rate, XYBRID_INT64, 0, NULL), XYBRID_OK);
    return 1;
}

static void silero_on(const char *dir) {
    size_t sample_count = 0, text_size = 0;
    float *samples = read_speech(&sample_count);
    char  *text = xb_test_data("vad/silero_vad.jfk.probs.txt", &text_size);
    bench  b;
    if (!samples || !text) {
        free(samples), free(text);
        CHECK_SKIP("reference data");
    }
    if (!open_bench(&b, dir, "vad/silero_vad.onnx")) return;
    static float frame[576], state[256];
    int64_t      rate = 16000, calls = 0;
    uint8_t      wanted[2] = { 0, 0 };
    wanted[xb_engine_model_find(b.model, XYBRID_OUTPUT, "output")] = 1;
    b.got.is_reusing = 1;
    bind_silero(&b, frame, state, &rate);
    double      worst = 0;
    int         frames = 0;
    const char *line = text;
    for (size_t at = 0; at + 512 <= sample_count; at += 512, frames++) {
        if (frames == 4) calls = b.tm.calls;
        memset(frame, 0, sizeof frame);
        if (at >= 64) memcpy(frame, samples + at - 64, 64 * sizeof *frame);
        memcpy(frame + 64, samples + at, 512 * sizeof *frame);
        CHECK_INT(rig_run(b.session, &b.got, wanted, NULL, &b.err), XYBRID_OK);
        double want = strtod(line, NULL), off = fabs(want - (double)floats(&b, 0)[0]);
        if (!(off <= worst)) worst = off;
        line = strchr(line, '\n') ? strchr(line, '\n') + 1 : line;
    }
    CHECK_INT(frames, 343);
    CHECK_NEAR(worst, 0, 1e-4);
    CHECK_INT(b.tm.calls - calls, 0); /* nothing of ours is allocated after warm-up */
    CHECK_INT(b.got.gives, 1);        /* the first run did not know the shape */

    /* from the start again, the same numbers */
    float last = floats(&b, 0)[0];
    xb_engine_session_reset(b.session);
    CHECK_INT(rig_run(b.session, &b.got, wanted, NULL, &b.err), XYBRID_INFERENCE_FAILED);
    CHECK_INT(bind(&b, "state", state, XYBRID_FLOAT32, 3, (int64_t[]){ 2, 1, 128 }), XYBRID_OK);
    memset(frame, 0, 64 * sizeof *frame);
    memcpy(frame + 64, samples, 512 * sizeof *frame);
    CHECK_INT(rig_run(b.session, &b.got, wanted, NULL, &b.err), XYBRID_OK);
    CHECK_NEAR(floats(&b, 0)[0], strtod(text, NULL), 1e-4);
    CHECK(floats(&b, 0)[0] != last);
    close_bench(&b);
    free(samples), free(text);
}

static void silero_agrees_with_the_reference(void) {
    FOR_EACH_LIBRARY(dir) silero_on(dir);
    NEED_A_LIBRARY;
}

/* ---- MNIST: ports, wrong inputs, outputs of known shape ---- */

static void draw_one(float *image) {
    memset(image, 0, 784 * sizeof *image);
    for (int y = 5; y < 23; y++) image[y * 28 + 13] = image[y * 28 + 14] = 255;
}

static int best(const float *logits) {
    int found = 0;
    for (int i = 1; i < 10; i++)
        if (logits[i] > logits[found]) found = i;
    return found;
}

static void mnist_on(const char *dir) {
    bench         b;
    static float  image[784];
    static double wide[784];
    if (!open_bench(&b, dir, "vision/mnist.onnx")) return;
    CHECK_INT(b.model->input_count, 1);
    CHECK_STR(b.model->inputs[0].name, "Input3");
    CHECK_INT(b.model->inputs[0].dtype, XYBRID_FLOAT32);
    CHECK_INT(b.model->inputs[0].rank, 4);
    CHECK_INT(b.model->inputs[0].shape[3], 28);
    const char *json = xb_engine_model_describe(b.model);
    CHECK(json && strstr(json, "\"CPUExecutionProvider\",\"used\":true") && strstr(json, "\"opsets\":{\"ai.onnx\":"));
    draw_one(image);
    const int64_t shape[4] = { 1, 1, 28, 28 };
    CHECK_INT(bind(&b, "Input3", wide, XYBRID_FLOAT64, 4, shape), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message, "inference failed in \"mnist.onnx\": input \"Input3\" is float64, wanted float32");
    CHECK_INT(bind(&b, "Input3", image, XYBRID_FLOAT32, 4, (int64_t[]){ 1, 28, 28, 1 }), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message,
              "inference failed in \"mnist.onnx\": input \"Input3\" has shape [1,28,28,1], dimension 1 must be 1");
    CHECK_INT(bind(&b, "Input3", image, XYBRID_FLOAT32, 2, (int64_t[]){ 28, 28 }), XYBRID_INFERENCE_FAILED);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED);
    CHECK_STR(b.err.message,
              "inference failed in \"mnist.onnx\": input \"Input3\" is missing, wanted Input3 float32 [1,1,28,28]");
    CHECK_INT(bind(&b, "Input3", image, XYBRID_FLOAT32, 4, shape), XYBRID_OK);
    for (int i = 0; i < 3; i++) CHECK_INT(run(&b), XYBRID_OK);
    CHECK_INT(b.got.allocs, 3); /* its shape stands in the model: always the host's memory */
    CHECK_INT(b.got.gives, 0);
    CHECK_INT(best(floats(&b, 0)), 1);
    CHECK_INT((intptr_t)floats(&b, 0) % 64, 0);
    close_bench(&b);
}

static void mnist_reads_a_digit(void) {
    if (!has_data("vision/mnist.onnx")) CHECK_SKIP("reference data vision/mnist.onnx is not there");
    FOR_EACH_LIBRARY(dir) mnist_on(dir);
    NEED_A_LIBRARY;
}

/* ---- outputs whose shape is not known, or not steady ---- */

static void nonzero_on(const char *dir) {
    bench b;
    float x[6] = { 1, 0, 2, 0, 0, 3 };
    if (!open_bench(&b, dir, "nonzero.onnx")) return;
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 1, (int64_t[]){ 6 }), XYBRID_OK);
    for (int i = 0; i < 6; i++) { /* three, then two, then one that is not 0 */
        if (i == 2) x[0] = 0;
        if (i == 4) x[5] = 0;
        CHECK_INT(run(&b), XYBRID_OK);
        CHECK_INT(b.got.outputs[0].shape[1], 3 - i / 2);
        CHECK_INT(((int64_t *)b.got.outputs[0].data)[0], i < 2 ? 0 : 2);
        CHECK_NEAR(floats(&b, 1)[2], 2, 0);
        CHECK_NEAR(floats(&b, 1)[0], i < 2 ? 1 : 0, 0);
    }
    uint8_t only[2] = { 0, 1 };
    CHECK_INT(rig_run(b.session, &b.got, only, NULL, &b.err), XYBRID_OK); /* the list of bound outputs changes */
    CHECK_INT(run(&b), XYBRID_OK);
    CHECK_INT(b.got.outputs[0].shape[1], 1);
    /* what was given lives on when session and model are gone */
    xb_engine_session_close(b.session);
    xb_engine_model_drop(b.model);
    b.session = NULL, b.model = NULL;
    CHECK_INT(((int64_t *)b.got.outputs[0].data)[0], 2);
    close_bench(&b);
}

static void follows_shapes_that_depend_on_values(void) {
    FOR_EACH_LIBRARY(dir) nonzero_on(dir);
    NEED_A_LIBRARY;
}

static void cache_on(const char *dir) {
    bench   b;
    float   x[4] = { 1, 1, 1, 1 }, nothing[4] = { 0 };
    uint8_t sum[2] = { 1, 0 }, both[2] = { 1, 1 };
    if (!open_bench(&b, dir, "cache.onnx")) return;
    CHECK_STR(b.model->inputs[1].symbols[1], "past_length");
    CHECK(b.model->inputs[1].symbols[0] == NULL);
    CHECK_INT(xb_engine_session_carry(b.session, 1, 1, 1, &b.err), XYBRID_OK);
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 3, (int64_t[]){ 1, 1, 4 }), XYBRID_OK);
    CHECK_INT(bind(&b, "past", nothing, XYBRID_FLOAT32, 3, (int64_t[]){ 1, 0, 4 }), XYBRID_OK);
    for (int i = 1; i <= 20; i++) {
        for (int k = 0; k < 4; k++) x[k] = (float)i;
        CHECK_INT(rig_run(b.session, &b.got, i % 5 ? sum : both, NULL, &b.err), XYBRID_OK);
        CHECK_NEAR(floats(&b, 0)[0], 2.0 * i * (i + 1), 0);
        if (i % 5 == 0) {
            CHECK_INT(b.got.outputs[1].shape[1], i);
            CHECK_NEAR(floats(&b, 1)[4], 2, 0);
        }
    }
    CHECK(xb_engine_session_trim(b.session, 1) > 0);
    CHECK_INT(rig_run(b.session, &b.got, sum, NULL, &b.err), XYBRID_OK);
    CHECK_NEAR(floats(&b, 0)[0], 840 + 80, 0);
    close_bench(&b);
}

static void carries_a_growing_cache(void) {
    FOR_EACH_LIBRARY(dir) cache_on(dir);
    NEED_A_LIBRARY;
}

static void state_on(const char *dir) {
    bench          b;
    float          x[4] = { 1, 2, 3, 4 }, zero[4] = { 0 }, half[2] = { 0 };
    uint8_t        both[2] = { 1, 1 };
    xybrid_cancel *token = NULL;
    if (!open_bench(&b, dir, "state.onnx")) return;
    CHECK_INT(xb_engine_session_carry(b.session, 1, 1, -1, &b.err), XYBRID_OK);
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 1, (int64_t[]){ 4 }), XYBRID_OK);
    CHECK_INT(bind(&b, "s", half, XYBRID_FLOAT32, 1, (int64_t[]){ 2 }), XYBRID_OK);
    CHECK_INT(run(&b), XYBRID_INFERENCE_FAILED); /* 2 and 4 cannot be added: the library's own words */
    CHECK(xb_starts_with(b.err.message, "inference failed in \"state.onnx\": ") && strstr(b.err.message, "Add"));
    CHECK(b.err.engine_code > 0);
    CHECK_INT(b.err.cause[0], 0);
    CHECK_INT(bind(&b, "s", zero, XYBRID_FLOAT32, 1, (int64_t[]){ 4 }), XYBRID_OK);
    CHECK_INT(xb_cancel_new(&b.tm.mem, &token, &b.err), XYBRID_OK);
    for (int i = 1; i <= 10; i++) {
        CHECK_INT(rig_run(b.session, &b.got, both, i == 5 ? NULL : token, &b.err), XYBRID_OK);
        CHECK_NEAR(floats(&b, 0)[1], 4 * i, 0);
        CHECK_NEAR(floats(&b, 1)[3], 4 * i, 0);
        floats(&b, 1)[3] = -1; /* the host's copy */
        if (i != 6) continue;
        CHECK_INT(bind(&b, "x", half, XYBRID_FLOAT32, 1, (int64_t[]){ 2 }), XYBRID_INFERENCE_FAILED);
        CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 1, (int64_t[]){ 4 }), XYBRID_OK);
    }
    xb_cancel_fire(token, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(rig_run(b.session, &b.got, both, token, &b.err), XYBRID_CANCELLED_TOKEN);
    CHECK_INT(rig_run(b.session, &b.got, both, NULL, &b.err), XYBRID_OK); /* as before the cancelled run */
    CHECK_NEAR(floats(&b, 0)[1], 44, 0);
    xb_cancel_drop(token);
    close_bench(&b);
}

static void carries_a_state_of_fixed_size(void) {
    FOR_EACH_LIBRARY(dir) state_on(dir);
    NEED_A_LIBRARY;
}

/* ---- cancel ---- */

typedef struct firing {
    xybrid_cancel *token;
    xb_thread      thread;
    int64_t        fired_ns;
} firing;

static void fire_later(void *arg) {
    firing *f = arg;
    xb_sleep_ms(100);
    f->fired_ns = xb_clock_ns();
    xb_cancel_fire(f->token, XYBRID_CANCELLED_DEADLINE);
}

static void cancel_on(const char *dir) {
    bench        b;
    static float x[128 * 128];
    int64_t      count = INT64_C(1) << 40;
    firing       f = { 0 };
    if (!open_bench(&b, dir, "loop.onnx")) return;
    CHECK_INT(bind(&b, "x", x, XYBRID_FLOAT32, 2, (int64_t[]){ 128, 128 }), XYBRID_OK);
    CHECK_INT(bind(&b, "count", &count, XYBRID_INT64, 0, NULL), XYBRID_OK);
    CHECK_INT(xb_cancel_new(&b.tm.mem, &f.token, &b.err), XYBRID_OK);
    CHECK_INT(xb_thread_start(&f.thread, "fire", fire_later, &f, &b.err), XYBRID_OK);
    CHECK_INT(rig_run(b.session, &b.got, NULL, f.token, &b.err), XYBRID_CANCELLED_DEADLINE);
    CHECK_STR(b.err.message, "cancelled while the model ran");
    int64_t took_ms = (xb_clock_ns() - f.fired_ns) / 1000000;
    xb_thread_join(&f.thread);
    CHECK(took_ms < 1000);
    count = 3;
    CHECK_INT(run(&b), XYBRID_OK); /* the same session goes on */
    xb_cancel_drop(f.token);
    close_bench(&b);
}

static void stops_a_run(void) {
    FOR_EACH_LIBRARY(dir) cancel_on(dir);
    NEED_A_LIBRARY;
}

/* ---- what is refused ---- */

static void refusal(const char *dir, const char *name, xybrid_status code, const char *text) {
    bench b;
    CHECK_INT(try_bench(&b, dir, name, NULL), code);
    if (!strstr(b.err.message, text)) printf("%s: \"%s\" lacks \"%s\"\n", name, b.err.message, text);
    CHECK(strstr(b.err.message, text) != NULL);
    CHECK(!strchr(b.err.message, '\n'));
    CHECK_STR(b.err.subject, name);
    close_bench(&b);
}

static void refuse_bytes(const char *dir, const void *bytes, size_t size, xybrid_status code, const char *text) {
    xb_test_mem      tm;
    rig              r;
    xybrid_error     err;
    xb_engine_model *m = NULL;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(open_rig(&r, &tm.mem, dir, 1, &err), XYBRID_OK);
    CHECK_INT(rig_model(&r, bytes, size, NULL, "m.onnx", "onnx", NULL, NULL, NULL, &m, &err), code);
    if (!strstr(err.message, text)) printf("\"%s\" lacks \"%s\"\n", err.message, text);
    CHECK(strstr(err.message, text) != NULL);
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
    CHECK_INT(tm.mem.used_bytes, 0);
}

static void refuses_models(void) {
    FOR_EACH_LIBRARY(dir) {
        refusal(dir, "strings.onnx", XYBRID_UNSUPPORTED_MODEL, "strings.onnx: input \"x\" holds strings");
        refusal(dir, "sequence.onnx", XYBRID_UNSUPPORTED_MODEL, "sequence.onnx: output \"y\" is a sequence");
        refusal(dir, "unknown.onnx", XYBRID_UNSUPPORTED_OPERATOR, "Frobnicate");
        size_t size = 0;
        char   path[1100];
        char  *bytes = read_model("vision/mnist.onnx", &size, path);
        if (bytes) refuse_bytes(dir, bytes, size / 2, XYBRID_MALFORMED, "m.onnx: ");
        if (bytes) refuse_bytes(dir, bytes, 1, XYBRID_MALFORMED, "m.onnx: ");
        refuse_bytes(dir, "", 0, XYBRID_MALFORMED, "m.onnx: ");
        free(bytes);
    }
    NEED_A_LIBRARY;
}

static void library_refusal(const char *config, const char *text) {
    xb_test_mem      tm;
    rig              r;
    xybrid_error     err;
    xb_engine_model *m = NULL;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(rig_open(&r, &tm.mem, tables, TABLES, 1, &err), XYBRID_OK);
    CHECK_INT(xb_engines_configure(r.engines, "onnxruntime", config, &err), XYBRID_OK);
    CHECK_INT(rig_model(&r, "x", 1, NULL, "m.onnx", "onnx", NULL, NULL, NULL, &m, &err), XYBRID_ENGINE_MISSING);
    if (!strstr(err.message, text)) printf("\"%s\" lacks \"%s\"\n", err.message, text);
    CHECK(strstr(err.message, text) != NULL);
    CHECK(xb_starts_with(err.message, "no engine to run the model: onnxruntime: "));
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
}

static void refuses_libraries(void) {
    library_refusal(NULL, "set the runtime's engine_dir");
    library_refusal("{\"dir\":\"relative/folder\"}", "by absolute path only");
#if !defined(_WIN32) && !defined(__wasi__)
    library_refusal("{\"dir\":\"/\"}", "onnxruntime.so not found in /; put ONNX Runtime's library there");
    library_refusal("{\"library\":\"/no/such/lib.so\"}", "/no/such/lib.so does not exist");
    library_refusal("{\"library\":\"/\"}", "/ is not a file");
    char config[1300];
    snprintf(config, sizeof config, "{\"library\":\"%s/engine/external.bin\"}", XB_TEST_GOLDEN);
    library_refusal(config, "external.bin cannot be loaded; ONNX Runtime 1.20 or newer for this system is wanted (");
#endif
    char dir[1024];
    if (library_dir(1, dir)) {
        char newest[1300];
        snprintf(newest, sizeof newest, "{\"dir\":\"%s\"}", dir);
        library_refusal(newest, "is ONNX Runtime 1.32.0, which writes a device id below the user's cache folder");
    }
    FOR_EACH_LIBRARY(folder) {
        xb_test_mem  tm;
        rig          r;
        xybrid_error err;
        char         path[1300];
        snprintf(path, sizeof path, "%s/%s", folder, l_ == 0 ? "libonnxruntime.so" : "libonnxruntime.so.1.32.0");
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(rig_open(&r, &tm.mem, tables, TABLES, 1, &err), XYBRID_OK);
        CHECK_INT(xb_engines_load(r.engines, path, &err), XYBRID_ENGINE_MISSING); /* a library, but no plug-in */
        CHECK(strstr(err.message, "does not export xybrid_engine_entry") != NULL);
        CHECK_INT(xb_engines_configure(r.engines, "onnxruntime", "{\"library\": 5}", &err), XYBRID_OK);
        xb_engine_info info;
        xb_engines_info(r.engines, 2, 1, &info);
        CHECK_INT(info.status, XYBRID_MALFORMED);
        rig_close(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void keeps_to_the_budget(void) {
    FOR_EACH_LIBRARY(dir) {
        xb_test_mem      tm;
        rig              r;
        xybrid_error     err;
        xb_engine_model *m = NULL;
        size_t           size = 0;
        char             path[1100];
        char            *bytes = read_model("vad/silero_vad.onnx", &size, path);
        if (!bytes) CHECK_SKIP("reference data");
        for (int64_t budget = 1 << 20; budget < 100 << 20; budget *= 2) {
            xb_test_mem_init(&tm, 0, 0);
            tm.mem.budget_bytes = budget;
            CHECK_INT(open_rig(&r, &tm.mem, dir, 1, &err), XYBRID_OK);
            xybrid_status st = rig_model(&r, bytes, size, path, NULL, "onnx", NULL, NULL, NULL, &m, &err);
            if (budget < 8 << 20) CHECK_INT(st, XYBRID_OUT_OF_MEMORY_BUDGET);
            if (budget > 32 << 20) CHECK_INT(st, XYBRID_OK);
            CHECK(st == XYBRID_OK || st == XYBRID_OUT_OF_MEMORY_BUDGET);
            if (st == XYBRID_OK) xb_engine_model_drop(m);
            rig_close(&r);
            CHECK_INT(tm.mem.used_bytes, 0);
        }
        free(bytes);
    }
    NEED_A_LIBRARY;
}

/* ---- options ---- */

static void providers_on(const char *dir) {
    bench b;
    CHECK_INT(try_bench(&b, dir, "state.onnx",
                        "{\"providers\":[\"CoreMLExecutionProvider\",\"cuda\",\"CPUExecutionProvider\"],"
                        "\"session\":{\"session.disable_prepacking\":\"1\"}}"),
              XYBRID_OK);
    const char *json = b.model ? xb_engine_model_describe(b.model) : "";
    CHECK(strstr(json, "{\"name\":\"CoreMLExecutionProvider\",\"used\":false,\"reason\":\"not in this library; it has ") !=
          NULL);
    CHECK(strstr(json, "{\"name\":\"cuda\",\"used\":false") != NULL);
    CHECK(strstr(json, "{\"name\":\"CPUExecutionProvider\",\"used\":true}") != NULL);
    CHECK(strstr(json, "\"metadata\":{\"purpose\":\"state\"}") != NULL);
    CHECK(strstr(json, "\"producer\":\"xybrid tests\"") != NULL);
    close_bench(&b);
    CHECK_INT(try_bench(&b, dir, "state.onnx", "{\"providers\":7}"), XYBRID_MALFORMED);
    close_bench(&b);
    CHECK_INT(try_bench(&b, dir, "state.onnx", "{\"session\":{\"key\":1}}"), XYBRID_MALFORMED);
    close_bench(&b);
    CHECK_INT(try_bench(&b, dir, "state.onnx", "{"), XYBRID_MALFORMED);
    close_bench(&b);
}

static void tells_why_a_provider_is_not_used(void) {
    FOR_EACH_LIBRARY(dir) providers_on(dir);
    NEED_A_LIBRARY;
}

static void about_on(const char *dir) {
    xb_test_mem    tm;
    rig            r;
    xybrid_error   err;
    xb_engine_info info;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(open_rig(&r, &tm.mem, dir, 1, &err), XYBRID_OK);
    xb_engines_info(r.engines, 2, 1, &info);
    CHECK_INT(info.is_ready, 1);
    CHECK(info.about && strstr(info.about, "\"version\":\"1.") && strstr(info.about, "CPUExecutionProvider"));
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
}

static void tells_about_itself(void) {
    FOR_EACH_LIBRARY(dir) about_on(dir);
    NEED_A_LIBRARY;
}

/* Weights in another file: found beside the path by the library, handed over by us when the model is in memory. */
static void external_on(const char *dir) {
    size_t size = 0;
    char   path[1100], folder[1024];
    char  *bytes = read_model("external.onnx", &size, path);
    if (!bytes) CHECK_SKIP("tests/golden/engine");
    snprintf(folder, sizeof folder, "%s/engine", XB_TEST_GOLDEN);
    for (int way = 0; way < 3; way++) {
        xb_test_mem           tm;
        rig                   r;
        xybrid_error          err;
        xb_engine_source     *source = NULL;
        xb_engine            *e = NULL;
        xb_engine_model      *m = NULL;
        xb_engine_session    *s = NULL;
        xybrid_engine_options options;
        xb_engine_options_init(&options);
        xb_test_mem_init(&tm, 0, 0);
        catcher got = { .mem = &tm.mem };
        CHECK_INT(open_rig(&r, &tm.mem, dir, 1, &err), XYBRID_OK);
        xb_engine_source_spec spec = { .view = { .bytes = bytes, .size_bytes = (int64_t)size },
                                       .release = xybrid_release_none,
                                       .path = way == 0 ? path : NULL,
                                       .folder = way == 1 ? folder : NULL,
                                       .format = "onnx" };
        CHECK_INT(xb_engine_source_new(&tm.mem, &spec, &source, &err), XYBRID_OK);
        CHECK_INT(xb_engines_select(r.engines, xb_engine_source_view(source), NULL, &e, &err), XYBRID_OK);
        xybrid_status st = xb_engine_model_open(e, source, &options, NULL, &m, &err);
        CHECK_INT(st, way < 2 ? XYBRID_OK : XYBRID_MODEL_NOT_FOUND);
        if (st == XYBRID_OK) {
            static float x[256];
            xb_tensor    t = rig_tensor(x, XYBRID_FLOAT32, 1, (int64_t[]){ 256 });
            CHECK_INT(rig_session(m, &s, &err), XYBRID_OK);
            CHECK_INT(xb_engine_session_bind(s, 0, &t, &err), XYBRID_OK);
            CHECK_INT(rig_run(s, &got, NULL, NULL, &err), XYBRID_OK);
            CHECK_NEAR(((float *)got.outputs[0].data)[200], 200, 0);
        } else {
            CHECK(strstr(err.message, "no file \"external.bin\" beside it") != NULL);
        }
        xb_engine_session_close(s);
        xb_engine_model_drop(m);
        xb_engine_source_drop(source);
        catch_drop(&got);
        rig_close(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
    free(bytes);
}

static void finds_weights_in_other_files(void) {
    FOR_EACH_LIBRARY(dir) external_on(dir);
    NEED_A_LIBRARY;
}

/* ---- memory, runtimes, threads ---- */

static void memory_on(const char *dir) {
    size_t size = 0;
    char   path[1100];
    char  *bytes = read_model("state.onnx", &size, path);
    if (!bytes) CHECK_SKIP("tests/golden/engine");
    xb_test_mem tm;
    XB_TORTURE (tm, 400) {
        rig                r;
        xybrid_error       err;
        xb_engine_model   *m = NULL;
        xb_engine_session *s = NULL;
        catcher            got = { .mem = &tm.mem };
        float              x[4] = { 1, 2, 3, 4 }, zero[4] = { 0 };
        xb_tensor          tx = rig_tensor(x, XYBRID_FLOAT32, 1, (int64_t[]){ 4 }),
                           ts = rig_tensor(zero, XYBRID_FLOAT32, 1, (int64_t[]){ 4 });
        xybrid_status      st = open_rig(&r, &tm.mem, dir, 1, &err);
        if (st == XYBRID_OK) st = rig_model(&r, bytes, size, path, NULL, "onnx", NULL, "{}", NULL, &m, &err);
        if (st == XYBRID_OK) st = rig_session(m, &s, &err);
        if (st == XYBRID_OK) st = xb_engine_session_carry(s, 1, 1, -1, &err);
        if (st == XYBRID_OK) st = xb_engine_session_bind_named(s, "x", &tx, &err);
        if (st == XYBRID_OK) st = xb_engine_session_bind_named(s, "s", &ts, &err);
        for (int i = 0; i < 3 && st == XYBRID_OK; i++) st = rig_run(s, &got, NULL, NULL, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_engine_session_close(s);
        xb_engine_model_drop(m);
        catch_drop(&got);
        rig_close(&r);
    }
    free(bytes);
}

static void survives_lack_of_memory(void) {
    FOR_EACH_LIBRARY(dir) memory_on(dir);
    NEED_A_LIBRARY;
}

/* Two runtimes share the library's environment: neither may depend on the other's life. */
static void serves_two_runtimes(void) {
    if (!has_data("vision/mnist.onnx")) CHECK_SKIP("reference data vision/mnist.onnx is not there");
    FOR_EACH_LIBRARY(dir) {
        static bench  a, b;
        static float  image[784];
        const int64_t shape[4] = { 1, 1, 28, 28 };
        draw_one(image);
        if (!open_bench(&a, dir, "vision/mnist.onnx") || !open_bench(&b, dir, "vision/mnist.onnx")) return;
        CHECK_INT(bind(&a, "Input3", image, XYBRID_FLOAT32, 4, shape), XYBRID_OK);
        CHECK_INT(bind(&b, "Input3", image, XYBRID_FLOAT32, 4, shape), XYBRID_OK);
        CHECK_INT(run(&a), XYBRID_OK);
        close_bench(&a); /* the first one goes first */
        CHECK_INT(run(&b), XYBRID_OK);
        CHECK_INT(best(floats(&b, 0)), 1);
        close_bench(&b);
        if (!open_bench(&a, dir, "vision/mnist.onnx")) return; /* and once more, after the library was unloaded */
        CHECK_INT(bind(&a, "Input3", image, XYBRID_FLOAT32, 4, shape), XYBRID_OK);
        CHECK_INT(run(&a), XYBRID_OK);
        close_bench(&a);
    }
    NEED_A_LIBRARY;
}

typedef struct worker {
    xb_thread        thread;
    xb_engine_model *model;
    xb_test_mem      tm;
    const float     *frame;
    float            result[50];
    int              wrong;
} worker;

static void work(void *arg) {
    worker              *w = arg;
    bench                b = { .model = w->model, .got = { .mem = &w->tm.mem, .is_reusing = 1 } };
    static const float   state[256];
    static const int64_t rate = 16000;
    uint8_t              wanted[2] = { 1, 0 };
    if (rig_session(w->model, &b.session, &b.err) != XYBRID_OK) w->wrong++;
    else bind_silero(&b, w->frame, state, &rate);
    for (int i = 0; b.session && i < 50; i++) {
        if (rig_run(b.session, &b.got, wanted, NULL, &b.err) != XYBRID_OK) w->wrong++;
        else w->result[i] = floats(&b, 0)[0];
    }
    xb_engine_session_close(b.session);
    catch_drop(&b.got);
}

static void threads_on(const char *dir) {
    bench         b;
    static worker workers[8];
    static float  frame[576];
    for (int i = 0; i < 576; i++) frame[i] = 0.3f * sinf((float)i * 0.2f);
    memset(workers, 0, sizeof workers);
    xb_mem mem; /* shared by threads: the test's own counts are not */
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    memset(&b, 0, sizeof b);
    b.bytes = read_model("vad/silero_vad.onnx", &b.size, b.path);
    if (!b.bytes) CHECK_SKIP("reference data");
    CHECK_INT(open_rig(&b.r, &mem, dir, 2, &b.err), XYBRID_OK);
    CHECK_INT(rig_model(&b.r, b.bytes, b.size, b.path, NULL, "onnx", NULL, NULL, NULL, &b.model, &b.err), XYBRID_OK);
    for (int i = 0; i < 8; i++) {
        workers[i].model = b.model;
        workers[i].frame = frame;
        xb_test_mem_init(&workers[i].tm, 0, 0);
        CHECK_INT(xb_thread_start(&workers[i].thread, "work", work, &workers[i], &b.err), XYBRID_OK);
    }
    for (int i = 0; i < 8; i++) {
        xb_thread_join(&workers[i].thread);
        CHECK_INT(workers[i].wrong, 0);
        CHECK_INT(memcmp(workers[i].result, workers[0].result, sizeof workers[0].result), 0);
        CHECK_INT(workers[i].tm.live_blocks, 0);
    }
    CHECK(workers[0].result[49] > 0 && workers[0].result[49] != workers[0].result[0]);
    xb_engine_model_drop(b.model);
    rig_close(&b.r);
    CHECK_INT(mem.used_bytes, 0);
    free(b.bytes);
}

static void gives_equal_results_on_many_threads(void) {
    FOR_EACH_LIBRARY(dir) threads_on(dir);
    NEED_A_LIBRARY;
}

CHECK_MAIN(RUN(silero_agrees_with_the_reference), RUN(mnist_reads_a_digit), RUN(follows_shapes_that_depend_on_values),
           RUN(carries_a_growing_cache), RUN(carries_a_state_of_fixed_size), RUN(stops_a_run), RUN(refuses_models),
           RUN(refuses_libraries), RUN(keeps_to_the_budget), RUN(tells_why_a_provider_is_not_used), RUN(tells_about_itself),
           RUN(finds_weights_in_other_files), RUN(survives_lack_of_memory), RUN(serves_two_runtimes),
           RUN(gives_equal_results_on_many_threads))
