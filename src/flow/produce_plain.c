/* flow/produce_plain.c - each input gives one result: steps, engine, steps.
 *
 *     single:  feed(in) -> next: execute -> DONE with the result
 *     live:    feed(in) -> next: execute -> OUTPUT, ...; finish -> DONE                                                  */
#include "base/error.h"
#include "base/handle.h"
#include "flow/flow_int.h"

typedef struct plain {
    xybrid_session    *session;
    xybrid_run_options options; /* flags and into: the stream keeps `into` */
    xybrid_envelope   *in;      /* not worked on yet; NULL = none */
    int                is_live, is_finished;
} plain;

static xybrid_status plain_open(xybrid_session *s, const xybrid_run_options *options, int is_live, void **out,
                                xybrid_error *err) {
    plain *p = xb_malloc(s->mem, sizeof *p, err);
    if (!p) return err->code;
    *p = (plain){ .session = s, .options = *options, .is_live = is_live };
    *out = p;
    return XYBRID_OK;
}

static xybrid_status plain_feed(void *producer, xybrid_envelope *in, xybrid_error *err) {
    (void)err;
    ((plain *)producer)->in = xb_envelope_keep(in);
    return XYBRID_OK;
}

static xybrid_status plain_finish(void *producer, xybrid_error *err) {
    (void)err;
    ((plain *)producer)->is_finished = 1;
    return XYBRID_OK;
}

static xybrid_status plain_next(void *producer, xb_produced *out, xybrid_error *err) {
    plain *p = producer;
    if (p->in) {
        xybrid_envelope *in = p->in;
        p->in = NULL;
        out->kind = p->is_live ? XYBRID_EVENT_OUTPUT : XYBRID_EVENT_DONE;
        xybrid_status st = xb_session_execute(p->session, in, &p->options, &out->data, err);
        xb_envelope_drop(in);
        return st;
    }
    if (p->is_finished) out->kind = XYBRID_EVENT_DONE;
    return XYBRID_OK;
}

static void plain_close(void *producer) {
    plain *p = producer;
    xb_envelope_drop(p->in);
    xb_free(p->session->mem, p);
}

const xb_producer_row xb_producer_plain = { .name = "plain",
                                            .takes = XB_TAKES_RAW,
                                            .open = plain_open,
                                            .feed = plain_feed,
                                            .finish = plain_finish,
                                            .next = plain_next,
                                            .close = plain_close };
