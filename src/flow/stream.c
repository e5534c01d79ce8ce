/* flow/stream.c - one request in flight: the work is done in `next`, on the caller's thread.
 *
 *     single:  start(in) -> next: execute -> DONE
 *     live:    feed -> queue (bounded) -> next: execute -> OUTPUT, ...; finish -> DONE                                    */
#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "flow/flow_int.h"
#include "plat/clock.h"
#include "plat/fpenv.h"

enum { QUEUE = 64 };

struct xybrid_stream {
    uint32_t           mark;
    xybrid_session    *session; /* kept */
    int                is_borrowed, is_live;
    xybrid_run_options options; /* cancel and into kept */
    xybrid_envelope   *in;
    xybrid_event       event;
    xybrid_envelope   *current; /* what event.data shows */
    xb_atomic32        in_next; /* one caller at a time */
    xb_atomic32        interrupted;
    int                is_ended; /* `answer` and `failure` hold */
    xybrid_status      answer;
    int64_t            number;

    xb_mutex       mutex; /* guards the queue */
    xb_cond        changed;
    int32_t        head, waiting;
    int            is_finished;
    xb_cancel_link wake; /* on the request's token */

    /* not zeroed at the start: nothing is read before it is written */
    xybrid_error     failure;
    xybrid_envelope *queue[QUEUE];
};

uint32_t xb_stream_mark(const xybrid_stream *st) { return st->mark; }
xb_env  *xb_stream_env(const xybrid_stream *st) { return st->session->model->env; }

static void wake_up(void *arg) {
    xybrid_stream *st = arg;
    xb_mutex_lock(&st->mutex);
    xb_cond_broadcast(&st->changed);
    xb_mutex_unlock(&st->mutex);
}

static xybrid_status check_options(const xybrid_run_options *o, int is_live, xybrid_error *err) {
    if (o->flags & ~(uint32_t)(XYBRID_RUN_TRACE | XYBRID_RUN_RAW))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags",
                       "options.flags is 0x%x; known are XYBRID_RUN_TRACE and XYBRID_RUN_RAW", o->flags);
    if (o->deadline_ms < XYBRID_AUTO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.deadline_ms",
                       "options.deadline_ms is %lld, wanted XYBRID_AUTO or 0 and more", (long long)o->deadline_ms);
    if (!o->into) return XYBRID_OK;
    if (!(o->flags & XYBRID_RUN_RAW) || is_live)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.into",
                       "options.into needs XYBRID_RUN_RAW, and a request that is not live");
    int32_t count = o->into->view.kind == XYBRID_LIST ? o->into->item_count : 1;
    for (int32_t i = 0; i < count; i++) {
        const xybrid_envelope *e = o->into->view.kind == XYBRID_LIST ? o->into->items[i] : o->into;
        if (e->view.kind != XYBRID_TENSOR || !e->tensor.buf || !e->tensor.buf->release)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.into",
                           "options.into wants Tensors made over your own memory (with a release function), or a List of them");
    }
    return XYBRID_OK;
}

xybrid_status xb_stream_start(xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options, int is_borrowed,
                              xybrid_stream **out, xybrid_error *err) {
    XB_TRY(check_options(options, !in, err));
    int32_t idle = 0;
    if (!atomic_compare_exchange_strong(&s->is_busy, &idle, 1))
        return xb_fail(err, XYBRID_BUSY, "session",
                       "the session has a request in flight; close its stream first, or open another session");
    xybrid_stream *st = xb_calloc(xb_handle_mem(s->model->env->root, s->mem), 1, sizeof *st, err);
    if (!st) {
        xb_atomic_set(&s->is_busy, 0);
        return err->code;
    }
    st->mark = XB_STREAM_MARK;
    st->session = xb_session_keep(s);
    st->is_borrowed = is_borrowed;
    st->is_live = !in;
    st->in = xb_envelope_keep(in);
    st->options = *options;
    xb_envelope_keep(options->into);
    xb_mutex_init(&st->mutex);
    xb_cond_init(&st->changed);
    xb_cancel_rearm(s->request);
    if (st->is_live) xb_cancel_link_on(s->request, &st->wake, wake_up, st);
    xb_cancel_chain(s->request, options->cancel);
    if (options->deadline_ms != XYBRID_AUTO)
        xb_timer_add(&s->model->env->timer, &s->deadline, s->request,
                     xb_clock_ns() +
                         (options->deadline_ms < INT64_MAX / 2000000 ? options->deadline_ms * 1000000 : INT64_MAX / 2));
    xb_atomic_add(&s->model->env->stream_count, 1);
    *out = st;
    return XYBRID_OK;
}

/* ---- events ---- */

static xybrid_status give(xybrid_stream *st, xybrid_event_kind kind, xybrid_envelope *data, const xybrid_event **out) {
    xb_envelope_drop(st->current);
    st->current = data;
    st->event = (xybrid_event){ .struct_size = sizeof st->event, .kind = kind, .data = data };
    if (kind == XYBRID_EVENT_OUTPUT) st->event.number = st->number++;
    if (kind == XYBRID_EVENT_DONE)
        st->event.finish = xb_atomic_get(&st->interrupted) ? XYBRID_FINISH_INTERRUPTED : XYBRID_FINISH_STOP;
    *out = &st->event;
    return XYBRID_OK;
}

static xybrid_status fail_for_ever(xybrid_stream *st, const xybrid_error *err) {
    st->is_ended = 1;
    st->answer = err->code;
    st->failure = *err;
    return err->code;
}

/* Executes one input; the request's token is looked at first, so that one that was fired before ends it at once. */
static xybrid_status execute(xybrid_stream *st, xybrid_envelope *in, xybrid_envelope **out, xybrid_error *err) {
    xybrid_session *s = st->session;
    XB_TRY(xb_cancel_check(s->request, err));
    xb_fp_modes   host = xb_fp_enter();
    xybrid_status status = xb_session_execute(s, in, &st->options, out, err);
    xb_fp_leave(host);
    return status;
}

static xybrid_status next_single(xybrid_stream *st, const xybrid_event **out, xybrid_error *err) {
    xybrid_envelope *result;
    if (execute(st, st->in, &result, err)) return fail_for_ever(st, err);
    st->is_ended = 1;
    return give(st, XYBRID_EVENT_DONE, result, out);
}

/* Takes the next input from the queue; *out NULL: none came in time, or (*is_over) none will. */
static void take_input(xybrid_stream *st, int32_t wait_ms, xybrid_envelope **out, int *is_over) {
    int64_t due_ns = wait_ms < 0 ? INT64_MAX : xb_clock_ns() + (int64_t)wait_ms * 1000000;
    xb_mutex_lock(&st->mutex);
    while (st->waiting == 0 && !st->is_finished && wait_ms != 0 && !xb_cancel_is_fired(st->session->request)) {
        if (!XB_HAS_THREADS) break; /* nobody could feed while this one sleeps */
        if (due_ns == INT64_MAX) xb_cond_wait(&st->changed, &st->mutex);
        else if (xb_cond_wait_until(&st->changed, &st->mutex, due_ns)) break;
    }
    *is_over = st->waiting == 0 && st->is_finished;
    *out = NULL;
    if (st->waiting) {
        *out = st->queue[st->head];
        st->head = (st->head + 1) % QUEUE;
        st->waiting--;
    }
    xb_mutex_unlock(&st->mutex);
}

static xybrid_status next_live(xybrid_stream *st, int32_t wait_ms, const xybrid_event **out, xybrid_error *err) {
    xybrid_envelope *in, *result;
    int              is_over;
    take_input(st, wait_ms, &in, &is_over);
    if (!in) {
        if (xb_cancel_check(st->session->request, err)) return fail_for_ever(st, err);
        if (!is_over) return give(st, XYBRID_EVENT_NEED_INPUT, NULL, out);
        st->is_ended = 1;
        return give(st, XYBRID_EVENT_DONE, NULL, out);
    }
    xybrid_status status = execute(st, in, &result, err);
    xb_envelope_drop(in);
    return status ? fail_for_ever(st, err) : give(st, XYBRID_EVENT_OUTPUT, result, out);
}

xybrid_status xb_stream_next(xybrid_stream *st, int32_t wait_ms, const xybrid_event **out, xybrid_error *err) {
    int32_t idle = 0;
    if (!atomic_compare_exchange_strong(&st->in_next, &idle, 1))
        return xb_fail(err, XYBRID_BUSY, "stream", "another thread is inside `next` or `drain` of this stream");
    xybrid_status status;
    if (st->is_ended && st->answer) {
        *err = st->failure;
        status = st->answer;
    } else if (st->is_ended) {
        *out = &st->event;
        status = XYBRID_OK;
    } else status = st->is_live ? next_live(st, wait_ms, out, err) : next_single(st, out, err);
    xb_atomic_set(&st->in_next, 0);
    return status;
}

xybrid_status xb_stream_drain(xybrid_stream *st, xybrid_event_fn fn, void *ctx, xybrid_envelope **out, xybrid_error *err) {
    const xybrid_event *event = NULL;
    do {
        XB_TRY(xb_stream_next(st, XYBRID_AUTO, &event, err));
        XB_CHECK(event);
        if (event->kind == XYBRID_EVENT_NEED_INPUT && !XB_HAS_THREADS)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream",
                           "the stream waits for input, and this system has no threads: call xybrid_stream_finish first");
        if (!fn || event->kind == XYBRID_EVENT_NEED_INPUT || fn(ctx, event) == 0) continue;
        xb_cancel_fire(st->session->request, XYBRID_CANCELLED_CALLBACK);
        xb_cancel_check(st->session->request, err);
        return fail_for_ever(st, err);
    } while (event->kind != XYBRID_EVENT_DONE);
    if (out) *out = xb_envelope_keep(event->data);
    return XYBRID_OK;
}

/* ---- input of a live stream ---- */

xybrid_status xb_stream_feed(xybrid_stream *st, xybrid_envelope *item, xybrid_error *err) {
    xb_mutex_lock(&st->mutex);
    xybrid_status status = XYBRID_OK;
    if (!st->is_live || st->is_finished)
        status = xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream",
                         st->is_live ? "the stream takes no more input: it was finished"
                                     : "the stream is not live: it was started with an input");
    else if (st->waiting == QUEUE)
        status = xb_fail(err, XYBRID_BUSY, "stream", "%d items wait already; take results with xybrid_stream_next first",
                         QUEUE);
    else {
        st->queue[(st->head + st->waiting++) % QUEUE] = xb_envelope_keep(item);
        xb_cond_broadcast(&st->changed);
    }
    xb_mutex_unlock(&st->mutex);
    return status;
}

xybrid_status xb_stream_finish(xybrid_stream *st, xybrid_error *err) {
    if (!st->is_live)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream", "the stream is not live: it was started with an input");
    xb_mutex_lock(&st->mutex);
    st->is_finished = 1;
    xb_cond_broadcast(&st->changed);
    xb_mutex_unlock(&st->mutex);
    return XYBRID_OK;
}

/* Drops what waits. */
static void empty_queue(xybrid_stream *st) {
    for (; st->waiting; st->waiting--, st->head = (st->head + 1) % QUEUE) xb_envelope_drop(st->queue[st->head]);
}

void xb_stream_interrupt(xybrid_stream *st) {
    if (!st->is_live) return;
    xb_mutex_lock(&st->mutex);
    xb_atomic_set(&st->interrupted, 1);
    st->is_finished = 1;
    empty_queue(st);
    xb_cond_broadcast(&st->changed);
    xb_mutex_unlock(&st->mutex);
}

void xb_stream_close(xybrid_stream *st) {
    if (!st) return;
    xybrid_session *s = st->session;
    xb_env         *env = s->model->env;
    if (st->options.deadline_ms != XYBRID_AUTO) xb_timer_remove(&env->timer, &s->deadline);
    xb_cancel_unchain(s->request);
    if (st->is_live) xb_cancel_link_off(s->request, &st->wake);
    empty_queue(st);
    xb_envelope_drop(st->current);
    xb_envelope_drop(st->in);
    xb_envelope_drop(st->options.into);
    xb_mutex_free(&st->mutex);
    xb_cond_free(&st->changed);
    int is_borrowed = st->is_borrowed;
    xb_handle_free(env->root, s->mem, st);
    xb_atomic_set(&s->is_busy, 0);
    xb_atomic_add(&env->stream_count, -1);
    xb_atomic_add(&env->run_count, 1);
    xb_session_drop(s); /* of a borrowed one the model still has its own reference */
    if (is_borrowed) xb_model_give_back(s);
}
