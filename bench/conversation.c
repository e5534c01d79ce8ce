/* bench/conversation.c - what a conversation costs through the public interface, on a real language model:
 *
 *     turns    a first turn of some 1,000 tokens; the time to the first token of it, of the second turn, of a turn after the
 *              conversation was saved and restored by another session, of a turn on a fork; and their ratios to the first
 *     cancel   a token fired by another thread at moments spread over load, prompt and generation: from there to the call's
 *              return, and whether the session then answers as one that was never stopped
 *     idle     processor time of the process while a session is open and warm, and nothing is asked: just behind an answer, where
 *              the pool looks out for the next token for some milliseconds, and from then on
 *     tokens   time for a token above what the engine takes: the public interface beside the plug-in's table, token by token in
 *              turn, at the same places, medians of each round; of processor time at one thread, of wall time at more
 *
 * Times are of the wall clock unless it is said. Ratios are taken within a round; medians and quartiles of the rounds. Every
 * session is opened and asked a word before, so that what is opened only once counts nowhere. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "token_table.h"

enum {
    MAX_ROUNDS = 101,
    MAX_SHOTS = 1000,
    TEXT = 16384,
    ANSWER = 2048,
    SHORT_ANSWER = 16,
    IDLE_S = 3,
    BEHIND_MS = 100,
    MADE = 96,
    MADE_BEHIND = 128
};

static xybrid_error err;

static struct opened {
    const char     *model, *engines;
    int             threads;
    xybrid_runtime *rt;
    xybrid_model   *llm;
} opened;

static double ms_since(int64_t start_ns) { return (double)(bench_wall_ns() - start_ns) * 1e-6; }

static void sleep_ms(double ms) {
    struct timespec t = { (time_t)(ms / 1000), (long)(ms * 1e6) % 1000000000 };
    nanosleep(&t, NULL);
}

/* ---- asking ---- */

/* Words that are one token each, or nearly. `seed` makes another text. */
static const char *words(int count, unsigned seed) {
    static const char *const list[] = {
        "time",  "water", "house", "people", "day",   "year",  "hand", "place", "work", "world",
        "story", "river", "light", "school", "night", "music", "city", "table", "food", "road"
    };
    static char text[TEXT];
    size_t      at = (size_t)snprintf(text, sizeof text, "Here is a list:");
    for (int i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u; /* Numerical Recipes */
        at += (size_t)snprintf(text + at, sizeof text - at, " %s", list[(seed >> 16) % (sizeof list / sizeof list[0])]);
    }
    snprintf(text + at, sizeof text - at, ". Say something about it.");
    return text;
}

static const char *prompt_of_1000(unsigned seed) { return words(965, seed); }

typedef struct turn {
    xybrid_status status;
    double        first_ms; /* from the start to the first event */
    int64_t       ended_ns;
    int           in, cached;
    char          text[ANSWER];
} turn;

typedef struct shot {
    xybrid_cancel *cancel;
    double         after_ms;
    atomic_llong   fired_ns, first_ns; /* first_ns: when the first token came, from which after_ms counts; -1 = from now */
} shot;

static int figure(const xybrid_envelope *e, const char *key) {
    const char *text = xybrid_envelope_get(e, key);
    return text ? (int)strtol(text, NULL, 10) : -1;
}

static void note_end(turn *t, const xybrid_envelope *e) {
    t->in = figure(e, "tokens_in");
    t->cached = figure(e, "tokens_cached");
    snprintf(t->text, sizeof t->text, "%s", xybrid_envelope_text(e));
}

static void ask(xybrid_session *s, const char *text, const xybrid_run_options *o, shot *at, turn *t) {
    xybrid_envelope    *in = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *ev = NULL;
    int64_t             start_ns = bench_wall_ns(), first_ns = 0;
    memset(t, 0, sizeof *t);
    bench_check(xybrid_envelope_new_text(opened.rt, text, -1, &in, &err), &err, "a text");
    bench_check(xybrid_session_start(s, in, o, &stream, &err), &err, "starting a turn");
    do {
        t->status = xybrid_stream_next(stream, XYBRID_AUTO, &ev, &err);
        t->ended_ns = bench_wall_ns();
        if (t->status || first_ns) continue;
        first_ns = t->ended_ns;
        if (at) atomic_store(&at->first_ns, first_ns);
    } while (!t->status && ev->kind != XYBRID_EVENT_DONE);
    if (!t->status) {
        t->first_ms = (double)(first_ns - start_ns) * 1e-6;
        note_end(t, ev->data);
    } else if (!at || (t->status & XYBRID_PRIMARY_MASK) != XYBRID_CANCELLED) bench_check(t->status, &err, "a turn");
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
}

static xybrid_run_options greedy(int max_tokens) {
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.temperature = 0;
    o.max_tokens = max_tokens;
    return o;
}

static xybrid_session *open_session(void) {
    xybrid_session *s = NULL;
    bench_check(xybrid_session_open(opened.llm, NULL, &s, &err), &err, "a session");
    return s;
}

/* A session that has all it needs, and no past. */
static xybrid_session *warm_session(void) {
    xybrid_session          *s = open_session();
    const xybrid_run_options o = greedy(2);
    turn                     t;
    ask(s, "Hello", &o, NULL, &t);
    bench_check(xybrid_session_rewind(s, 0, &err), &err, "rewind");
    return s;
}

static xybrid_status load(xybrid_cancel *cancel, xybrid_model **out) {
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.cancel = cancel;
    o.threads = opened.threads;
    return xybrid_model_load(opened.rt, opened.model, &o, out, &err);
}

static void open_all(void) {
    xybrid_runtime_options o;
    xybrid_runtime_options_init(&o, sizeof o);
    o.engine_dir = opened.engines;
    o.threads = opened.threads;
    bench_check(xybrid_runtime_create(&o, &opened.rt, &err), &err, "runtime");
    bench_check(load(NULL, &opened.llm), &err, opened.model);
}

static void close_all(void) {
    xybrid_model_free(opened.llm);
    xybrid_runtime_free(opened.rt);
}

/* ---- turns ---- */

enum { FIRST, SECOND, RESTORED, RESTORED_ALL, FORKED, FORKED_ALL, KINDS };
static const char *const kinds[KINDS] = {
    "first", "second", "restored", "restored_with_restore", "forked", "forked_with_fork"
};

static void one_round(int round, const char *file, double *ms, int *tokens) {
    const xybrid_run_options o = greedy(SHORT_ANSWER);
    xybrid_session          *s = warm_session(), *other = warm_session(), *fork = NULL;
    turn                     t;
    ask(s, prompt_of_1000((unsigned)round + 1), &o, NULL, &t);
    ms[FIRST] = t.first_ms;
    *tokens = t.in;
    ask(s, "What else?", &o, NULL, &t);
    ms[SECOND] = t.first_ms;
    bench_check(xybrid_session_save(s, file, &err), &err, "save");
    int64_t start_ns = bench_wall_ns();
    bench_check(xybrid_session_restore(other, file, &err), &err, "restore");
    double before_ms = ms_since(start_ns);
    ask(other, "And then?", &o, NULL, &t);
    ms[RESTORED] = t.first_ms;
    ms[RESTORED_ALL] = t.first_ms + before_ms;
    if (t.cached < 900) bench_die("the restored cache was not used: %d tokens of it", t.cached);
    start_ns = bench_wall_ns();
    bench_check(xybrid_session_fork(s, &fork, &err), &err, "fork");
    before_ms = ms_since(start_ns);
    ask(fork, "And then?", &o, NULL, &t);
    ms[FORKED] = t.first_ms;
    ms[FORKED_ALL] = t.first_ms + before_ms;
    xybrid_session_free(fork);
    xybrid_session_free(other);
    xybrid_session_free(s);
}

static void measure_turns(int rounds, bench_json *json) {
    static double ms[KINDS][MAX_ROUNDS], ratio[KINDS][MAX_ROUNDS];
    char          file[] = "/tmp/xybrid-conversation-XXXXXX";
    int           tokens = 0, fd = mkstemp(file);
    if (fd < 0) bench_die("no file can be made in /tmp");
    close(fd);
    for (int r = 0; r < rounds; r++) {
        double of[KINDS];
        one_round(r, file, of, &tokens);
        for (int k = 0; k < KINDS; k++) ms[k][r] = of[k], ratio[k][r] = of[k] / of[FIRST];
    }
    unlink(file);
    printf("turns: time to the first token, a first turn of %d tokens, %d rounds\n", tokens, rounds);
    bench_json_begin(json, "turns");
    bench_json_number(json, "tokens", tokens);
    for (int k = 0; k < KINDS; k++) {
        bench_spread m = bench_spread_of(ms[k], (size_t)rounds), q = bench_spread_of(ratio[k], (size_t)rounds);
        printf("  %-22s %9.1f ms [%.1f %.1f]   %.3f of the first [%.3f %.3f]\n", kinds[k], m.p50, m.p25, m.p75, q.p50, q.p25,
               q.p75);
        bench_json_begin(json, kinds[k]);
        bench_json_spread(json, "first_token_ms", m);
        bench_json_spread(json, "ratio", q);
        bench_json_end(json);
    }
    bench_json_end(json);
}

/* ---- cancel ---- */

/* Another thread: waits, and fires. */
static void *fire(void *arg) {
    shot *at = arg;
    while (atomic_load(&at->first_ns) == 0) sleep_ms(0.2);
    sleep_ms(at->after_ms);
    atomic_store(&at->fired_ns, bench_wall_ns());
    xybrid_cancel_fire(at->cancel);
    return NULL;
}

static pthread_t take_aim(shot *at, double after_ms, int64_t first_ns) {
    pthread_t thread;
    at->after_ms = after_ms;
    atomic_store(&at->fired_ns, 0);
    atomic_store(&at->first_ns, first_ns);
    bench_check(xybrid_cancel_create(opened.rt, &at->cancel, &err), &err, "a token");
    if (pthread_create(&thread, NULL, fire, at)) bench_die("no thread");
    return thread;
}

/* How long it took to return; -1: it was over before. */
static double hit(shot *at, pthread_t thread, xybrid_status status, int64_t ended_ns) {
    pthread_join(thread, NULL);
    xybrid_cancel_free(at->cancel);
    return status ? (double)(ended_ns - atomic_load(&at->fired_ns)) * 1e-6 : -1;
}

static double stop_load(double after_ms) {
    shot          at;
    xybrid_model *m = NULL;
    pthread_t     thread = take_aim(&at, after_ms, -1);
    xybrid_status st = load(at.cancel, &m);
    int64_t       ended_ns = bench_wall_ns();
    if (st && (st & XYBRID_PRIMARY_MASK) != XYBRID_CANCELLED) bench_check(st, &err, "load");
    xybrid_model_free(m);
    return hit(&at, thread, st, ended_ns);
}

/* In the prompt (from the start) or in the generation (from the first token). `same`: the answer that follows is as wanted. */
static double stop_turn(int is_prompt, double after_ms, unsigned seed, const char *wanted, int *same) {
    xybrid_session          *s = warm_session();
    const xybrid_run_options plain = greedy(SHORT_ANSWER);
    xybrid_run_options       o = greedy(512);
    shot                     at;
    turn                     t;
    ask(s, "What is water?", &plain, NULL, &t);
    pthread_t thread = take_aim(&at, after_ms, is_prompt ? -1 : 0);
    o.cancel = at.cancel;
    o.params = "{\"logit_bias\": {\"2\": -100}}"; /* it never ends by itself */
    ask(s, is_prompt ? prompt_of_1000(seed) : "Tell me a long story.", &o, &at, &t);
    double ms = hit(&at, thread, t.status, t.ended_ns);
    if (t.status) {
        ask(s, "What is fire?", &plain, NULL, &t);
        *same += strcmp(t.text, wanted) == 0;
    }
    xybrid_session_free(s);
    return ms;
}

static void report_shots(const char *phase, double *ms, int count, int same, int wanted, bench_json *json) {
    double worst = 0;
    for (int i = 0; i < count; i++) worst = ms[i] > worst ? ms[i] : worst;
    bench_spread m = bench_spread_of(ms, (size_t)count);
    printf("  %-11s %3d hits of %3d   median %6.2f ms   99th %6.2f   worst %6.2f", phase, count, wanted, m.p50, m.p99, worst);
    if (same >= 0) printf("   %d of %d answers as of a fresh session", same, count);
    printf("\n");
    fflush(stdout);
    bench_json_begin(json, phase);
    bench_json_number(json, "hits", count);
    bench_json_spread(json, "returned_ms", m);
    bench_json_number(json, "worst_ms", worst);
    if (same >= 0) bench_json_number(json, "answers_as_fresh", same);
    bench_json_end(json);
}

static void measure_cancel(int shots, bench_json *json) {
    static const char *const phases[] = { "load", "prompt", "generation" };
    const xybrid_run_options plain = greedy(SHORT_ANSWER);
    double                   last[3], ms[MAX_SHOTS];
    turn                     wanted, t;
    xybrid_model            *m = NULL;
    int64_t                  start_ns = bench_wall_ns();
    bench_check(load(NULL, &m), &err, "load");
    last[0] = ms_since(start_ns);
    xybrid_model_free(m);
    xybrid_session *s = warm_session();
    ask(s, prompt_of_1000(1), &plain, NULL, &t);
    last[1] = t.first_ms;
    last[2] = 1000;
    bench_check(xybrid_session_rewind(s, 0, &err), &err, "rewind");
    ask(s, "What is water?", &plain, NULL, &t);
    ask(s, "What is fire?", &plain, NULL, &wanted);
    xybrid_session_free(s);
    printf("cancel: from firing to the return; load %.0f ms, prompt %.0f ms, a second of generation\n", last[0], last[1]);
    bench_json_begin(json, "cancel");
    for (int phase = 0; phase < 3; phase++) {
        int hits = 0, same = 0;
        for (int i = 0; i < shots; i++) {
            double after_ms = last[phase] * (i + 0.5) / shots;
            ms[hits] = phase == 0 ? stop_load(after_ms) : stop_turn(phase == 1, after_ms, (unsigned)i, wanted.text, &same);
            hits += ms[hits] >= 0;
        }
        report_shots(phases[phase], ms, hits, phase ? same : -1, shots, json);
    }
    bench_json_end(json);
}

/* ---- idle ---- */

static double cpu_ms_in(double ms) {
    int64_t cpu_ns = bench_process_cpu_ns();
    sleep_ms(ms);
    return (double)(bench_process_cpu_ns() - cpu_ns) * 1e-6;
}

static void measure_idle(bench_json *json) {
    xybrid_session *s = warm_session();
    double          behind_ms = cpu_ms_in(BEHIND_MS), idle_ms = cpu_ms_in(IDLE_S * 1000.0);
    printf("idle: %.3f ms of processor time in the %d ms behind an answer, then %.3f ms in %d s\n", behind_ms, BEHIND_MS,
           idle_ms, IDLE_S);
    bench_json_number(json, "behind_answer_cpu_ms", behind_ms);
    bench_json_number(json, "idle_cpu_ms", idle_ms);
    xybrid_session_free(s);
}

/* ---- the engine's table ---- */

static token_table table;

static void open_table(const char *plugin, const char *path) {
    token_table_open(&table, plugin, path, opened.threads, 4096);
    table.options.threads = opened.threads;
    token_table_begin(&table);
}

static void close_table(void) {
    token_table_end(&table);
    token_table_close(&table);
}

static void decode(int32_t count) {
    static int32_t tokens[4096];
    for (int32_t i = 0; i < count; i++) tokens[i] = 1000 + rand() % 20000;
    xybrid_batch batch = { .struct_size = sizeof batch, .count = count, .tokens = tokens };
    bench_check(table.t->decode(table.session, &batch, NULL, &err), &err, "decode");
}

/* ---- tokens ---- */

static int64_t now_ns(void) { return opened.threads == 1 ? bench_process_cpu_ns() : bench_wall_ns(); }

typedef struct pair {
    double ours[MADE], theirs[MADE]; /* ns for each token behind the first */
    int    count, prompt_tokens;     /* prompt_tokens: of the turn before, as long as this one's */
} pair;

/* A turn of ours and the table, token by token in turn, at the same places. */
static void run_pair(xybrid_session *s, const char *text, const xybrid_run_options *o, pair *p) {
    xybrid_envelope    *in = NULL;
    xybrid_stream      *stream = NULL;
    const xybrid_event *ev = NULL;
    p->count = 0;
    bench_check(xybrid_envelope_new_text(opened.rt, text, -1, &in, &err), &err, "a text");
    bench_check(xybrid_session_start(s, in, o, &stream, &err), &err, "starting a turn");
    bench_check(table.t->cache_trim(table.session, 0, 0, XYBRID_AUTO, &err), &err, "trim");
    decode(p->prompt_tokens);
    for (;;) {
        int64_t start_ns = now_ns();
        bench_check(xybrid_stream_next(stream, XYBRID_AUTO, &ev, &err), &err, "a turn");
        int64_t mid_ns = now_ns();
        if (ev->kind == XYBRID_EVENT_DONE) break;
        if (p->count == MADE) continue;
        decode(1);
        p->ours[p->count] = (double)(mid_ns - start_ns);
        p->theirs[p->count++] = (double)(now_ns() - mid_ns);
        if (p->count == 1) p->ours[0] = p->theirs[0]; /* the prompt was in it */
    }
    if (ev->kind == XYBRID_EVENT_DONE) p->prompt_tokens = figure(ev->data, "tokens_in");
    xybrid_stream_close(stream);
    xybrid_envelope_free(in);
}

static void measure_tokens(const char *name, int is_greedy, int rounds, bench_json *json) {
    double             ratio[MAX_ROUNDS], own_us[MAX_ROUNDS], rate[MAX_ROUNDS];
    xybrid_run_options o = greedy(MADE);
    pair               p = { .prompt_tokens = MADE_BEHIND };
    if (!is_greedy) { /* what the library takes unless it is told, and not what the pack says */
        o.temperature = 0.7f, o.top_k = 40, o.top_p = 0.9f, o.min_p = 0.05f, o.repeat_penalty = 1.1f;
        o.seed = 1;
    }
    o.params = "{\"logit_bias\": {\"2\": -100}}";
    xybrid_session *s = warm_session();
    for (int r = -1; r < rounds; r++) { /* one that does not count */
        bench_check(xybrid_session_rewind(s, 0, &err), &err, "rewind");
        run_pair(s, words(MADE_BEHIND, (unsigned)r), &o, &p);
        if (r < 0) continue;
        double ours = bench_spread_of(p.ours, (size_t)p.count).p50, theirs = bench_spread_of(p.theirs, (size_t)p.count).p50;
        rate[r] = 1e9 / ours;
        ratio[r] = theirs / ours;
        own_us[r] = (ours - theirs) * 1e-3;
    }
    xybrid_session_free(s);
    bench_spread q = bench_spread_of(ratio, (size_t)rounds), u = bench_spread_of(own_us, (size_t)rounds),
                 v = bench_spread_of(rate, (size_t)rounds);
    printf("tokens, %-8s %d threads: %.1f a second   %.3f of the engine's rate [%.3f %.3f]   %.0f us of our own each [%.0f "
           "%.0f]\n",
           name, opened.threads, v.p50, q.p50, q.p25, q.p75, u.p50, u.p25, u.p75);
    fflush(stdout);
    bench_json_begin(json, name);
    bench_json_spread(json, "tokens_per_s", v);
    bench_json_spread(json, "ratio", q);
    bench_json_spread(json, "own_us", u);
    bench_json_end(json);
}

int main(int argc, char **argv) {
    bench_arg args[] = { { "--rounds", "N", "of turns and of tokens", "7" },
                         { "--shots", "N", "cancels in each phase", "40" },
                         { "--threads", "N", "of the runtime", "2" },
                         { "--only", "WORD", "turns, cancel, idle or tokens", NULL },
                         { "--model", "DIR", "a pack", XB_BENCH_MODELS "/smollm2-135m" },
                         { "--file", "PATH", "its GGUF file", XB_BENCH_MODELS "/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf" },
                         { "--engines", "DIR", "where the plug-in is", XB_BENCH_ENGINES },
                         { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv, "A conversation through the public interface: turns, cancel, idleness, our own time for a token.",
                args, 8);
    int         rounds = bench_number(&args[0], 1, MAX_ROUNDS), shots = bench_number(&args[1], 1, MAX_SHOTS);
    const char *only = args[3].value;
    char        plugin[1024];
    opened.threads = bench_number(&args[2], 1, 64);
    opened.model = args[4].value;
    opened.engines = args[6].value;
    snprintf(plugin, sizeof plugin, "%s/libxybrid-llama.so", opened.engines);
    if (access(plugin, R_OK) != 0 || access(args[5].value, R_OK) != 0) {
        printf("no %s or no model: scripts/setup, scripts/build-llama\n", plugin);
        return 0;
    }
    bench_print_machine();
    bench_json *json = bench_json_open(args[7].value, "conversation");
    bench_json_number(json, "threads", opened.threads);
    open_all();
    if (!only || strcmp(only, "turns") == 0) measure_turns(rounds, json);
    if (!only || strcmp(only, "cancel") == 0) measure_cancel(shots, json);
    if (!only || strcmp(only, "idle") == 0) measure_idle(json);
    if (!only || strcmp(only, "tokens") == 0) {
        open_table(plugin, args[5].value);
        measure_tokens("greedy", 1, rounds, json);
        measure_tokens("sampled", 0, rounds, json);
        close_table();
    }
    close_all();
    bench_json_close(json);
    return 0;
}
