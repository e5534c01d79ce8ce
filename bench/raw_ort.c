/* bench/raw_ort.c - see raw_ort.h. */
#include "raw_ort.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "bench.h"
#include "engine/onnxruntime/ort_api.h"

enum { VALUES = 5 };

struct raw_ort {
    void              *library;
    const OrtApiBase  *base;
    ort_api            api;
    OrtEnv            *env;
    OrtSessionOptions *options;
    OrtSession        *session;
    OrtRunOptions     *run_options;
    OrtMemoryInfo     *cpu;
    OrtIoBinding      *binding;
    OrtValue          *values[VALUES];
};

static void check(const raw_ort *r, OrtStatus *status, const char *what) {
    if (status) bench_die("%s: %s", what, r->api.GetErrorMessage(status));
}

static void load_library(raw_ort *r, const char *path) {
    ort_get_api_base_fn get = NULL;
    r->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!r->library) bench_die("%s cannot be loaded: %s", path, dlerror());
    void *symbol = dlsym(r->library, "OrtGetApiBase");
    memcpy(&get, &symbol, sizeof get);
    if (!get) bench_die("%s is not ONNX Runtime", path);
    r->base = get();
    long minor = strtol(r->base->GetVersionString() + 2, NULL, 10); /* "1.28.2" */
    int  version = minor < ORT_API_NEWEST ? (int)minor : ORT_API_NEWEST;
    typedef void (*any_fn)(void);
    const any_fn *slots = r->base->GetApi((uint32_t)version);
    if (!slots) bench_die("%s has no interface version %d", path, version);
#define READ_SLOT(number, since, name, result, parameters) \
    r->api.name = version >= (since) ? (result(ORT_CALL *) parameters)slots[number] : NULL;
    ORT_SLOTS(READ_SLOT)
#undef READ_SLOT
}

static void ORT_CALL drop_line(void *param, OrtLoggingLevel severity, const char *category, const char *id, const char *where,
                               const char *message) {
    (void)param, (void)severity, (void)category, (void)id, (void)where, (void)message;
}

/* As make_env and set_options of the engine. */
static void make_session(raw_ort *r, const char *model, int threads) {
    const ort_api       *api = &r->api;
    OrtThreadingOptions *pool = NULL;
    check(r, api->CreateThreadingOptions(&pool), "threading options");
    check(r, api->SetGlobalIntraOpNumThreads(pool, threads), "threads");
    check(r, api->SetGlobalInterOpNumThreads(pool, 1), "threads");
    check(r, api->SetGlobalSpinControl(pool, 0), "spinning");
    check(r, api->SetGlobalDenormalAsZero(pool), "denormals");
    check(r, api->CreateEnvWithCustomLoggerAndGlobalThreadPools(drop_line, NULL, ORT_LOGGING_LEVEL_ERROR, "raw", pool, &r->env),
          "environment");
    api->ReleaseThreadingOptions(pool);
    check(r, api->DisableTelemetryEvents(r->env), "telemetry");
    check(r, api->CreateSessionOptions(&r->options), "session options");
    check(r, api->DisableMemPattern(r->options), "memory pattern");
    check(r, api->SetSessionGraphOptimizationLevel(r->options, ORT_ENABLE_ALL), "optimisation");
    if (threads > 1) {
        check(r, api->DisablePerSessionThreads(r->options), "threads");
    } else {
        check(r, api->SetIntraOpNumThreads(r->options, 1), "threads");
        check(r, api->SetInterOpNumThreads(r->options, 1), "threads");
    }
    check(r, api->CreateSession(r->env, model, r->options, &r->session), model);
    check(r, api->CreateRunOptions(&r->run_options), "run options");
}

static OrtValue *make_value(raw_ort *r, int index, void *data, size_t size, const int64_t *shape, size_t rank, int type) {
    check(r, r->api.CreateTensorWithDataAsOrtValue(r->cpu, data, size, shape, rank, type, &r->values[index]), "tensor");
    return r->values[index];
}

static void bind_all(raw_ort *r, silero_memory *m) {
    const ort_api *api = &r->api;
    check(r, api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &r->cpu), "memory info");
    check(r, api->CreateIoBinding(r->session, &r->binding), "binding");
    OrtValue *input = make_value(r, 0, m->input, sizeof m->input, silero_input_shape, 2, XYBRID_FLOAT32);
    OrtValue *state = make_value(r, 1, m->state, sizeof m->state, silero_state_shape, 3, XYBRID_FLOAT32);
    OrtValue *rate = make_value(r, 2, &m->rate_hz, sizeof m->rate_hz, NULL, 0, XYBRID_INT64);
    OrtValue *output = make_value(r, 3, m->output, sizeof m->output, silero_output_shape, 2, XYBRID_FLOAT32);
    OrtValue *new_state = make_value(r, 4, m->new_state, sizeof m->new_state, silero_state_shape, 3, XYBRID_FLOAT32);
    check(r, api->BindInput(r->binding, "input", input), "input");
    check(r, api->BindInput(r->binding, "state", state), "state");
    check(r, api->BindInput(r->binding, "sr", rate), "sr");
    check(r, api->BindOutput(r->binding, "output", output), "output");
    check(r, api->BindOutput(r->binding, "stateN", new_state), "stateN");
}

raw_ort *raw_ort_open(const char *library, const char *model, int threads, silero_memory *memory) {
    raw_ort *r = bench_alloc(1, sizeof *r);
    load_library(r, library);
    make_session(r, model, threads);
    bind_all(r, memory);
    return r;
}

void raw_ort_run(void *raw) {
    raw_ort   *r = raw;
    OrtStatus *status = r->api.RunWithBinding(r->session, r->run_options, r->binding);
    if (status) check(r, status, "run");
}

const char *raw_ort_version(const raw_ort *r) { return r->base->GetVersionString(); }

void raw_ort_close(void *raw) {
    raw_ort       *r = raw;
    const ort_api *api = &r->api;
    api->ReleaseIoBinding(r->binding);
    for (int i = 0; i < VALUES; i++) api->ReleaseValue(r->values[i]);
    api->ReleaseMemoryInfo(r->cpu);
    api->ReleaseRunOptions(r->run_options);
    api->ReleaseSession(r->session);
    api->ReleaseSessionOptions(r->options);
    api->ReleaseEnv(r->env);
    free(r); /* the library stays loaded: it does not survive being unloaded in every version */
}
