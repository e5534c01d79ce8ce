/* Conversations do not grow: many turns on one session of the echo engine's language model, whose context is small, so that old
 * turns go all the time; then sessions opened, asked and closed. Blocks are counted by the allocator, bytes by the runtime. */
#include "chat_rig.h"
#include "counted.h"

enum { CONTEXT = 300, TURNS = 200, SESSIONS = 50, WARM_SESSIONS = 2 };

static xybrid_error err;

typedef struct rig {
    counter            counts;
    xybrid_allocator   allocator;
    xybrid_runtime    *rt;
    xybrid_model      *model;
    xybrid_run_options options;
} rig;

static int open_rig_of(rig *r, const char *name, const char *lines) {
    xybrid_runtime_options o;
    memset(r, 0, sizeof *r);
    r->allocator = (xybrid_allocator){ sizeof r->allocator, 0, &r->counts, counted_alloc, counted_free };
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &r->allocator;
    o.threads = 1; /* the counter is for one thread */
    xybrid_run_options_init(&r->options, sizeof r->options);
    r->options.temperature = 0;
    r->options.repeat_penalty = 1;
    int ok = xybrid_runtime_create(&o, &r->rt, &err) == XYBRID_OK &&
             xybrid_model_load(r->rt, chat_pack(name, lines, ""), NULL, &r->model, &err) == XYBRID_OK;
    if (!ok) printf("%s: %s\n", name, err.message);
    CHECK(ok);
    return ok;
}

static int open_rig(rig *r, const char *name) { return open_rig_of(r, name, "tokens 2000\nbatch 64\nsum\n"); }

static void close_rig(rig *r) {
    xybrid_model_free(r->model);
    xybrid_runtime_free(r->rt);
    CHECK_INT(r->counts.live, 0);
}

static xybrid_session *open_session(rig *r) {
    xybrid_session_options o;
    xybrid_session        *s = NULL;
    xybrid_session_options_init(&o, sizeof o);
    o.system = "Be brief.";
    o.context_tokens = CONTEXT;
    CHECK_INT(xybrid_session_open(r->model, &o, &s, &err), XYBRID_OK);
    return s;
}

/* Every question and every answer has the same size: the conversation comes back to where it was. */
static long ask(rig *r, xybrid_session *s, int number) {
    char text[32];
    snprintf(text, sizeof text, "question %03d", number);
    xybrid_envelope *answer = chat_ask(r->rt, s, text, &r->options, &err);
    CHECK(answer && strncmp(chat_text(answer), text, strlen(text)) == 0);
    long dropped = answer ? chat_figure(answer, "turns_dropped") : -1;
    xybrid_envelope_free(answer);
    return dropped;
}

typedef struct most {
    int64_t blocks, bytes;
} most;

static void note(const rig *r, most *m) {
    xybrid_stats stats;
    xybrid_runtime_stats(r->rt, &stats);
    if (r->counts.live > m->blocks) m->blocks = r->counts.live;
    if (stats.private_bytes > m->bytes) m->bytes = stats.private_bytes;
}

static void turns_do_not_add_up(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    rig  r;
    most halves[2] = { { 0, 0 }, { 0, 0 } };
    long dropped = 0;
    if (open_rig(&r, "chat-steady")) {
        xybrid_session *s = open_session(&r);
        for (int i = 0; i < TURNS; i++) {
            dropped += ask(&r, s, i);
            note(&r, &halves[i >= TURNS / 2]);
        }
        CHECK(dropped > TURNS);
        CHECK_INT(halves[1].blocks - halves[0].blocks, 0);
        CHECK_INT(halves[1].bytes - halves[0].bytes, 0);
        xybrid_session_free(s);
    }
    close_rig(&r);
}

static void sessions_leave_nothing(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    rig          r;
    int64_t      blocks = 0, bytes = 0;
    xybrid_stats stats;
    if (open_rig(&r, "chat-sessions")) {
        for (int i = 0; i < SESSIONS; i++) {
            xybrid_session *s = open_session(&r);
            ask(&r, s, i);
            xybrid_session_free(s);
            xybrid_runtime_stats(r.rt, &stats);
            if (i < WARM_SESSIONS) blocks = r.counts.live, bytes = stats.private_bytes;
            CHECK_INT(r.counts.live - blocks, 0);
            CHECK_INT(stats.private_bytes - bytes, 0);
        }
        CHECK_INT(stats.sessions, 0);
    }
    close_rig(&r);
}

/* A conversation that is saved is held once beside what it is made of: its file's bytes, not the cache besides. */
static void saving_holds_the_cache_once(void) {
    DOOR_NEEDS_STEADY_MEMORY;
    static char file[1 << 20], question[4000];
    const char *path = XB_TEST_BUILD "/Testing/chat-save-once/talk.session";
    rig         r;
    if (open_rig_of(&r, "chat-save-once", "tokens 5000\nsum\n")) {
        xybrid_session *s = NULL;
        CHECK_INT(xybrid_session_open(r.model, NULL, &s, &err), XYBRID_OK);
        memset(question, 'q', sizeof question - 1);
        r.options.max_tokens = 1;
        xybrid_envelope *answer = chat_ask(r.rt, s, question, &r.options, &err);
        if (!answer) CHECK_STR(err.message, "");
        xybrid_envelope_free(answer);
        const int64_t before = r.counts.most_bytes = r.counts.bytes;
        CHECK_INT(xybrid_session_save(s, path, &err), XYBRID_OK);
        const int64_t size = (int64_t)door_read(path, file, sizeof file), peak = r.counts.most_bytes - before;
        CHECK(size > 13 * (int64_t)sizeof question); /* the tokens have 4 bytes each, their cache 8 */
        CHECK(peak > size && peak < size + 2 * (int64_t)sizeof question);
        printf("a file of %lld bytes was saved with %lld\n", (long long)size, (long long)peak);
        xybrid_session_free(s);
    }
    close_rig(&r);
}

CHECK_MAIN(RUN(saving_holds_the_cache_once), RUN(turns_do_not_add_up), RUN(sessions_leave_nothing))
