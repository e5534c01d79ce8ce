/* bench/language.c - a language model through the plug-in libxybrid-llama, beside llama-bench's measurement loop on the same
 * archives (language_peer.c): prefill (a prompt of 512 tokens) and decode (128 tokens, one after another), at 1 and 2 threads.
 *
 * The two live in processes of their own and take turns, a measurement each, after one that does not count; each is the first in
 * every other round, and whoever waits sleeps. Both open the model several times: where its weights come to lie in memory makes
 * one opening up to 5 % faster than the next one of the same program. "ratio" is the peer's time divided by ours, turn by turn: 1
 * is equal, above is faster. With one thread it is taken of processor time, which leaves out what else the machine does; with
 * more, of wall time. Target: 0.98. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "token_table.h"

enum { MAX_ROUNDS = 101, MAX_OPENINGS = 20, MAX_TURNS = MAX_ROUNDS * MAX_OPENINGS, MAX_TOKENS = 1024, CONTEXT = 2048 };

static int32_t      tokens[MAX_TOKENS];
static xybrid_error err;

/* ---- ours ---- */

static token_table ours;

static void open_ours(const char *plugin, const char *model, int threads) {
    token_table_open(&ours, plugin, model, 64, CONTEXT);
    ours.options.threads = threads;
    token_table_begin(&ours);
    xybrid_token_info info = { .struct_size = sizeof info };
    bench_check(ours.t->info(ours.model->handle, &info, &err), &err, "info");
    srand(1);
    for (int i = 0; i < MAX_TOKENS; i++) tokens[i] = rand() % info.vocabulary;
}

static void close_ours(void) {
    token_table_end(&ours);
    token_table_close(&ours);
}

static void run_ours(int32_t count, int32_t step) {
    bench_check(ours.t->cache_trim(ours.session, 0, 0, XYBRID_AUTO, &err), &err, "trim");
    for (int32_t done = 0; done < count; done += step) {
        xybrid_batch batch = { .struct_size = sizeof batch,
                               .count = count - done < step ? count - done : step,
                               .tokens = tokens };
        bench_check(ours.t->decode(ours.session, &batch, NULL, &err), &err, "decode");
    }
}

/* ---- the peer ---- */

static struct peer {
    pid_t pid;
    FILE *to, *from;
} peer;

static void start_peer(const char *program, const char *model, int threads) {
    int  to[2], from[2];
    char number[16];
    snprintf(number, sizeof number, "%d", threads);
    if (pipe(to) || pipe(from) || (peer.pid = fork()) < 0) bench_die("cannot start %s", program);
    if (peer.pid == 0) {
        dup2(to[0], 0), dup2(from[1], 1);
        close(to[0]), close(to[1]), close(from[0]), close(from[1]);
        execl(program, program, model, number, (char *)NULL);
        _exit(127);
    }
    close(to[0]), close(from[1]);
    peer.to = fdopen(to[1], "w");
    peer.from = fdopen(from[0], "r");
    if (!peer.to || !peer.from) bench_die("cannot talk to %s", program);
}

static void run_peer(const char *what, int32_t count, double *wall_s, double *cpu_s) {
    long long wall, cpu;
    fprintf(peer.to, "%s %d\n", what, count);
    fflush(peer.to);
    if (fscanf(peer.from, "%lld %lld", &wall, &cpu) != 2) bench_die("the peer ended; is build/llama/language_peer there?");
    *wall_s = (double)wall / 1e9;
    *cpu_s = (double)cpu / 1e9;
}

static void stop_peer(void) {
    fclose(peer.to);
    fclose(peer.from);
    waitpid(peer.pid, NULL, 0);
}

/* ---- measuring ---- */

typedef struct job {
    const char *name; /* as the peer knows it */
    int32_t     count, step;
    int         turns; /* measured so far */
    double      mine[MAX_TURNS], theirs[MAX_TURNS], ratio[MAX_TURNS];
} job;

static void measure(job *j, int threads, int rounds) {
    double ignored, wall, cpu;
    run_ours(j->count, j->step);
    run_peer(j->name, j->count, &ignored, &ignored);
    for (int r = 0; r < rounds; r++) {
        if (r % 2 == 1) run_peer(j->name, j->count, &wall, &cpu);
        int64_t wall_ns = bench_wall_ns(), cpu_ns = bench_process_cpu_ns();
        run_ours(j->count, j->step);
        wall_ns = bench_wall_ns() - wall_ns;
        cpu_ns = bench_process_cpu_ns() - cpu_ns;
        nanosleep(&(struct timespec){ .tv_nsec = 30 * 1000 * 1000 }, NULL); /* until our threads sleep, too */
        if (r % 2 == 0) run_peer(j->name, j->count, &wall, &cpu);
        double own = (double)(threads == 1 ? cpu_ns : wall_ns) / 1e9, other = threads == 1 ? cpu : wall;
        j->mine[j->turns] = j->count / own;
        j->theirs[j->turns] = j->count / other;
        j->ratio[j->turns++] = other / own;
    }
}

static void report(job *j, int threads, bench_json *json) {
    size_t       n = (size_t)j->turns;
    bench_spread m = bench_spread_of(j->mine, n), t = bench_spread_of(j->theirs, n), q = bench_spread_of(j->ratio, n);
    printf("%s%-5d %7d  %9.1f %9.1f   %5.3f  [%5.3f %5.3f]\n", j->name, j->count, threads, m.p50, t.p50, q.p50, q.p25, q.p75);
    fflush(stdout);
    bench_json_begin_item(json);
    bench_json_text(json, "test", j->name);
    bench_json_number(json, "tokens", j->count);
    bench_json_number(json, "threads", threads);
    bench_json_text(json, "clock", threads == 1 ? "processor" : "wall");
    bench_json_spread(json, "tokens_per_s", m);
    bench_json_spread(json, "peer_tokens_per_s", t);
    bench_json_spread(json, "ratio", q);
    bench_json_end(json);
}

int main(int argc, char **argv) {
    bench_arg args[] = { { "--rounds", "N", "turns of each measurement after an opening", "3" },
                         { "--openings", "N", "of the model, in both", "5" },
                         { "--threads", "N", "only with as many; else 1 and 2", NULL },
                         { "--model", "PATH", "a GGUF file", XB_BENCH_MODELS "/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf" },
                         { "--plugin", "PATH", "the plug-in", XB_BENCH_ENGINES "/libxybrid-llama.so" },
                         { "--peer", "PATH", "language_peer", XB_BENCH_LLAMA "/language_peer" },
                         { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv, "A language model through the plug-in, beside llama-bench's loop on the same library.", args, 7);
    int         rounds = bench_number(&args[0], 1, MAX_ROUNDS), openings = bench_number(&args[1], 1, MAX_OPENINGS);
    int         only = args[2].value ? bench_number(&args[2], 1, 64) : 0;
    static job  jobs[] = { { .name = "pp", .count = 512, .step = 512 }, { .name = "tg", .count = 128, .step = 1 } };
    const char *model = args[3].value, *plugin = args[4].value, *program = args[5].value;
    if (access(program, X_OK) != 0 || access(model, R_OK) != 0) {
        printf("no %s or no model: scripts/setup, scripts/build-llama --references\n", program);
        return 0;
    }
    bench_print_machine();
    bench_json *json = bench_json_open(args[6].value, "language");
    bench_json_begin_list(json, "tests");
    printf("test    threads    ours/s    peer/s   ratio  [quartiles]\n");
    for (int threads = only ? only : 1; threads <= (only ? only : 2); threads++) {
        jobs[0].turns = jobs[1].turns = 0;
        for (int opening = 0; opening < openings; opening++) {
            open_ours(plugin, model, threads);
            start_peer(program, model, threads);
            for (int i = 0; i < 2; i++) measure(&jobs[i], threads, rounds);
            stop_peer();
            close_ours();
        }
        for (int i = 0; i < 2; i++) report(&jobs[i], threads, json);
    }
    bench_json_end(json);
    bench_json_close(json);
    return 0;
}
