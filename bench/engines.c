/* bench/engines.c - the native engine beside ONNX Runtime on every real model of the zoo.
 *
 *     for each model and number of threads, in each round, in processes of their own:
 *         times           both engines in one process: fresh sessions in turn, then runs in turn
 *         memory, native  \ private pages and the peak, above what stood when the engine was there and no model
 *         memory, ort     /
 *     a ratio (native / ONNX Runtime) for each round; their median and quartiles are what is reported
 *
 * Times at 1 thread are processor time of the process, which leaves out what others do with the machine; at more threads the
 * clock, since that is what threads are for. Creation is processor time always: it has one thread. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "engines.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ROUNDS = 99 };

/* ---- the table ---- */

#define ONE(file, run) \
    1, {               \
        { file, run }  \
    }
static const entry entries[] = {
    { "silero-vad", "silero-vad", 0, ONE(0, 100) },
    { "silero-16k-op15", "silero-16k-op15", 0, ONE(0, 100) },
    { "silero-16k-sequence", "silero-16k-sequence", 0, ONE(0, 0) },
    { "silero-op18-ifless", "silero-op18-ifless", 0, ONE(0, 100) },
    { "silero-openvino-16k", "silero-openvino-16k", 0, ONE(0, 100) },
    { "silero-half", "silero-half", 0, ONE(0, 100) },
    { "silero-v5", "silero-v5", 0, ONE(0, 100) },
    { "silero-legacy", "silero-legacy", 0, ONE(0, 60) },
    { "ppocr-v5-det", "ppocr-v5-det", 0, ONE(0, 0) },
    { "ppocr-v5-cls", "ppocr-v5-cls", 0, ONE(0, 0) },
    { "ppocr-v5-rec", "ppocr-v5-rec", 0, ONE(0, 0) },
    { "ppocr-v4-det", "ppocr-v4-det", 0, ONE(0, 0) },
    { "ppocr-v4-cls", "ppocr-v4-cls", 0, ONE(0, 0) },
    { "ppocr-v4-rec", "ppocr-v4-rec", 0, ONE(0, 0) },
    { "minilm-16", "all-minilm-l6-v2", 0, ONE(0, 2) },
    { "minilm-128", "all-minilm-l6-v2", 0, ONE(0, 1) },
    { "efficientnet-lite0", "efficientnet-lite0", 0, ONE(0, 0) },
    { "ssd-mobilenet-v2", "ssd-mobilenet-v2", 0, ONE(0, 0) },
    { "ultraface", "ultraface", 0, ONE(0, 0) },
    { "centerface", "centerface", 0, ONE(0, 0) },
    { "mnist", "mnist", 0, ONE(0, 0) },
    { "moonshine-tiny-encoder", "moonshine-tiny", 0, ONE(0, 0) },
    { "moonshine-tiny-step", "moonshine-tiny", 0, ONE(1, 12) },
    { "moonshine-base-encoder", "moonshine-base", 0, ONE(0, 0) },
    { "moonshine-base-step", "moonshine-base", 0, ONE(1, 12) },
    { "whisper-encoder", "whisper-tiny.en", 0, ONE(0, 0) },
    { "whisper-step", "whisper-tiny.en", 0, ONE(1, 12) },
    { "piper-joe", "piper-joe", 0, ONE(0, 0) },
    { "kokoro-int8", "kokoro-int8", 0, ONE(0, 0) },
    { "deepfilternet3", "deepfilternet3", 0, 3, { { 0, 0 }, { 1, 0 }, { 2, 0 } } },
    { "yolov8n", "yolov8n", 1, ONE(0, 0) },
    { "open-nsfw", "open-nsfw", 1, ONE(0, 0) },
};
enum { ENTRIES = sizeof entries / sizeof entries[0] };

typedef enum ratio_kind { CREATE, FIRST_LESS_RUN, RUN, PRIVATE, LIVE_BYTES, PEAK, RATIOS } ratio_kind;

static const struct {
    const char *key, *title;
} ratio_names[RATIOS] = {
    [CREATE] = { "create_ratio", "creation" },
    [FIRST_LESS_RUN] = { "first_less_run_ratio", "first run less a steady one" },
    [RUN] = { "run_ratio", "steady run" },
    [PRIVATE] = { "private_ratio", "private memory" },
    [LIVE_BYTES] = { "live_bytes_ratio", "private memory / (1.2 x live bytes + 5 MB)" },
    [PEAK] = { "peak_ratio", "peak of resident memory" },
};

/* What a creation, the private memory and the mean of the runs may have. */
static const double limits[RATIOS] = { [CREATE] = 0.25, [RUN] = 1.5, [LIVE_BYTES] = 1 };

typedef struct options {
    const char *only, *library;
    char        folder[PATH_BYTES]; /* of the recorded inputs */
    char        cache[PATH_BYTES];  /* "" = none */
    int         rounds, spins, is_profile;
} options;

typedef struct line { /* of the table */
    const entry *entry;
    int          threads;
    times        times[MAX_ROUNDS];
    memory       memory[ARMS][MAX_ROUNDS];
    bench_spread ratios[RATIOS];
    char         failure[320];
} line;

/* ---- children ---- */

static void record_path(const options *o, const entry *e, char out[PATH_BYTES]) {
    snprintf(out, PATH_BYTES, "%s/%s", o->folder, e->name);
}

/* 1, or 0 with a reason in `failure`. */
static int start_child(const options *o, const entry *e, const char *kind, int threads, int round, void *result, size_t size,
                       const char *said, char failure[320]) {
    char path[PATH_BYTES], numbers[2][16], why[64];
    record_path(o, e, path);
    snprintf(numbers[0], sizeof numbers[0], "%d", threads);
    snprintf(numbers[1], sizeof numbers[1], "%d", round);
    const char *argv[18] = { "engines",  "--child",   kind,       "--record", path,      "--library",
                             o->library, "--threads", numbers[0], "--round",  numbers[1] };
    int         count = 11;
    if (o->spins) argv[count++] = "--spin";
    if (o->cache[0]) argv[count++] = "--cache", argv[count++] = o->cache;
    if (!bench_spawn(argv, result, size, why)) snprintf(failure, 320, "%s: %s", kind, why);
    else if (said[0]) snprintf(failure, 320, "%s: %s", kind, said);
    else return 1;
    return 0;
}

static int run_child(const child_setting *s, const char *kind, const char *name) {
    static union {
        times   times;
        memory  memory;
        profile profile;
    } out;
    size_t size = 0;
    if (strcmp(kind, "record") == 0) {
        for (int i = 0; i < ENTRIES; i++)
            if (strcmp(entries[i].name, name) == 0) record_make(&entries[i], s->library, s->record);
    } else if (strcmp(kind, "prime") == 0) child_prime(s);
    else if (strcmp(kind, "times") == 0) child_times(s, &out.times), size = sizeof out.times;
    else if (strcmp(kind, "memory-native") == 0) child_memory(s, NATIVE, &out.memory), size = sizeof out.memory;
    else if (strcmp(kind, "memory-ort") == 0) child_memory(s, ORT, &out.memory), size = sizeof out.memory;
    else if (strcmp(kind, "profile") == 0) child_profile(s, &out.profile), size = sizeof out.profile;
    else return 2;
    _exit(write(STDOUT_FILENO, &out, size) == (ssize_t)size ? 0 : 1); /* closing is not what is measured */
}

/* Inputs of an entry; 1, or 0 with a reason. */
static int make_record(const options *o, const entry *e, char failure[320]) {
    char path[PATH_BYTES], why[64], byte;
    record_path(o, e, path);
    const char *argv[] = { "engines", "--child", "record", "--only", e->name, "--record", path, "--library", o->library, NULL };
    if (access(path, R_OK) == 0 || bench_spawn(argv, &byte, 0, why)) return 1;
    snprintf(failure, 320, "its inputs: %s", why);
    return 0;
}

/* ---- measuring a line ---- */

static void measure(const options *o, line *l) {
    static const char *const kinds[ARMS] = { [NATIVE] = "memory-native", [ORT] = "memory-ort" };
    char                     byte;
    if (o->cache[0] && !start_child(o, l->entry, "prime", l->threads, 0, &byte, 0, "", l->failure)) return;
    for (int round = 0; round < o->rounds; round++) {
        times *t = &l->times[round];
        if (!start_child(o, l->entry, "times", l->threads, round, t, sizeof *t, t->failure, l->failure)) return;
        for (int arm = 0; arm < ARMS; arm++) {
            memory *m = &l->memory[arm][round];
            if (!start_child(o, l->entry, kinds[arm], l->threads, round, m, sizeof *m, m->failure, l->failure)) return;
        }
    }
}

static int run_clock(const line *l) { return l->threads == 1 ? CPU : WALL; }

/* What the first run takes more. A difference of two times may say anything: less than a 50th of a run is not told apart from
 * 0. */
static double first_less_run(const line *l, int arm, int round) {
    const times *t = &l->times[round];
    int          clock = run_clock(l);
    double       ms = t->first[arm][clock] - t->run[arm][clock], least = t->run[arm][clock] / 50;
    return ms > least ? ms : least;
}

static double at_least_a_page(int64_t bytes) { return bytes > 4096 ? (double)bytes : 4096; }

static double ratio_of(const line *l, ratio_kind kind, int round) {
    const times  *t = &l->times[round];
    const memory *native = &l->memory[NATIVE][round], *ort = &l->memory[ORT][round];
    int           clock = run_clock(l);
    switch (kind) {
    case CREATE: return t->create[NATIVE][CPU] / t->create[ORT][CPU];
    case FIRST_LESS_RUN: return first_less_run(l, NATIVE, round) / first_less_run(l, ORT, round);
    case RUN: return t->run[NATIVE][clock] / t->run[ORT][clock];
    case PRIVATE: return at_least_a_page(native->private_bytes) / at_least_a_page(ort->private_bytes);
    case LIVE_BYTES: return (double)native->private_bytes / (1.2 * (double)native->live_bytes + 5e6);
    case PEAK: return at_least_a_page(native->peak_bytes) / at_least_a_page(ort->peak_bytes);
    default: return 0;
    }
}

static void take_ratios(const options *o, line *l) {
    double values[MAX_ROUNDS];
    for (int kind = 0; kind < RATIOS; kind++) {
        for (int round = 0; round < o->rounds; round++) values[round] = ratio_of(l, (ratio_kind)kind, round);
        l->ratios[kind] = bench_spread_of(values, (size_t)o->rounds);
    }
}

/* ---- medians of a line ---- */

typedef struct medians {
    double create_ms, first_ms, run_ms, private_mb, peak_mb, library_mb, library_ms;
} medians;

static medians medians_of(const options *o, const line *l, int arm) {
    double values[7][MAX_ROUNDS];
    for (int r = 0; r < o->rounds; r++) {
        values[0][r] = l->times[r].create[arm][CPU];
        values[1][r] = first_less_run(l, arm, r);
        values[2][r] = l->times[r].run[arm][run_clock(l)];
        values[3][r] = (double)l->memory[arm][r].private_bytes / 1e6;
        values[4][r] = (double)l->memory[arm][r].peak_bytes / 1e6;
        values[5][r] = (double)l->memory[arm][r].library_bytes / 1e6;
        values[6][r] = l->memory[arm][r].library_ms;
    }
    double median[7];
    for (int i = 0; i < 7; i++) median[i] = bench_spread_of(values[i], (size_t)o->rounds).p50;
    return (medians){ median[0], median[1], median[2], median[3], median[4], median[5], median[6] };
}

/* ---- the table, printed ---- */

static void print_heading(void) {
    printf("\nnative / ONNX Runtime = ratio; run: ratio [quartiles]; MB private; live: native / (1.2 x live bytes + 5 MB)\n");
    printf("%-22s t %20s %20s %30s %19s %5s %5s\n", "model", "creation ms", "first less run ms", "run ms", "private MB", "live",
           "peak");
}

static void print_line(const options *o, const line *l) {
    if (l->failure[0]) {
        printf("%-22s %d FAIL %s\n", l->entry->name, l->threads, l->failure);
        return;
    }
    medians             n = medians_of(o, l, NATIVE), r = medians_of(o, l, ORT);
    const bench_spread *q = l->ratios;
    printf("%-22s %d %6.4g/%-6.4g %5.2f  %6.4g/%-6.4g %5.2f  %6.4g/%-6.4g %5.2f [%.2f %.2f]  %5.3g/%-5.3g %5.2f %5.2f %5.2f\n",
           l->entry->name, l->threads, n.create_ms, r.create_ms, q[CREATE].p50, n.first_ms, r.first_ms, q[FIRST_LESS_RUN].p50,
           n.run_ms, r.run_ms, q[RUN].p50, q[RUN].p25, q[RUN].p75, n.private_mb, r.private_mb, q[PRIVATE].p50,
           q[LIVE_BYTES].p50, q[PEAK].p50);
}

/* Of the lines that count; `threads` 0 = all. 0 if there is none. */
static double mean_of(const line *lines, int count, ratio_kind kind, int threads) {
    double sum = 0;
    int    counted = 0;
    for (int i = 0; i < count; i++) {
        const line *l = &lines[i];
        if (l->failure[0] || l->entry->is_extra || (threads && l->threads != threads)) continue;
        sum += log(l->ratios[kind].p50);
        counted++;
    }
    return counted ? exp(sum / counted) : 0;
}

static void print_means(const line *lines, int count) {
    int failed = 0;
    for (int i = 0; i < count; i++) failed += lines[i].failure[0] != 0;
    printf("\n%-46s %8s %8s %8s\n", "geometric means", "1 thread", "2", "all");
    for (int kind = 0; kind < RATIOS; kind++)
        printf("%-46s %8.3f %8.3f %8.3f\n", ratio_names[kind].title, mean_of(lines, count, (ratio_kind)kind, 1),
               mean_of(lines, count, (ratio_kind)kind, 2), mean_of(lines, count, (ratio_kind)kind, 0));
    if (failed) printf("%d of %d lines failed and are not in the means\n", failed, count);
}

/* The limit holds for every line, or for the mean. */
static int check_limit(const line *lines, int count, ratio_kind kind, int is_mean) {
    const line *worst = NULL;
    int         above = 0, counted = 0;
    for (int i = 0; i < count; i++) {
        const line *l = &lines[i];
        if (l->failure[0] || l->entry->is_extra) continue;
        counted++;
        above += l->ratios[kind].p50 > limits[kind];
        if (!worst || l->ratios[kind].p50 > worst->ratios[kind].p50) worst = l;
    }
    if (!worst) return 0;
    double mean = mean_of(lines, count, kind, 0);
    int    is_pass = is_mean ? mean <= limits[kind] : above == 0;
    printf("%s  %s at most %.2f%s: mean %.3f, %d of %d above, worst %.2f (%s, %d)\n", is_pass ? "pass" : "FAIL",
           ratio_names[kind].title, limits[kind], is_mean ? " in the mean" : "", mean, above, counted, worst->ratios[kind].p50,
           worst->entry->name, worst->threads);
    return is_pass;
}

static void print_memory(const options *o, const line *lines, int count) {
    printf("\nnative, MB: private = packed weights + blocks + scratch (as far as it was touched) + plans + the rest\n");
    for (int i = 0; i < count; i++) {
        const line *l = &lines[i];
        if (l->failure[0] || (i && l->entry == lines[i - 1].entry)) continue;
        const memory *m = &l->memory[NATIVE][0];
        double        all = (double)m->private_bytes / 1e6, packed = (double)m->packed_bytes / 1e6,
                      block = (double)m->block_bytes / 1e6, scratch = (double)m->scratch_bytes / 1e6,
                      plan = (double)m->plan_bytes / 1e6;
        printf("%-22s %7.2f = %7.2f packed + %6.2f blocks (live %6.2f) + %6.2f scratch + %5.2f plans + %6.2f\n", l->entry->name,
               all, packed, block, (double)m->live_bytes / 1e6, scratch, plan, all - packed - block - scratch - plan);
    }
    for (int arm = 0; arm < ARMS; arm++)
        for (int i = 0; i < count; i++) {
            if (lines[i].failure[0]) continue;
            medians m = medians_of(o, &lines[i], arm);
            printf("%s itself, no model: %.1f MB private, %.0f ms\n",
                   arm == ORT ? "ONNX Runtime's library and environment" : "native", m.library_mb, m.library_ms);
            break;
        }
}

/* ---- profiles ---- */

static void print_profile(const entry *e, int threads, const profile *p) {
    enum { SHOWN = 14 };
    printf("\n%s, %d thread%s: %.3f ms in steps\n", e->name, threads, threads > 1 ? "s" : "", p->total_ms);
    for (int i = 0; i < p->group_count && i < SHOWN; i++)
        printf("  %5.1f %% %10.3f ms  %4d  %s\n", 100 * p->groups[i].ms / p->total_ms, p->groups[i].ms, p->groups[i].steps,
               p->groups[i].kernel);
    for (int i = 0; i < p->top_count; i++) printf("    %10.3f ms  %s\n", p->top[i].ms, p->top[i].text);
}

static void write_profile(bench_json *json, const entry *e, int threads, const profile *p) {
    bench_json_begin_item(json);
    bench_json_text(json, "name", e->name);
    bench_json_number(json, "threads", threads);
    bench_json_number(json, "total_ms", p->total_ms);
    bench_json_begin_list(json, "kernels");
    for (int i = 0; i < p->group_count; i++) {
        bench_json_begin_item(json);
        bench_json_text(json, "kernel", p->groups[i].kernel);
        bench_json_number(json, "steps", p->groups[i].steps);
        bench_json_number(json, "ms", p->groups[i].ms);
        bench_json_end(json);
    }
    bench_json_end(json);
    bench_json_end(json);
}

static void profile_entry(const options *o, const entry *e, int threads, bench_json *json) {
    static profile p;
    char           failure[320];
    if (!start_child(o, e, "profile", threads, 0, &p, sizeof p, p.failure, failure)) {
        printf("\n%s: %s\n", e->name, failure);
        return;
    }
    print_profile(e, threads, &p);
    write_profile(json, e, threads, &p);
}

/* ---- figures ---- */

static void write_arm(bench_json *json, const char *name, const options *o, const line *l, int arm) {
    medians m = medians_of(o, l, arm);
    bench_json_begin(json, name);
    bench_json_number(json, "create_ms", m.create_ms);
    bench_json_number(json, "first_less_run_ms", m.first_ms);
    bench_json_number(json, "run_ms", m.run_ms);
    bench_json_number(json, "private_mb", m.private_mb);
    bench_json_number(json, "peak_mb", m.peak_mb);
    bench_json_number(json, "library_mb", m.library_mb);
    bench_json_number(json, "library_ms", m.library_ms);
    bench_json_end(json);
}

static void write_line(bench_json *json, const options *o, const line *l) {
    bench_json_begin_item(json);
    bench_json_text(json, "name", l->entry->name);
    bench_json_number(json, "threads", l->threads);
    bench_json_number(json, "is_extra", l->entry->is_extra);
    if (l->failure[0]) bench_json_text(json, "failure", l->failure);
    for (int kind = 0; kind < RATIOS && !l->failure[0]; kind++)
        bench_json_number(json, ratio_names[kind].key, l->ratios[kind].p50);
    if (!l->failure[0]) {
        const memory *m = &l->memory[NATIVE][0];
        bench_json_begin(json, "spreads");
        for (int kind = 0; kind < RATIOS; kind++) bench_json_spread(json, ratio_names[kind].key, l->ratios[kind]);
        bench_json_end(json);
        write_arm(json, "native", o, l, NATIVE);
        write_arm(json, "onnxruntime", o, l, ORT);
        bench_json_number(json, "live_bytes", (double)m->live_bytes);
        bench_json_number(json, "block_bytes", (double)m->block_bytes);
        bench_json_number(json, "scratch_bytes", (double)m->scratch_bytes);
        bench_json_number(json, "plan_bytes", (double)m->plan_bytes);
        bench_json_number(json, "packed_bytes", (double)m->packed_bytes);
    }
    bench_json_end(json);
}

static void write_means(bench_json *json, const line *lines, int count) {
    bench_json_begin(json, "geomean");
    for (int kind = 0; kind < RATIOS; kind++)
        bench_json_number(json, ratio_names[kind].key, mean_of(lines, count, (ratio_kind)kind, 0));
    bench_json_end(json);
}

/* ---- the program ---- */

/* `only` may hold several names, comma between. */
static int is_chosen(const options *o, const entry *e) {
    for (const char *at = o->only; at && *at;) {
        size_t length = strcspn(at, ",");
        char   name[64];
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (strstr(e->name, name)) return 1;
        at += length + (at[length] == ',');
    }
    return !o->only;
}

static const zoo_model *model_of(const entry *e) {
    for (int f = 0; f < ZOO_FAMILIES; f++)
        for (int i = 0; i < zoo_families[f]->count; i++)
            if (strcmp(zoo_families[f]->models[i].name, e->model) == 0) return &zoo_families[f]->models[i];
    bench_die("the zoo has no model %s", e->model);
}

/* 1 = its files are here. */
static int is_here(const entry *e) {
    xb_mem mem;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    const char *file = zoo_missing_file(&mem, model_of(e));
    if (file) printf("SKIP %s: %s is not here, %s\n", e->name, strrchr(file, '/') + 1, zoo_who_brings(file));
    return !file;
}

static int measure_all(const options *o, const int *threads, int threads_count, line *lines, bench_json *json) {
    int count = 0;
    print_heading();
    bench_json_begin_list(json, "models");
    for (int i = 0; i < ENTRIES; i++) {
        if (!is_chosen(o, &entries[i]) || !is_here(&entries[i])) continue;
        for (int t = 0; t < threads_count; t++) {
            line *l = &lines[count++];
            *l = (line){ .entry = &entries[i], .threads = threads[t] };
            if (make_record(o, l->entry, l->failure)) measure(o, l);
            if (!l->failure[0]) take_ratios(o, l);
            print_line(o, l);
            fflush(stdout);
            write_line(json, o, l);
        }
    }
    bench_json_end(json);
    return count;
}

/* The first line of an entry that is slower than ONNX Runtime. */
static int is_first_slower(const line *lines, int at) {
    for (int i = 0; i < at; i++)
        if (lines[i].entry == lines[at].entry && !lines[i].failure[0] && lines[i].ratios[RUN].p50 > 1) return 0;
    return !lines[at].failure[0] && lines[at].ratios[RUN].p50 > 1;
}

/* All that were asked for, or those that are slower than ONNX Runtime. */
static void profile_all(const options *o, const int *threads, const line *lines, int count, bench_json *json) {
    char failure[320];
    bench_json_begin_list(json, "profiles");
    for (int i = 0; i < count; i++)
        if (is_first_slower(lines, i)) profile_entry(o, lines[i].entry, lines[i].threads, json);
    for (int i = 0; i < ENTRIES && o->is_profile; i++) {
        if (!is_chosen(o, &entries[i]) || !is_here(&entries[i])) continue;
        if (make_record(o, &entries[i], failure)) profile_entry(o, &entries[i], threads[0], json);
        else printf("%s: %s\n", entries[i].name, failure);
    }
    bench_json_end(json);
}

static void remove_records(const options *o) {
    for (int i = 0; i < ENTRIES; i++) {
        char path[PATH_BYTES];
        record_path(o, &entries[i], path);
        unlink(path);
    }
    DIR *cache = o->cache[0] ? opendir(o->cache) : NULL;
    for (struct dirent *file; cache && (file = readdir(cache));) unlinkat(dirfd(cache), file->d_name, 0);
    if (cache) closedir(cache), rmdir(o->cache);
    rmdir(o->folder);
}

static void make_cache(options *o) {
    snprintf(o->cache, sizeof o->cache, "%.1000s/cache", o->folder);
    if (mkdir(o->cache, 0700) != 0) bench_die("%s cannot be made", o->cache);
}

static void make_folder(options *o) {
    const char *where = getenv("TMPDIR");
    snprintf(o->folder, sizeof o->folder, "%s/xybrid-engines-XXXXXX", where && *where ? where : "/tmp");
    if (!mkdtemp(o->folder)) bench_die("%s cannot be made", o->folder);
}

static void find_library(const char *path, char out[PATH_BYTES]) {
    char *full = realpath(path, NULL);
    if (!full || strlen(full) >= PATH_BYTES) bench_die("%s is not there (`scripts/setup bench` brings it)", path);
    snprintf(out, PATH_BYTES, "%s", full);
    free(full);
}

/* 1 = within all limits. */
static int report(const options *o, const line *lines, int count, bench_json *json) {
    print_means(lines, count);
    print_memory(o, lines, count);
    printf("\n");
    int is_pass = check_limit(lines, count, CREATE, 0);
    is_pass &= check_limit(lines, count, LIVE_BYTES, 0);
    is_pass &= check_limit(lines, count, RUN, 1);
    for (int i = 0; i < count; i++) is_pass &= !lines[i].failure[0];
    write_means(json, lines, count);
    return is_pass;
}

int main(int argc, char **argv) {
    enum { ONLY, ROUNDS, THREADS, LIBRARY, SPIN, NO_CACHE, PROFILE, CHECK, JSON, CHILD, RECORD, ROUND, CACHE, ARGS };
    bench_arg args[ARGS] = {
        [ONLY] = { "--only", "NAME", "models whose name holds NAME; several with commas between", NULL },
        [ROUNDS] = { "--rounds", "N", "rounds", "7" },
        [THREADS] = { "--threads", "N", "of both engines; 1 and then 2 unless given", NULL },
        [LIBRARY] = { "--library", "FILE", "ONNX Runtime's library", XB_BENCH_NEWEST },
        [SPIN] = { "--spin", "", "ONNX Runtime's threads spin while they wait, its default", NULL },
        [NO_CACHE] = { "--no-cache", "", "native keeps no packed weights: each process packs its own", NULL },
        [PROFILE] = { "--profile", "", "no measuring: native's steps by kernel", NULL },
        [CHECK] = { "--check", "", "ends with 1 if a limit is missed or a model fails", NULL },
        [JSON] = { "--json", "FILE", "write the figures there", NULL },
        [CHILD] = { "--child", "KIND", NULL, NULL }, /* these are for start_child */
        [RECORD] = { "--record", "FILE", NULL, NULL },
        [ROUND] = { "--round", "N", NULL, "0" },
        [CACHE] = { "--cache", "FOLDER", NULL, NULL },
    };
    static line lines[2 * ENTRIES];
    options     o = { 0 };
    char        library[PATH_BYTES];
    int         threads[2] = { 1, 2 }, threads_count = 2, count = 0;
    bench_parse(argc, argv, "The native engine beside ONNX Runtime on the models of the zoo.", args, ARGS);
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
    find_library(args[LIBRARY].value, library);
    if (args[THREADS].value) threads[0] = bench_number(&args[THREADS], 1, 64), threads_count = 1;
    if (args[CHILD].value) {
        child_setting s = { library,    args[RECORD].value,       args[CACHE].value,
                            threads[0], args[SPIN].value != NULL, bench_number(&args[ROUND], 0, MAX_ROUNDS) };
        return run_child(&s, args[CHILD].value, args[ONLY].value);
    }
    o.only = args[ONLY].value;
    o.library = library;
    o.spins = args[SPIN].value != NULL;
    o.is_profile = args[PROFILE].value != NULL;
    o.rounds = bench_number(&args[ROUNDS], 1, MAX_ROUNDS);
    make_folder(&o);
    if (!args[NO_CACHE].value) make_cache(&o);
    bench_json *json = bench_json_open(args[JSON].value, "engines");
    bench_print_machine();
    printf("%s%s, %d rounds\n", library, o.spins ? ", threads spin" : "", o.rounds);
    printf("native %s\n",
           o.cache[0] ? "maps packed weights that an earlier process kept" : "packs weights anew in each process");
    bench_json_text(json, "library", library);
    bench_json_number(json, "rounds", o.rounds);
    bench_json_number(json, "spins", o.spins);
    bench_json_number(json, "cache", o.cache[0] != 0);
    if (!o.is_profile) count = measure_all(&o, threads, threads_count, lines, json);
    profile_all(&o, threads, lines, count, json);
    int is_pass = o.is_profile || report(&o, lines, count, json);
    remove_records(&o);
    bench_print_machine();
    bench_json_close(json);
    return is_pass || !args[CHECK].value ? 0 : 1;
}
