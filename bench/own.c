/* bench/own.c - see own.h. */
#include "own.h"

#include <stdlib.h>

#include "bench.h"

struct own {
    silero_memory     *memory;
    xybrid_runtime    *rt;
    xybrid_model      *model;
    xybrid_session    *session;
    xybrid_envelope   *in;
    xybrid_envelope   *into;
    xybrid_run_options options, options_into;
};

struct own_null {
    xybrid_runtime    *rt;
    xybrid_model      *model;
    xybrid_session    *session;
    xybrid_envelope   *in;
    xybrid_run_options options;
};

static xybrid_runtime *make_runtime(const char *library, int threads) {
    xybrid_error           err;
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options o;
    char                   config[4096];
    xybrid_runtime_options_init(&o, sizeof o);
    o.threads = threads;
    o.flags = XYBRID_RUNTIME_TELEMETRY_IS_OFF; /* main has set the variable */
    if (library) {
        int size = snprintf(config, sizeof config, "{\"onnxruntime\":{\"library\":\"%s\"}}", library);
        if (size < 0 || size >= (int)sizeof config || strpbrk(library, "\"\\"))
            bench_die("%s is no path for this program", library);
        o.engine_config = config;
    }
    bench_check(xybrid_runtime_create(&o, &rt, &err), &err, "runtime");
    return rt;
}

static xybrid_envelope *make_tensor(xybrid_runtime *rt, const char *name, xybrid_dtype dtype, const int64_t *shape,
                                    int32_t rank, void *data, size_t size) {
    xybrid_error     err;
    xybrid_envelope *e = NULL;
    bench_check(
        xybrid_envelope_new_tensor(rt, name, dtype, shape, rank, data, (int64_t)size, xybrid_release_none, NULL, &e, &err),
        &err, name);
    return e;
}

/* A List of the items, which it takes over. */
static xybrid_envelope *make_list(xybrid_runtime *rt, xybrid_envelope **items, int32_t count) {
    xybrid_error     err;
    xybrid_envelope *list = NULL;
    bench_check(xybrid_envelope_new_list(rt, items, count, &list, &err), &err, "list");
    for (int32_t i = 0; i < count; i++) xybrid_envelope_free(items[i]);
    return list;
}

own *own_open(const char *library, const char *model, int threads, silero_memory *m) {
    xybrid_error        err;
    xybrid_load_options options;
    own                *o = bench_alloc(1, sizeof *o);
    xybrid_load_options_init(&options, sizeof options);
    options.engine = "onnxruntime";
    o->memory = m;
    o->rt = make_runtime(library, threads);
    bench_check(xybrid_model_load(o->rt, model, &options, &o->model, &err), &err, model);
    bench_check(xybrid_session_open(o->model, NULL, &o->session, &err), &err, "session");
    o->in = make_list(o->rt,
                      (xybrid_envelope *[]){
                          make_tensor(o->rt, "input", XYBRID_FLOAT32, silero_input_shape, 2, m->input, sizeof m->input),
                          make_tensor(o->rt, "state", XYBRID_FLOAT32, silero_state_shape, 3, m->state, sizeof m->state),
                          make_tensor(o->rt, "sr", XYBRID_INT64, NULL, 0, &m->rate_hz, sizeof m->rate_hz),
                      },
                      3);
    o->into = make_list(
        o->rt,
        (xybrid_envelope *[]){
            make_tensor(o->rt, "output", XYBRID_FLOAT32, silero_output_shape, 2, m->output, sizeof m->output),
            make_tensor(o->rt, "stateN", XYBRID_FLOAT32, silero_state_shape, 3, m->new_state, sizeof m->new_state),
        },
        2);
    xybrid_run_options_init(&o->options, sizeof o->options);
    o->options.flags = XYBRID_RUN_RAW;
    o->options_into = o->options;
    o->options_into.into = o->into;
    return o;
}

void own_run_into(void *own_) {
    own         *o = own_;
    xybrid_error err;
    bench_check(xybrid_session_run(o->session, o->in, &o->options_into, NULL, &err), &err, "run");
}

void own_run_session(void *own_) {
    own             *o = own_;
    xybrid_error     err;
    xybrid_envelope *out = NULL;
    bench_check(xybrid_session_run(o->session, o->in, &o->options, &out, &err), &err, "run");
    const float *probability = xybrid_envelope_floats(xybrid_envelope_find(out, "output"), NULL);
    if (!probability) bench_die("the model has no output \"output\" of float32");
    o->memory->output[0] = *probability;
    xybrid_envelope_free(out);
}

void own_close(void *own_) {
    own *o = own_;
    xybrid_envelope_free(o->into);
    xybrid_envelope_free(o->in);
    xybrid_session_free(o->session);
    xybrid_model_free(o->model);
    xybrid_runtime_free(o->rt);
    free(o);
}

own_null *own_null_open(void) {
    static const float input[1] = { 1 };
    xybrid_error       err;
    own_null          *n = bench_alloc(1, sizeof *n);
    n->rt = make_runtime(NULL, 1);
    bench_check(xybrid_model_load(n->rt, XB_BENCH_PACKS "/null", NULL, &n->model, &err), &err, "the null model");
    bench_check(xybrid_session_open(n->model, NULL, &n->session, &err), &err, "session");
    n->in = make_tensor(n->rt, "input", XYBRID_FLOAT32, (int64_t[]){ 1 }, 1, (void *)(uintptr_t)input, sizeof input);
    xybrid_run_options_init(&n->options, sizeof n->options);
    n->options.flags = XYBRID_RUN_RAW;
    return n;
}

void own_null_run(own_null *n) {
    xybrid_error     err;
    xybrid_envelope *out = NULL;
    bench_check(xybrid_session_run(n->session, n->in, &n->options, &out, &err), &err, "run");
    xybrid_envelope_free(out);
}

void own_null_close(own_null *n) {
    xybrid_envelope_free(n->in);
    xybrid_session_free(n->session);
    xybrid_model_free(n->model);
    xybrid_runtime_free(n->rt);
    free(n);
}
