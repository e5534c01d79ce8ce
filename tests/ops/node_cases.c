/* node_cases.c - runs ONNX's own test cases on an engine and prints a table: what passed, what failed and why.
 *
 *     ops_node_cases                                    all cases on Xybrid's own engine, against the two lists beside it
 *     ops_node_cases --engine onnxruntime               the rival's figure
 *     ops_node_cases --isolate 'test_gru*' test_abs     some cases, each in a process of its own
 *     ops_node_cases --extract . test_abs               writes ./test_abs.onnx and its values, for other tools
 *
 * The cases come from scripts/node_cases.py (scripts/setup test). Each runs twice on one opened model. The program ends with 0
 * when all that ran passed but those in known_failures.txt, and these failed: a known failure that passes is an error as well,
 * and so is a line of a list that fits no case. 77: there are no cases, or there is no such engine here. */
#include <stdio.h>
#include <stdlib.h>

#include "case_report.h"
#include "expectations.h"
#include "isolated.h"

#define FOLDER XB_TEST_SOURCE "/tests/ops/"
enum { MOST_PATTERNS = 64, DEFAULT_SECONDS = 120, DEFAULT_THREADS = 2 };

typedef struct arguments {
    const char *engine, *cases, *left_out, *known, *extract;
    int32_t     threads, seconds;
    int         is_isolated, is_verbose, is_brief, runs_left_out;
    const char *patterns[MOST_PATTERNS], *without[MOST_PATTERNS];
    int32_t     pattern_count, without_count;
} arguments;

typedef struct selection { /* the cases that were chosen, and what became of them */
    const op_case **cases;
    case_verdict   *verdicts;
    int32_t         count;
    int             is_whole;
} selection;

static void usage(void) {
    printf("usage: ops_node_cases [option ...] [name ...]          a name may hold '*'\n"
           "  --engine NAME       native or onnxruntime\n"
           "  --cases FILE        made by scripts/node_cases.py\n"
           "  --left-out FILE     cases not to run; --run-left-out runs them all the same\n"
           "  --known FILE        cases that fail\n"
           "  --without CATEGORY  node, simple, pytorch-converted, pytorch-operator or light; may come again\n"
           "  --isolate           each case in a process of its own, of at most --seconds N\n"
           "  --threads N\n"
           "  --verbose           names each case before it runs; --brief prints only what failed, and totals\n"
           "  --extract FOLDER    writes models and values there instead of running them\n");
    exit(2);
}

static arguments parse(int argc, char **argv) {
    arguments a = { .engine = "native",
                    .cases = XB_TEST_SOURCE "/build/node-cases/cases.bin",
                    .left_out = FOLDER "left_out.txt",
                    .threads = DEFAULT_THREADS,
                    .seconds = DEFAULT_SECONDS };
    for (int i = 1; i < argc; i++) {
        const char  *s = argv[i];
        const char **text = strcmp(s, "--engine") == 0     ? &a.engine
                            : strcmp(s, "--cases") == 0    ? &a.cases
                            : strcmp(s, "--left-out") == 0 ? &a.left_out
                            : strcmp(s, "--known") == 0    ? &a.known
                            : strcmp(s, "--extract") == 0  ? &a.extract
                                                           : NULL;
        int32_t     *number = strcmp(s, "--threads") == 0 ? &a.threads : strcmp(s, "--seconds") == 0 ? &a.seconds : NULL;
        int         *flag = strcmp(s, "--isolate") == 0        ? &a.is_isolated
                            : strcmp(s, "--verbose") == 0      ? &a.is_verbose
                            : strcmp(s, "--brief") == 0        ? &a.is_brief
                            : strcmp(s, "--run-left-out") == 0 ? &a.runs_left_out
                                                               : NULL;
        int          is_without = strcmp(s, "--without") == 0;
        if ((text || number || is_without) && ++i == argc) usage();
        if (text) *text = argv[i];
        else if (number) *number = (int32_t)strtol(argv[i], NULL, 10);
        else if (flag) *flag = 1;
        else if (is_without && a.without_count < MOST_PATTERNS) a.without[a.without_count++] = argv[i];
        else if (s[0] != '-' && a.pattern_count < MOST_PATTERNS) a.patterns[a.pattern_count++] = s;
        else usage();
    }
    if (!a.known && strcmp(a.engine, "native") == 0) a.known = FOLDER "known_failures.txt";
    return a;
}

static int is_selected(const arguments *a, const op_case *c) {
    int fits = a->pattern_count == 0;
    for (int32_t i = 0; i < a->pattern_count; i++) fits |= pattern_fits(a->patterns[i], c->name);
    for (int32_t i = 0; i < a->without_count; i++) fits &= strcmp(a->without[i], c->category) != 0;
    return fits;
}

static selection select_cases(const arguments *a, const case_file *file) {
    selection s = { .cases = calloc((size_t)file->count + 1, sizeof *s.cases),
                    .verdicts = calloc((size_t)file->count + 1, sizeof *s.verdicts) };
    if (!s.cases || !s.verdicts) exit(1);
    for (int32_t i = 0; i < file->count; i++)
        if (is_selected(a, &file->cases[i])) s.cases[s.count++] = &file->cases[i];
    s.is_whole = s.count == file->count;
    return s;
}

/* ---- running ---- */

/* 0: the engine gave all its memory back. */
static int run_all(const arguments *a, const engine_adapter *adapter, expectations *left_out, selection *s) {
    xb_mem       mem;
    xb_pool     *pool = NULL;
    void        *engine = NULL;
    xybrid_error err = { .message = "" };
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (!a->is_isolated &&
        (xb_pool_new(&mem, a->threads, &pool, &err) != XYBRID_OK || adapter->start(&mem, pool, &engine, &err) != XYBRID_OK)) {
        int is_missing = err.code == XYBRID_ENGINE_MISSING;
        printf("%sthe engine does not start: %s\n", is_missing ? "SKIP ops_node_cases: " : "", err.message);
        exit(is_missing ? 77 : 1);
    }
    for (int32_t i = 0; i < s->count; i++) {
        expectation *e = expectations_find(left_out, s->cases[i]->name);
        if (a->is_verbose) printf("%s\n", s->cases[i]->name), fflush(stdout);
        if (e && !a->runs_left_out) {
            describe_case(s->cases[i], &s->verdicts[i]);
            verdict_set(&s->verdicts[i], CASE_LEFT_OUT, "%s", e->reason);
        } else if (a->is_isolated) {
            run_isolated(adapter, a->threads, a->seconds, s->cases[i], &s->verdicts[i]);
        } else {
            run_case(adapter, engine, &mem, s->cases[i], &s->verdicts[i]);
        }
    }
    if (engine) adapter->stop(engine);
    xb_pool_free(pool);
    if (mem.used_bytes != 0) printf("%lld bytes were not given back at the end\n", (long long)mem.used_bytes);
    return mem.used_bytes != 0;
}

/* ---- the judgement ---- */

/* A line that fits no case is out of date, or misspelt. */
static int find_stale(const expectations *e, const char *path) {
    int stale = 0;
    for (int32_t i = 0; i < e->count; i++) {
        if (e->items[i].matches > 0) continue;
        printf("%s: \"%s\" fits no case\n", path, e->items[i].pattern);
        stale = 1;
    }
    return stale;
}

/* 1: something is not as expected. */
static int judge(const arguments *a, const selection *s, const expectations *left_out, expectations *known) {
    int32_t surprises = 0, expected = 0;
    for (int32_t i = 0; i < s->count; i++) {
        const case_verdict *v = &s->verdicts[i];
        expectation        *e = expectations_find(known, s->cases[i]->name);
        if (v->outcome == CASE_LEFT_OUT) continue;
        if (e && v->outcome == CASE_PASSED) printf("%s passes now: take it off %s\n", s->cases[i]->name, a->known);
        expected += e && v->outcome == CASE_FAILED;
        surprises += (e != NULL) == (v->outcome == CASE_PASSED);
    }
    if (expected) printf("%d of the failures are known\n", expected);
    if (surprises) printf("%d not as expected\n", surprises);
    if (!s->is_whole) return surprises > 0;
    int is_stale = find_stale(left_out, a->left_out) | find_stale(known, a->known);
    return surprises > 0 || is_stale;
}

/* ---- extracting ---- */

static void write_file(const char *folder, const char *name, const char *what, int32_t index, xb_slice bytes) {
    char path[1024];
    if (index < 0) snprintf(path, sizeof path, "%s/%s.%s", folder, name, what);
    else snprintf(path, sizeof path, "%s/%s.%s_%d.pb", folder, name, what, index);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes.data, 1, bytes.size, f) != bytes.size) {
        printf("cannot write %s\n", path);
        exit(1);
    }
    fclose(f);
    printf("%s\n", path);
}

/* The first data set; no case of onnx 1.23 has more. */
static void extract(const char *folder, const selection *s) {
    for (int32_t i = 0; i < s->count; i++) {
        const op_case *c = s->cases[i];
        write_file(folder, c->name, "onnx", -1, c->model);
        for (int32_t n = 0; c->set_count && n < c->sets[0].input_count; n++)
            write_file(folder, c->name, "input", n, c->sets[0].inputs[n]);
        for (int32_t n = 0; c->set_count && n < c->sets[0].output_count; n++)
            write_file(folder, c->name, "output", n, c->sets[0].outputs[n]);
    }
}

/* Reads the lists, runs, reports. */
static int run(const arguments *a, const engine_adapter *adapter, selection *s) {
    expectations left_out, known = { 0 };
    if (!expectations_read(a->left_out, &left_out) || (a->known && !expectations_read(a->known, &known))) {
        printf("a list of expectations is missing\n");
        return 1;
    }
    int is_bad = run_all(a, adapter, &left_out, s);
    case_report(s->cases, s->verdicts, s->count, a->is_brief);
    is_bad |= judge(a, s, &left_out, &known);
    expectations_free(&left_out);
    expectations_free(&known);
    return is_bad;
}

int main(int argc, char **argv) {
    arguments             a = parse(argc, argv);
    int                   is_native = strcmp(a.engine, "native") == 0;
    const engine_adapter *adapter = is_native ? adapter_native() : adapter_onnxruntime();
    case_file             file;
    if (!is_native && strcmp(a.engine, "onnxruntime") != 0) usage();
    if (a.is_isolated && !can_isolate()) {
        printf("this system cannot isolate cases\n");
        return 2;
    }
    if (!adapter && !a.extract) {
        printf("SKIP ops_node_cases: the engine %s is not in this build\n", a.engine);
        return 77;
    }
    if (!case_file_read(a.cases, &file)) {
        printf("SKIP ops_node_cases: no %s; scripts/setup test makes it\n", a.cases);
        return 77;
    }
    selection s = select_cases(&a, &file);
    int       code = 0;
    if (a.extract) extract(a.extract, &s);
    else code = run(&a, adapter, &s);
    free(s.cases);
    free(s.verdicts);
    case_file_free(&file);
    return code;
}
