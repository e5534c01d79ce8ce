/* Many threads on one language model of the echo engine: each has a conversation of its own, and runs without one, cancels and
 * interrupts that other threads fire, forks, files. Every answer is the one that the same conversation gets alone. Also under
 * the thread sanitizer. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "chat_rig.h"

enum { THREADS = 16, SHOOTERS = 2, TURNS = 4, ROUNDS = DOOR_IS_SLOW ? 6 : 25, TEXT = 160 };

/* What a worker hands to those who shoot; one of the two. */
typedef struct target {
    xybrid_cancel *cancel; /* theirs: fired and freed */
    xybrid_stream *stream; /* the worker's: not closed before is_hit */
    atomic_int     is_hit;
} target;

static struct shared {
    xybrid_runtime   *rt;
    xybrid_model     *model;
    _Atomic(target *) targets[THREADS];
    atomic_int        is_over;
    char              wanted[THREADS][TURNS][TEXT], alone[THREADS][TEXT]; /* answers */
} all;

typedef struct worker {
    int             index, failures, hits;
    xybrid_session *chat;
} worker;

static void set_options(xybrid_run_options *o) {
    xybrid_run_options_init(o, sizeof *o);
    o->temperature = 0;
    o->repeat_penalty = 1;
}

static void question(int thread, int turn, char text[TEXT]) {
    snprintf(text, TEXT, "thread %d says this in turn %d", thread, turn);
}

static int is_answer(xybrid_session *s, int thread, int turn) {
    char               text[TEXT];
    xybrid_error       err;
    xybrid_run_options o;
    set_options(&o);
    question(thread, turn, text);
    xybrid_envelope *answer = chat_ask(all.rt, s, text, &o, &err);
    int              ok = answer && strcmp(chat_text(answer), all.wanted[thread][turn]) == 0;
    xybrid_envelope_free(answer);
    return ok;
}

/* ---- those who shoot ---- */

static void *shoot(void *arg) {
    int from = *(int *)arg;
    while (!atomic_load(&all.is_over)) {
        for (int i = 0; i < THREADS; i++) {
            target *t = atomic_exchange(&all.targets[(from + i) % THREADS], NULL);
            if (!t) continue;
            if (t->cancel) xybrid_cancel_fire(t->cancel);
            else xybrid_stream_interrupt(t->stream);
            xybrid_cancel_free(t->cancel);
            atomic_store(&t->is_hit, 1);
        }
        sched_yield();
    }
    return NULL;
}

static void wait_for(target *t) {
    while (!atomic_load(&t->is_hit)) sched_yield();
}

/* A turn that is shot at after `events`; `is_sure`: nothing is done until it was hit. Then the conversation is taken back. */
static int shot_turn(worker *w, int turn, int is_cancel, int events, int is_sure) {
    char                text[TEXT];
    xybrid_error        err;
    xybrid_run_options  o;
    xybrid_envelope    *in = NULL;
    const xybrid_event *ev = NULL;
    target              t = { 0 };
    xybrid_status       st;
    set_options(&o);
    question(w->index, turn, text);
    if (is_cancel && xybrid_cancel_create(all.rt, &t.cancel, &err)) return 0;
    o.cancel = t.cancel;
    if (xybrid_envelope_new_text(all.rt, text, -1, &in, &err) || xybrid_session_start(w->chat, in, &o, &t.stream, &err))
        return 0;
    for (int i = 0;; i++) {
        if (i == events) {
            atomic_store(&all.targets[w->index], &t);
            if (is_sure) wait_for(&t);
        }
        st = xybrid_stream_next(t.stream, XYBRID_AUTO, &ev, &err);
        if (st || ev->kind == XYBRID_EVENT_DONE) break;
    }
    wait_for(&t);
    int is_stopped = st ? st == XYBRID_CANCELLED_TOKEN && is_cancel : ev->finish == XYBRID_FINISH_INTERRUPTED && !is_cancel;
    int ok = is_sure ? is_stopped : is_stopped || (!st && ev->finish == XYBRID_FINISH_STOP);
    if (!st && ok) {
        const char *said = xybrid_envelope_text(ev->data);
        ok = strncmp(said, all.wanted[w->index][turn], strlen(said)) == 0;
    }
    w->hits += is_stopped;
    xybrid_stream_close(t.stream);
    xybrid_envelope_free(in);
    return ok && !xybrid_session_rewind(w->chat, 2 * turn, &err);
}

/* ---- those who talk ---- */

/* Without a session: nothing is remembered. */
static int run_alone(int thread) {
    char               text[TEXT];
    xybrid_error       err;
    xybrid_run_options o;
    xybrid_envelope   *in = NULL, *out = NULL;
    set_options(&o);
    snprintf(text, sizeof text, "thread %d alone", thread);
    int ok = !xybrid_envelope_new_text(all.rt, text, -1, &in, &err) && !xybrid_model_run(all.model, in, &o, &out, &err);
    if (ok) ok = !*all.alone[thread] || strcmp(chat_text(out), all.alone[thread]) == 0;
    if (ok) snprintf(all.alone[thread], TEXT, "%s", chat_text(out));
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    return ok;
}

/* The conversation goes on in another session, by way of a file or of a fork. */
static int moved(worker *w, int turn, int is_fork) {
    char            path[512];
    xybrid_error    err;
    xybrid_session *other = NULL;
    snprintf(path, sizeof path, "%s/Testing/chat-threads/%d.session", XB_TEST_BUILD, w->index);
    int ok = is_fork ? !xybrid_session_fork(w->chat, &other, &err)
                     : !xybrid_session_save(w->chat, path, &err) && !xybrid_session_open(all.model, NULL, &other, &err) &&
                           !xybrid_session_restore(other, path, &err);
    ok = ok && is_answer(other, w->index, turn);
    xybrid_session_free(other);
    return ok;
}

static void *talk(void *arg) {
    worker      *w = arg;
    xybrid_error err;
    for (int round = 0; round < ROUNDS; round++) {
        w->failures += xybrid_session_open(all.model, NULL, &w->chat, &err) != XYBRID_OK;
        for (int turn = 0; turn < TURNS; turn++) {
            int which = round + turn + w->index;
            w->failures += !shot_turn(w, turn, which % 2, which % 7, which % 3 != 0);
            w->failures += turn && !moved(w, turn, which % 2);
            w->failures += !is_answer(w->chat, w->index, turn);
            w->failures += !run_alone(w->index);
        }
        xybrid_session_free(w->chat);
    }
    return NULL;
}

/* What each conversation says when nobody else talks. */
static int talk_alone(void) {
    xybrid_error       err;
    xybrid_run_options o;
    set_options(&o);
    for (int thread = 0; thread < THREADS; thread++) {
        xybrid_session *s = NULL;
        if (!run_alone(thread) || xybrid_session_open(all.model, NULL, &s, &err)) return 0;
        for (int turn = 0; turn < TURNS; turn++) {
            char text[TEXT];
            question(thread, turn, text);
            xybrid_envelope *answer = chat_ask(all.rt, s, text, &o, &err);
            if (answer) snprintf(all.wanted[thread][turn], TEXT, "%s", chat_text(answer));
            xybrid_envelope_free(answer);
            if (!*all.wanted[thread][turn]) return 0;
        }
        xybrid_session_free(s);
    }
    return 1;
}

static void run_threads(void) {
    pthread_t threads[THREADS], shooters[SHOOTERS];
    worker    workers[THREADS];
    int       from[SHOOTERS], hits = 0;
    for (int i = 0; i < SHOOTERS; i++) {
        from[i] = i * THREADS / SHOOTERS;
        CHECK_INT(pthread_create(&shooters[i], NULL, shoot, &from[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){ .index = i };
        CHECK_INT(pthread_create(&threads[i], NULL, talk, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(workers[i].failures, 0);
        hits += workers[i].hits;
    }
    atomic_store(&all.is_over, 1);
    for (int i = 0; i < SHOOTERS; i++) pthread_join(shooters[i], NULL);
    CHECK(hits >= THREADS * ROUNDS * TURNS * 2 / 3 - THREADS); /* those that wait for it */
    printf("%d of %d turns were stopped\n", hits, THREADS * ROUNDS * TURNS);
}

static void sixteen_conversations(void) {
    xybrid_error err;
    xybrid_stats stats;
    all.rt = door_runtime();
    DOOR_OK(xybrid_model_load(all.rt, chat_pack("chat-threads", "tokens 2000\nbatch 64\nsum\n", ""), NULL, &all.model, &err));
    CHECK(talk_alone());
    run_threads();
    xybrid_runtime_stats(all.rt, &stats);
    CHECK_INT(stats.streams, 0);
    xybrid_model_free(all.model);
    xybrid_runtime_free(all.rt);
}

CHECK_MAIN(RUN(sixteen_conversations))
