/* flow/stream.c - one request in flight: input that waits, cancel, deadline, the stop button. The work is the model's producer's,
 * done in `next`, on the caller's thread.
 *
 *     single:  in -----------------------------> feed, finish -> next, ... -> DONE
 *     live:    feed -> queue (bounded) -> next: -> feed -> next, ...; finish -> DONE
 *              feed_audio -> ring (bounded) --/                                                                          */
#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "flow/flow_int.h"
#include "flow/sample_ring.h"
#include "plat/clock.h"
#include "plat/fpenv.h"

enum { QUEUE = 64 };
enum { LISTENS, FINISHED, STOPPED };

struct xybrid_stream {
    uint32_t               mark;
    xybrid_session        *session; /* kept */
    int                    is_borrowed, is_live;
    int64_t                deadline_ms;
    xybrid_envelope       *into; /* kept */
    xybrid_envelope       *in;   /* of a single request, until it is fed */
    const xb_producer_row *row;
    void                  *producer; /* NULL until it is open */
    int                    told;     /* the producer: LISTENS, FINISHED or STOPPED */
    xybrid_event           event;
    xybrid_envelope       *current; /* what event.data shows */
    xb_atomic32            in_next; /* one caller at a time */
    xb_atomic32            interrupted;
    int                    is_ended; /* `answer` and `failure` hold */
    xybrid_status          answer;
    int64_t                number;

    xb_mutex       mutex; /* guards the queue */
    xb_cond        changed;
    int32_t        head, waiting;
    xb_atomic32    is_finished;
    xb_atomic32    is_asleep; /* in take_input: who writes to the ring must wake it */
    xb_sample_ring ring;      /* without memory if the model does not listen */
    xb_cancel_link wake;      /* on the request's token */

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
    const uint32_t known = XYBRID_RUN_TRACE | XYBRID_RUN_RAW | XYBRID_RUN_NO_PARTIALS | XYBRID_RUN_WORDS;
    if (o->flags & ~known)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options.flags",
                       "options.flags is 0x%x; known are XYBRID_RUN_TRACE, NO_PARTIALS, WORDS and RAW", o->flags);
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

/* What the caller's options name is kept, the producer opened, the deadline set. */
static xybrid_status begin(xybrid_stream *st, const xybrid_run_options *options, xybrid_error *err) {
    xybrid_session *s = st->session;
    st->into = xb_envelope_keep(options->into);
    if (st->is_live && st->row->takes & XB_TAKES_SAMPLES) XB_TRY(xb_sample_ring_init(&st->ring, s->mem, err));
    XB_TRY(st->row->open(s, options, st->is_live, &st->producer, err));
    st->deadline_ms = options->deadline_ms;
    if (st->deadline_ms != XYBRID_AUTO)
        xb_timer_add(&s->model->env->timer, &s->deadline, s->request,
                     xb_clock_ns() +
                         (options->deadline_ms < INT64_MAX / 2000000 ? options->deadline_ms * 1000000 : INT64_MAX / 2));
    return XYBRID_OK;
}

xybrid_status xb_stream_start(xybrid_session *s, xybrid_envelope *in, const xybrid_run_options *options, int is_borrowed,
                              xybrid_stream **out, xybrid_error *err) {
    const xb_producer_row *row = s->model->producer;
    int32_t                idle = 0;
    if (options->flags & XYBRID_RUN_RAW || (in && row->takes & XB_LIVE_ONLY)) row = &xb_producer_plain;
    XB_TRY(check_options(options, !in, err));
    XB_TRY(xb_producer_check(row, options, err));
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
    st->row = row;
    st->is_live = !in;
    st->in = xb_envelope_keep(in);
    st->deadline_ms = XYBRID_AUTO;
    xb_mutex_init(&st->mutex);
    xb_cond_init(&st->changed);
    xb_cancel_rearm(s->request);
    if (st->is_live) xb_cancel_link_on(s->request, &st->wake, wake_up, st);
    xb_cancel_chain(s->request, options->cancel);
    xb_atomic_add(&s->model->env->stream_count, 1);
    xybrid_status status = begin(st, options, err);
    if (status) xb_stream_close(st); /* not borrowed yet: the caller gives the session back */
    else {
        st->is_borrowed = is_borrowed;
        *out = st;
    }
    return status;
}

/* ---- events ---- */

static xybrid_status give(xybrid_stream *st, const xb_produced *p, const xybrid_event **out) {
    xb_envelope_drop(st->current);
    st->current = p->data;
    st->event = (xybrid_event){ .struct_size = sizeof st->event,
                                .kind = p->kind,
                                .data = p->data,
                                .text = "",
                                .name = p->name,
                                .id = p->id,
                                .start_ms = p->start_ms,
                                .end_ms = p->end_ms };
    if (p->data && p->data->view.kind == XYBRID_TEXT && p->kind != XYBRID_EVENT_DONE && p->kind != XYBRID_EVENT_OUTPUT) {
        st->event.text = p->data->view.data;
        st->event.text_bytes = p->data->view.size_bytes;
    }
    if (p->kind == XYBRID_EVENT_OUTPUT) st->event.number = st->number++;
    if (p->kind == XYBRID_EVENT_DONE)
        st->event.finish = xb_atomic_get(&st->interrupted) ? XYBRID_FINISH_INTERRUPTED : p->finish ? p->finish : XYBRID_FINISH_STOP;
    *out = &st->event;
    return XYBRID_OK;
}

static xybrid_status fail_for_ever(xybrid_stream *st, const xybrid_error *err) {
    st->is_ended = 1;
    st->answer = err->code;
    st->failure = *err;
    return err->code;
}

/* Takes the next input: from the queue, else from the ring. *out NULL: none came in time, or (*is_over) none will. */
static xybrid_status take_input(xybrid_stream *st, int32_t wait_ms, xybrid_envelope **out, int *is_over, xybrid_error *err) {
    int64_t due_ns = wait_ms < 0 ? INT64_MAX : xb_clock_ns() + (int64_t)wait_ms * 1000000;
    *out = NULL;
    xb_mutex_lock(&st->mutex);
    atomic_store(&st->is_asleep, 1); /* before the ring is looked at: what is written later wakes */
    while (st->waiting == 0 && xb_sample_ring_is_empty(&st->ring) && !xb_atomic_get(&st->is_finished) && wait_ms != 0 &&
           !xb_cancel_is_fired(st->session->request)) {
        if (!XB_HAS_THREADS) break; /* nobody could feed while this one sleeps */
        if (due_ns == INT64_MAX) xb_cond_wait(&st->changed, &st->mutex);
        else if (xb_cond_wait_until(&st->changed, &st->mutex, due_ns)) break;
    }
    atomic_store(&st->is_asleep, 0);
    if (st->waiting) {
        *out = st->queue[st->head];
        st->head = (st->head + 1) % QUEUE;
        st->waiting--;
    }
    *is_over = xb_atomic_get(&st->is_finished) && !*out;
    xb_mutex_unlock(&st->mutex);
    if (xb_atomic_get(&st->interrupted)) xb_sample_ring_clear(&st->ring);
    if (*out || xb_sample_ring_is_empty(&st->ring)) return XYBRID_OK;
    xb_tensor samples;
    int32_t   rate_hz;
    *is_over = 0;
    XB_TRY(xb_sample_ring_take(&st->ring, &samples, &rate_hz, err));
    xybrid_status status = xb_envelope_new_audio(st->session->model->env->root, st->session->mem, &samples, rate_hz, out, err);
    xb_tensor_drop(&samples);
    return status;
}

/* No more input comes, or the stop button was pressed: each is told once. */
static xybrid_status tell_end(xybrid_stream *st, int is_over, xybrid_error *err) {
    if (st->told != STOPPED && st->row->stop && xb_atomic_get(&st->interrupted)) {
        st->told = STOPPED;
        return st->row->stop(st->producer, err);
    }
    if (!is_over || st->told != LISTENS) return XYBRID_OK;
    st->told = FINISHED;
    return st->row->finish ? st->row->finish(st->producer, err) : XYBRID_OK;
}

/* The input of a single request, which is all that comes. */
static xybrid_status feed_single(xybrid_stream *st, xybrid_error *err) {
    xybrid_envelope *in = st->in;
    if (!in) return XYBRID_OK;
    st->in = NULL;
    xybrid_status status = st->row->feed(st->producer, in, err);
    xb_envelope_drop(in);
    return status ? status : tell_end(st, 1, err);
}

/* Works until there is an event. The request's token is looked at first, so that one that was fired before ends it at once. */
static xybrid_status work(xybrid_stream *st, int32_t wait_ms, xb_produced *p, xybrid_error *err) {
    for (;;) {
        XB_TRY(xb_cancel_check(st->session->request, err));
        XB_TRY(feed_single(st, err));
        XB_TRY(tell_end(st, 0, err));
        *p = (xb_produced){ .start_ms = -1, .end_ms = -1, .name = "", .id = "" };
        XB_TRY(st->row->next(st->producer, p, err));
        if (p->kind) return XYBRID_OK;
        XB_CHECK(st->told == LISTENS);
        xybrid_envelope *in;
        int              is_over;
        XB_TRY(take_input(st, wait_ms, &in, &is_over, err));
        if (in) {
            xybrid_status status = st->row->feed(st->producer, in, err);
            xb_envelope_drop(in);
            if (status) return status;
        } else if (is_over) XB_TRY(tell_end(st, 1, err));
        else if (!xb_cancel_is_fired(st->session->request)) {
            p->kind = XYBRID_EVENT_NEED_INPUT;
            return XYBRID_OK;
        }
    }
}

static xybrid_status next(xybrid_stream *st, int32_t wait_ms, const xybrid_event **out, xybrid_error *err) {
    xb_produced   p = { .name = "", .id = "" };
    xb_fp_modes   host = xb_fp_enter();
    xybrid_status status = work(st, wait_ms, &p, err);
    xb_fp_leave(host);
    if (status) return fail_for_ever(st, err);
    st->is_ended = p.kind == XYBRID_EVENT_DONE;
    return give(st, &p, out);
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
    } else status = next(st, wait_ms, out, err);
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

static xybrid_status fail_closed(const xybrid_stream *st, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream",
                   st->is_live ? "the stream takes no more input: it was finished"
                               : "the stream is not live: it was started with an input");
}

xybrid_status xb_stream_feed(xybrid_stream *st, xybrid_envelope *item, xybrid_error *err) {
    xb_mutex_lock(&st->mutex);
    xybrid_status status = XYBRID_OK;
    if (!st->is_live || xb_atomic_get(&st->is_finished)) status = fail_closed(st, err);
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

xybrid_status xb_stream_feed_audio(xybrid_stream *st, const float *samples, int64_t frames, int32_t rate_hz, int32_t channels,
                                   xybrid_error *err) {
    if (!st->is_live || xb_atomic_get(&st->is_finished)) return fail_closed(st, err);
    if (!st->ring.slots)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream",
                       "this model does not listen to samples; feed it envelopes with xybrid_stream_feed");
    if (frames < 0 || channels < 1 || channels > 8 || rate_hz < 1 || rate_hz > XB_MAX_AUDIO_RATE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "samples",
                       "%lld frames of %d channels at %d Hz; 0 and more frames of 1..8 channels at 1..%d Hz are wanted",
                       (long long)frames, channels, rate_hz, XB_MAX_AUDIO_RATE);
    if (frames == 0) return XYBRID_OK;
    if (!xb_sample_ring_write(&st->ring, samples, frames, rate_hz, channels))
        return xb_fail(err, XYBRID_BUSY, "stream",
                       "the ring has no room for %lld samples (it holds %d); take results with xybrid_stream_next first",
                       (long long)frames * channels, XB_SAMPLE_RING_FLOATS);
    if (atomic_load(&st->is_asleep)) wake_up(st);
    return XYBRID_OK;
}

xybrid_status xb_stream_finish(xybrid_stream *st, xybrid_error *err) {
    if (!st->is_live)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stream", "the stream is not live: it was started with an input");
    xb_mutex_lock(&st->mutex);
    xb_atomic_set(&st->is_finished, 1);
    xb_cond_broadcast(&st->changed);
    xb_mutex_unlock(&st->mutex);
    return XYBRID_OK;
}

/* Drops what waits. */
static void empty_queue(xybrid_stream *st) {
    for (; st->waiting; st->waiting--, st->head = (st->head + 1) % QUEUE) xb_envelope_drop(st->queue[st->head]);
}

void xb_stream_interrupt(xybrid_stream *st) {
    if (!st->is_live && !(st->row->takes & XB_TAKES_STOP)) return;
    xb_mutex_lock(&st->mutex);
    xb_atomic_set(&st->interrupted, 1);
    xb_atomic_set(&st->is_finished, 1);
    empty_queue(st);
    xb_cond_broadcast(&st->changed);
    xb_mutex_unlock(&st->mutex);
}

void xb_stream_close(xybrid_stream *st) {
    if (!st) return;
    xybrid_session *s = st->session;
    xb_env         *env = s->model->env;
    if (st->deadline_ms != XYBRID_AUTO) xb_timer_remove(&env->timer, &s->deadline);
    xb_cancel_unchain(s->request);
    if (st->is_live) xb_cancel_link_off(s->request, &st->wake);
    if (st->producer) st->row->close(st->producer);
    empty_queue(st);
    xb_sample_ring_free(&st->ring);
    xb_envelope_drop(st->current);
    xb_envelope_drop(st->in);
    xb_envelope_drop(st->into);
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
