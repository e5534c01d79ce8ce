/* bench/ort_matmul.c - see ort_matmul.h. The model is written here, byte by byte, in the format of onnx.proto. */
#include "ort_matmul.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "engine/onnxruntime/ort_api.h"

struct ort_matmul {
    ort_api            api;
    OrtEnv            *env;
    OrtSessionOptions *options;
    OrtSession        *session;
    OrtRunOptions     *run_options;
    OrtMemoryInfo     *cpu;
    OrtIoBinding      *binding;
    OrtValue          *a, *c;
};

/* ---- the model ---- */

typedef struct bytes {
    uint8_t *data;
    size_t   size, capacity;
} bytes;

static void put(bytes *b, const void *data, size_t size) {
    if (b->size + size > b->capacity) {
        b->capacity = (b->size + size) * 2;
        b->data = realloc(b->data, b->capacity);
        if (!b->data) bench_die("no memory for a model of %zu bytes", b->capacity);
    }
    memcpy(b->data + b->size, data, size);
    b->size += size;
}

static void put_varint(bytes *b, uint64_t v) {
    do {
        uint8_t byte = (uint8_t)((v & 127) | (v > 127 ? 128 : 0));
        put(b, &byte, 1);
    } while (v >>= 7);
}

static void put_number(bytes *b, int field, int64_t v) { put_varint(b, (uint64_t)field << 3), put_varint(b, (uint64_t)v); }
static void put_data(bytes *b, int field, const void *data, size_t size) {
    put_varint(b, (uint64_t)field << 3 | 2), put_varint(b, size), put(b, data, size);
}
static void put_text(bytes *b, int field, const char *text) { put_data(b, field, text, strlen(text)); }
static void put_message(bytes *b, int field, bytes *message) {
    put_data(b, field, message->data, message->size);
    free(message->data);
    memset(message, 0, sizeof *message);
}

enum { ONNX_FLOAT = 1, ONNX_UINT8 = 2, ONNX_INT8 = 3 };

static void put_value(bytes *graph, int field, const char *name, int type, int64_t rows, int64_t cols) {
    bytes   value = { 0 }, kind = { 0 }, tensor = { 0 }, shape = { 0 }, dim = { 0 };
    int64_t dims[2] = { rows, cols };
    for (int i = 0; i < 2; i++) {
        put_number(&dim, 1, dims[i]);
        put_message(&shape, 1, &dim);
    }
    put_number(&tensor, 1, type);
    put_message(&tensor, 2, &shape);
    put_message(&kind, 1, &tensor);
    put_text(&value, 1, name);
    put_message(&value, 2, &kind);
    put_message(graph, field, &value);
}

static void put_initializer(bytes *graph, const char *name, int type, int64_t rows, int64_t cols, const void *data) {
    bytes tensor = { 0 };
    if (rows > 0) put_number(&tensor, 1, rows), put_number(&tensor, 1, cols);
    put_number(&tensor, 2, type);
    put_text(&tensor, 8, name);
    put_data(&tensor, 9, data, (size_t)(rows > 0 ? rows * cols : 1) * (type == ONNX_FLOAT ? 4 : 1));
    put_message(graph, 5, &tensor);
}

static bytes make_model(int is_int8, int64_t m, int64_t k, int64_t n, const void *b) {
    static const float   scale = 0.01f;
    static const uint8_t zero = 100;
    bytes                model = { 0 }, graph = { 0 }, node = { 0 }, opset = { 0 };
    put_text(&node, 1, "a"), put_text(&node, 1, "b");
    if (is_int8) put_text(&node, 1, "a_scale"), put_text(&node, 1, "b_scale"), put_text(&node, 1, "a_zero");
    put_text(&node, 2, "c");
    put_text(&node, 4, is_int8 ? "MatMulIntegerToFloat" : "MatMul");
    if (is_int8) put_text(&node, 7, "com.microsoft");
    put_message(&graph, 1, &node);
    put_text(&graph, 2, "product");
    put_initializer(&graph, "b", is_int8 ? ONNX_INT8 : ONNX_FLOAT, k, n, b);
    if (is_int8) {
        put_initializer(&graph, "a_scale", ONNX_FLOAT, 0, 0, &scale),
            put_initializer(&graph, "b_scale", ONNX_FLOAT, 0, 0, &scale);
        put_initializer(&graph, "a_zero", ONNX_UINT8, 0, 0, &zero);
    }
    put_value(&graph, 11, "a", is_int8 ? ONNX_UINT8 : ONNX_FLOAT, m, k);
    put_value(&graph, 12, "c", ONNX_FLOAT, m, n);
    put_number(&model, 1, 8);
    put_message(&model, 7, &graph);
    put_text(&opset, 1, ""), put_number(&opset, 2, 17), put_message(&model, 8, &opset);
    put_text(&opset, 1, "com.microsoft"), put_number(&opset, 2, 1), put_message(&model, 8, &opset);
    return model;
}

/* ---- the session ---- */

static void check(const ort_matmul *o, OrtStatus *status, const char *what) {
    if (status) bench_die("%s: %s", what, o->api.GetErrorMessage(status));
}

static int load_library(ort_matmul *o) {
    ort_get_api_base_fn get = NULL;
    void               *library = dlopen(XB_BENCH_ENGINES "/libonnxruntime.so", RTLD_NOW | RTLD_LOCAL);
    void               *symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
    if (!symbol) return 0;
    memcpy(&get, &symbol, sizeof get);
    long minor = strtol(get()->GetVersionString() + 2, NULL, 10); /* "1.28.2" */
    int  version = minor < ORT_API_NEWEST ? (int)minor : ORT_API_NEWEST;
    typedef void (*any_fn)(void);
    const any_fn *slots = get()->GetApi((uint32_t)version);
    if (!slots) bench_die("no interface version %d", version);
#define READ_SLOT(number, since, name, result, parameters) \
    o->api.name = version >= (since) ? (result(ORT_CALL *) parameters)slots[number] : NULL;
    ORT_SLOTS(READ_SLOT)
#undef READ_SLOT
    return 1;
}

static void ORT_CALL drop_line(void *param, OrtLoggingLevel severity, const char *category, const char *id, const char *where,
                               const char *message) {
    (void)param, (void)severity, (void)category, (void)id, (void)where, (void)message;
}

ort_matmul *ort_matmul_open(int is_int8, int64_t m, int64_t k, int64_t n, void *a, const void *b, float *c) {
    ort_matmul          *o = bench_alloc(1, sizeof *o);
    const ort_api       *api = &o->api;
    OrtThreadingOptions *pool = NULL;
    const int64_t        a_shape[] = { m, k }, c_shape[] = { m, n };
    if (!load_library(o)) {
        free(o);
        return NULL;
    }
    check(o, api->CreateThreadingOptions(&pool), "threading options");
    check(o, api->SetGlobalIntraOpNumThreads(pool, 1), "threads");
    check(o, api->SetGlobalInterOpNumThreads(pool, 1), "threads");
    check(o,
          api->CreateEnvWithCustomLoggerAndGlobalThreadPools(drop_line, NULL, ORT_LOGGING_LEVEL_ERROR, "gemm", pool, &o->env),
          "environment");
    api->ReleaseThreadingOptions(pool);
    check(o, api->CreateSessionOptions(&o->options), "session options");
    check(o, api->SetIntraOpNumThreads(o->options, 1), "threads");
    check(o, api->SetSessionGraphOptimizationLevel(o->options, ORT_ENABLE_ALL), "optimisation");
    bytes model = make_model(is_int8, m, k, n, b);
    check(o, api->CreateSessionFromArray(o->env, model.data, model.size, o->options, &o->session), "session");
    free(model.data);
    check(o, api->CreateRunOptions(&o->run_options), "run options");
    check(o, api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &o->cpu), "memory info");
    check(o, api->CreateIoBinding(o->session, &o->binding), "binding");
    check(o,
          api->CreateTensorWithDataAsOrtValue(o->cpu, a, (size_t)(m * k) * (is_int8 ? 1 : 4), a_shape, 2,
                                              is_int8 ? ONNX_UINT8 : ONNX_FLOAT, &o->a),
          "a");
    check(o, api->CreateTensorWithDataAsOrtValue(o->cpu, c, (size_t)(m * n) * 4, c_shape, 2, ONNX_FLOAT, &o->c), "c");
    check(o, api->BindInput(o->binding, "a", o->a), "a");
    check(o, api->BindOutput(o->binding, "c", o->c), "c");
    return o;
}

void ort_matmul_run(ort_matmul *o) { check(o, o->api.RunWithBinding(o->session, o->run_options, o->binding), "run"); }

void ort_matmul_close(ort_matmul *o) {
    const ort_api *api = &o->api;
    api->ReleaseIoBinding(o->binding);
    api->ReleaseValue(o->a), api->ReleaseValue(o->c);
    api->ReleaseMemoryInfo(o->cpu);
    api->ReleaseRunOptions(o->run_options);
    api->ReleaseSession(o->session);
    api->ReleaseSessionOptions(o->options);
    api->ReleaseEnv(o->env);
    free(o); /* the library stays loaded: it does not survive being unloaded in every version */
}
