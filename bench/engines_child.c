/* bench/engines_child.c - see engines.h: both engines as arms that do the same, and what is measured of them.
 *
 *     start   library, environment, pool of threads
 *     open    every model and a session on it, from the path of its file      <- create
 *     bind    inputs and outputs, all in memory of this program
 *     run     every net once                                                  <- the first run, steady runs
 *     close   sessions and models */
#include "engines.h"

#include "codec/json.h"
#include "raw_ort.h"

enum {
    STEADY_RUNS_BEFORE_MEMORY = 3,
    TRACED_RUNS = 25,
    MAX_SAMPLES = 200,
    LEAST_SAMPLES = 3,
    CREATE_NS = 250000000, /* of each arm and process, if there is no less than one sample */
    STEADY_NS = 300000000,
    PROFILE_NS = 2000000000,
    SAMPLE_NS = 1000000 /* runs that are shorter are measured several at a time */
};

typedef struct child {
    const child_setting *setting;
    record               record;
    xb_mem               mem;
    xb_tensor            outputs[MAX_NETS][MAX_NET_PORTS];
    zoo_side             side; /* native */
    zoo_net             *nets[MAX_NETS];
    raw_ort             *raw;
    raw_ort_net         *raw_nets[MAX_NETS];
} child;

typedef struct arm {
    xybrid_status (*start)(child *c, xybrid_error *err);
    xybrid_status (*open)(child *c, xybrid_error *err);
    xybrid_status (*bind)(child *c, xybrid_error *err);
    xybrid_status (*run)(child *c, xybrid_error *err);
    void (*close)(child *c);
} arm;

/* ---- native ---- */

static xybrid_status native_start(child *c, xybrid_error *err) {
    return zoo_side_open(&c->side, "native", NULL, c->setting->cache, c->setting->threads, NULL, err);
}

static xybrid_status native_open(child *c, xybrid_error *err) {
    for (int i = 0; i < c->record.net_count; i++) XB_TRY(zoo_open(&c->side, c->record.nets[i].path, &c->nets[i], err));
    return XYBRID_OK;
}

static xybrid_status native_bind(child *c, xybrid_error *err) {
    for (int i = 0; i < c->record.net_count; i++) {
        const net_record *n = &c->record.nets[i];
        for (int32_t k = 0; k < n->input_count; k++) {
            const port *p = &n->inputs[k];
            xb_tensor   t = zoo_wrap(c->record.bytes + p->at, p->dtype, p->rank, p->dims);
            XB_TRY(zoo_bind(c->nets[i], p->name, &t, err));
        }
        for (int32_t k = 0; k < n->output_count; k++) {
            int32_t index = xb_engine_model_find(c->nets[i]->model, XYBRID_OUTPUT, n->outputs[k].name);
            c->nets[i]->wanted[index] = (uint8_t)n->outputs[k].is_wanted;
            if (n->outputs[k].is_wanted) c->nets[i]->outputs[index] = xb_tensor_keep(&c->outputs[i][k]);
        }
    }
    return XYBRID_OK;
}

static xybrid_status native_run(child *c, xybrid_error *err) {
    for (int i = 0; i < c->record.net_count; i++) XB_TRY(zoo_run(c->nets[i], err));
    return XYBRID_OK;
}

static void native_close(child *c) { zoo_side_clear(&c->side); }

/* ---- ONNX Runtime; what fails there ends the program ---- */

static xybrid_status ort_start(child *c, xybrid_error *err) {
    (void)err;
    const child_setting *s = c->setting;
    c->raw = raw_ort_new(&(raw_ort_options){ s->library, s->threads, .spins = s->spins, .has_memory_patterns = 1 });
    return XYBRID_OK;
}

static xybrid_status ort_open(child *c, xybrid_error *err) {
    (void)err;
    for (int i = 0; i < c->record.net_count; i++) c->raw_nets[i] = raw_ort_open(c->raw, c->record.nets[i].path);
    return XYBRID_OK;
}

static void bind_raw(raw_ort_net *net, int way, const port *p, void *data) {
    raw_ort_bind(net, way, p->name, p->dtype, p->dims, (size_t)p->rank, data, (size_t)p->size_bytes);
}

static xybrid_status ort_bind(child *c, xybrid_error *err) {
    (void)err;
    for (int i = 0; i < c->record.net_count; i++) {
        const net_record *n = &c->record.nets[i];
        for (int32_t k = 0; k < n->input_count; k++)
            bind_raw(c->raw_nets[i], XYBRID_INPUT, &n->inputs[k], c->record.bytes + n->inputs[k].at);
        for (int32_t k = 0; k < n->output_count; k++)
            if (n->outputs[k].is_wanted) bind_raw(c->raw_nets[i], XYBRID_OUTPUT, &n->outputs[k], c->outputs[i][k].data);
    }
    return XYBRID_OK;
}

static xybrid_status ort_run(child *c, xybrid_error *err) {
    (void)err;
    for (int i = 0; i < c->record.net_count; i++) raw_ort_run(c->raw_nets[i]);
    return XYBRID_OK;
}

static void ort_close(child *c) {
    for (int i = 0; i < c->record.net_count; i++) raw_ort_close(c->raw_nets[i]);
}

static const arm arms[ARMS] = {
    [NATIVE] = { native_start, native_open, native_bind, native_run, native_close },
    [ORT] = { ort_start, ort_open, ort_bind, ort_run, ort_close },
};

/* ---- both ---- */

/* Reads the inputs and makes memory for the outputs, which is touched now. */
static child *make_child(const child_setting *s) {
    static child c;
    xybrid_error err;
    c.setting = s;
    record_read(s->record, &c.record);
    xb_mem_init(&c.mem, NULL, NULL, NULL, XYBRID_AUTO);
    for (int i = 0; i < c.record.net_count; i++)
        for (int32_t k = 0; k < c.record.nets[i].output_count; k++) {
            const port *p = &c.record.nets[i].outputs[k];
            bench_check(xb_tensor_new(&c.mem, p->dtype, p->rank, p->dims, &c.outputs[i][k], &err), &err, p->name);
            memset(c.outputs[i][k].data, 0, (size_t)p->size_bytes);
        }
    return &c;
}

static xybrid_status open_bound(child *c, int which, xybrid_error *err) {
    XB_TRY(arms[which].open(c, err));
    return arms[which].bind(c, err);
}

/* ---- times ---- */

typedef struct clocks {
    int64_t ns[CLOCKS];
} clocks;

static clocks now(void) { return (clocks){ { [CPU] = bench_process_cpu_ns(), [WALL] = bench_wall_ns() } }; }

typedef struct samples {
    double ms[CLOCKS][MAX_SAMPLES];
    int    count;
} samples;

/* One more sample, for `runs` of what began at `from`. */
static void note(samples *s, clocks from, int runs) {
    clocks to = now();
    for (int k = 0; k < CLOCKS; k++) s->ms[k][s->count] = (double)(to.ns[k] - from.ns[k]) / 1e6 / runs;
    s->count++;
}

static void take_medians(samples *s, double out[CLOCKS]) {
    for (int k = 0; k < CLOCKS; k++) out[k] = bench_spread_of(s->ms[k], (size_t)s->count).p50;
}

static xybrid_status create_once(child *c, int which, samples *create, samples *first, xybrid_error *err) {
    clocks from = now();
    XB_TRY(arms[which].open(c, err));
    note(create, from, 1);
    XB_TRY(arms[which].bind(c, err));
    from = now();
    XB_TRY(arms[which].run(c, err));
    note(first, from, 1);
    return XYBRID_OK;
}

/* Fresh sessions of the arms in turn, behind one of each that warms up. The last ones stay open. */
static xybrid_status time_creation(child *c, times *out, xybrid_error *err) {
    static samples create[ARMS], first[ARMS];
    for (int round = 0, is_last = 0; !is_last; round++) {
        if (round == 1) memset(create, 0, sizeof create), memset(first, 0, sizeof first);
        int64_t start_ns = bench_wall_ns();
        for (int turn = 0; turn < ARMS; turn++) {
            int which = (round + turn + c->setting->round) % ARMS;
            if (round) arms[which].close(c);
            XB_TRY(create_once(c, which, &create[which], &first[which], err));
        }
        int64_t spent_ns = (bench_wall_ns() - start_ns) * round;
        is_last = round > 0 && (round + 1 == MAX_SAMPLES || spent_ns > ARMS * (int64_t)CREATE_NS);
    }
    for (int which = 0; which < ARMS; which++) {
        take_medians(&create[which], out->create[which]);
        take_medians(&first[which], out->first[which]);
    }
    return XYBRID_OK;
}

static xybrid_status run_several(child *c, int which, int runs, xybrid_error *err) {
    for (int i = 0; i < runs; i++) XB_TRY(arms[which].run(c, err));
    return XYBRID_OK;
}

/* Blocks of runs of the arms in turn. */
static xybrid_status time_runs(child *c, times *out, xybrid_error *err) {
    static samples run[ARMS];
    int            runs[ARMS];
    int64_t        block_ns = 1;
    for (int which = 0; which < ARMS; which++) {
        int64_t start_ns = bench_wall_ns();
        XB_TRY(run_several(c, which, 1, err));
        int64_t one_ns = bench_wall_ns() - start_ns + 1;
        runs[which] = (int)(SAMPLE_NS / one_ns) + 1;
        block_ns += one_ns * runs[which];
        XB_TRY(run_several(c, which, runs[which], err));
    }
    int64_t count = ARMS * (int64_t)STEADY_NS / block_ns;
    count = count < LEAST_SAMPLES ? LEAST_SAMPLES : count < MAX_SAMPLES ? count : MAX_SAMPLES;
    for (int64_t i = 0; i < count; i++)
        for (int turn = 0; turn < ARMS; turn++) {
            int    which = (int)((i + turn) % ARMS);
            clocks from = now();
            XB_TRY(run_several(c, which, runs[which], err));
            note(&run[which], from, runs[which]);
        }
    for (int which = 0; which < ARMS; which++) take_medians(&run[which], out->run[which]);
    return XYBRID_OK;
}

static xybrid_status time_all(child *c, times *out, xybrid_error *err) {
    for (int which = 0; which < ARMS; which++) XB_TRY(arms[which].start(c, err));
    XB_TRY(time_creation(c, out, err));
    return time_runs(c, out, err);
}

/* As an application's first run ever: what it packs is there for the next ones. */
void child_prime(const child_setting *s) {
    xybrid_error err;
    child       *c = make_child(s);
    if (native_start(c, &err) == XYBRID_OK && open_bound(c, NATIVE, &err) == XYBRID_OK) (void)native_run(c, &err);
}

void child_times(const child_setting *s, times *out) {
    xybrid_error err;
    memset(out, 0, sizeof *out);
    if (time_all(make_child(s), out, &err) != XYBRID_OK) snprintf(out->failure, sizeof out->failure, "%.255s", err.message);
}

/* ---- steps ---- */

static double number_of(const xb_json *step, const char *key) {
    double value = 0;
    xb_json_double(xb_json_get(step, key), &value);
    return value;
}

static const char *text_of(const xb_json *step, const char *key) {
    const char *text = "";
    size_t      size;
    xb_json_string(xb_json_get(step, key), &text, &size);
    return text;
}

static xybrid_status read_profile(child *c, int net, xb_json_doc **out, xybrid_error *err) {
    const char *text = xb_engine_session_profile(c->nets[net]->session);
    if (!text) return xb_fail(err, XYBRID_INTERNAL, NULL, "the native engine gives no profile");
    return xb_json_parse(&c->mem, text, (int64_t)strlen(text), XB_MAX_JSON_BYTES, out, err);
}

/* What the plans of a traced run need. Blocks of segments that follow one another are there at the same time. */
static xybrid_status read_plans(child *c, memory *out, xybrid_error *err) {
    c->side.is_traced = 1;
    XB_TRY(arms[NATIVE].run(c, err));
    for (int i = 0; i < c->record.net_count; i++) {
        xb_json_doc *doc = NULL;
        int64_t      scratch_bytes = 0;
        XB_TRY(read_profile(c, i, &doc, err));
        for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it);) {
            int64_t scratch = (int64_t)number_of(it.value, "segment_scratch_bytes");
            out->live_bytes += (int64_t)number_of(it.value, "segment_live_bytes");
            out->block_bytes += (int64_t)number_of(it.value, "segment_block_bytes");
            out->plan_bytes += (int64_t)number_of(it.value, "segment_plan_bytes");
            out->packed_bytes += (int64_t)number_of(it.value, "packed_bytes");
            if (scratch > scratch_bytes) scratch_bytes = scratch;
        }
        out->scratch_bytes += scratch_bytes * c->setting->threads;
        xb_json_free(doc);
    }
    return XYBRID_OK;
}

/* ---- memory ---- */

/* Anonymous pages: private, whether written to since or not; pages of mapped files are not among them. */
static int64_t private_now(void) { return bench_proc_kib("/proc/self/smaps_rollup", "Anonymous") * 1024; }

static int64_t peak_now(void) { return bench_proc_kib("/proc/self/status", "VmHWM") * 1024; }

/* The peak is what is there now; systems that refuse leave it as it was. */
static void forget_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (!file) return;
    fputs("5", file);
    fclose(file);
}

static xybrid_status measure_memory(child *c, int which, memory *out, xybrid_error *err) {
    int64_t before = private_now(), start_ns = bench_wall_ns();
    XB_TRY(arms[which].start(c, err));
    out->library_ms = (double)(bench_wall_ns() - start_ns) / 1e6;
    forget_peak();
    int64_t peak = peak_now(), empty = private_now();
    out->library_bytes = empty - before;
    XB_TRY(open_bound(c, which, err));
    XB_TRY(run_several(c, which, 1 + STEADY_RUNS_BEFORE_MEMORY, err));
    out->private_bytes = private_now() - empty;
    out->peak_bytes = peak_now() - peak;
    return which == NATIVE ? read_plans(c, out, err) : XYBRID_OK;
}

void child_memory(const child_setting *s, int which, memory *out) {
    xybrid_error err;
    memset(out, 0, sizeof *out);
    if (measure_memory(make_child(s), which, out, &err) != XYBRID_OK)
        snprintf(out->failure, sizeof out->failure, "%.255s", err.message);
}

/* ---- profiles ---- */

typedef struct step_time {
    double best_ms;
    char   kernel[40], text[120];
} step_time;

typedef struct step_times {
    step_time *steps;
    size_t     count, capacity;
} step_times;

/* Adds net's last run to the steps from `at` on: the shortest time of each counts. */
static xybrid_status add_steps(child *c, int net, int is_first, size_t *at, step_times *all, xybrid_error *err) {
    xb_json_doc *doc = NULL;
    XB_TRY(read_profile(c, net, &doc, err));
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it); (*at)++) {
        double ms = number_of(it.value, "dur_us") / 1000;
        if (is_first) {
            void *steps = all->steps;
            XB_TRY(xb_grow(&c->mem, &steps, &all->capacity, all->count, sizeof *all->steps, XB_MAX_PLAN_STEPS, "steps", err));
            all->steps = steps;
            step_time *s = &all->steps[all->count++];
            s->best_ms = ms;
            snprintf(s->kernel, sizeof s->kernel, "%s", text_of(it.value, "kernel"));
            snprintf(s->text, sizeof s->text, "%.20s %.24s %.10s %.6s  %.50s", s->kernel, text_of(it.value, "shape"),
                     text_of(it.value, "type"), text_of(it.value, "layout"), text_of(it.value, "name"));
        } else if (*at < all->count && ms < all->steps[*at].best_ms) {
            all->steps[*at].best_ms = ms;
        }
    }
    xb_json_free(doc);
    return XYBRID_OK;
}

static xybrid_status trace_runs(child *c, step_times *all, xybrid_error *err) {
    XB_TRY(native_start(c, err));
    XB_TRY(open_bound(c, NATIVE, err));
    XB_TRY(run_several(c, NATIVE, 1, err));
    c->side.is_traced = 1;
    int64_t start_ns = bench_wall_ns();
    for (int run = 0; run < TRACED_RUNS && (run < 3 || bench_wall_ns() - start_ns < PROFILE_NS); run++) {
        size_t at = 0;
        XB_TRY(native_run(c, err));
        for (int net = 0; net < c->record.net_count; net++) XB_TRY(add_steps(c, net, run == 0, &at, all, err));
    }
    return XYBRID_OK;
}

static void add_group(profile *out, const step_time *s) {
    int at = 0;
    while (at < out->group_count && strcmp(out->groups[at].kernel, s->kernel) != 0) at++;
    if (at == MAX_GROUPS) at--;
    else if (at == out->group_count) {
        out->group_count++;
        snprintf(out->groups[at].kernel, sizeof out->groups[at].kernel, "%s", s->kernel);
    }
    out->groups[at].steps++;
    out->groups[at].ms += s->best_ms;
    out->total_ms += s->best_ms;
}

static void add_top(profile *out, const step_time *s) {
    int at = out->top_count < MAX_TOP ? out->top_count++ : MAX_TOP - 1;
    if (at == MAX_TOP - 1 && out->top[at].ms > s->best_ms) return;
    for (; at > 0 && out->top[at - 1].ms < s->best_ms; at--) out->top[at] = out->top[at - 1];
    out->top[at].ms = s->best_ms;
    snprintf(out->top[at].text, sizeof out->top[at].text, "%s", s->text);
}

static void sort_groups(profile *out) {
    for (int i = 1; i < out->group_count; i++)
        for (int k = i; k > 0 && out->groups[k].ms > out->groups[k - 1].ms; k--) {
            profile swap = { .groups = { out->groups[k] } };
            out->groups[k] = out->groups[k - 1];
            out->groups[k - 1] = swap.groups[0];
        }
}

void child_profile(const child_setting *s, profile *out) {
    xybrid_error err;
    step_times   all = { 0 };
    memset(out, 0, sizeof *out);
    if (trace_runs(make_child(s), &all, &err) != XYBRID_OK) snprintf(out->failure, sizeof out->failure, "%.255s", err.message);
    for (size_t i = 0; i < all.count; i++) {
        add_group(out, &all.steps[i]);
        add_top(out, &all.steps[i]);
    }
    sort_groups(out);
}
