/* bench/raw_ort.c - see raw_ort.h. */
#include "raw_ort.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/onnxruntime/ort_api.h"

enum { VALUES = 256 };

struct raw_ort {
    void              *library;
    const OrtApiBase  *base;
    ort_api            api;
    OrtEnv            *env;
    OrtSessionOptions *options;
    OrtMemoryInfo     *cpu;
};

struct raw_ort_net {
    raw_ort       *raw;
    OrtSession    *session;
    OrtRunOptions *run_options;
    OrtIoBinding  *binding;
    OrtValue      *values[VALUES];
    int            value_count;
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

/* As make_env of the engine. */
static void make_env(raw_ort *r, const raw_ort_options *o) {
    const ort_api       *api = &r->api;
    OrtThreadingOptions *pool = NULL;
    check(r, api->CreateThreadingOptions(&pool), "threading options");
    check(r, api->SetGlobalIntraOpNumThreads(pool, o->threads), "threads");
    check(r, api->SetGlobalInterOpNumThreads(pool, 1), "threads");
    check(r, api->SetGlobalSpinControl(pool, o->spins), "spinning");
    check(r, api->SetGlobalDenormalAsZero(pool), "denormals");
    check(r, api->CreateEnvWithCustomLoggerAndGlobalThreadPools(drop_line, NULL, ORT_LOGGING_LEVEL_ERROR, "raw", pool, &r->env),
          "environment");
    api->ReleaseThreadingOptions(pool);
    check(r, api->DisableTelemetryEvents(r->env), "telemetry");
}

/* As set_options of the engine. */
static void make_options(raw_ort *r, const raw_ort_options *o) {
    const ort_api *api = &r->api;
    check(r, api->CreateSessionOptions(&r->options), "session options");
    if (!o->has_memory_patterns) check(r, api->DisableMemPattern(r->options), "memory pattern");
    check(r, api->SetSessionGraphOptimizationLevel(r->options, ORT_ENABLE_ALL), "optimisation");
    if (o->threads > 1) {
        check(r, api->DisablePerSessionThreads(r->options), "threads");
    } else {
        check(r, api->SetIntraOpNumThreads(r->options, 1), "threads");
        check(r, api->SetInterOpNumThreads(r->options, 1), "threads");
    }
}

raw_ort *raw_ort_new(const raw_ort_options *options) {
    raw_ort *r = bench_alloc(1, sizeof *r);
    load_library(r, options->library);
    make_env(r, options);
    make_options(r, options);
    check(r, r->api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &r->cpu), "memory info");
    return r;
}

const char *raw_ort_version(const raw_ort *r) { return r->base->GetVersionString(); }

void raw_ort_free(raw_ort *r) {
    r->api.ReleaseMemoryInfo(r->cpu);
    r->api.ReleaseSessionOptions(r->options);
    r->api.ReleaseEnv(r->env);
    free(r);
}

raw_ort_net *raw_ort_open(raw_ort *r, const char *model) {
    raw_ort_net *net = bench_alloc(1, sizeof *net);
    net->raw = r;
    check(r, r->api.CreateSession(r->env, model, r->options, &net->session), model);
    check(r, r->api.CreateRunOptions(&net->run_options), "run options");
    check(r, r->api.CreateIoBinding(net->session, &net->binding), "binding");
    return net;
}

void raw_ort_bind(raw_ort_net *net, int way, const char *name, int type, const int64_t *shape, size_t rank, void *data,
                  size_t size) {
    const ort_api *api = &net->raw->api;
    if (net->value_count == VALUES) bench_die("more than %d inputs and outputs", (int)VALUES);
    OrtValue **value = &net->values[net->value_count++];
    check(net->raw, api->CreateTensorWithDataAsOrtValue(net->raw->cpu, data, size, shape, rank, type, value), name);
    check(net->raw,
          way == XYBRID_INPUT ? api->BindInput(net->binding, name, *value) : api->BindOutput(net->binding, name, *value), name);
}

void raw_ort_run(void *net_) {
    raw_ort_net *net = net_;
    OrtStatus   *status = net->raw->api.RunWithBinding(net->session, net->run_options, net->binding);
    if (status) check(net->raw, status, "run");
}

void raw_ort_close(void *net_) {
    raw_ort_net   *net = net_;
    const ort_api *api = &net->raw->api;
    api->ReleaseIoBinding(net->binding);
    for (int i = 0; i < net->value_count; i++) api->ReleaseValue(net->values[i]);
    api->ReleaseRunOptions(net->run_options);
    api->ReleaseSession(net->session);
    free(net);
}
