/* zoo.c - the program zoo_agreement: every real model on two engines, one table.
 *
 *     zoo_agreement [--only NAME]... [--candidate ENGINE] [--time] [--verbose] ...
 *
 * A line for each model: how many outputs were compared, the largest difference over the reference's range, the smallest
 * cosine, ids, lengths, log-mel distance, verdict by the rules of zoo.h. What failed is told below it. Ends with 1 if a model
 * failed, 77 if there was none to compare. Which models are there depends on scripts/setup (group zoo) and ../shared/data. */
#include "zoo.h"

static const char usage[] =
    "zoo_agreement [option ...]\n"
    "  --only NAME            models whose name holds NAME; may be repeated\n"
    "  --list                 names, and what is missing\n"
    "  --candidate ENGINE     compared with the reference; native unless given\n"
    "  --reference ENGINE     onnxruntime unless given\n"
    "  --engines FOLDER       of the reference's ONNX Runtime; build/engines unless given\n"
    "  --candidate-engines F  of the candidate's\n"
    "  --threads N            of both engines; 2 unless given\n"
    "  --candidate-threads N  of the candidate\n"
    "  --candidate-config J   JSON of the candidate's own settings for a model\n"
    "  --time                 seconds for each model: opening, running\n"
    "  --verbose              a line for each output, and the ids\n"
    "  --spoil X              moves one element of each output of the candidate by X of its range, and one id: the\n"
    "                         comparison must fail\n";

enum { MAX_ONLY = 16 };

typedef struct options {
    const char *only[MAX_ONLY], *reference, *candidate, *config, *dir, *candidate_dir;
    int         only_count, threads, candidate_threads, is_list, is_time, is_verbose;
    double      spoil;
} options;

/* 0 = understood, 2 = not. */
static int read_options(int argc, char **argv, options *o) {
    *o = (options){ .reference = "onnxruntime", .threads = 2 };
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--list") == 0) o->is_list = 1;
        else if (strcmp(name, "--time") == 0) o->is_time = 1;
        else if (strcmp(name, "--verbose") == 0) o->is_verbose = 1;
        else if (!value) return 2;
        else if (strcmp(name, "--only") == 0 && o->only_count < MAX_ONLY) o->only[o->only_count++] = argv[++i];
        else if (strcmp(name, "--candidate") == 0) o->candidate = argv[++i];
        else if (strcmp(name, "--reference") == 0) o->reference = argv[++i];
        else if (strcmp(name, "--engines") == 0) o->dir = argv[++i];
        else if (strcmp(name, "--candidate-engines") == 0) o->candidate_dir = argv[++i];
        else if (strcmp(name, "--threads") == 0) o->threads = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(name, "--candidate-threads") == 0) o->candidate_threads = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(name, "--candidate-config") == 0) o->config = argv[++i];
        else if (strcmp(name, "--spoil") == 0) o->spoil = strtod(argv[++i], NULL);
        else return 2;
    }
    if (o->candidate_threads < 1) o->candidate_threads = o->threads;
    return o->threads < 1 ? 2 : 0;
}

static int is_chosen(const options *o, const char *name) {
    int chosen = o->only_count == 0;
    for (int i = 0; i < o->only_count; i++) chosen |= strstr(name, o->only[i]) != NULL;
    return chosen;
}

static void spoil(zoo_result *r, double by) {
    for (int i = 0; i < r->output_count; i++) {
        zoo_output *o = &r->outputs[i];
        float       low = 0, high = 0;
        for (int64_t k = 0; k < o->count; k++) {
            if (o->values[k] < low) low = o->values[k];
            if (o->values[k] > high) high = o->values[k];
        }
        if (o->count > 0) o->values[o->count / 2] += (high - low) * (float)by;
    }
    for (int i = 0; i < r->ids_count; i++)
        if (r->ids[i].count > 0) r->ids[i].ids[r->ids[i].count - 1]++;
}

/* ---- the table ---- */

static void print_head(const options *o) {
    printf("%-20s %7s  %9s  %9s  %9s  %15s  %9s  ", "model", "outputs", "off/range", "cosine", "ids equal", "samples",
           "log-mel dB");
    if (o->is_time) printf("%13s %13s  ", "ref load+run s", "cand load+run s");
    printf("verdict\n");
}

static void print_numbers(const zoo_verdict *v) {
    char cell[48] = "-";
    printf("%7d  %9.2e  %9.7f  ", v->compared, v->worst, v->cosine);
    if (v->ids) snprintf(cell, sizeof cell, "%lld/%lld%s", (long long)v->equal_ids, (long long)v->ids, v->ties ? "~" : "");
    printf("%9s  ", cell);
    snprintf(cell, sizeof cell, "-");
    if (v->found >= 0)
        snprintf(cell, sizeof cell, "%lld%s%lld", (long long)v->found, v->found == v->wanted ? "=" : "/", (long long)v->wanted);
    printf("%15s  ", cell);
    if (v->mel_db >= 0) printf("%10.4f  ", v->mel_db);
    else printf("%10s  ", "-");
}

static void print_failures(const zoo_side *s, const char *role, xybrid_status st, const xybrid_error *err) {
    if (st != XYBRID_OK) printf("  %s %s: %s\n", role, s->engine, err->message);
    for (int i = 0; i < s->result.complaint_count; i++) printf("  %s %s: %s\n", role, s->engine, s->result.complaints[i]);
}

static void copy_report(FILE *report) {
    char line[512];
    if (fseek(report, 0, SEEK_SET) != 0) return;
    while (fgets(line, sizeof line, report)) fputs(line, stdout);
}

/* 1 = agrees */
static int run_model(const options *o, const zoo_model *m, zoo_side *reference, zoo_side *candidate, double seconds[4]) {
    xybrid_error  errors[2];
    zoo_verdict   v = { 0 };
    FILE         *report = tmpfile();
    xybrid_status st[2] = { m->drive(reference, m, &errors[0]), m->drive(candidate, m, &errors[1]) };
    int           ran = st[0] == XYBRID_OK && st[1] == XYBRID_OK && report;
    printf("%-20s ", m->name);
    if (o->spoil != 0) spoil(&candidate->result, o->spoil);
    if (ran) zoo_compare(&reference->result, &candidate->result, o->is_verbose, report, &v);
    int is_pass = ran && v.is_pass && reference->result.complaint_count == 0 && candidate->result.complaint_count == 0;
    if (ran) print_numbers(&v);
    else printf("%7s  %9s  %9s  %9s  %15s  %10s  ", "-", "-", "-", "-", "-", "-");
    if (o->is_time)
        printf("%6.2f %7.2f  %6.2f %7.2f  ", reference->load_s, reference->run_s, candidate->load_s, candidate->run_s);
    printf("%s\n", is_pass ? "pass" : "FAIL");
    print_failures(reference, "reference", st[0], &errors[0]);
    print_failures(candidate, "candidate", st[1], &errors[1]);
    if (report) {
        copy_report(report);
        fclose(report);
    }
    seconds[0] += reference->load_s, seconds[1] += reference->run_s;
    seconds[2] += candidate->load_s, seconds[3] += candidate->run_s;
    zoo_side_clear(reference);
    zoo_side_clear(candidate);
    fflush(stdout);
    return is_pass;
}

static int list(const options *o, xb_mem *mem) {
    for (int f = 0; f < ZOO_FAMILIES; f++)
        for (int i = 0; i < zoo_families[f]->count; i++) {
            const zoo_model *m = &zoo_families[f]->models[i];
            const char      *file = zoo_missing_file(mem, m);
            if (is_chosen(o, m->name)) printf("%-20s %s%s\n", m->name, file ? "needs " : "is here", file ? file : "");
        }
    return 0;
}

static int run_all(const options *o, zoo_side *reference, zoo_side *candidate) {
    int    passed = 0, failed = 0, skipped = 0;
    double seconds[4] = { 0 };
    print_head(o);
    for (int f = 0; f < ZOO_FAMILIES; f++)
        for (int i = 0; i < zoo_families[f]->count; i++) {
            const zoo_model *m = &zoo_families[f]->models[i];
            if (!is_chosen(o, m->name)) continue;
            const char *file = zoo_missing_file(&reference->mem, m);
            if (file) {
                printf("SKIP %s: %s is not here, %s\n", m->name, strrchr(file, '/') + 1, zoo_who_brings(file));
                skipped++;
            } else if (run_model(o, m, reference, candidate, seconds)) passed++;
            else failed++;
        }
    if (o->is_time)
        printf("all: reference %.2f s opening, %.2f s running; candidate %.2f s, %.2f s\n", seconds[0], seconds[1], seconds[2],
               seconds[3]);
    printf("%d models agree, %d do not, %d skipped\n", passed, failed, skipped);
    if (failed) return 1;
    return passed ? 0 : 77;
}

/* The engines of this build; 0 = go on, else the exit code. */
static int choose_engines(options *o) {
    if (!zoo_has_engine(o->reference)) {
        printf("SKIP zoo_agreement: this build has no engine \"%s\"\n", o->reference);
        return 77;
    }
    if (o->candidate && !zoo_has_engine(o->candidate)) {
        fprintf(stderr, "this build has no engine \"%s\"\n", o->candidate);
        return 2;
    }
    if (o->candidate) return 0;
    o->candidate = "native";
    if (zoo_has_engine(o->candidate)) return 0;
    printf("This build has no engine \"native\": %s runs against itself, which tries the drivers and no second engine.\n",
           o->reference);
    o->candidate = o->reference;
    return 0;
}

int main(int argc, char **argv) {
    options      o;
    xybrid_error err;
    int          code = read_options(argc, argv, &o);
    if (code) {
        fputs(usage, stderr);
        return code;
    }
    if (o.is_list) {
        xb_mem mem;
        xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
        return list(&o, &mem);
    }
    code = choose_engines(&o);
    if (code) return code;
    static zoo_side reference, candidate;
    xybrid_status   st = zoo_side_open(&reference, o.reference, o.dir, NULL, o.threads, NULL, &err);
    if (st == XYBRID_OK)
        st = zoo_side_open(&candidate, o.candidate, o.candidate_dir, NULL, o.candidate_threads, o.config, &err);
    if (st != XYBRID_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("reference %s, %d threads; candidate %s, %d threads%s%s\n", o.reference, o.threads, o.candidate, o.candidate_threads,
           o.config ? ", " : "", o.config ? o.config : "");
    code = run_all(&o, &reference, &candidate);
    zoo_side_close(&candidate);
    zoo_side_close(&reference);
    return code;
}
