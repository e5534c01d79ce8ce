/* Conversations on a real language model: many turns of one session whose context is small, so that old turns go all the time;
 * then sessions that are opened, asked once and closed. The resident set and the runtime's own bytes are where they were after
 * the first.
 *
 *     long_conversations [TURNS [SESSIONS]]        200 and 50 take some four minutes of one processor */
#include "api/chat_rig.h"
#include "long/resident.h"

enum { CONTEXT = 256, ANSWER = 12, WARM_TURNS = 40, WARM_SESSIONS = 5 };

/* The heap finds a new order of blocks now and then: llama.cpp makes and frees lists of cells and graphs at each batch, and the
 * graph of the longest prompt may come late. A row of logits (196,608 bytes) left behind in each 10th turn is more than this,
 * and so is the cache of one session (6 MB). */
static const double MOST_RISE_BYTES = 2 << 20;

/* The runtime's own: the longest turn may come late, and texts grow by halves. 160 turns that each leave 100
 * bytes are more. */
static const double MOST_OWN_RISE_BYTES = 16 << 10;

/* 25 sessions that each leave 20,000 bytes are more; cache, graph and work space of one are 16 MB. */
static const double MOST_FLOOR_RISE_BYTES = 512 << 10, ONE_SESSION_BYTES = 20 << 20;

typedef struct figures {
    double warm, most, own_warm, own_most; /* bytes: after the first ones, and the most since */
} figures;

static void note(figures *f, const xybrid_runtime *rt, int is_warm) {
    xybrid_stats stats;
    xybrid_runtime_stats(rt, &stats);
    double resident = resident_bytes(), own = (double)stats.private_bytes;
    if (!is_warm || resident > f->most) f->most = resident;
    if (!is_warm || own > f->own_most) f->own_most = own;
    if (!is_warm) f->warm = resident, f->own_warm = own;
}

static void report(const char *what, long count, const figures *f) {
    printf("%s, %ld: resident %.2f MB after the first, %.2f MB more at most; the runtime's own %.3f MB, %.0f bytes more\n",
           what, count, f->warm / 1e6, (f->most - f->warm) / 1e6, f->own_warm / 1e6, f->own_most - f->own_warm);
    fflush(stdout);
    CHECK(f->most - f->warm < MOST_RISE_BYTES);
    CHECK(f->own_most - f->own_warm < MOST_OWN_RISE_BYTES);
}

static const char *question(long number) {
    static const char *const about[] = { "the sea", "a house", "old trains", "bread", "the moon", "a long walk in the hills" };
    static char              text[96];
    snprintf(text, sizeof text, "Question %ld: tell me something about %s.", number, about[number % 6]);
    return text;
}

static void set_options(xybrid_run_options *o) {
    xybrid_run_options_init(o, sizeof *o);
    o->max_tokens = ANSWER;
    o->seed = 1;
}

/* `dropped`: how many turns went. */
static int ask(xybrid_runtime *rt, xybrid_session *s, long number, long *dropped) {
    xybrid_error       err;
    xybrid_run_options o;
    set_options(&o);
    xybrid_envelope *answer = chat_ask(rt, s, question(number), &o, &err);
    if (!answer) printf("question %ld: %s\n", number, err.message);
    CHECK(answer && chat_figure(answer, "tokens_out") > 0);
    *dropped += answer ? chat_figure(answer, "turns_dropped") : 0;
    xybrid_envelope_free(answer);
    return answer != NULL;
}

static int open_session(xybrid_model *m, xybrid_session **s) {
    xybrid_error           err;
    xybrid_session_options o;
    xybrid_session_options_init(&o, sizeof o);
    o.context_tokens = CONTEXT;
    o.system = "Answer in one sentence.";
    return door_ok_(xybrid_session_open(m, &o, s, &err), &err, "session", __LINE__);
}

static void many_turns(xybrid_runtime *rt, xybrid_model *m, long turns) {
    xybrid_session *s = NULL;
    figures         f = { 0 };
    long            dropped = 0, times = 0;
    CHECK_OR_RETURN(open_session(m, &s));
    for (long i = 0; i < turns; i++) {
        long before = dropped;
        CHECK_OR_RETURN(ask(rt, s, i, &dropped));
        times += dropped > before;
        note(&f, rt, i >= WARM_TURNS);
        if (i % 50 == 49) printf("%ld turns\n", i + 1), fflush(stdout);
    }
    printf("%ld turns went in %ld times\n", dropped, times);
    CHECK(times >= turns / 10);
    report("turns of a session", turns, &f);
    xybrid_session_free(s);
}

static double less(double a, double b) { return a < b ? a : b; }

/* What a session had may stay with the heap or go back to the system, as the last free falls: the resident set goes up and down
 * by as much as one session has. What is left behind raises its floor, which is that of the first half and of the second. */
static void many_sessions(xybrid_runtime *rt, xybrid_model *m, long sessions) {
    double       floors[2] = { 1e18, 1e18 }, most = 0, own = 0;
    xybrid_stats stats;
    for (long i = 0, dropped = 0; i < sessions; i++) {
        xybrid_session *s = NULL;
        CHECK_OR_RETURN(open_session(m, &s));
        int ok = ask(rt, s, i, &dropped);
        xybrid_session_free(s);
        CHECK_OR_RETURN(ok);
        double resident = resident_bytes(), *floor = &floors[i >= sessions / 2];
        *floor = less(*floor, resident);
        if (i == 0 || resident > most) most = resident;
        xybrid_runtime_stats(rt, &stats);
        if (i < WARM_SESSIONS) own = (double)stats.private_bytes;
        CHECK(i < WARM_SESSIONS || (double)stats.private_bytes == own);
    }
    printf("sessions, %ld: resident from %.2f MB to %.2f MB; the second half's least is %.2f MB more than the first's; the "
           "runtime's own %.3f MB after each\n",
           sessions, less(floors[0], floors[1]) / 1e6, most / 1e6, (floors[1] - floors[0]) / 1e6, own / 1e6);
    CHECK(floors[1] - floors[0] < MOST_FLOOR_RISE_BYTES);
    CHECK(most - floors[0] < ONE_SESSION_BYTES);
    CHECK_INT(stats.sessions, 0);
    CHECK_INT(stats.streams, 0);
}

int main(int argc, char **argv) {
    long            turns = argc > 1 ? strtol(argv[1], NULL, 10) : 200, sessions = argc > 2 ? strtol(argv[2], NULL, 10) : 50;
    xybrid_error    err;
    xybrid_runtime *rt;
    xybrid_model   *m = NULL;
    xybrid_load_options o;
    if (turns <= WARM_TURNS || sessions <= WARM_SESSIONS)
        return fprintf(stderr, "usage: long_conversations [TURNS [SESSIONS]], above %d and %d\n", WARM_TURNS, WARM_SESSIONS), 2;
    const char *folder = door_pack("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf");
    if (!folder || !door_file_exists(DOOR_ENGINES "/libxybrid-llama.so")) {
        printf(
            "SKIP long_conversations: build/models/smollm2-135m or the plug-in is not there: scripts/setup test brings them\n");
        return 77;
    }
    check_current = "conversations";
    rt = door_runtime();
    xybrid_load_options_init(&o, sizeof o);
    o.threads = 1; /* what else runs here does not matter then */
    if (door_ok_(xybrid_model_load(rt, folder, &o, &m, &err), &err, "load", __LINE__)) {
        many_turns(rt, m, turns);
        many_sessions(rt, m, sessions);
    } else check_failures++;
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    return check_failures != 0;
}
