/* bench/features.c - mel spectrograms beside librosa, Kaldi filter banks beside kaldi-native-fbank, on one thread.
 *
 * The rivals are a Python process (features_rival.py) that computes a case when it is told to and says how much processor
 * time of its thread that took; ours and theirs take turns. The results must agree in their mean. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio/fbank.h"
#include "audio/mel.h"
#include "bench.h"
#include "kernel/fft.h"
#include "plat/fpenv.h"

enum { RATE = 16000, SAMPLES = 30 * RATE, MAX_ROUNDS = 1000 };

static xb_mem       memory;
static xybrid_error err;
static float        samples[SAMPLES];

typedef struct benched {
    const char *name, *about, *rival;
    xybrid_status (*make)(xb_features **out);
    int     is_mel;
    int64_t count;
    double  tolerance; /* of the mean; 0: the results are not the same thing */
} benched;

static xybrid_status make_whisper(xb_features **out) {
    xb_mel_spec s;
    xb_mel_spec_init(&s);
    return xb_mel_new(&memory, &s, out, &err);
}
static xybrid_status make_slaney(xb_features **out) {
    xb_mel_spec s = { .rate_hz = RATE,
                      .n_fft = 2048,
                      .window_samples = 2048,
                      .hop_samples = 512,
                      .is_periodic = 1,
                      .is_centered = 1,
                      .power = 2,
                      .is_normalised = 1,
                      .n_mels = 128,
                      .log = XB_LOG_DB,
                      .floor = 1e-10f };
    return xb_mel_new(&memory, &s, out, &err);
}
static xybrid_status make_kaldi(xb_features **out) {
    xb_fbank_options o;
    xb_fbank_options_init(&o);
    o.bands = 80;
    return xb_fbank_new(&memory, &o, out, &err);
}

static const benched cases[] = {
    { "whisper_30s", "Whisper's, 30 s", "librosa", make_whisper, 1, SAMPLES, 1e-4 },
    { "whisper_11s", "Whisper's, 11 s in 30", "librosa", make_whisper, 1, 11 * RATE, 1e-4 },
    { "slaney_30s", "2048, 512, 128 mels, dB", "librosa", make_slaney, 1, SAMPLES, 1e-2 },
    { "kaldi_30s", "filter bank, 80", "kaldi-native-fbank", make_kaldi, 0, SAMPLES, 1e-3 },
    { "kaldi_whisper", "Whisper's, without log", "kaldi-native-fbank", make_whisper, 1, SAMPLES, 0 },
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* ---- the rival ---- */

static FILE *questions, *answers;
static pid_t child;
static char  versions[200];
static int   has_rival; /* its packages are for Python 3.11 on x86-64 */

static void open_rival(const char *python) {
    int to[2], from[2];
    if (pipe(to) || pipe(from)) bench_die("no pipe");
    fflush(stdout);
    child = fork();
    if (child < 0) bench_die("no process");
    if (child == 0) {
        static const char *const threads[] = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                               "NUMBA_NUM_THREADS" };
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) setenv(threads[i], "1", 1);
        setenv("PYTHONPATH", XB_BENCH_DEPS "/python-bench:" XB_BENCH_DEPS "/python", 1);
        setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
        dup2(to[0], STDIN_FILENO), dup2(from[1], STDOUT_FILENO);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execlp(python, python, XB_BENCH_SOURCE "/features_rival.py", (char *)NULL);
        _exit(127);
    }
    close(to[0]), close(from[1]);
    questions = fdopen(to[1], "w"), answers = fdopen(from[0], "r");
    has_rival = questions && answers && fgets(versions, sizeof versions, answers);
    if (!has_rival)
        snprintf(versions, sizeof versions, "%.40s does not run the rivals; scripts/setup bench brings them", python);
    versions[strcspn(versions, "\n")] = 0;
}

/* Milliseconds of the rival. */
static double ask_rival(const benched *c, double *mean) {
    char line[100], *end;
    fprintf(questions, "%s\n", c->name);
    fflush(questions);
    if (!fgets(line, sizeof line, answers)) bench_die("the rival ended at %s", c->name);
    double ns = strtod(line, &end);
    *mean = strtod(end, NULL);
    return ns / 1e6;
}

/* ---- ours ---- */

static double run_ours(const benched *c, const xb_features *f, double *mean) {
    xb_tensor out;
    int64_t   start = bench_cpu_ns();
    bench_check(c->is_mel ? xb_mel_run(f, &memory, samples, c->count, &out, &err)
                          : xb_features_rows(f, &memory, samples, c->count, &out, &err),
                &err, c->name);
    double  ms = (double)(bench_cpu_ns() - start) / 1e6;
    int64_t count = xb_tensor_count(&out);
    *mean = 0;
    for (int64_t i = 0; i < count; i++) *mean += (double)((float *)out.data)[i] / (double)count;
    xb_tensor_drop(&out);
    return ms;
}

static void run_case(const benched *c, int rounds, bench_json *json) {
    static double ours[MAX_ROUNDS], theirs[MAX_ROUNDS], ratios[MAX_ROUNDS];
    xb_features  *f = NULL;
    double        mean, wanted = 0;
    bench_check(c->make(&f), &err, c->name);
    for (int i = -1; i < rounds; i++) { /* the first warms up */
        double a = run_ours(c, f, &mean), b = has_rival ? ask_rival(c, &wanted) : NAN;
        if (has_rival && c->tolerance > 0 && !(fabs(mean - wanted) <= c->tolerance))
            bench_die("%s: the mean is %.9g, the rival's %.9g", c->name, mean, wanted);
        if (i >= 0) ours[i] = a, theirs[i] = b, ratios[i] = a / b;
    }
    bench_spread o = bench_spread_of(ours, (size_t)rounds), t = bench_spread_of(theirs, (size_t)rounds);
    bench_spread r = bench_spread_of(ratios, (size_t)rounds);
    printf("%-24s %-20s %8.2f %8.2f   %.3f [%.3f %.3f]\n", c->about, c->rival, o.p50, t.p50, r.p50, r.p25, r.p75);
    bench_json_begin(json, c->name);
    bench_json_text(json, "rival", c->rival);
    bench_json_spread(json, "ours_ms", o);
    bench_json_spread(json, "rival_ms", t);
    bench_json_spread(json, "ratio", r);
    bench_json_end(json);
    xb_features_free(f);
}

/* One real transform of the XB_LANES that run side by side, in microseconds. */
static void run_transforms(bench_json *json) {
    static const int64_t lengths[] = { 400, 512, 960, 1024, 2048, 401 };
    printf("\nreal transform, float32, us each, %d side by side:", XB_LANES);
    bench_json_begin(json, "transform_us");
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        int64_t n = lengths[i], size = xb_rfft_table_size(n);
        float  *table = bench_alloc((size_t)size, sizeof *table), *out = bench_alloc((size_t)(n + 2) * XB_LANES, sizeof *out);
        float *data = bench_alloc((size_t)n * XB_LANES, sizeof *data), *again = bench_alloc((size_t)n * XB_LANES, sizeof *data);
        double *room = bench_alloc((size_t)size, sizeof *room), times[99];
        float  *scratch = bench_alloc((size_t)xb_rfft_scratch_size(n) + 1, sizeof *scratch);
        char    key[20];
        xb_rfft_table(n, table, room);
        for (int64_t j = 0; j < n * XB_LANES; j++) again[j] = samples[j];
        for (int round = 0; round < 99; round++) {
            int64_t start = bench_cpu_ns();
            for (int k = 0; k < 20; k++) {
                memcpy(data, again, (size_t)n * XB_LANES * sizeof *data);
                xb_rfft_run(n, table, data, out, scratch);
            }
            times[round] = (double)(bench_cpu_ns() - start) / 1e3 / 20 / (double)XB_LANES;
        }
        bench_spread t = bench_spread_of(times, 99);
        snprintf(key, sizeof key, "%d", (int)n);
        printf("  %s: %.2f", key, t.p50);
        bench_json_spread(json, key, t);
        void *all[] = { table, out, data, again, room, scratch };
        for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) free(all[k]);
    }
    printf("\n");
    bench_json_end(json);
}

int main(int argc, char **argv) {
    bench_arg args[] = { { "--rounds", "N", "of each case", "15" },
                         { "--python", "FILE", "with the rivals' packages", "python3" },
                         { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv,
                "Mel spectrograms and filter banks beside librosa and kaldi-native-fbank: processor time of one thread.", args,
                3);
    int         rounds = bench_number(&args[0], 1, MAX_ROUNDS);
    bench_json *json = bench_json_open(args[2].value, "features");
    xb_fp_enter(); /* as at the door of the library */
    xb_mem_init(&memory, NULL, NULL, NULL, XYBRID_AUTO);
    for (int n = 0; n < SAMPLES; n++) samples[n] = (float)(0.4 * sin(n * 0.05) + 0.2 * sin(n * 0.31) + 0.1 * sin(n * 1.7));
    open_rival(args[1].value);
    bench_print_machine();
    printf("%s; ms of processor time, medians; ratio ours / theirs by pairs [quartiles]\n\n", versions);
    bench_json_text(json, "rivals", versions);
    for (int i = 0; i < CASES; i++) run_case(&cases[i], rounds, json);
    run_transforms(json);
    bench_json_close(json);
    if (questions) fclose(questions);
    if (answers) fclose(answers);
    waitpid(child, NULL, 0);
    return 0;
}
