/* bench/overhead.c - what a call through Xybrid costs above the same call through ONNX Runtime's C interface.
 *
 *     per call    pairs of one call each, in one process: raw beside raw (how exact the method is), raw beside xybrid that
 *                 writes into the caller's memory, raw beside xybrid with outputs of its own; and the null engine alone
 *     per start   fresh processes in turn: time from the start of main to the first result, private memory after 100 runs more
 *
 * Both arms load the same library with the same session options and threads, and run the same model on the same numbers. Where
 * the weights of a session happen to lie changes its speed by some per cent, so both arms are made anew for each block of
 * pairs. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocs.h"
#include "bench.h"
#include "own.h"
#include "raw_ort.h"

enum { RAW, RAW_AGAIN, INTO, SESSION, ARMS, BLOCKS = 24, WARM_UP_RUNS = 50, STEADY_RUNS = 100, PATH_BYTES = 4096 };

typedef struct setting {
    char library[PATH_BYTES], model[PATH_BYTES];
    int  pairs, starts, threads;
} setting;

static char version[64]; /* of ONNX Runtime */

/* ---- the arms ---- */

typedef struct raw_arm { /* with an environment of its own, as xybrid's has */
    raw_ort     *raw;
    raw_ort_net *net;
} raw_arm;

static raw_arm *open_raw(const setting *s, silero_memory *m) {
    raw_arm *a = bench_alloc(1, sizeof *a);
    a->raw = raw_ort_new(&(raw_ort_options){ .library = s->library, .threads = s->threads });
    a->net = raw_ort_open(a->raw, s->model);
    raw_ort_bind(a->net, XYBRID_INPUT, "input", XYBRID_FLOAT32, silero_input_shape, 2, m->input, sizeof m->input);
    raw_ort_bind(a->net, XYBRID_INPUT, "state", XYBRID_FLOAT32, silero_state_shape, 3, m->state, sizeof m->state);
    raw_ort_bind(a->net, XYBRID_INPUT, "sr", XYBRID_INT64, NULL, 0, &m->rate_hz, sizeof m->rate_hz);
    raw_ort_bind(a->net, XYBRID_OUTPUT, "output", XYBRID_FLOAT32, silero_output_shape, 2, m->output, sizeof m->output);
    raw_ort_bind(a->net, XYBRID_OUTPUT, "stateN", XYBRID_FLOAT32, silero_state_shape, 3, m->new_state, sizeof m->new_state);
    return a;
}

static void run_raw(void *handle) { raw_ort_run(((raw_arm *)handle)->net); }

static void close_raw(void *handle) {
    raw_arm *a = handle;
    raw_ort_close(a->net);
    raw_ort_free(a->raw);
    free(a);
}

typedef struct arm {
    const char *name, *title;
    void (*run)(void *handle);
    void (*close)(void *handle);
} arm;

static const arm arms[ARMS] = {
    [RAW] = { "raw", "raw ONNX Runtime", run_raw, close_raw },
    [RAW_AGAIN] = { "raw_again", "raw again", run_raw, close_raw },
    [INTO] = { "into", "xybrid, into", own_run_into, own_close },
    [SESSION] = { "session", "xybrid, session", own_run_session, own_close },
};

static void *open_arm(int which, const setting *s, silero_memory *memory) {
    silero_fill(memory);
    if (which == INTO || which == SESSION) return own_open(s->library, s->model, s->threads, memory);
    int64_t  before = allocs_count();
    raw_arm *raw = open_raw(s, memory);
    if (allocs_count() - before < 1000) bench_die("allocations of ONNX Runtime are not seen on this system");
    snprintf(version, sizeof version, "%s", raw_ort_version(raw->raw));
    return raw;
}

/* ---- per call ---- */

typedef struct samples {
    double *wall_us, *cpu_us;
    int64_t allocs;      /* of all calls */
    int64_t most_allocs; /* of one call */
} samples;

static samples make_samples(int count) {
    return (samples){ .wall_us = bench_alloc((size_t)count, sizeof(double)),
                      .cpu_us = bench_alloc((size_t)count, sizeof(double)) };
}

static void free_samples(samples *s) {
    free(s->wall_us);
    free(s->cpu_us);
}

typedef struct reading {
    int64_t wall_ns, cpu_ns, allocs;
} reading;

static reading read_before(void) {
    reading r = { .allocs = allocs_count(), .cpu_ns = bench_cpu_ns() };
    r.wall_ns = bench_wall_ns();
    return r;
}

static void note(samples *s, int at, reading before) {
    int64_t wall_ns = bench_wall_ns(), cpu_ns = bench_cpu_ns(), allocs = allocs_count() - before.allocs;
    s->wall_us[at] = (double)(wall_ns - before.wall_ns) / 1000;
    s->cpu_us[at] = (double)(cpu_ns - before.cpu_ns) / 1000;
    s->allocs += allocs;
    if (allocs > s->most_allocs) s->most_allocs = allocs;
}

static void check_equal(const silero_memory *raw, const silero_memory *other) {
    if (raw->output[0] != other->output[0])
        bench_die("the arms do not agree: %.9g and %.9g", (double)raw->output[0], (double)other->output[0]);
}

/* Pairs from `from` up to `to`: a b a b ..., so that each call finds the caches as the other arm left them. `first` begins. */
static void run_pairs(const arm *const both[2], void *const handles[2], samples out[2], int first, int from, int to) {
    for (int pair = from; pair < to; pair++)
        for (int turn = 0; turn < 2; turn++) {
            int     which = first ^ turn;
            reading before = read_before();
            both[which]->run(handles[which]);
            note(&out[which], pair, before);
        }
}

/* Raw beside `other`; out[0] is raw's. Who is opened first and who runs first changes from block to block. */
static void run_contest(const setting *s, int other, samples out[2]) {
    static silero_memory memory[2];
    const arm *const     both[2] = { &arms[RAW], &arms[other] };
    for (int block = 0; block < BLOCKS; block++) {
        void *handles[2];
        for (int turn = 0; turn < 2; turn++) {
            int which = (block / 2 % 2) ^ turn;
            handles[which] = open_arm(which ? other : RAW, s, &memory[which]);
        }
        for (int i = 0; i < WARM_UP_RUNS; i++)
            for (int which = 0; which < 2; which++) both[which]->run(handles[which]);
        int64_t from = (int64_t)s->pairs * block / BLOCKS, to = (int64_t)s->pairs * (block + 1) / BLOCKS;
        run_pairs(both, handles, out, block % 2, (int)from, (int)to);
        if (to > from) check_equal(&memory[0], &memory[1]);
        for (int which = 0; which < 2; which++) both[which]->close(handles[which]);
    }
}

/* The spread of what `other` took more than raw in the same pair. */
static bench_spread paired(const double *other, const double *raw, int count) {
    double *more = bench_alloc((size_t)count, sizeof *more);
    for (int i = 0; i < count; i++) more[i] = other[i] - raw[i];
    bench_spread spread = bench_spread_of(more, (size_t)count);
    free(more);
    return spread;
}

typedef struct verdict {               /* of one arm against raw */
    double       wall_us, wall_us_p99; /* difference of the medians, of the 99th percentiles */
    double       cpu_us, cpu_us_p99;
    double       allocs;
    bench_spread paired_us, paired_cpu_us;
} verdict;

static void print_heading(void) {
    printf("%-20s %9s %8s %8s %9s   %8s %8s %8s %8s %9s\n", "per call, us", "wall p25", "p50", "p75", "p99", "cpu p25", "p50",
           "p75", "p99", "allocs");
}

/* Prints and writes one row; sorts the samples. */
static void report_arm(bench_json *json, const arm *a, samples *s, int count, bench_spread *wall, bench_spread *cpu) {
    double allocs = (double)s->allocs / count;
    *wall = bench_spread_of(s->wall_us, (size_t)count);
    *cpu = bench_spread_of(s->cpu_us, (size_t)count);
    printf("  %-18s %9.2f %8.2f %8.2f %9.2f   %8.2f %8.2f %8.2f %8.2f %9.3f\n", a->title, wall->p25, wall->p50, wall->p75,
           wall->p99, cpu->p25, cpu->p50, cpu->p75, cpu->p99, allocs);
    bench_json_begin(json, a->name);
    bench_json_spread(json, "wall_us", *wall);
    bench_json_spread(json, "cpu_us", *cpu);
    bench_json_number(json, "allocs", allocs);
    bench_json_number(json, "most_allocs", (double)s->most_allocs);
    bench_json_end(json);
}

static void report_verdict(bench_json *json, const verdict *v) {
    printf("  %-18s %+9.2f at the median, by pairs %+.2f [%+.2f %+.2f]; p99 %+.2f\n", "difference", v->wall_us,
           v->paired_us.p50, v->paired_us.p25, v->paired_us.p75, v->wall_us_p99);
    printf("  %-18s %+9.2f at the median, by pairs %+.2f [%+.2f %+.2f]; p99 %+.2f; allocations %+.3f\n", "  of cpu time",
           v->cpu_us, v->paired_cpu_us.p50, v->paired_cpu_us.p25, v->paired_cpu_us.p75, v->cpu_us_p99, v->allocs);
    bench_json_number(json, "per_call_us", v->wall_us);
    bench_json_number(json, "per_call_us_p99", v->wall_us_p99);
    bench_json_number(json, "per_call_cpu_us", v->cpu_us);
    bench_json_number(json, "per_call_cpu_us_p99", v->cpu_us_p99);
    bench_json_number(json, "allocs_per_call", v->allocs);
    bench_json_spread(json, "paired_us", v->paired_us);
    bench_json_spread(json, "paired_cpu_us", v->paired_cpu_us);
}

/* One contest, its rows and its object in the JSON. */
static verdict bench_contest(const setting *s, int other, bench_json *json) {
    samples      out[2] = { make_samples(s->pairs), make_samples(s->pairs) };
    bench_spread wall[2], cpu[2];
    run_contest(s, other, out);
    verdict v = { .allocs = (double)(out[1].allocs - out[0].allocs) / s->pairs };
    v.paired_us = paired(out[1].wall_us, out[0].wall_us, s->pairs);
    v.paired_cpu_us = paired(out[1].cpu_us, out[0].cpu_us, s->pairs);
    bench_json_begin(json, arms[other].name);
    for (int which = 0; which < 2; which++) {
        report_arm(json, &arms[which ? other : RAW], &out[which], s->pairs, &wall[which], &cpu[which]);
        free_samples(&out[which]);
    }
    v.wall_us = wall[1].p50 - wall[0].p50;
    v.wall_us_p99 = wall[1].p99 - wall[0].p99;
    v.cpu_us = cpu[1].p50 - cpu[0].p50;
    v.cpu_us_p99 = cpu[1].p99 - cpu[0].p99;
    report_verdict(json, &v);
    bench_json_end(json);
    return v;
}

static double larger(double a, double b) { return a > b ? a : b; }

static void bench_calls(const setting *s, bench_json *json) {
    print_heading();
    bench_json_begin(json, "contests");
    bench_contest(s, RAW_AGAIN, json);
    verdict a = bench_contest(s, INTO, json), b = bench_contest(s, SESSION, json);
    bench_json_end(json);
    /* what counts is the worse of the two */
    bench_json_number(json, "per_call_us", larger(a.wall_us, b.wall_us));
    bench_json_number(json, "per_call_us_p99", larger(a.wall_us_p99, b.wall_us_p99));
    bench_json_number(json, "per_call_cpu_us", larger(a.cpu_us, b.cpu_us));
    bench_json_number(json, "per_call_cpu_us_p99", larger(a.cpu_us_p99, b.cpu_us_p99));
    bench_json_number(json, "allocs_per_call", larger(a.allocs, b.allocs));
}

static void bench_null(const setting *s, bench_json *json) {
    static const arm row = { .name = "null", .title = "xybrid, no engine" };
    own_null        *null = own_null_open();
    samples          all = make_samples(s->pairs);
    bench_spread     wall, cpu;
    for (int i = 0; i < WARM_UP_RUNS; i++) own_null_run(null);
    for (int i = 0; i < s->pairs; i++) {
        reading before = read_before();
        own_null_run(null);
        note(&all, i, before);
    }
    report_arm(json, &row, &all, s->pairs, &wall, &cpu);
    free_samples(&all);
    own_null_close(null);
}

/* ---- per start: the child ---- */

/* One start: until the first result, of the wall clock and of the processor; memory after the steady runs. */
enum { START_MS, START_CPU_MS, START_KIB, FIGURES };

typedef struct start {
    double figures[FIGURES];
} start;

_Noreturn static void run_child(const setting *s, const char *name, int64_t wall_ns, int64_t cpu_ns) {
    static silero_memory memory;
    int                  which = strcmp(name, arms[RAW].name) == 0 ? RAW : SESSION;
    void                *handle = open_arm(which, s, &memory);
    arms[which].run(handle);
    start one = { { (double)(bench_wall_ns() - wall_ns) / 1e6, (double)(bench_process_cpu_ns() - cpu_ns) / 1e6, 0 } };
    for (int i = 0; i < STEADY_RUNS; i++) arms[which].run(handle);
    one.figures[START_KIB] = (double)bench_proc_kib("/proc/self/smaps_rollup", "Private_Dirty");
    if (write(STDOUT_FILENO, &one, sizeof one) != (ssize_t)sizeof one) _exit(1);
    _exit(0); /* closing is not what is measured */
}

/* ---- per start: the parent ---- */

static start start_child(const setting *s, const char *name) {
    start one = { 0 };
    char  threads[16], why[64];
    snprintf(threads, sizeof threads, "%d", s->threads);
    const char *argv[] = {
        "overhead", "--start", name, "--library", s->library, "--model", s->model, "--threads", threads, NULL
    };
    if (!bench_spawn(argv, &one, sizeof one, why)) bench_die("the process of arm %s: %s", name, why);
    return one;
}

static const struct {
    const char *key, *title, *unit, *ratio_key;
} figure_rows[FIGURES] = {
    [START_MS] = { "cold_start_ms", "to the first result", "ms", "cold_start_ratio" },
    [START_CPU_MS] = { "cold_start_cpu_ms", "  of processor time", "ms", "cold_start_cpu_ratio" },
    [START_KIB] = { "private_kib", "private memory", "KiB", "private_ratio" },
};

static void report_figure(bench_json *json, int figure, const start *raw, const start *ours, int count) {
    double *values = bench_alloc(3 * (size_t)count, sizeof *values), *others = values + count, *ratios = others + count;
    for (int i = 0; i < count; i++) {
        values[i] = raw[i].figures[figure];
        others[i] = ours[i].figures[figure];
        ratios[i] = others[i] / values[i];
    }
    bench_spread r = bench_spread_of(values, (size_t)count), o = bench_spread_of(others, (size_t)count);
    bench_spread by_pair = bench_spread_of(ratios, (size_t)count);
    free(values);
    printf("  %-20s raw %.1f [%.1f %.1f] %s, xybrid %.1f [%.1f %.1f] %s: ratio %.3f, by pairs %.3f [%.3f %.3f]\n",
           figure_rows[figure].title, r.p50, r.p25, r.p75, figure_rows[figure].unit, o.p50, o.p25, o.p75,
           figure_rows[figure].unit, o.p50 / r.p50, by_pair.p50, by_pair.p25, by_pair.p75);
    bench_json_begin(json, figure_rows[figure].key);
    bench_json_spread(json, "raw", r);
    bench_json_spread(json, "xybrid", o);
    bench_json_spread(json, "ratio_by_pairs", by_pair);
    bench_json_end(json);
    bench_json_number(json, figure_rows[figure].ratio_key, o.p50 / r.p50);
}

static void bench_starts(const setting *s, bench_json *json) {
    start *raw = bench_alloc(2 * (size_t)s->starts, sizeof *raw), *ours = raw + s->starts;
    start_child(s, arms[RAW].name); /* brings the files into memory */
    start_child(s, arms[SESSION].name);
    for (int i = 0; i < s->starts; i++)
        for (int turn = 0; turn < 2; turn++) {
            int is_raw = (i + turn) % 2 == 0;
            *(is_raw ? &raw[i] : &ours[i]) = start_child(s, arms[is_raw ? RAW : SESSION].name);
        }
    printf("\n%d starts of each\n", s->starts);
    for (int figure = 0; figure < FIGURES; figure++)
        if (raw[0].figures[figure] > 0) report_figure(json, figure, raw, ours, s->starts);
        else printf("  %-20s this system does not tell\n", figure_rows[figure].title);
    free(raw);
}

/* ---- the program ---- */

static void find_file(const char *path, char out[PATH_BYTES]) {
    char *full = realpath(path, NULL);
    if (!full || strlen(full) >= PATH_BYTES)
        bench_die("%s is not there (`make build` brings it; `make bench` the newest library)", path);
    snprintf(out, PATH_BYTES, "%s", full);
    free(full);
}

int main(int argc, char **argv) {
    int64_t wall_ns = bench_wall_ns(), cpu_ns = bench_process_cpu_ns();
    enum { LIBRARY, MODEL, PAIRS, STARTS, THREADS, JSON, START, ARGS };
    bench_arg args[ARGS] = {
        [LIBRARY] = { "--library", "FILE", "ONNX Runtime's library, for both arms", XB_BENCH_ENGINES "/libonnxruntime.so" },
        [MODEL] = { "--model", "FILE", "Silero VAD", XB_BENCH_MODELS "/silero-vad/silero_vad.onnx" },
        [PAIRS] = { "--pairs", "N", "pairs of calls", "10000" },
        [STARTS] = { "--starts", "N", "fresh processes of each arm", "21" },
        [THREADS] = { "--threads", "N", "of both arms", "1" },
        [JSON] = { "--json", "FILE", "write the figures there", NULL },
        [START] = { "--start", "ARM", NULL, NULL }, /* the child of start_child */
    };
    bench_parse(argc, argv, "What a call of xybrid_session_run costs above ONNX Runtime's own C interface, on Silero VAD.",
                args, ARGS);
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    setting s = { .pairs = bench_number(&args[PAIRS], 1, 10000000),
                  .starts = bench_number(&args[STARTS], 1, 10000),
                  .threads = bench_number(&args[THREADS], 1, 64) };
    find_file(args[LIBRARY].value, s.library);
    find_file(args[MODEL].value, s.model);
    if (args[START].value) run_child(&s, args[START].value, wall_ns, cpu_ns);

    bench_json *json = bench_json_open(args[JSON].value, "overhead");
    bench_print_machine();
    printf("Silero VAD, %d thread%s, %d pairs\n\n", s.threads, s.threads > 1 ? "s" : "", s.pairs);
    bench_json_number(json, "threads", s.threads);
    bench_json_number(json, "pairs", s.pairs);
    bench_json_number(json, "starts", s.starts);
    bench_calls(&s, json);
    bench_null(&s, json);
    bench_json_text(json, "onnxruntime", version);
    printf("ONNX Runtime %s (%s)\n", version, s.library);
    bench_starts(&s, json);
    bench_json_close(json);
    return 0;
}
