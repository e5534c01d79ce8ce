/* Many threads on one model, one token, one runtime. Under the thread sanitizer with the echo engine; with ONNX Runtime (which
 * is not instrumented) only without it. The native engine under both, with weights that many runs want packed at once. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/stat.h>

#include "native_models.h"

enum { THREADS = 16, RUNS = 10000 / THREADS };

typedef struct job {
    xybrid_runtime *rt;
    xybrid_model   *model;
    int             index, failures;
    int64_t         bytes_after_first;
} job;

static const char *echo_pack(const char *name, const char *echo) {
    static char       path[512];
    char              file[512];
    static const char json[] = "{\"model_id\":\"threads\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_"
                               "file\":\"m.echo\"},\"files\":[]}";
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    snprintf(path, sizeof path, "%s/Testing/%s", XB_TEST_BUILD, name);
    mkdir(path, 0777);
    snprintf(file, sizeof file, "%s/model_metadata.json", name);
    door_write(file, json, sizeof json - 1);
    snprintf(file, sizeof file, "%s/m.echo", name);
    door_write(file, echo, strlen(echo));
    return path;
}

/* Runs its own numbers through the shared model, and looks whether they come back. */
static void *run_echo(void *arg) {
    job *j = arg;
    for (int i = 0; i < RUNS; i++) {
        float            values[4] = { (float)j->index, (float)i, 2, 3 };
        xybrid_envelope *in = NULL, *out = NULL;
        int64_t          n = 0;
        if (xybrid_envelope_new_tensor(j->rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, 4 }, 2, values, sizeof values, NULL, NULL,
                                       &in, NULL) ||
            xybrid_model_run(j->model, in, NULL, &out, NULL))
            j->failures++;
        const float *v = xybrid_envelope_floats(out, &n);
        j->failures += !(n == 4 && v[0] == values[0] && v[1] == values[1]);
        xybrid_envelope_free(in);
        xybrid_envelope_free(out);
    }
    return NULL;
}

static void run_all(xybrid_runtime *rt, xybrid_model *m, void *(*work)(void *)) {
    pthread_t threads[THREADS];
    job       jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){ .rt = rt, .model = m, .index = i };
        CHECK_INT(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(jobs[i].failures, 0);
    }
}

static void sixteen_threads_echo(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    xybrid_model   *m = NULL;
    xybrid_stats    before, after;
    DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
    DOOR_OK(xybrid_model_load(rt, echo_pack("threads", "xybrid-echo 1\ninput x float32 1 -1\noutput y x\nparallel 3\n"), NULL,
                              &m, &err));
    run_all(rt, m, run_echo);
    xybrid_runtime_stats(rt, &before);
    run_all(rt, m, run_echo);
    xybrid_runtime_stats(rt, &after);
    CHECK_INT(after.runs, 2 * THREADS * RUNS);
    CHECK(after.private_bytes <= before.private_bytes + 65536); /* no growth */
    CHECK_INT(after.streams, 0);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- the same on ONNX Runtime: results equal to those of one thread ---- */

static float expected[8][2];

static xybrid_status run_silero(xybrid_runtime *rt, xybrid_model *m, int which, float *probability, xybrid_error *err) {
    float              samples[576], state[256] = { 0 };
    int64_t            rate = 16000;
    xybrid_envelope   *t[3] = { 0 }, *in = NULL, *out = NULL;
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    for (int i = 0; i < 576; i++) samples[i] = sinf((float)(i * (which + 3)) * 0.02f) * 0.3f;
    xybrid_status st;
    if (!(st = xybrid_envelope_new_tensor(rt, "input", XYBRID_FLOAT32, (int64_t[]){ 1, 576 }, 2, samples, sizeof samples, NULL,
                                          NULL, &t[0], err)) &&
        !(st = xybrid_envelope_new_tensor(rt, "state", XYBRID_FLOAT32, (int64_t[]){ 2, 1, 128 }, 3, state, sizeof state, NULL,
                                          NULL, &t[1], err)) &&
        !(st = xybrid_envelope_new_tensor(rt, "sr", XYBRID_INT64, NULL, 0, &rate, sizeof rate, NULL, NULL, &t[2], err)) &&
        !(st = xybrid_envelope_new_list(rt, t, 3, &in, err)) && !(st = xybrid_model_run(m, in, &o, &out, err))) {
        int64_t      n = 0;
        const float *v = xybrid_envelope_floats(xybrid_envelope_find(out, "output"), &n);
        *probability = n == 1 ? v[0] : -1;
    }
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    for (int i = 0; i < 3; i++) xybrid_envelope_free(t[i]);
    return st;
}

static void *run_ort(void *arg) {
    job *j = arg;
    for (int i = 0; i < RUNS; i++) {
        xybrid_error err;
        float        p = 0;
        int          which = (j->index + i) % 8;
        if (run_silero(j->rt, j->model, which, &p, &err)) j->failures++;
        j->failures += p != expected[which][0];
    }
    return NULL;
}

static void sixteen_threads_onnxruntime(void) {
    DOOR_NEEDS_ONNXRUNTIME;
    DOOR_NEEDS_STEADY_MEMORY;
    const char *folder = door_pack("silero-vad", "silero_vad.onnx");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    xybrid_stats    before, after;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    for (int i = 0; i < 8; i++) {
        DOOR_OK(run_silero(rt, m, i, &expected[i][0], &err));
        CHECK(expected[i][0] > 0 && expected[i][0] < 1);
    }
    run_all(rt, m, run_ort);
    xybrid_runtime_stats(rt, &before);
    run_all(rt, m, run_ort);
    xybrid_runtime_stats(rt, &after);
    CHECK(after.private_bytes <= before.private_bytes + 65536);
    CHECK_INT(after.sessions, 8); /* the model's own pool, and no more */
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- the native engine: results equal to those of one thread ---- */

enum { INPUTS = 4, NATIVE_ROUNDS = 60 };

typedef struct native_work {
    xybrid_model      *model;
    xybrid_session    *shared; /* by share_session */
    const onnx_bytes  *wanted; /* [INPUTS] */
    xybrid_envelope  **in;     /* [INPUTS] shared: payloads are read-only */
    pthread_barrier_t *start;
    int                index, failures;
} native_work;

/* Half of the threads have a session of their own, the others share the model's pool. */
static void *run_native(void *arg) {
    native_work    *j = arg;
    xybrid_error    err;
    xybrid_session *s = NULL;
    if (j->index % 2 && xybrid_session_open(j->model, NULL, &s, &err)) j->failures++;
    pthread_barrier_wait(j->start);
    for (int i = 0; i < NATIVE_ROUNDS; i++) {
        int        which = (j->index + i) % INPUTS;
        onnx_bytes found = native_run(j->model, s, j->in[which], NULL, &err);
        j->failures += !native_same(&found, &j->wanted[which]);
        onnx_bytes_free(&found);
    }
    xybrid_session_free(s);
    return NULL;
}

/* One session, handed from thread to thread; the others find it busy. */
static void *share_session(void *arg) {
    native_work *j = arg;
    xybrid_error err;
    pthread_barrier_wait(j->start);
    for (int i = 0; i < NATIVE_ROUNDS; i++) {
        int        which = (j->index + i) % INPUTS;
        onnx_bytes found = native_run(NULL, j->shared, j->in[which], NULL, &err);
        if (err.code != XYBRID_BUSY) j->failures += !native_same(&found, &j->wanted[which]);
        onnx_bytes_free(&found);
    }
    return NULL;
}

static void run_natives(const native_work *like, void *(*work)(void *)) {
    pthread_t         threads[THREADS];
    native_work       jobs[THREADS];
    pthread_barrier_t start;
    CHECK_INT(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = *like;
        jobs[i].index = i;
        jobs[i].start = &start;
        CHECK_INT(pthread_create(&threads[i], NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(jobs[i].failures, 0);
    }
    pthread_barrier_destroy(&start);
}

static void sixteen_threads_native(void) {
    for (int i = 0; i < NATIVE_MODELS; i++) {
        xybrid_error     err;
        onnx_bytes       file = native_file(&native_models[i]), wanted[INPUTS];
        xybrid_envelope *in[INPUTS] = { NULL };
        xybrid_runtime  *rt = door_runtime();
        native_work      like = { .wanted = wanted, .in = in };
        xybrid_model    *alone = NULL;
        DOOR_OK(native_load(rt, &file, NULL, &alone, &err));
        for (int k = 0; k < INPUTS; k++) {
            DOOR_OK(native_input(rt, &native_models[i], k, &in[k], &err));
            wanted[k] = native_run(alone, NULL, in[k], NULL, &err);
            CHECK(wanted[k].size > 0);
        }
        DOOR_OK(native_load(rt, &file, NULL, &like.model, &err)); /* nothing is packed yet */
        run_natives(&like, run_native);
        xybrid_model_free(like.model);
        DOOR_OK(xybrid_session_open(alone, NULL, &like.shared, &err));
        run_natives(&like, share_session);
        xybrid_session_free(like.shared);
        xybrid_model_free(alone);
        for (int k = 0; k < INPUTS; k++) {
            xybrid_envelope_free(in[k]);
            onnx_bytes_free(&wanted[k]);
        }
        xybrid_runtime_free(rt);
        onnx_bytes_free(&file);
    }
}

/* ---- cancel from another thread, while the engine waits for it ---- */

static void *fire_later(void *arg) {
    struct timespec t = { 0, 2000000 };
    nanosleep(&t, NULL);
    xybrid_cancel_fire(arg);
    return NULL;
}

static void cancel_from_another_thread(void) {
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    xybrid_model   *m = NULL;
    DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
    DOOR_OK(xybrid_model_load(rt, echo_pack("waits", "xybrid-echo 1\ninput x float32 1 -1\noutput y x\nwait_cancel\n"), NULL,
                              &m, &err));
    for (int i = 0; i < 20; i++) {
        float              values[4] = { 0 };
        pthread_t          thread;
        xybrid_cancel     *stop = NULL;
        xybrid_envelope   *in = NULL, *out = NULL;
        xybrid_run_options o;
        xybrid_run_options_init(&o, sizeof o);
        DOOR_OK(xybrid_cancel_create(rt, &stop, &err));
        DOOR_OK(xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, 4 }, 2, values, sizeof values, NULL, NULL,
                                           &in, &err));
        o.cancel = stop;
        CHECK_INT(pthread_create(&thread, NULL, fire_later, stop), 0);
        CHECK_INT(xybrid_model_run(m, in, &o, &out, &err), XYBRID_CANCELLED_TOKEN);
        pthread_join(thread, NULL);
        xybrid_cancel_free(stop);
        xybrid_envelope_free(in);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(sixteen_threads_echo), RUN(sixteen_threads_native), RUN(sixteen_threads_onnxruntime),
           RUN(cancel_from_another_thread))
