/* Ten thousand damaged models on the native engine, through the public door: each loads and runs, or fails with an error that
 * says why; none takes long, none passes the memory budget, nothing leaks. They are made from the models of native_models.h and
 * from ONNX's node cases (build/node-cases, when they are there), by mutate.h, the same ones each time.
 *
 *     api_native_mutations                           all
 *     XB_MUTATION=4711 api_native_mutations          that one alone; it is written to Testing/mutation-4711.onnx
 *     XB_MUTATIONS=1000000 api_native_mutations      more than ctest has time for
 *
 * The model in work is in Testing/mutation.onnx; one that crashes is renamed to Testing/mutation-NUMBER.onnx. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "case_file.h"
#include "counted.h"
#include "mutate.h"
#include "native_models.h"

enum { MUTATIONS = DOOR_IS_SLOW ? 1500 : 10000 };
/* Of the processor, for one model: a chunk of a kernel, past its deadline, cannot be stopped. */
static const double MOST_SECONDS = DOOR_IS_SLOW ? 120 : 20;
enum { SEEDS = 2000, CASE_BYTES = 8192, DEADLINE_MS = 400, BUDGET_BYTES = 64 << 20, IN_PORTS = 8 };

typedef struct seed {
    char        name[64];
    onnx_bytes  model;
    native_port ports[IN_PORTS]; /* dims beyond 4 are not taken */
    const char *data[IN_PORTS];
    int64_t     sizes[IN_PORTS];
    int32_t     port_count;
    onnx_bytes  names;
} seed;

static seed   seeds[SEEDS];
static size_t seed_count;

/* ---- seeds ---- */

/* A TensorProto with raw data becomes input `p`. 0: it is something else. */
static int take_tensor(seed *s, int32_t p, const char *message, size_t size) {
    onnx_bytes   b = { size, size, (char *)(uintptr_t)message };
    mutate_field f;
    native_port *port = &s->ports[p];
    for (size_t at = 0; at < size && mutate_next(&b, &at, size, &f);) {
        if (f.number == 1 && f.wire == 0 && port->rank < 4) port->dims[port->rank++] = (int64_t)f.value;
        else if (f.number == 1) return 0;
        if (f.number == 2) port->dtype = (int32_t)f.value;
        if (f.number == 9) s->data[p] = message + f.body, s->sizes[p] = (int64_t)(f.end - f.body);
    }
    return s->data[p] != NULL && port->dtype != 8;
}

/* Names of the graph's inputs, in order. */
static int32_t take_names(seed *s, const char **names, int32_t most) {
    mutate_field graph, input, name;
    int32_t      count = 0;
    for (size_t at = 0; mutate_next(&s->model, &at, s->model.size, &graph);) {
        if (graph.number != 7) continue;
        for (size_t in = graph.body; in < graph.end && mutate_next(&s->model, &in, graph.end, &input) && count < most;) {
            size_t field = input.body;
            if (input.number != 11 || !mutate_next(&s->model, &field, input.end, &name) || name.number != 1) continue;
            char *copy = calloc(name.end - name.body + 1, 1);
            if (!copy) return 0;
            memcpy(copy, s->model.data + name.body, name.end - name.body);
            names[count++] = copy;
        }
    }
    return count;
}

static void add_case(const op_case *c) {
    seed       *s = &seeds[seed_count];
    const char *names[IN_PORTS];
    *s = (seed){ .port_count = 0 };
    if (c->model.size > CASE_BYTES || c->set_count < 1 || c->sets[0].input_count > IN_PORTS) return;
    onnx_bytes_add(&s->model, c->model.data, c->model.size);
    int32_t count = take_names(s, names, IN_PORTS);
    int     ok = count == c->sets[0].input_count;
    for (int32_t i = 0; ok && i < count; i++) ok = take_tensor(s, i, c->sets[0].inputs[i].data, c->sets[0].inputs[i].size);
    for (int32_t i = 0; i < count; i++) {
        if (ok) s->ports[i].name = names[i];
        else free((void *)(uintptr_t)names[i]);
    }
    s->port_count = count;
    snprintf(s->name, sizeof s->name, "%s", c->name);
    if (ok) seed_count++;
    else onnx_bytes_free(&s->model);
}

static void make_seeds(const case_file *cases) {
    for (int i = 0; i < NATIVE_MODELS; i++) {
        seed *s = &seeds[seed_count++];
        *s = (seed){ .model = native_file(&native_models[i]) };
        snprintf(s->name, sizeof s->name, "%s", native_models[i].name);
        while (s->port_count < 3 && native_models[i].inputs[s->port_count].name) {
            s->ports[s->port_count] = native_models[i].inputs[s->port_count];
            s->port_count++;
        }
    }
    for (int32_t i = 0; i < cases->count && seed_count < SEEDS; i++) add_case(&cases->cases[i]);
}

static void free_seeds(void) {
    for (size_t i = 0; i < seed_count; i++) {
        for (int32_t p = 0; p < seeds[i].port_count && i >= NATIVE_MODELS; p++) free((void *)(uintptr_t)seeds[i].ports[p].name);
        onnx_bytes_free(&seeds[i].model);
    }
}

/* ---- one model ---- */

static xybrid_status make_input(xybrid_runtime *rt, const seed *s, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *t[IN_PORTS] = { NULL };
    xybrid_status    st = XYBRID_OK;
    for (int32_t i = 0; i < s->port_count && st == XYBRID_OK; i++) {
        const native_port *p = &s->ports[i];
        st = s->data[i] ? xybrid_envelope_new_tensor(rt, p->name, p->dtype, p->dims, p->rank, s->data[i], s->sizes[i], NULL,
                                                     NULL, &t[i], err)
                        : native_tensor(rt, p, i, &t[i], err);
    }
    if (st == XYBRID_OK) st = xybrid_envelope_new_list(rt, t, s->port_count, out, err);
    for (int32_t i = 0; i < IN_PORTS; i++) xybrid_envelope_free(t[i]);
    return st;
}

typedef struct tally {
    int    loads, runs, internal;
    double slowest;
    int    slowest_number;
} tally;

static void keep(const onnx_bytes *b, int number) {
    char name[64];
    snprintf(name, sizeof name, "mutation-%d.onnx", number);
    printf("it is %s\n", door_write(name, b->data, b->size));
}

/* Loads, and runs twice on one session. A failure of the engine itself is a failed check. */
static void try_one(xybrid_runtime *rt, const seed *s, const onnx_bytes *model, int number, tally *t) {
    xybrid_error       err;
    xybrid_model      *m = NULL;
    xybrid_session    *session = NULL;
    xybrid_envelope   *in = NULL;
    xybrid_run_options o;
    clock_t            start = clock();
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    o.deadline_ms = DEADLINE_MS;
    xybrid_status st = native_load(rt, model, NULL, &m, &err);
    t->loads += !st;
    if (!st) st = xybrid_session_open(m, NULL, &session, &err);
    if (!st) st = make_input(rt, s, &in, &err);
    onnx_bytes first = { 0 };
    for (int run = 0; run < 2 && !st; run++) {
        onnx_bytes found = native_run(m, session, in, &o, &err);
        st = err.code;
        t->runs += !st && !run;
        onnx_bytes_free(&first);
        first = found;
    }
    onnx_bytes_free(&first);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (seconds > t->slowest) t->slowest = seconds, t->slowest_number = number;
    int is_internal = st && ((st & XYBRID_PRIMARY_MASK) == XYBRID_INTERNAL ||
                             (err.cause[0] & XYBRID_PRIMARY_MASK) == XYBRID_INTERNAL);
    if (is_internal || (st && !err.message[0]) || seconds > MOST_SECONDS) {
        printf("mutation %d of %s took %.1f s: %s (%s)\n", number, s->name, seconds, st ? err.message : "ok",
               xybrid_status_name(st));
        CHECK(!is_internal && (!st || err.message[0]) && seconds <= MOST_SECONDS);
        keep(model, number);
    }
    t->internal += is_internal;
    xybrid_envelope_free(in);
    xybrid_session_free(session);
    xybrid_model_free(m);
}

static volatile sig_atomic_t current;

/* The model that crashed gets its name. */
static void name_the_culprit(int signal_number) {
    char     from[] = XB_TEST_BUILD "/Testing/mutation.onnx", to[] = XB_TEST_BUILD "/Testing/mutation-0000000000.onnx\n";
    unsigned number = (unsigned)current;
    for (size_t at = sizeof to - sizeof ".onnx\n"; number; number /= 10) to[at--] = (char)('0' + number % 10);
    to[sizeof to - 2] = 0;
    (void)rename(from, to);
    to[sizeof to - 2] = '\n';
    (void)!write(1, to, sizeof to - 1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void damaged_models_end_in_errors(void) {
    counter                c = { 0 };
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &c, .alloc = counted_alloc, .free = counted_free };
    const char            *only = getenv("XB_MUTATION"), *more = getenv("XB_MUTATIONS");
    int                    first = only ? atoi(only) : 0, end = only ? first + 1 : more ? atoi(more) : MUTATIONS;
    tally                  t = { 0 };
    case_file              cases = { 0 };
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    if (!case_file_read(XB_TEST_CASES, &cases)) printf("build/node-cases is not there: the models of native_models.h alone\n");
    make_seeds(&cases);
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    int file = open(door_write("mutation.onnx", "", 0), O_RDWR);
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 1;
    o.memory_budget_bytes = BUDGET_BYTES;
    DOOR_OK(xybrid_runtime_create(&o, &rt, &err));
    static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) signal(crashes[i], name_the_culprit);
    try_one(rt, &seeds[0], &seeds[0].model, -1, &t); /* starts the engine */
    for (int number = first; number < end; number++) {
        uint64_t    state = (uint64_t)number * 7919 + 1;
        size_t      which = number % 2 ? mutate_below(&state, NATIVE_MODELS) : mutate_below(&state, seed_count);
        const seed *s = &seeds[which], *donor = &seeds[mutate_below(&state, seed_count)];
        onnx_bytes  bad = mutate(&s->model, &donor->model, (uint64_t)number + 1);
        onnx_bytes  exact = { bad.size, bad.size, malloc(bad.size ? bad.size : 1) }; /* so that a sanitizer sees its end */
        if (bad.size) memcpy(exact.data, bad.data, bad.size);
        CHECK(pwrite(file, exact.data, exact.size, 0) == (ssize_t)exact.size && ftruncate(file, (off_t)exact.size) == 0);
        if (only) keep(&exact, number);
        int64_t live = c.live;
        current = number;
        try_one(rt, s, &exact, number, &t);
#if defined(XB_CHECKED_HANDLES)
        live = c.live; /* freed handles are kept */
#endif
        if (c.live != live) {
            printf("mutation %d of %s leaves %lld blocks\n", number, s->name, (long long)(c.live - live));
            CHECK_INT(c.live, live);
            keep(&exact, number);
        }
        onnx_bytes_free(&bad);
        onnx_bytes_free(&exact);
    }
    xybrid_runtime_free(rt);
    CHECK_INT(c.live, 0);
    close(file);
    remove(XB_TEST_BUILD "/Testing/mutation.onnx");
    printf("%zu seeds; %d loaded, %d ran; the slowest took %.3f s (%d)\n", seed_count, t.loads, t.runs, t.slowest,
           t.slowest_number);
    CHECK(only || (t.loads > end / 20 && t.runs > end / 50)); /* damage that goes deep, too */
    free_seeds();
    case_file_free(&cases);
}

CHECK_MAIN(RUN(damaged_models_end_in_errors))
